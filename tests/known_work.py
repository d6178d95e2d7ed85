"""A project whose gold comes to its reviewers as if it were work, for the tests that meet it there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from evenhand.work.gold import Known
from stage_verbs import REVIEW_ALL, dealt, decide, review
from world import Member, Organization, Project, World

ALWAYS = {"gold_rate": 0.5, "gold_rate_min": 0.5, **REVIEW_ALL}


async def golden(
    bank: Organization, *, wrong: int = 4, tasks: int = 60, gold: int = 12
) -> tuple[Project, Member, set[UUID]]:
    """(a project whose author answered work and all of its gold, `wrong` of it wrongly; the author; the gold)."""
    project = await bank.project(tasks=tasks, **ALWAYS)
    author = await bank.member()
    known = (await project.task_ids())[:gold]
    says_yes = Known("hidden", [{"question": "label", "value": "yes"}])
    await bank.world.services.work.gold.make(bank.owner.actor, project.id, [(task, says_yes) for task in known])
    missed = 0
    for _ in range(tasks):
        claim = await project.claim(author)
        if claim["status"] != "ok":
            break
        task = UUID(claim["assignment"]["task_id"])
        is_missed = task in known and missed < wrong
        missed += is_missed
        await project.submit(author, task, "no" if is_missed else "yes")
    await decide(project)
    await prepare(bank.world)
    return project, author, set(known)


async def prepare(world: World) -> None:
    while await world.relay.tell():
        pass
    await world.services.insight.reviewers.prepare()


async def until_known(project: Project, who: Member, gold: set[UUID], verdict: str = "accept") -> dict[str, Any]:
    """Review work until something known is dealt; its assignment."""
    for _ in range(60):
        assignment = await dealt(project, who)
        if UUID(assignment["task_id"]) in gold:
            return assignment
        await review(project, who, assignment, verdict)
    raise AssertionError("nothing known was dealt")
