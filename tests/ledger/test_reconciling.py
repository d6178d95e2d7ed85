"""After a restore, and whenever a log stopped, nothing is signed until somebody reconciles it; no fork is signed then either."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from ledger_world import leaves, put, read_log, sequence, sequencer_connections, state_of
from test_publishing import KEYS, Press

from database import Copy
from evenhand.core.canonical import canonical_json
from evenhand.ledger.cover import covered_leaf
from evenhand.ledger.model import LogForked
from evenhand.ledger.reconciling import PublishedUnknown, Reconciliation
from evenhand.ledger.tree import verify_inclusion
from evenhand.store.database import Database
from world import sabotage

RESTORED = (
    "select ledger_restored(now(), (select last_value + 1 from ledger_inbox_id_seq),"
    " (select last_value + 1 from governance_inbox_id_seq))"
)


@pytest_asyncio.fixture
async def own_database(copy: Copy) -> AsyncIterator[Database]:
    """Connections of the sequencer's own role."""
    async with sequencer_connections(copy) as database:
        yield database


@pytest.fixture
def press(copy: Copy, own_database: Database, tmp_path: Path) -> Press:
    """A press of the test's own."""
    return Press(copy, own_database, tmp_path)


def ceremony(press: Press, database: Database) -> Reconciliation:
    """What the operator's command runs."""
    return Reconciliation(database, press.sequencer, press.publisher, KEYS.log_signer, press.clock)


async def restored(press: Press, organization_id: UUID) -> None:
    """A log of three entries whose database was restored from a backup; two rows of the backup were not sequenced yet."""
    await put(press.copy, organization_id, 3)
    await press.run()
    await put(press.copy, organization_id, 2)
    async with press.copy.connect() as superuser:
        await superuser.execute(RESTORED)


async def public_bodies(copy: Copy) -> list[dict[str, Any]]:
    """The bodies of the public log's entries about logs that had stopped."""
    async with copy.connect() as superuser:
        rows = await superuser.fetch("select body::text from governance_inbox where action = 18 order by xid, id")
    return [json.loads(row[0]) for row in rows]


async def objects_in(copy: Copy, organization_id: UUID) -> list[Any]:
    """What the entries of an organization's logs are about, those about nothing left out, in no order."""
    return sorted(each["object_id"] for each in await leaves(copy, organization_id) if each["object_id"] is not None)


@pytest.mark.check(6)
async def test_after_a_restore_a_log_neither_grows_nor_signs(press: Press) -> None:
    bank = uuid4()
    await restored(press, bank)

    await put(press.copy, bank, 4)
    await press.run()

    state = await state_of(press.copy, bank)
    assert (state["state"], state["reason"], state["size"]) == ("stopped", "restored", 3)
    assert read_log(await press.log(bank))[0].size == 3


@pytest.mark.saboteur(6)
async def test_without_the_stop_a_restored_log_goes_on_signing(press: Press) -> None:
    await sabotage(press.copy, "ledger_restored", "set state = 'stopped', reason = 'restored',", "set")

    with pytest.raises(AssertionError):
        await test_after_a_restore_a_log_neither_grows_nor_signs(press)


async def test_organizations_that_come_after_a_restore_have_logs_at_once(press: Press) -> None:
    bank, newcomer = uuid4(), uuid4()
    await restored(press, bank)

    await put(press.copy, newcomer, 2)
    await press.run()

    assert read_log(await press.log(newcomer))[0].size == 2


async def test_a_reconciled_log_begins_anew_with_an_entry_that_names_the_old_head(
    press: Press, own_database: Database
) -> None:
    bank = uuid4()
    await restored(press, bank)
    old = await press.log(bank)
    kept = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    objects = await put(press.copy, bank, 4)
    await press.run()

    [done] = await ceremony(press, own_database).run()
    await put(press.copy, bank)
    await press.run()

    checkpoint, entries = read_log(await press.log(bank))
    old_root = read_log(old)[0]
    assert checkpoint.origin == done.origin != done.old_origin == old_root.origin
    assert b'"action":"log.reconcile"' in entries[0]
    assert f"{done.old_origin} stood at 3 ".encode() in entries[0]
    assert {path: path.read_bytes() for path in old.rglob("*") if path.is_file()} == kept
    found = await objects_in(press.copy, bank)
    assert len(found) == len(set(found)) == 3 + 2 + 4 + 1
    assert set(objects) <= set(found)


async def test_the_public_log_tells_of_it_and_names_no_log_and_each_customer_can_show_its_own(
    press: Press, own_database: Database
) -> None:
    banks = [uuid4() for _ in range(3)]
    for bank in banks[:-1]:
        await put(press.copy, bank, 3)
    await press.run()
    await restored(press, banks[-1])

    done = await ceremony(press, own_database).run()
    await press.run()

    public = await public_bodies(press.copy)
    [body] = [each for each in public if "logs" in each]
    assert body["logs"]["size"] == 4, "a power of two, whoever counts"
    for each in done:
        for secret in (each.old_origin, each.old_origin.rpartition("/")[2], each.origin, each.root):
            assert secret not in json.dumps(public)
    for bank in banks:
        first = json.loads(read_log(await press.log(bank))[1][0])
        told, _, opening = first["rule"].partition("; public ")
        origin, size, root, published, reason = re.fullmatch(
            r"(\S+) stood at (\d+) (\S+), published (\d+), stopped: (\S+)", told
        ).groups()
        index, salt, hashes = opening.split(" ")
        words = {"log": origin, "published": int(published), "reason": reason, "root": root, "size": int(size)}
        leaf = hashlib.sha256(b"\0" + bytes.fromhex(salt) + canonical_json(words)).digest()
        verify_inclusion(
            int(index),
            body["logs"]["size"],
            leaf,
            [bytes.fromhex(part) for part in hashes.split(",")],
            bytes.fromhex(body["logs"]["root"]),
        )


async def test_a_log_that_may_not_go_on_keeps_no_other_from_it(
    press: Press, own_database: Database, tmp_path: Path
) -> None:
    kept, lost = uuid4(), uuid4()
    await put(press.copy, lost, 2)
    await restored(press, kept)
    elsewhere = tmp_path / "fetched"
    place = await press.log(kept)
    shutil.copytree(place, elsewhere / place.name)

    with pytest.raises(PublishedUnknown):
        await ceremony(press, own_database).run(same_log=True, published=elsewhere)

    states = [(await state_of(press.copy, each))["state"] for each in (kept, lost)]
    assert states == ["open", "stopped"]


async def test_without_salts_anybody_could_try_whose_log_it_is(
    press: Press, own_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The saboteur: with known salts, what an outsider knows of a log is enough to find it in the public entry."""
    monkeypatch.setattr(secrets, "token_bytes", bytes)
    bank = uuid4()
    await restored(press, bank)

    [done] = await ceremony(press, own_database).run()

    [body] = [each for each in await public_bodies(press.copy) if "logs" in each]
    words = {"log": done.old_origin, "published": 3, "reason": "restored", "root": done.root, "size": 3}
    assert body["logs"]["root"] == covered_leaf(bytes(32), canonical_json(words)).hex()


async def test_what_waited_keeps_its_order_within_each_era(press: Press, own_database: Database) -> None:
    bank = uuid4()
    await restored(press, bank)
    later = await put(press.copy, bank, 5)
    await press.run()

    await ceremony(press, own_database).run()

    order = [each["object_id"] for each in await leaves(press.copy, bank) if each["object_id"] in later]
    assert order == later


async def test_a_log_goes_on_only_with_the_newest_published_checkpoint_at_hand(
    press: Press, own_database: Database, tmp_path: Path
) -> None:
    bank = uuid4()
    await restored(press, bank)
    elsewhere = tmp_path / "fetched"
    shutil.copytree(await press.log(bank), elsewhere)

    with pytest.raises(PublishedUnknown):
        await ceremony(press, own_database).run(same_log=True)
    assert (await state_of(press.copy, bank))["state"] == "stopped"
    [done] = await ceremony(press, own_database).run(same_log=True, published=elsewhere)
    await press.run()

    assert done.origin == done.old_origin
    assert (
        read_log(await press.log(bank))[0].size == 3 + 2 + 2
    )  # those of the backup, the restore's entry, the ceremony's


@pytest.mark.check(6)
async def test_a_log_whose_published_tree_is_larger_than_what_was_restored_does_not_go_on(
    copy: Copy, own_database: Database, press: Press, tmp_path: Path
) -> None:
    bank = uuid4()
    await put(copy, bank, 3)
    await press.run()
    async with copy.connect() as superuser:
        await superuser.execute(
            "create table kept as select * from ledger_log; create table at as select * from ledger_cursor"
        )
        await put(copy, bank, 3)
        await press.run()
        elsewhere = tmp_path / "fetched"
        shutil.copytree(await press.log(bank), elsewhere)
        await superuser.execute(
            "delete from ledger_leaf where index > 2; delete from ledger_checkpoint where size > 3;"
            "update ledger_log l set size = k.size, frontier = k.frontier, published_size = 3 from kept k"
            " where k.organization_id = l.organization_id;"
            "delete from ledger_inbox i using at where at.inbox = 'customers' and (i.xid, i.id) > (at.xid, at.id);"
            "update ledger_cursor c set xid = at.xid, id = at.id from at where at.inbox = c.inbox"
        )
        await superuser.execute(RESTORED)

    with pytest.raises(LogForked):
        await ceremony(press, own_database).run(same_log=True, published=elsewhere)
    [done] = await ceremony(press, own_database).run(published=elsewhere)
    await press.run()

    assert done.published == 6
    assert read_log(await press.log(bank))[0].origin != done.old_origin


async def test_a_restore_while_a_log_is_stopped_loses_no_row(press: Press, own_database: Database) -> None:
    bank = uuid4()
    await restored(press, bank)
    await put(press.copy, bank, 4)
    await sequence(press.sequencer)
    async with press.copy.connect() as superuser:
        await superuser.execute(RESTORED)
    await put(press.copy, bank, 2)
    await press.run()

    await ceremony(press, own_database).run()
    await press.run()

    found = await objects_in(press.copy, bank)
    assert len(found) == len(set(found)) == 3 + 2 + 4 + 2


@pytest.mark.check(4)
@pytest.mark.parametrize("forgery", ["size = 0", "frontier = '{}'", "size = 9", "frontier = array['\\x00'::bytea]"])
async def test_a_log_whose_row_was_forged_stops_alone_and_begins_anew_from_what_was_signed(
    press: Press, own_database: Database, forgery: str
) -> None:
    bank, other = uuid4(), uuid4()
    for each in (bank, other):
        await put(press.copy, each, 3)
    await press.run()
    async with press.copy.connect() as superuser:
        await superuser.execute(f"update ledger_log set {forgery} where organization_id = $1", bank)
    for each in (bank, other):
        await put(press.copy, each, 2)

    restarted = Press(press.copy, own_database, press.folder)
    restarted.clock.advance(seconds=120)
    await restarted.run()
    state = await state_of(press.copy, bank)
    [done] = await ceremony(restarted, own_database).run()
    await restarted.run()

    assert (state["state"], state["reason"]) in (("stopped", "log-forked"), ("stopped", "log-shrunk"))
    assert read_log(await press.log(other))[0].size == 5
    assert done.origin != done.old_origin
    assert len(await objects_in(press.copy, bank)) == 5


async def test_without_a_stopped_log_there_is_nothing_to_do(press: Press, own_database: Database) -> None:
    await put(press.copy, uuid4(), 3)
    await press.run()

    assert await ceremony(press, own_database).run() == []
