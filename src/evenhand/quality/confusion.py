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

import numpy as np

from evenhand.quality.ballots import Ballots
from evenhand.quality.special import digamma
from evenhand.quality.votes import Floats

STRENGTH_MIN, STRENGTH_MAX = 0.3, 300.0
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

    def logarithms(self, votes: Ballots) -> Floats:
        """Shape (cells, classes): the log probability of each cell's code where each class is true (posterior means)."""
        given = self.counts + self.prior[votes.cell_codes]
        total = (self.totals + self.prior.sum(axis=0))[votes.cell_records]
        shares: Floats = np.log(given / total)
        return shares


def totals_of(votes: Ballots, counts: Floats) -> Floats:
    """Sum tallies over the codes of each record: shape (records, states)."""
    starts = np.flatnonzero(np.diff(votes.cell_records, prepend=-1))
    totals: Floats = np.add.reduceat(counts, starts, axis=0)
    return totals


def crowd_of(votes: Ballots, counts: Floats) -> Floats:
    """The crowd's own confusion, smoothed by one answer a true class: shape (codes, states), columns sum to 1."""
    pooled = np.stack(
        [np.bincount(votes.cell_codes, weights=column, minlength=votes.classes) for column in counts.T], axis=1
    )
    smoothed = pooled + 1.0 / votes.classes
    shares: Floats = smoothed / smoothed.sum(axis=0)
    return shares


def strengths_of(votes: Ballots, counts: Floats, totals: Floats, crowd: Floats, strengths: Floats) -> Floats:
    """One step of Minka's fixed point for the strength of each column's prior, its mean being the crowd's confusion.

    strengths: shape (states,), where the step begins. The fixed point maximizes the Dirichlet-multinomial likelihood of all
    records at once: it is small where annotators differ, large where they are alike.
    """
    prior = (crowd * strengths)[votes.cell_codes]
    gained = np.sum(crowd[votes.cell_codes] * (digamma(counts + prior) - digamma(prior)), axis=0)
    spent = np.sum(digamma(totals + strengths) - digamma(strengths), axis=0)
    stepped: Floats = np.clip(strengths * (gained + _NEWS) / (spent + _NEWS), STRENGTH_MIN, STRENGTH_MAX)
    return stepped
