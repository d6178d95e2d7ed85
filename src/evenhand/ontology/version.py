"""Classes of change between two versions of an ontology (1.4): what a change means for the answers that are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evenhand.ontology.document import Document, Question
from evenhand.ontology.mapping import mapped_options
from evenhand.ontology.registry import question_kinds

CLASSES = ("cosmetic", "widening", "narrowing", "mapping", "meaning", "forbidden")


@dataclass(frozen=True, slots=True)
class Change:
    """What one change is, in a sentence for its author."""

    question: str
    change: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes between two bodies, and the strongest class among them."""

    changes: tuple[Change, ...]

    @property
    def strongest(self) -> str:
        """The class of the version."""
        return max((each.change for each in self.changes), key=CLASSES.index, default="cosmetic")


def compare(
    old: Mapping[str, Any], new: Mapping[str, Any], dropped: Mapping[str, Mapping[str, Any]] | None = None
) -> Comparison:
    """Every change from one valid body to another.

    dropped: by name, questions of earlier versions that `old` asks no more, each as it was last asked. A name stays the
    question's own: the same question may come back under it, and is compared with what it was; another one is forbidden.
    """
    before, after = Document.model_validate(old), Document.model_validate(new)
    retired = {name: Question.model_validate(each) for name, each in (dropped or {}).items()}
    changes = [*_inputs(before, after), *_questions(before, after, retired)]
    if not changes and old != new:
        changes.append(Change("", "cosmetic", "Texts, order or pages changed."))
    return Comparison(tuple(changes))


def _inputs(before: Document, after: Document) -> list[Change]:
    old, new = {each.name: each for each in before.inputs}, {each.name: each for each in after.inputs}
    changes = []
    for name in old.keys() & new.keys():
        if old[name].kind != new[name].kind:
            changes.append(
                Change(name, "forbidden", f"Input {name} changed from {old[name].kind} to {new[name].kind}.")
            )
        elif new[name].required and not old[name].required:
            changes.append(Change(name, "narrowing", f"Input {name} became required."))
        elif old[name].settings != new[name].settings:
            changes.append(Change(name, "cosmetic", f"Settings of input {name} changed."))
    for name in old.keys() - new.keys():
        changes.append(Change(name, "forbidden", f"Input {name} was dropped; tasks hold it."))
    for name in new.keys() - old.keys():
        kind = "narrowing" if new[name].required else "widening"
        changes.append(Change(name, kind, f"Input {name} was added."))
    return sorted(changes, key=lambda change: change.question)


def _questions(before: Document, after: Document, retired: Mapping[str, Question]) -> list[Change]:
    old = {each.name: each for each in before.questions}
    new = {each.name: each for each in after.questions}
    changes: list[Change] = []
    for name, question in new.items():
        if name in retired and name not in old:
            changes.extend(_returned(retired[name], question))
        elif name not in old:
            kind = "narrowing" if question.required else "widening"
            changes.append(Change(name, kind, f"Question {name} was added{', required' if question.required else ''}."))
        else:
            changes.extend(_question(old[name], question))
    changes.extend(
        Change(name, "narrowing", f"Question {name} was dropped; its answers stay with their version.")
        for name in old
        if name not in new
    )
    return changes


def _returned(was: Question, question: Question) -> list[Change]:
    """What a dropped name asked for again is: the question that had it, or another one, which would inherit its answers."""
    name, changes = question.name, _question(was, question)
    if others := [each for each in changes if each.change == "forbidden"]:
        return [
            Change(name, "forbidden", f"The name {name} was another question's, which was dropped. {each.sentence}")
            for each in others
        ]
    kind = "narrowing" if question.required else "widening"
    return [Change(name, kind, f"Question {name} is asked again, with the answers it has."), *changes]


def _mapping(name: str, old: Mapping[str, str], new: Mapping[str, str], after: Any) -> list[Change]:
    """What happened to the map through which old answers are read, apart from the options themselves."""
    forgotten = [each for each in old if each not in new and each not in {option.value for option in after.options}]
    if forgotten:
        return [
            Change(
                name, "narrowing", f"Old answers {forgotten[0]!r} to {name} are not read as another option any more."
            )
        ]
    moved = [each for each in new if old.get(each) not in (None, new[each])]
    return (
        [Change(name, "mapping", f"Old answers {moved[0]!r} to {name} are read as {new[moved[0]]!r}.")] if moved else []
    )


def _question(old: Question, new: Question) -> list[Change]:
    name = new.name
    if old.kind != new.kind:
        return [Change(name, "forbidden", f"Question {name} changed from {old.kind} to {new.kind}.")]
    if (old.target or "task") != (new.target or "task"):
        return [Change(name, "forbidden", f"Question {name} is asked about something else now.")]
    changes = []
    if new.epoch > old.epoch:
        changes.append(Change(name, "meaning", f"Question {name} means something else from now on."))
    elif new.epoch < old.epoch:
        changes.append(Change(name, "forbidden", f"The epoch of question {name} went back."))
    if old.required != new.required:
        word, kind = ("required", "narrowing") if new.required else ("optional", "widening")
        changes.append(Change(name, kind, f"Question {name} became {word}."))
    if set(new.allow) - set(old.allow):
        changes.append(Change(name, "widening", f"Question {name} may be abstained from in more ways."))
    if set(old.allow) - set(new.allow):
        changes.append(Change(name, "narrowing", f"Question {name} may be abstained from in fewer ways."))
    if old.show_if != new.show_if:
        changes.append(Change(name, "narrowing", f"Question {name} is shown under another condition."))
    kind_ = question_kinds()[new.kind]
    before: Any = kind_.Settings.model_validate(old.settings)
    after: Any = kind_.Settings.model_validate(new.settings)
    read = mapped_options(new.migrate)
    is_mapped = bool(read) and {option.value for option in before.options} <= {
        *read,
        *(option.value for option in after.options),
    }
    for change, sentence in kind_.compatibility(before, after):
        changes.append(Change(name, "mapping" if is_mapped and change == "narrowing" else change, sentence))
    changes.extend(_mapping(name, mapped_options(old.migrate), read, after))
    if not changes and (old.text, old.help) != (new.text, new.help):
        changes.append(Change(name, "cosmetic", f"The words of question {name} changed."))
    return changes
