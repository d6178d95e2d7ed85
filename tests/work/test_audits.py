"""Audits: who is dealt what was drawn, what they see, what follows, and that nothing else learns from it."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from evenhand.core.errors import Conflict, Malformed, NotAllowed, NotFound
from evenhand.work.model import NotAMember, NotYours, SkillMissing
from stage_verbs import REVIEW_ALL, dealt, labeled, review
from web import Web
from world import Member, Organization, Project, World, sabotage

TASKS = 30


async def done(world: World, tasks: int = TASKS, wrong: int = 0) -> tuple[Organization, Project, Member]:
    """A project whose tasks one annotator has answered "yes", the first few of them "no"."""
    bank = await world.organization()
    project = await bank.project(tasks=tasks)
    ana = await bank.member()
    order = await project.task_ids()
    for _ in range(tasks):
        task = await project.take(ana)
        await project.submit(ana, task, "no" if order.index(task) < wrong else "yes")
    return bank, project, ana


async def asked(
    bank: Organization, project: Project, share: float = 0.1, audit_id: UUID | None = None
) -> dict[str, Any]:
    audits = bank.world.services.insight.audits
    return dict(await audits.ask(bank.owner.actor, project.id, share, 0.05, audit_id))


async def claim(project: Project, who: Member) -> dict[str, Any]:
    return dict(await project.world.services.work.labeling.claim(who.token, project.id, [], "audit"))


async def audit(project: Project, who: Member, label: str = "yes") -> bool:
    """Answer one task that was drawn; whether there was one."""
    found = await claim(project, who)
    if found["status"] != "ok":
        assert found["status"] == "empty"
        return False
    await project.submit(who, UUID(found["assignment"]["task_id"]), label)
    project.world.clock.advance(seconds=1)
    return True


async def told(bank: Organization, project: Project) -> dict[str, Any]:
    [one, *_] = await bank.world.services.insight.audits.of_project(bank.owner.actor, project.id)
    found: dict[str, Any] = json.loads(json.dumps(one, allow_nan=False))
    return found


# ------------------------------------------------------------------------------------------------- what is said --
async def test_audits_that_find_no_error_say_what_was_asked_for(world: World) -> None:
    bank, project, _ = await done(world)
    price = await world.services.insight.audits.price(bank.owner.actor, project.id, 0.1, 0.05)
    before = await asked(bank, project)
    rita = await bank.member("reviewer")

    while await audit(project, rita):
        pass

    after = await told(bank, project)
    assert (before["tasks"], price["tasks"]) == (TASKS, TASKS)
    assert (before["audited"], before["pending"], before["estimate"]) == (0, before["drawn"], None)
    assert before["upper"] > 0.1 >= after["upper"]
    assert (after["audited"], after["errors"], after["pending"]) == (before["drawn"], 0, 0)
    uppers = [moment["upper"] for moment in after["moments"]]
    assert uppers[0] == before["upper"] and uppers[-1] == after["upper"]
    assert uppers == sorted(uppers, reverse=True)


async def test_an_error_that_is_found_raises_what_can_be_said(world: World) -> None:
    bank, project, _ = await done(world, wrong=TASKS)
    await asked(bank, project)
    rita = await bank.member("reviewer")

    await audit(project, rita, "yes")

    found = await told(bank, project)
    assert (found["audited"], found["errors"], found["estimate"]) == (1, 1, 1.0)
    assert found["moments"][1]["upper"] == found["moments"][0]["upper"]


async def test_a_label_is_audited_as_it_stood_when_its_lot_was_drawn(world: World) -> None:
    bank = await world.organization()
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita, ruth = await bank.member(), await bank.member("reviewer"), await bank.member("reviewer")
    await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "fix", fixed="no")

    await asked(bank, project)
    await audit(project, ruth, "no")

    found = await told(bank, project)
    assert (found["audited"], found["errors"]) == (1, 0)


async def test_a_tie_is_no_label_and_is_wrong(world: World) -> None:
    bank = await world.organization()
    project = await bank.project(tasks=1, opinions=2)
    ana, ben = await bank.members(2)
    await project.answer(ana, "yes")
    await project.answer(ben, "no")

    await asked(bank, project)
    await audit(project, await bank.member("reviewer"), "yes")

    assert (await told(bank, project))["errors"] == 1


async def test_a_second_audit_reads_what_the_first_one_found(world: World) -> None:
    bank, project, _ = await done(world, tasks=4)
    rita = await bank.member("reviewer")
    first = await asked(bank, project, 0.01)
    while await audit(project, rita):
        pass

    second = await asked(bank, project, 0.01)

    assert (first["drawn"], second["drawn"]) == (4, 4)
    assert (second["audited"], second["pending"], second["errors"]) == (4, 0, 0)
    assert not await audit(project, await bank.member("reviewer"))


# ------------------------------------------------------------------------------------------------ who is dealt it --
async def test_an_auditor_sees_the_item_and_no_answer(world: World) -> None:
    bank, project, ana = await done(world, tasks=2, wrong=2)
    await asked(bank, project, 0.01)

    found = await claim(project, await bank.member("reviewer"))

    assert found["status"] == "ok"
    assignment = found["assignment"]
    assert assignment["stage"] == "audit"
    assert assignment.keys() == (await _label_assignment(bank)).keys()
    assert ana.actor.pseudonym not in json.dumps(found, default=str)


async def _label_assignment(bank: Organization) -> dict[str, Any]:
    other = await bank.project(tasks=1)
    return dict((await other.claim(await bank.member()))["assignment"])


async def nobody_audits_what_they_labeled(world: World) -> None:
    bank, project, _ = await done(world, tasks=0)
    await project.add(2)
    rita = await bank.member("reviewer")
    await project.answer(rita)
    await project.answer(rita)
    await asked(bank, project, 0.01)

    assert not await audit(project, rita)
    assert await audit(project, await bank.member("reviewer"))


async def test_nobody_audits_what_they_labeled(world: World) -> None:
    await nobody_audits_what_they_labeled(world)


async def test_annotators_are_dealt_no_audit(world: World) -> None:
    await annotators_are_dealt_no_audit(world)


async def annotators_are_dealt_no_audit(world: World) -> None:
    bank, project, _ = await done(world, tasks=2)
    await asked(bank, project, 0.01)

    with pytest.raises(NotAMember):
        await claim(project, await bank.member())


async def test_what_was_drawn_once_is_dealt_once_however_many_claim_at_once(world: World) -> None:
    bank, project, _ = await done(world, tasks=6)
    drawn = (await asked(bank, project, 0.01))["drawn"]
    experts = await bank.members(8, "reviewer")

    found = await asyncio.gather(*(claim(project, each) for each in experts))

    dealt_to = [each["assignment"]["task_id"] for each in found if each["status"] == "ok"]
    assert (len(dealt_to), len(set(dealt_to))) == (drawn, drawn)
    assert [each["status"] for each in found].count("empty") == 8 - drawn


async def test_what_is_given_back_is_somebody_elses(world: World) -> None:
    bank, project, _ = await done(world, tasks=1)
    await asked(bank, project, 0.01)
    rita, ruth = await bank.members(2, "reviewer")
    task = UUID((await claim(project, rita))["assignment"]["task_id"])

    await world.services.work.labeling.end_lease(rita.actor, project.id, task, None, None, next_=False, held=[])

    assert (await claim(project, ruth))["assignment"]["task_id"] == str(task)


async def test_what_goes_to_the_trash_is_dealt_to_nobody_and_counts_as_wrong_until_it_is_back(world: World) -> None:
    bank, project, _ = await done(world, tasks=1)
    await asked(bank, project, 0.01)
    rita = await bank.member("reviewer")
    tasks = await project.task_ids()
    browsing = world.services.work.browsing

    await browsing.change(bank.owner.actor, project.id, tasks, "trash", None)

    assert not await audit(project, rita)
    assert (await told(bank, project))["pending"] == 1
    await browsing.change(bank.owner.actor, project.id, tasks, "restore", None)
    assert await audit(project, rita)
    assert (await told(bank, project))["pending"] == 0


# --------------------------------------------------------------------------------------- what nothing learns from it --
async def an_audit_is_no_vote(world: World) -> None:
    bank, project, _ = await done(world, tasks=3)
    before = await _facts(world, project)
    await asked(bank, project, 0.01)
    rita = await bank.member("reviewer")

    while await audit(project, rita, "no"):
        pass
    while await world.relay.tell():
        pass

    assert await _facts(world, project) == before


async def _facts(world: World, project: Project) -> Any:
    while await world.relay.tell():
        pass
    async with world.superuser() as superuser:
        votes = await superuser.fetch(
            "select * from evenhand.vote where project_id = $1 order by task_no, annotator_no", project.id
        )
        counts = await superuser.fetch(
            "select answers, done, tasks from evenhand.project_count where project_id = $1", project.id
        )
    return [dict(each) for each in [*votes, *counts]]


async def test_an_audit_is_no_vote_and_no_answer_of_the_project(world: World) -> None:
    await an_audit_is_no_vote(world)


async def test_an_audit_is_not_opened_again(world: World) -> None:
    bank, project, _ = await done(world, tasks=1)
    await asked(bank, project, 0.01)
    rita = await bank.member("reviewer")
    [task] = await project.task_ids()
    await audit(project, rita)

    with pytest.raises(NotYours):
        await world.services.work.labeling.reopen(rita.actor, project.id, task)


# ------------------------------------------------------------------------------------------------------ asking for it --
async def test_gold_and_what_is_not_done_is_not_drawn(world: World) -> None:
    bank, project, _ = await done(world, tasks=2)
    await project.add(5, batch="Second")

    found = await asked(bank, project, 0.01)

    assert found["tasks"] == 2


async def test_the_lot_of_a_task_is_its_own_in_every_audit_and_needs_the_key(world: World) -> None:
    bank = await world.organization()
    audits, task = world.services.insight.audits, uuid4()
    one, other = uuid4(), uuid4()

    lots = [audits.lot(bank.id, one, task), audits.lot(bank.id, one, task), audits.lot(bank.id, other, task)]

    assert lots[0] == lots[1] != lots[2]
    many = [audits.lot(bank.id, one, uuid4()) for _ in range(2_000)]
    assert 0.45 < sum(many) / len(many) < 0.55


async def test_asking_twice_with_one_id_draws_once(world: World) -> None:
    bank, project, _ = await done(world, tasks=4)
    audit_id = uuid4()

    first, second = await asked(bank, project, audit_id=audit_id), await asked(bank, project, audit_id=audit_id)

    assert first == second
    assert len(await world.services.insight.audits.of_project(bank.owner.actor, project.id)) == 1


async def test_what_cannot_be_audited_is_refused_with_advice(world: World) -> None:
    bank = await world.organization()
    project = await bank.project(tasks=2)
    audits = world.services.insight.audits

    with pytest.raises(Conflict, match="no task is done"):
        await audits.ask(bank.owner.actor, project.id, 0.05, 0.05, None)
    with pytest.raises(Malformed):
        await audits.ask(bank.owner.actor, project.id, 5.0, 0.05, None)
    with pytest.raises(NotFound):
        await audits.ask((await world.organization("Other")).owner.actor, project.id, 0.05, 0.05, None)
    assert (await audits.price(bank.owner.actor, project.id, 0.05, 0.05))["audits"] == 0


async def test_only_whoever_manages_tasks_asks_even_past_the_routes(world: World) -> None:
    bank, project, _ = await done(world, tasks=2)
    rita = await bank.member("reviewer")

    with pytest.raises(NotAllowed):
        await world.services.insight.audits.ask(rita.actor, project.id, 0.05, 0.05, None)


async def test_over_http_an_audit_is_priced_asked_for_answered_and_read(world: World, web: Web) -> None:
    bank, project, _ = await done(world, tasks=5)
    rita = await bank.member("reviewer")
    at = f"/projects/{project.id}/quality"

    async with web.script(bank.owner) as owner:
        price = await owner.get(f"{at}/audit-price", params={"share": 0.05})
        made = await owner.post(f"{at}/audits", json={"share": 0.05})
        wrong = await owner.post(f"{at}/audits", json={"share": 5})
    async with web.script(rita) as expert:
        offers = (await expert.get("/work")).json()["items"]
        assignment = (await expert.post(f"/projects/{project.id}/claim", json={"stage": "audit"})).json()["assignment"]
        said = {"ontology_version": assignment["ontology_version"], "answers": [{"question": "label", "value": "yes"}]}
        done_ = await expert.post(f"/projects/{project.id}/tasks/{assignment['task_id']}/annotations", json=said)
        refused = await expert.get(f"{at}/audits")
    async with web.script(bank.owner) as owner:
        read = (await owner.get(f"{at}/audits")).json()["items"]

    assert (price.status_code, made.status_code, done_.status_code, refused.status_code) == (200, 201, 201, 403)
    assert (wrong.status_code, wrong.json()["problems"][0]["pointer"]) == (422, "/share")
    assert {"stage": "audit", "waiting": 5, "held": 0, "rework": 0} in offers[0]["stages"]
    assert price.json()["audits"] == 5
    assert (read[0]["audited"], read[0]["errors"]) == (1, 0)


async def test_a_release_says_what_was_audited_when_it_was_frozen_apart_from_agreement(world: World) -> None:
    bank, project, _ = await done(world)
    expert = await bank.member("reviewer")
    await asked(bank, project)
    await audit(project, expert)
    releases, owner = world.services.releases, bank.owner.actor
    world.clock.advance(minutes=1)
    made = await releases.create(owner, project.id, "", "done")
    world.clock.advance(minutes=1)
    await audit(project, expert)
    assert await world.services.builder.build(bank.id, UUID(made["id"]))

    manifest = json.loads(
        b"".join([part async for part in (await releases.file(owner, UUID(made["id"]), "manifest.json"))[1]])
    )
    envelope = json.loads(
        b"".join([part async for part in (await releases.file(owner, UUID(made["id"]), "release.dsse.json"))[1]])
    )

    [said] = manifest["audits"]
    assert (said["audited"], said["errors"], said["confidence"]) == (1, 0, 0.95)
    assert (said["as_of"], said["assumption"]) == (manifest["frozen_at"], "the auditors are right")
    assert said["wrong_at_most"] > (await told(bank, project))["upper"]
    assert json.loads(base64.b64decode(envelope["payload"]))["predicate"]["audits"] == [said]
    assert not any("audit" in each for each in manifest["agreement"])
    assert (await releases.get(owner, UUID(made["id"])))["audits"] == [said]


async def only_whoever_has_the_skill_audits(world: World) -> None:
    bank, project, _ = await done(world)
    expert, other = await bank.member("reviewer"), await bank.member("reviewer")
    exams = world.services.work.exams
    skill = await exams.add_skill(bank.owner.actor, "Reads contracts")
    await exams.ask(bank.owner.actor, project.id, [skill], "audit")
    await exams.grant(bank.owner.actor, expert.id, skill, None)
    await asked(bank, project)

    with pytest.raises(SkillMissing):
        await audit(project, other)
    assert await audit(project, expert)
    assert await exams.asked(bank.owner.actor, project.id) == []
    [needed] = await exams.asked(bank.owner.actor, project.id, "audit")
    assert needed["name"] == "Reads contracts"


async def test_only_whoever_has_the_skill_that_is_asked_of_auditors_audits(world: World) -> None:
    await only_whoever_has_the_skill_audits(world)


async def test_reviewers_are_asked_for_skills_once_there_are_reviews(world: World) -> None:
    bank = await world.organization()
    plain, reviewed = await bank.project(tasks=1), await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    exams = world.services.work.exams
    skill = await exams.add_skill(bank.owner.actor, "Reads contracts")
    await labeled(reviewed, (ana, "yes"))

    with pytest.raises(Conflict, match="no such stage"):
        await exams.ask(bank.owner.actor, plain.id, [skill], "review")
    await exams.ask(bank.owner.actor, reviewed.id, [skill], "review")
    with pytest.raises(SkillMissing):
        await dealt(reviewed, rita)
    await exams.grant(bank.owner.actor, rita.id, skill, None)
    assert (await dealt(reviewed, rita))["stage"] == "review"


# ------------------------------------------------------------------------------------------------------- saboteurs --
async def test_where_skills_are_not_read_at_the_claim_anybody_audits(own_world: World) -> None:
    await sabotage(own_world.copy, "claim_next", "if r.eligible_until <= p_now ", "if false ")

    with pytest.raises(pytest.fail.Exception):
        await only_whoever_has_the_skill_audits(own_world)


async def test_where_the_role_is_not_asked_annotators_are_dealt_audits(own_world: World) -> None:
    await sabotage(own_world.copy, "claim_next", "p_stage in (2, 3, 5)", "p_stage in (2, 3)")

    with pytest.raises(pytest.fail.Exception):
        await annotators_are_dealt_no_audit(own_world)


async def test_where_the_assignments_are_not_asked_people_audit_what_they_labeled(own_world: World) -> None:
    await sabotage(
        own_world.copy, "claim_next", "and a.person_id = p_person and a.state <> 3 offset 0", "and false offset 0"
    )

    with pytest.raises(Exception, match="task dealt twice"):
        await nobody_audits_what_they_labeled(own_world)


async def test_where_audits_are_written_as_votes_the_votes_change(own_world: World) -> None:
    await sabotage(own_world.copy, "submit", "where a.stage <> 5  ", "where true  ")

    with pytest.raises(AssertionError):
        await an_audit_is_no_vote(own_world)
