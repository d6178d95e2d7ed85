"""The two walks over the votes that every model of truth is made of: evidence for the tasks, tallies for the annotators.

A model's table has one row a cell (an annotator's code, see `ballots`) and one column a state: a possible true class, or a
variety of one. Both walks are linear in the votes and hold a few megabytes beside their results.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evenhand.quality.ballots import VOTES_A_STEP, Ballots
from evenhand.quality.votes import Floats, Integers


def evidence(votes: Ballots, table: Floats) -> Floats:
    """Sum a table over each task's votes. table: shape (cells, states), logarithms. Returns shape (tasks, states)."""
    summed = np.empty((votes.tasks, table.shape[1]))
    for first, last in _steps(votes.starts):
        rows = table[votes.cells[votes.starts[first] : votes.starts[last]]]
        np.add.reduceat(rows, votes.starts[first:last] - votes.starts[first], axis=0, out=summed[first:last])
    return summed


def tallies(votes: Ballots, posterior: Floats) -> Floats:
    """How often each annotator gave each code where each state holds, in expectation.

    posterior: shape (tasks, states). Returns shape (cells, states); its sum is the number of votes.
    """
    table = np.zeros((votes.cell_codes.size, posterior.shape[1]))
    order = votes.order_by_cell
    cells = votes.cells[order]
    is_first = np.diff(cells, prepend=-1) != 0
    starts = np.append(np.flatnonzero(is_first), cells.size)
    tasks = votes.task_positions.astype(np.int32)[order]
    for first, last in _steps(starts):
        rows = posterior[tasks[starts[first] : starts[last]]]
        table[cells[starts[first:last]]] = np.add.reduceat(rows, starts[first:last] - starts[first], axis=0)
    return table


def _steps(starts: Integers) -> Iterator[tuple[int, int]]:
    """Runs of groups that hold about VOTES_A_STEP rows together, at least one group each. starts: shape (groups + 1,)."""
    groups = starts.size - 1
    first = 0
    while first < groups:
        last = int(np.searchsorted(starts, starts[first] + VOTES_A_STEP, side="right")) - 1
        last = min(max(last, first + 1), groups)
        yield first, last
        first = last
