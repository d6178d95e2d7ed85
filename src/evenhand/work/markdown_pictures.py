"""The pictures that a Markdown text shows: where they come from, and the same text with other sources in their places. Pure.

A stored picture is written `![What it shows](picture:ID)`. The browser shows nothing else, so what is overlooked here is a picture
that is not shown, and never one that is loaded from elsewhere: one named by reference, `![alt][label]`, for example. Everything
here takes time linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

STORED = "picture:"
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
# A span of code, which shows pictures to nobody, or ![alt](source. The lengths bound how far each looks in vain.
_PLACE = re.compile(
    r"(?<!`)(`{1,2})(?!`)[^`\n]{1,2000}\1(?!`)"
    r"|(!\[[^\]]{0,1000}\]\([ \t]*)(<[^<>\n]*>|[^\s<>()]+(?:\([^\s()]{0,200}\)[^\s()]*)?)"
)
_MENTIONED = re.compile(rf"{STORED}([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as a text names it. line: counted from 1."""

    source: str
    line: int


def shown_in(markdown: str) -> list[Shown]:
    """The pictures of a text in its order, each source once."""
    found: dict[str, Shown] = {}

    def note(source: str, line: int) -> str | None:
        found.setdefault(source, Shown(source, line))
        return None

    _walk(markdown, note)
    return list(found.values())


def with_sources(markdown: str, changed: dict[str, str]) -> str:
    """The text with other sources for some of its pictures: old -> new."""
    return _walk(markdown, lambda source, _: changed.get(source)) if changed else markdown


def mentioned_in(markdown: str) -> list[UUID]:
    """Every stored picture that a text names, wherever it does: what has to be kept for it."""
    return list(dict.fromkeys(UUID(each) for each in _MENTIONED.findall(markdown)))


def id_of(source: str) -> UUID | None:
    """The stored picture that a source names; None for any other source, also `picture:` with what is no id."""
    found = _MENTIONED.fullmatch(source)
    return UUID(found[1]) if found else None


def source_of(picture_id: UUID | str) -> str:
    """How a text names a stored picture."""
    return f"{STORED}{picture_id}"


def _walk(markdown: str, visit: Callable[[str, int], str | None]) -> str:
    """Call `visit(source, line)` for each picture outside of code; the text with what it answered in their places."""
    parts: list[str] = []
    for text, line, is_code in _passages(markdown):
        parts.append(text if is_code else _visited(text, line, visit))
    return "".join(parts)


def _visited(text: str, line: int, visit: Callable[[str, int], str | None]) -> str:
    seen_to, seen_lines = 0, 0

    def put(found: re.Match[str]) -> str:
        nonlocal seen_to, seen_lines
        if found[2] is None:
            return found[0]
        source = found[3][1:-1] if found[3].startswith("<") else found[3]
        seen_lines += text.count("\n", seen_to, found.start())
        seen_to = found.start()
        new = visit(source, line + seen_lines)
        return found[0] if new is None else found[2] + new

    return _PLACE.sub(put, text)


def _passages(markdown: str) -> Iterator[tuple[str, int, bool]]:
    """(text, its first line, whether it is fenced code), which together are the whole text."""
    lines: list[str] = []
    begins, fence = 1, None
    for number, line in enumerate(markdown.splitlines(keepends=True), start=1):
        mark = _FENCE.match(line)
        if mark and fence is None:
            yield "".join(lines), begins, False
            lines, begins, fence = [], number, mark[1]
        lines.append(line)
        if mark and fence is not None and begins != number and mark[1].startswith(fence):
            yield "".join(lines), begins, True
            lines, begins, fence = [], number + 1, None
    yield "".join(lines), begins, fence is not None
