"""The worker of checkers: what it holds, seen from outside and from inside; killed, hanging, given too much."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from attack import need_sandbox

from evenhand.checking import frames, worker
from evenhand.checking.sandbox import Limits, Packed, SandboxUnavailable, TooMuchToPack
from evenhand.checking.worker import Worker, WorkerLost

SECRETS = {
    "DATABASE_URL": "postgresql://evh-marked",
    "EVENHAND_KEY_FILE": "/evh-marked",
    "AWS_SECRET_ACCESS_KEY": "evh-marked",
}


@pytest.fixture(autouse=True)
def _sandbox() -> None:
    need_sandbox()


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


def test_a_run_comes_back_as_it_was(secrets: None) -> None:
    with Worker() as made:
        ended = made.run(
            ["python", "-c", "import sys; print(open('ä').read()); sys.exit(3)"], [Packed("ä", b"\x01")], Limits()
        )

    assert (ended.exit, ended.output, ended.limit) == (3, b"\x01\n", None)


def test_from_outside_its_process_holds_no_variable_no_descriptor_and_no_right(secrets: None) -> None:
    with Worker() as made:
        made.run(["true"], [], Limits())
        place = Path("/proc", str(made.number))

        assert place.joinpath("environ").read_bytes() == b""
        opened = {each.name: str(each.readlink()) for each in place.joinpath("fd").iterdir()}
        assert all(at.startswith(("socket:", "/dev/null")) for at in opened.values()), opened
        assert len([at for at in opened.values() if at.startswith("socket:")]) == 2  # one pipe, held twice
        user = next(line for line in place.joinpath("status").read_text().splitlines() if line.startswith("Uid:"))
        assert "0" not in user.split()[1:]


def test_from_inside_nothing_of_it_is_to_be_seen(secrets: None) -> None:
    look = (
        "import glob, os\nseen = repr(os.environ).encode()\nfor each in glob.glob('/proc/*/environ'):\n"
        " try: seen += open(each, 'rb').read()\n except OSError: pass\n"
        "print(b'evh-marked' in seen, sorted(os.listdir('/proc/self/fd'), key=int)[:-1])"
    )
    with Worker() as made:
        assert made.run(["python", "-c", look], [], Limits()).output == b"False ['0', '1', '2']\n"


def test_a_worker_that_was_given_our_environment_runs_nothing(secrets: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "environment", lambda: {"DATABASE_URL": os.environ["DATABASE_URL"]})

    with Worker() as made, pytest.raises(SandboxUnavailable) as refused:
        made.run(["true"], [], Limits())

    assert "DATABASE_URL" in refused.value.reason
    assert "evh-marked" not in str(refused.value)


def test_a_worker_that_was_given_a_descriptor_runs_nothing() -> None:
    ours, theirs = socket.socketpair()
    key = os.open("/etc/hostname", os.O_RDONLY)
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", worker._PROGRAM, str(Path(worker.__file__).parents[2])],
            stdin=theirs.fileno(),
            env={},
            pass_fds=[key],
        )
        os.close(key)
        frames.send(ours, *frames.request(["true"], [], Limits()))
        told, _ = frames.receive(ours)
    process.wait(timeout=30)

    assert "descriptors" in told["refused"]


# --------------------------------------------------------------------------------------------------- killed, hanging, lying --
def kill_later(number: int, seconds: float) -> None:
    """kill -9 by a descriptor of this very process: its number may be another's by then."""
    held = os.pidfd_open(number)

    def kill() -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(held, signal.SIGKILL)
        os.close(held)

    threading.Timer(seconds, kill).start()


def test_a_request_outlives_kill_9_of_the_worker() -> None:
    with Worker() as made:
        made.run(["true"], [], Limits())
        first = made.number
        assert first is not None
        kill_later(first, 0.5)

        ended = made.run(["python", "-c", "import time; time.sleep(1.5); print('done')"], [], Limits())

        assert (ended.exit, ended.output) == (0, b"done\n")
        assert made.number != first


def test_kills_at_any_moment_lose_no_answer() -> None:
    answers = []
    with Worker() as made:
        for number in range(6):
            if made.number is not None:
                kill_later(made.number, 0.03 * number)
            answers.append(made.run(["echo", str(number)], [], Limits()).output)
            time.sleep(0.03 * number)

    assert answers == [f"{number}\n".encode() for number in range(6)]


def test_what_a_killed_worker_ran_dies_with_it() -> None:
    marker = f"ORPHAN_{os.getpid()}"
    command = ["env", f"{marker}=1", "sleep", "20"]
    with Worker() as made:
        made.run(["true"], [], Limits())
        frames.send(made._pipe, *frames.request(command, [], Limits()))  # type: ignore[arg-type]
        _until(lambda: marked(marker))

    _until(lambda: not marked(marker))


def _until(is_so: object, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.05)


def marked(marker: str) -> bool:
    """Whether a process of the host has the marker in its environment."""
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"{marker}=1".encode() in place.read_bytes():
                return True
        except OSError:
            continue
    return False


def test_a_worker_that_hangs_is_replaced() -> None:
    with Worker(grace_seconds=8.0) as made:
        made.run(["true"], [], Limits())
        first = made.number
        assert first is not None
        os.kill(first, signal.SIGSTOP)

        assert made.run(["echo", "on"], [], Limits(wall_seconds=1.0)).output == b"on\n"
        assert made.number != first


def test_one_that_is_lost_each_time_is_an_error_and_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_PROGRAM", "import os; os._exit(1)")

    with Worker() as made, pytest.raises(WorkerLost):
        made.run(["true"], [], Limits())


@pytest.mark.parametrize(
    "answer", [b"\xff" * 12, b"\0\0\0\2" + b"\0" * 8 + b"[]", b"\0\0\0\x0e" + b"\0" * 8 + b'{"parts": [9]}']
)
def test_a_frame_that_lies_is_refused(answer: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(answer)
        with pytest.raises(frames.Broken):
            frames.receive(ours)


def test_a_run_that_is_refused_is_refused_before_it_is_sent() -> None:
    with Worker() as made:
        with pytest.raises(TooMuchToPack):
            made.run(["true"], [Packed("a", bytes(2 << 20))], Limits(disk_bytes=1 << 20))
        assert made.number is None
