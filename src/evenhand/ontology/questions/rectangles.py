"""Rectangles, upright or turned: corners, areas, exact overlap, and the one grid that their numbers lie on.

Pixels are corner coordinates of the upright picture, x to the right, y down. A turned rectangle is given by left, top, width and
height before it was turned, and degrees clockwise as seen, about its center.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np

Point: TypeAlias = tuple[float, float]

PIXEL_STEPS = 1 << 10
DEGREE_STEPS = 1 << 20
# Whatever two roundings to the grid can add up to.
GRID_SLACK = 1 / PIXEL_STEPS


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Left, top, width and height in pixels before turning; rotation in degrees, (-180, 180]."""

    x: float
    y: float
    w: float
    h: float
    rotation: float = 0.0

    @property
    def area(self) -> float:
        """Square pixels."""
        return self.w * self.h

    @property
    def center(self) -> Point:
        """What it turns about."""
        return self.x + self.w / 2, self.y + self.h / 2

    def corners(self) -> list[Point]:
        """Top left, top right, bottom right, bottom left of the unturned one, turned."""
        x, y, w, h = self.x, self.y, self.w, self.h
        plain = [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
        if not self.rotation:
            return plain
        cos, sin = turn(self.rotation)
        cx, cy = self.center
        return [(cx + (px - cx) * cos - (py - cy) * sin, cy + (px - cx) * sin + (py - cy) * cos) for px, py in plain]

    def envelope(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the smallest upright rectangle around it."""
        xs, ys = zip(*self.corners(), strict=True)
        return min(xs), min(ys), max(xs), max(ys)


# ------------------------------------------------------------------------------------------------------------- the grid --
def on_pixel_grid(value: float) -> float:
    """The nearest multiple of 1/1024 px, halves upwards: floor(v * 1024 + 1/2) / 1024, the same in every language."""
    return math.floor(value * PIXEL_STEPS + 0.5) / PIXEL_STEPS


def on_degree_grid(value: float) -> float:
    """An angle in (-180, 180], at the nearest multiple of 2^-20 degree."""
    return turned_into_range(math.floor(value * DEGREE_STEPS + 0.5) / DEGREE_STEPS)


def turned_into_range(degrees: float) -> float:
    """The same direction in (-180, 180]. Exact for what lies on the grid."""
    return 180.0 - (180.0 - degrees) % 360.0


def turn(degrees: float) -> Point:
    """Cosine and sine, exact at quarter turns."""
    quarter = degrees / 90.0
    if quarter.is_integer():
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[int(quarter) % 4]
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))


# -------------------------------------------------------------------------------------------------- other ways of saying --
def from_corners(corners: Sequence[Point]) -> Rectangle:
    """The rectangle with these four corners, in the order of `Rectangle.corners`."""
    (ax, ay), (bx, by), _, (dx, dy) = corners
    w, h = math.hypot(bx - ax, by - ay), math.hypot(dx - ax, dy - ay)
    cx, cy = sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4
    rotation = math.degrees(math.atan2(by - ay, bx - ax))
    return Rectangle(cx - w / 2, cy - h / 2, w, h, turned_into_range(rotation))


def from_turned_corner(x: float, y: float, w: float, h: float, rotation: float) -> Rectangle:
    """From the place of the *turned* top left corner, about which others turn (Label Studio, Konva)."""
    cos, sin = turn(rotation)
    cx, cy = x + (w * cos - h * sin) / 2, y + (w * sin + h * cos) / 2
    return Rectangle(cx - w / 2, cy - h / 2, w, h, turned_into_range(rotation))


def to_turned_corner(rectangle: Rectangle) -> Point:
    """Where its top left corner lies once it is turned."""
    return rectangle.corners()[0]


def from_inclusive(left: int, top: int, right: int, bottom: int, base: int) -> Rectangle:
    """From the first and the last pixel that belong to it, counted from `base` (VOC and MOT: 1)."""
    return Rectangle(left - base, top - base, right - left + 1, bottom - top + 1)


def to_inclusive(rectangle: Rectangle, base: int) -> tuple[int, int, int, int]:
    """The first and the last pixel that an upright rectangle touches, counted from `base`."""
    left, top, right, bottom = rectangle.envelope()
    return math.floor(left) + base, math.floor(top) + base, math.ceil(right) - 1 + base, math.ceil(bottom) - 1 + base


# --------------------------------------------------------------------------------------------------------------- overlap --
def iou(a: Rectangle, b: Rectangle) -> float:
    """Shared over joint area, 0..1; bit for bit the same whichever comes first."""
    shared = shared_area(a, b)
    return min(1.0, shared / (a.area + b.area - shared))


def shared_area(a: Rectangle, b: Rectangle) -> float:
    """The exact area of the intersection: one polygon clipped by the other's four edges (Sutherland, Hodgman, 1974)."""
    if a == b:
        return a.area
    if (b.x, b.y, b.w, b.h, b.rotation) < (a.x, a.y, a.w, a.h, a.rotation):
        a, b = b, a
    if not a.rotation and not b.rotation:
        width = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
        height = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
        return max(0.0, width) * max(0.0, height)
    # About the first center, so that far from the origin nothing is lost to the size of the coordinates.
    ox, oy = a.center
    polygon = [(x - ox, y - oy) for x, y in a.corners()]
    clip = [(x - ox, y - oy) for x, y in b.corners()]
    for start, end in zip(clip, [*clip[1:], clip[0]], strict=True):
        polygon = _clipped(polygon, start, end)
        if len(polygon) < 3:
            return 0.0
    return min(polygon_area(polygon), a.area, b.area)


def giou(a: Rectangle, b: Rectangle) -> float:
    """Generalized IoU, -1..1: IoU less the share of the smallest convex enclosure that neither covers.

    Rezatofighi et al., 2019, "Generalized intersection over union", arXiv:1902.09630. The enclosure is the upright rectangle where
    both are upright, as everywhere, else the convex hull, so that a rectangle and itself have 1.
    """
    if a == b:
        return 1.0
    shared = shared_area(a, b)
    joint = a.area + b.area - shared
    if not a.rotation and not b.rotation:
        (left, top, right, bottom), other = a.envelope(), b.envelope()
        enclosing = (max(right, other[2]) - min(left, other[0])) * (max(bottom, other[3]) - min(top, other[1]))
    else:
        enclosing = polygon_area(convex_hull([*a.corners(), *b.corners()]))
    enclosing = max(enclosing, joint)
    return min(1.0, shared / joint) - (enclosing - joint) / enclosing


class Enclosed(Protocol):
    """What an upright rectangle can be put around."""

    def envelope(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        ...


def overlapping(ours: Sequence[Enclosed], theirs: Sequence[Enclosed]) -> Iterator[tuple[int, int]]:
    """(i, j) wherever the envelopes of ours[i] and theirs[j] overlap."""
    if not ours or not theirs:
        return
    left, top, right, bottom = (np.array(side) for side in zip(*(each.envelope() for each in theirs), strict=True))
    order = np.argsort(left, kind="stable")
    left, top, right, bottom = left[order], top[order], right[order], bottom[order]
    for i, each in enumerate(ours):
        x0, y0, x1, y1 = each.envelope()
        before = int(np.searchsorted(left, x1))
        meets = (right[:before] > x0) & (top[:before] < y1) & (bottom[:before] > y0)
        for j in order[:before][meets]:
            yield i, int(j)


def _clipped(polygon: Sequence[Point], start: Point, end: Point) -> list[Point]:
    """The part of a convex polygon right of start -> end, as seen with y down."""
    kept: list[Point] = []
    sides = [_side(start, end, point) for point in polygon]
    for index, (point, side) in enumerate(zip(polygon, sides, strict=True)):
        before, side_before = polygon[index - 1], sides[index - 1]
        if (side >= 0) != (side_before >= 0):
            share = side_before / (side_before - side)
            kept.append((before[0] + (point[0] - before[0]) * share, before[1] + (point[1] - before[1]) * share))
        if side >= 0:
            kept.append(point)
    return kept


def _side(start: Point, end: Point, point: Point) -> float:
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])


def polygon_area(polygon: Sequence[Point]) -> float:
    """By the shoelace formula; positive whichever way it runs."""
    pairs = zip(polygon, [*polygon[1:], polygon[0]], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2


def convex_hull(points: Sequence[Point]) -> list[Point]:
    """The corners of the smallest convex polygon around points (Andrew, 1979, the monotone chain)."""
    ordered = sorted(set(points))

    def chain(along: Sequence[Point]) -> list[Point]:
        hull: list[Point] = []
        for point in along:
            while len(hull) >= 2 and _side(hull[-2], hull[-1], point) <= 0:
                hull.pop()
            hull.append(point)
        return hull[:-1]

    return chain(ordered) + chain(ordered[::-1])
