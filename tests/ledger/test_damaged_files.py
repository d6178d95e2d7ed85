"""Published files with flipped bytes, under a running installation: it fails over none, proves nothing with them, others go on."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from ledger_world import put, read_log, sequencer_connections, state_of
from test_publishing import KEYS, Press

from database import Copy
from evenhand.bootstrap import open_log_keeper
from evenhand.ledger import reading, witnesses
from evenhand.ledger.bundles import Log
from evenhand.ledger.checkpoint import log_key
from evenhand.ledger.lines import Unreadable
from evenhand.ledger.note import SignatureRefused, read_note
from evenhand.ledger.policy import Policy, QuorumMissing, read_policy
from evenhand.ledger.proof import read_proof
from evenhand.ledger.tree import ProofRefused
from evenhand.ledger.witnessing import Submission
from evenhand.store.clock import SystemClock
from evenhand.store.database import Database
from tries import TIMES
from web import web_of
from witnesses import witness
from world import world_on


@dataclass
class Published:
    """A bank with a published log of some hundred entries. entries: two of them, by id, with what they say."""

    folder: Path
    script: httpx.AsyncClient
    site: str
    policy: Policy
    entries: dict[str, bytes]

    @property
    def files(self) -> list[Path]:
        return sorted(each for each in self.folder.rglob("*") if each.is_file())

    async def ask(self, file: Path) -> list[str]:
        """What is wrong with the answers while this file is as it is, in words."""
        found = []
        served = await self.script.get(f"{self.site}/{file.relative_to(self.folder).as_posix()}")
        if served.status_code != 200:
            found.append(f"{file.name} is answered with {served.status_code}")
        if (facts := await self.script.get("/ledger")).status_code != 200:
            found.append(f"the facts are answered with {facts.status_code}")
        for id_, entry in self.entries.items():
            receipt = await self.script.get(f"/ledger/entries/{id_}/receipt")
            if receipt.status_code != 200:
                if (code := receipt.json()["code"]) != "log-damaged":
                    found.append(f"a receipt is refused with {code}")
            elif not proves(receipt.content, entry, self.policy):
                found.append("a receipt that proves nothing is handed out")
        return found


def proves(receipt: bytes, entry: bytes, policy: Policy) -> bool:
    with suppress(Unreadable, SignatureRefused, QuorumMissing, ProofRefused):
        read_proof(receipt).require(entry, policy)
        return True
    return False


@pytest.fixture
async def published(newest_copy: Copy) -> AsyncIterator[Published]:
    async with world_on(newest_copy) as world, web_of(world) as web:
        bank = await world.organization()
        await bank.project(tasks=3)
        await put(newest_copy, bank.id, 300)
        keeper = open_log_keeper(world.settings, world.services)
        while await keeper.sequence() or await keeper.publish():
            pass
        async with newest_copy.connect() as superuser:
            rows = await superuser.fetch(
                "select entry_id, index from ledger_leaf where organization_id = $1 and index in (1, 280)", bank.id
            )
        opaque = (await state_of(newest_copy, bank.id))["opaque"]
        folder = world.settings.data / "blobs" / "ledger" / opaque
        _, entries = read_log(folder)
        async with web.script(bank.owner) as script:
            policy = read_policy((await script.get("/ledger")).json()["policy"].encode())
            about = {row["entry_id"].hex(): entries[row["index"]] for row in rows}
            yield Published(folder, script, f"http://evenhand.test/log/{opaque}", policy, about)
        await keeper.close()


async def flip(published: Published, per_file: int, seed: int) -> list[str]:
    """Change so many bytes of each file, one at a time, and ask for everything; what went wrong."""
    chance, found, flips = random.Random(seed), set(), 0
    for file in published.files:
        content = file.read_bytes()
        for at in sorted(chance.sample(range(len(content)), min(per_file, len(content)))):
            file.write_bytes(content[:at] + bytes([content[at] ^ chance.randrange(1, 256)]) + content[at + 1 :])
            found.update(await published.ask(file))
            flips += 1
        for cut in (b"", content[: len(content) // 2], content + b"x"):
            file.write_bytes(cut)
            found.update(await published.ask(file))
        file.write_bytes(content)
    print(f"\n{flips} flipped bytes of {len(published.files)} files, seed {seed}")
    assert await published.ask(published.files[0]) == []
    return sorted(found)


@pytest.mark.check(7)
async def test_a_server_hands_out_no_proof_from_changed_files_and_fails_over_none(published: Published) -> None:
    assert await flip(published, per_file=25, seed=1) == []


@pytest.mark.drill
@pytest.mark.check(7)
async def test_a_server_fails_over_no_changed_byte_of_thousands(published: Published) -> None:
    assert await flip(published, per_file=600 * TIMES, seed=2) == []


@pytest.mark.saboteur(7)
async def test_a_server_that_believes_its_files_hands_out_what_proves_nothing(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "verify_inclusion", lambda *_: None)

    assert "a receipt that proves nothing is handed out" in await flip(published, per_file=25, seed=1)


# ------------------------------------------------------------------------------------------------- while it publishes --
@pytest.fixture
async def own_database(newest_copy: Copy) -> AsyncIterator[Database]:
    async with sequencer_connections(newest_copy) as database:
        yield database


@pytest.mark.check(7)
@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
async def test_a_damaged_tile_of_one_log_costs_it_its_cosignatures_and_no_other_log_anything(
    newest_copy: Copy, own_database: Database, tmp_path: Path, damage: str
) -> None:
    bank, other = uuid4(), uuid4()
    press = Press(newest_copy, own_database, tmp_path / "blobs")
    press.clock.advance(seconds=(SystemClock().now() - press.clock.now()).total_seconds())
    keys = []
    for each in (bank, other):
        await put(newest_copy, each, 100)
        await press.run()
        origin = Log.of(await state_of(newest_copy, each)).origin
        keys.append(log_key(origin, KEYS.log_signer(origin)))
    with witness(tmp_path / "w1", keys) as running:
        for each in (bank, other):
            note = read_note((await press.log(each) / "checkpoint").read_bytes())
            assert running.send(Submission(0, (), note).write()).status_code == 200
            await put(newest_copy, each, 220)
        await press.run()
        spoil(await press.log(bank) / "tile" / "0" / "000", damage)
        await press.witnesses.add("auditor", str(running.key), running.url)
        press.clock.advance(seconds=60)
        await press.run()

    async with newest_copy.connect() as superuser:
        rows = await superuser.fetch("select organization_id, cosigned_size from ledger_witnessed")
    cosigned = {row["organization_id"]: row["cosigned_size"] for row in rows}
    assert (cosigned.get(bank), cosigned[other]) == (None, 320)
    assert [(await state_of(newest_copy, each))["published_size"] for each in (bank, other)] == [320, 320]


def spoil(tile: Path, damage: str) -> None:
    """One bit of the hash of leaf 110, which the proof from 100 entries needs; half of the file; all of it."""
    content = bytearray(tile.read_bytes())
    content[110 * 32] ^= 1
    tile.unlink()
    if damage != "gone":
        tile.write_bytes(content if damage == "flipped" else content[:100])


@pytest.mark.saboteur(7)
async def test_where_damage_is_not_contained_no_log_comes_out(
    newest_copy: Copy, own_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Nobody(Exception):
        pass

    monkeypatch.setattr(witnesses, "BlobMissing", Nobody)
    monkeypatch.setattr(witnesses, "Unreadable", Nobody)

    with pytest.raises(Unreadable):
        await test_a_damaged_tile_of_one_log_costs_it_its_cosignatures_and_no_other_log_anything(
            newest_copy, own_database, tmp_path, "cut"
        )
