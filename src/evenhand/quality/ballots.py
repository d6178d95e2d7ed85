"""Votes as truth inference walks them: sorted by task, four bytes a vote, the row of a table for each annotator and code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from evenhand.quality.undefined import InferenceUndefined
from evenhand.quality.votes import Floats, Integers

Narrow: TypeAlias = npt.NDArray[np.int32]
Codes: TypeAlias = npt.NDArray[np.unsignedinteger[Any]]
Whole: TypeAlias = npt.NDArray[np.integer[Any]]

CLASSES_MAX = 10_000
VOTES_A_STEP = 1 << 16  # what a numpy walk holds at once: a few megabytes, whatever the size of the crowd
_SLACK = 4
_ROWS_TO_SORT = 1 << 12


@dataclass(frozen=True, eq=False)
class Ballots:
    """The votes of one question, sorted by task; within a task by annotator, then code, so that their order says nothing.

    starts: shape (tasks + 1,); the votes of task i are those from starts[i] up to starts[i + 1], one at least.
    cells: shape (votes,); the row of a vote's record and code in every table of the models. Where most pairs of record and code
        do not occur, only those that do have a row.
    cell_records, cell_codes: shape (cells,); whose row it is, and of which code; by record, then code.
    task_numbers, annotator_numbers: the numbers by which the caller knows them, increasing.
    records: shape (annotators,); the record that each annotator's votes are entered in. Everybody has one of their own, but for
        those with a single vote, who share the last one unless told otherwise: what is known about each of them without that
        vote is the crowd.
    votes_of_annotators: shape (annotators,); how many votes each gave.
    is_compiled: whether the models walk over them in machine code (the extra `stats`).
    """

    starts: Integers
    cells: Narrow
    cell_records: Narrow
    cell_codes: Narrow
    task_numbers: Integers
    annotator_numbers: Integers
    records: Narrow
    votes_of_annotators: Integers
    classes: int
    has_shared_record: bool
    is_compiled: bool
    _annotators: Narrow | None

    @cached_property
    def annotators(self) -> Narrow:
        """Shape (votes,): the position of each vote's annotator in `annotator_numbers`."""
        return self.cell_records[self.cells] if self._annotators is None else self._annotators

    @cached_property
    def codes(self) -> Codes:
        """Shape (votes,): each vote's code, 0 .. classes - 1."""
        return self.cell_codes.astype(_narrowest(self.classes))[self.cells]

    @cached_property
    def record_count(self) -> int:
        """How many records there are."""
        return int(self.records.max(initial=-1)) + 1

    @property
    def is_full(self) -> bool:
        """Whether every pair of record and code has a cell."""
        return self.cell_codes.size == self.record_count * self.classes

    @property
    def tasks(self) -> int:
        """How many tasks have a vote."""
        return self.task_numbers.size

    @property
    def votes(self) -> int:
        """How many votes there are."""
        return self.cells.size

    @property
    def sizes(self) -> Integers:
        """Shape (tasks,): the votes of each task."""
        return np.diff(self.starts)

    @property
    def task_positions(self) -> Integers:
        """Shape (votes,): the position of each vote's task."""
        return np.repeat(np.arange(self.tasks), self.sizes)

    def counts(self, first: int = 0, last: int | None = None) -> Floats:
        """Shape (tasks, classes): how often each code was given to each task, or to those from first up to last."""
        starts = self.starts[first : None if last is None else last + 1]
        tasks = np.repeat(np.arange(starts.size - 1), np.diff(starts))
        keys = tasks * self.classes + self.cell_codes[self.cells[starts[0] : starts[-1]]]
        counted = np.bincount(keys, minlength=(starts.size - 1) * self.classes)
        return counted.reshape(starts.size - 1, self.classes).astype(np.float64)

    def of_tasks(self, is_kept: npt.NDArray[np.bool_]) -> Ballots:
        """The ballots of some tasks alone; annotators keep their numbers. is_kept: shape (tasks,)."""
        is_vote = np.repeat(is_kept, self.sizes)
        return ballots(
            np.repeat(self.task_numbers[is_kept], self.sizes[is_kept]),
            self.annotator_numbers[self.annotators[is_vote]],
            self.codes[is_vote],
            self.classes,
            has_shared_record=self.has_shared_record,
            is_compiled=self.is_compiled,
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
    tasks = whole(task_numbers, "task_numbers")
    annotators = whole(annotator_numbers, "annotator_numbers")
    given = whole(codes, "codes")
    if not tasks.shape == annotators.shape == given.shape:
        raise InferenceUndefined(reason="columns", where=f"{tasks.size}, {annotators.size} and {given.size} rows")
    known = classes if classes is not None else max(int(given.max(initial=0)) + 1, 2)
    if not 1 <= known <= CLASSES_MAX:
        raise InferenceUndefined(reason="classes", where=str(known))
    if given.size and (given.min() < 0 or given.max() >= known):
        row = int(np.flatnonzero((given < 0) | (given >= known))[0])
        raise InferenceUndefined(reason="unknown-class", where=f"row {row} has code {given[row]} of {known}")
    return _filed(
        _Roll.of(tasks), tasks, _Roll.of(annotators), annotators, given, known, has_shared_record, is_compiled
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Roll:
    """Distinct numbers, increasing, and how to find the position of each among them.

    places: shape (greatest - lowest + 1,), or None where the numbers lie too far apart for a table.
    """

    numbers: Integers
    places: Narrow | None

    @classmethod
    def of(cls, numbers: Whole) -> _Roll:
        """Enroll all that occur."""
        if numbers.size == 0:
            return cls(np.zeros(0, dtype=np.int64), None)
        lowest, highest = int(numbers.min()), int(numbers.max())
        if highest - lowest >= _SLACK * numbers.size + 1024:
            return cls(np.unique(numbers).astype(np.int64), None)
        is_there = np.zeros(highest - lowest + 1, dtype=bool)
        for here in slices(numbers.size):
            is_there[numbers[here].astype(np.int64) - lowest] = True
        return cls(np.flatnonzero(is_there) + lowest, np.cumsum(is_there, dtype=np.int32) - np.int32(1))

    def positions(self, numbers: Whole) -> Integers:
        """The position of each."""
        if self.places is None:
            return np.searchsorted(self.numbers, numbers)
        found: Integers = self.places[numbers.astype(np.int64) - self.numbers[0]].astype(np.int64)
        return found


def _filed(
    task_roll: _Roll,
    tasks: Whole,
    annotator_roll: _Roll,
    annotators: Whole,
    codes: Whole,
    classes: int,
    has_shared_record: bool,
    is_compiled: bool,
) -> Ballots:
    """Sort the votes and enter them in their records. Beside the columns it holds twelve bytes a vote at once."""
    code_bits, annotator_bits = (classes - 1).bit_length(), annotator_roll.numbers.size.bit_length()
    if code_bits + annotator_bits + task_roll.numbers.size.bit_length() > 63:
        raise InferenceUndefined(reason="columns", where=f"{tasks.size} rows are too many")
    sizes = np.zeros(task_roll.numbers.size, dtype=np.int64)
    given = np.zeros(annotator_roll.numbers.size, dtype=np.int64)
    # Sorting one number a vote is several times as fast as sorting rows by three columns.
    keys = np.empty(tasks.size, dtype=np.int64)
    for here in slices(keys.size):
        who = annotator_roll.positions(annotators[here])
        _tally(given, who)
        keys[here] = task_roll.positions(tasks[here]) << (annotator_bits + code_bits) | who << code_bits | codes[here]
    _sort(keys, annotator_bits + code_bits)
    has_one = (given <= 1) & has_shared_record
    own = np.cumsum(~has_one, dtype=np.int32)
    others = int(own[-1]) if own.size else 0
    records = np.where(has_one, others, own - 1).astype(np.int32)
    size = (others + int(has_one.any())) * classes
    is_dense = size <= 2 * keys.size + 1024
    cells = np.empty(keys.size, dtype=np.int32 if is_dense else np.int64)
    whose = np.empty(keys.size if has_one.any() else 0, dtype=np.int32)
    for here in slices(keys.size):
        of_task = keys[here] >> (annotator_bits + code_bits)
        _tally(sizes, of_task)
        who = keys[here] >> code_bits & ((1 << annotator_bits) - 1)
        if whose.size:
            whose[here] = who
        cells[here] = records[who].astype(cells.dtype) * classes + (keys[here] & ((1 << code_bits) - 1))
    found = np.arange(size, dtype=np.int64)
    if not is_dense:
        found, cells = np.unique(cells, return_inverse=True)
    return Ballots(
        starts=np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes))),
        cells=cells.reshape(-1).astype(np.int32, copy=False),
        cell_records=(found // classes).astype(np.int32),
        cell_codes=(found % classes).astype(np.int32),
        task_numbers=task_roll.numbers,
        annotator_numbers=annotator_roll.numbers,
        records=records,
        votes_of_annotators=given,
        classes=classes,
        has_shared_record=has_shared_record,
        is_compiled=is_compiled,
        # Whoever has a record of their own is told by the cell.
        _annotators=whose if whose.size else None,
    )


def _sort(keys: Integers, bits: int) -> None:
    """Sort keys in place. Where the tasks, their bits above the lowest so many, come in order, a few thousand rows at once."""
    runs = slices(keys.size)
    bounds = [(keys[here.start] >> bits, keys[here.stop - 1] >> bits) for here in runs]
    is_in_order = all(earlier[1] <= later[0] for earlier, later in pairwise(bounds)) and all(
        np.all(keys[here][1:] >> bits >= keys[here][:-1] >> bits) for here in runs
    )
    if not is_in_order:
        keys.sort()
        return
    first = 0
    while first < keys.size:
        last = min(first + _ROWS_TO_SORT, keys.size)
        last = int(np.searchsorted(keys[first:], (keys[last - 1] >> bits) + 1 << bits)) + first
        keys[first:last].sort()
        first = last


def _tally(counts: Integers, positions: Integers) -> None:
    """Add to counts how often each position occurs."""
    lowest = int(positions.min())
    found = np.bincount(positions - lowest)
    counts[lowest : lowest + found.size] += found


def _narrowest(classes: int) -> np.dtype[np.unsignedinteger[Any]]:
    return np.dtype(np.uint8 if classes <= 256 else np.uint16)


def slices(rows: int, step: int = VOTES_A_STEP) -> list[slice]:
    """Runs of so many rows: what is done to one of them after the other stays in the cache."""
    return [slice(first, min(first + step, rows)) for first in range(0, rows, step)]


def whole(numbers: npt.ArrayLike, name: str) -> Whole:
    """A column of whole numbers, shape (rows,). Raises InferenceUndefined "not-whole", with the column's name."""
    given = np.asarray(numbers).reshape(-1)
    if given.size == 0:
        return np.zeros(0, dtype=np.int64)
    if given.dtype.kind in "iub":
        return given.astype(np.int64) if given.dtype.kind == "b" or given.dtype == np.uint64 else given
    if given.dtype.kind != "f" or not np.isfinite(given).all() or not np.array_equal(np.trunc(given), given):
        raise InferenceUndefined(reason="not-whole", where=name)
    return given.astype(np.int64)
