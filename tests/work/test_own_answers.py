"""A task as its author answered it, opened again: with their answer and what was decided on it; nobody else's, and on record."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from evenhand.core.errors import NotFound, PlatformError
from evenhand.delivery.shredding import WAIT
from evenhand.ledger.actions import Action
from evenhand.work.gold import Known
from evenhand.work.model import NotYours, RemovedFromProject
from evenhand.work.rulings import Item
from stage_verbs import REVIEW_ALL, adjudicate, claimed, dealt, decide, entries, labeled, review
from world import Member, Organization, Project, World, sabotage


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization()


async def seen(project: Project, who: Member, task: UUID | str, annotation: str | None = None) -> Any:
    own = project.world.services.work.own_answers
    return await own.one(who.actor, project.id, UUID(str(task)), UUID(annotation) if annotation else None)


async def looks(project: Project, task: UUID) -> int:
    """How many looks at a task are on record."""
    return sum(action == Action.ASSET_RELEASE for action, _, _ in await entries(project, task))


async def remove(project: Project, whom: Member, task: UUID) -> None:
    async with project.world.superuser() as connection:
        answer = await connection.fetchval("select annotation_id from annotation where task_id = $1", task)
    rulings = project.world.services.work.rulings
    await rulings.remove(project.owner.actor, project.id, whom.id, "spam", [Item("answer", answer)])


# ---------------------------------------------------------------------------------------------------- what is shown --
async def test_an_author_sees_the_task_their_answer_and_what_was_decided_with_the_reason(bank: Organization) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "fix", fixed="no", note="The last line says no.")
    before = await looks(project, task)

    found = await seen(project, ana, task)

    whole = await bank.world.services.work.browsing.task(bank.owner.actor, project.id, task)
    assert found["item"]["inputs"] == whole["item"]["inputs"]
    assert (found["answers"][0]["value"], found["version"]) == ("yes", 1)
    decided = found["decided"]
    assert (decided["stage"], decided["verdict"], decided["reason"]) == ("review", "fix", "slip")
    assert (decided["answers"][0]["value"], decided["note"]) == ("no", "The last line says no.")
    assert decided["origin"] == {"by": "review", "answers": 1, "probability": None}
    assert rita.actor.pseudonym not in json.dumps(found)
    assert await looks(project, task) > before, "the look is on record"


async def test_sealed_feedback_shows_ones_own_answer_alone(bank: Organization) -> None:
    project = await bank.project(tasks=1, feedback="sealed", **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "fix", fixed="no")

    found = await seen(project, ana, task)

    assert found["decided"] is None and found["answers"][0]["value"] == "yes"


async def test_the_version_that_was_judged_is_shown_when_it_is_named_and_the_newest_otherwise(
    bank: Organization,
) -> None:
    project = await bank.project(tasks=1, **REVIEW_ALL)
    ana, rita = await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "send-back", note="Look again.")
    await project.claim(ana)
    await project.submit(ana, task, "no")
    [back] = (await bank.world.services.work.feedback.page(ana.actor, None, 5))["items"]

    newest, judged = await seen(project, ana, task), await seen(project, ana, task, back["annotation_id"])

    assert (newest["version"], newest["answers"][0]["value"], newest["decided"]) == (2, "no", None)
    assert (judged["version"], judged["answers"][0]["value"], judged["decided"]["note"]) == (1, "yes", "Look again.")


async def test_nobody_sees_a_task_that_they_did_not_answer_nor_anothers_answer(bank: Organization) -> None:
    project = await bank.project(tasks=2, opinions=2)
    ana, ben = await bank.members(2)
    task = await project.answer(ana)
    await project.answer(ben)
    hers = (await seen(project, ana, task))["annotation_id"]
    other = next(each for each in await project.task_ids() if each != task)

    for who, asked, annotation in (
        (ben, task, hers),
        (ana, other, None),
        (ana, uuid4(), None),
        (bank.owner, task, None),
    ):
        with pytest.raises(NotFound):
            await seen(project, who, asked, annotation)

    stranger = await (await bank.world.organization("Clinic")).member()
    with pytest.raises(NotFound):
        await seen(project, stranger, task)


# ------------------------------------------------------------------------------------------------------- who may not --
async def test_whoever_was_removed_is_told_so_and_nothing_is_opened(bank: Organization) -> None:
    project = await bank.project(tasks=1)
    ana = await bank.member()
    task = await project.answer(ana)
    await remove(project, ana, task)
    before = await looks(project, task)

    with pytest.raises(RemovedFromProject) as refused:
        await seen(project, ana, task)
    with pytest.raises(NotYours):
        await bank.world.services.files.media.look(ana.actor, project.id, task, "text")

    assert "appeal" in refused.value.hint
    assert await looks(project, task) == before


async def test_a_file_is_shown_to_whoever_answered_until_they_are_removed(saboteurs_world: World) -> None:
    bank = await saboteurs_world.organization()
    project = await bank.project(tasks=1)
    ana = await bank.member()
    task = await project.answer(ana)
    media = saboteurs_world.services.files.media

    async def looked() -> PlatformError:
        with pytest.raises(PlatformError) as refused:
            await media.look(ana.actor, project.id, task, "text")
        return refused.value

    assert isinstance(await looked(), NotFound), "let in; a text is no file"
    await remove(project, ana, task)
    assert isinstance(await looked(), NotYours)
    guard = "evenhand.is_removed(e.organization_id, p_project, e.person_id) or "
    await sabotage(saboteurs_world.copy, "media_look", guard, "")
    assert isinstance(await looked(), NotFound), "without the guard they are let in"


async def test_what_is_in_the_trash_or_shredded_is_gone(bank: Organization) -> None:
    project = await bank.project(tasks=2)
    ana = await bank.member()
    first, second = await project.answer(ana), await project.answer(ana)
    services = bank.world.services
    await services.work.browsing.change(bank.owner.actor, project.id, [first, second], "trash", None)
    asked = await services.shredding.ask(bank.owner.actor, "task", second)
    bank.world.clock.advance(seconds=WAIT.total_seconds() + 1)
    await services.shredding.shred_due()
    assert (await services.shredding.get(bank.owner.actor, UUID(asked["id"])))["finished_at"] is not None

    for task in (first, second):
        with pytest.raises(NotFound):
            await seen(project, ana, task)


# --------------------------------------------------------------------------------------------------- gold and labels --
async def test_gold_opens_like_work_and_with_ones_own_answer(bank: Organization) -> None:
    project = await bank.project(tasks=0, gold_rate=0.5, gold_rate_min=0.5, **REVIEW_ALL)
    ana = await bank.member()
    known = {"kind": "hidden", "answers": [{"question": "label", "value": "no"}]}
    await project.add_rows([{"text": f"known {n}", "gold": known} for n in range(8)], "Known")
    await project.add(8)
    tasks = [await project.answer(ana, "yes") for _ in range(8)]
    await decide(project)
    async with bank.world.superuser() as connection:
        rows = await connection.fetch("select task_id from gold_answer where project_id = $1", project.id)
    gold = {row["task_id"] for row in rows}
    assert 0 < len(gold & {*tasks}) < len(tasks), "of both kinds"

    found = [await seen(project, ana, task) for task in tasks]

    assert {each["summary"] for each in found} == {found[0]["summary"]}
    assert {tuple(each) for each in found} == {tuple(found[0])}
    assert all(each["decided"] is None and each["version"] == 1 for each in found)


async def test_a_task_that_became_gold_later_tells_its_author_the_same_as_before(bank: Organization) -> None:
    project = await bank.project(tasks=1, gold_rate=0.5, gold_rate_min=0.5, **REVIEW_ALL)
    ana, ben, rita = await bank.member(), await bank.member(), await bank.member("reviewer")
    task = await labeled(project, (ana, "yes"))
    await review(project, rita, await dealt(project, rita), "accept")
    before = await seen(project, ana, task)
    known = Known("hidden", [{"question": "label", "value": "no"}])
    bank.world.clock.advance(minutes=1)

    await bank.world.services.work.gold.make(bank.owner.actor, project.id, [(task, known)])
    await project.add(12, "More")
    dealt_to_ben = [await project.answer(ben) for _ in range(12)]
    assert task in dealt_to_ben, "it is dealt to others as gold"

    after = await seen(project, ana, task)
    assert before["decided"]["origin"] == {"by": "agreement", "answers": 1, "probability": None}
    assert {**after, "grant_id": None} == {**before, "grant_id": None}


async def test_feedback_says_what_the_label_was_made_by(bank: Organization) -> None:
    project = await bank.project(tasks=2, opinions=2, adjudicate_below=0.9, review_rate=1.0)
    ana, ben, rita = await bank.member(), await bank.member(), await bank.member("reviewer")
    split = await labeled(project, (ana, "yes"), (ben, "no"))
    agreed = await labeled(project, (ana, "yes"), (ben, "yes"))
    said: dict[str, Any] = {}

    async def origins() -> dict[str, Any]:
        page = await bank.world.services.work.feedback.page(ana.actor, None, 10)
        return {each["task_id"]: each["origin"] for each in page["items"]}

    await claimed(project, rita, "adjudicate")
    await adjudicate(project, rita, split, "decide", "no")
    said = await origins()
    assert said[str(split)] == {"by": "adjudication", "answers": 2, "probability": None}

    async with bank.world.superuser() as connection:
        place = await connection.fetchval("select place from task_stage where task_id = $1", agreed)
    if place == "adjudicate":
        await claimed(project, rita, "adjudicate")
        await adjudicate(project, rita, agreed, "decide", "yes")
    else:
        await review(project, rita, await dealt(project, rita), "accept")
        assert (await origins())[str(agreed)] == {"by": "agreement", "answers": 2, "probability": None}


async def test_feedback_says_that_a_label_was_made_by_a_model_and_how_sure_it_was(bank: Organization) -> None:
    project = await bank.project(tasks=8, opinions=2, **REVIEW_ALL)
    ana, ben, rita = await bank.member(), await bank.member(), await bank.member("reviewer")
    for place in range(8):
        said = "yes" if place % 2 else "no"
        await labeled(project, (ana, said), (ben, said))
    while await bank.world.relay.tell():
        pass
    while await bank.world.services.sweeper.sweep():
        pass
    await project.add(1, "Second")
    task = await labeled(project, (ana, "yes"), (ben, "yes"))
    for _ in range(9):
        await review(project, rita, await dealt(project, rita), "accept")

    page = await bank.world.services.work.feedback.page(ana.actor, None, 20)

    async with bank.world.superuser() as connection:
        decided = await connection.fetchrow(
            "select fit_no, posterior from decision where task_id = $1 and by = 'decide'", task
        )
    assert decided["fit_no"] is not None and decided["posterior"] > 0.5
    origins = {each["task_id"]: each["origin"] for each in page["items"]}
    assert origins[str(task)] == {"by": "model", "answers": 2, "probability": decided["posterior"]}
    assert {each["by"] for id_, each in origins.items() if id_ != str(task)} == {"agreement"}
