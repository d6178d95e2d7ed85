"""The consensus on answers that are no votes (spans, boxes, texts): opened to be merged, under the grant of whoever looks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from evenhand.ledger.grant import Grant
from evenhand.ontology.consensus import Consensus, Given, Resolved, consensus_on, is_opened
from evenhand.ontology.ontology import Asked, Ontology
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.work.labeling import annotation_sealed
from evenhand.work.ontologies import Ontologies
from evenhand.work.shapes.stages import StageConsensus
from evenhand.work.shapes.tasks import Consensus as TaskConsensus

_queries = Queries.of("evenhand.work")


@dataclass(frozen=True, slots=True)
class Looked:
    """A task that is looked at: opened, and what stands for it where somebody decided."""

    task_id: UUID
    item: Mapping[str, Any]
    resolved: Resolved | None


def told(asked: Asked, target: str, found: Consensus) -> StageConsensus:
    """A consensus as whoever looks at it is told it."""
    shown: StageConsensus = {
        "question": asked.name,
        "target": target,
        "value": found.value,
        "candidates": [*found.candidates],
        "summary": " / ".join(asked.kind.summary(asked.settings, value) for value in found.candidates),
        "probability": found.probability,
        "share": found.share,
        "answers": found.merged.answers,
        "method": found.merged.method,
        "status": found.merged.status,
        "source": found.source,
    }
    shown.update(cast(StageConsensus, found.origin))
    if found.regions:
        shown["regions"] = [
            {"id": each.id, "exists": each.exists, "label": each.label, "place": each.place} for each in found.regions
        ]
    return shown


def sure_of(found: Consensus) -> float:
    """How probable a merged answer is: of regions that of the least sure one being there, else that of the whole."""
    return min((each.exists for each in found.regions), default=found.probability)


class Merging:
    """Opens what must be opened to say what a task's annotators say together."""

    def __init__(self, database: Database, vault: Vault, ontologies: Ontologies) -> None:
        self._database = database
        self._vault = vault
        self._ontologies = ontologies

    async def __call__(
        self, grant: Grant, project_id: UUID, ontology: Ontology, looked: Sequence[Looked]
    ) -> dict[UUID, list[TaskConsensus]]:
        """By task: one entry a question that has no votes and each part it was asked about. {} where all questions have votes.

        grant: covers these tasks. They are merged off the event loop.
        """
        if not any(is_opened(asked) for asked in ontology.questions):
            return {}
        given = await self._given(grant, project_id, [each.task_id for each in looked])

        def merged() -> dict[UUID, list[TaskConsensus]]:
            return {each.task_id: _merged(ontology, each, given.get(each.task_id, [])) for each in looked}

        return await asyncio.to_thread(merged)

    async def sureness(
        self, grant: Grant, project_id: UUID, ontology: Ontology, task_ids: Sequence[UUID]
    ) -> dict[UUID, tuple[float, str]]:
        """By task: (how probable the least sure of its merged answers is, the question). Of tasks without any, nothing.

        grant: covers these tasks. They are merged off the event loop.
        """
        if not any(is_opened(asked) for asked in ontology.questions):
            return {}
        organization_id = grant.organization_id
        async with self._database.tenant(organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "items",
                organization_id=organization_id,
                project_id=project_id,
                task_ids=[*task_ids],
            )
        sealed = [
            Sealed(
                organization_id,
                project_id,
                row["task_id"],
                Kind.TASK,
                row["chunk_key_id"],
                row["sealed"],
                row["version"],
            )
            for row in rows
        ]
        contents = await self._vault.open(grant, sealed)
        items = {row["task_id"]: json.loads(content) for row, content in zip(rows, contents, strict=True)}
        given = await self._given(grant, project_id, [*task_ids])

        def least() -> dict[UUID, tuple[float, str]]:
            found = {}
            for task_id, item in items.items():
                sure = [
                    (sure_of(merged), asked.name)
                    for asked, _, merged in consensus_on(ontology, item, given.get(task_id, []))
                    if is_opened(asked) and merged.candidates
                ]
                if sure:
                    found[task_id] = min(sure, key=lambda each: each[0])
            return found

        return await asyncio.to_thread(least)

    async def _given(self, grant: Grant, project_id: UUID, task_ids: list[UUID]) -> dict[UUID, list[Given]]:
        organization_id = grant.organization_id
        async with self._database.tenant(organization_id) as connection:
            rows = await _queries.rows(connection, "annotations", organization_id=organization_id, task_ids=task_ids)
        sealed = [annotation_sealed(organization_id, project_id, row) for row in rows]
        found: dict[UUID, list[Given]] = {}
        for row, content in zip(rows, await self._vault.open(grant, sealed), strict=True):
            ontology = await self._ontologies.get(organization_id, project_id, row["ontology_version"])
            found.setdefault(row["task_id"], []).append(Given(json.loads(content)["answers"], ontology))
        return found


def _merged(ontology: Ontology, looked: Looked, given: Sequence[Given]) -> list[TaskConsensus]:
    """What is in no vote; of a decided task also without what `insight` tells of it: answers about the task itself."""
    return [
        cast(TaskConsensus, told(asked, target, found))
        for asked, target, found in consensus_on(ontology, looked.item, given, looked.resolved)
        if is_opened(asked) and found.candidates and not (looked.resolved and target == "")
    ]
