"""Reviewers are calibrated: gold that was answered comes to them as if it were work, moves nothing, and says how right they are."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from evenhand.core.errors import Malformed
from evenhand.work.reviewing import Verdict
from known_work import golden, prepare, until_known
from stage_verbs import counts, place, review
from world import Member, Organization, Project, World


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization("Bank")


async def reviewed(project: Project, who: Member, gold: set[UUID], rights: Any) -> int:
    """Review everything; known work by `rights(value)`. How much of it was known."""
    found = 0
    while (claim := await project.world.services.work.reviewing.claim(who.actor, project.id, "review", []))[
        "status"
    ] == "ok":
        assignment = claim["assignment"]
        is_known = UUID(assignment["task_id"]) in gold
        found += is_known
        said = assignment["answers"][0]["answers"][0]["value"]
        await review(project, who, assignment, rights(said) if is_known else "accept")
    return found


async def figures(project: Project) -> dict[str, Any]:
    found = await project.world.services.insight.reviewers.figures(project.owner.actor, project.id)
    return {**found, "by": {each["pseudonym"]: each for each in found["reviewers"]}}


# ------------------------------------------------------------------------------------------------------------ dealt --
async def test_gold_that_was_answered_comes_to_reviewers_in_the_place_of_work(bank: Organization) -> None:
    project, author, gold = await golden(bank)
    rita = await bank.member("reviewer")

    assignment = await until_known(project, rita, gold)

    assert assignment["stage"] == "review" and assignment["verdicts"] == []
    [answer] = assignment["answers"]
    assert (answer["label"], answer["revision"]) == ("Answer 1", 1)
    assert answer["answers"][0]["value"] in ("yes", "no")
    assert author.actor.pseudonym not in str(assignment)


async def test_a_verdict_on_known_work_moves_nothing_and_reaches_nobody(bank: Organization) -> None:
    project, author, gold = await golden(bank)
    rita = await bank.member("reviewer")
    assignment = await until_known(project, rita, gold)
    told = (await bank.world.services.work.feedback.page(author.actor, None, 200))["items"]

    said = await review(project, rita, assignment, "send-back", note="Look again.")

    assert (said["status"], said["outcome"]) == ("ok", "rework")
    assert await place(project, assignment["task_id"]) is None
    assert (await bank.world.services.work.feedback.page(author.actor, None, 200))["items"] == told
    assert (await project.claim(author))["status"] == "empty"
    async with bank.world.superuser() as connection:
        assert await connection.fetchval("select count(*) from known_verdict where project_id = $1", project.id) == 1
        assert not await connection.fetchval(
            "select count(*) from verdict where task_id = $1", UUID(assignment["task_id"])
        )
        told_of = await connection.fetchval(
            "select count(*) from notification where person_id = $1 and kind = 'answer.sent-back'", author.id
        )
    assert told_of == 0


async def test_a_fix_of_known_work_is_kept_and_stands_for_nothing(bank: Organization) -> None:
    project, _, gold = await golden(bank)
    rita = await bank.member("reviewer")
    assignment = await until_known(project, rita, gold)
    key = uuid4()

    said = await review(project, rita, assignment, "fix", fixed="no", key=key)
    again = await review(project, rita, assignment, "fix", fixed="no", key=key)

    assert said["outcome"] == again["outcome"] == "done" and said["annotation_id"] == again["annotation_id"]
    assert (said["status"], again["status"]) == ("ok", "repeated")
    task = await bank.world.services.work.browsing.task(bank.owner.actor, project.id, UUID(assignment["task_id"]))
    assert task["resolved"] is None


async def test_a_verdict_is_on_all_that_was_dealt_and_on_nothing_else(bank: Organization) -> None:
    project, _, gold = await golden(bank)
    rita = await bank.member("reviewer")
    assignment = await until_known(project, rita, gold)

    with pytest.raises(Malformed):
        await bank.world.services.work.reviewing.review(
            rita.actor, project.id, UUID(assignment["task_id"]), [Verdict(uuid4(), "accept")], None, uuid4(), next_=False, held=[]
        )  # fmt: skip


async def test_counts_move_as_they_do_for_work_and_are_right_after_an_hour(bank: Organization) -> None:
    project, _, gold = await golden(bank)
    rita = await bank.member("reviewer")
    assignment = await until_known(project, rita, gold)
    before = await counts(project)

    await review(project, rita, assignment, "accept")
    after = await counts(project)
    await prepare(bank.world)
    still = await counts(project)
    bank.world.clock.advance(hours=2)
    await prepare(bank.world)
    settled = await counts(project)

    moved = {name: after[name] - before[name] for name in ("done", "in_review", "rework")}
    assert moved == {"done": 1, "in_review": -1, "rework": 0}
    assert still == after
    assert settled == {**before, "held": 0}


async def test_whoever_answered_gold_is_never_dealt_it_as_a_reviewer(bank: Organization) -> None:
    project, _, gold = await golden(bank, tasks=30)
    rita = await bank.member("reviewer")

    met = await reviewed(project, rita, gold, lambda _: "accept")

    assert met > 0
    async with bank.world.superuser() as connection:
        twice = await connection.fetchval(
            "select count(*) from known_verdict v join annotation n on n.task_id = v.task_id and n.person_id = v.reviewer_id"
            " and n.stage = 1 where v.project_id = $1",
            project.id,
        )
    assert twice == 0


async def test_gold_that_is_taken_back_is_dealt_to_no_reviewer_any_more(bank: Organization) -> None:
    project, _, gold = await golden(bank)
    rita = await bank.member("reviewer")
    held = UUID((await until_known(project, rita, gold))["task_id"])
    for task in gold:
        await bank.world.services.work.gold.retire(bank.owner.actor, project.id, task)

    assert (await project.world.services.work.browsing.task(bank.owner.actor, project.id, held))["state"] != "done"
    async with bank.world.superuser() as connection:
        assert not await connection.fetchval(
            "select count(*) from gold g join queue q using (queue_id) where q.project_id = $1", project.id
        )
    assert (await figures(project))["reviewers"] == [] or (await figures(project))["by"][rita.actor.pseudonym]["right"][
        "total"
    ] == 0


# ---------------------------------------------------------------------------------------------------------- figures --
async def test_a_reviewer_who_accepts_everything_is_lenient_and_misses_flaws(bank: Organization) -> None:
    project, _, _ = await golden(bank, tasks=80, gold=20, wrong=8)
    careful, careless = await bank.member("reviewer"), await bank.member("reviewer")
    project_id = project.id
    while (claim := await bank.world.services.work.reviewing.claim(careful.actor, project_id, "review", []))[
        "status"
    ] == "ok":
        said = claim["assignment"]["answers"][0]["answers"][0]["value"]
        await review(
            project,
            careful,
            claim["assignment"],
            "accept" if said == "yes" else "fix",
            fixed=None if said == "yes" else "yes",
        )
        claim = await bank.world.services.work.reviewing.claim(careless.actor, project_id, "review", [])
        if claim["status"] != "ok":
            break
        await review(project, careless, claim["assignment"], "accept")

    found = (await figures(project))["by"]

    mine, theirs = found[careful.actor.pseudonym], found[careless.actor.pseudonym]
    assert mine["right"]["right"] == mine["right"]["total"] > 0
    assert mine["flaws_caught"]["value"] in (None, 1.0)
    assert theirs["right_accepted"]["value"] == 1.0
    assert mine["severity"]["value"] >= theirs["severity"]["value"]
    assert mine["severity"]["low"] < mine["severity"]["value"] < mine["severity"]["high"]
    assert mine["rate"] == pytest.approx(0.5)
