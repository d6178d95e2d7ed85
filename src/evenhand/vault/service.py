"""The vault: seals content under the tenant's keys and opens it for a Grant, and for nothing else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from cryptography.exceptions import InvalidTag

from evenhand.core.errors import PlatformError
from evenhand.ledger.grant import Grant
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.keyfile import KeyFile
from evenhand.vault.keyring import (
    ChunkKey,
    ProjectKey,
    new_secret,
    unwrap_chunk_key,
    unwrap_project_key,
    wrap_chunk_key,
    wrap_project_key,
)
from evenhand.vault.sealing import DoesNotOpen, Kind, binding, seal, seal_rows, unseal
from evenhand.vault.stream import Fetch, MediaReader, MediaSealer, open_media

_queries = Queries.of("evenhand.vault")
_KEYS_KEPT = 4096
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

    def __init__(self, database: Database, keys: KeyFile, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._chunk_keys: OrderedDict[tuple[UUID, UUID], ChunkKey] = OrderedDict()
        self._writing: dict[tuple[UUID, UUID | None, date], ChunkKey] = {}

    # ------------------------------------------------------------------------------------------------------ opening --
    async def open(self, grant: Grant, sealed: Sequence[Sealed]) -> list[bytes]:
        """The content of each row, in order. The grant is committed, or it would not exist.

        Raises NotGranted, KeyDestroyed, and DoesNotOpen for a row that was changed or moved.
        """
        for each in sealed:
            if each.organization_id != grant.organization_id or not grant.covers(each.granted_as):
                raise NotGranted(object_id=each.object_id)
        keys = await self._unwrapped(grant.organization_id, {each.chunk_key_id for each in sealed})
        return [_open_one(keys.get(each.chunk_key_id), each) for each in sealed]

    async def open_one(self, grant: Grant, sealed: Sealed) -> bytes:
        """The content of one row."""
        return (await self.open(grant, [sealed]))[0]

    async def open_file(self, grant: Grant, sealed: SealedFile) -> OpenFile:
        """A file of the blob store, to be read by range. Raises NotGranted, KeyDestroyed, MediaDamaged."""
        if sealed.organization_id != grant.organization_id or not grant.covers(sealed.granted_as):
            raise NotGranted(object_id=sealed.object_id)
        keys = await self._unwrapped(grant.organization_id, {sealed.chunk_key_id})
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

    async def key_for(self, organization_id: UUID, chunk_key_id: UUID) -> ChunkKey:
        """The key that a row is already sealed under, to seal what belongs to it."""
        keys = await self._unwrapped(organization_id, {chunk_key_id})
        key = keys.get(chunk_key_id)
        if key is None:
            raise KeyDestroyed(object_id=chunk_key_id)
        return key

    async def writing_key(self, connection: Connection, organization_id: UUID, project_id: UUID | None) -> ChunkKey:
        """This month's key for a project's own rows (name, ontology, guidelines), or for the directory (None).

        connection: a transaction of this tenant. A key is remembered only once it is older than any transaction can be:
        one made in a transaction that rolls back would otherwise seal rows that nobody could open.
        """
        month = _month(self._clock.now())
        at = (organization_id, project_id, month)
        if at in self._writing:
            return self._writing[at]
        found = await _queries.row(
            connection, "newest_chunk_key", organization_id=organization_id, project_id=project_id, month=month
        )
        if found is None:
            return (await self.new_chunk_keys(connection, organization_id, project_id, 1))[0]
        key = (await self._read(connection, organization_id, [found["chunk_key_id"]]))[found["chunk_key_id"]]
        if self._clock.now() - found["created_at"] > _TRANSACTION_LONGEST:
            self._writing[at] = key
        return key

    async def new_chunk_keys(
        self, connection: Connection, organization_id: UUID, project_id: UUID | None, count: int
    ) -> list[ChunkKey]:
        """Make and store `count` chunk keys in the caller's transaction."""
        now = self._clock.now()
        project_key = await self._project_key(connection, organization_id, project_id, now)
        keys = [ChunkKey(organization_id, fresh_id(now), project_id, new_secret()) for _ in range(count)]
        await _queries.run(
            connection,
            "add_chunk_keys",
            organization_id=organization_id,
            project_key_id=project_key.id,
            chunk_key_ids=[key.id for key in keys],
            wrapped=[wrap_chunk_key(project_key, key) for key in keys],
            now=now,
        )
        return keys

    def lookup(self, organization_id: UUID | None, domain: str, text: str) -> bytes:
        """The keyed hash by which a sealed text is found again."""
        return self._keys.lookup(organization_id, domain, text)

    # -------------------------------------------------------------------------------------------------------- keys --
    async def _project_key(
        self, connection: Connection, organization_id: UUID, project_id: UUID | None, now: datetime
    ) -> ProjectKey:
        month = _month(now)
        row = await _queries.row(
            connection, "project_key", organization_id=organization_id, project_id=project_id, month=month
        )
        if row is None:
            made = ProjectKey(organization_id, fresh_id(now), project_id, month, new_secret())
            await _queries.run(
                connection,
                "add_project_key",
                organization_id=organization_id,
                project_key_id=made.id,
                project_id=project_id,
                month=month,
                key_reference=self._keys.reference,
                wrapped=wrap_project_key(self._keys.customer_key, made),
                now=now,
            )
            row = await _queries.row(
                connection, "project_key", organization_id=organization_id, project_id=project_id, month=month
            )
            assert row is not None
        return unwrap_project_key(
            self._keys.customer_key, row["wrapped"], organization_id, row["project_key_id"], project_id, month
        )

    async def _unwrapped(self, organization_id: UUID, ids: Iterable[UUID]) -> dict[UUID, ChunkKey]:
        known: dict[UUID, ChunkKey] = {}
        missing = []
        for id_ in ids:
            key = self._chunk_keys.get((organization_id, id_))
            if key is None:
                missing.append(id_)
            else:
                known[id_] = key
        if missing:
            async with self._database.tenant(organization_id) as connection:
                known.update(await self._read(connection, organization_id, missing))
            for id_ in missing:
                if id_ in known:
                    self._remember(known[id_])
        return known

    async def _read(self, connection: Connection, organization_id: UUID, ids: list[UUID]) -> dict[UUID, ChunkKey]:
        rows = await _queries.rows(connection, "chunk_keys", organization_id=organization_id, chunk_key_ids=ids)
        keys = {}
        for row in rows:
            if row["wrapped"] is None or row["project_wrapped"] is None:
                continue
            project_key = unwrap_project_key(
                self._keys.customer_key,
                row["project_wrapped"],
                organization_id,
                row["project_key_id"],
                row["project_id"],
                row["month"],
            )
            keys[row["chunk_key_id"]] = unwrap_chunk_key(project_key, row["wrapped"], row["chunk_key_id"])
        return keys

    def _remember(self, key: ChunkKey) -> None:
        self._chunk_keys[key.organization_id, key.id] = key
        if len(self._chunk_keys) > _KEYS_KEPT:
            self._chunk_keys.popitem(last=False)


def _open_one(key: ChunkKey | None, sealed: Sealed) -> bytes:
    if key is None:
        raise KeyDestroyed(object_id=sealed.object_id)
    bound = binding(sealed.organization_id, sealed.project_id, sealed.object_id, sealed.kind, sealed.version)
    try:
        return unseal(key.secret, sealed.content, bound)
    except InvalidTag:
        raise DoesNotOpen(object_id=sealed.object_id) from None


def _month(now: datetime) -> date:
    return date(now.year, now.month, 1)
