"""What a probability is worth, once the truth is known: accuracy with ties as fractions, likelihood, Brier, calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BINS = 10


@dataclass(frozen=True)
class Score:
    """One row a task whose truth is known: credits (1, 0, or a tie's part), confidences, negative log likelihoods, Brier."""

    credits: np.ndarray
    confidences: np.ndarray
    losses: np.ndarray
    briers: np.ndarray

    @property
    def accuracy(self) -> float:
        return float(self.credits.mean())

    @property
    def loss(self) -> float:
        return float(self.losses.mean())

    @property
    def brier(self) -> float:
        return float(self.briers.mean())


def score(probabilities: np.ndarray, truth: np.ndarray, is_left_out: np.ndarray | None = None) -> Score:
    """probabilities: shape (tasks, classes). truth: shape (tasks,), -1 where unknown, `classes` where no vote ever named it.

    A true class without a probability counts as one in a million, as everywhere.
    """
    rows = np.flatnonzero((truth >= 0) & (True if is_left_out is None else ~is_left_out))
    given, right = probabilities[rows], truth[rows]
    classes = given.shape[1]
    is_top = given >= given.max(axis=1, keepdims=True) * (1 - 1e-9)
    at = np.minimum(right, classes - 1)
    each = np.arange(rows.size)
    credits = np.where(right < classes, (is_top / is_top.sum(axis=1, keepdims=True))[each, at], 0.0)
    of_truth = np.where(right < classes, given[each, at], 0.0)
    return Score(
        credits,
        given.max(axis=1),
        -np.log(np.clip(of_truth, 1e-6, 1.0)),
        np.sum(given**2, axis=1) - 2.0 * of_truth + 1.0,
    )


def calibration_error(confidences: np.ndarray, credits: np.ndarray) -> float:
    """The expected calibration error in ten bins, the noise of each bin's mean taken off (Brocker, 2012)."""
    bins = np.minimum((confidences * BINS).astype(int), BINS - 1)
    error = 0.0
    for each in range(BINS):
        here = bins == each
        if here.sum() > 1:
            gaps = confidences[here] - credits[here]
            error += here.mean() * np.sqrt(max(gaps.mean() ** 2 - gaps.var(ddof=1) / here.sum(), 0.0))
    return float(error)


def interval(values: np.ndarray, measure=np.mean, *, seed: int = 1, resamples: int = 1000) -> tuple[float, float]:
    """The percentile bootstrap interval, of 95 %, over rows."""
    random = np.random.default_rng(seed)
    drawn = [measure(values[random.integers(0, len(values), len(values))]) for _ in range(resamples)]
    return float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))
