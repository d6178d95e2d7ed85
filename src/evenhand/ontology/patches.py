"""Changes between two texts, line by line: unified diffs read, hunks found. Knows no kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from rapidfuzz.distance import LCSseq
from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchedFile, PatchSet

from evenhand.core.errors import Problem

CONTEXT = 3
# Above this what lies between their common beginning and end counts as replaced: a bit a pair is kept to match lines.
_PAIRS_MAX = 400_000_000
_NOWHERE = "/dev/null"


def lines_of(text: str) -> list[str]:
    """Lines with their ends; only "\\n" ends one."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def read(text: str) -> list[dict[str, Any]] | Problem:
    """The files of a unified diff with `old_path`, `new_path`, both sides and hunks; or what is wrong with it."""
    try:
        patch = PatchSet(text)
    except (UnidiffParseError, ValueError) as error:
        return Problem(
            "", "bad_diff", f"This is no unified diff: {error}.", "Send the output of `diff -u` or `git diff`."
        )
    return [_file(each) for each in patch]


def done_to(file: dict[str, Any]) -> str:
    """What a change does to a file: added, removed, renamed or changed."""
    old, new = file.get("old_path"), file.get("new_path")
    return "added" if old is None else "removed" if new is None else "changed" if old == new else "renamed"


def hunks_between(old: str, new: str) -> list[dict[str, Any]]:
    """Where two texts differ, each with three lines around it that they share: by a longest common subsequence of lines."""
    before, after = lines_of(old), lines_of(new)
    hunks: list[dict[str, Any]] = []
    shared = 0
    lines = ""
    for tag, at, to, come, into in _changes(before, after):
        if at == to and come == into:
            continue
        if tag == "equal":
            shared = to - at
            lines += " " * min(CONTEXT, shared) if lines else ""
            continue
        if lines and shared <= 2 * CONTEXT:
            lines += " " * max(0, shared - CONTEXT)
        else:
            if lines:
                hunks[-1]["lines"] = lines
            context = min(CONTEXT, shared)
            lines = " " * context
            hunks.append(_hunk("", at - context, come - context, at - context + 1, come - context + 1))
        lines += "-" * (to - at) + "+" * (into - come)
        shared = 0
    if lines:
        hunks[-1]["lines"] = lines
    return hunks


def _changes(before: list[str], after: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """What is equal and what is replaced, in order, each with where it lies in both; some of it may be empty."""
    if len(before) * len(after) > _PAIRS_MAX:
        most = min(len(before), len(after))
        head = next((at for at in range(most) if before[at] != after[at]), most)
        tail = next((at for at in range(most - head) if before[-1 - at] != after[-1 - at]), most - head)
        old_to, new_to = len(before) - tail, len(after) - tail
        yield "equal", 0, head, 0, head
        yield "replace", head, old_to, head, new_to
        yield "equal", old_to, len(before), new_to, len(after)
        return
    changed = (0, 0, 0, 0)
    codes = cast("list[tuple[str, int, int, int, int]]", LCSseq.opcodes(before, after).as_list())
    for tag, at, to, come, into in codes:
        if tag != "equal":
            changed = (changed[0], to, changed[2], into)
            continue
        yield "replace", *changed
        yield tag, at, to, come, into
        changed = (to, to, into, into)
    yield "replace", *changed


def _file(file: PatchedFile) -> dict[str, Any]:
    sides: dict[str, list[str]] = {"-": [], "+": []}
    hunks = []
    for hunk in file:
        at = {side: len(lines) for side, lines in sides.items()}
        signs: list[str] = []
        for line in hunk:
            if line.line_type == "\\":
                for side in ("-", "+"):
                    if signs and signs[-1] in (" ", side):
                        sides[side][-1] = sides[side][-1].removesuffix("\n")
                continue
            # An empty line of context is often sent without its space.
            sign = line.line_type if line.line_type in ("-", "+") else " "
            signs.append(sign)
            for side in ("-", "+"):
                if sign in (" ", side):
                    sides[side].append(line.value)
        hunks.append(_hunk("".join(signs), at["-"], at["+"], hunk.source_start, hunk.target_start, hunk.section_header))
    old, new = (None if path == _NOWHERE else path for path in (file.source_file, file.target_file))
    prefixed = (old is None or old.startswith("a/")) and (new is None or new.startswith("b/"))
    old, new = (path[2:] if path is not None and prefixed else path for path in (old, new))
    return {
        **({} if old is None else {"old_path": old}),
        **({} if new is None else {"new_path": new}),
        "old": "".join(sides["-"]),
        "new": "".join(sides["+"]),
        "hunks": hunks,
    }


def _hunk(lines: str, old_at: int, new_at: int, old_line: int, new_line: int, heading: str = "") -> dict[str, Any]:
    hunk = {"lines": lines, "old_at": old_at, "new_at": new_at, "old_line": old_line, "new_line": new_line}
    return {**hunk, "heading": heading} if heading else hunk
