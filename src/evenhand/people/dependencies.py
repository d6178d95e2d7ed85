"""What the routes of this room depend on: its verbs, and how a session that was just opened is told to a browser."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request, Response

from evenhand import __version__
from evenhand.boundary.actor import Actor
from evenhand.boundary.dependencies import cookie_name
from evenhand.people.model import Role
from evenhand.people.service import People
from evenhand.people.sessions import SESSION_LASTS, Opened
from evenhand.people.shapes import Session


async def people_of(request: Request) -> People:
    """The service that bootstrap made."""
    people: People = request.app.state.people
    return people


Service = Annotated[People, Depends(people_of)]


async def session_body(people: People, actor: Actor) -> Session:
    """A session as it is told to whoever has just opened it, or asks."""
    facts = await people.members.self_facts(actor)
    here = next(each for each in facts["organizations"] if each["id"] == str(actor.organization_id))
    return {
        **facts,
        "organization": {"id": here["id"], "name": here["name"]},
        "role": cast(Role, actor.role),
        "pseudonym": actor.pseudonym,
        "permissions": sorted(actor.permissions),
        "csrf": actor.csrf.hex() if actor.csrf else None,
        "version": __version__,
    }


def set_cookie(request: Request, response: Response, opened: Opened) -> None:
    """Give the browser its session, out of reach of every script."""
    response.set_cookie(
        cookie_name(request),
        opened.token,
        max_age=int(SESSION_LASTS.total_seconds()),
        path="/",
        httponly=True,
        secure=bool(request.app.state.is_https),
        samesite="lax",
    )


def network_of(request: Request) -> str:
    """Where a request comes from, as far as the server can tell."""
    return request.client.host if request.client else ""
