"""Tasks and their answers, opened for statistics on what no vote holds: the newest first, each look on record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.ledger.actions import Purpose
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.labeling import annotation_sealed

_queries = Queries.of("evenhand.insight")
TASKS_MAX = 2_000
_LOOK = 500


@dataclass(frozen=True, slots=True)
class Opened:
    """What one look showed: rows of tasks and of everybody's standing answers to them, each with its content beside it."""

    tasks: Sequence[Any]
    items: Sequence[bytes]
    answers: Sequence[Any]
    said: Sequence[bytes]


class AnsweredTasks:
    """Opens the answered tasks of a project, and nothing that nobody asks for."""

    def __init__(self, database: Database, vault: Vault, grants: Grants) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants

    async def newest(self, organization_id: UUID, project_id: UUID) -> tuple[list[Any], bool]:
        """The newest TASKS_MAX tasks that anybody answered, still sealed; whether there are more."""
        async with self._database.tenant(organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "answered_tasks",
                organization_id=organization_id,
                project_id=project_id,
                limit=TASKS_MAX + 1,
            )
        return [*rows[:TASKS_MAX]], len(rows) > TASKS_MAX

    async def opened(self, actor: Actor, project_id: UUID, tasks: Sequence[Any]) -> AsyncIterator[Opened]:
        """Under grants of the actor, 500 tasks a look."""
        organization_id = actor.organization_id
        for start in range(0, len(tasks), _LOOK):
            rows = tasks[start : start + _LOOK]
            ids = [row["task_id"] for row in rows]
            async with self._database.tenant(organization_id) as connection:
                given = await _queries.rows(
                    connection, "standing_answers", organization_id=organization_id, task_ids=ids
                )
            grant = await self._grants.to_person(actor, Purpose.STATISTICS, ids)
            sealed = [_item(organization_id, project_id, row) for row in rows]
            sealed += [annotation_sealed(organization_id, project_id, row) for row in given]
            contents = await self._vault.open(grant, sealed)
            yield Opened(rows, contents[: len(rows)], given, contents[len(rows) :])


def _item(organization_id: UUID, project_id: UUID, row: Any) -> Sealed:
    return Sealed(
        organization_id, project_id, row["task_id"], Kind.TASK, row["chunk_key_id"], row["sealed"], row["version"]
    )
