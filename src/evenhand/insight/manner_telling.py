"""What is said of how somebody's answers were made: from what a sweep kept to what a person reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from evenhand.insight.gold import share
from evenhand.insight.quality_shapes import Often, PersonManner, Signal

# Fewer than this, or not so many times what others make likely, call for no look, however improbable: habits differ.
_COUNT_MIN, _TIMES_MIN, _CHANCE_MAX = 5, 3.0, 0.001


def person_manner(row: Any, names: Mapping[UUID, str]) -> PersonManner:
    """One person, as the API says it."""
    told = json.loads(row["figures"])
    active, edits, away = told["ms"], told["edits"], told["away_ms"]
    return {
        "pseudonym": row["pseudonym"],
        "name": names.get(row["person_id"]),
        "person_id": str(row["person_id"]),
        "answers": row["answers"],
        "counted": row["counted"],
        "pasted": _often(told["pasted"], row["counted"]),
        "left": _often(told["left"], row["counted"]),
        "pasted_characters": told["characters"]["pasted"],
        "typed_characters": told["characters"]["typed"],
        "away_ms": away and away["median"],
        "active_ms": active and active["median"],
        "active_ms_others": active and active["crowd"],
        "edits": edits and edits["median"],
        "edits_others": edits and edits["crowd"],
        "signals": manner_signals(told),
    }


def manner_signals(told: Mapping[str, Any]) -> list[Signal]:
    """What in the counts calls for a look: more than others on the same tasks, by far, and hardly by chance."""
    found: list[Signal] = []
    for kind, of in (("pasted", told["pasted"]), ("away", told["left"])):
        count, expected, chance = of["shared_count"], of["expected"], of["chance"]
        if chance is not None and chance <= _CHANCE_MAX and count >= max(_COUNT_MIN, _TIMES_MIN * expected):
            seen = {"kind": kind, "count": count, "of": of["shared"], "expected": expected, "chance": chance}
            found.append(cast(Signal, seen))
    return found


def _often(told: Mapping[str, Any], counted: int) -> Often:
    found = share(told["count"], counted)
    return {
        "count": told["count"],
        "of": counted,
        "low": found["low"],
        "high": found["high"],
        "shared": told["shared"],
        "shared_count": told["shared_count"],
        "expected": told["expected"],
        "chance": told["chance"],
    }
