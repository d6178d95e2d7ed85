"""What is compared across tasks is ranked: strongest first, with intervals, ties, reliabilities and the worth of being first."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any
from uuid import UUID, uuid4

import pytest

from evenhand.core.errors import NotFound
from evenhand.work.labeling import Answer
from evenhand.work.model import ProjectSettings
from web import Web
from world import Member, Project, World

MODELS = ("m-large", "m-middle", "m-small")
CHAT: dict[str, Any] = {
    "format": "evenhand-ontology/1",
    "name": "better",
    "language": "en",
    "inputs": [{"name": "chat", "kind": "chat"}],
    "questions": [
        {
            "name": "better",
            "kind": "pairwise",
            "text": "Which is better?",
            "target": {"each": "turn", "of": "chat"},
            "settings": {"compare": "response", "ties": ["same"]},
        },
        {"name": "why", "kind": "text", "text": "Why?", "required": False},
    ],
}


def exchange(first: str | None, second: str | None) -> dict[str, Any]:
    """A prompt with two replies, by these models."""
    replies = [
        {
            **({"model": {"name": model}} if model else {}),
            "messages": [{"role": "assistant", "content": f"A reply, the {place}."}],
        }
        for place, model in enumerate((first, second))
    ]
    turn = {"messages": [{"role": "user", "content": "Rain in Jinan?"}], "responses": replies}
    return {"chat": {"threads": [{"turns": [turn]}]}}


async def compared(world: World, pairs: list[tuple[str | None, str | None]], opinions: int = 2) -> Project:
    organization = await world.organization()
    settings = ProjectSettings(opinions=opinions)
    made = await world.services.work.projects.create(organization.owner.actor, "Better", CHAT, settings)
    project = Project(organization, UUID(made["id"]))
    report = await project.add_rows([{"inputs": exchange(*pair)} for pair in pairs])
    assert report["imported"] == len(pairs), report
    return project


async def judge(project: Project, who: Member, choose: Any) -> None:
    """Answer all there is. choose(task number, replies as the document has them, as they are shown) -> the better one, or None."""
    while (dealt := await project.claim(who))["status"] == "ok":
        task = UUID(dealt["assignment"]["task_id"])
        turn = dealt["assignment"]["item"]["inputs"]["chat"]["threads"][0]["turns"][0]
        async with project.world.superuser() as connection:
            number = await connection.fetchval("select task_no from task where task_id = $1", task)
        replies = [each["id"] for each in turn["responses"]]
        shown = replies if number % 2 else replies[::-1]
        chosen = choose(number, replies, shown)
        value = {"tie": "same"} if chosen is None else {"winner": chosen, "strength": 1}
        target = f"chat/{turn['id']}"
        about = {"presentation": {"order": {f"better {target}": shown}}}
        answer = Answer(1, [{"question": "better", "target": target, "value": value}], uuid4(), about=about)
        await project.world.services.work.labeling.submit(who.actor, project.id, task, answer, next_=False, held=[])


async def ranking(project: Project, question: str = "better") -> Any:
    found = await project.world.services.insight.rankings.ranking(project.owner.actor, project.id, question)
    return json.loads(json.dumps(found, allow_nan=False))


async def test_models_are_ranked_over_tasks_with_intervals_ties_and_reliabilities(world: World) -> None:
    pairs: list[tuple[str | None, str | None]] = [pair for pair in combinations(MODELS, 2) for _ in range(12)]
    project = await compared(world, pairs, opinions=3)
    one, other, hasty = await project.organization.members(3)
    numbers = await task_numbers(project)

    def better(number: int, replies: list[str], shown: list[str]) -> str | None:
        # The pair names its stronger model first; every sixth time they are found equal.
        return None if numbers[number] % 6 == 5 else replies[0]

    await judge(project, one, better)
    await judge(project, other, better)
    await judge(project, hasty, lambda number, replies, shown: shown[0])

    found = await ranking(project)

    assert [each["name"] for each in found["items"]] == [*MODELS]
    for each in found["items"]:
        assert each["low"] < each["strength"] < each["high"]
        assert each["comparisons"] == 72
    assert sum(each["strength"] for each in found["items"]) == pytest.approx(0.0, abs=1e-9)
    assert (found["tasks"], found["answers"], found["comparisons"]) == (36, 108, 108)
    assert (found["ties"]["right"], found["ties"]["total"]) == (12, 108)
    first = {each["pseudonym"]: each["first"] for each in found["people"]}
    assert (first[hasty.actor.pseudonym]["right"], first[hasty.actor.pseudonym]["total"]) == (36, 36)
    assert first[hasty.actor.pseudonym]["low"] > 0.9
    assert first[one.actor.pseudonym]["low"] < 0.5 < first[one.actor.pseudonym]["high"]
    for each in found["people"]:
        assert each["low"] < each["reliability"] < each["high"]
    assert found["place"]["low"] < found["place"]["value"] < found["place"]["high"]
    assert found["place"]["preferred"]["low"] > 0.5
    assert found["place"]["preferred"]["total"] == 96
    assert found["undefined"] is None


async def task_numbers(project: Project) -> dict[int, int]:
    async with project.world.superuser() as connection:
        rows = await connection.fetch("select task_no from task where project_id = $1 order by task_no", project.id)
    return {row["task_no"]: place for place, row in enumerate(rows)}


async def test_each_task_that_is_read_for_it_is_a_look_on_record(world: World) -> None:
    project = await compared(world, [(MODELS[0], MODELS[1])] * 3, opinions=1)
    (ana,) = await project.organization.members(1)
    await judge(project, ana, lambda number, replies, shown: replies[0])

    await ranking(project)

    async with world.superuser() as connection:
        looked = await connection.fetchval(
            "select sum(cardinality(object_ids)) from ledger_inbox where organization_id = $1 and purpose = 'statistics'",
            project.organization.id,
        )
    assert looked == 3


async def test_replies_of_which_no_model_is_named_are_left_out_and_counted(world: World) -> None:
    project = await compared(world, [(None, MODELS[0]), (None, None)], opinions=1)
    (ana,) = await project.organization.members(1)
    await judge(project, ana, lambda number, replies, shown: replies[0])

    found = await ranking(project)

    assert (found["unnamed"], found["comparisons"], found["undefined"]) == (2, 0, "no-comparisons")
    assert found["items"] == []


async def test_what_cannot_be_ranked_says_why(world: World) -> None:
    project = await compared(world, [(MODELS[0], MODELS[0])], opinions=1)
    (ana,) = await project.organization.members(1)

    before = await ranking(project)
    await judge(project, ana, lambda number, replies, shown: replies[0])
    same, written = await ranking(project), await ranking(project, "why")

    assert (before["undefined"], same["undefined"], written["undefined"]) == (
        "no-comparisons",
        "no-comparisons",
        "not-compared",
    )
    with pytest.raises(NotFound):
        await ranking(project, "nothing")


async def test_whoever_only_labels_reads_no_ranking(world: World, web: Web) -> None:
    project = await compared(world, [(MODELS[0], MODELS[1])], opinions=1)
    (ana,) = await project.organization.members(1)
    at = f"/projects/{project.id}/quality/questions/better/ranking"

    async with web.script(ana) as annotator, web.script(project.owner) as owner:
        refused, shown = await annotator.get(at), await owner.get(at)

    assert (refused.status_code, shown.status_code) == (403, 200)
