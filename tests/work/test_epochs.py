"""A question that means something else now: answers given before are kept, and are no opinions on it."""

from __future__ import annotations

import copy

from world import World


async def test_after_the_meaning_changed_only_new_answers_are_consensus(own_world: World) -> None:
    bank = await own_world.organization()
    project = await bank.project(1, opinions=2)
    before, after = await bank.members(2)
    task = await project.answer(before, "yes")
    projects = own_world.services.work.projects
    body = copy.deepcopy((await projects.ontology(bank.owner.actor, project.id))["body"])
    body["questions"][0]["epoch"] = 2

    changed = await projects.change_ontology(bank.owner.actor, project.id, body, "meaning")
    dealt = await project.take(after)
    await project.submit(after, dealt, "no", version=2)

    assert (changed["class"], dealt) == ("meaning", task)
    insight = own_world.services.insight.insight
    [number] = [row["task_no"] for row in await rows(own_world, "task")]
    found = await insight.consensus(bank.id, project.id, 2, [number])
    earlier = await insight.consensus(bank.id, project.id, 1, [number])
    assert [(each["value"], each["answers"]) for each in found[number]] == [("no", 1)]
    assert [(each["value"], each["answers"]) for each in earlier[number]] == [("yes", 1)]
    assert len(await rows(own_world, "annotation")) == 2


async def rows(world: World, table: str) -> list[dict[str, object]]:
    async with world.superuser() as connection:
        return [dict(row) for row in await connection.fetch(f"select * from {table}")]
