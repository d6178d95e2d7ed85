"""The few requests that come thousands of times a minute, answered past the framework's matching, solving and proving.

An `ExpressRoute` is an ordinary route: the contract is made from its signature, and whatever is not plain about a request (an
address that holds no ids, a header that is too long) goes the framework's way and is refused there. What is plain, `Express`
hands to the same function with the same actor, services and body. bench/RESULTS.md says what that saves.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, get_args
from uuid import UUID

from fastapi import Request, Response
from fastapi.params import Depends, Header
from starlette.types import ASGIApp, Receive, Scope, Send

from evenhand.boundary import problems
from evenhand.boundary.dependencies import Allowed, current_actor
from evenhand.boundary.reading import StrictRoute
from evenhand.core.errors import PlatformError

Argument = Callable[[Request, Mapping[str, UUID]], Awaitable[Any]]


class NotPlain(Exception):
    """This request is the framework's to answer."""


class ExpressRoute(StrictRoute):
    """A route whose function takes ids from the address, who asks, services, the request and short headers; nothing else.

    For `APIRouter(route_class=ExpressRoute)`. Raises TypeError where a function takes what only the framework can make.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        super().__init__(path, endpoint, **more)
        parameters = inspect.signature(endpoint, eval_str=True).parameters.values()
        self._arguments = {each.name: _argument(each, endpoint) for each in parameters}

    async def answer(self, request: Request, ids: Mapping[str, UUID]) -> Response:
        """What the function says, as JSON. Raises NotPlain before anything was read or done, and what the function raises."""
        given = {name: await argument(request, ids) for name, argument in self._arguments.items()}
        content = json.dumps(await self.endpoint(**given), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return Response(content.encode(), status_code=self.status_code or 200, media_type="application/json")


class Express:
    """ASGI middleware: answers the plain requests of these routes, and passes every other one on."""

    def __init__(self, app: ASGIApp, routes: Sequence[ExpressRoute]) -> None:
        self._app = app
        self._routes = [(method, route.path_regex, route) for route in routes for method in route.methods or ()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._found(scope)
        if found is None:
            await self._app(scope, receive, send)
            return
        route, ids = found
        scope["route"] = route
        request = Request(scope, receive)
        try:
            response = await route.answer(request, ids)
        except NotPlain:
            await self._app(scope, receive, send)
            return
        except PlatformError as error:
            response = problems.answer(request, error)
        await response(scope, receive, send)

    def _found(self, scope: Scope) -> tuple[ExpressRoute, dict[str, UUID]] | None:
        if scope["type"] != "http":
            return None
        for method, path, route in self._routes:
            if scope["method"] == method and (match := path.match(scope["path"])):
                try:
                    return route, {name: UUID(text) for name, text in match.groupdict().items()}
                except ValueError:
                    return None
        return None


def _argument(parameter: inspect.Parameter, endpoint: Callable[..., Any]) -> Argument:
    """How to make one argument. The order of a signature is the order of making: the actor before what comes after it."""
    name = parameter.name
    if parameter.annotation is UUID:
        return _id(name)
    if parameter.annotation is Request:
        return _request
    _, *marks = get_args(parameter.annotation) or (None,)
    for mark in marks:
        if isinstance(mark, Depends) and isinstance(mark.dependency, Allowed):
            return _actor(mark.dependency)
        if isinstance(mark, Depends) and mark.dependency is not None:
            return _service(mark.dependency)
        if isinstance(mark, Header) and mark.alias:
            return _header(mark.alias.lower(), _longest(mark))
    raise TypeError(f"{endpoint.__qualname__}: only the framework can make its {name}")


async def _request(request: Request, _ids: Mapping[str, UUID]) -> Request:
    return request


def _id(name: str) -> Argument:
    async def id_(_request: Request, ids: Mapping[str, UUID]) -> UUID:
        return ids[name]

    return id_


def _actor(allowed: Allowed) -> Argument:
    async def actor(request: Request, _ids: Mapping[str, UUID]) -> Any:
        return await allowed(await current_actor(request))

    return actor


def _service(dependency: Callable[..., Any]) -> Argument:
    async def service(request: Request, _ids: Mapping[str, UUID]) -> Any:
        return await dependency(request)

    return service


def _header(alias: str, longest: int) -> Argument:
    async def header(request: Request, _ids: Mapping[str, UUID]) -> str | None:
        value = request.headers.get(alias)
        if value is not None and len(value) > longest:
            raise NotPlain
        return value

    return header


def _longest(mark: Header) -> int:
    return next(int(limit.max_length) for limit in mark.metadata if hasattr(limit, "max_length"))
