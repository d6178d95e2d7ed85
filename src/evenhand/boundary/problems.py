"""Errors as RFC 9457 problem documents: one table from error code to status, and the handlers that apply it.

The document holds what the error declares and nothing else; inner causes go to the log, joined by the request id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from evenhand.core.canonical import escape_pointer
from evenhand.core.errors import PlatformError, Problem, shortened

MEDIA_TYPE = "application/problem+json"

# What pydantic calls a value of another type than the one that is asked for.
_REMEDIES = {
    "int_type": "Send a whole number, without quotes.",
    "int_from_float": "Send a whole number.",
    "float_type": "Send a number, without quotes.",
    "bool_type": "Send true or false, without quotes.",
    "string_type": "Send a text.",
}
# What is not listed is 400: the caller can mend it.
STATUS: dict[str, int] = {
    "not-signed-in": 401,
    "wrong-password": 401,
    "passkey-refused": 401,
    "single-sign-on-refused": 401,
    "no-account": 403,
    "break-glass-forbidden": 403,
    "not-operator": 403,
    "not-confirmed": 403,
    "passkey-required": 403,
    "not-allowed": 403,
    "forged-request": 403,
    "needs-session": 403,
    "walled": 403,
    "not-a-member": 403,
    "quota-reached": 403,
    "metrics-closed": 403,
    "skill-missing": 403,
    "removed-from-project": 403,
    "another-person-needed": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "body-stalled": 408,
    "conflict": 409,
    "passkeys-unavailable": 409,
    "lease-expired": 409,
    "already-answered": 409,
    "lease-revoked": 409,
    "not-yours": 409,
    "project-paused": 409,
    "check-missing": 409,
    "checker-weak": 409,
    "compatibility-unconfirmed": 409,
    "upload-refused": 403,
    "link-used": 410,
    "precondition-failed": 412,
    "too-large": 413,
    "limit-reached": 413,
    "unsupported-media-type": 415,
    "range-not-satisfiable": 416,
    "on-hold": 423,
    "malformed": 422,
    "answer-refused": 422,
    "gold-refused": 422,
    "ontology-refused": 422,
    "import-refused": 422,
    "too-many-requests": 429,
    "head-too-large": 431,
    "platform-error": 500,
    "media-damaged": 500,
    "log-damaged": 500,
    "does-not-open": 500,
    "unavailable": 503,
    "key-service-unavailable": 503,
    "storage-full": 507,
}

_BY_STATUS = {400: "malformed", 401: "not-signed-in", 403: "not-allowed", 404: "not-found", 405: "method-not-allowed",
              413: "too-large", 415: "unsupported-media-type", 429: "too-many-requests", 503: "unavailable"}  # fmt: skip

log = structlog.get_logger(__name__)


def document(
    *, code: str, title: str, hint: str, detail: str, request_id: str, facts: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The members of one problem document."""
    body: dict[str, Any] = {
        "type": f"/docs/reference/errors.html#{code}",
        "title": title,
        "status": STATUS.get(code, 400),
        "detail": shortened(detail, 2000),
        "code": code,
        "hint": hint,
        "request_id": request_id,
    }
    return {**body, **{name: value for name, value in (facts or {}).items() if name not in body}}


def respond(body: Mapping[str, Any]) -> Response:
    """The problem as an answer, with the headers its status asks for."""
    headers = {"cache-control": "no-store"}
    if "retry_after_seconds" in body:
        headers["retry-after"] = str(body["retry_after_seconds"])
    if body["status"] == 401:
        headers["www-authenticate"] = "Bearer"
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, status_code=body["status"], media_type=MEDIA_TYPE, headers=headers)


def of_error(error: PlatformError, request_id: str) -> dict[str, Any]:
    """The problem document of one of our errors."""
    title = (type(error).__doc__ or error.code).strip().splitlines()[0]
    return document(
        code=error.code,
        title=title,
        hint=error.hint,
        detail=str(error),
        request_id=request_id,
        facts=error.facts(),
    )


def install(app: FastAPI) -> None:
    """Answer every error of this application with a problem document."""
    app.add_exception_handler(PlatformError, _platform_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(Exception, unexpected)


def answer(request: Request, error: PlatformError) -> Response:
    """One of our errors as an answer; what is our own failure goes to the log."""
    body = of_error(error, _request_id(request))
    if body["status"] >= 500:
        log.error("request.failed", code=error.code, exc_info=error)
    return respond(body)


async def _platform_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, PlatformError)
    return answer(request, error)


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [_of_pydantic(each) for each in error.errors()]
    body = document(
        code="malformed",
        title="What was sent cannot be read.",
        hint="Mend the places named in problems and send it again; nothing was stored.",
        detail="; ".join(f"{p.pointer or '/'}: {p.message}" for p in problems[:3]),
        request_id=_request_id(request),
        facts={"problems": [problem.as_json() for problem in problems]},
    )
    return respond(body)


def _of_pydantic(error: Mapping[str, Any]) -> Problem:
    where: Sequence[Any] = error.get("loc", ())
    kind, *path = where or ("body",)
    pointer = "".join("/" + escape_pointer(str(each)) for each in path)
    if kind != "body":
        pointer = f"{kind}:{'.'.join(str(each) for each in path)}"
    code = {"missing": "missing_field", "extra_forbidden": "unknown_field", "json_invalid": "bad_json"}.get(
        error.get("type", ""), "bad_value"
    )
    remedy = {
        "missing_field": "Add it.",
        "unknown_field": "Remove it, or check its spelling.",
        "bad_json": "Send valid JSON.",
    }.get(code) or _REMEDIES.get(error.get("type", ""), "Send a value of the kind the reference names.")
    return Problem(pointer, code, str(error.get("msg", "This value does not fit.")) + ".", remedy)


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _BY_STATUS.get(error.status_code, "malformed")
    hints = {
        "not-found": "Check the address; the API's paths are listed in /openapi.json.",
        "method-not-allowed": "Use one of the methods the reference lists for this address.",
    }
    body = document(
        code=code,
        title=str(error.detail),
        hint=hints.get(code, "Check the request against the reference."),
        detail=f"{request.method} {request.url.path}: {error.detail}.",
        request_id=_request_id(request),
    )
    body["status"] = error.status_code if error.status_code >= 400 else 400
    response = respond(body)
    if allow := (error.headers or {}).get("Allow"):
        response.headers["allow"] = allow
    return response


async def unexpected(request: Request, error: Exception) -> Response:
    """What is said of a mistake of ours: nothing of what went wrong, which goes into the log under the request's id."""
    log.error("request.crashed", exc_info=error)
    body = document(
        code="platform-error",
        title="This is our mistake.",
        hint="Try again; if it happens twice, give the request id to the operator.",
        detail="The server could not finish this request. Nothing half-done was kept.",
        request_id=_request_id(request),
    )
    return respond(body)


def _request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))
