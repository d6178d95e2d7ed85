"""Discussions: a question with its replies, about a task or about a passage of the guidelines."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, Shape, Time

DiscussionState = Literal["open", "resolved"]


class Passage(Shape):
    """Where in the guidelines: below which heading, and the words as they are read, with what stands before and after them.

    As the Web Annotation Data Model's TextQuoteSelector (W3C, 2017, section 4.2.4): found again in a later version by its words.
    heading: its text, "" above the first one or for the guidelines as a whole. quote: "" for the whole section.
    """

    heading: str
    quote: str
    before: str
    after: str


class Reply(Shape):
    """What was said in a discussion. who: a pseudonym."""

    id: Id
    text: str
    who: str
    at: Time


class Discussion(Reply):
    """A discussion of the guidelines. version: the one that was read when it began. resolved_by: a pseudonym."""

    version: int
    passage: Passage
    resolved_at: Time | None
    resolved_by: str | None
    replies: list[Reply]


class DiscussionResolved(Shape):
    """Where a discussion stands now."""

    id: Id
    state: DiscussionState
