"""What stands for each question of a task: the one place where votes, decisions and fits become labels.

The rule is `ontology.consensus.label`; what is known of gold comes before it. Here is found what models say: of a
task that was decided by a fit, what the decision says while the task has the votes that it read; else what the fit that stands
says of its votes; of numbers, either says an estimate. The table, the audits and whoever adjudicates read labels as they stand
now; a release reads them by the fit that stood when it was cut.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from evenhand.insight.live import Live
from evenhand.insight.service import by_task, columns_of, with_known
from evenhand.ontology.consensus import Resolved, Told
from evenhand.ontology.ontology import Ontology
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.work.deciding import Labeled, Vote
from evenhand.work.ontologies import Ontologies
from evenhand.work.shapes.tasks import Consensus

if TYPE_CHECKING:
    from evenhand.insight.estimates import Estimates
    from evenhand.insight.judging import Standing
    from evenhand.insight.telling import DecisionByFit

_queries = Queries.of("evenhand.insight")
# Fits that decisions name are read again for each page; those of a few projects stay at hand.
_KEPT = 8


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """Everything that one sweep learned. fit_no: its number."""

    fit_no: int
    standing: Standing | None
    estimates: Mapping[int, Estimates] = field(default_factory=dict)


class Labels:
    """Labels of one installation, as they stand or as they stood."""

    def __init__(self, database: Database, ontologies: Ontologies, live: Live) -> None:
        self._database = database
        self._ontologies = ontologies
        self._live = live
        self._fits: OrderedDict[tuple[UUID, UUID, int], _Fit] = OrderedDict()

    async def consensus(
        self,
        organization_id: UUID,
        project_id: UUID,
        ontology_version: int,
        task_nos: list[int],
        resolved: Mapping[int, Resolved],
        by: Literal["models", "votes"] = "models",
    ) -> dict[int, list[Consensus]]:
        """What stands for some tasks, by task number: for the data table. See `work.browsing.Consensus`."""
        ontology = await self._ontologies.get(organization_id, project_id, ontology_version)
        rows = await self._votes(organization_id, project_id, task_nos)
        if by == "votes":
            return await asyncio.to_thread(by_task, ontology, columns_of(rows), resolved)
        undecided = [task for task in _labeled(rows) if task.task_no not in resolved]
        fit_no = await self._newest(organization_id, project_id)
        told = await self._told(organization_id, project_id, ontology, undecided, None, fit_no)
        async with self._database.tenant(organization_id) as connection:
            known = await _queries.rows(
                connection,
                "known_codes_of_tasks",
                organization_id=organization_id,
                project_id=project_id,
                task_nos=task_nos,
            )

        def stands() -> dict[int, list[Consensus]]:
            columns = columns_of(rows)
            return with_known(ontology, by_task(ontology, columns, resolved, told), columns, known)

        return await asyncio.to_thread(stands)

    async def told(
        self, organization_id: UUID, project_id: UUID, ontology_version: int, task_nos: list[int]
    ) -> dict[int, dict[int, Told]]:
        """What models say of some tasks now, by task number and question number. See `work.reviewing.ToldBy`."""
        ontology = await self._ontologies.get(organization_id, project_id, ontology_version)
        labeled = _labeled(await self._votes(organization_id, project_id, task_nos))
        fit_no = await self._newest(organization_id, project_id)
        return await self._told(organization_id, project_id, ontology, labeled, None, fit_no)

    async def told_then(
        self,
        organization_id: UUID,
        project_id: UUID,
        ontology: Ontology,
        labeled: Sequence[Labeled],
        at: datetime,
        fit_no: int | None,
    ) -> dict[int, dict[int, Told]]:
        """What models said of tasks with these votes at a moment, by the fit that stood then; None: there was none."""
        return await self._told(organization_id, project_id, ontology, labeled, at, fit_no)

    async def freeze(self, connection: Connection, organization_id: UUID, project_id: UUID) -> int | None:
        """The number of the fit that stands, which is kept for good from here on; None where there is none."""
        facts = {"organization_id": organization_id, "project_id": project_id}
        found: int | None = await _queries.value(connection, "freeze_fit", **facts)
        estimated: int | None = await _queries.value(connection, "freeze_estimates", **facts)
        return max((each for each in (found, estimated) if each is not None), default=None)

    # ---------------------------------------------------------------------------------------------------- internals --
    async def _votes(self, organization_id: UUID, project_id: UUID, task_nos: list[int]) -> list[Any]:
        async with self._database.tenant(organization_id) as connection:
            return await _queries.rows(
                connection,
                "votes_of_tasks",
                organization_id=organization_id,
                project_id=project_id,
                task_nos=task_nos,
            )

    async def _newest(self, organization_id: UUID, project_id: UUID) -> int | None:
        async with self._database.tenant(organization_id) as connection:
            newest: int | None = await _queries.value(
                connection, "newest_fit", organization_id=organization_id, project_id=project_id
            )
        return newest

    async def _told(
        self,
        organization_id: UUID,
        project_id: UUID,
        ontology: Ontology,
        labeled: Sequence[Labeled],
        at: datetime | None,
        fit_no: int | None,
    ) -> dict[int, dict[int, Told]]:
        if not labeled:
            return {}
        decided = await self._decisions(organization_id, project_id, labeled, at)
        stand = {
            task.task_no: decided[task.task_no]
            for task in labeled
            if task.task_no in decided and decided[task.task_no].votes == frozenset(task.votes)
        }
        # The row of a decision has the probability of its least sure question; of the others the fit that it names has it.
        no_of = {asked.name: asked.no for asked in ontology.questions}
        numbers = {each.fit_no for each in stand.values() if each.answers.keys() - {no_of.get(each.question)}}
        if fit_no is not None:
            numbers.add(fit_no)
        fits = {number: await self._fit(organization_id, project_id, number) for number in sorted(numbers)}
        from evenhand.insight.telling import decided_by, told_by

        def told() -> dict[int, dict[int, Told]]:
            found: dict[int, dict[int, Told]] = {}
            if fit_no is not None:
                found = told_by(ontology, fit_no, fits[fit_no].standing, fits[fit_no].estimates, labeled)
            for number in {each.fit_no for each in stand.values()}:
                these = [task for task in labeled if task.task_no in stand and stand[task.task_no].fit_no == number]
                again = told_by(ontology, number, fits[number].standing, {}, these) if number in fits else {}
                for task in these:
                    said = decided_by(ontology, stand[task.task_no], again.get(task.task_no, {}))
                    found.setdefault(task.task_no, {}).update(said)
            return found

        return await asyncio.to_thread(told)

    async def _decisions(
        self, organization_id: UUID, project_id: UUID, labeled: Sequence[Labeled], at: datetime | None
    ) -> dict[int, DecisionByFit]:
        async with self._database.tenant(organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "decisions_by_fit",
                organization_id=organization_id,
                project_id=project_id,
                task_nos=[task.task_no for task in labeled],
                at=at,
            )
        from evenhand.insight.telling import DecisionByFit, estimates_of_decision

        return {
            row["task_no"]: DecisionByFit(
                row["fit_no"],
                row["question"],
                row["posterior"],
                row["model"],
                row["model_version"],
                dict(zip(row["answer_nos"], row["answer_codes"], strict=True)),
                frozenset(
                    Vote(*each) for each in zip(row["question_nos"], row["annotator_nos"], row["codes"], strict=True)
                ),
                estimates_of_decision(row),
            )
            for row in rows
        }

    async def _fit(self, organization_id: UUID, project_id: UUID, fit_no: int) -> _Fit:
        key = (organization_id, project_id, fit_no)
        if (kept := self._fits.get(key)) is not None:
            self._fits.move_to_end(key)
            return kept
        standing = await self._live.standing(organization_id, project_id, fit_no)
        async with self._database.tenant(organization_id) as connection:
            rows = await _queries.rows(
                connection, "estimates", organization_id=organization_id, project_id=project_id, fit_no=fit_no
            )
        from evenhand.insight.estimates import unpacked

        def read() -> dict[int, Estimates]:
            return {row["question_no"]: unpacked(row["learned"]) for row in rows}

        found = _Fit(fit_no, standing, await asyncio.to_thread(read))
        self._fits[key] = found
        while len(self._fits) > _KEPT:
            self._fits.popitem(last=False)
        return found


def _labeled(rows: Sequence[Any]) -> list[Labeled]:
    """Tasks with their votes, as the vote table has them."""
    votes: dict[int, list[Vote]] = {}
    for row in rows:
        votes.setdefault(row["task_no"], []).append(Vote(row["question_no"], row["annotator_no"], row["code"]))
    return [as_labeled(task_no, each) for task_no, each in votes.items()]


def as_labeled(task_no: int, votes: Sequence[Vote]) -> Labeled:
    """A task as models read it: its votes, by question, then annotator."""
    ordered = tuple(sorted(votes, key=lambda each: (each.question_no, each.annotator_no)))
    return Labeled(_NO_ID, task_no, len({each.annotator_no for each in votes}), ordered)


_NO_ID = UUID(int=0)
