"""The verbs of people: sign in and out, invite, reset, keys, members. Mail is the caller's business; links are returned."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import argon2
import asyncpg

from evenhand.boundary.actor import Actor, digest_of_token
from evenhand.boundary.permission import Permission
from evenhand.core.errors import Conflict, Malformed, NotFound, Problem, TooManyRequests
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.grant import OBJECTS_MAX, Mint
from evenhand.people import model
from evenhand.people.notifications import notify
from evenhand.people.shapes import (
    ApiKey,
    Link,
    Organization,
    OwnOrganization,
    OwnSession,
    Person,
    Preferences,
    SelfFacts,
)
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault

_queries = Queries.of("evenhand.people")

SESSION_LASTS = timedelta(days=14)
INVITATION_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(hours=2)
KEY_LASTS_MAX = timedelta(days=366)
FAILURES_MAX = 10
FAILURE_WINDOW = timedelta(minutes=15)
ACTOR_KEPT = timedelta(seconds=5)
_ACTORS_KEPT_MAX = 10_000
_PSEUDONYMS_DRAWN = 8


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was just opened. token goes into the cookie and nowhere else."""

    token: str = field(repr=False)
    actor: Actor
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """A link that was just made. token is shown once."""

    token: str = field(repr=False)
    person_id: UUID
    expires_at: datetime


class People:
    """Sign-in, members and keys of every organization of the installation."""

    def __init__(self, database: Database, vault: Vault, mint: Mint, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._mint = mint
        self._clock = clock
        self._hasher = argon2.PasswordHasher()
        # Verified when an address is unknown, so that its answer takes as long as a wrong password's.
        self._decoy = self._hasher.hash(os.urandom(16).hex())
        self._actors: dict[bytes, tuple[datetime, Actor | None]] = {}

    # ----------------------------------------------------------------------------------------------- authentication --
    async def authenticate(self, token_sha256: bytes) -> Actor | None:
        """The Authenticate port: who a token is, at most five seconds old.

        Work on the queue does not lean on this memory: claim and submit ask the database again in their own statement.
        """
        now = self._clock.now()
        known = self._actors.get(token_sha256)
        if known and now - known[0] < ACTOR_KEPT:
            return known[1]
        async with self._database.statement() as connection:
            row = await _queries.row(connection, "actor", token_sha256=token_sha256, now=now)
        actor = _actor(row, token_sha256) if row else None
        if len(self._actors) >= _ACTORS_KEPT_MAX:
            self._actors.clear()
        self._actors[token_sha256] = (now, actor)
        return actor

    async def sign_in(self, email: str, password: str, network: str, *, replaces: bytes | None = None) -> Opened:
        """Open a session in the organization this person used last. Raises WrongPassword, TooManyRequests."""
        email_hash = self._vault.lookup(None, "email", model.fold_address(email))
        async with self._database.statement() as connection:
            facts = await _queries.row(connection, "sign_in_facts", email_hash=email_hash)
        await self._check_password(email_hash, facts["password_hash"] if facts else None, password, network)
        memberships = json.loads(facts["memberships"]) if facts else []
        if not (facts and facts["is_active"] and memberships):
            raise model.WrongPassword()
        return await self._open_session(UUID(memberships[0]["organization_id"]), facts["person_id"], replaces)

    async def _check_password(self, email_hash: bytes, password_hash: str | None, password: str, network: str) -> None:
        """Raises WrongPassword, and TooManyRequests before it even looks when there were too many attempts."""
        network_hash = self._vault.lookup(None, "network", network)
        await self._attempt([email_hash, network_hash])
        # Slow by design: off the loop, so that nobody's claim waits for somebody's sign-in.
        if not await asyncio.to_thread(self._verify, password_hash, password):
            raise model.WrongPassword()
        async with self._database.statement() as connection:
            await _queries.run(connection, "sign_in_succeeded", address=email_hash, network=network_hash)

    async def _attempt(self, buckets: list[bytes]) -> None:
        """Count an attempt before it is made: those made at once cannot all pass. Raises TooManyRequests."""
        async with self._database.statement() as connection:
            count = await _queries.value(
                connection, "sign_in_attempted", buckets=buckets, now=self._clock.now(), window=FAILURE_WINDOW
            )
        if count > FAILURES_MAX:
            raise TooManyRequests(retry_after_seconds=int(FAILURE_WINDOW.total_seconds()))

    async def sign_out(self, token_sha256: bytes) -> None:
        """End a session. Ending one that is gone already is no error."""
        self._actors.pop(token_sha256, None)
        async with self._database.statement() as connection:
            await _queries.value(connection, "session_end", token_sha256=token_sha256)

    async def sessions(self, actor: Actor) -> list[OwnSession]:
        """The person's own sessions, in every organization, newest first. Raises NeedsSession for an API key."""
        _require_session(actor)
        async with self._database.statement() as connection:
            rows = await _queries.rows(connection, "sessions", token_sha256=actor.token_sha256, now=self._clock.now())
        return [
            {
                "id": str(row["credential_id"]),
                "organization_id": str(row["organization_id"]),
                "opened_at": rfc3339(row["created_at"]),
                "expires_at": rfc3339(row["expires_at"]),
                "is_current": row["is_current"],
            }
            for row in rows
        ]

    async def close_session(self, actor: Actor, session_id: UUID | None) -> None:
        """End one of the person's own sessions, or all but the present one (None). Raises NotFound, NeedsSession."""
        _require_session(actor)
        async with self._database.statement() as connection:
            closed = await _queries.value(
                connection,
                "session_close",
                token_sha256=actor.token_sha256,
                credential_id=session_id,
                now=self._clock.now(),
            )
        if session_id is not None and not closed:
            raise NotFound(kind="session", id=str(session_id))
        self._actors.clear()

    async def switch(self, actor: Actor, organization_id: UUID) -> Opened:
        """A new session in another organization of the same person; the old one ends.

        Raises NeedsSession for an API key: it is of one organization, and may be narrower than a session would be.
        """
        _require_session(actor)
        self._actors.pop(actor.token_sha256, None)
        return await self._open_session(organization_id, actor.person_id, actor.token_sha256)

    async def _open_session(self, organization_id: UUID, person_id: UUID, replaces: bytes | None) -> Opened:
        now = self._clock.now()
        token = model.token(os.urandom(32))
        async with self._database.statement() as connection:
            opened = await _queries.value(
                connection,
                "session_open",
                token_sha256=digest_of_token(token),
                credential_id=fresh_id(now),
                organization_id=organization_id,
                person_id=person_id,
                csrf=os.urandom(32),
                now=now,
                expires_at=now + SESSION_LASTS,
                replaces=replaces,
            )
        actor = await self.authenticate(digest_of_token(token)) if opened else None
        if actor is None:
            raise NotFound(kind="organization", id=str(organization_id))
        async with self._database.tenant(actor.organization_id) as connection:
            if actor.role in ("owner", "manager"):
                await self._note(connection, actor, Action.ADMIN_LOGIN, subject_id=actor.person_id)
        return Opened(token, actor, now + SESSION_LASTS)

    def _verify(self, password_hash: str | None, password: str) -> bool:
        try:
            self._hasher.verify(password_hash or self._decoy, password)
        except (argon2.exceptions.VerifyMismatchError, argon2.exceptions.InvalidHashError):
            return False
        return password_hash is not None

    # ---------------------------------------------------------------------------------------------------- directory --
    async def self_facts(self, actor: Actor) -> SelfFacts:
        """The person's own name, address and preferences, and the organizations she may switch to, by name."""
        async with self._database.statement() as connection:
            row = await _queries.row(connection, "self", token_sha256=actor.token_sha256, now=self._clock.now())
        if row is None:
            raise NotFound(kind="person", id=str(actor.person_id))
        own = Sealed(row["vendor_id"], None, row["person_id"], Kind.PERSON, row["chunk_key_id"], row["sealed"])
        organizations: list[OwnOrganization] = []
        for each in json.loads(row["memberships"]):
            id_ = UUID(each["organization_id"])
            sealed = Sealed(
                id_, None, id_, Kind.ORGANIZATION, UUID(each["chunk_key_id"]), base64.b64decode(each["sealed"])
            )
            name = (await self._opened(Purpose.DIRECTORY, [sealed]))[0]["name"]
            organizations.append({"id": str(id_), "name": name, "role": each["role"]})
        person = (await self._opened(Purpose.DIRECTORY, [own]))[0]
        return {
            "person": {"id": str(row["person_id"]), "name": person["name"], "email": person["email"]},
            "organizations": organizations,
            "preferences": json.loads(row["preferences"]),
        }

    async def members(self, actor: Actor) -> list[Person]:
        """The people of this organization: all by pseudonym, its own by name and address too."""
        actor.require(Permission.PEOPLE_READ)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(connection, "members", organization_id=actor.organization_id)
            own = await _queries.rows(connection, "names_of_members", organization_id=actor.organization_id)
        names: dict[UUID, dict[str, Any]] = {}
        if actor.role != "auditor":
            sealed = [_sealed_person(row) for row in own]
            for start in range(0, len(sealed), OBJECTS_MAX):
                page = sealed[start : start + OBJECTS_MAX]
                grant = await self._mint.to_person(actor, Purpose.DIRECTORY, [each.object_id for each in page])
                for each, content in zip(page, await self._vault.open(grant, page), strict=True):
                    names[each.object_id] = json.loads(content)
        return [
            {
                "id": str(row["person_id"]),
                "pseudonym": row["pseudonym"],
                "name": names.get(row["person_id"], {}).get("name"),
                "email": names.get(row["person_id"], {}).get("email"),
                "role": row["role"],
                "state": row["state"],
                "joined_at": rfc3339(row["joined_at"]),
                "last_seen_at": rfc3339(row["last_seen_at"]) if row["last_seen_at"] else None,
            }
            for row in rows
        ]

    async def organization(self, organization_id: UUID) -> Organization:
        """The organization's name and settings."""
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(connection, "organization", organization_id=organization_id)
        if row is None:
            raise NotFound(kind="organization", id=str(organization_id))
        sealed = Sealed(organization_id, None, organization_id, Kind.ORGANIZATION, row["chunk_key_id"], row["sealed"])
        name = (await self._opened(Purpose.DIRECTORY, [sealed]))[0]["name"]
        return {
            "id": str(organization_id),
            "name": name,
            "kind": row["kind"],
            "retention_days": row["retention_days"],
            "quota": {"tasks": row["quota_tasks"], "bytes": row["quota_bytes"], "members": row["quota_members"]},
            "usage": {"tasks": row["tasks"], "bytes": row["bytes"], "members": row["members"]},
            "created_at": rfc3339(row["created_at"]),
        }

    async def organization_update(self, actor: Actor, name: str, retention_days: int | None) -> None:
        """Change the organization's name and how long it keeps what it no longer needs."""
        actor.require(Permission.ORGANIZATION_WRITE)
        name = model.check_name(name)
        async with self._database.tenant(actor.organization_id) as connection:
            key = await self._vault.writing_key(connection, actor.organization_id, None)
            content = json.dumps({"name": name}).encode()
            await _queries.run(
                connection,
                "organization_update",
                organization_id=actor.organization_id,
                chunk_key_id=key.id,
                sealed=self._vault.seal(key, content, kind=Kind.ORGANIZATION, object_id=actor.organization_id),
                retention_days=retention_days,
            )
            await self._note(connection, actor, Action.POLICY_CHANGE, subject_id=actor.organization_id)

    async def preferences_set(self, actor: Actor, preferences: dict[str, Any]) -> Preferences:
        """Merge into the person's preferences; they hold choices of the interface and no content."""
        async with self._database.statement() as connection:
            merged = await _queries.value(
                connection,
                "preferences_set",
                token_sha256=actor.token_sha256,
                preferences=json.dumps(preferences),
                now=self._clock.now(),
            )
        result: Preferences = json.loads(merged)
        return result

    # --------------------------------------------------------------------------------------------- making and asking --
    async def add_organization(self, name: str, kind: str = "customer") -> UUID:
        """A new organization, without members yet."""
        now = self._clock.now()
        organization_id = fresh_id(now)
        async with self._database.tenant(organization_id) as connection:
            key = await self._vault.writing_key(connection, organization_id, None)
            content = json.dumps({"name": model.check_name(name)}).encode()
            await _queries.run(
                connection,
                "organization_add",
                organization_id=organization_id,
                kind=kind,
                chunk_key_id=key.id,
                sealed=self._vault.seal(key, content, kind=Kind.ORGANIZATION, object_id=organization_id),
                now=now,
            )
        return organization_id

    async def add_member(
        self,
        organization_id: UUID,
        email: str,
        name: str,
        role: str,
        *,
        password: str | None = None,
        vendor_id: UUID | None = None,
    ) -> UUID:
        """Make a person a member at once, with a password or without; for bootstrap and the demo. Returns the person."""
        now = self._clock.now()
        async with self._database.tenant(organization_id) as connection:
            added = await self._member_add(
                connection, organization_id, vendor_id or organization_id, email, name, role, "active", now
            )
        if password is not None:
            token = model.token(os.urandom(32))
            async with self._database.statement() as connection:
                await self._add_ticket(
                    connection, token, "invitation", organization_id, added["person_id"], now + RESET_LASTS
                )
            await self._use_ticket(token, await self._ticket(token), password, None)
        person_id: UUID = added["person_id"]
        return person_id

    async def invite(self, actor: Actor, email: str, role: str, name: str | None = None) -> Invited:
        """A link by which somebody joins this organization. An address that is known keeps its person.

        Raises Conflict for a member, whose role is changed by `change_role` alone, and for an owner-to-be whom only an owner
        may make something else.
        """
        actor.require(Permission.PEOPLE_WRITE)
        model.check_role(role)
        if role == "owner" and actor.role != "owner":
            problem = Problem("/role", "unknown_role", "Only an owner can make an owner.", "Ask an owner.")
            raise Malformed([problem])
        now = self._clock.now()
        async with self._database.tenant(actor.organization_id) as connection:
            shown = model.check_name(name) if name else model.fold_address(email)
            added = await self._member_add(
                connection, actor.organization_id, actor.organization_id, email, shown, role, "invited", now
            )
            if added["was_role"] == "owner" and added["was_state"] == "invited" and actor.role != "owner":
                raise Conflict(kind="person", reason="only an owner can change the invitation of an owner")
            await self._note(connection, actor, Action.MEMBER_CHANGE, subject_id=added["person_id"], rule="invited")
            token = model.token(os.urandom(32))
            await self._add_ticket(
                connection, token, "invitation", actor.organization_id, added["person_id"], now + INVITATION_LASTS
            )
        return Invited(token, added["person_id"], now + INVITATION_LASTS)

    async def invitation(self, token: str) -> Link:
        """What a link is for, for the page that it opens. Raises LinkUsed when it is used, over, or never was."""
        row = await self._ticket(token)
        organization = Sealed(
            row["organization_id"], None, row["organization_id"], Kind.ORGANIZATION,
            row["organization_chunk_key_id"], row["organization_sealed"],
        )  # fmt: skip
        return {
            "purpose": row["purpose"],
            "organization": (await self._opened(Purpose.SIGN_IN, [organization]))[0]["name"],
            "email": (await self._opened(Purpose.SIGN_IN, [_sealed_person(row)]))[0]["email"],
            "role": row["role"],
            "has_password": row["password_hash"] is not None,
        }

    async def _ticket(self, token: str) -> asyncpg.Record:
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection, "ticket_facts", token_sha256=digest_of_token(token), now=self._clock.now()
            )
        if row is None:
            raise model.LinkUsed()
        return row

    async def accept(self, token: str, password: str, name: str | None, network: str) -> Opened:
        """Use a link: set the password, join, and open a session.

        Somebody who has a password already shows it to join: whoever invited knows the link too, and must not become that
        person elsewhere. Raises LinkUsed, Malformed, WrongPassword, TooManyRequests.
        """
        facts = await self._ticket(token)
        if facts["purpose"] == "invitation" and facts["password_hash"] is not None:
            await self._check_password(facts["email_hash"], facts["password_hash"], password, network)
            used = await self._use_ticket(token, facts, None, None)
        else:
            model.check_password(password)
            used = await self._use_ticket(token, facts, password, name)
        if facts["purpose"] == "invitation":
            await self._tell_joined(used["organization_id"], used["person_id"])
        return await self._open_session(used["organization_id"], used["person_id"], None)

    async def _tell_joined(self, organization_id: UUID, person_id: UUID) -> None:
        async with self._database.tenant(organization_id) as connection:
            await notify(
                connection,
                organization_id,
                "member.joined",
                managers=True,
                but=person_id,
                now=self._clock.now(),
            )

    async def ask_reset(self, email: str, network: str) -> None:
        """Count that a link was asked for, whether the address is known or not. Raises Malformed, TooManyRequests."""
        address = model.fold_address(email)
        await self._attempt(
            [self._vault.lookup(None, "reset", address), self._vault.lookup(None, "reset-network", network)]
        )

    async def make_reset(self, email: str, rule: str = "reset-link") -> Invited | None:
        """A link to set a new password, on record; None for an address nobody has. Made after the answer, the same for both.

        rule: how it was asked for, in the entry: `reset-link` by mail, `reset-link-of-operator` at the machine.
        """
        now = self._clock.now()
        email_hash = self._vault.lookup(None, "email", model.fold_address(email))
        async with self._database.statement() as connection:
            facts = await _queries.row(connection, "sign_in_facts", email_hash=email_hash)
        memberships = json.loads(facts["memberships"]) if facts else []
        if facts is None or not memberships:
            return None
        token = model.token(os.urandom(32))
        organization_id = UUID(memberships[0]["organization_id"])
        async with self._database.tenant(organization_id) as connection:
            await self._note(connection, None, Action.MEMBER_CHANGE, subject_id=facts["person_id"], rule=rule)
            await self._add_ticket(
                connection, token, "password-reset", organization_id, facts["person_id"], now + RESET_LASTS
            )
        return Invited(token, facts["person_id"], now + RESET_LASTS)

    async def change_role(self, actor: Actor, person_id: UUID, role: str) -> None:
        """Give a member another role. Raises NotFound, or Conflict for the last owner."""
        actor.require(Permission.PEOPLE_WRITE)
        model.check_role(role)
        async with self._database.tenant(actor.organization_id) as connection:
            before = await _queries.row(
                connection, "member", organization_id=actor.organization_id, person_id=person_id
            )
            if before is None:
                raise NotFound(kind="person", id=str(person_id))
            if "owner" in (role, before["role"]) and actor.role != "owner":
                raise Conflict(kind="role", reason="only an owner can make or unmake an owner")
            verdict = await _queries.value(
                connection, "member_role_set", organization_id=actor.organization_id, person_id=person_id, role=role
            )
            if verdict == "last-owner":
                raise Conflict(kind="role", reason="the last owner stays one; make somebody else an owner first")
            await self._note(connection, actor, Action.MEMBER_CHANGE, subject_id=person_id, rule=f"role:{role}")
        self._actors.clear()

    async def remove(self, actor: Actor, person_id: UUID) -> None:
        """End a membership: sessions, keys and leases go with it in one transaction."""
        actor.require(Permission.PEOPLE_WRITE)
        async with self._database.tenant(actor.organization_id) as connection:
            member = await _queries.row(
                connection, "member", organization_id=actor.organization_id, person_id=person_id
            )
            if member is None:
                raise NotFound(kind="person", id=str(person_id))
            if member["role"] == "owner":
                raise Conflict(kind="person", reason="an owner cannot be removed; give them another role first")
            await _queries.value(
                connection,
                "member_remove",
                organization_id=actor.organization_id,
                person_id=person_id,
                now=self._clock.now(),
            )
            await self._note(connection, actor, Action.MEMBER_CHANGE, subject_id=person_id, rule="removed")
        self._actors.clear()

    # --------------------------------------------------------------------------------------------------------- keys --
    async def make_key(
        self, organization_id: UUID, person_id: UUID, name: str, scopes: Sequence[str] | None, expires_at: datetime
    ) -> tuple[UUID, str, str]:
        """A new API key of a person: (id, prefix, secret). The secret is not kept."""
        now = self._clock.now()
        secret = model.KEY_PREFIX + model.token(os.urandom(32))
        key_id = fresh_id(now)
        async with self._database.tenant(organization_id) as connection:
            key = await self._vault.writing_key(connection, organization_id, None)
            content = json.dumps({"name": model.check_name(name)}).encode()
            await _queries.run(
                connection,
                "key_add",
                token_sha256=digest_of_token(secret),
                credential_id=key_id,
                organization_id=organization_id,
                person_id=person_id,
                scopes=list(scopes) if scopes is not None else None,
                prefix=secret[:12],
                chunk_key_id=key.id,
                sealed=self._vault.seal(key, content, kind=Kind.CREDENTIAL, object_id=key_id),
                now=now,
                expires_at=expires_at,
            )
        return key_id, secret[:12], secret

    async def add_key(
        self, actor: Actor, name: str, scopes: Sequence[str] | None, expires_at: datetime | None
    ) -> tuple[UUID, str, str, datetime]:
        """A key for the actor, never with more than the actor may do. Raises Malformed for unknown scopes or times."""
        actor.require(Permission.KEY_MANAGE)
        now = self._clock.now()
        until = expires_at or now + timedelta(days=90)
        if not now < until <= now + KEY_LASTS_MAX:
            message = "A key lasts at most a year, and not into the past."
            raise Malformed([Problem("/expires_at", "out_of_bounds", message, "Take a date within the next 366 days.")])
        if scopes is not None and (unknown := sorted(set(scopes) - {each.value for each in actor.permissions})):
            message = f"You cannot give away {unknown[0]!r}."
            raise Malformed([Problem("/scopes", "unknown_scope", message, "Take scopes of your own role.")])
        if scopes is None and actor.scopes is not None:
            scopes = sorted(actor.permissions)  # a key that is narrowed makes no key that is not
        id_, prefix, secret = await self.make_key(actor.organization_id, actor.person_id, name, scopes, until)
        async with self._database.tenant(actor.organization_id) as connection:
            await self._note(connection, actor, Action.POLICY_CHANGE, subject_id=id_, rule="key-added")
        return id_, prefix, secret, until

    async def keys(self, actor: Actor) -> list[ApiKey]:
        """The API keys of this organization, without what they open."""
        actor.require(Permission.KEY_MANAGE)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(connection, "keys", organization_id=actor.organization_id)
        sealed = [
            Sealed(
                actor.organization_id, None, row["credential_id"], Kind.CREDENTIAL, row["chunk_key_id"], row["sealed"]
            )
            for row in rows[:OBJECTS_MAX]
        ]
        names = await self._opened(Purpose.DIRECTORY, sealed) if sealed else []
        return [
            {
                "id": str(row["credential_id"]),
                "name": name["name"],
                "prefix": row["prefix"],
                "scopes": row["scopes"],
                "created_at": rfc3339(row["created_at"]),
                "expires_at": rfc3339(row["expires_at"]),
            }
            for row, name in zip(rows, names, strict=False)
        ]

    async def remove_key(self, actor: Actor, key_id: UUID) -> None:
        """Revoke an API key; it is refused from the next request on."""
        actor.require(Permission.KEY_MANAGE)
        async with self._database.tenant(actor.organization_id) as connection:
            gone = await _queries.value(
                connection, "key_remove", organization_id=actor.organization_id, credential_id=key_id
            )
            if gone is None:
                raise NotFound(kind="API key", id=str(key_id))
            await self._note(connection, actor, Action.POLICY_CHANGE, subject_id=key_id, rule="key-removed")
        self._actors.clear()

    # ----------------------------------------------------------------------------------------------------- internals --
    async def _member_add(
        self,
        connection: Connection,
        organization_id: UUID,
        vendor_id: UUID,
        email: str,
        name: str,
        role: str,
        state: str,
        now: datetime,
    ) -> asyncpg.Record:
        address = model.fold_address(email)
        person_id = fresh_id(now)
        if vendor_id != organization_id:
            raise Conflict(kind="person", reason="a vendor's people are added by their vendor")
        key = await self._vault.writing_key(connection, vendor_id, None)
        content = json.dumps({"email": address, "name": name}).encode()
        row = await _queries.row(
            connection,
            "member_add",
            organization_id=organization_id,
            vendor_id=vendor_id,
            person_id=person_id,
            email_hash=self._vault.lookup(None, "email", address),
            chunk_key_id=key.id,
            sealed=self._vault.seal(key, content, kind=Kind.PERSON, object_id=person_id),
            role=role,
            state=state,
            pseudonyms=[model.pseudonym(os.urandom(4)) for _ in range(_PSEUDONYMS_DRAWN)],
            salt=os.urandom(16),
            now=now,
        )
        assert row is not None
        if row["was_state"] == "active":
            raise Conflict(kind="person", reason="is a member already; change the role on the page People")
        return row

    async def _add_ticket(
        self,
        connection: Connection,
        token: str,
        purpose: str,
        organization_id: UUID,
        person_id: UUID,
        expires_at: datetime,
    ) -> None:
        await _queries.value(
            connection,
            "ticket_add",
            token_sha256=digest_of_token(token),
            purpose=purpose,
            organization_id=organization_id,
            person_id=person_id,
            now=self._clock.now(),
            expires_at=expires_at,
        )

    async def _use_ticket(
        self, token: str, facts: asyncpg.Record, password: str | None, name: str | None
    ) -> asyncpg.Record:
        """facts: of `_ticket`. password: the one to set, None to leave what stands."""
        sealed, key_id = None, None
        if name is not None and facts["vendor_id"] == facts["organization_id"]:
            email = (await self._opened(Purpose.SIGN_IN, [_sealed_person(facts)]))[0]["email"]
            async with self._database.tenant(facts["vendor_id"]) as connection:
                key = await self._vault.writing_key(connection, facts["vendor_id"], None)
            content = json.dumps({"email": email, "name": model.check_name(name)}).encode()
            sealed, key_id = self._vault.seal(key, content, kind=Kind.PERSON, object_id=facts["person_id"]), key.id
        password_hash = await asyncio.to_thread(self._hasher.hash, password) if password is not None else None
        async with self._database.tenant(facts["organization_id"]) as connection:
            used = await _queries.row(
                connection,
                "ticket_use",
                token_sha256=digest_of_token(token),
                password_hash=password_hash,
                chunk_key_id=key_id,
                sealed=sealed,
                now=self._clock.now(),
            )
            if used is None:
                raise model.LinkUsed()
            if facts["purpose"] == "password-reset":
                person_id = used["person_id"]
                await self._note(connection, None, Action.MEMBER_CHANGE, subject_id=person_id, rule="reset-link-used")
        self._actors.clear()
        return used

    async def _opened(self, purpose: Purpose, sealed: list[Sealed]) -> list[dict[str, Any]]:
        """Open rows of one organization for the software itself; the look is recorded there."""
        objects = [each.object_id for each in sealed]
        grant = await self._mint.to_software(sealed[0].organization_id, purpose, objects)
        return [json.loads(content) for content in await self._vault.open(grant, sealed)]

    async def _note(
        self, connection: Connection, actor: Actor | None, action: Action, *, subject_id: UUID, rule: str | None = None
    ) -> None:
        """actor: None for whoever is not signed in."""
        await _queries.row(
            connection,
            "note",
            action=int(action),
            actor_commitment=actor.actor_commitment if actor else None,
            actor_organization_id=actor.vendor_id if actor else None,
            object_id=None,
            subject_id=subject_id,
            digest=None,
            purpose=Purpose.MANAGE.value,
            decision=None,
            rule=rule,
            quantity=None,
            now=self._clock.now(),
        )


def _require_session(actor: Actor) -> None:
    if actor.kind != "session":
        raise model.NeedsSession()


def _actor(row: asyncpg.Record, token_sha256: bytes) -> Actor:
    return Actor(
        organization_id=row["organization_id"],
        person_id=row["person_id"],
        role=row["role"],
        pseudonym=row["pseudonym"],
        annotator_no=row["annotator_no"],
        actor_commitment=row["actor_commitment"],
        vendor_id=row["vendor_id"],
        kind=row["kind"],
        scopes=row["scopes"],
        csrf=row["csrf"],
        credential_id=row["credential_id"],
        token_sha256=token_sha256,
    )


def _sealed_person(row: Any) -> Sealed:
    return Sealed(row["vendor_id"], None, row["person_id"], Kind.PERSON, row["chunk_key_id"], row["sealed"])
