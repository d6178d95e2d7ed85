"""The offers that people work under, one a stage, and what is owed by them."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, Shape, Time
from evenhand.work.shapes.stages import Stage

PayBasis = Literal["task", "hour"]


class Offer(Shape):
    """One version of what a project offers for the work of one stage.

    rate: whole minor units of `currency` (ISO 4217), of which `minor_digits` stand behind the point: 1250 with 2 is 12.50. basis: a
    task answered or judged, or an hour of active time. review_hours: an answer of the label stage that nobody rejects by then
    counts for good; null at every other stage, where nobody rejects anything and all counts for good at once.
    """

    stage: Stage
    version: int
    rate: int
    currency: str
    minor_digits: int
    basis: PayBasis
    review_hours: int | None
    made_by: str
    created_at: Time


class Owed(Shape):
    """What was done under one version of a stage's offer, and what that comes to.

    answers: of review and adjudication, how often a task was judged, whatever was said of it. waiting: answers whose review
    deadline is not over; accepted: those that count for good; rejected ones are in neither, and are owed nothing. amount: of both,
    in minor units; accepted_amount: of the accepted ones. offer: null for what was dealt before there was one, and is owed nothing.
    active_ms: active milliseconds over all answers.
    """

    stage: Stage
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


class StageSpend(Shape):
    """One stage that a project has: the offer that stands there, what was done, and what is owed for it."""

    stage: Stage
    offer: Offer | None
    answers: int
    totals: list[Total]


class Spend(Shape):
    """What a project owes so far by the offers that its work was dealt under; a total a currency. Nothing is paid by it.

    answers: of the label stage. stages: every stage that the project has, also one where nothing is offered.
    """

    versions: list[Owed]
    totals: list[Total]
    answers: int
    stages: list[StageSpend]


class TermsProject(Shape):
    """A project by its name."""

    id: Id
    name: str


class Terms(Shape):
    """Your own terms in a project: what is offered for the next task, and what you earned under the offers frozen for you.

    offer: for labels. offers: of every stage that is yours to work at, labels first.
    """

    project: TermsProject
    offer: Offer | None
    offers: list[Offer]
    owed: list[Owed]
    totals: list[Total]
