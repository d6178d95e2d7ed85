"""Matching: which of the things that several people marked are the same thing, which of them are there, and who misses or invents
how many.

One matcher for spans, boxes, polygons, keypoints, masks: a kind brings how alike two marks are (`shapes`), and everything else is
the same.

1. Marks of one task that are alike are laid into clusters, the most alike first; nobody has two marks in one.
2. A cluster is a thing that is there, or a false alarm. Things are as many a task as they are; everybody marks one at their own
   rate. False alarms begin with one person, at their own rate an answer; that others join in is rare. Things that nobody marked
   are counted as those who estimate a population from recaptures count it. All of it is found by expectation and maximization.

After Branson, Van Horn & Perona, 2017, "Lean crowdsourcing: combining humans and machines in an online system",
doi:10.1109/CVPR.2017.647; for what nobody marked Sanathanan, 1972, "Estimating the size of a multinomial population",
doi:10.1214/aoms/1177692709.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenhand.quality.accuracy import CONFIDENCE
from evenhand.quality.beta import beta_quantile
from evenhand.quality.undefined import StructureUndefined
from evenhand.quality.votes import Floats, Integers, dense

# Marks that are alike less than this are never one thing; nor are clusters whose marks are so on average.
ALIKE_MIN = 0.1
PASSES = 60
_STILL = 1e-7
# What the crowd is taken to be before its answers speak, and for how many things' and answers' worth; and everybody within the
# crowd.
_FOUND, _ALARMS, _JOINING = 0.8, 0.2, 0.1
_CROWD_STRENGTH, _STRENGTH = 10.0, 4.0
# A Poisson count as a binomial one of so many trials: its quantiles are those of beta.
_TRIALS = 1e7


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """One row an annotator, by `annotator_numbers`, shape (annotators,), increasing. Intervals are central, at 95 %.

    missed, missed_lows, missed_highs: the share of things that they do not mark. alarms, …: marks an answer of what is not there.
    things: of how many things, in expectation. answers: of how many answers.
    """

    annotator_numbers: Integers
    missed: Floats
    missed_lows: Floats
    missed_highs: Floats
    alarms: Floats
    alarms_lows: Floats
    alarms_highs: Floats
    things: Floats
    answers: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """What is there.

    clusters: shape (marks,), the cluster of each, 0 .. clusters - 1, in the order of tasks. cluster_tasks: shape (clusters,), task
        numbers. existence: shape (clusters,), the probability that something is there, above 0 and below 1.
        That it is, not that most would mark it: where a crowd misses half of what is there, these are two things.
    marks, answers: shape (clusters,), how many marked it, of how many who answered. unseen: things a task that nobody marked, in
        expectation. rates: of the annotators.
    """

    clusters: Integers
    cluster_tasks: Integers
    existence: Floats
    marks: Integers
    answers: Integers
    unseen: float
    rates: Rates


def match(
    task_numbers: npt.ArrayLike,
    annotator_numbers: npt.ArrayLike,
    answer_of: npt.ArrayLike,
    alike: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike],
) -> Matched:
    """Which marks are one thing, and which things are there.

    task_numbers, annotator_numbers: shape (answers,), one row an answer, also of those who marked nothing. answer_of: shape
    (marks,), the place of the answer that each mark belongs to. alike: (first, second, likeness), shape (pairs,), of marks of one
    task that have something in common: their places, and 0..1. What is not in it is not alike.
    Raises StructureUndefined for columns of different length, likeness that is no number, and marks of answers that are not there.
    """
    known_tasks, tasks = dense(task_numbers)
    known_annotators, annotators = dense(annotator_numbers)
    marks = np.asarray(answer_of, dtype=np.int64).reshape(-1)
    first, second, likeness = _checked(tasks, annotators, marks, alike)
    places = clusters_of(tasks[marks], marks, first, second, likeness)
    found = _Things.of(tasks, annotators, marks, places, known_tasks.size, known_annotators.size)
    found.settle()
    return Matched(
        places,
        known_tasks[found.cluster_tasks],
        found.existence,
        found.marked,
        found.asked,
        float(found.unseen().mean()) if known_tasks.size else 0.0,
        found.rates(known_annotators),
    )


def clusters_of(
    tasks: npt.ArrayLike, owners: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike, likeness: npt.ArrayLike
) -> Integers:
    """The cluster of each mark, numbered in the order of tasks, then of marks. tasks, owners: shape (marks,).

    The most alike first; two clusters become one where they have no owner in common and their marks are alike ALIKE_MIN on
    average, so that a chain of neighbors does not join what has nothing in common. Of equal likeness the pair that stands first.
    """
    given, holders = np.asarray(tasks, dtype=np.int64), np.asarray(owners, dtype=np.int64)
    one, other = np.asarray(first, dtype=np.int64), np.asarray(second, dtype=np.int64)
    alike = np.asarray(likeness, dtype=np.float64)
    is_pair = (alike >= ALIKE_MIN) & (holders[one] != holders[other])
    one, other, alike = one[is_pair], other[is_pair], alike[is_pair]
    order = np.lexsort((np.maximum(one, other), np.minimum(one, other), -alike))
    known: dict[tuple[int, int], float] = {}
    pairs = [*zip(one[order].tolist(), other[order].tolist(), alike[order].tolist(), strict=True)]
    for a, b, each in pairs:
        known[min(a, b), max(a, b)] = each
    cluster: list[list[int]] = [[place] for place in range(given.size)]
    owned = [{holder} for holder in holders.tolist()]
    for a, b, _ in pairs:
        ours, theirs = cluster[a], cluster[b]
        if ours is theirs or owned[ours[0]] & owned[theirs[0]]:
            continue
        shared = sum(known.get((min(x, y), max(x, y)), 0.0) for x in ours for y in theirs)
        if shared < ALIKE_MIN * len(ours) * len(theirs):
            continue
        owned[ours[0]] |= owned[theirs[0]]
        ours.extend(theirs)
        for place in theirs:
            cluster[place] = ours
    leaders = np.array([min(each) for each in cluster], dtype=np.int64)
    if not leaders.size:
        return leaders
    _, places = np.unique(given[leaders] * leaders.size + leaders, return_inverse=True)
    return np.asarray(places.reshape(-1), dtype=np.int64)


def _checked(
    tasks: Integers, annotators: Integers, marks: Integers, alike: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]
) -> tuple[Integers, Integers, Floats]:
    first, second = (np.asarray(each, dtype=np.int64).reshape(-1) for each in alike[:2])
    likeness = np.asarray(alike[2], dtype=np.float64).reshape(-1)
    if tasks.size != annotators.size or not first.size == second.size == likeness.size:
        raise StructureUndefined(reason="columns", where=f"{tasks.size} and {annotators.size} rows, {first.size} pairs")
    if marks.size and not (marks.min() >= 0 and marks.max() < tasks.size):
        raise StructureUndefined(reason="not-answered", where=f"a mark belongs to none of {tasks.size} answers")
    if first.size and not (min(first.min(), second.min()) >= 0 and max(first.max(), second.max()) < marks.size):
        raise StructureUndefined(reason="not-answered", where=f"a pair names none of {marks.size} marks")
    if not (np.isfinite(likeness).all() and ((likeness >= 0) & (likeness <= 1)).all()):
        raise StructureUndefined(reason="not-finite", where="a likeness is no number in 0..1")
    is_apart = tasks[marks[first]] != tasks[marks[second]]
    if is_apart.any():
        row = int(np.flatnonzero(is_apart)[0])
        raise StructureUndefined(reason="not-answered", where=f"pair {row} is of two tasks")
    return first, second, likeness


@dataclass(slots=True, eq=False)
class _Things:
    """Clusters and who could have marked them.

    entry_clusters, entry_annotators, is_marked: shape (entries,): for each cluster everybody who answered its task, by cluster.
    cluster_tasks, marked, asked: shape (clusters,). answer_tasks, answer_annotators: shape (answers,).
    found, alarms: shape (annotators,): the rate at which they mark a thing, and begin a false alarm, an answer.
    """

    entry_clusters: Integers
    entry_annotators: Integers
    is_marked: npt.NDArray[np.bool_]
    cluster_tasks: Integers
    marked: Integers
    asked: Integers
    answer_tasks: Integers
    answer_annotators: Integers
    tasks: int
    people: int
    existence: Floats
    found: Floats
    alarms: Floats
    things: float = 1.0
    joining: float = _JOINING

    @classmethod
    def of(
        cls, tasks: Integers, annotators: Integers, marks: Integers, clusters: Integers, task_count: int, people: int
    ) -> _Things:
        count = int(clusters.max(initial=-1)) + 1
        cluster_tasks = np.zeros(count, dtype=np.int64)
        cluster_tasks[clusters] = tasks[marks]
        order = np.argsort(tasks, kind="stable")
        sizes = np.bincount(tasks, minlength=task_count)
        begins = np.cumsum(sizes) - sizes
        asked = sizes[cluster_tasks]
        entry_clusters = np.repeat(np.arange(count), asked)
        within = np.arange(entry_clusters.size) - np.repeat(np.cumsum(asked) - asked, asked)
        entry_answers = order[begins[cluster_tasks[entry_clusters]] + within]
        width = max(tasks.size, 1)
        is_marked = np.isin(entry_clusters * width + entry_answers, clusters * width + marks)
        marked = np.bincount(clusters, minlength=count)
        return cls(
            entry_clusters,
            annotators[entry_answers],
            is_marked,
            cluster_tasks,
            marked,
            asked,
            tasks,
            annotators,
            task_count,
            people,
            (marked + 0.5) / (asked + 1.0),
            np.full(people, _FOUND),
            np.full(people, _ALARMS),
        )

    def settle(self) -> None:
        """Until nothing moves."""
        if not self.marked.size:
            return
        for _ in range(PASSES):
            self._count()
            before = self.existence
            self._believe()
            if float(np.abs(self.existence - before).max()) < _STILL:
                break
        self._count()

    def unseen(self) -> Floats:
        """Things a task that nobody marked, in expectation; shape (tasks,)."""
        silent = np.bincount(
            self.answer_tasks, weights=np.log1p(-self.found[self.answer_annotators]), minlength=self.tasks
        )
        missing: Floats = self.things * np.exp(silent)
        return missing

    def _tallies(self) -> tuple[Floats, Floats, Floats]:
        """(things marked, things there were, false alarms) of each annotator, in expectation."""
        real = self.existence[self.entry_clusters]
        hits = self._by_person(np.where(self.is_marked, real, 0.0))
        there = self._by_person(real) + np.bincount(
            self.answer_annotators, weights=self.unseen()[self.answer_tasks], minlength=self.people
        )
        return hits, there, self._by_person(np.where(self.is_marked, 1.0 - real, 0.0))

    def _by_person(self, values: Floats) -> Floats:
        return np.bincount(self.entry_annotators, weights=values, minlength=self.people).astype(np.float64)

    def _count(self) -> None:
        hits, there, _ = self._tallies()
        real = self.existence[self.entry_clusters]
        begun = self._by_person(np.where(self.is_marked, (1.0 - real) / self.marked[self.entry_clusters], 0.0))
        answers = np.bincount(self.answer_annotators, minlength=self.people)
        self.things = float(self.existence.sum() + self.unseen().sum() + 1.0) / (self.tasks + 1.0)
        crowd = (hits.sum() + _CROWD_STRENGTH * _FOUND) / (there.sum() + _CROWD_STRENGTH)
        self.found = np.clip((hits + _STRENGTH * crowd) / (there + _STRENGTH), 1e-3, 1.0 - 1e-3)
        usual = (begun.sum() + _CROWD_STRENGTH * _ALARMS) / (answers.sum() + _CROWD_STRENGTH)
        self.alarms = (begun + _STRENGTH * usual) / (answers + _STRENGTH)
        wrong = 1.0 - self.existence
        joined = float(np.sum(wrong * (self.marked - 1)) + _CROWD_STRENGTH * _JOINING)
        self.joining = min(joined / float(np.sum(wrong * (self.asked - 1)) + _CROWD_STRENGTH), 0.5)

    def _believe(self) -> None:
        count = self.marked.size
        chances = np.where(
            self.is_marked, np.log(self.found)[self.entry_annotators], np.log1p(-self.found)[self.entry_annotators]
        )
        real = np.log(self.things) + np.bincount(self.entry_clusters, weights=chances, minlength=count)
        begun = np.bincount(
            self.entry_clusters,
            weights=np.where(self.is_marked, self.alarms[self.entry_annotators], 0.0),
            minlength=count,
        )
        false = (
            np.log(begun / self.marked)
            + (self.marked - 1) * np.log(self.joining)
            + (self.asked - self.marked) * np.log1p(-self.joining)
        )
        self.existence = 1.0 / (1.0 + np.exp(np.clip(false - real, -30.0, 30.0)))

    def rates(self, numbers: Integers) -> Rates:
        """With their intervals: Jeffreys', of as many things as were marked by somebody, and of alarms as a Poisson count."""
        _, there, alarms = self._tallies()
        answers = np.bincount(self.answer_annotators, minlength=self.people)
        seen = self._by_person(self.existence[self.entry_clusters])
        missed = 1.0 - self.found
        lost = missed * seen
        tail = (1.0 - CONFIDENCE) / 2.0
        ends = [beta_quantile(each, lost + 0.5, seen - lost + 0.5) for each in (tail, 1.0 - tail)]
        per = np.maximum(answers, 1)
        false = [_TRIALS * beta_quantile(each, alarms + 0.5, _TRIALS - alarms) / per for each in (tail, 1.0 - tail)]
        mean = alarms / per
        return Rates(
            numbers,
            missed,
            np.minimum(ends[0], missed),
            np.maximum(ends[1], missed),
            mean,
            np.minimum(false[0], mean),
            np.maximum(false[1], mean),
            there,
            answers,
        )
