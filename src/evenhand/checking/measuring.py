"""What the results of a check say of the checker: does it tell right work from wrong, and is it always the same? Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from evenhand.core.canonical import JsonValue
from evenhand.ontology.open_task import Bars, OpenTask
from evenhand.quality.beta import beta_quantile, share_interval

SOLUTION, START = "solution", "start"


@dataclass(frozen=True, slots=True)
class Result:
    """One run of the checker on one subject, as it is kept.

    subject: "solution", "start", an author's mutation or a generated mutant, by id. reward: within checker.reward. limit: the one
    that was struck. defect: why the reward is the lowest although the checker said none: "limit", "signal", "no_reward", "exit".
    tests: name -> whether it passed, where the checker says so. log, checker, limits: digests.
    """

    subject: str
    reward: float
    exit: int | None
    signal: int | None
    limit: str | None
    defect: str | None
    wall_seconds: float
    log: str
    checker: str
    limits: str
    tests: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with a 95 % interval under Jeffreys' prior; rate, low and high are None of none."""

    count: int
    total: int
    rate: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, count: int, total: int) -> Share:
        """From counts, 0 <= count <= total."""
        if total == 0:
            return cls(0, 0, None, None, None)
        low, high = share_interval([count], [total])
        return cls(count, total, count / total, float(low[0]), float(high[0]))

    def as_json(self) -> dict[str, JsonValue]:
        """For reports."""
        return {"count": self.count, "total": self.total, "rate": self.rate, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True)
class Flakes:
    """Runs whose reward differs from the first of the same subject. upper: 95 % of chances lie below; 1 of none."""

    count: int
    total: int
    upper: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found.

    mutation_score: kills over valid, non-equivalent mutants. survivors: their ids. false_accepts: wrong solutions and exploits of
    the author that earned another reward than declared. false_rejects: equivalents that earned less. missing: what the gate still
    asks for, in words; empty when the task may be released.
    """

    solution: Share
    start: Share
    flakes: Flakes
    mutation_score: Share
    survivors: tuple[str, ...]
    false_accepts: Share
    false_rejects: Share
    missing: tuple[str, ...]


def repeats_for(flake_rate: float) -> int:
    """How many comparisons without a flake bound its rate at 95 %: the smallest n with (1 - rate)^n <= 0.05. 299 for 1 %."""
    return math.ceil(math.log(0.05) / math.log1p(-flake_rate))


def flakes_of(rewards: Iterable[Sequence[float]]) -> Flakes:
    """rewards: for each subject those of its runs, in order.

    upper: one-sided, Clopper & Pearson, 1934, "The use of confidence or fiducial limits", doi:10.1093/biomet/26.4.404. A
    checker that differs with probability p differs from its first run in up to 2p(1 - p) of the others: the bound errs upwards.
    """
    count = total = 0
    for runs in rewards:
        total += max(len(runs) - 1, 0)
        count += sum(reward != runs[0] for reward in runs[1:])
    upper = 1.0 if count == total else float(beta_quantile(0.95, count + 1, total - count))
    return Flakes(count, total, upper)


def measure(task: OpenTask, results: Sequence[Result], generated: Iterable[str], bars: Bars) -> Measured:
    """results: of one checker under one set of limits, as they were found. generated: ids of mutants made of the solution."""
    rewards: dict[str, list[float]] = defaultdict(list)
    for each in results:
        rewards[each.subject].append(each.reward)
    good = task.expect.solution_reward
    declared = {each.id for each in task.mutations if each.is_declaration}
    authors = [each for each in task.mutations if not each.is_declaration and rewards.get(each.id)]
    wrong = [each for each in authors if each.kind != "equivalent"]
    right = [each for each in authors if each.kind == "equivalent"]
    tried = [each for each in generated if rewards.get(each) and each not in declared] + [each.id for each in wrong]
    survivors = tuple(each for each in tried if max(rewards[each]) >= good)
    passed = sum(reward == good for reward in rewards[SOLUTION])
    failed = sum(reward <= task.expect.start_reward for reward in rewards[START])
    accepted = [each.id for each in wrong if any(reward != each.reward for reward in rewards[each.id])]
    rejected = [each.id for each in right if any(reward < each.reward for reward in rewards[each.id])]
    found = Measured(
        solution=Share.of(passed, len(rewards[SOLUTION])),
        start=Share.of(failed, len(rewards[START])),
        flakes=flakes_of(rewards.values()),
        mutation_score=Share.of(len(tried) - len(survivors), len(tried)),
        survivors=survivors,
        false_accepts=Share.of(len(accepted), len(wrong)),
        false_rejects=Share.of(len(rejected), len(right)),
        missing=(),
    )
    missing = [
        *_of_runs(task, found),
        *_of_tests(task, results),
        *_of_mutations(accepted, rejected),
        *_of_bars(found, bars),
    ]
    return Measured(**{**{name: getattr(found, name) for name in Measured.__slots__}, "missing": tuple(missing)})


def _of_runs(task: OpenTask, found: Measured) -> Iterable[str]:
    runs = task.checker.runs
    for name, share, verb in (("reference solution", found.solution, "passed"), ("start", found.start, "failed")):
        if share.total < runs:
            yield f"The {name} was run {share.total} times; {runs} are asked for."
        elif share.count < share.total:
            yield f"The {name} {verb} in {share.count} of {share.total} runs; it must in all."
    if band := task.expect.pass_band:
        yield f"The pass rate of {band.solver} is not measured here; leave expect.pass_band out or measure it elsewhere."


def _of_tests(task: OpenTask, results: Sequence[Result]) -> Iterable[str]:
    """fail_to_pass fail at the start and pass with the solution; pass_to_pass pass in both."""
    wanted = [(SOLUTION, name, True) for name in (*task.checker.fail_to_pass, *task.checker.pass_to_pass)]
    wanted += [(START, name, False) for name in task.checker.fail_to_pass]
    wanted += [(START, name, True) for name in task.checker.pass_to_pass]
    for subject, name, is_passed in wanted:
        runs = [each for each in results if each.subject == subject]
        if any(each.tests.get(name) is not is_passed for each in runs):
            yield f"The test {name} does not {'pass' if is_passed else 'fail'} with the {subject} in every run."


def _of_mutations(accepted: Sequence[str], rejected: Sequence[str]) -> Iterable[str]:
    if accepted:
        yield f"Wrong work does not get the reward that is declared for it: {', '.join(accepted)}."
    if rejected:
        yield f"Work that is declared equivalent is refused: {', '.join(rejected)}."


def _of_bars(found: Measured, bars: Bars) -> Iterable[str]:
    score, flakes = found.mutation_score, found.flakes
    if score.total < bars.mutants:
        yield (
            f"Only {score.total} wrong solutions were tried; at least {bars.mutants} are asked for: add mutations of the kind"
            " wrong_solution."
        )
    if score.rate is not None and score.rate < bars.mutation_score:
        yield (
            f"The checker refuses {score.count} of {score.total} wrong solutions ({score.rate:.0%}); at least"
            f" {bars.mutation_score:.0%} are asked for. Make it stricter, or declare survivors equivalent and say why."
        )
    if flakes.upper > bars.flake_rate:
        yield (
            f"Its reward differed in {flakes.count} of {flakes.total} repeated runs: at most {flakes.upper:.1%} of runs flake"
            f" (95 %), and {bars.flake_rate:.1%} are allowed."
        )
