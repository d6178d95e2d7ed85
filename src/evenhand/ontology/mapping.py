"""Reading old answers through a question's `migrate`: options that were renamed or merged (1.4). The answers stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from evenhand.core.canonical import JsonValue, escape_pointer
from evenhand.core.errors import Problem
from evenhand.ontology.kind import QuestionKind


class Migration(BaseModel):
    """What `migrate` may say: a removed option -> the option that its answers count for."""

    model_config = ConfigDict(extra="forbid", strict=True)

    option: dict[str, str]


def migrate_problems(kind: QuestionKind, settings: Any, migrate: Mapping[str, Any] | None) -> Iterator[Problem]:
    """What is wrong with a question's `migrate`. settings: valid ones of its kind. Pointers begin at the question."""
    if migrate is None:
        return
    # Of a plug-in's kind that is older than the field, nothing can be mapped.
    if not getattr(kind, "maps_options", False):
        message = f"Answers of the kind {kind.name} cannot be read through a map."
        yield Problem("/migrate", "bad_settings", message, "Leave migrate out; raise epoch if the meaning changed.")
        return
    try:
        options = Migration.model_validate(migrate).option
    except ValidationError:
        remedy = 'Write {"option": {"what it was": "what it is now"}}.'
        yield Problem("/migrate", "bad_settings", "migrate maps options to options, as texts.", remedy)
        return
    offered = [option.value for option in settings.options]
    for old, new in options.items():
        at = f"/migrate/option/{escape_pointer(old)}"
        if old in offered:
            yield Problem(at, "bad_settings", f"{old!r} is still an option.", "Map only options that are gone.")
        if new not in offered:
            yield Problem(
                at, "unknown_option", f"{new!r} is no option.", "Map it to one of the options.", tuple(offered[:20])
            )


def mapped_options(migrate: Mapping[str, Any] | None) -> dict[str, str]:
    """Option -> option, of a valid `migrate`."""
    return dict((migrate or {}).get("option", {}))


def read_through(options: Mapping[str, str], value: JsonValue) -> JsonValue:
    """An answer as it counts now: each of its options through the map, and one that is chosen twice by that once."""
    if isinstance(value, str):
        return options.get(value, value)
    if isinstance(value, list):
        return [*dict.fromkeys(options.get(each, each) if isinstance(each, str) else each for each in value)]
    return value
