"""The repository's Markdown pages as tests read them: their prose, their code blocks, their links."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^( *)(`{3,})([^\n`]*)\n(.*?)^\1\2 *$", re.M | re.S)
_LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^()\s]+(?:\([^()\s]*\))?)(?:\s+\"[^\"]*\")?\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.M)
_ANCHOR = re.compile(r"<a (?:id|name)=\"([^\"]+)\">")


@dataclass(frozen=True)
class Block:
    """One fenced block. line: where its fence stands, 1-based."""

    language: str
    code: str
    line: int


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Its path from the root of the repository."""
        return self.path.relative_to(ROOT).as_posix()

    def blocks(self, *languages: str) -> list[Block]:
        """Its code blocks, of some languages or of all."""
        found = [
            Block(match[3].strip(), _outdented(match[4], len(match[1])), self.text[: match.start()].count("\n") + 1)
            for match in _FENCE.finditer(self.text)
        ]
        return [each for each in found if not languages or each.language in languages]

    @property
    def prose(self) -> str:
        """The text without its fenced blocks, line for line."""
        return _FENCE.sub(lambda match: "\n" * match[0].count("\n"), self.text)

    def links(self) -> Iterator[str]:
        """Where its links and pictures lead."""
        for match in _LINK.finditer(_without_code(self.prose)):
            yield match[1]

    def anchors(self) -> set[str]:
        """The anchors of its headings, as GitHub makes them, and those that it sets itself."""
        seen: dict[str, int] = {}
        found = set(_ANCHOR.findall(self.text))
        for heading in _HEADING.findall(self.prose):
            slug = re.sub(r"[^\w\- ]", "", _plain(heading).lower()).replace(" ", "-")
            found.add(f"{slug}-{seen[slug]}" if slug in seen else slug)
            seen[slug] = seen.get(slug, 0) + 1
        return found


def page(name: str) -> Page:
    """The page of that path from the root."""
    path = ROOT / name
    return Page(path, path.read_text(encoding="utf-8"))


def pages() -> list[Page]:
    """Every Markdown file of the repository, whether committed yet or not; none of what is installed or ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [page(name) for name in sorted(set(listed.split("\0")) - {""}) if (ROOT / name).exists()]


def _plain(heading: str) -> str:
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")


def _without_code(text: str) -> str:
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", text)


def _outdented(code: str, spaces: int) -> str:
    return re.sub(rf"^ {{0,{spaces}}}", "", code, flags=re.M) if spaces else code
