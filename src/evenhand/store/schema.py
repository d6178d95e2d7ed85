"""The schema runner: a new database is made from every room's `schema.sql`, an old one is brought up by numbered migrations.

`schema.sql` (and `functions.sql` beside it) is the truth today; `store/migrations` is how older databases got there. Both
lead to the same database, which a test holds. Migrations run one by one, each in a transaction, under one advisory lock, and
leave their digest: a file that changed after it was applied is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import ClassVar

import asyncpg

from evenhand.core.errors import PlatformError

# Foreign keys can only point down, because the files run in this order.
ROOMS = ("store", "ledger", "vault", "people", "walls", "work", "insight", "delivery", "http")
_LOCK = 7100


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
        for name in ("schema.sql", "functions.sql"):
            file = files("evenhand").joinpath(room, name)
            if file.is_file():
                parts.append((f"{room}/{name}", file.read_text(encoding="utf-8")))
    return parts


async def make_roles(owner: asyncpg.Connection) -> None:
    """Make the installation's roles where they are missing. `owner` needs CREATEROLE, not superuser."""
    await owner.execute(files("evenhand.store").joinpath("roles.sql").read_text(encoding="utf-8"))


async def prepare(owner_dsn: str, *, app_role: str | None = None) -> list[str]:
    """Bring the database to today's schema, whatever it was. Returns what was done, in words.

    app_role: the login role the processes use, made a member of evenhand_app unless it is that role.
    Raises MigrationChanged or DatabaseTooNew; then nothing was changed.
    """
    owner = await asyncpg.connect(owner_dsn)
    try:
        await owner.execute("select pg_advisory_lock($1)", _LOCK)
        await make_roles(owner)
        if app_role and app_role != "evenhand_app":
            await owner.execute(f'grant evenhand_app to "{app_role}"')
        if await owner.fetchval("select to_regnamespace('evenhand') is null"):
            return await _create(owner)
        return await _migrate(owner)
    finally:
        await owner.close()


async def _create(owner: asyncpg.Connection) -> list[str]:
    async with owner.transaction():
        for _name, sql in whole_schema():
            await owner.execute("set local search_path = evenhand, pg_catalog")
            await owner.execute(sql)
        await _close_the_door(owner)
        for migration in migrations():
            await _record(owner, migration)
    return ["created the schema"]


async def _migrate(owner: asyncpg.Connection) -> list[str]:
    await owner.execute("set search_path = evenhand, pg_catalog")
    taken = {row["number"]: row for row in await owner.fetch("select number, name, sha256 from migration")}
    steps = migrations()
    known = {step.number for step in steps}
    if newer := [number for number in taken if number not in known]:
        raise DatabaseTooNew(max(newer))
    for step in steps:
        if step.number in taken and taken[step.number]["sha256"] != step.sha256:
            raise MigrationChanged(step.number, step.name)
    done = []
    for step in steps:
        if step.number in taken:
            continue
        async with owner.transaction():
            await owner.execute("set local search_path = evenhand, pg_catalog")
            await owner.execute(step.sql)
            await _close_the_door(owner)
            await _record(owner, step)
        done.append(f"applied {step.number:04} {step.name}")
    return done


async def _close_the_door(owner: asyncpg.Connection) -> None:
    """Functions have been handed over; from now on no role but the owner makes anything in the schema."""
    await owner.execute(
        "revoke create on schema evenhand from evenhand_work, evenhand_sweep, evenhand_wall, evenhand_people"
    )


async def _record(owner: asyncpg.Connection, migration: Migration) -> None:
    await owner.execute(
        "insert into evenhand.migration (number, name, sha256) values ($1, $2, $3)",
        migration.number,
        migration.name,
        migration.sha256,
    )
