"""A sealed spool: what is too large for memory lies on disk for a minute, sealed under a key that only memory holds.

An archive is read from its end, so all of it has to be there before its first entry is known. The file has no name, the key is
never written anywhere, and both are gone with the process.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections import OrderedDict
from typing import IO, TYPE_CHECKING, Self

from evenhand.vault.stream import HEADER_BYTES, MediaReader, MediaSealer, Segment

if TYPE_CHECKING:
    from typing_extensions import Buffer

MEMORY_BYTES = 8 * 1024 * 1024
_BOUND = b"evenhand-spool/1"
_SEGMENTS_KEPT = 8


class Spool:
    """Written once from its beginning to its end, then read from anywhere. Small ones stay in memory. Not safe for two threads."""

    def __init__(self, memory_bytes: int = MEMORY_BYTES) -> None:
        self._memory_bytes = memory_bytes
        self._memory = bytearray()
        self._key = os.urandom(32)
        self._sealer: MediaSealer | None = None
        self._file: IO[bytes] | None = None
        self.size = 0

    def write(self, content: bytes) -> None:
        """Take the next bytes. Raises OSError when the disk is full."""
        self.size += len(content)
        if self._sealer is None:
            self._memory += content
            if len(self._memory) <= self._memory_bytes:
                return
            self._sealer = MediaSealer(self._key, _BOUND)
            self._file = tempfile.TemporaryFile(prefix="evenhand-")  # noqa: SIM115  closed by close
            content, self._memory = bytes(self._memory), bytearray()
        assert self._file is not None
        self._file.write(self._sealer.update(content))

    def reader(self) -> io.BufferedReader:
        """All that was written, as a file that seeks. Nothing may be written after it."""
        if self._sealer is None:
            return io.BufferedReader(io.BytesIO(self._memory))
        assert self._file is not None
        self._file.write(self._sealer.finish())
        self._file.flush()
        return io.BufferedReader(_SealedReader(self._file, self._key))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget it."""
        self._memory = bytearray()
        if self._file is not None:
            self._file.close()


class _SealedReader(io.RawIOBase):
    """The plaintext of a spooled file; a few segments are kept open, since archives are read to and fro."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        self._file = file
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        self._media = MediaReader.of(key, _BOUND, file.read(HEADER_BYTES), size)
        self._at = 0
        self._kept: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._media.content_bytes}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer)
        stop = min(self._at + len(view), self._media.content_bytes)
        if self._at >= stop:
            return 0
        segment = self._media.segments(self._at, self._at + 1)[0]
        content = self._content(segment)
        start = self._at - segment.content_start
        piece = content[start : start + stop - self._at]
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _content(self, segment: Segment) -> bytes:
        if segment.number not in self._kept:
            self._file.seek(segment.start)
            self._kept[segment.number] = self._media.open(segment, self._file.read(segment.stop - segment.start))
            if len(self._kept) > _SEGMENTS_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(segment.number)
        return self._kept[segment.number]
