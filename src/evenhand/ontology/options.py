"""Options and labels: what may be chosen, how it is shown, which key picks it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from evenhand.core.errors import Problem
from evenhand.ontology.texts import Text, in_language

COUNT_MAX = 10_000


class Option(BaseModel):
    """One thing to choose. `value` is stored, everything else is shown."""

    model_config = ConfigDict(extra="forbid", strict=True)

    value: Annotated[str, Field(min_length=1, max_length=256)]
    text: Text | None = None
    key: Annotated[str, Field(max_length=20)] | None = None
    color: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] | None = None
    help: Text | None = None
    fixed: bool = False
    exclusive: bool = False

    @field_validator("value")
    @classmethod
    def _printable(cls, value: str) -> str:
        if any(ord(character) < 32 or ord(character) == 127 for character in value):
            raise ValueError("an option has no control characters")
        return value

    def shown(self) -> str:
        """What people read."""
        return in_language(self.text, "en", self.value)


def duplicate_values(options: Sequence[Option], pointer: str) -> list[Problem]:
    """Options that a person could not tell apart: equal after NFC and case folding."""
    import unicodedata

    seen: set[str] = set()
    problems = []
    for index, option in enumerate(options):
        folded = unicodedata.normalize("NFC", option.value).casefold()
        if folded in seen:
            message = f"The option {option.value!r} stands twice."
            problems.append(
                Problem(f"{pointer}/{index}/value", "duplicate_value", message, "Give each option its own value.")
            )
        seen.add(folded)
    return problems


def changes_of_options(old: Sequence[Option], new: Sequence[Option], word: str) -> list[tuple[str, str]]:
    """What a change of options means for stored answers."""
    before, after = [each.value for each in old], [each.value for each in new]
    changes = []
    if gone := [value for value in before if value not in after]:
        changes.append(("narrowing", f"{word} {', '.join(gone[:5])} removed."))
    if added := [value for value in after if value not in before]:
        changes.append(("widening", f"{word} {', '.join(added[:5])} added."))
    if not changes and list(old) != list(new):
        changes.append(("cosmetic", f"{word}s look different."))
    return changes


def text_of(options: Sequence[Option], value: str) -> str:
    """An option's text by its value."""
    return next((option.shown() for option in options if option.value == value), value)
