"""Votes as truth inference walks them: sorted by task, five bytes a vote, with a row of a table for each annotator and code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from evenhand.quality.undefined import InferenceUndefined
from evenhand.quality.votes import Floats, Integers, dense

Narrow: TypeAlias = npt.NDArray[np.int32]
Codes: TypeAlias = npt.NDArray[np.unsignedinteger[Any]]

CLASSES_MAX = 10_000
VOTES_A_STEP = 1 << 16  # what a numpy walk holds at once: a few megabytes, whatever the size of the crowd


@dataclass(slots=True, eq=False)
class Ballots:
    """The votes of one question, sorted by task; within a task by annotator, then code, so that their order says nothing.

    starts: shape (tasks + 1,); the votes of task i are those from starts[i] up to starts[i + 1], one at least.
    annotators, codes: shape (votes,). Annotators are positions in `annotator_numbers`; codes lie in 0 .. classes - 1.
    task_numbers, annotator_numbers: the numbers by which the caller knows them, increasing.
    records: shape (annotators,); the record that each annotator's votes are entered in. Everybody has one of their own, but for
        those with a single vote, who share the last one unless told otherwise: what is known about each of them without that
        vote is the crowd.
    cells: shape (votes,); the row of a vote's record and code in every table of the models. Where most pairs of record and code
        do not occur, only those that do have a row.
    is_compiled: whether the models walk over them in machine code (the extra `stats`).
    cell_records, cell_codes: shape (cells,); whose row it is, and of which code; by record, then code.
    """

    starts: Integers
    annotators: Narrow
    codes: Codes
    task_numbers: Integers
    annotator_numbers: Integers
    classes: int
    has_shared_record: bool = True
    is_compiled: bool = False
    records: Narrow = field(init=False)
    record_count: int = field(init=False)
    cells: Narrow = field(init=False)
    cell_records: Narrow = field(init=False)
    cell_codes: Narrow = field(init=False)

    def __post_init__(self) -> None:
        has_one = (self.votes_of_annotators <= 1) & self.has_shared_record
        own = np.cumsum(~has_one, dtype=np.int32)
        others = int(own[-1]) if own.size else 0
        self.records = np.where(has_one, others, own - 1).astype(np.int32)
        self.record_count = others + int(has_one.any())
        size = self.record_count * self.classes
        wide = np.dtype(np.int32 if size < 2**31 else np.int64)
        keys = self.records[self.annotators].astype(wide, copy=False) * wide.type(self.classes) + self.codes.astype(
            wide
        )
        if size <= 2 * keys.size + 1024:
            self.cells = keys.astype(np.int32, copy=False)
            found = np.arange(size, dtype=np.int32)
        else:
            found, inverse = np.unique(keys, return_inverse=True)
            self.cells = inverse.reshape(-1).astype(np.int32)
        self.cell_records = (found // self.classes).astype(np.int32)
        self.cell_codes = (found % self.classes).astype(np.int32)

    @property
    def tasks(self) -> int:
        """How many tasks have a vote."""
        return self.task_numbers.size

    @property
    def votes(self) -> int:
        """How many votes there are."""
        return self.codes.size

    @property
    def sizes(self) -> Integers:
        """Shape (tasks,): the votes of each task."""
        return np.diff(self.starts)

    @property
    def task_positions(self) -> Integers:
        """Shape (votes,): the position of each vote's task."""
        return np.repeat(np.arange(self.tasks), self.sizes)

    @property
    def votes_of_annotators(self) -> Integers:
        """Shape (annotators,): how many votes each gave."""
        return np.bincount(self.annotators, minlength=self.annotator_numbers.size)

    def counts(self) -> Floats:
        """Shape (tasks, classes): how often each code was given to each task."""
        keys = self.task_positions * self.classes + self.codes
        return (
            np.bincount(keys, minlength=self.tasks * self.classes).reshape(self.tasks, self.classes).astype(np.float64)
        )

    def of_tasks(self, is_kept: npt.NDArray[np.bool_]) -> Ballots:
        """The ballots of some tasks alone; annotators keep their numbers. is_kept: shape (tasks,)."""
        is_vote = np.repeat(is_kept, self.sizes)
        starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(self.sizes[is_kept])))
        present, annotators = dense(self.annotators[is_vote])
        return Ballots(
            starts,
            annotators.astype(np.int32),
            self.codes[is_vote],
            self.task_numbers[is_kept],
            self.annotator_numbers[present],
            self.classes,
            self.has_shared_record,
            self.is_compiled,
        )


def ballots(
    task_numbers: npt.ArrayLike,
    annotator_numbers: npt.ArrayLike,
    codes: npt.ArrayLike,
    classes: int | None = None,
    *,
    has_shared_record: bool = True,
    is_compiled: bool = False,
) -> Ballots:
    """Sort raw columns, one row a vote, in any order. The inputs are left as they are.

    classes: how many answers the question allows; without it, one more than the greatest code given, and two at least.

    Raises InferenceUndefined: "columns" (of different length), "unknown-class" (a code outside the question's, with its row),
    "not-whole" (a number that is not whole), "classes" (none, or more than 10,000).
    """
    tasks = _whole(task_numbers, "task_numbers")
    annotators = _whole(annotator_numbers, "annotator_numbers")
    given = _whole(codes, "codes")
    if not tasks.shape == annotators.shape == given.shape:
        raise InferenceUndefined(reason="columns", where=f"{tasks.size}, {annotators.size} and {given.size} rows")
    known = classes if classes is not None else max(int(given.max(initial=0)) + 1, 2)
    if not 1 <= known <= CLASSES_MAX:
        raise InferenceUndefined(reason="classes", where=str(known))
    if given.size and (given.min() < 0 or given.max() >= known):
        row = int(np.flatnonzero((given < 0) | (given >= known))[0])
        raise InferenceUndefined(reason="unknown-class", where=f"row {row} has code {given[row]} of {known}")
    narrow: np.dtype[np.unsignedinteger[Any]] = np.dtype(np.uint8 if known <= 256 else np.uint16)
    known_tasks, task_positions = dense(tasks)
    known_annotators, wide_positions = dense(annotators)
    positions = wide_positions.astype(np.int32)
    votes: Codes = given.astype(narrow)
    if np.any(task_positions[1:] < task_positions[:-1]):
        order = np.argsort(task_positions, kind="stable")
        positions, votes = positions[order], votes[order]
    sizes = np.bincount(task_positions, minlength=known_tasks.size)
    starts = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes)))
    return Ballots(starts, positions, votes, known_tasks, known_annotators, known, has_shared_record, is_compiled)


def _is_sorted(tasks: Integers, annotators: Narrow, codes: Codes) -> bool:
    """Whether the rows come by task, then annotator, then code already."""
    same_task = tasks[1:] == tasks[:-1]
    if np.any(tasks[1:] < tasks[:-1]) or np.any(same_task & (annotators[1:] < annotators[:-1])):
        return False
    same = same_task & (annotators[1:] == annotators[:-1])
    return not np.any(same & (codes[1:] < codes[:-1]))


def _whole(numbers: npt.ArrayLike, name: str) -> npt.NDArray[np.integer[Any]]:
    given = np.asarray(numbers).reshape(-1)
    if given.size == 0:
        return np.zeros(0, dtype=np.int64)
    if given.dtype.kind in "iu":
        return given
    if given.dtype.kind == "b":
        return given.astype(np.int64)
    if given.dtype.kind != "f" or not np.isfinite(given).all() or not np.array_equal(np.trunc(given), given):
        raise InferenceUndefined(reason="not-whole", where=name)
    return given.astype(np.int64)
