"""What an import sends: a file, rows or an iterable, as a stream of blocks with a content type."""

from __future__ import annotations

import json
import os
import tarfile
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
FILE_TYPES = {**IMAGE_TYPES, ".wav": "audio/wav"}
ARCHIVE_TYPES = {
    ".zip": "application/zip",
    ".tar": "application/x-tar",
    ".tar.gz": "application/gzip",
    ".tgz": "application/gzip",
}
_BLOCK_BYTES = 256 * 1024
_TAR_BLOCK = 512


class UnknownFormat(ValueError):
    """A file whose suffix names no format that can be imported."""

    def __init__(self, path: Path, types: Mapping[str, str] = MEDIA_TYPES) -> None:
        known = ", ".join(types)
        super().__init__(f"The suffix of {path.name} is none of {known}. Rename the file or say which format it has.")


class NoPictures(ValueError):
    """A folder in which nothing is a picture or a recording by its suffix."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"There is no picture or recording in {path}: none of its files ends in {', '.join(FILE_TYPES)}."
        )


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

    @property
    def size_bytes(self) -> int | None:
        """How long it is; None when that is not known beforehand."""
        return self._bytes

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
            block = line_of(row)
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


class PicturesOfFolder(Content):
    """The pictures and recordings of a folder and of those in it, packed as they are sent: a tar with their paths in the folder."""

    def __init__(self, folder: Path, progress: ProgressCallback | None = None) -> None:
        """Raises NoPictures."""
        super().__init__((), progress=progress)
        self.media_type = ARCHIVE_TYPES[".tar"]
        found = sorted(each for each in folder.rglob("*") if each.suffix.lower() in FILE_TYPES and each.is_file())
        if not found:
            raise NoPictures(folder)
        sizes = [each.stat().st_size for each in found]
        heads = [_tar_head(each.relative_to(folder).as_posix(), size) for each, size in zip(found, sizes, strict=True)]
        self._entries = list(zip(found, sizes, heads, strict=True))
        self._bytes = sum(len(head) + size + -size % _TAR_BLOCK for _, size, head in self._entries) + 2 * _TAR_BLOCK

    def blocks(self) -> Iterator[bytes]:
        """The archive from its beginning."""
        yield from self._counted(self._packed())

    def _packed(self) -> Iterator[bytes]:
        for path, size, head in self._entries:
            yield head
            sent = 0
            for block in _of_file(path):
                sent += len(block)
                if sent > size:
                    break
                yield block
            if sent != size:
                raise OSError(f"{path} was changed while it was sent. Send the folder again.")
            yield bytes(-size % _TAR_BLOCK)
        yield bytes(2 * _TAR_BLOCK)


def pictures(source: str | os.PathLike[str], progress: ProgressCallback | None = None) -> Content:
    """What an import of files sends: a folder, an archive, one picture or recording. Raises NoPictures, UnknownFormat."""
    path = Path(source)
    if path.is_dir():
        return PicturesOfFolder(path, progress)
    types = {**FILE_TYPES, **ARCHIVE_TYPES}
    suffix = next((each for each in sorted(types, key=len, reverse=True) if path.name.lower().endswith(each)), None)
    if suffix is None:
        raise UnknownFormat(path, types)
    return Content(path, types[suffix], progress)


def is_of_pictures(path: Path) -> bool:
    """Whether a path is a folder, an archive, a picture or a recording, rather than a file of rows."""
    return path.is_dir() or path.name.lower().endswith((*FILE_TYPES, *ARCHIVE_TYPES))


def _tar_head(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size = size
    return entry.tobuf(tarfile.PAX_FORMAT)


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
        pending += line_of(row)
        if len(pending) >= _BLOCK_BYTES:
            yield bytes(pending)
            pending.clear()
    if pending:
        yield bytes(pending)


def line_of(row: Row) -> bytes:
    """A row as a line of NDJSON."""
    # NaN and infinities are no JSON: refused here, at the row that holds them.
    return json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _refuse(path: Path) -> str:
    raise UnknownFormat(path)
