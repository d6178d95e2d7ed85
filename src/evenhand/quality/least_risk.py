"""Minimum-risk choice: of the answers given, the one with the least expected distance to what is right.

Nothing is written anew: a translation, a rewrite or a caption that somebody wrote stands, whole. What is right is taken to be one
of the answers, with a probability that grows with the reliability of whoever gave it.

Kumar & Byrne, 2004, "Minimum Bayes-risk decoding for statistical machine translation"; for reliabilities by distance alone
Braylan & Lease, 2020, "Modeling and aggregation of complex annotations via annotation distances", doi:10.1145/3366423.3380250.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenhand.quality.distance import PairDistance, pairs_within
from evenhand.quality.undefined import StructureUndefined
from evenhand.quality.votes import Floats, Integers, dense

# Answers' worth of the crowd's own mean distance that everybody begins with.
STRENGTH = 5.0
PASSES = 5
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """What each answer risks, and how far from the others each annotator answers.

    risks: shape (answers,), in the order given: the expected distance of each to what is right, 0..1. is_least: shape (answers,):
        nobody's answer to the task risks less; several are where they are equals, and nobody breaks the tie.
    weights: shape (answers,), the share of each answer in its task; they sum to 1 there.
    annotator_numbers: shape (annotators,), increasing. distances: shape (annotators,), the mean distance of each to the others of
        their tasks, shrunk towards the crowd's. counts: shape (annotators,), how many of their answers others answered too.
    """

    risks: Floats
    is_least: npt.NDArray[np.bool_]
    weights: Floats
    annotator_numbers: Integers
    distances: Floats
    counts: Integers


def choose(task_numbers: npt.ArrayLike, annotator_numbers: npt.ArrayLike, distance: PairDistance) -> Choices:
    """The answers of least risk.

    task_numbers, annotator_numbers: shape (answers,), in any order. distance: see PairDistance; asked about every pair within a
    task. Whoever answers far from the others everywhere weighs less. Of two answers of like people neither risks less.
    Raises StructureUndefined for columns of different length, or a distance that is no number in 0..1.
    """
    _, tasks = dense(task_numbers)
    known, annotators = dense(annotator_numbers)
    if tasks.shape != annotators.shape:
        raise StructureUndefined(reason="columns", where=f"{tasks.size} and {annotators.size} rows")
    sizes = np.bincount(tasks)
    first, second = pairs_within(tasks, sizes)
    apart = np.asarray(distance(first, second), dtype=np.float64)
    if apart.shape != first.shape or not (np.isfinite(apart).all() and ((apart >= 0) & (apart <= 1)).all()):
        raise StructureUndefined(reason="not-finite", where="a distance is no number in 0..1")
    asked = _Asked(tasks, annotators, sizes, known.size, first, second, apart)
    people = np.ones(known.size)
    for _ in range(PASSES):
        people = asked.distances(asked.weights(people))
    weights = asked.weights(people)
    totals = np.bincount(tasks, weights=weights, minlength=sizes.size)
    shares = weights / np.maximum(totals, 1e-300)[tasks] if tasks.size else weights
    risks = asked.summed(shares)
    least = np.full(sizes.size, np.inf)
    np.minimum.at(least, tasks, risks)
    is_least = risks <= least[tasks] + _CLOSE
    return Choices(risks, is_least, shares, known, people, asked.counts)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    tasks: Integers
    annotators: Integers
    sizes: Integers
    people: int
    first: Integers
    second: Integers
    apart: Floats

    @property
    def counts(self) -> Integers:
        is_shared = self.sizes[self.tasks] > 1
        return np.bincount(self.annotators[is_shared], minlength=self.people)

    def weights(self, people: Floats) -> Floats:
        """Precision: one over the squared distance of whoever answered."""
        usual = max(float(people.mean()) if people.size else 1.0, 1e-9)
        return (usual / np.maximum(people, usual * 0.05))[self.annotators] ** 2

    def summed(self, weights: Floats) -> Floats:
        """Of each answer the weighted sum of distances to the others of its task."""
        size = self.tasks.size
        there = np.bincount(self.first, weights=self.apart * weights[self.second], minlength=size)
        back = np.bincount(self.second, weights=self.apart * weights[self.first], minlength=size)
        return np.asarray(there + back, dtype=np.float64)

    def distances(self, weights: Floats) -> Floats:
        """Of each annotator the mean distance to the others, themselves left out."""
        others = np.bincount(self.tasks, weights=weights, minlength=self.sizes.size)[self.tasks] - weights
        is_shared = self.sizes[self.tasks] > 1
        each = np.where(is_shared, self.summed(weights) / np.maximum(others, 1e-300), 0.0)
        counts = self.counts
        crowd = float(each.sum()) / max(int(is_shared.sum()), 1)
        totals = np.bincount(self.annotators, weights=each, minlength=self.people)
        return (totals + STRENGTH * crowd) / (counts + STRENGTH)
