"""How often somebody is right, when what is right is itself only probable: credits, intervals, confusion, windows of time.

The credit of a vote is the probability that it is right: of its task's posterior, the part of the class it names; 1 or 0 where
the answer is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenhand.quality.special import beta_quantile
from evenhand.quality.votes import Floats, Integers

CONFIDENCE = 0.95
WINDOW_VOTES = 20
WINDOWS_MAX = 24


@dataclass(frozen=True, slots=True, eq=False)
class Accuracies:
    """One row a group: an annotator, or a stretch of time.

    means: shape (groups,), in [0, 1]; 0 where there is no vote. lows, highs: the central interval at CONFIDENCE; 0 and 1 there.
    counts: shape (groups,), how many votes were judged. effective: shape (groups,), what they are worth, see `accuracies`.
    """

    means: Floats
    lows: Floats
    highs: Floats
    counts: Integers
    effective: Floats


def accuracies(groups: npt.ArrayLike, credits: npt.ArrayLike, group_count: int) -> Accuracies:
    """The accuracy of each group with its interval.

    groups: shape (votes,), 0 .. group_count - 1. credits: shape (votes,), in [0, 1].

    With n votes of mean credit m the interval is Jeffreys', of a beta distribution with e m + 1/2 and e (1 - m) + 1/2, where
    e = n / (1 + mean of c (1 - c) / (m (1 - m))): votes that were judged for sure count whole, votes judged by the toss of a coin
    count half, because the spread of what is not known adds to the spread of the sample. It ends at 0 or 1 where all are
    wrong or right.

    Raises ValueError for credits outside [0, 1] or columns of different length.
    Brown, Cai & DasGupta, 2001, "Interval estimation for a binomial proportion", doi:10.1214/ss/1009213286, section 4.
    """
    places, given = np.asarray(groups, dtype=np.int64).reshape(-1), np.asarray(credits, dtype=np.float64).reshape(-1)
    if places.shape != given.shape:
        raise ValueError(f"columns of different length: {places.shape}, {given.shape}")
    if given.size and not (np.isfinite(given).all() and given.min() >= 0.0 and given.max() <= 1.0):
        raise ValueError("a credit lies outside 0 .. 1")
    counts, means, effective = _worth(places, given, group_count)
    right, wrong = effective * means, effective * (1.0 - means)
    tail = (1.0 - CONFIDENCE) / 2.0
    lows = np.where(right < 1e-9, 0.0, beta_quantile(tail, right + 0.5, wrong + 0.5))
    highs = np.where(wrong < 1e-9, 1.0, beta_quantile(1.0 - tail, right + 0.5, wrong + 0.5))
    return Accuracies(means, np.minimum(lows, means), np.maximum(highs, means), counts, effective)


def worth_of(credits: Floats) -> float:
    """What one person's votes are worth, `effective` of `accuracies`. credits: shape (votes,)."""
    return float(_worth(np.zeros(credits.size, dtype=np.int64), credits, 1)[2][0])


def _worth(groups: Integers, credits: Floats, group_count: int) -> tuple[Integers, Floats, Floats]:
    """(counts, means, effective) of each group."""
    counts = np.bincount(groups, minlength=group_count)
    sure = np.maximum(counts, 1)
    means = np.bincount(groups, weights=credits, minlength=group_count) / sure
    doubt = np.bincount(groups, weights=credits * (1.0 - credits), minlength=group_count) / sure
    spread = means * (1.0 - means)
    effective = counts / (1.0 + np.divide(doubt, spread, out=np.zeros_like(doubt), where=spread > 1e-12))
    return counts, means, effective


def credits_of(posteriors: Floats, tasks: npt.ArrayLike, codes: npt.ArrayLike) -> Floats:
    """The probability that each vote is right. posteriors: shape (tasks, classes); tasks, codes: shape (votes,)."""
    found: Floats = np.clip(posteriors[np.asarray(tasks), np.asarray(codes)], 0.0, 1.0)
    return found


def expected_confusion(posteriors: Floats, tasks: npt.ArrayLike, codes: npt.ArrayLike) -> Floats:
    """How often each class was answered where each class is true, in expectation, over one person's votes.

    posteriors: shape (tasks, classes). tasks, codes: shape (votes,), of that person.
    Returns shape (classes true, classes answered); a row's sum is the expected number of tasks of that class.
    """
    classes = posteriors.shape[1]
    places, given = np.asarray(tasks), np.asarray(codes)
    found = np.zeros((classes, classes))
    for code in np.unique(given):
        found[:, code] = posteriors[places[given == code]].sum(axis=0)
    return found


@dataclass(frozen=True, slots=True)
class Lean:
    """What somebody answers more often than is true. code: the class. value: share answered less share true, over `count` tasks.

    low, high: normal interval at CONFIDENCE over tasks.
    """

    code: int
    value: float
    low: float
    high: float
    count: int


def class_lean(posteriors: Floats, tasks: npt.ArrayLike, codes: npt.ArrayLike) -> Lean:
    """The class that is most over-answered by one person, with its interval. posteriors, tasks, codes: as expected_confusion.

    Raises ValueError when there is no vote.
    """
    places, given = np.asarray(tasks), np.asarray(codes)
    if not given.size:
        raise ValueError("nobody leans without votes")
    true = posteriors[places]
    shares = np.bincount(given, minlength=posteriors.shape[1]) / given.size - true.mean(axis=0)
    code = int(np.argmax(shares))
    low, high = _normal((given == code).astype(np.float64) - true[:, code])
    return Lean(code, float(shares[code]), low, high, given.size)


def signed_lean(
    posteriors: Floats, tasks: npt.ArrayLike, codes: npt.ArrayLike, places: npt.ArrayLike
) -> tuple[float, float, float]:
    """How far one person's answers lie above the truth on a scale: (mean difference, low, high).

    places: shape (classes,), where each class lies; of a preference from -1, wholly for the first, to 1, wholly for the second.
    Raises ValueError when there is no vote.
    """
    at, given, scale = np.asarray(tasks), np.asarray(codes), np.asarray(places, dtype=np.float64)
    if not given.size:
        raise ValueError("nobody leans without votes")
    apart = scale[given] - posteriors[at] @ scale
    return (float(apart.mean()), *_normal(apart))


def _normal(values: Floats) -> tuple[float, float]:
    """The normal interval of a mean; of a single value the widest there is, -1 to 1."""
    mean = float(values.mean())
    if values.size < 2:
        return -1.0, 1.0
    half = 1.959963984540054 * float(values.std(ddof=1)) / values.size**0.5
    return mean - half, mean + half


def windows_of(votes: int) -> Integers:
    """Which stretch of time each of a person's votes belongs to, in the order of time. Shape (votes,).

    Stretches are of as many votes each, within one: WINDOW_VOTES at least, and at most WINDOWS_MAX of them; fewer votes than
    that are one stretch.
    """
    count = max(1, min(WINDOWS_MAX, votes // WINDOW_VOTES))
    return np.arange(votes, dtype=np.int64) * count // max(votes, 1)
