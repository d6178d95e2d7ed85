"""A reader who does what a page says: types its shell blocks, runs its Python, saves its files, in a folder of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from pages import ROOT, Block, Page

from serving import Installation


class Reader:
    """Follows pages in one folder, against one server, with the environment that the pages ask for.

    typed: what they type when a program asks, one text for each block that runs `label.py`.
    """

    def __init__(self, installation: Installation, folder: Path, typed: Iterable[str] = ()) -> None:
        self.folder = folder
        self._typed = iter(typed)
        programs = folder / "programs"
        programs.mkdir()
        for name, arguments in {"python": "", "evenhand": "-m evenhand "}.items():
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments}"$@"\n')
            program.chmod(0o755)
        # What a page names by its place in the checkout is there.
        (folder / "verify").symlink_to(ROOT / "verify")
        clean = {name: text for name, text in os.environ.items() if not name.startswith(("EVENHAND_", "XDG_"))}
        self._environment = {
            **clean,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(folder),
            "COLUMNS": "120",
            "EVENHAND_URL": installation.url,
            "EVENHAND_API_KEY": installation.key,
        }
        self._before = ""

    def follow(self, page: Page) -> str:
        """Do what the page says, block by block; all that was printed. Fails where the reader's terminal would."""
        return "\n".join(self._do(block, page) for block in page.blocks("sh", "python", "json"))

    def _do(self, block: Block, page: Page) -> str:
        if saved := _saved_as(block, page):
            path = self.folder / saved
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.code, encoding="utf-8")
            return ""
        if block.language == "json":
            return ""
        if block.language == "python":
            return self._run([sys.executable, "-c", block.code], "", block)
        typed = next(self._typed) if "label.py" in block.code else ""
        # Variables set by one block are there in the next, as in a terminal that stays open.
        printed = self._run(
            ["bash", "-eu", "-c", self._before + block.code + "\ndeclare -p > .variables"], typed, block
        )
        self._before = "source .variables 2>/dev/null || true\n"
        return printed

    def _run(self, command: list[str], typed: str, block: Block) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=self._environment, input=typed, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, f"line {block.line}\n{block.code}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def _saved_as(block: Block, page: Page) -> str | None:
    """The name in "save this as `name`", where that ends the paragraph right before the block."""
    before = "\n".join(page.text.splitlines()[: block.line - 1]).rstrip()
    paragraph = " ".join(before.rpartition("\n\n")[2].split())
    _, said, name = paragraph.lower().rpartition("save this as `")
    return name.removesuffix("`:") if said and name.endswith("`:") else None
