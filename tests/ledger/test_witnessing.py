"""The rules of a witness, each by the status that the specification gives it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ledger.checkpoint import Checkpoint, sign_checkpoint
from evenhand.ledger.lines import Unreadable
from evenhand.ledger.note import VerifierKey
from evenhand.ledger.tiles import hash_in
from evenhand.ledger.tree import EMPTY_ROOT, consistency_proof
from evenhand.ledger.witnessing import (
    Answer,
    Submission,
    WitnessRefused,
    read_submission,
    require_continuation,
)
from tries import tries
from written_log import WrittenLog, log_of, signer

LOG = log_of(700)
FORK = log_of(700, word="forged")


def submission(old_size, size, log=LOG):
    proof = consistency_proof(old_size, size, hash_in(log_of(size, log.origin, word_of(log)).tile, size))
    return Submission(old_size, tuple(proof), log.note_at(size))


def word_of(log):
    return "forged" if log is FORK else "entry"


def refusal(given, held, keys=(LOG.key,)):
    with pytest.raises(WitnessRefused) as refused:
        require_continuation(given, keys, held)
    return refused.value


def test_the_request_is_laid_out_as_the_specification_says():
    body = submission(5, 9).write()

    lines = body.decode().split("\n")
    assert lines[0] == "old 5"
    assert lines[lines.index("") + 1 : lines.index("") + 3] == [LOG.origin, "9"]
    assert read_submission(body) == submission(5, 9)


@pytest.mark.parametrize(("old_size", "size"), [(0, 0), (0, 1), (0, 700), (1, 2), (300, 300), (300, 700), (699, 700)])
def test_a_log_that_goes_on_is_cosigned(old_size, size):
    held = LOG.checkpoint_at(old_size) if old_size else None

    assert require_continuation(submission(old_size, size), [LOG.key], held) == LOG.checkpoint_at(size)


def test_an_unknown_log_is_404():
    other = log_of(5, "evenhand.example/log/other")

    assert refusal(Submission(0, (), other.note_at(5)), None).answer == Answer.UNKNOWN_LOG == 404


def test_a_checkpoint_that_no_known_key_signed_is_403():
    strangers = sign_checkpoint(LOG.checkpoint_at(5), signer("a stranger"))

    assert refusal(Submission(0, (), strangers), None).answer == Answer.NOT_SIGNED == 403


def test_a_forged_signature_of_a_known_key_is_403():
    forged = Submission(0, (), LOG.note_at(5).with_signatures(LOG.note_at(6).signatures))

    assert refusal(forged, None).answer == Answer.NOT_SIGNED


def test_one_of_several_keys_of_a_log_is_enough():
    second = VerifierKey(LOG.origin, signer("the next key").public_key)

    assert require_continuation(submission(0, 5), [second, LOG.key], None).size == 5


def test_a_way_back_is_400():
    given = Submission(9, (), LOG.note_at(5))

    assert refusal(given, LOG.checkpoint_at(9)).answer == Answer.MALFORMED == 400


@pytest.mark.parametrize("held_size", [0, 4, 6, 700])
def test_another_old_size_than_the_held_one_is_409_with_that_size(held_size):
    refused = refusal(submission(5, 9), LOG.checkpoint_at(held_size) if held_size else None)

    assert (refused.answer, refused.held_size) == (Answer.NOT_FROM_HERE, held_size)
    assert not refused.is_evidence


def test_two_trees_of_one_size_are_409_and_evidence():
    refused = refusal(submission(300, 300, FORK), LOG.checkpoint_at(300), (FORK.key,))

    assert (refused.answer, refused.held_size, refused.is_evidence) == (Answer.NOT_FROM_HERE, 300, True)


def test_a_forked_history_is_422_and_evidence():
    refused = refusal(submission(300, 700, FORK), LOG.checkpoint_at(300), (FORK.key,))

    assert (refused.answer, refused.is_evidence) == (Answer.NOT_CONSISTENT, True)


def test_a_proof_from_nothing_is_422():
    given = Submission(0, (EMPTY_ROOT,), LOG.note_at(5))

    assert refusal(given, None).answer == Answer.NOT_CONSISTENT == 422


def test_a_proof_between_trees_of_one_size_is_422():
    given = Submission(5, (EMPTY_ROOT,), LOG.note_at(5))

    assert refusal(given, LOG.checkpoint_at(5)).answer == Answer.NOT_CONSISTENT


def test_a_log_that_was_cosigned_when_empty_goes_on_from_nothing():
    empty = Checkpoint(LOG.origin, 0, EMPTY_ROOT)

    assert require_continuation(submission(0, 5), [LOG.key], empty).size == 5


@given(st.integers(1, 60), st.integers(1, 60), st.data())
@tries(100)
def test_whatever_the_log_rewrites_before_the_held_size_is_refused(held_size, more, data):
    honest = [f"entry {number}".encode() for number in range(held_size + more)]
    changed = data.draw(st.integers(0, held_size - 1))
    forged = WrittenLog().append(*honest[:changed], b"another", *honest[changed + 1 :])
    held = WrittenLog().append(*honest).checkpoint_at(held_size)
    size = len(forged.entries)
    given = Submission(
        held_size, tuple(consistency_proof(held_size, size, hash_in(forged.tile, size))), forged.note_at(size)
    )

    assert refusal(given, held, (forged.key,)).answer == Answer.NOT_CONSISTENT


def test_the_rewritten_histories_see_a_witness_that_checks_no_proof(monkeypatch):
    monkeypatch.setattr("evenhand.ledger.witnessing.verify_consistency", lambda *_: None)

    with pytest.raises(BaseException, match="DID NOT RAISE"):
        test_whatever_the_log_rewrites_before_the_held_size_is_refused()


NOTE = LOG.note_at(5).write()
HASH = b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        NOTE,
        b"old 0\n" + NOTE,
        b"old\n\n" + NOTE,
        b"old 00\n\n" + NOTE,
        b"old -1\n\n" + NOTE,
        b"old 0\r\n\r\n" + NOTE,
        b"old 1\nx\n\n" + NOTE,
        b"old 1\n" + HASH * 64 + b"\n" + NOTE,
        b"old 0\n\n" + NOTE[:-1],
        b"old 0\n\nnothing\n",
        b"old 0\n\n" + b"x" * 100_000,
        b"\xff\n\n" + NOTE,
        "old ٠\n\n".encode() + NOTE,
        b"old 0\n\na\nb\nc\n\n" + NOTE.split(b"\n\n")[1],
    ],
)
def test_a_request_that_is_none_is_refused(body):
    with pytest.raises(Unreadable):
        read_submission(body)


@given(st.binary(max_size=200), st.integers(0, 400))
@tries(200)
def test_whatever_is_sent_is_cosigned_or_refused(content, at):
    body = submission(5, 9).write()
    try:
        found = require_continuation(read_submission(body[:at] + content + body[at:]), [LOG.key], LOG.checkpoint_at(5))
    except (Unreadable, WitnessRefused):
        return
    assert found == LOG.checkpoint_at(9)
