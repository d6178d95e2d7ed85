"""How the answers of an annotation came about: by hand, as a suggestion that was accepted, or as one that was then changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenhand.core.errors import Malformed, Problem
from evenhand.ontology.ontology import Ontology
from evenhand.ontology.suggestions import suggestions_of


@dataclass(frozen=True, slots=True)
class Origins:
    """How the answers of an annotation came about.

    answers: by question and target ("tone", "better chat/t1"), as it is recorded. The numbers count answers to questions that a
    suggestion spoke about. same: of those by hand, how many say what a suggestion said. While suggestions are hidden, that is how
    often people agree with them uninfluenced.
    """

    answers: dict[str, dict[str, str]]
    unchanged: int = 0
    edited: int = 0
    by_hand: int = 0
    by_hand_same: int = 0
    hidden: int = 0
    hidden_same: int = 0

    @property
    def counts(self) -> list[int]:
        """In the order in which they are stored (annotation.origins)."""
        return [self.unchanged, self.edited, self.by_hand, self.by_hand_same, self.hidden, self.hidden_same]


def origins_of(
    ontology: Ontology, item: Mapping[str, Any], answers: Sequence[Mapping[str, Any]], *, is_hidden: bool
) -> Origins:
    """How checked, canonical answers to an item with suggestions came about.

    An answer names the suggestion that was accepted to begin with; whether it still says the same is compared here. Raises
    Malformed where that is no suggestion of this assignment, or one that says nothing about the question.
    """
    said = {each["id"]: _said(ontology, item, each["answers"]) for each in suggestions_of(item)}
    found: dict[str, dict[str, str]] = {}
    counts = dict.fromkeys(("unchanged", "edited", "by_hand", "by_hand_same", "hidden", "hidden_same"), 0)
    for answer in answers:
        at = answer["question"], answer["target"]
        key = " ".join(part for part in at if part)
        rivals = [each[at] for each in said.values() if at in each]
        accepted = answer.get("suggestion")
        if accepted is not None:
            if is_hidden or at not in said.get(accepted, {}):
                raise Malformed([_not_accepted(accepted, answer["question"])])
            is_unchanged = said[accepted][at] == _meaning(answer)
            found[key] = {"origin": "suggestion" if is_unchanged else "suggestion_edited", "suggestion": accepted}
            counts["unchanged" if is_unchanged else "edited"] += 1
            continue
        found[key] = {"origin": "human"}
        if rivals:
            name = "hidden" if is_hidden else "by_hand"
            counts[name] += 1
            counts[f"{name}_same"] += _meaning(answer) in rivals
    return Origins(found, **counts)


def _not_accepted(id_: str, question: str) -> Problem:
    message = f"This task came with no suggestion {id_!r} about {question}."
    return Problem("/answers", "unknown_id", message, "Name one of the assignment's suggestions, or leave it out.")


def _said(
    ontology: Ontology, item: Mapping[str, Any], answers: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str], Any]:
    """What a suggestion says, by question and target. What could no longer be an answer equals none (None)."""
    problems = ontology.check_answers(list(answers), item, draft=True)
    unfit = {each.pointer.split("/")[1] for each in problems if not each.is_warning and each.pointer}
    fit = [each for index, each in enumerate(answers) if str(index) not in unfit]
    gone = [each for index, each in enumerate(answers) if str(index) in unfit and isinstance(each, Mapping)]
    lost = {(str(each.get("question")), str(each.get("target") or "")): None for each in gone}
    return lost | {(each["question"], each["target"]): _meaning(each) for each in ontology.canonical_answers(fit, item)}


def _meaning(answer: Mapping[str, Any]) -> tuple[Any, Any]:
    """What of an answer makes it the same as another: not how sure or why."""
    return answer.get("value"), answer.get("abstained")
