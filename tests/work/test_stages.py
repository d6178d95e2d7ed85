"""A task travels its stages: label, review, adjudicate, rework, done; who sees what, who is dealt it, and what is kept of it."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from evenhand.core.errors import Conflict, Malformed, NotAllowed
from evenhand.work.model import AlreadyAnswered, AnswerRefused, LeaseExpired, NotAMember, NotYours
from evenhand.work.reviewing import Verdict
from stage_verbs import REVIEW_ALL, adjudicate, claimed, counts, dealt, decide, entries, labeled, place, review
from world import Member, Organization, Project, World


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization("Bank")


# ------------------------------------------------------------------------------------------------ no later stages --
async def test_a_project_without_later_stages_never_waits_for_a_decision(bank: Organization) -> None:
    project = await bank.project(tasks=1)
    ana = await bank.member()

    task = await project.answer(ana)

    assert await place(project, task) is None
    assert (await counts(project))["done"] == 1


@pytest.mark.parametrize("opinions", [1, 2])
async def test_where_tasks_go_on_no_answer_is_opened_again_whether_its_task_is_there_yet_or_not(
    bank: Organization, opinions: int
) -> None:
    """Gold never goes on: if what waits for more opinions could be opened again, gold would be told from work by it."""
    project = await bank.project(tasks=1, opinions=opinions, **REVIEW_ALL)
    ana = await bank.member()
    task = await project.answer(ana)
    labeling = bank.world.services.work.labeling

    with pytest.raises(NotYours):
        await labeling.reopen(ana.actor, project.id, task)

    [mine] = (await labeling.my_answers(ana.actor, project.id, None, 10))["items"]
    assert mine["can_reopen"] is False


# --------------------------------------------------------------------------------------------------------- review --
async def test_what_is_accepted_is_done_and_only_then(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    before = await counts(project)
    assignment = await dealt(project, rita)

    said = await review(project, rita, assignment, "accept")

    assert (said["status"], said["outcome"], said["annotation_id"]) == ("ok", "done", None)
    assert (before["done"], before["in_review"], before["open"]) == (0, 1, 1)
    after = await counts(project)
    assert (after["done"], after["in_review"], after["open"]) == (1, 0, 0)
    assert await place(project, task) == "done"


async def test_a_reviewer_sees_the_answers_without_names_and_what_they_say_together(bank: Organization) -> None:
    project = await bank.project(tasks=1, opinions=3, **REVIEW_ALL)
    people = await bank.members(3)
    rita = await bank.member("reviewer")
    await labeled(project, *zip(people, ("yes", "yes", "no"), strict=True))

    assignment = await dealt(project, rita)

    assert assignment["stage"] == "review"
    assert [each["label"] for each in assignment["answers"]] == ["Answer 1", "Answer 2", "Answer 3"]
    assert sorted(each["answers"][0]["value"] for each in assignment["answers"]) == ["no", "yes", "yes"]
    names = {person.actor.pseudonym for person in people} | {str(person.id) for person in people}
    assert not any(name in str(assignment) for name in names)
    [together] = assignment["consensus"]
    assert (together["question"], together["target"], together["value"]) == ("label", "", "yes")
    assert (together["answers"], together["status"], together["share"]) == (3, "resolved", pytest.approx(2 / 3))
    assert assignment["verdicts"] == []


async def test_the_look_at_others_answers_is_on_record_first_and_so_is_the_verdict(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))

    assignment = await dealt(project, rita)
    looked = await entries(project, task)
    await review(project, rita, assignment, "send-back", reason="guideline-misread")

    assert looked[-1] == (1, "review", None)
    assert (await entries(project, task))[-1] == (28, "review", "send-back:guideline-misread")


async def test_nobody_reviews_what_they_labeled(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    rita = await bank.member("reviewer")
    await labeled(project, (rita, "yes"))

    assert (await claimed(project, rita))["status"] == "empty"


@pytest.mark.parametrize("stage", ["review", "adjudicate"])
async def test_an_annotator_is_dealt_nothing_of_a_later_stage(bank: Organization, stage: str) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, ben = await bank.members(2)
    await labeled(project, (ana, "yes"))

    with pytest.raises(NotAMember):
        await claimed(project, ben, stage)


async def test_an_annotator_says_no_verdict(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, ben, rita = await bank.member(), await bank.member(), await bank.member("reviewer")
    await labeled(project, (ana, "yes"))
    assignment = await dealt(project, rita)

    with pytest.raises(NotAllowed):
        await review(project, ben, assignment, "accept")


async def test_what_is_fixed_stands_and_is_no_vote(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))

    said = await review(project, rita, await dealt(project, rita), "fix", fixed="no")

    assert said["outcome"] == "done"
    async with project.world.superuser() as connection:
        stage = await connection.fetchval(
            "select stage from annotation where annotation_id = $1", UUID(said["annotation_id"])
        )
        resolved = await connection.fetchval("select resolved_id from task_stage where task_id = $1", task)
        votes = await connection.fetchval("select count(*) from vote where project_id = $1", project.id)
    assert (stage, str(resolved), votes) == (2, said["annotation_id"], 1)


async def test_a_fix_that_does_not_fit_the_ontology_is_refused_and_nothing_is_decided(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    assignment = await dealt(project, rita)

    with pytest.raises(AnswerRefused):
        await review(project, rita, assignment, "fix", fixed="perhaps")

    assert await place(project, task) == "review"
    assert (await review(project, rita, assignment, "accept"))["status"] == "ok"


async def test_a_verdict_is_on_every_answer_and_on_no_other(bank: Organization) -> None:
    project = await bank.project(tasks=1, opinions=2, **REVIEW_ALL)
    people, rita = await bank.members(2), await bank.member("reviewer")
    await labeled(project, *((person, "yes") for person in people))
    assignment = await dealt(project, rita)

    for answers in (assignment["answers"][:1], [*assignment["answers"], {"annotation_id": str(uuid4())}]):
        with pytest.raises(Malformed) as refused:
            await review(project, rita, {**assignment, "answers": answers}, "accept")
        assert refused.value.problems[0].pointer == "/verdicts"


@pytest.mark.parametrize(
    ("verdict", "fixed", "reason", "pointer"),
    [
        ("send-back", None, None, "/verdicts/0/reason"),
        ("fix", None, "slip", "/answers"),
        ("accept", "no", None, "/answers"),
    ],
    ids=["without a reason", "a fix without answers", "answers without a fix"],
)
async def test_a_verdict_that_is_not_whole_is_refused(
    bank: Organization, verdict: str, fixed: str | None, reason: str | None, pointer: str
) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    await labeled(project, (ana, "yes"))

    with pytest.raises(Malformed) as refused:
        await review(project, rita, await dealt(project, rita), verdict, fixed=fixed, reason=reason)

    assert refused.value.problems[0].pointer == pointer


async def test_the_same_key_again_says_the_same_and_another_one_is_refused(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    await labeled(project, (ana, "yes"))
    assignment, key = await dealt(project, rita), uuid4()

    first = await review(project, rita, assignment, "fix", fixed="no", key=key)
    again = await review(project, rita, assignment, "fix", fixed="no", key=key)

    assert {**first, "status": "repeated"} == again
    with pytest.raises(AlreadyAnswered):
        await review(project, rita, assignment, "accept")


async def test_a_review_whose_lease_ran_out_counts_while_nobody_else_has_it(world: World, bank: Organization) -> None:
    project = await bank.project(tasks=1, lease_minutes=10, **REVIEW_ALL)
    ana, rita, rolf = await bank.member(), await bank.member("reviewer"), await bank.member("reviewer")
    await labeled(project, (ana, "yes"))
    late = await dealt(project, rita)
    world.clock.advance(minutes=11)
    await world.relay.sweep()

    taken = await dealt(project, rolf)
    with pytest.raises(LeaseExpired):
        await review(project, rita, late, "accept")

    assert (await review(project, rolf, taken, "accept"))["outcome"] == "done"


async def test_a_review_lease_is_no_leave_to_answer(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    await dealt(project, rita)

    with pytest.raises(NotYours):
        await project.submit(rita, task, "no")


# --------------------------------------------------------------------------------------------------------- rework --
async def test_what_is_sent_back_is_its_authors_before_anything_else_with_the_reason(bank: Organization) -> None:
    project = await bank.project(tasks=3, **REVIEW_ALL)
    ana, ben, rita = await bank.member(), await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "send-back", reason="slip", note="Read the last line.")

    others = await project.take(ben)
    again = (await project.claim(ana))["assignment"]

    assert await place(project, task) == "rework"
    assert (UUID(again["task_id"]), again["revision"], others != task) == (task, 2, True)
    assert again["draft"]["answers"][0]["value"] == "yes"
    [said] = again["verdicts"]
    assert (said["verdict"], said["reason"], said["note"]) == ("send-back", "slip", "Read the last line.")
    assert (await counts(project))["rework"] == 1


async def test_what_was_answered_again_is_reviewed_again_by_the_same_person_or_another(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "send-back", note="No.")
    await project.take(ana)
    await project.submit(ana, task, "no")
    await decide(project)

    assignment = await dealt(project, rita)

    assert [each["revision"] for each in assignment["answers"]] == [2]
    assert assignment["answers"][0]["answers"][0]["value"] == "no"
    [said] = assignment["verdicts"]
    assert (said["label"], said["round"], said["note"]) == ("Answer 1", 1, "No.")
    assert said["answers"][0]["value"] == "yes"
    assert (await review(project, rita, assignment, "accept"))["outcome"] == "done"


async def test_only_those_whose_answer_was_sent_back_answer_again(bank: Organization) -> None:
    project = await bank.project(tasks=1, opinions=2, **REVIEW_ALL)
    (ana, ben), rita = await bank.members(2), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"), (ben, "no"))
    assignment = await dealt(project, rita)
    said = [
        Verdict(UUID(each["annotation_id"]), "send-back" if each["answers"][0]["value"] == "yes" else "accept", "slip")
        for each in assignment["answers"]
    ]

    reviewing = project.world.services.work.reviewing
    await reviewing.review(rita.actor, project.id, task, said, None, uuid4(), next_=False, held=[])

    assert (await project.claim(ben))["status"] == "empty"
    assert await project.take(ana) == task


async def test_a_lease_on_rework_that_runs_out_waits_for_its_author(world: World, bank: Organization) -> None:
    project = await bank.project(tasks=1, lease_minutes=10, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "send-back")
    await project.take(ana)
    world.clock.advance(minutes=11)
    await world.relay.sweep()

    again = (await project.claim(ana))["assignment"]

    assert (UUID(again["task_id"]), again["revision"]) == (task, 2)


async def test_the_third_time_it_is_sent_back_it_goes_to_an_adjudicator(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    outcomes = []
    for _ in range(3):
        outcomes.append((await review(project, rita, await dealt(project, rita), "send-back"))["outcome"])
        if outcomes[-1] == "rework":
            await project.take(ana)
            await project.submit(ana, task, "yes")
            await decide(project)

    assert outcomes == ["rework", "rework", "adjudicate"]
    assert len((await dealt(project, rita, "adjudicate"))["verdicts"]) == 3


@pytest.mark.parametrize("how", ["skipped", "returned", "left"])
async def test_what_its_author_will_not_mend_goes_to_an_adjudicator(world: World, bank: Organization, how: str) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "send-back")
    if how == "left":
        await world.services.people.members.remove(bank.owner.actor, ana.id)
    else:
        await project.take(ana)
        reason = "unclear" if how == "skipped" else None
        await world.services.work.labeling.end_lease(ana.actor, project.id, task, reason, None, next_=False, held=[])
    await decide(project)

    assert await place(project, task) == "adjudicate"
    assert (await dealt(project, rita, "adjudicate"))["task_id"] == str(task)


async def test_what_cannot_go_back_to_its_author_goes_to_an_adjudicator_at_once(
    world: World, bank: Organization
) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    await labeled(project, (ana, "yes"))
    assignment = await dealt(project, rita)
    await world.services.people.members.remove(bank.owner.actor, ana.id)

    assert (await review(project, rita, assignment, "send-back"))["outcome"] == "adjudicate"


# ---------------------------------------------------------------------------------------------------- adjudication --
UNSURE = {"adjudicate_below": 0.8}


async def disputed(bank: Organization) -> tuple[Project, UUID, Member, Member, Member]:
    """(project, task, its two authors who disagree, an adjudicator)."""
    project = await bank.project(tasks=1, opinions=2, **UNSURE)
    (ana, ben), rita = await bank.members(2), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"), (ben, "no"))
    return project, task, ana, ben, rita


async def test_those_who_agree_are_done_and_those_who_do_not_go_to_an_adjudicator(bank: Organization) -> None:
    project = await bank.project(tasks=2, opinions=5, **UNSURE)
    people = await bank.members(5)
    agreed = await labeled(project, *((person, "yes") for person in people))
    unsure = await labeled(project, *zip(people, ("yes", "no", "yes", "no", "yes"), strict=True))

    assert await place(project, agreed) == "done"
    assert await place(project, unsure) == "adjudicate"
    assert (await counts(project))["in_adjudication"] == 1


async def test_what_an_adjudicator_decides_stands(bank: Organization) -> None:
    project, task, *_, rita = await disputed(bank)
    assignment = await dealt(project, rita, "adjudicate")

    said = await adjudicate(project, rita, task, "decide", "no")

    assert (assignment["stage"], assignment["consensus"][0]["status"]) == ("adjudicate", "tied")
    assert said["outcome"] == "done"
    async with project.world.superuser() as connection:
        stage = await connection.fetchval(
            "select stage from annotation where annotation_id = $1", UUID(said["annotation_id"])
        )
    assert stage == 3
    assert (await entries(project, task))[-2:] == [(28, "adjudicate", "decide")] * 2


async def test_one_more_opinion_comes_from_somebody_who_had_it_neither_way(bank: Organization) -> None:
    project, task, ana, ben, rita = await disputed(bank)
    cleo, rolf = await bank.member(), await bank.member("reviewer")
    await dealt(project, rita, "adjudicate")

    assert (await adjudicate(project, rita, task, "more"))["outcome"] == "label"

    assert {(await project.claim(each))["status"] for each in (ana, ben, rita)} == {"empty"}
    assert await project.take(cleo) == task
    await project.submit(cleo, task, "yes")
    await decide(project)
    assert await place(project, task) == "adjudicate"  # two of three are less than 0.8
    assert len((await dealt(project, rolf, "adjudicate"))["answers"]) == 3


async def test_whoever_gave_back_what_they_were_to_adjudicate_gives_no_opinion_on_it(
    world: World, bank: Organization
) -> None:
    """They saw the answers: theirs would not be blind."""
    project, task, *_, rita = await disputed(bank)
    rolf = await bank.member("reviewer")
    await dealt(project, rolf, "adjudicate")
    world.clock.advance(minutes=31)
    await world.relay.sweep()
    await dealt(project, rita, "adjudicate")
    await adjudicate(project, rita, task, "more")

    assert (await project.claim(rolf))["status"] == "empty"


async def test_what_an_adjudicator_sends_back_is_all_authors_and_then_an_adjudicators_again(bank: Organization) -> None:
    project, task, ana, ben, rita = await disputed(bank)
    await dealt(project, rita, "adjudicate")
    assert (await adjudicate(project, rita, task, "send-back", reason="guideline-silent"))["outcome"] == "rework"

    for person in (ana, ben):
        assert await project.take(person) == task
        await project.submit(person, task, "yes")
        await decide(project)

    assert await place(project, task) == "adjudicate"
    assert [each["revision"] for each in (await dealt(project, rita, "adjudicate"))["answers"]] == [2, 2]


async def test_what_cannot_be_sent_back_is_for_the_adjudicator_to_decide(world: World, bank: Organization) -> None:
    project, task, ana, _, rita = await disputed(bank)
    await dealt(project, rita, "adjudicate")
    await world.services.people.members.remove(bank.owner.actor, ana.id)

    with pytest.raises(Conflict):
        await adjudicate(project, rita, task, "send-back", reason="slip")

    assert (await adjudicate(project, rita, task, "decide", "yes"))["outcome"] == "done"
