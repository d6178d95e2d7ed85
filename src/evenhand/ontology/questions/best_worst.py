"""Best and worst: of three to eight, the one that is best and the one that is worst (maximum difference scaling)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, problem
from evenhand.ontology.kind import Example, Merged, Shown, Target
from evenhand.ontology.options import changes_of_options
from evenhand.ontology.questions.compared import Comparing, check_compared, compared, contenders, name_of

SIZE_MIN, SIZE_MAX = 3, 8
_ENDS = ("best", "worst")
_CLOSE = 1e-12


class Settings(Comparing):
    """What is compared. size: how many at once, 3..8; None takes as many as the target has, within those bounds."""

    size: Annotated[int, Field(ge=SIZE_MIN, le=SIZE_MAX)] | None = None


class Value(BaseModel):
    """The names of the two ends; those between them stay unordered."""

    model_config = ConfigDict(extra="forbid", strict=True)

    best: str
    worst: str


class BestWorst(Answering):
    """Two ends of a set. After Louviere, Flynn, Marley, 2015, "Best-Worst Scaling", doi:10.1017/CBO9781107337855."""

    name: ClassVar[str] = "best_worst"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value
    targets: ClassVar[frozenset[Target]] = frozenset({Target.TASK, Target.INPUT, Target.PART})

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Three to eight to compare, and as many as `size` says, wherever the ontology knows how many there are."""
        problems = check_compared(settings, inputs)
        given = {"option": len(settings.options), "input": len(settings.inputs or inputs)}.get(settings.compare)
        if problems or given is None or _fits(settings, given):
            return problems
        at = "/options" if settings.compare == "option" else "/inputs" if settings.inputs else "/compare"
        message = f"{given} are compared, and {_asked_for(settings)}."
        return [problem("bad_settings", message, "Name more or fewer, or change size.", at)]

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """Two different ones of those that are compared, of which there are as many as asked for."""
        if not isinstance(value, dict):
            return [problem("bad_value", "This names no best and worst.", 'Send {"best": …, "worst": …}.')]
        if unknown := value.keys() - set(_ENDS):
            at = f"/{min(unknown)}" if "/" not in min(unknown) and "~" not in min(unknown) else ""
            return [problem("unknown_field", "An answer like this has no such field.", "Remove it.", at)]
        names = compared(settings, shown)
        if names is not None and not _fits(settings, len(names)):
            message = f"There are {len(names)} to compare here, and {_asked_for(settings)}."
            return [problem("bad_target", message, "Ask it where there are as many; skip this task.")]
        problems = []
        for end in _ENDS:
            if end not in value:
                message, remedy = f"The {end} is missing.", "Name it."
                problems.append(problem("missing_answer", message, remedy, f"/{end}", names))
            elif not isinstance(value[end], str) or (names is not None and value[end] not in names):
                message = f"{value[end]!r} is not among what is compared."
                problems.append(problem("unknown_option", message, "Name one of them.", f"/{end}", names))
        if not problems and value["best"] == value["worst"]:
            message = "One cannot be the best and the worst."
            problems.append(problem("duplicate_answer", message, "Name another as the worst.", "/worst", names))
        return problems

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """The two ends."""
        assert isinstance(value, dict)
        return {end: value[end] for end in _ENDS if end in value}

    def contenders(self, settings: Any, shown: Shown) -> dict[str, str | None]:
        """All that is compared."""
        return contenders(settings, shown)

    def comparisons(self, settings: Any, value: JsonValue, shown: Shown) -> list[tuple[str, str, bool]]:
        """The best over each other one, and each other one over the worst: 2n - 3 pairs of n; the rest stays open."""
        assert isinstance(value, dict)
        names = compared(settings, shown) or []
        best, worst = str(value["best"]), str(value["worst"])
        if best not in names or worst not in names:
            return []
        between = [name for name in names if name not in (best, worst)]
        return [
            (best, worst, False),
            *((best, name, False) for name in between),
            *((name, worst, False) for name in between),
        ]

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """Half for another best, half for another worst (nominal each)."""
        assert isinstance(a, dict)
        assert isinstance(b, dict)
        return sum(a[end] != b[end] for end in _ENDS) / 2

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """The two different ones with the greatest P(best) P(worst), each P the share of the weight that names it so."""
        if not answers:
            return Merged(None, 0.0, 0, 0.0, "counts", "insufficient")
        total = sum(weights)
        shares: dict[str, dict[str, float]] = {end: {} for end in _ENDS}
        for answer, weight in zip(answers, weights, strict=True):
            assert isinstance(answer, dict)
            for end in _ENDS:
                name = str(answer[end])
                shares[end][name] = shares[end].get(name, 0.0) + weight / total
        ranked = sorted(
            (
                (high * low, best, worst)
                for best, high in shares["best"].items()
                for worst, low in shares["worst"].items()
                if best != worst
            ),
            key=lambda each: (-round(each[0], 12), each[1], each[2]),
        )
        found: list[tuple[JsonValue, float]] = [({"best": best, "worst": worst}, p) for p, best, worst in ranked]
        equals = sum(ranked[0][0] - each[0] < _CLOSE for each in ranked)
        status: Literal["tied", "resolved"] = "tied" if equals > 1 else "resolved"
        others = tuple(found[1:equals] if equals > 1 else found[1:4])
        return Merged(found[0][0], found[0][1], len(answers), total, "counts", status, others)

    def summary(self, settings: Any, value: JsonValue) -> str:
        """Both ends."""
        assert isinstance(value, dict)
        best, worst = (name_of(settings, str(value[end]))[:200] for end in _ENDS)
        return f"best {best}, worst {worst}"

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By what is compared: the best of other ones is another answer."""
        if old.compare != new.compare or sorted(old.inputs) != sorted(new.inputs):
            return [("forbidden", "Something else is compared; that is another question.")]
        if {each.value for each in old.options} != {each.value for each in new.options}:
            return [("forbidden", "Other options are compared; that is another question.")]
        if old.size != new.size:
            return [("narrowing", "Another number is compared at once.")]
        if changes := changes_of_options(old.options, new.options, "Option"):
            return changes
        return [("cosmetic", "It looks different.")] if old != new else []

    def examples(self) -> Iterable[Example]:
        """Options outside ASCII, and the replies of a turn."""
        poem = {"inputs": {"text": {"text": "Über allen Gipfeln ist Ruh."}}}
        options = [{"value": name} for name in ("schön", "klar", "kurz", "wahr")]
        text = [{"name": "text", "kind": "text"}]
        first: JsonValue = {"best": "klar", "worst": "kurz"}
        other: JsonValue = {"best": "klar", "worst": "schön"}
        yield Example({"compare": "option", "options": options, "size": 4}, text, poem, None, first, other)
        replies = ["Dry, 20 °C.", "No.", "It may rain."]
        chat = {"inputs": {"chat": {"prompt": "Rain in Jinan (济南)?", "responses": replies}}}
        target = {"each": "turn", "of": "chat"}
        kept: JsonValue = {"best": "r1", "worst": "r2"}
        turned: JsonValue = {"best": "r2", "worst": "r1"}
        yield Example({"compare": "response"}, [{"name": "chat", "kind": "chat"}], chat, target, kept, turned)


def _fits(settings: Any, count: int) -> bool:
    return count == settings.size if settings.size is not None else SIZE_MIN <= count <= SIZE_MAX


def _asked_for(settings: Any) -> str:
    if settings.size is not None:
        return f"{settings.size} are asked for"
    return f"{SIZE_MIN} to {SIZE_MAX} can be"


kind = BestWorst()
