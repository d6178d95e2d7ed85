"""Rating: one of ordered levels, each an integer. Ordinal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, problem
from evenhand.ontology.kind import Example, Merged, Ordinal, Shown, Tolerance, Votes
from evenhand.ontology.texts import Text, in_language


class Level(BaseModel):
    """One step of the scale."""

    model_config = ConfigDict(extra="forbid", strict=True)

    value: Annotated[int, Field(ge=-1000, le=1000)]
    text: Text | None = None


class Settings(BaseModel):
    """The levels, listed or counted."""

    model_config = ConfigDict(extra="forbid", strict=True)

    levels: Annotated[list[Level], Field(min_length=2, max_length=101)] | Annotated[int, Field(ge=2, le=101)] = 5
    min: Annotated[int, Field(ge=-1000, le=1000)] = 1
    style: Literal["cells", "stars", "likert"] = "cells"

    @model_validator(mode="after")
    def _ordered(self) -> Settings:
        values = self.values()
        if any(later <= earlier for earlier, later in pairwise(values)):
            raise ValueError("levels rise from the lowest to the highest")
        return self

    def values(self) -> list[int]:
        """The levels' numbers, lowest first."""
        if isinstance(self.levels, int):
            return list(range(self.min, self.min + self.levels))
        return [level.value for level in self.levels]


class Rating(Answering):
    """A level of a scale."""

    name: ClassVar[str] = "rating"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = int

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """The schema says it all."""
        return []

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """A level of the scale."""
        levels = settings.values()
        if isinstance(value, bool) or not isinstance(value, int | float) or value not in levels:
            return [problem("unknown_option", f"{value!r} is no level of this scale.", "Take a level.", "", levels)]
        return []

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """An integer."""
        return int(value) if isinstance(value, int | float) else value

    def vote(self, settings: Any, value: JsonValue, codebook: Sequence[str], shown: Shown) -> float | None:
        """The level's number."""
        return float(value) if isinstance(value, int | float) else None

    def encode(self, settings: Any, values: Sequence[JsonValue], codebook: Sequence[str]) -> Votes:
        """Ranks on the scale."""
        levels = settings.values()
        return Ordinal([levels.index(value) for value in values], len(levels))

    def decode(self, settings: Any, code: float, codebook: Sequence[str], shown: Shown) -> JsonValue:
        """The level."""
        return int(code)

    def near(self, settings: Any, value: JsonValue, tolerance: Tolerance) -> tuple[float, float] | Problem:
        """So many levels to both sides, as far as there are any."""
        if tolerance.unit != "steps" or tolerance.amount != int(tolerance.amount):
            return problem("not_allowed", "Levels of a scale are counted in whole steps.", "Say steps.")
        levels, steps = settings.values(), int(tolerance.amount)
        at = levels.index(value)
        return float(levels[max(0, at - steps)]), float(levels[min(len(levels) - 1, at + steps)])

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """((i - j) / (k - 1))^2 on level ranks (Krippendorff, interval)."""
        levels = settings.values()
        step: float = (levels.index(a) - levels.index(b)) / (len(levels) - 1)
        return step * step

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """The weighted median level; between two levels that halve the weight it is a tie."""
        if not answers:
            return Merged(None, 0.0, 0, 0.0, "median", "insufficient")
        total = sum(weights)
        ordered = sorted(zip(answers, weights, strict=True), key=lambda pair: float(pair[0]))  # type: ignore[arg-type]
        below, lower, upper = 0.0, None, None
        for value, weight in ordered:
            below += weight
            if lower is None and below >= total / 2 - 1e-12:
                lower = value
            if upper is None and below > total / 2 + 1e-12:
                upper = value
        upper = lower if upper is None else upper
        mass = sum(weight for value, weight in ordered if value == lower) / total
        other = () if lower == upper else ((upper, mass),)
        return Merged(lower, mass, len(answers), total, "median", "resolved" if lower == upper else "tied", other)

    def summary(self, settings: Any, value: JsonValue) -> str:
        """The level and its text."""
        if isinstance(settings.levels, list):
            for level in settings.levels:
                if level.value == value and level.text:
                    return f"{value} {in_language(level.text, 'en')}"
        return str(value)

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By which levels there are."""
        before, after = set(old.values()), set(new.values())
        changes = []
        if before - after:
            changes.append(("narrowing", "Levels were removed."))
        if after - before:
            changes.append(("widening", "Levels were added."))
        if not changes and old != new:
            changes.append(("cosmetic", "The scale looks different."))
        return changes

    def examples(self) -> Iterable[Example]:
        """Five plain levels, and named ones."""
        item = {"inputs": {"text": {"text": "Zwölf Boxkämpfer jagen Viktor."}}}
        inputs = [{"name": "text", "kind": "text"}]
        yield Example({"levels": 5}, inputs, item, None, 4, 1)
        named = [{"value": -1, "text": "schlecht"}, {"value": 0, "text": "mäßig"}, {"value": 1, "text": "gut"}]
        yield Example({"levels": named}, inputs, item, None, -1, 1)


kind = Rating()
