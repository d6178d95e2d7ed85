"""The server, the people and the project that hostile input is sent to."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))

from refusals import Target

from actors import signed_in
from serving import Installation


@pytest.fixture(scope="session")
def clients(installation: Installation) -> Iterator[dict[str, httpx.Client]]:
    with signed_in(installation) as clients:
        yield clients


@pytest.fixture(scope="session")
def target(clients: dict[str, httpx.Client]) -> Target:
    """A project of texts with a release being built, one task of which the annotator and one the owner holds."""
    owner, annotator = clients["owner"], clients["annotator"]
    preset = {"preset": "text-classification", "with": {"labels": ["yes", "no"]}}
    made = owner.post("/api/v1/projects", json={"name": "Errors", "preset": preset, "opinions": 5}).raise_for_status()
    project = f"/api/v1/projects/{made.json()['id']}"
    rows = "".join(json.dumps({"inputs": {"text": f"Letter {number}"}}) + "\n" for number in range(20))
    headers = {"content-type": "application/x-ndjson"}
    owner.post(f"{project}/tasks?batch=Letters", content=rows, headers=headers).raise_for_status()
    held = [client.post(f"{project}/claim", json={"held": []}).json()["assignment"] for client in (annotator, owner)]
    release = owner.post(f"{project}/releases", json={"include": "all"}).raise_for_status().json()["id"]
    return Target(project, *(each["task_id"] for each in held), release)
