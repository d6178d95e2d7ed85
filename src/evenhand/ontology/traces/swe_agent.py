"""A trajectory of SWE-agent: each entry is a step with its thought, one shell action and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenhand.core.canonical import read_json
from evenhand.core.errors import Malformed, Problem
from evenhand.ontology.messages import Found

_OF_A_STEP = ("action", "observation", "response", "thought", "state", "query", "execution_time")
_OF_A_RUN = ("trajectory", "info", "history", "environment", "instance", "instance_id")


def read_swe_agent(raw: Mapping[str, Any], at: str, found: Found) -> dict[str, Any]:
    """The trace of a `.traj` file. `history` repeats the steps: of it, what stands before them is taken, the rest is kept."""
    nodes = []
    for index, each in enumerate(raw["trajectory"]):
        if isinstance(each, dict):
            nodes.append(_step(each, index + 1))
        else:
            message, remedy = "An entry of a trajectory is an object.", 'Send {"action": …, "observation": …}.'
            found.problems.append(Problem(f"{at}/trajectory/{index}", "bad_value", message, remedy))
    trace: dict[str, Any] = {"nodes": nodes, "agent": {"name": "SWE-agent"}}
    context, statement = _given(raw)
    if context:
        trace["context"] = context
    named = {name: raw[name] for name in ("environment", "instance", "instance_id") if raw.get(name) is not None}
    task = ({"statement": statement} if statement else {}) | ({"reference": named} if named else {})
    info = dict(raw["info"]) if isinstance(raw.get("info"), dict) else {}
    outcome = {"stop": info.pop("exit_status", None), "submission": info.pop("submission", None)}
    outcome = {name: value for name, value in outcome.items() if value is not None}
    rest = {name: value for name, value in raw.items() if name not in _OF_A_RUN}
    rest |= ({"info": info} if info else {}) | ({"history": raw["history"]} if raw.get("history") else {})
    for name, value in (("task", task), ("outcome", outcome), ("meta", rest)):
        if value:
            trace[name] = value
    return trace


def _step(raw: Mapping[str, Any], number: int) -> dict[str, Any]:
    thought, response, action = (_text(raw.get(name)) for name in ("thought", "response", "action"))
    step: dict[str, Any] = {"type": "step", "id": f"s{number}"}
    if thought and thought != response:
        step["thought"] = thought
    if response:
        step["content"] = response
    if action.strip():
        step["calls"] = [{"id": f"c{number}", "name": "shell", "arguments": {"text": action}}]
    if observation := _text(raw.get("observation")):
        seen: dict[str, Any] = {"call": f"c{number}"} if "calls" in step else {}
        step["observations"] = [seen | {"content": observation}]
    state = raw.get("state")
    if isinstance(state, str):
        state = _read(state)
    if isinstance(state, dict):
        step["state"] = state
    meta = {name: value for name, value in raw.items() if name not in _OF_A_STEP}
    if raw.get("execution_time") is not None:
        meta["execution_time"] = raw["execution_time"]
    return step | ({"meta": meta} if meta else {})


def _given(raw: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
    """(instructions, statement of the task): what stands before the first step, demonstrations left out."""
    steps = raw["trajectory"]
    said = raw.get("history") or (steps[0].get("query") if steps and isinstance(steps[0], dict) else None)
    context: list[dict[str, Any]] = []
    for each in said if isinstance(said, list) else ():
        if not isinstance(each, dict) or each.get("is_demo"):
            continue
        text = _text(each.get("content"))
        if each.get("role") == "system":
            context.append({"role": "system", "content": text})
        else:
            return context, text if each.get("role") == "user" else ""
    return context, ""


def _text(raw: Any) -> str:
    """A text, also where it was sent as blocks."""
    if isinstance(raw, list):
        return "\n".join(_text(each.get("text")) for each in raw if isinstance(each, dict))
    return raw if isinstance(raw, str) else ""


def _read(text: str) -> Any:
    try:
        return read_json(text)
    except Malformed:
        return {"text": text} if text.strip() else None
