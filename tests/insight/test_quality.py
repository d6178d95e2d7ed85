"""Quality of a project: what the sweep finds in its votes, and what is said where there is too little to say."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from evenhand.core.errors import Malformed, NotFound
from world import Member, Organization, Project, World


async def swept(world: World) -> None:
    """Count what happened, and fit whatever changed."""
    while await world.relay.tell():
        pass
    while await world.services.sweeper.sweep():
        pass


async def answered(project: Project, people: Sequence[Member], labels: Sequence[Sequence[str]]) -> None:
    """labels[person][task]: what each says of each task, in the order in which the queue deals."""
    order = await project.task_ids()
    for person, said in zip(people, labels, strict=True):
        for _ in said:
            task = await project.take(person)
            await project.submit(person, task, said[order.index(task)])


def no_nan(told: Any) -> Any:
    """What was told, which JSON can say without NaN."""
    return json.loads(json.dumps(told, allow_nan=False))


async def crowd(world: World, tasks: int = 40) -> tuple[Organization, Project, list[Member]]:
    """Three good people and one who says the same of everything, on tasks that are half yes and half no."""
    organization = await world.organization()
    project = await organization.project(tasks, opinions=4)
    people = await organization.members(4)
    truth = ["yes" if task % 2 else "no" for task in range(tasks)]
    # Each of the three errs on one task in ten, each on tasks of their own.
    good = [
        [("no" if each == "yes" else "yes") if task % 10 == slip else each for task, each in enumerate(truth)]
        for slip in (1, 4, 7)
    ]
    await answered(project, people, [*good, ["yes"] * tasks])
    await swept(world)
    return organization, project, people


async def test_the_good_and_the_careless_are_told_apart_with_intervals_and_counts(world: World) -> None:
    organization, project, people = await crowd(world)

    told = no_nan(await world.services.insight.quality.people(organization.owner.actor, project.id, None))

    by_name = {each["pseudonym"]: each for each in told["items"]}
    good = [by_name[person.actor.pseudonym] for person in people[:3]]
    careless = by_name[people[3].actor.pseudonym]
    assert [each["pseudonym"] for each in told["items"]][-1] == people[3].actor.pseudonym
    for each in good:
        assert each["accuracy"]["low"] <= 0.9 <= each["accuracy"]["high"]
        assert each["accuracy"]["low"] < each["accuracy"]["mean"] < each["accuracy"]["high"]
        assert (each["checked"], each["votes"]) == (40, 40)
    assert careless["accuracy"]["low"] <= 0.5 <= careless["accuracy"]["high"]
    assert careless["accuracy"]["high"] < min(each["accuracy"]["mean"] for each in good)
    assert careless["lean"]["kind"] == "class"
    assert careless["lean"]["text"] == "yes"
    assert careless["lean"]["low"] <= 0.5 <= careless["lean"]["high"] + 0.05
    assert [(each["kind"], each["count"], each["text"]) for each in careless["signals"]] == [("run", 40, "yes")]


async def test_names_are_for_who_may_see_them_and_showing_them_is_a_recorded_look(world: World) -> None:
    organization, project, people = await crowd(world)
    manager = await organization.member("manager")

    async def looks() -> int:
        async with world.superuser() as connection:
            return await connection.fetchval(
                "select count(*) from ledger_inbox where organization_id = $1 and purpose = 'directory'"
                " and object_ids @> array[$2::uuid]",
                organization.id,
                people[0].id,
            )

    before = await looks()
    told = await world.services.insight.quality.people(manager.actor, project.id, None)

    assert {each["name"] for each in told["items"]} == {"Somebody"}
    assert told["has_names"]
    assert await looks() == before + 1


async def test_a_vendors_people_have_no_names(world: World) -> None:
    organization, project, _ = await crowd(world)
    key = await world.with_key(organization.id, organization.owner.id, organization.owner.email, ["quality.read"])

    told = await world.services.insight.quality.people(key.actor, project.id, None)

    assert {each["name"] for each in told["items"]} == {None}
    assert not told["has_names"]


async def test_a_person_is_shown_over_time_with_what_they_confuse(world: World) -> None:
    organization, project, people = await crowd(world)

    told = no_nan(
        await world.services.insight.quality.person(
            organization.owner.actor, project.id, people[3].actor.pseudonym, "label"
        )
    )

    assert sum(each["count"] for each in told["windows"]) == 40
    assert told["confusion"]["classes"] == ["yes", "no"]
    (yes_yes, yes_no), (no_yes, no_no) = told["confusion"]["counts"]
    assert yes_no == no_no == 0
    assert yes_yes + no_yes == pytest.approx(40, abs=0.1)
    assert told["change"] is None
    assert told["trend"]["kind"] == "steady"


async def test_the_project_says_its_agreement_its_model_and_what_a_right_label_costs(world: World) -> None:
    organization, project, _ = await crowd(world)

    told = no_nan(await world.services.insight.quality.overview(organization.owner.actor, project.id))

    (question,) = told["questions"]
    assert (told["state"], told["is_current"], told["votes"]) == ("fitted", True, 160)
    assert (question["votes"], question["tasks"], question["people"]) == (160, 40, 4)
    assert question["alpha"]["coefficient"] == "Krippendorff's alpha"
    assert question["gwet"]["coefficient"] == "Gwet's AC1"
    assert question["alpha"]["low"] <= question["alpha"]["value"] <= question["alpha"]["high"]
    assert question["model"]
    assert 4.0 <= question["answers_per_correct"]["low"] <= question["answers_per_correct"]["value"] < 5.0
    assert question["answers_saved"] == 0


async def test_agreement_is_told_by_batch_vendor_guideline_and_day(world: World) -> None:
    organization = await world.organization()
    project = await organization.project(4, opinions=2, guideline="# First")
    people = await organization.members(2)
    for person in people:
        await world.services.work.guidelines.consent(person.actor, project.id, 1)
    await answered(project, people, [["yes", "no", "yes", "no"], ["yes", "no", "no", "no"]])
    world.clock.advance(hours=24)
    await project.add(2, "Second")
    for person in people:
        for _ in range(2):
            await project.answer(person)
    await swept(world)

    told = no_nan(await world.services.insight.quality.question(organization.owner.actor, project.id, "label"))

    found = {(each["dimension"], each["subject"]): each for each in told["slices"]}
    batches = [each for each in told["slices"] if each["dimension"] == "batch"]
    assert sorted(each["answers"] for each in batches) == [4, 8]
    assert {each["alpha"].get("undefined") for each in batches} == {None, "one-value"}
    assert found["vendor", str(organization.id)]["answers"] == 12
    assert found["guideline", "1"]["tasks"] == 6
    days = [each for each in told["slices"] if each["dimension"] == "day"]
    assert [each["answers"] for each in days] == [8, 4]
    first, second = (date.fromisoformat(each["subject"]) for each in days)
    assert second - first == timedelta(days=1)


async def test_people_are_told_apart_by_batch_by_vendor_and_by_day(world: World) -> None:
    organization = await world.organization()
    project = await organization.project(24, opinions=3)
    people = await organization.members(3)
    truth = ["yes" if task % 2 else "no" for task in range(24)]
    await answered(project, people, [truth, truth, truth])
    world.clock.advance(hours=24)
    await project.add(24, "Second")
    # In the second batch, a day later, the third person answers at random.
    order = await project.task_ids()
    for place, person in enumerate(people):
        for _ in range(24):
            task = await project.take(person)
            at = order.index(task)
            label = "yes" if at % 2 else "no"
            wrong = "no" if at % 2 else "yes"
            await project.submit(person, task, wrong if place == 2 and at % 4 < 2 else label, active_ms=5000)
    await swept(world)
    quality = world.services.insight.quality
    async with world.superuser() as connection:
        first, second = await connection.fetch(
            "select batch_id, min(task_no) from task where project_id = $1 group by batch_id order by 2", project.id
        )

    async def told(**part: Any) -> list[Any]:
        return no_nan(await quality.people(organization.owner.actor, project.id, None, **part))["items"]

    then, now = await told(batch_id=first["batch_id"]), await told(batch_id=second["batch_id"])
    third = people[2].actor.pseudonym
    assert [each["checked"] for each in [*then, *now]] == [24] * 6
    assert min(each["accuracy"]["mean"] for each in then) > 0.9
    assert now[-1]["pseudonym"] == third
    assert now[-1]["accuracy"]["mean"] < now[0]["accuracy"]["mean"] - 0.2
    assert (then[0]["active_ms"], now[0]["active_ms"]) == (1000, 5000)
    assert len(await told(vendor_id=organization.id)) == 3
    assert await told(vendor_id=project.id) == []
    assert {each["vendor"] for each in now} == {str(organization.id)}
    whole = no_nan(await quality.person(organization.owner.actor, project.id, third, None))
    before, after = whole["days"]
    assert date.fromisoformat(after["subject"]) - date.fromisoformat(before["subject"]) == timedelta(days=1)
    assert after["accuracy"]["mean"] < before["accuracy"]["mean"] - 0.2
    assert [each["votes"] for each in whole["batches"]] == [24, 24]
    slices = no_nan(await quality.question(organization.owner.actor, project.id, "label"))["slices"]
    together = {(each["dimension"], each["subject"]): each["people"] for each in slices}
    assert together["vendor", str(organization.id)]["votes"] == 144
    assert together["batch", str(second["batch_id"])]["accuracy"]["mean"] == pytest.approx(5 / 6, abs=0.1)


async def test_the_hardest_tasks_come_first_page_by_page(world: World) -> None:
    organization, project, _ = await crowd(world)
    book = world.services.insight.quality

    first = await book.hardest(organization.owner.actor, project.id, None, None, 3)
    then = await book.hardest(organization.owner.actor, project.id, None, first["next_cursor"], 50)

    sure = [each["probability"] for each in [*first["items"], *then["items"]]]
    assert len(sure) == 40
    assert sure == sorted(sure)
    assert then["next_cursor"] is None
    assert {UUID(each["task_id"]) for each in first["items"]} <= set(await project.task_ids())


async def test_an_empty_project_says_that_it_is_empty(world: World) -> None:
    organization = await world.organization()
    project = await organization.project(3)
    await swept(world)
    book = world.services.insight.quality

    told = await book.overview(organization.owner.actor, project.id)
    people = await book.people(organization.owner.actor, project.id, None)
    hardest = await book.hardest(organization.owner.actor, project.id, None, None, 50)

    assert (told["state"], told["questions"], told["fitted_at"]) == ("empty", [], None)
    assert (people["items"], people["total"]) == ([], 0)
    assert hardest["items"] == []


async def test_answers_before_the_first_fit_wait(world: World) -> None:
    organization = await world.organization()
    project = await organization.project(1)
    await project.answer(organization.owner)
    while await world.relay.tell():
        pass

    told = await world.services.insight.quality.overview(organization.owner.actor, project.id)

    assert told["state"] == "waiting"


async def test_one_annotator_alone_is_counted_and_not_judged(world: World) -> None:
    organization = await world.organization()
    project = await organization.project(3)
    person = await organization.member()
    for _ in range(3):
        await project.answer(person)
    await swept(world)
    book = world.services.insight.quality

    told = no_nan(await book.overview(organization.owner.actor, project.id))
    people = no_nan(await book.people(organization.owner.actor, project.id, None))

    assert told["questions"][0]["missing"] == ["one-annotator", "no-overlap"]
    assert told["questions"][0]["alpha"] == {"undefined": "no-pairs", "votes": 3}
    (only,) = people["items"]
    assert (only["accuracy"], only["checked"], only["votes"], only["trend"]["kind"]) == (None, 0, 3, "early")


async def test_people_who_never_meet_are_not_judged_either(world: World) -> None:
    organization = await world.organization()
    project = await organization.project(4)
    for person in await organization.members(2):
        for _ in range(2):
            await project.answer(person)
    await swept(world)

    told = no_nan(await world.services.insight.quality.overview(organization.owner.actor, project.id))

    assert told["questions"][0]["missing"] == ["no-overlap"]


async def test_with_fewer_than_twenty_checked_there_is_a_band_and_no_estimate(world: World) -> None:
    organization, project, _ = await crowd(world, tasks=6)

    told = no_nan(await world.services.insight.quality.people(organization.owner.actor, project.id, None))

    for each in told["items"]:
        assert each["accuracy"]["mean"] is None
        assert 0 <= each["accuracy"]["low"] < each["accuracy"]["high"] <= 1
        assert (each["lean"], each["trend"]["kind"]) == (None, "early")


async def test_annotators_see_their_own_figures_and_nobody_elses(world: World) -> None:
    organization, project, people = await crowd(world)
    book = world.services.insight.quality

    careless = await book.own(people[3].actor)
    good = await book.own(people[0].actor)
    nobody = await book.own(organization.owner.actor)

    assert [(each["project"]["id"], each["question"], each["checked"]) for each in careless] == [
        (str(project.id), "label", 40)
    ]
    assert careless[0]["accuracy"]["mean"] < good[0]["accuracy"]["mean"]
    assert nobody == []


async def test_a_target_is_set_kept_and_taken_away(world: World) -> None:
    organization, project, _ = await crowd(world, tasks=2)
    book = world.services.insight.quality

    asked = await book.set_target(organization.owner.actor, project.id, 0.85)
    people = await book.people(organization.owner.actor, project.id, None)
    none = await book.set_target(organization.owner.actor, project.id, None)

    assert (asked["target"], people["target"], none["target"]) == (0.85, 0.85, None)


@pytest.mark.parametrize("target", [0.0, 1.0, -3.0, math.nan], ids=["zero", "one", "below", "nan"])
async def test_a_target_outside_its_range_is_refused(world: World, target: float) -> None:
    organization = await world.organization()
    project = await organization.project(1)

    with pytest.raises(Malformed):
        await world.services.insight.quality.set_target(organization.owner.actor, project.id, target)


async def test_what_is_not_there_is_not_found(world: World) -> None:
    organization, project, _ = await crowd(world, tasks=2)
    book = world.services.insight.quality

    for ask in (
        lambda: book.people(organization.owner.actor, project.id, "colour"),
        lambda: book.person(organization.owner.actor, project.id, "nobody", None),
        lambda: book.question(organization.owner.actor, project.id, "colour"),
        lambda: book.hardest(organization.owner.actor, project.id, "colour", None, 5),
    ):
        with pytest.raises(NotFound):
            await ask()
