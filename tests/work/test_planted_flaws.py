"""Flaws planted by hand: reviewers are dealt them as answers, what they say of them is told, and what was dealt stays."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from evenhand.core.errors import Conflict, NotFound
from evenhand.work.gold import Known
from evenhand.work.model import GoldRefused
from known_work import golden, prepare, until_known
from stage_verbs import dealt, place, review
from world import Member, Organization, Project, World, sabotage

NO = [{"question": "label", "value": "no"}]
YES = [{"question": "label", "value": "yes"}]


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization("Bank")


async def planted(bank: Organization) -> tuple[Project, Member, UUID]:
    """A project whose only known work for reviewers is a planted flaw; the author of its work; the task with the flaw."""
    project, author, gold = await golden(bank, wrong=0, gold=1)
    [task] = gold
    await plant(project, task)
    await prepare(bank.world)
    return project, author, task


async def plant(project: Project, task: UUID, answers: Any = NO, reason: str | None = "slip", key: Any = None) -> None:
    await project.world.services.work.flaws.plant(project.owner.actor, project.id, task, answers, reason, key)


async def remove(project: Project, task: UUID) -> None:
    await project.world.services.work.flaws.remove(project.owner.actor, project.id, task)


async def flaws(project: Project) -> list[dict[str, Any]]:
    page = await project.world.services.insight.flaws.page(project.owner.actor, project.id, None, 50)
    return list(page["items"])  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------------------ dealt --
async def test_a_reviewer_is_dealt_the_flaw_as_an_answer(bank: Organization) -> None:
    project, _, task = await planted(bank)
    rita = await bank.member("reviewer")

    assignment = await until_known(project, rita, {task})

    [answer] = assignment["answers"]
    assert answer["answers"][0]["value"] == "no"
    work = await until_work(project, rita, assignment)
    assert answer.keys() == work["answers"][0].keys()
    assert (answer["label"], answer["revision"]) == (work["answers"][0]["label"], work["answers"][0]["revision"])
    assert UUID(answer["annotation_id"]).version == UUID(work["answers"][0]["annotation_id"]).version


async def until_work(project: Project, who: Member, assignment: dict[str, Any]) -> dict[str, Any]:
    await review(project, who, assignment, "send-back", reason="slip")
    return await dealt(project, who)


async def test_a_flaw_takes_the_place_of_one_answer_where_tasks_have_several(bank: Organization) -> None:
    project, _, gold = await golden(bank, wrong=0, gold=3)
    task = min(gold)
    async with bank.world.superuser() as connection:
        # As if every task in review had two answers: the flaw, and one that was given.
        await connection.execute(
            "update consensus set got = 2, wanted = 2 where queue_id in (select queue_id from queue where project_id = $1)",
            project.id,
        )
    await plant(project, task)

    await prepare(bank.world)

    async with bank.world.superuser() as connection:
        chosen = await connection.fetchval(
            "select annotation_ids from known_review where task_id = $1 order by no desc limit 1", task
        )
        flaw = await connection.fetchval("select flaw_id from planted_flaw where task_id = $1", task)
        given = await connection.fetchval("select annotation_id from annotation where task_id = $1", task)
    assert sorted(chosen) == sorted([flaw, given])


async def test_a_verdict_on_a_flaw_moves_nothing_and_counts_for_the_reviewer(bank: Organization) -> None:
    project, author, task = await planted(bank)
    rita = await bank.member("reviewer")
    assignment = await until_known(project, rita, {task})
    told = (await bank.world.services.work.feedback.page(author.actor, None, 200))["items"]

    said = await review(project, rita, assignment, "send-back", reason="slip")

    assert (said["status"], said["outcome"]) == ("ok", "rework")
    assert await place(project, str(task)) is None
    assert (await bank.world.services.work.feedback.page(author.actor, None, 200))["items"] == told
    [flaw] = await flaws(project)
    assert (flaw["state"], flaw["summary"], flaw["reason"]) == ("dealt", "no", "slip")
    assert (flaw["caught"]["right"], flaw["caught"]["total"], flaw["with_reason"]["right"]) == (1, 1, 1)
    assert 0 < flaw["caught"]["low"] < 1
    figures = await bank.world.services.insight.reviewers.figures(project.owner.actor, project.id)
    [reviewer] = [each for each in figures["reviewers"] if each["pseudonym"] == rita.actor.pseudonym]
    assert (reviewer["flaws_caught"]["right"], reviewer["flaws_caught"]["total"]) == (1, 1)


async def test_whoever_accepts_a_flaw_missed_it(bank: Organization) -> None:
    project, _, task = await planted(bank)
    rita = await bank.member("reviewer")

    await review(project, rita, await until_known(project, rita, {task}), "accept")

    [flaw] = await flaws(project)
    assert (flaw["caught"]["right"], flaw["caught"]["total"], flaw["with_reason"]["total"]) == (0, 1, 0)
    figures = await bank.world.services.insight.reviewers.figures(project.owner.actor, project.id)
    [reviewer] = [each for each in figures["reviewers"] if each["pseudonym"] == rita.actor.pseudonym]
    assert (reviewer["flaws_caught"]["right"], reviewer["flaws_caught"]["total"]) == (0, 1)


async def test_what_whoever_planted_it_says_of_it_counts_for_nothing(bank: Organization) -> None:
    project, _, task = await planted(bank)

    await review(project, project.owner, await until_known(project, project.owner, {task}), "send-back", reason="slip")

    [flaw] = await flaws(project)
    assert (flaw["state"], flaw["caught"]["total"]) == ("dealt", 0)


async def test_a_flaw_in_gold_that_is_chosen_already_comes_to_whoever_is_dealt_it_later(bank: Organization) -> None:
    project, _, gold = await golden(bank, wrong=0, gold=1)
    [task] = gold
    rita, carl = await bank.member("reviewer"), await bank.member("reviewer")
    before = await until_known(project, rita, gold)
    bank.world.clock.advance(seconds=1)
    await plant(project, task)
    await prepare(bank.world)

    after = await until_known(project, carl, gold)

    assert before["answers"][0]["answers"][0]["value"] == "yes"
    assert after["answers"][0]["answers"][0]["value"] == "no"
    assert (await review(project, rita, before, "accept"))["status"] == "ok"
    [flaw] = await flaws(project)
    assert flaw["caught"]["total"] == 0


# ---------------------------------------------------------------------------------------------------------- refused --
async def test_what_is_right_or_does_not_fit_is_no_flaw(bank: Organization) -> None:
    project, _, gold = await golden(bank, gold=1)
    [task] = gold

    for answers in (YES, [{"question": "label", "value": "perhaps"}]):
        with pytest.raises(GoldRefused) as refused:
            await plant(project, task, answers)
        assert refused.value.problems[0].pointer.startswith("/answers")
    assert await flaws(project) == []


async def test_only_gold_that_was_never_work_has_one_flaw(bank: Organization) -> None:
    project, _, gold = await golden(bank, gold=1)
    [task] = gold
    other = next(each for each in await project.task_ids() if each not in gold)
    with pytest.raises(NotFound):
        await plant(project, other)
    key = uuid4()
    await plant(project, task, key=key)
    await plant(project, task, key=key)
    with pytest.raises(Conflict):
        await plant(project, task)
    # It is done and becomes gold: what was resolved has been seen in the table.
    rita = await bank.member("reviewer")
    done = await dealt(project, rita)
    await review(project, rita, done, "accept")
    await bank.world.services.work.gold.make(
        project.owner.actor, project.id, [(UUID(done["task_id"]), Known("hidden", YES))]
    )

    with pytest.raises(Conflict):
        await plant(project, UUID(done["task_id"]))

    assert len(await flaws(project)) == 1


# ---------------------------------------------------------------------------------------------------------- removed --
async def test_a_flaw_is_taken_out_while_nobody_was_dealt_it(bank: Organization) -> None:
    project, _, task = await planted(bank)
    assert [flaw["state"] for flaw in await flaws(project)] == ["ready"]

    await remove(project, task)

    assert await flaws(project) == []
    with pytest.raises(NotFound):
        await remove(project, task)
    await prepare(bank.world)
    rita = await bank.member("reviewer")
    assignment = await until_known(project, rita, {task})
    assert assignment["answers"][0]["answers"][0]["value"] == "yes"


async def test_a_flaw_that_somebody_was_dealt_stays(bank: Organization) -> None:
    project, _, task = await planted(bank)
    assignment = await until_known(project, rita := await bank.member("reviewer"), {task})

    with pytest.raises(Conflict):
        await remove(project, task)

    assert (await review(project, rita, assignment, "send-back", reason="slip"))["status"] == "ok"


async def is_dealt_and_removed(project: Project, task: UUID) -> bool:
    """A removal that begins while a claim is under way: whether both succeed."""
    async with project.world.copy.connect() as claiming:
        async with claiming.transaction():
            # A claim in flight holds the shared gate until it commits; here it has not yet written what it deals.
            await claiming.execute("select pg_advisory_xact_lock_shared(7001)")
            removing = asyncio.ensure_future(remove(project, task))
            await asyncio.sleep(0.5)
            await claiming.execute(
                "insert into evenhand.assignment (organization_id, task_id, person_id, queue_id, state, offer_no, wall_epoch,"
                " claimed_at, lease_until) select organization_id, $1, $2, queue_id, 1, 1, 1, $3::timestamptz,"
                " $3::timestamptz + interval '1 hour'"
                " from evenhand.queue where project_id = $4 and stage = 2",
                task,
                uuid4(),
                project.world.clock.now(),
                project.id,
            )
        try:
            await removing
        except Conflict:
            return False
        return True


async def test_a_claim_under_way_is_waited_for(bank: Organization) -> None:
    project, _, task = await planted(bank)

    assert not await is_dealt_and_removed(project, task)


async def test_without_the_gate_a_flaw_goes_from_under_a_claim(bank: Organization) -> None:
    project, _, task = await planted(bank)
    await sabotage(bank.world.copy, "gold_enter", "v_locked := pg_advisory_xact_lock(7001) is null;", "")

    assert await is_dealt_and_removed(project, task)
