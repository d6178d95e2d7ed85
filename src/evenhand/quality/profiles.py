"""The fit of models in which every annotator is like one of a few dozen profiles, and nobody knows which.

A profile says, for each state that a task may be in, how probable each code is. What an annotator answers tells which profiles they
may be: a posterior over profiles, whose prior is how common each is in the crowd (nonparametric empirical Bayes; Laird, 1978,
"Nonparametric maximum likelihood estimation of a mixing distribution", doi:10.1080/01621459.1978.10480103). Four answers
then tell as much as four answers can, where a confusion matrix would have as many cells as that to fill. A `Sheet` draws the
profiles: `ordinal` by bias and precision on a scale, `difficulty` by ability against how hard tasks are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from evenhand.quality.ballots import VOTES_A_STEP, Ballots
from evenhand.quality.latent import Held, masked, normalized, of_classes, shares_of, start, with_design_effect
from evenhand.quality.undefined import InferenceUndefined
from evenhand.quality.votes import Floats, Integers
from evenhand.quality.walk import evidence, steps, tallies

CLASSES_MAX = 128
PASSES_MAX = 60
TOLERANCE = 1e-4
_SMOOTHING = 1.0  # of one annotator, spread over all profiles: none is ever ruled out
PROBABILITY_MIN = 1e-9


class Sheet(Protocol):
    """How probable each code is for each profile in each state, and how that is learned."""

    @property
    def varieties(self) -> int:
        """States of each class: those of class k are k * varieties up to (k + 1) * varieties."""

    def probabilities(self) -> Floats:
        """Shape (profiles, codes, states), above 0; the codes of a profile in a state sum to 1."""

    def improved(self, expected: Floats) -> Self:
        """The same, closer to what was answered. expected: shape (profiles, codes, states), expected numbers of votes."""


class Profiles(Protocol):
    """What a model assumes. correlation: rho, in [0, 1), as in `latent.Design`."""

    @property
    def correlation(self) -> float:
        """How much of a vote the votes beside it have said already."""

    def sheet(self, classes: int) -> Sheet:
        """Where the profiles begin."""


@dataclass(frozen=True, slots=True, eq=False)
class ProfileFit:
    """A model that has converged, or has used up its passes.

    states: shape (tasks, states), rows sum to 1. sheet: the profiles as learned. records: shape (records, profiles), rows sum to 1:
    which profiles the annotators of each record may be. prior: shape (profiles,), how common each is. The rest as `latent.Fit`.
    """

    design: Profiles
    states: Floats
    sheet: Sheet
    records: Floats
    prior: Floats
    state_shares: Floats
    log_likelihood: float
    passes: int
    has_converged: bool

    @property
    def posterior(self) -> Floats:
        """Shape (tasks, classes), rows sum to 1."""
        return of_classes(self.states, self.sheet.varieties)

    @property
    def class_shares(self) -> Floats:
        """Shape (classes,)."""
        shares: Floats = of_classes(self.state_shares[None, :], self.sheet.varieties)[0]
        return shares

    def of_votes(self, votes: Ballots, records: Floats) -> Floats:
        """What the fitted model says about other tasks: shape (tasks, classes).

        records: shape (records of these votes, profiles); of whom nobody knows, the prior.
        """
        table = _table(votes, records, self.sheet.probabilities())
        discount = with_design_effect(votes.sizes, self.design.correlation)
        logarithms = evidence(votes, table) * discount[:, None] + np.log(self.state_shares)
        return of_classes(normalized(logarithms)[0], self.sheet.varieties)


def fit(
    votes: Ballots, design: Profiles, *, known: Integers | None = None, class_shares: Floats | None = None
) -> ProfileFit:
    """Expectation-maximization from the vote shares. Arguments as `latent.fit`.

    Raises InferenceUndefined "classes" for more than CLASSES_MAX: a sheet has a row for each, and a column.
    """
    if votes.classes > CLASSES_MAX:
        raise InferenceUndefined(reason="classes", where=f"{votes.classes}; this model takes {CLASSES_MAX} at most")
    sheet = design.sheet(votes.classes)
    states = start(votes, sheet.varieties, known)
    counts = tallies(votes, states)
    discount = with_design_effect(votes.sizes, design.correlation)
    prior = np.full(sheet.probabilities().shape[0], 1.0)
    prior /= prior.sum()
    passes, change = 0, np.inf
    while change >= TOLERANCE and passes < PASSES_MAX:
        passes += 1
        probabilities = sheet.probabilities()
        records, _ = normalized(_told(votes, counts, np.log(probabilities)) + np.log(prior))
        prior = (records.sum(axis=0) + _SMOOTHING / prior.size) / (records.shape[0] + _SMOOTHING)
        sheet = sheet.improved(_expected(votes, counts, records))
        shares = shares_of(states, sheet.varieties, class_shares)
        table = _table(votes, records, sheet.probabilities())
        logarithms = evidence(votes, table) * discount[:, None] + np.log(shares)
        moved, log_total = normalized(masked(logarithms, sheet.varieties, known))
        counts = tallies(votes, moved)
        change = float(np.abs(moved - states).max())
        states = moved
    # The records are those by which the tasks were told: whoever has them can tell the tasks again.
    return ProfileFit(design, states, sheet, records, prior, shares, float(log_total.sum()), passes, change < TOLERANCE)


def held_out(votes: Ballots, fitted: ProfileFit, known: Integers | None = None) -> Held:
    """Leave each task, and each vote, out of what is said about it, as `latent.held_out` does.

    What a task taught about an annotator is its own part of their profiles' evidence, and is taken off.
    """
    probabilities = fitted.sheet.probabilities()
    logs = np.log(probabilities)
    varieties, correlation = fitted.sheet.varieties, fitted.design.correlation
    log_shares = np.log(fitted.state_shares)
    log_records = np.log(np.maximum(fitted.records, 1e-300))
    posterior = np.empty((votes.tasks, votes.classes))
    log_votes = np.full(votes.votes, np.nan)
    for first, last in steps(votes.starts, max(VOTES_A_STEP * 8 // probabilities.shape[0], 1)):
        here = slice(votes.starts[first], votes.starts[last])
        sizes = votes.sizes[first:last]
        own = np.repeat(fitted.states[first:last], sizes, axis=0)
        codes, given = votes.codes[here], np.empty(own.shape)
        for code in np.unique(codes):
            mine = np.flatnonzero(codes == code)
            without = log_records[votes.records[votes.annotators[here][mine]]] - own[mine] @ logs[:, code, :].T
            given[mine] = normalized(without)[0] @ probabilities[:, code, :]
        log_given = np.log(np.maximum(given, PROBABILITY_MIN))
        summed = np.add.reduceat(log_given, votes.starts[first:last] - votes.starts[first], axis=0)
        of_task = summed * with_design_effect(sizes, correlation)[:, None] + log_shares
        posterior[first:last] = of_classes(normalized(of_task)[0], varieties)
        others = np.repeat(summed, sizes, axis=0) - log_given
        weight = np.repeat(with_design_effect(np.maximum(sizes - 1, 1), correlation), sizes)
        others = others * weight[:, None] + log_shares
        others = masked(others, varieties, None if known is None else np.repeat(known[first:last], sizes))
        predicted = np.log(np.maximum(np.sum(normalized(others)[0] * given, axis=1), 1e-300))
        log_votes[here] = np.where(np.repeat(sizes, sizes) > 1, predicted, np.nan)
    return Held(posterior, log_votes)


def _told(votes: Ballots, counts: Floats, logs: Floats) -> Floats:
    """Shape (records, profiles): the log likelihood of each record's votes under each profile."""
    told = np.zeros((votes.record_count, logs.shape[0]))
    for code in range(votes.classes):
        mine = votes.cell_codes == code  # of each record one cell at most, so that nothing is added to twice
        told[votes.cell_records[mine]] += counts[mine] @ logs[:, code, :].T
    return told


def _expected(votes: Ballots, counts: Floats, records: Floats) -> Floats:
    """Shape (profiles, codes, states): how many votes each profile gave, in expectation."""
    expected = np.empty((records.shape[1], votes.classes, counts.shape[1]))
    for code in range(votes.classes):
        mine = votes.cell_codes == code
        expected[:, code, :] = records[votes.cell_records[mine]].T @ counts[mine]
    return expected


def _table(votes: Ballots, records: Floats, probabilities: Floats) -> Floats:
    """Shape (cells, states): the log probability of each cell's code, the mean over the profiles of its record."""
    table = np.empty((votes.cell_codes.size, probabilities.shape[2]))
    for code in range(votes.classes):
        mine = votes.cell_codes == code
        table[mine] = records[votes.cell_records[mine]] @ probabilities[:, code, :]
    logs: Floats = np.log(np.maximum(table, PROBABILITY_MIN))
    return logs
