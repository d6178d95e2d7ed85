"""Majority consensus: the most frequent answer of each task, with ties told as fractions and a smoothed probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenhand.quality.share import smoothed_share
from evenhand.quality.votes import Floats, Integers, cells, dense, whole_codes


@dataclass(frozen=True, slots=True, eq=False)
class Majority:
    """The consensus of every task that has a vote, one row a task, by increasing task number.

    task_numbers, votes, top_counts: shape (tasks,). top_counts[i] of votes[i] voters chose a winner of task i.
    codes: shape (tasks,); the winner, or -1 where several codes tie: a tie is reported, never broken by order.
    shares: shape (tasks,), top_counts / votes, in (0, 1].
    probabilities: shape (tasks,), in (0, 1): the smoothed share of one winner, see `majority`.
    winner_tasks, winner_codes, credits: shape (winners,), one row a winner, by task then code. winner_tasks are positions in
        `task_numbers`; a task's credits are equal and sum to 1, so that accuracy counts a two-way tie as one half.
    """

    task_numbers: Integers
    votes: Integers
    top_counts: Integers
    codes: Integers
    shares: Floats
    probabilities: Floats
    winner_tasks: Integers
    winner_codes: Integers
    credits: Floats

    @property
    def is_tied(self) -> npt.NDArray[np.bool_]:
        """Shape (tasks,): several codes have the most votes."""
        return self.codes < 0


def majority(task_numbers: npt.ArrayLike, codes: npt.ArrayLike, classes: int) -> Majority:
    """The majority consensus of each task.

    task_numbers, codes: shape (votes,), one row a vote, in any order; codes in 0 .. classes - 1.
    classes: how many answers the question allows, whether or not anyone chose them.

    The probability is the smoothed share of a winner: `quality.share`.

    Raises ValueError for codes out of range or columns of different length.
    """
    numbers, tasks = dense(task_numbers)
    votes = whole_codes(codes, classes)
    if tasks.shape != votes.shape:
        raise ValueError(f"columns of different length: {tasks.shape}, {votes.shape}")
    if tasks.size == 0:
        none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Majority(none, none, none, none, nothing, nothing, none, none, nothing)
    cell_tasks, cell_codes, counts = cells(tasks, votes, numbers.size, classes)
    starts = np.flatnonzero(np.diff(cell_tasks, prepend=-1))
    totals = np.add.reduceat(counts, starts)
    tops = np.maximum.reduceat(counts, starts)
    is_winner = counts == tops[cell_tasks]
    winner_tasks, winner_codes = cell_tasks[is_winner], cell_codes[is_winner]
    winners = np.bincount(winner_tasks, minlength=numbers.size)
    first = winner_codes[np.flatnonzero(np.diff(winner_tasks, prepend=-1))]
    return Majority(
        task_numbers=numbers,
        votes=totals,
        top_counts=tops,
        codes=np.where(winners == 1, first, -1),
        shares=tops / totals,
        probabilities=smoothed_share(tops.astype(np.float64), totals.astype(np.float64), classes),
        winner_tasks=winner_tasks,
        winner_codes=winner_codes,
        credits=1.0 / winners[winner_tasks],
    )
