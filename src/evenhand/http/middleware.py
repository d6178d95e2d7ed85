"""What every request passes: an id, a limit, security headers, one log line without content, metrics."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from evenhand.boundary import problems

log = structlog.get_logger("evenhand.http")

BODY_BYTES_MAX = 16 * 1024 * 1024
_STREAMED = ("/tasks", "/images", "/uploads")

# 'unsafe-inline' is for style attributes alone, which the component library and drawings set; scripts are our files only.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), interest-cohort=()"),
]

REQUESTS = Counter("evenhand_requests_total", "Requests by route and status.", ["route", "method", "status"])
SECONDS = Histogram(
    "evenhand_request_seconds",
    "Time to the last byte, by route.",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


class Rim:
    """The outermost layer. Plain ASGI: a framework's middleware would cost each request a task of its own."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self._app = app
        self._headers = list(HEADERS)
        if is_https:
            self._headers.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid4().hex[:16]
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.perf_counter(), [500]

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[0] = message["status"]
                headers = message.setdefault("headers", [])
                present = {name.lower() for name, _ in headers}
                headers.extend((name, value) for name, value in self._headers if name not in present)
                headers.append((b"x-request-id", request_id.encode()))
                if scope["path"].startswith("/api/") and b"cache-control" not in present:
                    headers.append((b"cache-control", b"no-store"))
            await send(message)

        try:
            if _is_too_large(scope):
                await _refuse_large(request_id)(scope, receive, answer)
            else:
                await self._app(scope, _limited(scope, receive), answer)
        finally:
            took = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unknown")
            REQUESTS.labels(route, scope["method"], status[0]).inc()
            SECONDS.labels(route).observe(took)
            if status[0] >= 400 or took > 1:
                log.info(
                    "request",
                    request_id=request_id,
                    method=scope["method"],
                    route=route,
                    status=status[0],
                    ms=round(took * 1000, 1),
                )


def _is_streamed(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.endswith(_STREAMED)


def _is_too_large(scope: Scope) -> bool:
    if _is_streamed(scope):
        return False
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return length.isdigit() and int(length) > BODY_BYTES_MAX


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Counts a body that does not say its length; what streams by design is limited where it is read."""
    if _is_streamed(scope):
        return receive
    seen = [0]

    async def counted() -> Message:
        message = await receive()
        if message["type"] == "http.request":
            seen[0] += len(message.get("body", b""))
            if seen[0] > BODY_BYTES_MAX:
                return {"type": "http.disconnect"}
        return message

    return counted


def _refuse_large(request_id: str) -> Any:
    body = problems.document(
        code="too-large",
        title="This request is too large.",
        hint="Send less at a time; tasks are streamed as NDJSON without such a limit.",
        detail=f"A body here has at most {BODY_BYTES_MAX} bytes.",
        request_id=request_id,
    )
    return problems.respond(body)
