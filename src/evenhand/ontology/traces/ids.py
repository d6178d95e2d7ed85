"""An id for every node and call of a trace: those that fit stay, others are made in order, and references follow."""

from __future__ import annotations

import re
from typing import Any

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PREFIX = {"span": "g", "step": "s", "score": "e"}


def with_ids(trace: dict[str, Any]) -> dict[str, Any]:
    """The trace, changed in place: ids that fit and are free stay, others become s1, g1, e1, c1; what was is `source_id`."""
    parts = [part for node in trace["nodes"] for part in (node, *node.get("calls", ()))]
    reserved = {part["id"] for part in parts if isinstance(part.get("id"), str)}
    taken: set[str] = set()
    counts: dict[str, int] = {}
    renamed: dict[str, str] = {}

    def take(prefix: str, part: dict[str, Any]) -> str:
        old = part.get("id")
        if isinstance(old, str) and _ID.fullmatch(old) and old not in taken:
            taken.add(old)
            return old
        if isinstance(old, str):
            part.setdefault("source_id", old)
        while True:
            counts[prefix] = counts.get(prefix, 0) + 1
            made = f"{prefix}{counts[prefix]}"
            if made not in reserved and made not in taken:
                taken.add(made)
                return made

    for node in trace["nodes"]:
        for prefix, part in [(_PREFIX[node["type"]], node), *(("c", call) for call in node.get("calls", ()))]:
            old, made = part.get("id"), take(prefix, part)
            part["id"] = made
            if isinstance(old, str):
                renamed.setdefault(old, made)
    for node in trace["nodes"]:
        for name in ("parent", "alternative_of"):
            if name in node:
                node[name] = renamed[node[name]]
        for each in node.get("observations", ()):
            if "call" in each:
                each["call"] = renamed.get(each["call"], each["call"])
    return trace
