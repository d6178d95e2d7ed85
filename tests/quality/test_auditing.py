"""The audited statement: what it says, what it costs, and that it holds whatever annotators do."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.quality.auditing import Audit, audited_error, audits_needed, bounds_over_time, most_errors, rate_needed

SIMULATIONS = 1000
TASKS = 3000
RATE = 0.1
# Of 1,000 fair tries at 5 %, more than 67 violations are less likely than one in a hundred.
ALLOWED = 67


def independent(random):
    return random.random(TASKS) < 0.06


def drifting(random):
    """From careful to careless and back, at a pace of one's own."""
    phase = random.random() * 2 * math.pi
    return random.random(TASKS) < 0.1 * (1 + np.sin(phase + np.arange(TASKS) / random.integers(100, 1500))) / 2


def correlated(random):
    """All who share a wrong idea are wrong together, for stretches of a few hundred tasks."""
    stretch = random.integers(50, 400)
    return np.repeat(random.random(TASKS // stretch + 1) < 0.08, stretch)[:TASKS]


def colluding(random, drawn):
    """They watch what was audited so far and cheat after every audit that found nothing, until they are found out."""
    wrong = np.zeros(TASKS, dtype=bool)
    is_bold = False
    for task in range(TASKS):
        wrong[task] = is_bold and random.random() < 0.5
        if drawn[task]:
            is_bold = not wrong[task]
    return wrong


def violations(errors_of, *, peeks=False, bound=None):
    """In how many simulations the statement was wrong at any moment, of SIMULATIONS."""
    table = np.array([most_errors(found, RATE) if bound is None else bound(found) for found in range(400)])
    count = 0
    for seed in range(SIMULATIONS):
        random = np.random.default_rng([20261126, seed])
        drawn = random.random(TASKS) < RATE
        wrong = errors_of(random, drawn) if errors_of is colluding else errors_of(random)
        if peeks:
            wrong = wrong & (~drawn | (random.random(TASKS) < 0.5))
        count += bool((np.cumsum(wrong) > table[np.cumsum(wrong & drawn)]).any())
    return count


@pytest.mark.parametrize("errors_of", [independent, drifting, correlated], ids=lambda each: each.__name__)
def test_the_statement_is_violated_at_any_moment_in_at_most_67_of_1000_simulations(errors_of):
    assert violations(errors_of) <= ALLOWED


def test_it_holds_against_annotators_who_watch_the_audits_and_cheat_in_between():
    assert violations(colluding) <= ALLOWED


def test_lots_that_annotators_could_foretell_would_break_it():
    assert violations(independent, peeks=True) > ALLOWED


def test_a_bound_for_one_moment_only_would_be_broken_by_looking_again_and_again():
    def exact(
        found,
    ):  # of Poisson counts, one-sided 95 % (Garwood 1936), by the chi-squared quantile that Wilson and Hilferty give
        freedom = 2 * (found + 1)
        return freedom * (1 - 2 / (9 * freedom) + 1.6449 * math.sqrt(2 / (9 * freedom))) ** 3 / 2 / RATE

    assert violations(independent, bound=exact) > ALLOWED


def test_without_an_error_59_audits_say_five_percent_and_295_one():
    assert audits_needed(0.05) == 59
    assert audits_needed(0.01) == 295


def test_each_error_found_asks_for_more_audits():
    prices = [audits_needed(0.05, errors=errors) for errors in range(6)]

    assert prices == sorted(set(prices))


def test_what_was_paid_for_can_be_said():
    tasks = 20 * 59
    audits = np.zeros(tasks, dtype=int)
    audits[:59] = Audit.RIGHT

    said = audited_error(np.full(tasks, 0.05), audits)

    assert said.upper <= 0.05
    assert (said.estimate, said.tasks, said.audited, said.errors, said.pending) == (0.0, tasks, 59, 0, 0)


def test_where_every_task_is_audited_nothing_is_left_to_suppose():
    said = audited_error(np.ones(100), [Audit.WRONG] * 7 + [Audit.RIGHT] * 93)

    assert said.upper == pytest.approx(0.07)
    assert said.estimate == pytest.approx(0.07)


def test_an_audit_that_waits_counts_as_an_error_until_it_is_done():
    rates = np.full(1000, 0.1)
    done = audited_error(rates, [Audit.RIGHT] * 100 + [Audit.NOT_DRAWN] * 900)

    waiting = audited_error(rates, [Audit.RIGHT] * 99 + [Audit.PENDING] + [Audit.NOT_DRAWN] * 900)

    assert waiting.upper > done.upper
    assert (waiting.pending, waiting.errors, waiting.estimate) == (1, 0, 0.0)


def test_errors_that_nobody_saw_stand_where_they_were_least_likely_to_be_seen():
    audits = [Audit.RIGHT] * 50 + [Audit.NOT_DRAWN] * 950
    alike = audited_error(np.full(1000, 0.05), audits)

    apart = audited_error([0.05] * 500 + [0.001] * 500, audits)

    assert apart.upper > alike.upper
    assert apart.upper > 0.5


def test_before_anything_was_audited_everything_may_be_wrong():
    said = audited_error(np.full(20, 0.01), np.zeros(20, dtype=int))

    assert (said.upper, said.estimate) == (1.0, None)


def test_without_a_task_nothing_is_wrong():
    said = audited_error([], [])

    assert (said.upper, said.estimate, said.tasks) == (0.0, None, 0)


@given(st.lists(st.tuples(st.floats(0.01, 1.0), st.sampled_from(list(Audit))), max_size=60), st.randoms())
def test_the_order_of_tasks_changes_nothing_and_the_bound_is_never_below_what_was_found(tasks, random):
    said = audited_error([rate for rate, _ in tasks], [audit for _, audit in tasks])
    random.shuffle(tasks)

    again = audited_error([rate for rate, _ in tasks], [audit for _, audit in tasks])

    assert again.upper == pytest.approx(said.upper)
    assert 0.0 <= said.upper <= 1.0
    assert said.upper * said.tasks >= said.errors - 1e-9


@pytest.mark.parametrize(
    ("rates", "audits", "said"),
    [
        ([0.1], [0, 0], "different length"),
        ([1.5], [0], "outside 0 .. 1"),
        ([math.nan], [0], "outside 0 .. 1"),
        ([0.5], [4], "none of those"),
        ([0.0], [1], "whose rate is 0"),
    ],
)
def test_what_cannot_be_is_refused(rates, audits, said):
    with pytest.raises(ValueError, match=said):
        audited_error(rates, audits)


@pytest.mark.parametrize("delta", [0.0, 1.0, -0.1, math.nan])
def test_a_risk_must_lie_between_0_and_1(delta):
    with pytest.raises(ValueError, match="delta"):
        audited_error([0.5], [1], delta=delta)


@pytest.mark.parametrize(("share", "tasks", "audits"), [(0.05, 100_000, 59), (0.01, 100_000, 296), (0.05, 200, 53)])
def test_the_rate_that_is_needed_costs_what_the_screen_says(share, tasks, audits):
    rate = rate_needed(share, tasks)

    assert rate * tasks == pytest.approx(audits, abs=6)
    found = audited_error(np.full(tasks, rate), np.where(np.arange(tasks) < audits, Audit.RIGHT, Audit.NOT_DRAWN))
    assert found.upper <= share


def test_the_bound_at_each_moment_is_that_of_the_audits_done_by_then():
    tasks, rate, wrong = 400, 0.1, np.arange(40) == 7

    bounds = bounds_over_time(tasks, rate, 40, wrong)

    for done in (0, 7, 8, 40):
        known = np.full(tasks, Audit.NOT_DRAWN)
        known[:40] = Audit.PENDING
        known[:done] = np.where(wrong[:done], Audit.WRONG, Audit.RIGHT)
        assert bounds[done] == audited_error(np.full(tasks, rate), known).upper
    with pytest.raises(ValueError):
        bounds_over_time(tasks, rate, 39, wrong)


def test_of_few_tasks_all_are_drawn_and_then_all_is_known():
    assert rate_needed(0.05, 5) == 1.0
    assert audited_error(np.ones(5), np.full(5, Audit.RIGHT)).upper == 0.0


def test_a_share_or_a_number_of_tasks_that_makes_no_sense_is_refused():
    for share, tasks in ((0.0, 10), (1.0, 10), (0.05, 0)):
        with pytest.raises(ValueError):
            rate_needed(share, tasks)
