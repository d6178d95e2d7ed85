"""The special functions that Bayesian counts need, over arrays: digamma, the logarithm of gamma, quantiles of beta."""

from __future__ import annotations

import numpy as np

from evenhand.quality.votes import Floats

_SHIFT = 6
_BISECTIONS = 44
_FRACTION_TERMS = 200


def digamma(values: Floats) -> Floats:
    """The derivative of log gamma, for values above 0; exact to about 1e-11.

    Abramowitz & Stegun 1964, 6.3.5 (recurrence) and 6.3.18 (asymptotic series).
    """
    shifted = np.asarray(values, dtype=np.float64)
    result = np.zeros_like(shifted)
    for _ in range(_SHIFT):
        result = result - 1.0 / shifted
        shifted = shifted + 1.0
    inverse = 1.0 / (shifted * shifted)
    series = inverse * (
        1 / 12
        - inverse * (1 / 120 - inverse * (1 / 252 - inverse * (1 / 240 - inverse * (1 / 132 - inverse * 691 / 32760))))
    )
    summed: Floats = result + np.log(shifted) - 0.5 / shifted - series
    return summed


def log_gamma(values: Floats) -> Floats:
    """log gamma, for values above 0; exact to about 1e-11.

    Abramowitz & Stegun 1964, 6.1.15 (recurrence) and 6.1.41 (Stirling's series).
    """
    shifted = np.asarray(values, dtype=np.float64)
    product = np.ones_like(shifted)
    for _ in range(_SHIFT):
        product = product * shifted
        shifted = shifted + 1.0
    inverse = 1.0 / (shifted * shifted)
    series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / shifted
    stirling: Floats = (shifted - 0.5) * np.log(shifted) - shifted + 0.5 * np.log(2 * np.pi) + series - np.log(product)
    return stirling


def beta_quantile(share: float, successes: Floats, failures: Floats) -> Floats:
    """The value below which `share` of a beta distribution lies. successes, failures: its two parameters, above 0, one shape."""
    low, high = np.zeros_like(successes), np.ones_like(successes)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        is_below = beta_share(middle, successes, failures) < share
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    quantile: Floats = 0.5 * (low + high)
    return quantile


def beta_share(values: Floats, successes: Floats, failures: Floats) -> Floats:
    """The regularized incomplete beta function, by its continued fraction (Abramowitz & Stegun 1964, 26.5.8)."""
    is_upper = values > (successes + 1.0) / (successes + failures + 2.0)
    x = np.where(is_upper, 1.0 - values, values)
    a, b = np.where(is_upper, failures, successes), np.where(is_upper, successes, failures)
    x = np.clip(x, 1e-300, 1.0 - 1e-16)
    log_front = a * np.log(x) + b * np.log1p(-x) + log_gamma(a + b) - log_gamma(a) - log_gamma(b)
    share = np.exp(log_front) / a * _beta_fraction(x, a, b)
    upper: Floats = np.where(is_upper, 1.0 - share, share)
    return upper


def _beta_fraction(x: Floats, a: Floats, b: Floats) -> Floats:
    """The continued fraction, evaluated by Lentz's method until no entry moves."""
    numerator = np.ones_like(x)
    denominator = 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    value = denominator
    for term in range(1, _FRACTION_TERMS):
        even = term * (b - term) * x / ((a + 2 * term - 1.0) * (a + 2 * term))
        odd = -(a + term) * (a + b + term) * x / ((a + 2 * term) * (a + 2 * term + 1.0))
        before = value
        for step in (even, odd):
            denominator = 1.0 / _away_from_zero(1.0 + step * denominator)
            numerator = _away_from_zero(1.0 + step / numerator)
            value = value * denominator * numerator
        if np.all(np.abs(value - before) <= 1e-13 * np.abs(value)):
            break
    return value


def _away_from_zero(values: Floats) -> Floats:
    return np.where(np.abs(values) < 1e-300, 1e-300, values)
