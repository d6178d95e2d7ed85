"""How an answer was made, in counts: what a client may say of it, and within which bounds. Never content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from evenhand.core.errors import Malformed, Problem
from evenhand.work.shapes.queue import Manner

# In the order of `annotation.manner`, each with the most that is believed: a task is held a week at most.
COUNTS: Mapping[str, int] = {
    "pastes": 100_000,
    "pasted": 100_000_000,
    "typed": 100_000_000,
    "departures": 100_000,
    "away_ms": 604_800_000,
    "edits": 1_000_000,
}


def read_manner(given: Any) -> list[int]:
    """The counts as they are kept. Raises Malformed with every defect: they are all there, whole, and within their bounds."""
    if not isinstance(given, dict):
        message = "manner is an object of counts."
        raise Malformed(
            [Problem("/manner", "bad_value", message, f"Send all of {', '.join(COUNTS)}, or leave it out.")]
        )
    problems = [
        Problem("/manner", "unknown_field", f"There is no count {name!r}.", "Remove it.", (*COUNTS,))
        for name in sorted(given.keys() - COUNTS.keys())[:1]
    ]
    for name, most in COUNTS.items():
        value = given.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            message = f"{name} is a whole number from 0 to {most}."
            problems.append(Problem(f"/manner/{name}", "out_of_bounds", message, "Send it, or leave manner out."))
    if problems:
        raise Malformed(problems)
    return [given[name] for name in COUNTS]


def told_manner(kept: Sequence[int] | None) -> Manner | None:
    """What was kept, by name."""
    return None if kept is None else cast(Manner, dict(zip(COUNTS, kept, strict=True)))
