"""Tasks whose answer is known, as the asynchronous client's nouns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evenhand.client import nouns, verbs

if TYPE_CHECKING:
    from evenhand.client.asynchronous import AsyncClient

# Methods called `list` hide the builtin in the annotations of the classes that have them.
List = list


class Gold:
    """Gold tasks: made, mended, taken back; how they fare, and what they say of people; flaws planted in them."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def make(
        self, project: str, gold: Sequence[Mapping[str, Any]], *, idempotency_key: str | None = None
    ) -> nouns.GoldMade:
        """Make gold of tasks that nobody was dealt, or that are done: all or none, at most 500.

        gold: for each `task_id` and `answers`, and if wanted `kind` ("hidden" or "taught"), `explanation` and `tolerances`
        ([{"question": …, "absolute" | "relative" | "steps": …}]). Raises GoldRefused.
        """
        return await self._client.send(verbs.make_gold(project, gold, idempotency_key))

    def list(self, project: str, *, page_size: int | None = None) -> AsyncIterator[nouns.GoldTask]:
        """The gold of a project, how it fares, and whether it is likely to be wrong itself. The look is on record."""
        return self._client.pages(lambda cursor: verbs.list_gold(project, page_size, cursor))

    async def people(self, project: str) -> List[nouns.GoldPerson]:
        """How right everybody is on hidden gold, with the interval."""
        items: List[nouns.GoldPerson] = (await self._client.send(verbs.list_gold_people(project)))["items"]
        return items

    async def mend(self, project: str, task: str, version: int, **changes: Any) -> int:
        """Say anew what is right (`answers`), why (`explanation`), or whether it is told (`kind`); the version that stands now.

        version: the one that was read. Raises PreconditionFailed when somebody mended it since.
        """
        return int((await self._client.send(verbs.mend_gold(project, task, version, changes)))["version"])

    async def retire(self, project: str, task: str) -> None:
        """Take gold back: it leaves every score, and a task that was not done goes back to the queue."""
        await self._client.send(verbs.retire_gold(project, task))

    async def plant(
        self,
        project: str,
        task: str,
        answers: Sequence[Mapping[str, Any]],
        reason: nouns.VerdictReason | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> None:
        """Plant a flawed answer in a gold task: reviewers are dealt it as if it were work, and should not accept it.

        reason: the one that they should give, if one is right. Raises GoldRefused where the answers do not fit or are what is
        right, Conflict where the task has a flaw already or was work before it was gold.
        """
        await self._client.send(verbs.plant_flaw(project, task, answers, reason, idempotency_key))

    def flaws(self, project: str, *, page_size: int | None = None) -> AsyncIterator[nouns.PlantedFlaw]:
        """The flaws that were planted for reviewers, and how they were judged. The look is on record."""
        return self._client.pages(lambda cursor: verbs.list_flaws(project, page_size, cursor))

    async def unplant(self, project: str, task: str) -> None:
        """Take a planted flaw out again. Raises Conflict once a reviewer was dealt it."""
        await self._client.send(verbs.remove_flaw(project, task))
