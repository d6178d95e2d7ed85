"""Checks of answers, from their asking to the gate of review, with the real sandbox and a real database."""

from __future__ import annotations

import asyncio
import threading
from uuid import UUID, uuid4

import pytest
from attack import need_sandbox
from check_world import QUESTION, WEAK, answered, checked_project, make, read, start, task

from evenhand.checking import measuring, sandbox
from evenhand.checking.sandbox import SandboxUnavailable
from evenhand.checking.worker import Worker
from evenhand.core.errors import Conflict, Malformed, NotFound
from evenhand.work import check_making
from evenhand.work.check_making import ATTEMPTS_MAX, CheckMaking
from evenhand.work.check_runs import CheckRuns
from evenhand.work.model import AnswerRefused, CheckerWeak, CheckMissing, NotYours
from evenhand.work.reviewing import Standing, Verdict
from stage_verbs import REVIEW_ALL, dealt, decide, entries, review
from world import Organization, Project, World


@pytest.fixture(autouse=True)
def _sandbox() -> None:
    need_sandbox()


@pytest.fixture
async def bank(world: World) -> Organization:
    # What other tests left waiting is not made in these.
    async with world.superuser() as connection:
        await connection.execute("delete from check_run where state in ('waiting', 'running')")
    return await world.organization("Bank")


def making_with(project: Project, worker: Worker) -> CheckMaking:
    """The worker's part with another process at the end of its pipe."""
    services = project.world.services
    return CheckMaking(
        services.database, services.vault, services.grants, services.ontologies, services.clock, lambda: worker
    )


class Broken(Worker):
    """Whose machine has no sandbox."""

    def run(self, *_: object) -> sandbox.Run:
        raise SandboxUnavailable("bubblewrap is not installed")


class Held(Worker):
    """Who waits in the middle of a check until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.go = threading.Event(), threading.Event()

    def run(self, *given: object) -> sandbox.Run:
        self.began.set()
        assert self.go.wait(30)
        return super().run(*given)  # type: ignore[arg-type]

    def end(self) -> None:
        super().end()
        self.go.set()


# ------------------------------------------------------------------------------------------------ asked for and made --
async def test_a_check_of_a_draft_says_what_its_checker_is_worth_and_both_looks_are_on_record(
    bank: Organization,
) -> None:
    project = await checked_project(bank)
    ana = await bank.member()
    at = await project.take(ana)

    asked = await start(project, ana, at, task())
    assert (asked["state"], asked["question"], asked["report"]) == ("waiting", QUESTION, None)
    before = len(await entries(project, at))
    await make(project)
    done = await read(project, ana, asked)

    assert (done["state"], done["error"]) == ("done", None)
    found = done["report"]
    assert (done["done"], done["total"]) == (found["runs"] - 2, found["runs"] - 2)
    assert found["solution"]["count"] == found["solution"]["total"] >= 2
    assert found["start"]["rate"] == 1.0
    assert (found["flakes"]["count"], found["bars"]["flake_rate"]) == (0, 0.5)
    score = found["mutation_score"]
    assert score["total"] >= 3
    assert score["low"] < score["rate"] < score["high"]
    assert len(found["survivors"]) == score["total"] - score["count"]
    assert all(each["diff"] for each in found["survivors"])
    assert done["is_strong"] is (found["missing"] == []) is True
    kinds = {each["id"]: each["kind"] for each in found["work"]}
    assert (kinds["solution"], kinds["start"]) == ("solution", "start")
    assert sum(len(each["rewards"]) for each in found["work"]) == found["runs"]
    # The software's look, to run it, and Ana's, to read what it found.
    assert [entry[:2] for entry in (await entries(project, at))[before:]] == [(2, "check"), (1, "browse")]


async def test_of_one_content_it_is_one_check_and_a_new_content_takes_the_place_of_what_waits(
    bank: Organization,
) -> None:
    project = await checked_project(bank)
    ana = await bank.member()
    at = await project.take(ana)

    first, again = await asyncio.gather(*(start(project, ana, at, task()) for _ in range(2)))
    project.world.clock.advance(seconds=1)
    other = await start(project, ana, at, task(id="doubled"))

    assert first["id"] == again["id"] != other["id"]
    assert (await read(project, ana, first))["state"] == "cancelled"
    listed = await project.world.services.work.checks.page(ana.actor, project.id, at, None, 10)
    assert [each["id"] for each in listed["items"]] == [other["id"], first["id"]]
    assert (await start(project, ana, at, task()))["id"] not in (first["id"], other["id"])


async def test_what_cannot_be_checked_is_refused_with_its_place(bank: Organization) -> None:
    project = await checked_project(bank)
    plain = await bank.project(1)
    ana = await bank.member()
    at, other = await project.take(ana), await plain.take(ana)
    checks = project.world.services.work.checks

    with pytest.raises(AnswerRefused) as refused:
        await start(project, ana, at, task(files=[]))
    assert refused.value.problems[0].pointer == "/value/files"
    with pytest.raises(Malformed) as greedy:
        await start(project, ana, at, task(limits={"memory_mb": 65536}))
    assert greedy.value.problems[0].pointer == "/value/limits/memory_mb"
    with pytest.raises(Malformed) as unchecked:
        await checks.start(ana.actor, plain.id, other, "label", None, "yes", uuid4())
    assert unchecked.value.problems[0].pointer == "/question"


async def test_a_check_is_its_askers_alone_and_about_a_task_that_they_were_dealt(bank: Organization) -> None:
    project = await checked_project(bank, tasks=5)
    ana, ben = await bank.members(2)
    at = await project.take(ana)
    asked = await start(project, ana, at, task())

    with pytest.raises(NotYours):
        await start(project, ben, at, task())
    for stranger in (ben, bank.owner):
        with pytest.raises(NotFound):
            await read(project, stranger, asked)
    mine = await start(project, bank.owner, at, task())
    assert mine["id"] != asked["id"]
    # Who manages tasks was dealt none, and may check any; nobody has the worker to themselves.
    others = [each for each in await project.task_ids() if each != at]
    for each in others[:2]:
        await start(project, bank.owner, each, task())
    with pytest.raises(Conflict, match="3 checks of yours"):
        await start(project, bank.owner, others[2], task())


# ------------------------------------------------------------------------------------------------------- what goes wrong --
async def test_without_a_sandbox_nothing_is_run_and_the_check_says_what_to_do(bank: Organization) -> None:
    project = await checked_project(bank)
    ana = await bank.member()
    asked = await start(project, ana, await project.take(ana), task())

    await make(project, making_with(project, Broken()))
    failed = await read(project, ana, asked)

    assert (failed["state"], failed["report"], failed["is_strong"]) == ("failed", None, None)
    assert failed["error"]["code"] == "sandbox-unavailable"
    assert "bubblewrap" in failed["error"]["hint"]
    # It can be asked for again, and is another check then.
    again = await start(project, ana, UUID(asked["task_id"]), task())
    assert (again["id"] != asked["id"], again["state"]) == (True, "waiting")


async def test_all_runs_together_end_in_time(bank: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    project = await checked_project(bank)
    ana = await bank.member()
    asked = await start(project, ana, await project.take(ana), task())
    monkeypatch.setattr(check_making, "SECONDS_MAX", -1.0)

    await make(project)

    assert (await read(project, ana, asked))["error"]["code"] == "check-too-long"


async def test_a_check_whose_worker_was_lost_is_taken_up_again_and_given_up_in_the_end(bank: Organization) -> None:
    """As `kill -9` leaves it: taken, and never heard of again."""
    project = await checked_project(bank)
    ana = await bank.member()
    asked = await start(project, ana, await project.take(ana), task())
    clock, making = project.world.clock, project.world.services.work.check_making

    for _ in range(ATTEMPTS_MAX):
        async with project.world.services.database.statement() as connection:
            taken = await connection.fetchrow("select * from check_run_take($1, $2)", clock.now(), check_making.SILENCE)
        assert str(taken["check_id"]) == asked["id"]
        assert await making.work() is False  # it is not silent for long enough
        assert (await read(project, ana, asked))["state"] == "running"
        clock.advance(minutes=2)
    await make(project)

    assert (await read(project, ana, asked))["error"]["code"] == "check-given-up"


async def test_what_a_lost_worker_says_late_is_not_written(bank: Organization) -> None:
    project = await checked_project(bank)
    ana = await bank.member()
    asked = await start(project, ana, await project.take(ana), task())
    held = Held()
    late = asyncio.create_task(making_with(project, held).work())
    await asyncio.to_thread(held.began.wait, 30)
    project.world.clock.advance(minutes=2)

    await make(project)  # another worker takes it up, and ends it
    held.go.set()
    await late

    assert (await read(project, ana, asked))["state"] == "done"
    async with project.world.superuser() as connection:
        parts = await connection.fetch(
            "select part from check_record where check_id = $1 order by part", UUID(asked["id"])
        )
    assert [row["part"] for row in parts] == [1, 2]


async def test_a_worker_that_is_stopped_leaves_nothing_behind_and_ends_its_process(bank: Organization) -> None:
    project = await checked_project(bank)
    ana = await bank.member()
    asked = await start(project, ana, await project.take(ana), task())
    held = Held()
    working = asyncio.create_task(making_with(project, held).work())
    await asyncio.to_thread(held.began.wait, 30)

    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working

    assert held.number is None
    assert (await read(project, ana, asked))["state"] == "running"
    project.world.clock.advance(minutes=2)
    await make(project)
    assert (await read(project, ana, asked))["state"] == "done"


async def test_what_was_found_is_never_changed(bank: Organization) -> None:
    project = await checked_project(bank)
    ana = await bank.member()
    asked = await start(project, ana, await project.take(ana), task())

    for change in ("update check_record set sealed = 'x'", "delete from check_record", "delete from check_run"):
        with pytest.raises(Exception, match="permission denied"):
            async with project.world.services.database.tenant(bank.id) as connection:
                await connection.execute(change)
    assert (await read(project, ana, asked))["state"] == "waiting"


# ------------------------------------------------------------------------------------------------------- the gate --
async def test_what_a_reviewer_has_not_checked_or_found_weak_is_not_accepted(bank: Organization) -> None:
    project = await checked_project(bank, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    weak = task(WEAK)
    at = await answered(project, ana, weak)
    await decide(project)
    # The author's own check is not the reviewer's: it would tell what was written from what was planted.
    await start(project, ana, at, weak)
    await make(project)
    assignment = await dealt(project, rita)
    shown = assignment["answers"][0]["answers"][0]["value"]

    with pytest.raises(CheckMissing):
        await review(project, rita, assignment, "accept")
    asked = await start(project, rita, at, shown)
    with pytest.raises(CheckMissing):
        await review(project, rita, assignment, "accept")
    await make(project)
    with pytest.raises(CheckerWeak) as refused:
        await review(project, rita, assignment, "accept")

    assert refused.value.check_id == UUID(asked["id"])
    found = (await read(project, rita, asked))["report"]
    assert any("wrong solutions" in each for each in found["missing"])
    assert found["survivors"]
    said = await review(project, rita, assignment, "send-back")
    assert said["status"] == "ok"


async def test_what_a_reviewer_found_strong_is_accepted_and_a_mended_answer_is_checked_as_it_stands(
    bank: Organization,
) -> None:
    project = await checked_project(bank, tasks=2, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    for value in (task(), task(WEAK)):
        await answered(project, ana, value)
    await decide(project)
    assignment = await dealt(project, rita)
    at = UUID(assignment["task_id"])
    await start(project, rita, at, task())
    await make(project)
    said = await review(project, rita, assignment, "accept")
    assert (said["status"], said["outcome"]) == ("ok", "done")

    assignment = await dealt(project, rita)
    at, mended = UUID(assignment["task_id"]), task(id="mended")
    reviewing = project.world.services.work.reviewing
    verdict = Verdict(UUID(assignment["answers"][0]["annotation_id"]), "fix", "slip")

    async def fix() -> dict[str, object]:
        standing = Standing(1, [{"question": QUESTION, "value": mended}])
        return await reviewing.review(rita.actor, project.id, at, [verdict], standing, uuid4(), next_=False, held=[])

    await start(project, rita, at, task(WEAK))
    await make(project)
    with pytest.raises(CheckMissing):
        await fix()
    await start(project, rita, at, mended)
    await make(project)
    assert (await fix())["outcome"] == "done"


@pytest.mark.parametrize("saboteur", ["anybody's check", "a check of anything", "no bars"])
async def test_saboteurs_of_the_gate_let_through_what_is_refused_otherwise(
    bank: Organization, monkeypatch: pytest.MonkeyPatch, saboteur: str
) -> None:
    """Each takes one part of the gate away; without it the accepting is refused, as the tests above see."""
    project = await checked_project(bank, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    at = await answered(project, ana, task(WEAK) if saboteur == "no bars" else task())
    await decide(project)
    assignment = await dealt(project, rita)
    if saboteur == "no bars":
        monkeypatch.setattr(measuring, "_of_bars", lambda *_: ())
    who, value = {
        "anybody's check": (ana, task()),
        "a check of anything": (rita, task(id="other")),
        "no bars": (rita, task(WEAK)),
    }[saboteur]
    asked = await start(project, who, at, value)
    await make(project)
    async with project.world.superuser() as connection:
        row = await connection.fetchrow("select content from check_run where check_id = $1", UUID(asked["id"]))
    if saboteur != "no bars":
        with pytest.raises(CheckMissing):
            await review(project, rita, assignment, "accept")
        found = {"organization_id": bank.id, "task_id": at, "person_id": who.id, "content": row["content"]}
        monkeypatch.setattr(CheckRuns, "_of", lambda *_: found)

    assert (await review(project, rita, assignment, "accept"))["outcome"] == "done"
