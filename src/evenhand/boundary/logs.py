"""Logs without content: JSON lines that say what failed and where, never with which values.

A message of an exception may quote a row, a frame's variables hold whole requests with their keys. Of an exception the log
therefore gets its type, the state PostgreSQL gives it, and the places it went through; the request id joins it to the answer.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import structlog

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_PLACES_MAX = 40
_EVENT_LENGTH_MAX = 200


def told(error: BaseException) -> list[dict[str, Any]]:
    """An exception and what led to it, the outermost first: types and places."""
    found: list[dict[str, Any]] = []
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        said: dict[str, Any] = {"type": f"{type(each).__module__}.{type(each).__qualname__}"}
        if state := getattr(each, "sqlstate", None):
            said["sqlstate"] = state
        found.append({**said, "at": _places(each.__traceback__)})
        if isinstance(each, BaseExceptionGroup):
            found.extend(one for inner in each.exceptions for one in told(inner))
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return found


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_PLACES_MAX:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def configure(level: str) -> None:
    """JSON lines on standard error, for our own loggers and for those of libraries."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_values,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line())
    logging.basicConfig(handlers=[handler], level=max(LEVELS[level], logging.WARNING), force=True)
    sys.excepthook = _crashed


def _crashed(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    structlog.get_logger(__name__).error("process.crashed", exc_info=error)


def _without_values(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = told(error)
    return event


class _Line(logging.Formatter):
    """What a library logs: the first line of its template, without the values that go into it, which may be content."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON line."""
        line: dict[str, Any] = {
            "event": str(record.msg).strip().partition("\n")[0][:_EVENT_LENGTH_MAX],
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = told(record.exc_info[1])
        return json.dumps(line)
