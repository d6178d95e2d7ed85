"""What stopping early saves: `python -m bench.stopping [--data DIR] [--seeds 20] [--sets bluebird,ducks]`.

Each seed deals the real votes of every task in a random order of its own. Fixed: every task gets its first k votes. Adaptive: the
rule of `quality.stopping` asks on or stops, one vote at a time; the crowd is fitted anew when a tenth more votes have come in, and
votes between are judged by the last fit. The truth is read by the scorer alone. Both curves end at all votes and are read by
the same model; beside it stands what the default of `infer` says of the same votes.
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

from evenhand.quality import infer  # noqa: E402
from evenhand.quality.stopping import Crowd, crowd_of_fit, judge, rule_for, unknown_crowd  # noqa: E402

SETS = ("bluebird", "ducks", "cf_amt", "adult2", "zencrowd_us")
MODEL: Any = "hierarchical"
SURE = (0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.997, 0.999, 0.9999)
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
NEWS = 0.1
CLOSE = 0.005


@dataclass
class Deal:
    """A crowd's votes in an order of its own. at: shape (votes,), the place of each vote among its task's. plan: answers a task."""

    crowd: Any
    truth: Any
    at: Any
    sizes: Any
    plan: int

    def first(self, wanted: Any) -> tuple[Any, Any, Any]:
        """The first so many votes of each task."""
        kept = self.at < wanted[self.crowd.tasks]
        return self.crowd.tasks[kept], self.crowd.annotators[kept], self.crowd.codes[kept]

    def fitted(self, wanted: Any) -> Crowd:
        return crowd_of_fit(infer(*self.first(wanted), self.crowd.classes, model=MODEL))

    def point(self, wanted: Any, model: Any = MODEL) -> tuple[float, float]:
        """The share of all answers that was asked for, and the accuracy with them."""
        from scoring import score

        found = infer(*self.first(wanted), self.crowd.classes, model=model)
        return float(wanted.sum() / self.sizes.sum()), score(found.probabilities, self.truth).accuracy


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


def fixed_curve(dealt: Deal) -> list[tuple[float, float]]:
    """Ever more votes for every task alike."""
    counts = sorted({max(1, round(dealt.plan * share)) for share in SHARES[:-1]} | {int(dealt.sizes.max())})
    return [dealt.point(np.minimum(count, dealt.sizes)) for count in counts]


def adaptive_curve(dealt: Deal) -> list[tuple[float, float, Any]]:
    """Ever more sureness asked: the share of answers, the accuracy, and how many votes each task got.

    What was asked for a lesser sureness counts for the greater: the curve is that of one crowd that goes on.
    """
    cap = int(dealt.sizes.max())
    wanted = np.minimum(rule_for(dealt.plan).answers_min, dealt.sizes)
    crowd, fitted_votes, points = unknown_crowd(dealt.crowd.classes), 0, []
    for sure in SURE:
        rule = rule_for(cap, sure=sure)
        rule = type(rule)(sure=sure, answers_max=cap, warm_up=rule_for(dealt.plan).warm_up)
        while True:
            verdicts = judge(crowd, rule, *dealt.first(wanted))
            more = verdicts.asks_on & (wanted < dealt.sizes)
            wanted = wanted + more
            # Nobody is left to ask by this fit, or it is old: look again with what came in since.
            if wanted.sum() > fitted_votes * (1 + NEWS) or (not more.any() and wanted.sum() > fitted_votes):
                if more.any() and fitted_votes == 0:
                    continue  # the warm-up, of which nothing is learned before it is over
                crowd, fitted_votes = dealt.fitted(wanted), wanted.sum()
            elif not more.any():
                break
        points.append((*dealt.point(wanted), wanted.copy()))
    return points


def main() -> None:
    """Print the curves, and what the rule saves with its bar chosen on all other sets."""
    parser = argparse.ArgumentParser(prog="python -m bench.stopping", description=__doc__)
    parser.add_argument("--data", help="a folder of crowd sets; without it EVENHAND_SHARED/data/crowd")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--sets", default=",".join(SETS))
    asked = parser.parse_args()
    if asked.data:
        import crowds

        crowds.CROWDS = Path(asked.data)
    print(
        f"{time.strftime('%Y-%m-%d %H:%M')} UTC, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}; {MODEL}"
    )
    names = asked.sets.split(",")
    means, lasts = {}, {}
    for name in names:
        means[name], lasts[name] = curves(name, asked.seeds)
    if len(names) > 1:
        left_out(names, means, lasts)


def curves(name: str, seeds: int) -> tuple[Any, float]:
    """Both curves of one set. Returns the adaptive one's mean, shape (bars, 2), and the accuracy with all votes."""
    start = time.perf_counter()
    fixed, adaptive, with_default = [], [], []
    for seed in range(seeds):
        dealt = deal(name, seed)
        fixed.append(fixed_curve(dealt))
        points = adaptive_curve(dealt)
        adaptive.append([point[:2] for point in points])
        reached = max((each for each in points if each[0] <= 0.6), key=lambda each: each[0], default=points[0])
        even = np.minimum(max(1, round(dealt.plan * reached[0])), dealt.sizes)
        with_default.append((*dealt.point(reached[2], None), *dealt.point(even, None)))
    everything = dealt.point(dealt.sizes, None)[1], dealt.point(dealt.sizes, "majority")[1]
    flat, bent = np.array(fixed), np.array(adaptive)
    print(f"\n{name}: {dealt.sizes.mean():.1f} answers a task, {time.perf_counter() - start:.0f} s")
    print("  fixed    " + "  ".join(f"{share:.2f} {right:.3f}" for share, right in flat.mean(axis=0)))
    print("  adaptive " + "  ".join(f"{share:.2f} {right:.3f}" for share, right in bent.mean(axis=0)))
    for place, sure in enumerate(SURE):
        gains = [
            row[place, 1] - np.interp(row[place, 0], even[:, 0], even[:, 1])
            for row, even in zip(bent, flat, strict=True)
        ]
        half = 1.96 * np.std(gains, ddof=1) / len(gains) ** 0.5 if len(gains) > 1 else float("nan")
        low = "  BELOW" if np.mean(gains) + half < 0 else ""
        print(
            f"    sure {sure}: adaptive - fixed at the same budget {100 * np.mean(gains):+.2f} ± {100 * half:.2f}{low}"
        )
    all_votes = float(flat[:, -1, 1].mean())
    close = [share for share, right in bent.mean(axis=0) if right >= all_votes - CLOSE]
    found = np.mean(with_default, axis=0)
    print(
        f"  all votes {all_votes:.3f}, majority of all {everything[1]:.3f}; within 0.5 points from {min(close, default=1.0):.2f}"
    )
    print(
        f"  the default of infer: adaptive {found[1]:.3f} with {found[0]:.2f}, fixed {found[3]:.3f} with {found[2]:.2f}, "
        f"all votes {everything[0]:.3f}",
        flush=True,
    )
    return bent.mean(axis=0), all_votes


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
