"""The offer that people work under, and what is owed by it."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, Shape, Time

PayBasis = Literal["task", "hour"]


class Offer(Shape):
    """One version of what a project offers for labeling.

    rate: whole minor units of `currency` (ISO 4217), of which `minor_digits` stand behind the point: 1250 with 2 is 12.50. basis: a
    task answered, or an hour of active time. review_hours: an answer that nobody rejects by then counts for good.
    """

    version: int
    rate: int
    currency: str
    minor_digits: int
    basis: PayBasis
    review_hours: int
    made_by: str
    created_at: Time


class Owed(Shape):
    """What was answered under one version of the offer, and what that comes to.

    waiting: answers whose review deadline is not over; accepted: those that count for good; rejected ones are in neither, and are
    owed nothing. amount: of both, in minor units; accepted_amount: of the accepted ones. offer: null for what was dealt before
    there was one, and is owed nothing. active_ms: active milliseconds over all answers.
    """

    offer: Offer | None
    answers: int
    waiting: int
    accepted: int
    rejected: int
    active_ms: int
    amount: int | None
    accepted_amount: int | None


class Total(Shape):
    """Amounts in one currency, in minor units."""

    currency: str
    minor_digits: int
    amount: int
    accepted_amount: int


class Spend(Shape):
    """What a project owes so far by the offers that its answers were dealt under; a total a currency. Nothing is paid by it."""

    versions: list[Owed]
    totals: list[Total]
    answers: int


class TermsProject(Shape):
    """A project by its name."""

    id: Id
    name: str


class Terms(Shape):
    """Your own terms in a project: what is offered for the next task, and what you earned under the offers frozen for you."""

    project: TermsProject
    offer: Offer | None
    owed: list[Owed]
    totals: list[Total]
