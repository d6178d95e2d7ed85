"""What comes in: rows, files, buckets, the imports that read them, and what the beginning of a file proposes."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from evenhand.boundary.shapes import Defect, Id, Json, JsonObject, OntologyBody, Shape, Time
from evenhand.work.shapes.queue import VisibleItem


class Row(Shape):
    """One row of an import: the item, what comes with it. A flat row, input names or mapped columns as keys, does as well."""

    inputs: dict[str, Json]
    metadata: NotRequired[JsonObject]
    external_id: NotRequired[str]
    group: NotRequired[str]
    tags: NotRequired[list[str]]
    priority: NotRequired[int]
    due_at: NotRequired[Time]
    language: NotRequired[str]
    suggestions: NotRequired[list[dict[str, Any]]]


class Batch(Shape):
    """A named group of tasks. state: `loading` while an atomic import is on its way."""

    id: Id
    name: str
    state: str
    tasks: int
    created_at: Time


class RowDefect(Defect):
    """One defect of an imported row. line: where it stands, from 1; in a list, the element's number."""

    line: int


class PreviewedRow(Shape):
    """A row as an annotator would see it; null where it would be left out, and why."""

    item: VisibleItem | None
    problems: list[RowDefect]


class PreviewedRows(Shape):
    """The rows in their order."""

    rows: list[PreviewedRow]


class ImportReport(Shape):
    """What became of an import. problems: those of the first bad rows, at most a hundred."""

    batch_id: Id
    imported: int
    duplicates: int
    rejected: int
    problems: list[RowDefect]
    published: bool


class Bucket(Shape):
    """A connected bucket, without its secret."""

    id: Id
    name: str
    url: str
    region: str
    endpoint: str
    access_key_id: str | None
    created_at: Time


class ImportFailure(Shape):
    """Why an import ended before its time. code and hint: as in a problem document."""

    code: str
    detail: str
    hint: str


class ImportRun(Shape):
    """An import that the worker makes. seen: files looked at so far, of total; null: not known yet. problems: at most a hundred."""

    id: Id
    project_id: Id
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    source: JsonObject
    batch: str
    batch_id: Id | None
    total: int | None
    seen: int
    imported: int
    duplicates: int
    rejected: int
    problems: list[RowDefect]
    error: ImportFailure | None
    created_at: Time
    started_at: Time | None
    ended_at: Time | None


class UploadAddress(Shape):
    """Where a file is to be sent, by whoever knows the address. url: absolute, good for one file until expires_at."""

    id: Id
    url: str
    method: Literal["PUT"]
    expires_at: Time


class Upload(Shape):
    """A file that was sent and looked into. media: what was found in a picture; archive: it holds files, to be imported."""

    id: Id
    name: str
    bytes: int
    media_type: NotRequired[str]
    media: NotRequired[JsonObject]
    archive: NotRequired[Literal["zip", "tar", "tar.gz"]]


class ColumnFacts(Shape):
    """A column of a file. guess: what it seems to hold: id, label, number, picture, html, chat, text or other."""

    name: str
    examples: list[Json]
    guess: str


_Filled = TypedDict("_Filled", {"with": JsonObject})


class Proposal(Shape, _Filled):
    """A preset that fits a file. mapping: input -> column ("*": the whole row); with: what fills its holes; score: 0..1."""

    preset: str
    title: str
    mapping: dict[str, str]
    reason: str
    score: float
    body: OntologyBody


class Proposals(Shape):
    """What the beginning of a file says. Best fit first.

    rows: its first rows, null where they cannot be read from there. lines: where each stands, as an import's report counts.
    """

    format: Literal["csv", "ndjson", "json", "parquet", "picture", "recording", "zip", "tar", "tar.gz"]
    columns: list[ColumnFacts]
    rows: list[JsonObject] | None
    lines: list[int] | None
    proposals: list[Proposal]
