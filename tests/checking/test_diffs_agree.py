"""Diffs made by two others, Python's difflib and Debian's diff, laid over what they were made from."""

from __future__ import annotations

import difflib
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.checking.patching import PatchRefused, patched

LINES = st.lists(st.sampled_from(["a\n", "b\n", "Straße\n", "\n", "-x\n", "+x\n", "@@\n"]), max_size=12)


@given(LINES, LINES, st.integers(0, 3))
def test_the_diff_of_two_files_makes_the_one_of_the_other(before: list[str], after: list[str], context: int) -> None:
    diff = "".join(difflib.unified_diff(before, after, "a/f", "b/f", n=context)).encode()
    old, new = "".join(before).encode(), "".join(after).encode()

    if old == new:
        with pytest.raises(PatchRefused):
            patched({"f": old}, diff)
    else:
        assert patched({"f": old, "g": b"1"}, diff) == {"f": new, "g": b"1"}


@pytest.mark.skipif(shutil.which("diff") is None, reason="Debian's diffutils are missing")
@pytest.mark.parametrize(
    ("before", "after"),
    [(b"1\n2\n3\n", b"1\n2\nthree"), (b"1", b"1\n2"), (b"a\n" * 30, b"a\n" * 5 + b"b\n" + b"a\n" * 25)],
)
def test_so_does_that_of_diff(before: bytes, after: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(before)
    (tmp_path / "b").write_bytes(after)
    made = subprocess.run(
        ["diff", "-u", "--label", "a/f", "--label", "b/f", "a", "b"], cwd=tmp_path, stdout=subprocess.PIPE
    )

    assert patched({"f": before}, made.stdout) == {"f": after}
