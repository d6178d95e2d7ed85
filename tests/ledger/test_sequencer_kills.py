"""`kill -9` of the sequencer, at points of a round and at random moments: no index twice, no row lost or doubled, all verifies."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from ledger_world import leaves, put, read_log, record, state_of

from database import Copy
from evenhand.ledger.checkpoint import log_key
from evenhand.vault.keyfile import make_key_file, parse_key_file, write_durably
from go_verifier import go_verify

PROGRAM = Path(__file__).with_name("sequencing_process.py")
# A crash between the leaves and the cursor, if these were not one transaction: the rows would be taken once more.
TWO_TRANSACTIONS = """
from evenhand.ledger import sequencing
append = sequencing.Sequencer.append
async def apart(self, connection, rows):
    await append(self, connection, rows)
    await connection.execute("commit; begin")
sequencing.Sequencer.append = apart
"""
# What a checkpoint speaks of would come out after it.
TILES_LAST = """
replace, publish, waiting = ObjectStore.replace, publishing.Publisher.publish, []
async def late(self, name, content):
    if "/tile/" in name:
        waiting.append((self, name, content))
    else:
        await replace(self, name, content)
async def tiles_last(self):
    is_more = await publish(self)
    while waiting:
        await replace(*waiting.pop(0))
    return is_more
ObjectStore.replace, publishing.Publisher.publish = late, tiles_last
"""


@dataclass
class Run:
    """Writers beside a sequencer that is killed again and again. committed: objects by organization."""

    copy: Copy
    folder: Path
    key: Path
    committed: dict[UUID, list[UUID]]
    allowed: int = 0

    @property
    def data(self) -> Path:
        """Where the logs are published."""
        return self.folder / "blobs"

    def start(self, sabotage: str = "", killed: str | None = None) -> subprocess.Popen[bytes]:
        """A sequencer, once it is ready."""
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), self.copy.sequencer_url, str(self.key), str(self.data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "SABOTAGE": sabotage, **({"KILLED": killed} if killed else {})},
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    async def write(self, rows: int, seed: int) -> None:
        """Transactions of several organizations, until so many rows are there; no more at a time than are allowed by then."""
        chance = random.Random(seed)
        async with self.copy.connect(as_="app") as app:
            while (written := sum(map(len, self.committed.values()))) < rows:
                if written >= self.allowed:
                    await asyncio.sleep(0.01)
                    continue
                organization_id = chance.choice(list(self.committed))
                async with app.transaction():
                    objects = await record(app, organization_id, chance.choice([1, 2, 50, 200]))
                self.committed[organization_id] += objects

    async def finish(self, sabotage: str = "", patience_seconds: float = 120) -> None:
        """Sequence and publish in peace what is there. A sequencer that ends by itself is not started again."""
        process = await asyncio.to_thread(self.start, sabotage)
        try:
            deadline = time.monotonic() + patience_seconds
            while not await self.is_published() and process.poll() is None and time.monotonic() < deadline:
                await asyncio.sleep(0.1)
        finally:
            ended(process)

    async def is_published(self) -> bool:
        """Whether all that was committed is in a published checkpoint."""
        states = [(await state_of(self.copy, each), objects) for each, objects in self.committed.items()]
        return all(state is not None and state["published_size"] >= len(objects) for state, objects in states)


def ended(process: subprocess.Popen[bytes]) -> int:
    """Kill a sequencer, if it still runs; how it ended."""
    process.send_signal(signal.SIGKILL)
    code = process.wait(20)
    assert process.stdout is not None
    process.stdout.close()
    return code


async def killed(
    run: Run, kills: int, rows: int, seed: int, within_seconds: float = 0.25, *, by_go: bool = False
) -> None:
    """So many kills at random moments beside two writers, each within some seconds; then the rest is sequenced in peace.

    After each the published logs are rebuilt, by Go's code where asked for.
    """
    chance = random.Random(seed)
    writing = [asyncio.create_task(run.write(rows, seed + number)) for number in range(2)]
    for number in range(kills):
        run.allowed = rows * (number + 1) // kills
        process = await asyncio.to_thread(run.start)
        await asyncio.sleep(chance.random() * within_seconds)
        assert await asyncio.to_thread(ended, process) == -signal.SIGKILL
        for organization_id in run.committed:
            await (verify_by_go if by_go else verify_published)(run, organization_id)
    run.allowed = rows
    await asyncio.gather(*writing)
    await run.finish()


async def verify_published(run: Run, organization_id: UUID) -> int:
    """The size of the published log, all of whose files make its tree; 0 before there is one."""
    state = await state_of(run.copy, organization_id)
    if state is None or not (run.data / "ledger" / state["opaque"] / "checkpoint").exists():
        return 0
    return read_log(run.data / "ledger" / state["opaque"])[0].size


async def verify_by_go(run: Run, organization_id: UUID) -> None:
    """Go's code rebuilds the whole published tree, and finds in it the one that was kept before."""
    state = await state_of(run.copy, organization_id)
    if state is None or not (run.data / "ledger" / state["opaque"] / "checkpoint").exists():
        return
    key = log_key(state["origin"], parse_key_file(run.key.read_bytes(), run.key).log_signer(state["origin"]))
    folder, saved = run.data / "ledger" / state["opaque"], run.folder / f"{state['opaque']}.kept"
    code, said = await asyncio.to_thread(go_verify, folder, key, saved=saved if saved.exists() else None)
    assert code == 0, said
    saved.write_bytes((folder / "checkpoint").read_bytes())


async def wrong(run: Run) -> list[str]:
    """What is not as it must be, in words."""
    found = []
    for organization_id, objects in run.committed.items():
        rows = await leaves(run.copy, organization_id)
        counted = Counter(row["object_id"] for row in rows)
        if [row["index"] for row in rows] != list(range(len(rows))):
            found.append("an index is missing or was used twice")
        if set(objects) - counted.keys():
            found.append("rows are missing")
        if any(count > 1 for count in counted.values()):
            found.append("rows are doubled")
        try:
            if await verify_published(run, organization_id) != len(objects):
                found.append("not all is published")
        except FileNotFoundError:
            found.append("a file is missing of which the checkpoint speaks")
    return found


@pytest.fixture
def run(copy: Copy) -> Iterator[Run]:
    """Three organizations on a database of the test's own, on each major."""
    yield from run_on(copy, 3)


@pytest.fixture
def short_run(newest_copy: Copy) -> Iterator[Run]:
    """One organization, on the newest major."""
    yield from run_on(newest_copy, 1)


def run_on(copy: Copy, organizations: int) -> Iterator[Run]:
    with tempfile.TemporaryDirectory(prefix="evenhand-test-") as folder:
        key = Path(folder) / "test.key"
        write_durably(key, make_key_file().as_json())
        yield Run(copy, Path(folder), key, {uuid4(): [] for _ in range(organizations)})


# ---------------------------------------------------------------------------------------------- at a point of a round --
POINTS = [
    "before add_leaves", "after add_leaves", "after grow_log", "before move_cursor", "after move_cursor",
    "before /tile/entries/", "after /tile/entries/", "after /tile/0/", "before add_checkpoint", "after add_checkpoint",
    "before /checkpoint", "after /checkpoint", "after set_published",
]  # fmt: skip


async def kill_at(run: Run, point: str, sabotage: str = "") -> None:
    """New rows, and a sequencer that ends at this point of its way with them."""
    for organization_id in run.committed:
        run.committed[organization_id] += await put(run.copy, organization_id, 300)
    process = await asyncio.to_thread(run.start, sabotage, point)
    try:
        await asyncio.to_thread(process.wait, 60)
    finally:
        assert ended(process) == -signal.SIGKILL


@pytest.mark.check(2)
async def test_a_kill_at_any_point_of_a_round_loses_and_doubles_nothing(short_run: Run) -> None:
    for point in POINTS:
        await kill_at(short_run, point)
        for organization_id in short_run.committed:
            await verify_published(short_run, organization_id)

    await short_run.finish()

    assert await wrong(short_run) == []


@pytest.mark.saboteur(2)
async def test_a_cursor_in_a_transaction_of_its_own_is_found_by_a_kill_before_it(short_run: Run) -> None:
    """The unique key of entries is the second guard: the rows are not doubled, but nothing goes on any more."""
    await kill_at(short_run, "before move_cursor", TWO_TRANSACTIONS)
    await short_run.finish(TWO_TRANSACTIONS)

    assert await wrong(short_run) == ["not all is published"]


@pytest.mark.saboteur(2)
async def test_without_the_unique_key_as_well_a_kill_doubles_rows(short_run: Run) -> None:
    async with short_run.copy.connect() as superuser:
        await superuser.execute("alter table ledger_leaf drop constraint ledger_leaf_is_one_entry")

    await kill_at(short_run, "before move_cursor", TWO_TRANSACTIONS)
    await short_run.finish(TWO_TRANSACTIONS)

    assert "rows are doubled" in await wrong(short_run)


@pytest.mark.saboteur(2)
async def test_a_checkpoint_that_comes_out_before_its_files_is_found_by_a_kill_between(short_run: Run) -> None:
    await kill_at(short_run, "after set_published", TILES_LAST)

    assert "a file is missing of which the checkpoint speaks" in await wrong(short_run)


# ------------------------------------------------------------------------------------------------- at random moments --
@pytest.mark.check(2)
async def test_a_sequencer_that_is_killed_loses_and_doubles_nothing(run: Run) -> None:
    await killed(run, kills=6, rows=3_000, seed=7)

    assert await wrong(run) == []


@pytest.mark.drill
@pytest.mark.check(2)
async def test_two_hundred_kills_over_a_hundred_thousand_entries(newest_copy: Copy) -> None:
    """Go's verifier rebuilds each log whole after each kill, and finds in it what was published before."""
    for run in run_on(newest_copy, 3):
        await killed(run, kills=200, rows=100_000, seed=11, within_seconds=0.8, by_go=True)

        assert await wrong(run) == []
        for organization_id in run.committed:
            await verify_by_go(run, organization_id)
        print(f"\n200 kills, {sum(map(len, run.committed.values()))} entries in three logs, seed 11")
