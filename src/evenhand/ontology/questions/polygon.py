"""Polygon: outlines in a picture by their corners, with holes and parts by leave. Pixels of the upright picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import problem
from evenhand.ontology.kind import Example, Part, Shown
from evenhand.ontology.questions.pixels import check_point, medoid, no_pixels, on_grid, spelled
from evenhand.ontology.questions.rectangles import overlapping
from evenhand.ontology.questions.regions import Region, Regional, RegionId, RegionSettings
from evenhand.ontology.questions.rings import (
    Rings,
    Tangled,
    encloses,
    first_crossing,
    giou,
    iou,
    shared_area,
    signed_area,
)

POINTS_MAX = 20_000
RINGS_MAX = 1_000
# Outlines that share less than this, in square pixels, lie side by side.
_SIDE_BY_SIDE = 1.0
_PROBLEMS_MAX = 100
_Points = Annotated[list[tuple[float, float]], Field(min_length=3, max_length=POINTS_MAX)]


class Settings(RegionSettings):
    """Labels; whether outlines may have holes, be in several parts and lie over each other; how many corners they have."""

    holes: bool = False
    parts: bool = False
    overlap: Literal["allow", "forbid"] = "allow"
    min_points: Annotated[int, Field(ge=3, le=POINTS_MAX)] = 3
    max_points: Annotated[int, Field(ge=3, le=POINTS_MAX)] = POINTS_MAX


class PolygonRegion(BaseModel):
    """One outline: rings of corners `[x, y]`, the first not repeated. Outer rings run clockwise as seen, holes the other way."""

    model_config = ConfigDict(extra="forbid")

    id: RegionId
    label: str | None = None
    rings: Annotated[list[_Points], Field(min_length=1, max_length=RINGS_MAX)]
    on: str | None = None


class Value(BaseModel):
    """A set of outlines."""

    model_config = ConfigDict(extra="forbid")

    regions: list[PolygonRegion]


class Polygon(Regional):
    """Outlines in a picture."""

    name: ClassVar[str] = "polygon"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value
    needs: ClassVar[Literal["text", "pixels"] | None] = "pixels"
    fields: ClassVar[frozenset[str]] = frozenset({"rings"})
    edge_names: ClassVar[tuple[str, ...]] = ("left", "top", "right", "bottom")
    edge_unit: ClassVar[Literal["characters", "pixels"] | None] = "pixels"

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Numbers of corners that can be met."""
        problems = super().check_settings(settings, inputs)
        if settings.max_points < settings.min_points:
            message = "max_points is below min_points."
            problems.append(problem("bad_range", message, "Raise max_points or lower min_points.", "/max_points"))
        return problems

    def check_geometry(self, settings: Any, region: Region, part: Part | None) -> list[Problem]:
        """Corners in the picture; rings with an area that do not meet themselves or each other; holes inside, by leave."""
        if problems := no_pixels(part):
            return problems
        rings = region.get("rings")
        if not isinstance(rings, list) or not 0 < len(rings) <= RINGS_MAX:
            message = f"An outline has 1 to {RINGS_MAX} rings."
            return [problem("bad_value", message, "Send [[[x, y], …]].", "/rings" if "rings" in region else "")]
        for index, ring in enumerate(rings):
            problems.extend(_check_ring(settings, ring, f"/rings/{index}", part.size if part else None))
        if problems:
            return problems[:_PROBLEMS_MAX]
        figure = _figure(region)
        if problems := [*_check_corners(figure)][:_PROBLEMS_MAX] or [*_check_crossings(figure)]:
            return problems
        return [*_check_nesting(settings, figure)]

    def check_together(self, settings: Any, regions: Sequence[Region], shown: Shown) -> list[Problem]:
        """No outline over another, where that is forbidden."""
        if settings.overlap == "allow":
            return []
        figures = [_figure(region) for region in regions]
        problems: list[Problem] = []
        for i, j in overlapping(figures, figures):
            if i >= j or regions[i].get("on") != regions[j].get("on"):
                continue
            if len(problems) < _PROBLEMS_MAX and shared_area(figures[i], figures[j]) > _SIDE_BY_SIDE:
                message = f"{regions[i]['id']} and {regions[j]['id']} overlap."
                problems.append(problem("overlap_forbidden", message, "Pull them apart.", f"/regions/{j}/rings"))
        return problems

    def geometry(self, region: Region) -> dict[str, JsonValue]:
        """Corners on the grid, where each ring begins kept."""
        return {"rings": [spelled(ring) for ring in _figure(region).rings]}

    def overlaps(
        self, settings: Any, ours: Sequence[Region], theirs: Sequence[Region], shown: Shown
    ) -> Mapping[tuple[int, int], float]:
        """IoU, even-odd."""
        here, there = [_figure(region) for region in ours], [_figure(region) for region in theirs]
        found = ((i, j, iou(here[i], there[j])) for i, j in overlapping(here, there))
        return {(i, j): share for i, j, share in found if share > 0}

    def edges(self, region: Region) -> tuple[float, ...]:
        """Those of the upright box around it."""
        return _figure(region).envelope()

    def apart(self, settings: Any, one: Region, other: Region, shown: Shown) -> float:
        """(1 - GIoU) / 2: near misses count less than far ones."""
        return (1.0 - giou(_figure(one), _figure(other))) / 2

    def blend(
        self, settings: Any, members: Sequence[Region], weights: Sequence[float], shown: Shown
    ) -> tuple[dict[str, JsonValue], float, bool]:
        """The outline that is nearest to all others: the corners that a person set stay."""
        figures = [_figure(member) for member in members]
        geometries = [self.geometry(member) for member in members]
        return medoid(geometries, weights, lambda i, j: iou(figures[i], figures[j]))

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By labels, number, and what an outline may be."""
        changes = super().compatibility(old, new)
        before = (old.holes, old.parts, old.overlap == "allow", -old.min_points, old.max_points)
        after = (new.holes, new.parts, new.overlap == "allow", -new.min_points, new.max_points)
        if any(b < a for a, b in zip(before, after, strict=True)):
            changes.append(("narrowing", "Fewer outlines are allowed."))
        if any(b > a for a, b in zip(before, after, strict=True)):
            changes.append(("widening", "More outlines are allowed."))
        return changes

    def examples(self) -> Iterable[Example]:
        """A lake with an island beside a wood, and one unlabeled outline."""
        media: dict[str, JsonValue] = {"width": 640, "height": 480, "stored_width": 640, "stored_height": 480}
        photo: JsonValue = {
            "blob": "019303bc-6a80-7c4e-9b1e-0d6c39b0a003",
            "media_type": "image/jpeg",
            "name": "Luftbild Königssee.jpg",
            "media": media,
        }
        inputs = [{"name": "image", "kind": "image"}]
        item = {"inputs": {"image": photo}}
        labels = [{"value": "see", "text": {"de": "See", "en": "lake"}}, {"value": "gehölz"}]
        shore: JsonValue = [[100, 80], [320.5, 60], [410, 220], [240, 330], [90, 240]]
        island: JsonValue = [[200, 150], [190, 200], [250, 210]]
        lake: JsonValue = {"id": "k1", "label": "see", "rings": [shore, island]}
        wood: JsonValue = {"id": "k2", "label": "gehölz", "rings": [[[450, 300], [630, 310], [600, 470], [460, 440]]]}
        two: JsonValue = {"regions": [lake, wood]}
        settings = {"labels": labels, "holes": True, "overlap": "forbid"}
        yield Example(settings, inputs, item, {"input": "image"}, two, {"regions": [wood]})
        one: JsonValue = {"regions": [{"id": "a", "rings": [[[10, 10], [90, 12], [50, 80]]]}]}
        other: JsonValue = {"regions": [{"id": "b", "rings": [[[10, 10], [90, 12], [50, 90]]]}]}
        yield Example({"max": 1}, inputs, item, None, one, other)


def _figure(region: Region) -> Rings:
    return Rings(tuple(tuple(on_grid(point) for point in ring) for ring in region["rings"]))


def _check_ring(settings: Any, ring: Any, pointer: str, size: tuple[int, int] | None) -> Iterator[Problem]:
    if not isinstance(ring, list):
        yield problem("bad_value", "This is not a ring.", "Send [[x, y], …].", pointer)
        return
    low, high = settings.min_points, settings.max_points
    if not low <= len(ring) <= high:
        message = f"A ring has {low} to {high} corners, this one {len(ring)}."
        code = "degenerate" if len(ring) < low else "limit"
        yield problem(code, message, "Set more." if len(ring) < low else "Set fewer.", pointer, [low, high])
        return
    for place, point in enumerate(ring):
        yield from check_point(point, f"{pointer}/{place}", size)


def _check_corners(figure: Rings) -> Iterator[Problem]:
    for index, ring in enumerate(figure.rings):
        for place, point in enumerate(ring):
            if point == ring[place - 1]:
                message = "Two neighbouring corners are one point."
                remedy = "Leave one out; the first is not repeated at the end."
                yield problem("degenerate", message, remedy, f"/rings/{index}/{place}")
        # A larger ring without an area crosses itself, and is told where.
        if len(set(ring)) < 3 or (len(ring) == 3 and signed_area(ring) == 0):
            yield problem("degenerate", "This ring has no area.", "Set corners around one.", f"/rings/{index}")


def _check_crossings(figure: Rings) -> Iterator[Problem]:
    try:
        crossing = first_crossing(figure.rings)
    except Tangled:
        message = "So many sides lie over each other that nobody can tell whether they cross."
        yield problem("limit", message, "Draw it with fewer corners.", "/rings")
        return
    if crossing is None:
        return
    (ring, side), (other, at) = crossing.first, crossing.second
    x, y = crossing.at
    which = f"side {at + 1}" if ring == other else f"side {at + 1} of ring {other + 1}"
    message = f"Side {side + 1} of ring {ring + 1} meets {which} at {x:.6g}, {y:.6g}."
    yield problem("self_intersection", message, "Move a corner so that no sides meet.", f"/rings/{other}/{at}")


def _check_nesting(settings: Any, figure: Rings) -> Iterator[Problem]:
    """Which rings are outer ones and which are holes says how many others they lie in; how they run has to agree."""
    outer, is_wrong = 0, False
    for index, ring in enumerate(figure.rings):
        pointer = f"/rings/{index}"
        depth = sum(encloses(other, ring[0]) for place, other in enumerate(figure.rings) if place != index)
        is_hole, is_clockwise = depth % 2 == 1, signed_area(ring) > 0
        outer += not is_hole
        is_wrong = is_wrong or is_hole == is_clockwise
        if is_hole and is_clockwise:
            message = "This ring runs clockwise, and lies in another part."
            yield problem("overlap_forbidden", message, "Let a hole run anticlockwise.", pointer)
        elif not is_hole and not is_clockwise:
            message = "This ring runs anticlockwise, as holes do, and lies in no other ring."
            yield problem("out_of_bounds", message, "Let it run clockwise as seen.", pointer)
        elif is_hole and not settings.holes:
            yield problem("count", "Outlines have no holes here.", "Leave the hole out.", pointer)
    if outer > 1 and not settings.parts and not is_wrong:
        yield problem("count", "An outline is one piece here.", "Make each piece a region of its own.", "/rings")


kind = Polygon()
