"""The HTTP face of quality: the project's, its people's, its questions', its hardest tasks; and one's own."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import page_size
from evenhand.boundary.dependencies import Allowed, Cursor, Limit
from evenhand.boundary.once import IdempotencyKey, id_under
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Page
from evenhand.insight.audit_shapes import Audit, AuditBody, AuditPrice
from evenhand.insight.dependencies import Services
from evenhand.insight.quality_shapes import (
    HardTask,
    OwnAccuracy,
    PeopleManner,
    PeopleQuality,
    PersonDetail,
    Quality,
    QuestionDetail,
    TargetBody,
)
from evenhand.insight.ranking_shapes import RankedTasks
from evenhand.insight.region_shapes import RegionsQuality
from evenhand.insight.reviewer_shapes import ReviewersQuality

router = APIRouter(prefix="/api/v1", route_class=StrictRoute)

Reader = Annotated[Actor, Depends(Allowed(Permission.QUALITY_READ))]
Writer = Annotated[Actor, Depends(Allowed(Permission.PROJECT_WRITE))]
Manager = Annotated[Actor, Depends(Allowed(Permission.TASK_MANAGE))]
Labeler = Annotated[Actor, Depends(Allowed(Permission.TASK_LABEL))]
QuestionName = Annotated[
    str | None, Query(max_length=200, description="The question; without one, the first that people are judged on.")
]


@router.get("/projects/{project_id}/quality", tags=["quality"], operation_id="get_quality")
async def get_quality(project_id: UUID, actor: Reader, services: Services) -> Quality:
    """Where a project's quality stands: agreement, the model, answers used for a correct label; every figure with its interval."""
    return await services.quality.overview(actor, project_id)


@router.patch("/projects/{project_id}/quality", tags=["quality"], operation_id="change_quality")
async def change_quality(project_id: UUID, body: TargetBody, actor: Writer, services: Services) -> Quality:
    """Ask an accuracy of people, that intervals are shown against; null asks for none."""
    return await services.quality.set_target(actor, project_id, body.target)


@router.get("/projects/{project_id}/quality/people", tags=["quality"], operation_id="list_quality_people")
async def list_quality_people(
    project_id: UUID,
    actor: Reader,
    services: Services,
    question: QuestionName = None,
    vendor: Annotated[
        UUID | None, Query(description="Only people of this vendor, or of the organization itself.")
    ] = None,
    batch: Annotated[
        UUID | None, Query(description="Only those who answered in this batch, with their figures in it.")
    ] = None,
) -> PeopleQuality:
    """Everybody who answered, with their accuracy, lean, pace and trend. Showing names is a look, and recorded."""
    return await services.quality.people(actor, project_id, question, vendor_id=vendor, batch_id=batch)


@router.get("/projects/{project_id}/quality/people/{pseudonym}", tags=["quality"], operation_id="get_quality_person")
async def get_quality_person(
    project_id: UUID, pseudonym: str, actor: Reader, services: Services, question: QuestionName = None
) -> PersonDetail:
    """One person: accuracy over time, a change with its interval, what they confuse, signals that call for a look."""
    return await services.quality.person(actor, project_id, pseudonym, question)


@router.get("/projects/{project_id}/quality/manner", tags=["quality"], operation_id="list_quality_manner")
async def list_quality_manner(project_id: UUID, actor: Reader, services: Services) -> PeopleManner:
    """How everybody's answers were made, in counts: pastes, time away, active time, edits; beside others on the same tasks.

    Showing names is a look, and recorded.
    """
    return await services.quality.manner(actor, project_id)


@router.get("/projects/{project_id}/quality/reviewers", tags=["quality"], operation_id="get_quality_reviewers")
async def get_quality_reviewers(project_id: UUID, actor: Reader, services: Services) -> ReviewersQuality:
    """How strict each reviewer is and how right on known work, with intervals; and authors by a reviewer in the middle.

    Showing names is a look, and recorded.
    """
    return await services.reviewers.figures(actor, project_id)


@router.get(
    "/projects/{project_id}/quality/questions/{question}", tags=["quality"], operation_id="get_quality_question"
)
async def get_quality_question(project_id: UUID, question: str, actor: Reader, services: Services) -> QuestionDetail:
    """One question: what the crowd confuses, and agreement by batch, vendor and version of the guidelines."""
    return await services.quality.question(actor, project_id, question)


@router.get(
    "/projects/{project_id}/quality/questions/{question}/ranking", tags=["quality"], operation_id="get_quality_ranking"
)
async def get_quality_ranking(project_id: UUID, question: str, actor: Reader, services: Services) -> RankedTasks:
    """What a question compares, ranked over the newest 2,000 tasks: strengths, reliabilities, ties, the worth of being first.

    The tasks and their answers are opened for it, and each look is recorded.
    """
    return await services.rankings.ranking(actor, project_id, question)


@router.get(
    "/projects/{project_id}/quality/questions/{question}/regions", tags=["quality"], operation_id="get_quality_regions"
)
async def get_quality_regions(project_id: UUID, question: str, actor: Reader, services: Services) -> RegionsQuality:
    """What spans and shapes tell of people, over the newest 2,000 tasks: how much each misses and invents, where they place edges.

    The tasks and their answers are opened for it, and each look is recorded. Showing names is a look, and recorded.
    """
    return await services.regions.figures(actor, project_id, question)


@router.get("/projects/{project_id}/quality/tasks", tags=["quality"], operation_id="list_hardest_tasks")
async def list_hardest_tasks(
    project_id: UUID,
    actor: Reader,
    services: Services,
    question: QuestionName = None,
    cursor: Cursor = None,
    limit: Limit = None,
) -> Page[HardTask]:
    """The tasks whose likeliest answer is least sure, hardest first; 200 are kept."""
    return await services.quality.hardest(actor, project_id, question, cursor, page_size(limit))


@router.get("/projects/{project_id}/quality/audits", tags=["quality"], operation_id="list_audits")
async def list_audits(project_id: UUID, actor: Reader, services: Services) -> Page[Audit]:
    """The audits of a project, newest first: what each says now, and said at each moment. No model's opinion enters them."""
    return {"items": await services.audits.of_project(actor, project_id), "next_cursor": None}


@router.get("/projects/{project_id}/quality/audit-price", tags=["quality"], operation_id="get_audit_price")
async def get_audit_price(
    project_id: UUID, actor: Reader, services: Services, share: float = 0.05, delta: float = 0.05
) -> AuditPrice:
    """How many audits it takes to say that at most this share of the labels is wrong, if none of them finds an error."""
    return await services.audits.price(actor, project_id, share, delta)


@router.post("/projects/{project_id}/quality/audits", tags=["quality"], operation_id="ask_audit", status_code=201)
async def ask_audit(
    project_id: UUID, body: AuditBody, actor: Manager, services: Services, idempotency_key: IdempotencyKey = None
) -> Audit:
    """Audit the tasks that are done: some are drawn by lot, and reviewers, managers and owners who had no part in them answer them
    again by claims of the stage `audit`, without seeing the answers. The same Idempotency-Key again returns the first result.
    """
    audit_id = id_under(actor, idempotency_key, f"audit of {project_id}")
    return await services.audits.ask(actor, project_id, body.share, body.delta, audit_id)


@router.get("/work/accuracy", tags=["queue"], operation_id="list_own_accuracy")
async def list_own_accuracy(actor: Labeler, services: Services) -> Page[OwnAccuracy]:
    """One's own accuracy with its interval, by project and question. Nobody else's."""
    return {"items": await services.quality.own(actor), "next_cursor": None}
