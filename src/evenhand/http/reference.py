"""The API reference as a page: the contract written out for people, in Markdown. Pure: a document in, a text out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from evenhand.http.contract import REF, operations

HEAD = """\
# HTTP API

Made from the code by `evenhand openapi --markdown`; the same for programs is `evenhand openapi`, and `/openapi.json` of every
running server. Addresses begin with the server's own, `http://127.0.0.1:8080` for example.

"""
_REFUSALS = "Every refusal is a [ProblemDocument](#problemdocument) with a status of 4xx, or 5xx where the mistake is not yours.\n"


def reference(document: Mapping[str, Any]) -> str:
    """The whole page: operations by tag, then every shape once."""
    parts = [HEAD, document["info"]["description"], "\n", _REFUSALS]
    grouped: dict[str, list[str]] = {tag["name"]: [] for tag in document["tags"]}
    for method, path, operation in operations(dict(document)):
        grouped[operation["tags"][0]].append("".join(_operation(method, path, operation)))
    for tag in document["tags"]:
        parts.append(f"\n## {tag['name'].capitalize()}\n\n{tag['description']}\n")
        parts.extend(grouped[tag["name"]])
    parts.append("\n## Shapes\n\nWhat is sent and answered. A field marked ? may be missing.\n")
    for name, schema in document["components"]["schemas"].items():
        parts.append("".join(_shape(name, schema)))
    return "".join(parts)


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"\n### {operation['operationId']}\n\n`{method} {path}`\n\n{operation['summary']}."
    if operation["description"]:
        yield f" {operation['description']}"
    if not operation["security"]:
        yield " Needs no credential."
    yield "\n\n"
    for each in operation.get("parameters", ()):
        if each["in"] != "path":
            text = each.get("description", "")
            yield f"- {each['in']} `{each['name']}`: {_kind(each['schema'])}{'. ' + text if text else ''}\n"
    yield from _body(operation)
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            yield f"- {status}: {_content(response)}\n"


def _body(operation: Mapping[str, Any]) -> Iterator[str]:
    content = operation.get("requestBody", {}).get("content", {})
    for media_type, media in content.items():
        yield f"- body `{media_type}`: {_kind(media.get('schema', {}))}\n"
    example = content.get("application/json", {}).get("example")
    if example is not None:
        yield f"\n```json\n{json.dumps(example, ensure_ascii=False)}\n```\n\n"


def _content(response: Mapping[str, Any]) -> str:
    kinds = [
        _kind(media["schema"]) if media_type == "application/json" else f"`{media_type}`"
        for media_type, media in response.get("content", {}).items()
    ]
    headers = ", ".join(f"`{name}`" for name in response.get("headers", {}))
    return (", ".join(kinds) or "no content") + (f"; headers {headers}" if headers else "")


def _shape(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"\n### {name}\n\n"
    if description := schema.get("description"):
        yield " ".join(description.split()) + "\n\n"
    required = schema.get("required", ())
    for field, each in schema.get("properties", {}).items():
        yield f"- `{field}`{'' if field in required else '?'}: {_kind(each)}\n"
    if "properties" not in schema:
        yield f"- {_kind(schema)}\n"
    for example in schema.get("examples", ()):
        yield f"\n```json\n{json.dumps(example, ensure_ascii=False)}\n```\n"


def _kind(schema: Mapping[str, Any]) -> str:
    """What a schema allows, in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REF)
        return f"[{name}](#{name.lower()})"
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return " or ".join(dict.fromkeys(_kind(each) for each in schema[word]))
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}{_bounds(schema)}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_kind(schema['additionalProperties'])}"
    if kind is None:
        return "bytes" if "contentMediaType" in schema else "any JSON value"
    return str(schema.get("format", kind)) + _bounds(schema)


_BOUNDS = {
    "minLength": "at least {} long",
    "maxLength": "at most {} long",
    "minItems": "at least {}",
    "maxItems": "at most {}",
    "minimum": "from {}",
    "maximum": "to {}",
}


def _bounds(schema: Mapping[str, Any]) -> str:
    bounds = [text.format(schema[word]) for word, text in _BOUNDS.items() if word in schema]
    return f" ({', '.join(bounds)})" if bounds else ""
