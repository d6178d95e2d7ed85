"""Truth inference: from the votes of people who err to a probability for every answer. The public door is `infer`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from evenhand.quality.ballots import Ballots, ballots
from evenhand.quality.confusion import Confusion, crowd_of, totals_of
from evenhand.quality.dawid_skene import Fit, dawid_skene, held, hierarchical, normalized, vote_shares
from evenhand.quality.inference import Inference, winners
from evenhand.quality.share import smoothed_share
from evenhand.quality.undefined import InferenceUndefined
from evenhand.quality.votes import Floats, Integers
from evenhand.quality.walk import evidence, tallies

ModelName = Literal["majority", "dawid-skene", "hierarchical"]
MODELS: tuple[ModelName, ...] = get_args(ModelName)
VERSION = 1
_CROWD_STRENGTH = 4.0


def infer(
    task_numbers: npt.ArrayLike,
    annotator_numbers: npt.ArrayLike,
    codes: npt.ArrayLike,
    classes: int | None = None,
    *,
    model: ModelName | None = None,
    gold: Mapping[int, int] | None = None,
    class_shares: npt.ArrayLike | None = None,
) -> Inference:
    """What is true, by the votes of people who err.

    task_numbers, annotator_numbers, codes: shape (votes,), one row a vote, in any order; any whole numbers for tasks and
        annotators; codes in 0 .. classes - 1.
    classes: how many answers the question allows, whether or not anyone chose them; without it, one more than the greatest code,
        and two at least.
    model: one of MODELS; without it the engine chooses.
    gold: known answers, task number -> code. They teach the model about annotators; tasks without a vote are passed over.
    class_shares: how common each class is, shape (classes,), positive; without it, estimated.

    No votes give no rows. Votes that never meet (one annotator, or no task with two) and no gold: majority speaks, with the
    caveat "no-overlap". Raises InferenceUndefined for columns, codes, gold or shares that make no sense.
    """
    return (
        TruthModel(model, class_shares=class_shares)
        .fit(task_numbers, annotator_numbers, codes, classes, gold=gold)
        .inference
    )


class TruthModel:
    """A model of truth with the verbs of scikit-learn: fit, predict, predict_proba.

    After `fit`, `inference` is the whole answer. `predict` and `predict_proba` without arguments answer for the tasks of the
    fit; with columns, for other tasks by what was learned about the annotators, whom nobody knows being the crowd.
    """

    def __init__(self, model: ModelName | None = None, *, class_shares: npt.ArrayLike | None = None) -> None:
        if model is not None and model not in MODELS:
            raise InferenceUndefined(reason="unknown-model", where=f"{model!r}; there are {', '.join(MODELS)}")
        self.model = model
        self.class_shares = class_shares
        self._inference: Inference | None = None
        self._confusion: Confusion | None = None

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
    ) -> TruthModel:
        """Learn from votes; arguments and errors as `infer`. Returns self."""
        votes = ballots(task_numbers, annotator_numbers, codes, classes)
        known = _known(votes, gold)
        shares = _shares(self.class_shares, votes.classes)
        is_told = bool(np.any(votes.sizes > 1) and votes.annotator_numbers.size > 1) or bool(np.any(known >= 0))
        name = self.model or ("hierarchical" if is_told else "majority")
        fitted = _fitted(name, votes, known if np.any(known >= 0) else None, shares)
        self._confusion = fitted.confusion
        codes_, winner_tasks, winner_codes, credits = winners(fitted.posterior)
        self._inference = Inference(
            model=name,
            version=VERSION,
            task_numbers=votes.task_numbers,
            votes=votes.sizes,
            probabilities=fitted.posterior,
            codes=codes_,
            winner_tasks=winner_tasks,
            winner_codes=winner_codes,
            credits=credits,
            class_shares=fitted.class_shares,
            annotator_numbers=votes.annotator_numbers,
            log_likelihood=fitted.log_likelihood,
            passes=fitted.passes,
            has_converged=fitted.has_converged,
            caveat="no-overlap" if votes.tasks and not is_told else None if fitted.has_converged else "unconverged",
            _ballots=votes,
            _prior=_reported_prior(name, votes, fitted.confusion),
        )
        return self

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
        if inference.model == "majority":
            return smoothed_share(votes.counts(), votes.sizes[:, None].astype(np.float64), votes.classes)
        logarithms = evidence(votes, self._known_confusion(votes).logarithms(votes))
        return normalized(logarithms + np.log(np.maximum(inference.class_shares, 1e-300)))[0]

    def predict(
        self,
        task_numbers: npt.ArrayLike | None = None,
        annotator_numbers: npt.ArrayLike | None = None,
        codes: npt.ArrayLike | None = None,
    ) -> Integers:
        """Shape (tasks,): the most probable code of each task, -1 where several are equally so."""
        return winners(self.predict_proba(task_numbers, annotator_numbers, codes))[0]

    def _known_confusion(self, votes: Ballots) -> Confusion:
        """What the fit learned about the annotators of other votes; strangers have an empty record."""
        fitted, learned = self.inference._ballots, self._confusion
        assert learned is not None
        classes = votes.classes
        place = _place(fitted.annotator_numbers, votes.annotator_numbers)
        record = np.where(place < 0, -1, fitted.records.astype(np.int64)[place]) if fitted.tasks else place
        is_known = record >= 0
        totals = np.zeros((votes.record_count, classes))
        totals[is_known] = learned.totals[record[is_known]]
        there = fitted.cell_records.astype(np.int64) * classes + fitted.cell_codes
        row = _place(there, record[votes.cell_records] * classes + votes.cell_codes.astype(np.int64))
        is_there = (row >= 0) & is_known[votes.cell_records]
        counts = np.zeros((row.size, classes))
        counts[is_there] = learned.counts[row[is_there]]
        return Confusion(counts, totals, learned.prior)


def _reported_prior(name: ModelName, votes: Ballots, confusion: Confusion) -> Floats:
    """The prior of the records that are shown. Maximum likelihood has none, and would show three right answers as certainty."""
    if name != "dawid-skene" or votes.tasks == 0:
        return confusion.prior
    return crowd_of(votes, confusion.counts) * _CROWD_STRENGTH


def _place(among: Integers, wanted: Integers) -> Integers:
    """Where each wanted number stands among others, which are increasing; -1 where it does not."""
    place = np.minimum(np.searchsorted(among, wanted), max(among.size - 1, 0))
    return np.where(among[place] == wanted, place, -1) if among.size else np.full(wanted.shape, -1, dtype=np.int64)


def _fitted(name: ModelName, votes: Ballots, known: Integers | None, shares: Floats | None) -> Fit:
    if votes.tasks == 0:
        nothing = np.zeros((0, votes.classes))
        even = np.full(votes.classes, 1.0 / votes.classes)
        prior = np.full((votes.classes, votes.classes), _CROWD_STRENGTH / votes.classes)
        return Fit(nothing, Confusion(nothing, nothing, prior), even if shares is None else shares, 0.0, 0, True)
    if name == "dawid-skene":
        return dawid_skene(votes, known=known, class_shares=shares)
    if name == "hierarchical":
        return hierarchical(votes, known=known, class_shares=shares)
    return _majority(votes, known, shares)


def _majority(votes: Ballots, known: Integers | None, class_shares: Floats | None) -> Fit:
    """The smoothed share of every class (`quality.share`): each vote weighs the same, and nothing is claimed about anyone."""
    totals = votes.sizes[:, None].astype(np.float64)
    posterior = held(smoothed_share(votes.counts(), totals, votes.classes), known)
    shares = class_shares if class_shares is not None else posterior.mean(axis=0)
    counts = tallies(votes, held(vote_shares(votes), known))
    crowd = crowd_of(votes, counts)
    confusion = Confusion(counts, totals_of(votes, counts), crowd * _CROWD_STRENGTH)
    # Each vote is drawn from its task's smoothed shares.
    log_likelihood = float(np.sum(votes.counts() * np.log(np.maximum(posterior, 1e-300))))
    return Fit(posterior, confusion, shares, log_likelihood, 1, True)


def _known(votes: Ballots, gold: Mapping[int, int] | None) -> Integers:
    """Shape (tasks,): the known code of each task, or -1."""
    known = np.full(votes.tasks, -1, dtype=np.int64)
    for task_number, code in (gold or {}).items():
        if not 0 <= code < votes.classes:
            raise InferenceUndefined(reason="gold", where=f"task {task_number} has code {code} of {votes.classes}")
        place = int(np.searchsorted(votes.task_numbers, task_number))
        if place < votes.tasks and votes.task_numbers[place] == task_number:
            known[place] = code
    return known


def _shares(given: npt.ArrayLike | None, classes: int) -> Floats | None:
    if given is None:
        return None
    shares = np.asarray(given, dtype=np.float64).reshape(-1)
    if shares.size != classes or not np.isfinite(shares).all() or shares.min() <= 0.0:
        raise InferenceUndefined(reason="prior", where=f"{shares.size} shares for {classes} classes, all above 0")
    normal: Floats = shares / shares.sum()
    return normal
