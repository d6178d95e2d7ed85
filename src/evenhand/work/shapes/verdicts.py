"""What came of a review or an adjudication."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, JsonObject, Shape, Time
from evenhand.work.shapes.queue import Claim, VisibleItem
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


class LabelOrigin(Shape):
    """What the label of a task that is done was made by.

    by: a reviewer or an adjudicator who gave it, the agreement of the answers (what they say together), or a model.
    answers: how many people had answered by then. probability: of a model, of its least sure question, 0..1; null of the others.
    """

    by: Literal["review", "adjudication", "agreement", "model"]
    answers: int
    probability: float | None


class Feedback(Shape):
    """What was decided on one of your own answers. decided_answers: what stands instead; null where yours does, or may.

    note: of whoever decided. summary, decided_summary: the answers in a line. origin: of the label; null while a task is not done.
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
    origin: LabelOrigin | None
    at: Time


class DecidedOnMine(Shape):
    """The last verdict on an answer of yours: why, and what stands instead; answers is null where yours does, or may.

    ontology_version: of those answers. origin: as in `Feedback`.
    """

    stage: Stage
    verdict: VerdictWord
    reason: VerdictReason | None
    note: str | None
    answers: list[JsonObject] | None
    summary: str | None
    ontology_version: int | None
    origin: LabelOrigin | None
    at: Time


class AnsweredTask(Shape):
    """A task as you answered it, to be read: what it showed, your answer, and what was decided on it.

    version: of your answer, from 1. seed: what display orders were drawn from. decided: null where nobody judged it, and where the
    project keeps it sealed. grant_id: the record of this look.
    """

    task_id: Id
    project_id: Id
    annotation_id: Id
    item: VisibleItem
    ontology_version: int
    guideline_version: int
    seed: str
    answers: list[JsonObject]
    summary: str
    version: int
    submitted_at: Time
    decided: DecidedOnMine | None
    grant_id: str
