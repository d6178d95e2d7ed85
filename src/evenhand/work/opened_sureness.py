"""How sure answers are that are no votes, where a decision asks for it: spans, boxes and texts are opened and merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from evenhand.ledger.actions import Action, Purpose
from evenhand.ontology.consensus import is_opened
from evenhand.store.database import Database
from evenhand.vault.service import Vault
from evenhand.walls.grant import Grants
from evenhand.work.deciding import HowSure, Labeled, Sureness, Workflow
from evenhand.work.merging import Merging
from evenhand.work.ontologies import Ontologies

MODEL, MODEL_VERSION = "merge", "1"


class WithMerged:
    """A `HowSure` that also hears what merges say: the least sure question speaks for its task, whichever kind it is of.

    Answers are opened only where a project sends unsure tasks to adjudication and asks such questions; each look is on record, as
    one of the software's, for statistics. It decides whether a task is unsure, never whether one more answer is asked for.
    """

    def __init__(
        self, how_sure: HowSure, database: Database, vault: Vault, grants: Grants, ontologies: Ontologies
    ) -> None:
        self._how_sure = how_sure
        self._merging = Merging(database, vault, ontologies)
        self._grants = grants
        self._ontologies = ontologies

    async def __call__(
        self, organization_id: UUID, project_id: UUID, workflow: Workflow, labeled: Sequence[Labeled]
    ) -> Sequence[Sureness]:
        """See `work.deciding.HowSure`."""
        sure = await self._how_sure(organization_id, project_id, workflow, labeled)
        ontology = await self._ontologies.get(organization_id, project_id, workflow.ontology_version)
        if workflow.adjudicate_below is None or not any(is_opened(asked) for asked in ontology.questions):
            return sure
        ids = [task.task_id for task in labeled]
        grant = await self._grants.to_software(organization_id, Purpose.STATISTICS, ids, Action.ASSET_RENDER)
        merged = await self._merging.sureness(grant, project_id, ontology, ids)
        return [_least(each, merged.get(task.task_id)) for each, task in zip(sure, labeled, strict=True)]


def _least(sure: Sureness, merged: tuple[float, str] | None) -> Sureness:
    if merged is None or (sure.probability is not None and sure.probability <= merged[0]):
        return sure
    probability, question = merged
    return replace(sure, probability=probability, question=question, model=MODEL, model_version=MODEL_VERSION)
