"""The commands of docs/trust/verify-it-yourself.md, run as they stand there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from made_audit import VENDOR, Audit, holds

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "trust" / "verify-it-yourself.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def package(tmp_path):
    audit = Audit().file(holds("R", "X", 4), parties={VENDOR: "X"}).rule("R")
    for _ in range(300):
        audit.let_in()
    return audit.write(tmp_path / "audit")


def run(block, folder):
    command = ["bash", "-eu", "-c", block]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)


def block_with(word):
    [found] = [each for each in BLOCKS if word in each]
    return found


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not here")
def test_openssl_alone_verifies_a_checkpoint_and_refuses_a_changed_one(package):
    done = run(block_with("openssl"), package)
    assert "Signature Verified Successfully" in done.stdout, done.stderr

    checkpoint = package / "log" / "checkpoint"
    checkpoint.write_text(checkpoint.read_text().replace("\n301\n", "\n300\n"))
    assert run(block_with("openssl"), package).returncode != 0


def test_sha256sum_alone_verifies_an_entry_and_shows_a_changed_one(package):
    ours, theirs = run(block_with("sha256sum"), package).stdout.split()
    assert ours == theirs

    bundle = package / "log" / "tile" / "entries" / "000"
    bundle.write_bytes(bundle.read_bytes().replace(b"walls.policy", b"walls.waiver", 1))
    ours, theirs = run(block_with("sha256sum"), package).stdout.split()
    assert ours != theirs


def test_the_command_of_the_page_checks_the_package_and_keeps_what_it_saw(package, tmp_path):
    shutil.copy(ROOT / "verify" / "evenhand_verify.py", tmp_path)
    shutil.move(package / "policy.tlog", tmp_path / "contract.tlog")
    first = block_with("--max-age").replace("python3", sys.executable).replace(" --max-age 7200", "")

    done = run(first.replace(" --since kept", ""), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "kept").read_bytes() == (package / "log" / "checkpoint").read_bytes()
    assert (tmp_path / "kept.leaves").stat().st_size == 8 * 301

    assert run(first, tmp_path).returncode == 0
    # The witnesses of this package saw it last in September 2026.
    stale = run(first.rstrip() + " --max-age 60", tmp_path)
    assert (stale.returncode, "It is older than 60 seconds" in stale.stdout) == (1, True)
