"""Where time and identity come from. Everything above takes a `Clock`, so that a test can advance it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from evenhand.core.ids import scattered_uuid7s, uuid7, uuid7s


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> datetime:
        """The time, aware and in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The time, aware and in UTC."""
        return datetime.now(UTC)


class SteppedClock:
    """A clock that stands still until it is told to go on: for tests and drills."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """The time it was last set to."""
        return self._at

    def advance(self, **step: float) -> None:
        """Go on by `timedelta(**step)`."""
        self._at += timedelta(**step)


_newest = UUID(int=0)


def fresh_id(now: datetime) -> UUID:
    """A UUIDv7 that nobody else has, ordered by `now`; of one millisecond, in the order in which this process makes them."""
    global _newest
    _newest = uuid7(int(now.timestamp() * 1000), os.urandom(10), _newest)
    return _newest


def fresh_ids(now: datetime, count: int) -> list[bytes]:
    """`count` UUIDv7 as raw bytes, in increasing order, from one read of the randomness source."""
    return uuid7s(int(now.timestamp() * 1000), os.urandom(10 * count), count)


def scattered_ids(at: datetime, count: int) -> list[bytes]:
    """`count` UUIDv7 as raw bytes, all of one moment and in no order, from one read of the randomness source."""
    return scattered_uuid7s(int(at.timestamp() * 1000), os.urandom(10 * count), count)
