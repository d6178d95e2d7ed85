"""Members: the directory of an organization, who joins and leaves it and as what; the organization itself."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from evenhand.boundary.actor import Actor
from evenhand.boundary.permission import Permission
from evenhand.core.errors import Conflict, Malformed, NotFound, Problem
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.entries import put_on_record
from evenhand.ledger.grant import OBJECTS_MAX, Mint
from evenhand.people import model
from evenhand.people.actors import Actors
from evenhand.people.links import RESET_LASTS, Invited, Links
from evenhand.people.records import Records, sealed_person
from evenhand.people.shapes import Organization, OwnOrganization, Person, Preferences, SelfFacts
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Connection, Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault

_queries = Queries.of("evenhand.people")

INVITATION_LASTS = timedelta(days=7)
_PSEUDONYMS_DRAWN = 8


class Members:
    """The people of every organization of the installation."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        mint: Mint,
        links: Links,
        actors: Actors,
        records: Records,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._mint = mint
        self._links = links
        self._actors = actors
        self._records = records
        self._clock = clock

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
            name = (await self._records.opened(Purpose.DIRECTORY, [sealed]))[0]["name"]
            organizations.append({"id": str(id_), "name": name, "role": each["role"]})
        organizations.sort(key=lambda each: (each["name"].casefold(), each["id"]))
        person = (await self._records.opened(Purpose.DIRECTORY, [own]))[0]
        return {
            "person": {"id": str(row["person_id"]), "name": person["name"], "email": person["email"]},
            "organizations": organizations,
            "preferences": json.loads(row["preferences"]),
        }

    async def listed(self, actor: Actor) -> list[Person]:
        """The people of this organization: all by pseudonym, its own by name and address too."""
        actor.require(Permission.PEOPLE_READ)
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(connection, "members", organization_id=actor.organization_id)
            own = await _queries.rows(connection, "names_of_members", organization_id=actor.organization_id)
        names: dict[UUID, dict[str, Any]] = {}
        if actor.role != "auditor":
            sealed = [sealed_person(row) for row in own]
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

    async def names(self, actor: Actor, persons: Collection[UUID]) -> dict[UUID, str]:
        """Names of some of this organization's own people, for who may see them; {} for everybody else. The look is recorded."""
        if Permission.PEOPLE_READ not in actor.permissions or actor.role == "auditor" or not persons:
            return {}
        async with self._database.tenant(actor.organization_id) as connection:
            own = await _queries.rows(connection, "names_of_members", organization_id=actor.organization_id)
        sealed = [sealed_person(row) for row in own if row["person_id"] in persons]
        names: dict[UUID, str] = {}
        for start in range(0, len(sealed), OBJECTS_MAX):
            page = sealed[start : start + OBJECTS_MAX]
            grant = await self._mint.to_person(actor, Purpose.DIRECTORY, [each.object_id for each in page])
            for each, content in zip(page, await self._vault.open(grant, page), strict=True):
                names[each.object_id] = json.loads(content)["name"]
        return names

    async def addresses(self, organization_id: UUID, persons: Collection[UUID]) -> dict[UUID, str]:
        """Mail addresses of some of an organization's own people, by person; the look is recorded there."""
        async with self._database.tenant(organization_id) as connection:
            own = await _queries.rows(connection, "names_of_members", organization_id=organization_id)
        sealed = [sealed_person(row) for row in own if row["person_id"] in persons]
        opened = await self._records.opened(Purpose.NOTIFY, sealed) if sealed else []
        return {each.object_id: content["email"] for each, content in zip(sealed, opened, strict=True)}

    async def organization(self, organization_id: UUID) -> Organization:
        """The organization's name and settings."""
        async with self._database.tenant(organization_id) as connection:
            row = await _queries.row(connection, "organization", organization_id=organization_id)
        if row is None:
            raise NotFound(kind="organization", id=str(organization_id))
        sealed = Sealed(organization_id, None, organization_id, Kind.ORGANIZATION, row["chunk_key_id"], row["sealed"])
        name = (await self._records.opened(Purpose.DIRECTORY, [sealed]))[0]["name"]
        return {
            "id": str(organization_id),
            "name": name,
            "kind": row["kind"],
            "retention_days": row["retention_days"],
            "allows_break_glass": row["allows_break_glass"],
            "requires_passkey": row["requires_passkey"],
            "quota": {"tasks": row["quota_tasks"], "bytes": row["quota_bytes"], "members": row["quota_members"]},
            "usage": {"tasks": row["tasks"], "bytes": row["bytes"], "members": row["members"]},
            "created_at": rfc3339(row["created_at"]),
        }

    async def organization_update(
        self,
        actor: Actor,
        name: str,
        retention_days: int | None,
        allows_break_glass: bool | None = None,
        requires_passkey: bool | None = None,
    ) -> None:
        """Change the organization's name, how long it keeps what it no longer needs, whether break-glass and passwords are allowed.

        None leaves the last two as they are. Who asks for a passkey from now on, or no longer, has shown one in this session (or
        the provider's word): raises NeedsSession, PasskeyRequired. Sessions that a password opened end.
        """
        actor.require(Permission.ORGANIZATION_WRITE)
        name = model.check_name(name)
        async with self._database.tenant(actor.organization_id) as connection:
            if requires_passkey is not None:
                await self._require_strong(connection, actor)
            key = await self._vault.writing_key(connection, actor.organization_id, None)
            content = json.dumps({"name": name}).encode()
            await _queries.run(
                connection,
                "organization_update",
                organization_id=actor.organization_id,
                chunk_key_id=key.id,
                sealed=self._vault.seal(key, content, kind=Kind.ORGANIZATION, object_id=actor.organization_id),
                retention_days=retention_days,
                allows_break_glass=allows_break_glass,
                requires_passkey=requires_passkey,
            )
            if requires_passkey:
                await _queries.run(connection, "weak_sessions_end", organization_id=actor.organization_id)
            rule = None
            if allows_break_glass is not None:
                rule = "break-glass-allowed" if allows_break_glass else "break-glass-forbidden"
            await self._records.note(
                connection, actor, Action.POLICY_CHANGE, subject_id=actor.organization_id, rule=rule
            )
            if requires_passkey is not None:
                rule = "passkey-required" if requires_passkey else "password-enough"
                await self._records.note(
                    connection, actor, Action.POLICY_CHANGE, subject_id=actor.organization_id, rule=rule
                )
        self._actors.forget_all()

    async def _require_strong(self, connection: Connection, actor: Actor) -> None:
        if actor.kind != "session":
            raise model.NeedsSession()
        facts = {"organization_id": actor.organization_id, "token_sha256": actor.token_sha256}
        if not await _queries.value(connection, "session_is_strong", **facts):
            raise model.PasskeyRequired(has_passkey=False)

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
            added = await self._add(
                connection, organization_id, vendor_id or organization_id, email, name, role, "active", now
            )
        if password is not None:
            token = model.token(os.urandom(32))
            async with self._database.statement() as connection:
                await self._links.add(
                    connection, token, "invitation", organization_id, added["person_id"], now + RESET_LASTS
                )
            await self._links.use(token, await self._links.facts(token), password, None)
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
        return await self._invite(actor, actor.organization_id, email, role, name)

    async def invite_first_owner(self, organization_id: UUID, email: str) -> Invited:
        """A link by which the first owner of an organization that was just made joins it; for the operator's command."""
        return await self._invite(None, organization_id, email, "owner", None)

    async def _invite(
        self, actor: Actor | None, organization_id: UUID, email: str, role: str, name: str | None
    ) -> Invited:
        now = self._clock.now()
        is_owners = actor is None or actor.role == "owner"
        async with self._database.tenant(organization_id) as connection:
            shown = model.check_name(name) if name else model.fold_address(email)
            added = await self._add(connection, organization_id, organization_id, email, shown, role, "invited", now)
            if added["was_role"] == "owner" and added["was_state"] == "invited" and not is_owners:
                raise Conflict(kind="person", reason="only an owner can change the invitation of an owner")
            await self._records.note(
                connection, actor, Action.MEMBER_CHANGE, subject_id=added["person_id"], rule="invited"
            )
            token = model.token(os.urandom(32))
            await self._links.add(
                connection, token, "invitation", organization_id, added["person_id"], now + INVITATION_LASTS
            )
        return Invited(token, added["person_id"], now + INVITATION_LASTS)

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
            if verdict == "visitor":
                raise Conflict(kind="role", reason="a visitor of the operator comes and goes by break-glass alone")
            if verdict == "last-owner":
                raise Conflict(kind="role", reason="the last owner stays one; make somebody else an owner first")
            await self._records.note(connection, actor, Action.MEMBER_CHANGE, subject_id=person_id, rule=f"role:{role}")
        self._actors.forget_all()

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
            await self._records.note(connection, actor, Action.MEMBER_CHANGE, subject_id=person_id, rule="removed")
        self._actors.forget_all()

    async def end_sessions(self, actor: Actor, person_id: UUID) -> None:
        """End every session of a member in this organization, on record; a session elsewhere does not come in until confirmed.

        Raises NotFound, or Conflict for an owner whose sessions somebody else than an owner would end.
        """
        actor.require(Permission.PEOPLE_WRITE)
        facts = {"organization_id": actor.organization_id, "person_id": person_id}
        async with self._database.tenant(actor.organization_id) as connection:
            member = await _queries.row(connection, "member", **facts)
            if member is None:
                raise NotFound(kind="person", id=str(person_id))
            if member["role"] == "owner" and actor.role != "owner":
                raise Conflict(kind="person", reason="only an owner can end the sessions of an owner")
            await _queries.value(connection, "member_sessions_end", **facts, now=self._clock.now())
            await self._records.note(
                connection, actor, Action.MEMBER_CHANGE, subject_id=person_id, rule="sessions-ended"
            )
        self._actors.forget_all()

    async def erase_disclosures(self, actor: Actor, person_id: UUID) -> None:
        """Forget who stood behind the entries of somebody who has left. The ledger stays as it is; the value opens no more.

        Raises NotFound for nobody's id and for one that was erased already, Conflict for who is a member still.
        """
        actor.require(Permission.PEOPLE_WRITE)
        facts = {"organization_id": actor.organization_id, "person_id": person_id}
        async with self._database.tenant(actor.organization_id) as connection:
            erased = await _queries.value(connection, "disclosures_erase", **facts, fresh=os.urandom(32))
            if erased is None:
                if await _queries.row(connection, "member", **facts) is not None:
                    raise Conflict(kind="person", reason="a member stands in the ledger; end the membership first")
                raise NotFound(kind="person", id=str(person_id))
            # By the commitment, which everybody with the log has, and not by whom it stood for.
            await put_on_record(
                connection,
                actor,
                Action.DELETION_CERTIFY,
                now=self._clock.now(),
                digest=erased,
                rule="disclosures erased",
            )
        self._actors.forget_all()

    async def _add(
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
