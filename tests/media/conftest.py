"""A project that shows pictures, for each test its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))

from galleries import Gallery, gallery_of

from web import Web


@pytest_asyncio.fixture
async def gallery(web: Web) -> Gallery:
    """A new organization with a project of pictures."""
    return await gallery_of(web)
