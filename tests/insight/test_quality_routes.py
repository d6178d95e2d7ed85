"""Quality over HTTP: every answer fits its published shape, and only those who lead a project read it."""

from __future__ import annotations

from test_quality import crowd

from web import Web
from world import World


async def test_each_answer_fits_its_published_shape(world: World, web: Web) -> None:
    organization, project, people = await crowd(world)
    at = f"/projects/{project.id}/quality"
    pseudonym = people[3].actor.pseudonym

    async with web.script(organization.owner) as owner:
        answers = [
            await owner.patch(at, json={"target": 0.85}),
            await owner.get(at),
            await owner.get(f"{at}/people"),
            await owner.get(f"{at}/people/{pseudonym}", params={"question": "label"}),
            await owner.get(f"{at}/questions/label"),
            await owner.get(f"{at}/tasks", params={"limit": 5}),
        ]
    async with web.script(people[3]) as annotator:
        own = await annotator.get("/work/accuracy")

    assert [each.status_code for each in [*answers, own]] == [200] * 7
    assert answers[1].json()["target"] == 0.85
    assert len(answers[5].json()["items"]) == 5
    assert [each["project"]["id"] for each in own.json()["items"]] == [str(project.id)]


async def test_an_annotator_reads_nobodys_figures_but_their_own(world: World, web: Web) -> None:
    _, project, people = await crowd(world, tasks=4)
    at = f"/projects/{project.id}/quality"

    async with web.script(people[0]) as annotator:
        refused = [
            await annotator.get(each)
            for each in (at, f"{at}/people", f"{at}/people/{people[1].actor.pseudonym}", f"{at}/tasks")
        ]

    assert {each.status_code for each in refused} == {403}


async def test_a_target_out_of_range_is_refused_with_its_place(world: World, web: Web) -> None:
    organization, project, _ = await crowd(world, tasks=2)

    async with web.script(organization.owner) as owner:
        answer = await owner.patch(f"/projects/{project.id}/quality", json={"target": 85})

    assert answer.status_code == 422, answer.text
    assert answer.json()["problems"][0]["pointer"] == "/target"
