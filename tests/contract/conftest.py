"""The server, the people and the published document that the tests of the contract share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from actors import signed_in
from bucket_beside import installation, s3
from serving import Installation

__all__ = ["installation", "s3"]


@pytest.fixture(scope="session")
def clients(installation: Installation) -> Iterator[dict[str, httpx.Client]]:
    with signed_in(installation) as clients:
        yield clients
