"""The server that tests speak to, and beside it on loopback a bucket that its operator lets customers connect.

Tests of all folders share one, but for those that find things by name: a server costs seconds of a core to start, and some of it
all the while.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "media"))

from object_store import S3, s3_server

from serving import Installation, serve


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    """A server whose operator listed the network of the bucket beside it. Tests make projects of their own in it."""
    with serve({**os.environ, "EVENHAND_OUTBOUND_PRIVATE_NETWORKS": "127.0.0.0/8"}) as started:
        yield started


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """A bucket to connect."""
    with s3_server() as started:
        yield started
