"""The account of the system that PostgreSQL runs under, and what that account may reach."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenhand.store.postgres.errors import AccountUnusable

DEFAULT_FOR_ROOT = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged account. `is_other` when it is not the one this process runs under (which is root then)."""

    name: str
    uid: int
    gid: int
    is_other: bool

    def popen_arguments(self) -> dict[str, Any]:
        """What makes `subprocess` run a program under this account, with an environment of known content."""
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        if not self.is_other:
            return {"env": environment}
        return {"env": environment, "user": self.uid, "group": self.gid, "extra_groups": ()}

    def own(self, path: Path) -> None:
        """Hand one file or folder, not what is in it, to the account."""
        if self.is_other:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_run(self, command: Sequence[str | Path]) -> bool:
        """Whether the account may run this short command to a good end."""
        try:
            done = subprocess.run(  # noqa: S603 -- no shell, our own words
                command, capture_output=True, timeout=60, cwd="/", **self.popen_arguments()
            )
        except PermissionError:
            return False
        return done.returncode == 0

    def can_enter(self, folder: Path) -> bool:
        """Whether the account may enter the folder. The system is asked, since mode bits alone do not decide."""
        return not self.is_other or self.can_run(["/bin/sh", "-c", 'cd "$1"', "sh", folder])

    def blocked_at(self, folder: Path) -> Path | None:
        """The first folder on the way down to `folder` that the account may not enter; None when it may enter all."""
        if self.can_enter(folder):
            return None
        return next((each for each in (*reversed(folder.parents), folder) if not self.can_enter(each)), folder)


def resolve_account(name: str | None) -> Account:
    """The account called `name`; without a name `nobody` for root, who may not run PostgreSQL, else ourselves.

    Raises AccountUnusable.
    """
    own_uid = os.geteuid()
    if name is None and own_uid != 0:
        return Account(_name_of(own_uid), own_uid, os.getegid(), is_other=False)
    name = name or DEFAULT_FOR_ROOT
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise AccountUnusable(name, "there is no such account here") from None
    if entry.pw_uid == 0:
        raise AccountUnusable(name, "PostgreSQL refuses to run as root")
    if own_uid not in (0, entry.pw_uid):
        raise AccountUnusable(name, f"only root may start it for another account, and this is uid {own_uid}")
    return Account(name, entry.pw_uid, entry.pw_gid, is_other=own_uid == 0)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # A container may run under a number that has no name.
        return str(uid)
