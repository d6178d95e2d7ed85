"""Who asks. Every route but sign-in and health receives an `Actor`; `people` fills the Authenticate port."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Annotated, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request

from evenhand.boundary.permission import Permission, allowed
from evenhand.core.errors import NotAllowed, NotSignedIn, PlatformError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Actor:
    """A person in one organization, as the credential of this request says.

    token_sha256 is what database functions ask for: the tenant is what the credential says there, never what we say.
    """

    organization_id: UUID
    person_id: UUID
    role: str
    pseudonym: str
    annotator_no: int
    actor_commitment: bytes = field(repr=False)
    vendor_id: UUID
    kind: str
    scopes: list[str] | None
    csrf: bytes | None = field(repr=False)
    credential_id: UUID
    token_sha256: bytes = field(repr=False)

    @property
    def permissions(self) -> frozenset[Permission]:
        """What this actor may do."""
        return allowed(self.role, self.scopes)

    def require(self, permission: Permission) -> None:
        """Raise NotAllowed unless this actor may."""
        if permission not in self.permissions:
            raise NotAllowed(permission=permission.value)


@dataclass(eq=False)
class ForgedRequest(PlatformError):
    """This request does not come from our own pages."""

    code = "forged-request"
    hint = "Reload the page; scripts should use an API key instead of a browser session."


class Authenticate(Protocol):
    """The port that `people` fills: who a token is, or None."""

    async def __call__(self, token_sha256: bytes) -> Actor | None:
        """The actor behind a token, read afresh or at most a few seconds old."""


def token_of(request: Request) -> str | None:
    """The token a request shows: an API key in its header, or the session's cookie."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme:
        return value.strip() if scheme.lower() == "bearer" else None
    return request.cookies.get(cookie_name(request))


def cookie_name(request: Request) -> str:
    """`__Host-` binds the cookie to this host where the address is https; plain loopback cannot carry it."""
    return "__Host-evenhand" if request.app.state.is_https else "evenhand-session"


def digest_of_token(token: str) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).digest()


async def current_actor(request: Request) -> Actor:
    """The actor of this request. Raises NotSignedIn, or ForgedRequest for a cookie without its counterpart."""
    token = token_of(request)
    if not token:
        raise NotSignedIn()
    authenticate: Authenticate = request.app.state.authenticate
    actor = await authenticate(digest_of_token(token))
    if actor is None:
        raise NotSignedIn()
    if actor.kind == "session":
        refuse_forgery(request, actor.csrf)
    request.state.actor = actor
    return actor


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
