"""The tutorial, followed to the letter against a real server, in an empty folder."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pages import page
from reader import Reader

from serving import Installation

TUTORIAL = page("docs/tutorial/first-project.md")
# What two people type when `label.py` asks: they differ on r3.
TYPED = ["1\n2\n3\n1\n2\n", "1\n2\n2\n1\n2\n"]


@pytest.fixture(scope="module")
def followed(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The reader's folder and all that was printed, after the whole page."""
    reader = Reader(installation, tmp_path_factory.mktemp("reader"), TYPED)
    return reader.folder, reader.follow(TUTORIAL)


def test_every_block_of_the_tutorial_works_in_order(followed: tuple[Path, str]) -> None:
    _, printed = followed

    assert "owner@localhost" in printed
    assert "Made project Café reviews" in printed
    assert "No more work for you: empty" in printed
    # The two differ on r3: a tie of votes or, once a model has read them, the likelier of the two answers.
    assert re.search(
        r"^r3 (tied: .*mixed.*|positive|negative|mixed) 2 answers, by (votes|model|decision)$", printed, re.M
    ), [line for line in printed.splitlines() if line.startswith("r3 ")]
    assert re.search(r"^r1 \w+ 2 answers, by (votes|model|decision)$", printed, re.M)


def test_what_the_tutorial_says_will_be_printed_is_printed(followed: tuple[Path, str]) -> None:
    _, printed = followed

    shown = [line for block in TUTORIAL.blocks("") for line in block.code.splitlines()]
    assert len(shown) > 8
    for line in shown:
        # A key's id differs from server to server, and labels are longer once a model has told them: the page shows an ellipsis.
        pattern = re.escape(line).replace("…", r"[0-9a-f]+")
        assert re.search(pattern, printed), line


def test_the_release_of_the_tutorial_says_what_was_answered(followed: tuple[Path, str]) -> None:
    folder, _ = followed
    manifest = json.loads((folder / "release-1" / "manifest.json").read_text())

    assert manifest["counts"] == {"tasks": 5, "annotations": 10, "labels": 5, "annotators": 2}
    assert manifest["agreement"][0]["value"] == pytest.approx(0.6897, abs=1e-4)
