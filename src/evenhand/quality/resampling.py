"""The bootstrap over tasks: which tasks a resample holds, at a cost that does not grow with the project."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evenhand.quality.votes import Floats, Integers

BLOCKS_MAX = 4096
_CELLS_A_CHUNK = 4_000_000


def blocks_of(task_count: int, columns: int, seed: int) -> tuple[Integers, int]:
    """Which block each task belongs to, shape (tasks,), and how many blocks there are.

    Up to 4,096 tasks each task is a block of its own: the plain bootstrap. Beyond, tasks are dealt at random into blocks of
    equal size (within one) and blocks are resampled: tasks are exchangeable, so the variance stays the same, estimated to
    about 1 % of its root. columns: how many sums are kept for a block; many columns ask for fewer blocks.
    """
    blocks = max(256, min(BLOCKS_MAX, _CELLS_A_CHUNK // max(columns, 1)))
    if task_count <= blocks:
        return np.arange(task_count, dtype=np.int64), task_count
    order = np.random.default_rng([seed, 1]).permutation(task_count)
    return order.astype(np.int64) % blocks, blocks


def draws(block_count: int, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each resample holds each block: shape (resamples of this chunk, blocks), whole numbers as floats.

    Every row sums to block_count. The same seed gives the same draws, whatever the size of the chunks.
    """
    random = np.random.default_rng([seed, 2])
    chunk = max(1, _CELLS_A_CHUNK // block_count)
    for start in range(0, resamples, chunk):
        rows = min(chunk, resamples - start)
        drawn = random.integers(0, block_count, size=(rows, block_count))
        drawn += np.arange(rows)[:, None] * block_count
        held = np.bincount(drawn.reshape(-1), minlength=rows * block_count)
        yield held.reshape(rows, block_count).astype(np.float64)
