"""Making things once, however often the request that makes them is sent: its Idempotency-Key decides the new thing's id.

Decision 9.
"""

from __future__ import annotations

import hashlib
from typing import Annotated
from uuid import UUID

from fastapi import Header

from evenhand.boundary.actor import Actor

_KEY = "Makes repeating safe: the same key again does the work once. Any text of your own, a UUID for example."
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200, description=_KEY)]


def id_under(actor: Actor, key: str | None, what: str) -> UUID | None:
    """The id of what this person makes under this key, the same every time; None without a key.

    what: the kind of thing and where it is made, so that one key makes one of each. The id is a version 8 UUID (RFC 9562).
    """
    if key is None:
        return None
    drawn = bytearray(hashlib.sha256(b"\0".join((actor.person_id.bytes, what.encode(), key.encode()))).digest()[:16])
    drawn[6] = drawn[6] & 0x0F | 0x80
    drawn[8] = drawn[8] & 0x3F | 0x80
    return UUID(bytes=bytes(drawn))
