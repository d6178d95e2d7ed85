"""What was decided on one's own answers, and why: for whoever gave them, unless the project keeps it sealed."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import decode_cursor, encode_cursor, instant
from evenhand.boundary.shapes import Page
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Purpose
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.model import STAGES
from evenhand.work.ontologies import Ontologies
from evenhand.work.shapes.verdicts import Feedback as Item
from evenhand.work.shapes.verdicts import LabelOrigin

_queries = Queries.of("evenhand.work")


class Feedback:
    """The reading of one's own verdicts."""

    def __init__(self, database: Database, vault: Vault, grants: Grants, ontologies: Ontologies) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies

    async def page(self, actor: Actor, cursor: str | None, limit: int) -> Page[Item]:
        """A page of it, newest first: own answer, verdict, reason, note, and what stands instead. The look is recorded."""
        keys = decode_cursor(cursor, instant, UUID)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "feedback",
                organization_id=actor.organization_id,
                person_id=actor.person_id,
                before_at=keys[0] if keys else None,
                before_id=keys[1] if keys else None,
                limit=limit + 1,
            )
        page = rows[:limit]
        more = encode_cursor(page[-1]["at"].isoformat(), page[-1]["verdict_id"]) if len(rows) > limit else None
        return {"items": await self._opened(actor, page), "next_cursor": more}

    async def _opened(self, actor: Actor, rows: list[Any]) -> list[Item]:
        if not rows:
            return []
        grant = await self._grants.to_person(actor, Purpose.BROWSE, [row["task_id"] for row in rows])
        sealed = [
            sealed_part(row, which) for row in rows for which in ("own", "decided", "note") if row[which] is not None
        ]
        contents = iter(await self._vault.open(grant, sealed))
        return [await self._item(row, contents) for row in rows]

    async def _item(self, row: Any, contents: Any) -> Item:
        own = json.loads(next(contents))["answers"]
        decided = json.loads(next(contents))["answers"] if row["decided"] is not None else None
        note = json.loads(next(contents))["text"] if row["note"] is not None else None
        ontology = await self._ontologies.get(row["organization_id"], row["project_id"], row["own_version"])
        stands = None
        if decided is not None:
            later = await self._ontologies.get(row["organization_id"], row["project_id"], row["decided_version"])
            stands = later.summary(decided)
        return {
            "id": str(row["verdict_id"]),
            "project_id": str(row["project_id"]),
            "task_id": str(row["task_id"]),
            "annotation_id": str(row["annotation_id"]),
            "stage": "review" if row["stage"] == STAGES["review"] else "adjudicate",
            "verdict": row["verdict"],
            "reason": row["reason"],
            "note": note,
            "answers": own,
            "summary": ontology.summary(own),
            "decided_answers": decided,
            "decided_summary": stands,
            "origin": origin_of(row),
            "at": rfc3339(row["at"]),
        }


_KINDS = {
    "own": ("annotation_id", Kind.ANNOTATION),
    "decided": ("resolved_id", Kind.ANNOTATION),
    "note": ("remark_id", Kind.REMARK),
}


def origin_of(row: Any) -> LabelOrigin | None:
    """What the label of a row's task was made by, as of `label_origin`; None while it is not done."""
    if row["to_place"] != "done":
        return None
    if row["moved_resolved_id"] is not None and row["moved_by"] in ("review", "adjudication"):
        return {"by": row["moved_by"], "answers": row["answered"], "probability": None}
    if row["fit_no"] is not None:
        return {"by": "model", "answers": row["answered"], "probability": row["posterior"]}
    return {"by": "agreement", "answers": row["answered"], "probability": None}


def sealed_part(row: Any, which: str) -> Sealed:
    """One's own answer (`own`), what was decided instead or the note, on its way to the vault: covered by a grant for the task."""
    named, kind = _KINDS[which]
    return Sealed(
        row["organization_id"],
        row["project_id"],
        row[named],
        kind,
        row[f"{which}_key_id"],
        row[which],
        covered_by=row["task_id"],
    )
