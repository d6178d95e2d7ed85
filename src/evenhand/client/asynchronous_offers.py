"""What projects offer, what is owed by it, and one's own terms, as the asynchronous client's nouns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.client import nouns, verbs

if TYPE_CHECKING:
    from evenhand.client.asynchronous import AsyncClient

# Methods called `list` hide the builtin in the annotations of the classes that have them.
List = list


class Offers:
    """The offer of a project: a rate for each task or hour of active time, and by when an answer is judged."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def list(self, project: str) -> List[nouns.Offer]:
        """Every version, newest first: the first one stands. None: the project has no offer."""
        items: List[nouns.Offer] = (await self._client.send(verbs.list_offers(project)))["items"]
        return items

    async def set(
        self, project: str, rate: int, currency: str, *, basis: str = "task", review_hours: int = 168
    ) -> nouns.Offer:
        """Offer other terms from the next claim on. rate: whole minor units, 1250 for 12.50 EUR. basis: "task" or "hour"."""
        return await self._client.send(verbs.set_offer(project, rate, currency, basis, review_hours))

    async def spend(self, project: str) -> nouns.Spend:
        """What a project owes so far, by the offers that its answers were dealt under."""
        return await self._client.send(verbs.get_spend(project))

    async def mine(self) -> List[nouns.Terms]:
        """Your own terms by project, and what you earned under the offers frozen for you."""
        items: List[nouns.Terms] = (await self._client.send(verbs.list_my_terms()))["items"]
        return items
