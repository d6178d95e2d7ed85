"""The HTTP face of files: what a dropped file seems to be, pictures in, and their bytes out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import page_size
from evenhand.boundary.dependencies import Allowed, Cursor, Limit
from evenhand.boundary.once import IdempotencyKey, id_under
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Body, Page, SentId, example
from evenhand.core.errors import LimitReached, Malformed, Problem
from evenhand.work.buckets import connection_of
from evenhand.work.media import RangeNotSatisfiable, Shown
from evenhand.work.pictures import ACCEPTED, Order
from evenhand.work.proposing import HEAD_BYTES_MAX, file_name, proposals_for
from evenhand.work.services import FileServices
from evenhand.work.shapes.rows import Bucket, ImportReport, ImportRun, Proposals, Upload, UploadAddress

router = APIRouter(prefix="/api/v1", route_class=StrictRoute)

# A file is shown as what it is and nothing else: no script, no page, no frame of ours around it, no copy in any cache.
HEADERS = {
    "accept-ranges": "bytes",
    "cache-control": "no-store",
    "content-disposition": "inline",
    "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


async def services_of(request: Request) -> FileServices:
    """The services that bootstrap made."""
    services: FileServices = request.app.state.files
    return services


Files = Annotated[FileServices, Depends(services_of)]
Proposer = Annotated[Actor, Depends(Allowed(Permission.PROJECT_CREATE, Permission.TASK_IMPORT))]
Importer = Annotated[Actor, Depends(Allowed(Permission.TASK_IMPORT))]
Viewer = Annotated[Actor, Depends(Allowed(Permission.TASK_LABEL, Permission.TASK_READ))]
_NAME = "The file's name or its path in a folder, percent-encoded. It becomes the task's external id."
FileName = Annotated[str | None, Header(alias="X-File-Name", max_length=4000, description=_NAME)]
_ANY = {"application/octet-stream": {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}}
_HEAD = {"requestBody": {"required": True, "content": _ANY}}
_PICTURES = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "contentMediaType": kind}} for kind in ACCEPTED},
    }
}
_BYTES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            f"image/{each}": {"schema": {"type": "string", "contentMediaType": f"image/{each}"}}
            for each in ("jpeg", "png", "webp", "gif", "bmp")
        }
        | {"audio/wav": {"schema": {"type": "string", "contentMediaType": "audio/wav"}}},
    },
    206: {"description": "The range that was asked for."},
}


class NewUpload(Body):
    """A file that is to be uploaded: its name, or its path in a folder."""

    model_config = example({"name": "street/0001.jpg"})

    name: Annotated[str, Field(max_length=512)] = ""


class NewBucket(Body):
    """A bucket to connect. endpoint: the store's server, where it is not AWS; without keys it is read as anybody may read it."""

    model_config = example(
        {
            "name": "Street pictures",
            "url": "s3://street-pictures/2026",
            "region": "eu-central-1",
            "access_key_id": "AKIA…",
            "secret_access_key": "…",
        }
    )

    name: Annotated[str, Field(min_length=1, max_length=200)]
    url: Annotated[str, Field(max_length=1000)]
    region: Annotated[str | None, Field(max_length=40)] = None
    endpoint: Annotated[str | None, Field(max_length=1000)] = None
    access_key_id: Annotated[str | None, Field(min_length=1, max_length=500)] = None
    secret_access_key: Annotated[str | None, Field(min_length=1, max_length=500)] = None


class NewImport(Body):
    """Where pictures come from: a connected bucket, or an archive that was uploaded. prefix: a folder of the bucket."""

    model_config = example({"bucket": "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11", "prefix": "2026/march", "batch": "March"})

    bucket: SentId | None = None
    prefix: Annotated[str, Field(max_length=1000)] = ""
    upload: SentId | None = None
    batch: Annotated[str, Field(min_length=1, max_length=200)] = "Imported"

    def source(self) -> dict[str, Any]:
        """What is sealed of it. Raises Malformed unless it names one source."""
        if (self.bucket is None) == (self.upload is None):
            problem = Problem("", "bad_value", "This names no source, or two.", "Name a bucket or an upload.")
            raise Malformed([problem])
        if self.upload is not None:
            return {"upload": str(self.upload)}
        return {"bucket": str(self.bucket), "prefix": self.prefix.strip("/")}


@router.post("/imports/propose", tags=["import"], operation_id="propose_import", openapi_extra=_HEAD)
async def propose_import(request: Request, actor: Proposer, x_file_name: FileName = None) -> Proposals:
    """What a file seems to be, from its first 256 KiB: its format, its columns, and presets that fit, each with its reason.

    Nothing is stored.
    """
    head = await read_at_most(request, HEAD_BYTES_MAX)
    return await proposals_for(head, file_name(x_file_name), request.headers.get("content-type", ""))


async def read_at_most(request: Request, bytes_max: int) -> bytes:
    """A body that is held in memory. Raises LimitReached."""
    content = bytearray()
    async for block in request.stream():
        content += block
        if len(content) > bytes_max:
            raise LimitReached(limit="the bytes of this body", allowed=bytes_max)
    return bytes(content)


@router.post("/projects/{project_id}/images", tags=["import"], operation_id="import_images", openapi_extra=_PICTURES)
async def import_images(
    project_id: UUID,
    request: Request,
    actor: Importer,
    files: Files,
    batch: Annotated[str | None, Query(max_length=200)] = None,
    atomic: bool = False,
    x_file_name: FileName = None,
    idempotency_key: IdempotencyKey = None,
) -> ImportReport:
    """Import pictures or recordings from a streamed body: one, or an archive of them (zip, tar, tar.gz).

    Each becomes a task whose external id is the file's name, in an archive its path there, so sending it again adds nothing. What
    the project does not show is reported with its number and name, and the others go in; with `atomic` all go in or none.
    """
    import_id = id_under(actor, idempotency_key, f"pictures into {project_id}") or uuid4()
    order = Order(project_id, batch, import_id, atomic)
    report = await files.pictures.take(actor, order, file_name(x_file_name), request.stream())
    return report.as_json()


@router.post("/projects/{project_id}/uploads", tags=["import"], operation_id="begin_upload", status_code=201)
async def begin_upload(
    project_id: UUID, body: NewUpload, actor: Importer, files: Files, idempotency_key: IdempotencyKey = None
) -> UploadAddress:
    """An address to which one file can be sent with PUT, by whoever knows it, for a day."""
    upload_id = id_under(actor, idempotency_key, f"upload to {project_id}")
    return await files.uploads.begin(actor, project_id, body.name, upload_id)


@router.put("/uploads/{token}", tags=["import"], operation_id="send_upload", status_code=204, openapi_extra=_HEAD)
async def send_upload(token: Annotated[str, Path(max_length=200)], request: Request, files: Files) -> None:
    """Send a file to its signed address; the address is the only credential. Sent again before it is whole, it starts over."""
    await files.uploads.receive(token, request.stream())


@router.post("/projects/{project_id}/uploads/{upload_id}/complete", tags=["import"], operation_id="complete_upload")
async def complete_upload(project_id: UUID, upload_id: UUID, actor: Importer, files: Files) -> Upload:
    """Look into a file that was sent: from here on rows may show it as `{"upload": id}`, and an archive may be imported."""
    return await files.uploads.complete(actor, project_id, upload_id)


@router.post("/buckets", tags=["import"], operation_id="connect_bucket", status_code=201)
async def connect_bucket(
    body: NewBucket, actor: Importer, files: Files, idempotency_key: IdempotencyKey = None
) -> Bucket:
    """Connect a bucket (S3 and what speaks like it), once it opens with what was given. Its secret is never shown again."""
    given = (body.name, body.url, body.region, body.endpoint, body.access_key_id, body.secret_access_key)
    return await files.buckets.connect(actor, connection_of(*given), id_under(actor, idempotency_key, "bucket"))


@router.get("/buckets", tags=["import"], operation_id="list_buckets")
async def list_buckets(actor: Importer, files: Files) -> Page[Bucket]:
    """The buckets that are connected."""
    return {"items": await files.buckets.all(actor), "next_cursor": None}


@router.delete("/buckets/{bucket_id}", tags=["import"], operation_id="remove_bucket", status_code=204)
async def remove_bucket(bucket_id: UUID, actor: Importer, files: Files) -> None:
    """Forget a bucket and what opens it. What came from it stays."""
    await files.buckets.remove(actor, bucket_id)


@router.post("/projects/{project_id}/imports", tags=["import"], operation_id="start_import", status_code=202)
async def start_import(
    project_id: UUID, body: NewImport, actor: Importer, files: Files, idempotency_key: IdempotencyKey = None
) -> ImportRun:
    """Bring in the pictures of a bucket, or of an archive that was uploaded. It goes on by itself; read it to see how far it is.

    Files that the project has already, by their names, are not taken again. It ends when the session or key that asked for it does.
    """
    import_id = id_under(actor, idempotency_key, f"import into {project_id}") or uuid4()
    return await files.runs.start(actor, project_id, body.source(), body.batch, import_id)


@router.get("/projects/{project_id}/imports", tags=["import"], operation_id="list_imports")
async def list_imports(
    project_id: UUID, actor: Importer, files: Files, cursor: Cursor = None, limit: Limit = None
) -> Page[ImportRun]:
    """The imports that the worker made or makes, newest first."""
    return await files.runs.page(actor, project_id, cursor, page_size(limit))


@router.get("/projects/{project_id}/imports/{import_id}", tags=["import"], operation_id="get_import")
async def get_import(project_id: UUID, import_id: UUID, actor: Importer, files: Files) -> ImportRun:
    """One import, as far as it is."""
    return await files.runs.get(actor, project_id, import_id)


@router.post("/projects/{project_id}/imports/{import_id}/cancel", tags=["import"], operation_id="cancel_import")
async def cancel_import(project_id: UUID, import_id: UUID, actor: Importer, files: Files) -> ImportRun:
    """End an import where it is. What is in stays."""
    return await files.runs.cancel(actor, project_id, import_id)


@router.get(
    "/projects/{project_id}/tasks/{task_id}/media/{name}",
    tags=["queue"],
    operation_id="get_media",
    responses=_BYTES,
    response_class=Response,
)
async def get_media(
    project_id: UUID,
    task_id: UUID,
    name: Annotated[str, Path(max_length=63)],
    actor: Viewer,
    files: Files,
    file: Annotated[UUID | None, Query(description="Which one, by its blob; the first where it is left out.")] = None,
    width: Annotated[
        int | None, Query(ge=16, le=1024, description="A small copy, at most so many pixels wide.")
    ] = None,
    range_: Annotated[str | None, Header(alias="Range", max_length=100)] = None,
) -> Response:
    """A file that an input of a task shows: to whoever holds the task or answered it, and to whoever may read tasks.

    The look is on record before the first byte. Ranges are answered; nothing may be cached.
    """
    shown = await files.media.look(actor, project_id, task_id, name, file)
    if width is not None:
        content = await shown.file.whole()
        kind, small = await asyncio.to_thread(shown.kind.thumbnail, content, width)
        return Response(small, media_type=kind, headers=HEADERS)
    if shown.media_type not in shown.kind.shown_types:
        kind, copy = await asyncio.to_thread(shown.kind.rendered, await shown.file.whole())
        return Response(copy, media_type=kind, headers=HEADERS)
    return await _answer(shown, range_)


async def _answer(shown: Shown, wanted: str | None) -> Response:
    """The file, or the one range that was asked for. Other forms of Range are answered with the whole, as RFC 9110 allows."""
    size = shown.file.size
    start, stop = range_of(wanted, size) or (0, size)
    pieces = shown.file.read(start, stop)
    # The first piece is opened before anything is said: what is damaged is then told as a problem.
    first = await anext(pieces, b"")

    async def body() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    headers = {**HEADERS, "content-length": str(stop - start)}
    if (start, stop) == (0, size) and range_of(wanted, size) is None:
        return StreamingResponse(body(), media_type=shown.media_type, headers=headers)
    headers["content-range"] = f"bytes {start}-{stop - 1}/{size}"
    return StreamingResponse(body(), status_code=206, media_type=shown.media_type, headers=headers)


def range_of(header: str | None, size: int) -> tuple[int, int] | None:
    """(start, stop) of a single byte range; None where the whole is to be sent. Raises RangeNotSatisfiable."""
    found = _RANGE.fullmatch((header or "").replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, stop = max(0, size - int(found[2])), size
    else:
        start, stop = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
        if found[2] and int(found[2]) < start:
            return None
    if start >= stop:
        raise RangeNotSatisfiable(size=size)
    return start, stop
