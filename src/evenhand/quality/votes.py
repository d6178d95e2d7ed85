"""Votes as three integer columns, sorted once: what every statistic of this room reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Integers: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]

_SLACK = 4


@dataclass(frozen=True, slots=True, eq=False)
class VoteColumns:
    """The votes of one question, sorted by task, then code, then annotator.

    tasks, annotators, codes: shape (votes,). Tasks and annotators are positions in `task_numbers` and
        `annotator_numbers`; codes are positions in the question's codebook, 0 .. classes - 1.
    task_numbers: shape (tasks,), increasing: the numbers that the caller knows the tasks by; likewise annotator_numbers.
    """

    tasks: Integers
    annotators: Integers
    codes: Integers
    task_numbers: Integers
    annotator_numbers: Integers
    classes: int


def vote_columns(
    task_numbers: npt.ArrayLike, annotator_numbers: npt.ArrayLike, codes: npt.ArrayLike, classes: int
) -> VoteColumns:
    """Sort raw columns, one row a vote, into what the statistics read. The inputs are left as they are.

    Raises ValueError when the columns differ in length or a code is not a whole number in 0 .. classes - 1.
    """
    tasks, annotators = _integers(task_numbers), _integers(annotator_numbers)
    votes = whole_codes(codes, classes)
    if not tasks.shape == annotators.shape == votes.shape:
        raise ValueError(f"columns of different length: {tasks.shape}, {annotators.shape}, {votes.shape}")
    order = np.lexsort((annotators, votes, tasks))
    known_tasks, task_positions = dense(tasks[order])
    known_annotators, annotator_positions = dense(annotators[order])
    return VoteColumns(task_positions, annotator_positions, votes[order], known_tasks, known_annotators, classes)


def whole_codes(codes: npt.ArrayLike, classes: int) -> Integers:
    """Codes as integers. The vote table stores one float a vote, so whole floats are welcome.

    Raises ValueError for anything but whole numbers in 0 .. classes - 1.
    """
    given = np.asarray(codes)
    whole = given.astype(np.int64)
    if given.dtype.kind == "f" and not np.array_equal(whole, given):
        raise ValueError("a code is not a whole number")
    if whole.size and (whole.min() < 0 or whole.max() >= classes):
        raise ValueError(f"a code lies outside 0 .. {classes - 1}")
    return whole


def dense(numbers: npt.ArrayLike) -> tuple[Integers, Integers]:
    """The distinct numbers, increasing, and each number's position among them.

    Task numbers of one project are nearly gapless, so a table of flags usually replaces the sort (5 ms against 90 ms for
    a million votes).
    """
    given = _integers(numbers)
    if given.size == 0:
        return given, given
    lowest, highest = int(given.min()), int(given.max())
    if highest - lowest < _SLACK * given.size + 1024:
        is_there = np.zeros(highest - lowest + 1, dtype=bool)
        is_there[given - lowest] = True
        positions = np.cumsum(is_there, dtype=np.int64) - 1
        return np.flatnonzero(is_there) + lowest, positions[given - lowest]
    distinct, inverse = np.unique(given, return_inverse=True)
    return distinct, inverse.astype(np.int64).reshape(-1)


def cells(tasks: Integers, codes: Integers, task_count: int, classes: int) -> tuple[Integers, Integers, Integers]:
    """How often each code was given to each task: tasks, codes and counts of the non-empty cells, by task then code."""
    keys = tasks * classes + codes
    size = task_count * classes
    if size <= 16 * keys.size + 65_536:
        table = np.bincount(keys, minlength=size)
        found = np.flatnonzero(table)
        counts = table[found]
    else:
        found, counts = np.unique(keys, return_counts=True)
        counts = counts.astype(np.int64)
    cell_tasks = found // classes
    return cell_tasks, found - cell_tasks * classes, counts


def _integers(numbers: npt.ArrayLike) -> Integers:
    return np.asarray(numbers, dtype=np.int64).reshape(-1)
