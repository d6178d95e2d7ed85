"""How right and how fast answers with a structure are laid over each other: `python -m bench.structure [--data DIR]`.

DIR holds crowd sets: `crowdspeech_dev_clean` (transcripts, the truth read by the scorer alone) and `toxic_spans` (spans, no
truth). Constants of the transcripts are chosen on either half of the tasks and scored on the other, and both figures are printed.
Boxes and sequences are simulated: no real set is at hand. The module is also a plug-in for a script that measures other libraries
on the same columns in one run.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / "quality"), str(Path(__file__).parents[1] / "src")]

from evenhand.quality import transcripts  # noqa: E402
from evenhand.quality.boundaries import boundaries  # noqa: E402
from evenhand.quality.edits import edit_distance, edit_share  # noqa: E402
from evenhand.quality.least_risk import choose  # noqa: E402
from evenhand.quality.matching import match  # noqa: E402
from evenhand.quality.sequences import bio_follows, tag  # noqa: E402
from evenhand.quality.shapes import boxes_alike, spans_alike  # noqa: E402

WRONG, EXTRA = (0.05, 0.1, 0.3), (0.03, 0.1, 0.2)


def register(bench: Any) -> None:
    """Join a run that measures other libraries."""

    def prepare(texts: Any) -> tuple[Any, Any, list[list[str]], list[str]]:
        names, tasks = np.unique(texts.df["task"], return_inverse=True)
        people = np.unique(texts.df["worker"], return_inverse=True)[1]
        return tasks, people, [each.split() for each in texts.df["label"]], names.tolist()

    def run(native: Any, texts: Any) -> dict[str, object]:
        *columns, names = native
        found = transcripts.transcribe(*columns)
        return {
            "text": {names[task]: " ".join(said) for task, said in zip(found.task_numbers, found.words, strict=True)}
        }

    bench.register("evenhand.transcribe", "text", prepare, run)


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(prog="python -m bench.structure", description=__doc__)
    parser.add_argument("--data", help="a folder of crowd sets; without it EVENHAND_SHARED/data/crowd")
    asked = parser.parse_args()
    data = Path(asked.data or Path(os.environ.get("EVENHAND_SHARED", "../shared")) / "data" / "crowd")
    print(f"load average {os.getloadavg()[0]:.1f}\n")
    for name, table in (("crowdspeech_dev_clean", speech), ("toxic_spans", spans)):
        if (data / name).exists():
            table(data / name)
        else:
            print(f"{name} is not in {data}: left out\n")
    boxes()
    sequences()


def timed(run: Callable[[], Any]) -> tuple[Any, float, float]:
    """(what it gives, seconds, seconds of CPU)."""
    clock, cpu = time.perf_counter(), time.process_time()
    found = run()
    return found, time.perf_counter() - clock, time.process_time() - cpu


def rows_of(path: Path) -> list[dict[str, str]]:
    """A table of the set."""
    with path.open(encoding="utf-8") as file:
        return [*csv.DictReader(file)]


# ------------------------------------------------------------------------------------------------------- transcripts --
def plain(text: str) -> list[str]:
    """Words in lower case without punctuation."""
    return "".join(each if each.isalnum() or each in " '" else " " for each in text.lower()).split()


def wer(
    said: Mapping[int, Sequence[str]], truth: Mapping[int, Sequence[str]], tasks: Iterable[int]
) -> tuple[float, float]:
    """(errors over words, mean over tasks of errors over words)."""
    known = [task for task in tasks if task in truth]
    errors = [edit_distance(said.get(task, ()), truth[task]) for task in known]
    sizes = [len(truth[task]) for task in known]
    return sum(errors) / sum(sizes), float(
        np.mean([each / max(size, 1) for each, size in zip(errors, sizes, strict=True)])
    )


def speech(folder: Path) -> None:
    """Word error rates of the transcripts, of the least risk, and of the medoid."""
    rows = rows_of(folder / "labels.csv")
    tasks, people = ([int(row[name][1:]) for row in rows] for name in ("task", "worker"))
    answers = [plain(row["label"]) for row in rows]
    truth = {int(row["task"][1:]): plain(row["label"]) for row in rows_of(folder / "truth.csv")}
    told = lambda found: dict(zip(found.task_numbers.tolist(), found.words, strict=True))  # noqa: E731

    usual, seconds, cpu = timed(lambda: transcripts.transcribe(tasks, people, answers))
    print(f"{folder.name}: {len(rows):,} hearings of {len(set(tasks)):,} recordings")
    print(f"  transcribe: WER {percent(wer(told(usual), truth, truth))}, {seconds:.2f} s, {cpu:.2f} s of CPU")

    halves = [{task for task in truth if task % 2 == half} for half in (0, 1)]
    kept = transcripts.SAME_WRONG, transcripts.SAME_EXTRA
    scores: dict[tuple[float, float], list[tuple[float, float]]] = {}
    for each in product(WRONG, EXTRA):
        transcripts.SAME_WRONG, transcripts.SAME_EXTRA = each
        found = told(transcripts.transcribe(tasks, people, answers))
        scores[each] = [wer(found, truth, half) for half in halves]
    transcripts.SAME_WRONG, transcripts.SAME_EXTRA = kept
    for half in (0, 1):
        best = min(scores, key=lambda each: scores[each][half][0])
        print(
            f"  constants chosen on half {half}: {best}; WER there {percent(scores[best][half])}, "
            f"on the other half {percent(scores[best][1 - half])}"
        )
    exact = np.array([list(told(usual)[task]) == said for task, said in truth.items()])
    sure = np.array([usual.probabilities[np.searchsorted(usual.task_numbers, task)] for task in truth])
    print(
        f"  whole transcripts right {exact.mean():.3f}, said to be {sure.mean():.3f}; ECE in tenths {ece(sure, exact):.3f}"
    )
    risk(tasks, people, answers, truth)


def risk(tasks: list[int], people: list[int], answers: list[list[str]], truth: Mapping[int, Sequence[str]]) -> None:
    """Whole answers of least risk, of tasks with a truth: those that have few answers."""
    chosen = [place for place, task in enumerate(tasks) if task in truth]
    given = [answers[place] for place in chosen]

    def distance(first: Any, second: Any) -> Any:
        return np.array([edit_share(given[a], given[b]) for a, b in zip(first.tolist(), second.tolist(), strict=True)])

    found, seconds, cpu = timed(
        lambda: choose([tasks[place] for place in chosen], [people[place] for place in chosen], distance)
    )
    said: dict[int, Sequence[str]] = {}
    for place in np.flatnonzero(found.is_least):
        said.setdefault(tasks[chosen[place]], given[place])
    first: dict[int, Sequence[str]] = {}
    for place in chosen:
        first.setdefault(tasks[place], answers[place])
    print(f"  least risk: WER {percent(wer(said, truth, truth))}, {seconds:.2f} s, {cpu:.2f} s of CPU")
    print(f"  first answer: WER {percent(wer(first, truth, truth))}\n")


def percent(rates: tuple[float, float]) -> str:
    """Over words, and in the mean of recordings."""
    return f"{100 * rates[0]:.2f} % of words ({100 * rates[1]:.2f} % in the mean of recordings)"


def ece(sure: Any, right: Any) -> float:
    """Expected calibration error in ten bins."""
    bins = np.minimum((sure * 10).astype(int), 9)
    parts = [(bins == each) for each in range(10) if (bins == each).any()]
    return float(sum(abs(sure[part].mean() - right[part].mean()) * part.mean() for part in parts))


# ------------------------------------------------------------------------------------------------------------- spans --
def spans(folder: Path) -> None:
    """Real spans, against the majority of characters: of the people who decide, and of people who were left out."""
    answers: dict[tuple[int, int], int] = {}
    marks: set[tuple[int, int, int]] = set()
    for row in rows_of(folder / "labels.csv"):
        at = answers.setdefault((int(row["task"][1:]), int(row["worker"][1:])), len(answers))
        if 0 <= int(row["start"]) < int(row["end"]):
            marks.add((at, int(row["start"]), int(row["end"])))
    who = np.array([*answers])
    kept = np.bincount(who[:, 0])[who[:, 0]] <= 10  # one task was given to 356 people: a test of them
    random = np.random.default_rng(1)
    is_out = kept & (np.bincount(who[:, 0])[who[:, 0]] == 7) & (random.random(len(who)) < 4 / 7)
    print(
        f"{folder.name}: {int(kept.sum()):,} answers, {len(marks):,} spans; no truth: F1 against the majority of characters"
    )
    for name, used, judges in (
        ("of the same people", kept, kept),
        ("of four of seven left out", kept & ~is_out, is_out),
    ):
        found, seconds, cpu = timed(lambda used=used: _matched(who, used, marks))  # type: ignore[misc]
        chars = _characters(who, judges, marks)
        tasks = sorted({int(task) for task in who[judges, 0]})
        print(f"  {name}: {seconds:.2f} s, {cpu:.2f} s of CPU, {len(tasks):,} tasks")
        own = _characters(who, used, marks)
        choices = {
            "majority of characters": own,
            "existence at least 0.5": _kept(found, found[0].existence >= 0.5),
            "existence at least 0.9": _kept(found, found[0].existence >= 0.9),
            "at least half of the people": _kept(found, found[0].marks * 2 >= found[0].answers),
        }
        for choice, said in choices.items():
            by_char = [f1(said.get(task, set()), chars.get(task, set())) for task in tasks]
            by_span = [f1(runs(said.get(task, set())), runs(chars.get(task, set()))) for task in tasks]
            print(f"    {choice:<30} characters {np.mean(by_char):.3f}, whole spans {np.mean(by_span):.3f}")
    print()


def _matched(who: Any, used: Any, marks: set[tuple[int, int, int]]) -> tuple[Any, Any]:
    place = np.cumsum(used) - 1
    mine = np.array(sorted((int(place[at]), start, end) for at, start, end in marks if used[at]))
    tasks = who[used, 0]
    return match(tasks, who[used, 1], mine[:, 0], spans_alike(tasks[mine[:, 0]], mine[:, 1], mine[:, 2])), mine


def _kept(found: tuple[Any, Any], is_kept: Any) -> dict[int, set[int]]:
    """task -> characters of the clusters that are kept, each end at its median."""
    matched, mine = found
    order = np.argsort(matched.clusters, kind="stable")
    ends = np.searchsorted(matched.clusters[order], np.arange(matched.existence.size + 1))
    said: dict[int, set[int]] = defaultdict(set)
    for cluster in np.flatnonzero(is_kept):
        members = mine[order[ends[cluster] : ends[cluster + 1]]]
        start, end = (int(np.median(members[:, side])) for side in (1, 2))
        said[int(matched.cluster_tasks[cluster])].update(range(start, end))
    return said


def _characters(who: Any, used: Any, marks: set[tuple[int, int, int]]) -> dict[int, set[int]]:
    answers = Counter(int(task) for task in who[used, 0])
    counts: dict[int, Counter[int]] = defaultdict(Counter)
    for at, start, end in marks:
        if used[at]:
            counts[int(who[at, 0])].update(range(start, end))
    return {task: {each for each, count in mine.items() if count * 2 > answers[task]} for task, mine in counts.items()}


def runs(characters: set[int]) -> set[tuple[int, int]]:
    """The spans of some characters."""
    starts = sorted(each for each in characters if each - 1 not in characters)
    ends = sorted(each + 1 for each in characters if each + 1 not in characters)
    return {*zip(starts, ends, strict=True)}


def f1(said: set[Any], right: set[Any]) -> float:
    """1 where both are empty."""
    return 2 * len(said & right) / (len(said) + len(right)) if said or right else 1.0


# --------------------------------------------------------------------------------------------------------- simulated --
def boxes() -> None:
    """Boxes of people whose misses, false alarms and offsets are known."""
    from marks import crowd_of, simulated

    print("simulated boxes, 12 people, misses 5 to 40 %, up to 0.6 false alarms an answer, offsets of 4 pixels")
    for a_task in (5, 3, 2):
        within, right, plain_right, errors, medians = [], [], [], [], []
        for seed in range(5):
            random = np.random.default_rng([7, seed])
            people = crowd_of(random, 12)
            marks = simulated(random, people, 400, a_task)
            found = match(
                marks.tasks, marks.annotators, marks.answer_of, boxes_alike(marks.tasks[marks.answer_of], marks.boxes)
            )
            rates, owners = found.rates, marks.annotators[marks.answer_of]
            placed = boundaries(found.clusters, owners, marks.boxes, found.existence[found.clusters])
            heavy = np.bincount(owners, weights=(found.existence * (found.marks > 1))[found.clusters], minlength=12)
            offsets = people.offsets - heavy @ people.offsets / heavy.sum()
            within.append(
                [
                    np.mean((rates.missed_lows <= people.missed) & (people.missed <= rates.missed_highs)),
                    np.mean((rates.alarms_lows <= people.alarms) & (people.alarms <= rates.alarms_highs)),
                    np.mean((placed.offset_lows <= offsets) & (offsets <= placed.offset_highs)),
                ]
            )
            thing = np.full(found.existence.size, -1)
            np.maximum.at(thing, found.clusters, marks.thing)
            right.append(np.mean((found.existence >= 0.5) == (thing >= 0)))
            plain_right.append(np.mean((found.marks * 2 > found.answers) == (thing >= 0)))
            told = np.flatnonzero((thing >= 0) & (found.marks > 1))
            errors.append(np.abs(placed.places[told] - marks.truth[thing[told]]).mean())
            middle = [np.median(marks.boxes[found.clusters == each], axis=0) for each in told]
            medians.append(np.abs(np.array(middle) - marks.truth[thing[told]]).mean())
        held = ", ".join(f"{100 * each:.0f} %" for each in np.mean(within, axis=0))
        print(
            f"  {a_task} a task: there or not right {np.mean(right):.3f} (majority {np.mean(plain_right):.3f}); true misses, "
            f"false alarms, offsets in their intervals {held}; sides off by "
            f"{np.mean(errors):.2f} px (medians {np.mean(medians):.2f})"
        )
    print()


def sequences() -> None:
    """Names of people who miss, shift and relabel them, strictly."""
    from test_sequences import crowd
    from test_sequences import spans as names_of

    chain, votes = [], []
    for seed in range(5):
        lengths, truth, tokens, annotators, codes, _ = crowd(np.random.default_rng([9, seed]))
        begins, follows = bio_follows(2)
        found, _, cpu = timed(lambda: tag(lengths, tokens, annotators, codes, 5, begins=begins, follows=follows))  # noqa: B023
        counts = np.bincount(tokens * 5 + codes, minlength=truth.size * 5).reshape(-1, 5)
        right = names_of(truth, lengths)
        chain.append(f1(names_of(found.codes, lengths), right))
        votes.append(f1(names_of(counts.argmax(axis=1), lengths), right))
    print(
        f"simulated names, 300 texts, 20 people, 4 a text: strict F1 {np.mean(chain):.3f}, token by token {np.mean(votes):.3f}; "
        f"{tokens.size:,} votes in {cpu:.2f} s of CPU"
    )


if __name__ == "__main__":
    main()
