"""Invariant 10: who the customer is changes nothing. The same work under other customers is dealt in the same order.

Three customers stand in three places, with work of their own and people who work for all of them. The same history is then played
again with the customers in other places, under other names, made in another order: every claim must be answered the same.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from database import Copy
from evenhand.core.errors import PlatformError
from tries import TIMES
from world import Member, Organization, Project, World, sabotage, world_on

NAMES = ("A Large Bank", "Shop", "Æsculapius Clinic")
PEOPLE = 3


@dataclass(frozen=True)
class Place:
    """One customer's work, wherever it stands: how many tasks of which priority, and how many opinions each wants."""

    tasks: tuple[int, ...]
    opinions: int


@dataclass(frozen=True)
class Step:
    """Somebody does something for the customer in one of the places; then so many seconds go by."""

    person: int
    place: int
    verb: str
    seconds: int


@dataclass
class Customer:
    """A customer in its place, and the people there."""

    project: Project
    members: list[Member]
    order: list[UUID]
    held: dict[int, list[UUID]]


def history(seed: int) -> tuple[list[Place], list[Step]]:
    """What there is to do, and what is done."""
    draw = random.Random(seed)
    places = [
        Place(tuple(draw.choice((0, 128, 255)) for _ in range(draw.randint(1, 6))), draw.randint(1, 3)) for _ in NAMES
    ]
    verbs = ("claim", "claim", "submit", "submit", "skip", "return", "sweep", "priority")
    steps = [
        Step(draw.randrange(PEOPLE), draw.randrange(3), draw.choice(verbs), draw.choice((0, 1, 20, 40, 2000)))
        for _ in range(30)
    ]
    return places, steps


async def settled(world: World, places: list[Place], who_stands_where: list[int]) -> list[Customer]:
    """The customers, each in its place. who_stands_where[place] is the customer's number: its name, and its turn to be made."""
    made: dict[int, Organization] = {}
    for customer in range(3):
        made[customer] = await world.organization(NAMES[customer])
    people = [await made[who_stands_where[0]].member() for _ in range(PEOPLE)]
    customers = []
    for place, wanted in enumerate(places):
        organization = made[who_stands_where[place]]
        project = await organization.project(opinions=wanted.opinions)
        order = []
        for number, priority in enumerate(wanted.tasks):
            order += await project.add(1, batch=f"Batch {number}", priority=priority)
        members = []
        for person in people:
            if organization.id != person.actor.organization_id:
                await world.services.people.members.add_member(organization.id, person.email, "x", "annotator")
            members.append(await world.with_key(organization.id, person.id, person.email))
        customers.append(Customer(project, members, order, {each: [] for each in range(PEOPLE)}))
    return customers


async def told(world: World, places: list[Place], steps: list[Step], who_stands_where: list[int]) -> list[Any]:
    """What every step was answered, with tasks by their number in their place."""
    customers = await settled(world, places, who_stands_where)
    answers: list[Any] = []
    for step in steps:
        answers.append(await answered(world, customers[step.place], step))
        world.clock.advance(seconds=step.seconds)
    return answers


async def answered(world: World, customer: Customer, step: Step) -> Any:
    project, who, held = customer.project, customer.members[step.person], customer.held[step.person]
    labeling = world.services.work.labeling
    if step.verb == "sweep":
        while await world.relay.sweep():
            pass
        return "swept"
    if step.verb == "priority":
        ids = customer.order[-1:]
        changed = await world.services.work.browsing.change(project.owner.actor, project.id, ids, "priority", 200)
        return [customer.order.index(each) for each in changed]
    if step.verb == "claim":
        dealt = await project.claim(who, held)
        if dealt["status"] != "ok":
            return dealt["status"]
        task = UUID(dealt["assignment"]["task_id"])
        held.append(task)
        return customer.order.index(task)
    if not held:
        return "nothing held"
    task = held.pop(0)
    try:
        if step.verb == "submit":
            return (await project.submit(who, task))["status"]
        reason = "unclear" if step.verb == "skip" else None
        await labeling.end_lease(who.actor, project.id, task, reason, None, next_=False, held=[])
        return step.verb
    except PlatformError as refused:
        return refused.code


@pytest.mark.parametrize("seed", range(8 * TIMES))
async def test_customers_in_other_places_are_dealt_the_same(world: World, seed: int) -> None:
    places, steps = history(seed)

    here = await told(world, places, steps, [0, 1, 2])
    there = await told(world, places, steps, random.Random(seed).choice(([1, 2, 0], [2, 0, 1], [1, 0, 2], [2, 1, 0])))

    assert here == there
    assert any(isinstance(each, int) for each in here), "nobody was dealt anything"


async def test_a_queue_that_looks_at_who_the_customer_is_is_noticed(newest_copy: Copy) -> None:
    await sabotage(
        newest_copy, "claim_next", "order by q.rank limit 1 for update of q skip locked",
        "order by md5(p_organization::text || q.rank) limit 1 for update of q skip locked",
    )  # fmt: skip
    async with world_on(newest_copy) as world:
        differing = 0
        for seed in range(6):
            places, steps = history(seed)
            here = await told(world, places, steps, [0, 1, 2])
            there = await told(world, places, steps, [1, 2, 0])
            differing += here != there

    assert differing > 0


async def test_no_function_that_deals_reads_what_a_customer_is(newest_copy: Copy) -> None:
    dealing = ("claim", "claim_next", "submit", "slot_put", "lease_end", "lease_resume", "sweep_leases", "raise_floors")
    async with newest_copy.connect() as superuser:
        texts = {
            name: await superuser.fetchval("select pg_get_functiondef($1::text::regproc)", f"evenhand.{name}")
            for name in dealing
        }

    for name, text in texts.items():
        assert "evenhand.organization" not in text, name
        assert "evenhand.usage" not in text, name
