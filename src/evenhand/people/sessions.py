"""Sessions: signing in and out, switching between organizations, ending what is open elsewhere."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from uuid import UUID

import structlog

from evenhand.boundary.actor import Actor, digest_of_token
from evenhand.core.errors import NotFound, NotSignedIn, PlatformError
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action
from evenhand.people import model
from evenhand.people.actors import Actors
from evenhand.people.passwords import Passwords
from evenhand.people.records import Records
from evenhand.people.shapes import OwnSession
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.service import Vault

_queries = Queries.of("evenhand.people")
log = structlog.get_logger(__name__)

SESSION_LASTS = timedelta(days=14)
# By what a session was opened: written into the log.
Way = Literal["password", "passkey", "single-sign-on", "link", "switch"]
# What counts as more than a password where an organization asks for more.
_STRONG: frozenset[Way] = frozenset({"passkey", "single-sign-on"})
# How long it counts that somebody showed who she is, for what a stolen session must not do.
CONFIRMED_LASTS = timedelta(minutes=10)


@dataclass(eq=False)
class NotConfirmed(PlatformError):
    """This asks that you show once more who you are."""

    code: ClassVar[str] = "not-confirmed"
    hint: ClassVar[str] = (
        "Confirm it with your password or a passkey (POST /api/v1/session/confirmation), then try again."
    )


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was just opened. token goes into the cookie and nowhere else."""

    token: str = field(repr=False)
    actor: Actor
    expires_at: datetime


class Sessions:
    """The sessions of everybody; one session is in one organization."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        passwords: Passwords,
        actors: Actors,
        records: Records,
        clock: Clock,
        idle: timedelta,
    ) -> None:
        self._database = database
        self._vault = vault
        self._passwords = passwords
        self._actors = actors
        self._records = records
        self._clock = clock
        self._idle = idle

    async def sign_in(self, email: str, password: str, network: str, *, replaces: bytes | None = None) -> Opened:
        """Open a session in the organization this person used last, of those that a password opens.

        Raises WrongPassword, TooManyRequests, and PasskeyRequired where every one of hers asks for more.
        """
        email_hash = self._vault.lookup(None, "email", model.fold_address(email))
        async with self._database.statement() as connection:
            facts = await _queries.row(connection, "sign_in_facts", email_hash=email_hash)
        await self._passwords.check(email_hash, facts["password_hash"] if facts else None, password, network)
        memberships = json.loads(facts["memberships"]) if facts else []
        if not (facts and facts["is_active"] and memberships):
            raise model.WrongPassword()
        opened_by_it = [each for each in memberships if not each["requires_passkey"]]
        if not opened_by_it:
            raise model.PasskeyRequired(has_passkey=facts["has_passkey"])
        return await self.open(UUID(opened_by_it[0]["organization_id"]), facts["person_id"], replaces, by="password")

    async def sign_out(self, token_sha256: bytes) -> None:
        """End a session. Ending one that is gone already is no error."""
        self._actors.forget(token_sha256)
        async with self._database.statement() as connection:
            await _queries.value(connection, "session_end", token_sha256=token_sha256)

    async def listed(self, actor: Actor) -> list[OwnSession]:
        """The person's own sessions, in every organization, newest first. Raises NeedsSession for an API key."""
        require_session(actor)
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

    async def close(self, actor: Actor, session_id: UUID | None) -> None:
        """End one of the person's own sessions, or all but the present one (None). Raises NotFound, NeedsSession, NotConfirmed."""
        confirmed_at = (await self._facts(actor))["confirmed_at"]
        if confirmed_at is None or self._clock.now() - confirmed_at > CONFIRMED_LASTS:
            raise NotConfirmed()
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
        self._actors.forget_all()

    async def switch(self, actor: Actor, organization_id: UUID) -> Opened:
        """A new session in another organization of the same person; the old one ends.

        Raises NeedsSession for an API key: it is of one organization, and may be narrower than a session would be. NotConfirmed
        where the person's sessions there were ended since she last showed who she is.
        """
        require_session(actor)
        self._actors.forget(actor.token_sha256)
        return await self.open(organization_id, actor.person_id, actor.token_sha256, by="switch", confirms=False)

    async def confirm(self, actor: Actor, password: str, network: str) -> None:
        """Show again who one is, by password. Raises NeedsSession, WrongPassword, TooManyRequests."""
        facts = await self._facts(actor)
        await self._passwords.check(facts["email_hash"], facts["password_hash"], password, network)
        await self.confirmed(actor)

    async def change_password(
        self, actor: Actor, current: str | None, password: str, about: list[str], network: str
    ) -> None:
        """Set another password, on record; every other session of the person ends, and every link that would set one.

        current: what stands, also from whoever confirmed a moment ago; None for somebody who has none and confirmed by passkey.
        about: what is known of the person. Raises NeedsSession, Malformed, WrongPassword, NotConfirmed, TooManyRequests.
        """
        facts = await self._facts(actor)
        await self._passwords.require_good(password, about)
        if facts["password_hash"] is None:
            await self.require_confirmed(actor)
        else:
            await self._passwords.check(facts["email_hash"], facts["password_hash"], current or "", network)
        password_hash = await self._passwords.hash(password)
        async with self._database.tenant(actor.organization_id) as connection:
            is_changed = await _queries.value(
                connection,
                "password_change",
                token_sha256=actor.token_sha256,
                was=facts["password_hash"],
                password_hash=password_hash,
                now=self._clock.now(),
            )
            if not is_changed:
                raise model.WrongPassword()
            await self._records.note(
                connection, actor, Action.MEMBER_CHANGE, subject_id=actor.person_id, rule="password-changed"
            )
        self._actors.forget_all()

    async def confirmed(self, actor: Actor, *, is_strong: bool = False) -> None:
        """Take note that the person has just shown who she is. is_strong: by a passkey."""
        async with self._database.statement() as connection:
            await _queries.value(
                connection,
                "session_confirm",
                token_sha256=actor.token_sha256,
                is_strong=is_strong,
                now=self._clock.now(),
            )

    async def require_confirmed(self, actor: Actor) -> None:
        """Raises NotConfirmed unless the person showed who she is within the last ten minutes; NeedsSession for an API key.

        PasskeyRequired for a session that a password opened, where she has a passkey and an organization of hers asks for it.
        """
        facts = await self._facts(actor)
        if facts["is_too_weak"]:
            raise model.PasskeyRequired(has_passkey=True)
        confirmed_at = facts["confirmed_at"]
        if confirmed_at is None or self._clock.now() - confirmed_at > CONFIRMED_LASTS:
            raise NotConfirmed()

    async def _facts(self, actor: Actor) -> Any:
        require_session(actor)
        async with self._database.statement() as connection:
            facts = await _queries.row(
                connection, "session_facts", token_sha256=actor.token_sha256, now=self._clock.now()
            )
        if facts is None:
            raise NotSignedIn()
        return facts

    async def open(
        self, organization_id: UUID, person_id: UUID, replaces: bytes | None, *, by: Way, confirms: bool = True
    ) -> Opened:
        """Open one, in the log, and on record for who may administer. Raises NotFound where this person is no active member,
        PasskeyRequired where the organization asks for more than was shown.

        confirms: the person has just shown who she is; otherwise when she last did is taken over from what is replaced.
        """
        now = self._clock.now()
        token, session_id = model.token(os.urandom(32)), fresh_id(now)
        async with self._database.statement() as connection:
            opened = await _queries.value(
                connection,
                "session_open",
                token_sha256=digest_of_token(token),
                credential_id=session_id,
                organization_id=organization_id,
                person_id=person_id,
                csrf=os.urandom(32),
                now=now,
                ends_at=now + SESSION_LASTS,
                idle=self._idle,
                replaces=replaces,
                confirms=confirms,
                is_strong=by in _STRONG,
            )
        if opened == "not-confirmed":
            raise NotConfirmed()
        if opened in ("needs-passkey", "needs-first-passkey"):
            raise model.PasskeyRequired(has_passkey=opened == "needs-passkey")
        actor = await self._actors.authenticate(digest_of_token(token)) if opened == "ok" else None
        if actor is None:
            raise NotFound(kind="organization", id=str(organization_id))
        async with self._database.tenant(actor.organization_id) as connection:
            if actor.role in ("owner", "manager"):
                await self._records.note(connection, actor, Action.ADMIN_LOGIN, subject_id=actor.person_id)
        log.info(
            "session.opened",
            by=by,
            organization_id=str(actor.organization_id),
            person_id=str(actor.person_id),
            session_id=str(session_id),
        )
        return Opened(token, actor, now + SESSION_LASTS)


def require_session(actor: Actor) -> None:
    """Raises NeedsSession for an API key."""
    if actor.kind != "session":
        raise model.NeedsSession()
