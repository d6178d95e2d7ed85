"""Audits: random tasks that are done, answered once more by experts who have not seen the answers, and what follows from that.

The statement stands apart from every model's: it asks nothing of the annotators, and one thing of the auditors, that they are
right. Decision 18 says how a task is drawn and dealt, `quality.auditing` what may be said at which moment.
"""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.errors import Conflict, Malformed, NotAllowed, NotFound, NotSignedIn, Problem
from evenhand.core.times import rfc3339
from evenhand.insight.audit_shapes import Audit, AuditMoment, AuditPrice
from evenhand.insight.labels import Labels
from evenhand.ledger.actions import Purpose
from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.kind import Comparisons, Nominal, Ordinal
from evenhand.ontology.ontology import Asked
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.service import Vault
from evenhand.walls.grant import Grants
from evenhand.work.browsing import resolved_of
from evenhand.work.ontologies import Ontologies
from evenhand.work.projects import Projects

_queries = Queries.of("evenhand.insight")
MOMENTS_MAX = 300
TIED = math.nan  # equal to nothing: a label that is not one is not right


class Audits:
    """The verbs of audits."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        ontologies: Ontologies,
        projects: Projects,
        labels: Labels,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies
        self._projects = projects
        self._stand = labels
        self._clock = clock

    async def price(self, actor: Actor, project_id: UUID, share: float, delta: float) -> AuditPrice:
        """What an audit would cost that says at most `share` is wrong, if it finds no error. Raises Malformed, NotFound."""
        from evenhand.quality.auditing import rate_needed

        _check(share, delta, "query:")
        await self._projects.get(actor, project_id)
        done = await self._done(actor, project_id)
        rate = rate_needed(share, len(done), delta=delta) if done else 0.0
        return {"share": share, "delta": delta, "tasks": len(done), "audits": math.ceil(rate * len(done) - 1e-9)}

    async def ask(self, actor: Actor, project_id: UUID, share: float, delta: float, audit_id: UUID | None) -> Audit:
        """Draw tasks that are done, and put them up for experts. Raises Malformed, NotFound; Conflict without any to audit."""
        from evenhand.quality.auditing import rate_needed

        _check(share, delta, "/")
        project = await self._projects.get(actor, project_id)
        ontology = await self._ontologies.get(actor.organization_id, project_id, project["ontology_version"])
        compared = [each for each in ontology.questions if _is_compared(each)]
        if not compared:
            raise Conflict(kind="audit", reason="the project has no question whose answers are right or wrong")
        done = await self._done(actor, project_id)
        if not done:
            raise Conflict(kind="audit", reason="no task is done yet")
        now = self._clock.now()
        audit_id = audit_id or fresh_id(now)
        rate = rate_needed(share, len(done), delta=delta)
        drawn = await asyncio.to_thread(self._drawn, actor.organization_id, audit_id, rate, done)
        labels = await self._labels(actor, project_id, project["ontology_version"], compared, drawn)
        columns = [(task, no, code) for task, label in labels.items() for no, code in label.items()]
        async with self._database.statement() as connection:
            status = await _queries.value(
                connection,
                "audit_ask",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                audit_id=audit_id,
                queue_id=fresh_id(now),
                share=share,
                delta=delta,
                rate=rate,
                tasks=len(done),
                drawn=[task_id for task_id, _ in drawn],
                code_tasks=[each[0] for each in columns],
                question_nos=[each[1] for each in columns],
                codes=[each[2] for each in columns],
                now=now,
            )
        _refuse(status, project_id)
        return next(each for each in await self.of_project(actor, project_id) if each["id"] == str(audit_id))

    async def of_project(self, actor: Actor, project_id: UUID) -> list[Audit]:
        """The audits of a project, newest first, with what they say now and said at each moment. Raises NotFound."""
        project = await self._projects.get(actor, project_id)
        return await self.as_of(actor.organization_id, project_id, project["ontology_version"], None)

    async def as_of(
        self, organization_id: UUID, project_id: UUID, ontology_version: int, moment: datetime | None
    ) -> list[Audit]:
        """What the audits of a project said at a moment; None: now."""
        ontology = await self._ontologies.get(organization_id, project_id, ontology_version)
        compared = {each.no for each in ontology.questions if _is_compared(each)}
        facts = {"organization_id": organization_id, "project_id": project_id, "moment": moment}
        async with self._database.tenant(organization_id) as connection:
            asked = await _queries.rows(connection, "audits", **facts)
            answered = await _queries.rows(connection, "audits_done", **facts)
        found: dict[UUID, list[tuple[Any, bool]]] = defaultdict(list)
        for row in answered:
            found[row["audit_id"]].append((row["at"], not _is_right(row, compared)))
        return await asyncio.to_thread(lambda: [_shown(row, found[row["audit_id"]]) for row in asked])

    async def _done(self, actor: Actor, project_id: UUID) -> list[tuple[UUID, int]]:
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection, "tasks_done", organization_id=actor.organization_id, project_id=project_id
            )
        return [(row["task_id"], row["task_no"]) for row in rows]

    def _drawn(
        self, organization_id: UUID, audit_id: UUID, rate: float, done: Sequence[tuple[UUID, int]]
    ) -> list[tuple[UUID, int]]:
        """The tasks whose lot fell: each has one of its own in every audit, and without the key nobody can foretell it."""
        return [each for each in done if self.lot(organization_id, audit_id, each[0]) < rate]

    def lot(self, organization_id: UUID, audit_id: UUID, task_id: UUID) -> float:
        """0 to 1, the same for a task of an audit whenever it is drawn."""
        return int.from_bytes(self._vault.lookup(organization_id, "audit", f"{audit_id} {task_id}")[:8]) / 2**64

    async def _labels(
        self,
        actor: Actor,
        project_id: UUID,
        version: int,
        compared: Sequence[Asked],
        drawn: Sequence[tuple[UUID, int]],
    ) -> dict[UUID, dict[int, float]]:
        """What stands for each drawn task now: question number -> code. What a reviewer decided is opened, on record."""
        if not drawn:
            return {}
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "tasks_resolved",
                organization_id=actor.organization_id,
                project_id=project_id,
                task_ids=[task_id for task_id, _ in drawn],
            )
        resolved = {}
        if rows:
            grant = await self._grants.to_person(actor, Purpose.STATISTICS, [row["task_id"] for row in rows])
            resolved = await resolved_of(self._vault, self._ontologies, grant, project_id, rows)
        found = await self._stand.consensus(
            actor.organization_id, project_id, version, [task_no for _, task_no in drawn], resolved
        )
        asked = {each.name: each for each in compared}
        return {
            task_id: {
                asked[each["question"]].no: _code(asked[each["question"]], each)
                for each in found.get(task_no, [])
                if each["question"] in asked
            }
            for task_id, task_no in drawn
        }


def _is_compared(asked: Asked) -> bool:
    """Whether an answer is one of few, so that it can be right or wrong."""
    return isinstance(asked.kind.encode(asked.settings, [], asked.codebook), Nominal | Ordinal | Comparisons)


def _code(asked: Asked, stands: Mapping[str, Any]) -> float:
    if stands["status"] != "resolved":
        return TIED
    code = asked.kind.vote(asked.settings, stands["value"], asked.codebook, NOWHERE)
    return TIED if code is None else code


def _is_right(row: Any, compared: set[int]) -> bool:
    """Whether the label that stood says what the expert says, on every question that is compared."""
    label = {no: code for no, code in zip(row["question_nos"], row["codes"], strict=True) if no in compared}
    said = {no: code for no, code in zip(row["said_nos"], row["said"], strict=True) if no in compared}
    return label.keys() == said.keys() and all(label[no] == said[no] for no in label)


def _shown(row: Any, found: Sequence[tuple[Any, bool]]) -> Audit:
    from evenhand.quality.auditing import bounds_over_time

    wrong = [is_wrong for _, is_wrong in found]
    bounds = bounds_over_time(row["tasks"], row["rate"], row["drawn"], wrong, delta=row["delta"])
    kept = range(0, len(bounds), max(1, len(bounds) // MOMENTS_MAX))
    places = [*kept, *([len(bounds) - 1] if (len(bounds) - 1) not in kept else [])]
    moments: list[AuditMoment] = [
        {
            "audits": place,
            "errors": sum(wrong[:place]),
            "upper": float(bounds[place]),
            "at": rfc3339(found[place - 1][0] if place else row["asked_at"]),
        }
        for place in places
    ]
    return {
        "id": str(row["audit_id"]),
        "asked_at": rfc3339(row["asked_at"]),
        "share": row["share"],
        "delta": row["delta"],
        "tasks": row["tasks"],
        "drawn": row["drawn"],
        "audited": len(wrong),
        "errors": sum(wrong),
        "pending": row["drawn"] - len(wrong),
        "estimate": sum(wrong) / len(wrong) if wrong else None,
        "upper": float(bounds[-1]),
        "moments": moments,
    }


def _check(share: float, delta: float, place: str) -> None:
    problems = [
        Problem(f"{place}{name}", "out_of_bounds", f"{name} lies between 0 and 0.5, without 0.", remedy)
        for name, value, remedy in (
            ("share", share, "0.05 asks whether at most 5 of 100 labels are wrong."),
            ("delta", delta, "0.05 takes a risk of 5 of 100 that the statement is ever wrong."),
        )
        if not 0.0 < value <= 0.5
    ]
    if problems:
        raise Malformed(problems)


def _refuse(status: str, project_id: UUID) -> None:
    if status == "no-session":
        raise NotSignedIn
    if status == "not-allowed":
        raise NotAllowed(permission="task.manage")
    if status == "no-project":
        raise NotFound(kind="project", id=str(project_id))
