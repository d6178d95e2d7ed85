"""`kill -9` of web, worker and PostgreSQL under load: no acknowledged answer is lost, none doubled, no task over-answered."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from installed import Installed, installed

from world import read_books

PASSWORD = "four words are enough"
ANNOTATORS = 5
OPINIONS = 2
# More than can be answered between two kills: the load must last to the end.
TASKS_A_KILL = 400
API = "/api/v1"


class Annotator:
    """Answers task after task, and asks again with the same key until the server has said what became of an answer."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str], project: str) -> None:
        self._client = client
        self._headers = headers
        self._project = project
        self.acknowledged: dict[str, str] = {}
        self.said: Counter[str] = Counter()

    async def work(self, stop: asyncio.Event) -> None:
        """Until told to stop, and then until nothing is in doubt."""
        while not stop.is_set():
            dealt = await self._ask(f"/projects/{self._project}/claim", {"held": []}, stop)
            if dealt is None or dealt.get("status") != "ok":
                await asyncio.sleep(0.05)
                continue
            task = dealt["assignment"]["task_id"]
            answer = {"ontology_version": 1, "answers": [{"question": "label", "value": "yes"}]}
            result = await self._ask(f"/projects/{self._project}/tasks/{task}/annotations", answer, None, str(uuid4()))
            if result and "annotation_id" in result:
                assert self.acknowledged.setdefault(task, result["annotation_id"]) == result["annotation_id"]

    async def _ask(self, path: str, body: Any, stop: asyncio.Event | None, key: str = "") -> dict[str, Any] | None:
        """The answer; again while the server is away (stop: give up then). A refusal is an answer too."""
        headers = {**self._headers, **({"idempotency-key": key} if key else {})}
        while stop is None or not stop.is_set():
            try:
                answer = await self._client.post(API + path, json=body, headers=headers)
            except httpx.HTTPError as error:
                self.said[type(error).__name__] += 1
            else:
                self.said[str(answer.status_code)] += 1
                if answer.status_code not in (500, 502, 503, 507):
                    return dict(answer.json())
            await asyncio.sleep(0.05)
        return None


async def hire(server: Installed, owner: httpx.AsyncClient, project: str) -> Annotator:
    """Invited, joined, signed in."""
    email = f"{uuid4().hex}@example.org"
    link = (await owner.post(API + "/invitations", json={"email": email, "role": "annotator"})).json()["link"]
    client = httpx.AsyncClient(base_url=server.url, timeout=20)
    joined = await client.post(
        API + "/invitations/accept", json={"token": link.partition("#")[2], "password": PASSWORD, "name": "Somebody"}
    )
    return Annotator(client, {"x-csrf-token": joined.json()["csrf"]}, project)


async def prepare(server: Installed, owner: httpx.AsyncClient, tasks: int) -> str:
    """A project with tasks that want several opinions each."""
    preset = {"preset": "text-classification", "with": {"labels": ["yes", "no"]}}
    made = await owner.post(API + "/projects", json={"name": "Letters", "preset": preset, "opinions": OPINIONS})
    project: str = made.json()["id"]
    rows = "".join(json.dumps({"inputs": {"text": f"Letter {number}."}}) + "\n" for number in range(tasks))
    headers = {"content-type": "application/x-ndjson"}
    answer = await owner.post(f"{API}/projects/{project}/tasks", content=rows, headers=headers)
    assert answer.json()["imported"] == tasks
    return project


@pytest.mark.parametrize("kills", [9, pytest.param(200, marks=pytest.mark.drill)])
async def test_nothing_acknowledged_is_lost_or_doubled_whatever_is_killed_when(kills: int) -> None:
    with installed() as server:
        async with httpx.AsyncClient(
            base_url=server.url, headers={"authorization": f"Bearer {server.key}"}, timeout=60
        ) as owner:
            project = await prepare(server, owner, TASKS_A_KILL * kills)
            people = [await hire(server, owner, project) for _ in range(ANNOTATORS)]
            stop = asyncio.Event()
            working = [asyncio.create_task(person.work(stop)) for person in people]

            killed: Counter[str] = Counter()
            longest = 0.0
            for name in itertools.islice(itertools.cycle(("web", "postgres", "worker")), kills):
                await asyncio.sleep(0.4)
                await asyncio.to_thread(server.kill, name)
                killed[name] += 1
                longest = max(longest, await asyncio.to_thread(server.wait))
            await asyncio.sleep(0.5)
            stop.set()
            await asyncio.wait_for(asyncio.gather(*working), 60)

            await judge(server, UUID(project), people)
            answers = sum(len(each.acknowledged) for each in people)
            assert answers < TASKS_A_KILL * kills * OPINIONS, (
                "nothing was left to do: the last kills hit nobody at work"
            )
            print(
                f"\n{sum(killed.values())} kills {dict(killed)}; {answers} answers acknowledged, 0 lost, 0 doubled;"
                f" back after {longest:.1f} s at most; first start {server.seconds:.1f} s"
            )
            for person in people:
                await person._client.aclose()


async def judge(server: Installed, project: UUID, people: list[Annotator]) -> None:
    """What the database holds against what was acknowledged."""
    connection = await server.superuser()
    try:
        rows = await connection.fetch(
            "select task_id, person_id, version, annotation_id from annotation where project_id = $1", project
        )
        kept = {(str(row["task_id"]), str(row["annotation_id"])) for row in rows}
        acknowledged = {pair for person in people for pair in person.acknowledged.items()}
        assert acknowledged
        assert acknowledged - kept == set(), "lost"
        assert len({(row["task_id"], row["person_id"]) for row in rows}) == len(rows), "doubled"
        books = await read_books(connection, project)
        assert books.overanswered == []
        assert books.unbalanced == []
        written = await connection.fetch("select subject_id from ledger_inbox where action = 3")
        assert sorted(row["subject_id"] for row in written) == sorted(row["annotation_id"] for row in rows)
        unseen = await connection.fetchval(
            "select count(*) from assignment a where not exists (select from ledger_inbox i where i.object_id = a.task_id"
            " and i.organization_id = a.organization_id and i.action = 1 and i.purpose = 'label')"
        )
        assert unseen == 0, "holds whose look is not on record"
        deadline = time.monotonic() + 60
        while await connection.fetchval("select count(*) from outbox"):
            assert time.monotonic() < deadline, "the worker does not count any more"
            await asyncio.sleep(0.1)
        counted = await connection.fetchval("select answers from project_count where project_id = $1", project)
        assert counted == len(rows), "every answer is counted once, whatever killed the worker"
    finally:
        await connection.close()
