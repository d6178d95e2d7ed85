"""The server, the people and the published document that the tests of the contract share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

sys.path.insert(0, str(Path(__file__).parents[1] / "media"))

from object_store import S3, s3_server

from actors import signed_in
from serving import Installation, serve


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """A server whose operator listed the network of the bucket beside it."""
    with serve({**os.environ, "EVENHAND_OUTBOUND_PRIVATE_NETWORKS": "127.0.0.0/8"}) as started:
        yield started


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """A bucket to connect."""
    with s3_server() as started:
        yield started


@pytest.fixture(scope="session")
def clients(installation: Installation) -> Iterator[dict[str, httpx.Client]]:
    with signed_in(installation) as clients:
        yield clients
