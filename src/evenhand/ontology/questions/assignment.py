"""Minimum-cost assignment: which of these belongs to which of those, when anything may also stay alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

# (one of these, one of those) -> what pairing them costs, 0..1. Pairs that are not in it cannot be made.
Costs = Mapping[tuple[int, int], float]

# What two things cost that both stay alone; a pair costs at most half of it.
_BOTH_ALONE = 2.0
# Among equal totals the larger matching wins.
_PAIRING_GAIN = 1e-9


def matched(costs: Costs) -> list[tuple[int, int]]:
    """The admissible pairs whose total is least when staying alone costs 1 each, sorted.

    What reaches each other by no admissible pair is solved apart, so that hundreds of scattered regions stay quick.
    """
    pairs: list[tuple[int, int]] = []
    for rows, columns in _components(costs):
        block = np.zeros((len(rows), len(columns)))
        places = {column: place for place, column in enumerate(columns)}
        for place, row in enumerate(rows):
            for column, at in places.items():
                if (row, column) in costs:
                    block[place, at] = costs[row, column] - _BOTH_ALONE - _PAIRING_GAIN
        found = ((rows[row], columns[column]) for row, column in cheapest(block))
        pairs.extend(pair for pair in found if pair in costs)
    return sorted(pairs)


def set_distance(costs: Costs, ours: int, theirs: int) -> float:
    """(costs of matched pairs + number of unmatched) / (matched + unmatched), 0..1; two empty sets agree (0).

    ours, theirs: how many there are on either side.
    After Mathet, Widlöcher, Métivier, 2015, "The unified and holistic method gamma", doi:10.1162/COLI_a_00227, with the cost of
    an empty partner 1.
    """
    pairs = matched(costs)
    alone = ours + theirs - 2 * len(pairs)
    if not pairs and not alone:
        return 0.0
    return (sum(costs[pair] for pair in pairs) + alone) / (len(pairs) + alone)


def cheapest(costs: npt.NDArray[np.float64]) -> Iterator[tuple[int, int]]:
    """Pairs (row, column) of the cheapest assignment that uses up the smaller side of the matrix."""
    if costs.shape[0] > costs.shape[1]:
        yield from ((row, column) for column, row in cheapest(costs.T))
    elif costs.shape[0] == 1:
        yield 0, int(np.argmin(costs[0]))
    else:
        yield from enumerate(hungarian(costs))


def hungarian(costs: npt.NDArray[np.float64]) -> list[int]:
    """Column of each row in the cheapest assignment; shape (rows, columns) with rows <= columns. O(rows^2 columns).

    Shortest augmenting paths with dual prices: Jonker, Volgenant, 1987, "A shortest augmenting path algorithm for dense and
    sparse linear assignment problems", doi:10.1007/BF02278710.
    """
    rows, columns = costs.shape
    row_price, column_price = np.zeros(rows + 1), np.zeros(columns + 1)
    row_of = np.zeros(columns + 1, dtype=np.int64)  # 1-based row that holds a column; 0 is free. Column 0 is the root.
    for row in range(1, rows + 1):
        row_of[0] = row
        column = 0
        slack = np.full(columns + 1, np.inf)
        came_from = np.zeros(columns + 1, dtype=np.int64)
        done = np.zeros(columns + 1, dtype=bool)
        while row_of[column] != 0:
            done[column] = True
            reduced = costs[row_of[column] - 1] - row_price[row_of[column]] - column_price[1:]
            better = ~done[1:] & (reduced < slack[1:])
            slack[1:][better] = reduced[better]
            came_from[1:][better] = column
            following = int(np.argmin(np.where(done[1:], np.inf, slack[1:]))) + 1
            step = slack[following]
            row_price[row_of[done]] += step
            column_price[done] -= step
            slack[~done] -= step
            column = following
        while column:
            row_of[column] = row_of[came_from[column]]
            column = int(came_from[column])
    column_of = {int(row_of[column]): column - 1 for column in range(1, columns + 1) if row_of[column]}
    return [column_of[row] for row in range(1, rows + 1)]


def _components(costs: Costs) -> Iterator[tuple[list[int], list[int]]]:
    """Rows and columns connected by admissible pairs."""
    columns_of: dict[int, list[int]] = {}
    rows_of: dict[int, list[int]] = {}
    for row, column in costs:
        columns_of.setdefault(row, []).append(column)
        rows_of.setdefault(column, []).append(row)
    seen: set[int] = set()
    for start in columns_of:
        if start in seen:
            continue
        seen.add(start)
        queue, rows, columns = [start], [start], set[int]()
        while queue:
            for column in set(columns_of[queue.pop()]) - columns:
                columns.add(column)
                fresh = [row for row in rows_of[column] if row not in seen]
                seen.update(fresh)
                rows.extend(fresh)
                queue.extend(fresh)
        yield sorted(rows), sorted(columns)
