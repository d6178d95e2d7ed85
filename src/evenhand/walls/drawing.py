"""A chain of ownership as it is drawn: parties and the links between them, each with the statement that says so. Pure.

Statements are those of the Beneficial Ownership Data Standard 0.4; https://standard.openownership.org/en/0.4.0/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypedDict

# What is held in percent; every other interest is an office, a right or a family tie, and has no share.
SHARES = frozenset({
    "shareholding", "votingRights", "rightsToSurplusAssetsOnDissolution", "rightsToProfitOrIncome",
    "rightToProfitOrIncomeFromAssets",
})  # fmt: skip


class DrawnParty(TypedDict):
    """A box. name: null where the register holds none, as of a person."""

    id: str
    name: str | None
    kind: Literal["entity", "person", "arrangement", "unspecified"]


class DrawnLink(TypedDict):
    """An arrow from who holds to what is held. percent: of a share; null for an office, and for a share that is not known.

    interests: the words of the standard's code list. ended: the day the last of them ended or will end.
    """

    holder: str
    held: str
    percent: float | None
    is_share: bool
    interests: list[str]
    details: str | None
    ended: str | None
    statement: str


def drawn(statements: Iterable[Mapping[str, Any]], links: Iterable[str]) -> tuple[list[DrawnParty], list[DrawnLink]]:
    """The parties and links of some relationship statements, in the order in which their ids are given.

    statements: BODS 0.4, those of the links and those that say who the parties are; what is missing among them is drawn by its id.
    """
    by_id = {each["statementId"]: each for each in statements}
    records = {each["recordId"]: each for each in by_id.values()}
    found = [_link(by_id[id_]) for id_ in dict.fromkeys(links) if _is_relationship(by_id.get(id_))]
    parties = dict.fromkeys(party for link in found for party in (link["holder"], link["held"]))
    return [_party(id_, records.get(id_)) for id_ in parties], found


def _is_relationship(statement: Mapping[str, Any] | None) -> bool:
    return statement is not None and statement.get("recordType") == "relationship"


def _link(statement: Mapping[str, Any]) -> DrawnLink:
    details = statement["recordDetails"]
    interests = details.get("interests") or []
    words = [each.get("type") or "unknownInterest" for each in interests] or ["unknownInterest"]
    shares = [each for each in interests if each.get("type") in SHARES]
    ends = [each.get("endDate") for each in interests]
    return {
        "holder": _record(details.get("interestedParty")),
        "held": _record(details.get("subject")),
        "percent": max((percent for each in shares if (percent := _percent(each)) is not None), default=None),
        "is_share": bool(shares),
        "interests": list(dict.fromkeys(words)),
        "details": next((each["details"] for each in interests if each.get("details")), None),
        "ended": max(end for end in ends if end) if ends and all(ends) else None,
        "statement": statement["statementId"],
    }


def _percent(interest: Mapping[str, Any]) -> float | None:
    """The greatest share that an interest may be."""
    share = interest.get("share") or {}
    return next((share[name] for name in ("exact", "maximum", "exclusiveMaximum") if share.get(name) is not None), None)


def _record(party: Any) -> str:
    """A record's id; a party that is not specified has none, only a reason."""
    return party if isinstance(party, str) else f"unspecified:{(party or {}).get('reason', 'unknown')}"


def _party(id_: str, statement: Mapping[str, Any] | None) -> DrawnParty:
    if id_.startswith("unspecified:"):
        return {"id": id_, "name": None, "kind": "unspecified"}
    details = statement["recordDetails"] if statement is not None else {}
    if statement is not None and statement["recordType"] == "person":
        names = details.get("names") or [{}]
        return {"id": id_, "name": names[0].get("fullName"), "kind": "person"}
    kind = (details.get("entityType") or {}).get("type")
    return {"id": id_, "name": details.get("name"), "kind": "arrangement" if kind == "arrangement" else "entity"}
