"""Uploads: a file is sent to an address that was signed for it alone, then completed, and from then on rows may show it by its id.

1. Asked for: a row, a key of its own, and an address that needs no other credential.
2. Sent: sealed as it comes, by our own address; or, where the operator allows it, straight into the object store, where it lies
   in the clear until the next step.
3. Completed: looked into; a picture is then a stored file, an archive waits to be imported.

Each step may be repeated. An upload that is not completed is forgotten after a day.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.errors import Conflict, LimitReached, Malformed, NotFound, PlatformError
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action, Purpose
from evenhand.ontology.kind import FileKind
from evenhand.store.blobs import INCOMING, BlobMissing, Blobs, random_name
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import OpenFile, Sealed, SealedFile, Vault
from evenhand.walls.grant import Grants
from evenhand.work.archives import form_of
from evenhand.work.media import Media
from evenhand.work.ontologies import Ontologies
from evenhand.work.pictures import ARCHIVE_BYTES_MAX, picture_input
from evenhand.work.projects import Projects
from evenhand.work.shapes.rows import Upload, UploadAddress

_queries = Queries.of("evenhand.work")
LASTS = timedelta(hours=24)
_PIECE_BYTES = 1 << 20


@dataclass(eq=False)
class AddressRefused(PlatformError):
    """This upload address was not signed here, or its time is over."""

    code: ClassVar[str] = "upload-refused"
    hint: ClassVar[str] = "Ask for a new address: POST /projects/{project_id}/uploads."


class Uploads:
    """The verbs of uploads."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        blobs: Blobs,
        media: Media,
        projects: Projects,
        ontologies: Ontologies,
        clock: Clock,
        *,
        address: str,
        is_direct: bool,
    ) -> None:
        """address: what our own addresses begin with. is_direct: files may go straight into the object store."""
        self._database = database
        self._vault = vault
        self._grants = grants
        self._blobs = blobs
        self._media = media
        self._projects = projects
        self._ontologies = ontologies
        self._clock = clock
        self._address = address
        self._is_direct = is_direct

    async def begin(self, actor: Actor, project_id: UUID, name: str, upload_id: UUID | None = None) -> UploadAddress:
        """An address for one file of a project; under the same id it is the same file."""
        await self._projects.get(actor, project_id)
        now = self._clock.now()
        media_id = upload_id or fresh_id(now)
        object_name = (INCOMING if self._is_direct else "") + random_name()
        async with self._database.tenant(actor.organization_id) as connection:
            (key,) = await self._vault.new_chunk_keys(connection, actor.organization_id, project_id, 1)
            said = json.dumps({"name": name}, ensure_ascii=False).encode()
            await _queries.run(
                connection,
                "add_media",
                organization_id=actor.organization_id,
                project_id=project_id,
                media_ids=[media_id],
                object_names=[object_name],
                chunk_key_ids=[key.id],
                sealed=[self._vault.seal(key, said, kind=Kind.MEDIA_FACTS, object_id=media_id)],
                expires_at=now + LASTS,
                now=now,
            )
        row = await self._row(actor.organization_id, project_id, media_id)
        until, address = row["expires_at"], None
        if row["object_name"].startswith(INCOMING):
            address = await self._blobs.address_to_put(row["object_name"], int((until - now).total_seconds()))
        return {
            "id": str(media_id),
            "url": address or self._signed(actor.organization_id, project_id, media_id, until),
            "method": "PUT",
            "expires_at": rfc3339(until),
        }

    async def receive(self, token: str, stream: AsyncIterator[bytes]) -> None:
        """Take the file of a signed address, sealed as it comes. Sent again before it is whole, it starts over.

        Raises AddressRefused, Conflict when it is whole already, LimitReached, StorageFull.
        """
        organization_id, project_id, media_id = self._read(token)
        object_name = random_name()
        facts = {"organization_id": organization_id, "media_id": media_id, "object_name": object_name}
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(connection, "upload_begins", **facts, project_id=project_id)
        if row is None:
            raise Conflict(kind="upload", reason="its file is here already, or it was forgotten")
        key = await self._vault.key_for(organization_id, row["chunk_key_id"], media_id)
        size = await self._blobs.put(object_name, self._vault.seal_file(key, media_id, _limited(stream)))
        async with self._database.tenant(organization_id) as connection:
            ended = await _queries.row(connection, "upload_ends", **facts, sealed_bytes=size)
        if ended is None:
            await self._blobs.delete(object_name)
            raise Conflict(kind="upload", reason="it was begun again meanwhile")

    async def complete(self, actor: Actor, project_id: UUID, media_id: UUID) -> Upload:
        """Look into what was sent. A picture or recording is stored and may be shown; an archive may be imported; else refused.

        Raises NotFound, Conflict when nothing was sent yet, Malformed.
        """
        organization_id = actor.organization_id
        row = await self._row(organization_id, project_id, media_id)
        if row["state"] == "waiting" and row["object_name"].startswith(INCOMING):
            row = await self._seal_incoming(organization_id, project_id, row)
        if row["state"] == "waiting":
            raise Conflict(kind="upload", reason="nothing was sent to its address yet")
        facts = await self._facts(organization_id, project_id, row)
        if row["state"] == "stored":
            return _uploaded(media_id, facts)
        file = await self.open(organization_id, project_id, media_id)
        try:
            return await self._look_into(actor, project_id, row, facts["name"], file)
        except Malformed:
            await self._refuse(organization_id, row)
            raise

    async def open(self, organization_id: UUID, project_id: UUID, media_id: UUID) -> OpenFile:
        """The file of an upload, for the software itself: to look into it, or to import what is in it."""
        row = await self._row(organization_id, project_id, media_id)
        if row["state"] not in ("received", "stored"):
            raise Conflict(kind="upload", reason="nothing was sent to its address yet")

        async def fetch(start: int, stop: int) -> bytes:
            return await self._blobs.get(row["object_name"], start, stop)

        grant = await self._grants.to_software(organization_id, Purpose.IMPORT, [media_id], Action.ASSET_RENDER)
        sealed = SealedFile(organization_id, project_id, media_id, row["chunk_key_id"], row["sealed_bytes"], fetch)
        return await self._vault.open_file(grant, sealed)

    # ------------------------------------------------------------------------------------------------------- steps --
    async def _look_into(self, actor: Actor, project_id: UUID, row: Any, name: str, file: OpenFile) -> Upload:
        head = b"".join([piece async for piece in file.read(0, min(512, file.size))])
        form = form_of(head)
        if form is not None:
            return {"id": str(row["media_id"]), "name": name, "bytes": file.size, "archive": form}
        kind = await self._kind(actor, project_id, head)
        if file.size > kind.bytes_max:
            raise LimitReached(limit="the bytes of this file", allowed=kind.bytes_max)
        incoming = await self._media.probed(kind, name, await file.whole())
        content = incoming.as_content(row["media_id"])
        await self._media.stored_as(
            actor.organization_id, row["media_id"], row["chunk_key_id"], row["sealed_bytes"], content
        )
        return _uploaded(row["media_id"], content)

    async def _kind(self, actor: Actor, project_id: UUID, head: bytes) -> FileKind:
        """Of the kinds of files that the project shows the one that this begins like; the first, so that it says what is wrong."""
        project = await self._projects.get(actor, project_id)
        ontology = await self._ontologies.get(actor.organization_id, project_id, project["ontology_version"])
        kinds = [kind.file_kind for kind in ontology.media.values()]
        return next((kind for kind in kinds if kind.begins(head)), kinds[0] if kinds else picture_input(ontology)[1])

    async def _seal_incoming(self, organization_id: UUID, project_id: UUID, row: Any) -> Any:
        """What a client put into the object store by itself: sealed into an object of ours, and the clear one deleted."""
        incoming, object_name = row["object_name"], random_name()
        try:
            size = await self._blobs.size(incoming)
        except BlobMissing:
            return row
        key = await self._vault.key_for(organization_id, row["chunk_key_id"], row["media_id"])
        content = _limited(_pieces(self._blobs, incoming, size))
        sealed_bytes = await self._blobs.put(object_name, self._vault.seal_file(key, row["media_id"], content))
        facts = {"organization_id": organization_id, "media_id": row["media_id"], "object_name": object_name}
        async with self._database.tenant(organization_id) as connection:
            begun = await _queries.row(connection, "upload_begins", **facts, project_id=project_id)
            if begun is not None:
                await _queries.row(connection, "upload_ends", **facts, sealed_bytes=sealed_bytes)
        if begun is None:
            await self._blobs.delete(object_name)
        await self._blobs.delete(incoming)
        return await self._row(organization_id, project_id, row["media_id"])

    async def _refuse(self, organization_id: UUID, row: Any) -> None:
        async with self._database.tenant(organization_id) as connection:
            refused = await _queries.row(
                connection, "upload_refused", organization_id=organization_id, media_id=row["media_id"]
            )
        if refused is not None:
            await self._blobs.delete(row["object_name"])

    async def _row(self, organization_id: UUID, project_id: UUID, media_id: UUID) -> Any:
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(
                connection, "media", organization_id=organization_id, project_id=project_id, media_ids=[media_id]
            )
        if row is None or row["state"] == "dropped":
            raise NotFound(kind="upload", id=str(media_id))
        return row

    async def _facts(self, organization_id: UUID, project_id: UUID, row: Any) -> dict[str, Any]:
        grant = await self._grants.to_software(organization_id, Purpose.IMPORT, [row["media_id"]], Action.ASSET_RENDER)
        sealed = Sealed(
            organization_id, project_id, row["media_id"], Kind.MEDIA_FACTS, row["chunk_key_id"], row["sealed"]
        )
        facts: dict[str, Any] = json.loads(await self._vault.open_one(grant, sealed))
        return facts

    # --------------------------------------------------------------------------------------------------- addresses --
    def _signed(self, organization_id: UUID, project_id: UUID, media_id: UUID, until: datetime) -> str:
        """Our own address: what it is for and until when, under a keyed hash that only this installation can make."""
        said = organization_id.bytes + project_id.bytes + media_id.bytes + int(until.timestamp()).to_bytes(8, "big")
        token = base64.urlsafe_b64encode(said + self._tag(said)).decode().rstrip("=")
        return f"{self._address}/api/v1/uploads/{token}"

    def _read(self, token: str) -> tuple[UUID, UUID, UUID]:
        try:
            content = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            raise AddressRefused() from None
        said, tag = content[:56], content[56:]
        if len(content) != 72 or not hmac.compare_digest(tag, self._tag(said)):
            raise AddressRefused()
        if int.from_bytes(said[48:], "big") < self._clock.now().timestamp():
            raise AddressRefused()
        return UUID(bytes=said[:16]), UUID(bytes=said[16:32]), UUID(bytes=said[32:48])

    def _tag(self, said: bytes) -> bytes:
        return self._vault.lookup(None, "upload-address", said.hex())


def _uploaded(media_id: UUID, facts: dict[str, Any]) -> Upload:
    return {
        "id": str(media_id),
        "name": facts.get("name", ""),
        "bytes": facts["bytes"],
        "media_type": facts["media_type"],
        "media": facts["media"],
    }


async def _limited(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for block in stream:
        size += len(block)
        if size > ARCHIVE_BYTES_MAX:
            raise LimitReached(limit="the bytes of an upload", allowed=ARCHIVE_BYTES_MAX)
        yield block


async def _pieces(blobs: Blobs, name: str, size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, _PIECE_BYTES):
        yield await blobs.get(name, start, min(start + _PIECE_BYTES, size))
