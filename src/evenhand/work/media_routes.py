"""The HTTP face of files: what a dropped file seems to be, pictures in, and their bytes out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request

from evenhand.boundary.actor import Actor, Allowed
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.core.errors import LimitReached
from evenhand.work.proposing import HEAD_BYTES_MAX, file_name, proposals_for
from evenhand.work.shapes import Proposals

router = APIRouter(prefix="/api/v1", route_class=StrictRoute)

Proposer = Annotated[Actor, Depends(Allowed(Permission.PROJECT_CREATE, Permission.TASK_IMPORT))]
_NAME = "The file's name, percent-encoded."
FileName = Annotated[str | None, Header(alias="X-File-Name", max_length=4000, description=_NAME)]
_ANY = {"application/octet-stream": {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}}
_HEAD = {"requestBody": {"required": True, "content": _ANY}}


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
