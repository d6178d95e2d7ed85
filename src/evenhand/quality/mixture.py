"""A fit without its tasks: all that is needed to say of any task, from its votes, what the fit would have said of it.

The posterior of a fit is a mixture of its models, each of which leaves out what the task itself taught about its annotators. Here
the same mixture is kept as records of annotators and as the list of votes that taught them. A task with the votes that the
fit saw has the fit's own posterior, to rounding; one with other votes is judged from all of them by the same records, with
what the fit learned from this task taken off; one that the fit never saw has nothing to take off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from evenhand.quality.ballots import Ballots
from evenhand.quality.confusion import CHANCE_MIN
from evenhand.quality.known import Known
from evenhand.quality.latent import Design, Fit, with_known
from evenhand.quality.profiles import PROBABILITY_MIN, ProfileFit
from evenhand.quality.share import smoothed_share
from evenhand.quality.stacking import AnyFit
from evenhand.quality.votes import Floats, Integers, dense


@dataclass(frozen=True, slots=True, eq=False)
class Confusions:
    """Models with a confusion matrix an annotator, side by side: a column is a state of one of them.

    counts: shape (cells, columns), totals: shape (records, columns), prior: shape (codes, columns), as `confusion.Confusion`.
    log_shares: shape (columns,), of the states. members: shape (columns,), whose column it is, increasing from 0; classes: shape
    (columns,), of which class. correlations, weights: shape (members,).
    """

    counts: Floats
    totals: Floats
    prior: Floats
    log_shares: Floats
    members: Integers
    classes: Integers
    correlations: Floats
    weights: Floats

    @property
    def starts(self) -> Integers:
        """Shape (members,): the first column of each."""
        return np.flatnonzero(np.diff(self.members, prepend=-1))


@dataclass(frozen=True, slots=True, eq=False)
class ProfileMember:
    """One model of profiles. records: shape (records, profiles), logarithms; prior: shape (profiles,), likewise, of a stranger.

    probabilities: shape (profiles, codes, states). log_shares: shape (states,). classes: shape (states,), of which class.
    """

    records: Floats
    prior: Floats
    probabilities: Floats
    log_shares: Floats
    classes: Integers
    correlation: float
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """What a fit is made of. weights and trust as in `stacking.Stack`: plain is the weight of the plain share in all.

    annotator_numbers: shape (annotators,), increasing; records: shape (annotators,), in whose record each vote of theirs is.
    cells: shape (cells,), increasing: record * classes + code.
    task_numbers: shape (tasks,), increasing. teaching, settled: shape (tasks,), codes or -1, as `known.Known`. What is settled is
    set aside when the task has other votes: whoever asks again doubts it.
    seen: shape (votes,), increasing: (task * annotators + annotator) * classes + code, by positions.
    """

    classes: int
    annotator_numbers: Integers
    records: Integers
    cells: Integers
    task_numbers: Integers
    teaching: Integers
    settled: Integers
    seen: Integers
    plain: float
    confusions: Confusions
    profiles: tuple[ProfileMember, ...]

    def posterior(self, tasks: Integers, annotators: Integers, codes: Integers) -> tuple[Integers, Floats]:
        """Of each task that has a vote: its number, increasing, and its posterior, shape (tasks, classes).

        tasks, annotators: shape (votes,), numbers; codes in 0 .. classes - 1; all votes of each task, in any order.
        """
        # Sums of logarithms depend on their order by rounding; the order of arrival must say nothing.
        order = np.lexsort((codes, annotators, tasks))
        numbers, at = dense(tasks[order])
        if not numbers.size:
            return numbers, np.zeros((0, self.classes))
        place = place_among(self.task_numbers, numbers)
        now = _Sheaf(at, place_among(self.annotator_numbers, annotators[order]), codes[order], numbers.size)
        then = self._seen_of(place)
        had = self._had(now, place)
        counts = np.zeros((numbers.size, self.classes))
        np.add.at(counts, (now.tasks, now.codes), 1.0)
        found = self.plain * smoothed_share(counts, now.sizes[:, None].astype(np.float64), self.classes)
        taught = self._of(self.teaching, place)
        found = found + self._by_confusions(now, then, had, taught)
        for member in self.profiles:
            found = found + self._by_profiles(member, now, then, had, taught)
        is_same = (now.sizes == then.sizes) & (now.sizes == np.bincount(now.tasks, had == now.codes, now.count))
        return numbers, with_known(found, np.where(is_same, self._of(self.settled, place), -1))

    def _of(self, codes: Integers, place: Integers) -> Integers:
        """What is known of the tasks at these places, -1 where the fit saw none of them."""
        return np.where(place >= 0, codes[np.maximum(place, 0)], -1) if codes.size else place

    @property
    def simplest(self) -> Mixture:
        """The one model with the fewest states and, of those, the least correlation, alone; the whole where there is none."""
        models = self.confusions
        if not models.weights.size:
            return self
        alone = np.lexsort((models.correlations, np.bincount(models.members)))[0]
        mine = models.members == alone
        return replace(
            self,
            plain=0.0,
            confusions=Confusions(
                models.counts[:, mine],
                models.totals[:, mine],
                models.prior[:, mine],
                models.log_shares[mine],
                np.zeros(mine.sum(), dtype=np.int64),
                models.classes[mine],
                models.correlations[[alone]],
                np.ones(1),
            ),
            profiles=(),
        )

    def _seen_of(self, place: Integers) -> _Sheaf:
        """The votes that the fit saw of some tasks. place: shape (tasks,), -1 where it saw none."""
        width = max(self.annotator_numbers.size, 1) * self.classes
        first = np.searchsorted(self.seen, place * width)
        sizes = np.where(place >= 0, np.searchsorted(self.seen, (place + 1) * width) - first, 0)
        tasks = np.repeat(np.arange(place.size), sizes)
        rows = np.arange(tasks.size) - np.repeat(np.cumsum(sizes) - sizes, sizes) + first[tasks]
        who, codes = np.divmod(self.seen[rows] - place[tasks] * width, self.classes)
        return _Sheaf(tasks, who, codes, place.size)

    def _had(self, now: _Sheaf, place: Integers) -> Integers:
        """Shape (votes,): the code that this annotator gave this task when the fit saw it, or -1."""
        if not self.seen.size:
            return np.full(now.codes.size, -1)
        own = (place[now.tasks] * max(self.annotator_numbers.size, 1) + now.annotators) * self.classes
        is_there = (place[now.tasks] >= 0) & (now.annotators >= 0)
        is_same = is_there & (place_among(self.seen, own + now.codes) >= 0)
        found = self.seen[np.minimum(np.searchsorted(self.seen, own), self.seen.size - 1)]
        is_other = is_there & (found >= own) & (found < own + self.classes)
        return np.where(is_same, now.codes, np.where(is_other, found - own, -1))

    def _by_confusions(self, now: _Sheaf, then: _Sheaf, had: Integers, known: Integers) -> Floats:
        """Their part of the mixture: shape (tasks, classes)."""
        models = self.confusions
        if not models.weights.size:
            return np.zeros((now.count, self.classes))
        own = np.zeros((now.count, models.members.size))
        if then.tasks.size:
            given, total = self._given(then)
            logs = np.log(np.maximum(given / total, CHANCE_MIN))
            states = self._states(then, logs, known)
            own[np.unique(then.tasks)] = states[np.unique(then.tasks)]
        given, total = self._given(now, own, had)
        states = self._states(now, np.log(given / total), None) * models.weights[models.members]
        return _of_classes(states, models.classes, self.classes)

    def _given(self, votes: _Sheaf, own: Floats | None = None, had: Integers | None = None) -> tuple[Floats, Floats]:
        """How often each vote's annotator gave its code in each state, and any: shapes (votes, columns)."""
        models = self.confusions
        record = np.where(votes.annotators < 0, -1, self.records[votes.annotators]) if self.records.size else votes.none
        cell = place_among(self.cells, np.where(record < 0, -1, record * self.classes + votes.codes))
        given, total = np.zeros((2, votes.codes.size, models.members.size))
        given[cell >= 0] = models.counts[cell[cell >= 0]]
        total[record >= 0] = models.totals[record[record >= 0]]
        if own is not None and had is not None:
            learned = own[votes.tasks]
            given = np.maximum(given - learned * (had == votes.codes)[:, None], 0.0)
            total = np.maximum(total - learned * (had >= 0)[:, None], 0.0)
        return given + models.prior[votes.codes], total + models.prior.sum(axis=0)

    def _states(self, votes: _Sheaf, logs: Floats, known: Integers | None) -> Floats:
        """Shape (tasks, columns): the columns of a member sum to 1. logs: shape (votes, columns)."""
        models, starts = self.confusions, self.confusions.starts
        discount = 1.0 / (1.0 + np.maximum(votes.sizes - 1.0, 0.0)[:, None] * models.correlations)
        found = votes.summed(logs) * discount[:, models.members] + models.log_shares
        if known is not None:
            found = np.where((known >= 0)[:, None] & (models.classes != known[:, None]), -np.inf, found)
        top = np.maximum.reduceat(found, starts, axis=1)
        likely = np.exp(found - top[:, models.members])
        states: Floats = likely / np.add.reduceat(likely, starts, axis=1)[:, models.members]
        return states

    def _by_profiles(self, member: ProfileMember, now: _Sheaf, then: _Sheaf, had: Integers, known: Integers) -> Floats:
        """One member's part of the mixture: shape (tasks, classes)."""
        chances = np.log(member.probabilities)
        own = _profile_states(member, then, np.exp(self._profiles_of(member, then)), known)
        without = self._profiles_of(member, now)
        for code in np.unique(had[had >= 0]):
            mine = np.flatnonzero(had == code)
            without[mine] -= own[now.tasks[mine]] @ chances[:, code, :].T
        likely = np.exp(without - without.max(axis=1, keepdims=True))
        states = _profile_states(member, now, likely / likely.sum(axis=1, keepdims=True), None)
        return member.weight * _of_classes(states, member.classes, self.classes)

    def _profiles_of(self, member: ProfileMember, votes: _Sheaf) -> Floats:
        """Shape (votes, profiles): the log probability that the vote's annotator is like each."""
        if not self.records.size:
            return np.repeat(member.prior[None, :], votes.codes.size, axis=0)
        is_known = (votes.annotators >= 0)[:, None]
        return np.where(is_known, member.records[self.records[np.maximum(votes.annotators, 0)]], member.prior)


@dataclass(frozen=True, slots=True, eq=False)
class _Sheaf:
    """Votes of a few tasks, sorted by task. tasks: positions among these, of `count`; annotators: positions in the fit, or -1."""

    tasks: Integers
    annotators: Integers
    codes: Integers
    count: int

    @property
    def sizes(self) -> Integers:
        """Shape (tasks,): how many votes each has."""
        return np.bincount(self.tasks, minlength=self.count)

    @property
    def none(self) -> Integers:
        """Shape (votes,): -1 throughout."""
        return np.full(self.codes.size, -1)

    def summed(self, rows: Floats) -> Floats:
        """Rows added up for each task: shape (tasks, columns)."""
        summed = np.zeros((self.count, rows.shape[1]))
        if rows.size:
            starts = np.flatnonzero(np.diff(self.tasks, prepend=-1))
            summed[self.tasks[starts]] = np.add.reduceat(rows, starts, axis=0)
        return summed


def mixture_of(
    votes: Ballots,
    fits: Mapping[str, AnyFit],
    weights: Mapping[str, float],
    trust: float,
    known: Known | None,
) -> Mixture:
    """What a fit of these votes is made of. weights: of every member, the plain share's by the name that no fit has.

    Raises ValueError for a fit in which a task vouches for those who vouch for it: its records are not shrunk to the crowd's.
    """
    for fitted in fits.values():
        if isinstance(fitted.design, Design) and fitted.design.records != "shrunk":
            raise ValueError(f"a model with records of its own ({fitted.design.records}) leaves no task out")
    annotators = votes.annotators.astype(np.int64)
    keys = (votes.task_positions * max(votes.annotator_numbers.size, 1) + annotators) * votes.classes + votes.codes
    inside = sum(weights[name] for name in fits)
    return Mixture(
        classes=votes.classes,
        annotator_numbers=votes.annotator_numbers,
        records=votes.records.astype(np.int64),
        cells=votes.cell_records.astype(np.int64) * votes.classes + votes.cell_codes,
        task_numbers=votes.task_numbers,
        teaching=np.full(votes.tasks, -1, dtype=np.int64) if known is None else known.teaching,
        settled=np.full(votes.tasks, -1, dtype=np.int64) if known is None else known.settled,
        seen=np.sort(keys),
        plain=1.0 - trust * inside,
        confusions=_side_by_side(
            votes, {name: each for name, each in fits.items() if isinstance(each, Fit)}, weights, trust
        ),
        profiles=tuple(
            ProfileMember(
                np.log(np.maximum(each.records, 1e-300)),
                np.log(np.maximum(each.prior, 1e-300)),
                each.sheet.probabilities(),
                np.log(each.state_shares),
                np.arange(each.state_shares.size) // each.sheet.varieties,
                each.design.correlation,
                trust * weights[name],
            )
            for name, each in fits.items()
            if isinstance(each, ProfileFit)
        ),
    )


def strangers(classes: int, prior: Floats) -> Mixture:
    """The mixture before any fit: one model that knows nobody. prior: shape (codes, classes)."""
    nothing, empty = np.zeros(0, dtype=np.int64), np.zeros((0, classes))
    own = np.arange(classes)
    even = np.full(classes, -np.log(classes))
    alone = Confusions(empty, empty, prior, even, np.zeros(classes, dtype=np.int64), own, np.zeros(1), np.ones(1))
    return Mixture(classes, nothing, nothing, nothing, nothing, nothing, nothing, nothing, 0.0, alone, ())


def place_among(among: Integers, wanted: Integers) -> Integers:
    """Where each wanted number stands among others, which are increasing; -1 where it does not."""
    if not among.size:
        return np.full(wanted.shape, -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(among, wanted), among.size - 1)
    return np.where(among[place] == wanted, place, -1)


def _side_by_side(votes: Ballots, fits: Mapping[str, Fit], weights: Mapping[str, float], trust: float) -> Confusions:
    members, classes = [], []
    for place, each in enumerate(fits.values()):
        states = np.arange(each.state_shares.size)
        members.append(np.full(states.size, place))
        classes.append(states // each.design.varieties)

    def beside(columns: list[Floats], rows: int) -> Floats:
        return np.concatenate([np.zeros((rows, 0)), *columns], axis=1)

    return Confusions(
        counts=beside([each.confusion.counts for each in fits.values()], votes.cell_codes.size),
        totals=beside([each.confusion.totals for each in fits.values()], votes.record_count),
        prior=beside([each.confusion.prior for each in fits.values()], votes.classes),
        log_shares=np.concatenate([np.log(each.state_shares) for each in fits.values()] or [np.zeros(0)]),
        members=np.concatenate(members or [np.zeros(0, dtype=np.int64)]),
        classes=np.concatenate(classes or [np.zeros(0, dtype=np.int64)]),
        correlations=np.array([each.design.correlation for each in fits.values()], dtype=np.float64),
        weights=np.array([trust * weights[name] for name in fits], dtype=np.float64),
    )


def _profile_states(member: ProfileMember, votes: _Sheaf, profiles: Floats, known: Integers | None) -> Floats:
    """Shape (tasks, states), rows sum to 1. profiles: shape (votes, profiles), which each vote's annotator may be."""
    given = np.empty((votes.codes.size, member.log_shares.size))
    for code in np.unique(votes.codes):
        mine = np.flatnonzero(votes.codes == code)
        given[mine] = profiles[mine] @ member.probabilities[:, code, :]
    logs = votes.summed(np.log(np.maximum(given, PROBABILITY_MIN)))
    discount = 1.0 / (1.0 + np.maximum(votes.sizes - 1.0, 0.0) * member.correlation)
    found = logs * discount[:, None] + member.log_shares
    if known is not None:
        found = np.where((known >= 0)[:, None] & (member.classes != known[:, None]), -np.inf, found)
    likely = np.exp(found - found.max(axis=1, keepdims=True))
    states: Floats = likely / likely.sum(axis=1, keepdims=True)
    return states


def _of_classes(states: Floats, classes: Integers, count: int) -> Floats:
    """Add up the columns of each class: shape (tasks, classes)."""
    summed: Floats = states @ (classes[:, None] == np.arange(count)).astype(np.float64)
    return summed
