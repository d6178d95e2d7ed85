"""Looking into recordings: what they are, and how many samples they really hold. Bytes in.

WAVE with linear samples is read, by its published layout (Microsoft and IBM, "Multimedia Programming Interface", 1991; Microsoft,
"Multiple Channel Audio Data and WAVE Files", 2007) and in Python alone: a tick of an answer is a sample, and of a compressed
recording decoders disagree about which sample is the first. What the header claims is compared with the bytes that are there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from evenhand.core.errors import Malformed, Problem

PROBE = "evenhand-sound/1"
# What every browser plays (Web Audio asks for 8 to 96 kHz), and twice as much.
RATE_MIN, RATE_MAX = 8_000, 192_000
CHANNELS_MAX = 32
_LINEAR, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
# The rest of a sub-format's id, behind the two bytes that say which.
_SUBFORMAT = bytes.fromhex("000000001000800000aa00389b71")
_WIDTHS = {_LINEAR: (8, 16, 24, 32), _FLOAT: (32,)}
_REMEDY = "Save it again as WAV with linear samples, for instance by: ffmpeg -i FILE -c:a pcm_s16le FILE.wav."


@dataclass(frozen=True, slots=True)
class Sound:
    """What a recording is.

    samples: of each channel. rate: samples a second. bits: of a sample. start: where the first sample lies in the file, in bytes.
    """

    samples: int
    rate: int
    channels: int
    bits: int
    is_float: bool
    start: int

    def as_json(self) -> dict[str, int | str]:
        """The `media` facts of an item's input: frozen at import, because ticks depend on them."""
        return {
            "samples": self.samples,
            "sample_rate": self.rate,
            "channels": self.channels,
            "bits": self.bits,
            "probe": PROBE,
        }


def begins(head: bytes) -> bool:
    """Whether a file begins as WAVE does."""
    return head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE"


def probe(content: bytes) -> Sound:
    """What this recording is, counted by the bytes that are there. Raises Malformed, which says what is wrong."""
    if not begins(content):
        raise _refused("unsupported", "This is no recording that can be read.", _REMEDY)
    if content[:4] == b"RF64":
        raise _refused("unsupported", "This is a WAVE file for more than 4 GB.", "Cut it into parts of one group.")
    form: tuple[int, int, int, int, int] | None = None
    for name, start, size in _chunks(content):
        if name == b"fmt ":
            form = _form(content[start : start + size])
        elif name == b"data":
            if form is None:
                raise _broken("its samples come before what says how they are written")
            return _counted(form, start, size, len(content) - start)
    raise _broken("it ends before its samples begin" if form else "nothing says how its samples are written")


def _chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(name, where its content begins, size that is claimed) of the chunks of a file, in order."""
    at = 12
    while at + 8 <= len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        yield content[at : at + 4], at + 8, size
        at += 8 + size + size % 2


def _form(chunk: bytes) -> tuple[int, int, int, int, int]:
    """(tag, channels, samples a second, bytes of a sample of all channels, bits of a sample)."""
    if len(chunk) < 16:
        raise _broken("what says how its samples are written is cut off")
    tag, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == _EXTENSIBLE and len(chunk) >= 40 and chunk[26:40] == _SUBFORMAT:
        tag = int.from_bytes(chunk[24:26], "little")
    return tag, channels, rate, block, bits


def _counted(form: tuple[int, int, int, int, int], start: int, claimed: int, there: int) -> Sound:
    tag, channels, rate, block, bits = form
    if bits not in _WIDTHS.get(tag, ()):
        message = f"Its samples are written in a way that is not read here (format {tag}, {bits} bits)."
        raise _refused("unsupported", message, _REMEDY)
    if not 1 <= channels <= CHANNELS_MAX:
        message = f"It has {channels} channels; 1 to {CHANNELS_MAX} are read."
        raise _refused("unsupported", message, "Leave out channels that are not asked about.")
    if not RATE_MIN <= rate <= RATE_MAX:
        message = f"It has {rate} samples a second; {RATE_MIN} to {RATE_MAX} are played."
        raise _refused("unsupported", message, "Save it again with 16000 or 48000 samples a second.")
    if block != channels * bits // 8:
        raise _broken("what it says of its samples contradicts itself")
    if claimed > there or claimed % block:
        raise _broken(f"its header claims {claimed / block:g} samples and {there // block} are there")
    if claimed == 0:
        raise _refused("bad_media", "This recording is empty.", "Leave it out, or record it again.")
    return Sound(claimed // block, rate, channels, bits, tag == _FLOAT, start)


def _broken(why: str) -> Malformed:
    return _refused("bad_media", f"This recording is damaged: {why}.", "Save it again, whole, and send that.")


def _refused(code: str, message: str, remedy: str) -> Malformed:
    return Malformed([Problem("", code, message, remedy)])
