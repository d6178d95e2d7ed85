"""A trace in our own form: nodes in time order, each a span, a step or a score, every defect with its pointer (2.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evenhand.core.errors import Problem
from evenhand.ontology.messages import Found, read_blocks

NODES_MAX = 10_000
CALLS_MAX = 10_000
DEPTH_MAX = 32
TYPES = ("span", "step", "score")
ACTORS = ("agent", "user", "system", "environment")
Node = dict[str, Any]

_TOP = ("id", "source_id", "task", "agent", "tools", "context", "nodes", "outcome", "timescale", "origin")
_SHARED = ("id", "source_id", "type", "parent", "name", "started", "ended", "error")
_FIELDS = {
    "span": (*_SHARED, "model"),
    "step": (
        *_SHARED, "actor", "thought", "content", "calls", "observations", "state", "usage", "model", "reward", "finish",
        "alternative_of", "by",
    ),
    "score": (*_SHARED, "value", "explanation", "by"),
}  # fmt: skip
_TICKS = ("started", "ended")
_TEXTS = ("name", "finish", "explanation", "by", "parent", "alternative_of", "error")
_OBJECTS = ("usage", "state")


def read_own(raw: Mapping[str, Any], at: str, found: Found) -> dict[str, Any]:
    """A trace whose fields, blocks and references are whole where `found` holds no errors; ids still as given."""
    trace = _kept(raw, _TOP)
    _check_top(trace, at, found)
    if "context" in trace:
        trace["context"] = [
            message
            for n, each in _each(trace["context"], f"{at}/context", found)
            if (message := _said(each, f"{at}/context/{n}", found)) is not None
        ]
        if not trace["context"]:
            del trace["context"]
    nodes = [
        node
        for n, each in _each(raw.get("nodes"), f"{at}/nodes", found)
        if (node := _node(each, f"{at}/nodes/{n}", found)) is not None
    ]
    trace["nodes"] = nodes
    if found.problems and any(not each.is_warning for each in found.problems):
        return trace
    calls = sum(len(node.get("calls", ())) for node in nodes)
    if len(nodes) > NODES_MAX or calls > CALLS_MAX:
        limit = f"A trace has at most {NODES_MAX} nodes and {CALLS_MAX} calls."
        found.problems.append(Problem(f"{at}/nodes", "too_large", limit, "Split it into several."))
    elif not any(node["type"] == "step" for node in nodes):
        found.problems.append(Problem(f"{at}/nodes", "bad_value", "This trace has no steps.", "Send at least one."))
    else:
        found.problems.extend(_references(nodes, f"{at}/nodes"))
    return trace


def _check_top(trace: Mapping[str, Any], at: str, found: Found) -> None:
    def refuse(name: str, what: str, remedy: str) -> None:
        found.problems.append(Problem(f"{at}/{name}", "bad_value", what, remedy))

    for name in ("task", "agent", "outcome"):
        if name in trace and not isinstance(trace[name], dict):
            refuse(name, f"{name} is an object.", "Send an object, or leave it out.")
    statement = trace["task"].get("statement") if isinstance(trace.get("task"), dict) else None
    if statement is not None and not isinstance(statement, str):
        refuse("task/statement", "The statement of a task is a text.", "Send it as a text.")
    tools = trace.get("tools", [])
    if not isinstance(tools, list) or not all(
        isinstance(each, dict) and isinstance(each.get("name"), str) for each in tools
    ):
        refuse("tools", "Tools are a list of objects with a name.", 'Send [{"name": …, "parameters": {…}}].')
    timescale = trace.get("timescale", 1000)
    if type(timescale) is not int or timescale < 1:
        refuse(
            "timescale", "The timescale is how many ticks make a second.", "Send a whole number, 1000 for milliseconds."
        )
    for name in ("id", "origin"):
        if name in trace and not isinstance(trace[name], str):
            refuse(name, f"{name} is a text.", "Send it as a text.")


def _said(raw: Any, at: str, found: Found) -> dict[str, Any] | None:
    if not isinstance(raw, dict) or not isinstance(raw.get("role", "system"), str):
        text = "What was said before is an object with a role."
        found.problems.append(Problem(at, "bad_value", text, 'Send {"role": "system", "content": …}.'))
        return None
    return {"role": raw.get("role", "system"), "content": read_blocks(raw.get("content"), f"{at}/content", found)}


def _node(raw: Any, at: str, found: Found) -> Node | None:
    if not isinstance(raw, dict):
        found.problems.append(Problem(at, "bad_value", "A node is an object.", 'Send {"type": "step", …}.'))
        return None
    type_ = raw.get("type", "step")
    if type_ not in TYPES:
        message, remedy = "There are no nodes of this type.", "Take one of these."
        found.problems.append(Problem(f"{at}/type", "unknown_option", message, remedy, TYPES))
        return None
    node = _kept(raw, _FIELDS[type_]) | {"type": type_}
    found.problems.extend(_plain_fields(node, at))
    if type_ == "step":
        node["actor"] = node.get("actor", "agent")
        if node["actor"] not in ACTORS:
            message = "Nobody of that kind acts."
            found.problems.append(Problem(f"{at}/actor", "unknown_option", message, "Take one of these.", ACTORS))
        _read_step(node, at, found)
    return node


def _plain_fields(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    for name in _TICKS:
        if name in node and type(node[name]) is not int:
            yield Problem(f"{at}/{name}", "bad_value", f"{name} counts ticks.", "Send a whole number.")
    for name in _TEXTS:
        if name in node and not isinstance(node[name], str):
            yield Problem(f"{at}/{name}", "bad_value", f"{name} is a text.", "Send it as a text.")
    for name in _OBJECTS:
        if name in node and not isinstance(node[name], dict):
            yield Problem(f"{at}/{name}", "bad_value", f"{name} is an object.", "Send an object.")
    reward = node.get("reward")
    if reward is not None and (isinstance(reward, bool) or not isinstance(reward, int | float)):
        yield Problem(f"{at}/reward", "bad_value", "A reward is a number.", "Send a number.")


def _read_step(node: Node, at: str, found: Found) -> None:
    for name in ("thought", "content"):
        if name in node:
            type_ = {"thought": "reasoning"}.get(name, "text")
            given = [{"type": type_, "text": node[name]}] if isinstance(node[name], str) else node[name]
            node[name] = read_blocks(given, f"{at}/{name}", found)
    if "calls" in node:
        node["calls"] = [
            _call(each, f"{at}/calls/{n}", found) for n, each in _each(node["calls"], f"{at}/calls", found)
        ]
    if "observations" in node:
        given = node["observations"]
        seen = [{"content": given}] if isinstance(given, str) else given
        node["observations"] = [
            _observation(each, f"{at}/observations/{n}", found) for n, each in _each(seen, f"{at}/observations", found)
        ]
    for name in ("thought", "content", "calls", "observations"):
        if node.get(name) == []:
            del node[name]


def _call(raw: Any, at: str, found: Found) -> Node:
    (block,) = read_blocks({**raw, "type": "tool_call"} if isinstance(raw, dict) else [raw], at, found)
    if block.get("type") != "tool_call":
        found.problems.append(Problem(at, "bad_value", "A call names its tool.", 'Send {"name": …, "arguments": {…}}.'))
        return {"name": ""}
    call = {name: value for name, value in block.items() if name != "type"}
    kept = {name: raw[name] for name in ("source_id", "meta") if raw.get(name) is not None}
    return call | kept


def _observation(raw: Any, at: str, found: Found) -> Node:
    if isinstance(raw, str):
        raw = {"content": raw}
    if not isinstance(raw, dict):
        text = "What came back is a text or an object."
        found.problems.append(Problem(at, "bad_value", text, 'Send {"call": …, "content": …}.'))
        return {"is_error": False, "content": []}
    if raw.get("call") is not None and not isinstance(raw["call"], str):
        found.problems.append(Problem(f"{at}/call", "bad_value", "call is the id of a call.", "Send it as a text."))
    (block,) = read_blocks({**raw, "type": "tool_result"}, at, found)
    kept = {name: raw[name] for name in ("truncated", "meta") if raw.get(name)}
    return {name: value for name, value in block.items() if name != "type"} | kept


# --------------------------------------------------------------------------------------------------------- references --
def _references(nodes: Sequence[Node], at: str) -> Iterator[Problem]:
    yield from _doubles(nodes, at)
    types = {node["id"]: node["type"] for node in nodes if isinstance(node.get("id"), str)}
    called: set[Any] = set()
    for n, node in enumerate(nodes):
        here = f"{at}/{n}"
        parent, other = node.get("parent"), node.get("alternative_of")
        if parent is not None and types.get(parent, "score") == "score":
            message = f"There is no span or step {parent!r} for this to stand under."
            yield Problem(
                f"{here}/parent", "dangling_reference", message, "Name a node by its id, or leave parent out."
            )
        if other is not None and (types.get(other) != "step" or other == node.get("id")):
            message = f"There is no other step {other!r} for this to stand in for."
            yield Problem(f"{here}/alternative_of", "dangling_reference", message, "Name a step by its id.")
        called.update(call.get("id") for call in node.get("calls", ()))
        for place, each in enumerate(node.get("observations", ())):
            if each.get("call") is not None and each["call"] not in called:
                message = f"{each['call']!r} was not called by this step or an earlier one."
                remedy = "Name a call by its id, or leave call out."
                yield Problem(f"{here}/observations/{place}/call", "dangling_reference", message, remedy)
    yield from _cycles(nodes, at)


def _doubles(nodes: Sequence[Node], at: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for n, node in enumerate(nodes):
        places = [(f"{at}/{n}/id", node.get("id"))]
        places += [(f"{at}/{n}/calls/{place}/id", call.get("id")) for place, call in enumerate(node.get("calls", ()))]
        for place, given in places:
            if given is None:
                continue
            if not isinstance(given, str):
                yield Problem(place, "bad_value", "An id is a text.", "Send it as a text, or leave it out.")
            elif given in seen:
                remedy = "Give every node and every call its own id, or none."
                yield Problem(place, "duplicate_id", f"The id {given!r} stands twice.", remedy)
            else:
                seen.add(given)


def _cycles(nodes: Sequence[Node], at: str) -> Iterator[Problem]:
    parents = {node["id"]: node.get("parent") for node in nodes if isinstance(node.get("id"), str)}
    for n, node in enumerate(nodes):
        above, count = node.get("parent"), 0
        while above is not None and count <= DEPTH_MAX and above != node.get("id"):
            above, count = parents.get(above), count + 1
        if above is not None and above == node.get("id"):
            message = "This node stands under itself: its parents go round in a circle."
            yield Problem(f"{at}/{n}/parent", "cycle", message, "Let the parents end at a node without one.")
        elif above is not None and count > DEPTH_MAX:
            message = f"This node stands deeper than {DEPTH_MAX}, or under a circle of parents."
            yield Problem(f"{at}/{n}/parent", "too_deep", message, "Put it under a node further up.")


# ---------------------------------------------------------------------------------------------------------------- ids --
def _each(raw: Any, at: str, found: Found) -> list[tuple[int, Any]]:
    if not isinstance(raw, list):
        found.problems.append(Problem(at, "bad_value", "This is not a list.", "Send a list."))
        return []
    return list(enumerate(raw))


def _kept(raw: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """Known fields as they are, everything unknown under `meta`, which is carried and not shown."""
    kept = {name: raw[name] for name in fields if raw.get(name) is not None}
    given = raw.get("meta")
    meta = {**(given if isinstance(given, dict) else {})}
    meta |= {name: value for name, value in raw.items() if name not in fields and name != "meta" and value is not None}
    return kept | ({"meta": meta} if meta else {})
