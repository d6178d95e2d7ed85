"""The Beta distribution: what a count of right answers says about a share, with its interval."""

from __future__ import annotations

from math import lgamma

import numpy as np
import numpy.typing as npt

from evenhand.quality.votes import Floats

_STEPS = 300
_HALVINGS = 60


def share_interval(right: npt.ArrayLike, total: npt.ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """The central interval of a share under Jeffreys' prior, Beta(1/2, 1/2): low and high, of the shape of `right`.

    right, total: shape (shares,), how many of how many. At 0 of n the lower end is 0, at n of n the upper is 1, so that the
    interval
        always holds the share that was seen. 0 of 0 gives the whole of 0 .. 1.

    Raises ValueError for counts that are no counts.
    Brown, Cai & DasGupta, 2001, "Interval estimation for a binomial proportion", doi:10.1214/ss/1009213286.
    """
    hits, trials = np.atleast_1d(np.asarray(right, dtype=float)), np.atleast_1d(np.asarray(total, dtype=float))
    if hits.shape != trials.shape or (hits < 0).any() or (hits > trials).any():
        raise ValueError("right lies in 0 .. total, one total for each")
    tail = (1.0 - confidence) / 2.0
    low = beta_quantile(tail, hits + 0.5, trials - hits + 0.5)
    high = beta_quantile(1.0 - tail, hits + 0.5, trials - hits + 0.5)
    return np.where(hits == 0, 0.0, low), np.where(hits == trials, 1.0, high)


def beta_quantile(probability: float, a: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    """Where so much of Beta(a, b) lies below, by halving; correct to 1e-12. a, b: shape (distributions,), both above 0."""
    first, second = np.broadcast_arrays(np.asarray(a, dtype=float), np.asarray(b, dtype=float))
    low, high = np.zeros(first.shape), np.ones(first.shape)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        is_below = beta_below(middle, first, second) < probability
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    return (low + high) / 2.0


def beta_below(x: npt.ArrayLike, a: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    """The regularized incomplete beta function I_x(a, b): how much of Beta(a, b) lies below x, in 0 .. 1.

    By its continued fraction, on the side of the mean where that converges fast.
    NIST Digital Library of Mathematical Functions, 8.17.22 (and 8.17.4 for the other side); evaluated as in Lentz, 1976.
    """
    at, first, second = np.broadcast_arrays(*(np.asarray(each, dtype=float) for each in (x, a, b)))
    is_turned = at > (first + 1.0) / (first + second + 2.0)
    near = np.where(is_turned, 1.0 - at, at)
    p, q = np.where(is_turned, second, first), np.where(is_turned, first, second)
    log_gamma = np.vectorize(lgamma, otypes=[float])
    inside = np.clip(near, 1e-300, 1.0 - 1e-16)
    head = np.exp(
        p * np.log(inside) + q * np.log1p(-inside) + log_gamma(p + q) - log_gamma(p) - log_gamma(q) - np.log(p)
    )
    below = np.where(near <= 0.0, 0.0, head / _fraction(inside, p, q))
    return np.where(is_turned, 1.0 - below, below)


def _fraction(x: Floats, a: Floats, b: Floats) -> Floats:
    """1 + d1/(1 + d2/(1 + …)) of DLMF 8.17.22, forward."""
    value, numerator, denominator = np.ones(x.shape), np.ones(x.shape), np.zeros(x.shape)
    for step in range(1, _STEPS):
        m = step // 2
        if step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        denominator = 1.0 / _off_zero(1.0 + term * denominator)
        numerator = _off_zero(1.0 + term / numerator)
        change = numerator * denominator
        value = value * change
        if np.all(np.abs(change - 1.0) < 1e-15):
            break
    return value


def _off_zero(value: Floats) -> Floats:
    return np.where(np.abs(value) < 1e-300, 1e-300, value)
