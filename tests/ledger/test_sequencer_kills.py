"""`kill -9` of the sequencer at random moments: no index is used twice, no row is missing or doubled, all verifies."""

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
from ledger_world import leaves, read_log, record, state_of

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
    await asyncio.sleep(0.05)
sequencing.Sequencer.append = apart
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

    def start(self, sabotage: str = "") -> subprocess.Popen[bytes]:
        """A sequencer, once it is ready."""
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), self.copy.sequencer_url, str(self.key), str(self.data)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "SABOTAGE": sabotage},
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


async def killed(
    run: Run,
    kills: int,
    rows: int,
    seed: int,
    sabotage: str = "",
    patience_seconds: float = 120,
    within_seconds: float = 0.25,
) -> None:
    """So many kills at random moments beside two writers, each within some seconds; then the rest is sequenced in peace."""
    chance = random.Random(seed)
    writing = [asyncio.create_task(run.write(rows, seed + number)) for number in range(2)]
    for number in range(kills):
        run.allowed = rows * (number + 1) // kills
        process = await asyncio.to_thread(run.start, sabotage)
        await asyncio.sleep(chance.random() * within_seconds)
        process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(process.wait, 20)
        assert process.stdout is not None
        process.stdout.close()
        for organization_id in run.committed:
            await verify_published(run, organization_id)
    run.allowed = rows
    await asyncio.gather(*writing)
    process = await asyncio.to_thread(run.start, sabotage)
    try:
        deadline = time.monotonic() + patience_seconds
        for organization_id, objects in run.committed.items():
            while time.monotonic() < deadline:
                state = await state_of(run.copy, organization_id)
                if (state is not None and state["published_size"] >= len(objects)) or (
                    state and state["state"] != "open"
                ):
                    break
                await asyncio.sleep(0.1)
    finally:
        process.kill()
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()


async def verify_published(run: Run, organization_id: UUID) -> int:
    """The size of the published log, all of whose files make its tree; 0 before there is one."""
    state = await state_of(run.copy, organization_id)
    if state is None or not (run.data / "ledger" / state["opaque"] / "checkpoint").exists():
        return 0
    return read_log(run.data / "ledger" / state["opaque"])[0].size


async def wrong(run: Run) -> list[str]:
    """What is not as it must be, in words."""
    found = []
    for organization_id, objects in run.committed.items():
        rows = await leaves(run.copy, organization_id)
        counted = Counter(row["object_id"] for row in rows)
        if [row["index"] for row in rows] != list(range(len(rows))):
            found.append("an index is missing or was used twice")
        if missing := set(objects) - counted.keys():
            found.append(f"{len(missing)} rows are missing")
        if doubled := [each for each, count in counted.items() if count > 1]:
            found.append(f"{len(doubled)} rows are doubled")
        if await verify_published(run, organization_id) != len(objects):
            found.append("not all is published")
    return found


@pytest.fixture
def run(copy: Copy) -> Iterator[Run]:
    """Three organizations on a database of the test's own."""
    with tempfile.TemporaryDirectory(prefix="evenhand-test-") as folder:
        key = Path(folder) / "test.key"
        write_durably(key, make_key_file().as_json())
        yield Run(copy, Path(folder), key, {uuid4(): [] for _ in range(3)})


async def test_a_sequencer_that_is_killed_loses_and_doubles_nothing(run: Run) -> None:
    await killed(run, kills=6, rows=3_000, seed=7)

    assert await wrong(run) == []


@pytest.mark.drill  # by chance, so with more kills than the usual ring has time for
async def test_a_cursor_in_a_transaction_of_its_own_is_found_by_the_kills(run: Run) -> None:
    await killed(run, kills=0, rows=300, seed=7, sabotage=TWO_TRANSACTIONS)
    assert await wrong(run) == []  # left alone it does its work

    await killed(run, kills=30, rows=6_000, seed=7, sabotage=TWO_TRANSACTIONS, patience_seconds=4)

    assert await wrong(run) != []


@pytest.mark.drill
async def test_two_hundred_kills_over_a_hundred_thousand_entries(run: Run) -> None:
    await killed(run, kills=200, rows=100_000, seed=11, within_seconds=1.5)

    assert await wrong(run) == []
    signers = parse_key_file(run.key.read_bytes(), run.key).log_signer
    for organization_id in run.committed:
        state = await state_of(run.copy, organization_id)
        key = log_key(state["origin"], signers(state["origin"]))
        code, said = go_verify(run.data / "ledger" / state["opaque"], key)
        assert code == 0, said
