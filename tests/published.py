"""The published contract as tests use it: operations by name, and a validator that lets no undeclared field pass."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jsonschema_rs

from evenhand.bootstrap import make_web_app
from evenhand.core.settings import Settings
from evenhand.http.contract import contract, operations

DOCUMENT: dict[str, Any] = contract(make_web_app(Settings()))
OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    operation["operationId"]: (method, path, operation) for method, path, operation in operations(DOCUMENT)
}


def operation_of(method: str, path: str) -> str:
    """The name of the operation that a request went to."""
    for name, (its_method, template, _) in OPERATIONS.items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        # A literal path beats one with holes: /tasks/bulk is not a task.
        if method == its_method and re.fullmatch(pattern, path) and "{" not in template:
            return name
    for name, (its_method, template, _) in OPERATIONS.items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if method == its_method and re.fullmatch(pattern, path):
            return name
    raise KeyError(f"{method} {path}")


@cache
def strict(name: str) -> jsonschema_rs.Draft202012Validator:
    """A validator of one component in which every object is closed: what is not declared is refused."""
    schemas = {each: _closed(schema) for each, schema in DOCUMENT["components"]["schemas"].items()}
    whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items()}
    if "properties" in closed and "code" not in closed["properties"]:
        closed.setdefault("additionalProperties", False)
    return closed
