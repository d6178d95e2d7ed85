"""Times: aware and in UTC, RFC 3339 on the wire with milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(at: datetime) -> str:
    """`2026-01-02T10:00:00.000Z`. Raises ValueError for a time without zone."""
    if at.tzinfo is None:
        raise ValueError("a time without zone cannot be shown")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_rfc3339(text: str) -> datetime:
    """The time in `text`, in UTC. Raises ValueError when it is not RFC 3339 or lacks its zone."""
    return in_utc(datetime.fromisoformat(text))


def in_utc(at: datetime) -> datetime:
    """The same moment in UTC. Raises ValueError without a zone, and at the ends of the calendar where UTC has no such year."""
    if at.tzinfo is None:
        raise ValueError("a time needs its zone, for example 2026-01-02T10:00:00Z")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("this time lies beyond the calendar") from None
