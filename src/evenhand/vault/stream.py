"""Media sealing: a streaming AEAD in segments of 1 MiB, so that a range request opens only the segments it touches.

The format is Tink's AES256_GCM_HKDF_1MB, byte for byte (https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming;
Hoang, Reyhanitabar, Rogaway & Vizár, 2015, "Online authenticated-encryption and its nonce-reuse misuse-resistance", section 7),
because Tink opens it in six languages. The reader is ours because Tink's in Python cannot seek.

    header  = length 40 (1 byte) || salt (32) || nonce prefix (7)
    key     = HKDF-SHA-256(media key, salt, info = associated data)
    segment = AES-256-GCM(key, nonce = prefix || number (4, big endian) || 1 if it is the last else 0, no associated data)

The first segment is shorter by the header, so that every other one starts at a multiple of 1 MiB of the file. A segment that
was changed, moved, swapped or cut off does not open.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from evenhand.core.errors import PlatformError

SEGMENT_BYTES = 1 << 20
TAG_BYTES = 16
SALT_BYTES = 32
PREFIX_BYTES = 7
HEADER_BYTES = 1 + SALT_BYTES + PREFIX_BYTES
SIZE_BYTES_MIN = HEADER_BYTES + TAG_BYTES
_FIRST_PLAIN = SEGMENT_BYTES - HEADER_BYTES - TAG_BYTES
_PLAIN = SEGMENT_BYTES - TAG_BYTES
_SEGMENTS_MAX = 1 << 32

Fetch = Callable[[int, int], Awaitable[bytes]]
"""Reads the sealed bytes start .. stop - 1 from wherever they lie."""


@dataclass(eq=False)
class MediaDamaged(PlatformError):
    """A sealed media object does not open: it was changed, cut off or moved, or its key is another.

    segment: the first segment that does not open, 0-based; -1 when the header or the size is already wrong.
    """

    segment: int
    code: ClassVar[str] = "media-damaged"
    hint: ClassVar[str] = "Run evenhand doctor; if the key file is the right one, restore the object from a backup."


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a sealed object: where its ciphertext lies in the file, and its content in the plaintext.

    start, stop: byte range in the file. content_start, content_stop: byte range in the plaintext.
    """

    number: int
    start: int
    stop: int
    content_start: int
    content_stop: int
    is_last: bool


def content_bytes(sealed_bytes: int) -> int:
    """The size of the plaintext of a sealed object. Raises MediaDamaged for a size that no object can have."""
    return _segment(_count(sealed_bytes) - 1, sealed_bytes).content_stop


def sealed_bytes(content_bytes_: int) -> int:
    """The size of the sealed object of a plaintext."""
    beyond = max(0, content_bytes_ - _FIRST_PLAIN)
    return HEADER_BYTES + content_bytes_ + TAG_BYTES * (1 + -(-beyond // _PLAIN))


class MediaSealer:
    """Seals one object as its bytes arrive. Holds one segment in memory at most.

    key: 32 random bytes of this object alone. bound_to: associated data that names the object, see sealing.binding.
    """

    def __init__(self, key: bytes, bound_to: bytes) -> None:
        salt = os.urandom(SALT_BYTES)
        self._prefix = os.urandom(PREFIX_BYTES)
        self._cipher = _cipher(key, salt, bound_to)
        self._pending = bytearray()
        self._number = 0
        self._header = bytes([HEADER_BYTES]) + salt + self._prefix

    def update(self, content: bytes) -> bytes:
        """Take more content; returns what can be written so far, often nothing.

        A full segment waits for a further byte, because whether it is the last is part of its nonce.
        """
        sealed = [self._header]
        self._header = b""
        self._pending += content
        while len(self._pending) > (room := _FIRST_PLAIN if self._number == 0 else _PLAIN):
            sealed.append(self._seal(bytes(self._pending[:room]), is_last=False))
            del self._pending[:room]
        return b"".join(sealed)

    def finish(self) -> bytes:
        """The end of the object. Nothing may be sealed after it."""
        return self.update(b"") + self._seal(bytes(self._pending), is_last=True)

    def _seal(self, content: bytes, *, is_last: bool) -> bytes:
        if self._number >= _SEGMENTS_MAX:
            raise OverflowError("a media object holds 2^32 segments at most")
        nonce = _nonce(self._prefix, self._number, is_last)
        self._number += 1
        return self._cipher.encrypt(nonce, content, None)


def seal_media(key: bytes, bound_to: bytes, content: Iterable[bytes]) -> Iterator[bytes]:
    """Seal a whole object from an iterator of pieces of any size."""
    sealer = MediaSealer(key, bound_to)
    for piece in content:
        if sealed := sealer.update(piece):
            yield sealed
    yield sealer.finish()


@dataclass(frozen=True, slots=True)
class MediaReader:
    """Opens any range of one sealed object."""

    _cipher: AESGCM = field(repr=False)
    _prefix: bytes = field(repr=False)
    sealed_bytes: int

    @classmethod
    def of(cls, key: bytes, bound_to: bytes, header: bytes, sealed_bytes: int) -> MediaReader:
        """A reader. header: the first 40 bytes of the object. Raises MediaDamaged for a header or size of something else."""
        if len(header) < HEADER_BYTES or header[0] != HEADER_BYTES:
            raise MediaDamaged(segment=-1)
        _count(sealed_bytes)
        salt, prefix = header[1 : 1 + SALT_BYTES], header[1 + SALT_BYTES : HEADER_BYTES]
        return cls(_cipher(key, salt, bound_to), prefix, sealed_bytes)

    @property
    def content_bytes(self) -> int:
        """The size of the plaintext, as far as the object's size tells the truth; opening its last segment proves it."""
        return content_bytes(self.sealed_bytes)

    def segments(self, start: int, stop: int) -> list[Segment]:
        """The segments that hold the plaintext bytes start .. stop - 1 (within the object), in order.

        An empty range within the object gives the one segment at `start`, so that opening it proves that it is there.
        """
        first, last = _holding(start), _holding(max(start, min(stop, self.content_bytes) - 1))
        count = _count(self.sealed_bytes)
        return [_segment(number, self.sealed_bytes) for number in range(first, min(last, count - 1) + 1)]

    def open(self, segment: Segment, sealed: bytes) -> bytes:
        """The content of one segment. Raises MediaDamaged."""
        try:
            return self._cipher.decrypt(_nonce(self._prefix, segment.number, segment.is_last), sealed, None)
        except InvalidTag:
            raise MediaDamaged(segment=segment.number) from None

    async def read(self, fetch: Fetch, start: int, stop: int) -> AsyncIterator[bytes]:
        """The plaintext bytes start .. stop - 1, a piece a segment, each proven before it is given out."""
        for segment in self.segments(start, stop):
            content = self.open(segment, await fetch(segment.start, segment.stop))
            piece = content[max(0, start - segment.content_start) : max(0, stop - segment.content_start)]
            if piece:
                yield piece


async def open_media(key: bytes, bound_to: bytes, fetch: Fetch, sealed_bytes: int) -> MediaReader:
    """A reader over something that can be fetched by range."""
    return MediaReader.of(key, bound_to, await fetch(0, min(HEADER_BYTES, sealed_bytes)), sealed_bytes)


def _cipher(key: bytes, salt: bytes, bound_to: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=bound_to).derive(key))


def _nonce(prefix: bytes, number: int, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + (b"\x01" if is_last else b"\x00")


def _holding(content_at: int) -> int:
    """The number of the segment that holds the plaintext byte `content_at`."""
    return 0 if content_at < _FIRST_PLAIN else 1 + (content_at - _FIRST_PLAIN) // _PLAIN


def _count(sealed_bytes_: int) -> int:
    """How many segments an object has. Each but an only one holds at least a byte of content."""
    count = -(-sealed_bytes_ // SEGMENT_BYTES)
    rest = sealed_bytes_ - (count - 1) * SEGMENT_BYTES
    if sealed_bytes_ < SIZE_BYTES_MIN or (count > 1 and rest <= TAG_BYTES):
        raise MediaDamaged(segment=-1)
    return count


def _segment(number: int, sealed_bytes_: int) -> Segment:
    start = number * SEGMENT_BYTES if number else HEADER_BYTES
    stop = min((number + 1) * SEGMENT_BYTES, sealed_bytes_)
    content_start = _FIRST_PLAIN + (number - 1) * _PLAIN if number else 0
    content_stop = content_start + stop - start - TAG_BYTES
    return Segment(number, start, stop, content_start, content_stop, stop == sealed_bytes_)
