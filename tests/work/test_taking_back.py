"""A verdict that was just sent is taken back by whoever said it, while nothing followed from it; of known work as of work."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from evenhand.core.errors import Conflict, NotAllowed
from evenhand.work.model import TAKE_BACK_SECONDS, NotYours
from evenhand.work.rulings import Item
from evenhand.work.shapes.verdicts import TakenBack
from known_work import golden, until_known
from stage_verbs import REVIEW_ALL, adjudicate, claimed, counts, dealt, decide, entries, labeled, place, review
from world import Member, Organization, Project, World, sabotage


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization("Bank")


async def take_back(project: Project, who: Member, task: UUID | str) -> TakenBack:
    reviewing = project.world.services.work.reviewing
    return await reviewing.take_back(who.actor, project.id, UUID(str(task)))


async def reviewed(bank: Organization, verdict: str, **more: str) -> tuple[Project, UUID, Member, Member]:
    """(project, task, author, reviewer) of a task that was just judged so."""
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), verdict, **more)
    return project, task, ana, rita


async def stage_row(project: Project, task: UUID) -> tuple[str, int, str | None, UUID | None]:
    async with project.world.superuser() as connection:
        row = await connection.fetchrow(
            "select place, rounds, back_to, resolved_id from task_stage where task_id = $1", task
        )
    return tuple(row)


async def told(project: Project, who: Member) -> int:
    async with project.world.superuser() as connection:
        return await connection.fetchval("select count(*) from notification where person_id = $1", who.id)


@pytest.mark.parametrize(("verdict", "more"), [("accept", {}), ("fix", {"fixed": "no"}), ("send-back", {})])
async def test_what_was_just_said_is_as_if_it_had_not_been_and_is_said_anew(
    bank: Organization, verdict: str, more: dict[str, str]
) -> None:
    project, task, ana, rita = await reviewed(bank, verdict, **more)
    before = await counts(project)

    back = await take_back(project, rita, task)

    assert (back["task_id"], back["stage"]) == (str(task), "review")
    assert await stage_row(project, task) == ("review", 0, None, None)
    assert await told(project, ana) == 0
    assert (await bank.world.services.work.feedback.page(ana.actor, None, 10))["items"] == []
    assert (await project.claim(ana))["status"] == "empty"
    after = await counts(project)
    assert (after["in_review"], after["done"], after["rework"]) == (1, 0, 0)
    assert before != after
    again = await dealt(project, rita)
    assert again["task_id"] == str(task)
    assert (await review(project, rita, again, "accept"))["outcome"] == "done"


async def test_nobody_else_is_dealt_it_meanwhile_and_it_is_theirs_when_the_hold_runs_out(
    world: World, bank: Organization
) -> None:
    project, task, _, rita = await reviewed(bank, "accept")
    ruth = await bank.member("reviewer")
    await take_back(project, rita, task)

    meanwhile = await claimed(project, ruth)
    world.clock.advance(hours=2)
    await world.relay.sweep()
    later = await dealt(project, ruth)

    assert meanwhile["status"] == "empty"
    assert later["task_id"] == str(task)


async def test_history_and_ledger_tell_that_it_was_said_and_taken_back(bank: Organization) -> None:
    project, task, _, rita = await reviewed(bank, "send-back")
    await take_back(project, rita, task)

    whole = await bank.world.services.work.browsing.task(bank.owner.actor, project.id, task)

    moves = [(each["by"], each["from_place"], each["to_place"], each["who"]) for each in whole["history"]][-2:]
    name = rita.actor.pseudonym
    assert moves == [("review", "review", "rework", name), ("undo", "rework", "review", name)]
    assert [rule for action, _, rule in await entries(project, task) if action == 28] == ["send-back:slip", "undone"]


async def test_taking_back_twice_changes_nothing_more(bank: Organization) -> None:
    project, task, _, rita = await reviewed(bank, "accept")

    first = await take_back(project, rita, task)
    second = await take_back(project, rita, task)

    assert first == second
    async with bank.world.superuser() as connection:
        assert await connection.fetchval("select count(*) from decision where task_id = $1 and by = 'undo'", task) == 1


async def test_a_verdict_whose_reply_was_lost_and_that_is_sent_again_changes_nothing(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    assignment, key = await dealt(project, rita), uuid4()
    await review(project, rita, assignment, "accept", key=key)
    await take_back(project, rita, task)

    again = await review(project, rita, assignment, "accept", key=key)

    assert again["status"] == "repeated"
    assert await place(project, task) == "review"


async def test_after_half_a_minute_it_stands(world: World, bank: Organization) -> None:
    project, task, _, rita = await reviewed(bank, "accept")
    world.clock.advance(seconds=TAKE_BACK_SECONDS)

    with pytest.raises(Conflict, match="30 seconds"):
        await take_back(project, rita, task)

    assert await place(project, task) == "done"


async def test_rework_that_its_author_was_dealt_is_not_called_off(bank: Organization) -> None:
    project, task, ana, rita = await reviewed(bank, "send-back")
    await project.claim(ana)

    with pytest.raises(Conflict, match="followed"):
        await take_back(project, rita, task)

    assert await place(project, task) == "rework"


async def test_what_a_release_holds_stands(bank: Organization) -> None:
    project, task, _, rita = await reviewed(bank, "accept")
    await bank.world.services.releases.create(bank.owner.actor, project.id, "", "done")

    with pytest.raises(Conflict, match="followed"):
        await take_back(project, rita, task)


async def test_an_answer_that_was_rejected_since_stays_rejected(bank: Organization) -> None:
    project, task, ana, rita = await reviewed(bank, "fix", fixed="no")
    async with bank.world.superuser() as connection:
        annotation = await connection.fetchval(
            "select annotation_id from annotation where task_id = $1 and person_id = $2", task, ana.id
        )
    rulings = bank.world.services.work.rulings
    await rulings.reject(bank.owner.actor, project.id, task, annotation, "spam", [Item("answer", annotation)])

    with pytest.raises(Conflict, match="followed"):
        await take_back(project, rita, task)


async def test_only_whoever_said_it_takes_it_back(bank: Organization) -> None:
    project, task, ana, _ = await reviewed(bank, "accept")
    ruth = await bank.member("reviewer")

    with pytest.raises(NotYours):
        await take_back(project, ruth, task)
    with pytest.raises(NotAllowed):
        await take_back(project, ana, task)


# ---------------------------------------------------------------------------------------------------- adjudication --
async def disputed(bank: Organization) -> tuple[Project, UUID, Member]:
    project = await bank.project(tasks=1, opinions=2, adjudicate_below=0.9)
    ana, ben = await bank.members(2)
    adam = await bank.member("reviewer")
    return project, await labeled(project, (ana, "yes"), (ben, "no")), adam


@pytest.mark.parametrize("action", ["decide", "send-back", "more"])
async def test_what_an_adjudicator_did_is_taken_back_too(bank: Organization, action: str) -> None:
    project, task, adam = await disputed(bank)
    await dealt(project, adam, "adjudicate")
    await adjudicate(project, adam, task, action, "yes" if action == "decide" else None, "slip")

    back = await take_back(project, adam, task)

    assert back["stage"] == "adjudicate"
    assert await stage_row(project, task) == ("adjudicate", 0, None, None)
    async with bank.world.superuser() as connection:
        wanted = await connection.fetchval("select wanted from consensus where task_id = $1", task)
        slots = await connection.fetchval("select count(*) from slot where task_id = $1", task)
    assert (wanted, slots) == (2, 0)
    await dealt(project, adam, "adjudicate")
    assert (await adjudicate(project, adam, task, "decide", "no"))["outcome"] == "done"


async def test_an_opinion_that_somebody_was_dealt_is_not_called_off(bank: Organization) -> None:
    project, task, adam = await disputed(bank)
    await dealt(project, adam, "adjudicate")
    await adjudicate(project, adam, task, "more")
    await project.claim(await bank.member())

    with pytest.raises(Conflict, match="followed"):
        await take_back(project, adam, task)

    assert await place(project, task) == "label"


async def test_the_third_sending_back_is_taken_back_while_no_adjudicator_has_it(bank: Organization) -> None:
    project, task, ana, rita = await reviewed(bank, "send-back")
    for _ in range(2):
        await project.answer(ana, "yes")
        await decide(project)
        said = await review(project, rita, await dealt(project, rita), "send-back")
    assert said["outcome"] == "adjudicate"

    await take_back(project, rita, task)

    assert await stage_row(project, task) == ("review", 2, None, None)
    assert (await claimed(project, await bank.member("reviewer"), "adjudicate"))["status"] == "empty"


# ----------------------------------------------------------------------------------------------------- known work --
@pytest.mark.parametrize(("verdict", "more"), [("accept", {}), ("fix", {"fixed": "no"}), ("send-back", {})])
async def test_of_known_work_it_answers_and_counts_as_of_work(
    bank: Organization, verdict: str, more: dict[str, str]
) -> None:
    project, _, gold = await golden(bank)
    rita = await bank.member("reviewer")
    assignment = await until_known(project, rita, gold)
    before = await counts(project)
    await review(project, rita, assignment, verdict, **more)

    back = await take_back(project, rita, assignment["task_id"])
    again = await dealt(project, rita)

    work, wid, _, ruth = await reviewed(bank, verdict, **more)
    assert back.keys() == (await take_back(work, ruth, wid)).keys() and back["stage"] == "review"
    assert await counts(project) == before
    assert [each["annotation_id"] for each in again["answers"]] == [
        each["annotation_id"] for each in assignment["answers"]
    ]
    assert (await review(project, rita, again, "accept"))["status"] == "ok"
    async with bank.world.superuser() as connection:
        assert await connection.fetchval("select count(*) from known_verdict where project_id = $1", project.id) == 1


# ------------------------------------------------------------------------------------------------------- saboteurs --
async def test_where_it_is_not_asked_who_has_the_rework_an_authors_work_is_called_off(own_world: World) -> None:
    await sabotage(own_world.copy, "verdict_has_followed", "not (x.is_rework and x.state = 5)", "false")

    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        await test_rework_that_its_author_was_dealt_is_not_called_off(await own_world.organization("Bank"))
