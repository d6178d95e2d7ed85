"""Accuracy when the truth is only probable: credits, intervals, confusion, lean, windows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from evenhand.quality.accuracy import (
    accuracies,
    class_lean,
    credits_of,
    expected_confusion,
    signed_lean,
    windows_of,
    worth_of,
)

SURE = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.5, 0.5, 0.0]])


def test_where_the_truth_is_known_the_interval_is_jeffreys():
    # Brown, Cai & DasGupta 2001, section 4: a beta with x + 1/2 and n - x + 1/2; at the ends it is closed.
    found = accuracies([0] * 20 + [1] * 8 + [2] * 8, [1.0] * 15 + [0.0] * 5 + [1.0] * 8 + [0.0] * 8, 4)

    assert found.means.tolist() == [0.75, 1.0, 0.0, 0.0]
    assert found.lows[0] == pytest.approx(beta.ppf(0.025, 15.5, 5.5), abs=1e-9)
    assert found.highs[0] == pytest.approx(beta.ppf(0.975, 15.5, 5.5), abs=1e-9)
    assert found.highs[1] == 1.0
    assert found.lows[1] == pytest.approx(beta.ppf(0.025, 8.5, 0.5), abs=1e-9)
    assert (found.lows[2], found.lows[3], found.highs[3]) == (0.0, 0.0, 1.0)
    assert found.counts.tolist() == [20, 8, 8, 0]


def test_answers_judged_by_the_toss_of_a_coin_are_worth_half():
    assert worth_of(np.full(40, 0.5)) == pytest.approx(20.0)
    assert worth_of(np.array([1.0] * 30 + [0.0] * 10)) == pytest.approx(40.0)


@pytest.mark.parametrize("times", [100, pytest.param(400, marks=pytest.mark.drill)])
def test_the_interval_holds_the_accuracy_as_often_as_it_says_though_the_truth_is_only_probable(times):
    random = np.random.default_rng(3)
    held = 0
    for _ in range(times):
        # Of each of 80 answers it is known only with this probability that it is right, and so it then is.
        credits = random.beta(4.0, 1.0, 80)
        right = (random.random(80) < credits).mean()
        found = accuracies(np.zeros(80, dtype=int), credits, 1)
        held += found.lows[0] <= right <= found.highs[0]

    assert held >= 0.95 * times


@pytest.mark.parametrize("credits", [[1.2], [-0.1], [float("nan")]], ids=["above", "below", "nan"])
def test_what_is_no_probability_is_refused(credits):
    with pytest.raises(ValueError, match="outside"):
        accuracies([0], credits, 1)


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="length"):
        accuracies([0, 0], [1.0], 1)


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1)), max_size=60))
def test_every_interval_holds_its_mean_and_stays_within_its_bounds(votes):
    found = accuracies([group for group, _ in votes], [credit for _, credit in votes], 4)

    assert np.all((found.lows >= 0) & (found.lows <= found.means + 1e-12) & (found.means <= found.highs + 1e-12))
    assert np.all(found.highs <= 1)
    assert np.all((found.effective <= found.counts + 1e-9) & (found.effective >= found.counts / 2 - 1e-9))


def test_the_credit_of_a_vote_is_the_probability_of_what_it_says():
    assert credits_of(SURE, [0, 0, 3], [0, 1, 1]).tolist() == [1.0, 0.0, 0.5]


def test_confusion_counts_in_expectation_and_its_rows_are_the_true_classes():
    found = expected_confusion(SURE, [0, 1, 2, 3], [0, 0, 2, 1])

    assert found.tolist() == [[1.0, 0.5, 0.0], [1.0, 0.5, 0.0], [0.0, 0.0, 1.0]]


def test_whoever_says_one_thing_of_everything_leans_to_it():
    lean = class_lean(SURE, [0, 1, 2, 3], [1, 1, 1, 1])

    assert (lean.code, lean.count) == (1, 4)
    assert lean.value == pytest.approx(1 - 1.5 / 4)
    assert lean.low < lean.value < lean.high


def test_on_a_scale_the_lean_has_a_direction():
    # Two ends and a middle: said is wholly the second, true is wholly the first.
    value, low, high = signed_lean(SURE[[0, 0]], [0, 1], [2, 2], [-1.0, 0.0, 1.0])

    assert (value, low, high) == (2.0, 2.0, 2.0)


@pytest.mark.parametrize("lean", [class_lean, lambda *of: signed_lean(*of, [0.0, 1.0, 2.0])], ids=["class", "scale"])
def test_nobody_leans_without_votes(lean):
    with pytest.raises(ValueError, match="votes"):
        lean(SURE, [], [])


@pytest.mark.parametrize(("votes", "windows"), [(0, 0), (7, 1), (39, 1), (40, 2), (481, 24), (5000, 24)])
def test_stretches_of_time_have_as_many_answers_each(votes, windows):
    sizes = np.bincount(windows_of(votes)) if votes else np.zeros(0)

    assert sizes.size == windows
    assert sizes.size == 0 or sizes.max() - sizes.min() <= 1
    assert windows < 2 or sizes.min() >= 20
