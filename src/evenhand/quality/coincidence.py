"""What alpha is made of: sums over tasks that add up, so that a resample is a weighted sum and nothing is counted twice.

Each `..._sums` returns one row a block of tasks; each `..._alpha` turns summed rows, shape (resamples, columns), into alpha,
shape (resamples,), NaN where every vote is the same. Tasks with a single vote contribute nothing.
"""

from __future__ import annotations

import numpy as np

from evenhand.quality.votes import Floats, Integers, cells


def nominal_sums(tasks: Integers, codes: Integers, classes: int, block_of: Integers, blocks: int) -> Floats:
    """Votes of each class, and sum over tasks of (m^2 - sum_c n_c^2) / (m - 1). Shape (blocks, classes + 1)."""
    sizes = np.bincount(tasks, minlength=block_of.size)
    cell_tasks, cell_codes, counts = cells(tasks, codes, block_of.size, classes)
    squares = np.bincount(cell_tasks, weights=counts * counts, minlength=block_of.size)
    inside = np.where(sizes > 1, (sizes**2 - squares) / np.maximum(sizes - 1, 1), 0.0)
    used = np.where(sizes[cell_tasks] > 1, counts, 0)
    votes = np.bincount(block_of[cell_tasks] * classes + cell_codes, weights=used, minlength=blocks * classes)
    apart = np.bincount(block_of, weights=inside, minlength=blocks)
    return np.column_stack((votes.reshape(blocks, classes), apart))


def nominal_alpha_of(sums: Floats) -> Floats:
    """1 - (n - 1) D / (n^2 - sum_c n_c^2)."""
    classes, inside = sums[:, :-1], sums[:, -1]
    votes = classes.sum(axis=1)
    return _one_less(inside * (votes - 1), votes**2 - np.sum(classes**2, axis=1))


def ordinal_sums(tasks: Integers, ranks: Integers, levels: int, block_of: Integers, blocks: int) -> Floats:
    """Votes of each level, and coincidences of each pair of levels c < k: sum over tasks of 2 n_c n_k / (m - 1).

    Shape (blocks, levels + levels (levels - 1) / 2).
    """
    sizes = np.bincount(tasks, minlength=block_of.size)
    cell_tasks, cell_levels, counts = cells(tasks, ranks, block_of.size, levels)
    is_used = sizes[cell_tasks] > 1
    cell_tasks, cell_levels, counts = cell_tasks[is_used], cell_levels[is_used], counts[is_used]
    votes = np.bincount(block_of[cell_tasks] * levels + cell_levels, weights=counts, minlength=blocks * levels)
    position = np.zeros((levels, levels), dtype=np.int64)
    upper = np.triu_indices(levels, 1)
    pairs = upper[0].size
    position[upper] = np.arange(pairs)
    together = np.zeros(blocks * pairs)
    # A task's cells stand side by side, so the pairs of cells `step` apart are found by shifting the columns.
    for step in range(1, levels):
        is_pair = cell_tasks[step:] == cell_tasks[:-step]
        if not is_pair.any():
            break
        task = cell_tasks[step:][is_pair]
        weight = 2.0 * counts[step:][is_pair] * counts[:-step][is_pair] / (sizes[task] - 1)
        pair = position[cell_levels[:-step][is_pair], cell_levels[step:][is_pair]]
        together += np.bincount(block_of[task] * pairs + pair, weights=weight, minlength=blocks * pairs)
    return np.column_stack((votes.reshape(blocks, levels), together.reshape(blocks, pairs)))


def ordinal_alpha_of(sums: Floats, levels: int) -> Floats:
    """Ordinal distances are squared differences of mid-ranks, which depend on how often each level was used at all."""
    classes, together = sums[:, :levels], sums[:, levels:]
    votes = classes.sum(axis=1)
    ranks = np.cumsum(classes, axis=1) - classes / 2.0
    lower, upper = np.triu_indices(levels, 1)
    apart = (ranks[:, upper] - ranks[:, lower]) ** 2
    observed = np.sum(together * apart, axis=1)
    expected = np.sum(2.0 * classes[:, lower] * classes[:, upper] * apart, axis=1)
    return _one_less(observed * (votes - 1), expected)


def interval_sums(tasks: Integers, values: Floats, block_of: Integers, blocks: int) -> Floats:
    """Votes, sum of values, sum of their squares, and distances inside tasks. Shape (blocks, 4).

    Values are centered on their mean and scaled by their spread first: alpha does not change, and differences of large
    numbers lose no digits.
    """
    sizes = np.bincount(tasks, minlength=block_of.size)
    is_used = sizes[tasks] > 1
    tasks, used = tasks[is_used], values[is_used]
    if used.size:
        used = used - used.mean()
        spread = np.abs(used).max()
        used = used / spread if spread > 0.0 else used
    sizes = np.bincount(tasks, minlength=block_of.size)
    first = np.bincount(tasks, weights=used, minlength=block_of.size)
    means = first / np.maximum(sizes, 1)
    scatter = np.bincount(tasks, weights=(used - means[tasks]) ** 2, minlength=block_of.size)
    second = np.bincount(tasks, weights=used**2, minlength=block_of.size)
    inside = 2.0 * sizes * scatter / np.maximum(sizes - 1, 1)
    columns = (sizes.astype(np.float64), first, second, inside)
    return np.column_stack([np.bincount(block_of, weights=each, minlength=blocks) for each in columns])


def interval_alpha_of(sums: Floats) -> Floats:
    """Distances by moments: sum over pairs of (a - b)^2 = 2 (n sum a^2 - (sum a)^2)."""
    votes, first, second, inside = sums.T
    expected = 2.0 * (votes * second - first**2)
    return _one_less(inside * (votes - 1), np.where(expected > 1e-12 * votes * votes, expected, 0.0))


def _one_less(observed: Floats, expected: Floats) -> Floats:
    is_defined = expected > 0.0
    return np.where(is_defined, 1.0 - observed / np.where(is_defined, expected, 1.0), np.nan)
