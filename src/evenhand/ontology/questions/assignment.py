"""Minimum-cost assignment: which of these belongs to which of those, when anything may also stay alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

# What a thing costs that stays alone. A matched pair costs at most 1, two that stay alone cost 2.
ALONE = 1.0


def matched(costs: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs (row, column), by row, of the assignment with the least total when staying alone costs 1 each.

    costs: shape (rows, columns), 0..1 each; infinity where a pair is not admissible.
    Among equal totals the larger matching wins. Rows and columns that reach each other by no admissible pair are solved
    apart, so that hundreds of scattered regions stay quick.
    """
    pairs: list[tuple[int, int]] = []
    for rows, columns in _components(np.isfinite(costs)):
        if len(rows) == 1 or len(columns) == 1:
            block = costs[np.ix_(rows, columns)]
            row, column = np.unravel_index(int(np.argmin(block)), block.shape)
            pairs.append((rows[int(row)], columns[int(column)]))
        else:
            pairs.extend(_solved(costs, rows, columns))
    return sorted(pairs)


def set_distance(costs: npt.NDArray[np.float64]) -> float:
    """(costs of matched pairs + number of unmatched) / (matched + unmatched), 0..1; two empty sets agree (0).

    After Mathet, Widlöcher, Métivier, 2015, "The unified and holistic method gamma", doi:10.1162/COLI_a_00227, with the cost of
    an empty partner 1.
    """
    pairs = matched(costs)
    alone = sum(costs.shape) - 2 * len(pairs)
    if not pairs and not alone:
        return 0.0
    return (float(sum(costs[pair] for pair in pairs)) + alone) / (len(pairs) + alone)


def _components(admissible: npt.NDArray[np.bool_]) -> list[tuple[list[int], list[int]]]:
    """Rows and columns connected by admissible pairs; those without any are left out."""
    rows_of = [np.flatnonzero(admissible[:, column]) for column in range(admissible.shape[1])]
    seen = np.zeros(admissible.shape[0], dtype=bool)
    found = []
    for start in np.flatnonzero(admissible.any(axis=1)):
        if seen[start]:
            continue
        seen[start] = True
        rows, columns, queue = [int(start)], set[int](), [int(start)]
        while queue:
            for column in np.flatnonzero(admissible[queue.pop()]):
                if int(column) in columns:
                    continue
                columns.add(int(column))
                fresh = [int(row) for row in rows_of[column] if not seen[row]]
                seen[fresh] = True
                rows.extend(fresh)
                queue.extend(fresh)
        found.append((sorted(rows), sorted(columns)))
    return found


def _solved(costs: npt.NDArray[np.float64], rows: Sequence[int], columns: Sequence[int]) -> list[tuple[int, int]]:
    """One component, squared up with a private "alone" partner for everyone."""
    block = costs[np.ix_(rows, columns)]
    n, m = block.shape
    # A tiny discount for pairing makes the larger matching win among equal totals.
    square = np.full((n + m, n + m), np.inf)
    square[:n, :m] = block - 1e-9
    square[:n, m:] = np.where(np.eye(n, dtype=bool), ALONE, np.inf)
    square[n:, :m] = np.where(np.eye(m, dtype=bool), ALONE, np.inf)
    square[n:, m:] = 0.0
    # A finite stand-in for infinity that no optimum would pay.
    partner = hungarian(np.where(np.isfinite(square), square, 4.0 * (n + m) + 4.0))
    return [(rows[row], columns[partner[row]]) for row in range(n) if partner[row] < m]


def hungarian(costs: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Column of each row in the cheapest complete assignment of a square matrix; O(n^3) by shortest augmenting paths.

    Jonker, Volgenant, 1987, "A shortest augmenting path algorithm for dense and sparse linear assignment problems".
    """
    size = costs.shape[0]
    row_price, column_price = np.zeros(size + 1), np.zeros(size + 1)
    row_of = np.zeros(size + 1, dtype=np.int64)  # 1-based row that holds a column; 0 is free. Column 0 is the root.
    for row in range(1, size + 1):
        row_of[0] = row
        column = 0
        slack = np.full(size + 1, np.inf)
        came_from = np.zeros(size + 1, dtype=np.int64)
        done = np.zeros(size + 1, dtype=bool)
        while row_of[column] != 0:
            done[column] = True
            at = row_of[column]
            reduced = costs[at - 1] - row_price[at] - column_price[1:]
            better = ~done[1:] & (reduced < slack[1:])
            slack[1:][better] = reduced[better]
            came_from[1:][better] = column
            following = int(np.argmin(np.where(done[1:], np.inf, slack[1:]))) + 1
            delta = slack[following]
            row_price[row_of[done]] += delta
            column_price[done] -= delta
            slack[~done] -= delta
            column = following
        while column:
            previous = int(came_from[column])
            row_of[column] = row_of[previous]
            column = previous
    partner = np.empty(size, dtype=np.int64)
    partner[row_of[1:] - 1] = np.arange(size)
    return partner
