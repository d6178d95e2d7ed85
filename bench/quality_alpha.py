"""Time and memory of majority consensus and Krippendorff's alpha: `python bench/quality_alpha.py [VOTES ...]`."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from evenhand.quality.alpha import interval_alpha, nominal_agreement, nominal_alpha, ordinal_agreement, ordinal_alpha
from evenhand.quality.gwet import gwet_agreement
from evenhand.quality.majority import majority
from evenhand.quality.tallies import Coincidences

CLASSES = 10
VOTES_A_TASK = 5


def best_of(times: int, run: Callable[[], object]) -> float:
    """Seconds of the fastest of some runs: what the code costs, without what the machine did meanwhile."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def one_pass(tasks: npt.NDArray[np.int64], codes: npt.NDArray[np.int64]) -> float:
    """Alpha from a matrix of coincidences."""
    found = Coincidences(CLASSES)
    found.add(tasks, codes)
    return found.alpha()


def main() -> None:
    """Print one line a statistic and size."""
    sizes = [int(each) for each in sys.argv[1:]] or [100_000, 1_000_000]
    print(f"{'statistic':<36}{'votes':>12}{'seconds':>10}{'peak MB':>9}")
    for votes in sizes:
        random = np.random.default_rng(1)
        tasks = random.permutation(np.repeat(np.arange(votes // VOTES_A_TASK), VOTES_A_TASK))
        truth = random.integers(0, CLASSES, size=votes // VOTES_A_TASK)
        codes = np.where(random.random(votes) < 0.7, truth[tasks], random.integers(0, CLASSES, size=votes))
        # As the sweep has them: sorted by task.
        order = np.argsort(tasks, kind="stable")
        ordered, ordered_codes = tasks[order], codes[order]
        runs: list[tuple[str, Callable[[], object]]] = [
            ("majority", lambda t=tasks, c=codes: majority(t, c, CLASSES)),
            ("alpha nominal", lambda t=tasks, c=codes: nominal_alpha(t, c, CLASSES)),
            ("alpha ordinal", lambda t=tasks, c=codes: ordinal_alpha(t, c, CLASSES)),
            ("alpha interval", lambda t=tasks, c=codes: interval_alpha(t, c)),
            ("alpha nominal, one pass of counts", lambda t=ordered, c=ordered_codes: one_pass(t, c)),
            ("Gwet's AC1, 1,000 resamples", lambda t=tasks, c=codes: gwet_agreement(t, c, CLASSES, seed=1)),
            ("alpha nominal, 1,000 resamples", lambda t=tasks, c=codes: nominal_agreement(t, c, CLASSES, seed=1)),
            ("alpha ordinal, 1,000 resamples", lambda t=tasks, c=codes: ordinal_agreement(t, c, CLASSES, seed=1)),
        ]
        for name, run in runs:
            seconds = best_of(3, run)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{name:<36}{votes:>12,}{seconds:>10.4f}{peak:>9.0f}")


if __name__ == "__main__":
    main()
