"""The HTTP face of gold: made, mended, taken back; and of the flaws that are planted in it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, model_validator

from evenhand.boundary.once import IdempotencyKey, id_under
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Body, SentId, Whole, example
from evenhand.core.errors import Malformed, Problem
from evenhand.work.dependencies import GoldManager, Work
from evenhand.work.gold import AMOUNT_MAX, EXPLANATION_MAX, UNITS, Known
from evenhand.work.shapes.flaws import FlawPlanted
from evenhand.work.shapes.gold import GoldMade, GoldMended
from evenhand.work.shapes.stages import VerdictReason

router = APIRouter(prefix="/api/v1", route_class=StrictRoute)
_ANSWERS = [{"question": "tone", "value": "angry"}]
_TASK = "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11"
Explanation = Annotated[str, Field(max_length=EXPLANATION_MAX)]
GoldKind = Literal["hidden", "taught"]


class GoldTolerance(Body):
    """How far an answer may lie from what is right and still be right, by one of three measures.

    absolute: in the question's own unit, of a number. relative: as a share of the known number. steps: levels of a rating.
    """

    question: Annotated[str, Field(max_length=200)]
    absolute: Annotated[float, Field(ge=0, le=AMOUNT_MAX)] | None = None
    relative: Annotated[float, Field(ge=0, le=AMOUNT_MAX)] | None = None
    steps: Annotated[int, Field(ge=0, le=100), Whole] | None = None

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if sum(getattr(self, unit) is not None for unit in UNITS) != 1:
            raise ValueError("a tolerance has one of absolute, relative and steps")
        return self


Tolerances = Annotated[list[GoldTolerance], Field(max_length=200)]


class KnownTask(Body):
    """What is right for a task, and why. kind: `hidden` from those who answer it, or `taught` to them once they have.

    tolerances: of numbers and ratings, where an answer near what is right is right too.
    """

    task_id: SentId
    kind: GoldKind = "hidden"
    answers: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1000)]
    explanation: Explanation = ""
    tolerances: Tolerances = Field(default_factory=list)


class NewGold(Body):
    """Tasks that are to be gold."""

    model_config = example(
        {"gold": [{"task_id": _TASK, "kind": "taught", "answers": _ANSWERS, "explanation": "Caps."}]}
    )

    gold: Annotated[list[KnownTask], Field(min_length=1, max_length=500)]


class GoldChanges(Body):
    """What to say anew; what is left out stays. version: the one that was read."""

    model_config = example({"version": 1, "explanation": "It is in capitals.", "kind": "taught"})

    version: Annotated[int, Field(ge=1, le=2**31 - 1), Whole]
    kind: GoldKind | None = None
    answers: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1000)] | None = None
    explanation: Explanation | None = None
    tolerances: Tolerances | None = None


class NewFlaw(Body):
    """An answer to a gold task that is wrong. reason: the one that a reviewer should give, if one is right."""

    model_config = example({"answers": [{"question": "tone", "value": "kind"}], "reason": "guideline-misread"})

    answers: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1000)]
    reason: VerdictReason | None = None


@router.post("/projects/{project_id}/gold", tags=["gold"], operation_id="make_gold", status_code=201)
async def make_gold(
    project_id: UUID, body: NewGold, actor: GoldManager, work: Work, idempotency_key: IdempotencyKey = None
) -> GoldMade:
    """Make gold of tasks that nobody was dealt yet, or that are done: all of them or none."""
    known = [(UUID(str(each.task_id)), _known(each)) for each in body.gold]
    made = await work.gold.make(actor, project_id, known, id_under(actor, idempotency_key, f"gold of {project_id}"))
    return {"made": len(made), "ids": [str(each) for each in made]}


def _known(task: KnownTask) -> Known:
    tolerances = [each.model_dump(exclude_none=True) for each in task.tolerances]
    return Known(task.kind, task.answers, task.explanation, tolerances)


@router.patch("/projects/{project_id}/gold/{task_id}", tags=["gold"], operation_id="mend_gold")
async def mend_gold(project_id: UUID, task_id: UUID, body: GoldChanges, actor: GoldManager, work: Work) -> GoldMended:
    """Mend gold: what is right, why, or whether it is told. Every score follows."""
    changes = body.model_dump(exclude_unset=True)
    if body.tolerances is not None:
        changes["tolerances"] = [each.model_dump(exclude_none=True) for each in body.tolerances]
    version = changes.pop("version")
    for name, each in changes.items():
        if each is None:
            raise Malformed([Problem(f"/{name}", "bad_value", f"{name} cannot be null.", "Leave it out to keep it.")])
    return {"version": await work.gold.mend(actor, project_id, task_id, changes, version)}


@router.delete("/projects/{project_id}/gold/{task_id}", tags=["gold"], operation_id="retire_gold", status_code=204)
async def retire_gold(project_id: UUID, task_id: UUID, actor: GoldManager, work: Work) -> None:
    """Take gold back: it leaves every score, and a task that was not done goes back to the queue."""
    await work.gold.retire(actor, project_id, task_id)


@router.post("/projects/{project_id}/gold/{task_id}/flaw", tags=["gold"], operation_id="plant_flaw", status_code=201)
async def plant_flaw(
    project_id: UUID,
    task_id: UUID,
    body: NewFlaw,
    actor: GoldManager,
    work: Work,
    idempotency_key: IdempotencyKey = None,
) -> FlawPlanted:
    """Plant a flawed answer in a gold task: reviewers are dealt it as if it were work, and should not accept it."""
    key = id_under(actor, idempotency_key, f"flaw of {project_id} {task_id}")
    await work.flaws.plant(actor, project_id, task_id, body.answers, body.reason, key)
    return {"task_id": str(task_id)}


@router.delete("/projects/{project_id}/gold/{task_id}/flaw", tags=["gold"], operation_id="remove_flaw", status_code=204)
async def remove_flaw(project_id: UUID, task_id: UUID, actor: GoldManager, work: Work) -> None:
    """Take a planted flaw out again, while no reviewer was dealt it."""
    await work.flaws.remove(actor, project_id, task_id)
