"""The files of an audit package, which anybody can check offline: their names after C2SP tlog-tiles, and how they are written.

DIR/policy.tlog, DIR/log/ and DIR/governance/ (checkpoint, tiles, entries), DIR/receipts/*.tlog-proof, DIR/walls/*.json:
`evenhand-verify` reads it, and so does any tool that speaks these formats.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

WIDTH = 256
CHECKPOINT = "checkpoint"


def size_of(checkpoint: bytes) -> int:
    """How many entries a checkpoint speaks of. Raises ValueError for what is none."""
    lines = checkpoint.split(b"\n")
    if len(lines) < 4 or not lines[1].isdigit():
        raise ValueError("this is no checkpoint of a log")
    return int(lines[1])


def files_of(size: int) -> Iterator[str]:
    """The paths of all tiles and bundles of a log of this size."""
    level, count = 0, size
    while count:
        for index in range(-(-count // WIDTH)):
            name = _name(index, min(WIDTH, count - index * WIDTH))
            yield f"tile/{level}/{name}"
            if level == 0:
                yield f"tile/entries/{name}"
        level, count = level + 1, count // WIDTH


def missing(folder: Path, size: int) -> list[str]:
    """Those of them that are not in the folder yet. What was fetched stays: it is what a later change is held against."""
    return [path for path in files_of(size) if not (folder / path).is_file()]


def write(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)
    return path


def path_of(url: str) -> str:
    """The path of a log below its server, which may be known here by another address than its own."""
    return urlsplit(url).path


def _name(index: int, width: int) -> str:
    digits = str(index).zfill(-(-len(str(index)) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    partial = "" if width == WIDTH else f".p/{width}"
    return "".join(f"x{each}/" for each in groups[:-1]) + groups[-1] + partial
