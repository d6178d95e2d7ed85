"""Change of control: an affected customer's work stands still from the filing until its owner countersigns; others never notice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID, uuid4

import pytest

from evenhand.core.errors import Conflict, NotAllowed, NotFound, PlatformError
from evenhand.ledger.actions import Purpose
from evenhand.walls.grant import OnHold
from evenhand.work.model import LeaseExpired
from world import Member, Organization, Project, World, sabotage

CHAIN: list[dict[str, object]] = []


async def hold(world: World, organization: Organization) -> UUID:
    """A hold opens, as a filing opens it: under the exclusive gate."""
    async with world.superuser() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(7001)")
        opened: UUID = await connection.fetchval(
            "insert into wall_hold (organization_id, hold_id, change_id, epoch, opened_at, chain)"
            " values ($1, $2, $3, 2, $4, $5) returning hold_id",
            organization.id,
            uuid4(),
            uuid4(),
            world.clock.now(),
            json.dumps(CHAIN),
        )
    return opened


async def countersign(organization: Organization, hold_id: UUID, who: Member | None = None) -> None:
    book = organization.world.services.work.holds
    owner = organization.owner.actor
    [digest] = [each["digest"] for each in (await book.all(owner))["items"] if each["id"] == str(hold_id)]
    await book.countersign((who or organization.owner).actor, hold_id, digest)


def everything(project: Project, who: Member, task: UUID) -> dict[str, Callable[[], Awaitable[object]]]:
    """What a person at work may try with a task that she holds."""
    labeling = project.world.services.work.labeling
    return {
        "claim": lambda: project.claim(who),
        "submit": lambda: project.submit(who, task),
        "draft": lambda: labeling.save_draft(who.actor, project.id, task, [], 9),
        "prolong": lambda: labeling.prolong(who.actor, task),
        "skip": lambda: labeling.end_lease(who.actor, project.id, task, "unclear", None, next_=True, held=[]),
        "give back": lambda: labeling.end_lease(who.actor, project.id, task, None, None, next_=False, held=[]),
        "reopen": lambda: labeling.reopen(who.actor, project.id, task),
        "look": lambda: project.world.services.grants.to_person(who.actor, Purpose.BROWSE, [task]),
        "look at a file": lambda: project.world.services.files.media.look(who.actor, project.id, task, "text"),
    }


@pytest.mark.check(16)
async def test_every_verb_of_work_is_refused_while_the_customer_is_on_hold(own_world: World) -> None:
    bank = await own_world.organization("Bank")
    ana, project = await bank.member("reviewer"), await bank.project(tasks=3)
    task = await project.take(ana)
    await hold(own_world, bank)

    for name, attempt in everything(project, ana, task).items():
        with pytest.raises(OnHold):
            await attempt()
            pytest.fail(f"{name} was let through")

    assert (await project.books()).total("answers") == 0


async def test_what_one_answered_is_not_opened_while_the_customer_is_on_hold(own_world: World) -> None:
    bank = await own_world.organization("Bank")
    ana, project = await bank.member(), await bank.project(tasks=1)
    task = await project.answer(ana)
    own = own_world.services.work.own_answers
    await own.one(ana.actor, project.id, task, None)
    await hold(own_world, bank)

    with pytest.raises(OnHold):
        await own.one(ana.actor, project.id, task, None)


async def test_the_customers_own_managers_see_what_is_theirs(own_world: World) -> None:
    bank = await own_world.organization("Bank")
    manager, project = await bank.member("manager"), await bank.project(tasks=1)
    await hold(own_world, bank)

    [task] = await project.task_ids()
    await own_world.services.work.browsing.task(manager.actor, project.id, task)
    with pytest.raises(OnHold):
        await project.claim(manager)


@pytest.mark.check(16)
async def test_others_never_notice(own_world: World) -> None:
    bank, clinic = await own_world.organization("Bank"), await own_world.organization("Clinic")
    ben, theirs = await clinic.member(), await clinic.project(tasks=3)
    held = await theirs.take(ben)
    before = await own_world.services.work.holds.all(clinic.owner.actor)
    await hold(own_world, bank)

    await theirs.submit(ben, held)
    await theirs.answer(ben)

    assert await own_world.services.work.holds.all(clinic.owner.actor) == before
    assert (await own_world.services.notifications.page(clinic.owner.actor, None, 10))["items"] == []


async def test_time_stops_and_what_was_held_and_written_comes_back_when_the_owner_countersigns(
    own_world: World,
) -> None:
    bank = await own_world.organization("Bank")
    ana, project = await bank.member(), await bank.project(tasks=2)
    labeling = own_world.services.work.labeling
    task = await project.take(ana)
    own_world.clock.advance(minutes=20)
    draft = [{"question": "label", "target": "", "value": "no"}]
    await labeling.save_draft(ana.actor, project.id, task, draft, 1)
    opened = await hold(own_world, bank)

    own_world.clock.advance(days=3)
    await own_world.relay.sweep()
    await own_world.relay.tidy()
    await countersign(bank, opened)

    dealt = await project.claim(ana)
    assert (dealt["assignment"]["task_id"], dealt["assignment"]["draft"]["answers"]) == (str(task), draft)
    await project.submit(ana, task)
    assert (await project.books()).unbalanced == []


async def test_a_lease_has_left_after_a_hold_what_it_had_before(own_world: World) -> None:
    bank = await own_world.organization("Bank")
    ana, project = await bank.member(), await bank.project(tasks=1)
    task = await project.take(ana)
    own_world.clock.advance(minutes=20)
    opened = await hold(own_world, bank)
    own_world.clock.advance(hours=5)
    await countersign(bank, opened)
    own_world.clock.advance(minutes=9)
    await own_world.relay.sweep()
    assert (await project.books()).total("held") == 1

    own_world.clock.advance(minutes=2)
    await own_world.relay.sweep()

    assert (await project.books()).total("held") == 0
    with pytest.raises(LeaseExpired):
        await own_world.services.work.labeling.prolong(ana.actor, task)


async def test_work_goes_on_when_the_last_of_two_holds_has_ended(own_world: World) -> None:
    bank = await own_world.organization("Bank")
    ana, project = await bank.member(), await bank.project(tasks=1)
    task = await project.take(ana)
    first, second = await hold(own_world, bank), await hold(own_world, bank)

    await countersign(bank, first)
    with pytest.raises(OnHold):
        await project.submit(ana, task)
    await countersign(bank, second)

    await project.submit(ana, task)


async def test_only_the_owner_countersigns_and_only_the_chain_that_was_read(own_world: World) -> None:
    bank, rival = await own_world.organization("Bank"), await own_world.organization("Rival")
    manager, project = await bank.member("manager"), await bank.project(tasks=1)
    opened = await hold(own_world, bank)
    book = own_world.services.work.holds

    with pytest.raises(NotAllowed):
        await countersign(bank, opened, manager)
    with pytest.raises(Conflict):
        await book.countersign(bank.owner.actor, opened, "sha256:" + "0" * 64)
    with pytest.raises(NotFound):
        await book.countersign(rival.owner.actor, opened, "sha256:" + "0" * 64)

    with pytest.raises(OnHold):
        await project.claim(await bank.member())


async def test_the_countersignature_is_in_the_customers_ledger_with_the_digest_of_the_chain(own_world: World) -> None:
    bank = await own_world.organization("Bank")
    opened = await hold(own_world, bank)
    [shown] = (await own_world.services.work.holds.all(bank.owner.actor))["items"]

    await countersign(bank, opened)
    await countersign(bank, opened)

    async with own_world.superuser() as connection:
        [entry] = await connection.fetch(
            "select * from ledger_inbox where organization_id = $1 and action = 27 and decision = 'allow'", bank.id
        )
    assert entry["object_id"] == opened
    assert "sha256:" + entry["object_digest"].hex() == shown["digest"]
    assert entry["actor_commitment"] == bank.owner.actor.actor_commitment
    assert (await own_world.services.work.holds.all(bank.owner.actor))["on_hold"] is False


async def test_those_who_answer_for_the_customer_are_told_and_nobody_else(own_world: World) -> None:
    bank = await own_world.organization("Bank")
    manager, auditor, ana = await bank.member("manager"), await bank.member("auditor"), await bank.member()
    opened = await hold(own_world, bank)

    told = {
        who: [
            (each["kind"], each["subject_id"])
            for each in (await own_world.services.notifications.page(member.actor, None, 10))["items"]
        ]
        for who, member in (
            ("owner", bank.owner),
            ("manager", manager),
            ("auditor", auditor),
            ("annotator", ana),
        )
    }

    assert told == {
        "owner": [("hold.opened", str(opened))],
        "manager": [("hold.opened", str(opened))],
        "auditor": [("hold.opened", str(opened))],
        "annotator": [],
    }


async def test_pages_that_watch_are_told_at_once_and_without_the_worker(own_world: World) -> None:
    bank, clinic = await own_world.organization("Bank"), await own_world.organization("Clinic")
    assert await said_to_pages(own_world, bank, clinic) == ([False, True], [False])


async def said_to_pages(
    world: World, held: Organization, other: Organization, seconds: float = 30
) -> tuple[list[bool], list[bool]]:
    """What the pages of two customers are told around a hold of the first, for which they wait so long; no relay runs."""
    events = world.services.insight.events
    await events.start()
    try:
        said: dict[UUID, list[bool]] = {held.id: [], other.id: []}

        async def watch(organization: UUID) -> None:
            async for event in events.holds(organization):
                if event.startswith(b"event: hold"):
                    said[organization].append(json.loads(event.partition(b"data: ")[2])["on_hold"])

        watchers = [asyncio.create_task(watch(organization)) for organization in said]
        while not all(said.values()):
            await asyncio.sleep(0.01)
        await hold(world, held)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(said[held.id]) < 2:
                    await asyncio.sleep(0.02)
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
        return said[held.id], said[other.id]
    finally:
        await events.stop()


# ----------------------------------------------------------------------------------------------------------- saboteurs --
@pytest.mark.saboteur(16)
async def test_without_the_look_at_the_hold_a_claim_is_dealt(saboteurs_world: World) -> None:
    bank = await saboteurs_world.organization("Bank")
    ana, project = await bank.member(), await bank.project(tasks=1)
    await hold(saboteurs_world, bank)
    await sabotage(saboteurs_world.copy, "claim", "if e.is_held then", "if false then")
    # The walls look for it a second time, where a person has no pass under the present register.
    await sabotage(saboteurs_world.copy, "wall_enter", "v_rule := 'hold';", "v_rule := null;")

    assert (await project.claim(ana))["status"] == "ok"


async def test_without_the_look_at_the_hold_an_answer_is_taken(saboteurs_world: World) -> None:
    bank = await saboteurs_world.organization("Bank")
    ana, project = await bank.member(), await bank.project(tasks=1)
    task = await project.take(ana)
    await hold(saboteurs_world, bank)
    await sabotage(saboteurs_world.copy, "submit", "if e.is_held then", "if false then")

    assert (await project.submit(ana, task))["status"] == "ok"


@pytest.mark.saboteur(16)
async def test_without_the_event_pages_are_not_told(saboteurs_world: World) -> None:
    bank, clinic = await saboteurs_world.organization("Bank"), await saboteurs_world.organization("Clinic")
    await sabotage(saboteurs_world.copy, "wall_hold_told", "'/hold'", "'/nobody'")

    assert await said_to_pages(saboteurs_world, bank, clinic, seconds=1) == ([False], [False])


async def test_without_the_trigger_a_lease_runs_out_while_nobody_may_answer(saboteurs_world: World) -> None:
    async with saboteurs_world.superuser() as connection:
        await connection.execute("drop trigger wall_hold_opened on wall_hold")
    bank = await saboteurs_world.organization("Bank")
    ana, project = await bank.member(), await bank.project(tasks=1)
    await project.take(ana)
    await hold(saboteurs_world, bank)
    saboteurs_world.clock.advance(hours=1)

    await saboteurs_world.relay.sweep()

    assert (await project.books()).total("held") == 0


# --------------------------------------------------------------------------------------------------------------- races --
async def answers_around_a_hold(world: World) -> tuple[list[bool], list[bool]]:
    """People answer while a hold opens: of each answer whether it was acknowledged, and whether it was stored before the hold."""
    bank = await world.organization("Bank")
    project = await bank.project(tasks=24)
    people = await bank.members(8)
    tasks = [await project.take(each) for each in people]

    async def answer(who: Member, task: UUID) -> bool:
        try:
            await project.submit(who, task)
        except OnHold:
            return False
        return True

    said = await asyncio.gather(*(answer(*each) for each in zip(people, tasks, strict=True)), hold(world, bank))
    acknowledged = [each for each in said if isinstance(each, bool)]
    async with world.superuser() as connection:
        stored = [
            await connection.fetchval("select exists (select from annotation where task_id = $1)", task)
            for task in tasks
        ]
    return acknowledged, stored


async def test_an_answer_that_meets_the_filing_is_stored_or_refused_and_never_both(own_world: World) -> None:
    for _ in range(4):
        acknowledged, stored = await answers_around_a_hold(own_world)
        assert acknowledged == stored


async def test_an_answer_in_flight_is_waited_for_and_one_that_comes_after_is_refused(own_world: World) -> None:
    bank = await own_world.organization("Bank")
    project = await bank.project(tasks=2)
    ana, ben = await bank.members(2)
    first, second = await project.take(ana), await project.take(ben)

    async with own_world.superuser() as flying:
        # Two connections: an answer holds the gate shared, and the filing waits for it.
        transaction = flying.transaction()
        await transaction.start()
        await flying.execute("select pg_advisory_xact_lock_shared(7001)")
        filing = asyncio.create_task(hold(own_world, bank))
        await own_world.copy.until_stuck(filing)
        late = asyncio.create_task(project.submit(ben, second))
        await own_world.copy.until_stuck(filing, late)
        assert not filing.done()
        assert not late.done()
        await transaction.commit()
    await filing

    with pytest.raises(OnHold):
        await late
    with pytest.raises(PlatformError):
        await project.submit(ana, first)
