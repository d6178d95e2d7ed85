"""What is decided against a person, on what evidence, and the appeal to somebody else."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, JsonObject, Shape, Time
from evenhand.work.shapes.stages import VerdictWord

RejectionReason = Literal["guideline-misread", "incomplete", "spam", "copied", "machine-written"]
RemovalReason = Literal["work-quality", "spam", "misconduct", "not-needed"]
EvidenceKind = Literal["answer", "verdict", "gold", "exam", "signal"]
SignalKind = Literal["alike", "run", "fast"]
AppealKind = Literal["rejection", "removal", "verdict"]
AppealState = Literal["open", "upheld", "overturned"]
AppealReason = Literal["evidence-stands", "evidence-insufficient", "answer-right", "guideline-silent", "too-harsh"]


class Evidence(Shape):
    """One item that a ruling rests on.

    id: of an annotation, a verdict, a gold task or a sitting; null of a signal, and of hidden gold for whoever answered it.
    signal, count, out_of: of a signal, as it read then. task_id: the task that it is about, where there is one.
    """

    kind: EvidenceKind
    id: Id | None
    task_id: Id | None
    signal: SignalKind | None
    count: int | None
    out_of: int | None


class Ruling(Shape):
    """A decision against a person: an answer rejected, or they removed from a project. It stands until it is overturned.

    person, decided_by: pseudonyms; decided_by is null for whom it is against. appeal_until: by when one may appeal; null: no
    more, or there is an appeal.
    """

    id: Id
    kind: Literal["rejection", "removal"]
    project_id: Id
    task_id: Id | None
    annotation_id: Id | None
    person: str
    decided_by: str | None
    reason: RejectionReason | RemovalReason
    note: str | None
    evidence: list[Evidence]
    at: Time
    overturned_at: Time | None
    appeal: AppealState | None
    appeal_until: Time | None


class Made(Shape):
    """What was made."""

    id: Id


class AppealAnswer(Shape):
    """How an appeal was answered. by: a pseudonym; null for whoever appealed."""

    outcome: Literal["upheld", "overturned"]
    reason: AppealReason
    note: str | None
    by: str | None
    at: Time


class Appeal(Shape):
    """An appeal, and what it is against, side by side.

    due_at: by when it is to be answered; overdue: it was not. statement: of whoever appeals. reason, note, decided_at: of the
    decision; verdict: where it is one. answers: as they were judged; instead: those that stand since. may_answer: you may;
    deciders: everybody who may, by pseudonym; empty: nobody is left who neither decided nor appeals. decided_by, deciders: null or
    empty for whoever appeals.
    """

    id: Id
    kind: AppealKind
    subject_id: Id
    project_id: Id
    project: str
    task_id: Id | None
    person: str
    decided_by: str | None
    state: AppealState
    filed_at: Time
    due_at: Time
    overdue: bool
    statement: str
    reason: str | None
    note: str | None
    decided_at: Time
    verdict: VerdictWord | None
    evidence: list[Evidence]
    answers: list[JsonObject] | None
    summary: str | None
    instead: list[JsonObject] | None
    instead_summary: str | None
    may_answer: bool
    deciders: list[str]
    answer: AppealAnswer | None
