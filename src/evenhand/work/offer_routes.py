"""The HTTP face of offers, one a stage: set and read them, what a project owes by them, and one's own terms."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from evenhand.boundary.actor import Actor
from evenhand.boundary.dependencies import Allowed
from evenhand.boundary.permission import Permission
from evenhand.boundary.reading import StrictRoute
from evenhand.boundary.shapes import TAGGED, Body, Page, Whole, example
from evenhand.work.dependencies import Labeler, Match, ProjectSeer, ProjectWriter, Work
from evenhand.work.offers import OfferTerms
from evenhand.work.shapes.offers import Offer, PayBasis, Spend, Terms
from evenhand.work.shapes.stages import Stage

router = APIRouter(prefix="/api/v1", route_class=StrictRoute)
QualityReader = Annotated[Actor, Depends(Allowed(Permission.QUALITY_READ))]


class NewOffer(Body):
    """What is offered for the work of a stage from the next claim on. rate: whole minor units of the currency: 1250 is 12.50 EUR.

    review_hours: of the label stage alone, where leaving it out is 168; nothing else can be rejected.
    """

    model_config = example({"rate": 1250, "currency": "EUR", "basis": "hour", "review_hours": 168})

    rate: Annotated[int, Field(ge=0, le=1_000_000_000), Whole]
    currency: Annotated[str, Field(min_length=3, max_length=3)]
    basis: PayBasis
    review_hours: Annotated[int, Field(ge=1, le=8760), Whole] | None = None
    stage: Stage = "label"


@router.get("/projects/{project_id}/offers", tags=["offers"], operation_id="list_offers")
async def list_offers(
    project_id: UUID, actor: ProjectSeer, work: Work, stage: Annotated[Stage | None, Query()] = None
) -> Page[Offer]:
    """Every version of what a project offers, stage by stage, labels first; of each the first one stands. None: there is no offer.

    Whoever only labels reads those of labels and exams.
    """
    return {"items": await work.offers.versions(actor, project_id, stage), "next_cursor": None}


@router.put("/projects/{project_id}/offer", tags=["offers"], operation_id="set_offer", responses=TAGGED)
async def set_offer(
    project_id: UUID, body: NewOffer, actor: ProjectWriter, work: Work, response: Response, if_match: Match = None
) -> Offer:
    """Offer other terms at a stage, for tasks dealt from now on. What is held or done stays under its own; people are told."""
    terms = OfferTerms(body.rate, body.currency, body.basis, body.review_hours, body.stage)
    offer = await work.offers.set(actor, project_id, terms, if_match)
    response.headers["ETag"] = f'"{offer["version"]}"'
    return offer


@router.get("/projects/{project_id}/spend", tags=["offers"], operation_id="get_spend")
async def get_spend(project_id: UUID, actor: QualityReader, work: Work) -> Spend:
    """What a project owes so far, stage by stage, by the offer that each piece of work was dealt under. Nothing is paid by it."""
    return await work.offers.spend(actor, project_id)


@router.get("/work/terms", tags=["offers"], operation_id="list_my_terms")
async def list_my_terms(actor: Labeler, work: Work) -> Page[Terms]:
    """Your terms by project: what is offered for the next task, and what you earned so far under the offers frozen for you."""
    return {"items": await work.offers.terms(actor), "next_cursor": None}
