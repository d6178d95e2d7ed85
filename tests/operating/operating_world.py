"""Installations that a test starts, stops, breaks and brings back, through the command line as an operator would."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

Commands = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**given: str) -> dict[str, str]:
    """This process's environment without any setting of ours but those given."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("EVENHAND_", "DATABASE_"))}
    return {**clean, "COLUMNS": "200", **given}


def evenhand(*arguments: str | Path, timeout: float = 120, **given: str) -> subprocess.CompletedProcess[str]:
    """Run `evenhand` to its end."""
    command = [sys.executable, "-m", "evenhand", *map(str, arguments)]
    return subprocess.run(command, env=environment(**given), capture_output=True, text=True, timeout=timeout)


@dataclass
class Running:
    """An `evenhand up` that a test started."""

    process: subprocess.Popen[bytes]
    log: Path
    url: str = ""
    key: str | None = field(default=None, repr=False)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it and wait until it is gone."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        assert self.process.stdout is not None
        code = self.process.wait(60)
        self.process.stdout.close()
        return code

    def said(self) -> str:
        """What it wrote to standard error so far."""
        return self.log.read_text()


@dataclass
class Own:
    """Installations in one folder: each with a data folder, all of them stopped in the end."""

    folder: Path
    started: list[Running] = field(default_factory=list)

    def begin(self, data: Path, *options: str, **given: str) -> Running:
        """Start `evenhand up` and do not wait for it."""
        log = self.folder / f"log-{len(self.started)}"
        command = [sys.executable, "-m", "evenhand", "up", "--data", str(data), "--port", "0", "--json", *options]
        with log.open("wb") as file:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=file, env=environment(**given))
        self.started.append(Running(process, log))
        return self.started[-1]

    def up(self, data: Path, *options: str, **given: str) -> Running:
        """Start `evenhand up` and wait until it is ready."""
        running = self.begin(data, *options, **given)
        assert running.process.stdout is not None
        line = running.process.stdout.readline()
        assert line, running.said()
        ready: dict[str, Any] = json.loads(line)
        running.url, running.key = ready["url"], ready.get("admin_key")
        return running


@pytest.fixture
def folder() -> Iterator[Path]:
    """A new folder that any account may enter: as root PostgreSQL runs as nobody, and pytest's folders are closed."""
    made = Path(tempfile.mkdtemp(prefix="evenhand-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def own(folder: Path) -> Iterator[Own]:
    """Starts installations in the folder, and stops what still runs."""
    world = Own(folder)
    yield world
    for running in world.started:
        if running.process.poll() is None:
            running.stop()
        elif running.process.stdout is not None:
            running.process.stdout.close()


@pytest.fixture
def commands() -> Commands:
    """Runs `evenhand` with arguments and settings, to its end."""
    return evenhand


def wait_until(is_so: Callable[[], Any], seconds: float = 30.0) -> Any:
    """What `is_so` says once it says something, or its last word after some seconds."""
    deadline = time.monotonic() + seconds
    while not (found := is_so()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found
