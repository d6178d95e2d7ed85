"""Ranking: responses, threads, inputs or options from best to worst; ties are statements, unranked is silence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, problem
from evenhand.ontology.kind import Example, Merged, Shown, Target
from evenhand.ontology.options import changes_of_options
from evenhand.ontology.questions.compared import COMPARED_MAX, Comparing, check_compared, compared, contenders, name_of
from evenhand.ontology.questions.orders import WeakOrder, kemeny, kendall_half, least_share, pairs_of


class Settings(Comparing):
    """What is ranked, and how completely."""

    ties: bool = False
    partial: bool = False
    top: Annotated[int, Field(ge=1, le=COMPARED_MAX)] | None = None


class Value(BaseModel):
    """Groups of equals from best to worst, and what was left without a place."""

    model_config = ConfigDict(extra="forbid", strict=True)

    groups: list[list[str]]
    unranked: list[str] = []


class Ranking(Answering):
    """An order of several."""

    name: ClassVar[str] = "ranking"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value
    targets: ClassVar[frozenset[Target]] = frozenset({Target.TASK, Target.INPUT, Target.PART})

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Something to compare, and one way of leaving things out."""
        problems = check_compared(settings, inputs)
        if settings.partial and settings.top is not None:
            message = "partial and top are two ways of leaving things out."
            problems.append(problem("bad_settings", message, "Keep one of them.", "/top"))
        return problems

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """Everything compared stands in it exactly once; ties and unranked only by leave."""
        groups = value.get("groups") if isinstance(value, dict) else None
        rest = value.get("unranked", []) if isinstance(value, dict) else None
        if not isinstance(value, dict) or not _is_groups(groups) or not _is_names(rest):
            message, remedy = "This is not a ranking.", 'Send {"groups": [["best"], ["next"]], "unranked": []}.'
            return [problem("bad_value", message, remedy)]
        if unknown := value.keys() - {"groups", "unranked"}:
            return [problem("unknown_field", f"A ranking has no field {min(unknown)!r}.", "Remove it.")]
        places = _places(groups, rest)
        problems = self._unknown_or_doubled(places, compared(settings, shown))
        for index, group in enumerate(groups):  # type: ignore[arg-type]
            if not group:
                problems.append(problem("count", "This group is empty.", "Remove it.", f"/groups/{index}"))
            if len(group) > 1 and not settings.ties:  # type: ignore[arg-type]
                message = "Two share a place, and ties are not offered."
                problems.append(problem("count", message, "Put one before the other.", f"/groups/{index}"))
        return problems + self._left_out(settings, groups, rest)

    def _unknown_or_doubled(self, places: Mapping[str, list[str]], names: list[str] | None) -> list[Problem]:
        problems = []
        for name, pointers in places.items():
            if names is not None and name not in names:
                message = f"{name!r} is not among what is compared."
                problems.append(problem("unknown_option", message, "Remove it.", pointers[0], names))
            for pointer in pointers[1:]:
                problems.append(problem("duplicate_answer", f"{name!r} stands twice.", "Name it once.", pointer))
        if missing := [name for name in names or () if name not in places]:
            message = f"{', '.join(missing[:5])} is missing."
            problems.append(problem("missing_answer", message, "Give it a place.", "/groups", names))
        return problems

    def _left_out(self, settings: Any, groups: Any, rest: Any) -> list[Problem]:
        if not rest:
            return []
        if not settings.partial and settings.top is None:
            return [problem("count", "Everything is to be ranked.", "Give each a place.", "/unranked")]
        placed = sum(len(group) for group in groups)
        if settings.top is not None and placed < settings.top:
            message = f"{placed} are ranked, {settings.top} are asked for."
            return [problem("count", message, "Rank more.", "/groups")]
        if settings.top is not None and groups and placed - len(groups[-1]) >= settings.top:
            message = f"More than the first {settings.top} are ranked, but not all."
            return [problem("count", message, "Rank only the first, or all.", "/groups")]
        return []

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """Equals sorted by name; an empty `unranked` dropped."""
        assert isinstance(value, dict)
        groups: Any = value["groups"]
        kept: dict[str, JsonValue] = {"groups": [[*sorted(group)] for group in groups]}
        if rest := value.get("unranked"):
            kept["unranked"] = [*sorted(str(each) for each in rest)]  # type: ignore[union-attr]
        return kept

    def contenders(self, settings: Any, shown: Shown) -> dict[str, str | None]:
        """All that is ranked."""
        return contenders(settings, shown)

    def comparisons(self, settings: Any, value: JsonValue, shown: Shown) -> list[tuple[str, str, bool]]:
        """Every two that have a place; what was left without one is compared with nothing."""
        assert isinstance(value, dict)
        groups: Any = value["groups"]
        placed = [(place, str(name)) for place, group in enumerate(groups) for name in group]
        return [(a, b, at == other) for (at, a), (other, b) in combinations(placed, 2)]

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """K^(1/2) (Fagin et al. 2006) as a share of all pairs."""
        return kendall_half(_order(settings, a), _order(settings, b))

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """Kemeny's order over what at least half of the weight ranks; its probability is that of its weakest link."""
        if not answers:
            return Merged(None, 0.0, 0, 0.0, "kemeny", "insufficient")
        orders, total = [_order(settings, answer) for answer in answers], sum(weights)
        items = sorted({*(item for order in orders for item in (*order.places(), *order.rest))})
        placed = {
            item: sum(w for order, w in zip(orders, weights, strict=True) if item not in order.rest) for item in items
        }
        ranked = [item for item in items if placed[item] >= total / 2 - 1e-12]
        pairs = pairs_of(orders, weights, ranked)
        optima = kemeny(pairs, ranked, ties=settings.ties)
        rest = [item for item in items if item not in ranked]
        values = [_value(groups, rest) for groups in optima]
        silent = min((max(placed[item], total - placed[item]) / total for item in items), default=1.0)
        shares = [min(least_share(pairs, groups), silent) for groups in optima]
        status = "resolved" if len(optima) == 1 else "tied"
        others = tuple(zip(values[1:], shares[1:], strict=True))
        return Merged(values[0], shares[0], len(answers), total, "kemeny", status, others)  # type: ignore[arg-type]

    def summary(self, settings: Any, value: JsonValue) -> str:
        """best > next = its equal (unranked: …)."""
        assert isinstance(value, dict)
        groups: Any = value["groups"]
        rest: Any = value.get("unranked") or []
        line = " > ".join(" = ".join(name_of(settings, name) for name in group) for group in groups)
        left_out = ", ".join(name_of(settings, name) for name in rest)
        return f"{line} (unranked: {left_out})".strip() if left_out else line or "nothing ranked"

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By what is compared and what may be left open."""
        if old.compare != new.compare:
            return [("forbidden", "Something else is compared; that is another question.")]
        changes = changes_of_options(old.options, new.options, "Option")
        if any(kind == "widening" for kind, _ in changes):
            changes.append(("narrowing", "Earlier rankings have no place for the new option."))
        for name, word in (("ties", "Ties"), ("partial", "Partial rankings")):
            if getattr(old, name) != getattr(new, name):
                is_offered = getattr(new, name)
                changes.append(
                    ("widening", f"{word} are offered.") if is_offered else ("narrowing", f"{word} are refused.")
                )
        if old.top != new.top:
            changes.append(("narrowing", "Another number of places is asked for."))
        return changes

    def examples(self) -> Iterable[Example]:
        """Options outside ASCII without ties, and two texts that may be equal."""
        poem = {"inputs": {"text": {"text": "Über allen Gipfeln ist Ruh."}}}
        options = [{"value": name} for name in ("schön", "klar", "kurz", "wahr")]
        text = [{"name": "text", "kind": "text"}]
        first: JsonValue = {"groups": [["klar"], ["schön"], ["wahr"]], "unranked": ["kurz"]}
        other: JsonValue = {"groups": [["wahr"], ["klar"], ["kurz"], ["schön"]]}
        yield Example({"compare": "option", "options": options, "partial": True}, text, poem, None, first, other)
        item = {"inputs": {"a": {"text": "Ruh’ ist überall."}, "b": {"text": "O’er all the hilltops is quiet now."}}}
        two = [{"name": "a", "kind": "text"}, {"name": "b", "kind": "text"}]
        equal: JsonValue = {"groups": [["a", "b"]]}
        yield Example({"compare": "input", "ties": True}, two, item, "task", equal, {"groups": [["b"], ["a"]]})


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= COMPARED_MAX and all(isinstance(each, str) for each in value)


def _is_groups(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= COMPARED_MAX and all(_is_names(each) for each in value)


def _places(groups: Any, rest: Any) -> dict[str, list[str]]:
    """Name -> the pointers where it stands."""
    places: dict[str, list[str]] = {}
    for index, group in enumerate(groups):
        for place, name in enumerate(group):
            places.setdefault(name, []).append(f"/groups/{index}/{place}")
    for place, name in enumerate(rest):
        places.setdefault(name, []).append(f"/unranked/{place}")
    return places


def _order(settings: Any, value: Any) -> WeakOrder:
    groups = tuple(frozenset(group) for group in value["groups"])
    return WeakOrder(groups, frozenset(value.get("unranked") or ()), rest_is_last=settings.top is not None)


def _value(groups: Sequence[frozenset[str]], rest: Sequence[str]) -> JsonValue:
    value: dict[str, JsonValue] = {"groups": [[*sorted(group)] for group in groups]}
    return {**value, "unranked": [*rest]} if rest else value


kind = Ranking()
