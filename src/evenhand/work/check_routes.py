"""The HTTP face of checks: have the checker of an answer run, and read what it is worth."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import Field

from evenhand.boundary.cursor import page_size
from evenhand.boundary.dependencies import Cursor, Limit
from evenhand.boundary.once import IdempotencyKey, id_under
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Body, Json, Page, example
from evenhand.work.dependencies import Labeler, Work
from evenhand.work.shapes.checks import CheckRun

router = APIRouter(prefix="/api/v1", tags=["queue"], route_class=StrictRoute)


class ValueToCheck(Body):
    """An answer's value as it stands, or as it might. target: where the question is asked about several."""

    model_config = example(
        {
            "question": "task",
            "value": {
                "format": "open-task/0.1",
                "id": "double",
                "version": "1",
                "statement": [{"type": "text", "text": "Double n."}],
                "files": [
                    {"path": "a.py", "role": "solution", "text": "def double(n):\n    return 2 * n\n"},
                    {"path": "check.py", "role": "checker", "text": "from a import double\nassert double(2) == 4\n"},
                ],
                "checker": {"command": ["python", "check.py"]},
                "mutations": [
                    {
                        "id": "same",
                        "kind": "wrong_solution",
                        "reward": 0,
                        "files": [{"path": "a.py", "text": "def double(n):\n    return n\n"}],
                    }
                ],
            },
        }
    )

    question: Annotated[str, Field(max_length=200)]
    target: Annotated[str, Field(max_length=1000)] | None = None
    value: Json


@router.post("/projects/{project_id}/tasks/{task_id}/checks", operation_id="start_check", status_code=202)
async def start_check(
    project_id: UUID,
    task_id: UUID,
    body: ValueToCheck,
    actor: Labeler,
    work: Work,
    idempotency_key: IdempotencyKey = None,
) -> CheckRun:
    """Have the checker of an answer run in the sandbox: on its solution, on its start, on wrong work, as often as flakes ask for.

    For whoever was dealt the task, and for those who manage tasks. A check is of exactly this value and is yours alone: asked for
    again it is the same one, unless it failed, and what waits or runs of your earlier value is cancelled. The worker makes it; read
    it until it is done. Where the machine has no sandbox it fails with `sandbox-unavailable`, and nothing was run.
    """
    check_id = id_under(actor, idempotency_key, f"check of {task_id}") or uuid4()
    return await work.checks.start(actor, project_id, task_id, body.question, body.target, body.value, check_id)


@router.get("/projects/{project_id}/tasks/{task_id}/checks", operation_id="list_checks")
async def list_checks(
    project_id: UUID, task_id: UUID, actor: Labeler, work: Work, cursor: Cursor = None, limit: Limit = None
) -> Page[CheckRun]:
    """Your own checks of answers to a task, newest first, without their reports."""
    return await work.checks.page(actor, project_id, task_id, cursor, page_size(limit))


@router.get("/projects/{project_id}/tasks/{task_id}/checks/{check_id}", operation_id="get_check")
async def get_check(project_id: UUID, task_id: UUID, check_id: UUID, actor: Labeler, work: Work) -> CheckRun:
    """One check of your own, as far as it is; once it has ended, with what it found, and the look at that is recorded."""
    return await work.checks.get(actor, project_id, task_id, check_id)
