"""Pictures in messages through the real application: brought in with their rows, sealed, each shown under the guard of its task."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio
from galleries import Gallery, gallery_of
from media_pictures import small

from evenhand.boundary.outbound import Guard
from evenhand.ontology.presets import expand
from evenhand.work.fetching import Fetching
from evenhand.work.media import UNUSED_LASTS
from evenhand.work.rows import Row
from web import Web


def as_data(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


def asked(*pictures: dict[str, Any]) -> dict[str, Any]:
    """A row: one question about some pictures, and two replies."""
    content = [{"type": "text", "text": "Which is the cat?"}, *({"type": "image", **each} for each in pictures)]
    return {"inputs": {"chat": {"prompt": [{"role": "user", "content": content}], "responses": ["This.", "That."]}}}


def pictures_of(item: dict[str, Any]) -> list[dict[str, Any]]:
    """The picture blocks of the question of `asked`."""
    [message] = item["inputs"]["chat"]["threads"][0]["turns"][0]["messages"]
    return [block for block in message["content"] if block["type"] == "image"]


@pytest_asyncio.fixture
async def talks(web: Web) -> Gallery:
    """A new organization with a project of conversations."""
    return await gallery_of(web, expand("chat-preference", {}))


async def taken(talks: Gallery, *rows: dict[str, Any]) -> None:
    answer = await talks.rows(list(rows))
    assert (answer.status_code, answer.json().get("imported")) == (200, len(rows)), answer.text


async def refused(talks: Gallery, *rows: dict[str, Any]) -> list[tuple[int, str, str]]:
    """(line, pointer, code) of each defect; nothing went in."""
    answer = await talks.rows(list(rows))
    assert answer.status_code == 422, answer.text
    assert all(each["message"] and each["remedy"] for each in answer.json()["problems"])
    assert await talks.tasks() == []
    return [(each["line"], each["pointer"], each["code"]) for each in answer.json()["problems"]]


async def uploaded(gallery: Gallery, content: bytes) -> str:
    at = f"/projects/{gallery.id}/uploads"
    async with gallery.web.script(gallery.owner) as client:
        upload = (await client.post(at, json={"name": "up.png"})).json()
        await client.put(upload["url"].partition("/api/v1")[2], content=content)
        assert (await client.post(f"{at}/{upload['id']}/complete")).status_code == 200
    return upload["id"]


# ----------------------------------------------------------------------------------------------------------- way in --
async def test_every_picture_of_a_message_is_shown_byte_for_byte_at_an_address_of_its_own(talks: Gallery) -> None:
    first, second = small(seed=1), small(12, 9, seed=2)
    annotator = await talks.organization.member()

    await taken(talks, asked({"url": as_data(first), "alt": "A cat"}, {"upload": await uploaded(talks, second)}))
    held = await talks.claim(annotator)
    blocks = pictures_of(held["item"])
    shown = [await talks.fetch(annotator, held["task_id"], "chat", file=each["blob"]) for each in blocks]

    at = f"/api/v1/projects/{talks.id}/tasks/{held['task_id']}/media/chat"
    assert [each["url"] for each in blocks] == [f"{at}?file={each['blob']}" for each in blocks]
    assert [(each["media"]["width"], each["media"]["height"]) for each in blocks] == [(8, 6), (12, 9)]
    assert (blocks[0]["alt"], blocks[1]["name"]) == ("A cat", "up.png")
    assert not any("digest" in each for each in blocks)
    assert [each.content for each in shown] == [first, second]
    assert {each.headers["cache-control"] for each in shown} == {"no-store"}
    assert {each.headers["content-security-policy"].split(";")[0] for each in shown} == {"default-src 'none'"}


async def test_ranges_and_small_copies_are_of_the_picture_that_was_asked_for(talks: Gallery) -> None:
    first, second = small(seed=1), small(64, 48, seed=2)
    await taken(talks, asked({"data": as_data(first)}, {"data": as_data(second)}))
    held = await talks.claim(talks.owner)
    blob = pictures_of(held["item"])[1]["blob"]

    part = await talks.fetch(talks.owner, held["task_id"], "chat", headers={"range": "bytes=8-15"}, file=blob)
    copy = await talks.fetch(talks.owner, held["task_id"], "chat", file=blob, width=16)
    unnamed = await talks.fetch(talks.owner, held["task_id"], "chat")

    assert (part.status_code, part.content) == (206, second[8:16])
    assert copy.headers["content-type"] == "image/webp"
    assert unnamed.content == first


@asynccontextmanager
async def serving(files: dict[str, bytes]) -> AsyncIterator[tuple[int, list[str]]]:
    """A server of these files by path on this machine: its port, and what was asked of it."""
    asked_for: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        asked_for.append(path)
        content = files.get(path)
        head = b"404 Not Found" if content is None else b"200 OK"
        size = len(content or b"")
        writer.write(
            b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (head, size) + (content or b"")
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], asked_for


async def test_an_address_in_a_message_is_fetched_once_however_often_it_stands_there(talks: Gallery) -> None:
    services = talks.web.world.services
    ontology = await services.work.importing.ontology_of(talks.owner.actor, talks.id)
    async with serving({"/cat.png": small()}) as (port, asked_for):
        fetching = Fetching(services.files.media, Guard([ip_network("127.0.0.0/8")]))
        address = f"http://127.0.0.1:{port}/cat.png"
        row = Row(1, asked({"url": address}, {"url": address}, {"url": f"http://127.0.0.1:{port}/gone.png"}))
        whole = Row(2, asked({"url": address}, {"url": address}))

        bad, good = await fetching.bring_in(talks.organization.id, talks.id, ontology, [row, whole])

    assert [(each.pointer, each.code) for each in bad.problems] == [
        ("/inputs/chat/prompt/0/content/3/url", "unreadable_media")
    ]
    assert good.content is not None
    blocks = good.content["inputs"]["chat"]["prompt"][0]["content"][1:]
    assert blocks[0] == blocks[1]
    assert blocks[0]["name"] == "cat.png"
    assert sorted(asked_for) == ["/cat.png", "/cat.png", "/gone.png"]


async def test_a_row_that_names_no_picture_goes_in_beside_one_that_does(talks: Gallery) -> None:
    await taken(talks, asked(), asked({"url": as_data(small())}))

    assert len(await talks.tasks()) == 2


# ---------------------------------------------------------------------------------------------------------- refused --
async def test_each_bad_picture_is_told_by_line_and_place_and_the_other_rows_go_in(talks: Gallery) -> None:
    good, bad = {"url": as_data(small())}, {"url": as_data(b"no picture")}

    answer = (await talks.rows([asked(good), asked(good, bad, {"upload": "x"}, {}), asked(good)])).json()

    assert (answer["imported"], answer["rejected"]) == (2, 1)
    assert sorted((each["line"], each["pointer"], each["code"]) for each in answer["problems"]) == [
        (2, "/inputs/chat/prompt/0/content/2/url", "unsupported"),
        (2, "/inputs/chat/prompt/0/content/3/upload", "bad_id"),
        (2, "/inputs/chat/prompt/0/content/4", "bad_value"),
    ]
    async with talks.web.world.superuser() as connection:
        assert await connection.fetchval("select count(*) from evenhand.media where project_id = $1", talks.id) == 2


async def test_a_picture_of_another_organization_or_project_is_not_found(talks: Gallery, web: Web) -> None:
    elsewhere = await gallery_of(web, expand("chat-preference", {}))
    beside = await gallery_of(web, expand("chat-preference", {}), talks.organization)
    foreign = [await uploaded(each, small()) for each in (elsewhere, beside)]

    told = await refused(talks, *(asked({"upload": each}) for each in [*foreign, str(uuid4())]))

    assert told == [(line, "/inputs/chat/prompt/0/content/1", "unreadable_media") for line in (1, 2, 3)]


async def test_an_address_inside_our_own_network_is_refused(talks: Gallery) -> None:
    told = await refused(talks, asked({"url": "http://127.0.0.1:80/x.png"}), asked({"url": "file:///etc/passwd"}))

    assert told == [(line, "/inputs/chat/prompt/0/content/1/url", "unreadable_media") for line in (1, 2)]


async def test_a_thousand_pictures_in_a_message_are_refused_before_any_is_fetched(talks: Gallery) -> None:
    async with serving({}) as (port, asked_for):
        many = [{"url": f"http://127.0.0.1:{port}/{number}.png"} for number in range(1000)]

        told = await refused(talks, asked(*many))

    assert told == [(1, "/inputs/chat", "limit")]
    assert asked_for == []


async def test_a_hundred_pictures_go_in_and_all_are_of_their_task(talks: Gallery) -> None:
    await taken(talks, asked(*({"url": as_data(small(seed=number))} for number in range(100))))
    held = await talks.claim(talks.owner)

    assert len({each["blob"] for each in pictures_of(held["item"])}) == 100
    async with talks.web.world.superuser() as connection:
        task = UUID(held["task_id"])
        assert await connection.fetchval("select count(*) from evenhand.task_media where task_id = $1", task) == 100


# ----------------------------------------------------------------------------------------------------------- looks --
async def test_only_files_of_the_task_are_shown_and_only_to_whoever_holds_it(talks: Gallery) -> None:
    await taken(talks, asked({"url": as_data(small(seed=1))}), asked({"url": as_data(small(seed=2))}))
    holder, other = await talks.organization.members(2)
    mine, theirs = await talks.claim(holder), await talks.claim(other)
    blob = pictures_of(mine["item"])[0]["blob"]
    foreign = pictures_of(theirs["item"])[0]["blob"]

    assert (await talks.fetch(holder, mine["task_id"], "chat", file=blob)).status_code == 200
    for elsewhere in (foreign, str(uuid4())):
        assert (await talks.fetch(holder, mine["task_id"], "chat", file=elsewhere)).status_code == 404
    assert (await talks.fetch(holder, theirs["task_id"], "chat", file=foreign)).json()["code"] == "not-yours"
    assert (await talks.fetch(holder, mine["task_id"], "chat", file="x")).status_code == 422
    assert await talks.looks(mine["task_id"]) == ["label"]


async def test_a_readers_look_at_a_message_is_on_record(talks: Gallery) -> None:
    await taken(talks, asked({"url": as_data(small())}))
    reviewer = await talks.organization.member("reviewer")
    async with talks.web.world.superuser() as connection:
        task = str(await connection.fetchval("select task_id from evenhand.task where project_id = $1", talks.id))

    assert (await talks.fetch(reviewer, task, "chat")).status_code == 200

    assert await talks.looks(task) == ["media"]


async def test_a_picture_that_the_settings_hide_is_neither_told_of_nor_shown(web: Web) -> None:
    body = expand("chat-preference", {})
    body["inputs"][0]["settings"] = {"hide": ["image"]}
    talks = await gallery_of(web, body)
    await taken(talks, asked({"url": as_data(small())}))
    annotator = await talks.organization.member()
    held = await talks.claim(annotator)

    async with web.world.superuser() as connection:
        blob = await connection.fetchval("select media_id from evenhand.media where project_id = $1", talks.id)

    assert pictures_of(held["item"]) == [{"type": "image", "redacted": True}]
    assert (await talks.fetch(annotator, held["task_id"], "chat", file=str(blob))).status_code == 404
    assert (await talks.fetch(talks.owner, held["task_id"], "chat", file=str(blob))).status_code == 200


# ------------------------------------------------------------------------------------------------------- forgetting --
async def test_with_its_last_task_goes_every_picture_of_a_message(talks: Gallery) -> None:
    media = talks.web.world.services.files.media
    await taken(talks, asked({"url": as_data(small(seed=1))}, {"url": as_data(small(seed=2))}))
    async with talks.web.world.superuser() as connection:
        assert await connection.fetchval("select bool_and(is_used) from evenhand.media where project_id = $1", talks.id)
        await connection.execute("delete from evenhand.task where project_id = $1", talks.id)

    talks.web.world.clock.advance(minutes=UNUSED_LASTS.total_seconds() / 60 + 1)
    await media.drop_unused()

    async with talks.web.world.superuser() as connection:
        assert await connection.fetchval("select count(*) from evenhand.media where project_id = $1", talks.id) == 0


# ------------------------------------------------------------------------------------------------------- the reader --
async def test_whoever_reads_the_task_is_told_where_each_picture_is_and_what_is_stored_of_it(talks: Gallery) -> None:
    content = small()
    await taken(talks, asked({"url": as_data(content), "alt": "A cat"}))
    [row] = await talks.tasks()

    async with talks.web.script(talks.owner) as client:
        task = (await client.get(f"/projects/{talks.id}/tasks/{row['id']}")).json()
        [block] = pictures_of(task["item"])
        shown = await client.get(block["url"].partition("/api/v1")[2])

    assert shown.content == content
    assert block["digest"].startswith("sha256:")
    assert (block["media_type"], block["bytes"], block["alt"]) == ("image/png", len(content), "A cat")
