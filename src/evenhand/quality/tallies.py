"""Agreement in one pass: a matrix of coincidences that votes are added to, task by task, and any distance read from it.

Memory is classes squared, whatever the number of tasks; a task that gains a vote is taken out as it was and put in as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from evenhand.quality.undefined import AgreementUndefined
from evenhand.quality.votes import Floats, Integers

# A table of counts that stays in the cache: a tenth of the time of one that does not.
_TABLE_CELLS = 100_000


@dataclass(slots=True, eq=False)
class Coincidences:
    """o[c, k]: how often c and k were given to one task, each pair weighed 1 / (m - 1), m being the votes of the task.

    Krippendorff, 2011, "Computing Krippendorff's alpha-reliability", section D.
    """

    classes: int
    matrix: Floats = field(init=False)
    tasks: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.matrix = np.zeros((self.classes, self.classes))

    @property
    def votes(self) -> int:
        """Votes of the tasks that have two or more."""
        return round(float(self.matrix.sum()))

    def add(self, task_numbers: npt.ArrayLike, codes: npt.ArrayLike) -> None:
        """Whole tasks at once. task_numbers, codes: shape (votes,), sorted by task; codes in 0 .. classes - 1.

        Raises ValueError for columns of different length or codes out of range. A task comes in one call, whole.
        """
        tasks = np.asarray(task_numbers).reshape(-1)
        given = np.asarray(codes).reshape(-1)
        if tasks.shape != given.shape:
            raise ValueError(f"columns of different length: {tasks.shape}, {given.shape}")
        if not tasks.size:
            return
        if given.min() < 0 or given.max() >= self.classes:
            raise ValueError(f"a code lies outside 0 .. {self.classes - 1}")
        is_first = np.empty(tasks.size, dtype=bool)
        is_first[0] = True
        np.not_equal(tasks[1:], tasks[:-1], out=is_first[1:])
        starts = np.flatnonzero(is_first)
        step = max(1, _TABLE_CELLS // self.classes)
        for low in range(0, starts.size, step):
            high = min(low + step, starts.size)
            end = starts[high] if high < starts.size else tasks.size
            sizes = np.diff(starts[low:high], append=end)
            keys = np.repeat(np.arange(0, (high - low) * self.classes, self.classes, dtype=np.int64), sizes)
            keys += given[starts[low] : end]
            table = np.bincount(keys, minlength=(high - low) * self.classes).reshape(high - low, self.classes)
            self._put(table, sizes, 1.0)

    def change(self, before: npt.ArrayLike, after: npt.ArrayLike) -> None:
        """One task whose votes changed. before, after: shape (classes,), its votes by class; all zero where it had none."""
        for counts, sign in ((before, -1.0), (after, 1.0)):
            table = np.asarray(counts, dtype=np.int64).reshape(1, self.classes)
            self._put(table, table.sum(axis=1), sign)

    def _put(self, table: Integers, sizes: Integers, sign: float) -> None:
        self.tasks += int(sign) * int(np.count_nonzero(sizes > 1))
        weights = np.where(sizes > 1, sign / np.maximum(sizes - 1, 1), 0.0)
        counts = table.astype(np.float64)
        weighed = counts * weights[:, None]
        self.matrix += weighed.T @ counts
        self.matrix[np.diag_indices(self.classes)] -= weighed.sum(axis=0)

    def alpha(self, distances: npt.ArrayLike | None = None) -> float:
        """Krippendorff's alpha. distances: shape (classes, classes), 0 on the diagonal, symmetric; None: equal or not.

        Raises AgreementUndefined when no task has two votes, or all votes are at no distance from each other.
        """
        apart = 1.0 - np.eye(self.classes) if distances is None else np.asarray(distances, dtype=np.float64)
        totals = self.matrix.sum(axis=1)
        votes = float(totals.sum())
        if self.tasks == 0:
            raise AgreementUndefined(reason="no-pairs")
        expected = float(totals @ apart @ totals)
        if expected <= 1e-9 * votes:
            raise AgreementUndefined(reason="one-value")
        return 1.0 - (votes - 1.0) * float(np.sum(self.matrix * apart)) / expected

    def ordinal_distances(self) -> Floats:
        """Squared differences of mid-ranks by how often each level was used: makes `alpha` ordinal. Shape (classes, classes)."""
        totals = self.matrix.sum(axis=1)
        ranks = np.cumsum(totals) - totals / 2.0
        apart: Floats = (ranks[:, None] - ranks[None, :]) ** 2
        return apart
