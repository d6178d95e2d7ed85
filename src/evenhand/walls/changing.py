"""How the register of interests changes: computed outside, put under the exclusive gate, on record in every log it concerns.

What is slow (reading, solving) happens before the gate is taken, on a version of the register that is checked once it is: when
somebody changed it meanwhile, all is computed again. Under the gate remain a few statements, milliseconds.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from evenhand.core.canonical import canonical_json
from evenhand.core.errors import Conflict
from evenhand.ledger.actions import Action
from evenhand.ledger.entries import put_on_public_record
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.walls.ownership import Filed, Graph, Tie, read_graph, ties

_queries = Queries.of("evenhand.walls")

PUBLIC = UUID(int=0)
# The driver's word for `infinity`, both ways.
FOREVER = datetime.max  # noqa: DTZ901
_ATTEMPTS = 8
# An entry of the governance log holds 60,000 bytes; what else stands in it beside statements is short.
_PART_BYTES = 48_000


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement as the register keeps it. register: PUBLIC, or the customer who claims it."""

    register: UUID
    declared_by: UUID
    statement: Mapping[str, Any]
    challenge_id: UUID | None = None

    @property
    def id(self) -> str:
        """Its statementId."""
        return str(self.statement["statementId"])

    @property
    def record(self) -> tuple[UUID, UUID, str]:
        """What it is a version of: its record, in the eyes of who declared it."""
        return self.register, self.declared_by, str(self.statement["recordId"])

    @property
    def is_closed(self) -> bool:
        """Whether it says that the record is no more."""
        return self.statement.get("recordStatus") == "closed"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The register as it was read: its version, statements in force, parties that are asked about, ties as solved last."""

    epoch: int
    statements: list[Stated]
    points: frozenset[str]
    ties: dict[tuple[UUID, str, str], Tie]


@dataclass(slots=True)
class Change:
    """What a verb wants of the register. Empty: nothing but a new version, of a customer's own rules."""

    statements: list[Stated] = field(default_factory=list)
    ended: list[tuple[UUID, str]] = field(default_factory=list)
    # Which record an organization is; None: the party of its own id again. is_public: a vendor or the operator.
    parties: dict[UUID, str | None] = field(default_factory=dict)
    points: set[str] = field(default_factory=set)
    persons: dict[UUID, bytes] = field(default_factory=dict)
    organizations: set[UUID] = field(default_factory=set)
    # Salted digests of what was filed, of statements that the register keeps less of.
    commitments: dict[str, str] = field(default_factory=dict)
    salts: dict[str, str] = field(default_factory=dict, repr=False)
    published_parties: dict[UUID, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Solved:
    """Ties that are gone, and ties that are new or changed, each with how strong it was."""

    gone: list[tuple[UUID, str, str]]
    changed: list[tuple[UUID, Tie, float]]
    graph_sha256: bytes

    @property
    def parties(self) -> set[str]:
        """Whoever has a tie in it."""
        return {name for _, a, b in self.gone for name in (a, b)} | {
            name for _, tie, _ in self.changed for name in (tie.a, tie.b)
        }


@dataclass(frozen=True, slots=True)
class Begun:
    """Inside the gate: the transaction, the version that is being made and the moment."""

    connection: Connection
    epoch: int
    now: datetime
    change_id: UUID


def apply(snapshot: Snapshot, change: Change) -> tuple[list[Stated], list[tuple[UUID, str]]]:
    """(statements in force after a change, what it ends): a newer one ends the others of its record, a closed one itself too."""
    ended = set(change.ended)
    newest: dict[tuple[UUID, UUID, str], Stated] = {}
    for each in change.statements:
        newest[each.record] = each
    for each in snapshot.statements:
        if each.record in newest:
            ended.add((each.register, each.id))
    for each in change.statements:
        if newest[each.record] is not each:
            ended.add((each.register, each.id))
    standing = [each for each in snapshot.statements if (each.register, each.id) not in ended]
    standing += [each for each in newest.values() if not each.is_closed and (each.register, each.id) not in ended]
    return standing, sorted(ended)


def solve(snapshot: Snapshot, change: Change, today: datetime) -> Solved:
    """The ties after a change, against those before. A customer's own claims are solved beside the public ones, for it alone."""
    standing, _ = apply(snapshot, change)
    points = snapshot.points | change.points | {name for name in change.parties.values() if name is not None}
    public = [each for each in standing if each.register == PUBLIC]
    graph = _graph(public, today)
    found: dict[tuple[UUID, str, str], Tie] = {(PUBLIC, tie.a, tie.b): tie for tie in ties(graph, points)}
    for register in sorted({each.register for each in standing} - {PUBLIC}):
        claimed = _graph([*public, *(each for each in standing if each.register == register)], today)
        for tie in ties(claimed, points):
            known = found.get((PUBLIC, tie.a, tie.b))
            if known is None or tie.high > known.high:
                found[register, tie.a, tie.b] = tie
    changed = []
    for (register, a, b), tie in sorted(found.items(), key=lambda each: (str(each[0][0]), each[0][1:])):
        before = snapshot.ties.get((register, a, b))
        if before != tie:
            earlier = [snapshot.ties.get((each, a, b)) for each in (register, PUBLIC)]
            changed.append((register, tie, max((each.high for each in earlier if each), default=0.0)))
    gone = sorted(snapshot.ties.keys() - found.keys(), key=lambda each: (str(each[0]), each[1:]))
    return Solved(gone, changed, graph.sha256)


def _graph(statements: Sequence[Stated], today: datetime) -> Graph:
    return read_graph([Filed(each.statement, str(each.declared_by)) for each in statements], today.date())


class Changing:
    """Changes the register, one at a time, whoever asks."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def snapshot(self) -> Snapshot:
        """The register as it stands, read outside every lock."""
        async with self._database.statement() as connection:
            epoch = await _queries.value(connection, "epoch")
            statements = await _queries.rows(connection, "statements")
            points = await _queries.rows(connection, "points")
            solved = await _queries.rows(connection, "ties")
        return Snapshot(
            epoch,
            [Stated(row["register"], row["declared_by"], json.loads(row["document"])) for row in statements],
            frozenset(row["party"] for row in points),
            {(row["register"], row["party_a"], row["party_b"]): _tie_of(row) for row in solved},
        )

    @asynccontextmanager
    async def simply(self, by: UUID, change: Change) -> AsyncIterator[Begun]:
        """A change that moves no tie: the caller writes its rows in the block, the new version follows. by: an organization."""
        async with self._database.tenant(by) as connection:
            await _queries.value(connection, "begin", base=None)
            now = self._clock.now()
            begun = Begun(connection, await _queries.value(connection, "epoch") + 1, now, fresh_id(now))
            yield begun
            await self._bump(begun, change, set())

    @asynccontextmanager
    async def solved(self, by: UUID, change: Change, snapshot: Snapshot) -> AsyncIterator[Begun | None]:
        """A change of what ties are made of, on the register as it was read; None: it is another by now, read it again."""
        today = self._clock.now()
        found = await asyncio.to_thread(solve, snapshot, change, today)
        _, ended = apply(snapshot, change)
        async with self._database.tenant(by) as connection:
            if not await _queries.value(connection, "begin", base=snapshot.epoch):
                yield None
                return
            now = self._clock.now()
            begun = Begun(connection, snapshot.epoch + 1, now, fresh_id(now))
            await self._put(begun, by, change, ended, found)
            yield begun
            concerned = await self._tell(begun, found)
            await self._bump(begun, change, found.parties, concerned)
            await _publish(begun, by, change, ended)

    async def attempts(self) -> AsyncIterator[Snapshot]:
        """The register, read anew as often as somebody else was faster. Raises Conflict in the end."""
        for _ in range(_ATTEMPTS):
            yield await self.snapshot()
        raise Conflict(kind="register", reason="it was changed again and again meanwhile")

    async def _put(self, begun: Begun, by: UUID, change: Change, ended: list[tuple[UUID, str]], found: Solved) -> None:
        old = [(register, id_) for register, id_ in ended]
        new_ids = {(each.register, each.id) for each in change.statements}
        closed = {(each.register, each.id) for each in change.statements if each.is_closed} | (new_ids & set(ended))
        await _queries.value(
            begun.connection,
            "file_statements",
            statements=json.dumps(
                [
                    {
                        "register": str(each.register),
                        "statement_id": each.id,
                        "challenge_id": str(each.challenge_id) if each.challenge_id else None,
                        "declared_by": str(each.declared_by),
                        "record_id": each.statement["recordId"],
                        "record_type": each.statement["recordType"],
                        "document": canonical_json(dict(each.statement)).decode(),
                        "is_closed": (each.register, each.id) in closed,
                    }
                    for each in change.statements
                ]
            ),
            ended=json.dumps([{"register": str(register), "statement_id": id_} for register, id_ in old]),
            parties=json.dumps(
                [
                    {"organization_id": str(id_), "record_id": name, "declared_by": str(by)}
                    for id_, name in change.parties.items()
                ]
            ),
            epoch=begun.epoch,
            now=begun.now,
        )
        await _queries.value(
            begun.connection,
            "solve",
            gone=json.dumps([{"register": str(register), "a": a, "b": b} for register, a, b in found.gone]),
            ties=json.dumps([_row_of(register, tie) for register, tie, _ in found.changed]),
            graph=found.graph_sha256,
            epoch=begun.epoch,
        )

    async def _tell(self, begun: Begun, found: Solved) -> set[UUID]:
        """Tell each customer whom new or stronger ties concern, in its own log; open holds. Returns who they are."""
        raised = [{**_row_of(register, tie), "was": was} for register, tie, was in found.changed if tie.high > was]
        rows = await _queries.rows(begun.connection, "concerns", ties=json.dumps(raised), now=begun.now)
        chains: dict[UUID, list[dict[str, Any]]] = {}
        effects: dict[UUID, set[str]] = {}
        for row in rows:
            chains.setdefault(row["organization_id"], []).append(
                {
                    **{name: row[name] for name in ("effect", "kind", "party", "rival", "rule", "low", "high")},
                    "links": json.loads(row["statements"]),
                }
            )
            effects.setdefault(row["organization_id"], set()).add(_effect(row))
        for organization_id, chain in chains.items():
            effect = next(each for each in ("hold", "wall", "notice") if each in effects[organization_id])
            await _queries.value(
                begun.connection,
                "tell",
                organization_id=organization_id,
                hold_id=fresh_id(begun.now),
                change_id=begun.change_id,
                effect=effect,
                chain=json.dumps(chain),
                digest=digest_of_chain(chain),
                epoch=begun.epoch,
                now=begun.now,
            )
        return set(chains)

    async def _bump(
        self, begun: Begun, change: Change, parties: set[str], concerned: set[UUID] | frozenset[UUID] = frozenset()
    ) -> None:
        about = (
            parties | change.points | {name for name in change.parties.values() if name} | set(map(str, change.parties))
        )
        await _queries.value(
            begun.connection,
            "bump",
            parties=sorted(about),
            organizations=sorted(change.organizations | concerned),
            persons=sorted(change.persons),
            now=begun.now,
        )


def digest_of_chain(chain: Sequence[Mapping[str, Any]]) -> bytes:
    """What a customer's own entry says of the chain it was told of."""
    return hashlib.sha256(canonical_json([dict(each) for each in chain])).digest()


def _effect(row: Any) -> str:
    """What a policy makes of a tie. Where the operator itself is tied, nobody in particular is walled: only a hold can act."""
    if row["effect"] == "notice" or row["on_change"] == "notify":
        return "notice"
    return "hold" if row["on_change"] == "hold" or row["kind"] == "operator" else "wall"


async def _publish(begun: Begun, by: UUID, change: Change, ended: list[tuple[UUID, str]]) -> None:
    """What everybody may know of a change, in the governance log, in as many parts as it takes."""
    statements = [dict(each.statement) for each in change.statements if each.register == PUBLIC]
    withdrawn = [id_ for register, id_ in ended if register == PUBLIC]
    if not (statements or withdrawn or change.published_parties or change.persons):
        return
    parts: list[dict[str, Any]] = [{"statements": [], "withdrawn": [], "commitments": {}}]
    size = 0
    items: list[tuple[str, Any]] = [
        *(("statements", each) for each in statements),
        *(("withdrawn", each) for each in withdrawn),
    ]
    for kind, item in items:
        more = len(canonical_json(item)) + 200
        if size + more > _PART_BYTES:
            parts.append({"statements": [], "withdrawn": [], "commitments": {}})
            size = 0
        size += more
        parts[-1][kind].append(item)
        if kind == "statements" and item["statementId"] in change.commitments:
            parts[-1]["commitments"][item["statementId"]] = change.commitments[item["statementId"]]
    for number, part in enumerate(parts, start=1):
        body = {
            "epoch": begun.epoch,
            "part": number,
            "parts": len(parts),
            "declared_by": str(by),
            **part,
            "parties": {str(id_): name for id_, name in change.published_parties.items()} if number == 1 else {},
            "persons": [each.hex() for each in sorted(change.persons.values())] if number == 1 else [],
        }
        await put_on_public_record(begun.connection, Action.OWNERSHIP_CHANGE, body, now=begun.now)


def _tie_of(row: Any) -> Tie:
    chain = tuple(json.loads(row["chain"]))
    return Tie(row["party_a"], row["party_b"], row["rule"], row["low"], row["high"], chain)


def _row_of(register: UUID, tie: Tie) -> dict[str, Any]:
    return {
        "register": str(register),
        "a": tie.a,
        "b": tie.b,
        "rule": tie.rule,
        "low": tie.low,
        "high": tie.high,
        "chain": list(tie.chain),
    }
