"""Span: passages of a text, labeled; ranges of code points, 0-based and half-open. Nested and discontinuous by leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import problem
from evenhand.ontology.kind import Example, Part, Shown
from evenhand.ontology.questions.offsets import Ranges, jaccards, length, overlaps, splits_grapheme
from evenhand.ontology.questions.regions import Region, Regional, RegionId, RegionSettings, mode

RANGE_COUNT_MAX = 64
_PROBLEMS_MAX = 100


class Settings(RegionSettings):
    """Labels, what a drag snaps to, and how passages may lie together."""

    snap: Literal["none", "grapheme", "word", "sentence"] = "grapheme"
    discontinuous: bool = False
    overlap: Literal["forbid", "nest", "allow"] = "allow"
    overlap_among: Literal["any", "same_label"] = "any"
    parts: list[str] | None = None


class SpanRegion(BaseModel):
    """One passage. `quote` may be sent; it is compared with the text and dropped.

    `unsure`: the annotator doubts where it begins or ends. It moves no distance, and stands in the consensus where most doubt.
    """

    model_config = ConfigDict(extra="forbid")

    id: RegionId
    label: str | None = None
    ranges: Annotated[list[tuple[int, int]], Field(min_length=1, max_length=RANGE_COUNT_MAX)]
    on: str | None = None
    quote: str | None = None
    unsure: bool = False


class Value(BaseModel):
    """A set of passages."""

    model_config = ConfigDict(extra="forbid")

    regions: list[SpanRegion]


class Span(Regional):
    """Passages of a text."""

    name: ClassVar[str] = "span"
    needs: ClassVar[Literal["text", "pixels"] | None] = "text"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value
    fields: ClassVar[frozenset[str]] = frozenset({"ranges", "quote", "unsure"})
    edge_names: ClassVar[tuple[str, ...]] = ("start", "end")
    edge_unit: ClassVar[Literal["characters", "pixels"] | None] = "characters"

    def check_geometry(self, settings: Any, region: Region, part: Part | None) -> list[Problem]:
        """Ranges inside the text, sorted, apart from each other and not empty; the quote is what stands there."""
        if not isinstance(region.get("unsure", False), bool):
            return [problem("bad_value", "unsure is true or false.", "Leave it out where nobody doubts.", "/unsure")]
        if part is not None and part.text is None:
            message = f"{part.address!r} has no text of its own."
            return [problem("unknown_target", message, "Name the part that has it in on.", "/on")]
        if part is not None and settings.parts is not None and part.type not in settings.parts:
            return [problem("bad_target", f"Nothing is marked in a {part.type}.", "Mark it elsewhere.", "/on",
                            settings.parts)]  # fmt: skip
        ranges = region.get("ranges")
        if not isinstance(ranges, list) or not 0 < len(ranges) <= RANGE_COUNT_MAX:
            message = f"A span has 1 to {RANGE_COUNT_MAX} ranges."
            return [problem("bad_range", message, "Send [[start, end]].", "/ranges" if "ranges" in region else "")]
        if len(ranges) > 1 and not settings.discontinuous:
            return [problem("count", "A span is one piece here.", "Mark each piece by itself.", "/ranges")]
        problems = list(_check_ranges(ranges, part.text if part else None))
        if not problems and part is not None and part.text is not None:
            problems.extend(_check_text(_ranges(region), region.get("quote"), part.text))
        return problems

    def check_together(self, settings: Any, regions: Sequence[Region], shown: Shown) -> list[Problem]:
        """No forbidden overlap."""
        if settings.overlap == "allow":
            return []
        problems: list[Problem] = []
        seen: set[tuple[int, int]] = set()
        for i, j in _overlapping(regions, settings.overlap_among):
            if len(problems) >= _PROBLEMS_MAX:
                break
            if (i, j) in seen:
                continue
            seen.add((i, j))
            if settings.overlap == "nest" and _nests(_ranges(regions[i]), _ranges(regions[j])):
                continue
            message = f"{regions[i]['id']} and {regions[j]['id']} overlap."
            remedy = "Put one inside the other, or apart." if settings.overlap == "nest" else "Pull them apart."
            problems.append(problem("overlap_forbidden", message, remedy, f"/regions/{j}/ranges"))
        return problems

    def geometry(self, region: Region) -> dict[str, JsonValue]:
        """Whole numbers; whether its edges are in doubt is said only where they are."""
        ranges: JsonValue = [[start, end] for start, end in _ranges(region)]
        return {"ranges": ranges, "unsure": True} if region.get("unsure") else {"ranges": ranges}

    def overlaps(
        self, settings: Any, ours: Sequence[Region], theirs: Sequence[Region], shown: Shown
    ) -> Mapping[tuple[int, int], float]:
        """Jaccard of the code points, part by part."""
        found: dict[tuple[int, int], float] = {}
        for on in {region.get("on") for region in ours}:
            here = [index for index, region in enumerate(ours) if region.get("on") == on]
            there = [index for index, region in enumerate(theirs) if region.get("on") == on]
            shares = jaccards([_ranges(ours[index]) for index in here], [_ranges(theirs[index]) for index in there])
            found.update({(here[i], there[j]): share for (i, j), share in shares.items()})
        return found

    def edges(self, region: Region) -> tuple[float, ...]:
        """Of a span in several pieces where the first begins and the last ends."""
        ranges = _ranges(region)
        return float(ranges[0][0]), float(ranges[-1][1])

    def blend(
        self, settings: Any, members: Sequence[Region], weights: Sequence[float], shown: Shown
    ) -> tuple[dict[str, JsonValue], float, bool]:
        """Each end where most put it; spans in several pieces as most put them whole. In doubt where most of the weight is."""
        ranges, share, is_tied = _blended([_ranges(member) for member in members], weights)
        doubting = sum(weight for member, weight in zip(members, weights, strict=True) if member.get("unsure"))
        return self.geometry({"ranges": ranges, "unsure": doubting * 2 > sum(weights)}), share, is_tied

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By labels, number, and how passages may lie."""
        changes = super().compatibility(old, new)
        strictness = {"allow": 0, "nest": 1, "forbid": 2}
        before = strictness[old.overlap] + (old.overlap_among == "any") / 2, not old.discontinuous
        after = strictness[new.overlap] + (new.overlap_among == "any") / 2, not new.discontinuous
        if any(b > a for a, b in zip(before, after, strict=True)) or (old.parts != new.parts and new.parts is not None):
            changes.append(("narrowing", "Fewer ways of marking are allowed."))
        if any(b < a for a, b in zip(before, after, strict=True)) or (old.parts != new.parts and new.parts is None):
            changes.append(("widening", "More ways of marking are allowed."))
        if not changes and old != new:
            changes.append(("cosmetic", "Marking feels different."))
        return changes

    def examples(self) -> Iterable[Example]:
        """Names in a text outside the basic plane, and a discontinuous mention without labels."""
        text = "💩 Zoë Müller met the 北京 team of Acme."
        inputs = [{"name": "text", "kind": "text"}]
        person: JsonValue = {"id": "k1", "label": "PER", "ranges": [[2, 12]]}
        place: JsonValue = {"id": "k2", "label": "LOC", "ranges": [[21, 23]], "unsure": True}
        labels = [{"value": "PER"}, {"value": "ORG"}, {"value": "LOC", "text": {"de": "Ort"}}]
        item = {"inputs": {"text": {"text": text}}}
        one: JsonValue = {"regions": [person, place]}
        yield Example({"labels": labels, "overlap": "forbid"}, inputs, item, {"input": "text"}, one, {"regions": []})
        pieces: JsonValue = {"regions": [{"id": "a", "ranges": [[2, 5], [32, 36]]}]}
        whole: JsonValue = {"regions": [{"id": "b", "ranges": [[2, 12]]}]}
        yield Example({"discontinuous": True, "max": 1}, inputs, item, {"input": "text"}, pieces, whole)


def _ranges(region: Region) -> Ranges:
    return [(int(start), int(end)) for start, end in region["ranges"]]


def _blended(all_ranges: Sequence[Ranges], weights: Sequence[float]) -> tuple[Ranges, float, bool]:
    """Ranges for all, the share of the weight behind them, whether others are as good."""
    if all(len(ranges) == 1 for ranges in all_ranges):
        start, start_share, is_start_tied = mode([ranges[0][0] for ranges in all_ranges], weights)
        end, end_share, is_end_tied = mode([ranges[0][1] for ranges in all_ranges], weights)
        if start < end:
            return [(start, end)], start_share * end_share, is_start_tied or is_end_tied
    whole, share, is_tied = mode([tuple(ranges) for ranges in all_ranges], weights)
    return [*whole], share, is_tied


def _is_offset(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and value == value // 1 and abs(value) < 2**53


def _check_ranges(ranges: Sequence[Any], text: str | None) -> Iterator[Problem]:
    sound = []
    for index, each in enumerate(ranges):
        pointer = f"/ranges/{index}"
        if not isinstance(each, list | tuple) or len(each) != 2 or not all(_is_offset(end) for end in each):
            yield problem("bad_range", "This is not a range.", "Send [start, end], whole numbers.", pointer)
        elif each[0] < 0 or (text is not None and each[1] > len(text)):
            within = [0, len(text)] if text is not None else None
            message = f"{each[0]}..{each[1]} lies outside the text."
            yield problem("out_of_bounds", message, "Count code points from 0.", pointer, within)
        elif each[0] >= each[1]:
            yield problem("degenerate", "This range is empty.", "End it after its start.", pointer)
        else:
            sound.append((index, each))
    for (_, left), (index, right) in pairwise(sound):
        if right[0] <= left[1]:
            message = "Ranges are sorted and do not touch."
            yield problem("bad_range", message, "Sort them, join those that touch.", f"/ranges/{index}")


def _check_text(ranges: Ranges, quote: Any, text: str) -> Iterator[Problem]:
    for index, ends in enumerate(ranges):
        for place, offset in enumerate(ends):
            if splits_grapheme(text, offset):
                message = f"Offset {offset} is inside what a reader sees as one character."
                remedy = "Move it to the character's edge, unless this is meant."
                yield Problem(f"/ranges/{index}/{place}", "grapheme_split", message, remedy, is_warning=True)
    if quote is not None and quote != " ".join(text[start:end] for start, end in ranges):
        message = "The quote is not what stands there."
        yield problem("stale_item", message, "Count offsets in code points of the stored text.", "/quote")


def _overlapping(regions: Sequence[Region], among: str) -> Iterator[tuple[int, int]]:
    """Pairs of regions that may not overlap freely and do, on one part (and of one label)."""
    groups: dict[Any, list[int]] = {}
    for index, region in enumerate(regions):
        key = (region.get("on"), region.get("label") if among == "same_label" else None)
        groups.setdefault(key, []).append(index)
    for indices in groups.values():
        for i, j, _ in overlaps([_ranges(regions[index]) for index in indices]):
            yield indices[i], indices[j]


def _nests(one: Ranges, other: Ranges) -> bool:
    """Whether one lies wholly inside the other."""
    shared = sum(max(0, min(a[1], b[1]) - max(a[0], b[0])) for a in one for b in other)
    return shared == min(length(one), length(other))


kind = Span()
