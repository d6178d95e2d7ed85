"""The HTTP face of review and adjudication: what is said of the answers to a task that was claimed for it."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends
from pydantic import Field, WithJsonSchema

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import page_size
from evenhand.boundary.dependencies import Allowed, Cursor, Limit
from evenhand.boundary.once import IdempotencyKey, id_under
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Body, Page, SentId, Whole, example
from evenhand.work.dependencies import Labeler, Work
from evenhand.work.reviewing import Standing
from evenhand.work.reviewing import Verdict as Said
from evenhand.work.shapes.stages import VerdictReason
from evenhand.work.shapes.verdicts import Decided, Feedback, TakenBack

router = APIRouter(prefix="/api/v1", route_class=StrictRoute)
Reviewer = Annotated[Actor, Depends(Allowed(Permission.TASK_REVIEW))]
# The ontology checks what is inside, and says every defect.
Answers = Annotated[
    list[dict[str, Any]] | None,
    WithJsonSchema({"anyOf": [{"type": "array", "items": {"type": "object", "x-schema": "Answer"}}, {"type": "null"}]}),
]
Note = Annotated[str, Field(max_length=10_000)] | None
Version = Annotated[int, Field(ge=1, le=2**31 - 1), Whole]
Held = Annotated[list[SentId], Field(max_length=50)]
# What an offer by the hour pays for; by the client's own clock, as of answers.
ActiveMs = Annotated[int, Field(ge=0, le=2**31 - 1), Whole]
_ANNOTATION = "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11"


class Verdict(Body):
    """What is said of one annotation. reason: asked for unless it is accepted. note: for its author, sealed with the task."""

    model_config = example(
        {"annotation_id": _ANNOTATION, "verdict": "send-back", "reason": "slip", "note": "Read the last line."}
    )

    annotation_id: SentId
    verdict: Literal["accept", "fix", "send-back"]
    reason: VerdictReason | None = None
    note: Note = None


class Review(Body):
    """A verdict on each annotation that the assignment shows. answers: exactly when one is fixed; they stand from then on.

    active_ms: milliseconds that it took, without pauses: what an offer by the hour pays.
    """

    model_config = example(
        {
            "verdicts": [{"annotation_id": _ANNOTATION, "verdict": "send-back", "reason": "guideline-misread"}],
            "ontology_version": 1,
            "next": True,
            "held": [],
        }
    )

    verdicts: Annotated[list[Verdict], Field(min_length=1, max_length=99)]
    ontology_version: Version
    answers: Answers = None
    active_ms: ActiveMs = 0
    next: bool = False
    held: Held = Field(default_factory=list)


class Adjudication(Body):
    """What an adjudicator does: decides (with the answers that stand), sends back to all authors, or asks for one opinion more.

    active_ms: milliseconds that it took, without pauses: what an offer by the hour pays.
    """

    model_config = example(
        {
            "action": "decide",
            "ontology_version": 1,
            "answers": [{"question": "tone", "value": "angry"}],
            "next": True,
            "held": [],
        }
    )

    action: Literal["decide", "send-back", "more"]
    ontology_version: Version
    answers: Answers = None
    reason: VerdictReason | None = None
    note: Note = None
    active_ms: ActiveMs = 0
    next: bool = False
    held: Held = Field(default_factory=list)


@router.post(
    "/projects/{project_id}/tasks/{task_id}/review", tags=["queue"], operation_id="review_task", status_code=201
)
async def review_task(
    project_id: UUID,
    task_id: UUID,
    body: Review,
    actor: Reviewer,
    work: Work,
    idempotency_key: IdempotencyKey = None,
) -> Decided:
    """Accept, fix or send back the answers to a task that you claimed to review, and get the next one.

    What is sent back is its author's again, before anything else; the third time it goes to an adjudicator instead. The same
    Idempotency-Key again returns the first result.
    """
    return await work.reviewing.review(
        actor,
        project_id,
        task_id,
        [Said(each.annotation_id, each.verdict, each.reason, each.note) for each in body.verdicts],
        _standing(body.ontology_version, body.answers),
        id_under(actor, idempotency_key, f"review of {task_id}") or uuid4(),
        next_=body.next,
        held=body.held,
        active_ms=body.active_ms,
    )


@router.post(
    "/projects/{project_id}/tasks/{task_id}/adjudication",
    tags=["queue"],
    operation_id="adjudicate_task",
    status_code=201,
)
async def adjudicate_task(
    project_id: UUID,
    task_id: UUID,
    body: Adjudication,
    actor: Reviewer,
    work: Work,
    idempotency_key: IdempotencyKey = None,
) -> Decided:
    """Decide a task that you claimed to adjudicate, send it back, or ask for one more opinion, and get the next one.

    The same Idempotency-Key again returns the first result.
    """
    return await work.reviewing.adjudicate(
        actor,
        project_id,
        task_id,
        body.action,
        Said(task_id, body.action, body.reason, body.note),
        _standing(body.ontology_version, body.answers),
        id_under(actor, idempotency_key, f"adjudication of {task_id}") or uuid4(),
        next_=body.next,
        held=body.held,
        active_ms=body.active_ms,
    )


@router.post("/projects/{project_id}/tasks/{task_id}/verdict/undo", tags=["queue"], operation_id="take_back_verdict")
async def take_back_verdict(project_id: UUID, task_id: UUID, actor: Reviewer, work: Work) -> TakenBack:
    """Take back what you said of a task in the last 30 seconds, while nothing followed from it: it is yours to judge again.

    Rework that its author has begun, an opinion that somebody was dealt, a release, an audit, a ruling or an appeal lets it stand.
    Both moves stay in the task's history, and both entries in the ledger.
    """
    return await work.reviewing.take_back(actor, project_id, task_id)


@router.get("/work/feedback", tags=["queue"], operation_id="list_feedback")
async def list_feedback(actor: Labeler, work: Work, cursor: Cursor = None, limit: Limit = None) -> Page[Feedback]:
    """What was decided on your own answers and why, newest first; nothing of projects that keep it sealed. The look is recorded."""
    return await work.feedback.page(actor, cursor, page_size(limit))


def _standing(version: int, answers: list[dict[str, Any]] | None) -> Standing | None:
    return None if answers is None else Standing(version, answers)
