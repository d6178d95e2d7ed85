"""Passkeys: signing in with what a device holds, making one, letting one go. What is checked is in `ceremonies`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.errors import Conflict, LimitReached, NotFound, NotSignedIn
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action, Purpose
from evenhand.people import ceremonies, model
from evenhand.people.ceremonies import Ceremony, PasskeyRefused, Site
from evenhand.people.members import Members
from evenhand.people.passwords import Passwords
from evenhand.people.records import Records
from evenhand.people.sessions import Opened, Sessions
from evenhand.people.shapes import CreationOptions, Passkey, RequestOptions
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault

_queries = Queries.of("evenhand.people")

PASSKEYS_MAX = 20


@dataclass(frozen=True, slots=True)
class _Checked:
    """A passkey that was shown and is the one it says it is."""

    person_id: UUID
    is_active: bool
    memberships: list[dict[str, Any]]


class Passkeys:
    """The passkeys of everybody. A passkey belongs to a person, not to one organization."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        sessions: Sessions,
        members: Members,
        passwords: Passwords,
        records: Records,
        clock: Clock,
        address: str,
    ) -> None:
        self._database = database
        self._vault = vault
        self._sessions = sessions
        self._members = members
        self._passwords = passwords
        self._records = records
        self._clock = clock
        self._address = address

    # ------------------------------------------------------------------------------------------------------ signing in --
    def sign_in_options(self) -> RequestOptions:
        """What a browser needs to show a passkey of whoever it is. Raises PasskeysUnavailable."""
        site = Site.of(self._address)
        return ceremonies.request_options(site, self._challenge(Ceremony.SIGN_IN, ""))

    async def sign_in(self, response: Mapping[str, Any], network: str, *, replaces: bytes | None = None) -> Opened:
        """Open a session in the organization this person used last. Raises PasskeyRefused, TooManyRequests."""
        network_hash = self._vault.lookup(None, "network", network)
        await self._passwords.attempt([network_hash])
        checked = await self._check(response, Ceremony.SIGN_IN, "")
        if not (checked.is_active and checked.memberships):
            raise PasskeyRefused(reason="whoever it is for works in no organization here")
        await self._passwords.succeeded(network_hash)
        return await self._sessions.open(
            UUID(checked.memberships[0]["organization_id"]), checked.person_id, replaces, by="passkey"
        )

    async def confirm_options(self, actor: Actor) -> RequestOptions:
        """What a browser needs to show one of the person's own passkeys once more. Raises PasskeysUnavailable, NotFound."""
        return await self.own_options(actor, Ceremony.CONFIRM, str(actor.person_id))

    async def confirm(self, actor: Actor, response: Mapping[str, Any]) -> None:
        """Show again who one is, by passkey. Raises PasskeyRefused, also for somebody else's."""
        await self.check_own(actor, response, Ceremony.CONFIRM, str(actor.person_id))
        await self._sessions.confirmed(actor, is_strong=True)

    async def own_options(self, actor: Actor, ceremony: Ceremony, subject: str) -> RequestOptions:
        """What a browser needs to show one of the person's own passkeys for something. Raises PasskeysUnavailable, NotFound."""
        site = Site.of(self._address)
        own = [row["credential"] for row in await self._rows(actor)]
        if not own:
            raise NotFound(kind="passkey", id=str(actor.person_id))
        return ceremonies.request_options(site, self._challenge(ceremony, subject), own)

    async def check_own(self, actor: Actor, response: Mapping[str, Any], ceremony: Ceremony, subject: str) -> None:
        """See that the person has shown a passkey of hers for this. Raises PasskeyRefused."""
        checked = await self._check(response, ceremony, subject)
        if checked.person_id != actor.person_id:
            raise PasskeyRefused(reason="it is somebody else's")

    # ---------------------------------------------------------------------------------------------------------- keeping --
    async def options(self, actor: Actor) -> CreationOptions:
        """What a browser needs to make a passkey for the person. Raises NotConfirmed, PasskeysUnavailable, LimitReached."""
        await self._sessions.require_confirmed(actor)
        site = Site.of(self._address)
        own = [row["credential"] for row in await self._rows(actor)]
        if len(own) >= PASSKEYS_MAX:
            raise LimitReached(limit="passkeys of one person", allowed=PASSKEYS_MAX)
        person = (await self._members.self_facts(actor))["person"]
        return ceremonies.creation_options(
            site,
            self._challenge(Ceremony.ADD, str(actor.person_id)),
            handle=self._handle(actor.person_id),
            name=person["email"],
            shown_name=person["name"] or person["email"],
            existing=own,
        )

    async def add(self, actor: Actor, name: str, response: Mapping[str, Any]) -> Passkey:
        """Keep what the browser made. Raises NotConfirmed, PasskeyRefused, Conflict, LimitReached, Malformed."""
        await self._sessions.require_confirmed(actor)
        name = model.check_name(name)
        site, now = Site.of(self._address), self._clock.now()
        challenge, until = self._answered(response, Ceremony.ADD, str(actor.person_id))
        made = ceremonies.verify_new(site, response, challenge)
        passkey_id = fresh_id(now)
        async with self._database.tenant(actor.organization_id) as connection:
            key = await self._vault.writing_key(connection, actor.organization_id, None)
            content = json.dumps({"name": name}).encode()
            status = await _queries.value(
                connection,
                "passkey_add",
                token_sha256=actor.token_sha256,
                passkey_id=passkey_id,
                credential=made.credential,
                public_key=made.public_key,
                sign_count=made.sign_count,
                is_synced=made.is_synced,
                chunk_key_id=key.id,
                sealed=self._vault.seal(key, content, kind=Kind.PASSKEY, object_id=passkey_id),
                challenge=challenge,
                until=until,
                most=PASSKEYS_MAX,
                now=now,
            )
            if status == "ok":
                await self._records.note(
                    connection, actor, Action.MEMBER_CHANGE, subject_id=passkey_id, rule="passkey-added"
                )
        _refuse(status)
        return {
            "id": str(passkey_id),
            "name": name,
            "is_synced": made.is_synced,
            "created_at": rfc3339(now),
            "last_used_at": None,
        }

    async def enroll_options(self, email: str, password: str, network: str) -> CreationOptions:
        """What a browser needs to make the first passkey of somebody whose organization asks for one, by her password.

        Raises what `_enrolling` raises, and PasskeysUnavailable.
        """
        site = Site.of(self._address)
        person_id, _ = await self._enrolling(email, password, network)
        return ceremonies.creation_options(
            site,
            self._challenge(Ceremony.ENROLL, str(person_id)),
            handle=self._handle(person_id),
            name=email,
            shown_name=email,
            existing=[],
        )

    async def enroll(self, email: str, password: str, name: str, response: Mapping[str, Any], network: str) -> Opened:
        """Keep the first passkey, on record, and open a session by it. Raises as `_enrolling`, and PasskeyRefused, Conflict."""
        name = model.check_name(name)
        site, now = Site.of(self._address), self._clock.now()
        person_id, organization_id = await self._enrolling(email, password, network)
        challenge, until = self._answered(response, Ceremony.ENROLL, str(person_id))
        made = ceremonies.verify_new(site, response, challenge)
        passkey_id = fresh_id(now)
        async with self._database.tenant(organization_id) as connection:
            key = await self._vault.writing_key(connection, organization_id, None)
            status = await _queries.value(
                connection,
                "passkey_enroll",
                person_id=person_id,
                organization_id=organization_id,
                passkey_id=passkey_id,
                credential=made.credential,
                public_key=made.public_key,
                sign_count=made.sign_count,
                is_synced=made.is_synced,
                chunk_key_id=key.id,
                sealed=self._vault.seal(
                    key, json.dumps({"name": name}).encode(), kind=Kind.PASSKEY, object_id=passkey_id
                ),
                challenge=challenge,
                until=until,
                now=now,
            )
            if status == "ok":
                await self._records.note(
                    connection, None, Action.MEMBER_CHANGE, subject_id=passkey_id, rule="passkey-enrolled"
                )
        _refuse(status)
        return await self._sessions.open(organization_id, person_id, None, by="passkey")

    async def _enrolling(self, email: str, password: str, network: str) -> tuple[UUID, UUID]:
        """Whose first passkey it would be, and the organization that asks for it.

        Raises WrongPassword (also where no organization of hers asks), TooManyRequests, PasskeyRequired for who has one already.
        """
        email_hash = self._keyed("email", model.fold_address(email))
        async with self._database.statement() as connection:
            facts = await _queries.row(connection, "sign_in_facts", email_hash=email_hash)
        await self._passwords.check(email_hash, facts["password_hash"] if facts else None, password, network)
        asking = [each for each in json.loads(facts["memberships"]) if each["requires_passkey"]] if facts else []
        if not (facts and facts["is_active"] and asking):
            raise model.WrongPassword()
        if facts["has_passkey"]:
            raise model.PasskeyRequired(has_passkey=True)
        return facts["person_id"], UUID(asking[0]["organization_id"])

    async def listed(self, actor: Actor) -> list[Passkey]:
        """The person's own passkeys, oldest first. Raises NotSignedIn for an API key."""
        rows = await self._rows(actor)
        names: dict[UUID, str] = {}
        for organization_id in {row["organization_id"] for row in rows}:
            sealed = [
                Sealed(organization_id, None, row["passkey_id"], Kind.PASSKEY, row["chunk_key_id"], row["sealed"])
                for row in rows
                if row["organization_id"] == organization_id
            ]
            opened = await self._records.opened(Purpose.DIRECTORY, sealed)
            names.update({each.object_id: content["name"] for each, content in zip(sealed, opened, strict=True)})
        return [
            {
                "id": str(row["passkey_id"]),
                "name": names[row["passkey_id"]],
                "is_synced": row["is_synced"],
                "created_at": rfc3339(row["created_at"]),
                "last_used_at": rfc3339(row["last_used_at"]) if row["last_used_at"] else None,
            }
            for row in rows
        ]

    async def remove(self, actor: Actor, passkey_id: UUID) -> None:
        """Let one go: it signs nobody in from the next attempt on. Raises NotConfirmed, NotFound."""
        await self._sessions.require_confirmed(actor)
        async with self._database.tenant(actor.organization_id) as connection:
            gone = await _queries.value(
                connection,
                "passkey_remove",
                token_sha256=actor.token_sha256,
                passkey_id=passkey_id,
                now=self._clock.now(),
            )
            if not gone:
                raise NotFound(kind="passkey", id=str(passkey_id))
            await self._records.note(
                connection, actor, Action.MEMBER_CHANGE, subject_id=passkey_id, rule="passkey-removed"
            )

    # ---------------------------------------------------------------------------------------------------------- checking --
    async def _check(self, response: Mapping[str, Any], ceremony: Ceremony, subject: str) -> _Checked:
        site = Site.of(self._address)
        shown = ceremonies.read_shown(response)
        challenge, until = self._answered(response, ceremony, subject)
        async with self._database.statement() as connection:
            facts = await _queries.row(connection, "passkey_facts", credential=shown.credential)
        if facts is None:
            raise PasskeyRefused(reason="this server does not know it")
        if shown.person_handle is not None and shown.person_handle != self._handle(facts["person_id"]):
            raise PasskeyRefused(reason="it was made for somebody else")
        count = ceremonies.verify_shown(
            site, response, challenge, public_key=facts["public_key"], sign_count=facts["sign_count"]
        )
        async with self._database.statement() as connection:
            is_first = await _queries.value(
                connection,
                "passkey_shown",
                credential=shown.credential,
                sign_count_was=facts["sign_count"],
                sign_count=count,
                challenge=challenge,
                until=until,
                now=self._clock.now(),
            )
        if not is_first:
            raise PasskeyRefused(reason="this answer was used before")
        return _Checked(facts["person_id"], facts["is_active"], json.loads(facts["memberships"]))

    def _challenge(self, ceremony: Ceremony, subject: str) -> bytes:
        return ceremonies.make_challenge(self._keyed, ceremony, subject, self._clock.now(), os.urandom(16))

    def _answered(self, response: Mapping[str, Any], ceremony: Ceremony, subject: str) -> tuple[bytes, datetime]:
        challenge = ceremonies.read_challenge(response)
        return challenge, ceremonies.end_of(self._keyed, ceremony, subject, challenge, self._clock.now())

    def _keyed(self, domain: str, text: str) -> bytes:
        return self._vault.lookup(None, domain, text)

    def _handle(self, person_id: UUID) -> bytes:
        """What a device keeps to know the person by; it tells nobody else who that is."""
        return self._vault.lookup(None, "passkey-handle", str(person_id))

    async def _rows(self, actor: Actor) -> list[Any]:
        if actor.kind != "session":
            raise model.NeedsSession()
        async with self._database.statement() as connection:
            return await _queries.rows(connection, "passkeys", token_sha256=actor.token_sha256, now=self._clock.now())


def _refuse(status: str) -> None:
    if status == "no-session":
        raise NotSignedIn()
    if status == "has-one":
        raise model.PasskeyRequired(has_passkey=True)
    if status == "used":
        raise PasskeyRefused(reason="this answer was used before")
    if status == "too-many":
        raise LimitReached(limit="passkeys of one person", allowed=PASSKEYS_MAX)
    if status == "taken":
        raise Conflict(kind="passkey", reason="this device holds it already")
