"""Wrapping keys anew: after another service was chosen, its key was rotated, or the key file was renewed.

Rows stay as they are; keys above them change.

A worker takes a few keys at a time: reads them, has them rewrapped without a transaction in hand, and puts each in place of exactly
the wrap it read. Whatever kills it, the next round goes on behind the last key that was put. Old wraps open until replaced.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import structlog

from evenhand.ledger.actions import Action
from evenhand.ledger.entries import put_on_public_record, put_on_record
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.alarms import Alarms
from evenhand.vault.holder import Holder, Policy
from evenhand.vault.kept import PolicyNow
from evenhand.vault.key_service import KeyServiceUnavailable, WrapDoesNotOpen
from evenhand.vault.keyring import WrappedChunk, WrappedMonth
from evenhand.vault.rows import chunk_of, month_of

_queries = Queries.of("evenhand.vault")
ROUND_SECONDS = 5.0
FOLLOWING_SECONDS = 60.0
_NOBODY = UUID(int=0)
KEYS_A_STEP = 50
_LEFT = "some keys do not open, and were left as they are"
Key = TypeVar("Key", WrappedMonth, WrappedChunk)

log = structlog.get_logger(__name__)


class Rewrapping:
    """The worker's round."""

    def __init__(self, database: Database, holder: Holder, clock: Clock) -> None:
        self._database = database
        self._holder = holder
        self._clock = clock
        self._alarms = Alarms(database, clock)
        # Months behind which a key that does not open was met: the next step goes on after it.
        self._damaged: dict[tuple[UUID, int], UUID] = {}

    async def follow_key_file(self) -> bool:
        """Begin to wrap anew what lies under a customer key that the key file had before, of whoever has brought none."""
        try:
            reference = await self._holder.check(_NOBODY, Policy())
        except KeyServiceUnavailable:
            return False
        async with self._database.statement() as connection:
            due = await _queries.rows(connection, "key_file_due", reference=reference)
        for number, row in enumerate(due):
            now = self._clock.now()
            async with self._database.tenant(row["organization_id"]) as connection:
                await put_on_record(connection, None, Action.KEY_ROTATE, now=now, rule="key-file-renewed")
                if number == 0:
                    # Once, so that nobody counts customers by it.
                    await put_on_public_record(connection, Action.KEY_ROTATE, {"ceremony": "key-file-renewed"}, now=now)
                await _queries.value(
                    connection,
                    "key_policy_set",
                    mode="managed",
                    service=None,
                    reference=reference,
                    ceremony=None,
                    now=now,
                )
        return False

    async def rewrap_due(self) -> bool:
        """One step for every organization that has keys to wrap anew; whether there is more to do at once."""
        async with self._database.statement() as connection:
            due = await _queries.rows(connection, "key_rewraps_due", now=self._clock.now())
        return any([await self.step(row["organization_id"]) for row in due])

    async def step(self, organization_id: UUID) -> bool:
        """Wrap some keys of one organization anew; whether there may be more. A service that fails is tried again next round."""
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(connection, "key_policy", organization_id=organization_id)
            if row is None or row["revoked_at"] is not None:
                return False
            now = PolicyNow.of(row)
            facts = {"organization_id": organization_id, "version": now.version, "max": KEYS_A_STEP}
            is_hold = now.policy.mode == "hold"
            # Chunk keys leave their month before the month goes to a service that unwraps no month, and come back after it did.
            months = [] if is_hold else await self._months(connection, now, facts)
            chunks: list[WrappedChunk] = []
            if not months:
                # Once all are done, those are looked for that were made the old way meanwhile, wherever they are.
                to = row["rewrapped_to"] if row["rewrapped_at"] is None else None
                found = await _queries.rows(connection, "chunks_to_rewrap", after=to, is_hold=is_hold, **facts)
                chunks = [chunk_of(each) for each in found]
            if is_hold and not chunks:
                months = await self._months(connection, now, facts)
        if not months and not chunks and row["rewrapped_at"] is not None:
            return False
        try:
            by, place = self._holder, row["ceremony"]
            new_months = await self._rewrapped(months, lambda each: by.rewrap_month(now.policy, each, place))
            new_chunks = await self._rewrapped(chunks, lambda each: by.rewrap_chunk(now.policy, each, place))
        except KeyServiceUnavailable as error:
            await self._put(organization_id, now, [], [], None, False, str(error))
            return False
        if len(new_months) < len(months):
            self._damaged[organization_id, now.version] = months[-1].id
        is_done = not months and not chunks
        await self._put(
            organization_id,
            now,
            new_months,
            new_chunks,
            chunks[-1].id if chunks else None,
            is_done,
            _LEFT if (organization_id, now.version) in self._damaged else None,
        )
        return not is_done

    async def _months(self, connection: Connection, now: PolicyNow, facts: dict[str, Any]) -> list[WrappedMonth]:
        after = self._damaged.get((facts["organization_id"], now.version))
        return [month_of(each) for each in await _queries.rows(connection, "months_to_rewrap", after=after, **facts)]

    async def _rewrapped(self, keys: Sequence[Key], rewrap: Callable[[Key], Awaitable[Key]]) -> list[tuple[Key, Key]]:
        """Each key as it was and as it is now. What does not open is left as it is, and told."""
        done = []
        for key in keys:
            try:
                done.append((key, await rewrap(key)))
            except WrapDoesNotOpen:
                organization = key.organization_id if isinstance(key, WrappedMonth) else key.month.organization_id
                await self._alarms.raise_(organization, key.id)
        return done

    async def _put(
        self,
        organization_id: UUID,
        now: PolicyNow,
        months: Sequence[tuple[WrappedMonth, WrappedMonth]],
        chunks: Sequence[tuple[WrappedChunk, WrappedChunk]],
        to: UUID | None,
        is_done: bool,
        problem: str | None,
    ) -> None:
        at = self._clock.now()
        async with self._database.tenant(organization_id) as connection:
            put: int = await _queries.value(
                connection,
                "keys_rewrapped",
                version=now.version,
                months=[old.id for old, _ in months],
                months_old=[old.wrapped for old, _ in months],
                months_new=[new.wrapped for _, new in months],
                reference=months[0][1].reference if months else None,
                chunks=[old.id for old, _ in chunks],
                chunks_old=[old.wrapped for old, _ in chunks],
                chunks_new=[new.wrapped for _, new in chunks],
                chunk_reference=chunks[0][1].reference if chunks else None,
                to=to,
                is_done=is_done,
                problem=problem,
                now=at,
            )
            if put:
                rule = f"rewrapped:{put}"
                await put_on_record(connection, None, Action.KEY_ROTATE, now=at, rule=rule)
        if put:
            log.info("keys.rewrapped", organization_id=str(organization_id), keys=put, problem=problem)


async def keys_under(connection: Connection, references: Sequence[str]) -> int:
    """How many keys, of whomever, lie under one of these customer keys."""
    count: int = await _queries.value(connection, "keys_under", references=list(references))
    return count
