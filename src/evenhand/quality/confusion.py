"""Confusion of annotators: what each answers where each class is true, with every record shrunk towards the crowd's.

An annotator's row for true class k has a Dirichlet prior with parameters `prior[:, k]`. Its mean is what the crowd does; its
sum is the strength, fitted to the crowd by empirical Bayes: people who are alike are pulled together, people who differ stand
on their own record, and whoever gave three answers is mostly the crowd.

Dawid & Skene, 1979, "Maximum likelihood estimation of observer error-rates using the EM algorithm", doi:10.2307/2346806;
Minka, 2000 (2012), "Estimating a Dirichlet distribution"; Paun et al., 2018, "Comparing Bayesian models of annotation",
doi:10.1162/tacl_a_00040.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from evenhand.quality.ballots import Ballots, slices
from evenhand.quality.special import digamma
from evenhand.quality.votes import Floats

Records: TypeAlias = Literal["own", "shrunk", "variational", "one-coin"]

STRENGTH_MIN, STRENGTH_MAX = 0.3, 300.0
CHANCE_MIN = 1e-18  # nobody is that sure; and the product of a few stays a number
_CELLS_A_STEP = 1 << 12
_NEWS = 1e-3  # a pinch of data that says "stay": where nobody has a record the strength keeps its place


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """What annotators answer, in expectation.

    counts: shape (cells, classes); expected votes of each cell where each class is true.
    totals: shape (records, classes); the same, summed over the codes.
    prior: shape (classes given, classes true), above 0; the crowd's Dirichlet parameters, a column a true class.
    """

    counts: Floats
    totals: Floats
    prior: Floats

    def table(self, votes: Ballots, records: Records) -> Floats:
        """Shape (cells, states): the log probability of each cell's code in each state, as the model reads its records."""
        table: Floats = np.log(self.chances(votes, records))
        return table

    def chances(self, votes: Ballots, records: Records, out: Floats | None = None) -> Floats:
        """Shape (cells, states), at least CHANCE_MIN: what `table` has the logarithms of. out: where they are to stand."""
        chances = np.empty(self.counts.shape) if out is None else out
        coins = self.one_coin(votes) if records == "one-coin" else self.counts
        prior_total = self.prior.sum(axis=0)
        for here in slices(len(chances), _CELLS_A_STEP):
            if records == "one-coin":
                np.maximum(coins[here], CHANCE_MIN, out=chances[here])
                continue
            given = self.prior.take(votes.cell_codes[here], axis=0)
            given += self.counts[here]
            total = self.totals.take(votes.cell_records[here], axis=0)
            total += prior_total
            if records == "variational":
                # The mean of the logarithm is what mean-field inference reads (Kim & Ghahramani, 2012).
                shares = np.exp(digamma(given) - digamma(total))
            else:
                shares = np.divide(given, total, out=given)
            np.maximum(shares, CHANCE_MIN, out=chances[here])
        return chances

    def one_coin(self, votes: Ballots) -> Floats:
        """As chances, with one accuracy for all classes; wrong answers fall on all other classes alike.

        The accuracy's prior is the crowd's, with the mean strength of the crowd's columns.
        """
        classes = votes.classes
        is_right = votes.cell_codes[:, None] == np.arange(classes)
        hits = np.bincount(
            votes.cell_records, weights=(self.counts * is_right).sum(axis=1), minlength=votes.record_count
        )
        answers = self.totals.sum(axis=1)
        strength = float(self.prior.sum(axis=0).mean())
        right = hits.sum() / max(answers.sum(), 1e-300)
        right = (right * answers.sum() + 1.0 / classes) / (answers.sum() + 1.0)
        accuracy = ((hits + strength * right) / (answers + strength))[votes.cell_records]
        wrong = (1.0 - accuracy) / max(classes - 1, 1)
        chances: Floats = np.where(is_right, accuracy[:, None], wrong[:, None])
        return chances


def totals_of(votes: Ballots, counts: Floats) -> Floats:
    """Sum tallies over the codes of each record: shape (records, states)."""
    if votes.is_full:
        full: Floats = counts.reshape(votes.record_count, votes.classes, -1).sum(axis=1)
        return full
    starts = np.flatnonzero(np.diff(votes.cell_records, prepend=-1))
    totals: Floats = np.add.reduceat(counts, starts, axis=0)
    return totals


def crowd_of(votes: Ballots, counts: Floats) -> Floats:
    """The crowd's own confusion, smoothed by one answer a true class: shape (codes, states), columns sum to 1."""
    if votes.is_full:
        pooled = counts.reshape(votes.record_count, votes.classes, -1).sum(axis=0)
    else:
        columns = [np.bincount(votes.cell_codes, weights=column, minlength=votes.classes) for column in counts.T]
        pooled = np.stack(columns, axis=1)
    smoothed = pooled + 1.0 / votes.classes
    shares: Floats = smoothed / smoothed.sum(axis=0)
    return shares


def strengths_of(votes: Ballots, counts: Floats, totals: Floats, crowd: Floats, strengths: Floats) -> Floats:
    """One step of Minka's fixed point for the strength of each column's prior, its mean being the crowd's confusion.

    strengths: shape (states,), where the step begins. The fixed point maximizes the Dirichlet-multinomial likelihood of all
    records at once: it is small where annotators differ, large where they are alike.
    """
    prior = crowd * strengths
    without = digamma(prior)
    gained = np.zeros(strengths.shape)
    for here in slices(len(counts), _CELLS_A_STEP):
        codes = votes.cell_codes[here]
        learned = digamma(counts[here] + prior[codes]) - without[codes]
        gained += np.sum(crowd[codes] * learned, axis=0)
    spent = np.sum(digamma(totals + strengths) - digamma(strengths), axis=0)
    stepped: Floats = np.clip(strengths * (gained + _NEWS) / (spent + _NEWS), STRENGTH_MIN, STRENGTH_MAX)
    return stepped
