"""When to stop asking: one more opinion on a task only while it is worth it.

A fit is taken as a `Crowd`: what it knows of its annotators, and the `mixture` of models that it is. A task is then judged from the
votes it has, by the very posterior of the fit: whoever gave three answers moves a task little, however right those were. What
the fit learned from the task itself is taken off first, for a task must not vouch for the people who vouch for it.

The rule asks on while the answer is less sure than it should be and one more answer is expected to tell enough. Two have to be sure
of the answer that is told. The simplest of the fit's models, single records of annotators, has to be as sure as is asked: it
moves least as votes come in, but is surer than it is right. The whole mixture, which is calibrated, has to be sure enough not to
contradict it: half of it is the plain share of the votes, so that people who disagree are asked about on, whatever their records
(bench/RESULTS.md). Before the crowd is known nobody can be sure: then every task gets as many answers as the warm-up says. The
verdict is a pure function of the crowd, the rule and the votes, so that it replays.

This is the model's own opinion. Whether it is true is for audits to say (`quality.auditing`), and the two are never mixed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from evenhand.quality.inference import Inference
from evenhand.quality.mixture import Mixture, mixture_of, place_among, strangers
from evenhand.quality.votes import Floats, Integers

VERSION = 2
WARM_UP_SHARE = 0.2
SURE = 0.99
WHOLE_SURE = 0.8


class Why(IntEnum):
    """What a verdict stands on. Those up to UNSURE ask for one more answer."""

    WARM_UP = 0
    UNSURE = 1
    SURE = 2
    TELLS_TOO_LITTLE = 3
    CAP = 4


@dataclass(frozen=True, slots=True)
class Rule:
    """When a task has answers enough.

    sure: in (0, 1), the probability of the answer, by the simplest of the models, at which nobody else is asked.
    whole_sure: in (0, 1), what it has to be by the whole fit too; at most `sure`.
    bits_min: what one more answer must be expected to tell, in bits; below it nobody is asked. It is the price of an answer.
    answers_min, answers_max: of any task.
    warm_up: answers a task gets while those who answered it are unknown; someone is known after `known_after` answers that others
        gave too, or whose truth is known.
    Raises ValueError for a rule that makes no sense.
    """

    sure: float = SURE
    bits_min: float = 0.00002
    answers_min: int = 2
    answers_max: int = 99
    warm_up: int = 3
    known_after: int = 10
    whole_sure: float = WHOLE_SURE

    def __post_init__(self) -> None:
        if not (0.0 < self.sure < 1.0 and 0.0 < self.whole_sure < 1.0):
            raise ValueError(f"sure must lie between 0 and 1, not {self.sure} and {self.whole_sure}")
        if self.bits_min < 0.0:
            raise ValueError(f"bits_min must not be below 0, but is {self.bits_min}")
        if not 1 <= self.answers_min <= self.answers_max or self.warm_up < 1 or self.known_after < 0:
            raise ValueError("answers_min and warm_up must be 1 at least, and answers_max not below answers_min")


def rule_for(answers_max: int, *, sure: float = SURE) -> Rule:
    """The rule of a plan of so many answers at most, 1 or more: a fifth of them, and two at least, are its warm-up."""
    return Rule(
        sure=sure,
        answers_min=min(2, answers_max),
        answers_max=answers_max,
        warm_up=min(answers_max, max(2, math.ceil(answers_max * WARM_UP_SHARE))),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """What a fit knows of its annotators, with its uncertainty.

    model, version: of the fit. class_shares: shape (classes,).
    prior: shape (codes, classes), Dirichlet parameters above 0, a column a true class: of an annotator of whom nothing is known.
    annotator_numbers: shape (annotators,), increasing. told: shape (annotators,), the answers by which each is known.
    mixture: what says how probable the answers to a task are.
    """

    model: str
    version: int
    class_shares: Floats
    prior: Floats
    annotator_numbers: Integers
    told: Floats
    mixture: Mixture
    _cells: Integers
    _counts: Floats

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return self.class_shares.size

    def confusions(self, annotator_numbers: npt.ArrayLike) -> Floats:
        """Mean confusions, the crowd's for strangers: shape (annotators, codes, classes), each column summing to 1."""
        place = place_among(self.annotator_numbers, np.asarray(annotator_numbers, dtype=np.int64).reshape(-1))
        codes = np.arange(self.classes)
        given = self._given(np.repeat(place, codes.size), np.tile(codes, place.size))
        shaped = given.reshape(place.size, self.classes, self.classes) + self.prior
        means: Floats = shaped / shaped.sum(axis=1, keepdims=True)
        return means

    def _given(self, place: Integers, codes: Integers) -> Floats:
        """Shape (rows, classes): how often the annotator at a place gave a code, by true class; 0 for strangers."""
        row = place_among(self._cells, np.where(place < 0, -1, place * self.classes + codes))
        counts = np.zeros((row.size, self.classes))
        counts[row >= 0] = self._counts[row[row >= 0]]
        return counts


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """Of each task, by increasing task number: whether to ask on, and what stands behind it.

    task_numbers, answers: shape (tasks,). probabilities: shape (tasks, classes). codes: shape (tasks,), the likeliest.
    probabilities and codes are the whole fit's. bits: shape (tasks,), what one more answer, by somebody unknown, is expected to
    tell the simplest model, by which the rule goes. why: shape (tasks,), of `Why`.
    model, model_version, version: of the crowd's fit, and of this rule.
    """

    task_numbers: Integers
    answers: Integers
    probabilities: Floats
    codes: Integers
    bits: Floats
    why: Integers
    model: str
    model_version: int
    version: int = VERSION

    @property
    def asks_on(self) -> npt.NDArray[np.bool_]:
        """Shape (tasks,): one more answer is worth it."""
        return self.why <= Why.UNSURE


def crowd_of_fit(inference: Inference) -> Crowd:
    """What `infer` learned; hold on to it until the next fit. Linear in the votes.

    Raises ValueError for a model in which a task vouches for those who vouch for it: see `mixture.mixture_of`.
    """
    votes, posterior = inference._ballots, inference.probabilities
    classes, tasks = votes.classes, votes.task_positions
    keys, rows = np.unique(votes.annotators.astype(np.int64) * classes + votes.codes, return_inverse=True)
    counts = np.zeros((keys.size, classes))
    for code in range(classes):
        counts[:, code] = np.bincount(rows.reshape(-1), weights=posterior[tasks, code], minlength=keys.size)
    return Crowd(
        model=inference.model,
        version=inference.version,
        class_shares=inference.class_shares,
        prior=inference._prior,
        annotator_numbers=votes.annotator_numbers,
        told=inference._telling_votes(),
        mixture=mixture_of(votes, inference._fits, inference.weights, inference.trust, inference._known),
        _cells=keys,
        _counts=counts,
    )


def unknown_crowd(classes: int, strength: float = 4.0) -> Crowd:
    """The crowd before any fit: nobody is known, and answers are taken to be right a little more often than by chance."""
    nothing = np.zeros(0, dtype=np.int64)
    even = np.full(classes, 1.0 / classes)
    prior = strength * (0.5 * np.eye(classes) + 0.5 / classes)
    return Crowd(
        "none", 0, even, prior, nothing, np.zeros(0), strangers(classes, prior), nothing, np.zeros((0, classes))
    )


def judge(
    crowd: Crowd, rule: Rule, task_numbers: npt.ArrayLike, annotator_numbers: npt.ArrayLike, codes: npt.ArrayLike
) -> Verdicts:
    """Whether each task that has a vote wants one more.

    task_numbers, annotator_numbers, codes: shape (votes,), one row a vote, all votes of each task that is judged, in any order.
    Tasks and annotators that the fit saw are known by their numbers. Raises ValueError for a code outside the crowd's classes.
    """
    tasks, people, given = (
        np.asarray(each, dtype=np.int64).reshape(-1) for each in (task_numbers, annotator_numbers, codes)
    )
    if given.size and (given.min() < 0 or given.max() >= crowd.classes):
        raise ValueError(f"a code lies outside 0 .. {crowd.classes - 1}")
    numbers, posterior = crowd.mixture.posterior(tasks, people, given)
    simple = crowd.mixture.simplest.posterior(tasks, people, given)[1]
    at = np.searchsorted(numbers, tasks)
    answers = np.bincount(at, minlength=numbers.size)
    place = place_among(crowd.annotator_numbers, people)
    told = np.where(place < 0, 0.0, crowd.told[place] if crowd.told.size else 0.0)
    is_known = np.bincount(at, weights=told >= rule.known_after, minlength=numbers.size) >= 1
    codes = posterior.argmax(axis=1) if numbers.size else numbers
    each = np.arange(numbers.size)
    is_shared = simple[each, codes] >= simple.max(axis=1, initial=0.0)
    stranger = crowd.prior / crowd.prior.sum(axis=0)
    bits = expected_bits(np.where(is_shared[:, None], simple, posterior), stranger)
    return Verdicts(
        task_numbers=numbers,
        answers=answers,
        probabilities=posterior,
        codes=codes,
        bits=bits,
        why=_why(rule, answers, is_known, simple[each, codes], posterior[each, codes], bits),
        model=crowd.model,
        model_version=crowd.version,
    )


def expected_bits(posterior: Floats, confusion: Floats) -> Floats:
    """What one answer is expected to tell about each task: the mutual information of answer and truth.

    posterior: shape (tasks, classes). confusion: shape (codes, classes), columns sum to 1. Returns shape (tasks,), bits, 0 or more.
    """
    foretold = posterior @ confusion.T
    told = _entropy(foretold) - posterior @ _entropy(confusion.T)
    bits: Floats = np.maximum(told, 0.0)
    return bits


def _why(
    rule: Rule, answers: Integers, is_known: npt.NDArray[np.bool_], by_records: Floats, by_all: Floats, bits: Floats
) -> Integers:
    wanted = np.where(is_known, rule.answers_min, max(rule.warm_up, rule.answers_min))
    is_sure = (by_records >= rule.sure) & (by_all >= min(rule.sure, rule.whole_sure))
    why = np.select(
        [answers >= rule.answers_max, answers < wanted, is_sure, bits < rule.bits_min],
        [Why.CAP, Why.WARM_UP, Why.SURE, Why.TELLS_TOO_LITTLE],
        Why.UNSURE,
    )
    return why.astype(np.int64)


def _entropy(shares: Floats) -> Floats:
    """In bits, over the last axis."""
    entropy: Floats = -np.sum(shares * np.log2(np.maximum(shares, 1e-300)), axis=-1)
    return entropy
