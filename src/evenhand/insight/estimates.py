"""What a fit found of numbers: for each task an estimate with its interval, kept as arrays beside the fit that found it."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from uuid import UUID

import numpy as np
import numpy.typing as npt

from evenhand.ontology.consensus import Told
from evenhand.quality.estimation import NumericInference
from evenhand.store.queries import Connection, Queries

_queries = Queries.of("evenhand.insight")
# Of an interval, so many decimal places are told that its width has three digits.
_DIGITS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """The estimates of one question, by increasing task number.

    task_numbers, votes: shape (tasks,). sums: shape (tasks,), of the votes: with their number, it tells whether a task has other
    votes since. means, lows, highs: shape (tasks,), in the unit of the answers; the interval is of 95 %.
    """

    model: str
    version: int
    task_numbers: npt.NDArray[np.int64]
    votes: npt.NDArray[np.int64]
    sums: npt.NDArray[np.float64]
    means: npt.NDArray[np.float64]
    lows: npt.NDArray[np.float64]
    highs: npt.NDArray[np.float64]

    def told(self, task_no: int, codes: Sequence[float], fit_no: int) -> Told | None:
        """What stands for a task with these votes; None where the fit saw other ones."""
        if not self.task_numbers.size:
            return None
        place = min(int(np.searchsorted(self.task_numbers, task_no)), self.task_numbers.size - 1)
        is_same = self.task_numbers[place] == task_no and self.votes[place] == len(codes)
        if not is_same or not math.isclose(math.fsum(codes), self.sums[place], rel_tol=1e-9, abs_tol=1e-12):
            return None
        mean, low, high = (
            rounded(float(each[place]), self._width(place)) for each in (self.means, self.lows, self.highs)
        )
        return Told(mean, None, "model", self.model, str(self.version), fit_no, (low, high))

    def _width(self, place: int) -> float:
        return float(self.highs[place] * 0.5 - self.lows[place] * 0.5) * 2.0


def estimates_found(
    found: NumericInference, tasks: npt.NDArray[np.int64], values: npt.NDArray[np.float64]
) -> Estimates:
    """What is kept of a fit. tasks, values: shape (votes,), what it was fitted to."""
    at = np.searchsorted(found.task_numbers, tasks)
    sums = np.bincount(at, weights=values, minlength=found.task_numbers.size).astype(np.float64)
    return Estimates(
        found.model, found.version, found.task_numbers, found.votes, sums, found.means, found.lows, found.highs
    )


def packed(estimates: Estimates) -> bytes:
    """Its arrays as one compressed file of numpy's (`numpy.savez_compressed`), without objects."""
    written = io.BytesIO()
    arrays = {each.name: np.asarray(getattr(estimates, each.name)) for each in fields(Estimates)}
    np.savez_compressed(written, allow_pickle=False, **arrays)
    return written.getvalue()


def unpacked(written: bytes) -> Estimates:
    """What `packed` wrote."""
    with np.load(io.BytesIO(written), allow_pickle=False) as arrays:
        found = {each.name: arrays[each.name] for each in fields(Estimates)}
    return Estimates(**{**found, "model": str(found["model"]), "version": int(found["version"])})


async def keep_estimates(
    connection: Connection,
    organization_id: UUID,
    project_id: UUID,
    fit_no: int,
    found: Iterable[tuple[int, bytes]],
) -> None:
    """Put the estimates of a sweep in the place of the last one's. found: question number, and what `packed` wrote."""
    facts = {"organization_id": organization_id, "project_id": project_id, "fit_no": fit_no}
    for question_no, learned in found:
        await _queries.run(connection, "add_estimates", **facts, question_no=question_no, learned=learned)
    await _queries.run(connection, "forget_estimates", **facts)


def rounded(number: float, width: float) -> float:
    """With as many decimal places as an interval of that width has meaning for."""
    if width <= 0.0 or not math.isfinite(width):
        return number
    return round(number, max(0, _DIGITS - math.floor(math.log10(width))))
