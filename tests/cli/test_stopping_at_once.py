"""What says that it is ready can be stopped in that moment: whoever waits for the line may send the signal as the next thing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "vault"))

from agents import Agent

from evenhand.ledger.checkpoint import log_key
from evenhand.ledger.cosignature import witness_key
from evenhand.ledger.policy import Log, Witness, policy_of
from evenhand.vault.keyfile import make_key_file

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux which signals are caught")


@pytest.fixture
def full_pipe() -> Iterator[tuple[int, int]]:
    """A pipe into which nothing goes any more: a process that says something waits there."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"." * 65_536)
    except BlockingIOError:
        pass
    # What writes one page at a time leaves no byte free.
    try:
        while True:
            os.write(writing, b".")
    except BlockingIOError:
        os.set_blocking(writing, True)
    yield reading, writing
    os.close(reading)
    os.close(writing)


def caught(pid: int) -> set[int]:
    """The signals for which the process has a handler of its own (proc(5), SigCgt)."""
    [line] = [each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("SigCgt")]
    mask = int(line.split()[1], 16)
    return {number for number in range(1, 65) if mask >> (number - 1) & 1}


def witness_command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "evenhand", "witness", "--state", str(folder / "w"), "--name", "w", "--port", "0"]


def agent_command(folder: Path) -> list[str]:
    signer = make_key_file().log_signer("any")
    log = Log(log_key("evenhand.example/log/7f3a", signer))
    policy = policy_of([log], [Witness("ours", witness_key("witness.example/w1", signer))], 1)
    return Agent(folder / "agent", uuid4(), policy).command()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl c", "terminate"])
@pytest.mark.parametrize("command", [witness_command, agent_command], ids=["witness", "agent"])
def test_a_process_obeys_before_it_says_that_it_is_ready(command, number, full_pipe, tmp_path) -> None:
    reading, writing = full_pipe
    process = subprocess.Popen(command(tmp_path), stdout=writing, stderr=subprocess.PIPE)
    try:
        ends = time.monotonic() + 60
        while not {signal.SIGINT, signal.SIGTERM} <= caught(process.pid):
            assert process.poll() is None, process.stderr.read().decode()
            assert time.monotonic() < ends, "it waits to say that it is ready, and would not hear a signal"
            time.sleep(0.02)

        process.send_signal(number)
        os.read(reading, 1 << 20)

        assert process.wait(60) == 0
    finally:
        process.kill()
        process.stderr.close()
