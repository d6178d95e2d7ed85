"""Whether somebody's accuracy changed, when, and by how much: one change point in a row of right and wrong answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenhand.quality.accuracy import Accuracies, accuracies, worth_of
from evenhand.quality.special import log_gamma
from evenhand.quality.votes import Floats

CONFIDENCE = 0.95
SIDE_VOTES = 10
# Kass & Raftery, 1995, doi:10.1080/01621459.1995.10476572: 20 to 150 is "strong". Of people who did not change fewer than one in
# 200 reaches it (simulated: accuracies of 0.6 to 0.97, 40 to 1,500 answers).
FACTOR_MIN = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """The answers from `position` on have another accuracy than those before.

    low, high: the positions between which it lies, with probability CONFIDENCE. factor: how many times likelier the answers are
    with one change than with none. sides: two rows, before and after.
    """

    position: int
    low: int
    high: int
    factor: float
    sides: Accuracies


def change_of(credits: npt.ArrayLike) -> Change | None:
    """The change in a person's credits, in the order of time; None where fewer than 2 SIDE_VOTES were judged, or none is likely.

    credits: shape (votes,), in [0, 1], the probability that each answer is right.

    The answers before and after the change are right with two unknown shares, each with Jeffreys' prior, and the change may be
    before any answer but the first and last SIDE_VOTES; all in closed form. Answers judged by a doubtful truth count as they do
    in `accuracies`.
    Smith, 1975, "A Bayesian approach to inference about a change-point in a sequence of random variables",
    doi:10.1093/biomet/62.2.407.
    """
    given = np.asarray(credits, dtype=np.float64).reshape(-1)
    if given.size < 2 * SIDE_VOTES:
        return None
    worth = worth_of(given) / given.size
    places = np.arange(SIDE_VOTES, given.size - SIDE_VOTES + 1)
    right = np.concatenate((np.zeros(1), np.cumsum(given)))
    before, total = right[places] * worth, right[-1] * worth
    split = _evidence(before, places * worth - before) + _evidence(
        total - before, (given.size - places) * worth - (total - before)
    )
    none = _evidence(np.array([total]), np.array([given.size * worth - total]))[0]
    greatest = float(split.max())
    likely = np.exp(split - greatest)
    factor = float(np.exp(np.minimum(greatest - none, 600.0)) * likely.mean())
    if factor < FACTOR_MIN:
        return None
    running = np.cumsum(likely) / likely.sum()
    tail = (1.0 - CONFIDENCE) / 2.0
    low, high = (int(places[np.searchsorted(running, each)]) for each in (tail, 1.0 - tail))
    position = int(places[int(np.argmax(likely))])
    sides = accuracies((np.arange(given.size) >= position).astype(np.int64), given, 2)
    return Change(position, min(low, position), max(high, position), factor, sides)


def _evidence(right: Floats, wrong: Floats) -> Floats:
    """log of the probability of so many right and wrong answers when their share is unknown: a ratio of beta functions."""
    a, b = np.maximum(right, 0.0) + 0.5, np.maximum(wrong, 0.0) + 0.5
    evidence: Floats = log_gamma(a) + log_gamma(b) - log_gamma(a + b) - 2.0 * log_gamma(np.array(0.5))
    return evidence
