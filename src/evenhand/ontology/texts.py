"""Texts a person reads: a plain string in the ontology's language, or a map from BCP 47 tags."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import Field

_TAG = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
LANGUAGE = re.compile(_TAG)
Language: TypeAlias = Annotated[str, Field(pattern=_TAG)]
_Words: TypeAlias = Annotated[str, Field(max_length=20_000)]
Text: TypeAlias = _Words | dict[Language, _Words]


def in_language(text: str | dict[str, str] | None, language: str, default: str = "") -> str:
    """The text for a reader: exact tag, RFC 4647 truncation, English, then the first there is."""
    if text is None:
        return default
    if isinstance(text, str):
        return text
    tag = language
    while tag:
        for known, value in text.items():
            if known.casefold() == tag.casefold():
                return value
        tag = tag.rpartition("-")[0]
    return text.get("en") or next(iter(text.values()), default)
