"""Files that rows name: uploads by id, data: addresses, addresses in the open internet. Brought in once, at import, and stored.

The browser never loads anything from elsewhere; what cannot be brought in is a defect of its row.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from uuid import UUID

from evenhand.boundary.outbound import Guard, OutboundFailed, OutboundRefused
from evenhand.core.errors import Malformed, Problem
from evenhand.ontology.kind import MediaKind
from evenhand.ontology.ontology import Ontology
from evenhand.work.media import Incoming, Media
from evenhand.work.rows import Row

# What is brought in lies in memory until it is sealed: this bounds how much of it, whatever strangers send.
_FETCHED_BYTES_MAX = 32 * 1024 * 1024
_FETCHED_AT_ONCE = 4
_GROUP_ROWS = 8
_SECONDS = 30.0


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
        ready: list[Row] = []
        # A few at a time: each holds its files in memory until they are sealed.
        for start in range(0, len(rows), _GROUP_ROWS):
            group = rows[start : start + _GROUP_ROWS]
            known = await self._media.stored(organization_id, project_id, _named(ontology, group))
            loaded = await asyncio.gather(*(self._loaded(row, ontology, known, gate) for row in group))
            files = [file for row, contents in loaded if not row.problems for _, file in contents]
            kept = iter(await self._media.keep(organization_id, project_id, files))
            for row, contents in loaded:
                if row.content is not None and not row.problems:
                    for name, _ in contents:
                        row.content["inputs"][name] = next(kept)
                ready.append(row)
        return ready

    async def _loaded(
        self, row: Row, ontology: Ontology, known: Mapping[UUID, dict[str, Any]], gate: asyncio.Semaphore
    ) -> tuple[Row, list[tuple[str, Incoming]]]:
        """A row with its stored files filled in, and the files that it brings."""
        if row.content is None or not isinstance(row.content.get("inputs"), dict):
            return row, []
        inputs = dict(row.content["inputs"])
        problems: list[Problem] = []
        brought: list[tuple[str, Incoming]] = []
        for name, kind in _media_inputs(ontology):
            content = inputs.get(name)
            if content is None:
                continue
            try:
                id_ = _id_of(content)
                if id_ is not None:
                    inputs[name] = _known(known, id_)
                else:
                    brought.append((name, await self._brought(kind, content, gate)))
            except Malformed as error:
                problems.extend(each.under(f"/inputs/{name}") for each in error.problems)
        if problems:
            return Row(row.line, None, tuple(problems)), []
        return Row(row.line, {**row.content, "inputs": inputs}), brought

    async def _brought(self, kind: MediaKind, content: Any, gate: asyncio.Semaphore) -> Incoming:
        """The file that a content holds or names."""
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
                most = min(kind.file_bytes_max, _FETCHED_BYTES_MAX)
                answered = await self._outbound.fetch(address, bytes_max=most, seconds=_SECONDS)
            return await self._media.probed(kind, _name_in(address), answered.content)
        except (OutboundRefused, OutboundFailed) as error:
            raise Malformed([Problem(pointer, "unreadable_media", str(error), error.hint)]) from None
        except Malformed as error:
            raise Malformed([each.under(pointer) for each in error.problems]) from None


def files_of(ontology: Ontology, item: Mapping[str, Any]) -> list[UUID]:
    """The stored files that an item shows."""
    found = (kind.file_of(item["inputs"].get(name)) for name, kind in _media_inputs(ontology))
    return list(dict.fromkeys(UUID(each) for each in found if each is not None))


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


def _media_inputs(ontology: Ontology) -> list[tuple[str, MediaKind]]:
    return [(name, kind) for name, (kind, _) in ontology.inputs.items() if isinstance(kind, MediaKind)]


def _named(ontology: Ontology, rows: Sequence[Row]) -> list[UUID]:
    """Ids of stored files that rows name."""
    names = [name for name, _ in _media_inputs(ontology)]
    found = []
    for row in rows:
        inputs = row.content.get("inputs") if row.content is not None else None
        if not isinstance(inputs, dict):
            continue
        for name in names:
            try:
                id_ = _id_of(inputs.get(name))
            except Malformed:
                continue
            if id_ is not None:
                found.append(id_)
    return found


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


def _known(known: Mapping[UUID, dict[str, Any]], id_: UUID) -> dict[str, Any]:
    if id_ not in known:
        message = "There is no such stored file in this project."
        raise Malformed([Problem("", "unreadable_media", message, "Upload it here, and complete the upload.")])
    return known[id_]


def _name_in(address: str) -> str:
    """The last step of an address's path, as a name for the file."""
    return unquote_to_bytes(urlsplit(address).path.rpartition("/")[2]).decode("utf-8", "replace")[:255]
