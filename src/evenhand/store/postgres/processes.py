"""What runs in a data folder: whether the process named in postmaster.pid is a PostgreSQL of that very folder."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

_IS_LINUX = sys.platform == "linux"


def postmaster_pid(cluster: Path) -> int | None:
    """The pid in postmaster.pid, or None without a readable one. It says nothing about whether that process lives."""
    try:
        return int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def is_alive(pid: int) -> bool:
    """Whether the process runs. A zombie does not: it holds nothing but its number."""
    if _IS_LINUX:
        try:
            # The name in parentheses may hold anything, so the state is the first word after the last parenthesis.
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        return state not in "ZX"
    state = _ps(pid, "state")
    return bool(state) and not state.startswith("Z")


def works_in(pid: int, cluster: Path) -> bool:
    """Whether the process is a living PostgreSQL of this data folder, which is the working directory of each of them.

    A pid found in a file may have been given to somebody else since, so nothing is signaled on its number alone.
    """
    if not is_alive(pid):
        return False
    if not _IS_LINUX:
        return f" {cluster}" in _ps(pid, "command")
    with contextlib.suppress(OSError):
        return (
            Path(f"/proc/{pid}/cwd").samefile(cluster)
            and Path(f"/proc/{pid}/exe").readlink().name.removesuffix(" (deleted)") == "postgres"
        )
    return False


def workers_in(cluster: Path) -> list[int]:
    """Every living PostgreSQL process of the data folder. Outside Linux only the postmaster is known."""
    if not _IS_LINUX:
        pid = postmaster_pid(cluster)
        return [pid] if pid and works_in(pid, cluster) else []
    pids = (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit())
    return [pid for pid in pids if works_in(pid, cluster)]


def end_all(cluster: Path, *, patience_seconds: float) -> bool:
    """Stop whatever PostgreSQL a dead supervisor left in the data folder; True when nothing runs there any more.

    A living postmaster is asked for a fast stop, which loses nothing. Processes whose postmaster was killed are told to
    quit, as the postmaster would have told them after a crash; what they had not committed is undone by recovery.
    """
    for ask_postmaster, ask_rest, seconds in (
        (signal.SIGINT, signal.SIGQUIT, patience_seconds),
        (signal.SIGQUIT, signal.SIGQUIT, 10.0),
        (signal.SIGKILL, signal.SIGKILL, 10.0),
    ):
        _signal_all(cluster, ask_postmaster, ask_rest)
        deadline = time.monotonic() + seconds
        while workers := workers_in(cluster):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        if not workers:
            return True
    return False


def _signal_all(cluster: Path, to_postmaster: signal.Signals, to_rest: signal.Signals) -> None:
    postmaster = postmaster_pid(cluster)
    workers = workers_in(cluster)
    if postmaster in workers:
        workers, to_rest = [postmaster], to_postmaster
    for pid in workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, to_rest)


def _ps(pid: int, column: str) -> str:
    said = subprocess.run(  # noqa: S603 -- no shell, our own words
        ["/bin/ps", "-o", f"{column}=", "-p", str(pid)], capture_output=True, text=True
    )
    return said.stdout.strip()
