"""Real crowds' votes through the real API: every vote counts once, and their majority is the file's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from evenhand import AsyncClient
from evenhand.cli.crowd import Crowd, read_crowd
from evenhand.cli.replaying import replay
from serving import Installation

SHARED = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared"))


def crowd(name: str) -> Crowd:
    return read_crowd(SHARED / "data" / "crowd" / name)


def silent(_step: str, _done: int, _of: int) -> None:
    """Tells nobody."""


async def test_a_tie_and_uneven_numbers_of_votes_come_out_as_in_the_file(installation: Installation) -> None:
    votes = {"t1": {"a": "x", "b": "y"}, "t2": {"a": "y"}, "t3": {"a": "x", "b": "x", "c": "y"}}
    truth = {"t1": "x", "t2": "y", "t3": "x"}

    outcome = await replay(installation.url, installation.key, "Tie", Crowd(votes, truth), silent)

    assert outcome.differing == []
    assert (outcome.by_platform.right, outcome.by_platform.tasks) == (2.5, 3)


# 75.9 % of all: the crowd knows its birds less well than it believes.
@pytest.mark.parametrize(
    ("tasks", "votes", "right"), [(9, 351, 6), pytest.param(108, 4212, 82, marks=pytest.mark.drill)]
)
async def test_bluebird_gives_the_accuracy_of_its_file(
    installation: Installation, tasks: int, votes: int, right: int
) -> None:
    outcome = await replay(installation.url, installation.key, "Bluebird", crowd("bluebird").first(tasks), silent)

    assert (outcome.votes, outcome.tasks, outcome.workers) == (votes, tasks, 39)
    assert outcome.differing == []
    assert outcome.by_platform == outcome.by_file
    assert outcome.by_platform.right == right


async def test_every_answer_of_a_replay_is_its_workers_own(installation: Installation) -> None:
    crowd_ = crowd("bluebird").first(3)
    outcome = await replay(installation.url, installation.key, "Three birds", crowd_, silent)

    async with AsyncClient(installation.url, installation.key) as client:
        people = {each["pseudonym"]: each["name"] for each in await client.people.list()}
        rows = [row async for row in client.tasks.list(outcome.project_id)]
        for row in rows:
            task = await client.tasks.get(outcome.project_id, row["id"])
            given = {people[each["annotator"]]: each["answers"][0]["value"] for each in task["annotations"]}
            assert given == crowd_.votes[row["external_id"] or ""]
    assert len(rows) == 3


# Of 11,040 tasks 333 have a known truth; the rest says nothing about accuracy.
@pytest.mark.parametrize(
    ("tasks", "votes", "workers"),
    [(12, 129, 56), pytest.param(333, 3317, 269, marks=pytest.mark.drill)],
)
async def test_adult2_where_its_truth_is_known_gives_the_accuracy_of_its_file(
    installation: Installation, tasks: int, votes: int, workers: int
) -> None:
    chosen = crowd("adult2").first(tasks)

    outcome = await replay(installation.url, installation.key, "Adult content", chosen, silent)

    assert (outcome.votes, outcome.tasks, outcome.workers) == (votes, tasks, workers)
    assert outcome.differing == []
    assert outcome.by_platform == outcome.by_file


@pytest.mark.drill
async def test_adult2_whole_gives_the_accuracy_of_its_file(installation: Installation) -> None:
    outcome = await replay(installation.url, installation.key, "Adult content", crowd("adult2"), silent)

    assert (outcome.votes, outcome.tasks, outcome.workers) == (89799, 11040, 825)
    assert outcome.differing == []
    assert outcome.by_platform == outcome.by_file
