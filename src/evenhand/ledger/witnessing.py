"""The rules of a witness after C2SP tlog-witness: what is sent to it, what it checks, and what it answers. No I/O.

A witness knows one thing of each log: the last checkpoint that it cosigned. It cosigns the next one only when a proof shows
that nothing before it was changed; so whoever sees its cosignature sees the same history as everybody else who does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from evenhand.core.errors import PlatformError, shortened
from evenhand.ledger.checkpoint import Checkpoint, read_checkpoint
from evenhand.ledger.lines import Unreadable, read_decimal, read_hash, read_text, write_base64
from evenhand.ledger.note import NOTE_BYTES_MAX, Note, SignatureRefused, VerifierKey, read_note
from evenhand.ledger.tree import ProofRefused, verify_consistency

PATH = "/add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"
BODY_BYTES_MAX = NOTE_BYTES_MAX + 4096
HASHES_MAX = 63
_WHAT = "request to a witness"


class Answer(IntEnum):
    """What a witness answers to, beside 200 (tlog-witness, "add-checkpoint")."""

    MALFORMED = 400
    NOT_SIGNED = 403
    UNKNOWN_LOG = 404
    NOT_FROM_HERE = 409
    NOT_CONSISTENT = 422


@dataclass(eq=False)
class WitnessRefused(PlatformError):
    """The witness does not cosign this checkpoint.

    held_size: the size of the last checkpoint that it cosigned, when the answer names it. is_evidence: the log signed something
    that cannot go together with what it signed before, so that what was sent is worth keeping.
    """

    answer: Answer
    reason: str
    held_size: int | None = None
    is_evidence: bool = False
    code: ClassVar[str] = "witness-refused"
    hint: ClassVar[str] = (
        "Send a consistency proof from the size that the witness names; if it has no such tree, ask why."
    )

    def __str__(self) -> str:
        return f"The witness does not cosign: {self.reason}."


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint with the proof that it continues the one of `old_size`. note: the checkpoint with all its signatures."""

    old_size: int
    proof: tuple[bytes, ...]
    note: Note

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says. Raises Unreadable."""
        return read_checkpoint(self.note.text)

    def write(self) -> bytes:
        """The body of the request."""
        lines = [f"old {self.old_size}", *map(write_base64, self.proof), ""]
        return "".join(f"{each}\n" for each in lines).encode() + self.note.write()


def read_submission(body: bytes) -> Submission:
    """What was sent to a witness; nothing is verified yet. Raises Unreadable."""
    head, blank, note = read_text(body, _WHAT, BODY_BYTES_MAX).partition("\n\n")
    first, *hashes = head.split("\n")
    if not blank or not first.startswith("old "):
        raise Unreadable(_WHAT, "it does not begin with the old size, or it ends before its checkpoint")
    if len(hashes) > HASHES_MAX:
        raise Unreadable(_WHAT, f"it has more than {HASHES_MAX} hashes")
    old_size = read_decimal(first.removeprefix("old "), _WHAT)
    found = Submission(old_size, tuple(read_hash(each, _WHAT) for each in hashes), read_note(note.encode()))
    read_checkpoint(found.note.text)
    return found


def require_continuation(submission: Submission, keys: Sequence[VerifierKey], held: Checkpoint | None) -> Checkpoint:
    """The checkpoint to hold from now on and to cosign, or WitnessRefused.

    keys: those that the witness trusts for any log; a log may have several. held: the last checkpoint that it cosigned for this
    origin, None when there was none. The order of the checks is the specification's.
    """
    checkpoint = submission.checkpoint
    own = [each for each in keys if each.name == checkpoint.origin]
    if not own:
        raise WitnessRefused(Answer.UNKNOWN_LOG, f"it does not follow the log {shortened(checkpoint.origin, 200)}")
    _require_signature(submission.note, own)
    if submission.old_size > checkpoint.size:
        raise WitnessRefused(
            Answer.MALFORMED, f"from {submission.old_size} entries back to {checkpoint.size} is no way on"
        )
    held_size = held.size if held else 0
    if submission.old_size != held_size:
        raise WitnessRefused(
            Answer.NOT_FROM_HERE, f"the last checkpoint that it cosigned has {held_size} entries", held_size
        )
    if held is not None and held.size == checkpoint.size and held.root != checkpoint.root:
        raise WitnessRefused(
            Answer.NOT_FROM_HERE, f"the log signed two trees of {held_size} entries", held_size, is_evidence=True
        )
    _require_proof(submission, checkpoint, held)
    return checkpoint


def _require_signature(note: Note, own: Sequence[VerifierKey]) -> None:
    try:
        signers = note.signers(own)
    except SignatureRefused as error:
        raise WitnessRefused(Answer.NOT_SIGNED, error.reason) from None
    if not signers:
        raise WitnessRefused(Answer.NOT_SIGNED, "no known key of this log signed it")


def _require_proof(submission: Submission, checkpoint: Checkpoint, held: Checkpoint | None) -> None:
    if held is None or held.size == 0:
        if submission.proof:
            raise WitnessRefused(Answer.NOT_CONSISTENT, "from an empty log there is nothing to prove")
        return
    try:
        verify_consistency(held.size, held.root, checkpoint.size, checkpoint.root, submission.proof)
    except ProofRefused as error:
        # A careless log may send a wrong proof of a right tree; both checkpoints together let others decide.
        raise WitnessRefused(Answer.NOT_CONSISTENT, error.reason, is_evidence=True) from None
