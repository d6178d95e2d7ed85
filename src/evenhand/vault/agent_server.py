"""The release agent over HTTP: three small verbs, JSON in and out, a shared token. An ASGI application without a framework."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

from evenhand.core.canonical import read_json
from evenhand.core.errors import Malformed
from evenhand.store.clock import Clock
from evenhand.vault.agent import AgentRefuses, ReleaseAgent
from evenhand.vault.key_service import KeyServiceUnavailable, WrapDoesNotOpen

_BODY_BYTES_MAX = 512 << 10
_STATUS = {"too-early": 409, "too-many": 429, "not-counted": 503}
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class AgentServer:
    """POST /v1/wrap, /v1/rewrap and /v1/unwrap, GET /v1/check."""

    def __init__(self, agent: ReleaseAgent, token: str, clock: Clock) -> None:
        self._agent = agent
        self._token = token
        self._clock = clock

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        status, body = await self._answer(scope, receive)
        content = json.dumps(body).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, scope: dict[str, Any], receive: Receive) -> tuple[int, dict[str, Any]]:
        shown = dict(scope["headers"]).get(b"authorization", b"").removeprefix(b"Bearer ")
        if not hmac.compare_digest(shown, self._token.encode()):
            return 401, {"why": "no-token"}
        if (scope["method"], scope["path"]) == ("GET", "/v1/check"):
            return 200, {"status": "ok"}
        if scope["method"] != "POST" or scope["path"] not in ("/v1/wrap", "/v1/rewrap", "/v1/unwrap"):
            return 404, {"why": "no-such-verb"}
        try:
            asked = read_json(await _body(receive))
            bound = base64.b64decode(asked["binding"], validate=True)
            if scope["path"] == "/v1/wrap":
                secret = base64.b64decode(asked["secret"], validate=True)
                return 200, {"wrapped": _text(await self._agent.wrap(secret, bound))}
            wrapped = base64.b64decode(asked["wrapped"], validate=True)
            if scope["path"] == "/v1/rewrap":
                return 200, {"wrapped": _text(await self._agent.rewrap(wrapped, bound, self._clock.now()))}
            proof = base64.b64decode(asked["proof"], validate=True)
            entry = base64.b64decode(asked["entry"], validate=True)
            secret = await self._agent.unwrap(wrapped, bound, entry, proof, self._clock.now())
            return 200, {"secret": _text(secret)}
        except AgentRefuses as error:
            return _STATUS.get(error.why, 403), {"why": error.why, "detail": error.detail}
        except WrapDoesNotOpen:
            return 422, {"why": "does-not-open"}
        except KeyServiceUnavailable as error:
            return 503, {"why": error.reason}
        except (Malformed, ValueError, KeyError, TypeError):
            return 400, {"why": "malformed"}


async def _body(receive: Receive) -> bytes:
    content = bytearray()
    while True:
        message = await receive()
        content += message.get("body", b"")
        if len(content) > _BODY_BYTES_MAX:
            raise ValueError("too long a body")
        if not message.get("more_body"):
            return bytes(content)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
