"""How right and how calibrated truth inference is: `python -m bench.truth [--data DIR]`. How fast: `bench.truth_speed`.

DIR holds crowd sets: folders with `labels.csv` (task, worker, label) and `truth.csv` (task, label), which the scorer alone reads.
The constants of the default model are chosen anew for each set from all others, and both figures are printed. The module is also a
plug-in for a script that measures other libraries on the same columns in one run: imported there, it registers itself.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / part) for part in ("tests/quality", "src", ".")]

from bench.truth_scales import levels, numbers  # noqa: E402
from evenhand.quality import infer  # noqa: E402
from evenhand.quality.ballots import ballots  # noqa: E402
from evenhand.quality.latent import Design, fit, held_out, held_out_shares  # noqa: E402
from evenhand.quality.stacking import weights_of  # noqa: E402
from evenhand.quality.truth import MODELS  # noqa: E402

SETS = ("bluebird", "ducks", "cf", "cf_amt", "zencrowd_us", "zencrowd_in", "adult2", "hitspam_cf", "barzan")
APART = ("ducks", "hitspam_cf")
CORRELATIONS = (0.0, 0.05, 0.1, 0.2)
FAMILIES = ((1,), (2,), (1, 2), (1, 2, 3))
TRUSTS = (0.3, 0.5, 0.7, 1.0)
GOLD, SEEDS = 20, 10
ENGINES: tuple[Any, ...] = ("numpy", "numba") if find_spec("numba") else ("numpy",)


def register(bench: Any) -> None:
    """Join a run that measures other libraries."""
    for model, engine in product(MODELS, ENGINES):

        def run(native: object, votes: Any, model: Any = model, engine: Any = engine) -> dict[str, object]:
            found = infer(votes.t, votes.w, votes.y, votes.K, model=model, engine=engine)
            return {"pred": found.probabilities.argmax(axis=1), "post": found.probabilities}

        def prepare(votes: Any, model: Any = model, engine: Any = engine) -> None:
            infer([1, 1, 2], [1, 2, 1], [0, 1, 0], 2, model=model, engine=engine)  # compiles, once a process

        bench.register(f"evenhand.{model}({engine})", "class", prepare, run)


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(prog="python -m bench.truth", description=__doc__)
    parser.add_argument("--data", help="a folder of crowd sets; without it EVENHAND_SHARED/data/crowd")
    asked = parser.parse_args()
    if asked.data:
        import crowds

        crowds.CROWDS = Path(asked.data)
    print(f"{time.strftime('%Y-%m-%d %H:%M')} UTC, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    accuracy()
    with_gold()
    left_out()
    levels()
    numbers()


def accuracy() -> None:
    """Every model on every set, and the default against majority."""
    from crowds import crowd, truth
    from scoring import calibration_error, interval, score

    print(f"\n{'accuracy':<14}" + "".join(f"{name:>13}" for name in SETS) + f"{'mean':>8}")
    scores: dict[str, list[Any]] = {}
    for model in MODELS:
        scores[model] = [score(infer(*crowd(name).columns, model=model).probabilities, truth(name)) for name in SETS]
        _row(model, [each.accuracy for each in scores[model]])
    ours, plain = scores["stacked"], scores["majority"]
    raw = [score(_shares(name), truth(name)) for name in SETS]
    for measure in ("loss", "brier"):
        for who, rows in (("stacked", ours), ("majority", plain), ("raw share", raw)):
            _row(f"{measure} {who}"[:14], [getattr(each, measure) for each in rows])
        for who, rows in (("smoothed", plain), ("raw", raw)):
            wins = sum(getattr(a, measure) < getattr(b, measure) for a, b in zip(ours, rows, strict=True))
            print(f"{measure} better than the {who} share's on {wins} of {len(SETS)}")
    print("\nstacked - majority, points, with its paired bootstrap interval")
    for name, mine, theirs in zip(SETS, ours, plain, strict=True):
        low, high = interval(mine.credits - theirs.credits)
        gain = mine.accuracy - theirs.accuracy
        print(f"{name:<14}{100 * gain:+7.1f} [{100 * low:+.1f}, {100 * high:+.1f}]")
    pooled = [each for name, each in zip(SETS, ours, strict=True) if name not in APART]
    rows = np.concatenate([np.stack([each.confidences, each.credits], axis=1) for each in pooled])
    error = calibration_error(*rows.T)
    low, high = interval(rows, lambda drawn: calibration_error(*drawn.T), resamples=300)
    print(f"pooled debiased ECE without {' and '.join(APART)}: {error:.3f} [{low:.3f}, {high:.3f}]")
    for name, each in zip(SETS, ours, strict=True):
        print(f"  {name:<14} ECE {calibration_error(each.confidences, each.credits):.3f}")


def with_gold() -> None:
    """The sets whose annotators err together, with answers that are known; these are not scored."""
    from crowds import crowd, truth
    from scoring import interval, score

    print(f"\nwith {GOLD} gold answers, mean of {SEEDS} draws, scored on the other tasks")
    for name in APART:
        votes, right = crowd(name), truth(name)
        known = np.flatnonzero((right >= 0) & (right < votes.classes))
        gains, mine = [], []
        for seed in range(SEEDS):
            picked = np.random.default_rng(seed).choice(known, GOLD, replace=False)
            is_gold = np.isin(np.arange(right.size), picked)
            found = infer(*votes.columns, gold={int(task): int(right[task]) for task in picked})
            ours = score(found.probabilities, right, is_gold)
            plain = score(infer(*votes.columns, model="majority").probabilities, right, is_gold)
            gains.append(ours.credits - plain.credits)
            mine.append((ours.accuracy, plain.accuracy, ours.loss, plain.loss))
        figures = np.mean(mine, axis=0)
        ranges = np.array([interval(each, resamples=300) for each in gains]).mean(axis=0)
        print(
            f"{name:<14} accuracy {figures[0]:.3f}, majority {figures[1]:.3f}; loss {figures[2]:.2f}, {figures[3]:.2f}; "
            f"gain's interval [{100 * ranges[0]:+.1f}, {100 * ranges[1]:+.1f}]"
        )


def left_out() -> None:
    """Choose the family and the trust for each set from all others, by mean log loss, and from all sets together."""
    from crowds import crowd, truth
    from scoring import score

    options = list(product(FAMILIES, TRUSTS))
    losses, hits = np.empty((len(options), len(SETS))), np.empty((len(options), len(SETS)))
    for column, name in enumerate(SETS):
        votes = ballots(*crowd(name).columns)
        plain = held_out_shares(votes)
        members = {
            (varieties, rho): held_out(votes, fit(votes, Design(varieties, rho, passes_max=60, tolerance=1e-4)))
            for varieties in (1, 2, 3)
            for rho in CORRELATIONS
        }
        for row, (family, trust) in enumerate(options):
            chosen = [each for (varieties, _), each in members.items() if varieties in family] + [plain]
            weights = weights_of(np.stack([each.log_votes for each in chosen], axis=1))
            stacked = np.einsum("m,mtc->tc", weights, np.stack([each.posterior for each in chosen]))
            scored = score(trust * stacked + (1 - trust) * plain.posterior, truth(name))
            losses[row, column], hits[row, column] = scored.loss, scored.accuracy
    # The sets on which everybody errs together say nothing about constants: there only known answers help.
    is_telling = np.array([name not in APART for name in SETS])
    together = int(losses[:, is_telling].mean(axis=1).argmin())
    print(
        f"\nfamily of varieties and trust, by the mean log loss of all sets but {' and '.join(APART)}, and of all others of these"
    )
    others = [is_telling & (np.arange(len(SETS)) != column) for column in range(len(SETS))]
    picks = [int(losses[:, each].mean(axis=1).argmin()) for each in others]
    for column, name in enumerate(SETS):
        family, trust = options[picks[column]]
        print(
            f"{name:<14} left out {hits[picks[column], column]:.3f} loss {losses[picks[column], column]:.2f} "
            f"(varieties {family}, trust {trust}); in sample {hits[together, column]:.3f} loss {losses[together, column]:.2f}"
        )
    alone = hits[picks, np.arange(len(SETS))].mean(), losses[picks, np.arange(len(SETS))].mean()
    print(f"mean           left out {alone[0]:.4f} loss {alone[1]:.3f}; in sample {options[together]} ", end="")
    print(f"{hits[together].mean():.4f} loss {losses[together].mean():.3f}")
    for row, option in enumerate(options):
        print(f"  {option!s:<22} accuracy {hits[row].mean():.4f} loss {losses[row].mean():.3f}")


def _shares(name: str) -> np.ndarray:
    from crowds import crowd

    votes = ballots(*crowd(name).columns)
    return votes.counts() / votes.sizes[:, None]


def _row(title: str, values: list[float]) -> None:
    print(f"{title:<14}" + "".join(f"{value:>13.3f}" for value in values) + f"{np.mean(values):>8.4f}", flush=True)


if __name__ == "__main__":
    main()
elif "truth_bench" in sys.modules:
    register(sys.modules["truth_bench"])
