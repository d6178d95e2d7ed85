"""Building a release: frozen set in, sealed and signed files out. Safe to be killed at any moment: it starts over.

1. Take the release's lock in the database; forget what a killed build had left.
2. Page through the frozen tasks, at most 500 a grant; open them; write items, annotations and labels as JSON lines. Labels are made
   by the fit that stood when the release was cut, so that starting over makes the same ones.
3. Turn the labels into Parquet.
4. Write the card, the manifest, the key, the how-to-verify page, and the statement over all of them.
5. In one transaction: the signed facts, the state `ready`, and the entry that says it was signed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import structlog

from evenhand import __version__
from evenhand.core.canonical import canonical_json, digest
from evenhand.core.errors import PlatformError, StorageFull, Unavailable
from evenhand.core.times import rfc3339
from evenhand.delivery import croissant
from evenhand.delivery.agreeing import Agreeing
from evenhand.delivery.audited import audited
from evenhand.delivery.formats import parquet
from evenhand.delivery.formats.format import Labeled, Writer
from evenhand.delivery.formats.registry import formats
from evenhand.delivery.rows import FrozenTask, annotation_lines, item_line, label_line, labels, verdict_of, votes_of
from evenhand.delivery.service import part_binding, release_sealed
from evenhand.delivery.statement import envelope, key_id, manifest_bytes, public_key, public_key_pem, statement
from evenhand.delivery.verify_page import verify_page
from evenhand.insight.audits import Audits
from evenhand.insight.labels import Labels, as_labeled
from evenhand.insight.service import Insight
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.entries import put_on_record
from evenhand.ledger.grant import OBJECTS_MAX
from evenhand.ontology.consensus import Told
from evenhand.ontology.ontology import Ontology
from evenhand.people.notifications import notify
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.key_service import KeyServiceUnavailable
from evenhand.vault.keyfile import KeyFile
from evenhand.vault.keyring import ChunkKey
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.deciding import Vote
from evenhand.work.labeling import annotation_sealed
from evenhand.work.model import STAGE_LABEL, Event
from evenhand.work.ontologies import Ontologies
from evenhand.work.verdicts import verdicts_on

_queries = Queries.of("evenhand.delivery")
# What stays on the platform, whatever the format.
LOSSES = (
    "guidelines: their text and pictures; the release names their version",
    "discussions: comments, reports and what was said about the guidelines",
    "models: what a fit learned of annotators; a label names its model, version and fit",
)
_work = Queries.of("evenhand.work")
_ORIGIN = ("question", "source", "model", "model_version", "fit_no")
_LOCK = 7200
PART_BYTES = 1 << 20
log = structlog.get_logger(__name__)


class _File:
    """A file of the release being written: sealed part by part, digested as it grows."""

    def __init__(self, name: str, media_type: str, number: int) -> None:
        self.name, self.media_type, self.number = name, media_type, number
        self.rows = 0
        self.bytes = 0
        self.blocks: list[str] = []
        self._digest = hashlib.sha256()
        self._waiting = bytearray()

    def write(self, content: bytes) -> list[bytes]:
        """Take content in; the whole parts that are now ready."""
        self._waiting += content
        parts = []
        while len(self._waiting) >= PART_BYTES:
            parts.append(self._cut(PART_BYTES))
        return parts

    def finish(self) -> list[bytes]:
        """The last part, if there is one."""
        return [self._cut(len(self._waiting))] if self._waiting else []

    def _cut(self, size: int) -> bytes:
        part = bytes(self._waiting[:size])
        del self._waiting[:size]
        self._digest.update(part)
        self.blocks.append(hashlib.sha256(part).hexdigest())
        self.bytes += len(part)
        return part

    @property
    def sha256(self) -> str:
        """Of the whole file, in hex."""
        return self._digest.hexdigest()

    def facts(self) -> dict[str, Any]:
        """The file's line in the manifest."""
        return {
            "name": self.name,
            "media_type": self.media_type,
            "bytes": self.bytes,
            "rows": self.rows,
            "sha256": self.sha256,
            "block_bytes": PART_BYTES,
            "blocks": self.blocks,
        }


class Builder:
    """Builds what waits; a worker's round."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        ontologies: Ontologies,
        insight: Insight,
        labels: Labels,
        audits: Audits,
        keys: KeyFile,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._ontologies = ontologies
        self._insight = insight
        self._labels = labels
        self._audits = audits
        self._keys = keys
        self._clock = clock

    async def build_waiting(self) -> bool:
        """Build the releases that wait longest and that nobody else is building; whether there was one."""
        has_built = False
        async with self._database.statement() as connection:
            waiting = await _queries.rows(connection, "waiting")
        for each in waiting:
            async with self._database.statement() as holder:
                lock = each["release_id"].int & 0x7FFF_FFFF
                if not await holder.fetchval("select pg_try_advisory_lock($1, $2)", _LOCK, lock):
                    continue
                try:
                    has_built |= await self.build(each["organization_id"], each["release_id"])
                finally:
                    await holder.fetchval("select pg_advisory_unlock($1, $2)", _LOCK, lock)
        return has_built

    async def build(self, organization_id: UUID, release_id: UUID) -> bool:
        """Build one release, if it waits; whether it is done now. The caller sees to it that nobody else builds it meanwhile."""
        facts = {"organization_id": organization_id, "release_id": release_id}
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(connection, "release", **facts)
            if row is None or row["state"] != "building":
                return True
            await _queries.run(connection, "forget_parts", **facts)
            await _queries.run(connection, "forget_files", **facts)
        try:
            await self._write(row)
        except KeyServiceUnavailable as error:
            # Not the release's fault either, and nobody else's release waits for it.
            log.warning("release.waits", release_id=str(release_id), reason=error.reason)
            return False
        except (Unavailable, StorageFull):
            raise  # not the release's fault: the next round starts over
        except Exception as error:
            log.error("release.failed", release_id=str(release_id), exc_info=error)
            known = error if isinstance(error, PlatformError) else PlatformError()
            await self._finish(row, "failed", {"problem": {"code": known.code, "hint": known.hint}}, None)
        return True

    async def _write(self, row: Any) -> None:
        organization_id, project_id = row["organization_id"], row["project_id"]
        async with self._database.tenant(organization_id) as connection:
            project = await _work.row(connection, "project", organization_id=organization_id, project_id=project_id)
        assert project is not None
        ontology = await self._ontologies.get(organization_id, project_id, project["ontology_version"])
        key = await self._vault.key_for(organization_id, row["chunk_key_id"], row["release_id"])
        files = {
            "items": _File("items.jsonl", "application/x-ndjson", 1),
            "annotations": _File("annotations.jsonl", "application/x-ndjson", 2),
            "labels": _File("labels.jsonl", "application/x-ndjson", 3),
            "parquet": _File("labels.parquet", parquet.media_type, 4),
        }
        annotators: set[str] = set()
        versions = {project["ontology_version"]: ontology}
        agreeing = Agreeing(ontology)
        made_by: Counter[tuple[tuple[str, Any], ...]] = Counter()
        writers = {name: formats()[name].writer(ontology) for name in (await self._content(row)).get("formats", [])}
        lines = os.memfd_create("labels.jsonl")
        try:
            async for task in self._frozen(row, ontology):
                await self._add(row, key, files["items"], item_line(task), 1)
                for line in annotation_lines(task):
                    await self._add(row, key, files["annotations"], line, 1)
                annotators.update(each["pseudonym"] for each in task.annotations)
                for version in {each["ontology_version"] for each in task.annotations} - versions.keys():
                    versions[version] = await self._ontologies.get(organization_id, project_id, version)
                agreeing.add(task, versions)
                of_task = [*labels(task, ontology, versions)]
                for label in of_task:
                    made_by[tuple((name, label[name]) for name in _ORIGIN if name in label)] += 1
                    line = label_line(label)
                    os.write(lines, line)
                    await self._add(row, key, files["labels"], line, 1)
                for writer in writers.values():
                    writer.add(Labeled(str(task.task_id), task.item, of_task))
            os.lseek(lines, 0, os.SEEK_SET)
            for block in parquet.from_lines(lines):
                await self._add(row, key, files["parquet"], block, 0)
            for writer in writers.values():
                await self._other(row, key, files, writer)
        finally:
            os.close(lines)
            for writer in writers.values():
                writer.close()
        files["parquet"].rows = files["labels"].rows
        for file in files.values():
            await self._close(row, key, file)
        losses = [f"{name}: {loss}" for name, writer in writers.items() for loss in writer.losses.told()]
        await self._sign(row, key, ontology, project, list(files.values()), len(annotators), agreeing, made_by, losses)

    async def _sign(
        self,
        row: Any,
        key: ChunkKey,
        ontology: Ontology,
        project: Any,
        data: list[_File],
        annotators: int,
        agreeing: Agreeing,
        made_by: Mapping[tuple[tuple[str, Any], ...], int],
        losses: Sequence[str],
    ) -> None:
        statistics = await self._insight.statistics(
            row["organization_id"], row["project_id"], project["ontology_version"]
        )
        audits = await self._audits.as_of(
            row["organization_id"], row["project_id"], project["ontology_version"], row["frozen_at"]
        )
        manifest = {
            "format": "evenhand-release/1",
            # With the note of whoever cut it: the statement repeats all of this, so it is signed word by word.
            "release": {
                "id": str(row["release_id"]),
                "number": row["number"],
                "include": row["include"],
                "note": (await self._content(row)).get("note", ""),
            },
            "project": str(row["project_id"]),
            "organization": str(row["organization_id"]),
            "frozen_at": rfc3339(row["frozen_at"]),
            "software": f"evenhand {__version__}",
            "ontology": {
                "version": project["ontology_version"],
                "digest": digest(ontology.body),
                "body": ontology.body,
            },
            "guideline_version": project["guideline_version"],
            "counts": {
                "tasks": data[0].rows,
                "annotations": data[1].rows,
                "labels": data[2].rows,
                "annotators": annotators,
            },
            "agreement": [*statistics["agreement"], *await agreeing.told()],
            "labeled_by": [{**dict(origin), "labels": count} for origin, count in sorted(made_by.items(), key=str)],
            "audits": audited(audits, row["frozen_at"]),
            "losses": [*LOSSES, *(f"labels.parquet: {loss}" for loss in parquet.LOSSES), *losses],
            "files": [file.facts() for file in data],
        }
        card = croissant.card(manifest, await self._title(project))
        papers = [
            (croissant.NAME, croissant.MEDIA_TYPE, canonical_json(card)),
            ("manifest.json", "application/json", manifest_bytes(manifest)),
            ("public-key.pem", "application/x-pem-file", public_key_pem(self._keys.signing_seed)),
            ("VERIFY.md", "text/markdown", verify_page(key_id(public_key(self._keys.signing_seed)))),
        ]
        written = list(data)
        for number, (name, media_type, content) in enumerate(papers, len(data) + 1):
            written.append(await self._paper(row, key, name, media_type, number, content))
        signed = envelope(
            statement(
                [{"name": file.name, "sha256": file.sha256} for file in written],
                {name: manifest[name] for name in manifest if name not in ("files", "losses")}
                | {"ontology": {"version": project["ontology_version"], "digest": digest(ontology.body)}},
            ),
            self._keys.signing_seed,
        )
        content = json.dumps(signed, indent=1).encode() + b"\n"
        sealed_statement = await self._paper(
            row, key, "release.dsse.json", "application/vnd.dsse+json", len(written) + 1, content
        )
        facts = {
            "manifest": {**manifest, "files": [_brief(file) for file in (*written, sealed_statement)]},
            "key_id": key_id(public_key(self._keys.signing_seed)),
        }
        await self._finish(row, "ready", facts, hashlib.sha256(content).digest())

    # ---------------------------------------------------------------------------------------------------- internals --
    async def _title(self, project: Any) -> str:
        organization_id, project_id = project["organization_id"], project["project_id"]
        grant = await self._grants.to_software(organization_id, Purpose.RELEASE, [project_id], Action.EXPORT_CREATE)
        sealed = Sealed(
            organization_id, project_id, project_id, Kind.PROJECT, project["chunk_key_id"], project["sealed"]
        )
        title: str = json.loads(await self._vault.open_one(grant, sealed))["name"]
        return title

    async def _content(self, row: Any) -> dict[str, Any]:
        """What the release's own row holds sealed: the note, until it is finished."""
        grant = await self._grants.to_software(row["organization_id"], Purpose.RELEASE, [row["release_id"]])
        content: dict[str, Any] = json.loads(await self._vault.open_one(grant, release_sealed(row)))
        return content

    async def _frozen(self, row: Any, ontology: Ontology) -> AsyncIterator[FrozenTask]:
        organization_id, project_id = row["organization_id"], row["project_id"]
        after, batches = -1, await self._batches(organization_id, project_id)
        while True:
            async with self._database.tenant(organization_id) as connection:
                tasks = await _queries.rows(
                    connection,
                    "frozen_tasks",
                    organization_id=organization_id,
                    project_id=project_id,
                    after=after,
                    frozen_at=row["frozen_at"],
                    include=row["include"],
                    limit=OBJECTS_MAX,
                )
                ids = [task["task_id"] for task in tasks]
                answers = await _queries.rows(
                    connection,
                    "frozen_annotations",
                    organization_id=organization_id,
                    task_ids=ids,
                    frozen_at=row["frozen_at"],
                )
            if not tasks:
                return
            after = tasks[-1]["task_no"]
            grant = await self._grants.to_software(organization_id, Purpose.RELEASE, ids, Action.EXPORT_CREATE)
            sealed = [_task_sealed(organization_id, project_id, task) for task in tasks]
            sealed += [annotation_sealed(organization_id, project_id, answer) for answer in answers]
            contents = [json.loads(each) for each in await self._vault.open(grant, sealed)]
            said: dict[tuple[UUID, UUID], list[dict[str, Any]]] = {}
            for verdict, note in await verdicts_on(self._database, self._vault, grant, project_id, ids):
                if verdict["at"] <= row["frozen_at"]:
                    said.setdefault((verdict["task_id"], verdict["author_id"]), []).append(verdict_of(verdict, note))
            of_task: dict[UUID, list[dict[str, Any]]] = {}
            for answer, content in zip(answers, contents[len(tasks) :], strict=True):
                verdicts = said.get((answer["task_id"], answer["person_id"]), [])
                of_task.setdefault(answer["task_id"], []).append(
                    {**dict(answer), "content": content, "verdicts": verdicts if answer["stage"] == STAGE_LABEL else []}
                )
            told = await self._told(row, ontology, zip(tasks, contents, strict=False), of_task)
            for task, item in zip(tasks, contents, strict=False):
                standing = sorted(of_task.get(task["task_id"], []), key=lambda each: each["annotator_no"])
                batch = batches.get(task["batch_id"], "")
                yield FrozenTask(task["task_id"], batch, item, standing, told.get(task["task_no"], {}))

    async def _told(
        self,
        row: Any,
        ontology: Ontology,
        tasks: Iterable[tuple[Any, Any]],
        of_task: Mapping[UUID, Sequence[Mapping[str, Any]]],
    ) -> dict[int, dict[int, Told]]:
        """What models said of these tasks when the release was cut. tasks: rows with their items."""
        labeled = []
        for task, item in tasks:
            votes: list[Vote] = []
            for answer in of_task.get(task["task_id"], []):
                if answer["stage"] == STAGE_LABEL:
                    given_under = await self._ontologies.get(
                        row["organization_id"], row["project_id"], answer["ontology_version"]
                    )
                    votes += votes_of(answer, item, given_under)
            if votes:
                labeled.append(as_labeled(task["task_no"], votes))
        return await self._labels.told_then(
            row["organization_id"], row["project_id"], ontology, labeled, row["frozen_at"], row["fit_no"]
        )

    async def _batches(self, organization_id: UUID, project_id: UUID) -> dict[UUID, str]:
        async with self._database.tenant(organization_id) as connection:
            rows = await _work.rows(connection, "batches", organization_id=organization_id, project_id=project_id)
        names: dict[UUID, str] = {}
        for start in range(0, len(rows), OBJECTS_MAX):
            page = rows[start : start + OBJECTS_MAX]
            grant = await self._grants.to_software(
                organization_id, Purpose.RELEASE, [each["batch_id"] for each in page], Action.EXPORT_CREATE
            )
            sealed = [
                Sealed(organization_id, project_id, each["batch_id"], Kind.BATCH, each["chunk_key_id"], each["sealed"])
                for each in page
            ]
            for each, content in zip(page, await self._vault.open(grant, sealed), strict=True):
                names[each["batch_id"]] = json.loads(content)["name"]
        return names

    async def _add(self, row: Any, key: ChunkKey, file: _File, content: bytes, rows: int) -> None:
        file.rows += rows
        first = len(file.blocks)
        for offset, part in enumerate(file.write(content)):
            await self._store(row, key, file, first + offset, part)

    async def _close(self, row: Any, key: ChunkKey, file: _File) -> None:
        number = len(file.blocks)
        for part in file.finish():
            await self._store(row, key, file, number, part)
        async with self._database.tenant(row["organization_id"]) as connection:
            await _queries.run(
                connection,
                "add_file",
                organization_id=row["organization_id"],
                release_id=row["release_id"],
                file_no=file.number,
                name=file.name,
                bytes=file.bytes,
                sha256=bytes.fromhex(file.sha256),
            )

    async def _other(self, row: Any, key: ChunkKey, files: dict[str, _File], writer: Writer) -> None:
        """The files of a format that was asked for."""
        for written in writer.files():
            file = files[written.name] = _File(written.name, written.media_type, len(files) + 1)
            for block in written.blocks:
                await self._add(row, key, file, block, 0)
            file.rows = written.rows

    async def _paper(self, row: Any, key: ChunkKey, name: str, media_type: str, number: int, content: bytes) -> _File:
        file = _File(name, media_type, number)
        await self._add(row, key, file, content, 0)
        await self._close(row, key, file)
        return file

    async def _store(self, row: Any, key: ChunkKey, file: _File, part_no: int, part: bytes) -> None:
        sealed = self._vault.seal(
            key,
            part,
            kind=Kind.DELIVERY,
            object_id=row["release_id"],
            version=part_binding(file.number, part_no),
        )
        async with self._database.tenant(row["organization_id"]) as connection:
            await _queries.run(
                connection,
                "add_part",
                organization_id=row["organization_id"],
                release_id=row["release_id"],
                file_no=file.number,
                part_no=part_no,
                sealed=sealed,
            )

    async def _finish(self, row: Any, state: str, facts: dict[str, Any], digest_: bytes | None) -> None:
        organization_id, release_id = row["organization_id"], row["release_id"]
        content = await self._content(row)
        key = await self._vault.key_for(organization_id, row["chunk_key_id"], row["release_id"])
        sealed = self._vault.seal(
            key, json.dumps({**content, **facts}).encode(), kind=Kind.RELEASE, object_id=release_id, version=2
        )
        async with self._database.tenant(organization_id) as connection:
            await _queries.run(
                connection, "finish", organization_id=organization_id, release_id=release_id, state=state, sealed=sealed
            )
            await put_on_record(
                connection,
                None,
                Action.DELIVERY_SIGN,
                now=self._clock.now(),
                purpose=Purpose.RELEASE,
                object_id=row["project_id"],
                subject_id=release_id,
                digest=digest_,
                decision="allow" if state == "ready" else "deny",
                rule=None if state == "ready" else state,
            )
            await notify(
                connection,
                organization_id,
                "release.ready" if state == "ready" else "release.failed",
                persons=[row["person_id"]],
                project_id=row["project_id"],
                subject_id=release_id,
                now=self._clock.now(),
            )
            if state == "ready":
                await _work.run(
                    connection,
                    "tell",
                    organization_id=organization_id,
                    project_id=row["project_id"],
                    kind=int(Event.RELEASED),
                    task_id=None,
                    subject_id=release_id,
                    quantity=1,
                    now=self._clock.now(),
                )


def _brief(file: _File) -> dict[str, Any]:
    return {name: value for name, value in file.facts().items() if name not in ("blocks", "block_bytes")}


def _task_sealed(organization_id: UUID, project_id: UUID, task: Any) -> Sealed:
    return Sealed(
        organization_id, project_id, task["task_id"], Kind.TASK, task["chunk_key_id"], task["sealed"], task["version"]
    )
