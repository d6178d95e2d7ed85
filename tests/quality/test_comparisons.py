"""Ranking by comparisons: what it recovers, what must always hold, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.quality.ranking import DENSE_MAX, rank
from evenhand.quality.undefined import RankingUndefined

LEFT, TIE, RIGHT = -1, 0, 1


def simulated(random, items, people, votes, *, reliabilities=None, lean=0.0, tie=0.0, spread=1.0):
    """Votes drawn from the model itself."""
    strengths = random.normal(0, spread, items)
    strengths -= strengths.mean()
    scale = np.ones(people) if reliabilities is None else reliabilities
    who = random.integers(0, people, votes)
    left = random.integers(0, items, votes)
    right = (left + random.integers(1, items, votes)) % items
    half = scale[who] * (strengths[left] - strengths[right] + lean) / 2
    parts = np.stack([np.exp(half), np.full(votes, tie), np.exp(-half)], axis=1)
    drawn = (random.random(votes)[:, None] > np.cumsum(parts / parts.sum(axis=1, keepdims=True), axis=1)).sum(axis=1)
    return strengths, who, left, right, drawn - 1


@st.composite
def comparisons(draw):
    size = draw(st.integers(1, 60))
    one_of = lambda limit: draw(st.lists(st.integers(0, limit), min_size=size, max_size=size))  # noqa: E731
    left = np.array(one_of(5))
    right = (left + 1 + np.array(one_of(4))) % 6
    return np.array(one_of(3)), left, right, np.array(one_of(2)) - 1


def test_strengths_reliabilities_lean_and_ties_are_recovered():
    random = np.random.default_rng(1)
    reliabilities = random.normal(1.0, 0.4, 40)
    reliabilities /= reliabilities.mean()
    strengths, *votes = simulated(random, 20, 40, 60_000, reliabilities=reliabilities, lean=0.3, tie=0.8)

    found = rank(*votes)

    assert found.has_converged
    assert np.abs(found.strengths - strengths).max() < 0.12
    assert np.abs(found.reliabilities - reliabilities).max() < 0.25
    assert found.lean == pytest.approx(0.3, abs=0.05)
    assert found.tie == pytest.approx(0.8, abs=0.05)


def test_an_annotator_who_prefers_the_worse_item_is_told_and_helps():
    random = np.random.default_rng(2)
    reliabilities = np.where(np.arange(30) < 9, -1.0, 1.0)
    strengths, *votes = simulated(random, 30, 30, 3_000, reliabilities=reliabilities)

    found, plain = rank(*votes), rank(*votes, with_reliability=False)

    assert (found.reliability_highs[:9] < 0).all()
    assert (found.reliability_lows[9:] > 0).all()
    assert np.corrcoef(found.strengths, strengths)[0, 1] > np.corrcoef(plain.strengths, strengths)[0, 1] + 0.01


def test_coins_are_told_from_judges():
    random = np.random.default_rng(3)
    reliabilities = np.where(np.arange(20) < 6, 0.0, 1.0)
    _, *votes = simulated(random, 15, 20, 8_000, reliabilities=reliabilities)

    found = rank(*votes)

    assert found.reliability_highs[:6].max() < found.reliability_lows[6:].min()


def test_ninety_five_percent_intervals_hold_the_truth_about_as_often():
    inside = total = 0
    for seed in range(60):
        strengths, *votes = simulated(np.random.default_rng([4, seed]), 12, 8, 1_500, tie=0.5, lean=0.2)
        found = rank(*votes)
        inside += int(((found.lows < strengths) & (strengths < found.highs)).sum())
        total += strengths.size

    assert 0.92 <= inside / total <= 0.98


def test_it_stands_where_its_own_posterior_is_highest():
    """The slope of the log posterior, taken by differences from the definition, is 0 there."""
    _, who, left, right, outcomes = simulated(np.random.default_rng(5), 6, 3, 400, tie=0.6)
    found = rank(who, left, right, outcomes, with_reliability=False)
    variance = float(np.mean(found.strengths**2))

    def log_likelihood(strengths, tie):
        half = (strengths[left] - strengths[right] + found.lean) / 2
        parts = np.stack([np.exp(half), np.full(half.size, tie), np.exp(-half)], axis=1)
        return np.log(parts[np.arange(half.size), outcomes + 1] / parts.sum(axis=1)).sum()

    for item in range(6):
        nudge = np.eye(6)[item] * 1e-5
        up = log_likelihood(found.strengths + nudge, found.tie)
        down = log_likelihood(found.strengths - nudge, found.tie)
        slope = (up - down) / 2e-5
        # What is left of the slope is what the prior holds against it.
        assert abs(slope) <= abs(found.strengths[item]) / variance + 0.05
    up, down = (log_likelihood(found.strengths, found.tie * each) for each in (1.0001, 0.9999))
    assert (up - down) / 0.0002 == pytest.approx(0.0, abs=0.05)


@settings(deadline=None)
@given(comparisons())
def test_every_figure_is_finite_and_lies_in_its_interval(votes):
    found = rank(*votes)

    for low, value, high in [
        (found.lows, found.strengths, found.highs),
        (found.reliability_lows, found.reliabilities, found.reliability_highs),
        (found.lean_low, found.lean, found.lean_high),
    ]:
        assert np.isfinite([low, value, high]).all()
        assert np.all(low <= value) and np.all(value <= high)
    assert abs(found.strengths.sum()) < 1e-9
    assert found.comparisons.sum() == 2 * found.votes.sum() == 2 * votes[0].size


@settings(deadline=None, max_examples=50)
@given(comparisons(), st.permutations(range(6)))
def test_other_names_for_items_change_nothing_else(votes, names):
    who, left, right, outcomes = votes
    renamed = np.array(names)

    found, again = rank(who, left, right, outcomes), rank(who, renamed[left], renamed[right], outcomes)

    places = np.searchsorted(again.item_numbers, renamed[found.item_numbers])
    assert np.allclose(again.strengths[places], found.strengths, atol=1e-6)


@settings(deadline=None, max_examples=50)
@given(comparisons())
def test_shown_the_other_way_round_only_the_lean_turns(votes):
    who, left, right, outcomes = votes

    found, turned = rank(who, left, right, outcomes), rank(who, right, left, -outcomes)

    assert np.allclose(found.strengths, turned.strengths, atol=1e-6)
    assert found.lean == pytest.approx(-turned.lean, abs=1e-6)


def test_what_two_items_will_be_is_said_with_ties():
    found = rank([1, 1, 1, 2, 2, 2], [10] * 6, [20] * 6, [LEFT, LEFT, TIE, LEFT, RIGHT, LEFT])

    chances = found.chances([10, 20, 10], [20, 10, 10])

    assert np.allclose(chances.sum(axis=1), 1.0)
    assert chances[0, 0] > chances[0, 2] and np.allclose(chances[0], chances[1, ::-1])
    assert chances[2, 0] == pytest.approx(chances[2, 2])
    assert chances[2, 1] == pytest.approx(found.tie / (2 + found.tie))


def test_an_item_that_was_never_compared_has_no_chance_to_tell():
    found = rank([1], [10], [20], [LEFT])

    with pytest.raises(KeyError, match="30"):
        found.chances([10], [30])


def test_many_items_give_what_few_would_by_the_other_way_of_solving(monkeypatch):
    _, *votes = simulated(np.random.default_rng(6), 40, 10, 4_000, tie=0.3)
    exact = rank(*votes)
    monkeypatch.setattr("evenhand.quality.ranking.DENSE_MAX", 10)

    found = rank(*votes)

    assert DENSE_MAX > 40
    assert np.allclose(found.strengths, exact.strengths, atol=1e-5)


def test_items_that_nothing_joins_keep_wide_intervals():
    joined = rank([1] * 40, [1, 2] * 20, [2, 1] * 20, [LEFT, RIGHT] * 20)
    apart = rank([1] * 80, [1, 2] * 20 + [3, 4] * 20, [2, 1] * 20 + [4, 3] * 20, [LEFT, RIGHT] * 40)

    assert (apart.highs - apart.lows).min() > 0
    assert np.isfinite(apart.strengths).all() and joined.strengths[0] > joined.strengths[1]


def test_only_ties_rank_nobody_above_anybody():
    found = rank([1, 2, 3], [1, 2, 3], [2, 3, 1], [TIE] * 3)

    assert np.allclose(found.strengths, 0.0, atol=1e-9)


@pytest.mark.parametrize(
    ("votes", "reason"),
    [
        (([], [], [], []), "no-votes"),
        (([1], [1], [2], [2]), "outcome"),
        (([1], [1], [2], [0.5]), "outcome"),
        (([1], [2], [2], [1]), "itself"),
        (([1], [1, 2], [2], [1]), "columns"),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)
def test_what_is_no_comparison_is_refused_with_its_place(votes, reason):
    with pytest.raises(RankingUndefined) as refused:
        rank(*votes)

    assert refused.value.reason == reason
    assert refused.value.hint
