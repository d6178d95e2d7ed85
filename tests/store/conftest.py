"""What touches the database itself is tried on every major in every run."""

from __future__ import annotations

import pytest

from database import MAJORS, Cluster


@pytest.fixture(scope="session", params=MAJORS, ids=[f"pg{major}" for major in MAJORS])
def cluster(request: pytest.FixtureRequest, all_clusters: dict[int, Cluster]) -> Cluster:
    """A server of each major in turn."""
    return all_clusters[request.param]
