"""`evenhand up` with its processes in reach: who they are, and what its database really holds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
import psutil


@dataclass
class Installed:
    """A running installation of one's own. seconds: how long its first start took."""

    folder: Path
    url: str
    key: str = field(repr=False)
    supervisor: psutil.Process
    seconds: float

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    def process(self, name: str) -> psutil.Process | None:
        """`web`, `worker` or `postgres`, if it runs now."""
        word = {"web": "serve", "worker": "worker", "postgres": "postgres"}[name]
        for child in self.supervisor.children():
            try:
                command = child.cmdline()
            except psutil.Error:
                continue
            if name == "postgres" and command and command[0].endswith("postgres"):
                return child
            if command[-1:] == [word] and name != "postgres":
                return child
        return None

    def kill(self, name: str, seconds: float = 60) -> None:
        """`kill -9`; when it is not back yet from the last one, as soon as it is."""
        deadline = time.monotonic() + seconds
        while (victim := self.process(name)) is None:
            assert time.monotonic() < deadline, f"{name} is not back"
            time.sleep(0.02)
        victim.kill()

    def wait(self, seconds: float = 60) -> float:
        """Until it answers again; how long that took."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return time.monotonic() - started
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not back after {seconds} s:\n" + (self.folder / "log").read_text()[-3000:])

    async def superuser(self) -> asyncpg.Connection:
        """A look behind every wall."""
        lines = (self.data / "postgres" / "cluster" / "postmaster.pid").read_text().splitlines()
        password = (self.data / "postgres" / "superuser.password").read_text().strip()
        return await asyncpg.connect(
            host="127.0.0.1", port=int(lines[3]), user="postgres", password=password, database="evenhand",
            server_settings={"search_path": "evenhand, pg_catalog"},
        )  # fmt: skip


@contextmanager
def installed(**settings: str) -> Iterator[Installed]:
    """Started on a fresh folder, with settings in its environment; stopped as an operator would, its folder removed."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-test-"))
    folder.chmod(0o755)
    command = [sys.executable, "-m", "evenhand", "up", "--data", str(folder / "data"), "--port", "0", "--json"]
    started = time.monotonic()
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env={**os.environ, **settings})
    assert server.stdout is not None
    try:
        line = server.stdout.readline()
        assert line, (folder / "log").read_text()
        ready = json.loads(line)
        seconds = time.monotonic() - started
        yield Installed(folder, ready["url"], ready["admin_key"], psutil.Process(server.pid), seconds)
    finally:
        server.terminate()
        server.wait(60)
        server.stdout.close()
        shutil.rmtree(folder)
