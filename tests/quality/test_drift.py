"""One change point: found where there is one, seldom where there is none, with the interval and the evidence it claims."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta

from evenhand.quality.drift import FACTOR_MIN, SIDE_VOTES, change_of


def row(random, *parts):
    """Right and wrong answers: (how many, how often right) one after the other."""
    return np.concatenate([(random.random(count) < share).astype(float) for count, share in parts])


def likelihood(right, wrong):
    """The probability of so many right and wrong answers in their order, their share unknown, by numerical integration."""
    return quad(lambda p: p**right * (1 - p) ** wrong * beta.pdf(p, 0.5, 0.5), 0, 1, limit=200)[0]


def test_the_factor_is_the_ratio_of_probabilities_integrated_by_hand():
    credits = np.array([1.0] * 18 + [0.0] * 14)
    places = range(SIDE_VOTES, 32 - SIDE_VOTES + 1)
    split = [
        likelihood(credits[:place].sum(), place - credits[:place].sum())
        * likelihood(credits[place:].sum(), 32 - place - credits[place:].sum())
        for place in places
    ]
    expected = np.mean(split) / likelihood(18, 14)

    found = change_of(credits)

    assert found is not None
    assert found.factor == pytest.approx(expected, rel=1e-3)
    assert found.position == 18
    assert (found.sides.means.tolist(), found.sides.counts.tolist()) == ([1.0, 0.0], [18, 14])


@pytest.mark.parametrize("times", [60, pytest.param(200, marks=pytest.mark.drill)])
def test_a_fall_is_found_and_its_interval_holds_the_moment_as_often_as_it_says(times):
    random = np.random.default_rng(11)
    found = [change_of(row(random, (150, 0.88), (90, 0.6))) for _ in range(times)]

    there = [each for each in found if each is not None]
    assert len(there) >= 0.8 * times
    assert sum(each.low <= 150 <= each.high for each in there) >= 0.93 * len(there)
    assert all(each.sides.means[1] < each.sides.means[0] for each in there)


@pytest.mark.parametrize(("votes", "share"), [(40, 0.6), (240, 0.85), (1500, 0.97)])
def test_of_people_who_did_not_change_fewer_than_one_in_a_hundred_is_said_to_have(votes, share):
    random = np.random.default_rng(votes)

    assert sum(change_of(row(random, (votes, share))) is not None for _ in range(1000)) < 10


def test_too_few_answers_say_nothing():
    assert change_of([1.0] * SIDE_VOTES + [0.0] * (SIDE_VOTES - 1)) is None


def test_answers_judged_by_a_doubtful_truth_are_less_evidence():
    sure = change_of(np.array([1.0] * 40 + [0.0] * 40))
    doubtful = change_of(np.array([0.85] * 40 + [0.15] * 40))

    assert sure is not None
    assert doubtful is not None
    assert doubtful.factor < sure.factor


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1), max_size=120))
def test_whatever_it_is_given_it_answers_in_order_and_without_nan(credits):
    found = change_of(credits)

    if found is not None:
        assert SIDE_VOTES <= found.low <= found.position <= found.high <= len(credits) - SIDE_VOTES
        assert np.isfinite(found.factor)
        assert found.factor >= FACTOR_MIN
