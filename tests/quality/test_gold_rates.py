"""How often to deal gold, and which gold is likely to be wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evenhand.quality.beta import beta_below, beta_quantile, share_interval
from evenhand.quality.gold import ALARM, gold_health, gold_rate, passes_from
from tries import tries

shapes = st.floats(0.5, 5000)


# ---------------------------------------------------------------------------------------------------------- the Beta --
@given(shapes, shapes, st.floats(0, 1))
def test_how_much_lies_below_is_what_another_implementation_says(a: float, b: float, x: float) -> None:
    assert beta_below(x, a, b) == pytest.approx(stats.beta.cdf(x, a, b), abs=1e-9)


@given(st.lists(st.tuples(shapes, shapes), min_size=1, max_size=5), st.floats(0.01, 0.99))
def test_quantiles_are_what_another_implementation_says(pairs: list[tuple[float, float]], probability: float) -> None:
    a, b = np.array(pairs).T

    assert beta_quantile(probability, a, b) == pytest.approx(stats.beta.ppf(probability, a, b), abs=1e-8)


def test_the_interval_is_the_one_of_the_paper() -> None:
    """Brown, Cai & DasGupta 2001, table 5: n = 7, x = 1 gives (0.016, 0.501)."""
    low, high = share_interval([1], [7])

    assert (round(low[0], 3), round(high[0], 3)) == (0.016, 0.501)


def test_the_interval_holds_what_was_seen_and_reaches_the_end_that_was_never_left() -> None:
    low, high = share_interval([0, 5, 0], [5, 5, 0])

    assert (low[0], high[1]) == (0.0, 1.0)
    assert low[2] == 0.0 and high[2] == 1.0


def test_what_is_no_count_is_refused() -> None:
    with pytest.raises(ValueError, match="right lies in"):
        share_interval([6], [5])


# ---------------------------------------------------------------------------------------------------------- the rate --
def test_a_stranger_is_dealt_the_most_and_somebody_known_the_least() -> None:
    rates = gold_rate([0, 5, 95, 950], [0, 5, 100, 1000], 0.02, 0.1)

    assert rates[0] == pytest.approx(0.1)
    assert rates[-1] == rates[-2] == pytest.approx(0.02)
    assert rates[0] > rates[1] > rates[2]


@tries(10)
@given(st.integers(0, 400), st.integers(0, 400), st.floats(0, 0.5), st.floats(0, 0.5))
def test_the_rate_stays_within_its_bounds(right: int, wrong: int, one: float, other: float) -> None:
    lowest, highest = sorted((one, other))

    [rate] = gold_rate([right], [right + wrong], lowest, highest)

    assert lowest - 1e-12 <= rate <= highest + 1e-12


@tries(10)
@given(st.integers(1, 60))
def test_whoever_is_right_by_half_stays_unknown_for_longer(times: int) -> None:
    half, always = gold_rate([times, 2 * times], [2 * times, 2 * times], 0.0, 0.5)

    assert half >= always


def test_bounds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="lowest"):
        gold_rate([0], [0], 0.3, 0.1)


# ------------------------------------------------------------------------------------------------------- wrong gold --
def answered(
    tasks: int, people: int, accuracy: float, wrong: frozenset[int], seed: int
) -> tuple[list[int], list[int], list[int]]:
    """Everybody answers every task; a wrong one is answered as the known answer says by one in fifty."""
    draw = np.random.default_rng(seed)
    rows = [(task, person) for task in range(tasks) for person in range(people)]
    hits = [int(draw.random() < (0.02 if task in wrong else accuracy)) for task, _ in rows]
    return [task for task, _ in rows], [person for _, person in rows], hits


def test_gold_that_everybody_fails_is_suspect_and_no_other() -> None:
    health = gold_health(*answered(30, 8, 0.9, frozenset({3, 17}), seed=1))

    assert np.flatnonzero(health.is_suspect).tolist() == [3, 17]
    assert health.high[3] < health.expected[3]
    assert health.answers.tolist() == [8] * 30


@pytest.mark.parametrize("times", [60, pytest.param(300, marks=pytest.mark.drill)])
def test_a_false_alarm_is_as_rare_as_it_says(times: int) -> None:
    alarms = sum(gold_health(*answered(20, 6, 0.8, frozenset(), seed=seed)).is_suspect.any() for seed in range(times))

    assert alarms <= stats.binom.ppf(0.999, times, ALARM)


@pytest.mark.parametrize(("times", "alarms_max"), [(20, 1), pytest.param(60, 2, marks=pytest.mark.drill)])
def test_people_who_are_right_by_chance_accuse_no_gold(times: int, alarms_max: int) -> None:
    made = [answered(20, 6, 0.1, frozenset({0}), seed=seed) for seed in range(times)]

    assert sum(gold_health(*each).is_suspect.any() for each in made) <= alarms_max


def test_two_answers_are_too_few_to_suspect_anything() -> None:
    health = gold_health(*answered(60, 2, 0.99, frozenset({0}), seed=2))

    assert not health.is_suspect.any()


def test_a_person_with_no_other_gold_says_nothing() -> None:
    health = gold_health([1, 1, 1], [1, 2, 3], [0, 0, 0])

    assert health.expected[0] == pytest.approx(0.5)
    assert not health.is_suspect.any()


def test_the_tail_is_that_of_equal_coins_where_all_are_as_good() -> None:
    """Five people, right on 99 other tasks: one of them right on this one is a binomial tail, corrected for 100 tasks."""
    rest = [(task, person) for task in range(1, 100) for person in range(5)]
    tasks = [0] * 5 + [task for task, _ in rest]
    people = [*range(5)] + [person for _, person in rest]

    health = gold_health(tasks, people, [1, 0, 0, 0, 0] + [1] * len(rest))

    assert health.expected[0] == pytest.approx(99.5 / 100)
    assert health.p_values[0] == pytest.approx(100 * stats.binom.cdf(1, 5, 99.5 / 100))


def test_without_answers_there_is_no_health() -> None:
    assert gold_health([], [], []).task_numbers.size == 0


# ------------------------------------------------------------------------------------------------------------- exams --
def test_an_exam_is_passed_at_the_first_count_that_reaches_its_mark() -> None:
    assert passes_from(10, 0.8, "share") == 8
    assert passes_from(3, 0.6, "share") == 2
    assert passes_from(1, 0.01, "share") == 1


def test_by_the_lower_bound_more_must_be_right_or_nothing_passes() -> None:
    assert passes_from(20, 0.8, "lower-bound") == 20
    assert passes_from(10, 0.9, "lower-bound") is None


@tries(10)
@given(st.integers(1, 200), st.floats(0.01, 1.0))
def test_what_passes_by_the_lower_bound_passes_by_the_share(tasks: int, mark: float) -> None:
    share, bound = passes_from(tasks, mark, "share"), passes_from(tasks, mark, "lower-bound")

    assert share is not None
    assert bound is None or bound >= share


def test_an_exam_without_tasks_or_with_a_mark_beyond_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one task"):
        passes_from(0, 0.8, "share")
    with pytest.raises(ValueError, match="at least one task"):
        passes_from(5, 1.2, "share")
