"""Work that stands still since a change of control."""

from __future__ import annotations

from evenhand.boundary.shapes import Id, JsonObject, Shape, Time
from evenhand.walls.shapes import DrawnLink, DrawnParty


class StandingStill(Shape):
    """What people held when work was put on hold: tasks, those people, and the projects they are in."""

    tasks: int
    people: int
    projects: int


class Tie(Shape):
    """What ties a party that works for you to one you are in conflict with. percent: as the rule counts it; limit: your own."""

    party: str
    rival: str
    kind: str
    rule: str
    percent: float
    limit: float
    parties: list[DrawnParty]
    links: list[DrawnLink]


class Hold(Shape):
    """Work that stands still since a change of control. chain: as it was computed at the filing; digest: of its canonical JSON.
    ties: the same, to be drawn.

    countersigned_by: the pseudonym of the owner who let work go on; null while it stands still.
    """

    id: Id
    change_id: Id
    epoch: int
    opened_at: Time
    chain: list[JsonObject]
    ties: list[Tie]
    digest: str
    countersigned_at: Time | None
    countersigned_by: str | None


class Holds(Shape):
    """Whether work is on hold now, what stands still, and every hold there was, newest first."""

    on_hold: bool
    standing_still: StandingStill
    items: list[Hold]
