"""A customer's own terms: whom it is in conflict with, how its walls work, what it waives. Each on record.

Every change makes a new version of one document, in canonical JSON, whose digest is in the customer's own log:
docs/reference/wall-documents.md.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.permission import Permission
from evenhand.core.errors import Conflict, Malformed, NotFound, Problem
from evenhand.core.times import rfc3339
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.walls.changing import FOREVER, Begun, Change, Changing
from evenhand.walls.documents import policy_of, put_document
from evenhand.walls.drawing import drawn
from evenhand.walls.register import check_party
from evenhand.walls.shapes import (
    Waiver,
    WallConflict,
    WallDocumentFacts,
    WallPolicy,
    Walls,
    WallTie,
)

_queries = Queries.of("evenhand.walls")


class Terms:
    """The walls of each customer, as it wants them."""

    def __init__(self, database: Database, changing: Changing, clock: Clock) -> None:
        self._database = database
        self._changing = changing
        self._clock = clock

    # ------------------------------------------------------------------------------------------------------- reading --
    async def walls(self, actor: Actor) -> Walls:
        """The walls in force: rules, and the ties that they are about."""
        actor.require(Permission.AUDIT_READ)
        now = self._clock.now()
        async with self._database.tenant(actor.organization_id) as connection:
            own = await _queries.row(connection, "kind", organization_id=actor.organization_id)
            assert own is not None
            policy = await policy_of(connection, actor.organization_id)
            rows = await _queries.rows(connection, "in_force", now=now)
            holds = await _queries.value(connection, "holds_open", organization_id=actor.organization_id)
            shown = [row for row in rows if row["high"] >= policy["notice_percent"]]
            statements = await _statements_of(connection, shown)
            return {
                "epoch": await _queries.value(connection, "epoch"),
                "party": own["party"],
                "policy": policy,
                "conflicts": await self._conflicts(connection, actor.organization_id, now),
                "waivers": await self._waivers(connection, actor.organization_id, now),
                "ties": [_tie(row, policy, statements) for row in shown],
                "holds_open": holds,
            }

    async def documents(self, actor: Actor, before: int | None, limit: int) -> list[WallDocumentFacts]:
        """The versions of the wall document, newest first."""
        actor.require(Permission.AUDIT_READ)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection, "documents", organization_id=actor.organization_id, before=before, limit=limit
            )
        return [
            {
                "version": row["version"],
                "epoch": row["epoch"],
                "at": rfc3339(row["at"]),
                "sha256": hashlib.sha256(row["body"].encode()).hexdigest(),
            }
            for row in rows
        ]

    async def document(self, actor: Actor, version: int) -> bytes:
        """One version, byte for byte as its digest was recorded. Raises NotFound."""
        actor.require(Permission.AUDIT_READ)
        async with self._database.tenant(actor.organization_id) as connection:
            body: str | None = await _queries.value(
                connection, "document", organization_id=actor.organization_id, version=version
            )
        if body is None:
            raise NotFound(kind="wall document", id=str(version))
        return body.encode()

    # ------------------------------------------------------------------------------------------------------ changing --
    async def set_policy(self, actor: Actor, policy: WallPolicy) -> WallPolicy:
        """From which percentages on, for how long, and what a change of control does."""
        actor.require(Permission.ORGANIZATION_WRITE)
        if policy["notice_percent"] > policy["wall_percent"]:
            message = "The notice would come after the wall."
            raise Malformed([Problem("/notice_percent", "bad_value", message, "Take no more than wall_percent.")])
        async with self._changing.simply(actor.organization_id, _own(actor)) as begun:
            await _queries.run(
                begun.connection, "policy_put", organization_id=actor.organization_id, now=begun.now, **policy
            )
            await _record(begun, actor, "walls.policy")
        return policy

    async def declare(self, actor: Actor, party: str, basis: str) -> WallConflict:
        """Declare a conflict with a party, one's own or another's name for why. Declared again, it is not withdrawn any more."""
        actor.require(Permission.ORGANIZATION_WRITE)
        check_party(party, "/party")
        async for snapshot in self._changing.attempts():
            change = _own(actor)
            change.points.add(party)
            async with self._changing.solved(actor.organization_id, change, snapshot) as begun:
                if begun is None:
                    continue
                own = await _queries.row(begun.connection, "kind", organization_id=actor.organization_id)
                if own is not None and own["party"] == party:
                    message = "That is this organization itself."
                    raise Malformed([Problem("/party", "bad_value", message, "Name another party.")])
                await _queries.run(
                    begun.connection,
                    "conflict_put",
                    organization_id=actor.organization_id,
                    party=party,
                    basis=basis,
                    now=begun.now,
                )
                await _record(begun, actor, "walls.conflict")
                rows = await self._conflicts(begun.connection, actor.organization_id, begun.now)
                return next(row for row in rows if row["party"] == party)
        raise AssertionError("attempts end by raising")

    async def withdraw(self, actor: Actor, party: str) -> WallConflict:
        """Withdraw a conflict: it counts until the days of cooling-off are over. Raises NotFound."""
        actor.require(Permission.ORGANIZATION_WRITE)
        change = _own(actor)
        change.points.add(party)
        async with self._changing.simply(actor.organization_id, change) as begun:
            policy = await policy_of(begun.connection, actor.organization_id)
            until = begun.now + timedelta(days=policy["cool_off_days"])
            done = await _queries.run(
                begun.connection,
                "conflict_end",
                organization_id=actor.organization_id,
                party=party,
                until=until,
            )
            if not done:
                raise NotFound(kind="conflict", id=party[:64])
            rows = await self._conflicts(begun.connection, actor.organization_id, begun.now)
            await _record(begun, actor, "walls.conflict")
        found = next((row for row in rows if row["party"] == party), None)
        return found or {"party": party, "basis": "", "since": rfc3339(begun.now), "until": rfc3339(until)}

    async def waive(
        self,
        actor: Actor,
        *,
        party: str | None,
        person_id: UUID | None,
        rival: str | None,
        reason: str,
        until: datetime | None,
        waiver_id: UUID | None = None,
    ) -> Waiver:
        """Let a party or one person pass although it is walled, with a reason, for a time. The document names it."""
        actor.require(Permission.ORGANIZATION_WRITE)
        if (party is None) == (person_id is None):
            message = "A waiver is for a party or for a person."
            raise Malformed([Problem("/party", "bad_value", message, "Name one of the two.")])
        if until is not None and until <= self._clock.now():
            raise Malformed([Problem("/until", "bad_value", "That is over already.", "Name a time to come.")])
        for name, pointer in ((party, "/party"), (rival, "/rival")):
            if name is not None:
                check_party(name, pointer)
        id_ = waiver_id or fresh_id(self._clock.now())
        async with self._changing.simply(actor.organization_id, _own(actor)) as begun:
            if person_id is not None and not await _queries.value(
                begun.connection, "is_member", organization_id=actor.organization_id, person_id=person_id
            ):
                raise NotFound(kind="person", id=str(person_id))
            put = await _queries.run(
                begun.connection,
                "waiver_put",
                organization_id=actor.organization_id,
                waiver_id=id_,
                party=party,
                person_id=person_id,
                rival=rival,
                reason=reason,
                granted_by=actor.actor_commitment,
                now=begun.now,
                until=until or FOREVER,
                hold_id=None,
            )
            if put:
                await _record(begun, actor, "walls.waiver")
            rows = await self._waivers(begun.connection, actor.organization_id, begun.now)
        for row in rows:
            if row["id"] == str(id_):
                return row
        raise Conflict(kind="waiver", reason="it was granted and taken back already")

    async def end_waiver(self, actor: Actor, waiver_id: UUID) -> None:
        """Take a waiver back: what it let pass is walled from now on. Raises NotFound."""
        actor.require(Permission.ORGANIZATION_WRITE)
        async with self._changing.simply(actor.organization_id, _own(actor)) as begun:
            done = await _queries.run(
                begun.connection,
                "waiver_end",
                organization_id=actor.organization_id,
                waiver_id=waiver_id,
                now=begun.now,
            )
            if not done:
                raise NotFound(kind="waiver", id=str(waiver_id))
            await _record(begun, actor, "walls.waiver")

    # -------------------------------------------------------------------------------------------------------- inside --
    async def _conflicts(self, connection: Connection, organization_id: UUID, now: datetime) -> list[WallConflict]:
        rows = await _queries.rows(connection, "conflicts", organization_id=organization_id, now=now)
        return [
            {
                "party": row["party"],
                "basis": row["basis"],
                "since": rfc3339(row["since"]),
                "until": _shown_end(row["until"]),
            }
            for row in rows
        ]

    async def _waivers(self, connection: Connection, organization_id: UUID, now: datetime) -> list[Waiver]:
        rows = await _queries.rows(connection, "waivers", organization_id=organization_id, now=now)
        return [
            {
                "id": str(row["waiver_id"]),
                "party": row["party"],
                "person_id": str(row["person_id"]) if row["person_id"] else None,
                "rival": row["rival"],
                "reason": row["reason"],
                "since": rfc3339(row["since"]),
                "until": _shown_end(row["until"]),
                "hold_id": str(row["hold_id"]) if row["hold_id"] else None,
            }
            for row in rows
        ]


def _own(actor: Actor) -> Change:
    return Change(organizations={actor.organization_id})


async def _record(begun: Begun, actor: Actor, rule: str) -> None:
    await put_document(begun.connection, actor, rule, epoch=begun.epoch, now=begun.now)


async def _statements_of(connection: Connection, rows: list[Any]) -> list[dict[str, Any]]:
    """What is filed about the parties of some ties, and between them."""
    links = [link for row in rows for link in json.loads(row["chain"])]
    parties = {name for link in links for name in (link["holder"], link["subject"])}
    parties |= {row[end] for row in rows for end in ("party", "rival")}
    if not parties:
        return []
    named = {id_ for link in links for id_ in link["statements"]}
    known = await _queries.rows(connection, "statements_between", parties=sorted(parties), named=sorted(named))
    return [json.loads(row["document"]) for row in known]


def _tie(row: Any, policy: WallPolicy, statements: list[dict[str, Any]]) -> WallTie:
    links = json.loads(row["chain"])
    parties, lines = drawn(statements, links, (row["rival"], row["party"]))
    return {
        "effect": "wall" if row["high"] >= policy["wall_percent"] else "notice",
        "kind": row["kind"],
        "party": row["party"],
        "rival": row["rival"],
        "rule": row["rule"],
        "low": row["low"],
        "high": row["high"],
        "links": links,
        "parties": parties,
        "drawn": lines,
    }


def _shown_end(at: datetime) -> str | None:
    return None if at == FOREVER else rfc3339(at)
