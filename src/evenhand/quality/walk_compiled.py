"""The walks over the votes in machine code, for whoever has installed `evenhand[stats]`; the server never loads this.

What a walk costs is waiting for memory: each vote reads one row of a table and adds to one row of the next, at random. So both
rows lie side by side, those of the votes to come are fetched ahead, probabilities are multiplied and scaled back now and then
instead of adding logarithms, and the code is made for the number of states, so that a task's states stay in registers.
Everything is in double precision, in the order of the votes: numpy gives the same but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
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
_AHEAD = 15  # votes; far enough for memory to answer, near enough to stay in the cache
_LINE = 8  # doubles
_CELLS_A_STEP = 1 << 12
_STATES_MADE_FOR = 32  # with more of them a loop that asks for their number is as fast


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
    """The walk for so many states, compiled at its first use; numba keeps it for the next process.

    Raises InferenceUndefined without numba.
    """
    return _compiled(states if states <= _STATES_MADE_FOR else 0, is_tallied)


@cache
def _compiled(made_for: int, is_tallied: bool) -> Kernel:
    prefetch = _prefetch()
    wide = 2 if is_tallied else 1
    lines_made_for = -(-wide * made_for // _LINE) + 1 if made_for else 0

    def walk(
        first: Any,
        last: Any,
        starts: Any,
        cells: Any,
        known: Any,
        varieties: Any,
        correlation: Any,
        shares: Any,
        rows: Any,
        state_counts: Any,
        found: Any,
    ) -> Any:
        states = made_for if made_for > 0 else shares.size
        lines = lines_made_for if made_for > 0 else wide * shares.size // _LINE + 1
        likely = np.empty(states)
        log = 0.0
        votes = cells.size
        for task in range(first, last):
            for state in range(states):
                likely[state] = 1.0
            if known.size > 0 and known[task] >= 0:
                for state in range(states):
                    if state // varieties != known[task]:
                        likely[state] = 0.0
            scale, since = 0.0, 0
            for vote in range(starts[task], starts[task + 1]):
                if vote + _AHEAD < votes:
                    ahead = np.int64(cells[vote + _AHEAD]) * (wide * states)
                    for line in range(lines):
                        prefetch(rows, ahead + line * _LINE)
                row = np.int64(cells[vote]) * (wide * states)
                for state in range(states):
                    likely[state] *= rows[row + state]
                since += 1
                if since == 8:  # 8 chances, none below 1e-18, cannot vanish before they are scaled back
                    since = 0
                    most = likely[0]
                    for state in range(1, states):
                        most = max(most, likely[state])
                    scale += np.log(most)
                    for state in range(states):
                        if likely[state] > 0.0:
                            likely[state] = max(likely[state] / most, 1e-100)
            if correlation > 0.0:
                discount = 1.0 / (1.0 + (starts[task + 1] - starts[task] - 1.0) * correlation)
                scale *= discount
                for state in range(states):
                    likely[state] = likely[state] ** discount
            total = 0.0
            for state in range(states):
                likely[state] *= shares[state]
                total += likely[state]
            log += np.log(total) + scale
            for state in range(states):
                likely[state] /= total
                state_counts[state] += likely[state]
            if is_tallied:
                for vote in range(starts[task], starts[task + 1]):
                    row = np.int64(cells[vote]) * (wide * states) + states
                    for state in range(states):
                        rows[row + state] += likely[state]
            else:
                for state in range(states):
                    found[task, state] = likely[state]
        return log

    return _made(walk)


def _made(function: Callable[..., Any]) -> Kernel:
    numba = _numba()
    try:
        kernel: Kernel = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # nowhere to keep it: compiled anew in each process
        kernel = numba.njit(nogil=True)(function)
    return kernel


@cache
def _prefetch() -> Any:
    """Ask for the cache line of one entry of an array, to be written: an instruction that numba has no name for."""
    _numba()
    from llvmlite import ir  # type: ignore[import-untyped]  # comes with numba, and has no types
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    insert: Callable[..., Any] = cgutils.get_or_insert_function

    @intrinsic
    def prefetch(typing: Any, array: Any, index: Any) -> Any:
        def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            values = context.make_array(signature.args[0])(context, builder, given[0])
            address = builder.bitcast(builder.gep(values.data, [given[1]]), ir.IntType(8).as_pointer())
            number = ir.IntType(32)
            shape = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer(), number, number, number])
            asked = insert(builder.module, shape, "llvm.prefetch.p0")
            builder.call(asked, [address, number(1), number(3), number(1)])  # to write, to stay, data
            return context.get_dummy_value()

        return types.void(array, types.intp), emit

    return prefetch


def _numba() -> Any:
    try:
        import numba
    except ModuleNotFoundError as error:
        raise InferenceUndefined(
            reason="engine", where="numba is not installed: pip install 'evenhand[stats]'"
        ) from error
    return numba
