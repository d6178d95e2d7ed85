"""The contract of an input kind and of a question kind: the only two doors through which the platform knows either.

One module per kind holds all that kind knows; docs/how-to/add-a-question-kind.md adds one. Nothing outside the module may
branch on a kind's name; what differs between kinds is asked through these methods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from pydantic import BaseModel

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem


class Target(StrEnum):
    """What a question may be asked about. Finer parts of an input (thread, turn, response, …) are `PART`."""

    TASK = "task"
    INPUT = "input"
    PART = "part"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an item that a question can target, with the frozen facts its kind's checks read.

    address: `""` task, `chat` input, `chat/m5` part, `chat/m5/0` block, `boxes:k3` region.
    type: "task", "input", "thread", "turn", "response", "message", "block", "call", "region", …
    text: the text whose code points spans count, where the part has one.
    size: (width, height) in pixels of the upright image, where the part has one.
    length: (ticks, ticks each second) of what runs in time, where the part does; of a recording a tick is a sample.
    facts: what `where` may ask: role, kind, by, label, index, responses, has, …
    children: addresses of the parts directly below, in document order.
    """

    address: str
    type: str
    input: str | None = None
    input_kind: str | None = None
    text: str | None = None
    size: tuple[int, int] | None = None
    length: tuple[int, int] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    children: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What an answer is about: the target, and a look-up of every part of the item by its address.

    regions: what the same answers mark in earlier questions, question -> region id -> label ("" where there are none); None where
    an answer stands alone.
    """

    target: Part
    parts: Mapping[str, Part]
    regions: Mapping[str, Mapping[str, str]] | None = None

    def below(self, type_: str) -> list[Part]:
        """Parts of one type under the target (the target's own descendants), in document order."""
        found: list[Part] = []
        queue = list(self.target.children)
        while queue:
            part = self.parts[queue.pop(0)]
            if part.type == type_:
                found.append(part)
            queue = list(part.children) + queue
        return found


@dataclass(frozen=True, slots=True)
class Nominal:
    """Votes without order. codes: shape (answers,), 0 .. classes - 1 (positions in the question's codebook)."""

    codes: Sequence[int]
    classes: int


@dataclass(frozen=True, slots=True)
class Ordinal:
    """Votes on ordered levels. ranks: shape (answers,), 0 .. levels - 1, lowest first."""

    ranks: Sequence[int]
    levels: int


@dataclass(frozen=True, slots=True)
class Numeric:
    """Votes that are numbers. values: shape (answers,). scale: the difference that counts as wholly different."""

    values: Sequence[float]
    scale: float


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Signed preferences. signs: shape (answers,), -strength .. strength, negative = the first shown in *canonical* order."""

    signs: Sequence[float]
    strength: int


@dataclass(frozen=True, slots=True)
class Structured:
    """Answers the statistics compare only through the kind's own `distance`."""

    values: Sequence[JsonValue]


Votes = Nominal | Ordinal | Numeric | Comparisons | Structured


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far from what is right an answer may lie and still be right. unit: of `amount`, >= 0.

    absolute: in the question's own unit. relative: a share of the known number. steps: levels of a scale, whole.
    """

    unit: Literal["absolute", "relative", "steps"]
    amount: float


@dataclass(frozen=True, slots=True)
class MergedRegion:
    """How much stands behind one region of a resolved answer, each 0..1 of the weight.

    exists: of everybody, who marked it. label, place: of those, who gave it this label and marked it there.
    """

    id: str
    exists: float
    label: float
    place: float


@dataclass(frozen=True, slots=True)
class Merged:
    """The resolved answer.

    probability: 0..1, of all the weight that which backs the value; what is shown and delivered is this smoothed, by `consensus`.
    effective: the weight of the answers. alternatives: where the status is tied, the equals of the value and no others; else the
    next best. regions: of kinds that have them, what stands behind each region of the value.
    """

    value: JsonValue
    probability: float
    answers: int
    effective: float
    method: str
    status: Literal["resolved", "tied", "insufficient", "incomparable"]
    alternatives: tuple[tuple[JsonValue, float], ...] = ()
    regions: tuple[MergedRegion, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """One valid use of a question kind: feeds the shared suite, the gallery and the browser tests.

    item: a whole item document (`evenhand-item/1`). other: a second, different valid value. earlier: questions that stand before,
    each with what is answered to it, for kinds that name regions.
    """

    settings: dict[str, Any]
    inputs: list[dict[str, Any]]
    item: dict[str, Any]
    target: Any
    value: JsonValue
    other: JsonValue
    earlier: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = ()


@runtime_checkable
class QuestionKind(Protocol):
    """All that is known of one kind of question. Values are plain JSON, as docs/reference/kinds.md shows them."""

    name: ClassVar[str]
    Settings: ClassVar[type[BaseModel]]
    Value: ClassVar[Any]
    targets: ClassVar[frozenset[Target]]
    has_regions: ClassVar[bool]
    needs: ClassVar[Literal["text", "pixels", "time", "steps"] | None]
    """What the part that it is about must have. Without a target it is asked about the one input that has it."""

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Defects of the settings that their JSON Schema cannot say. inputs: name -> input kind. Pointers start below settings."""

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """Every defect of a value, with pointers below the value. Never raises on foreign shapes."""

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """One spelling per answer: grids applied, regions sorted by id, default fields dropped. For digest, equality, diff."""

    def codebook(self, settings: Any, previous: Sequence[str], inputs: Mapping[str, str]) -> list[str]:
        """The words behind vote codes, in code order: `previous`, then what is new. [] where codes need none.

        inputs: name -> input kind. Equal arguments give equal codebooks.
        """

    def vote(self, settings: Any, value: JsonValue, codebook: Sequence[str], shown: Shown) -> float | None:
        """The value as one number for the vote table, or None when there is no such number (Structured)."""

    def encode(self, settings: Any, values: Sequence[JsonValue], codebook: Sequence[str]) -> Votes:
        """The answers as what `quality` reads."""

    def decode(self, settings: Any, code: float, codebook: Sequence[str], shown: Shown) -> JsonValue:
        """The value behind a vote. Inverse of `vote` wherever that is not None.

        Where names differ from item to item and the item is not at hand (`answering.NOWHERE`), places stand for them.
        """

    def near(self, settings: Any, value: JsonValue, tolerance: Tolerance) -> tuple[float, float] | Problem:
        """The lowest and the highest vote code that are as good as `value`, a valid one, or why that unit does not fit."""

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """Disagreement in [0, 1], symmetric, 0 on equal values: what alpha averages."""

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """The resolved answer of one target. Majority for closed kinds, medoid or cluster for structured ones."""

    def labels(self, settings: Any, value: JsonValue) -> Mapping[str, str]:
        """region id -> label, for kinds with regions; {} for the others. Region questions hang on these."""

    def summary(self, settings: Any, value: JsonValue) -> str:
        """One line for tables, history and CSV, in the ontology's own words."""

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """Changes between two settings as (class, sentence); class is cosmetic, widening, narrowing or forbidden."""

    def migrate(self, old: Any, new: Any, value: JsonValue) -> JsonValue | Problem:
        """The value under changed settings, or why it does not fit them."""

    def examples(self) -> Iterable[Example]:
        """Valid uses, at least two, at least one of them with non-ASCII text where the kind has text."""


@runtime_checkable
class InputKind(Protocol):
    """All that is known of one kind of input: its content, checks, parts and text. Contents are I-JSON clean by then."""

    name: ClassVar[str]
    Settings: ClassVar[type[BaseModel]]
    is_file: ClassVar[bool]
    """Whether a content is one stored file and nothing else: a file alone then makes up an input."""
    is_text: ClassVar[bool]
    """Whether a plain text makes up a content, whatever it looks like: what a table says is else read as JSON where it can be."""

    def check(self, settings: Any, content: JsonValue) -> list[Problem]:
        """Every defect of `item.inputs[name]` with pointers below it, warnings among them. Never raises on foreign shapes."""

    def clean(self, settings: Any, content: JsonValue) -> JsonValue:
        """The content as it is stored: html sanitised, missing part ids made. Called once, at import, after `check`."""

    def parts(self, name: str, settings: Any, content: JsonValue) -> list[Part]:
        """The input itself first, then all parts below it in document order."""

    def visible(self, settings: Any, content: JsonValue) -> JsonValue:
        """What an annotator's browser may receive: fields that the settings hide are gone (chat: model, source_id, …)."""

    def text_of(self, settings: Any, content: JsonValue) -> str:
        """A plain text for previews, search and similarity."""

    def examples(self) -> Iterable[JsonValue]:
        """Valid contents, at least two."""


@runtime_checkable
class RowKind(InputKind, Protocol):
    """An input kind whose contents a row may make up as a whole: its columns together, not one of them."""

    def is_column(self, name: str) -> bool:
        """Whether a column of this name is part of the content, when a row as a whole is one."""


@dataclass(frozen=True, slots=True)
class FileAt:
    """A file in a content.

    pointer: where it stands below the content; "" where the content is the file.
    content: what stands there: the facts of a stored file, or, in what was sent, whatever names one.
    kept: fields that stay there beside the facts of the file that is brought in.
    """

    pointer: str
    content: Any
    kept: Mapping[str, JsonValue] = field(default_factory=dict)


class FileKind(Protocol):
    """All that is known of one kind of stored file: what it may be, what is found in it, the copies that are shown."""

    bytes_max: ClassVar[int]
    suffixes: ClassVar[frozenset[str]]
    """How names of such files end, in small letters: of files in a bucket or a folder nothing else is known."""
    shown_types: ClassVar[frozenset[str]]
    """Media types that browsers show as they are."""

    def begins(self, head: bytes) -> bool:
        """Whether a file with this beginning (512 bytes, of a shorter file all) seems to be of this kind."""

    def probe(self, content: bytes) -> tuple[str, dict[str, JsonValue]]:
        """(media type, `media` facts) of a file, found by looking into it. Raises Malformed, which says what is wrong with it."""

    def thumbnail(self, content: bytes, width: int) -> tuple[str, bytes]:
        """(media type, file) of a small copy, at most `width` pixels wide and high. Raises Malformed."""

    def rendered(self, content: bytes) -> tuple[str, bytes]:
        """(media type, file) of a copy that browsers show, for a file of another type. Raises Malformed."""


@runtime_checkable
class MediaKind(InputKind, Protocol):
    """An input kind whose contents hold stored files, any number of them. A content that is a file (`is_file`) holds one."""

    file_kind: ClassVar[FileKind]
    files_max: ClassVar[int]
    """How many different files a content may hold."""

    def files_named(self, content: JsonValue) -> list[FileAt]:
        """The files that a content names as it was sent, in document order; a stored one by its `blob`. Never raises."""

    def files_shown(self, content: JsonValue) -> list[FileAt]:
        """The files that a stored content shows, in document order: each has `blob` and `media_type`."""
