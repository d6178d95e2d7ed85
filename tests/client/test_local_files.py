"""Rows name pictures of this machine: they are uploaded once, and nothing outside the folder that was named leaves it."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "media"))

from media_pictures import small

from evenhand import AsyncClient, Client
from evenhand.client import UnknownFormat, errors
from evenhand.client.local_files import ContentWithFiles
from serving import Installation


@pytest.fixture(scope="module")
def client(installation: Installation) -> Iterator[Client]:
    with Client(installation.url, installation.key) as client:
        yield client


@pytest.fixture
def talks(client: Client) -> str:
    return client.projects.create("Talks", preset="chat-preference")["id"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A cat, a file that is no picture whatever its name says, and a secret beside the folder."""
    made = tmp_path / "pictures"
    (made / "Straße").mkdir(parents=True)
    (made / "Straße" / "cat.png").write_bytes(small(seed=1))
    (made / "broken.png").write_bytes(b"no picture")
    (tmp_path / "secret.png").write_bytes(small(seed=2))
    (made / "link.png").symlink_to(tmp_path / "secret.png")
    return made


def asked(*names: str) -> dict[str, Any]:
    content = [{"type": "text", "text": "Which is it?"}, *({"type": "image", "file": name} for name in names)]
    return {"inputs": {"chat": {"prompt": [{"role": "user", "content": content}], "responses": ["This.", "That."]}}}


def lines(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder.parent / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def pictures(client: Client, project: str) -> list[dict[str, Any]]:
    """The pictures of the questions of all tasks."""
    items = [client.tasks.get(project, row["id"])["item"] for row in client.tasks.list(project)]
    messages = [item["inputs"]["chat"]["threads"][0]["turns"][0]["messages"][0] for item in items]
    return [block for message in messages for block in message["content"] if block["type"] == "image"]


def test_pictures_that_messages_name_go_in_with_their_rows(client: Client, talks: str, folder: Path) -> None:
    rows = lines(folder, asked("Straße/cat.png", "Straße/cat.png"), asked())

    report = client.tasks.import_(talks, rows, files=folder)

    assert (report["imported"], report["rejected"]) == (2, 0)
    first, second = pictures(client, talks)
    assert first["blob"] == second["blob"]
    assert (first["name"], first["bytes"]) == ("cat.png", len(small(seed=1)))


def test_a_picture_alone_is_named_the_same_way(client: Client, folder: Path) -> None:
    streets = client.projects.create("Streets", preset="image-boxes")["id"]

    report = client.tasks.import_(streets, [{"image": {"file": "Straße/cat.png"}}], files=str(folder))

    assert report["imported"] == 1


def test_what_is_no_picture_or_not_in_the_folder_refuses_its_row_and_the_others_go_in(
    client: Client, talks: str, folder: Path
) -> None:
    bad = ["broken.png", "gone.png", "../secret.png", str(folder.parent / "secret.png"), "link.png", "a\0.png"]

    report = client.tasks.import_(talks, [*(asked(name) for name in bad[:-1]), asked("Straße/cat.png")], files=folder)

    assert (report["imported"], report["rejected"]) == (1, 5)
    assert [(each["line"], each["pointer"]) for each in report["problems"]] == [
        (line, "/inputs/chat/prompt/0/content/1") for line in range(1, 6)
    ]
    assert ContentWithFiles([asked(name) for name in bad], folder).files() == [folder / "broken.png"]


def test_arguments_and_metadata_are_sent_word_for_word(folder: Path) -> None:
    named = {"file": "Straße/cat.png"}
    call = {"type": "tool_call", "id": "c1", "name": "open", "arguments": named}
    row = {"chat": [{"role": "assistant", "content": [call]}], "metadata": {"from": named}}

    content = ContentWithFiles([row], folder)

    assert content.files() == []
    assert [json.loads(block) for block in content.blocks()] == [row]


def test_lines_that_are_no_json_keep_their_numbers(client: Client, talks: str, folder: Path) -> None:
    rows = lines(folder, asked("Straße/cat.png"))
    rows.write_text('{"file": broken\n\n' + rows.read_text())

    report = client.tasks.import_(talks, rows, files=folder)

    assert report["imported"] == 1
    assert [each["line"] for each in report["problems"]] == [1]


def test_a_file_that_is_not_read_line_by_line_is_refused(client: Client, talks: str, folder: Path) -> None:
    (folder.parent / "rows.csv").write_text("chat\n")

    with pytest.raises(UnknownFormat, match=r"\.jsonl"):
        client.tasks.import_(talks, folder.parent / "rows.csv", files=folder)


async def test_the_asynchronous_client_does_the_same(
    installation: Installation, client: Client, talks: str, folder: Path
) -> None:
    async def rows() -> AsyncIterator[dict[str, Any]]:
        yield asked("Straße/cat.png")
        yield asked("broken.png")

    async with AsyncClient(installation.url, installation.key) as other:
        report = await other.tasks.import_(talks, rows(), files=folder)
        with pytest.raises(errors.ImportRefused):
            await other.tasks.import_(talks, [asked("gone.png")], files=folder)

    assert (report["imported"], report["rejected"]) == (1, 1)
    assert len(pictures(client, talks)) == 1
