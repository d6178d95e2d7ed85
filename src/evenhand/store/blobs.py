"""Blobs: sealed objects under random names, on the local disk or in an object store (S3, GCS, Azure), behind one small port.

What arrives here is sealed already, and neither a file's name nor a digest of its content is part of an object's name. An
object counts only once a committed row names it: whatever a crash leaves behind is an orphan that the tidying finds.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Protocol

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, from_url

from evenhand.core.errors import PlatformError, StorageFull, Unavailable

# Up to here one request writes the object or nothing; beyond it an upload in parts, which appears whole at its end.
_SINGLE_PUT_BYTES = 5 * 1024 * 1024
_PARTS_AT_ONCE = 4
# Below it lies what clients put into the store themselves: in clear, until their upload is completed, which seals it elsewhere.
INCOMING = "incoming/"


@dataclass(eq=False)
class BlobMissing(PlatformError):
    """A stored object is not where its row says."""

    object_name: str
    code: ClassVar[str] = "media-damaged"
    hint: ClassVar[str] = "Run evenhand doctor; restore the object from a backup."


@dataclass(eq=False)
class BlobExists(PlatformError):
    """An object of this name is there already; nothing was written."""

    object_name: str
    code: ClassVar[str] = "conflict"


@dataclass(frozen=True, slots=True)
class Listed:
    """One object of a listing."""

    name: str
    size_bytes: int


class Blobs(Protocol):
    """The port: what the platform asks of any object store."""

    async def put(self, name: str, content: AsyncIterator[bytes]) -> int:
        """Write a new object, whole or not at all; how many bytes it has. Raises BlobExists, StorageFull, Unavailable."""

    async def replace(self, name: str, content: bytes) -> None:
        """Write an object whole, in the place of one that may be there. Raises StorageFull, Unavailable."""

    async def get(self, name: str, start: int, stop: int) -> bytes:
        """The bytes start .. stop - 1. Raises BlobMissing, Unavailable."""

    async def delete(self, name: str) -> None:
        """Remove an object; one that is not there is no error."""

    def list(self, prefix: str = "") -> AsyncIterator[Listed]:
        """Every object below a prefix of whole path segments, in no promised order."""

    async def size(self, name: str) -> int:
        """How many bytes an object has. Raises BlobMissing, Unavailable."""

    async def address_to_put(self, name: str, seconds: int) -> str | None:
        """An address that takes one PUT of this object for so long, without any other credential; None: this store makes none."""


class ObjectStore:
    """Any store that obstore opens."""

    def __init__(self, store: Any, folder: Path | None = None) -> None:
        self._store = store
        # Of the local disk only: obstore renames a finished file into place, but does not wait for the disk.
        self._folder = folder

    @classmethod
    def local(cls, folder: Path) -> ObjectStore:
        """Objects as files below `folder`, which is made, for this account alone."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(LocalStore(folder), folder)

    @classmethod
    def remote(cls, url: str, **config: Any) -> ObjectStore:
        """Objects in `s3://bucket/prefix` (or gs://, az://). Credentials come from that provider's own variables or `config`."""
        return cls(from_url(url, **config))

    async def put(self, name: str, content: AsyncIterator[bytes]) -> int:
        """Write a new object, whole or not at all; how many bytes it has."""
        head, rest = await _read_head(content)
        if rest is None:
            with _spoken_plainly(name):
                await obstore.put_async(self._store, name, head, mode="create", use_multipart=False)
            size = len(head)
        else:
            size = await self._put_in_parts(name, head, rest)
        if self._folder is not None:
            await asyncio.to_thread(_settle, self._folder / name)
        return size

    async def replace(self, name: str, content: bytes) -> None:
        """Write an object whole, in the place of one that may be there: who reads meanwhile sees the old one or the new."""
        with _spoken_plainly(name):
            await obstore.put_async(self._store, name, content, mode="overwrite", use_multipart=False)
            if self._folder is not None:
                await asyncio.to_thread(_settle, self._folder / name)

    async def whole(self, name: str) -> bytes:
        """All of a small object. Raises BlobMissing, Unavailable."""
        with _spoken_plainly(name):
            return bytes(await (await obstore.get_async(self._store, name)).bytes_async())

    async def _put_in_parts(self, name: str, head: bytes, rest: AsyncIterator[bytes]) -> int:
        """An upload in parts knows no "create", so the name is asked for first; names are random, nobody races for one."""
        if await self.exists(name):
            raise BlobExists(object_name=name)
        counted = _Counted(head, rest)
        with _spoken_plainly(name):
            try:
                await obstore.put_async(
                    self._store, name, counted.pieces(), use_multipart=True, max_concurrency=_PARTS_AT_ONCE
                )
            except BaseError:
                if counted.failed is not None:
                    # The source broke, not the store: its own error says more.
                    raise counted.failed from None
                raise
        return counted.size

    async def exists(self, name: str) -> bool:
        """Whether there is such an object."""
        with _spoken_plainly(name):
            try:
                await obstore.head_async(self._store, name)
            except (NotFoundError, FileNotFoundError):
                return False
        return True

    async def get(self, name: str, start: int, stop: int) -> bytes:
        """The bytes start .. stop - 1."""
        with _spoken_plainly(name):
            return bytes(await obstore.get_range_async(self._store, name, start=start, end=stop))

    async def delete(self, name: str) -> None:
        """Remove an object; one that is not there is no error."""
        with _spoken_plainly(name):
            try:
                await obstore.delete_async(self._store, name)
            except (NotFoundError, FileNotFoundError):
                return

    async def size(self, name: str) -> int:
        """How many bytes an object has."""
        with _spoken_plainly(name):
            found = await obstore.head_async(self._store, name)
        return int(found["size"])

    async def address_to_put(self, name: str, seconds: int) -> str | None:
        """An address that takes one PUT of this object. The local disk has none."""
        if self._folder is not None:
            return None
        with _spoken_plainly(name):
            signed: str = await obstore.sign_async(self._store, "PUT", name, timedelta(seconds=seconds))
        return signed

    async def list(self, prefix: str = "") -> AsyncIterator[Listed]:
        """Every object below a prefix."""
        with _spoken_plainly(prefix):
            async for page in obstore.list(self._store, prefix or None):
                for each in page:
                    yield Listed(each["path"], each["size"])


def random_name() -> str:
    """A name that says nothing: two hexadecimal digits of folder, thirty of file."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name[2:]}"


def open_blobs(url: str | None, data_folder: Path) -> ObjectStore:
    """The installation's store: `url`, or the folder `blobs` below the data folder."""
    return ObjectStore.remote(url) if url else ObjectStore.local(data_folder / "blobs")


class _Counted:
    """A stream that counts what passes and remembers why it broke, which a foreign loop would swallow."""

    def __init__(self, head: bytes, rest: AsyncIterator[bytes]) -> None:
        self._head = head
        self._rest = rest
        self.size = 0
        self.failed: Exception | None = None

    async def pieces(self) -> AsyncIterator[bytes]:
        self.size = len(self._head)
        yield self._head
        try:
            async for piece in self._rest:
                if piece:
                    self.size += len(piece)
                    yield piece
        except Exception as error:
            self.failed = error
            raise


async def _read_head(content: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes] | None]:
    """The first few MiB, and the rest if there is any."""
    parts: list[bytes] = []
    size = 0
    async for piece in content:
        parts.append(piece)
        size += len(piece)
        if size > _SINGLE_PUT_BYTES:
            return b"".join(parts), content
    return b"".join(parts), None


def _settle(file: Path) -> None:
    """Wait until the file and its place in the folder are on the disk: a committed row will name it."""
    for path, flags in ((file, os.O_RDONLY), (file.parent, os.O_RDONLY | os.O_DIRECTORY)):
        descriptor = os.open(path, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _spoken_plainly(name: str) -> Iterator[None]:
    """Turns the store's words into errors that carry a remedy."""
    try:
        yield
    except AlreadyExistsError:
        raise BlobExists(object_name=name) from None
    except (NotFoundError, FileNotFoundError):
        raise BlobMissing(object_name=name) from None
    except (BaseError, OSError) as error:
        if "No space left" in str(error) or "Disk quota" in str(error):
            raise StorageFull() from error
        raise Unavailable(part="blob store") from error
