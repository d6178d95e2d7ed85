"""Skills: earned by an exam made of gold, lost by the clock or by a manager, and asked for by projects before they deal work."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from evenhand.core.errors import Conflict, NotAllowed, NotFound
from evenhand.work.exams import ExamTerms
from evenhand.work.gold import Known
from evenhand.work.model import STAGES, SkillMissing
from world import Member, Organization, Project, World, sabotage


@dataclass(frozen=True)
class School:
    """A project with an exam on six tasks, three of which a sitting deals; two right answers pass."""

    bank: Organization
    project: Project
    skill: UUID
    gold: list[UUID]

    async def claim(self, who: Member) -> dict[str, Any]:
        return dict(await self.bank.world.services.work.labeling.claim(who.token, self.project.id, [], "exam"))

    async def sit(self, who: Member, *labels: str) -> None:
        """Answer one task of the exam with each of these."""
        for label in labels:
            dealt = await self.claim(who)
            assert dealt["status"] == "ok", dealt
            said = await self.project.submit(who, UUID(dealt["assignment"]["task_id"]), label)
            assert "taught" not in said  # what was right is told at the end
            self.bank.world.clock.advance(seconds=1)

    async def mine(self, who: Member) -> dict[str, Any]:
        [found] = await self.bank.world.services.work.exams.my_exams(who.actor)
        return dict(found)

    async def skills(self, who: Member) -> list[str]:
        return [each["state"] for each in await self.bank.world.services.work.exams.my_skills(who.actor)]

    async def change(self, **terms: Any) -> Any:
        facts: dict[str, Any] = {"gold": self.gold, "tasks": 3, "pass_mark": 0.6, "valid_days": 30, "retry_hours": 24}
        wanted = ExamTerms(self.skill, **{**facts, **terms})
        return await self.bank.world.services.work.exams.set_exam(self.bank.owner.actor, self.project.id, wanted)

    async def ask(self, project: Project) -> None:
        await self.bank.world.services.work.exams.ask(self.bank.owner.actor, project.id, [self.skill])


async def school_of(world: World, kind: str = "taught") -> School:
    bank = await world.organization()
    project = await bank.project(tasks=12, gold_rate=0.5)
    gold = (await project.task_ids())[6:]
    known = Known(kind, [{"question": "label", "value": "yes"}], "It says so.")
    await world.services.work.gold.make(bank.owner.actor, project.id, [(each, known) for each in gold])
    skill = await world.services.work.exams.add_skill(bank.owner.actor, "Reads letters")
    school = School(bank, project, skill, gold)
    await school.change()
    return school


@pytest.fixture
async def school(world: World) -> School:
    return await school_of(world)


@pytest.fixture
async def ana(school: School) -> Member:
    return await school.bank.member()


# -------------------------------------------------------------------------------------------------------- an exam taken --
async def test_an_exam_deals_so_many_of_its_tasks_and_passing_it_grants_the_skill(school: School, ana: Member) -> None:
    assert (await school.mine(ana))["state"] == "open"

    await school.sit(ana, "yes", "no")
    assert (await school.mine(ana))["answered"] == 2
    await school.sit(ana, "yes")

    found = await school.mine(ana)
    assert (found["state"], found["last"]["right"], found["last"]["passed"]) == ("passed", 2, True)
    assert await school.skills(ana) == ["valid"]
    assert (await school.claim(ana))["status"] == "empty"


async def test_what_was_wrong_is_told_where_the_gold_teaches(school: School, ana: Member) -> None:
    await school.sit(ana, "yes", "no", "yes")

    answers = (await school.mine(ana))["last"]["answers"]

    assert [(each["right"], each["yours"], each["known"]) for each in answers] == [
        (True, "yes", "yes"), (False, "no", "yes"), (True, "yes", "yes"),
    ]  # fmt: skip
    assert answers[1]["explanation"] == "It says so."


async def test_hidden_gold_of_an_exam_tells_whether_it_was_right_and_no_more(world: World) -> None:
    school = await school_of(world, "hidden")
    ana = await school.bank.member()

    await school.sit(ana, "yes", "no", "yes")

    answers = (await school.mine(ana))["last"]["answers"]
    assert [each["right"] for each in answers] == [True, False, True]
    assert not any("known" in each for each in answers)


async def test_whoever_fails_waits_and_is_dealt_other_tasks(school: School, ana: Member) -> None:
    await school.sit(ana, "no", "no", "yes")
    assert ((await school.mine(ana))["state"], await school.skills(ana)) == ("wait", [])
    assert (await school.claim(ana))["status"] == "empty"

    school.bank.world.clock.advance(hours=25)
    assert (await school.mine(ana))["state"] == "open"
    await school.sit(ana, "yes", "yes", "yes")

    assert await school.skills(ana) == ["valid"]


async def test_whoever_has_seen_all_tasks_cannot_try_again(school: School, ana: Member) -> None:
    for _ in range(2):
        await school.sit(ana, "no", "no", "no")
        school.bank.world.clock.advance(hours=25)

    assert (await school.mine(ana))["state"] == "no-tasks-left"
    assert (await school.claim(ana))["status"] == "empty"


async def test_a_task_that_is_skipped_counts_as_wrong(school: School, ana: Member) -> None:
    await school.sit(ana, "yes", "yes")
    task = UUID((await school.claim(ana))["assignment"]["task_id"])

    labeling = school.bank.world.services.work.labeling
    await labeling.end_lease(ana.actor, school.project.id, task, "unclear", None, next_=False, held=[])

    assert ((await school.mine(ana))["last"]["right"], await school.skills(ana)) == (2, ["valid"])


async def test_a_task_whose_hold_ran_out_comes_again(school: School, ana: Member) -> None:
    task = (await school.claim(ana))["assignment"]["task_id"]
    school.bank.world.clock.advance(minutes=31)
    await school.bank.world.relay.sweep()

    again = await school.claim(ana)

    assert again["assignment"]["task_id"] == task


async def test_the_tasks_of_an_exam_are_dealt_unannounced_no_more(school: School, ana: Member) -> None:
    dealt = set()
    while (claim := await school.project.claim(ana))["status"] == "ok":
        dealt.add(UUID(claim["assignment"]["task_id"]))
        await school.project.submit(ana, UUID(claim["assignment"]["task_id"]))

    assert dealt & set(school.gold) == set()


async def test_a_mark_by_the_lower_bound_needs_more_right_answers(school: School) -> None:
    share = await school.change(tasks=6, pass_mark=0.5)
    bound = await school.change(tasks=6, pass_mark=0.5, basis="lower-bound")

    assert (share["needed"], bound["needed"]) == (3, 6)
    with pytest.raises(Conflict, match="ask more"):
        await school.change(tasks=6, pass_mark=0.9, basis="lower-bound")


async def test_an_exam_needs_gold_that_nobody_met_and_enough_of_it(school: School) -> None:
    work = (await school.project.task_ids())[0]

    with pytest.raises(Conflict, match="no gold"):
        await school.change(gold=[*school.gold, work])
    with pytest.raises(Conflict, match="fewer"):
        await school.change(gold=school.gold[:2])


# ----------------------------------------------------------------------------------------------------------- asked for --
async def test_a_project_refuses_who_lacks_its_skill_and_names_the_exam(school: School, ana: Member) -> None:
    asking = await school.bank.project(tasks=3)
    await school.ask(asking)

    with pytest.raises(SkillMissing) as refused:
        await asking.claim(ana)
    await school.sit(ana, "yes", "yes", "yes")

    assert refused.value.exams == [str(school.project.id)]
    assert (await asking.claim(ana))["status"] == "ok"


async def test_who_was_on_the_queue_before_is_refused_too(school: School, ana: Member) -> None:
    asking = await school.bank.project(tasks=3)
    await asking.answer(ana)

    await school.ask(asking)

    with pytest.raises(SkillMissing):
        await asking.claim(ana)


async def test_a_skill_expires_by_the_clock_and_an_answer_on_its_way_still_counts(school: School, ana: Member) -> None:
    asking = await school.bank.project(tasks=3)
    await school.ask(asking)
    await school.sit(ana, "yes", "yes", "yes")
    task = await asking.take(ana)

    school.bank.world.clock.advance(days=30)
    await asking.world.relay.sweep()
    said = await asking.submit(ana, task, next_=True)

    assert (said["status"], said["next"]["status"]) == ("ok", "empty")
    assert await school.skills(ana) == ["expired"]
    with pytest.raises(SkillMissing):
        await asking.claim(ana)
    assert (await school.mine(ana))["state"] == "open"  # there are three tasks that she never had


async def test_a_manager_grants_and_takes_away_with_a_reason(school: School, ana: Member) -> None:
    exams = school.bank.world.services.work.exams
    asking = await school.bank.project(tasks=3)
    await school.ask(asking)
    until = school.bank.world.clock.now() + timedelta(days=5)

    await exams.grant(school.bank.owner.actor, ana.id, school.skill, until)
    assert (await asking.claim(ana))["status"] == "ok"
    await exams.revoke(school.bank.owner.actor, ana.id, school.skill, "guideline-changed")

    [mine] = await exams.my_skills(ana.actor)
    assert (mine["state"], mine["reason"]) == ("revoked", "guideline-changed")
    [told] = await exams.skills(school.bank.owner.actor)
    assert [(each["state"], each["by_exam"]) for each in told["holders"]] == [("revoked", False)]
    with pytest.raises(SkillMissing):
        await asking.claim(ana, held=await asking.task_ids())
    with pytest.raises(NotFound):
        await exams.revoke(school.bank.owner.actor, ana.id, school.skill, "misconduct")
    with pytest.raises(NotAllowed):
        await exams.grant(ana.actor, ana.id, school.skill, None)


async def test_a_skill_that_is_not_asked_for_any_more_is_not_needed(school: School, ana: Member) -> None:
    asking = await school.bank.project(tasks=3)
    await school.ask(asking)

    await school.bank.world.services.work.exams.ask(school.bank.owner.actor, asking.id, [])

    assert (await asking.claim(ana))["status"] == "ok"


async def test_two_skills_have_two_names(school: School) -> None:
    with pytest.raises(Conflict):
        await school.bank.world.services.work.exams.add_skill(school.bank.owner.actor, "READS letters")


# --------------------------------------------------------------------------------------------------------------- races --
async def finished_at_once(school: School, who: Member) -> tuple[list[Any], dict[str, Any]]:
    """The last two answers of an exam on two connections at the same moment; what came of it."""
    await school.sit(who, "yes")
    dealt = [await school.claim(who)]
    first = UUID(dealt[0]["assignment"]["task_id"])
    labeling = school.bank.world.services.work.labeling
    second = UUID((await labeling.claim(who.token, school.project.id, [first], "exam"))["assignment"]["task_id"])
    said = await asyncio.gather(*(school.project.submit(who, each, "yes") for each in (first, second)))
    return list(said), await school.mine(who)


@pytest.mark.parametrize("rounds", [6, pytest.param(60, marks=pytest.mark.drill)])
async def test_two_answers_that_finish_an_exam_at_once_end_it_once(own_world: World, rounds: int) -> None:
    school = await school_of(own_world)
    for _ in range(rounds):
        who = await school.bank.member()

        said, found = await finished_at_once(school, who)

        assert [each["status"] for each in said] == ["ok", "ok"]
        assert (found["state"], found["last"]["right"]) == ("passed", 3)
        assert await school.skills(who) == ["valid"]
        assert await grants_of(own_world, who) == 1


async def grants_of(world: World, who: Member) -> int:
    """How often the log says that somebody was granted a skill."""
    async with world.superuser() as connection:
        count: int = await connection.fetchval(
            "select count(*) from evenhand.ledger_inbox where subject_id = $1 and rule = 'skill-granted'", who.id
        )
    return count


async def test_without_the_persons_lock_an_exam_that_is_finished_twice_at_once_never_ends(
    saboteurs_world: World,
) -> None:
    lock = "v_locked := pg_advisory_xact_lock(7002, v_no::int) is null;"
    counted = "< s.tasks then return; end if;"
    await sabotage(saboteurs_world.copy, "enter", lock, "")
    await sabotage(
        saboteurs_world.copy, "exam_settle", counted, "< s.tasks then perform pg_sleep(0.5); return; end if;"
    )
    school = await school_of(saboteurs_world)

    async def ends() -> bool:
        _, found = await finished_at_once(school, await school.bank.member())
        return bool(found["last"])

    assert not all([await ends() for _ in range(2)])


async def test_without_its_trigger_whoever_joins_a_queue_needs_no_skill(saboteurs_world: World) -> None:
    async with saboteurs_world.superuser() as connection:
        await connection.execute("drop trigger member_is_eligible on evenhand.queue_member")
    school = await school_of(saboteurs_world)
    asking = await school.bank.project(tasks=3)
    await school.ask(asking)

    assert (await asking.claim(await school.bank.member()))["status"] == "ok"


def test_the_exam_is_the_fourth_stage() -> None:
    assert STAGES["exam"] == 4
