"""`evenhand reset-password`: an operator's link, without mail, once, on record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx

from evenhand import Client
from evenhand.vault.keyfile import make_key_file
from serving import Installation

OLD, NEW = "four words are enough", "quite another sentence"


def reset(installation: Installation, email: str, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "evenhand", "reset-password", email, "--data", str(installation.data), *more]
    clean = {name: text for name, text in os.environ.items() if not name.startswith("EVENHAND_")}
    return subprocess.run(command, env=clean, capture_output=True, text=True)


def test_the_link_sets_a_new_password_once_and_the_old_one_works_until_then(installation: Installation) -> None:
    email = "forgetful@example.org"
    with Client(installation.url, installation.key) as owner, Client(installation.url) as person:
        person.accept_invitation(owner.people.invite(email, "annotator")["link"], OLD, "Annotator")

    done = reset(installation, email, "--url", "https://label.example.org/", "--json")
    assert done.returncode == 0, done.stderr
    link = json.loads(done.stdout)["link"]

    assert link.startswith("https://label.example.org/reset#")
    body = {"token": link.partition("#")[2], "password": NEW}
    with Client(installation.url) as person:
        assert person.sign_in(email, OLD)["role"] == "annotator"
    address = f"{installation.url}/api/v1/password-resets/accept"
    first, second = httpx.post(address, json=body), httpx.post(address, json=body)
    assert (first.status_code, first.json()["role"]) == (200, "annotator")
    assert (second.status_code, second.json()["code"]) == (410, "link-used")
    with Client(installation.url) as person:
        assert person.sign_in(email, NEW)["role"] == "annotator"


def test_an_address_nobody_has_is_said_in_one_line_with_the_remedy(installation: Installation) -> None:
    done = reset(installation, "nobody@example.org")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Nobody with the address nobody@example.org has joined")
    assert len(done.stderr.splitlines()) == 1


def test_another_installations_key_file_makes_no_link(installation: Installation, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    other.write_bytes(make_key_file().as_json())
    other.chmod(0o600)

    done = reset(installation, "owner@localhost", "--key-file", str(other))

    assert done.returncode == 1
    assert "is not the key file of this database" in done.stderr
