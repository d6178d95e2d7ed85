"""The stand-alone verifier: every change is found, named, and placed; nothing hostile brings it down."""

import ast
import base64
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from asking import release_report
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signed_release import SEED, write_release

from evenhand.delivery.statement import PAYLOAD_TYPE, envelope, key_id, pae, public_key

ROOT = Path(__file__).parents[2]
FILES = [
    "items.jsonl",
    "annotations.jsonl",
    "labels.jsonl",
    "labels.parquet",
    "manifest.json",
    "public-key.pem",
    "VERIFY.md",
    "release.dsse.json",
]


def found(report):
    return sorted((each.file, each.code) for each in report.problems)


def test_an_untouched_release_verifies(verifier, release, key):
    report = release_report(verifier, release, key)

    assert (report.exit_code, report.problems, report.files) == (0, [], 7)
    assert report.key_id == key_id(public_key(SEED))
    assert report.release["release"]["number"] == 7


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_in_any_file_is_found_and_the_file_is_named(verifier, release, key, name):
    content = bytearray((release / name).read_bytes())
    content[len(content) // 2] ^= 4
    (release / name).write_bytes(content)

    report = release_report(verifier, release, key)

    assert report.exit_code == (3 if name == "release.dsse.json" else 1)
    assert [each.file for each in report.problems] == [name]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_anywhere_is_found_even_without_a_key_from_the_contract(verifier, release, data):
    name = data.draw(st.sampled_from(FILES))
    content = bytearray((release / name).read_bytes())
    before = bytes(content)
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != before[at]))
    (release / name).write_bytes(content)
    try:
        report = release_report(verifier, release)
    finally:
        (release / name).write_bytes(before)

    assert report.exit_code in (1, 3)
    assert report.problems


def test_whitespace_and_escapes_in_the_envelope_count_as_changes(verifier, release, key):
    path = release / "release.dsse.json"
    body = path.read_text()
    for changed in (body.replace("\n ", "\n\t", 1), body.rstrip(), json.dumps(json.loads(body)), "\ufeff" + body):
        path.write_text(changed)
        assert release_report(verifier, release, key).exit_code == 3


def test_the_line_that_was_broken_is_named(verifier, release, key):
    path = release / "annotations.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[16] = lines[16].replace(b"{", b"[", 1)
    path.write_bytes(b"".join(lines))

    [problem] = release_report(verifier, release, key).problems

    assert problem.where["line"] == 17
    assert "Line 17" in problem.message


def test_a_change_that_is_still_json_is_placed_within_the_lines_of_its_block(verifier, release, key):
    path = release / "labels.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[12] = lines[12].replace(b"yes", b"yet")
    path.write_bytes(b"".join(lines))

    [problem] = release_report(verifier, release, key).problems

    assert problem.where["line_first"] <= 13 <= problem.where["line_last"]
    assert problem.where["line_last"] - problem.where["line_first"] < 8
    [(first, last)] = re.findall("within bytes ([0-9]+) to ([0-9]+)", problem.message)
    assert int(first) <= int(last) < path.stat().st_size


@pytest.mark.parametrize("name", FILES)
def test_a_dropped_file_is_named(verifier, release, key, name):
    (release / name).unlink()

    report = release_report(verifier, release, key)

    assert (name, "missing") in found(report)
    assert report.exit_code == (3 if name == "release.dsse.json" else 1)


@pytest.mark.parametrize("name", ["extra.txt", "data/deep/extra.jsonl", ".hidden"])
def test_an_added_file_is_named(verifier, release, key, name):
    (release / name).parent.mkdir(parents=True, exist_ok=True)
    (release / name).write_text("more")

    assert found(release_report(verifier, release, key)) == [(name, "extra")]


def test_a_renamed_file_is_named_by_both_names(verifier, release, key):
    (release / "labels.jsonl").rename(release / "labels-2.jsonl")

    report = release_report(verifier, release, key)

    assert found(report) == [("labels-2.jsonl", "extra"), ("labels.jsonl", "renamed")]
    assert "labels-2.jsonl" in next(each.message for each in report.problems if each.code == "renamed")


def test_swapped_files_are_both_named(verifier, release, key):
    items, labels = release / "items.jsonl", release / "labels.jsonl"
    first, second = items.read_bytes(), labels.read_bytes()
    items.write_bytes(second)
    labels.write_bytes(first)

    assert found(release_report(verifier, release, key)) == [("items.jsonl", "changed"), ("labels.jsonl", "changed")]


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-1],
        lambda content: content[:256],
        lambda content: content + b"{}\n",
        lambda content: b"",
    ],
    ids=["a byte", "to a block", "longer", "to nothing"],
)
def test_a_file_cut_or_grown_is_named(verifier, release, key, change):
    path = release / "items.jsonl"
    path.write_bytes(change(path.read_bytes()))

    assert found(release_report(verifier, release, key)) == [("items.jsonl", "changed")]


def test_a_release_signed_anew_by_another_key_is_refused_by_the_key_of_the_contract(verifier, tmp_path, key):
    forged = write_release(tmp_path / "forged", seed=bytes(32))

    report = release_report(verifier, forged, key)

    assert report.exit_code == 3
    assert found(report) == [("release.dsse.json", "signature-refused")]
    # Without the contract's key it only proves that the files belong together, and says whose key it was.
    assert release_report(verifier, forged).key_id == key_id(public_key(bytes(32)))


def test_a_signature_that_only_claims_the_key_is_refused(verifier, release, key):
    path = release / "release.dsse.json"
    body = json.loads(path.read_text())
    statement = json.loads(base64.b64decode(body["payload"]))
    statement["predicate"]["counts"]["tasks"] = 19
    forged = envelope(statement, bytes(32))
    forged["signatures"][0]["keyid"] = key_id(public_key(SEED))
    path.write_text(json.dumps(forged, indent=1) + "\n")

    assert found(release_report(verifier, release, key)) == [("release.dsse.json", "signature-refused")]


@pytest.mark.parametrize("size", [0, 1, 10, 200, -1, -20])
def test_a_truncated_envelope_is_refused(verifier, release, key, size):
    path = release / "release.dsse.json"
    path.write_bytes(path.read_bytes()[:size])

    report = release_report(verifier, release, key)

    assert (report.exit_code, report.problems[0].file) == (3, "release.dsse.json")


HOSTILE = [
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"null",
    b"[]",
    b"{}",
    b"1" * 10_000,
    b'{"payload":NaN}',
    b'{"payload":1,"payload":2}',
    b"\xff\xfe\x00",
    b'{"payload":"","payloadType":"","signatures":{}}',
    b'{"payload":[],"payloadType":1,"signatures":[1,null,{"keyid":[],"sig":{}}]}',
    b'{"payload":"\\ud800","payloadType":"\\ud800","signatures":[]}',
]


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", ["release.dsse.json", "manifest.json", "public-key.pem"])
def test_hostile_documents_are_refused_without_a_traceback(verifier, release, key, name, content):
    (release / name).write_bytes(content)

    for chosen in (key, None):
        report = release_report(verifier, release, chosen)
        assert report.exit_code in (1, 3)
        # A key that came with the files and is broken is named itself.
        assert name in [each.file for each in report.problems]


def sign_anything(release, payload):
    body = envelope({}, SEED)
    signature = Ed25519PrivateKey.from_private_bytes(SEED).sign(pae(PAYLOAD_TYPE, payload))
    body["payload"] = base64.b64encode(payload).decode()
    body["signatures"][0]["sig"] = base64.b64encode(signature).decode()
    (release / "release.dsse.json").write_text(json.dumps(body, indent=1) + "\n")


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_statement_is_refused_even_when_it_is_signed(verifier, release, key, content):
    sign_anything(release, content)

    assert release_report(verifier, release, key).exit_code == 3


@pytest.mark.parametrize(
    "name",
    ["../outside", "/etc/passwd", "a/../b", "", ".", "a//b", "c:\\x", "nul\x00", "new\nline", 7, None, []],
)
def test_a_signed_name_that_leaves_the_folder_is_refused(verifier, tmp_path, key, name):
    def change(statement):
        statement["subject"][0]["name"] = name

    release = write_release(tmp_path / "release", change_statement=change)

    assert found(release_report(verifier, release, key)) == [("release.dsse.json", "statement-unfit")]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda m: m["files"][0].update(rows=21), ("items.jsonl", "rows-differ")),
        (lambda m: m["files"][0].update(bytes=1), ("manifest.json", "manifest-disagrees")),
        (lambda m: m["files"][0].update(sha256="00" * 32), ("manifest.json", "manifest-disagrees")),
        (lambda m: m["files"][0].update(name=["x"]), ("manifest.json", "manifest-unfit")),
        (lambda m: m["files"][0].update(name="other"), ("manifest.json", "manifest-unfit")),
        (lambda m: m.update(files=7), ("manifest.json", "manifest-unfit")),
        (lambda m: m.update(format="other/1"), ("manifest.json", "manifest-unfit")),
        (lambda m: m["ontology"].update(digest="sha256:bb"), ("manifest.json", "manifest-disagrees")),
        (lambda m: m["counts"].update(tasks=21), ("items.jsonl", "counts-differ")),
        (lambda m: m["counts"].update(annotators=3), ("annotations.jsonl", "counts-differ")),
        (lambda m: m.update(counts=None), ("release.dsse.json", "counts-differ")),
    ],
)
def test_a_signed_release_that_contradicts_itself_is_told(verifier, tmp_path, key, change, problem):
    release = write_release(tmp_path / "release", change_manifest=change)

    report = release_report(verifier, release, key)

    assert report.exit_code == 1
    assert problem in found(report)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("agreement", [{"question": "q", "value": 0.99}]),
        ("release", {"id": "r1", "number": 7, "note": "For everybody"}),
    ],
)
def test_a_manifest_that_says_otherwise_than_the_statement_is_told(verifier, tmp_path, key, name, said):
    def change(statement):
        statement["predicate"][name] = said

    release = write_release(tmp_path / "release", change_statement=change)

    assert found(release_report(verifier, release, key)) == [("manifest.json", "manifest-disagrees")]


def test_a_link_or_a_pipe_in_place_of_a_file_is_refused_and_not_followed(verifier, release, key, tmp_path):
    kept = tmp_path / "kept.jsonl"
    shutil.move(release / "labels.jsonl", kept)
    (release / "labels.jsonl").symlink_to(kept)
    (release / "items.jsonl").unlink()
    os.mkfifo(release / "items.jsonl")
    (release / "folder").symlink_to("/etc", target_is_directory=True)

    codes = found(release_report(verifier, release, key))

    assert ("labels.jsonl", "not-a-file") in codes
    assert ("items.jsonl", "not-a-file") in codes
    assert ("folder", "not-a-file") in codes


def test_without_its_manifest_changed_files_are_still_named(verifier, release, key):
    (release / "manifest.json").write_text("{}")
    (release / "labels.jsonl").write_text("{}\n")

    assert found(release_report(verifier, release, key)) == [("labels.jsonl", "changed"), ("manifest.json", "changed")]


# ---------------------------------------------------------------------------------------------------- the command --


def run(*arguments):
    command = [sys.executable, "-I", "-S", str(ROOT / "verify" / "evenhand_verify.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_needs_nothing_but_python(release, key):
    done = run(release, "--key", key)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Verified: release 7, 7 files, as signed by sha256:")


def test_the_command_shows_the_note_that_was_signed_and_lets_it_write_nothing_else_on_the_terminal(release, key):
    done = run(release, "--key", key)

    assert "Its note, signed too: For the \\x1b[31mpilot\n" in done.stdout
    assert "\x1b" not in done.stdout


def test_the_command_says_when_the_key_came_with_the_files(release):
    assert "Compare it with the one in your contract" in run(release).stdout


def test_the_command_names_the_file_and_answers_by_its_exit_code(release, key, tmp_path):
    (release / "labels.jsonl").write_text("{}\n")

    changed, wrong, nowhere = run(release, "--key", key), run(), run(tmp_path / "nowhere")
    (release / "release.dsse.json").write_text("{}")
    refused = run(release, "--key", key)

    assert [changed.returncode, wrong.returncode, refused.returncode, nowhere.returncode] == [1, 2, 3, 4]
    assert changed.stdout.startswith("labels.jsonl: ")
    for each in (changed, refused, nowhere):
        assert "Traceback" not in each.stdout + each.stderr


def test_the_report_as_json_says_where(release, key):
    path = release / "items.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"t19"', b'"t18"'))

    done = run(release, "--key", key, "--json")
    report = json.loads(done.stdout)

    assert (report["verified"], report["exit_code"], report["key_from"]) == (False, 1, "argument")
    [problem] = report["problems"]
    assert (problem["file"], problem["code"]) == ("items.jsonl", "changed")
    assert problem["line_first"] <= 20 <= problem["line_last"]


def test_a_key_may_be_given_as_hexadecimal_digits(release, tmp_path):
    path = tmp_path / "key.hex"
    path.write_text(public_key(SEED).hex() + "\n")

    assert run(release, "--key", path).returncode == 0


def test_a_name_cannot_rewrite_the_terminal(release, key):
    (release / "\x1b[2K\rVerified").write_text("")

    done = run(release, "--key", key)

    assert done.returncode == 1
    assert "\x1b" not in done.stdout


def test_the_verifier_imports_the_standard_library_alone():
    tree = ast.parse((ROOT / "verify" / "evenhand_verify.py").read_text())
    roots = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    roots |= {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert roots <= set(sys.stdlib_module_names)


def test_random_rubbish_in_every_file_never_raises(verifier, release, key):
    noise = random.Random(1)
    for _ in range(60):
        name = noise.choice(FILES)
        before = (release / name).read_bytes()
        (release / name).write_bytes(noise.randbytes(noise.randrange(400)))
        assert release_report(verifier, release, noise.choice([key, None])).exit_code in (1, 3)
        (release / name).write_bytes(before)
