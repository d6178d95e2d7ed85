"""The witness on the network: HTTP/1.1 by h11 on asyncio. Whatever a stranger decides has a limit: sizes, times, connections."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

import h11

from evenhand.ledger.witness import Reply, Witness
from evenhand.ledger.witnessing import BODY_BYTES_MAX, PATH

HEAD_BYTES_MAX = 16 * 1024
CONNECTIONS_MAX = 128
# A request must arrive, and its answer be taken, within this; a connection may wait that long for its next request.
REQUEST_SECONDS = 10.0
IDLE_SECONDS = 75.0
_READ_BYTES = 16 * 1024


class WitnessServer:
    """Answers `POST /add-checkpoint`, and `GET /` with the witness's key."""

    def __init__(
        self,
        witness: Witness,
        say: Callable[[str], None],
        request_seconds: float = REQUEST_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        """say: takes one line for each answer to a checkpoint."""
        self._witness = witness
        self._say = say
        self._request_seconds = request_seconds
        self._idle_seconds = idle_seconds
        # Connections in the order they came; those that wait for a request make room for new ones.
        self._tasks: dict[asyncio.Task[None], _Conversation] = {}

    async def serve(self, listening: socket.socket) -> None:
        """Answer until cancelled. What was begun by then is broken off: nothing is answered that is not kept."""
        server = await asyncio.start_server(self._accept, sock=listening, limit=_READ_BYTES)
        try:
            # Not `serve_forever`: from Python 3.12 on it waits at its end for every client to go away by itself.
            await asyncio.get_running_loop().create_future()
        finally:
            server.close()
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = _Conversation(self, reader, writer)
        task = asyncio.current_task()
        assert task is not None
        self._make_room()
        self._tasks[task] = conversation
        try:
            # Whatever a client does to its connection ends that connection and nothing else.
            with suppress(OSError, TimeoutError, asyncio.CancelledError):
                await conversation.hold()
        finally:
            del self._tasks[task]
            writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await writer.wait_closed()

    def _make_room(self) -> None:
        """End the connection that has waited longest for a request, or else the oldest."""
        staying = [task for task in self._tasks if not task.cancelling()]
        if len(staying) >= CONNECTIONS_MAX:
            next((task for task in staying if self._tasks[task].is_idle), staying[0]).cancel()

    def answer(self, method: bytes, target: bytes, body: bytes) -> Reply:
        """The answer to one whole request."""
        path = target.partition(b"?")[0].decode("ascii", "replace")
        if path == PATH:
            if method != b"POST":
                return Reply(405, b"Send a checkpoint with POST.\n", "")
            reply = self._witness.add_checkpoint(body)
            self._say(reply.event)
            return reply
        if path == "/" and method in (b"GET", b"HEAD"):
            return Reply(200, f"{self._witness.key}\n".encode(), "")
        return Reply(404, f"A witness answers at {PATH}.\n".encode(), "")

    @property
    def request_seconds(self) -> float:
        """How long a request may take."""
        return self._request_seconds

    @property
    def idle_seconds(self) -> float:
        """How long a connection may wait for its next request."""
        return self._idle_seconds


class _Conversation:
    """One connection and the requests on it, one after the other."""

    def __init__(self, server: WitnessServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES_MAX)
        self.is_idle = True

    async def hold(self) -> None:
        """Answer until either side is done. Raises OSError and TimeoutError for a client that went away or is too slow."""
        try:
            while True:
                self.is_idle = True
                async with asyncio.timeout(self._server.idle_seconds):
                    if not self._http.trailing_data[0]:
                        self._http.receive_data(await self._reader.read(_READ_BYTES))
                self.is_idle = False
                async with asyncio.timeout(self._server.request_seconds):
                    if not await self._answer_next():
                        return
                self._http.start_next_cycle()
        except h11.RemoteProtocolError as error:
            await self._refuse(error.error_status_hint, "This is no HTTP request that is taken here.\n")

    async def _answer_next(self) -> bool:
        """Read one request and answer it; whether another may follow."""
        request = await self._next_event()
        if not isinstance(request, h11.Request):
            return False
        body = bytearray()
        while not isinstance(event := await self._next_event(), h11.EndOfMessage):
            if not isinstance(event, h11.Data):
                return False
            body += event.data
            if len(body) > BODY_BYTES_MAX:
                await self._refuse(413, f"A checkpoint with its proof has at most {BODY_BYTES_MAX} bytes.\n")
                return False
        reply = self._server.answer(request.method, request.target, bytes(body))
        await self._send(reply.status, reply.body, reply.content_type, is_head=request.method == b"HEAD")
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE

    async def _next_event(self) -> h11.Event | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                await self._write(self._http.send(h11.InformationalResponse(status_code=100, headers=[])))
            self._http.receive_data(await self._reader.read(_READ_BYTES))
        assert not isinstance(event, type) or event is h11.PAUSED
        return event

    async def _send(self, status: int, body: bytes, content_type: str, *, is_head: bool = False) -> None:
        headers = [
            ("content-type", content_type),
            ("content-length", str(len(body))),
            ("cache-control", "no-store"),
            *([("allow", "POST")] if status == 405 else []),
        ]
        parts = [self._http.send(h11.Response(status_code=status, headers=headers))]
        if not is_head:
            parts.append(self._http.send(h11.Data(data=body)))
        parts.append(self._http.send(h11.EndOfMessage()))
        await self._write(b"".join(each for each in parts if each))

    async def _refuse(self, status: int, reason: str) -> None:
        """Answer what was never a whole request, if an answer is still possible, and take nothing more."""
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = reason.encode()
            headers = [
                ("content-type", "text/plain; charset=utf-8"),
                ("content-length", str(len(body))),
                ("connection", "close"),
            ]
            response = self._http.send(h11.Response(status_code=status, headers=headers)) or b""
            await self._write(response + (self._http.send(h11.Data(data=body)) or b""))

    async def _write(self, content: bytes | None) -> None:
        self._writer.write(content or b"")
        await self._writer.drain()
