"""`evenhand audit`, `gold plant` and its kin, `appeal evidence`, and adaptive opinions by flags, against a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evenhand import Client
from serving import Installation


@pytest.fixture
def client(installation: Installation) -> Any:
    with Client(installation.url, installation.key) as client:
        yield client


def run(installation: Installation, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("EVENHAND_", "XDG_"))}
    own = {"EVENHAND_URL": installation.url, "EVENHAND_API_KEY": installation.key, "HOME": str(home), "COLUMNS": "200"}
    command = [sys.executable, "-m", "evenhand", *arguments]
    return subprocess.run(command, env={**clean, **own}, capture_output=True, text=True)


def labeled(client: Client, count: int) -> str:
    """A project whose tasks the owner has answered."""
    project = client.projects.create(
        "To audit", preset="text-classification", fill={"labels": ["positive", "negative"]}
    )["id"]
    if count:
        client.tasks.import_(project, [{"text": f"letter {index}"} for index in range(count)])
    claim = client.work.claim(project)
    while claim["status"] == "ok":
        submitted = client.work.submit(claim["assignment"], [{"question": "label", "value": "positive"}], next=True)
        claim = submitted["next"]
    return str(project)


def test_an_audit_is_priced_asked_for_and_listed(installation: Installation, client: Client, tmp_path: Path) -> None:
    project = labeled(client, 5)

    price = run(installation, tmp_path, "audit", "price", "--project", project, "--share", "0.4", "--delta", "0.2")
    asked = run(installation, tmp_path, "audit", "ask", "--project", project, "--share", "0.4", "--json")
    listed = run(installation, tmp_path, "audit", "list", "--project", project)

    assert price.returncode == asked.returncode == listed.returncode == 0, price.stderr + asked.stderr + listed.stderr
    assert "audits of 5 tasks say at most 40.0%, if none of them finds an error." in price.stdout
    made = json.loads(asked.stdout)
    assert (made["tasks"], made["audited"], made["upper"]) == (5, 0, 1.0)
    assert made["id"] in listed.stdout and "if the auditors are right" in listed.stdout


def test_an_audit_of_nothing_is_refused_in_one_line(installation: Installation, client: Client, tmp_path: Path) -> None:
    project = labeled(client, 0)

    asked = run(installation, tmp_path, "audit", "ask", "--project", project)

    assert asked.returncode != 0
    assert "no task is done yet" in asked.stderr and "Traceback" not in asked.stderr


def test_adaptive_opinions_are_set_and_ended_by_flags(
    installation: Installation, client: Client, tmp_path: Path
) -> None:
    project = client.projects.create(
        "Adaptive", preset="text-classification", fill={"labels": ["positive", "negative"]}
    )["id"]

    begun = run(installation, tmp_path, "project", "set", project, "--opinions", "2", "--most", "7", "--sure", "0.95")

    assert begun.returncode == 0, begun.stderr
    assert client.projects.get(project)["workflow"]["adaptive"] == {"most": 7, "sure": 0.95, "routed": False}

    routed = run(installation, tmp_path, "project", "set", project, "--most", "7", "--sure", "0.95", "--routed")
    assert "routed" in routed.stdout, routed.stderr
    assert client.projects.get(project)["workflow"]["adaptive"] == {"most": 7, "sure": 0.95, "routed": True}

    alone = run(installation, tmp_path, "project", "set", project, "--most", "1")
    without = run(installation, tmp_path, "project", "set", project, "--sure", "0.9")
    assert alone.returncode != 0 and "Traceback" not in alone.stderr
    assert without.returncode == 2 and "--sure goes with --most" in without.stderr
    assert client.projects.get(project)["workflow"]["adaptive"] == {"most": 7, "sure": 0.95, "routed": True}

    assert run(installation, tmp_path, "project", "set", project, "--most", "0").returncode == 0
    assert client.projects.get(project)["workflow"]["adaptive"] is None


def test_flaws_are_planted_from_a_file_listed_and_taken_out(
    installation: Installation, client: Client, tmp_path: Path
) -> None:
    project = labeled(client, 0)
    client.tasks.import_(project, [{"text": "letter"}])
    [task] = [each["id"] for each in client.tasks.list(project)]
    client.gold.make(project, [{"task_id": task, "answers": [{"question": "label", "value": "positive"}]}])
    wrong = {"task_id": task, "answers": [{"question": "label", "value": "negative"}], "reason": "slip"}
    file, broken = tmp_path / "flaws.jsonl", tmp_path / "broken.jsonl"
    file.write_text(json.dumps(wrong) + "\n")
    broken.write_text(json.dumps(wrong) + '\n{"task_id": "x"}\n')

    refused = run(installation, tmp_path, "gold", "plant", str(broken), "--project", project)
    none = run(installation, tmp_path, "gold", "flaws", "--project", project)
    planted = run(installation, tmp_path, "gold", "plant", str(file), "--project", project)
    listed = run(installation, tmp_path, "gold", "flaws", "--project", project, "--json")
    taken = run(installation, tmp_path, "gold", "unplant", task, "--project", project)

    assert refused.returncode == 2 and "Line 2 of" in refused.stderr
    assert "No flaw is planted." in none.stdout, "of a file with a broken line nothing is sent"
    assert "One flaw is planted." in planted.stdout, planted.stderr
    [flaw] = map(json.loads, listed.stdout.splitlines())
    assert (flaw["task_id"], flaw["state"], flaw["summary"], flaw["reason"]) == (task, "waiting", "negative", "slip")
    assert f"Task {task} has no planted flaw any more." in taken.stdout, taken.stderr
    assert list(client.gold.flaws(project)) == []


def test_what_may_be_named_of_a_person_is_listed_as_evidence_is_written(
    installation: Installation, client: Client, tmp_path: Path
) -> None:
    project = labeled(client, 1)
    client.projects.change_guideline(project, "# Tone")
    person = client.session()["person"]["id"]
    nothing = run(installation, tmp_path, "appeal", "evidence", "--project", project, person)
    client.work.consent(project, 1)

    listed = run(installation, tmp_path, "appeal", "evidence", "--project", project, person)

    assert nothing.returncode == listed.returncode == 0, nothing.stderr + listed.stderr
    assert "There is nothing." in nothing.stdout
    assert "guideline:1:Tone" in listed.stdout
