"""`evenhand project guidelines`: a file with its pictures becomes a version, versions are compared, questions answered."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evenhand import Client
from evenhand.cli.guidelines import word_diff
from serving import Installation

Run = Callable[..., "subprocess.CompletedProcess[str]"]
DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@pytest.fixture
def client(installation: Installation):
    with Client(installation.url, installation.key) as client:
        yield client


@pytest.fixture
def project(client: Client) -> str:
    return client.projects.create("Guided", preset="text-classification")["id"]


@pytest.fixture
def run(installation: Installation, project: str, tmp_path: Path) -> Run:
    """`evenhand project guidelines VERB` for the project."""

    def run(verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        clean = {name: text for name, text in os.environ.items() if not name.startswith(("EVENHAND_", "XDG_"))}
        own = {"EVENHAND_URL": installation.url, "EVENHAND_API_KEY": installation.key, "HOME": str(tmp_path)}
        command = [sys.executable, "-m", "evenhand", "project", "guidelines", verb, project, *arguments]
        return subprocess.run(command, env={**clean, **own, "COLUMNS": "200"}, capture_output=True, text=True)

    return run


def test_a_file_becomes_a_version_with_the_pictures_beside_it(
    run: Run, client: Client, project: str, tmp_path: Path
) -> None:
    (tmp_path / "shots").mkdir()
    (tmp_path / "shots" / "dot.gif").write_bytes(DOT)
    file = tmp_path / "guide.md"
    file.write_text("# Tone\n\n![A dot](shots/dot.gif)\n\n```\n![code](shots/none.gif)\n```\n", "utf-8")

    first = run("set", str(file), "--summary", "First")
    file.write_text("# Tone\n\nA typo less.\n", "utf-8")
    second = run("set", str(file), "-m", "A typo", "--no-consent", "--json")

    assert (first.returncode, first.stdout) == (0, "Version 1 stands. Everybody reads it before their next task.\n")
    assert json.loads(second.stdout)["version"] == 2
    markdown = client.projects.guideline(project, 1)["markdown"]
    picture = markdown.partition("picture:")[2].partition(")")[0]
    assert client.guidelines.picture(project, picture) == DOT
    assert "![code](shots/none.gif)" in markdown
    assert run("show", "--version", "1").stdout.strip() == markdown.strip()
    listed = run("versions").stdout
    assert "not-needed" in listed and "A typo" in listed


def test_a_picture_that_is_not_there_and_a_version_that_is_not_the_last_are_refused_in_a_line(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "guide.md"
    file.write_text("# Tone\n\n![A dot](dot.gif)\n", "utf-8")
    missing = run("set", str(file))
    file.write_text("# Tone\n", "utf-8")
    stale = run("set", str(file), "--if-version", "7")

    assert missing.returncode != 0 and "Line 3 shows dot.gif" in missing.stderr
    assert stale.returncode != 0 and "changed it since" in stale.stderr
    assert "Traceback" not in missing.stderr + stale.stderr
    assert run("show").stdout.strip() == "There are no guidelines yet."


def test_versions_are_compared_word_by_word_also_without_color(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "guide.md"
    for text in ("Harsh is what hurts.\n", "Harsh is what insults.\n"):
        file.write_text(text, "utf-8")
        assert run("set", str(file)).returncode == 0

    assert run("diff").stdout.strip() == "Harsh is what [-hurts-]{+insults+}."
    assert json.loads(run("diff", "1", "2", "--json").stdout)["parts"][1] == {"text": "hurts", "change": "gone"}


def test_a_question_is_listed_and_answered(run: Run, client: Client, project: str) -> None:
    client.projects.change_guideline(project, "# Tone")
    asked = client.guidelines.ask(project, "Sarcasm too?", version=1, heading="Tone")

    assert "Sarcasm too?" in run("discussions", "--state", "open").stdout
    answered = run("reply", asked["id"], "Yes.", "--resolve")
    assert (answered.returncode, answered.stdout) == (0, "Said, and resolved.\n")
    assert run("discussions", "--state", "open").stdout.strip() == "Nobody asked anything yet."


def test_the_parts_of_a_diff_are_both_texts() -> None:
    before, after = "One two  three, four.", "One 2  three; four!"

    parts = word_diff(before, after)

    assert "".join(each["text"] for each in parts if each["change"] != "new") == before
    assert "".join(each["text"] for each in parts if each["change"] != "gone") == after
