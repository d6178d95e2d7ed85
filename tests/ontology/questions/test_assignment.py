"""Which of these belongs to which of those: checked against every possible assignment of small sets."""

from __future__ import annotations

from itertools import combinations, permutations, product
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ontology.questions.assignment import cheapest, matched, set_distance


@st.composite
def cost_tables(draw):
    """Costs of some of the pairs of up to five with up to five others, and how many there are on either side."""
    ours, theirs = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    pairs = list(product(range(ours), range(theirs)))
    return {pair: draw(st.floats(0, 1)) for pair in pairs if draw(st.booleans())}, ours, theirs


def every_matching(costs, ours, theirs):
    for size in range(min(ours, theirs) + 1):
        for chosen in combinations(range(ours), size):
            for partners in permutations(range(theirs), size):
                pairs = list(zip(chosen, partners, strict=True))
                if all(pair in costs for pair in pairs):
                    yield pairs


def total(costs, ours, theirs, pairs):
    return sum(costs[pair] for pair in pairs) + ours + theirs - 2 * len(pairs)


@given(cost_tables())
def test_no_other_matching_costs_less(table):
    least = min(total(*table, pairs) for pairs in every_matching(*table))

    assert total(*table, matched(table[0])) == pytest.approx(least, abs=1e-6)


@given(cost_tables())
def test_every_one_is_matched_at_most_once_and_only_where_admissible(table):
    pairs = matched(table[0])

    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs)
    assert all(pair in table[0] for pair in pairs)


@given(cost_tables())
def test_the_distance_of_two_sets_does_not_depend_on_who_comes_first(table):
    costs, ours, theirs = table
    turned = {(j, i): cost for (i, j), cost in costs.items()}

    assert set_distance(costs, ours, theirs) == pytest.approx(set_distance(turned, theirs, ours), abs=1e-6)
    assert 0.0 <= set_distance(costs, ours, theirs) <= 1.0


def test_among_equal_totals_the_larger_matching_wins():
    one_cheap_or_two_dear = {(0, 0): 0.0, (0, 1): 1.0, (1, 0): 1.0}

    assert matched(one_cheap_or_two_dear) == [(0, 1), (1, 0)]


def test_missed_and_extra_things_cost_one_each():
    assert set_distance({(0, 0): 0.0}, 2, 1) == 0.5
    assert set_distance({}, 0, 0) == 0.0
    assert set_distance({}, 3, 0) == 1.0


@pytest.mark.parametrize("shape", [(40, 40), (25, 40), (40, 25)])
def test_a_large_matrix_agrees_with_an_independent_solver(shape):
    optimize = pytest.importorskip("scipy.optimize")
    costs = np.random.default_rng(7).random(shape)

    rows, columns = optimize.linear_sum_assignment(costs)

    assert sum(costs[pair] for pair in cheapest(costs)) == pytest.approx(costs[rows, columns].sum())


def test_five_hundred_scattered_regions_and_two_hundred_crowded_ones_stay_quick():
    random = np.random.default_rng(1)
    scattered = {(i, j): float(random.random()) for i in range(500) for j in range(i, min(i + 2, 500))}
    crowded = {(i, j): float(random.random()) for i in range(200) for j in range(200)}

    started = perf_counter()
    assert len(matched(scattered)) > 450
    assert len(matched(crowded)) == 200
    assert perf_counter() - started < 30
