"""Real witness processes for tests, and checkpoints to send them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from evenhand.ledger.note import VerifierKey, read_key
from evenhand.ledger.tiles import hash_in
from evenhand.ledger.tree import consistency_proof
from evenhand.ledger.witnessing import PATH, Submission
from written_log import WrittenLog


@dataclass
class RunningWitness:
    """A witness in a process of its own. state: its folder. said: what it wrote to its log, once it is stopped."""

    url: str
    key: VerifierKey
    state: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    def send(self, body: bytes) -> httpx.Response:
        """One request on a connection of its own."""
        return httpx.post(self.url + PATH, content=body, timeout=60, trust_env=False)

    def kill(self) -> None:
        """As the kernel does when memory is short: at once, without a word."""
        self.process.kill()
        self.process.wait(20)

    @property
    def said(self) -> str:
        return (self.state.parent / f"{self.state.name}.log").read_text()


@contextmanager
def witness(
    state: Path,
    logs: Sequence[VerifierKey],
    name: str = "witness.example/w1",
    before: Callable[[], None] | None = None,
    sabotage: str = "",
) -> Iterator[RunningWitness]:
    """A witness that runs until the end of the block. before: run in its process first. sabotage: Python that spoils it."""
    program = f"import sys\n{sabotage}\nfrom evenhand.cli import main\nmain()"
    command = [sys.executable, "-c", program, "witness", "--state", str(state), "--name", name, "--port", "0", "--json"]
    for each in logs:
        command += ["--log", str(each)]
    with (state.parent / f"{state.name}.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, preexec_fn=before)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, (state.parent / f"{state.name}.log").read_text()
        ready = json.loads(line)
        yield RunningWitness(ready["url"], read_key(ready["vkey"]), state, process)
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def submission(log: WrittenLog, old_size: int, size: int) -> Submission:
    """The checkpoint of a log at a size, with the proof from an older one; backwards there is none."""
    at_size = WrittenLog(log.origin).append(*log.entries[:size])
    proof = consistency_proof(old_size, size, hash_in(at_size.tile, size)) if old_size <= size else []
    return Submission(old_size, tuple(proof), log.note_at(size))
