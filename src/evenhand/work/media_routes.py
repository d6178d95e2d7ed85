"""The HTTP face of files: what a dropped file seems to be, pictures in, and their bytes out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from evenhand.boundary.actor import Actor, Allowed
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.repeating import key_of
from evenhand.boundary.shapes import Body, example
from evenhand.core.errors import LimitReached
from evenhand.work.media import Media, RangeNotSatisfiable, Shown
from evenhand.work.pictures import ACCEPTED, Order, Pictures
from evenhand.work.proposing import HEAD_BYTES_MAX, file_name, proposals_for
from evenhand.work.shapes import ImportReport, Proposals, Upload, UploadAddress
from evenhand.work.uploads import Uploads

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


@dataclass(frozen=True, slots=True)
class FileServices:
    """The services of this page, as bootstrap made them."""

    media: Media
    pictures: Pictures
    uploads: Uploads


async def services_of(request: Request) -> FileServices:
    """The services that bootstrap made."""
    services: FileServices = request.app.state.files
    return services


Files = Annotated[FileServices, Depends(services_of)]
Proposer = Annotated[Actor, Depends(Allowed(Permission.PROJECT_CREATE, Permission.TASK_IMPORT))]
Importer = Annotated[Actor, Depends(Allowed(Permission.TASK_IMPORT))]
Viewer = Annotated[Actor, Depends(Allowed(Permission.TASK_LABEL, Permission.TASK_READ))]
_NAME = "The file's name or its path in a folder, percent-encoded. It becomes the task's external id."
_KEY = "Makes repeating safe: the same key again does the work once. Any text of your own, a UUID for example."
FileName = Annotated[str | None, Header(alias="X-File-Name", max_length=4000, description=_NAME)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200, description=_KEY)]
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
        },
    },
    206: {"description": "The range that was asked for."},
}


class NewUpload(Body):
    """A file that is to be uploaded: its name, or its path in a folder."""

    model_config = example({"name": "street/0001.jpg"})

    name: Annotated[str, Field(max_length=512)] = ""


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
    idempotency_key: Key = None,
) -> ImportReport:
    """Import pictures from a streamed body: one picture, or an archive of them (zip, tar, tar.gz).

    Each becomes a task whose external id is the file's name, in an archive its path there, so sending it again adds nothing. What
    is no picture is reported with its number and name, and the others go in; with `atomic` all go in or none.
    """
    order = Order(project_id, batch, key_of(actor, idempotency_key), atomic)
    report = await files.pictures.take(actor, order, file_name(x_file_name), request.stream())
    return report.as_json()


@router.post("/projects/{project_id}/uploads", tags=["import"], operation_id="begin_upload", status_code=201)
async def begin_upload(project_id: UUID, body: NewUpload, actor: Importer, files: Files) -> UploadAddress:
    """An address to which one file can be sent with PUT, by whoever knows it, for a day."""
    return await files.uploads.begin(actor, project_id, body.name)


@router.put("/uploads/{token}", tags=["import"], operation_id="send_upload", status_code=204, openapi_extra=_HEAD)
async def send_upload(token: Annotated[str, Path(max_length=200)], request: Request, files: Files) -> None:
    """Send a file to its signed address; the address is the only credential. Sent again before it is whole, it starts over."""
    await files.uploads.receive(token, request.stream())


@router.post("/projects/{project_id}/uploads/{upload_id}/complete", tags=["import"], operation_id="complete_upload")
async def complete_upload(project_id: UUID, upload_id: UUID, actor: Importer, files: Files) -> Upload:
    """Look into a file that was sent: from here on rows may show a picture as `{"upload": id}`, and an archive may be imported."""
    return await files.uploads.complete(actor, project_id, upload_id)


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
    width: Annotated[
        int | None, Query(ge=16, le=1024, description="A small copy, at most so many pixels wide.")
    ] = None,
    range_: Annotated[str | None, Header(alias="Range", max_length=100)] = None,
) -> Response:
    """The file that an input of a task shows: to whoever holds the task, and to whoever may read tasks.

    The look is on record before the first byte. Ranges are answered; nothing may be cached.
    """
    shown = await files.media.look(actor, project_id, task_id, name)
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
