"""API keys: what a program signs in with, never with more than the person who made it may do."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from evenhand.boundary.actor import Actor, digest_of_token
from evenhand.boundary.permission import Permission
from evenhand.core.errors import Malformed, NotFound, Problem
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.grant import OBJECTS_MAX
from evenhand.people import model
from evenhand.people.actors import Actors
from evenhand.people.records import Records
from evenhand.people.shapes import ApiKey
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault

_queries = Queries.of("evenhand.people")

KEY_LASTS_MAX = timedelta(days=366)


class ApiKeys:
    """The API keys of every organization."""

    def __init__(self, database: Database, vault: Vault, actors: Actors, records: Records, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._actors = actors
        self._records = records
        self._clock = clock

    async def make(
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

    async def add(
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
        id_, prefix, secret = await self.make(actor.organization_id, actor.person_id, name, scopes, until)
        async with self._database.tenant(actor.organization_id) as connection:
            await self._records.note(connection, actor, Action.POLICY_CHANGE, subject_id=id_, rule="key-added")
        return id_, prefix, secret, until

    async def listed(self, actor: Actor) -> list[ApiKey]:
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
        names = await self._records.opened(Purpose.DIRECTORY, sealed) if sealed else []
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

    async def remove(self, actor: Actor, key_id: UUID) -> None:
        """Revoke an API key; it is refused from the next request on."""
        actor.require(Permission.KEY_MANAGE)
        async with self._database.tenant(actor.organization_id) as connection:
            gone = await _queries.value(
                connection, "key_remove", organization_id=actor.organization_id, credential_id=key_id
            )
            if gone is None:
                raise NotFound(kind="API key", id=str(key_id))
            await self._records.note(connection, actor, Action.POLICY_CHANGE, subject_id=key_id, rule="key-removed")
        self._actors.forget_all()
