"""A release from end to end: labeled through the HTTP API, downloaded, and checked by tools that are not ours."""

import base64
import io
import json
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pytest

from evenhand.quality.alpha import COEFFICIENT

ROOT = Path(__file__).parents[2]
ANSWERS = ["yes", "no", "yes", "yes", "no", "yes"]


class Server:
    """The installation, spoken to as its owner."""

    def __init__(self, installation):
        self.client = httpx.Client(
            base_url=installation.url + "/api/v1", headers={"Authorization": f"Bearer {installation.key}"}, timeout=60
        )

    def call(self, method, path, **more):
        answer = self.client.request(method, path, **more)
        assert answer.status_code < 400, answer.text
        return answer


@pytest.fixture(scope="module")
def server(installation):
    made = Server(installation)
    yield made
    made.client.close()


@pytest.fixture(scope="module")
def project(server):
    preset = {"preset": "text-classification", "with": {"labels": ["yes", "no"]}}
    made = server.call("POST", "/projects", json={"name": "Letters, ünïcode", "preset": preset, "opinions": 1}).json()
    rows = "".join(
        json.dumps({"inputs": {"text": f"Letter {number}."}, "external_id": f"x{number}"}) + "\n" for number in range(6)
    )
    headers = {"content-type": "application/x-ndjson"}
    server.call("POST", f"/projects/{made['id']}/tasks?batch=first", content=rows, headers=headers)
    for answer in ANSWERS:
        claim = server.call("POST", f"/projects/{made['id']}/claim", json={"held": []}).json()
        task = claim["assignment"]
        said = {"ontology_version": 1, "answers": [{"question": "label", "value": answer}], "next": False, "held": []}
        server.call(
            "POST",
            f"/projects/{made['id']}/tasks/{task['task_id']}/annotations",
            json=said,
            headers={"idempotency-key": task["task_id"]},
        )
    # What is cut stands by the fit then; one that comes later would not change it, but the table.
    deadline = time.monotonic() + 60
    while not server.call("GET", f"/projects/{made['id']}/quality").json()["is_current"]:
        assert time.monotonic() < deadline, "the votes were not fitted within a minute"
        time.sleep(0.1)
    return made


@pytest.fixture(scope="module")
def made(server, project):
    asked = server.call("POST", f"/projects/{project['id']}/releases", json={"note": "first", "include": "done"}).json()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = server.call("GET", f"/releases/{asked['id']}").json()
        if found["state"] != "building":
            return found
        time.sleep(0.1)
    raise AssertionError("the release was not built within a minute")


@pytest.fixture(scope="module")
def archive(server, made):
    assert made["state"] == "ready", made
    return server.call("GET", f"/releases/{made['id']}/archive").content


@pytest.fixture
def folder(archive, tmp_path):
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        zipped.extractall(tmp_path)
    return tmp_path / "release-1"


def verified(folder, *more):
    command = [sys.executable, "-I", "-S", str(ROOT / "verify" / "evenhand_verify.py"), str(folder), "--json", *more]
    return json.loads(subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout)


def test_the_stand_alone_verifier_accepts_it(folder, made):
    report = verified(folder)

    assert (report["verified"], report["problems"]) == (True, [])
    assert report["key_id"] == made["key_id"]
    assert report["release"]["counts"] == {"tasks": 6, "annotations": 6, "labels": 6, "annotators": 1}


def test_what_stays_on_the_platform_is_named_among_the_losses(made, folder):
    manifest = json.loads((folder / "manifest.json").read_text())

    assert made["losses"] == manifest["losses"]
    assert {"guidelines", "discussions"} <= {each.partition(":")[0] for each in manifest["losses"]}


def test_its_signing_is_proved_by_the_log_and_not_by_that_of_another(server, made, tmp_path):
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        proof = server.client.get(f"/releases/{made['id']}/files/delivery.tlog-proof")
        if proof.status_code == 200:
            break
        assert proof.status_code == 404, proof.text
        time.sleep(0.5)
    content = server.call("GET", f"/releases/{made['id']}/archive").content
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        zipped.extractall(tmp_path)
    policy = tmp_path / "policy.tlog"
    policy.write_text(server.call("GET", "/ledger").json()["policy"])
    folder = tmp_path / "release-1"

    proved = verified(folder, "--policy", str(policy))
    (folder / "delivery.tlog-proof").write_bytes(proof.content.replace(b"index ", b"index 1"))
    elsewhere = verified(folder, "--policy", str(policy))

    assert (proved["verified"], proved["problems"]) == (True, [])
    assert (proved["receipt"]["entry"]["action"], proved["receipt"]["entry"]["subject"]) == (
        "delivery.sign",
        made["id"],
    )
    assert not elsewhere["verified"]


def test_the_commands_in_its_own_page_accept_it_and_leave_nothing_behind(folder, made):
    page = (folder / "VERIFY.md").read_text()
    commands = "\n".join(line[7:] for line in page.splitlines() if line.startswith("       "))
    before = sorted(each.name for each in folder.iterdir())

    done = subprocess.run(
        ["bash", "-euo", "pipefail"],
        input=commands,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr + done.stdout
    assert "Signature Verified Successfully" in done.stdout
    assert made["key_id"].removeprefix("sha256:") in done.stdout
    apart = {"release.dsse.json", "delivery.tlog-proof"}  # the proof comes when the log has its next checkpoint
    assert len(re.findall(r": OK$", done.stdout, re.MULTILINE)) == len(set(before) - apart)
    assert sorted(each.name for each in folder.iterdir()) == before


def test_openssl_and_sha256sum_refuse_a_changed_label(folder):
    (folder / "labels.jsonl").write_bytes((folder / "labels.jsonl").read_bytes().replace(b'"yes"', b'"no"', 1))
    page = (folder / "VERIFY.md").read_text()
    commands = "\n".join(line[7:] for line in page.splitlines() if line.startswith("       "))

    done = subprocess.run(
        ["bash", "-euo", "pipefail"],
        input=commands,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode != 0
    assert "labels.jsonl: FAILED" in done.stdout


def test_a_flipped_byte_in_each_file_is_found_and_named(folder):
    for path in sorted(folder.iterdir()):
        before = path.read_bytes()
        changed = bytearray(before)
        changed[len(changed) // 3] ^= 1
        path.write_bytes(changed)

        report = verified(folder)

        assert not report["verified"]
        assert path.name in [each["file"] for each in report["problems"]]
        path.write_bytes(before)
    assert verified(folder)["verified"]


def test_its_note_is_in_the_manifest_and_in_the_signed_statement(folder, made):
    manifest = json.loads((folder / "manifest.json").read_text())
    signed = json.loads(base64.b64decode(json.loads((folder / "release.dsse.json").read_text())["payload"]))

    assert made["note"] == manifest["release"]["note"] == signed["predicate"]["release"]["note"] == "first"
    assert verified(folder)["release"]["release"]["note"] == "first"


def test_it_says_what_was_answered(folder):
    labels = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
    annotations = [json.loads(line) for line in (folder / "annotations.jsonl").read_text().splitlines()]
    items = [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]
    table = pq.read_table(folder / "labels.parquet").to_pylist()

    assert sorted(label["value"] for label in labels) == sorted(ANSWERS)
    assert [label["task"] for label in labels] == [item["task"] for item in items]
    assert {item["external_id"] for item in items} == {f"x{number}" for number in range(6)}
    by_task = {each["task"]: each["answers"][0]["value"] for each in annotations}
    assert {label["task"]: label["value"] for label in labels} == by_task
    assert [(row["task"], row["value_text"], row["answers"]) for row in table] == [
        (label["task"], label["value"], 1) for label in labels
    ]


def test_a_label_is_as_probable_in_the_release_as_in_the_data_table(server, project, folder):
    labels = {label["task"]: label for label in map(json.loads, (folder / "labels.jsonl").read_text().splitlines())}
    shown = server.call("GET", f"/projects/{project['id']}/tasks").json()["items"]

    assert len(shown) == len(labels) == len(ANSWERS)
    for row in shown:
        [consensus] = row["consensus"]
        delivered = labels[row["id"]]
        assert [delivered[name] for name in ("value", "probability", "share", "answers", "method", "status")] == [
            consensus[name] for name in ("value", "probability", "share", "answers", "method", "status")
        ]
        assert (delivered["source"], delivered["model"]) == (consensus["source"], consensus["model"])
        assert (delivered["source"], delivered["share"]) == ("model", 1.0)
        assert 0.5 < delivered["probability"] < 1.0


def test_agreement_that_one_opinion_cannot_give_is_called_undefined(folder):
    [agreement] = json.loads((folder / "manifest.json").read_text())["agreement"]

    assert agreement["undefined"] == "no-pairs"
    assert COEFFICIENT not in json.dumps(agreement)


def test_the_card_names_the_files_as_they_are(folder):
    card = json.loads((folder / "croissant.json").read_text())
    report = verified(folder)

    assert card["name"] == "Letters, ünïcode"
    for file in card["distribution"]:
        assert int(file["contentSize"].removesuffix(" B")) == (folder / file["contentUrl"]).stat().st_size
    assert report["files"] == len(list(folder.iterdir())) - 1


def test_files_come_one_by_one_as_they_come_in_the_archive(server, made, folder):
    for file in made["files"]:
        single = server.call("GET", f"/releases/{made['id']}/files/{file['name']}").content
        assert single == (folder / file["name"]).read_bytes()


def test_the_same_frozen_set_gives_the_same_labels_under_the_next_number(server, project, made):
    asked = server.call("POST", f"/projects/{project['id']}/releases", json={"note": "", "include": "done"}).json()
    assert asked["number"] == made["number"] + 1
    while (found := server.call("GET", f"/releases/{asked['id']}").json())["state"] == "building":
        time.sleep(0.1)

    again = {each["name"]: each["sha256"] for each in found["files"]}

    first = {each["name"]: each["sha256"] for each in made["files"]}
    for name in ("items.jsonl", "annotations.jsonl", "public-key.pem"):
        assert again[name] == first[name]
    labels = [
        [
            json.loads(line)
            for line in server.call("GET", f"/releases/{each['id']}/files/labels.jsonl").text.splitlines()
        ]
        for each in (made, found)
    ]
    # Which fit made them may be a later one; of the same votes it says the same.
    one, other = ([{**label, "fit_no": None} for label in each] for each in labels)
    assert one == other
