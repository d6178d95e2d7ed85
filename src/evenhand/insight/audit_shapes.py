"""What audits look like over HTTP."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from evenhand.boundary.shapes import Body, Id, Shape, Time, example

Chance = Annotated[float, Field(description="Above 0, at most 0.5.")]


class AuditBody(Body):
    """What the audit is to say. share: of the labels, at most wrong. delta: the risk that the statement is ever wrong."""

    model_config = example({"share": 0.05, "delta": 0.05})

    share: Chance = 0.05
    delta: Chance = 0.05


class AuditPrice(Shape):
    """What an audit would cost. tasks: that are done. audits: how many are to be expected; 0 where no task is done.

    If none of them finds an error, at most `share` of the labels is wrong, with probability 1 - delta at least.
    """

    share: float
    delta: float
    tasks: int
    audits: int


class AuditMoment(Shape):
    """What could be said when so many audits were done: at most `upper` of the labels is wrong."""

    audits: int
    errors: int
    upper: float
    at: Time


class Audit(Shape):
    """An audit of the tasks that were done when it was asked for, and what follows from it now.

    With probability 1 - delta at least, at no moment more than `upper` of the labels of these tasks is wrong, whatever annotators
    did, if the auditors are right. It says nothing of later tasks, and no model enters it. drawn: the tasks whose lot fell; those
    that wait (pending) count as wrong until they are audited. estimate: errors over audits; null while there is none. moments: the
    first before any audit, then after each; of more than 300 about every so many-th.
    """

    id: Id
    asked_at: Time
    share: float
    delta: float
    tasks: int
    drawn: int
    audited: int
    errors: int
    pending: int
    estimate: float | None
    upper: float
    moments: list[AuditMoment]
