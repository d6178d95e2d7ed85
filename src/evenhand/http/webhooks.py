"""The verbs of webhooks: register, change, remove, new secret, log, re-send, test. Sending is in `sending`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import decode_cursor, encode_cursor
from evenhand.boundary.outbound import Guard, read_url
from evenhand.core.errors import LimitReached, NotFound
from evenhand.core.times import rfc3339
from evenhand.http import model
from evenhand.http.model import Message
from evenhand.http.shapes import Delivery, NewSecret, Webhook
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.entries import put_on_record
from evenhand.ledger.grant import Grant
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants

_queries = Queries.of("evenhand.http")


@dataclass(eq=False)
class TooManyWebhooks(LimitReached):
    """The organization has as many webhooks as it may."""

    code: ClassVar[str] = "limit-reached"
    hint: ClassVar[str] = "Remove one that is no longer needed; one webhook may be told of any number of events."


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is sealed of a webhook."""

    url: str
    description: str
    current: str = field(repr=False)
    previous: str | None = field(default=None, repr=False)
    previous_until: str | None = None

    @classmethod
    def of(cls, content: bytes) -> Secrets:
        """As it was sealed."""
        return cls(**json.loads(content))

    def as_json(self) -> bytes:
        """As it is sealed."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}).encode()

    def valid(self, now: datetime) -> list[str]:
        """The secrets to sign with now: after a change also the old one, for a day."""
        if self.previous and self.previous_until and now < datetime.fromisoformat(self.previous_until):
            return [self.current, self.previous]
        return [self.current]


class Webhooks:
    """Webhooks of every organization of the installation."""

    def __init__(self, database: Database, vault: Vault, grants: Grants, outbound: Guard, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._outbound = outbound
        self._clock = clock

    async def create(
        self, actor: Actor, url: str, events: Sequence[str], project_id: UUID | None, description: str
    ) -> NewSecret:
        """Register an address. Raises OutboundRefused for one that may not be reached, NotFound, TooManyWebhooks."""
        await self._require_reachable(url)
        now = self._clock.now()
        webhook_id = fresh_id(now)
        secrets = Secrets(url, description, model.new_secret(os.urandom(model.SECRET_BYTES)))
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(connection, "webhooks", organization_id=actor.organization_id)
            if len(rows) >= model.WEBHOOKS_MAX:
                raise TooManyWebhooks(limit="webhooks", allowed=model.WEBHOOKS_MAX)
            await self._require_project(connection, actor, project_id)
            key_id, sealed = await self._sealed(connection, actor, webhook_id, secrets)
            await _queries.run(
                connection,
                "add_webhook",
                organization_id=actor.organization_id,
                webhook_id=webhook_id,
                project_id=project_id,
                events=_in_order(events),
                chunk_key_id=key_id,
                sealed=sealed,
                now=now,
            )
            await self._note(connection, actor, webhook_id, "webhook:created")
        return {**await self.get(actor, webhook_id), "secret": secrets.current}

    async def all(self, actor: Actor) -> list[Webhook]:
        """All of them, oldest first, without their secrets."""
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(connection, "webhooks", organization_id=actor.organization_id)
        if not rows:
            return []
        grant = await self._grants.to_person(actor, Purpose.MANAGE, [row["webhook_id"] for row in rows])
        return [_shown(row, await self._opened(grant, actor.organization_id, row)) for row in rows]

    async def get(self, actor: Actor, webhook_id: UUID) -> Webhook:
        """One of them. Raises NotFound."""
        row = await self._row(actor, webhook_id)
        grant = await self._grants.to_person(actor, Purpose.MANAGE, [webhook_id])
        return _shown(row, await self._opened(grant, actor.organization_id, row))

    async def change(self, actor: Actor, webhook_id: UUID, changes: Mapping[str, Any]) -> Webhook:
        """Change address, description, events or state; what is not named stays."""
        if "url" in changes:
            await self._require_reachable(changes["url"])
        grant = await self._grants.to_person(actor, Purpose.MANAGE, [webhook_id])
        async with self._database.tenant(actor.organization_id) as connection:
            row = await self._locked(connection, actor, webhook_id)
            old = await self._opened(grant, actor.organization_id, row)
            new = Secrets(
                changes.get("url", old.url),
                changes.get("description", old.description),
                old.current,
                old.previous,
                old.previous_until,
            )
            await self._write(
                connection, actor, row, new, changes.get("events", row["events"]), changes.get("state", row["state"])
            )
            await self._note(connection, actor, webhook_id, "webhook:changed")
        return await self.get(actor, webhook_id)

    async def new_secret(self, actor: Actor, webhook_id: UUID) -> NewSecret:
        """Replace the secret. For a day deliveries carry the signatures of both, so that the receiver can change in peace."""
        now = self._clock.now()
        grant = await self._grants.to_person(actor, Purpose.MANAGE, [webhook_id])
        async with self._database.tenant(actor.organization_id) as connection:
            row = await self._locked(connection, actor, webhook_id)
            old = await self._opened(grant, actor.organization_id, row)
            secret = model.new_secret(os.urandom(model.SECRET_BYTES))
            until = (now + model.ROTATION_LASTS).isoformat()
            new = Secrets(old.url, old.description, secret, old.current, until)
            await self._write(connection, actor, row, new, row["events"], row["state"])
            await self._note(connection, actor, webhook_id, "webhook:secret")
        return {**await self.get(actor, webhook_id), "secret": secret}

    async def remove(self, actor: Actor, webhook_id: UUID) -> None:
        """Remove it, with what is on its way and its log."""
        async with self._database.tenant(actor.organization_id) as connection:
            removed = await _queries.run(
                connection, "remove_webhook", organization_id=actor.organization_id, webhook_id=webhook_id
            )
            if not removed:
                raise NotFound(kind="webhook", id=str(webhook_id))
            await self._note(connection, actor, webhook_id, "webhook:removed")

    # ------------------------------------------------------------------------------------------------------ the log --
    async def deliveries(
        self, actor: Actor, webhook_id: UUID, state: str | None, cursor: str | None, limit: int
    ) -> tuple[list[Delivery], str | None]:
        """A page of what was sent and what waits, newest first, and where the list goes on."""
        await self._row(actor, webhook_id)
        keys = decode_cursor(cursor, datetime.fromisoformat, UUID)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "deliveries",
                organization_id=actor.organization_id,
                webhook_id=webhook_id,
                state=state,
                before_at=keys[0] if keys else None,
                before_id=keys[1] if keys else None,
                limit=limit + 1,
            )
        page = rows[:limit]
        more = encode_cursor(page[-1]["at"].isoformat(), page[-1]["delivery_id"]) if len(rows) > limit else None
        return [_delivery(actor.organization_id, row) for row in page], more

    async def resend(self, actor: Actor, webhook_id: UUID, delivery_id: UUID) -> None:
        """Send a delivery again, whatever became of it. It keeps its id. Raises NotFound."""
        async with self._database.tenant(actor.organization_id) as connection:
            found = await _queries.value(
                connection,
                "delivery_resend",
                organization_id=actor.organization_id,
                webhook_id=webhook_id,
                delivery_id=delivery_id,
                now=self._clock.now(),
            )
        if found is None:
            raise NotFound(kind="delivery", id=str(delivery_id))

    async def test(self, actor: Actor, webhook_id: UUID) -> UUID:
        """Send an event that says nothing; its delivery's id. Raises NotFound."""
        await self._row(actor, webhook_id)
        now = self._clock.now()
        delivery_id = fresh_id(now)
        async with self._database.tenant(actor.organization_id) as connection:
            await _queries.run(
                connection,
                "add_delivery",
                organization_id=actor.organization_id,
                delivery_id=delivery_id,
                webhook_id=webhook_id,
                event=model.TEST_EVENT,
                now=now,
            )
        return delivery_id

    # ------------------------------------------------------------------------------------------------------- inside --
    async def _require_reachable(self, url: str) -> None:
        target = read_url(url)
        await self._outbound.destination(target.host, target.port or (443 if target.scheme == "https" else 80))

    async def _require_project(self, connection: Connection, actor: Actor, project_id: UUID | None) -> None:
        if project_id is None:
            return
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        if not await _queries.value(connection, "project_exists", **facts):
            raise NotFound(kind="project", id=str(project_id))

    async def _row(self, actor: Actor, webhook_id: UUID) -> Any:
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(
                connection, "webhook", organization_id=actor.organization_id, webhook_id=webhook_id
            )
        if row is None:
            raise NotFound(kind="webhook", id=str(webhook_id))
        return row

    async def _locked(self, connection: Connection, actor: Actor, webhook_id: UUID) -> Any:
        row = await _queries.row(
            connection, "lock_webhook", organization_id=actor.organization_id, webhook_id=webhook_id
        )
        if row is None:
            raise NotFound(kind="webhook", id=str(webhook_id))
        return row

    async def _write(
        self, connection: Connection, actor: Actor, row: Any, secrets: Secrets, events: Sequence[str], state: str
    ) -> None:
        key_id, sealed = await self._sealed(connection, actor, row["webhook_id"], secrets)
        await _queries.run(
            connection,
            "change_webhook",
            organization_id=actor.organization_id,
            webhook_id=row["webhook_id"],
            events=_in_order(events),
            state=state,
            chunk_key_id=key_id,
            sealed=sealed,
        )

    async def _sealed(
        self, connection: Connection, actor: Actor, webhook_id: UUID, secrets: Secrets
    ) -> tuple[UUID, bytes]:
        key = await self._vault.writing_key(connection, actor.organization_id, None)
        return key.id, self._vault.seal(key, secrets.as_json(), kind=Kind.WEBHOOK, object_id=webhook_id)

    async def _opened(self, grant: Grant, organization_id: UUID, row: Any) -> Secrets:
        return Secrets.of(await self._vault.open_one(grant, sealed_webhook(organization_id, row)))

    async def _note(self, connection: Connection, actor: Actor, webhook_id: UUID, rule: str) -> None:
        await put_on_record(
            connection, actor, Action.POLICY_CHANGE, now=self._clock.now(), subject_id=webhook_id, rule=rule
        )


def sealed_webhook(organization_id: UUID, row: Any) -> Sealed:
    """A webhook's sealed part, on its way to the vault."""
    return Sealed(organization_id, None, row["webhook_id"], Kind.WEBHOOK, row["chunk_key_id"], row["sealed"])


def message_of(organization_id: UUID, row: Any) -> Message:
    """What a delivery's row says."""
    return Message(
        row["delivery_id"],
        organization_id,
        row["event"],
        row["at"],
        row["project_id"],
        row["task_id"],
        row["subject_id"],
        row["quantity"],
    )


def _in_order(events: Sequence[str]) -> list[str]:
    return [each for each in model.EVENTS if each in events]


def _shown(row: Any, secrets: Secrets) -> Webhook:
    return {
        "id": str(row["webhook_id"]),
        "url": secrets.url,
        "description": secrets.description,
        "project_id": str(row["project_id"]) if row["project_id"] else None,
        "events": list(row["events"]),
        "state": row["state"],
        "failing_since": rfc3339(row["failing_since"]) if row["failing_since"] else None,
        "created_at": rfc3339(row["created_at"]),
        "version": row["version"],
    }


def _delivery(organization_id: UUID, row: Any) -> Delivery:
    return {
        "id": str(row["delivery_id"]),
        "event": row["event"],
        "at": rfc3339(row["at"]),
        "state": row["state"],
        "attempts": row["attempts"],
        "next_at": rfc3339(row["next_at"]) if row["state"] == "waiting" else None,
        "last_at": rfc3339(row["last_at"]) if row["last_at"] else None,
        "status": row["last_status"],
        "problem": row["last_problem"],
        "took_ms": row["took_ms"],
        "payload": message_of(organization_id, row).payload().decode(),
    }
