"""The shapes of what is said about reviewers. Every figure has its interval and its count."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, Shape
from evenhand.insight.quality_shapes import Interval
from evenhand.work.shapes.gold import Share


class Severity(Shape):
    """How strict a reviewer is, in logits: 0 is the mean of the project's reviewers, above 0 is stricter; with the 95 % interval.

    kind: "severe" or "lenient" where the whole interval lies on one side of 0, else "middle".
    """

    value: float
    low: float
    high: float
    kind: Literal["severe", "lenient", "middle"]


class ReviewerQuality(Shape):
    """One reviewer. accepted: of the work they reviewed. name: null where the reader may not see names.

    right: of answers that are known to be right or flawed, those they judged so. right_accepted, flaws_caught: its two sides.
    accepts_right, accepts_flawed: what share of either they are thought to accept, by the model; null while nobody was dealt known
    work. rate: the share of known work they are dealt now.
    """

    pseudonym: str
    name: str | None
    person_id: Id
    accepted: Share
    severity: Severity
    right: Share
    right_accepted: Share
    flaws_caught: Share
    accepts_right: float | None
    accepts_flawed: float | None
    rate: float


class FairAuthor(Shape):
    """One author by their reviews. accepted: the share that was; fair: that a reviewer of mean severity would accept.

    fair's mean is null below 20 verdicts. reviewers: how many judged them.
    """

    pseudonym: str
    name: str | None
    person_id: Id
    accepted: Share
    fair: Interval
    reviewers: int


class ReviewersQuality(Shape):
    """Everybody who reviewed, strictest first, and every author by the reviewers' severity set aside, lowest first.

    spread: how far apart reviewers are, the standard deviation of severities in logits; null while there are not two.
    """

    has_names: bool
    spread: float | None
    reviewers: list[ReviewerQuality]
    authors: list[FairAuthor]
