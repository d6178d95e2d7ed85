"""Hidden gold cannot be told from work: a classifier that is given all that an annotator can receive does no better than chance.

People work through the HTTP API, in batches that came on different days, gold among them from an import of its own and from tasks
that were done before. Every number that can be made of every answer is kept: status, headers, sizes, timings, each leaf of the
body, ids as numbers and beside the ids before, order, and what the pages beside it say after each answer. Then people who know
which were gold look for the one number that tells most, and train two classifiers on all of them; none does better than with
the truth shuffled. Saboteurs leak one thing each.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.ensemble import ExtraTreesClassifier

from database import Copy
from evenhand.core.ids import uuid7s
from evenhand.work import importing
from evenhand.work.gold import Known
from web import Web, web_of
from world import Project, World, sabotage, world_on

PEOPLE = 4
SHUFFLES, SIGMAS, RIDGE = 24, 4.0, 100.0


@dataclass
class Watcher:
    """What one person sees, and what can be made of it by numbers."""

    script: httpx.AsyncClient
    project: str
    rows: list[dict[str, float]] = field(default_factory=list)
    tasks: list[UUID] = field(default_factory=list)
    last: dict[str, float] = field(default_factory=dict)

    async def work(self, count: int, after: Callable[[], Awaitable[None]]) -> None:
        """Claim once, then answer and take the next, so often."""
        answer, seconds = await self._timed("POST", f"/projects/{self.project}/claim", json={"held": []})
        for _ in range(count):
            body = answer.json()
            claim = body.get("next", body)
            if claim["status"] != "ok":
                return
            assignment = claim["assignment"]
            row = {**said(answer, "dealt"), "dealt.seconds": seconds}
            task = f"/projects/{self.project}/tasks/{assignment['task_id']}"
            comments, spent = await self._timed("GET", f"{task}/comments")
            row |= {**said(comments, "comments"), "comments.seconds": spent}
            label = {"question": "label", "value": "yes"}
            submission = {"ontology_version": 1, "answers": [label], "next": True, "held": []}
            answer, seconds = await self._timed("POST", f"{task}/annotations", json=submission)
            own = {name: each for name, each in answer.json().items() if name != "next"}
            row |= {**leaves(own, "submitted"), "submitted.status": answer.status_code, "submitted.seconds": seconds}
            await after()
            mine = f"/projects/{self.project}/my-answers"
            pages = (("work", "/work"), ("mine", f"{mine}?limit=1"), ("again", f"{mine}/{assignment['task_id']}"))
            for name, path in pages:
                page, spent = await self._timed("GET", path)
                row |= {**said(page, name), f"{name}.seconds": spent}
            project, _ = await self._timed("GET", f"/projects/{self.project}")
            row |= said(project, "project")
            self._keep(row, UUID(assignment["task_id"]))

    def _keep(self, row: dict[str, float], task: UUID) -> None:
        """What was seen, and how it differs from what was seen before it."""
        row["place"] = len(self.rows)
        self.rows.append({**row, **{f"{name} since": each - self.last.get(name, each) for name, each in row.items()}})
        self.last = row
        self.tasks.append(task)

    async def _timed(self, method: str, path: str, **more: Any) -> tuple[httpx.Response, float]:
        began = time.perf_counter()
        answer = await self.script.request(method, path, **more)
        assert answer.status_code < 300, answer.text
        return answer, time.perf_counter() - began


def said(answer: httpx.Response, name: str) -> dict[str, float]:
    """An answer as numbers: its status, its size, its headers and every leaf of its body."""
    headers = {
        f"{name}.header.{key}.{at}": each for key, value in answer.headers.items() for at, each in measures(value)
    }
    facts = {f"{name}.status": float(answer.status_code), f"{name}.size": float(len(answer.content))}
    return {**facts, **headers, **leaves(answer.json(), name)}


def leaves(value: Any, path: str) -> dict[str, float]:
    """Every leaf of a document as numbers, by its path."""
    if isinstance(value, dict):
        parts = [leaves(each, f"{path}.{key}") for key, each in value.items()]
        return {f"{path}.keys": float(len(value)), **{key: each for part in parts for key, each in part.items()}}
    if isinstance(value, list):
        parts = [leaves(each, f"{path}[{at}]") for at, each in enumerate(value[:3])]
        return {f"{path}.count": float(len(value)), **{key: each for part in parts for key, each in part.items()}}
    if isinstance(value, bool) or value is None:
        return {path: {None: -1.0, False: 0.0, True: 1.0}[value]}
    if isinstance(value, int | float):
        return {path: float(value)}
    return {f"{path}.{at}": each for at, each in measures(str(value))}


def measures(text: str) -> list[tuple[str, float]]:
    """A text as numbers: its length; an id by its parts; a time as seconds; a count as itself."""
    found = [("length", float(len(text)))]
    try:
        number = UUID(text).int
        return [
            *found,
            ("time", float(number >> 80)),
            ("counter", float(number >> 64 & 0xFFF)),
            ("high", float(number >> 64)),
        ]
    except ValueError:
        pass
    try:
        return [*found, ("at", datetime.fromisoformat(text).timestamp())]
    except ValueError:
        pass
    digits = text.replace(".", "").strip('"')
    return [*found, ("number", float(digits[:15]))] if digits.isdecimal() else found


def separation(rows: list[dict[str, float]], is_gold: list[bool]) -> Iterator[tuple[str, float]]:
    """For each way of telling: by how many standard deviations of its own its score lies above those with the truth shuffled."""
    names = sorted({name for row in rows for name in row})
    table = np.array([[row.get(name, -7.0) for name in names] for row in rows])
    varies = np.ptp(table, axis=0) > 0
    table = table[:, varies]
    truth = np.array(is_gold)
    ranks = rankdata(table, axis=0)
    apart = areas(ranks, truth) - 0.5
    kept = np.array(names)[varies]
    print("tell most:", [(str(kept[at]), round(float(apart[at]), 3)) for at in np.argsort(-np.abs(apart))[:5]])
    yield "one number", sigmas(lambda truth: strongest(ranks, truth), truth, 200)
    yield "linear", sigmas(linear(table), truth, 200)
    yield "trees", sigmas(lambda truth: by_trees(table, truth), truth, SHUFFLES)


def sigmas(scored: Callable[[Any], float], truth: Any, shuffles: int) -> float:
    draw = np.random.default_rng(0)
    shuffled = [scored(draw.permutation(truth)) for _ in range(shuffles)]
    return (scored(truth) - float(np.mean(shuffled))) / float(np.std(shuffled, ddof=1))


def areas(ranks: Any, truth: Any) -> Any:
    """The area under the curve of each number by itself."""
    positive = int(truth.sum())
    return (ranks[truth].sum(axis=0) - positive * (positive + 1) / 2) / (positive * (truth.size - positive))


def strongest(ranks: Any, truth: Any) -> float:
    """How far the area under the curve of the one number that tells most lies from that of a coin."""
    return float(np.abs(areas(ranks, truth) - 0.5).max())


def linear(table: Any) -> Callable[[Any], float]:
    """Truth -> how well ridge regression tells it, each row by all the others (Allen, 1974: from one fit)."""
    columns = (table - table.mean(axis=0)) / table.std(axis=0)
    kernel = columns @ columns.T
    hat = kernel @ np.linalg.inv(kernel + RIDGE * np.eye(len(table))) + 1 / len(table)
    left_out = 1 - np.diag(hat)

    def scored(truth: Any) -> float:
        signs = np.where(truth, 1.0, -1.0)
        return area(signs - (signs - hat @ signs) / left_out, truth)

    return scored


def by_trees(table: Any, truth: Any) -> float:
    """How well a forest tells the truth, each row by the trees that were grown without it."""
    forest = ExtraTreesClassifier(60, min_samples_leaf=3, bootstrap=True, oob_score=True, random_state=0)
    forest.fit(table, truth)
    return area(forest.oob_decision_function_[:, 1], truth)


def area(predicted: Any, truth: Any) -> float:
    """The area under the curve: how often a row that is true is placed above one that is not."""
    positive = int(truth.sum())
    ranks = rankdata(predicted)
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * (truth.size - positive)))


Watch = Callable[[int], Awaitable[Iterator[tuple[str, float]]]]


async def standing_out(watch: Watch) -> set[str]:
    """The ways of telling that stood out each time of three: by chance alone one does once in a thousand times, a leak always.

    watch: the number of the time -> what was found, among other people and tasks each time.
    """
    left: set[str] | None = None
    for again in range(3):
        found = list(await watch(again))
        print(found)
        out = {name for name, above in found if above >= SIGMAS}
        left = out if left is None else left & out
        if not left:
            break
    return left or set()


async def is_noticed(watch: Watch) -> bool:
    """Whether a leak stands out: where little was dealt of either kind it may take a second look."""
    for again in range(3):
        for name, above in await watch(again):
            print(name, above)
            if above >= SIGMAS:
                return True
    return False


async def watched(world: World, web: Web, responses: int, again: int = 0) -> Iterator[tuple[str, float]]:
    """The world of the head of this file, and what can be made of it, one way of telling after the other."""
    bank = await world.organization()
    members = await bank.members(PEOPLE)
    earlier = await bank.member()
    project = await bank.project(gold_rate=0.15, gold_rate_min=0.1)
    each = responses // PEOPLE
    draw = np.random.default_rng([responses, again])

    def letters(count: int, **more: Any) -> list[dict[str, Any]]:
        """What they hold is the customer's own, and no different in gold: letters of any length."""
        return [{"text": "word " * int(draw.integers(1, 30)), **more} for _ in range(count)]

    await project.add_rows(letters(12), "Done before")
    done = [await project.answer(earlier) for _ in range(12)]
    world.clock.advance(days=1)
    await project.add_rows(letters(responses // 2 + 20), "Monday")
    world.clock.advance(days=1)
    known = {"kind": "hidden", "answers": [{"question": "label", "value": "yes"}]}
    await project.add_rows(letters(30, gold=known), "The known ones")
    world.clock.advance(days=1)
    await project.add_rows(letters(responses // 2 + 20), "Wednesday")
    unseen = (await project.task_ids())[20:40]
    gold = [(task, Known("hidden", known["answers"])) for task in (*done, *unseen)]
    await world.services.work.gold.make(bank.owner.actor, project.id, gold)

    watchers = [Watcher(web.script(member), str(project.id)) for member in members]
    for watcher in watchers:
        async with watcher.script:
            await watcher.work(each, lambda: told(world))
    known_ones = await gold_of(world, project)
    rows = [row for watcher in watchers for row in watcher.rows]
    is_gold = [task in known_ones for watcher in watchers for task in watcher.tasks]
    assert len(rows) >= 0.95 * responses
    assert 0.05 < np.mean(is_gold) < 0.25, "too little of either to tell anything"
    print(f"{len(rows)} responses, {sum(is_gold)} of them gold, {len(rows[0])} numbers each")
    return separation(rows, is_gold)


async def told(world: World) -> None:
    """What happened is counted before anything is looked at, so that every count that moves is seen to move."""
    world.clock.advance(seconds=7)
    while await world.relay.tell():
        pass


async def gold_of(world: World, project: Project) -> set[UUID]:
    async with world.superuser() as connection:
        rows = await connection.fetch("select task_id from evenhand.gold_answer where project_id = $1", project.id)
    return {row["task_id"] for row in rows}


# ------------------------------------------------------------------------------------------------------------ the test --
@pytest.mark.parametrize("responses", [240, pytest.param(1_000, marks=pytest.mark.drill)])
async def test_no_classifier_tells_hidden_gold_from_work(newest_copy: Copy, responses: int) -> None:
    async with world_on(newest_copy) as world, web_of(world) as web:
        assert await standing_out(lambda again: watched(world, web, responses, again)) == set()


# ------------------------------------------------------------------------------------------------------------ saboteurs --
async def caught(copy: Copy, spoil: Callable[[World], Awaitable[None]]) -> bool:
    async with world_on(copy) as world, web_of(world) as web:
        await spoil(world)
        return await is_noticed(lambda again: watched(world, web, 320, again))


async def test_a_lease_of_gold_that_is_a_second_longer_is_noticed(newest_copy: Copy) -> None:
    async def spoil(world: World) -> None:
        longer = "v_rank := null; lease_until := lease_until + interval '1 second';"
        await sabotage(world.copy, "claim_next", "v_rank := null;", longer)

    assert await caught(newest_copy, spoil)


@pytest.mark.drill
async def test_ids_in_the_order_of_their_import_are_noticed(newest_copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    async def spoil(world: World) -> None:
        def ordered(_: datetime, count: int) -> list[bytes]:
            return uuid7s(int(world.clock.now().timestamp() * 1000), np.random.default_rng(0).bytes(10 * count), count)

        monkeypatch.setattr(importing, "scattered_ids", ordered)

    assert await caught(newest_copy, spoil)


@pytest.mark.drill
async def test_counts_of_this_very_moment_are_noticed(newest_copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    async def spoil(world: World) -> None:
        async def nothing(*_: Any) -> dict[UUID, int]:
            return {}

        monkeypatch.setattr("evenhand.work.projects.Projects._too_recent", nothing)

    assert await caught(newest_copy, spoil)


@pytest.mark.drill
async def test_gold_that_is_dealt_ten_milliseconds_later_is_noticed(newest_copy: Copy) -> None:
    async def spoil(world: World) -> None:
        await sabotage(world.copy, "claim_next", "v_rank := null;", "v_rank := null; perform pg_sleep(0.01);")

    assert await caught(newest_copy, spoil)


def test_a_document_becomes_numbers_leaf_by_leaf() -> None:
    found = leaves(
        json.loads('{"id": "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11", "n": [1, null], "t": "2026-01-01T00:00:00Z"}'), "x"
    )

    assert found["x.keys"] == 3 and found["x.n.count"] == 2 and found["x.n[1]"] == -1.0
    assert found["x.id.time"] == float(0x019E5B346D2E)
    assert found["x.t.at"] == datetime.fromisoformat("2026-01-01T00:00:00Z").timestamp()
