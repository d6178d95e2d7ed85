"""Offers for review, adjudication, exams and audits: frozen by the claim, owed by what was done, and told to whom they concern."""

from __future__ import annotations

import asyncio
from typing import Any, Literal
from uuid import UUID, uuid4

import httpx
import pytest

from evenhand.core.errors import Conflict, Malformed, NotAllowed, NotFound
from evenhand.work.exams import ExamTerms
from evenhand.work.gold import Known
from evenhand.work.model import STAGES
from evenhand.work.offers import OfferTerms
from known_work import golden, until_known
from stage_verbs import REVIEW_ALL, adjudicate, dealt, decide, labeled, review
from web import Web
from world import Member, Organization, Project, World, sabotage

UNSURE = {"review_rate": 0.0, "adjudicate_below": 0.99}
Later = Literal["review", "adjudicate", "exam", "audit"]
LATER: tuple[Later, ...] = ("review", "adjudicate", "exam", "audit")
YES = [{"question": "label", "value": "yes"}]


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization()


async def offer(project: Project, stage: Any, rate: int, currency: str = "EUR", basis: Any = "task") -> Any:
    terms = OfferTerms(rate, currency, basis, None, stage)
    return await project.world.services.work.offers.set(project.owner.actor, project.id, terms)


async def with_work_at(bank: Organization, stage: Later) -> tuple[Project, Member]:
    """A project where at least two tasks wait at a stage, and somebody who may do them."""
    world = bank.world
    if stage == "exam":
        project = await bank.project(tasks=6, gold_rate=0.5)
        gold = await project.task_ids()
        known = Known("taught", YES)
        await world.services.work.gold.make(bank.owner.actor, project.id, [(each, known) for each in gold])
        skill = await world.services.work.exams.add_skill(bank.owner.actor, "Reads letters")
        terms = ExamTerms(skill, gold=gold, tasks=4, pass_mark=0.5)
        await world.services.work.exams.set_exam(bank.owner.actor, project.id, terms)
        return project, await bank.member()
    people = await bank.members(2)
    if stage == "audit":
        project = await bank.project(tasks=12)
        for _ in range(12):
            await project.answer(people[0])
        await world.services.insight.audits.ask(bank.owner.actor, project.id, 0.3, 0.05, None)
    elif stage == "review":
        project = await bank.project(tasks=3, **REVIEW_ALL)
        for _ in range(3):
            await project.answer(people[0])
    else:
        project = await bank.project(tasks=3, opinions=2, **UNSURE)
        for person, label in zip(people, ("yes", "no"), strict=True):
            for _ in range(3):
                await project.answer(person, label)
    await decide(project)
    return project, await bank.member("reviewer")


async def called(script: httpx.AsyncClient, method: str, path: str, body: Any = None) -> Any:
    answer = await script.request(method, path, json=body)
    assert answer.status_code < 300, answer.text
    return answer.json()


async def claim(script: httpx.AsyncClient, project: Project, stage: str) -> dict[str, Any]:
    said = await called(script, "POST", f"/projects/{project.id}/claim", {"stage": stage, "held": []})
    assert said["status"] == "ok", said
    return dict(said["assignment"])


async def finish(script: httpx.AsyncClient, project: Project, held: dict[str, Any], active_ms: int = 1000) -> None:
    """Judge or answer what was dealt, in the words of its stage."""
    task = f"/projects/{project.id}/tasks/{held['task_id']}"
    if held["stage"] == "review":
        verdicts = [{"annotation_id": each["annotation_id"], "verdict": "accept"} for each in held["answers"]]
        await called(
            script, "POST", f"{task}/review", {"verdicts": verdicts, "ontology_version": 1, "active_ms": active_ms}
        )
    elif held["stage"] == "adjudicate":
        decided = {"action": "decide", "ontology_version": 1, "answers": YES, "active_ms": active_ms}
        await called(script, "POST", f"{task}/adjudication", decided)
    else:
        said = {"ontology_version": 1, "answers": YES, "timing": {"active_ms": active_ms}}
        await called(script, "POST", f"{task}/annotations", said)


async def owed(
    project: Project, who: Member | None = None
) -> list[tuple[str, int | None, int, int | None, int | None]]:
    """(stage, version, pieces of work, amount, amount for good) a version, of one person or of the project."""
    offers = project.world.services.work.offers
    if who is None:
        rows = (await offers.spend(project.owner.actor, project.id))["versions"]
    else:
        rows = [
            row
            for each in await offers.terms(who.actor)
            if each["project"]["id"] == str(project.id)
            for row in each["owed"]
        ]
    return [
        (
            each["stage"],
            each["offer"]["version"] if each["offer"] else None,
            each["answers"],
            each["amount"],
            each["accepted_amount"],
        )
        for each in rows
    ]


# ----------------------------------------------------------------------------------------------------------- frozen --
@pytest.mark.parametrize("stage", LATER)
async def test_what_was_claimed_under_an_offer_of_its_stage_is_owed_under_it_whatever_is_offered_later(
    web: Web, stage: Later
) -> None:
    bank = await web.world.organization()
    project, who = await with_work_at(bank, stage)
    path = f"/projects/{project.id}/offer"
    async with web.script(bank.owner) as owner, web.script(who) as script:
        await called(owner, "PUT", path, {"rate": 40, "currency": "EUR", "basis": "task", "stage": stage})
        held = await claim(script, project, stage)

        await called(owner, "PUT", path, {"rate": 10, "currency": "EUR", "basis": "task", "stage": stage})
        await finish(script, project, held)
        await finish(script, project, await claim(script, project, stage))

        [mine] = (await called(script, "GET", "/work/terms"))["items"]
        spend = await called(owner, "GET", f"/projects/{project.id}/spend")
    seen = [(each["stage"], each["offer"]["version"], each["answers"], each["amount"]) for each in mine["owed"]]
    assert seen == [(stage, 2, 1, 10), (stage, 1, 1, 40)]
    [here] = [each for each in spend["stages"] if each["stage"] == stage]
    assert (here["offer"]["rate"], here["answers"], here["totals"][0]["amount"]) == (10, 2, 50)
    assert [(each["stage"], each["rate"]) for each in mine["offers"]] == [(stage, 10)]


@pytest.mark.parametrize("stage", LATER)
async def test_an_offer_that_is_just_being_made_neither_holds_a_claim_up_nor_reaches_it(
    own_world: World, stage: Later
) -> None:
    bank = await own_world.organization()
    project, who = await with_work_at(bank, stage)
    await offer(project, stage, 40)

    async with own_world.superuser() as changing:
        change = changing.transaction()
        await change.start()
        made = await changing.fetchrow(
            "select * from evenhand.offer_set($1, $2, $3::int2, $4, 10, 'EUR', 'task', null, null, $5)",
            bank.owner.token,
            project.id,
            STAGES[stage],
            uuid4(),
            own_world.clock.now(),
        )
        assert tuple(made) == ("ok", 2)
        async with asyncio.timeout(5):
            first = await one_claimed(project, who, stage)
        await change.commit()
    await offer(project, stage, 7)

    assert await frozen(project, who, first) == 1


async def test_verdicts_and_changes_of_the_offer_at_once_leave_each_under_the_version_of_its_claim(
    own_world: World,
) -> None:
    bank = await own_world.organization()
    project = await bank.project(tasks=24, **REVIEW_ALL)
    author, reviewers = await bank.member(), await bank.members(4, "reviewer")
    for _ in range(24):
        await project.answer(author)
    await decide(project)
    await offer(project, "review", 1)
    claimed_under: list[int] = []

    async def works(who: Member) -> None:
        for _ in range(6):
            held = await dealt(project, who)
            claimed_under.append(await frozen(project, who, UUID(held["task_id"])))
            await review(project, who, held, "accept")

    async def changes() -> None:
        for rate in (2, 3, 4, 5, 6):
            await offer(project, "review", rate)

    await asyncio.gather(*(works(each) for each in reviewers), changes())

    by_version = {version: count for stage, version, count, *_ in await owed(project) if stage == "review"}
    assert by_version == {each: claimed_under.count(each) for each in set(claimed_under)}
    assert sum(by_version.values()) == 24


async def one_claimed(project: Project, who: Member, stage: Later) -> UUID:
    work = project.world.services.work
    if stage in ("review", "adjudicate"):
        said = await work.reviewing.claim(who.actor, project.id, stage, [])
    else:
        said = await work.labeling.claim(who.token, project.id, [], stage)
    assert said["status"] == "ok", said
    return UUID(said["assignment"]["task_id"])


async def frozen(project: Project, who: Member, task: UUID) -> int:
    async with project.world.superuser() as connection:
        return int(
            await connection.fetchval(
                "select offer_no from assignment where task_id = $1 and person_id = $2", task, who.id
            )
        )


# ------------------------------------------------------------------------------------------------------ what is owed --
async def test_what_is_owed_is_summed_stage_by_stage_as_one_computes_it_by_hand(bank: Organization) -> None:
    project = await bank.project(tasks=3, opinions=2, review_rate=1.0, adjudicate_below=0.7)
    ana, ben, rita, ada = *(await bank.members(2)), await bank.member("reviewer"), await bank.member("reviewer")
    await offer(project, "label", 25)
    await offer(project, "review", 3600, basis="hour")
    await offer(project, "adjudicate", 70, currency="USD")
    for label in ("yes", "yes", "no"):
        await project.answer(ana, "yes")
        await project.answer(ben, label)
    await decide(project)

    work = project.world.services.work.reviewing
    agreed = 0
    while (said := await work.claim(rita.actor, project.id, "review", []))["status"] == "ok":
        held = said["assignment"]
        await review(project, rita, held, "accept", active_ms=30_000)
        agreed += 1
    decided = 0
    while (said := await work.claim(ada.actor, project.id, "adjudicate", []))["status"] == "ok":
        await adjudicate(project, ada, said["assignment"]["task_id"], "decide", "yes")
        decided += 1

    assert agreed > 0 and decided > 0
    spend = await project.world.services.work.offers.spend(bank.owner.actor, project.id)
    by_stage = {
        each["stage"]: [(sum_["currency"], sum_["amount"]) for sum_ in each["totals"]] for each in spend["stages"]
    }
    # six answers at 25 cents; half a minute each at 36.00 EUR an hour is 30 cents; 70 cents a decision
    assert by_stage == {
        "label": [("EUR", 150)],
        "review": [("EUR", 30 * agreed)],
        "adjudicate": [("USD", 70 * decided)],
    }
    assert [(each["currency"], each["amount"]) for each in spend["totals"]] == [
        ("EUR", 150 + 30 * agreed), ("USD", 70 * decided),
    ]  # fmt: skip
    assert spend["answers"] == 6
    assert await owed(project, rita) == [("review", 1, agreed, 30 * agreed, 30 * agreed)]


async def test_a_task_that_comes_to_its_reviewer_again_is_owed_each_time_under_the_offer_of_then(
    bank: Organization,
) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    await offer(project, "review", 40)
    await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "send-back")
    await offer(project, "review", 10)

    await project.answer(ana, "no")
    await decide(project)
    await review(project, rita, await dealt(project, rita), "accept")

    assert await owed(project, rita) == [("review", 2, 1, 10, 10), ("review", 1, 1, 40, 40)]


async def test_one_opinion_more_is_a_verdict_too_and_owed(bank: Organization) -> None:
    project = await bank.project(tasks=1, opinions=2, **UNSURE)
    ana, ben, ada = *(await bank.members(2)), await bank.member("reviewer")
    await offer(project, "adjudicate", 70)
    task = await labeled(project, (ana, "yes"), (ben, "no"))
    await dealt(project, ada, "adjudicate")

    await adjudicate(project, ada, task, "more")

    assert await owed(project, ada) == [("adjudicate", 1, 1, 70, 70)]


async def test_an_undone_verdict_is_owed_no_more_and_said_anew_is_owed_once(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    await offer(project, "review", 40)
    task = await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "fix", fixed="no")
    assert await owed(project, rita) == [("review", 1, 1, 40, 40)]
    await offer(project, "review", 10)

    await project.world.services.work.reviewing.take_back(rita.actor, project.id, task)
    assert await owed(project, rita) == []

    await review(project, rita, await dealt(project, rita), "accept")
    assert await owed(project, rita) == [("review", 1, 1, 40, 40)]


async def test_without_the_undo_of_what_is_owed_a_verdict_would_be_owed_twice(own_world: World) -> None:
    await sabotage(
        own_world.copy,
        "verdict_drop",
        "delete from evenhand.owed_verdict j where",
        "delete from evenhand.owed_verdict j where false and",
    )
    bank = await own_world.organization()
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    await offer(project, "review", 40)
    task = await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "accept")

    await own_world.services.work.reviewing.take_back(rita.actor, project.id, task)
    await review(project, rita, await dealt(project, rita), "accept")

    assert await owed(project, rita) == [("review", 1, 2, 80, 80)]


async def test_a_verdict_that_an_appeal_overturned_is_owed_all_the_same(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    await offer(project, "review", 40)
    await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "fix", fixed="no")
    async with project.world.superuser() as connection:
        verdict = await connection.fetchval("select verdict_id from verdict where author_id = $1", ana.id)
    appeals = project.world.services.work.appeals
    filed = await appeals.file(ana.actor, "verdict", verdict, "It is yes.", None)

    answered = await appeals.answer(bank.owner.actor, UUID(str(filed)), "overturned", "answer-right", None)

    assert answered["state"] == "overturned"
    assert await owed(project, rita) == [("review", 1, 1, 40, 40)]


async def test_a_verdict_sent_twice_with_one_key_is_owed_once(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    await offer(project, "review", 40)
    await labeled(project, (ana, "yes"))
    held, key = await dealt(project, rita), UUID(int=7)

    await review(project, rita, held, "accept", key=key)
    await review(project, rita, held, "accept", key=key)

    assert await owed(project, rita) == [("review", 1, 1, 40, 40)]


async def test_known_work_of_reviewers_is_owed_exactly_like_work_and_its_undo_takes_it_back_alike(
    bank: Organization,
) -> None:
    project, _, gold = await golden(bank)
    rita = await bank.member("reviewer")
    await offer(project, "review", 40)
    said = 0

    async def step(assignment: dict[str, Any]) -> tuple[Any, Any]:
        """How the terms move with a verdict on this, and with its undo."""
        before = await mine(project, rita)
        await review(project, rita, assignment, "send-back")
        after = await mine(project, rita)
        await project.world.services.work.reviewing.take_back(rita.actor, project.id, UUID(assignment["task_id"]))
        assert await mine(project, rita) == before
        await review(project, rita, await dealt(project, rita), "accept")
        return moved(before, after), moved(before, await mine(project, rita))

    work = await dealt(project, rita)
    while UUID(work["task_id"]) in gold:
        await review(project, rita, work, "accept")
        work = await dealt(project, rita)
    of_work = await step(work)
    of_known = await step(await until_known(project, rita, gold))
    said = sum(count for *_, count, _, _ in await owed(project, rita))

    assert of_known == of_work == ((1, 40, 40), (1, 40, 40))
    async with project.world.superuser() as connection:
        known = await connection.fetchval(
            "select count(*) from owed_verdict where project_id = $1 and no = 0 and offer_no = 1", project.id
        )
        all_of_it = await connection.fetchval("select count(*) from owed_verdict where project_id = $1", project.id)
    assert known > 0 and all_of_it == said


async def mine(project: Project, who: Member) -> list[Any]:
    return await owed(project, who)


def moved(before: list[Any], after: list[Any]) -> tuple[int, int, int]:
    (*_, count, amount, good), *_ = before or [("review", 1, 0, 0, 0)]
    [(_, _, now, amount_now, good_now)] = after
    return now - count, amount_now - amount, good_now - good


async def test_an_exam_is_owed_whether_its_answers_are_right_or_wrong(bank: Organization) -> None:
    project, ana = await with_work_at(bank, "exam")
    await offer(project, "exam", 15)

    for label in ("yes", "no", "no", "no"):
        await project.submit(ana, await one_claimed(project, ana, "exam"), label)

    assert await owed(project, ana) == [("exam", 1, 4, 60, 60)]


# ------------------------------------------------------------------------------------------------------ who, and where --
async def test_a_stage_that_a_project_does_not_have_gets_no_offer_and_audits_get_one_before_the_first_is_asked(
    bank: Organization,
) -> None:
    project = await bank.project(tasks=12)

    for stage in ("review", "adjudicate", "exam"):
        with pytest.raises(Conflict, match=f"no {stage} stage"):
            await offer(project, stage, 10)
    await offer(project, "audit", 90)
    ana, rita = await bank.member(), await bank.member("reviewer")
    for _ in range(12):
        await project.answer(ana)
    await project.world.services.insight.audits.ask(bank.owner.actor, project.id, 0.3, 0.05, None)
    await project.submit(rita, await one_claimed(project, rita, "audit"))

    assert await owed(project, rita) == [("audit", 1, 1, 90, 90)]


async def test_only_labels_have_a_deadline_and_a_week_is_usual(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    offers = project.world.services.work.offers

    with pytest.raises(Malformed) as refused:
        await offers.set(bank.owner.actor, project.id, OfferTerms(1, "EUR", "task", 48, "review"))

    assert refused.value.problems[0].pointer == "/review_hours"
    assert (await offer(project, "label", 1))["review_hours"] == 168
    assert (await offer(project, "review", 1))["review_hours"] is None


async def test_versions_count_stage_by_stage_and_one_stages_offer_leaves_the_others(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)

    for stage, rate in (("label", 5), ("review", 40), ("review", 50), ("label", 5), ("adjudicate", 9)):
        await offer(project, stage, rate)

    offers = project.world.services.work.offers
    found = await offers.versions(bank.owner.actor, project.id)
    assert [(each["stage"], each["version"], each["rate"]) for each in found] == [
        ("label", 1, 5), ("review", 2, 50), ("review", 1, 40), ("adjudicate", 1, 9),
    ]  # fmt: skip
    one = await offers.versions(bank.owner.actor, project.id, "review")
    assert [each["version"] for each in one] == [2, 1]


async def test_only_who_may_change_the_project_makes_offers_and_annotators_read_those_of_their_own_work(
    bank: Organization, world: World
) -> None:
    project, ana = await with_work_at(bank, "exam")
    rita = await bank.member("reviewer")
    await offer(project, "exam", 15)
    await offer(project, "audit", 90)
    await offer(project, "label", 5)
    offers = world.services.work.offers

    for who in (ana, rita, await bank.member("auditor")):
        with pytest.raises(NotAllowed):
            await offers.set(who.actor, project.id, OfferTerms(1, "EUR", "task", None, "audit"))
    with pytest.raises(NotFound):
        rival = (await world.organization("Rival")).owner
        await offers.set(rival.actor, project.id, OfferTerms(1, "EUR", "task", None, "audit"))

    def stages(found: Any) -> list[str]:
        return [each["stage"] for each in found]

    assert stages(await offers.versions(ana.actor, project.id)) == ["label", "exam"]
    assert stages(await offers.versions(rita.actor, project.id)) == ["label", "exam", "audit"]
    assert stages((await offers.terms(ana.actor))[0]["offers"]) == ["label", "exam"]
    assert stages((await offers.terms(rita.actor))[0]["offers"]) == ["label", "exam", "audit"]


async def test_a_changed_offer_is_told_to_those_of_its_stage_and_stands_in_the_ledger(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "accept")

    await offer(project, "review", 40)

    async with project.world.superuser() as connection:
        told = await connection.fetch(
            "select person_id from notification where kind = 'offer.changed' and project_id = $1", project.id
        )
        rules = await connection.fetch(
            "select rule from ledger_inbox where object_id = $1 and rule like 'offer%'", project.id
        )
    assert [each["person_id"] for each in told] == [rita.id]
    assert [each["rule"] for each in rules] == ["offer:review"]
