"""Later stages around the data table, releases and bulk actions: what stands is what is shown, and nothing is lost on the way."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from evenhand.work.browsing import TaskFilter
from evenhand.work.model import LeaseExpired
from stage_verbs import REVIEW_ALL, adjudicate, claimed, counts, dealt, decide, labeled, place, review
from world import Member, Organization, Project, World


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization("Bank")


async def table(project: Project, state: str | None = None) -> list[dict[str, Any]]:
    browsing = project.world.services.work.browsing
    return (await browsing.tasks(project.owner.actor, project.id, TaskFilter(state=state), None, 50))["items"]


async def whole(project: Project, task: UUID, who: Member | None = None) -> dict[str, Any]:
    return await project.world.services.work.browsing.task((who or project.owner).actor, project.id, task)


async def requeue(project: Project, *tasks: UUID, stage: str = "review", opinions: int = 1) -> list[UUID]:
    browsing = project.world.services.work.browsing
    return await browsing.requeue(project.owner.actor, project.id, [*tasks], stage, opinions)


async def change(project: Project, action: str, *tasks: UUID, value: Any = None) -> list[UUID]:
    browsing = project.world.services.work.browsing
    return await browsing.change(project.owner.actor, project.id, [*tasks], action, value)


async def fixed(bank: Organization) -> tuple[Project, UUID, Member, Member]:
    """(project, its task whose "yes" was fixed to "no", its author, the reviewer)."""
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "fix", fixed="no", note="The last line says no.")
    return project, task, ana, rita


# -------------------------------------------------------------------------------------------------------- the table --
async def test_what_was_fixed_is_shown_with_its_method_and_what_the_annotators_say_of_it(bank: Organization) -> None:
    project, task, ana, rita = await fixed(bank)

    [row] = await table(project, "done")
    shown = await whole(project, task)

    [stands] = row["consensus"]
    assert (stands["value"], stands["method"], stands["status"]) == ("no", "review", "resolved")
    assert (stands["share"], stands["answers"]) == (0.0, 1)
    assert stands["probability"] < 0.5
    assert shown["resolved"]["answers"] == [{"question": "label", "target": "", "value": "no"}]
    assert (shown["resolved"]["method"], shown["resolved"]["by"]) == ("review", rita.actor.pseudonym)
    [annotation] = shown["annotations"]
    assert (annotation["annotator"], annotation["answers"][0]["value"]) == (ana.actor.pseudonym, "yes")
    [said] = shown["verdicts"]
    assert (said["verdict"], said["note"], said["by"]) == ("fix", "The last line says no.", rita.actor.pseudonym)


async def test_the_history_of_a_task_says_each_move_and_what_decided_it(bank: Organization) -> None:
    project, task, _, rita = await fixed(bank)

    moves = (await whole(project, task))["history"]

    assert [(move["from_place"], move["to_place"], move["by"]) for move in moves] == [
        ("label", "review", "decide"),
        ("review", "done", "review"),
    ]
    assert (moves[0]["model"], moves[0]["votes"], moves[0]["who"]) == ("majority", 1, None)
    assert (moves[1]["model"], moves[1]["who"]) == (None, rita.actor.pseudonym)


async def test_the_table_filters_by_where_a_task_is(bank: Organization) -> None:
    project = await bank.project(tasks=4, **REVIEW_ALL)
    (ana, ben), rita = await bank.members(2), await bank.member("reviewer")
    for _ in range(3):
        await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "accept")
    await review(project, rita, await dealt(project, rita), "send-back")
    await project.take(ben)

    states = {state: [row["state"] for row in await table(project, state)] for state in ("in-review", "rework", "done")}

    assert states == {"in-review": ["in-review"], "rework": ["rework"], "done": ["done"]}
    assert [row["state"] for row in await table(project, "open")] == ["rework", "in-review", "held"]
    assert [row["state"] for row in await table(project)] == ["done", "rework", "in-review", "held"]


async def test_whoever_reviews_reads_no_names_until_it_is_done(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    assignment = await dealt(project, rita)

    before = (await whole(project, task, rita))["annotations"][0]["annotator"]
    managers = (await whole(project, task))["annotations"][0]["annotator"]
    await review(project, rita, assignment, "accept")
    after = (await whole(project, task, rita))["annotations"][0]["annotator"]

    assert (before, managers, after) == ("Answer 1", ana.actor.pseudonym, ana.actor.pseudonym)


# ---------------------------------------------------------------------------------------------------------- releases --
async def released(project: Project, include: str = "done") -> dict[str, list[dict[str, Any]]]:
    """The lines of a release's files."""
    services = project.world.services
    owner = project.owner.actor
    made = await services.releases.create(owner, project.id, "", include)
    assert await services.builder.build(project.organization.id, UUID(made["id"]))
    lines = {}
    for name in ("labels.jsonl", "annotations.jsonl"):
        content = b"".join([part async for part in (await services.releases.file(owner, UUID(made["id"]), name))[1]])
        lines[name] = [json.loads(line) for line in content.splitlines()]
    return lines


async def test_a_release_delivers_what_stands_with_its_method_and_every_verdict(bank: Organization) -> None:
    project, _, ana, rita = await fixed(bank)

    lines = await released(project)

    [label] = lines["labels.jsonl"]
    assert (label["value"], label["method"], label["share"], label["answers"]) == ("no", "review", 0.0, 1)
    theirs, decided = lines["annotations.jsonl"]
    assert (theirs["role"], theirs["annotator"]) == ("label", ana.actor.pseudonym)
    assert [(each["verdict"], each["reason"], each["note"]) for each in theirs["verdicts"]] == [
        ("fix", "slip", "The last line says no.")
    ]
    assert (decided["role"], decided["annotator"]) == ("review", rita.actor.pseudonym)
    assert "verdicts" not in decided


async def test_what_waits_for_a_decision_or_a_review_is_not_delivered_as_done(bank: Organization) -> None:
    project = await bank.project(tasks=2, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    await labeled(project, (ana, "yes"))
    await project.answer(ana)  # nobody has decided what follows

    assert (await released(project))["labels.jsonl"] == []

    await decide(project)
    await review(project, rita, await dealt(project, rita), "accept")
    assert len((await released(project))["labels.jsonl"]) == 1


# --------------------------------------------------------------------------------------------------------- feedback --
async def feedback(project: Project, who: Member) -> list[dict[str, Any]]:
    return (await project.world.services.work.feedback.page(who.actor, None, 50))["items"]


async def told(project: Project, who: Member) -> list[tuple[str, str | None]]:
    """(kind, subject) of somebody's notifications."""
    page = await project.world.services.notifications.page(who.actor, None, 50)
    return [(each["kind"], each["subject_id"]) for each in page["items"]]


async def test_an_author_learns_what_was_decided_and_why(bank: Organization) -> None:
    project, task, ana, rita = await fixed(bank)

    [said] = await feedback(project, ana)

    assert (said["task_id"], said["stage"], said["verdict"]) == (str(task), "review", "fix")
    assert (said["reason"], said["note"]) == ("slip", "The last line says no.")
    assert (said["answers"][0]["value"], said["decided_answers"][0]["value"]) == ("yes", "no")
    assert rita.actor.pseudonym not in str(said)
    assert await told(project, ana) == [("answer.decided", str(task))]
    assert await feedback(project, rita) == []


async def test_sealed_feedback_says_nothing_but_what_is_to_be_mended(bank: Organization) -> None:
    project = await bank.project(tasks=2, feedback="sealed", **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    back = await labeled(project, (ana, "yes"))
    await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "send-back", note="Look again.")
    await review(project, rita, await dealt(project, rita), "fix", fixed="no")

    assert await feedback(project, ana) == []
    assert await told(project, ana) == [("answer.sent-back", str(back))]
    assert (await project.claim(ana))["assignment"]["verdicts"][0]["note"] == "Look again."


async def test_feedback_is_paged_newest_first(bank: Organization) -> None:
    project = await bank.project(tasks=3, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    tasks = []
    for _ in range(3):
        tasks.append(str(await labeled(project, (ana, "yes"))))
        await review(project, rita, await dealt(project, rita), "accept")
        bank.world.clock.advance(seconds=1)

    feedback_of = bank.world.services.work.feedback
    first = await feedback_of.page(ana.actor, None, 2)
    second = await feedback_of.page(ana.actor, first["next_cursor"], 2)

    assert [each["task_id"] for each in first["items"] + second["items"]] == tasks[::-1]
    assert second["next_cursor"] is None


async def test_my_work_says_what_waits_at_each_stage_that_is_open_to_me(bank: Organization) -> None:
    project = await bank.project(tasks=3, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    await labeled(project, (ana, "yes"))
    await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "send-back")
    await dealt(project, rita)
    await counts(project)
    projects = bank.world.services.work.projects

    async def stages(who: Member) -> list[dict[str, Any]]:
        [offer] = [each for each in await projects.my_work(who.actor) if each["project"]["id"] == str(project.id)]
        return offer["stages"]

    assert await stages(ana) == [{"stage": "label", "waiting": 3, "held": 1, "rework": 1}]
    assert await stages(rita) == [
        {"stage": "label", "waiting": 1, "held": 0, "rework": 0},
        {"stage": "review", "waiting": 1, "held": 1, "rework": 0},
        {"stage": "adjudicate", "waiting": 0, "held": 0, "rework": 0},
    ]


async def test_nothing_waits_where_a_claim_would_find_nothing(bank: Organization) -> None:
    project = await bank.project(tasks=2, opinions=2)
    ana, ben, eve = await bank.members(3)

    async def told(who: Member) -> tuple[str, int]:
        """What my work says, after whatever the counts of the project are."""
        [offer] = [
            each
            for each in await bank.world.services.work.projects.my_work(who.actor)
            if each["project"]["id"] == str(project.id)
        ]
        return offer["state"], offer["stages"][0]["waiting"]

    await counts(project)
    assert await told(ana) == ("ready", 2)
    await project.answer(ana)
    await project.answer(ana)
    assert (await project.claim(ana))["status"] == "empty"
    assert await told(ana) == ("empty", 0)  # two opinions wait, but of others
    await project.answer(ben)
    held = await project.take(eve)
    assert await told(ben) == ("empty", 0)
    assert (await told(eve))[0] == "ready"  # theirs while they hold it
    bank.world.clock.advance(minutes=31)
    while await bank.world.relay.sweep():
        pass
    assert (await told(ben))[0] == "ready"
    assert await project.take(ben) == held


async def test_whoever_reviews_a_project_of_assigned_tasks_finds_it_among_their_work(bank: Organization) -> None:
    project = await bank.project(tasks=1, open_to="assigned", **REVIEW_ALL)
    rita = await bank.member("reviewer")

    offers = await bank.world.services.work.projects.my_work(rita.actor)

    [offer] = [each for each in offers if each["project"]["id"] == str(project.id)]
    assert [each["stage"] for each in offer["stages"]] == ["review", "adjudicate"]


# ------------------------------------------------------------------------------------------------------------- bulk --
async def test_tasks_are_queued_again_by_a_filter(bank: Organization) -> None:
    project = await bank.project(tasks=3)
    ana = await bank.member()
    done = [await project.answer(ana) for _ in range(2)]
    browsing = bank.world.services.work.browsing

    ids, more = await browsing.ids_of(bank.owner.actor, project.id, TaskFilter(state="done"), None)

    assert (ids, more) == (done, None)
    assert await requeue(project, *ids, stage="adjudicate") == done


async def test_done_tasks_are_queued_again_for_review_in_a_project_that_had_none(bank: Organization) -> None:
    project = await bank.project(tasks=2)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task, other = await project.answer(ana), (await project.task_ids())[1]

    changed = await requeue(project, task, other)

    assert changed == [task]  # the other one has no answers yet
    after = await counts(project)
    assert (after["done"], after["in_review"]) == (0, 1)
    assert (await review(project, rita, await dealt(project, rita), "accept"))["outcome"] == "done"
    assert (await counts(project))["done"] == 1


async def test_what_was_resolved_is_open_again_when_it_is_queued_again(bank: Organization) -> None:
    project, task, _, rita = await fixed(bank)
    await requeue(project, task, stage="adjudicate")

    row = (await table(project))[0]
    assignment = await dealt(project, rita, "adjudicate")

    assert (row["state"], row["consensus"][0]["method"]) == ("in-adjudication", "majority")
    assert [each["answers"][0]["value"] for each in assignment["answers"]] == ["yes"]
    said = await adjudicate(project, rita, task, "decide", "yes")
    assert (said["outcome"], (await table(project))[0]["consensus"][0]["method"]) == ("done", "adjudication")


async def test_more_opinions_are_asked_of_others_and_then_it_is_decided_anew(bank: Organization) -> None:
    project = await bank.project(tasks=1)
    ana, ben, cleo = await bank.members(3)
    task = await project.answer(ana)

    assert await requeue(project, task, stage="label", opinions=2) == [task]

    assert (await project.claim(ana))["status"] == "empty"
    for person in (ben, cleo):
        assert await project.take(person) == task
        await project.submit(person, task)
    assert (await counts(project))["done"] == 0
    await decide(project)
    assert (await counts(project))["done"] == 1
    assert (await project.books()).overanswered == []


async def test_a_review_that_is_under_way_is_taken_back_when_the_task_is_queued_elsewhere(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    assignment = await dealt(project, rita)

    await requeue(project, task, stage="adjudicate")

    with pytest.raises(LeaseExpired):
        await review(project, rita, assignment, "accept")
    assert (await claimed(project, rita))["status"] == "empty"
    assert (await dealt(project, rita, "adjudicate"))["task_id"] == str(task)


@pytest.mark.parametrize("where", ["review", "rework", "adjudicate", "done"])
async def test_a_task_comes_out_of_the_trash_where_it_was(bank: Organization, where: str) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita, rolf = await bank.member(), await bank.member("reviewer"), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    if where == "rework":
        await review(project, rita, await dealt(project, rita), "send-back")
    elif where == "adjudicate":
        await requeue(project, task, stage="adjudicate")
    elif where == "done":
        await review(project, rita, await dealt(project, rita), "accept")
    else:
        await dealt(project, rita)
    before = await counts(project)

    await change(project, "trash", task)
    trashed = await counts(project)
    assert {(await claimed(project, rolf, stage))["status"] for stage in ("review", "adjudicate")} == {"empty"}
    assert (await project.claim(ana))["status"] == "empty"
    await change(project, "restore", task)

    names = ("tasks", "done", "in_review", "in_adjudication", "rework")
    assert [trashed[name] for name in names] == [0, 0, 0, 0, 0]
    assert await counts(project) == {**before, "held": 0}
    assert await place(project, task) == where
    if where == "rework":
        assert (await project.claim(ana))["assignment"]["revision"] == 2
    elif where != "done":
        assert (await dealt(project, rita, where))["task_id"] == str(task)


async def test_a_priority_moves_a_task_in_the_stage_that_it_is_in(bank: Organization) -> None:
    project = await bank.project(tasks=2, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    first = await labeled(project, (ana, "yes"))
    second = await labeled(project, (ana, "yes"))

    await change(project, "priority", second, value=200)

    assert [(await dealt(project, rita))["task_id"] for _ in range(1)] == [str(second)]
    assert (await claimed(project, rita, held=[second]))["assignment"]["task_id"] == str(first)


async def test_a_pause_takes_reviews_back_and_loses_no_rework(bank: Organization) -> None:
    project = await bank.project(tasks=2, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    await labeled(project, (ana, "yes"))
    await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "send-back")
    reworked = await project.take(ana)
    held = await dealt(project, rita)
    projects = bank.world.services.work.projects

    await projects.set_state(bank.owner.actor, project.id, "paused")
    assert (await claimed(project, rita))["status"] == "paused"
    await projects.set_state(bank.owner.actor, project.id, "active")

    assert (await dealt(project, rita))["task_id"] == held["task_id"]
    assert (await project.claim(ana))["assignment"]["task_id"] == str(reworked)


async def test_settings_that_end_the_later_stages_leave_what_is_in_them(bank: Organization) -> None:
    project = await bank.project(tasks=2, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    projects = bank.world.services.work.projects

    await projects.change(bank.owner.actor, project.id, {"workflow": {"review_rate": 0.0}}, None)
    other = await labeled(project, (ana, "yes"))

    assert (await place(project, task), await place(project, other)) == ("review", "done")
    assert (await review(project, rita, await dealt(project, rita), "accept"))["outcome"] == "done"


async def test_a_clone_has_the_workflow(bank: Organization) -> None:
    project = await bank.project(tasks=0, review_rate=0.25, adjudicate_below=0.8, feedback="sealed")

    clone = await bank.world.services.work.projects.clone(bank.owner.actor, project.id, "Again")

    assert clone["workflow"] == {"review_rate": 0.25, "adjudicate_below": 0.8, "feedback": "sealed", "adaptive": None}


async def test_a_workflow_that_is_changed_in_part_keeps_the_rest(world: World, bank: Organization) -> None:
    project = await bank.project(tasks=0, review_rate=0.25, adjudicate_below=0.8)

    changed = await world.services.work.projects.change(
        bank.owner.actor, project.id, {"workflow": {"adjudicate_below": None}}, None
    )

    assert changed["workflow"] == {"review_rate": 0.25, "adjudicate_below": None, "feedback": "shown", "adaptive": None}


async def test_nobody_learns_before_their_verdict_whose_answer_it_is_by_asking_for_somebodys_tasks(
    bank: Organization,
) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    browsing = bank.world.services.work.browsing
    of_ana = TaskFilter(person_id=ana.id)

    async def found(who: Member) -> int:
        return (await browsing.count(who.actor, project.id, of_ana))["count"]

    assert (await found(rita), await found(bank.owner)) == (0, 1)
    await claimed(project, bank.owner)
    assert await found(bank.owner) == 0
    await bank.world.services.work.labeling.end_lease(
        bank.owner.actor, project.id, task, None, None, next_=False, held=[]
    )
    await review(project, rita, await dealt(project, rita), "accept")
    assert (await found(rita), await found(bank.owner)) == (1, 1)


@pytest.mark.parametrize(("before", "after"), [("review", "adjudicate"), ("review", "label"), ("adjudicate", "label")])
async def test_a_requeue_of_what_was_not_done_is_taken_back_where_it_was(
    world: World, bank: Organization, before: str, after: str
) -> None:
    settings = REVIEW_ALL if before == "review" else {"adjudicate_below": 0.9}
    project = await bank.project(tasks=1, opinions=2, **settings)
    rita, ruth = await bank.member("reviewer"), await bank.member("reviewer")
    task = await labeled(project, *zip(await bank.members(2), ("yes", "no"), strict=True))
    await dealt(project, rita, before)
    world.clock.advance(minutes=1)
    assert await requeue(project, task, stage=after) == [task]

    unqueue = world.services.work.browsing.unqueue
    assert await unqueue(bank.owner.actor, project.id, [task]) == [task]

    assert await unqueue(bank.owner.actor, project.id, [task]) == []
    assert await place(project, task) == before
    last = (await whole(project, task))["history"][-1]
    assert (last["by"], last["from_place"], last["to_place"]) == ("undo", after, before)
    async with world.superuser() as connection:
        assert await connection.fetchval("select wanted from consensus where task_id = $1", task) == 2
        assert await connection.fetchval("select count(*) from slot where task_id = $1", task) == 1
    assert (await dealt(project, ruth, before))["task_id"] == str(task)


async def test_a_requeue_that_somebody_took_up_stands(world: World, bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    rita = await bank.member("reviewer")
    task = await labeled(project, (await bank.member(), "yes"))
    world.clock.advance(minutes=1)
    await requeue(project, task, stage="adjudicate")
    await dealt(project, rita, "adjudicate")

    assert await world.services.work.browsing.unqueue(bank.owner.actor, project.id, [task]) == []
    assert await place(project, task) == "adjudicate"
