"""Severity of reviewers, told apart from the authors they were dealt: the many-facet Rasch model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from evenhand.quality.severity import Severities, Verdicts, severities

NOTHING = Verdicts(*(np.zeros(0, dtype=np.int64) for _ in range(4)))


def pairs(authors: npt.ArrayLike, reviewers: npt.ArrayLike, accepted: npt.ArrayLike) -> Verdicts:
    """Single verdicts, gathered a pair of author and reviewer."""
    rows, which = np.unique(np.stack((authors, reviewers), axis=1), axis=0, return_inverse=True)
    which = which.reshape(-1)
    return Verdicts(
        rows[:, 0], rows[:, 1], np.bincount(which, np.asarray(accepted)).astype(np.int64), np.bincount(which)
    )


def simulated(
    seed: int, *, authors: int = 30, reviewers: int = 8, verdicts: int = 2_000, known: int = 40
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], Verdicts, Verdicts]:
    """(shares that a mean reviewer accepts, severities against their mean, verdicts on work, on known work).

    Four of five verdicts on an author are one reviewer's: what is accepted is then a matter of luck.
    """
    draw = np.random.default_rng(seed)
    quality, severity = draw.normal(1.5, 0.7, authors), draw.normal(0.0, 0.9, reviewers)
    who = draw.integers(0, authors, verdicts)
    by = np.where(draw.random(verdicts) < 0.8, who * reviewers // authors, draw.integers(0, reviewers, verdicts))
    accepted = draw.random(verdicts) < expit(quality[who] - severity[by])
    kind, judge = draw.integers(0, 2, known * reviewers), np.repeat(np.arange(reviewers), known)
    said = draw.random(kind.size) < expit(np.array([3.0, -1.0])[kind] - severity[judge])
    middle = severity.mean()
    return expit(quality - middle), severity - middle, pairs(who, by, accepted), pairs(kind, judge, said)


def shares(work: Verdicts, count: int) -> npt.NDArray[np.float64]:
    """What was accepted of each author's work."""
    found: npt.NDArray[np.float64] = np.bincount(work.authors, work.accepted, count) / np.bincount(
        work.authors, work.total, count
    )
    return found


def test_an_author_with_a_strict_reviewer_is_as_good_as_one_with_a_lenient_one() -> None:
    """Two authors of one skill, each with a reviewer of their own; known work says which of the two is strict."""
    work = Verdicts(np.array([0, 1]), np.array([0, 1]), np.array([60, 90]), np.array([100, 100]))
    known = Verdicts(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([70, 95, 3, 25]), np.array([100] * 4))

    found = severities(work, known, 2, 2)

    assert found.lows[0] > 0 > found.highs[1]
    assert abs(found.fair[0] - found.fair[1]) < 0.1 < abs(0.6 - 0.9)
    assert found.right[0] == pytest.approx(0.7, abs=0.06) and found.flawed[1] == pytest.approx(0.25, abs=0.08)


def test_fair_averages_are_nearer_the_truth_than_shares_accepted() -> None:
    errors = []
    for seed in range(10):
        truth, _, work, known = simulated(seed)
        found = severities(work, known, truth.size, 8)
        errors.append((np.abs(found.fair - truth).mean(), np.abs(shares(work, truth.size) - truth).mean()))

    fair, raw = np.mean(errors, axis=0)

    assert fair < 0.7 * raw


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    held: list[tuple[float, float]] = []
    for seed in range(40):
        truth, severity, work, known = simulated(seed)
        found = severities(work, known, truth.size, severity.size)
        held.append(
            (
                float(np.mean((found.lows <= severity) & (severity <= found.highs))),
                float(np.mean((found.fair_lows <= truth) & (truth <= found.fair_highs))),
            )
        )

    of_reviewers, of_authors = np.mean(held, axis=0)

    assert 0.88 < of_reviewers < 0.99 and 0.88 < of_authors < 0.99


def test_it_is_what_a_general_optimizer_finds() -> None:
    """The same posterior, written down again and climbed by L-BFGS."""
    _, _, work, known = simulated(3, authors=6, reviewers=3, verdicts=200, known=20)
    mean, spread, of_reviewers = 1.2, 0.8, 0.6

    def loss(x: npt.NDArray[np.float64]) -> float:
        quality, severity = x[:8], x[8:]
        value = 0.0
        for each, shift in ((work, 0), (known, 6)):
            logit = quality[each.authors + shift] - severity[each.reviewers]
            value -= float(np.sum(each.accepted * log_expit(logit) + (each.total - each.accepted) * log_expit(-logit)))
        prior = np.sum((quality[:6] - mean) ** 2) / spread**2 + np.sum(quality[6:] ** 2) / 9.0
        return value + 0.5 * float(prior + np.sum(severity**2) / of_reviewers**2)

    best = minimize(loss, np.zeros(11), method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 5_000}).x
    found = severities(work, known, 6, 3, (mean, spread, of_reviewers))

    assert found.values == pytest.approx(best[8:] - best[8:].mean(), abs=1e-5)
    assert found.fair == pytest.approx(expit(best[:6] - best[8:].mean()), abs=1e-5)
    assert found.flawed == pytest.approx(expit(best[7] - best[8:]), abs=1e-5)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_it_does_not_depend_on_the_order_of_people(seed: int) -> None:
    draw = np.random.default_rng(seed)
    _, _, work, known = simulated(seed, authors=7, reviewers=4, verdicts=120, known=6)
    new_author, new_reviewer, rows = draw.permutation(7), draw.permutation(4), draw.permutation(work.total.size)

    found = severities(work, known, 7, 4)
    moved = severities(
        Verdicts(
            new_author[work.authors[rows]], new_reviewer[work.reviewers[rows]], work.accepted[rows], work.total[rows]
        ),
        Verdicts(known.authors, new_reviewer[known.reviewers], known.accepted, known.total),
        7,
        4,
    )

    assert moved.values[new_reviewer] == pytest.approx(found.values, abs=1e-6)
    assert moved.fair[new_author] == pytest.approx(found.fair, abs=1e-6)


def finite(found: Severities) -> bool:
    columns = (
        found.values,
        found.lows,
        found.highs,
        found.fair,
        found.fair_lows,
        found.fair_highs,
        found.right,
        found.flawed,
    )
    return all(np.isfinite(each).all() for each in columns)


@pytest.mark.parametrize(
    ("work", "authors", "reviewers"),
    [
        (NOTHING, 0, 0),
        (NOTHING, 2, 1),
        (pairs([0], [0], [1]), 1, 1),
        (pairs([0] * 50, [0] * 50, [1] * 50), 1, 1),
        (pairs([0, 1], [0, 1], [0, 1]), 2, 2),
    ],
    ids=["nobody", "no-verdict", "one-verdict", "all-accepted", "nothing-shared"],
)
def test_few_verdicts_give_wide_intervals_and_never_no_number(work: Verdicts, authors: int, reviewers: int) -> None:
    found = severities(work, NOTHING, authors, reviewers)

    assert finite(found)
    assert ((found.lows <= found.values) & (found.values <= found.highs)).all()
    assert ((found.fair_lows <= found.fair) & (found.fair <= found.fair_highs)).all()


@pytest.mark.parametrize(
    "work",
    [
        Verdicts(np.array([0]), np.array([0]), np.array([2]), np.array([1])),
        Verdicts(np.array([3]), np.array([0]), np.array([1]), np.array([1])),
        Verdicts(np.array([0, 0]), np.array([0]), np.array([1]), np.array([1])),
    ],
    ids=["more-accepted-than-judged", "nobody-of-that-number", "different-lengths"],
)
def test_columns_that_make_no_sense_are_refused(work: Verdicts) -> None:
    with pytest.raises(ValueError, match=r"length|0 \.\."):
        severities(work, NOTHING, 2, 1)
