"""Files that rows name: uploads by id, data: addresses, addresses in the open internet. Brought in once, at import, and stored.

The browser never loads anything from elsewhere; what cannot be brought in is a defect of its row.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from uuid import UUID

from evenhand.boundary.outbound import Guard, OutboundFailed, OutboundRefused
from evenhand.core.canonical import JsonValue, unfit_parts
from evenhand.core.errors import Malformed, Problem
from evenhand.ontology.kind import FileAt, FileKind
from evenhand.ontology.media import with_files
from evenhand.ontology.ontology import Ontology
from evenhand.work.media import Incoming, Media
from evenhand.work.rows import Row

# What is brought in lies in memory until it is sealed: this bounds how much of it, whatever strangers send.
_FETCHED_BYTES_MAX = 32 * 1024 * 1024
_FETCHED_AT_ONCE = 4
_LOADED_AT_ONCE = 8
# As many as one grant covers.
_KNOWN_AT_ONCE = 500
_SECONDS = 30.0


@dataclass(slots=True)
class _Bringing:
    """A row on its way: its files, what was found of each by now, and what is wrong with them."""

    row: Row
    files: list[_Wanted] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Wanted:
    """One file that a row names, in as many places as it stands in: fetched and stored once. pointers: below the row."""

    kind: FileKind
    name: str
    at: FileAt
    id: UUID | None
    places: list[FileAt]
    facts: dict[str, Any] | None = None

    @property
    def pointer(self) -> str:
        """Where it was named first."""
        return f"/inputs/{self.name}{self.at.pointer}"


class Fetching:
    """Brings files in."""

    def __init__(self, media: Media, outbound: Guard) -> None:
        self._media = media
        self._outbound = outbound

    async def bring_in(
        self, organization_id: UUID, project_id: UUID, ontology: Ontology, rows: Sequence[Row]
    ) -> list[Row]:
        """Rows of items, each with its files stored and shown by id, or with the defects of those that could not be brought in."""
        gate = asyncio.Semaphore(_FETCHED_AT_ONCE)
        brought = [_wanted(row, ontology) for row in rows]
        await self._look_up(organization_id, project_id, brought)
        # A few at a time: they lie in memory until they are sealed.
        for batch in _batches(brought):
            loaded = await asyncio.gather(*(self._loaded(bringing, wanted, gate) for bringing, wanted in batch))
            # What a row shows is kept only while all of it can be.
            sound = [
                (wanted, file)
                for (bringing, wanted), file in zip(batch, loaded, strict=True)
                if file is not None and not bringing.problems
            ]
            kept = await self._media.keep(organization_id, project_id, [file for _, file in sound])
            for (wanted, _), facts in zip(sound, kept, strict=True):
                wanted.facts = facts
        return [_brought(each) for each in brought]

    async def _look_up(self, organization_id: UUID, project_id: UUID, brought: Sequence[_Bringing]) -> None:
        """Fill in the files that are stored already."""
        named = [(each, wanted) for each in brought for wanted in each.files if wanted.id is not None]
        ids = list(dict.fromkeys(wanted.id for _, wanted in named if wanted.id is not None))
        known: dict[UUID, dict[str, Any]] = {}
        for start in range(0, len(ids), _KNOWN_AT_ONCE):
            known |= await self._media.stored(organization_id, project_id, ids[start : start + _KNOWN_AT_ONCE])
        for bringing, wanted in named:
            assert wanted.id is not None
            wanted.facts = known.get(wanted.id)
            if wanted.facts is None:
                message = "There is no such stored file in this project."
                remedy = "Upload it here, and complete the upload."
                bringing.problems.append(Problem(wanted.pointer, "unreadable_media", message, remedy))

    async def _loaded(self, bringing: _Bringing, wanted: _Wanted, gate: asyncio.Semaphore) -> Incoming | None:
        """The file that a content holds or names; None when it cannot be had, which is then a defect of its row."""
        try:
            return await self._fetched(wanted.kind, wanted.at.content, gate)
        except Malformed as error:
            bringing.problems.extend(each.under(wanted.pointer) for each in error.problems)
            return None

    async def _fetched(self, kind: FileKind, content: Any, gate: asyncio.Semaphore) -> Incoming:
        address, pointer = content, ""
        if isinstance(content, dict):
            pointer = next((f"/{name}" for name in ("url", "data") if name in content), "")
            address = content.get(pointer[1:]) if pointer else None
        if not isinstance(address, str):
            remedy = 'Send {"upload": id}, {"url": "https://…"}, or the file itself.'
            raise Malformed([Problem("", "bad_value", "This names no file.", remedy)])
        try:
            if address.startswith("data:"):
                return await self._media.probed(kind, "", data_of(address))
            if not address.startswith(("https://", "http://")):
                remedy = "Send the file to the project's images, an archive, or an address that begins with https://."
                raise Malformed([Problem("", "unreadable_media", "This is no address of a file.", remedy)])
            async with gate:
                most = min(kind.bytes_max, _FETCHED_BYTES_MAX)
                answered = await self._outbound.fetch(address, bytes_max=most, seconds=_SECONDS)
            return await self._media.probed(kind, _name_in(address), answered.content)
        except (OutboundRefused, OutboundFailed) as error:
            raise Malformed([Problem(pointer, "unreadable_media", str(error), error.hint)]) from None
        except Malformed as error:
            raise Malformed([each.under(pointer) for each in error.problems]) from None


def files_in(ontology: Ontology, item: Mapping[str, Any]) -> list[str]:
    """Where an item, as it was sent, names files: pointers into it."""
    contents = _contents_of(item)
    return [
        f"/inputs/{name}{file.pointer}"
        for name, kind in ontology.media.items()
        for file in kind.files_named(contents.get(name))
    ]


def files_of(ontology: Ontology, item: Mapping[str, Any]) -> list[UUID]:
    """The stored files that an item shows, each once."""
    return list(dict.fromkeys(UUID(file.content["blob"]) for _, file in ontology.files_shown(item)))


def data_of(address: str) -> bytes:
    """The bytes of a data: address (RFC 2397). Raises Malformed."""
    head, comma, data = address.partition(",")
    if not comma:
        raise Malformed([Problem("", "bad_value", "This data: address has no comma.", "Send data:image/png;base64,….")])
    if not head.lower().endswith(";base64"):
        return unquote_to_bytes(data)
    try:
        return base64.b64decode(unquote_to_bytes(data), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed([Problem("", "bad_value", "This is not base64.", "Send data:image/png;base64,….")]) from None


def _wanted(row: Row, ontology: Ontology) -> _Bringing:
    """The files that a row names, and what is wrong with how it names them."""
    bringing = _Bringing(row)
    contents = _contents_of(row.content)
    for name, kind in ontology.media.items():
        found: dict[str, _Wanted] = {}
        for at in kind.files_named(contents.get(name)):
            try:
                id_ = _id_of(at.content)
            except Malformed as error:
                bringing.problems.extend(each.under(f"/inputs/{name}{at.pointer}") for each in error.problems)
                continue
            known = found.setdefault(_source(at, id_), _Wanted(kind.file_kind, name, at, id_, []))
            known.places.append(at)
        if len(found) > kind.files_max:
            message = f"This shows {len(found)} files; {kind.files_max} are the most."
            bringing.problems.append(Problem(f"/inputs/{name}", "limit", message, "Split it into several tasks."))
        else:
            bringing.files.extend(found.values())
    return bringing


def _contents_of(item: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The contents of a row by input name; none of one that the check refuses as a whole."""
    contents = item.get("inputs") if item is not None else None
    return contents if isinstance(contents, dict) and not unfit_parts(contents) else {}


def _source(at: FileAt, id_: UUID | None) -> str:
    """What tells two files of a content apart: ids and addresses; whatever names no file is told of wherever it stands."""
    if id_ is not None:
        return str(id_)
    content = at.content
    address = content.get("url", content.get("data")) if isinstance(content, dict) else content
    return address if isinstance(address, str) else at.pointer


def _batches(brought: Sequence[_Bringing]) -> Iterator[list[tuple[_Bringing, _Wanted]]]:
    """Files that have to be fetched, a few at a time; those of one row stand together where they are few."""
    batch: list[tuple[_Bringing, _Wanted]] = []
    for bringing in brought:
        files = [(bringing, wanted) for wanted in bringing.files if wanted.id is None]
        if batch and len(batch) + len(files) > _LOADED_AT_ONCE:
            yield batch
            batch = []
        for start in range(0, len(files), _LOADED_AT_ONCE):
            batch = batch + files[start : start + _LOADED_AT_ONCE]
            if len(batch) == _LOADED_AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch


def _brought(bringing: _Bringing) -> Row:
    """The row with its files in their places, or with what is wrong with them."""
    row = bringing.row
    if bringing.problems:
        return Row(row.line, None, tuple(bringing.problems))
    if row.content is None or not bringing.files:
        return row
    inputs = dict(row.content["inputs"])
    for name in dict.fromkeys(wanted.name for wanted in bringing.files):
        files: dict[str, JsonValue] = {
            place.pointer: {**place.kept, **(wanted.facts or {})}
            for wanted in bringing.files
            if wanted.name == name
            for place in wanted.places
        }
        inputs[name] = with_files(inputs[name], files)
    return Row(row.line, {**row.content, "inputs": inputs})


def _id_of(content: Any) -> UUID | None:
    """The stored file that a content names; None when it names something else. Raises Malformed for an id that is none."""
    if not isinstance(content, dict):
        return None
    field = next((name for name in ("blob", "upload") if name in content), None)
    if field is None:
        return None
    try:
        return UUID(content[field])
    except (ValueError, TypeError, AttributeError):
        message = "This is no id of a stored file."
        raise Malformed([Problem(f"/{field}", "bad_id", message, "Take the id that the upload was given.")]) from None


def _name_in(address: str) -> str:
    """The last step of an address's path, as a name for the file."""
    return unquote_to_bytes(urlsplit(address).path.rpartition("/")[2]).decode("utf-8", "replace")[:255]
