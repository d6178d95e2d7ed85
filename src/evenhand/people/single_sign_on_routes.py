"""The ways by which a person signs in here, and the two stops of single sign-on: leaving for the provider, and coming back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse

from evenhand.boundary.actor import digest_of_token
from evenhand.boundary.dependencies import token_of
from evenhand.boundary.reading import StrictRoute
from evenhand.core.errors import PlatformError
from evenhand.people.dependencies import Service, network_of, set_cookie
from evenhand.people.oidc import TRIP_LASTS
from evenhand.people.shapes import SignInMethods
from evenhand.people.single_sign_on import CALLBACK

router = APIRouter(route_class=StrictRoute)

_Sent = Annotated[str, Query(max_length=4096)]


@router.get("/api/v1/session/methods", tags=["session"], operation_id="list_sign_in_methods")
async def list_sign_in_methods(people: Service) -> SignInMethods:
    """How people sign in here, beside a password."""
    return {"single_sign_on": people.single_sign_on.name}


@router.get("/api/v1/session/single-sign-on", include_in_schema=False)
async def leave(request: Request, people: Service) -> RedirectResponse:
    """Send the browser to the provider."""
    try:
        target, kept = await people.single_sign_on.begin()
    except PlatformError as error:
        return _refused(error)
    response = _to(target)
    response.set_cookie(
        _cookie(request),
        kept,
        max_age=int(TRIP_LASTS.total_seconds()),
        path="/",
        httponly=True,
        secure=bool(request.app.state.is_https),
        samesite="lax",
    )
    return response


@router.get(CALLBACK, include_in_schema=False)
async def come_back(
    request: Request, people: Service, state: _Sent = "", code: _Sent = "", error: _Sent = ""
) -> RedirectResponse:
    """The provider sends the browser back. What it says of an error is for its own operator; the sign-in page says what to do."""
    old = token_of(request)
    replaces = digest_of_token(old) if old else None
    kept = request.cookies.get(_cookie(request), "")
    try:
        opened = await people.single_sign_on.finish(
            kept, state, "" if error else code, network_of(request), replaces=replaces
        )
    except PlatformError as refused:
        response = _refused(refused)
    else:
        response = _to("/")
        set_cookie(request, response, opened)
    response.delete_cookie(_cookie(request), path="/", secure=bool(request.app.state.is_https), httponly=True)
    return response


def _refused(error: PlatformError) -> RedirectResponse:
    """Back to the sign-in page, which tells what to do. Behind the mark, so that no log of a proxy holds it."""
    return _to(f"/#refused={error.code}")


def _to(target: str) -> RedirectResponse:
    return RedirectResponse(target, status_code=303, headers={"cache-control": "no-store"})


def _cookie(request: Request) -> str:
    return "__Host-evenhand-trip" if request.app.state.is_https else "evenhand-trip"
