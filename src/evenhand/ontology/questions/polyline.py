"""Polyline: lines in a picture by their points, open or closed, directed by choice. Pixels of the upright picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import problem
from evenhand.ontology.kind import Example, Part, Shown
from evenhand.ontology.questions.pixels import check_point, medoid, no_pixels, on_grid, spelled
from evenhand.ontology.questions.rectangles import Point
from evenhand.ontology.questions.regions import Region, Regional, RegionId, RegionSettings
from evenhand.ontology.questions.rings import frechet, mean_nearest

POINTS_MAX = 20_000
# Lines further apart than this share of the picture's diagonal have nothing in common.
REACH = 0.02


class Settings(RegionSettings):
    """Labels; how many points; whether lines are open, closed or either; whether it matters in which direction they run."""

    closed: Literal["never", "allow", "always"] = "never"
    directed: bool = False
    min_points: Annotated[int, Field(ge=2, le=POINTS_MAX)] = 2
    max_points: Annotated[int, Field(ge=2, le=POINTS_MAX)] = POINTS_MAX


class PolylineRegion(BaseModel):
    """One line: points `[x, y]` in order; closed: the last is joined to the first, which is not repeated."""

    model_config = ConfigDict(extra="forbid")

    id: RegionId
    label: str | None = None
    points: Annotated[list[tuple[float, float]], Field(min_length=2, max_length=POINTS_MAX)]
    closed: bool = False
    on: str | None = None


class Value(BaseModel):
    """A set of lines."""

    model_config = ConfigDict(extra="forbid")

    regions: list[PolylineRegion]


class Polyline(Regional):
    """Lines in a picture."""

    name: ClassVar[str] = "polyline"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value
    needs: ClassVar[Literal["text", "pixels"] | None] = "pixels"
    fields: ClassVar[frozenset[str]] = frozenset({"points", "closed"})

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Numbers of points that can be met."""
        problems = super().check_settings(settings, inputs)
        if settings.max_points < settings.min_points:
            message = "max_points is below min_points."
            problems.append(problem("bad_range", message, "Raise max_points or lower min_points.", "/max_points"))
        return problems

    def check_geometry(self, settings: Any, region: Region, part: Part | None) -> list[Problem]:
        """Enough points, in the picture, no two neighbours alike; closed as the question allows."""
        if problems := no_pixels(part):
            return problems
        points, low, high = region.get("points"), settings.min_points, settings.max_points
        is_closed = region.get("closed", False)
        if not isinstance(is_closed, bool):
            problems.append(
                problem("bad_value", "closed is true or false.", "Leave it out for an open line.", "/closed")
            )
        elif settings.closed != "allow" and is_closed != (settings.closed == "always"):
            message = "Lines are open here." if is_closed else "Lines are closed here."
            remedy = "Leave closed out." if is_closed else "Send closed: true."
            problems.append(problem("bad_range", message, remedy, "/closed" if "closed" in region else ""))
        if not isinstance(points, list) or not low <= len(points) <= high:
            message = f"A line has {low} to {high} points."
            code = "degenerate" if isinstance(points, list) and len(points) < low else "bad_value"
            where = "/points" if "points" in region else ""
            return [*problems, problem(code, message, "Send [[x, y], …].", where, [low, high])]
        size = part.size if part else None
        for place, point in enumerate(points):
            problems.extend(check_point(point, f"/points/{place}", size))
        if problems:
            return problems[:100]
        line = [on_grid(point) for point in points]
        for place, point in enumerate(line):
            if (place or is_closed) and point == line[place - 1]:
                message = "Two neighbouring points are one."
                problems.append(problem("degenerate", message, "Leave one out.", f"/points/{place}"))
        return problems[:100]

    def geometry(self, region: Region) -> dict[str, JsonValue]:
        """Points on the grid, in their order; closed only where it is."""
        points = spelled(_line(region))
        return {"points": points, "closed": True} if region.get("closed") else {"points": points}

    def overlaps(
        self, settings: Any, ours: Sequence[Region], theirs: Sequence[Region], shown: Shown
    ) -> Mapping[tuple[int, int], float]:
        """1 - distance / 2 % of the diagonal: the mean distance to the other line, of directed lines that of Fréchet."""
        found: dict[tuple[int, int], float] = {}
        for i, one in enumerate(ours):
            for j, other in enumerate(theirs):
                reach = _reach(one, other, shown)
                if _is_near(one, other, reach) and (likeness := 1.0 - _gap(settings, one, other) / reach) > 0:
                    found[i, j] = likeness
        return found

    def blend(
        self, settings: Any, members: Sequence[Region], weights: Sequence[float], shown: Shown
    ) -> tuple[dict[str, JsonValue], float, bool]:
        """The line that is nearest to all others."""
        return medoid(
            [self.geometry(member) for member in members],
            weights,
            lambda i, j: self.overlaps(settings, [members[i]], [members[j]], shown).get((0, 0), 0.0),
        )

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By labels, number, and what a line may be."""
        changes = super().compatibility(old, new)
        if old.min_points < new.min_points or old.max_points > new.max_points or _forbids(old.closed, new.closed):
            changes.append(("narrowing", "Fewer lines are allowed."))
        if old.min_points > new.min_points or old.max_points < new.max_points or _forbids(new.closed, old.closed):
            changes.append(("widening", "More lines are allowed."))
        if old.directed != new.directed:
            changes.append(("cosmetic", "Direction matters now." if new.directed else "Direction does not matter now."))
        return changes

    def examples(self) -> Iterable[Example]:
        """Lanes of a street, and a contour that comes back to where it began."""
        media: dict[str, JsonValue] = {"width": 640, "height": 480, "stored_width": 640, "stored_height": 480}
        photo: JsonValue = {
            "blob": "019303bc-6a80-7c4e-9b1e-0d6c39b0a003",
            "media_type": "image/jpeg",
            "name": "Straße.jpg",
            "media": media,
        }
        inputs = [{"name": "image", "kind": "image"}]
        item = {"inputs": {"image": photo}}
        labels = [{"value": "spur", "text": {"de": "Spur", "en": "lane"}}, {"value": "bordstein"}]
        lane: JsonValue = {"id": "k1", "label": "spur", "points": [[10.5, 470], [200, 300], [320, 240]]}
        curb: JsonValue = {"id": "k2", "label": "bordstein", "points": [[630, 470], [420, 250]]}
        two: JsonValue = {"regions": [lane, curb]}
        yield Example({"labels": labels, "directed": True}, inputs, item, {"input": "image"}, two, {"regions": [curb]})
        ring: JsonValue = {"regions": [{"id": "a", "points": [[10, 10], [90, 10], [50, 70]], "closed": True}]}
        open_: JsonValue = {"regions": [{"id": "b", "points": [[10, 10], [90, 10], [50, 70]]}]}
        yield Example({"closed": "allow", "max": 1}, inputs, item, None, ring, open_)


def _line(region: Region) -> list[Point]:
    return [on_grid(point) for point in region["points"]]


def _reach(one: Region, other: Region, shown: Shown) -> float:
    """How far apart two lines may lie, in pixels: by the picture's diagonal, where it is not at hand by that around both."""
    part = shown.parts.get(str(one.get("on"))) if one.get("on") else shown.target
    if part is not None and part.size is not None:
        return REACH * math.hypot(*part.size)
    xs, ys = zip(*_line(one), *_line(other), strict=True)
    return REACH * math.hypot(max(xs) - min(xs), max(ys) - min(ys))


def _is_near(one: Region, other: Region, reach: float) -> bool:
    """Whether two lines could be close enough, by the rectangles around them: a line whose mean distance is below the reach has
    a point within it."""
    (ax, ay), (bx, by) = zip(*_line(one), strict=True), zip(*_line(other), strict=True)
    return all(min(a) - reach <= max(b) and min(b) - reach <= max(a) for a, b in ((ax, bx), (ay, by)))


def _gap(settings: Any, one: Region, other: Region) -> float:
    """Pixels between two lines; the same whichever comes first."""
    if _same(one) == _same(other):
        return 0.0
    if _same(other) < _same(one):
        one, other = other, one
    closed = bool(one.get("closed")), bool(other.get("closed"))
    return (frechet if settings.directed else mean_nearest)(_line(one), _line(other), closed=closed)


def _same(region: Region) -> tuple[bool, list[Point]]:
    return bool(region.get("closed")), _line(region)


def _forbids(old: str, new: str) -> bool:
    """Whether lines that were allowed are no longer."""
    return old != new and new != "allow"


kind = Polyline()
