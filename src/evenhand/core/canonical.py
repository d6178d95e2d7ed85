"""JSON in one spelling: strict reading (I-JSON, RFC 7493) and canonical writing (JCS, RFC 8785)."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, TypeAlias

import rfc8785

from evenhand.core.errors import Malformed, Problem

JsonValue: TypeAlias = "None | bool | int | float | str | list[JsonValue] | dict[str, JsonValue]"

DEPTH_MAX = 64
INTEGER_MAX = 2**53 - 1
_TOO_DEEP = ("too_deep", f"This is nested deeper than {DEPTH_MAX}.", "Flatten it.")
# An escaped character, a long number, an exponent: what a NUL, half a surrogate pair or an infinity is written with.
_SUSPECT = re.compile(r"\\u|[0-9]{16}|[0-9][eE]")


def canonical_json(value: Any) -> bytes:
    """The RFC 8785 bytes of `value`. Raises ValueError for what JSON cannot hold (NaN, integers beyond 2**53 - 1).

    Numbers are spelled as ECMAScript's Number::toString spells them (RFC 8785 3.2.2.3): a float from 2**53 to below 1e21 has no
    point and no exponent, so 1e20 is 100000000000000000000. That is a float's one spelling and no integer's: an int of that size
    is refused here, and so is such a text by `read_json`, because a reader with exact integers would take it for another number.
    """
    return rfc8785.dumps(value)


def digest(value: Any) -> str:
    """`sha256:` and the hex SHA-256 of the canonical bytes."""
    return "sha256:" + hashlib.sha256(canonical_json(value)).hexdigest()


def digest_of_bytes(content: bytes) -> str:
    """`sha256:` and the hex SHA-256 of `content` as it is."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def read_json(content: bytes | str, *, pointer: str = "") -> Any:
    """Decode JSON strictly: UTF-8, no duplicate keys, no NaN, no NUL or lone surrogate, depth at most 64.

    Raises Malformed with the pointer of every defect that the decoder can place.
    """
    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
    except UnicodeDecodeError as error:
        raise _malformed(pointer, "bad_encoding", f"Byte {error.start} is not UTF-8.", "Send UTF-8.") from None
    try:
        value = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
    except _Refused as refused:
        raise _malformed(pointer, refused.code, refused.message, refused.remedy) from None
    except json.JSONDecodeError as error:
        at = f"line {error.lineno}, column {error.colno}"
        raise _malformed(pointer, "bad_json", f"This is not JSON: {error.msg} at {at}.", "Mend it there.") from None
    except RecursionError:
        raise _malformed(pointer, *_TOO_DEEP) from None
    except ValueError:
        raise _malformed(pointer, "bad_json", "This is not JSON that can be read.", "Send a smaller number.") from None
    if _may_hold_unfit_parts(text, content) and (problems := unfit_parts(value, pointer)):
        raise Malformed(problems)
    return value


def _may_hold_unfit_parts(text: str, content: bytes | str) -> bool:
    """Whether to walk through the value: most documents hold no escape, number or depth that could be refused."""
    return (
        isinstance(content, str) or text.count("[") + text.count("{") > DEPTH_MAX or _SUSPECT.search(text) is not None
    )


def unfit_parts(value: Any, pointer: str = "") -> list[Problem]:
    """Every part that I-JSON or we refuse: NUL, lone surrogates, infinities, integers beyond 2**53 - 1, depths beyond 64."""
    problems: list[Problem] = []
    stack: list[tuple[Any, str, int]] = [(value, pointer, 1)]
    while stack:
        part, at, depth = stack.pop()
        if depth > DEPTH_MAX and isinstance(part, list | dict):
            problems.append(Problem(at, *_TOO_DEEP))
        elif isinstance(part, str):
            if reason := _unfit_text(part):
                problems.append(Problem(at, *reason))
        elif isinstance(part, bool) or part is None:
            continue
        elif isinstance(part, int):
            if abs(part) > INTEGER_MAX:
                problems.append(Problem(at, "bad_number", "This integer is beyond 2^53 - 1.", "Send it as a string."))
        elif isinstance(part, float):
            if part != part or part in (float("inf"), float("-inf")):
                problems.append(Problem(at, "bad_number", "This number is not finite.", "Send a finite number."))
        elif isinstance(part, list):
            stack.extend((each, f"{at}/{index}", depth + 1) for index, each in enumerate(part))
        elif isinstance(part, dict):
            for key, each in part.items():
                if reason := _unfit_text(key):
                    problems.append(Problem(at, *reason))
                stack.append((each, f"{at}/{escape_pointer(key)}", depth + 1))
    return problems[::-1]


def escape_pointer(key: str) -> str:
    """One reference token of an RFC 6901 pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def _unfit_text(text: str) -> tuple[str, str, str] | None:
    if "\x00" in text:
        return "nul_character", "This text holds a NUL character.", "Remove U+0000."
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return "lone_surrogate", "This text holds half a surrogate pair.", "Send whole characters."
    return None


class _Refused(ValueError):
    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _Refused("duplicate_key", f"The key {key!r} stands twice in one object.", "Keep one of them.")
            seen.add(key)
    return found


def _refuse_constant(name: str) -> Any:
    raise _Refused("bad_number", f"{name} is not a JSON number.", "Send a finite number or null.")


def _malformed(pointer: str, code: str, message: str, remedy: str) -> Malformed:
    return Malformed([Problem(pointer, code, message, remedy)])
