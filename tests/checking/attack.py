"""Attacks on the sandbox: small programs that say IN when they got somewhere, and the taking away of single walls."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache

import pytest

from evenhand.checking import sandbox
from evenhand.checking.sandbox import Limits, Packed, Run, SandboxUnavailable

IN, OUT = "IN", "OUT"


@cache
def _missing() -> str | None:
    try:
        sandbox.require()
    except SandboxUnavailable as error:
        return str(error)
    return None


def need_sandbox() -> None:
    """Without namespaces the test is left out by name, unless EVENHAND_TEST_SANDBOX=required: then it fails."""
    reason = _missing()
    if reason is None:
        return
    if os.environ.get("EVENHAND_TEST_SANDBOX") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


def inside(program: str, *files: Packed, **limits: float) -> Run:
    """Run a Python program in the sandbox: from a file, so that no command line shows it."""
    written = Packed(".program.py", program.encode())
    given = {"wall_seconds": 30.0, **limits}
    return sandbox.run(["python", written.path], [written, *files], Limits(**given))  # type: ignore[arg-type]


def says(program: str, *files: Packed, **limits: float) -> str:
    """The last word that a program wrote; OUT where it was ended before it could say anything."""
    words = inside(program, *files, **limits).output.decode().split()
    return words[-1] if words else OUT


def without(patch: pytest.MonkeyPatch, *wall: str, instead: Sequence[str] = ()) -> None:
    """Take options of bubblewrap away, which stand in a row; `*` stands for any one."""
    whole = sandbox.options

    def fewer(files: Sequence[Packed], limits: Limits, folder: str, opened: ExitStack) -> list[str]:
        given = whole(files, limits, folder, opened)
        for at in range(len(given)):
            row = given[at : at + len(wall)]
            if len(row) == len(wall) and all(a in ("*", b) for a, b in zip(wall, row, strict=True)):
                return [*given[:at], *instead, *given[at + len(wall) :]]
        raise AssertionError(f"there is no {wall}")

    patch.setattr(sandbox, "options", fewer)


def without_limit(patch: pytest.MonkeyPatch, limit: str) -> None:
    """Take one limit of each process away: `--nproc`."""
    whole = sandbox.limiters
    patch.setattr(sandbox, "limiters", lambda limits: [each for each in whole(limits) if not each.startswith(limit)])


def seeing_the_hosts_processes(patch: pytest.MonkeyPatch) -> None:
    """Without a namespace of processes, whose /proc is then the host's."""
    without(patch, "--unshare-pid")
    without(patch, "--proc", "/proc", instead=("--ro-bind", "/proc", "/proc"))
