"""The verifier stands alone: one file of the standard library, short enough to be read, which runs where nothing else is."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from made_log import MadeLog, written

FILE = Path(__file__).parents[2] / "verify" / "evenhand_verify.py"


def imported(tree):
    roots = {each.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    return roots | {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@pytest.mark.check(22)
def test_it_imports_the_standard_library_and_nothing_of_the_product():
    text = FILE.read_text()
    roots = imported(ast.parse(text))

    assert roots <= set(sys.stdlib_module_names)
    assert "evenhand" not in roots
    for way in ("__import__", "importlib", "exec(", "eval(", "subprocess", "socket", "urllib"):
        assert way not in text


def test_it_stays_short_enough_to_be_read():
    lines = FILE.read_text().splitlines()

    # As `wc -l` counts them, comments, docstrings and blank lines included.
    assert len(lines) < 1000
    assert max(map(len, lines)) <= 120
    assert [each.name for each in FILE.parent.iterdir() if each.suffix == ".py"] == [FILE.name]


@pytest.mark.check(22)
def test_it_runs_from_an_empty_folder_that_holds_only_its_file(tmp_path):
    log = MadeLog.of(300)
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(FILE, alone)
    log.write(tmp_path / "log")
    written(tmp_path / "policy.tlog", log.policy())

    command = [sys.executable, "-I", "-S", "evenhand_verify.py", "log", "../log", "--policy", "../policy.tlog"]
    done = subprocess.run(command, cwd=alone, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Verified: 300 entries of log.example/log/7f3a, cosigned by w0 at ")


@pytest.mark.saboteur(22)
@pytest.mark.parametrize("line", ["import evenhand", "from evenhand.ledger import tree", "import requests"])
def test_an_import_of_anything_else_would_be_seen(line):
    assert not imported(ast.parse(FILE.read_text() + f"\n{line}\n")) <= set(sys.stdlib_module_names)
