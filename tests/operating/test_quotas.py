"""Quotas of an organization: refused is what goes beyond, whole, with the remedy; and what is deleted makes room again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from operating_world import evenhand

from evenhand import Client
from evenhand.client.errors import QuotaReached as QuotaReachedByHttp
from evenhand.core.errors import QuotaReached
from serving import Installation
from world import Organization, World


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization()


async def limit(world: World, organization: Organization, **quotas: int | None) -> None:
    async with world.superuser() as connection:
        for name, quota in quotas.items():
            await connection.execute(
                f"update organization set quota_{name} = $1 where organization_id = $2", quota, organization.id
            )


async def usage(world: World, organization: Organization) -> dict[str, int]:
    return (await world.services.people.members.organization(organization.id))["usage"]


async def test_an_import_beyond_the_quota_of_tasks_is_refused_and_nothing_of_the_chunk_is_kept(
    world: World, bank: Organization
):
    project = await bank.project(3)
    await limit(world, bank, tasks=5)

    with pytest.raises(QuotaReached) as caught:
        await project.add(3)
    await project.add(2)

    assert (caught.value.what, caught.value.allowed) == ("tasks", 5)
    assert "evenhand organization limit" in caught.value.hint
    assert len(await project.task_ids()) == 5
    assert (await usage(world, bank))["tasks"] == 5
    assert (await project.books()).unbalanced == []


async def test_bytes_are_counted_as_they_are_stored(world: World, bank: Organization):
    project = await bank.project()
    await limit(world, bank, bytes=10_000)

    with pytest.raises(QuotaReached, match="bytes"):
        await project.add_rows([{"inputs": {"text": "x" * 11_000}}])
    await project.add_rows([{"inputs": {"text": "x" * 5_000}}])

    held = (await usage(world, bank))["bytes"]
    assert 5_000 < held < 5_400


async def test_two_imports_at_once_do_not_go_beyond_together(world: World, bank: Organization):
    project = await bank.project()
    await limit(world, bank, tasks=10)

    outcomes = await asyncio.gather(project.add(8, "One"), project.add(8, "Two"), return_exceptions=True)

    assert sum(isinstance(each, QuotaReached) for each in outcomes) == 1
    assert (await usage(world, bank))["tasks"] == 8


async def test_another_organization_is_not_touched(world: World, bank: Organization):
    rival = await world.organization()
    await limit(world, bank, tasks=0, members=0)

    await (await rival.project()).add(3)

    assert (await usage(world, rival))["tasks"] == 3


async def test_members_beyond_the_quota_are_refused_and_known_ones_may_be_invited_again(
    world: World, bank: Organization
):
    people = world.services.people
    first = world.address()
    await people.members.invite(bank.owner.actor, first, "annotator")
    await limit(world, bank, members=2)

    with pytest.raises(QuotaReached, match="members"):
        await people.members.invite(bank.owner.actor, world.address(), "annotator")
    await people.members.invite(bank.owner.actor, first, "annotator")

    assert (await usage(world, bank))["members"] == 2


def test_the_operator_sets_quotas_and_the_api_names_the_remedy(installation: Installation):
    data = ("--data", installation.data)
    with Client(installation.url, installation.key) as client:
        project = client.projects.create("Reviews", preset="text-classification")["id"]
        client.tasks.import_(project, [{"text": "warm"}])
        rows = [json.loads(line) for line in evenhand("organization", "list", *data, "--json").stdout.splitlines()]
        row = next(each for each in rows if each["id"] == client.organization()["id"])

        set_to = evenhand(
            "organization", "limit", row["id"], "--tasks", str(row["tasks"]), "--bytes", "2G", *data, "--json"
        )
        with pytest.raises(QuotaReachedByHttp) as caught:
            client.tasks.import_(project, [{"text": "cold"}])
        lifted = evenhand("organization", "limit", row["id"], "--tasks", "none", "--bytes", "none", *data)
        client.tasks.import_(project, [{"text": "cold"}])
        shown = client.organization()

    assert json.loads(set_to.stdout)["quota_bytes"] == 2_000_000_000
    assert caught.value.status == 403
    assert "Delete what is no longer needed" in caught.value.hint
    assert lifted.stdout == "tasks: any number of, bytes: any number of, members: any number of\n"
    assert shown["usage"]["tasks"] == row["tasks"] + 1


def test_an_organization_that_is_none_and_a_number_that_is_none_are_refused(tmp_path: Path):
    wrong = evenhand("organization", "limit", "nobody", "--tasks", "1", "--data", tmp_path)
    number = evenhand("organization", "limit", "x", "--tasks", "many", "--data", tmp_path)

    assert "There is no organization nobody." in wrong.stderr
    assert number.returncode == 2
