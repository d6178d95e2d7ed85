"""`evenhand demo`: real material, a login of every role, no invented answers; a second start keeps what is there."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from evenhand import Client, demo_data
from evenhand.cli import demo_loading
from evenhand.cli.demo_loading import MATERIALS
from evenhand.demo_data.derive import WORDS_MAX, WORDS_MIN, derive, passages_of
from serving import Installation

PRINTED = "Fit for an anesthetic"
ENVIRONMENT = {name: text for name, text in os.environ.items() if not name.startswith("EVENHAND_")}


@contextmanager
def demo(folder: Path, *arguments: str) -> Iterator[dict[str, Any]]:
    """Run the demo; what its one line said. Stopped by Ctrl C, as a person would."""
    command = [
        sys.executable,
        "-m",
        "evenhand",
        "demo",
        "--data",
        str(folder / "data"),
        "--port",
        "0",
        "--json",
        *arguments,
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=ENVIRONMENT)
    assert server.stdout is not None
    try:
        line = server.stdout.readline()
        assert line, (folder / "log").read_text()
        yield json.loads(line)
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0
        server.stdout.close()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="evenhand-demo-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def first(folder: Path) -> Iterator[dict[str, Any]]:
    with demo(folder) as shown:
        yield {**shown, "seen": _seen(shown)}


def _seen(shown: dict[str, Any]) -> dict[str, Any]:
    """What the tests ask about, read while the demo runs."""
    roles: dict[str, list[str]] = {}
    projects = []
    for login in shown["logins"]:
        with Client(shown["url"]) as person:
            roles.setdefault(person.sign_in(login["email"], login["password"])["role"], []).append(login["email"])
    with Client(shown["url"], shown["admin_key"]) as owner:
        for project in owner.projects.list():
            tasks = list(owner.tasks.list(project["id"], page_size=500))
            projects.append({**project, "task_list": tasks})
        photographs = [_pictures(owner, shown, each) for each in projects if each["name"] == "Things in photographs"]
        names = sorted(member["name"] or "" for member in owner.people.list())
    return {"roles": roles, "projects": projects, "names": names, "photographs": photographs[0]}


def _pictures(owner: Client, shown: dict[str, Any], project: dict[str, Any]) -> set[bytes]:
    """The pictures of a project as the server gives them out."""
    media = [f"/projects/{project['id']}/tasks/{row['id']}/media/photo" for row in project["task_list"]]
    headers = {"authorization": f"Bearer {shown['admin_key']}"}
    return {httpx.get(f"{shown['url']}/api/v1{each}", headers=headers).raise_for_status().content for each in media}


def test_every_role_can_sign_in_with_the_password_that_was_shown(first: dict[str, Any]) -> None:
    opinions_most = max(wanted["opinions"] for wanted in demo_data.projects() if wanted["name"] != PRINTED)

    assert first["seen"]["roles"] == {
        "owner": ["owner@localhost"],
        "manager": ["manager@localhost"],
        "annotator": [f"annotator-{number}@localhost" for number in range(1, opinions_most + 1)],
        "reviewer": ["reviewer@localhost"],
        "auditor": ["auditor@localhost"],
    }


def test_logins_are_named_after_their_roles_and_after_nobody(first: dict[str, Any]) -> None:
    observers = {f"Observer {number} (1979)" for number in range(1, 6)}

    assert [name for name in first["seen"]["names"] if name not in observers] == [
        "Annotator 1",
        "Annotator 2",
        "Annotator 3",
        "Auditor",
        "Manager",
        "Owner",
        "Reviewer",
    ]


def test_its_projects_hold_real_passages_and_no_answer_is_invented(first: dict[str, Any]) -> None:
    texts = {each["text"] for each in demo_data.passages()}

    named = {each["name"]: each for each in first["seen"]["projects"]}
    tone = named["Tone of a passage"]
    assert len(tone["task_list"]) == 120
    assert all(any(text.startswith(row["preview"].rstrip("…")[:60]) for text in texts) for row in tone["task_list"])
    unanswered = [each for name, each in named.items() if name != PRINTED]
    assert all(row["opinions"]["got"] == 0 for each in unanswered for row in each["task_list"])


def test_one_project_has_the_answers_of_1979_and_shows_gold_and_quality(first: dict[str, Any]) -> None:
    [project] = [each["id"] for each in first["seen"]["projects"] if each["name"] == PRINTED]
    table = demo_data.judgments()

    with Client(first["url"], first["admin_key"]) as owner:
        deadline = time.monotonic() + 300
        while owner.quality.get(project)["state"] != "fitted" or owner.projects.get(project)["counts"]["answers"] < 225:
            assert time.monotonic() < deadline, "the answers did not come in"
            time.sleep(1)
        gold = {each["preview"]: each for each in owner.gold.list(project)}
        counts = owner.projects.get(project)["counts"]

    given = {f"Patient {number} of 45.": list(row) for number, row in enumerate(table, 1)}
    assert len(gold) == 12
    for preview, each in gold.items():
        told = {one["value"]: one["answers"] for one in each["answered"]}
        assert told == {level: given[preview].count(level) for level in sorted(set(given[preview]))}
    assert counts["done"] + counts["in_review"] + counts["in_adjudication"] > 0


def test_the_answers_of_1979_are_those_of_the_shared_set() -> None:
    shared = os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared")
    rows: dict[str, dict[str, int]] = {}
    for line in (Path(shared) / "data/crowd/anesthesia/labels.csv").read_text().splitlines()[1:]:
        task, worker, label = line.split(",")
        rows.setdefault(task, {}).setdefault(worker, int(label))

    assert [list(row.values()) for row in rows.values()] == demo_data.judgments()


def test_every_project_of_the_demo_is_loaded_the_one_with_photographs_too(first: dict[str, Any]) -> None:
    loaded = {each["name"]: len(each["task_list"]) for each in first["seen"]["projects"]}

    assert first["skipped"] == []
    assert loaded == {wanted["name"]: wanted["count"] for wanted in demo_data.projects()}


def test_the_photographs_come_back_as_the_package_carries_them(first: dict[str, Any]) -> None:
    wanted = next(each for each in demo_data.projects() if each["material"] == "photographs")

    shipped = {path.read_bytes() for path in demo_loading.photographs(wanted)}

    assert len(shipped) == wanted["count"]
    assert first["seen"]["photographs"] == shipped


def test_without_the_package_of_photographs_the_project_is_left_out_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = next(each for each in demo_data.projects() if each["material"] == "photographs")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(demo_loading.NotHere, match="pip install scikit-image"):
        demo_loading.photographs(wanted)


def test_it_listens_on_loopback_only(first: dict[str, Any]) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", first["url"])


def test_passwords_are_kept_nowhere_in_the_data_folder(folder: Path, first: dict[str, Any]) -> None:
    passwords = [login["password"].encode() for login in first["logins"]] + [first["admin_key"].encode()]

    for path in [*folder.joinpath("data").glob("*.json"), folder / "log"]:
        content = path.read_bytes()
        assert not [each for each in passwords if each in content], path


def test_a_second_start_keeps_the_data_and_says_so() -> None:
    made = Path(tempfile.mkdtemp(prefix="evenhand-demo-"))
    made.chmod(0o755)
    crowd = made / "crowd"
    crowd.mkdir()
    (crowd / "labels.csv").write_text("task,worker,label\nt1,ana,x\nt1,ben,x\nt2,ana,y\n")
    (crowd / "truth.csv").write_text("task,label\nt1,x\nt2,x\n")
    try:
        with demo(made, "--replay", str(crowd)) as begun:
            pass
        with demo(made) as again, Client(again["url"], begun["admin_key"]) as client:
            kept = client.projects.get(begun["projects"][0])
    finally:
        shutil.rmtree(made)

    assert (begun["replay"]["votes"], begun["replay"]["accuracy"], begun["replay"]["differing"]) == (3, 0.5, [])
    assert again["kept"] is True
    assert "admin_key" not in again
    assert kept["name"] == "Replay of crowd"


def test_a_replay_into_a_running_server_prints_accuracy_with_count_and_interval(
    installation: Installation, tmp_path: Path
) -> None:
    (tmp_path / "labels.csv").write_text("task,worker,label\nt1,ana,x\nt1,ben,y\nt2,ana,y\n")
    (tmp_path / "truth.csv").write_text("task,label\nt1,x\nt2,y\n")
    command = [sys.executable, "-m", "evenhand", "demo", "--replay", str(tmp_path), "--url", installation.url]

    done = subprocess.run([*command, "--api-key", installation.key], capture_output=True, text=True, env=ENVIRONMENT)
    refused = subprocess.run([*command, "--api-key", "evh_wrong"], capture_output=True, text=True, env=ENVIRONMENT)

    assert done.returncode == 0, done.stderr
    assert "0.7500 [" in done.stdout
    assert "1.5 of 2 tasks" in done.stdout
    assert "The majority of every task is the file's own." in done.stdout
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1


def test_a_folder_of_another_layout_is_refused_before_anything_starts(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "evenhand", "demo", "--replay", str(tmp_path), "--data", str(tmp_path / "data")]

    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)

    assert done.returncode == 1
    assert "labels.csv cannot be read" in done.stderr
    assert not (tmp_path / "data").exists()


def test_the_passages_are_whole_sentences_of_the_length_the_readme_says() -> None:
    found = demo_data.passages()

    assert len(found) == 453
    assert {WORDS_MIN <= len(each["text"].split()) <= WORDS_MAX for each in found} == {True}
    assert len({(each["year"], each["president"], each["part"], each["text"]) for each in found}) == 453
    assert (min(each["year"] for each in found), max(each["year"] for each in found)) == (1790, 2021)


def test_a_passage_does_not_end_after_a_title_or_an_initial() -> None:
    sentence = "Mr. John Q. Adams of the U.S. Senate spoke for ten words here today. "

    found = dict(passages_of(sentence * 12))

    assert set(found) == {1, 2}
    assert all(text.endswith("today.") and text.startswith("Mr. John") for text in found.values())


def test_deriving_the_same_package_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    text = "The year was good and the harvest was better than any year before it in the memory of the oldest. " * 12
    address = {"year": 1900, "name": "Nobody", "party": "None", "text": text}
    (tmp_path / "data" / "1900_nobody_n.json").write_text(json.dumps(address))

    assert derive(tmp_path) == derive(tmp_path)


def test_an_ontology_of_the_demo_has_no_defect_once_its_kinds_are_known(installation: Installation) -> None:
    with Client(installation.url, installation.key) as client:
        known = {each["name"] for each in client.kinds()["questions"]}
        own = [each["ontology"] for each in demo_data.projects() if "ontology" in each]
        checked = [each for each in own if {question["kind"] for question in each["questions"]} <= known]
        problems = {each["name"]: client.check_ontology(each)["problems"] for each in checked}

    assert len(checked) >= 4
    assert {name: found for name, found in problems.items() if found} == {}


def test_every_material_has_as_many_rows_as_its_project_asks_for() -> None:
    for wanted in demo_data.projects():
        if wanted["material"] != "photographs":
            rows = list(MATERIALS[wanted["material"]]())[: wanted["count"]]
            assert len(rows) == wanted["count"], wanted["name"]
            assert len({row["external_id"] for row in rows}) == wanted["count"], wanted["name"]
