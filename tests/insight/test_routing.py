"""Routing: one more opinion is asked of whom it is worth most to ask, nobody waits for it, and nobody who labels can tell."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import numpy as np
import pytest

from database import Copy
from evenhand.insight.asking import whom_to_ask
from evenhand.insight.judging import Learned, Standing
from evenhand.insight.live import Live
from evenhand.insight.routing import SET_ASIDE, Available, Place, answer_cost
from evenhand.insight.sweeping import REST
from evenhand.quality.stopping import crowd_of_fit
from evenhand.quality.truth import infer
from evenhand.work.deciding import Vote
from world import Member, Organization, Project, World, sabotage, world_on

ROUTED = {"opinions": 4, "opinions_max": 5, "sure": 0.9, "is_routed": True}
LATER = {"priority": 1}


@dataclass
class Crowd:
    """A project whose people are known: sharp is always right, poor answers by chance, two and three are right."""

    project: Project
    sharp: Member
    poor: Member
    two: Member
    three: Member

    async def rows(self, sql: str) -> list[asyncpg.Record]:
        """Behind every wall; $1 is the project."""
        async with self.project.world.superuser() as connection:
            return await connection.fetch(sql, self.project.id)

    async def split(self) -> UUID:
        """The next task, about which two and three do not agree: one more opinion is asked for."""
        task = await self.project.answer(self.two, "yes")
        assert await self.project.answer(self.three, "no") == task
        while await self.project.world.services.work.deciding.decide_in(self.project.organization.id, self.project.id):
            pass
        return task

    async def route(self) -> int:
        """The worker's round, for this project alone."""
        return await self.project.world.services.routing.route_in(self.project.organization.id, self.project.id, 1)


async def known_crowd(bank: Organization, tasks: int = 24, **settings: Any) -> Crowd:
    """Everybody answers the first tasks, and what they are like is learned; later tasks want two answers at least."""
    project = await bank.project(tasks=tasks, **{**ROUTED, **settings})
    people = await bank.members(4)
    chance = random.Random(3)
    ids = await project.task_ids()
    for person in people:
        while (dealt := await project.claim(person))["status"] == "ok":
            task = UUID(dealt["assignment"]["task_id"])
            right = "yes" if ids.index(task) % 2 == 0 else "no"
            await project.submit(person, task, chance.choice(["yes", "no"]) if person is people[1] else right)
    found = Crowd(project, *people)
    while await project.world.services.work.deciding.decide_in(bank.id, project.id):
        pass
    await project.world.services.work.projects.change(bank.owner.actor, project.id, {"opinions": 2}, None)
    await learn(project)
    assert (await project.books()).total("free") == 0, "only later tasks are open"
    return found


async def learn(project: Project) -> None:
    """Every fit that is due, and what was told of."""
    world = project.world
    world.clock.advance(seconds=REST.total_seconds())
    while await world.relay.tell():
        pass
    while await world.services.sweeper.sweep():
        pass


@pytest.mark.parametrize("is_routed", [True, False], ids=["routed", "not-routed"])
async def test_whoever_is_accurate_gets_the_unsure_task_before_whoever_is_not(
    own_world: World, is_routed: bool
) -> None:
    crowd = await known_crowd(await own_world.organization(), is_routed=is_routed)
    await crowd.project.add(1, "Unsure")
    unsure = await crowd.split()
    [other] = await crowd.project.add(1, "Later", **LATER)

    await own_world.services.routing.route()

    # The unsure task is the next of the queue, and whoever asks first would have it.
    assert await crowd.project.take(crowd.poor) == (other if is_routed else unsure)
    assert await crowd.project.take(crowd.sharp) == (unsure if is_routed else other)
    assert not (await crowd.project.books()).unbalanced


async def test_what_was_set_aside_for_somebody_who_is_away_is_dealt_to_another_after_its_time(own_world: World) -> None:
    crowd = await known_crowd(await own_world.organization())
    await crowd.project.add(1, "Unsure")
    unsure = await crowd.split()
    await crowd.project.add(2, "Later", **LATER)
    assert await crowd.route() == 1

    other = await crowd.project.take(crowd.poor)
    assert other != unsure
    own_world.clock.advance(seconds=SET_ASIDE.total_seconds() + 1)
    await own_world.relay.sweep()

    assert await crowd.project.take(crowd.poor, [other]) == unsure
    assert await crowd.route() == 0, "it is not set aside a second time for the same request"
    assert not (await crowd.project.books()).unbalanced


async def test_nobody_is_sent_away_while_something_is_only_set_aside(own_world: World) -> None:
    crowd = await known_crowd(await own_world.organization())
    await crowd.project.add(1, "Unsure")
    unsure = await crowd.split()
    assert await crowd.route() == 1

    assert await crowd.project.answer(crowd.poor) == unsure
    assert (await crowd.project.claim(crowd.sharp))["status"] == "empty"
    books = await crowd.project.books()
    assert (books.unbalanced, books.overanswered) == ([], [])


async def test_without_the_look_at_what_is_set_aside_somebody_is_sent_away(newest_copy: Copy) -> None:
    await sabotage(newest_copy, "claim_next", "a.lease_until < 'infinity'", "false")
    async with world_on(newest_copy) as world:
        crowd = await known_crowd(await world.organization())
        await crowd.project.add(1, "Unsure")
        await crowd.split()
        assert await crowd.route() == 1

        assert (await crowd.project.claim(crowd.poor))["status"] == "empty"


async def test_a_place_that_is_set_aside_is_taken_out_of_the_queue_once(newest_copy: Copy) -> None:
    await sabotage(
        newest_copy,
        "routes_set",
        "else               delete from evenhand.slot",
        "elsif false then delete from evenhand.slot",
    )
    async with world_on(newest_copy) as world:
        crowd = await known_crowd(await world.organization())
        await crowd.project.add(1, "Unsure")
        await crowd.split()
        await crowd.route()

        assert (await crowd.project.books()).unbalanced


async def test_nothing_is_routed_before_anybody_is_known_nor_to_whom_may_not_label(own_world: World) -> None:
    bank = await own_world.organization()
    fresh = await bank.project(tasks=1, **{**ROUTED, "opinions": 2})
    ana, ben = await bank.members(2)
    await fresh.answer(ana, "yes")
    await fresh.answer(ben, "no")
    await own_world.services.work.deciding.decide_in(bank.id, fresh.id)
    assert await own_world.services.routing.route_in(bank.id, fresh.id, 1) == 0

    crowd = await known_crowd(bank)
    await crowd.project.add(1, "Unsure")
    await crowd.split()
    async with own_world.superuser() as connection:
        await connection.execute(
            "update queue_member set eligible_until = $1 where person_id = any($2)",
            own_world.clock.now(),
            [crowd.sharp.id, crowd.poor.id],
        )

    assert await crowd.route() == 0


async def test_nobody_is_kept_more_than_two_places_and_none_long_after_their_last_answer(own_world: World) -> None:
    crowd = await known_crowd(await own_world.organization())
    await crowd.project.add(4, "Unsure")
    for _ in range(4):
        await crowd.split()

    assert await crowd.route() == 2
    assert {row["person_id"] for row in await crowd.rows("select person_id from route where project_id = $1")} == {
        crowd.sharp.id
    }
    own_world.clock.advance(minutes=70)
    await own_world.relay.sweep()
    assert await crowd.route() == 0


async def test_a_route_is_reckoned_again_from_its_row_the_decision_and_the_fit(own_world: World) -> None:
    bank = await own_world.organization()
    crowd = await known_crowd(bank)
    await crowd.project.add(1, "Unsure")
    await crowd.split()
    await crowd.route()

    [kept] = await crowd.rows("select * from route where project_id = $1")
    [asked] = [
        row
        for row in await crowd.rows("select * from decision where project_id = $1")
        if (row["task_id"], row["no"]) == (kept["task_id"], kept["decision_no"])
    ]
    [task] = await crowd.rows(
        "select t.* from task t join route r using (organization_id, task_id) where t.project_id = $1"
    )
    ontology = await own_world.services.ontologies.get(bank.id, crowd.project.id, 1)
    standing = await Live(own_world.services.database, own_world.services.ontologies).standing(
        bank.id, crowd.project.id, kept["fit_no"]
    )
    assert standing is not None
    votes = tuple(
        Vote(*each) for each in zip(asked["question_nos"], asked["annotator_nos"], asked["codes"], strict=True)
    )
    place = Place(kept["task_id"], task["task_no"], kept["decision_no"], votes)
    [again] = whom_to_ask(
        ontology, standing, [place], [Available(kept["person_id"], kept["annotator_no"], 1, kept["cost"])]
    )

    assert (asked["to_place"], asked["by"]) == ("label", "decide")
    assert again.bits == pytest.approx(kept["bits"], abs=1e-12)
    assert kept["until"] - kept["at"] == SET_ASIDE
    assert await crowd.rows("select object_id from ledger_inbox where object_id = $1 and action = 7") == []


# ---------------------------------------------------------------------------------------------- gold stays unseen --
async def claims_of_sharp(crowd: Crowd) -> int:
    async with crowd.project.world.superuser() as connection:
        return await connection.fetchval("select sum(claims) from queue_member where person_id = $1", crowd.sharp.id)


async def test_nothing_is_set_aside_for_whom_gold_is_due(own_world: World) -> None:
    crowd = await known_crowd(await own_world.organization())
    await crowd.project.add(2, "Unsure")
    await crowd.split()
    await crowd.split()
    async with own_world.superuser() as connection:
        await connection.execute("update queue set gold_per_mille = 100 where project_id = $1", crowd.project.id)
        await connection.execute("update queue_member set next_gold_at = claims")
        assert await crowd.route() == 0
        await connection.execute("update queue_member set next_gold_at = claims + 1")

    assert await crowd.route() == 1, "the next claim but one is gold: there is room for one place"


async def test_what_was_set_aside_counts_as_a_claim_so_that_gold_comes_as_often(own_world: World) -> None:
    crowd = await known_crowd(await own_world.organization())
    await crowd.project.add(1, "Unsure")
    unsure = await crowd.split()
    await crowd.route()
    before = await claims_of_sharp(crowd)

    assert await crowd.project.take(crowd.sharp) == unsure
    assert await claims_of_sharp(crowd) == before + 1
    assert await crowd.project.take(crowd.sharp) == unsure, (
        "a lease whose reply was lost is dealt again, and is no new claim"
    )
    assert await claims_of_sharp(crowd) == before + 1


async def test_without_the_count_gold_would_fall_behind(newest_copy: Copy) -> None:
    await sabotage(newest_copy, "claim_next", "then 1 else 0 end\n       where", "then 0 else 0 end\n       where")
    async with world_on(newest_copy) as world:
        crowd = await known_crowd(await world.organization())
        await crowd.project.add(1, "Unsure")
        await crowd.split()
        await crowd.route()
        before = await claims_of_sharp(crowd)

        await crowd.project.take(crowd.sharp)

        assert await claims_of_sharp(crowd) == before


async def test_whoever_labels_sees_nothing_of_what_is_set_aside_for_them(own_world: World) -> None:
    crowd = await known_crowd(await own_world.organization())
    await crowd.project.add(1, "Unsure")
    await crowd.split()
    await crowd.project.add(1, "Later", **LATER)
    projects = own_world.services.work.projects
    before = await projects.my_work(crowd.sharp.actor)

    assert await crowd.route() == 1

    assert await projects.my_work(crowd.sharp.actor) == before
    routed, plain = await crowd.project.claim(crowd.sharp), await crowd.project.claim(crowd.poor)
    assert _shape(routed) == _shape(plain)
    assert routed["assignment"].keys() == plain["assignment"].keys()


def _shape(value: Any) -> Any:
    """The names of an answer, and the kinds of what they hold."""
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items()}
    return [_shape(each) for each in value] if isinstance(value, list) else type(value).__name__


# ---------------------------------------------------------------------------------------------------- at once --
async def test_claims_and_routing_at_once_lose_and_double_nothing(own_world: World) -> None:
    crowd = await known_crowd(await own_world.organization())
    await crowd.project.add(4, "Unsure")
    for _ in range(4):
        await crowd.split()
    await crowd.project.add(4, "Later", **LATER)
    people = (crowd.sharp, crowd.poor)

    async def work(person: Member) -> None:
        for _ in range(6):
            dealt = await crowd.project.claim(person)
            if dealt["status"] == "ok":
                await crowd.project.submit(person, UUID(dealt["assignment"]["task_id"]), "yes")

    await asyncio.gather(*(work(person) for person in people), *(crowd.route() for _ in range(4)))

    books = await crowd.project.books()
    assert (books.unbalanced, books.overanswered) == ([], [])


# --------------------------------------------------------------------------------------------------- the prices --
ONE_FIT = crowd_of_fit(
    infer(
        np.repeat(np.arange(200), 4),
        np.tile(np.arange(4), 200),
        np.where(
            np.random.default_rng(1).random(800) < np.tile([0.95, 0.95, 0.6, 0.95], 200),
            np.repeat(np.arange(200) % 2, 4),
            1 - np.repeat(np.arange(200) % 2, 4),
        ),
        2,
    )
)


async def test_of_two_who_are_as_accurate_the_cheaper_one_is_asked(own_world: World) -> None:
    bank = await own_world.organization()
    project = await bank.project()
    ontology = await own_world.services.ontologies.get(bank.id, project.id, 1)
    [asked] = ontology.questions
    codes = sorted(code for code in await codes_of(project, bank))
    standing = Standing(1, {asked.no: Learned(ONE_FIT, dict(enumerate(codes)))})
    place = Place(uuid4(), 10**6, 1, (Vote(asked.no, 2, codes[0]),))
    quick, slow, poor = (Available(uuid4(), no, 1, cost) for no, cost in ((0, 10.0), (1, 20.0), (2, 10.0)))

    [kept] = whom_to_ask(ontology, standing, [place], [slow, poor, quick])
    [without] = whom_to_ask(
        ontology, standing, [replace(place, had_by=frozenset({quick.person_id}))], [slow, poor, quick]
    )

    assert kept.person == quick
    assert without.person == slow
    assert kept.bits > 0.3


async def codes_of(project: Project, bank: Organization) -> list[float]:
    """The codes of the two labels, as votes have them."""
    await project.add(2)
    ana = await bank.member()
    await project.answer(ana, "yes")
    await project.answer(ana, "no")
    async with project.world.superuser() as connection:
        return [
            row["code"] for row in await connection.fetch("select code from vote where project_id = $1", project.id)
        ]


@pytest.mark.parametrize(
    ("offer", "cost"),
    [
        ((None, None, 0, 0), 1.0),
        ((0, "task", 5000, 1), 1.0),
        ((25, "task", 5000, 1), 25.0),
        ((3600, "hour", 90_000, 3), 30.0),
        ((3600, "hour", 0, 0), 60.0),
    ],
    ids=["none", "unpaid", "a-task", "an-hour", "time-unknown"],
)
def test_an_answer_costs_what_is_offered_for_it_or_the_same_for_all(offer: tuple[Any, ...], cost: float) -> None:
    assert answer_cost(*offer) == pytest.approx(cost)
