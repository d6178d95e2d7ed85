"""A part of the votes tells what all of them tell: the default hardly ever turns over by the order in which they came."""

from dataclasses import replace

import numpy as np
import pytest
from crowds import crowd, truth
from scoring import score

from evenhand.quality import infer, latent, stacking
from evenhand.quality.ballots import ballots
from evenhand.quality.latent import Design, fit

TWO = {"passes_max": 60, "tolerance": 1e-4}


def four_fifths(name, seed):
    """Of each task four votes of five, drawn by lot."""
    votes = crowd(name)
    order = np.random.default_rng([20261126, seed]).permutation(votes.tasks.size)
    order = order[np.argsort(votes.tasks[order], kind="stable")]
    sizes = np.bincount(votes.tasks)
    place = np.arange(order.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept = order[place < np.round(sizes * 0.8)[votes.tasks[order]]]
    return votes.tasks[kept], votes.annotators[kept], votes.codes[kept], votes.classes


def accuracy():
    """The mean of six orders of the votes; of all votes the default is right in .917."""
    found = [
        score(infer(*four_fifths("bluebird", seed)).probabilities, truth("bluebird")).accuracy for seed in range(6)
    ]
    return np.mean(found)


def test_four_fifths_of_the_votes_hardly_ever_turn_the_default_over():
    assert accuracy() >= 0.86


def test_without_annealing_they_often_do(monkeypatch):
    monkeypatch.setattr(stacking, "ANNEALED_VOTES", 0)

    assert accuracy() < 0.84


def test_a_fit_that_begins_where_it_ended_stays_there():
    votes = ballots(*four_fifths("bluebird", 0))
    once = fit(votes, Design(2, 0.1, **TWO))

    again = fit(votes, Design(2, 0.1, **TWO), begin=once)
    other = fit(votes, Design(2, 0.1, **TWO), begin=replace(once, states=once.states[:, ::-1]))

    assert np.abs(again.posterior - once.posterior).max() < 0.02
    # The same solution with every class under the other's name is one too; only where a fit begins says which.
    assert np.abs(other.posterior[:, ::-1] - once.posterior).max() < 0.1


def test_what_surely_foretells_better_is_kept_and_what_may_be_chance_is_not():
    votes = ballots(*four_fifths("bluebird", 0))
    held = latent.held_out(votes, fit(votes, Design(2, 0.1, **TWO)))

    def better_by(gains):
        return latent.Held(held.posterior, held.log_votes + np.repeat(gains, votes.sizes))

    # A tenth of a nat a vote, in every task alike; then in half of them, with nearly as much lost in the others.
    alike = np.full(votes.tasks, 0.1)
    mixed = np.where(np.arange(votes.tasks) % 2, 0.1, -0.09)

    assert stacking._is_surely_better(votes, better_by(alike + mixed / 10), held)
    assert not stacking._is_surely_better(votes, better_by(mixed), held)
    assert not stacking._is_surely_better(votes, held, held)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_many_votes_are_not_fitted_twice(engine, monkeypatch):
    begun = []
    monkeypatch.setattr(stacking, "ANNEALED_VOTES", 100)
    monkeypatch.setattr(
        latent, "_seen_in", lambda votes, states, real=latent._seen_in: begun.append(1) or real(votes, states)
    )
    random = np.random.default_rng(1)
    what, who = np.repeat(np.arange(60), 5), np.tile(np.arange(5), 60)
    codes = random.integers(0, 2, what.size)

    infer(what, who, codes, 2, engine=engine)
    few = what < 20
    assert not begun

    infer(what[few], who[few], codes[few], 2, engine=engine)
    assert len(begun) == 2
