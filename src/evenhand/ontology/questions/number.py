"""Number: a finite number within bounds, on its step."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, problem
from evenhand.ontology.kind import Example, Merged, Numeric, Shown, Tolerance, Votes


class Settings(BaseModel):
    """Bounds, step, unit; `scale` is the difference that counts as wholly different."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    min: float | None = None
    max: float | None = None
    step: float | None = Field(default=None, gt=0)
    unit: str | None = Field(default=None, max_length=40)
    slider: bool = False
    scale: float | None = Field(default=None, gt=0)
    tolerance: float = Field(default=0.0, ge=0)

    def difference(self) -> float:
        """The difference that counts as wholly different."""
        if self.scale is not None:
            return self.scale
        assert self.min is not None and self.max is not None
        return self.max - self.min


class Number(Answering):
    """A measured or judged number."""

    name: ClassVar[str] = "number"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = float

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Bounds in order, and something to measure differences by."""
        problems = []
        if settings.min is not None and settings.max is not None and settings.min >= settings.max:
            problems.append(problem("bad_range", "min is not below max.", "Widen the range.", "/max"))
        if settings.scale is None and (settings.min is None or settings.max is None):
            message = "Without min and max it needs scale, the difference that counts as wholly different."
            problems.append(problem("bad_settings", message, "Add scale, or both bounds."))
        if settings.slider and (settings.min is None or settings.max is None):
            problems.append(problem("bad_settings", "A slider needs both bounds.", "Add min and max.", "/slider"))
        return problems

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """A finite number within bounds, on the step to 1e-9."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return [problem("bad_value", "This is not a finite number.", "Type a number.")]
        if (settings.min is not None and value < settings.min) or (settings.max is not None and value > settings.max):
            bounds = [settings.min, settings.max]
            return [problem("out_of_bounds", f"{value} is outside the range.", "Stay within it.", "", bounds)]
        if settings.step is not None:
            steps = (value - (settings.min or 0.0)) / settings.step
            if abs(steps - round(steps)) * settings.step > 1e-9:
                return [problem("bad_precision", f"{value} is between two steps.", f"Use steps of {settings.step}.")]
        return []

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """An integer where it is one; no negative zero."""
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value)
        return value

    def vote(self, settings: Any, value: JsonValue, codebook: Sequence[str], shown: Shown) -> float | None:
        """The number."""
        return float(value) if isinstance(value, int | float) else None

    def encode(self, settings: Any, values: Sequence[JsonValue], codebook: Sequence[str]) -> Votes:
        """The numbers with their scale."""
        return Numeric([float(value) for value in values], settings.difference())  # type: ignore[arg-type]

    def decode(self, settings: Any, code: float, codebook: Sequence[str], shown: Shown) -> JsonValue:
        """The number."""
        return self.canonical(settings, code)

    def near(self, settings: Any, value: JsonValue, tolerance: Tolerance) -> tuple[float, float] | Problem:
        """By an absolute difference or a share of the number; its ends belong to it, whatever binary fractions make of them."""
        if tolerance.unit == "steps":
            return problem("not_allowed", "A number has no levels.", "Say absolute or relative.")
        number = float(value)  # type: ignore[arg-type]
        amount = tolerance.amount * (abs(number) if tolerance.unit == "relative" else 1.0)
        amount += 1e-9 * max(abs(number), amount) if amount else 0.0
        return number - amount, number + amount

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """min(1, (|a - b| / scale))^2 (Krippendorff, interval)."""
        share: float = min(1.0, abs(a - b) / settings.difference())  # type: ignore[operator]
        return share * share

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """The weighted median, between the middle two on the step; probability: weight within the tolerance of it."""
        if not answers:
            return Merged(None, 0.0, 0, 0.0, "median", "insufficient")
        total = sum(weights)
        ordered = sorted((float(a), w) for a, w in zip(answers, weights, strict=True))  # type: ignore[arg-type]
        below, lower, upper = 0.0, None, None
        for number, weight in ordered:
            below += weight
            if lower is None and below >= total / 2 - 1e-12:
                lower = number
            if upper is None and below > total / 2 + 1e-12:
                upper = number
        assert lower is not None
        middle = self._on_step(settings, (lower + (lower if upper is None else upper)) / 2)
        near = sum(weight for number, weight in ordered if abs(number - middle) <= settings.tolerance + 1e-12)
        return Merged(self.canonical(settings, middle), near / total, len(answers), total, "median", "resolved")

    def _on_step(self, settings: Any, number: float) -> float:
        """The nearest number on the step, halves upwards. Between two that are on it, there is one."""
        if settings.step is None:
            return number
        base = settings.min or 0.0
        on_step: float = base + math.floor((number - base) / settings.step + 0.5) * settings.step
        return on_step

    def summary(self, settings: Any, value: JsonValue) -> str:
        """The number and its unit."""
        return f"{value} {settings.unit}" if settings.unit else str(value)

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By bounds and step."""
        if old == new:
            return []
        low, high = -math.inf, math.inf
        was = (low if old.min is None else old.min, high if old.max is None else old.max)
        now = (low if new.min is None else new.min, high if new.max is None else new.max)
        changes = []
        if old.unit != new.unit:
            changes.append(("forbidden", "The unit changed; that is another question."))
        if now[0] > was[0] or now[1] < was[1] or (new.step is not None and new.step != old.step):
            changes.append(("narrowing", "Fewer numbers are allowed."))
        if now[0] < was[0] or now[1] > was[1] or (new.step is None and old.step is not None):
            changes.append(("widening", "More numbers are allowed."))
        return changes or [("cosmetic", "It looks different.")]

    def examples(self) -> Iterable[Example]:
        """A measured length and a slider."""
        item = {"inputs": {"text": {"text": "Länge: 12,5 µm"}}}
        inputs = [{"name": "text", "kind": "text"}]
        yield Example({"scale": 10, "unit": "µm"}, inputs, item, None, 12.5, 3)
        yield Example({"min": 0, "max": 100, "step": 5, "slider": True}, inputs, item, None, 45, 100)


kind = Number()
