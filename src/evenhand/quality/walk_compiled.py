"""The walks over the votes in machine code, for whoever has installed `evenhand[stats]`; the server never loads this."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from evenhand.quality.ballots import Ballots
from evenhand.quality.undefined import InferenceUndefined
from evenhand.quality.votes import Floats


def evidence(votes: Ballots, table: Floats) -> Floats:
    """As `walk.evidence`, equal to it but for the order in which a task's votes are added up."""
    summed = np.empty((votes.tasks, table.shape[1]))
    _compiled()[0](votes.starts, votes.cells, np.ascontiguousarray(table), summed)
    return summed


def tallies(votes: Ballots, posterior: Floats) -> Floats:
    """As `walk.tallies`."""
    table = np.zeros((votes.cell_codes.size, posterior.shape[1]))
    _compiled()[1](votes.starts, votes.cells, np.ascontiguousarray(posterior), table)
    return table


@cache
def _compiled() -> tuple[Callable[..., None], Callable[..., None]]:
    """Compile both walks, about a second, once a process. Raises InferenceUndefined without numba."""
    try:
        import numba
    except ModuleNotFoundError as error:
        raise InferenceUndefined(
            reason="engine", where="numba is not installed: pip install 'evenhand[stats]'"
        ) from error

    # A row of the table is one or two cache lines: each vote reads one row, or adds to one.
    def gather(starts: Any, cells: Any, table: Any, summed: Any) -> None:
        states = table.shape[1]
        for task in numba.prange(summed.shape[0]):
            for state in range(states):
                summed[task, state] = 0.0
            for vote in range(starts[task], starts[task + 1]):
                cell = cells[vote]
                for state in range(states):
                    summed[task, state] += table[cell, state]

    def scatter(starts: Any, cells: Any, posterior: Any, table: Any) -> None:
        states = posterior.shape[1]
        for task in range(posterior.shape[0]):
            for vote in range(starts[task], starts[task + 1]):
                cell = cells[vote]
                for state in range(states):
                    table[cell, state] += posterior[task, state]

    return numba.njit(parallel=True)(gather), numba.njit(scatter)
