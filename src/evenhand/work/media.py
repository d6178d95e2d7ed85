"""Files of tasks and guidelines: sealed into the blob store, each under a key of its own, shown to whoever a look is recorded for.

A file's row is committed before its object is written, and a task names it only once it is whole and was looked into; whatever a
crash leaves behind is a row whose time runs out. What a file is called, its type, size and digest are sealed beside it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.permission import Permission
from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Conflict, Malformed, NotFound, NotSignedIn, PlatformError, Problem
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.grant import Grant
from evenhand.ontology.kind import FileAt, FileKind
from evenhand.ontology.media import with_files
from evenhand.ontology.ontology import Ontology
from evenhand.store.blobs import Blobs, random_name
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.keyring import ChunkKey
from evenhand.vault.sealing import Kind
from evenhand.vault.service import OpenFile, Sealed, SealedFile, Vault
from evenhand.walls.grant import Grants, OnHold, Walled, of_claim
from evenhand.work.model import NotYours
from evenhand.work.ontologies import Ontologies
from evenhand.work.scanning import Scan, scan_nothing

_queries = Queries.of("evenhand.work")
# A file that nothing shows is kept so long: an import that broke off is sent again, and finds it.
UNUSED_LASTS = timedelta(days=7)
DROPPED_AT_ONCE = 100
ROUND_SECONDS = 300.0
_WRITTEN_AT_ONCE = 4
_PROBED_AT_ONCE = 2


@dataclass(eq=False)
class RangeNotSatisfiable(PlatformError):
    """The range that was asked for begins beyond the end of the file."""

    size: int
    code: ClassVar[str] = "range-not-satisfiable"
    hint: ClassVar[str] = "Ask for bytes within the file, or leave Range out."


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that was looked into, on its way into the store. facts: what its kind's probe found."""

    name: str
    media_type: str
    facts: dict[str, Any]
    content: bytes = field(repr=False)

    def as_content(self, media_id: UUID) -> dict[str, Any]:
        """The item's content, as the ontology knows it."""
        digest = hashlib.sha256(self.content).hexdigest()
        return {
            "blob": str(media_id),
            "media_type": self.media_type,
            "bytes": len(self.content),
            "digest": f"sha256:{digest}",
            "name": self.name,
            "media": self.facts,
        }


@dataclass(frozen=True, slots=True)
class Shown:
    """A file that may be shown to whoever asked; their look is on record. kind: how to make other forms of it."""

    media_type: str
    kind: FileKind
    file: OpenFile


class Media:
    """The verbs about files."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        blobs: Blobs,
        ontologies: Ontologies,
        clock: Clock,
        scan: Scan = scan_nothing,
    ) -> None:
        """scan: asked about every file before anything looks into it."""
        self._database = database
        self._vault = vault
        self._grants = grants
        self._blobs = blobs
        self._ontologies = ontologies
        self._clock = clock
        self._scan = scan
        self._probing = asyncio.Semaphore(_PROBED_AT_ONCE)

    # --------------------------------------------------------------------------------------------------------- in --
    async def probed(self, kind: FileKind, name: str, content: bytes) -> Incoming:
        """Look into a file, after the operator's scanner did. Raises Malformed, which says what is wrong with it, Unavailable."""
        if len(content) > kind.bytes_max:
            message = f"This file has {len(content)} bytes; {kind.bytes_max} are the most."
            raise Malformed([Problem("", "too_large", message, "Scale it down, or cut it into parts of one group.")])
        await self._scan(content)
        # Decoding a picture takes memory that a hundred imports at once would not find.
        async with self._probing:
            media_type, facts = await asyncio.to_thread(kind.probe, content)
        return Incoming(name, media_type, dict(facts), content)

    async def keep(
        self, organization_id: UUID, project_id: UUID, files: Sequence[Incoming], ids: Sequence[UUID] | None = None
    ) -> list[dict[str, Any]]:
        """Seal files into the store; the contents that items show them by. Raises StorageFull, Unavailable.

        ids: decided by the request's key. Raises Conflict when another request with that key is at it, or broke off.
        """
        if not files:
            return []
        now = self._clock.now()
        ids = list(ids) if ids is not None else [fresh_id(now) for _ in files]
        names = [random_name() for _ in files]
        contents = [file.as_content(id_) for file, id_ in zip(files, ids, strict=True)]
        facts = {"organization_id": organization_id, "media_ids": ids, "expires_at": now + UNUSED_LASTS}
        async with self._database.tenant(organization_id) as connection:
            keys = await self._vault.new_chunk_keys(connection, organization_id, project_id, len(files))
            sealed = [
                self._sealed_facts(key, id_, content) for key, id_, content in zip(keys, ids, contents, strict=True)
            ]
            added = await _queries.run(
                connection,
                "add_media",
                **facts,
                project_id=project_id,
                object_names=names,
                chunk_key_ids=[key.id for key in keys],
                sealed=sealed,
                now=now,
            )
            if added < len(files):
                raise Conflict(kind="file", reason="another request with this Idempotency-Key has begun to send it")
        gate = asyncio.Semaphore(_WRITTEN_AT_ONCE)

        async def write(key: ChunkKey, id_: UUID, name: str, file: Incoming) -> int:
            async with gate:
                return await self._blobs.put(name, self._vault.seal_file(key, id_, _once(file.content)))

        sizes = await asyncio.gather(*map(write, keys, ids, names, files))
        async with self._database.tenant(organization_id) as connection:
            await _queries.run(connection, "store_media", **facts, sizes=list(sizes), sealed=sealed)
        return contents

    async def stored(self, organization_id: UUID, project_id: UUID, ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
        """What was found in files of a project that tasks may show; those that are not here are absent."""
        wanted = list(dict.fromkeys(ids))
        async with self._database.tenant(organization_id) as connection:
            rows = await _queries.rows(
                connection, "media", organization_id=organization_id, project_id=project_id, media_ids=wanted
            )
        rows = [row for row in rows if row["state"] == "stored"]
        if not rows:
            return {}
        ids = [row["media_id"] for row in rows]
        grant = await self._grants.to_software(organization_id, Purpose.IMPORT, ids, Action.ASSET_RENDER)
        sealed = [
            Sealed(organization_id, project_id, row["media_id"], Kind.MEDIA_FACTS, row["chunk_key_id"], row["sealed"])
            for row in rows
        ]
        opened = await self._vault.open(grant, sealed)
        return {row["media_id"]: json.loads(content) for row, content in zip(rows, opened, strict=True)}

    async def stored_as(
        self, organization_id: UUID, media_id: UUID, chunk_key_id: UUID, sealed_bytes: int, content: dict[str, Any]
    ) -> None:
        """What was found in a file whose object is whole: from here on tasks may show it."""
        key = await self._vault.key_for(organization_id, chunk_key_id, media_id)
        async with self._database.tenant(organization_id) as connection:
            await _queries.run(
                connection,
                "store_media",
                organization_id=organization_id,
                media_ids=[media_id],
                sizes=[sealed_bytes],
                sealed=[self._sealed_facts(key, media_id, content)],
                expires_at=self._clock.now() + UNUSED_LASTS,
            )

    def _sealed_facts(self, key: ChunkKey, media_id: UUID, content: dict[str, Any]) -> bytes:
        said = json.dumps(content, ensure_ascii=False).encode()
        return self._vault.seal(key, said, kind=Kind.MEDIA_FACTS, object_id=media_id)

    # -------------------------------------------------------------------------------------------------------- out --
    async def look(
        self, actor: Actor, project_id: UUID, task_id: UUID, name: str, media_id: UUID | None = None
    ) -> Shown:
        """A file that an input of a task shows. Whoever holds the task or answered it may see it, and whoever may read tasks.

        media_id: which one, where the input shows several; None for the first.
        The look is on record before anything is opened. Raises NotYours, Walled, OnHold, NotFound.
        """
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "media_look",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                task_id=task_id,
                reads=Permission.TASK_READ in actor.permissions,
                now=self._clock.now(),
            )
        assert row is not None
        _refuse(row["status"], task_id, row["rule"])
        grant = of_claim(row, Purpose.MEDIA)
        organization_id = row["organization_id"]
        sealed = Sealed(
            organization_id, project_id, task_id, Kind.TASK, row["chunk_key_id"], row["sealed"], row["task_version"]
        )
        item = json.loads(await self._vault.open_one(grant, sealed))
        ontology = await self._ontologies.get(organization_id, project_id, row["ontology_version"])
        # What the workspace may not show it may not fetch either.
        seen = item if Permission.TASK_READ in actor.permissions else ontology.visible_item(item)
        blobs = [file.content for at, file in ontology.files_shown(seen) if at == name]
        content = next((each for each in blobs if media_id is None or each["blob"] == str(media_id)), None)
        if content is None:
            raise NotFound(kind="file", id=name if media_id is None else str(media_id))
        async with self._database.tenant(organization_id) as connection:
            stored = await _queries.row(
                connection,
                "media",
                organization_id=organization_id,
                project_id=project_id,
                media_ids=[UUID(content["blob"])],
            )
        if stored is None or stored["state"] != "stored":
            raise NotFound(kind="file", id=name)
        file = await self.opened(grant, organization_id, project_id, stored, covered_by=task_id)
        return Shown(str(content["media_type"]), ontology.media[name].file_kind, file)

    async def opened(
        self, grant: Grant, organization_id: UUID, project_id: UUID, stored: Any, covered_by: UUID | None = None
    ) -> OpenFile:
        """The file of a row of `media`, which the grant names, or names what shows it. Raises what `vault.open_file` does."""
        fetch = self._fetch(stored["object_name"])
        where = (organization_id, project_id, stored["media_id"], stored["chunk_key_id"], stored["sealed_bytes"])
        return await self._vault.open_file(grant, SealedFile(*where, fetch, covered_by=covered_by))

    def _fetch(self, object_name: str) -> Any:
        async def fetch(start: int, stop: int) -> bytes:
            return await self._blobs.get(object_name, start, stop)

        return fetch

    # --------------------------------------------------------------------------------------------------- tidying --
    async def drop_unused(self) -> bool:
        """Forget files that nothing shows and whose time is over; whether there may be more. Safe to repeat and to be killed."""
        async with self._database.statement() as connection:
            rows = await _queries.rows(connection, "media_drop", now=self._clock.now(), max=DROPPED_AT_ONCE)
        for row in rows:
            await self._blobs.delete(row["object_name"])
            async with self._database.statement() as connection:
                await _queries.value(
                    connection, "media_forget", organization_id=row["organization_id"], media_id=row["media_id"]
                )
        return len(rows) == DROPPED_AT_ONCE


def with_addresses(item: dict[str, Any], ontology: Ontology, project_id: UUID, task_id: UUID) -> dict[str, Any]:
    """An item as browsers receive it: files are never inline, each has the address (`url`) at which the server shows it."""
    at = f"/api/v1/projects/{project_id}/tasks/{task_id}/media"
    files: dict[str, dict[str, JsonValue]] = {}
    for name, file in ontology.files_shown(item):
        files.setdefault(name, {})[file.pointer] = {**file.content, "url": f"{at}/{_step_to(name, file)}"}
    contents = {name: with_files(item["inputs"][name], found) for name, found in files.items()}
    return {**item, "inputs": {**item["inputs"], **contents}} if contents else item


def _step_to(name: str, file: FileAt) -> str:
    return name if file.pointer == "" else f"{name}?file={file.content['blob']}"


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _refuse(status: str, task_id: UUID, rule: str | None) -> None:
    if status == "no-session":
        raise NotSignedIn()
    if status == "held":
        raise OnHold()
    if status == "no-task":
        raise NotFound(kind="task", id=str(task_id))
    if status == "not-yours":
        raise NotYours(task_id=task_id)
    if status == "walled":
        raise Walled(rule=(rule or "").split(":", 1)[0])
