"""The process that runs checkers for a server, and the server's hold on it.

The worker has no environment, no descriptor but its pipe, and gives up the rights of root: it holds no address of a database and no
key, and could not read one. It is asked over one pipe, for one run at a time. One that hangs or dies is replaced, and the run
that it was asked for is asked again; only its answer ends it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

from evenhand.checking import frames, sandbox
from evenhand.checking.sandbox import FIRST_USER, Limits, Packed, Run, SandboxUnavailable
from evenhand.core.errors import PlatformError

TRIES = 3
# Beyond a run's own time: starting, packing, and a machine that does much else.
GRACE_SECONDS = 30.0
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from evenhand.checking.worker import serve; serve()"
# Python itself sets it where there is no locale (PEP 538).
_HARMLESS = frozenset({"LC_CTYPE"})


@dataclass(eq=False)
class WorkerLost(PlatformError):
    """The process that runs checkers died or hung each time it was asked."""

    tries: int
    code: ClassVar[str] = "worker-lost"
    hint: ClassVar[str] = (
        "Ask again; if it happens twice, look for what kills processes on this machine (memory, limits)."
    )


class Worker:
    """A server's hold on one checking worker: started when first asked, replaced when lost. Not for several threads at once."""

    def __init__(self, *, grace_seconds: float = GRACE_SECONDS) -> None:
        self._grace = grace_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: socket.socket | None = None
        self._is_over = False

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def number(self) -> int | None:
        """The worker's process, while there is one."""
        return None if self._process is None else self._process.pid

    def run(self, command: Sequence[str], files: Sequence[Packed], limits: Limits) -> Run:
        """As `sandbox.run`, in the worker. Raises SandboxUnavailable, WorkerLost and what a run is refused for."""
        sandbox.require_room(files, limits)
        head, body = frames.request(command, files, limits)
        for _ in range(TRIES):
            if self._is_over:
                break
            try:
                pipe = self._started()
                pipe.settimeout(limits.wall_seconds + self._grace)
                frames.send(pipe, head, body)
                told, parts = frames.receive(pipe)
            except (frames.Broken, OSError):
                self.stop()
                continue
            if "refused" in told:
                raise SandboxUnavailable(str(told["refused"]))
            return frames.read_answer(told, parts)
        raise WorkerLost(TRIES)

    def stop(self) -> None:
        """End the worker, and with it what it runs: bubblewrap dies with whoever started it."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._pipe = self._process = None

    def end(self) -> None:
        """End it from another thread for good: a run that goes on raises WorkerLost, and no other begins."""
        self._is_over = True
        if (process := self._process) is not None:
            process.kill()

    def _started(self) -> socket.socket:
        if self._pipe is not None and self._process is not None and self._process.poll() is None:
            return self._pipe
        self.stop()
        ours, theirs = socket.socketpair()
        try:
            self._process = start(theirs.fileno())
        finally:
            theirs.close()
        self._pipe = ours
        return ours


def start(pipe: int) -> subprocess.Popen[bytes]:
    """A worker on this end of a pipe: standard input is the pipe, and there is nothing else."""
    root = str(Path(__file__).parents[2])
    return subprocess.Popen(  # noqa: S603 -- no shell, our own module
        [sys.executable, "-I", "-c", _PROGRAM, root],
        stdin=pipe,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
        cwd="/",
    )


def environment() -> dict[str, str]:
    """What a worker is told of our environment: nothing."""
    return {}


# ----------------------------------------------------------------------------------------------------------- in the worker --
def serve() -> None:
    """Answer runs until the pipe ends. A worker that was given more than it may hold answers none of them."""
    with socket.socket(fileno=os.dup(0)) as pipe:
        strange = held_beyond(pipe.fileno())
        give_up_rights()
        with contextlib.suppress(frames.Broken):
            while True:
                head, body = frames.receive(pipe)
                frames.send(pipe, *_answered(head, body, strange))


def held_beyond(pipe: int) -> str | None:
    """What this process holds that a worker must not hold: variables or descriptors, by name."""
    inherited = Path("/proc/self/environ").read_bytes().split(b"\0")
    names = {each.partition(b"=")[0].decode(errors="replace") for each in inherited if each} - _HARMLESS
    # Listing the folder takes a descriptor itself, which is gone when it is looked for.
    descriptors = {int(each.name) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()} - {0, 1, 2, pipe}
    if names or descriptors:
        return f"its worker was given variables ({', '.join(sorted(names))}) or descriptors ({sorted(descriptors)})"
    return None


def give_up_rights() -> None:
    """Become a user without any right, where we are root: for good, for this process and all that it starts."""
    if os.geteuid() == 0:
        user = FIRST_USER + os.getpid()
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def _answered(head: dict[str, Any], body: list[bytes], strange: str | None) -> tuple[dict[str, Any], list[bytes]]:
    if strange is not None:
        return {"refused": strange}, []
    command, files, limits = frames.read_request(head, body)
    try:
        return frames.answer(sandbox.run(command, files, limits))
    except SandboxUnavailable as error:
        return {"refused": error.reason}, []
