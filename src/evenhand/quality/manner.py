"""How often something is so in somebody's answers, beside others on the same tasks: evidence for a human, never a verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenhand.quality.signals import SHARED_MIN

# With fewer people nobody is unusual: there is no usual.
PEOPLE_MIN = 4
# How many answers of everybody else's rate stand beside those that others gave to one task.
_PRIOR_ANSWERS = 2.0


@dataclass(frozen=True, slots=True)
class Beside:
    """Of one person's `shared` answers to tasks that others answered too it is so in `count`; `expected` by the others.

    chance: a bound on the probability of so many, over everybody who was looked at; None where too little is known to say.
    """

    shared: int
    count: int
    expected: float
    chance: float | None


def beside_others(
    tasks: npt.ArrayLike, annotators: npt.ArrayLike, is_so: npt.ArrayLike, annotator_count: int
) -> list[Beside]:
    """Each annotator beside the others on the same tasks.

    tasks, annotators: shape (answers,), positions; nobody answers a task twice. is_so: shape (answers,), true or false.

    What is expected of an answer is the share of the others' answers to that task in which it is so, drawn towards everybody
    else's rate over all tasks. The sum of such trials exceeds k with probability at most exp(k - m - k log(k / m)), m being the
    expected number, whatever the single probabilities are; it is multiplied by the people who were judged (Bonferroni). Fewer
    than SHARED_MIN shared answers, or than PEOPLE_MIN people, are not judged. People have habits: that one does what others
    do not is no fault, and a human decides what it means.
    Hoeffding, 1956, "On the distribution of the number of successes in independent trials", doi:10.1214/aoms/1177728178;
    Chernoff, 1952, "A measure of asymptotic efficiency", doi:10.1214/aoms/1177729330.

    Raises ValueError for columns of different length.
    """
    places, people = np.asarray(tasks, dtype=np.int64).reshape(-1), np.asarray(annotators, dtype=np.int64).reshape(-1)
    so = np.asarray(is_so, dtype=np.float64).reshape(-1)
    if not places.shape == people.shape == so.shape:
        raise ValueError(f"columns of different length: {places.shape}, {people.shape}, {so.shape}")
    if not so.size:
        return [Beside(0, 0, 0.0, None)] * annotator_count
    others = np.bincount(places)[places] - 1.0
    others_so = np.bincount(places, weights=so)[places] - so
    rest = so.size - np.bincount(people, minlength=annotator_count)
    rest_so = so.sum() - np.bincount(people, weights=so, minlength=annotator_count)
    usual = (rest_so + 0.5) / (rest + 1.0)
    rates = (others_so + _PRIOR_ANSWERS * usual[people]) / (others + _PRIOR_ANSWERS)
    is_shared = others > 0
    shared = np.bincount(people[is_shared], minlength=annotator_count)
    count = np.bincount(people[is_shared], weights=so[is_shared], minlength=annotator_count)
    expected = np.bincount(people[is_shared], weights=rates[is_shared], minlength=annotator_count)
    judged = (
        np.flatnonzero(shared >= SHARED_MIN) if np.unique(people).size >= PEOPLE_MIN else np.zeros(0, dtype=np.int64)
    )
    chances = {int(each): _bound(float(count[each]), float(expected[each]), judged.size) for each in judged}
    return [
        Beside(int(shared[each]), int(count[each]), float(expected[each]), chances.get(each))
        for each in range(annotator_count)
    ]


def _bound(count: float, expected: float, judged: int) -> float:
    """The probability of `count` or more where `expected` are likely is at most this, for each of `judged` people."""
    if count <= expected:
        return 1.0
    return min(1.0, judged * math.exp(count - expected - count * math.log(count / expected)))
