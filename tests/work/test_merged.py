"""Answers that are no votes (spans, boxes, texts) have a consensus too: in the table and on a task's page, as a release has it."""

from __future__ import annotations

import copy
from typing import Any
from uuid import UUID, uuid4

import pytest

from evenhand.ontology.consensus import Given, consensus_on
from evenhand.ontology.presets import expand
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Vault
from evenhand.work.browsing import TaskFilter
from evenhand.work.labeling import Answer
from evenhand.work.model import ProjectSettings
from stage_verbs import decide, place
from world import Member, Organization, Project, World

TEXT = "Zoë Müller met Acme in Köln."
ZOE, ACME = [0, 10], [15, 19]


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization("Bank")


async def spans_of(bank: Organization, opinions: int = 3, **settings: Any) -> Project:
    """Entities are marked in one text, and somebody says why."""
    body = copy.deepcopy(expand("ner", {"labels": ["PER", "ORG"]}))
    body["questions"].append({"name": "why", "kind": "text", "text": "Why?", "required": False})
    made = await bank.world.services.work.projects.create(
        bank.owner.actor, "Names", body, ProjectSettings(opinions=opinions, **settings), guideline=None
    )
    project = Project(bank, UUID(made["id"]))
    await project.add_rows([{"inputs": {"text": TEXT}}])
    return project


def marked(*ranges: list[int], label: str = "PER") -> dict[str, Any]:
    regions = [{"id": f"k{place}", "label": label, "ranges": [each]} for place, each in enumerate(ranges)]
    return {"question": "entities", "target": "text", "value": {"regions": regions}}


async def say(project: Project, who: Member, *answers: dict[str, Any]) -> UUID:
    task = await project.take(who)
    labeling = project.world.services.work.labeling
    await labeling.submit(
        who.actor, project.id, task, Answer(1, [*answers], uuid4(), active_ms=900), next_=False, held=[]
    )
    return task


async def row_of(project: Project) -> dict[str, Any]:
    browsing = project.world.services.work.browsing
    [row] = (await browsing.tasks(project.owner.actor, project.id, TaskFilter(), None, 50))["items"]
    return row


async def test_what_most_marked_is_the_consensus_with_how_sure_each_region_is(bank: Organization) -> None:
    project = await spans_of(bank)
    for who, ranges in zip(await bank.members(3), ([ZOE, ACME], [ZOE], [ZOE]), strict=True):
        await say(project, who, marked(*ranges))

    [found] = (await row_of(project))["consensus"]

    assert (found["question"], found["target"], found["method"]) == ("entities", "text", "cluster")
    assert (found["status"], found["answers"], found["summary"]) == ("resolved", 3, "1 PER")
    [region] = found["value"]["regions"]
    assert region["ranges"] == [ZOE]
    # All of three, smoothed by one answer: (3 + 1/2) / (3 + 1); of two labels likewise.
    assert found["regions"] == [{"id": region["id"], "exists": 0.875, "label": 0.875, "place": 0.875}]


async def test_texts_have_the_nearest_to_all_and_a_tie_is_told_as_one(bank: Organization) -> None:
    project = await spans_of(bank, opinions=2)
    for who, why in zip(await bank.members(2), ("A name.", "It is a name."), strict=True):
        await say(project, who, marked(), {"question": "why", "value": why})

    entities, reasons = (await row_of(project))["consensus"]

    assert (entities["value"], entities["status"]) == ({"regions": []}, "resolved")
    assert "regions" not in entities
    assert (reasons["target"], reasons["value"], reasons["status"]) == ("", None, "tied")
    assert sorted(reasons["candidates"]) == ["A name.", "It is a name."]


async def test_the_page_of_a_task_says_what_a_release_would(bank: Organization) -> None:
    project = await spans_of(bank)
    for who, ranges in zip(await bank.members(3), ([ZOE], [ZOE, ACME], [ACME]), strict=True):
        task = await say(project, who, marked(*ranges))

    browsing = project.world.services.work.browsing
    shown = await browsing.task(project.owner.actor, project.id, task)
    ontology = await browsing._ontologies.get(bank.id, project.id, 1)
    given = [Given(each["answers"], ontology) for each in shown["annotations"]]
    [(_, target, merged)] = consensus_on(ontology, {"inputs": {"text": {"text": TEXT}}}, given)

    [found] = shown["consensus"]
    assert (found["target"], found["value"], found["probability"]) == (target, merged.value, merged.probability)
    assert len(found["regions"]) == len(merged.value["regions"]) == 2  # type: ignore[index,arg-type,call-overload]


async def test_a_task_goes_to_adjudication_where_a_span_of_its_consensus_is_not_sure_to_be_there(
    bank: Organization,
) -> None:
    project = await spans_of(bank, adjudicate_below=0.8)
    await project.add_rows([{"inputs": {"text": TEXT}}])
    people = await bank.members(3)
    for who, ranges in zip(people, ([ZOE], [ZOE], [ZOE]), strict=True):
        sure = await say(project, who, marked(*ranges))
    for who, ranges in zip(people, ([ZOE], [ZOE, ACME], [ACME, ZOE]), strict=True):
        unsure = await say(project, who, marked(*ranges))

    await decide(project)

    assert (await place(project, sure), await place(project, unsure)) == ("done", "adjudicate")
    async with bank.world.superuser() as connection:
        rows = await connection.fetch(
            "select task_id, model, question, posterior from decision where project_id = $1", project.id
        )
    told = {row["task_id"]: (row["model"], row["question"], row["posterior"]) for row in rows}
    # Three of three are there, (3 + 1/2) / (3 + 1); of the other span two of three, (2 + 1/2) / (3 + 1).
    assert told == {sure: ("merge", "entities", 0.875), unsure: ("merge", "entities", 0.625)}


async def test_answers_are_opened_to_decide_only_where_unsure_tasks_are_adjudicated(bank: Organization) -> None:
    project = await spans_of(bank, review_rate=1.0)
    for who in await bank.members(3):
        task = await say(project, who, marked(ZOE))

    await decide(project)

    async with bank.world.superuser() as connection:
        posterior = await connection.fetchval("select posterior from decision where task_id = $1", task)
        looks = await connection.fetchval(
            "select count(*) from ledger_inbox where purpose = 'statistics' and organization_id = $1", bank.id
        )
    assert (posterior, looks) == (None, 0)


async def answers_opened(project: Project) -> int:
    """How many answers are opened to show the table."""
    opened: list[Kind] = []
    plain = Vault.open

    async def counted(self: Vault, grant: Any, sealed: Any) -> list[bytes]:
        opened.extend(each.kind for each in sealed)
        return await plain(self, grant, sealed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Vault, "open", counted)
        await row_of(project)
    return opened.count(Kind.ANNOTATION)


async def test_a_project_whose_questions_all_have_votes_opens_no_answer_for_its_table(bank: Organization) -> None:
    voted, marking = await bank.project(1), await spans_of(bank)
    ana = await bank.member()

    await voted.answer(ana, "yes")
    await say(marking, ana, marked(ZOE))

    assert await answers_opened(voted) == 0
    assert await answers_opened(marking) == 1
