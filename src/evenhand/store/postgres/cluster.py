"""The files of one embedded database: where they lie below the data folder, how they are made, whose they are.

DATA/                        ours; 0711 when PostgreSQL runs under another account, else 0700
  cluster/                   0700, PostgreSQL's own account: what initdb makes
  conf/postgresql.conf       ours: rewritten at each start, out of reach of PostgreSQL's account
  conf/pg_hba.conf
  socket/                    0700, PostgreSQL's own account
  superuser.password         0600, ours
  supervisor.lock            held while a supervisor runs
  postgres.log               ours; PostgreSQL writes to it through a file it is handed open
  programs-18.6-…/           only when PostgreSQL's account may not read the originals
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from evenhand.store.postgres.account import Account
from evenhand.store.postgres.binaries import Binaries
from evenhand.store.postgres.errors import FolderUnreachable, StartFailed, WrongMajor, WrongOwner

SUPERUSER = "postgres"

# sun_path holds 108 bytes on Linux and 104 on macOS with the closing zero; ".s.PGSQL.65535.lock" comes on top.
_SOCKET_FOLDER_BYTES_MAX = 103 - len("/.s.PGSQL.65535.lock")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything of one data folder lies."""

    data: Path
    password: Path

    @property
    def cluster(self) -> Path:
        return self.data / "cluster"

    @property
    def conf(self) -> Path:
        return self.data / "conf"

    @property
    def log(self) -> Path:
        return self.data / "postgres.log"

    @property
    def lock(self) -> Path:
        return self.data / "supervisor.lock"

    @property
    def sockets(self) -> Path:
        """The folder of the socket. A path too long for a socket is replaced by a short one in /tmp made from its hash."""
        folder = self.data / "socket"
        if len(os.fsencode(folder)) <= _SOCKET_FOLDER_BYTES_MAX:
            return folder
        digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        return Path("/tmp") / f"evenhand-{digest}"  # noqa: S108 -- its owner and mode are checked before use


def major_of(data: Path) -> int | None:
    """The major version that made the database in the data folder; None when there is none yet, or it may not be read."""
    try:
        return int((data / "cluster" / "PG_VERSION").read_text().strip())
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None


def prepare_folders(layout: Layout, account: Account) -> None:
    """Make the data folder and what lies in it, except the database. Nothing above it is touched.

    Raises FolderUnreachable when the account may not enter the data folder, WrongOwner when the files are another's.
    """
    layout.data.mkdir(parents=True, exist_ok=True)
    if layout.data.stat().st_uid == os.geteuid():
        layout.data.chmod(0o711 if account.is_other else 0o700)
    layout.conf.mkdir(exist_ok=True)
    layout.conf.chmod(0o755 if account.is_other else 0o700)
    if blocked := account.blocked_at(layout.data):
        raise FolderUnreachable(str(blocked), account.name)
    if layout.cluster.exists():
        _require_owner(layout.cluster, account)
    _prepare_socket_folder(layout.sockets, account)


def require_major(layout: Layout, binaries: Binaries) -> None:
    """Raises WrongMajor unless the database was made by the same major version as the programs."""
    made_by = major_of(layout.data)
    if made_by is not None and made_by != binaries.major:
        raise WrongMajor(str(layout.cluster), made_by, binaries.major)


def make_cluster(layout: Layout, account: Account, binaries: Binaries) -> None:
    """Run initdb beside the final place and move the result there, so that a half-made database is never taken for one."""
    password = secrets.token_urlsafe(32)
    new = layout.data / "cluster.unfinished"
    shutil.rmtree(new, ignore_errors=True)
    pwfile = layout.data / "initdb.password"
    pwfile.unlink(missing_ok=True)
    try:
        write_secret(pwfile, password)
        account.own(pwfile)
        _initdb(new, account, binaries, pwfile, layout)
    finally:
        pwfile.unlink(missing_ok=True)
    write_secret(layout.password, password)
    new.rename(layout.cluster)
    _sync_folder(layout.data)


def reset_password(layout: Layout, account: Account, binaries: Binaries, configuration: Path) -> None:
    """Give the superuser a new password while no server runs; for a database whose password file was lost."""
    password = secrets.token_urlsafe(32)
    # The password is made of letters, digits, "-" and "_", and goes in by standard input: no list of processes shows it.
    done = subprocess.run(  # noqa: S603 -- no shell, our own words
        [binaries.path("postgres"), "--single", "-D", layout.cluster, "-c", f"config_file={configuration}", "postgres"],
        input=f"alter role {SUPERUSER} password '{password}'\n",
        capture_output=True,
        text=True,
        cwd="/",
        timeout=600,
        **account.popen_arguments(),
    )
    if done.returncode != 0 or "ERROR" in done.stderr:
        raise StartFailed("the superuser's password could not be set", str(layout.log))
    write_secret(layout.password, password)


def write_secret(path: Path, secret: str) -> None:
    """Write a file that only its owner may read; whatever was there before stays whole until the new one is complete."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)


def _initdb(folder: Path, account: Account, binaries: Binaries, pwfile: Path, layout: Layout) -> None:
    """Make a database in `folder` whose order of strings never changes with the system's libraries.

    From 17 on PostgreSQL brings C.UTF-8 itself. Before, order is plain C and only upper and lower case come from the
    system's C.UTF-8, or cover ASCII alone where the system has none.
    """
    builtin = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    locales = [builtin] if binaries.major >= 17 else [["--locale=C", "--lc-ctype=C.UTF-8"], ["--locale=C"]]
    for locale in locales:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        account.own(folder)
        done = subprocess.run(  # noqa: S603 -- no shell, our own words
            [
                binaries.path("initdb"),
                f"--pgdata={folder}",
                f"--username={SUPERUSER}",
                f"--pwfile={pwfile}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--data-checksums",
                "--no-instructions",
                *locale,
            ],
            capture_output=True,
            text=True,
            errors="replace",
            cwd="/",
            timeout=600,
            **account.popen_arguments(),
        )
        if done.returncode == 0:
            return
    shutil.rmtree(folder, ignore_errors=True)
    said = done.stderr.strip().splitlines()
    raise StartFailed("initdb: " + " ".join(said[-3:]), str(layout.log))


def _prepare_socket_folder(folder: Path, account: Account) -> None:
    try:
        folder.mkdir(mode=0o700)
        account.own(folder)
    except FileExistsError:
        _require_owner(folder, account)


def _require_owner(folder: Path, account: Account) -> None:
    """Raises WrongOwner unless it is a true folder of the account, closed to all others.

    In /tmp anybody may have made the name before us, so a link or another's folder is refused.
    """
    status = folder.lstat()
    if status.st_uid != account.uid or folder.is_symlink() or not folder.is_dir():
        raise WrongOwner(str(folder), status.st_uid, account.name)
    if status.st_mode & 0o777 != 0o700:
        folder.chmod(0o700)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
