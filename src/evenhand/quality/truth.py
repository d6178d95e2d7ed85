"""Truth inference: from the votes of people who err to a probability for every answer. The public door is `infer`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Literal, cast, get_args, overload

import numpy as np
import numpy.typing as npt

from evenhand.quality.ballots import Ballots, ballots
from evenhand.quality.confusion import Confusion
from evenhand.quality.difficulty import Difficulty
from evenhand.quality.estimation import NumericInference, NumericModelName, estimate
from evenhand.quality.inference import Inference, winners
from evenhand.quality.known import Known
from evenhand.quality.latent import Design, held_out_shares, normalized, of_classes, with_known
from evenhand.quality.ordinal import Scale
from evenhand.quality.profiles import CLASSES_MAX, ProfileFit
from evenhand.quality.share import smoothed_share
from evenhand.quality.stacking import (
    FAMILY,
    ORDERED,
    PLAIN,
    AnyDesign,
    AnyFit,
    fit_any,
    forgetting_tasks,
    held_out_any,
    stack,
)
from evenhand.quality.undefined import InferenceUndefined
from evenhand.quality.votes import Floats, Integers
from evenhand.quality.walk import evidence, steps

ModelName = Literal[
    "stacked",
    "majority",
    "one-coin",
    "dawid-skene",
    "hierarchical",
    "bayesian",
    "correlated",
    "difficulty",
    "ordinal",
]
Level = Literal["nominal", "ordinal"]
Engine = Literal["numpy", "numba"]
MODELS: tuple[ModelName, ...] = get_args(ModelName)
VERSION = 2
DESIGNS: Mapping[str, AnyDesign] = {
    "one-coin": Design(records="one-coin"),
    "dawid-skene": Design(records="own"),
    "hierarchical": Design(),
    "bayesian": Design(records="variational"),
    "correlated": Design(varieties=2, correlation=0.05),
    "difficulty": Difficulty(),
    "ordinal": Scale(),
}
_CROWD_STRENGTH = 4.0
_DISAGREEMENT_MIN = 0.001
_VOTES_COMPILED = 300_000


@overload
def infer(
    task_numbers: npt.ArrayLike,
    annotator_numbers: npt.ArrayLike,
    codes: npt.ArrayLike,
    classes: int | None = None,
    *,
    level: Level = "nominal",
    model: ModelName | None = None,
    gold: Mapping[int, int] | None = None,
    verdicts: Mapping[int, int] | None = None,
    accepted: Mapping[int, int] | None = None,
    class_shares: npt.ArrayLike | None = None,
    engine: Engine | None = None,
) -> Inference: ...


@overload
def infer(
    task_numbers: npt.ArrayLike,
    annotator_numbers: npt.ArrayLike,
    codes: npt.ArrayLike,
    *,
    level: Literal["numeric"],
    model: NumericModelName | None = None,
    gold: Mapping[int, float] | None = None,
) -> NumericInference: ...


def infer(
    task_numbers: npt.ArrayLike,
    annotator_numbers: npt.ArrayLike,
    codes: npt.ArrayLike,
    classes: int | None = None,
    *,
    level: Literal["nominal", "ordinal", "numeric"] = "nominal",
    model: ModelName | NumericModelName | None = None,
    gold: Mapping[int, int] | Mapping[int, float] | None = None,
    verdicts: Mapping[int, int] | None = None,
    accepted: Mapping[int, int] | None = None,
    class_shares: npt.ArrayLike | None = None,
    engine: Engine | None = None,
) -> Inference | NumericInference:
    """What is true, by the votes of people who err.

    task_numbers, annotator_numbers, codes: shape (votes,), one row a vote, in any order; any whole numbers for tasks and
        annotators; codes in 0 .. classes - 1.
    classes: how many answers the question allows, whether or not anyone chose them; without it, one more than the greatest code,
        and two at least.
    level: "nominal"; "ordinal", where the codes are levels, the lowest first, so that models of a scale have a say; or "numeric",
        where the codes are finite numbers themselves: then the answer is that of `estimation.estimate`.
    model: one of MODELS; without it the engine chooses: "stacked", all that foretell left-out votes, each by how well it does.
    gold: known answers, task number -> code. They teach the model about annotators; tasks without a vote are passed over.
    verdicts: as gold, where a reviewer who was shown an answer put another in its place. They teach about annotators as gold does,
        but do not say how far the crowd is to be trusted as a whole: they are errors alone.
    accepted: as verdicts, where the reviewer left the answer as it was; without them people would be measured by their errors.
        Whoever accepts may have been led: a task of these is no surer for it than its votes make it.
    class_shares: how common each class is, shape (classes,), positive; without it, estimated.
    engine: "numba" walks in machine code, if `evenhand[stats]` is installed, and gives what numpy gives, sooner; without it, where
        there are votes enough to be worth what loading it takes.

    No votes give no rows. Votes that never meet (one annotator, or no task with two) and no gold: majority speaks, with the
    caveat "no-overlap". Raises InferenceUndefined for columns, codes, gold or shares that make no sense.
    """
    if level == "numeric":
        return estimate(task_numbers, annotator_numbers, codes, model=cast(Any, model), gold=gold)
    return (
        TruthModel(cast(Any, model), level=level, class_shares=class_shares, engine=engine)
        .fit(
            task_numbers, annotator_numbers, codes, classes, gold=cast(Any, gold), verdicts=verdicts, accepted=accepted
        )
        .inference
    )


class TruthModel:
    """A model of truth with the verbs of scikit-learn: fit, predict, predict_proba.

    After `fit`, `inference` is the whole answer. `predict` and `predict_proba` without arguments answer for the tasks of the
    fit; with columns, for other tasks by what was learned about the annotators, whom nobody knows being the crowd.
    """

    def __init__(
        self,
        model: ModelName | None = None,
        *,
        level: Level = "nominal",
        class_shares: npt.ArrayLike | None = None,
        engine: Engine | None = None,
    ) -> None:
        if model is not None and model not in MODELS:
            raise InferenceUndefined(reason="unknown-model", where=f"{model!r}; there are {', '.join(MODELS)}")
        if engine is not None and engine not in get_args(Engine):
            raise InferenceUndefined(reason="engine", where=f"{engine!r}; there are numpy and numba")
        if level not in get_args(Level):
            raise InferenceUndefined(
                reason="level", where=f"{level!r}; there are nominal and ordinal, and of `infer` numeric"
            )
        self.model = model
        self.level = level
        self.engine = engine
        self.class_shares = class_shares
        self._inference: Inference | None = None
        self._fits: dict[str, AnyFit] = {}

    @property
    def inference(self) -> Inference:
        """The answer of the last fit. Raises AttributeError before one."""
        if self._inference is None:
            raise AttributeError("the model has not been fitted")
        return self._inference

    def fit(
        self,
        task_numbers: npt.ArrayLike,
        annotator_numbers: npt.ArrayLike,
        codes: npt.ArrayLike,
        classes: int | None = None,
        *,
        gold: Mapping[int, int] | None = None,
        verdicts: Mapping[int, int] | None = None,
        accepted: Mapping[int, int] | None = None,
    ) -> TruthModel:
        """Learn from votes; arguments and errors as `infer`. Returns self."""
        votes = ballots(task_numbers, annotator_numbers, codes, classes, is_compiled=self._is_compiled(np.size(codes)))
        known = Known.of(votes, gold, verdicts, accepted)
        shares = _shares(self.class_shares, votes.classes)
        is_gold = known is not None
        is_told = is_gold or bool(np.any(votes.sizes > 1) and votes.annotator_numbers.size > 1)
        name = self.model or ("stacked" if is_told else "majority")
        answer = _answer(name, votes, self.level, known, shares)
        self._fits = {name: forgetting_tasks(each) for name, each in answer.fits.items()}
        self._inference = Inference(
            model=name,
            version=VERSION,
            task_numbers=votes.task_numbers,
            probabilities=answer.posterior,
            class_shares=answer.class_shares,
            annotator_numbers=votes.annotator_numbers,
            log_likelihood=answer.log_likelihood,
            passes=answer.passes,
            has_converged=answer.has_converged,
            weights=answer.weights,
            trust=answer.trust,
            caveat=_caveat(votes, is_gold, is_told, answer.has_converged),
            _ballots=votes,
            _strengths=answer.strengths,
            _known=known,
            _fits=self._fits,
        )
        return self

    def _is_compiled(self, votes: int) -> bool:
        if self.engine is None:
            return votes >= _VOTES_COMPILED and find_spec("numba") is not None
        return self.engine == "numba"

    def predict_proba(
        self,
        task_numbers: npt.ArrayLike | None = None,
        annotator_numbers: npt.ArrayLike | None = None,
        codes: npt.ArrayLike | None = None,
    ) -> Floats:
        """Shape (tasks, classes), by increasing task number: of the fit, or of the votes given."""
        inference = self.inference
        if task_numbers is None or annotator_numbers is None or codes is None:
            return inference.probabilities
        votes = ballots(task_numbers, annotator_numbers, codes, inference.class_shares.size, has_shared_record=False)
        if votes.tasks == 0:
            return np.zeros((0, votes.classes))
        plain = smoothed_share(votes.counts(), votes.sizes[:, None].astype(np.float64), votes.classes)
        joined = (1.0 - inference.trust) * plain
        for name, weight in inference.weights.items():
            by_model = self._by_member(name, votes) if name in self._fits else plain
            joined = joined + inference.trust * weight * by_model
        return joined

    def predict(
        self,
        task_numbers: npt.ArrayLike | None = None,
        annotator_numbers: npt.ArrayLike | None = None,
        codes: npt.ArrayLike | None = None,
    ) -> Integers:
        """Shape (tasks,): the most probable code of each task, -1 where several are equally so."""
        return winners(self.predict_proba(task_numbers, annotator_numbers, codes))[0]

    def _by_member(self, name: str, votes: Ballots) -> Floats:
        """Shape (tasks, classes): what one fitted model says about tasks that it has not seen."""
        fitted = self._fits[name]
        if isinstance(fitted, ProfileFit):
            place = self._records(votes)
            return fitted.of_votes(votes, np.where((place >= 0)[:, None], fitted.records[place], fitted.prior))
        discount = 1.0 / (1.0 + (votes.sizes - 1.0) * fitted.design.correlation)
        table = self._known_confusion(votes, fitted.confusion).table(votes, fitted.design.records)
        logarithms = evidence(votes, table) * discount[:, None] + np.log(fitted.state_shares)
        return of_classes(normalized(logarithms)[0], fitted.design.varieties)

    def _known_confusion(self, votes: Ballots, learned: Confusion) -> Confusion:
        """What the fit learned about the annotators of other votes; strangers have an empty record."""
        fitted = self.inference._ballots
        classes = votes.classes
        record = self._records(votes)
        is_known = record >= 0
        totals = np.zeros((votes.record_count, learned.totals.shape[1]))
        totals[is_known] = learned.totals[record[is_known]]
        there = fitted.cell_records.astype(np.int64) * classes + fitted.cell_codes
        row = _place(there, record[votes.cell_records] * classes + votes.cell_codes.astype(np.int64))
        is_there = (row >= 0) & is_known[votes.cell_records]
        counts = np.zeros((row.size, learned.counts.shape[1]))
        counts[is_there] = learned.counts[row[is_there]]
        return Confusion(counts, totals, learned.prior)

    def _records(self, votes: Ballots) -> Integers:
        """Shape (annotators of these votes,): which record of the fit is theirs, -1 of strangers."""
        fitted = self.inference._ballots
        place = _place(fitted.annotator_numbers, votes.annotator_numbers)
        return np.where(place < 0, -1, fitted.records.astype(np.int64)[place]) if fitted.tasks else place


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    """What any of the models answers, in the form that `Inference` needs. strengths: shape (classes,), of the crowd's prior."""

    posterior: Floats
    class_shares: Floats
    strengths: Floats
    log_likelihood: float
    passes: int = 1
    has_converged: bool = True
    trust: float = 1.0
    weights: dict[str, float] = field(default_factory=dict)
    fits: dict[str, AnyFit] = field(default_factory=dict)


def _answer(
    name: ModelName,
    votes: Ballots,
    level: Level,
    known: Known | None,
    shares: Floats | None,
) -> _Answer:
    teaching, settled = (known.teaching, known.settled) if known is not None else (None, None)
    # Maximum likelihood has no prior, and would show three right answers as certainty.
    strengths = np.full(votes.classes, _CROWD_STRENGTH)
    if votes.tasks == 0:
        even = np.full(votes.classes, 1.0 / votes.classes)
        nothing = np.zeros((0, votes.classes))
        return _Answer(nothing, even if shares is None else shares, strengths, 0.0, weights={name: 1.0})
    if name == "majority":
        posterior = with_known(held_out_shares(votes).posterior, settled)
        likelihood = float(np.sum(votes.counts() * np.log(np.maximum(posterior, 1e-300))))
        of_class = posterior.mean(axis=0) if shares is None else shares
        return _Answer(posterior, of_class, strengths, likelihood, weights={PLAIN: 1.0})
    if name == "stacked":
        family = FAMILY | ORDERED if level == "ordinal" and votes.classes <= CLASSES_MAX else FAMILY
        many = stack(votes, known=known, class_shares=shares, family=family)
        first = many.fits[many.first]
        of_class = many.posterior.mean(axis=0) if shares is None else shares
        return _Answer(
            many.posterior,
            of_class,
            _strengths(first),
            many.log_likelihood,
            many.passes,
            many.has_converged,
            many.trust,
            many.weights,
            many.fits,
        )
    design = DESIGNS[name]
    fitted = fit_any(votes, design, known=teaching, class_shares=shares)
    is_pooled = not isinstance(design, Design) or design.records == "shrunk"
    posterior = held_out_any(votes, fitted, teaching).posterior if is_pooled else fitted.posterior
    return _Answer(
        with_known(posterior, settled),
        fitted.class_shares,
        strengths if isinstance(design, Design) and design.records == "own" else _strengths(fitted),
        fitted.log_likelihood,
        fitted.passes,
        fitted.has_converged,
        weights={name: 1.0},
        fits={name: fitted},
    )


def _strengths(fitted: AnyFit) -> Floats:
    """Shape (classes,): the strength of the crowd's prior, the mean over a class's varieties; profiles have none: ours."""
    if isinstance(fitted, ProfileFit):
        return np.full(fitted.class_shares.size, _CROWD_STRENGTH)
    strengths: Floats = fitted.confusion.prior.sum(axis=0).reshape(-1, fitted.design.varieties).mean(axis=1)
    return strengths


def _caveat(votes: Ballots, is_gold: bool, is_told: bool, has_converged: bool) -> str | None:
    if votes.tasks == 0:
        return None
    if not is_told:
        return "no-overlap"
    if not is_gold and not _is_contested(votes):
        return "no-disagreement"
    return None if has_converged else "unconverged"


def _is_contested(votes: Ballots) -> bool:
    """Whether some votes contradict what most say of their task; of many, the first few thousand usually tell."""
    contradicting = 0.0
    for first, last in steps(votes.starts):
        counts = votes.counts(first, last)
        contradicting += float(counts.sum() - counts.max(axis=1).sum())
        if contradicting >= _DISAGREEMENT_MIN * votes.votes:
            return True
    return False


def _place(among: Integers, wanted: Integers) -> Integers:
    """Where each wanted number stands among others, which are increasing; -1 where it does not."""
    place = np.minimum(np.searchsorted(among, wanted), max(among.size - 1, 0))
    return np.where(among[place] == wanted, place, -1) if among.size else np.full(wanted.shape, -1, dtype=np.int64)


def _shares(given: npt.ArrayLike | None, classes: int) -> Floats | None:
    if given is None:
        return None
    shares = np.asarray(given, dtype=np.float64).reshape(-1)
    if shares.size != classes or not np.isfinite(shares).all() or shares.min() <= 0.0:
        raise InferenceUndefined(reason="prior", where=f"{shares.size} shares for {classes} classes, all above 0")
    normal: Floats = shares / shares.sum()
    return normal
