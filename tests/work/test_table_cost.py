"""A page of the data table costs what it shows, however many tasks the project has and whatever the planner knows of them.

Cost is counted in blocks and rows, never in time. The plan is the generic one, which a connection settles on after five pages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from evenhand.store.queries import Queries
from world import Project, World

LIMIT = 50
TYPES = {
    "organization_id": "uuid",
    "project_id": "uuid",
    "after": "bigint",
    "state": "text",
    "batch_id": "uuid",
    "external_hash": "bytea",
    "task_id": "uuid",
    "tag_hash": "bytea",
    "person_id": "uuid",
    "guideline_before": "int",
    "probability_below": "float8",
    "probability_from": "float8",
    "label_question": "smallint",
    "label_code": "float8",
    "label_sources": "text[]",
    "is_unlabeled": "boolean",
    "after_probability": "float8",
    "after_no": "bigint",
    "reader_id": "uuid",
    "judge_id": "uuid",
    "limit": "bigint",
}


def literal(value: UUID | str | float | None) -> str:
    """As it stands in a statement."""
    return "null" if value is None else f"'{value}'"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every step of a plan."""
    yield plan
    for each in plan.get("Plans", []):
        yield from nodes(each)


async def page_plan(project: Project, name: str = "tasks", **wanted: Any) -> dict[str, Any]:
    """The first page as it was executed: every step with what it read."""
    query = Queries.of("evenhand.work")[name]
    given = {
        "organization_id": project.organization.id,
        "project_id": project.id,
        "after": -1,
        "is_unlabeled": False,
        "limit": LIMIT,
        **wanted,
    }
    async with project.world.copy.connect(as_="app") as app:
        await app.execute(f"begin; select set_config('evenhand.organization', '{project.organization.id}', true)")
        await app.execute("set local plan_cache_mode = force_generic_plan")
        await app.execute(f"prepare page ({', '.join(TYPES[name] for name in query.parameters)}) as {query.sql}")
        values = ", ".join(literal(given.get(name)) for name in query.parameters)
        text = await app.fetchval(f"explain (analyze, buffers, format json) execute page ({values})")
        await app.execute("rollback")
    [explained] = json.loads(text)
    plan: dict[str, Any] = explained["Plan"]
    return plan


@pytest.fixture(scope="module")
async def large(shared_world: World) -> Project:
    """3,000 tasks that the planner has not counted yet, with one that is answered."""
    organization = await shared_world.organization()
    project = await organization.project(tasks=3_000)
    await project.answer(await organization.member())
    return project


@pytest.mark.parametrize("state", [None, "open"])
async def test_a_page_reads_no_more_rows_than_it_shows(large: Project, state: str | None) -> None:
    plan = await page_plan(large, state=state)

    read = {each["Node Type"]: each["Actual Rows"] * each["Actual Loops"] for each in nodes(plan)}
    assert plan["Actual Rows"] == LIMIT
    assert max(read.values()) <= LIMIT + 1, read
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 40 * LIMIT


async def test_what_few_tasks_are_is_looked_for_among_those_of_the_project_alone(large: Project, world: World) -> None:
    other = await large.organization.project(tasks=500)

    plan = await page_plan(other, state="done")

    assert plan["Actual Rows"] == 0
    assert max(each["Actual Rows"] * each["Actual Loops"] for each in nodes(plan)) <= 500


@pytest.fixture(scope="module")
async def sure(large: Project) -> Project:
    """The same, where every task has a label, and the planner has not counted them."""
    async with large.world.superuser() as connection:
        await connection.execute(
            """insert into evenhand.task_label
                 (organization_id, project_id, question_no, task_no, code, probability, source, is_least)
               select t.organization_id, t.project_id, 1, t.task_no, 0, (t.task_no * 7919 % 1000) / 1000.0, 'model', true
                 from evenhand.task t where t.project_id = $1""",
            large.id,
        )
    return large


@pytest.mark.parametrize(
    ("name", "start", "bounds"),
    [
        ("tasks_least_sure", -1.0, {}),
        ("tasks_least_sure", 0.4, {"probability_below": 0.9}),
        ("tasks_most_sure", 2.0, {}),
        ("tasks_most_sure", 0.6, {"probability_from": 0.1}),
    ],
)
async def test_a_page_sorted_by_how_sure_labels_are_reads_no_more_rows_than_it_shows(
    sure: Project, name: str, start: float, bounds: dict[str, float]
) -> None:
    plan = await page_plan(sure, name, after_probability=start, after_no=-1, **bounds)

    read = {each["Node Type"]: each["Actual Rows"] * each["Actual Loops"] for each in nodes(plan)}
    assert plan["Actual Rows"] == LIMIT
    assert max(read.values()) <= LIMIT + 1, read
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 70 * LIMIT
    assert "task_label_by_probability" in {each.get("Index Name") for each in nodes(plan)}
