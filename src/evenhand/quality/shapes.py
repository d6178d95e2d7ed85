"""How alike two marks are, by kind: spans and time segments, boxes, polygons, keypoints, masks. What `matching` reads.

Each function returns (first, second, likeness), shape (pairs,): the places of two marks of one group that have something in
common, each pair once, and their likeness in (0, 1], 1 for the same place. groups: shape (marks,), the task of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from evenhand.quality.undefined import StructureUndefined
from evenhand.quality.votes import Floats, Integers

Alike: TypeAlias = tuple[Integers, Integers, Floats]
# A polygon's area is counted on a grid of so many points across what two polygons cover together: exact to about 1 %.
GRID = 96
# Below this keypoints have nothing in common: several times as far apart as people place them.
_OKS_MIN = 0.01


def spans_alike(groups: npt.ArrayLike, starts: npt.ArrayLike, ends: npt.ArrayLike) -> Alike:
    """Jaccard of half-open ranges: shared over joint length. starts, ends: shape (marks,), of characters or ticks, start < end.

    Raises StructureUndefined for ranges that are empty or no numbers.
    """
    low, high = _numbers(starts), _numbers(ends)
    _increasing(low, high)
    first, second = _meeting(np.asarray(groups, dtype=np.int64), low, high)
    shared = np.minimum(high[first], high[second]) - np.maximum(low[first], low[second])
    joint = np.maximum(high[first], high[second]) - np.minimum(low[first], low[second])
    likeness: Floats = shared / joint
    return first, second, likeness


def boxes_alike(groups: npt.ArrayLike, boxes: npt.ArrayLike) -> Alike:
    """IoU of upright boxes. boxes: shape (marks, 4): left, top, right, bottom, left < right and top < bottom.

    Raises StructureUndefined for boxes without an area, of another shape, or no numbers.
    """
    given = _shaped(boxes, 4)
    left, top, right, bottom = given.T
    _increasing(left, right)
    _increasing(top, bottom)
    first, second = _meeting(np.asarray(groups, dtype=np.int64), left, right)
    width = np.minimum(right[first], right[second]) - np.maximum(left[first], left[second])
    height = np.minimum(bottom[first], bottom[second]) - np.maximum(top[first], top[second])
    area = (right - left) * (bottom - top)
    shared = width * np.maximum(height, 0.0)
    likeness = shared / (area[first] + area[second] - shared)
    is_pair = likeness > 0.0
    return first[is_pair], second[is_pair], likeness[is_pair]


def polygons_alike(groups: npt.ArrayLike, polygons: Sequence[npt.ArrayLike]) -> Alike:
    """IoU of polygons, even-odd, on a grid of points. polygons: for each mark its corners, shape (corners, 2), three or more.

    Raises StructureUndefined for fewer corners, and for what are no numbers.
    """
    rings = [_shaped(each, 2) for each in polygons]
    for place, ring in enumerate(rings):
        if len(ring) < 3:
            raise StructureUndefined(reason="shape", where=f"polygon {place} has {len(ring)} corners")
    if not rings:
        return _none()
    lows, highs = np.array([ring.min(axis=0) for ring in rings]), np.array([ring.max(axis=0) for ring in rings])
    first, second = _meeting(np.asarray(groups, dtype=np.int64), lows[:, 0], highs[:, 0])
    is_near = (lows[first, 1] < highs[second, 1]) & (lows[second, 1] < highs[first, 1])
    first, second = first[is_near], second[is_near]
    shares = np.zeros(first.size)
    for row, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        if rings[a].shape == rings[b].shape and np.array_equal(rings[a], rings[b]):
            shares[row] = 1.0
            continue
        low, high = np.minimum(lows[a], lows[b]), np.maximum(highs[a], highs[b])
        across, down = (low[axis] + (high[axis] - low[axis]) * (np.arange(GRID) + 0.5) / GRID for axis in (0, 1))
        here, there = (inside(rings[each], across, down) for each in (a, b))
        shares[row] = _shared(here, there)
    is_pair = shares > 0.0
    return first[is_pair], second[is_pair], shares[is_pair]


def keypoints_alike(
    groups: npt.ArrayLike, points: npt.ArrayLike, is_there: npt.ArrayLike, sigmas: npt.ArrayLike
) -> Alike:
    """Object keypoint similarity, averaged over both directions. points: shape (marks, keypoints, 2). is_there: shape (marks,
    keypoints).

    sigmas: shape (keypoints,), how precisely people place each, as a share of the size of the object: that of its points' box, 1
    at least. Only points that both have count; without any there is no likeness. Lin et al., COCO, "Keypoint evaluation".
    Raises StructureUndefined for other shapes, and for what are no numbers where a point is there.
    """
    places, there, widths = np.asarray(points, float), np.asarray(is_there, bool), np.asarray(sigmas, float)
    if (
        places.ndim != 3
        or places.shape[2:] != (2,)
        or there.shape != places.shape[:2]
        or widths.shape != there.shape[1:]
    ):
        raise StructureUndefined(reason="shape", where=f"{places.shape}, {there.shape}, {widths.shape}")
    if not (np.isfinite(places[there]).all() and (widths > 0).all()):
        raise StructureUndefined(reason="not-finite", where="a keypoint lies nowhere, or has no width")
    if not len(places):
        return _none()
    areas = _point_areas(places, there)
    owners = np.asarray(groups, dtype=np.int64)
    first, second = _meeting(owners, np.zeros(owners.size), np.ones(owners.size))
    both = there[first] & there[second]
    apart = np.where(both, np.sum((places[first] - places[second]) ** 2, axis=2), 0.0)
    found = np.zeros(first.size)
    for area in (areas[first], areas[second]):
        near = np.exp(-apart / (2.0 * (2.0 * widths) ** 2 * area[:, None]))
        found += np.sum(near * both, axis=1) / np.maximum(both.sum(axis=1), 1) / 2.0
    is_pair = both.any(axis=1) & (found > _OKS_MIN)
    return first[is_pair], second[is_pair], np.minimum(found[is_pair], 1.0)


def masks_alike(groups: npt.ArrayLike, masks: npt.ArrayLike) -> Alike:
    """IoU of masks. masks: shape (marks, height, width), bool. Two empty ones have nothing in common."""
    flat = np.asarray(masks, dtype=bool)
    if flat.ndim != 3:
        raise StructureUndefined(reason="shape", where=f"{flat.shape}")
    flat = flat.reshape(len(flat), -1)
    owners = np.asarray(groups, dtype=np.int64)
    first, second = _meeting(owners, np.zeros(owners.size), np.ones(owners.size))
    shares = np.zeros(first.size)
    for row, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        shares[row] = _shared(flat[a], flat[b])
    is_pair = shares > 0.0
    return first[is_pair], second[is_pair], shares[is_pair]


def inside(ring: Floats, across: Floats, down: Floats) -> npt.NDArray[np.bool_]:
    """Which points of a grid, shape (height, width), lie in a polygon, even-odd. across, down: shape (width,) and (height,)."""
    found = np.zeros((down.size, across.size), dtype=bool)
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        crosses: npt.NDArray[np.bool_] = np.asarray((y0 > down) != (y1 > down))
        at = x0 + (down[crosses] - y0) * (x1 - x0) / (y1 - y0) if crosses.any() else down[:0]
        found[crosses] ^= across < at[:, None]
    return found


def _shared(here: npt.NDArray[np.bool_], there: npt.NDArray[np.bool_]) -> float:
    joint = int(np.count_nonzero(here | there))
    return int(np.count_nonzero(here & there)) / joint if joint else 0.0


def _meeting(groups: Integers, lows: Floats, highs: Floats) -> tuple[Integers, Integers]:
    """Pairs (smaller place first) of one group whose ranges low..high overlap: a sweep from the left within each group."""
    if groups.size != lows.size:
        raise StructureUndefined(reason="columns", where=f"{groups.size} and {lows.size} rows")
    order = np.lexsort((lows, groups))
    _, group = np.unique(groups[order], return_inverse=True)
    low, high = lows[order], highs[order]
    reach = np.maximum.accumulate(high) if high.size else high
    first, second = [order[:0]], [order[:0]]
    step = 1
    while step < order.size:
        is_same = group[step:] == group[:-step]
        # Once nobody's furthest reach so far meets who stands `step` behind, nobody's further behind does either.
        if not (is_same & (low[step:] < reach[:-step])).any():
            break
        is_pair = is_same & (low[step:] < high[:-step])
        first.append(order[:-step][is_pair])
        second.append(order[step:][is_pair])
        step += 1
    one, other = np.concatenate(first), np.concatenate(second)
    return np.minimum(one, other), np.maximum(one, other)


def _point_areas(places: Floats, there: npt.NDArray[np.bool_]) -> Floats:
    shown = there[:, :, None]
    low = np.where(shown, places, np.inf).min(axis=1)
    high = np.where(shown, places, -np.inf).max(axis=1)
    sides = np.where(there.any(axis=1, keepdims=True), high - low, 0.0)
    areas: Floats = np.maximum(sides[:, 0] * sides[:, 1], 1.0)
    return areas


def _numbers(values: npt.ArrayLike) -> Floats:
    given = np.asarray(values, dtype=np.float64).reshape(-1)
    if not np.isfinite(given).all():
        raise StructureUndefined(reason="not-finite", where=f"row {int(np.flatnonzero(~np.isfinite(given))[0])}")
    return given


def _shaped(values: npt.ArrayLike, columns: int) -> Floats:
    given = np.asarray(values, dtype=np.float64)
    if given.size == 0:
        return np.zeros((0, columns))
    if given.ndim != 2 or given.shape[1] != columns:
        raise StructureUndefined(reason="shape", where=f"{given.shape}, not (…, {columns})")
    _numbers(given)
    return given


def _increasing(low: Floats, high: Floats) -> None:
    if low.size != high.size:
        raise StructureUndefined(reason="columns", where=f"{low.size} and {high.size} rows")
    if not (low < high).all():
        raise StructureUndefined(reason="shape", where=f"row {int(np.flatnonzero(low >= high)[0])} is empty")


def _none() -> Alike:
    empty = np.zeros(0, dtype=np.int64)
    return empty, empty, np.zeros(0)
