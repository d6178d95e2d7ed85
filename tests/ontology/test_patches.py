"""Changes of texts: hunks lead from one to the other, and unified diffs of other programs are read as they mean."""

from __future__ import annotations

import difflib
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.core.errors import Problem
from evenhand.ontology import patches
from evenhand.ontology.inputs.diff import Settings, kind

texts = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "é💩\n", "\r\n"])).map("".join) | st.text(
    alphabet="ab\n\r", max_size=60
)
SETTINGS = Settings()


def applied(hunks: list[dict[str, Any]], old: str, new: str) -> str:
    """The new text, made from the old one and the lines that hunks call new."""
    before, after = patches.lines_of(old), patches.lines_of(new)
    made: list[str] = []
    at = 0
    for hunk in hunks:
        made += before[at : hunk["old_at"]]
        at, come = hunk["old_at"], hunk["new_at"]
        assert len(made) == come
        assert (hunk["old_line"], hunk["new_line"]) == (at + 1, come + 1)
        for sign in hunk["lines"]:
            if sign == " ":
                assert before[at] == after[come]
            if sign != "-":
                made.append(after[come])
            at, come = at + (sign != "+"), come + (sign != "-")
    return "".join(made + before[at:])


@given(texts, texts)
def test_hunks_lead_from_one_text_to_the_other(old: str, new: str) -> None:
    hunks = patches.hunks_between(old, new)

    assert applied(hunks, old, new) == new
    assert (hunks == []) == (old == new)
    for hunk in hunks:
        runs = hunk["lines"]
        assert runs.strip(" ")
        assert len(runs) - len(runs.lstrip(" ")) <= patches.CONTEXT
        assert len(runs) - len(runs.rstrip(" ")) <= patches.CONTEXT
        assert "+-" not in runs, "what goes stands before what comes"


@given(texts, texts)
def test_the_unified_diff_of_another_program_is_read_as_it_was_meant(old: str, new: str) -> None:
    before, after = patches.lines_of(old), patches.lines_of(new)
    lines = difflib.unified_diff(before, after, "a/x", "b/x", n=10_000)
    unified = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    found = patches.read(unified)

    assert not isinstance(found, Problem)
    if old != new:
        [file] = found
        assert (file["old_path"], file["new_path"]) == ("x", "x")
        # With that much context the diff shows both texts whole.
        assert (file["old"], file["new"]) == (old, new)
        assert kind.check(SETTINGS, {"files": [file]}) == []


def test_what_git_writes_is_read(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
        return subprocess.run(
            ["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout

    git("init", "-q")
    tmp_path.joinpath("kept.py").write_text("".join(f"line {no}\n" for no in range(40)))
    tmp_path.joinpath("gone.txt").write_text("Ebbe\n")
    tmp_path.joinpath("old name.txt").write_text("the same\n" * 9)
    git("add", "-A")
    git("commit", "-qm", "first")
    tmp_path.joinpath("kept.py").write_text(
        "".join(f"line {no}\n" for no in range(40)).replace("line 20", "Zeile 20 💩")
    )
    tmp_path.joinpath("gone.txt").unlink()
    tmp_path.joinpath("old name.txt").rename(tmp_path / "new name.txt")
    tmp_path.joinpath("come.txt").write_text("Flut")
    tmp_path.joinpath("picture.bin").write_bytes(bytes(range(256)))
    git("add", "-A")

    content = git("diff", "--cached", "-M")
    assert kind.check(SETTINGS, content) == []
    stored: Any = kind.clean(SETTINGS, content)

    by_name = {file.get("new_path") or file.get("old_path"): file for file in stored["files"]}
    assert {name: patches.done_to(file) for name, file in by_name.items()} == {
        "kept.py": "changed",
        "gone.txt": "removed",
        "come.txt": "added",
        "new name.txt": "renamed",
        "picture.bin": "added",
    }
    [hunk] = by_name["kept.py"]["hunks"]
    assert (hunk["lines"], hunk["old_line"], hunk["new_line"]) == ("   -+   ", 18, 18)
    assert by_name["come.txt"]["new"] == "Flut"
    assert kind.clean(SETTINGS, stored) == stored, "what is stored may be sent again"
    assert kind.check(SETTINGS, stored) == []


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        ("Nothing of the kind.", "", "bad_diff"),
        ("--- a\n+++ b\n@@ -1,2 +1,2 @@\n a\n", "", "bad_diff"),
        (f"--- {'a' * 501}\n+++ b\n@@ -0,0 +1 @@\n+x\n", "", "bad_value"),
        (7, "", "bad_json"),
        ({"files": []}, "", "bad_diff"),
        ({"files": [7]}, "/files/0", "bad_json"),
        ({"files": [{"old": "a", "new": "b"}]}, "/files/0", "bad_value"),
        ({"files": [{"new_path": "x", "new": 7}]}, "/files/0/new", "bad_json"),
        ({"files": [{"new_path": "x", "mode": 7}]}, "/files/0/mode", "unknown_field"),
        ({"files": [{"new_path": "x", "old": "a", "new": "b", "hunks": [
            {"lines": " ", "old_at": 0, "new_at": 0, "old_line": 1, "new_line": 1}]}]}, "/files/0/hunks/0", "bad_diff"),
        ({"files": [{"new_path": "x", "old": "a", "new": "a", "hunks": [
            {"lines": "  ", "old_at": 0, "new_at": 0, "old_line": 1, "new_line": 1}]}]}, "/files/0/hunks/0", "bad_diff"),
        ({"files": [{"new_path": f"f{no}", "new": "x"} for no in range(1001)]}, "", "too_large"),
    ],
)  # fmt: skip
def test_what_is_no_change_is_refused_by_place(content: Any, pointer: str, code: str) -> None:
    [problem] = kind.check(SETTINGS, content)

    assert (problem.pointer, problem.code) == (pointer, code)
    assert problem.remedy


def test_sides_are_texts_to_be_marked_and_files_and_hunks_can_be_asked_about() -> None:
    stored = kind.clean(SETTINGS, next(iter(kind.examples())))

    parts = {part.address: part for part in kind.parts("patch", SETTINGS, stored)}

    assert [part.type for part in parts.values()] == [
        "input",
        "file",
        "side",
        "side",
        "hunk",
        "file",
        "side",
        "side",
        "hunk",
    ]
    assert parts["patch/d0"].facts == {"name": "tide.py", "kind": "changed"}
    assert parts["patch/d1"].facts == {"name": "notes.txt", "kind": "added"}
    assert parts["patch/d0.new"].text is not None
    assert "größer" in parts["patch/d0.new"].text


def test_two_long_texts_with_nothing_in_common_are_one_hunk_at_once() -> None:
    [hunk] = patches.hunks_between("same\n" + "x\ny\n" * 30_000, "same\n" + "z\nw\n" * 30_000)

    assert hunk["lines"] == " " + "-" * 60_000 + "+" * 60_000
