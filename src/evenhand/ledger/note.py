"""Signed notes after C2SP signed-note v1.0.0: a text, and below it the signatures of those who stand for it. No I/O.

Two signature types are spoken: Ed25519 (0x01), with which a log signs its checkpoints, and cosignature/v1 (0x04), with which a
witness says when it saw one. Signatures of other types and of unknown keys are carried along and never counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from hashlib import sha256
from typing import ClassVar, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evenhand.core.errors import PlatformError, shortened
from evenhand.ledger.lines import Unreadable, read_base64, read_text, write_base64

NOTE_BYTES_MAX = 64 * 1024
SIGNATURES_MAX = 64
_DASH = "\N{EM DASH}"
_KEY_BYTES = 32
_SIGNATURE_BYTES = 64
_TIME_BYTES = 8
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)
_NOTE, _KEY = "signed note", "verifier key"


@dataclass(eq=False)
class SignatureRefused(PlatformError):
    """The note is not signed by whom it should be."""

    name: str
    reason: str
    code: ClassVar[str] = "signature-refused"
    hint: ClassVar[str] = "Compare the key with the one in your contract; believe nothing of what the note says."

    def __str__(self) -> str:
        return f"The signature of {shortened(self.name, 200)} is refused: {self.reason}."


class Signer(Protocol):
    """The port to whoever holds an Ed25519 key: the vault for the keys of logs, a witness for its own."""

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """The signature (RFC 8032), 64 bytes."""


class SignatureType(IntEnum):
    """The identifier byte of a signature type (signed-note, "Signature types")."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class Signature:
    """One line below a note. id: the four bytes that, with the name, tell which key it is."""

    name: str
    id: bytes
    content: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note, with its newline."""
        return f"{_DASH} {self.name} {write_base64(self.id + self.content)}\n"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Whose signature counts: a name, a type and a public key. Written as a vkey: `name+id+base64`."""

    name: str
    public_key: bytes
    type: SignatureType = SignatureType.ED25519

    def __post_init__(self) -> None:
        require_name(self.name, _KEY)
        if len(self.public_key) != _KEY_BYTES:
            raise Unreadable(_KEY, f"a public key has {_KEY_BYTES} bytes and this one {len(self.public_key)}")

    @property
    def id(self) -> bytes:
        """The first four bytes of SHA-256(name || newline || type || public key)."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public_key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{write_base64(bytes([self.type]) + self.public_key)}"

    def made(self, signature: Signature) -> bool:
        """Whether a signature says that it is this key's. It may still be forged."""
        return signature.name == self.name and signature.id == self.id

    def verify(self, text: str, signature: Signature) -> None:
        """Raises SignatureRefused unless this key signed this text."""
        try:
            message, content = _signed(self.type, text, signature.content)
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(content, message)
        except (InvalidSignature, ValueError):
            raise SignatureRefused(self.name, "it does not belong to this text and key") from None


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends with a newline, and its signatures. Nothing in it is to be believed before `signers` named a known key."""

    text: str
    signatures: tuple[Signature, ...]

    def write(self) -> bytes:
        """The note as it is published."""
        return (self.text + "\n" + "".join(each.line for each in self.signatures)).encode()

    def signers(self, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
        """Those of the keys that signed, in the order they are given. Raises SignatureRefused for a forged signature of one."""
        found = []
        for key in keys:
            own = [each for each in self.signatures if key.made(each)]
            for each in own:
                key.verify(self.text, each)
            if own:
                found.append(key)
        return found

    def with_signatures(self, more: Sequence[Signature]) -> Note:
        """The same note with more signatures; a newer one of the same key takes the place of the older."""
        newer = {(each.name, each.id) for each in more}
        kept = [each for each in self.signatures if (each.name, each.id) not in newer]
        return replace(self, signatures=(*kept, *more))


def sign_note(text: str, name: str, signer: Signer) -> Note:
    """A note over a text, signed with type 0x01 under this name. Raises Unreadable for a text that is none of a note."""
    if not text.endswith("\n") or len(text) < 2:
        raise Unreadable(_NOTE, "its text does not end with a newline")
    read_text(text.encode(), _NOTE, NOTE_BYTES_MAX)
    key = VerifierKey(name, signer.public_key)
    return Note(text, (Signature(name, key.id, signer.sign(text.encode())),))


def read_note(content: bytes) -> Note:
    """What stands in a signed note; nobody's signature is checked. Raises Unreadable."""
    text = read_text(content, _NOTE, NOTE_BYTES_MAX)
    body, blank, below = text.rpartition("\n\n")
    if not blank or not body or not below:
        raise Unreadable(_NOTE, "there are no signatures below a blank line")
    return Note(body + "\n", read_signatures(below))


def read_signatures(lines: str) -> tuple[Signature, ...]:
    """The signature lines of a note, or of a witness's answer. Raises Unreadable."""
    if not lines.endswith("\n"):
        raise Unreadable(_NOTE, "its last line does not end")
    found = lines[:-1].split("\n")
    if len(found) > SIGNATURES_MAX:
        raise Unreadable(_NOTE, f"it has more than {SIGNATURES_MAX} signatures")
    return tuple(_read_signature(each) for each in found)


def read_key(vkey: str) -> VerifierKey:
    """The key that a vkey spells (signed-note, "Verifier keys"). Raises Unreadable, also for a type that is not spoken here."""
    name, _, rest = vkey.partition("+")
    key_id, _, encoded = rest.partition("+")
    require_name(name, _KEY)
    content = read_base64(encoded, _KEY)
    if not _KEY_ID.fullmatch(key_id) or not content:
        raise Unreadable(_KEY, "it is not written as name+id+key")
    try:
        kind = SignatureType(content[0])
    except ValueError:
        raise Unreadable(_KEY, f"signatures of type {content[0]} are not spoken here") from None
    key = VerifierKey(name, content[1:], kind)
    if key.id.hex() != key_id:
        raise Unreadable(_KEY, f"its id should be {key.id.hex()}, so something in it was changed")
    return key


def require_name(name: str, what: str) -> None:
    """Raises Unreadable unless this may be the name of a key: not empty, no white space, no plus, no control character."""
    # Surrogates are what octets become that are no UTF-8.
    if not name or "+" in name or any(each.isspace() or each < " " or "\ud800" <= each <= "\udfff" for each in name):
        raise Unreadable(what, f"'{shortened(name, 80)}' is no name of a key")


def _read_signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != _DASH:
        raise Unreadable(_NOTE, f"'{shortened(line, 80)}' is no signature")
    require_name(name, _NOTE)
    content = read_base64(encoded, _NOTE)
    if len(content) < 5:
        raise Unreadable(_NOTE, "a signature is too short to be one")
    return Signature(name, content[:4], content[4:])


# -------------------------------------------------------------------------------------------------------- what is signed --
def cosigned_message(text: str, seconds: int) -> bytes:
    """What a witness signs (tlog-cosignature, "Ed25519 signed message"). seconds: since the epoch."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def split_timestamp(content: bytes) -> tuple[int, bytes]:
    """The seconds since the epoch at which a witness signed, and the bare signature. Raises ValueError for another length."""
    if len(content) != _TIME_BYTES + _SIGNATURE_BYTES:
        raise ValueError("no timestamped signature")
    return int.from_bytes(content[:_TIME_BYTES], "big"), content[_TIME_BYTES:]


def _signed(kind: SignatureType, text: str, content: bytes) -> tuple[bytes, bytes]:
    if kind is SignatureType.ED25519:
        return text.encode(), content
    seconds, bare = split_timestamp(content)
    if not 0 < seconds < 2**63:
        raise ValueError("no time")
    return cosigned_message(text, seconds), bare
