"""The audited statement: how many of the labels are wrong at most, whatever the annotators did, by experts who checked a few.

Each task that stopped is drawn for an audit by a lot of its own, with a probability that was fixed before and that nobody who
labels can foretell. Let e_i say whether the label of task i is wrong and A_i whether its lot fell. For every l > 0, with
c = 1 - exp(-l),

    M = product over tasks of exp(-l A_i e_i) / (1 - c r_i e_i)

has expectation 1 after each task, given all that happened before it, whatever made the labels wrong: nothing is asked of the
annotators, who may agree with each other, drift or collude. A mixture over l is such a process too, so by Ville's inequality it
stays below 1 / delta for ever with probability 1 - delta. As many errors as keep M below are therefore all that there can be: at
this moment, and at every one before and after it, however often anybody looks and whenever they stop.

One assumption is left, and it is said wherever the number is shown: that the experts who audit are right.

Ville 1939, "Étude critique de la notion de collectif"; Howard, Ramdas, McAuliffe & Sekhon 2021, "Time-uniform, nonparametric,
nonasymptotic confidence sequences", Annals of Statistics 49(2), for mixtures of such processes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from evenhand.quality.votes import Floats

DELTA = 0.05
NEARLY_ALL = 0.9
# Of the mixture: l = infinity, where a single error found is the end, has nearly all, because most audits find none, and 59
# without an error then say 5 %. The others, by exp(-l), take over once errors were found: towards 1 the more of them there are.
_CERTAIN = 0.97
_DAMPED = 1.0 - np.geomspace(0.9, 0.02, 12)
_SHARES = 0.75 ** np.arange(_DAMPED.size)
_LOG_WEIGHTS = np.log((1.0 - _CERTAIN) * _SHARES / _SHARES.sum())


class Audit(IntEnum):
    """What is known of a task that stopped."""

    NOT_DRAWN = 0
    RIGHT = 1
    WRONG = 2
    PENDING = 3


@dataclass(frozen=True, slots=True)
class AuditedError:
    """What audits say about the share of wrong labels among all tasks that stopped.

    upper: in [0, 1]; with probability 1 - delta the share is never above it, at no moment at which it was or will be asked for.
    estimate: in [0, 1], errors found over audits done, each weighted by one over its rate; None while no audit is done.
    tasks: how many stopped. audited, errors, pending: how many were checked, how many of those were wrong, and how many wait;
        those that wait count as errors in `upper`, so that nobody gains by leaving one undone.
    """

    upper: float
    estimate: float | None
    delta: float
    tasks: int
    audited: int
    errors: int
    pending: int


def audited_error(rates: npt.ArrayLike, audits: npt.ArrayLike, *, delta: float = DELTA) -> AuditedError:
    """The audited statement about the labels of all tasks that stopped so far.

    rates: shape (tasks,), the probability in [0, 1] with which each was to be audited, fixed before its lot was drawn.
    audits: shape (tasks,), of `Audit`. Tasks in any order. delta: in (0, 1), the risk that the statement is ever wrong.

    Without any task the statement is empty: nothing can be wrong, upper is 0. Where tasks have different rates, the errors that
    nobody saw are supposed where they were least likely to be seen.
    Raises ValueError for rates or audits out of range, for columns of different length, and for an audit of a task whose rate is 0.
    """
    chances = np.asarray(rates, dtype=np.float64).reshape(-1)
    known = np.asarray(audits, dtype=np.int64).reshape(-1)
    if chances.shape != known.shape:
        raise ValueError(f"columns of different length: {chances.shape}, {known.shape}")
    if not ((chances >= 0.0) & (chances <= 1.0)).all():
        raise ValueError("a rate lies outside 0 .. 1")
    if known.size and (known.min() < 0 or known.max() > Audit.PENDING):
        raise ValueError("an audit is none of those that there are")
    if ((known != Audit.NOT_DRAWN) & (chances == 0.0)).any():
        raise ValueError("a task was audited whose rate is 0")
    is_right, is_wrong, is_pending = known == Audit.RIGHT, known == Audit.WRONG, known == Audit.PENDING
    wrong, pending = int(is_wrong.sum()), int(is_pending.sum())
    # What was found right is right: no error can be supposed there.
    unseen_rates, unseen_counts = np.unique(chances[~is_right], return_counts=True)
    most = _most(wrong + pending, unseen_rates, unseen_counts.astype(np.float64), delta)
    is_done = is_right | is_wrong
    weights = 1.0 / chances[is_done]
    return AuditedError(
        upper=math.floor(most + 1e-9) / known.size if known.size else 0.0,
        estimate=float(weights[is_wrong[is_done]].sum() / weights.sum()) if weights.size else None,
        delta=delta,
        tasks=int(known.size),
        audited=int(is_done.sum()),
        errors=wrong,
        pending=pending,
    )


def most_errors(found: int, rate: float, *, delta: float = DELTA) -> float:
    """How many errors there can be among all tasks when `found` were found, each task being audited with the same rate in (0, 1].

    With probability 1 - delta at no moment there are more. Not rounded: compare whole counts with it.
    Raises ValueError for a rate or a count out of range.
    """
    if found < 0 or not 0.0 < rate <= 1.0:
        raise ValueError("the rate must lie in 0 .. 1 and be above 0, and a count cannot be below 0")
    return _most(found, np.array([rate]), np.array([math.inf]), delta)


def audits_needed(share: float, *, errors: int = 0, rate: float = 0.05, delta: float = DELTA) -> int:
    """The price: after how many audits one may say that at most `share` of the labels are wrong, if `errors` are found on the way.

    share: in (0, 1). With no error found, at the usual rate: 59 for 5 %, 295 for 1 %.
    Raises ValueError for a share or a rate out of range.
    """
    if not 0.0 < share < 1.0:
        raise ValueError("the share must lie between 0 and 1")
    return math.ceil(most_errors(errors, rate, delta=delta) / share * rate - 1e-9)


def rate_needed(share: float, tasks: int, *, delta: float = DELTA) -> float:
    """The rate at which each of so many tasks must be drawn, so that audits which find no error say that at most `share` is wrong.

    share: in (0, 1). tasks: 1 or more. Returns a rate in (0, 1]; times the tasks it is the price, in audits to be expected. Where
    nearly all would be drawn, all are.
    Raises ValueError for a share or a number out of range.
    """
    if not 0.0 < share < 1.0 or tasks < 1:
        raise ValueError("the share must lie between 0 and 1, and there must be a task")

    def says_enough(rate: float) -> bool:
        return math.floor(most_errors(0, rate, delta=delta) + 1e-9) <= share * tasks + 1e-9

    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2.0
        low, high = (low, middle) if says_enough(middle) else (middle, high)
    return high if high < NEARLY_ALL else 1.0


def bounds_over_time(
    tasks: int, rate: float, drawn: int, is_wrong: npt.ArrayLike, *, delta: float = DELTA
) -> npt.NDArray[np.float64]:
    """What could be said before the first audit and after each: shape (audits + 1,), the `upper` of `audited_error` at each moment.

    tasks: how many stopped, all with the same rate in (0, 1]. drawn: those whose lot fell. is_wrong: shape (audits,), what each
    audit found, in the order in which they were done. Raises ValueError for more audits than were drawn, or more drawn than tasks.
    """
    found = np.asarray(is_wrong, dtype=np.bool_).reshape(-1)
    if not found.size <= drawn <= tasks:
        raise ValueError(f"{found.size} audits of {drawn} drawn of {tasks} tasks")
    errors = np.append(0, np.cumsum(found))
    uppers = np.empty(found.size + 1)
    for done, wrong in enumerate(errors.tolist()):
        possible = np.array([tasks - (done - wrong)], dtype=np.float64)
        most = _most(wrong + drawn - done, np.array([rate]), possible, delta)
        uppers[done] = math.floor(most + 1e-9) / tasks if tasks else 0.0
    return uppers


def _most(found: int, rates: Floats, counts: Floats, delta: float) -> float:
    """The largest number of errors that keeps the mixture below 1 / delta, errors standing where the rate is lowest first.

    rates, counts: shape (groups,), by increasing rate: how many tasks of each rate an error can stand in.
    """
    if not 0.0 < delta < 1.0:
        raise ValueError("delta must lie between 0 and 1")
    threshold = -math.log(delta)
    most, paid = 0.0, np.zeros(_DAMPED.size + 1)
    for rate, count in zip(rates, counts, strict=True):
        # What one error at this rate adds to the logarithm of each part of the mixture.
        step = -np.log1p(-np.append(1.0 - _DAMPED, 1.0) * min(rate, 1.0 - 1e-12))
        if np.isfinite(count) and _log_mixture(found, paid + count * step) < threshold:
            most, paid = most + float(count), paid + count * step
            continue
        low, high = 0.0, 1.0
        while _log_mixture(found, paid + high * step) < threshold:
            low, high = high, high * 2.0
        for _ in range(60):
            middle = (low + high) / 2.0
            is_possible = _log_mixture(found, paid + middle * step) < threshold
            low, high = (middle, high) if is_possible else (low, middle)
        return float(most + min(low, float(count)))
    return most


def _log_mixture(found: int, grown: Floats) -> float:
    """The logarithm of the mixture. grown: shape (parts,), what supposed errors add; the certain part, which one ends, last."""
    parts = _LOG_WEIGHTS + found * np.log(_DAMPED) + grown[:-1]
    if found == 0:
        parts = np.append(parts, math.log(_CERTAIN) + grown[-1])
    return float(np.logaddexp.reduce(parts))
