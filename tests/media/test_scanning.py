"""The operator's virus scanner is shown every file first, on every way in; nothing is taken while it is silent.

The scanner here speaks clamd's protocol (clamd(8), INSTREAM) over a real socket, and finds a marker of the tests.
"""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from galleries import Gallery, gallery_of
from media_pictures import small

from evenhand.bootstrap import make_web_app
from evenhand.core.errors import Malformed, Unavailable
from evenhand.work.scanning import scanner_at
from web import Web
from world import World

MARKER = b"a marker that the scanner of the tests finds"
STREAM_BYTES_MAX = 256 * 1024
Answer = Callable[["Clamd", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Clamd:
    """A scanner: what it was shown, and how it answers."""

    answer: Answer
    shown: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.answer(self, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def as_clamd(clamd: Clamd, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What clamd does with one command."""
    assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
    content = b""
    while length := int.from_bytes(await reader.readexactly(4), "big"):
        content += await reader.readexactly(length)
        if len(content) > STREAM_BYTES_MAX:
            writer.write(b"INSTREAM size limit exceeded. ERROR\0")
            return
    clamd.shown.append(content)
    writer.write(b"stream: Test.Marker FOUND\0" if MARKER in content else b"stream: OK\0")


async def silent(_: Clamd, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def hangs_up(_: Clamd, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\0")


async def out_of_order(_: Clamd, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\0")
    writer.write(b"stream: Can't allocate memory ERROR\0")


async def without_end(_: Clamd, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\0")
    writer.write(b"stream: OK" * 10_000)


@asynccontextmanager
async def clamd_at(path: Path, answer: Answer = as_clamd) -> AsyncIterator[Clamd]:
    clamd = Clamd(answer)
    server = await asyncio.start_unix_server(clamd.serve, path)
    try:
        yield clamd
    finally:
        server.close()


@asynccontextmanager
async def guarded(world: World, socket: Path) -> AsyncIterator[Gallery]:
    """A project of pictures on a server whose operator has a scanner."""
    app = make_web_app(world.settings.model_copy(update={"clamd": f"unix:{socket}"}), world.clock)
    async with app.router.lifespan_context(app):
        yield await gallery_of(Web(app, world))


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.png", content)
    return out.getvalue()


async def by_upload(gallery: Gallery, content: bytes) -> str:
    """What becomes of a file that is sent to an address: the code of its first problem, or nothing."""
    async with gallery.web.script(gallery.owner) as client:
        begun = (await client.post(f"/projects/{gallery.id}/uploads", json={"name": "a.png"})).json()
        await client.put(begun["url"].partition("/api/v1")[2], content=content)
        done = await client.post(f"/projects/{gallery.id}/uploads/{begun['id']}/complete")
    problems = done.json().get("problems", [])
    return problems[0]["code"] if problems else ""


async def test_what_the_scanner_finds_something_in_is_refused_on_every_way_in(world: World, tmp_path: Path) -> None:
    good, bad = small(seed=1), small(seed=2) + MARKER
    async with clamd_at(tmp_path / "clamd") as clamd, guarded(world, tmp_path / "clamd") as gallery:
        alone = await gallery.send(bad)
        archive = await gallery.send(zipped(good=good, bad=bad), "all.zip", "application/zip")
        uploaded = await by_upload(gallery, bad)
        tasks = await gallery.tasks()

    assert alone.json()["problems"][0]["code"] == "malware"
    assert (archive.json()["imported"], archive.json()["rejected"]) == (1, 1)
    assert uploaded == "malware"
    assert [task["external_id"] for task in tasks] == ["good.png"]
    assert set(clamd.shown) == {good, bad}, "it is shown the bytes as they are"


async def test_without_the_scanner_the_same_file_is_taken(gallery: Gallery) -> None:
    """The saboteur: nothing else here minds the marker."""
    report = await gallery.sent(small(seed=2) + MARKER)

    assert report["imported"] == 1


@pytest.mark.parametrize("answer", [hangs_up, out_of_order, without_end])
async def test_while_the_scanner_does_not_answer_nothing_is_taken(world: World, tmp_path: Path, answer: Answer) -> None:
    async with clamd_at(tmp_path / "clamd", answer), guarded(world, tmp_path / "clamd") as gallery:
        refused = await gallery.send(small())
        assert await gallery.tasks() == []

    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert "virus scanner" in refused.json()["detail"]


async def test_a_scanner_that_is_not_there_or_silent_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await scanner_at(f"unix:{tmp_path}/nowhere")(b"x")
    async with clamd_at(tmp_path / "clamd", silent):
        with pytest.raises(Unavailable):
            await scanner_at(f"unix:{tmp_path}/clamd", seconds=0.2)(b"x")


async def test_a_file_too_long_for_the_scanner_is_refused_with_the_remedy(tmp_path: Path) -> None:
    async with clamd_at(tmp_path / "clamd"):
        scan = scanner_at(f"unix:{tmp_path}/clamd")
        with pytest.raises(Malformed) as refused:
            await scan(bytes(8 * STREAM_BYTES_MAX))
        await scan(bytes(STREAM_BYTES_MAX))

    [problem] = refused.value.problems
    assert problem.code == "too_large"
    assert "StreamMaxLength" in str(problem)


async def test_a_scanner_is_reached_by_tcp_too() -> None:
    clamd = Clamd(as_clamd)
    server = await asyncio.start_server(clamd.serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await scanner_at(f"tcp:127.0.0.1:{port}")(b"harmless")

    assert clamd.shown == [b"harmless"]
