"""Requests that are sent again: what an Idempotency-Key becomes."""

from __future__ import annotations

import hashlib
from uuid import UUID, uuid4

from evenhand.boundary.actor import Actor


def key_of(actor: Actor, key: str | None) -> UUID:
    """An Idempotency-Key as a UUID of this person's own; without one every request is its own."""
    if key is None:
        return uuid4()
    return UUID(bytes=hashlib.sha256(actor.person_id.bytes + key.encode()).digest()[:16])
