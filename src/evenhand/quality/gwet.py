"""Gwet's AC1 and AC2: agreement beyond chance that does not collapse where nearly all votes are of one class.

AC = (p_a - p_e) / (1 - p_e). p_a is the mean share of agreeing pairs over tasks with two votes or more; p_e, what chance would
give, stands on how evenly the classes are used: sum of weights / (q (q - 1)) x sum over classes of pi (1 - pi), pi being the mean
over tasks of a class's share of the task's votes.

Gwet, 2008, "Computing inter-rater reliability and its variance in the presence of high agreement", doi:10.1348/000711006X126600;
for missing votes and weights Gwet, 2014, "Handbook of Inter-Rater Reliability", 4th edition, chapters 2 to 5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from evenhand.quality.alpha import CONFIDENCE, RESAMPLES, Agreement, interval_of
from evenhand.quality.resampling import blocks_of, draws
from evenhand.quality.undefined import AgreementUndefined
from evenhand.quality.votes import Floats, cells, dense, whole_codes

Weighing = Literal["identity", "quadratic"]
AC1, AC2 = "Gwet's AC1", "Gwet's AC2"


def gwet_ac(task_numbers: npt.ArrayLike, codes: npt.ArrayLike, classes: int, weighing: Weighing = "identity") -> float:
    """AC1 (identity weights: unordered classes), or AC2 with quadratic weights (levels in their order).

    task_numbers, codes: shape (votes,), in any order; codes in 0 .. classes - 1. classes: q, how many the question allows.
    Returns the coefficient, at most 1, without unit. Unlike alpha it is defined where every vote is the same: it is 1.
    Raises AgreementUndefined when no task has two votes, ValueError for codes out of range.
    """
    return float(_point(_shares(task_numbers, codes, classes, weighing)))


def gwet_agreement(
    task_numbers: npt.ArrayLike,
    codes: npt.ArrayLike,
    classes: int,
    weighing: Weighing = "identity",
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Agreement:
    """gwet_ac with a 95 % percentile bootstrap interval over tasks; the same seed gives the same bits.

    Raises AgreementUndefined, also when a single task has two votes.
    """
    shares = _shares(task_numbers, codes, classes, weighing)
    value = float(_point(shares))
    if shares.paired < 2:
        raise AgreementUndefined(reason="one-task")
    block_of, blocks = blocks_of(shares.tasks, classes + 3, seed)
    rows = np.column_stack(
        [np.bincount(block_of, weights=column, minlength=blocks) for column in shares.columns.T]
    )  # shape (blocks, classes + 3)
    low, high = interval_of(
        np.concatenate(
            [
                _coefficient(np.einsum("bp,pk->bk", weights, rows, optimize=False), shares.weight_sum)
                for weights in draws(blocks, resamples, seed)
            ]
        )
    )
    level: Literal["nominal", "ordinal"] = "nominal" if weighing == "identity" else "ordinal"
    name = AC1 if weighing == "identity" else AC2
    return Agreement(level, value, low, high, CONFIDENCE, shares.paired, shares.votes, name)


def gwet_error(
    task_numbers: npt.ArrayLike, codes: npt.ArrayLike, classes: int, weighing: Weighing = "identity"
) -> float:
    """The standard error by linearization, of tasks as a sample from many. Raises as gwet_agreement.

    Gwet, 2008, equation 38; with missing votes as in the handbook, chapter 5.
    """
    shares = _shares(task_numbers, codes, classes, weighing)
    if shares.paired < 2:
        raise AgreementUndefined(reason="one-task")
    value = float(_point(shares))
    columns, tasks = shares.columns, shares.tasks
    used = columns[:, :classes].mean(axis=0)
    factor = _factor(classes, shares.weight_sum)
    by_chance = factor * float(np.sum(used * (1.0 - used)))
    is_paired = columns[:, classes + 1]
    seen = (tasks / shares.paired) * (columns[:, classes] - by_chance * is_paired) / (1.0 - by_chance)
    expected = factor * (columns[:, :classes] @ (1.0 - used))
    each = seen - 2.0 * (1.0 - value) * (expected - by_chance) / (1.0 - by_chance)
    return math.sqrt(float(np.sum((each - value) ** 2)) / (tasks * (tasks - 1)))


@dataclass(frozen=True, slots=True, eq=False)
class _Shares:
    """columns: shape (tasks, classes + 3): shares of each class, share of agreeing pairs, whether paired, 1."""

    columns: Floats
    weight_sum: float
    votes: int

    @property
    def tasks(self) -> int:
        return len(self.columns)

    @property
    def paired(self) -> int:
        return int(self.columns[:, -2].sum())


def _shares(task_numbers: npt.ArrayLike, codes: npt.ArrayLike, classes: int, weighing: Weighing) -> _Shares:
    numbers, tasks = dense(task_numbers)
    votes = whole_codes(codes, classes)
    if tasks.shape != votes.shape:
        raise ValueError(f"columns of different length: {tasks.shape}, {votes.shape}")
    sizes = np.bincount(tasks, minlength=numbers.size)
    if not (sizes > 1).any():
        raise AgreementUndefined(reason="no-pairs")
    weights = _weights(classes, weighing)
    cell_tasks, cell_codes, counts = cells(tasks, votes, numbers.size, classes)
    table = np.zeros((numbers.size, classes))
    table[cell_tasks, cell_codes] = counts
    near = table if weighing == "identity" else table @ weights
    agreeing = np.sum(table * (near - 1.0), axis=1) / np.maximum(sizes * (sizes - 1), 1)
    is_paired = (sizes > 1).astype(np.float64)
    columns = np.column_stack((table / sizes[:, None], agreeing * is_paired, is_paired, np.ones(numbers.size)))
    return _Shares(columns, float(weights.sum()), int(sizes[sizes > 1].sum()))


def _weights(classes: int, weighing: Weighing) -> Floats:
    if weighing == "identity" or classes < 2:
        return np.eye(classes)
    places = np.arange(classes, dtype=np.float64)
    weights: Floats = 1.0 - ((places[:, None] - places[None, :]) / (classes - 1)) ** 2
    return weights


def _point(shares: _Shares) -> float:
    return float(_coefficient(shares.columns.sum(axis=0)[None, :], shares.weight_sum)[0])


def _factor(classes: int, weight_sum: float) -> float:
    return weight_sum / (classes * (classes - 1)) if classes > 1 else 0.0


def _coefficient(sums: Floats, weight_sum: float) -> Floats:
    """sums: shape (resamples, classes + 3). NaN where a resample has no task with two votes."""
    classes = sums.shape[1] - 3
    used = sums[:, :classes] / sums[:, -1:]
    by_chance = _factor(classes, weight_sum) * np.sum(used * (1.0 - used), axis=1)
    paired = sums[:, -2]
    agreeing = np.where(paired > 0, sums[:, classes] / np.maximum(paired, 1.0), np.nan)
    coefficient: Floats = (agreeing - by_chance) / (1.0 - by_chance)
    return coefficient
