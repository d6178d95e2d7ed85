"""`evenhand check` on a folder: what it prints, what it keeps, how it leaves. No server is there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evenhand.checking import sandbox
from evenhand.checking.folders import read_folder
from evenhand.checking.packing import mutated_tree
from evenhand.core.errors import Malformed
from evenhand.ontology.questions.verifiable_task import kind

SAMPLE = Path(__file__).parents[1] / "fixtures" / "open_tasks" / "split-bill"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "task"))


def evenhand(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command as somebody who has no server, at whose address nothing answers."""
    environment = {**os.environ, "COLUMNS": "200", "EVENHAND_URL": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "evenhand", "check", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


def change(folder: Path, **keys: Any) -> None:
    """Write other top-level keys into the document."""
    place = folder / "task.json"
    place.write_text(json.dumps({**json.loads(place.read_text()), **keys}))


@pytest.fixture
def need_sandbox() -> None:
    try:
        sandbox.require()
    except sandbox.SandboxUnavailable as error:
        if os.environ.get("EVENHAND_TEST_SANDBOX") == "required":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.mark.usefixtures("need_sandbox")
def test_a_sound_task_is_ready_and_its_runs_are_kept(folder: Path, tmp_path: Path) -> None:
    done = evenhand(folder, "--flake-rate", 0.3, "--mutants", 8, "--keep", "--solver", tmp_path / "solver", "--json")

    found = json.loads(done.stdout)
    assert (done.returncode, found["missing"], found["is_released"]) == (0, [], True)
    assert found["solver"] == ["split.py"]
    assert "NotImplementedError" in (tmp_path / "solver" / "split.py").read_text()
    kept = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    assert len(kept) == found["runs"]
    assert {(row["checker"], row["limits"]) for row in kept} == {(found["checker"], found["limits"])}

    assert evenhand(folder, "--flake-rate", 0.3, "--mutants", 8, "--keep").returncode == 0

    again = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    assert again[: len(kept)] == kept
    assert len(again) == 2 * len(kept)


@pytest.mark.usefixtures("need_sandbox")
def test_a_weak_checker_is_not_ready_and_the_reasons_are_said(folder: Path) -> None:
    folder.joinpath("checker", "ask.py").write_text(
        "import json\nfrom split import split\nprint(json.dumps({'reward': int(split(4, 2) == [2, 2])}))\n"
    )

    done = evenhand(folder, "--flake-rate", 0.3, "--mutants", 8)

    assert done.returncode == 1
    assert "Not ready to be released:" in done.stdout
    assert "Wrong work does not get the reward that is declared for it:" in done.stdout
    assert "which exits before it is asked" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_document_with_defects_names_them_and_runs_nothing(folder: Path) -> None:
    change(folder, checker={"command": "python ask.py"})

    done = evenhand(folder)

    assert done.returncode == 1
    assert "/checker/command" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_a_document_says_so(tmp_path: Path) -> None:
    done = evenhand(tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert "task.json" in done.stderr


# ----------------------------------------------------------------------------------------------------------- the folder --
def test_a_patch_of_the_authors_lies_beside_the_document(folder: Path) -> None:
    folder.joinpath("mutations").mkdir()
    folder.joinpath("mutations", "zero.patch").write_text(
        "--- a/split.py\n+++ b/split.py\n@@ -1,2 +1,2 @@\n def split(cents, people):\n"
        "-    if people < 1:\n+    if people < 0:\n"
    )
    change(folder, mutations=[{"id": "zero", "kind": "wrong_solution", "reward": 0}])

    task = read_folder(folder)

    assert b"if people < 0:" in mutated_tree(task, task.task.mutations[0])["split.py"]


@pytest.mark.parametrize("is_a_link_to", ["/etc/hostname", "../../outside"])
def test_a_link_out_of_the_folder_is_not_followed(is_a_link_to: str, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("secret")
    (folder / "start" / "split.py").unlink()
    (folder / "start" / "split.py").symlink_to(is_a_link_to)

    with pytest.raises(Malformed) as refused:
        read_folder(folder)

    assert [(each.pointer, each.code) for each in refused.value.problems] == [("/files/0", "bad_path")]


def test_what_is_not_there_or_another_is_named(folder: Path) -> None:
    digest = "sha256:" + "0" * 64
    (folder / "blobs").mkdir()
    (folder / "blobs" / ("0" * 64)).write_text("another")
    (folder / "solution" / "split.py").unlink()
    files = json.loads((folder / "task.json").read_text())["files"]
    change(folder, files=[{**files[0], "blob": digest}, *files[1:]])

    with pytest.raises(Malformed) as refused:
        read_folder(folder)

    assert [(each.pointer, each.code) for each in refused.value.problems] == [
        ("/files/0/blob", "digest_mismatch"),
        ("/files/1", "missing_input"),
    ]


@pytest.mark.usefixtures("need_sandbox")
def test_an_answer_of_an_expert_is_checked_as_it_is(tmp_path: Path) -> None:
    first = next(iter(kind.examples()))
    (tmp_path / "answer.json").write_text(json.dumps(kind.canonical(kind.Settings(), first.value)))

    done = evenhand(tmp_path / "answer.json", "--flake-rate", 0.3, "--mutants", 8, "--json", "--keep")

    found = json.loads(done.stdout)
    assert (found["solution"]["rate"], found["start"]["rate"], found["false_accepts"]["count"]) == (1.0, 1.0, 0)
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == found["runs"]
    # Its checker imports what it judges.
    assert done.returncode == 1
    assert any("wrong solutions" in each for each in found["missing"])
