"""Values held against a JSON Schema that a customer sent: nothing is fetched for it, and no pattern of it takes long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evenhand.core.canonical import escape_pointer
from evenhand.core.errors import Problem

DEFECTS_MAX = 20


def schema_problems(schema: Any, value: Any) -> Iterator[Problem]:
    """What a value has against a schema (2020-12), pointers below the value; nothing where the schema itself cannot be read."""
    import jsonschema_rs

    try:
        # Linear patterns: a schema comes from outside, and a backtracking one could be made to run for hours.
        validator = jsonschema_rs.Draft202012Validator(
            schema, retriever=_refuse, pattern_options=jsonschema_rs.RegexOptions()
        )
    except (jsonschema_rs.ValidationError, ValueError, RecursionError):
        return
    for count, error in enumerate(validator.iter_errors(value)):
        if count == DEFECTS_MAX:
            return
        pointer = "".join(f"/{escape_pointer(str(step))}" for step in error.instance_path)
        yield Problem(pointer, "bad_value", f"{error.message.rstrip('.')}.", "Follow the schema of the tool.")


def _refuse(address: str) -> Any:
    raise ValueError(f"{address} is elsewhere")
