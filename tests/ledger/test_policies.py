"""Trust policies: the text that people agree on decides, and says where it is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ledger.cosignature import cosign, witness_key
from evenhand.ledger.lines import Unreadable
from evenhand.ledger.note import Note, Signature, SignatureRefused, read_note
from evenhand.ledger.policy import Log, Policy, QuorumMissing, Witness, policy_of, read_policy
from tries import tries
from written_log import log_of, signer

NAMES = ("X1", "X2", "X3", "Y1", "Y2", "Y3")
LOG = log_of(9)


def key_of(name):
    return witness_key(f"{name.lower()}.example/witness", signer(name))


def witness(name, url=None):
    return Witness(name, key_of(name), url)


def cosigned_by(*names):
    note = read_note(LOG.files["checkpoint"])
    made = [cosign(note.text, f"{each.lower()}.example/witness", signer(each), 1679315147) for each in names]
    return note.with_signatures(made)


# The example of the specification, with keys.
EXAMPLE = f"""
log {LOG.key}

witness X1 {key_of("X1")}
witness X2 {key_of("X2")}
witness X3 {key_of("X3")}
group X-witnesses 2 X1 X2 X3

witness Y1 {key_of("Y1")}
witness Y2 {key_of("Y2")}
witness Y3 {key_of("Y3")}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
""".encode()


@pytest.mark.check(1)
def test_the_example_of_the_specification_reads_and_writes_back():
    policy = read_policy(EXAMPLE)

    assert [each.name for each in policy.witnesses] == list(NAMES)
    assert [(each.name, each.threshold) for each in policy.groups] == [
        ("X-witnesses", 2),
        ("Y-witnesses", 1),
        ("X-and-Y", 2),
    ]
    assert read_policy(policy.write()) == policy


@pytest.mark.parametrize(
    ("names", "is_enough"),
    [
        ([], False),
        (["X1", "X2"], False),
        (["X1", "X2", "X3"], False),
        (["Y1", "Y2", "Y3"], False),
        (["X1", "Y1"], False),
        (["X1", "X3", "Y2"], True),
        (list(NAMES), True),
    ],
    ids=lambda value: "+".join(value) or "nobody" if isinstance(value, list) else str(value),
)
def test_a_quorum_of_groups_is_met_by_whom_the_example_says(names, is_enough):
    policy = read_policy(EXAMPLE)

    assert policy.is_met_by(names) is is_enough
    if is_enough:
        found = policy.require(cosigned_by(*names))
        assert (found.log.key, found.cosigned_by, found.checkpoint.size) == (LOG.key, tuple(names), 9)
    else:
        with pytest.raises(QuorumMissing):
            policy.require(cosigned_by(*names))


def test_no_quorum_asks_for_the_logs_signature_alone():
    policy = read_policy(f"log {LOG.key}\nquorum none\n".encode())

    assert policy.require(cosigned_by()).cosigned_by == ()
    with pytest.raises(SignatureRefused):
        policy.require(read_note(log_of(9, "evenhand.example/log/other").files["checkpoint"]))


def test_a_checkpoint_that_no_log_signed_is_refused_however_many_cosigned():
    policy = read_policy(EXAMPLE)
    whole = cosigned_by(*NAMES)

    with pytest.raises(SignatureRefused):
        policy.require(Note(whole.text, whole.signatures[1:]))


def test_a_forged_cosignature_of_a_known_witness_spoils_the_checkpoint():
    policy = read_policy(EXAMPLE)
    forged = Signature("x1.example/witness", key_of("X1").id, b"\x00" * 7 + b"\x01" + b"\x00" * 64)

    with pytest.raises(SignatureRefused):
        policy.require(cosigned_by("X2", "X3", "Y1").with_signatures([forged]))


def test_the_usual_policy_counts_witnesses():
    witnesses = [witness("X1", "https://x1.example/"), witness("X2"), witness("X3")]
    policy = policy_of([Log(LOG.key, "https://evenhand.example/log/7f3a")], witnesses, 2)

    assert read_policy(policy.write()) == policy
    assert not policy.is_met_by(["X1"])
    assert policy.is_met_by(["X1", "X3"])
    assert policy_of([Log(LOG.key)], [], 0) == Policy(logs=(Log(LOG.key),))
    with pytest.raises(Unreadable):
        policy_of([Log(LOG.key)], witnesses, 4)


def test_spaces_tabs_comments_and_octets_beyond_ascii_are_allowed():
    text = f"# künstlich\n \t\n\t witness\tW\xff  {key_of('X1')}\t\n  # more\nquorum W\xff\n".encode("latin-1")

    policy = read_policy(text)

    assert policy.quorum == policy.witnesses[0].name
    assert policy.write().splitlines()[-1] == b"quorum W\xff"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", None),
        (f"log {LOG.key}\n", None),
        ("quorum none", None),
        ("quorum none\r\n", None),
        ("quorum none\x7f\n", None),
        ("quorum none\nquorum none\n", 2),
        ("quorum W\n", 1),
        ("quorum\n", 1),
        ("quorum none none\n", 1),
        ("Quorum none\n", 1),
        (f"log {key_of('X1')}\nquorum none\n", 1),
        (f"witness W {LOG.key}\nquorum none\n", 1),
        (f"log {LOG.key}\nlog {LOG.key}\nquorum none\n", 2),
        (f"witness A {key_of('X1')}\nwitness B {key_of('X1')}\nquorum none\n", 2),
        (f"witness A {key_of('X1')}\nwitness A {key_of('X2')}\nquorum none\n", 2),
        (f"witness none {key_of('X1')}\nquorum none\n", 1),
        (f"witness A {key_of('X1')} https://a.example/ more\nquorum none\n", 1),
        (f"witness A {key_of('X1')}\ngroup G 2 A\nquorum G\n", 2),
        (f"witness A {key_of('X1')}\ngroup G 0 A\nquorum G\n", 2),
        (f"witness A {key_of('X1')}\ngroup G 01 A\nquorum G\n", 2),
        (f"witness A {key_of('X1')}\ngroup G any\nquorum G\n", 2),
        (f"witness A {key_of('X1')}\ngroup G any A A\nquorum G\n", 2),
        (f"witness A {key_of('X1')}\ngroup G any A\ngroup H any A\nquorum G\n", 3),
        (f"witness A {key_of('X1')}\ngroup G any G\nquorum G\n", 2),
        (f"witness A {key_of('X1')}\ngroup G any none\nquorum G\n", 2),
        (f"group G any A\nwitness A {key_of('X1')}\nquorum G\n", 1),
        (f"witness A {key_of('X1')}\ngroup A any A\nquorum A\n", 2),
        ("log nonsense\nquorum none\n", 1),
    ],
)
def test_a_policy_that_is_none_is_refused_with_its_line(text, line):
    with pytest.raises(Unreadable) as refused:
        read_policy(text.encode())

    assert (f"line {line}:" in refused.value.reason) is (line is not None)


def test_a_name_that_is_no_text_makes_no_key():
    with pytest.raises(Unreadable):
        read_policy(b"log \xff+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\nquorum none\n")


def test_more_than_can_be_agreed_on_is_refused():
    many = "".join(f"witness W{number} {key_of(f'W{number}')}\n" for number in range(257))

    with pytest.raises(Unreadable):
        read_policy((many + "quorum none\n").encode())
    with pytest.raises(Unreadable):
        read_policy(b"#" * 70_000 + b"\nquorum none\n")


@given(st.binary(max_size=120), st.integers(0, len(EXAMPLE)))
@tries(200)
def test_whatever_is_written_into_a_policy_is_read_or_refused(content, at):
    try:
        policy = read_policy(EXAMPLE[:at] + content + EXAMPLE[at:])
    except Unreadable:
        return
    assert read_policy(policy.write()) == policy
