"""The HTTP face of walls: the register of interests, a customer's own terms, people's own interests."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field

from evenhand.boundary.actor import Actor
from evenhand.boundary.cursor import decode_cursor, encode_cursor, number, page_size
from evenhand.boundary.dependencies import Allowed, CurrentActor, Cursor, Limit
from evenhand.boundary.once import IdempotencyKey, id_under
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import Body, JsonObject, Moment, Page, SentId, Whole, example
from evenhand.walls.bods import RECORD_ID_LENGTH_MAX
from evenhand.walls.services import WallServices
from evenhand.walls.shapes import (
    Challenge,
    Filing,
    Interest,
    InterestKind,
    OnChange,
    OpenChallenge,
    Party,
    Quarter,
    RegisterState,
    Silence,
    Waiver,
    WallConflict,
    WallDocument,
    WallDocumentFacts,
    WallPolicy,
    Walls,
)

router = APIRouter(prefix="/api/v1/walls", tags=["walls"], route_class=StrictRoute)

RecordId = Annotated[str, Field(min_length=1, max_length=RECORD_ID_LENGTH_MAX)]
Percent = Annotated[float, Field(ge=1, le=100)]
_STATEMENT: JsonObject = {
    "statementId": "9f188b1a-cb45-4e6b-abe5-252378d6a0f5",
    "declarationSubject": "vendor-four",
    "statementDate": "2026-03-02",
    "recordId": "vendor-four",
    "recordType": "entity",
    "recordDetails": {"isComponent": False, "entityType": {"type": "registeredEntity"}, "name": "Vendor Four"},
}


class NewStatements(Body):
    """Statements of BODS 0.4. party: the record that the organization itself is. source: where a customer's claim can be read."""

    model_config = example({"statements": [_STATEMENT], "party": "vendor-four"})

    statements: list[JsonObject]
    party: RecordId | None = None
    source: Annotated[str, Field(max_length=2000)] | None = None


class Withdrawal(Body):
    """Statements that are no longer claimed."""

    model_config = example({"statement_ids": ["9f188b1a-cb45-4e6b-abe5-252378d6a0f5"]})

    statement_ids: Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=2000)]


class Decision(Body):
    """What the operator makes of a challenge."""

    model_config = example({"state": "confirmed", "note": "The filing of March 2 says so."})

    state: Literal["confirmed", "refused"]
    note: Annotated[str, Field(max_length=2000)] | None = None


class NewParty(Body):
    """Which record an organization is; null for none."""

    model_config = example({"record_id": "vendor-four"})

    record_id: RecordId | None


class NewPolicy(Body):
    """How a customer wants its walls."""

    model_config = example({"notice_percent": 5, "wall_percent": 10, "cool_off_days": 180, "on_change": "hold"})

    notice_percent: Percent = 5.0
    wall_percent: Percent = 10.0
    cool_off_days: Annotated[int, Whole, Field(ge=0, le=3650)] = 180
    on_change: OnChange = "hold"


class NewConflict(Body):
    """A party to be kept apart from. basis: one's own word for why, which stands in denials."""

    model_config = example({"party": "lab-two", "basis": "competitor"})

    party: RecordId
    basis: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9][a-z0-9 ._-]*$")] = "competitor"


class EndedConflict(Body):
    """A party that is no longer to be kept apart from."""

    model_config = example({"party": "lab-two"})

    party: RecordId


class NewWaiver(Body):
    """Whom to let pass although a wall would keep it away: a party or a person, tied to one rival or to any."""

    model_config = example({"party": "vendor-four", "rival": "lab-two", "reason": "A team of its own, audited."})

    party: RecordId | None = None
    person_id: SentId | None = None
    rival: RecordId | None = None
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    until: Moment | None = None


class NewInterest(Body):
    """Something a person has at stake in a party. percent: of shares; what is not known is 100."""

    model_config = example({"party": "lab-two", "kind": "employment", "until": "2026-01-31T00:00:00Z"})

    party: RecordId
    kind: InterestKind
    percent: Annotated[float, Field(ge=0, le=100)] = 100.0
    since: Annotated[date, Field(strict=False)] | None = None
    until: Moment | None = None
    details: Annotated[str, Field(max_length=2000)] = ""


class Move(Body):
    """The vendor that a person works for from now on."""

    model_config = example({"vendor_id": "019e5b34-6d2e-7c51-9f0a-6f1f5a0c2b11"})

    vendor_id: SentId


async def wall_services(request: Request) -> WallServices:
    """The services that bootstrap made."""
    services: WallServices = request.app.state.walls
    return services


Service = Annotated[WallServices, Depends(wall_services)]
Owner = Annotated[Actor, Depends(Allowed(Permission.ORGANIZATION_WRITE))]
Reader = Annotated[Actor, Depends(Allowed(Permission.AUDIT_READ))]


# --------------------------------------------------------------------------------------------------------- register --
@router.get("/register", operation_id="get_register")
async def get_register(actor: Reader, walls: Service) -> RegisterState:
    """The public statements of ownership in force."""
    return await walls.register.state(actor)


@router.post("/statements", operation_id="file_statements", status_code=201)
async def file_statements(
    body: NewStatements, actor: Owner, walls: Service, idempotency_key: IdempotencyKey = None
) -> Filing:
    """File statements of ownership, all or none. A customer's are a challenge, for its own walls alone until it is confirmed."""
    filing_id = id_under(actor, idempotency_key, "statements")
    return await walls.register.file(actor, body.statements, party=body.party, source=body.source, filing_id=filing_id)


@router.post("/statements/withdraw", operation_id="withdraw_statements")
async def withdraw_statements(body: Withdrawal, actor: Owner, walls: Service) -> Filing:
    """No longer claim statements: one's own; the operator any public one."""
    return await walls.register.withdraw(actor, body.statement_ids)


@router.post("/quarter", operation_id="state_nothing_changed")
async def state_nothing_changed(actor: Owner, walls: Service) -> Quarter:
    """The quarterly statement of a vendor or the operator: what was filed still holds."""
    return await walls.register.nothing_changed(actor)


@router.get("/silences", operation_id="list_silences")
async def list_silences(actor: Reader, walls: Service) -> Page[Silence]:
    """Who of those that work for the organization owes the statement of a quarter, since when, and when it was due."""
    return {"items": await walls.register.silences(actor), "next_cursor": None}


@router.get("/challenges", operation_id="list_challenges")
async def list_challenges(actor: Reader, walls: Service) -> Page[Challenge]:
    """What this organization claims of the ownership of others."""
    return {"items": await walls.register.challenges(actor), "next_cursor": None}


@router.get("/challenges/open", operation_id="list_open_challenges")
async def list_open_challenges(actor: Owner, walls: Service) -> Page[OpenChallenge]:
    """For the operator: claims of customers that wait for a decision."""
    return {"items": await walls.register.challenges_open(actor), "next_cursor": None}


@router.post("/challenges/{challenge_id}/decide", operation_id="decide_challenge")
async def decide_challenge(challenge_id: UUID, body: Decision, actor: Owner, walls: Service) -> Filing:
    """For the operator: confirm a claim, so that it is public, or refuse it."""
    return await walls.register.decide(actor, challenge_id, body.state, body.note)


@router.put("/parties/{organization_id}", operation_id="set_party")
async def set_party(organization_id: UUID, body: NewParty, actor: Owner, walls: Service) -> Party:
    """Which record of the register an organization is: one's own, or any for the operator."""
    return await walls.register.set_party(actor, organization_id, body.record_id)


# ------------------------------------------------------------------------------------------------------- own terms --
@router.get("", operation_id="get_walls")
async def get_walls(actor: Reader, walls: Service) -> Walls:
    """The walls in force: the organization's own terms, and the ties that they are about, each with its chain."""
    return await walls.terms.walls(actor)


@router.put("/policy", operation_id="set_wall_policy")
async def set_wall_policy(body: NewPolicy, actor: Owner, walls: Service) -> WallPolicy:
    """From which percentages on a tie is told and walls, how long a cooling-off lasts, and what a change of control does."""
    return await walls.terms.set_policy(
        actor,
        {
            "notice_percent": float(body.notice_percent),
            "wall_percent": float(body.wall_percent),
            "cool_off_days": body.cool_off_days,
            "on_change": body.on_change,
        },
    )


@router.put("/conflicts", operation_id="declare_conflict")
async def declare_conflict(body: NewConflict, actor: Owner, walls: Service) -> WallConflict:
    """Declare a conflict with a party. From then on nobody tied to it is let in, and what such people hold is taken back."""
    return await walls.terms.declare(actor, body.party, body.basis)


@router.post("/conflicts/withdraw", operation_id="withdraw_conflict")
async def withdraw_conflict(body: EndedConflict, actor: Owner, walls: Service) -> WallConflict:
    """Withdraw a conflict: it counts until its cooling-off ends."""
    return await walls.terms.withdraw(actor, body.party)


@router.post("/waivers", operation_id="grant_waiver", status_code=201)
async def grant_waiver(body: NewWaiver, actor: Owner, walls: Service, idempotency_key: IdempotencyKey = None) -> Waiver:
    """Let a party or one person pass although it is walled."""
    return await walls.terms.waive(
        actor,
        party=body.party,
        person_id=body.person_id,
        rival=body.rival,
        reason=body.reason,
        until=body.until,
        waiver_id=id_under(actor, idempotency_key, "waiver"),
    )


@router.delete("/waivers/{waiver_id}", operation_id="end_waiver", status_code=204)
async def end_waiver(waiver_id: UUID, actor: Owner, walls: Service) -> Response:
    """Take a waiver back."""
    await walls.terms.end_waiver(actor, waiver_id)
    return Response(status_code=204)


@router.get("/documents", operation_id="list_wall_documents")
async def list_wall_documents(
    actor: Reader, walls: Service, cursor: Cursor = None, limit: Limit = None
) -> Page[WallDocumentFacts]:
    """The versions of the organization's wall document, newest first."""
    keys = decode_cursor(cursor, number)
    size = page_size(limit)
    items = await walls.terms.documents(actor, int(keys[0]) if keys else None, size + 1)
    more = encode_cursor(items[size - 1]["version"]) if len(items) > size else None
    return {"items": items[:size], "next_cursor": more}


@router.get("/documents/{version}", operation_id="get_wall_document")
async def get_wall_document(
    version: Annotated[int, Path(ge=1, le=2_000_000_000)], actor: Reader, walls: Service
) -> WallDocument:
    """One version, byte for byte as its digest was recorded: canonical JSON."""
    content = await walls.terms.document(actor, version)
    return Response(content, media_type="application/json", headers={"cache-control": "no-store"})  # type: ignore[return-value]


# ---------------------------------------------------------------------------------------------------------- people --
@router.get("/people/{person_id}/interests", operation_id="list_interests")
async def list_interests(person_id: UUID, actor: CurrentActor, walls: Service) -> Page[Interest]:
    """A person's own interests, for herself and her vendor; nobody else sees any."""
    return {"items": await walls.interests.listed(actor, person_id), "next_cursor": None}


@router.post("/people/{person_id}/interests", operation_id="declare_interest", status_code=201)
async def declare_interest(
    person_id: UUID, body: NewInterest, actor: CurrentActor, walls: Service, idempotency_key: IdempotencyKey = None
) -> Interest:
    """Declare an interest: one's own, or as the vendor that the person belongs to."""
    return await walls.interests.declare(
        actor,
        person_id,
        body.party,
        body.kind,
        percent=body.percent,
        since=body.since,
        until=body.until,
        details=body.details,
        interest_id=id_under(actor, idempotency_key, f"interest of {person_id}"),
    )


@router.delete("/people/{person_id}/interests/{interest_id}", operation_id="end_interest", status_code=204)
async def end_interest(person_id: UUID, interest_id: UUID, actor: CurrentActor, walls: Service) -> Response:
    """An interest has ended; it counts on as long as a cooling-off says."""
    await walls.interests.end(actor, person_id, interest_id)
    return Response(status_code=204)


@router.post("/people/{person_id}/move", operation_id="move_person", status_code=204)
async def move_person(person_id: UUID, body: Move, actor: Owner, walls: Service) -> Response:
    """For the operator: a person works for another vendor from now on; whom she left counts as long as a cooling-off says."""
    await walls.interests.move(actor, person_id, body.vendor_id)
    return Response(status_code=204)
