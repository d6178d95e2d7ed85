"""The verifier of `verify/go`, built once a process: Go's own transparency log code over files that ours wrote."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

from evenhand.ledger.note import VerifierKey
from written_log import WrittenLog

SOURCE = Path(__file__).parents[1] / "verify" / "go"
# Where Debian's golang-golang-x-mod-dev puts its source; no module is fetched from anywhere.
GOPATH = Path("/usr/share/gocode")


@cache
def go_verifier() -> Path:
    """The program. Without Go the test is left out, unless EVENHAND_TEST_GO=required: then it fails."""
    if shutil.which("go") is None or not (GOPATH / "src" / "golang.org" / "x" / "mod" / "sumdb").is_dir():
        reason = "Go is missing: apt-get install golang-go golang-golang-x-mod-dev"
        if os.environ.get("EVENHAND_TEST_GO") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="evenhand-go-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": str(GOPATH),
        "GOFLAGS": "",
        "GOCACHE": str(folder / "cache"),
    }
    command = ["go", "build", "-o", str(folder / "verify"), "."]
    built = subprocess.run(command, cwd=SOURCE, env=environment, capture_output=True, text=True, timeout=300)
    assert built.returncode == 0, built.stderr
    return folder / "verify"


def go_verify(
    folder: Path,
    key: VerifierKey,
    *,
    witnesses: tuple[VerifierKey, ...] = (),
    saved: Path | None = None,
    quorum: int = -1,
) -> tuple[int, str]:
    """What the program says of a log's folder: its exit code and its last line."""
    command = [str(go_verifier()), "-key", str(key), "-quorum", str(quorum)]
    for each in witnesses:
        command += ["-witness", str(each)]
    if saved is not None:
        command += ["-saved", str(saved)]
    done = subprocess.run([*command, str(folder)], capture_output=True, text=True, timeout=120)
    assert "goroutine" not in done.stderr, done.stderr
    return done.returncode, (done.stdout or done.stderr).strip().splitlines()[-1]


def publish(log: WrittenLog, folder: Path) -> Path:
    """A log's files in a folder, as a customer fetches them."""
    for path, content in log.files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder
