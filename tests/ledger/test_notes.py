"""Signed notes and verifier keys: the examples of their specifications, every malformed kind, every flipped byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ledger.lines import Unreadable
from evenhand.ledger.note import (
    NOTE_BYTES_MAX,
    SIGNATURES_MAX,
    Note,
    Signature,
    SignatureRefused,
    SignatureType,
    VerifierKey,
    read_key,
    read_note,
    read_signatures,
    sign_note,
)
from tries import tries
from written_log import signer

# The key, text and signature that golang.org/x/mod/sumdb/note tests itself with.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETERS = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
ENOCHS = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"


def note_of(*lines, text=TEXT):
    return (text + "\n" + "".join(lines)).encode()


# ------------------------------------------------------------------------------------------------------------- keys --
@pytest.mark.parametrize("vkey", [PETER, ENOCH])
def test_a_key_of_the_reference_implementation_reads_and_writes_back(vkey):
    key = read_key(vkey)

    assert str(key) == vkey
    assert key.type is SignatureType.ED25519


@pytest.mark.parametrize("at", range(len(PETER)))
def test_no_piece_of_a_key_is_a_key(at):
    with pytest.raises(Unreadable):
        read_key(PETER[:at])
    with pytest.raises(Unreadable):
        read_key(PETER[:at] + "\t" + PETER[at:])


@pytest.mark.parametrize(
    "vkey",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW+",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AVpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
    ids=["too long", "unknown type", "capitals", "a plus behind", "a space", "no name", "another key"],
)
def test_a_key_that_is_none_is_refused(vkey):
    with pytest.raises(Unreadable):
        read_key(vkey)


# ------------------------------------------------------------------------------------------------------------ notes --
@pytest.mark.check(1)
def test_a_note_of_the_reference_implementation_verifies():
    note = read_note(note_of(PETERS, ENOCHS))
    peter, enoch = read_key(PETER), read_key(ENOCH)

    assert note.text == TEXT
    assert note.signers([peter]) == [peter]
    assert note.signers([enoch, peter]) == [enoch, peter]
    assert note.signers([]) == []
    assert note.write() == note_of(PETERS, ENOCHS)


def test_an_unknown_key_does_not_count_and_a_forged_signature_of_a_known_one_spoils_the_note():
    forged = PETERS.replace("x08go/ZJkuBS", "x08go/ZJkuBT")

    assert read_note(note_of(PETERS)).signers([read_key(ENOCH)]) == []
    with pytest.raises(SignatureRefused):
        read_note(note_of(ENOCHS, forged)).signers([read_key(ENOCH), read_key(PETER)])
    assert read_note(note_of(ENOCHS, forged)).signers([read_key(ENOCH)]) == [read_key(ENOCH)]


def test_a_name_or_an_id_alone_makes_no_key():
    misnamed = read_note(note_of(PETERS.replace("PeterNeumann", "CarmenSandiego")))
    misnumbered = read_note(note_of(PETERS.replace("x08g", "xxxx")))

    assert misnamed.signers([read_key(PETER)]) == []
    assert misnumbered.signers([read_key(PETER)]) == []


def test_the_text_may_hold_empty_lines_and_signatures_of_its_own():
    text = "one\n\n" + PETERS + "\ntwo\n"

    note = read_note(sign_note(text, "evenhand.example/log", signer("a")).write())

    assert note.text == text
    assert note.signers([VerifierKey("evenhand.example/log", signer("a").public_key)])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"\n\n",
        TEXT.encode(),
        note_of(),
        note_of(PETERS)[:-1],
        b"\x01" + note_of(PETERS),
        b"\xff" + note_of(PETERS),
        note_of(PETERS, text="with\ttabs\n"),
        note_of(PETERS.replace("\n", "\r\n")),
        note_of(
            "— Bad Name x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
        ),
        note_of(PETERS, "Unexpected line.\n"),
        note_of("— PeterNeumann\n"),
        note_of("— PeterNeumann x08g\n"),
        note_of("— PeterNeumann x08go\n"),
        note_of("-" + PETERS[1:]),
        note_of(PETERS * (SIGNATURES_MAX + 1)),
        note_of(PETERS, text="x" * NOTE_BYTES_MAX + "\n"),
        b"\n" + PETERS.encode(),
    ],
)
def test_a_note_that_is_none_is_refused(content):
    with pytest.raises(Unreadable):
        read_note(content)


def test_as_many_signatures_as_the_specification_asks_for_are_taken():
    others = [Signature(f"other{number}", b"\x00" * 4, b"\x01" * 5000).line for number in range(2)]
    note = read_note(note_of(*([ENOCHS] * 14), *others))

    assert len(note.signatures) == 16


def test_base64_in_a_second_spelling_is_refused():
    """The last character before the = has bits that nobody reads: set, they would make another text of the same signature."""
    with pytest.raises(Unreadable):
        read_note(note_of(PETERS.replace("AM=\n", "AN=\n")))


def test_a_newer_signature_of_one_key_takes_the_place_of_the_older():
    note = read_note(note_of(PETERS, ENOCHS))
    newer = Signature("EnochRoot", read_key(ENOCH).id, b"new")

    assert note.with_signatures([newer]).signatures == (note.signatures[0], newer)


@pytest.mark.parametrize("text", ["", "\n", "no end", "a tab\t\n", "\x00\n"])
def test_what_is_no_text_of_a_note_is_not_signed(text):
    with pytest.raises(Unreadable):
        sign_note(text, "evenhand.example/log", signer("a"))


@given(st.binary(max_size=200))
@tries(200)
def test_whatever_is_sent_as_a_note_is_read_or_refused(content):
    for read in (read_note, lambda each: read_key(each.decode("utf-8", "replace"))):
        try:
            read(content)
        except Unreadable:
            continue


@pytest.mark.check(7)
@given(st.integers(0, len(note_of(PETERS)) - 1), st.integers(1, 255))
@tries(300)
def test_a_note_with_any_byte_changed_is_not_signed(at, change):
    forged = bytearray(note_of(PETERS))
    forged[at] ^= change

    assert not is_signed(bytes(forged), read_key(PETER))


@pytest.mark.check(7)
@pytest.mark.drill
def test_a_note_with_any_bit_flipped_is_not_signed():
    whole = note_of(PETERS)
    for at in range(len(whole)):
        for bit in range(8):
            forged = bytearray(whole)
            forged[at] ^= 1 << bit
            assert not is_signed(bytes(forged), read_key(PETER)), (at, bit)


@pytest.mark.saboteur(7)
def test_the_flipped_bytes_see_a_check_that_is_left_out(monkeypatch):
    monkeypatch.setattr(VerifierKey, "verify", lambda *_: None)

    with pytest.raises(AssertionError):
        test_a_note_with_any_byte_changed_is_not_signed()


def is_signed(content, key):
    try:
        return read_note(content).signers([key]) == [key]
    except (Unreadable, SignatureRefused):
        return False


# ----------------------------------------------------------------------------------------------------- cosignatures --
def test_a_cosignature_of_another_length_or_without_time_is_refused():
    key = VerifierKey("witness.example/w1", signer("w").public_key, SignatureType.COSIGNATURE)
    for content in (b"", b"x" * 64, b"\x00" * 72, b"\xff" * 72, b"x" * 73):
        with pytest.raises(SignatureRefused):
            Note("a\n", (Signature(key.name, key.id, content),)).signers([key])


def test_the_lines_of_a_witness_read_like_those_of_a_note():
    assert read_signatures(PETERS + ENOCHS) == read_note(note_of(PETERS, ENOCHS)).signatures
    for lines in ("", "\n", PETERS[:-1], PETERS + "\n", "nothing\n"):
        with pytest.raises(Unreadable):
            read_signatures(lines)
