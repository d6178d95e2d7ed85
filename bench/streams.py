"""Streams in and out over one plain connection: the client must cost as little as possible beside what it measures."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from bench.installation import Installation, rows

_BLOCK_ROWS = 5_000


def connected(place: Installation) -> http.client.HTTPConnection:
    """A connection to the web server."""
    parts = urlsplit(place.url)
    return http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=600)


def ndjson(count: int) -> Iterator[bytes]:
    """`count` rows of about 100 bytes, in blocks of 5,000; made before they are sent, so that making them is not measured."""
    block = "".join(json.dumps(row) + "\n" for row in rows(_BLOCK_ROWS)).encode()
    whole, rest = divmod(count, _BLOCK_ROWS)
    for _ in range(whole):
        yield block
    if rest:
        yield "".join(json.dumps(row) + "\n" for row in rows(rest)).encode()


def import_rows(place: Installation, project: str, count: int) -> dict[str, Any]:
    """Stream rows into a project as NDJSON; the server's report."""
    connection = connected(place)
    try:
        connection.request(
            "POST",
            f"/api/v1/projects/{project}/tasks",
            body=ndjson(count),
            headers={
                "Authorization": f"Bearer {place.admin_key}",
                "Content-Type": "application/x-ndjson",
                "Idempotency-Key": str(uuid4()),
            },
            encode_chunked=True,
        )
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content[:500]
        report: dict[str, Any] = json.loads(content)
        return report
    finally:
        connection.close()


def read_all(place: Installation, path: str) -> tuple[int, int]:
    """(bytes, lines) of an answer, read block by block and thrown away."""
    connection = connected(place)
    try:
        connection.request("GET", f"/api/v1{path}", headers={"Authorization": f"Bearer {place.admin_key}"})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()[:500]
        size = lines = 0
        while block := answer.read(1 << 20):
            size += len(block)
            lines += block.count(b"\n")
        return size, lines
    finally:
        connection.close()
