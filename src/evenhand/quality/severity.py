"""How strict each reviewer is, told apart from how good the authors are whose answers they were dealt.

Two authors of the same skill have different shares accepted when their reviewers differ; two reviewers of the same severity accept
different shares when their authors differ. Verdicts of many on many tell both apart, and verdicts on known work, which is the
same for all, ties together reviewers who share no author.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evenhand.quality.votes import Floats, Integers

# Of a standard normal, the ends that hold 95 %.
_Z = 1.959963984540054
# What known work is like is estimated nearly freely: beforehand, 95 % of what is thought of it lies between 0.3 % and 99.7 %.
_KNOWN_SPREAD = 3.0
# Spreads are learned, but never become nothing: two reviewers who agree so far may differ yet. In logits.
_SPREAD_LEAST = 0.1
_ROUNDS, _STEPS = 100, 40
# Spreads are learned to a thousandth of a logit: finer, their own interval is far wider.
_LEARNED = 1e-3
_ROWS_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """How often what one accepted of another's, a row a pair of them. All of shape (pairs,).

    authors, reviewers: positions, from 0. accepted, total: of so many answers.
    """

    authors: Integers
    reviewers: Integers
    accepted: Integers
    total: Integers

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, int, int]]) -> Verdicts:
        """Of rows (author, reviewer, accepted, total)."""
        return cls(*np.array(rows, dtype=np.int64).reshape(-1, 4).T)


@dataclass(frozen=True, slots=True, eq=False)
class Severities:
    """What verdicts say of reviewers, and of authors without them.

    values: shape (reviewers,), in logits: 0 is the mean of these reviewers, above 0 is stricter. lows, highs: 95 % interval.
    fair: shape (authors,), in 0 .. 1: the share of each author's answers that a reviewer at that mean accepts ("fair average").
    fair_lows, fair_highs: 95 % interval. right, flawed: shape (reviewers,), the share of right and of flawed answers that each is
    thought to accept. spread: how far apart reviewers are: the standard deviation of severities, in logits.
    """

    values: Floats
    lows: Floats
    highs: Floats
    fair: Floats
    fair_lows: Floats
    fair_highs: Floats
    right: Floats
    flawed: Floats
    spread: float


def severities(
    work: Verdicts,
    known: Verdicts,
    author_count: int,
    reviewer_count: int,
    spreads: tuple[float, float, float] | None = None,
) -> Severities:
    """Severity of reviewers and fair averages of authors, by the many-facet Rasch model.

    work: verdicts on the work of authors. known: verdicts on known work, whose `authors` is 0 for answers that are right and 1 for
    those that are flawed.

    logit P(accepted) = quality of the author (or of right, of flawed known work) - severity of the reviewer. Qualities are normal
    around a mean, severities around 0; mean and both spreads are learned from the verdicts (expectation-maximization with Laplace's
    approximation), so that whoever gave few verdicts is thought to be near the middle. Intervals are those of the approximation.
    spreads: (mean and spread of qualities, spread of severities), where they are not to be learned.

    Raises ValueError for columns of different length, counts that are no counts, and positions out of range.
    Linacre, 1989, "Many-Facet Rasch Measurement". Bock & Aitkin, 1981, "Marginal maximum likelihood estimation of item parameters",
    doi:10.1007/BF02293801.
    """
    for each, groups in ((work, author_count), (known, 2)):
        _check(each, groups, reviewer_count)
    items = np.concatenate((work.authors, known.authors + author_count)).astype(np.int64)
    reviewers = np.concatenate((work.reviewers, known.reviewers)).astype(np.int64)
    accepted = np.concatenate((work.accepted, known.accepted)).astype(np.float64)
    total = np.concatenate((work.total, known.total)).astype(np.float64)
    fit = _Fit(items, reviewers, accepted, total, author_count, reviewer_count)
    fit.learn(spreads)
    middle = fit.severity.mean() if reviewer_count else 0.0
    values, half_values = fit.severity - middle, _Z * fit.severity_sd
    quality, half = fit.quality[:author_count] - middle, _Z * fit.quality_sd[:author_count]
    right, flawed = (_expit(fit.quality[author_count + place] - fit.severity) for place in (0, 1))
    return Severities(
        values,
        values - half_values,
        values + half_values,
        _expit(quality),
        _expit(quality - half),
        _expit(quality + half),
        right,
        flawed,
        fit.spread,
    )


def _check(given: Verdicts, groups: int, reviewer_count: int) -> None:
    columns = (given.authors, given.reviewers, given.accepted, given.total)
    if len({each.shape for each in columns}) > 1:
        raise ValueError(f"columns of different length: {[each.shape for each in columns]}")
    if not given.total.size:
        return
    if (given.accepted < 0).any() or (given.accepted > given.total).any():
        raise ValueError("accepted lies in 0 .. total")
    for places, count in ((given.authors, groups), (given.reviewers, reviewer_count)):
        if places.min() < 0 or places.max() >= count:
            raise ValueError(f"a position lies outside 0 .. {count - 1}")


class _Fit:
    """The most probable qualities and severities, with the curvature there.

    quality_sd, severity_sd: how surely each is known against the mean of the severities.
    """

    def __init__(
        self,
        items: Integers,
        reviewers: Integers,
        accepted: Floats,
        total: Floats,
        author_count: int,
        reviewer_count: int,
    ) -> None:
        order = np.argsort(items, kind="stable")
        self._items, self._reviewers = items[order], reviewers[order]
        self._accepted, self._total = accepted[order], total[order]
        starts = np.arange(0, author_count + 2, _ROWS_AT_ONCE)
        lows = np.searchsorted(self._items, starts)
        self._cuts = list(zip(lows, np.append(lows[1:], items.size), strict=True))
        self._authors = author_count
        self.quality = np.zeros(author_count + 2)
        self.severity = np.zeros(reviewer_count)
        self.quality_sd, self.severity_sd = np.ones(author_count + 2), np.ones(reviewer_count)
        self._variances = self.quality_sd, self.severity_sd
        share = (accepted.sum() + 1.0) / (total.sum() + 2.0)
        self._mean, self._spread, self.spread = float(np.log(share / (1.0 - share))), 1.0, 1.0
        self.quality[:] = self._mean

    def learn(self, spreads: tuple[float, float, float] | None) -> None:
        if spreads is not None:
            self._mean, self._spread, self.spread = spreads
            self._climb()
            return
        for _ in range(_ROUNDS):
            before = self._mean, self._spread, self.spread
            self._climb()
            authors, of_authors = self.quality[: self._authors], self._variances[0][: self._authors]
            if authors.size:
                self._mean = float(authors.mean())
                self._spread = _learned(authors - self._mean, of_authors)
            if self.severity.size:
                self.spread = _learned(self.severity, self._variances[1])
            if np.allclose(before, (self._mean, self._spread, self.spread), rtol=0.0, atol=_LEARNED):
                break
        self._climb()

    def _priors(self) -> tuple[Floats, Floats, float]:
        """(means of qualities, their precisions, the precision of severities)."""
        means, precisions = np.full(self.quality.size, self._mean), np.full(self.quality.size, self._spread**-2)
        means[self._authors :], precisions[self._authors :] = 0.0, _KNOWN_SPREAD**-2
        return means, precisions, self.spread**-2

    def _climb(self) -> None:
        """Newton's steps to the most probable values; what is maximized is concave, so they arrive."""
        means, precisions, of_severity = self._priors()
        rows, columns = self.quality.size, self.severity.size
        for _ in range(_STEPS):
            chance = _expit(self.quality[self._items] - self.severity[self._reviewers])
            left = self._accepted - self._total * chance
            weight = self._total * chance * (1.0 - chance)
            slope_rows = np.bincount(self._items, left, rows) - precisions * (self.quality - means)
            slope_columns = -np.bincount(self._reviewers, left, columns) - of_severity * self.severity
            curve_rows = np.bincount(self._items, weight, rows) + precisions
            curve_columns = np.bincount(self._reviewers, weight, columns) + of_severity
            # Qualities are eliminated first (Schur's complement): there are many authors, and few reviewers.
            inner = np.diag(curve_columns)
            for part in self._parts(weight, rows, columns):
                inner -= (part[1] / curve_rows[part[0], None]).T @ part[1]
            through = np.bincount(self._reviewers, weight * (slope_rows / curve_rows)[self._items], columns)
            step_columns = np.linalg.solve(inner, slope_columns + through) if columns else slope_columns
            pulled = np.bincount(self._items, weight * step_columns[self._reviewers], rows)
            step_rows = (slope_rows + pulled) / curve_rows
            longest = max(np.abs(step_rows).max(initial=0.0), np.abs(step_columns).max(initial=0.0))
            scale = min(1.0, 2.0 / max(longest, 1e-12))
            self.quality = self.quality + scale * step_rows
            self.severity = self.severity + scale * step_columns
            if longest < 1e-9:
                break
        self._curvature(np.linalg.inv(inner) if columns else inner, curve_rows, self._parts(weight, rows, columns))

    def _curvature(self, inverse: Floats, curve_rows: Floats, parts: list[tuple[slice, Floats]]) -> None:
        """The variances, from the inverse of what is left of the curvature once qualities are eliminated."""
        self._variances = 1.0 / curve_rows, np.diag(inverse)
        columns = inverse.shape[0]
        if not columns:
            self.quality_sd = np.sqrt(1.0 / curve_rows)
            return
        middle = inverse.mean(axis=0)
        of_middle = float(middle.mean())
        self.severity_sd = np.sqrt(np.maximum(np.diag(inverse) - 2.0 * middle + of_middle, 0.0))
        own, against = 1.0 / curve_rows, np.empty(curve_rows.size)
        for at, block in parts:
            with_severity = block @ inverse / curve_rows[at, None]
            own[at] += np.einsum("ij,ij->i", with_severity, block) / curve_rows[at]
            against[at] = own[at] - 2.0 * with_severity.mean(axis=1) + of_middle
        self._variances = own, np.diag(inverse)
        self.quality_sd = np.sqrt(against)

    def _parts(self, weight: Floats, rows: int, columns: int) -> list[tuple[slice, Floats]]:
        """The weights as a matrix (items, reviewers), some rows at a time."""
        found = []
        for start, (low, high) in zip(range(0, rows, _ROWS_AT_ONCE), self._cuts, strict=True):
            end = min(start + _ROWS_AT_ONCE, rows)
            cells = (self._items[low:high] - start) * columns + self._reviewers[low:high]
            block: Floats = np.bincount(cells, weight[low:high], (end - start) * columns).astype(np.float64)
            block = block.reshape(end - start, columns)
            found.append((slice(start, end), block))
        return found


def _learned(values: Floats, variances: Floats) -> float:
    """The spread that makes these values, and what is not known of them, most probable."""
    return float(max(np.sqrt(np.mean(values**2 + variances)), _SPREAD_LEAST))


def _expit(value: npt.ArrayLike) -> Floats:
    found: Floats = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(value, dtype=np.float64)))
    return found
