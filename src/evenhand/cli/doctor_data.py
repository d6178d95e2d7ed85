"""What `evenhand doctor` reads of an installation: its schema's steps, its key, its rows, its files. It changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.resources import files

import asyncpg

from evenhand.cli.embedded import NoOwnerUrl, running_urls
from evenhand.cli.finding import Finding
from evenhand.core.errors import PlatformError
from evenhand.core.settings import Settings
from evenhand.store import schema
from evenhand.store.blobs import BlobMissing, open_blobs
from evenhand.store.queries import Queries
from evenhand.vault.keyfile import open_key_file, require_key_of

FILES_DRAWN = 200
_RESTORE = "Bring it back from a backup: docs/how-to/back-up-and-restore.md."
_queries = Queries(files("evenhand.cli").joinpath("doctor.sql").read_text(encoding="utf-8"))


def check_data(settings: Settings) -> Iterator[Finding]:
    """Steps of the schema, the key, rows and files of a database that runs; nothing where `check_database` said it does not."""
    urls = running_urls(settings.data)
    url = settings.database_owner_url if settings.database_url else (urls[1] if urls else None)
    if settings.database_url and url is None:
        yield Finding(
            "data", "warning", "Rows were not checked: only the database's owner reads them.", NoOwnerUrl.hint
        )
    elif url is not None:
        try:
            yield from asyncio.run(findings(url, settings))
        except PlatformError as error:
            yield Finding("data", "wrong", str(error), error.hint)


async def findings(owner_url: str, settings: Settings) -> list[Finding]:
    """What every check of the data found. Raises DatabaseUnreachable, DatabaseEmpty."""
    owner = await schema.connect(owner_url)
    try:
        reference = await schema.key_reference(owner)
        if reference is None:
            raise schema.DatabaseEmpty(address=schema.place_of(owner_url))
        steps = await _steps(owner)
        found = [steps, _key(reference, settings)]
        # An older schema has other tables: first the upgrade, then the rows.
        return (
            found
            if steps.verdict == "wrong"
            else [*found, *await _rows(owner), await _files(owner, settings), await _alarms(owner)]
        )
    finally:
        await owner.close()


async def _steps(owner: asyncpg.Connection) -> Finding:
    """That the database has taken every step of this release, and none of a later one."""
    try:
        await schema.require_current(owner)
    except PlatformError as error:
        return Finding("schema", "wrong", str(error), error.hint)
    return Finding("schema", "ok", f"all {len(schema.migrations())} migrations are applied.")


def _key(reference: str, settings: Settings) -> Finding:
    """That the key file is the one whose key wraps what is in the database."""
    try:
        keys = open_key_file(settings.key_path, settings.data, may_create=False)
        require_key_of(keys, reference, settings.key_path)
    except PlatformError as error:
        return Finding("key", "wrong", str(error), error.hint)
    return Finding("key", "ok", f"{settings.key_path} is the key file of this database.")


async def _rows(owner: asyncpg.Connection) -> list[Finding]:
    """That whatever a row names is there, also where no foreign key holds it."""
    async with _reading(owner):
        references = await _queries.rows(owner, "references")
        counted = [(each, await owner.fetchval(each["orphans"])) for each in references]
    wrong = [
        Finding("rows", "wrong", f"{count} rows of {each['child']} name a {each['parent']} that is not there"
                f" ({each['child']}.{each['names']}).", _RESTORE)
        for each, count in counted
        if count
    ]  # fmt: skip
    return wrong or [
        Finding("rows", "ok", f"{len(counted)} references without a foreign key were followed, all of them hold.")
    ]


async def _files(owner: asyncpg.Connection, settings: Settings) -> Finding:
    """That files which rows name are in the store, as long as they say: of a sample, as there may be millions."""
    async with _reading(owner):
        drawn = await _queries.rows(owner, "files_drawn", max=FILES_DRAWN)
    if not drawn:
        return Finding("files", "ok", "no row names a file.")
    blobs = open_blobs(settings.blob_url, settings.data)
    lacking = 0
    try:
        for row in drawn:
            try:
                lacking += await blobs.size(row["object_name"]) != row["sealed_bytes"]
            except BlobMissing:
                lacking += 1
    except PlatformError as error:
        return Finding("files", "wrong", str(error), error.hint)
    if lacking:
        return Finding("files", "wrong", f"{lacking} of {len(drawn)} files drawn are missing or not whole.", _RESTORE)
    return Finding("files", "ok", f"all {len(drawn)} files drawn are there.")


async def _alarms(owner: asyncpg.Connection) -> Finding:
    """That nothing sealed was met lately that does not open: it was changed, cut off, or moved from elsewhere."""
    async with _reading(owner):
        row = await _queries.row(owner, "alarms")
    if row is not None and row["alarms"]:
        told = f"{row['alarms']} times in thirty days something sealed did not open, of {row['organizations']} organizations."
        return Finding(
            "alarms", "wrong", told, "Their logs name what it was (rule does-not-open); restore it from a backup."
        )
    return Finding("alarms", "ok", "in thirty days everything sealed that was asked for opened.")


@asynccontextmanager
async def _reading(owner: asyncpg.Connection) -> AsyncIterator[None]:
    async with owner.transaction(isolation="repeatable_read", readonly=True):
        await _queries.run(owner, "as_backup")
        yield
