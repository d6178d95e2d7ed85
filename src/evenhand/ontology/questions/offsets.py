"""Positions in text: code points as stored, ranges of them, grapheme clusters, and the way to UTF-16 and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import regex

Ranges = Sequence[tuple[int, int]]

_GRAPHEME = regex.compile(r"\X")


@lru_cache(maxsize=16)
def grapheme_boundaries(text: str) -> frozenset[int]:
    """Offsets where a grapheme cluster (UAX 29) begins or ends. Which these are changes with the Unicode version."""
    return frozenset({0, *(found.end() for found in _GRAPHEME.finditer(text))})


def splits_grapheme(text: str, offset: int) -> bool:
    """Whether an offset lies inside a grapheme cluster: between a letter and its accent, within a flag."""
    beside = text[max(0, offset - 1) : offset + 1]
    if len(beside) < 2 or (beside.isascii() and beside != "\r\n"):
        return False
    return offset not in grapheme_boundaries(text)


def to_utf16(text: str, offset: int) -> int:
    """The UTF-16 code unit at which code point `offset` begins."""
    return offset + sum(character > "\uffff" for character in text[:offset])


def from_utf16(text: str, offset: int) -> int:
    """The code point at UTF-16 code unit `offset`. Raises ValueError inside a surrogate pair and beyond the text."""
    units = place = 0
    while units < offset and place < len(text):
        units += 1 + (text[place] > "\uffff")
        place += 1
    if units != offset:
        raise ValueError(f"UTF-16 offset {offset} is no character boundary of this text")
    return place


def length(ranges: Ranges) -> int:
    """How many code points the ranges cover."""
    return sum(end - start for start, end in ranges)


def overlaps(spans: Sequence[Ranges]) -> Iterator[tuple[int, int, int]]:
    """(i, j, code points) for every two ranges of different spans that overlap, i < j; a pair may come more than once.

    One sweep from the left: work grows with the number of overlaps, not with the square of the number of spans.
    """
    pieces = sorted((start, end, index) for index, ranges in enumerate(spans) for start, end in ranges)
    open_: list[tuple[int, int]] = []
    for start, end, index in pieces:
        open_ = [(until, other) for until, other in open_ if until > start]
        for until, other in open_:
            if other != index:
                yield min(index, other), max(index, other), min(end, until) - start
        open_.append((end, index))


def jaccards(ours: Sequence[Ranges], theirs: Sequence[Ranges]) -> dict[tuple[int, int], float]:
    """Shared over joint code points of every one of ours with every one of theirs, where they share any."""
    shared: dict[tuple[int, int], int] = {}
    first = len(ours)
    for i, j, count in overlaps([*ours, *theirs]):
        if i < first <= j:
            shared[i, j - first] = shared.get((i, j - first), 0) + count
    return {(i, j): count / (length(ours[i]) + length(theirs[j]) - count) for (i, j), count in shared.items()}
