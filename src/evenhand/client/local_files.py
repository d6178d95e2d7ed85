"""Files of this machine that rows name: `{"file": "street.png"}` for an input, or as a block of a message. Each is uploaded once.

Only what lies in the folder that the caller named is sent, whatever a row says. A name that leads to no picture or recording there
stays as it is, so that the server refuses the row with its line and the place.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from evenhand.client.content import (
    FILE_TYPES,
    MEDIA_TYPES,
    NDJSON,
    Content,
    ProgressCallback,
    Row,
    UnknownFormat,
    line_of,
)

# What a tool was called with and what is the caller's own names nothing of ours.
_FOREIGN = ("arguments", "structured", "meta", "metadata")


class ContentWithFiles(Content):
    """Rows of a file (.jsonl) or a list, in which the files that were uploaded are named by their uploads."""

    def __init__(
        self, source: str | os.PathLike[str] | Iterable[Row], folder: Path, progress: ProgressCallback | None = None
    ) -> None:
        """Raises UnknownFormat for a file that is not read line by line."""
        super().__init__((), progress=progress)
        self._folder = folder.resolve()
        self._path = Path(source) if isinstance(source, str | os.PathLike) else None
        self._rows = [] if isinstance(source, str | os.PathLike) else list(source)
        if self._path is not None and MEDIA_TYPES.get(self._path.suffix.lower()) != NDJSON:
            raise UnknownFormat(self._path, {name: kind for name, kind in MEDIA_TYPES.items() if kind == NDJSON})
        self._uploads: dict[Path, str] = {}

    def files(self) -> list[Path]:
        """The files that rows name, each once, in order."""
        found: dict[Path, None] = {}
        for line in self._lines():
            for naming in _naming(_read(line)):
                path = self._found(naming)
                if path is not None:
                    found[path] = None
        return list(found)

    def uploaded(self, path: Path, upload: str) -> None:
        """A file of `files` is on the server under this id."""
        self._uploads[path] = upload

    def blocks(self) -> Iterator[bytes]:
        """The rows from the first."""
        yield from self._counted(self._placed(line) for line in self._lines())

    def _lines(self) -> Iterator[bytes]:
        if self._path is None:
            yield from map(line_of, self._rows)
            return
        with self._path.open("rb") as file:
            yield from file

    def _placed(self, line: bytes) -> bytes:
        row = _read(line)
        changed = False
        for naming in _naming(row):
            upload = self._uploads.get(self._found(naming) or Path())
            if upload is not None:
                del naming["file"]
                naming["upload"] = upload
                changed = True
        return line_of(row) if changed else line

    def _found(self, naming: Mapping[str, Any]) -> Path | None:
        path = (self._folder / naming["file"]).resolve()
        is_ours = path.is_relative_to(self._folder) and path.suffix.lower() in FILE_TYPES
        return path if is_ours and path.is_file() else None


def _read(line: bytes) -> Any:
    """A row that may name files; None for one that does not, and for what is no JSON, which the server tells of."""
    if b'"file"' not in line:
        return None
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _naming(value: Any) -> Iterator[dict[str, Any]]:
    """The objects that name a file: nothing but its name, or a picture's block."""
    if isinstance(value, list):
        for each in value:
            yield from _naming(each)
    elif isinstance(value, dict):
        name = value.get("file")
        if isinstance(name, str) and "\x00" not in name and (len(value) == 1 or value.get("type") == "image"):
            yield value
        for key, each in value.items():
            if key not in _FOREIGN:
                yield from _naming(each)
