"""`evenhand doctor`: proves what an installation leans on, check by check, each with its remedy. It changes nothing."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.doctor_data import check_data
from evenhand.cli.embedded import running_urls
from evenhand.cli.finding import Finding
from evenhand.cli.settings import settings_for
from evenhand.core.errors import PlatformError
from evenhand.core.settings import Settings
from evenhand.store import schema

_FREE_BYTES_MIN = 1 << 30
_OUTSIDE = "Move it elsewhere and point EVENHAND_KEY_FILE to it: whoever takes the disk must not take the key."


def doctor(
    data: Annotated[Path | None, typer.Option(help="The data folder.")] = None,
    key_file: Annotated[Path | None, typer.Option(help="The key file.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Check an installation: programs, key file, disk, the walls of the database, its migrations, its rows and its files.

    It changes nothing. Rows are read whole, so a large installation takes minutes; of files 200 are drawn. Leaves with 1 when
    something is wrong.
    """
    settings = settings_for(data=data, key_file=key_file)
    findings = [finding for check in CHECKS for finding in check(settings)]
    for each in findings:
        if json_:
            print(json.dumps(asdict(each)))
        else:
            print(f"{each.verdict:8} {each.check}: {each.found} {each.remedy}".rstrip())
    if any(each.verdict == "wrong" for each in findings):
        raise typer.Exit(1)


def check_python(_settings: Settings) -> Iterator[Finding]:
    """The interpreter."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", "ok", version)


def check_programs(settings: Settings) -> Iterator[Finding]:
    """PostgreSQL's programs, unless a database of somebody else's is used."""
    if settings.database_url is not None:
        return
    from evenhand.store.postgres import find_binaries

    try:
        binaries = find_binaries(settings.postgres_binaries)
    except PlatformError as error:
        yield Finding("PostgreSQL programs", "wrong", str(error), error.hint)
        return
    yield Finding("PostgreSQL programs", "ok", f"{binaries.major} in {binaries.path('postgres').parent}")


def check_key_file(settings: Settings) -> Iterator[Finding]:
    """The key file: there, outside of the data folder, readable by nobody else."""
    path = settings.key_path
    if path.resolve().is_relative_to(settings.data.resolve()):
        yield Finding("key file", "wrong", f"{path} lies inside the data folder.", _OUTSIDE)
    elif not path.exists():
        yield Finding("key file", "warning", f"{path} is not there yet.", "The first `evenhand up` makes it.")
    elif mode := stat.S_IMODE(path.stat().st_mode) & 0o077:
        remedy = f"chmod 600 {path}"
        yield Finding("key file", "wrong", f"{path} can be read by others (mode {mode:03o}).", remedy)
    else:
        yield Finding("key file", "ok", f"{path}, readable by its owner only")


def check_disk(settings: Settings) -> Iterator[Finding]:
    """Free space where the data folder is, or will be."""
    place = settings.data.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    verdict, remedy = ("ok", "") if free >= _FREE_BYTES_MIN else ("warning", "Free at least 1 GiB.")
    yield Finding("disk", verdict, f"{free / 1e9:.1f} GB free at {place}", remedy)


def check_database(settings: Settings) -> Iterator[Finding]:
    """That the role the server works as is held by row-level security: no owner, no superuser, no BYPASSRLS."""
    urls = running_urls(settings.data)
    url = settings.database_url or (urls[0] if urls else None)
    if url is None:
        yield Finding("database", "warning", "It does not run, so its walls were not checked.", "evenhand up")
        return
    try:
        findings = asyncio.run(_roles(url))
    except PlatformError as error:
        yield Finding("database", "wrong", str(error), error.hint)
        return
    yield from findings


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    check_python,
    check_programs,
    check_key_file,
    check_disk,
    check_database,
    check_data,
)


async def _roles(url: str) -> list[Finding]:
    connection = await schema.connect(url)
    try:
        version = await connection.fetchval("show server_version")
        role = await connection.fetchrow(
            "select rolname, rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user"
        )
        owned = await connection.fetchval(
            "select count(*) from pg_class where relnamespace = to_regnamespace('evenhand') and relkind in ('r', 'p')"
            " and pg_has_role(current_user, relowner, 'member')"
        )
        forced = await connection.fetchrow(
            "select count(*) as tables, count(*) filter (where relrowsecurity and relforcerowsecurity) as walled"
            " from pg_class c where relnamespace = to_regnamespace('evenhand') and relkind in ('r', 'p') and not relispartition"
            " and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id')"
        )
        writable = await connection.fetch(
            "select c.relname from pg_class c where c.relnamespace = to_regnamespace('evenhand')"
            " and c.relname in ('ledger_log', 'ledger_leaf', 'ledger_checkpoint', 'ledger_cursor')"
            " and has_table_privilege(c.oid, 'insert, update, delete, truncate') order by 1"
        )
        is_made = await connection.fetchval("select to_regprocedure('evenhand.ledger_facts(timestamptz)') is not null")
        stopped = is_made and await connection.fetchval(
            "select ledger_logs_stopped from evenhand.ledger_facts(clock_timestamp())"
        )
    finally:
        await connection.close()
    assert role is not None and forced is not None
    name = role["rolname"]
    remedy = "Give the server a role of its own: docs/how-to/use-your-own-postgresql.md."
    found = [Finding("database", "ok", f"PostgreSQL {version}, as {name}")]
    for is_wrong, what in (
        (role["rolsuper"], "is a superuser"),
        (role["rolbypassrls"], "may bypass row-level security"),
        (owned > 0, f"owns {owned} tables, or is a member of their owner"),
    ):
        good = what.replace("is a", "is no").replace("may bypass", "may not bypass")
        good = "owns no table" if what.startswith("owns") else good
        found.append(
            Finding("role", "wrong" if is_wrong else "ok", f"{name} {what if is_wrong else good}.", is_wrong * remedy)
        )
    names = ", ".join(row["relname"] for row in writable)
    told = f"{name} may write {names}." if writable else f"{name} may not write the tables of the logs."
    found.append(Finding("logs", "wrong" if writable else "ok", told, remedy if writable else ""))
    told = f"{stopped} logs have stopped." if stopped else "No log has stopped."
    found.append(
        Finding("logs", "wrong" if stopped else "ok", told, "See `evenhand ledger status`." if stopped else "")
    )
    bare = forced["tables"] - forced["walled"]
    told = f"{forced['walled']} of {forced['tables']} tables of customers are under forced row-level security."
    found.append(Finding("walls", "wrong" if bare else "ok", told, "Run `evenhand upgrade`." if bare else ""))
    return found
