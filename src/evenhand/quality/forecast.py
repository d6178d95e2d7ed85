"""When the work will be done: a fan of futures resampled from the pace so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenhand.quality.undefined import ForecastUndefined
from evenhand.quality.votes import Floats, Integers

HOURS_A_DAY = 24
DAYS_MAX = 3650
FUTURES = 1000


@dataclass(frozen=True, slots=True)
class Forecast:
    """Hours from the end of the history until the last answer: half of the futures end by `hours`.

    low, high: the central interval at `confidence`; an interval on the finish, not on the mean pace.
    answers, periods: what it stands on: how many answers, over how many periods of `period_hours`.
    """

    hours: float
    low: float
    high: float
    confidence: float
    answers: int
    periods: int
    period_hours: int


def forecast(answers_by_hour: npt.ArrayLike, remaining: int, *, seed: int, confidence: float = 0.8) -> Forecast:
    """Forecast the finish from hourly counts.

    answers_by_hour: shape (hours,), answers in each past hour, oldest first, idle hours as 0; hours before the very first
        answer are ignored. remaining: answers still wanted.

    People work by the day, so three days of history or more are resampled in whole days, ending now, which keeps nights and
    pauses; a shorter history is resampled by the hour. Each future first resamples the history (we do not know the pace),
    then draws its own days from it (the pace varies). The same seed gives the same forecast.

    Raises ForecastUndefined: "no-answers", "too-short" (fewer than three periods), "too-far" (the late end lies beyond ten
    years), and ValueError for counts below 0.
    Efron & Tibshirani, 1993, "An Introduction to the Bootstrap", ch. 8 (blocks of a dependent series).
    """
    counts = np.asarray(answers_by_hour, dtype=np.int64).reshape(-1)
    if remaining < 0 or (counts.size and counts.min() < 0):
        raise ValueError("a count is below 0")
    periods = _periods(counts)
    answers = int(periods.sum())
    if remaining == 0:
        return Forecast(0.0, 0.0, 0.0, confidence, answers, *periods.shape)
    if not counts.any():
        raise ForecastUndefined(reason="no-answers")
    if periods.shape[0] < 3:
        raise ForecastUndefined(reason="too-short")
    if answers == 0:
        raise ForecastUndefined(reason="too-far")
    finishes = _finishes(periods, remaining, np.random.default_rng([seed, 4]))
    tail = (1.0 - confidence) / 2.0
    # "higher" keeps to values that occur: interpolating towards a future that never ends would invent a date.
    low, middle, high = np.quantile(finishes, [tail, 0.5, 1.0 - tail], method="higher")
    if not np.isfinite(high):
        raise ForecastUndefined(reason="too-far")
    return Forecast(float(middle), float(low), float(high), confidence, answers, *periods.shape)


def _periods(counts: Integers) -> Integers:
    """The history as shape (periods, hours of a period), from the first answer on, the last period ending now."""
    worked = counts[int(np.argmax(counts > 0)) :] if counts.any() else counts[:0]
    hours = HOURS_A_DAY if worked.size >= 3 * HOURS_A_DAY else 1
    whole = worked.size // hours
    return worked[worked.size - whole * hours :].reshape(whole, hours)


def _finishes(periods: Integers, remaining: int, random: np.random.Generator) -> Floats:
    """Hours until each future has `remaining` answers, shape (futures,), infinite beyond the horizon."""
    count, hours = periods.shape
    totals = periods.sum(axis=1)
    running = np.cumsum(periods, axis=1)
    pace = random.integers(0, count, size=(FUTURES, count))
    horizon = DAYS_MAX * HOURS_A_DAY // hours
    finishes = np.full(FUTURES, np.inf)
    done = np.zeros(FUTURES, dtype=np.int64)
    open_ = np.flatnonzero(totals[pace].sum(axis=1) > 0)
    elapsed = 0
    step = 64
    while open_.size and elapsed < horizon:
        drawn = np.take_along_axis(pace[open_], random.integers(0, count, size=(open_.size, step)), axis=1)
        sums = done[open_, None] + np.cumsum(totals[drawn], axis=1)
        is_over = sums[:, -1] >= remaining
        for row in np.flatnonzero(is_over):
            period = int(np.argmax(sums[row] >= remaining))
            before = sums[row, period] - totals[drawn[row, period]]
            finishes[open_[row]] = (elapsed + period) * hours + _hours_into(
                running[drawn[row, period]], int(remaining - before)
            )
        done[open_] = sums[:, -1]
        open_ = open_[~is_over]
        elapsed += step
        step = min(step * 2, 4096)
    return finishes


def _hours_into(running: Integers, wanted: int) -> float:
    """When within a period the wanted answer comes, even within its hour. running: shape (hours,), cumulative counts."""
    hour = int(np.searchsorted(running, wanted))
    before = int(running[hour - 1]) if hour else 0
    return hour + (wanted - before) / (int(running[hour]) - before)
