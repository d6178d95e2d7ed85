"""Which of these belongs to which of those: checked against every possible assignment of small sets."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ontology.questions.assignment import hungarian, matched, set_distance


@st.composite
def cost_matrices(draw):
    rows, columns = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    cells = st.one_of(st.floats(0, 1), st.just(np.inf))
    values = draw(st.lists(cells, min_size=rows * columns, max_size=rows * columns))
    return np.array(values, dtype=float).reshape(rows, columns)


def every_matching(costs):
    rows, columns = costs.shape
    for size in range(min(rows, columns) + 1):
        for chosen in combinations(range(rows), size):
            for partners in permutations(range(columns), size):
                pairs = list(zip(chosen, partners, strict=True))
                if all(np.isfinite(costs[pair]) for pair in pairs):
                    yield pairs


def total(costs, pairs):
    return sum(costs[pair] for pair in pairs) + sum(costs.shape) - 2 * len(pairs)


@given(cost_matrices())
def test_no_other_matching_costs_less(costs):
    least = min(total(costs, pairs) for pairs in every_matching(costs))

    assert total(costs, matched(costs)) == pytest.approx(least, abs=1e-6)


@given(cost_matrices())
def test_every_one_is_matched_at_most_once_and_only_where_admissible(costs):
    pairs = matched(costs)

    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(np.isfinite(costs[pair]) for pair in pairs)


@given(cost_matrices())
def test_the_distance_of_two_sets_does_not_depend_on_who_comes_first(costs):
    assert set_distance(costs) == pytest.approx(set_distance(costs.T), abs=1e-6)
    assert 0.0 <= set_distance(costs) <= 1.0


def test_a_pair_that_costs_as_much_as_staying_alone_is_still_a_pair():
    costs = np.array([[1.0, 1.0], [1.0, 1.0]])

    assert len(matched(costs)) == 2


def test_missed_and_extra_things_cost_one_each():
    one_pair_one_missed = np.array([[0.0], [np.inf]])

    assert set_distance(one_pair_one_missed) == 0.5
    assert set_distance(np.zeros((0, 0))) == 0.0
    assert set_distance(np.zeros((3, 0))) == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_a_large_square_agrees_with_an_independent_solver(seed):
    optimize = pytest.importorskip("scipy.optimize")
    costs = np.random.default_rng(seed).random((40, 40))

    rows, columns = optimize.linear_sum_assignment(costs)

    assert costs[np.arange(40), hungarian(costs)].sum() == pytest.approx(costs[rows, columns].sum())
