"""Discussions: of guidelines among all of a project, of a task blind among its annotators; resolved, told, deleted."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from evenhand.core.errors import LimitReached, NotAllowed, NotFound
from evenhand.work import remarks
from evenhand.work.browsing import TaskFilter
from evenhand.work.discussions import REPLIES_MAX, Question
from evenhand.work.shapes.discussions import Passage
from world import Member, Organization, Project, World

WHERE: Passage = {"heading": "How to decide", "quote": "who threatens", "before": "Angry is ", "after": " to leave"}


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization()


async def ask(project: Project, who: Member, text: str = "Sarcasm too?") -> UUID:
    project.world.clock.advance(seconds=1)
    asked = await project.world.services.work.discussions.ask(who.actor, project.id, Question(text, 1, WHERE), None)
    return UUID(asked["id"])


async def reply(project: Project, who: Member, discussion: UUID, text: str) -> None:
    project.world.clock.advance(seconds=1)
    await project.world.services.work.discussions.reply(who.actor, project.id, discussion, text, None)


async def read(project: Project, who: Member, state: Any = None) -> list[dict[str, Any]]:
    page = await project.world.services.work.discussions.page(who.actor, project.id, state, None, 50)
    return [dict(each) for each in page["items"]]


async def resolve(project: Project, who: Member, discussion: UUID, *, is_resolved: bool = True) -> None:
    discussions = project.world.services.work.discussions
    await discussions.set_resolved(who.actor, project.id, discussion, is_resolved=is_resolved)


async def comment(project: Project, who: Member, task: UUID, text: str, reply_to: UUID | None = None) -> UUID:
    project.world.clock.advance(seconds=1)
    said = await project.world.services.work.remarks.remark(
        who.actor, project.id, task, "comment", text, None, reply_to=reply_to
    )
    return UUID(said["id"])


async def comments(project: Project, who: Member, task: UUID) -> list[str]:
    page = await project.world.services.work.remarks.comments(who.actor, project.id, task)
    return [each["text"] for each in page]


async def told(project: Project, who: Member) -> list[tuple[str, str | None]]:
    page = await project.world.services.notifications.page(who.actor, None, 50)
    return [(each["kind"], each["subject_id"]) for each in page["items"]]


async def test_everybody_of_the_project_reads_what_was_asked_about_the_guidelines(bank: Organization) -> None:
    asker, other = await bank.members(2)
    project = await bank.project(guideline="# How to decide")

    discussion = await ask(project, asker)
    await reply(project, bank.owner, discussion, "Yes.")
    await reply(project, other, discussion, "Also by mail?")

    for person in (asker, other, bank.owner):
        [shown] = await read(project, person)
        assert (shown["text"], shown["passage"], shown["version"]) == ("Sarcasm too?", WHERE, 1)
        assert [each["text"] for each in shown["replies"]] == ["Yes.", "Also by mail?"]
        assert shown["who"] == asker.actor.pseudonym


async def test_who_is_in_a_discussion_is_told_and_nobody_of_what_they_said_themselves(bank: Organization) -> None:
    asker, other, outside = await bank.members(3)
    project = await bank.project(guideline="# How to decide")
    discussion = await ask(project, asker)

    assert await told(project, bank.owner) == [("guideline.discussed", str(discussion))]
    assert await told(project, asker) == []
    await reply(project, other, discussion, "I wonder too.")
    await resolve(project, bank.owner, discussion)

    assert await told(project, asker) == [("guideline.discussed", str(discussion))]
    assert await told(project, other) == [("guideline.discussed", str(discussion))]
    assert await told(project, outside) == []


async def test_a_discussion_is_resolved_by_whoever_began_it_or_reads_tasks_and_opened_again(bank: Organization) -> None:
    asker, other = await bank.members(2)
    reviewer = await bank.member("reviewer")
    project = await bank.project(guideline="# How to decide")
    discussion = await ask(project, asker)

    with pytest.raises(NotAllowed):
        await resolve(project, other, discussion)
    await resolve(project, asker, discussion)

    [shown] = await read(project, other, "resolved")
    assert (shown["resolved_by"], await read(project, other, "open")) == (asker.actor.pseudonym, [])
    await resolve(project, reviewer, discussion, is_resolved=False)
    assert [each["resolved_at"] for each in await read(project, other, "open")] == [None]


async def test_open_questions_are_counted_for_managers_apart_for_tasks_and_guidelines(bank: Organization) -> None:
    annotator = await bank.member()
    project = await bank.project(tasks=2, guideline="# How to decide")
    await project.world.services.work.guidelines.consent(annotator.actor, project.id, 1)
    task = await project.take(annotator)
    first, _ = await ask(project, annotator), await ask(project, annotator)
    on_task = await comment(project, annotator, task, "Irony?")
    await comment(project, bank.owner, task, "Yes.", reply_to=on_task)

    async def counted() -> tuple[int, int]:
        counts = (await project.world.services.work.projects.get(bank.owner.actor, project.id))["counts"]
        return counts["questions_on_guidelines"], counts["questions_on_tasks"]

    async def asked() -> list[str]:
        browsing = project.world.services.work.browsing
        page = await browsing.tasks(bank.owner.actor, project.id, TaskFilter(state="asked"), None, 50)
        return [each["id"] for each in page["items"]]

    assert (await counted(), await asked()) == ((2, 1), [str(task)])
    await resolve(project, bank.owner, first)
    await resolve(project, bank.owner, on_task)
    assert (await counted(), await asked()) == ((1, 0), [])


async def test_annotators_of_one_task_learn_nothing_of_each_others_discussions_until_it_is_decided(
    bank: Organization,
) -> None:
    first, second = await bank.members(2)
    project = await bank.project(tasks=1, opinions=2)
    task = await project.take(first)
    await project.take(second)
    asked = await comment(project, first, task, "I would say yes.")

    await comment(project, bank.owner, task, "So would I.", reply_to=asked)
    to_all = await comment(project, bank.owner, task, "Read rule 3.")
    await comment(project, first, task, "Rule 3 says yes.", reply_to=to_all)

    assert await comments(project, second, task) == ["Read rule 3."]
    assert await comments(project, first, task) == [
        "I would say yes.",
        "So would I.",
        "Read rule 3.",
        "Rule 3 says yes.",
    ]
    assert ("task.commented", str(task)) in await told(project, second)  # of what was said to all, once
    for verb in (comment(project, second, task, "Me too.", reply_to=asked), resolve(project, second, asked)):
        with pytest.raises(NotFound):
            await verb

    await project.submit(first, task)
    assert await comments(project, second, task) == ["Read rule 3."]
    await project.submit(second, task, "no")
    assert len(await comments(project, second, task)) == 4


async def test_without_the_rule_annotators_of_one_task_would_learn_it(
    bank: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = remarks._queries.rows

    async def all_rows(connection: Any, name: str, **facts: Any) -> Any:
        return await query(connection, name, **{**facts, "all": True} if name == "remarks" else facts)

    monkeypatch.setattr(remarks._queries, "rows", all_rows)

    with pytest.raises(AssertionError):
        await test_annotators_of_one_task_learn_nothing_of_each_others_discussions_until_it_is_decided(bank)


async def test_what_belongs_to_another_project_or_to_a_task_is_no_discussion_of_these_guidelines(
    bank: Organization,
) -> None:
    project, other = await bank.project(tasks=1, guideline="# A"), await bank.project(guideline="# B")
    discussion = await ask(other, bank.owner)
    await project.world.services.work.guidelines.consent(bank.owner.actor, project.id, 1)
    task = await project.take(bank.owner)
    on_task = await comment(project, bank.owner, task, "Irony?")

    for wrong in (discussion, on_task, uuid4()):
        with pytest.raises(NotFound):
            await reply(project, bank.owner, wrong, "Yes.")
    with pytest.raises(NotFound):
        await resolve(project, bank.owner, discussion)
    with pytest.raises(NotFound):
        await comment(project, bank.owner, task, "Yes.", reply_to=discussion)


async def test_a_discussion_has_so_many_replies_and_no_more(bank: Organization) -> None:
    project = await bank.project(guideline="# A")
    discussion = await ask(project, bank.owner)
    async with project.world.superuser() as connection:
        await connection.execute(
            "insert into remark (organization_id, remark_id, project_id, person_id, guideline_version, reply_to, kind,"
            " chunk_key_id, sealed, at) select organization_id, gen_random_uuid(), project_id, person_id, 1, remark_id,"
            " 'comment', chunk_key_id, sealed, at from remark, generate_series(1, $2) where remark_id = $1",
            discussion,
            REPLIES_MAX,
        )

    with pytest.raises(LimitReached):
        await reply(project, bank.owner, discussion, "One more.")


async def test_what_was_said_lies_sealed_and_goes_with_the_project(bank: Organization) -> None:
    project = await bank.project(guideline="# A")
    await reply(project, bank.owner, await ask(project, bank.owner, "A secret question"), "A secret answer")
    services, clock = project.world.services, project.world.clock
    async with project.world.superuser() as connection:
        rows = await connection.fetch("select sealed from remark where project_id = $1", project.id)
        assert len(rows) == 2 and not any(b"secret" in row["sealed"] for row in rows)

        await services.work.projects.set_state(bank.owner.actor, project.id, "trashed")
        while await connection.fetchval(
            "select evenhand.project_delete_some($1, $2, 500, $3)", bank.id, project.id, clock.now()
        ):
            pass

        assert await connection.fetchval("select count(*) from remark where project_id = $1", project.id) == 0
