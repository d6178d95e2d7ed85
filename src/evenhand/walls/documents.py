"""A customer's wall document: all of its terms at one moment, in canonical JSON, whose digest is in its own log.

docs/reference/wall-documents.md states the shape.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.canonical import canonical_json
from evenhand.ledger.actions import Action
from evenhand.ledger.entries import put_on_record
from evenhand.store.queries import Connection, Queries
from evenhand.walls.changing import FOREVER
from evenhand.walls.shapes import OnChange, WallPolicy

_queries = Queries.of("evenhand.walls")

DEFAULT: WallPolicy = {"notice_percent": 5.0, "wall_percent": 10.0, "cool_off_days": 180, "on_change": "hold"}


async def put_document(
    connection: Connection, actor: Actor, rule: str, *, now: datetime, epoch: int | None = None
) -> None:
    """The next version, of what stands in the transaction that changes it, and its digest on record.

    rule: `walls.policy`, `walls.conflict`, `walls.waiver` or `walls.countersigned`, whatever made it. epoch: the one that is
    being made; None: the register stays as it is.
    """
    epoch = epoch or int(await _queries.value(connection, "epoch"))
    organization_id = actor.organization_id
    version = (await _queries.value(connection, "document_version", organization_id=organization_id) or 0) + 1
    body = canonical_json(await _content(connection, organization_id, version, epoch, now))
    await _queries.run(
        connection,
        "document_put",
        organization_id=organization_id,
        version=version,
        epoch=epoch,
        now=now,
        body=body.decode(),
    )
    digest = hashlib.sha256(body).digest()
    await put_on_record(connection, actor, Action.POLICY_CHANGE, now=now, digest=digest, rule=rule)


async def policy_of(connection: Connection, organization_id: UUID) -> WallPolicy:
    """How an organization wants its walls."""
    row = await _queries.row(connection, "policy", organization_id=organization_id)
    if row is None:
        return DEFAULT
    return {
        "notice_percent": row["notice_percent"],
        "wall_percent": row["wall_percent"],
        "cool_off_days": row["cool_off_days"],
        "on_change": cast(OnChange, row["on_change"]),
    }


async def _content(
    connection: Connection, organization_id: UUID, version: int, epoch: int, now: datetime
) -> dict[str, Any]:
    own = await _queries.row(connection, "kind", organization_id=organization_id)
    assert own is not None
    conflicts = await _queries.rows(connection, "conflicts", organization_id=organization_id, now=now)
    waivers = await _queries.rows(connection, "waivers", organization_id=organization_id, now=now)
    accepted = await _queries.rows(connection, "countersigned", organization_id=organization_id)
    return {
        "v": 1,
        "kind": "evenhand-walls",
        "organization": str(organization_id),
        "version": version,
        "epoch": epoch,
        "at": _moment(now),
        "party": own["party"],
        "policy": dict(await policy_of(connection, organization_id)),
        "conflicts": [
            {"party": row["party"], "basis": row["basis"], "since": _moment(row["since"]), "until": _end(row["until"])}
            for row in conflicts
        ],
        "waivers": [
            {
                **({"party": row["party"]} if row["party"] else {"person": row["person"].hex()}),
                "rival": row["rival"],
                "reason": row["reason"],
                "since": _moment(row["since"]),
                "until": _end(row["until"]),
            }
            for row in waivers
        ],
        "countersigned": [
            {
                "party": row["party"],
                "rival": row["rival"],
                "high": row["high"],
                "at": _moment(row["countersigned_at"]),
            }
            for row in accepted
        ],
    }


def _moment(at: datetime) -> str:
    """As entries have it: with microseconds."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _end(at: datetime) -> str | None:
    return None if at == FOREVER else _moment(at)
