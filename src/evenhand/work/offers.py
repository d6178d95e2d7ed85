"""Offers: what a project promises for the work of each stage, and what is owed by it. Figures only: nothing here pays anybody.

A claim writes the number of the offer that stands into the assignment (`functions.sql`); what was dealt under it is owed under it.
Acceptance is read, not written: an answer counts for good once its review deadline is over, and at once what nobody can reject
(decision 19).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from evenhand.boundary.actor import Actor
from evenhand.boundary.permission import Permission
from evenhand.core.errors import Conflict, Malformed, NotAllowed, NotFound, NotSignedIn, Problem
from evenhand.core.times import rfc3339
from evenhand.ledger.actions import Purpose
from evenhand.store.clock import Clock, fresh_id
from evenhand.store.database import Database
from evenhand.store.queries import Queries
from evenhand.vault.sealing import Kind
from evenhand.vault.service import Sealed, Vault
from evenhand.walls.grant import Grants
from evenhand.work.currencies import MINOR_DIGITS, amount_owed
from evenhand.work.model import STAGES, PreconditionFailed
from evenhand.work.shapes.offers import Offer, Owed, PayBasis, Spend, StageSpend, Terms, Total
from evenhand.work.shapes.stages import Stage

_queries = Queries.of("evenhand.work")
_NAMES: dict[int, Stage] = {1: "label", 2: "review", 3: "adjudicate", 4: "exam", 5: "audit"}
HOURS_USUAL = 168


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """What is offered. rate: minor units of `currency` for each `basis`. review_hours: see `Offer`; None: as usual."""

    rate: int
    currency: str
    basis: PayBasis
    review_hours: int | None = None
    stage: Stage = "label"


class Offers:
    """The verbs of offers, and what is owed by them."""

    def __init__(self, database: Database, vault: Vault, grants: Grants, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants
        self._clock = clock

    async def set(self, actor: Actor, project_id: UUID, terms: OfferTerms, if_match: str | None = None) -> Offer:
        """Offer these terms from the next claim on; what was dealt before stays under its own. The same terms again change nothing.

        Raises Malformed for no currency of ISO 4217, and for a deadline of what nobody rejects; Conflict where the project has no
        such stage yet; PreconditionFailed where another version stands than If-Match names.
        """
        is_label = terms.stage == "label"
        if terms.currency not in MINOR_DIGITS:
            message = "This is no currency of ISO 4217 that money is paid in."
            raise Malformed([Problem("/currency", "bad_value", message, "Send its three letters, for example EUR.")])
        if terms.review_hours is not None and not is_label:
            message = "Only an answer of the label stage can be rejected, so nothing else has a deadline."
            raise Malformed(
                [Problem("/review_hours", "bad_value", message, "Leave it out: it counts for good at once.")]
            )
        now = self._clock.now()
        async with self._database.statement() as connection:
            row = await _queries.row(
                connection,
                "offer_set",
                token_sha256=actor.token_sha256,
                project_id=project_id,
                stage=STAGES[terms.stage],
                queue_id=fresh_id(now),
                rate=terms.rate,
                currency=terms.currency,
                basis=terms.basis,
                review_hours=(terms.review_hours or HOURS_USUAL) if is_label else None,
                read=_version_in(if_match),
                now=now,
            )
        assert row is not None
        match row["status"]:
            case "no-session":
                raise NotSignedIn()
            case "not-allowed":
                raise NotAllowed(permission="project.write")
            case "no-project":
                raise NotFound(kind="project", id=str(project_id))
            case "no-stage":
                reason = f"it has no {terms.stage} stage yet: set up its workflow, or its exam, first"
                raise Conflict(kind="project", reason=reason)
            case "changed":
                raise PreconditionFailed(kind="offer", current=f'"{row["offer_no"]}"')
        return (await self.versions(actor, project_id, terms.stage))[0]

    async def versions(self, actor: Actor, project_id: UUID, stage: Stage | None = None) -> list[Offer]:
        """Every version of what a project offers, labels first and of each stage the newest first; none: there is no offer.

        Whoever only labels learns of the stages where they work: labels and exams. Raises NotFound.
        """
        stages = [STAGES[each] for each in _seen_by(actor) if stage in (None, each)]
        facts = {"organization_id": actor.organization_id, "project_id": project_id}
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(connection, "offers", **facts, stages=stages)
            is_there = rows or await _queries.value(connection, "present_version", **facts) is not None
        if not is_there:
            raise NotFound(kind="project", id=str(project_id))
        return [offer_of(row) for row in rows]

    async def spend(self, actor: Actor, project_id: UUID) -> Spend:
        """What a project owes so far, by the offers that its work was dealt under, stage by stage. Raises NotFound."""
        async with self._database.tenant(actor.organization_id) as connection:
            rows = await _queries.rows(
                connection, "stages_offered", organization_id=actor.organization_id, project_id=project_id
            )
        if not rows:
            raise NotFound(kind="project", id=str(project_id))
        owed = (await self._owed(actor, None, project_id))[project_id]
        return {
            "versions": owed,
            "totals": totals_of(owed),
            "answers": sum(each["answers"] for each in owed if each["stage"] == "label"),
            "stages": [_stage_spend(row, owed) for row in rows],
        }

    async def terms(self, actor: Actor) -> list[Terms]:
        """The projects of whoever asks: what is offered now, and what they earned under the offers frozen for them."""
        async with self._database.tenant(actor.organization_id) as connection:
            found = await _queries.rows(
                connection,
                "standing_offers",
                organization_id=actor.organization_id,
                person_id=actor.person_id,
                reviews=Permission.TASK_REVIEW in actor.permissions,
            )
        if not found:
            return []
        rows = list({row["project_id"]: row for row in found}.values())
        offers: dict[UUID, list[Offer]] = defaultdict(list)
        for row in found:
            if row["offer_no"]:
                offers[row["project_id"]].append(offer_of(row))
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
                "offer": next((each for each in offers[row["project_id"]] if each["stage"] == "label"), None),
                "offers": offers[row["project_id"]],
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
        "stage": _NAMES[row["stage"]],
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


def _stage_spend(row: Any, owed: Iterable[Owed]) -> StageSpend:
    here = [each for each in owed if each["stage"] == _NAMES[row["stage"]]]
    return {
        "stage": _NAMES[row["stage"]],
        "offer": offer_of(row) if row["offer_no"] else None,
        "answers": sum(each["answers"] for each in here),
        "totals": totals_of(here),
    }


def _seen_by(actor: Actor) -> tuple[Stage, ...]:
    sees_all = actor.permissions & {Permission.TASK_REVIEW, Permission.QUALITY_READ, Permission.PROJECT_WRITE}
    return tuple(STAGES) if sees_all else ("label", "exam")  # type: ignore[arg-type]  # the keys are the stages


def _owed(row: Any) -> Owed:
    offer = offer_of({**row, "made_by": ""}) if row["rate"] is not None else None
    standing, standing_ms = row["answers"] - row["rejected"], row["active_ms"] - row["rejected_ms"]
    return {
        "stage": _NAMES[row["stage"]],
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
