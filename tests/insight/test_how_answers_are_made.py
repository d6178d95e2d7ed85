"""How answers are made, in counts: kept where the project asks for them, summed up for a human, and never content."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from test_quality import swept

from evenhand.insight.columns import read_columns
from evenhand.work.gold import Known
from evenhand.work.labeling import Answer
from evenhand.work.manner import COUNTS, read_manner
from evenhand.work.model import ProjectSettings
from evenhand.work.rulings import Item
from web import Web
from world import Member, Organization, Project, World

TYPED = {"pastes": 0, "pasted": 0, "typed": 120, "departures": 0, "away_ms": 0, "edits": 4}
PASTED = {"pastes": 1, "pasted": 300, "typed": 20, "departures": 1, "away_ms": 45_000, "edits": 2}
ONTOLOGY: dict[str, Any] = {
    "format": "evenhand-ontology/1",
    "name": "replies",
    "language": "en",
    "inputs": [{"name": "text", "kind": "text"}],
    "questions": [{"name": "reply", "kind": "text", "text": "What would you reply?"}],
}


async def replies(organization: Organization, tasks: int = 24, **settings: Any) -> Project:
    """A project in which people write."""
    made = await organization.world.services.work.projects.create(
        organization.owner.actor, "Replies", ONTOLOGY, ProjectSettings(opinions=4, **settings)
    )
    project = Project(organization, UUID(made["id"]))
    await project.add(tasks)
    return project


async def reply(project: Project, who: Member, manner: Mapping[str, int] | None) -> UUID:
    """Claim a task, and answer it so."""
    task = await project.take(who)
    counts = None if manner is None else read_manner(dict(manner))
    answer = Answer(1, [{"question": "reply", "value": "Gladly."}], uuid4(), active_ms=9000, manner=counts)
    await project.world.services.work.labeling.submit(who.actor, project.id, task, answer, next_=False, held=[])
    return task


async def kept(project: Project) -> list[list[int] | None]:
    async with project.world.superuser() as connection:
        rows = await connection.fetch(
            "select manner from annotation where project_id = $1 order by submitted_at, annotation_id", project.id
        )
        return [row["manner"] for row in rows]


async def told(project: Project) -> Any:
    found = await project.world.services.insight.quality.manner(project.owner.actor, project.id)
    return json.loads(json.dumps(found, allow_nan=False))


async def crowd_of_writers(world: World, manners: Sequence[Mapping[str, int] | None]) -> tuple[Project, list[Member]]:
    """Everybody answers every task in their own manner."""
    organization = await world.organization()
    project = await replies(organization)
    people = await organization.members(len(manners))
    for person, manner in zip(people, manners, strict=True):
        for _ in range(24):
            await reply(project, person, manner)
    await swept(world)
    return project, people


async def test_whoever_pastes_where_others_type_is_told_with_counts_intervals_and_what_others_make_likely(
    world: World,
) -> None:
    project, people = await crowd_of_writers(world, [TYPED, TYPED, TYPED, PASTED])

    found = await told(project)

    first, *others = found["items"]
    assert first["pseudonym"] == people[3].actor.pseudonym
    assert (first["answers"], first["counted"]) == (24, 24)
    assert (first["pasted"]["count"], first["pasted"]["of"], first["pasted"]["shared"]) == (24, 24, 24)
    assert 0.8 < first["pasted"]["low"] < first["pasted"]["high"] == 1.0
    assert first["pasted"]["expected"] < 2.0
    assert (first["pasted_characters"], first["typed_characters"]) == (7200, 480)
    assert (first["away_ms"], first["active_ms"], first["edits"]) == (45_000, 9000, 2)
    assert first["edits_others"] in (3, 4)
    assert [each["kind"] for each in first["signals"]] == ["pasted", "away"]
    assert [(each["pasted"]["count"], each["away_ms"], each["signals"]) for each in others] == [(0, None, [])] * 3


async def test_what_everybody_does_calls_for_no_look(world: World) -> None:
    project, _ = await crowd_of_writers(world, [PASTED] * 4)

    found = await told(project)

    assert [each["signals"] for each in found["items"]] == [[]] * 4
    assert [each["pasted"]["count"] for each in found["items"]] == [24] * 4


async def test_answers_without_counts_are_not_known_and_not_taken_for_typed(world: World) -> None:
    project, people = await crowd_of_writers(world, [TYPED, TYPED, TYPED, None])

    found = await told(project)

    silent = next(each for each in found["items"] if each["pseudonym"] == people[3].actor.pseudonym)
    assert (silent["answers"], silent["counted"], silent["pasted"]["of"], silent["edits"]) == (24, 0, 0, None)
    assert (silent["pasted"]["low"], silent["pasted"]["high"]) == (0.0, 1.0)
    assert silent["active_ms"] == 9000


async def test_where_people_write_it_is_counted_unless_the_project_says_otherwise(world: World) -> None:
    organization = await world.organization()
    projects = world.services.work.projects
    writing = await replies(organization, tasks=1)
    choosing = await organization.project()
    silent = await replies(organization, tasks=1, counts_manner=False)

    counted = [
        (await projects.get(organization.owner.actor, each.id))["counts_manner"] for each in (writing, choosing, silent)
    ]

    assert counted == [True, False, False]


async def test_a_project_that_does_not_count_keeps_nothing_whatever_a_client_sends(world: World) -> None:
    organization = await world.organization()
    project = await replies(organization, tasks=3)
    ana = await organization.member()
    projects = world.services.work.projects

    await reply(project, ana, PASTED)
    await projects.change(organization.owner.actor, project.id, {"counts_manner": False}, None)
    await reply(project, ana, PASTED)
    await projects.change(organization.owner.actor, project.id, {"counts_manner": True}, None)
    world.clock.advance(seconds=1)
    await reply(project, ana, None)

    assert sorted(await kept(project), key=str) == [None, None, [*PASTED.values()]]


async def test_a_clone_counts_as_the_project_did(world: World) -> None:
    organization = await world.organization()
    project = await replies(organization, tasks=1, counts_manner=False)

    clone = await world.services.work.projects.clone(organization.owner.actor, project.id, "Again")

    assert clone["counts_manner"] is False


# ------------------------------------------------------------------------------------------------------- over HTTP --
@pytest.mark.parametrize(
    ("manner", "pointer"),
    [
        ("many", "/manner"),
        ([], "/manner"),
        ({**TYPED, "screen": 1}, "/manner"),
        ({**TYPED, "pastes": -1}, "/manner/pastes"),
        ({**TYPED, "pasted": 1.5}, "/manner/pasted"),
        ({**TYPED, "typed": True}, "/manner/typed"),
        ({**TYPED, "departures": "3"}, "/manner/departures"),
        ({**TYPED, "away_ms": 2**31}, "/manner/away_ms"),
        ({name: count for name, count in TYPED.items() if name != "edits"}, "/manner/edits"),
        ({**TYPED, "edits": None}, "/manner/edits"),
    ],
    ids=["text", "list", "unknown", "negative", "fraction", "truth", "word", "huge", "missing", "null"],
)
async def test_counts_that_cannot_be_are_refused_with_their_place_and_nothing_is_stored(
    world: World, web: Web, manner: Any, pointer: str
) -> None:
    organization = await world.organization()
    project = await replies(organization, tasks=1)
    ana = await organization.member()
    task = await project.take(ana)
    said = {"ontology_version": 1, "answers": [{"question": "reply", "value": "Gladly."}], "manner": manner}

    async with web.script(ana) as annotator:
        answer = await annotator.post(f"/projects/{project.id}/tasks/{task}/annotations", json=said)

    assert answer.status_code == 422, answer.text
    assert pointer in [each["pointer"] for each in answer.json()["problems"]]
    assert await kept(project) == []


async def test_the_greatest_counts_that_are_believed_are_kept_and_shown_with_the_answer(world: World, web: Web) -> None:
    organization = await world.organization()
    project = await replies(organization, tasks=1)
    ana = await organization.member()
    task = await project.take(ana)
    said = {"ontology_version": 1, "answers": [{"question": "reply", "value": "Gladly."}], "manner": dict(COUNTS)}

    async with web.script(ana) as annotator:
        sent = await annotator.post(f"/projects/{project.id}/tasks/{task}/annotations", json=said)
        refused = await annotator.get(f"/projects/{project.id}/quality/manner")
    async with web.script(organization.owner) as owner:
        shown = await owner.get(f"/projects/{project.id}/tasks/{task}")
        listed = await owner.get(f"/projects/{project.id}/quality/manner")

    assert (sent.status_code, refused.status_code, listed.status_code) == (201, 403, 200)
    assert [each["manner"] for each in shown.json()["annotations"]] == [dict(COUNTS)]


# -------------------------------------------------------------------------------------------------------- rejected --
async def test_a_rejected_answer_is_read_no_more_but_that_of_gold_whose_vote_stands(world: World) -> None:
    organization = await world.organization()
    project = await organization.project(24, gold_rate=0.5)
    ana = await organization.member()
    gold, *_ = await project.task_ids()
    known = Known("hidden", [{"question": "label", "value": "yes"}], "It says so.")
    await world.services.work.gold.make(organization.owner.actor, project.id, [(gold, known)])
    while (dealt := await project.claim(ana))["status"] == "ok":
        await project.submit(ana, UUID(dealt["assignment"]["task_id"]))
    async with world.superuser() as connection:
        rows = await connection.fetch(
            "select task_id, annotation_id from annotation where project_id = $1 order by task_id = $2 desc, task_id limit 2",
            project.id,
            gold,
        )
    assert rows[0]["task_id"] == gold

    for row in rows:
        evidence = [Item("answer", row["annotation_id"])]
        await world.services.work.rulings.reject(
            organization.owner.actor, project.id, *row, reason="spam", evidence=evidence, note="It says nothing."
        )

    async with world.services.database.tenant(organization.id) as connection:
        columns = await read_columns(connection, organization.id, project.id)
    assert columns.answers["task_no"].tolist() == columns.votes["task_no"].tolist()
    assert len(columns.answers) == 23
