"""The nouns as the API sends them: dictionaries with known keys. A newer server may send more keys; read what you know."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Role = Literal["owner", "manager", "annotator", "reviewer", "auditor"]
State = Literal["active", "paused", "archived", "trashed"]
SkipReason = Literal["cannot-answer", "unclear", "broken", "not-my-field", "other"]


class Counts(TypedDict, total=False):
    """How far a project is: tasks by state, and answers."""

    tasks: int
    done: int
    open: int
    held: int
    answers: int
    skipped: int
    reports: int
    questions_on_tasks: int
    questions_on_guidelines: int


class Project(TypedDict, total=False):
    """A project with its settings and counts."""

    id: str
    name: str
    state: State
    preset: str | None
    opinions: int
    lease_seconds: int
    submit_on_pick: bool
    suggestions_hidden: float
    counts_manner: bool
    open_to: str
    priority: int
    due_at: str | None
    workflow: dict[str, Any]
    ontology_version: int
    guideline_version: int
    version: int
    created_at: str
    trashed_until: str | None
    counts: Counts


class Answer(TypedDict, total=False):
    """One answer: which question, of what part of the item, and the value; or that the annotator abstained."""

    question: str
    target: str
    value: Any
    abstained: str
    suggestion: str


class Opinions(TypedDict):
    """How many opinions a task wants, has, and how many are being given now."""

    wanted: int
    got: int
    held: int


class Consensus(TypedDict, total=False):
    """The label of one question about a task. candidates: several where the answers tie; then value is None.

    source: what it was made by; of `gold` the answer is known. low, high: of a number that a model estimated, its 95 % interval.
    """

    question: str
    target: str
    value: Any
    candidates: list[Any]
    summary: str
    probability: float
    share: float
    answers: int
    method: str
    status: str
    source: Literal["gold", "verdict", "decision", "model", "votes"]
    model: str
    model_version: str
    fit_no: int
    low: float
    high: float


class TaskRow(TypedDict, total=False):
    """A task as the data table shows it."""

    id: str
    external_id: str | None
    batch: str | None
    state: str
    preview: str
    tags: list[str]
    priority: int
    due_at: str | None
    opinions: Opinions
    gold: Literal["hidden", "taught"] | None
    consensus: list[Consensus]
    reports: int
    skipped: int
    last_answer_at: str | None


class Annotation(TypedDict, total=False):
    """One annotator's answers to one task."""

    id: str
    annotator: str
    version: int
    ontology_version: int
    submitted_at: str
    active_ms: int
    answers: list[Answer]
    origins: dict[str, dict[str, str]]
    suggestions: list[dict[str, Any]]
    summary: str


class Task(TaskRow, total=False):
    """A task whole, with its item and every standing answer."""

    item: dict[str, Any]
    suggestions: list[dict[str, Any]]
    annotations: list[Annotation]
    resolved: dict[str, Any] | None
    history: list[dict[str, Any]]
    verdicts: list[dict[str, Any]]


class TaskCount(TypedDict):
    """How many tasks match a filter. is_capped: there are more than are counted."""

    count: int
    is_capped: bool


class Look(TypedDict, total=False):
    """Who saw an item, when and why."""

    at: str
    who: str
    action: str
    purpose: str | None
    decision: str
    rule: str | None
    entry_id: str


class Log(TypedDict, total=False):
    """A log: its key, where its files are, how far it is published, and its newest checkpoint."""

    origin: str
    vkey: str
    url: str
    state: str
    reason: str | None
    size: int
    published: int
    checkpoint: str | None
    checkpoint_at: str | None
    witnesses: list[dict[str, Any]]


class Ledger(TypedDict, total=False):
    """The organization's own log, the public governance log, and the policy to check them with."""

    log: Log | None
    governance: Log | None
    policy: str
    receipt_vkey: str | None


Stage = Literal["label", "review", "adjudicate", "exam", "audit"]
AskingStage = Literal["label", "review", "adjudicate", "audit"]
RequeueStage = Literal["label", "review", "adjudicate"]
LabelMadeBy = Literal["votes", "model", "review", "adjudication"]
AdjudicationAction = Literal["decide", "send-back", "more"]
VerdictReason = Literal["slip", "guideline-misread", "guideline-silent", "task-unclear", "incomplete", "spam"]


class Verdict(TypedDict, total=False):
    """What you say of one annotation: accept, fix, or send-back; with a reason unless it is accepted."""

    annotation_id: str
    verdict: Literal["accept", "fix", "send-back"]
    reason: VerdictReason | None
    note: str | None


class Assignment(TypedDict, total=False):
    """A task dealt to you, until its lease ends.

    Of review and adjudication: the answers under numbers instead of names, what they say together, and verdicts of earlier rounds.
    """

    task_id: str
    project_id: str
    batch: str | None
    item: dict[str, Any]
    ontology_version: int
    guideline_version: int
    lease_until: str
    claimed_at: str
    draft: dict[str, Any] | None
    suggestions: list[dict[str, Any]]
    seed: str
    grant_id: str
    revision: int
    stage: Stage
    answers: list[dict[str, Any]]
    consensus: list[dict[str, Any]]
    verdicts: list[dict[str, Any]]


class Decided(TypedDict, total=False):
    """What came of a review or an adjudication: where the task is now, and the next claim when it was asked for."""

    status: str
    outcome: Literal["label", "review", "adjudicate", "rework", "done"]
    annotation_id: str | None
    next: Claim | None


class TakenBack(TypedDict, total=False):
    """A verdict that was taken back: its task is held again, to be judged anew."""

    task_id: str
    stage: Literal["review", "adjudicate"]
    lease_until: str


class LabelOrigin(TypedDict, total=False):
    """What the label of a task was made by, of how many people's answers; probability: of a model, 0..1."""

    by: Literal["review", "adjudication", "agreement", "model"]
    answers: int
    probability: float | None


class Feedback(TypedDict, total=False):
    """What was decided on one of your own answers, and why. decided_answers: what stands instead. origin: of the label."""

    id: str
    project_id: str
    task_id: str
    annotation_id: str
    stage: Stage
    verdict: str
    reason: VerdictReason | None
    note: str | None
    answers: list[Answer]
    summary: str
    decided_answers: list[Answer] | None
    decided_summary: str | None
    origin: LabelOrigin | None
    at: str


class DecidedOnMine(TypedDict, total=False):
    """The last verdict on an answer of yours. answers: what stands instead; None where yours does, or may."""

    stage: Stage
    verdict: str
    reason: VerdictReason | None
    note: str | None
    answers: list[Answer] | None
    summary: str | None
    ontology_version: int | None
    origin: LabelOrigin | None
    at: str


class AnsweredTask(TypedDict, total=False):
    """A task as you answered it: what it showed, your answer, and what was decided on it; None where it is sealed or not judged."""

    task_id: str
    project_id: str
    annotation_id: str
    item: dict[str, Any]
    ontology_version: int
    guideline_version: int
    seed: str
    answers: list[Answer]
    summary: str
    version: int
    submitted_at: str
    decided: DecidedOnMine | None
    grant_id: str


class Claim(TypedDict, total=False):
    """What asking for work gave: an assignment when status is `ok`, else why there is none."""

    status: str
    retry_after_seconds: int
    assignment: Assignment


class Taught(TypedDict, total=False):
    """What is right for a task that teaches, and why."""

    answers: list[Answer]
    summary: str
    explanation: str
    is_right: bool


class Submitted(TypedDict, total=False):
    """What submitting gave: the annotation, and the next claim when it was asked for. taught: of a task that teaches alone."""

    status: str
    annotation_id: str
    next: Claim | None
    taught: Taught


class GoldMade(TypedDict, total=False):
    """The tasks that are gold now."""

    made: int
    ids: list[str]


class Share(TypedDict, total=False):
    """A share with its 95 % interval."""

    value: float | None
    low: float
    high: float
    right: int
    total: int


class GoldTask(TypedDict, total=False):
    """A gold task and how it fares. suspect: so many fail it that it is likely to be wrong itself."""

    task_id: str
    kind: str
    state: str
    version: int
    made_at: str
    preview: str
    answers: list[Answer]
    summary: str
    explanation: str
    tolerances: list[dict[str, Any]]
    right: Share
    expected: float | None
    p_value: float | None
    suspect: bool
    instead: list[dict[str, Any]]
    answered: list[dict[str, Any]]


class PlantedFlaw(TypedDict, total=False):
    """An answer that was written to be wrong, and what reviewers said of it. caught: the verdicts that did not accept it."""

    task_id: str
    preview: str
    answers: list[Answer]
    summary: str
    reason: VerdictReason | None
    planted_at: str
    planted_by: str
    state: Literal["waiting", "ready", "dealt", "retired"]
    caught: Share
    with_reason: Share | None


class Skill(TypedDict, total=False):
    """What somebody can do, and who has it or had it."""

    id: str
    name: str
    holders: list[dict[str, Any]]


class SkillNeeded(TypedDict, total=False):
    """A skill that a project asks for. exam_project_id: where it can be earned, if anywhere."""

    id: str
    name: str
    exam_project_id: str | None


class Exam(TypedDict, total=False):
    """A project's exam: `needed` right answers of `tasks` pass."""

    skill: SkillNeeded
    gold: list[str]
    tasks: int
    pass_mark: float
    basis: str
    needed: int
    valid_days: int | None
    retry_hours: int
    open: bool
    version: int


class ExamSitting(TypedDict, total=False):
    """One person's attempt at an exam. right, passed, ended_at: null while it goes on."""

    annotator: str
    person_id: str
    begun_at: str
    ended_at: str | None
    tasks: int
    needed: int
    answered: int
    right: int | None
    passed: bool | None


class Offer(TypedDict, total=False):
    """One version of what a project offers at a stage. rate: whole minor units of the currency, for each `basis`.

    review_hours: of labels; null where nobody rejects anything.
    """

    stage: Stage
    version: int
    rate: int
    currency: str
    minor_digits: int
    basis: str
    review_hours: int | None
    made_by: str
    created_at: str


class Spend(TypedDict, total=False):
    """What a project owes so far, by the offers that its work was dealt under, and stage by stage. Amounts are minor units."""

    versions: list[dict[str, Any]]
    totals: list[dict[str, Any]]
    answers: int
    stages: list[dict[str, Any]]


class Terms(TypedDict, total=False):
    """Your own terms in a project. offers: of every stage that is yours. owed: what you earned, a version of an offer each."""

    project: dict[str, str]
    offer: Offer | None
    offers: list[Offer]
    owed: list[dict[str, Any]]
    totals: list[dict[str, Any]]


class PossibleEvidence(TypedDict, total=False):
    """What of a person in a project a decision against them may rest on, and the headings of the guidelines that they had read."""

    items: list[dict[str, Any]]
    guideline_version: int
    headings: list[str]
    signals: list[dict[str, Any]]


class Ruling(TypedDict, total=False):
    """A decision against a person: an answer rejected, or they removed from a project."""

    id: str
    kind: str
    project_id: str
    task_id: str | None
    annotation_id: str | None
    person: str
    decided_by: str | None
    reason: str
    note: str | None
    evidence: list[dict[str, Any]]
    at: str
    overturned_at: str | None
    appeal: str | None
    appeal_until: str | None


class Appeal(TypedDict, total=False):
    """An appeal, and what it is against. deciders: pseudonyms of those who may answer it."""

    id: str
    kind: str
    subject_id: str
    project_id: str
    project: str
    task_id: str | None
    person: str
    decided_by: str | None
    state: str
    filed_at: str
    due_at: str
    overdue: bool
    statement: str
    reason: str | None
    note: str | None
    decided_at: str
    verdict: str | None
    evidence: list[dict[str, Any]]
    answers: list[dict[str, Any]] | None
    summary: str | None
    instead: list[dict[str, Any]] | None
    instead_summary: str | None
    may_answer: bool
    deciders: list[str]
    answer: dict[str, Any] | None


class MyExam(TypedDict, total=False):
    """An exam that you may take, and what came of the last time."""

    project_id: str
    project: str
    skill: str
    state: str
    tasks: int
    needed: int
    answered: int
    retry_at: str | None
    expires_at: str | None
    last: dict[str, Any] | None


class GoldPerson(TypedDict, total=False):
    """A person's accuracy on hidden gold. rate: the share of gold they are dealt now."""

    annotator: str
    right: Share
    questions: list[dict[str, Any]]
    rate: float


class ImportReport(TypedDict, total=False):
    """What an import did. problems: the first hundred, each with line, pointer, message and remedy."""

    batch_id: str
    imported: int
    duplicates: int
    rejected: int
    problems: list[dict[str, Any]]
    published: bool


class UploadAddress(TypedDict, total=False):
    """Where one file is to be sent, by whoever knows the address, until expires_at."""

    id: str
    url: str
    method: str
    expires_at: str


class Upload(TypedDict, total=False):
    """A file that was sent: a picture that rows may show by its id, or an archive that may be imported."""

    id: str
    name: str
    bytes: int
    media_type: str
    media: dict[str, Any]
    archive: str


class Bucket(TypedDict, total=False):
    """A connected bucket, without its secret."""

    id: str
    name: str
    url: str
    region: str
    endpoint: str
    access_key_id: str | None
    created_at: str


class ImportRun(TypedDict, total=False):
    """An import that the server makes by itself. seen: files looked at, of total; None while that is not known."""

    id: str
    project_id: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    source: dict[str, str]
    batch: str
    batch_id: str | None
    total: int | None
    seen: int
    imported: int
    duplicates: int
    rejected: int
    problems: list[dict[str, Any]]
    error: dict[str, str] | None
    created_at: str
    started_at: str | None
    ended_at: str | None


class CheckRun(TypedDict, total=False):
    """A check of an answer's checker. done, total: its runs; total is None while that is not known. is_strong: once it is done."""

    id: str
    project_id: str
    task_id: str
    question: str
    ontology_version: int
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    done: int
    total: int | None
    is_strong: bool | None
    report: dict[str, Any] | None
    error: dict[str, str] | None
    created_at: str
    started_at: str | None
    ended_at: str | None


class Batch(TypedDict, total=False):
    """A batch of tasks."""

    id: str
    name: str
    state: str
    tasks: int
    created_at: str


class Person(TypedDict, total=False):
    """A member of the organization."""

    id: str
    pseudonym: str
    name: str | None
    email: str | None
    role: Role
    state: str
    joined_at: str
    last_seen_at: str | None


class Invitation(TypedDict, total=False):
    """An invitation; its link is shown once."""

    id: str
    link: str
    expires_at: str
    mailed: bool


class Key(TypedDict, total=False):
    """An API key. `secret` only in the answer that made it."""

    id: str
    name: str
    prefix: str
    secret: str
    scopes: list[str] | None
    created_at: str
    expires_at: str
    last_used_at: str | None


class Progress(TypedDict, total=False):
    """A project's counts, pace, people, agreement and labels."""

    counts: Counts
    suggestions: dict[str, int]
    pace: list[dict[str, Any]]
    forecast: dict[str, Any] | None
    annotators: list[dict[str, Any]]
    agreement: list[dict[str, Any]]
    labels: list[dict[str, Any]]


class Quality(TypedDict, total=False):
    """Where a project's quality stands. state: empty, waiting, fitted or failed. decided: what the model decided, and saved."""

    state: str
    is_current: bool
    cause: str | None
    fitted_at: str | None
    votes: int
    target: float | None
    decided: dict[str, Any]
    questions: list[QuestionQuality]
    regions: list[dict[str, Any]]


class AuditPrice(TypedDict):
    """How many audits it takes to say that at most `share` is wrong, if none finds an error. tasks: that are done."""

    share: float
    delta: float
    tasks: int
    audits: int


class Audit(TypedDict):
    """An audit and what it says: with probability 1 - delta, at most `upper` of the labels of these tasks is wrong.

    drawn: the tasks whose lot fell; those that are pending count as wrong. moments: what could be said after each audit.
    """

    id: str
    asked_at: str
    share: float
    delta: float
    tasks: int
    drawn: int
    audited: int
    errors: int
    pending: int
    estimate: float | None
    upper: float
    moments: list[dict[str, Any]]


class QuestionQuality(TypedDict, total=False):
    """One question, fitted: every figure with its interval. confusion and slices: of one question that was asked for."""

    question: str
    text: str
    level: str
    model: str | None
    model_version: str | None
    fitted_at: str
    votes: int
    tasks: int
    people: int
    gold: int
    alpha: dict[str, Any]
    gwet: dict[str, Any]
    probability: dict[str, Any] | None
    answers_per_correct: dict[str, Any] | None
    answers_saved: int
    missing: list[str]
    confusion: dict[str, Any] | None
    slices: list[dict[str, Any]]


class PeopleQuality(TypedDict, total=False):
    """Everybody who answered a question, best estimate first."""

    question: str | None
    target: float | None
    has_names: bool
    total: int
    items: list[PersonQuality]


class PersonQuality(TypedDict, total=False):
    """One person on one question. accuracy: {mean, low, high}, its mean null below 20 checked.

    windows, days, batches, change, confusion: of one person who was asked for.
    """

    pseudonym: str
    name: str | None
    person_id: str
    question: str
    accuracy: dict[str, Any] | None
    checked: int
    votes: int
    lean: dict[str, Any] | None
    active_ms: int | None
    active_ms_others: int | None
    trend: dict[str, Any]
    signals: list[dict[str, Any]]
    vendor: str
    windows: list[dict[str, Any]]
    days: list[dict[str, Any]]
    batches: list[dict[str, Any]]
    change: dict[str, Any] | None
    confusion: dict[str, Any] | None


class RankedTasks(TypedDict, total=False):
    """What a question compares, strongest first. A share is {value, low, high, right, total}.

    items: {name, strength, low, high, comparisons}. place: {value, low, high, preferred}, what being shown first is worth. people:
    {pseudonym, name, person_id, reliability, low, high, comparisons, first}.
    """

    question: str
    tasks: int
    answers: int
    comparisons: int
    unnamed: int
    is_partial: bool
    ties: dict[str, Any]
    items: list[dict[str, Any]]
    place: dict[str, Any] | None
    has_names: bool
    people: list[dict[str, Any]]
    undefined: str | None


class RegionsQuality(TypedDict, total=False):
    """What a question's regions tell of people, those who miss least first. A figure is {value, low, high}.

    people: {pseudonym, name, person_id, answers, regions, things, missed, alarms, placed, edges: [{edge, offset, spread}]}.
    unseen: things a task that nobody marked. edge_unit: of offsets and spreads.
    """

    question: str
    tasks: int
    is_partial: bool
    compared: int
    answers: int
    regions: int
    unseen: float
    edge_unit: str | None
    has_names: bool
    people: list[dict[str, Any]]
    undefined: str | None


class PeopleManner(TypedDict, total=False):
    """How everybody's answers were made, those with signals first.

    items: of each person, answers, counted, pasted and left {count, of, low, high, shared, shared_count, expected, chance},
    pasted_characters, typed_characters, and medians: away_ms, active_ms, active_ms_others, edits, edits_others.
    """

    counts_manner: bool
    has_names: bool
    items: list[dict[str, Any]]


class ReviewersQuality(TypedDict, total=False):
    """Everybody who reviewed, strictest first, and authors by a reviewer in the middle, lowest first.

    A reviewer: severity {value, low, high, kind} in logits, and shares {value, low, high, right, total}: accepted, right,
    right_accepted, flaws_caught. An author: accepted, and fair {mean, low, high}.
    """

    has_names: bool
    spread: float | None
    reviewers: list[dict[str, Any]]
    authors: list[dict[str, Any]]


class HardTask(TypedDict, total=False):
    """A task whose likeliest answer is not sure."""

    task_id: str
    probability: float
    answer: str
    votes: int
    agreeing: int


class OwnAccuracy(TypedDict, total=False):
    """One's own accuracy on one question of one project."""

    project: dict[str, str]
    question: str
    text: str
    accuracy: dict[str, Any] | None
    checked: int
    votes: int
    target: float | None
    fitted_at: str


class ReleaseFormat(TypedDict, total=False):
    """A format of releases. fits: whether it could carry anything that the project asks."""

    name: str
    title: str
    fits: bool


class Release(TypedDict, total=False):
    """A numbered, signed delivery."""

    id: str
    project_id: str
    number: int
    state: str
    include: str
    created_at: str
    note: str
    formats: list[str]
    problem: str | None
    counts: dict[str, Any] | None
    agreement: list[dict[str, Any]] | None
    audits: list[dict[str, Any]] | None
    ontology_version: int | None
    guideline_version: int | None
    files: list[dict[str, Any]]
    losses: list[str]
    key_id: str | None


class OntologyVersion(TypedDict, total=False):
    """One version of a project's ontology."""

    version: int
    digest: str
    body: dict[str, Any]
    created_at: str


Consent = Literal["required", "not-needed"]
DiscussionState = Literal["open", "resolved"]


class GuidelineVersion(TypedDict):
    """One version of the guidelines: what changed, in a line, and whether people read it before their next task."""

    version: int
    summary: str
    consent: Consent
    by: str
    created_at: str


class Guideline(TypedDict, total=False):
    """Guidelines in Markdown, with their version. consented_version: the newest that you consented to."""

    version: int
    markdown: str
    created_at: str
    versions: list[GuidelineVersion]
    consented_version: int


class GuidelinePicture(TypedDict):
    """A stored picture of guidelines. source: how the Markdown names it."""

    id: str
    source: str
    media_type: str
    bytes: int
    width: int
    height: int


class Passage(TypedDict):
    """Where in the guidelines: below which heading, and the words with what stands around them."""

    heading: str
    quote: str
    before: str
    after: str


class Reply(TypedDict):
    """What was said in a discussion."""

    id: str
    text: str
    who: str
    at: str


class Discussion(Reply):
    """A question about the guidelines with its replies. version: the one that was read."""

    version: int
    passage: Passage
    resolved_at: str | None
    resolved_by: str | None
    replies: list[Reply]


class DiscussionResolved(TypedDict):
    """Where a discussion stands now."""

    id: str
    state: DiscussionState


class Session(TypedDict, total=False):
    """Who is signed in, where, and what she may do."""

    person: dict[str, Any]
    organization: dict[str, Any]
    role: Role
    pseudonym: str
    permissions: list[str]
    organizations: list[dict[str, Any]]
    csrf: str | None
    version: str


class Hold(TypedDict):
    """Work that stands still since a change of control. chain: as it was computed; digest: what countersigning names."""

    id: str
    change_id: str
    epoch: int
    opened_at: str
    chain: list[dict[str, Any]]
    ties: list[dict[str, Any]]
    digest: str
    countersigned_at: str | None
    countersigned_by: str | None


class Holds(TypedDict):
    """Whether work is on hold now, what stands still, and every hold there was, newest first."""

    on_hold: bool
    standing_still: dict[str, int]
    items: list[Hold]


class Webhook(TypedDict, total=False):
    """An address that is told of events. `secret` only in the answers that made it."""

    id: str
    url: str
    description: str
    project_id: str | None
    events: list[str]
    state: Literal["active", "paused", "disabled"]
    failing_since: str | None
    created_at: str
    version: int
    secret: str


class Delivery(TypedDict, total=False):
    """One event on its way to a webhook, or what became of it."""

    id: str
    event: str
    at: str
    state: Literal["waiting", "delivered", "failed"]
    attempts: int
    next_at: str | None
    last_at: str | None
    status: int | None
    problem: str | None
    took_ms: int | None
    payload: str


class TasksChanged(TypedDict):
    """How many tasks an action changed, and which."""

    changed: int
    ids: list[str]
    next_cursor: str | None
