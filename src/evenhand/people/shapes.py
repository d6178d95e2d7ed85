"""The shapes that people answers with: sessions, members, links, keys, the organization."""

from __future__ import annotations

from typing import Literal, NotRequired

from evenhand.boundary.permission import Permission
from evenhand.boundary.shapes import Id, Shape, Time
from evenhand.people.model import MemberRole, Role


class Named(Shape):
    """Something by its id and name."""

    id: Id
    name: str


class OwnFacts(Shape):
    """The person who is signed in, as she knows herself."""

    id: Id
    name: str
    email: str


class OwnOrganization(Shape):
    """An organization that the person may work in, and her role there."""

    id: Id
    name: str
    role: MemberRole


class Preferences(Shape):
    """Choices of the interface. keys: command to the keys it is on. layout: whatever a screen remembers, by name."""

    theme: NotRequired[Literal["system", "light", "dark"] | None]
    language: NotRequired[str | None]
    text_size: NotRequired[int | None]
    density: NotRequired[Literal["compact", "usual", "roomy"] | None]
    keys: NotRequired[dict[str, list[str]] | None]
    layout: NotRequired[dict[str, str | int | float | bool] | None]


class SelfFacts(Shape):
    """What a person may know of herself in every organization."""

    person: OwnFacts
    organizations: list[OwnOrganization]
    preferences: Preferences


class Session(SelfFacts):
    """Who is signed in, where, and what she may do.

    csrf: what a browser session must send as X-CSRF-Token with every change; null for an API key.
    """

    organization: Named
    role: MemberRole
    pseudonym: str
    permissions: list[Permission]
    csrf: str | None
    version: str


class OwnSession(Shape):
    """One of your sessions. organization_id: where it works. is_current: the one that asks."""

    id: Id
    organization_id: Id
    opened_at: Time
    expires_at: Time
    is_current: bool


class BreakGlass(Shape):
    """One time that the operator asked to be let in. reason: in the operator's words. pseudonym: of whoever is let in.

    state: asked (until lapses_at), open (until `until`), over.
    """

    id: Id
    organization_id: Id
    state: Literal["asked", "open", "over"]
    reason: str
    pseudonym: str | None
    approvals: int
    is_own: bool
    has_approved: bool
    asked_at: Time
    lapses_at: Time
    opened_at: Time | None
    until: Time | None
    closed_at: Time | None
    closed_by: Literal["operator", "customer", "time"] | None


class SignInMethods(Shape):
    """How people sign in here beside a password. single_sign_on: what its button says; null: there is none."""

    single_sign_on: str | None


class Passkey(Shape):
    """One of your passkeys. is_synced: its maker copies it between your devices."""

    id: Id
    name: str
    is_synced: bool
    created_at: Time
    last_used_at: Time | None


class CredentialName(Shape):
    """A passkey as browsers name it. id: base64url."""

    type: str
    id: str


class RequestOptions(Shape):
    """What `PublicKeyCredential.parseRequestOptionsFromJSON` takes (WebAuthn Level 3, 5.1.10). timeout: milliseconds."""

    rpId: str
    challenge: str
    timeout: int
    allowCredentials: list[CredentialName]
    userVerification: str


class RelyingParty(Shape):
    """The site that a passkey is bound to."""

    id: str
    name: str


class PasskeyUser(Shape):
    """Whom a device shows a passkey for. id: base64url; it tells nobody else who that is."""

    id: str
    name: str
    displayName: str


class KeyParameters(Shape):
    """A kind of key that is taken. alg: a COSE algorithm."""

    type: str
    alg: int


class AuthenticatorSelection(Shape):
    """What a device must be able to do."""

    residentKey: str
    requireResidentKey: bool
    userVerification: str


class CreationOptions(Shape):
    """What `PublicKeyCredential.parseCreationOptionsFromJSON` takes (WebAuthn Level 3, 5.1.9). timeout: milliseconds."""

    rp: RelyingParty
    user: PasskeyUser
    challenge: str
    pubKeyCredParams: list[KeyParameters]
    timeout: int
    excludeCredentials: list[CredentialName]
    authenticatorSelection: AuthenticatorSelection
    attestation: str


class Notification(Shape):
    """Something that happened. subject_id: the task, release or hold it is about. quantity: how often since it was read last."""

    id: Id
    kind: Literal[
        "task.reported",
        "task.commented",
        "release.ready",
        "release.failed",
        "guideline.changed",
        "guideline.discussed",
        "answer.sent-back",
        "answer.decided",
        "offer.changed",
        "answer.rejected",
        "project.removed",
        "appeal.filed",
        "appeal.decided",
        "member.joined",
        "hold.opened",
        "silence.began",
        "breakglass.opened",
    ]
    project_id: Id | None
    subject_id: Id | None
    quantity: int
    at: Time
    read_at: Time | None


class NotificationPage(Shape):
    """Some of your notifications, newest first. unread: of all, not of these."""

    items: list[Notification]
    next_cursor: str | None
    unread: int


class ResetAsked(Shape):
    """The same words whether the address is known or not."""

    status: str


class Link(Shape):
    """What an invitation or reset link is for."""

    purpose: Literal["invitation", "password-reset"]
    organization: str
    email: str
    role: Role
    has_password: bool


class Invitation(Shape):
    """An invitation that was just made. link: shown here and never again. mailed: whether it went out by mail too."""

    id: Id
    link: str
    expires_at: Time
    mailed: bool


class Person(Shape):
    """A member. name and email: null where the person is a vendor's, and for auditors."""

    id: Id
    pseudonym: str
    name: str | None
    email: str | None
    role: MemberRole
    state: Literal["invited", "active", "removed"]
    joined_at: Time
    last_seen_at: Time | None


class ApiKey(Shape):
    """An API key, without what it opens. scopes: permissions it is narrowed to; null for all of its person's."""

    id: Id
    name: str
    prefix: str
    scopes: list[str] | None
    created_at: Time
    expires_at: Time


class NewApiKey(Shape):
    """A key that was just made. secret: shown here and never again."""

    id: Id
    prefix: str
    secret: str
    expires_at: Time


class Quota(Shape):
    """What an organization may hold at most; null: no limit."""

    tasks: int | None
    bytes: int | None
    members: int | None


class Usage(Shape):
    """What an organization holds: tasks and their sealed bytes, also in the trash, and members."""

    tasks: int
    bytes: int
    members: int


class Organization(Shape):
    """An organization's settings."""

    id: Id
    name: str
    kind: Literal["customer", "vendor", "operator"]
    retention_days: int | None
    allows_break_glass: bool
    requires_passkey: bool
    quota: Quota
    usage: Usage
    created_at: Time
