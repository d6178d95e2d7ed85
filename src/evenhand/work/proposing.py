"""What a file seems to be, from its beginning: its format, its columns, the presets that fit. Nothing is stored, nothing is opened.

The beginning of a file is enough for NDJSON, JSON and CSV, for the names in an archive, and for a picture; Parquet says what is in
it at its end, so only a small one can be read.
"""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any, cast
from urllib.parse import unquote

from evenhand.core.canonical import unfit_parts
from evenhand.core.errors import Malformed, Problem, UnsupportedMediaType
from evenhand.ontology.media import PICTURE, SOUND
from evenhand.ontology.propose import ROWS_READ, Proposal, columns_of, propose, propose_files
from evenhand.work.rows import FORMATS, Row, rows_of
from evenhand.work.shapes.rows import Proposals

HEAD_BYTES_MAX = 256 * 1024
ROWS_SHOWN = 5
_UNPACKED_BYTES_MAX = 8 * 1024 * 1024
_NAMES_MAX = 2_000
_SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": "parquet", ".zip": "zip",
    ".tar": "tar", ".tgz": "tar.gz", ".gz": "tar.gz",
}  # fmt: skip
_LOCAL_HEADER = b"PK\x03\x04"
# A row and its line, counted as the import's report counts it.
_Numbered = tuple[int, dict[str, Any]]


async def proposals_for(head: bytes, name: str, content_type: str) -> Proposals:
    """What the first 256 KiB of a file say. Raises Malformed for what no reader reads, UnsupportedMediaType for no kind of ours."""
    if not head:
        raise Malformed([Problem("", "no_rows", "This file is empty.", "Send one with rows or pictures.")])
    format_ = format_of_head(head, name, content_type)
    if format_ in ("picture", "recording", "zip", "tar", "tar.gz"):
        names = [name] if format_ in ("picture", "recording") else names_in(head, format_)
        return _answer(format_, None, propose_files(names))
    is_cut = len(head) >= HEAD_BYTES_MAX
    if format_ == "parquet" and is_cut:
        return _answer(format_, None, [])
    rows = await _first_rows(head, format_, is_cut)
    return _answer(format_, rows, propose([content for _, content in rows]))


def format_of_head(head: bytes, name: str, content_type: str) -> str:
    """csv, ndjson, json, parquet, picture, recording, zip, tar or tar.gz: by its beginning, its name, its type."""
    if head.startswith((_LOCAL_HEADER, b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\x1f\x8b"):
        return "tar.gz"
    if head[257:262] == b"ustar":
        return "tar"
    if PICTURE.begins(head):
        return "picture"
    if SOUND.begins(head):
        return "recording"
    suffix = next((each for each in _SUFFIXES if name.lower().endswith(each)), "")
    if suffix in (".csv", ".tsv", ".json", ".ndjson", ".jsonl"):
        return _SUFFIXES[suffix]
    kind = content_type.partition(";")[0].strip().lower()
    if kind in FORMATS and kind != "application/vnd.apache.parquet":
        return FORMATS[kind]
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"[":
        return "json"
    if start == b"{":
        return "ndjson"
    if b"," in head.partition(b"\n")[0] and b"\0" not in head:
        return "csv"
    raise UnsupportedMediaType(content_type=kind or suffix or "nothing", accepted=tuple(FORMATS))


def names_in(head: bytes, format_: str) -> list[str]:
    """The names of the first entries of an archive, as far as they stand in its beginning."""
    if format_ == "zip":
        return _zip_names(head)
    if format_ == "tar.gz":
        with suppress(zlib.error):
            head = zlib.decompressobj(wbits=31).decompress(head, _UNPACKED_BYTES_MAX)
    names: list[str] = []
    with suppress(tarfile.TarError, EOFError, ValueError, OSError), tarfile.open(fileobj=io.BytesIO(head)) as archive:
        for member in archive:
            if member.isreg():
                names.append(member.name)
            if len(names) == _NAMES_MAX:
                break
    return names


def _zip_names(head: bytes) -> list[str]:
    names: list[str] = []
    at = head.find(_LOCAL_HEADER)
    while at >= 0 and len(names) < _NAMES_MAX:
        length = int.from_bytes(head[at + 26 : at + 28], "little")
        name = head[at + 30 : at + 30 + length].decode("utf-8", "replace")
        if len(name) and not name.endswith("/"):
            names.append(name)
        at = head.find(_LOCAL_HEADER, at + 30)
    return names


async def _first_rows(head: bytes, format_: str, is_cut: bool) -> list[_Numbered]:
    """The first whole rows, each with its line. A row that is cut off where the beginning ends is none."""
    if format_ == "json" and is_cut:
        return await _first_elements(head)
    if is_cut:
        head = head[: head.rfind(b"\n") + 1]
    return await _read(head, format_)


async def _first_elements(head: bytes) -> list[_Numbered]:
    """The whole elements at the beginning of a list that was cut off: up to the last comma that leaves a list."""
    end = len(head)
    for _ in range(50):
        end = head.rfind(b"}", 0, end)
        if end < 0:
            break
        with suppress(Malformed):
            return await _read(head[: end + 1] + b"]", "json")
    raise Malformed([Problem("", "bad_json", "No row of this list ends within 256 KiB.", "Send NDJSON.")])


async def _read(head: bytes, format_: str) -> list[_Numbered]:
    rows: list[_Numbered] = []
    first_bad: Row | None = None
    async for row in rows_of(_once(head), format_):
        if row.content is not None and not unfit_parts(row.content):
            rows.append((row.line, row.content))
        elif first_bad is None:
            first_bad = row
        if len(rows) == ROWS_READ:
            break
    if not rows and first_bad is not None and first_bad.problems:
        raise Malformed(list(first_bad.problems))
    return rows


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _answer(format_: str, rows: Sequence[_Numbered] | None, proposals: Sequence[Proposal]) -> Proposals:
    """rows: None where they cannot be read from a beginning."""
    found = {
        "format": format_,
        "columns": [column.as_json() for column in columns_of([content for _, content in rows or ()])],
        "rows": None if rows is None else [content for _, content in rows[:ROWS_SHOWN]],
        "lines": None if rows is None else [line for line, _ in rows[:ROWS_SHOWN]],
        "proposals": [proposal.as_json() for proposal in proposals],
    }
    return cast(Proposals, found)


def file_name(header: str | None) -> str:
    """The name a client gave its file in X-File-Name, percent-encoded. Control characters and lone surrogates are dropped."""
    name = unquote(header or "", errors="replace")
    return "".join(each for each in name if each.isprintable() and not "\ud800" <= each <= "\udfff")[:512]
