"""Rulings and appeals: an answer rejected, a person removed, on evidence; and somebody else who answers the appeal against it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest

from evenhand.core.errors import Conflict, Malformed, NotAllowed, NotFound
from evenhand.work.model import AnotherPersonNeeded, NotYours, RemovedFromProject
from evenhand.work.offers import OfferTerms
from evenhand.work.rulings import Item
from stage_verbs import REVIEW_ALL, dealt, decide, labeled, review
from world import Member, Organization, Project, World, sabotage


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization()


async def annotation(project: Project, task: UUID, who: Member) -> UUID:
    """Somebody's newest answer to a task."""
    async with project.world.superuser() as connection:
        found: UUID = await connection.fetchval(
            "select annotation_id from annotation where task_id = $1 and person_id = $2 order by version desc limit 1",
            task,
            who.id,
        )
        return found


async def reject(project: Project, task: UUID, author: Member, by: Member | None = None, **more: Any) -> UUID:
    """Reject somebody's answer to a task, on that answer."""
    answer = await annotation(project, task, author)
    given = {"reason": "spam", "evidence": [Item("answer", answer)], "note": "It says nothing.", **more}
    rulings = project.world.services.work.rulings
    return await rulings.reject((by or project.owner).actor, project.id, task, answer, **given)


async def remove(project: Project, whom: Member, answer: UUID, by: Member | None = None, **more: Any) -> UUID:
    given = {"reason": "work-quality", "evidence": [Item("answer", answer)], "note": "Half of it is wrong.", **more}
    rulings = project.world.services.work.rulings
    return await rulings.remove((by or project.owner).actor, project.id, whom.id, **given)


async def appeal(project: Project, who: Member, kind: Any, subject: UUID, key: UUID | None = None) -> UUID:
    return await project.world.services.work.appeals.file(who.actor, kind, subject, "Read line three.", key)


async def answer(project: Project, who: Member, appeal_id: UUID, outcome: str) -> Any:
    reason = "answer-right" if outcome == "overturned" else "evidence-stands"
    return await project.world.services.work.appeals.answer(who.actor, appeal_id, outcome, reason, "I read it.")


async def votes(project: Project) -> int:
    async with project.world.superuser() as connection:
        found: int = await connection.fetchval("select count(*) from vote where project_id = $1", project.id)
        return found


async def wants(project: Project, task: UUID) -> tuple[int, int]:
    """(answers wanted, answers given) of a task."""
    async with project.world.superuser() as connection:
        row = await connection.fetchrow("select wanted, got from consensus where task_id = $1", task)
        return row["wanted"], row["got"]


async def state(project: Project, task: UUID) -> str:
    found = await project.world.services.work.browsing.task(project.owner.actor, project.id, task)
    return str(found["state"])


async def rules(project: Project, action: int) -> list[str]:
    """What the ledger says of rulings (29) or appeals (30)."""
    async with project.world.superuser() as connection:
        rows = await connection.fetch(
            "select rule from ledger_inbox where organization_id = $1 and action = $2 order by xid, id",
            project.organization.id,
            action,
        )
        return [row["rule"] for row in rows]


async def told(project: Project, who: Member) -> list[str]:
    async with project.world.superuser() as connection:
        rows = await connection.fetch("select kind from notification where person_id = $1 order by at", who.id)
        return [row["kind"] for row in rows]


# ------------------------------------------------------------------------------------------------- answers rejected --
async def test_a_rejected_answer_counts_no_more_and_another_one_is_asked_for(bank: Organization) -> None:
    project = await bank.project(tasks=1)
    ana, ben = await bank.members(2)
    task = await project.answer(ana, "no")

    await reject(project, task, ana)

    assert await votes(project) == 0
    assert await wants(project, task) == (2, 1)
    assert (await project.claim(ana))["status"] == "empty"
    assert await project.answer(ben, "yes") == task
    assert await wants(project, task) == (2, 2)
    assert await rules(project, 29) == ["rejection:spam"]
    assert await told(project, ana) == ["answer.rejected"]


async def test_its_author_reads_why_and_on_what_evidence_and_is_owed_nothing_for_it(bank: Organization) -> None:
    project = await bank.project(tasks=2)
    ana = await bank.member()
    work = project.world.services.work
    await work.offers.set(bank.owner.actor, project.id, OfferTerms(25, "EUR", "task", 48))
    task = await project.answer(ana)
    await project.answer(ana)

    await reject(project, task, ana)

    [found] = (await work.rulings.against_me(ana.actor, None, 10))["items"]
    assert (found["kind"], found["reason"], found["note"]) == ("rejection", "spam", "It says nothing.")
    assert [each["task_id"] for each in found["evidence"]] == [str(task)]
    assert found["decided_by"] is None
    assert found["appeal_until"] is not None
    [owed] = (await work.offers.terms(ana.actor))[0]["owed"]
    assert (owed["answers"], owed["rejected"], owed["waiting"], owed["amount"]) == (2, 1, 1, 25)


async def test_the_table_shows_that_an_answer_was_rejected_and_a_rejected_one_is_not_opened_again(
    bank: Organization,
) -> None:
    project = await bank.project(tasks=1)
    ana = await bank.member()
    task = await project.answer(ana)

    await reject(project, task, ana)

    shown = await project.world.services.work.browsing.task(bank.owner.actor, project.id, task)
    assert [each["rejected"] for each in shown["annotations"]] == [True]
    with pytest.raises(NotYours):
        await project.world.services.work.labeling.reopen(ana.actor, project.id, task)


async def test_after_its_review_deadline_an_answer_cannot_be_rejected(bank: Organization) -> None:
    project = await bank.project(tasks=1)
    ana = await bank.member()
    await project.world.services.work.offers.set(bank.owner.actor, project.id, OfferTerms(25, "EUR", "task", 24))
    task = await project.answer(ana)
    project.world.clock.advance(hours=24)

    with pytest.raises(Conflict, match="for good"):
        await reject(project, task, ana)

    assert await votes(project) == 1


async def test_an_answer_that_a_reviewer_accepted_cannot_be_rejected(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rex = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    await review(project, rex, await dealt(project, rex), "accept")

    with pytest.raises(Conflict, match="for good"):
        await reject(project, task, ana)


async def test_an_answer_rejected_while_its_task_is_in_review_takes_the_task_back_to_be_labeled(
    bank: Organization,
) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, ben, rex = await bank.member(), await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    await dealt(project, rex)

    await reject(project, task, ana, by=rex)

    assert await state(project, task) == "open"
    assert await labeled(project, (ben, "no")) == task
    shown = await dealt(project, rex)
    assert [each["answers"][0]["value"] for each in shown["answers"]] == ["no"]


async def test_evidence_is_of_that_person_in_that_project(bank: Organization) -> None:
    project, other = await bank.project(tasks=2), await bank.project(tasks=1)
    ana, ben = await bank.members(2)
    task, bens = await project.answer(ana), await project.answer(ben)
    elsewhere = await annotation(other, await other.answer(ana), ana)
    refused = {
        "/evidence": [],
        "/evidence/0/id": [Item("answer", await annotation(project, bens, ben))],
        "/evidence/1/id": [Item("answer", await annotation(project, task, ana)), Item("answer", elsewhere)],
        "/evidence/1": [Item("answer", await annotation(project, task, ana)), Item("guideline", version=1)],
        "/evidence/0": [Item("signal", signal="fast", count=9, out_of=10)],
    }

    for pointer, evidence in refused.items():
        with pytest.raises(Malformed) as problem:
            await reject(project, task, ana, evidence=evidence)
        assert problem.value.problems[0].pointer == pointer

    assert await votes(project) == 2
    await reject(project, task, ana, evidence=[Item("answer", await annotation(project, task, ana))])


async def test_hidden_gold_as_evidence_is_named_to_whoever_decides_and_not_to_whom_it_is_against(
    bank: Organization,
) -> None:
    from evenhand.work.gold import Known

    project = await bank.project(tasks=2, gold_rate=0.5)
    ana = await bank.member()
    _, gold = await project.task_ids()
    known = Known("hidden", [{"question": "label", "value": "yes"}], "")
    await project.world.services.work.gold.make(bank.owner.actor, project.id, [(gold, known)])
    await project.add(6, "More")
    task = await project.answer(ana, "no")
    while task != gold:  # the circle of gold may wrap at first
        async with project.world.superuser() as connection:
            await connection.execute("update queue_member set next_gold_at = claims")
        task = await project.answer(ana, "no")

    await remove(project, ana, await annotation(project, gold, ana), evidence=[Item("gold", gold)])

    rulings = project.world.services.work.rulings
    [shown] = (await rulings.page(bank.owner.actor, project.id, None, 10))["items"]
    [own] = (await rulings.against_me(ana.actor, None, 10))["items"]
    assert shown["evidence"][0]["id"] == str(gold)
    assert own["evidence"] == [{**dict.fromkeys(shown["evidence"][0], None), "kind": "gold"}]
    possible = (await rulings.possible(bank.owner.actor, project.id, ana.id))["items"]
    assert [(each["kind"], each["id"], each["is_right"]) for each in possible] == [("gold", str(gold), False)]


async def test_the_same_rejection_sent_twice_is_one_and_nobody_rejects_their_own_or_anothers_customers(
    world: World,
) -> None:
    bank, rival = await world.organization(), await world.organization("Rival")
    project = await bank.project(tasks=2)
    ana = await bank.member()
    task = await project.answer(ana)
    key = uuid4()

    await reject(project, task, ana, ruling_id=key)
    await reject(project, task, ana, ruling_id=key)

    assert await wants(project, task) == (2, 1)
    with pytest.raises(Conflict, match="already"):
        await reject(project, task, ana)
    owners = await project.answer(bank.owner)
    with pytest.raises(Conflict, match="own work"):
        await reject(project, owners, bank.owner)
    with pytest.raises(NotFound):
        await reject(project, owners, bank.owner, by=rival.owner)
    with pytest.raises(NotAllowed):
        await reject(project, owners, bank.owner, by=ana)


# --------------------------------------------------------------------------------------------------- people removed --
async def test_whoever_is_removed_is_dealt_nothing_more_and_what_they_held_goes_back(bank: Organization) -> None:
    project = await bank.project(tasks=3)
    ana, ben = await bank.members(2)
    task = await project.answer(ana)
    held = await project.take(ana)

    await remove(project, ana, await annotation(project, task, ana))

    with pytest.raises(RemovedFromProject):
        await project.claim(ana)
    assert await project.take(ben) == held
    assert (await project.books()).unbalanced == []
    assert str(project.id) not in {
        each["project"]["id"] for each in await project.world.services.work.projects.my_work(ana.actor)
    }
    assert await rules(project, 29) == ["removal:work-quality"]
    other = await bank.project(tasks=1)
    assert (await other.claim(ana))["status"] == "ok"


async def test_what_they_did_before_is_still_owed(bank: Organization) -> None:
    project = await bank.project(tasks=2)
    ana = await bank.member()
    await project.world.services.work.offers.set(bank.owner.actor, project.id, OfferTerms(25, "EUR", "task", 48))
    task = await project.answer(ana)

    await remove(project, ana, await annotation(project, task, ana))

    [terms] = await project.world.services.work.offers.terms(ana.actor)
    assert terms["totals"][0]["amount"] == 25


async def test_a_skill_or_an_open_project_does_not_bring_a_removed_person_back(bank: Organization) -> None:
    project = await bank.project(tasks=3)
    ana = await bank.member()
    task = await project.answer(ana)
    await remove(project, ana, await annotation(project, task, ana))
    exams = project.world.services.work.exams

    skill = await exams.add_skill(bank.owner.actor, "Reads")
    await exams.grant(bank.owner.actor, ana.id, skill, None)
    await exams.ask(bank.owner.actor, project.id, [skill])

    with pytest.raises(RemovedFromProject):
        await project.claim(ana)


async def test_a_claim_and_a_removal_at_once_leave_the_removed_person_with_nothing(own_world: World) -> None:
    bank = await own_world.organization()

    assert await holds_after_removal(bank) == 0


async def test_without_the_gate_a_removed_person_keeps_what_they_were_just_dealt(saboteurs_world: World) -> None:
    await sabotage(saboteurs_world.copy, "judge_enter", "v_locked := pg_advisory_xact_lock(7001) is null;", "")
    await sabotage(
        saboteurs_world.copy, "enter", "v_locked := pg_advisory_xact_lock_shared(7001) is null;", "v_locked := true;"
    )
    # So that the removal falls between what a claim reads and what it writes.
    await sabotage(
        saboteurs_world.copy, "claim_next", "v_rank := s.rank; v_wanted := s.wanted;",
        "v_rank := s.rank; v_wanted := s.wanted; perform pg_sleep(0.1);",
    )  # fmt: skip
    bank = await saboteurs_world.organization()

    for _ in range(20):
        if await holds_after_removal(bank):
            return
    pytest.fail("nobody was dealt anything while they were removed")


async def holds_after_removal(bank: Organization) -> int:
    """What somebody holds who claims on several connections while they are removed."""
    project = await bank.project(tasks=8)
    ana = await bank.member()
    proof = await annotation(project, await project.answer(ana), ana)
    await asyncio.gather(
        *(project.claim(ana, [uuid4()]) for _ in range(4)),
        remove(project, ana, proof),
        *(project.claim(ana, [uuid4()]) for _ in range(4)),
        return_exceptions=True,
    )
    async with project.world.superuser() as connection:
        found: int = await connection.fetchval(
            "select count(*) from assignment where person_id = $1 and state in (1, 5)", ana.id
        )
        return found


# ---------------------------------------------------------------------------------------------------------- appeals --
async def test_an_overturned_rejection_lets_the_answer_count_again_and_calls_off_the_other_one(
    bank: Organization,
) -> None:
    project = await bank.project(tasks=1)
    ana, mia = await bank.member(), await bank.member("manager")
    task = await project.answer(ana, "no")
    filed = await appeal(project, ana, "rejection", await reject(project, task, ana))

    done = await answer(project, mia, filed, "overturned")

    assert (done["state"], done["answer"]["reason"], done["answer"]["note"]) == (
        "overturned",
        "answer-right",
        "I read it.",
    )
    assert await votes(project) == 1
    assert await wants(project, task) == (1, 1)
    assert await state(project, task) == "done"
    assert (await project.claim(await bank.member()))["status"] == "empty"
    assert await rules(project, 30) == ["filed:rejection", "overturned:answer-right"]
    assert await told(project, ana) == ["answer.rejected", "appeal.decided"]
    assert await told(project, mia) == ["appeal.filed"]


async def test_an_answer_that_came_instead_stays_when_the_rejection_is_overturned(bank: Organization) -> None:
    project = await bank.project(tasks=1)
    ana, ben, mia = await bank.member(), await bank.member(), await bank.member("manager")
    task = await project.answer(ana, "no")
    filed = await appeal(project, ana, "rejection", await reject(project, task, ana))
    await project.answer(ben, "yes")

    await answer(project, mia, filed, "overturned")

    assert await votes(project) == 2
    assert await wants(project, task) == (2, 2)


async def test_an_upheld_one_changes_nothing(bank: Organization) -> None:
    project = await bank.project(tasks=1)
    ana, mia = await bank.member(), await bank.member("manager")
    task = await project.answer(ana)
    filed = await appeal(project, ana, "rejection", await reject(project, task, ana))

    await answer(project, mia, filed, "upheld")

    assert (await votes(project), await wants(project, task)) == (0, (2, 1))
    [mine] = await project.world.services.work.appeals.mine(ana.actor)
    assert (mine["state"], mine["decided_by"], mine["answer"]["by"]) == ("upheld", None, None)


async def test_an_overturned_removal_brings_the_person_back(bank: Organization) -> None:
    project = await bank.project(tasks=2)
    ana, mia = await bank.member(), await bank.member("manager")
    proof = await annotation(project, await project.answer(ana), ana)
    filed = await appeal(project, ana, "removal", await remove(project, ana, proof))

    await answer(project, mia, filed, "overturned")

    assert (await project.claim(ana))["status"] == "ok"


async def test_an_overturned_fix_lets_the_authors_answer_stand(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rex = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    await review(project, rex, await dealt(project, rex), "fix", fixed="no")
    work = project.world.services.work
    [said] = (await work.feedback.page(ana.actor, None, 10))["items"]
    filed = await appeal(project, ana, "verdict", UUID(said["id"]))
    [open_one] = await work.appeals.in_organization(bank.owner.actor, is_open=True)
    assert (open_one["summary"], open_one["instead_summary"], open_one["may_answer"]) == ("yes", "no", True)

    await answer(project, bank.owner, filed, "overturned")

    shown = await work.browsing.task(bank.owner.actor, project.id, task)
    assert shown["resolved"] is None
    assert shown["state"] == "done"
    assert [each["by"] for each in shown["history"]][-1] == "appeal"


async def test_an_overturned_sending_back_calls_the_rework_off(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rex = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    await review(project, rex, await dealt(project, rex), "send-back")
    [said] = (await project.world.services.work.feedback.page(ana.actor, None, 10))["items"]
    filed = await appeal(project, ana, "verdict", UUID(said["id"]))

    await answer(project, bank.owner, filed, "overturned")

    assert await state(project, task) == "done"
    assert (await project.claim(ana))["status"] == "empty"
    await decide(project)
    assert await state(project, task) == "done"


async def test_whoever_decided_does_not_answer_the_appeal_and_is_told_who_does(bank: Organization) -> None:
    project = await bank.project(tasks=1)
    ana, mia = await bank.member(), await bank.member("manager")
    task = await project.answer(ana)
    filed = await appeal(project, ana, "rejection", await reject(project, task, ana, by=mia))

    with pytest.raises(AnotherPersonNeeded) as refused:
        await answer(project, mia, filed, "upheld")

    assert refused.value.deciders == [bank.owner.actor.pseudonym]
    assert (await answer(project, bank.owner, filed, "upheld"))["state"] == "upheld"


async def test_where_nobody_else_is_left_it_says_so_and_waits_for_somebody_who_comes(bank: Organization) -> None:
    project = await bank.project(tasks=1)
    ana = await bank.member()
    task = await project.answer(ana)
    filed = await appeal(project, ana, "rejection", await reject(project, task, ana))

    with pytest.raises(AnotherPersonNeeded) as refused:
        await answer(project, bank.owner, filed, "upheld")

    assert refused.value.deciders == []
    assert "make somebody else a manager" in refused.value.hint
    assert (await answer(project, await bank.member("manager"), filed, "overturned"))["state"] == "overturned"


async def test_a_manager_who_appeals_does_not_answer_themselves(bank: Organization) -> None:
    project = await bank.project(tasks=1)
    mia = await bank.member("manager")
    task = await project.answer(mia)
    filed = await appeal(project, mia, "rejection", await reject(project, task, mia))

    with pytest.raises(AnotherPersonNeeded):
        await answer(project, mia, filed, "overturned")


async def test_the_constraint_refuses_the_same_person_when_the_check_is_gone(saboteurs_world: World) -> None:
    await sabotage(
        saboteurs_world.copy, "appeal_answer", "if e.person_id in (a.decided_by, a.person_id) then", "if false then"
    )
    bank = await saboteurs_world.organization()
    project = await bank.project(tasks=1)
    ana = await bank.member()
    filed = await appeal(project, ana, "rejection", await reject(project, await project.answer(ana), ana))

    with pytest.raises(Exception, match="a_different_person_answers"):
        await answer(project, bank.owner, filed, "upheld")


async def answered_at_once(bank: Organization) -> Counter[str]:
    """Six managers answer one appeal at once, half of them each way: how many were told that theirs counts."""
    project = await bank.project(tasks=1)
    ana, managers = await bank.member(), await bank.members(6, "manager")
    filed = await appeal(project, ana, "rejection", await reject(project, await project.answer(ana), ana))
    said = await asyncio.gather(
        *(answer(project, each, filed, ("upheld", "overturned")[index % 2]) for index, each in enumerate(managers)),
        return_exceptions=True,
    )
    if failed := [each for each in said if isinstance(each, BaseException) and not isinstance(each, Conflict)]:
        raise failed[0]
    return Counter("refused" if isinstance(each, Conflict) else "counts" for each in said)


async def test_of_many_who_answer_at_once_one_answer_counts(own_world: World) -> None:
    bank = await own_world.organization()

    assert await answered_at_once(bank) == {"counts": 1, "refused": 5}


async def test_without_its_locks_two_answers_count(saboteurs_world: World) -> None:
    await sabotage(saboteurs_world.copy, "judge_enter", "v_locked := pg_advisory_xact_lock(7001) is null;", "")
    await sabotage(saboteurs_world.copy, "appeal_answer", "for update", "")
    bank = await saboteurs_world.organization()

    for _ in range(40):
        if (await answered_at_once(bank))["counts"] > 1:
            return
    pytest.fail("every answer but one was refused")


async def test_an_appeal_comes_once_in_time_and_from_whom_the_decision_is_against(bank: Organization) -> None:
    project = await bank.project(tasks=3)
    ana, ben = await bank.members(2)
    first, second = await project.answer(ana), await project.answer(ana)
    rejected, late = await reject(project, first, ana), await reject(project, second, ana)
    key = uuid4()

    with pytest.raises(NotFound):
        await appeal(project, ben, "rejection", rejected)
    with pytest.raises(NotFound):
        await appeal(project, ana, "removal", rejected)
    assert await appeal(project, ana, "rejection", rejected, key) == await appeal(
        project, ana, "rejection", rejected, key
    )
    with pytest.raises(Conflict, match="already"):
        await appeal(project, ana, "rejection", rejected)
    project.world.clock.advance(hours=24 * 14)
    with pytest.raises(Conflict, match="later than 14 days"):
        await appeal(project, ana, "rejection", late)
    [shown] = await project.world.services.work.appeals.in_organization(bank.owner.actor, is_open=True)
    assert shown["overdue"] is True


async def test_a_ruling_taken_back_unasked_restores_as_an_appeal_does(bank: Organization) -> None:
    project = await bank.project(tasks=2)
    ana = await bank.member()
    task = await project.answer(ana)
    rulings = project.world.services.work.rulings
    proof = await annotation(project, task, ana)
    rejection, removal = await reject(project, task, ana), await remove(project, ana, proof)

    for each in (rejection, removal):
        await rulings.withdraw(bank.owner.actor, project.id, each)

    assert (await votes(project), await wants(project, task)) == (1, (1, 1))
    assert (await project.claim(ana))["status"] == "ok"
    with pytest.raises(Conflict, match="no more"):
        await rulings.withdraw(bank.owner.actor, project.id, removal)
