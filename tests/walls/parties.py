"""Builders of a world with a register in it: an operator, vendors with people, customers, and statements of ownership."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from evenhand.work.model import ProjectSettings
from world import Member, Organization, World

PASSWORD = "four words are enough"
__all__ = ["ProjectSettings", "Scene", "entity", "holds", "office", "person", "share"]
_numbers = itertools.count(1)


def statement(kind: str, record: str, details: dict[str, Any], subject: str = "network", **more: Any) -> dict[str, Any]:
    """One statement of BODS 0.4."""
    return {
        "statementId": str(uuid4()),
        "declarationSubject": subject,
        "statementDate": "2026-03-01",
        "recordId": record,
        "recordStatus": "new",
        "recordType": kind,
        "recordDetails": {"isComponent": False, **details},
        **more,
    }


def entity(record: str, name: str | None = None, **more: Any) -> dict[str, Any]:
    """A registered entity."""
    details = {"entityType": {"type": "registeredEntity"}, "name": name or record}
    identifiers = more.pop("identifiers", None)
    return statement("entity", record, details | ({"identifiers": identifiers} if identifiers else {}), **more)


def person(record: str, **more: Any) -> dict[str, Any]:
    """A natural person, with all that is personal."""
    names = [{"type": "legal", "fullName": f"Name of {record}"}]
    return statement("person", record, {"personType": "knownPerson", "names": names, "birthDate": "1978-08"}, **more)


def share(percent: float | None = None, type_: str = "shareholding", **bounds: Any) -> dict[str, Any]:
    """A direct interest in shares; without a percentage an unknown one."""
    shares = {"exact": percent} if percent is not None else bounds
    return {"type": type_, "directOrIndirect": "direct", **({"share": shares} if shares else {})}


def office(type_: str = "boardMember", **more: Any) -> dict[str, Any]:
    """A direct interest that is no share."""
    return {"type": type_, "directOrIndirect": "direct", **more}


def holds(holder: str, held: str, *interests: dict[str, Any], record: str | None = None, **more: Any) -> dict[str, Any]:
    """What one party has of another."""
    record = record or f"relationship-{next(_numbers)}"
    details = {"subject": held, "interestedParty": holder, "interests": list(interests)}
    return statement("relationship", record, details, **more)


@dataclass(frozen=True)
class Scene:
    """An installation with an operator, and names for parties that no other test uses."""

    world: World
    operator: Organization
    mark: str

    @classmethod
    async def of(cls, world: World) -> Scene:
        """Its operator, mapped to a party."""
        mark = uuid4().hex[:8]
        return cls(world, await world.organization("Operator", "operator"), mark)

    def name(self, word: str) -> str:
        """A record of this scene's own."""
        return f"{word}-{self.mark}"

    async def vendor(self, word: str = "vendor") -> Organization:
        """A vendor that is a party."""
        vendor = await self.world.organization(word, "vendor")
        await self.is_party(vendor, word)
        return vendor

    async def customer(self, word: str, *, against: Sequence[str] = (), **policy: Any) -> Organization:
        """A customer that is a party, in conflict with others."""
        customer = await self.world.organization(word)
        await self.is_party(customer, word)
        terms = self.world.services.walls.terms
        for rival in against:
            await terms.declare(customer.owner.actor, self.name(rival), "competitor")
        if policy:
            default = {"notice_percent": 5.0, "wall_percent": 10.0, "cool_off_days": 180, "on_change": "hold"}
            await terms.set_policy(customer.owner.actor, {**default, **policy})  # type: ignore[typeddict-item]
        return customer

    async def is_party(self, organization: Organization, word: str) -> None:
        """The organization is the record of this name."""
        register = self.world.services.walls.register
        await register.set_party(self.operator.owner.actor, organization.id, self.name(word))

    async def works(self, vendor: Organization, *customers: Organization) -> list[Member]:
        """One person of a vendor's, as a member of customers."""
        person_ = await vendor.member("annotator", PASSWORD)
        people = self.world.services.people
        found = []
        for customer in customers:
            invited = await people.members.invite(customer.owner.actor, person_.email, "annotator")
            await people.links.accept(invited.token, PASSWORD, None, str(person_.id))
            found.append(await self.world.with_key(customer.id, person_.id, person_.email))
        return found

    async def file(self, *statements: dict[str, Any], by: Organization | None = None, **more: Any) -> dict[str, Any]:
        """File statements: the operator's, or another organization's."""
        who = (by or self.operator).owner.actor
        return dict(await self.world.services.walls.register.file(who, list(statements), **more))

    async def rule(self, member: Member, customer: Organization) -> str | None:
        """What the database says of a person at a customer."""
        async with self.world.superuser() as connection:
            found: str | None = await connection.fetchval(
                "select wall_rule($1, $2, $3)", member.id, customer.id, self.world.clock.now()
            )
        return found

    async def entries(self, customer: Organization, action: str) -> list[tuple[str | None, UUID | None]]:
        """(rule, subject) of a customer's entries of one kind, oldest first."""
        async with self.world.superuser() as connection:
            rows = await connection.fetch(
                "select i.rule, i.subject_id from ledger_inbox i join ledger_action a using (action)"
                " where i.organization_id = $1 and a.name = $2 order by i.xid, i.id",
                customer.id,
                action,
            )
        return [(row["rule"], row["subject_id"]) for row in rows]
