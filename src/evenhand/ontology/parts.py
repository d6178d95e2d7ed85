"""Parts of an item by address, and which of them a question is asked about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evenhand.ontology.document import Document, EachTarget, InputTarget, Question, default_input
from evenhand.ontology.kind import InputKind, Part, QuestionKind, Target


def parts_of(item: Mapping[str, Any], inputs: Mapping[str, tuple[InputKind, Any]]) -> dict[str, Part]:
    """Address -> part, in document order; the task stands first, at ""."""
    contents = item.get("inputs") or {}
    below = []
    names = [name for name in inputs if name in contents]
    for name in names:
        kind, settings = inputs[name]
        below.extend(kind.parts(name, settings, contents[name]))
    task = Part("", "task", children=tuple(names))
    return {part.address: part for part in (task, *below)}


def targets_of(
    question: Question,
    kind: QuestionKind,
    document: Document,
    parts: Mapping[str, Part],
    regions: Mapping[str, Mapping[str, str]],
) -> Iterator[Part]:
    """The parts one question is asked about, in document order."""
    target = question.target
    if target is None and Target.TASK not in kind.targets:
        target = InputTarget(input=default_input(kind, document))
    if target is None or target == "task":
        yield parts[""]
    elif isinstance(target, InputTarget):
        if target.input in parts:
            yield parts[target.input]
    elif isinstance(target, EachTarget) and target.each == "region":
        for region, label in regions.get(target.of, {}).items():
            part = Part(f"{target.of}:{region}", "region", facts={"label": label})
            if _fits(part, target.where, 0, 1):
                yield part
    elif isinstance(target, EachTarget):
        found = [part for part in parts.values() if part.type == target.each and part.input == target.of]
        for index, part in enumerate(found):
            if _fits(part, target.where, index, len(found)):
                yield part


def parents_of(parts: Mapping[str, Part]) -> dict[str, str]:
    """Address of a part -> address of the part right around it."""
    return {child: part.address for part in parts.values() for child in part.children}


def enclosing_of(address: str, parents: Mapping[str, str]) -> list[str]:
    """Addresses of the parts around one, nearest first, ending with the task."""
    found = []
    at = address
    while at in parents:
        at = parents[at]
        found.append(at)
    if not found and address:
        found.append("")
    return found


def _fits(part: Part, where: Mapping[str, Any], index: int, count: int) -> bool:
    for name, wanted in where.items():
        if name == "index":
            places = (index, *(["first"] if index == 0 else []), *(["last"] if index == count - 1 else []))
            if not any(each in places for each in (wanted if isinstance(wanted, list) else [wanted])):
                return False
            continue
        value: Any = part.facts.get(name)
        if name == "has":
            values = wanted if isinstance(wanted, list) else [wanted]
            if not any(each in (value or ()) for each in values):
                return False
            continue
        if value not in (wanted if isinstance(wanted, list) else [wanted]):
            return False
    return True
