"""A replay: real annotators' real votes sent through the real HTTP API, and their majority held against the truth.

Each worker becomes a member by invitation, is assigned the tasks they answered in life, claims and answers them in a session
of their own. Nothing knows that it is a replay.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from evenhand.cli.crowd import Accuracy, Crowd, accuracy, majority_winners
from evenhand.client import AsyncClient

Done = TypeVar("Done")
Tell = Callable[[str, int, int], None]
AT_ONCE = 8
_ASSIGNED_AT_ONCE = 500
QUESTION, INPUT = "label", "text"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a replay found. by_platform and by_file are equal, or the platform lost or changed a vote.

    differing: tasks of which the majority of the answers on the platform is not the file's.
    """

    project_id: str
    votes: int
    tasks: int
    workers: int
    seconds: float
    by_platform: Accuracy
    by_file: Accuracy
    differing: list[str]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        low, high = self.by_platform.interval()
        return {
            "project_id": self.project_id, "votes": self.votes, "tasks": self.tasks, "workers": self.workers,
            "seconds": round(self.seconds, 1), "accuracy": self.by_platform.share, "low": low, "high": high,
            "right": self.by_platform.right, "of": self.by_platform.tasks, "accuracy_of_file": self.by_file.share,
            "differing": self.differing,
        }  # fmt: skip


async def replay(url: str, api_key: str, name: str, crowd: Crowd, tell: Tell) -> Outcome:
    """Replay a crowd into a new project. tell: called with (step, done, of) as it goes."""
    started = time.monotonic()
    # One pool for everybody: hundreds of people need not have hundreds of connections.
    transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=AT_ONCE * 2))
    async with AsyncClient(url, api_key, transport=transport) as manager:
        project, ids = await make_project(manager, name, crowd, opinions=crowd.opinions)
        members = await Members(manager, transport, crowd, tell).join()
        await _assign(manager, project, ids, crowd, members, tell)
        await _answer(project, crowd, members, tell)
        winners = await _majority(manager, project, ids, crowd.vote_count)
    expected = majority_winners(crowd)
    return Outcome(
        project_id=project,
        votes=crowd.vote_count,
        tasks=len(crowd.votes),
        workers=len(members),
        seconds=time.monotonic() - started,
        by_platform=accuracy(winners, crowd.truth),
        by_file=accuracy(expected, crowd.truth),
        differing=sorted(task for task, labels in expected.items() if winners.get(task) != labels),
    )


async def make_project(manager: AsyncClient, name: str, crowd: Crowd, **settings: Any) -> tuple[str, dict[str, str]]:
    """(project id, task name -> task id). The item of a task is its name: the pictures themselves are not in the file."""
    ontology = {
        "format": "evenhand-ontology/1",
        "name": "replay",
        "language": "en",
        "inputs": [{"name": INPUT, "kind": "text"}],
        "questions": [
            {
                "name": QUESTION,
                "kind": "choice",
                "text": "Which label?",
                "settings": {"options": [{"value": label} for label in crowd.labels]},
            }
        ],
    }
    made = await manager.projects.create(name, ontology=ontology, open_to="assigned", **settings)
    project = made["id"]
    await manager.tasks.import_(project, [{INPUT: task, "external_id": task} for task in crowd.votes])
    ids = {row["external_id"] or "": row["id"] async for row in manager.tasks.list(project, page_size=500)}
    return project, ids


@dataclass(frozen=True, slots=True)
class Member:
    person_id: str
    client: AsyncClient


class Members:
    """Makes every worker a member, by invitation and acceptance like anybody."""

    def __init__(self, manager: AsyncClient, transport: httpx.AsyncHTTPTransport, crowd: Crowd, tell: Tell) -> None:
        self._manager = manager
        self._transport = transport
        self._workers = sorted(crowd.by_worker())
        self._tell = tell
        # New people at every replay: a worker of another set with the same number is somebody else.
        self._host = f"replay-{secrets.token_hex(4)}.example"
        self._done = 0

    async def join(self) -> dict[str, Member]:
        """worker -> member."""
        joined = await at_once(self._join, [(worker,) for worker in self._workers])
        return dict(zip(self._workers, joined, strict=True))

    async def _join(self, worker: str) -> Member:
        invited = await self._manager.people.invite(f"{worker}@{self._host}", "annotator", name=worker)
        client = AsyncClient(self._manager.connection.url, transport=self._transport)
        await client.accept_invitation(invited["link"], secrets.token_urlsafe(24), worker)
        self._done += 1
        self._tell("people", self._done, len(self._workers))
        return Member(invited["id"], client)


async def _assign(
    manager: AsyncClient, project: str, ids: Mapping[str, str], crowd: Crowd, members: Mapping[str, Member], tell: Tell
) -> None:
    count = itertools.count(1)

    async def one(worker: str, tasks: Iterable[str]) -> None:
        wanted = [ids[task] for task in tasks]
        for start in range(0, len(wanted), _ASSIGNED_AT_ONCE):
            part = wanted[start : start + _ASSIGNED_AT_ONCE]
            done = await manager.tasks.change(project, part, "assign", members[worker].person_id)
            if done["changed"] != len(part):
                raise RuntimeError(f"{len(part) - done['changed']} tasks of {worker} could not be assigned.")
        tell("assigned", next(count), len(members))

    await at_once(one, crowd.by_worker().items())


async def _answer(project: str, crowd: Crowd, members: Mapping[str, Member], tell: Tell) -> None:
    count, of = itertools.count(1), crowd.vote_count

    async def one(worker: str, labels: Mapping[str, str]) -> None:
        work = members[worker].client.work
        claim = await work.claim(project)
        for left in range(len(labels) - 1, -1, -1):
            assignment = claim["assignment"]
            label = labels[assignment["item"]["inputs"][INPUT]["text"]]
            answer = [{"question": QUESTION, "value": label}]
            submitted = await work.submit(assignment, answer, next=left > 0)
            claim = submitted["next"] or claim
            tell("votes", next(count), of)

    await at_once(one, crowd.by_worker().items())


async def _majority(manager: AsyncClient, project: str, ids: Mapping[str, str], votes: int) -> dict[str, list[str]]:
    """task name -> the labels with the most votes, of every answer as the server shows it beside its task.

    Not its labels: those are a model's, once one has read the answers.
    """

    async def one(task_id: str) -> Counter[str]:
        return counted(await manager.tasks.get(project, task_id))

    found = dict(zip(ids, await at_once(one, [(each,) for each in ids.values()]), strict=True))
    had = sum(each.total() for each in found.values())
    if had != votes:
        raise RuntimeError(f"{votes} votes were sent, but the server has {had}.")
    return {task: most(each) for task, each in found.items()}


def counted(task: Mapping[str, Any]) -> Counter[str]:
    """How often each label was answered to a task, as the server shows it."""
    return Counter(answer["value"] for each in task["annotations"] for answer in each["answers"])


def most(votes: Counter[str]) -> list[str]:
    """The labels with the most votes, in order."""
    return sorted(label for label, count in votes.items() if count == max(votes.values()))


async def at_once(do: Callable[..., Awaitable[Done]], arguments: Iterable[tuple[Any, ...]]) -> list[Done]:
    """Do it with each arguments, at most AT_ONCE at a time; the first error ends the rest."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(given: tuple[Any, ...]) -> Done:
        async with room:
            return await do(*given)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(given)) for given in arguments]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
