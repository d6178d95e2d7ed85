"""The web application in this process, and browsers and scripts that speak to it: the real routes, without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from evenhand.bootstrap import make_web_app
from world import Member, World, hash_cheaply

API = "/api/v1"


@dataclass(frozen=True)
class Web:
    """The application and the world it serves."""

    app: FastAPI
    world: World

    def script(self, who: Member | None = None) -> httpx.AsyncClient:
        """A program that shows an API key, or nothing."""
        headers = {"authorization": f"Bearer {who.key}"} if who else {}
        return httpx.AsyncClient(
            transport=self._transport("10.0.0.1"), base_url="http://evenhand.test" + API, headers=headers
        )

    def browser(self, network: str = "10.0.0.1") -> Browser:
        """A browser that nobody has signed in with yet."""
        return Browser(httpx.AsyncClient(transport=self._transport(network), base_url="http://evenhand.test" + API))

    def _transport(self, network: str) -> httpx.ASGITransport:
        return httpx.ASGITransport(self.app, client=(network, 50000), raise_app_exceptions=False)


class Browser:
    """Keeps the cookie, and sends the token against forgery as our pages do."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.csrf = ""

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A request of our own pages."""
        headers = {"x-csrf-token": self.csrf, "origin": "http://evenhand.test", "sec-fetch-site": "same-origin"}
        answer = await self.client.request(method, path, headers={**headers, **more.pop("headers", {})}, **more)
        if answer.status_code < 300 and answer.content and "csrf" in (body := answer.json()):
            self.csrf = body["csrf"] or ""
        return answer

    async def sign_in(self, email: str, password: str) -> httpx.Response:
        """Type address and password."""
        return await self.call("POST", "/session", json={"email": email, "password": password})


@asynccontextmanager
async def web_of(world: World) -> AsyncIterator[Web]:
    """The application, started as a server would start it."""
    app = make_web_app(world.settings, world.clock)
    async with app.router.lifespan_context(app):
        hash_cheaply(app.state.people)
        yield Web(app, world)
