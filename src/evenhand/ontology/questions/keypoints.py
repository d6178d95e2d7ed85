"""Keypoints: the named points of a skeleton on each thing in a picture, each seen, hidden or absent. Pixels, upright."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue, escape_pointer
from evenhand.core.errors import Problem
from evenhand.ontology.answering import problem
from evenhand.ontology.kind import Example, Part, Shown
from evenhand.ontology.options import Option, changes_of_options, duplicate_values
from evenhand.ontology.questions.pixels import STANDS_FOR, check_point, median, no_pixels, on_grid, plain
from evenhand.ontology.questions.rectangles import Point
from evenhand.ontology.questions.regions import Region, Regional, RegionId, RegionSettings, mode

POINTS_MAX = 200
# How precisely people place a point, as a share of the size of the thing, where the skeleton does not say: the middle of COCO's.
SIGMA = 0.07
# A quarter of the likeness is which points are seen, hidden or absent.
_STATE_SHARE = 0.25
State: TypeAlias = Literal["visible", "occluded"]
_Placed: TypeAlias = tuple[float, float, str] | None


class Skeleton(BaseModel):
    """Points by name, in the order in which they are set; which are joined by a line; which are each other's mirror image.

    sigmas: how precisely people place each, as a share of the size of the thing (COCO), 0.07 where nothing is said.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    points: Annotated[list[Option], Field(min_length=1, max_length=POINTS_MAX)]
    edges: Annotated[list[Annotated[list[str], Field(min_length=2, max_length=2)]], Field(max_length=1_000)] = []
    sigmas: dict[str, Annotated[float, Field(gt=0, le=1)]] = {}
    mirror: Annotated[list[Annotated[list[str], Field(min_length=2, max_length=2)]], Field(max_length=POINTS_MAX)] = []


class Settings(RegionSettings):
    """Labels; the skeleton; whether points may be hidden or absent."""

    skeleton: Skeleton
    visibility: bool = True


class KeypointsRegion(BaseModel):
    """One thing: each point of the skeleton as `[x, y, "visible"]`, `[x, y, "occluded"]`, or null where it is absent."""

    model_config = ConfigDict(extra="forbid")

    id: RegionId
    label: str | None = None
    points: dict[str, tuple[float, float, State] | None]
    on: str | None = None


class Value(BaseModel):
    """A set of things with their points."""

    model_config = ConfigDict(extra="forbid")

    regions: list[KeypointsRegion]


class Keypoints(Regional):
    """Named points on things in a picture."""

    name: ClassVar[str] = "keypoints"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value
    needs: ClassVar[Literal["text", "pixels"] | None] = "pixels"
    fields: ClassVar[frozenset[str]] = frozenset({"points"})

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Points differ; edges, widths and mirror pairs name them."""
        problems = super().check_settings(settings, inputs)
        skeleton, at = settings.skeleton, "/skeleton"
        problems.extend(duplicate_values(skeleton.points, f"{at}/points"))
        known = [point.value for point in skeleton.points]
        named = [(f"{at}/edges/{i}/{j}", end) for i, edge in enumerate(skeleton.edges) for j, end in enumerate(edge)]
        named += [(f"{at}/sigmas/{escape_pointer(name)}", name) for name in skeleton.sigmas]
        named += [(f"{at}/mirror/{i}/{j}", end) for i, pair in enumerate(skeleton.mirror) for j, end in enumerate(pair)]
        for pointer, name in named:
            if name not in known:
                message = f"The skeleton has no point {name!r}."
                problems.append(problem("unknown_option", message, "Name one of its points.", pointer, known))
        mirrored = [name for pair in skeleton.mirror for name in pair]
        if len(set(mirrored)) < len(mirrored):
            message = "A point has two mirror images."
            problems.append(problem("duplicate_value", message, "Pair each point once.", f"{at}/mirror"))
        return problems

    def check_geometry(self, settings: Any, region: Region, part: Part | None) -> list[Problem]:
        """Every point of the skeleton and no other, in the picture, with a state that is offered; at least one placed."""
        if problems := no_pixels(part):
            return problems
        points = region.get("points")
        if not isinstance(points, dict):
            message = "These are not points by name."
            return [
                problem(
                    "bad_value", message, 'Send {"nose": [x, y, "visible"]}.', "/points" if "points" in region else ""
                )
            ]
        known = [point.value for point in settings.skeleton.points]
        for name in sorted(points.keys() - set(known))[:5]:
            message = f"The skeleton has no point {name!r}."
            problems.append(
                problem("unknown_option", message, "Leave it out.", f"/points/{escape_pointer(name)}", known[:50])
            )
        for name in known:
            pointer = f"/points/{escape_pointer(name)}"
            if name not in points:
                message = f"The point {name!r} is missing."
                remedy = "Set it, or send null where it is absent." if settings.visibility else "Set it."
                problems.append(problem("missing_answer", message, remedy, "/points"))
            elif points[name] is None:
                if not settings.visibility:
                    message = f"The point {name!r} may not be absent."
                    problems.append(problem("missing_answer", message, "Set it.", pointer))
            else:
                problems.extend(_check_placed(settings, points[name], pointer, part.size if part else None))
        if not problems and all(points[name] is None for name in known):
            problems.append(
                problem("degenerate", "No point is placed.", "Place one, or leave the thing out.", "/points")
            )
        return problems

    def geometry(self, region: Region) -> dict[str, JsonValue]:
        """Coordinates on the grid."""
        spelled: dict[str, JsonValue] = {}
        for name, placed in sorted(_points(region).items()):
            spelled[name] = None if placed is None else [plain(placed[0]), plain(placed[1]), placed[2]]
        return {"points": spelled}

    def overlaps(
        self, settings: Any, ours: Sequence[Region], theirs: Sequence[Region], shown: Shown
    ) -> Mapping[tuple[int, int], float]:
        """Three quarters OKS, one quarter the share of points with the same state; nothing where no point is near."""
        here, there = [_points(region) for region in ours], [_points(region) for region in theirs]
        found: dict[tuple[int, int], float] = {}
        for i, one in enumerate(here):
            for j, other in enumerate(there):
                if one == other:
                    found[i, j] = 1.0
                elif (near := oks(one, other, settings.skeleton.sigmas)) > 0:
                    names = one.keys() | other.keys()
                    same = sum(_state(one.get(name)) == _state(other.get(name)) for name in names) / len(names)
                    found[i, j] = (1 - _STATE_SHARE) * near + _STATE_SHARE * same
        return found

    def blend(
        self, settings: Any, members: Sequence[Region], weights: Sequence[float], shown: Shown
    ) -> tuple[dict[str, JsonValue], float, bool]:
        """Point by point: the state that most give, the weighted median of where those who placed it have it."""
        every = [_points(member) for member in members]
        merged: dict[str, _Placed] = {}
        is_tied = False
        for name in [point.value for point in settings.skeleton.points]:
            states = [_state(each.get(name)) for each in every]
            # Whether it is there at all first: hidden and seen are both there.
            there, _, is_open = mode([state != "" for state in states], weights)
            placed = [(each[name], w) for each, w in zip(every, weights, strict=True) if each.get(name) is not None]
            is_tied = is_tied or (is_open and len(placed) > 0)
            if not placed or not (there or is_open):
                merged[name] = None
                continue
            heavy = [w for _, w in placed]
            x, y = (median([float(point[axis]) for point, _ in placed], heavy) for axis in (0, 1))  # type: ignore[index]
            state = mode([str(point[2]) for point, _ in placed], heavy)[0]  # type: ignore[index]
            merged[name] = (*on_grid((x, y)), state)
        if not any(merged.values()):
            merged = dict(every[0])
        near = sum(
            weight
            for each, weight in zip(every, weights, strict=True)
            if each == merged or oks(each, merged, settings.skeleton.sigmas) >= STANDS_FOR
        )
        return self.geometry({"points": merged}), near / sum(weights), is_tied

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By labels, number, and the skeleton: another set of points makes every answer one of other points."""
        changes = super().compatibility(old, new)
        for class_, sentence in changes_of_options(old.skeleton.points, new.skeleton.points, "Point"):
            changes.append(("narrowing" if class_ == "widening" else class_, sentence))
        if old.visibility != new.visibility:
            word = "Points may be hidden or absent." if new.visibility else "Every point is seen now."
            changes.append(("widening" if new.visibility else "narrowing", word))
        if not changes and old.skeleton != new.skeleton:
            changes.append(("cosmetic", "The skeleton is drawn or compared in another way."))
        return changes

    def examples(self) -> Iterable[Example]:
        """A face whose ear is hidden, and the two ends of a ruler."""
        media: dict[str, JsonValue] = {"width": 640, "height": 480, "stored_width": 640, "stored_height": 480}
        photo: JsonValue = {
            "blob": "019303bc-6a80-7c4e-9b1e-0d6c39b0a003",
            "media_type": "image/jpeg",
            "name": "Zoë.jpg",
            "media": media,
        }
        inputs = [{"name": "image", "kind": "image"}]
        item = {"inputs": {"image": photo}}
        points = [{"value": "nase", "text": {"de": "Nase", "en": "nose"}}, {"value": "auge_l"}, {"value": "auge_r"}]
        skeleton = {
            "points": points,
            "edges": [["nase", "auge_l"], ["nase", "auge_r"]],
            "sigmas": {"nase": 0.026},
            "mirror": [["auge_l", "auge_r"]],
        }
        settings = {"labels": [{"value": "person", "text": {"de": "Person"}}], "skeleton": skeleton}
        face: JsonValue = {"nase": [120.5, 80, "visible"], "auge_l": [110, 70, "occluded"], "auge_r": None}
        far: JsonValue = {"nase": [420, 80, "visible"], "auge_l": [410, 70, "visible"], "auge_r": [430, 70, "visible"]}
        one: JsonValue = {"regions": [{"id": "k1", "label": "person", "points": face}]}
        two: JsonValue = {"regions": [{"id": "k2", "label": "person", "points": far}]}
        yield Example(settings, inputs, item, {"input": "image"}, one, two)
        ends = {"skeleton": {"points": [{"value": "anfang"}, {"value": "ende"}]}, "visibility": False, "max": 1}
        ruler: JsonValue = {"anfang": [10, 10, "visible"], "ende": [300, 10, "visible"]}
        moved: JsonValue = {"anfang": [12, 10, "visible"], "ende": [300, 14, "visible"]}
        yield Example(
            ends,
            inputs,
            item,
            None,
            {"regions": [{"id": "a", "points": ruler}]},
            {"regions": [{"id": "b", "points": moved}]},
        )


def oks(a: Mapping[str, _Placed], b: Mapping[str, _Placed], sigmas: Mapping[str, float]) -> float:
    """Object keypoint similarity, 0..1, averaged over both directions; a point that one has and the other has not is not near.

    The size of each is that of its points' box, 1 square pixel at least. Lin et al., COCO, "Keypoint evaluation".
    """
    names = sorted(name for name in a.keys() | b.keys() if a.get(name) or b.get(name))
    if not names:
        return 0.0
    total = 0.0
    for size in (_size(a), _size(b)):
        for name in names:
            one, other = a.get(name), b.get(name)
            if one is not None and other is not None:
                gap = (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2
                total += math.exp(-gap / (2.0 * size * (2.0 * sigmas.get(name, SIGMA)) ** 2))
    return total / (2 * len(names))


def _points(region: Region) -> dict[str, _Placed]:
    placed = region["points"]
    return {name: None if each is None else (*on_grid(each[:2]), str(each[2])) for name, each in placed.items()}


def _size(points: Mapping[str, _Placed]) -> float:
    """Square pixels of the upright rectangle around points that are placed."""
    placed: list[Point] = [(each[0], each[1]) for each in points.values() if each is not None]
    if not placed:
        return 1.0
    xs, ys = zip(*placed, strict=True)
    return float(max(1.0, (max(xs) - min(xs)) * (max(ys) - min(ys))))


def _state(placed: _Placed) -> str:
    return "" if placed is None else placed[2]


def _check_placed(settings: Any, placed: Any, pointer: str, size: tuple[int, int] | None) -> Iterator[Problem]:
    if not isinstance(placed, list | tuple) or len(placed) != 3:
        yield problem("bad_value", "This is not a point.", 'Send [x, y, "visible"], or null.', pointer)
        return
    yield from check_point([*placed[:2]], pointer, size)
    offered = ["visible", "occluded"] if settings.visibility else ["visible"]
    if placed[2] not in offered:
        message = f"A point is {' or '.join(offered)}."
        yield problem("unknown_option", message, "Take a state that is offered.", f"{pointer}/2", offered)


kind = Keypoints()
