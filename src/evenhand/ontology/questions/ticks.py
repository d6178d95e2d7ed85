"""Stretches of time in ticks: whether one lies in a recording, how far two overlap, which stands for several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from evenhand.core.errors import Problem
from evenhand.ontology.answering import problem
from evenhand.ontology.kind import Part
from evenhand.ontology.questions.pixels import STANDS_FOR, median

# (start, end) in ticks, half-open; a point in time has both alike.
Stretch: TypeAlias = tuple[int, int]
# Two points in time that are further apart than this have nothing in common.
POINT_REACH_SECONDS = 0.1


def check_stretch(stretch: Mapping[str, Any], part: Part | None, *, points: bool = False) -> Iterator[Problem]:
    """Defects of `start` and `end`: whole numbers, in order, within the part. points: whether they may be alike."""
    if part is not None and part.length is None:
        yield problem("bad_target", f"{part.address!r} does not run in time.", "Ask about a recording.")
        return
    ticks = part.length[0] if part is not None and part.length is not None else None
    sound: list[int] = []
    for name in ("start", "end"):
        value: Any = stretch.get(name)
        pointer = f"/{name}" if name in stretch else ""
        if not _is_tick(value):
            yield problem(
                "bad_value", f"{name} is a whole number of ticks.", "Of a recording a tick is a sample.", pointer
            )
        elif not 0 <= value <= (value if ticks is None else ticks):
            within = None if ticks is None else [0, ticks]
            yield problem("out_of_bounds", f"{name} lies outside of it.", "Count ticks from 0.", pointer, within)
        else:
            sound.append(value)
    if len(sound) == 2 and (sound[1] < sound[0] or (sound[1] == sound[0] and not points)):
        remedy = "End it after its start, or let both be alike." if points else "End it after its start."
        yield problem("degenerate", "It ends before it begins, or is empty.", remedy, "/end")


def check_channel(channel: Any, part: Part | None) -> Iterator[Problem]:
    """A channel is named as the recording's parts are: c0, c1, …"""
    names = None if part is None else [address.rpartition("/")[2] for address in part.children]
    if not isinstance(channel, str) or (names is not None and channel not in names):
        yield problem("unknown_target", f"There is no channel {channel!r}.", "Take one of these.", "/channel", names)


def stretch_of(given: Mapping[str, Any]) -> Stretch:
    """(start, end) of a region or segment that was checked."""
    return int(given["start"]), int(given["end"])


def shared(a: Stretch, b: Stretch, rate: int | None) -> float:
    """How far two overlap, 0..1: intersection over union; of two points in time, how near they are.

    rate: ticks a second; without it points are the same or wholly apart.
    """
    if a == b:
        return 1.0
    if a[0] == a[1] and b[0] == b[1]:
        reach = POINT_REACH_SECONDS * rate if rate else 1.0
        return max(0.0, 1.0 - abs(a[0] - b[0]) / reach)
    both = min(a[1], b[1]) - max(a[0], b[0])
    return max(0, both) / (max(a[1], b[1]) - min(a[0], b[0]))


def blended(stretches: Sequence[Stretch], weights: Sequence[float], rate: int | None) -> tuple[Stretch, float]:
    """Each end at its weighted median, on a whole tick, and the share of the weight of those that it stands for."""
    start, end = (round(median([each[side] for each in stretches], weights)) for side in (0, 1))
    found = (start, max(start, end))
    near = sum(w for each, w in zip(stretches, weights, strict=True) if shared(each, found, rate) >= STANDS_FOR)
    return found, near / sum(weights)


def clashes(stretches: Sequence[Stretch]) -> Iterator[tuple[int, int]]:
    """Pairs, by place, that share a tick, or a point in time; the later one by its start comes second."""
    order = sorted(range(len(stretches)), key=lambda index: (*stretches[index], index))
    running: list[int] = []
    for index in order:
        start, end = stretches[index]
        running = [other for other in running if stretches[other][1] > start or stretches[other] == (start, end)]
        yield from ((other, index) for other in running)
        running.append(index)


def _is_tick(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and value == value // 1 and abs(value) < 2**53
