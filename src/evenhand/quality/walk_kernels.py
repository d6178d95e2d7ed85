"""The machine code itself. Importing this loads numba, which most processes never need.

What a walk costs is waiting for memory: each vote reads one row of a table and adds to one row of the next, at random. So both
rows lie side by side, those of the votes to come are fetched ahead, probabilities are multiplied and scaled back now and then
instead of adding logarithms, and the code is made for the number of states, so that a task's states stay in registers.
Everything is in double precision, in the order of the votes: numpy gives the same but for rounding.

What is made is kept beside this file or in the user's cache, whichever can be written, for the next process.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]  # comes with numba, and has no types
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_AHEAD = 15  # votes; far enough for memory to answer, near enough to stay in the cache
_LINE = 8  # doubles
_STATES_MADE_FOR = 32  # with more of them a loop that asks for their number is as fast
_insert: Callable[..., Any] = cgutils.get_or_insert_function


@intrinsic
def _prefetch(typing: Any, array: Any, index: Any) -> Any:
    """Ask for the cache line of one entry of an array, to be written: an instruction that numba has no name for."""

    def emit(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        values = context.make_array(signature.args[0])(context, builder, given[0])
        address = builder.bitcast(builder.gep(values.data, [given[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        shape = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer(), number, number, number])
        asked = _insert(builder.module, shape, "llvm.prefetch.p0")
        builder.call(asked, [address, number(1), number(3), number(1)])  # to write, to stay, data
        return context.get_dummy_value()

    return types.void(array, types.intp), emit


_fetch: Any = _prefetch  # compiled code calls it without the compiler's own argument


def kernel_of(states: int, is_tallied: bool) -> Callable[..., float]:
    """The walk for so many states, compiled at its first use.

    is_tallied: whether it adds each task's states to the second half of its votes' rows, or stores them.
    """
    return _compiled(states if states <= _STATES_MADE_FOR else 0, is_tallied)


@cache
def _compiled(made_for: int, is_tallied: bool) -> Callable[..., float]:
    # Only numbers may be free in what follows: by their values numba finds again what it has kept.
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
                        _fetch(rows, ahead + line * _LINE)
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

    try:
        kernel: Callable[..., float] = numba.njit(nogil=True, cache=True)(walk)
    except RuntimeError:  # nowhere to keep it: compiled anew in each process
        kernel = numba.njit(nogil=True)(walk)
    return kernel
