"""The shapes of what marked regions tell of people: misses, false alarms, and where their edges lie."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, Shape


class Estimated(Shape):
    """A figure with its interval at 95 %."""

    value: float
    low: float
    high: float


class EdgeOffset(Shape):
    """Where somebody places one edge. offset: from where the crowd has it, above 0 further right, down or on. spread: how far
    single marks of theirs lie from that; 63 of 100 lie within it.
    """

    edge: Literal["start", "end", "left", "top", "right", "bottom"]
    offset: Estimated
    spread: Estimated


class RegionPerson(Shape):
    """One person.

    answers: of theirs, to tasks that somebody else answered too, and regions: that they marked in them. things: how many there were
    to mark, in expectation. missed: the share of these that they do not mark. alarms: regions an answer of what is not there.
    placed: regions of theirs that others marked too; edges: what these tell, [] where there are none.
    """

    pseudonym: str
    name: str | None
    person_id: Id
    answers: int
    regions: int
    things: float
    missed: Estimated
    alarms: Estimated
    placed: int
    edges: list[EdgeOffset]


class RegionsQuality(Shape):
    """What regions tell of people, those who miss least first.

    tasks: that were read, the newest 2,000 at most; is_partial: there are more. compared: of them, those with two answers or more;
    answers, regions: to and in those. unseen: things a task that nobody marked, in expectation. edge_unit: of offsets and spreads.
    undefined: why nothing is told: "no-regions" (the question marks none), "no-overlap" (no task has two answers).
    """

    question: str
    tasks: int
    is_partial: bool
    compared: int
    answers: int
    regions: int
    unseen: float
    edge_unit: Literal["characters", "pixels"] | None
    has_names: bool
    people: list[RegionPerson]
    undefined: Literal["no-regions", "no-overlap"] | None
