"""Multi-choice: any number of the options within bounds; the empty set (where allowed) means looked and found none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, problem
from evenhand.ontology.kind import Example, Merged, Shown
from evenhand.ontology.options import COUNT_MAX, Option, changes_of_options, duplicate_values, text_of


class Settings(BaseModel):
    """The options, and how many of them."""

    model_config = ConfigDict(extra="forbid", strict=True)

    options: Annotated[list[Option], Field(min_length=1, max_length=COUNT_MAX)]
    min: Annotated[int, Field(ge=0)] = 1
    max: Annotated[int, Field(ge=1)] | None = None
    style: Literal["buttons", "list", "search"] = "list"


class MultiChoice(Answering):
    """Any of several."""

    name: ClassVar[str] = "multi_choice"
    Settings: ClassVar[type[BaseModel]] = Settings
    maps_options: ClassVar[bool] = True
    Value: ClassVar[Any] = list[str]

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """No two options alike; bounds that can be met."""
        problems = duplicate_values(settings.options, "/options")
        if settings.max is not None and settings.max < settings.min:
            problems.append(problem("bad_range", "max is below min.", "Raise max or lower min.", "/max"))
        free = sum(not option.exclusive for option in settings.options)
        if settings.min > max(free, 1):
            problems.append(problem("bad_range", "min asks for more than there is.", "Lower min.", "/min"))
        return problems

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """Offered values, none twice, an exclusive one alone, the count within bounds."""
        if not isinstance(value, list):
            return [problem("unknown_option", "This is not a list of options.", "Send a list of values.")]
        offered = {option.value: option for option in settings.options}
        problems = []
        seen: set[str] = set()
        for index, each in enumerate(value):
            if not isinstance(each, str) or each not in offered:
                message, remedy = f"{each!r} is not offered.", "Take some of the options."
                problems.append(problem("unknown_option", message, remedy, f"/{index}", list(offered)))
            elif each in seen:
                problems.append(problem("duplicate_answer", f"{each!r} stands twice.", "Name it once.", f"/{index}"))
            else:
                seen.add(each)
        if len(seen) > 1 and (alone := sorted(each for each in seen if offered[each].exclusive)):
            problems.append(problem("count", f"{alone[0]!r} excludes the others.", "Take it alone, or leave it out."))
        if len(value) < settings.min and not problems:
            problems.append(problem("count", f"At least {settings.min} are wanted.", "Choose more."))
        if settings.max is not None and len(value) > settings.max:
            problems.append(problem("count", f"At most {settings.max} are allowed.", "Choose fewer."))
        return problems

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """In the order of the options."""
        order = {option.value: index for index, option in enumerate(settings.options)}
        chosen = [str(each) for each in value] if isinstance(value, list) else []
        return [*sorted(chosen, key=lambda each: order.get(each, len(order)))]

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """MASI (Passonneau 2006): 1 - Jaccard x monotonicity (1, 2/3, 1/3, 0)."""
        return masi(_set(a), _set(b))

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """Each option by its own majority, or the likeliest set that the settings allow; probability: the product over options.

        Half for and half against an option is a tie, and so are two sets that are equally likely.
        """
        if not answers:
            return Merged(None, 0.0, 0, 0.0, "per-option majority", "insufficient")
        total = sum(weights)
        share = {
            option.value: sum(w for answer, w in zip(answers, weights, strict=True) if option.value in _set(answer))
            / total
            for option in settings.options
        }
        ranked = sorted(
            (
                (math.prod(share[o] if o in chosen else 1 - share[o] for o in share), chosen)
                for chosen in _allowed(settings, share)
            ),
            key=lambda each: -round(each[0], 12),
        )
        probability, best = ranked[0]
        rivals = [(chosen, each) for each, chosen in ranked[1:4] if each > probability - 1e-12]
        is_tied = bool(rivals) or any(abs(each - 0.5) < 1e-12 for each in share.values())
        status: Literal["tied", "resolved"] = "tied" if is_tied else "resolved"
        others = tuple((self.canonical(settings, [*chosen]), each) for chosen, each in rivals)
        value = self.canonical(settings, [*best])
        return Merged(value, probability, len(answers), total, "per-option majority", status, others)

    def summary(self, settings: Any, value: JsonValue) -> str:
        """The options' texts."""
        chosen = [text_of(settings.options, str(each)) for each in value] if isinstance(value, list) else []
        return ", ".join(chosen) or "none"

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By what happened to options and bounds."""
        changes = changes_of_options(old.options, new.options, "Option")
        if new.min > old.min or (new.max or COUNT_MAX) < (old.max or COUNT_MAX):
            changes.append(("narrowing", "Fewer numbers of options are allowed."))
        if new.min < old.min or (new.max or COUNT_MAX) > (old.max or COUNT_MAX):
            changes.append(("widening", "More numbers of options are allowed."))
        return changes

    def examples(self) -> Iterable[Example]:
        """Topics with none allowed, and an exclusive option."""
        item = {"inputs": {"text": {"text": "I was charged twice for the café visit."}}}
        inputs = [{"name": "text", "kind": "text"}]
        topics = [{"value": "billing"}, {"value": "bug"}, {"value": "other"}]
        yield Example({"options": topics, "min": 0}, inputs, item, None, ["billing"], [])
        kinds = [{"value": "größe"}, {"value": "farbe"}, {"value": "keine", "exclusive": True}]
        yield Example({"options": kinds}, inputs, item, None, ["größe", "farbe"], ["keine"])


def _allowed(settings: Any, share: Mapping[str, float]) -> list[frozenset[str]]:
    """The likeliest set of each kind that the settings allow: of free options, and each exclusive one alone."""
    free = [option.value for option in settings.options if not option.exclusive]
    surest = sorted(free, key=lambda value: -share[value])
    wanted = sum(share[value] > 0.5 for value in free)
    count = max(min(wanted, settings.max or len(free)), min(settings.min, len(free)))
    sets = [frozenset(surest[:count])] if count or settings.min == 0 else []
    return sets + [frozenset({option.value}) for option in settings.options if option.exclusive and settings.min <= 1]


def masi(a: frozenset[str], b: frozenset[str]) -> float:
    """1 - Jaccard(a, b) x m, where m is 1 for equal sets, 2/3 for a subset, 1/3 for an overlap, 0 for disjoint sets."""
    if a == b:
        return 0.0
    both = len(a & b)
    if both == 0:
        return 1.0
    monotonicity = 2 / 3 if a <= b or b <= a else 1 / 3
    return 1.0 - both / len(a | b) * monotonicity


def _set(value: JsonValue) -> frozenset[str]:
    return frozenset(str(each) for each in value) if isinstance(value, list) else frozenset()


kind = MultiChoice()
