"""What most question kinds share: the parts of the contract that a kind without regions, codes or cases need not repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel

from evenhand.core.canonical import JsonValue, canonical_json
from evenhand.core.errors import Problem
from evenhand.ontology.kind import Merged, Part, Shown, Structured, Target, Tolerance, Votes

if TYPE_CHECKING:
    from evenhand.ontology.open_task import Checkable

NOWHERE = Shown(Part("", "task"), {})


class Answering:
    """Defaults of the contract: an answer without regions that statistics compare only by distance."""

    name: ClassVar[str]
    Settings: ClassVar[type[BaseModel]]
    Value: ClassVar[Any] = None
    targets: ClassVar[frozenset[Target]] = frozenset({Target.TASK, Target.INPUT, Target.PART, Target.REGION})
    has_regions: ClassVar[bool] = False
    maps_options: ClassVar[bool] = False
    is_written: ClassVar[bool] = False
    is_checked: ClassVar[bool] = False
    """Whether an answer brings a checker, which is run before the answer can be accepted; see `checkable`."""
    names_regions: ClassVar[bool] = False
    """Whether an answer names regions of earlier questions, as `question:region`; see `renamed`."""
    needs: ClassVar[Literal["text", "pixels", "time", "steps"] | None] = None

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Nothing beyond the schema."""
        return []

    def check_earlier(self, settings: Any, earlier: Mapping[str, Sequence[str]]) -> list[Problem]:
        """Defects of what settings say of earlier questions. earlier: those with regions, by name, and the labels they have."""
        return []

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """Every defect of a value."""
        raise AssertionError(f"{self.name} does not say what it refuses")

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """As given."""
        return value

    def comparisons(self, settings: Any, value: JsonValue, shown: Shown) -> list[tuple[str, str, bool]]:
        """(better, worse, whether they are equal) by name, of kinds that compare what is shown; see `contenders`."""
        return []

    def contenders(self, settings: Any, shown: Shown) -> dict[str, str | None]:
        """name of what is compared -> what it is in every task alike, or None where nothing says so; in canonical order."""
        return {}

    def codebook(self, settings: Any, previous: Sequence[str], inputs: Mapping[str, str]) -> list[str]:
        """Codes are numbers, or there are none."""
        return []

    def vote(self, settings: Any, value: JsonValue, codebook: Sequence[str], shown: Shown) -> float | None:
        """No number stands for it."""
        return None

    def encode(self, settings: Any, values: Sequence[JsonValue], codebook: Sequence[str]) -> Votes:
        """Compared by distance alone."""
        return Structured(values)

    def decode(self, settings: Any, code: float, codebook: Sequence[str], shown: Shown) -> JsonValue:
        """There are no codes to decode."""
        raise ValueError(f"{self.name} has no vote codes")

    def near(self, settings: Any, value: JsonValue, tolerance: Tolerance) -> tuple[float, float] | Problem:
        """Values without an order have none beside them."""
        message = f"Answers to a {self.name} question have no order, so that none lies near another."
        return problem("not_allowed", message, "Leave its tolerance out.")

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """0 on equal canonical values, 1 otherwise (nominal)."""
        return 0.0 if self.canonical(settings, a) == self.canonical(settings, b) else 1.0

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """The medoid: the answer with the least weighted distance to all; ties are reported, never broken by order."""
        return medoid(self, settings, answers, weights, shown)

    def checkable(self, settings: Any, value: JsonValue) -> Checkable | None:
        """What is run to check a valid value, of kinds that are checked."""
        return None

    def labels(self, settings: Any, value: JsonValue) -> Mapping[str, str]:
        """No regions."""
        return {}

    def things(self, settings: Any, values: Sequence[JsonValue], shown: Shown) -> list[dict[str, str]]:
        """Of each answer, region id -> what it marks, by the id that `merge` gives it; of kinds with regions that match them."""
        return [{} for _ in values]

    def renamed(self, value: JsonValue, names: Mapping[str, str]) -> JsonValue:
        """The value with the regions that it names, `question:region`, called as `names` has them. Never raises."""
        return value

    def summary(self, settings: Any, value: JsonValue) -> str:
        """The value itself."""
        return str(value)

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """Any change of settings may refuse an old answer."""
        return [] if old == new else [("narrowing", f"Settings of this {self.name} question changed.")]

    def migrate(self, old: Any, new: Any, value: JsonValue) -> JsonValue | Problem:
        """The value where it still passes, the first defect where not."""
        problems = [each for each in self.check(new, value, NOWHERE) if not each.is_warning]
        return problems[0] if problems else value


def medoid(
    kind: Any, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown, radius: float = 0.0
) -> Merged:
    """The answer nearest to all others; its probability is the weight of the answers within `radius` of it."""
    if not answers:
        return Merged(None, 0.0, 0, 0.0, "medoid", "insufficient")
    total = sum(weights)
    apart = [[kind.distance(settings, a, b, shown) for b in answers] for a in answers]
    costs = [sum(weight * each for weight, each in zip(weights, row, strict=True)) for row in apart]
    best = min(costs)
    winners = [index for index, cost in enumerate(costs) if cost <= best + 1e-12]
    distinct: list[JsonValue] = []
    for index in winners:
        value = kind.canonical(settings, answers[index])
        if value not in distinct:
            distinct.append(value)
    near = [
        sum(weight for weight, each in zip(weights, apart[index], strict=True) if each <= radius) / total
        for index in winners
    ]
    # In an order that does not depend on who answered first.
    distinct.sort(key=canonical_json)
    status = "resolved" if len(distinct) == 1 else "tied"
    alternatives = tuple((value, near[0]) for value in distinct[1:])
    return Merged(distinct[0], near[0], len(answers), total, "medoid", status, alternatives)  # type: ignore[arg-type]


def majority(answers: Sequence[JsonValue], weights: Sequence[float]) -> Merged:
    """The value with the most weight; equal weights are a tie and reported as one."""
    if not answers:
        return Merged(None, 0.0, 0, 0.0, "majority", "insufficient")
    total = sum(weights)
    found: list[tuple[JsonValue, float]] = []
    for answer, weight in zip(answers, weights, strict=True):
        for index, (value, sum_) in enumerate(found):
            if value == answer and isinstance(value, bool) == isinstance(answer, bool):
                found[index] = (value, sum_ + weight)
                break
        else:
            found.append((answer, weight))
    ranked = sorted(
        ((value, weight / total) for value, weight in found),
        key=lambda each: (-round(each[1], 12), canonical_json(each[0])),
    )
    equals = sum(abs(ranked[0][1] - share) < 1e-12 for _, share in ranked)
    return Merged(
        ranked[0][0],
        ranked[0][1],
        len(answers),
        total,
        "majority",
        "tied" if equals > 1 else "resolved",
        tuple(ranked[1:equals] if equals > 1 else ranked[1:4]),
    )


def problem(code: str, message: str, remedy: str, pointer: str = "", allowed: Sequence[Any] | None = None) -> Problem:
    """A defect of a value; what is allowed is listed while it is short."""
    return Problem(
        pointer, code, message, remedy, tuple(allowed) if allowed is not None and len(allowed) <= 20 else None
    )
