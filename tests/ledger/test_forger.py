"""A forger with every right: superuser of the database, and the log's real key. What he cannot reach is what somebody kept.

He changes rows, makes the whole log anew from them, and signs it. Whoever has nothing from before believes it; a verifier with one
kept checkpoint names the first entry that is not what was logged, and a witness refuses to go along.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from ledger_world import put, sequencer_connections, state_of
from test_publishing import KEYS, Press

from database import Copy
from evenhand.ledger.checkpoint import log_key
from evenhand.ledger.note import VerifierKey
from evenhand.ledger.policy import Log, policy_of
from evenhand.store.clock import SystemClock
from evenhand.store.database import Database
from go_verifier import go_verify
from witnesses import RunningWitness, witness

VERIFIER = Path(__file__).parents[2] / "verify" / "evenhand_verify.py"
SIZE, AT, OTHER = 300, 123, 270
ROW = "from ledger_leaf f where (i.xid, i.id) = (f.xid, f.id) and f.organization_id = $1 and f.index"
FORGERIES = {
    "edited": [f"update ledger_inbox i set rule = 'nothing happened' {ROW} = {AT}"],
    "dropped": [f"delete from ledger_inbox i using {ROW.removeprefix('from ')} = {AT}"],
    "swapped": [
        "with two as (select i.*, f.index from ledger_inbox i join ledger_leaf f using (xid, id)"
        f" where f.organization_id = $1 and f.index in ({AT}, {OTHER}))"
        " update ledger_inbox i set object_id = other.object_id from two as this, two as other"
        " where (i.xid, i.id) = (this.xid, this.id) and this.index <> other.index"
    ],
}
# Every trace of what was signed, so that all of it is made once more.
ANEW = (
    "delete from ledger_leaf; delete from ledger_checkpoint; delete from ledger_witnessed;"
    "update ledger_log set size = 0, frontier = '{}', published_size = 0; update ledger_cursor set xid = '0', id = 0"
)


@dataclass
class Forger:
    """A published log of 300 entries, what a customer kept of it, and what a forger may do to it."""

    press: Press
    database: Database
    organization_id: UUID
    folder: Path
    key: VerifierKey
    room: Path

    @property
    def policy(self) -> Path:
        """What is in the contract: the log's key."""
        file = self.room / "policy.tlog"
        file.write_bytes(policy_of([Log(self.key)], [], 0).write())
        return file

    def verify(self, *more: str) -> dict[str, Any]:
        """What the stand-alone verifier says of the log as it stands."""
        command = [sys.executable, "-I", "-S", str(VERIFIER), "log", str(self.folder), "--policy", str(self.policy)]
        done = subprocess.run([*command, *more, "--json"], capture_output=True, text=True, timeout=120, check=False)
        assert done.stderr == ""
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def keep(self) -> Path:
        """The checkpoint that a customer keeps, in the files of both verifiers."""
        shutil.copy(self.folder / "checkpoint", self.room / "checkpoint.kept")
        assert self.verify("--save", str(self.room / "kept"))["problems"] == []
        return self.room / "kept"

    async def forge(self, forgery: str) -> None:
        """Change rows, and make the log anew with its real key, as long as it was."""
        async with self.press.copy.connect() as superuser:
            for statement in FORGERIES[forgery]:
                await superuser.execute(statement, self.organization_id)
            await superuser.execute(ANEW)
        shutil.rmtree(self.folder)
        anew = Press(self.press.copy, self.database, self.press.folder)
        anew.clock.advance(seconds=(self.press.clock.now() - anew.clock.now()).total_seconds() + 60)
        if forgery == "dropped":
            await put(self.press.copy, self.organization_id, 1)
        await anew.run()
        self.press = anew
        assert (await state_of(self.press.copy, self.organization_id))["published_size"] == SIZE


@pytest_asyncio.fixture
async def forger(newest_copy: Copy, tmp_path: Path) -> AsyncIterator[Forger]:
    async with sequencer_connections(newest_copy) as database:
        bank = uuid4()
        press = Press(newest_copy, database, tmp_path / "blobs")
        press.clock.advance(seconds=(SystemClock().now() - press.clock.now()).total_seconds())
        await put(newest_copy, bank, SIZE)
        await press.run()
        origin = (await state_of(newest_copy, bank))["origin"]
        yield Forger(press, database, bank, await press.log(bank), log_key(origin, KEYS.log_signer(origin)), tmp_path)


@pytest.mark.check(4)
@pytest.mark.parametrize("forgery", FORGERIES)
async def test_what_is_forged_and_signed_anew_is_named_by_whoever_kept_a_checkpoint(
    forger: Forger, forgery: str
) -> None:
    kept = forger.keep()

    await forger.forge(forgery)

    told = forger.verify("--since", str(kept))
    code, said = go_verify(forger.folder, forger.key, saved=forger.room / "checkpoint.kept")
    assert (told["exit_code"], told["first_bad_index"]) == (1, AT)
    assert {each["code"] for each in told["problems"]} == {"history-changed"}
    assert (code, "kept checkpoint" in said) == (1, True)


@pytest.mark.saboteur(4)
@pytest.mark.parametrize("forgery", FORGERIES)
async def test_without_anything_that_was_kept_the_forged_log_verifies(forger: Forger, forgery: str) -> None:
    """So that it is the kept checkpoint which tells, and not a clumsy forger."""
    await forger.forge(forgery)

    assert forger.verify()["exit_code"] == 0
    assert go_verify(forger.folder, forger.key) == (0, "OK")


# ------------------------------------------------------------------------------------------------- two histories at once --
async def second_history(forger: Forger, tmp_path: Path, sabotage: str = "") -> dict[str, tuple[str, int | None]]:
    """Show one history to two witnesses, then another one; of each what became of asking it, and what it cosigned last."""
    with (
        witness(tmp_path / "w1", [forger.key], "w1.example/witness", sabotage=sabotage) as one,
        witness(tmp_path / "w2", [forger.key], "w2.example/witness", sabotage=sabotage) as two,
    ):
        await watch(forger.press, one, two)
        await forger.press.run()
        forger.keep()
        await forger.forge("edited")
        await put(forger.press.copy, forger.organization_id, 20)
        await forger.press.run()
    async with forger.press.copy.connect() as superuser:
        rows = await superuser.fetch("select witness, outcome, cosigned_size from ledger_witnessed order by witness")
    return {row["witness"]: (row["outcome"], row["cosigned_size"]) for row in rows}


async def watch(press: Press, *running: RunningWitness) -> None:
    for each in running:
        await press.witnesses.add(each.key.name.partition(".")[0], str(each.key), each.url)


@pytest.mark.check(5)
async def test_a_second_history_is_refused_by_two_witnesses_and_two_verifiers_that_saw_the_first(
    forger: Forger, tmp_path: Path
) -> None:
    """What the two witnesses kept in one such run stands in docs/evidence/fork.md."""
    answered = await second_history(forger, tmp_path)

    told = forger.verify("--since", str(forger.room / "kept"))
    code, said = go_verify(forger.folder, forger.key, saved=forger.room / "checkpoint.kept")
    assert answered == {"w1": ("refused", None), "w2": ("refused", None)}
    assert (told["exit_code"], told["first_bad_index"]) == (1, AT)
    assert (code, "kept checkpoint" in said) == (1, True)
    for name in ("w1", "w2"):
        kept = [file.read_text() for file in (tmp_path / name / "refused").iterdir()]
        assert any(f"two trees of {SIZE} entries" in text for text in kept)
        assert all(text.count(f"— {forger.key.name} ") >= 2 for text in kept), "both notes bear the log's own signature"


GULLIBLE = """
from evenhand.ledger import witness
witness.require_continuation = lambda submission, keys, held: submission.checkpoint
"""


@pytest.mark.saboteur(5)
async def test_witnesses_that_check_nothing_cosign_both_histories(forger: Forger, tmp_path: Path) -> None:
    assert await second_history(forger, tmp_path, GULLIBLE) == {"w1": ("cosigned", 320), "w2": ("cosigned", 320)}
