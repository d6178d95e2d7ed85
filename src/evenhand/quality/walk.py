"""The two walks over the votes that every model of truth is made of: evidence for the tasks, tallies for the annotators.

A model's table has one row a cell (an annotator's code, see `ballots`) and one column a state: a possible true class, or a
variety of one. Both walks are linear in the votes and hold a few megabytes beside their results.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evenhand.quality import walk_compiled
from evenhand.quality.ballots import VOTES_A_STEP, Ballots
from evenhand.quality.votes import Floats, Integers

VOTES_A_TALLY = 1 << 20  # each step adds up a whole table of cells


def evidence(votes: Ballots, table: Floats) -> Floats:
    """Sum a table over each task's votes. table: shape (cells, states), logarithms. Returns shape (tasks, states)."""
    if votes.is_compiled:
        return walk_compiled.evidence(votes, table)
    summed = np.empty((votes.tasks, table.shape[1]))
    columns = np.ascontiguousarray(table.T)
    for first, last in steps(votes.starts):
        cells = votes.cells[votes.starts[first] : votes.starts[last]]
        starts = votes.starts[first:last] - votes.starts[first]
        for state, column in enumerate(columns):
            summed[first:last, state] = np.add.reduceat(column[cells], starts)
    return summed


def tallies(votes: Ballots, posterior: Floats) -> Floats:
    """How often each annotator gave each code where each state holds, in expectation.

    posterior: shape (tasks, states). Returns shape (cells, states); its sum is the number of votes.
    """
    if votes.is_compiled:
        return walk_compiled.tallies(votes, posterior)
    table = np.zeros((posterior.shape[1], votes.cell_codes.size))
    for first, last in steps(votes.starts, VOTES_A_TALLY):
        cells = votes.cells[votes.starts[first] : votes.starts[last]]
        sizes = votes.sizes[first:last]
        for state in range(posterior.shape[1]):
            weights = np.repeat(posterior[first:last, state], sizes)
            table[state] += np.bincount(cells, weights=weights, minlength=table.shape[1])
    return np.ascontiguousarray(table.T)


def steps(starts: Integers, rows: int = VOTES_A_STEP) -> Iterator[tuple[int, int]]:
    """Runs of groups that hold about so many rows together, at least one group each. starts: shape (groups + 1,)."""
    groups = starts.size - 1
    first = 0
    while first < groups:
        last = int(np.searchsorted(starts, starts[first] + rows, side="right")) - 1
        last = min(max(last, first + 1), groups)
        yield first, last
        first = last
