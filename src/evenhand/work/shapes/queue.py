"""The queue: what an annotator is dealt, and what they send."""

from __future__ import annotations

from typing import Literal, NotRequired

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from evenhand.boundary.shapes import Id, Json, JsonObject, Shape, Time
from evenhand.work.shapes.stages import AnswerToJudge, EarlierVerdict, Stage, StageConsensus

WorkState = Literal["ready", "empty", "paused", "consent-needed"]
ClaimStatus = Literal["ok", "empty", "paused", "enough-held", "consent-needed"]


class Answer(Shape):
    """One answer: the question, the address of what it is about ("" is the task), and a value or an abstention.

    value: as the question's kind defines it (`GET /api/v1/kinds`). suggestion: the id of the suggestion that was accepted to begin
    with; whether it was left as it is, the server finds out.
    """

    question: str
    target: NotRequired[str]
    value: NotRequired[Json]
    abstained: NotRequired[Literal["not_applicable", "cannot_answer"]]
    reason: NotRequired[str]
    note: NotRequired[str]
    confidence: NotRequired[float]
    justification: NotRequired[str]
    evidence: NotRequired[list[JsonObject]]
    suggestion: NotRequired[str]


class WorkProject(Shape):
    """A project as its annotators know it."""

    id: Id
    name: str
    preset: str | None


class StageOffer(Shape):
    """A stage that is open to you. waiting: tasks that are there, yours or anybody's. rework: answers of yours that came back."""

    stage: Stage
    waiting: int
    held: int
    rework: int


class WorkOffer(Shape):
    """A project you may label or review in, and whether there is something to label for you now.

    done, open: to those who only label, as of the last full hour; so is what waits to be labeled.
    """

    project: WorkProject
    state: WorkState
    held: int
    done_by_me: int
    tasks: int
    done: int
    open: int
    guideline_version: int
    due_at: Time | None
    stages: list[StageOffer]


class VisibleItem(Shape):
    """What an annotator may see of an item. A picture, also in a message, is an address (`url`) under session and lease."""

    inputs: dict[str, Json]
    metadata: JsonObject
    language: NotRequired[str]


class Draft(Shape):
    """Unfinished answers, as they were last kept."""

    answers: list[JsonObject]
    saved_at: Time


class Assignment(Shape):
    """A task that is yours until its lease ends.

    seed: what display orders are drawn from. revision: above 1 when you answer again. grant_id: the record of this look.
    In review and adjudication: answers, in an order drawn from the seed, consensus, and verdicts of earlier rounds; in rework:
    verdicts, what was said of your own answer.
    """

    task_id: Id
    project_id: Id
    item: VisibleItem
    suggestions: list[JsonObject]
    ontology_version: int
    guideline_version: int
    claimed_at: Time
    lease_until: Time
    revision: int
    seed: str
    draft: Draft | None
    grant_id: str
    stage: Stage
    answers: NotRequired[list[AnswerToJudge]]
    consensus: NotRequired[list[StageConsensus]]
    verdicts: NotRequired[list[EarlierVerdict]]


class Claim(Shape):
    """What asking for work gave: an assignment when status is `ok`, else why there is none."""

    status: ClaimStatus
    assignment: NotRequired[Assignment]
    retry_after_seconds: NotRequired[int]
    guideline_version: NotRequired[int]


class Taught(Shape):
    """What is right for a task that teaches, and why. is_right: every closed question was answered so."""

    answers: list[JsonObject]
    summary: str
    explanation: str
    is_right: bool


class Submitted(Shape):
    """The annotation that stands now, and the next claim where it was asked for. `repeated`: this key came before.

    taught: only where this task was one that teaches.
    """

    status: Literal["ok", "repeated"]
    annotation_id: Id
    next: Claim | None
    taught: NotRequired[Taught]


class LeaseEnded(Shape):
    """The task is given back; the next claim where it was asked for."""

    status: Literal["ok"]
    next: Claim | None


class DraftSaved(Shape):
    """When the draft was kept."""

    saved_at: Time


class Prolonged(Shape):
    """When the lease ends now."""

    lease_until: Time


class Remark(Shape):
    """What somebody said about a task. on: the address of the part it is about, "" for the task. who: a pseudonym.

    reply_to: the remark that began the discussion; null for one that begins one.
    """

    id: Id
    on: str
    text: str
    who: str
    at: Time
    reply_to: Id | None


class Comment(Remark):
    """A remark of a list: a comment, a report, or the note of a skip with its reason. resolved_at: of what began a discussion."""

    kind: Literal["comment", "report", "skip"]
    reason: str | None
    resolved_at: Time | None
    resolved_by: str | None


class MyAnswer(Shape):
    """One of your own answers, in a line."""

    task_id: Id
    annotation_id: Id
    submitted_at: Time
    version: int
    summary: str
    can_reopen: bool


@with_config(ConfigDict(extra="forbid"))
class Timing(TypedDict, total=False):
    """How long the annotator took, in milliseconds, by the client's own clock."""

    active_ms: float
    elapsed_ms: float


class Manner(Shape):
    """How answers were made, as the client counted: never what was pasted or typed, nor where anybody went.

    pastes, pasted: how often something was pasted into an answer, and how many characters. typed: characters that were typed.
    departures, away_ms: how often the window was left, and for how long in all. edits: changes of the answers.
    """

    pastes: int
    pasted: int
    typed: int
    departures: int
    away_ms: int
    edits: int


class SuggestionShown(Shape):
    """Whether a suggestion, by the id it has in the assignment, was on the screen while the task was answered."""

    id: str
    shown: bool


class Submission(Shape):
    """Answers to a task. ontology_version: the assignment's. next, held: as in a claim.

    provenance, presentation, comments: what the client says of how the answers came about, kept with them as it is; but
    provenance.answers, the origin of each answer, is the server's.
    manner: counts of how the answers were made; kept only where the project asks for them (`counts_manner`). Left out: not known.
    suggestions: which of the assignment's were on the screen. They are kept with the answers, and are none.
    """

    ontology_version: int
    answers: list[Answer]
    timing: NotRequired[Timing]
    manner: NotRequired[Manner]
    provenance: NotRequired[JsonObject]
    presentation: NotRequired[JsonObject]
    comments: NotRequired[list[JsonObject]]
    suggestions: NotRequired[list[SuggestionShown]]
    next: NotRequired[bool]
    held: NotRequired[list[Id]]


class DraftBody(Shape):
    """Unfinished answers. client_clock: counts up with every change; of two tabs the later one wins."""

    answers: list[Answer]
    client_clock: NotRequired[int]
