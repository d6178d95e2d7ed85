"""One relation beside others: what it says, what of it is refused, what may not stand together. For the kind `relation`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from evenhand.core.canonical import JsonValue, escape_pointer
from evenhand.core.errors import Problem
from evenhand.ontology.answering import problem
from evenhand.ontology.kind import Shown

END = re.compile(r"([a-z][a-z0-9_]{0,62}):([A-Za-z0-9_-]{1,36})")
_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")
_FIELDS = frozenset({"id", "label", "from", "to"})

# What an answer says with one relation: from, label, to. Of labels without a direction the ends stand in the order of their names.
Triple: TypeAlias = tuple[str, str, str]


class Paths:
    """Where relations with a direction lead, as far as they are known: from each region those that are reached at once."""

    def __init__(self) -> None:
        self._next: dict[str, list[str]] = {}
        self.heads: dict[str, str] = {}

    def leads(self, start: str, end: str) -> bool:
        """Whether one is reached from the other."""
        seen, queue = {start}, [start]
        while queue:
            at = queue.pop()
            if at == end:
                return True
            fresh = [each for each in self._next.get(at, ()) if each not in seen]
            seen.update(fresh)
            queue.extend(fresh)
        return False

    def add(self, start: str, end: str) -> None:
        """One more."""
        self._next.setdefault(start, []).append(end)
        self.heads.setdefault(end, start)


def relations_of(value: JsonValue) -> list[Mapping[str, Any]]:
    """The relations of a value; [] for a foreign shape."""
    relations = value.get("relations") if isinstance(value, dict) else None
    return [each for each in relations if isinstance(each, dict)] if isinstance(relations, list) else []


def triple_of(settings: Any, relation: Mapping[str, Any]) -> Triple:
    """What a sound relation says."""
    start, label, end = str(relation["from"]), str(relation["label"]), str(relation["to"])
    known = settings.label(label)
    return (end, label, start) if known is not None and not known.directed and end < start else (start, label, end)


def check_one(settings: Any, relation: JsonValue, ids: set[str], shown: Shown) -> Iterator[Problem]:
    """Defects of one relation alone. ids: of those before it; its own is added."""
    if not isinstance(relation, dict):
        yield problem("bad_value", "This is not a relation.", 'Send {"id": "q1", …}.')
        return
    for name in sorted(relation.keys() - _FIELDS)[:5]:
        yield problem("unknown_field", f"A relation has no field {name!r}.", "Remove it.", f"/{escape_pointer(name)}")
    id_ = relation.get("id")
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        remedy = "Use up to 36 letters, digits, _ or -."
        yield problem("bad_name", "A relation needs an id.", remedy, "/id" if "id" in relation else "")
    elif id_ in ids:
        yield problem("duplicate_value", f"Another relation has the id {id_!r}.", "Give it its own.", "/id")
    else:
        ids.add(id_)
    value = relation.get("label")
    label = settings.label(value) if isinstance(value, str) else None
    if label is None:
        message = "A label is missing." if value is None else f"There is no label {value!r}."
        allowed = [each.value for each in settings.labels]
        yield problem(
            "unknown_label", message, "Take one of the labels.", "/label" if "label" in relation else "", allowed
        )
    labels: list[str | None] = []
    for side in ("from", "to"):
        problems, found = _check_end(settings, relation, side, shown)
        yield from problems
        labels.append(found)
    if label is not None:
        yield from _check_pair(label, labels[0], labels[1])


def _check_end(settings: Any, relation: Mapping[str, Any], side: str, shown: Shown) -> tuple[list[Problem], str | None]:
    """Defects of one end, and the label of the region there; None where that is not known."""
    end, at = relation.get(side), f"/{side}" if side in relation else ""
    parsed = END.fullmatch(end) if isinstance(end, str) else None
    if parsed is None:
        return [problem("dangling_region", f"{side} names no region.", "Send it as question:region.", at)], None
    question, region = parsed.groups()
    if settings.over and question not in settings.over:
        message = f"Regions of {question!r} are no ends here."
        return [problem("dangling_region", message, "Name a region of another question.", at, settings.over)], None
    if shown.regions is None:
        return [], None
    if region not in shown.regions.get(question, {}):
        message = f"These answers mark no {end!r}."
        return [problem("dangling_region", message, "Name a region that is marked, or mark it.", at)], None
    return [], shown.regions[question][region]


def _check_pair(label: Any, start: str | None, end: str | None) -> Iterator[Problem]:
    """Ends have labels that the relation takes; without a direction either may be first."""
    wrong = _misfits(label, start, end)
    if wrong and not label.directed and not _misfits(label, end, start):
        return
    for side, given, wanted in wrong:
        message = (
            f"{label.value} takes no {given!r} as {side}."
            if given
            else f"{label.value} takes no region without a label."
        )
        yield problem("unknown_label", message, "Relate others, or by another label.", f"/{side}", wanted)


def _misfits(label: Any, start: str | None, end: str | None) -> list[tuple[str, str, list[str]]]:
    ends = (("from", start, label.from_), ("to", end, label.to))
    return [
        (side, given, wanted) for side, given, wanted in ends if wanted and given is not None and given not in wanted
    ]


def check_beside(settings: Any, triple: Triple, said: set[Triple], paths: Paths) -> Iterator[Problem]:
    """Whether one may stand beside those before it; it is added to them where it may."""
    start, value, end = triple
    label = settings.label(value)
    if start == end and not settings.self_:
        yield problem("degenerate", f"{start} is related to itself.", "Name two regions.", "/to")
        return
    if triple in said:
        yield problem("duplicate_value", "This is said twice.", "Say it once.")
        return
    if label.directed and (settings.acyclic or settings.tree) and paths.leads(end, start):
        message = f"{end} leads to {start} already, so that this closes a circle."
        yield problem("cycle", message, "Turn it round, or remove one of the circle.", "/to")
        return
    if settings.tree and end in paths.heads:
        message = f"{end} has a head already, {paths.heads[end]}."
        yield problem("two_heads", message, "Keep one of them.", "/to")
        return
    said.add(triple)
    if label.directed:
        paths.add(start, end)
