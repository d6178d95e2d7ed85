"""Masks as run lengths in the order of COCO: column by column, the first run counts pixels that are not covered.

`{"size": [height, width], "counts": […]}`; a mask without its first pixel covered begins with how many are not, one with it begins
with 0, and no other run is empty. So each mask has one spelling.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import problem
from evenhand.ontology.questions.rings import Floats, Ring

RUNS_MAX = 1_000_000
PIXELS_MAX = 2**31
Bounds = npt.NDArray[np.int64]


def bounds_of(counts: Sequence[int]) -> Bounds:
    """Where covered runs begin and end, in column-major places: shape (runs, 2), half-open, increasing."""
    ends = np.cumsum(np.asarray(counts, dtype=np.int64))
    return np.column_stack([ends[0 : ends.size - ends.size % 2 : 2], ends[1::2]])


def counts_of(bounds: Bounds, total: int) -> list[int]:
    """The run lengths of covered runs, neighbours that touch joined, over `total` pixels."""
    if not len(bounds):
        return [total]
    joins = bounds[1:, 0] > bounds[:-1, 1]
    starts, ends = bounds[np.concatenate([[True], joins]), 0], bounds[np.concatenate([joins, [True]]), 1]
    edges = np.concatenate([[0], np.column_stack([starts, ends]).ravel(), [total]])
    counts: list[int] = np.diff(edges).tolist()
    return counts if counts[-1] else counts[:-1]


def area(bounds: Bounds) -> int:
    """How many pixels are covered."""
    return int((bounds[:, 1] - bounds[:, 0]).sum())


def shared(a: Bounds, b: Bounds) -> int:
    """How many pixels both cover: what `a` covers up to each place, at the ends of the runs of `b`."""
    if not len(a) or not len(b):
        return 0
    covered = np.concatenate([[0], np.cumsum(a[:, 1] - a[:, 0])])

    def up_to(places: Bounds) -> Bounds:
        run = np.searchsorted(a[:, 0], places, side="right") - 1
        inside = np.minimum(places, a[np.maximum(run, 0), 1]) - a[np.maximum(run, 0), 0]
        found: Bounds = np.where(run >= 0, covered[np.maximum(run, 0)] + np.maximum(inside, 0), 0)
        return found

    return int((up_to(b[:, 1]) - up_to(b[:, 0])).sum())


def dice(a: Bounds, b: Bounds) -> float:
    """Twice the shared over the sum of both areas, 0..1; of two empty masks 1. Dice, 1945, doi:10.2307/1932409."""
    total = area(a) + area(b)
    return 2 * shared(a, b) / total if total else 1.0


def weighed(masks: Sequence[Bounds], weights: Sequence[float]) -> tuple[Bounds, Floats]:
    """Runs of equal weight: where each begins and ends, shape (runs, 2), increasing, and the weight that covers it. Runs that
    nobody covers are left out."""
    ends = np.concatenate([each.ravel() for each in masks])
    steps = np.concatenate([np.tile([weight, -weight], len(each)) for each, weight in zip(masks, weights, strict=True)])
    places, at = np.unique(ends, return_inverse=True)
    mass = np.cumsum(np.bincount(at, weights=steps, minlength=places.size))
    runs: Bounds = np.column_stack([places[:-1], places[1:]]).astype(np.int64)
    covered: Floats = mass[:-1].astype(np.float64)
    is_covered = covered > 1e-12
    return runs[is_covered], covered[is_covered]


def without(a: Bounds, b: Bounds) -> Bounds:
    """What `a` covers and `b` does not."""
    if not len(a) or not len(b):
        return a
    runs, mass = weighed([a, b], [1.0, 2.0])
    return runs[np.isclose(mass, 1.0)]


def union(masks: Sequence[Bounds]) -> Bounds:
    """What any of some masks covers."""
    kept = [each for each in masks if len(each)]
    return weighed(kept, [1.0] * len(kept))[0] if kept else np.zeros((0, 2), dtype=np.int64)


def envelope(bounds: Bounds, height: int) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of what is covered, in corner coordinates; zeros for nothing."""
    if not len(bounds):
        return 0.0, 0.0, 0.0, 0.0
    first, last = bounds[:, 0], bounds[:, 1] - 1
    left, right = int(first[0] // height), int(last[-1] // height) + 1
    is_within = first // height == last // height
    top = 0 if not is_within.all() else int((first % height).min())
    bottom = height if not is_within.all() else int((last % height).max()) + 1
    return float(left), float(top), float(right), float(bottom)


def to_pixels(rle: dict[str, Any]) -> npt.NDArray[np.bool_]:
    """The pixels, shape (height, width)."""
    height, width = rle["size"]
    flat = np.zeros(height * width, dtype=bool)
    for start, end in bounds_of(rle["counts"]).tolist():
        flat[start:end] = True
    return flat.reshape((height, width), order="F")


def from_pixels(pixels: npt.NDArray[np.bool_]) -> dict[str, JsonValue]:
    """The runs of pixels, shape (height, width)."""
    flat = np.concatenate([[0], pixels.ravel(order="F").astype(np.int8), [0]])
    edges = np.flatnonzero(np.diff(flat))
    height, width = pixels.shape
    return {"size": [height, width], "counts": [*counts_of(edges.reshape(-1, 2).astype(np.int64), height * width)]}


def from_rings(rings: Sequence[Ring], width: int, height: int) -> dict[str, JsonValue]:
    """The pixels whose centres lie in rings, even-odd. COCO's own rasteriser differs along outlines."""
    pixels = np.zeros((height, width), dtype=bool)
    down, across = np.arange(height) + 0.5, np.arange(width) + 0.5
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
            rows = np.flatnonzero((y0 > down) != (y1 > down))
            at = x0 + (down[rows] - y0) * (x1 - x0) / (y1 - y0) if rows.size else down[:0]
            pixels[rows] ^= across < at[:, None]
    return from_pixels(pixels)


def check(rle: Any, pointer: str, size: tuple[int, int] | None) -> Iterator[Problem]:
    """What is wrong with run lengths. size: width and height of the picture, None where it is not at hand."""
    if not isinstance(rle, dict) or rle.keys() != {"size", "counts"}:
        yield problem("bad_value", "These are not run lengths.", 'Send {"size": [h, w], "counts": […]}.', pointer)
        return
    sides, counts = rle["size"], rle["counts"]
    if not isinstance(sides, list) or len(sides) != 2 or not all(_is_count(each) and each > 0 for each in sides):
        yield problem("bad_value", "A size is two whole numbers.", "Send [height, width].", f"{pointer}/size")
        return
    height, width = (int(each) for each in sides)
    if height * width > PIXELS_MAX:
        yield problem("limit", "This is larger than any picture.", "Send the picture's size.", f"{pointer}/size")
        return
    if size is not None and (width, height) != size:
        message = f"The mask is {height} high and {width} wide, the picture {size[1]} and {size[0]}."
        remedy = "Send [height, width] of the upright picture."
        yield problem("out_of_bounds", message, remedy, f"{pointer}/size", [size[1], size[0]])
        return
    if not isinstance(counts, list) or not 0 < len(counts) <= RUNS_MAX:
        yield problem("bad_value", f"A mask has 1 to {RUNS_MAX} runs.", "Send run lengths.", f"{pointer}/counts")
        return
    for place, count in enumerate(counts):
        if not _is_count(count) or count > PIXELS_MAX:
            message = "A run is a whole number of pixels."
            yield problem("bad_value", message, "Send run lengths, not text.", f"{pointer}/counts/{place}")
            return
        if count == 0 and place > 0:
            message = "Only the first run may be empty."
            yield problem("degenerate", message, "Join the runs beside it.", f"{pointer}/counts/{place}")
            return
    if (total := sum(int(count) for count in counts)) != height * width:
        message = f"The runs count {total} pixels, the size {height * width}."
        yield problem("bad_range", message, "Count column by column.", f"{pointer}/counts", [height * width])


def _is_count(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and value >= 0 and value == value // 1
