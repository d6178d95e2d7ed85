"""What projects offer, what is owed by it, and one's own terms, as the asynchronous client's nouns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evenhand.client import nouns, verbs

if TYPE_CHECKING:
    from evenhand.client.asynchronous import AsyncClient

# Methods called `list` hide the builtin in the annotations of the classes that have them.
List = list


class Offers:
    """The offers of a project, one a stage: a rate for each task or hour of active time; of labels, by when an answer is judged."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def list(self, project: str, stage: nouns.Stage | None = None) -> List[nouns.Offer]:
        """Every version, of one stage or of all, labels first; of each stage the newest first, which stands."""
        items: List[nouns.Offer] = (await self._client.send(verbs.list_offers(project, stage)))["items"]
        return items

    async def set(
        self,
        project: str,
        rate: int,
        currency: str,
        *,
        basis: str = "task",
        review_hours: int | None = None,
        stage: nouns.Stage = "label",
    ) -> nouns.Offer:
        """Offer other terms at a stage from the next claim on.

        rate: whole minor units, 1250 for 12.50 EUR. basis: "task" or "hour". review_hours: of labels alone, None is a week.
        """
        return await self._client.send(verbs.set_offer(project, rate, currency, basis, review_hours, stage))

    async def spend(self, project: str) -> nouns.Spend:
        """What a project owes so far, by the offers that its work was dealt under, stage by stage."""
        return await self._client.send(verbs.get_spend(project))

    async def mine(self) -> List[nouns.Terms]:
        """Your own terms by project, and what you earned under the offers frozen for you."""
        items: List[nouns.Terms] = (await self._client.send(verbs.list_my_terms()))["items"]
        return items


class Appeals:
    """Rulings against people, with their evidence, and the appeals that somebody else answers."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def possible_evidence(self, project: str, person: str) -> nouns.PossibleEvidence:
        """What of a person in a project a rejection or a removal may rest on."""
        return await self._client.send(verbs.list_possible_evidence(project, person))

    async def reject(
        self,
        project: str,
        task: str,
        annotation: str,
        reason: str,
        evidence: Sequence[Mapping[str, Any]],
        *,
        note: str | None = None,
    ) -> str:
        """Reject an answer; the id of the ruling. evidence: items as `{"kind": "answer", "id": …}`."""
        call = verbs.reject_answer(project, task, annotation, reason, evidence, note)
        return str((await self._client.send(call))["id"])

    async def remove(
        self,
        project: str,
        person: str,
        reason: str,
        evidence: Sequence[Mapping[str, Any]],
        *,
        note: str | None = None,
    ) -> str:
        """Remove a person from a project; the id of the ruling."""
        return str((await self._client.send(verbs.remove_from_project(project, person, reason, evidence, note)))["id"])

    async def withdraw(self, project: str, ruling: str) -> None:
        """Take a ruling back unasked."""
        await self._client.send(verbs.withdraw_ruling(project, ruling))

    async def rulings(self, project: str | None = None) -> List[nouns.Ruling]:
        """The rulings in a project, newest first; without one, those against yourself."""
        found: List[nouns.Ruling] = []
        cursor: str | None = None
        while True:
            page = await self._client.send(
                verbs.list_rulings(project, None, cursor) if project else verbs.list_my_rulings(None, cursor)
            )
            found += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    async def file(self, kind: str, subject: str, statement: str) -> str:
        """Appeal against a ruling ("rejection", "removal") or a verdict ("verdict") on your own work; the appeal's id."""
        return str((await self._client.send(verbs.file_appeal(kind, subject, statement)))["id"])

    async def mine(self) -> List[nouns.Appeal]:
        """Your own appeals, open ones first."""
        items: List[nouns.Appeal] = (await self._client.send(verbs.list_my_appeals()))["items"]
        return items

    async def list(self, state: str = "open") -> List[nouns.Appeal]:
        """The organization's appeals, "open" or "answered"."""
        items: List[nouns.Appeal] = (await self._client.send(verbs.list_appeals(state)))["items"]
        return items

    async def answer(self, appeal: str, outcome: str, reason: str, *, note: str | None = None) -> nouns.Appeal:
        """Uphold the decision ("upheld") or undo it ("overturned"). Refused to whoever decided, or appeals."""
        return await self._client.send(verbs.answer_appeal(appeal, outcome, reason, note))
