"""Review and adjudication: what whoever decides is dealt beside the item."""

from __future__ import annotations

from typing import Literal, NotRequired

from evenhand.boundary.shapes import Id, Json, JsonObject, Shape, Time

Stage = Literal["label", "review", "adjudicate", "exam", "audit"]
Place = Literal["label", "review", "adjudicate", "rework", "done"]
VerdictWord = Literal["accept", "fix", "send-back", "decide"]
VerdictReason = Literal["slip", "guideline-misread", "guideline-silent", "task-unclear", "incomplete", "spam"]


LabelSource = Literal["gold", "verdict", "decision", "model", "votes"]


class AnswerToJudge(Shape):
    """All answers of one person on a task in review or adjudication. label: their name until the verdict, the same in every round.

    annotation_id: what verdicts on it are sent with. In review it tells nothing else: neither when it was given nor by whom.
    revision: above 1 when they answered again.
    """

    annotation_id: Id
    label: str
    answers: list[JsonObject]
    revision: int
    ontology_version: int


class RegionConsensus(Shape):
    """How probable it is that a region of a consensus is there, that its label is right, and that its place is: smoothed shares."""

    id: str
    exists: float
    label: float
    place: float


class StageConsensus(Shape):
    """What those answers say together on one question about one target: as in `Consensus` of a task."""

    question: str
    target: str
    value: Json
    candidates: list[Json]
    summary: str
    probability: float
    share: float
    answers: int
    method: str
    status: Literal["resolved", "tied", "insufficient", "incomparable"]
    source: LabelSource
    model: NotRequired[str]
    model_version: NotRequired[str]
    fit_no: NotRequired[int]
    low: NotRequired[float]
    high: NotRequired[float]
    regions: NotRequired[list[RegionConsensus]]


class EarlierVerdict(Shape):
    """What was said of an answer in an earlier round. label: whose, as in `answers`. note: null where there is none.

    answers: in review and adjudication, what it was said of, as it stood then.
    """

    annotation_id: Id
    label: str
    stage: Stage
    round: int
    verdict: VerdictWord
    reason: VerdictReason | None
    note: str | None
    at: Time
    answers: NotRequired[list[JsonObject]]
