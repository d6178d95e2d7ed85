"""The synchronous client: `Client`, its nouns, and the loop that sends a call until it is answered."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import httpx

from evenhand.client import nouns, verbs
from evenhand.client.call import ATTEMPTS_MAX, Call, may_repeat_after, may_repeat_status, wait_seconds
from evenhand.client.connection import Connection, problem_of, read, token_of_link
from evenhand.client.errors import Unreachable
from evenhand.client.sync_checks import Checks
from evenhand.client.sync_gold import Gold
from evenhand.client.sync_guidelines import Guidelines
from evenhand.client.sync_imports import Buckets, Imports, Uploads
from evenhand.client.sync_keyring import Keyring
from evenhand.client.sync_ledger import Ledger
from evenhand.client.sync_nouns import Holds, Keys, People, Projects, Releases, Tasks, Webhooks, Work
from evenhand.client.sync_offers import Appeals, Offers
from evenhand.client.sync_quality import Quality
from evenhand.client.sync_skills import Exams, Skills
from evenhand.client.sync_walls import Interests, Register, Walls

T = TypeVar("T")


class Client:
    """A connection to Evenhand as one person: by API key, or by a session opened with `sign_in`.

    Every method raises an `EvenhandError` whose class says why and whose text ends in the remedy. Calls that failed on the
    way are repeated where repeating is harmless, with growing waits. Use it as a context manager, or call `close`.

        with Client("http://127.0.0.1:8420", api_key="evh_…") as client:
            project = client.projects.create("Reviews", preset="text-classification")
            client.tasks.import_(project["id"], "reviews.csv")
    """

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        timeout_seconds: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """url: the server's address. transport: shared by several clients, or a test's own; closed with this client."""
        self.connection = Connection(url, api_key)
        self._http = httpx.Client(base_url=self.connection.url, timeout=timeout_seconds, transport=transport)
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. A session stays open until `sign_out` or its end."""
        self._http.close()

    # -------------------------------------------------------------------------------------------------- session --
    def session(self) -> nouns.Session:
        """Who this connection is, where, and what it may do."""
        return self.send(verbs.session())

    def sign_in(self, email: str, password: str) -> nouns.Session:
        """Open a session; from now on this client acts in it."""
        return self.connection.opened(self.send(verbs.sign_in(email, password)))

    def accept_invitation(self, link: str, password: str, name: str | None = None) -> nouns.Session:
        """Join with an invitation's link (or its token) and act as the new member from now on."""
        return self.connection.opened(self.send(verbs.accept_invitation(token_of_link(link), password, name)))

    def sign_out(self) -> None:
        """End the session."""
        self.send(verbs.sign_out())

    def progress(self, project: str) -> nouns.Progress:
        """A project's counts, pace with forecast, people, agreement with its interval, and labels."""
        return self.send(verbs.get_progress(project))

    def presets(self) -> list[dict[str, Any]]:
        """Usual projects, each with its holes, a sample and when to use it."""
        return _items(self.send(verbs.list_presets()))

    def kinds(self) -> dict[str, Any]:
        """The kinds of inputs and questions this installation knows."""
        return self.send(verbs.list_kinds())

    def organization(self) -> dict[str, Any]:
        """The organization you work in: name, retention, quota."""
        return self.send(verbs.get_organization())

    def change_organization(self, name: str, *, retention_days: int | None = None) -> dict[str, Any]:
        """Change the organization's name and how long it keeps what it no longer needs."""
        return self.send(verbs.change_organization(name, retention_days))

    def switch_organization(self, organization: str) -> nouns.Session:
        """Go on in another organization of the same person: a new session, the old one ends."""
        return self.connection.opened(self.send(verbs.switch_organization(organization)))

    def check_ontology(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Every defect of an ontology as `problems`, without storing it."""
        return self.send(verbs.check_ontology(body))

    # -------------------------------------------------------------------------------------------------- sending --
    def send(self, call: Call[T]) -> T:
        """Send one call and read its answer; the ground that all verbs stand on."""
        response = self._answered(call)
        return cast(T, read(response))

    def _answered(self, call: Call[Any]) -> httpx.Response:
        for attempt in range(ATTEMPTS_MAX):
            is_last = attempt + 1 == ATTEMPTS_MAX
            try:
                response = self._http.send(self._request(call))
            except httpx.TransportError as error:
                if is_last or not may_repeat_after(call, error):
                    raise Unreachable(self.connection.url, str(error)) from error
                self._sleep(wait_seconds(attempt, None, time.time(), _chance()))
                continue
            if response.is_success:
                return response
            if is_last or not may_repeat_status(call, response.status_code):
                raise problem_of(response)
            self._sleep(wait_seconds(attempt, response.headers.get("retry-after"), time.time(), _chance()))
        raise AssertionError("the last attempt returns or raises")

    def _request(self, call: Call[Any]) -> httpx.Request:
        return self._http.build_request(
            call.method,
            call.path,
            params=dict(call.query),
            json=call.body,
            content=call.content.blocks() if call.content is not None else None,
            headers=self.connection.headers(call),
            **self.connection.timeout(call),
        )

    def stream(self, call: Call[bytes]) -> Iterator[bytes]:
        """The bytes of an answer as they come; not repeated once they flow."""
        try:
            response = self._http.send(self._request(call), stream=True)
        except httpx.TransportError as error:
            raise Unreachable(self.connection.url, str(error)) from error
        try:
            if not response.is_success:
                response.read()
                raise problem_of(response)
            yield from response.iter_bytes()
        except httpx.TransportError as error:
            raise Unreachable(self.connection.url, str(error)) from error
        finally:
            response.close()

    def pages(self, page: Callable[[str | None], Call[dict[str, Any]]]) -> Iterator[Any]:
        """Every item of a list, page by page. page: cursor -> the call of that page."""
        cursor: str | None = None
        while True:
            answer = self.send(page(cursor))
            yield from answer["items"]
            cursor = answer.get("next_cursor")
            if cursor is None:
                return


def _items(answer: dict[str, Any]) -> list[Any]:
    items: list[Any] = answer["items"]
    return items


def _chance() -> float:
    # Only so that clients who failed together do not come back together.
    return random.random()  # noqa: S311
