"""Rubrics, `open-rubric/0.1`: weighted criteria with anchored levels, and the score that follows from grades. Knows no kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evenhand.ontology.texts import Language, Text

FORMAT = "open-rubric/0.1"
CRITERIA_MAX = 200
DEPTH_MAX = 4
Grades = Mapping[str, int | None]
"""Criterion id -> the level that was given, None where it does not apply (NA); criteria without a grade are absent."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Level(_Part):
    """One step of a criterion. score: 0..1, what it is worth. anchor: what one sees there."""

    level: Annotated[int, Field(ge=0, le=100)]
    score: Annotated[float, Field(ge=0, le=1)]
    anchor: Text | None = None


class Verify(_Part):
    """Who can verify a criterion: a human, a model by a prompt of the rubric, a program by a command (arrays, never shell text)."""

    by: Literal["human", "model", "program"]
    prompt: Annotated[str, Field(max_length=64)] | None = None
    command: Annotated[list[Annotated[str, Field(max_length=4096)]], Field(min_length=1, max_length=100)] | None = None


class Criterion(_Part):
    """One thing to look for: with `levels` it is graded, with `children` it sums them up (rule `tree`).

    weight: > 0; the sign is the polarity's. gate: a positive one at score 0, or a negative one above 0, decides the total.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    text: Text
    weight: Annotated[float, Field(gt=0, le=1_000_000)] = 1.0
    polarity: Literal["positive", "negative"] = "positive"
    gate: bool = False
    tags: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=50)] = []
    levels: Annotated[list[Level], Field(max_length=101)] = []
    children: Annotated[list[Criterion], Field(max_length=CRITERIA_MAX)] = []
    evidence: Literal["none", "optional", "required"] = "optional"
    verify: Verify | None = None

    @model_validator(mode="after")
    def _graded_or_summed(self) -> Criterion:
        if bool(self.levels) == bool(self.children):
            raise ValueError("a criterion has levels, or children that have")
        if len(self.levels) == 1:
            raise ValueError("one level tells nothing: give two or more")
        for lower, higher in pairwise(self.levels):
            if higher.level <= lower.level or higher.score < lower.score:
                raise ValueError("levels rise, and their scores do not fall")
        return self


class Cap(_Part):
    """The most that a total comes to when a gate is shut."""

    cap: Annotated[float, Field(ge=0, le=1)]


class Scoring(_Part):
    """How grades become a total. pass: from which total on a reply passes."""

    rule: Literal["weighted_sum", "all", "any", "tree"] = "weighted_sum"
    clip: Annotated[list[float], Field(min_length=2, max_length=2)] = [0.0, 1.0]
    gate: Literal["zero"] | Cap = "zero"
    pass_: Annotated[float, Field(ge=0, le=1, alias="pass")] = 0.5

    @model_validator(mode="after")
    def _clip_rises(self) -> Scoring:
        if self.clip[0] >= self.clip[1]:
            raise ValueError("clip goes from the lowest total to the highest")
        return self


class Rubric(_Part):
    """A rubric as a document of its own; semantic version: patch is wording, minor adds criteria, major means something else."""

    format: Literal["open-rubric/0.1"] = "open-rubric/0.1"
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
    version: Annotated[str, Field(pattern=r"^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$")] = "1.0.0"
    title: Text | None = None
    language: Language | None = None
    licence: Annotated[str, Field(max_length=256)] | None = None
    criteria: Annotated[list[Criterion], Field(min_length=1, max_length=CRITERIA_MAX)]
    prompts: dict[Annotated[str, Field(max_length=64)], Text] = {}
    scoring: Scoring = Scoring.model_validate({})

    @model_validator(mode="after")
    def _whole(self) -> Rubric:
        ids = [each.id for each in every(self.criteria)]
        if len(set(ids)) < len(ids):
            raise ValueError("each criterion has an id of its own")
        if len(ids) > CRITERIA_MAX or _depth(self.criteria) > DEPTH_MAX:
            raise ValueError(f"a rubric has at most {CRITERIA_MAX} criteria, {DEPTH_MAX} deep")
        if self.scoring.rule != "tree" and len(ids) > len(self.criteria):
            raise ValueError("criteria with children are summed by the rule tree")
        for each in every(self.criteria):
            if each.verify is not None and each.verify.prompt is not None and each.verify.prompt not in self.prompts:
                raise ValueError(f"{each.id} names a prompt that is not among prompts")
        return self

    def numbers(self) -> tuple[int, int, int]:
        """Its version as (major, minor, patch)."""
        major, minor, patch = (int(part) for part in self.version.split("."))
        return major, minor, patch


def every(criteria: list[Criterion]) -> Iterator[Criterion]:
    """Criteria and their children, each before its children."""
    for each in criteria:
        yield each
        yield from every(each.children)


def graded(rubric: Rubric) -> list[Criterion]:
    """The criteria that are graded: those with levels, in the rubric's order."""
    return [each for each in every(rubric.criteria) if each.levels]


def score_of(criterion: Criterion, level: int) -> float:
    """What a level of a criterion is worth, 0..1. Raises KeyError for a level that it has not."""
    return {each.level: each.score for each in criterion.levels}[level]


def total(rubric: Rubric, grades: Grades) -> float | None:
    """The total of grades, by the rubric's rule; None where no positive criterion applies: undefined, not 0.

    weighted_sum: the sum of sign * weight * score over what applies, over the weights of the positive ones. tree: the same within
    each parent, whose total then is its score. all: 1 where every positive criterion has its highest score and every negative one
    0, else 0. any: 1 where some positive criterion has its highest score, else 0. Then `clip`, then a shut gate.
    """
    given = {name: level for name, level in grades.items() if level is not None}
    found = [each for each in graded(rubric) if each.id in given]
    scores = {each.id: score_of(each, given[each.id]) for each in found}
    rule = rubric.scoring.rule
    if rule in ("all", "any"):
        positive = [scores[each.id] >= each.levels[-1].score for each in found if each.polarity == "positive"]
        is_clean = all(scores[each.id] == 0 for each in found if each.polarity == "negative")
        if not positive:
            return None
        sum_ = float(all(positive) and is_clean) if rule == "all" else float(any(positive))
    else:
        weighted = _weighted(rubric.criteria, scores)
        if weighted is None:
            return None
        sum_ = weighted
    low, high = rubric.scoring.clip
    sum_ = min(max(sum_, low), high)
    if any(each.gate and (scores[each.id] == 0) == (each.polarity == "positive") for each in found):
        gate = rubric.scoring.gate
        return min(sum_, gate.cap) if isinstance(gate, Cap) else 0.0
    return sum_


def _weighted(criteria: list[Criterion], scores: Mapping[str, float]) -> float | None:
    reached = possible = 0.0
    for each in criteria:
        score = _weighted(each.children, scores) if each.children else scores.get(each.id)
        if score is None:
            continue
        sign = 1 if each.polarity == "positive" else -1
        reached += sign * each.weight * score
        possible += each.weight if sign > 0 else 0.0
    return reached / possible if possible else None


def _depth(criteria: list[Criterion]) -> int:
    return 1 + max((_depth(each.children) for each in criteria if each.children), default=0)
