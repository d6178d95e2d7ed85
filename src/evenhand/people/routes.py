"""The HTTP face of people: sessions, invitations, resets, members, keys, the organization."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response
from pydantic import Field

from evenhand.boundary.actor import Actor, digest_of_token
from evenhand.boundary.cursor import page_size
from evenhand.boundary.dependencies import Allowed, CurrentActor, Cursor, Limit, cookie_name, token_of
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Body, Moment, Page, SentId, Whole, example
from evenhand.core.times import rfc3339
from evenhand.people.dependencies import Service, network_of, session_body, set_cookie
from evenhand.people.notifications import Notifications
from evenhand.people.service import People
from evenhand.people.sessions import require_session
from evenhand.people.shapes import (
    ApiKey,
    Invitation,
    Link,
    NewApiKey,
    NotificationPage,
    Organization,
    OwnSession,
    Person,
    Preferences,
    ResetAsked,
    Session,
)

router = APIRouter(prefix="/api/v1", route_class=StrictRoute)


class SignIn(Body):
    """Address and password."""

    model_config = example({"email": "owner@example.org", "password": "four plain words together"})

    email: Annotated[str, Field(max_length=254)]
    password: Annotated[str, Field(max_length=256)]


class Switch(Body):
    """The organization to work in next."""

    model_config = example({"organization_id": "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11"})

    organization_id: SentId


class AskReset(Body):
    """Whose password is to be set anew."""

    model_config = example({"email": "owner@example.org"})

    email: Annotated[str, Field(max_length=254)]


class ChangePassword(Body):
    """The password that stands, and the one to set. current is null for somebody who has none and confirmed by passkey."""

    model_config = example({"current": "four plain words together", "password": "another four plain words"})

    password: Annotated[str, Field(max_length=256)]
    current: Annotated[str, Field(max_length=256)] | None = None


class LookUp(Body):
    """A link's token."""

    model_config = example({"token": "Yk2v…"})

    token: Annotated[str, Field(max_length=200)]


class Accept(Body):
    """A link's token and what it is to set."""

    model_config = example({"token": "Yk2v…", "password": "four plain words together", "name": "Reviewer One"})

    token: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=256)]
    name: Annotated[str, Field(max_length=200)] | None = None


class Invite(Body):
    """Whom to invite, as what."""

    model_config = example({"email": "annotator@example.org", "role": "annotator"})

    email: Annotated[str, Field(max_length=254)]
    role: str
    name: Annotated[str, Field(max_length=200)] | None = None


class ChangeRole(Body):
    """The role a member has from now on."""

    model_config = example({"role": "reviewer"})

    role: str


class MakeKey(Body):
    """A new API key: its name, what it may do (null: all that you may), until when (null: 90 days)."""

    model_config = example({"name": "Nightly import", "scopes": ["task.import"], "expires_at": "2027-01-02T10:00:00Z"})

    name: Annotated[str, Field(max_length=200)]
    scopes: Annotated[list[str], Field(max_length=100)] | None = None
    expires_at: Moment | None = None


_Word = Annotated[str, Field(max_length=200)]


class PreferenceChanges(Body):
    """Choices of the interface; only those that are sent change."""

    model_config = example({"theme": "dark", "text_size": 16, "keys": {"task.submit": ["Mod+Enter"]}})

    theme: Annotated[str, Field(pattern="^(system|light|dark)$")] | None = None
    language: Annotated[str, Field(pattern="^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")] | None = None
    text_size: Annotated[int, Field(ge=13, le=20), Whole] | None = None
    density: Annotated[str, Field(pattern="^(compact|usual|roomy)$")] | None = None
    keys: Annotated[dict[_Word, Annotated[list[_Word], Field(max_length=8)]], Field(max_length=200)] | None = None
    layout: Annotated[dict[_Word, _Word | int | float | bool], Field(max_length=200)] | None = None


class ChangeOrganization(Body):
    """The organization's settings."""

    model_config = example({"name": "Example Bank", "retention_days": 365, "allows_break_glass": False})

    name: Annotated[str, Field(max_length=200)]
    retention_days: Annotated[int, Field(ge=1, le=36500), Whole] | None = None
    allows_break_glass: bool | None = None
    requires_passkey: bool | None = None


class ReadNotifications(Body):
    """Which were read; null: all of them."""

    model_config = example({"ids": ["019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11"]})

    ids: Annotated[list[SentId], Field(max_length=500)] | None = None


async def notifications_of(request: Request) -> Notifications:
    """The service that bootstrap made."""
    notifications: Notifications = request.app.state.notifications
    return notifications


Told = Annotated[Notifications, Depends(notifications_of)]
Reader = Annotated[Actor, Depends(Allowed(Permission.PEOPLE_READ))]
Writer = Annotated[Actor, Depends(Allowed(Permission.PEOPLE_WRITE))]
KeyManager = Annotated[Actor, Depends(Allowed(Permission.KEY_MANAGE))]
OrganizationWriter = Annotated[Actor, Depends(Allowed(Permission.ORGANIZATION_WRITE))]


@router.post("/session", tags=["session"], operation_id="sign_in")
async def sign_in(body: SignIn, request: Request, response: Response, people: Service) -> Session:
    """Sign in with address and password; opens a session in the organization used last."""
    old = token_of(request)
    replaces = digest_of_token(old) if old else None
    opened = await people.sessions.sign_in(body.email, body.password, network_of(request), replaces=replaces)
    set_cookie(request, response, opened)
    return await session_body(people, opened.actor)


@router.get("/session", tags=["session"], operation_id="get_session")
async def get_session(actor: CurrentActor, people: Service) -> Session:
    """Who is signed in, where, and what she may do."""
    return await session_body(people, actor)


@router.delete("/session", tags=["session"], operation_id="sign_out", status_code=204)
async def sign_out(actor: CurrentActor, request: Request, people: Service) -> Response:
    """End the session."""
    await people.sessions.sign_out(actor.token_sha256)
    response = Response(status_code=204)
    response.delete_cookie(cookie_name(request), path="/", secure=bool(request.app.state.is_https), httponly=True)
    return response


@router.post("/session/organization", tags=["session"], operation_id="switch_organization")
async def switch_organization(
    body: Switch, actor: CurrentActor, request: Request, response: Response, people: Service
) -> Session:
    """Go on in another organization of the same person: a new session, the old one ends."""
    opened = await people.sessions.switch(actor, body.organization_id)
    set_cookie(request, response, opened)
    return await session_body(people, opened.actor)


@router.get("/sessions", tags=["session"], operation_id="list_sessions")
async def list_sessions(actor: CurrentActor, people: Service) -> Page[OwnSession]:
    """Your own sessions, on whatever device."""
    return {"items": await people.sessions.listed(actor), "next_cursor": None}


@router.delete("/sessions", tags=["session"], operation_id="end_other_sessions", status_code=204)
async def end_other_sessions(actor: CurrentActor, people: Service) -> None:
    """End every session of yours but this one."""
    await people.sessions.close(actor, None)


@router.delete("/sessions/{session_id}", tags=["session"], operation_id="end_session", status_code=204)
async def end_session(session_id: UUID, actor: CurrentActor, people: Service) -> None:
    """End one of your own sessions."""
    await people.sessions.close(actor, session_id)


@router.get("/notifications", tags=["notifications"], operation_id="list_notifications")
async def list_notifications(
    actor: CurrentActor, notifications: Told, cursor: Cursor = None, limit: Limit = None
) -> NotificationPage:
    """What happened that you may want to know, newest first."""
    return await notifications.page(actor, cursor, page_size(limit))


@router.post("/notifications/read", tags=["notifications"], operation_id="read_notifications", status_code=204)
async def read_notifications(body: ReadNotifications, actor: CurrentActor, notifications: Told) -> None:
    """Take note of some of your notifications, or of all of them."""
    await notifications.read(actor, body.ids)


@router.patch("/session/preferences", tags=["session"], operation_id="set_preferences")
async def set_preferences(body: PreferenceChanges, actor: CurrentActor, people: Service) -> Preferences:
    """Change choices of the interface."""
    return await people.members.preferences_set(actor, body.model_dump(exclude_unset=True))


@router.put("/session/password", tags=["session"], operation_id="change_password", status_code=204)
async def change_password(body: ChangePassword, actor: CurrentActor, request: Request, people: Service) -> None:
    """Set another password of your own, by showing the one that stands; every other session of yours ends."""
    require_session(actor)
    facts = await people.members.self_facts(actor)
    about = [
        facts["person"]["name"] or "",
        facts["person"]["email"],
        *(each["name"] for each in facts["organizations"]),
    ]
    await people.sessions.change_password(actor, body.current, body.password, about, network_of(request))


@router.post("/password-resets", tags=["session"], operation_id="ask_password_reset", status_code=202)
async def ask_password_reset(
    body: AskReset, request: Request, people: Service, afterwards: BackgroundTasks
) -> ResetAsked:
    """Ask for a link to set a new password. The answer is the same whether the address is known or not."""
    await people.links.ask_reset(body.email, network_of(request))
    # After the answer: how long it takes must not say whether there is such an address.
    afterwards.add_task(_mail_reset, request, people, body.email)
    return {"status": "If the address is known, a link is on its way."}


async def _mail_reset(request: Request, people: People, email: str) -> None:
    made = await people.links.make_reset(email)
    if made is not None:
        await request.app.state.mail.send_link("password-reset", email, _link(request, "reset", made.token))


@router.post("/password-resets/accept", tags=["session"], operation_id="accept_password_reset")
async def accept_password_reset(body: Accept, request: Request, response: Response, people: Service) -> Session:
    """Set a new password with a link; every other session of the person ends."""
    opened = await people.links.accept(body.token, body.password, None, network_of(request))
    set_cookie(request, response, opened)
    return await session_body(people, opened.actor)


@router.post("/invitations/lookup", tags=["session"], operation_id="look_up_invitation")
async def look_up_invitation(body: LookUp, people: Service) -> Link:
    """What an invitation or reset link is for. The token is in the body: addresses are written into the logs of proxies."""
    return await people.links.invitation(body.token)


@router.post("/invitations/accept", tags=["session"], operation_id="accept_invitation")
async def accept_invitation(body: Accept, request: Request, response: Response, people: Service) -> Session:
    """Join with a link and open a session: set name and password, or show the password you have already."""
    opened = await people.links.accept(body.token, body.password, body.name, network_of(request))
    set_cookie(request, response, opened)
    return await session_body(people, opened.actor)


@router.post("/invitations", tags=["people"], operation_id="invite", status_code=201)
async def invite(body: Invite, actor: Writer, request: Request, people: Service) -> Invitation:
    """Invite somebody. The link is returned once; it is mailed too where mail is set up."""
    invited = await people.members.invite(actor, body.email, body.role, body.name)
    link = _link(request, "invitation", invited.token)
    is_mailed = await request.app.state.mail.send_link("invitation", body.email, link)
    return {
        "id": str(invited.person_id),
        "link": link,
        "expires_at": rfc3339(invited.expires_at),
        "mailed": is_mailed,
    }


@router.get("/people", tags=["people"], operation_id="list_people")
async def list_people(actor: Reader, people: Service) -> Page[Person]:
    """The people of this organization."""
    return {"items": await people.members.listed(actor), "next_cursor": None}


@router.patch("/people/{person_id}", tags=["people"], operation_id="change_role", status_code=204)
async def change_role(person_id: UUID, body: ChangeRole, actor: Writer, people: Service) -> None:
    """Give a member another role."""
    await people.members.change_role(actor, person_id, body.role)


@router.delete("/people/{person_id}", tags=["people"], operation_id="remove_person", status_code=204)
async def remove_person(person_id: UUID, actor: Writer, people: Service) -> None:
    """End a membership: sessions, keys and holds go with it."""
    await people.members.remove(actor, person_id)


@router.delete("/people/{person_id}/sessions", tags=["people"], operation_id="end_member_sessions", status_code=204)
async def end_member_sessions(person_id: UUID, actor: Writer, people: Service) -> None:
    """End every session of a member here: whoever it is signs in again. Keys stay; what is held comes back when its lease ends."""
    await people.members.end_sessions(actor, person_id)


@router.delete("/people/{person_id}/disclosures", tags=["people"], operation_id="erase_disclosures", status_code=204)
async def erase_disclosures(person_id: UUID, actor: Writer, people: Service) -> None:
    """Forget who stood behind the ledger's entries of somebody who has left. The log still verifies; the name opens no more."""
    await people.members.erase_disclosures(actor, person_id)


@router.get("/api-keys", tags=["keys"], operation_id="list_keys")
async def list_keys(actor: KeyManager, people: Service) -> Page[ApiKey]:
    """The API keys of this organization."""
    return {"items": await people.keys.listed(actor), "next_cursor": None}


@router.post("/api-keys", tags=["keys"], operation_id="make_key", status_code=201)
async def make_key(body: MakeKey, actor: KeyManager, people: Service) -> NewApiKey:
    """A new API key of your own. The secret is shown here and never again."""
    id_, prefix, secret, until = await people.keys.add(actor, body.name, body.scopes, body.expires_at)
    return {"id": str(id_), "prefix": prefix, "secret": secret, "expires_at": rfc3339(until)}


@router.delete("/api-keys/{key_id}", tags=["keys"], operation_id="remove_key", status_code=204)
async def remove_key(key_id: UUID, actor: KeyManager, people: Service) -> None:
    """Revoke an API key."""
    await people.keys.remove(actor, key_id)


@router.get("/organization", tags=["organization"], operation_id="get_organization")
async def get_organization(actor: CurrentActor, people: Service) -> Organization:
    """The organization you work in."""
    return await people.members.organization(actor.organization_id)


@router.patch("/organization", tags=["organization"], operation_id="change_organization")
async def change_organization(body: ChangeOrganization, actor: OrganizationWriter, people: Service) -> Organization:
    """Change the organization's settings."""
    await people.members.organization_update(
        actor, body.name, body.retention_days, body.allows_break_glass, body.requires_passkey
    )
    return await people.members.organization(actor.organization_id)


def _link(request: Request, page: str, token: str) -> str:
    return f"{request.app.state.public_url}/{page}#{token}"
