"""What audits said of a project's labels when a release was frozen: apart from every model's figures, with its assumption."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from evenhand.core.times import rfc3339
from evenhand.delivery.shapes import AuditedStatement
from evenhand.insight.audit_shapes import Audit

ASSUMPTION = "the auditors are right"


def audited(audits: Sequence[Audit], frozen_at: datetime) -> list[AuditedStatement]:
    """One statement an audit, newest first. audits: as they stood at `frozen_at`."""
    return [
        {
            "audit": each["id"],
            "asked_at": each["asked_at"],
            "as_of": rfc3339(frozen_at),
            "tasks": each["tasks"],
            "drawn": each["drawn"],
            "audited": each["audited"],
            "errors": each["errors"],
            "wrong_at_most": each["upper"],
            "confidence": 1 - each["delta"],
            "assumption": ASSUMPTION,
            "statement": sentence(each),
        }
        for each in audits
    ]


def sentence(audit: Audit) -> str:
    """The statement in words: of which labels, how sure, from how many audits, and what it takes for granted."""
    return (
        f"With probability {1 - audit['delta']:g} at least, at most {audit['upper']:.2%} of the labels of the"
        f" {audit['tasks']} tasks that were done at {audit['asked_at']} are wrong, as they stood then, if {ASSUMPTION}:"
        f" {audit['errors']} of {audit['audited']} audited labels were wrong, and the {audit['pending']} drawn that wait"
        " count as wrong."
    )
