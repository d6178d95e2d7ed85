"""Skills, the exams that grant them, and what came of an exam."""

from __future__ import annotations

from typing import Literal, NotRequired

from evenhand.boundary.shapes import Id, Shape, Time

RevocationReason = Literal["work-quality", "guideline-changed", "misconduct", "not-needed"]
AskingStage = Literal["label", "review", "adjudicate", "audit"]
Basis = Literal["share", "lower-bound"]
ExamState = Literal["open", "sitting", "passed", "wait", "no-tasks-left", "closed"]


class Holder(Shape):
    """Somebody who has a skill, or had it. reason: of its revocation."""

    person_id: Id
    annotator: str
    state: Literal["valid", "expired", "revoked"]
    granted_at: Time
    expires_at: Time | None
    by_exam: bool
    reason: RevocationReason | None


class Skill(Shape):
    """What somebody can do, and who has it."""

    id: Id
    name: str
    holders: list[Holder]


class SkillNeeded(Shape):
    """A skill that a project asks for. exam_project_id: where it can be earned, if anywhere."""

    id: Id
    name: str
    exam_project_id: Id | None


class MySkill(Shape):
    """A skill of your own."""

    id: Id
    name: str
    state: Literal["valid", "expired", "revoked"]
    granted_at: Time
    expires_at: Time | None
    reason: RevocationReason | None


class Exam(Shape):
    """A project's exam. gold: its tasks, of which one sitting deals `tasks`. needed: how many right answers pass.

    basis: what `pass_mark` is held against: the share that is right, or the lower end of its 95 % interval.
    """

    skill: SkillNeeded
    gold: list[Id]
    tasks: int
    pass_mark: float
    basis: Basis
    needed: int
    valid_days: int | None
    retry_hours: int
    open: bool
    version: int


class SittingTask(Shape):
    """One task of a sitting that is over; what was right, and why, where it teaches."""

    right: bool
    yours: str
    known: NotRequired[str]
    explanation: NotRequired[str]


class Sitting(Shape):
    """What came of an exam once it is over."""

    ended_at: Time
    right: int
    tasks: int
    needed: int
    passed: bool
    answers: list[SittingTask]


class ExamSitting(Shape):
    """One person's attempt at an exam. right, passed, ended_at: null while it goes on. answered: of its tasks, so far."""

    annotator: str
    person_id: Id
    begun_at: Time
    ended_at: Time | None
    tasks: int
    needed: int
    answered: int
    right: int | None
    passed: bool | None


class MyExam(Shape):
    """An exam that you may take. answered: of the sitting you are in. retry_at: when you may begin again."""

    project_id: Id
    project: str
    skill: str
    state: ExamState
    tasks: int
    needed: int
    answered: int
    retry_at: Time | None
    expires_at: Time | None
    last: Sitting | None
