"""Time segment: stretches of a recording, labeled; ticks from 0, half-open. They overlap and name their channel by leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import problem
from evenhand.ontology.kind import Example, Part, Shown
from evenhand.ontology.questions.regions import Region, Regional, RegionId, RegionSettings
from evenhand.ontology.questions.ticks import (
    Stretch,
    blended,
    check_channel,
    check_stretch,
    clashes,
    shared,
    stretch_of,
)

_PROBLEMS_MAX = 100
_STRICTNESS = {"allow": 0, "between_labels": 1, "forbid": 2}


class Settings(RegionSettings):
    """Labels, and how segments may lie.

    overlap: "between_labels", only those of different labels. points: whether a segment may be a point in time. channels: whether
    each names its channel. min_ms, max_ms: how long one lasts.
    """

    overlap: Literal["forbid", "between_labels", "allow"] = "allow"
    points: bool = False
    channels: bool = False
    min_ms: Annotated[float, Field(ge=0, le=86_400_000)] = 0
    max_ms: Annotated[float, Field(gt=0, le=86_400_000)] | None = None


class TimeSegmentRegion(BaseModel):
    """One segment: from `start` until before `end`, in ticks; a point in time has both alike."""

    model_config = ConfigDict(extra="forbid")

    id: RegionId
    label: str | None = None
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    channel: str | None = None


class Value(BaseModel):
    """A set of segments."""

    model_config = ConfigDict(extra="forbid")

    regions: list[TimeSegmentRegion]


class TimeSegment(Regional):
    """Segments of a recording."""

    name: ClassVar[str] = "time_segment"
    needs: ClassVar[Literal["text", "pixels", "time"] | None] = "time"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value
    fields: ClassVar[frozenset[str]] = frozenset({"start", "end", "channel"})

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Durations that can be met."""
        problems = super().check_settings(settings, inputs)
        if settings.max_ms is not None and settings.max_ms < settings.min_ms:
            message = "max_ms is below min_ms."
            problems.append(problem("bad_range", message, "Raise max_ms or lower min_ms.", "/max_ms"))
        if settings.points and settings.min_ms > 0:
            message = "A point in time lasts less than min_ms."
            problems.append(problem("bad_settings", message, "Leave out points or min_ms.", "/points"))
        return problems

    def check_geometry(self, settings: Any, region: Region, part: Part | None) -> list[Problem]:
        """Whole ticks in order, within the recording; as long as the question asks; the channel where it is asked for."""
        if region.get("on") is not None:
            return [problem("bad_target", "A segment lies on no part.", "Name its channel in channel.", "/on")]
        problems = list(check_stretch(region, part, points=settings.points))
        if not settings.channels and region.get("channel") is not None:
            problems.append(problem("not_allowed", "Segments name no channel here.", "Leave channel out.", "/channel"))
        elif settings.channels:
            problems.extend(check_channel(region.get("channel"), part))
        if not problems and part is not None and part.length is not None:
            problems.extend(_check_duration(settings, stretch_of(region), part.length[1]))
        return problems

    def check_together(self, settings: Any, regions: Sequence[Region], shown: Shown) -> list[Problem]:
        """No forbidden overlap."""
        if settings.overlap == "allow":
            return []
        problems = []
        for i, j in _overlapping(regions, settings.overlap):
            message = f"{regions[i]['id']} and {regions[j]['id']} overlap."
            problems.append(problem("overlap_forbidden", message, "Pull them apart.", f"/regions/{j}/start"))
            if len(problems) >= _PROBLEMS_MAX:
                break
        return problems

    def geometry(self, region: Region) -> dict[str, JsonValue]:
        """Whole numbers, and the channel where there is one."""
        start, end = stretch_of(region)
        channel = region.get("channel")
        return {"start": start, "end": end} if channel is None else {"start": start, "end": end, "channel": channel}

    def overlaps(
        self, settings: Any, ours: Sequence[Region], theirs: Sequence[Region], shown: Shown
    ) -> Mapping[tuple[int, int], float]:
        """Intersection over union, on one channel; points in time by how near they are."""
        rate = shown.target.length[1] if shown.target.length else None
        found: dict[tuple[int, int], float] = {}
        order = sorted(range(len(theirs)), key=lambda j: theirs[j]["start"])
        for i, one in enumerate(ours):
            for j in order:
                if theirs[j]["start"] > one["end"] + (rate or 1):
                    break
                if one.get("channel") != theirs[j].get("channel"):
                    continue
                if (share := shared(stretch_of(one), stretch_of(theirs[j]), rate)) > 0:
                    found[i, j] = share
        return found

    def blend(
        self, settings: Any, members: Sequence[Region], weights: Sequence[float], shown: Shown
    ) -> tuple[dict[str, JsonValue], float, bool]:
        """Each end at its weighted median; the share of those it stands for."""
        rate = shown.target.length[1] if shown.target.length else None
        (start, end), share = blended([stretch_of(member) for member in members], weights, rate)
        return self.geometry({**members[0], "start": start, "end": end}), share, False

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By labels, number, and how segments may lie."""
        changes = super().compatibility(old, new)
        before, after = _freedom(old), _freedom(new)
        if any(b < a for a, b in zip(before, after, strict=True)) or old.channels != new.channels:
            changes.append(("narrowing", "Fewer segments are allowed."))
        if any(b > a for a, b in zip(before, after, strict=True)):
            changes.append(("widening", "More segments are allowed."))
        return changes

    def examples(self) -> Iterable[Example]:
        """Speech and an alarm in a recording, and the turns of a call by channel."""
        inputs = [{"name": "audio", "kind": "audio"}]
        labels = [{"value": "speech", "text": {"de": "Sprache"}}, {"value": "alarm"}]
        speech: JsonValue = {"id": "k1", "label": "speech", "start": 16_000, "end": 47_213}
        alarm: JsonValue = {"id": "k2", "label": "alarm", "start": 40_000, "end": 40_000}
        item = {"inputs": {"audio": _recording(57_342, 48_000, 1)}}
        both: JsonValue = {"regions": [speech, alarm]}
        yield Example({"labels": labels, "points": True}, inputs, item, {"input": "audio"}, both, {"regions": [speech]})
        turn: JsonValue = {"regions": [{"id": "a", "start": 0, "end": 8_000, "channel": "c1"}]}
        late: JsonValue = {"regions": [{"id": "b", "start": 100, "end": 8_000, "channel": "c1"}]}
        item = {"inputs": {"audio": _recording(240_000, 8_000, 2)}}
        yield Example({"channels": True, "overlap": "forbid", "max": 1}, inputs, item, None, turn, late)


def _check_duration(settings: Any, stretch: Stretch, rate: int) -> Iterator[Problem]:
    lasts_ms = (stretch[1] - stretch[0]) * 1000 / rate
    longest = settings.max_ms
    if lasts_ms < settings.min_ms or (longest is not None and lasts_ms > longest):
        message = f"It lasts {lasts_ms:g} ms."
        remedy = f"At least {settings.min_ms:g} ms" + (f", at most {longest:g} ms." if longest is not None else ".")
        yield problem("count", message, remedy, "/end")


def _overlapping(regions: Sequence[Region], overlap: str) -> Iterator[tuple[int, int]]:
    """Pairs that may not overlap and do: on one channel, of one label where others are free."""
    groups: dict[Any, list[int]] = {}
    for index, region in enumerate(regions):
        key = (region.get("channel"), region.get("label") if overlap == "between_labels" else None)
        groups.setdefault(key, []).append(index)
    for indices in groups.values():
        for i, j in clashes([stretch_of(regions[index]) for index in indices]):
            yield min(indices[i], indices[j]), max(indices[i], indices[j])


def _freedom(settings: Any) -> tuple[float, ...]:
    """Larger where more is allowed."""
    longest = float("inf") if settings.max_ms is None else settings.max_ms
    return (-_STRICTNESS[settings.overlap], settings.points, -settings.min_ms, longest)


def _recording(samples: int, rate: int, channels: int) -> JsonValue:
    media: JsonValue = {"samples": samples, "sample_rate": rate, "channels": channels}
    blob = "019303bc-6a80-7c4e-9b1e-0d6c39b0a103"
    return {"blob": blob, "media_type": "audio/wav", "name": "Straße.wav", "media": media}


kind = TimeSegment()
