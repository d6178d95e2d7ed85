"""Checkpoints come out with the cosignatures of witnesses that run elsewhere; who they are is on public record."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from ledger_world import DOMAIN, put, read_log, sequencer_connections, state_of
from test_publishing import KEYS, SOMEBODY, Press

from database import Copy
from evenhand.ledger.checkpoint import log_key
from evenhand.ledger.entry import GOVERNANCE
from evenhand.ledger.lines import Unreadable
from evenhand.ledger.note import VerifierKey, read_note
from evenhand.ledger.policy import Log, policy_of
from evenhand.ledger.witnesses import NoSuchWitness, WitnessTaken
from evenhand.store.clock import SystemClock
from evenhand.store.database import Database
from witnesses import witness


@pytest_asyncio.fixture
async def own_database(copy: Copy) -> AsyncIterator[Database]:
    """Connections of the sequencer's own role."""
    async with sequencer_connections(copy) as database:
        yield database


@pytest.fixture
def press(copy: Copy, own_database: Database, tmp_path: Path) -> Press:
    """A press of the test's own, in the time of its witnesses, which is that of the machine."""
    press = Press(copy, own_database, tmp_path / "blobs")
    press.clock.advance(seconds=(SystemClock().now() - press.clock.now()).total_seconds())
    return press


async def begun(press: Press, organization_id: UUID, count: int = 3) -> str:
    """The origin of an organization's log, with so many entries that are published."""
    await put(press.copy, organization_id, count)
    await press.run()
    origin: str = (await state_of(press.copy, organization_id))["origin"]
    return origin


def key_of(origin: str) -> VerifierKey:
    """A log's key."""
    return log_key(origin, KEYS.log_signer(origin))


async def witnessed(press: Press, organization_id: UUID) -> list[Any]:
    """What the witnesses did about a log."""
    async with press.copy.connect() as superuser:
        found: list[Any] = await superuser.fetch(
            "select * from ledger_witnessed where organization_id = $1 order by witness", organization_id
        )
    return found


async def test_a_checkpoint_comes_out_cosigned_and_fulfils_the_policy(press: Press, tmp_path: Path) -> None:
    bank = uuid4()
    origin = await begun(press, bank)
    with (
        witness(tmp_path / "w1", [key_of(origin)]) as one,
        witness(tmp_path / "w2", [key_of(origin)], "witness.example/w2") as two,
    ):
        for name, each in (("auditor", one), ("university", two)):
            await press.witnesses.add(name, str(each.key), each.url)
        policy = await press.witnesses.ask_for(2)
        for _ in range(3):
            await put(press.copy, bank, 300)
            await press.run()

    note = read_note((await press.log(bank) / "checkpoint").read_bytes())
    mine = policy_of([Log(key_of(origin))], policy.witnesses, 2)
    assert mine.require(note).cosigned_by == ("auditor", "university")
    assert read_log(await press.log(bank))[0].size == 903
    assert {(row["outcome"], row["cosigned_size"]) for row in await witnessed(press, bank)} == {("cosigned", 903)}


async def test_a_silent_witness_holds_nothing_back(press: Press, tmp_path: Path) -> None:
    bank = uuid4()
    origin = await begun(press, bank)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with witness(tmp_path / "w1", [key_of(origin)]) as one:
        await press.witnesses.add("auditor", str(one.key), one.url)
        await press.witnesses.add("away", str(SOMEBODY), f"http://127.0.0.1:{port}")
        await put(press.copy, bank)
        await press.run()

    assert read_log(await press.log(bank))[0].size == 4
    assert {row["witness"]: row["outcome"] for row in await witnessed(press, bank)} == {
        "auditor": "cosigned",
        "away": "silent",
    }


async def test_within_the_hour_a_log_without_news_is_cosigned_again(press: Press, tmp_path: Path) -> None:
    bank = uuid4()
    origin = await begun(press, bank)
    with witness(tmp_path / "w1", [key_of(origin)]) as one:
        await press.witnesses.add("auditor", str(one.key), one.url)
        await press.run()
        [before] = await witnessed(press, bank)
        async with press.copy.connect() as superuser:
            await superuser.execute("update ledger_witnessed set cosigned_at = cosigned_at - interval '61 minutes'")
        press.clock.advance(seconds=120)
        await press.publisher.publish()

    [after] = await witnessed(press, bank)
    assert after["asked_at"] > before["asked_at"]
    assert after["cosigned_size"] == before["cosigned_size"] == 3


async def test_a_witness_that_knows_another_history_is_an_alarm_and_no_stop(press: Press, tmp_path: Path) -> None:
    bank = uuid4()
    origin = await begun(press, bank, 5)
    with witness(tmp_path / "w1", [key_of(origin)]) as one:
        await press.witnesses.add("auditor", str(one.key), one.url)
        await put(press.copy, bank, 5)
        await press.run()
        async with press.copy.connect() as superuser:
            # The database is set back behind what the witness has seen, and everything that would tell of it here with it.
            await superuser.execute(
                "delete from ledger_leaf where index > 4; delete from ledger_checkpoint where size > 5;"
                "update ledger_log l set size = 0, frontier = '{}', published_size = 0; delete from ledger_leaf;"
                "delete from ledger_checkpoint; update ledger_cursor set xid = '0', id = 0;"
                "delete from ledger_inbox where id > (select min(id) + 4 from ledger_inbox)"
            )
        (await press.log(bank) / "checkpoint").unlink()
        again = Press(press.copy, press.publisher._database, press.folder)
        again.clock.advance(seconds=(press.clock.now() - again.clock.now()).total_seconds() + 120)
        await again.run()

    [row] = await witnessed(press, bank)
    assert row["outcome"] == "ahead"
    assert (await state_of(press.copy, bank))["state"] == "open"


async def test_every_change_of_the_witnesses_is_on_public_record(press: Press) -> None:
    vkey = "auditor.example+"
    with pytest.raises(Unreadable):
        await press.witnesses.add("auditor", vkey, "https://auditor.example")
    with pytest.raises(NoSuchWitness):
        await press.witnesses.remove("auditor")
    with pytest.raises(Unreadable):
        await press.witnesses.ask_for(1)

    await press.witnesses.add("auditor", str(SOMEBODY), "https://auditor.example")
    with pytest.raises(WitnessTaken):
        await press.witnesses.add("auditor", str(SOMEBODY), "https://auditor.example")
    await press.witnesses.ask_for(1)
    await press.witnesses.remove("auditor")
    await press.run()

    async with press.copy.connect() as superuser:
        bodies = await superuser.fetch("select body from governance_inbox where action = 9 order by xid, id")
    policies = [json.loads(row["body"])["policy"] for row in bodies]
    assert ["quorum none" in each for each in policies] == [True, False, True]
    assert read_log(await press.log(GOVERNANCE))[0].origin == f"{DOMAIN}/log/governance"
