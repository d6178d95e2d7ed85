"""The shapes that insight answers with: a project's progress."""

from __future__ import annotations

from typing import NotRequired

from evenhand.boundary.shapes import Json, Shape, Time
from evenhand.work.shapes.projects import Counts


class PaceHour(Shape):
    """One hour of the last fortnight in which something was answered."""

    at: Time
    answers: int
    done: int


class Forecast(Shape):
    """When the open tasks will be done at this pace, with the interval of that guess at `confidence`."""

    at: Time
    low: Time
    high: Time
    confidence: float
    remaining: int


class AnnotatorPace(Shape):
    """One annotator's counts. active_ms_mean: active milliseconds an answer."""

    pseudonym: str
    answers: int
    skipped: int
    active_ms_mean: int | None
    last_at: Time


class QuestionAgreement(Shape):
    """Agreement on one question: a named coefficient with its bootstrap interval and its counts, or why it is undefined."""

    question: str
    text: str
    coefficient: NotRequired[str]
    level: NotRequired[str]
    value: NotRequired[float]
    low: NotRequired[float]
    high: NotRequired[float]
    tasks: NotRequired[int]
    votes: int
    undefined: NotRequired[str]


class LabelShare(Shape):
    """How often one class is the label. Where the votes alone are counted, a tie counts as its fractions."""

    value: Json
    text: str
    count: float
    share: float


class LabelsMadeBy(Shape):
    """How many labels were made by what: a review, an adjudication, a model (by decision or as its fit stands), the votes."""

    review: int
    adjudication: int
    model: int
    votes: int


class QuestionLabels(Shape):
    """The labels of one question, by class. made_by: what stands, gold left out; null where the votes alone are counted.

    That is before the first fit, and for all who may not manage tasks. labels: how many tasks have one, ties among them.
    ties: those whose answers tie, which are no class.
    """

    question: str
    text: str
    classes: list[LabelShare]
    labels: int
    ties: int
    made_by: LabelsMadeBy | None


class Statistics(Shape):
    """Agreement and consensus shares, question by question."""

    agreement: list[QuestionAgreement]
    labels: list[QuestionLabels]


class SuggestionUse(Shape):
    """What became of suggestions: numbers of standing answers to questions that a suggestion spoke about.

    unchanged, edited: accepted and left as it is, or then changed. by_hand: given without accepting one; by_hand_same of them say
    what a suggestion said. hidden: given while suggestions were hidden; hidden_same of them say the same, uninfluenced.
    """

    unchanged: int
    edited: int
    by_hand: int
    by_hand_same: int
    hidden: int
    hidden_same: int


class Progress(Statistics):
    """All that the progress page shows. forecast: null where it cannot be told."""

    suggestions: SuggestionUse

    counts: Counts
    pace: list[PaceHour]
    forecast: Forecast | None
    annotators: list[AnnotatorPace]
