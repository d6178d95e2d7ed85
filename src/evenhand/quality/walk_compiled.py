"""The walks over the votes in machine code, for whoever has installed `evenhand[stats]`; the server never loads this."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.quality.ballots import Ballots
from evenhand.quality.undefined import InferenceUndefined
from evenhand.quality.votes import Floats

THREADS = 2


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


def sweep(
    votes: Ballots, table: Floats, shares: Floats, discount: Floats, is_open: npt.NDArray[np.int64]
) -> tuple[Floats, Floats, float]:
    """Evidence, posterior and tallies in one walk: each vote reads one row of the table and adds to one row of the next.

    table: shape (cells, states), logarithms. shares: shape (states,). discount: shape (tasks,), what the votes of a task count.
    is_open: shape (tasks, 2), the states that a task may be in. Returns the posterior (tasks, states), its tallies (cells,
    states), and the log likelihood in nats.
    """
    states = table.shape[1]
    posterior = np.empty((votes.tasks, states))
    private = np.zeros((THREADS, *table.shape))  # each thread adds to its own, and nobody waits
    logs = np.zeros(THREADS)
    _compiled()[2](votes.starts, votes.cells, np.exp(table), shares, discount, is_open, posterior, private, logs)
    return posterior, private.sum(axis=0), float(logs.sum())


@cache
def _compiled() -> tuple[Callable[..., None], ...]:
    """Compile the walks, about a second, once a process. Raises InferenceUndefined without numba."""
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

    # Probabilities are multiplied and scaled back now and then: no logarithm and no exponential for a vote.
    def both(
        starts: Any,
        cells: Any,
        table: Any,
        shares: Any,
        discount: Any,
        is_open: Any,
        posterior: Any,
        private: Any,
        logs: Any,
    ) -> None:
        tasks, states = posterior.shape
        threads = logs.size
        for thread in numba.prange(threads):
            mine, likely, log = private[thread], np.empty(states), 0.0
            for task in range(tasks * thread // threads, tasks * (thread + 1) // threads):
                first, last, scale = is_open[task, 0], is_open[task, 1], 0.0
                for state in range(states):
                    likely[state] = 1.0 if first <= state < last else 0.0
                for vote in range(starts[task], starts[task + 1]):
                    row = table[cells[vote]]
                    for state in range(states):
                        likely[state] *= row[state]
                    if (vote - starts[task]) % 16 == 15:
                        most = likely.max()
                        scale += np.log(most)
                        for state in range(first, last):
                            likely[state] = max(likely[state] / most, 1e-100)
                total = 0.0
                for state in range(first, last):
                    if discount[task] != 1.0:
                        likely[state] = likely[state] ** discount[task]
                    likely[state] *= shares[state]
                    total += likely[state]
                log += np.log(total) + scale * discount[task]
                for state in range(states):
                    likely[state] /= total
                    posterior[task, state] = likely[state]
                for vote in range(starts[task], starts[task + 1]):
                    row = mine[cells[vote]]
                    for state in range(states):
                        row[state] += likely[state]
            logs[thread] = log

    return numba.njit(parallel=True)(gather), numba.njit(scatter), numba.njit(parallel=True, fastmath=True)(both)
