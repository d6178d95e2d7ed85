"""The shapes of a ranking: items by strength, people by reliability and by what the place on the screen is worth to them."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, Shape
from evenhand.work.shapes.gold import Share


class RankedItem(Shape):
    """What was compared, by name: an option, an input, the model behind a reply.

    strength: in nats of an average annotator's odds, 0 in the middle of all; low, high: its interval at 95 %.
    comparisons: how many it was in.
    """

    name: str
    strength: float
    low: float
    high: float
    comparisons: int


class PlaceBias(Shape):
    """What being shown first is worth, in the unit of strengths: above 0, the first is preferred. preferred: how often it was, of
    comparisons without a tie whose order on the screen is known.
    """

    value: float
    low: float
    high: float
    preferred: Share


class RankingPerson(Shape):
    """One person.

    reliability: how well they tell apart, 1 the average, 0 a coin, below 0 the other way round. first: how often they preferred
    what was shown first; half, if the place is worth nothing.
    """

    pseudonym: str
    name: str | None
    person_id: Id
    reliability: float
    low: float
    high: float
    comparisons: int
    first: Share


class RankedTasks(Shape):
    """A ranking over tasks, strongest first.

    tasks, answers: that were read, the newest 2,000 tasks at most; is_partial: there are more. unnamed: comparisons of replies of
    which no model is named, left out. undefined: why there is no ranking: "not-compared" (the question compares nothing),
    "no-comparisons", "one-item".
    """

    question: str
    tasks: int
    answers: int
    comparisons: int
    unnamed: int
    is_partial: bool
    ties: Share
    items: list[RankedItem]
    place: PlaceBias | None
    has_names: bool
    people: list[RankingPerson]
    undefined: Literal["not-compared", "no-comparisons", "one-item"] | None
