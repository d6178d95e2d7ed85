"""Nouns and rules of work, pure: states, closed lists of reasons, the errors a program acts on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, ClassVar
from uuid import UUID

from evenhand.core.errors import Malformed, PlatformError, Problem

SKIP_REASONS = ("cannot-answer", "unclear", "broken", "not-my-field", "other")
REPORT_REASONS = ("broken", "wrong-language", "private-data", "harmful", "unclear-guideline", "other")
CHUNK_ROWS = 5_000
KEY_ROWS = 500
STAGE_LABEL = 1
STAGES = {"label": STAGE_LABEL, "review": 2, "adjudicate": 3, "exam": 4, "audit": 5}
VERDICT_REASONS = ("slip", "guideline-misread", "guideline-silent", "task-unclear", "incomplete", "spam")
# A task that review has sent back so often is an adjudicator's, not its author's once more.
ROUNDS_MAX = 3
# How long a verdict can be taken back, while nothing followed from it.
TAKE_BACK_SECONDS = 30
OPINIONS_MAX = 99


class State(IntEnum):
    """Of an assignment."""

    LEASED = 1
    ANSWERED = 2
    EXPIRED = 3
    REVOKED = 4
    RESERVED = 5
    SKIPPED = 6
    RETURNED = 7


class Event(IntEnum):
    """Kinds of outbox rows."""

    ANSWERED = 1
    IMPORTED = 2
    SKIPPED = 3
    REPORTED = 4
    TRASHED = 5
    RESTORED = 6
    CHANGED = 7
    RELEASED = 8
    PROJECT = 9
    HOLD_OPENED = 10
    HOLD_ENDED = 11
    SILENCE_BEGAN = 12
    SILENCE_ENDED = 13
    DECIDED = 14
    REVIEWED = 15
    ADJUDICATED = 16
    SENT_BACK = 17
    REQUEUED = 18
    GOLD_MADE = 20
    GOLD_ENDED = 21
    KNOWN_JUDGED = 22


@dataclass(eq=False)
class LeaseExpired(PlatformError):
    """The hold on the task ran out before the answer arrived."""

    task_id: UUID
    code: ClassVar[str] = "lease-expired"
    hint: ClassVar[str] = "Claim the task again; your draft is kept and will be restored."

    def __str__(self) -> str:
        return f"The hold on task {self.task_id} ran out, and somebody else may have it now."


@dataclass(eq=False)
class AlreadyAnswered(PlatformError):
    """You have answered this task already."""

    task_id: UUID
    code: ClassVar[str] = "already-answered"
    hint: ClassVar[str] = "Reopen your answer to change it."


@dataclass(eq=False)
class LeaseRevoked(PlatformError):
    """The hold on this task was taken back."""

    task_id: UUID
    code: ClassVar[str] = "lease-revoked"
    hint: ClassVar[str] = "Claim the next task; this one is not yours any more."


@dataclass(eq=False)
class NotYours(PlatformError):
    """You do not hold this task."""

    task_id: UUID
    code: ClassVar[str] = "not-yours"
    hint: ClassVar[str] = "Claim a task first, and answer the one you were given."


@dataclass(eq=False)
class NotAMember(PlatformError):
    """You are not on this project."""

    project_id: UUID
    code: ClassVar[str] = "not-a-member"
    hint: ClassVar[str] = "Ask its manager to add you."


@dataclass(eq=False)
class SkillMissing(PlatformError):
    """This project asks for a skill that you do not have, or have no more. exams: the projects whose exams grant what is
    lacking.
    """

    project_id: UUID
    exams: list[str] = field(default_factory=list)
    code: ClassVar[str] = "skill-missing"
    hint: ClassVar[str] = "Take the exam; it is on your page My work. Where there is none, ask a manager."


@dataclass(eq=False)
class RemovedFromProject(PlatformError):
    """You were removed from this project."""

    project_id: UUID
    code: ClassVar[str] = "removed-from-project"
    hint: ClassVar[str] = "Read why on your page My work, and appeal there: somebody else than who decided answers."


@dataclass(eq=False)
class AnotherPersonNeeded(PlatformError):
    """Whoever decided, or appeals, does not answer the appeal. deciders: pseudonyms of those who may."""

    appeal_id: UUID
    deciders: list[str]
    code: ClassVar[str] = "another-person-needed"
    hint: ClassVar[str] = "One of `deciders` answers it. Where there is none, make somebody else a manager or an owner."


@dataclass(eq=False)
class CheckMissing(PlatformError):
    """The checks of this answer were not run, or you did not run them, on exactly what you accept."""

    question: str
    code: ClassVar[str] = "check-missing"
    hint: ClassVar[str] = (
        "Run the checks of the answer, wait until they are done, and accept it then; after a change, run them again."
    )

    def __str__(self) -> str:
        return f"You have not run the checks of the answer to {self.question} as it stands."


@dataclass(eq=False)
class CheckerWeak(PlatformError):
    """The checker of this answer does not reach what its project asks of it."""

    question: str
    check_id: UUID
    code: ClassVar[str] = "checker-weak"
    hint: ClassVar[str] = (
        "A task with a weak checker cannot be accepted: read in the check what is missing, and send it back, or mend it."
    )

    def __str__(self) -> str:
        return f"The checks of the answer to {self.question} found what is missing."


@dataclass(eq=False)
class ProjectPaused(PlatformError):
    """The project is paused."""

    project_id: UUID
    code: ClassVar[str] = "project-paused"
    hint: ClassVar[str] = "Work goes on when a manager resumes it; what you wrote is kept."


@dataclass(eq=False)
class AnswerRefused(PlatformError):
    """The answer does not fit the ontology."""

    problems: list[Problem]
    code: ClassVar[str] = "answer-refused"
    hint: ClassVar[str] = "Mend the places named in problems and submit again; the task is still yours."

    def __str__(self) -> str:
        return "; ".join(f"{p.pointer or '/'}: {p.message} {p.remedy}".strip() for p in self.problems[:3])


@dataclass(eq=False)
class GoldRefused(PlatformError):
    """These tasks cannot become gold, or have this flaw planted, as they are asked to."""

    problems: list[Problem]
    code: ClassVar[str] = "gold-refused"
    hint: ClassVar[str] = "Mend the places named in problems and send all of it again; nothing was stored."

    def __str__(self) -> str:
        return "; ".join(f"{p.pointer or '/'}: {p.message} {p.remedy}".strip() for p in self.problems[:3])


@dataclass(eq=False)
class OntologyRefused(PlatformError):
    """The ontology has defects."""

    problems: list[Problem]
    code: ClassVar[str] = "ontology-refused"
    hint: ClassVar[str] = "Mend the places named in problems; nothing was stored."

    def __str__(self) -> str:
        return "; ".join(f"{p.pointer or '/'}: {p.message} {p.remedy}".strip() for p in self.problems[:3])


@dataclass(eq=False)
class ImportRefused(PlatformError):
    """Nothing was imported."""

    rejected: int
    problems: Sequence[Mapping[str, Any]]
    code: ClassVar[str] = "import-refused"
    hint: ClassVar[str] = "Mend the lines named in problems and send everything again; nothing was stored."

    def __str__(self) -> str:
        named = [f"Line {p['line']}, {p['pointer'] or '/'}: {p['message']} {p['remedy']}" for p in self.problems[:3]]
        return f"{self.rejected} bad rows. " + " ".join(named)


@dataclass(eq=False)
class ImportGivenUp(PlatformError):
    """Its worker was lost several times in a row without bringing anything more in."""

    attempts: int
    code: ClassVar[str] = "import-given-up"
    hint: ClassVar[str] = "Import it in smaller parts, to find the file that no worker survives; what is in stays."


@dataclass(eq=False)
class CompatibilityUnconfirmed(PlatformError):
    """This change of the ontology touches answers that are stored, and nobody has confirmed it."""

    needed: str
    changes: Sequence[Mapping[str, Any]]
    code: ClassVar[str] = "compatibility-unconfirmed"
    hint: ClassVar[str] = "Read the changes, then send the body again with confirm set to the class in `needed`."


@dataclass(eq=False)
class PreconditionFailed(PlatformError):
    """Somebody changed it since you read it."""

    kind: str
    current: str
    code: ClassVar[str] = "precondition-failed"
    hint: ClassVar[str] = "Read it again, bring your change in, and send it with the new ETag in If-Match."


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """How a project deals out its tasks. counts_manner: None where the ontology is to say."""

    opinions: int = 1
    lease_seconds: int = 1800
    priority: int = 128
    submit_on_pick: bool = False
    open_to: str = "organization"
    due_at: datetime | None = None
    suggestions_hidden: float = 0.0
    counts_manner: bool | None = None
    gold_rate: float = 0.1
    gold_rate_min: float = 0.02
    review_rate: float = 0.0
    adjudicate_below: float | None = None
    feedback: str = "shown"
    opinions_max: int | None = None
    sure: float | None = None
    is_routed: bool = False

    @property
    def is_staged(self) -> bool:
        """Whether a labeled task may go on to a later stage."""
        return self.review_rate > 0 or self.adjudicate_below is not None or self.opinions_max is not None


def spelled_out(workflow: Mapping[str, Any]) -> dict[str, Any]:
    """A workflow as settings have it: its adaptive opinions are three of them."""
    settings = {name: each for name, each in workflow.items() if name != "adaptive"}
    if "adaptive" in workflow:
        adaptive = workflow["adaptive"] or {"most": None, "sure": None}
        settings |= {
            "opinions_max": adaptive["most"],
            "sure": adaptive["sure"],
            "is_routed": adaptive.get("routed", False),
        }
    return settings


def check_rates(settings: ProjectSettings) -> None:
    """Raises Malformed where what is asked for at most lies below what is asked for at least: of gold, or of opinions."""
    if settings.opinions_max is not None and settings.opinions_max < settings.opinions:
        message = "A task would be asked about less often at most than at least."
        remedy = f"Take {settings.opinions} to 99, or lower opinions."
        raise Malformed([Problem("/workflow/adaptive/most", "out_of_bounds", message, remedy)])
    if settings.gold_rate_min > settings.gold_rate:
        message = "The least share of gold lies above the greatest."
        raise Malformed([Problem("/gold_rate_min", "out_of_bounds", message, f"Take 0 to {settings.gold_rate:g}.")])
