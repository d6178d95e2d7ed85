"""Checkpoints after C2SP tlog-checkpoint v1.0.0: what a log says its tree is, as a signed note. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evenhand.core.errors import shortened
from evenhand.ledger.lines import Unreadable, read_decimal, read_hash, write_base64
from evenhand.ledger.note import Note, SignatureRefused, SignatureType, Signer, VerifierKey, read_note, sign_note
from evenhand.ledger.tree import EMPTY_ROOT

_WHAT = "checkpoint"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log's tree: who the log is, how many entries it has, and the root over them.

    extensions: further lines, which nobody audits; ours have none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    content_type: ClassVar[str] = "text/plain; charset=utf-8"

    @property
    def text(self) -> str:
        """The text of the note."""
        lines = (self.origin, str(self.size), write_base64(self.root), *self.extensions)
        return "".join(f"{each}\n" for each in lines)


def read_checkpoint(text: str) -> Checkpoint:
    """What the text of a note says. Raises Unreadable."""
    if not text.endswith("\n"):
        raise Unreadable(_WHAT, "its last line does not end")
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise Unreadable(_WHAT, "it does not consist of three or more lines, none of them empty")
    origin, size, root, *extensions = lines
    found = Checkpoint(origin, read_decimal(size, _WHAT), read_hash(root, _WHAT), tuple(extensions))
    if found.size == 0 and found.root != EMPTY_ROOT:
        raise Unreadable(_WHAT, "a log without entries has no such root")
    return found


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> Note:
    """A checkpoint signed by its log, whose key is named after the origin."""
    read_checkpoint(checkpoint.text)
    return sign_note(checkpoint.text, checkpoint.origin, signer)


def log_key(origin: str, signer: Signer) -> VerifierKey:
    """The key under which a log's checkpoints verify: what goes into contracts and policies."""
    return VerifierKey(origin, signer.public_key, SignatureType.ED25519)


def open_checkpoint(content: bytes, key: VerifierKey) -> tuple[Checkpoint, Note]:
    """What a log signed, and the note with all its signatures. Raises Unreadable, SignatureRefused unless this key signed it."""
    note = read_note(content)
    checkpoint = read_checkpoint(note.text)
    require_signed(checkpoint, note, key)
    return checkpoint, note


def require_signed(checkpoint: Checkpoint, note: Note, key: VerifierKey) -> None:
    """Raises SignatureRefused unless the log of this key signed it, as its own."""
    if checkpoint.origin != key.name:
        raise SignatureRefused(key.name, f"this is a checkpoint of another log, {shortened(checkpoint.origin, 200)}")
    if not note.signers([key]):
        raise SignatureRefused(key.name, "there is none of this key")
