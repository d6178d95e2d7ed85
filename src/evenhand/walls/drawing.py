"""A chain of ownership as it is drawn: parties and the links between them, each with the statement that says so. Pure.

Statements are those of the Beneficial Ownership Data Standard 0.4; https://standard.openownership.org/en/0.4.0/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypedDict

# What is held in percent; every other interest is an office, a right or a family tie, and has no share.
SHARES = frozenset({
    "shareholding", "votingRights", "rightsToSurplusAssetsOnDissolution", "rightsToProfitOrIncome",
    "rightToProfitOrIncomeFromAssets",
})  # fmt: skip
_VOTES = "votingRights"


class DrawnParty(TypedDict):
    """A box. name: null where the register holds none, as of a person."""

    id: str
    name: str | None
    kind: Literal["entity", "person", "arrangement"]


class DrawnLink(TypedDict):
    """An arrow from who holds to what is held. percent: of a share; null for an office, and for a share that is not known.
    votes: percent of the votes, where they are told apart from the shares.

    interests: words of the standard's code list. ended: the day on which the last of them ended. counts: whether the chain's
    strength comes from it; what else stands between the same parties is drawn beside it.
    """

    holder: str
    held: str
    percent: float | None
    is_share: bool
    interests: list[str]
    votes: float | None
    ended: str | None
    counts: bool
    statements: list[str]


def drawn(
    statements: Iterable[Mapping[str, Any]], chain: Sequence[Mapping[str, Any]], ends: Iterable[str]
) -> tuple[list[DrawnParty], list[DrawnLink]]:
    """The parties and links of a chain, and what else is filed between those parties.

    statements: BODS 0.4: those that the chain names, those that say who the parties are, others between them; what is missing is
    drawn by its id. chain: links as the walls keep them, with `holder`, `subject`, `high` in percent and `statements`. ends: the
    parties whom the chain ties.
    """
    by_id = {each["statementId"]: each for each in statements}
    records = {each["recordId"]: each for each in by_id.values() if each["recordType"] != "relationship"}
    links = [_counted(link, [by_id[id_] for id_ in link["statements"] if id_ in by_id]) for link in chain]
    names = dict.fromkeys([*ends, *(name for link in links for name in (link["holder"], link["held"]))])
    told = {id_ for link in links for id_ in link["statements"]}
    for id_, each in by_id.items():
        details = each["recordDetails"]
        pair = (details.get("interestedParty"), details.get("subject"))
        if (
            each["recordType"] == "relationship"
            and id_ not in told
            and all(isinstance(x, str) and x in names for x in pair)
        ):
            links.append(_link(*pair, [each], None, counts=False))
    return [_party(id_, records.get(id_)) for id_ in names], links


def _counted(link: Mapping[str, Any], statements: Sequence[Mapping[str, Any]]) -> DrawnLink:
    made = _link(link["holder"], link["subject"], statements, link["high"], counts=True)
    # As they were named at the filing, whatever of them is still known.
    return {**made, "statements": list(link["statements"])}


def _link(
    holder: str, held: str, statements: Sequence[Mapping[str, Any]], high: float | None, *, counts: bool
) -> DrawnLink:
    interests = [each for statement in statements for each in statement["recordDetails"].get("interests") or []]
    words = [each.get("type") or "unknownInterest" for each in interests] or ["unknownInterest"]
    shares = [each for each in interests if each.get("type") in SHARES]
    votes = [percent for each in shares if each["type"] == _VOTES and (percent := _percent(each)) is not None]
    owned = [each for each in shares if each["type"] != _VOTES] or shares
    known = [percent for each in owned if (percent := _percent(each)) is not None]
    ends = [each.get("endDate") for each in interests]
    return {
        "holder": holder,
        "held": held,
        # What several statements of one holding add up to is what the chain counts.
        "percent": (high if high is not None and len(known) > 1 else max(known)) if known else None,
        "is_share": bool(shares),
        "interests": list(dict.fromkeys(words)),
        "votes": max(votes, default=None) if len(owned) < len(shares) else None,
        "ended": max(end for end in ends if end) if ends and all(ends) else None,
        "counts": counts,
        "statements": [statement["statementId"] for statement in statements],
    }


def _percent(interest: Mapping[str, Any]) -> float | None:
    """The greatest share that an interest may be."""
    share = interest.get("share") or {}
    return next((share[name] for name in ("exact", "maximum", "exclusiveMaximum") if share.get(name) is not None), None)


def _party(id_: str, statement: Mapping[str, Any] | None) -> DrawnParty:
    details = statement["recordDetails"] if statement is not None else {}
    if statement is not None and statement["recordType"] == "person":
        names = details.get("names") or [{}]
        return {"id": id_, "name": names[0].get("fullName"), "kind": "person"}
    kind = (details.get("entityType") or {}).get("type")
    return {"id": id_, "name": details.get("name"), "kind": "arrangement" if kind == "arrangement" else "entity"}
