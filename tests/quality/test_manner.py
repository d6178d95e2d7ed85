"""How somebody's answers were made beside others': what calls for a look, and what chance or too few people explain."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.quality.manner import PEOPLE_MIN, beside_others


def everybody_answers(people: int, tasks: int) -> tuple[np.ndarray, np.ndarray]:
    """(tasks, annotators) of a crowd in which everybody answers every task."""
    return np.repeat(np.arange(tasks), people), np.tile(np.arange(people), tasks)


def test_whoever_does_what_others_never_do_is_seen_and_the_others_are_not() -> None:
    tasks, people = everybody_answers(5, 40)

    found = beside_others(tasks, people, people == 2, 5)

    assert (found[2].shared, found[2].count) == (40, 40)
    assert found[2].expected < 1.0
    assert found[2].chance is not None
    assert found[2].chance < 1e-9
    assert [each.chance for each in found if each.count == 0] == [1.0] * 4


def test_what_everybody_does_on_a_task_is_expected_of_each() -> None:
    tasks, people = everybody_answers(5, 40)

    found = beside_others(tasks, people, tasks < 20, 5)

    for each in found:
        assert each.count == 20
        assert each.expected == pytest.approx(20.0, abs=2.0)
        assert each.chance is not None
        assert each.chance > 0.5


def test_the_bound_is_chernoffs_of_the_sum_times_the_people_who_were_judged() -> None:
    # Of 4 people on 20 tasks one does it 10 times. Three others never: their rate over all 60 answers is 0.5 / 61.
    tasks, people = everybody_answers(4, 20)

    found = beside_others(tasks, people, (people == 0) & (tasks < 10), 4)

    expected = 20 * (2.0 * 0.5 / 61.0) / (3.0 + 2.0)
    assert found[0].expected == pytest.approx(expected)
    assert found[0].chance == pytest.approx(4 * math.exp(10 - expected) * (expected / 10) ** 10)


def test_where_too_few_people_or_answers_are_known_nobody_is_judged() -> None:
    few_people = beside_others(*everybody_answers(PEOPLE_MIN - 1, 40), np.ones(3 * 40, dtype=bool), 3)
    few_answers = beside_others(*everybody_answers(5, 19), np.ones(5 * 19, dtype=bool), 5)
    alone = beside_others(np.arange(40), np.zeros(40, dtype=int), np.ones(40, dtype=bool), 1)
    nobody = beside_others([], [], [], 2)

    assert {each.chance for each in [*few_people, *few_answers, *alone, *nobody]} == {None}
    assert (alone[0].shared, alone[0].count) == (0, 0)


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="different length"):
        beside_others([0, 1], [0], [True], 1)


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 1.0))
def test_the_order_of_rows_changes_nothing_and_no_figure_is_out_of_range(seed: int, rate: float) -> None:
    random = np.random.default_rng(seed)
    tasks, people = everybody_answers(6, 30)
    is_so = random.random(tasks.size) < rate
    order = random.permutation(tasks.size)

    found = beside_others(tasks, people, is_so, 6)

    shuffled = beside_others(tasks[order], people[order], is_so[order], 6)
    assert [each.count for each in shuffled] == [each.count for each in found]
    assert [each.expected for each in shuffled] == pytest.approx([each.expected for each in found])
    for each in found:
        assert each.count <= each.shared == 30
        assert 0.0 < each.expected < 30.0
        assert each.chance is not None
        assert 0.0 <= each.chance <= 1.0


def test_of_a_thousand_crowds_alike_hardly_any_has_anybody_who_is_seen() -> None:
    random = np.random.default_rng(7)
    tasks, people = everybody_answers(8, 40)

    seen = sum(
        any(each.chance is not None and each.chance <= 0.01 for each in beside_others(tasks, people, so, 8))
        for so in (random.random((1000, tasks.size)) < 0.2)
    )

    assert seen <= 20
