"""Gwet's AC1 and AC2 against the values that its author's own package prints, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.quality.gwet import AC1, AC2, gwet_ac, gwet_agreement, gwet_error
from evenhand.quality.undefined import AgreementUndefined

# The sets of irrCAC (K. L. Gwet), whose vignette "overview" prints the coefficients and standard errors below.
RAW_4_RATERS = ["11-1", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "-555", "--11", "--3-"]
SIX_RATERS = [
    (0, 0, 0, 6, 0), (0, 3, 0, 0, 3), (0, 1, 4, 0, 1), (0, 0, 0, 0, 6), (0, 3, 0, 3, 0),
    (2, 0, 4, 0, 0), (0, 0, 4, 0, 2), (2, 0, 3, 1, 0), (2, 0, 0, 4, 0), (0, 0, 0, 0, 6),
    (1, 0, 0, 5, 0), (1, 1, 0, 4, 0), (0, 3, 3, 0, 0), (1, 0, 0, 5, 0), (0, 2, 0, 3, 1),
]  # fmt: skip
ABSTRACTORS = [(13, 0, 0), (0, 20, 7), (0, 4, 56)]


def raw() -> tuple[list[int], list[int]]:
    """Tasks and codes of the twelve subjects that four raters saw, some of them not all."""
    pairs = [(task, int(each) - 1) for task, row in enumerate(RAW_4_RATERS) for each in row if each != "-"]
    return [task for task, _ in pairs], [code for _, code in pairs]


def six() -> tuple[list[int], list[int]]:
    """Fifteen patients, six psychiatrists each."""
    pairs = [
        (task, code) for task, row in enumerate(SIX_RATERS) for code, count in enumerate(row) for _ in range(count)
    ]
    return [task for task, _ in pairs], [code for _, code in pairs]


def table() -> tuple[list[int], list[int]]:
    """A hundred records, two abstractors, as a contingency table."""
    pairs = [
        (one, other) for one, row in enumerate(ABSTRACTORS) for other, count in enumerate(row) for _ in range(count)
    ]
    return [task for task in range(len(pairs)) for _ in range(2)], [code for pair in pairs for code in pair]


@pytest.mark.parametrize(
    ("votes", "classes", "value", "error"),
    [
        (raw(), 5, 0.77544, 0.14295),
        (six(), 5, 0.4448007, 0.08418757),
        # Of two raters the package divides by 100 tasks where it divides by one less for several.
        (table(), 3, 0.8493305, 0.04321747 * (100 / 99) ** 0.5),
    ],
    ids=["four raters, some missing", "six raters", "two raters"],
)
def test_ac1_and_its_standard_error_are_those_that_its_author_prints(votes, classes, value, error):
    assert gwet_ac(*votes, classes) == pytest.approx(value, abs=5e-6)
    assert gwet_error(*votes, classes) == pytest.approx(error, abs=5e-6)


def test_ac2_is_the_definition_summed_by_hand():
    tasks, codes, classes = *raw(), 5
    weights = [[1 - ((k - j) / 4) ** 2 for j in range(classes)] for k in range(classes)]
    rows = [[int(each) - 1 for each in row if each != "-"] for row in RAW_4_RATERS]
    paired = [row for row in rows if len(row) > 1]
    agreeing = np.mean(
        [np.mean([weights[a][b] for i, a in enumerate(row) for j, b in enumerate(row) if i != j]) for row in paired]
    )
    used = np.mean([[row.count(k) / len(row) for k in range(classes)] for row in rows], axis=0)
    by_chance = np.sum(weights) / (classes * (classes - 1)) * np.sum(used * (1 - used))

    found = gwet_agreement(tasks, codes, classes, "quadratic", seed=0)

    assert found.value == pytest.approx((agreeing - by_chance) / (1 - by_chance))
    assert (found.coefficient, found.level) == (AC2, "ordinal")


def test_the_bootstrap_interval_has_the_width_of_its_authors_error():
    random = np.random.default_rng(5)
    truth = random.integers(0, 3, 600)
    votes = np.where(random.random((600, 4)) < 0.8, truth[:, None], random.integers(0, 3, (600, 4)))
    tasks, codes = np.repeat(np.arange(600), 4), votes.reshape(-1)

    found = gwet_agreement(tasks, codes, 3, seed=0)

    assert (found.high - found.low) / 2 == pytest.approx(1.96 * gwet_error(tasks, codes, 3), rel=0.08)
    assert found.low < found.value < found.high
    assert (found.tasks, found.votes, found.coefficient) == (600, 2400, AC1)


def test_where_all_votes_are_the_same_it_is_one_and_not_undefined():
    assert gwet_ac([1, 1, 2, 2], [0, 0, 0, 0], 3) == 1.0


def test_it_holds_where_nearly_all_votes_are_of_one_class():
    tasks, codes = np.repeat(np.arange(100), 2), np.zeros(200, dtype=int)
    codes[[0, 3]] = 1

    assert gwet_ac(tasks, codes, 2) > 0.97


@pytest.mark.parametrize(
    ("tasks", "reason"), [([1, 2, 3], "no-pairs"), ([1, 1], "one-task"), ([], "no-pairs")], ids=["apart", "one", "none"]
)
def test_too_little_to_say_is_said(tasks, reason):
    with pytest.raises(AgreementUndefined) as refused:
        gwet_agreement(tasks, [0] * len(tasks), 2, seed=0)

    assert refused.value.reason == reason


@pytest.mark.parametrize("codes", [[0, 5], [-1, 0]], ids=["above", "below"])
def test_a_code_that_the_question_does_not_have_is_refused(codes):
    with pytest.raises(ValueError, match="outside"):
        gwet_ac([1, 1], codes, 3)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 3)), min_size=2, max_size=50), st.permutations(range(4)))
def test_it_does_not_depend_on_order_or_on_how_classes_are_numbered(votes, names):
    tasks = [task for task, _ in votes]
    try:
        value = gwet_ac(tasks, [code for _, code in votes], 4)
    except AgreementUndefined:
        return

    assert -1.0 <= value <= 1.0
    assert gwet_ac(tasks[::-1], [names[code] for _, code in reversed(votes)], 4) == pytest.approx(value)
