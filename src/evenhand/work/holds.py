"""Change of control, as its customer meets it: which holds there are, the chain each was opened for, the owner's countersignature.

The walls open a hold in the transaction of the filing, and the verbs of `functions.sql` obey it. Here it is shown and ended.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.canonical import canonical_json
from evenhand.core.errors import Conflict, NotAllowed, NotFound, NotSignedIn
from evenhand.core.times import rfc3339
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.walls.documents import put_document
from evenhand.walls.drawing import drawn
from evenhand.work.shapes.holds import Hold, Holds, Tie

_queries = Queries.of("evenhand.work")


class HoldBook:
    """The holds of a customer."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def all(self, actor: Actor) -> Holds:
        """Every hold there was, newest first, and what stands still now."""
        facts = {"organization_id": actor.organization_id}
        async with self._database.tenant(actor.organization_id) as connection:
            items = await self._shown(connection, actor)
            still = await _queries.row(connection, "standing_still", **facts)
        assert still is not None
        return {
            "on_hold": any(each["countersigned_at"] is None for each in items),
            "standing_still": {"tasks": still["tasks"], "people": still["people"], "projects": still["projects"]},
            "items": items,
        }

    async def countersign(self, actor: Actor, hold_id: UUID, digest: str) -> Hold:
        """Let work go on, having read the chain whose digest this is. A hold that has ended stays as it is.

        Raises Conflict when the chain is another one than was read, NotFound, NotAllowed for whoever is not the owner.
        """
        hold = await self._hold(actor, hold_id)
        if digest != hold["digest"]:
            raise Conflict(kind="hold", reason="the chain is another one than the one whose digest was sent")
        now = self._clock.now()
        async with self._database.tenant(actor.organization_id) as connection:
            status: str = await _queries.value(
                connection,
                "wall_hold_countersign",
                token_sha256=actor.token_sha256,
                hold_id=hold_id,
                digest=bytes.fromhex(digest.removeprefix("sha256:")),
                now=now,
            )
            if status == "ok":  # the ties of the chain are accepted from here on: a new version of the terms
                await put_document(connection, actor, "walls.countersigned", now=now)
        if status == "no-session":
            raise NotSignedIn()
        if status == "not-allowed":
            raise NotAllowed(permission="organization.write")
        return await self._hold(actor, hold_id)

    async def _hold(self, actor: Actor, hold_id: UUID) -> Hold:
        async with self._database.tenant(actor.organization_id) as connection:
            for each in await self._shown(connection, actor):
                if each["id"] == str(hold_id):
                    return each
        raise NotFound(kind="hold", id=str(hold_id))

    async def _shown(self, connection: Connection, actor: Actor) -> list[Hold]:
        rows = await _queries.rows(connection, "wall_holds", organization_id=actor.organization_id)
        chains = [json.loads(row["chain"]) for row in rows]
        parties = {name for chain in chains for tie in chain for name in _parties(tie)}
        named = {id_ for chain in chains for tie in chain for link in tie["links"] for id_ in link["statements"]}
        known = []
        if parties:
            facts = {"parties": sorted(parties), "named": sorted(named)}
            known = await _queries.rows(connection, "statements_between", **facts)
        statements = [json.loads(row["document"]) for row in known]
        return [_hold(row, chain, statements) for row, chain in zip(rows, chains, strict=True)]


def _hold(row: Any, chain: list[dict[str, Any]], statements: list[dict[str, Any]]) -> Hold:
    return {
        "id": str(row["hold_id"]),
        "change_id": str(row["change_id"]),
        "epoch": row["epoch"],
        "opened_at": rfc3339(row["opened_at"]),
        "chain": chain,
        "ties": [_tie(each, row["wall_percent"], statements) for each in chain],
        "digest": "sha256:" + hashlib.sha256(canonical_json(chain)).hexdigest(),
        "countersigned_at": rfc3339(row["countersigned_at"]) if row["countersigned_at"] else None,
        "countersigned_by": row["countersigned_by"],
    }


def _parties(tie: dict[str, Any]) -> set[str]:
    return {tie["party"], tie["rival"], *(name for link in tie["links"] for name in (link["holder"], link["subject"]))}


def _tie(tie: dict[str, Any], limit: float, statements: list[dict[str, Any]]) -> Tie:
    parties, links = drawn(statements, tie["links"], (tie["rival"], tie["party"]))
    return {
        "party": tie["party"],
        "rival": tie["rival"],
        "kind": tie["kind"],
        "rule": tie["rule"],
        "percent": tie["high"],
        "limit": limit,
        "parties": parties,
        "links": links,
    }
