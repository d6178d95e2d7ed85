"""What an import sends: a file, rows or an iterable, as a stream of blocks with a content type."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]
Source = str | os.PathLike[str] | Iterable[Row]
AsyncSource = Source | AsyncIterable[Row]
# Called with the bytes sent so far and the bytes in all; None when that is not known beforehand.
ProgressCallback = Callable[[int, int | None], None]

NDJSON = "application/x-ndjson"
MEDIA_TYPES = {
    ".jsonl": NDJSON,
    ".ndjson": NDJSON,
    ".json": "application/json",
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
}
IMAGE_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".bmp": "image/bmp",
}
_BLOCK_BYTES = 256 * 1024


class UnknownFormat(ValueError):
    """A file whose suffix names no format that can be imported."""

    def __init__(self, path: Path, types: Mapping[str, str] = MEDIA_TYPES) -> None:
        known = ", ".join(types)
        super().__init__(f"The suffix of {path.name} is none of {known}. Rename the file or say which format it has.")


class Content:
    """The body of one import. A file and a sequence can be sent again after a failure, a generator cannot."""

    def __init__(
        self, source: AsyncSource, media_type: str | None = None, progress: ProgressCallback | None = None
    ) -> None:
        self._source = source
        self._progress = progress
        self._started = False
        self._bytes: int | None = None
        if isinstance(source, str | os.PathLike):
            path = Path(source)
            self.media_type = media_type or MEDIA_TYPES.get(path.suffix.lower()) or _refuse(path)
            self._bytes = path.stat().st_size
        else:
            self.media_type = NDJSON

    @property
    def can_restart(self) -> bool:
        """Whether the whole content can be sent again."""
        return isinstance(self._source, str | os.PathLike | Sequence) or not self._started

    def blocks(self) -> Iterator[bytes]:
        """The content from its beginning."""
        self._started = True
        source = self._source
        if isinstance(source, AsyncIterable):
            raise TypeError("An asynchronous iterable needs the AsyncClient.")
        yield from self._counted(_of_file(Path(source)) if isinstance(source, str | os.PathLike) else _of_rows(source))

    async def async_blocks(self) -> AsyncIterator[bytes]:
        """The content from its beginning, for the AsyncClient."""
        if not isinstance(self._source, AsyncIterable):
            for block in self.blocks():
                yield block
            return
        self._started = True
        sent = 0
        async for row in self._source:
            block = _line(row)
            sent += len(block)
            yield block
            self._tell(sent)

    def _counted(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        sent = 0
        for block in blocks:
            yield block
            sent += len(block)
            self._tell(sent)

    def _tell(self, sent: int) -> None:
        if self._progress is not None:
            self._progress(sent, self._bytes)


def image_type(path: Path) -> str:
    """The media type of a picture by its suffix. Raises UnknownFormat."""
    found = IMAGE_TYPES.get(path.suffix.lower())
    if found is None:
        raise UnknownFormat(path, IMAGE_TYPES)
    return found


def _of_file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block


def _of_rows(rows: Iterable[Row]) -> Iterator[bytes]:
    pending = bytearray()
    for row in rows:
        pending += _line(row)
        if len(pending) >= _BLOCK_BYTES:
            yield bytes(pending)
            pending.clear()
    if pending:
        yield bytes(pending)


def _line(row: Row) -> bytes:
    # NaN and infinities are no JSON: refused here, at the row that holds them.
    return json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _refuse(path: Path) -> str:
    raise UnknownFormat(path)
