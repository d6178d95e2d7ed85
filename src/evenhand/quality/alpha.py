"""Krippendorff's alpha: agreement beyond chance for any number of annotators, missing votes and any distance.

alpha = 1 - D_o / D_e, D_o being the mean distance of two votes on one task and D_e that of any two votes. A task with a
single vote pairs with nothing and does not count.

Krippendorff, 2011, "Computing Krippendorff's alpha-reliability", https://repository.upenn.edu/handle/20.500.14332/2089.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import numpy.typing as npt

from evenhand.quality import coincidence
from evenhand.quality.resampling import blocks_of, draws
from evenhand.quality.undefined import AgreementUndefined
from evenhand.quality.votes import Floats, Integers, dense, whole_codes

Level = Literal["nominal", "ordinal", "interval", "distance"]
_Sums = Callable[[Integers, int], Floats]
_Formula = Callable[[Floats], Floats]

COEFFICIENT = "Krippendorff's alpha"
RESAMPLES = 1000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Agreement:
    """Alpha with its uncertainty and its counts.

    value: at most 1 (full agreement); 0 is what chance would give; below 0 is systematic disagreement.
    low, high: percentile bootstrap interval over tasks at `confidence`.
    tasks, votes: how many tasks had two votes or more, and how many votes these had.
    """

    level: Level
    value: float
    low: float
    high: float
    confidence: float
    tasks: int
    votes: int
    coefficient: str = COEFFICIENT


def nominal_alpha(task_numbers: npt.ArrayLike, codes: npt.ArrayLike, classes: int) -> float:
    """Alpha of unordered codes: two votes are equal or they are not.

    task_numbers, codes: shape (votes,), in any order; codes in 0 .. classes - 1.
    Returns alpha, without unit. Raises AgreementUndefined, and ValueError for codes out of range.
    """
    votes = _Paired.of(task_numbers, whole_codes(codes, classes))
    return votes.point(partial(_nominal_sums, votes, classes), coincidence.nominal_alpha_of)


def ordinal_alpha(task_numbers: npt.ArrayLike, ranks: npt.ArrayLike, levels: int) -> float:
    """Alpha of ordered levels: two votes are as far apart as there are votes between them, squared.

    task_numbers, ranks: shape (votes,); ranks in 0 .. levels - 1, lowest first. Returns and raises as nominal_alpha.
    """
    votes = _Paired.of(task_numbers, whole_codes(ranks, levels))
    return votes.point(partial(_ordinal_sums, votes, levels), partial(coincidence.ordinal_alpha_of, levels=levels))


def interval_alpha(task_numbers: npt.ArrayLike, values: npt.ArrayLike) -> float:
    """Alpha of numbers: the distance of two votes is their difference, squared.

    task_numbers, values: shape (votes,); values finite, in any unit. Returns alpha, which has none.
    Raises AgreementUndefined, and ValueError for values that are not finite.
    """
    votes = _Paired.of(task_numbers, _finite(values))
    return votes.point(partial(_interval_sums, votes), coincidence.interval_alpha_of)


def alpha_from_sums(pair_sums: npt.ArrayLike, sizes: npt.ArrayLike, expected: float) -> float:
    """Alpha from what a caller has summed itself, where answers may not leave their task (spans of a sealed text).

    pair_sums: shape (tasks,), sum of the distances over the unordered pairs of answers of each task.
    sizes: shape (tasks,), answers of each task. expected: the mean distance of two answers paired by chance, 0 or more.
    Raises AgreementUndefined when no task has two answers, or when expected is 0.
    """
    counts = np.asarray(sizes, dtype=np.int64)
    is_paired = counts >= 2
    if not is_paired.any():
        raise AgreementUndefined(reason="no-pairs")
    if expected <= 0.0:
        raise AgreementUndefined(reason="one-value")
    paired = counts[is_paired]
    sums = np.asarray(pair_sums, dtype=np.float64)[is_paired]
    observed = float(np.sum(2.0 * sums / (paired - 1)) / paired.sum())
    return 1.0 - observed / expected


def nominal_agreement(
    task_numbers: npt.ArrayLike, codes: npt.ArrayLike, classes: int, *, seed: int, resamples: int = RESAMPLES
) -> Agreement:
    """nominal_alpha with a 95 % bootstrap interval over tasks; the same seed gives the same bits.

    Raises AgreementUndefined, also when a single task has two votes.
    """
    votes = _Paired.of(task_numbers, whole_codes(codes, classes))
    sums = partial(_nominal_sums, votes, classes)
    return votes.agreement("nominal", sums, coincidence.nominal_alpha_of, classes + 1, seed, resamples)


def ordinal_agreement(
    task_numbers: npt.ArrayLike, ranks: npt.ArrayLike, levels: int, *, seed: int, resamples: int = RESAMPLES
) -> Agreement:
    """ordinal_alpha with a bootstrap interval, as nominal_agreement."""
    votes = _Paired.of(task_numbers, whole_codes(ranks, levels))
    sums, formula = partial(_ordinal_sums, votes, levels), partial(coincidence.ordinal_alpha_of, levels=levels)
    return votes.agreement("ordinal", sums, formula, levels * (levels + 1) // 2, seed, resamples)


def interval_agreement(
    task_numbers: npt.ArrayLike, values: npt.ArrayLike, *, seed: int, resamples: int = RESAMPLES
) -> Agreement:
    """interval_alpha with a bootstrap interval, as nominal_agreement."""
    votes = _Paired.of(task_numbers, _finite(values))
    return votes.agreement(
        "interval", partial(_interval_sums, votes), coincidence.interval_alpha_of, 4, seed, resamples
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Paired:
    """Votes by task position; how many tasks there are, how many of them count, and how many votes those have."""

    tasks: Integers
    values: npt.NDArray[np.int64] | npt.NDArray[np.float64]
    task_count: int
    paired_tasks: int
    paired_votes: int

    @classmethod
    def of(cls, task_numbers: npt.ArrayLike, values: npt.NDArray[np.int64] | npt.NDArray[np.float64]) -> _Paired:
        numbers, tasks = dense(task_numbers)
        if tasks.shape != values.shape:
            raise ValueError(f"columns of different length: {tasks.shape}, {values.shape}")
        sizes = np.bincount(tasks, minlength=numbers.size)
        paired = sizes[sizes > 1]
        if paired.size == 0:
            raise AgreementUndefined(reason="no-pairs")
        return cls(tasks, values, numbers.size, paired.size, int(paired.sum()))

    def point(self, sums: _Sums, formula: _Formula) -> float:
        value = formula(sums(np.zeros(self.task_count, dtype=np.int64), 1))[0]
        if np.isnan(value):
            raise AgreementUndefined(reason="one-value")
        return float(value)

    def agreement(
        self, level: Level, sums: _Sums, formula: _Formula, columns: int, seed: int, resamples: int
    ) -> Agreement:
        value = self.point(sums, formula)
        if self.paired_tasks < 2:
            raise AgreementUndefined(reason="one-task")
        rows = sums(*blocks_of(self.task_count, columns, seed))
        low, high = interval_of(
            np.concatenate([formula(_weighted(weights, rows)) for weights in draws(rows.shape[0], resamples, seed)])
        )
        return Agreement(level, value, low, high, CONFIDENCE, self.paired_tasks, self.paired_votes)


def interval_of(alphas: Floats) -> tuple[float, float]:
    """The percentile interval of resampled alphas, shape (resamples,), NaN where a resample held one value only.

    Such a resample says nothing, so it counts against us at either end: as 0 for the low one, as 1 for the high one.
    """
    tail = (1.0 - CONFIDENCE) / 2.0
    low = np.quantile(np.nan_to_num(alphas, nan=0.0), tail)
    high = np.quantile(np.nan_to_num(alphas, nan=1.0), 1.0 - tail)
    return float(low), float(high)


def _weighted(weights: Floats, rows: Floats) -> Floats:
    """weights @ rows, added up in one order: a threaded matrix product may differ in the last bit from run to run."""
    summed: Floats = np.einsum("bp,pk->bk", weights, rows, optimize=False)
    return summed


def _nominal_sums(votes: _Paired, classes: int, block_of: Integers, blocks: int) -> Floats:
    return coincidence.nominal_sums(votes.tasks, votes.values.astype(np.int64, copy=False), classes, block_of, blocks)


def _ordinal_sums(votes: _Paired, levels: int, block_of: Integers, blocks: int) -> Floats:
    return coincidence.ordinal_sums(votes.tasks, votes.values.astype(np.int64, copy=False), levels, block_of, blocks)


def _interval_sums(votes: _Paired, block_of: Integers, blocks: int) -> Floats:
    return coincidence.interval_sums(votes.tasks, votes.values.astype(np.float64, copy=False), block_of, blocks)


def _finite(values: npt.ArrayLike) -> Floats:
    given = np.asarray(values, dtype=np.float64).reshape(-1)
    if not np.isfinite(given).all():
        raise ValueError("a value is not finite")
    return given
