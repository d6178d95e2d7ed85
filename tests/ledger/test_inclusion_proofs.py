"""Receipts (`.tlog-proof`): self-contained, offline, and refused when anything about them was changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ledger.cosignature import cosign, witness_key
from evenhand.ledger.lines import Unreadable
from evenhand.ledger.note import SignatureRefused, read_note
from evenhand.ledger.policy import Log, QuorumMissing, Witness, policy_of
from evenhand.ledger.proof import InclusionProof, read_proof
from evenhand.ledger.tiles import hash_in
from evenhand.ledger.tree import ProofRefused, inclusion_proof
from tries import tries
from written_log import log_of, signer

LOG = log_of(300)
WITNESS = "witness.example/w1"
POLICY = policy_of([Log(LOG.key)], [Witness("w1", witness_key(WITNESS, signer(WITNESS)))], 1)


def receipt(index, extra=None):
    note = read_note(LOG.files["checkpoint"])
    cosigned = note.with_signatures([cosign(note.text, WITNESS, signer(WITNESS), 1679315147)])
    hashes = inclusion_proof(index, 300, hash_in(LOG.tile, 300))
    return InclusionProof(index, tuple(hashes), cosigned, extra)


@pytest.mark.parametrize("index", [0, 1, 255, 256, 299])
@pytest.mark.parametrize("extra", [None, b"", b"salt"], ids=["without", "empty", "with"])
def test_a_receipt_proves_its_entry(index, extra):
    written = receipt(index, extra).write()

    found = read_proof(written)

    assert found == receipt(index, extra)
    assert found.write() == written
    assert found.require(LOG.entries[index], POLICY).cosigned_by == ("w1",)


def test_the_text_is_laid_out_as_the_specification_says():
    lines = receipt(7, b"x").write().decode().split("\n")

    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra eA==", "index 7"]
    assert lines[lines.index("") + 1 : lines.index("") + 3] == [LOG.origin, "300"]


def test_a_receipt_proves_no_other_entry_and_no_other_place():
    with pytest.raises(ProofRefused):
        receipt(7).require(LOG.entries[8], POLICY)
    with pytest.raises(ProofRefused):
        InclusionProof(8, receipt(7).hashes, receipt(7).checkpoint).require(LOG.entries[7], POLICY)


def test_a_receipt_without_the_witnesses_of_the_policy_is_refused():
    bare = InclusionProof(7, receipt(7).hashes, read_note(LOG.files["checkpoint"]))

    with pytest.raises(QuorumMissing):
        bare.require(LOG.entries[7], POLICY)


NOTE = receipt(0).checkpoint.write()
HEAD = b"c2sp.org/tlog-proof@v1\n"
HASH = b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        HEAD,
        HEAD + b"index 0\n",
        HEAD + b"\n" + NOTE,
        HEAD + b"index 00\n\n" + NOTE,
        HEAD + b"index -1\n\n" + NOTE,
        HEAD + b"index 0 \n\n" + NOTE,
        HEAD + b"extra ?\nindex 0\n\n" + NOTE,
        HEAD + b"index 0\nextra eA==\n\n" + NOTE,
        HEAD + b"index 0\nshort\n\n" + NOTE,
        HEAD + b"index 0\n" + HASH * 64 + b"\n" + NOTE,
        b"c2sp.org/tlog-proof@v2\nindex 0\n\n" + NOTE,
        HEAD + b"index 0\n\nno note\n",
        HEAD + b"index 0\n" + HASH * 4000 + b"\n" + NOTE,
    ],
)
def test_a_receipt_that_is_none_is_refused(content):
    with pytest.raises(Unreadable):
        read_proof(content)


def is_proven(content, entry):
    try:
        read_proof(content).require(entry, POLICY)
    except (Unreadable, SignatureRefused, QuorumMissing, ProofRefused):
        return False
    return True


@pytest.mark.check(7)
@given(st.data(), st.integers(1, 255))
@tries(300)
def test_a_receipt_with_any_byte_changed_proves_nothing(data, change):
    forged = bytearray(receipt(77).write())
    forged[data.draw(st.integers(0, len(forged) - 1))] ^= change

    assert not is_proven(bytes(forged), LOG.entries[77])


@pytest.mark.check(7)
@pytest.mark.drill
def test_a_receipt_with_any_bit_flipped_proves_nothing():
    whole = receipt(77).write()
    for at in range(len(whole)):
        for bit in range(8):
            forged = bytearray(whole)
            forged[at] ^= 1 << bit
            assert not is_proven(bytes(forged), LOG.entries[77]), (at, bit)


@pytest.mark.saboteur(7)
def test_the_changed_bytes_see_a_verification_that_is_left_out(monkeypatch):
    monkeypatch.setattr("evenhand.ledger.proof.verify_inclusion", lambda *_: None)

    with pytest.raises(AssertionError):
        test_a_receipt_with_any_byte_changed_proves_nothing()


@given(st.binary(max_size=200), st.integers(0, 400))
@tries(200)
def test_whatever_is_sent_as_a_receipt_is_read_or_refused(content, at):
    whole = receipt(3).write()
    assert is_proven(whole, LOG.entries[3])
    is_proven(whole[:at] + content + whole[at:], LOG.entries[3])
