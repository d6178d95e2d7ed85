"""The walks over the votes that every model of truth is made of: evidence for the tasks, tallies for the annotators.

A model's table has one row a cell (an annotator's code, see `ballots`) and one column a state: a possible true class, or a
variety of one. All walks are linear in the votes and hold a few megabytes beside their results.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from evenhand.quality.ballots import VOTES_A_STEP, Ballots
from evenhand.quality.votes import Floats, Integers

VOTES_A_TALLY = 1 << 18  # each step adds up a whole table of cells
_VOTES_A_GATHER = 1 << 15  # rows of a table that stay in the cache until they are added up
_PLACES_MAX = 32


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What one walk saw.

    counts: shape (cells, states), the tallies; their sum is the number of votes. state_counts: shape (states,), the tasks in
    each state, in expectation. log_likelihood: of the votes, in nats.
    """

    counts: Floats
    state_counts: Floats
    log_likelihood: float


@dataclass(frozen=True, slots=True, eq=False)
class Assumed:
    """What a walk takes for granted.

    varieties: of each class. correlation: rho of the design effect, in [0, 1). known: shape (tasks,), the true code or -1.
    """

    varieties: int
    correlation: float
    known: Integers | None


class Walker(Protocol):
    """Walks over the same votes again and again, reading a table that is filled before each walk. shares: shape (states,)."""

    @property
    def chances(self) -> Floats:
        """Shape (cells, states): the table, to be filled."""
        ...

    def walk(self, shares: Floats) -> Seen:
        """Expect each task's state, and tally what its annotators answered where it holds."""
        ...

    def states(self, shares: Floats) -> Floats:
        """Shape (tasks, states), rows sum to 1: the states alone, which a walk does not keep. The last thing that is asked."""
        ...


class NumpyWalker:
    """The walk in numpy: logarithms are added and no machine code is needed."""

    def __init__(self, votes: Ballots, assumed: Assumed) -> None:
        self._votes = votes
        self._assumed = assumed
        self.chances: Floats = np.empty((votes.cell_codes.size, votes.classes * assumed.varieties))

    def walk(self, shares: Floats) -> Seen:
        """See `Walker`."""
        votes = self._votes
        table, log_shares = np.log(self.chances), np.log(shares)
        counts, state_counts, log_likelihood = np.zeros(table.T.shape), np.zeros(shares.size), 0.0
        for first, last in steps(votes.starts, VOTES_A_TALLY):
            columns, log_total = self._columns(table, log_shares, first, last)
            state_counts += columns.sum(axis=1)
            log_likelihood += float(log_total.sum())
            add_tallies(counts, votes, columns, first, last)
        return Seen(np.ascontiguousarray(counts.T), state_counts, log_likelihood)

    def states(self, shares: Floats) -> Floats:
        """See `Walker`."""
        table, log_shares = np.log(self.chances), np.log(shares)
        found = np.empty((self._votes.tasks, shares.size))
        for first, last in steps(self._votes.starts, VOTES_A_TALLY):
            found[first:last] = self._columns(table, log_shares, first, last)[0].T
        return found

    def _columns(self, table: Floats, log_shares: Floats, first: int, last: int) -> tuple[Floats, Floats]:
        """The states of some tasks, shape (states, tasks), and the log likelihood of each."""
        logarithms = np.ascontiguousarray(evidence(self._votes, table, first, last).T)
        if self._assumed.correlation:
            logarithms *= with_design_effect(np.diff(self._votes.starts[first : last + 1]), self._assumed.correlation)
        logarithms += log_shares[:, None]
        if self._assumed.known is not None:
            logarithms = masked(logarithms.T, self._assumed.varieties, self._assumed.known[first:last]).T
        top = logarithms.max(axis=0)
        weights = np.exp(logarithms - top)
        total = weights.sum(axis=0)
        weights /= total
        return weights, np.log(total) + top


def evidence(votes: Ballots, table: Floats, first: int = 0, last: int | None = None) -> Floats:
    """Sum a table over each task's votes: of all tasks, or of those from first up to last.

    table: shape (cells, states), logarithms. Returns shape (tasks, states).
    """
    end = votes.tasks if last is None else last
    summed = np.empty((end - first, table.shape[1]))
    for begin, stop in steps(votes.starts[first : end + 1], _VOTES_A_GATHER):
        starts = votes.starts[first + begin : first + stop + 1]
        summed[begin:stop] = _summed(table, votes.cells[starts[0] : starts[-1]], starts - starts[0])
    return summed


def tallies(votes: Ballots, posterior: Floats) -> Floats:
    """How often each annotator gave each code where each state holds, in expectation.

    posterior: shape (tasks, states). Returns shape (cells, states); its sum is the number of votes.
    """
    counts = np.zeros((posterior.shape[1], votes.cell_codes.size))
    for first, last in steps(votes.starts, VOTES_A_TALLY):
        add_tallies(counts, votes, np.ascontiguousarray(posterior[first:last].T), first, last)
    return np.ascontiguousarray(counts.T)


def add_tallies(counts: Floats, votes: Ballots, columns: Floats, first: int, last: int) -> None:
    """Add the tallies of the tasks from first up to last. counts: shape (states, cells). columns: shape (states, tasks)."""
    cells = votes.cells[votes.starts[first] : votes.starts[last]].astype(np.intp)
    sizes = np.diff(votes.starts[first : last + 1])
    for state, column in enumerate(columns):
        counts[state] += np.bincount(cells, weights=np.repeat(column, sizes), minlength=counts.shape[1])


def steps(starts: Integers, rows: int = VOTES_A_STEP) -> Iterator[tuple[int, int]]:
    """Runs of groups that hold about so many rows together, at least one group each. starts: shape (groups + 1,)."""
    groups = starts.size - 1
    first = 0
    while first < groups:
        last = int(np.searchsorted(starts, starts[first] + rows, side="right")) - 1
        last = min(max(last, first + 1), groups)
        yield first, last
        first = last


def with_design_effect(sizes: Integers, correlation: float) -> Floats:
    """Shape (tasks,): how much each of a task's votes counts."""
    weights: Floats = 1.0 / (1.0 + (sizes.astype(np.float64) - 1.0) * correlation)
    return weights


def masked(logarithms: Floats, varieties: int, known: Integers | None) -> Floats:
    """Rule out every state that contradicts a known answer. logarithms: shape (rows, states). known: shape (rows,), or -1."""
    if known is None:
        return logarithms
    is_other: npt.NDArray[np.bool_] = np.arange(logarithms.shape[1]) // varieties != known[:, None]
    return np.where(is_other & (known >= 0)[:, None], -np.inf, logarithms)


def _summed(table: Floats, cells: npt.NDArray[np.int32], starts: Integers) -> Floats:
    """The rows of a table, added up for each task: first all tasks' first votes, then their second votes, and so on."""
    sizes = np.diff(starts)
    most = int(sizes.max())
    if most > _PLACES_MAX:
        long: Floats = np.add.reduceat(table.take(cells, axis=0), starts[:-1], axis=0)
        return long
    is_even = most == sizes.min()
    order = slice(None) if is_even else np.argsort(-sizes, kind="stable")
    firsts = starts[:-1][order]
    summed = table.take(cells[firsts], axis=0)
    for place in range(1, most):
        there = firsts.size if is_even else int(np.searchsorted(-sizes[order], -place, side="left"))
        summed[:there] += table.take(cells[firsts[:there] + place], axis=0)
    if is_even:
        return summed
    unordered = np.empty(summed.shape)
    unordered[order] = summed
    return unordered
