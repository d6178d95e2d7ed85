"""From a question's votes to all that the quality screen says of them. Numbers alone; pure, and off the event loop."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from evenhand.insight.classing import Classed, classed
from evenhand.insight.columns import ProjectColumns
from evenhand.insight.estimates import Estimates, estimates_found
from evenhand.insight.judging import Learned
from evenhand.insight.measuring import estimates_of, measurers_of
from evenhand.insight.parts import parts_of, parts_of_people
from evenhand.insight.words import CHECKED_MIN
from evenhand.ontology.ontology import Asked, Ontology
from evenhand.quality.accuracy import (
    accuracies,
    class_lean,
    credits_of,
    expected_confusion,
    signed_lean,
    windows_of,
)
from evenhand.quality.alpha import interval_agreement, nominal_agreement, ordinal_agreement
from evenhand.quality.drift import change_of
from evenhand.quality.gwet import gwet_agreement
from evenhand.quality.inference import Inference
from evenhand.quality.majority import majority
from evenhand.quality.number_crowd import NumberCrowd
from evenhand.quality.signals import alike, longest_run, speeds
from evenhand.quality.stopping import crowd_of_fit
from evenhand.quality.truth import infer
from evenhand.quality.undefined import AgreementUndefined

HARDEST = 200
PEOPLE_MAX = 5_000
CLASSES_SHOWN_MAX = 30
ALIKE_MAX = 50
DAYS_SHOWN = 31
_FAST = 1 / 3


@dataclass(frozen=True, slots=True)
class PersonFit:
    """One person on one question, as `quality_person` keeps it. parts: "batch" or "day" -> which -> `parts.Part.figures`."""

    annotator_no: int
    accuracy: float | None
    low: float | None
    high: float | None
    checked: int
    votes: int
    figures: dict[str, Any]
    parts: dict[str, dict[str, list[float | int | None]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HardTask:
    """A task whose answer is not sure, as `quality_task` keeps it."""

    task_no: int
    probability: float
    code: int
    votes: int
    agreeing: int


@dataclass(frozen=True, slots=True)
class SliceFit:
    """Agreement on a part of the answers."""

    dimension: str
    subject: str
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class QuestionFit:
    """Everything about one question."""

    question_no: int
    model: str | None
    model_version: str | None
    votes: int
    tasks: int
    people: int
    figures: dict[str, Any]
    persons: list[PersonFit] = field(default_factory=list)
    hardest: list[HardTask] = field(default_factory=list)
    slices: list[SliceFit] = field(default_factory=list)
    learned: Learned | None = None
    found: Inference | None = None
    estimates: Estimates | None = None
    numbers: NumberCrowd | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Votes:
    """The votes of one question that count, sorted by task then annotator, with what is known of each answer.

    at: seconds of the epoch, active_ms, guideline: -1 where the answer is not known. batch, vendor: places, -1 where unknown.
    """

    tasks: npt.NDArray[np.int64]
    annotators: npt.NDArray[np.int64]
    classed: Classed
    at: npt.NDArray[np.float64]
    active_ms: npt.NDArray[np.int64]
    guideline: npt.NDArray[np.int64]
    batch: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """What was said of answers that were shown, where it still stands. decided, fixed: question number -> task number -> code.

    decided: by adjudicators, between answers. fixed: by reviewers, in the place of an answer. accepted: the tasks whose answers a
    reviewer left as they were.
    """

    decided: Mapping[int, Mapping[int, float]] = field(default_factory=dict)
    fixed: Mapping[int, Mapping[int, float]] = field(default_factory=dict)
    accepted: Set[int] = frozenset()


NO_VERDICTS = Verdicts()


def fit_project(
    ontology: Ontology,
    columns: ProjectColumns,
    gold: Mapping[int, Mapping[int, float]],
    verdicts: Verdicts = NO_VERDICTS,
) -> list[QuestionFit]:
    """Every question of a project that has votes. gold: question number -> task number -> code."""
    found = []
    for asked in ontology.questions:
        fit = fit_question(asked, columns, gold.get(asked.no, {}), verdicts)
        if fit is not None:
            found.append(fit)
    return found


def fit_question(
    asked: Asked, columns: ProjectColumns, known: Mapping[int, float], verdicts: Verdicts = NO_VERDICTS
) -> QuestionFit | None:
    """One question; None without a vote that counts. known: task number -> code of the answer that is known to be right.

    What an adjudicator decided, who weighed answers that differ, teaches as gold does. What a reviewer answered instead is an
    error of somebody's, and what they accepted mostly none: both together measure people, and neither says how far the crowd is to
    be trusted, for whoever accepts may have been led by what they saw. Decision 17 has the figures.
    """
    votes = _votes_of(asked, columns)
    if not votes.tasks.size:
        return None
    gold = _gold_of(asked, known)
    numbers = _numbers_known(asked, known) if votes.classed.level == "numeric" else {}
    decided, fixed = verdicts.decided.get(asked.no, {}), verdicts.fixed.get(asked.no, {})

    figures: dict[str, Any] = {
        "level": votes.classed.level,
        "classes": [[place, code] for place, code in sorted(votes.classed.codes.items())],
        "agreement": agreement_figures(votes.classed, votes.tasks),
        "gold": len((gold.keys() | numbers.keys()) & set(votes.tasks.tolist())),
    }
    slices = _slices(votes, columns)
    counts = int(votes.tasks.size), int(np.unique(votes.tasks).size), int(np.unique(votes.annotators).size)
    if votes.classed.level == "numeric":
        said = _numbers_known(asked, fixed) | _numbers_known(asked, decided) | numbers
        measured = infer(votes.tasks, votes.annotators, votes.classed.values, level="numeric", gold=said or None)
        people = measurers_of(measured, votes.tasks, votes.annotators, votes.active_ms, PEOPLE_MAX)
        return QuestionFit(
            asked.no,
            measured.model,
            str(measured.version),
            *counts,
            {**figures, **estimates_of(measured)},
            persons=[
                PersonFit(each.annotator_no, None, None, None, each.checked, each.votes, each.figures)
                for each in people
            ],
            slices=slices,
            estimates=estimates_found(measured, votes.tasks, votes.classed.values),
            numbers=measured.crowd,
        )
    if not votes.classed.is_closed:
        return QuestionFit(asked.no, None, None, *counts, {**figures, "missing": ["no-classes"]}, slices=slices)
    told = _gold_of(asked, decided) | gold
    mended, accepted = _gold_of(asked, fixed), _accepted_of(votes, verdicts.accepted)
    found = infer(
        votes.tasks,
        votes.annotators,
        votes.classed.places,
        votes.classed.classes,
        # A signed preference has an order: far to the first, near, neither, near and far to the second.
        level="nominal" if votes.classed.level == "nominal" else "ordinal",
        gold=told or None,
        verdicts=mended or None,
        accepted=accepted or None,
    )
    judged = _Judged.of(votes, found, told.keys() | mended.keys() | accepted.keys())
    figures |= judged.figures()
    parts = _dimensions(votes, columns)
    return QuestionFit(
        asked.no,
        found.model,
        str(found.version),
        *counts,
        figures,
        persons=judged.persons(parts),
        hardest=judged.hardest(),
        slices=judged.with_people(slices, parts),
        learned=Learned(crowd_of_fit(found), votes.classed.codes),
        found=found,
    )


def _gold_of(asked: Asked, known: Mapping[int, float]) -> dict[int, int]:
    """Known answers as classes; without those that the present version refuses."""
    if not known:
        return {}
    tasks = np.fromiter(known, dtype=np.int64)
    found = classed(asked, np.fromiter(known.values(), dtype=np.float64))
    if not found.is_closed:
        return {}
    return {int(task): int(place) for task, place in zip(tasks[found.kept], found.places, strict=True)}


def _numbers_known(asked: Asked, known: Mapping[int, float]) -> dict[int, float]:
    """Known numbers; without those that the present version refuses."""
    if not known:
        return {}
    tasks = np.fromiter(known, dtype=np.int64)
    found = classed(asked, np.fromiter(known.values(), dtype=np.float64))
    return {int(task): float(value) for task, value in zip(tasks[found.kept], found.values, strict=True)}


def _accepted_of(votes: _Votes, accepted: Set[int]) -> dict[int, int]:
    """What reviewers left as it was, as classes: what most answered to these tasks, where it is one answer."""
    if not accepted or not votes.classed.is_closed:
        return {}
    is_of = np.isin(votes.tasks, np.fromiter(accepted, dtype=np.int64))
    if not is_of.any():
        return {}
    found = majority(votes.tasks[is_of], votes.classed.places[is_of], votes.classed.classes)
    return {int(task): int(place) for task, place in zip(found.task_numbers, found.codes, strict=True) if place >= 0}


def _votes_of(asked: Asked, columns: ProjectColumns) -> _Votes:
    rows = columns.votes[columns.votes["question_no"] == asked.no]
    # Of tasks in the trash nothing counts.
    place = np.searchsorted(columns.tasks["task_no"], rows["task_no"])
    place = np.minimum(place, max(columns.tasks.size - 1, 0))
    is_there = (
        columns.tasks["task_no"][place] == rows["task_no"] if columns.tasks.size else np.zeros(rows.size, dtype=bool)
    )
    rows, batch = (
        rows[is_there],
        columns.tasks["batch"][place[is_there]] if columns.tasks.size else np.zeros(0, np.int64),
    )
    found = classed(asked, rows["code"])
    rows, batch = rows[found.kept], batch[found.kept]
    tasks, annotators = rows["task_no"].astype(np.int64), rows["annotator_no"].astype(np.int64)
    at, active, guideline = _facts(columns, tasks, annotators)
    return _Votes(tasks, annotators, found, at, active, guideline, batch.astype(np.int64))


def _facts(columns: ProjectColumns, tasks: Any, annotators: Any) -> tuple[Any, Any, Any]:
    """When, how long and under which guidelines each vote was given."""
    answers = columns.answers
    if not answers.size:
        return np.zeros(tasks.size), np.full(tasks.size, -1), np.full(tasks.size, -1)
    width = int(max(answers["annotator_no"].max(), annotators.max() if annotators.size else 0)) + 1
    keys = answers["task_no"].astype(np.int64) * width + answers["annotator_no"]
    wanted = tasks * width + annotators
    place = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    is_known = keys[place] == wanted
    return (
        np.where(is_known, answers["at"][place], 0.0),
        np.where(is_known, answers["active_ms"][place], -1).astype(np.int64),
        np.where(is_known, answers["guideline"][place], -1).astype(np.int64),
    )


# -------------------------------------------------------------------------------------------------------- agreement --
def agreement_figures(found: Classed, tasks: Any) -> dict[str, Any]:
    """{"alpha": …, "gwet": …}, each a value with its interval and counts, or why there is none."""

    def told(measure: Any) -> dict[str, Any]:
        try:
            agreement = measure()
        except AgreementUndefined as error:
            return {"undefined": error.reason, "votes": int(tasks.size)}
        return {
            "coefficient": agreement.coefficient,
            "level": agreement.level,
            "value": agreement.value,
            "low": agreement.low,
            "high": agreement.high,
            "tasks": agreement.tasks,
            "votes": agreement.votes,
        }

    if found.level == "structured":
        nothing = {"undefined": "structured", "votes": int(tasks.size)}
        return {"alpha": nothing, "gwet": nothing}
    if found.level == "numeric":
        return {
            "alpha": told(lambda: interval_agreement(tasks, found.values, seed=0)),
            "gwet": {"undefined": "no-classes", "votes": int(tasks.size)},
        }
    if found.level == "nominal":
        return {
            "alpha": told(lambda: nominal_agreement(tasks, found.places, found.classes, seed=0)),
            "gwet": told(lambda: gwet_agreement(tasks, found.places, found.classes, seed=0)),
        }
    ordered = ordinal_agreement if found.level == "ordinal" else None
    return {
        "alpha": told(
            lambda: (
                ordered(tasks, found.places, found.classes, seed=0)
                if ordered
                else interval_agreement(tasks, found.values, seed=0)
            )
        ),
        "gwet": told(lambda: gwet_agreement(tasks, found.places, found.classes, "quadratic", seed=0)),
    }


def _part(found: Classed, mask: Any) -> Classed:
    return Classed(found.level, found.classes, found.kept, found.places[mask], found.values[mask], found.codes)


def _slices(votes: _Votes, columns: ProjectColumns) -> list[SliceFit]:
    """Agreement by batch, by vendor, by version of the guidelines and by day; of the guidelines without those never there."""
    found = []
    for dimension, groups, subjects in _dimensions(votes, columns):
        for group in np.unique(groups[groups >= 0]):
            mask = groups == group
            figures = agreement_figures(_part(votes.classed, mask), votes.tasks[mask])
            answered = {"answers": int(mask.sum()), "tasks": int(np.unique(votes.tasks[mask]).size)}
            found.append(SliceFit(dimension, str(subjects[int(group)]), {**figures, **answered}))
    return found


def _dimensions(votes: _Votes, columns: ProjectColumns) -> list[tuple[str, Any, list[str | UUID]]]:
    """(dimension, shape (votes,): the place of each vote's part, what the parts are called); -1: of none.

    Days are of UTC, and the newest DAYS_SHOWN on which anybody answered.
    """
    vendors = sorted(set(columns.vendors.values()), key=str)
    place = {vendor: index for index, vendor in enumerate(vendors)}
    width = int(votes.annotators.max()) + 1
    vendor_of = np.full(width, -1)
    for annotator_no, vendor in columns.vendors.items():
        if annotator_no < width:
            vendor_of[annotator_no] = place[vendor]
    days = np.where(votes.at >= 0, votes.at // 86_400, -1).astype(np.int64)
    shown = np.unique(days[days >= 0])[-DAYS_SHOWN:]
    day = np.where(np.isin(days, shown), np.searchsorted(shown, days), -1)
    return [
        ("batch", votes.batch, [*columns.batches]),
        ("vendor", vendor_of[votes.annotators], [*vendors]),
        ("guideline", votes.guideline, [str(each) for each in range(int(votes.guideline.max()) + 1)]),
        ("day", day, [str(each) for each in shown.astype("datetime64[D]")]),
    ]


# ------------------------------------------------------------------------------------------------------------ people --
@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """The votes of a closed question beside what is probably true. tasks, people: positions, of votes sorted by task."""

    votes: _Votes
    found: Inference
    tasks: npt.NDArray[np.int64]
    people: npt.NDArray[np.int64]
    credits: npt.NDArray[np.float64]
    is_checked: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, votes: _Votes, found: Inference, known: Set[int]) -> _Judged:
        tasks = np.searchsorted(found.task_numbers, votes.tasks)
        people = np.searchsorted(found.annotator_numbers, votes.annotators)
        # An answer that nobody else gave and nobody knows tells nothing of who gave it.
        is_told = found.votes > 1
        if known:
            is_told = is_told | np.isin(found.task_numbers, np.fromiter(known, dtype=np.int64))
        return cls(
            votes, found, tasks, people, credits_of(found.probabilities, tasks, votes.classed.places), is_told[tasks]
        )

    def figures(self) -> dict[str, Any]:
        """Of the question as a whole."""
        sure = self.found.confidences
        right = float(sure.sum())
        spread = 1.959963984540054 * float(np.sqrt(np.sum(sure * (1.0 - sure))))
        votes = int(self.tasks.size)
        used = self._used()
        missing = []
        if self.found.annotator_numbers.size < 2:
            missing.append("one-annotator")
        if not self.is_checked.any():
            missing.append("no-overlap")
        told: dict[str, Any] = {
            "caveat": self.found.caveat,
            "missing": missing,
            "probability": {"mean": right / sure.size, "tasks": int(sure.size)},
            "answers_per_correct": {
                "value": votes / right,
                "low": votes / min(right + spread, float(sure.size)),
                "high": votes / max(right - spread, 1e-9),
                "answers": votes,
            },
            "confusion": None,
            "alike": [],
        }
        if len(used) <= CLASSES_SHOWN_MAX and self.is_checked.any():
            whole = expected_confusion(
                self.found.probabilities, self.tasks[self.is_checked], self.votes.classed.places[self.is_checked]
            )
            told["confusion"] = _rounded(whole[np.ix_(used, used)])
        if self.is_checked.any():
            told["alike"] = self._alike()
        return told

    def _used(self) -> list[int]:
        return sorted(self.votes.classed.codes)

    def _alike(self) -> list[list[float]]:
        numbers = self.found.annotator_numbers
        pairs = alike(self.tasks, self.people, self.votes.classed.places, self.found.probabilities, numbers.size)
        return [
            [
                int(numbers[each.first]),
                int(numbers[each.second]),
                each.shared,
                each.same,
                round(each.expected, 2),
                round(each.omega, 2),
                each.chance,
            ]
            for each in pairs[:ALIKE_MAX]
        ]

    def with_people(self, slices: list[SliceFit], parts: list[tuple[str, Any, list[str | UUID]]]) -> list[SliceFit]:
        """The same parts with what is known of the people in them: how often they are right, and how long they take."""
        told: dict[tuple[str, str], list[float | int | None]] = {}
        for dimension, groups, subjects in parts:
            found = parts_of(groups, self.credits, self.is_checked, self.votes.active_ms)
            told |= {(dimension, str(subjects[place])): part.figures for place, part in found.items()}
        return [
            replace(each, figures={**each.figures, "people": told.get((each.dimension, each.subject))})
            for each in slices
        ]

    def persons(self, parts: list[tuple[str, Any, list[str | UUID]]]) -> list[PersonFit]:
        """Everybody, or the 5,000 with most answers."""
        numbers = self.found.annotator_numbers
        answered = np.bincount(self.people, minlength=numbers.size)
        checked = accuracies(self.people[self.is_checked], self.credits[self.is_checked], numbers.size)
        times = speeds(self.tasks, self.people, self.votes.active_ms, numbers.size)
        shown = np.argsort(-answered, kind="stable")[:PEOPLE_MAX]
        by_time = np.lexsort((self.tasks, self.votes.at, self.people))
        starts = np.searchsorted(self.people[by_time], np.arange(numbers.size + 1))
        windows = self._windows(by_time, starts, shown)
        within = {
            dimension: parts_of_people(
                self.people, groups, [*subjects], self.credits, self.is_checked, self.votes.active_ms
            )
            for dimension, groups, subjects in parts
            if dimension in ("batch", "day")
        }
        found = []
        for person in np.sort(shown):
            mine = by_time[starts[person] : starts[person + 1]]
            count = int(checked.counts[person])
            told = self._person(mine, windows.get(int(person), []), times[person])
            is_known = count > 0
            found.append(
                PersonFit(
                    int(numbers[person]),
                    float(checked.means[person]) if is_known else None,
                    float(checked.lows[person]) if is_known else None,
                    float(checked.highs[person]) if is_known else None,
                    count,
                    int(answered[person]),
                    told,
                    {dimension: of.get(int(person), {}) for dimension, of in within.items()},
                )
            )
        return found

    def _windows(self, by_time: Any, starts: Any, shown: Any) -> dict[int, list[dict[str, Any]]]:
        """The accuracy of each person over stretches of time, all intervals at once."""
        members, groups = [], []
        owners: list[int] = []
        for person in shown:
            mine = by_time[starts[person] : starts[person + 1]]
            mine = mine[self.is_checked[mine]]
            if mine.size < CHECKED_MIN:
                continue
            stretch = windows_of(mine.size)
            members.append(mine)
            groups.append(stretch + len(owners))
            owners += [int(person)] * (int(stretch.max()) + 1)
        if not owners:
            return {}
        every, group = np.concatenate(members), np.concatenate(groups)
        found = accuracies(group, self.credits[every], len(owners))
        at = self.votes.at[every]
        first = np.searchsorted(group, np.arange(len(owners)))
        last = np.searchsorted(group, np.arange(len(owners)), side="right") - 1
        told: dict[int, list[dict[str, Any]]] = {}
        for place, person in enumerate(owners):
            told.setdefault(person, []).append(
                {
                    "from": float(at[first[place]]),
                    "to": float(at[last[place]]),
                    "mean": round(float(found.means[place]), 4),
                    "low": round(float(found.lows[place]), 4),
                    "high": round(float(found.highs[place]), 4),
                    "count": int(found.counts[place]),
                }
            )
        return told

    def _person(self, mine: Any, windows: list[dict[str, Any]], speed: Any) -> dict[str, Any]:
        """mine: positions of this person's votes, in the order of time."""
        told: dict[str, Any] = {"windows": windows, "confusion": None, "lean": None, "change": None, "run": None}
        places = self.votes.classed.places
        judged = mine[self.is_checked[mine]]
        if speed is not None:
            told["ms"] = {"median": round(speed.median), "crowd": round(speed.crowd), "count": speed.count}
            told["is_fast"] = bool(speed.count >= CHECKED_MIN and speed.median < _FAST * speed.crowd)
        if not judged.size:
            return told
        used = self._used()
        if len(used) <= CLASSES_SHOWN_MAX:
            counts = expected_confusion(self.found.probabilities, self.tasks[judged], places[judged])
            told["confusion"] = _rounded(counts[np.ix_(used, used)])
        told["lean"] = self._lean(judged)
        told["change"] = self._change(judged)
        shares = self.found.probabilities[self.tasks[judged]].mean(axis=0)
        if run := longest_run(places[judged], shares):
            told["run"] = {
                "place": run.code,
                "length": run.length,
                "of": run.count,
                "chance": run.chance,
                "from": float(self.votes.at[judged[run.start]]),
            }
        return told

    def _lean(self, judged: Any) -> dict[str, Any] | None:
        tasks, places = self.tasks[judged], self.votes.classed.places[judged]
        if self.votes.classed.level == "nominal":
            lean = class_lean(self.found.probabilities, tasks, places)
            return {"kind": "class", "place": lean.code, "value": lean.value, "low": lean.low, "high": lean.high}
        classes = self.votes.classed.classes
        ends = (-1.0, 1.0) if self.votes.classed.level == "comparison" else (0.0, classes - 1.0)
        scale = np.linspace(*ends, classes)
        value, low, high = signed_lean(self.found.probabilities, tasks, places, scale)
        kind = "side" if self.votes.classed.level == "comparison" else "level"
        return {"kind": kind, "place": None, "value": value, "low": low, "high": high}

    def _change(self, judged: Any) -> dict[str, Any] | None:
        change = change_of(self.credits[judged])
        if change is None:
            return None
        at, times = self.votes.at[judged], self.votes.active_ms[judged]

        def side(row: int, part: Any) -> dict[str, Any]:
            known = part[part > 0]
            return {
                "mean": float(change.sides.means[row]),
                "low": float(change.sides.lows[row]),
                "high": float(change.sides.highs[row]),
                "count": int(change.sides.counts[row]),
                "ms": round(float(np.median(known))) if known.size else None,
            }

        last = judged.size - 1
        return {
            "at": float(at[min(change.position, last)]),
            "low": float(at[min(change.low, last)]),
            "high": float(at[min(change.high, last)]),
            "factor": change.factor,
            "before": side(0, times[: change.position]),
            "after": side(1, times[change.position :]),
        }

    def hardest(self) -> list[HardTask]:
        """The tasks whose likeliest answer is least sure, of those that were answered twice or more."""
        sure = self.found.confidences
        told = np.unique(self.tasks[self.is_checked])
        hardest = told[np.lexsort((told, sure[told]))[:HARDEST]]
        likeliest = self.found.probabilities.argmax(axis=1)
        agreeing = np.bincount(
            self.tasks, weights=self.votes.classed.places == likeliest[self.tasks], minlength=sure.size
        )
        return [
            HardTask(
                int(self.found.task_numbers[task]),
                float(sure[task]),
                int(likeliest[task]),
                int(self.found.votes[task]),
                int(agreeing[task]),
            )
            for task in hardest
        ]


def _rounded(counts: Any) -> list[list[float]]:
    return [[round(float(each), 2) for each in row] for row in counts]
