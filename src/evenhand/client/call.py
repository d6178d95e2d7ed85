"""One request as a value, and the policy of repeating it: pure, shared by the sync and the async client."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar

import httpx

from evenhand.client.content import Content

T = TypeVar("T")
ATTEMPTS_MAX = 6
_BACKOFF_SECONDS, _BACKOFF_SECONDS_MAX, _ASKED_SECONDS_MAX = 0.2, 20.0, 60.0
_TRANSIENT = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request whose answer is a T.

    idempotency_key: sent as a header; the server does the work once, so such a POST may be repeated.
    is_signed: its path is a whole address that lets its holder in; it may be another server's, and nothing of ours goes there.
    """

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    content: Content | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    idempotency_key: str | None = None
    timeout_seconds: float | None = None
    is_signed: bool = False

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice has the effect of sending it once."""
        is_harmless = self.method in ("GET", "PUT") or self.idempotency_key is not None
        return is_harmless and (self.content is None or self.content.can_restart)

    def all_headers(self) -> dict[str, str]:
        """The headers that belong to this request."""
        headers = dict(self.headers)
        if self.content is not None:
            headers["content-type"] = self.content.media_type
        if self.idempotency_key is not None:
            headers["idempotency-key"] = self.idempotency_key
        return headers


def fresh_key() -> str:
    """A new Idempotency-Key."""
    return str(uuid.uuid4())


def given(**values: Any) -> dict[str, Any]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def may_repeat_after(call: Call[Any], error: httpx.TransportError) -> bool:
    """Whether to try again after the connection failed: always when nothing was sent, else when repeating is harmless."""
    never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return call.is_repeatable or (never_sent and (call.content is None or call.content.can_restart))


def may_repeat_status(call: Call[Any], status: int) -> bool:
    """Whether to try again after this status. 429 was refused before any work began, so every call may."""
    if status == 429:
        return call.content is None or call.content.can_restart
    return status in _TRANSIENT and call.is_repeatable


def wait_seconds(attempt: int, retry_after: str | None, now_seconds: float, chance: float) -> float:
    """How long to wait before attempt + 1: what the server asks for, else exponentially longer, with jitter.

    attempt: 0 for the first. retry_after: the header, in seconds or as an HTTP date.
    chance: in [0, 1), so that clients who failed together do not come back together.
    """
    asked = _asked_seconds(retry_after, now_seconds) if retry_after else None
    if asked is not None:
        return min(max(asked, 0.0), _ASKED_SECONDS_MAX)
    longest = min(_BACKOFF_SECONDS * 2.0**attempt, _BACKOFF_SECONDS_MAX)
    return longest * (0.5 + 0.5 * chance)


def _asked_seconds(retry_after: str, now_seconds: float) -> float | None:
    try:
        return float(retry_after)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(retry_after).timestamp() - now_seconds
    except (TypeError, ValueError):
        return None
