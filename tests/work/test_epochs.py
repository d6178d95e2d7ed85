"""A question that means something else now: answers given before are kept, and are no opinions on it."""

from __future__ import annotations

import copy

import pytest

from evenhand.insight.labels import Labels
from evenhand.insight.live import Live
from evenhand.work.model import OntologyRefused
from world import World


async def test_after_the_meaning_changed_only_new_answers_are_consensus(own_world: World) -> None:
    bank = await own_world.organization()
    project = await bank.project(1, opinions=2)
    before, after = await bank.members(2)
    task = await project.answer(before, "yes")
    versions = own_world.services.work.versions
    body = copy.deepcopy((await versions.ontology(bank.owner.actor, project.id))["body"])
    body["questions"][0]["epoch"] = 2

    changed = await versions.change_ontology(bank.owner.actor, project.id, body, "meaning")
    dealt = await project.take(after)
    await project.submit(after, dealt, "no", version=2)

    assert (changed["class"], dealt) == ("meaning", task)
    services = own_world.services
    labels = Labels(services.database, services.ontologies, Live(services.database, services.ontologies))
    [number] = [row["task_no"] for row in await rows(own_world, "task")]
    found = await labels.consensus(bank.id, project.id, 2, [number], {})
    earlier = await labels.consensus(bank.id, project.id, 1, [number], {})
    assert [(each["value"], each["answers"]) for each in found[number]] == [("no", 1)]
    assert [(each["value"], each["answers"]) for each in earlier[number]] == [("yes", 1)]
    assert len(await rows(own_world, "annotation")) == 2


async def test_the_name_of_a_dropped_question_is_kept_for_it_over_all_versions(own_world: World) -> None:
    bank = await own_world.organization()
    project = await bank.project(1)
    versions, owner = own_world.services.work.versions, bank.owner.actor
    first = (await versions.ontology(owner, project.id))["body"]
    other = {"name": "why", "kind": "text", "text": "Why?", "settings": {}}
    taken = {"name": "label", "kind": "text", "text": "Which?", "settings": {}}
    await versions.change_ontology(owner, project.id, {**first, "questions": [other]}, "narrowing")
    await versions.change_ontology(
        owner, project.id, {**first, "questions": [{**other, "text": "How come?"}]}, "cosmetic"
    )

    with pytest.raises(OntologyRefused) as refused:
        await versions.change_ontology(owner, project.id, {**first, "questions": [other, taken]}, "narrowing")
    back = await versions.change_ontology(
        owner, project.id, {**first, "questions": [*first["questions"], other]}, "narrowing"
    )

    [problem] = refused.value.problems
    assert (problem.pointer, problem.code, problem.remedy) == ("/body/label", "forbidden", "Use a new name for it.")
    assert back["version"] == 4
    assert [(each["question"], each["class"]) for each in back["changes"]] == [
        ("label", "narrowing"),
        ("why", "cosmetic"),
    ]


async def rows(world: World, table: str) -> list[dict[str, object]]:
    async with world.superuser() as connection:
        return [dict(row) for row in await connection.fetch(f"select * from {table}")]
