"""What the drill files: statements of the Beneficial Ownership Data Standard 0.4 about a vendor, its buyer and one person.

No person is named: the register keeps no names of persons, and none is invented.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

VENDOR, BUYER, CHIEF = "tallis-expert", "corvane-systems", "chief-executive"


def first_filing() -> list[dict[str, Any]]:
    """Who the vendor is, and that its chief executive sits on its board."""
    return [
        _statement(VENDOR, "entity", _entity("Tallis Expert")),
        _statement(
            CHIEF,
            "person",
            {
                "isComponent": False,
                "personType": "anonymousPerson",
                "unspecifiedPersonDetails": {"reason": "subjectExemptFromDisclosure"},
            },
        ),
        _statement("chief-on-the-board", "relationship", _relation(CHIEF, VENDOR, {"type": "boardMember"})),
    ]


def purchase() -> list[dict[str, Any]]:
    """49 % of the vendor without votes go to the buyer, and so does the chief executive, who keeps the seat on the board."""
    share = {"type": "shareholding", "share": {"exact": 49}}
    votes = {"type": "votingRights", "share": {"exact": 0}}
    return [
        _statement(BUYER, "entity", _entity("Corvane Systems")),
        _statement("corvane-stake", "relationship", _relation(BUYER, VENDOR, share, votes)),
        _statement("chief-at-corvane", "relationship", _relation(CHIEF, BUYER, {"type": "seniorManagingOfficial"})),
    ]


def _entity(name: str) -> dict[str, Any]:
    return {"isComponent": False, "entityType": {"type": "registeredEntity"}, "name": name}


def _relation(holder: str, subject: str, *interests: dict[str, Any]) -> dict[str, Any]:
    today = datetime.now(UTC).date().isoformat()
    direct = {"directOrIndirect": "direct", "beneficialOwnershipOrControl": False, "startDate": today}
    return {
        "isComponent": False,
        "subject": subject,
        "interestedParty": holder,
        "interests": [{**direct, **each} for each in interests],
    }


def _statement(record: str, kind: str, details: dict[str, Any]) -> dict[str, Any]:
    today = datetime.now(UTC).date().isoformat()
    return {
        "statementId": str(uuid4()),
        "declarationSubject": VENDOR,
        "statementDate": today,
        "publicationDetails": {"publicationDate": today, "bodsVersion": "0.4", "publisher": {"name": "Tallis Expert"}},
        "recordId": record,
        "recordStatus": "new",
        "recordType": kind,
        "recordDetails": details,
    }
