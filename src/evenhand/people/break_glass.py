"""Break-glass: how the operator's people come to see a customer's data when they must, and how the customer sees that they did.

Somebody of the operator asks, with a reason. Two of the operator's people approve, each with a passkey shown for this and nothing
else. Then whoever asked is a visitor for an hour: looks, and does nothing; every look is recorded as anybody's is. The customer is
told at once, can end it at once, and may forbid it altogether. It stands in the customer's ledger and, as a count, in the public
one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.permission import Permission
from evenhand.core.errors import Conflict, NotFound, PlatformError
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.entries import put_on_public_record, put_on_record
from evenhand.people import model
from evenhand.people.actors import Actors
from evenhand.people.ceremonies import Ceremony
from evenhand.people.notifications import notify
from evenhand.people.passkeys import Passkeys
from evenhand.people.records import Records, sealed_person
from evenhand.people.shapes import BreakGlass, RequestOptions
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault

_queries = Queries.of("evenhand.people")

LASTS = timedelta(hours=1)
LAPSES = timedelta(hours=1)
SHOWN_MAX = 100
_OVER_AT_ONCE = 20
_PSEUDONYMS_DRAWN = 20


@dataclass(eq=False)
class BreakGlassForbidden(PlatformError):
    """This customer lets nobody of the operator in."""

    code: ClassVar[str] = "break-glass-forbidden"
    hint: ClassVar[str] = "Ask the customer's owner: they can allow it under Settings, or help you without it."


@dataclass(eq=False)
class NotOperator(PlatformError):
    """Only an owner or a manager of the operator can ask for this, signed in with a browser."""

    code: ClassVar[str] = "not-operator"
    hint: ClassVar[str] = "Sign in as one of the operator's people, in the operator's organization."


class BreakGlasses:
    """Every time that the operator asked, approved, came in and left."""

    def __init__(
        self, database: Database, vault: Vault, passkeys: Passkeys, actors: Actors, records: Records, clock: Clock
    ) -> None:
        self._database = database
        self._vault = vault
        self._passkeys = passkeys
        self._actors = actors
        self._records = records
        self._clock = clock

    # ---------------------------------------------------------------------------------------------- the operator's side --
    async def ask(self, actor: Actor, organization_id: UUID, reason: str) -> BreakGlass:
        """Ask to be let in. Raises NotOperator, NotFound, BreakGlassForbidden, Conflict, Malformed for no reason."""
        reason = model.check_name(reason, "/reason", 500)
        now = self._clock.now()
        id_ = fresh_id(now)
        await self._require_operator(actor)
        async with self._database.tenant(organization_id) as connection:
            if await _queries.row(connection, "organization", organization_id=organization_id) is None:
                raise NotFound(kind="organization", id=str(organization_id))
            key = await self._vault.writing_key(connection, organization_id, None)
            content = json.dumps({"reason": reason}).encode()
            status = await _queries.value(
                connection,
                "break_glass_ask",
                token_sha256=actor.token_sha256,
                organization_id=organization_id,
                break_glass_id=id_,
                chunk_key_id=key.id,
                sealed=self._vault.seal(key, content, kind=Kind.BREAK_GLASS, object_id=id_),
                now=now,
                lapses_at=now + LAPSES,
            )
            _refuse(status, organization_id)
        return await self._one(actor, id_)

    async def asked(self, actor: Actor) -> list[BreakGlass]:
        """What the operator has asked for, newest first. Raises NotOperator."""
        await self._require_operator(actor)
        rows = await self._rows(actor)
        return [_shown(row, await self._reason(row["organization_id"], row)) for row in rows]

    async def options(self, actor: Actor, break_glass_id: UUID) -> RequestOptions:
        """What a browser needs to approve with a passkey. Raises NotOperator, NotFound (also for whoever has no passkey)."""
        await self._row(actor, break_glass_id)
        return await self._passkeys.own_options(actor, Ceremony.BREAK_GLASS, str(break_glass_id))

    async def approve(self, actor: Actor, break_glass_id: UUID, response: Mapping[str, Any]) -> BreakGlass:
        """Approve with a passkey; the second person's word opens. Raises PasskeyRefused, NotOperator, NotFound, Conflict."""
        organization_id = (await self._row(actor, break_glass_id))["organization_id"]
        await self._passkeys.check_own(actor, response, Ceremony.BREAK_GLASS, str(break_glass_id))
        now = self._clock.now()
        async with self._database.tenant(organization_id) as connection:
            done = await _queries.row(
                connection,
                "break_glass_approve",
                token_sha256=actor.token_sha256,
                break_glass_id=break_glass_id,
                pseudonyms=[model.pseudonym(os.urandom(4)) for _ in range(_PSEUDONYMS_DRAWN)],
                salt=os.urandom(16),
                now=now,
                lasts=LASTS,
            )
            assert done is not None
            _refuse(done["status"], break_glass_id)
            if done["status"] == "opened":
                await self._tell_opened(connection, organization_id, break_glass_id, done["until"], now)
        return await self._one(actor, break_glass_id)

    async def end(self, actor: Actor, break_glass_id: UUID) -> None:
        """The operator ends it, or takes back what was asked. Raises NotOperator, NotFound."""
        organization_id = (await self._row(actor, break_glass_id))["organization_id"]
        await self._close(organization_id, break_glass_id, "operator", actor, is_theirs=False)

    # ---------------------------------------------------------------------------------------------- the customer's side --
    async def here(self, actor: Actor) -> list[BreakGlass]:
        """Every time that the operator asked to see this organization's data, newest first."""
        actor.require(Permission.AUDIT_READ)
        facts = {"organization_id": actor.organization_id, "most": SHOWN_MAX}
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(connection, "break_glass_here", **facts)
        return [
            _shown(
                {**row, "organization_id": actor.organization_id, "is_own": False, "has_approved": False},
                await self._reason(actor.organization_id, row),
            )
            for row in rows
        ]

    async def end_here(self, actor: Actor, break_glass_id: UUID) -> None:
        """The customer ends it: the visitor is out at once. Raises NotFound when there is none that is not over."""
        actor.require(Permission.PEOPLE_WRITE)
        await self._close(actor.organization_id, break_glass_id, "customer", actor, is_theirs=True)

    async def addresses_to_tell(self, organization_id: UUID) -> list[str]:
        """Mail addresses of the customer's own owners and managers."""
        async with self._database.tenant(organization_id) as connection:
            managers = await _queries.rows(connection, "managers", organization_id=organization_id)
            own = await _queries.rows(connection, "names_of_members", organization_id=organization_id)
        whom = {row["person_id"] for row in managers}
        sealed = [sealed_person(row) for row in own if row["person_id"] in whom]
        opened = await self._records.opened(Purpose.NOTIFY, sealed) if sealed else []
        return sorted(each["email"] for each in opened)

    async def close_over(self) -> bool:
        """A round of the worker: closes what is over. Whether there may be more."""
        async with self._database.statement() as connection:
            rows = await _queries.rows(connection, "break_glass_over", now=self._clock.now(), most=_OVER_AT_ONCE)
        for row in rows:
            await self._close(row["organization_id"], row["break_glass_id"], "time", None, is_theirs=False)
        return len(rows) == _OVER_AT_ONCE

    # ---------------------------------------------------------------------------------------------------------- within --
    async def _close(
        self, organization_id: UUID, break_glass_id: UUID, by: str, actor: Actor | None, *, is_theirs: bool
    ) -> None:
        now = self._clock.now()
        async with self._database.tenant(organization_id) as connection:
            closed = await _queries.value(
                connection,
                "break_glass_close",
                token_sha256=actor.token_sha256 if actor else b"",
                break_glass_id=break_glass_id,
                by=by,
                now=now,
            )
            if not closed and by != "time":
                raise NotFound(kind="break-glass", id=str(break_glass_id))
            if closed:
                await put_on_record(
                    connection,
                    actor if is_theirs else None,
                    Action.BREAKGLASS_CLOSE,
                    now=now,
                    subject_id=break_glass_id,
                    rule=f"by:{by}",
                )
                await self._tell_counts(connection, Action.BREAKGLASS_CLOSE, now)
        self._actors.forget_all()

    async def _tell_opened(
        self, connection: Connection, organization_id: UUID, break_glass_id: UUID, until: datetime, now: datetime
    ) -> None:
        rows = await _queries.rows(connection, "break_glass_here", organization_id=organization_id, most=SHOWN_MAX)
        sealed = next(row["sealed"] for row in rows if row["break_glass_id"] == break_glass_id)
        await put_on_record(
            connection,
            None,
            Action.BREAKGLASS_OPEN,
            now=now,
            subject_id=break_glass_id,
            digest=hashlib.sha256(sealed).digest(),
            decision="allow",
            rule=f"until:{rfc3339(until)}",
        )
        await self._tell_counts(connection, Action.BREAKGLASS_OPEN, now)
        await notify(
            connection, organization_id, "breakglass.opened", now=now, managers=True, subject_id=break_glass_id
        )

    async def _tell_counts(self, connection: Connection, action: Action, now: datetime) -> None:
        counts = await _queries.row(connection, "break_glass_counts")
        assert counts is not None
        body = {"opened": counts["opened"], "open_now": counts["open_now"]}
        await put_on_public_record(connection, action, body, now=now)

    async def _require_operator(self, actor: Actor) -> None:
        async with self._database.tenant(actor.organization_id) as connection:
            own = await _queries.row(connection, "organization", organization_id=actor.organization_id)
        is_operator = own is not None and own["kind"] == "operator"
        if not (is_operator and actor.role in ("owner", "manager") and actor.kind == "session"):
            raise NotOperator()

    async def _rows(self, actor: Actor) -> list[Any]:
        facts = {"token_sha256": actor.token_sha256, "now": self._clock.now(), "most": SHOWN_MAX}
        async with self._database.statement() as connection:
            return await _queries.rows(connection, "break_glass_of", **facts)

    async def _row(self, actor: Actor, break_glass_id: UUID) -> Any:
        await self._require_operator(actor)
        for row in await self._rows(actor):
            if row["break_glass_id"] == break_glass_id:
                return row
        raise NotFound(kind="break-glass", id=str(break_glass_id))

    async def _one(self, actor: Actor, break_glass_id: UUID) -> BreakGlass:
        row = await self._row(actor, break_glass_id)
        return _shown(row, await self._reason(row["organization_id"], row))

    async def _reason(self, organization_id: UUID, row: Any) -> str:
        sealed = Sealed(
            organization_id, None, row["break_glass_id"], Kind.BREAK_GLASS, row["chunk_key_id"], row["sealed"]
        )
        reason: str = (await self._records.opened(Purpose.MANAGE, [sealed]))[0]["reason"]
        return reason


def _shown(row: Mapping[str, Any], reason: str) -> BreakGlass:
    def moment(name: str) -> str | None:
        return rfc3339(row[name]) if row[name] else None

    is_over = row["closed_at"] is not None
    return {
        "id": str(row["break_glass_id"]),
        "organization_id": str(row["organization_id"]),
        "state": "over" if is_over else "open" if row["opened_at"] else "asked",
        "reason": reason,
        "pseudonym": row.get("pseudonym"),
        "approvals": row["approvals"],
        "is_own": row["is_own"],
        "has_approved": row["has_approved"],
        "asked_at": rfc3339(row["asked_at"]),
        "lapses_at": rfc3339(row["lapses_at"]),
        "opened_at": moment("opened_at"),
        "until": moment("until"),
        "closed_at": moment("closed_at"),
        "closed_by": row["closed_by"],
    }


def _refuse(status: str, id_: UUID) -> None:
    if status == "not-operator":
        raise NotOperator()
    if status == "no-customer":
        raise NotFound(kind="customer", id=str(id_))
    if status == "gone":
        raise NotFound(kind="break-glass", id=str(id_))
    if status == "forbidden":
        raise BreakGlassForbidden()
    if status == "member":
        raise Conflict(kind="break-glass", reason="whoever asks works there already")
    if status == "asked-already":
        raise Conflict(kind="break-glass", reason="the same person has asked already, and it is not over")
    if status == "approved-before":
        raise Conflict(kind="break-glass", reason="you have approved it already; another person has to as well")
