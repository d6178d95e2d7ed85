"""Tasks judged by what the last fit learned: arrays alone, and the same whenever it is asked again of the same votes.

A task whose votes are those that the fit saw is as sure as the fit says: right after a sweep, what stands is the batch
fit. One with other votes is judged from all of them by the same mixture of models (`quality.mixture`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evenhand.insight.classing import classed
from evenhand.insight.estimates import rounded
from evenhand.insight.service import sureness
from evenhand.ontology.ontology import Asked, Ontology
from evenhand.quality.inference import Inference
from evenhand.quality.mixture import place_among
from evenhand.quality.number_crowd import NumberCrowd
from evenhand.quality.stopping import Crowd, Rule, Why, judge, rule_for, unknown_crowd
from evenhand.work.deciding import Labeled, NumberEstimate, Sureness, Workflow


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What a fit learned of one question. codes: class -> a code of the vote table that stands for it."""

    crowd: Crowd
    codes: Mapping[int, float]


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """The fit that stands for a project: its number, and what it learned of each question, by number.

    questions: of closed ones. numbers: of those whose answers are numbers.
    """

    fit_no: int
    questions: Mapping[int, Learned]
    numbers: Mapping[int, NumberCrowd] = field(default_factory=dict)


def judged(
    ontology: Ontology, standing: Standing | None, workflow: Workflow, labeled: Sequence[Labeled]
) -> list[Sureness]:
    """How sure each task is, by its least sure question, and whether one more answer is worth it.

    Closed questions are judged by the fit that stands; without one, or where the question has other classes since, by the
    smoothed share of their votes, and with adaptive opinions as a crowd of strangers. What is not closed is as sure as its merge;
    of numbers the fit says an estimate beside it.
    """
    found: list[list[Sureness]] = [[] for _ in labeled]
    of_task = {task.task_no: place for place, task in enumerate(labeled)}
    is_judged: set[int] = set()
    for asked in ontology.questions:
        learned = standing.questions.get(asked.no) if standing else None
        each = _judged(asked, learned, workflow, labeled)
        if each is None:
            continue
        is_judged.add(asked.no)
        for task_no, sure in each.items():
            fit_no = standing.fit_no if standing and sure.fit_no is not None else None
            found[of_task[task_no]].append(replace(sure, fit_no=fit_no))
    rest = [
        replace(task, votes=tuple(vote for vote in task.votes if vote.question_no not in is_judged)) for task in labeled
    ]
    merged = sureness(ontology, rest)
    least = [
        _least(each, other, is_adaptive=workflow.sure is not None) for each, other in zip(found, merged, strict=True)
    ]
    return least if standing is None else _with_estimates(ontology, standing, labeled, least)


def _with_estimates(
    ontology: Ontology, standing: Standing, labeled: Sequence[Labeled], found: Sequence[Sureness]
) -> list[Sureness]:
    """The same, with what the fit that stands estimates of the numbers; then it had a part in what is decided."""
    estimates: list[list[NumberEstimate]] = [[] for _ in labeled]
    of_task = {task.task_no: place for place, task in enumerate(labeled)}
    for asked in ontology.questions:
        if (crowd := standing.numbers.get(asked.no)) is not None:
            for task_no, each in _estimated(asked, crowd, labeled).items():
                estimates[of_task[task_no]].append(each)
    return [
        replace(sure, fit_no=standing.fit_no, estimates=tuple(each)) if each else sure
        for sure, each in zip(found, estimates, strict=True)
    ]


def _estimated(asked: Asked, crowd: NumberCrowd, labeled: Sequence[Labeled]) -> dict[int, NumberEstimate]:
    """Task number -> what a fit says of its numbers, by its own votes alone."""
    rows = [(task.task_no, vote) for task in labeled for vote in task.votes if vote.question_no == asked.no]
    votes = classed(asked, np.array([vote.code for _, vote in rows], dtype=np.float64))
    if votes.level != "numeric" or not votes.values.size:
        return {}
    tasks = np.array([task_no for task_no, _ in rows], dtype=np.int64)[votes.kept]
    people = np.array([vote.annotator_no for _, vote in rows], dtype=np.int64)[votes.kept]
    numbers = (each.tolist() for each in crowd.estimates(tasks, people, votes.values))
    found = {}
    for task_no, mean, low, high in zip(*numbers, strict=True):
        value, least, most = (rounded(each, high - low) for each in (mean, low, high))
        found[task_no] = NumberEstimate(asked.no, value, least, most, crowd.model, str(crowd.version))
    return found


def _judged(
    asked: Asked, learned: Learned | None, workflow: Workflow, labeled: Sequence[Labeled]
) -> dict[int, Sureness] | None:
    """Task number -> how sure this question is; None where it is not for a fit to say. fit_no 0: by the fit."""
    rows = [(task.task_no, vote) for task in labeled for vote in task.votes if vote.question_no == asked.no]
    codes = np.array([vote.code for _, vote in rows], dtype=np.float64)
    votes = classed(asked, codes)
    if not votes.is_closed or (learned is None and workflow.sure is None):
        return None
    is_fitted = learned is not None and learned.crowd.classes == votes.classes
    if not is_fitted and workflow.sure is None:
        return None
    crowd = learned.crowd if learned is not None and is_fitted else unknown_crowd(votes.classes)
    tasks = np.array([task_no for task_no, _ in rows], dtype=np.int64)[votes.kept]
    people = np.array([vote.annotator_no for _, vote in rows], dtype=np.int64)[votes.kept]
    verdicts = judge(crowd, _rule(workflow), tasks, people, votes.places)
    known = {**(learned.codes if learned else {}), **votes.codes}
    told = {}
    for place, task_no in enumerate(verdicts.task_numbers.tolist()):
        likeliest = int(verdicts.codes[place])
        why = Why(int(verdicts.why[place]))
        told[task_no] = Sureness(
            float(min(verdicts.probabilities[place, likeliest], 1.0)),
            asked.name,
            crowd.model if is_fitted else "strangers",
            str(crowd.version if is_fitted else verdicts.version),
            0 if is_fitted else None,
            bool(verdicts.asks_on[place]),
            why.name.lower().replace("_", "-"),
            ((asked.no, known.get(likeliest, float(likeliest))),),
        )
    return told


def _rule(workflow: Workflow) -> Rule:
    if workflow.sure is None or workflow.opinions_max is None:
        return Rule()
    most = workflow.opinions_max
    return replace(rule_for(most, sure=workflow.sure), answers_min=min(workflow.opinions_min, most))


def _least(told: list[Sureness], merged: Sureness, *, is_adaptive: bool) -> Sureness:
    """The least sure question speaks for its task; one more answer is worth it when it is for any."""
    every = [*told, merged] if merged.probability is not None else told
    if not every:
        # Nothing to judge by: such a task is asked about as often as it may be.
        return replace(merged, asks_on=is_adaptive, why="no-model" if is_adaptive else None)
    # Whether a task is unsure is for its least sure question to say, asked on or not: where people are two against two a fifth may
    # tell too little to be asked, while another question of the task, nearly sure, is worth an answer.
    least = min(every, key=lambda each: each.probability or 0.0)
    if is_adaptive and not told:
        return replace(least, asks_on=True, why="no-model")
    asking = min((each for each in told if each.asks_on), key=lambda each: each.probability or 0.0, default=None)
    return replace(
        least,
        asks_on=asking is not None,
        why=asking.why if is_adaptive and asking is not None else least.why,
        # What a fit said of any question had a part in this, and is needed to say it again.
        fit_no=next((each.fit_no for each in told if each.fit_no is not None), None),
        answers=tuple(pair for each in told for pair in each.answers),
    )


def differing(
    found: Mapping[int, Inference], ontology: Ontology, decided: Sequence[tuple[int, int, float]]
) -> tuple[int, int]:
    """Of tasks that were decided, those that a fit has an answer to, and those to which it has another one.

    found: by question number. decided: task number, question number, code. A task counts once, and
    differs when one of its answers does.
    """
    compared: dict[int, bool] = {}
    for asked in ontology.questions:
        if (fit := found.get(asked.no)) is None:
            continue
        rows = [(task_no, code) for task_no, question_no, code in decided if question_no == asked.no]
        votes = classed(asked, np.array([code for _, code in rows], dtype=np.float64))
        if not rows or votes.classes != fit.class_shares.size or not votes.is_closed:
            continue
        numbers = np.array([task_no for task_no, _ in rows], dtype=np.int64)[votes.kept]
        at = place_among(fit.task_numbers, numbers)
        likely = fit.probabilities[np.maximum(at, 0)]
        is_other = likely[np.arange(at.size), votes.places] < likely.max(axis=1) - 1e-9
        for number, place, other in zip(numbers.tolist(), at.tolist(), is_other.tolist(), strict=True):
            if place >= 0:
                compared[number] = compared.get(number, False) or other
    return len(compared), sum(compared.values())
