"""The SDK's nouns about guidelines, asynchronously: pictures, and what is discussed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.client import nouns, verbs
from evenhand.client.content import Content, image_type

if TYPE_CHECKING:
    from evenhand.client.asynchronous import AsyncClient


class Guidelines:
    """The guidelines of projects beyond their text: `client.projects.guideline` reads and changes that."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def add_picture(
        self, project: str, path: str | Path, *, idempotency_key: str | None = None
    ) -> nouns.GuidelinePicture:
        """Send a picture; name it in the Markdown as `![What it shows](source)`. Forgotten after a week unless a version does."""
        file = Path(path)
        content = Content(file, image_type(file))
        return await self._client.send(verbs.add_guideline_picture(project, content, file.name, idempotency_key))

    async def picture(self, project: str, picture: str) -> bytes:
        """A picture of the guidelines, of any version. The look is recorded."""
        return b"".join([block async for block in self._client.stream(verbs.get_guideline_picture(project, picture))])

    def discussions(
        self, project: str, *, state: nouns.DiscussionState | None = None, page_size: int | None = None
    ) -> AsyncIterator[nouns.Discussion]:
        """What was asked about the guidelines, newest first, with every reply."""
        return self._client.pages(lambda cursor: verbs.list_discussions(project, state, page_size, cursor))

    async def ask(
        self,
        project: str,
        text: str,
        *,
        version: int,
        heading: str = "",
        quote: str = "",
        before: str = "",
        after: str = "",
    ) -> nouns.Discussion:
        """Ask about a passage: below which heading, the words it is about, and what stands around them."""
        passage = {"heading": heading, "quote": quote, "before": before, "after": after}
        return await self._client.send(verbs.begin_discussion(project, text, version, passage))

    async def reply(self, project: str, discussion: str, text: str) -> nouns.Reply:
        """Say something in a discussion of the guidelines."""
        return await self._client.send(verbs.reply(project, discussion, text))

    async def resolve(self, project: str, discussion: str) -> nouns.DiscussionResolved:
        """Say that a discussion, of the guidelines or of a task, needs no more."""
        return await self._client.send(verbs.set_discussion(project, discussion, "resolve"))

    async def reopen(self, project: str, discussion: str) -> nouns.DiscussionResolved:
        """Take up a discussion again."""
        return await self._client.send(verbs.set_discussion(project, discussion, "reopen"))
