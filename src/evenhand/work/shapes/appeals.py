"""What is decided against a person, on what evidence, and the appeal to somebody else."""

from __future__ import annotations

from typing import Literal

from evenhand.boundary.shapes import Id, JsonObject, Shape, Time
from evenhand.work.shapes.stages import VerdictReason, VerdictWord

RejectionReason = Literal["guideline-misread", "incomplete", "spam", "copied", "machine-written"]
RemovalReason = Literal["work-quality", "spam", "misconduct", "not-needed"]
EvidenceKind = Literal["answer", "verdict", "gold", "exam", "remark", "guideline", "signal"]
PossibleKind = Literal["answer", "verdict", "gold", "exam", "remark"]
SignalKind = Literal["alike", "run", "fast", "pasted", "away"]
AppealKind = Literal["rejection", "removal", "verdict"]
AppealState = Literal["open", "upheld", "overturned"]
AppealReason = Literal["evidence-stands", "evidence-insufficient", "answer-right", "guideline-silent", "too-harsh"]


class StandingSignal(Shape):
    """A signal about somebody as the server reads it: count of out_of answers, or of shared tasks (`alike`, `pasted`, `away`).

    value: the share, 0..1, with its 95 % interval low to high; of `fast` the median time of an answer in ms, without one.
    expected: what others on the same tasks make likely. chance: how probable that is by chance. fit_no: of the fit that it is
    from, null where no model fits; fitted_at: when.
    """

    signal: SignalKind
    value: float
    count: int
    out_of: int
    low: float | None
    high: float | None
    expected: float | None
    chance: float | None
    fit_no: int | None
    fitted_at: Time


class Evidence(Shape):
    """One item that a ruling rests on.

    id: of an annotation, a verdict, a gold task, a sitting or a remark; null of signals and guidelines, and of hidden gold for
    whoever answered it. task_id: the task that it is about, where there is one. verdict, reason: of a verdict. text: of a remark.
    version, heading: of guidelines, the passage below that heading. signal, count, out_of: of a signal, as it read then; standing:
    all that the server read of it at the moment of the ruling.
    """

    kind: EvidenceKind
    id: Id | None
    task_id: Id | None
    verdict: VerdictWord | None
    reason: VerdictReason | None
    text: str | None
    version: int | None
    heading: str | None
    signal: SignalKind | None
    count: int | None
    out_of: int | None
    standing: StandingSignal | None


class PossibleItem(Shape):
    """Something of a person that a decision against them may rest on, and what it says.

    is_right: whether gold was answered rightly, or an exam passed. verdict, reason: of a verdict; reason alone, of an answer that
    was rejected. text: of a remark.
    """

    kind: PossibleKind
    id: Id
    task_id: Id | None
    at: Time
    is_right: bool | None
    verdict: VerdictWord | None
    reason: VerdictReason | RejectionReason | None
    text: str | None


class PossibleEvidence(Shape):
    """What of a person in a project can be named as evidence: at most fifty of each kind, the newest, of gold what was wrong.

    guideline_version, headings: the newest guidelines that they worked under or agreed to; 0 and none where there are none.
    signals: those that stand for them now.
    """

    items: list[PossibleItem]
    signals: list[StandingSignal]
    guideline_version: int
    headings: list[str]


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
