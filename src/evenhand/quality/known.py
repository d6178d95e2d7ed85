"""Answers that are known, from whom, and what each may teach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenhand.quality.ballots import Ballots
from evenhand.quality.undefined import InferenceUndefined
from evenhand.quality.votes import Integers


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """All of shape (tasks,), the code or -1.

    teaching: of every task whose answer is known: people are measured by it. settled: of all but those that were accepted as they
    were, which are no surer than their votes. telling: of gold alone, which says how far the crowd is to be trusted.
    """

    teaching: Integers
    settled: Integers
    telling: Integers

    @classmethod
    def of(
        cls,
        votes: Ballots,
        gold: Mapping[int, int] | None,
        verdicts: Mapping[int, int] | None,
        accepted: Mapping[int, int] | None,
    ) -> Known | None:
        """None where nothing is known. Gold goes before verdicts; tasks without a vote are passed over.

        Raises InferenceUndefined "gold" for a code that the question does not have.
        """
        telling = _codes(votes, gold)
        settled = np.where(telling >= 0, telling, _codes(votes, verdicts))
        teaching = np.where(settled >= 0, settled, _codes(votes, accepted))
        return cls(teaching, settled, telling) if np.any(teaching >= 0) else None

    def of_tasks(self, is_kept: npt.NDArray[np.bool_]) -> Known:
        """Of some tasks alone. is_kept: shape (tasks,)."""
        return Known(self.teaching[is_kept], self.settled[is_kept], self.telling[is_kept])


def _codes(votes: Ballots, given: Mapping[int, int] | None) -> Integers:
    known = np.full(votes.tasks, -1, dtype=np.int64)
    for task_number, code in (given or {}).items():
        if not 0 <= code < votes.classes:
            raise InferenceUndefined(reason="gold", where=f"task {task_number} has code {code} of {votes.classes}")
        place = int(np.searchsorted(votes.task_numbers, task_number))
        if place < votes.tasks and votes.task_numbers[place] == task_number:
            known[place] = code
    return known
