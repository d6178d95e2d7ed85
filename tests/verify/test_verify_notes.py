"""Policies, checkpoints and witnesses by the stand-alone verifier, against the examples of C2SP and every changed byte."""

import pytest
from made_log import AT, ORIGIN, MadeLog, Signer, written

# signed-note and tlog-checkpoint, C2SP: their own examples.
POEM = """Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""
SOFA = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""


def policy_of(verifier, tmp_path, text):
    return verifier.read_policy(written(tmp_path / "policy.tlog", text))


def refused(verifier, run, *given):
    with pytest.raises(verifier.Problem) as caught:
        run(*given)
    return caught.value.code


@pytest.mark.check(1)
def test_the_notes_of_the_specification_are_read(verifier):
    lines, logs, cosigned = verifier.read_note(POEM.encode(), "poem", verifier.Policy(""))
    assert (lines, logs, cosigned) == (POEM.partition("\n\n— ")[0].split("\n"), [], {})

    found = verifier.read_checkpoint(SOFA.encode(), "sofa", None)
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20852163)


def test_a_checkpoint_counts_when_the_log_and_the_quorum_signed_it(verifier, tmp_path):
    log = MadeLog.of(9)

    found = verifier.read_checkpoint(log.checkpoint(), "checkpoint", policy_of(verifier, tmp_path, log.policy()))

    assert (found.origin, found.size, found.cosigned) == (ORIGIN, 9, {"w0": AT, "w1": AT})


@pytest.mark.parametrize(
    ("quorum", "cosigning", "is_enough"),
    [
        ("none", [], True),
        ("w0", [], False),
        ("w0", [0], True),
        ("w0", [1], False),
        ("group any", [1], True),
        ("group any", [], False),
        ("group all", [0], False),
        ("group all", [0, 1], True),
        ("group 2", [1], False),
        ("group 2", [0, 1], True),
    ],
)
def test_the_quorum_is_what_the_policy_says(verifier, tmp_path, quorum, cosigning, is_enough):
    log = MadeLog.of(3)
    policy = policy_of(verifier, tmp_path, log.policy(quorum))
    log.witnesses = [log.witnesses[each] for each in cosigning]

    if is_enough:
        assert verifier.read_checkpoint(log.checkpoint(), "checkpoint", policy).size == 3
    else:
        assert refused(verifier, verifier.read_checkpoint, log.checkpoint(), "checkpoint", policy) == "quorum-missed"


def test_groups_of_groups_follow_the_specification(verifier, tmp_path):
    keys = [Signer(f"witness.example/{each}", 4) for each in ("x1", "x2", "x3", "y1", "y2")]
    names = ["X1", "X2", "X3", "Y1", "Y2"]
    policy = policy_of(
        verifier,
        tmp_path,
        "".join(f"witness {name} {key.vkey} https://w.example/{name}\n" for name, key in zip(names, keys, strict=True))
        + "# two rings\n group X 2 X1 X2 X3\ngroup\tY any Y1 Y2\ngroup X-and-Y all X Y\nquorum X-and-Y",
    )

    assert policy.is_quorum(["X1", "X3", "Y2"])
    assert not policy.is_quorum(["X1", "X2", "X3"])
    assert not policy.is_quorum(["X1", "Y1", "Y2"])


def unfit_policies():
    log, witness = Signer("log.example/a").vkey, Signer("witness.example/a", 4).vkey
    return {
        "no quorum": f"log {log}\n",
        "two quorums": "quorum none\nquorum none\n",
        "quorum unknown": "quorum a\n",
        "quorum before its witness": f"quorum a\nwitness a {witness}\n",
        "log twice": f"log {log}\nlog {log}\nquorum none\n",
        "witness key twice": f"witness a {witness}\nwitness b {witness}\nquorum none\n",
        "witness name twice": f"witness a {witness}\nwitness a {Signer('x', 4).vkey}\nquorum none\n",
        "witness called none": f"witness none {witness}\nquorum none\n",
        "a log's key for a witness": f"witness a {log}\nquorum none\n",
        "a witness's key for a log": f"log {witness}\nquorum none\n",
        "group of none": f"witness a {witness}\ngroup g all none\nquorum g\n",
        "group without members": "group g all\nquorum none\n",
        "group of too many": f"witness a {witness}\ngroup g 2 a\nquorum g\n",
        "group of zero": f"witness a {witness}\ngroup g 0 a\nquorum g\n",
        "member twice": f"witness a {witness}\ngroup g all a a\nquorum g\n",
        "member in two groups": f"witness a {witness}\ngroup g all a\ngroup h all a\nquorum g\n",
        "word unknown": "trust everybody\nquorum none\n",
        "key changed": f"log {log[:-2]}A=\nquorum none\n",
        "key's id changed": f"log {log.replace('+', '+0', 1)}\nquorum none\n",
        "control character": "quorum none\x00\n",
        "carriage returns": "quorum none\r\n",
    }


@pytest.mark.parametrize("name", unfit_policies())
def test_a_policy_that_the_specification_forbids_is_refused(verifier, tmp_path, name):
    assert refused(verifier, policy_of, verifier, tmp_path, unfit_policies()[name]) == "policy-unfit"


@pytest.mark.parametrize("change", ["log", "witness", "nobody", "origin", "old key"])
def test_whoever_else_signs_is_not_believed(verifier, tmp_path, change):
    log = MadeLog.of(4)
    policy, text = policy_of(verifier, tmp_path, log.policy()), log.text()
    if change == "log":
        # Its name and id, and a signature by somebody else.
        forged = log.signer.line(text).replace("— ", "").split()[1]
        other = Signer(ORIGIN, seed=b"x").line(text).split()[2]
        note = log.note(text).decode().replace(forged, forged[:5] + other[5:])
    elif change == "witness":
        note = log.note(text).decode().replace(log.witnesses[0].line(text), log.witnesses[0].line(log.text(3)))
    elif change == "nobody":
        note = text + "\n" + "".join(each.line(text) for each in log.witnesses)
    elif change == "origin":
        note = log.note(text.replace(ORIGIN, "log.example/log/other")).decode()
    else:
        note = text + "\n" + Signer(ORIGIN, seed=b"old").line(text) + "".join(each.line(text) for each in log.witnesses)

    assert refused(verifier, verifier.read_checkpoint, note.encode(), "checkpoint", policy) == "signature-refused"


@pytest.mark.check(7)
def test_no_byte_of_a_checkpoint_can_be_changed(verifier, tmp_path):
    log = MadeLog.of(5)
    policy, content = policy_of(verifier, tmp_path, log.policy()), log.checkpoint()

    for at in range(len(content)):
        for bit in (0, 3, 5, 7) if at % 9 == 0 else (at % 8,):
            changed = bytearray(content)
            changed[at] ^= 1 << bit
            with pytest.raises(verifier.Problem):
                verifier.read_checkpoint(bytes(changed), "checkpoint", policy)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"a\n\n\xe2\x80\x94 a b\n", b"\xff\n\n", SOFA.encode()[:-1], SOFA.encode() + b"\n", SOFA.encode() * 500,
     SOFA.replace("20852163", "020852163").encode(), SOFA.replace("20852163", "-1").encode(), SOFA.replace("\n", "\r\n").encode(),
     SOFA.replace("20852163", "0").encode(), SOFA.replace("I=\n\n", "I=\n\n\n").encode(), SOFA.replace("CsUY", "CsU").encode(),
     (SOFA + SOFA.split("\n")[4] + "\n" * 1).encode() * 70],
    ids=range(14),
)  # fmt: skip
def test_hostile_notes_are_refused(verifier, content):
    with pytest.raises(verifier.Problem):
        verifier.read_checkpoint(content, "checkpoint", None)
