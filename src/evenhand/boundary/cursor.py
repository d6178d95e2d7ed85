"""Opaque cursors: where a list goes on. They hold keys of our own, never content, and survive restarts."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from evenhand.core.errors import Malformed, Problem
from evenhand.core.times import from_rfc3339

LIMIT_MAX = 500
_BIGINT_MAX = 2**63 - 1


def encode_cursor(*keys: Any) -> str:
    """The cursor of the last row seen."""
    return base64.urlsafe_b64encode(json.dumps(keys, default=str, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, *kinds: Callable[[Any], Any]) -> tuple[Any, ...] | None:
    """The keys in a cursor, converted to `kinds`; None for the first page. Raises Malformed for one that is not ours."""
    if not cursor:
        return None
    try:
        keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(keys, list) or len(keys) != len(kinds):
            raise ValueError
        return tuple(kind(key) for kind, key in zip(kinds, keys, strict=True))
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError):
        problem = Problem("query:cursor", "bad_cursor", "This cursor was not made here.", "Leave it out to start over.")
        raise Malformed([problem]) from None


def number(key: Any) -> int:
    """A key that is a number of the database. Raises ValueError."""
    if isinstance(key, bool) or not isinstance(key, int) or abs(key) > _BIGINT_MAX:
        raise ValueError
    return key


def instant(key: Any) -> datetime:
    """A key that is a time with its zone. Raises ValueError."""
    return from_rfc3339(key)


def page_size(limit: int | None, default: int = 50) -> int:
    """How many rows a page has: what was asked for, within 1..500."""
    return max(1, min(limit or default, LIMIT_MAX))
