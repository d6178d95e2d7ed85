"""Archives of files (zip, tar, tar.gz), read entry by entry, with every limit that a hostile one tries to pass.

What an archive says of itself is not believed: names may lead out of any folder, sizes may be lies, a few kilobytes may unpack to
terabytes, entries may lie on top of each other. Names are only names here, no file is ever made from one; entries are read up to a
limit, whatever size they claim. An entry that is refused is told with its number and name, and those around it go on.
"""

from __future__ import annotations

import gzip
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any, Literal

from evenhand.core.errors import Malformed, Problem

ENTRIES_MAX = 100_000
CONTENT_BYTES_MAX = 64 * 1024**3
NAME_LENGTH_MAX = 512
# Pictures hardly shrink; text may to a hundredth. What unpacks to more than this is made to do harm.
RATIO_MAX = 200
_RATIO_FREE_BYTES = 16 * 1024 * 1024
_HEADER_BYTES_MAX = 1024 * 1024
_BLOCK = 64 * 1024
_DRIVE = re.compile(r"^[A-Za-z]:")
# What file managers leave behind, and nobody means.
_LITTER = re.compile(r"(^|/)(__MACOSX(/|$)|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)", re.I)
_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError,
            OverflowError, IndexError, KeyError, TypeError)  # fmt: skip

Form = Literal["zip", "tar", "tar.gz"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its number (1-based; folders and litter do not count), its name, and either its content or what is wrong."""

    number: int
    name: str
    content: bytes = field(default=b"", repr=False)
    problem: Problem | None = None


def form_of(head: bytes) -> Form | None:
    """Which archive begins like this; None: none that is read here."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\x1f\x8b"):
        return "tar.gz"
    return "tar" if head[257:262] == b"ustar" else None


def entries_of(file: IO[bytes], form: Form, entry_bytes_max: int) -> Iterator[Entry]:
    """The files in an archive, in its order. Raises Malformed where the archive as a whole cannot be read on."""
    try:
        yield from _zip_entries(file, entry_bytes_max) if form == "zip" else _tar_entries(file, form, entry_bytes_max)
    except _TooMuch as error:
        raise _refused("too_large", str(error)) from None
    except _DAMAGED as error:
        raise _refused("unreadable_media", f"This archive is damaged ({type(error).__name__}).") from None


def safe_name(name: str) -> tuple[str, Problem | None]:
    """A name with forward slashes, and why it is refused, if it is. Refused: what would lead out of a folder, or is no text."""
    name = name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts or name.startswith("/") or ".." in parts or _DRIVE.match(name):
        return name, _problem(
            "bad_name", "This name leads out of the archive.", "Pack the folder anew, with plain names."
        )
    if len(name) > NAME_LENGTH_MAX:
        return name, _problem("bad_name", f"A name has at most {NAME_LENGTH_MAX} characters.", "Shorten it.")
    if any(ord(each) < 32 or "\ud800" <= each <= "\udfff" or ord(each) == 127 for each in name):
        return name, _problem("bad_name", "This name holds control characters or is no text.", "Rename the file.")
    return "/".join(parts), None


class _TooMuch(Exception):
    """More than any honest archive holds."""


@dataclass(slots=True)
class _Budget:
    """What an archive may still unpack to. packed: its own size."""

    packed: int
    unpacked: int = 0
    entries: int = 0

    def entry(self) -> int:
        """Count one more entry."""
        self.entries += 1
        if self.entries > ENTRIES_MAX:
            raise _TooMuch(f"It holds more than {ENTRIES_MAX} entries.")
        return self.entries

    def spend(self, size: int) -> None:
        """Count bytes that were unpacked."""
        self.unpacked += size
        if self.unpacked > CONTENT_BYTES_MAX:
            raise _TooMuch(f"It unpacks to more than {CONTENT_BYTES_MAX} bytes.")
        if self.unpacked > _RATIO_FREE_BYTES + self.packed * RATIO_MAX:
            raise _TooMuch(f"It unpacks to more than {RATIO_MAX} times its size.")


# -------------------------------------------------------------------------------------------------------------- zip --
def _zip_entries(file: IO[bytes], entry_bytes_max: int) -> Iterator[Entry]:
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        size = file.seek(0, 2)
        if len(members) > ENTRIES_MAX:
            raise _TooMuch(f"It holds more than {ENTRIES_MAX} entries.")
        # Entries that share bytes are how a small archive unpacks to a huge one without a suspicious entry.
        if sum(member.compress_size for member in members) > size:
            raise _TooMuch("Its entries lie on top of each other.")
        budget = _Budget(size)
        for member in members:
            if member.is_dir() or _LITTER.search(member.filename.replace("\\", "/")):
                continue
            number = budget.entry()
            name, problem = safe_name(member.filename)
            problem = problem or _zip_problem(member)
            if problem is not None:
                yield Entry(number, name, problem=problem)
                continue
            try:
                with archive.open(member) as content:
                    yield _read(number, name, content, entry_bytes_max, budget)
            except _DAMAGED as error:
                yield Entry(number, name, problem=_damaged(error))


def _zip_problem(member: zipfile.ZipInfo) -> Problem | None:
    if member.flag_bits & 0x1:
        return _problem("unreadable_media", "This entry is locked with a password.", "Pack it without one.")
    if stat.S_ISLNK(member.external_attr >> 16):
        return _problem("unreadable_media", "This entry is a link.", "Pack the file itself.")
    return None


# -------------------------------------------------------------------------------------------------------------- tar --
class _Member(tarfile.TarInfo):
    """A header whose extensions are refused before they are read into memory, when they claim to be large."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Member:
        member = super().frombuf(buf, encoding, errors)
        is_plain = member.type in (*tarfile.REGULAR_TYPES, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE)
        if not is_plain and member.size > _HEADER_BYTES_MAX:
            raise _TooMuch("One of its headers is larger than any honest one.")
        return member


class _Counting:
    """A stream whose unpacked bytes are counted as they come, headers and all. It only goes forward."""

    def __init__(self, file: IO[bytes], budget: _Budget) -> None:
        self._file = file
        self._budget = budget

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(min(size, _BLOCK) if size >= 0 else _BLOCK)
        self._budget.spend(len(content))
        return content


def _tar_entries(file: IO[bytes], form: Form, entry_bytes_max: int) -> Iterator[Entry]:
    size = file.seek(0, 2)
    file.seek(0)
    budget = _Budget(size)
    unpacked: Any = gzip.GzipFile(fileobj=file, mode="rb") if form == "tar.gz" else file
    stream: Any = _Counting(unpacked, budget)
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member) as archive:
        for member in archive:
            # tarfile keeps every header that it has seen; nobody asks for them again.
            archive.members = []  # type: ignore[attr-defined]  # an attribute that the type stubs leave out
            if member.isdir() or _LITTER.search(member.name.replace("\\", "/")):
                continue
            number = budget.entry()
            name, problem = safe_name(member.name)
            if problem is None and (not member.isreg() or member.issparse()):
                problem = _problem("unreadable_media", "This entry is no plain file.", "Pack the file itself.")
            content = archive.extractfile(member) if problem is None else None
            if content is None:
                yield Entry(number, name, problem=problem)
            else:
                # What was read is in the budget already: it came through the stream.
                yield _read(number, name, content, entry_bytes_max, None)


# ------------------------------------------------------------------------------------------------------------- both --
def _read(number: int, name: str, content: IO[bytes], most: int, budget: _Budget | None) -> Entry:
    """An entry up to its limit, whatever size it claims to have."""
    parts, size = [], 0
    while block := content.read(_BLOCK):
        size += len(block)
        if budget is not None:
            budget.spend(len(block))
        if size > most:
            message = f"This entry has more than {most} bytes."
            return Entry(number, name, problem=_problem("too_large", message, "Scale it down, or leave it out."))
        parts.append(block)
    return Entry(number, name, b"".join(parts))


def _damaged(error: BaseException) -> Problem:
    reason = str(error).rstrip(".")[:100] or type(error).__name__
    return _problem("unreadable_media", f"This entry is damaged: {reason}.", "Pack it anew.")


def _problem(code: str, message: str, remedy: str) -> Problem:
    return Problem("", code, message, remedy)


def _refused(code: str, message: str) -> Malformed:
    return Malformed([_problem(code, message, "Pack it anew; entries before this place may be in already.")])
