"""What is published is signed, complete and checkable with the files alone; what contradicts it is not signed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from ledger_world import DOMAIN, leaves, put, read_log, sequence, sequencer_connections, state_of

from database import Copy
from evenhand.boundary.outbound import Guard
from evenhand.core.errors import StorageFull
from evenhand.ledger.checkpoint import log_key, open_checkpoint
from evenhand.ledger.cosignature import witness_key
from evenhand.ledger.publishing import Publisher
from evenhand.ledger.rooting import Rooting
from evenhand.ledger.sequencing import Sequencer
from evenhand.ledger.tree import root_of
from evenhand.ledger.witnesses import Witnesses
from evenhand.store.blobs import ObjectStore
from evenhand.store.clock import SteppedClock
from evenhand.store.database import Database
from evenhand.vault.keyfile import KeyFile
from world import MORNING

KEYS = KeyFile(b"c" * 32, b"l" * 32, b"s" * 32)
# The key of a witness that nobody runs.
SOMEBODY = witness_key("somebody.example", KEYS.receipt_signer("somebody"))


class Press:
    """A sequencer and a publisher on one database and one folder, moved by hand."""

    def __init__(self, copy: Copy, database: Database, folder: Path, blobs: ObjectStore | None = None) -> None:
        self.copy = copy
        self.folder = folder
        self.clock = SteppedClock(MORNING)
        self.sequencer = Sequencer(database, self.clock, DOMAIN)
        store: Any = blobs or ObjectStore.local(folder)
        self.witnesses = Witnesses(database, store, Guard([ip_network("127.0.0.0/8")]), self.clock)
        self.publisher = Publisher(database, self.sequencer, self.witnesses, store, KEYS.log_signer, self.clock)

    async def run(self) -> None:
        """Sequence and publish all there is."""
        await sequence(self.sequencer)
        self.clock.advance(seconds=11)
        while await self.publisher.publish():
            pass

    async def log(self, organization_id: UUID) -> Path:
        """The folder of an organization's published log."""
        return self.folder / "ledger" / (await state_of(self.copy, organization_id))["opaque"]


@pytest_asyncio.fixture
async def own_database(copy: Copy) -> AsyncIterator[Database]:
    """Connections of the sequencer's own role."""
    async with sequencer_connections(copy) as database:
        yield database


@pytest.fixture
def press(copy: Copy, own_database: Database, tmp_path: Path) -> Press:
    """A press of the test's own."""
    return Press(copy, own_database, tmp_path)


async def test_a_log_is_published_as_files_that_make_its_signed_tree(press: Press) -> None:
    bank = uuid4()
    for count in (1, 254, 1, 1, 600):
        await put(press.copy, bank, count)
        await press.run()

        checkpoint, entries = read_log(await press.log(bank))

    assert checkpoint.size == len(entries) == 857
    assert checkpoint.root == root_of([each["hash"] for each in await leaves(press.copy, bank)])
    signed = (await press.log(bank) / "checkpoint").read_bytes()
    assert open_checkpoint(signed, log_key(checkpoint.origin, KEYS.log_signer(checkpoint.origin)))[0] == checkpoint


async def test_ten_seconds_lie_between_two_checkpoints_of_a_log(press: Press) -> None:
    bank = uuid4()
    await put(press.copy, bank)
    await press.run()
    await put(press.copy, bank)
    await sequence(press.sequencer)

    press.clock.advance(seconds=9)
    await press.publisher.publish()
    early = read_log(await press.log(bank))[0]
    press.clock.advance(seconds=2)
    await press.publisher.publish()

    assert (early.size, read_log(await press.log(bank))[0].size) == (1, 2)


async def test_without_news_nothing_is_written(press: Press) -> None:
    bank = uuid4()
    await put(press.copy, bank)
    await press.run()
    before = {path: path.stat().st_mtime_ns for path in press.folder.rglob("*") if path.is_file()}

    await press.run()

    assert {path: path.stat().st_mtime_ns for path in press.folder.rglob("*") if path.is_file()} == before


class FailingStore:
    """A store whose disk is full after so many writes."""

    def __init__(self, folder: Path, writes: int) -> None:
        self._store = ObjectStore.local(folder)
        self._left = writes

    async def replace(self, name: str, content: bytes) -> None:
        if self._left == 0:
            raise StorageFull()
        self._left -= 1
        await self._store.replace(name, content)

    async def whole(self, name: str) -> bytes:
        return await self._store.whole(name)


@pytest.mark.parametrize("writes", range(9))
async def test_a_disk_that_fills_up_leaves_the_older_log_whole_and_the_next_try_ends_it(
    copy: Copy, own_database: Database, tmp_path: Path, writes: int
) -> None:
    bank = uuid4()
    await put(copy, bank, 200)
    first = Press(copy, own_database, tmp_path)
    await first.run()
    await put(copy, bank, 400)
    store: Any = FailingStore(tmp_path, writes)
    full = Press(copy, own_database, tmp_path, store)
    full.clock.advance(seconds=60)

    try:
        await full.run()
    except StorageFull:
        assert read_log(await full.log(bank))[0].size == 200

    again = Press(copy, own_database, tmp_path)
    again.clock.advance(seconds=120)
    await again.run()

    assert read_log(await full.log(bank))[0].size == 600


# ------------------------------------------------------------------------------------------------- what is not signed --
async def stopped(press: Press, organization_id: UUID) -> str | None:
    """Why an organization's log stopped."""
    state = await state_of(press.copy, organization_id)
    return state["reason"] if state["state"] == "stopped" else None


@pytest.mark.parametrize(
    "forgery",
    [
        "update ledger_inbox set decision = 'allow' where id = (select max(id) from ledger_inbox)",
        "delete from ledger_inbox where id = (select max(id) from ledger_inbox)",
        "update ledger_leaf set hash = sha256('x') where index = 5",
    ],
    ids=["edited", "deleted", "rehashed"],
)
async def test_a_row_that_was_changed_before_it_was_published_is_not_signed(press: Press, forgery: str) -> None:
    bank = uuid4()
    await put(press.copy, bank, 3)
    await press.run()
    await put(press.copy, bank, 3)
    await sequence(press.sequencer)
    async with press.copy.connect() as superuser:
        await superuser.execute(forgery)

    press.clock.advance(seconds=60)
    await press.publisher.publish()

    assert await stopped(press, bank) == "log-forked"
    assert read_log(await press.log(bank))[0].size == 3


@pytest.mark.check(6)
async def test_a_database_that_was_set_back_signs_nothing(copy: Copy, own_database: Database, tmp_path: Path) -> None:
    bank = uuid4()
    await put(copy, bank, 3)
    press = Press(copy, own_database, tmp_path)
    await press.run()
    async with copy.connect() as superuser:
        await superuser.execute(
            "create table kept as select * from ledger_log; create table at as select * from ledger_cursor"
        )
        await put(copy, bank, 3)
        await press.run()
        await superuser.execute(
            "delete from ledger_leaf where index > 2; delete from ledger_checkpoint where size > 3;"
            "update ledger_log l set size = k.size, frontier = k.frontier from kept k where k.organization_id = l.organization_id;"
            "delete from ledger_inbox i using at where at.inbox = 'customers' and (i.xid, i.id) > (at.xid, at.id);"
            "update ledger_cursor c set xid = at.xid, id = at.id from at where at.inbox = c.inbox"
        )
    await put(copy, bank)

    restarted = Press(copy, own_database, tmp_path)
    restarted.clock.advance(seconds=600)
    await restarted.run()

    assert await stopped(restarted, bank) == "log-shrunk"
    assert read_log(await press.log(bank))[0].size == 6


@pytest.mark.saboteur(6)
async def test_without_the_comparison_with_what_is_published_a_database_set_back_signs_a_fork(
    copy: Copy, own_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def meet_nobody(*_: Any) -> None:
        return None

    monkeypatch.setattr(Publisher, "_meet", meet_nobody)

    with pytest.raises(AssertionError):
        await test_a_database_that_was_set_back_signs_nothing(copy, own_database, tmp_path)


async def test_a_published_checkpoint_that_another_key_signed_stops_the_log(
    copy: Copy, own_database: Database, tmp_path: Path
) -> None:
    bank = uuid4()
    await put(copy, bank, 3)
    press = Press(copy, own_database, tmp_path)
    await press.run()
    file = await press.log(bank) / "checkpoint"
    file.write_bytes(file.read_bytes().replace(b"\n3\n", b"\n2\n"))
    await put(copy, bank)

    restarted = Press(copy, own_database, tmp_path)
    restarted.clock.advance(seconds=600)
    await restarted.run()

    assert await stopped(restarted, bank) == "log-forked"


@pytest.mark.check(4)
@pytest.mark.parametrize("is_out", [False, True], ids=["not out yet", "asked for its witnesses"])
async def test_a_checkpoint_row_that_somebody_forged_stops_its_log_and_no_other(press: Press, is_out: bool) -> None:
    bank, other = uuid4(), uuid4()
    for each in (bank, other):
        await put(press.copy, each, 3)
    await press.run()
    async with press.copy.connect() as superuser:
        await superuser.execute("update ledger_checkpoint set note = 'rubbish' where organization_id = $1", bank)
        if not is_out:
            await superuser.execute("update ledger_log set published_size = 2 where organization_id = $1", bank)
    if is_out:
        await press.witnesses.add("auditor", str(SOMEBODY), "http://127.0.0.1:9")
    await put(press.copy, other)
    press.clock.advance(seconds=120)
    await press.run()

    await Rooting(press.publisher._database, press.clock).root()

    assert await stopped(press, bank) == "log-forked"
    assert read_log(await press.log(other))[0].size == 4
    async with press.copy.connect() as superuser:
        assert await superuser.fetchval("select array_agg(organization_id) from ledger_root_leaf") == [other]


async def test_lost_files_are_written_again_from_the_rows(copy: Copy, own_database: Database, tmp_path: Path) -> None:
    bank = uuid4()
    await put(copy, bank, 300)
    press = Press(copy, own_database, tmp_path)
    await press.run()
    for path in (await press.log(bank)).rglob("tile/**/*"):
        if path.is_file():
            path.unlink()

    await put(copy, bank)
    await press.run()

    assert read_log(await press.log(bank))[0].size == 301


# --------------------------------------------------------------------------------------------------- what is watched --
async def facts(press: Press) -> dict[str, float]:
    """What the operator is told."""
    async with press.copy.connect(as_="app") as app:
        return dict(await app.fetchrow("select * from ledger_facts($1)", press.clock.now()))


async def test_lag_and_stops_are_told_without_naming_anybody(press: Press) -> None:
    bank = uuid4()
    await put(press.copy, bank, 3)
    async with press.copy.connect() as superuser:
        await superuser.execute("update ledger_inbox set at = $1", press.clock.now())
    press.clock.advance(seconds=40)

    waiting = await facts(press)
    await sequence(press.sequencer)
    unpublished = await facts(press)
    await press.run()
    published = await facts(press)
    async with press.copy.connect() as superuser:
        await superuser.execute("update ledger_log set state = 'stopped'")

    assert (waiting["ledger_waiting_rows"], waiting["ledger_waiting_seconds"]) == (3, 40)
    assert (unpublished["ledger_waiting_rows"], unpublished["ledger_unpublished_seconds"]) == (0, 40)
    assert set(published.values()) == {0}
    assert (await facts(press))["ledger_logs_stopped"] == 1
