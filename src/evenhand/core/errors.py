"""The errors a reader or a program will act on. They know nothing of HTTP and carry data rather than prose.

Each error is a frozen-by-habit dataclass with a `code` (stable, kebab-case, documented in docs/reference/errors.md) and a
`hint` (the remedy). `boundary.problems` maps them once to RFC 9457 problem documents; the SDK raises them again by `code`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One defect in a document: where it is, what it is, and what would mend it.

    pointer: RFC 6901 JSON pointer into the document that was checked ("" is the whole document).
    code: snake_case word from the closed lists of the ontology reference (`unknown_option`, `out_of_bounds`, …).
    allowed: what would have been accepted, when that is short enough to say.
    is_warning: the document is accepted nevertheless.
    """

    pointer: str
    code: str
    message: str
    remedy: str
    allowed: tuple[Any, ...] | None = None
    is_warning: bool = False

    def under(self, prefix: str) -> Problem:
        """The same defect seen from an enclosing document, `prefix` being a JSON pointer."""
        return Problem(prefix + self.pointer, self.code, self.message, self.remedy, self.allowed, self.is_warning)

    def as_json(self) -> dict[str, Any]:
        """The problem as it goes over the wire: keys without content are left out."""
        body: dict[str, Any] = {
            "pointer": shortened(self.pointer),
            "code": self.code,
            "message": shortened(self.message),
            "remedy": self.remedy,
        }
        if self.allowed is not None:
            body["allowed"] = list(self.allowed)
        if self.is_warning:
            body["warning"] = True
        return body


def shortened(text: str, longest: int = 500) -> str:
    """A text for a refusal: what was sent may be named in it, and must not come back whole."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


@dataclass(eq=False)
class PlatformError(Exception):
    """Something a caller can act on. The public part is exactly what the dataclass declares."""

    code: ClassVar[str] = "platform-error"
    hint: ClassVar[str] = "Try again; if it happens twice, give the request id to the operator."

    def __str__(self) -> str:
        facts = ", ".join(
            f"{name} {value}" for name, value in self.facts().items() if not isinstance(value, list | dict)
        )
        summary = (self.__doc__ or self.code).strip().splitlines()[0]
        return f"{summary} ({facts})" if facts else summary

    def facts(self) -> dict[str, Any]:
        """The declared fields, ready for JSON. Problems become their wire form."""
        if not is_dataclass(self):
            return {}
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, Problem):
        return value.as_json()
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, str | int | float | bool | dict) or value is None:
        return value
    return str(value)


@dataclass(eq=False)
class Malformed(PlatformError):
    """What was sent cannot be read."""

    problems: list[Problem]
    code: ClassVar[str] = "malformed"
    hint: ClassVar[str] = "Mend the places named in problems and send it again; nothing was stored."

    def __str__(self) -> str:
        return "; ".join(f"{p.pointer or '/'}: {p.message} {p.remedy}".strip() for p in self.problems[:3])


@dataclass(eq=False)
class UnsupportedMediaType(PlatformError):
    """This kind of content is not taken here."""

    content_type: str
    accepted: tuple[str, ...]
    code: ClassVar[str] = "unsupported-media-type"
    hint: ClassVar[str] = "Send one of the kinds in `accepted`, and say which in Content-Type."


@dataclass(eq=False)
class NotFound(PlatformError):
    """There is no such thing here, or you may not know of it."""

    kind: str
    id: str
    code: ClassVar[str] = "not-found"
    hint: ClassVar[str] = "Check the id, and that you are signed in to the organization it belongs to."

    def __str__(self) -> str:
        return f"There is no {self.kind} {self.id} here."


@dataclass(eq=False)
class NotSignedIn(PlatformError):
    """This needs a session or an API key."""

    code: ClassVar[str] = "not-signed-in"
    hint: ClassVar[str] = "Sign in, or send an API key as 'Authorization: Bearer evh_…'."


@dataclass(eq=False)
class NotAllowed(PlatformError):
    """Your role does not include this."""

    permission: str
    code: ClassVar[str] = "not-allowed"
    hint: ClassVar[str] = "Ask an owner of the organization for a role that includes it."

    def __str__(self) -> str:
        return f"Your role does not include '{self.permission}'."


@dataclass(eq=False)
class Conflict(PlatformError):
    """Somebody changed it since you read it, or it already exists."""

    kind: str
    reason: str
    code: ClassVar[str] = "conflict"
    hint: ClassVar[str] = "Read it again, then repeat the change."

    def __str__(self) -> str:
        return f"The {self.kind} could not be changed: {self.reason}."


@dataclass(eq=False)
class LimitReached(PlatformError):
    """A limit of the installation or of the organization is reached."""

    limit: str
    allowed: int
    code: ClassVar[str] = "limit-reached"
    hint: ClassVar[str] = "Send less at a time, or ask the operator to raise the limit."

    def __str__(self) -> str:
        return f"The limit on {self.limit} is {self.allowed}."


@dataclass(eq=False)
class QuotaReached(PlatformError):
    """The organization holds as much as it may."""

    what: str
    allowed: int
    code: ClassVar[str] = "quota-reached"
    hint: ClassVar[str] = (
        "Nothing was stored. Delete what is no longer needed, or ask the operator to raise the quota"
        " (evenhand organization limit)."
    )

    def __str__(self) -> str:
        return f"The organization's quota of {self.allowed} {self.what} is reached."


@dataclass(eq=False)
class TooManyRequests(PlatformError):
    """Too many requests in a short time."""

    retry_after_seconds: int
    code: ClassVar[str] = "too-many-requests"
    hint: ClassVar[str] = "Wait as long as Retry-After says, then go on."


@dataclass(eq=False)
class StorageFull(PlatformError):
    """The disk of the database or of the blob store is full."""

    code: ClassVar[str] = "storage-full"
    hint: ClassVar[str] = "Nothing was stored. The operator must free space; then repeat the request with the same key."


@dataclass(eq=False)
class Unavailable(PlatformError):
    """A part that this needs is not running."""

    part: str
    code: ClassVar[str] = "unavailable"
    hint: ClassVar[str] = "Try again in a few seconds; nothing was lost."

    def __str__(self) -> str:
        return f"The {self.part} does not answer at the moment."
