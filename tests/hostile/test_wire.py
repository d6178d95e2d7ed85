"""Bytes that break off, never end, or are no HTTP at all: the server gives up what it must and goes on serving others."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from refusals import Target

from evenhand.http.middleware import BODY_BYTES_MAX, Rim
from serving import Installation


def talk(installation: Installation, *parts: bytes, end: bool = True) -> bytes:
    """Send bytes as they are; what came back until the server closed, or fell silent for some seconds."""
    at = urlsplit(installation.url)
    with socket.create_connection((at.hostname, at.port or 80), timeout=30) as connection:
        with suppress(OSError):  # it may close before all is sent: what it said until then counts
            for part in parts:
                connection.sendall(part)
            if end:
                connection.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while block := connection.recv(65536):
                received += block
                connection.settimeout(5)
        except (TimeoutError, ConnectionResetError):
            pass
    return received


def head(installation: Installation, path: str, *headers: str, method: str = "POST") -> bytes:
    signed = f"Authorization: Bearer {installation.key}"
    lines = [f"{method} {path} HTTP/1.1", "Host: evenhand", signed, "Content-Type: application/json", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def still_serves(clients: dict[str, httpx.Client]) -> bool:
    return clients["owner"].get("/readyz").status_code == 200


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\0" * 10_000,
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    ],
)
def test_what_is_no_http_is_refused_and_harms_nobody(
    installation: Installation, clients: dict[str, httpx.Client], garbage: bytes
) -> None:
    received = talk(installation, garbage)

    assert b" 500 " not in received.split(b"\r\n")[0]
    assert still_serves(clients)


def test_a_request_that_hides_another_one_is_refused(installation: Installation) -> None:
    smuggled = b"0\r\n\r\nGET /api/v1/projects HTTP/1.1\r\nHost: x\r\n\r\n"

    both = head(installation, "/api/v1/projects", f"Content-Length: {len(smuggled)}", "Transfer-Encoding: chunked")
    received = talk(installation, both, smuggled)

    assert received.count(b"HTTP/1.1 ") <= 1
    assert b" 200 " not in received.split(b"\r\n")[0]


def test_a_body_that_breaks_off_stores_nothing(
    installation: Installation, target: Target, clients: dict[str, httpx.Client]
) -> None:
    body = json.dumps({"name": "Half a project", "preset": {"preset": "text-classification"}}).encode()

    talk(installation, head(installation, "/api/v1/projects", f"Content-Length: {len(body) + 10}"), body)
    talk(installation, head(installation, "/api/v1/projects", "Transfer-Encoding: chunked"), b"%x\r\n" % 500 + body)

    listed = clients["owner"].get("/api/v1/projects?limit=500").json()["items"]
    assert "Half a project" not in {each["name"] for each in listed}


def test_an_import_that_breaks_off_in_a_row_leaves_whole_rows_alone(
    installation: Installation, clients: dict[str, httpx.Client]
) -> None:
    made = clients["owner"].post(
        "/api/v1/projects", json={"name": "Broken", "preset": {"preset": "text-classification"}}
    )
    project = f"/api/v1/projects/{made.json()['id']}"
    rows = b'{"text": "whole"}\n{"text": "ha'

    talk(installation, head(installation, f"{project}/tasks", "Content-Length: 1000"), rows)

    assert clients["owner"].get(f"{project}/tasks").json()["items"] == []
    assert clients["owner"].get(f"{project}/batches").json()["items"] == []


def test_chunks_without_end_are_refused_at_the_limit(
    installation: Installation, clients: dict[str, httpx.Client]
) -> None:
    chunk = b"%x\r\n" % 65536 + b" " * 65536 + b"\r\n"
    chunks = [chunk] * (BODY_BYTES_MAX // 65536 + 2)

    received = talk(
        installation, head(installation, "/api/v1/projects", "Transfer-Encoding: chunked"), *chunks, end=False
    )

    assert received.startswith(b"HTTP/1.1 413 "), received[:200]
    assert b'"code": "limit-reached"' in received
    assert still_serves(clients)


def test_a_thousand_headers_are_refused(installation: Installation, clients: dict[str, httpx.Client]) -> None:
    headers = [f"X-Header-{number}: {'x' * 100}" for number in range(1000)]

    received = talk(installation, head(installation, "/api/v1/projects", *headers, method="GET"))

    assert received.startswith(b"HTTP/1.1 431 "), received[:200]
    assert still_serves(clients)


async def test_a_body_that_falls_silent_is_given_up() -> None:
    """In this process, because the real limit is a minute."""

    async def reads_its_body(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass

    parts = [{"type": "http.request", "body": b'{"name":', "more_body": True}]

    async def receive() -> Any:
        if parts:
            return parts.pop()
        return await asyncio.get_running_loop().create_future()

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/v1/projects", "query_string": b"", "headers": []}
    rim = Rim(reads_its_body, is_https=False, silence_seconds=0.05)

    await rim(scope, receive, send)

    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (408, "body-stalled")
