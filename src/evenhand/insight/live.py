"""The live path: between two sweeps, votes are read by what the last one learned. What stands is loaded once a fit."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from evenhand.insight.service import sureness
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.work.deciding import Labeled, Sureness, Workflow
from evenhand.work.ontologies import Ontologies

if TYPE_CHECKING:
    from evenhand.insight.judging import Standing

_queries = Queries.of("evenhand.insight")
_KEPT = 64


class Live:
    """How sure tasks are now. Any number of workers may have one: the fit that stands is in the database."""

    def __init__(self, database: Database, ontologies: Ontologies) -> None:
        self._database = database
        self._ontologies = ontologies
        self._kept: OrderedDict[tuple[UUID, UUID], Standing] = OrderedDict()

    async def how_sure(
        self, organization_id: UUID, project_id: UUID, workflow: Workflow, labeled: Sequence[Labeled]
    ) -> list[Sureness]:
        """See `work.deciding.HowSure`. The caller decides alone for this project, so that the fit it is told of is still there."""
        ontology = await self._ontologies.get(organization_id, project_id, workflow.ontology_version)
        standing = await self.standing(organization_id, project_id)
        if standing is None and workflow.sure is None:
            return await asyncio.to_thread(sureness, ontology, labeled)
        from evenhand.insight.judging import judged

        return await asyncio.to_thread(judged, ontology, standing, workflow, labeled)

    async def standing(self, organization_id: UUID, project_id: UUID, fit_no: int | None = None) -> Standing | None:
        """The newest fit of a project, or the one of that number; None where there is none."""
        facts = {"organization_id": organization_id, "project_id": project_id}
        async with self._database.tenant(organization_id) as connection:
            newest = fit_no is None
            fit_no = await _queries.value(connection, "standing_fit", **facts) if newest else fit_no
            if fit_no is None:
                return None
            kept = self._kept.get((organization_id, project_id))
            if kept is not None and kept.fit_no == fit_no:
                self._kept.move_to_end((organization_id, project_id))
                return kept
            rows = await _queries.rows(connection, "fit_learned", **facts, fit_no=fit_no)
        from evenhand.insight.judging import Learned, Standing
        from evenhand.insight.packing import unpacked
        from evenhand.quality.number_crowd import NumberCrowd

        def read() -> Standing:
            questions: dict[int, Learned] = {}
            numbers: dict[int, NumberCrowd] = {}
            for row in rows:
                crowd = unpacked(row["learned"])
                if isinstance(crowd, NumberCrowd):
                    numbers[row["question_no"]] = crowd
                else:
                    codes = {int(place): code for place, code in json.loads(row["codes"])}
                    questions[row["question_no"]] = Learned(crowd, codes)
            return Standing(fit_no, questions, numbers)

        found = await asyncio.to_thread(read)
        if newest:
            self._kept[organization_id, project_id] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found
