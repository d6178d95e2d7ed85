"""The shapes of what goes over the wire: typed dictionaries that services return, mypy checks and the contract publishes.

An answer that does not fit its shape is our mistake and never leaves (500, logged); the published schema leaves answers open,
because a later server of the same version may send more fields (decision 8).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, NotRequired, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Strict,
    TypeAdapter,
    WithJsonSchema,
    with_config,
)
from typing_extensions import TypedDict

from evenhand.core.times import in_utc

T = TypeVar("T")

Id = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]
Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Json = Annotated[Any, WithJsonSchema({"description": "Any JSON value."})]
JsonObject = Annotated[dict[str, Any], WithJsonSchema({"type": "object", "additionalProperties": True})]
# `http.contract` puts the schema of `ontology.document.Document` where this stands; services check it and say every defect.
OntologyBody = Annotated[dict[str, Any], WithJsonSchema({"type": "object", "x-schema": "Ontology"})]


def _text(sent: object) -> object:
    if not isinstance(sent, str):
        raise ValueError("a time is a text, for example 2026-01-02T10:00:00Z")
    return sent


def _whole(sent: object) -> object:
    return int(sent) if isinstance(sent, float) and sent.is_integer() else sent


def _whole_or_text(sent: object) -> object:
    if isinstance(whole := _whole(sent), int | str | None) and not isinstance(whole, bool):
        return whole
    raise ValueError("this is neither a whole number nor a text")


# What is sent. JSON has no types for times and ids, so they are read from texts; of a number, 3.0 is as whole as 3.
Moment = Annotated[
    datetime,
    Strict(False),
    BeforeValidator(_text),
    AfterValidator(in_utc),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
SentId = Annotated[UUID, Strict(False)]
Whole = BeforeValidator(_whole)
# As one type, not three, so that a refusal names the place once.
WholeOrText = Annotated[
    Any,
    BeforeValidator(_whole_or_text),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]}),
]


def _stay_open(schema: dict[str, Any]) -> None:
    schema.pop("additionalProperties", None)


@with_config(ConfigDict(extra="forbid", json_schema_extra=_stay_open))
class Shape(TypedDict):
    """The base of everything that is answered."""


class Page(Shape, Generic[T]):
    """Some rows of a list. next_cursor: where the list goes on; null on the last page."""

    items: list[T]
    next_cursor: str | None


class Body(BaseModel):
    """The base of every request body: fields that it does not name are refused, and so is true for 1, or "5" for 5."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Defect(Shape):
    """One defect of what was sent.

    pointer: RFC 6901 JSON pointer into the body; `query:name`, `path:name` and `header:name` point beside it.
    remedy: what would mend it. allowed: what would have been accepted, where that is short enough to say.
    """

    pointer: str
    code: str
    message: str
    remedy: str
    allowed: NotRequired[list[Json]]
    warning: NotRequired[bool]


class ProblemDocument(Shape):
    """Why a request was refused (RFC 9457). code is stable and meant for programs; hint says what to do next.

    problems: every defect, where it was the content that was refused. Some codes bring facts of their own.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str
    request_id: str
    problems: NotRequired[list[Defect]]
    retry_after_seconds: NotRequired[int]


# For `responses=` of a route whose answer has an ETag, to be sent back as If-Match.
TAGGED: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"ETag": {"description": "Send it back as If-Match.", "schema": {"type": "string"}}}}
}


def streamed(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route that streams bytes."""
    content = {media_type: {"schema": {"type": "string", "contentMediaType": media_type}}}
    return {200: {"description": description, "content": content}}


def example(fields: dict[str, Any]) -> ConfigDict:
    """The config of a request body that shows an example of it in the reference."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


def body_of(shape: Any, example: Any) -> dict[str, Any]:
    """The documented JSON body of a route that reads its body itself, for `openapi_extra`.

    x-schemas: what `http.contract` moves to the components.
    """
    schema = TypeAdapter(shape).json_schema(ref_template="#/components/schemas/{model}")
    defs = schema.pop("$defs", {})
    content = {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}, "example": example}
    return {
        "requestBody": {"required": True, "content": {"application/json": content}},
        "x-schemas": {shape.__name__: schema, **defs},
    }
