"""Deleting for good what lay in the trash for thirty days, and putting there what an organization keeps no longer.

1. The project's keys are destroyed: from that moment nobody opens anything of it, whatever copies of its rows there are.
2. Its rows go, a few thousand a transaction, so that nothing else waits for it.
3. With the last of them goes the project, and the entry that certifies it is written. What the ledger says of it stays.

Every step may be repeated: a worker that is killed leaves a project that the next round goes on with.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog

from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.work.projects import TRASH_LASTS

_queries = Queries.of("evenhand.delivery")
ROUND_SECONDS = 60.0
TASKS_A_STEP = 1_000
PROJECTS_A_ROUND = 20
# Of work that nobody took up again. What is held is kept however old it is.
DRAFT_LASTS = timedelta(days=90)
DRAFTS_A_STEP = 5_000

log = structlog.get_logger(__name__)


class Deletion:
    """The worker's round of deleting and of retention."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def delete_due(self, delete: Callable[[UUID, UUID], Awaitable[None]] | None = None) -> bool:
        """Apply retention, then delete every project whose days in the trash are over; whether there may be more.

        delete: what deletes one project of an organization; Shredding's leaves a certificate.
        """
        now = self._clock.now()
        async with self._database.statement() as connection:
            await _queries.value(connection, "retain", now=now)
            forgotten: int = await _queries.value(
                connection, "forget_drafts", before=now - DRAFT_LASTS, max=DRAFTS_A_STEP
            )
            due = await _queries.rows(connection, "projects_due", before=now - TRASH_LASTS, max=PROJECTS_A_ROUND)
        for row in due:
            await (delete or self.delete)(row["organization_id"], row["project_id"])
        return len(due) == PROJECTS_A_ROUND or forgotten == DRAFTS_A_STEP

    async def delete(self, organization_id: UUID, project_id: UUID) -> None:
        """Destroy the keys of a project in the trash and delete it. One that is gone, or was taken out again, is left as it is."""
        facts = {"organization_id": organization_id, "project_id": project_id, "now": self._clock.now()}
        async with self._database.statement() as connection:
            await _queries.value(connection, "destroy_keys", **facts)
        is_left = True
        while is_left:
            async with self._database.statement() as connection:
                is_left = await _queries.value(connection, "delete_some", **facts, max=TASKS_A_STEP)
        log.info("project.deleted", project_id=str(project_id))
