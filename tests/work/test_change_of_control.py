"""A change of control, from a filed statement to the countersignature: the affected customer stands still, others never notice."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from evenhand.walls.grant import OnHold
from world import Member, Organization, Project, World, sabotage

PASSWORD = "four words are enough"


def statement(record: str, kind: str, **details: Any) -> dict[str, Any]:
    return {
        "statementId": str(uuid4()),
        "declarationSubject": "vendor",
        "statementDate": "2026-03-02",
        "recordId": record,
        "recordStatus": "new",
        "recordType": kind,
        "recordDetails": {"isComponent": False, **details},
    }


def entity(record: str, name: str) -> dict[str, Any]:
    return statement(record, "entity", entityType={"type": "registeredEntity"}, name=name)


def stake(percent: float) -> dict[str, Any]:
    interest = {"type": "shareholding", "directOrIndirect": "direct", "share": {"exact": percent}}
    return statement("stake", "relationship", subject="vendor", interestedParty="rival", interests=[interest])


@dataclass(frozen=True)
class Shared:
    """A vendor with two people: one works for a customer whose rival may buy the vendor, the other for somebody else."""

    world: World
    vendor: Organization
    bank: Organization
    clinic: Organization
    ana: Member
    ben: Member
    ours: Project
    theirs: Project

    async def buy(self, percent: float) -> None:
        """The rival's stake is filed."""
        await self.world.services.walls.register.file(self.vendor.owner.actor, [stake(percent)])

    async def countersign(self) -> None:
        """The bank's owner has read the chain, and lets work go on."""
        book = self.world.services.work.holds
        [hold] = (await book.all(self.bank.owner.actor))["items"]
        await book.countersign(self.bank.owner.actor, UUID(hold["id"]), hold["digest"])


async def shared(world: World) -> Shared:
    vendor = await world.organization("Vendor", "vendor")
    bank, clinic = await world.organization("Bank"), await world.organization("Clinic")
    filing = [entity("vendor", "The Vendor"), entity("rival", "The Rival")]
    await world.services.walls.register.file(vendor.owner.actor, filing, party="vendor")
    await world.services.walls.terms.declare(bank.owner.actor, "rival", "competitor")
    people = [await hired(world, vendor, customer) for customer in (bank, clinic)]
    return Shared(world, vendor, bank, clinic, *people, await bank.project(tasks=6), await clinic.project(tasks=6))


async def hired(world: World, vendor: Organization, customer: Organization) -> Member:
    email = world.address()
    person = await world.services.people.members.add_member(
        vendor.id, email, "Somebody", "annotator", password=PASSWORD
    )
    invited = await world.services.people.members.invite(customer.owner.actor, email, "annotator")
    await world.services.people.links.accept(invited.token, PASSWORD, None, str(person))
    return await world.with_key(customer.id, person, email)


@pytest.mark.check(16)
async def test_a_12_percent_statement_stops_the_affected_customer_and_countersigning_resumes(own_world: World) -> None:
    scene = await shared(own_world)
    ours, theirs = await scene.ours.take(scene.ana), await scene.theirs.take(scene.ben)

    await scene.buy(12)

    with pytest.raises(OnHold):
        await scene.ours.submit(scene.ana, ours)
    with pytest.raises(OnHold):
        await scene.ours.claim(await scene.bank.member())
    await scene.theirs.submit(scene.ben, theirs)
    await scene.theirs.answer(scene.ben)
    assert (await own_world.services.work.holds.all(scene.clinic.owner.actor))["items"] == []

    own_world.clock.advance(hours=20)
    await own_world.relay.sweep()
    await scene.countersign()

    assert await scene.ours.take(scene.ana) == ours
    await scene.ours.submit(scene.ana, ours)
    for project in (scene.ours, scene.theirs):
        assert (await project.books()).unbalanced == []


@pytest.mark.check(16)
async def test_the_notice_holds_the_computed_chain_with_the_statement_behind_each_link(own_world: World) -> None:
    scene = await shared(own_world)
    await scene.ours.take(scene.ana)

    await scene.buy(12)

    state = await own_world.services.work.holds.all(scene.bank.owner.actor)
    [tie] = state["items"][0]["ties"]
    assert (tie["rival"], tie["party"], tie["percent"], tie["limit"]) == ("rival", "vendor", 12, 10)
    assert [(each["name"], each["kind"]) for each in tie["parties"]] == [
        ("The Rival", "entity"),
        ("The Vendor", "entity"),
    ]
    [link] = tie["links"]
    assert (link["holder"], link["held"], link["percent"], link["counts"]) == ("rival", "vendor", 12, True)
    filed = (await own_world.services.walls.register.state(scene.bank.owner.actor))["statements"]
    assert link["statements"] == [each["statementId"] for each in filed if each["recordId"] == "stake"]
    assert state["standing_still"] == {"tasks": 1, "people": 1, "projects": 1}


@pytest.mark.check(16)
async def test_a_stake_below_the_wall_stops_nobody(own_world: World) -> None:
    scene = await shared(own_world)

    await scene.buy(9)

    await scene.ours.answer(scene.ana)
    assert (await own_world.services.work.holds.all(scene.bank.owner.actor))["on_hold"] is False


async def test_a_stake_that_grows_after_the_countersignature_stops_work_again(own_world: World) -> None:
    scene = await shared(own_world)
    await scene.buy(12)
    await scene.countersign()
    await scene.ours.answer(scene.ana)

    await scene.buy(30)

    with pytest.raises(OnHold):
        await scene.ours.claim(scene.ana)


async def answers_around_a_filing(scene: Shared) -> tuple[list[bool], list[bool]]:
    """People answer while the stake is filed: of each whether it was acknowledged, and whether it is stored."""
    people = [await hired(scene.world, scene.vendor, scene.bank) for _ in range(5)]
    tasks = [await scene.ours.take(each) for each in people]

    async def answer(who: Member, task: Any, pause: float) -> bool:
        await asyncio.sleep(pause)
        try:
            await scene.ours.submit(who, task)
        except OnHold:
            return False
        return True

    trying = [answer(who, task, 0.01 * at) for at, (who, task) in enumerate(zip(people, tasks, strict=True))]
    said = await asyncio.gather(*trying, scene.buy(12))
    async with scene.world.superuser() as connection:
        stored = [
            await connection.fetchval("select exists (select from annotation where task_id = $1)", task)
            for task in tasks
        ]
    return [each for each in said if isinstance(each, bool)], stored


@pytest.mark.check(16)
async def test_an_answer_among_a_filing_is_stored_and_acknowledged_or_neither(own_world: World) -> None:
    acknowledged, stored = await answers_around_a_filing(await shared(own_world))

    assert acknowledged == stored


@pytest.mark.saboteur(16)
async def test_without_the_look_at_the_hold_an_answer_after_the_filing_is_taken(saboteurs_world: World) -> None:
    scene = await shared(saboteurs_world)
    task = await scene.ours.take(scene.ana)
    await sabotage(saboteurs_world.copy, "submit", "if e.is_held then", "if false then")

    await scene.buy(12)

    assert (await scene.ours.submit(scene.ana, task))["status"] == "ok"


KILLED = """
import asyncio, asyncpg, os, sys
async def main():
    connection = await asyncpg.connect(sys.argv[1])
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("select pg_advisory_xact_lock(7001)")
    await connection.execute(
        "insert into evenhand.wall_hold (organization_id, hold_id, change_id, epoch, opened_at, chain)"
        " values ($1, gen_random_uuid(), gen_random_uuid(), 2, now(), '[]')", sys.argv[2])
    if sys.argv[3] == "committed":
        await transaction.commit()
    print("here", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.mark.parametrize("killed", ["before", "committed"])
async def test_a_filing_that_is_killed_is_filed_as_a_whole_or_not_at_all(own_world: World, killed: str) -> None:
    scene = await shared(own_world)
    task = await scene.ours.take(scene.ana)
    arguments = [own_world.copy.superuser_url, str(scene.bank.id), killed]
    filing = subprocess.Popen([sys.executable, "-c", KILLED, *arguments], stdout=subprocess.PIPE)
    assert filing.stdout is not None
    assert await asyncio.to_thread(filing.stdout.readline) == b"here\n"

    os.kill(filing.pid, signal.SIGKILL)
    filing.wait()
    filing.stdout.close()

    if killed == "committed":
        with pytest.raises(OnHold):
            await scene.ours.submit(scene.ana, task)
        assert (await scene.ours.books()).total("answers") == 0
    else:
        await scene.ours.submit(scene.ana, task)
        assert (await own_world.services.work.holds.all(scene.bank.owner.actor))["on_hold"] is False
    assert (await scene.ours.books()).unbalanced == []
