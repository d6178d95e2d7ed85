"""A clock that jumps, backwards and forwards: logs go on and verify, roots are made, and an honest witness is asked again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from ledger_world import put, read_log, sequencer_connections, state_of
from test_publishing import KEYS, Press

from database import Copy
from evenhand.ledger import publishing
from evenhand.ledger.checkpoint import log_key
from evenhand.ledger.rooting import Rooting
from evenhand.store.clock import SystemClock
from evenhand.store.database import Database
from evenhand.store.queries import Query
from go_verifier import go_verify
from witnesses import witness

DAY = 86_400
JUMPS = [365 * DAY, -365 * DAY, -30 * DAY, 31 * DAY, -60, 61]


@pytest.fixture
async def own_database(newest_copy: Copy) -> AsyncIterator[Database]:
    """Connections of the sequencer's own role."""
    async with sequencer_connections(newest_copy) as database:
        yield database


@pytest.fixture
def press(newest_copy: Copy, own_database: Database, tmp_path: Path) -> Press:
    """A press of the test's own, in the time of the machine."""
    press = Press(newest_copy, own_database, tmp_path / "blobs")
    press.clock.advance(seconds=(SystemClock().now() - press.clock.now()).total_seconds())
    return press


async def published_after_jumps(press: Press, bank: UUID) -> list[int]:
    """How much is published after each jump of the clock, with one entry before it."""
    sizes = []
    await put(press.copy, bank)
    await press.run()
    for seconds in JUMPS:
        press.clock.advance(seconds=seconds)
        await put(press.copy, bank)
        await press.run()
        sizes.append((await state_of(press.copy, bank))["published_size"])
    return sizes


async def test_a_log_comes_out_after_every_jump_and_verifies(press: Press) -> None:
    bank = uuid4()

    sizes = await published_after_jumps(press, bank)

    assert sizes == list(range(2, len(JUMPS) + 2))
    origin = (await state_of(press.copy, bank))["origin"]
    assert read_log(await press.log(bank))[0].size == len(JUMPS) + 1
    assert go_verify(await press.log(bank), log_key(origin, KEYS.log_signer(origin))) == (0, "OK")


async def test_without_the_look_at_checkpoints_of_the_future_a_log_stands_still_after_a_jump_back(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = publishing._queries["logs_due"]
    now = f"${due.parameters.index('now') + 1}"
    patient = due.sql.replace(f"OR c.made_at > {now}", f"OR {now}::timestamptz IS NULL")
    assert patient != due.sql
    monkeypatch.setitem(publishing._queries._queries, "logs_due", Query("logs_due", patient, due.parameters))

    sizes = await published_after_jumps(press, uuid4())

    assert sizes[1] == sizes[0]


async def test_a_root_over_all_is_made_after_a_jump_back(press: Press, own_database: Database) -> None:
    bank = uuid4()
    rooting = Rooting(own_database, press.clock)
    numbers = []
    for seconds in (0, 365 * DAY, -365 * DAY, 700):
        press.clock.advance(seconds=seconds)
        await put(press.copy, bank)
        await press.run()
        await rooting.root()
        async with press.copy.connect() as superuser:
            numbers.append(await superuser.fetchval("select max(number) from ledger_root"))

    assert numbers == [1, 2, 3, 4], "a root of the future keeps no later one from being made"


async def test_an_honest_witness_is_not_believed_while_our_clock_is_wrong_and_is_again_when_it_is_right(
    press: Press, tmp_path: Path
) -> None:
    bank = uuid4()
    await put(press.copy, bank)
    await press.run()
    origin = (await state_of(press.copy, bank))["origin"]
    said = []
    with witness(tmp_path / "w1", [log_key(origin, KEYS.log_signer(origin))]) as running:
        await press.witnesses.add("auditor", str(running.key), running.url)
        for seconds in (-DAY, DAY, DAY, -DAY):
            press.clock.advance(seconds=seconds)
            await put(press.copy, bank)
            await press.run()
            async with press.copy.connect() as superuser:
                row = await superuser.fetchrow("select * from ledger_witnessed where organization_id = $1", bank)
            said.append((row["outcome"], row["cosigned_size"], (await state_of(press.copy, bank))["published_size"]))

    # Every checkpoint comes out; a cosignature is taken over when its time can be told.
    assert said == [("lied", None, 2), ("cosigned", 3, 3), ("lied", 3, 4), ("cosigned", 5, 5)]
