"""Where the server is and who speaks to it: headers of each request, and how an answer is read."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx

from evenhand import __version__
from evenhand.client import nouns
from evenhand.client.call import Call
from evenhand.client.errors import EvenhandError, of_problem


class Connection:
    """The server's address with the API key, or with the session's CSRF token (its cookie lives in the HTTP client)."""

    def __init__(self, url: str, api_key: str | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(f"{url!r} is no address of a server. Give one like https://label.example.org.")
        self.url = url.rstrip("/").removesuffix("/api/v1")
        self._api_key = api_key
        self._csrf: str | None = None

    def __repr__(self) -> str:
        return f"Connection({self.url!r})"

    def opened(self, session: nouns.Session) -> nouns.Session:
        """Remember a session that was just opened; it takes the API key's place."""
        self._api_key = None
        self._csrf = session.get("csrf")
        return session

    def headers(self, call: Call[Any]) -> dict[str, str]:
        """All headers of a request."""
        headers = {"user-agent": f"evenhand-python/{__version__}", **call.all_headers()}
        if call.is_signed:
            return headers
        if self._api_key is not None:
            headers["authorization"] = f"Bearer {self._api_key}"
        if self._csrf is not None:
            headers["x-csrf-token"] = self._csrf
        return headers

    def timeout(self, call: Call[Any]) -> dict[str, Any]:
        """The request's own timeout, when it has one."""
        if call.timeout_seconds is None:
            return {}
        return {"timeout": httpx.Timeout(call.timeout_seconds, connect=10.0)}


def read(response: httpx.Response) -> Any:
    """The JSON of an answer; None when it has none."""
    return response.json() if response.content else None


def problem_of(response: httpx.Response) -> EvenhandError:
    """The error of an answer that refused."""
    try:
        document = response.json()
    except ValueError:
        document = None
    return of_problem(document, response.status_code)


def token_of_link(link: str) -> str:
    """The token of an invitation's link; a bare token stays as it is."""
    return link.rpartition("#")[2]
