"""`evenhand doctor`: what is sound is said to be, and each thing that is wrong is found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from evenhand.cli import doctor
from evenhand.cli.embedded import running_urls
from evenhand.core.settings import Settings
from serving import Installation


def verdicts(findings: Iterator[doctor.Finding]) -> list[tuple[str, str]]:
    return [(each.check, each.verdict) for each in findings]


def test_a_key_file_inside_the_data_folder_is_wrong(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", key_file=tmp_path / "data" / "secret.key")

    assert verdicts(doctor.check_key_file(settings)) == [("key file", "wrong")]


def test_a_key_file_that_others_can_read_is_wrong_and_the_remedy_is_a_command(tmp_path: Path) -> None:
    key = tmp_path / "data.key"
    key.write_text("k")
    key.chmod(0o644)
    settings = Settings(data=tmp_path / "data")

    found = next(doctor.check_key_file(settings))
    key.chmod(0o600)

    assert (found.verdict, found.remedy) == ("wrong", f"chmod 600 {key}")
    assert verdicts(doctor.check_key_file(settings)) == [("key file", "ok")]


def test_a_database_that_does_not_run_is_said_to_be_unchecked(tmp_path: Path) -> None:
    assert verdicts(doctor.check_database(Settings(data=tmp_path))) == [("database", "warning")]


def test_a_running_installation_is_proven_to_be_walled(installation: Installation) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "evenhand", "doctor", "--data", str(installation.data), "--json"],
        env={name: text for name, text in os.environ.items() if not name.startswith("EVENHAND_")},
        capture_output=True,
        text=True,
    )

    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stdout
    assert [each["verdict"] for each in findings if each["check"] == "role"] == ["ok", "ok", "ok"]
    assert [each["verdict"] for each in findings if each["check"] == "walls"] == ["ok"]


async def test_a_role_that_may_bypass_the_walls_is_found(installation: Installation) -> None:
    urls = running_urls(installation.data)
    assert urls is not None
    url = urls[0]
    password = (installation.data / "postgres" / "superuser.password").read_text().strip()
    superuser = url.replace(url.split("//")[1].split("@")[0], f"postgres:{password}")

    assert {each.verdict for each in await doctor._roles(superuser) if each.check == "role"} == {"wrong"}

    admin = await asyncpg.connect(superuser)
    try:
        await admin.execute("alter role evenhand_runtime bypassrls")
        found = [each for each in await doctor._roles(url) if each.verdict == "wrong"]
    finally:
        await admin.execute("alter role evenhand_runtime nobypassrls")
        await admin.close()
    assert [each.found for each in found] == ["evenhand_runtime may bypass row-level security."]
