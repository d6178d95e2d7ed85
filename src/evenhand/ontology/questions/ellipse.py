"""Ellipse: centre and radii in pixels of the upright picture, turned by leave."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import problem
from evenhand.ontology.kind import Example, Part, Shown
from evenhand.ontology.questions.pixels import STANDS_FOR, check_number, is_number, median, no_pixels, plain
from evenhand.ontology.questions.rectangles import GRID_SLACK, on_degree_grid, on_pixel_grid, overlapping, turn
from evenhand.ontology.questions.regions import Region, Regional, RegionId, RegionSettings
from evenhand.ontology.questions.rings import Rings, giou, iou

# Corners of the polygon that stands for an ellipse where areas are compared.
CORNERS = 128
_NUMBERS = ("cx", "cy", "rx", "ry")


class Settings(RegionSettings):
    """Labels, whether ellipses turn, whether they may leave the picture."""

    rotate: bool = False
    outside: bool = False


class EllipseRegion(BaseModel):
    """One ellipse: centre, radius across and down before turning; rotation in degrees clockwise about the centre."""

    model_config = ConfigDict(extra="forbid")

    id: RegionId
    label: str | None = None
    cx: float
    cy: float
    rx: Annotated[float, Field(gt=0)]
    ry: Annotated[float, Field(gt=0)]
    rotation: Annotated[float, Field(gt=-180, le=180)] | None = None
    on: str | None = None


class Value(BaseModel):
    """A set of ellipses."""

    model_config = ConfigDict(extra="forbid")

    regions: list[EllipseRegion]


class Ellipse(Regional):
    """Ellipses in a picture."""

    name: ClassVar[str] = "ellipse"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value
    needs: ClassVar[Literal["text", "pixels"] | None] = "pixels"
    fields: ClassVar[frozenset[str]] = frozenset({*_NUMBERS, "rotation"})
    edge_names: ClassVar[tuple[str, ...]] = ("left", "top", "right", "bottom")
    edge_unit: ClassVar[Literal["characters", "pixels"] | None] = "pixels"

    def check_geometry(self, settings: Any, region: Region, part: Part | None) -> list[Problem]:
        """Numbers; radii above 0; turned only by leave; inside the picture unless it may leave it."""
        if problems := no_pixels(part):
            return problems
        for name in _NUMBERS:
            problems.extend(check_number(region.get(name), name, f"/{name}" if name in region else ""))
        rotation = region.get("rotation")
        if rotation is not None and not is_number(rotation):
            problems.append(problem("bad_value", "rotation is not a number.", "Send degrees.", "/rotation"))
        if problems:
            return problems
        for name in ("rx", "ry"):
            if on_pixel_grid(region[name]) <= 0:
                problems.append(problem("degenerate", f"{name} is not above 0.", "Draw it larger.", f"/{name}"))
        if rotation and not settings.rotate:
            message = "Ellipses are upright here."
            problems.append(problem("out_of_bounds", message, "Leave rotation out.", "/rotation", [0]))
        elif not -180 < (rotation or 0) <= 180:
            message = "A rotation lies in (-180, 180]."
            problems.append(problem("out_of_bounds", message, "Send it in degrees.", "/rotation", [-180, 180]))
        if not problems and part is not None and part.size is not None:
            problems.extend(_check_place(_spelled(region), part.size, settings.outside))
        return problems

    def geometry(self, region: Region) -> dict[str, JsonValue]:
        """On the grid. Of the four ways to say one ellipse, that with the angle in (-45, 45]; a circle has none."""
        numbers = _spelled(region)
        named: dict[str, JsonValue] = {name: plain(value) for name, value in zip(_NUMBERS, numbers, strict=False)}
        return {**named, "rotation": plain(numbers[4])} if numbers[4] else named

    def overlaps(
        self, settings: Any, ours: Sequence[Region], theirs: Sequence[Region], shown: Shown
    ) -> Mapping[tuple[int, int], float]:
        """IoU of polygons of 128 corners."""
        here, there = [_outline(_spelled(region)) for region in ours], [_outline(_spelled(region)) for region in theirs]
        found = ((i, j, iou(here[i], there[j])) for i, j in overlapping(here, there))
        return {(i, j): share for i, j, share in found if share > 0}

    def edges(self, region: Region) -> tuple[float, ...]:
        """Those of the upright box around it."""
        return _outline(_spelled(region)).envelope()

    def apart(self, settings: Any, one: Region, other: Region, shown: Shown) -> float:
        """(1 - GIoU) / 2: near misses count less than far ones."""
        return (1.0 - giou(_outline(_spelled(one)), _outline(_spelled(other)))) / 2

    def blend(
        self, settings: Any, members: Sequence[Region], weights: Sequence[float], shown: Shown
    ) -> tuple[dict[str, JsonValue], float, bool]:
        """The weighted median of the centre, of the logarithms of the radii and of the angle of the first axis, each spelled with
        the angle nearest to that of the one nearest to all others."""
        every = _aligned([_spelled(member) for member in members], weights)
        cx, cy, rx, ry, rotation = (median([each[column] for each in every], weights) for column in range(5))
        # Halfway between two radii lies their geometric mean.
        rx, ry = (math.exp(median([math.log(each[column]) for each in every], weights)) for column in (2, 3))
        turned = on_degree_grid(rotation) if settings.rotate else 0.0
        merged = {"cx": cx, "cy": cy, "rx": rx, "ry": ry, "rotation": turned}
        outline = _outline(_spelled(merged))
        near = sum(w for each, w in zip(every, weights, strict=True) if iou(_outline(each), outline) >= STANDS_FOR)
        return self.geometry(merged), near / sum(weights), False

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By labels, number, and what an ellipse may be."""
        changes = super().compatibility(old, new)
        before, after = (old.rotate, old.outside), (new.rotate, new.outside)
        if any(b < a for a, b in zip(before, after, strict=True)):
            changes.append(("narrowing", "Fewer ellipses are allowed."))
        if any(b > a for a, b in zip(before, after, strict=True)):
            changes.append(("widening", "More ellipses are allowed."))
        return changes

    def examples(self) -> Iterable[Example]:
        """Cells under a microscope, one of them turned, and one circle."""
        media: dict[str, JsonValue] = {"width": 640, "height": 480, "stored_width": 640, "stored_height": 480}
        photo: JsonValue = {
            "blob": "019303bc-6a80-7c4e-9b1e-0d6c39b0a003",
            "media_type": "image/png",
            "name": "Präparat 3.png",
            "media": media,
        }
        inputs = [{"name": "image", "kind": "image"}]
        item = {"inputs": {"image": photo}}
        labels = [{"value": "zelle", "text": {"de": "Zelle", "en": "cell"}}, {"value": "körnchen"}]
        cell: JsonValue = {"id": "k1", "label": "zelle", "cx": 105.5, "cy": 206, "rx": 33, "ry": 22, "rotation": 15}
        grain: JsonValue = {"id": "k2", "label": "körnchen", "cx": 400, "cy": 300, "rx": 5, "ry": 4}
        two: JsonValue = {"regions": [cell, grain]}
        yield Example({"labels": labels, "rotate": True}, inputs, item, {"input": "image"}, two, {"regions": [grain]})
        circle: JsonValue = {"regions": [{"id": "a", "cx": 50, "cy": 50, "rx": 30, "ry": 30}]}
        flat: JsonValue = {"regions": [{"id": "b", "cx": 50, "cy": 50, "rx": 30, "ry": 20}]}
        yield Example({"max": 1}, inputs, item, None, circle, flat)


def _spelled(region: Region) -> tuple[float, float, float, float, float]:
    """Centre, radii and angle on the grid, the angle in (-45, 45]: a quarter turn more is one with the radii swapped."""
    cx, cy, rx, ry = (on_pixel_grid(region[name]) for name in _NUMBERS)
    rotation = on_degree_grid(region.get("rotation") or 0.0)
    quarters = math.ceil((rotation - 45.0) / 90.0)
    if quarters % 2:
        rx, ry = ry, rx
    return cx, cy, rx, ry, 0.0 if rx == ry else rotation - 90.0 * quarters


@lru_cache(maxsize=4_096)
def _outline(ellipse: tuple[float, float, float, float, float]) -> Rings:
    """A polygon of 128 corners on the ellipse, clockwise as seen."""
    cx, cy, rx, ry, rotation = ellipse
    cos, sin = turn(rotation)
    angles = (2 * math.pi * place / CORNERS for place in range(CORNERS))
    flat = ((rx * math.cos(angle), ry * math.sin(angle)) for angle in angles)
    return Rings((tuple((cx + x * cos - y * sin, cy + x * sin + y * cos) for x, y in flat),))


def _check_place(
    ellipse: tuple[float, float, float, float, float], size: tuple[int, int], may_leave: bool
) -> Iterator[Problem]:
    cx, cy, rx, ry, rotation = ellipse
    cos, sin = turn(rotation)
    reaches = (math.hypot(rx * cos, ry * sin), math.hypot(rx * sin, ry * cos))
    for name, center, reach, most in zip(("cx", "cy"), (cx, cy), reaches, size, strict=True):
        low, high = center - reach, center + reach
        if may_leave and (high <= 0 or low >= most):
            message = f"The ellipse lies beside the picture: {low:g}..{high:g} of 0..{most}."
            yield problem("out_of_bounds", message, "Let it cover some of the picture.", f"/{name}", [0, most])
        elif not may_leave and (low < -GRID_SLACK or high > most + GRID_SLACK):
            message = f"The ellipse leaves the picture: {low:g}..{high:g} of 0..{most}."
            yield problem("out_of_bounds", message, "Keep it within the picture.", f"/{name}", [0, most])


def _aligned(
    ellipses: Sequence[tuple[float, float, float, float, float]], weights: Sequence[float]
) -> list[tuple[float, float, float, float, float]]:
    """The same ellipses, each spelled with the angle nearest to that of the one nearest to all others in angle."""

    def far(reference: tuple[float, ...]) -> tuple[float, ...]:
        gaps = (abs(_quarter(each[4] - reference[4])) for each in ellipses)
        return round(sum(gap * weight for gap, weight in zip(gaps, weights, strict=True)), 9), *reference

    reference = min(ellipses, key=far)[4]
    found = []
    for cx, cy, rx, ry, rotation in ellipses:
        angle = reference + _quarter(rotation - reference)
        is_swapped = round((rotation - angle) / 90.0) % 2 == 1
        found.append((cx, cy, ry, rx, angle) if is_swapped else (cx, cy, rx, ry, angle))
    return found


def _quarter(degrees: float) -> float:
    """An angle modulo 90, in (-45, 45]."""
    return 45.0 - (45.0 - degrees) % 90.0


kind = Ellipse()
