"""A server process that is started ahead of its database: it waits, does as it is told, or goes when nobody tells it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest


def ahead(command: str, told: str) -> subprocess.CompletedProcess[str]:
    """Start it and say this."""
    return subprocess.run([sys.executable, "-m", "evenhand.cli.ahead", command], input=told, capture_output=True, text=True,
                          timeout=120, env={**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})  # fmt: skip


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_when_the_start_is_given_up_it_goes_in_silence(command: str) -> None:
    done = ahead(command, "")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(("command", "is_first"), [("serve", False), ("worker", False), ("worker", True)])
def test_it_works_in_the_environment_it_is_told_and_says_in_one_line_what_is_missing(
    command: str, is_first: bool, tmp_path: Any
) -> None:
    told = {"environment": {"PATH": os.environ["PATH"], "EVENHAND_COLOR": "red"}, "is_first": is_first}

    done = ahead(command, json.dumps(told) + "\n")

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "EVENHAND_COLOR" in done.stderr
