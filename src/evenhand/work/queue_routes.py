"""The HTTP face of the queue: what an annotator does with tasks, one after the other.

Claim and submit come thousands of times a minute: they go past the framework (`boundary.express`) and read their own bodies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from pydantic import Field

from evenhand.boundary.cursor import page_size
from evenhand.boundary.dependencies import Cursor, Limit
from evenhand.boundary.express import ExpressRoute
from evenhand.boundary.once import IdempotencyKey, id_under
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute, json_of
from evenhand.boundary.shapes import Body, Page, SentId, body_of, example
from evenhand.core.canonical import escape_pointer
from evenhand.core.errors import Malformed, NotAllowed, Problem
from evenhand.work.dependencies import Labeler, Work
from evenhand.work.labeling import Answer
from evenhand.work.manner import read_manner
from evenhand.work.model import STAGES
from evenhand.work.shapes.queue import (
    Assignment,
    Claim,
    Comment,
    DraftBody,
    DraftSaved,
    LeaseEnded,
    MyAnswer,
    Prolonged,
    Remark,
    Submission,
    Submitted,
    WorkOffer,
)
from evenhand.work.shapes.stages import Stage
from evenhand.work.shapes.verdicts import AnsweredTask

router = APIRouter(prefix="/api/v1", route_class=StrictRoute)
express = APIRouter(prefix="/api/v1", route_class=ExpressRoute)
BODY_BYTES_MAX = 8 * 1024 * 1024
_ANSWERS = [{"question": "tone", "value": "angry"}]
_SUBMISSION = {"ontology_version": 1, "answers": _ANSWERS, "timing": {"active_ms": 4200}, "next": True, "held": []}
_DRAFT = {"answers": _ANSWERS, "client_clock": 7}


class Holding(Body):
    """The tasks the client knows it holds; a hold it does not know is dealt again."""

    model_config = example({"held": []})

    held: Annotated[list[SentId], Field(max_length=50)] = Field(default_factory=list)


class Claiming(Holding):
    """What to be dealt: a task to label, unless another stage is named."""

    model_config = example({"stage": "label", "held": []})

    stage: Stage = "label"


class Returning(Holding):
    """Giving a task back."""

    model_config = example({"next": True, "held": []})

    next: bool = False


class Skipping(Holding):
    """Skipping a task, and why."""

    model_config = example({"reason": "unclear", "note": "The text breaks off.", "next": True, "held": []})

    reason: Literal["cannot-answer", "unclear", "broken", "not-my-field", "other"]
    note: Annotated[str, Field(max_length=10_000)] | None = None
    next: bool = True


class Reporting(Body):
    """What is wrong with a task."""

    model_config = example({"reason": "private-data", "note": "It names a patient."})

    reason: Literal["broken", "wrong-language", "private-data", "harmful", "unclear-guideline", "other"]
    note: Annotated[str, Field(max_length=10_000)] = ""


class Commenting(Body):
    """A comment on an address of the item, or a reply in a discussion that another comment or a report began."""

    model_config = example({"text": "Irony, I think.", "on": "text"})

    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    on: Annotated[str, Field(max_length=300)] = ""
    reply_to: SentId | None = None


# -------------------------------------------------------------------------------------------------------- the queue --
@router.get("/work", tags=["queue"], operation_id="list_work")
async def list_work(actor: Labeler, work: Work) -> Page[WorkOffer]:
    """The projects you may label in."""
    return {"items": await work.projects.my_work(actor), "next_cursor": None}


@express.post(
    "/projects/{project_id}/claim", tags=["queue"], operation_id="claim", openapi_extra=body_of(Claiming, {"held": []})
)
async def claim(project_id: UUID, request: Request, actor: Labeler, work: Work) -> Claim:
    """The next task for you, held until its lease ends. Of review and adjudication, which need
    `task.review` too, it comes with the answers that are to be judged; of an audit, which needs it as well, without any.
    """
    body = await _json_object(request)
    if unknown := _unknown_fields(body, _CLAIM_FIELDS):
        raise Malformed(unknown)
    held = _ids(body.get("held", []), "/held")
    match body.get("stage", "label"):
        case "label" | "exam" as stage:
            return await work.labeling.claim(actor.token_sha256, project_id, held, stage)
        case "review" | "adjudicate" | "audit" as later:
            if Permission.TASK_REVIEW not in actor.permissions:
                raise NotAllowed(permission=Permission.TASK_REVIEW)
            if later == "audit":
                return await work.labeling.claim(actor.token_sha256, project_id, held, later)
            return await work.reviewing.claim(actor, project_id, later, held)
    message = "There is no such stage."
    raise Malformed([Problem("/stage", "unknown_option", message, "Take one, or leave it out to label.", (*STAGES,))])


@express.post(
    "/projects/{project_id}/tasks/{task_id}/annotations",
    tags=["queue"],
    operation_id="submit",
    status_code=201,
    openapi_extra=body_of(Submission, _SUBMISSION),
)
async def submit(
    project_id: UUID,
    task_id: UUID,
    request: Request,
    actor: Labeler,
    work: Work,
    idempotency_key: IdempotencyKey = None,
) -> Submitted:
    """Submit your answers and get the next task. The same Idempotency-Key again returns the first result."""
    body = await _json_object(request)
    answers = body.get("answers")
    version = body.get("ontology_version")
    timing, next_ = body.get("timing", {}), body.get("next", False)
    problems = []
    if not isinstance(timing, dict):
        problems.append(Problem("/timing", "bad_value", "timing is an object.", 'Send {"active_ms": 1200}.'))
    if not isinstance(next_, bool):
        problems.append(Problem("/next", "bad_value", "next is true or false.", "Leave it out for false."))
    if not isinstance(answers, list):
        problems.append(Problem("/answers", "bad_value", "answers is a list.", "Send [] or a list of answers."))
    if not isinstance(version, int) or isinstance(version, bool) or not 0 < version < 2**31:
        problems.append(Problem("/ontology_version", "bad_value", "This is no version.", "Send the assignment's."))
    problems.extend(_unknown_fields(body, _SUBMIT_FIELDS))
    if problems:
        raise Malformed(problems)
    about = {name: value for name, value in body.items() if name in _ABOUT_FIELDS}
    answer = Answer(
        ontology_version=version,  # type: ignore[arg-type]
        answers=answers,  # type: ignore[arg-type]
        key=id_under(actor, idempotency_key, f"answer to {task_id}") or uuid4(),
        active_ms=_milliseconds(timing, "active_ms"),
        elapsed_ms=_milliseconds(timing, "elapsed_ms"),
        manner=read_manner(body["manner"]) if "manner" in body else None,
        about=about,
        shown=_shown(body.get("suggestions", [])),
    )
    held = _ids(body.get("held", []), "/held")
    return await work.labeling.submit(actor, project_id, task_id, answer, next_=next_, held=held)


_ABOUT_FIELDS = frozenset({"provenance", "presentation", "timing", "comments"})
_CLAIM_FIELDS = frozenset({"stage", "held"})
_DRAFT_FIELDS = frozenset({"answers", "client_clock"})
_SUBMIT_FIELDS = _ABOUT_FIELDS | {"ontology_version", "answers", "manner", "suggestions", "next", "held"}


@router.put(
    "/projects/{project_id}/tasks/{task_id}/draft",
    tags=["queue"],
    operation_id="save_draft",
    openapi_extra=body_of(DraftBody, _DRAFT),
)
async def save_draft(project_id: UUID, task_id: UUID, request: Request, actor: Labeler, work: Work) -> DraftSaved:
    """Keep unfinished answers on the server."""
    body = await _json_object(request)
    clock = body.get("client_clock", 0)
    answers = body.get("answers")
    if not isinstance(answers, list) or isinstance(clock, bool) or not isinstance(clock, int) or not 0 <= clock < 2**53:
        message = "A draft has answers, a list, and client_clock, a count."
        raise Malformed([Problem("", "bad_value", message, 'Send {"answers": […], "client_clock": 1}.')])
    if unknown := _unknown_fields(body, _DRAFT_FIELDS):
        raise Malformed(unknown)
    return {"saved_at": await work.labeling.save_draft(actor, project_id, task_id, answers, clock)}


@router.post("/projects/{project_id}/tasks/{task_id}/skip", tags=["queue"], operation_id="skip_task")
async def skip_task(project_id: UUID, task_id: UUID, body: Skipping, actor: Labeler, work: Work) -> LeaseEnded:
    """Skip a task with a reason: it is never dealt to you again."""
    return await work.labeling.end_lease(
        actor, project_id, task_id, body.reason, body.note, next_=body.next, held=body.held
    )


@router.post("/projects/{project_id}/tasks/{task_id}/return", tags=["queue"], operation_id="return_task")
async def return_task(project_id: UUID, task_id: UUID, body: Returning, actor: Labeler, work: Work) -> LeaseEnded:
    """Give a task back unanswered, for others."""
    return await work.labeling.end_lease(actor, project_id, task_id, None, None, next_=body.next, held=body.held)


@router.post("/projects/{project_id}/tasks/{task_id}/prolong", tags=["queue"], operation_id="prolong")
async def prolong(project_id: UUID, task_id: UUID, actor: Labeler, work: Work) -> Prolonged:
    """Keep the hold for another full lease."""
    return {"lease_until": await work.labeling.prolong(actor, task_id)}


@router.post("/projects/{project_id}/tasks/{task_id}/reopen", tags=["queue"], operation_id="reopen")
async def reopen(project_id: UUID, task_id: UUID, actor: Labeler, work: Work) -> Assignment:
    """Open your own answer again; submitting makes a new version."""
    return await work.labeling.reopen(actor, project_id, task_id)


@router.post(
    "/projects/{project_id}/tasks/{task_id}/reports", tags=["queue"], operation_id="report_task", status_code=201
)
async def report_task(
    project_id: UUID, task_id: UUID, body: Reporting, actor: Labeler, work: Work, idempotency_key: IdempotencyKey = None
) -> Remark:
    """Report a problem with a task to the project's managers."""
    remark_id = id_under(actor, idempotency_key, f"report on {task_id}")
    return await work.remarks.remark(actor, project_id, task_id, "report", body.note, body.reason, remark_id=remark_id)


@router.get("/projects/{project_id}/tasks/{task_id}/comments", tags=["queue"], operation_id="list_comments")
async def list_comments(project_id: UUID, task_id: UUID, actor: Labeler, work: Work) -> Page[Comment]:
    """What was said about a task."""
    return {"items": await work.remarks.comments(actor, project_id, task_id), "next_cursor": None}


@router.post("/projects/{project_id}/tasks/{task_id}/comments", tags=["queue"], operation_id="comment", status_code=201)
async def comment(
    project_id: UUID,
    task_id: UUID,
    body: Commenting,
    actor: Labeler,
    work: Work,
    idempotency_key: IdempotencyKey = None,
) -> Remark:
    """Say something about a task, or about a part of it."""
    remark_id = id_under(actor, idempotency_key, f"comment on {task_id}")
    said = (body.text, None, body.on, remark_id, body.reply_to)
    return await work.remarks.remark(actor, project_id, task_id, "comment", *said)


@router.get("/projects/{project_id}/my-answers", tags=["queue"], operation_id="list_my_answers")
async def list_my_answers(
    project_id: UUID, actor: Labeler, work: Work, cursor: Cursor = None, limit: Limit = None
) -> Page[MyAnswer]:
    """Your own answers, newest first."""
    return await work.labeling.my_answers(actor, project_id, cursor, page_size(limit))


@router.get("/projects/{project_id}/my-answers/{task_id}", tags=["queue"], operation_id="get_my_answer")
async def get_my_answer(
    project_id: UUID,
    task_id: UUID,
    actor: Labeler,
    work: Work,
    annotation: Annotated[UUID | None, Query(description="A version of your answer. None: the newest.")] = None,
) -> AnsweredTask:
    """A task as you answered it: what it showed, your answer, and what was decided on it where the project shows that.

    The look is recorded. Refused to whoever was removed from the project.
    """
    return await work.own_answers.one(actor, project_id, task_id, annotation)


# -------------------------------------------------------------------------------------------------------- internals --
async def _json_object(request: Request) -> dict[str, Any]:
    """The body of a hot route, decoded strictly and without a model: duplicate keys, NUL and depth are refused."""
    if len(await request.body()) > BODY_BYTES_MAX:
        raise Malformed([Problem("", "too_large", "An answer has at most 8 MiB.", "Put large regions into a file.")])
    body = await json_of(request)
    if not isinstance(body, dict):
        raise Malformed([Problem("", "bad_json", "The body is an object.", 'Send {"answers": […]}.')])
    return body


def _unknown_fields(body: Mapping[str, Any], known: frozenset[str]) -> list[Problem]:
    return [
        Problem(f"/{escape_pointer(name)}", "unknown_field", "There is no such field.", "Remove it.")
        for name in sorted(body.keys() - known)[:20]
    ]


def _milliseconds(timing: Any, name: str) -> int:
    value = timing.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**31:
        message = f"{name} is a time in milliseconds."
        raise Malformed([Problem(f"/timing/{name}", "out_of_bounds", message, "Send a whole number from 0.")])
    return int(value)


def _shown(claims: Any) -> dict[str, bool]:
    """Which suggestions were on the screen, by id."""
    is_list = isinstance(claims, list) and len(claims) <= 20
    if not is_list or not all(
        isinstance(each, dict)
        and each.keys() == {"id", "shown"}
        and isinstance(each["id"], str)
        and isinstance(each["shown"], bool)
        for each in claims
    ):
        message = "suggestions is a list of at most 20 objects with id and shown."
        raise Malformed([Problem("/suggestions", "bad_value", message, 'Send [{"id": "sg1", "shown": true}].')])
    return {each["id"]: each["shown"] for each in claims}


def _ids(values: Any, pointer: str) -> list[UUID]:
    if not isinstance(values, list) or len(values) > 50:
        raise Malformed([Problem(pointer, "bad_value", "This is a list of at most 50 ids.", "Send task ids.")])
    ids = []
    for index, value in enumerate(values):
        try:
            ids.append(UUID(value))
        except (ValueError, AttributeError, TypeError):
            message = "This is not an id."
            raise Malformed([Problem(f"{pointer}/{index}", "bad_id", message, "Send task ids.")]) from None
    return ids
