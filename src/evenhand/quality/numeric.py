"""Truth from numbers: each annotator has a bias and a precision of their own, and whoever slips once is not believed that once.

Annotator j says of task i   truth_i + bias_j + noise,  where the noise is Student's with the variance of the annotator: its
tails are heavy, so that a wild answer moves nothing. Biases and variances have priors, a normal and a gamma, whose parameters
are those under which the whole crowd is most likely: people who are alike are pooled, and whoever answered once is the crowd.
Fitted by mean field. What is said about a task leaves out what that task taught about its annotators.

Raykar et al., 2010, "Learning from crowds", JMLR 11, section 5 (numbers); Lange, Little & Taylor, 1989, "Robust statistical
modeling using the t distribution", doi:10.1080/01621459.1989.10478852; Bishop, 2006, "Pattern recognition and machine
learning", 10.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from evenhand.quality.latent import MANY_TASKS
from evenhand.quality.special import digamma, log_gamma
from evenhand.quality.votes import Floats, Integers

PASSES_MAX = 200
TOLERANCE = 1e-4
_STRENGTH_MIN, _STRENGTH_MAX = 0.5, 100.0
_VARIANCE_MIN = 1e-10
_INNER_PASSES = 4
_VOTES_LEFT_OUT = 8  # of each task, one after the other
_PRIOR_ANNOTATORS = 1.0  # what the first guess of the spreads is worth, in annotators or tasks


@dataclass(frozen=True, slots=True)
class NumericDesign:
    """What a model assumes.

    has_bias, has_precision: of each annotator's own. tail: degrees of freedom of the noise, 3, or inf: normal.
    """

    has_bias: bool
    has_precision: bool
    tail: float

    @property
    def consistency(self) -> float:
        """What the scale of this noise is multiplied by, so that of normal noise it is the standard deviation.

        With three degrees of freedom the scale s solves E[4 r^2 / (3 s^2 + r^2)] = 1 for standard normal r: s = 0.7935.
        """
        return 1.0 if np.isinf(self.tail) else 1.2602196998244624


DESIGNS: Mapping[str, NumericDesign] = {
    "mean": NumericDesign(has_bias=False, has_precision=False, tail=np.inf),
    "robust": NumericDesign(has_bias=False, has_precision=False, tail=3.0),
    "precise": NumericDesign(has_bias=False, has_precision=True, tail=3.0),
    "biased": NumericDesign(has_bias=True, has_precision=True, tail=np.inf),
    "robust-biased": NumericDesign(has_bias=True, has_precision=True, tail=3.0),
}


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Answers in standard units, in any order. tasks, annotators: shape (votes,), positions. values: shape (votes,).

    floor: the variance below which no noise is believed: numbers are rounded.
    """

    tasks: Integers
    annotators: Integers
    values: Floats
    task_count: int
    annotator_count: int
    floor: float

    @property
    def sizes(self) -> Floats:
        """Shape (tasks,): the votes of each task."""
        return np.bincount(self.tasks, minlength=self.task_count).astype(np.float64)

    def by_task(self, amounts: Floats) -> Floats:
        """Sums over each task's votes."""
        summed: Floats = np.bincount(self.tasks, weights=amounts, minlength=self.task_count).astype(
            np.float64, copy=False
        )
        return summed

    def by_annotator(self, amounts: Floats) -> Floats:
        """Sums over each annotator's votes."""
        counted = np.bincount(self.annotators, weights=amounts, minlength=self.annotator_count)
        summed: Floats = counted.astype(np.float64, copy=False)
        return summed


@dataclass(frozen=True, slots=True, eq=False)
class NumericFit:
    """What was learned, in the units of `Numbers`.

    means, variances: shape (tasks,), of the truth. biases, bias_variances: shape (annotators,). shapes, rates: shape
    (annotators,), of the gamma distribution of each one's precision. center, spread: of the truths, a mean and a variance. bias,
    bias_spread: the same of biases. strength, noise: of the prior of precisions: what it is worth in half votes, and its variance.
    weights: shape (votes,), how far each vote is believed: 1 is usual, near 0 is a slip. common: the variance of what everybody
    errs by alike.
    """

    design: NumericDesign
    means: Floats
    variances: Floats
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
    weights: Floats
    passes: int
    has_converged: bool
    common: float = 0.0

    @property
    def precisions(self) -> Floats:
        """Shape (annotators,): the expected precision of each."""
        precisions: Floats = self.shapes / self.rates
        return precisions


@dataclass(frozen=True, slots=True, eq=False)
class NumericHeld:
    """What a fit says of each task, and each vote, as if it had not seen them.

    means, variances: shape (tasks,). log_votes: shape (votes,), log density given the task's other votes; NaN where it has none.
    """

    means: Floats
    variances: Floats
    log_votes: Floats


def fit_numbers(
    numbers: Numbers, design: NumericDesign, *, known: Floats | None = None, prior: tuple[float, float] | None = None
) -> NumericFit:
    """Mean-field inference from the medians of the tasks.

    known: shape (tasks,), the true number of a task or NaN. prior: mean and variance of the truths, held when given.
    """
    state = _start(numbers, design, known, prior)
    passes, change = 0, np.inf
    while change >= TOLERANCE and passes < PASSES_MAX:
        passes += 1
        moved = _pass(numbers, state, known, prior)
        apart = np.abs(moved.means - state.means) / np.sqrt(moved.variances + moved.noise)
        change = float(np.max(apart, initial=0.0) if apart.size <= MANY_TASKS else np.mean(apart))
        state = moved
    return replace(
        state, passes=passes, has_converged=change < TOLERANCE, common=_common_variance(numbers, state, known)
    )


def held_out_numbers(numbers: Numbers, fitted: NumericFit, known: Floats | None = None) -> NumericHeld:
    """Leave each task out of the records of its annotators, and each vote out of its task: no fit is repeated."""
    design, who, what = fitted.design, numbers.annotators, numbers.tasks
    squares = _squares(numbers, fitted)
    told = fitted.weights * fitted.precisions[who]
    shapes, rates, bias, bias_variance = (
        each[who] for each in (fitted.shapes, fitted.rates, fitted.biases, fitted.bias_variances)
    )
    if design.has_precision:
        shapes, rates = shapes - 0.5, rates - 0.5 * fitted.weights * squares
        rates = np.maximum(rates, shapes * numbers.floor)
    if design.has_bias:
        precision = np.maximum(1.0 / bias_variance - told, 1.0 / fitted.bias_spread)
        bias = (bias / bias_variance - told * (numbers.values - fitted.means[what])) / precision
        bias_variance = 1.0 / precision
    records = _Records(shapes, rates, bias, bias_variance)
    counted = np.ones(numbers.values.size)
    means, variances = _of_tasks(numbers, fitted, records, fitted.means, counted)
    return NumericHeld(means, variances + fitted.common, _log_votes(numbers, fitted, records, means, known))


def of_tasks(numbers: Numbers, fitted: NumericFit, records: Integers) -> NumericHeld:
    """What the fitted model says of other tasks: of each by its own votes alone, whatever others are asked about with it.

    records: shape (annotators of these numbers,), their positions in the fit, or -1: of whom nobody knows, the crowd.
    """
    is_known = records >= 0
    at = np.maximum(records, 0)

    def told(learned: Floats, usual: float) -> Floats:
        return np.where(is_known, learned[at] if learned.size else usual, usual)[numbers.annotators]

    strength = fitted.strength
    bias_spread = fitted.bias_spread if fitted.design.has_bias else 0.0
    found = _Records(
        told(fitted.shapes, strength),
        told(fitted.rates, strength * fitted.noise),
        told(fitted.biases, fitted.bias),
        told(fitted.bias_variances, bias_spread),
    )
    begin = _medians(numbers)
    means, variances = _of_tasks(numbers, fitted, found, begin, np.ones(numbers.values.size))
    return NumericHeld(means, variances + fitted.common, _log_votes(numbers, fitted, found, begin, None))


@dataclass(frozen=True, slots=True, eq=False)
class _Records:
    """What is known of each vote's annotator beside the vote's task; all of shape (votes,)."""

    shapes: Floats
    rates: Floats
    biases: Floats
    bias_variances: Floats


def _start(
    numbers: Numbers, design: NumericDesign, known: Floats | None, prior: tuple[float, float] | None
) -> NumericFit:
    means = _medians(numbers)
    bias = 0.0
    if known is not None:
        is_known = ~np.isnan(known)
        gaps = (numbers.values - known[numbers.tasks])[is_known[numbers.tasks]]
        # What everybody errs by alike only known answers tell.
        bias = float(np.median(gaps) * gaps.size / (gaps.size + 1.0)) if gaps.size and design.has_bias else 0.0
        means = np.where(is_known, known, means - bias)
    gaps = numbers.values - means[numbers.tasks] - bias
    several = numbers.sizes[numbers.tasks] > 1
    apart = np.median(gaps[several] ** 2) / 0.455 if several.any() else 0.5
    noise = max(
        float(apart), float(np.mean(np.minimum(gaps[several] ** 2, 9.0))) * 0.1 if several.any() else 0.0, numbers.floor
    )
    center = float(np.median(means)) if prior is None else prior[0]
    spread = max(float(np.mean((means - center) ** 2)), numbers.floor) if prior is None else prior[1]
    nobody = numbers.annotator_count
    return NumericFit(
        design=design,
        means=means,
        variances=np.full(numbers.task_count, noise / 3.0),
        biases=np.full(nobody, bias),
        bias_variances=np.full(nobody, noise / 10.0 if design.has_bias else 0.0),
        shapes=np.full(nobody, 2.0),
        rates=np.full(nobody, 2.0 * noise),
        center=center,
        spread=spread,
        bias=bias,
        bias_spread=max(noise / 4.0, _VARIANCE_MIN),
        strength=2.0,
        noise=noise,
        weights=np.ones(numbers.values.size),
        passes=0,
        has_converged=False,
    )


def _pass(numbers: Numbers, state: NumericFit, known: Floats | None, prior: tuple[float, float] | None) -> NumericFit:
    """One round over slips, precisions, biases and truths."""
    design, who, what = state.design, numbers.annotators, numbers.tasks
    squares = _squares(numbers, state)
    weights = _believed(design, state.precisions[who] * squares)
    state = replace(state, weights=weights)
    state = _with_precisions(numbers, state, weights * squares)
    told = weights * state.precisions[who]
    if design.has_bias:
        precision = 1.0 / state.bias_spread + numbers.by_annotator(told)
        summed = numbers.by_annotator(told * (numbers.values - state.means[what]))
        biases = (state.bias / state.bias_spread + summed) / precision
        has_gold = known is not None and not np.all(np.isnan(known))
        bias = float(np.mean(biases)) if has_gold else 0.0
        if not has_gold:  # What all err by alike cannot be told from the truth: it is taken to be nothing.
            biases = biases - np.mean(biases)
        apart = float(np.sum((biases - bias) ** 2 + 1.0 / precision))
        spread = (apart + _PRIOR_ANNOTATORS * state.noise / 4.0) / (biases.size + _PRIOR_ANNOTATORS)
        state = replace(
            state, biases=biases, bias_variances=1.0 / precision, bias=bias, bias_spread=max(spread, _VARIANCE_MIN)
        )
    precision = 1.0 / state.spread + numbers.by_task(told)
    means = (state.center / state.spread + numbers.by_task(told * (numbers.values - state.biases[who]))) / precision
    variances = 1.0 / precision
    if known is not None:
        is_known = ~np.isnan(known)
        means, variances = np.where(is_known, known, means), np.where(is_known, 0.0, variances)
    if prior is None:
        center = float(np.mean(means))
        spread = max(float(np.mean((means - center) ** 2 + variances)), numbers.floor)
    else:
        center, spread = prior
    return replace(state, means=means, variances=variances, center=center, spread=spread)


def _with_precisions(numbers: Numbers, state: NumericFit, errors: Floats) -> NumericFit:
    """The precisions of annotators from their squared errors, and the prior that all of them together make likely."""
    if not state.design.has_precision:
        half = 0.5 * errors.size + 1.0
        rate = max(0.5 * float(errors.sum()) + state.noise, half * numbers.floor)
        size = state.shapes.size
        return replace(state, shapes=np.full(size, half), rates=np.full(size, rate), noise=rate / half, strength=half)
    answered = np.bincount(numbers.annotators, minlength=numbers.annotator_count).astype(np.float64)
    shapes: Floats = state.strength + 0.5 * answered
    rates = state.strength * state.noise + 0.5 * numbers.by_annotator(errors)
    rates = np.maximum(rates, shapes * numbers.floor)
    expected = shapes / rates
    logs = digamma(shapes) - np.log(rates)
    mean = float(np.mean(expected))
    # The likeliest gamma distribution of the precisions (Minka, 2002, "Estimating a gamma distribution", its closed start).
    gap = max(float(np.log(mean) - np.mean(logs)), 1e-6)
    strength = (3.0 - gap + np.sqrt((gap - 3.0) ** 2 + 24.0 * gap)) / (12.0 * gap)
    return replace(
        state,
        shapes=shapes,
        rates=rates,
        strength=float(np.clip(strength, _STRENGTH_MIN, _STRENGTH_MAX)),
        noise=max(1.0 / mean, numbers.floor),
    )


def _of_tasks(
    numbers: Numbers, fitted: NumericFit, records: _Records, means: Floats, counted: Floats
) -> tuple[Floats, Floats]:
    """Means and variances of the tasks, by records that have not seen them.

    means: shape (tasks,), where it begins. counted: shape (votes,), 0 for a vote that is left out, else 1.
    """
    what, precisions = numbers.tasks, records.shapes / records.rates
    said = numbers.values - records.biases
    variances = np.zeros(means.size)
    for _ in range(_INNER_PASSES if np.isfinite(fitted.design.tail) else 1):
        errors = (said - means[what]) ** 2 + variances[what] + records.bias_variances
        told = counted * _believed(fitted.design, precisions * errors) * precisions
        precision = 1.0 / fitted.spread + numbers.by_task(told)
        means = (fitted.center / fitted.spread + numbers.by_task(told * said)) / precision
        variances = 1.0 / precision
    # Mean field takes biases for known when it says how sure the truth is; what is not known of them is added.
    part = told / precision[what]
    return means, variances + numbers.by_task(part**2 * records.bias_variances)


def _common_variance(numbers: Numbers, fitted: NumericFit, known: Floats | None) -> float:
    """How uncertain it is what everybody errs by alike: the mean of so many biases, unless known answers tell it."""
    if not fitted.design.has_bias:
        return 0.0
    precision = numbers.annotator_count / fitted.bias_spread
    if known is not None:
        is_known = ~np.isnan(known)[numbers.tasks]
        precision += float(np.sum((fitted.weights * fitted.precisions[numbers.annotators])[is_known]))
    return 1.0 / precision


def _log_votes(numbers: Numbers, fitted: NumericFit, records: _Records, means: Floats, known: Floats | None) -> Floats:
    """Shape (votes,): the log density of a vote given the others on its task, whose slips are judged without it."""
    what = numbers.tasks
    sizes = numbers.sizes
    order = np.lexsort((numbers.annotators, what))
    ends = np.cumsum(sizes).astype(np.int64)
    place = np.empty(what.size, dtype=np.int64)
    place[order] = np.arange(what.size) - (ends - sizes.astype(np.int64))[what[order]]
    log_votes = np.full(what.size, np.nan)
    for left_out in range(min(int(sizes.max(initial=0)), _VOTES_LEFT_OUT)):
        is_out = place == left_out
        expected, variances = _of_tasks(numbers, fitted, records, means, (~is_out).astype(np.float64))
        if known is not None:
            is_known = ~np.isnan(known)
            expected, variances = np.where(is_known, known, expected), np.where(is_known, 0.0, variances)
        rows = np.flatnonzero(is_out & (sizes[what] > 1))
        scale = records.rates[rows] / records.shapes[rows] + variances[what[rows]] + records.bias_variances[rows]
        gaps = numbers.values[rows] - records.biases[rows] - expected[what[rows]]
        tails = np.minimum(fitted.design.tail, 2.0 * records.shapes[rows])
        log_votes[rows] = _log_density(gaps, scale, tails)
    return log_votes


def _log_density(gaps: Floats, scales: Floats, tails: Floats) -> Floats:
    """Student's density: gaps, squared scales and degrees of freedom, all of one shape."""
    density: Floats = (
        log_gamma(0.5 * (tails + 1.0))
        - log_gamma(0.5 * tails)
        - 0.5 * np.log(np.pi * tails * scales)
        - 0.5 * (tails + 1.0) * np.log1p(gaps**2 / (tails * scales))
    )
    return density


def _squares(numbers: Numbers, state: NumericFit) -> Floats:
    """Shape (votes,): the expected squared error of each vote."""
    who, what = numbers.annotators, numbers.tasks
    gaps = numbers.values - state.means[what] - state.biases[who]
    squares: Floats = gaps**2 + state.variances[what] + state.bias_variances[who]
    return squares


def _believed(design: NumericDesign, errors: Floats) -> Floats:
    """How far votes are believed. errors: squared, in units of their annotators' variances."""
    if not np.isfinite(design.tail):
        return np.ones(errors.size)
    believed: Floats = (design.tail + 1.0) / (design.tail + errors)
    return believed


def _medians(numbers: Numbers) -> Floats:
    """Shape (tasks,): the median of each task's answers, between the middle two where they are even."""
    order = np.lexsort((numbers.values, numbers.tasks))
    ends = np.cumsum(np.bincount(numbers.tasks, minlength=numbers.task_count))
    starts = ends - np.bincount(numbers.tasks, minlength=numbers.task_count)
    ordered = numbers.values[order]
    medians: Floats = 0.5 * (ordered[(starts + ends - 1) // 2] + ordered[(starts + ends) // 2])
    return medians
