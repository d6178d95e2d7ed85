"""What a release says, line by line: items, annotations, labels. Pure: opened content in, JSON lines out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from evenhand.core.times import rfc3339
from evenhand.ontology.consensus import Consensus, Given, Resolved, Told, consensus_on
from evenhand.ontology.ontology import Asked, Ontology
from evenhand.work.deciding import Vote
from evenhand.work.model import STAGE_LABEL

ROLES = {1: "label", 2: "review", 3: "adjudication"}


@dataclass(frozen=True, slots=True)
class FrozenTask:
    """One task of a release, opened, with the answers that stood when it was frozen, and what models said of them then."""

    task_id: UUID
    batch: str
    item: Mapping[str, Any]
    annotations: Sequence[Mapping[str, Any]]
    told: Mapping[int, Told] = field(default_factory=dict)


def item_line(task: FrozenTask) -> bytes:
    """The item as it was imported, with its task id."""
    return _line({"task": str(task.task_id), "batch": task.batch, **task.item})


def annotation_lines(task: FrozenTask) -> Iterator[bytes]:
    """Every standing answer, whole, under its annotator's pseudonym, with what was said of it in review and adjudication.

    role: `label`, or that of whoever decided: `review`, `adjudication`. Such an answer stands for the task.
    """
    for each in task.annotations:
        yield _line(
            {
                "format": "evenhand-annotation/1",
                "id": str(each["annotation_id"]),
                "task": str(task.task_id),
                "external_id": task.item.get("external_id"),
                "annotator": each["pseudonym"],
                "revision": each["version"],
                "role": ROLES[each["stage"]],
                "ontology_version": each["ontology_version"],
                "guideline_version": each["guideline_version"],
                "submitted_at": rfc3339(each["submitted_at"]),
                "active_ms": each["active_ms"],
                "verdicts": each["verdicts"] or None,
                **each["content"],
            }
        )


def labels(task: FrozenTask, ontology: Ontology, versions: Mapping[int, Ontology]) -> Iterator[dict[str, Any]]:
    """The label of each question about each target: a pure function of the standing answers and of what models said of them.

    What a reviewer or an adjudicator decided outranks every model, and that every merge. A tie is reported as a tie,
    with all its candidates, and never broken by order. An answer to what the question meant in an earlier epoch is no answer to it.
    versions: the ontologies under which the answers were given.
    """
    given, resolved = given_of(task, versions)
    for asked, target, found in consensus_on(ontology, task.item, given, resolved, task.told):
        yield _label(task, asked, target, found)


def given_of(task: FrozenTask, versions: Mapping[int, Ontology]) -> tuple[list[Given], Resolved | None]:
    """(what annotators answered, what a reviewer or an adjudicator decided)."""
    given, resolved = [], None
    for each in task.annotations:
        answers = Given(each["content"]["answers"], versions[each["ontology_version"]])
        if each["stage"] == STAGE_LABEL:
            given.append(answers)
        else:
            resolved = Resolved(answers, ROLES[each["stage"]])
    return given, resolved


def votes_of(annotation: Mapping[str, Any], item: Mapping[str, Any], ontology: Ontology) -> list[Vote]:
    """An annotator's answers as the vote table had them. ontology: the version under which they were given."""
    votes = ontology.votes(annotation["content"]["answers"], item)
    return [Vote(question_no, annotation["annotator_no"], code) for question_no, _, code in votes]


def verdict_of(row: Mapping[str, Any], note: str | None) -> dict[str, Any]:
    """What was said of an answer, as it goes with it. annotation: the revision that it was said of. by: a pseudonym."""
    said = {
        "annotation": str(row["annotation_id"]),
        "stage": ROLES[row["stage"]],
        "round": row["round"],
        "verdict": row["verdict"],
        "reason": row["reason"],
        "note": note,
        "by": row["pseudonym"],
        "at": rfc3339(row["at"]),
    }
    return {name: each for name, each in said.items() if each is not None}


def label_line(label: Mapping[str, Any]) -> bytes:
    """One label as a JSON line."""
    return _line(label)


def _label(task: FrozenTask, asked: Asked, target: str, found: Consensus) -> dict[str, Any]:
    is_resolved = found.merged.status == "resolved"
    return {
        "task": str(task.task_id),
        "external_id": task.item.get("external_id"),
        "batch": task.batch,
        "question": asked.name,
        "kind": asked.kind.name,
        "target": target,
        "value": found.value,
        "candidates": [] if is_resolved else [*found.candidates],
        "summary": asked.kind.summary(asked.settings, found.value) if is_resolved else "",
        "probability": found.probability,
        "share": found.share,
        "answers": found.merged.answers,
        "effective": found.merged.effective,
        "method": found.merged.method,
        "status": found.merged.status,
        **found.origin,
        "regions": [asdict(each) for each in found.regions] or None,
    }


def _line(body: Mapping[str, Any]) -> bytes:
    kept = {name: value for name, value in body.items() if value is not None or name == "value"}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"), default=str).encode() + b"\n"
