"""Known work cannot be told from work by reviewers: classifiers that are given all that they receive do no better than chance.

As for annotators (`test_gold_unseen`): reviewers work through the HTTP API, and every number that can be made of every answer is
kept, of the pages beside it too. Half of the known answers are flawed, as half of the work is; some were planted by hand, in gold
that nobody answered too. Saboteurs leak one thing each.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import numpy as np
import pytest
from test_gold_unseen import gold_of, is_noticed, leaves, said, separation, standing_out

from database import Copy
from evenhand.work.gold import Known
from stage_verbs import REVIEW_ALL, decide
from web import Web, web_of
from world import Project, World, sabotage, world_on

PEOPLE = 4


@dataclass
class Watcher:
    """What one reviewer sees, and what can be made of it by numbers."""

    script: httpx.AsyncClient
    project: str
    draw: np.random.Generator
    rows: list[dict[str, float]] = field(default_factory=list)
    tasks: list[UUID] = field(default_factory=list)
    last: dict[str, float] = field(default_factory=dict)

    async def work(self, count: int, after: Callable[[], Awaitable[None]]) -> None:
        """Claim once, then judge and take the next, so often."""
        answer, seconds = await self._timed(
            "POST", f"/projects/{self.project}/claim", json={"stage": "review", "held": []}
        )
        for _ in range(count):
            body = answer.json()
            claim = body.get("next", body)
            if claim["status"] != "ok":
                return
            assignment = claim["assignment"]
            row = {**said(answer, "dealt"), "dealt.seconds": seconds}
            task = f"/projects/{self.project}/tasks/{assignment['task_id']}"
            for name, path in (("comments", f"{task}/comments"), ("task", task), ("looks", f"{task}/looks")):
                page, spent = await self._timed("GET", path)
                row |= {**said(page, name), f"{name}.seconds": spent}
            answer, seconds = await self._timed("POST", f"{task}/review", json=self._verdict(assignment))
            own = {name: each for name, each in answer.json().items() if name != "next"}
            row |= {**leaves(own, "judged"), "judged.status": answer.status_code, "judged.seconds": seconds}
            await after()
            pages = (
                ("work", "/work"),
                ("project", f"/projects/{self.project}"),
                ("task after", task),
                ("table", f"/projects/{self.project}/tasks?limit=3"),
                ("in review", f"/projects/{self.project}/tasks/count?state=in-review"),
            )
            for name, path in pages:
                page, spent = await self._timed("GET", path)
                row |= {**said(page, name), f"{name}.seconds": spent}
            self._keep(row, UUID(assignment["task_id"]))

    def _verdict(self, assignment: dict[str, Any]) -> dict[str, Any]:
        """Of any kind, whatever was answered: what is said must not tell either."""
        word = str(self.draw.choice(["accept", "accept", "fix", "send-back"]))
        reason = None if word == "accept" else "slip"
        verdicts = [
            {"annotation_id": each["annotation_id"], "verdict": word, "reason": reason}
            for each in assignment["answers"]
        ]
        body: dict[str, Any] = {"verdicts": verdicts, "ontology_version": 1, "next": True, "held": []}
        return {**body, "answers": [{"question": "label", "value": "yes"}]} if word == "fix" else body

    def _keep(self, row: dict[str, float], task: UUID) -> None:
        """What was seen, and how it differs from what was seen before it."""
        row["place"] = len(self.rows)
        self.rows.append({**row, **{f"{name} since": each - self.last.get(name, each) for name, each in row.items()}})
        self.last = row
        self.tasks.append(task)

    async def _timed(self, method: str, path: str, **more: Any) -> tuple[httpx.Response, float]:
        began = time.perf_counter()
        answer = await self.script.request(method, path, **more)
        assert answer.status_code < 300 or answer.status_code == 404, answer.text
        return answer, time.perf_counter() - began


async def watched(
    world: World, web: Web, responses: int, again: int = 0, *, is_planted: bool = True
) -> Iterator[tuple[str, float]]:
    """The world of the head of this file, and what can be made of it, one way of telling after the other."""
    bank = await world.organization()
    reviewers = [await bank.member("reviewer") for _ in range(PEOPLE)]
    author = await bank.member()
    project = await bank.project(gold_rate=0.5, gold_rate_min=0.5, **REVIEW_ALL)
    draw = np.random.default_rng([responses, again])

    def letters(count: int, **more: Any) -> list[dict[str, Any]]:
        """What they hold is the customer's own, and no different in gold: letters of any length."""
        return [{"text": "word " * int(draw.integers(1, 30)), **more} for _ in range(count)]

    known = {"kind": "hidden", "answers": [{"question": "label", "value": "yes"}]}
    # Of few answers fewer are known, or all would be given while gold is dealt, and none be late.
    known_count, unseen_count = min(40, responses // 5), min(30, responses // 6)
    await project.add_rows(letters(known_count, gold=known), "The known ones")
    world.clock.advance(days=1)
    await project.add_rows(letters(responses // 2 + 20), "Monday")
    world.clock.advance(days=1)
    unanswered_count = unseen_count // 3 if is_planted else 0
    await project.add_rows(letters(responses // 2 + 20 + unanswered_count), "Wednesday")
    unanswered = set((await project.task_ids())[-unanswered_count:]) if is_planted else set[UUID]()
    unseen = (await project.task_ids())[known_count : known_count + unseen_count]
    gold = [(task, Known("hidden", known["answers"])) for task in unseen]
    await world.services.work.gold.make(bank.owner.actor, project.id, gold)
    # Gold is half of what is dealt until none is left: its answers are older than those to work, by which nobody must tell it.
    while (claim := await project.claim(author))["status"] == "ok":
        if (task := UUID(claim["assignment"]["task_id"])) in unanswered:
            unanswered.discard(task)
            break
        world.clock.advance(minutes=3)
        await project.submit(author, task, str(draw.choice(["yes", "no"])))
    yes = Known("hidden", known["answers"])
    if unanswered:
        await world.services.work.gold.make(bank.owner.actor, project.id, [(task, yes) for task in sorted(unanswered)])
    if is_planted:
        await plant(project, [*sorted(unanswered), *(task for task, _ in gold[: unseen_count // 3])])
    await decide(project)
    changes = {"gold_rate": 0.2, "gold_rate_min": 0.15}
    await world.services.work.projects.change(bank.owner.actor, project.id, changes, None)
    world.clock.advance(days=1)
    await told(world, project)

    watchers = [Watcher(web.script(member), str(project.id), draw) for member in reviewers]
    for watcher in watchers:
        async with watcher.script:
            await watcher.work(responses // PEOPLE, lambda: told(world, project))
    known_ones = await gold_of(world, project)
    rows = [row for watcher in watchers for row in watcher.rows]
    is_known = [task in known_ones for watcher in watchers for task in watcher.tasks]
    assert len(rows) >= 0.95 * responses
    assert 0.05 < np.mean(is_known) < 0.3, "too little of either to tell anything"
    print(f"{len(rows)} responses, {sum(is_known)} of them known, {len(rows[0])} numbers each")
    return separation(rows, is_known)


async def plant(project: Project, tasks: Iterable[UUID]) -> None:
    """Flaws by hand."""
    for task in tasks:
        flaw = [{"question": "label", "value": "no"}]
        await project.world.services.work.flaws.plant(project.owner.actor, project.id, task, flaw, "slip")


async def told(world: World, project: Project) -> None:
    """What happened is counted, and what is to be chosen is chosen, before anything is looked at."""
    world.clock.advance(seconds=7)
    await decide(project)
    while await world.relay.tell():
        pass
    await world.services.insight.reviewers.prepare()
    while await world.relay.tell():
        pass


# ------------------------------------------------------------------------------------------------------------ the test --
@pytest.mark.parametrize("responses", [120, pytest.param(1_000, marks=pytest.mark.drill)])
async def test_no_classifier_tells_known_work_from_work(newest_copy: Copy, responses: int) -> None:
    async with world_on(newest_copy) as world, web_of(world) as web:
        assert await standing_out(lambda again: watched(world, web, responses, again)) == set()


# ------------------------------------------------------------------------------------------------------------ saboteurs --
async def caught(copy: Copy, spoil: Callable[[World], Awaitable[None]]) -> bool:
    """Without flaws planted by hand, which come later than the work and would hide what is earlier."""
    async with world_on(copy) as world, web_of(world) as web:
        await spoil(world)
        return await is_noticed(lambda again: watched(world, web, 200, again, is_planted=False))


async def test_answers_that_are_called_by_their_own_ids_are_noticed(
    newest_copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The id of an answer holds the time when it was given: here that of gold is earlier."""

    async def spoil(_: World) -> None:
        monkeypatch.setattr("evenhand.work.reviewing.Reviewing._called", lambda _self, _organization, own: own)

    assert await caught(newest_copy, spoil)


@pytest.mark.drill
async def test_counts_that_stand_still_are_noticed(newest_copy: Copy) -> None:
    async def spoil(world: World) -> None:
        await sabotage(world.copy, "known_judged", "'review', p_to", "null, null")

    assert await caught(newest_copy, spoil)


@pytest.mark.drill
async def test_a_table_that_shows_reviewers_what_they_judge_is_noticed(
    newest_copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def spoil(_: World) -> None:
        monkeypatch.setattr("evenhand.work.browsing._judges", lambda _: False)

    assert await caught(newest_copy, spoil)
