"""What tests of every room may ask for: a real database on each supported major, and a world built on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import hypothesis
import pytest
import pytest_asyncio

import tries
from bucket_beside import installation, s3
from database import MAJORS, Cluster, Copy, clusters
from web import Web, web_of
from world import World, world_on

__all__ = ["installation", "s3"]
# The files that take longest, the longest first. A file is one process's work: begun last, it would be waited for by all others.
LONGEST = (
    "work/test_known_unseen.py",
    "work/test_gold_unseen.py",
    "walls/test_oracle.py",
    "verify/test_verify_log.py",
    "ledger/test_sequencer_kills.py",
    "insight/test_decider_kills.py",
    "operating/test_up.py",
    "operating/test_backup.py",
    "hostile/test_schemathesis.py",
    "contract/test_answers.py",
    "replay/test_replay.py",
    "replay/test_quality_of_a_crowd.py",
    "replay/test_adaptive.py",
    "drills/test_kills.py",
    "drills/test_kills_of_filings.py",
    "drills/test_stolen_disk.py",
    "cli/test_demo.py",
    "cli/test_drill.py",
    "cli/test_commands.py",
    "operating/test_backup_of_a_bucket.py",
    "operating/test_key_file.py",
    "operating/test_revoking.py",
    "operating/test_stopping.py",
    "operating/test_broker_process.py",
    "verify/test_verify_installation.py",
    "store/postgres/test_crashes.py",
    "store/postgres/test_dump.py",
    "docs/test_how_tos.py",
    "docs/test_tutorial.py",
    "quality/test_votes_that_cannot_tell.py",
    "quality/test_truth_goals.py",
    "quality/test_truth.py",
    "walls/test_race.py",
    "work/test_walls.py",
    "work/test_races.py",
    "people/test_operations.py",
    "insight/test_live.py",
)
assert tries.TIMES >= 1
hypothesis.settings.load_profile("evenhand")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--check 9`: what shows one of the auditor's checks, and its saboteurs."""
    parser.addoption(
        "--check",
        type=int,
        action="append",
        default=[],
        metavar="NUMBER",
        help="only what shows this check of docs/trust/checks.md, and its saboteurs; may be given more than once",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files first; and leave out what belongs to no check that is asked for."""
    places = {f"tests/{name}": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda each: places.get(each.location[0], len(places)))
    wanted = set(config.getoption("check"))
    if not wanted:
        return
    config.hook.pytest_deselected(items=[each for each in items if not wanted & checks_of(each)])
    items[:] = [each for each in items if wanted & checks_of(each)]


def checks_of(item: pytest.Item) -> set[int]:
    """The checks that a test shows or sabotages."""
    return {mark.args[0] for name in ("check", "saboteur") for mark in item.iter_markers(name)}


@pytest.fixture(scope="session")
def all_clusters() -> Iterator[dict[int, Cluster]]:
    """Servers by major, each started when first asked for."""
    with clusters() as made:
        yield made


@pytest.fixture(
    scope="session",
    params=[pytest.param(major, id=f"pg{major}", marks=[pytest.mark.drill] * (major != MAJORS[0])) for major in MAJORS],
)
def cluster(request: pytest.FixtureRequest, all_clusters: dict[int, Cluster]) -> Cluster:
    """A server of each major in turn; of the older ones in drills alone, but for the store's own tests (store/conftest.py)."""
    return all_clusters[request.param]


@pytest_asyncio.fixture
async def copy(cluster: Cluster) -> AsyncIterator[Copy]:
    """A database of the test's own, on each major: for tests that change the schema or what all tenants share."""
    made = await cluster.clone()
    yield made
    await cluster.drop(made)


@pytest_asyncio.fixture
async def own_world(copy: Copy) -> AsyncIterator[World]:
    """A world on a database of its own, on each major."""
    async with world_on(copy) as made:
        yield made


@pytest_asyncio.fixture
async def newest_copy(all_clusters: dict[int, Cluster]) -> AsyncIterator[Copy]:
    """The same on the newest major alone: for saboteurs."""
    made = await all_clusters[MAJORS[0]].clone()
    yield made
    await all_clusters[MAJORS[0]].drop(made)


@pytest_asyncio.fixture
async def saboteurs_world(newest_copy: Copy) -> AsyncIterator[World]:
    """A world on a database of its own, on the newest major: something in it is about to be broken."""
    async with world_on(newest_copy) as made:
        yield made


@pytest_asyncio.fixture(scope="session")
async def shared_world(all_clusters: dict[int, Cluster]) -> AsyncIterator[World]:
    """The world that tests of one process share."""
    async with world_on(await all_clusters[MAJORS[0]].clone()) as made:
        yield made


@pytest.fixture
def world(shared_world: World) -> World:
    """A world on the newest major. Tests make organizations of their own in it, as customers do."""
    return shared_world


@pytest_asyncio.fixture(scope="session")
async def web(shared_world: World) -> AsyncIterator[Web]:
    """The whole web application on the shared world, in this process."""
    async with web_of(shared_world) as made:
        yield made
