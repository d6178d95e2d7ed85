"""Dawid and Skene's model of confusion, as printed in 1979 and with the hierarchical prior that thin records need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenhand.quality.ballots import Ballots
from evenhand.quality.confusion import Confusion, crowd_of, strengths_of, totals_of
from evenhand.quality.votes import Floats, Integers
from evenhand.quality.walk import evidence, tallies

PASSES_MAX = 100
TOLERANCE = 1e-6
_START_STRENGTH = 4.0
_STRENGTH_PASSES = frozenset(
    (1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64)
)  # it moves slowly, and digammas cost more than a walk


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A model that has converged, or has used up its passes.

    posterior: shape (tasks, classes), rows sum to 1. class_shares: shape (classes,). log_likelihood: of the votes under the
    model, in nats. passes: how many walks it took. has_converged: no probability moved by more than TOLERANCE in the last one.
    """

    posterior: Floats
    confusion: Confusion
    class_shares: Floats
    log_likelihood: float
    passes: int
    has_converged: bool


def dawid_skene(votes: Ballots, *, known: Integers | None = None, class_shares: Floats | None = None) -> Fit:
    """Maximum likelihood, as in 1979: no prior on annotators, class shares estimated, started from the vote shares.

    known: shape (tasks,), the true code of a task or -1; class_shares: shape (classes,), held fixed when given.
    """
    return _fit(votes, known, class_shares, is_hierarchical=False)


def hierarchical(votes: Ballots, *, known: Integers | None = None, class_shares: Floats | None = None) -> Fit:
    """Every annotator shrunk towards the crowd's confusion, by as much as the crowd itself shows (see `confusion`)."""
    return _fit(votes, known, class_shares, is_hierarchical=True)


def vote_shares(votes: Ballots) -> Floats:
    """Shape (tasks, classes): the plain shares of the votes, where every model starts."""
    shares: Floats = votes.counts() / votes.sizes[:, None]
    return shares


def held(posterior: Floats, known: Integers | None) -> Floats:
    """The posterior with known answers put in."""
    if known is None or not np.any(known >= 0):
        return posterior
    rows = np.flatnonzero(known >= 0)
    fixed = posterior.copy()
    fixed[rows] = 0.0
    fixed[rows, known[rows]] = 1.0
    return fixed


def normalized(logarithms: Floats) -> tuple[Floats, Floats]:
    """Rows as probabilities, and the logarithm of what each was divided by: shapes (tasks, states) and (tasks,)."""
    top = logarithms.max(axis=1, keepdims=True)
    weights = np.exp(logarithms - top)
    total = weights.sum(axis=1, keepdims=True)
    return weights / total, (np.log(total) + top)[:, 0]


def _fit(votes: Ballots, known: Integers | None, class_shares: Floats | None, *, is_hierarchical: bool) -> Fit:
    posterior = held(vote_shares(votes), known)
    strengths = np.full(votes.classes, _START_STRENGTH)
    passes, change = 0, np.inf
    while change >= TOLERANCE and passes < PASSES_MAX:
        passes += 1
        counts = tallies(votes, posterior)
        totals = totals_of(votes, counts)
        if is_hierarchical:
            crowd = crowd_of(votes, counts)
            if passes in _STRENGTH_PASSES:
                strengths = strengths_of(votes, counts, totals, crowd, strengths)
            prior = crowd * strengths
        else:
            prior = np.full((votes.classes, votes.classes), 1e-9)
        confusion = Confusion(counts, totals, prior)
        shares = class_shares if class_shares is not None else _shares_of(posterior, is_hierarchical)
        logarithms = evidence(votes, confusion.logarithms(votes)) + np.log(np.maximum(shares, 1e-300))
        moved, log_total = normalized(logarithms)
        log_likelihood = float(np.sum(log_total if known is None else _of_known(logarithms, log_total, known)))
        moved = held(moved, known)
        change = float(np.abs(moved - posterior).max())
        posterior = moved
    return Fit(posterior, confusion, shares, log_likelihood, passes, change < TOLERANCE)


def _shares_of(posterior: Floats, is_smoothed: bool) -> Floats:
    """The class shares: as counted, or with one task spread over all classes, so that none is ruled out."""
    counted = posterior.sum(axis=0) + (1.0 / posterior.shape[1] if is_smoothed else 0.0)
    shares: Floats = counted / counted.sum()
    return shares


def _of_known(logarithms: Floats, log_total: Floats, known: Integers) -> Floats:
    """The log likelihood of each task's votes, together with its answer where that is known."""
    rows = np.flatnonzero(known >= 0)
    likelihood = log_total.copy()
    likelihood[rows] = logarithms[rows, known[rows]]
    return likelihood
