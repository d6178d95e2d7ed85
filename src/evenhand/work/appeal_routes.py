"""The HTTP face of rulings and appeals: reject, remove, take back; appeal, and answer an appeal."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import page_size
from evenhand.boundary.dependencies import Allowed, Cursor, Limit
from evenhand.boundary.once import IdempotencyKey, id_under
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Body, Page, SentId, Whole, example
from evenhand.work.dependencies import GoldManager, Labeler, Work
from evenhand.work.rulings import Item
from evenhand.work.shapes.appeals import (
    Appeal,
    AppealKind,
    AppealReason,
    EvidenceKind,
    Made,
    PossibleEvidence,
    RejectionReason,
    RemovalReason,
    Ruling,
    SignalKind,
)

router = APIRouter(prefix="/api/v1", route_class=StrictRoute)
Reviewer = Annotated[Actor, Depends(Allowed(Permission.TASK_REVIEW))]
Note = Annotated[str, Field(max_length=10_000)] | None
_ID = "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11"


class EvidenceItem(Body):
    """Something a ruling rests on.

    An `id` of an answer, a verdict, a gold task, a sitting or a remark of theirs; a passage of guidelines that they had read, by
    `version` and `heading`; or a `signal`, of which the server reads what it says now: refused where it does not stand.
    """

    model_config = example({"kind": "answer", "id": _ID})

    kind: EvidenceKind
    id: SentId | None = None
    version: Annotated[int, Field(ge=1, le=2**31 - 1), Whole] | None = None
    heading: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    signal: SignalKind | None = None


EvidenceItems = Annotated[list[EvidenceItem], Field(min_length=1, max_length=100)]


class Rejection(Body):
    """An answer that is not to count. evidence: at least one item that is more than a signal or a passage of guidelines."""

    model_config = example({"annotation_id": _ID, "reason": "spam", "evidence": [{"kind": "answer", "id": _ID}]})

    annotation_id: SentId
    reason: RejectionReason
    evidence: EvidenceItems
    note: Note = None


class Removal(Body):
    """Somebody who is to work in a project no more. evidence: as of a rejection."""

    model_config = example({"person_id": _ID, "reason": "work-quality", "evidence": [{"kind": "gold", "id": _ID}]})

    person_id: SentId
    reason: RemovalReason
    evidence: EvidenceItems
    note: Note = None


class NewAppeal(Body):
    """What an appeal is against, and why. subject_id: of the ruling, or of the verdict."""

    model_config = example({"kind": "rejection", "subject_id": _ID, "statement": "The passage is there, in line 3."})

    kind: AppealKind
    subject_id: SentId
    statement: Annotated[str, Field(min_length=1, max_length=10_000)]


class NewAnswer(Body):
    """How an appeal is answered; `overturned` undoes what it is against."""

    model_config = example({"outcome": "overturned", "reason": "answer-right", "note": "It is in line 3."})

    outcome: Literal["upheld", "overturned"]
    reason: AppealReason
    note: Note = None


@router.post(
    "/projects/{project_id}/tasks/{task_id}/rejections", tags=["offers"], operation_id="reject_answer", status_code=201
)
async def reject_answer(
    project_id: UUID,
    task_id: UUID,
    body: Rejection,
    actor: Reviewer,
    work: Work,
    idempotency_key: IdempotencyKey = None,
) -> Made:
    """Reject an answer: its votes count no more, it is owed nothing, and another one is asked for. Its author may appeal.

    Refused once it counts for good: when a reviewer accepted it, or its review deadline is over.
    """
    ruling_id = await work.rulings.reject(
        actor,
        project_id,
        task_id,
        UUID(str(body.annotation_id)),
        body.reason,
        _items(body.evidence),
        body.note,
        id_under(actor, idempotency_key, f"rejection in {task_id}"),
    )
    return {"id": str(ruling_id)}


@router.post("/projects/{project_id}/removals", tags=["offers"], operation_id="remove_from_project", status_code=201)
async def remove_from_project(
    project_id: UUID, body: Removal, actor: GoldManager, work: Work, idempotency_key: IdempotencyKey = None
) -> Made:
    """Remove a person from a project: what they hold goes back, nothing more is dealt to them, and what they did is owed."""
    ruling_id = await work.rulings.remove(
        actor,
        project_id,
        UUID(str(body.person_id)),
        body.reason,
        _items(body.evidence),
        body.note,
        id_under(actor, idempotency_key, f"removal in {project_id}"),
    )
    return {"id": str(ruling_id)}


@router.get(
    "/projects/{project_id}/people/{person_id}/evidence", tags=["offers"], operation_id="list_possible_evidence"
)
async def list_possible_evidence(project_id: UUID, person_id: UUID, actor: GoldManager, work: Work) -> PossibleEvidence:
    """What of a person in a project a rejection or a removal may rest on. The look is recorded.

    Gold they answered, verdicts against them, answers rejected, exams, what they wrote in discussions, and the headings of the
    guidelines that they had read.
    """
    return await work.rulings.possible(actor, project_id, person_id)


@router.get("/projects/{project_id}/rulings", tags=["offers"], operation_id="list_rulings")
async def list_rulings(
    project_id: UUID, actor: GoldManager, work: Work, cursor: Cursor = None, limit: Limit = None
) -> Page[Ruling]:
    """What was decided against people in a project, newest first, with reason, evidence and appeal."""
    return await work.rulings.page(actor, project_id, cursor, page_size(limit))


@router.put(
    "/projects/{project_id}/rulings/{ruling_id}/withdrawal",
    tags=["offers"],
    operation_id="withdraw_ruling",
    status_code=204,
)
async def withdraw_ruling(project_id: UUID, ruling_id: UUID, actor: GoldManager, work: Work) -> None:
    """Take a ruling back unasked: the answer counts again, the person is back. It stays on record."""
    await work.rulings.withdraw(actor, project_id, ruling_id)


@router.get("/work/rulings", tags=["offers"], operation_id="list_my_rulings")
async def list_my_rulings(actor: Labeler, work: Work, cursor: Cursor = None, limit: Limit = None) -> Page[Ruling]:
    """What was decided against you, newest first: why, on what evidence, and until when you may appeal."""
    return await work.rulings.against_me(actor, cursor, page_size(limit))


@router.post("/work/appeals", tags=["offers"], operation_id="file_appeal", status_code=201)
async def file_appeal(body: NewAppeal, actor: Labeler, work: Work, idempotency_key: IdempotencyKey = None) -> Made:
    """Appeal against a rejection, a removal, or a verdict that fixed your answer or sent it back: once, within 14 days.

    Somebody else than who decided answers within 7 days.
    """
    subject_id = UUID(str(body.subject_id))
    appeal_id = id_under(actor, idempotency_key, f"appeal against {subject_id}")
    return {"id": str(await work.appeals.file(actor, body.kind, subject_id, body.statement, appeal_id))}


@router.get("/work/appeals", tags=["offers"], operation_id="list_my_appeals")
async def list_my_appeals(actor: Labeler, work: Work) -> Page[Appeal]:
    """Your appeals, open ones first, and how they were answered."""
    return {"items": await work.appeals.mine(actor), "next_cursor": None}


@router.get("/appeals", tags=["offers"], operation_id="list_appeals")
async def list_appeals(
    actor: GoldManager,
    work: Work,
    state: Annotated[Literal["open", "answered"], Query(description="Which of them.")] = "open",
) -> Page[Appeal]:
    """The organization's appeals with what they are against, open ones by their deadline. The look is recorded."""
    return {"items": await work.appeals.in_organization(actor, is_open=state == "open"), "next_cursor": None}


@router.put("/appeals/{appeal_id}/answer", tags=["offers"], operation_id="answer_appeal")
async def answer_appeal(appeal_id: UUID, body: NewAnswer, actor: GoldManager, work: Work) -> Appeal:
    """Uphold the decision, or overturn it: the answer counts again, or the person is back. Not by whoever decided, or appeals."""
    return await work.appeals.answer(actor, appeal_id, body.outcome, body.reason, body.note)


def _items(evidence: list[EvidenceItem]) -> list[Item]:
    return [
        Item(
            each.kind,
            UUID(str(each.id)) if each.id else None,
            each.signal,
            version=each.version,
            heading=each.heading,
        )
        for each in evidence
    ]
