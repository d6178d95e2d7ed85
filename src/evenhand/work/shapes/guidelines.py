"""Guidelines with their versions and pictures."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, Shape, Time

Consent = Literal["required", "not-needed"]


class GuidelineVersion(Shape):
    """A version of the guidelines. summary: what changed, in a line. by: who wrote it, by the pseudonym.

    consent: whether people read it before their next task; `not-needed` for what changes no rule.
    """

    version: int
    summary: str
    consent: Consent
    by: str
    created_at: Time


class Guideline(Shape):
    """Guidelines in Markdown. version: 0 and no text while there are none. consented_version: the newest that you consented to.

    A picture is named `picture:ID`; `GET …/guidelines/pictures/ID` shows it. versions: all of them, oldest first.
    """

    version: int
    markdown: str
    created_at: Time | None
    versions: list[GuidelineVersion]
    consented_version: int


class GuidelineChanged(Shape):
    """The version that now stands."""

    version: int


class GuidelinePicture(Shape):
    """A stored picture. source: how the Markdown names it, `![What it shows](picture:ID)`. width, height: pixels, upright."""

    id: Id
    source: str
    media_type: str
    bytes: int
    width: int
    height: int
