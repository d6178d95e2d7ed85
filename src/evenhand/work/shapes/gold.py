"""Gold: tasks whose answer is known, and what people's answers say of it and of them."""

from __future__ import annotations

from typing import Literal, NotRequired

from evenhand.boundary.shapes import Id, Json, JsonObject, Shape, Time


class GoldMade(Shape):
    """The tasks that are gold now."""

    made: int
    ids: list[Id]


class GoldMended(Shape):
    """The version that stands now."""

    version: int


class Share(Shape):
    """A share with its 95 % interval, of so many. value: null where there are none."""

    value: float | None
    low: float
    high: float
    right: int
    total: int


class Instead(Shape):
    """What people most often answered instead of what is known: the value in words, and how many did."""

    question: str
    value: Json
    text: str
    answers: int


class GoldAnswered(Instead):
    """How many gave one answer to a question of a gold task. right: it is the known one, or within its tolerance."""

    right: bool


class Tolerated(Shape):
    """How far an answer may lie from what is known and still be right: one of absolute, relative and steps."""

    question: str
    absolute: NotRequired[float]
    relative: NotRequired[float]
    steps: NotRequired[int]


class GoldTask(Shape):
    """A gold task and how it fares. An answer to it is right when every closed question is.

    expected: the share that would be right if the known answer were: how good those who answered are on other gold. suspect: so
    many fail it that the known answer itself is likely to be wrong (`p_value`, corrected for looking at many; see the reference).
    answered: how answers to its closed questions are spread, the most frequent first, up to 12 a question.
    kind `hidden`: nobody who answers learns of it; `taught`: they are told when they have answered.
    """

    task_id: Id
    kind: Literal["hidden", "taught"]
    state: Literal["active", "retired"]
    version: int
    made_at: Time
    preview: str
    answers: list[JsonObject]
    summary: str
    explanation: str
    tolerances: list[Tolerated]
    right: Share
    expected: float | None
    p_value: float | None
    suspect: bool
    instead: list[Instead]
    answered: list[GoldAnswered]


class GoldQuestion(Shape):
    """How a person answers one question of hidden gold."""

    question: str
    right: Share


class GoldPerson(Shape):
    """A person's accuracy on hidden gold, over tasks and by question. rate: the share of gold they are dealt now."""

    annotator: str
    right: Share
    questions: list[GoldQuestion]
    rate: float
