"""A way out for libraries that open their own connections: a proxy on loopback, behind which the guard for addresses stands.

Such a library resolves names by itself and follows redirects, so judging an address beforehand would say nothing about where it
connects. Given this as its proxy, each of its connections is judged and pinned here, those after a redirect too. Only who knows the
tunnel's password may pass, and it lives no longer than what it was opened for.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from evenhand.boundary.outbound import CONNECT_SECONDS, Guard, OutboundFailed, OutboundRefused
from evenhand.core.errors import PlatformError

_HEAD_BYTES_MAX = 64 * 1024
_BLOCK = 64 * 1024
# A connection over which nothing comes for so long is given up.
_SILENCE_SECONDS = 60.0
_DROPPED = ("proxy-authorization", "proxy-connection", "connection", "keep-alive")


class Tunnel:
    """The proxy, for as long as it is entered. refused: the last address that was not let through, to say so plainly."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._password = secrets.token_urlsafe(24)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.refused: PlatformError | None = None

    @property
    def url(self) -> str:
        """What the library is given as its proxy."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return f"http://evenhand:{self._password}@127.0.0.1:{port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_HEAD_BYTES_MAX)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            await self._pass(head, reader, writer)
        except (TimeoutError, OSError, EOFError, asyncio.LimitOverrunError, ValueError):
            pass
        except asyncio.CancelledError:
            pass  # the tunnel was left: nobody waits for this connection
        finally:
            writer.close()

    async def _pass(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request, *lines = head.decode("latin-1").split("\r\n")
        headers = [line.partition(":")[::2] for line in lines if ":" in line]
        if not self._is_ours(headers):
            await _answer(writer, "407 Proxy Authentication Required")
            return
        method, target, _ = request.split(" ", 2)
        try:
            host, port, first = _where(method, target, headers)
            destination = await self._guard.destination(host, port)
            async with asyncio.timeout(CONNECT_SECONDS):
                there, out = await asyncio.open_connection(destination.address, destination.port)
        except (OutboundRefused, OutboundFailed) as error:
            self.refused = error
            await _answer(writer, "403 Forbidden" if isinstance(error, OutboundRefused) else "502 Bad Gateway")
            return
        except (OSError, TimeoutError):
            await _answer(writer, "502 Bad Gateway")
            return
        try:
            if first is None:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                out.write(first)
            await _joined(reader, writer, there, out)
        finally:
            out.close()

    def _is_ours(self, headers: list[tuple[str, str]]) -> bool:
        wanted = base64.b64encode(f"evenhand:{self._password}".encode()).decode()
        shown = next((value.strip() for name, value in headers if name.lower() == "proxy-authorization"), "")
        return secrets.compare_digest(shown.encode(), f"Basic {wanted}".encode())


def _where(method: str, target: str, headers: list[tuple[str, str]]) -> tuple[str, int, bytes | None]:
    """(host, port, what is sent first): nothing for CONNECT, else the request as a server expects it, one a connection."""
    if method == "CONNECT":
        host, _, port = target.rpartition(":")
        return host.strip("[]"), int(port), None
    url = urlsplit(target)
    if url.scheme != "http" or not url.hostname:
        raise OutboundRefused(address=target[:100], reason="it does not begin with http://")
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    kept = [f"{name}:{value}" for name, value in headers if name.lower() not in _DROPPED]
    first = "\r\n".join([f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""])
    return url.hostname, url.port or 80, first.encode("latin-1")


async def _answer(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()


async def _joined(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, there: asyncio.StreamReader, out: asyncio.StreamWriter
) -> None:
    """Bytes both ways until the other side has said all, or nobody says anything."""
    sending = asyncio.create_task(_copied(reader, out))
    try:
        await _copied(there, writer)
    finally:
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError):
            await sending


async def _copied(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while True:
        async with asyncio.timeout(_SILENCE_SECONDS):
            block = await source.read(_BLOCK)
        if not block:
            return
        sink.write(block)
        await sink.drain()
