"""What stopping early saves: `python -m bench.stopping [--data DIR] [--seeds 20] [--sets bluebird,ducks] [--hierarchical]`.

Each seed deals the real votes of every task in a random order of its own. Fixed: every task gets its first k votes. Adaptive: the
rule of `quality.stopping` asks on or stops, one vote at a time; the default of `infer` is fitted anew when 15 % more votes have
come in (of more than 50,000 in all: 30 %), and votes between are judged by the last fit. The truth is read by the scorer
alone. Both curves are read by the default of `infer`; with `--hierarchical` by that model too, which takes half as long again.
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

from evenhand.quality import Inference, infer  # noqa: E402
from evenhand.quality.stopping import Rule, crowd_of_fit, judge, rule_for, unknown_crowd  # noqa: E402

SETS = ("bluebird", "ducks", "cf_amt", "zencrowd_us", "adult2")
READERS: list[Any] = [None]
SURE = (0.8, 0.95, 0.99, 0.999, 0.9999)
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
NEWS, NEWS_OF_MANY, MANY = 0.15, 0.3, 50_000
CLOSE = 0.005


@dataclass
class Deal:
    """A crowd's votes in an order of its own. at: shape (votes,), the place of each vote among its task's. plan: answers a task."""

    crowd: Any
    truth: Any
    at: Any
    sizes: Any
    plan: int

    def first(self, wanted: Any, of: Any = None) -> tuple[Any, Any, Any]:
        """The first so many votes of each task, or of some. of: shape (tasks,), which."""
        kept = self.at < (wanted if of is None else np.where(of, wanted, 0))[self.crowd.tasks]
        return self.crowd.tasks[kept], self.crowd.annotators[kept], self.crowd.codes[kept]

    def fitted(self, wanted: Any, model: Any = None) -> Inference:
        engine: Any = "numba" if self.sizes.sum() > MANY else None
        return infer(*self.first(wanted), self.crowd.classes, model=model, engine=engine)

    def point(self, wanted: Any, found: Inference | None = None) -> list[float]:
        """The share of all answers that was asked for, and the accuracy by each reader. found: the default's, if at hand."""
        from scoring import score

        read = [found if model is None and found is not None else self.fitted(wanted, model) for model in READERS]
        return [
            float(wanted.sum() / self.sizes.sum()),
            *(score(each.probabilities, self.truth).accuracy for each in read),
        ]


def deal(name: str, seed: int) -> Deal:
    """Shuffle the votes of each task."""
    from crowds import crowd, truth

    votes, right = crowd(name), truth(name)
    drawn = np.random.default_rng([20261126, seed]).permutation(votes.tasks.size)
    order = drawn[np.argsort(votes.tasks[drawn], kind="stable")]
    sizes = np.bincount(votes.tasks, minlength=right.size)
    at = np.empty(order.size, dtype=np.int64)
    at[order] = np.arange(order.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return Deal(votes, right, at, sizes, int(np.median(sizes)))


def fixed_curve(dealt: Deal) -> list[list[float]]:
    """Ever more votes for every task alike."""
    counts = sorted({max(1, round(dealt.plan * share)) for share in SHARES[:-1]} | {int(dealt.sizes.max())})
    return [dealt.point(np.minimum(count, dealt.sizes)) for count in counts]


def adaptive_curve(dealt: Deal) -> list[list[float]]:
    """Ever more sureness asked: the share of answers, and the accuracies.

    What was asked for a lesser sureness counts for the greater: the curve is that of one crowd that goes on.
    """
    cap, news = int(dealt.sizes.max()), NEWS if dealt.sizes.sum() <= MANY else NEWS_OF_MANY
    wanted = np.minimum(rule_for(dealt.plan).answers_min, dealt.sizes)
    crowd, found, fitted_votes, points = unknown_crowd(dealt.crowd.classes), None, 0, []
    for sure in SURE:
        rule = Rule(sure=sure, answers_max=cap, warm_up=rule_for(dealt.plan).warm_up)
        is_open = wanted < dealt.sizes
        while True:
            verdicts = judge(crowd, rule, *dealt.first(wanted, is_open))
            # A task that stopped stays so until there is another fit: its votes are the same.
            is_open = np.zeros(wanted.size, dtype=bool)
            is_open[verdicts.task_numbers] = verdicts.asks_on
            is_open &= wanted < dealt.sizes
            wanted = wanted + is_open
            # Nobody is left to ask by this fit, or it is old: look again with what came in since.
            if wanted.sum() > fitted_votes * (1 + news) or (not is_open.any() and wanted.sum() > fitted_votes):
                if is_open.any() and fitted_votes == 0:
                    continue  # the warm-up, of which nothing is learned before it is over
                found, fitted_votes = dealt.fitted(wanted), wanted.sum()
                crowd, is_open = crowd_of_fit(found), wanted < dealt.sizes
            elif not is_open.any():
                break
        points.append(dealt.point(wanted, found if fitted_votes == wanted.sum() else None))
    return points


def main() -> None:
    """Print the curves, and what the rule saves with its bar chosen on all other sets."""
    parser = argparse.ArgumentParser(prog="python -m bench.stopping", description=__doc__)
    parser.add_argument("--data", help="a folder of crowd sets; without it EVENHAND_SHARED/data/crowd")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--hierarchical", action="store_true", help="read both curves by this model too")
    asked = parser.parse_args()
    if asked.hierarchical:
        READERS.append("hierarchical")
    if asked.data:
        import crowds

        crowds.CROWDS = Path(asked.data)
    print(f"{time.strftime('%Y-%m-%d %H:%M')} UTC, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    names = asked.sets.split(",")
    means, lasts = {}, {}
    for name in names:
        means[name], lasts[name] = curves(name, asked.seeds)
    if len(names) > 1:
        left_out(names, means, lasts)


def curves(name: str, seeds: int) -> tuple[Any, float]:
    """Both curves of one set. Returns the adaptive one's mean by the default, shape (bars, 2), and the accuracy with all votes."""
    start = time.perf_counter()
    dealt = [deal(name, seed) for seed in range(seeds)]
    flat = np.array([fixed_curve(each) for each in dealt])
    bent = np.array([adaptive_curve(each) for each in dealt])
    votes = dealt[0]
    majority = votes.point(votes.sizes, votes.fitted(votes.sizes, "majority"))[1]
    print(
        f"\n{name}: {votes.sizes.mean():.1f} answers a task, {time.perf_counter() - start:.0f} s, load average "
        f"{os.getloadavg()[0]:.1f}; majority of all votes {majority:.3f}"
    )
    for place, reader in enumerate(READERS, 1):
        all_votes = float(flat[:, -1, place].mean())
        print(f"  read by {reader or 'the default'}: all votes {all_votes:.3f}")
        for title, curve in (("fixed", flat), ("adaptive", bent)):
            print(f"    {title:<9}" + "  ".join(f"{row[0]:.2f} {row[place]:.3f}" for row in curve.mean(axis=0)))
        for bar, sure in enumerate(SURE):
            gains = [
                row[bar, place] - np.interp(row[bar, 0], even[:, 0], even[:, place])
                for row, even in zip(bent, flat, strict=True)
            ]
            half = 1.96 * np.std(gains, ddof=1) / len(gains) ** 0.5 if len(gains) > 1 else float("nan")
            low = "  BELOW" if np.mean(gains) + half < 0 else ""
            print(f"    sure {sure}: less fixed with as many {100 * np.mean(gains):+.2f} ± {100 * half:.2f}{low}")
        for title, curve in (("fixed", flat), ("adaptive", bent)):
            close = [row[0] for row in curve.mean(axis=0) if row[place] >= all_votes - CLOSE]
            print(f"    {title} within 0.5 points of all votes from {min(close, default=1.0):.2f} of the answers")
    print("", end="", flush=True)
    return bent.mean(axis=0)[:, :2], float(flat[:, -1, 1].mean())


def left_out(names: list[str], means: dict[str, Any], lasts: dict[str, float]) -> None:
    """The bar, chosen for each set from all others: the one that loses least with 60 % of the answers at most, on average."""
    print("\nthe bar of sureness chosen from all other sets, and from all")

    def best(of: list[str]) -> int:
        loss = [np.mean([max(0.0, lasts[name] - means[name][place, 1]) for name in of]) for place in range(len(SURE))]
        used = [np.mean([means[name][place, 0] for name in of]) for place in range(len(SURE))]
        return min((place for place in range(len(SURE)) if used[place] <= 0.6), key=lambda place: loss[place])

    for name in names:
        for title, place in (("left out", best([each for each in names if each != name])), ("in sample", best(names))):
            share, right = means[name][place]
            print(
                f"  {name:<12}{title:<10} sure {SURE[place]}: {share:.2f} of the answers, {100 * (right - lasts[name]):+.1f} points"
            )


if __name__ == "__main__":
    main()
