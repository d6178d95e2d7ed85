"""What came of a review or an adjudication."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, JsonObject, Shape, Time
from evenhand.work.shapes.queue import Claim
from evenhand.work.shapes.stages import Place, Stage, VerdictReason, VerdictWord


class Decided(Shape):
    """Where the task is now, and the next claim where it was asked for. `repeated`: this key came before.

    annotation_id: the answer that stands for the task from here on; null unless it was fixed or decided.
    """

    status: Literal["ok", "repeated"]
    outcome: Place
    annotation_id: Id | None
    next: Claim | None


class TakenBack(Shape):
    """A verdict that was taken back: you hold its task again, at the same stage, until then. Claim tells what is in it anew."""

    task_id: Id
    stage: Literal["review", "adjudicate"]
    lease_until: Time


class Feedback(Shape):
    """What was decided on one of your own answers. decided_answers: what stands instead; null where yours does, or may.

    note: of whoever decided. summary, decided_summary: the answers in a line.
    """

    id: Id
    project_id: Id
    task_id: Id
    annotation_id: Id
    stage: Stage
    verdict: VerdictWord
    reason: VerdictReason | None
    note: str | None
    answers: list[JsonObject]
    summary: str
    decided_answers: list[JsonObject] | None
    decided_summary: str | None
    at: Time
