"""Transcript: what is said in a recording, and by whom, in segments of time. Words are compared and merged; times are not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue, canonical_json, escape_pointer
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, medoid, problem
from evenhand.ontology.kind import Example, Merged, Part, Shown, Target
from evenhand.ontology.options import Option, changes_of_options, duplicate_values
from evenhand.ontology.questions.hearings import Compare, Word, likeliest, words_of
from evenhand.ontology.questions.regions import RegionId
from evenhand.ontology.questions.ticks import check_stretch
from evenhand.quality.edits import edit_share

SEGMENT_COUNT_MAX = 10_000
TEXT_LENGTH_MAX = 20_000
# Of all segments together: two hours of speech.
LENGTH_MAX = 100_000
# Beyond this many words (or characters) laying hearings side by side takes seconds: then somebody's own answer stands.
_LAID_MAX = 2_000
_PROBLEMS_MAX = 100
_FIELDS = ("id", "start", "end", "speaker", "text")
_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")
_TAG = re.compile(r"\[([^\[\]]*)\]")
_BRACKETS = re.compile(r"[\[\]]")
# Answers within this share of edits stand behind one that is nearest to all.
_RADIUS = 0.1


class Settings(BaseModel):
    """How the recording is cut, who may speak, which tags stand for what is no word, how answers are compared.

    segments: "free", made by whoever listens; "none", one text for the whole recording. speakers: without any, segments name none.
    conventions: tags that are written in square brackets; with any, no others are.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    segments: Literal["free", "none"] = "free"
    speakers: Annotated[list[Option], Field(max_length=100)] = []
    conventions: Annotated[list[Option], Field(max_length=100)] = []
    language: Annotated[str, Field(max_length=35)] | None = None
    compare: Compare = Compare()


class TranscriptSegment(BaseModel):
    """What is said from `start` until before `end`, in ticks."""

    model_config = ConfigDict(extra="forbid")

    id: RegionId
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    speaker: str | None = None
    text: Annotated[str, Field(max_length=TEXT_LENGTH_MAX)]


class Value(BaseModel):
    """Segments in the order of their beginnings, then of their ids. None: nothing is said."""

    model_config = ConfigDict(extra="forbid")

    segments: Annotated[list[TranscriptSegment], Field(max_length=SEGMENT_COUNT_MAX)]


class Transcript(Answering):
    """What is said."""

    name: ClassVar[str] = "transcript"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.INPUT, Target.PART})
    is_written: ClassVar[bool] = True
    needs: ClassVar[Literal["text", "pixels", "time", "steps"] | None] = "time"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Speakers and tags that can be told apart; tags that can be written in brackets."""
        problems = [
            *duplicate_values(settings.speakers, "/speakers"),
            *duplicate_values(settings.conventions, "/conventions"),
        ]
        for index, tag in enumerate(settings.conventions):
            if _BRACKETS.search(tag.value) or tag.value != " ".join(tag.value.split()):
                message = f"{tag.value!r} cannot stand in square brackets."
                remedy = "Leave out brackets, and spaces at its ends."
                problems.append(problem("bad_settings", message, remedy, f"/conventions/{index}/value"))
        return problems

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """Segments within the recording, in order; a speaker that is offered; something written; no unknown tag."""
        segments = value.get("segments") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(segments, list):
            return [problem("bad_value", "A transcript is an object with segments.", 'Send {"segments": […]}.')]
        if unknown := sorted(value.keys() - {"segments"}):
            pointer = f"/{escape_pointer(unknown[0])}"
            return [problem("unknown_field", "A transcript has segments alone.", "Remove it.", pointer)]
        most = 1 if settings.segments == "none" else SEGMENT_COUNT_MAX
        if len(segments) > most:
            message = f"There are {len(segments)} segments, at most {most} here."
            return [problem("limit", message, "Write less, or split the task.", "/segments")]
        part = shown.target if shown.parts else None
        problems: list[Problem] = []
        for index, segment in enumerate(segments):
            problems.extend(each.under(f"/segments/{index}") for each in _check_segment(settings, segment, part))
            if len(problems) >= _PROBLEMS_MAX:
                break
        sound = segments_of(value)
        return problems or [*_check_length(sound), *_check_order(sound)]

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """Whole ticks, composed characters, no space around a text, no speaker where none is named."""
        return {"segments": [_canonical(segment) for segment in segments_of(value)]}

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """The word error rate over the longer of the two, so that it is symmetric: edits of words or characters, 0..1.

        Where speakers are named, a word of another speaker is another word.
        """
        return edit_share(_said(settings, a), _said(settings, b))

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """From three on the likeliest words, in the segments of the answer nearest to all; of two the one that is nearer.

        Fiscus, 1997, "A post-processing system to yield reduced word error rates: ROVER"; see `quality.transcripts`.
        """
        nearest = medoid(self, settings, answers, weights, shown, _RADIUS)
        distinct = {canonical_json(self.canonical(settings, each)) for each in answers}
        if len(answers) < 3 or len(distinct) == 1:
            return nearest
        merged = self._by_words(settings, answers, weights, nearest.value)
        # Words of several need not keep the conventions that each of them keeps.
        if merged is None or any(not each.is_warning for each in self.check(settings, merged.value, shown)):
            return nearest
        return merged

    def _by_words(
        self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], nearest: JsonValue
    ) -> Merged | None:
        canonical = [self.canonical(settings, each) for each in answers]
        hearings = [_words(settings, each) for each in canonical]
        if max(map(len, hearings)) > _LAID_MAX:
            return None
        found, sureness = likeliest(hearings, weights, canonical.index(nearest))
        texts: dict[int, list[str]] = {}
        for place, text in found:
            texts.setdefault(place, []).append(text)
        gap = "" if settings.compare.unit == "characters" else " "
        value: JsonValue = {
            "segments": [
                {**segment, "text": unicodedata.normalize("NFC", gap.join(texts[place]).strip())}
                for place, segment in enumerate(segments_of(nearest))
                if "".join(texts.get(place, [])).strip()
            ]
        }
        return Merged(value, sureness, len(answers), sum(weights), "words", "resolved")

    def summary(self, settings: Any, value: JsonValue) -> str:
        """Its beginning."""
        text = " ".join(" ".join(str(segment["text"]).split()) for segment in segments_of(value))
        return (text if len(text) <= 80 else text[:79] + "…") or "nothing is said"

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By speakers, tags and how it is cut."""
        changes = changes_of_options(old.speakers, new.speakers, "Speaker")
        if bool(old.speakers) != bool(new.speakers):
            changes.append(("narrowing", "Segments name a speaker." if new.speakers else "Segments name no speaker."))
        if old.conventions and new.conventions:
            changes += changes_of_options(old.conventions, new.conventions, "Tag")
        elif bool(old.conventions) != bool(new.conventions):
            way = "narrowing" if new.conventions else "widening"
            changes.append((way, "Only some tags are allowed." if new.conventions else "Any tag is allowed."))
        if old.segments != new.segments:
            changes.append(("narrowing", "The recording is cut in another way."))
        if not changes and old != new:
            changes.append(("cosmetic", "It is compared or shown differently."))
        return changes

    def examples(self) -> Iterable[Example]:
        """A greeting and its answer, and a sentence as a whole."""
        inputs = [{"name": "audio", "kind": "audio"}]
        media: JsonValue = {"samples": 57_342, "sample_rate": 48_000, "channels": 1}
        blob = "019303bc-6a80-7c4e-9b1e-0d6c39b0a104"
        recording = {"blob": blob, "media_type": "audio/wav", "name": "Gespräch.wav", "media": media}
        item = {"inputs": {"audio": recording}}
        people = [{"value": "A"}, {"value": "B", "text": {"de": "Anruferin"}}]
        greeting: JsonValue = {"id": "k1", "start": 0, "end": 16_000, "speaker": "A", "text": "Grüß Gott!"}
        answer: JsonValue = {"id": "k2", "start": 16_000, "end": 47_213, "speaker": "B", "text": "Guten Tag [laughs]."}
        both: JsonValue = {"segments": [greeting, answer]}
        settings = {"speakers": people, "conventions": [{"value": "laughs"}]}
        yield Example(settings, inputs, item, {"input": "audio"}, both, {"segments": [greeting]})
        whole: JsonValue = {"segments": [{"id": "k1", "start": 0, "end": 57_342, "text": "Bobby did it."}]}
        other: JsonValue = {"segments": [{"id": "k1", "start": 0, "end": 57_342, "text": "Bobby hid it."}]}
        yield Example({"segments": "none", "compare": {"unit": "characters"}}, inputs, item, None, whole, other)


def segments_of(value: JsonValue) -> list[Mapping[str, Any]]:
    """The segments of a value; [] for a foreign shape."""
    segments = value.get("segments") if isinstance(value, dict) else None
    return [segment for segment in segments if isinstance(segment, dict)] if isinstance(segments, list) else []


def _canonical(segment: Mapping[str, Any]) -> dict[str, JsonValue]:
    kept: dict[str, JsonValue] = {
        "id": str(segment["id"]),
        "start": int(segment["start"]),
        "end": int(segment["end"]),
        "text": unicodedata.normalize("NFC", str(segment["text"])).strip(),
    }
    if segment.get("speaker") is not None:
        kept["speaker"] = str(segment["speaker"])
    return kept


def _words(settings: Any, value: JsonValue) -> list[Word]:
    return words_of([str(segment["text"]) for segment in segments_of(value)], settings.compare)


def _said(settings: Any, value: JsonValue) -> list[tuple[str | None, str]]:
    speakers = [segment.get("speaker") if settings.speakers else None for segment in segments_of(value)]
    return [(speakers[word.place], word.form) for word in _words(settings, value)]


def _check_segment(settings: Any, segment: Any, part: Part | None) -> Iterator[Problem]:
    if not isinstance(segment, dict):
        yield problem("bad_value", "A segment is an object.", "Send id, start, end and text.")
        return
    if unknown := sorted(segment.keys() - set(_FIELDS)):
        pointer = f"/{escape_pointer(unknown[0])}"
        yield problem("unknown_field", "A segment has no such field.", "Remove it.", pointer, _FIELDS)
        return
    if not isinstance(segment.get("id"), str) or not _ID.fullmatch(segment["id"]):
        message = "A segment has an id of 1 to 36 letters, digits, _ or -."
        yield problem("bad_value", message, "Give it one.", "/id" if "id" in segment else "")
    found = list(check_stretch(segment, part))
    yield from found
    if not found and settings.segments == "none" and part is not None and part.length is not None:
        whole = [0, part.length[0]]
        if [segment["start"], segment["end"]] != whole:
            message = "The one segment is the whole recording."
            yield problem("out_of_bounds", message, "Begin at 0 and end with it.", "/end", whole)
    yield from _check_speaker(settings, segment)
    yield from _check_text(settings, segment)


def _check_speaker(settings: Any, segment: Mapping[str, Any]) -> Iterator[Problem]:
    offered = [each.value for each in settings.speakers]
    speaker = segment.get("speaker")
    if not offered and speaker is not None:
        yield problem("unknown_option", "Segments name no speaker here.", "Leave speaker out.", "/speaker")
    elif offered and speaker not in offered:
        message = "A speaker is missing." if speaker is None else f"There is no speaker {speaker!r}."
        pointer = "/speaker" if "speaker" in segment else ""
        yield problem("unknown_option", message, "Take one of the speakers.", pointer, offered)


def _check_text(settings: Any, segment: Mapping[str, Any]) -> Iterator[Problem]:
    text = segment.get("text")
    if not isinstance(text, str):
        yield problem("bad_value", "text is what is said.", "Send a text.", "/text" if "text" in segment else "")
        return
    if len(text) > TEXT_LENGTH_MAX:
        message = f"It has {len(text)} characters, at most {TEXT_LENGTH_MAX} are allowed."
        yield problem("too_long", message, "Split the segment.", "/text")
    if not text.strip():
        yield problem("missing_answer", "Nothing is written here.", "Write what is said, or remove it.", "/text")
    tags = [unicodedata.normalize("NFC", each.value) for each in settings.conventions]
    if not tags:
        return
    for found in _TAG.findall(unicodedata.normalize("NFC", text)):
        if found not in tags:
            yield problem("unknown_option", f"There is no tag [{found}].", "Take one of the tags.", "/text", tags)
            return
    if _BRACKETS.search(_TAG.sub("", text)):
        yield problem("bad_value", "A bracket stands alone.", "Write a tag as [tag], and no other bracket.", "/text")


def _check_length(segments: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    length = sum(len(segment["text"]) for segment in segments)
    if length > LENGTH_MAX:
        message = f"All texts together have {length} characters, at most {LENGTH_MAX} are allowed."
        yield problem("too_long", message, "Split the task.", "/segments")


def _check_order(segments: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, segment in enumerate(segments):
        if segment["id"] in seen:
            message = f"The id {segment['id']!r} stands twice."
            yield problem("duplicate_value", message, "Give each segment its own id.", f"/segments/{index}/id")
            return
        seen.add(segment["id"])
        if index and _place(segments[index - 1]) > _place(segment):
            remedy = "Sort segments by start, then by id."
            yield problem("bad_value", "It stands after one that begins later.", remedy, f"/segments/{index}/start")
            return


def _place(segment: Mapping[str, Any]) -> tuple[int, str]:
    return int(segment["start"]), str(segment["id"])


kind = Transcript()
