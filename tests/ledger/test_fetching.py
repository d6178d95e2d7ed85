"""A customer fetches the logs of a running installation into a folder, and anybody checks them there without the server."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ledger_world import read_log

from evenhand import AsyncClient, Client
from evenhand.client import audit
from evenhand.client.errors import EvenhandError
from evenhand.ledger.policy import read_policy
from evenhand.ledger.proof import read_proof
from evenhand.ledger.tiles import tiles_of
from serving import Installation

LABELS = {"labels": ["positive", "negative"]}


def eventually(is_so: Callable[[], bool], seconds: float = 40) -> bool:
    """Whether something comes about within some seconds: a checkpoint is made every ten."""
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.2)
    return is_so()


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_536, 70_000])
def test_the_client_knows_the_names_of_all_files_of_a_log(size: int) -> None:
    names = {tile.path for tile in tiles_of(size)}
    names |= {tile.entries_path for tile in tiles_of(size) if tile.level == 0}

    assert set(audit.files_of(size)) == names


def test_a_fetched_copy_verifies_grows_and_holds_receipts(installation: Installation, tmp_path: Path) -> None:
    with Client(installation.url, installation.key) as client:
        project = client.projects.create("Reviews", preset="text-classification", fill=LABELS)["id"]
        client.tasks.import_(project, [{"text": "Fine."}])
        assert eventually(lambda: (client.ledger.get()["log"] or {}).get("published", 0) > 1)
        client.ledger.fetch(tmp_path)
        first, entries = read_log(tmp_path / "log")
        read_log(tmp_path / "governance")

        task = next(iter(client.tasks.list(project)))["id"]
        look = client.tasks.looks(project, task)[0]["entry_id"]
        assert client.ledger.receipt(look)
        assert eventually(lambda: client.ledger.receipt(look).startswith(b"c2sp.org/tlog-proof"))
        client.ledger.fetch(tmp_path, receipts=[look])

    second, more = read_log(tmp_path / "log")
    assert second.size > first.size
    assert more[: first.size] == entries
    proof = read_proof((tmp_path / "receipts" / f"{look}.tlog-proof").read_bytes())
    policy = read_policy((tmp_path / "policy.tlog").read_bytes())
    assert proof.require(more[proof.index], policy).checkpoint.origin == first.origin


def test_the_asynchronous_client_fetches_the_same(installation: Installation, tmp_path: Path) -> None:
    async def fetch() -> None:
        async with AsyncClient(installation.url, installation.key) as client:
            await client.ledger.fetch(tmp_path)
            with pytest.raises(EvenhandError):
                await client.ledger.receipt("0" * 32)

    assert eventually(lambda: asyncio.run(fetch()) is None and (tmp_path / "log" / "checkpoint").is_file())

    assert read_log(tmp_path / "log")[0].size > 0


def evenhand(installation: Installation, *arguments: str) -> str:
    """What a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "evenhand", "ledger", *arguments],
        env={**os.environ, "EVENHAND_URL": installation.url, "EVENHAND_API_KEY": installation.key},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_commands_fetch_and_tell_how_the_logs_stand(installation: Installation, tmp_path: Path) -> None:
    assert eventually(lambda: "governance" in evenhand(installation, "status", "--data", str(installation.data)))

    evenhand(installation, "fetch", str(tmp_path), "--json")
    rows = [
        json.loads(line)
        for line in evenhand(installation, "status", "--data", str(installation.data), "--json").splitlines()
    ]

    assert (tmp_path / "policy.tlog").is_file()
    assert {row["state"] for row in rows} == {"open"}
    assert rows[0]["origin"].endswith(".localhost/log/governance")
    assert "No log has stopped." in evenhand(installation, "reconcile", "--data", str(installation.data))
