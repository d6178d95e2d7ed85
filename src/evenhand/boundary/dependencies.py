"""What routes depend on: who asks, as a request shows it, what they may do, and which page of a list they want."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Query, Request

from evenhand.boundary.actor import Actor, Authenticate, digest_of_token
from evenhand.boundary.permission import Permission
from evenhand.core.errors import NotAllowed, NotSignedIn, PlatformError

EVENT_STREAM = "text/event-stream"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
Cursor = Annotated[str | None, Query(max_length=1000, description="Where to go on: next_cursor of the page before.")]
Limit = Annotated[int | None, Query(ge=1, le=500, description="Rows a page; 50 where it is left out.")]


@dataclass(eq=False)
class ForgedRequest(PlatformError):
    """This request does not come from our own pages."""

    code = "forged-request"
    hint = "Reload the page; scripts should use an API key instead of a browser session."


def token_of(request: Request) -> str | None:
    """The token a request shows: an API key in its header, or the session's cookie."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme:
        return value.strip() if scheme.lower() == "bearer" else None
    return request.cookies.get(cookie_name(request))


def cookie_name(request: Request) -> str:
    """`__Host-` binds the cookie to this host where the address is https; plain loopback cannot carry it."""
    return "__Host-evenhand" if request.app.state.is_https else "evenhand-session"


async def current_actor(request: Request) -> Actor:
    """The actor of this request. Raises NotSignedIn, or ForgedRequest for a cookie without its counterpart."""
    token = token_of(request)
    if not token:
        raise NotSignedIn()
    authenticate: Authenticate = request.app.state.authenticate
    actor = await authenticate(digest_of_token(token), is_used=_is_attended(request))
    if actor is None:
        raise NotSignedIn()
    if actor.kind == "session":
        refuse_forgery(request, actor.csrf)
    request.state.actor = actor
    return actor


def _is_attended(request: Request) -> bool:
    """Whether somebody is there: not where our own page says that nobody touched it for a while, nor for a live stream."""
    return "x-unattended" not in request.headers and request.headers.get("accept", "").partition(",")[0] != EVENT_STREAM


def refuse_forgery(request: Request, csrf: bytes | None) -> None:
    """A state-changing request with a cookie must carry the session's token and come from our own origin."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    if site not in (None, "same-origin", "none"):
        raise ForgedRequest()
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise ForgedRequest()
    shown = request.headers.get("x-csrf-token", "")
    if csrf is None or not hmac.compare_digest(shown.encode(), csrf.hex().encode()):
        raise ForgedRequest()


CurrentActor = Annotated[Actor, Depends(current_actor)]


class Allowed:
    """A dependency: the actor, who must have one of these permissions. `Annotated[Actor, Depends(Allowed(P.TASK_READ))]`."""

    def __init__(self, *permissions: Permission) -> None:
        self.permissions = permissions

    async def __call__(self, actor: CurrentActor) -> Actor:
        if not actor.permissions.intersection(self.permissions):
            raise NotAllowed(permission=self.permissions[0].value)
        return actor
