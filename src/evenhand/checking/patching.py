"""Unified diffs laid over a tree of files, strictly: every line of context must be where the diff says it is.

The format: POSIX.1-2017, diff, "Diff -u Output Format"; `/dev/null` as a name, as git writes it, where a file is made or removed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from evenhand.core.errors import PlatformError
from evenhand.ontology.open_task import is_inside

_HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_NO_END = b"\\ No newline at end of file"


@dataclass(eq=False)
class PatchRefused(PlatformError):
    """A diff does not fit the files it is for."""

    line: int
    reason: str
    code: ClassVar[str] = "patch-refused"
    hint: ClassVar[str] = "Make the diff anew against these very files, with `diff -u` or `git diff`."

    def __str__(self) -> str:
        return f"Line {self.line} of the diff: {self.reason}."


def patched(tree: Mapping[str, bytes], diff: bytes) -> dict[str, bytes]:
    """The tree with a unified diff applied. tree: path -> content. Raises PatchRefused."""
    made = dict(tree)
    lines = diff.splitlines(keepends=True)
    at = 0
    while at < len(lines):
        if not lines[at].startswith(b"--- "):
            at += 1
            continue
        if at + 1 >= len(lines) or not lines[at + 1].startswith(b"+++ "):
            raise PatchRefused(at + 1, "--- is not followed by +++")
        old, new = _name(lines[at], at), _name(lines[at + 1], at + 1)
        if old is not None and old not in made:
            raise PatchRefused(at + 1, f"there is no {old}")
        content, at = _file(made.get(old, b"") if old else b"", lines, at + 2)
        if old is not None and old != new:
            del made[old]
        if new is not None:
            made[new] = content
    if made == dict(tree):
        raise PatchRefused(len(lines), "it changes nothing")
    return made


def _name(line: bytes, at: int) -> str | None:
    """`a/x.py` of `--- a/x.py\\t2026-…`, without git's first letter; None for /dev/null."""
    name = line[4:].split(b"\t")[0].strip().decode(errors="replace")
    if name == "/dev/null":
        return None
    name = name[2:] if name[:2] in ("a/", "b/") else name
    if not is_inside(name):
        raise PatchRefused(at + 1, "this path leaves its folder")
    return name


def _file(content: bytes, lines: list[bytes], at: int) -> tuple[bytes, int]:
    """One file's hunks laid over its content, and the line after them."""
    before, made, read = content.splitlines(keepends=True), [], 0
    while at < len(lines) and (hunk := _HUNK.match(lines[at])):
        first, removed, added = int(hunk[1]), int(hunk[2] or 1), int(hunk[4] or 1)
        start = first - 1 if removed else first
        if start < read or start > len(before):
            raise PatchRefused(at + 1, "this hunk begins outside the file, or before the last one ended")
        made += before[read:start]
        read, at = start, at + 1
        while (removed or added) and at < len(lines):
            sign, text = lines[at][:1], lines[at][1:]
            if at + 1 < len(lines) and lines[at + 1].startswith(_NO_END):
                text = text.rstrip(b"\r\n")
            if sign == b"\n":
                sign, text = b" ", b"\n"
            if sign in (b" ", b"-"):
                if read >= len(before) or before[read] != text:
                    raise PatchRefused(at + 1, "the file reads differently here")
                read, removed = read + 1, removed - 1
            if sign in (b" ", b"+"):
                made.append(text)
                added -= 1
            if sign not in (b" ", b"+", b"-", b"\\"):
                raise PatchRefused(at + 1, "this is no line of a hunk")
            at += 1
        if removed or added:
            raise PatchRefused(at, "the hunk ends too early")
        while at < len(lines) and lines[at].startswith(b"\\"):
            at += 1
    return b"".join([*made, *before[read:]]), at
