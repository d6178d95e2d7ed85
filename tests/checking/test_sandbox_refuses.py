"""Where a program cannot be locked away it is not run: no bubblewrap, one that fails, one that dies half-way."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand.checking import sandbox
from evenhand.checking.sandbox import Limits, SandboxUnavailable


@pytest.fixture
def pretending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bubblewrap that says and does what the test writes into it."""
    made = tmp_path / "bwrap"
    monkeypatch.setattr(sandbox, "bubblewrap", lambda: str(made))
    monkeypatch.setattr(sandbox, "identity", dict)
    return made


def write(program: Path, text: str) -> None:
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)


def test_without_bubblewrap_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.shutil, "which", lambda name, path: None)

    with pytest.raises(SandboxUnavailable) as refused:
        sandbox.run(["true"], [], Limits())

    assert refused.value.reason == "bubblewrap is not installed"
    assert "Nothing was run" in refused.value.hint


def test_where_namespaces_are_not_to_be_had_nothing_runs(pretending: Path, tmp_path: Path) -> None:
    write(pretending, "echo 'bwrap: No permissions to create new namespace' >&2; exit 1")
    trace = tmp_path / "ran"

    with pytest.raises(SandboxUnavailable) as refused:
        sandbox.run(["touch", str(trace)], [], Limits())

    assert refused.value.reason == "bwrap: No permissions to create new namespace"
    assert not trace.exists()


def test_a_command_that_did_not_begin_is_no_result(pretending: Path) -> None:
    write(pretending, "exit 0")

    with pytest.raises(SandboxUnavailable) as refused:
        sandbox.run(["true"], [], Limits())

    assert refused.value.reason == "bubblewrap ended with 0"


def test_a_machine_is_asked_beforehand(pretending: Path) -> None:
    write(pretending, "echo 'bwrap: Creating new namespace failed' >&2; exit 1")

    with pytest.raises(SandboxUnavailable):
        sandbox.require()
