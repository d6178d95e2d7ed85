"""The key file: kept away from the data, copied to officers, brought back from any one of them."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from pathlib import Path

import pyrage
import pytest
from operating_world import Commands, Own, evenhand, wait_until

from evenhand import Client
from evenhand.vault.keyfile import make_key_file, parse_key_file


@pytest.fixture
def officers(folder: Path) -> list[Path]:
    """Two officers' identity files, as age-keygen writes them."""
    files = []
    for number in (1, 2):
        identity = pyrage.x25519.Identity.generate()
        file = folder / f"officer-{number}.txt"
        file.write_text(f"# created: today\n# public key: {identity.to_public()}\n{identity}\n")
        files.append(file)
    return files


@pytest.fixture
def key_file(folder: Path) -> Path:
    path = folder / "data.key"
    path.write_bytes(make_key_file().as_json())
    return path


def public_of(officer: Path) -> str:
    return officer.read_text().split("public key: ")[1].splitlines()[0]


def test_any_one_officer_brings_the_key_file_back(
    commands: Commands, folder: Path, officers: list[Path], key_file: Path
):
    given = ("--data", folder / "data", "--key-file", key_file)
    made = commands("keys", "escrow", *map(public_of, officers), "--into", folder / "escrow.age", *given, "--json")

    backs = []
    for number, officer in enumerate(officers):
        back = folder / f"back-{number}.key"
        done = commands("keys", "restore", folder / "escrow.age", "--identity", officer, "--key-file", back)
        assert done.returncode == 0, done.stderr
        backs.append(parse_key_file(back.read_bytes(), back))

    keys = parse_key_file(key_file.read_bytes(), key_file)
    assert json.loads(made.stdout) == {
        "escrow": str(folder / "escrow.age"),
        "key": keys.reference,
        "recipients": 2,
    }
    assert backs == [keys, keys]
    assert stat.S_IMODE((folder / "escrow.age").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "back-0.key").stat().st_mode) == 0o600


def test_recipients_may_stand_in_a_file_and_be_ssh_keys(commands: Commands, folder: Path, key_file: Path):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "officer"], check=True)
    (folder / "recipients").write_text(f"# the officers\n\n{(folder / 'officer.pub').read_text()}")
    options = ("--key-file", key_file, "--data", folder / "data")

    done = commands("keys", "escrow", "-R", folder / "recipients", "--into", folder / "escrow.age", *options)
    back = commands(
        *("keys", "restore", folder / "escrow.age", "--identity", folder / "officer"),
        *("--key-file", folder / "back.key"),
    )

    assert done.returncode == 0, done.stderr
    assert back.returncode == 0, back.stderr
    assert (folder / "back.key").read_bytes() == key_file.read_bytes()


@pytest.mark.skipif(shutil.which("age") is None, reason="age itself is not part of what an installation needs")
def test_age_itself_opens_the_escrow(commands: Commands, folder: Path, officers: list[Path], key_file: Path):
    options = ("--key-file", key_file, "--data", folder / "data")
    commands("keys", "escrow", public_of(officers[0]), "--into", folder / "escrow.age", *options)

    opened = subprocess.run(["age", "-d", "-i", officers[0], folder / "escrow.age"], capture_output=True, check=True)

    assert opened.stdout == key_file.read_bytes()


def test_a_stranger_and_a_key_file_in_the_way_are_refused_in_one_line(
    commands: Commands, folder: Path, officers: list[Path], key_file: Path
):
    options = ("--key-file", key_file, "--data", folder / "data")
    commands("keys", "escrow", public_of(officers[0]), "--into", folder / "escrow.age", *options)

    by_stranger = commands("keys", "restore", folder / "escrow.age", "--identity", officers[1], "--key-file", "x.key")
    in_the_way = commands("keys", "restore", folder / "escrow.age", "--identity", officers[0], "--key-file", key_file)
    twice = commands("keys", "escrow", public_of(officers[0]), "--into", folder / "escrow.age", *options)
    for_nobody = commands("keys", "escrow", "--into", folder / "other.age", *options)

    for done, remedy in [
        (by_stranger, "Use the identity"),
        (in_the_way, "move that file away"),
        (twice, "Choose another name"),
        (for_nobody, "Give age recipients"),
    ]:
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert remedy in done.stderr
    assert not (folder / "other.age").exists()


def test_nothing_starts_with_the_key_file_inside_the_data_folder(own: Own, commands: Commands, folder: Path):
    inside = folder / "data" / "secret.key"

    running = own.begin(folder / "data", "--key-file", str(inside))
    code = running.process.wait(60)
    escrow = commands("keys", "escrow", "age1x", "--into", folder / "e", "--key-file", inside, "--data", inside.parent)

    assert code == 1
    assert running.said().count("\n") == 1
    assert "Move the key file out of the data folder" in running.said()
    assert not inside.exists()
    assert not (folder / "data" / "postgres").exists()
    assert "Move the key file out of the data folder" in escrow.stderr


def test_a_link_into_the_data_folder_counts_as_inside(own: Own, folder: Path):
    (folder / "data").mkdir()
    (folder / "data" / "secret.key").write_bytes(make_key_file().as_json())
    (folder / "link.key").symlink_to(folder / "data" / "secret.key")

    running = own.begin(folder / "data", "--key-file", str(folder / "link.key"))

    assert running.process.wait(60) == 1
    assert "lies inside the data folder" in running.said()


def test_the_customer_key_is_renewed_and_the_one_before_retired_once_nothing_lies_under_it(own: Own, folder: Path):
    data, key_file = folder / "data", folder / "data.key"
    first = own.up(data)
    with Client(first.url, first.key) as client:
        project = client.projects.create("Reviews", preset="text-classification")["id"]
        client.tasks.import_(project, [{"text": "warm words"}])
    first.stop()
    before = json.loads(key_file.read_bytes())

    renewed = evenhand("keys", "renew", "--data", data)
    both = json.loads(key_file.read_bytes())
    too_early = evenhand("keys", "retire", "--data", data)
    running = own.up(data)
    retired = wait_until(lambda: [done for done in [evenhand("keys", "retire", "--data", data)] if not done.returncode])
    running.stop()
    after = json.loads(key_file.read_bytes())
    again = own.up(data)
    with Client(again.url, first.key) as client:
        dealt = client.work.claim(project)

    assert renewed.returncode == 0, renewed.stderr
    assert both["former_customer_keys"] == [before["customer_key"]]
    assert too_early.returncode == 1
    assert "lie under a former customer key still" in too_early.stderr
    assert retired, "it was never done"
    assert (after["customer_key"], "former_customer_keys" in after) == (both["customer_key"], False)
    assert (after["lookup_key"], after["signing_seed"]) == (before["lookup_key"], before["signing_seed"])
    assert "warm words" in json.dumps(dealt)
