"""Which files reach whom: a solver's tree is listed, a checker's files stand over whatever a subject puts in their place."""

from __future__ import annotations

from pathlib import Path

import pytest
from tasks import bundle, sample

from evenhand.checking import packing
from evenhand.checking.packing import (
    Bundle,
    LeaksToSolver,
    MissingFile,
    mutated_tree,
    pack_for_solver,
    packed,
    solved_tree,
    solver_tree,
)
from evenhand.checking.patching import PatchRefused, patched
from evenhand.core.canonical import digest_of_bytes
from evenhand.ontology.open_task import Mutation

FILES = {
    ("start", "src/double.py"): "def double(n):\n    pass\n",
    ("visible", "README.md"): "Double it.\n",
    ("solution", "src/double.py"): "def double(n):\n    return 2 * n\n",
    ("checker", "check.py"): "import secret_cases\n",
    ("hidden", "secret_cases.py"): "CASES = [(1, 2)]\n",
}
SECRETS = {"check.py", "secret_cases.py"}


def test_a_solver_is_given_start_and_visible_and_nothing_else(tmp_path: Path) -> None:
    listed = pack_for_solver(bundle(FILES), tmp_path / "solver")

    assert listed == ["README.md", "src/double.py"]
    assert (tmp_path / "solver" / "src" / "double.py").read_text() == FILES[("start", "src/double.py")]
    written = b"".join(each.read_bytes() for each in (tmp_path / "solver").rglob("*") if each.is_file())
    assert b"CASES" not in written
    assert b"return 2" not in written


@pytest.mark.parametrize("role", ["checker", "hidden", "solution"])
def test_a_start_file_with_the_content_of_a_secret_one_is_found(role: str, tmp_path: Path) -> None:
    leaking = {**FILES, ("start", "copy.txt"): "secret\n", (role, "kept.txt"): "secret\n"}

    with pytest.raises(LeaksToSolver) as refused:
        pack_for_solver(bundle(leaking), tmp_path / "solver")

    assert refused.value.paths == ("copy.txt",)
    assert not (tmp_path / "solver").exists()


def test_a_packer_that_lets_more_roles_through_is_caught(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packing, "ROLES_OF_SOLVER", frozenset({"start", "visible", "hidden"}))

    with pytest.raises(LeaksToSolver):
        pack_for_solver(bundle(FILES), tmp_path / "solver")


def test_what_was_not_meant_to_lie_there_is_found_by_listing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packing, "solver_tree", lambda bundle: {"a.py": b"", "b/../c.py": b""})

    with pytest.raises(LeaksToSolver):
        pack_for_solver(bundle(FILES), tmp_path / "solver")


def test_a_solution_lies_over_the_start() -> None:
    assert solved_tree(bundle(FILES))["src/double.py"] == b"def double(n):\n    return 2 * n\n"


def test_a_solution_may_be_a_diff() -> None:
    diff = "--- a/src/double.py\n+++ b/src/double.py\n@@ -1,2 +1,2 @@\n def double(n):\n-    pass\n+    return 2 * n\n"
    files = {**{key: text for key, text in FILES.items() if key[0] != "solution"}, ("solution", "fix.patch"): diff}

    tree = solved_tree(bundle(files))

    assert tree["src/double.py"] == b"def double(n):\n    return 2 * n\n"
    assert "fix.patch" not in tree


def test_a_mutation_lies_over_the_solution() -> None:
    mutation = Mutation(id="x", kind="exploit", files=[{"path": "check.py", "text": "forged"}], reward=0.0)

    assert mutated_tree(bundle(FILES), mutation)["check.py"] == b"forged"


def test_the_checkers_files_are_fixed_and_no_subject_takes_their_place() -> None:
    given = packed(bundle(FILES), {"check.py": b"forged", "secret_cases.py/x": b"in the way", "src/double.py": b"1"})

    assert [(each.path, each.is_fixed) for each in given] == [
        ("src/double.py", False),
        ("check.py", True),
        ("secret_cases.py", True),
    ]


def test_the_reference_solution_is_not_there_when_the_start_is_checked() -> None:
    task = bundle(FILES)

    assert not any(b"return 2" in each.content for each in packed(task, solver_tree(task)))


def test_a_blob_that_is_another_than_its_digest_is_not_taken() -> None:
    task = sample()
    wrong = Bundle(task.task, {digest: content + b"!" for digest, content in task.blobs.items()})

    with pytest.raises(MissingFile):
        solver_tree(wrong)
    assert all(digest_of_bytes(content) == digest for digest, content in task.blobs.items())


# ------------------------------------------------------------------------------------------------------------------ diffs --
@pytest.mark.parametrize(
    ("diff", "line"),
    [
        (b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-two\n+three\n", 4),
        (b"--- a/y\n+++ b/y\n@@ -1 +1 @@\n-one\n+two\n", 1),
        (b"--- a/x\n+++ b/../x\n@@ -1 +1 @@\n-one\n+two\n", 2),
        (b"--- a/x\nno\n", 1),
        (b"--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n-one\n", 4),
        (b"--- a/x\n+++ b/x\n@@ -9 +9 @@\n-one\n+two\n", 3),
        (b"", 0),
    ],
)
def test_a_diff_that_does_not_fit_is_refused_with_its_line(diff: bytes, line: int) -> None:
    with pytest.raises(PatchRefused) as refused:
        patched({"x": b"one\n"}, diff)

    assert refused.value.line == line


def test_files_begin_move_and_end_by_a_diff() -> None:
    new = b"--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+first\n"
    moved = b"--- a/x\n+++ b/z\n@@ -1 +1 @@\n-one\n+two\n"
    gone = b"--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n"

    assert patched({"x": b"one\n"}, new) == {"x": b"one\n", "new": b"first\n"}
    assert patched({"x": b"one\n"}, moved) == {"z": b"two\n"}
    assert patched({"x": b"one\n"}, gone) == {}
