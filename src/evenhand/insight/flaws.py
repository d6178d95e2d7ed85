"""How reviewers judged the flaws that were planted for them."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import decode_cursor, encode_cursor, number
from evenhand.boundary.shapes import Page
from evenhand.core.times import rfc3339
from evenhand.insight.gold import share
from evenhand.ledger.actions import Purpose
from evenhand.ontology.ontology import Ontology
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.gold import item_sealed
from evenhand.work.ontologies import Ontologies
from evenhand.work.projects import Projects
from evenhand.work.shapes.flaws import FlawState, PlantedFlaw

_queries = Queries.of("evenhand.insight")


class FlawFigures:
    """Figures of planted flaws, computed from verdicts."""

    def __init__(
        self, database: Database, vault: Vault, grants: Grants, ontologies: Ontologies, projects: Projects
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies
        self._projects = projects

    async def page(self, actor: Actor, project_id: UUID, cursor: str | None, limit: int) -> Page[PlantedFlaw]:
        """A page of planted flaws with what reviewers said of them; the look at them is recorded. Raises NotFound."""
        await self._projects.get(actor, project_id)
        keys = decode_cursor(cursor, number)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "planted_flaws",
                organization_id=actor.organization_id,
                project_id=project_id,
                after=keys[0] if keys else -1,
                limit=limit + 1,
            )
        page = rows[:limit]
        if not page:
            return {"items": [], "next_cursor": None}
        grant = await self._grants.to_person(actor, Purpose.MANAGE, [row["task_id"] for row in page])
        items = await self._vault.open(grant, [item_sealed(actor, project_id, row) for row in page])
        said = await self._vault.open(grant, [_sealed(actor, project_id, row) for row in page])
        ontologies = {
            version: await self._ontologies.get(actor.organization_id, project_id, version)
            for version in {row["ontology_version"] for row in page}
        }
        shown = await asyncio.to_thread(
            lambda: [
                _shown(row, ontologies[row["ontology_version"]], json.loads(item), json.loads(flaw)["answers"])
                for row, item, flaw in zip(page, items, said, strict=True)
            ]
        )
        return {"items": shown, "next_cursor": encode_cursor(page[-1]["task_no"]) if len(rows) > limit else None}


def _sealed(actor: Actor, project_id: UUID, row: Any) -> Sealed:
    return Sealed(
        actor.organization_id,
        project_id,
        row["flaw_id"],
        Kind.ANNOTATION,
        row["flaw_key_id"],
        row["flaw_sealed"],
        covered_by=row["task_id"],
    )


def _shown(row: Any, ontology: Ontology, item: dict[str, Any], answers: list[dict[str, Any]]) -> PlantedFlaw:
    return {
        "task_id": str(row["task_id"]),
        "preview": ontology.preview(item),
        "answers": answers,
        "summary": ontology.summary(answers),
        "reason": row["reason"],
        "planted_at": rfc3339(row["planted_at"]),
        "planted_by": row["pseudonym"],
        "state": _state(row),
        "caught": share(row["caught"], row["verdicts"]),
        "with_reason": share(row["with_reason"], row["caught"]) if row["reason"] else None,
    }


def _state(row: Any) -> FlawState:
    if row["retired_at"] is not None:
        return "retired"
    if row["is_dealt"]:
        return "dealt"
    return "ready" if row["is_chosen"] else "waiting"
