"""Adaptive opinions through the HTTP API: `python -m bench.adaptive [--data DIR] [--sets bluebird,cf_amt] [--sure 0.99]`.

Real votes are dealt in a random order to a fresh installation, which decides by itself when a task has enough. Beside it stand the
same number of votes a task for all (fixed), and all votes, as `infer` reads them by its default. Truth is read by the scorer alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / name) for name in ("replay", "quality")]

from dealing import replay_adaptively  # noqa: E402
from scoring import calibration_error  # noqa: E402

from bench.installation import installation, table  # noqa: E402
from evenhand.cli.crowd import Crowd, accuracy, read_crowd  # noqa: E402
from evenhand.quality.truth import infer  # noqa: E402


def fixed(crowd: Crowd, answers: float, seed: int) -> tuple[float, float]:
    """(share right by the default of `infer`, by the majority), when every task gets so many of its votes on average.

    answers: between two whole numbers some tasks, drawn by lot, get one more.
    """
    chance = random.Random(seed)
    some = {}
    for task, votes in sorted(crowd.votes.items()):
        count = int(answers) + (chance.random() < answers % 1)
        some[task] = {who: votes[who] for who in chance.sample(sorted(votes), min(count, len(votes)))}
    return by_model(Crowd(some, crowd.truth)), by_majority(Crowd(some, crowd.truth))


def by_model(crowd: Crowd) -> float:
    """The share of known tasks that the default of `infer` gets right; a tie of k that holds the truth counts 1/k."""
    tasks, labels = sorted(crowd.votes), crowd.labels
    people = sorted({who for votes in crowd.votes.values() for who in votes})
    place = {who: index for index, who in enumerate(people)}
    rows = [
        (index, place[who], labels.index(label))
        for index, task in enumerate(tasks)
        for who, label in crowd.votes[task].items()
    ]
    found = infer(*zip(*rows, strict=True), max(len(labels), 2))
    winners: dict[str, list[str]] = {task: [] for task in tasks}
    for at, code in zip(found.winner_tasks.tolist(), found.winner_codes.tolist(), strict=True):
        winners[tasks[int(found.task_numbers[at])]].append(labels[code])
    return accuracy(winners, crowd.truth).share


def by_majority(crowd: Crowd) -> float:
    """The same of the plain vote."""
    from evenhand.cli.crowd import majority_winners

    return accuracy(majority_winners(crowd), crowd.truth).share


async def measure(name: str, crowd: Crowd, sure: float, seed: int) -> list[str]:
    """One line of the table."""
    with installation() as place:
        before = place.cpu_seconds()
        found = await replay_adaptively(place.url, place.admin_key, name, crowd, sure=sure, seed=seed)
        after = place.cpu_seconds()
    told = found.quality["decided"]
    each = found.used / found.tasks
    model, votes = fixed(crowd, each, seed)
    late = sorted(found.latencies)
    return [
        name,
        f"{found.used:,} of {found.of:,} ({found.used / found.of:.0%})",
        f"{found.decided} of {found.tasks}",
        f"{found.by_decision.share:.3f}",
        f"{model:.3f}, {votes:.3f}",
        f"{by_model(crowd):.3f}, {by_majority(crowd):.3f}",
        f"{calibration_error(np.array(found.probabilities), np.array(found.is_right, dtype=float)):.3f}",
        f"{told['differing']} of {told['compared']}",
        f"{late[len(late) // 2]:.2f}, {late[int(len(late) * 0.95)]:.2f}, {late[-1]:.2f} s of {len(late):,}",
        f"{(after['worker'] - before['worker']) * 1000 / found.used:.1f} ms",
    ]


def main() -> None:
    """Measure each set and print."""
    shared = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[2] / "shared"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=shared / "data" / "crowd")
    parser.add_argument("--sets", default="bluebird,cf_amt")
    parser.add_argument("--sure", type=float, default=0.99)
    parser.add_argument("--seed", type=int, default=1)
    asked: Any = parser.parse_args()
    lines = []
    for name in asked.sets.split(","):
        lines.append(asyncio.run(measure(name, read_crowd(asked.data / name), asked.sure, asked.seed)))
        print(lines[-1], flush=True)
    head = [
        "set",
        "answers used",
        "decided",
        "right as decided",
        "fixed, as many: model, majority",
        "all votes: model, majority",
        "ECE of decisions",
        "the sweep says otherwise",
        "submit to decision, p50, p95, max",
        "worker CPU a vote",
    ]
    table(f"adaptive opinions through the API, sure {asked.sure:g}", head, lines)


if __name__ == "__main__":
    main()
