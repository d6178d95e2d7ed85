"""Walls: a conflict in the register beats every role, queue and race; denials and what is taken back are on record."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from evenhand.core.errors import PlatformError
from evenhand.ledger.actions import Purpose
from evenhand.walls.grant import Walled
from evenhand.work.model import LeaseRevoked
from world import Member, Organization, Project, World, sabotage

PASSWORD = "four words are enough"


async def declare(world: World, a: Organization, b: Organization, basis: str = "competitor") -> None:
    """A conflict of one customer with another comes into the register."""
    async with world.superuser() as connection, connection.transaction():
        await connection.execute("select register_begin(null)")
        await connection.execute(
            "insert into conflict (organization_id, party, basis, since) values ($1, $2, $3, $4)",
            a.id,
            str(b.id),
            basis,
            world.clock.now(),
        )
        await connection.execute(
            "select register_bump($1, $2, '{}', $3)", [str(a.id), str(b.id)], [a.id], world.clock.now()
        )


async def on_both_sides(world: World, a: Organization, b: Organization) -> tuple[Member, Member]:
    """One person of a vendor's, as a member of two customers."""
    vendor = await world.organization("Vendor", "vendor")
    email = world.address()
    person = await world.services.people.members.add_member(
        vendor.id, email, "Somebody", "annotator", password=PASSWORD
    )
    members = []
    for customer in (a, b):
        invited = await world.services.people.members.invite(customer.owner.actor, email, "annotator")
        await world.services.people.links.accept(invited.token, PASSWORD, None, str(person))
        members.append(await world.with_key(customer.id, person, email))
    return members[0], members[1]


async def entries(world: World, organization: Organization, action: str) -> list[tuple[UUID | None, str | None]]:
    """(object, rule) of the entries of one kind, oldest first."""
    async with world.superuser() as connection:
        rows = await connection.fetch(
            "select i.object_id, i.rule from ledger_inbox i join ledger_action a using (action)"
            " where i.organization_id = $1 and a.name = $2 order by i.xid, i.id",
            organization.id,
            action,
        )
    return [(row["object_id"], row["rule"]) for row in rows]


@pytest.fixture
async def rivals(own_world: World) -> tuple[Organization, Organization]:
    return await own_world.organization("Bank"), await own_world.organization("Rival Bank")


async def test_history_with_a_rival_keeps_a_person_away_and_the_denial_is_recorded_with_its_rule(
    own_world: World, rivals: tuple[Organization, Organization]
) -> None:
    bank, rival = rivals
    here, there = await on_both_sides(own_world, bank, rival)
    ours, theirs = await bank.project(tasks=1), await rival.project(tasks=1)
    await declare(own_world, bank, rival)
    await ours.answer(here)

    with pytest.raises(Walled):
        await theirs.claim(there)
    with pytest.raises(Walled):
        await own_world.services.grants.to_person(there.actor, Purpose.BROWSE, await theirs.task_ids())

    [task] = await theirs.task_ids()
    assert await entries(own_world, rival, "assign.deny") == [
        (theirs.id, "history"),
        (task, "history"),
    ]
    assert (await theirs.books()).total("held") == 0


async def test_a_wall_closes_what_one_answered_before_it_rose(
    own_world: World, rivals: tuple[Organization, Organization]
) -> None:
    bank, rival = rivals
    here, there = await on_both_sides(own_world, bank, rival)
    ours, theirs = await bank.project(tasks=1), await rival.project(tasks=1)
    answered = await theirs.answer(there)
    own = own_world.services.work.own_answers
    assert (await own.one(there.actor, theirs.id, answered, None))["version"] == 1
    await ours.answer(here)
    await declare(own_world, bank, rival)

    with pytest.raises(Walled):
        await own.one(there.actor, theirs.id, answered, None)

    assert (answered, "history") in await entries(own_world, rival, "assign.deny")


async def test_a_wall_beats_a_pass_that_was_given_before_it_rose_and_takes_back_what_is_held(
    own_world: World, rivals: tuple[Organization, Organization]
) -> None:
    bank, rival = rivals
    here, there = await on_both_sides(own_world, bank, rival)
    ours, theirs = await bank.project(tasks=2), await rival.project(tasks=2)
    held_here, held_there = await ours.take(here), await theirs.take(there)

    await declare(own_world, bank, rival)

    for project, member, task in ((ours, here, held_here), (theirs, there, held_there)):
        with pytest.raises(LeaseRevoked):
            await project.submit(member, task)
        with pytest.raises(Walled):
            await project.claim(member)
        assert (await project.books()).unbalanced == []
    assert await entries(own_world, bank, "lease.revoke") == [(held_here, "history:competitor")]
    assert await entries(own_world, rival, "lease.revoke") == [(held_there, "history")]


async def test_others_never_notice_a_change_of_the_register(
    own_world: World, rivals: tuple[Organization, Organization]
) -> None:
    bank, rival = rivals
    clinic = await own_world.organization("Clinic")
    ana, ben = await bank.member(), await clinic.member()
    ours, theirs = await bank.project(tasks=2), await clinic.project(tasks=2)
    held = [await ours.take(ana), await theirs.take(ben)]

    await declare(own_world, bank, rival)

    for project, member, task in ((ours, ana, held[0]), (theirs, ben, held[1])):
        await project.submit(member, task)
        await project.answer(member)


async def test_an_answer_that_comes_too_late_and_behind_a_wall_is_refused_and_recorded(
    own_world: World, rivals: tuple[Organization, Organization]
) -> None:
    bank, rival = rivals
    here, there = await on_both_sides(own_world, bank, rival)
    ours, theirs = await bank.project(tasks=1), await rival.project(tasks=1)
    await ours.answer(here)
    task = await theirs.take(there)
    own_world.clock.advance(minutes=31)
    await own_world.relay.sweep()
    await declare(own_world, bank, rival)

    with pytest.raises(Walled):
        await theirs.submit(there, task)

    assert (task, "history") in await entries(own_world, rival, "assign.deny")


async def test_interests_affiliations_and_the_vendor_raise_walls_too(own_world: World) -> None:
    bank, rival, holding = [await own_world.organization(name) for name in ("Bank", "Rival", "Holding")]
    await declare(own_world, bank, rival)
    ana, _ = await on_both_sides(own_world, bank, holding)
    project = await bank.project(tasks=3)

    async def register(statement: str, *arguments: object) -> str | None:
        async with own_world.superuser() as connection, connection.transaction():
            await connection.execute("select register_begin(null)")
            await connection.execute(statement, *arguments)
            await connection.execute("select register_bump(null, null, null, $1)", own_world.clock.now())
            return await connection.fetchval("select wall_rule($1, $2, $3)", ana.id, bank.id, own_world.clock.now())

    tie = (
        "insert into affiliation select $1, a, b, 'share', 0, 49, '[]', '', 1 from (values ($2, $3), ($3, $2)) x(a, b)"
    )
    public, vendor = UUID(int=0), str(await vendor_of(own_world, ana))
    assert await register(tie, public, str(holding.id), str(rival.id)) is None
    interest = "insert into person_interest (person_id, interest_id, party, kind, declared_by, commitment, sealed_in)"
    assert await register(f"{interest} values ($1, $1, $2, 'office', 'self', '', $1)", ana.id, str(holding.id)) == (
        "interest:competitor"
    )
    with pytest.raises(Walled):
        await project.claim(ana)
    assert await register("delete from person_interest") is None
    await project.answer(ana)
    assert await register(tie, public, vendor, str(rival.id)) == "vendor:competitor"


async def vendor_of(world: World, member: Member) -> UUID:
    async with world.superuser() as connection:
        found: UUID = await connection.fetchval("select vendor_id from person where person_id = $1", member.id)
    return found


# ------------------------------------------------------------------------------------------------------------- races --
async def crossings(world: World, count: int) -> tuple[int, int, int]:
    """People claim on both sides of a wall at the same moment: (let in twice, let in once, denials on record)."""
    bank, rival = await world.organization("Bank"), await world.organization("Rival")
    ours, theirs = await bank.project(tasks=count), await rival.project(tasks=count)
    await declare(world, bank, rival)
    people = [await on_both_sides(world, bank, rival) for _ in range(count)]

    async def try_both(here: Member, there: Member) -> int:
        said = await asyncio.gather(ours.claim(here), theirs.claim(there), return_exceptions=True)
        for each in said:
            assert not isinstance(each, BaseException) or isinstance(each, PlatformError), each
        return sum(not isinstance(each, BaseException) for each in said)

    let_in: list[int] = []
    for start in range(0, count, 4):
        let_in += await asyncio.gather(*(try_both(*pair) for pair in people[start : start + 4]))
    denials = len(await entries(world, bank, "assign.deny")) + len(await entries(world, rival, "assign.deny"))
    return let_in.count(2), let_in.count(1), denials


@pytest.mark.check(9)
@pytest.mark.parametrize("count", [16, pytest.param(200, marks=pytest.mark.drill)])
async def test_somebody_who_claims_on_both_sides_at_once_gets_in_on_one(own_world: World, count: int) -> None:
    assert await crossings(own_world, count) == (0, count, count)


@pytest.mark.saboteur(9)
async def test_without_the_persons_lock_people_get_in_on_both_sides(saboteurs_world: World) -> None:
    await sabotage(saboteurs_world.copy, "enter", "pg_advisory_xact_lock(7002, v_no::int) is null", "true")

    for _ in range(6):
        if (await crossings(saboteurs_world, 8))[0]:
            return
    raise AssertionError("nobody got in twice: the lock is not what keeps them out")


async def on_both_after_a_change(world: World) -> int:
    """People work on both sides, without pause, while the wall rises; how many hold something on both at the end."""
    bank, rival = await world.organization("Bank"), await world.organization("Rival")
    ours, theirs = await bank.project(tasks=200), await rival.project(tasks=200)
    people = [await on_both_sides(world, bank, rival) for _ in range(6)]

    async def work(project: Project, member: Member) -> None:
        for _ in range(12):
            try:
                await project.submit(member, await project.take(member))
                await project.claim(member)
            except PlatformError:
                return

    async def rise() -> None:
        await asyncio.sleep(0.1)
        await declare(world, bank, rival)

    await asyncio.gather(
        *(work(ours, here) for here, _ in people), *(work(theirs, there) for _, there in people), rise()
    )
    async with world.superuser() as connection:
        both: int = await connection.fetchval(
            "select count(*) from (select person_id from assignment where state = 1 and organization_id = any($1::uuid[])"
            " group by person_id having count(distinct organization_id) = 2) x",
            [bank.id, rival.id],
        )
    for project in (ours, theirs):
        assert (await project.books()).unbalanced == []
    return both


@pytest.mark.check(9)
async def test_when_a_wall_rises_among_claims_nobody_holds_anything_on_both_sides(own_world: World) -> None:
    assert [await on_both_after_a_change(own_world) for _ in range(2)] == [0, 0]


@pytest.mark.saboteur(9)
async def test_without_taking_back_what_is_held_people_stay_on_both_sides(saboteurs_world: World) -> None:
    world = saboteurs_world
    async with world.superuser() as connection:
        await connection.execute("drop trigger register_changed on wall_epoch")
    bank, rival = await world.organization("Bank"), await world.organization("Rival")
    here, there = await on_both_sides(world, bank, rival)
    ours, theirs = await bank.project(tasks=1), await rival.project(tasks=1)
    await ours.take(here)
    await theirs.take(there)

    await declare(world, bank, rival)

    assert ((await ours.books()).total("held"), (await theirs.books()).total("held")) == (1, 1)
