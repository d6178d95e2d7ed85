"""What the vault answers over HTTP."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Shape, Time


class HeldUnder(Shape):
    """How many keys lie under one customer key: months' keys, and chunk keys under it directly."""

    key: str
    months: int
    chunks: int


class KeyChoice(Shape):
    """A key service that the operator set up for this organization."""

    name: str
    kind: str
    key: str


class KeyRewrapping(Shape):
    """How far wrapping the keys anew is. problem: why the last step failed; it is tried again."""

    keys: int
    finished_at: Time | None
    problem: str | None


class KeyState(Shape):
    """How this organization's keys are kept. revoked_at: since when nothing of it is opened."""

    mode: Literal["managed", "bring", "hold"]
    service: str | None
    version: int
    revoked_at: Time | None
    changed_at: Time | None
    rewrapping: KeyRewrapping
    held: list[HeldUnder]
    choices: list[KeyChoice]
