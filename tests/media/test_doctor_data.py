"""`evenhand doctor` on data: sound data is said to be, and each check finds what its saboteur did."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from galleries import gallery_of
from media_pictures import photograph

from database import Copy
from evenhand import __version__
from evenhand.cli import doctor_data
from evenhand.cli.finding import Finding
from evenhand.store import schema
from evenhand.store.clock import fresh_id
from evenhand.vault.keyfile import make_key_file
from web import web_of
from world import World, world_on


async def live_in(world: World) -> None:
    """An installation with answers, a hold, a release that waits and a picture; the row of the first start is there."""
    async with world.superuser() as connection:
        await connection.execute(
            "insert into installation (installation_id, created_at, software, key_reference) values ($1, $2, $3, $4)",
            fresh_id(world.clock.now()),
            world.clock.now(),
            __version__,
            world.services.keys.reference,
        )
    bank = await world.organization()
    project = await bank.project(3, opinions=2)
    member = await bank.member()
    await project.answer(member)
    await project.take(member)
    await world.services.releases.create(bank.owner.actor, project.id, "", "all")
    async with web_of(world) as web:
        gallery = await gallery_of(web, organization=bank)
        await gallery.sent(photograph("coffee.png"))


@pytest_asyncio.fixture
async def lived_in(newest_copy: Copy) -> AsyncIterator[World]:
    """For saboteurs."""
    async with world_on(newest_copy) as world:
        await live_in(world)
        yield world


async def examined(world: World, **changes: object) -> list[Finding]:
    return await doctor_data.findings(world.copy.owner_url, world.settings.model_copy(update=changes))


def wrong(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    assert all(each.remedy for each in findings if each.verdict == "wrong")
    return [(each.check, each.found) for each in findings if each.verdict == "wrong"]


async def test_sound_data_is_said_to_be_check_by_check(own_world: World) -> None:
    await live_in(own_world)

    found = await examined(own_world)

    assert [(each.check, each.verdict) for each in found] == [
        ("schema", "ok"),
        ("key", "ok"),
        ("rows", "ok"),
        ("files", "ok"),
        ("alarms", "ok"),
    ], found
    assert found[3].found == "all 1 files drawn are there."


@pytest.mark.parametrize(
    ("sabotage", "found"),
    [
        ("delete from task where task_id = (select min(task_id::text)::uuid from annotation)", "(annotation.task_id)."),
        (
            "update task set batch_id = gen_random_uuid()",
            "4 rows of task name a batch that is not there (task.batch_id).",
        ),
        ("update annotation set chunk_key_id = gen_random_uuid()", "(annotation.chunk_key_id)."),
        ("update slot set queue_id = gen_random_uuid()", "(slot.queue_id)."),
        ("update assignment set person_id = gen_random_uuid()", "(assignment.person_id)."),
        ("update vote set task_no = -task_no", "1 rows of vote name a task that is not there (vote.task_no)."),
        ("update annotation set ontology_version = 9", "(annotation.ontology_version)."),
        ("update task_media set media_id = gen_random_uuid()", "(task_media.media_id)."),
    ],
    ids=["task", "batch", "key", "queue", "person", "vote", "ontology", "file"],
)
async def test_a_row_that_names_what_is_not_there_is_found(lived_in: World, sabotage: str, found: str) -> None:
    async with lived_in.superuser() as connection:
        await connection.execute("set session_replication_role = replica")
        await connection.execute(sabotage)

    findings = wrong(await examined(lived_in))

    assert any(check == "rows" and text.endswith(found) for check, text in findings), findings


async def test_a_step_that_was_not_taken_is_found_and_the_rows_wait_for_it(
    lived_in: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "migrations", lambda: [schema.Migration(9999, "a-step-to-come", "select 1")])

    found = await examined(lived_in)

    assert [each.check for each in found] == ["schema", "key"]
    assert "evenhand upgrade" in found[0].remedy
    assert wrong(found)[0][0] == "schema"


async def test_a_database_of_a_later_release_is_found(lived_in: World) -> None:
    async with lived_in.superuser() as connection:
        await connection.execute("update installation set software = '999.0.0'")

    assert [check for check, _ in wrong(await examined(lived_in))] == ["schema"]


async def test_the_key_file_of_another_installation_is_found(lived_in: World, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    other.write_bytes(make_key_file().as_json())

    assert wrong(await examined(lived_in, key_file=other)) == [
        ("key", f"{other} is not the key file of this database.")
    ]


async def test_a_file_that_is_gone_and_one_that_was_cut_are_found(lived_in: World) -> None:
    [path] = [each for each in (lived_in.settings.data / "blobs").rglob("*") if each.is_file()]

    path.write_bytes(path.read_bytes()[:-1])
    cut = wrong(await examined(lived_in))
    path.unlink()
    gone = wrong(await examined(lived_in))

    assert cut == gone == [("files", "1 of 1 files drawn are missing or not whole.")]


async def test_something_sealed_that_did_not_open_is_told_of(lived_in: World) -> None:
    bank = await lived_in.organization("Another")
    async with lived_in.superuser() as connection:
        await connection.execute(
            "insert into ledger_inbox (organization_id, action, decision, rule) values ($1, 1, 'deny', 'does-not-open')",
            bank.id,
        )

    told = wrong(await examined(lived_in))

    assert told == [("alarms", "1 times in thirty days something sealed did not open, of 1 organizations.")]
