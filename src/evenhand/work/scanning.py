"""Asks a virus scanner of the operator's about every file before anything looks into it: clamd, by its INSTREAM command (clamd(8)).

One connection a file: `zINSTREAM\\0`, then pieces, each behind its length (32 bits, big-endian), then a length of nought. It says
`stream: OK`, `stream: NAME FOUND`, or a sentence that ends in ERROR. What is not answered by OK is not taken.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import structlog

from evenhand.core.errors import Malformed, Problem, Unavailable

log = structlog.get_logger(__name__)

Scan: TypeAlias = Callable[[bytes], Awaitable[None]]
"""Looks through the content of a file. Raises Malformed for one that must not be taken, Unavailable when nobody answers."""

SECONDS = 60.0
_PIECE_BYTES = 64 * 1024
_ANSWER_BYTES_MAX = 4096
_TOO_LONG = "INSTREAM size limit exceeded. ERROR"


async def scan_nothing(_content: bytes) -> None:
    """Where the operator has no scanner."""


def scanner_at(address: str | None, seconds: float = SECONDS) -> Scan:
    """The scanner at unix:/path or tcp:host:port; None: there is none. seconds: how long one file may take."""
    if address is None:
        return scan_nothing

    async def scan(content: bytes) -> None:
        try:
            async with asyncio.timeout(seconds):
                answer = await _asked(address, content)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            log.warning("scanner.silent", reason=type(error).__name__)
            raise Unavailable(part="virus scanner") from None
        _judge(answer)

    return scan


async def _asked(address: str, content: bytes) -> str:
    reader, writer = await _connected(address)
    try:
        is_sent = await _sent(writer, content)
        try:
            return (await reader.readuntil(b"\0"))[:-1].decode("utf-8", "replace").strip()
        except (ConnectionError, asyncio.IncompleteReadError):
            if is_sent:
                raise
            return _TOO_LONG
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def _sent(writer: asyncio.StreamWriter, content: bytes) -> bool:
    """Whether it took the whole file. clamd hangs up in the middle of one that is too long; its answer may be lost with that."""
    try:
        writer.write(b"zINSTREAM\0")
        for start in range(0, len(content), _PIECE_BYTES):
            piece = content[start : start + _PIECE_BYTES]
            writer.write(len(piece).to_bytes(4, "big") + piece)
            await writer.drain()
        writer.write(bytes(4))
        await writer.drain()
    except ConnectionError:
        return False
    return True


async def _connected(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    kind, _, place = address.partition(":")
    if kind == "unix":
        return await asyncio.open_unix_connection(place, limit=_ANSWER_BYTES_MAX)
    host, _, port = place.rpartition(":")
    return await asyncio.open_connection(host.strip("[]"), int(port), limit=_ANSWER_BYTES_MAX)


def _judge(answer: str) -> None:
    if answer == "stream: OK":
        return
    if answer.endswith(" FOUND"):
        found = answer.removeprefix("stream: ").removesuffix(" FOUND")[:100]
        log.warning("scanner.found", signature=found)
        message = f"The virus scanner of this server found {found} in it."
        raise Malformed([Problem("", "malware", message, "Clean the file where it comes from; it was not stored.")])
    if answer == _TOO_LONG:
        message = "This file is larger than the virus scanner of this server looks into."
        remedy = "Send a smaller one, or ask the operator to raise clamd's StreamMaxLength."
        raise Malformed([Problem("", "too_large", message, remedy)])
    log.warning("scanner.failed", answer=answer[:100])
    raise Unavailable(part="virus scanner")
