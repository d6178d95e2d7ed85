"""The verbs of releases: ask for one, list, read, download. Building is in `building`."""

from __future__ import annotations

import json
import zipfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.errors import Conflict, Malformed, NotFound, Problem, shortened
from evenhand.core.times import rfc3339
from evenhand.delivery.formats.registry import formats as known_formats
from evenhand.delivery.shapes import Release, ReleaseFormat
from evenhand.insight.labels import Labels
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.entries import put_on_record
from evenhand.ledger.grant import Grant
from evenhand.ledger.proof import read_proof
from evenhand.ledger.reading import Logs
from evenhand.ontology.ontology import Ontology
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.ontologies import Ontologies

_queries = Queries.of("evenhand.delivery")

# The receipt of the entry with which a release was signed (C2SP tlog-proof); `evenhand-verify` looks for it by this name.
PROOF = "delivery.tlog-proof"


class Releases:
    """Releases of one installation."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        grants: Grants,
        logs: Logs,
        labels: Labels,
        ontologies: Ontologies,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._logs = logs
        self._labels = labels
        self._ontologies = ontologies
        self._clock = clock

    async def create(
        self,
        actor: Actor,
        project_id: UUID,
        note: str,
        include: str,
        formats: Sequence[str] = (),
        release_id: UUID | None = None,
    ) -> Release:
        """Freeze what stands now under the next number, with the fit that its labels are made by; a worker writes and signs it.

        formats: in which it is written beside its lines, each once. release_id: decided by the request's key; where there is such a
        release already, it is answered as it stands. Raises Malformed for a format that is unknown or of no use here.
        """
        now = self._clock.now()
        release_id = release_id or fresh_id(now)
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        if formats:
            check_formats(formats, await self._ontology(actor, project_id))
        async with self._database.tenant(actor.organization_id) as connection:
            if await _queries.row(connection, "lock_project", **facts) is None:
                raise NotFound(kind="project", id=str(project_id))
            number = await _queries.value(connection, "next_number", **facts)
            key = await self._vault.writing_key(connection, actor.organization_id, project_id)
            content = json.dumps({"note": note, "formats": [*formats]}).encode()
            is_new = await _queries.run(
                connection,
                "add_release",
                **facts,
                release_id=release_id,
                number=number,
                include=include,
                now=now,
                chunk_key_id=key.id,
                sealed=self._vault.seal(key, content, kind=Kind.RELEASE, object_id=release_id),
                person_id=actor.person_id,
                fit_no=await self._labels.freeze(connection, **facts),
            )
            if is_new:
                await _queries.run(connection, "froze", **facts, now=now)
                await put_on_record(
                    connection,
                    actor,
                    Action.EXPORT_CREATE,
                    now=now,
                    purpose=Purpose.RELEASE,
                    object_id=project_id,
                    subject_id=release_id,
                    decision="allow",
                )
        return await self.get(actor, release_id)

    async def formats(self, actor: Actor, project_id: UUID) -> list[ReleaseFormat]:
        """The formats there are, and whether each could carry anything of the project. Raises NotFound."""
        ontology = await self._ontology(actor, project_id)
        return [
            {"name": name, "title": each.title, "fits": each.fits(ontology)}
            for name, each in sorted(known_formats().items())
        ]

    async def _ontology(self, actor: Actor, project_id: UUID) -> Ontology:
        async with self._database.tenant(actor.organization_id) as connection:
            facts = {"organization_id": actor.organization_id, "project_id": project_id}
            version = await _queries.value(connection, "ontology_version", **facts)
        if version is None:
            raise NotFound(kind="project", id=str(project_id))
        return await self._ontologies.get(actor.organization_id, project_id, version)

    async def page(self, actor: Actor, project_id: UUID) -> list[Release]:
        """The releases of a project, newest first."""
        async with self._database.tenant(actor.organization_id) as connection:
            facts = {"organization_id": actor.organization_id, "project_id": project_id}
            rows = await _queries.rows(connection, "releases", **facts)
            if not rows and not await _queries.value(connection, "has_project", **facts):
                raise NotFound(kind="project", id=str(project_id))
        if not rows:
            return []
        grant = await self._grants.to_person(actor, Purpose.DIRECTORY, [row["release_id"] for row in rows])
        return [await self._shown(grant, row) for row in rows]

    async def get(self, actor: Actor, release_id: UUID) -> Release:
        """One release. Raises NotFound."""
        row = await self._row(actor, release_id)
        return await self._shown(await self._grants.to_person(actor, Purpose.DIRECTORY, [release_id]), row)

    async def file(self, actor: Actor, release_id: UUID, name: str) -> tuple[int, AsyncIterator[bytes]]:
        """(bytes, content) of one file of a finished release. The look is on record before the first byte.

        `delivery.tlog-proof` is not among what was signed: it proves that the signing is in the log, and is there as soon as the
        log says so in a checkpoint, some ten seconds later.
        """
        row = await self._ready(actor, release_id)
        if name == PROOF and (proof := await self._proof(row)) is not None:
            return len(proof), _at_once(proof)
        files = await self._files(actor, release_id)
        wanted = next((each for each in files if each["name"] == name), None)
        if wanted is None:
            raise NotFound(kind="file", id=name)
        grant = await self._grants.to_person(actor, Purpose.DOWNLOAD, [release_id], Action.EXPORT_CREATE)
        return wanted["bytes"], self._parts(grant, row, wanted)

    async def archive(self, actor: Actor, release_id: UUID) -> tuple[str, AsyncIterator[bytes]]:
        """(file name, content): all files of a finished release as one ZIP, streamed, with the proof of its signing."""
        row = await self._ready(actor, release_id)
        files = await self._files(actor, release_id)
        grant = await self._grants.to_person(actor, Purpose.DOWNLOAD, [release_id], Action.EXPORT_CREATE)
        return f"release-{row['number']}.zip", self._zipped(grant, row, files, await self._proof(row))

    async def _proof(self, row: Any) -> bytes | None:
        organization_id, project_id = row["organization_id"], row["project_id"]
        facts = {"organization_id": organization_id, "project_id": project_id, "release_id": row["release_id"]}
        async with self._database.tenant(organization_id) as connection:
            signing = await _queries.row(connection, "entry_of_signing", **facts)
        if signing is None:
            return None
        found = await self._logs.evidence(organization_id, signing["xid"], signing["id"])
        if found is None:
            return None
        entry, proof = found
        return replace(
            read_proof(proof), extra=entry
        ).write()  # so that it proves something without the rest of the log

    async def _zipped(self, grant: Grant, row: Any, files: list[Any], proof: bytes | None) -> AsyncIterator[bytes]:
        pipe = _Pipe()
        at = row["frozen_at"].astimezone(UTC).timetuple()[:6]
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:  # type: ignore[call-overload]
            for each in files:
                entry = zipfile.ZipInfo(f"release-{row['number']}/{each['name']}", at)
                entry.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(entry, "w", force_zip64=each["bytes"] > 2**31) as inside:
                    async for block in self._parts(grant, row, each):
                        inside.write(block)
                        if ready := pipe.take():
                            yield ready
            if proof is not None:
                archive.writestr(zipfile.ZipInfo(f"release-{row['number']}/{PROOF}", at), proof)
        yield pipe.take()

    async def _parts(self, grant: Grant, row: Any, file: Any) -> AsyncIterator[bytes]:
        part_no = 0
        while True:
            async with self._database.tenant(row["organization_id"]) as connection:
                sealed = await _queries.value(
                    connection,
                    "part",
                    organization_id=row["organization_id"],
                    release_id=row["release_id"],
                    file_no=file["file_no"],
                    part_no=part_no,
                )
            if sealed is None:
                return
            yield await self._vault.open_one(grant, part_sealed(row, file["file_no"], part_no, sealed))
            part_no += 1

    async def _row(self, actor: Actor, release_id: UUID) -> Any:
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(
                connection, "release", organization_id=actor.organization_id, release_id=release_id
            )
        if row is None:
            raise NotFound(kind="release", id=str(release_id))
        return row

    async def _ready(self, actor: Actor, release_id: UUID) -> Any:
        row = await self._row(actor, release_id)
        if row["state"] != "ready":
            raise Conflict(kind="release", reason=f"it is {row['state']}, not ready")
        return row

    async def _files(self, actor: Actor, release_id: UUID) -> list[Any]:
        async with self._database.tenant(actor.organization_id) as connection:
            return await _queries.rows(
                connection, "files", organization_id=actor.organization_id, release_id=release_id
            )

    async def _shown(self, grant: Grant, row: Any) -> Release:
        content = json.loads(await self._vault.open_one(grant, release_sealed(row)))
        manifest = content.get("manifest", {})
        return {
            "id": str(row["release_id"]),
            "project_id": str(row["project_id"]),
            "number": row["number"],
            "state": row["state"],
            "include": row["include"],
            "created_at": rfc3339(row["frozen_at"]),
            "note": content.get("note", ""),
            "formats": content.get("formats", []),
            "problem": content.get("problem"),
            "counts": manifest.get("counts"),
            "agreement": manifest.get("agreement"),
            "labeled_by": manifest.get("labeled_by"),
            "audits": manifest.get("audits"),
            "ontology_version": manifest.get("ontology", {}).get("version"),
            "guideline_version": manifest.get("guideline_version"),
            "files": manifest.get("files", []),
            "losses": manifest.get("losses", []),
            "key_id": content.get("key_id"),
        }


def check_formats(names: Sequence[str], ontology: Ontology) -> None:
    """Raises Malformed, with the place in the request, for a format that is unknown, named twice or of no use here."""
    known = known_formats()
    problems = []
    for place, name in enumerate(names):
        at = f"/formats/{place}"
        if name not in known:
            message = f"There is no format {shortened(name, 40)!r}."
            problems.append(Problem(at, "unknown_option", message, "Name one of these.", tuple(sorted(known))))
        elif name in names[:place]:
            problems.append(Problem(at, "duplicate_value", f"{name} is named twice.", "Name it once."))
        elif not known[name].fits(ontology):
            message = f"Nothing that this project asks goes into {known[name].title}."
            problems.append(Problem(at, "unknown_option", message, "Leave it out."))
    if problems:
        raise Malformed(problems)


class _Pipe:
    """What zipfile writes to: it cannot seek, so every byte is given on as it comes."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._written = 0

    def write(self, block: bytes) -> int:
        self._blocks.append(bytes(block))
        self._written += len(block)
        return len(block)

    def flush(self) -> None:
        return None

    def take(self) -> bytes:
        """What came since the last time."""
        blocks, self._blocks = self._blocks, []
        return b"".join(blocks)


def release_sealed(row: Any) -> Sealed:
    """The sealed facts of a release on their way to the vault."""
    return Sealed(
        row["organization_id"],
        row["project_id"],
        row["release_id"],
        Kind.RELEASE,
        row["chunk_key_id"],
        row["sealed"],
        row["version"],
    )


def part_binding(file_no: int, part_no: int) -> int:
    """The version that binds a part to its place: no part can be moved within a release."""
    return 1000 + file_no * 2**20 + part_no


def part_sealed(row: Any, file_no: int, part_no: int, sealed: bytes) -> Sealed:
    """One part of one file on its way to the vault."""
    return Sealed(
        row["organization_id"],
        row["project_id"],
        row["release_id"],
        Kind.DELIVERY,
        row["chunk_key_id"],
        sealed,
        part_binding(file_no, part_no),
    )


async def _at_once(content: bytes) -> AsyncIterator[bytes]:
    yield content
