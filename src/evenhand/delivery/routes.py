"""The HTTP face of delivery: releases and their files."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from evenhand.boundary.actor import Actor
from evenhand.boundary.dependencies import Allowed
from evenhand.boundary.once import IdempotencyKey, id_under
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Body, Page, SentId, example, streamed
from evenhand.delivery.service import Releases
from evenhand.delivery.shapes import Release, ReleaseFormat
from evenhand.delivery.shapes import Shredding as ShreddingShape
from evenhand.delivery.shredding import Shredding

router = APIRouter(prefix="/api/v1", route_class=StrictRoute)


class NewRelease(Body):
    """A release to cut: of finished tasks, or of all with what answers they have. formats: beside its own lines, such as `coco`."""

    model_config = example({"note": "First delivery", "include": "done"})

    note: Annotated[str, Field(max_length=10_000)] = ""
    include: Literal["done", "all"] = "done"
    formats: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=20, default_factory=list)]


async def releases_of(request: Request) -> Releases:
    """The service that bootstrap made."""
    releases: Releases = request.app.state.releases
    return releases


Service = Annotated[Releases, Depends(releases_of)]
Creator = Annotated[Actor, Depends(Allowed(Permission.RELEASE_CREATE))]
Reader = Annotated[Actor, Depends(Allowed(Permission.RELEASE_READ))]


@router.post("/projects/{project_id}/releases", tags=["releases"], operation_id="create_release", status_code=202)
async def create_release(
    project_id: UUID, body: NewRelease, actor: Creator, releases: Service, idempotency_key: IdempotencyKey = None
) -> Release:
    """Freeze what stands now as the next release; it is written and signed in the background."""
    release_id = id_under(actor, idempotency_key, f"release of {project_id}")
    return await releases.create(actor, project_id, body.note, body.include, body.formats, release_id)


@router.get("/projects/{project_id}/releases", tags=["releases"], operation_id="list_releases")
async def list_releases(project_id: UUID, actor: Reader, releases: Service) -> Page[Release]:
    """The releases of a project, newest first."""
    return {"items": await releases.page(actor, project_id), "next_cursor": None}


@router.get("/projects/{project_id}/release-formats", tags=["releases"], operation_id="list_release_formats")
async def list_release_formats(project_id: UUID, actor: Reader, releases: Service) -> Page[ReleaseFormat]:
    """The formats in which a release can be written beside its lines, by the alphabet, and which of them fit this project."""
    return {"items": await releases.formats(actor, project_id), "next_cursor": None}


@router.get("/releases/{release_id}", tags=["releases"], operation_id="get_release")
async def get_release(release_id: UUID, actor: Reader, releases: Service) -> Release:
    """One release: its state, counts, agreement and files."""
    return await releases.get(actor, release_id)


@router.get(
    "/releases/{release_id}/files/{name}",
    tags=["releases"],
    operation_id="get_release_file",
    response_class=StreamingResponse,
    responses=streamed("application/octet-stream", "The file."),
)
async def get_release_file(release_id: UUID, name: str, actor: Reader, releases: Service) -> StreamingResponse:
    """One file of a release."""
    size, content = await releases.file(actor, release_id, name)
    return StreamingResponse(content, media_type="application/octet-stream", headers=_attachment(name, size))


@router.get(
    "/releases/{release_id}/archive",
    tags=["releases"],
    operation_id="get_release_archive",
    response_class=StreamingResponse,
    responses=streamed("application/zip", "The archive."),
)
async def get_release_archive(release_id: UUID, actor: Reader, releases: Service) -> StreamingResponse:
    """All files of a release as one ZIP."""
    name, content = await releases.archive(actor, release_id)
    return StreamingResponse(content, media_type="application/zip", headers=_attachment(name, None))


def _attachment(name: str, size: int | None) -> dict[str, str]:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    if size is not None:
        headers["content-length"] = str(size)
    return headers


# ----------------------------------------------------------------------------------------------------------- shredding --
class NewShredding(Body):
    """What is to be destroyed for good: a task or a project that lies in the trash, or, by its own id, all of the organization."""

    model_config = example({"scope": "task", "id": "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11"})

    scope: Literal["task", "project", "organization"]
    id: SentId


async def shredding_of(request: Request) -> Shredding:
    """The service that bootstrap made."""
    shredding: Shredding = request.app.state.shredding
    return shredding


Shredder = Annotated[Shredding, Depends(shredding_of)]
Owner = Annotated[Actor, Depends(Allowed(Permission.ORGANIZATION_WRITE))]
Auditor = Annotated[Actor, Depends(Allowed(Permission.ORGANIZATION_WRITE, Permission.AUDIT_READ))]


@router.post("/shreddings", operation_id="create_shredding", status_code=202, tags=["keys"])
async def create_shredding(
    body: NewShredding, actor: Owner, shredding: Shredder, idempotency_key: IdempotencyKey = None
) -> ShreddingShape:
    """Destroy keys for good, so that nobody opens what they sealed. A worker does it and leaves a signed certificate."""
    return await shredding.ask(actor, body.scope, body.id, id_under(actor, idempotency_key, "shredding"))


@router.get("/shreddings", operation_id="list_shreddings", tags=["keys"])
async def list_shreddings(actor: Auditor, shredding: Shredder) -> Page[ShreddingShape]:
    """What was destroyed or is being, newest first."""
    return {"items": await shredding.all(actor), "next_cursor": None}


@router.get("/shreddings/{shredding_id}", operation_id="get_shredding", tags=["keys"])
async def get_shredding(shredding_id: UUID, actor: Auditor, shredding: Shredder) -> ShreddingShape:
    """One, with its certificate once it is done."""
    return await shredding.get(actor, shredding_id)
