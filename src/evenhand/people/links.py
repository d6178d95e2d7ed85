"""Links by which somebody joins or sets a new password. Mail is the caller's business: links are returned."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from evenhand.boundary.actor import digest_of_token
from evenhand.ledger.actions import Action, Purpose
from evenhand.people import model
from evenhand.people.actors import Actors
from evenhand.people.notifications import notify
from evenhand.people.passwords import Passwords
from evenhand.people.records import Records, sealed_person
from evenhand.people.sessions import Opened, Sessions
from evenhand.people.shapes import Link
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault

_queries = Queries.of("evenhand.people")

RESET_LASTS = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Invited:
    """A link that was just made. token is shown once."""

    token: str = field(repr=False)
    person_id: UUID
    expires_at: datetime


class Links:
    """Invitations and password resets, from the making of a link to its use."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        passwords: Passwords,
        sessions: Sessions,
        actors: Actors,
        records: Records,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._passwords = passwords
        self._sessions = sessions
        self._actors = actors
        self._records = records
        self._clock = clock

    async def invitation(self, token: str) -> Link:
        """What a link is for, for the page that it opens. Raises LinkUsed when it is used, over, or never was."""
        row = await self.facts(token)
        organization = Sealed(
            row["organization_id"], None, row["organization_id"], Kind.ORGANIZATION,
            row["organization_chunk_key_id"], row["organization_sealed"],
        )  # fmt: skip
        return {
            "purpose": row["purpose"],
            "organization": (await self._records.opened(Purpose.SIGN_IN, [organization]))[0]["name"],
            "email": (await self._records.opened(Purpose.SIGN_IN, [sealed_person(row)]))[0]["email"],
            "role": row["role"],
            "has_password": row["password_hash"] is not None,
        }

    async def accept(self, token: str, password: str, name: str | None, network: str) -> Opened:
        """Use a link: set the password, join, and open a session.

        Somebody who has a password already shows it to join: whoever invited knows the link too, and must not become that
        person elsewhere. Raises LinkUsed, Malformed, WrongPassword, TooManyRequests.
        """
        facts = await self.facts(token)
        if facts["purpose"] == "invitation" and facts["password_hash"] is not None:
            await self._passwords.check(facts["email_hash"], facts["password_hash"], password, network)
            used = await self.use(token, facts, None, None)
        else:
            await self._passwords.require_good(password, [name] if name else [])
            used = await self.use(token, facts, password, name)
        if facts["purpose"] == "invitation":
            await self._tell_joined(used["organization_id"], used["person_id"])
        return await self._sessions.open(used["organization_id"], used["person_id"], None, by="link")

    async def ask_reset(self, email: str, network: str) -> None:
        """Count that a link was asked for, whether the address is known or not. Raises Malformed, TooManyRequests."""
        address = model.fold_address(email)
        await self._passwords.attempt(
            [self._vault.lookup(None, "reset", address), self._vault.lookup(None, "reset-network", network)]
        )

    async def make_reset(
        self, email: str, rule: str = "reset-link", *, forget_passkeys: bool = False
    ) -> Invited | None:
        """A link to set a new password, on record; None for an address nobody has. Made after the answer, the same for both.

        rule: how it was asked for, in the entry: `reset-link` by mail, `reset-link-of-operator` at the machine. forget_passkeys: of
        somebody whose device is lost, so that the first one is made anew; for the operator alone, on record too.
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
            await self._records.note(connection, None, Action.MEMBER_CHANGE, subject_id=facts["person_id"], rule=rule)
            if forget_passkeys:
                await _queries.value(connection, "passkeys_forget", person_id=facts["person_id"])
                await self._records.note(
                    connection, None, Action.MEMBER_CHANGE, subject_id=facts["person_id"], rule="passkeys-forgotten"
                )
            await self.add(connection, token, "password-reset", organization_id, facts["person_id"], now + RESET_LASTS)
        return Invited(token, facts["person_id"], now + RESET_LASTS)

    async def add(
        self,
        connection: Connection,
        token: str,
        purpose: str,
        organization_id: UUID,
        person_id: UUID,
        expires_at: datetime,
    ) -> None:
        """Store a link, of which the digest alone is kept. purpose: `invitation` or `password-reset`."""
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

    async def facts(self, token: str) -> asyncpg.Record:
        """What a link stands for. Raises LinkUsed when it is used, over, or never was."""
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection, "ticket_facts", token_sha256=digest_of_token(token), now=self._clock.now()
            )
        if row is None:
            raise model.LinkUsed()
        return row

    async def use(self, token: str, facts: asyncpg.Record, password: str | None, name: str | None) -> asyncpg.Record:
        """Use a link up. facts: of `facts`. password: the one to set, None to leave what stands."""
        sealed, key_id = None, None
        if name is not None and facts["vendor_id"] == facts["organization_id"]:
            email = (await self._records.opened(Purpose.SIGN_IN, [sealed_person(facts)]))[0]["email"]
            async with self._database.tenant(facts["vendor_id"]) as connection:
                key = await self._vault.writing_key(connection, facts["vendor_id"], None)
            content = json.dumps({"email": email, "name": model.check_name(name)}).encode()
            sealed, key_id = self._vault.seal(key, content, kind=Kind.PERSON, object_id=facts["person_id"]), key.id
        password_hash = await self._passwords.hash(password) if password is not None else None
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
                await self._records.note(
                    connection, None, Action.MEMBER_CHANGE, subject_id=person_id, rule="reset-link-used"
                )
        self._actors.forget_all()
        return used

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
