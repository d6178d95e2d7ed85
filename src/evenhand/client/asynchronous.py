"""The asynchronous client: `AsyncClient`, the same nouns and verbs as `Client`, awaited."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import httpx

from evenhand.client import nouns, verbs
from evenhand.client.asynchronous_checks import Checks
from evenhand.client.asynchronous_gold import Gold
from evenhand.client.asynchronous_guidelines import Guidelines
from evenhand.client.asynchronous_imports import Buckets, Imports, Uploads
from evenhand.client.asynchronous_keyring import Keyring
from evenhand.client.asynchronous_ledger import Ledger
from evenhand.client.asynchronous_nouns import Holds, Keys, People, Projects, Releases, Tasks, Webhooks, Work
from evenhand.client.asynchronous_offers import Appeals, Offers
from evenhand.client.asynchronous_quality import Quality
from evenhand.client.asynchronous_skills import Exams, Skills
from evenhand.client.asynchronous_walls import Interests, Register, Walls
from evenhand.client.call import ATTEMPTS_MAX, Call, may_repeat_after, may_repeat_status, wait_seconds
from evenhand.client.connection import Connection, problem_of, read, token_of_link
from evenhand.client.errors import Unreachable

T = TypeVar("T")


class AsyncClient:
    """What `Client` is, for programs that await: the same nouns, verbs and errors.

    async with AsyncClient("http://127.0.0.1:8420", api_key="evh_…") as client:
        async for row in client.tasks.list(project_id, state="done"):
            print(row["preview"])
    """

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        timeout_seconds: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """url: the server's address. transport: shared by several clients, or a test's own; closed with this client."""
        self.connection = Connection(url, api_key)
        self._http = httpx.AsyncClient(base_url=self.connection.url, timeout=timeout_seconds, transport=transport)
        self._sleep = sleep
        self.projects = Projects(self)
        self.tasks = Tasks(self)
        self.gold = Gold(self)
        self.skills = Skills(self)
        self.exams = Exams(self)
        self.offers = Offers(self)
        self.appeals = Appeals(self)
        self.work = Work(self)
        self.people = People(self)
        self.keys = Keys(self)
        self.quality = Quality(self)
        self.releases = Releases(self)
        self.holds = Holds(self)
        self.walls = Walls(self)
        self.guidelines = Guidelines(self)
        self.register = Register(self)
        self.interests = Interests(self)
        self.webhooks = Webhooks(self)
        self.keyring = Keyring(self)
        self.uploads = Uploads(self)
        self.buckets = Buckets(self)
        self.imports = Imports(self)
        self.checks = Checks(self)
        self.ledger = Ledger(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. A session stays open until `sign_out` or its end."""
        await self._http.aclose()

    # -------------------------------------------------------------------------------------------------- session --
    async def session(self) -> nouns.Session:
        """Who this connection is, where, and what it may do."""
        return await self.send(verbs.session())

    async def sign_in(self, email: str, password: str) -> nouns.Session:
        """Open a session; from now on this client acts in it."""
        return self.connection.opened(await self.send(verbs.sign_in(email, password)))

    async def accept_invitation(self, link: str, password: str, name: str | None = None) -> nouns.Session:
        """Join with an invitation's link (or its token) and act as the new member from now on."""
        return self.connection.opened(await self.send(verbs.accept_invitation(token_of_link(link), password, name)))

    async def sign_out(self) -> None:
        """End the session."""
        await self.send(verbs.sign_out())

    async def progress(self, project: str) -> nouns.Progress:
        """A project's counts, pace with forecast, people, agreement with its interval, and labels."""
        return await self.send(verbs.get_progress(project))

    async def presets(self) -> list[dict[str, Any]]:
        """Usual projects, each with its holes, a sample and when to use it."""
        return _items(await self.send(verbs.list_presets()))

    async def kinds(self) -> dict[str, Any]:
        """The kinds of inputs and questions this installation knows."""
        return await self.send(verbs.list_kinds())

    async def organization(self) -> dict[str, Any]:
        """The organization you work in: name, retention, quota."""
        return await self.send(verbs.get_organization())

    async def change_organization(self, name: str, *, retention_days: int | None = None) -> dict[str, Any]:
        """Change the organization's name and how long it keeps what it no longer needs."""
        return await self.send(verbs.change_organization(name, retention_days))

    async def switch_organization(self, organization: str) -> nouns.Session:
        """Go on in another organization of the same person: a new session, the old one ends."""
        return self.connection.opened(await self.send(verbs.switch_organization(organization)))

    async def check_ontology(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Every defect of an ontology as `problems`, without storing it."""
        return await self.send(verbs.check_ontology(body))

    # -------------------------------------------------------------------------------------------------- sending --
    async def send(self, call: Call[T]) -> T:
        """Send one call and read its answer; the ground that all verbs stand on."""
        response = await self._answered(call)
        return cast(T, read(response))

    async def _answered(self, call: Call[Any]) -> httpx.Response:
        for attempt in range(ATTEMPTS_MAX):
            is_last = attempt + 1 == ATTEMPTS_MAX
            try:
                response = await self._http.send(self._request(call))
            except httpx.TransportError as error:
                if is_last or not may_repeat_after(call, error):
                    raise Unreachable(self.connection.url, str(error)) from error
                await self._sleep(wait_seconds(attempt, None, time.time(), _chance()))
                continue
            if response.is_success:
                return response
            if is_last or not may_repeat_status(call, response.status_code):
                raise problem_of(response)
            await self._sleep(wait_seconds(attempt, response.headers.get("retry-after"), time.time(), _chance()))
        raise AssertionError("the last attempt returns or raises")

    def _request(self, call: Call[Any]) -> httpx.Request:
        return self._http.build_request(
            call.method,
            call.path,
            params=dict(call.query),
            json=call.body,
            content=call.content.async_blocks() if call.content is not None else None,
            headers=self.connection.headers(call),
            **self.connection.timeout(call),
        )

    async def stream(self, call: Call[bytes]) -> AsyncIterator[bytes]:
        """The bytes of an answer as they come; not repeated once they flow."""
        try:
            response = await self._http.send(self._request(call), stream=True)
        except httpx.TransportError as error:
            raise Unreachable(self.connection.url, str(error)) from error
        try:
            if not response.is_success:
                await response.aread()
                raise problem_of(response)
            async for block in response.aiter_bytes():
                yield block
        except httpx.TransportError as error:
            raise Unreachable(self.connection.url, str(error)) from error
        finally:
            await response.aclose()

    async def pages(self, page: Callable[[str | None], Call[dict[str, Any]]]) -> AsyncIterator[Any]:
        """Every item of a list, page by page. page: cursor -> the call of that page."""
        cursor: str | None = None
        while True:
            answer = await self.send(page(cursor))
            for item in answer["items"]:
                yield item
            cursor = answer.get("next_cursor")
            if cursor is None:
                return


def _items(answer: dict[str, Any]) -> list[Any]:
    items: list[Any] = answer["items"]
    return items


def _chance() -> float:
    # Only so that clients who failed together do not come back together.
    return random.random()  # noqa: S311
