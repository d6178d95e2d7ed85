"""Guidelines: versions that stay, a summary each, and consent that is asked for when something changed that people must know."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from database import Copy
from evenhand.core.errors import Malformed, NotFound
from evenhand.work.browsing import TaskFilter
from evenhand.work.guidelines import NewVersion
from evenhand.work.model import PreconditionFailed
from stage_verbs import claimed, counts, dealt, decide, labeled, review
from web import Web
from world import Member, Organization, Project, World, sabotage, world_on


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization()


async def change(project: Project, markdown: str, *, needs_consent: bool = True, if_match: str | None = None) -> int:
    """A new version by the owner; its number."""
    wanted = NewVersion(markdown, "A line", needs_consent)
    changed = await project.world.services.work.guidelines.change(project.owner.actor, project.id, wanted, if_match)
    return changed["version"]


async def consent(project: Project, who: Member, version: int) -> None:
    await project.world.services.work.guidelines.consent(who.actor, project.id, version)


async def read(project: Project, who: Member, version: int | None = None) -> dict[str, Any]:
    return dict(await project.world.services.work.guidelines.get(who.actor, project.id, version))


async def test_every_version_stays_as_it_was_with_its_summary_and_its_author(bank: Organization) -> None:
    annotator = await bank.member()
    project = await bank.project(tasks=1, guideline="# First")

    await change(project, "# Second")
    await change(project, "# Second.", needs_consent=False)

    first, now = await read(project, annotator, 1), await read(project, annotator)
    assert (first["markdown"], now["markdown"], now["version"]) == ("# First", "# Second.", 3)
    versions = [(each["version"], each["summary"], each["consent"]) for each in now["versions"]]
    assert versions == [(1, "", "required"), (2, "A line", "required"), (3, "A line", "not-needed")]
    assert {each["by"] for each in now["versions"]} == {bank.owner.actor.pseudonym}
    with pytest.raises(NotFound):
        await read(project, annotator, 4)


async def test_a_typo_is_asked_of_nobody_who_had_read_the_version_before_it(bank: Organization) -> None:
    reader, newcomer, behind = await bank.members(3)
    project = await bank.project(tasks=9, opinions=3, guideline="# First")
    await consent(project, behind, 1)
    await change(project, "# Second")
    await consent(project, reader, 2)

    await change(project, "# Second.", needs_consent=False)

    assert (await project.claim(reader))["assignment"]["guideline_version"] == 3
    assert (await read(project, reader))["consented_version"] == 3
    for other in (newcomer, behind):
        assert await project.claim(other) == {"status": "consent-needed", "guideline_version": 3}
    assert (await read(project, behind))["consented_version"] == 1


async def test_consent_to_what_was_read_covers_the_typos_saved_while_reading_and_no_rule(bank: Organization) -> None:
    first, second = await bank.members(2)
    project = await bank.project(tasks=4, opinions=2, guideline="# First")
    await change(project, "# First.", needs_consent=False)
    await consent(project, first, 1)
    assert (await project.claim(first))["status"] == "ok"

    await change(project, "# Another rule")
    await consent(project, second, 2)

    assert (await project.claim(second))["status"] == "consent-needed"


async def test_the_first_version_is_always_read(bank: Organization) -> None:
    annotator = await bank.member()
    project = await bank.project(tasks=1)

    await change(project, "# First", needs_consent=False)

    assert (await project.claim(annotator))["status"] == "consent-needed"
    assert (await read(project, annotator))["versions"][0]["consent"] == "required"


async def test_a_change_leaves_the_task_in_hand_and_its_draft_alone(bank: Organization) -> None:
    annotator = await bank.member()
    project = await bank.project(tasks=2, guideline="# First")
    labeling = project.world.services.work.labeling
    await consent(project, annotator, 1)
    task = await project.take(annotator)
    await labeling.save_draft(annotator.actor, project.id, task, [{"question": "label", "value": "no"}], 1)

    await change(project, "# Second")

    assert (await project.claim(annotator))["status"] == "consent-needed"
    await consent(project, annotator, 2)
    again = (await project.claim(annotator))["assignment"]
    assert (again["task_id"], again["draft"]["answers"][0]["value"]) == (str(task), "no")
    assert (await project.submit(annotator, task, "no"))["status"] == "ok"


async def test_an_answer_keeps_the_version_that_its_author_had_read_and_not_the_newest(bank: Organization) -> None:
    unread, told = await bank.members(2)
    project = await bank.project(tasks=1, opinions=2, guideline="# First")
    for person in (unread, told):
        await consent(project, person, 1)
        await project.claim(person)

    await change(project, "# Second")
    await consent(project, told, 2)
    [task] = await project.task_ids()
    for person in (unread, told):
        await project.submit(person, task)

    async with project.world.superuser() as connection:
        rows = await connection.fetch("select person_id, guideline_version from annotation where task_id = $1", task)
    assert {row["person_id"]: row["guideline_version"] for row in rows} == {unread.id: 1, told.id: 2}


async def test_an_answer_that_took_the_version_of_the_queue_is_noticed(newest_copy: Copy) -> None:
    async with world_on(newest_copy) as world:
        await sabotage(world.copy, "submit", "least(k.guideline_version, (", "greatest(k.guideline_version, (")
        with pytest.raises(AssertionError):
            await test_an_answer_keeps_the_version_that_its_author_had_read_and_not_the_newest(
                await world.organization()
            )


async def test_of_two_editors_at_once_one_saves_and_the_other_is_told(bank: Organization) -> None:
    project = await bank.project(guideline="# First")

    both = await asyncio.gather(
        *(change(project, f"# By {name}", if_match='"1"') for name in ("one", "another")), return_exceptions=True
    )

    assert sorted(map(type, both), key=str) == sorted((int, PreconditionFailed), key=str)
    assert (await read(project, project.owner))["version"] == 2


async def test_two_editors_overwrite_each_other_where_nobody_asks_what_they_read(
    bank: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenhand.work.guidelines.check_match", lambda *_: None)

    with pytest.raises(AssertionError):
        await test_of_two_editors_at_once_one_saves_and_the_other_is_told(bank)


@pytest.mark.parametrize(
    ("wanted", "pointer"),
    [
        (NewVersion("x" * 400_001), "/markdown"),
        (NewVersion("x", "Two\nlines"), "/summary"),
        (NewVersion("x", "x" * 201), "/summary"),
        (NewVersion("![](picture:0e5b3400-6d2e-7c51-9f0a-6f1f5a0c2b11)"), "/markdown"),
    ],
    ids=["too-long", "two-lines", "long-summary", "no-such-picture"],
)
async def test_what_cannot_be_a_version_is_refused_at_its_place(
    bank: Organization, wanted: NewVersion, pointer: str
) -> None:
    project = await bank.project(guideline="# First")

    with pytest.raises(Malformed) as refused:
        await project.world.services.work.guidelines.change(bank.owner.actor, project.id, wanted, None)

    assert [each.pointer for each in refused.value.problems] == [pointer]
    assert (await read(project, bank.owner))["version"] == 1


async def test_the_contract_has_summary_and_consent_and_refuses_others(world: World, web: Web) -> None:
    project = await (await world.organization()).project()
    async with web.script(project.owner) as script:
        at = f"/projects/{project.id}/guidelines"
        body = {"markdown": "# First", "summary": " The first ", "consent": "required"}
        saved = await script.put(at, json=body, headers={"if-match": '"0"'})
        stale = await script.put(at, json=body, headers={"if-match": '"0"'})
        wrong = await script.put(at, json={**body, "consent": "perhaps"})
        shown = await script.get(at)

    assert (saved.status_code, saved.headers["etag"]) == (200, '"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    assert (wrong.status_code, wrong.json()["problems"][0]["pointer"]) == (422, "/consent")
    assert shown.json()["versions"][0]["summary"] == "The first"


async def test_summaries_lie_sealed(world: World, bank: Organization) -> None:
    project = await bank.project(guideline="# First")
    guidelines = world.services.work.guidelines

    await guidelines.change(bank.owner.actor, project.id, NewVersion("# Secret rule", "A secret line"), None)

    async with world.superuser() as connection:
        rows = await connection.fetch("select * from guideline_version where project_id = $1", project.id)
    assert len(rows) == 2 and b"ecret" not in b"".join(row["sealed"] + row["sealed_summary"] for row in rows)
    assert isinstance(rows[0]["person_id"], UUID)


# ------------------------------------------------------------------------------------------------- affected tasks --
async def found(project: Project, version: int, **wanted: Any) -> list[UUID]:
    """The tasks that were answered before a version; their count says the same."""
    browsing = project.world.services.work.browsing
    wanted_tasks = TaskFilter(guideline_before=version, **wanted)
    page = await browsing.tasks(project.owner.actor, project.id, wanted_tasks, None, 50)
    counted = await browsing.count(project.owner.actor, project.id, wanted_tasks)
    assert counted == {"count": len(page["items"]), "is_capped": False}
    return [UUID(each["id"]) for each in page["items"]]


async def test_tasks_answered_under_an_earlier_version_are_found_and_counted_also_by_their_tags(
    bank: Organization,
) -> None:
    first, second = await bank.members(2)
    project = await bank.project(guideline="# First", opinions=2)
    await project.add(2, tags=["mail"])
    await project.add(2, "Second batch")
    for who in (first, second):
        await consent(project, who, 1)
    mail = await project.answer(first)
    both = await project.answer(first)
    plain = [await project.answer(first) for _ in range(2)]
    project.world.clock.advance(minutes=1)

    await change(project, "# Second")
    await consent(project, second, 2)
    await project.answer(second)

    assert await found(project, 2) == [mail, both, *plain]
    assert await found(project, 2, tag="mail") == [mail, both]
    assert await found(project, 1) == []


async def test_what_was_dealt_before_a_version_counts_as_answered_before_it_and_a_new_answer_does_not(
    bank: Organization,
) -> None:
    annotator = await bank.member()
    project = await bank.project(tasks=2, guideline="# First")
    await consent(project, annotator, 1)
    early = await project.answer(annotator)
    held = await project.take(annotator)
    project.world.clock.advance(minutes=1)
    await change(project, "# Second")

    await project.submit(annotator, held)
    assert await found(project, 2) == [early, held]

    await consent(project, annotator, 2)
    for task in (early, held):
        await project.world.services.work.labeling.reopen(annotator.actor, project.id, task)
        await project.submit(annotator, task, "no")
    assert await found(project, 2) == []


async def test_a_count_opens_nothing(bank: Organization) -> None:
    project = await bank.project(tasks=3, guideline="# First")
    async with project.world.superuser() as connection:
        before = await connection.fetchval("select count(*) from ledger_inbox where organization_id = $1", bank.id)

    browsing = project.world.services.work.browsing
    counted = await browsing.count(bank.owner.actor, project.id, TaskFilter(state="open"))

    async with project.world.superuser() as connection:
        after = await connection.fetchval("select count(*) from ledger_inbox where organization_id = $1", bank.id)
    # The project's name alone was opened.
    assert (counted["count"], after - before) == (3, 1)


async def test_affected_tasks_are_queued_again_by_the_filter_and_taken_back_where_nobody_took_them_up(
    world: World, web: Web, bank: Organization
) -> None:
    first, second = await bank.members(2)
    project = await bank.project(tasks=2, guideline="# First")
    await consent(project, first, 1)
    early = [await project.answer(first) for _ in range(2)]
    project.world.clock.advance(minutes=1)
    await change(project, "# Second")
    at = f"/projects/{project.id}/tasks/bulk"
    order = {"filter": {"guideline_before": 2}, "action": "requeue", "stage": "label", "opinions": 1}

    async with web.script(bank.owner) as script:
        queued = (await script.post(at, json=order)).json()
        await consent(project, second, 2)
        taken = await project.take(second)
        back = (await script.post(at, json={"ids": queued["ids"], "action": "unqueue"})).json()
        again = (await script.post(at, json={"ids": queued["ids"], "action": "unqueue"})).json()

    assert (queued["changed"], queued["next_cursor"]) == (2, None)
    assert set(queued["ids"]) == {str(each) for each in early}
    assert back["ids"] == [str(each) for each in early if each != taken]
    assert again["changed"] == 0
    after = await counts(project)
    assert (after["done"], after["tasks"]) == (1, 2)
    assert (await project.books()).unbalanced == []
    await project.submit(second, taken)
    await decide(project)
    assert ((await counts(project))["done"], (await project.books()).overanswered) == (2, [])


async def test_what_stood_for_a_task_stands_again_when_its_requeue_is_taken_back(bank: Organization) -> None:
    project = await bank.project(tasks=1, review_rate=1.0)
    author, reviewer = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (author, "yes"))
    await review(project, reviewer, await dealt(project, reviewer), "fix", fixed="no", note="It says no.")
    browsing = project.world.services.work.browsing
    before = (await browsing.task(bank.owner.actor, project.id, task))["resolved"]

    project.world.clock.advance(minutes=1)
    await browsing.requeue(bank.owner.actor, project.id, [task], "adjudicate", 1)
    assert await browsing.unqueue(bank.owner.actor, project.id, [task]) == [task]

    after = await browsing.task(bank.owner.actor, project.id, task)
    assert (after["state"], after["resolved"]) == ("done", before)
    assert (await claimed(project, reviewer, "adjudicate"))["status"] == "empty"
    assert await browsing.unqueue(bank.owner.actor, project.id, [task]) == []
