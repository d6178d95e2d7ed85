"""What the routes of this room depend on: its services."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from evenhand.insight.services import InsightServices


async def services_of(request: Request) -> InsightServices:
    """The services that bootstrap made."""
    services: InsightServices = request.app.state.insight
    return services


Services = Annotated[InsightServices, Depends(services_of)]
