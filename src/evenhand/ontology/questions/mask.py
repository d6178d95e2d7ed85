"""Mask: which pixels of a picture belong to each thing, or to each class. Runs in the order of COCO (`runs`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue, canonical_json
from evenhand.core.errors import Problem
from evenhand.ontology.answering import problem
from evenhand.ontology.kind import Example, Part, Shown
from evenhand.ontology.questions import runs
from evenhand.ontology.questions.pixels import STANDS_FOR, no_pixels
from evenhand.ontology.questions.regions import Kept, Region, Regional, RegionId, RegionSettings
from evenhand.ontology.questions.runs import Bounds

LAYERS_MAX = 1_000
_PROBLEMS_MAX = 100
_CLOSE = 1e-9


class Settings(RegionSettings):
    """Labels; whether a pixel has one class (`forbid`) or masks lie over each other by `z`; whether every pixel has one."""

    overlap: Literal["forbid", "z"] = "forbid"
    complete: bool = False
    min_pixels: Annotated[int, Field(ge=1, le=runs.PIXELS_MAX)] = 1


class RunLengths(BaseModel):
    """Runs, column by column, the first of pixels that are not covered. size: height and width of the upright picture."""

    model_config = ConfigDict(extra="forbid")

    size: tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]
    counts: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1, max_length=runs.RUNS_MAX)]


class MaskRegion(BaseModel):
    """One mask. z: what lies higher hides what lies lower, where masks may overlap; 0 is left out."""

    model_config = ConfigDict(extra="forbid")

    id: RegionId
    label: str | None = None
    z: Annotated[int, Field(ge=-LAYERS_MAX, le=LAYERS_MAX)] = 0
    rle: RunLengths
    on: str | None = None


class Value(BaseModel):
    """A set of masks."""

    model_config = ConfigDict(extra="forbid")

    regions: list[MaskRegion]


class Mask(Regional):
    """Pixels of a picture."""

    name: ClassVar[str] = "mask"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value
    needs: ClassVar[Literal["text", "pixels"] | None] = "pixels"
    fields: ClassVar[frozenset[str]] = frozenset({"rle", "z"})

    def check_geometry(self, settings: Any, region: Region, part: Part | None) -> list[Problem]:
        """Runs of the picture's own size that count its pixels; enough of them covered."""
        if problems := no_pixels(part):
            return problems
        z = region.get("z", 0)
        if isinstance(z, bool) or not isinstance(z, int | float) or not (abs(z) <= LAYERS_MAX and z == z // 1):
            message = f"z is a whole number, {-LAYERS_MAX}..{LAYERS_MAX}."
            problems.append(problem("bad_value", message, "Leave it out for 0.", "/z"))
        if "rle" not in region:
            return [*problems, problem("bad_value", "A mask has run lengths.", "Send rle.")]
        if found := [*runs.check(region["rle"], "/rle", part.size if part else None)]:
            return [*problems, *found]
        if (covered := runs.area(_bounds(region))) < settings.min_pixels:
            message = f"The mask covers {covered} pixels, at least {settings.min_pixels} are asked for."
            remedy = "Paint more, or leave it out."
            problems.append(problem("degenerate", message, remedy, "/rle/counts", [settings.min_pixels]))
        return problems

    def check_together(self, settings: Any, regions: Sequence[Region], shown: Shown) -> list[Problem]:
        """One size; no pixel twice where that is forbidden; none without a class where all are to have one."""
        problems: list[Problem] = []
        for on in {region.get("on") for region in regions}:
            here = [index for index, region in enumerate(regions) if region.get("on") == on]
            sizes = [[int(side) for side in regions[index]["rle"]["size"]] for index in here]
            if odd := [index for index, size in zip(here, sizes, strict=True) if size != sizes[0]]:
                message = "Masks of one picture have one size."
                problems.append(
                    problem("out_of_bounds", message, "Send its size.", f"/regions/{odd[0]}/rle/size", sizes[0])
                )
                continue
            masks = [_bounds(regions[index]) for index in here]
            if settings.overlap == "forbid":
                problems.extend(islice(_check_apart(regions, here, masks), _PROBLEMS_MAX))
            total = sizes[0][0] * sizes[0][1]
            if settings.complete and (left := total - runs.area(runs.union(masks))):
                message = f"{left} pixels belong to no class."
                problems.append(problem("count", message, "Give every pixel a class.", "/regions"))
        if settings.complete and not regions and shown.parts:
            problems.append(problem("count", "No pixel has a class.", "Give every pixel a class.", "/regions"))
        return problems[:_PROBLEMS_MAX]

    def geometry(self, region: Region) -> dict[str, JsonValue]:
        """Whole numbers; no z of 0."""
        size: JsonValue = [int(side) for side in region["rle"]["size"]]
        counts: JsonValue = [int(count) for count in region["rle"]["counts"]]
        rle: JsonValue = {"size": size, "counts": counts}
        z = int(region.get("z") or 0)
        return {"rle": rle, "z": z} if z else {"rle": rle}

    def overlaps(
        self, settings: Any, ours: Sequence[Region], theirs: Sequence[Region], shown: Shown
    ) -> Mapping[tuple[int, int], float]:
        """Dice."""
        here, there = [_bounds(region) for region in ours], [_bounds(region) for region in theirs]
        found: dict[tuple[int, int], float] = {}
        for i, one in enumerate(here):
            for j, other in enumerate(there):
                is_near = len(one) and len(other) and one[0, 0] < other[-1, 1] and other[0, 0] < one[-1, 1]
                if is_near and (share := runs.dice(one, other)) > 0:
                    found[i, j] = share
        return found

    def blend(
        self, settings: Any, members: Sequence[Region], weights: Sequence[float], shown: Shown
    ) -> tuple[dict[str, JsonValue], float, bool]:
        """The pixels that at least half of the weight covers; the share of those whose masks it stands for.

        Where nobody meets anybody in a pixel, the mask that is most like all others.
        """
        masks = [_bounds(member) for member in members]
        stretches, mass = runs.weighed(masks, weights)
        merged = stretches[mass >= sum(weights) / 2 - _CLOSE]
        if not len(merged):
            merged = max(
                masks, key=lambda each: sum(runs.dice(each, o) * w for o, w in zip(masks, weights, strict=True))
            )
        near = sum(w for each, w in zip(masks, weights, strict=True) if runs.dice(each, merged) >= STANDS_FOR)
        size = [int(side) for side in members[0]["rle"]["size"]]
        z = sorted(int(member.get("z") or 0) for member in members)[(len(members) - 1) // 2]
        rle = {"size": size, "counts": runs.counts_of(merged, size[0] * size[1])}
        return self.geometry({"rle": rle, "z": z}), near / sum(weights), False

    def reconciled(self, settings: Any, found: list[Kept], shown: Shown) -> tuple[list[Kept], list[Kept]]:
        """Surer masks keep a pixel that two would have; what is then too small goes. Where all pixels need a class, those without
        get that of the nearest pixel in their column, or row of columns, that has one."""
        most = len(found) if settings.max is None else settings.max
        kept, cut = list(found[:most]), list(found[most:])
        if settings.overlap == "forbid":
            taken: dict[object, Bounds] = {}
            apart: list[Kept] = []
            for each in kept:
                existence, region, shares = each
                on = region.get("on")
                own = _bounds(region)
                left = runs.without(own, taken[on]) if on in taken else own
                if runs.area(left) < settings.min_pixels:
                    cut.append(each)
                    continue
                taken[on] = runs.union([taken[on], left]) if on in taken else left
                apart.append((existence, _covering(region, left), shares))
            kept = apart
        if settings.complete and kept:
            kept = _completed(kept)
        return kept, cut

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By labels, number, and what a mask may be."""
        changes = super().compatibility(old, new)
        before = (old.overlap == "z", not old.complete, -old.min_pixels)
        after = (new.overlap == "z", not new.complete, -new.min_pixels)
        if any(b < a for a, b in zip(before, after, strict=True)):
            changes.append(("narrowing", "Fewer masks are allowed."))
        if any(b > a for a, b in zip(before, after, strict=True)):
            changes.append(("widening", "More masks are allowed."))
        return changes

    def examples(self) -> Iterable[Example]:
        """A small picture whose every pixel has a class, and one thing on top of another."""
        media: dict[str, JsonValue] = {"width": 4, "height": 3, "stored_width": 4, "stored_height": 3}
        photo: JsonValue = {
            "blob": "019303bc-6a80-7c4e-9b1e-0d6c39b0a003",
            "media_type": "image/png",
            "name": "Straße.png",
            "media": media,
        }
        inputs = [{"name": "image", "kind": "image"}]
        item = {"inputs": {"image": photo}}
        labels = [{"value": "straße", "text": {"de": "Straße", "en": "road"}}, {"value": "himmel"}]
        road: JsonValue = {"id": "k1", "label": "straße", "rle": {"size": [3, 4], "counts": [3, 2, 1, 2, 3, 1]}}
        sky: JsonValue = {"id": "k2", "label": "himmel", "rle": {"size": [3, 4], "counts": [0, 3, 2, 1, 2, 3, 1]}}
        every: JsonValue = {"id": "k2", "label": "himmel", "rle": {"size": [3, 4], "counts": [0, 12]}}
        two: JsonValue = {"regions": [road, sky]}
        yield Example({"labels": labels, "complete": True}, inputs, item, None, two, {"regions": [every]})
        low: JsonValue = {"id": "a", "rle": {"size": [3, 4], "counts": [0, 12]}}
        high: JsonValue = {"id": "b", "z": 1, "rle": {"size": [3, 4], "counts": [3, 3, 6]}}
        yield Example({"overlap": "z"}, inputs, item, {"input": "image"}, {"regions": [low, high]}, {"regions": [low]})


def _bounds(region: Region) -> Bounds:
    return runs.bounds_of([int(count) for count in region["rle"]["counts"]])


def _size(region: Region) -> tuple[int, int]:
    """Height and width."""
    height, width = region["rle"]["size"]
    return int(height), int(width)


def _covering(region: Mapping[str, JsonValue], bounds: Bounds) -> dict[str, JsonValue]:
    """The region with other pixels."""
    height, width = _size(region)
    counts: JsonValue = [*runs.counts_of(bounds, height * width)]
    return {**region, "rle": {"size": [height, width], "counts": counts}}


def _check_apart(regions: Sequence[Region], here: Sequence[int], masks: Sequence[Bounds]) -> Iterator[Problem]:
    """Masks of one picture that share pixels, each with one that reaches into it: a sweep over the runs of all."""
    every = np.concatenate(masks)
    owners = np.repeat(np.array(here), [len(each) for each in masks])
    order = np.lexsort((owners, every[:, 0]))
    seen: set[tuple[int, int]] = set()
    reached, last = 0, -1
    for start, end, owner in zip(
        every[order, 0].tolist(), every[order, 1].tolist(), owners[order].tolist(), strict=True
    ):
        pair = (min(owner, last), max(owner, last))
        if start < reached and pair not in seen:
            seen.add(pair)
            one, other = (regions[index] for index in pair)
            message = f"{one['id']} and {other['id']} share {runs.shared(_bounds(one), _bounds(other))} pixels."
            remedy = "Give each pixel to one of them."
            yield problem("overlap_forbidden", message, remedy, f"/regions/{pair[1]}/rle/counts")
        if end > reached:
            reached, last = end, owner


def _completed(kept: Sequence[Kept]) -> list[Kept]:
    """Masks that leave no pixel without a class: a run that none covers goes to the mask that covers the pixel before it, at the
    very beginning to that after it, as pixels are counted."""
    masks = [_bounds(region) for _, region, _ in kept]
    height, width = _size(kept[0][1])
    total = height * width
    gaps = runs.bounds_of([0, *runs.counts_of(runs.union(masks), total)])
    gaps = gaps[gaps[:, 1] > gaps[:, 0]]
    ends = np.concatenate([each[:, 1] for each in masks])
    owners = np.concatenate([np.full(len(each), place) for place, each in enumerate(masks)])
    order = np.argsort(ends, kind="stable")
    ends, owners = ends[order], owners[order]
    at = np.searchsorted(ends, gaps[:, 0], side="right") - 1
    first = int(np.argmin([each[0, 0] for each in masks]))
    given = np.where(at >= 0, owners[np.maximum(at, 0)], first)
    filled = []
    for place, (existence, region, shares) in enumerate(kept):
        own = gaps[given == place]
        mask = runs.union([masks[place], own]) if len(own) else masks[place]
        filled.append((existence, _covering(region, mask), shares))
    return sorted(filled, key=lambda each: (-each[0], canonical_json(each[1])))


kind = Mask()
