"""The edit distance: how many words (or characters) to insert, leave out or replace until one sequence is the other."""

from __future__ import annotations

from collections.abc import Hashable, Sequence


def edit_distance(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """Levenshtein's distance, exact: 0 for equals, at most the length of the longer one.

    A column of the table is two numbers with one bit a row, so that a column costs a few operations on whole numbers of that many
    bits: two texts of 2,000 characters take milliseconds.

    Myers, 1999, "A fast bit-vector algorithm for approximate string matching", doi:10.1145/316542.316550, as Hyyrö, 2003, writes it
    down for this distance ("A bit-vector algorithm for computing Levenshtein and Damerau edit distances").
    """
    if len(a) < len(b):
        a, b = b, a
    begin, end = _alike(a, b)
    a, b = a[begin : len(a) - end], b[begin : len(b) - end]
    if not b:
        return len(a)
    where: dict[Hashable, int] = {}
    for place, each in enumerate(a):
        where[each] = where.get(each, 0) | 1 << place
    every, last = (1 << len(a)) - 1, 1 << len(a) - 1
    rising, falling, distance = every, 0, len(a)
    for each in b:
        equal = where.get(each, 0)
        diagonal = (((equal & rising) + rising) ^ rising) | equal | falling
        up = falling | ~(diagonal | rising) & every
        down = diagonal & rising
        distance += bool(up & last) - bool(down & last)
        up, down = (up << 1 | 1) & every, down << 1 & every
        rising, falling = down | ~(diagonal | up) & every, diagonal & up
    return distance


def edit_share(a: Sequence[Hashable], b: Sequence[Hashable]) -> float:
    """The edit distance divided by the length of the longer sequence, 0..1; 0 for two that are empty."""
    longer = max(len(a), len(b))
    return edit_distance(a, b) / longer if longer else 0.0


def _alike(a: Sequence[Hashable], b: Sequence[Hashable]) -> tuple[int, int]:
    """How much of both is the same from the beginning, and of what is left from the end. b is not the longer one."""
    begin = 0
    while begin < len(b) and a[begin] == b[begin]:
        begin += 1
    end = 0
    while end < len(b) - begin and a[-1 - end] == b[-1 - end]:
        end += 1
    return begin, end
