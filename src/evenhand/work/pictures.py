"""Pictures and recordings in: one, or an archive. Each becomes a task named like it, so sending it again adds nothing."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from evenhand.boundary.actor import Actor
from evenhand.core.errors import LimitReached, Malformed, Problem, UnsupportedMediaType
from evenhand.ontology.kind import FileKind
from evenhand.ontology.ontology import Ontology
from evenhand.vault.spool import Spool
from evenhand.work.archives import Entry, Form, entries_of, form_of
from evenhand.work.importing import Importing, Report
from evenhand.work.media import Incoming, Media
from evenhand.work.rows import Row

ARCHIVE_BYTES_MAX = 8 * 1024**3
_HEAD_BYTES = 512
# A group is probed, sealed and imported together: it bounds memory, and it is how often progress shows.
_GROUP_FILES = 32
_GROUP_BYTES = 48 * 1024 * 1024
ACCEPTED = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/bmp", "audio/wav",
            "application/zip", "application/x-tar", "application/gzip")  # fmt: skip


@dataclass(frozen=True, slots=True)
class File:
    """A file with its name (its path, for one of many), or what is wrong with it. number: its place among those sent, 1-based."""

    number: int
    name: str
    content: bytes = field(default=b"", repr=False)
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What is imported where: the batch, the key that makes repeating safe, whether all or none. attempt: this one's own id."""

    project_id: UUID
    batch: str | None
    import_id: UUID
    is_atomic: bool = False
    attempt: UUID = field(default_factory=uuid4)


class Pictures:
    """The verbs that bring files in that are a task each."""

    def __init__(self, media: Media, importing: Importing) -> None:
        self._media = media
        self._importing = importing

    async def take(self, actor: Actor, order: Order, name: str, stream: AsyncIterator[bytes]) -> Report:
        """Import a body: a file under this name, or an archive of them, by what it begins with.

        Raises Malformed, ImportRefused when nothing went in, LimitReached, UnsupportedMediaType.
        """
        head, stream = await _head_of(stream)
        form = form_of(head)
        if form is None:
            _, kind = picture_input(await self._importing.ontology_of(actor, order.project_id))
            content = await _all_of(stream, kind.bytes_max)
            name = name or f"sha256:{hashlib.sha256(content).hexdigest()}"
            return await self.take_files(actor, order, _these([[File(1, name, content)]]), Report())
        with Spool() as spool:
            async for block in stream:
                if spool.size + len(block) > ARCHIVE_BYTES_MAX:
                    raise LimitReached(limit="the bytes of an archive", allowed=ARCHIVE_BYTES_MAX)
                await asyncio.to_thread(spool.write, block)
            ontology = await self._importing.ontology_of(actor, order.project_id)
            _, kind = picture_input(ontology)
            return await self.take_files(actor, order, groups_of(spool, form, kind.bytes_max), Report())

    async def take_files(
        self, actor: Actor, order: Order, groups: AsyncIterator[Sequence[File]], report: Report
    ) -> Report:
        """Import files as they come, group by group; report fills as it goes."""
        ontology = await self._importing.ontology_of(actor, order.project_id)
        name, kind = picture_input(ontology)
        rows = self._rows(actor, order, groups, name, kind, report)
        return await self._importing.run_items(
            actor,
            order.project_id,
            rows,
            report,
            batch=order.batch,
            import_id=order.import_id,
            chunks_of=order.attempt,
            is_atomic=order.is_atomic,
        )

    async def _rows(
        self,
        actor: Actor,
        order: Order,
        groups: AsyncIterator[Sequence[File]],
        input_name: str,
        kind: FileKind,
        report: Report,
    ) -> AsyncIterator[Row | None]:
        """A row for each file that the project has not; None after each group."""
        seen: set[str] = set()
        async for group in groups:
            names = [file.name for file in group if file.problem is None]
            known = await self._importing.known(actor.organization_id, order.project_id, names)
            rows: dict[int, Row] = {}
            wanted: list[File] = []
            for file in group:
                if file.problem is not None:
                    rows[file.number] = _bad(file, [file.problem])
                elif file.name in known or file.name in seen:
                    report.duplicates += 1
                else:
                    seen.add(file.name)
                    wanted.append(file)
            fresh: list[tuple[File, Incoming]] = []
            for file, found in zip(
                wanted, await asyncio.gather(*(self._probed(kind, each) for each in wanted)), strict=True
            ):
                if isinstance(found, Malformed):
                    rows[file.number] = _bad(file, found.problems)
                else:
                    fresh.append((file, found))
            kept = await self._media.keep(actor.organization_id, order.project_id, [each for _, each in fresh])
            for (file, _), content in zip(fresh, kept, strict=True):
                rows[file.number] = Row(file.number, {"inputs": {input_name: content}, "external_id": file.name})
            for number in sorted(rows):
                yield rows[number]
            yield None

    async def _probed(self, kind: FileKind, file: File) -> Incoming | Malformed:
        try:
            return await self._media.probed(kind, file.name, file.content)
        except Malformed as error:
            return error


def picture_input(ontology: Ontology) -> tuple[str, FileKind]:
    """The input that a file alone makes up an item of. Raises Malformed for an ontology where it does not."""
    found = [(name, kind.file_kind) for name, kind in ontology.media.items() if kind.is_file]
    others = [each.name for each in ontology.document.inputs if each.required and each.name not in dict(found)]
    if len(found) != 1:
        message = "This project shows no files." if not found else "This project shows several files a task."
        remedy = (
            "Make a project with one image or audio input."
            if not found
            else "Import rows that name a file for each input."
        )
        raise Malformed([Problem("", "bad_target", message, remedy)])
    if others:
        message = f"A task of this project needs {', '.join(others)} beside the file."
        raise Malformed([Problem("", "missing_input", message, "Import rows that hold both.")])
    return found[0]


def _bad(file: File, problems: Sequence[Problem]) -> Row:
    """A file that is refused, told with its name."""
    told = (
        Problem(each.pointer, each.code, f"{file.name}: {each.message}", each.remedy, each.allowed) for each in problems
    )
    return Row(file.number, None, tuple(told))


# ----------------------------------------------------------------------------------------------------- what was sent --
async def _head_of(stream: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    """The first bytes, and all of them again."""
    head = b""
    async for block in stream:
        head += block
        if len(head) >= _HEAD_BYTES:
            break

    async def again() -> AsyncIterator[bytes]:
        if head:
            yield head
        async for block in stream:
            yield block

    return head, again()


async def _all_of(stream: AsyncIterator[bytes], bytes_max: int) -> bytes:
    content = bytearray()
    async for block in stream:
        content += block
        if len(content) > bytes_max:
            raise LimitReached(limit="the bytes of this file", allowed=bytes_max)
    if not content:
        raise UnsupportedMediaType(content_type="nothing", accepted=ACCEPTED)
    return bytes(content)


async def _these(groups: Sequence[Sequence[File]]) -> AsyncIterator[Sequence[File]]:
    for group in groups:
        yield group


async def groups_of(spool: Spool, form: Form, entry_bytes_max: int) -> AsyncIterator[Sequence[File]]:
    """The files of an archive, a group at a time, unpacked beside the event loop."""
    entries = entries_of(spool.reader(), form, entry_bytes_max)
    while group := await asyncio.to_thread(_next_group, entries):
        yield group


def _next_group(entries: Iterator[Entry]) -> list[File]:
    group: list[File] = []
    size = 0
    for entry in entries:
        group.append(File(entry.number, entry.name, entry.content, entry.problem))
        size += len(entry.content)
        if len(group) == _GROUP_FILES or size > _GROUP_BYTES:
            break
    return group
