"""What the verbs of walls answer, as it goes over the wire."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, JsonObject, Shape, Time

OnChange = Literal["block", "hold", "notify"]
InterestKind = Literal["employment", "shares", "office", "other"]


class StatementReceipt(Shape):
    """What proves later that a statement was filed so: SHA-256 of the salt and its canonical JSON is the commitment on record."""

    statement_id: str
    salt: str
    commitment: str


class Filing(Shape):
    """What a filing did. register: `public`, or `challenge` for a customer's claim that the operator has not confirmed.

    receipts: of the statements that the register keeps less of than was filed. The salts are shown once.
    """

    register: Literal["public", "challenge"]
    challenge_id: Id | None
    epoch: int
    statements: int
    ended: list[str]
    receipts: list[StatementReceipt]


class RegisterState(Shape):
    """The register as it stands, public statements alone."""

    epoch: int
    statements: list[JsonObject]


class Challenge(Shape):
    """A customer's claim about the ownership of others."""

    id: Id
    source: str
    state: Literal["open", "confirmed", "refused", "withdrawn"]
    filed_at: Time
    decided_at: Time | None
    note: str | None


class OpenChallenge(Shape):
    """A claim that waits for the operator's decision, with what was filed."""

    id: Id
    source: str
    filed_at: Time
    statements: list[JsonObject]


class Party(Shape):
    """Which record of the register an organization is."""

    organization_id: Id
    record_id: str


class Quarter(Shape):
    """A quarterly statement that nothing changed."""

    quarter: str
    at: Time


class Silence(Shape):
    """Somebody who works for the organization and owes the statement of a quarter. party, name: as the register has them.

    since: when it was last heard of. due_at: when the next statement was due.
    """

    organization_id: Id
    kind: Literal["vendor", "operator"]
    party: str
    name: str | None
    since: Time
    due_at: Time


class WallPolicy(Shape):
    """How a customer wants its walls: from which percentage on it is told, and from which a tie keeps away."""

    notice_percent: float
    wall_percent: float
    cool_off_days: int
    on_change: OnChange


class WallConflict(Shape):
    """A party that a customer is in conflict with. until: when its cooling-off ends, once it was withdrawn."""

    party: str
    basis: str
    since: Time
    until: Time | None


class Waiver(Shape):
    """What a customer lets pass although it is walled: a party or one person."""

    id: Id
    party: str | None
    person_id: Id | None
    rival: str | None
    reason: str
    since: Time
    until: Time | None
    hold_id: Id | None


class WallLink(Shape):
    """One link of a chain: what holder has of subject, in percent, by which statements."""

    holder: str
    subject: str
    kind: Literal["share", "governance", "unknown", "nominee", "indirect"]
    low: float
    high: float
    statements: list[str]


class DrawnParty(Shape):
    """A party of the register. name: null where the register holds none, as of a person."""

    id: str
    name: str | None
    kind: Literal["entity", "person", "arrangement"]


class DrawnLink(Shape):
    """Who holds what of whom, and the statements that say so. percent: null for an office, and for a share that is not known.

    interests: words of the BODS code list. votes: percent of them, where told apart from the shares. ended: when the last of them
    ended. counts: whether the tie is as strong because of it.
    """

    holder: str
    held: str
    percent: float | None
    is_share: bool
    interests: list[str]
    votes: float | None
    ended: str | None
    counts: bool
    statements: list[str]


class WallTie(Shape):
    """A tie between a party that works for the customer and one that it is in conflict with. effect: as its policy has it.

    parties, drawn: the same chain to be drawn, with what else is filed between its parties.
    """

    effect: Literal["wall", "notice"]
    kind: Literal["vendor", "operator"]
    party: str
    rival: str
    rule: str
    low: float
    high: float
    links: list[WallLink]
    parties: list[DrawnParty]
    drawn: list[DrawnLink]


class Walls(Shape):
    """A customer's walls in force: its rules, and the ties that they are about."""

    epoch: int
    party: str
    policy: WallPolicy
    conflicts: list[WallConflict]
    waivers: list[Waiver]
    ties: list[WallTie]
    holds_open: int


class WallDocumentFacts(Shape):
    """One version of a customer's wall document; sha256 is the digest of its policy.change entry."""

    version: int
    epoch: int
    at: Time
    sha256: str


class WallDocument(Shape):
    """All terms of a customer at one moment, as docs/reference/wall-documents.md states them."""

    v: int
    kind: Literal["evenhand-walls"]
    organization: Id
    version: int
    epoch: int
    at: Time
    party: str
    policy: WallPolicy
    conflicts: list[JsonObject]
    waivers: list[JsonObject]
    countersigned: list[JsonObject]


class Interest(Shape):
    """A person's own interest. Details are shown to her and her vendor alone."""

    id: Id
    party: str
    kind: InterestKind
    percent: float
    since: str | None
    until: Time | None
    declared_by: Literal["self", "vendor"]
    details: str
    commitment: str
