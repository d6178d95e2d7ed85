"""What every text of the ledger is made of: lines, decimal numbers and base64, each with exactly one spelling.

One spelling, because a signature covers bytes: a text that reads the same and is written differently would be a second text
under one meaning, and a flipped bit could go unseen in the unused bits of a base64 character.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from dataclasses import dataclass
from typing import ClassVar

from evenhand.core.errors import PlatformError, shortened
from evenhand.ledger.tree import HASH_BYTES, SIZE_MAX

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(eq=False)
class Unreadable(PlatformError):
    """A note, key, checkpoint, proof, tile or policy is not written as its specification says."""

    what: str
    reason: str
    code: ClassVar[str] = "ledger-unreadable"
    hint: ClassVar[str] = (
        "Fetch it again from where it was published, or compare it with docs/reference/ledger-formats.md."
    )

    def __str__(self) -> str:
        return f"This is no {self.what}: {shortened(self.reason)}."


def read_decimal(text: str, what: str) -> int:
    """A whole number from 0 to 2**63 - 1 without leading zeros. Raises Unreadable."""
    if not _DECIMAL.fullmatch(text) or int(text) > SIZE_MAX:
        raise Unreadable(what, f"'{shortened(text, 40)}' is no decimal number as they are written here")
    return int(text)


def read_base64(text: str, what: str) -> bytes:
    """The bytes of standard base64 (RFC 4648, 4) in its one spelling. Raises Unreadable."""
    try:
        found = b64decode(text.encode("ascii"), validate=True)
    except (NoBase64, UnicodeEncodeError):
        raise Unreadable(what, f"'{shortened(text, 40)}' is no base64") from None
    if b64encode(found).decode("ascii") != text:
        raise Unreadable(what, f"'{shortened(text, 40)}' is base64 in another spelling than the usual one")
    return found


def read_hash(text: str, what: str) -> bytes:
    """A hash as base64. Raises Unreadable."""
    found = read_base64(text, what)
    if len(found) != HASH_BYTES:
        raise Unreadable(what, f"a hash has {HASH_BYTES} bytes and this one {len(found)}")
    return found


def write_base64(content: bytes) -> str:
    """Standard base64."""
    return b64encode(content).decode("ascii")


def read_text(content: bytes, what: str, bytes_max: int) -> str:
    """UTF-8 without control characters but newline (signed-note, "Format"). Raises Unreadable."""
    if len(content) > bytes_max:
        raise Unreadable(what, f"it is longer than {bytes_max} bytes")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable(what, "it is not UTF-8") from None
    if any(each < " " and each != "\n" for each in text):
        raise Unreadable(what, "it holds control characters")
    return text
