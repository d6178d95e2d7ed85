"""`evenhand organization create`: the operator makes a customer, a vendor or itself, and hands its first owner a link."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from evenhand import Client
from serving import Installation

PASSWORD = "four plain words together"


def create(installation: Installation, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "evenhand", "organization", "create", *words, "--data", str(installation.data)]
    clean = {name: text for name, text in os.environ.items() if not name.startswith("EVENHAND_")}
    return subprocess.run(command, env=clean, capture_output=True, text=True)


@pytest.mark.parametrize("kind", ["customer", "vendor", "operator"])
def test_the_first_owner_joins_by_the_link_and_owns_the_organization(installation: Installation, kind: str) -> None:
    done = create(installation, f"The {kind}", "--kind", kind, "--owner", f"{kind}@example.org", "--json")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)

    with Client(installation.url) as owner:
        session = owner.accept_invitation(made["link"], PASSWORD, "The owner")

        assert (session["role"], session["organization"]["name"]) == ("owner", f"The {kind}")
        assert session["organization"]["id"] == made["id"]


def test_an_address_that_is_none_is_said_in_one_line_and_makes_no_member(installation: Installation) -> None:
    done = create(installation, "Nobody's", "--kind", "customer", "--owner", "not an address")

    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
