"""The vault: seals content under the tenant's keys and opens it for a Grant, and for nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from cryptography.exceptions import InvalidTag

from evenhand.core.errors import PlatformError
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.grant import Grant, Mint
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.alarms import Alarms
from evenhand.vault.configured import KeyServices
from evenhand.vault.holder import Holder, LocalHolder
from evenhand.vault.kept import KeptKeys, PolicyNow
from evenhand.vault.key_service import KeyServiceUnavailable, WrapDoesNotOpen
from evenhand.vault.keyfile import KeyFile
from evenhand.vault.keyring import ChunkKey, WrappedChunk, WrappedMonth
from evenhand.vault.rows import chunk_of, month_of
from evenhand.vault.sealing import DoesNotOpen, Kind, binding, seal, seal_rows, unseal
from evenhand.vault.stream import Fetch, MediaReader, MediaSealer, open_media

_queries = Queries.of("evenhand.vault")
_MADE_KEPT = 1024
# A checkpoint comes every ten seconds, and its witnesses take a few more.
EARLY_SECONDS = 25.0
_EARLY_PAUSE_SECONDS = 1.0
_TRANSACTION_LONGEST = timedelta(minutes=5)


@dataclass(eq=False)
class NotGranted(PlatformError):
    """A grant was shown that does not cover this object. Our mistake, never the caller's."""

    object_id: UUID
    code: ClassVar[str] = "platform-error"


@dataclass(eq=False)
class KeyDestroyed(PlatformError):
    """The key of this content was destroyed; nobody can open it again."""

    object_id: UUID
    code: ClassVar[str] = "not-found"
    hint: ClassVar[str] = "It was deleted for good; ask for the certificate of its deletion."


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed row on its way to the vault: what it is, which key, which bytes.

    covered_by: the object that a grant must name for it to open: a task for its item, answers, drafts and remarks.
    """

    organization_id: UUID
    project_id: UUID | None
    object_id: UUID
    kind: Kind
    chunk_key_id: UUID
    content: bytes = field(repr=False)
    version: int = 1
    covered_by: UUID | None = None

    @property
    def granted_as(self) -> UUID:
        """The id a grant must hold."""
        return self.covered_by or self.object_id


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A sealed object of the blob store on its way to the vault.

    fetch: reads the sealed bytes start .. stop - 1 from wherever they lie. covered_by: the task that a grant must name.
    """

    organization_id: UUID
    project_id: UUID
    object_id: UUID
    chunk_key_id: UUID
    sealed_bytes: int
    fetch: Fetch = field(repr=False)
    covered_by: UUID | None = None

    @property
    def granted_as(self) -> UUID:
        """The id a grant must hold."""
        return self.covered_by or self.object_id


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that may be read, from anywhere in it. size: bytes of its content."""

    size: int
    _reader: MediaReader = field(repr=False)
    _fetch: Fetch = field(repr=False)

    def read(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes start .. stop - 1, each piece proven before it is given out. Raises MediaDamaged, BlobMissing."""
        return self._reader.read(self._fetch, start, stop)

    async def whole(self) -> bytes:
        """All of it, in memory."""
        return b"".join([piece async for piece in self.read(0, self.size)])


class Vault:
    """Holds unwrapped keys in memory, a bounded number of them; everything else is in the database, wrapped."""

    def __init__(self, database: Database, keys: KeyFile, clock: Clock, holder: Holder | None = None) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._holder = holder or LocalHolder(KeyServices(keys.service))
        self._kept = KeptKeys(database)
        self._alarms = Alarms(database, clock)
        self._made: dict[tuple[UUID, UUID | None, date], ChunkKey] = {}
        # Who records the use of a key where another process holds it: set by bootstrap, because the walls stand above.
        self.mint: Mint | None = None

    async def close(self) -> None:
        """Give back what its key services hold."""
        await self._holder.close()

    # ------------------------------------------------------------------------------------------------------ opening --
    async def open(self, grant: Grant, sealed: Sequence[Sealed]) -> list[bytes]:
        """The content of each row, in order. The grant is committed, or it would not exist.

        Raises NotGranted, KeyDestroyed, and DoesNotOpen for a row that was changed or moved.
        """
        for each in sealed:
            if each.organization_id != grant.organization_id or not grant.covers(each.granted_as):
                raise NotGranted(object_id=each.object_id)
        keys = await self._unwrapped(grant.organization_id, {each.chunk_key_id for each in sealed}, grant)
        try:
            return [_open_one(keys.get(each.chunk_key_id), each) for each in sealed]
        except DoesNotOpen as error:
            await self._alarms.raise_(grant.organization_id, error.object_id)
            raise

    async def open_one(self, grant: Grant, sealed: Sealed) -> bytes:
        """The content of one row."""
        return (await self.open(grant, [sealed]))[0]

    async def open_file(self, grant: Grant, sealed: SealedFile) -> OpenFile:
        """A file of the blob store, to be read by range. Raises NotGranted, KeyDestroyed, MediaDamaged."""
        if sealed.organization_id != grant.organization_id or not grant.covers(sealed.granted_as):
            raise NotGranted(object_id=sealed.object_id)
        keys = await self._unwrapped(grant.organization_id, {sealed.chunk_key_id}, grant)
        if sealed.chunk_key_id not in keys:
            raise KeyDestroyed(object_id=sealed.object_id)
        bound = binding(sealed.organization_id, sealed.project_id, sealed.object_id, Kind.MEDIA, 1)
        reader = await open_media(keys[sealed.chunk_key_id].secret, bound, sealed.fetch, sealed.sealed_bytes)
        return OpenFile(reader.content_bytes, reader, sealed.fetch)

    # ------------------------------------------------------------------------------------------------------ sealing --
    def seal(self, key: ChunkKey, content: bytes, *, kind: Kind, object_id: UUID, version: int = 1) -> bytes:
        """Seal one row of the key's project."""
        return seal(key.secret, content, binding(key.organization_id, key.project_id, object_id, kind, version))

    async def seal_file(self, key: ChunkKey, object_id: UUID, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Seal a file of the key's project as it comes. The key is this file's alone."""
        bound = binding(key.organization_id, key.project_id, object_id, Kind.MEDIA, 1)
        sealer = MediaSealer(key.secret, bound)
        async for piece in content:
            if sealed := sealer.update(piece):
                yield sealed
        yield sealer.finish()

    def seal_tasks(self, key: ChunkKey, contents: Sequence[bytes], task_ids: Sequence[bytes]) -> list[bytes]:
        """Seal the items of one chunk. task_ids: 16 raw bytes each."""
        project = key.project_id.bytes if key.project_id else bytes(16)
        head = key.organization_id.bytes + project
        tail = int(Kind.TASK).to_bytes(2, "big") + (1).to_bytes(4, "big")
        return seal_rows(key.secret, contents, [head + task_id + tail for task_id in task_ids])

    async def key_for(self, organization_id: UUID, chunk_key_id: UUID, of: UUID) -> ChunkKey:
        """The key that a row is already sealed under, to seal what belongs to it; its successor where it is to be destroyed.

        of: what the row belongs to, a task or file or release. Where another process holds the keys, using one is on record first.
        """
        await self._freshen()
        grant = None
        if self._holder.is_remote and self._kept.known(organization_id, {chunk_key_id})[1]:
            assert self.mint is not None
            grant = await self.mint.to_software(organization_id, Purpose.CHECK, [of], Action.ASSET_RENDER)
        try:
            keys = await self._unwrapped(organization_id, {chunk_key_id}, grant)
        except KeyServiceUnavailable as error:
            if error.reason != "too-early" or grant is not None or self.mint is None:
                raise
            # A customer's release agent sees every use of its key on record, for sealing too.
            grant = await self.mint.to_software(organization_id, Purpose.CHECK, [of], Action.ASSET_RENDER)
            keys = await self._unwrapped(organization_id, {chunk_key_id}, grant)
        if (successor := self._kept.successors.get((organization_id, chunk_key_id))) is not None:
            return await self.key_for(organization_id, successor, of)
        key = keys.get(chunk_key_id)
        if key is None:
            raise KeyDestroyed(object_id=chunk_key_id)
        return key

    async def writing_key(self, connection: Connection, organization_id: UUID, project_id: UUID | None) -> ChunkKey:
        """This month's key for a project's own rows (name, ontology, guidelines), or for the directory (None).

        connection: a transaction of this tenant. A key is remembered only once it is older than any transaction can be:
        one made in a transaction that rolls back would otherwise seal rows that nobody could open.
        """
        await self._freshen(connection)
        month = _month(self._clock.now())
        if (kept := self._kept.writing(organization_id, project_id, month)) is not None:
            return kept
        epoch = self._kept.epoch
        if self._holder.is_remote:
            return await self._own_writing_key(connection, organization_id, project_id, month)
        found = await _queries.row(
            connection, "newest_chunk_key", organization_id=organization_id, project_id=project_id, month=month
        )
        if found is None:
            return (await self._new_chunk_keys(connection, organization_id, project_id, 1, is_for_rows=True))[0]
        ids = [found["chunk_key_id"]]
        (chunk,) = await self._wrapped(connection, organization_id, ids)
        try:
            key = (await self._opened(organization_id, [chunk], None))[ids[0]]
        except KeyServiceUnavailable as error:
            if error.reason != "too-early":
                raise
            return await self._own_writing_key(connection, organization_id, project_id, month)
        if self._clock.now() - found["created_at"] > _TRANSACTION_LONGEST:
            self._kept.keep_writing(key, month, self._is_lent(chunk), epoch)
        return key

    async def _own_writing_key(
        self, connection: Connection, organization_id: UUID, project_id: UUID | None, month: date
    ) -> ChunkKey:
        """A key that this process made, for it may not unwrap one without a grant; as long as it is in the database."""
        made = self._made.get((organization_id, project_id, month))
        if made is not None and await _queries.value(
            connection, "chunk_key_is_there", organization_id=organization_id, chunk_key_id=made.id
        ):
            return made
        (new,) = await self._new_chunk_keys(connection, organization_id, project_id, 1, is_for_rows=True)
        if len(self._made) >= _MADE_KEPT:
            self._made.clear()
        self._made[organization_id, project_id, month] = new
        return new

    async def new_chunk_keys(
        self, connection: Connection, organization_id: UUID, project_id: UUID | None, count: int
    ) -> list[ChunkKey]:
        """Make and store `count` keys, of a chunk or file each, in the caller's transaction. Raises KeyServiceUnavailable."""
        return await self._new_chunk_keys(connection, organization_id, project_id, count, is_for_rows=False)

    async def _new_chunk_keys(
        self,
        connection: Connection,
        organization_id: UUID,
        project_id: UUID | None,
        count: int,
        *,
        is_for_rows: bool,
    ) -> list[ChunkKey]:
        await self._freshen(connection)
        now = self._clock.now()
        policy = await self._policy(connection, organization_id)
        month = await self._this_month(connection, policy, organization_id, project_id, now)
        made = await self._holder.new_chunks(policy.policy, month, [fresh_id(now) for _ in range(count)])
        await _queries.run(
            connection,
            "add_chunk_keys",
            organization_id=organization_id,
            project_key_id=month.id,
            chunk_key_ids=[chunk.id for _, chunk in made],
            wrapped=[chunk.wrapped for _, chunk in made],
            key_reference=made[0][1].reference if made else None,
            wrapped_for=policy.version,
            is_for_rows=is_for_rows,
            now=now,
        )
        return [ChunkKey(organization_id, chunk.id, project_id, secret) for secret, chunk in made]

    def lookup(self, organization_id: UUID | None, domain: str, text: str) -> bytes:
        """The keyed hash by which a sealed text is found again."""
        return self._keys.lookup(organization_id, domain, text)

    # -------------------------------------------------------------------------------------------------------- keys --
    async def _this_month(
        self, connection: Connection, policy: PolicyNow, organization_id: UUID, project_id: UUID | None, now: datetime
    ) -> WrappedMonth:
        month = _month(now)
        at = {"organization_id": organization_id, "project_id": project_id, "month": month}
        row = await _queries.row(connection, "project_key", **at)
        if row is None:
            made = await self._holder.new_month(policy.policy, organization_id, fresh_id(now), project_id, month)
            await _queries.run(
                connection,
                "add_project_key",
                project_key_id=made.id,
                key_reference=made.reference,
                wrapped=made.wrapped,
                wrapped_for=policy.version,
                now=now,
                **at,
            )
            row = await _queries.row(connection, "project_key", **at)
            assert row is not None
        return month_of(row)

    async def _unwrapped(
        self, organization_id: UUID, ids: Iterable[UUID], grant: Grant | None = None
    ) -> dict[UUID, ChunkKey]:
        """Keys by id, from memory or unwrapped now; what was destroyed is left out."""
        await self._freshen()
        known, missing = self._kept.known(organization_id, ids)
        if missing:
            epoch = self._kept.epoch
            async with self._database.tenant(organization_id) as connection:
                await self._kept_policy(connection, organization_id)
                chunks = await self._wrapped(connection, organization_id, missing)
            # Without a connection in hand: a key service that takes its time holds up nobody else.
            opened = await self._opened(organization_id, chunks, grant)
            for chunk in chunks:
                self._kept.keep(opened[chunk.id], self._is_lent(chunk), epoch)
            known.update(opened)
        return known

    async def _opened(
        self, organization_id: UUID, chunks: Sequence[WrappedChunk], grant: Grant | None
    ) -> dict[UUID, ChunkKey]:
        try:
            secrets = await self._patiently_unwrapped(organization_id, chunks, grant)
        except WrapDoesNotOpen:
            await self._alarms.raise_(organization_id, chunks[0].id)
            raise DoesNotOpen(object_id=chunks[0].id) from None
        return {
            chunk.id: ChunkKey(organization_id, chunk.id, chunk.month.project_id, secret)
            for chunk, secret in zip(chunks, secrets, strict=True)
        }

    async def _patiently_unwrapped(
        self, organization_id: UUID, chunks: Sequence[WrappedChunk], grant: Grant | None
    ) -> list[bytes]:
        """Unwrapped keys. A customer's agent that wants to see the look in a witnessed checkpoint first is waited for."""
        until = time.monotonic() + EARLY_SECONDS
        while True:
            try:
                return await self._holder.unwrap(grant, organization_id, chunks)
            except KeyServiceUnavailable as error:
                if error.reason != "too-early" or grant is None or time.monotonic() >= until:
                    raise
            await asyncio.sleep(_EARLY_PAUSE_SECONDS)

    async def _wrapped(self, connection: Connection, organization_id: UUID, ids: Sequence[UUID]) -> list[WrappedChunk]:
        rows = await _queries.rows(connection, "chunk_keys", organization_id=organization_id, chunk_key_ids=list(ids))
        for row in rows:
            if row["successor_id"] is not None:
                self._kept.successors[organization_id, row["chunk_key_id"]] = row["successor_id"]
        return [chunk_of(row) for row in rows if row["chunk_wrapped"] is not None and row["wrapped"] is not None]

    async def _policy(self, connection: Connection, organization_id: UUID) -> PolicyNow:
        """How this organization's keys are kept now. Raises KeyServiceUnavailable when it took back their use."""
        epoch = self._kept.epoch
        policy = PolicyNow.of(await _queries.row(connection, "key_policy", organization_id=organization_id))
        self._kept.keep_policy(organization_id, policy, epoch)
        return _usable(policy)

    async def _kept_policy(self, connection: Connection, organization_id: UUID) -> PolicyNow:
        """The same, at most FRESH_SECONDS old."""
        kept = self._kept.policy(organization_id)
        return _usable(kept) if kept is not None else await self._policy(connection, organization_id)

    async def _freshen(self, connection: Connection | None = None) -> None:
        for organization_id in await self._kept.freshen(connection):
            self._holder.forget(organization_id)

    def _is_lent(self, chunk: WrappedChunk) -> bool:
        return self._holder.lent(chunk.reference or chunk.month.reference)


def _open_one(key: ChunkKey | None, sealed: Sealed) -> bytes:
    if key is None:
        raise KeyDestroyed(object_id=sealed.object_id)
    bound = binding(sealed.organization_id, sealed.project_id, sealed.object_id, sealed.kind, sealed.version)
    try:
        return unseal(key.secret, sealed.content, bound)
    except InvalidTag:
        raise DoesNotOpen(object_id=sealed.object_id) from None


def _usable(policy: PolicyNow) -> PolicyNow:
    if policy.revoked_at is not None:
        raise KeyServiceUnavailable(service=policy.policy.service or "the key", reason="revoked")
    return policy


def _month(now: datetime) -> date:
    return date(now.year, now.month, 1)
