"""Imports that a worker makes: from a connected bucket, or from an uploaded archive. Each is a row that says how far it is.

Whoever asked may watch it, cancel it, and ask again: files that are in are not taken twice. A worker that is killed leaves a row
that the next one goes on with.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, cast
from uuid import UUID, uuid5

import structlog

from evenhand.boundary.actor import Actor, Authenticate
from evenhand.boundary.cursor import decode_cursor, encode_cursor, instant
from evenhand.boundary.shapes import Page
from evenhand.core.errors import LimitReached, Malformed, NotFound, NotSignedIn, PlatformError, Problem
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action, Purpose
from evenhand.ontology.kind import FileKind
from evenhand.store.buckets import Listed
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.vault.spool import Spool
from evenhand.walls.grant import Grants
from evenhand.work.archives import form_of
from evenhand.work.buckets import Buckets, OpenBucket
from evenhand.work.importing import Importing, Report
from evenhand.work.model import ImportGivenUp, ImportRefused
from evenhand.work.pictures import File, Order, Pictures, groups_of, picture_input
from evenhand.work.projects import Projects
from evenhand.work.shapes.rows import ImportRun
from evenhand.work.uploads import Uploads

_queries = Queries.of("evenhand.work")
ROUND_SECONDS = 1.0
# A worker that was silent for so long is taken for dead, and another goes on.
SILENCE = timedelta(minutes=2)
# So often in a row may a worker be lost with an import without bringing anything more in; then it is given up.
FRUITLESS_MAX = 3
_BEAT_SECONDS = 20.0
_GROUP_FILES = 32
_GROUP_BYTES = 48 * 1024 * 1024
_READ_AT_ONCE = 8
LISTED_MAX = 1_000_000

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class _Cancelled(PlatformError):
    """Somebody ended this import."""

    code: ClassVar[str] = "conflict"


@dataclass(slots=True)
class _Run:
    """An import that this worker makes. attempt: which one; before: what earlier ones had imported."""

    organization_id: UUID
    id: UUID
    project_id: UUID
    attempt: int
    actor: Actor
    source: dict[str, Any]
    report: Report
    before: int
    total: int | None = None
    seen: int = 0


class ImportRuns:
    """The verbs about imports that take their time."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        projects: Projects,
        importing: Importing,
        pictures: Pictures,
        buckets: Buckets,
        uploads: Uploads,
        authenticate: Authenticate,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._projects = projects
        self._importing = importing
        self._pictures = pictures
        self._buckets = buckets
        self._uploads = uploads
        self._authenticate = authenticate
        self._clock = clock

    # ----------------------------------------------------------------------------------------------- asking for one --
    async def start(
        self, actor: Actor, project_id: UUID, source: dict[str, Any], batch: str, import_id: UUID
    ) -> ImportRun:
        """Ask for an import. Under the same id it is the one that was asked for before.

        source: {"bucket": id, "prefix": …} or {"upload": id}. Raises NotFound, Conflict, Malformed for a project without pictures.
        """
        picture_input(await self._importing.ontology_of(actor, project_id))
        facts = {"organization_id": actor.organization_id, "project_id": project_id, "import_id": import_id}
        async with self._database.tenant(actor.organization_id) as connection:
            is_known = await _queries.row(connection, "import_run", **facts) is not None
        if not is_known:
            await self._require(actor, project_id, source)
            said = json.dumps({"source": source, "batch": batch}, ensure_ascii=False).encode()
            async with self._database.tenant(actor.organization_id) as connection:
                key = await self._vault.writing_key(connection, actor.organization_id, project_id)
                await _queries.run(
                    connection,
                    "add_import_run",
                    **facts,
                    person_id=actor.person_id,
                    token_sha256=actor.token_sha256,
                    chunk_key_id=key.id,
                    sealed=self._vault.seal(key, said, kind=Kind.IMPORT, object_id=import_id),
                    now=self._clock.now(),
                )
        return await self.get(actor, project_id, import_id)

    async def _require(self, actor: Actor, project_id: UUID, source: dict[str, Any]) -> None:
        if "upload" in source:
            await self._uploads.open(actor.organization_id, project_id, UUID(source["upload"]))
        elif source["bucket"] not in [each["id"] for each in await self._buckets.all(actor)]:
            raise NotFound(kind="bucket", id=source["bucket"])

    async def get(self, actor: Actor, project_id: UUID, import_id: UUID) -> ImportRun:
        """One import, as far as it is."""
        facts = {"organization_id": actor.organization_id, "project_id": project_id, "import_id": import_id}
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(connection, "import_run", **facts)
        if row is None:
            raise NotFound(kind="import", id=str(import_id))
        return (await self._shown(actor, [row]))[0]

    async def page(self, actor: Actor, project_id: UUID, cursor: str | None, limit: int) -> Page[ImportRun]:
        """A page of the imports of a project, newest first."""
        keys = decode_cursor(cursor, instant, UUID)
        await self._projects.get(actor, project_id)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "import_runs",
                organization_id=actor.organization_id,
                project_id=project_id,
                before_at=keys[0] if keys else None,
                before_id=keys[1] if keys else None,
                limit=limit + 1,
            )
        page = rows[:limit]
        more = encode_cursor(page[-1]["created_at"].isoformat(), page[-1]["import_id"]) if len(rows) > limit else None
        return {"items": await self._shown(actor, page), "next_cursor": more}

    async def cancel(self, actor: Actor, project_id: UUID, import_id: UUID) -> ImportRun:
        """End an import where it is; what is in stays. One that has ended stays as it ended."""
        facts = {"organization_id": actor.organization_id, "project_id": project_id, "import_id": import_id}
        async with self._database.tenant(actor.organization_id) as connection:
            await _queries.row(connection, "import_run_cancel", **facts, now=self._clock.now())
        return await self.get(actor, project_id, import_id)

    async def _shown(self, actor: Actor, rows: Sequence[Any]) -> list[ImportRun]:
        if not rows:
            return []
        organization_id = actor.organization_id
        grant = await self._grants.to_person(actor, Purpose.IMPORT, [row["import_id"] for row in rows])
        opened = await self._vault.open(grant, [_said(organization_id, row) for row in rows])
        reported = [row for row in rows if row["sealed_report"] is not None]
        reports = await self._vault.open(grant, [_report(organization_id, row) for row in reported])
        told = {row["import_id"]: json.loads(each) for row, each in zip(reported, reports, strict=True)}
        return [
            _as_json(row, json.loads(said), told.get(row["import_id"], {}))
            for row, said in zip(rows, opened, strict=True)
        ]

    # -------------------------------------------------------------------------------------------------- making it --
    async def work(self) -> bool:
        """Make the next import that waits, to its end; whether there was one."""
        async with self._database.statement() as connection:
            taken = await _queries.row(connection, "import_run_take", now=self._clock.now(), silence=SILENCE)
        if taken is None:
            return False
        organization_id, import_id, project_id = taken["organization_id"], taken["import_id"], taken["project_id"]
        facts = {"organization_id": organization_id, "project_id": project_id, "import_id": import_id}
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(connection, "import_run", **facts)
        assert row is not None
        report = Report()
        error: PlatformError | None = None
        # What earlier attempts brought in is found again as known, and counts as imported all the same.
        attempts = [_attempt(import_id, number) for number in range(1, row["attempt"])]
        before = await self._importing.imported_by(organization_id, attempts)
        try:
            if row["fruitless"] > FRUITLESS_MAX:
                raise ImportGivenUp(attempts=FRUITLESS_MAX)
            await self._make(row, taken["token_sha256"], report, before)
        except _Cancelled:
            return True
        except ImportRefused:
            pass  # every file was refused: the report says why
        except PlatformError as failed:
            error = failed
            log.warning("import.failed", import_id=str(import_id), code=failed.code)
        await self._end(row, report, error, before)
        return True

    async def _make(self, row: Any, token_sha256: bytes, report: Report, before: int) -> None:
        organization_id, project_id = row["organization_id"], row["project_id"]
        actor = await self._authenticate(token_sha256)
        if actor is None or actor.organization_id != organization_id:
            raise NotSignedIn()
        grant = await self._grants.to_software(organization_id, Purpose.IMPORT, [row["import_id"]], Action.ASSET_RENDER)
        said = json.loads(await self._vault.open_one(grant, _said(organization_id, row)))
        import_id, attempt = row["import_id"], row["attempt"]
        run = _Run(organization_id, import_id, project_id, attempt, actor, said["source"], report, before)
        order = Order(project_id, said["batch"], import_id, attempt=_attempt(import_id, attempt))
        beating = asyncio.create_task(self._beat_on(run))
        try:
            await self._pictures.take_files(actor, order, self._watched(run), report)
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError, PlatformError):
                await beating

    async def _watched(self, run: _Run) -> AsyncIterator[Sequence[File]]:
        """The groups of files of a source; after each, how far it is is written down, and whether to go on is asked."""
        groups = self._of_upload(run) if "upload" in run.source else self._of_bucket(run)
        async for group in groups:
            yield group
            run.seen += len(group)
            await self._beat(run)

    async def _of_upload(self, run: _Run) -> AsyncIterator[Sequence[File]]:
        file = await self._uploads.open(run.organization_id, run.project_id, UUID(run.source["upload"]))
        head = b"".join([piece async for piece in file.read(0, min(512, file.size))])
        form = form_of(head)
        if form is None:
            raise Malformed(
                [Problem("/upload", "unreadable_media", "This upload is no archive.", "Show it by a row instead.")]
            )
        _, kind = picture_input(await self._importing.ontology_of(run.actor, run.project_id))
        with Spool() as spool:
            async for piece in file.read(0, file.size):
                await asyncio.to_thread(spool.write, piece)
            async for group in groups_of(spool, form, kind.bytes_max):
                yield group

    async def _of_bucket(self, run: _Run) -> AsyncIterator[Sequence[File]]:
        _, kind = picture_input(await self._importing.ontology_of(run.actor, run.project_id))
        async with self._buckets.open(run.organization_id, UUID(run.source["bucket"])) as bucket:
            listed = await _files_in(bucket, run.source.get("prefix", ""), kind)
            run.total = len(listed)
            await self._beat(run)
            start = 0
            while start < len(listed):
                stop, size = start, 0
                while stop < len(listed) and stop - start < _GROUP_FILES and (stop == start or size <= _GROUP_BYTES):
                    size += listed[stop].size
                    stop += 1
                names = [each.name for each in listed[start:stop]]
                # What is in already is not read again; it still counts as seen.
                known = await self._importing.known(run.organization_id, run.project_id, names)
                run.report.duplicates += len(known)
                run.seen += len(known)
                wanted = [(start + at + 1, name) for at, name in enumerate(names) if name not in known]
                gate = asyncio.Semaphore(_READ_AT_ONCE)
                yield await asyncio.gather(*(_read(bucket, n, name, kind.bytes_max, gate) for n, name in wanted))
                start = stop

    async def _beat_on(self, run: _Run) -> None:
        """Say that this worker lives, also while one group takes long."""
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            await self._beat(run)

    async def _beat(self, run: _Run) -> None:
        report = run.report
        async with self._database.tenant(run.organization_id) as connection:
            row = await _queries.row(
                connection,
                "import_run_beat",
                organization_id=run.organization_id,
                import_id=run.id,
                attempt=run.attempt,
                batch_id=report.batch_id,
                total=run.total,
                seen=run.seen,
                before=run.before,
                imported=report.imported,
                duplicates=max(0, report.duplicates - run.before),
                rejected=report.rejected,
                now=self._clock.now(),
            )
        if row is None:
            raise _Cancelled()

    async def _end(self, row: Any, report: Report, error: PlatformError | None, before: int) -> None:
        """Write down how it ended. A project that was deleted meanwhile has nothing to write it to."""
        said: dict[str, Any] = {"problems": report.problems}
        if error is not None:
            said["error"] = {"code": error.code, "detail": str(error), "hint": error.hint}
        key = await self._vault.key_for(row["organization_id"], row["chunk_key_id"], row["import_id"])
        sealed = json.dumps(said, ensure_ascii=False).encode()
        async with self._database.tenant(row["organization_id"]) as connection:
            present = await _queries.row(
                connection,
                "import_run",
                organization_id=row["organization_id"],
                project_id=row["project_id"],
                import_id=row["import_id"],
            )
            if present is None:
                return
            of = {"organization_id": row["organization_id"], "import_id": row["import_id"], "attempt": row["attempt"]}
            facts = {**of, "now": self._clock.now()}
            await _queries.row(
                connection,
                "import_run_beat",
                **facts,
                batch_id=report.batch_id,
                total=present["total"],
                seen=max(present["seen"], report.imported + report.duplicates + report.rejected),
                before=before,
                imported=report.imported,
                duplicates=max(0, report.duplicates - before),
                rejected=report.rejected,
            )
            await _queries.row(
                connection,
                "import_run_end",
                **facts,
                state="failed" if error is not None else "done",
                sealed_report=self._vault.seal(key, sealed, kind=Kind.IMPORT_REPORT, object_id=row["import_id"]),
            )


async def _files_in(bucket: OpenBucket, prefix: str, kind: FileKind) -> list[Listed]:
    """What is of this kind by its name. Raises Malformed where there is none, LimitReached where there are too many."""
    found: list[Listed] = []
    async for page in bucket.names(prefix):
        found += [each for each in page if each.name.lower().endswith(tuple(kind.suffixes))]
        if len(found) > LISTED_MAX:
            raise LimitReached(limit="files of one import", allowed=LISTED_MAX)
    if not found:
        remedy = f"Check the folder; files are told by the ends of their names: {', '.join(sorted(kind.suffixes))}."
        raise Malformed([Problem("/prefix", "no_rows", "No file lies there that this project shows.", remedy)])
    return found


async def _read(bucket: OpenBucket, number: int, name: str, bytes_max: int, gate: asyncio.Semaphore) -> File:
    """One file of a bucket; what cannot be read is told like a bad picture, and the others go on."""
    async with gate:
        try:
            return File(number, name, await bucket.read(name, bytes_max))
        except LimitReached as error:
            problem = Problem("", "too_large", str(error), "Scale it down, or cut it into parts of one group.")
            return File(number, name, problem=problem)
        except PlatformError as error:
            return File(number, name, problem=Problem("", "unreadable_media", str(error), error.hint))


def _attempt(import_id: UUID, number: int) -> UUID:
    """What the chunks of one attempt at an import are counted in."""
    return uuid5(import_id, str(number))


def _said(organization_id: UUID, row: Any) -> Sealed:
    return Sealed(organization_id, row["project_id"], row["import_id"], Kind.IMPORT, row["chunk_key_id"], row["sealed"])


def _report(organization_id: UUID, row: Any) -> Sealed:
    sealed = row["sealed_report"]
    return Sealed(organization_id, row["project_id"], row["import_id"], Kind.IMPORT_REPORT, row["chunk_key_id"], sealed)


def _as_json(row: Any, said: dict[str, Any], told: dict[str, Any]) -> ImportRun:
    def time(at: datetime | None) -> str | None:
        return rfc3339(at) if at is not None else None

    return cast(
        ImportRun,
        {
            "id": str(row["import_id"]),
            "project_id": str(row["project_id"]),
            "state": row["state"],
            "source": said["source"],
            "batch": said["batch"],
            "batch_id": str(row["batch_id"]) if row["batch_id"] else None,
            **{name: row[name] for name in ("total", "seen", "imported", "duplicates", "rejected")},
            "problems": told.get("problems", []),
            "error": told.get("error"),
            "created_at": rfc3339(row["created_at"]),
            "started_at": time(row["started_at"]),
            "ended_at": time(row["ended_at"]),
        },
    )
