"""Release agents as customers run them: processes of their own, with a policy, a key and a counter file."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from evenhand.cli.listening import listen
from evenhand.ledger.policy import Policy
from evenhand.vault.services.release_agent import AgentService, open_service

TOKEN = "a-token-of-the-agent"


def free_port() -> int:
    """A port that nobody listens on now: an agent keeps it through every start, since its address names its key."""
    with listen("127.0.0.1", 0) as listening:
        return int(listening.getsockname()[1])


@dataclass
class Agent:
    """One customer's agent in a folder. services: its file of key services. said: what it printed, a line a start."""

    folder: Path
    organization: UUID
    policy: Policy
    services: str = ""
    port: int = field(default_factory=free_port)
    said: list[str] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        key = self.folder / "own.key"
        key.write_bytes(os.urandom(32))
        self.services = self.services or f'[own]\nkind = "file"\npath = "{key}"\n'
        lines = self.services.splitlines()
        lines.insert(1, f'organizations = ["{self.organization}"]')
        (self.folder / "services.toml").write_text("\n".join(lines) + "\n")
        (self.folder / "policy.tlog").write_bytes(self.policy.write())
        (self.folder / "token").write_text(TOKEN)

    def command(self, *options: str, sabotage: str = "") -> list[str]:
        """What runs it. sabotage: Python that spoils it."""
        return [
            *(sys.executable, "-c", f"import sys\n{sabotage}\nfrom evenhand.cli import main\nmain()"),
            *("agent", "--organization", str(self.organization), "--policy", str(self.folder / "policy.tlog")),
            *("--services", str(self.folder / "services.toml"), "--token-file", str(self.folder / "token")),
            *("--counter", str(self.folder / "count"), "--port", str(self.port), *options),
        ]

    def start(self, *options: str, sabotage: str = "") -> Agent:
        """Run it until it listens. sabotage: Python that spoils it."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(*options, sabotage=sabotage), stdout=subprocess.PIPE, stderr=log
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        assert line, (self.folder / "log").read_text()
        assert int(re.findall(r":(\d+); ", line)[0]) == self.port
        self.said.append(line)
        return self

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal and wait until it is gone; its exit code."""
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.process.stdout.close()
        self.process = None
        return code

    @property
    def counted(self) -> list[dict[str, Any]]:
        """The lines of its counter file."""
        file = self.folder / "count"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def service(self) -> AgentService:
        """How an operator's server asks it."""
        return open_service(
            "bank", {"address": f"http://127.0.0.1:{self.port}", "token_file": str(self.folder / "token")}
        )
