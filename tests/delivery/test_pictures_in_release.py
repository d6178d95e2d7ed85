"""A picture leaves with a release as facts by which anybody who has the file knows it: alone and inside a message alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from evenhand import Client
from serving import Installation


@pytest.fixture(scope="module")
def client(installation: Installation) -> Iterator[Client]:
    with Client(installation.url, installation.key) as client:
        yield client


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "street.png"
    Image.frombytes("RGB", (16, 12), hashlib.shake_256(b"street").digest(3 * 16 * 12)).save(path)
    return path


def released(client: Client, project: str, folder: Path) -> list[dict[str, Any]]:
    """The items of a release of all there is."""
    made = client.releases.create(project, include="all")
    client.releases.wait(made["id"])
    client.releases.download(made["id"], folder)
    return [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]


def test_a_message_holds_of_its_picture_what_a_picture_alone_holds(
    client: Client, picture: Path, tmp_path: Path
) -> None:
    alone = client.projects.create("Streets", preset="image-classification")["id"]
    talks = client.projects.create("Talks of streets", preset="chat-preference")["id"]
    client.tasks.import_image(alone, picture)
    upload = client.uploads.send(talks, picture)
    asked = [{"type": "text", "text": "Where?"}, {"type": "image", "upload": upload["id"], "alt": "A street"}]
    chat = {"prompt": [{"role": "user", "content": asked}], "responses": ["Here.", "There."]}
    client.tasks.import_(talks, [{"inputs": {"chat": chat}}])

    [one] = released(client, alone, tmp_path / "alone")
    [other] = released(client, talks, tmp_path / "talks")

    by_itself = one["inputs"]["image"]
    [message] = other["inputs"]["chat"]["threads"][0]["turns"][0]["messages"]
    inside = message["content"][1]
    digest = hashlib.sha256(picture.read_bytes()).hexdigest()
    assert inside.pop("type") == "image"
    assert inside.pop("alt") == "A street"
    assert {**inside, "blob": None} == {**by_itself, "blob": None}
    assert (inside["digest"], inside["bytes"]) == (f"sha256:{digest}", picture.stat().st_size)
    assert "url" not in inside
