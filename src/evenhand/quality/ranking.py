"""Ranking by comparisons: Bradley and Terry's model with Davidson's ties, and annotators who tell apart more or less well.

Of two items l (left) and r (right), annotator w prefers l, r or neither with probabilities in the ratio

    exp(u / 2) : exp(-u / 2) : tie,    u = reliability_w (strength_l - strength_r + lean)

A reliability of 0 is a coin, one below 0 means preferring the worse item, and the mean over annotators is 1. Strengths and
reliabilities have normal priors whose variances are estimated from the votes; lean is what being shown on the left is worth.

Bradley & Terry 1952, Biometrika 39; Davidson 1970, "On extending the Bradley-Terry model to accommodate ties", JASA 65; Chen et
al. 2013, "Pairwise ranking aggregation in a crowdsourced setting", WSDM, for reliabilities; Morris 1983, JASA 78, for the spreads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenhand.quality.undefined import RankingUndefined
from evenhand.quality.votes import Floats, Integers, dense

CONFIDENCE = 0.95
_QUANTILE = 1.959963984540054
PASSES_MAX = 60
TOLERANCE = 1e-5
DENSE_MAX = 1500
_STEPS_MAX = 200
_SPREAD_MIN, _SPREAD_MAX = 1e-3, 10.0
_UTILITY_MAX = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Items and annotators with their uncertainty.

    item_numbers, strengths, lows, highs, comparisons: shape (items,); strengths in nats of an average annotator's odds, mean 0;
        the central 95 % interval of each; in how many comparisons it was.
    annotator_numbers, reliabilities, reliability_lows, reliability_highs, votes: shape (annotators,).
    lean, lean_low, lean_high: what the left place is worth, in the unit of strengths; above 0, the left one is preferred.
    tie: at least 0; two equal items tie with probability tie / (2 + tie).
    passes, has_converged: how it was found.
    """

    item_numbers: Integers
    strengths: Floats
    lows: Floats
    highs: Floats
    comparisons: Integers
    annotator_numbers: Integers
    reliabilities: Floats
    reliability_lows: Floats
    reliability_highs: Floats
    votes: Integers
    lean: float
    lean_low: float
    lean_high: float
    tie: float
    confidence: float
    passes: int
    has_converged: bool

    def chances(self, lefts: npt.ArrayLike, rights: npt.ArrayLike) -> Floats:
        """How an average annotator compares items that no place favors: shape (pairs, 3): left, tie, right; rows sum to 1.

        lefts, rights: shape (pairs,), item numbers. Raises KeyError for an item that was never compared.
        """
        difference = self.strengths[self._places(lefts)] - self.strengths[self._places(rights)]
        return _chances(difference, self.tie)

    def _places(self, numbers: npt.ArrayLike) -> Integers:
        given = np.asarray(numbers, dtype=np.int64).reshape(-1)
        places = np.minimum(np.searchsorted(self.item_numbers, given), self.item_numbers.size - 1)
        if (self.item_numbers[places] != given).any():
            raise KeyError(int(given[self.item_numbers[places] != given][0]))
        return places.astype(np.int64)


def rank(
    annotator_numbers: npt.ArrayLike,
    lefts: npt.ArrayLike,
    rights: npt.ArrayLike,
    outcomes: npt.ArrayLike,
    *,
    with_reliability: bool = True,
) -> Ranking:
    """Strengths of items from comparisons.

    annotator_numbers, lefts, rights, outcomes: shape (votes,), in any order; any whole numbers for annotators and items; outcomes
        -1: left, 0: tie, 1: right. An item is never compared with itself.
    with_reliability: False holds every annotator's reliability at 1: the plain model of 1952 with ties.

    Items that no chain of comparisons joins are compared by the prior alone, and their intervals say so.
    Raises RankingUndefined without votes, for outcomes other than -1, 0, 1, for columns of different length, and for an item
    against itself.
    """
    people, items, votes = _read(annotator_numbers, lefts, rights, outcomes)
    state = _State.start(votes, items.size, people.size, with_reliability=with_reliability)
    passes, has_converged = 0, False
    while passes < PASSES_MAX and not has_converged:
        has_converged = state.improve() < TOLERANCE
        passes += 1
    return state.ranking(items, people, passes, has_converged=has_converged)


@dataclass(frozen=True, slots=True, eq=False)
class _Votes:
    """Comparisons that are alike, once: who, which items, how often in all and with each outcome. All of shape (rows,)."""

    people: Integers
    lefts: Integers
    rights: Integers
    counts: Floats
    left_wins: Floats
    ties: Floats
    right_wins: Floats


def _read(
    annotator_numbers: npt.ArrayLike, lefts: npt.ArrayLike, rights: npt.ArrayLike, outcomes: npt.ArrayLike
) -> tuple[Integers, Integers, _Votes]:
    who = np.asarray(annotator_numbers, dtype=np.int64).reshape(-1)
    left = np.asarray(lefts, dtype=np.int64).reshape(-1)
    right = np.asarray(rights, dtype=np.int64).reshape(-1)
    given = np.asarray(outcomes).reshape(-1)
    if not who.shape == left.shape == right.shape == given.shape:
        raise RankingUndefined(reason="columns", where=f"{who.shape}, {left.shape}, {right.shape}, {given.shape}")
    if who.size == 0:
        raise RankingUndefined(reason="no-votes", where="")
    if not np.isin(given, (-1, 0, 1)).all():
        row = int(np.flatnonzero(~np.isin(given, (-1, 0, 1)))[0])
        raise RankingUndefined(reason="outcome", where=f"row {row} has {given[row]}")
    if (left == right).any():
        row = int(np.flatnonzero(left == right)[0])
        raise RankingUndefined(reason="itself", where=f"row {row} compares item {left[row]}")
    people, person = dense(who)
    items, places = dense(np.concatenate([left, right]))
    a, b = places[: who.size], places[who.size :]
    keys = (person * items.size + a) * items.size + b
    distinct, places_of_rows = dense(keys)
    tally = [
        np.bincount(places_of_rows[given == outcome], minlength=distinct.size).astype(np.float64)
        for outcome in (-1, 0, 1)
    ]
    pairs = distinct // items.size
    return (
        people,
        items,
        _Votes(pairs // items.size, pairs % items.size, distinct % items.size, np.sum(tally, axis=0), *tally),
    )


@dataclass(slots=True, eq=False)
class _State:
    """What is estimated, improved in turns. Each step is Newton's, on a log posterior that is concave in what it moves."""

    votes: _Votes
    strengths: Floats
    reliabilities: Floats
    lean: float
    tie: float
    strength_variance: float
    reliability_variance: float
    with_reliability: bool

    @classmethod
    def start(cls, votes: _Votes, items: int, people: int, *, with_reliability: bool) -> _State:
        ties = float(votes.ties.sum())
        total = float(votes.counts.sum())
        tie = 2.0 * ties / max(total - ties, 1.0)
        return cls(votes, np.zeros(items), np.ones(people), 0.0, tie, 1.0, 0.25, with_reliability)

    # ------------------------------------------------------------------------------------------------------- what moves --
    def improve(self) -> float:
        """One round over everything; by how much the strengths moved at most."""
        before = self.strengths
        diagonal = self._move_strengths()
        difference = self._differences()
        self._move_tie(difference)
        self.strength_variance = _spread(self.strengths, 1.0 / diagonal)
        if self.with_reliability:
            self._move_reliabilities(difference)
        return float(np.abs(self.strengths - before).max())

    def _differences(self) -> Floats:
        return self.strengths[self.votes.lefts] - self.strengths[self.votes.rights] + self.lean

    def _slopes(self, utilities: Floats) -> tuple[Floats, Floats]:
        """The first derivative of the log likelihood by each row's utility, and the information, its negative second."""
        mean, variance = _moments(utilities, self.tie)
        votes = self.votes
        return (votes.left_wins - votes.right_wins) / 2.0 - votes.counts * mean, votes.counts * variance

    def _move_strengths(self) -> Floats:
        """Newton's step for strengths and lean together. Returns the diagonal of the information, with the prior."""
        votes, size = self.votes, self.strengths.size
        scale = self.reliabilities[votes.people]
        slope, information = self._slopes(scale * self._differences())
        slope, information = slope * scale, information * scale * scale
        gradient = np.append(_sides(votes, slope, size) - self.strengths / self.strength_variance, slope.sum())
        diagonal = _ends(votes, information, size) + 1.0 / self.strength_variance
        step = _solve(votes, information, diagonal, gradient)
        step *= min(1.0, 3.0 / max(float(np.abs(step).max()), 1e-12))
        self.strengths = self.strengths + step[:-1]
        self.strengths -= self.strengths.mean()
        self.lean += float(step[-1])
        return diagonal

    def _move_tie(self, difference: Floats) -> None:
        """As many ties as were seen: a few steps of the fixed point that Davidson gives."""
        if self.votes.ties.sum() == 0.0:
            self.tie = 0.0
            return
        half = np.minimum(np.abs(self.reliabilities[self.votes.people] * difference), _UTILITY_MAX) / 2.0
        sides = 2.0 * np.cosh(half)
        for _ in range(3):
            self.tie = float(self.votes.ties.sum() / (self.votes.counts / (sides + self.tie)).sum())

    def _move_reliabilities(self, difference: Floats) -> None:
        """Newton's step for each annotator, and the variance among them by empirical Bayes."""
        people = self.votes.people
        slope, curvature = self._reliability_slopes(difference)
        gradient = slope - (self.reliabilities - 1.0) / self.reliability_variance
        self.reliabilities = self.reliabilities + np.clip(gradient / curvature, -1.0, 1.0)
        # The unit of strengths is an average annotator's: what the mean moves, the strengths take over.
        weight = np.bincount(people, self.votes.counts, self.reliabilities.size)
        mean = max(float((self.reliabilities * weight).sum() / weight.sum()), 0.1)
        self.reliabilities = self.reliabilities / mean
        self.strengths, self.lean = self.strengths * mean, self.lean * mean
        self.reliability_variance = _spread(self.reliabilities - 1.0, 1.0 / curvature)

    def _reliability_slopes(self, difference: Floats) -> tuple[Floats, Floats]:
        """The slope of the log likelihood by each reliability, and the information with the prior: shape (annotators,)."""
        people, size = self.votes.people, self.reliabilities.size
        slope, information = self._slopes(self.reliabilities[people] * difference)
        slopes: Floats = np.bincount(people, slope * difference, size).astype(np.float64)
        known: Floats = np.bincount(people, information * difference**2, size).astype(np.float64)
        return slopes, known + 1.0 / self.reliability_variance

    # ------------------------------------------------------------------------------------------------------ what is said --
    def ranking(self, items: Integers, people: Integers, passes: int, *, has_converged: bool) -> Ranking:
        votes, size = self.votes, self.strengths.size
        scale = self.reliabilities[votes.people]
        _, information = self._slopes(scale * self._differences())
        information = information * scale * scale
        diagonal = _ends(votes, information, size) + 1.0 / self.strength_variance
        errors, lean_error = _errors(votes, information, diagonal)
        wide = _QUANTILE * errors
        loose = np.zeros(people.size)
        if self.with_reliability:
            loose = _QUANTILE / np.sqrt(self._reliability_slopes(self._differences())[1])
        counts = votes.counts
        return Ranking(
            item_numbers=items,
            strengths=self.strengths,
            lows=self.strengths - wide,
            highs=self.strengths + wide,
            comparisons=np.rint(_ends(votes, counts, size)).astype(np.int64),
            annotator_numbers=people,
            reliabilities=self.reliabilities,
            reliability_lows=self.reliabilities - loose,
            reliability_highs=self.reliabilities + loose,
            votes=np.rint(np.bincount(votes.people, counts, people.size)).astype(np.int64),
            lean=self.lean,
            lean_low=self.lean - _QUANTILE * lean_error,
            lean_high=self.lean + _QUANTILE * lean_error,
            tie=self.tie,
            confidence=CONFIDENCE,
            passes=passes,
            has_converged=has_converged,
        )


# --------------------------------------------------------------------------------------------------------------- formulas --
def _chances(utilities: Floats, tie: float) -> Floats:
    """Shape (rows, 3): left, tie, right."""
    half = np.clip(utilities, -_UTILITY_MAX, _UTILITY_MAX) / 2.0
    parts = np.stack([np.exp(half), np.full(half.shape, tie), np.exp(-half)], axis=1)
    chances: Floats = parts / parts.sum(axis=1, keepdims=True)
    return chances


def _moments(utilities: Floats, tie: float) -> tuple[Floats, Floats]:
    """Mean and variance of an outcome that counts 1/2 for left, 0 for a tie and -1/2 for right."""
    half = np.clip(utilities, -_UTILITY_MAX, _UTILITY_MAX) / 2.0
    up = np.exp(half)
    down = 1.0 / up
    sides = up + down
    scale = 0.5 / (sides + tie)
    mean = (up - down) * scale
    return mean, sides * scale * 0.5 - mean * mean


def _sides(votes: _Votes, rows: Floats, size: int) -> Floats:
    """Rows added up where an item is left, less where it is right: shape (items,)."""
    return np.asarray(np.bincount(votes.lefts, rows, size) - np.bincount(votes.rights, rows, size), dtype=np.float64)


def _ends(votes: _Votes, rows: Floats, size: int) -> Floats:
    """Rows added up over both items of each: shape (items,)."""
    return np.asarray(np.bincount(votes.lefts, rows, size) + np.bincount(votes.rights, rows, size), dtype=np.float64)


def _matrix(votes: _Votes, information: Floats, diagonal: Floats) -> Floats:
    """The whole information, lean last: shape (items + 1, items + 1)."""
    size = diagonal.size
    pairs = np.bincount(votes.lefts * size + votes.rights, information, size * size).reshape(size, size)
    whole = np.zeros((size + 1, size + 1))
    whole[:size, :size] = -(pairs + pairs.T)
    whole[np.arange(size), np.arange(size)] = diagonal
    edge = _sides(votes, information, size)
    whole[size, :size] = whole[:size, size] = edge
    whole[size, size] = information.sum() + 1e-6
    return whole


def _solve(votes: _Votes, information: Floats, diagonal: Floats, gradient: Floats) -> Floats:
    """The step that Newton takes: exactly for few items, by conjugate gradients for many (Hestenes & Stiefel 1952)."""
    if diagonal.size <= DENSE_MAX:
        exact: Floats = np.linalg.solve(_matrix(votes, information, diagonal), gradient).astype(np.float64)
        return exact
    scale: Floats = np.append(diagonal, information.sum() + 1e-6).astype(np.float64)
    prior = diagonal - _ends(votes, information, diagonal.size)
    step: Floats = np.zeros(gradient.size)
    rest: Floats = gradient.copy()
    way: Floats = gradient / scale
    old = float(rest @ way)
    for _ in range(_STEPS_MAX):
        pushed = _pushed(votes, information, prior, way)
        length = old / float(way @ pushed)
        step = step + length * way
        rest = rest - length * pushed
        if float(np.abs(rest).max()) < 1e-9 * (1.0 + float(np.abs(gradient).max())):
            break
        eased = rest / scale
        new = float(rest @ eased)
        way = eased + new / old * way
        old = new
    return step


def _pushed(votes: _Votes, information: Floats, prior: Floats, way: Floats) -> Floats:
    rows = information * (way[votes.lefts] - way[votes.rights] + way[-1])
    return np.append(_sides(votes, rows, prior.size) + prior * way[:-1], rows.sum() + 1e-6 * way[-1])


def _errors(votes: _Votes, information: Floats, diagonal: Floats) -> tuple[Floats, float]:
    """Standard errors of strengths against their mean, and of lean. Beyond DENSE_MAX items those that the diagonal alone gives."""
    size = diagonal.size
    if size > DENSE_MAX:
        return 1.0 / np.sqrt(diagonal), float(1.0 / np.sqrt(information.sum() + 1e-6))
    covariance = np.linalg.inv(_matrix(votes, information, diagonal))
    block = covariance[:size, :size]
    centered = np.diag(block) - 2.0 * block.mean(axis=1) + block.mean()
    return np.sqrt(np.maximum(centered, 0.0)), float(np.sqrt(covariance[size, size]))


def _spread(deviations: Floats, unknown: Floats) -> float:
    """Empirical Bayes: a variance is that of the estimates and what is still unknown about each."""
    return min(max(float(np.mean(deviations**2 + unknown)), _SPREAD_MIN), _SPREAD_MAX)
