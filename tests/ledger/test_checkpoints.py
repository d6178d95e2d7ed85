"""Checkpoints: the example of the specification, its rules, and that only the log itself speaks for itself."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ledger.checkpoint import Checkpoint, log_key, open_checkpoint, read_checkpoint, sign_checkpoint
from evenhand.ledger.lines import Unreadable
from evenhand.ledger.note import SignatureRefused, VerifierKey, read_note, sign_note
from evenhand.ledger.tree import EMPTY_ROOT
from tries import tries
from written_log import log_of, signer

EXAMPLE = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
""".encode()
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


@pytest.mark.check(1)
def test_the_example_of_the_specification_reads_and_writes_back():
    note = read_note(EXAMPLE)
    checkpoint = read_checkpoint(note.text)

    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.root.hex() == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
    assert checkpoint.text == note.text
    assert note.write() == EXAMPLE


def test_a_checkpoint_opens_under_its_logs_key():
    log = log_of(5)

    checkpoint, note = open_checkpoint(log.files["checkpoint"], log.key)

    assert checkpoint == Checkpoint(log.origin, 5, log.checkpoint.root)
    assert note.signers([log.key]) == [log.key]


def test_extension_lines_are_kept():
    checkpoint = Checkpoint("evenhand.example/log", 1, EMPTY_ROOT, ("one", "two"))

    assert read_checkpoint(checkpoint.text) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "o\n1\n",
        f"o\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"o\n01\n{ROOT}\n",
        f"o\n+1\n{ROOT}\n",
        f"o\n-1\n{ROOT}\n",
        f"o\n 1\n{ROOT}\n",
        f"o\n1.0\n{ROOT}\n",
        f"o\n١\n{ROOT}\n",
        f"o\n{2**63}\n{ROOT}\n",
        f"o\n{'9' * 5000}\n{ROOT}\n",
        f"o\n1\n{ROOT[:-1]}\n",
        f"o\n1\n{ROOT[:-2]}J=\n",
        f"o\n1\n{ROOT} \n",
        "o\n1\nAAAA\n",
        f"o\n1\n{ROOT}\n\n",
        f"o\n1\n{ROOT}\n\nmore\n",
        f"o\n0\n{ROOT}\n",
    ],
)
def test_a_checkpoint_that_is_none_is_refused(text):
    with pytest.raises(Unreadable):
        read_checkpoint(text)


def test_another_logs_checkpoint_does_not_pass_as_this_ones():
    log, other = log_of(3), log_of(3, "evenhand.example/log/other")

    with pytest.raises(SignatureRefused):
        open_checkpoint(other.files["checkpoint"], log.key)


def test_a_key_that_signs_two_logs_does_not_make_one_of_them_the_other():
    """Signed by this log's key, but as a checkpoint of another origin."""
    log = log_of(3)
    borrowed = sign_note(Checkpoint("evenhand.example/log/other", 3, EMPTY_ROOT).text, log.origin, log.signer)

    with pytest.raises(SignatureRefused):
        open_checkpoint(borrowed.write(), log.key)


def test_a_checkpoint_signed_by_nobody_known_is_refused():
    log = log_of(3)

    with pytest.raises(SignatureRefused):
        open_checkpoint(log.files["checkpoint"], VerifierKey(log.origin, signer("a stranger").public_key))


def test_what_is_no_checkpoint_is_not_signed():
    with pytest.raises(Unreadable):
        sign_checkpoint(Checkpoint("evenhand.example/log", -1, EMPTY_ROOT), signer("log"))
    with pytest.raises(Unreadable):
        sign_checkpoint(Checkpoint("two\nlines", 1, EMPTY_ROOT), signer("log"))
    with pytest.raises(Unreadable):
        log_key("a name with spaces", signer("log"))


@pytest.mark.check(7)
@given(st.data(), st.integers(1, 255))
@tries(300)
def test_a_checkpoint_with_any_byte_changed_is_refused(data, change):
    log = log_of(70)
    forged = bytearray(log.files["checkpoint"])
    forged[data.draw(st.integers(0, len(forged) - 1))] ^= change

    with pytest.raises((Unreadable, SignatureRefused)):
        open_checkpoint(bytes(forged), log.key)


@pytest.mark.check(7)
@pytest.mark.drill
def test_a_checkpoint_with_any_bit_flipped_is_refused():
    log = log_of(70)
    whole = log.files["checkpoint"]
    for at in range(len(whole)):
        for bit in range(8):
            forged = bytearray(whole)
            forged[at] ^= 1 << bit
            with pytest.raises((Unreadable, SignatureRefused)):
                open_checkpoint(bytes(forged), log.key)


# --------------------------------------------------------------------------------------------- a real log of other people --
# Two checkpoints of Sigstore's staging log, and its key: sigstore-conformance, bundle-verify/rekor2-happy-path and
# rekor2-dsse-happy-path.
REKOR = VerifierKey(
    "log2025-alpha1.rekor.sigstage.dev",
    b64decode("MCowBQYDK2VwAyEAPn+AREHoBaZ7wgS1zBqpxmLSGnyhxXj4lFxSdWVB8o8=")[-32:],
)
REKOR_736 = """log2025-alpha1.rekor.sigstage.dev
736
rs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTDI=

— log2025-alpha1.rekor.sigstage.dev 8w1amdbj1mjNN674dHAkD92+QZoEgBC7o0mXYSTRluDjQrOPjrps3zQB9ut+ShLepyZPsWBDi5IB3yXyjgjQT6OG9A8=
"""
REKOR_7132 = """log2025-alpha1.rekor.sigstage.dev
7132
oxP/ea30nl5qRXK7CWd0YGGajQNclTGmRbyTqZVS0AU=

— log2025-alpha1.rekor.sigstage.dev 8w1amVmcxxHofaeiQdnXseduy+i75L3TKSG91maGEGjUkBbuRQ4oDZ08bVTO9M+MQJMfz0+vbuOeBrr8yYsofI36egQ=
"""


@pytest.mark.check(1)
@pytest.mark.parametrize(("content", "size"), [(REKOR_736, 736), (REKOR_7132, 7132)])
def test_checkpoints_of_a_real_log_open_under_its_key(content, size):
    checkpoint, note = open_checkpoint(content.encode(), REKOR)

    assert (checkpoint.origin, checkpoint.size) == (REKOR.name, size)
    assert REKOR.id.hex() == "f30d5a99"
    assert note.write() == content.encode()


HEAD, SIGNED = REKOR_736.split("\n\n")
# The kinds of broken checkpoints that Sigstore's conformance suite names, made of the real one.
BROKEN = {
    "missing origin": REKOR_736.removeprefix("log2025-alpha1.rekor.sigstage.dev\n"),
    "origin not first": REKOR_736.replace("log2025", "first.example\nlog2025", 1),
    "missing size": REKOR_736.replace("\n736\n", "\n"),
    "missing root hash": REKOR_736.replace("\nrs1YPY0ydAV0lxgfrq5pE4oRpUJwo3syeps5+eGUTDI=", ""),
    "missing log signature": REKOR_736.replace(SIGNED, ""),
    "missing separator": REKOR_736.replace("\n\n", "\n"),
    "no matching signature": REKOR_736.replace("— log2025-alpha1.", "— log2025-alpha2."),
    "bad key hint": REKOR_736.replace(" 8w1amd", " 9w1amd"),
    "invalid signature": REKOR_736.replace(SIGNED, REKOR_7132.split("\n\n")[1]),
    "another size": REKOR_736.replace("\n736\n", "\n737\n"),
    "two signatures, one of them invalid": REKOR_736 + REKOR_7132.split("\n\n")[1],
}


@pytest.mark.check(1)
@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_checkpoint_of_a_real_log_is_refused(content):
    with pytest.raises((Unreadable, SignatureRefused)):
        open_checkpoint(content.encode(), REKOR)


@pytest.mark.saboteur(1)
def test_the_broken_checkpoints_see_a_signature_that_is_not_looked_at(monkeypatch):
    monkeypatch.setattr(VerifierKey, "verify", lambda *_: None)

    with pytest.raises(pytest.fail.Exception):
        test_a_broken_checkpoint_of_a_real_log_is_refused(BROKEN["invalid signature"])


def test_signatures_of_strangers_beside_the_logs_own_change_nothing():
    stranger = sign_note(HEAD + "\n", "witness.example/w1", signer("w")).signatures

    checkpoint, note = open_checkpoint(read_note(REKOR_736.encode()).with_signatures(stranger).write(), REKOR)

    assert checkpoint.size == 736
    assert len(note.signatures) == 2
