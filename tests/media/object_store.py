"""An S3 to test against: moto's server in this process, with a bucket of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from evenhand.store.blobs import ObjectStore

BUCKET = "pictures"


@dataclass(frozen=True)
class S3:
    """A running server. url: its endpoint."""

    url: str
    key: str = "a-key"
    secret: str = field(default="a-secret", repr=False)

    @property
    def client(self) -> Any:
        """An independent client: boto3's."""
        return _client(self.url, self.key, self.secret)

    def names(self, bucket: str = BUCKET) -> list[str]:
        """The objects in a bucket."""
        return [each["Key"] for each in self.client.list_objects_v2(Bucket=bucket).get("Contents", [])]

    def content(self, name: str, bucket: str = BUCKET) -> bytes:
        """What an object holds, byte for byte."""
        content: bytes = self.client.get_object(Bucket=bucket, Key=name)["Body"].read()
        return content

    def store(self, prefix: str = "") -> ObjectStore:
        """Our own way to it."""
        return ObjectStore.remote(
            f"s3://{BUCKET}/{prefix}",
            endpoint=self.url,
            access_key_id=self.key,
            secret_access_key=self.secret,
            region="us-east-1",
            client_options={"allow_http": True},
        )


@lru_cache
def _client(url: str, key: str, secret: str) -> Any:
    """Making one takes longer than most of what it is asked."""
    given = {"aws_access_key_id": key, "aws_secret_access_key": secret, "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=url, **given)


@contextmanager
def s3_server() -> Iterator[S3]:
    """Started, with an empty bucket, and stopped."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        s3 = S3(f"http://127.0.0.1:{port}")
        s3.client.create_bucket(Bucket=BUCKET)
        yield s3
    finally:
        server.stop()
