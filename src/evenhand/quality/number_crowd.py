"""People who answer with numbers, as a fit learned to know them: an estimate with its interval of tasks that it never saw.

A pure function of the fit and of a task's own votes, so that what was decided by it can be told again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evenhand.quality.numeric import Numbers, NumericDesign, NumericFit, NumericHeld, of_tasks
from evenhand.quality.votes import Floats, Integers, dense

QUANTILE = 1.959963984540054  # of the normal distribution: the ends of the central 95 %
FAR = 1e100  # standard units; beyond it squares would overflow


@dataclass(frozen=True, slots=True)
class Unit:
    """Standard units: where zero is, and how long one is."""

    center: float
    scale: float

    @classmethod
    def of(cls, values: Floats) -> Unit:
        """The median, and the median distance from it of whatever is not equal to it."""
        if not values.size:
            return cls(0.0, 1.0)
        center = float(np.median(values * 0.5)) * 2.0
        apart = np.abs(values * 0.5 - center * 0.5)
        apart = apart[apart > 0.0]
        scale = float(np.median(apart)) * 2.0 if apart.size else 1.0
        return cls(center, min(max(scale, 1e-300), 1e300))

    def to(self, values: Floats) -> Floats:
        """Into standard units."""
        with np.errstate(over="ignore"):
            standard: Floats = np.clip((values * 0.5 - self.center * 0.5) / self.scale * 2.0, -FAR, FAR)
        return standard

    def back(self, values: Floats) -> Floats:
        """Into the unit of the answers; beyond the greatest number is the greatest number."""
        limit = np.finfo(np.float64).max
        with np.errstate(over="ignore"):
            own: Floats = np.clip(values * self.scale + self.center, -limit, limit)
        return own

    def length(self, values: Floats) -> Floats:
        """A length, into the unit of the answers."""
        with np.errstate(over="ignore"):
            own: Floats = np.minimum(values * self.scale, np.finfo(np.float64).max)
        return own


@dataclass(frozen=True, slots=True, eq=False)
class NumberMember:
    """What one model learned of people, without its tasks. Fields as in `NumericDesign` and `NumericFit`."""

    has_bias: bool
    has_precision: bool
    tail: float
    biases: Floats
    bias_variances: Floats
    shapes: Floats
    rates: Floats
    center: float
    spread: float
    bias: float
    bias_spread: float
    strength: float
    noise: float
    common: float

    @property
    def fit(self) -> NumericFit:
        """As `of_tasks` reads it."""
        none = np.zeros(0)
        return NumericFit(
            design=NumericDesign(self.has_bias, self.has_precision, self.tail),
            means=none,
            variances=none,
            biases=self.biases,
            bias_variances=self.bias_variances,
            shapes=self.shapes,
            rates=self.rates,
            center=self.center,
            spread=self.spread,
            bias=self.bias,
            bias_spread=self.bias_spread,
            strength=self.strength,
            noise=self.noise,
            weights=none,
            passes=0,
            has_converged=True,
            common=self.common,
        )


def member_of(fitted: NumericFit) -> NumberMember:
    """What is kept of a fit."""
    design = fitted.design
    return NumberMember(
        design.has_bias,
        design.has_precision,
        design.tail,
        fitted.biases,
        fitted.bias_variances,
        fitted.shapes,
        fitted.rates,
        fitted.center,
        fitted.spread,
        fitted.bias,
        fitted.bias_spread,
        fitted.strength,
        fitted.noise,
        fitted.common,
    )


@dataclass(frozen=True, slots=True, eq=False)
class NumberCrowd:
    """The mixture that a fit learned.

    center, scale: of its standard units. floor: see `Numbers`. annotator_numbers: shape (annotators,), increasing. weights: shape
    (members,), what each weighs.
    """

    model: str
    version: int
    center: float
    scale: float
    floor: float
    annotator_numbers: Integers
    weights: Floats
    members: tuple[NumberMember, ...]

    def estimates(
        self, task_numbers: Integers, annotator_numbers: Integers, values: Floats
    ) -> tuple[Integers, Floats, Floats, Floats]:
        """(task numbers, means, lows, highs), shape (tasks,) each, by increasing task number, in the unit of the answers.

        task_numbers, annotator_numbers, values: shape (votes,), one row a vote. The interval is of 95 %. Whoever the fit did not
        know is the crowd.
        """
        tasks, task_places = dense(task_numbers)
        people, places = dense(annotator_numbers)
        unit = Unit(self.center, self.scale)
        numbers = Numbers(task_places, places, unit.to(values), tasks.size, people.size, self.floor)
        means, deviations = self.told(numbers, people)
        return tasks, means, *interval_of(means, deviations)

    def told(self, numbers: Numbers, people: Integers) -> tuple[Floats, Floats]:
        """Means and standard deviations, shape (tasks,), in the unit of the answers. people: shape (annotators of numbers,)."""
        place = np.minimum(np.searchsorted(self.annotator_numbers, people), self.annotator_numbers.size - 1)
        records = np.where(self.annotator_numbers[place] == people, place, -1)
        held = [of_tasks(numbers, each.fit, records) for each in self.members]
        means, variances = joined_by_task(numbers, self.weights, held)
        unit = Unit(self.center, self.scale)
        return unit.back(means), unit.length(np.sqrt(variances))


def interval_of(means: Floats, deviations: Floats) -> tuple[Floats, Floats]:
    """The ends of the central 95 % of normal distributions; beyond the greatest number is the greatest number."""
    limit = np.finfo(np.float64).max
    with np.errstate(over="ignore"):
        half = np.minimum(QUANTILE * deviations, limit)
        return np.maximum(means - half, -limit), np.minimum(means + half, limit)


def joined_by_task(numbers: Numbers, weights: Floats, members: list[NumericHeld]) -> tuple[Floats, Floats]:
    """Mean and variance of each task's mixture, in which a model weighs by all votes and by how it foretells those of the task.

    A model without slips is a good one until somebody slips; there it must not be heard. weights: shape (members,).
    """
    told = []
    for each in members:
        is_told = ~np.isnan(each.log_votes)
        counted = numbers.by_task(is_told.astype(np.float64))
        told.append(numbers.by_task(np.where(is_told, each.log_votes, 0.0)) / np.maximum(counted, 1.0))
    logs = np.stack(told) + np.log(np.maximum(weights, 1e-300))[:, None]
    likely = np.exp(logs - logs.max(axis=0, keepdims=True, initial=-np.inf))
    here = likely / likely.sum(axis=0, keepdims=True)
    mean: Floats = np.sum(here * np.stack([each.means for each in members]), axis=0)
    apart = np.stack([each.variances + (each.means - mean) ** 2 for each in members])
    return mean, np.sum(here * apart, axis=0)
