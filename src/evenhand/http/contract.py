"""The contract as one document: OpenAPI 3.1 from the routes themselves, with what FastAPI cannot know of them.

1. Every refusal is one of two shared responses, problem documents.
2. Who may call: the credential, and the permissions that the route's dependency asks for.
3. Schemas of bodies that routes read themselves, and of the ontology, move to the components.
4. Summaries are the first sentence of a docstring; titles that only repeat a field's name go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter

from evenhand.boundary import problems
from evenhand.boundary.dependencies import Allowed, current_actor
from evenhand.boundary.shapes import ProblemDocument
from evenhand.ontology.document import Document

REF = "#/components/schemas/"
DESCRIPTION = """\
JSON in and out; NDJSON and Parquet for bulk. Times are RFC 3339 in UTC, ids are UUIDs, lists go on by an opaque `next_cursor`.

Authenticate with an API key, `Authorization: Bearer evh_…`; browsers use the session cookie and send the session's `csrf` as
`X-CSRF-Token` with every change. A refusal is a problem document (RFC 9457) with a stable `code`, a `hint` that says what to do,
and `problems`, each with a JSON pointer to its place. `Idempotency-Key` makes repeating a POST safe; `If-Match` keeps two people
from overwriting each other. Where the operator limits requests, `RateLimit` says with every answer how many are left (`r`) and for
how many seconds (`t`), and `RateLimit-Policy` how many there are. Within `/api/v1` changes only add: read the fields you know, and
do not refuse new ones.
"""
TAGS = {
    "session": "Signing in and out, links of invitations and resets.",
    "notifications": "What happened that you may want to know.",
    "people": "Members of the organization and their roles.",
    "keys": "API keys.",
    "organization": "The organization you work in.",
    "projects": "Making, changing, pausing and putting away projects.",
    "ontology": "What a project shows and asks: kinds, presets, versions.",
    "guidelines": "The versioned pages that annotators read and consent to.",
    "import": "Tasks in.",
    "queue": "The annotator's verbs: claim, draft, submit, skip.",
    "gold": "Tasks whose answer is known, how they fare, and what they say of people.",
    "skills": "Skills, the exams that grant them, and the projects that ask for them.",
    "offers": "What a project offers, what is owed by it, rulings against people, and appeals.",
    "tasks": "The manager's view: the data table, one task with its answers, who looked.",
    "progress": "Counts, pace, agreement, live.",
    "quality": "Accuracy of people with intervals, confusion, agreement by part, the hardest tasks.",
    "releases": "Signed deliveries and their files.",
    "ledger": "The customer's own log: its state, receipts of entries, what was disclosed.",
    "walls": "Changes of control: what stands still, why, and the word that work goes on.",
    "break-glass": "The operator let in for an hour: asked, approved by two, seen and ended by the customer.",
    "webhooks": "Addresses that are told of events, and what was sent to them.",
    "health": "For whoever runs it.",
}
_SECURITY = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key, `evh_…`."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "evenhand-session",
        "description": "A browser's session; `__Host-evenhand` where the address is https. Changes need X-CSRF-Token as well.",
    },
}
_HEADERS = {
    "X-Request-Id": {"description": "Joins this answer to the server's log.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait, with 429 and 503.", "schema": {"type": "integer"}},
    "RateLimit": {"description": "Requests left, where they are limited.", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "Requests a minute, where they are limited.", "schema": {"type": "string"}},
}


def contract(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application, made once and kept with it."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=DESCRIPTION,
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
            tags=[{"name": name, "description": text} for name, text in TAGS.items()],
            routes=app.routes,
        )
        routes = {route.operation_id: route for route in _routes(app)}
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for _, _, operation in operations(document):
            _describe(operation, routes[operation["operationId"]])
            schemas.update(operation.pop("x-schemas", {}))
        schemas.update(_schemas_of(ProblemDocument, "ProblemDocument", "{model}"))
        schemas.update(_schemas_of(Document, "Ontology", "Ontology{model}"))
        components["responses"] = {"Problem": _problem("What was refused, why, and what to do."),
                                   "Failure": _problem("Not your mistake; what can be done.")}  # fmt: skip
        components["securitySchemes"] = _SECURITY
        app.openapi_schema = _tidy(document)
    return app.openapi_schema


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(METHOD, path, operation) of everything in a document."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _routes(app: FastAPI) -> Iterator[APIRoute]:
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            yield context.original_route


def _describe(operation: dict[str, Any], route: APIRoute) -> None:
    summary, _, rest = " ".join(operation.get("description", "").split("\n")).partition(". ")
    operation["summary"] = summary.rstrip(".")
    needed = permissions_of(route.dependant)
    notes = [rest.strip(), "Needs " + " or ".join(f"`{each}`" for each in needed) + "." if needed else ""]
    operation["description"] = " ".join(note for note in notes if note)
    operation["security"] = [{"key": []}, {"session": []}] if _needs_actor(route.dependant) else []
    if needed:
        operation["x-permissions"] = needed
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _said_or_left_out(parameter["schema"])
    responses = operation["responses"]
    for status, response in responses.items():
        if status.startswith("2") and response.get("description") == "Successful Response":
            response["description"] = "Done."
    responses["4XX"] = {"$ref": "#/components/responses/Problem"}
    responses["5XX"] = {"$ref": "#/components/responses/Failure"}


def _said_or_left_out(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or it is not; only bodies know null."""
    schema = {key: value for key, value in schema.items() if key != "description"}
    kinds = [each for each in schema.pop("anyOf", ()) if each != {"type": "null"}]
    return {**schema, **kinds[0]} if len(kinds) == 1 else {**schema, **({"anyOf": kinds} if kinds else {})}


def permissions_of(dependant: Dependant) -> list[str]:
    """The permissions of which a route asks for one; [] when being signed in is enough, or not even that is needed."""
    for each in dependant.dependencies:
        if isinstance(each.call, Allowed):
            return [permission.value for permission in each.call.permissions]
    return []


def _needs_actor(dependant: Dependant) -> bool:
    return dependant.call is current_actor or any(_needs_actor(each) for each in dependant.dependencies)


def _problem(description: str) -> dict[str, Any]:
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": REF + "ProblemDocument"}}}
    return {"description": description, "headers": _HEADERS, "content": content}


def _schemas_of(shape: Any, name: str, template: str) -> dict[str, Any]:
    """The schemas of a shape and of all it names, by component name. template: what becomes of the names below it."""
    schema = TypeAdapter(shape).json_schema(ref_template=REF + template)
    below = schema.pop("$defs", {})
    return {name: schema, **{template.format(model=each): found for each, found in below.items()}}


def _tidy(document: dict[str, Any]) -> dict[str, Any]:
    """Component names that clients are glad to read, no titles, the ontology where it is named."""
    schemas = document["components"]["schemas"]
    for name in list(schemas):
        schemas[_named(name)] = _tidied(schemas.pop(name))
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    document["paths"] = _tidied(document["paths"])
    return document


def _named(name: str) -> str:
    return re.sub(r"^Page_(\w+)_$", r"\1Page", name)


def _tidied(node: Any, *, is_names: bool = False) -> Any:
    """is_names: this object's keys are names of our own (properties), not words of JSON Schema."""
    if isinstance(node, list):
        return [_tidied(each) for each in node]
    if not isinstance(node, dict):
        return node
    if "x-schema" in node and not is_names:
        return {"$ref": REF + node["x-schema"]}
    kept = {}
    for key, value in node.items():
        if key == "title" and not is_names and isinstance(value, str):
            continue
        if key == "$ref" and not is_names:
            kept[key] = REF + _named(value.removeprefix(REF)) if value.startswith(REF) else value
        elif key in ("example", "examples", "default", "const", "enum"):
            kept[key] = value
        else:
            kept[key] = _tidied(value, is_names=key == "properties" and not is_names)
    return kept
