"""Decisions between fits, in arrays: `python -m bench.live [--data DIR] [--sets bluebird,cf_amt] [--seeds 3] [--sure 0.99]`.

Real votes of each task come in a random order of its own, one a round for each task that is asked about. Every task is judged by
the last fit, as the live path does; the crowd is fitted anew when a tenth more votes are in. Told of each set: how calibrated
the probabilities were as they were decided, and of how many decided tasks the last fit says otherwise. The truth is read by
the scorer alone.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / "quality"), str(Path(__file__).parents[1] / "src")]

from crowds import crowd, truth  # noqa: E402
from scoring import calibration_error, interval  # noqa: E402

from evenhand.quality import infer  # noqa: E402
from evenhand.quality.stopping import crowd_of_fit, judge, rule_for, unknown_crowd  # noqa: E402

NEWS = 0.1
LEAST = 2


@dataclass
class Lived:
    """What came of one order of the votes. used: share of all votes. decided: tasks that were; differing: of these.

    confidences, is_right: of all tasks whose truth is known, by the newest decision; the others by the last fit.
    """

    used: float
    decided: int
    differing: int
    confidences: Any
    is_right: Any
    last_confidences: Any
    last_is_right: Any


def live(name: str, seed: int, sure: float) -> Lived:
    """One order of one set's votes, until everything is decided or has no votes left."""
    votes, right = crowd(name), truth(name)
    drawn = np.random.default_rng([7, seed]).permutation(votes.tasks.size)
    order = drawn[np.argsort(votes.tasks[drawn], kind="stable")]
    sizes = np.bincount(votes.tasks, minlength=right.size)
    at = np.empty(order.size, dtype=np.int64)
    at[order] = np.arange(order.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rule = rule_for(int(sizes.max()), sure=sure)
    given, fitted = np.minimum(LEAST, sizes), 0
    is_over, is_decided = np.zeros(right.size, dtype=bool), np.zeros(right.size, dtype=bool)
    told = np.zeros((right.size, votes.classes))
    standing = unknown_crowd(votes.classes)

    def columns(kept: Any) -> tuple[Any, Any, Any]:
        return votes.tasks[kept], votes.annotators[kept], votes.codes[kept]

    while (waiting := (at < given[votes.tasks]) & ~is_over[votes.tasks]).any():
        found = judge(standing, rule, *columns(waiting))
        told[found.task_numbers] = found.probabilities
        is_more = found.asks_on & (given[found.task_numbers] < sizes[found.task_numbers])
        is_over[found.task_numbers[~is_more]] = True
        is_decided[found.task_numbers[~found.asks_on]] = True
        if given.sum() > fitted * (1 + NEWS):
            standing, fitted = (
                crowd_of_fit(infer(*columns(at < given[votes.tasks]), votes.classes)),
                int(given.sum()),
            )
        given[found.task_numbers[is_more]] += 1
    last = infer(*columns(at < given[votes.tasks]), votes.classes).probabilities
    known, answers, finally_ = right >= 0, told.argmax(axis=1), last.argmax(axis=1)
    return Lived(
        float(given.sum() / sizes.sum()),
        int(is_decided.sum()),
        int((answers != finally_)[is_decided].sum()),
        told.max(axis=1)[known],
        (answers == right)[known].astype(float),
        last.max(axis=1)[known],
        (finally_ == right)[known].astype(float),
    )


def line(title: str, runs: list[Lived]) -> str:
    """The figures of one set or all."""
    sure, right = (np.concatenate([getattr(each, name) for each in runs]) for name in ("confidences", "is_right"))
    last, last_right = (
        np.concatenate([getattr(each, name) for each in runs]) for name in ("last_confidences", "last_is_right")
    )
    rows = np.stack([sure, right], axis=1)
    low, high = interval(rows, lambda some: calibration_error(some[:, 0], some[:, 1]), resamples=300)
    decided, differing = sum(each.decided for each in runs), sum(each.differing for each in runs)
    used, share = np.mean([each.used for each in runs]), differing / max(decided, 1)
    return (
        f"{title:<14}{used:.0%} of the votes; right {right.mean():.3f}, said {sure.mean():.3f}, "
        f"ECE {calibration_error(sure, right):.3f} ({low:.3f} to {high:.3f}); by the last fit right {last_right.mean():.3f}, "
        f"ECE {calibration_error(last, last_right):.3f}; {differing} of {decided:,} decided otherwise ({share:.2%})"
    )


def main() -> None:
    """Print a line a set, and one of all."""
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__)
    parser.add_argument("--data", help="a folder of crowd sets; without it EVENHAND_SHARED/data/crowd")
    parser.add_argument("--sets", default="bluebird,cf_amt,zencrowd_us")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sure", type=float, default=0.99)
    asked = parser.parse_args()
    if asked.data:
        import crowds

        crowds.CROWDS = Path(asked.data)
    load = os.getloadavg()[0]
    print(
        f"{time.strftime('%Y-%m-%d %H:%M')} UTC, {os.cpu_count()} cores, load average {load:.1f}; sure {asked.sure:g}"
    )
    every = []
    for name in asked.sets.split(","):
        runs = [live(name, seed, asked.sure) for seed in range(asked.seeds)]
        every += runs
        print(line(name, runs), flush=True)
    print(line("all", every))


if __name__ == "__main__":
    main()
