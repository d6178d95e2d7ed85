"""Receipts after C2SP tlog-proof: one entry's place in a log with all that is needed to check it offline, as one text. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

from evenhand.ledger.lines import Unreadable, read_base64, read_decimal, read_hash, read_text, write_base64
from evenhand.ledger.note import NOTE_BYTES_MAX, Note, read_note
from evenhand.ledger.policy import Policy, Witnessed
from evenhand.ledger.tree import leaf_hash, verify_inclusion

SUFFIX = ".tlog-proof"
HASHES_MAX = 63
_FIRST = "c2sp.org/tlog-proof@v1"
_BYTES_MAX = 2 * NOTE_BYTES_MAX
_WHAT = "proof of inclusion"


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """The index of an entry, the hashes from it up to the root, and the checkpoint that holds the root.

    extra: data of the application, which nothing here vouches for; None when there is none.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Note
    extra: bytes | None = None

    def write(self) -> bytes:
        """The text of a `.tlog-proof` file."""
        extra = [] if self.extra is None else [f"extra {write_base64(self.extra)}"]
        lines = [_FIRST, *extra, f"index {self.index}", *map(write_base64, self.hashes), ""]
        return "".join(f"{each}\n" for each in lines).encode() + self.checkpoint.write()

    def require(self, entry: bytes, policy: Policy) -> Witnessed:
        """The checkpoint under which this entry stands in a log that the policy believes.

        Raises Unreadable, SignatureRefused, QuorumMissing, and ProofRefused when it is not this entry or not this place.
        """
        found = policy.require(self.checkpoint)
        verify_inclusion(self.index, found.checkpoint.size, leaf_hash(entry), self.hashes, found.checkpoint.root)
        return found


def read_proof(content: bytes) -> InclusionProof:
    """What stands in a `.tlog-proof` file; nothing is verified yet. Raises Unreadable."""
    head, blank, note = read_text(content, _WHAT, _BYTES_MAX).partition("\n\n")
    lines = head.split("\n")
    if not blank or lines.pop(0) != _FIRST:
        raise Unreadable(_WHAT, f"its first line is not {_FIRST}, or it ends before its checkpoint")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = read_base64(lines.pop(0).removeprefix("extra "), _WHAT)
    if not lines or not lines[0].startswith("index "):
        raise Unreadable(_WHAT, "it does not say which index")
    index = read_decimal(lines.pop(0).removeprefix("index "), _WHAT)
    if len(lines) > HASHES_MAX:
        raise Unreadable(_WHAT, f"it has more than {HASHES_MAX} hashes")
    return InclusionProof(index, tuple(read_hash(each, _WHAT) for each in lines), read_note(note.encode()), extra)
