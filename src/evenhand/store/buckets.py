"""Buckets of others: what is in them is listed and read, through a proxy that judges every connection."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from evenhand.core.errors import LimitReached, PlatformError

_PAGE = 1000
_SECONDS = 60


@dataclass(eq=False)
class BucketRefused(PlatformError):
    """The bucket does not open with what was given."""

    reason: str
    code: ClassVar[str] = "bucket-refused"
    hint: ClassVar[str] = "Check its address, its region, and that the key may list and read it."


@dataclass(frozen=True, slots=True)
class Listed:
    """One object: its path below the bucket's prefix, and its size."""

    name: str
    size: int


class ForeignBucket:
    """A bucket of somebody else, to be read and never written (S3 and what speaks like it)."""

    def __init__(
        self,
        bucket: str,
        prefix: str,
        *,
        region: str,
        endpoint: str,
        key: tuple[str | None, str | None],
        proxy: str,
    ) -> None:
        """key: access key id and secret; (None, None) reads it as anybody may. proxy: what every connection goes through."""
        id_, secret = key
        keys = {"skip_signature": True} if id_ is None else {"access_key_id": id_, "secret_access_key": secret}
        with _without_the_operators_own():
            self._store = S3Store(
                bucket,
                prefix=prefix or None,
                endpoint=endpoint,
                region=region,
                virtual_hosted_style_request=False,
                client_options={
                    "proxy_url": proxy,
                    "allow_http": endpoint.startswith("http://"),
                    "timeout": f"{_SECONDS}s",
                    "connect_timeout": "10s",
                    "pool_max_idle_per_host": "0",
                },
                retry_config={"max_retries": 2},
                **keys,
            )

    async def check(self) -> None:
        """Make sure that it can be listed and that what is in it can be read. Raises BucketRefused."""
        async for page in self.names():
            with _spoken_plainly():
                await obstore.head_async(self._store, page[0].name)
            return

    async def names(self, prefix: str = "") -> AsyncIterator[list[Listed]]:
        """Pages of what lies below a prefix. Raises BucketRefused."""
        with _spoken_plainly():
            async for page in obstore.list(self._store, prefix or None, chunk_size=_PAGE):
                yield [Listed(each["path"], each["size"]) for each in page]

    async def read(self, name: str, bytes_max: int) -> bytes:
        """An object, up to a size. Raises LimitReached beyond it, BucketRefused."""
        with _spoken_plainly():
            found = await obstore.get_async(self._store, name)
            content = bytearray()
            async for piece in found.stream(min_chunk_size=256 * 1024):
                content += piece
                if len(content) > bytes_max:
                    raise LimitReached(limit="the bytes of a picture", allowed=bytes_max)
        return bytes(content)


@contextmanager
def _without_the_operators_own() -> Iterator[None]:
    """The library fills what is not given from AWS_… of the environment: those open the installation's own store, and no other."""
    own = {name: os.environ.pop(name) for name in [*os.environ] if name.upper().startswith("AWS_")}
    try:
        yield
    finally:
        os.environ.update(own)


@contextmanager
def _spoken_plainly() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise BucketRefused(reason=_reason(error)) from None


def _reason(error: BaseException) -> str:
    """The library's words without what they quote: addresses and answers may be long, and hold names."""
    text = str(error)
    for mark, reason in (
        ("NoSuchBucket", "there is no such bucket"),
        ("InvalidAccessKeyId", "the key is not known there"),
        ("SignatureDoesNotMatch", "the secret does not fit the key"),
        ("AccessDenied", "the key may not do this"),
        ("403", "the key may not do this"),
        ("404", "it is not there"),
        ("timed out", "it did not answer in time"),
    ):
        if mark in text:
            return reason
    return "it did not answer as a bucket does"
