"""Rows of an import, whatever they came as: NDJSON, a JSON array, CSV or Parquet. Streams in, dicts out, one at a time."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from evenhand.core.canonical import DEPTH_MAX, read_json
from evenhand.core.errors import Malformed, Problem, UnsupportedMediaType
from evenhand.ontology.kind import RowKind
from evenhand.ontology.propose import WHOLE_ROW
from evenhand.ontology.registry import input_kinds
from evenhand.work import parquet

_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
LINE_BYTES_MAX = 4 * 1024 * 1024
csv.field_size_limit(LINE_BYTES_MAX)
WHOLE_BYTES_MAX = 256 * 1024 * 1024
ITEM_FIELDS = ("external_id", "group", "tags", "priority", "due_at", "suggestions", "language", "metadata")
FORMATS = {
    "application/x-ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/json": "json",
    "text/csv": "csv",
    "application/vnd.apache.parquet": "parquet",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row and the line it stood on (1-based; of a list: the element's number). Either content or a defect.

    gold: of a row that was checked and is to be gold: what is known, and as votes.
    """

    line: int
    content: dict[str, Any] | None
    problems: tuple[Problem, ...] = ()
    gold: tuple[Any, Any] | None = None


def format_of(content_type: str) -> str:
    """The reader a content type asks for. Raises UnsupportedMediaType."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in FORMATS:
        raise UnsupportedMediaType(content_type=kind or "nothing", accepted=tuple(FORMATS))
    return FORMATS[kind]


async def line_blocks(stream: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, list[bytes]]]:
    """NDJSON as it comes: (number of the first line, lines), a block at a time; one step of a stream a line would cost more
    than the line's check.
    """
    number = 1
    async for lines in _blocks(stream):
        yield number, lines
        number += len(lines)


async def rows_of(stream: AsyncIterator[bytes], format_: str) -> AsyncIterator[Row]:
    """The rows of a body. Raises Malformed when the body as a whole cannot be read; a bad row is a Row with problems."""
    if format_ in ("ndjson", "json"):
        async for first, lines in line_blocks(stream) if format_ == "ndjson" else element_blocks(stream):
            for number, line in enumerate(lines, first):
                if line.strip():
                    yield json_row(number, line)
    elif format_ == "csv":
        async for row in _csv(stream):
            yield row
    else:
        async for number, content in parquet.rows_of(await _whole(stream), LINE_BYTES_MAX):
            yield _too_long(number) if content is None else Row(number, content)


async def _lines(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for lines in _blocks(stream):
        for line in lines:
            yield line


async def _blocks(stream: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    rest = b""
    is_first = True
    async for block in stream:
        if is_first and block:
            block, is_first = block.removeprefix(b"\xef\xbb\xbf"), False
        lines = (rest + block).split(b"\n")
        # Of a line that is too long no more is kept than tells so: it is refused alone, and the rows around it go in.
        rest = lines.pop()[: LINE_BYTES_MAX + 1]
        if lines:
            yield lines
    if rest:
        yield [rest]


def json_row(number: int, line: bytes) -> Row:
    """One line of NDJSON, or one element of a JSON list."""
    if len(line) > LINE_BYTES_MAX:
        return _too_long(number)
    try:
        value = read_json(line)
    except Malformed as error:
        return Row(number, None, tuple(error.problems))
    return _row(number, value)


def _too_long(number: int) -> Row:
    message = f"A row has at most {LINE_BYTES_MAX} bytes."
    return Row(number, None, (Problem("", "too_large", message, "Store large content as media and refer to it."),))


def _row(number: int, value: Any) -> Row:
    if not isinstance(value, dict):
        problem = Problem("", "bad_json", "A row is an object.", 'Send {"text": …} or {"inputs": {…}}.')
        return Row(number, None, (problem,))
    return Row(number, value)


async def element_blocks(stream: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A JSON list as if its elements were lines: (number of the first, the bytes of each), in one block.

    Raises Malformed when it is no list of anything, or breaks off; what an element holds is its reader's business.
    """
    whole = (await _whole(stream)).removeprefix(b"\xef\xbb\xbf").strip()
    if whole[:1] == b"{":
        yield 1, [whole]
        return
    try:
        elements = await asyncio.to_thread(_ELEMENTS.decode, whole)
    except RecursionError:
        raise Malformed([Problem("", "too_deep", f"This is nested deeper than {DEPTH_MAX}.", "Flatten it.")]) from None
    except msgspec.ValidationError:
        raise Malformed(
            [Problem("", "bad_json", "This is neither a list nor an object.", "Send a list of rows.")]
        ) from None
    except msgspec.DecodeError as error:
        what = str(error).removeprefix("JSON is malformed: ")
        raise Malformed([Problem("", "bad_json", f"This is not JSON: {what}.", "Mend it there.")]) from None
    yield 1, [bytes(each) for each in elements]


async def _csv(stream: AsyncIterator[bytes]) -> AsyncIterator[Row]:
    """RFC 4180: a quoted field may hold line ends, so lines are joined until their quotes are even."""
    header: list[str] | None = None
    number, started, quotes, size = 0, 1, 0, 0
    pending: list[str] = []
    async for line in _lines(stream):
        number += 1
        if len(line) > LINE_BYTES_MAX:
            yield _too_long(number)
            continue
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            problem = Problem("", "bad_encoding", f"Byte {error.start} is not UTF-8.", "Save the file as UTF-8.")
            yield Row(number, None, (problem,))
            continue
        if "\x00" in text:
            yield Row(number, None, (Problem("", "nul_character", "This line holds a NUL.", "Remove U+0000."),))
            continue
        pending.append(text)
        quotes, size = quotes + text.count('"'), size + len(text) + 1
        if quotes % 2 and size < LINE_BYTES_MAX:
            continue
        record, at = "\n".join(pending).rstrip("\r"), started
        started, quotes, size, pending = number + 1, 0, 0, []
        if not record.strip():
            continue
        try:
            # One record, whatever lone carriage returns stand in it: what follows them must not be lost in silence.
            (fields,) = csv.reader(io.StringIO(record, newline=""), strict=False)
        except (csv.Error, ValueError):
            message = "This line is not one record of CSV."
            problem = Problem(
                "", "bad_json", message, "End lines with a line feed, and quote fields that hold line ends."
            )
            if header is None:
                raise Malformed([problem]) from None
            yield Row(at, None, (problem,))
            continue
        if header is None:
            header = [name.strip() for name in fields]
            if len(set(header)) != len(header):
                message, remedy = "Two columns have the same name.", "Give each its own."
                raise Malformed([Problem("", "duplicate_key", message, remedy)])
            continue
        if len(fields) != len(header):
            message = f"This line has {len(fields)} fields, the first line has {len(header)}."
            yield Row(at, None, (Problem("", "bad_json", message, "Quote fields that hold commas."),))
            continue
        yield Row(at, {name: value for name, value in zip(header, fields, strict=True) if value != ""})
    if pending:
        yield Row(started, None, (Problem("", "bad_json", "A quote is never closed.", "Close it."),))


async def _whole(stream: AsyncIterator[bytes]) -> bytes:
    parts, size = [], 0
    async for block in stream:
        size += len(block)
        if size > WHOLE_BYTES_MAX:
            message = f"A JSON list or Parquet file has at most {WHOLE_BYTES_MAX} bytes."
            raise Malformed([Problem("", "too_large", message, "Send NDJSON, which streams.")])
        parts.append(block)
    return b"".join(parts)


def item_of(content: Mapping[str, Any], inputs: Mapping[str, str], mapping: Mapping[str, str]) -> dict[str, Any]:
    """The item document of a row.

    A row with `inputs` is one already; `gold`, which is no field of an item, comes along. A flat row is mapped: `mapping` says
    input name -> column; an input without a mapping takes the column of its own name; columns that are item fields stay fields;
    the rest becomes metadata. "*" is the row as a whole: the columns of it that make up a conversation, a trace.
    """
    if isinstance(content.get("inputs"), dict):
        return dict(content)
    item: dict[str, Any] = {"inputs": {}}
    used: set[str] = set()
    # A column of that name which holds anything else, a label for example, is metadata like any other.
    if (
        "gold" not in mapping.values()
        and isinstance(gold := _content(content.get("gold"), is_text=False), dict)
        and "answers" in gold
    ):
        item["gold"] = gold
        used.add("gold")
    kinds = input_kinds()
    for name, kind in inputs.items():
        column = mapping.get(name, name)
        if column == WHOLE_ROW and column not in content:
            whole = kinds.get(kind)
            said = [each for each in content if isinstance(whole, RowKind) and whole.is_column(each)]
            item["inputs"][name] = {each: content[each] for each in said}
            used.update(said)
        elif column in content:
            item["inputs"][name] = _content(content[column], is_text=kind in kinds and kinds[kind].is_text)
            used.add(column)
    for name in ITEM_FIELDS:
        column = mapping.get(name, name)
        if column in content and column not in used:
            item[name] = _field(name, content[column])
            used.add(column)
    rest = {name: value for name, value in content.items() if name not in used}
    if rest:
        given = item.get("metadata")
        item["metadata"] = {**rest, **given} if isinstance(given, dict) else rest
    return item


def _content(value: Any, *, is_text: bool) -> Any:
    """A CSV cell of a chat or image is JSON text; a text stays a text, also when it is a number."""
    if isinstance(value, str) and not is_text and value[:1] in "[{":
        try:
            return json.loads(value)
        except ValueError:
            return value
    if is_text and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


def _field(name: str, value: Any) -> Any:
    if name == "tags" and isinstance(value, str):
        return [tag.strip() for tag in value.split(",") if tag.strip()]
    if name == "priority" and isinstance(value, str) and value.strip().isdigit():
        return int(value)
    if name in ("external_id", "group") and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value
