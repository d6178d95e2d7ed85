"""Real annotators' votes in the plain layout of crowd data: labels.csv (task,worker,label) and truth.csv (task,label). Pure."""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# The 97.5 % point of the normal distribution, for 95 % intervals.
_Z = 1.959963984540054


class NotACrowd(ValueError):
    """A folder that is not in the layout."""

    def __init__(self, folder: Path, reason: str) -> None:
        layout = "labels.csv with the columns task, worker, label, and truth.csv with task, label"
        super().__init__(f"{folder} cannot be replayed: {reason}. A replay takes {layout}.")


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who said what of which task, and what is true where that is known.

    votes: task -> worker -> label. truth: task -> label; only tasks that have votes.
    """

    votes: Mapping[str, Mapping[str, str]]
    truth: Mapping[str, str]

    @property
    def labels(self) -> list[str]:
        """Every label that somebody gave, in order."""
        return sorted({label for answers in self.votes.values() for label in answers.values()})

    @property
    def opinions(self) -> int:
        """The most votes that any task has."""
        return max(map(len, self.votes.values()))

    @property
    def vote_count(self) -> int:
        """How many votes there are."""
        return sum(map(len, self.votes.values()))

    def by_worker(self) -> dict[str, dict[str, str]]:
        """worker -> task -> label."""
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for task, answers in self.votes.items():
            for worker, label in answers.items():
                found[worker][task] = label
        return dict(found)

    def first(self, count: int) -> Crowd:
        """The first `count` tasks; those whose truth is known come first, else in the order of the file."""
        chosen = sorted(self.votes, key=lambda task: task not in self.truth)[:count]
        truth = {task: self.truth[task] for task in chosen if task in self.truth}
        return Crowd({task: self.votes[task] for task in chosen}, truth)


def read_crowd(folder: Path) -> Crowd:
    """The crowd of a folder. Raises NotACrowd."""
    votes: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in _rows(folder, "labels.csv", ("task", "worker", "label")):
        if row["worker"] in votes[row["task"]]:
            raise NotACrowd(folder, f"worker {row['worker']} answered task {row['task']} twice")
        votes[row["task"]][row["worker"]] = row["label"]
    if not votes:
        raise NotACrowd(folder, "labels.csv holds no votes")
    truth = {row["task"]: row["label"] for row in _rows(folder, "truth.csv", ("task", "label")) if row["task"] in votes}
    return Crowd(dict(votes), truth)


def _rows(folder: Path, name: str, columns: Sequence[str]) -> list[dict[str, str]]:
    try:
        with (folder / name).open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if reader.fieldnames != list(columns):
                raise NotACrowd(folder, f"{name} has the columns {', '.join(reader.fieldnames or ['none'])}")
            return list(reader)
    except OSError as error:
        raise NotACrowd(folder, f"{name} cannot be read, {error.strerror}") from None


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often a consensus is the truth. right: a tie of k labels that holds the truth counts 1/k."""

    right: float
    tasks: int

    @property
    def share(self) -> float:
        """right / tasks, in 0..1. Raises ZeroDivisionError when no truth is known."""
        return self.right / self.tasks

    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share. Wilson, 1927, doi:10.1080/01621459.1927.10502953."""
        share, n = self.share, self.tasks
        middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z / (1 + _Z**2 / n) * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
        return middle - half, middle + half

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{self.share:.4f} [{low:.4f}, {high:.4f}] ({self.right:g} of {self.tasks} tasks)"


def accuracy(winners: Mapping[str, Sequence[str]], truth: Mapping[str, str]) -> Accuracy:
    """The accuracy of a consensus. winners: task -> the labels with the most votes, one or several that tie."""
    right = math.fsum(1 / len(winners[task]) for task, label in truth.items() if label in winners[task])
    return Accuracy(right, len(truth))


def majority_winners(crowd: Crowd) -> dict[str, list[str]]:
    """task -> the labels with the most votes, straight from the file: what the server's answers are held against."""
    found = {}
    for task, answers in crowd.votes.items():
        counts = Counter(answers.values())
        top = max(counts.values())
        found[task] = sorted(label for label, count in counts.items() if count == top)
    return found
