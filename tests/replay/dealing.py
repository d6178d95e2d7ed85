"""A crowd's real votes dealt one at a time to a project with adaptive opinions, through the real HTTP API.

Each task's votes come in a random order of its own. What the platform asks for is assigned to whoever comes next in that order; it
decides, and asks on or does not. The truth is read by the scorer alone.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from evenhand.cli.crowd import Accuracy, Crowd, accuracy
from evenhand.cli.replaying import AT_ONCE, INPUT, QUESTION, Member, Members, at_once, counted, make_project, most
from evenhand.client import AsyncClient

LEAST = 2
WAIT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Adapted:
    """What came of it. used: answers that were asked for, of all the crowd gave. decided: tasks the platform was content with.

    latencies: seconds from the answer that a decision waited for to the decision, of every decision.
    probabilities, is_right: of the answers that were decided, of tasks whose truth is known; a task that ran out of votes has
    its newest decision.
    quality: the overview after the last fit.
    """

    project_id: str
    used: int
    of: int
    decided: int
    tasks: int
    seconds: float
    latencies: list[float]
    by_decision: Accuracy
    by_votes: Accuracy
    probabilities: list[float]
    is_right: list[bool]
    quality: Any


async def replay_adaptively(url: str, api_key: str, name: str, crowd: Crowd, *, sure: float, seed: int) -> Adapted:
    """Replay a crowd into a new project that asks as often as each task needs."""
    started = time.monotonic()
    transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=AT_ONCE * 2))
    async with AsyncClient(url, api_key, transport=transport) as manager:
        workflow = {"adaptive": {"most": crowd.opinions, "sure": sure}}
        project, ids = await make_project(manager, name, crowd, opinions=min(LEAST, crowd.opinions), workflow=workflow)
        members = await Members(manager, transport, crowd, _silent).join()
        orders = _orders(crowd, seed)
        dealt: dict[str, int] = dict.fromkeys(crowd.votes, 0)
        while round_ := await _wanted(manager, project, orders, dealt):
            await _assign(manager, project, ids, round_, members)
            await _answer(project, crowd, round_, members)
            async with asyncio.timeout(WAIT_SECONDS):
                while await _undecided(manager, project):
                    await asyncio.sleep(0.05)
        rows = [row async for row in manager.tasks.list(project, page_size=500)]
        decided = sum(row["state"] == "done" for row in rows)
        quality = await _fitted(manager, project, decided)
        whole = await at_once(_whole, [(manager, project, row) for row in rows])
    told = {name: task["history"][-1] for name, task in whole}
    votes = {name: most(counted(task)) for name, task in whole}
    answers = {task: [move["answers"][0]["value"]] for task, move in told.items()}
    known = [task for task in crowd.truth if task in told]
    return Adapted(
        project,
        sum(dealt.values()),
        crowd.vote_count,
        decided,
        len(rows),
        time.monotonic() - started,
        [late for _, task in whole for late in _latencies(task)],
        accuracy(answers, crowd.truth),
        accuracy(votes, crowd.truth),
        [told[task]["probability"] for task in known],
        [answers[task] == [crowd.truth[task]] for task in known],
        quality,
    )


def _silent(_step: str, _done: int, _of: int) -> None:
    """Tells nobody."""


def _orders(crowd: Crowd, seed: int) -> dict[str, list[str]]:
    """task -> its voters, in a random order of its own."""
    chance = random.Random(seed)
    return {task: chance.sample(sorted(votes), len(votes)) for task, votes in sorted(crowd.votes.items())}


async def _wanted(
    manager: AsyncClient, project: str, orders: Mapping[str, Sequence[str]], dealt: dict[str, int]
) -> dict[str, list[str]]:
    """worker -> the tasks that are theirs in the next round: what the platform asks for, as far as the crowd has votes."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    async for row in manager.tasks.list(project, page_size=500):
        task = row["external_id"] or ""
        asked = row["opinions"]["wanted"] - row["opinions"]["got"]
        voters = orders[task][dealt[task] : dealt[task] + asked]
        dealt[task] += len(voters)
        for worker in voters:
            found[worker].append(task)
    return dict(found)


async def _assign(
    manager: AsyncClient,
    project: str,
    ids: Mapping[str, str],
    round_: Mapping[str, list[str]],
    members: Mapping[str, Member],
) -> None:
    async def one(worker: str, tasks: list[str]) -> None:
        done = await manager.tasks.change(project, [ids[task] for task in tasks], "assign", members[worker].person_id)
        assert done["changed"] == len(tasks), (worker, done)

    await at_once(one, round_.items())


async def _answer(project: str, crowd: Crowd, round_: Mapping[str, list[str]], members: Mapping[str, Member]) -> None:
    async def one(worker: str, tasks: list[str]) -> None:
        work = members[worker].client.work
        claim = await work.claim(project)
        for left in range(len(tasks) - 1, -1, -1):
            assignment = claim["assignment"]
            label = crowd.votes[assignment["item"]["inputs"][INPUT]["text"]][worker]
            submitted = await work.submit(assignment, [{"question": QUESTION, "value": label}], next=left > 0)
            claim = submitted["next"] or claim

    await at_once(one, round_.items())


async def _undecided(manager: AsyncClient, project: str) -> bool:
    """Whether a task has all the answers it wanted and the platform has not said yet what follows."""
    rows = [row async for row in manager.tasks.list(project, page_size=500)]
    return any(row["opinions"]["got"] == row["opinions"]["wanted"] and row["state"] != "done" for row in rows)


async def _fitted(manager: AsyncClient, project: str, decided: int) -> Any:
    """The overview once the sweep has read every answer, and every decision: the last ones may come while it reads."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            found = await manager.quality.get(project)
            if found["is_current"] and (found["decided"] or {}).get("tasks") == decided:
                return found
            await asyncio.sleep(0.5)


async def _whole(manager: AsyncClient, project: str, row: Any) -> tuple[str, Any]:
    """(task name, the task with all that the model decided of it)."""
    return row["external_id"] or "", await manager.tasks.get(project, row["id"])


def _latencies(task: Any) -> list[float]:
    """Seconds from the last answer that each decision read to the decision, by the clock of the installation."""
    given = sorted(datetime.fromisoformat(each["submitted_at"]) for each in task["annotations"])
    return [(datetime.fromisoformat(move["at"]) - given[move["votes"] - 1]).total_seconds() for move in task["history"]]
