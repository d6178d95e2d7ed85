"""What has no answer raises: the errors of statistics that are undefined on the votes at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from evenhand.core.errors import PlatformError


@dataclass(eq=False)
class AgreementUndefined(PlatformError):
    """Agreement has no value on these votes.

    reason: "no-pairs" (no task has two votes), "one-value" (every vote is the same, so chance alone explains it), or
        "one-task" (a single task has two votes, so nothing can be said about tasks in general).
    """

    reason: Literal["no-pairs", "one-value", "one-task"]
    code: ClassVar[str] = "agreement-undefined"
    hint: ClassVar[str] = "Collect two answers or more on several tasks that differ from each other."


@dataclass(eq=False)
class ForecastUndefined(PlatformError):
    """The pace so far does not say when the work will be done.

    reason: "no-answers" (nothing was answered yet), "too-short" (less than one full period was seen), or "too-far" (at this
        pace it may take longer than anybody should forecast).
    """

    reason: Literal["no-answers", "too-short", "too-far"]
    code: ClassVar[str] = "forecast-undefined"
    hint: ClassVar[str] = "Wait for more answers; the forecast appears by itself."


@dataclass(eq=False)
class InferenceUndefined(PlatformError):
    """The truth cannot be inferred from what was given.

    reason: "columns" (of different length), "unknown-class" (a code that the question does not have), "not-whole" (a number
        that is not whole or not finite), "not-finite" (an answer that is no finite number), "classes" (none, or too many),
        "unknown-model", "level" (neither nominal, ordinal nor numeric, or one that the model does not have), "gold" (a known
        answer that the question does not have), "prior" (shares that are not positive, or not one a class; a spread that is not
        positive), "engine" (unknown, or not installed).
    where: the place, for a reader: the column, or the row and its value.
    """

    reason: Literal[
        "columns",
        "unknown-class",
        "not-whole",
        "not-finite",
        "classes",
        "unknown-model",
        "level",
        "gold",
        "prior",
        "engine",
    ]
    where: str
    code: ClassVar[str] = "inference-undefined"
    hint: ClassVar[str] = (
        "Give one task number, one annotator number and one code a vote, all whole, with codes from 0 up to the number of "
        "the question's answers less one; of a question about numbers, finite numbers instead of codes."
    )

    def __str__(self) -> str:
        return f"Truth cannot be inferred: {self.reason} ({self.where})."


@dataclass(eq=False)
class RankingUndefined(PlatformError):
    """These comparisons give no ranking.

    reason: "no-votes", "columns" (of different length), "outcome" (neither left, tie nor right), or "itself" (an item against
        itself).
    where: the first place, in words.
    """

    reason: Literal["no-votes", "columns", "outcome", "itself"]
    where: str
    code: ClassVar[str] = "ranking-undefined"
    hint: ClassVar[str] = "Send comparisons of two different items, each with the outcome left, tie or right."

    def __str__(self) -> str:
        return f"These comparisons give no ranking: {self.reason}. {self.where}".strip()


@dataclass(eq=False)
class StructureUndefined(PlatformError):
    """These answers cannot be laid over each other.

    reason: "columns" (of different length), "unknown-class" (a code that the question does not have), "not-finite" (a place
        that is no number), "not-answered" (something marked by somebody who gave the task no answer), "shape" (of another shape
        than its kind has).
    where: the first place, in words.
    """

    reason: Literal["columns", "unknown-class", "not-finite", "not-answered", "shape"]
    where: str
    code: ClassVar[str] = "structure-undefined"
    hint: ClassVar[str] = "Give one task number and one annotator number an answer, and places that are numbers."

    def __str__(self) -> str:
        return f"These answers cannot be laid over each other: {self.reason}. {self.where}".strip()
