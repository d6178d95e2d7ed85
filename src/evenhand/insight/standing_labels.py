"""Labels of a project as they stand after a fit, in arrays: what tasks are sorted and found by. Pure; the rows are `task_label`.

The rule is that of `ontology.consensus.label`. Where a fit finds its likeliest answer no likelier than not, and of ties in
comparisons, each task is asked by that rule itself; the rest is read off the fit's arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.insight.classing import Classed, classed
from evenhand.insight.columns import ProjectColumns
from evenhand.insight.fitting import QuestionFit
from evenhand.insight.telling import own_word
from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.consensus import Told, class_count, label
from evenhand.ontology.ontology import Asked, Ontology
from evenhand.quality.share import smoothed_share

SOURCES = ("votes", "model", "decision", "review", "adjudication")
VOTES, MODEL, DECISION, REVIEW, ADJUDICATION = range(5)
_CLOSE = 1e-6
# As `task_label` keeps them. code: NaN of a tie; probability: NaN of an estimate.
LABEL = np.dtype(
    [
        ("question_no", np.int16),
        ("task_no", np.int64),
        ("code", np.float64),
        ("probability", np.float64),
        ("source", np.int8),
        ("is_least", np.bool_),
    ]
)
Labels = npt.NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a fit decided of a task whose votes are still those that it read. question, probability: of the least sure one.

    estimates: of numbers, by question number.
    """

    task_no: int
    question: str
    probability: float
    answers: Mapping[int, float]
    estimates: Mapping[int, Told] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Given:
    """What a reviewer or an adjudicator answered instead, which stands. answers: question number -> code."""

    task_no: int
    source: int
    answers: Mapping[int, float]


def standing_labels(
    ontology: Ontology,
    columns: ProjectColumns,
    fits: Sequence[QuestionFit],
    gold: Iterable[int],
    decided: Sequence[Decided],
    given: Sequence[Given],
) -> Labels:
    """Every label with a code, sorted by question, then task; shape (labels,), of `LABEL`.

    gold: numbers of tasks whose answer is known: they have none. Of a verdict, probability is the smoothed share of the
    annotators' answers that say the same.
    """
    by_number = {fit.question_no: fit for fit in fits}
    over = {each.task_no for each in given} | set(gold)
    parts = []
    votes: dict[int, _Votes] = {}
    for asked in ontology.questions:
        if (fit := by_number.get(asked.no)) is None:
            continue
        votes[asked.no] = _votes_of(asked, columns)
        found = _of_fit(asked, fit, votes[asked.no])
        parts.append(found[~np.isin(found["task_no"], np.fromiter(over, dtype=np.int64))])
    parts.append(_of_verdicts(ontology, votes, given, set(gold)))
    labels = np.concatenate(parts) if parts else np.zeros(0, dtype=LABEL)
    labels = labels[np.lexsort((labels["task_no"], labels["question_no"]))]
    _overrule(ontology, labels, votes, [each for each in decided if each.task_no not in over])
    labels["probability"] = np.round(labels["probability"], 4)
    _mark_least(labels)
    return labels


def differing(old: Labels, new: Labels) -> tuple[Labels, Labels]:
    """(labels to write, labels to remove), each sorted as `new` is. old, new: sorted by question, then task."""
    at, is_there = _places(old, new)
    is_same = is_there.copy()
    for name in ("code", "probability", "source", "is_least"):
        mine, theirs = new[name][is_there], old[name][at[is_there]]
        is_equal = mine == theirs
        if name in ("code", "probability"):
            is_equal |= np.isnan(mine) & np.isnan(theirs)
        is_same[is_there] &= is_equal
    _, is_kept = _places(new, old)
    return new[~is_same], old[~is_kept]


# -------------------------------------------------------------------------------------------------------- internals --
@dataclass(frozen=True, slots=True, eq=False)
class _Votes:
    """The votes of one question that count, sorted by task. codes: as the present version reads them."""

    tasks: npt.NDArray[np.int64]
    classed: Classed
    codes: npt.NDArray[np.float64]

    def of(self, task_no: int) -> list[float]:
        """The codes of one task."""
        start, end = np.searchsorted(self.tasks, [task_no, task_no + 1])
        codes: list[float] = self.codes[start:end].tolist()
        return codes


def _votes_of(asked: Asked, columns: ProjectColumns) -> _Votes:
    rows = columns.votes[columns.votes["question_no"] == asked.no]
    rows = rows[np.isin(rows["task_no"], columns.tasks["task_no"])]
    found = classed(asked, rows["code"])
    kept = rows[found.kept]
    return _Votes(kept["task_no"], found, _present(asked, kept["code"]))


def _present(asked: Asked, codes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Codes that count, as the present version writes them; it reads each once."""
    distinct, inverse = np.unique(codes, return_inverse=True)
    now = [next(iter(classed(asked, np.array([code])).codes.values()), code) for code in distinct.tolist()]
    return np.array(now, dtype=np.float64)[inverse.reshape(-1)] if codes.size else codes


def _of_fit(asked: Asked, fit: QuestionFit, votes: _Votes) -> Labels:
    if fit.estimates is not None:
        return _of_estimates(asked, fit, votes)
    if fit.found is None:
        return np.zeros(0, dtype=LABEL)
    found = fit.found
    likeliest = found.probabilities.argmax(axis=1)
    labels = _made(asked.no, found.task_numbers, MODEL)
    codes = {place: votes.classed.codes.get(place, float(place)) for place in range(found.class_shares.size)}
    labels["code"] = np.array([codes[place] for place in range(found.class_shares.size)])[likeliest]
    labels["probability"] = np.minimum(found.probabilities.max(axis=1), 1.0)
    is_asked = labels["probability"] <= 0.5 + _CLOSE
    if fit.figures["level"] == "comparison":
        is_asked |= likeliest == found.class_shares.size // 2
    for place in np.flatnonzero(is_asked):
        task_no = int(labels["task_no"][place])
        own = votes.of(task_no)
        code = own_word(asked, float(labels["code"][place]), own)
        told = Told(code, float(labels["probability"][place]), "model", fit.model or "", fit.model_version or "", 0)
        values = [asked.kind.decode(asked.settings, each, asked.codebook, NOWHERE) for each in own]
        said = label(asked, values, told)
        is_model = said.source == "model"
        labels["code"][place] = code if is_model else _code_of(asked, said.value)
        labels["probability"][place] = said.probability
        labels["source"][place] = MODEL if is_model else VOTES
    return labels


def _code_of(asked: Asked, value: Any) -> float:
    code = None if value is None else asked.kind.vote(asked.settings, value, asked.codebook, NOWHERE)
    return float("nan") if code is None else code


def _of_estimates(asked: Asked, fit: QuestionFit, votes: _Votes) -> Labels:
    assert fit.estimates is not None
    labels = _made(asked.no, fit.estimates.task_numbers, MODEL)
    starts = np.searchsorted(votes.tasks, labels["task_no"])
    ends = np.searchsorted(votes.tasks, labels["task_no"], side="right")
    for place, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        own = votes.codes[start:end].tolist()
        told = fit.estimates.told(int(labels["task_no"][place]), own, 0)
        values = [asked.kind.decode(asked.settings, each, asked.codebook, NOWHERE) for each in own]
        said = label(asked, values, told)
        labels["code"][place] = _code_of(asked, said.value)
        labels["probability"][place] = np.nan if told is not None else said.probability
        labels["source"][place] = MODEL if told is not None else VOTES
    return labels


def _of_verdicts(ontology: Ontology, votes: Mapping[int, _Votes], given: Sequence[Given], gold: set[int]) -> Labels:
    rows = []
    asked_of = {asked.no: asked for asked in ontology.questions}
    for each in given:
        for question_no, code in each.answers.items():
            if question_no not in asked_of or each.task_no in gold:
                continue
            asked = asked_of[question_no]
            present = next(iter(classed(asked, np.array([code])).codes.values()), code)
            own = votes[question_no].of(each.task_no) if question_no in votes else []
            share = smoothed_share(float(own.count(present)), float(len(own)), class_count(asked)) if own else 0.0
            rows.append((question_no, each.task_no, present, share, each.source, False))
    return np.array(rows, dtype=LABEL)


def _overrule(ontology: Ontology, labels: Labels, votes: Mapping[int, _Votes], decided: Sequence[Decided]) -> None:
    """What was decided by a fit outranks the one that stands, while the task has the votes that it read."""
    names = {asked.no: asked for asked in ontology.questions}
    keys = [(no, each.task_no) for each in decided for no in each.answers]
    wanted = np.zeros(len(keys), dtype=LABEL)
    wanted["question_no"], wanted["task_no"] = [no for no, _ in keys], [task_no for _, task_no in keys]
    at, is_there = _places(labels, wanted)
    said = ((each, no, code) for each in decided for no, code in each.answers.items())
    present: dict[tuple[int, float], float | None] = {}
    for place, there, (each, no, code) in zip(at.tolist(), is_there.tolist(), said, strict=True):
        asked = names.get(no)
        if not there or asked is None:
            continue
        if (no, code) not in present:
            present[no, code] = next(iter(classed(asked, np.array([code])).codes.values()), None)
        now = present[no, code]
        if now is None:
            continue
        is_comparison = no in votes and votes[no].classed.level == "comparison"
        labels["code"][place] = own_word(asked, now, votes[no].of(each.task_no)) if is_comparison else now
        labels["source"][place] = DECISION
        if asked.name == each.question:
            labels["probability"][place] = min(each.probability, 1.0)
    _overrule_numbers(names, labels, votes, decided)


def _overrule_numbers(
    names: Mapping[int, Asked], labels: Labels, votes: Mapping[int, _Votes], decided: Sequence[Decided]
) -> None:
    said = [(no, each.task_no, told) for each in decided for no, told in each.estimates.items()]
    wanted = np.zeros(len(said), dtype=LABEL)
    wanted["question_no"], wanted["task_no"] = [no for no, _, _ in said], [task_no for _, task_no, _ in said]
    at, is_there = _places(labels, wanted)
    for place, there, (no, task_no, told) in zip(at.tolist(), is_there.tolist(), said, strict=True):
        if not there or no not in votes or votes[no].classed.level != "numeric":
            continue
        asked = names[no]
        values = [asked.kind.decode(asked.settings, each, asked.codebook, NOWHERE) for each in votes[no].of(task_no)]
        labels["code"][place] = _code_of(asked, label(asked, values, told).value)
        labels["probability"][place] = np.nan
        labels["source"][place] = DECISION


def _mark_least(labels: Labels) -> None:
    has = np.flatnonzero(~np.isnan(labels["probability"]))
    order = has[np.lexsort((labels["question_no"][has], labels["probability"][has], labels["task_no"][has]))]
    tasks = labels["task_no"][order]
    is_first = np.ones(tasks.size, dtype=bool)
    is_first[1:] = tasks[1:] != tasks[:-1]
    labels["is_least"][order[is_first]] = True


def _made(question_no: int, task_numbers: npt.NDArray[np.int64], source: int) -> Labels:
    labels = np.zeros(task_numbers.size, dtype=LABEL)
    labels["question_no"], labels["task_no"], labels["source"] = question_no, task_numbers, source
    return labels


def _places(among: Labels, wanted: Labels) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """(where each wanted label is among others, whether it is there). among: sorted by question, then task."""
    at = np.zeros(wanted.size, dtype=np.int64)
    is_there = np.zeros(wanted.size, dtype=bool)
    for question_no in np.unique(wanted["question_no"]):
        start, end = np.searchsorted(among["question_no"], [question_no, question_no + 1])
        mine = wanted["question_no"] == question_no
        if start == end:
            continue
        tasks = among["task_no"][start:end]
        place = np.minimum(np.searchsorted(tasks, wanted["task_no"][mine]), tasks.size - 1)
        at[mine] = start + place
        is_there[mine] = tasks[place] == wanted["task_no"][mine]
    return at, is_there
