"""What kinds of marks in a picture share: points that lie in it and on its grid, and one geometry for what several drew."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from evenhand.core.canonical import JsonValue, canonical_json
from evenhand.core.errors import Problem
from evenhand.ontology.answering import problem
from evenhand.ontology.kind import Part
from evenhand.ontology.questions.rectangles import GRID_SLACK, Point, on_pixel_grid

PIXELS_MAX = 2**31
# A merged mark stands for those that are like it at least this much.
STANDS_FOR = 0.75
_CLOSE = 1e-9


def no_pixels(part: Part | None) -> list[Problem]:
    """The defect of a part that is no picture; nothing where it is one or is not at hand."""
    if part is None or part.size is not None:
        return []
    return [problem("unknown_target", f"{part.address!r} has no pixels.", "Name the picture in on.", "/on")]


def is_number(value: Any) -> bool:
    """A finite number, which true and false are not."""
    return not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)


def check_number(value: Any, name: str, pointer: str) -> Iterator[Problem]:
    """A number of pixels that a picture may have."""
    if not is_number(value):
        message = f"{name} is missing." if value is None else f"{name} is not a number."
        yield problem("bad_value", message, "Send pixels.", pointer)
    elif abs(value) > PIXELS_MAX:
        yield problem("out_of_bounds", f"{name} lies beyond any picture.", "Send pixels.", pointer)


def check_point(point: Any, pointer: str, size: tuple[int, int] | None) -> Iterator[Problem]:
    """`[x, y]` within the picture. size: width and height, None where it is not at hand."""
    if not isinstance(point, list | tuple) or len(point) != 2 or not all(map(is_number, point)):
        yield problem("bad_value", "This is not a point.", "Send [x, y] in pixels.", pointer)
        return
    for axis, value in enumerate(point):
        most = size[axis] if size else PIXELS_MAX
        low = 0 if size else -PIXELS_MAX
        if not low - GRID_SLACK <= value <= most + GRID_SLACK:
            message = f"{'xy'[axis]} is {value:g}, the picture has {low:g}..{most:g}."
            yield problem("out_of_bounds", message, "Keep it within the picture.", f"{pointer}/{axis}", [low, most])


def on_grid(point: Sequence[float]) -> Point:
    """A point on the grid of 1/1024 px."""
    return on_pixel_grid(point[0]), on_pixel_grid(point[1])


def plain(value: float) -> int | float:
    """A number as JSON: whole ones without a point."""
    return int(value) if float(value).is_integer() else value


def spelled(points: Sequence[Point]) -> JsonValue:
    """Points as JSON, on the grid."""
    return [[plain(on_pixel_grid(x)), plain(on_pixel_grid(y))] for x, y in points]


# ------------------------------------------------------------------------------------------------------- one for several --
def medoid(
    geometries: Sequence[dict[str, JsonValue]], weights: Sequence[float], likeness: Callable[[int, int], float]
) -> tuple[dict[str, JsonValue], float, bool]:
    """The geometry that is nearest to all others, the share of the weight it stands for, and whether another is as near that is
    too unlike it.

    likeness: of two of them by place, 0..1, 1 for equal. Among equals the first by content, so that the order of answers never
    decides.
    """
    every = range(len(geometries))
    alike = [[1.0 if i == j else likeness(min(i, j), max(i, j)) for j in every] for i in every]
    costs = [sum((1.0 - alike[i][j]) * weights[j] for j in every) for i in every]
    least = min(costs)
    best = sorted((i for i in every if costs[i] <= least + _CLOSE), key=lambda i: canonical_json(geometries[i]))
    chosen = best[0]
    share = sum(weights[j] for j in every if alike[chosen][j] >= STANDS_FOR) / sum(weights)
    return geometries[chosen], share, any(alike[chosen][other] < STANDS_FOR for other in best)


def median(values: Sequence[float], weights: Sequence[float]) -> float:
    """The weighted median; the mean of the middle two where they halve the weight."""
    half, below = sum(weights) / 2, 0.0
    ordered = sorted(zip(values, weights, strict=True))
    for index, (value, weight) in enumerate(ordered):
        below += weight
        if below > half + 1e-12 or index == len(ordered) - 1:
            return value
        if below >= half - 1e-12:
            return (value + ordered[index + 1][0]) / 2
    raise AssertionError("there are values")
