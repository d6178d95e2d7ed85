"""How right and how fast comparisons are ranked: `python -m bench.ranking [--data DIR] [--votes 100000]`.

Real sets (`llmfao_pairs`, `pandalm_judges`): the model learns from four fifths of the votes, drawn by a seed, and foretells the
rest; ties are left out of the test, ten splits. Made votes: 100 items, half of whose strengths differ by less than a coin tells,
30 % of the people toss coins and 9 % prefer the worse one; Spearman's correlation with the true strengths. Where crowd-kit can be
imported its two models run beside ours in the same process; its NoisyBradleyTerry, which takes minutes on 10⁵ votes, on a tenth.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / "src")]

from evenhand.quality.ranking import rank  # noqa: E402

THEIRS = find_spec("crowdkit") is not None
SPLITS = 10


class Compared(NamedTuple):
    """Comparisons, one row a vote. outcomes: -1 left, 0 tie, 1 right. truth: the true strengths, of made votes."""

    people: np.ndarray
    lefts: np.ndarray
    rights: np.ndarray
    outcomes: np.ndarray
    truth: np.ndarray | None = None

    def rows(self, chosen: np.ndarray) -> Compared:
        """Some of them."""
        return Compared(*(column[chosen] for column in self[:4]), self.truth)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.ranking", description=__doc__)
    parser.add_argument("--data", help="a folder of crowd sets; without it EVENHAND_SHARED/data/crowd")
    parser.add_argument("--votes", type=float, default=1e5, help="how many are made")
    asked = parser.parse_args()
    data = Path(asked.data or Path(os.environ.get("EVENHAND_SHARED", "../shared")) / "data" / "crowd")
    print(f"{time.strftime('%Y-%m-%d %H:%M')} UTC, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    for name in ("llmfao_pairs", "pandalm_judges"):
        if (data / name / "labels.csv").exists():
            _foretell(name, read(data / name / "labels.csv"))
    _measure(made(int(asked.votes)), is_large=asked.votes > 2e4)
    if THEIRS and asked.votes > 2e4:
        _measure(made(int(asked.votes) // 10), is_large=False)


def read(path: Path) -> Compared:
    """A set of comparisons; items and people by number, in the order of their names."""
    with path.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    people = np.unique([row["worker"] for row in rows], return_inverse=True)[1]
    items = np.unique([row[side] for side in ("left", "right") for row in rows], return_inverse=True)[1]
    outcomes = [-1 if row["label"] == row["left"] else 1 if row["label"] == row["right"] else 0 for row in rows]
    return Compared(people, items[: len(rows)], items[len(rows) :], np.array(outcomes))


def made(votes: int) -> Compared:
    """Comparisons by people of whom some toss coins and some mean the opposite."""
    random = np.random.default_rng(0)
    items, people = 100, max(votes // 200, 10)
    truth = random.normal(0.0, 1.5, items)
    kind = random.random(people)
    reliability = np.where(kind < 0.3, 0.0, np.where(kind < 0.39, -1.0, 1.0))
    who = random.integers(0, people, votes)
    left = random.integers(0, items, votes)
    right = (left + random.integers(1, items, votes)) % items
    chance = 1.0 / (1.0 + np.exp(-reliability[who] * (truth[left] - truth[right])))
    return Compared(who, left, right, np.where(random.random(votes) < chance, -1, 1), truth)


def _foretell(name: str, all_votes: Compared) -> None:
    """Accuracy and log loss on votes that were left out."""
    print(f"\n{name}: {all_votes.people.size:,} votes, {np.mean(all_votes.outcomes == 0):.0%} ties, {SPLITS} splits")
    print(f"{'':<34}{'accuracy':>10}{'log loss':>10}{'seconds':>10}")
    for who, foretold in _foretellers().items():
        rights, losses, seconds = [], [], []
        for seed in range(SPLITS):
            is_test = np.random.default_rng(seed).random(all_votes.people.size) < 0.2
            seen, test = all_votes.rows(~is_test), all_votes.rows(is_test & (all_votes.outcomes != 0))
            start = time.perf_counter()
            chance = foretold(seen, test)
            seconds.append(time.perf_counter() - start)
            is_left = test.outcomes < 0
            rights.append(np.mean(np.where(chance == 0.5, 0.5, (chance > 0.5) == is_left)))
            losses.append(-np.mean(np.log(np.clip(np.where(is_left, chance, 1.0 - chance), 1e-6, 1.0))))
        print(f"{who:<34}{np.mean(rights):>10.3f}{np.mean(losses):>10.3f}{np.median(seconds):>10.3f}", flush=True)


def _foretellers() -> dict[str, Callable[[Compared, Compared], np.ndarray]]:
    """Name -> from votes and a test, the chance that the left one of each is preferred, given that one is."""

    def ours(with_reliability: bool) -> Callable[[Compared, Compared], np.ndarray]:
        def foretold(seen: Compared, test: Compared) -> np.ndarray:
            found = rank(*seen[:4], with_reliability=with_reliability)
            strength = dict(zip(found.item_numbers.tolist(), found.strengths.tolist(), strict=True))
            reliability = dict(zip(found.annotator_numbers.tolist(), found.reliabilities.tolist(), strict=True))
            difference = np.array(
                [
                    strength.get(left, 0.0) - strength.get(right, 0.0)
                    for left, right in zip(test.lefts.tolist(), test.rights.tolist(), strict=True)
                ]
            )
            scale = np.array([reliability.get(who, 1.0) for who in test.people.tolist()])
            return 1.0 / (1.0 + np.exp(-scale * (difference + found.lean)))

        return foretold

    found = {"evenhand rank, without reliability": ours(False), "evenhand rank": ours(True)}
    if THEIRS:
        found["crowd-kit 1.4.2 BradleyTerry"] = _theirs("BradleyTerry", n_iter=100)
        found["crowd-kit 1.4.2 NoisyBradleyTerry"] = _theirs("NoisyBradleyTerry", n_iter=10)
    return found


def _theirs(model: str, **options: int) -> Callable[[Compared, Compared], np.ndarray]:
    def foretold(seen: Compared, test: Compared) -> np.ndarray:
        scores = _scores(model, seen, **options)
        left, right = (
            np.array([scores.get(item, 0.0) for item in side.tolist()]) for side in (test.lefts, test.rights)
        )
        total = left + right
        return np.where(total > 0, left / np.where(total > 0, total, 1.0), 0.5)

    return foretold


def _scores(model: str, seen: Compared, **options: int) -> dict[int, float]:
    """A model of crowd-kit's, which knows no ties: they are left out. Item -> score."""
    import crowdkit.aggregation
    import pandas

    is_won = seen.outcomes != 0
    frame = pandas.DataFrame({"worker": seen.people, "left": seen.lefts, "right": seen.rights})[is_won]
    frame["label"] = np.where(seen.outcomes[is_won] < 0, frame["left"], frame["right"])
    fitted: Any = getattr(crowdkit.aggregation, model)(**options).fit_predict(frame)
    return {int(item): float(score) for item, score in fitted.items()}


def _measure(data: Compared, *, is_large: bool) -> None:
    """Seconds, the fastest of five of ours and once of theirs, and how well the true order was found."""
    print(f"\nmade: {data.people.size:,} votes of {np.unique(data.people).size} people on 100 items")
    print(f"{'':<34}{'seconds':>10}{'CPU':>8}{'Spearman':>10}{'passes':>8}{'load':>8}")
    for who, with_reliability in (("evenhand rank, without reliability", False), ("evenhand rank", True)):
        best = min(
            (_timed(lambda w=with_reliability: rank(*data[:4], with_reliability=w)) for _ in range(5)),
            key=lambda each: each[0],
        )
        seconds, cpu, found = best
        _line(who, seconds, cpu, _spearman(found.strengths, data.truth[found.item_numbers]), found.passes)
    if not THEIRS:
        return
    for model, options in (("BradleyTerry", {"n_iter": 100}), ("NoisyBradleyTerry", {"n_iter": 10})):
        if is_large and model == "NoisyBradleyTerry":
            continue
        seconds, cpu, scores = _timed(lambda m=model, o=options: _scores(m, data, **o))
        _line(
            f"crowd-kit 1.4.2 {model}", seconds, cpu, _spearman(np.array([*scores.values()]), data.truth[[*scores]]), 0
        )


def _timed(run: Callable[[], Any]) -> tuple[float, float, Any]:
    start, used = time.perf_counter(), time.process_time()
    found = run()
    return time.perf_counter() - start, time.process_time() - used, found


def _line(who: str, seconds: float, cpu: float, spearman: float, passes: int) -> None:
    print(
        f"{who:<34}{seconds:>10.3f}{cpu:>8.2f}{spearman:>10.4f}{passes or '':>8}{os.getloadavg()[0]:>8.1f}", flush=True
    )


def _spearman(found: np.ndarray, truth: np.ndarray) -> float:
    """Of ranks; no two strengths are alike."""
    return float(np.corrcoef(found.argsort().argsort(), truth.argsort().argsort())[0, 1])


if __name__ == "__main__":
    main()
