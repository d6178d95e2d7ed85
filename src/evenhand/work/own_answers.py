"""A task as one answered it, to be read again: what it showed, one's own answer, and what was decided on it where that is shown.

The same for gold and for work: nothing here asks which a task is.
"""

from __future__ import annotations

import json
from typing import Any, cast
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.errors import NotFound
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Purpose
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.feedback import origin_of, sealed_part
from evenhand.work.labeling import seed_of
from evenhand.work.media import with_addresses
from evenhand.work.model import STAGES, RemovedFromProject
from evenhand.work.ontologies import Ontologies
from evenhand.work.shapes.queue import VisibleItem
from evenhand.work.shapes.verdicts import AnsweredTask, DecidedOnMine

_queries = Queries.of("evenhand.work")


class OwnAnswers:
    """The reading of one's own answers, each with its task."""

    def __init__(self, database: Database, vault: Vault, grants: Grants, ontologies: Ontologies) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies

    async def one(self, actor: Actor, project_id: UUID, task_id: UUID, annotation_id: UUID | None) -> AnsweredTask:
        """A task that this person answered, with the newest version of their answer, or the one that is named.

        The look is on record before anything is opened. Raises NotFound, RemovedFromProject, Walled, OnHold.
        """
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(
                connection,
                "my_answer",
                organization_id=actor.organization_id,
                project_id=project_id,
                task_id=task_id,
                person_id=actor.person_id,
                annotation_id=annotation_id,
            )
        if row is None:
            raise NotFound(kind="answer", id=str(annotation_id or task_id))
        if row["is_removed"]:
            raise RemovedFromProject(project_id=project_id)
        grant = await self._grants.to_person(actor, Purpose.BROWSE, [task_id])
        parts = [which for which in ("own", "decided", "note") if row[which] is not None]
        sealed = [_item_sealed(row), *(sealed_part(row, which) for which in parts)]
        item, *contents = (json.loads(each) for each in await self._vault.open(grant, sealed))
        opened = dict(zip(parts, contents, strict=True))
        ontology = await self._ontologies.get(actor.organization_id, project_id, row["own_version"])
        shown = with_addresses(ontology.visible_item(item), ontology, project_id, task_id)
        answers = opened["own"]["answers"]
        return {
            "task_id": str(task_id),
            "project_id": str(project_id),
            "annotation_id": str(row["annotation_id"]),
            "item": cast(VisibleItem, shown),
            "ontology_version": row["own_version"],
            "guideline_version": row["guideline_version"],
            "seed": seed_of(task_id, actor.person_id),
            "answers": answers,
            "summary": ontology.summary(answers),
            "version": row["version"],
            "submitted_at": rfc3339(row["submitted_at"]),
            "decided": await self._decided(row, opened) if row["verdict_id"] is not None else None,
            "grant_id": grant.id,
        }

    async def _decided(self, row: Any, opened: dict[str, Any]) -> DecidedOnMine:
        answers, summary = None, None
        if "decided" in opened:
            answers = opened["decided"]["answers"]
            ontology = await self._ontologies.get(row["organization_id"], row["project_id"], row["decided_version"])
            summary = ontology.summary(answers)
        return {
            "stage": "review" if row["stage"] == STAGES["review"] else "adjudicate",
            "verdict": row["verdict"],
            "reason": row["reason"],
            "note": opened["note"]["text"] if "note" in opened else None,
            "answers": answers,
            "summary": summary,
            "ontology_version": row["decided_version"],
            "origin": origin_of(row),
            "at": rfc3339(row["at"]),
        }


def _item_sealed(row: Any) -> Sealed:
    return Sealed(
        row["organization_id"],
        row["project_id"],
        row["task_id"],
        Kind.TASK,
        row["item_key_id"],
        row["item"],
        row["task_version"],
    )
