"""The witnesses of an installation: who they are, asking them to cosign, and what each last did about each log.

A checkpoint comes out once its witnesses were asked, with whatever they cosigned: one that is silent delays it by seconds and holds
nothing back. One that knows a history that we do not is an alarm and not a stop, or any witness could stop any log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import structlog
from prometheus_client import Counter

from evenhand.boundary.outbound import Guard
from evenhand.core.errors import PlatformError
from evenhand.ledger.actions import Action
from evenhand.ledger.bundles import Log
from evenhand.ledger.entries import put_on_public_record
from evenhand.ledger.lines import Unreadable
from evenhand.ledger.model import LogDamaged
from evenhand.ledger.note import Note, Signature, read_key, read_signatures
from evenhand.ledger.policy import Policy, Witness, policy_of
from evenhand.ledger.submitting import Asked, Outcome, gather_cosignatures
from evenhand.ledger.tiles import hash_in, tiles_for
from evenhand.ledger.tree import consistency_nodes, consistency_proof
from evenhand.store.blobs import BlobMissing, ObjectStore
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries

_queries = Queries.of("evenhand.ledger")
# A witness that did not answer is left in peace for so long: others' checkpoints should not wait for it each time.
SILENT_SECONDS = 60

log_ = structlog.get_logger(__name__)
ALARMS = Counter(
    "evenhand_ledger_witness_alarms_total", "Witnesses that know a history of a log that its rows do not have."
)


@dataclass(eq=False)
class NoSuchWitness(PlatformError):
    """This installation has no witness of that name."""

    name: str
    code: ClassVar[str] = "no-such-witness"
    hint: ClassVar[str] = "`evenhand ledger witnesses list` shows them."


@dataclass(eq=False)
class WitnessTaken(PlatformError):
    """There is a witness of that name already."""

    name: str
    code: ClassVar[str] = "witness-taken"
    hint: ClassVar[str] = "Remove it first, or give the new one another name."


class Witnesses:
    """Asks, and remembers. database: connections of the sequencer's role."""

    def __init__(self, database: Database, blobs: ObjectStore, guard: Guard, clock: Clock) -> None:
        self._database = database
        self._blobs = blobs
        self._guard = guard
        self._clock = clock
        self._silent_until: dict[str, datetime] = {}

    # ------------------------------------------------------------------------------------------------------- asking --
    async def cosigned(self, log: Log, size: int, note: Note) -> Note:
        """The checkpoint with the cosignatures of those who answered in time; without witnesses, as it is."""
        now = self._clock.now()
        async with self._database.statement() as connection:
            policy = await read_witnesses(connection)
            known = await witnessed(connection, log)
        present = [each for each in policy.witnesses if self._silent_until.get(each.name, now) <= now]
        if not present:
            return note.with_signatures(_standing(policy, known, size))

        async def prove(old_size: int) -> list[bytes]:
            if old_size in (0, size):
                return []
            try:
                tiles = {
                    tile: await self._blobs.whole(f"{log.folder}/{tile.path}")
                    for tile in tiles_for(consistency_nodes(old_size, size), size)
                }
                return consistency_proof(old_size, size, hash_in(tiles.__getitem__, size))
            except (BlobMissing, Unreadable) as error:
                raise LogDamaged(log.origin) from error

        standing = note.with_signatures(_standing(policy, known, size))
        try:
            gathered = await gather_cosignatures(
                standing,
                Policy(witnesses=tuple(present), quorum=policy.quorum, groups=policy.groups),
                held_sizes={name: row["held_size"] for name, row in known.items()},
                prove=prove,
                guard=self._guard,
                now=now,
            )
        except LogDamaged as error:
            # Its checkpoint comes out without new cosignatures, which whoever asks for them misses; other logs' come out as ever.
            log_.error("ledger.damaged", log=log.origin, exc_info=error)
            return standing
        await self._remember(log, size, policy, gathered.note, gathered.asked, now)
        return gathered.note

    async def _remember(
        self, log: Log, size: int, policy: Policy, note: Note, asked: Sequence[Asked], now: datetime
    ) -> None:
        keys = {each.name: each.key for each in policy.witnesses}
        for each in asked:
            if each.outcome is Outcome.SILENT:
                self._silent_until[each.witness] = now + timedelta(seconds=SILENT_SECONDS)
            if each.is_alarm:
                ALARMS.inc()
                log_.error("ledger.witness-disagrees", log=log.origin, witness=each.witness, cause=each.reason)
            is_cosigned = each.outcome is Outcome.COSIGNED
            line = next((own.line for own in note.signatures if keys[each.witness].made(own)), None)
            async with self._database.statement() as connection:
                await _queries.run(
                    connection,
                    "set_witnessed",
                    organization_id=log.organization_id,
                    generation=log.generation,
                    witness=each.witness,
                    held_size=each.held_size,
                    outcome=each.outcome.value,
                    reason=each.reason,
                    now=now,
                    cosigned_size=size if is_cosigned else None,
                    cosigned_at=each.cosigned_at if is_cosigned else None,
                    signature=line if is_cosigned else None,
                )

    # ----------------------------------------------------------------------------------------------------- changing --
    async def add(self, name: str, vkey: str, url: str) -> Policy:
        """One more witness, on public record. Raises Unreadable for a key or name that is none, WitnessTaken."""
        witness = Witness(name, read_key(vkey), url)
        async with self._database.statement() as connection, connection.transaction():
            policy = await read_witnesses(connection)
            if any(each.name == name for each in policy.witnesses):
                raise WitnessTaken(name=name)
            policy_of([], [*policy.witnesses, witness], _threshold(policy))
            await _queries.run(connection, "add_witness", name=name, vkey=vkey, url=url, now=self._clock.now())
            return await self._on_record(connection)

    async def remove(self, name: str) -> Policy:
        """One witness less, on public record; a quorum that could not be met without it shrinks. Raises NoSuchWitness."""
        async with self._database.statement() as connection, connection.transaction():
            if not await _queries.run(connection, "remove_witness", name=name):
                raise NoSuchWitness(name=name)
            await _queries.run(connection, "forget_witness", name=name)
            left = await _queries.rows(connection, "witnesses")
            count = sum(row["name"] is not None for row in left)
            if left[0]["threshold"] > count:
                await _queries.run(connection, "set_quorum", threshold=count)
            return await self._on_record(connection)

    async def ask_for(self, threshold: int) -> Policy:
        """How many witnesses the policy asks for. Raises Unreadable when there are not so many."""
        async with self._database.statement() as connection, connection.transaction():
            policy_of([], (await read_witnesses(connection)).witnesses, threshold)
            await _queries.run(connection, "set_quorum", threshold=threshold)
            return await self._on_record(connection)

    async def all(self) -> Policy:
        """The policy as it stands, without logs."""
        async with self._database.statement() as connection:
            return await read_witnesses(connection)

    async def _on_record(self, connection: Connection) -> Policy:
        policy = await read_witnesses(connection)
        body = {"kind": "witnesses", "policy": policy.write().decode()}
        await put_on_public_record(connection, Action.POLICY_CHANGE, body, now=self._clock.now())
        return policy


async def read_witnesses(connection: Connection) -> Policy:
    """The installation's witnesses and quorum, as a policy without logs."""
    rows = await _queries.rows(connection, "witnesses")
    found = [Witness(row["name"], read_key(row["vkey"]), row["url"]) for row in rows if row["name"] is not None]
    return policy_of([], found, rows[0]["threshold"])


async def witnessed(connection: Connection, log: Log) -> dict[str, Any]:
    """What each witness last did about a log, by its name."""
    rows = await _queries.rows(connection, "witnessed", organization_id=log.organization_id, generation=log.generation)
    return {row["witness"]: row for row in rows}


def _standing(policy: Policy, known: dict[str, Any], size: int) -> list[Signature]:
    """Cosignatures of this very checkpoint that are here already."""
    found: list[Signature] = []
    for each in policy.witnesses:
        row = known.get(each.name)
        if row is not None and row["cosigned_size"] == size and row["signature"]:
            found += read_signatures(row["signature"])
    return found


def _threshold(policy: Policy) -> int:
    return policy.groups[0].threshold if policy.groups else 0
