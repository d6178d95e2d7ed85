"""What was said of the answers to a task in earlier rounds, opened for whoever may see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from evenhand.core.times import rfc3339
from evenhand.ledger.grant import Grant
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.work.model import STAGES
from evenhand.work.shapes.stages import EarlierVerdict

_queries = Queries.of("evenhand.work")


async def verdicts_on(
    database: Database, vault: Vault, grant: Grant, project_id: UUID, task_ids: list[UUID]
) -> list[tuple[Any, str | None]]:
    """(row of `verdicts`, its note) of every verdict on these tasks, by task, oldest first. The grant names the tasks."""
    async with database.tenant(grant.organization_id) as connection:
        rows = await _queries.rows(connection, "verdicts", organization_id=grant.organization_id, task_ids=task_ids)
    noted = {
        row["remark_id"]: Sealed(
            grant.organization_id,
            project_id,
            row["remark_id"],
            Kind.REMARK,
            row["chunk_key_id"],
            row["sealed"],
            covered_by=row["task_id"],
        )
        for row in rows
        if row["remark_id"] is not None
    }
    contents = await vault.open(grant, list(noted.values())) if noted else []
    notes = {remark_id: json.loads(each)["text"] for remark_id, each in zip(noted, contents, strict=True)}
    return [(row, notes.get(row["remark_id"])) for row in rows]


def earlier_verdict(row: Any, note: str | None, labels: Mapping[UUID, str]) -> EarlierVerdict:
    """A verdict of an earlier round. labels: what authors are called."""
    return {
        "annotation_id": str(row["annotation_id"]),
        "label": labels.get(row["author_id"], ""),
        "stage": "review" if row["stage"] == STAGES["review"] else "adjudicate",
        "round": row["round"],
        "verdict": row["verdict"],
        "reason": row["reason"],
        "note": note,
        "at": rfc3339(row["at"]),
    }
