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
from evenhand.insight.opening import AnsweredTasks, Opened
from evenhand.insight.ranking_shapes import RankedItem, RankedTasks, RankingPerson
from evenhand.ontology.ontology import Asked, Compared, Ontology
from evenhand.ontology.questions.compared import Comparing
from evenhand.people.members import Members
from evenhand.work.ontologies import Ontologies
from evenhand.work.projects import Projects


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

    def __init__(self, answered: AnsweredTasks, ontologies: Ontologies, projects: Projects, members: Members) -> None:
        self._answered = answered
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
        duels: list[Duel] = []
        unnamed = answers = 0
        tasks: list[Any] = []
        people: dict[int, Any] = {}
        is_partial = False
        if isinstance(asked.settings, Comparing):
            tasks, is_partial = await self._answered.newest(actor.organization_id, project_id)
        async for look in self._answered.opened(actor, project_id, tasks):
            found, left_out = await asyncio.to_thread(duels_of, ontology, asked, look)
            duels += found
            unnamed += left_out
            answers += len(look.answers)
            people |= {row["annotator_no"]: row for row in look.answers}
        names = await self._members.names(actor, {row["person_id"] for row in people.values()})
        told = await asyncio.to_thread(ranked, duels, people, names)
        if not isinstance(asked.settings, Comparing):
            told["undefined"] = "not-compared"
        head = {
            "question": asked.name,
            "tasks": len(tasks),
            "answers": answers,
            "unnamed": unnamed,
            "is_partial": is_partial,
            "has_names": bool(names),
        }
        return cast(RankedTasks, {**head, **told})


def duels_of(ontology: Ontology, asked: Asked, look: Opened) -> tuple[list[Duel], int]:
    """Every two that were compared, and how many were left out because nothing says what they are in every task alike."""
    parts = {
        row["task_id"]: ontology.parts(json.loads(content)) for row, content in zip(look.tasks, look.items, strict=True)
    }
    found: list[Duel] = []
    unnamed = 0
    for row, content in zip(look.answers, look.said, strict=True):
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
