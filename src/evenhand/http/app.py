"""The application: the rooms' routes behind one rim. `bootstrap` hands the services in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI

from evenhand import __version__
from evenhand.boundary import problems
from evenhand.boundary.express import Express, ExpressRoute
from evenhand.http import docs, health, pages
from evenhand.http.contract import contract
from evenhand.http.middleware import Rim
from evenhand.http.pace import Pace

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def make_app(
    routers: Sequence[APIRouter], lifespan: Lifespan, *, public_url: str, requests_per_minute: int = 0
) -> FastAPI:
    """The whole web application; `lifespan` fills app.state with services before the first request."""

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        async with lifespan(app):
            yield

    app = FastAPI(
        title="Evenhand",
        version=__version__,
        summary="The neutral data-labeling platform.",
        lifespan=living,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        responses={"4XX": {"description": "A problem document (RFC 9457)."}},
    )
    app.openapi = lambda: contract(app)  # type: ignore[method-assign]
    app.state.public_url = public_url
    app.state.is_https = public_url.startswith("https://")
    problems.install(app)
    for router in (health.router, *routers, docs.router, pages.router):
        app.include_router(router)
    express = [route for router in routers for route in router.routes if isinstance(route, ExpressRoute)]
    app.add_middleware(Express, routes=express)
    pace = Pace(requests_per_minute) if requests_per_minute else None
    app.add_middleware(Rim, is_https=app.state.is_https, pace=pace)
    return app


State = dict[str, Any]
