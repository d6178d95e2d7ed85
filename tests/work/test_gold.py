"""Gold: tasks whose answer is known. Dealt like any other, scored by comparing two numbers, and wrong gold is found out."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from database import Copy
from evenhand.core.errors import Malformed, NotAllowed, NotFound
from evenhand.work.browsing import TaskFilter
from evenhand.work.gold import Known
from evenhand.work.model import GoldRefused, NotYours, PreconditionFailed
from world import Member, Organization, Project, World, sabotage, world_on


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization()


@pytest.fixture
async def ana(bank: Organization) -> Member:
    return await bank.member()


def says(label: str, kind: str = "hidden", explanation: str = "") -> Known:
    return Known(kind, [{"question": "label", "value": label}], explanation)


async def make(
    project: Project, *known: tuple[UUID, Known], who: Member | None = None, key: UUID | None = None
) -> None:
    actor = (who or project.owner).actor
    await project.world.services.work.gold.make(actor, project.id, list(known), key)


async def health(project: Project) -> dict[UUID, dict[str, Any]]:
    page = await project.world.services.insight.gold.tasks(project.owner.actor, project.id, None, 100)
    return {UUID(each["task_id"]): dict(each) for each in page["items"]}


async def people(project: Project) -> dict[str, dict[str, Any]]:
    found = await project.world.services.insight.gold.people(project.owner.actor, project.id)
    return {each["annotator"]: dict(each) for each in found}


async def counts(project: Project) -> dict[str, int]:
    while await project.world.relay.tell():
        pass
    return dict((await project.world.services.work.projects.get(project.owner.actor, project.id))["counts"])


async def until_dealt(project: Project, who: Member, gold: set[UUID], most: int = 200) -> UUID:
    """Answer work until gold is dealt; the gold task, held."""
    for _ in range(most):
        task = await project.take(who)
        if task in gold:
            return task
        await project.submit(who, task)
    raise AssertionError("no gold was dealt")


# ----------------------------------------------------------------------------------------------------------- made of --
async def test_a_task_that_nobody_was_dealt_becomes_gold_and_leaves_the_queue(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=2, gold_rate=0, gold_rate_min=0)
    first, second = await project.task_ids()

    await make(project, (first, says("yes")))

    assert await project.take(ana) == second
    await project.submit(ana, second)
    assert (await project.claim(ana))["status"] == "empty"
    assert (await counts(project))["tasks"] == (await counts(project))["done"] == 1


async def test_the_table_tells_managers_what_is_gold_and_counts_it_among_all_tasks(bank: Organization) -> None:
    reviewer, auditor = await bank.member("reviewer"), await bank.member("auditor")
    project = await bank.project(tasks=4, gold_rate=0, gold_rate_min=0)
    done = await project.answer(await bank.member())
    first, second, _ = [each for each in await project.task_ids() if each != done]
    await make(project, (first, says("yes")), (second, says("no", "taught")), (done, says("yes")))
    await counts(project)

    async def shown(who: Member) -> tuple[dict[UUID, str | None], int | None]:
        page = await project.world.services.work.browsing.tasks(who.actor, project.id, TaskFilter(), None, 10)
        return {UUID(each["id"]): each["gold"] for each in page["items"] if each["gold"]}, page["total"]

    assert await shown(project.owner) == ({first: "hidden", second: "taught", done: "hidden"}, 4)
    assert await shown(auditor) == ({}, 4)
    assert await shown(reviewer) == ({}, None)
    whole = await project.world.services.work.browsing.task(project.owner.actor, project.id, first)
    assert whole["gold"] == "hidden"


async def test_a_task_that_is_done_becomes_gold_and_stays_done(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=1)
    task = await project.answer(ana)

    await make(project, (task, says("yes")))

    assert await counts(project) | {"tasks": 1, "done": 1} == await counts(project)
    assert (await health(project))[task]["right"]["total"] == 0  # what resolved it says nothing of who answered it


async def test_what_is_in_somebodys_hands_or_half_answered_is_refused_and_nothing_becomes_gold(
    bank: Organization, ana: Member
) -> None:
    project = await bank.project(tasks=3, opinions=2)
    first, second, third = await project.task_ids()
    await project.answer(ana)
    held = await project.take(ana)

    with pytest.raises(GoldRefused) as refused:
        await make(project, *((each, says("yes")) for each in (first, second, third)))

    assert held == second
    assert [each.pointer for each in refused.value.problems] == ["/gold/0/task_id", "/gold/1/task_id"]
    assert await health(project) == {}


async def test_gold_cannot_be_made_twice_but_the_same_request_again_changes_nothing(bank: Organization) -> None:
    project = await bank.project(tasks=1)
    [task] = await project.task_ids()
    key = uuid4()
    await make(project, (task, says("yes")), key=key)

    await make(project, (task, says("yes")), key=key)
    with pytest.raises(GoldRefused):
        await make(project, (task, says("no")), key=uuid4())

    assert (await health(project))[task]["summary"] == "yes"


async def test_what_does_not_fit_the_questions_is_refused_with_its_place(bank: Organization) -> None:
    project = await bank.project(tasks=2)
    first, second = await project.task_ids()

    with pytest.raises(GoldRefused) as refused:
        await make(project, (first, says("yes")), (second, says("perhaps")), (uuid4(), says("yes")))

    assert [each.pointer.startswith(("/gold/1/answers", "/gold/2/task_id")) for each in refused.value.problems] == [
        True
    ] * 2


async def test_a_task_of_somebody_else_is_as_unknown_as_one_that_is_not_there(world: World, bank: Organization) -> None:
    project = await bank.project(tasks=1)
    rival = await world.organization("Rival")
    theirs = await rival.project(tasks=1)
    [task] = await theirs.task_ids()

    with pytest.raises(GoldRefused, match="no such task"):
        await make(project, (task, says("yes")))
    with pytest.raises(NotFound):
        await world.services.work.gold.retire(bank.owner.actor, project.id, task)


async def test_an_annotator_makes_no_gold(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=1)
    [task] = await project.task_ids()

    with pytest.raises(NotAllowed):
        await make(project, (task, says("yes")), who=ana)


async def test_an_import_brings_gold_along(bank: Organization, ana: Member) -> None:
    project = await bank.project(gold_rate=0.5, gold_rate_min=0.5)
    rows: list[dict[str, Any]] = [{"inputs": {"text": f"Letter {number}."}} for number in range(40)]
    known = {"kind": "taught", "answers": [{"question": "label", "value": "no"}], "explanation": "Because."}
    rows[3]["gold"] = known
    rows[7] = {"text": "Flat.", "gold": known}
    rows[9]["gold"] = {"answers": [{"question": "label", "value": "perhaps"}]}

    report = await project.add_rows(rows)

    assert (report["imported"], report["rejected"]) == (39, 1)
    assert report["problems"][0]["pointer"].startswith("/gold/answers")
    assert {each["explanation"] for each in (await health(project)).values()} == {"Because."}
    assert (await counts(project))["tasks"] == 37
    gold = set(await health(project))
    assert len(gold) == 2
    assert await until_dealt(project, ana, gold) in gold


async def test_an_atomic_import_brings_gold_along_or_nothing(bank: Organization) -> None:
    project = await bank.project()
    rows = [{"text": "One."}, {"text": "Two.", "gold": {"answers": [{"question": "label", "value": "no"}]}}]

    await project.add_rows(rows, is_atomic=True)

    assert len(await health(project)) == 1
    assert (await counts(project))["tasks"] == 1


async def test_a_column_called_gold_that_holds_a_label_is_metadata(bank: Organization, ana: Member) -> None:
    project = await bank.project()

    await project.add_rows([{"text": "One.", "gold": "yes"}])

    task = await project.take(ana)
    whole = await bank.world.services.work.browsing.task(bank.owner.actor, project.id, task)
    assert whole["item"]["metadata"] == {"gold": "yes"}
    assert await health(project) == {}


# ------------------------------------------------------------------------------------------------------ dealt, scored --
async def test_answers_to_gold_are_scored_and_decide_nothing(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=60, gold_rate=0.5, gold_rate_min=0.5)
    tasks = await project.task_ids()
    right, wrong = tasks[50], tasks[51]
    await make(project, (right, says("yes")), (wrong, says("no")))

    for _ in range(2):
        task = await until_dealt(project, ana, {right, wrong})
        await project.submit(ana, task, "yes")

    found = await health(project)
    assert (found[right]["right"]["right"], found[wrong]["right"]["right"]) == (1, 0)
    assert found[wrong]["instead"] == [{"question": "label", "value": "yes", "text": "yes", "answers": 1}]
    [me] = (await people(project)).values()
    assert (me["right"]["right"], me["right"]["total"]) == (1, 2)
    assert 0 < me["right"]["low"] < 0.5 < me["right"]["high"] < 1
    assert me["questions"][0]["question"] == "label"
    assert (await project.books()).unbalanced == [] or all(
        each["task_id"] in (right, wrong) for each in (await project.books()).unbalanced
    )


async def test_taught_gold_says_what_was_right_and_why_and_is_not_answered_again(
    bank: Organization, ana: Member
) -> None:
    project = await bank.project(tasks=40, gold_rate=0.5)
    gold = (await project.task_ids())[30]
    await make(project, (gold, says("no", "taught", "It says so.")))
    task = await until_dealt(project, ana, {gold})

    key = uuid4()
    first = await project.submit(ana, task, "yes", key=key)
    again = await project.submit(ana, task, "yes", key=key)

    assert first["taught"] == again["taught"]
    assert first["taught"]["explanation"] == "It says so."
    assert (first["taught"]["summary"], first["taught"]["is_right"]) == ("no", False)
    with pytest.raises(NotYours):
        await bank.world.services.work.labeling.reopen(ana.actor, project.id, task)
    answers = (await bank.world.services.work.labeling.my_answers(ana.actor, project.id, None, 100))["items"]
    assert [each["can_reopen"] for each in answers if each["task_id"] == str(task)] == [False]


async def test_hidden_gold_says_nothing(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=40, gold_rate=0.5)
    gold = (await project.task_ids())[30]
    await make(project, (gold, says("no", "hidden", "It says so.")))
    task = await until_dealt(project, ana, {gold})

    said = await project.submit(ana, task, "yes")

    assert set(said) == {"status", "annotation_id", "next"}


async def test_no_gold_is_dealt_to_one_person_twice(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=40, gold_rate=0.5, gold_rate_min=0.5)
    gold = (await project.task_ids())[:3]
    await make(project, *((each, says("yes")) for each in gold))

    dealt = []
    while (claim := await project.claim(ana))["status"] == "ok":
        dealt.append(UUID(claim["assignment"]["task_id"]))
        await project.submit(ana, dealt[-1])

    assert len(dealt) == len(set(dealt))
    assert set(gold) <= set(dealt)


async def test_whoever_is_known_is_dealt_less_gold(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=150, gold_rate=0.5, gold_rate_min=0.02)
    tasks = await project.task_ids()
    await make(project, *((each, says("yes")) for each in tasks[:50]))
    for _ in range(80):
        await project.answer(ana)
    await counts(project)

    before = (await people(project))[ana.actor.pseudonym]
    await bank.world.services.insight.gold.pace()
    after = (await people(project))[ana.actor.pseudonym]

    assert (before["rate"], before["right"]["total"] > 15) == (0.5, True)
    assert 0.02 <= after["rate"] < 0.4


async def test_a_changed_rate_counts_from_the_next_claim_on(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=30, gold_rate=0.5)
    await make(project, *((each, says("yes")) for each in (await project.task_ids())[:5]))

    await bank.world.services.work.projects.change(bank.owner.actor, project.id, {"gold_rate": 0.0}, None)

    gold = set(await health(project))
    for _ in range(25):
        assert await project.answer(ana) not in gold


async def test_the_least_rate_is_not_above_the_greatest(bank: Organization) -> None:
    with pytest.raises(Malformed):
        await bank.project(gold_rate=0.1, gold_rate_min=0.2)


# ------------------------------------------------------------------------------------------------- wrong, mended, gone --
async def everybody_answers(project: Project, members: list[Member], label: str) -> None:
    for member in members:
        while (claim := await project.claim(member))["status"] == "ok":
            await project.submit(member, UUID(claim["assignment"]["task_id"]), label)


async def test_gold_that_everybody_fails_is_suspect_until_it_is_mended(bank: Organization) -> None:
    members = await bank.members(6)
    project = await bank.project(tasks=40, opinions=6, gold_rate=0.5, gold_rate_min=0.5)
    gold = (await project.task_ids())[:13]
    await make(project, *((each, says("yes")) for each in gold[1:]), (gold[0], says("no")))
    await everybody_answers(project, members, "yes")

    found = await health(project)
    suspects = [each for each, of in found.items() if of["suspect"]]
    await bank.world.services.work.gold.mend(
        bank.owner.actor, project.id, gold[0], {"answers": [{"question": "label", "value": "yes"}]}, 1
    )
    mended = await health(project)

    assert suspects == [gold[0]]
    assert found[gold[0]]["right"]["high"] < found[gold[0]]["expected"]
    assert found[gold[0]]["p_value"] < 0.01
    assert not any(of["suspect"] for of in mended.values())
    assert (mended[gold[0]]["version"], mended[gold[0]]["right"]["value"]) == (2, 1.0)
    assert all(each["right"]["value"] == 1.0 for each in (await people(project)).values())


async def test_two_who_mend_at_once_do_not_overwrite_each_other(bank: Organization) -> None:
    project = await bank.project(tasks=1)
    [task] = await project.task_ids()
    await make(project, (task, says("yes")))
    mend = bank.world.services.work.gold.mend
    await mend(bank.owner.actor, project.id, task, {"explanation": "First."}, 1)

    with pytest.raises(PreconditionFailed):
        await mend(bank.owner.actor, project.id, task, {"explanation": "Second."}, 1)

    assert (await health(project))[task]["explanation"] == "First."


async def test_gold_taken_back_is_work_again_and_in_no_score(bank: Organization, ana: Member) -> None:
    bea = await bank.member()
    project = await bank.project(tasks=30, opinions=1, gold_rate=0.5)
    gold = (await project.task_ids())[29]
    await make(project, (gold, says("yes")))
    await project.submit(ana, await until_dealt(project, ana, {gold}))

    await bank.world.services.work.gold.retire(bank.owner.actor, project.id, gold)

    assert (await health(project))[gold]["state"] == "retired"
    assert await people(project) == {}
    dealt = []
    while (claim := await project.claim(bea))["status"] == "ok":
        dealt.append(UUID(claim["assignment"]["task_id"]))
        await project.submit(bea, dealt[-1])
    assert gold in dealt
    told = await counts(project)
    assert told["tasks"] == told["done"] == 30


async def test_gold_in_the_trash_is_gold_no_more(bank: Organization, ana: Member) -> None:
    project = await bank.project(tasks=3, gold_rate=0.5)
    gold = (await project.task_ids())[0]
    await make(project, (gold, says("yes")))
    change = bank.world.services.work.browsing.change

    await change(bank.owner.actor, project.id, [gold], "trash", None)
    await change(bank.owner.actor, project.id, [gold], "restore", None)

    assert (await health(project))[gold]["state"] == "retired"
    assert await project.take(ana) == gold
    assert (await counts(project))["tasks"] == 3
    assert (await project.books()).unbalanced == []


# ------------------------------------------------------------------------------------------------------------- shredded --
async def test_what_is_right_for_one_task_opens_after_another_of_its_chunk_was_shredded(bank: Organization) -> None:
    project = await bank.project(tasks=2)
    first, second = await project.task_ids()
    await make(project, (second, says("yes", "taught", "Because.")))
    world = bank.world

    await world.services.work.browsing.change(bank.owner.actor, project.id, [first], "trash", None)
    asked = await world.services.shredding.ask(bank.owner.actor, "task", first)
    world.clock.advance(minutes=5)
    await world.services.shredding.shred(bank.id, UUID(asked["id"]))

    assert (await health(project))[second]["explanation"] == "Because."


# ------------------------------------------------------------------------------------------------------------ saboteurs --
async def test_without_its_gate_a_task_in_a_claim_in_flight_becomes_gold(newest_copy: Copy) -> None:
    """The gate keeps claims out while gold is made: without it a task is somebody's work and gold at once."""
    async with world_on(newest_copy) as world:
        bank = await world.organization()
        ana = await bank.member()
        project = await bank.project(tasks=1)
        [task] = await project.task_ids()
        assert await dealt_while_gold_is_made(world, project, ana, task) == "work"

        project = await bank.project(tasks=1)
        [task] = await project.task_ids()
        await sabotage(newest_copy, "gold_enter", "v_locked := pg_advisory_xact_lock(7001) is null;", "")
        assert await dealt_while_gold_is_made(world, project, ana, task) == "both"


async def dealt_while_gold_is_made(world: World, project: Project, who: Member, task: UUID) -> str:
    """A claim that has not committed when gold is made of its task: what the task is in the end."""
    import asyncio

    async with world.copy.connect() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.fetchrow(
            "select status from evenhand.claim($1, $2, 1::smallint, '{}', $3)", who.token, project.id, world.clock.now()
        )
        making = asyncio.create_task(make(project, (task, says("yes"))))
        await world.copy.until_stuck(making)
        await transaction.commit()
    try:
        await making
    except GoldRefused:
        return "work"
    return "both"
