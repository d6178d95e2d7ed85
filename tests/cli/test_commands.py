"""The command line against a real server: what it prints for readers and for programs, and how it leaves."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evenhand import Client, __version__
from serving import Installation

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(installation: Installation, tmp_path: Path) -> Run:
    """Run `evenhand` as somebody who has the server and the key in the environment, and a home of their own."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {name: text for name, text in os.environ.items() if not name.startswith(("EVENHAND_", "XDG_"))}
        own = {
            "EVENHAND_URL": installation.url,
            "EVENHAND_API_KEY": installation.key,
            "HOME": str(tmp_path),
            "COLUMNS": "200",
        }
        command = [sys.executable, "-m", "evenhand", *arguments]
        given = {**clean, **own, **environment}
        return subprocess.run(
            command, env={name: text for name, text in given.items() if text}, capture_output=True, text=True
        )

    return run


@pytest.fixture
def project(installation: Installation) -> str:
    with Client(installation.url, installation.key) as client:
        return client.projects.create("Reviews", preset="text-classification")["id"]


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_project_is_made_listed_and_led_through_its_states(run: Run) -> None:
    made = lines(
        run(
            "project",
            "create",
            "Menus",
            "--preset",
            "text-classification",
            "--label",
            "warm",
            "--label",
            "cold",
            "--json",
        )
    )
    project = str(made[0]["id"])

    assert project in run("project", "list").stdout
    for verb, state in [
        ("pause", "paused"),
        ("resume", "active"),
        ("archive", "archived"),
        ("restore", "active"),
        ("trash", "trashed"),
    ]:
        assert lines(run("project", verb, project, "--json"))[0]["state"] == state
    assert project in [each["id"] for each in lines(run("project", "list", "--state", "trashed", "--json"))]
    assert lines(run("project", "restore", "Menus", "--json"))[0]["state"] == "active"
    assert lines(run("project", "clone", "Menus", "Menus again", "--json"))[0]["name"] == "Menus again"
    shown = lines(run("project", "show", "Menus", "--json"))[0]
    assert shown["name"] == "Menus"


def test_a_file_is_imported_with_a_mapped_column_and_its_tasks_are_listed(
    run: Run, project: str, tmp_path: Path
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("comment,external_id\nwarm,e1\ncold,e2\n")

    report = lines(
        run("task", "import", str(file), "--project", project, "--map", "text=comment", "--batch", "May", "--json")
    )[0]
    tasks = lines(run("task", "list", "--project", project, "--json"))
    shown = run("task", "show", str(tasks[0]["id"]), "--project", project)

    assert (report["imported"], report["rejected"]) == (2, 0)
    assert {(task["external_id"], task["preview"], task["batch"]) for task in tasks} == {
        ("e1", "warm", "May"),
        ("e2", "cold", "May"),
    }
    assert shown.stdout.startswith("open: ")
    assert "browse" in run("task", "looks", str(tasks[0]["id"]), "--project", project).stdout


def test_refused_rows_are_told_with_line_and_remedy_and_the_exit_code_says_so(
    run: Run, project: str, tmp_path: Path
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text":"good"}\n{"txt":"bad"}\n')

    kept = run("task", "import", str(file), "-p", project)
    none = run("task", "import", str(file), "-p", project, "--atomic", "--batch", "other", "--json")

    assert kept.returncode == 1
    assert "line 2" in kept.stdout
    assert "1 imported, 0 known already, 1 refused." in kept.stdout
    assert none.returncode == 1
    assert json.loads(none.stdout)["code"] == "import-refused"


def test_an_error_is_one_line_with_the_remedy_and_json_for_programs(run: Run) -> None:
    readable = run("project", "show", "0198c000-0000-7000-8000-000000000000")
    machine = run("project", "show", "0198c000-0000-7000-8000-000000000000", "--json")
    unnamed = run("project", "show", "No such name")

    assert (readable.returncode, machine.returncode, unnamed.returncode) == (1, 1, 1)
    assert len(readable.stderr.splitlines()) == 1
    assert "Check the id" in readable.stderr
    assert json.loads(machine.stderr)["code"] == "not-found"
    assert "`evenhand project list`" in unnamed.stderr
    assert readable.stdout == ""


def test_exit_codes_tell_refusal_usage_and_silence_apart(run: Run) -> None:
    assert run("project", "create", "X", "--preset", "none-such").returncode == 1
    assert run("project", "no-such-verb").returncode == 2
    assert run("task", "list").returncode == 2
    assert run("project", "list", EVENHAND_URL="http://127.0.0.1:23098").returncode == 3
    missing = run("project", "list", EVENHAND_URL="", EVENHAND_API_KEY="")
    assert missing.returncode == 1
    assert "evenhand login" in missing.stderr


def test_a_login_is_kept_for_its_owner_only_and_never_sent_elsewhere(
    run: Run, installation: Installation, tmp_path: Path
) -> None:
    none = {"EVENHAND_URL": "", "EVENHAND_API_KEY": ""}

    wrong = run("login", installation.url, "--key", "evh_wrong", **none)
    right = run("login", installation.url, "--key", installation.key, **none)
    profile = tmp_path / ".config" / "evenhand" / "profile.json"

    assert wrong.returncode == 1
    assert "owner" in right.stdout
    assert installation.key not in right.stdout
    assert stat.S_IMODE(profile.stat().st_mode) == 0o600
    assert run("people", "list", **none).returncode == 0
    elsewhere = run("people", "list", "--url", "http://127.0.0.1:23098", **none)
    assert "No API key" in elsewhere.stderr


def test_people_are_invited_and_keys_made_listed_and_removed(run: Run, installation: Installation) -> None:
    invited = lines(run("people", "invite", "eva@example.org", "--role", "reviewer", "--json"))[0]
    people = lines(run("people", "list", "--json"))
    made = lines(run("key", "create", "nightly", "--scope", "project.read", "--json"))[0]
    listed = lines(run("key", "list", "--json"))

    assert str(invited["link"]).startswith(installation.url)
    assert {"eva@example.org"} <= {each["email"] for each in people}
    assert str(made["secret"]).startswith("evh_")
    assert made["id"] in [each["id"] for each in listed]
    assert all("secret" not in each for each in listed)
    assert run("key", "remove", str(made["id"])).stdout == "Revoked.\n"
    assert run("project", "list", EVENHAND_API_KEY=str(made["secret"])).returncode == 1


def test_a_release_is_cut_downloaded_and_verified(
    run: Run, installation: Installation, project: str, tmp_path: Path
) -> None:
    with Client(installation.url, installation.key) as client:
        client.tasks.import_(project, [{"text": "warm"}])
        dealt = client.work.claim(project)["assignment"]
        client.work.submit(dealt, [{"question": "label", "value": "positive"}])

    made = lines(run("release", "create", "--project", project, "--note", "first", "--all", "--json"))[0]
    folder = tmp_path / "release"
    downloaded = run("release", "download", str(made["id"]), "--into", str(folder))
    genuine = run("verify", str(folder))
    labels = folder / "labels.jsonl"
    labels.write_bytes(labels.read_bytes().replace(b"positive", b"negative"))
    forged = run("verify", str(folder))

    assert made["state"] == "ready"
    assert f"evenhand verify {folder}" in downloaded.stdout
    assert genuine.returncode == 0, genuine.stdout + genuine.stderr
    assert forged.returncode == 1
    assert "labels.jsonl" in forged.stdout
    assert lines(run("release", "list", "--project", project, "--json"))[0]["id"] == made["id"]


def test_progress_is_told_in_words_and_in_json(run: Run, project: str) -> None:
    assert "tasks done" in run("progress", project).stdout
    assert "counts" in lines(run("progress", project, "--json"))[0]


def test_every_command_takes_json(run: Run) -> None:
    for family, verbs in {
        "project": ["list", "create", "show", "presets", "pause", "resume", "archive", "trash", "restore", "clone"],
        "task": ["import", "list", "show", "looks"],
        "people": ["list", "invite"],
        "key": ["list", "create", "remove"],
        "release": ["create", "list", "download"],
    }.items():
        for verb in verbs:
            assert "--json" in run(family, verb, "--help").stdout, (family, verb)
    for verb in ("up", "doctor", "progress", "verify", "login"):
        assert "--json" in run(verb, "--help").stdout, verb


def test_serving_does_not_carry_the_http_client_in_memory() -> None:
    code = "import sys, evenhand.cli.main; print('httpx' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_the_version_is_told_as_a_command_and_as_an_option(run: Run) -> None:
    told = {run(word).stdout for word in ("version", "--version")}

    assert told == {f"{__version__}\n"}
