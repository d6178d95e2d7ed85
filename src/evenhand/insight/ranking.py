"""Rankings of what is compared across tasks, by Bradley and Terry's model with ties and reliabilities.

Which two stood against each other is in the sealed items, and in which order they were shown in the sealed answers. So nothing
of it is kept: it is computed when somebody asks, and each look is on record.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.errors import NotFound
from evenhand.insight.gold import share
from evenhand.insight.ranking_shapes import RankedItem, RankedTasks, RankingPerson
from evenhand.ledger.actions import Purpose
from evenhand.ontology.ontology import Asked, Compared, Ontology
from evenhand.ontology.questions.compared import Comparing
from evenhand.people.members import Members
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.labeling import annotation_sealed
from evenhand.work.ontologies import Ontologies
from evenhand.work.projects import Projects

_queries = Queries.of("evenhand.insight")
TASKS_MAX = 2_000
_LOOK = 500


@dataclass(frozen=True, slots=True)
class Duel:
    """Two items in one answer. outcome: -1 left, 0 neither, 1 right. is_placed: the left one is known to have been shown first."""

    annotator_no: int
    left: str
    right: str
    outcome: int
    is_placed: bool


class Rankings:
    """The verb about rankings."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        ontologies: Ontologies,
        projects: Projects,
        members: Members,
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies
        self._projects = projects
        self._members = members

    async def ranking(self, actor: Actor, project_id: UUID, question: str) -> RankedTasks:
        """What a question compares, ranked over the newest tasks. Opens them and their answers, on record. Raises NotFound."""
        project = await self._projects.get(actor, project_id)
        ontology = await self._ontologies.get(actor.organization_id, project_id, project["ontology_version"])
        asked = next((each for each in ontology.questions if each.name == question), None)
        if asked is None:
            raise NotFound(kind="question", id=question)
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        is_comparing = isinstance(asked.settings, Comparing)
        duels: list[Duel] = []
        unnamed = answers = 0
        tasks: list[Any] = []
        people: dict[int, Any] = {}
        if is_comparing:
            async with self._database.tenant(actor.organization_id) as connection:
                tasks = await _queries.rows(connection, "answered_tasks", **facts, limit=TASKS_MAX + 1)
        for start in range(0, min(len(tasks), TASKS_MAX), _LOOK):
            rows = tasks[start : min(start + _LOOK, TASKS_MAX)]
            ids = [row["task_id"] for row in rows]
            async with self._database.tenant(actor.organization_id) as connection:
                given = await _queries.rows(
                    connection, "standing_answers", organization_id=actor.organization_id, task_ids=ids
                )
            grant = await self._grants.to_person(actor, Purpose.STATISTICS, ids)
            sealed = [_item(actor.organization_id, project_id, row) for row in rows]
            sealed += [annotation_sealed(actor.organization_id, project_id, row) for row in given]
            opened = await self._vault.open(grant, sealed)
            found, left_out = await asyncio.to_thread(duels_of, ontology, asked, rows, given, opened)
            duels += found
            unnamed += left_out
            answers += len(given)
            people |= {row["annotator_no"]: row for row in given}
        names = await self._members.names(actor, {row["person_id"] for row in people.values()})
        told = await asyncio.to_thread(ranked, duels, people, names)
        if not is_comparing:
            told["undefined"] = "not-compared"
        head = {
            "question": asked.name,
            "tasks": min(len(tasks), TASKS_MAX),
            "answers": answers,
            "unnamed": unnamed,
            "is_partial": len(tasks) > TASKS_MAX,
            "has_names": bool(names),
        }
        return cast(RankedTasks, {**head, **told})


def duels_of(
    ontology: Ontology, asked: Asked, tasks: Sequence[Any], answers: Sequence[Any], opened: Sequence[bytes]
) -> tuple[list[Duel], int]:
    """Every two that were compared, and how many were left out because nothing says what they are in every task alike."""
    parts = {
        row["task_id"]: ontology.parts(json.loads(content))
        for row, content in zip(tasks, opened[: len(tasks)], strict=True)
    }
    found: list[Duel] = []
    unnamed = 0
    for row, content in zip(answers, opened[len(tasks) :], strict=True):
        said = json.loads(content)
        orders = (said.get("presentation") or {}).get("order") or {}
        for answer in said["answers"]:
            if answer["question"] != asked.name:
                continue
            key = f"{asked.name} {answer.get('target') or ''}".rstrip()
            shown = orders.get(key) if isinstance(orders, Mapping) else None
            for each in ontology.compared(asked, answer, parts[row["task_id"]]):
                if each.better_item is None or each.worse_item is None:
                    unnamed += 1
                elif each.better_item != each.worse_item:
                    found.append(_duel(row["annotator_no"], each, shown, len(found)))
    return found, unnamed


def _duel(annotator_no: int, compared: Compared, shown: Any, no: int) -> Duel:
    """Where the order on the screen is not known sides alternate, so that no place is favored by what always stands first."""
    assert compared.better_item is not None
    assert compared.worse_item is not None
    is_placed = isinstance(shown, list) and compared.better in shown and compared.worse in shown
    is_left = shown.index(compared.better) < shown.index(compared.worse) if is_placed else no % 2 == 0
    left, right = compared.better_item, compared.worse_item
    if not is_left:
        left, right = right, left
    return Duel(annotator_no, left, right, 0 if compared.is_tie else -1 if is_left else 1, is_placed)


def ranked(duels: Sequence[Duel], people: Mapping[int, Any], names: Mapping[UUID, str]) -> Any:
    """The ranking as the API says it, as far as there is one."""
    from evenhand.quality.ranking import rank

    items = sorted({item for each in duels for item in (each.left, each.right)})
    ties = sum(each.outcome == 0 for each in duels)
    told = {"comparisons": len(duels), "ties": share(ties, len(duels)), "items": [], "place": None, "people": []}
    if len(items) < 2:
        return {**told, "undefined": "no-comparisons" if not duels else "one-item"}
    number = {item: place for place, item in enumerate(items)}
    found = rank(
        [each.annotator_no for each in duels],
        [number[each.left] for each in duels],
        [number[each.right] for each in duels],
        [each.outcome for each in duels],
    )
    first, decided = Counter[int](), Counter[int]()
    for each in duels:
        if each.is_placed and each.outcome:
            decided[each.annotator_no] += 1
            first[each.annotator_no] += each.outcome < 0
    shown: list[RankedItem] = [
        {
            "name": items[int(item)],
            "strength": float(found.strengths[place]),
            "low": float(found.lows[place]),
            "high": float(found.highs[place]),
            "comparisons": int(found.comparisons[place]),
        }
        for place, item in enumerate(found.item_numbers)
    ]
    persons: list[RankingPerson] = [
        {
            "pseudonym": people[int(no)]["pseudonym"],
            "name": names.get(people[int(no)]["person_id"]),
            "person_id": str(people[int(no)]["person_id"]),
            "reliability": float(found.reliabilities[place]),
            "low": float(found.reliability_lows[place]),
            "high": float(found.reliability_highs[place]),
            "comparisons": int(found.votes[place]),
            "first": share(first[int(no)], decided[int(no)]),
        }
        for place, no in enumerate(found.annotator_numbers)
    ]
    shown.sort(key=lambda each: -each["strength"])
    persons.sort(key=lambda each: -each["reliability"])
    # Where the order on the screen is not known, or always the same, its worth cannot be told from that of what stood there.
    placed = {(each.left, each.right) for each in duels if each.is_placed}
    is_told = bool(decided) and any((right, left) in placed for left, right in placed)
    place_bias = {
        "value": float(found.lean),
        "low": float(found.lean_low),
        "high": float(found.lean_high),
        "preferred": share(sum(first.values()), sum(decided.values())),
    }
    return {**told, "items": shown, "people": persons, "place": place_bias if is_told else None, "undefined": None}


def _item(organization_id: UUID, project_id: UUID, row: Any) -> Sealed:
    return Sealed(
        organization_id, project_id, row["task_id"], Kind.TASK, row["chunk_key_id"], row["sealed"], row["version"]
    )
