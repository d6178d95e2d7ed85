"""Tasks in: a stream of rows becomes sealed tasks, chunk by chunk; a bad row is reported while the good ones go in.

One chunk of 5,000 rows is one transaction, one ledger row and one outbox row. A chunk that was sent before changes nothing,
so a stream that broke off is sent again whole, under the same Idempotency-Key.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, cast
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as DriverUUID  # the driver's own: made of bytes at a tenth of the cost

from evenhand.boundary.actor import Actor
from evenhand.boundary.permission import Permission
from evenhand.core.canonical import read_json
from evenhand.core.errors import Conflict, Malformed, NotAllowed, NotFound, NotSignedIn, Problem
from evenhand.core.times import from_rfc3339
from evenhand.ontology.import_check import Quick, compile_import
from evenhand.ontology.ontology import Ontology
from evenhand.store.clock import Clock, fresh_id, scattered_ids
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Vault
from evenhand.work.fetching import Fetching, files_in, files_of
from evenhand.work.gold import Codes, Known, checked, columns_of, known_of
from evenhand.work.model import CHUNK_ROWS, KEY_ROWS, Event, ImportRefused
from evenhand.work.ontologies import Ontologies
from evenhand.work.projects import Projects
from evenhand.work.relay import open_batch
from evenhand.work.rows import Row, element_blocks, item_of, json_row, line_blocks, rows_of
from evenhand.work.shapes.rows import ImportReport, RowDefect

_queries = Queries.of("evenhand.work")
PROBLEMS_SHOWN = 100
BATCH_DEFAULT = "Imported"
# Rows that name files are taken in smaller chunks, of so many files: each may stand for a minute of fetching.
CHUNK_FILES = 200
# An import has one hour to be answered; a batch still loading after twice that belongs to one that broke off.
LOADING_LASTS = timedelta(hours=2)


@dataclass(slots=True)
class Report:
    """What became of an import. batch_id: None until the first chunk is written."""

    batch_id: UUID | None = None
    imported: int = 0
    duplicates: int = 0
    rejected: int = 0
    problems: list[RowDefect] = field(default_factory=list)
    is_published: bool = True

    def reject(self, row: Row) -> None:
        """Count a bad row; the first hundred are told in full."""
        self.rejected += 1
        for problem in row.problems[:5]:
            if len(self.problems) < PROBLEMS_SHOWN:
                self.problems.append(cast(RowDefect, {"line": row.line, **problem.as_json()}))

    def as_json(self) -> ImportReport:
        """The report as the API sends it."""
        return {
            "batch_id": str(self.batch_id),
            "imported": self.imported,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "problems": self.problems,
            "published": self.is_published,
        }


@dataclass(frozen=True, slots=True)
class _Intake:
    """What the rows of one import are held against, and where the bad ones are told. born_at: when the project was made."""

    project_id: UUID
    ontology: Ontology
    ontology_version: int
    mapping: Mapping[str, str]
    priority: int
    born_at: datetime
    organization_id: UUID
    report: Report


@dataclass(slots=True)
class _Chunk:
    """Rows that passed, waiting to be sealed together. no: its number in the import. media: the files that each row shows.

    gold: what is known of the rows that are to be gold, by their place.
    """

    no: int = 0
    contents: list[bytes] = field(default_factory=list)
    priorities: list[int] = field(default_factory=list)
    due: list[datetime | None] = field(default_factory=list)
    externals: list[bytes | None] = field(default_factory=list)
    tags: list[list[str]] = field(default_factory=list)
    media: list[list[UUID]] = field(default_factory=list)
    gold: dict[int, tuple[Known, Codes]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _SealedChunk:
    """The same, ready to be stored. ids: UUIDs as bytes; key_ids: under which key each row is sealed.

    gold: what is right for the rows that are to be gold, sealed, by their place.
    """

    chunk: _Chunk
    ids: list[bytes]
    sealed: list[bytes]
    key_ids: list[UUID]
    gold: dict[int, bytes]
    now: datetime

    def part(self, places: Sequence[int], no: int) -> _SealedChunk:
        """Some of its rows, as a chunk of their own."""
        chunk = self.chunk
        rows = _Chunk(
            no,
            [],
            [chunk.priorities[each] for each in places],
            [chunk.due[each] for each in places],
            [chunk.externals[each] for each in places],
            [chunk.tags[each] for each in places],
            [chunk.media[each] for each in places],
            {index: chunk.gold[each] for index, each in enumerate(places) if each in chunk.gold},
        )
        gold = {index: self.gold[each] for index, each in enumerate(places) if each in self.gold}
        ids, sealed, key_ids = ([column[each] for each in places] for column in (self.ids, self.sealed, self.key_ids))
        return _SealedChunk(rows, ids, sealed, key_ids, gold, self.now)  # type: ignore[arg-type]


class Importing:
    """The verbs that bring tasks in."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        ontologies: Ontologies,
        projects: Projects,
        fetching: Fetching,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._ontologies = ontologies
        self._projects = projects
        self._fetching = fetching
        self._clock = clock

    async def run(
        self,
        actor: Actor,
        project_id: UUID,
        stream: AsyncIterator[bytes],
        format_: str,
        *,
        batch: str | None,
        mapping: Mapping[str, str],
        import_id: UUID,
        is_atomic: bool,
    ) -> Report:
        """Import a stream of rows. With `is_atomic` all rows go in or none.

        Raises ImportRefused, with the first problems, when nothing went in; Malformed when the body cannot be read as a whole.
        """
        intake = await self._intake(actor, project_id, mapping)
        if intake.ontology.media:
            chunks = self._passed_with_files(rows_of(stream, format_), intake, import_id)
        else:
            chunks = self._passed(stream, format_, intake)
        return await self._take(
            actor, chunks, intake, batch=batch, import_id=import_id, chunks_of=import_id, is_atomic=is_atomic
        )

    async def run_items(
        self,
        actor: Actor,
        project_id: UUID,
        rows: AsyncIterator[Row | None],
        report: Report,
        *,
        batch: str | None,
        import_id: UUID,
        chunks_of: UUID,
        is_atomic: bool,
    ) -> Report:
        """Import rows that are items already, their files stored; None ends a chunk. What makes them idempotent is `external_id`.

        chunks_of: of this attempt alone: rows that are in are left out before they come here, so no two have the same chunks.
        report: filled as it goes, so that others can see how far it is. Raises like `run`.
        """
        intake = await self._intake(actor, project_id, {}, report)
        return await self._take(
            actor,
            self._gathered(rows, intake),
            intake,
            batch=batch,
            import_id=import_id,
            chunks_of=chunks_of,
            is_atomic=is_atomic,
        )

    async def known(self, organization_id: UUID, project_id: UUID, external_ids: Sequence[str]) -> set[str]:
        """Which of these external ids a project has already."""
        hashes = {self._vault.lookup(organization_id, "external-id", each): each for each in external_ids}
        async with self._database.tenant(organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "known_externals",
                organization_id=organization_id,
                project_id=project_id,
                hashes=list(hashes),
            )
        return {hashes[row["external_hash"]] for row in rows}

    async def imported_by(self, organization_id: UUID, chunks_of: Sequence[UUID]) -> int:
        """How many tasks came in with the chunks of these attempts."""
        async with self._database.tenant(organization_id) as connection:
            imported: int = await _queries.value(
                connection, "imported_by_chunks", organization_id=organization_id, import_ids=list(chunks_of)
            )
        return imported

    async def ontology_of(self, actor: Actor, project_id: UUID) -> Ontology:
        """What rows of a project are held against now."""
        return (await self._intake(actor, project_id, {})).ontology

    async def _intake(
        self, actor: Actor, project_id: UUID, mapping: Mapping[str, str], report: Report | None = None
    ) -> _Intake:
        project = await self._projects.get(actor, project_id)
        ontology = await self._ontologies.get(actor.organization_id, project_id, project["ontology_version"])
        return _Intake(
            project_id,
            ontology,
            project["ontology_version"],
            mapping,
            project["priority"],
            from_rfc3339(project["created_at"]),
            actor.organization_id,
            report or Report(),
        )

    async def _take(
        self,
        actor: Actor,
        chunks: AsyncIterator[_Chunk],
        intake: _Intake,
        *,
        batch: str | None,
        import_id: UUID,
        chunks_of: UUID,
        is_atomic: bool,
    ) -> Report:
        """Write chunks as they come, then publish a closed batch, or forget it. chunks_of: what their numbers are counted in."""
        report, project_id = intake.report, intake.project_id
        report.is_published = not is_atomic
        place = (actor, project_id, batch or BATCH_DEFAULT, is_atomic, import_id)
        writing: asyncio.Task[None] | None = None
        try:
            # One chunk is stored while the next is read, checked and sealed: Python and PostgreSQL work at the same time.
            async for chunk in chunks:
                sealed = await self._sealed(actor, intake, chunk)
                if writing is not None:
                    await writing
                if report.batch_id is None:
                    report.batch_id, report.is_published = await self._batch(*place)
                if sealed is not None:
                    given = (actor, intake, chunks_of, sealed)
                    writing = asyncio.create_task(self._store(*given, is_open=not is_atomic))
                    # On its way before the stream is read on: what is there already is read without waiting for anything.
                    await asyncio.sleep(0)
            if writing is not None:
                await writing
            if report.batch_id is None and report.duplicates:
                report.batch_id, report.is_published = await self._batch(*place)
        except Malformed:
            if writing is not None:
                await asyncio.wait([writing])
            if report.batch_id is not None and not report.is_published:
                await self._drop(actor.organization_id, report.batch_id)
            raise
        finally:
            if writing is not None and not writing.done():
                await asyncio.wait([writing])
        if report.batch_id is not None and not report.is_published:
            await self._settle(actor, project_id, report.batch_id, report)
        if report.rejected and not report.imported + report.duplicates:
            raise ImportRefused(report.rejected, report.problems)
        if report.batch_id is None:
            raise Malformed([Problem("", "no_rows", "There are no rows in this.", "Send at least one.")])
        return report

    # -------------------------------------------------------------------------------------------------------- checks --
    async def _passed(self, stream: AsyncIterator[bytes], format_: str, intake: _Intake) -> AsyncIterator[_Chunk]:
        """Chunks of rows that passed; the others are told in the report."""
        chunk = _Chunk()
        numbers = count(1)
        compiled = compile_import(intake.ontology, intake.mapping)
        if format_ in ("ndjson", "json") and compiled.is_fast:
            async for first, lines in line_blocks(stream) if format_ == "ndjson" else element_blocks(stream):
                for number, line in enumerate(lines, first):
                    quick = compiled.quick(line)
                    if quick is not None:
                        self._add_quick(chunk, quick, intake)
                    elif line.strip():
                        self._judge(json_row(number, line), chunk, intake)
                    if len(chunk.contents) == CHUNK_ROWS:
                        yield chunk
                        chunk = _Chunk(next(numbers))
                await asyncio.sleep(0)  # a turn for the chunk that is on its way to the database
        else:
            async for row in rows_of(stream, format_):
                self._judge(row, chunk, intake)
                if len(chunk.contents) == CHUNK_ROWS:
                    yield chunk
                    chunk = _Chunk(next(numbers))
        if chunk.contents:
            yield chunk

    async def _passed_with_files(
        self, rows: AsyncIterator[Row], intake: _Intake, import_id: UUID
    ) -> AsyncIterator[_Chunk]:
        """The same where rows may name files: those are brought in and stored first.

        Chunks are counted by rows that came, not by rows that passed: an address that did not answer the first time may the
        second, and a chunk that is in must stay the same. Such a one is not brought in again.
        """
        numbers = count()
        async for group in _groups(rows, intake):
            chunk = _Chunk(next(numbers))
            if await self._is_in(intake, import_id, chunk.no):
                yield chunk
                continue
            brought = await self._fetching.bring_in(intake.organization_id, intake.project_id, intake.ontology, group)
            for row in brought:
                self._judge(row, chunk, intake)
            if chunk.contents:
                yield chunk

    async def _is_in(self, intake: _Intake, import_id: UUID, chunk_no: int) -> bool:
        async with self._database.tenant(intake.organization_id) as connection:
            found = await _queries.row(
                connection,
                "chunk_that_is_in",
                organization_id=intake.organization_id,
                import_id=import_id,
                chunk_no=chunk_no,
            )
        if found is not None:
            intake.report.imported += found["imported"]
            intake.report.duplicates += found["duplicates"]
        return found is not None

    async def _gathered(self, rows: AsyncIterator[Row | None], intake: _Intake) -> AsyncIterator[_Chunk]:
        """Chunks of rows that are items already."""
        chunk, numbers = _Chunk(), count(1)
        async for row in rows:
            if row is not None:
                self._judge(row, chunk, intake)
            if chunk.contents and (row is None or len(chunk.contents) == CHUNK_ROWS):
                yield chunk
                chunk = _Chunk(next(numbers))
        if chunk.contents:
            yield chunk

    def _judge(self, row: Row, chunk: _Chunk, intake: _Intake) -> None:
        """Check a row whole; it goes into the chunk or into the report."""
        passed = self._check(row, intake)
        if passed.problems:
            intake.report.reject(passed)
            return
        assert passed.content is not None
        self._add(chunk, passed.content, intake)
        if passed.gold is not None:
            chunk.gold[len(chunk.contents) - 1] = passed.gold

    def _check(self, row: Row, intake: _Intake) -> Row:
        if row.content is None:
            return row
        ontology = intake.ontology
        kinds = {name: kind.name for name, (kind, _) in ontology.inputs.items()}
        item = item_of(row.content, kinds, intake.mapping)
        gold = item.pop("gold", None)
        problems = [each for each in ontology.check_item(item) if not each.is_warning]
        if not problems and item.get("due_at") is not None:
            try:
                from_rfc3339(str(item["due_at"]))
            except ValueError:
                problems.append(Problem("/due_at", "bad_value", "This is no time.", "Use 2026-01-02T10:00:00Z."))
        for index, suggestion in enumerate(item.get("suggestions") or []) if not problems else ():
            found = ontology.check_answers(suggestion["answers"], ontology.clean_item(item), draft=True)
            problems.extend(each.under(f"/suggestions/{index}/answers") for each in found if not each.is_warning)
        known = None
        if not problems and gold is not None:
            known, problems = known_of(gold)
            if known is not None:
                known, codes, problems = checked(ontology, known, ontology.clean_item(item))
                problems = [each.under("/gold") for each in problems]
        if problems:
            return Row(row.line, None, tuple(problems))
        return Row(row.line, ontology.clean_item(item), gold=None if known is None else (known, codes))

    def _add(self, chunk: _Chunk, item: dict[str, Any], intake: _Intake) -> None:
        due = item.get("due_at")
        chunk.contents.append(json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode())
        chunk.priorities.append(item.get("priority", intake.priority))
        chunk.due.append(from_rfc3339(str(due)) if due else None)
        chunk.externals.append(self._hashed(item.get("external_id"), intake))
        chunk.tags.append(item.get("tags") or [])
        chunk.media.append(files_of(intake.ontology, item))

    def _add_quick(self, chunk: _Chunk, quick: Quick, intake: _Intake) -> None:
        chunk.contents.append(quick.content)
        chunk.priorities.append(intake.priority)
        chunk.due.append(None)
        chunk.externals.append(self._hashed(quick.external_id, intake))
        chunk.tags.append(quick.tags)
        chunk.media.append([])

    def _hashed(self, external_id: str | None, intake: _Intake) -> bytes | None:
        return self._vault.lookup(intake.organization_id, "external-id", external_id) if external_id else None

    # -------------------------------------------------------------------------------------------------------- writes --
    async def _sealed(self, actor: Actor, intake: _Intake, chunk: _Chunk) -> _SealedChunk | None:
        """A chunk under keys of its own; None for one that has nothing in it."""
        if not chunk.contents:
            return None
        now = self._clock.now()
        ids = scattered_ids(intake.born_at, len(chunk.contents))
        async with self._database.tenant(actor.organization_id) as connection:
            keys = await self._vault.new_chunk_keys(
                connection, actor.organization_id, intake.project_id, -(-len(ids) // KEY_ROWS)
            )
        sealed: list[bytes] = []
        key_ids: list[UUID] = []
        for index, key in enumerate(keys):
            part = slice(index * KEY_ROWS, (index + 1) * KEY_ROWS)
            sealed.extend(self._vault.seal_tasks(key, chunk.contents[part], ids[part]))
            key_ids.extend([key.id] * len(ids[part]))
        gold = {
            place: self._vault.seal(
                keys[place // KEY_ROWS], known.content, kind=Kind.GOLD, object_id=UUID(bytes=ids[place])
            )
            for place, (known, _) in chunk.gold.items()
        }
        return _SealedChunk(chunk, ids, sealed, key_ids, gold, now)

    async def _store(
        self, actor: Actor, intake: _Intake, import_id: UUID, ready: _SealedChunk, *, is_open: bool
    ) -> None:
        """One transaction; where some of its rows are to be gold, one more before it, in which they never can be dealt as work."""
        if ready.gold:
            gold = sorted(ready.gold)
            async with self._database.statement() as connection, connection.transaction():
                await _queries.value(connection, "close_gate")
                part = ready.part(gold, -1 - ready.chunk.no)
                if await self._put(connection, actor, intake, import_id, part, is_open=is_open):
                    await self._put_gold(connection, actor, intake, import_id, part)
            rest = [place for place in range(len(ready.ids)) if place not in ready.gold]
            ready = ready.part(rest, ready.chunk.no)
        async with self._database.statement() as connection:
            await self._put(connection, actor, intake, import_id, ready, is_open=is_open)

    async def _put_gold(
        self, connection: Connection, actor: Actor, intake: _Intake, import_id: UUID, ready: _SealedChunk
    ) -> None:
        """Make gold of rows that were just stored; a duplicate stays what it was."""
        stored = await _queries.rows(
            connection,
            "items",
            organization_id=actor.organization_id,
            project_id=intake.project_id,
            task_ids=[UUID(bytes=each) for each in ready.ids],
        )
        is_new = {row["task_id"] for row in stored}
        places = [place for place, each in enumerate(ready.ids) if UUID(bytes=each) in is_new]
        for start in range(0, len(places), KEY_ROWS):
            some = places[start : start + KEY_ROWS]
            known = {UUID(bytes=ready.ids[place]): ready.chunk.gold[place] for place in some}
            codes = [(task_id, code) for task_id, (_, some_codes) in known.items() for code in some_codes]
            await _queries.row(
                connection,
                "gold_make",
                token_sha256=actor.token_sha256,
                project_id=intake.project_id,
                tasks=list(known),
                kinds=[each.kind for each, _ in known.values()],
                chunk_keys=[ready.key_ids[place] for place in some],
                sealed=[ready.gold[place] for place in some],
                ontology_version=intake.ontology_version,
                code_tasks=[task_id for task_id, _ in codes],
                **columns_of([code for _, code in codes]),
                key=import_id,
                now=ready.now,
            )

    async def _put(
        self,
        connection: Connection,
        actor: Actor,
        intake: _Intake,
        import_id: UUID,
        ready: _SealedChunk,
        *,
        is_open: bool,
    ) -> bool:
        """Store one chunk; whether it was new."""
        project_id, report = intake.project_id, intake.report
        chunk, ids = ready.chunk, ready.ids
        shown = [(ids[index], each) for index, media in enumerate(chunk.media) for each in media]
        tagged = [(ids[index], tag) for index, tags in enumerate(chunk.tags) for tag in dict.fromkeys(tags)]
        row = await _queries.row(
            connection,
            "import_chunk",
            token_sha256=actor.token_sha256,
            project_id=project_id,
            batch_id=report.batch_id,
            import_id=import_id,
            chunk_no=chunk.no,
            open=is_open,
            ids=[DriverUUID(each) for each in ids],
            sealed=ready.sealed,
            chunk_keys=ready.key_ids,
            priorities=chunk.priorities,
            due=chunk.due,
            externals=chunk.externals,
            tag_tasks=[UUID(bytes=each) for each, _ in tagged],
            tags=[self._vault.lookup(actor.organization_id, "tag", tag) for _, tag in tagged],
            media_tasks=[UUID(bytes=each) for each, _ in shown],
            media=[each for _, each in shown],
            digest=hashlib.sha256(b"".join(ready.sealed)).digest(),
            now=ready.now,
        )
        assert row is not None
        if row["status"] == "no-session":
            raise NotSignedIn()
        if row["status"] == "not-allowed":
            raise NotAllowed(permission=Permission.TASK_IMPORT.value)
        if row["status"] == "no-project":
            raise NotFound(kind="project", id=str(project_id))
        if row["status"] == "no-media":
            raise Conflict(kind="batch", reason="a file that it shows was forgotten meanwhile; send it again")
        report.imported += row["imported"]
        report.duplicates += row["duplicates"]
        return bool(row["status"] == "ok")

    async def _settle(self, actor: Actor, project_id: UUID, batch_id: UUID, report: Report) -> None:
        """All or none: publish the closed batch, or forget what it had loaded."""
        if report.rejected:
            await self._drop(actor.organization_id, batch_id)
            report.imported = report.duplicates = 0
            return
        async with self._database.tenant(actor.organization_id) as connection:
            await _queries.run(
                connection,
                "set_batch_state",
                organization_id=actor.organization_id,
                batch_id=batch_id,
                state="published",
            )
            await _queries.run(
                connection,
                "tell",
                organization_id=actor.organization_id,
                project_id=project_id,
                kind=int(Event.IMPORTED),
                task_id=None,
                subject_id=batch_id,
                quantity=report.imported,
                now=self._clock.now(),
            )
        report.is_published = True
        await open_batch(self._database, self._clock, actor.organization_id, batch_id)

    async def _drop(self, organization_id: UUID, batch_id: UUID) -> None:
        facts = {"organization_id": organization_id, "batch_id": batch_id, "max": CHUNK_ROWS}
        dropped = 1
        while dropped:
            async with self._database.statement() as connection:
                dropped = await _queries.value(connection, "batch_drop", **facts)

    async def _batch(
        self, actor: Actor, project_id: UUID, name: str, is_atomic: bool, import_id: UUID
    ) -> tuple[UUID, bool]:
        """The batch of that name, made where there is none, and whether it is published.

        An atomic import needs one of its own; sent again under its key it goes on where it broke off, or finds all done.
        """
        name = name.strip()[:200] or BATCH_DEFAULT
        name_hash = self._vault.lookup(actor.organization_id, "batch", f"{project_id} {name}")
        facts = {"organization_id": actor.organization_id, "project_id": project_id, "name_hash": name_hash}
        now = self._clock.now()
        if is_atomic:
            await self._drop_left_over(actor.organization_id, facts, import_id, now)
        async with self._database.tenant(actor.organization_id) as connection:
            found = await _queries.row(connection, "batch_by_name", **facts)
            if found is None:
                batch_id = fresh_id(now)
                key = await self._vault.writing_key(connection, actor.organization_id, project_id)
                await _queries.run(
                    connection,
                    "add_batch",
                    **facts,
                    batch_id=batch_id,
                    chunk_key_id=key.id,
                    sealed=self._vault.seal(
                        key, json.dumps({"name": name}).encode(), kind=Kind.BATCH, object_id=batch_id
                    ),
                    state="loading" if is_atomic else "published",
                    import_id=import_id if is_atomic else None,
                    now=now,
                )
                found = await _queries.row(connection, "batch_by_name", **facts)
                assert found is not None
            if (found["import_id"] != import_id) if is_atomic else (found["state"] == "loading"):
                raise Conflict(kind="batch", reason=f"an atomic import needs a batch of its own, and {name!r} exists")
        return found["batch_id"], found["state"] == "published"

    async def _drop_left_over(
        self, organization_id: UUID, facts: Mapping[str, Any], import_id: UUID, now: datetime
    ) -> None:
        """Forget what another atomic import had loaded before it broke off, unless it may still be on its way."""
        async with self._database.tenant(organization_id) as connection:
            found = await _queries.row(connection, "batch_by_name", **facts)
        if found is None or found["state"] != "loading" or found["import_id"] == import_id:
            return
        if found["created_at"] + LOADING_LASTS < now:
            await self._drop(organization_id, found["batch_id"])


async def _groups(rows: AsyncIterator[Row], intake: _Intake) -> AsyncIterator[list[Row]]:
    """Items in chunks, which are smaller where they name files."""
    kinds = {name: kind.name for name, (kind, _) in intake.ontology.inputs.items()}
    group: list[Row] = []
    files = 0
    async for row in rows:
        item = row if row.content is None else Row(row.line, item_of(row.content, kinds, intake.mapping))
        group.append(item)
        if item.content is not None:
            files += len(files_in(intake.ontology, item.content))
        if files >= CHUNK_FILES or len(group) == CHUNK_ROWS:
            yield group
            group, files = [], 0
    if group:
        yield group


def mapping_of(text: str | None) -> dict[str, str]:
    """The `mapping` parameter: a JSON object of input name to column. Raises Malformed."""
    if not text:
        return {}
    mapping = read_json(text, pointer="query:mapping")
    if not isinstance(mapping, dict) or not all(isinstance(value, str) for value in mapping.values()):
        message = "mapping is a JSON object of input names to column names."
        raise Malformed([Problem("query:mapping", "bad_json", message, 'Use {"text": "comment"}.')])
    return mapping
