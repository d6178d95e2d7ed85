"""Comments and reports: about a task one was dealt, and blind among annotators."""

from __future__ import annotations

from uuid import UUID

import pytest

from evenhand.work.model import NotYours
from world import Member, Project, World


async def said(project: Project, who: Member, task: UUID) -> list[str]:
    """The texts that a person reads under a task."""
    remarks = project.world.services.work.remarks
    return [each["text"] for each in await remarks.comments(who.actor, project.id, task)]


async def say(project: Project, who: Member, task: UUID, text: str) -> None:
    """A comment on a task, a second after the last."""
    project.world.clock.advance(seconds=1)
    await project.world.services.work.remarks.remark(who.actor, project.id, task, "comment", text, None)


async def test_a_task_that_was_never_dealt_to_an_annotator_has_no_comments_for_them(world: World) -> None:
    bank = await world.organization()
    annotator, stranger = await bank.members(2)
    project = await bank.project(tasks=1)
    task = await project.take(annotator)

    with pytest.raises(NotYours):
        await said(project, stranger, task)
    with pytest.raises(NotYours):
        await say(project, stranger, task, "Let me see.")


async def test_annotators_do_not_read_each_other(world: World) -> None:
    bank = await world.organization()
    first, second = await bank.members(2)
    project = await bank.project(tasks=1, opinions=2)
    task = await project.take(first)
    await project.take(second)

    await say(project, first, task, "I would say yes.")
    await say(project, bank.owner, task, "Read rule 3.")

    assert await said(project, first, task) == ["I would say yes.", "Read rule 3."]
    assert await said(project, second, task) == ["Read rule 3."]
    assert await said(project, bank.owner, task) == ["I would say yes.", "Read rule 3."]
