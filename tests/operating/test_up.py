"""`evenhand up` where something is in the way: one line that names it and the remedy, and nothing half-made."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from operating_world import Own, Running, evenhand, wait_until

from evenhand import Client
from evenhand.store.postgres import find_binaries
from evenhand.vault.keyfile import make_key_file


def one_line_of(running: Running) -> str:
    """What a start that failed said: one line, whatever went wrong."""
    assert running.process.wait(90) == 1, running.said()
    lines = running.said().splitlines()
    assert len(lines) == 1, running.said()
    return lines[0]


def test_a_taken_port_is_said_at_once(own: Own, folder: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        line = one_line_of(own.begin(folder / "data", "--port", str(port)))

    assert line == (
        f"Port {port} of 127.0.0.1 cannot be used: address already in use. Take another port with --port (0 takes a free one),"
        " or another address with --host."
    )
    assert not (folder / "data").exists()


def test_a_folder_where_nothing_may_be_written_is_named(own: Own):
    line = one_line_of(own.begin(Path("/proc/evenhand")))

    assert line.startswith("The data folder /proc/evenhand cannot be used: ")
    assert line.endswith("Choose another with --data, or let this account write there.")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk that can be written by nobody")
def test_a_read_only_disk_is_named(own: Own, small_disk: Path):
    own.up(small_disk / "data").stop()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)

    line = one_line_of(own.begin(small_disk / "data"))

    assert "cannot be used: read-only file system. Choose another with --data" in line


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 200 MB of its own."""
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m,mode=755", "evenhand-test", disk], check=True)
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_is_said_on_the_first_start_and_on_later_ones(own: Own, small_disk: Path):
    filler = small_disk / "filler"
    key = ("--key-file", str(own.folder / "data.key"))

    fill(filler, free_bytes=16 << 20)
    first = one_line_of(own.begin(small_disk / "data", *key))
    filler.unlink()
    own.up(small_disk / "data", *key).stop()
    fill(filler, free_bytes=0)
    later = one_line_of(own.begin(small_disk / "data", *key))
    filler.unlink()
    again = own.up(small_disk / "data", *key)

    for line in (first, later):
        assert line.startswith(f"The disk of {small_disk / 'data'} is full.")
        assert "Free at least 1 GiB" in line
    assert again.url


def fill(file: Path, *, free_bytes: int) -> None:
    """Leave so much free on the disk of a file."""
    free = shutil.disk_usage(file.parent).free - free_bytes
    with file.open("wb") as writing:
        try:
            for _ in range(0, free, 1 << 20):
                writing.write(bytes(min(1 << 20, free)))
            writing.flush()
        except OSError:
            return


def test_a_second_up_on_one_folder_is_refused_and_the_first_goes_on(own: Own, folder: Path):
    first = own.up(folder / "data")

    line = one_line_of(own.begin(folder / "data"))

    assert line == (
        f"{folder / 'data' / 'postgres'} is looked after by process {first.process.pid}."
        " Stop the other Evenhand first, or give this one a data folder of its own."
    )
    with Client(first.url, first.key) as client:
        assert client.session()["role"] == "owner"


def test_another_installations_key_and_a_missing_key_are_refused(own: Own, folder: Path):
    own.up(folder / "data").stop()
    other = folder / "other.key"
    other.write_bytes(make_key_file().as_json())

    wrong = one_line_of(own.begin(folder / "data", "--key-file", str(other)))
    missing = one_line_of(own.begin(folder / "data", "--key-file", str(folder / "gone.key")))

    assert wrong.startswith(f"{other} is not the key file of this database. Point EVENHAND_KEY_FILE to the file")
    assert "restore it from escrow with evenhand keys restore" in missing
    assert not (folder / "gone.key").exists()
    assert own.up(folder / "data").url


def test_a_key_file_that_is_none_is_refused(own: Own, folder: Path):
    (folder / "data.key").write_text("not a key")

    line = one_line_of(own.begin(folder / "data"))

    assert line.startswith("The key file cannot be read as one.")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may start it for another account")
def test_a_folder_that_postgres_may_not_enter_is_named_and_left_alone(own: Own, folder: Path):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)

    line = one_line_of(own.begin(closed / "data"))

    assert f"The account 'nobody' may not enter {closed}." in line
    assert closed.stat().st_mode & 0o777 == 0o700


def test_an_unknown_setting_is_refused_by_name(own: Own, folder: Path):
    line = one_line_of(own.begin(folder / "data", EVENHAND_PROT="8420"))

    assert "EVENHAND_PROT" in line
    assert "there is no such setting" in line
    assert not (folder / "data").exists()


def test_a_setting_that_does_not_fit_is_refused_by_name(own: Own, folder: Path):
    line = one_line_of(own.begin(folder / "data", EVENHAND_WEB_PROCESSES="none"))

    assert "EVENHAND_WEB_PROCESSES" in line


def test_a_child_that_dies_is_started_again(own: Own, folder: Path):
    running = own.up(folder / "data")
    children = subprocess.run(
        ["pgrep", "-P", str(running.process.pid), "-f", "evenhand.* serve$"], capture_output=True, text=True, check=True
    )
    web = int(children.stdout.split()[0])

    os.kill(web, signal.SIGKILL)

    def role() -> str | None:
        with Client(running.url, running.key) as client:
            return client.session()["role"]

    assert wait_until(lambda: "process.restarted" in running.said())
    assert wait_until(role) == "owner"


# ------------------------------------------------------------------------------------- somebody else's PostgreSQL --
@pytest.fixture(params=[pytest.param(15, id="pg15"), pytest.param(18, id="pg18", marks=pytest.mark.drill)])
def foreign(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The URL of a superuser of a server that is not ours, with a database `labels` owned by a role without superuser."""
    from evenhand.store.postgres import PostgresServer

    server = PostgresServer(folder / "theirs", find_binaries(major=request.param))
    yield server.start().tcp_url
    server.stop()


async def administer(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def url_of(superuser: str, user: str, database: str = "labels") -> str:
    place = superuser.rpartition("@")[2].split("/")[0]
    return f"postgresql://{user}:{user}@{place}/{database}"


ROLES = (
    "create role labels_owner login password 'labels_owner' createrole",
    "create role labels_app login password 'labels_app'",
    "create database labels owner labels_owner",
)


async def test_it_runs_on_somebody_elses_postgresql_without_a_superuser(own: Own, folder: Path, foreign: str):
    await administer(foreign, *ROLES)
    urls = {
        "DATABASE_URL": url_of(foreign, "labels_app"),
        "DATABASE_OWNER_URL": url_of(foreign, "labels_owner"),
    }

    first = own.up(folder / "data", **urls)
    with Client(first.url, first.key) as client:
        project = client.projects.create("Reviews", preset="text-classification")["id"]
        client.tasks.import_(project, [{"text": "warm"}, {"text": "cold"}])
        dealt = client.work.claim(project)["assignment"]
        client.work.submit(dealt, [{"question": "label", "value": "positive"}])
    checked = evenhand("doctor", "--data", folder / "data", "--json", **urls)
    first.stop()
    again = own.up(folder / "data", **urls)

    assert first.key is not None
    assert again.key is None
    assert checked.returncode == 0, checked.stdout
    assert not (folder / "data" / "postgres").exists()
    with Client(again.url, first.key) as client:
        assert client.projects.get(project)["counts"]["answers"] == 1


async def test_a_foreign_database_with_something_amiss_is_refused_in_one_line(own: Own, folder: Path, foreign: str):
    await administer(foreign, *ROLES, "create role weak login password 'weak'", "create database other owner weak")
    app, owner = url_of(foreign, "labels_app"), url_of(foreign, "labels_owner")
    wrong_password = app.replace(":labels_app@", ":wrong@")

    said = {
        name: one_line_of(own.begin(folder / "data", **urls))
        for name, urls in {
            "no owner": {"DATABASE_URL": app},
            "wrong password": {"DATABASE_URL": wrong_password, "DATABASE_OWNER_URL": owner},
            "nobody there": {"DATABASE_URL": "postgresql://a:b@127.0.0.1:1/labels", "DATABASE_OWNER_URL": owner},
            "owner without rights": {
                "DATABASE_URL": url_of(foreign, "labels_app", "other"),
                "DATABASE_OWNER_URL": url_of(foreign, "weak", "other"),
            },
            "served by the owner": {"DATABASE_URL": owner, "DATABASE_OWNER_URL": owner},
            "served by a superuser": {
                "DATABASE_URL": foreign.removesuffix("/postgres") + "/labels",
                "DATABASE_OWNER_URL": owner,
            },
        }.items()
    }

    assert "Set DATABASE_OWNER_URL" in said["no owner"]
    assert "password authentication failed" in said["wrong password"]
    assert "127.0.0.1:1/labels" in said["nobody there"]
    assert "CREATEROLE" in said["owner without rights"]
    assert "owns the tables" in said["served by the owner"]
    assert "is a superuser" in said["served by a superuser"]
    assert all("wrong@" not in line and "labels_owner:" not in line for line in said.values())


def test_serving_without_a_database_names_the_other_way(folder: Path):
    done = evenhand("serve")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "run `evenhand up`" in done.stderr
