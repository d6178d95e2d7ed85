"""The fit that the models of truth share: expectation and maximization over tasks whose true state is hidden.

A state is a class, or a variety of one: some tasks of a class are easy and some mislead everybody alike. Votes are independent
given the state, so that a class with two varieties lets people err together (Li, Rubinstein & Cohn, 2019, "Exploiting worker
correlation for label aggregation in crowdsourcing", ICML). What correlation is left makes the votes of one task worth less than
their number: n votes count as n / (1 + (n - 1) rho), the design effect of cluster samples (Kish, 1965, "Survey sampling").

What a fit says about a task leaves out what that task taught about its annotators: otherwise a record of few votes agrees with
itself, and the model is sure because it is sure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evenhand.quality import walk_compiled
from evenhand.quality.ballots import VOTES_A_STEP, Ballots, slices
from evenhand.quality.confusion import Confusion, Records, crowd_of, strengths_of, totals_of
from evenhand.quality.share import smoothed_share
from evenhand.quality.votes import Floats, Integers
from evenhand.quality.walk import VOTES_A_TALLY, Assumed, NumpyWalker, Seen, Walker, add_tallies, steps
from evenhand.quality.walk import masked as masked
from evenhand.quality.walk import with_design_effect as with_design_effect

PASSES_MAX = 100
TOLERANCE = 1e-6
_START_STRENGTH = 4.0
# The strengths move slowly, and their digammas cost more than a walk.
_STRENGTH_PASSES = frozenset((1, 2, 3, 4, 5, 7, 9, 12, 17, 24, 33, 46, 65, 91))
_BLUR, _FLOOR = 0.5, 0.05
_CELLS_A_STEP = 1 << 12
# Among many tasks some last one always turns: there the mean counts.
MANY_TASKS, TOLERANCE_OF_MANY = 10_000, 3e-4
_PLAIN_PASSES = 2  # before the first leap: the first steps are long, and lead elsewhere
_MOMENTUM_MAX = 0.8


@dataclass(frozen=True, slots=True)
class Design:
    """What a model assumes.

    varieties: of each class. correlation: rho, in [0, 1). records: "own" (maximum likelihood), "shrunk" (to the crowd's, by
    posterior means), "variational" (the same prior, by mean-field expectations), "one-coin" (one accuracy for all classes).
    """

    varieties: int = 1
    correlation: float = 0.0
    records: Records = "shrunk"
    passes_max: int = PASSES_MAX
    tolerance: float = TOLERANCE


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A model that has converged, or has used up its passes.

    states: shape (tasks, states), rows sum to 1; the states of class k are k * varieties up to (k + 1) * varieties.
    confusion: with a column a state. state_shares: shape (states,). log_likelihood: of the votes under the model, in nats.
    passes: how many walks it took. has_converged: no tally moved by the tolerance in the last one (of more than 10,000 tasks:
    all together by less than 0.0003 of a vote for each vote, about where a pass gains 0.00001 nats a vote).
    """

    design: Design
    states: Floats
    confusion: Confusion
    state_shares: Floats
    log_likelihood: float
    passes: int
    has_converged: bool

    @property
    def posterior(self) -> Floats:
        """Shape (tasks, classes), rows sum to 1."""
        return of_classes(self.states, self.design.varieties)

    @property
    def class_shares(self) -> Floats:
        """Shape (classes,)."""
        shares: Floats = of_classes(self.state_shares[None, :], self.design.varieties)[0]
        return shares


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What a fit says about each task, and each vote, as if it had not seen them.

    posterior: shape (tasks, classes); from the task's votes and from what other tasks taught about their annotators. Known
        answers are not used for their own task.
    log_votes: shape (votes,); the log probability of a vote given the task's other votes and all other tasks; NaN where a task
        has no other.
    """

    posterior: Floats
    log_votes: Floats


def fit(
    votes: Ballots,
    design: Design,
    *,
    known: Integers | None = None,
    class_shares: Floats | None = None,
    begin: Fit | None = None,
) -> Fit:
    """Expectation-maximization from the vote shares, or from where another fit to the same votes ended.

    known: shape (tasks,), the true code of a task or -1. class_shares: shape (classes,), held fixed when given.
    begin: a fit with as many varieties.
    """
    varieties, is_own = design.varieties, design.records == "own"
    strengths = np.full(votes.classes * varieties, _START_STRENGTH)
    walker = walker_over(votes, Assumed(varieties, design.correlation, known))
    tolerance = design.tolerance if votes.tasks <= MANY_TASKS else TOLERANCE_OF_MANY
    begun = _begun(votes, varieties, known) if begin is None else _seen_in(votes, begin.states)
    lead = Lead(begun, is_leaping=votes.tasks > MANY_TASKS)
    passes, change = 0, np.inf
    while change >= tolerance and passes < design.passes_max:
        passes += 1
        counts = lead.counts
        totals, crowd = totals_of(votes, counts), crowd_of(votes, counts)
        if not is_own and passes in _STRENGTH_PASSES:
            strengths = strengths_of(votes, counts, totals, crowd, strengths)
        confusion = Confusion(counts, totals, np.full(crowd.shape, 1e-9) if is_own else crowd * strengths)
        shares = shares_of(lead.state_counts[None, :], varieties, class_shares, 1e-9 if is_own else 1.0)
        confusion.chances(votes, design.records, out=walker.chances)
        seen = walker.walk(shares)
        change = _change(seen.counts, counts, votes)
        lead = lead.after(seen)
    log_likelihood = seen.log_likelihood
    del lead, seen  # among millions of tasks their tallies would stand beside the posterior
    return Fit(design, walker.states(shares), confusion, shares, log_likelihood, passes, change < tolerance)


@dataclass(frozen=True, slots=True, eq=False)
class Lead:
    """Where the next pass begins: where the last one ended and, among many tasks, a leap further in its direction.

    Expectation-maximization creeps along directions that the votes hardly tell apart. Passes that leap on with growing momentum
    need half as many (Nesterov, 1983; for such maps Varadhan & Roland, 2008, doi:10.1111/j.1467-9469.2007.00585.x). A leap that
    made the votes less likely is taken back, and momentum begins anew (O'Donoghue & Candes, 2015,
    doi:10.1007/s10208-013-9150-3, 3.2).
    """

    last: Seen
    is_leaping: bool
    passes: int = 0
    leap: Seen | None = None

    @property
    def counts(self) -> Floats:
        """Shape (cells, states)."""
        return self.last.counts if self.leap is None else self.leap.counts

    @property
    def state_counts(self) -> Floats:
        """Shape (states,)."""
        return self.last.state_counts if self.leap is None else self.leap.state_counts

    def after(self, seen: Seen) -> Lead:
        """The lead once a pass that began here has seen this."""
        if self.leap is not None and seen.log_likelihood < self.last.log_likelihood:
            return Lead(Seen(self.last.counts, self.last.state_counts, seen.log_likelihood), self.is_leaping)
        passes = self.passes + 1
        leaps = passes - _PLAIN_PASSES
        if not self.is_leaping or leaps <= 0:
            return Lead(seen, self.is_leaping, passes)
        momentum = min(leaps / (leaps + 1.0), _MOMENTUM_MAX)
        leap = Seen(
            _leapt(self.last.counts, seen.counts, momentum),
            _leapt(self.last.state_counts, seen.state_counts, momentum),
            seen.log_likelihood,
        )
        return Lead(seen, self.is_leaping, passes, leap)


def held_out(votes: Ballots, fitted: Fit, known: Integers | None = None) -> Held:
    """Leave each task, and each vote, out of what is said about it: one walk, and no fit is repeated.

    A task's part in the records of its annotators is its own posterior, and is subtracted. That the rest of the fit would have
    come out a little differently without the task is neglected.
    """
    design, confusion = fitted.design, fitted.confusion
    varieties = design.varieties
    log_shares = np.log(fitted.state_shares)
    prior_total = confusion.prior.sum(axis=0)
    posterior = np.empty((votes.tasks, votes.classes))
    log_votes = np.full(votes.votes, np.nan)
    for first, last in steps(votes.starts, max(VOTES_A_STEP // varieties, 1)):
        here = slice(votes.starts[first], votes.starts[last])
        sizes = votes.sizes[first:last]
        own = np.repeat(fitted.states[first:last], sizes, axis=0)
        cells = votes.cells[here]
        given = np.maximum(confusion.counts[cells] - own, 0.0) + confusion.prior[votes.cell_codes[cells]]
        total = np.maximum(confusion.totals[votes.cell_records[cells]] - own, 0.0) + prior_total
        logs = np.log(given / total)
        summed = np.add.reduceat(logs, votes.starts[first:last] - votes.starts[first], axis=0)
        of_task = summed * with_design_effect(sizes, design.correlation)[:, None] + log_shares
        posterior[first:last] = of_classes(normalized(of_task)[0], varieties)
        others = np.repeat(summed, sizes, axis=0) - logs
        others = (
            others * np.repeat(with_design_effect(np.maximum(sizes - 1, 1), design.correlation), sizes)[:, None]
            + log_shares
        )
        if known is not None:
            others = masked(others, varieties, np.repeat(known[first:last], sizes))
        others, _ = normalized(others)
        predicted = np.log(np.maximum(np.sum(others * given / total, axis=1), 1e-300))
        log_votes[here] = np.where(np.repeat(sizes, sizes) > 1, predicted, np.nan)
    return Held(posterior, log_votes)


def held_out_shares(votes: Ballots) -> Held:
    """As held_out, for the plain vote: the smoothed share of the task's other votes (`quality.share`)."""
    sizes = votes.sizes.astype(np.float64)
    counts = votes.counts()
    tasks = votes.task_positions
    others = counts[tasks, votes.codes] - 1.0
    log_votes = np.log(smoothed_share(others, sizes[tasks] - 1.0, votes.classes))
    log_votes[sizes[tasks] < 2] = np.nan
    return Held(smoothed_share(counts, sizes[:, None], votes.classes), log_votes)


def with_known(posterior: Floats, known: Integers | None) -> Floats:
    """The posterior with known answers put in. Shapes (tasks, classes) and (tasks,)."""
    if known is None or not np.any(known >= 0):
        return posterior
    rows = np.flatnonzero(known >= 0)
    fixed = posterior.copy()
    fixed[rows] = 0.0
    fixed[rows, known[rows]] = 1.0
    return fixed


def of_classes(states: Floats, varieties: int) -> Floats:
    """Sum the varieties of each class: shape (rows, classes)."""
    if varieties == 1:
        return states
    summed: Floats = states.reshape(states.shape[0], -1, varieties).sum(axis=2)
    return summed


def normalized(logarithms: Floats) -> tuple[Floats, Floats]:
    """Rows as probabilities, and the logarithm of what each was divided by: shapes (rows, states) and (rows,)."""
    top = logarithms.max(axis=1, keepdims=True)
    weights = np.exp(logarithms - top)
    total = weights.sum(axis=1, keepdims=True)
    return weights / total, (np.log(total) + top)[:, 0]


def start(votes: Ballots, varieties: int, known: Integers | None) -> Floats:
    """Where the fit starts: the vote shares; varieties by how contested a task is, its place among all tasks.

    The first variety begins with the most contested tasks. No name and no random number enters, so that renaming anything
    renames the fit. Returns shape (tasks, states).
    """
    return np.concatenate([rows for _, _, rows in _starting(votes, varieties, known)])


def _begun(votes: Ballots, varieties: int, known: Integers | None) -> Seen:
    """What a walk would have seen at the start."""
    counts = np.zeros((votes.classes * varieties, votes.cell_codes.size))
    state_counts = np.zeros(len(counts))
    for first, last, rows in _starting(votes, varieties, known):
        add_tallies(counts, votes, np.ascontiguousarray(rows.T), first, last)
        state_counts += rows.sum(axis=0)
    return Seen(np.ascontiguousarray(counts.T), state_counts, -np.inf)


def _seen_in(votes: Ballots, states: Floats) -> Seen:
    """What a walk would have seen of these states: shape (tasks, states)."""
    counts = np.zeros((states.shape[1], votes.cell_codes.size))
    for first, last in steps(votes.starts, VOTES_A_TALLY):
        add_tallies(counts, votes, np.ascontiguousarray(states[first:last].T), first, last)
    return Seen(np.ascontiguousarray(counts.T), states.sum(axis=0), -np.inf)


def _starting(votes: Ballots, varieties: int, known: Integers | None) -> Iterator[tuple[int, int, Floats]]:
    """The start in steps: the first task, the one after the last, and their states."""
    parts = _parts_of_varieties(votes, varieties)
    for first, last in steps(votes.starts, VOTES_A_TALLY):
        shares = votes.counts(first, last) / np.diff(votes.starts[first : last + 1])[:, None]
        shares = with_known(shares, None if known is None else known[first:last])
        if varieties > 1:
            shares = np.einsum("tc,tv->tcv", shares, parts[first:last]).reshape(last - first, -1)
        yield first, last, shares


def _parts_of_varieties(votes: Ballots, varieties: int) -> Floats:
    """Shape (tasks, varieties), rows sum to 1: the part of each in a task at the start; empty where there is but one."""
    if varieties == 1:
        return np.zeros((0, 1))
    top = np.empty(votes.tasks)
    for first, last in steps(votes.starts, VOTES_A_TALLY):
        most = votes.counts(first, last).max(axis=1)
        top[first:last] = smoothed_share(most, votes.sizes[first:last].astype(np.float64), votes.classes)
    _, level, tasks_of_level = np.unique(top, return_inverse=True, return_counts=True)
    before = np.cumsum(tasks_of_level) - tasks_of_level
    place: Floats = ((before + 0.5 * tasks_of_level) / votes.tasks)[level.reshape(-1)]
    anchors = (np.arange(varieties, dtype=np.float64) + 0.5) / varieties
    nearness: Floats = np.exp(-0.5 * ((place[:, None] - anchors) * varieties / _BLUR) ** 2) + _FLOOR
    part: Floats = nearness / nearness.sum(axis=1, keepdims=True)
    return part


def shares_of(states: Floats, varieties: int, class_shares: Floats | None, spread: float = 1.0) -> Floats:
    """How common each state is: shape (states,); smoothed by `spread` tasks over all, so that none is ruled out."""
    counted = states.sum(axis=0) + spread / states.shape[1]
    shares: Floats = counted / counted.sum()
    if class_shares is None:
        return shares
    of_class = np.repeat(of_classes(shares[None, :], varieties)[0], varieties)
    given: Floats = shares / of_class * np.repeat(class_shares, varieties)
    return given


def walker_over(votes: Ballots, assumed: Assumed) -> Walker:
    """Whoever walks over these votes the fastest."""
    return walk_compiled.CompiledWalker(votes, assumed) if votes.is_compiled else NumpyWalker(votes, assumed)


def _leapt(before: Floats, after: Floats, momentum: float) -> Floats:
    """Beyond `after`, in the direction from `before`; no count falls below zero."""
    leapt = np.empty(after.shape)
    for here in slices(len(leapt), _CELLS_A_STEP):
        step = after[here] - before[here]
        step *= momentum
        step += after[here]
        np.maximum(step, 0.0, out=leapt[here])
    return leapt


def _change(after: Floats, before: Floats, votes: Ballots) -> float:
    """How far a pass moved the tallies: the most of any or, where some last task always turns, the mean a vote."""
    if votes.tasks <= MANY_TASKS:
        return float(np.abs(after - before).max())
    apart = 0.0
    for here in slices(len(after), _CELLS_A_STEP):
        step = after[here] - before[here]
        apart += float(np.abs(step, out=step).sum())
    return apart / votes.votes
