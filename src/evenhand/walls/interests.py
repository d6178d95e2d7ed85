"""People's own interests and employers. What a person says is sealed; which party it is about is told to nobody."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date, datetime
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.permission import Permission
from evenhand.core.canonical import canonical_json
from evenhand.core.errors import NotAllowed, NotFound
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Purpose
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.changing import FOREVER, Change, Changing
from evenhand.walls.grant import Grants
from evenhand.walls.register import check_party
from evenhand.walls.shapes import Interest, InterestKind

_queries = Queries.of("evenhand.walls")
_SALT_BYTES = 16


class Interests:
    """What people have at stake, declared by themselves or by their vendor."""

    def __init__(self, database: Database, vault: Vault, grants: Grants, changing: Changing, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._changing = changing
        self._clock = clock

    async def declare(
        self,
        actor: Actor,
        person_id: UUID,
        party: str,
        kind: InterestKind,
        *,
        percent: float = 100.0,
        since: date | None = None,
        until: datetime | None = None,
        details: str = "",
        interest_id: UUID | None = None,
    ) -> Interest:
        """One's own interest, or as an owner or manager of the vendor one of its people's. Raises NotFound for anybody else's.

        percent: of shares; what is not known is 100. until: when it ended; it then counts as long as each customer's cooling-off.
        """
        check_party(party, "/party")
        id_ = interest_id or fresh_id(self._clock.now())
        salt = os.urandom(_SALT_BYTES)
        facts = {"person": str(person_id), "party": party, "kind": kind, "percent": percent, "details": details}
        commitment = hashlib.sha256(salt + canonical_json(facts)).digest()
        async for snapshot in self._changing.attempts():
            change = Change(points={party}, persons={person_id: commitment})
            async with self._changing.solved(actor.organization_id, change, snapshot) as begun:
                if begun is None:
                    continue
                key = await self._vault.writing_key(begun.connection, actor.organization_id, None)
                content = json.dumps({"details": details, "salt": salt.hex()}).encode()
                status = await _queries.value(
                    begun.connection,
                    "interest_put",
                    token_sha256=actor.token_sha256,
                    person_id=person_id,
                    interest_id=id_,
                    party=party,
                    kind=kind,
                    percent=percent,
                    since=since,
                    until=until or FOREVER,
                    commitment=commitment,
                    chunk_key_id=key.id,
                    sealed=self._vault.seal(key, content, kind=Kind.PERSON_INTEREST, object_id=id_),
                    now=begun.now,
                )
                if status == "no-person":
                    raise NotFound(kind="person", id=str(person_id))
            return next(each for each in await self.listed(actor, person_id) if each["id"] == str(id_))
        raise AssertionError("attempts end by raising")

    async def end(self, actor: Actor, person_id: UUID, interest_id: UUID) -> None:
        """It ended now. By whoever declared it; raises NotFound otherwise."""
        change = Change(persons={person_id: hashlib.sha256(os.urandom(32)).digest()})
        async with self._changing.simply(actor.organization_id, change) as begun:
            status = await _queries.value(
                begun.connection,
                "interest_end",
                token_sha256=actor.token_sha256,
                person_id=person_id,
                interest_id=interest_id,
                now=begun.now,
            )
            if status != "ok":
                raise NotFound(kind="interest", id=str(interest_id))

    async def listed(self, actor: Actor, person_id: UUID) -> list[Interest]:
        """A person's interests, for herself and for her vendor's owners and managers; NotFound for anybody else.

        Details are opened where they were sealed: for whoever asks in the organization in which they were declared.
        """
        async with self._database.statement() as connection:
            who = {"token_sha256": actor.token_sha256, "person_id": person_id, "now": self._clock.now()}
            if await _queries.value(connection, "interest_declarer", **who) is None:
                raise NotFound(kind="person", id=str(person_id))
            rows = await _queries.rows(
                connection,
                "interests",
                token_sha256=actor.token_sha256,
                person_id=person_id,
                now=self._clock.now(),
            )
        contents = await self._opened(actor, rows)
        return [
            {
                "id": str(row["interest_id"]),
                "party": row["party"],
                "kind": row["kind"],
                "percent": row["percent"],
                "since": row["since"].isoformat() if row["since"] else None,
                "until": None if row["until"] == FOREVER else rfc3339(row["until"]),
                "declared_by": row["declared_by"],
                "details": contents.get(row["interest_id"], ""),
                "commitment": row["commitment"].hex(),
            }
            for row in rows
        ]

    async def _opened(self, actor: Actor, rows: list[Any]) -> dict[UUID, str]:
        own = [row for row in rows if row["sealed_in"] == actor.organization_id]
        if not own:
            return {}
        grant = await self._grants.to_software(
            actor.organization_id, Purpose.DIRECTORY, [row["interest_id"] for row in own]
        )
        sealed = [
            Sealed(
                actor.organization_id,
                None,
                row["interest_id"],
                Kind.PERSON_INTEREST,
                row["chunk_key_id"],
                row["sealed"],
            )
            for row in own
        ]
        contents = await self._vault.open(grant, sealed)
        return {each.object_id: json.loads(content)["details"] for each, content in zip(sealed, contents, strict=True)}

    async def move(self, actor: Actor, person_id: UUID, vendor_id: UUID) -> None:
        """A person goes to another vendor. Whom she worked for stays on record, and counts as long as each cooling-off says.

        By an owner of the operator. Her sealed name is opened once more for the one and sealed for the other.
        """
        actor.require(Permission.ORGANIZATION_WRITE)
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "person_to_move",
                token_sha256=actor.token_sha256,
                person_id=person_id,
                now=self._clock.now(),
            )
        if row is None or row["vendor_id"] is None:
            raise NotFound(kind="person", id=str(person_id))
        sealed = Sealed(row["vendor_id"], None, person_id, Kind.PERSON, row["chunk_key_id"], row["sealed"])
        grant = await self._grants.to_software(row["vendor_id"], Purpose.DIRECTORY, [person_id])
        content = await self._vault.open_one(grant, sealed)
        async with self._database.tenant(vendor_id) as connection:
            if await _queries.row(connection, "kind", organization_id=vendor_id) is None:
                raise NotFound(kind="organization", id=str(vendor_id))
            key = await self._vault.writing_key(connection, vendor_id, None)
        salt = os.urandom(_SALT_BYTES)
        commitment = hashlib.sha256(salt + str(person_id).encode()).digest()
        async for snapshot in self._changing.attempts():
            change = Change(persons={person_id: commitment})
            async with self._changing.solved(actor.organization_id, change, snapshot) as begun:
                if begun is None:
                    continue
                status = await _queries.value(
                    begun.connection,
                    "vendor_change",
                    token_sha256=actor.token_sha256,
                    person_id=person_id,
                    vendor_id=vendor_id,
                    chunk_key_id=key.id,
                    sealed=self._vault.seal(key, content, kind=Kind.PERSON, object_id=person_id),
                    salt=salt,
                    commitment=commitment,
                    now=begun.now,
                )
                if status == "not-allowed":
                    raise NotAllowed(permission="what the operator's owners may")
                if status == "no-person":
                    raise NotFound(kind="person", id=str(person_id))
            return
