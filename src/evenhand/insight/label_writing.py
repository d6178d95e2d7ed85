"""Writes labels as they stand after a fit to `task_label`: what changed alone, in parts, each a transaction of its own."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import numpy as np

from evenhand.insight.columns import unpacked
from evenhand.insight.standing_labels import ADJUDICATION, LABEL, REVIEW, SOURCES, Decided, Given, Labels, differing
from evenhand.insight.telling import estimates_of_decision
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.work.model import STAGES

_queries = Queries.of("evenhand.insight")
PART = 5_000
_STORED = {
    "question_no": "int2",
    "task_no": "int8",
    "code": "float8",
    "probability": "float8",
    "source": "int2",
    "is_least": "int2",
}


async def read_decided(connection: Connection, organization_id: UUID, project_id: UUID) -> list[Decided]:
    """What fits decided of tasks that have the votes that were read."""
    rows = await _queries.rows(
        connection, "decided_as_they_stand", organization_id=organization_id, project_id=project_id
    )
    return [
        Decided(
            row["task_no"],
            row["question"],
            row["posterior"],
            dict(zip(row["answer_nos"], row["answer_codes"], strict=True)),
            estimates_of_decision(row),
        )
        for row in rows
    ]


async def read_given(connection: Connection, organization_id: UUID, project_id: UUID) -> list[Given]:
    """What reviewers and adjudicators answered instead, of every task for which it stands."""
    rows = await _queries.rows(connection, "given_answers", organization_id=organization_id, project_id=project_id)
    answers: dict[tuple[int, int], dict[int, float]] = {}
    for row in rows:
        source = ADJUDICATION if row["stage"] == STAGES["adjudicate"] else REVIEW
        of_task = answers.setdefault((row["task_no"], source), {})
        if row["question_no"] is not None:
            of_task[row["question_no"]] = row["code"]
    return [Given(task_no, source, each) for (task_no, source), each in answers.items()]


async def write_labels(
    database: Database, organization_id: UUID, project_id: UUID, attempt: int, labels: Labels
) -> int:
    """Put these in the place of those that were written before; how many rows changed.

    Whoever lost their turn (`quality_sweep.attempt`) writes nothing more. Killed half way, the next sweep writes the rest.
    """
    facts = {"organization_id": organization_id, "project_id": project_id}
    async with database.tenant(organization_id) as connection:
        received = await _queries.copied(connection, "labels_stored", **facts)
    written, removed = await asyncio.to_thread(lambda: differing(_stored(received), labels))
    for start in range(0, written.size, PART):
        columns = _columns(written[start : start + PART])
        async with database.tenant(organization_id) as connection:
            await _queries.run(connection, "put_labels", **facts, attempt=attempt, **columns)
    for start in range(0, removed.size, PART):
        part = removed[start : start + PART]
        keys = {"question_nos": part["question_no"].tolist(), "task_nos": part["task_no"].tolist()}
        async with database.tenant(organization_id) as connection:
            await _queries.run(connection, "remove_labels", **facts, attempt=attempt, **keys)
    return int(written.size + removed.size)


def _stored(received: bytearray) -> Labels:
    rows = unpacked(received, _STORED)
    labels = np.zeros(rows.size, dtype=LABEL)
    for name in _STORED:
        labels[name] = rows[name]
    return labels[np.lexsort((labels["task_no"], labels["question_no"]))]


def _columns(labels: Labels) -> dict[str, list[Any]]:
    return {
        "question_nos": labels["question_no"].tolist(),
        "task_nos": labels["task_no"].tolist(),
        "codes": _or_none(labels["code"].tolist()),
        "probabilities": _or_none(labels["probability"].tolist()),
        "sources": [SOURCES[each] for each in labels["source"].tolist()],
        "are_least": labels["is_least"].tolist(),
    }


def _or_none(numbers: list[float]) -> list[float | None]:
    return [None if each != each else each for each in numbers]
