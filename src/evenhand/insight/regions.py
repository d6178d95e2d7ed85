"""What marked regions tell of people: how often each misses, invents, and where they place edges; spans and shapes alike.

A region is no vote: where it lies stands in the sealed answers. So nothing of it is kept: it is computed when somebody asks, and
each look is on record.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.errors import NotFound
from evenhand.insight.opening import AnsweredTasks
from evenhand.insight.region_shapes import RegionsQuality
from evenhand.people.members import Members
from evenhand.work.ontologies import Ontologies
from evenhand.work.projects import Projects


class RegionFigures:
    """The verb about regions."""

    def __init__(self, answered: AnsweredTasks, ontologies: Ontologies, projects: Projects, members: Members) -> None:
        self._answered = answered
        self._ontologies = ontologies
        self._projects = projects
        self._members = members

    async def figures(self, actor: Actor, project_id: UUID, question: str) -> RegionsQuality:
        """What a question's regions tell of people. Opens the newest tasks and their answers, on record. Raises NotFound."""
        from evenhand.insight.marked import Marked, figured, mark

        project = await self._projects.get(actor, project_id)
        ontology = await self._ontologies.get(actor.organization_id, project_id, project["ontology_version"])
        asked = next((each for each in ontology.questions if each.name == question), None)
        if asked is None:
            raise NotFound(kind="question", id=question)
        marked = Marked()
        people: dict[int, Any] = {}
        tasks: list[Any] = []
        is_partial = False
        if asked.kind.has_regions:
            tasks, is_partial = await self._answered.newest(actor.organization_id, project_id)
        async for look in self._answered.opened(actor, project_id, tasks):
            versions = {row["ontology_version"] for row in look.answers}
            given_under = {no: await self._ontologies.get(actor.organization_id, project_id, no) for no in versions}
            await asyncio.to_thread(mark, marked, ontology, asked, given_under, look)
            people |= {row["annotator_no"]: row for row in look.answers}
        names = await self._members.names(actor, {people[no]["person_id"] for no in set(marked.annotators)})
        told = await asyncio.to_thread(figured, asked.kind, marked, people, names)
        head = {"question": asked.name, "tasks": len(tasks), "is_partial": is_partial, "has_names": bool(names)}
        return cast(RegionsQuality, {**head, **told})
