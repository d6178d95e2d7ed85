"""Tasks as the data table shows them, with their annotations, their consensus and the looks at them."""

from __future__ import annotations

from typing import Literal, NotRequired

from evenhand.boundary.shapes import Id, Json, JsonObject, Shape, Time
from evenhand.work.shapes.queue import Answer, Manner
from evenhand.work.shapes.stages import EarlierVerdict, LabelSource, Place, RegionConsensus

TaskState = Literal[
    "open", "held", "in-review", "in-adjudication", "rework", "done", "skipped", "reported", "asked", "trashed"
]
Sort = Literal["added", "probability", "-probability"]
LabelMadeBy = Literal["votes", "model", "review", "adjudication"]


class Opinions(Shape):
    """How many opinions a task wants, has, and how many are being given now."""

    wanted: int
    got: int
    held: int


class Consensus(Shape):
    """The label of one question about one task, as it stands.

    target: what it is about: "" for the task, else the address of a part. value: null where several tie; these are the candidates.
    source: what it was made by. `gold`: its answer is known, and the probability is 1; only who manages tasks is told.
    `verdict`: a reviewer or an adjudicator gave it. `decision`: a model, when the task was decided.
    `model`: a model, as its fit stands. `votes`: the merge of the answers. model, model_version, fit_no: which model and fit.
    probability: the model's own; else the smoothed share of the answers, 0..1, not a claim about the truth. low, high: of a number
    that a model estimated, its 95 % interval. regions: of spans and boxes, how sure each is.
    """

    question: str
    target: str
    value: Json
    candidates: list[Json]
    summary: str
    probability: float
    share: float
    answers: int
    method: str
    status: Literal["resolved", "tied"]
    source: LabelSource
    model: NotRequired[str]
    model_version: NotRequired[str]
    fit_no: NotRequired[int]
    low: NotRequired[float]
    high: NotRequired[float]
    regions: NotRequired[list[RegionConsensus]]


class ResolvedAnswer(Shape):
    """The answer that a reviewer or an adjudicator gave, which stands for the task. by: a pseudonym."""

    annotation_id: Id
    method: Literal["review", "adjudication"]
    answers: list[JsonObject]
    by: str
    at: Time


class EstimateThen(Shape):
    """What a fit said of a question whose answers are numbers when a task was decided. low, high: of its 95 % interval."""

    question: str
    value: float
    low: float
    high: float
    model: str
    model_version: str


class Move(Shape):
    """One entry of a task's history: from which stage to which, and what decided it.

    by: `decide`, the rule or model that is named with its version and the probability of the least sure question; or `review`,
    `adjudication`, `requeue`, `ruling` (an answer rejected), `appeal`, `undo` (a verdict or a requeue taken back) by a person:
    `who`, a pseudonym. opinions: how many more were asked for.

    fit_no, answers, estimates: by which fit `decide` said so, and the likeliest answers and estimates of numbers by then. why: of
    adaptive opinions, what the rule stands on.
    """

    at: Time
    from_place: Place
    to_place: Place
    by: Literal["decide", "review", "adjudication", "requeue", "ruling", "appeal", "undo"]
    who: str | None
    opinions: int
    model: str | None
    model_version: str | None
    probability: float | None
    question: str | None
    votes: int
    fit_no: int | None
    why: Literal["warm-up", "unsure", "sure", "tells-too-little", "cap", "no-model"] | None
    answers: list[JsonObject]
    estimates: list[EstimateThen]


class TaskRow(Shape):
    """A task as the data table shows it. preview: one line of the item.

    gold: whether its answer is known, and in which of the two ways it is used; null of work, and for all who may not manage tasks.
    consensus: what stands for each question, with what made it; of a verdict, share and probability are of the annotators' answers.
    """

    id: Id
    external_id: str | None
    batch: str | None
    state: TaskState
    gold: Literal["hidden", "taught"] | None
    preview: str
    tags: list[str]
    priority: int
    due_at: Time | None
    opinions: Opinions
    consensus: list[Consensus]
    reports: int
    skipped: int
    last_answer_at: Time | None


class TaskCount(Shape):
    """How many tasks match a filter. is_capped: there are more than are counted."""

    count: int
    is_capped: bool


class TaskPage(Shape):
    """Some rows of the data table. total: how many there are without a filter; null where one is set, or not all are shown."""

    items: list[TaskRow]
    next_cursor: str | None
    total: int | None


class AnswerOrigin(Shape):
    """How an answer came about: by hand, as a suggestion that was accepted and left as it is, or as one that was changed."""

    origin: Literal["human", "suggestion", "suggestion_edited"]
    suggestion: NotRequired[str]


class Annotation(Shape):
    """All answers of one person on one task; a version each, immutable. annotator: a pseudonym.

    origins: by question and target, how each answer came about (`human`, `suggestion`, `suggestion_edited`); of a task without
    suggestions there are none. suggestions: which the task came with, and whether they were shown.
    manner: counts of how it was made; null where nothing was counted.
    """

    id: Id
    annotator: str
    version: int
    ontology_version: int
    submitted_at: Time
    active_ms: int | None
    manner: Manner | None
    answers: list[Answer]
    origins: dict[str, AnswerOrigin]
    suggestions: list[JsonObject]
    rejected: bool
    summary: str


class VerdictOnAnswer(EarlierVerdict):
    """A verdict on one of the task's annotations. label: its annotator. by: the pseudonym of who said it."""

    by: str


class Task(TaskRow):
    """A task whole: the item as it was imported, each of its files with its address (`url`), and every standing annotation.

    suggestions: what models suggested, each with its id. resolved: what stands since it was decided. history, verdicts: oldest
    first.
    While a task is in review or adjudication its annotators are nameless (`Answer 1`) for those who review.
    """

    item: JsonObject
    suggestions: list[JsonObject]
    annotations: list[Annotation]
    resolved: ResolvedAnswer | None
    history: list[Move]
    verdicts: list[VerdictOnAnswer]


class Look(Shape):
    """One look at an item, from the ledger. who: a pseudonym, or the software. rule: what a denial fired on.

    entry_id: what a receipt is asked for with; empty until the organization's log has begun, a second after its first entry.
    """

    at: Time
    who: str
    action: str
    purpose: str | None
    decision: Literal["allow", "deny"] | None
    rule: str | None
    entry_id: str


class RecordedLook(Shape):
    """One look at whatever this organization keeps here, or one that was denied, from the ledger.

    who: the pseudonym; null for the software itself, and for somebody who was erased. vendor_id: the organization that the person
    belongs to, where that is another one. is_visitor: one of the operator's, let in by break-glass. objects: how many it was about,
    object_id: the one. entry: its number in the log, null until it has one. is_published: a checkpoint holds it, so that its
    receipt is a proof; before that it is a promise.
    """

    entry_id: str
    entry: int | None
    is_published: bool
    at: Time
    who: str | None
    is_person: bool
    is_visitor: bool
    vendor_id: Id | None
    action: str
    purpose: str | None
    object_id: Id | None
    objects: int
    decision: Literal["allow", "deny"] | None
    rule: str | None


class TasksChanged(Shape):
    """How many tasks the action changed, and which: the others were so already, or could not be.

    next_cursor: where an action by filter goes on; null when it is done.
    """

    changed: int
    ids: list[str]
    next_cursor: str | None
