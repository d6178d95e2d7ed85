"""The shared crowd sets, as columns; answers that are known are read by scorers alone."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

CROWDS = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "crowd"


@dataclass(frozen=True)
class Crowd:
    """Columns with one row a vote, and how many classes there are."""

    name: str
    tasks: np.ndarray
    annotators: np.ndarray
    codes: np.ndarray
    classes: int

    @property
    def columns(self):
        return self.tasks, self.annotators, self.codes, self.classes


@cache
def crowd(name: str) -> Crowd:
    with (CROWDS / name / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = [np.unique([row[key] for row in rows], return_inverse=True) for key in ("task", "worker", "label")]
    return Crowd(name, *(numbers for _, numbers in columns), classes=columns[2][0].size)


@cache
def truth(name: str) -> np.ndarray:
    """Shape (tasks,): the true code, -1 where unknown, `classes` where nobody ever gave it. For scorers alone."""
    with (CROWDS / name / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    tasks, labels = (sorted({row[key] for row in rows}) for key in ("task", "label"))
    known = np.full(len(tasks), -1)
    with (CROWDS / name / "truth.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["task"] in tasks:
                known[tasks.index(row["task"])] = labels.index(row["label"]) if row["label"] in labels else len(labels)
    return known
