"""Buckets that a customer connects: pictures are read from there and copied, sealed, into our own store; nothing is written there.

A bucket's credentials are sealed like content, and never shown again. Every connection to it passes the guard for addresses.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.outbound import Guard, OutboundRefused, read_url
from evenhand.boundary.tunnel import Tunnel
from evenhand.core.errors import LimitReached, Malformed, NotFound, Problem
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.entries import put_on_record
from evenhand.store.buckets import BucketRefused, ForeignBucket, Listed
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Connection as DatabaseConnection
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.shapes.rows import Bucket as BucketFacts

_queries = Queries.of("evenhand.work")
BUCKETS_MAX = 20
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(eq=False)
class TooManyBuckets(LimitReached):
    """The organization has as many connected buckets as it may."""

    code: ClassVar[str] = "limit-reached"
    hint: ClassVar[str] = "Remove one that is no longer needed; what came from it stays."


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a bucket is and how it opens. endpoint: its server; without keys it is read as anybody may read it."""

    name: str
    url: str
    region: str
    endpoint: str
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)

    @property
    def bucket(self) -> str:
        """The bucket's own name."""
        return urlsplit(self.url).netloc

    @property
    def prefix(self) -> str:
        """The folder in it, without slashes around."""
        return urlsplit(self.url).path.strip("/")

    def as_json(self) -> dict[str, Any]:
        """All of it, to be sealed."""
        return {name: getattr(self, name) for name in self.__slots__}


class OpenBucket:
    """A bucket that is being read, through the guard."""

    def __init__(self, bucket: ForeignBucket, tunnel: Tunnel) -> None:
        self._bucket = bucket
        self._tunnel = tunnel

    async def names(self, prefix: str = "") -> AsyncIterator[list[Listed]]:
        """Pages of what lies below a prefix. Raises BucketRefused, OutboundRefused, OutboundFailed."""
        with self._said_why():
            async for page in self._bucket.names(prefix):
                yield page

    async def check(self) -> None:
        """Make sure that it can be listed and read. Raises like `names`."""
        with self._said_why():
            await self._bucket.check()

    async def read(self, name: str, bytes_max: int) -> bytes:
        """An object, up to a size. Raises LimitReached beyond it."""
        with self._said_why():
            return await self._bucket.read(name, bytes_max)

    @contextmanager
    def _said_why(self) -> Iterator[None]:
        """Where the guard refused the connection, that is the reason, and not what the library made of it."""
        try:
            yield
        except BucketRefused:
            if self._tunnel.refused is not None:
                raise self._tunnel.refused from None
            raise


class Buckets:
    """The verbs about connected buckets."""

    def __init__(self, database: Database, vault: Vault, grants: Grants, outbound: Guard, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._outbound = outbound
        self._clock = clock

    async def connect(self, actor: Actor, connection: Connection, bucket_id: UUID | None = None) -> BucketFacts:
        """Remember a bucket, once it opens; under the same id, once.

        Raises BucketRefused, OutboundRefused, OutboundFailed, TooManyBuckets.
        """
        connected = await self.all(actor)
        for each in connected:
            if each["id"] == str(bucket_id):
                return each
        if len(connected) >= BUCKETS_MAX:
            raise TooManyBuckets(limit="buckets", allowed=BUCKETS_MAX)
        async with self._opened(connection) as bucket:
            await bucket.check()
        now = self._clock.now()
        bucket_id = bucket_id or fresh_id(now)
        async with self._database.tenant(actor.organization_id) as database:
            (key,) = await self._vault.new_chunk_keys(database, actor.organization_id, None, 1)
            said = json.dumps(connection.as_json(), ensure_ascii=False).encode()
            added = await _queries.row(
                database,
                "add_bucket",
                organization_id=actor.organization_id,
                bucket_id=bucket_id,
                chunk_key_id=key.id,
                sealed=self._vault.seal(key, said, kind=Kind.CONNECTION, object_id=bucket_id),
                now=now,
            )
            if added is not None:
                await self._note(database, actor, bucket_id, "bucket:connected")
        return next(each for each in await self.all(actor) if each["id"] == str(bucket_id))

    async def all(self, actor: Actor) -> list[BucketFacts]:
        """The buckets that are connected, without what opens them."""
        async with self._database.tenant(actor.organization_id) as database:
            rows = await _queries.rows(database, "buckets", organization_id=actor.organization_id)
        if not rows:
            return []
        grant = await self._grants.to_person(actor, Purpose.MANAGE, [row["bucket_id"] for row in rows])
        opened = await self._vault.open(grant, [_sealed(actor.organization_id, row) for row in rows])
        return [
            _facts(row["bucket_id"], Connection(**json.loads(content)), rfc3339(row["created_at"]))
            for row, content in zip(rows, opened, strict=True)
        ]

    async def remove(self, actor: Actor, bucket_id: UUID) -> None:
        """Forget a bucket and what opens it. What came from it stays."""
        async with self._database.tenant(actor.organization_id) as database:
            gone = await _queries.row(
                database, "remove_bucket", organization_id=actor.organization_id, bucket_id=bucket_id
            )
            if gone is None:
                raise NotFound(kind="bucket", id=str(bucket_id))
            await self._note(database, actor, bucket_id, "bucket:removed")

    async def _note(self, database: DatabaseConnection, actor: Actor, bucket_id: UUID, rule: str) -> None:
        await put_on_record(
            database, actor, Action.POLICY_CHANGE, now=self._clock.now(), subject_id=bucket_id, rule=rule
        )

    @asynccontextmanager
    async def open(self, organization_id: UUID, bucket_id: UUID) -> AsyncIterator[OpenBucket]:
        """A bucket, to be read by the software. Raises NotFound."""
        async with self._database.tenant(organization_id) as database:
            rows = await _queries.rows(database, "buckets", organization_id=organization_id)
        row = next((each for each in rows if each["bucket_id"] == bucket_id), None)
        if row is None:
            raise NotFound(kind="bucket", id=str(bucket_id))
        grant = await self._grants.to_software(organization_id, Purpose.IMPORT, [bucket_id], Action.ASSET_RENDER)
        content = await self._vault.open_one(grant, _sealed(organization_id, row))
        async with self._opened(Connection(**json.loads(content))) as bucket:
            yield bucket

    @asynccontextmanager
    async def _opened(self, connection: Connection) -> AsyncIterator[OpenBucket]:
        async with Tunnel(self._outbound) as tunnel:
            bucket = ForeignBucket(
                connection.bucket,
                connection.prefix,
                region=connection.region,
                endpoint=connection.endpoint,
                key=(connection.access_key_id, connection.secret_access_key),
                proxy=tunnel.url,
            )
            yield OpenBucket(bucket, tunnel)


def connection_of(
    name: str,
    url: str,
    region: str | None,
    endpoint: str | None,
    access_key_id: str | None,
    secret_access_key: str | None,
) -> Connection:
    """What was sent, checked. Raises Malformed."""
    problems = []
    parts = urlsplit(url)
    if parts.scheme != "s3" or not _BUCKET.fullmatch(parts.netloc) or parts.query or parts.fragment:
        message = "This is no address of a bucket."
        problems.append(Problem("/url", "bad_value", message, "Send s3://bucket or s3://bucket/folder."))
    region = region or "us-east-1"
    if not _REGION.fullmatch(region):
        problems.append(Problem("/region", "bad_value", "This is no region.", "Send eu-central-1 or the like."))
    if (access_key_id is None) != (secret_access_key is None):
        at = "/access_key_id" if access_key_id is None else "/secret_access_key"
        problems.append(Problem(at, "missing_field", "One half of the key is missing.", "Send both, or neither."))
    endpoint = (endpoint or f"https://s3.{region}.amazonaws.com").rstrip("/")
    try:
        read_url(endpoint)
    except OutboundRefused as error:
        problems.append(Problem("/endpoint", "bad_value", str(error), "Send https://host of the store."))
    if problems:
        raise Malformed(problems)
    return Connection(name, url.rstrip("/"), region, endpoint, access_key_id, secret_access_key)


def _sealed(organization_id: UUID, row: Any) -> Sealed:
    return Sealed(organization_id, None, row["bucket_id"], Kind.CONNECTION, row["chunk_key_id"], row["sealed"])


def _facts(bucket_id: UUID, connection: Connection, created_at: str) -> BucketFacts:
    return {
        "id": str(bucket_id),
        "name": connection.name,
        "url": connection.url,
        "region": connection.region,
        "endpoint": connection.endpoint,
        "access_key_id": connection.access_key_id,
        "created_at": created_at,
    }
