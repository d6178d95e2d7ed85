"""The choice among models: each weighs as much as it helps to foretell votes that were left out.

Truth is never seen, votes are. A model that has understood the tasks and the people foretells a vote from the others; the
weights are those under which the mixture of all models foretells best (stacking; Wolpert, 1992, doi:10.1016/S0893-6080(05)80023-1;
Yao et al., 2018, doi:10.1214/17-BA1091). Models differ most where they are too sure, and a mixture is not.

To foretell votes is not to know the truth: a crowd may err together, and all models with it. So the mixture is joined with the
plain smoothed share of the votes, by a trust that begins at one half and follows the known answers, where there are any.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from evenhand.quality import latent, profiles
from evenhand.quality.ballots import Ballots
from evenhand.quality.known import Known
from evenhand.quality.latent import Design, Held, held_out_shares, with_known
from evenhand.quality.ordinal import Scale
from evenhand.quality.profiles import Profiles
from evenhand.quality.votes import Floats, Integers

AnyDesign: TypeAlias = Design | Profiles
AnyFit: TypeAlias = latent.Fit | profiles.ProfileFit

PLAIN = "majority"
# Chosen leave-one-set-out among families and trusts: bench/truth.py prints both figures.
FAMILY: dict[str, AnyDesign] = {
    f"{varieties}-{correlation}": Design(varieties, correlation, passes_max=60, tolerance=1e-4)
    for varieties in (1, 2)
    for correlation in (0.0, 0.05, 0.1, 0.2)
}
# What joins them where classes have an order. Votes alone decide whether the order helps: where it is none, these weigh nothing.
ORDERED: dict[str, AnyDesign] = {f"ordinal-{correlation}": Scale(correlation) for correlation in (0.0, 0.1)}
# Where annealing begins, and by how many standard errors what began from the votes has to be better (bench/RESULTS.md).
ANNEALED_FROM = 0.1
SURELY = 2.5
ANNEALED_VOTES = 30_000  # more leave less to chance, and take longer
TRUST = 0.5
TRUST_ANSWERS = 20.0  # the known answers that the first guess is worth
SAMPLE_VOTES = 50_000
_SAMPLE_PASSES = 20
WEIGHT_MIN = 0.05
MEMBERS_OF_MANY = 2
_ROUNDS = 200
_VOTES_MAX = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Several models as one.

    posterior: shape (tasks, classes). weights: of each member, summing to 1, the plain share's among them by its part in the
    stack. trust: in the stack rather than in the plain share. fits: of all members but the plain share; `first` is the name of
    the one with the greatest weight.
    """

    posterior: Floats
    weights: dict[str, float]
    trust: float
    fits: dict[str, AnyFit]
    first: str
    log_likelihood: float
    passes: int
    has_converged: bool


def stack(
    votes: Ballots,
    *,
    known: Known | None = None,
    class_shares: Floats | None = None,
    family: dict[str, AnyDesign] | None = None,
    trust: float = TRUST,
) -> Stack:
    """Fit the family, weigh its members by held-out votes, and join them with the plain share. class_shares as `latent.fit`."""
    designs = family if family is not None else FAMILY
    if votes.votes > 2 * SAMPLE_VOTES:
        designs = _worthwhile(votes, known, class_shares, designs)
    teaching = known.teaching if known is not None else None
    plain = held_out_shares(votes)
    told = _fitted(votes, designs, teaching, class_shares)
    fits = {name: fitted for name, (fitted, _) in told.items()}
    members = {name: held for name, (_, held) in told.items()} | {PLAIN: plain}
    names = list(members)
    weights = weights_of(np.stack([members[name].log_votes for name in names], axis=1))
    stacked = np.einsum("m,mtc->tc", weights, np.stack([members[name].posterior for name in names]))
    believed = trust_of(stacked, plain, known.telling if known is not None else None, trust)
    joined = believed * stacked + (1.0 - believed) * plain.posterior
    best = max(fits, key=lambda name: weights[names.index(name)])
    mixture = np.exp(np.stack([members[name].log_votes for name in names], axis=1)) @ weights
    return Stack(
        posterior=with_known(joined, known.settled if known is not None else None),
        weights=dict(zip(names, weights.tolist(), strict=True)),
        trust=believed,
        fits=fits,
        first=best,
        log_likelihood=float(np.nansum(np.log(mixture))),
        passes=sum(each.passes for each in fits.values()),
        has_converged=fits[best].has_converged,
    )


def _fitted(
    votes: Ballots, designs: dict[str, AnyDesign], known: Integers | None, class_shares: Floats | None
) -> dict[str, tuple[AnyFit, Held]]:
    """Every model's fit, and what it says with each task left out.

    Two varieties of a class have more than one optimum: by the deal of the votes a hard task's class is named one way or the other.
    Where few votes leave this to chance a fit begins anew where the one with more correlation ended, and that with the most
    where the votes lie (annealing; Ueda & Nakano, 1998, doi:10.1016/S0893-6080(97)00133-0). It moves little as votes come in.
    What began from the votes takes its place only if it foretells votes better, surely.
    """
    told = {}
    annealed: dict[int, latent.Fit] = {}
    by_correlation = sorted(designs, key=lambda name: designs[name].correlation, reverse=True)
    for name in by_correlation:
        design = designs[name]
        fitted = fit_any(votes, design, known=known, class_shares=class_shares)
        told[name] = fitted, held_out_any(votes, fitted, known)
        is_annealed = isinstance(design, Design) and design.varieties > 1 and design.correlation <= ANNEALED_FROM
        if not is_annealed or not isinstance(fitted, latent.Fit) or votes.votes > ANNEALED_VOTES:
            continue
        if (before := annealed.get(fitted.design.varieties)) is not None:
            slow = latent.fit(votes, fitted.design, known=known, class_shares=class_shares, begin=before)
            held = latent.held_out(votes, slow, known)
            if not _is_surely_better(votes, told[name][1], held):
                told[name] = slow, held
            fitted = slow
        annealed[fitted.design.varieties] = fitted
    return {name: told[name] for name in designs}


def _is_surely_better(votes: Ballots, one: Held, other: Held) -> bool:
    """Whether one foretells votes better than the other by SURELY standard errors. A task's votes are one piece of evidence."""
    gained = np.nan_to_num(one.log_votes - other.log_votes)
    by_task = np.bincount(votes.task_positions, weights=gained, minlength=votes.tasks)
    return bool(by_task.sum() > SURELY * by_task.std() * votes.tasks**0.5)


def fit_any(
    votes: Ballots, design: AnyDesign, *, known: Integers | None = None, class_shares: Floats | None = None
) -> AnyFit:
    """Fit a model of either sort. Arguments as `latent.fit`."""
    if isinstance(design, Design):
        return latent.fit(votes, design, known=known, class_shares=class_shares)
    return profiles.fit(votes, design, known=known, class_shares=class_shares)


def held_out_any(votes: Ballots, fitted: AnyFit, known: Integers | None = None) -> Held:
    """What a fit of either sort says of each task, and each vote, as if it had not seen them."""
    if isinstance(fitted, latent.Fit):
        return latent.held_out(votes, fitted, known)
    return profiles.held_out(votes, fitted, known)


def forgetting_tasks(fitted: AnyFit) -> AnyFit:
    """A fit without what it says of the tasks, which is most of it."""
    nothing = np.zeros((0, fitted.state_shares.size))
    return replace(fitted, states=nothing)


def _worthwhile(
    votes: Ballots, known: Known | None, class_shares: Floats | None, designs: dict[str, AnyDesign]
) -> dict[str, AnyDesign]:
    """The members that a sample of the tasks gives a say: of a large crowd not every model need be fitted to all of it.

    The sample is every so many-th task, about SAMPLE_VOTES votes. Of a member's seconds more are spent on the crowd than on the
    sample, and members that foretell alike say alike: no more than MEMBERS_OF_MANY go on.
    """
    is_kept = np.arange(votes.tasks) % (votes.votes // SAMPLE_VOTES + 1) == 0
    some = votes.of_tasks(is_kept)
    brief = {
        name: replace(design, passes_max=_SAMPLE_PASSES) if isinstance(design, Design) else design
        for name, design in designs.items()
    }
    found = stack(
        some, known=None if known is None else known.of_tasks(is_kept), class_shares=class_shares, family=brief
    )
    heaviest = sorted(designs, key=lambda name: found.weights[name], reverse=True)[:MEMBERS_OF_MANY]
    return {name: designs[name] for name in heaviest if found.weights[name] >= WEIGHT_MIN or name == found.first}


def weights_of(log_votes: Floats) -> Floats:
    """The weights under which the mixture foretells the votes best: shape (members,), summing to 1.

    log_votes: shape (votes, members), NaN where a vote has no other beside it. The likelihood of a mixture is concave in its
    weights, so expectation-maximization finds the one best. Beyond 100,000 votes every so many-th is read.
    """
    told = log_votes[~np.isnan(log_votes[:, 0])]
    told = told[:: max(1, told.shape[0] // _VOTES_MAX)]
    weights = np.full(log_votes.shape[1], 1.0 / log_votes.shape[1])
    if told.shape[0] == 0:
        return weights
    likely = np.exp(told - told.max(axis=1, keepdims=True))
    for _ in range(_ROUNDS):
        weights = weights * ((1.0 / (likely @ weights)) @ likely) / told.shape[0]
    shares: Floats = weights / weights.sum()
    return shares


def trust_of(stacked: Floats, plain: Held, known: Integers | None, trust: float) -> float:
    """How far the stack is believed rather than the plain share, by the known answers: a mixture of two, with a prior.

    The prior is worth TRUST_ANSWERS known answers. stacked: shape (tasks, classes), each task as if its answer were not known.
    """
    if known is None or not np.any(known >= 0):
        return trust
    rows = np.flatnonzero(known >= 0)
    by_stack, by_plain = stacked[rows, known[rows]], plain.posterior[rows, known[rows]]
    believed = trust
    for _ in range(_ROUNDS):
        part = believed * by_stack / np.maximum(believed * by_stack + (1.0 - believed) * by_plain, 1e-300)
        believed = float((part.sum() + trust * TRUST_ANSWERS) / (rows.size + TRUST_ANSWERS))
    return believed
