"""Statements of the Beneficial Ownership Data Standard 0.4: whether they are any, and what of them the register keeps. Pure.

https://standard.openownership.org/en/0.4.0/ . The schema lies beside, unchanged; `bods_schema/NOTICE` says from where.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from evenhand.core.canonical import canonical_json, escape_pointer
from evenhand.core.errors import Problem

if TYPE_CHECKING:
    import jsonschema_rs

STATEMENTS_MAX = 2_000
STATEMENT_BYTES_MAX = 16_384
PROBLEMS_MAX = 50
RECORD_ID_LENGTH_MAX = 200
_SCHEMAS = ("components", "entity-record", "person-record", "relationship-record", "statement")

# What the register keeps of a statement, and so publishes: what decides, and the names of legal entities. Of persons it keeps that
# there is one; whoever filed keeps the rest, and the salt by which it can be shown to be what was filed.
_KEPT = ("statementId", "declarationSubject", "statementDate", "recordId", "recordType", "recordStatus")
_KEPT_OF_RECORD = {
    "entity": ("isComponent", "entityType", "unspecifiedEntityDetails", "name", "jurisdiction", "identifiers"),
    "person": ("isComponent", "personType", "unspecifiedPersonDetails"),
    "relationship": ("isComponent", "componentRecords", "subject", "interestedParty", "interests"),
}
_KEPT_OF_PART = {
    "entityType": ("type", "subtype"),
    "unspecifiedEntityDetails": ("reason",),
    "unspecifiedPersonDetails": ("reason",),
    "jurisdiction": ("name", "code"),
    "identifiers": ("id", "scheme", "schemeName"),
    "subject": ("reason",),
    "interestedParty": ("reason",),
    "interests": ("type", "directOrIndirect", "beneficialOwnershipOrControl", "share", "startDate", "endDate"),
}


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    import jsonschema_rs

    folder = files("evenhand.walls").joinpath("bods_schema")
    schemas = [json.loads(folder.joinpath(f"{name}.json").read_text("utf-8")) for name in _SCHEMAS]
    registry = jsonschema_rs.Registry([(schema["$id"], schema) for schema in schemas])
    return jsonschema_rs.Draft202012Validator(schemas[-1], registry=registry, validate_formats=True)


def problems(statements: Any) -> list[Problem]:
    """Every defect of an array of statements, each with its place and the statement's id; of very many the first.

    statements: as `core.canonical.read_json` read them, so that depths, duplicate keys and numbers that are none are out already.
    """
    if not isinstance(statements, list):
        return [Problem("", "wrong_type", "Statements are an array.", "Send a BODS 0.4 array of statements.")]
    if len(statements) > STATEMENTS_MAX:
        message = f"These are {len(statements)} statements; one filing has at most {STATEMENTS_MAX}."
        return [Problem("", "too_many", message, "File them in several parts.")]
    found: list[Problem] = []
    for problem in _defects(statements):
        found.append(problem)
        if len(found) == PROBLEMS_MAX:
            break
    return found


def _defects(statements: Sequence[Any]) -> Iterator[Problem]:
    too_long = False
    for index, statement in enumerate(statements):
        if len(json.dumps(statement)) > STATEMENT_BYTES_MAX:
            too_long = True
            message = f"{_named(statements, index)} is longer than {STATEMENT_BYTES_MAX} bytes."
            yield Problem(f"/{index}", "too_large", message, "Leave out what does not decide.")
    if too_long:
        return
    is_bods = True
    for error in _validator().iter_errors(list(statements)):
        is_bods = False
        pointer = "".join("/" + escape_pointer(str(part)) for part in error.instance_path)
        first = error.instance_path[0] if error.instance_path else None
        who = _named(statements, first) if isinstance(first, int) else "The array"
        message = f"{who}: {_shown(error.message)}."
        yield Problem(pointer, "not_bods", message, "Send what BODS 0.4 asks for at this place.")
    yield from _beyond_the_schema(statements)
    if is_bods:
        yield from _contradictions(statements)


def _beyond_the_schema(statements: Sequence[Any]) -> Iterator[Problem]:
    """What the schema lets pass and a register cannot: one id twice, names that read as others."""
    seen: dict[str, int] = {}
    for index, statement in enumerate(statements):
        if not isinstance(statement, dict):
            continue
        id_ = statement.get("statementId")
        if isinstance(id_, str):
            if id_ in seen:
                message = f"{_named(statements, index)} has the id of statement {seen[id_]}."
                yield Problem(f"/{index}/statementId", "duplicate_id", message, "Give each statement an id of its own.")
            seen.setdefault(id_, index)
        record = statement.get("recordId")
        if isinstance(record, str) and not 1 <= len(record) <= RECORD_ID_LENGTH_MAX:
            message = f"{_named(statements, index)} has a recordId of {len(record)} characters."
            yield Problem(f"/{index}/recordId", "bad_id", message, f"Use 1 to {RECORD_ID_LENGTH_MAX}.")
        yield from _ids(statement, index, statements)
        for pointer, text in _texts(reduced(statement), f"/{index}"):
            if misleads(text):
                message = f"{_named(statements, index)} holds characters that no reader sees."
                yield Problem(pointer, "invisible_characters", message, "Remove control and direction characters.")


def _ids(statement: Mapping[str, Any], index: int, statements: Sequence[Any]) -> Iterator[Problem]:
    """Ids by which parties are told apart, spelled so that another reads the same: rivals could hide behind a copy of a name."""
    named = {"/recordId": statement.get("recordId"), "/declarationSubject": statement.get("declarationSubject")}
    details = statement.get("recordDetails")
    if isinstance(details, Mapping):
        named |= {f"/recordDetails/{key}": details.get(key) for key in ("subject", "interestedParty")}
    for pointer, text in named.items():
        if isinstance(text, str) and not is_plain(text):
            message = f"{_named(statements, index)} has an id that another spelling reads the same as."
            remedy = "Compose its characters (Unicode NFC), with single plain spaces inside at most."
            yield Problem(f"/{index}{pointer}", "ambiguous_id", message, remedy)


def _contradictions(statements: Sequence[Any]) -> Iterator[Problem]:
    """What ends before it begins, and shares that exclude themselves: whichever side were read, walls would rest on an error."""
    for index, statement in enumerate(statements):
        for number, interest in enumerate(statement["recordDetails"].get("interests") or []):
            place = f"/{index}/recordDetails/interests/{number}"
            start, end = interest.get("startDate"), interest.get("endDate")
            if start and end and _day(end) < _day(start):
                message = f"{_named(statements, index)} has an interest that ends before it begins."
                yield Problem(f"{place}/endDate", "reversed_dates", message, "Put the earlier day into startDate.")
            if _excludes_itself(interest.get("share") or {}):
                message = f"{_named(statements, index)} has a share whose bounds exclude it or each other."
                remedy = "Give `exact` alone, or a minimum that is not above the maximum."
                yield Problem(f"{place}/share", "contradictory_share", message, remedy)


def _excludes_itself(share: Mapping[str, Any]) -> bool:
    least = max((share[key] for key in ("minimum", "exclusiveMinimum") if share.get(key) is not None), default=0)
    most = min((share[key] for key in ("maximum", "exclusiveMaximum") if share.get(key) is not None), default=100)
    exact = share.get("exact")
    return bool(least > most or (exact is not None and not least <= exact <= most))


def _day(text: str) -> str:
    """The day of a date or a time, which the schema has checked; days as texts sort as days."""
    return text[:10]


def _named(statements: Sequence[Any], index: int) -> str:
    statement = statements[index]
    id_ = statement.get("statementId") if isinstance(statement, dict) else None
    return f"Statement {index}" + (f" ({_shown(id_, 64)})" if isinstance(id_, str) else "")


def _shown(text: str, longest: int = 160) -> str:
    """A text for a refusal: short, and without what would change how the refusal reads."""
    plain = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[: longest + 1])
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


# Letters and marks that are drawn as nothing, by Unicode's property Default_Ignorable_Code_Point, beyond categories of control.
_DRAWN_AS_NOTHING = frozenset(
    (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x3164, 0xFFA0)
) | frozenset((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))


def misleads(text: str) -> bool:
    """Whether a text holds what no reader sees: control and direction characters, half characters, letters drawn as nothing."""
    return any(
        unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp") or ord(each) in _DRAWN_AS_NOTHING for each in text
    )


def is_plain(id_: str) -> bool:
    """Whether an id is spelled the one way: composed, no space at its ends, none but single plain ones inside."""
    return unicodedata.is_normalized("NFC", id_) and id_ == " ".join(id_.split())


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _texts(each, f"{pointer}/{escape_pointer(key)}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, f"{pointer}/{index}")


def reduced(statement: Mapping[str, Any]) -> dict[str, Any]:
    """What the register keeps of a statement: valid BODS still, and nothing in it is a person's."""
    kept = {key: statement[key] for key in _KEPT if key in statement}
    details = statement.get("recordDetails")
    if isinstance(details, Mapping):
        names = _KEPT_OF_RECORD.get(str(statement.get("recordType")), ())
        kept["recordDetails"] = {key: _part(key, details[key]) for key in names if key in details}
    return kept


def _part(name: str, value: Any) -> Any:
    keys = _KEPT_OF_PART.get(name)
    if keys is None:
        return value
    if isinstance(value, list):
        return [_part(name, each) for each in value]
    if isinstance(value, Mapping):
        return {key: value[key] for key in keys if key in value}
    return value


def commitment(salt: bytes, statement: Mapping[str, Any]) -> bytes:
    """What stands for a statement as it was filed: SHA-256 of the salt and its canonical JSON."""
    return hashlib.sha256(salt + canonical_json(dict(statement))).digest()
