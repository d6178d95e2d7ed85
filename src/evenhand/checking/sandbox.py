"""One command in a room of its own: namespaces by bubblewrap, a filter of system calls, limits, and nothing of the host.

Where that cannot be had the run is refused; there is no weaker second way (decision 22).
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from evenhand.checking.syscalls import seccomp_filter
from evenhand.checking.watching import Ended, Watch
from evenhand.core.canonical import digest, digest_of_bytes
from evenhand.core.errors import PlatformError
from evenhand.ontology.open_task import is_inside

WORK = "/task"
PATH = "/opt/evenhand:/usr/local/bin:/usr/bin:/bin"
FILES_MAX = 500
# Started as root we become this user and our own process's number: nobody else's processes count against its limits.
FIRST_USER = 0x60000000
# What of the host's settings a program needs to start: which libraries, which of several programs of one name, the time zone.
_SETTINGS = ("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime")
_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_TEMPORARY_BYTES = 64 << 20
_SHARED_BYTES = 16 << 20
_PEOPLE = b"root:x:0:0::/:/bin/false\nchecked:x:1000:1000::/tmp:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n"
_GROUPS = b"root:x:0:\nchecked:x:1000:\nnogroup:x:65534:\n"


@dataclass(eq=False)
class SandboxUnavailable(PlatformError):
    """This machine does not let a program be locked away, so no checker is run on it."""

    reason: str
    code: ClassVar[str] = "sandbox-unavailable"
    hint: ClassVar[str] = (
        "Install bubblewrap 0.8 or newer and allow unprivileged user namespaces (`bwrap --unshare-all --ro-bind / / true` must"
        " work); in a container, allow them there. Nothing was run."
    )

    def __str__(self) -> str:
        return f"Checkers cannot be run here: {self.reason}."


@dataclass(eq=False)
class TooMuchToPack(PlatformError):
    """The files do not fit into the sandbox."""

    what: str
    allowed: int
    code: ClassVar[str] = "too-much-to-pack"
    hint: ClassVar[str] = "Send fewer or smaller files, or raise disk_mb in the task's limits."


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use. All are >= 1.

    cores: processors. memory_bytes: of each process (address space), and resident in all together. disk_bytes: of the work
    folder; beside it /tmp has up to 64 MiB, /dev/shm 16 MiB. wall_seconds: from start to end. processes: at once, threads
    counted. output_bytes: standard output and standard error together.
    """

    cores: int = 1
    memory_bytes: int = 512 << 20
    disk_bytes: int = 64 << 20
    wall_seconds: float = 60.0
    processes: int = 64
    output_bytes: int = 1 << 20

    @property
    def digest(self) -> str:
        """Of these limits: what a result was found under."""
        return digest({name: getattr(self, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True)
class Packed:
    """A file for the sandbox. path: relative to the work folder. is_fixed: mounted read-only over whatever lies there."""

    path: str
    content: bytes
    is_fixed: bool = False
    is_program: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """How a run ended.

    exit: the code, None where a signal or a limit ended it. signal: its number. limit: which limit was struck: "wall", "memory",
    "disk", "output", "cpu", "processes"; None where none was seen to be. cpu_seconds: of all its processes, as last looked at,
    at most 0.02 s before the end. output, errors: what it wrote, as far as the limit reaches.
    """

    exit: int | None
    signal: int | None
    limit: str | None
    wall_seconds: float
    cpu_seconds: float
    output: bytes
    errors: bytes

    @property
    def output_digest(self) -> str:
        """`sha256:…` of standard output."""
        return digest_of_bytes(self.output)


def run(command: Sequence[str], files: Sequence[Packed], limits: Limits, *, folder: str = "") -> Run:
    """Run a command, an array and never shell text, and wait until every process of it is dead.

    files: what lies in the work folder. folder: where below it the command begins.
    Raises SandboxUnavailable, NoFilterForMachine, TooMuchToPack.
    """
    require_room(files, limits)
    with contextlib.ExitStack() as opened:
        given = options(files, limits, folder, opened)
        passed = [int(each) for each in _descriptors(given)]
        # It tells who is number 1 inside, and waits until we hold that process: otherwise it could end before we do.
        (told, tells), (waits, starts) = os.pipe(), os.pipe()
        inner, outer = [tells, waits], [told, starts]
        for each in outer:
            opened.callback(os.close, each)
        given += ["--json-status-fd", str(tells), "--block-fd", str(waits)]
        arguments = _held(opened, b"".join(each.encode() + b"\0" for each in given))
        try:
            process = subprocess.Popen(  # noqa: S603 -- no shell, and the arguments are ours
                [bubblewrap(), "--args", str(arguments), "--", *limiters(limits), *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=outer_environment(),
                cwd="/",
                pass_fds=[arguments, *inner, *passed],
                **identity(),
            )
        finally:
            for each in inner:
                os.close(each)
        with process:
            ended = Watch(process, told, starts, limits).until_ended()
    return _read(ended)


def require() -> None:
    """Raise SandboxUnavailable unless a program can be locked away here."""
    ended = run(["true"], [], Limits(wall_seconds=10.0))
    if ended.exit != 0:
        raise SandboxUnavailable(_first_line(ended.errors) or f"a program that does nothing ended with {ended.exit}")


def bubblewrap() -> str:
    """Where the program is. Raises SandboxUnavailable."""
    found = shutil.which("bwrap", path="/usr/local/bin:/usr/bin:/bin")
    if found is None:
        raise SandboxUnavailable("bubblewrap is not installed")
    return found


def identity() -> dict[str, Any]:
    """What makes the child a user without any right, when we are root: limits on processes do not bind root."""
    if os.geteuid() != 0:
        return {}
    user = FIRST_USER + os.getpid()
    return {"user": user, "group": user, "extra_groups": []}


def outer_environment() -> dict[str, str]:
    """Of bubblewrap itself, whose process can be looked at from inside: nothing."""
    return {}


def limiters(limits: Limits) -> list[str]:
    """The program that sets the limits of every process, as the first inside: there only its own processes count."""
    seconds = math.ceil(limits.wall_seconds * limits.cores) + 1
    size = max(limits.disk_bytes, _TEMPORARY_BYTES)
    return [
        "/usr/bin/prlimit",
        *(f"--nproc={limits.processes}", f"--as={limits.memory_bytes}", f"--fsize={size}", f"--cpu={seconds}"),
        *("--nofile=1024", "--core=0", "--memlock=0", "--msgqueue=65536", "--rtprio=0", "--nice=0"),
        "--",
    ]


def options(files: Sequence[Packed], limits: Limits, folder: str, opened: contextlib.ExitStack) -> list[str]:
    """Every wall, as bubblewrap's options. Descriptors that they name are open until `opened` closes."""
    given = [
        *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
        *("--disable-userns", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"),
        *_environment(),
        *_system(),
        *("--ro-bind-data", str(_held(opened, _PEOPLE)), "/etc/passwd"),
        *("--ro-bind-data", str(_held(opened, _GROUPS)), "/etc/group"),
        *("--proc", "/proc", "--dev", "/dev"),
        *("--size", str(_SHARED_BYTES), "--tmpfs", "/dev/shm"),  # noqa: S108 -- inside
        *("--size", str(min(limits.disk_bytes, _TEMPORARY_BYTES)), "--tmpfs", "/tmp"),  # noqa: S108 -- inside
        *("--size", str(limits.disk_bytes), "--tmpfs", WORK),
    ]
    for each in files:
        at = f"{WORK}/{each.path}"
        given += ["--perms", "0755" if each.is_program else "0644"]
        given += ["--ro-bind-data" if each.is_fixed else "--file", str(_held(opened, each.content)), at]
    start = f"{WORK}/{folder}" if folder else WORK
    if folder:
        given += ["--dir", start]
    given += ["--chdir", start, "--remount-ro", "/dev", "--remount-ro", "/"]
    return [*given, "--seccomp", str(_held(opened, seccomp_filter()))]


def _environment() -> Iterator[str]:
    plain = {"PATH": PATH, "HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}  # noqa: S108
    for name, value in plain.items():
        yield from ("--setenv", name, value)


def _system() -> Iterator[str]:
    """Programs and libraries, and what they need to start; read-only."""
    yield from ("--ro-bind", "/usr", "/usr")
    for name in _FOLDERS:
        place = Path("/", name)
        if place.is_symlink():
            yield from ("--symlink", str(place.readlink()), str(place))
        elif place.is_dir():
            yield from ("--ro-bind", str(place), str(place))
    for name in _SETTINGS:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    # `python`, which tasks say, is called python3 where Debian installs it.
    if python := shutil.which("python3", path="/usr/local/bin:/usr/bin"):
        yield from ("--symlink", python, "/opt/evenhand/python")


def require_room(files: Sequence[Packed], limits: Limits) -> None:
    """Raise TooMuchToPack where the files do not fit."""
    if len(files) > FILES_MAX:
        raise TooMuchToPack("files", FILES_MAX)
    if sum(len(each.content) for each in files) > limits.disk_bytes:
        raise TooMuchToPack("bytes", limits.disk_bytes)
    for each in files:
        assert is_inside(each.path), each.path


def _held(opened: contextlib.ExitStack, content: bytes) -> int:
    """A descriptor of memory that holds the content, read from its start."""
    descriptor = os.memfd_create("evenhand", 0)
    opened.callback(os.close, descriptor)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _descriptors(given: Sequence[str]) -> Iterator[str]:
    for option, value in itertools.pairwise(given):
        if option in ("--ro-bind-data", "--file", "--seccomp"):
            yield value


def _read(ended: Ended) -> Run:
    """What bubblewrap reported; where it reported no end of the command, the command never ran."""
    told: dict[str, Any] = {}
    for line in ended.status.splitlines():
        told |= json.loads(line)
    code = told.get("exit-code")
    if code is None and ended.limit is None:
        raise SandboxUnavailable(_first_line(ended.errors) or f"bubblewrap ended with {ended.code}")
    number = code - 128 if code is not None and code > 128 else None
    limit = ended.limit or ("cpu" if number in (signal.SIGXCPU,) else None)
    is_cut = ended.limit in ("wall", "memory", "disk", "output")
    return Run(
        exit=None if number is not None or is_cut else code,
        signal=signal.SIGKILL if is_cut else number,
        limit=limit,
        wall_seconds=ended.wall_seconds,
        cpu_seconds=ended.cpu_seconds,
        output=ended.output,
        errors=ended.errors,
    )


def _first_line(errors: bytes) -> str:
    text = errors.decode(errors="replace").strip()
    return text.splitlines()[0][:300] if text else ""
