"""Entries of the verbs that are no looks: what was changed, by whom, under which rule, in the transaction that changes it.

`put_on_record` writes into the log of one customer, `put_on_public_record` into the governance log, which everybody reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.canonical import canonical_json
from evenhand.ledger.actions import Action, Purpose
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries

_queries = Queries.of("evenhand.ledger")
# What else an entry of the governance log holds is short, so that the whole stays below 64 KiB (tlog-tiles: 16-bit lengths).
PUBLIC_BODY_BYTES_MAX = 60_000


async def put_on_record(
    connection: Connection,
    actor: Actor | None,
    action: Action,
    *,
    now: datetime,
    purpose: Purpose = Purpose.MANAGE,
    object_id: UUID | None = None,
    subject_id: UUID | None = None,
    digest: bytes | None = None,
    decision: str | None = None,
    rule: str | None = None,
) -> tuple[int, int]:
    """Leave one entry in the inbox of the connection's organization; its place there, (xid, id).

    actor: None for the software itself, and for whoever is not signed in. object_id: the project or task that it is about;
    subject_id: what was made, changed or removed. rule: what was decided or changed, in words that hold no content.
    """
    row = await _queries.row(
        connection,
        "note",
        action=int(action),
        actor_commitment=actor.actor_commitment if actor else None,
        actor_organization_id=actor.vendor_id if actor else None,
        object_id=object_id,
        subject_id=subject_id,
        digest=digest,
        purpose=purpose.value,
        decision=decision,
        rule=rule,
        quantity=None,
        now=now,
    )
    assert row is not None
    return row["xid"], row["id"]


async def put_on_public_record(
    connection: Connection, action: Action, body: Mapping[str, Any], *, now: datetime
) -> tuple[int, int]:
    """Leave one entry in the inbox of the installation's governance log; its place there, (xid, id).

    connection: in the transaction of the change that is recorded, as any role of ours. body: an object, at most 60,000 bytes as
    canonical JSON. Everybody can read it: personal values stand in it only as salted commitments, and a customer only as an id.
    Raises ValueError for a body that is longer, or that JSON cannot hold.
    """
    content = canonical_json(dict(body))
    if len(content) > PUBLIC_BODY_BYTES_MAX:
        raise ValueError(f"the body of an entry holds at most {PUBLIC_BODY_BYTES_MAX} bytes, this one {len(content)}")
    row = await _queries.row(connection, "note_public", action=int(action), body=content.decode(), now=now)
    assert row is not None
    return row["xid"], row["id"]


async def put_software_on_record(database: Database, now: datetime) -> bool:
    """Record which software runs from now on, once each time it is another than before. Whether this was news."""
    async with database.statement() as connection:
        return bool(await _queries.value(connection, "note_software", now=now))
