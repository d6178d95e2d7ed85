"""Relation: what one marked region is to another, labeled; from one to the other, or between both alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, problem
from evenhand.ontology.kind import Example, Merged, Shown, Target
from evenhand.ontology.options import Option, changes_of_options, duplicate_values, text_of
from evenhand.ontology.questions.regions import RegionId, mode, with_ids
from evenhand.ontology.questions.related import END, Paths, Triple, check_beside, check_one, relations_of, triple_of

RELATION_COUNT_MAX = 10_000
LABEL_COUNT_MAX = 1_000
_CLOSE = 1e-9
Ends = Annotated[list[str], Field(max_length=LABEL_COUNT_MAX)]


class RelationLabel(Option):
    """What regions may be to each other. from, to: labels that its ends may have, [] any; directed: whether from and to differ."""

    from_: Annotated[Ends, Field(alias="from", default_factory=list)]
    to: Annotated[Ends, Field(default_factory=list)]
    directed: bool = True


class Settings(BaseModel):
    """Labels; over: earlier questions whose regions may be ends, [] all; which relations may not stand together; how many.

    self: a region may be related to itself. acyclic: those with a direction lead back nowhere. tree: besides, nothing has two
    heads: each region is the `to` of one relation at most.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    labels: Annotated[list[RelationLabel], Field(min_length=1, max_length=LABEL_COUNT_MAX)]
    over: Annotated[list[str], Field(max_length=200)] = []
    self_: Annotated[bool, Field(alias="self")] = False
    acyclic: bool = False
    tree: bool = False
    min: Annotated[int, Field(ge=0, le=RELATION_COUNT_MAX)] = 0
    max: Annotated[int, Field(ge=1, le=RELATION_COUNT_MAX)] | None = None

    def label(self, value: str) -> RelationLabel | None:
        """A label by its value."""
        return next((label for label in self.labels if label.value == value), None)


class OneRelation(BaseModel):
    """One relation. from, to: regions as `question:region`."""

    model_config = ConfigDict(extra="forbid")

    id: RegionId
    label: str
    from_: Annotated[str, Field(alias="from", pattern=END.pattern)]
    to: Annotated[str, Field(pattern=END.pattern)]


class Value(BaseModel):
    """A set of relations."""

    model_config = ConfigDict(extra="forbid")

    relations: list[OneRelation]


class Relation(Answering):
    """Relations between regions of earlier questions."""

    name: ClassVar[str] = "relation"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value
    targets: ClassVar[frozenset[Target]] = frozenset({Target.TASK})
    names_regions: ClassVar[bool] = True

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Labels differ, bounds can be met, what has no direction has no head."""
        problems = duplicate_values(settings.labels, "/labels")
        if settings.max is not None and settings.max < settings.min:
            problems.append(problem("bad_range", "max is below min.", "Raise max or lower min.", "/max"))
        for index, label in enumerate(settings.labels):
            if settings.tree and not label.directed:
                message = f"{label.value!r} has no direction, so that none of its ends is the head of the other."
                remedy = "Give it one, or leave tree out."
                problems.append(problem("bad_settings", message, remedy, f"/labels/{index}/directed"))
        return problems

    def check_earlier(self, settings: Any, earlier: Mapping[str, Sequence[str]]) -> list[Problem]:
        """What it is over stands before it and has regions; the labels that ends may have are labels there."""
        if not earlier:
            message = "There is no earlier question with regions to relate."
            at = "/over" if settings.over else ""
            return [problem("bad_settings", message, "Put a question that marks something before it.", at)]
        problems: list[Problem] = []
        for index, name in enumerate(settings.over):
            if name not in earlier:
                message = f"{name!r} is no earlier question with regions."
                problems.append(problem("bad_settings", message, "Name one.", f"/over/{index}", sorted(earlier)))
            elif name in settings.over[:index]:
                message = f"{name!r} stands twice."
                problems.append(problem("duplicate_value", message, "Name it once.", f"/over/{index}"))
        if problems:
            return problems
        known = {label for name in settings.over or earlier for label in earlier.get(name, ())}
        for index, label in enumerate(settings.labels):
            for side, wanted in (("from", label.from_), ("to", label.to)):
                for place, value in enumerate(wanted):
                    if value not in known:
                        at = f"/labels/{index}/{side}/{place}"
                        message = f"No region that it is over has the label {value!r}."
                        problems.append(problem("unknown_label", message, "Take one of theirs.", at, sorted(known)))
        return problems

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """Every relation's id, label and ends; no relation twice; how they lie together; how many there are."""
        relations = value.get("relations") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(relations, list):
            return [problem("bad_value", "This is not a list of relations.", 'Send {"relations": []}.')]
        if unknown := value.keys() - {"relations"}:
            return [problem("unknown_field", f"There is no field {min(unknown)!r}.", "Send relations alone.")]
        if len(relations) > RELATION_COUNT_MAX:
            message = f"There are more than {RELATION_COUNT_MAX} relations."
            return [problem("limit", message, "Split the task.", "/relations")]
        problems: list[Problem] = []
        ids, said = set[str](), set[Triple]()
        paths = Paths()
        for index, relation in enumerate(relations):
            found = [*check_one(settings, relation, ids, shown)]
            if not found:
                found = [*check_beside(settings, triple_of(settings, relation), said, paths)]  # type: ignore[arg-type]
            problems.extend(each.under(f"/relations/{index}") for each in found)
        if len(relations) < settings.min:
            problems.append(problem("count", f"At least {settings.min} are wanted.", "Relate more.", "/relations"))
        if settings.max is not None and len(relations) > settings.max:
            problems.append(problem("count", f"At most {settings.max} are allowed.", "Remove some.", "/relations"))
        return problems

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """Relations by id; ends without a direction in the order of their names."""
        spelled: list[JsonValue] = []
        for relation in sorted(relations_of(value), key=lambda each: str(each["id"])):
            start, label, end = triple_of(settings, relation)
            spelled.append({"id": relation["id"], "label": label, "from": start, "to": end})
        return {"relations": spelled}

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """1 - F1 of what both say, by label and ends; ids do not count; two empty sets agree."""
        ours, theirs = _said(settings, a), _said(settings, b)
        if not ours and not theirs:
            return 0.0
        return 1.0 - 2 * len(ours & theirs) / (len(ours) + len(theirs))

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """What at least half of the weight says, surest first, as far as it may stand together.

        Probability: the product of the existence of what is kept, and of the absence of what too few say. What exactly half of the
        weight says is kept, and the answer is then tied; the alternative is the answer without it.
        """
        if not answers:
            return Merged(None, 0.0, 0, 0.0, "cluster", "insufficient")
        total = sum(weights)
        mass: dict[Triple, float] = {}
        ids: dict[Triple, list[tuple[str, float]]] = {}
        for answer, weight in zip(answers, weights, strict=True):
            for relation in relations_of(answer):
                triple = triple_of(settings, relation)
                mass[triple] = mass.get(triple, 0.0) + weight
                ids.setdefault(triple, []).append((str(relation["id"]), weight))
        probability = 1.0
        found: list[tuple[float, Triple]] = []
        for triple in sorted(mass):
            existence = min(mass[triple] / total, 1.0)
            if existence < 0.5 - _CLOSE:
                probability *= 1.0 - existence
            else:
                probability *= existence
                found.append((existence, triple))
        found.sort(key=lambda each: (-each[0], each[1]))
        kept = _together(settings, found)
        named = {triple: str(mode(*zip(*ids[triple], strict=True))[0]) for _, triple in kept}
        sure = [each for each in kept if each[0] >= 0.5 + _CLOSE]
        is_tied = len(sure) < len(kept)
        others = ((_value(self, settings, sure, named), probability),) if is_tied else ()
        status = "tied" if is_tied else "resolved"
        value = _value(self, settings, kept, named)
        return Merged(value, probability, len(answers), total, "cluster", status, others)  # type: ignore[arg-type]

    def renamed(self, value: JsonValue, names: Mapping[str, str]) -> JsonValue:
        """Both ends of every relation by their new names."""
        relations = value.get("relations") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(relations, list):
            return value
        return {**value, "relations": [_with_ends(each, names) for each in relations]}

    def summary(self, settings: Any, value: JsonValue) -> str:
        """How many of each label."""
        counts = Counter(str(relation.get("label")) for relation in relations_of(value))
        return ", ".join(f"{count} {text_of(settings.labels, label)}" for label, count in counts.items()) or "none"

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By labels and the ends that they take, by what may be an end, by what may stand together, by number."""
        changes = changes_of_options(old.labels, new.labels, "Label")
        for before in old.labels:
            after = new.label(before.value)
            if after is None:
                continue
            if before.directed != after.directed:
                changes.append(("narrowing", f"{before.value} has another direction."))
            for wanted, now in ((before.from_, after.from_), (before.to, after.to)):
                if now and not (wanted and {*wanted} <= {*now}):
                    changes.append(("narrowing", f"Fewer regions can be ends of {before.value}."))
                elif {*wanted} != {*now}:
                    changes.append(("widening", f"More regions can be ends of {before.value}."))
        if new.over and not (old.over and {*old.over} <= {*new.over}):
            changes.append(("narrowing", "Regions of fewer questions can be ends."))
        elif {*old.over} != {*new.over}:
            changes.append(("widening", "Regions of more questions can be ends."))
        most, most_now = old.max or RELATION_COUNT_MAX, new.max or RELATION_COUNT_MAX
        loose = (old.self_, not old.acyclic, not old.tree, -old.min, most)
        loose_now = (new.self_, not new.acyclic, not new.tree, -new.min, most_now)
        if any(now < before for before, now in zip(loose, loose_now, strict=True)):
            changes.append(("narrowing", "Fewer relations may stand together."))
        if any(now > before for before, now in zip(loose, loose_now, strict=True)):
            changes.append(("widening", "More relations may stand together."))
        return changes

    def examples(self) -> Iterable[Example]:
        """Who works where, and which mentions are the same."""
        inputs = [{"name": "text", "kind": "text"}]
        item = {"inputs": {"text": {"text": "Zoë Müller 💩 works for Acme in 北京."}}}
        regions = [{"id": f"k{n}", "ranges": [ends]} for n, ends in enumerate(((0, 10), (23, 27), (31, 33)), 1)]
        marks = {"name": "entities", "kind": "span", "text": "Which names?"}
        earlier = ((marks, {"question": "entities", "target": "text", "value": {"regions": regions}}),)
        works: JsonValue = {"id": "q1", "label": "works_for", "from": "entities:k1", "to": "entities:k2"}
        lies: JsonValue = {"id": "q2", "label": "liegt_in", "from": "entities:k2", "to": "entities:k3"}
        labels = [{"value": "works_for"}, {"value": "liegt_in", "text": {"de": "liegt in", "en": "lies in"}}]
        both: JsonValue = {"relations": [works, lies]}
        settings = {"labels": labels, "acyclic": True}
        yield Example(settings, inputs, item, None, both, {"relations": [works]}, earlier)
        same: JsonValue = {"relations": [{"id": "a", "label": "same", "from": "entities:k1", "to": "entities:k3"}]}
        alike = {"labels": [{"value": "same", "directed": False}], "over": ["entities"], "max": 1}
        yield Example(alike, inputs, item, "task", same, {"relations": []}, earlier)


def _said(settings: Any, value: JsonValue) -> set[Triple]:
    return {triple_of(settings, relation) for relation in relations_of(value)}


def _with_ends(relation: JsonValue, names: Mapping[str, str]) -> JsonValue:
    if not isinstance(relation, dict):
        return relation
    ends = {side: names.get(end, end) for side in ("from", "to") if isinstance(end := relation.get(side), str)}
    return {**relation, **ends}


def _value(
    kind: Relation, settings: Any, kept: Sequence[tuple[float, Triple]], named: Mapping[Triple, str]
) -> JsonValue:
    relations: list[dict[str, JsonValue]] = [
        {"id": named[triple], "label": triple[1], "from": triple[0], "to": triple[2]} for _, triple in kept
    ]
    return kind.canonical(settings, {"relations": [*with_ids(relations)]})


def _together(settings: Any, found: Sequence[tuple[float, Triple]]) -> list[tuple[float, Triple]]:
    """What may stand beside what is surer, at most as many as are allowed."""
    kept: list[tuple[float, Triple]] = []
    said, paths = set[Triple](), Paths()
    for existence, triple in found[: settings.max]:
        if not [*check_beside(settings, triple, said, paths)]:
            kept.append((existence, triple))
    return kept


kind = Relation()
