"""Receipts by the stand-alone verifier: a proof is of one entry, at one place, in one tree, or it is refused."""

import base64
import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from asking import receipt_report
from made_log import ORIGIN, MadeLog, Signer, entry, written
from signed_release import write_release

ROOT = Path(__file__).parents[2]


@pytest.fixture
def log():
    return MadeLog.of(300)


@pytest.fixture
def policy(verifier, tmp_path, log):
    return verifier.read_policy(written(tmp_path / "policy.tlog", log.policy()))


def check(verifier, tmp_path, policy, content, **more):
    return receipt_report(verifier, written(tmp_path / "one.tlog-proof", content), policy, **more)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 300), (255, 256), (299, 300), (128, 257)])
def test_a_receipt_proves_the_entry_it_holds(verifier, tmp_path, log, policy, index, size):
    report = check(verifier, tmp_path, policy, log.proof(index, size))

    assert (report.exit_code, report.problems) == (0, [])
    assert (report.receipt["index"], report.receipt["size"]) == (index, size)
    assert report.receipt["entry"] == json.loads(log.entries[index])


def test_a_receipt_that_does_not_hold_its_entry_says_what_to_do(verifier, tmp_path, log, policy):
    [problem] = check(verifier, tmp_path, policy, log.proof(7, extra=False)).problems

    assert (problem.code, "give the log with --log" in problem.message) == ("entry-missing", True)


def with_another_entry(log, index, other):
    """The proof of one entry, around another."""
    return log.proof(index).replace(base64.b64encode(log.entries[index]), base64.b64encode(other))


def test_a_receipt_around_another_entry_is_refused(verifier, tmp_path, log, policy):
    report = check(verifier, tmp_path, policy, with_another_entry(log, 7, log.entries[8]))

    assert [each.code for each in report.problems] == ["proof-refused"]


@pytest.mark.check(7)
def test_no_byte_of_a_receipt_can_be_changed(verifier, tmp_path, log, policy):
    content = log.proof(137)

    for at in range(0, len(content), 3):
        changed = bytearray(content)
        changed[at] ^= 1 << at % 8
        assert check(verifier, tmp_path, policy, bytes(changed)).exit_code in (1, 3), at


@pytest.mark.parametrize(
    "content",
    [b"", b"c2sp.org/tlog-proof@v1\n", b"c2sp.org/tlog-proof@v1\nindex 0\n\n", b"\n" * 1000, b"\x00" * 100, b"\xff\n\n\n",
     b"c2sp.org/tlog-proof@v1\nindex 00\n\nx", b"c2sp.org/tlog-proof@v1\n" + b"extra A\n" * 9 + b"\nx"],
    ids=range(8),
)  # fmt: skip
def test_hostile_receipts_are_refused(verifier, tmp_path, policy, content):
    assert check(verifier, tmp_path, policy, content).exit_code == 3


def test_a_receipt_against_the_log_tells_whether_the_log_still_says_so(verifier, tmp_path, log, policy):
    receipt = written(tmp_path / "one.tlog-proof", log.proof(200, 250, extra=False))

    def run(changed):
        folder, report = tmp_path / f"log{len(list(tmp_path.iterdir()))}", verifier.Report(str(tmp_path))
        verifier.Log(changed.write(folder), policy, report).check(held=[verifier.read_receipt(receipt, policy)])
        return [(each.file, each.code, each.where.get("index")) for each in report.problems]

    assert run(log) == []
    # The same key signed another history: the receipt that was kept is the evidence.
    forged = replace(log, entries=[*log.entries[:200], entry(999), *log.entries[201:]])
    assert run(forged) == [("one.tlog-proof", "history-changed", 200)]
    assert run(replace(log, entries=log.entries[:240])) == [("one.tlog-proof", "history-changed", 200)]


@pytest.mark.saboteur(7)
def test_a_verifier_without_the_proof_believes_every_receipt(verifier, tmp_path, log, policy, monkeypatch):
    lie = with_another_entry(log, 3, entry(999))
    assert check(verifier, tmp_path, policy, lie).exit_code == 3

    monkeypatch.setattr(verifier, "inclusion_holds", lambda *_: True)
    assert check(verifier, tmp_path, policy, lie).exit_code == 0


def delivered(tmp_path, **more):
    """A release, and the log that says that it was signed."""
    release = write_release(tmp_path / "release")
    digest = hashlib.sha256((release / "release.dsse.json").read_bytes()).hexdigest()
    log = MadeLog.of(5)
    log.entries.append(entry(5, **{"action": "delivery.sign", "digest": digest, **more}))
    (release / "delivery.tlog-proof").write_bytes(log.proof(5))
    return release, written(tmp_path / "policy.tlog", log.policy())


def run(*arguments):
    command = [sys.executable, "-I", "-S", str(ROOT / "verify" / "evenhand_verify.py"), *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_a_release_is_checked_together_with_the_proof_that_its_signing_is_on_record(tmp_path, key):
    release, policy = delivered(tmp_path)

    assert run(release, "--key", key, "--policy", policy)["verified"]
    unchecked = run(release, "--key", key)
    assert (unchecked["verified"], len(unchecked["notes"])) == (True, 1)


@pytest.mark.parametrize(
    "more", [{"digest": "00" * 32}, {"action": "asset.release"}], ids=["of another release", "of a look"]
)
def test_the_proof_of_something_else_is_told(tmp_path, key, more):
    release, policy = delivered(tmp_path, **more)

    report = run(release, "--key", key, "--policy", policy)

    assert [(each["file"], each["code"]) for each in report["problems"]] == [("delivery.tlog-proof", "entry-changed")]


# ---------------------------------------------------------------------------------------------------------------- promises --


def promise(leaf, at="2026-03-01T10:00:00.000000Z", log=ORIGIN, signer=None):
    """What a customer gets before the entry has its place."""
    lines = [
        f"{log}/receipts",
        "evenhand receipt v1",
        "ab" * 16,
        base64.b64encode(leaf).decode(),
        at,
        "in the tree within 60 seconds",
    ]
    text = "".join(f"{each}\n" for each in lines)
    return (text + "\n" + (signer or Signer(f"{log}/receipts")).line(text)).encode()


@pytest.mark.parametrize(
    ("number", "at", "code", "said"),
    [
        (7, "2026-03-01T10:00:00.000000Z", None, "was kept, as entry 7"),
        (999, "2026-03-01T10:00:00.000000Z", "promise-broken", None),
        (999, "2026-09-21T14:13:00.000000Z", None, "need not have been kept yet"),
    ],
    ids=["kept", "broken", "not due"],
)
def test_a_promise_is_kept_or_it_is_the_evidence_that_it_was_broken(verifier, tmp_path, log, number, at, code, said):
    with_receipts = log.policy().replace("quorum", f"log {Signer(f'{ORIGIN}/receipts').vkey}\nquorum")
    policy = verifier.read_policy(written(tmp_path / "policy.tlog", with_receipts))
    leaf = hashlib.sha256(b"\0" + entry(number)).digest()
    path, report = written(tmp_path / "p.promise", promise(leaf, at)), verifier.Report("log")

    made = verifier.Log(log.write(tmp_path / "log"), policy, report)
    made.check(held=[verifier.read_receipt(path, policy)])

    assert [each.code for each in report.problems] == ([code] if code else [])
    assert [said in each for each in report.notes] == ([True] if said else [])


def test_a_promise_by_nobody_whom_the_policy_names_is_refused(verifier, tmp_path, log, policy):
    leaf = hashlib.sha256(b"\0" + log.entries[0]).digest()

    for content in (promise(leaf), promise(leaf, signer=log.signer), promise(leaf)[:-9], promise(leaf, at="yesterday")):
        assert check(verifier, tmp_path, policy, content).exit_code == 3
