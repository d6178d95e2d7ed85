"""The signals that stand for one person, read from what the last sweep found: what a ruling may name, as the server reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from evenhand.core.times import rfc3339
from evenhand.insight.gold import share
from evenhand.insight.manner_telling import manner_signals
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.work.shapes.appeals import SignalKind, StandingSignal

_queries = Queries.of("evenhand.insight")


class StandingSignals:
    """Fills `work`'s port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, organization_id: UUID, project_id: UUID, person_id: UUID) -> list[StandingSignal]:
        """One of a kind, the least probable by chance, whatever the question."""
        facts = {"organization_id": organization_id, "project_id": project_id, "person_id": person_id}
        async with self._database.tenant(organization_id) as connection:
            rows = await _queries.rows(connection, "signals_of", **facts)
        found: dict[SignalKind, StandingSignal] = {}
        for row in rows:
            for each in _of_manner(row) if row["question_no"] is None else _of_question(row):
                known = found.get(each["signal"])
                if known is None or _chance(each) < _chance(known):
                    found[each["signal"]] = each
        return [found[kind] for kind in sorted(found)]


def _of_question(row: Any) -> Iterator[StandingSignal]:
    told, figures = json.loads(row["told"]), json.loads(row["figures"])
    if run := told.get("run"):
        yield _standing(row, "run", run["length"], run["of"], None, run["chance"])
    if told.get("is_fast"):
        speed = told["ms"]
        fast = _standing(row, "fast", speed["count"], speed["count"], speed["crowd"], None)
        # A median time is no share: it has no interval of one.
        yield {**fast, "value": speed["median"], "low": None, "high": None}
    for one, other, shared, same, expected, _omega, chance in figures.get("alike", ()):
        if row["annotator_no"] in (int(one), int(other)):
            yield _standing(row, "alike", int(same), int(shared), expected, chance)


def _of_manner(row: Any) -> Iterator[StandingSignal]:
    for each in manner_signals(json.loads(row["told"])):
        yield _standing(row, each["kind"], each["count"], each["of"], each["expected"], each["chance"])


def _standing(
    row: Any, kind: SignalKind, count: int, of: int, expected: float | None, chance: float | None
) -> StandingSignal:
    found = share(count, of)
    return {
        "signal": kind,
        "value": count / of,
        "count": count,
        "out_of": of,
        "low": found["low"],
        "high": found["high"],
        "expected": expected,
        "chance": chance,
        "fit_no": row["fit_no"],
        "fitted_at": rfc3339(row["fitted_at"]),
    }


def _chance(signal: Mapping[str, Any]) -> float:
    return 1.0 if signal["chance"] is None else float(signal["chance"])
