"""The way out for libraries that connect by themselves: judged, pinned, and only for who knows its password."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest

from evenhand.boundary.outbound import Guard
from evenhand.boundary.tunnel import Tunnel
from servers import certificate, listening

LOOPBACK = (ip_network("127.0.0.0/8"),)
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello"
heard: list[bytes] = []


async def speaking(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    heard.append(await reader.readuntil(b"\r\n\r\n"))
    writer.write(OK)
    await writer.drain()


async def to_loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


async def to_the_inside(host: str, port: int) -> list[str]:
    return ["10.0.0.7"]


@asynccontextmanager
async def through(guard: Guard, verify: object = True) -> AsyncIterator[tuple[Tunnel, httpx.AsyncClient]]:
    async with Tunnel(guard) as tunnel, httpx.AsyncClient(proxy=tunnel.url, verify=verify, trust_env=False) as client:
        yield tunnel, client


async def test_a_plain_request_goes_to_the_address_that_was_judged_under_the_name_that_was_asked_for() -> None:
    heard.clear()
    async with listening(speaking) as port, through(Guard(LOOPBACK, to_loopback)) as (_, client):
        answer = await client.get(f"http://bucket.example:{port}/a?list-type=2")

    assert answer.text == "hello"
    assert heard[0].startswith(b"GET /a?list-type=2 HTTP/1.1\r\n")
    assert f"host: bucket.example:{port}\r\n".encode() in heard[0].lower()
    assert b"proxy-authorization" not in heard[0].lower()


async def test_an_encrypted_connection_passes_whole_and_its_certificate_is_the_hosts(tmp_path: Path) -> None:
    server_side, client_side = certificate(tmp_path, "bucket.example")
    async with (
        listening(speaking, server_side) as port,
        through(Guard(LOOPBACK, to_loopback), client_side) as (_, client),
    ):
        assert (await client.get(f"https://bucket.example:{port}/a")).text == "hello"
        with pytest.raises(httpx.ConnectError):
            await client.get(f"https://other.example:{port}/a")


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_an_address_on_the_inside_is_refused_and_said_so(scheme: str) -> None:
    async with through(Guard((), to_the_inside)) as (tunnel, client):
        try:
            status = (await client.get(f"{scheme}://inside.example:8080/")).status_code
        except httpx.ProxyError as error:
            status = int(str(error)[:3])

    assert status == 403
    assert str(tunnel.refused) == "inside.example may not be reached: it lies in a private or reserved network."


async def test_a_redirect_to_the_inside_is_judged_too() -> None:
    async def moving(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254:80/latest\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()

    async def resolve(host: str, port: int) -> list[str]:
        return [host if host[0].isdigit() else "127.0.0.1"]

    async with listening(moving) as port, through(Guard(LOOPBACK, resolve)) as (tunnel, client):
        answer = await client.get(f"http://moved.example:{port}/", follow_redirects=True)

    assert answer.status_code == 403
    assert "169.254.169.254" in str(tunnel.refused)


async def test_without_its_password_nobody_passes() -> None:
    heard.clear()
    async with listening(speaking) as port, Tunnel(Guard(LOOPBACK, to_loopback)) as tunnel:
        for stranger in (
            tunnel.url.replace("evenhand:", "evenhand:x"),
            "http://127.0.0.1:" + tunnel.url.rpartition(":")[2],
        ):
            async with httpx.AsyncClient(proxy=stranger, trust_env=False) as client:
                assert (await client.get(f"http://bucket.example:{port}/")).status_code == 407

    assert heard == []


async def test_what_is_no_request_is_dropped() -> None:
    async with Tunnel(Guard(LOOPBACK, to_loopback)) as tunnel:
        port = int(tunnel.url.rpartition(":")[2])
        for odd in (b"\r\n\r\n", b"GET\r\n\r\n", b"\xff" * 70_000, b"CONNECT a:b HTTP/1.1\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(odd)
            assert not (await reader.read()).startswith(b"HTTP/1.1 200")
            writer.close()


async def test_when_it_is_left_nothing_stays_open() -> None:
    async def waiting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(waiting) as port:
        async with Tunnel(Guard(LOOPBACK, to_loopback)) as tunnel:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(tunnel.url.rpartition(":")[2]))
            import base64

            word = base64.b64encode(tunnel.url.removeprefix("http://").partition("@")[0].encode()).decode()
            writer.write(f"CONNECT slow.example:{port} HTTP/1.1\r\nProxy-Authorization: Basic {word}\r\n\r\n".encode())
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")

        assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()
