"""A receiver of webhooks on loopback: keeps what comes in, answers as told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook as Verifier


@dataclass
class Receiver:
    """What came in, as (headers, body), and the statuses it answers with, the last one for good."""

    url: str = ""
    answers: list[int] = field(default_factory=lambda: [204])
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def verified(self, secret: str) -> list[dict[str, object]]:
        """Every body, once the library of Standard Webhooks believed its signature. The clock is the test's: age is not asked."""
        verifier = _Ageless(secret)
        return [verifier.verify(body, headers) for headers, body in self.received]

    def next_answer(self) -> int:
        """The status of the answer that is due."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Ageless(Verifier):
    def _Webhook__verify_timestamp(self, timestamp_header: str) -> object:
        from datetime import UTC, datetime

        return datetime.fromtimestamp(float(timestamp_header), tz=UTC)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens while the block lasts."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = receiver.next_answer()
            self.send_response(status)
            if status == 302:
                self.send_header("location", "http://127.0.0.1:1/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
