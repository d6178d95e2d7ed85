"""The guard for outbound addresses: what it judges, that it connects where it judged, and what it leaves to the other side."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.boundary.outbound import Guard, OutboundFailed, OutboundRefused, is_public, may_reach, read_url
from servers import certificate, listening

LOOPBACK = (ip_network("127.0.0.0/8"),)
OK = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 5\r\n\r\nhello"


# ------------------------------------------------------------------------------------------------------- the decision --
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_private_reserved_and_special_addresses_are_refused(address: str) -> None:
    assert not may_reach(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",  # mapped
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1",  # translated
        "2002:7f00:1::", "2002:a00:1::1",  # 6to4
        "2001:0:1::f5ff:fffe",  # Teredo of 10.0.0.1
    ],
)  # fmt: skip
def test_a_private_address_inside_another_is_refused(address: str) -> None:
    assert not may_reach(ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700::6810:84e5", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_may_be_reached(address: str) -> None:
    assert may_reach(ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_address_counts_the_same_plain_and_mapped(address: object) -> None:
    assert is_public(ip_address(f"::ffff:{address}")) == is_public(ip_address(str(address)))


def test_a_listed_network_may_be_reached_and_nothing_beside_it() -> None:
    listed = (ip_network("10.20.0.0/16"), ip_network("fd00::/8"))

    assert may_reach(ip_address("10.20.3.4"), listed)
    assert may_reach(ip_address("::ffff:10.20.3.4"), listed)
    assert may_reach(ip_address("fd00::1"), listed)
    assert not may_reach(ip_address("10.21.0.1"), listed)
    assert not may_reach(ip_address("169.254.169.254"), listed)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org/a", "https://"),
        ("file:///etc/passwd", "https://"),
        ("//example.org/a", "https://"),
        ("https:///a", "https://"),
        ("gopher://example.org", "https://"),
        ("https://user:pass@example.org/", "password"),
        ("https://example.org:22/", "port 22"),
        ("http://example.org:25/", "port 25"),
        ("http://exa mple.org/", "no address"),
        ("http://[::1/", "no address"),
        ("http://example.org:99999/", "port 99999"),
        ("", "https://"),
        ("http://ex\x00ample.org/", "no address"),
    ],
)
def test_an_address_that_is_none_for_the_web_is_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(OutboundRefused) as refused:
        read_url(url)

    assert reason in refused.value.reason


@given(st.text(max_size=60))
def test_whatever_is_given_as_an_address_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(OutboundRefused):
        assert read_url(text).scheme in ("http", "https")


# ---------------------------------------------------------------------------------------------------------- the guard --
async def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    guard = Guard(resolve=_answering("8.8.8.8", "10.0.0.1"))

    with pytest.raises(OutboundRefused):
        await guard.destination("mixed.example", 443)


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "017700000001", "[::1]"])
async def test_every_spelling_of_loopback_is_refused(host: str) -> None:
    with pytest.raises((OutboundRefused, OutboundFailed)):
        await Guard().send("GET", f"http://{host}:8080/")


async def test_a_name_that_leads_nowhere_is_told() -> None:
    async def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(OutboundFailed, match="leads nowhere"):
        await Guard(resolve=nowhere).send("GET", "https://nowhere.example/")


async def test_the_connection_goes_to_the_address_that_was_judged_and_the_name_is_looked_up_once() -> None:
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        # The second look-up would lead elsewhere.
        return ["127.0.0.1"] if len(asked) == 1 else ["10.255.255.1"]

    async with _server(OK) as (port, heard):
        answered = await Guard(LOOPBACK, rebinding).send("GET", f"http://rebinding.example:{port}/a?b=c")

    assert answered.status == 200
    assert answered.content == b"hello"
    assert answered.media_type == "text/plain"
    assert asked == ["rebinding.example"]
    assert heard[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert f"host: rebinding.example:{port}\r\n".encode() in heard[0].lower()


async def test_a_refused_address_is_never_connected_to() -> None:
    async with _server(OK) as (port, heard):
        with pytest.raises(OutboundRefused, match="private or reserved"):
            await Guard(resolve=_answering("127.0.0.1")).send("POST", f"http://inside.example:{port}/", content=b"x")

    assert heard == []


async def test_a_request_carries_its_body_and_headers() -> None:
    async with _server(OK) as (port, heard):
        guard = Guard(LOOPBACK, _answering("127.0.0.1"))
        await guard.send("POST", f"http://hook.example:{port}/in", headers={"x-signature": "t=1"}, content=b'{"a":1}')

    assert heard[0].startswith(b"POST /in HTTP/1.1\r\n")
    assert b"x-signature: t=1\r\n" in heard[0].lower()
    assert heard[0].endswith(b'\r\n\r\n{"a":1}')


async def test_a_redirect_is_not_followed() -> None:
    elsewhere = b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest/meta-data/\r\ncontent-length: 0\r\n\r\n"
    async with _server(elsewhere) as (port, heard):
        guard = Guard(LOOPBACK, _answering("127.0.0.1"))
        assert (await guard.send("GET", f"http://moved.example:{port}/")).status == 302
        with pytest.raises(OutboundFailed, match="redirects are not followed"):
            await guard.fetch(f"http://moved.example:{port}/", bytes_max=100)

    assert len(heard) == 2


async def test_more_than_the_size_is_cut_and_a_fetch_of_it_fails() -> None:
    endless = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n" + b"x" * 200_000
    async with _server(endless) as (port, _):
        guard = Guard(LOOPBACK, _answering("127.0.0.1"))
        answered = await guard.send("GET", f"http://large.example:{port}/", bytes_max=1000)
        with pytest.raises(OutboundFailed, match="more than 1000 bytes"):
            await guard.fetch(f"http://large.example:{port}/", bytes_max=1000)

    assert len(answered.content) == 1000
    assert not answered.is_whole


async def test_a_compressed_answer_is_not_unpacked() -> None:
    packed = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc"
    async with _server(packed) as (port, _):
        with pytest.raises(OutboundFailed, match="compressed"):
            await Guard(LOOPBACK, _answering("127.0.0.1")).send("GET", f"http://packed.example:{port}/")


async def test_a_slow_answer_ends_at_the_time_given() -> None:
    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100):
            writer.write(b".")
            await asyncio.sleep(0.05)

    async with listening(dripping) as port:
        began = asyncio.get_running_loop().time()
        with pytest.raises(OutboundFailed, match="it took longer"):
            await Guard(LOOPBACK, _answering("127.0.0.1")).send("GET", f"http://slow.example:{port}/", seconds=0.3)

    assert asyncio.get_running_loop().time() - began < 2


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort"]
)
async def test_an_answer_that_is_none_is_told_as_a_failure(answer: bytes) -> None:
    async with _server(answer) as (port, _):
        with pytest.raises(OutboundFailed):
            await Guard(LOOPBACK, _answering("127.0.0.1")).send("GET", f"http://broken.example:{port}/")


async def test_the_certificate_must_be_the_hosts_though_the_address_is_connected_to(tmp_path: Path) -> None:
    server_side, client_side = certificate(tmp_path, "signed.example")
    async with _server(OK, server_side) as (port, _):
        guard = Guard(LOOPBACK, _answering("127.0.0.1"), lambda: client_side)

        answered = await guard.send("GET", f"https://signed.example:{port}/")
        with pytest.raises(OutboundFailed, match="certificate"):
            await guard.send("GET", f"https://other.example:{port}/")

    assert answered.content == b"hello"


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    server_side, _ = certificate(tmp_path, "signed.example")
    async with _server(OK, server_side) as (port, _):
        with pytest.raises(OutboundFailed, match="certificate"):
            await Guard(LOOPBACK, _answering("127.0.0.1")).send("GET", f"https://signed.example:{port}/")


async def test_a_client_of_the_guard_refuses_too() -> None:
    async with Guard(resolve=_answering("192.168.0.1")).client() as client:
        with pytest.raises(OutboundRefused):
            await client.get("http://router.example/")
        assert isinstance(client, httpx.AsyncClient)


# ---------------------------------------------------------------------------------------------------------- the world --
def _answering(*addresses: str) -> Callable[[str, int], Awaitable[list[str]]]:
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


@asynccontextmanager
async def _server(answer: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that answers every request with these bytes and keeps what it heard."""
    heard: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line), 0
        )
        heard.append(head + await reader.readexactly(length))
        writer.write(answer)
        await writer.drain()

    async with listening(handler, tls) as port:
        yield port, heard


# ------------------------------------------------------------------------------------------------------ the allow-list --
@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [
        ("hooks.example.org", True),
        ("HOOKS.example.org.", True),
        ("a.b.partner.example", True),
        ("partner.example", False),
        ("evilpartner.example", False),
        ("hooks.example.org.evil.test", False),
        ("8.8.8.8", False),
    ],
)
async def test_where_hosts_are_listed_no_other_is_asked(host: str, is_allowed: bool) -> None:
    looked_up: list[str] = []

    async def resolve(name: str, _: int) -> list[str]:
        looked_up.append(name)
        return ["8.8.8.8"]

    guard = Guard(resolve=resolve, hosts=("hooks.example.org", ".Partner.example"))

    if is_allowed:
        assert (await guard.destination(host, 443)).address == "8.8.8.8"
    else:
        with pytest.raises(OutboundRefused, match="not among the hosts"):
            await guard.destination(host, 443)
        assert looked_up == [], "not even its name is asked for"


async def test_a_listed_host_in_a_private_network_needs_that_network_listed_too() -> None:
    guard = Guard(resolve=_answering("10.0.0.1"), hosts=("inside.example",))

    with pytest.raises(OutboundRefused, match="private"):
        await guard.destination("inside.example", 443)
