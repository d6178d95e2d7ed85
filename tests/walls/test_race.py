"""Walls under races: two customers ask for one person at the same moment, while the register changes; nobody is let in twice."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

import asyncpg
import pytest
from parties import Scene

from evenhand.walls.grant import Walled
from world import Member, Organization, World, sabotage

LEVELS = ("read committed", "repeatable read", "serializable")


@dataclass
class Crossing:
    """Two customers in conflict, and people who are members of both."""

    scene: Scene
    sides: tuple[Organization, Organization]
    people: list[tuple[Member, Member]]

    @classmethod
    async def of(cls, world: World, count: int, *, is_declared: bool = True) -> Crossing:
        scene = await Scene.of(world)
        vendor = await scene.vendor()
        second = await scene.customer("second")
        first = await scene.customer("first", against=["second"] if is_declared else [])
        people = [tuple(await scene.works(vendor, first, second)) for _ in range(count)]
        return cls(scene, (first, second), people)  # type: ignore[arg-type]

    async def run(self, level: str, *, clients: int = 8, seed: int = 1) -> dict[str, int]:
        """Each pair of clients goes through the people, one on each side, at the same time; what each was told."""
        said = {"ok": 0, "walled": 0, "refused": 0}

        async def ask(connection: asyncpg.Connection, member: Member) -> None:
            try:
                row = await connection.fetchrow(
                    "select status from grant_mint($1, 1::smallint, 'browse', '{}', $2)",
                    member.token,
                    self.scene.world.clock.now(),
                )
                said[row["status"]] += 1
            except (asyncpg.SerializationError, asyncpg.ObjectNotInPrerequisiteStateError):
                said["refused"] += 1

        async def go(here: asyncpg.Connection, there: asyncpg.Connection, order: list[tuple[Member, Member]]) -> None:
            for first, second in order:
                await asyncio.gather(ask(here, first), ask(there, second))

        connections = [await asyncpg.connect(self.scene.world.copy.app_url) for _ in range(clients)]
        try:
            for connection in connections:
                await connection.execute(f"set search_path = evenhand; set default_transaction_isolation = '{level}'")
            rng = random.Random(seed)
            orders = [rng.sample(self.people, len(self.people)) for _ in range(clients // 2)]
            pairs = zip(connections[::2], connections[1::2], orders, strict=True)
            await asyncio.gather(*(go(*each) for each in pairs))
        finally:
            for connection in connections:
                await connection.close()
        return said

    async def touches(self) -> list[int]:
        """On how many sides each person has got in."""
        async with self.scene.world.superuser() as connection:
            rows = await connection.fetch(
                "select count(*) filter (where organization_id = any($2::uuid[])) as sides from unnest($1::uuid[]) as p(id)"
                " left join touch t on t.person_id = p.id group by p.id",
                [here.id for here, _ in self.people],
                [each.id for each in self.sides],
            )
        return [row["sides"] for row in rows]


@pytest.mark.check(9)
@pytest.mark.parametrize("count", [24, pytest.param(200, marks=pytest.mark.drill)])
@pytest.mark.parametrize("level", LEVELS)
async def test_nobody_gets_in_on_both_sides_at_any_isolation_level(own_world: World, level: str, count: int) -> None:
    crossing = await Crossing.of(own_world, count)

    said = await crossing.run(level)

    touches = await crossing.touches()
    assert touches.count(2) == 0
    if level == "read committed":
        assert touches.count(1) == count
        assert said["ok"] == said["walled"] == count * 4
    if level == "repeatable read":
        assert said["refused"] == count * 8


@pytest.mark.check(9)
@pytest.mark.parametrize("count", [24, pytest.param(200, marks=pytest.mark.drill)])
async def test_nobody_gets_in_on_both_sides_while_the_register_changes(own_world: World, count: int) -> None:
    crossing = await Crossing.of(own_world, count)
    scene, stop = crossing.scene, asyncio.Event()
    changes = 0

    async def change() -> None:
        nonlocal changes
        terms = scene.world.services.walls.terms
        while not stop.is_set():
            await terms.declare(crossing.sides[0].owner.actor, scene.name(f"other-{changes % 5}"), "competitor")
            changes += 1

    changing = asyncio.create_task(change())
    said = await crossing.run("read committed")
    stop.set()
    await changing

    touches = await crossing.touches()
    assert (touches.count(2), touches.count(1)) == (0, count)
    assert said["refused"] == 0
    assert changes > 3


@pytest.mark.check(9)
async def test_a_conflict_declared_in_the_race_lets_nobody_in_afterwards(own_world: World) -> None:
    crossing = await Crossing.of(own_world, 24, is_declared=False)
    scene = crossing.scene

    async def declare() -> None:
        await asyncio.sleep(0.02)
        await scene.world.services.walls.terms.declare(
            crossing.sides[0].owner.actor, scene.name("second"), "competitor"
        )

    await asyncio.gather(crossing.run("read committed"), declare())
    await crossing.run("read committed", seed=2)

    async with scene.world.superuser() as connection:
        epoch = await connection.fetchval("select epoch from wall_epoch")
        wrong = await connection.fetchval(
            "select count(*) from ledger_inbox i join membership m on m.organization_id = i.organization_id"
            " and m.actor_commitment = i.actor_commitment"
            " where i.wall_epoch >= $1 and i.decision = 'allow' and i.purpose = 'browse'"
            " and exists (select from touch t where t.person_id = m.person_id and t.organization_id = any($2::uuid[])"
            " and t.organization_id <> i.organization_id) and i.organization_id = any($2::uuid[])",
            epoch,
            [each.id for each in crossing.sides],
        )
    assert wrong == 0


# -------------------------------------------------------------------------------------------------------- saboteurs --
@pytest.mark.saboteur(9)
async def test_without_the_persons_lock_somebody_gets_in_on_both_sides(saboteurs_world: World) -> None:
    await sabotage(saboteurs_world.copy, "grant_mint", "pg_advisory_xact_lock(7002, v_no::int) is null", "true")

    for _ in range(8):
        crossing = await Crossing.of(saboteurs_world, 12)
        await crossing.run("read committed")
        if (await crossing.touches()).count(2):
            return
    raise AssertionError("nobody got in twice: the lock is not what keeps them out")


async def waits_for_what_is_in_flight(world: World) -> bool:
    """Whether a change of the register waits for a claim that has not committed yet."""
    bank = await world.organization("Bank")
    ana, project = await bank.member(), await bank.project(tasks=1)
    async with world.superuser() as claiming, world.superuser() as changing:
        transaction = claiming.transaction()
        await transaction.start()
        await claiming.fetchrow(
            "select * from claim($1, $2, 1::smallint, '{}', $3)", ana.token, project.id, world.clock.now()
        )
        await changing.execute("set lock_timeout = '300ms'")
        try:
            await changing.fetchval("select register_begin(null)")
        except asyncpg.LockNotAvailableError:
            return True
        finally:
            await transaction.rollback()
    return False


@pytest.mark.check(9)
async def test_a_change_waits_for_claims_in_flight(own_world: World) -> None:
    assert await waits_for_what_is_in_flight(own_world)


@pytest.mark.saboteur(9)
async def test_without_the_gate_a_change_overtakes_a_claim(saboteurs_world: World) -> None:
    await sabotage(saboteurs_world.copy, "register_begin", "pg_advisory_xact_lock(7001) is null", "true")

    assert not await waits_for_what_is_in_flight(saboteurs_world)


async def comes_back_in(world: World) -> bool:
    """Whether somebody with a pass is dealt work after a wall has risen."""
    crossing = await Crossing.of(world, 1, is_declared=False)
    scene, [(here, there)] = crossing.scene, crossing.people
    ours, theirs = [await each.project(tasks=3) for each in crossing.sides]
    await ours.answer(here)
    await theirs.answer(there)
    await scene.world.services.walls.terms.declare(crossing.sides[0].owner.actor, scene.name("second"), "competitor")
    try:
        return bool((await ours.claim(here))["status"] == "ok")
    except Walled:
        return False


@pytest.mark.check(9)
async def test_a_pass_is_worth_nothing_after_the_register_changed(own_world: World) -> None:
    assert not await comes_back_in(own_world)


@pytest.mark.saboteur(9)
async def test_without_a_new_version_a_pass_outlives_the_change(saboteurs_world: World) -> None:
    await sabotage(saboteurs_world.copy, "register_bump", "set epoch = epoch + 1", "set epoch = epoch + 0")

    assert await comes_back_in(saboteurs_world)


async def test_two_changes_at_once_are_both_in_the_register_and_solved_on_each_other(own_world: World) -> None:
    scene = await Scene.of(own_world)
    lab = await scene.customer("lab")
    terms = scene.world.services.walls.terms

    await asyncio.gather(
        *(terms.declare(lab.owner.actor, scene.name(f"rival-{number}"), "competitor") for number in range(6))
    )

    walls = await terms.walls(lab.owner.actor)
    assert [each["party"] for each in walls["conflicts"]] == [scene.name(f"rival-{number}") for number in range(6)]
    versions = await terms.documents(lab.owner.actor, None, 50)
    assert [each["version"] for each in versions] == list(range(len(versions), 0, -1))
    assert len({each["epoch"] for each in versions}) == 6
