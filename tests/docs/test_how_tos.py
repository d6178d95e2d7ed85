"""How-to pages whose commands are complete are followed to the letter against a real server."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import page
from reader import Reader

from serving import Installation

# Each page makes what it needs. What it prints somewhere on the way:
FOLLOWED = {
    "docs/how-to/import-tasks.md": "/inputs/text missing_input",
    "docs/how-to/invite-people.md": "evh_",
    "docs/how-to/release-and-verify.md": "Verified: release 1",
    "docs/how-to/replay-a-crowd.md": "The majority of every task is the file's own.",
    "docs/how-to/use-the-sdk.md": "the second time said the same: 1",
    "docs/how-to/write-an-ontology.md": "widening",
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_a_page_can_be_followed_to_the_letter(name: str, installation: Installation, tmp_path: Path) -> None:
    how_to = page(name)

    printed = Reader(installation, tmp_path).follow(how_to)

    assert FOLLOWED[name] in printed
    for block in how_to.blocks(""):
        for line in block.code.splitlines():
            assert line in printed, line
