"""Downloads of a release: one archive, unpacked under safe names, each file checked before it gets its name."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path, PurePosixPath

from evenhand.client import nouns

_BLOCK_BYTES = 1024 * 1024


class DamagedFile(Exception):
    """A downloaded file is not the one that the release names."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} is not the file that the release names. Download it again.")


def unpack(archive: Path, release: nouns.Release, folder: Path) -> list[Path]:
    """The files of a release's archive, in a folder; their paths.

    Raises DamagedFile for a name that leads out of the folder, for a digest that differs from the release's own list, and for
    a listed file that is missing. Whether the list itself is genuine is what `evenhand verify` tells.
    """
    digests = {str(each["name"]): str(each["sha256"]).removeprefix("sha256:") for each in release.get("files") or []}
    paths = []
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            name = PurePosixPath(entry.filename).name
            if entry.filename.count("/") > 1 or "\\" in name or name in ("", ".", ".."):
                raise DamagedFile(entry.filename)
            partial, seen = folder / f".{name}.partial", hashlib.sha256()
            with opened.open(entry) as source, partial.open("wb") as file:
                while block := source.read(_BLOCK_BYTES):
                    seen.update(block)
                    file.write(block)
            if digests.pop(name, seen.hexdigest()) != seen.hexdigest():
                partial.unlink()
                raise DamagedFile(name)
            paths.append(partial.replace(folder / name))
    if digests:
        raise DamagedFile(next(iter(digests)))
    return paths
