"""The evidence of a fork that is kept in the repository still convicts the log: two notes of its own that cannot both be true."""

from __future__ import annotations

import pytest
from pages import page

from evenhand.ledger.checkpoint import Checkpoint, read_checkpoint
from evenhand.ledger.note import Note, VerifierKey, read_key, read_note
from evenhand.ledger.tree import ProofRefused, verify_consistency
from evenhand.ledger.witnessing import read_submission

KEY, FORK, UNPROVEN = (each.code for each in page("docs/evidence/fork.md").blocks("text"))


def both(evidence: str) -> tuple[Note, bytes]:
    """(what the witness had cosigned, what it was sent), as they stand in its text."""
    held, _, sent = evidence.partition("\nIt sent:\n\n")
    return read_note(held.partition("had cosigned:\n\n")[2].encode()), sent.encode()


def signed(note: Note, key: VerifierKey) -> Checkpoint:
    assert key in note.signers([key])
    return read_checkpoint(note.text)


def test_the_log_signed_two_trees_of_one_size() -> None:
    key = read_key(KEY.strip())
    held, sent = both(FORK)

    one, other = signed(held, key), signed(read_submission(sent).note, key)

    assert (one.origin, one.size) == (other.origin, other.size)
    assert one.root != other.root


def test_the_log_signed_a_tree_that_does_not_go_on_from_the_one_before() -> None:
    key = read_key(KEY.strip())
    held, sent = both(UNPROVEN)
    submission = read_submission(sent)

    one, other = signed(held, key), signed(submission.note, key)

    assert one.size == submission.old_size < other.size
    with pytest.raises(ProofRefused):
        verify_consistency(one.size, one.root, other.size, other.root, submission.proof)
    # It is a right proof of the other history, whose tree of that size the log signed as well.
    forged = signed(read_submission(both(FORK)[1]).note, key)
    verify_consistency(forged.size, forged.root, other.size, other.root, submission.proof)
