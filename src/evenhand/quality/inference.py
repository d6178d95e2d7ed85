"""What truth inference answers: a probability for every task and class, and every annotator's record with its uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from evenhand.quality.ballots import Ballots
from evenhand.quality.confusion import crowd_of
from evenhand.quality.known import Known
from evenhand.quality.special import beta_quantile
from evenhand.quality.stacking import AnyFit
from evenhand.quality.votes import Floats, Integers
from evenhand.quality.walk import tallies

CONFIDENCE = 0.95
_TIE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Shares with their uncertainty: equal shapes, each entry a mean, its central 95 % interval, and the count behind it.

    mean, low, high: in [0, 1]. counts: the votes that tell, in expectation; 0 means that the crowd alone is speaking.
    """

    mean: Floats
    low: Floats
    high: Floats
    counts: Floats
    confidence: float = CONFIDENCE


@dataclass(frozen=True, eq=False)
class Inference:
    """The truth as a model sees it, one row a task that has a vote, by increasing task number.

    model, version: which model spoke, and which edition of it: the same votes give the same answer under both.
    task_numbers: shape (tasks,).
    probabilities: shape (tasks, classes), rows sum to 1; a task whose answer was given has 1 there.
    class_shares: shape (classes,); how common each class is, by the model.
    log_likelihood: of the votes under the model, in nats. passes, has_converged: how it was found.
    weights: what each model weighs, summing to 1; a single one unless the engine chose.
    trust: how far these are believed rather than the plain share of the votes, 0 to 1.
    caveat: what the figures cannot tell, or None. "no-overlap": no task has votes of two people and no answer was given, so the
        votes alone speak; "no-disagreement": next to nobody contradicts anybody and no answer was given, so that nothing tells
        whether all are right or all are wrong; "unconverged": the passes ran out.
    """

    model: str
    version: int
    task_numbers: Integers
    probabilities: Floats
    class_shares: Floats
    annotator_numbers: Integers
    log_likelihood: float
    passes: int
    has_converged: bool
    weights: dict[str, float]
    trust: float
    caveat: str | None
    _ballots: Ballots
    _strengths: Floats  # shape (classes,): what the crowd's record is worth in everybody's, in votes
    _known: Known | None  # the answers that were given
    _fits: Mapping[str, AnyFit]  # the models, without what they say of tasks

    @property
    def votes(self) -> Integers:
        """Shape (tasks,): how many votes each has."""
        return self._ballots.sizes

    @property
    def codes(self) -> Integers:
        """Shape (tasks,): the most probable class, or -1 where several are equally so: a tie is told, never broken by order."""
        return self._winners[0]

    @property
    def winner_tasks(self) -> Integers:
        """Shape (winners,), one row a most probable class, as in `majority.Majority`; likewise winner_codes and credits."""
        return self._winners[1]

    @property
    def winner_codes(self) -> Integers:
        """Shape (winners,): see winner_tasks."""
        return self._winners[2]

    @property
    def credits(self) -> Floats:
        """Shape (winners,): see winner_tasks."""
        return self._winners[3]

    @cached_property
    def _winners(self) -> tuple[Integers, Integers, Integers, Floats]:
        return winners(self.probabilities)

    @cached_property
    def _prior(self) -> Floats:
        """Shape (classes given, classes true): what every record is joined with."""
        classes = self._strengths.size
        if self.task_numbers.size == 0:
            return np.full((classes, classes), 1.0 / classes) * self._strengths
        return crowd_of(self._ballots, tallies(self._ballots, self.probabilities)) * self._strengths

    @property
    def is_tied(self) -> npt.NDArray[np.bool_]:
        """Shape (tasks,): several classes are equally probable."""
        return self.codes < 0

    @property
    def confidences(self) -> Floats:
        """Shape (tasks,): the probability of the most probable class."""
        return self.probabilities.max(axis=1) if self.probabilities.size else np.zeros(0)

    @property
    def medians(self) -> Integers:
        """Shape (tasks,): of classes with an order, the one that the truth is as likely not above as not below.

        It errs by the fewest levels in expectation, where the most probable class errs least often.
        """
        below = np.cumsum(self.probabilities, axis=1) < 0.5 - _TIE
        medians: Integers = below.sum(axis=1)
        return medians

    def accuracies(self) -> Estimates:
        """How often each annotator is right, in classes as common as in these tasks: arrays of shape (annotators,).

        The mean joins the annotator's record with the crowd's, class by class; the interval is that of a beta distribution
        with the same mean and variance; counts are the votes on tasks with at least one other vote or a known answer.
        """
        # Accuracy is sum_k share_k pi_kk, the pi_kk independent beta variables: its mean and variance are sums.
        right, total = self._diagonal()
        classes = np.arange(self._prior.shape[0])
        right, total = right + self._prior[classes, classes], total + self._prior.sum(axis=0)
        share = right / total
        mean = share @ self.class_shares
        variance = (share * (1.0 - share) / (total + 1.0)) @ self.class_shares**2
        strength = np.maximum(mean * (1.0 - mean) / np.maximum(variance, 1e-18) - 1.0, 1e-3)
        return _beta_estimates(mean, strength, self._telling_votes())

    def confusion(self, annotator_number: int) -> Estimates:
        """What one annotator answers where each class is true: arrays of shape (classes given, classes true).

        Columns of the mean sum to 1. Raises KeyError for an annotator without a vote.
        """
        found = np.flatnonzero(self.annotator_numbers == annotator_number)
        if found.size == 0:
            raise KeyError(annotator_number)
        mine = np.flatnonzero(self._ballots.annotators == found[0])
        counts = np.zeros(self._prior.shape)
        tasks = np.searchsorted(self._ballots.starts, mine, side="right") - 1
        np.add.at(counts, self._ballots.codes[mine], self.probabilities[tasks])
        given = counts + self._prior
        total = np.broadcast_to(given.sum(axis=0), given.shape)
        return _beta_estimates(given / total, total, counts)

    def _diagonal(self) -> tuple[Floats, Floats]:
        """Each annotator's right answers and all answers, by true class: two arrays of shape (annotators, classes)."""
        votes = self._ballots
        shape = (votes.annotator_numbers.size, votes.classes)
        right, total = np.zeros(shape), np.zeros(shape)
        tasks = votes.task_positions
        codes = votes.codes.astype(np.int64)
        keys = votes.annotators.astype(np.int64) * votes.classes + codes
        right += np.bincount(keys, weights=self.probabilities[tasks, codes], minlength=right.size).reshape(shape)
        for code in range(votes.classes):
            total[:, code] = np.bincount(votes.annotators, weights=self.probabilities[tasks, code], minlength=shape[0])
        return right, total

    def _telling_votes(self) -> Floats:
        votes = self._ballots
        is_telling = (votes.sizes > 1) | (self.confidences == 1.0)
        counted = np.bincount(
            votes.annotators, weights=is_telling[votes.task_positions], minlength=votes.annotator_numbers.size
        )
        return counted.astype(np.float64)


def winners(probabilities: Floats) -> tuple[Integers, Integers, Integers, Floats]:
    """The most probable classes: codes (tasks,), and one row a winner: tasks, codes, credits that sum to 1 for each task.

    Probabilities closer than one billionth are equal: sums of the same logarithms in another order differ by rounding.
    """
    if probabilities.size == 0:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, nothing, np.zeros(0)
    is_top = probabilities >= probabilities.max(axis=1, keepdims=True) * (1.0 - _TIE)
    tops = is_top.sum(axis=1)
    tasks, codes = np.nonzero(is_top)
    return np.where(tops == 1, is_top.argmax(axis=1), -1), tasks, codes, 1.0 / tops[tasks]


def _beta_estimates(mean: Floats, strength: Floats, counts: Floats) -> Estimates:
    """Beta intervals around means. strength: the sum of both parameters; all shapes equal."""
    tail = (1.0 - CONFIDENCE) / 2.0
    successes = np.maximum(mean * strength, 1e-6)
    failures = np.maximum((1.0 - mean) * strength, 1e-6)
    # A beta distribution that leans on one end has its mean beyond its own quantile: the mean is what is shown.
    low = np.minimum(beta_quantile(tail, successes, failures), mean)
    high = np.maximum(beta_quantile(1.0 - tail, successes, failures), mean)
    return Estimates(mean, low, high, counts)
