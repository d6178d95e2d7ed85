"""The offer: versions of it, frozen by the claim for whoever was dealt a task, and what is owed by it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from evenhand.core.errors import Malformed, NotAllowed, NotFound
from evenhand.work.model import PreconditionFailed
from evenhand.work.offers import OfferTerms
from world import Member, Organization, Project, World, sabotage


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization()


async def offer(project: Project, rate: int = 25, currency: str = "EUR", basis: Any = "task", hours: int = 48) -> Any:
    terms = OfferTerms(rate, currency, basis, hours)
    return await project.world.services.work.offers.set(project.owner.actor, project.id, terms)


async def frozen(project: Project, task: UUID, who: Member) -> int:
    """The version under which a task was dealt to somebody, as the assignment says."""
    async with project.world.superuser() as connection:
        found: int = await connection.fetchval(
            "select offer_no from assignment where task_id = $1 and person_id = $2", task, who.id
        )
        return found


async def owed(
    project: Project, who: Member | None = None
) -> list[tuple[int | None, int, int, int, int | None, int | None]]:
    """(version, answers, waiting, accepted, amount, accepted amount) a version, of one person or of the project."""
    offers = project.world.services.work.offers
    if who is None:
        rows = (await offers.spend(project.owner.actor, project.id))["versions"]
    else:
        [rows] = [each["owed"] for each in await offers.terms(who.actor) if each["project"]["id"] == str(project.id)]
    return [
        (
            each["offer"]["version"] if each["offer"] else None,
            each["answers"],
            each["waiting"],
            each["accepted"],
            each["amount"],
            each["accepted_amount"],
        )
        for each in rows
    ]


# --------------------------------------------------------------------------------------------------------- versions --
async def test_each_change_of_the_offer_is_a_new_version_and_the_same_terms_again_are_none(bank: Organization) -> None:
    project = await bank.project()
    offers = bank.world.services.work.offers
    assert await offers.versions(bank.owner.actor, project.id) == []

    first, again, second = await offer(project), await offer(project), await offer(project, rate=30)

    assert [each["version"] for each in (first, again, second)] == [1, 1, 2]
    shown = await offers.versions(bank.owner.actor, project.id)
    assert [(each["version"], each["rate"], each["minor_digits"]) for each in shown] == [(2, 30, 2), (1, 25, 2)]


async def test_an_offer_in_what_is_no_currency_is_refused_with_the_place(bank: Organization) -> None:
    project = await bank.project()

    for currency in ("XXX", "eur", "EU\0", "€€€"):
        with pytest.raises(Malformed) as refused:
            await offer(project, currency=currency)
        assert refused.value.problems[0].pointer == "/currency"

    assert await bank.world.services.work.offers.versions(bank.owner.actor, project.id) == []


async def test_two_who_change_one_version_do_not_both_win(bank: Organization) -> None:
    project = await bank.project()
    await offer(project)
    offers = bank.world.services.work.offers

    await offers.set(bank.owner.actor, project.id, OfferTerms(30, "EUR", "task", 48), '"1"')
    with pytest.raises(PreconditionFailed) as refused:
        await offers.set(bank.owner.actor, project.id, OfferTerms(40, "EUR", "task", 48), '"1"')

    assert refused.value.current == '"2"'


async def test_only_who_may_change_the_project_makes_offers(bank: Organization, world: World) -> None:
    project = await bank.project()
    offers = world.services.work.offers
    rival = (await world.organization("Rival")).owner

    for role in ("annotator", "reviewer", "auditor"):
        with pytest.raises(NotAllowed):
            await offers.set((await bank.member(role)).actor, project.id, OfferTerms(1, "EUR", "task", 1))
    with pytest.raises(NotFound):
        await offers.set(rival.actor, project.id, OfferTerms(1, "EUR", "task", 1))
    with pytest.raises(NotFound):
        await offers.versions(rival.actor, project.id)


async def test_a_new_offer_is_in_the_ledger_and_told_to_those_who_work_there(bank: Organization) -> None:
    project = await bank.project(tasks=2)
    ana, ben = await bank.members(2)
    await project.answer(ana)

    await offer(project)

    async with project.world.superuser() as connection:
        entries = await connection.fetch(
            "select action, rule, quantity from ledger_inbox where object_id = $1 and rule = 'offer'", project.id
        )
        told = await connection.fetch("select person_id from notification where kind = 'offer.changed'")
    assert [tuple(each) for each in entries] == [(23, "offer", 1)]
    assert ana.id in {each["person_id"] for each in told}
    assert ben.id not in {each["person_id"] for each in told}


async def test_no_role_of_the_program_can_change_a_version_that_was_offered(bank: Organization) -> None:
    project = await bank.project()
    await offer(project)

    async with project.world.superuser() as connection:
        may = await connection.fetch(
            "select rolname from pg_roles where rolname like 'evenhand\\_%' and rolname <> 'evenhand_owner'"
            " and has_table_privilege(rolname, 'evenhand.offer', 'update')"
        )

    assert [each["rolname"] for each in may] == []


# ----------------------------------------------------------------------------------------------------------- frozen --
async def test_what_was_dealt_under_an_offer_is_owed_under_it_whatever_is_offered_later(bank: Organization) -> None:
    project = await bank.project(tasks=3)
    ana = await bank.member()
    await offer(project, rate=25)
    held = await project.take(ana)

    await offer(project, rate=10)
    await project.submit(ana, held)
    await project.answer(ana)

    assert await owed(project, ana) == [(2, 1, 1, 0, 10, 0), (1, 1, 1, 0, 25, 0)]


async def test_a_task_given_again_in_a_lost_reply_stays_under_the_offer_it_was_dealt_under(bank: Organization) -> None:
    project = await bank.project(tasks=3)
    ana = await bank.member()
    await offer(project, rate=25)
    held = await project.take(ana)

    await offer(project, rate=10)
    again = await project.take(ana)

    assert again == held
    assert await frozen(project, held, ana) == 1


async def test_a_task_reserved_under_an_older_offer_is_dealt_under_the_one_that_stands(bank: Organization) -> None:
    project = await bank.project(tasks=2)
    ana = await bank.member()
    await offer(project, rate=10)
    [task, _] = await project.task_ids()
    await project.world.services.work.browsing.change(bank.owner.actor, project.id, [task], "assign", str(ana.id))

    await offer(project, rate=25)
    assert await project.take(ana) == task

    assert await frozen(project, task, ana) == 2


async def test_a_lease_that_ran_out_and_is_dealt_anew_is_under_the_offer_of_then(bank: Organization) -> None:
    project = await bank.project(tasks=1)
    ana = await bank.member()
    await offer(project, rate=10)
    task = await project.take(ana)
    project.world.clock.advance(minutes=31)
    await project.world.relay.sweep()
    await offer(project, rate=25)

    assert await project.take(ana) == task

    assert await frozen(project, task, ana) == 2


async def race(bank: Organization) -> tuple[Counter[int], list[int]]:
    """Claims and changes of the offer at once, on connections of their own: how often each version was
    frozen; and what a later one changed.
    """
    project = await bank.project(tasks=24, opinions=1)
    people = await bank.members(6)
    await offer(project, rate=1)

    async def works(who: Member) -> list[tuple[UUID, Member]]:
        return [(await project.answer(who), who) for _ in range(4)]

    async def changes() -> None:
        for rate in (2, 3, 4, 5, 6):
            await offer(project, rate=rate)

    *done, _ = await asyncio.gather(*(works(each) for each in people), changes())
    pairs = [pair for each in done for pair in each]
    before = [await frozen(project, *pair) for pair in pairs]
    assert {version: answers for version, answers, *_ in await owed(project)} == Counter(before)
    await offer(project, rate=99)
    after = [await frozen(project, *pair) for pair in pairs]
    return Counter(before), [a for b, a in zip(before, after, strict=True) if a != b]


async def test_claims_and_changes_of_the_offer_at_once_leave_each_task_under_one_version_for_good(
    own_world: World,
) -> None:
    bank = await own_world.organization()

    versions, changed = await race(bank)

    assert set(versions) <= {1, 2, 3, 4, 5, 6}
    assert sum(versions.values()) == 24
    assert changed == []


async def test_without_the_frozen_number_a_later_offer_reaches_what_was_dealt_before(saboteurs_world: World) -> None:
    await sabotage(
        saboteurs_world.copy, "offer_set", "update evenhand.queue k set",
        "update evenhand.assignment a set offer_no = offer_set.offer_no where a.queue_id = q.queue_id; update evenhand.queue k set",
    )  # fmt: skip
    bank = await saboteurs_world.organization()

    _, changed = await race(bank)

    assert changed


async def changed_at_once(bank: Organization) -> list[int]:
    project = await bank.project()
    results = await asyncio.gather(*(offer(project, rate=rate) for rate in range(1, 9)), return_exceptions=True)
    if failed := [each for each in results if isinstance(each, BaseException)]:
        raise failed[0]
    return [each["version"] for each in await bank.world.services.work.offers.versions(bank.owner.actor, project.id)]


async def test_eight_changes_at_once_are_eight_versions(own_world: World) -> None:
    bank = await own_world.organization()

    assert await changed_at_once(bank) == [8, 7, 6, 5, 4, 3, 2, 1]


async def test_without_the_queues_lock_two_changes_take_one_number(saboteurs_world: World) -> None:
    await sabotage(
        saboteurs_world.copy, "offer_set", "and k.stage = p_stage for no key update", "and k.stage = p_stage"
    )
    await sabotage(saboteurs_world.copy, "enter", "v_locked := pg_advisory_xact_lock(7002, v_no::int) is null;", "")
    bank = await saboteurs_world.organization()

    with pytest.raises(Exception, match="offer_pkey"):
        for _ in range(20):
            await changed_at_once(bank)


# ------------------------------------------------------------------------------------------------------ what is owed --
async def test_an_hour_of_active_time_is_paid_by_the_millisecond_and_rounded_once(bank: Organization) -> None:
    project = await bank.project(tasks=3)
    ana = await bank.member()
    await offer(project, rate=1800, basis="hour")
    for active_ms in (30_000, 45_500, 900):
        await project.submit(ana, await project.take(ana), active_ms=active_ms)

    [(_, answers, _, _, amount, _)] = await owed(project, ana)

    assert (answers, amount) == (3, round(1800 * 76_400 / 3_600_000))


async def test_an_answer_that_nobody_judged_by_the_deadline_counts_as_accepted(bank: Organization) -> None:
    project = await bank.project(tasks=2)
    ana = await bank.member()
    await offer(project, rate=25, hours=48)
    await project.answer(ana)
    assert await owed(project, ana) == [(1, 1, 1, 0, 25, 0)]

    project.world.clock.advance(hours=48)
    await project.answer(ana)

    assert await owed(project, ana) == [(1, 2, 1, 1, 50, 25)]


async def test_what_was_dealt_before_there_was_an_offer_is_owed_nothing_and_said_so(bank: Organization) -> None:
    project = await bank.project(tasks=2)
    ana = await bank.member()
    await project.answer(ana)

    assert await owed(project, ana) == [(None, 1, 1, 0, None, None)]
    assert await owed(project) == [(None, 1, 1, 0, None, None)]


async def test_a_projects_spend_is_the_sum_of_what_its_people_are_owed_by_currency(bank: Organization) -> None:
    project = await bank.project(tasks=4)
    ana, ben = await bank.members(2)
    await offer(project, rate=25)
    await project.answer(ana)
    await project.answer(ben)
    await offer(project, rate=40, currency="JPY")
    await project.answer(ben)

    spend = await project.world.services.work.offers.spend(bank.owner.actor, project.id)

    assert [(each["currency"], each["minor_digits"], each["amount"]) for each in spend["totals"]] == [
        ("EUR", 2, 50), ("JPY", 0, 40),
    ]  # fmt: skip
    assert spend["answers"] == 3


async def test_nobody_reads_what_others_earn_under_ones_own_terms(bank: Organization) -> None:
    project = await bank.project(tasks=2)
    ana, ben = await bank.members(2)
    await offer(project)
    await project.answer(ana)

    assert await owed(project, ben) == []
