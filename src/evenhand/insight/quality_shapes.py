"""The shapes of what is said about quality. Every figure has its interval and its count; what cannot be said is null."""

from __future__ import annotations

from typing import Literal, NotRequired

from evenhand.boundary.shapes import Body, Id, Shape, Time, example


class Interval(Shape):
    """An estimate with its central interval at 95 %. mean: null while fewer than 20 answers were checked."""

    mean: float | None
    low: float
    high: float


class SidedEstimate(Shape):
    """An accuracy on one side of a change, over `count` checked answers. active_ms: the median active milliseconds an answer."""

    mean: float
    low: float
    high: float
    count: int
    active_ms: int | None


class Change(Shape):
    """When an accuracy changed. at: the likeliest moment; low, high: the moments between which it lies, with 95 %.

    factor: how many times likelier the answers are with this change than with none.
    """

    at: Time
    low: Time
    high: Time
    factor: float
    before: SidedEstimate
    after: SidedEstimate


class Lean(Shape):
    """What somebody answers more often than is true.

    kind: "class": `text` is over-answered, value is the share answered less the share that is true. "side": of comparisons,
    value in -1..1, above 0 towards the second. "level": of scales, value in levels, above 0 too high. "amount": of numbers,
    value in the question's unit, above 0 too high.
    """

    kind: Literal["class", "side", "level", "amount"]
    text: str | None
    value: float
    low: float
    high: float


class Spread(Shape):
    """How far somebody's numbers scatter around what is true plus their lean: a standard deviation in the question's unit."""

    value: float
    low: float
    high: float


class Estimates(Shape):
    """Estimates of numbers, over `tasks`. width: the median width of their intervals, in the question's unit."""

    width: float
    tasks: int


class Signal(Shape):
    """Something seen in somebody's answers that calls for a look. Evidence for a human: nothing is done by itself.

    kind: "alike": the same answers as `who` (a pseudonym) on `count` of `of` shared tasks where `expected` are likely. "run": the
    answer `text` `count` times in a row, of `of`. "fast": a median of `active_ms`, where others need `expected` on the same tasks.
    "pasted": something was pasted into `count` of `of` answers, where `expected` are likely by others on the same tasks. "away": in
    so many the window was left.
    chance: how probable that is by chance, where it can be told.
    """

    kind: Literal["alike", "run", "fast", "pasted", "away"]
    count: int
    of: int
    expected: float | None
    chance: float | None
    text: NotRequired[str]
    who: NotRequired[str]


class Trend(Shape):
    """kind: "early" (fewer than 20 checked), "steady", "falling" or "rising" since `since`."""

    kind: Literal["early", "steady", "falling", "rising"]
    since: Time | None


class PersonQuality(Shape):
    """One person on one question, as a row of the list.

    name: null for people of a vendor, and where the reader may not see names. checked: answers to tasks that others answered too,
    or whose truth is known; votes: all. spread: of numbers, which are neither right nor wrong: there accuracy is null.
    active_ms: the median an answer; active_ms_others: that of everybody on the same tasks. vendor: whose person it is.
    Where a batch was asked for, accuracy, checked, votes and active_ms are of that batch, the rest of all answers.
    """

    pseudonym: str
    name: str | None
    person_id: Id
    question: str
    vendor: Id
    accuracy: Interval | None
    checked: int
    votes: int
    lean: Lean | None
    spread: Spread | None
    active_ms: int | None
    active_ms_others: int | None
    trend: Trend
    signals: list[Signal]


class Window(Shape):
    """The accuracy over a stretch of time with as many checked answers as the others."""

    at: Time
    until: Time
    mean: float
    low: float
    high: float
    count: int


class Confusion(Shape):
    """What is answered where each class is true: expected numbers of answers. counts[true][answered], in the order of classes."""

    classes: list[str]
    counts: list[list[float]]
    tasks: float


class InPart(Shape):
    """Figures in a part of the answers: how often right, of `checked`; active_ms: the median an answer, null where not measured."""

    accuracy: Interval | None
    checked: int
    votes: int
    active_ms: int | None


class PersonPart(InPart):
    """One person in one part. subject: a batch's id, or a date of UTC."""

    subject: str


class PersonDetail(PersonQuality):
    """One person on one question, whole. confusion: null where there are more than 30 classes, or nothing was checked.

    days: of UTC, oldest first; batches: those with most answers first; at most 60 of either.
    """

    windows: list[Window]
    days: list[PersonPart]
    batches: list[PersonPart]
    change: Change | None
    confusion: Confusion | None


class Agreement(Shape):
    """A named coefficient with its bootstrap interval over tasks, or why it is undefined."""

    coefficient: NotRequired[str]
    level: NotRequired[str]
    value: NotRequired[float]
    low: NotRequired[float]
    high: NotRequired[float]
    tasks: NotRequired[int]
    votes: int
    undefined: NotRequired[str]


class Slice(Shape):
    """Agreement on a part of the answers. subject: an id of the dimension, a version's number, or a date of UTC.

    name: of a vendor, as the public register of ownership has it; null where it has none, for all else, and for whoever may not
    read the register (`audit.read`).
    people: everybody in it together; null where nobody is right or wrong.
    """

    dimension: Literal["batch", "vendor", "guideline", "day"]
    subject: str
    name: str | None
    answers: int
    tasks: int
    alpha: Agreement
    gwet: Agreement
    people: InPart | None


class PerCorrect(Shape):
    """Answers used for one label that is right, by the model's own probabilities; of `answers` answers."""

    value: float
    low: float
    high: float
    answers: int


class Sureness(Shape):
    """The mean probability of the likeliest answers, over `tasks`."""

    mean: float
    tasks: int


class QuestionQuality(Shape):
    """One question, fitted. model: null where answers of its kind are neither classes nor numbers. estimates: of numbers.

    missing: what stands in the way of more: "one-annotator", "no-overlap" (no task has two answers), "no-classes".
    gold: tasks whose known answer taught the model. answers_saved: against the most that adaptive opinions allow.
    """

    question: str
    text: str
    level: str
    model: str | None
    model_version: str | None
    fitted_at: Time
    votes: int
    tasks: int
    people: int
    gold: int
    alpha: Agreement
    gwet: Agreement
    probability: Sureness | None
    estimates: Estimates | None
    answers_per_correct: PerCorrect | None
    answers_saved: int
    missing: list[str]


class QuestionDetail(QuestionQuality):
    """One question, whole: what the crowd confuses, and agreement by part."""

    confusion: Confusion | None
    slices: list[Slice]


class DecidedByModel(Shape):
    """What was decided by the model, as of the last fit.

    tasks, answers: those that left the label stage, and the answers they took. planned: what `most` answers for each would
    have been, and saved: how many fewer it took; both null where every task gets the same number. compared: of the newest of
    these tasks, those the fit has an answer to; differing: those to which it has another one than was decided between two
    fits, and share: of those compared.
    """

    tasks: int
    answers: int
    planned: int | None
    saved: int | None
    compared: int
    differing: int
    share: Interval | None


class MarkingQuestion(Shape):
    """A question that marks regions, by name and text."""

    question: str
    text: str


class Quality(Shape):
    """Where a project's quality stands.

    state: "empty" (no answer yet), "waiting" (there are answers, and the first fit is on its way), "fitted", or "failed" (the last
    fit was not possible; `cause` names the error, and it is tried again). is_current: nothing was answered since.
    target: the accuracy asked of people, or null. questions: those with votes; regions: those that mark regions, of which nothing
    is known before somebody asks.
    """

    state: Literal["empty", "waiting", "fitted", "failed"]
    is_current: bool
    cause: str | None
    fitted_at: Time | None
    votes: int
    target: float | None
    decided: DecidedByModel
    questions: list[QuestionQuality]
    regions: list[MarkingQuestion]


class HardTask(Shape):
    """A task whose likeliest answer is not sure: `answer`, with its probability, given by `agreeing` of `votes`."""

    task_id: Id
    probability: float
    answer: str
    votes: int
    agreeing: int


class PeopleQuality(Shape):
    """Everybody who answered a question, best estimate first. total: how many there are; at most 5,000 are listed."""

    question: str | None
    target: float | None
    has_names: bool
    total: int
    items: list[PersonQuality]


class Often(Shape):
    """In `count` of `of` answers it was so; low, high: of the share, the central interval at 95 %.

    expected: in how many of the `shared` answers to tasks that others answered too it would be, by what it was in theirs; there
    it was in `shared_count`. chance: a bound on how probable so many are, over everybody; null where too little is known.
    """

    count: int
    of: int
    low: float
    high: float
    shared: int
    shared_count: int
    expected: float
    chance: float | None


class PersonManner(Shape):
    """How one person's answers were made: counts that the workspace took, in the newest version of each answer.

    counted: of `answers`, those of which there are counts. pasted: answers into which something was pasted; left: answers during
    which the window was left. pasted_characters, typed_characters: in all. away_ms: the median of answers during which it was
    left; active_ms, edits: medians an answer; with _others, that of everybody on the same tasks.
    """

    pseudonym: str
    name: str | None
    person_id: Id
    answers: int
    counted: int
    pasted: Often
    left: Often
    pasted_characters: int
    typed_characters: int
    away_ms: int | None
    active_ms: int | None
    active_ms_others: int | None
    edits: int | None
    edits_others: int | None
    signals: list[Signal]


class PeopleManner(Shape):
    """How everybody's answers were made, those with signals first. counts_manner: whether it is counted now."""

    counts_manner: bool
    has_names: bool
    items: list[PersonManner]


class OwnProject(Shape):
    """A project by id."""

    id: Id


class OwnAccuracy(Shape):
    """One's own accuracy on one question. accuracy: null while nothing could be checked; its mean is null below 20 checked."""

    project: OwnProject
    question: str
    text: str
    accuracy: Interval | None
    checked: int
    votes: int
    target: float | None
    fitted_at: Time


class TargetBody(Body):
    """What is asked of people: an accuracy above 0 and below 1, or null for none."""

    model_config = example({"target": 0.9})

    target: float | None
