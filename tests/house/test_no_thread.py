"""Routes and what they depend on run on the event loop: a plain function would be handed to a thread, which costs CPU."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIRouter

from evenhand.delivery.routes import router as delivery
from evenhand.http.health import router as health
from evenhand.insight.routes import router as insight
from evenhand.people.routes import router as people
from evenhand.walls.routes import router as walls
from evenhand.work.media_routes import router as media
from evenhand.work.queue_routes import express
from evenhand.work.queue_routes import router as queue
from evenhand.work.routes import router as work


def handed_to_a_thread(routers: list[APIRouter]) -> list[str]:
    """Routes with a function among them or their dependencies that is not a coroutine."""
    return [
        f"{route.operation_id}: {getattr(call, '__name__', call)}"
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute)
        for call in called(route.dependant)
        if not is_coroutine(call)
    ]


def called(dependant: Dependant) -> Iterator[object]:
    if dependant.call is not None:
        yield dependant.call
    for each in dependant.dependencies:
        yield from called(each)


def is_coroutine(call: object) -> bool:
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(getattr(call, "__call__", None))  # noqa: B004


def test_no_request_waits_for_a_thread() -> None:
    assert handed_to_a_thread([health, people, express, work, queue, media, walls, insight, delivery]) == []


def test_a_plain_function_would_be_found() -> None:
    router = APIRouter()

    @router.get("/plain", operation_id="plain")
    def plain() -> dict[str, str]:
        return {}

    assert handed_to_a_thread([router]) == ["plain: plain"]
