"""The verbs about an organization's own keys: where they live, wrapping them anew, taking their use back and giving it again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.errors import PlatformError
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action
from evenhand.ledger.entries import put_on_public_record, put_on_record
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.holder import Holder, Mode, Policy
from evenhand.vault.kept import PolicyNow
from evenhand.vault.key_service import KeyServiceUnavailable
from evenhand.vault.shapes import KeyState

_queries = Queries.of("evenhand.vault")


@dataclass(eq=False)
class ServiceNeeded(PlatformError):
    """This way of keeping keys needs one of the key services that are set up for you, or takes none."""

    mode: str
    service: str | None
    code: ClassVar[str] = "service-needed"
    hint: ClassVar[str] = (
        "Name one of the services that the operator set up for you with bring and hold; none with managed."
    )


class KeyPolicies:
    """How organizations keep their keys."""

    def __init__(self, database: Database, holder: Holder, clock: Clock) -> None:
        self._database = database
        self._holder = holder
        self._clock = clock

    async def state(self, actor: Actor) -> KeyState:
        """Where the keys of this organization live, what it may choose among, and how far a rewrapping is."""
        choices = await self._holder.choices(actor.organization_id)
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(connection, "key_policy", organization_id=actor.organization_id)
            held = await _queries.rows(connection, "keys_held", organization_id=actor.organization_id)
        now = PolicyNow.of(row)
        return {
            "mode": now.policy.mode,
            "service": now.policy.service,
            "version": now.version,
            "revoked_at": _time(row, "revoked_at"),
            "changed_at": _time(row, "changed_at"),
            "rewrapping": {
                "keys": row["rewrapped"] if row else 0,
                "finished_at": _time(row, "rewrapped_at"),
                "problem": row["problem"] if row else None,
            },
            "held": [{"key": each["reference"], "months": each["months"], "chunks": each["chunks"]} for each in held],
            "choices": [{"name": each.name, "kind": each.kind, "key": each.reference} for each in choices],
        }

    async def choose(self, actor: Actor, mode: Mode, service: str | None) -> KeyState:
        """Keep the keys in this way from now on; a worker wraps those that there are anew.

        The service is tried first: what cannot wrap now is not chosen. Raises ServiceNeeded, KeyServiceUnavailable.
        """
        if mode == "managed":
            is_known = service is None
        else:
            is_known = service in {each.name for each in await self._holder.choices(actor.organization_id)}
        if not is_known:
            raise ServiceNeeded(mode=mode, service=service)
        policy = Policy(mode, service)
        reference = await self._holder.check(actor.organization_id, policy)
        await self._set(actor, policy, reference, Action.POLICY_CHANGE)
        return await self.state(actor)

    async def rotate(self, actor: Actor) -> KeyState:
        """Wrap every key anew under the key that the service uses now. Raises KeyServiceUnavailable."""
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(connection, "key_policy", organization_id=actor.organization_id)
        policy = PolicyNow.of(row).policy
        reference = await self._holder.check(actor.organization_id, policy)
        await self._set(actor, policy, reference, Action.KEY_ROTATE)
        return await self.state(actor)

    async def revoke(self, actor: Actor) -> KeyState:
        """Take back the use of the keys: within seconds no process opens or seals anything of this organization."""
        return await self._revoked(actor, True)

    async def restore(self, actor: Actor) -> KeyState:
        """Give the use of the keys back."""
        return await self._revoked(actor, False)

    async def key_above(self, organization_id: UUID) -> tuple[Mode, str, bool]:
        """How an organization keeps its keys, under which key, and whether that key's service says that it is gone."""
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(connection, "key_policy", organization_id=organization_id)
        policy = PolicyNow.of(row).policy
        try:
            reference = await self._holder.check(organization_id, policy)
        except KeyServiceUnavailable as error:
            # A service that is away says nothing of its key, and one that refuses may be told otherwise tomorrow.
            return policy.mode, row["key_reference"] if row else "managed", error.reason == "gone"
        return policy.mode, reference, False

    async def _revoked(self, actor: Actor, is_revoked: bool) -> KeyState:
        now = self._clock.now()
        async with self._database.tenant(actor.organization_id) as connection:
            row = await _queries.row(connection, "key_policy", organization_id=actor.organization_id)
            reference = row["key_reference"] if row else "managed"
            is_news = await _queries.value(
                connection, "key_use_revoke", at=now if is_revoked else None, reference=reference, now=now
            )
            if is_news:
                rule = "keys-revoked" if is_revoked else "keys-restored"
                await self._record(connection, actor, Action.POLICY_CHANGE, rule, reference)
        return await self.state(actor)

    async def _set(self, actor: Actor, policy: Policy, reference: str, action: Action) -> None:
        async with self._database.tenant(actor.organization_id) as connection:
            rule = f"keys-{policy.mode}" if action is Action.POLICY_CHANGE else "keys-rotated"
            xid, id_ = await self._record(connection, actor, action, rule, reference)
            await _queries.value(
                connection,
                "key_policy_set",
                mode=policy.mode,
                service=policy.service,
                reference=reference,
                ceremony=f"{xid}.{id_}",
                now=self._clock.now(),
            )

    async def _record(
        self, connection: Connection, actor: Actor, action: Action, rule: str, reference: str
    ) -> tuple[int, int]:
        """In the organization's log; and in the public one that there was such a ceremony, without a word of whose or which key.

        Anybody may read that one: it must not tell who the customers are, nor let somebody try addresses of keys against a digest.
        """
        now = self._clock.now()
        digest = hashlib.sha256(reference.encode()).digest()
        place = await put_on_record(connection, actor, action, now=now, rule=rule, digest=digest)
        await put_on_public_record(connection, action, {"ceremony": rule}, now=now)
        return place


def _time(row: Any, column: str) -> str | None:
    return rfc3339(row[column]) if row is not None and row[column] is not None else None
