"""Traces that are a list of messages: OpenAI's, tau-bench's and tau2-bench's. A step is a reply with the calls that it makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evenhand.core.errors import Problem
from evenhand.ontology.messages import Found, read_message

_GIVING = ("system", "developer")
_ACTORS = {"user": "user", "assistant": "agent", "system": "system", "developer": "system", "tool": "environment"}
_OF_A_MESSAGE = ("name", "source_id", "meta")


class _Caller:
    """The step whose call an id means from here on: some logs count their calls anew in every turn."""

    def __init__(self, step: dict[str, Any], call: dict[str, Any], before: _Caller | None) -> None:
        self.step = step
        self.turn: int = before.turn + 1 if before else 1
        if before:
            call["source_id"] = call["id"]
            call["id"] = f"{call['id']}.{self.turn}"
        self.id = call["id"]


def read_messages(raw: Sequence[Any], at: str, found: Found) -> dict[str, Any]:
    """`{"context": […], "nodes": […]}`: what was given before anybody spoke, then a step for everybody's turn."""
    context: list[dict[str, Any]] = []
    nodes: list[dict[str, Any]] = []
    callers: dict[Any, _Caller] = {}
    for index, each in enumerate(_flat(raw)):
        message = read_message(_usual(each), f"{at}/{index}", found)
        if message is None:
            continue
        if message["role"] in _GIVING and not nodes:
            context.append({"role": message["role"], "content": message["content"]})
        elif message["role"] == "tool":
            _answer(message, nodes, callers, f"{at}/{index}", found)
        else:
            step = _step(message)
            nodes.append(step)
            for call in step.get("calls", ()):
                if (given := call.get("id")) is not None:
                    callers[given] = _Caller(step, call, callers.get(given))
    return {"nodes": nodes} | ({"context": context} if context else {})


def read_openai(raw: Mapping[str, Any], at: str, found: Found) -> dict[str, Any]:
    """An object with `messages`, as requests and logs of them have it; `tools` come along."""
    rest = {name: value for name, value in raw.items() if name not in ("messages", "tools", "id")}
    trace = read_messages(raw["messages"], f"{at}/messages", found)
    if isinstance(raw.get("id"), str):
        trace["id"] = raw["id"]
    if tools := tools_of(raw.get("tools")):
        trace["tools"] = tools
    return trace | ({"meta": rest} if rest else {})


def read_tau(raw: Mapping[str, Any], at: str, found: Found) -> dict[str, Any]:
    """One run of tau-bench (`traj`) or tau2-bench (`messages` with a `reward_info`)."""
    said = "traj" if "traj" in raw else "messages"
    trace = read_messages(raw[said], f"{at}/{said}", found)
    info: dict[str, Any] = dict(raw["info"]) if isinstance(raw.get("info"), dict) else {}
    given = info.pop("task", None)
    task = dict(given) if isinstance(given, dict) else {}
    statement = task.pop("instruction", None)
    reference = {"task_id": raw.get("task_id"), **task}
    trace["task"] = {"reference": {name: value for name, value in reference.items() if value is not None}}
    if isinstance(statement, str):
        trace["task"]["statement"] = statement
    reward_info = raw["reward_info"] if isinstance(raw.get("reward_info"), dict) else {}
    reward = raw.get("reward", reward_info.get("reward"))
    outcome: dict[str, Any] = {}
    if isinstance(reward, int | float) and not isinstance(reward, bool):
        outcome = {"reward": reward, "success": reward >= 1}
        trace["nodes"].append({"type": "score", "name": "reward", "value": reward, "by": "program"})
    if isinstance(raw.get("termination_reason"), str):
        outcome["stop"] = raw["termination_reason"]
    if outcome:
        trace["outcome"] = outcome
    used = (said, "info", "task_id", "reward", "termination_reason", "id")
    rest = {name: value for name, value in raw.items() if name not in used} | ({"info": info} if info else {})
    if isinstance(raw.get("id"), str):
        trace["id"] = raw["id"]
    return trace | ({"meta": rest} if rest else {})


def tools_of(raw: Any) -> list[dict[str, Any]]:
    """Tools as they were offered: `{"function": {…}}` or the function itself; what has no name is left out."""
    tools = []
    for each in raw if isinstance(raw, list) else ():
        function = each.get("function", each) if isinstance(each, dict) else None
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            tools.append({name: value for name, value in function.items() if value is not None})
    return tools


def _flat(raw: Sequence[Any]) -> list[Any]:
    """tau2 keeps several results of one turn in one message."""
    flat: list[Any] = []
    for each in raw:
        inner = each.get("tool_messages") if isinstance(each, dict) else None
        flat.extend(inner if isinstance(inner, list) else [each])
    return flat


def _usual(raw: Any) -> Any:
    """A result that names its call by `id` and its failure by `error`, as tau2 and Inspect write it, as others do."""
    if not isinstance(raw, dict):
        return raw
    if raw.get("role") == "tool" and "tool_call_id" not in raw and isinstance(raw.get("id"), str):
        return {name: value for name, value in raw.items() if name != "id"} | {"tool_call_id": raw["id"]}
    if isinstance(calls := raw.get("tool_calls"), list):
        return raw | {"tool_calls": [_usual_call(each) for each in calls]}
    return raw


def _usual_call(raw: Any) -> Any:
    if isinstance(raw, dict) and isinstance(raw.get("function"), str):
        return {name: value for name, value in raw.items() if name != "function"} | {"name": raw["function"]}
    return raw


def _step(message: Mapping[str, Any]) -> dict[str, Any]:
    step: dict[str, Any] = {"type": "step", "actor": _ACTORS[message["role"]]}
    step |= {name: message[name] for name in _OF_A_MESSAGE if name in message}
    for block in message["content"]:
        where = {"reasoning": "thought", "tool_call": "calls"}.get(block["type"], "content")
        each = {name: value for name, value in block.items() if name != "type"} if where == "calls" else block
        step.setdefault(where, []).append(each)
    return step


def _answer(
    message: Mapping[str, Any],
    nodes: list[dict[str, Any]],
    callers: Mapping[Any, _Caller],
    at: str,
    found: Found,
) -> None:
    """What a tool gave back goes to the step that called it."""
    failed = message.get("meta", {}).get("error")
    for block in message["content"]:
        if block["type"] == "tool_result":
            seen = {name: value for name, value in block.items() if name != "type"}
        else:
            seen = {"is_error": False, "content": [block]}
        if failed:
            seen["is_error"] = True
        caller = callers.get(seen.get("call"))
        if caller is not None:
            step, seen["call"] = caller.step, caller.id
        else:
            if "call" in seen:
                text = f"A tool's result answers {seen['call']!r}, which was not called before it."
                found.problems.append(
                    Problem(at, "dangling_reference", text, "Send the message that calls it, too.", None, True)
                )
                seen["meta"] = {"call": seen.pop("call")}
            if nodes and nodes[-1].get("type") == "step":
                step = nodes[-1]
            else:
                step = {"type": "step", "actor": "environment"}
                nodes.append(step)
        step.setdefault("observations", []).append(seen)
