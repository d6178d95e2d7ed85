"""Webhooks tell what becomes of a task in its later stages, each move once; of known work they tell nothing."""

from __future__ import annotations

from uuid import UUID

from receiver import Receiver
from test_webhooks import Hooks, hooks, receiver

from evenhand.http.model import EVENTS
from evenhand.work.gold import Known
from stage_verbs import REVIEW_ALL, adjudicate, dealt, decide, labeled, review
from world import World

__all__ = ["hooks", "receiver"]
STAGES = ["task.reviewed", "task.sent-back", "task.adjudicated", "task.reopened", "task.done"]


def told(receiver: Receiver, secret: str) -> list[tuple[str, str]]:
    """(event, task) of what was received since last asked, in order of name."""
    found = sorted((each["type"], each["data"]["task_id"]) for each in receiver.verified(secret))
    receiver.received.clear()
    return found


async def test_every_move_of_a_task_is_told_by_its_own_name(hooks: Hooks, receiver: Receiver, world: World) -> None:
    bank = await world.organization()
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    made = await hooks.verbs.create(bank.owner.actor, receiver.url, STAGES, None, "")
    task = await labeled(project, (ana, "yes"))
    browsing = world.services.work.browsing

    moves: list[list[tuple[str, str]]] = []
    await review(project, rita, await dealt(project, rita), "send-back")
    await hooks.sent()
    moves.append(told(receiver, made["secret"]))
    await labeled(project, (ana, "no"))
    await review(project, rita, await dealt(project, rita), "accept")
    await hooks.sent()
    moves.append(told(receiver, made["secret"]))
    await browsing.requeue(bank.owner.actor, project.id, [task], "adjudicate", 1)
    await hooks.sent()
    moves.append(told(receiver, made["secret"]))
    await dealt(project, rita, "adjudicate")
    await adjudicate(project, rita, task, "decide", "no")
    await hooks.sent()
    moves.append(told(receiver, made["secret"]))

    names = [[name for name, of in each if of == str(task)] for each in moves]
    assert names == [
        ["task.sent-back"],
        ["task.done", "task.reviewed"],
        ["task.reopened"],
        ["task.adjudicated", "task.done"],
    ]


async def test_a_verdict_on_known_work_is_told_to_nobody(hooks: Hooks, receiver: Receiver, world: World) -> None:
    bank = await world.organization()
    project = await bank.project(tasks=30, gold_rate=0.5, gold_rate_min=0.5, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    gold = (await project.task_ids())[:8]
    known = Known("hidden", [{"question": "label", "value": "yes"}])
    await world.services.work.gold.make(bank.owner.actor, project.id, [(task, known) for task in gold])
    while (claim := await project.claim(ana))["status"] == "ok":
        await project.submit(ana, UUID(claim["assignment"]["task_id"]))
    await decide(project)
    while await world.relay.tell():
        pass
    await world.services.insight.reviewers.prepare()
    made = await hooks.verbs.create(bank.owner.actor, receiver.url, EVENTS, None, "")

    judged = set()
    reviewing = world.services.work.reviewing
    while (claim := await reviewing.claim(rita.actor, project.id, "review", []))["status"] == "ok":
        judged.add(UUID(claim["assignment"]["task_id"]))
        await review(project, rita, claim["assignment"], "accept")
    await hooks.relayed()

    assert judged & set(gold), "nothing known was dealt"
    events = sorted(each["event"] for each in await hooks.log(bank.owner, made["id"]))
    work = len(judged - set(gold))
    assert events == ["task.done"] * work + ["task.reviewed"] * work
