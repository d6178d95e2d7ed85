"""Watching a run: what it writes, how long it takes, how much memory and disk it holds; and its end, with all it started."""

from __future__ import annotations

import contextlib
import json
import os
import select
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenhand.checking.sandbox import Limits

# How often memory and disk are looked at. Between two looks a process is bound by its own limits alone.
_LOOK_SECONDS = 0.02
_PAGE = os.sysconf("SC_PAGE_SIZE")
# Empty files take no room of a size limit, but memory of the kernel.
FILES_AT_ONCE_MAX = 50_000
_TICKS = os.sysconf("SC_CLK_TCK")
_WORK = "task"


@dataclass(frozen=True, slots=True)
class Ended:
    """What was seen of a process: bubblewrap's own code and report, what the command wrote, which limit we ended it for."""

    code: int
    status: bytes
    output: bytes
    errors: bytes
    limit: str | None
    wall_seconds: float
    cpu_seconds: float


class Watch:
    """One process of bubblewrap, from its start to its end."""

    def __init__(self, process: subprocess.Popen[bytes], status: int, start: int, limits: Limits) -> None:
        """status: where bubblewrap reports, a JSON object a line. start: what it waits for before it runs the command."""
        assert process.stdout is not None and process.stderr is not None
        self._process = process
        self._limits = limits
        self._start = start
        self._started = time.monotonic()
        self._written = {"status": bytearray(), "output": bytearray(), "errors": bytearray()}
        self._limit: str | None = None
        self._first: int | None = None
        self._first_ending: int | None = None
        self._used = Used(0, 0, 0.0)
        self._selector = selectors.DefaultSelector()
        places = {"status": status, "output": process.stdout.fileno(), "errors": process.stderr.fileno()}
        for name, descriptor in places.items():
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ, name)
        self._ending = os.pidfd_open(process.pid)
        self._selector.register(self._ending, selectors.EVENT_READ, "")

    def until_ended(self) -> Ended:
        """Wait for the end, or bring it about at the first limit that is struck. Whatever happens, nothing of it lives on."""
        try:
            while not self._is_over():
                self._look()
            for key in list(self._selector.get_map().values()):
                if key.data:
                    self._read(key.fd, key.data)
        finally:
            self._kill()
            self._selector.close()
            self._process.wait()
            self._wait_for_first()
            os.close(self._ending)
        return Ended(
            code=self._process.returncode,
            status=bytes(self._written["status"]),
            output=bytes(self._written["output"]),
            errors=bytes(self._written["errors"]),
            limit=self._limit,
            wall_seconds=time.monotonic() - self._started,
            cpu_seconds=self._used.cpu_seconds,
        )

    def _is_over(self) -> bool:
        is_over = False
        for key, _ in self._selector.select(_LOOK_SECONDS):
            if key.data:
                self._read(key.fd, key.data)
            else:
                is_over = True
        return is_over

    def _read(self, descriptor: int, name: str) -> None:
        """Take what is there, as much as the limit of the output allows."""
        while True:
            try:
                piece = os.read(descriptor, 1 << 16)
            except BlockingIOError:
                return
            if not piece:
                with contextlib.suppress(KeyError):
                    self._selector.unregister(descriptor)
                return
            kept = self._written[name]
            free = self.output_bytes_max() - len(self._written["output"]) - len(self._written["errors"])
            kept += piece if name == "status" else piece[: max(free, 0)]
            if name != "status" and len(piece) > free:
                self._end("output")
                return

    def output_bytes_max(self) -> int:
        """How much both streams may hold together."""
        return self._limits.output_bytes

    def wall_seconds_max(self) -> float:
        """How long it may take."""
        return self._limits.wall_seconds

    def _look(self) -> None:
        if time.monotonic() - self._started > self.wall_seconds_max():
            self._end("wall")
            return
        if self._first is None:
            self._take_hold()
            return
        self._used = family(self._first, self._used)
        if self._used.resident_bytes > self._limits.memory_bytes:
            self._end("memory")
        elif holds_too_many_files(self._first):
            self._end("disk")
        elif self._used.threads >= self._limits.processes:
            self._limit = self._limit or "processes"

    def _take_hold(self) -> None:
        """Hold the process that is number 1 inside, which bubblewrap has reported, and let it run the command."""
        line, is_whole, _ = bytes(self._written["status"]).partition(b"\n")
        if not is_whole or (first := json.loads(line).get("child-pid")) is None:
            return
        # While it waits for us its number is nobody else's; where it is gone already, bubblewrap says why.
        with contextlib.suppress(ProcessLookupError, BrokenPipeError):
            self._first_ending = os.pidfd_open(first)
            self._first = first
            os.sched_setaffinity(first, processors(self._limits.cores))
            os.write(self._start, b".")

    def _end(self, limit: str) -> None:
        if self._limit not in ("wall", "memory", "disk", "output"):
            self._limit = limit
        self._kill()

    def _kill(self) -> None:
        """Kill number 1 inside, with which the kernel ends every process of its namespace, and bubblewrap itself."""
        for each in (self._first_ending, self._ending):
            if each is not None:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(each, signal.SIGKILL)

    def _wait_for_first(self) -> None:
        """Number 1 ends after everybody else in its namespace has."""
        if self._first_ending is not None:
            select.select([self._first_ending], [], [])
            os.close(self._first_ending)


@dataclass(frozen=True, slots=True)
class Used:
    """What a process and all below it use now; what is shared counts once for each. cpu_seconds: so far, in hundredths."""

    threads: int
    resident_bytes: int
    cpu_seconds: float


def family(first: int, before: Used) -> Used:
    """What number 1 and all below it use. Every orphan of its namespace is taken over by it, so that nobody leaves the family.

    before: the last look; processor time never goes back.
    """
    threads, resident, ticks, waiting = 0, 0, 0, [first]
    while waiting:
        place = Path("/proc", str(waiting.pop()))
        with contextlib.suppress(OSError):
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            # utime, stime and those of children that ended: fields 14 to 17 of proc(5), counted from the third here.
            ticks += sum(int(each) for each in fields[11:15])
            resident += int((place / "statm").read_text().split()[1]) * _PAGE
            for thread in (place / "task").iterdir():
                threads += 1
                waiting += [int(each) for each in (thread / "children").read_text().split()]
    return Used(threads, resident, max(before.cpu_seconds, ticks / _TICKS))


def processors(count: int) -> set[int]:
    """So many of those that we may use ourselves, others for other processes of ours. What runs inside cannot choose anew."""
    mine = sorted(os.sched_getaffinity(0))
    first = os.getpid() % len(mine)
    return set((mine[first:] + mine[:first])[:count])


def holds_too_many_files(first: int) -> bool:
    """Whether one of the folders that can be written to holds more files than a run may leave.

    Until bubblewrap has changed its root those folders are the host's, and say nothing.
    """
    with contextlib.suppress(OSError):
        if os.path.samestat(os.stat(f"/proc/{first}/root"), os.stat("/")):  # noqa: PTH116 -- as samestat wants it
            return False
    for folder in (_WORK, "tmp", "dev/shm"):
        with contextlib.suppress(OSError):
            held = os.statvfs(f"/proc/{first}/root/{folder}")
            if held.f_files - held.f_ffree > FILES_AT_ONCE_MAX:
                return True
    return False
