"""Whether the server lives, whether it is ready, and its metrics. No content, no tenant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

from evenhand import __version__
from evenhand.boundary.shapes import Shape
from evenhand.core.errors import PlatformError, Unavailable
from evenhand.http import metrics

router = APIRouter(tags=["health"])


class Health(Shape):
    """This process runs."""

    status: Literal["ok"]
    version: str


class Readiness(Shape):
    """This process can do work."""

    status: Literal["ready"]


@router.get("/healthz", operation_id="health")
async def health() -> Health:
    """This process runs."""
    return {"status": "ok", "version": __version__}


@router.get("/readyz", operation_id="ready")
async def ready(request: Request) -> Readiness:
    """This process can do work: the database answers."""
    try:
        async with request.app.state.database.statement() as connection:
            await connection.fetchval("select 1")
    except Unavailable:
        raise
    except Exception as error:
        raise Unavailable(part="database") from error
    return {"status": "ready"}


@dataclass(eq=False)
class MetricsClosed(PlatformError):
    """Metrics are for this machine, or for whoever has their token."""

    code: ClassVar[str] = "metrics-closed"
    hint: ClassVar[str] = (
        "Ask from the machine itself, or set EVENHAND_METRICS_TOKEN and send it as 'Authorization: Bearer …'."
    )


@router.get("/metrics", operation_id="metrics", include_in_schema=False)
async def show_metrics(request: Request) -> Response:
    """Prometheus metrics: from loopback, or with the token."""
    state = request.app.state
    if not metrics.may_read(request, state.metrics_token):
        raise MetricsClosed()
    return Response(
        await metrics.exposition(state.database, state.clock, state.metrics_folder), media_type=CONTENT_TYPE_LATEST
    )
