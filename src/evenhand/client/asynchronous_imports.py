"""The nouns of the asynchronous client that bring files in: uploads, buckets, imports that the server makes by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.client import nouns, verbs
from evenhand.client.content import Content, ProgressCallback
from evenhand.client.errors import of_problem

if TYPE_CHECKING:
    from evenhand.client.asynchronous import AsyncClient

# Methods called `list` hide the builtin in the annotations of the classes that have them.
List = list
_BYTES = "application/octet-stream"
# How often an import is asked how far it is.
ASK_SECONDS = 0.5


class Uploads:
    """Files sent to signed addresses."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def begin(self, project: str, name: str) -> nouns.UploadAddress:
        """An address to which one file can be sent, by whoever knows it, for a day."""
        return await self._client.send(verbs.begin_upload(project, name))

    async def complete(self, project: str, upload: str) -> nouns.Upload:
        """Have a file that was sent looked into. A picture may be shown by rows then, an archive imported."""
        return await self._client.send(verbs.complete_upload(project, upload))

    async def send(self, project: str, path: str | Path, *, progress: ProgressCallback | None = None) -> nouns.Upload:
        """Begin, send and complete one file, a picture or an archive. progress: called with (bytes sent, bytes in all)."""
        file = Path(path)
        address = await self.begin(project, file.name)
        await self._client.send(verbs.send_upload(address, Content(file, _BYTES, progress)))
        return await self.complete(project, address["id"])


class Buckets:
    """Buckets from which pictures are brought in."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def connect(
        self,
        name: str,
        url: str,
        *,
        region: str | None = None,
        endpoint: str | None = None,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
    ) -> nouns.Bucket:
        """Connect a bucket, such as s3://pictures/2026, once it opens. Its secret is never shown again.

        endpoint: the store's server, where it is not AWS. Raises BucketRefused, OutboundRefused.
        """
        settings = {
            "region": region,
            "endpoint": endpoint,
            "access_key_id": access_key_id,
            "secret_access_key": secret_access_key,
        }
        return await self._client.send(verbs.connect_bucket(name, url, settings))

    async def list(self) -> List[nouns.Bucket]:
        """The buckets that are connected, without what opens them."""
        return _items(await self._client.send(verbs.list_buckets()))

    async def remove(self, bucket: str) -> None:
        """Forget a bucket and what opens it. What came from it stays."""
        await self._client.send(verbs.remove_bucket(bucket))


class Imports:
    """Imports that the server makes by itself, from a bucket or from an uploaded archive."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def start(
        self,
        project: str,
        *,
        bucket: str | None = None,
        prefix: str | None = None,
        upload: str | None = None,
        batch: str | None = None,
        idempotency_key: str | None = None,
    ) -> nouns.ImportRun:
        """Ask for the pictures of a bucket (below a prefix), or of an archive that was uploaded; see `wait`."""
        source = {"bucket": bucket, "prefix": prefix, "upload": upload}
        return await self._client.send(verbs.start_import(project, source, batch, idempotency_key))

    def list(self, project: str, *, page_size: int | None = None) -> AsyncIterator[nouns.ImportRun]:
        """The imports of a project, newest first."""
        return self._client.pages(lambda cursor: verbs.list_imports(project, page_size, cursor))

    async def get(self, project: str, import_id: str) -> nouns.ImportRun:
        """One import, as far as it is."""
        return await self._client.send(verbs.get_import(project, import_id))

    async def cancel(self, project: str, import_id: str) -> nouns.ImportRun:
        """End an import where it is; what is in stays."""
        return await self._client.send(verbs.cancel_import(project, import_id))

    async def wait(
        self,
        project: str,
        import_id: str,
        *,
        timeout_seconds: float = 86_400.0,
        progress: Callable[[nouns.ImportRun], None] | None = None,
    ) -> nouns.ImportRun:
        """The import once it is done or was cancelled. progress: called with it as it goes on.

        Raises the error that ended one that failed, TimeoutError when it takes longer.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            found = await self.get(project, import_id)
            if progress is not None:
                progress(found)
            if found["state"] == "failed":
                raise of_problem(found["error"], 400)
            if found["state"] in ("done", "cancelled"):
                return found
            if time.monotonic() > deadline:
                raise TimeoutError(f"Import {import_id} is still {found['state']}.")
            await asyncio.sleep(ASK_SECONDS)


def _items(answer: verbs.Items) -> List[nouns.Bucket]:
    items: List[nouns.Bucket] = answer["items"]
    return items
