"""An installation with a broker beside it, as an operator runs the two: processes of two users of the operating system.

The server's processes run as `nobody`, the broker as `daemon`, which every Linux has. Only root can start both.
"""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import evenhand
from evenhand.core.settings import PREFIX

SERVER, BROKER = "nobody", "daemon"


def as_user(name: str, *groups: int) -> dict[str, Any]:
    """What makes `subprocess` start a program as this user, in these groups beside its own."""
    entry = pwd.getpwnam(name)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": groups, "cwd": "/"}


def uid_of(name: str) -> int:
    """A user's number."""
    return pwd.getpwnam(name).pw_uid


def own(path: Path, name: str, mode: int) -> Path:
    """Give a file or folder to a user."""
    entry = pwd.getpwnam(name)
    os.chown(path, entry.pw_uid, entry.pw_gid)
    path.chmod(mode)
    return path


def environment(**given: str) -> dict[str, str]:
    """Ours without its settings, with what a Python of another place needs to find the same packages."""
    clean = {each: text for each, text in os.environ.items() if not each.startswith((PREFIX, "DATABASE_"))}
    packages = [str(Path(evenhand.__file__).parents[1]), *(each for each in sys.path if each.endswith("-packages"))]
    return {**clean, "HOME": "/", "PYTHONPATH": os.pathsep.join(packages), "PYTHONDONTWRITEBYTECODE": "1", **given}


def python_for_all() -> str | None:
    """A Python that both users may run: this one, or the system's where this one lies in somebody's home."""
    for program in (sys.executable, "/usr/bin/python3"):
        try:
            command = [program, "-c", "import asyncpg, evenhand.bootstrap"]
            done = subprocess.run(command, env=environment(), capture_output=True, timeout=60, **as_user(SERVER))
        except OSError:
            continue
        if done.returncode == 0:
            return program
    return None


@dataclass
class Process:
    """A command of ours that runs as another user. log: what it writes to standard error."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid

    def line(self) -> str:
        """The next line of its output; without one, it fails with what it said."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        return line.decode()

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal and wait until it is gone."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@dataclass
class Beside:
    """The two halves of an installation in one folder, and the broker's way in to the database."""

    folder: Path
    python: str
    database: dict[str, str]
    broker_url: str
    superuser_url: str = field(repr=False)
    started: list[Process] = field(default_factory=list)
    url: str = ""
    key: str = ""

    @property
    def socket(self) -> Path:
        """Where the broker listens."""
        return self.folder / "run" / "broker.sock"

    @property
    def broker_key(self) -> Path:
        """The broker's key file."""
        return self.folder / "broker" / "broker.key"

    @property
    def server_key(self) -> Path:
        """The server's key file."""
        return self.folder / "server" / "server.key"

    @property
    def services(self) -> Path:
        """The broker's file of key services."""
        return self.folder / "broker" / "services.toml"

    def run(self, name: str, user: str, arguments: Sequence[str], groups: Sequence[int] = (), **given: str) -> Process:
        """Start a command of ours as a user."""
        log = self.folder / f"{name}-{len(self.started)}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [self.python, "-m", "evenhand", *arguments],
                stdout=subprocess.PIPE,
                stderr=file,
                env=environment(**given),
                **as_user(user, *groups),
            )
        self.started.append(Process(name, process, log))
        return self.started[-1]

    def up(self, key_file: Path, **given: str) -> Process:
        """`evenhand up`, as the server's user."""
        data = str(self.folder / "server" / "data")
        arguments = ["up", "--data", data, "--key-file", str(key_file), "--port", "0", "--json"]
        return self.run("up", SERVER, arguments, [pwd.getpwnam(BROKER).pw_gid], **self.database, **given)

    def server(self) -> Process:
        """The server beside the broker."""
        return self.up(self.server_key, EVENHAND_BROKER=f"unix:{self.socket}")

    def broker(self) -> Process:
        """The broker, listening."""
        made = self.run(
            "broker",
            BROKER,
            ["broker", "--socket", str(self.socket)],
            EVENHAND_DATA=str(self.folder / "broker" / "data"),
            EVENHAND_KEY_FILE=str(self.broker_key),
            EVENHAND_KEY_SERVICES=str(self.services),
            EVENHAND_BROKER_PEERS=SERVER,
            DATABASE_URL=self.broker_url,
        )
        assert "listens at" in made.line()
        return made


def children_of(pid: int) -> list[int]:
    """The processes that a process started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def holds(pid: int, secret: bytes) -> bool:
    """Whether these bytes lie anywhere in a process's own memory. Root may look."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            start, stop = (int(each, 16) for each in place.split("-"))
            memory.seek(start)
            try:
                content = memory.read(stop - start)
            except OSError:
                continue  # a device's memory, which cannot be read like this
            if secret in content:
                return True
    return False
