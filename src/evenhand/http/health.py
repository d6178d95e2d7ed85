"""Whether the server lives, whether it is ready, and its metrics. No content, no tenant."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from evenhand import __version__
from evenhand.boundary.shapes import Shape
from evenhand.core.errors import Unavailable

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


@router.get("/metrics", operation_id="metrics", include_in_schema=False)
async def metrics(request: Request) -> Any:
    """Prometheus metrics of this process; to be scraped from inside."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
