"""Seconds and memory of truth inference, beside crowd-kit in one run: `python -m bench.truth_speed [--sizes 100000,1000000]`.

The votes are made: 5 a task, 10 classes, 500 an annotator, skills drawn from a beta distribution, half of the errors an annotator's
favorite one. Every fit runs in a process of its own, after one on fifty votes that loads what it needs. Its memory is the
high-water mark of the call less what the process held before, the columns included. Where crowd-kit cannot be imported it is left
out; it runs as it comes, up to 100 passes until one gains less than 0.00001 nats a vote.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / "src")]

from evenhand.quality import infer  # noqa: E402

CLASSES, VOTES_A_TASK, VOTES_AN_ANNOTATOR = 10, 5, 500
MODELS = ("majority", "dawid-skene", "stacked")
THEIRS = find_spec("crowdkit") is not None
ENGINES = ("numpy", "numba") if find_spec("numba") else ("numpy",)


class Made(NamedTuple):
    """Columns with one row a vote, and the true code of each task."""

    tasks: np.ndarray
    annotators: np.ndarray
    codes: np.ndarray
    truth: np.ndarray

    @property
    def first(self) -> Made:
        """Fifty votes of it."""
        return Made(self.tasks[:50], self.annotators[:50], self.codes[:50], self.truth[:10])


Found = tuple[np.ndarray, int]  # the code of each task, and the passes it took


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.truth_speed", description=__doc__)
    parser.add_argument("--sizes", default="100000,1000000", help="numbers of votes, separated by commas")
    parser.add_argument("--models", default=",".join(MODELS), help="which, separated by commas")
    parser.add_argument(
        "--ours", action="store_true", help="leave crowd-kit out, which takes minutes beyond a million votes"
    )
    asked = parser.parse_args()
    is_beside = THEIRS and not asked.ours
    print(f"{time.strftime('%Y-%m-%d %H:%M')} UTC, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    print(
        f"{'':<22}{'votes':>12}{'seconds':>10}{'CPU':>8}{'passes':>8}{'accuracy':>10}{'MB':>7}{'crowd-kit':>11}{'load':>7}"
    )
    for votes in (int(float(each)) for each in asked.sizes.split(",")):
        data = made(votes)
        for model in asked.models.split(","):
            theirs = {"majority": _their_majority, "dawid-skene": _their_dawid_skene}.get(model)
            before = _told(f"crowd-kit {model}", theirs, data) if is_beside and theirs else None
            for engine in ENGINES:
                _told(f"{model} {engine}", _ours(model, engine), data, before)


def made(votes: int) -> Made:
    """Votes of people who err, some more than others."""
    random = np.random.default_rng(0)
    tasks, annotators = votes // VOTES_A_TASK, max(votes // VOTES_AN_ANNOTATOR, VOTES_A_TASK + 1)
    truth = random.integers(0, CLASSES, tasks)
    what = np.repeat(np.arange(tasks), VOTES_A_TASK)
    apart = np.arange(VOTES_A_TASK) * max(1, annotators // VOTES_A_TASK - 1)
    who = ((random.integers(0, annotators, tasks)[:, None] + apart) % annotators).ravel()
    skill, favorite = random.beta(4, 3, annotators), random.integers(0, CLASSES, annotators)
    miss = np.where(random.random(votes) < 0.5, favorite[who], random.integers(0, CLASSES, votes))
    return Made(what, who, np.where(random.random(votes) < skill[who], truth[what], miss), truth)


def _ours(model: str, engine: str) -> Callable[[Made], Callable[[], Found]]:
    def prepare(data: Made) -> Callable[[], Found]:
        def run() -> Found:
            found = infer(*data[:3], CLASSES, model=model, engine=engine)  # type: ignore[call-overload]
            return found.probabilities.argmax(axis=1), found.passes

        return run

    return prepare


def _their_majority(data: Made) -> Callable[[], Found]:
    from crowdkit.aggregation import MajorityVote

    frame = _frame(data)
    return lambda: (MajorityVote().fit_predict(frame).sort_index().to_numpy(), 1)


def _their_dawid_skene(data: Made) -> Callable[[], Found]:
    from crowdkit.aggregation import DawidSkene

    frame, model = _frame(data), DawidSkene()

    def run() -> Found:
        codes = model.fit_predict(frame).sort_index().to_numpy()
        return codes, len(model.loss_history_)

    return run


def _frame(data: Made) -> Any:
    import pandas

    return pandas.DataFrame({"task": data.tasks, "worker": data.annotators, "label": data.codes})


def _told(
    who: str, prepare: Callable[[Made], Callable[[], Found]], data: Made, before: dict[str, float] | None = None
) -> dict[str, float]:
    """Measure in a process of its own and print a line."""
    figures = _in_a_process(lambda: _measured(prepare, data))
    ratio = f"{'':>20}"
    if before:
        ratio = f"{before['seconds'] / figures['seconds']:>10.0f}x{before['cpu'] / max(figures['cpu'], 1e-3):>8.0f}x"
    print(
        f"{who:<22}{data.codes.size:>12,}{figures['seconds']:>10.3f}{figures['cpu']:>8.2f}{figures['passes']:>8.0f}"
        f"{figures['accuracy']:>10.4f}{figures['megabytes']:>7.0f}{ratio}{os.getloadavg()[0]:>7.1f}",
        flush=True,
    )
    return figures


def _measured(prepare: Callable[[Made], Callable[[], Found]], data: Made) -> dict[str, float]:
    prepare(data.first)()
    run = prepare(data)
    held = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark begins anew
    start, used = time.perf_counter(), time.process_time()
    codes, passes = run()
    return {
        "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - used,
        "passes": passes,
        "accuracy": float(np.mean(codes == data.truth)),
        "megabytes": (_status("VmHWM") - held) / 1024,
    }


def _status(key: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(key))


def _in_a_process(measure: Callable[[], dict[str, float]]) -> dict[str, float]:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, json.dumps(measure()).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    if not said:
        sys.exit("a measurement ended without figures")
    figures: dict[str, float] = json.loads(said)
    return figures


if __name__ == "__main__":
    main()
