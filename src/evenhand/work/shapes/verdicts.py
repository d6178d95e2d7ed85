"""What came of a review or an adjudication."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, Shape
from evenhand.work.shapes.queue import Claim
from evenhand.work.shapes.stages import Place


class Decided(Shape):
    """Where the task is now, and the next claim where it was asked for. `repeated`: this key came before.

    annotation_id: the answer that stands for the task from here on; null unless it was fixed or decided.
    """

    status: Literal["ok", "repeated"]
    outcome: Place
    annotation_id: Id | None
    next: Claim | None
