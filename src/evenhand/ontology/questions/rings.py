"""Rings and lines of points: where they cross, what they enclose, how far apart they lie. Pixels, x to the right, y down.

A ring is a closed run of corners, the first not repeated. Several rings are filled even-odd: what lies in an odd number of them is
inside, so a hole is a ring in a ring. Coordinates lie on the grid of 1/1024 px, on which whether sides cross is decided exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from evenhand.ontology.questions.rectangles import PIXEL_STEPS, Point, convex_hull, polygon_area

Ring: TypeAlias = tuple[Point, ...]
Floats: TypeAlias = npt.NDArray[np.float64]

# Beyond so many pairs of sides that may meet, an area is counted along LINES scan lines, exact to about one part in LINES.
PAIRS_MAX = 1_000_000
LINES = 4_096
# Points at which a line is looked at, evenly along its length.
SAMPLES = 128
# Pairs of sides that may meet in one region; outlines that people draw have a few for each corner.
TANGLE_MAX = 4_000_000


@dataclass(frozen=True, slots=True)
class Rings:
    """One filled figure: rings, even-odd."""

    rings: tuple[Ring, ...]

    @property
    def area(self) -> float:
        """Square pixels; rings that neither cross nor touch lie in or beside each other, so their signed areas add up."""
        return abs(sum(signed_area(ring) for ring in self.rings))

    def envelope(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        xs = [x for ring in self.rings for x, _ in ring]
        ys = [y for ring in self.rings for _, y in ring]
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, slots=True)
class Crossing:
    """Two sides that meet: (ring, side) of each, a side beginning at the corner of its number; and where."""

    first: tuple[int, int]
    second: tuple[int, int]
    at: Point


def signed_area(ring: Sequence[Point]) -> float:
    """By the shoelace formula: positive where it runs clockwise as seen with y down."""
    ox, oy = ring[0]
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum((x0 - ox) * (y1 - oy) - (x1 - ox) * (y0 - oy) for (x0, y0), (x1, y1) in pairs) / 2


def encloses(ring: Sequence[Point], point: Point) -> bool:
    """Whether a point that is not on the ring lies in it."""
    px, py = point
    is_in = False
    for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y0 > py) != (y1 > py):
            # Which side of the edge, exactly on the grid: products of whole numbers of steps.
            turn = _turn(_steps((x0, y0)), _steps((x1, y1)), _steps((px, py)))
            is_in ^= (turn > 0) == (y1 > y0)
    return is_in


# ------------------------------------------------------------------------------------------------------------- crossings --
class Tangled(ValueError):
    """So many sides lie over each other that whether they cross is not looked into."""


def first_crossing(rings: Sequence[Sequence[Point]]) -> Crossing | None:
    """The first two sides that meet, of one ring or of two, by (ring, side); neighbours may share their corner and no more.

    Exact: coordinates are whole numbers of grid steps. Raises Tangled.
    """
    sides = [
        (at, place, ring[place], ring[(place + 1) % len(ring)])
        for at, ring in enumerate(rings)
        for place in range(len(ring))
    ]
    found: list[tuple[int, int]] = []
    for i, j in _near(np.array([[*start, *end] for _, _, start, end in sides], dtype=np.float64).reshape(-1, 4)):
        one, other = sides[i], sides[j]
        size = len(rings[one[0]])
        step = (other[1] - one[1]) % size if one[0] == other[0] else -1
        if step == 1:
            is_bad = _folds(one[2], one[3], other[3])
        elif step == size - 1 and step != -1:
            is_bad = _folds(other[2], other[3], one[3])
        else:
            is_bad = _meet(_steps(one[2]), _steps(one[3]), _steps(other[2]), _steps(other[3]))
        if is_bad:
            found.append((i, j))
    if not found:
        return None
    i, j = min(found)
    one, other = sides[i], sides[j]
    return Crossing((one[0], one[1]), (other[0], other[1]), _where(one[2], one[3], other[2], other[3]))


def _near(sides: Floats) -> Iterator[tuple[int, int]]:
    """Pairs (i < j) of sides whose upright rectangles meet, touching included: a sweep from the left."""
    left, right = np.minimum(sides[:, 0], sides[:, 2]), np.maximum(sides[:, 0], sides[:, 2])
    top, bottom = np.minimum(sides[:, 1], sides[:, 3]), np.maximum(sides[:, 1], sides[:, 3])
    order = np.argsort(left, kind="stable")
    left, right, top, bottom = left[order], right[order], top[order], bottom[order]
    ends = np.searchsorted(left, right, side="right")
    if int((ends - np.arange(ends.size)).sum()) > TANGLE_MAX:
        raise Tangled
    for place in range(order.size):
        until = int(ends[place])
        meets = (top[place + 1 : until] <= bottom[place]) & (bottom[place + 1 : until] >= top[place])
        for other in order[place + 1 : until][meets]:
            i, j = int(order[place]), int(other)
            yield (i, j) if i < j else (j, i)


def _steps(point: Point) -> tuple[int, int]:
    return round(point[0] * PIXEL_STEPS), round(point[1] * PIXEL_STEPS)


def _turn(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _meet(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int], d: tuple[int, int]) -> bool:
    """Whether two sides have a point in common."""
    abc, abd, cda, cdb = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if (abc > 0) != (abd > 0) and (cda > 0) != (cdb > 0) and 0 not in (abc, abd, cda, cdb):
        return True
    return (
        (abc == 0 and _between(a, b, c))
        or (abd == 0 and _between(a, b, d))
        or (cda == 0 and _between(c, d, a))
        or (cdb == 0 and _between(c, d, b))
    )


def _between(a: tuple[int, int], b: tuple[int, int], point: tuple[int, int]) -> bool:
    """Whether a point on the line through a and b lies between them."""
    return all(min(a[axis], b[axis]) <= point[axis] <= max(a[axis], b[axis]) for axis in (0, 1))


def _folds(start: Point, corner: Point, end: Point) -> bool:
    """Whether a side runs back over the one before it."""
    a, b, c = _steps(start), _steps(corner), _steps(end)
    ahead = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1])
    return _turn(a, b, c) == 0 and ahead < 0


def _where(a: Point, b: Point, c: Point, d: Point) -> Point:
    """Where two sides that meet do so; of two that lie on one line a corner."""
    cross = (b[0] - a[0]) * (d[1] - c[1]) - (b[1] - a[1]) * (d[0] - c[0])
    if cross == 0:
        return c if _between(_steps(a), _steps(b), _steps(c)) else d if _between(_steps(a), _steps(b), _steps(d)) else a
    share = ((c[0] - a[0]) * (d[1] - c[1]) - (c[1] - a[1]) * (d[0] - c[0])) / cross
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


# ----------------------------------------------------------------------------------------------------------------- areas --
def iou(a: Rings, b: Rings) -> float:
    """Shared over joint area, 0..1, even-odd; the same whichever comes first, 1 for equal rings."""
    if a == b:
        return 1.0
    shared = shared_area(a, b)
    joint = a.area + b.area - shared
    return min(1.0, shared / joint) if joint > 0 else 0.0


def giou(a: Rings, b: Rings) -> float:
    """Generalized IoU, -1..1: IoU less the share of the joint convex hull that neither covers.

    Rezatofighi et al., 2019, "Generalized intersection over union", arXiv:1902.09630.
    """
    if a == b:
        return 1.0
    shared = shared_area(a, b)
    joint = a.area + b.area - shared
    enclosing = max(
        joint, polygon_area(convex_hull([point for each in (a, b) for ring in each.rings for point in ring]))
    )
    if enclosing <= 0:
        return 0.0
    return (shared / joint if joint > 0 else 0.0) - (enclosing - joint) / enclosing


def shared_area(a: Rings, b: Rings) -> float:
    """The area of the intersection, by horizontal slabs between all corners and crossings.

    Within a slab no side meets another, so the length that both cover changes linearly, and the slab's area is that length in its
    middle times its height. Coinciding sides need no special case. Exact up to rounding, as long as there are not more than
    PAIRS_MAX pairs of sides to look at; beyond, the length is taken on LINES even lines instead.
    """
    if b.rings < a.rings:
        a, b = b, a
    (left, top, right, bottom), other = a.envelope(), b.envelope()
    low, high = max(top, other[1]), min(bottom, other[3])
    if max(left, other[0]) >= min(right, other[2]) or low >= high:
        return 0.0
    here, there = _sides(a, low, high), _sides(b, low, high)
    if len(here) * len(there) > PAIRS_MAX:
        cuts = np.linspace(low, high, LINES + 1)
    else:
        ends = np.concatenate([here[:, [1, 3]].ravel(), there[:, [1, 3]].ravel(), _heights(here, there), [low, high]])
        cuts = np.unique(np.clip(ends, low, high))
    heights, middles = np.diff(cuts), (cuts[1:] + cuts[:-1]) / 2
    crossed = [_crossed(sides, middles) for sides in (here, there)]
    slab, x = (np.concatenate(each) for each in zip(*crossed, strict=True))
    is_theirs = np.arange(slab.size) >= crossed[0][0].size
    order = np.lexsort((x, slab))
    slab, x, is_theirs = slab[order], x[order], is_theirs[order]
    # Each figure is crossed an even number of times a slab, so parity may run on from slab to slab.
    is_in = (np.cumsum(~is_theirs) % 2 == 1) & (np.cumsum(is_theirs) % 2 == 1)
    lengths = np.where(is_in[:-1] & (slab[1:] == slab[:-1]), np.diff(x), 0.0)
    return float(min(np.sum(lengths * heights[slab[:-1]]), a.area, b.area))


def _sides(figure: Rings, low: float, high: float) -> Floats:
    """Sides that are not level and reach into low..high, (x0, y0, x1, y1) with y0 < y1."""
    found = []
    for ring in figure.rings:
        points = np.array(ring)
        sides = np.hstack([points, np.roll(points, -1, axis=0)])
        sides = np.where((sides[:, 1] > sides[:, 3])[:, None], sides[:, [2, 3, 0, 1]], sides)
        found.append(sides[(sides[:, 1] < sides[:, 3]) & (sides[:, 1] < high) & (sides[:, 3] > low)])
    return np.concatenate(found)


def _heights(here: Floats, there: Floats) -> Floats:
    """The heights at which sides of one figure cross sides of the other."""
    ax, ay, bx, by = (here[:, [column]] for column in range(4))
    cx, cy, dx, dy = (there[:, column] for column in range(4))
    cross = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / cross
        other = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / cross
        is_met = (cross != 0) & (share >= 0) & (share <= 1) & (other >= 0) & (other <= 1)
        heights: Floats = (ay + share * (by - ay))[is_met]
    return heights


def _crossed(sides: Floats, middles: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """Every crossing of a side with the middle line of a slab: the slab, and where."""
    # A side has its upper end and not its lower one: where slabs are so thin that a middle falls on a corner, it counts once.
    first = np.searchsorted(middles, sides[:, 1], side="left")
    last = np.searchsorted(middles, sides[:, 3], side="left")
    counts = np.maximum(last - first, 0)
    side = np.repeat(np.arange(len(sides)), counts)
    starts = np.cumsum(counts) - counts
    slab = np.arange(side.size) - np.repeat(starts, counts) + np.repeat(first, counts)
    x0, y0, x1, y1 = (sides[side, column] for column in range(4))
    x: Floats = x0 + (middles[slab] - y0) * (x1 - x0) / (y1 - y0)
    return slab, x


# ----------------------------------------------------------------------------------------------------------------- lines --
def along(points: Sequence[Point], is_closed: bool = False, count: int = SAMPLES) -> Floats:
    """Points evenly along a line, its ends among them, shape (count, 2)."""
    run = np.array([*points, points[0]] if is_closed else points, dtype=np.float64)
    lengths = np.hypot(*np.diff(run, axis=0).T)
    reached = np.concatenate([[0.0], np.cumsum(lengths)])
    at = np.linspace(0.0, reached[-1], count)
    return np.column_stack([np.interp(at, reached, run[:, axis]) for axis in (0, 1)])


def mean_nearest(a: Sequence[Point], b: Sequence[Point], *, closed: tuple[bool, bool] = (False, False)) -> float:
    """How far, in pixels, points evenly along each of two lines lie from the other on average (chamfer), both ways alike.

    Barrow et al., 1977, "Parametric correspondence and chamfer matching", IJCAI 2.
    """
    there = _to_line(along(a, closed[0]), b, closed[1])
    back = _to_line(along(b, closed[1]), a, closed[0])
    return float((there.mean() + back.mean()) / 2)


def _to_line(points: Floats, line: Sequence[Point], is_closed: bool) -> Floats:
    """The distance of each point to a line, shape (points,)."""
    run = np.array([*line, line[0]] if is_closed else line, dtype=np.float64)
    best = np.full(len(points), np.inf)
    for start, end in pairwise(run):
        side = end - start
        length = float(side @ side)
        share = np.clip((points - start) @ side / length, 0.0, 1.0) if length > 0 else np.zeros(len(points))
        gap = points - start - share[:, None] * side
        best = np.minimum(best, np.hypot(gap[:, 0], gap[:, 1]))
    return best


def frechet(a: Sequence[Point], b: Sequence[Point], *, closed: tuple[bool, bool] = (False, False)) -> float:
    """The shortest leash, in pixels, for two who walk along two lines from begin to end, on points evenly along each.

    Eiter and Mannila, 1994, "Computing discrete Fréchet distance", CD-TR 94/64.
    """
    ours, theirs = along(a, closed[0]), along(b, closed[1])
    apart = np.hypot(ours[:, None, 0] - theirs[None, :, 0], ours[:, None, 1] - theirs[None, :, 1])
    row = np.maximum.accumulate(apart[0])
    for each in apart[1:]:
        above, last = np.minimum(row, np.concatenate([[np.inf], row[:-1]])), math.inf
        reached = []
        for gap, over in zip(each.tolist(), above.tolist(), strict=True):
            last = max(gap, min(over, last))
            reached.append(last)
        row = np.array(reached)
    return float(row[-1])
