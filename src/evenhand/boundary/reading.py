"""Reading JSON bodies strictly, before any model sees them: one rule for every route (`core.canonical.read_json`)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from evenhand.core.canonical import read_json
from evenhand.core.errors import UnsupportedMediaType

JSON = "application/json"


async def json_of(request: Request) -> Any:
    """The body, decoded strictly. Raises UnsupportedMediaType for what is not JSON, Malformed with every place."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise UnsupportedMediaType(content_type=kind or "nothing", accepted=(JSON,))
    return read_json(await request.body())


class _Read(Request):
    """A request whose JSON body was read already."""

    value: Any = None

    async def json(self) -> Any:
        return self.value


class StrictRoute(APIRoute):
    """A route whose JSON body has no duplicate keys, NaN, NUL, lone surrogates or depths, whatever its model would let pass.

    For `APIRouter(route_class=StrictRoute)`. A route that declares no body reads none.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler behind a strict reader."""
        handler = super().get_route_handler()
        if self.body_field is None:
            return handler

        async def read_first(request: Request) -> Response:
            read = _Read(request.scope, request.receive)
            if await read.body():
                read.value = await json_of(read)
            return await handler(read)

        return read_first
