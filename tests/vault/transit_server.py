"""A Transit engine to test against, written from the documented contract, as a server of its own on loopback.

It is honest: keys with versions, AES-256-GCM with associated data, tokens, the documented status codes and words; it counts what it
was asked. And it can be told to behave badly: to hang, to answer garbage, to be sealed, to refuse a token.
"""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


@dataclass
class Engine:
    """The state of one engine. behaves: well, or hang | garbage | sealed | short | endless."""

    tokens: set[str] = field(default_factory=lambda: {"a-token"})
    keys: dict[str, list[bytes]] = field(default_factory=dict)
    least_version: int = 1
    behaves: str = "well"
    asked: Counter[str] = field(default_factory=Counter)
    address: str = ""

    def rotate(self, name: str) -> None:
        """POST /keys/:name/rotate."""
        self.keys.setdefault(name, []).append(os.urandom(32))

    def answer(self, verb: str, path: str, headers: Any, body: dict[str, Any]) -> tuple[int, Any]:
        """Status and body."""
        if self.behaves == "sealed":
            return 503, {"errors": ["Vault is sealed"]}
        if headers.get("X-Vault-Token") not in self.tokens:
            return 403, {"errors": ["permission denied"]}
        what, _, name = path.removeprefix("/v1/transit/").partition("/")
        self.asked[what] += 1
        if name not in self.keys:
            return (404, {"errors": []}) if verb == "GET" else (400, {"errors": ["encryption key not found"]})
        if (verb, what) == ("GET", "keys"):
            facts = {
                "type": "aes256-gcm96",
                "latest_version": len(self.keys[name]),
                "min_decryption_version": self.least_version,
            }
            return 200, {"data": {**facts, "supports_encryption": True, "supports_decryption": True}}
        if (verb, what) == ("POST", "encrypt"):
            return 200, {"data": self._encrypt(name, body)}
        if (verb, what) == ("POST", "decrypt"):
            return self._decrypt(name, body)
        return 405, {"errors": ["unsupported operation"]}

    def _encrypt(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        version, nonce = len(self.keys[name]), os.urandom(12)
        bound = base64.b64decode(body.get("associated_data", ""))
        sealed = AESGCM(self.keys[name][-1]).encrypt(nonce, base64.b64decode(body["plaintext"]), bound)
        return {"ciphertext": f"vault:v{version}:" + base64.b64encode(nonce + sealed).decode(), "key_version": version}

    def _decrypt(self, name: str, body: dict[str, Any]) -> tuple[int, Any]:
        vault, _, rest = str(body["ciphertext"]).partition(":v")
        number, _, text = rest.partition(":")
        if vault != "vault" or not number.isdigit():
            return 400, {"errors": ["invalid ciphertext: no prefix"]}
        if int(number) < self.least_version:
            return 400, {"errors": ["ciphertext or signature version is disallowed by policy (too old)"]}
        try:
            sealed = base64.b64decode(text)
            bound = base64.b64decode(body.get("associated_data", ""))
            plain = AESGCM(self.keys[name][int(number) - 1]).decrypt(sealed[:12], sealed[12:], bound)
        except (InvalidTag, ValueError, IndexError):
            return 400, {"errors": ["cipher: message authentication failed"]}
        if self.behaves == "short":
            plain = plain[:-1]
        return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}


@contextmanager
def transit_server() -> Iterator[Engine]:
    """A running one, with the key `evenhand`."""
    engine = Engine()
    engine.rotate("evenhand")
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.said()

        def do_POST(self) -> None:
            self.said()

        def said(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
            if engine.behaves == "hang":
                engine.asked["hang"] += 1
                ended.wait(20)
                return
            if engine.behaves == "endless":
                self.send_response(200)
                self.end_headers()
                while not ended.is_set():
                    try:
                        self.wfile.write(b"{" * 65536)
                    except OSError:
                        return
                    time.sleep(0.001)
                return
            status, answer = engine.answer(self.command, self.path, self.headers, body)
            content = b"<html>hello</html>" if engine.behaves == "garbage" else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    engine.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield engine
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
