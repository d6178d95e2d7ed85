"""The shapes that delivery answers with: releases and their files."""

from __future__ import annotations

from typing import Literal, NotRequired

from evenhand.boundary.shapes import Id, JsonObject, Shape, Time
from evenhand.insight.shapes import QuestionAgreement


class ReleaseFile(Shape):
    """One file of a release. sha256: of its whole content, in hex."""

    name: str
    media_type: str
    bytes: int
    rows: int
    sha256: str


class ReleaseCounts(Shape):
    """What a release holds."""

    tasks: int
    annotations: int
    labels: int
    annotators: int


class LabeledBy(Shape):
    """What so many labels of one question were made by. model, model_version, fit_no: there for `decision` and `model`."""

    question: str
    source: Literal["verdict", "decision", "model", "votes"]
    model: NotRequired[str]
    model_version: NotRequired[str]
    fit_no: NotRequired[int]
    labels: int


class AuditedStatement(Shape):
    """What an audit said when the release was frozen (`as_of`): of the labels of `tasks` tasks as they stood at `asked_at`.

    With probability `confidence` at least, at most the share `wrong_at_most` of them is wrong, if the assumption holds. No model
    enters it. drawn: tasks whose lot fell; those that are not audited yet count as wrong. statement: the same in words.
    """

    audit: Id
    asked_at: Time
    as_of: Time
    tasks: int
    drawn: int
    audited: int
    errors: int
    wrong_at_most: float
    confidence: float
    assumption: str
    statement: str


class ReleaseFailure(Shape):
    """Why a release could not be built, and what to do."""

    code: str
    hint: str


class ReleaseFormat(Shape):
    """A format in which releases are written beside their lines. fits: whether it could carry anything that the project asks."""

    name: str
    title: str
    fits: bool


class Release(Shape):
    """A numbered, signed, immutable delivery. counts, agreement, versions, files, key_id: there once it is `ready`.

    labeled_by: what its labels were made by, as it stood when it was cut. audits: what was audited, newest first, apart from it and
    agreement. formats: in which it is written beside its lines. losses: what a format could not carry.
    """

    id: Id
    project_id: Id
    number: int
    state: Literal["building", "ready", "failed"]
    include: Literal["done", "all"]
    created_at: Time
    note: str
    formats: list[str]
    problem: ReleaseFailure | None
    counts: ReleaseCounts | None
    agreement: list[QuestionAgreement] | None
    labeled_by: list[LabeledBy] | None
    audits: list[AuditedStatement] | None
    ontology_version: int | None
    guideline_version: int | None
    files: list[ReleaseFile]
    losses: list[str]
    key_id: NotRequired[str | None]


class Shredding(Shape):
    """Something that is destroyed for good. certificate: a signed DSSE envelope, there once it is done; method: what it claims."""

    id: Id
    scope: Literal["task", "project", "organization"]
    subject_id: Id
    asked_at: Time
    begins_at: Time
    finished_at: Time | None
    method: Literal["cryptographic-erase", "key-destruction"] | None
    keys: int | None
    certificate: JsonObject | None
