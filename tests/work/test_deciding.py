"""Decide: what follows when a task has its answers, said once whatever is killed, and so that it can be said again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.core.errors import Unavailable
from evenhand.insight.service import sureness
from evenhand.work.deciding import ByWorkflow, Deciding, Decision, Labeled, Sureness, Vote, Workflow, after_labels
from stage_verbs import REVIEW_ALL, decide, place
from world import Organization, Project, World, sabotage

UNSURE = {"review_rate": 0.5, "adjudicate_below": 0.8}


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization("Bank")


def sure_of(probability: float | None) -> Sureness:
    return Sureness(probability, "label" if probability is not None else None, "majority", "1")


DECIDE = (
    "select stage_decide($1, $2, $3, 1::smallint, 'review', 0::smallint, 'm', '1', null, null, 1, null, "
    " 1::smallint, null, null, null, null, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', $4)"
)
TASK = Labeled(uuid4(), 1, 3, ())


# -------------------------------------------------------------------------------------------------------- the rule --
@given(
    st.floats(0, 1), st.one_of(st.none(), st.floats(0, 1)), st.one_of(st.none(), st.floats(0, 1)), st.floats(0, 0.999)
)
def test_the_rule_sends_the_unsure_to_an_adjudicator_and_of_the_others_those_whose_lot_it_is(
    rate: float, bar: float | None, probability: float | None, lot: float
) -> None:
    said = after_labels(Workflow(1, rate, bar), TASK, sure_of(probability), lot).outcome

    if bar is not None and probability is not None and probability < bar:
        assert said == "adjudicate"
    else:
        assert said == ("review" if lot < rate else "done")


@pytest.mark.parametrize("back_to", ["review", "adjudicate"])
def test_what_was_sent_back_goes_back_to_whoever_sent_it_however_sure_it_is(back_to: str) -> None:
    again = Labeled(uuid4(), 1, 3, (), back_to)

    assert after_labels(Workflow(1, 0.0, None), again, sure_of(0.99), 0.5).outcome == back_to


async def test_the_lot_draws_the_share_that_is_asked_for_and_a_larger_share_holds_a_smaller_one(
    bank: Organization,
) -> None:
    deciding = bank.world.services.work.deciding._decide
    assert isinstance(deciding, ByWorkflow)
    lots = [deciding.lot(bank.id, UUID(int=number)) for number in range(4000)]

    assert 0.21 < sum(lot < 0.25 for lot in lots) / len(lots) < 0.29, "six standard deviations"
    assert lots == [deciding.lot(bank.id, UUID(int=number)) for number in range(4000)]
    other = await bank.world.organization()
    assert lots != [deciding.lot(other.id, UUID(int=number)) for number in range(4000)]


# ------------------------------------------------------------------------------------------------------------ once --
async def waiting(bank: Organization, tasks: int = 3) -> Project:
    """A project with tasks that have all their answers and wait for a decision."""
    project = await bank.project(tasks=tasks, **REVIEW_ALL)
    ana = await bank.member()
    for _ in range(tasks):
        await project.answer(ana)
    return project


async def decisions(project: Project) -> list[asyncpg.Record]:
    async with project.world.superuser() as connection:
        return await connection.fetch("select * from decision where project_id = $1 order by task_id, no", project.id)


async def slots(project: Project) -> int:
    """Places open in review."""
    async with project.world.superuser() as connection:
        return await connection.fetchval(
            "select coalesce(sum(s.free), 0) from slot s join queue q using (queue_id)"
            " where q.project_id = $1 and q.stage = 2",
            project.id,
        )


async def decided_at_once(project: Project) -> tuple[int, int]:
    """Four workers decide at once, each on connections of its own; (decisions, places in review)."""
    deciding = project.world.services.work.deciding
    await asyncio.gather(*(deciding.decide_in(project.organization.id, project.id) for _ in range(4)))
    await decide(project)
    return len(await decisions(project)), await slots(project)


async def test_workers_that_decide_at_once_decide_once(own_world: World) -> None:
    bank = await own_world.organization()

    assert [await decided_at_once(await waiting(bank)) for _ in range(5)] == [(3, 3)] * 5


async def applied_at_once(project: Project) -> list[bool | BaseException]:
    """The same decision is carried out on two connections at once, past the lock that lets one worker decide."""
    async with project.world.superuser() as connection:
        task, moves = await connection.fetchrow(
            "select task_id, moves from task_stage where project_id = $1 limit 1", project.id
        )

    async def apply() -> bool:
        async with project.world.services.database.tenant(project.organization.id) as connection:
            return await connection.fetchval(
                DECIDE,
                project.id,
                task,
                moves,
                project.world.clock.now(),
            )

    return list(await asyncio.gather(*(apply() for _ in range(4)), return_exceptions=True))


async def test_one_decision_is_carried_out_once(own_world: World) -> None:
    bank = await own_world.organization()

    for _ in range(5):
        assert sorted(await applied_at_once(await waiting(bank, 1))) == [False, False, False, True]


async def test_without_the_look_at_what_waits_only_the_key_stands_between_two_decisions(saboteurs_world: World) -> None:
    await sabotage(saboteurs_world.copy, "stage_decide", "and s.is_undecided and s.moves = p_moves", "")
    project = await waiting(await saboteurs_world.organization(), 1)

    said = await applied_at_once(project)

    assert said.count(True) > 1  # decided more than once
    assert await slots(project) > 1


async def test_what_a_killed_worker_had_begun_is_decided_by_the_next_and_once(own_world: World) -> None:
    """The server process behind the worker's connection is killed between its decisions and the commit."""
    bank = await own_world.organization()
    project = await waiting(bank)
    reached, killed = asyncio.Event(), asyncio.Event()
    services = own_world.services
    rule = services.work.deciding._decide

    async def decide_slowly(
        organization_id: UUID, project_id: UUID, workflow: Workflow, labeled: Sequence[Labeled]
    ) -> Sequence[Decision]:
        reached.set()
        await killed.wait()
        return await rule(organization_id, project_id, workflow, labeled)

    dying = asyncio.create_task(
        Deciding(services.database, decide_slowly, own_world.clock).decide_in(bank.id, project.id)
    )
    await reached.wait()
    async with own_world.superuser() as superuser:
        await superuser.execute(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = 7021"
        )
    killed.set()
    with pytest.raises(Unavailable):
        await dying
    assert await decisions(project) == []

    await decide(project)

    assert (len(await decisions(project)), await slots(project)) == (3, 3)


async def test_an_answer_that_comes_while_it_is_decided_is_counted_or_waits(own_world: World) -> None:
    """One more opinion arrives between the look at the votes and the decision: that decision is not carried out."""
    bank = await own_world.organization()
    project = await waiting(bank, 1)
    async with own_world.superuser() as superuser:
        [row] = await superuser.fetch("select task_id, moves from task_stage where project_id = $1", project.id)
        await superuser.execute("update consensus set wanted = 2, got = 2 where task_id = $1", row["task_id"])

    async with own_world.services.database.tenant(bank.id) as connection:
        said = await connection.fetchval(
            DECIDE,
            project.id,
            row["task_id"],
            row["moves"],
            own_world.clock.now(),
        )

    assert said is False
    assert await place(project, row["task_id"]) == "label"


async def test_one_project_that_cannot_be_decided_holds_no_other_up(world: World) -> None:
    bank = await world.organization()
    lame, sound = await waiting(bank, 1), await waiting(bank, 1)
    services = world.services
    rule = services.work.deciding._decide

    async def decide_some(
        organization_id: UUID, project_id: UUID, workflow: Workflow, labeled: Sequence[Labeled]
    ) -> Sequence[Decision]:
        if project_id == lame.id:
            raise Unavailable(part="key service")
        return await rule(organization_id, project_id, workflow, labeled)

    await Deciding(services.database, decide_some, world.clock).decide_waiting()

    assert (len(await decisions(lame)), len(await decisions(sound))) == (0, 1)
    await decide(lame)


# ------------------------------------------------------------------------------------------------------------ replay --
async def test_a_decision_replays_from_its_row_alone(world: World, bank: Organization) -> None:
    """Even after the votes were changed: what it read is kept with it."""
    project = await bank.project(tasks=12, opinions=3, **UNSURE)
    people = await bank.members(3)
    for number in range(12):
        for index, person in enumerate(people):
            await project.answer(person, "yes" if (number + index) % 3 else "no")
    await decide(project)
    async with world.superuser() as connection:
        await connection.execute("delete from vote where project_id = $1", project.id)
    ontology = await world.services.ontologies.get(bank.id, project.id, 1)
    rule = world.services.work.deciding._decide
    assert isinstance(rule, ByWorkflow)

    rows = await decisions(project)

    assert len(rows) == 12
    for row in rows:
        columns = zip(row["question_nos"], row["annotator_nos"], row["codes"], strict=True)
        labeled = Labeled(row["task_id"], 1, 3, tuple(Vote(*each) for each in columns))
        [sure] = sureness(ontology, [labeled])
        workflow = Workflow(1, row["review_rate"], row["adjudicate_below"])
        again = after_labels(workflow, labeled, sure, rule.lot(bank.id, row["task_id"]))
        assert {"done": "done", "review": "review", "adjudicate": "adjudicate"}[again.outcome] == row["to_place"]
        assert (again.sure.probability, again.sure.question, again.sure.model) == (
            row["posterior"],
            row["question"],
            row["model"],
        )
