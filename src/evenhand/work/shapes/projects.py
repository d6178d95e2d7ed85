"""Projects with their settings and counts."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, Shape, Time

ProjectState = Literal["active", "paused", "archived", "trashed"]


class Counts(Shape):
    """How far a project is, in tasks; answers, skipped and reports count those events; questions, discussions nobody resolved.

    done: those whose last stage is done. in_review, in_adjudication, rework: those of the open ones that are there.
    """

    tasks: int
    done: int
    open: int
    held: int
    answers: int
    skipped: int
    reports: int
    questions_on_tasks: int
    questions_on_guidelines: int
    in_review: int
    in_adjudication: int
    rework: int


class AdaptiveOpinions(Shape):
    """A task gets as many answers as it needs: `opinions` at least, `most` at most, and none more once the likeliest value of its
    least sure question is as probable as `sure`, or one more answer would tell next to nothing. routed: one more answer is asked,
    for its price, of whom it is worth most to ask, as far as they are at work.
    """

    most: int
    sure: float
    routed: bool


class Workflow(Shape):
    """What follows a task's answers.

    review_rate: the share of labeled tasks, 0 to 1, that a reviewer sees, drawn by lot. adjudicate_below: a task whose least sure
    question is less probable than this goes to an adjudicator; null: none does. feedback: whether authors learn what was decided.
    adaptive: null where every task gets the same number of answers.
    """

    review_rate: float
    adjudicate_below: float | None
    feedback: Literal["shown", "sealed"]
    adaptive: AdaptiveOpinions | None


class Project(Shape):
    """A project with its settings and counts. version: what its ETag says; settings change under If-Match.

    suggestions_hidden: the share of tasks, 0 to 1, that are dealt without their suggestions, to measure their influence.
    counts_manner: whether the workspace counts pastes, time away and edits while an answer is made; counts alone, no content.
    gold_rate, gold_rate_min: the share of gold, 0 to 0.5, among what is dealt to somebody of whom nothing is known yet, and to
    somebody who is known well. It falls with the interval of a person's accuracy.
    """

    id: Id
    name: str
    state: ProjectState
    preset: str | None
    opinions: int
    lease_seconds: int
    submit_on_pick: bool
    open_to: Literal["organization", "assigned"]
    priority: int
    due_at: Time | None
    suggestions_hidden: float
    counts_manner: bool
    gold_rate: float
    gold_rate_min: float
    workflow: Workflow
    ontology_version: int
    guideline_version: int
    created_at: Time
    trashed_until: Time | None
    version: int
    counts: Counts
