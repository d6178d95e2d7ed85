"""Planted flaws: answers written to be wrong, and how reviewers judged them."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, JsonObject, Shape, Time
from evenhand.work.shapes.gold import Share
from evenhand.work.shapes.stages import VerdictReason

FlawState = Literal["waiting", "ready", "dealt", "retired"]


class FlawPlanted(Shape):
    """The gold task that has a flaw now."""

    task_id: Id


class PlantedFlaw(Shape):
    """An answer that was written to be wrong, and what reviewers said of it.

    reason: the one that a reviewer should give, if one was said. planted_by: a pseudonym. state `waiting`: no reviewer can be dealt
    it yet; `ready`: one can; `dealt`: one was, so that it stays; `retired`: its task is gold no more, and it counts for nothing.
    caught: of the verdicts on it, those that did not accept it, without those of who planted it. with_reason: how many of those
    gave the reason; null where none was said.
    """

    task_id: Id
    preview: str
    answers: list[JsonObject]
    summary: str
    reason: VerdictReason | None
    planted_at: Time
    planted_by: str
    state: FlawState
    caught: Share
    with_reason: Share | None
