"""Box: rectangles in a picture, labeled, turned by leave. Pixels of the upright picture, on a grid of 1/1024."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import problem
from evenhand.ontology.kind import Example, Part, Shown
from evenhand.ontology.questions.pixels import PIXELS_MAX, STANDS_FOR, median, no_pixels, plain
from evenhand.ontology.questions.rectangles import (
    GRID_SLACK,
    Rectangle,
    giou,
    iou,
    on_degree_grid,
    on_pixel_grid,
    overlapping,
)
from evenhand.ontology.questions.regions import Region, Regional, RegionId, RegionSettings

_SIDES = ("x", "y", "w", "h")


class Settings(RegionSettings):
    """Labels, whether boxes turn, how small they may be, whether they may leave the picture."""

    rotate: bool = False
    min_w: Annotated[float, Field(ge=0, le=PIXELS_MAX)] = 0.0
    min_h: Annotated[float, Field(ge=0, le=PIXELS_MAX)] = 0.0
    integer: bool = False
    outside: bool = False


class BoxRegion(BaseModel):
    """One box: left, top, width, height before turning; rotation in degrees clockwise about the center."""

    model_config = ConfigDict(extra="forbid")

    id: RegionId
    label: str | None = None
    x: float
    y: float
    w: Annotated[float, Field(gt=0)]
    h: Annotated[float, Field(gt=0)]
    rotation: Annotated[float, Field(gt=-180, le=180)] | None = None
    on: str | None = None


class Value(BaseModel):
    """A set of boxes."""

    model_config = ConfigDict(extra="forbid")

    regions: list[BoxRegion]


class Box(Regional):
    """Rectangles in a picture."""

    name: ClassVar[str] = "box"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value
    needs: ClassVar[Literal["text", "pixels"] | None] = "pixels"
    fields: ClassVar[frozenset[str]] = frozenset({*_SIDES, "rotation"})
    edge_names: ClassVar[tuple[str, ...]] = ("left", "top", "right", "bottom")
    edge_unit: ClassVar[Literal["characters", "pixels"] | None] = "pixels"

    def check_geometry(self, settings: Any, region: Region, part: Part | None) -> list[Problem]:
        """Numbers; sides that are not too small; turned only by leave; inside the picture unless it may leave it."""
        if problems := no_pixels(part) or [*_check_numbers(region)]:
            return problems
        problems = [*_check_sides(settings, region)]
        rotation = region.get("rotation") or 0
        if rotation and not settings.rotate:
            message = "Boxes are upright here."
            problems.append(problem("out_of_bounds", message, "Leave rotation out.", "/rotation", [0]))
        elif not -180 < rotation <= 180:
            message = "A rotation lies in (-180, 180]."
            problems.append(problem("out_of_bounds", message, "Send it in degrees.", "/rotation", [-180, 180]))
        if not problems and part is not None and part.size is not None:
            problems.extend(_check_place(_rectangle(region), part.size, settings.outside))
        return problems

    def geometry(self, region: Region) -> dict[str, JsonValue]:
        """On the grid; whole numbers as such; no rotation of 0."""
        return _spelled(_rectangle(region))

    def overlaps(
        self, settings: Any, ours: Sequence[Region], theirs: Sequence[Region], shown: Shown
    ) -> Mapping[tuple[int, int], float]:
        """IoU, exact for turned ones too."""
        here, there = [_rectangle(region) for region in ours], [_rectangle(region) for region in theirs]
        found = ((i, j, iou(here[i], there[j])) for i, j in overlapping(here, there))
        return {(i, j): share for i, j, share in found if share > 0}

    def edges(self, region: Region) -> tuple[float, ...]:
        """Of a turned box those of the upright one around it."""
        return _rectangle(region).envelope()

    def apart(self, settings: Any, one: Region, other: Region, shown: Shown) -> float:
        """(1 - GIoU) / 2: near misses count less than far ones."""
        return (1.0 - giou(_rectangle(one), _rectangle(other))) / 2

    def blend(
        self, settings: Any, members: Sequence[Region], weights: Sequence[float], shown: Shown
    ) -> tuple[dict[str, JsonValue], float, bool]:
        """Each side at its weighted median, an angle at its mean modulo 90 degrees; the share of those it stands for."""
        boxes = _aligned([_rectangle(member) for member in members], weights)
        if any(box.rotation for box in boxes):
            rotation = _mean([box.rotation for box in boxes], weights)
            cx, cy = (median([box.center[axis] for box in boxes], weights) for axis in (0, 1))
            w, h = median([box.w for box in boxes], weights), median([box.h for box in boxes], weights)
            blended = Rectangle(cx - w / 2, cy - h / 2, w, h, rotation)
        else:
            left, top = median([box.x for box in boxes], weights), median([box.y for box in boxes], weights)
            right = median([box.x + box.w for box in boxes], weights)
            bottom = median([box.y + box.h for box in boxes], weights)
            blended = Rectangle(left, top, right - left, bottom - top)
        near = sum(weight for box, weight in zip(boxes, weights, strict=True) if iou(box, blended) >= STANDS_FOR)
        return _spelled(blended), near / sum(weights), False

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By labels, number, and what a box may be."""
        changes = super().compatibility(old, new)
        before = (old.rotate, not old.integer, old.outside, -old.min_w, -old.min_h)
        after = (new.rotate, not new.integer, new.outside, -new.min_w, -new.min_h)
        if any(b < a for a, b in zip(before, after, strict=True)):
            changes.append(("narrowing", "Fewer boxes are allowed."))
        if any(b > a for a, b in zip(before, after, strict=True)):
            changes.append(("widening", "More boxes are allowed."))
        return changes

    def examples(self) -> Iterable[Example]:
        """Vehicles in a street, and one turned sheet without labels."""
        media: dict[str, JsonValue] = {"width": 640, "height": 480, "stored_width": 640, "stored_height": 480}
        photo: JsonValue = {
            "blob": "019303bc-6a80-7c4e-9b1e-0d6c39b0a003",
            "media_type": "image/jpeg",
            "name": "Straße.jpg",
            "media": media,
        }
        inputs = [{"name": "image", "kind": "image"}]
        item = {"inputs": {"image": photo}}
        labels = [{"value": "auto", "text": {"de": "Auto", "en": "car"}}, {"value": "fußgänger"}]
        car: JsonValue = {"id": "k1", "label": "auto", "x": 10.5, "y": 20, "w": 40, "h": 20}
        person: JsonValue = {"id": "k2", "label": "fußgänger", "x": 600, "y": 400, "w": 40, "h": 80}
        two: JsonValue = {"regions": [car, person]}
        yield Example({"labels": labels}, inputs, item, {"input": "image"}, two, {"regions": [person]})
        turned: JsonValue = {"regions": [{"id": "a", "x": 98, "y": 39, "w": 40, "h": 20, "rotation": 30}]}
        upright: JsonValue = {"regions": [{"id": "b", "x": 98, "y": 39, "w": 40, "h": 20}]}
        yield Example({"rotate": True, "max": 1, "outside": True}, inputs, item, None, turned, upright)


def _rectangle(region: Region) -> Rectangle:
    """On the grid, where what is sent, compared and stored are the same box."""
    x, y, w, h = (on_pixel_grid(region[side]) for side in _SIDES)
    return Rectangle(x, y, w, h, on_degree_grid(region.get("rotation") or 0.0))


def _spelled(box: Rectangle) -> dict[str, JsonValue]:
    """A box as JSON, on the grid."""
    sides = {side: plain(on_pixel_grid(getattr(box, side))) for side in _SIDES}
    rotation = plain(on_degree_grid(box.rotation))
    return {**sides, "rotation": rotation} if rotation else {**sides}


def _check_numbers(region: Region) -> Iterator[Problem]:
    for name in (*_SIDES, "rotation"):
        value = region.get(name)
        if value is None and name == "rotation":
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            message = f"{name} is missing." if value is None else f"{name} is not a number."
            yield problem("bad_value", message, "Send pixels.", f"/{name}" if name in region else "")
        elif abs(value) > PIXELS_MAX:
            yield problem("out_of_bounds", f"{name} lies beyond any picture.", "Send pixels.", f"/{name}")


def _check_sides(settings: Any, region: Region) -> Iterator[Problem]:
    for name, least in (("w", settings.min_w), ("h", settings.min_h)):
        side = on_pixel_grid(region[name])
        if side <= 0:
            yield problem("degenerate", f"{name} is not above 0.", "Draw a box with an area.", f"/{name}")
        elif side < least:
            message = f"{name} is {region[name]}, at least {least} is asked for."
            yield problem("degenerate", message, "Draw it larger, or leave it out.", f"/{name}", [least])
    if settings.integer:
        for name in _SIDES:
            if not float(region[name]).is_integer():
                message = f"{name} is not a whole number."
                yield problem("bad_precision", message, "Send whole pixels.", f"/{name}")


def _check_place(box: Rectangle, size: tuple[int, int], may_leave: bool) -> Iterator[Problem]:
    left, top, right, bottom = box.envelope()
    for name, side, low, high in (("x", "w", left, right), ("y", "h", top, bottom)):
        most = size[name == "y"]
        if may_leave and (high <= 0 or low >= most):
            message = f"The box lies beside the picture: {low:g}..{high:g} of 0..{most}."
            yield problem("out_of_bounds", message, "Let it cover some of the picture.", f"/{name}", [0, most])
        elif not may_leave and (low < -GRID_SLACK or high > most + GRID_SLACK):
            at = name if low < -GRID_SLACK else side
            message = f"The box leaves the picture: {low:g}..{high:g} of 0..{most}."
            yield problem("out_of_bounds", message, "Keep it within the picture.", f"/{at}", [0, most])


def _aligned(boxes: Sequence[Rectangle], weights: Sequence[float]) -> list[Rectangle]:
    """The same boxes, each spelled with the angle nearest to the reference: a box turned by 90 is one with its sides swapped.

    The reference is the box nearest to all others in angle, so that the order of answers never decides.
    """
    if not any(box.rotation for box in boxes):
        return [*boxes]

    def far(reference: Rectangle) -> tuple[float, float, float]:
        costs = (abs(_quarter(box.rotation - reference.rotation)) for box in boxes)
        total = sum(cost * weight for cost, weight in zip(costs, weights, strict=True))
        return round(total, 9), abs(reference.rotation), reference.rotation

    reference = min(boxes, key=far)
    found = []
    for box in boxes:
        angle = reference.rotation + _quarter(box.rotation - reference.rotation)
        is_swapped = round((box.rotation - angle) / 90) % 2 == 1
        w, h = (box.h, box.w) if is_swapped else (box.w, box.h)
        cx, cy = box.center
        found.append(Rectangle(cx - w / 2, cy - h / 2, w, h, angle))
    return found


def _quarter(degrees: float) -> float:
    """An angle modulo 90, in (-45, 45]."""
    return 45.0 - (45.0 - degrees) % 90.0


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


kind = Box()
