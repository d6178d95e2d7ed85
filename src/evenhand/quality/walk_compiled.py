"""The walk over the votes in machine code, in as many threads as there are parts, for whoever has installed `evenhand[stats]`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from evenhand.quality.ballots import Ballots, slices
from evenhand.quality.undefined import InferenceUndefined
from evenhand.quality.votes import Floats, Integers
from evenhand.quality.walk import Assumed, Seen

Kernel: TypeAlias = Callable[..., float]

THREADS = 2
VOTES_ALONE = 1 << 16  # fewer votes are not worth a second thread
_LINE = 8  # doubles
_CELLS_A_STEP = 1 << 12


class CompiledWalker:
    """The walk in machine code, see `walk.Walker`. Each thread walks over its part of the tasks, on rows of its own."""

    def __init__(self, votes: Ballots, assumed: Assumed) -> None:
        self._votes = votes
        self._known = np.zeros(0, dtype=np.int64) if assumed.known is None else assumed.known
        self._assumed = assumed
        self._states = votes.classes * assumed.varieties
        self._parts = _parts(votes)
        self._rows = [_aligned((votes.cell_codes.size, 2 * self._states)) for _ in self._parts]

    @property
    def chances(self) -> Floats:
        """See `walk.Walker`."""
        return self._rows[0][:, : self._states]

    def walk(self, shares: Floats) -> Seen:
        """See `walk.Walker`."""
        states, (first_rows, *others) = self._states, self._rows
        state_counts = np.zeros((len(self._parts), states))
        nothing = np.zeros((0, states))
        kernel = kernel_of(states, is_tallied=True)

        def walk_part(part: int, first: int, last: int) -> float:
            rows = self._rows[part]
            if part:
                rows[:, :states] = first_rows[:, :states]
            rows[:, states:] = 0.0
            return kernel(first, last, *self._told(shares), rows.reshape(-1), state_counts[part], nothing)

        log_likelihood = in_parts(self._parts, walk_part)
        counts = np.empty((len(first_rows), states))
        for here in slices(len(counts), _CELLS_A_STEP):
            counts[here] = first_rows[here, states:]
            for rows in others:
                counts[here] += rows[here, states:]
        return Seen(counts, state_counts.sum(axis=0), log_likelihood)

    def states(self, shares: Floats) -> Floats:
        """See `walk.Walker`. Lets go of the buffers."""
        rows = self.chances.copy().reshape(-1)
        self._rows = []
        found = np.empty((self._votes.tasks, self._states))
        kernel = kernel_of(self._states, is_tallied=False)
        in_parts(
            self._parts,
            lambda _, first, last: kernel(first, last, *self._told(shares), rows, np.zeros(shares.size), found),
        )
        return found

    def _told(self, shares: Floats) -> tuple[Integers, Any, Integers, int, float, Floats]:
        votes, assumed = self._votes, self._assumed
        return votes.starts, votes.cells, self._known, assumed.varieties, assumed.correlation, shares


def in_parts(parts: list[tuple[int, int]], work: Callable[[int, int, int], float]) -> float:
    """Do each part in a thread of its own; machine code lets go of the interpreter. The sum of what they return."""
    if len(parts) == 1:
        return work(0, *parts[0])
    with ThreadPoolExecutor(len(parts)) as pool:
        return sum(pool.map(lambda part: work(part, *parts[part]), range(len(parts))))


def _parts(votes: Ballots) -> list[tuple[int, int]]:
    """The same parts on every machine, so that sums are rounded alike."""
    parts = THREADS if votes.votes >= VOTES_ALONE else 1
    bounds = [votes.tasks * part // parts for part in range(parts + 1)]
    return list(pairwise(bounds))


def _aligned(shape: tuple[int, int]) -> Floats:
    """An array that begins with a cache line."""
    size = shape[0] * shape[1]
    room = np.empty(size + _LINE)
    first = -(room.ctypes.data // 8) % _LINE
    return room[first : first + size].reshape(shape)


def kernel_of(states: int, *, is_tallied: bool) -> Kernel:
    """The walk for so many states, see `walk_kernels`. Raises InferenceUndefined without numba."""
    try:
        from evenhand.quality import walk_kernels
    except ModuleNotFoundError as error:
        raise InferenceUndefined(
            reason="engine", where="numba is not installed: pip install 'evenhand[stats]'"
        ) from error
    return walk_kernels.kernel_of(states, is_tallied)
