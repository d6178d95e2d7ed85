"""What is true where answers are numbers: an estimate with its interval for every task, a bias and a spread for every annotator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import erf, isfinite, sqrt
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from evenhand.quality.ballots import whole
from evenhand.quality.number_crowd import QUANTILE, NumberCrowd, Unit, interval_of, joined_by_task, member_of
from evenhand.quality.numeric import (
    DESIGNS,
    Numbers,
    NumericDesign,
    NumericFit,
    fit_numbers,
    held_out_numbers,
)
from evenhand.quality.stacking import SAMPLE_VOTES, WEIGHT_MIN, weights_of
from evenhand.quality.undefined import InferenceUndefined
from evenhand.quality.votes import Floats, Integers, dense

NumericModelName = Literal["stacked", "mean", "robust", "precise", "biased", "robust-biased"]
NUMERIC_MODELS: tuple[NumericModelName, ...] = get_args(NumericModelName)
VERSION = 1
CONFIDENCE = 0.95
_FLOOR_MIN, _FLOOR_MAX = 1e-10, 0.05
_normal_below = np.vectorize(lambda at: 0.5 * (1.0 + erf(at / sqrt(2.0))), otypes=[float])


@dataclass(frozen=True, slots=True, eq=False)
class NumericInference:
    """The truth as a model of numbers sees it, one row a task that has a vote, by increasing task number.

    model, version: which model spoke, and which edition of it: the same votes give the same answer under both.
    task_numbers, votes: shape (tasks,); votes counts each task's.
    means, lows, highs: shape (tasks,), in the unit of the answers: the estimate and its central 95 % interval. A task whose
        answer was given has that for all three. deviations: shape (tasks,), the standard deviation of the estimate.
    annotator_numbers, counts: shape (annotators,); counts are the votes on tasks with another vote or a known answer.
    biases, bias_lows, bias_highs: shape (annotators,), how far each answers too high; without known answers the crowd's mean is 0.
    spreads, spread_lows, spread_highs: shape (annotators,), the standard deviation of each one's noise, slips aside.
    log_likelihood: of left-out votes under the mixture, in nats. weights: what each model weighs. passes, has_converged, caveat: as
        in `Inference`. crowd: what was learned of people, for other tasks; None where their votes never meet.
    """

    model: str
    version: int
    task_numbers: Integers
    votes: Integers
    means: Floats
    lows: Floats
    highs: Floats
    deviations: Floats
    annotator_numbers: Integers
    counts: Integers
    biases: Floats
    bias_lows: Floats
    bias_highs: Floats
    spreads: Floats
    spread_lows: Floats
    spread_highs: Floats
    log_likelihood: float
    passes: int
    has_converged: bool
    weights: dict[str, float]
    caveat: str | None
    confidence: float = CONFIDENCE
    crowd: NumberCrowd | None = None


def estimate(
    task_numbers: npt.ArrayLike,
    annotator_numbers: npt.ArrayLike,
    values: npt.ArrayLike,
    *,
    model: NumericModelName | None = None,
    gold: Mapping[int, float] | None = None,
    prior: tuple[float, float] | None = None,
) -> NumericInference:
    """What is true, by the numbers of people who err.

    task_numbers, annotator_numbers, values: shape (votes,), one row a vote, in any order; values are finite numbers.
    model: one of NUMERIC_MODELS; without it "stacked", all that foretell left-out votes, each by how well it does.
    gold: known numbers, task number -> number. Only they tell what everybody errs by alike.
    prior: mean and standard deviation of what is true; without it, estimated.

    No votes give no rows. Votes that never meet and no gold are taken as they are, with the caveat "no-overlap" and an interval
    as wide as all answers lie apart. Raises InferenceUndefined for columns, numbers, gold or a prior that make no sense.
    """
    return NumberModel(model, prior=prior).fit(task_numbers, annotator_numbers, values, gold=gold).inference


class NumberModel:
    """A model of numbers with the verbs of scikit-learn: fit, predict, predict_proba.

    After `fit`, `inference` is the whole answer. `predict` and `predict_proba` without columns answer for the tasks of the fit;
    with columns, for other tasks by what was learned about the annotators, whom nobody knows being the crowd.
    """

    def __init__(self, model: NumericModelName | None = None, *, prior: tuple[float, float] | None = None) -> None:
        if model is not None and model not in NUMERIC_MODELS:
            raise InferenceUndefined(reason="unknown-model", where=f"{model!r}; there are {', '.join(NUMERIC_MODELS)}")
        if prior is not None and not (len(prior) == 2 and all(map(isfinite, prior)) and prior[1] > 0.0):
            raise InferenceUndefined(reason="prior", where=f"{prior}: a mean and a standard deviation above 0")
        self.model = model
        self.prior = prior
        self._inference: NumericInference | None = None
        self._unit = Unit(0.0, 1.0)

    @property
    def inference(self) -> NumericInference:
        """The answer of the last fit. Raises AttributeError before one."""
        if self._inference is None:
            raise AttributeError("the model has not been fitted")
        return self._inference

    def fit(
        self,
        task_numbers: npt.ArrayLike,
        annotator_numbers: npt.ArrayLike,
        values: npt.ArrayLike,
        *,
        gold: Mapping[int, float] | None = None,
    ) -> NumberModel:
        """Learn from votes; arguments and errors as `estimate`. Returns self."""
        columns = _columns(task_numbers, annotator_numbers, values)
        known = _known(columns, gold)
        self._unit = Unit.of(columns.values)
        is_told = bool(np.any(~np.isnan(known))) or bool(
            np.any(columns.numbers.sizes > 1) and columns.annotator_numbers.size > 1
        )
        self._inference = self._stacked(columns, known) if is_told else self._untold(columns)
        return self

    def predict(
        self,
        task_numbers: npt.ArrayLike | None = None,
        annotator_numbers: npt.ArrayLike | None = None,
        values: npt.ArrayLike | None = None,
    ) -> Floats:
        """Shape (tasks,), by increasing task number: the estimates, of the fit or of the votes given."""
        return self._told(task_numbers, annotator_numbers, values)[0]

    def predict_proba(
        self,
        bounds: npt.ArrayLike,
        task_numbers: npt.ArrayLike | None = None,
        annotator_numbers: npt.ArrayLike | None = None,
        values: npt.ArrayLike | None = None,
    ) -> Floats:
        """How probable it is that the truth lies below, between and above bounds: shape (tasks, bounds + 1), rows sum to 1.

        bounds: shape (bounds,), increasing. An estimate without any spread lies above a bound that it equals.
        """
        means, deviations = self._told(task_numbers, annotator_numbers, values)
        at = np.asarray(bounds, dtype=np.float64).reshape(1, -1)
        gaps = at - means[:, None]
        sure = np.where(gaps > 0.0, np.inf, -np.inf)
        scaled = np.divide(gaps, deviations[:, None], out=sure, where=deviations[:, None] > 0.0)
        below = _normal_below(scaled) if scaled.size else np.zeros(scaled.shape)
        ends = np.zeros((means.size, 1))
        probabilities: Floats = np.diff(np.concatenate([ends, below, ends + 1.0], axis=1), axis=1)
        return probabilities

    def _told(
        self,
        task_numbers: npt.ArrayLike | None,
        annotator_numbers: npt.ArrayLike | None,
        values: npt.ArrayLike | None,
    ) -> tuple[Floats, Floats]:
        inference = self.inference
        if task_numbers is None or annotator_numbers is None or values is None:
            return inference.means, inference.deviations
        columns = _columns(task_numbers, annotator_numbers, values)
        if inference.crowd is None:
            found = self._untold(columns)
            return found.means, found.deviations
        return inference.crowd.told(columns.in_units(self._unit), columns.annotator_numbers)

    def _stacked(self, columns: _Columns, known: Floats) -> NumericInference:
        unit = self._unit
        numbers, known_in = columns.in_units(unit), unit.to(known)
        prior = (
            None
            if self.prior is None
            else (float(unit.to(np.array(self.prior[0]))), float((self.prior[1] / unit.scale) ** 2))
        )
        designs: Mapping[str, NumericDesign] = DESIGNS
        if self.model is not None and self.model != "stacked":
            designs = {self.model: DESIGNS[self.model]}
        if numbers.values.size > 2 * SAMPLE_VOTES and len(designs) > 1:
            designs = _worthwhile(numbers, known_in, prior, designs)
        fits = {name: fit_numbers(numbers, each, known=known_in, prior=prior) for name, each in designs.items()}
        held = [held_out_numbers(numbers, each, known_in) for each in fits.values()]
        log_votes = np.stack([each.log_votes for each in held], axis=1)
        weights = weights_of(log_votes)
        means, variances = joined_by_task(numbers, weights, held)
        told = log_votes[~np.isnan(log_votes[:, 0])]
        top = told.max(axis=1, keepdims=True) if told.size else told
        likelihood = float(np.sum(np.log(np.exp(told - top) @ weights) + top[:, 0])) if told.size else 0.0
        best = fits[list(fits)[int(weights.argmax())]]
        is_known = ~np.isnan(known)
        return columns.inference(
            model=self.model or "stacked",
            means=np.where(is_known, known, unit.back(means)),
            deviations=np.where(is_known, 0.0, unit.length(np.sqrt(variances))),
            people=_people(unit, weights, list(fits.values())),
            is_told=(columns.numbers.sizes > 1) | is_known,
            log_likelihood=likelihood - told.shape[0] * float(np.log(unit.scale)),
            passes=sum(each.passes for each in fits.values()),
            has_converged=best.has_converged,
            weights=dict(zip(fits, weights.tolist(), strict=True)),
            caveat=_caveat(columns, bool(is_known.any()), best.has_converged),
            crowd=NumberCrowd(
                self.model or "stacked",
                VERSION,
                unit.center,
                unit.scale,
                numbers.floor,
                columns.annotator_numbers,
                weights,
                tuple(member_of(each) for each in fits.values()),
            ),
        )

    def _untold(self, columns: _Columns) -> NumericInference:
        """Votes that never meet are taken as they are; of anybody's noise nothing is known but that it is within the whole."""
        numbers = columns.in_units(self._unit)
        means = self._unit.back(numbers.by_task(numbers.values) / numbers.sizes) if numbers.task_count else np.zeros(0)
        whole_spread = float(self._unit.length(np.array(numbers.values.std() if numbers.values.size else 0.0)))
        nobody = np.zeros(numbers.annotator_count)
        spreads = np.full(numbers.annotator_count, whole_spread)
        return columns.inference(
            model=self.model or "stacked",
            means=means,
            deviations=np.full(numbers.task_count, whole_spread),
            people=(nobody, spreads, spreads, nobody, spreads),
            is_told=np.zeros(numbers.task_count, dtype=bool),
            log_likelihood=0.0,
            passes=0,
            has_converged=True,
            weights={"mean": 1.0},
            caveat="no-overlap" if numbers.values.size else None,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """What the caller gave, checked. task_numbers, annotator_numbers: increasing. numbers: with the answers as they were."""

    task_numbers: Integers
    annotator_numbers: Integers
    values: Floats
    numbers: Numbers

    def in_units(self, unit: Unit) -> Numbers:
        """The answers in standard units, and how finely they were rounded."""
        standard = unit.to(self.values)
        gaps = np.diff(np.unique(standard))
        rounding = float(gaps.min() ** 2 / 12.0) if gaps.size else _FLOOR_MAX
        mine = self.numbers
        return Numbers(
            mine.tasks,
            mine.annotators,
            standard,
            mine.task_count,
            mine.annotator_count,
            min(max(rounding, _FLOOR_MIN), _FLOOR_MAX),
        )

    def inference(
        self,
        *,
        model: str,
        means: Floats,
        deviations: Floats,
        people: tuple[Floats, Floats, Floats, Floats, Floats],
        is_told: npt.NDArray[np.bool_],
        log_likelihood: float,
        passes: int,
        has_converged: bool,
        weights: dict[str, float],
        caveat: str | None,
        crowd: NumberCrowd | None = None,
    ) -> NumericInference:
        """people: biases, their deviations, spreads, and the ends of these."""
        biases, bias_deviations, spreads, spread_lows, spread_highs = people
        (lows, highs), (bias_lows, bias_highs) = interval_of(means, deviations), interval_of(biases, bias_deviations)
        counted = np.bincount(
            self.numbers.annotators,
            weights=is_told[self.numbers.tasks] if self.numbers.task_count else None,
            minlength=self.numbers.annotator_count,
        )
        return NumericInference(
            model=model,
            version=VERSION,
            task_numbers=self.task_numbers,
            votes=self.numbers.sizes.astype(np.int64),
            means=means,
            lows=lows,
            highs=highs,
            deviations=deviations,
            annotator_numbers=self.annotator_numbers,
            counts=counted.astype(np.int64),
            biases=biases,
            bias_lows=bias_lows,
            bias_highs=bias_highs,
            spreads=spreads,
            spread_lows=spread_lows,
            spread_highs=spread_highs,
            log_likelihood=log_likelihood,
            passes=passes,
            has_converged=has_converged,
            weights=weights,
            caveat=caveat,
            crowd=crowd,
        )


def _columns(task_numbers: npt.ArrayLike, annotator_numbers: npt.ArrayLike, values: npt.ArrayLike) -> _Columns:
    tasks, annotators = whole(task_numbers, "task_numbers"), whole(annotator_numbers, "annotator_numbers")
    given = np.asarray(values).reshape(-1)
    if given.size and given.dtype.kind not in "iufb":
        raise InferenceUndefined(reason="not-finite", where="values")
    numbers = given.astype(np.float64)
    if not tasks.shape == annotators.shape == numbers.shape:
        raise InferenceUndefined(reason="columns", where=f"{tasks.size}, {annotators.size} and {numbers.size} rows")
    if not np.isfinite(numbers).all():
        row = int(np.flatnonzero(~np.isfinite(numbers))[0])
        raise InferenceUndefined(reason="not-finite", where=f"row {row} has {numbers[row]}")
    task_numbers_, task_places = dense(tasks)
    people, places = dense(annotators)
    return _Columns(
        task_numbers_,
        people,
        numbers,
        Numbers(task_places, places, numbers, task_numbers_.size, people.size, _FLOOR_MIN),
    )


def _known(columns: _Columns, gold: Mapping[int, float] | None) -> Floats:
    """Shape (tasks,): the known number of each task, or NaN."""
    known = np.full(columns.task_numbers.size, np.nan)
    for task_number, value in (gold or {}).items():
        if not isfinite(value):
            raise InferenceUndefined(reason="gold", where=f"task {task_number} has {value}")
        place = int(np.searchsorted(columns.task_numbers, task_number))
        if place < columns.task_numbers.size and columns.task_numbers[place] == task_number:
            known[place] = value
    return known


def _worthwhile(
    numbers: Numbers, known: Floats, prior: tuple[float, float] | None, designs: Mapping[str, NumericDesign]
) -> Mapping[str, NumericDesign]:
    """The models to which a sample of the tasks gives a say, as in `stacking`: not every one need be fitted to a large crowd."""
    step = numbers.values.size // SAMPLE_VOTES + 1
    is_kept = numbers.tasks % step == 0
    people, places = dense(numbers.annotators[is_kept])
    some = Numbers(
        numbers.tasks[is_kept] // step,
        places,
        numbers.values[is_kept],
        -(-numbers.task_count // step),
        people.size,
        numbers.floor,
    )
    held = [
        held_out_numbers(some, fit_numbers(some, each, known=known[::step], prior=prior), known[::step])
        for each in designs.values()
    ]
    weights = weights_of(np.stack([each.log_votes for each in held], axis=1))
    return {name: each for (name, each), weight in zip(designs.items(), weights, strict=True) if weight >= WEIGHT_MIN}


def _joined(weights: Floats, means: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of mixtures. weights: shape (members,); means, variances: shape (members, tasks)."""
    mean: Floats = weights @ means
    return mean, weights @ (variances + (means - mean) ** 2)


def _people(unit: Unit, weights: Floats, fits: list[NumericFit]) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Biases, their deviations, spreads, and the ends of these, of the mixture."""
    biases, variances = _joined(
        weights, np.stack([each.biases for each in fits]), np.stack([each.bias_variances for each in fits])
    )
    spreads = weights @ np.stack([each.design.consistency * np.sqrt(each.rates / each.shapes) for each in fits])
    # log precision is near normal, its variance one over the shape; a spread is the root of one over it.
    told = weights @ np.stack([each.shapes / each.design.consistency**2 for each in fits])
    half = 0.5 * QUANTILE / np.sqrt(told)
    lengths = [
        unit.length(each) for each in (np.sqrt(variances), spreads, spreads * np.exp(-half), spreads * np.exp(half))
    ]
    signed = np.sign(biases) * unit.length(np.abs(biases))
    return signed, lengths[0], lengths[1], lengths[2], lengths[3]


def _caveat(columns: _Columns, is_gold: bool, has_converged: bool) -> str | None:
    numbers = columns.numbers
    first = np.full(numbers.task_count, np.nan)
    first[numbers.tasks] = numbers.values
    if not is_gold and np.array_equal(first[numbers.tasks], numbers.values):
        return "no-disagreement"
    return None if has_converged else "unconverged"
