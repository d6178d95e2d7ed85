"""Krippendorff's alpha for answers of any shape that have a distance: spans, boxes, rankings, sets of labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from evenhand.quality.alpha import CONFIDENCE, RESAMPLES, Agreement, interval_of
from evenhand.quality.resampling import blocks_of, draws
from evenhand.quality.undefined import AgreementUndefined
from evenhand.quality.votes import Floats, Integers, dense

PairDistance: TypeAlias = Callable[[Integers, Integers], Floats]
"""Gets two arrays of answer positions, shape (pairs,); returns their distances, shape (pairs,), symmetric, 0 on equals."""

EXPECTED_PAIRS = 20_000
# Answers of a stream that are kept, by which chance is judged: 4,950 pairs.
KEPT = 100
Answer = TypeVar("Answer")


def distance_alpha(
    task_numbers: npt.ArrayLike, distance: PairDistance, *, seed: int, pairs: int = EXPECTED_PAIRS
) -> float:
    """Alpha of answers with a distance.

    task_numbers: shape (answers,), in any order. distance: see PairDistance.
    pairs: every pair within a task is measured; of all pairs, by which chance is judged, at most this many, drawn from `seed`.
    Returns alpha, without unit. Raises AgreementUndefined when no task has two answers, or all pairs drawn are equal.
    """
    return _alpha(_measure(task_numbers, distance, seed, pairs))


def distance_agreement(
    task_numbers: npt.ArrayLike,
    distance: PairDistance,
    *,
    seed: int,
    pairs: int = EXPECTED_PAIRS,
    resamples: int = RESAMPLES,
) -> Agreement:
    """distance_alpha with a 95 % bootstrap interval over tasks; the same seed gives the same bits.

    A resample weighs a pair across tasks by how often it holds either task. Raises AgreementUndefined, also when a single
    task has two answers.
    """
    return _agreement(_measure(task_numbers, distance, seed, pairs), seed, resamples)


@dataclass(slots=True)
class DistanceStream(Generic[Answer]):
    """distance_agreement of answers that come task by task and do not stay: of each task two numbers are kept, and of all answers
    KEPT.

    distance: of two answers, 0..1, symmetric, 0 on equals. seed: draws those that are kept. While there are at most KEPT answers
    the result is that of distance_agreement.
    """

    distance: Callable[[Answer, Answer], float]
    seed: int
    kept: list[tuple[int, Answer]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    inside: list[float] = field(default_factory=list)
    answers: int = 0
    _random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng([self.seed, 4])

    def add(self, answers: Sequence[Answer]) -> None:
        """All answers to one more task. A single one pairs with nothing and does not count."""
        if len(answers) < 2:
            return
        task = len(self.sizes)
        self.sizes.append(len(answers))
        within = sum(self.distance(one, other) for one, other in combinations(answers, 2))
        self.inside.append(2.0 * within / (len(answers) - 1))
        for answer in answers:
            self.answers += 1
            # Vitter, 1985, "Random sampling with a reservoir", algorithm R.
            if len(self.kept) < KEPT:
                self.kept.append((task, answer))
            elif (place := int(self._random.integers(self.answers))) < KEPT:
                self.kept[place] = (task, answer)

    def agreement(self, resamples: int = RESAMPLES) -> Agreement:
        """Alpha with its interval. Raises AgreementUndefined as distance_agreement."""
        if not self.sizes:
            raise AgreementUndefined(reason="no-pairs")
        pairs = [*combinations(self.kept, 2)]
        measured = _Measured(
            np.array(self.sizes, dtype=np.float64),
            np.array(self.inside),
            np.array([task for (task, _), _ in pairs], dtype=np.int64),
            np.array([task for _, (task, _) in pairs], dtype=np.int64),
            np.array([self.distance(one, other) for (_, one), (_, other) in pairs]),
        )
        return _agreement(measured, self.seed, resamples)


def _agreement(measured: _Measured, seed: int, resamples: int) -> Agreement:
    value = _alpha(measured)
    if measured.sizes.size < 2:
        raise AgreementUndefined(reason="one-task")
    block_of, blocks = blocks_of(measured.sizes.size, measured.left.size // 16, seed)
    inside = np.bincount(block_of, weights=measured.inside, minlength=blocks)
    sizes = np.bincount(block_of, weights=measured.sizes, minlength=blocks)
    left, right = block_of[measured.left], block_of[measured.right]
    alphas = []
    for drawn in draws(blocks, resamples, seed):
        for weights in drawn:
            chance = weights[left] * weights[right]
            expected = float(np.sum(chance * measured.apart))
            observed = float(np.sum(weights * inside)) / float(np.sum(weights * sizes))
            alphas.append(1.0 - observed * float(np.sum(chance)) / expected if expected > 0.0 else np.nan)
    low, high = interval_of(np.array(alphas))
    return Agreement("distance", value, low, high, CONFIDENCE, measured.sizes.size, int(measured.sizes.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """Tasks with two answers or more: sizes and 2/(m - 1) times their summed distances; sampled pairs and the tasks they join."""

    sizes: Floats
    inside: Floats
    left: Integers
    right: Integers
    apart: Floats


def _measure(task_numbers: npt.ArrayLike, distance: PairDistance, seed: int, pairs: int) -> _Measured:
    _, every_task = dense(task_numbers)
    is_paired = np.bincount(every_task)[every_task] > 1
    answers = np.flatnonzero(is_paired)
    if answers.size == 0:
        raise AgreementUndefined(reason="no-pairs")
    _, tasks = dense(every_task[answers])
    sizes = np.bincount(tasks)
    first, second = pairs_within(tasks, sizes)
    within = np.asarray(distance(answers[first], answers[second]), dtype=np.float64)
    sums = np.bincount(tasks[first], weights=within, minlength=sizes.size)
    left, right = _pairs_by_chance(answers.size, pairs, seed)
    apart = np.asarray(distance(answers[left], answers[right]), dtype=np.float64)
    return _Measured(sizes.astype(np.float64), 2.0 * sums / (sizes - 1), tasks[left], tasks[right], apart)


def _alpha(measured: _Measured) -> float:
    expected = float(measured.apart.mean())
    if expected <= 0.0:
        raise AgreementUndefined(reason="one-value")
    return 1.0 - float(measured.inside.sum() / measured.sizes.sum()) / expected


def pairs_within(tasks: Integers, sizes: Integers) -> tuple[Integers, Integers]:
    """All unordered pairs of positions that share a task: positions sorted by task, then each with those `step` after it.

    tasks: shape (answers,), places of tasks. sizes: shape (tasks,), answers of each. No pairs where no task has two.
    """
    order = np.argsort(tasks, kind="stable")
    ordered = tasks[order]
    first, second = [order[:0]], [order[:0]]
    for step in range(1, int(sizes.max(initial=0))):
        is_pair = ordered[step:] == ordered[:-step]
        first.append(order[:-step][is_pair])
        second.append(order[step:][is_pair])
    return np.concatenate(first), np.concatenate(second)


def _pairs_by_chance(answers: int, pairs: int, seed: int) -> tuple[Integers, Integers]:
    """All unordered pairs while they are few, else a sample with replacement."""
    if answers * (answers - 1) // 2 <= pairs:
        left, right = np.triu_indices(answers, 1)
        return left.astype(np.int64), right.astype(np.int64)
    random = np.random.default_rng([seed, 3])
    left = random.integers(0, answers, size=pairs)
    right = random.integers(0, answers - 1, size=pairs)
    return left, right + (right >= left)
