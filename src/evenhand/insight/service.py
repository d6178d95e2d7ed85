"""Progress of a project: counts, pace, people, agreement. Numbers come with their uncertainty and their count."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.permission import Permission
from evenhand.core.times import rfc3339
from evenhand.insight.agreement import (
    Column,
    agreement_of,
    consensus_of,
    counted,
    has_classes,
    known_of,
    shares_of,
    standing_of,
    standing_shares,
)
from evenhand.insight.shapes import (
    Forecast,
    LabelShare,
    LabelsMadeBy,
    Progress,
    QuestionAgreement,
    QuestionLabels,
    Statistics,
    SuggestionUse,
)
from evenhand.ontology.consensus import Resolved, Told, answered
from evenhand.ontology.ontology import Asked, Ontology
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.work.deciding import Labeled, Sureness
from evenhand.work.ontologies import Ontologies
from evenhand.work.projects import Projects
from evenhand.work.shapes.projects import Project
from evenhand.work.shapes.tasks import Consensus

_queries = Queries.of("evenhand.insight")
PACE_DAYS = 14
NONE_RESOLVED: Mapping[int, Resolved] = {}
NONE_TOLD: Mapping[int, Mapping[int, Told]] = {}
_KEPT = 256


class Insight:
    """What the dashboards show. Statistics are computed off the event loop and kept until the counts move."""

    def __init__(self, database: Database, projects: Projects, ontologies: Ontologies, clock: Clock) -> None:
        self._database = database
        self._projects = projects
        self._ontologies = ontologies
        self._clock = clock
        self._kept: dict[UUID, tuple[tuple[int, int], Statistics]] = {}

    async def progress(self, actor: Actor, project_id: UUID) -> Progress:
        """All that the progress page shows."""
        project = await self._projects.get(actor, project_id)
        now = self._clock.now()
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        async with self._database.tenant(actor.organization_id) as connection:
            hours = await _queries.rows(connection, "hours", **facts, since=now - timedelta(days=PACE_DAYS))
            people = await _queries.rows(connection, "annotators", **facts)
            origins = await _queries.value(connection, "origins", **facts)
        statistics = await self._kept_statistics(actor.organization_id, project)
        # Models know the answers to gold: who may not manage tasks is shown the votes, as in the table.
        if Permission.TASK_MANAGE in actor.permissions:
            standing = await self._standing(actor.organization_id, project)
            statistics = {**statistics, "labels": standing or statistics["labels"]}
        remaining = max(project["counts"]["tasks"] - project["counts"]["done"], 0)
        return {
            "counts": project["counts"],
            "suggestions": cast(SuggestionUse, dict(zip(SuggestionUse.__annotations__, origins, strict=True))),
            "pace": [{"at": rfc3339(row["hour"]), "answers": row["answers"], "done": row["done"]} for row in hours],
            "forecast": await asyncio.to_thread(_forecast, hours, remaining, now),
            "annotators": [
                {
                    "pseudonym": row["pseudonym"],
                    "answers": row["answers"],
                    "skipped": row["skipped"],
                    "active_ms_mean": round(row["active_ms"] / row["answers"]) if row["answers"] else None,
                    "last_at": rfc3339(row["last_hour"]),
                }
                for row in people
            ],
            **statistics,
        }

    async def _standing(self, organization_id: UUID, project: Project) -> list[QuestionLabels]:
        """Labels as the last fit left them, by class; [] before the first."""
        facts = {"organization_id": organization_id, "project_id": UUID(project["id"])}
        ontology = await self._ontologies.get(organization_id, facts["project_id"], project["ontology_version"])
        async with self._database.tenant(organization_id) as connection:
            rows = await _queries.rows(connection, "label_counts", **facts)
        return [
            standing_labels_of(ontology, asked, mine)
            for asked in ontology.questions
            if (mine := [row for row in rows if row["question_no"] == asked.no]) and has_classes(asked)
        ]

    async def _kept_statistics(self, organization_id: UUID, project: Project) -> Statistics:
        project_id = UUID(project["id"])
        state = (project["counts"]["answers"], project["ontology_version"])
        kept = self._kept.get(project_id)
        if kept and kept[0] == state:
            return kept[1]
        found = await self.statistics(organization_id, project_id, project["ontology_version"])
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[project_id] = (state, found)
        return found

    async def statistics(self, organization_id: UUID, project_id: UUID, ontology_version: int) -> Statistics:
        """Agreement and consensus shares of a project's votes as they stand."""
        ontology = await self._ontologies.get(organization_id, project_id, ontology_version)
        async with self._database.tenant(organization_id) as connection:
            rows = await _queries.rows(connection, "votes", organization_id=organization_id, project_id=project_id)
        return await asyncio.to_thread(_summarize, ontology, columns_of(rows))


MODEL, MODEL_VERSION = "majority", "1"


def sureness(ontology: Ontology, labeled: Sequence[Labeled]) -> list[Sureness]:
    """The least of the smoothed shares of a task's questions: a pure function of its votes, so that a decision replays.

    Of a tie it is that of one of the equals. A task without votes, on closed questions, has none.
    """
    columns: dict[int, Column] = {}
    for task in sorted(labeled, key=lambda each: each.task_no):
        for vote in task.votes:
            column = columns.setdefault(vote.question_no, Column([], [], []))
            column.tasks.append(task.task_no)
            column.annotators.append(vote.annotator_no)
            column.codes.append(vote.code)
    found = by_task(ontology, columns)
    sure: list[Sureness] = []
    for task in labeled:
        least = min(found.get(task.task_no, []), key=lambda each: each["probability"], default=None)
        probability, question = (least["probability"], least["question"]) if least else (None, None)
        sure.append(Sureness(probability, question, MODEL, MODEL_VERSION))
    return sure


def columns_of(rows: Sequence[Any]) -> dict[int, Column]:
    """Rows of the vote table, sorted by question, task and annotator, as a column a question number."""
    columns: dict[int, Column] = {}
    for row in rows:
        column = columns.setdefault(row["question_no"], Column([], [], []))
        column.tasks.append(row["task_no"])
        column.annotators.append(row["annotator_no"])
        column.codes.append(row["code"])
    return columns


def _summarize(ontology: Ontology, columns: dict[int, Column]) -> Statistics:
    agreement: list[QuestionAgreement] = []
    labels: list[QuestionLabels] = []
    for asked in ontology.questions:
        if asked.no not in columns:
            continue
        column = counted(asked, columns[asked.no])
        if not column.codes:
            continue
        head = {"question": asked.name, "text": ontology.text_of(asked.name)}
        agreement.append(cast(QuestionAgreement, {**head, **agreement_of(asked, column)}))
        if shares := shares_of(asked, column):
            tasks = len(set(column.tasks))
            voted = {"classes": shares, "labels": tasks, "ties": 0, "made_by": None}
            labels.append(cast(QuestionLabels, {**head, **voted}))
    return {"agreement": agreement, "labels": labels}


def standing_labels_of(ontology: Ontology, asked: Asked, rows: Sequence[Any]) -> QuestionLabels:
    """The labels of one question by class. rows: of `label_counts`."""
    counts: dict[float, int] = {}
    made_by = dict.fromkeys(LabelsMadeBy.__annotations__, 0)
    ties = 0
    for row in rows:
        made_by["model" if row["source"] == "decision" else row["source"]] += row["count"]
        if row["code"] is None:
            ties += row["count"]
        else:
            counts[row["code"]] = counts.get(row["code"], 0) + row["count"]
    return {
        "question": asked.name,
        "text": ontology.text_of(asked.name),
        "classes": cast(list[LabelShare], standing_shares(asked, counts)),
        "labels": sum(made_by.values()),
        "ties": ties,
        "made_by": cast(LabelsMadeBy, made_by),
    }


def by_task(
    ontology: Ontology,
    columns: dict[int, Column],
    resolved: Mapping[int, Resolved] = NONE_RESOLVED,
    told: Mapping[int, Mapping[int, Told]] = NONE_TOLD,
) -> dict[int, list[Consensus]]:
    """What stands for each task, by number. told: what models say, by task number and question number."""
    found: dict[int, list[Consensus]] = {}
    votes: dict[tuple[int, str], list[float]] = {}
    for asked in ontology.questions:
        if asked.no in columns:
            column = counted(asked, columns[asked.no])
            of_question = {task_no: each[asked.no] for task_no, each in told.items() if asked.no in each}
            for task_no, consensus in consensus_of(asked, column, of_question):
                if task_no not in resolved:
                    found.setdefault(task_no, []).append(
                        cast(Consensus, {"question": asked.name, "target": "", **consensus})
                    )
            for task_no, code in zip(column.tasks, column.codes, strict=True):
                if task_no in resolved:
                    votes.setdefault((task_no, asked.name), []).append(code)
    for task_no, each in resolved.items():
        for asked, target, [value] in answered(ontology, [each.given]):
            if target == "":
                codes = votes.get((task_no, asked.name), [])
                stands = standing_of(asked, codes, asked.read(value), each.method)
                found.setdefault(task_no, []).append(cast(Consensus, {"question": asked.name, "target": "", **stands}))
    return found


def with_known(
    ontology: Ontology, found: dict[int, list[Consensus]], columns: Mapping[int, Column], known: Sequence[Any]
) -> dict[int, list[Consensus]]:
    """The same, where of gold stands what is known. known: rows of question_no, task_no, code."""
    told = {(row["question_no"], row["task_no"]): row["code"] for row in known}
    of_question = {asked.no: counted(asked, columns[asked.no]) for asked in ontology.questions if asked.no in columns}
    for task_no in {row["task_no"] for row in known}:
        before = {each["question"]: each for each in found.get(task_no, [])}
        for asked in ontology.questions:
            if (asked.no, task_no) in told:
                votes = of_question.get(asked.no, Column([], [], []))
                codes = [code for number, code in zip(votes.tasks, votes.codes, strict=True) if number == task_no]
                stands = known_of(asked, codes, told[asked.no, task_no])
                before[asked.name] = cast(Consensus, {"question": asked.name, "target": "", **stands})
        found[task_no] = [before[asked.name] for asked in ontology.questions if asked.name in before]
    return found


def _forecast(hours: list[Any], remaining: int, now: datetime) -> Forecast | None:
    """When it will be finished at the pace of the last fortnight, with the interval of that guess; None: cannot be told."""
    from evenhand.quality.forecast import forecast
    from evenhand.quality.undefined import ForecastUndefined

    if not hours or remaining == 0:
        return None
    first = hours[0]["hour"]
    done = [0] * (int((now - first).total_seconds() // 3600) + 1)
    for row in hours:
        done[int((row["hour"] - first).total_seconds() // 3600)] = row["done"]
    try:
        finish = forecast(done, remaining, seed=0)
    except ForecastUndefined:
        return None
    return {
        "at": rfc3339(now + timedelta(hours=finish.hours)),
        "low": rfc3339(now + timedelta(hours=finish.low)),
        "high": rfc3339(now + timedelta(hours=finish.high)),
        "confidence": finish.confidence,
        "remaining": remaining,
    }
