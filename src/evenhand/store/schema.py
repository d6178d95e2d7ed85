"""The schema runner: a new database is made from every room's `schema.sql`, an old one is brought up by numbered migrations.

`schema.sql` (and the files of its verbs beside it, `offers.sql` to `labels.sql`, in the order of `whole_schema`) is the truth
today; `store/migrations` is how older databases got there. Both lead to the same database, which a test holds. Migrations run one
by one, each in a transaction, under one advisory lock, and leave their digest: a file that changed after it was applied is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import ClassVar
from urllib.parse import unquote, urlsplit

import asyncpg

from evenhand import __version__
from evenhand.core.errors import PlatformError
from evenhand.store.queries import Connection

# Foreign keys can only point down, because the files run in this order.
ROOMS = ("store", "ledger", "vault", "people", "walls", "work", "insight", "delivery", "http")
_LOCK = 7100
# Whoever logs in so may write the tables of the logs, and not much else: a member of the role evenhand_sequencer.
SEQUENCER_LOGIN = "evenhand_sequencing"
OLDEST_MAJOR = 15
FUNCTION_OWNERS = "evenhand_work, evenhand_sweep, evenhand_wall, evenhand_people"
READERS = "evenhand_app, evenhand_sequencer, evenhand_broker, evenhand_backup"


@dataclass(eq=False)
class MigrationChanged(PlatformError):
    """A migration that this database has taken reads differently now."""

    number: int
    name: str
    code: ClassVar[str] = "migration-changed"
    hint: ClassVar[str] = "Install the release that wrote this database, or restore a backup made by it."


@dataclass(eq=False)
class DatabaseTooNew(PlatformError):
    """This database was written by a newer release."""

    number: int
    code: ClassVar[str] = "database-too-new"
    hint: ClassVar[str] = "Install that release or a later one; data is never migrated backwards."


@dataclass(eq=False)
class DatabaseOutdated(PlatformError):
    """This database was written by an older release, and is not brought up to date without a backup."""

    steps: int
    code: ClassVar[str] = "database-outdated"
    hint: ClassVar[str] = "Stop Evenhand and run `evenhand upgrade` on the same data folder: it makes a backup first."


@dataclass(eq=False)
class SoftwareOutdated(PlatformError):
    """A newer release has run on this database; an older one does not touch what that one wrote."""

    ours: str
    newest: str
    code: ClassVar[str] = "software-outdated"
    hint: ClassVar[str] = "Install that release or a later one, or restore a backup that this release made."


@dataclass(eq=False)
class DatabaseUnreachable(PlatformError):
    """The database that was named does not let us in."""

    address: str
    reason: str
    code: ClassVar[str] = "database-unreachable"
    hint: ClassVar[str] = "Check DATABASE_URL and DATABASE_OWNER_URL: host, port, database, user and password."

    def __str__(self) -> str:
        return f"The database at {self.address} does not let us in: {self.reason}"


@dataclass(eq=False)
class DatabaseTooOld(PlatformError):
    """This PostgreSQL is older than 15."""

    version: str
    code: ClassVar[str] = "database-too-old"
    hint: ClassVar[str] = "Point DATABASE_URL to a PostgreSQL 15 or newer."


@dataclass(eq=False)
class OwnerLacksRights(PlatformError):
    """The owner role may not do what making the schema needs."""

    reason: str
    code: ClassVar[str] = "database-owner-lacks-rights"
    hint: ClassVar[str] = (
        "Give the role of DATABASE_OWNER_URL the attribute CREATEROLE and make it the owner of the database:"
        " docs/how-to/use-your-own-postgresql.md."
    )

    def __str__(self) -> str:
        return f"The database's owner role lacks a right: {self.reason}."


@dataclass(eq=False)
class DatabaseEmpty(PlatformError):
    """There is no installation in this database yet."""

    address: str
    code: ClassVar[str] = "database-empty"
    hint: ClassVar[str] = "Run `evenhand up` once with DATABASE_OWNER_URL set: it makes the schema and the first owner."

    def __str__(self) -> str:
        return f"There is no installation in the database at {self.address} yet."


@dataclass(eq=False)
class RoleUnwalled(PlatformError):
    """The role that serves is above the walls between organizations."""

    role: str
    reason: str
    code: ClassVar[str] = "role-unwalled"
    hint: ClassVar[str] = (
        "Give DATABASE_URL a login role of its own that owns nothing: docs/how-to/use-your-own-postgresql.md."
    )

    def __str__(self) -> str:
        return f"Row-level security does not hold the role {self.role} of DATABASE_URL: {self.reason}."


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> bytes:
        """The digest of its text."""
        return hashlib.sha256(self.sql.encode()).digest()


def migrations() -> list[Migration]:
    """Every step, in order: `store/migrations/0001-in-words.sql`."""
    folder = files("evenhand.store").joinpath("migrations")
    found = []
    for file in folder.iterdir():
        if file.name.endswith(".sql"):
            number, _, name = file.name[:-4].partition("-")
            found.append(Migration(int(number), name, file.read_text(encoding="utf-8")))
    return sorted(found, key=lambda migration: migration.number)


def whole_schema() -> list[tuple[str, str]]:
    """(room/file, SQL) of today's truth, in the order in which it runs."""
    parts = []
    for room in ROOMS:
        for name in (
            "schema.sql",
            "offers.sql",
            "functions.sql",
            "stages.sql",
            "skills.sql",
            "calibration.sql",
            "audits.sql",
            "undoing.sql",
            "routing.sql",
            "labels.sql",
        ):
            file = files("evenhand").joinpath(room, name)
            if file.is_file():
                parts.append((f"{room}/{name}", file.read_text(encoding="utf-8")))
    return parts


async def make_roles(owner: asyncpg.Connection) -> None:
    """Make the installation's roles where they are missing. `owner` needs CREATEROLE, not superuser."""
    await owner.execute(files("evenhand.store").joinpath("roles.sql").read_text(encoding="utf-8"))


async def prepare(owner_dsn: str, *, app_role: str | None = None) -> None:
    """Make the schema in an empty database; of any other one see that it is today's.

    app_role: the login role the processes use, made a member of evenhand_app unless it is that role.
    Raises DatabaseOutdated, DatabaseTooNew, MigrationChanged, SoftwareOutdated; then nothing was changed.
    """
    async with _as_owner(owner_dsn) as owner:
        if await _is_empty(owner):
            await _make_roles_for(owner, app_role)
            await _create(owner)
            return
        await require_current(owner)
        await _make_roles_for(owner, app_role)
        await _note_software(owner)


async def make_sequencer_login(owner_dsn: str, password: str) -> None:
    """See to it that the sequencer can log in with this password. Raises OwnerLacksRights, DatabaseUnreachable."""
    async with _as_owner(owner_dsn) as owner:
        if not await owner.fetchval("select exists (select from pg_roles where rolname = $1)", SEQUENCER_LOGIN):
            await owner.execute(f"create role {SEQUENCER_LOGIN} nosuperuser nocreatedb nocreaterole nobypassrls")
        quoted = await owner.fetchval("select quote_literal($1::text)", password)
        await owner.execute(f"alter role {SEQUENCER_LOGIN} login password {quoted}")
        await owner.execute(f"grant evenhand_sequencer to {SEQUENCER_LOGIN}")


async def upgrade(owner_dsn: str, *, app_role: str | None = None) -> list[str]:
    """Bring an older database to today's schema, step by step. Returns what was done, in words.

    Raises DatabaseTooNew, MigrationChanged, SoftwareOutdated; then nothing was changed.
    """
    async with _as_owner(owner_dsn) as owner:
        if await _is_empty(owner):
            return []
        steps = await pending(owner)
        await _make_roles_for(owner, app_role)
        done = [await _apply(owner, step) for step in steps]
        await _note_software(owner)
        return done


async def pending(connection: Connection) -> list[Migration]:
    """The steps that a database has not taken yet. Raises DatabaseTooNew, MigrationChanged, SoftwareOutdated."""
    taken = {
        row["number"]: bytes(row["sha256"])
        for row in await connection.fetch("select number, sha256 from evenhand.migration")
    }
    steps = migrations()
    if newer := taken.keys() - {step.number for step in steps}:
        raise DatabaseTooNew(max(newer))
    for step in steps:
        if step.number in taken and taken[step.number] != step.sha256:
            raise MigrationChanged(step.number, step.name)
    newest = await connection.fetchval("select software from evenhand.installation")
    if newest is not None and ordered(newest) > ordered(__version__):
        raise SoftwareOutdated(ours=__version__, newest=newest)
    return [step for step in steps if step.number not in taken]


async def require_current(connection: Connection) -> None:
    """Raises DatabaseOutdated when steps are missing, and whatever `pending` raises."""
    if steps := await pending(connection):
        raise DatabaseOutdated(steps=len(steps))


async def key_reference(connection: Connection) -> str | None:
    """Which key this database belongs to; None while the installation is not made, or not even its schema."""
    try:
        found: str | None = await connection.fetchval("select key_reference from evenhand.installation")
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return None
    return found


async def require_walls(connection: Connection) -> None:
    """Raises RoleUnwalled when the role of this connection is not held by row-level security."""
    row = await connection.fetchrow(
        "select rolname, rolsuper, rolbypassrls, exists (select from pg_class c where c.relnamespace = to_regnamespace('evenhand')"
        " and c.relkind in ('r', 'p') and pg_has_role(c.relowner, 'member')) as owns from pg_roles where rolname = current_user"
    )
    assert row is not None
    for name, reason in (
        ("rolsuper", "it is a superuser"),
        ("rolbypassrls", "it may bypass row-level security"),
        ("owns", "it owns the tables, or is a member of their owner"),
    ):
        if row[name]:
            raise RoleUnwalled(role=row["rolname"], reason=reason)


@asynccontextmanager
async def bare(owner: asyncpg.Connection) -> AsyncIterator[None]:
    """Roles and an empty schema, for a restore to fill while the block lasts. When it fails, the schema is gone again."""
    await make_roles(owner)
    try:
        async with owner.transaction():
            await owner.execute(f"create schema evenhand; grant create on schema evenhand to {FUNCTION_OWNERS}")
            await owner.execute("revoke all on schema evenhand from public")
            await owner.execute(f"grant usage on schema evenhand to {FUNCTION_OWNERS}, {READERS}")
        yield
        await _close_the_door(owner)
    except BaseException:
        await owner.execute("drop schema if exists evenhand cascade")
        raise


@asynccontextmanager
async def _as_owner(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the owner that holds the lock under which only one process changes the schema."""
    owner = await connect(dsn)
    try:
        await owner.execute("select pg_advisory_lock($1)", _LOCK)
        yield owner
    except (asyncpg.InsufficientPrivilegeError, asyncpg.RaiseError) as error:
        raise OwnerLacksRights(reason=str(error).splitlines()[0].rstrip(".")) from None
    finally:
        await owner.close()


async def connect(dsn: str) -> asyncpg.Connection:
    """One connection, with the ways in which it can fail said in a line. Raises DatabaseUnreachable, DatabaseTooOld."""
    try:
        connection = await asyncpg.connect(dsn, timeout=20)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DatabaseUnreachable(address=place_of(dsn), reason=reason.rstrip(".") + ".") from None
    if connection.get_server_version().major < OLDEST_MAJOR:
        version = str(connection.get_settings().server_version)
        await connection.close()
        raise DatabaseTooOld(version=version)
    return connection


def place_of(dsn: str) -> str:
    """Where a URL points, without user and password: fit to be shown."""
    parts = urlsplit(dsn)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}" or "the given address"


async def _note_software(owner: asyncpg.Connection) -> None:
    """From now on an older release refuses to start here."""
    await owner.execute("update evenhand.installation set software = $1 where software <> $1", __version__)


def user_of(dsn: str) -> str | None:
    """The role that a URL logs in as."""
    user = urlsplit(dsn).username
    return unquote(user) if user else None


async def _is_empty(owner: asyncpg.Connection) -> bool:
    return bool(await owner.fetchval("select to_regclass('evenhand.migration') is null"))


async def _make_roles_for(owner: asyncpg.Connection, app_role: str | None) -> None:
    await make_roles(owner)
    if app_role and app_role != "evenhand_app":
        await owner.execute(f'grant evenhand_app to "{app_role}"')


def ordered(version: str) -> tuple[int, ...]:
    """A version as numbers: what follows the first three, a mark of a development state, does not order."""
    return tuple(int(each) for each in re.findall(r"\d+", version)[:3])


async def _create(owner: asyncpg.Connection) -> None:
    async with owner.transaction():
        for _name, sql in whole_schema():
            await owner.execute("set local search_path = evenhand, pg_catalog")
            await owner.execute(sql)
        await _close_the_door(owner)
        for migration in migrations():
            await _record(owner, migration)


async def _apply(owner: asyncpg.Connection, step: Migration) -> str:
    async with owner.transaction():
        # Shut again at the end: functions are handed to roles that must be able to hold them.
        await owner.execute(f"grant create on schema evenhand to {FUNCTION_OWNERS}")
        await owner.execute("set local search_path = evenhand, pg_catalog")
        await owner.execute(step.sql)
        await _close_the_door(owner)
        await _record(owner, step)
    return f"applied {step.number:04} {step.name}"


async def _close_the_door(owner: asyncpg.Connection) -> None:
    """Functions have been handed over; from now on no role but the owner makes anything in the schema."""
    await owner.execute(f"revoke create on schema evenhand from {FUNCTION_OWNERS}")
    await owner.execute("grant select on all sequences in schema evenhand to evenhand_backup")


async def _record(owner: asyncpg.Connection, migration: Migration) -> None:
    await owner.execute(
        "insert into evenhand.migration (number, name, sha256) values ($1, $2, $3)",
        migration.number,
        migration.name,
        migration.sha256,
    )
