"""From the counts of how answers were made to what is said of each person: numbers alone, pure, and off the event loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from evenhand.insight.columns import ProjectColumns
from evenhand.quality.manner import Beside, beside_others
from evenhand.quality.signals import Speed, speeds

PEOPLE_MAX = 5_000


@dataclass(frozen=True, slots=True)
class MannerFit:
    """One person, as `quality_manner` keeps it. answers: all of theirs; counted: those of which the counts are known."""

    annotator_no: int
    answers: int
    counted: int
    figures: dict[str, Any]


def manners_of(columns: ProjectColumns) -> list[MannerFit]:
    """Everybody, or the 5,000 with most answers. Of tasks in the trash nothing counts."""
    rows = columns.answers[np.isin(columns.answers["task_no"], columns.tasks["task_no"])]
    if not rows.size:
        return []
    tasks = np.unique(rows["task_no"], return_inverse=True)[1].reshape(-1)
    numbers, people = np.unique(rows["annotator_no"], return_inverse=True)
    people = people.reshape(-1)
    answers = np.bincount(people, minlength=numbers.size)
    times = speeds(tasks, people, rows["active_ms"], numbers.size)
    is_counted = rows["pastes"] >= 0
    rows, tasks, people = rows[is_counted], tasks[is_counted], people[is_counted]
    counted = np.bincount(people, minlength=numbers.size)
    pasted = beside_others(tasks, people, rows["pastes"] > 0, numbers.size)
    left = beside_others(tasks, people, rows["departures"] > 0, numbers.size)
    edits = speeds(tasks, people, rows["edits"], numbers.size)
    away = speeds(tasks, people, np.where(rows["departures"] > 0, rows["away_ms"], 0), numbers.size)

    def total(of: Any) -> Any:
        return np.bincount(people, weights=of, minlength=numbers.size).astype(np.int64)

    so_often = {"pasted": total(rows["pastes"] > 0), "left": total(rows["departures"] > 0)}
    characters = {"pasted": total(rows["pasted"]), "typed": total(rows["typed"])}
    return [
        MannerFit(
            int(numbers[person]),
            int(answers[person]),
            int(counted[person]),
            {
                "pasted": _beside(int(so_often["pasted"][person]), pasted[person]),
                "left": _beside(int(so_often["left"][person]), left[person]),
                "characters": {name: int(of[person]) for name, of in characters.items()},
                "ms": _median(times[person]),
                "edits": _median(edits[person]),
                "away_ms": _median(away[person]),
            },
        )
        for person in np.sort(np.argsort(-answers, kind="stable")[:PEOPLE_MAX])
    ]


def _beside(count: int, beside: Beside) -> dict[str, Any]:
    return {
        "count": count,
        "shared": beside.shared,
        "shared_count": beside.count,
        "expected": round(beside.expected, 2),
        "chance": beside.chance,
    }


def _median(speed: Speed | None) -> dict[str, int] | None:
    return None if speed is None else {"median": round(speed.median), "crowd": round(speed.crowd), "count": speed.count}
