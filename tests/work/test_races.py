"""Races on real connections, and saboteurs: each lock or key that decides a race is taken away once, and its test notices."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from evenhand.core.errors import PlatformError
from world import Member, Organization, Project, World, sabotage

CONNECTIONS = 8
# The usual ring sees a race at once or not at all; the drill looks for what is rare.
ROUNDS = [8, pytest.param(100, marks=pytest.mark.drill)]
rounds_of_it = pytest.mark.parametrize("rounds", ROUNDS)


async def together(*calls: Any) -> list[Any]:
    """All at once; what each answered or raised."""
    return list(await asyncio.gather(*calls, return_exceptions=True))


def outcome(answer: Any) -> str:
    """The status of an answer, or the code of our own error; anything else is a failure."""
    if isinstance(answer, PlatformError):
        return answer.code
    if isinstance(answer, BaseException):
        raise answer
    return str(answer["status"])


async def seen(attempt: Callable[[], Awaitable[Any]], is_broken: Callable[[Any], bool], most: int = 60) -> bool:
    """Try until the guard that was taken away is missed."""
    for _ in range(most):
        if is_broken(await attempt()):
            return True
    return False


# ------------------------------------------------------------------------------------------------------ the last slot --
async def dealt_at_once(bank: Organization, people: list[Member], wanted: int) -> Counter[str]:
    """Eight people claim the one task there is, each on a connection of their own."""
    project = await bank.project(tasks=1, opinions=wanted)
    said = Counter(outcome(each) for each in await together(*(project.claim(person) for person in people)))
    books = await project.books()
    if books.unbalanced:
        said["unbalanced"] += 1
    return said


@rounds_of_it
@pytest.mark.parametrize("wanted", [1, 5])
async def test_the_last_opinion_goes_to_one_and_nobody_is_sent_away_while_some_are_left(
    own_world: World, wanted: int, rounds: int
) -> None:
    bank = await own_world.organization()
    people = await bank.members(CONNECTIONS)

    for _ in range(rounds):
        assert await dealt_at_once(bank, people, wanted) == {"ok": wanted, "empty": CONNECTIONS - wanted}


async def test_without_its_lock_a_slot_is_dealt_more_often_than_it_has_opinions(saboteurs_world: World) -> None:
    await sabotage(saboteurs_world.copy, "claim_next", "for update of q skip locked", "")
    bank = await saboteurs_world.organization()
    people = await bank.members(CONNECTIONS)

    assert await seen(lambda: dealt_at_once(bank, people, 1), lambda said: said["ok"] > 1 and said["unbalanced"] > 0)


async def test_without_the_second_look_people_are_sent_away_while_opinions_are_free(saboteurs_world: World) -> None:
    await sabotage(
        saboteurs_world.copy, "claim_next", "limit 1 for update of q;", "limit 1 for update of q skip locked;"
    )
    bank = await saboteurs_world.organization()
    people = await bank.members(CONNECTIONS)

    assert await seen(lambda: dealt_at_once(bank, people, 5), lambda said: said["ok"] < 5)


async def test_the_check_is_the_second_guard_where_a_slot_was_dealt_too_often(saboteurs_world: World) -> None:
    await sabotage(saboteurs_world.copy, "claim_next", "for update of q skip locked", "")
    bank = await saboteurs_world.organization()
    people = await bank.members(CONNECTIONS)

    async def answered_at_once() -> int:
        project = await bank.project(tasks=1)
        [task] = await project.task_ids()
        said = await together(*(project.claim(person) for person in people))
        holders = [person for person, each in zip(people, said, strict=True) if each["status"] == "ok"]
        answers = await together(*(project.submit(person, task) for person in holders))
        assert (await project.books()).overanswered == []
        return sum(isinstance(each, asyncpg.CheckViolationError) for each in answers)

    assert await seen(answered_at_once, lambda refused: refused > 0)


# ---------------------------------------------------------------------------------------------------- the same person --
async def held_by_one(bank: Organization, person: Member) -> int:
    """One person claims on eight connections at once, knowing of everything, so that nothing is dealt again."""
    project = await bank.project(tasks=CONNECTIONS)
    everything = await project.task_ids()
    await together(*(project.claim(person, held=everything) for _ in range(CONNECTIONS)))
    return (await project.books()).total("held")


@rounds_of_it
async def test_one_person_at_eight_places_at_once_holds_no_more_than_the_limit(own_world: World, rounds: int) -> None:
    bank = await own_world.organization()
    ana = await bank.member()

    assert [await held_by_one(bank, ana) for _ in range(rounds)] == [2] * rounds


async def test_without_the_persons_lock_the_limit_is_broken(saboteurs_world: World) -> None:
    await sabotage(saboteurs_world.copy, "enter", "pg_advisory_xact_lock(7002, v_no::int) is null", "true")
    bank = await saboteurs_world.organization()
    ana = await bank.member()

    assert await seen(lambda: held_by_one(bank, ana), lambda held: held > 2)


async def test_without_looking_at_what_was_had_the_key_still_deals_no_task_twice(saboteurs_world: World) -> None:
    await sabotage(
        saboteurs_world.copy, "claim_next", "and a.person_id = p_person and a.state <> 3 offset 0", "and false offset 0"
    )
    bank = await saboteurs_world.organization()
    ana = await bank.member()
    project = await bank.project(tasks=1, opinions=2)
    await project.answer(ana)

    with pytest.raises(asyncpg.AssertError):
        await project.claim(ana)


# ------------------------------------------------------------------------------------------------------------ submits --
async def submitted_at_once(bank: Organization, person: Member, keys: int) -> tuple[Counter[str], int]:
    """(what eight submits at once said, how many annotations there are)."""
    project = await bank.project(tasks=1, opinions=3)
    task = await project.take(person)
    chosen = [uuid4() for _ in range(keys)]
    said = await together(*(project.submit(person, task, key=chosen[number % keys]) for number in range(CONNECTIONS)))
    books = await project.books()
    assert books.unbalanced == []
    return Counter(outcome(each) for each in said), books.total("answers")


@rounds_of_it
@pytest.mark.parametrize(("keys", "others"), [(1, "repeated"), (CONNECTIONS, "already-answered")])
async def test_eight_submits_at_once_make_one_annotation(own_world: World, keys: int, others: str, rounds: int) -> None:
    bank = await own_world.organization()
    ana = await bank.member()

    for _ in range(rounds):
        assert await submitted_at_once(bank, ana, keys) == ({"ok": 1, others: CONNECTIONS - 1}, 1)


@rounds_of_it
async def test_an_answer_on_its_way_and_a_sweeper_never_both_have_the_task(own_world: World, rounds: int) -> None:
    """The lease runs out in the very moment in which the answer arrives."""
    bank = await own_world.organization()
    ana, ben = await bank.members(2)

    for _ in range(rounds):
        project = await bank.project(tasks=1)
        task = await project.take(ana)
        own_world.clock.advance(minutes=31)
        said = await together(project.submit(ana, task), own_world.relay.sweep(), project.claim(ben))

        assert isinstance(said[1], bool), said[1]
        assert outcome(said[0]) in ("ok", "lease-expired")
        books = await project.books()
        assert (books.unbalanced, books.overanswered) == ([], [])


async def test_a_hold_that_a_sweeper_is_just_taking_back_is_not_dealt_again_by_its_side(own_world: World) -> None:
    """The claim reads the hold, waits for the sweeper's row, and must see that it is gone."""
    bank = await own_world.organization()
    ana = await bank.member()
    project = await bank.project(tasks=2, opinions=2)
    await project.take(ana)
    own_world.clock.advance(minutes=31)
    async with own_world.superuser() as sweeper:
        await sweeper.execute("begin")
        assert await sweeper.fetchval("select sweep_leases($1, 10)", own_world.clock.now()) == 1
        claiming = asyncio.create_task(project.claim(ana))
        await own_world.copy.until_stuck(claiming)
        await sweeper.execute("commit")
        dealt = await claiming

    assert dealt["status"] == "ok"
    assert (await project.books()).unbalanced == []


# ----------------------------------------------------------------------------------------------------------- managers --
async def assign(project: Project, person: Member) -> int:
    browsing = project.world.services.work.browsing
    ids = await project.task_ids()
    return len(await browsing.change(project.owner.actor, project.id, ids, "assign", str(person.id)))


@rounds_of_it
async def test_assigning_tasks_to_somebody_who_is_claiming_them(own_world: World, rounds: int) -> None:
    bank = await own_world.organization()
    ana = await bank.member()

    for _ in range(rounds):
        project = await bank.project(tasks=3, opinions=2)
        for each in await together(*(project.claim(ana) for _ in range(4)), *(assign(project, ana) for _ in range(2))):
            assert isinstance(each, int) or outcome(each) in ("ok", "enough-held", "empty")
        books = await project.books()
        assert books.unbalanced == []
        assert all(row["held"] == 1 for row in books.rows)


async def lost_after_a_pause(world: World) -> str:
    """A hold comes back by a pause while the floors are being raised; what the next claim says once the project goes on."""
    bank = await world.organization()
    ana, ben = await bank.members(2)
    project = await bank.project(tasks=2)
    await project.take(ana)
    pool = world.services.database
    async with pool.tenant(bank.id) as connection:
        await connection.fetchval("select queue_pause($1, true, true, $2)", project.id, world.clock.now())
        # The other connection has counted without what comes back, and waits for our row.
        raising = asyncio.create_task(world.relay.tidy())
        await world.copy.until_stuck(raising)
        await connection.fetchval("select queue_pause($1, false, false, $2)", project.id, world.clock.now())
    await raising
    first = await project.take(ben)
    return "found" if first == (await project.task_ids())[0] else "lost"


async def test_no_floor_rises_over_what_a_pause_brings_back(own_world: World) -> None:
    assert await lost_after_a_pause(own_world) == "found"


async def test_without_the_birth_gate_a_floor_rises_over_it(saboteurs_world: World) -> None:
    await sabotage(saboteurs_world.copy, "queue_pause", "pg_advisory_xact_lock_shared(7003, q.queue_no)", "q.queue_no")

    assert await lost_after_a_pause(saboteurs_world) == "lost"


async def test_imports_of_the_same_rows_at_once_make_each_task_once(own_world: World) -> None:
    bank = await own_world.organization()
    project = await bank.project()
    rows = [{"inputs": {"text": f"Letter {number}."}, "external_id": f"x{number}"} for number in range(50)]

    reports = await together(*(project.add_rows(rows, "Same") for _ in range(4)))

    assert sum(report["imported"] for report in reports) == 50
    assert sum(report["duplicates"] for report in reports) == 150
    assert len((await project.books()).rows) == 50


async def test_a_chunk_sent_twice_at_once_is_in_once(own_world: World) -> None:
    bank = await own_world.organization()
    project = await bank.project()
    rows = [{"inputs": {"text": f"Letter {number}."}} for number in range(20)]
    import_id = uuid4()

    said = await together(*(project.add_rows(rows, "Same", import_id=import_id) for _ in range(4)))

    assert [each for each in said if isinstance(each, BaseException)] == []
    assert len((await project.books()).rows) == 20
