"""Pictures of guidelines: stored when sent or saved, seen by whoever reads the text, kept with the versions that show them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from galleries import gallery_of
from media_pictures import bomb, small

from servers import listening
from web import Web, web_of
from world import Member, Organization, World

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="https://evil.example/x.png"/></svg>'


@dataclass(frozen=True)
class Book:
    """The guidelines of a project, over HTTP."""

    web: Web
    organization: Organization
    id: UUID

    @property
    def owner(self) -> Member:
        return self.organization.owner

    @property
    def path(self) -> str:
        return f"/projects/{self.id}/guidelines"

    async def send(self, content: bytes, kind: str = "image/png", key: str | None = None) -> httpx.Response:
        headers = {"content-type": kind, **({"idempotency-key": key} if key else {})}
        async with self.web.script(self.owner) as script:
            return await script.post(f"{self.path}/pictures", content=content, headers=headers)

    async def save(self, markdown: str) -> httpx.Response:
        async with self.web.script(self.owner) as script:
            return await script.put(self.path, json={"markdown": markdown})

    async def text(self) -> str:
        async with self.web.script(self.owner) as script:
            return str((await script.get(self.path)).json()["markdown"])

    async def fetch(self, who: Member | None, picture: Any) -> httpx.Response:
        async with self.web.script(who) as script:
            return await script.get(f"{self.path}/pictures/{picture}")

    async def forget_unused(self) -> None:
        """A week and a day later, the worker tidies."""
        self.web.world.clock.advance(days=8)
        while await self.web.app.state.files.media.drop_unused():
            pass


@pytest.fixture
async def book(web: Web, world: World) -> Book:
    bank = await world.organization()
    project = await bank.project(tasks=1)
    return Book(web, bank, project.id)


async def test_a_picture_that_was_sent_is_named_by_its_id_and_read_by_whoever_reads_the_text(book: Book) -> None:
    annotator, content = await book.organization.member(), small()

    sent = (await book.send(content)).json()
    assert (await book.save(f"# Rule\n\n![A dog]({sent['source']})")).status_code == 200

    assert (sent["media_type"], sent["width"], sent["height"]) == ("image/png", 8, 6)
    shown = await book.fetch(annotator, sent["id"])
    assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, content, "image/png")
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"


async def test_nobody_else_sees_it_not_from_outside_and_not_before_it_is_saved(book: Book, world: World) -> None:
    annotator, stranger = await book.organization.member(), (await world.organization()).owner
    sent = (await book.send(small())).json()

    unsaved = await book.fetch(annotator, sent["id"])
    await book.save(f"![]({sent['source']})")

    assert unsaved.status_code == 404
    assert (await book.fetch(None, sent["id"])).status_code == 401
    assert (await book.fetch(stranger, sent["id"])).status_code == 404
    assert (await book.fetch(annotator, uuid4())).status_code == 404


async def test_a_picture_of_a_task_is_none_of_the_guidelines(web: Web) -> None:
    gallery = await gallery_of(web)
    await gallery.sent(small())
    book = Book(web, gallery.organization, gallery.id)
    async with web.world.superuser() as connection:
        task_file = await connection.fetchval("select media_id from evenhand.media where project_id = $1", gallery.id)

    assert (await book.fetch(book.owner, task_file)).status_code == 404
    refused = await book.save(f"# A\n\n![]({'picture:' + str(task_file)})")
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (422, "unreadable_media")
    assert "Line 3" in refused.json()["problems"][0]["message"]


async def test_every_look_is_on_record_before_the_picture_is_opened(book: Book, world: World) -> None:
    annotator = await book.organization.member()
    sent = (await book.send(small())).json()
    await book.save(f"![]({sent['source']})")

    await book.fetch(annotator, sent["id"])

    async with world.superuser() as connection:
        looks = await connection.fetch(
            "select purpose, decision::text from evenhand.ledger_inbox where object_id = $1 and purpose = 'media'",
            UUID(sent["id"]),
        )
    assert [tuple(row) for row in looks] == [("media", "allow")]


async def test_an_old_version_keeps_its_picture_and_what_no_version_shows_is_forgotten(book: Book) -> None:
    kept, unused = (await book.send(small())).json(), (await book.send(small(seed=1))).json()
    await book.save(f"![]({kept['source']})")
    await book.save("# Without pictures")

    await book.forget_unused()

    assert (await book.fetch(book.owner, kept["id"])).status_code == 200
    assert (await book.fetch(book.owner, unused["id"])).status_code == 404
    async with book.web.world.superuser() as connection:
        left = await connection.fetch("select media_id from evenhand.media where project_id = $1", book.id)
    assert [row["media_id"] for row in left] == [UUID(kept["id"])]


async def test_a_deleted_project_leaves_none_of_its_pictures(book: Book, world: World) -> None:
    sent = (await book.send(small())).json()
    await book.save(f"![]({sent['source']})")
    await world.services.work.projects.set_state(book.owner.actor, book.id, "trashed")
    world.clock.advance(days=31)

    while await world.services.shredding.delete_due():
        pass
    await world.services.shredding.shred_due()
    async with world.superuser() as connection:
        while await connection.fetchval(
            "select evenhand.project_delete_some($1, $2, 500, $3)", book.organization.id, book.id, world.clock.now()
        ):
            pass
        await book.forget_unused()
        for table in ("media", "guideline_picture", "guideline_version"):
            count = await connection.fetchval(f"select count(*) from evenhand.{table} where project_id = $1", book.id)
            assert count == 0, table


async def test_the_same_request_again_stores_one_picture(book: Book) -> None:
    first, again, other = [await book.send(small(), key=key) for key in ("a", "a", "b")]

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json() != other.json()


@pytest.mark.parametrize(
    "content",
    [SVG, b"<html><script>alert(1)</script>", small()[:40], bomb(30_000, 30_000), b""],
    ids=["svg", "html", "cut", "bomb", "empty"],
)
async def test_what_is_no_picture_is_refused(book: Book, content: bytes) -> None:
    refused = await book.send(content)

    assert refused.status_code == 422, refused.text
    assert refused.json()["problems"][0]["remedy"]


async def test_a_picture_of_more_than_ten_mebibytes_is_refused(book: Book) -> None:
    assert (await book.send(b"\x89PNG" + b"\0" * (10 * 1024 * 1024))).status_code == 413


async def test_data_addresses_are_stored_when_the_text_is_saved(book: Book) -> None:
    address = "data:image/png;base64," + base64.b64encode(small()).decode()

    saved = await book.save(
        f"Look: ![A dog]({address}) and ![again]({address}).\n\n```\n![code](https://a.example/x)\n```"
    )

    assert saved.status_code == 200, saved.text
    text = await book.text()
    assert "data:" not in text and text.count("picture:") == 2 and "https://a.example/x" in text
    picture = text.partition("picture:")[2].partition(")")[0]
    assert (await book.fetch(book.owner, picture)).content == small()


@asynccontextmanager
async def serving(content: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server somewhere that holds a picture; its address, and what it heard."""
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        head = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        writer.write(head % len(content) + content)
        await writer.drain()

    async with listening(answer) as port:
        yield f"http://127.0.0.1:{port}/dog.png", heard


async def test_a_picture_elsewhere_is_brought_in_once_through_the_guard(own_world: World) -> None:
    async with web_of(own_world) as web, serving(small()) as (address, heard):
        bank = await own_world.organization()
        book = Book(web, bank, (await bank.project()).id)
        refused = await book.save(f"# A\n\n![dog]({address})")
        web.app.state.work.guidelines._outbound._listed = (ip_network("127.0.0.0/8"),)

        saved = await book.save(f"# A\n\n![dog]({address}) [page]({address})")

        assert refused.status_code == 422
        assert "Line 3" in refused.json()["problems"][0]["message"]
        assert "private or reserved" in refused.json()["problems"][0]["message"]
        assert saved.status_code == 200, saved.text
        text = await book.text()
        assert len(heard) == 1 and text.startswith("# A\n\n![dog](picture:") and f"[page]({address})" in text


async def test_one_picture_that_cannot_be_had_refuses_the_whole_save_and_stores_nothing(book: Book) -> None:
    address = "data:image/png;base64," + base64.b64encode(small()).decode()

    refused = await book.save(
        f"![]({address})\n![](data:image/svg+xml;base64,{base64.b64encode(SVG).decode()})\n![](a.png)"
    )

    assert refused.status_code == 422
    assert [each["message"].partition(",")[0] for each in refused.json()["problems"]] == ["Line 2", "Line 3"]
    assert await book.text() == ""
    async with book.web.world.superuser() as connection:
        assert not await connection.fetchval("select count(*) from evenhand.media where project_id = $1", book.id)


async def test_a_copy_of_a_project_has_pictures_of_its_own(book: Book, world: World) -> None:
    sent = (await book.send(small())).json()
    await book.save(f"![]({sent['source']})")

    made = await world.services.work.projects.clone(book.owner.actor, book.id, "Copy")

    copy = Book(book.web, book.organization, UUID(made["id"]))
    picture = (await copy.text()).partition("picture:")[2].rstrip(")")
    assert picture != sent["id"]
    assert (await copy.fetch(book.owner, picture)).content == small()
    assert (await copy.fetch(book.owner, sent["id"])).status_code == 404


async def test_a_task_that_shows_the_same_file_takes_nothing_with_it_when_it_goes(web: Web) -> None:
    gallery = await gallery_of(web)
    book = Book(web, gallery.organization, gallery.id)
    sent = (await book.send(small())).json()
    await book.save(f"![]({sent['source']})")
    assert (await gallery.rows([{"inputs": {"image": {"blob": sent["id"]}}}])).json()["imported"] == 1
    async with web.world.superuser() as connection:
        await connection.execute("delete from evenhand.task where project_id = $1", gallery.id)

    await book.forget_unused()

    assert (await book.fetch(book.owner, sent["id"])).status_code == 200
