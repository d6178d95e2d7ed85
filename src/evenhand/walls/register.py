"""The register of interests: statements of ownership, who files them and what for, challenges, parties, quarters, silence."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg
import structlog

from evenhand.boundary.actor import Actor
from evenhand.boundary.permission import Permission
from evenhand.core.errors import Conflict, Malformed, NotFound, Problem
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action
from evenhand.ledger.entries import put_on_public_record
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.walls import bods
from evenhand.walls.changing import PUBLIC, Begun, Change, Changing, Snapshot, Stated, apply, solve
from evenhand.walls.shapes import (
    Challenge,
    Filing,
    OpenChallenge,
    Party,
    Quarter,
    RegisterState,
    Silence,
    StatementReceipt,
)

_queries = Queries.of("evenhand.walls")
log = structlog.get_logger(__name__)

# A quarter, and the five working days in which a statement of it may come.
SILENCE_AFTER = timedelta(days=92 + 7)
ROUND_SECONDS = 300.0
_SALT_BYTES = 16


class Register:
    """The statements of this installation, and what follows from each."""

    def __init__(self, database: Database, changing: Changing, clock: Clock) -> None:
        self._database = database
        self._changing = changing
        self._clock = clock
        self._solved_on: date | None = None

    # -------------------------------------------------------------------------------------------------------- filing --
    async def file(
        self,
        actor: Actor,
        statements: Any,
        *,
        party: str | None = None,
        source: str | None = None,
        filing_id: UUID | None = None,
    ) -> Filing:
        """File statements of BODS 0.4, all or none.

        The operator says anything of anybody; a vendor of its own network, whose `declarationSubject` is its party; both take
        effect at once and are public. A customer says anything of others, with a source: that is a challenge, which only its own
        walls hear of until the operator confirms it. party: the record that a vendor or the operator itself is.
        Raises Malformed with every defect, NotAllowed, Conflict.
        """
        actor.require(Permission.ORGANIZATION_WRITE)
        kind, known = await self._kind(actor)
        if found := bods.problems(statements):
            raise Malformed([each.under("/statements") for each in found])
        if kind == "customer":
            return await self._challenge(actor, statements, source, party, filing_id)
        if party is not None:
            _require_first(kind, actor.organization_id, known, party)
        async for snapshot in self._changing.attempts():
            change = _filed(actor, statements, PUBLIC, None)
            if party is None and (repeated := _repeated(snapshot, change, "public", None)):
                return repeated
            subject = party or known
            if party is not None:
                _require_entity(snapshot, change, party)
                change.parties[actor.organization_id] = change.published_parties[actor.organization_id] = party
            if kind == "vendor":
                _require_own(statements, subject)
            done = await self._put(actor, change, snapshot)
            if done is not None:
                return _answer(done, change, snapshot, "public", None)
        raise AssertionError("attempts end by raising")

    async def _challenge(
        self,
        actor: Actor,
        statements: Sequence[Mapping[str, Any]],
        source: str | None,
        party: str | None,
        id_: UUID | None,
    ) -> Filing:
        if not source or not source.strip():
            message = "A customer's statement is a challenge, and a challenge has a source."
            raise Malformed([Problem("/source", "missing_field", message, "Name where it can be read.")])
        if party is not None:
            message = "A customer's party is set on its own."
            raise Malformed([Problem("/party", "not_allowed", message, "Leave it out here.")])
        challenge_id = id_ or fresh_id(self._clock.now())
        async for snapshot in self._changing.attempts():
            change = _filed(actor, statements, actor.organization_id, challenge_id)
            change.organizations.add(actor.organization_id)
            if repeated := _repeated(snapshot, change, "challenge", challenge_id):
                return repeated

            async def put(begun: Begun, challenge_id: UUID = challenge_id) -> None:
                await _queries.run(
                    begun.connection,
                    "challenge_add",
                    organization_id=actor.organization_id,
                    challenge_id=challenge_id,
                    source=source.strip(),
                    now=begun.now,
                )

            done = await self._put(actor, change, snapshot, put)
            if done is not None:
                return _answer(done, change, snapshot, "challenge", challenge_id)
        raise AssertionError("attempts end by raising")

    async def withdraw(self, actor: Actor, statement_ids: Sequence[str]) -> Filing:
        """No longer claim statements: one's own; the operator any that is public. Raises NotFound for one that is not in force."""
        actor.require(Permission.ORGANIZATION_WRITE)
        kind, _ = await self._kind(actor)
        register = actor.organization_id if kind == "customer" else PUBLIC
        async for snapshot in self._changing.attempts():
            standing = {each.id: each for each in snapshot.statements if each.register == register}
            change = Change(organizations={actor.organization_id} if kind == "customer" else set())
            for id_ in statement_ids:
                found = standing.get(id_)
                if found is None or (kind == "vendor" and found.declared_by != actor.organization_id):
                    raise NotFound(kind="statement", id=id_[:64])
                change.ended.append((register, id_))
            done = await self._put(actor, change, snapshot)
            if done is not None:
                return _answer(done, change, snapshot, "challenge" if kind == "customer" else "public", None)
        raise AssertionError("attempts end by raising")

    async def state(self, actor: Actor) -> RegisterState:
        """The public statements in force."""
        actor.require(Permission.AUDIT_READ)
        snapshot = await self._changing.snapshot()
        return {
            "epoch": snapshot.epoch,
            "statements": [dict(each.statement) for each in snapshot.statements if each.register == PUBLIC],
        }

    # ---------------------------------------------------------------------------------------------------- challenges --
    async def challenges(self, actor: Actor) -> list[Challenge]:
        """What this organization claims of others, newest first."""
        actor.require(Permission.AUDIT_READ)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(connection, "challenges", organization_id=actor.organization_id)
        return [
            {
                "id": str(row["challenge_id"]),
                "source": row["source"],
                "state": row["state"],
                "filed_at": rfc3339(row["filed_at"]),
                "decided_at": rfc3339(row["decided_at"]) if row["decided_at"] else None,
                "note": row["note"],
            }
            for row in rows
        ]

    async def challenges_open(self, actor: Actor) -> list[OpenChallenge]:
        """What waits for the operator's decision; for an owner of anybody else nothing does."""
        actor.require(Permission.ORGANIZATION_WRITE)
        return [
            {
                "id": str(row["challenge_id"]),
                "source": row["source"],
                "filed_at": rfc3339(row["filed_at"]),
                "statements": [json.loads(each) for each in json.loads(row["statements"] or "[]")],
            }
            for row in await self._open(actor)
        ]

    async def decide(
        self, actor: Actor, challenge_id: UUID, state: Literal["confirmed", "refused"], note: str | None
    ) -> Filing:
        """Confirm a challenge, so that it is public and everybody's walls hear of it, or refuse it. Raises NotFound."""
        actor.require(Permission.ORGANIZATION_WRITE)
        async for snapshot in self._changing.attempts():
            row = next((row for row in await self._open(actor) if row["challenge_id"] == challenge_id), None)
            if row is None:
                raise NotFound(kind="challenge", id=str(challenge_id))
            claimed = [json.loads(each) for each in json.loads(row["statements"] or "[]")]
            change = Change(ended=[(row["organization_id"], each["statementId"]) for each in claimed])
            change.organizations.add(row["organization_id"])
            if state == "confirmed":
                change.statements = [Stated(PUBLIC, actor.organization_id, each) for each in claimed]

            async def put(begun: Begun) -> None:
                await _queries.value(
                    begun.connection,
                    "challenge_decide",
                    token_sha256=actor.token_sha256,
                    challenge_id=challenge_id,
                    state=state,
                    note=note,
                    epoch=begun.epoch,
                    now=begun.now,
                )

            done = await self._put(actor, change, snapshot, put)
            if done is not None:
                return _answer(done, change, snapshot, "public", challenge_id)
        raise AssertionError("attempts end by raising")

    async def _open(self, actor: Actor) -> list[asyncpg.Record]:
        async with self._database.statement() as connection:
            return await _queries.rows(
                connection, "challenges_open", token_sha256=actor.token_sha256, now=self._clock.now()
            )

    # ------------------------------------------------------------------------------------------------------- parties --
    async def set_party(self, actor: Actor, organization_id: UUID, record_id: str | None) -> Party:
        """Which record an organization is: any for the operator, one's own the first time. A customer's is no public matter.

        Raises NotFound for another's, Conflict for one's own once it is said: whoever could change it could walk out of its ties.
        """
        actor.require(Permission.ORGANIZATION_WRITE)
        kind, known = await self._kind(actor)
        if kind != "operator" and organization_id != actor.organization_id:
            raise NotFound(kind="organization", id=str(organization_id))
        if kind != "operator":
            _require_first(kind, organization_id, known, record_id)
        if record_id is not None:
            check_party(record_id, "/record_id")
        of = await self._kind_of(organization_id)
        if of is None:
            raise NotFound(kind="organization", id=str(organization_id))
        async for snapshot in self._changing.attempts():
            change = Change(parties={organization_id: record_id}, organizations={organization_id})
            if of != "customer":
                change.published_parties[organization_id] = record_id
            if await self._put(actor, change, snapshot) is not None:
                return {"organization_id": str(organization_id), "record_id": record_id or str(organization_id)}
        raise AssertionError("attempts end by raising")

    # ------------------------------------------------------------------------------------------- quarters and silence --
    async def nothing_changed(self, actor: Actor) -> Quarter:
        """The quarterly statement of a vendor or the operator: what was filed still holds. Repeating it changes nothing."""
        actor.require(Permission.ORGANIZATION_WRITE)
        kind, party = await self._kind(actor)
        if kind == "customer":
            raise Conflict(
                kind="quarter", reason="a customer's owners are its own affair; vendors and the operator say theirs"
            )
        now = self._clock.now()
        quarter = f"{now.year}-Q{(now.month + 2) // 3}"
        async with self._database.tenant(actor.organization_id) as connection:
            put = await _queries.run(
                connection,
                "quarter_add",
                organization_id=actor.organization_id,
                quarter=quarter,
                signed_by=actor.actor_commitment,
                now=now,
            )
            if put:
                body = {
                    "epoch": await _queries.value(connection, "epoch"),
                    "declared_by": str(actor.organization_id),
                    "signed_by": actor.actor_commitment.hex(),
                    "nothing_changed": {"party": party, "quarter": quarter},
                }
                await put_on_public_record(connection, Action.OWNERSHIP_CHANGE, body, now=now)
        return {"quarter": quarter, "at": rfc3339(now)}

    async def watch(self) -> bool:
        """The worker's round: who has been silent for longer than a quarter is named in the governance log, once each time, and
        their customers are told.

        Once a day ties are solved anew, for interests that have ended by their date since.
        """
        now = self._clock.now()
        if self._solved_on != now.date():
            await self._solve_anew(now)
            self._solved_on = now.date()
        async with self._database.tenant(PUBLIC) as connection:
            rows = await _queries.rows(connection, "silences", after=SILENCE_AFTER, now=now)
            epoch = await _queries.value(connection, "epoch")
            for row in rows:
                silence = {
                    "organization": str(row["organization_id"]),
                    "since": rfc3339(row["since"]),
                    "due": rfc3339(row["due_at"]),
                }
                await put_on_public_record(
                    connection, Action.OWNERSHIP_CHANGE, {"epoch": epoch, "silence": silence}, now=now
                )
        for row in rows:
            log.warning("register.silent", organization_id=str(row["organization_id"]), since=rfc3339(row["since"]))
        return bool(rows)

    async def silences(self, actor: Actor) -> list[Silence]:
        """Who of those that work for this organization owes a statement, itself among them; longest first."""
        actor.require(Permission.AUDIT_READ)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(connection, "silences_here")
        return [
            {
                "organization_id": str(row["organization_id"]),
                "kind": row["kind"],
                "party": row["party"],
                "name": row["name"],
                "since": rfc3339(row["since"]),
                "due_at": rfc3339(row["due_at"]),
            }
            for row in rows
        ]

    async def _solve_anew(self, now: datetime) -> None:
        async for snapshot in self._changing.attempts():
            found = await asyncio.to_thread(solve, snapshot, Change(), now)
            if not (found.gone or found.changed):
                return
            async with self._changing.solved(PUBLIC, Change(), snapshot) as begun:
                if begun is not None:
                    return

    # -------------------------------------------------------------------------------------------------------- inside --
    async def _put(self, actor: Actor, change: Change, snapshot: Snapshot, more: Any = None) -> Begun | None:
        try:
            async with self._changing.solved(actor.organization_id, change, snapshot) as begun:
                if begun is not None and more is not None:
                    await more(begun)
        except asyncpg.UniqueViolationError:
            raise Conflict(kind="register", reason="a statement with one of these ids was filed before") from None
        return begun

    async def _kind(self, actor: Actor) -> tuple[str, str]:
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(connection, "kind", organization_id=actor.organization_id)
        assert row is not None
        return row["kind"], row["party"]

    async def _kind_of(self, organization_id: UUID) -> str | None:
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(connection, "kind", organization_id=organization_id)
        return row["kind"] if row else None


def check_party(name: str, pointer: str) -> None:
    """Raise Malformed for what cannot be a recordId."""
    if not 1 <= len(name) <= bods.RECORD_ID_LENGTH_MAX or bods.misleads(name) or not bods.is_plain(name):
        message = f"A party is named by a recordId of 1 to {bods.RECORD_ID_LENGTH_MAX} visible characters."
        raise Malformed([Problem(pointer, "bad_id", message, "Take it from a statement of the register.")])


def _filed(actor: Actor, statements: Sequence[Mapping[str, Any]], register: UUID, challenge_id: UUID | None) -> Change:
    """What is kept of statements, and the commitments of those that lost something by it."""
    change = Change()
    for each in statements:
        kept = bods.reduced(each)
        change.statements.append(Stated(register, actor.organization_id, kept, challenge_id))
        if kept != each:
            salt = os.urandom(_SALT_BYTES)
            change.commitments[str(each["statementId"])] = bods.commitment(salt, each).hex()
            change.salts[str(each["statementId"])] = salt.hex()
    return change


def _answer(
    begun: Begun,
    change: Change,
    snapshot: Snapshot,
    register: Literal["public", "challenge"],
    challenge_id: UUID | None,
) -> Filing:
    _, ended = apply(snapshot, change)
    receipts: list[StatementReceipt] = [
        {"statement_id": id_, "salt": change.salts[id_], "commitment": change.commitments[id_]}
        for id_ in change.commitments
    ]
    return {
        "register": register,
        "challenge_id": str(challenge_id) if challenge_id else None,
        "epoch": begun.epoch,
        "statements": len(change.statements),
        "ended": [id_ for _, id_ in ended],
        "receipts": receipts,
    }


def _require_first(kind: str, organization_id: UUID, known: str, party: str | None) -> None:
    if kind != "operator" and known not in (str(organization_id), party):
        raise Conflict(kind="party", reason="which record an organization is, once said, the operator alone changes")


def _repeated(
    snapshot: Snapshot, change: Change, register: Literal["public", "challenge"], challenge_id: UUID | None
) -> Filing | None:
    """The answer to a filing that is in force as it is already: its reply was lost, and it was sent again."""
    standing = {(each.register, each.id): each for each in snapshot.statements}
    for each in change.statements:
        known = standing.get((each.register, each.id))
        if known is None or known.declared_by != each.declared_by or known.statement != each.statement:
            return None
    return {
        "register": register,
        "challenge_id": str(challenge_id) if challenge_id else None,
        "epoch": snapshot.epoch,
        "statements": len(change.statements),
        "ended": [],
        "receipts": [],
    }


def _require_entity(snapshot: Snapshot, change: Change, party: str) -> None:
    for each in (*change.statements, *snapshot.statements):
        if each.register == PUBLIC and each.statement["recordType"] == "entity" and each.statement["recordId"] == party:
            return
    message = "No entity statement of the register has this recordId."
    raise Malformed([Problem("/party", "unknown_record", message, "File the entity's statement with it.")])


def _require_own(statements: Sequence[Mapping[str, Any]], subject: str) -> None:
    """A vendor speaks of its own network; what others declared of the same records stands beside it."""
    found = [
        Problem(
            f"/statements/{index}/declarationSubject",
            "not_yours",
            f"Statement {index} is about the network of another than {subject[:64]}.",
            "File what belongs to your own party; the operator files the rest.",
        )
        for index, each in enumerate(statements)
        if each.get("declarationSubject") != subject
    ]
    if found:
        raise Malformed(found[: bods.PROBLEMS_MAX])
