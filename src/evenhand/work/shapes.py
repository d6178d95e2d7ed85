"""The shapes that work is asked with and answers with: projects, ontologies, tasks, the queue, the data table."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from evenhand.boundary.shapes import Defect, Id, Json, JsonObject, OntologyBody, Shape, Time
from evenhand.walls.shapes import DrawnLink, DrawnParty

WorkState = Literal["ready", "empty", "paused", "consent-needed"]
ProjectState = Literal["active", "paused", "archived", "trashed"]
ClaimStatus = Literal["ok", "empty", "paused", "enough-held", "consent-needed"]
TaskState = Literal["open", "held", "done", "skipped", "reported", "trashed"]


# --------------------------------------------------------------------------------------------------------- ontology --
class Hole(Shape):
    """A place in a preset that its user fills. path: where in the body it goes."""

    path: list[str | int]
    title: str
    example: Json


class Preset(Shape):
    """A usual project in one word. body: its ontology with the holes at their defaults; sample: one item it suits."""

    name: str
    title: str
    description: str
    when_to_use: str
    holes: dict[str, Hole]
    sample: JsonObject
    body: OntologyBody


class KindFacts(Shape):
    """A kind this installation knows. settings: JSON Schema."""

    name: str
    settings: JsonObject


class InputKindFacts(KindFacts):
    """A kind of input. parts: what a question can be asked about one by one. offers: `text` or `pixels` that can be marked."""

    parts: list[str]
    offers: list[str]


class QuestionKindFacts(KindFacts):
    """A kind of question. has_regions: its answers mark parts that other questions can be about. needs: what it marks."""

    targets: list[str]
    has_regions: bool
    needs: str | None


class Kinds(Shape):
    """Every kind this installation knows, plug-ins included."""

    inputs: list[InputKindFacts]
    questions: list[QuestionKindFacts]


class OntologyCheck(Shape):
    """Every defect of an ontology. digest: null while it has any that is not a warning."""

    problems: list[Defect]
    digest: str | None


class ExpandedPreset(Shape):
    """A preset with its holes filled."""

    body: OntologyBody


class OntologyVersion(Shape):
    """One version of a project's ontology. change: the class its author confirmed, `first` for version 1."""

    version: int
    digest: str
    body: OntologyBody
    change: str
    created_at: Time


class OntologyVersionFacts(Shape):
    """One version, without its body."""

    version: int
    change: str
    created_at: Time


OntologyChange = TypedDict("OntologyChange", {"question": str, "class": str, "sentence": str})
OntologyChanged = TypedDict("OntologyChanged", {"version": int, "class": str, "changes": list[OntologyChange]})
OntologyChange.__doc__ = "What changed about one question, how much it touches stored answers, and in words."
OntologyChanged.__doc__ = (
    "The version that now stands, and what changed. class: the strongest of the changes, or `none`."
)


# --------------------------------------------------------------------------------------------------------- projects --
class Counts(Shape):
    """How far a project is, in tasks; answers, skipped and reports count those events."""

    tasks: int
    done: int
    open: int
    held: int
    answers: int
    skipped: int
    reports: int


class Project(Shape):
    """A project with its settings and counts. version: what its ETag says; settings change under If-Match.

    suggestions_hidden: the share of tasks, 0 to 1, that are dealt without their suggestions, to measure their influence.
    """

    id: Id
    name: str
    state: ProjectState
    preset: str | None
    opinions: int
    lease_seconds: int
    submit_on_pick: bool
    open_to: Literal["organization", "assigned"]
    priority: int
    due_at: Time | None
    suggestions_hidden: float
    ontology_version: int
    guideline_version: int
    created_at: Time
    trashed_until: Time | None
    version: int
    counts: Counts


class GuidelineVersion(Shape):
    """When a version of the guidelines was written."""

    version: int
    created_at: Time


class Guideline(Shape):
    """Guidelines in Markdown. version: 0 and no text while there are none."""

    version: int
    markdown: str
    created_at: Time | None
    versions: list[GuidelineVersion]


class GuidelineChanged(Shape):
    """The version that now stands."""

    version: int


class Batch(Shape):
    """A named group of tasks. state: `loading` while an atomic import is on its way."""

    id: Id
    name: str
    state: str
    tasks: int
    created_at: Time


class RowDefect(Defect):
    """One defect of an imported row. line: where it stands, from 1; in a list, the element's number."""

    line: int


class PreviewedRow(Shape):
    """A row as an annotator would see it; null where it would be left out, and why."""

    item: VisibleItem | None
    problems: list[RowDefect]


class PreviewedRows(Shape):
    """The rows in their order."""

    rows: list[PreviewedRow]


class ImportReport(Shape):
    """What became of an import. problems: those of the first bad rows, at most a hundred."""

    batch_id: Id
    imported: int
    duplicates: int
    rejected: int
    problems: list[RowDefect]
    published: bool


class Bucket(Shape):
    """A connected bucket, without its secret."""

    id: Id
    name: str
    url: str
    region: str
    endpoint: str
    access_key_id: str | None
    created_at: Time


class ImportFailure(Shape):
    """Why an import ended before its time. code and hint: as in a problem document."""

    code: str
    detail: str
    hint: str


class ImportRun(Shape):
    """An import that the worker makes. seen: files looked at so far, of total; null: not known yet. problems: at most a hundred."""

    id: Id
    project_id: Id
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    source: JsonObject
    batch: str
    batch_id: Id | None
    total: int | None
    seen: int
    imported: int
    duplicates: int
    rejected: int
    problems: list[RowDefect]
    error: ImportFailure | None
    created_at: Time
    started_at: Time | None
    ended_at: Time | None


class UploadAddress(Shape):
    """Where a file is to be sent, by whoever knows the address. url: absolute, good for one file until expires_at."""

    id: Id
    url: str
    method: Literal["PUT"]
    expires_at: Time


class Upload(Shape):
    """A file that was sent and looked into. media: what was found in a picture; archive: it holds files, to be imported."""

    id: Id
    name: str
    bytes: int
    media_type: NotRequired[str]
    media: NotRequired[JsonObject]
    archive: NotRequired[Literal["zip", "tar", "tar.gz"]]


class ColumnFacts(Shape):
    """A column of a file. guess: what it seems to hold: id, label, number, picture, html, chat, text or other."""

    name: str
    examples: list[Json]
    guess: str


_Filled = TypedDict("_Filled", {"with": JsonObject})


class Proposal(Shape, _Filled):
    """A preset that fits a file. mapping: input -> column ("*": the whole row); with: what fills its holes; score: 0..1."""

    preset: str
    title: str
    mapping: dict[str, str]
    reason: str
    score: float
    body: OntologyBody


class Proposals(Shape):
    """What the beginning of a file says. Best fit first.

    rows: its first rows, null where they cannot be read from there. lines: where each stands, as an import's report counts.
    """

    format: Literal["csv", "ndjson", "json", "parquet", "picture", "zip", "tar", "tar.gz"]
    columns: list[ColumnFacts]
    rows: list[JsonObject] | None
    lines: list[int] | None
    proposals: list[Proposal]


# -------------------------------------------------------------------------------------------------------- the queue --
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


class WorkOffer(Shape):
    """A project you may label in, and whether there is work for you now."""

    project: WorkProject
    state: WorkState
    held: int
    done_by_me: int
    tasks: int
    done: int
    open: int
    guideline_version: int
    due_at: Time | None


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
    """

    task_id: Id
    project_id: Id
    batch_id: Id
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


class Claim(Shape):
    """What asking for work gave: an assignment when status is `ok`, else why there is none."""

    status: ClaimStatus
    assignment: NotRequired[Assignment]
    retry_after_seconds: NotRequired[int]
    guideline_version: NotRequired[int]


class Submitted(Shape):
    """The annotation that stands now, and the next claim where it was asked for. `repeated`: this key came before."""

    status: Literal["ok", "repeated"]
    annotation_id: Id
    next: Claim | None


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
    """What somebody said about a task. on: the address of the part it is about, "" for the task. who: a pseudonym."""

    id: Id
    on: str
    text: str
    who: str
    at: Time


class Comment(Remark):
    """A remark of a list: a comment, a report, or the note of a skip with its reason."""

    kind: Literal["comment", "report", "skip"]
    reason: str | None


class MyAnswer(Shape):
    """One of your own answers, in a line."""

    task_id: Id
    annotation_id: Id
    submitted_at: Time
    version: int
    summary: str
    can_reopen: bool


# ------------------------------------------------------------------------------------------------------- data table --
class Opinions(Shape):
    """How many opinions a task wants, has, and how many are being given now."""

    wanted: int
    got: int
    held: int


class Consensus(Shape):
    """What a task's annotators say together on one question.

    value: null where several tie; these are the candidates. probability: the smoothed share, 0..1, not a claim about the truth.
    """

    question: str
    value: Json
    candidates: list[Json]
    summary: str
    probability: float
    share: float
    answers: int
    method: str
    status: Literal["resolved", "tied"]


class TaskRow(Shape):
    """A task as the data table shows it. preview: one line of the item."""

    id: Id
    external_id: str | None
    batch: str | None
    state: TaskState
    preview: str
    tags: list[str]
    priority: int
    due_at: Time | None
    opinions: Opinions
    consensus: list[Consensus]
    reports: int
    skipped: int
    last_answer_at: Time | None


class TaskPage(Shape):
    """Some rows of the data table. total: how many tasks there are; null where a filter is set."""

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
    """

    id: Id
    annotator: str
    version: int
    ontology_version: int
    submitted_at: Time
    active_ms: int | None
    answers: list[Answer]
    origins: dict[str, AnswerOrigin]
    suggestions: list[JsonObject]
    summary: str


class Task(TaskRow):
    """A task whole: the item as it was imported, each of its files with its address (`url`), and every standing annotation.

    suggestions: what models suggested, each with its id.
    """

    item: JsonObject
    suggestions: list[JsonObject]
    annotations: list[Annotation]


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
    """How many tasks the action changed, and which: the others were so already, or could not be."""

    changed: int
    ids: list[str]


# ----------------------------------------------------------------------------------------------------- what is sent --
@with_config(ConfigDict(extra="forbid"))
class Timing(TypedDict, total=False):
    """How long the annotator took, in milliseconds, by the client's own clock."""

    active_ms: float
    elapsed_ms: float


class SuggestionShown(Shape):
    """Whether a suggestion, by the id it has in the assignment, was on the screen while the task was answered."""

    id: str
    shown: bool


class Submission(Shape):
    """Answers to a task. ontology_version: the assignment's. next, held: as in a claim.

    provenance, presentation, comments: what the client says of how the answers came about, kept with them as it is; but
    provenance.answers, the origin of each answer, is the server's.
    suggestions: which of the assignment's were on the screen. They are kept with the answers, and are none.
    """

    ontology_version: int
    answers: list[Answer]
    timing: NotRequired[Timing]
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


class Row(Shape):
    """One row of an import: the item, what comes with it. A flat row, input names or mapped columns as keys, does as well."""

    inputs: dict[str, Json]
    metadata: NotRequired[JsonObject]
    external_id: NotRequired[str]
    group: NotRequired[str]
    tags: NotRequired[list[str]]
    priority: NotRequired[int]
    due_at: NotRequired[Time]
    language: NotRequired[str]
    suggestions: NotRequired[list[dict[str, Any]]]


# ------------------------------------------------------------------------------------------------- change of control --
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
