"""Entries of the verbs that are no looks: what was changed, by whom, under which rule, in the transaction that changes it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.ledger.actions import Action, Purpose
from evenhand.store.queries import Connection, Queries

_queries = Queries.of("evenhand.ledger")


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
) -> None:
    """Leave one entry in the inbox of the connection's organization.

    actor: None for the software itself, and for whoever is not signed in. object_id: the project or task that it is about;
    subject_id: what was made, changed or removed. rule: what was decided or changed, in words that hold no content.
    """
    await _queries.row(
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
