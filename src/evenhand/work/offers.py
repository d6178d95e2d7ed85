"""Offers: what a project promises for labeling, and what is owed by it. Figures only: nothing here pays anybody.

A claim writes the number of the offer that stands into the assignment (`functions.sql`); what was dealt under it is owed under it.
Acceptance is read, not written: an answer counts for good once its review deadline is over (decision 19).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.core.errors import Malformed, NotAllowed, NotFound, NotSignedIn, Problem
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Purpose
from evenhand.store.clock import Clock
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.currencies import MINOR_DIGITS, amount_owed
from evenhand.work.model import PreconditionFailed
from evenhand.work.shapes.offers import Offer, Owed, PayBasis, Spend, Terms, Total

_queries = Queries.of("evenhand.work")


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """What is offered. rate: minor units of `currency` for each `basis`. review_hours: see `shapes.offers.Offer`."""

    rate: int
    currency: str
    basis: PayBasis
    review_hours: int


class Offers:
    """The verbs of offers, and what is owed by them."""

    def __init__(self, database: Database, vault: Vault, grants: Grants, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._clock = clock

    async def set(self, actor: Actor, project_id: UUID, terms: OfferTerms, if_match: str | None = None) -> Offer:
        """Offer these terms from the next claim on; what was dealt before stays under its own. The same terms again change nothing.

        Raises Malformed for no currency of ISO 4217, PreconditionFailed where another version stands than If-Match names.
        """
        if terms.currency not in MINOR_DIGITS:
            message = "This is no currency of ISO 4217 that money is paid in."
            raise Malformed([Problem("/currency", "bad_value", message, "Send its three letters, for example EUR.")])
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "offer_set",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                rate=terms.rate,
                currency=terms.currency,
                basis=terms.basis,
                review_hours=terms.review_hours,
                read=_version_in(if_match),
                now=self._clock.now(),
            )
        assert row is not None
        match row["status"]:
            case "no-session":
                raise NotSignedIn()
            case "not-allowed":
                raise NotAllowed(permission="project.write")
            case "no-project":
                raise NotFound(kind="project", id=str(project_id))
            case "changed":
                raise PreconditionFailed(kind="offer", current=f'"{row["offer_no"]}"')
        return (await self.versions(actor, project_id))[0]

    async def versions(self, actor: Actor, project_id: UUID) -> list[Offer]:
        """Every version of a project's offer, newest first; none: there is no offer. Raises NotFound."""
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(connection, "offers", **facts)
            is_there = rows or await _queries.value(connection, "present_version", **facts) is not None
        if not is_there:
            raise NotFound(kind="project", id=str(project_id))
        return [offer_of(row) for row in rows]

    async def spend(self, actor: Actor, project_id: UUID) -> Spend:
        """What a project owes so far, by the offers that its answers were dealt under. Raises NotFound."""
        await self.versions(actor, project_id)
        owed = (await self._owed(actor, None, project_id))[project_id]
        return {"versions": owed, "totals": totals_of(owed), "answers": sum(each["answers"] for each in owed)}

    async def terms(self, actor: Actor) -> list[Terms]:
        """The projects of whoever asks: what is offered now, and what they earned under the offers frozen for them."""
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection, "standing_offers", organization_id=actor.organization_id, person_id=actor.person_id
            )
        if not rows:
            return []
        owed = await self._owed(actor, actor.person_id, None)
        grant = await self._grants.to_person(actor, Purpose.DIRECTORY, [row["project_id"] for row in rows])
        sealed = [
            Sealed(actor.organization_id, row["project_id"], row["project_id"], Kind.PROJECT, row["chunk_key_id"], row["sealed"])
            for row in rows
        ]  # fmt: skip
        names = [json.loads(each)["name"] for each in await self._vault.open(grant, sealed)]
        return [
            {
                "project": {"id": str(row["project_id"]), "name": name},
                "offer": offer_of(row) if row["offer_no"] else None,
                "owed": owed[row["project_id"]],
                "totals": totals_of(owed[row["project_id"]]),
            }
            for row, name in zip(rows, names, strict=True)
        ]

    async def _owed(self, actor: Actor, person_id: UUID | None, project_id: UUID | None) -> dict[UUID, list[Owed]]:
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection,
                "owed",
                organization_id=actor.organization_id,
                person_id=person_id,
                project_id=project_id,
                now=self._clock.now(),
            )
        found: dict[UUID, list[Owed]] = defaultdict(list)
        for row in rows:
            found[row["project_id"]].append(_owed(row))
        return found


def offer_of(row: Any) -> Offer:
    """A version as it goes over the wire."""
    return {
        "version": row["offer_no"],
        "rate": row["rate"],
        "currency": row["currency"],
        "minor_digits": MINOR_DIGITS[row["currency"]],
        "basis": row["basis"],
        "review_hours": row["review_hours"],
        "made_by": row["made_by"],
        "created_at": rfc3339(row["created_at"]),
    }


def totals_of(owed: Iterable[Owed]) -> list[Total]:
    """Sums by currency, in the order of their codes."""
    sums: dict[str, Total] = {}
    for each in owed:
        if (offer := each["offer"]) is None or each["amount"] is None or each["accepted_amount"] is None:
            continue
        empty: Total = {
            "currency": offer["currency"],
            "minor_digits": offer["minor_digits"],
            "amount": 0,
            "accepted_amount": 0,
        }
        total = sums.setdefault(offer["currency"], empty)
        total["amount"] += each["amount"]
        total["accepted_amount"] += each["accepted_amount"]
    return [sums[currency] for currency in sorted(sums)]


def _owed(row: Any) -> Owed:
    offer = offer_of({**row, "made_by": ""}) if row["rate"] is not None else None
    standing, standing_ms = row["answers"] - row["rejected"], row["active_ms"] - row["rejected_ms"]
    return {
        "offer": offer,
        "answers": row["answers"],
        "waiting": standing - row["accepted"],
        "accepted": row["accepted"],
        "rejected": row["rejected"],
        "active_ms": row["active_ms"],
        "amount": amount_owed(row["rate"], row["basis"], standing, standing_ms) if offer else None,
        "accepted_amount": amount_owed(row["rate"], row["basis"], row["accepted"], row["accepted_ms"])
        if offer
        else None,
    }


def _version_in(if_match: str | None) -> int | None:
    """The version that If-Match names; -1, which none is, for what names none."""
    if if_match is None:
        return None
    sent = if_match.strip().strip('"')
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else -1
