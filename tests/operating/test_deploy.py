"""What is shipped for running it names settings, commands and files that exist, and is accepted by the programs it is for."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from operating_world import evenhand

from evenhand.cli.settings import SECRETS
from evenhand.core.settings import Settings

ROOT = Path(__file__).parents[2]
UNITS = ("evenhand.service", "evenhand-broker.service")
FILES = (
    "Containerfile",
    "compose.yaml",
    "deploy/compose-broker.yaml",
    *(f"deploy/{each}" for each in UNITS),
    "deploy/nginx.conf",
    "deploy/Caddyfile",
)


@pytest.mark.parametrize("name", FILES)
def test_every_setting_that_a_file_names_exists(name: str):
    text = (ROOT / name).read_text()

    named = {each.removeprefix("EVENHAND_").lower() for each in re.findall(r"\bEVENHAND_[A-Z_]+", text)}

    files = {f"{each.lower()}_file" for each in SECRETS}
    assert named - Settings.model_fields.keys() - files - {"require_ui"} == set()


def test_data_and_key_lie_apart_wherever_it_is_deployed():
    for name in ("Containerfile", "deploy/evenhand.service"):
        text = (ROOT / name).read_text()
        data, key = (re.search(rf"EVENHAND_{each}=(\S+)", text)[1] for each in ("DATA", "KEY_FILE"))

        assert not Path(key).is_relative_to(Path(data).parent), name


def test_every_file_that_the_container_copies_is_there():
    text = (ROOT / "Containerfile").read_text()

    copied = [line.split()[1:-1] for line in text.splitlines() if line.startswith("COPY ") and "--from" not in line]

    assert copied
    assert [each for names in copied for each in names if not (ROOT / each).exists()] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="a machine without systemd cannot judge a unit")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_accepts_the_unit(unit: str, folder: Path):
    program = folder / "evenhand"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    text = (ROOT / "deploy" / unit).read_text().replace("/opt/evenhand/bin/evenhand", str(program))
    (folder / unit).write_text(text)

    done = subprocess.run(["systemd-analyze", "verify", folder / unit], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert unit not in done.stderr


def test_the_broker_has_a_user_of_its_own_and_no_way_out():
    text = (ROOT / "deploy" / "evenhand-broker.service").read_text()
    server = (ROOT / "deploy" / "evenhand.service").read_text()

    assert re.search(r"^User=(\S+)", text, re.M)[1] != re.search(r"^User=(\S+)", server, re.M)[1]
    assert re.search(r"^IPAddressDeny=any$", text, re.M)
    assert re.search(r"^IPAddressAllow=localhost$", text, re.M)


def test_the_brokers_container_has_a_user_of_its_own_one_network_without_a_way_out_and_the_only_whole_key():
    both = [yaml.safe_load((ROOT / name).read_text()) for name in ("compose.yaml", "deploy/compose-broker.yaml")]
    services, networks = both[1]["services"], {**both[0]["networks"], **both[1]["networks"]}
    broker, keys = services["broker"], services["keys"]

    assert broker["user"].split(":")[0] == "10002"
    assert "useradd --uid 10001" in (ROOT / "Containerfile").read_text()
    assert "ports" not in broker
    assert [each for each in broker["networks"] if not networks[each]["internal"]] == []
    assert keys["network_mode"] == "none"
    whole = [
        (name, volume)
        for one in both
        for name, service in one["services"].items()
        for volume in service.get("volumes", ())
        if volume.startswith("broker-key:")
    ]
    assert {name for name, _ in whole} == {"broker", "keys"}
    assert broker["environment"]["EVENHAND_BROKER_PEERS"] == "10001"
    assert services["evenhand"]["environment"]["EVENHAND_KEY_FILE"].endswith("/server.key")


@pytest.mark.parametrize("name", ["compose.yaml", "deploy/compose-broker.yaml"])
def test_what_a_compose_file_runs_are_commands_with_options_that_exist(name: str):
    text = (ROOT / name).read_text()

    found = re.findall(
        r"evenhand[ ,]+([a-z]+)(?: ([a-z]+))?([^\n]*(?:\\\n[^\n]*)?)", text.replace("[evenhand", "evenhand")
    )
    commands = [(a, b, rest) for a, b, rest in found if a in ("broker", "keys")]

    for first, second, rest in commands:
        words = [first, second] if first == "keys" else [first]
        said = evenhand(*words, "--help").stdout
        for option in re.findall(r"--[a-z-]+", rest):
            assert option in said, (words, option)
    assert bool(commands) == (name != "compose.yaml")


def test_the_log_goes_to_another_machine_over_tls_with_certificates_on_both_sides():
    text = (ROOT / "deploy" / "journal-upload.conf").read_text()
    said = dict(re.findall(r"^(\w+)=(\S+)", text, re.M))

    assert said["URL"].startswith("https://")
    assert {"ServerKeyFile", "ServerCertificateFile", "TrustedCertificateFile"} <= said.keys()
    assert said["TrustedCertificateFile"] != "all", "whoever answers is not believed"
    # What the unit writes is what the journal has: nothing redirects it.
    unit = (ROOT / "deploy" / "evenhand.service").read_text()
    assert not re.search(r"^Standard(Output|Error)=(?!journal)", unit, re.M)
