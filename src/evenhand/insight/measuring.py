"""What the quality screen says of a question about numbers: how wide the estimates are, and who answers too high or scatters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.quality.estimation import NumericInference
from evenhand.quality.signals import speeds


@dataclass(frozen=True, slots=True)
class Measurer:
    """One person on a question about numbers. checked: answers that another answer, or a known one, can be held against."""

    annotator_no: int
    checked: int
    votes: int
    figures: dict[str, Any]


def estimates_of(found: NumericInference) -> dict[str, Any]:
    """Of the question as a whole, as `quality_question.figures` keeps it. Widths are in the unit of the answers."""
    missing = []
    if found.annotator_numbers.size < 2:
        missing.append("one-annotator")
    if found.caveat == "no-overlap":
        missing.append("no-overlap")
    return {
        "caveat": found.caveat,
        "missing": missing,
        "estimates": {
            "width": float(np.median(found.highs * 0.5 - found.lows * 0.5)) * 2.0,
            "tasks": int(found.task_numbers.size),
        },
    }


def measurers_of(
    found: NumericInference,
    tasks: npt.NDArray[np.int64],
    annotators: npt.NDArray[np.int64],
    active_ms: npt.NDArray[np.int64],
    most: int,
) -> list[Measurer]:
    """Everybody, or those with most answers. tasks, annotators, active_ms: shape (votes,), as they were fitted."""
    task_places = np.searchsorted(found.task_numbers, tasks)
    people = np.searchsorted(found.annotator_numbers, annotators)
    answered = np.bincount(people, minlength=found.annotator_numbers.size)
    times = speeds(task_places, people, active_ms, found.annotator_numbers.size)
    told = []
    for place in np.sort(np.argsort(-answered, kind="stable")[:most]).tolist():
        figures: dict[str, Any] = {"windows": [], "confusion": None, "lean": None, "change": None, "run": None}
        if found.counts[place]:
            figures["lean"] = {"kind": "amount", "place": None, **_ends(found, "bias", place)}
            figures["spread"] = _ends(found, "spread", place)
        if (speed := times[place]) is not None:
            figures["ms"] = {"median": round(speed.median), "crowd": round(speed.crowd), "count": speed.count}
        told.append(
            Measurer(int(found.annotator_numbers[place]), int(found.counts[place]), int(answered[place]), figures)
        )
    return told


def _ends(found: NumericInference, of: str, place: int) -> dict[str, float]:
    middle = found.biases if of == "bias" else found.spreads
    low, high = getattr(found, f"{of}_lows"), getattr(found, f"{of}_highs")
    return {"value": float(middle[place]), "low": float(low[place]), "high": float(high[place])}
