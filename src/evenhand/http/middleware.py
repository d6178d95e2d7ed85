"""What every request passes: an id, a limit, security headers, one log line without content, metrics."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import ClassVar
from uuid import uuid4

import structlog
from prometheus_client import Counter, Histogram
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from evenhand.boundary import problems
from evenhand.boundary.actor import Actor
from evenhand.core.errors import LimitReached, Malformed, PlatformError, Problem, TooManyRequests, UnsupportedMediaType
from evenhand.http.pace import Pace

log = structlog.get_logger("evenhand.http")

BODY_BYTES_MAX = 16 * 1024 * 1024
HEAD_BYTES_MAX = 64 * 1024
# A body that stops in its middle is given up after this long, so that silent connections do not pile up.
SILENCE_SECONDS = 60.0
# Metrics have one series a method; a caller may send any word as one.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_STREAMED = ("/tasks", "/images")
_UPLOADS = "/api/v1/uploads/"

# 'unsafe-inline' is for style attributes alone, which the component library and drawings set; scripts are our files only.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; media-src 'self' blob:; "
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


@dataclass(eq=False)
class HeadTooLarge(PlatformError):
    """The address and headers of this request are too large."""

    allowed_bytes: int
    code: ClassVar[str] = "head-too-large"
    hint: ClassVar[str] = "Send what is long in the body, and drop cookies that are not ours."


@dataclass(eq=False)
class BodyStalled(PlatformError):
    """The body of this request stopped in its middle."""

    waited_seconds: float
    code: ClassVar[str] = "body-stalled"
    hint: ClassVar[str] = "Send the request again, with the same Idempotency-Key where it had one."


class Rim:
    """The outermost layer. Plain ASGI: a framework's middleware would cost each request a task of its own."""

    def __init__(
        self, app: ASGIApp, *, is_https: bool, silence_seconds: float = SILENCE_SECONDS, pace: Pace | None = None
    ) -> None:
        self._app = app
        self._silence_seconds = silence_seconds
        self._pace = pace
        self._headers = list(HEADERS)
        if is_https:
            self._headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid4().hex[:16]
        scope.setdefault("state", {})["request_id"] = request_id
        started, status, has_begun = time.perf_counter(), 500, False

        async def answer(message: Message) -> None:
            nonlocal status, has_begun
            if message["type"] == "http.response.start":
                status, has_begun = message["status"], True
                headers = message.setdefault("headers", [])
                present = {name.lower() for name, _ in headers}
                headers.extend((name, value) for name, value in self._headers if name not in present)
                headers.append((b"x-request-id", request_id.encode()))
                headers.extend(counted)
                if scope["path"].startswith("/api/") and b"cache-control" not in present:
                    headers.append((b"cache-control", b"no-store"))
            await send(message)

        refused = _refusal(scope)
        counted: list[tuple[bytes, bytes]] = []
        if self._pace is not None and scope["path"].startswith("/api/"):
            wait_seconds, counted = self._pace.count(scope, time.monotonic())
            if wait_seconds and not refused:
                refused = TooManyRequests(retry_after_seconds=wait_seconds)
        try:
            if refused:
                await problems.respond(problems.of_error(refused, request_id))(scope, receive, answer)
            else:
                await self._app(scope, _limited(scope, receive, self._silence_seconds), answer)
        except PlatformError as error:
            if has_begun:
                raise
            await problems.respond(problems.of_error(error, request_id))(scope, receive, answer)
        except Exception as error:
            # Answered here and not further out, so that what is said of our own mistakes has an id and the headers too.
            if has_begun:
                raise
            await (await problems.unexpected(Request(scope), error))(scope, receive, answer)
        finally:
            took = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unknown")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            REQUESTS.labels(route, method, status).inc()
            SECONDS.labels(route).observe(took)
            if status >= 400 or took > 1:
                log.info(
                    "request",
                    **_who(scope),
                    request_id=request_id,
                    method=method,
                    route=route,
                    status=status,
                    ms=round(took * 1000, 1),
                )


def _who(scope: Scope) -> dict[str, str]:
    """Whoever asked, by the ids that stand for them; nothing of one who showed no credential that is known."""
    actor: Actor | None = scope["state"].get("actor")
    if actor is None:
        return {}
    return {
        "organization_id": str(actor.organization_id),
        "person_id": str(actor.person_id),
        "credential_id": str(actor.credential_id),
    }


def _is_streamed(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.endswith(_STREAMED) or path.startswith(_UPLOADS)


def _refusal(scope: Scope) -> PlatformError | None:
    """Why a request is not even read, or None."""
    size = len(scope["query_string"]) + len(scope.get("raw_path") or b"")
    length, coding = b"0", b""
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name == b"content-length":
            length = value
        elif name == b"content-encoding":
            coding = value.strip().lower()
    if b"%00" in scope["query_string"] or "\0" in scope["path"]:
        return Malformed([Problem("address", "nul_character", "This address holds a NUL character.", "Remove %00.")])
    if size > HEAD_BYTES_MAX:
        return HeadTooLarge(allowed_bytes=HEAD_BYTES_MAX)
    if coding not in (b"", b"identity"):
        # Unpacking what a stranger packed is how small requests become large ones.
        return UnsupportedMediaType(content_type=f"content-encoding {coding.decode('latin-1')}", accepted=("identity",))
    if not _is_streamed(scope) and length.isdigit() and int(length) > BODY_BYTES_MAX:
        return _too_large()
    return None


def _too_large() -> LimitReached:
    return LimitReached(limit="the bytes of a request's body", allowed=BODY_BYTES_MAX)


def _limited(scope: Scope, receive: Receive, silence_seconds: float) -> Receive:
    """Counts a body that does not say its length, and gives up one that falls silent; streams are counted where they are read."""
    may_be_large = _is_streamed(scope)
    seen, is_whole = 0, False

    async def counted() -> Message:
        nonlocal seen, is_whole
        if is_whole:
            return await receive()  # only that the caller left
        try:
            async with asyncio.timeout(silence_seconds):
                message = await receive()
        except TimeoutError:
            raise BodyStalled(waited_seconds=silence_seconds) from None
        seen += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if seen > BODY_BYTES_MAX and not may_be_large:
            raise _too_large()
        return message

    return counted
