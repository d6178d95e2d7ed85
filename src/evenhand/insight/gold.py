"""What answers to gold say: how each gold task fares, how right each person is, and how much gold each of them is dealt next."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import decode_cursor, encode_cursor, number
from evenhand.boundary.shapes import Page
from evenhand.core.times import rfc3339
from evenhand.insight.agreement import Column, counted
from evenhand.ledger.actions import Purpose
from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.ontology import Asked, Ontology
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.service import Vault
from evenhand.walls.grant import Grants
from evenhand.work.gold import gold_sealed, item_sealed
from evenhand.work.ontologies import Ontologies
from evenhand.work.projects import Projects
from evenhand.work.shapes.gold import GoldAnswered, GoldPerson, GoldTask, Instead, Share

_queries = Queries.of("evenhand.insight")
_work = Queries.of("evenhand.work")
# Woken by events, no sooner than APART after the last; and by itself, for settings that tell nobody.
PACING_SECONDS, PACING_APART_SECONDS = 30.0, 5.0
INSTEAD_SHOWN = 3
ANSWERED_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Result:
    """One person's answer to one question of one gold task, as the present ontology counts both. code: None where it was left
    out.
    """

    task_no: int
    kind: str
    asked: Asked
    person_id: UUID
    pseudonym: str
    annotator_no: int
    code: float | None
    is_right: bool


@dataclass(frozen=True, slots=True)
class _Health:
    """Of one gold task."""

    right: int
    answers: int
    expected: float
    p_value: float
    is_suspect: bool
    answered: list[GoldAnswered]

    @property
    def instead(self) -> list[Instead]:
        """What was answered most often where it was wrong, question by question."""
        most: dict[str, GoldAnswered] = {}
        for each in self.answered:
            if not each["right"]:
                most.setdefault(each["question"], each)
        return [
            {"question": each["question"], "value": each["value"], "text": each["text"], "answers": each["answers"]}
            for each in list(most.values())[:INSTEAD_SHOWN]
        ]


class GoldFigures:
    """Figures of gold. Scores are never stored: they are computed from votes and codes, so that mending gold mends them."""

    def __init__(
        self, database: Database, vault: Vault, grants: Grants, ontologies: Ontologies, projects: Projects
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies
        self._projects = projects
        self._paced: dict[UUID, tuple[int, float, float]] = {}

    async def tasks(self, actor: Actor, project_id: UUID, cursor: str | None, limit: int) -> Page[GoldTask]:
        """A page of gold tasks with their health; the look at them is recorded."""
        project = await self._projects.get(actor, project_id)
        keys = decode_cursor(cursor, number)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _work.rows(
                connection,
                "gold_tasks",
                organization_id=actor.organization_id,
                project_id=project_id,
                task_id=None,
                after=keys[0] if keys else -1,
                limit=limit + 1,
            )
        page = rows[:limit]
        more = encode_cursor(page[-1]["task_no"]) if len(rows) > limit else None
        if not page:
            return {"items": [], "next_cursor": more}
        ontology = await self._ontologies.get(actor.organization_id, project_id, project["ontology_version"])
        results = await self.results(actor.organization_id, project_id, ontology)
        health = await asyncio.to_thread(_health, results)
        grant = await self._grants.to_person(actor, Purpose.MANAGE, [row["task_id"] for row in page])
        items = await self._vault.open(grant, [item_sealed(actor, project_id, row) for row in page])
        known = await self._vault.open(grant, [gold_sealed(actor, project_id, row) for row in page])
        shown = [
            _shown(row, ontology, json.loads(item), json.loads(said), health.get(row["task_no"]))
            for row, item, said in zip(page, items, known, strict=True)
        ]
        return {"items": shown, "next_cursor": more}

    async def people(self, actor: Actor, project_id: UUID) -> list[GoldPerson]:
        """Everybody who answered hidden gold of a project: how right they are, and how much of it they are dealt now."""
        project = await self._projects.get(actor, project_id)
        ontology = await self._ontologies.get(actor.organization_id, project_id, project["ontology_version"])
        results = await self.results(actor.organization_id, project_id, ontology)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection, "gold_rates_now", organization_id=actor.organization_id, project_id=project_id
            )
        rates = {
            row["person_id"]: (row["usual"] if row["gold_per_mille"] is None or not row["usual"] else row["gold_per_mille"])
            for row in rows
        }  # fmt: skip
        return await asyncio.to_thread(_people, [each for each in results if each.kind == "hidden"], rates)

    async def pace(self) -> bool:
        """Adapt how much gold each person is dealt to what is known of them by now. The worker's step; there is never more."""
        async with self._database.statement() as connection:
            queues = await _queries.rows(connection, "gold_queues")
        for queue in queues:
            state = (queue["count_version"], queue["gold_rate"], queue["gold_rate_min"])
            if self._paced.get(queue["queue_id"]) != state:
                await self._pace(queue)
                self._paced[queue["queue_id"]] = state
        return False

    async def _pace(self, queue: Any) -> None:
        from evenhand.quality.gold import gold_rate

        organization_id, project_id = queue["organization_id"], queue["project_id"]
        ontology = await self._ontologies.get(organization_id, project_id, queue["ontology_version"])
        results = await self.results(organization_id, project_id, ontology)
        right, total = _tallies([each for each in results if each.kind == "hidden"])
        if not total:
            return
        people = sorted(total)
        rates = await asyncio.to_thread(
            gold_rate,
            [right[each] for each in people],
            [total[each] for each in people],
            queue["gold_rate_min"],
            queue["gold_rate"],
        )
        async with self._database.tenant(organization_id) as connection:
            await _queries.run(
                connection,
                "set_gold_rates",
                organization_id=organization_id,
                queue_id=queue["queue_id"],
                people=people,
                per_mille=[round(float(rate) * 1000) for rate in rates],
            )

    async def results(self, organization_id: UUID, project_id: UUID, ontology: Ontology) -> list[Result]:
        """Every answer to every question of a project's gold, beside what is known."""
        async with self._database.tenant(organization_id) as connection:
            rows = await _queries.rows(
                connection, "gold_results", organization_id=organization_id, project_id=project_id
            )
        return await asyncio.to_thread(_compared, ontology, rows)


def _compared(ontology: Ontology, rows: Sequence[Any]) -> list[Result]:
    """Answers beside what is known, both as the present version of the ontology counts them; what it refuses is no result."""
    asked = {each.no: each for each in ontology.questions}
    by_question: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        if row["question_no"] in asked:
            by_question[row["question_no"]].append(row)
    results = []
    for no, some in by_question.items():
        known = _as_counted(asked[no], [row["known"] for row in some])
        given = _as_counted(asked[no], [row["code"] for row in some])
        results += [
            Result(
                row["task_no"],
                row["kind"],
                asked[no],
                row["person_id"],
                row["pseudonym"],
                row["annotator_no"],
                given[index],
                _is_within(given[index], known[index], row),
            )
            for index, row in enumerate(some)
            if known[index] is not None
        ]
    return results


def _is_within(given: float | None, known: float | None, row: Any) -> bool:
    """Whether it is the known answer, or lies within its tolerance: only codes that are numbers themselves have one."""
    return given is not None and (given == known or (row["low"] < row["high"] and row["low"] <= given <= row["high"]))


def _as_counted(asked: Asked, codes: Sequence[float | None]) -> list[float | None]:
    places = [index for index, code in enumerate(codes) if code is not None]
    column = counted(asked, Column(places, places, [code for code in codes if code is not None]))
    found = dict(zip(column.tasks, column.codes, strict=True))
    return [found.get(index) for index in range(len(codes))]


def _by_answer(results: Iterable[Result]) -> dict[tuple[int, UUID], list[Result]]:
    answers: dict[tuple[int, UUID], list[Result]] = defaultdict(list)
    for each in results:
        answers[each.task_no, each.person_id].append(each)
    return answers


def _tallies(results: Iterable[Result]) -> tuple[Counter[UUID], Counter[UUID]]:
    """How many gold tasks each person answered rightly, and how many at all."""
    right: Counter[UUID] = Counter()
    total: Counter[UUID] = Counter()
    for (_, person_id), answer in _by_answer(results).items():
        total[person_id] += 1
        right[person_id] += all(each.is_right for each in answer)
    return right, total


def _health(results: Sequence[Result]) -> dict[int, _Health]:
    from evenhand.quality.gold import gold_health

    answers = sorted(_by_answer(results).items(), key=lambda each: (each[0][0], each[1][0].annotator_no))
    found = gold_health(
        [task_no for (task_no, _), _ in answers],
        [answer[0].annotator_no for _, answer in answers],
        [all(each.is_right for each in answer) for _, answer in answers],
    )
    answered = _answered(results)
    return {
        int(task_no): _Health(
            int(found.right[at]),
            int(found.answers[at]),
            float(found.expected[at]),
            float(found.p_values[at]),
            bool(found.is_suspect[at]),
            answered.get(int(task_no), []),
        )
        for at, task_no in enumerate(found.task_numbers)
    }


def _answered(results: Sequence[Result]) -> dict[int, list[GoldAnswered]]:
    """task number -> how the answers to each of its questions are spread, the most frequent first."""
    counts: dict[tuple[int, int], Counter[tuple[float, bool]]] = defaultdict(Counter)
    asked: dict[int, Asked] = {}
    for each in results:
        if each.code is not None:
            counts[each.task_no, each.asked.no][each.code, each.is_right] += 1
            asked[each.asked.no] = each.asked
    found: dict[int, list[GoldAnswered]] = defaultdict(list)
    for (task_no, no), codes in sorted(counts.items()):
        question = asked[no]
        for (code, is_right), count in sorted(codes.items(), key=lambda each: (-each[1], each[0]))[:ANSWERED_SHOWN]:
            value = question.kind.decode(question.settings, code, question.codebook, NOWHERE)
            text = question.kind.summary(question.settings, value)
            found[task_no].append(
                {"question": question.name, "value": value, "text": text, "answers": count, "right": is_right}
            )
    return found


def _people(results: Sequence[Result], rates: dict[UUID, int]) -> list[GoldPerson]:
    right, total = _tallies(results)
    names = {each.person_id: each.pseudonym for each in results}
    questions: dict[UUID, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for each in results:
        questions[each.person_id][each.asked.name].append(each.is_right)
    return [
        {
            "annotator": names[person],
            "right": share(right[person], total[person]),
            "questions": [
                {"question": name, "right": share(sum(hits), len(hits))} for name, hits in questions[person].items()
            ],
            "rate": rates.get(person, 0) / 1000,
        }
        for person in sorted(total, key=lambda each: names[each])
    ]


def share(right: int, total: int) -> Share:
    """A share with its interval, as the API says it."""
    from evenhand.quality.beta import share_interval

    low, high = share_interval([right], [total])
    return {
        "value": right / total if total else None,
        "low": float(low[0]),
        "high": float(high[0]),
        "right": right,
        "total": total,
    }


def _shown(
    row: Any, ontology: Ontology, item: dict[str, Any], known: dict[str, Any], health: _Health | None
) -> GoldTask:
    return {
        "task_id": str(row["task_id"]),
        "kind": row["kind"],
        "state": "active" if row["retired_at"] is None else "retired",
        "version": row["version"],
        "made_at": rfc3339(row["made_at"]),
        "preview": ontology.preview(item),
        "answers": known["answers"],
        "summary": ontology.summary(known["answers"]),
        "explanation": known["explanation"],
        "tolerances": known.get("tolerances", []),
        "right": share(health.right, health.answers) if health else share(0, 0),
        "expected": health.expected if health else None,
        "p_value": health.p_value if health else None,
        "suspect": bool(health and health.is_suspect),
        "instead": health.instead if health else [],
        "answered": health.answered if health else [],
    }
