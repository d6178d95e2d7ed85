"""Suggestions: what a model would answer, sent with an item. None is an answer; an annotation says which its task came with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evenhand.core.canonical import digest
from evenhand.core.errors import Malformed, Problem

ID_LENGTH_MAX = 64


def suggestions_of(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The suggestions of an item as annotators get them, each with an id: its own, or sg1, sg2, … by its place."""
    return [{**each, "id": each.get("id", f"sg{place}")} for place, each in enumerate(item.get("suggestions") or (), 1)]


def check_ids(suggestions: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Every id that is none, or that two have."""
    problems, seen = [], set()
    for index, each in enumerate(suggestions_of({"suggestions": suggestions})):
        id_ = each["id"]
        if not isinstance(id_, str) or not 0 < len(id_) <= ID_LENGTH_MAX:
            message = f"An id is a text of 1 to {ID_LENGTH_MAX} characters."
            problems.append(Problem(f"/suggestions/{index}/id", "bad_id", message, "Leave it out, or send a text."))
        elif id_ in seen:
            message = "Two suggestions have this id."
            problems.append(Problem(f"/suggestions/{index}/id", "duplicate_id", message, "Give each its own."))
        else:
            seen.add(id_)
    return problems


def recorded(item: Mapping[str, Any], shown: Mapping[str, bool], *, is_hidden: bool) -> list[dict[str, Any]]:
    """What an annotation says of the suggestions that its task came with.

    shown: by id, whether it was on the screen, as the client says; of others that stays unknown (None). is_hidden: they were kept
    from the annotator, so none was shown. The digest tells which suggestion it was without repeating it. Raises Malformed for an id
    that no suggestion of this assignment has.
    """
    sent = suggestions_of(item)
    known = set() if is_hidden else {each["id"] for each in sent}
    if unknown := sorted(shown.keys() - known):
        message = f"This task came with no suggestion {unknown[0]!r}."
        raise Malformed([Problem("/suggestions", "unknown_id", message, "Send ids of the assignment's suggestions.")])
    return [
        {
            "id": each["id"],
            **({"model": each["model"]} if isinstance(each.get("model"), str) else {}),
            "digest": digest(each["answers"]),
            **({"hidden": True, "shown": False} if is_hidden else {"shown": shown.get(each["id"])}),
        }
        for each in sent
    ]
