"""The noun of the asynchronous client that has checkers run: checks of answers that bring one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from evenhand.client import nouns, verbs
from evenhand.client.errors import of_problem

if TYPE_CHECKING:
    from evenhand.client.asynchronous import AsyncClient

# How often a check is asked how far it is.
ASK_SECONDS = 0.5


class Checks:
    """Checks of answers whose kind brings a checker, such as verifiable tasks. Each is its asker's own."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def start(
        self,
        project: str,
        task: str,
        question: str,
        value: Any,
        *,
        target: str | None = None,
        idempotency_key: str | None = None,
    ) -> nouns.CheckRun:
        """Have the checker of an answer's value run on right and wrong work; see `wait`. Of one value it is one check."""
        return await self._client.send(verbs.start_check(project, task, question, value, target, idempotency_key))

    def list(self, project: str, task: str, *, page_size: int | None = None) -> AsyncIterator[nouns.CheckRun]:
        """Your own checks of answers to a task, newest first, without their reports."""
        return self._client.pages(lambda cursor: verbs.list_checks(project, task, page_size, cursor))

    async def get(self, project: str, task: str, check_id: str) -> nouns.CheckRun:
        """One check of your own, as far as it is, with its report once it is done."""
        return await self._client.send(verbs.get_check(project, task, check_id))

    async def wait(
        self,
        project: str,
        task: str,
        check_id: str,
        *,
        timeout_seconds: float = 3_600.0,
        progress: Callable[[nouns.CheckRun], None] | None = None,
    ) -> nouns.CheckRun:
        """The check once it is done or was cancelled. progress: called with it as it goes on.

        Raises the error that ended one that failed, TimeoutError when it takes longer.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            found = await self.get(project, task, check_id)
            if progress is not None:
                progress(found)
            if found["state"] == "failed":
                raise of_problem(found["error"], 400)
            if found["state"] in ("done", "cancelled"):
                return found
            if time.monotonic() > deadline:
                raise TimeoutError(f"Check {check_id} is still {found['state']}.")
            await asyncio.sleep(ASK_SECONDS)
