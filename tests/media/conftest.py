"""A project that shows pictures, for each test its own; an S3 for all of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))

from galleries import Gallery, gallery_of
from object_store import S3, s3_server

from web import Web


@pytest_asyncio.fixture
async def gallery(web: Web) -> Gallery:
    """A new organization with a project of pictures."""
    return await gallery_of(web)


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """One server for the session."""
    with s3_server() as started:
        yield started
