"""Projects with their settings, counts and guidelines."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, Shape, Time

ProjectState = Literal["active", "paused", "archived", "trashed"]


class Counts(Shape):
    """How far a project is, in tasks; answers, skipped and reports count those events."""

    tasks: int
    done: int
    open: int
    held: int
    answers: int
    skipped: int
    reports: int


class Project(Shape):
    """A project with its settings and counts. version: what its ETag says; settings change under If-Match.

    suggestions_hidden: the share of tasks, 0 to 1, that are dealt without their suggestions, to measure their influence.
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
    ontology_version: int
    guideline_version: int
    created_at: Time
    trashed_until: Time | None
    version: int
    counts: Counts


class GuidelineVersion(Shape):
    """When a version of the guidelines was written."""

    version: int
    created_at: Time


class Guideline(Shape):
    """Guidelines in Markdown. version: 0 and no text while there are none."""

    version: int
    markdown: str
    created_at: Time | None
    versions: list[GuidelineVersion]


class GuidelineChanged(Shape):
    """The version that now stands."""

    version: int
