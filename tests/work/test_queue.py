"""The queue as people meet it: claim, draft, submit, skip, return, prolong, reopen, what time does, and what managers do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from evenhand.core.errors import Malformed, NotFound, PlatformError
from evenhand.core.times import rfc3339
from evenhand.work.guidelines import NewVersion
from evenhand.work.model import (
    AlreadyAnswered,
    AnswerRefused,
    LeaseExpired,
    LeaseRevoked,
    NotAMember,
    NotYours,
    ProjectPaused,
)
from world import Member, Organization, Project, World

YES = [{"question": "label", "value": "yes"}]


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization()


@pytest.fixture
async def ana(bank: Organization) -> Member:
    return await bank.member()


@pytest.fixture
async def ben(bank: Organization) -> Member:
    return await bank.member()


async def save(project: Project, who: Member, task: UUID, answers: list[Any], clock: int = 1) -> str:
    return await project.world.services.work.labeling.save_draft(who.actor, project.id, task, answers, clock)


async def end(
    project: Project, who: Member, task: UUID, reason: str | None = None, *, next_: bool = False
) -> dict[str, Any]:
    labeling = project.world.services.work.labeling
    return await labeling.end_lease(who.actor, project.id, task, reason, None, next_=next_, held=[])


async def reopen(project: Project, who: Member, task: UUID) -> dict[str, Any]:
    return await project.world.services.work.labeling.reopen(who.actor, project.id, task)


async def change(project: Project, tasks: list[UUID], action: str, value: Any = None) -> int:
    return len(await changed(project, tasks, action, value))


async def changed(project: Project, tasks: list[UUID], action: str, value: Any = None) -> list[UUID]:
    return await project.world.services.work.browsing.change(project.owner.actor, project.id, tasks, action, value)


async def set_state(project: Project, state: str) -> dict[str, Any]:
    return await project.world.services.work.projects.set_state(project.owner.actor, project.id, state)


async def balanced(project: Project) -> bool:
    books = await project.books()
    return books.unbalanced == [] and books.overanswered == []


# ---------------------------------------------------------------------------------------------------- claim, submit --
async def test_tasks_are_dealt_in_the_order_in_which_they_came(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=3)
    expected = await project.task_ids()

    assert [await project.answer(ana) for _ in expected] == expected
    assert (await project.claim(ana))["status"] == "empty"


async def test_a_claim_shows_the_item_and_until_when_it_is_held(world: World, bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=1, lease_minutes=10)

    dealt = (await project.claim(ana))["assignment"]

    assert dealt["item"]["inputs"]["text"] == {"text": "Letter 0."}
    assert dealt["lease_until"] == rfc3339(world.clock.now() + timedelta(minutes=10))
    assert (dealt["revision"], dealt["draft"]) == (1, None)


async def test_submitting_answers_closes_the_hold_and_brings_the_next_task(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=2)
    first, second = await project.task_ids()

    result = await project.submit(ana, await project.take(ana), next_=True)

    assert result["next"]["assignment"]["task_id"] == str(second)
    books = await project.books()
    assert [(row["task_id"], row["got"], row["held"], row["free"]) for row in books.rows] == [
        (first, 1, 0, 0),
        (second, 0, 1, 0),
    ]


async def test_a_task_is_dealt_to_as_many_people_as_it_wants_opinions_and_to_nobody_twice(bank: Organization) -> None:
    project = await bank.project(tasks=1, opinions=3)
    people = await bank.members(4)

    for person in people[:3]:
        await project.answer(person)

    assert [(await project.claim(person))["status"] for person in people] == ["empty"] * 4
    books = await project.books()
    assert (books.rows[0]["got"], books.rows[0]["answers"], books.unbalanced) == (3, 3, [])


async def test_a_person_holds_at_most_two_tasks_at_once(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=3)
    first = await project.take(ana)
    second = await project.take(ana, held=[first])

    assert (await project.claim(ana, held=[first, second]))["status"] == "enough-held"


async def test_a_hold_whose_answer_got_lost_on_the_way_is_dealt_again_and_recorded_again(
    world: World, bank: Organization, ana: Member
) -> None:
    project = await bank.project(tasks=3)

    first = await project.take(ana)
    again = await project.take(ana)

    assert first == again
    looks = await world.services.work.browsing.looks(bank.owner.actor, project.id, first)
    assert [look["purpose"] for look in looks] == ["label", "label"]


async def test_of_two_holds_that_were_forgotten_the_one_on_the_screen_comes_first(
    world: World, bank: Organization, ana: Member
) -> None:
    for _ in range(5):  # ids are in no order, so that one project might be right by chance
        project = await bank.project(3)
        on_screen = await project.take(ana)
        world.clock.advance(seconds=1)
        prefetched = await project.take(ana, [on_screen])

        assert await project.take(ana) == on_screen
        assert await project.take(ana, [on_screen]) == prefetched


async def test_submitting_again_with_the_same_key_repeats_the_first_result(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=2)
    task, key = await project.take(ana), uuid4()

    first = await project.submit(ana, task, "yes", key=key)
    again = await project.submit(ana, task, "no", key=key)

    assert (again["status"], again["annotation_id"]) == ("repeated", first["annotation_id"])
    with pytest.raises(AlreadyAnswered):
        await project.submit(ana, task, "no", key=uuid4())
    assert await balanced(project)


async def test_an_answer_to_a_task_that_one_never_held_is_refused(bank: Organization, ana: Member, ben: Member) -> None:
    project, other = await bank.project(tasks=2), await bank.project(tasks=1)
    task = await project.take(ana)

    with pytest.raises(NotYours):
        await project.submit(ben, task)
    with pytest.raises((NotYours, NotFound)):
        await other.submit(ana, task)
    assert (await project.books()).total("got") == 0


async def test_an_answer_that_does_not_fit_is_refused_and_the_task_is_still_held(
    bank: Organization, ana: Member
) -> None:
    project = await bank.project(tasks=1)
    task = await project.take(ana)

    with pytest.raises(AnswerRefused) as refused:
        await project.submit(ana, task, "perhaps")

    assert refused.value.problems[0].pointer.startswith("/answers/0")
    await project.submit(ana, task, "yes")


async def test_the_record_holds_who_answered_what_under_which_versions_and_for_how_long(
    world: World, bank: Organization, ana: Member
) -> None:
    project = await bank.project(tasks=1)
    task = await project.answer(ana)

    shown = await world.services.work.browsing.task(bank.owner.actor, project.id, task)

    [annotation] = shown["annotations"]
    assert annotation["annotator"] == ana.actor.pseudonym
    assert (annotation["version"], annotation["ontology_version"], annotation["active_ms"]) == (1, 1, 1000)
    assert annotation["answers"][0]["value"] == "yes"


# ------------------------------------------------------------------------------------------------------------ drafts --
async def test_a_draft_survives_an_expired_lease(world: World, bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=1, lease_minutes=30)
    task = await project.take(ana)
    await save(project, ana, task, YES)

    world.clock.advance(minutes=31)
    await world.relay.sweep()

    assert (await project.claim(ana))["assignment"]["draft"]["answers"] == YES


async def test_of_two_tabs_the_later_clock_wins(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=1)
    task = await project.take(ana)

    await save(project, ana, task, YES, clock=7)
    await save(project, ana, task, [{"question": "label", "value": "no"}], clock=6)

    assert (await project.claim(ana))["assignment"]["draft"]["answers"] == YES


async def test_nobody_saves_a_draft_of_a_task_that_somebody_else_holds(
    bank: Organization, ana: Member, ben: Member
) -> None:
    project = await bank.project(tasks=1)
    task = await project.take(ana)

    with pytest.raises(NotYours):
        await save(project, ben, task, YES)


async def test_drafts_of_finished_tasks_are_forgotten(world: World, bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=2)
    done, open_ = await project.take(ana), None
    await save(project, ana, done, YES)
    await project.submit(ana, done)
    open_ = await project.take(ana)
    await save(project, ana, open_, YES)

    await world.relay.tidy()

    async with world.superuser() as connection:
        rows = await connection.fetch("select task_id from draft where person_id = $1", ana.id)
    assert [row["task_id"] for row in rows] == [open_]


# ---------------------------------------------------------------------------------------------------- skip, return --
async def test_a_skipped_task_goes_to_others_and_never_comes_back(bank: Organization, ana: Member, ben: Member) -> None:
    project = await bank.project(tasks=2)
    first, second = await project.task_ids()

    skipped = await end(project, ana, await project.take(ana), "unclear", next_=True)

    assert skipped["next"]["assignment"]["task_id"] == str(second)
    await project.submit(ana, second)
    assert (await project.claim(ana))["status"] == "empty"
    assert await project.take(ben) == first
    assert await balanced(project)


async def test_a_returned_task_is_for_others(bank: Organization, ana: Member, ben: Member) -> None:
    project = await bank.project(tasks=1)
    task = await project.take(ana)

    await end(project, ana, task)

    assert (await project.claim(ana))["status"] == "empty"
    assert await project.take(ben) == task
    with pytest.raises(NotYours):
        await end(project, ana, task)


# -------------------------------------------------------------------------------------------------------------- time --
async def test_a_hold_that_ran_out_goes_to_the_next_person_and_its_answer_is_refused(
    world: World, bank: Organization, ana: Member, ben: Member
) -> None:
    project = await bank.project(tasks=1)
    task = await project.take(ana)
    world.clock.advance(minutes=31)
    await world.relay.sweep()
    assert await project.take(ben) == task

    with pytest.raises(LeaseExpired):
        await project.submit(ana, task)

    await project.submit(ben, task)
    assert await balanced(project)


async def test_a_late_answer_counts_if_nobody_took_the_task(
    world: World, bank: Organization, ana: Member, ben: Member
) -> None:
    project = await bank.project(tasks=2)
    swept, unswept = await project.take(ana), await project.take(ben)
    world.clock.advance(minutes=31)
    async with world.superuser() as connection:
        await connection.execute(
            "update assignment set lease_until = 'infinity' where person_id = $1 and task_id = $2", ben.id, unswept
        )
        await world.relay.sweep()
        await connection.execute(
            "update assignment set lease_until = $3 where person_id = $1 and task_id = $2",
            ben.id,
            unswept,
            world.clock.now(),
        )

    await project.submit(ana, swept)
    await project.submit(ben, unswept)

    assert await balanced(project)
    assert (await project.books()).total("got") == 2


async def test_a_hold_can_be_prolonged_while_it_lasts(world: World, bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=1)
    task = await project.take(ana)
    labeling = world.services.work.labeling

    world.clock.advance(minutes=20)
    until = await labeling.prolong(ana.actor, task)
    world.clock.advance(minutes=20)
    await world.relay.sweep()
    await project.submit(ana, task)

    assert until == rfc3339(world.clock.now() + timedelta(minutes=10))
    with pytest.raises(LeaseExpired):
        await labeling.prolong(ana.actor, task)


async def test_an_expired_hold_is_on_record(world: World, bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=1)
    task = await project.take(ana)

    world.clock.advance(minutes=31)
    await world.relay.sweep()

    looks = await world.services.work.browsing.looks(bank.owner.actor, project.id, task)
    assert [look["action"] for look in looks] == ["lease.expire", "asset.release"]


# ---------------------------------------------------------------------------------------------------------- reopen --
async def test_an_own_answer_can_be_changed_and_both_versions_stay(
    world: World, bank: Organization, ana: Member
) -> None:
    project = await bank.project(tasks=1)
    task = await project.answer(ana, "yes")

    opened = await reopen(project, ana, task)
    await project.submit(ana, task, "no")

    assert (opened["revision"], opened["draft"]["answers"][0]["value"]) == (2, "yes")
    shown = await world.services.work.browsing.task(bank.owner.actor, project.id, task)
    assert [(each["version"], each["answers"][0]["value"]) for each in shown["annotations"]] == [(2, "no")]
    async with world.superuser() as connection:
        assert await connection.fetchval(
            "select array_agg(version order by version) from annotation where task_id = $1", task
        ) == [1, 2]
        assert await connection.fetchval("select count(*) from vote where project_id = $1", project.id) == 1
    assert await balanced(project)


async def test_a_reopened_answer_that_is_left_alone_stands_as_it_was(
    world: World, bank: Organization, ana: Member
) -> None:
    project = await bank.project(tasks=1)
    task = await project.answer(ana)
    await reopen(project, ana, task)

    world.clock.advance(minutes=31)
    await world.relay.sweep()

    assert (await project.claim(ana))["status"] == "empty"
    assert (await reopen(project, ana, task))["revision"] == 2
    await end(project, ana, task)
    assert (await reopen(project, ana, task))["revision"] == 2
    assert await balanced(project)


async def test_a_reopened_answer_comes_back_as_it_stands_when_the_browser_forgot_it(
    world: World, bank: Organization, ana: Member
) -> None:
    project = await bank.project(tasks=1)
    task = UUID((await project.claim(ana))["assignment"]["task_id"])
    await save(project, ana, task, [{"question": "label", "value": "no"}])
    world.clock.advance(seconds=1)
    await project.submit(ana, task, "yes")
    await reopen(project, ana, task)

    dealt = (await project.claim(ana))["assignment"]

    assert (dealt["revision"], dealt["draft"]["answers"][0]["value"]) == (2, "yes")

    world.clock.advance(seconds=1)
    await save(project, ana, task, [{"question": "label", "value": "no"}], clock=2)
    assert (await project.claim(ana))["assignment"]["draft"]["answers"][0]["value"] == "no"


async def test_nobody_reopens_what_somebody_else_answered_or_what_lies_in_the_trash(
    bank: Organization, ana: Member, ben: Member
) -> None:
    project = await bank.project(tasks=1)
    task = await project.answer(ana)

    with pytest.raises(NotYours):
        await reopen(project, ben, task)
    await change(project, [task], "trash")
    with pytest.raises(NotYours):
        await reopen(project, ana, task)


# ------------------------------------------------------------------------------------------------- what managers do --
async def test_urgent_tasks_come_first_also_for_somebody_who_is_in_the_middle(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=4)
    ids = await project.task_ids()
    assert await project.answer(ana) == ids[0]

    assert await change(project, [ids[3]], "priority", 250) == 1

    assert [await project.answer(ana) for _ in range(3)] == [ids[3], ids[1], ids[2]]


async def test_tasks_imported_with_a_higher_priority_overtake(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=2)
    early = await project.task_ids()
    await project.answer(ana)
    [urgent] = await project.add(1, "Urgent", priority=200)

    assert [await project.answer(ana) for _ in range(2)] == [urgent, early[1]]


async def test_changing_the_priority_of_a_held_task_moves_what_comes_back_of_it(
    world: World, bank: Organization, ana: Member, ben: Member
) -> None:
    project = await bank.project(tasks=3, opinions=2)
    ids = await project.task_ids()
    assert await project.take(ana) == ids[0]
    await change(project, [ids[0]], "priority", 1)

    world.clock.advance(minutes=31)
    await world.relay.sweep()

    assert [await project.answer(ben) for _ in ids] == [ids[1], ids[2], ids[0]]
    assert await balanced(project)


async def test_a_task_that_is_assigned_waits_for_its_person_and_is_dealt_to_nobody_else(
    bank: Organization, ana: Member, ben: Member
) -> None:
    project = await bank.project(tasks=3)
    ids = await project.task_ids()

    assert await change(project, [ids[2], ids[1]], "assign", str(ana.id)) == 2

    assert [await project.answer(ben), (await project.claim(ben))["status"]] == [ids[0], "empty"]
    assert {await project.answer(ana), await project.answer(ana)} == {ids[1], ids[2]}
    assert await change(project, [ids[1]], "assign", str(ana.id)) == 0
    assert await balanced(project)


async def test_what_was_assigned_and_not_begun_can_be_taken_back(bank: Organization, ana: Member, ben: Member) -> None:
    project = await bank.project(tasks=3)
    ids = await project.task_ids()
    await change(project, ids, "assign", str(ana.id))
    begun = await project.take(ana)

    taken_back = await change(project, ids, "unassign", str(ana.id))

    assert taken_back == 2
    assert await change(project, ids, "unassign", str(ana.id)) == 0
    assert {await project.answer(ben), await project.answer(ben)} == set(ids) - {begun}
    assert (await project.claim(ben))["status"] == "empty"
    await project.submit(ana, begun)
    assert await balanced(project)


async def test_undoing_an_assignment_leaves_what_was_assigned_to_them_before(
    bank: Organization, ana: Member, ben: Member
) -> None:
    project = await bank.project(tasks=3)
    ids = await project.task_ids()
    await change(project, [ids[1]], "assign", str(ana.id))

    newly = await changed(project, ids, "assign", str(ana.id))
    await change(project, newly, "unassign", str(ana.id))

    assert newly == [ids[0], ids[2]]
    assert await project.answer(ana) == ids[1], "what waits for them comes first"
    assert {await project.answer(ben), await project.answer(ben)} == {ids[0], ids[2]}
    assert await balanced(project)


async def test_what_was_taken_back_from_somebody_may_be_dealt_to_them_like_any_other(
    bank: Organization, ana: Member
) -> None:
    project = await bank.project(tasks=2)
    ids = await project.task_ids()
    await change(project, ids, "assign", str(ana.id))

    await change(project, ids, "unassign", str(ana.id))

    assert [await project.answer(ana), await project.answer(ana)] == ids
    assert await balanced(project)


async def test_what_is_assigned_does_not_lift_the_limit_on_what_one_holds(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=4)
    ids = await project.task_ids()
    await change(project, ids[1:], "assign", str(ana.id))
    held: list[UUID] = []

    while (dealt := await project.claim(ana, held))["status"] == "ok":
        held.append(UUID(dealt["assignment"]["task_id"]))

    assert (len(held), dealt["status"]) == (2, "enough-held")


async def test_a_project_for_those_assigned_is_closed_to_others(bank: Organization, ana: Member, ben: Member) -> None:
    project = await bank.project(tasks=2, open_to="assigned")
    [first, _] = await project.task_ids()
    await change(project, [first], "assign", str(ana.id))

    assert await project.take(ana) == first
    with pytest.raises(NotAMember):
        await project.claim(ben)


async def test_only_people_of_the_organization_are_assigned(world: World, bank: Organization) -> None:
    rival = await world.organization("Rival")
    project = await bank.project(tasks=1)

    for person in (str(rival.owner.id), str(uuid4())):
        with pytest.raises(NotFound):
            await change(project, await project.task_ids(), "assign", person)
    with pytest.raises(Malformed):
        await change(project, await project.task_ids(), "assign", "ana")


async def test_pausing_takes_every_hold_back_and_keeps_what_was_written(
    world: World, bank: Organization, ana: Member, ben: Member
) -> None:
    project = await bank.project(tasks=1)
    task = await project.take(ana)
    await save(project, ana, task, YES)

    await set_state(project, "paused")

    assert (await project.claim(ben))["status"] == "paused"
    with pytest.raises(ProjectPaused):
        await project.submit(ana, task)
    assert await balanced(project)
    looks = await world.services.work.browsing.looks(bank.owner.actor, project.id, task)
    assert looks[0]["action"] == "lease.revoke"
    await set_state(project, "active")
    assert (await project.claim(ana))["assignment"]["draft"]["answers"] == YES
    await project.submit(ana, task)
    assert await balanced(project)


@pytest.mark.parametrize("state", ["archived", "trashed"])
async def test_a_project_that_was_put_away_takes_no_answers_and_can_be_brought_back(
    bank: Organization, ana: Member, state: str
) -> None:
    project = await bank.project(tasks=2)
    answered, held = await project.answer(ana), await project.take(ana)

    await set_state(project, state)

    with pytest.raises(ProjectPaused):
        await project.submit(ana, held)
    with pytest.raises(PlatformError):
        await reopen(project, ana, answered)
    await set_state(project, "active")
    assert await project.take(ana) == held
    assert await balanced(project)


async def test_the_trash_is_emptied_after_thirty_days(world: World, bank: Organization) -> None:
    project, late = await bank.project(), await bank.project()
    await set_state(project, "trashed")
    await set_state(late, "trashed")

    world.clock.advance(days=29)
    assert (await set_state(project, "active"))["state"] == "active"

    world.clock.advance(days=2)
    with pytest.raises(PlatformError, match="thirty days"):
        await set_state(late, "active")


async def test_a_trashed_task_is_taken_from_whoever_holds_it_and_comes_back_with_its_answers(
    world: World, bank: Organization, ana: Member, ben: Member
) -> None:
    project = await bank.project(tasks=1, opinions=3)
    task = await project.answer(ana)
    assert await project.take(ben) == task

    assert await change(project, [task], "trash") == 1

    with pytest.raises(LeaseRevoked):
        await project.submit(ben, task)
    looks = await world.services.work.browsing.looks(bank.owner.actor, project.id, task)
    assert "lease.revoke" in {look["action"] for look in looks}
    assert await change(project, [task], "restore") == 1
    for person in await bank.members(2):
        await project.answer(person)
    books = await project.books()
    assert (books.rows[0]["got"], books.unbalanced, books.overanswered) == (3, [], [])


async def test_a_restored_task_wants_what_it_was_planned_for_whatever_the_plan_is_now(bank: Organization) -> None:
    project = await bank.project(tasks=2, opinions=2)
    first, second = await project.task_ids()
    people = await bank.members(4)
    assert await project.answer(people[0]) == first
    projects = bank.world.services.work.projects
    await projects.change(bank.owner.actor, project.id, {"opinions": 5}, None)

    await change(project, [first, second], "trash")
    await change(project, [first, second], "restore")

    for person in people:
        while (await project.claim(person))["status"] == "ok":
            await project.answer(person)
    assert [(row["wanted"], row["got"]) for row in (await project.books()).rows] == [(2, 2), (2, 2)]


async def test_counts_follow_tasks_into_the_trash_and_back(world: World, bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=3)
    done = await project.answer(ana)
    ids = await project.task_ids()

    async def counts() -> tuple[int, int, int]:
        while await world.relay.tell():
            pass
        shown = (await world.services.work.projects.get(bank.owner.actor, project.id))["counts"]
        return shown["tasks"], shown["done"], shown["open"]

    assert await counts() == (3, 1, 2)
    await change(project, [done, ids[1]], "trash")
    assert await counts() == (1, 0, 1)
    await change(project, [done, ids[1]], "restore")
    assert await counts() == (3, 1, 2)


async def test_a_clone_asks_the_same_and_has_no_tasks(world: World, bank: Organization) -> None:
    project = await bank.project(tasks=2, opinions=3, guideline="# Read me", lease_minutes=7)

    made = await world.services.work.projects.clone(bank.owner.actor, project.id, "Copy")

    assert (made["name"], made["opinions"], made["lease_seconds"], made["counts"]["tasks"]) == ("Copy", 3, 420, 0)
    clone = Project(bank, UUID(made["id"]))
    versions = world.services.work.versions
    assert (await versions.ontology(bank.owner.actor, clone.id))["digest"] == (
        await versions.ontology(bank.owner.actor, project.id)
    )["digest"]
    guidelines = world.services.work.guidelines
    assert (await guidelines.get(bank.owner.actor, clone.id))["markdown"] == "# Read me"


async def test_new_guidelines_are_read_before_the_next_task(world: World, bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=2, guideline="# First")
    guidelines = world.services.work.guidelines

    assert await project.claim(ana) == {"status": "consent-needed", "guideline_version": 1}
    await guidelines.consent(ana.actor, project.id, 1)
    await project.answer(ana)
    await guidelines.change(bank.owner.actor, project.id, NewVersion("# Second"), None)

    assert (await project.claim(ana))["status"] == "consent-needed"
    await guidelines.consent(ana.actor, project.id, 2)
    assert (await project.claim(ana))["assignment"]["guideline_version"] == 2


async def test_more_opinions_are_for_later_tasks(world: World, bank: Organization) -> None:
    project = await bank.project(tasks=1, opinions=1)
    await world.services.work.projects.change(bank.owner.actor, project.id, {"opinions": 2}, None)
    await project.add(1, "Later")

    for person in await bank.members(2):
        while (await project.claim(person))["status"] == "ok":
            await project.answer(person)

    assert [row["got"] for row in (await project.books()).rows] == [1, 2]


async def test_somebody_who_is_removed_loses_every_hold_at_once(
    world: World, bank: Organization, ana: Member, ben: Member
) -> None:
    project = await bank.project(tasks=2)
    task = await project.take(ana)
    ids = await project.task_ids()
    await change(project, [ids[1]], "assign", str(ana.id))

    await world.services.people.members.remove(bank.owner.actor, ana.id)

    with pytest.raises(PlatformError):
        await project.claim(ana)
    looks = await world.services.work.browsing.looks(bank.owner.actor, project.id, task)
    assert looks[0]["action"] == "lease.revoke"
    assert {await project.answer(ben), await project.answer(ben)} == set(ids)
    assert await balanced(project)


# ---------------------------------------------------------------------------------------------------------- replays --
async def test_a_replay_explains_every_choice(world: World, bank: Organization) -> None:
    """Invariant 10: a claim takes the best rank that was free and not had, and names the better ones that others held."""
    project = await bank.project(tasks=6, opinions=2)
    people = await bank.members(3)
    free = dict.fromkeys(await project.task_ids(), 2)
    had: dict[UUID, set[UUID]] = {person.id: set() for person in people}

    for turn in range(12):
        person = people[turn % 3]
        expected = next((task for task, left in free.items() if left and task not in had[person.id]), None)
        dealt = await project.claim(person)

        if expected is None:
            assert dealt["status"] == "empty"
            continue
        assert dealt["assignment"]["task_id"] == str(expected)
        free[expected] -= 1
        had[person.id].add(expected)
        await project.submit(person, expected)

    async with world.superuser() as connection:
        rows = await connection.fetch("select rank, passed_over from assignment where organization_id = $1", bank.id)
    assert len(rows) == 12
    assert all(row["rank"] is not None and row["passed_over"] is None for row in rows)


async def test_what_somebody_else_was_just_taking_is_named_as_passed_over(
    world: World, bank: Organization, ana: Member
) -> None:
    project = await bank.project(tasks=2)
    first, second = await project.task_ids()
    async with world.superuser() as other:
        await other.execute("begin")
        rank = await other.fetchval("select rank from slot where task_id = $1 for update", first)

        assert await project.take(ana) == second
        await other.execute("rollback")

    async with world.superuser() as connection:
        kept = await connection.fetchval("select passed_over from assignment where person_id = $1", ana.id)
    assert kept == [rank]
