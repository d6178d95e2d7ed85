"""Notifications: what happens tells those whom it concerns, once, and never whoever did it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from web import Web
from world import Member, Project, World

PASSWORD = "four words are enough"


async def told(web: Web, who: Member) -> list[dict[str, Any]]:
    """What somebody's page of notifications shows."""
    async with web.script(who) as script:
        page = (await script.get("/notifications")).raise_for_status().json()
    items: list[dict[str, Any]] = page["items"]
    assert page["unread"] == sum(1 for each in items if each["read_at"] is None)
    return items


def kinds(items: list[dict[str, Any]]) -> list[str]:
    return [each["kind"] for each in items]


async def report(web: Web, who: Member, project: Project, task: UUID) -> None:
    async with web.script(who) as script:
        body = {"reason": "private-data", "note": "It names a patient."}
        (await script.post(f"/projects/{project.id}/tasks/{task}/reports", json=body)).raise_for_status()


async def comment(web: Web, who: Member, project: Project, task: UUID) -> None:
    async with web.script(who) as script:
        body = {"text": "Irony, I think."}
        (await script.post(f"/projects/{project.id}/tasks/{task}/comments", json=body)).raise_for_status()


async def test_a_report_tells_owners_and_managers_and_nobody_else(world: World, web: Web) -> None:
    bank = await world.organization()
    manager, annotator, colleague = await bank.member("manager"), await bank.member(), await bank.member()
    project = await bank.project(tasks=1)
    task = await project.take(annotator)

    await report(web, annotator, project, task)

    for who in (bank.owner, manager):
        [notification] = await told(web, who)
        assert notification["kind"] == "task.reported"
        assert (notification["project_id"], notification["subject_id"]) == (str(project.id), str(task))
        assert (notification["quantity"], notification["read_at"]) == (1, None)
    assert await told(web, annotator) == []
    assert await told(web, colleague) == []


async def test_what_was_not_read_yet_counts_up_instead_of_adding_a_line(world: World, web: Web) -> None:
    bank = await world.organization()
    annotator = await bank.member()
    project = await bank.project(tasks=1)
    task = await project.take(annotator)
    await report(web, annotator, project, task)
    world.clock.advance(minutes=5)
    await report(web, annotator, project, task)

    [twice] = await told(web, bank.owner)
    async with web.script(bank.owner) as script:
        (await script.post("/notifications/read", json={"ids": [twice["id"]]})).raise_for_status()
    await report(web, annotator, project, task)

    assert twice["quantity"] == 2
    again, before = await told(web, bank.owner)
    assert (again["quantity"], again["read_at"]) == (1, None)
    assert before["id"] == twice["id"] and before["read_at"] is not None


async def test_annotators_learn_what_reviewers_say_of_their_task_and_not_of_each_other(world: World, web: Web) -> None:
    bank = await world.organization()
    [first, second], reviewer = await bank.members(2), await bank.member("reviewer")
    project = await bank.project(tasks=1, opinions=2)
    task = await project.take(first)
    assert await project.take(second) == task

    await comment(web, first, project, task)
    assert await told(web, second) == []

    await comment(web, reviewer, project, task)
    assert kinds(await told(web, first)) == kinds(await told(web, second)) == ["task.commented"]
    assert await told(web, reviewer) == []
    [by_both] = await told(web, bank.owner)
    assert by_both["quantity"] == 2


async def test_changed_guidelines_tell_everybody_who_labels_there_but_their_author(world: World, web: Web) -> None:
    bank = await world.organization()
    annotator, elsewhere = await bank.member(), await bank.member()
    project = await bank.project(tasks=2)
    await project.take(annotator)
    await project.take(bank.owner)

    async with web.script(bank.owner) as script:
        (await script.put(f"/projects/{project.id}/guidelines", json={"markdown": "# Angry"})).raise_for_status()

    assert kinds(await told(web, annotator)) == ["guideline.changed"]
    assert await told(web, elsewhere) == []
    assert await told(web, bank.owner) == []


async def test_a_built_release_tells_whoever_asked_for_it(world: World, web: Web) -> None:
    bank = await world.organization()
    manager = await bank.member("manager")
    project = await bank.project(tasks=1)
    release = await world.services.releases.create(manager.actor, project.id, "First", "all")

    await world.services.builder.build(bank.id, UUID(release["id"]))

    [ready] = await told(web, manager)
    assert (ready["kind"], ready["subject_id"]) == ("release.ready", release["id"])
    assert await told(web, bank.owner) == []


async def test_whoever_joins_by_an_invitation_is_told_to_the_managers_as_one_line(world: World, web: Web) -> None:
    bank = await world.organization()

    for _ in range(2):
        async with web.script(bank.owner) as script:
            invited = (await script.post("/invitations", json={"email": world.address(), "role": "annotator"})).json()
        token = invited["link"].partition("#")[2]
        body = {"token": token, "password": PASSWORD, "name": "Somebody"}
        await web.browser().call("POST", "/invitations/accept", json=body)

    [joined] = await told(web, bank.owner)
    assert (joined["kind"], joined["subject_id"], joined["quantity"]) == ("member.joined", None, 2)


async def test_reading_all_leaves_nobody_elses_notifications_read(world: World, web: Web) -> None:
    bank = await world.organization()
    manager, annotator = await bank.member("manager"), await bank.member()
    project = await bank.project(tasks=1)
    await report(web, annotator, project, await project.take(annotator))

    async with web.script(manager) as script:
        (await script.post("/notifications/read", json={})).raise_for_status()

    assert [each["read_at"] is None for each in await told(web, manager)] == [False]
    assert [each["read_at"] is None for each in await told(web, bank.owner)] == [True]


async def test_pages_follow_each_other_without_a_gap(world: World, web: Web) -> None:
    bank = await world.organization()
    annotator = await bank.member()
    project = await bank.project(tasks=5)
    for _ in range(5):
        await report(web, annotator, project, await project.answer(annotator))
        world.clock.advance(seconds=1)

    async with web.script(bank.owner) as script:
        first = (await script.get("/notifications?limit=3")).json()
        second = (await script.get(f"/notifications?limit=3&cursor={first['next_cursor']}")).json()

    whole = await told(web, bank.owner)
    assert [each["id"] for each in first["items"] + second["items"]] == [each["id"] for each in whole]
    assert (len(whole), first["unread"], second["next_cursor"]) == (5, 5, None)


async def test_what_is_older_than_ninety_days_is_forgotten(world: World, web: Web) -> None:
    bank = await world.organization()
    annotator = await bank.member()
    project = await bank.project(tasks=1)
    await report(web, annotator, project, await project.take(annotator))

    world.clock.advance(days=89)
    await world.services.notifications.forget()
    assert len(await told(web, bank.owner)) == 1

    world.clock.advance(days=2)
    await world.services.notifications.forget()
    assert await told(web, bank.owner) == []
