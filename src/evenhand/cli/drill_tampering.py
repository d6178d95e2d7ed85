"""The last acts of the drill: an entry edited with the database's own rights, a log fetched as a customer does, two verifiers."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from evenhand.cli.verifying import CHECKOUT, verifier
from evenhand.client import Client
from evenhand.client.call import Call
from evenhand.client.errors import EvenhandError
from evenhand.client.verbs import at
from evenhand.ledger.tiles import tiles_of
from evenhand.store.queries import Queries

_queries = Queries(files("evenhand.cli").joinpath("drill.sql").read_text(encoding="utf-8"))
# Where Debian's golang-golang-x-mod-dev puts Go's own library.
GOPATH = Path("/usr/share/gocode")
_INDEX = re.compile(r"\b(?:entry|index) (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Edited:
    """What was done to the ledger. index: the entry's place in the customer's log."""

    index: int
    action: str
    statement: str


@dataclass(frozen=True)
class Package:
    """A customer's log in a folder. policy, vkey: as they were in its contract, before anybody touched anything."""

    folder: Path
    policy: Path
    vkey: str


@dataclass(frozen=True)
class Verdict:
    """What a verifier says. index: the entry that it names, None for none."""

    tool: str
    said: str
    index: int | None
    did_run: bool = True


def published(client: Client, seconds_max: float) -> dict[str, Any]:
    """The customer's ledger, once every entry that has its place is signed. Raises EvenhandError when that takes too long."""
    until = time.monotonic() + seconds_max
    while time.monotonic() < until:
        ledger: dict[str, Any] = client.send(Call("GET", at("ledger")))
        if ledger["log"] and ledger["log"]["published"] == ledger["log"]["size"]:
            return ledger
        time.sleep(0.5)
    raise EvenhandError({"code": "drill-failed", "detail": "The ledger was not published in time."})


def edit(superuser: str, organization: str, published_size: int) -> Edited:
    """Make the first look by one of the vendor's people out to nobody, as the superuser of the database may."""
    row = asyncio.run(_look(superuser, UUID(organization), published_size))
    forge = _queries["forge"]
    statement = forge.sql
    for number, name in enumerate(forge.parameters, start=1):
        # Both are numbers that the database itself gave.
        statement = statement.replace(f"${number}", f"'{int(row[name])}'")
    _execute(superuser, statement)
    return Edited(row["index"], row["name"], statement)


async def _look(superuser: str, organization_id: UUID, size: int) -> Any:
    connection = await asyncpg.connect(superuser)
    try:
        row = await _queries.row(connection, "look", organization_id=organization_id, size=size)
    finally:
        await connection.close()
    if row is None:
        raise EvenhandError({"code": "drill-failed", "detail": "There is no look in the ledger to forge."})
    return row


def _execute(superuser: str, statement: str) -> None:
    """By psql where it is here, as whoever does such a thing would; else by the driver."""
    psql = shutil.which("psql")
    if psql is None:
        asyncio.run(_by_driver(superuser, statement))
        return
    command = [psql, superuser, "-v", "ON_ERROR_STOP=1", "-qc", statement]
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 -- the statement above
    if done.returncode:
        raise EvenhandError({"code": "drill-failed", "detail": done.stderr.strip()})


async def _by_driver(superuser: str, statement: str) -> None:
    connection = await asyncpg.connect(superuser)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def fetch(client: Client) -> Iterator[Package]:
    """The customer's own log, file by file over HTTP, in a folder that goes with the block."""
    ledger: dict[str, Any] = client.send(Call("GET", at("ledger")))
    log = ledger["log"]
    with tempfile.TemporaryDirectory(prefix="evenhand-drill-") as place:
        folder = Path(place) / "log"
        base = httpx.URL(log["url"]).path

        def keep(name: str) -> bytes:
            content = b"".join(client.stream(Call("GET", f"{base}/{name}")))
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            return content

        # The checkpoint first: it says which tiles there are.
        for name in _files(int(keep("checkpoint").split(b"\n")[1])):
            keep(name)
        policy = Path(place) / "policy.tlog"
        policy.write_text(ledger["policy"])
        yield Package(folder, policy, log["vkey"])


def _files(size: int) -> list[str]:
    tiles = list(tiles_of(size))
    return [*(tile.path for tile in tiles), *(tile.entries_path for tile in tiles if tile.level == 0)]


def our_verdict(package: Package) -> Verdict:
    """What evenhand-verify says, which knows nothing of Evenhand but its files."""
    module = verifier()
    tool = "evenhand-verify log"
    if module is None:
        return Verdict(tool, "left out: pip install evenhand-verify", None, did_run=False)
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        module.main(["log", str(package.folder), "--policy", str(package.policy)])
    return _verdict(tool, said.getvalue())


def go_verdict(package: Package) -> Verdict:
    """What Go's own transparency log code says, where it is here: `verify/go` of a checkout, and Debian's packages."""
    source, tool = CHECKOUT.parent / "go", "verify/go"
    go = shutil.which("go")
    if go is None or not source.is_dir() or not (GOPATH / "src/golang.org/x/mod/sumdb").is_dir():
        reason = "left out: it needs a checkout, and apt-get install golang-go golang-golang-x-mod-dev"
        return Verdict(tool, reason, None, did_run=False)
    with tempfile.TemporaryDirectory(prefix="evenhand-go-") as folder:
        program = f"{folder}/verify"
        ours = ["GO111MODULE=off", f"GOPATH={GOPATH}", "GOFLAGS=", f"GOCACHE={folder}/cache"]
        build = ["/usr/bin/env", *ours, go, "build", "-o", program, "."]
        built = subprocess.run(build, cwd=source, capture_output=True, text=True)  # noqa: S603 -- Go, of our own source
        if built.returncode:
            return Verdict(tool, f"left out: {built.stderr.strip()}", None, did_run=False)
        check = [program, "-key", package.vkey, str(package.folder)]
        done = subprocess.run(check, capture_output=True, text=True)  # noqa: S603 -- what was just built
    return _verdict(tool, done.stdout + done.stderr)


def _verdict(tool: str, said: str) -> Verdict:
    named = _INDEX.search(said)
    return Verdict(tool, said.strip(), int(named[1]) if named else None)
