"""The verbs of reviewers, adjudicators and the worker that decides, as tests speak them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from evenhand.work.reviewing import Standing, Verdict
from world import Member, Project

REVIEW_ALL = {"review_rate": 1.0}


async def decide(project: Project) -> None:
    """The worker's round, for this project alone."""
    deciding = project.world.services.work.deciding
    while await deciding.decide_in(project.organization.id, project.id):
        pass


async def labeled(project: Project, *labels: tuple[Member, str]) -> UUID:
    """One task, answered by these people, and decided."""
    for person, label in labels:
        task = await project.answer(person, label)
    await decide(project)
    return task


async def claimed(project: Project, who: Member, stage: str = "review", held: Sequence[UUID] = ()) -> dict[str, Any]:
    return await project.world.services.work.reviewing.claim(who.actor, project.id, stage, list(held))


async def dealt(project: Project, who: Member, stage: str = "review") -> dict[str, Any]:
    """The assignment of a claim that deals one."""
    claim = await claimed(project, who, stage)
    assert claim["status"] == "ok", claim
    return claim["assignment"]


async def review(
    project: Project,
    who: Member,
    assignment: dict[str, Any],
    verdict: str,
    *,
    fixed: str | None = None,
    reason: str | None = "slip",
    note: str | None = None,
    key: UUID | None = None,
    active_ms: int = 0,
) -> dict[str, Any]:
    """The same verdict on every answer of an assignment."""
    said = [
        Verdict(UUID(each["annotation_id"]), verdict, None if verdict == "accept" else reason, note)
        for each in assignment["answers"]
    ]
    standing = None if fixed is None else Standing(1, [{"question": "label", "value": fixed}])
    task = UUID(assignment["task_id"])
    reviewing = project.world.services.work.reviewing
    return await reviewing.review(
        who.actor, project.id, task, said, standing, key or uuid4(), next_=False, held=[], active_ms=active_ms
    )


async def adjudicate(
    project: Project, who: Member, task: UUID | str, action: str, decided: str | None = None, reason: str | None = None
) -> dict[str, Any]:
    standing = None if decided is None else Standing(1, [{"question": "label", "value": decided}])
    task = UUID(str(task))
    reviewing = project.world.services.work.reviewing
    said = Verdict(task, action, reason)
    return await reviewing.adjudicate(
        who.actor, project.id, task, action, said, standing, uuid4(), next_=False, held=[]
    )


async def place(project: Project, task: UUID | str) -> str | None:
    async with project.world.superuser() as connection:
        return await connection.fetchval("select place from task_stage where task_id = $1", UUID(str(task)))


async def entries(project: Project, task: UUID | str) -> list[tuple[int, str | None, str | None]]:
    """(action, purpose, rule) of what is on record about a task, in order."""
    async with project.world.superuser() as connection:
        rows = await connection.fetch(
            "select action, purpose, rule from ledger_inbox where object_id = $1 order by xid, id", UUID(str(task))
        )
    return [tuple(row) for row in rows]


async def counts(project: Project) -> dict[str, int]:
    while await project.world.relay.tell():
        pass
    return (await project.world.services.work.projects.get(project.owner.actor, project.id))["counts"]
