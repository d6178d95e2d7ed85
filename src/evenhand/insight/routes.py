"""The HTTP face of insight: a project's progress, and its live stream."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from fastapi.responses import StreamingResponse

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import page_size
from evenhand.boundary.dependencies import Allowed, CurrentActor, Cursor, Limit
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Page, streamed
from evenhand.insight.dependencies import Services
from evenhand.insight.shapes import Progress
from evenhand.work.dependencies import GoldManager
from evenhand.work.shapes.flaws import PlantedFlaw
from evenhand.work.shapes.gold import GoldPerson, GoldTask

router = APIRouter(prefix="/api/v1", route_class=StrictRoute)


ProjectReader = Annotated[Actor, Depends(Allowed(Permission.PROJECT_READ))]


@router.get("/projects/{project_id}/progress", tags=["progress"], operation_id="get_progress")
async def get_progress(project_id: UUID, actor: ProjectReader, services: Services) -> Progress:
    """Counts, pace with forecast, annotators, agreement with its interval, consensus shares."""
    return await services.insight.progress(actor, project_id)


@router.get(
    "/projects/{project_id}/events",
    tags=["progress"],
    operation_id="watch_project",
    response_class=StreamingResponse,
    responses=streamed("text/event-stream", "An event `progress` whenever the counts change."),
)
async def watch_project(
    project_id: UUID,
    actor: ProjectReader,
    services: Services,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> StreamingResponse:
    """A project's counts as server-sent events, whenever they change."""
    await services.projects.get(actor, project_id)
    stream = services.events.stream(actor.organization_id, project_id, last_event_id)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})


@router.get("/projects/{project_id}/gold", tags=["gold"], operation_id="list_gold")
async def list_gold(
    project_id: UUID, actor: GoldManager, services: Services, cursor: Cursor = None, limit: Limit = None
) -> Page[GoldTask]:
    """The gold of a project with what is right and how it fares; which is likely to be wrong itself. The look is recorded."""
    return await services.gold.tasks(actor, project_id, cursor, page_size(limit))


@router.get("/projects/{project_id}/gold/flaws", tags=["gold"], operation_id="list_flaws")
async def list_flaws(
    project_id: UUID, actor: GoldManager, services: Services, cursor: Cursor = None, limit: Limit = None
) -> Page[PlantedFlaw]:
    """The flaws that were planted for reviewers, and how they were judged. The look is recorded."""
    return await services.flaws.page(actor, project_id, cursor, page_size(limit))


@router.get("/projects/{project_id}/gold/people", tags=["gold"], operation_id="list_gold_people")
async def list_gold_people(project_id: UUID, actor: GoldManager, services: Services) -> Page[GoldPerson]:
    """How right each person is on hidden gold, with the interval, by question too, and how much gold they are dealt."""
    return {"items": await services.gold.people(actor, project_id), "next_cursor": None}


@router.get(
    "/holds/events",
    tags=["walls"],
    operation_id="watch_holds",
    response_class=StreamingResponse,
    responses=streamed("text/event-stream", "An event `hold` with `on_hold`, at once and whenever it changes."),
)
async def watch_holds(actor: CurrentActor, services: Services) -> StreamingResponse:
    """Whether work for your organization is on hold, as server-sent events: what is open on a screen goes when it says so."""
    stream = services.events.holds(actor.organization_id)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})
