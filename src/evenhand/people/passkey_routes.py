"""The HTTP face of passkeys, and of showing once more who one is."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field

from evenhand.boundary.actor import digest_of_token
from evenhand.boundary.dependencies import CurrentActor, token_of
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Body, Page, example
from evenhand.people.dependencies import Service, network_of, session_body, set_cookie
from evenhand.people.shapes import CreationOptions, Passkey, RequestOptions, Session

router = APIRouter(prefix="/api/v1", route_class=StrictRoute)

# What `PublicKeyCredential.toJSON()` gives; `ceremonies` reads it, member by member.
_Credential = Annotated[dict[str, Any], Field(max_length=20)]
_SHOWN = {"id": "3q2-7w", "rawId": "3q2-7w", "type": "public-key", "response": {"clientDataJSON": "eyJ0…"}}


class ShownPasskey(Body):
    """What the browser answered to `navigator.credentials.get`, as JSON (WebAuthn Level 3, section 5.1.8)."""

    model_config = example({"credential": _SHOWN})

    credential: _Credential


class MadePasskey(Body):
    """What the browser answered to `navigator.credentials.create`, as JSON, and what the person calls it."""

    model_config = example({"name": "Work laptop", "credential": _SHOWN})

    name: Annotated[str, Field(max_length=200)]
    credential: _Credential


class Enrolling(Body):
    """Address and password of somebody whose organization asks for a passkey."""

    model_config = example({"email": "owner@example.org", "password": "four plain words together"})

    email: Annotated[str, Field(max_length=254)]
    password: Annotated[str, Field(max_length=256)]


class Enrollment(Enrolling):
    """The same, with the first passkey that the browser has made."""

    model_config = example(
        {"email": "owner@example.org", "password": "four plain words together", "name": "Phone", "credential": _SHOWN}
    )

    name: Annotated[str, Field(max_length=200)]
    credential: _Credential


class Confirmation(Body):
    """Who one is, shown once more: by password, or by a passkey."""

    model_config = example({"password": "four plain words together"})

    password: Annotated[str, Field(max_length=256)] | None = None
    credential: _Credential | None = None


@router.post("/session/passkey-options", tags=["session"], operation_id="get_sign_in_options")
async def get_sign_in_options(people: Service) -> RequestOptions:
    """What a browser needs to sign somebody in with a passkey; good for five minutes, once."""
    return people.passkeys.sign_in_options()


@router.post("/session/passkey", tags=["session"], operation_id="sign_in_with_passkey")
async def sign_in_with_passkey(body: ShownPasskey, request: Request, response: Response, people: Service) -> Session:
    """Sign in with a passkey; opens a session in the organization used last."""
    old = token_of(request)
    replaces = digest_of_token(old) if old else None
    opened = await people.passkeys.sign_in(body.credential, network_of(request), replaces=replaces)
    set_cookie(request, response, opened)
    return await session_body(people, opened.actor)


@router.post("/session/enrollment-options", tags=["session"], operation_id="get_enrollment_options")
async def get_enrollment_options(body: Enrolling, request: Request, people: Service) -> CreationOptions:
    """What a browser needs to make the first passkey of somebody whose organization asks for one."""
    return await people.passkeys.enroll_options(body.email, body.password, network_of(request))


@router.post("/session/enrollment", tags=["session"], operation_id="enroll_passkey")
async def enroll_passkey(body: Enrollment, request: Request, response: Response, people: Service) -> Session:
    """Keep the first passkey of somebody whose organization asks for one, and open a session by it."""
    opened = await people.passkeys.enroll(body.email, body.password, body.name, body.credential, network_of(request))
    set_cookie(request, response, opened)
    return await session_body(people, opened.actor)


@router.post("/session/confirmation-options", tags=["session"], operation_id="get_confirmation_options")
async def get_confirmation_options(actor: CurrentActor, people: Service) -> RequestOptions:
    """What a browser needs to show one of your own passkeys once more."""
    return await people.passkeys.confirm_options(actor)


@router.post("/session/confirmation", tags=["session"], operation_id="confirm_session", status_code=204)
async def confirm_session(body: Confirmation, actor: CurrentActor, request: Request, people: Service) -> None:
    """Show once more who you are; for ten minutes this session may then do what a stolen one must not."""
    if body.credential is not None:
        await people.passkeys.confirm(actor, body.credential)
    else:
        await people.sessions.confirm(actor, body.password or "", network_of(request))


@router.get("/passkeys", tags=["session"], operation_id="list_passkeys")
async def list_passkeys(actor: CurrentActor, people: Service) -> Page[Passkey]:
    """Your own passkeys, oldest first."""
    return {"items": await people.passkeys.listed(actor), "next_cursor": None}


@router.post("/passkeys/options", tags=["session"], operation_id="get_passkey_options")
async def get_passkey_options(actor: CurrentActor, people: Service) -> CreationOptions:
    """What a browser needs to make a passkey for you; good for five minutes, once."""
    return await people.passkeys.options(actor)


@router.post("/passkeys", tags=["session"], operation_id="add_passkey", status_code=201)
async def add_passkey(body: MadePasskey, actor: CurrentActor, people: Service) -> Passkey:
    """Keep a passkey that the browser has just made."""
    return await people.passkeys.add(actor, body.name, body.credential)


@router.delete("/passkeys/{passkey_id}", tags=["session"], operation_id="remove_passkey", status_code=204)
async def remove_passkey(passkey_id: UUID, actor: CurrentActor, people: Service) -> None:
    """Let one of your passkeys go; it signs nobody in any more."""
    await people.passkeys.remove(actor, passkey_id)
