"""Cosignatures: the specification's example, what a witness signs, and that nothing else passes as it."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ledger.cosignature import cosign, cosigned_at, witness_key
from evenhand.ledger.lines import Unreadable
from evenhand.ledger.note import Signature, SignatureRefused, SignatureType, VerifierKey, read_key, read_note
from tries import tries
from written_log import log_of, signer

WITNESS = "witness.example/w1"
EXAMPLE = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
""".encode()


@pytest.mark.check(1)
def test_the_example_of_the_specification_says_the_time_that_it_names():
    note = read_note(EXAMPLE)

    assert [each.name for each in note.signatures] == ["example.com/behind-the-sofa", "witness.example.com/w1"]
    assert cosigned_at(note.signatures[1]) == datetime.fromtimestamp(1679315147, UTC)
    assert note.write() == EXAMPLE


def test_a_witness_signs_the_text_and_its_time():
    log = log_of(3)
    key = witness_key(WITNESS, signer(WITNESS))
    note = read_note(log.files["checkpoint"])

    cosigned = note.with_signatures([cosign(note.text, WITNESS, signer(WITNESS), 1679315147)])

    assert read_note(cosigned.write()).signers([log.key, key]) == [log.key, key]
    assert read_key(str(key)) == key
    assert cosigned_at(cosigned.signatures[-1]).timestamp() == 1679315147


def test_another_time_on_the_same_signature_is_refused():
    note = read_note(log_of(3).files["checkpoint"])
    made = cosign(note.text, WITNESS, signer(WITNESS), 1679315147)
    later = Signature(made.name, made.id, (1679315148).to_bytes(8, "big") + made.content[8:])

    with pytest.raises(SignatureRefused):
        note.with_signatures([later]).signers([witness_key(WITNESS, signer(WITNESS))])


def test_a_cosignature_of_one_tree_is_none_of_another():
    three, four = read_note(log_of(3).files["checkpoint"]), read_note(log_of(4).files["checkpoint"])
    made = cosign(three.text, WITNESS, signer(WITNESS), 1679315147)

    with pytest.raises(SignatureRefused):
        four.with_signatures([made]).signers([witness_key(WITNESS, signer(WITNESS))])


def test_a_log_signature_is_no_cosignature_although_the_key_is_one():
    """The type is part of the key's id: a log that hands out its key as a witness has not witnessed itself."""
    log = log_of(3)
    as_witness = VerifierKey(log.origin, log.signer.public_key, SignatureType.COSIGNATURE)

    assert as_witness.id != log.key.id
    assert read_note(log.files["checkpoint"]).signers([as_witness]) == []


@pytest.mark.parametrize("content", [b"", b"\xff" * 72, b"\x00" * 71], ids=["empty", "beyond the calendar", "short"])
def test_what_says_no_time_is_refused(content):
    with pytest.raises(SignatureRefused):
        cosigned_at(Signature(WITNESS, b"\x00" * 4, content))


@given(st.data(), st.integers(1, 255))
@tries(300)
def test_a_cosigned_checkpoint_with_any_byte_changed_lacks_one_of_its_signers(data, change):
    log = log_of(70)
    keys = [log.key, witness_key(WITNESS, signer(WITNESS))]
    note = read_note(log.files["checkpoint"])
    forged = bytearray(note.with_signatures([cosign(note.text, WITNESS, signer(WITNESS), 1679315147)]).write())
    forged[data.draw(st.integers(0, len(forged) - 1))] ^= change

    with suppress(Unreadable, SignatureRefused):
        assert read_note(bytes(forged)).signers(keys) != keys
