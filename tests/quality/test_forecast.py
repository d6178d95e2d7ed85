"""The forecast of the finish: a fan that covers, keeps to the day's rhythm, and says when it does not know."""

import numpy as np
import pytest

from evenhand.quality.forecast import forecast
from evenhand.quality.undefined import ForecastUndefined

OFFICE_DAY = [0] * 9 + [20] * 8 + [0] * 7


def test_a_steady_pace_finishes_when_division_says():
    made = forecast([10] * 12, 100, seed=1)

    assert made.hours == made.low == made.high == pytest.approx(10.0)
    assert (made.answers, made.periods, made.period_hours) == (120, 12, 1)


def test_days_are_kept_whole_so_nights_are_not_worked():
    made = forecast(OFFICE_DAY * 5, 160 * 3 + 80, seed=1)

    assert made.period_hours == 24
    # The history starts with its first answer, at 9, and ends at midnight; half a day's answers are in at 13.
    assert made.hours == pytest.approx(3 * 24 + 13)


def test_hours_before_the_first_answer_do_not_slow_the_pace():
    assert forecast([0] * 500 + [10] * 12, 100, seed=1).hours == pytest.approx(10.0)


def test_nothing_left_is_done_now():
    assert forecast([3, 4], 0, seed=1).high == 0.0


def test_the_same_seed_gives_the_same_fan():
    history = np.random.default_rng(1).poisson(5, size=200)

    assert forecast(history, 4000, seed=3) == forecast(history, 4000, seed=3)
    assert forecast(history, 4000, seed=3) != forecast(history, 4000, seed=4)


def test_more_left_and_less_confidence_move_the_fan_as_they_should():
    history = np.random.default_rng(1).poisson(5, size=48)

    near, far = forecast(history, 500, seed=1), forecast(history, 1000, seed=1)
    narrow = forecast(history, 500, seed=1, confidence=0.5)

    assert near.low < near.hours < near.high < far.high
    assert near.low < narrow.low < narrow.high < near.high


def test_the_fan_covers_the_finish_about_as_often_as_it_says():
    random = np.random.default_rng(7)
    covered = 0
    for seed in range(200):
        hours = random.negative_binomial(2, 0.1, size=3000)
        made = forecast(hours[:48], 2000, seed=seed)
        finish = int(np.argmax(np.cumsum(hours[48:]) >= 2000)) + 0.5
        covered += made.low - 0.5 <= finish <= made.high + 0.5

    # 80 % of 200 is 160, within what a bootstrap of 48 hours can promise.
    assert 145 <= covered <= 185


@pytest.mark.parametrize(
    ("history", "remaining", "reason"),
    [
        ([], 5, "no-answers"),
        ([0, 0, 0], 5, "no-answers"),
        ([0, 4], 5, "too-short"),
        ([1] + [0] * 100, 10**6, "too-far"),
        ([1] * 10, 10**9, "too-far"),
    ],
)
def test_what_the_pace_does_not_say_raises(history, remaining, reason):
    with pytest.raises(ForecastUndefined) as refused:
        forecast(history, remaining, seed=1)

    assert refused.value.reason == reason


def test_counts_below_zero_are_refused():
    with pytest.raises(ValueError, match="below 0"):
        forecast([1, -1], 5, seed=1)
