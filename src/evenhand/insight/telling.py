"""What a fit says of tasks, question by question. Pure: arrays and votes in, `Told` out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from evenhand.insight.classing import classed
from evenhand.insight.estimates import Estimates
from evenhand.insight.judging import Standing, judged
from evenhand.ontology.consensus import Told
from evenhand.ontology.kind import Numeric
from evenhand.ontology.ontology import Asked, Ontology
from evenhand.work.deciding import Labeled, Vote, Workflow

# Nothing of the workflow matters to how probable an answer is.
_PLAIN = Workflow(ontology_version=0, review_rate=0.0, adjudicate_below=None)


@dataclass(frozen=True, slots=True)
class DecisionByFit:
    """What was decided of a task by a fit, from these votes. question, probability: of the least sure one.

    estimates: of numbers, by question number.
    """

    fit_no: int
    question: str
    probability: float
    model: str
    version: str
    answers: Mapping[int, float]
    votes: frozenset[Vote]
    estimates: Mapping[int, Told] = field(default_factory=dict)


def estimates_of_decision(row: Any) -> dict[int, Told]:
    """What a row of `decision` says of numbers, by question number."""
    columns = ("estimate_nos", "estimates", "estimate_lows", "estimate_highs", "estimate_models", "estimate_versions")
    return {
        no: Told(value, None, "decision", model, version, row["fit_no"], (low, high))
        for no, value, low, high, model, version in zip(*(row[name] or () for name in columns), strict=True)
    }


def told_by(
    ontology: Ontology,
    fit_no: int,
    standing: Standing | None,
    estimates: Mapping[int, Estimates],
    labeled: Sequence[Labeled],
) -> dict[int, dict[int, Told]]:
    """By task number and question number: what a fit says of the votes that each task has.

    standing: what it learned of closed questions. estimates: of numbers, by question number. A question that the fit does not know,
    or that has other classes since, is left out.
    """
    found: dict[int, dict[int, Told]] = {}
    for asked in ontology.questions:
        about = [
            replace(task, votes=votes)
            for task in labeled
            if (votes := tuple(vote for vote in task.votes if vote.question_no == asked.no))
        ]
        if not about:
            continue
        told = _estimated(asked, estimates, fit_no, about) or _judged(asked, ontology, standing, about)
        for task_no, each in told.items():
            found.setdefault(task_no, {})[asked.no] = each
    return found


def decided_by(ontology: Ontology, decision: DecisionByFit, again: Mapping[int, Told]) -> dict[int, Told]:
    """What a decision says, by question number; without answers that the present version refuses.

    again: what the fit that it names says of its votes, for the questions that were not the least sure.
    """
    found = {}
    for asked in ontology.questions:
        if (estimate := decision.estimates.get(asked.no)) is not None and _is_numeric(asked):
            found[asked.no] = estimate
            continue
        said = decision.answers.get(asked.no)
        code = None if said is None else _present(asked, said)
        if code is None:
            continue
        if asked.name == decision.question:
            told = Told(code, decision.probability, "decision", decision.model, decision.version, decision.fit_no)
        elif (known := again.get(asked.no)) is not None:
            told = replace(known, code=code, source="decision")
        else:
            continue
        own = [vote.code for vote in decision.votes if vote.question_no == asked.no]
        found[asked.no] = replace(told, code=own_word(asked, told.code, own))
    return found


def _is_numeric(asked: Asked) -> bool:
    return isinstance(asked.kind.encode(asked.settings, [], asked.codebook), Numeric)


def _present(asked: Asked, code: float) -> float | None:
    """A code as the present version counts it; None where it refuses the value."""
    found = classed(asked, np.array([code]))
    return next(iter(found.codes.values()), None)


def _estimated(
    asked: Asked, estimates: Mapping[int, Estimates], fit_no: int, about: Sequence[Labeled]
) -> dict[int, Told]:
    known = estimates.get(asked.no)
    if known is None:
        return {}
    every = np.array([vote.code for task in about for vote in task.votes])
    counting = iter(classed(asked, every).kept.tolist())
    codes = {task.task_no: [vote.code for vote in task.votes if next(counting)] for task in about}
    told = {task_no: known.told(task_no, each, fit_no) for task_no, each in codes.items()}
    return {task_no: each for task_no, each in told.items() if each is not None}


def _judged(asked: Asked, ontology: Ontology, standing: Standing | None, about: Sequence[Labeled]) -> dict[int, Told]:
    if standing is None or asked.no not in standing.questions:
        return {}
    found = {}
    for task, sure in zip(about, judged(ontology, standing, _PLAIN, about), strict=True):
        if sure.fit_no is None or sure.probability is None or not sure.answers:
            continue
        [(_, code)] = sure.answers
        own = own_word(asked, code, [vote.code for vote in task.votes])
        found[task.task_no] = Told(own, sure.probability, "model", sure.model, sure.model_version, sure.fit_no)
    return found


def own_word(asked: Asked, code: float, codes: Sequence[float]) -> float:
    """Of answers that count as one class (ties of every kind), the one that most of a task's own votes gave."""
    votes = classed(asked, np.array([*codes, code]))
    if votes.level != "comparison" or not votes.kept[-1]:
        return code
    kept = [each for each, counts in zip(codes, votes.kept[:-1], strict=True) if counts]
    same = Counter(each for each, place in zip(kept, votes.places[:-1], strict=True) if place == votes.places[-1])
    return min(same, key=lambda each: (-same[each], each)) if same else code
