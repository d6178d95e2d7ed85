"""Which form of trace was sent, and the one reader for all of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from evenhand.core.canonical import unfit_parts
from evenhand.core.errors import Problem
from evenhand.ontology.messages import Found
from evenhand.ontology.traces.conversation import read_messages, read_openai, read_tau
from evenhand.ontology.traces.inspect_log import is_sample, read_log, read_sample
from evenhand.ontology.traces.otel import is_otlp, read_otlp
from evenhand.ontology.traces.own import read_own
from evenhand.ontology.traces.solutions import is_stepwise, read_prm800k, read_stepwise
from evenhand.ontology.traces.swe_agent import read_swe_agent

_Raw = Mapping[str, Any]
_Read = Callable[[_Raw, str, Found], dict[str, Any]]


def _lists(*names: str) -> Callable[[_Raw], bool]:
    return lambda raw: all(isinstance(raw.get(name), list) for name in names)


def _is_prm800k(raw: _Raw) -> bool:
    label = raw.get("label")
    return isinstance(raw.get("question"), dict) and isinstance(label, dict) and isinstance(label.get("steps"), list)


def _is_tau(raw: _Raw) -> bool:
    is_tau2 = isinstance(raw.get("reward_info"), dict) or "termination_reason" in raw
    return isinstance(raw.get("traj"), list) or (isinstance(raw.get("messages"), list) and is_tau2)


# The more particular form first: a sample of Inspect and a run of tau2 have messages, too.
FORMS: tuple[tuple[str, Callable[[_Raw], bool], _Read], ...] = (
    ("OpenTelemetry", is_otlp, read_otlp),
    ("SWE-agent", _lists("trajectory"), read_swe_agent),
    ("Inspect", lambda raw: isinstance(raw.get("eval"), dict), read_log),
    ("Inspect", is_sample, read_sample),
    ("tau-bench", _is_tau, read_tau),
    ("PRM800K", _is_prm800k, read_prm800k),
    ("steps", is_stepwise, read_stepwise),
    ("messages", _lists("messages"), read_openai),
)
_COLUMNS = frozenset({
    "id", "task", "agent", "tools", "context", "nodes", "outcome", "timescale", "origin", "meta",
    "resourceSpans", "resource_spans", "spans",
    "trajectory", "info", "history", "environment", "instance", "instance_id", "replay_config",
    "traj", "task_id", "reward", "trial", "reward_info", "termination_reason", "messages",
    "eval", "samples", "status", "plan", "results", "stats", "version", "epoch", "input", "target", "output", "scores",
    "events", "transcript", "attachments", "store", "model_usage", "choices", "files", "setup",
    "question", "label", "prompt", "problem", "completions", "steps", "labels",
})  # fmt: skip


def is_of_trace(name: str) -> bool:
    """Whether a column of this name is part of a trace, when a row as a whole is one."""
    return name in _COLUMNS


def is_whole_trace(row: _Raw) -> bool:
    """Whether a row as a whole has the looks of a trace: a run that was logged, not merely something that was said."""
    return _lists("nodes")(row) or any(is_mine(row) for name, is_mine, _ in FORMS if name != "messages")


def read_trace(content: Any, found: Found, at: str = "") -> dict[str, Any]:
    """The trace in our form; whole only when `found` holds no errors. Ids are still as given."""
    if isinstance(content, dict) and "json" in content and "nodes" not in content:
        return read_trace(content["json"], found, f"{at}/json")
    if isinstance(content, dict) and "nodes" in content:
        return read_own(content, at, found)
    if isinstance(content, list):
        if is_otlp({"resourceSpans": content}):
            return _made(read_otlp({"resourceSpans": content}, at, found), at, found)
        return _made(read_messages(content, at, found), at, found)
    read = next((read for _, is_mine, read in FORMS if isinstance(content, dict) and is_mine(content)), None)
    if read is None:
        message = "This is not a trace in any form that is known."
        remedy = 'Send {"nodes": […]}, messages, OTLP spans, a .traj, or one sample of an evaluation log.'
        found.problems.append(Problem(at, "bad_value", message, remedy))
        return {"nodes": []}
    return _made(read(content, at, found), at, found)


def _made(trace: dict[str, Any], at: str, found: Found) -> dict[str, Any]:
    """What was read from another form, in ours. Where ours refuses what came of it, the whole is named: its places are others."""
    if any(not each.is_warning for each in found.problems):
        return trace
    again = Found()
    whole = read_own(copy.deepcopy(trace), "", again)
    refused = [each for each in again.problems if not each.is_warning]
    refused = refused or unfit_parts(whole)
    found.problems.extend(
        Problem(at, each.code, f"{each.message} (In the trace that this makes: {each.pointer})", each.remedy)
        for each in refused[:20]
    )
    return whole
