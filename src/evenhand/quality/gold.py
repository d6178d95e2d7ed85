"""Known answers: how often to ask for one, and which of them are likely to be wrong themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from evenhand.quality.beta import beta_quantile, share_interval
from evenhand.quality.votes import Floats, Integers, dense

# A person is known well enough when 90 % of what is thought about their accuracy lies within so much.
KNOWN_WIDTH = 0.10
_CONFIDENCE = 0.90
ALARM = 0.01
# Three people who all fail are one in a thousand where people are right nine times in ten; two are one in a hundred.
ANSWERS_LEAST = 3


def gold_rate(right: npt.ArrayLike, total: npt.ArrayLike, lowest: float, highest: float) -> Floats:
    """How often to deal gold to people of whom so many known answers were seen: a share of tasks, of the shape of `right`.

    right, total: shape (people,), known tasks answered rightly, of all that were answered. lowest, highest: the bounds, in 0 .. 1.

    The rate falls in a straight line with the width w of the central 90 % interval of Beta(right + 1/2, wrong + 1/2): it is
    `highest` where nothing is known, and `lowest` from w = KNOWN_WIDTH on:

        rate = lowest + (highest - lowest) * clip((w - KNOWN_WIDTH) / (w0 - KNOWN_WIDTH), 0, 1),  w0: the width at 0 of 0

    Somebody who is always right is known after fewer tasks than somebody who is right by half, whose interval is wider.

    Raises ValueError when the bounds are in the wrong order.
    """
    if not 0.0 <= lowest <= highest <= 1.0:
        raise ValueError("0 <= lowest <= highest <= 1")
    hits, trials = np.atleast_1d(np.asarray(right, dtype=float)), np.atleast_1d(np.asarray(total, dtype=float))
    unknown = _width(np.zeros(1), np.zeros(1))
    share = np.clip((_width(hits, trials) - KNOWN_WIDTH) / (unknown - KNOWN_WIDTH), 0.0, 1.0)
    rates: Floats = lowest + (highest - lowest) * share
    return rates


def _width(right: Floats, total: Floats) -> Floats:
    tail = (1.0 - _CONFIDENCE) / 2.0
    a, b = right + 0.5, total - right + 0.5
    return beta_quantile(1.0 - tail, a, b) - beta_quantile(tail, a, b)


@dataclass(frozen=True, slots=True, eq=False)
class GoldHealth:
    """How gold tasks fare, one row a task, by increasing task number.

    task_numbers, answers, right: shape (tasks,). low, high: the 95 % interval of the share that is right.
    expected: the share that would be right if the known answer were: the mean accuracy, on the other gold, of those who answered
    it. p_values: how likely so few right answers are, or fewer, if the known answer is right; adjusted for looking at many tasks.
    is_suspect: see `gold_health`.
    """

    task_numbers: Integers
    answers: Integers
    right: Integers
    low: Floats
    high: Floats
    expected: Floats
    p_values: Floats
    is_suspect: npt.NDArray[np.bool_]


def gold_health(task_numbers: npt.ArrayLike, annotator_numbers: npt.ArrayLike, is_right: npt.ArrayLike) -> GoldHealth:
    """Which known answers are likely to be wrong, from who answered them rightly.

    task_numbers, annotator_numbers, is_right: shape (answers,), one row a person and gold task.

    If a known answer is right, each person gets it right with their own accuracy; that is estimated on all other gold tasks, by
    the mean of Beta(right + 1/2, wrong + 1/2), so that one bad task does not spoil it. The number of right answers then is a sum
    of unequal coins (Poisson-binomial), whose lower tail is the p-value; Holm's correction keeps the chance of any false alarm at
    ALARM. A task is suspect when its corrected p-value is at most ALARM, it has ANSWERS_LEAST answers, and even the upper end of
    the interval of its share lies below what was expected. Hard tasks are found too: both are for a person to look at.

    Somebody without any other gold counts as right by half, which raises no alarm.

    Holm, 1979, "A simple sequentially rejective multiple test procedure". Wang, 1993, "On the number of successes in independent
    trials".
    """
    numbers, tasks = dense(task_numbers)
    people, annotators = dense(annotator_numbers)
    hits = np.asarray(is_right, dtype=np.int64).reshape(-1)
    if not tasks.shape == annotators.shape == hits.shape:
        raise ValueError(f"columns of different length: {tasks.shape}, {annotators.shape}, {hits.shape}")
    if numbers.size == 0:
        nothing, none = np.zeros(0), np.zeros(0, dtype=np.int64)
        return GoldHealth(none, none, none, nothing, nothing, nothing, nothing, np.zeros(0, dtype=bool))
    answers = np.bincount(tasks, minlength=numbers.size)
    right = np.bincount(tasks, weights=hits, minlength=numbers.size).astype(np.int64)
    of_person = np.bincount(annotators, minlength=people.size)
    right_of_person = np.bincount(annotators, weights=hits, minlength=people.size)
    elsewhere = (right_of_person[annotators] - hits + 0.5) / (of_person[annotators] - 1 + 1.0)
    low, high = share_interval(right, answers)
    expected = np.bincount(tasks, weights=elsewhere, minlength=numbers.size) / answers
    order = np.argsort(tasks, kind="stable")
    chances = np.split(elsewhere[order], np.cumsum(answers)[:-1])
    tails = np.array([_at_most(int(count), each) for count, each in zip(right, chances, strict=True)])
    p_values = _holm(tails)
    is_suspect = (p_values <= ALARM) & (answers >= ANSWERS_LEAST) & (high < expected)
    return GoldHealth(numbers, answers, right, low, high, expected, p_values, is_suspect)


def _at_most(count: int, chances: Floats) -> float:
    """How likely at most `count` of unequal coins come up. chances: shape (coins,). Only so many sums are followed."""
    sums = np.zeros(count + 1)
    sums[0] = 1.0
    for chance in chances:
        sums[1:] = sums[1:] * (1.0 - chance) + sums[:-1] * chance
        sums[0] *= 1.0 - chance
    return float(min(sums.sum(), 1.0))


def _holm(p_values: Floats) -> Floats:
    order = np.argsort(p_values, kind="stable")
    raised = np.maximum.accumulate(p_values[order] * np.arange(p_values.size, 0, -1))
    adjusted = np.empty(p_values.size)
    adjusted[order] = np.minimum(raised, 1.0)
    return adjusted


def passes_from(tasks: int, mark: float, basis: Literal["share", "lower-bound"]) -> int | None:
    """How many of an exam's tasks must be right to pass; None: not even all of them pass.

    basis "share": the share that is right is at least `mark`. "lower-bound": so is the lower end of the 95 % interval of the
    accuracy that
        it shows (`share_interval`): an exam of few tasks is then hard to pass by luck, and needs more right answers.

    Raises ValueError for no tasks, or a mark outside 0 < mark <= 1.
    """
    if tasks < 1 or not 0.0 < mark <= 1.0:
        raise ValueError("an exam has at least one task, and a mark in 0 < mark <= 1")
    right = np.arange(tasks + 1)
    reached = right / tasks if basis == "share" else share_interval(right, np.full(tasks + 1, tasks))[0]
    passing = np.flatnonzero(reached >= mark - 1e-12)
    return max(int(passing[0]), 1) if passing.size else None
