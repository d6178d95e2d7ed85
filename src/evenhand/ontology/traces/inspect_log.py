"""A sample of an Inspect evaluation log: model and tool events make steps, spans group them, scores stand beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from evenhand.core.canonical import INTEGER_MAX
from evenhand.core.errors import Problem
from evenhand.ontology.messages import Found
from evenhand.ontology.traces.conversation import read_messages, tools_of

_MICROSECOND = 1_000_000
_REFERENCES = ("attachment://", "tc://")
_OF_A_SAMPLE = (
    "id", "epoch", "input", "target", "choices", "messages", "output", "scores", "events", "transcript", "attachments", "tools",
)  # fmt: skip
_LOOKS = ("events", "transcript", "epoch", "output")
Event = Mapping[str, Any]


def is_sample(raw: Mapping[str, Any]) -> bool:
    """Whether it is one sample of a log."""
    return isinstance(raw.get("messages"), list) and sum(name in raw for name in _LOOKS) >= 2


def read_log(raw: Mapping[str, Any], at: str, found: Found) -> dict[str, Any]:
    """A whole log of one sample. Refused where it has more: each is a row of its own."""
    samples = raw.get("samples")
    if not isinstance(samples, list) or len(samples) != 1 or not isinstance(samples[0], dict):
        count = len(samples) if isinstance(samples, list) else 0
        message = f"This log holds {count} samples."
        found.problems.append(Problem(f"{at}/samples", "count", message, "Send each sample as a row of its own."))
        return {"nodes": []}
    trace = read_sample(samples[0], f"{at}/samples/0", found)
    about = raw["eval"]
    agent = {"name": about.get("task"), "model": {"name": about.get("model")}}
    if all(isinstance(each, str) for each in (about.get("task"), about.get("model"))):
        trace["agent"] = agent
    return trace


def read_sample(raw: Mapping[str, Any], at: str, found: Found) -> dict[str, Any]:
    """The trace of one sample: of its events where it has them, else of its messages."""
    sample = _resolved(raw)
    events = [each for each in _events(sample) if isinstance(each, dict)]
    has_steps = any(each.get("event") == "model" for each in events)
    trace = _Run(events).trace() if has_steps else read_messages(sample["messages"], f"{at}/messages", found)
    if not any(node["type"] == "score" for node in trace["nodes"]):
        scores = sample["scores"] if isinstance(sample.get("scores"), dict) else {}
        trace["nodes"].extend(_score(name, each) for name, each in scores.items())
    reference = {name: sample[name] for name in ("target", "choices") if sample.get(name) not in (None, "", [])}
    task = {"statement": sample["input"]} if isinstance(sample.get("input"), str) else {}
    task |= {"reference": reference} if reference else {}
    if task:
        trace["task"] = task
    rest = {name: value for name, value in sample.items() if name not in _OF_A_SAMPLE and value not in (None, {}, [])}
    rest |= {"sample": {name: sample[name] for name in ("id", "epoch") if name in sample}} | trace.get("meta", {})
    trace["meta"] = rest
    return trace


class _Run:
    """The nodes that events become. Times are microseconds since the first event."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events
        self.nodes: list[dict[str, Any]] = []
        self.open: list[str] = []
        self.steps: dict[Any, tuple[dict[str, Any], str]] = {}  # id of a call -> its step, its own id
        self.last: dict[str, Any] | None = None
        self.said: set[str] = set()
        self.context: list[dict[str, Any]] = []
        self.tools: list[dict[str, Any]] = []
        self.left: list[Event] = []
        self.stop: str | None = None
        self.count = 0
        times = [time for each in events if (time := _time(each.get("timestamp"))) is not None]
        self.zero = min(times, default=None)

    def trace(self) -> dict[str, Any]:
        for event in self.events:
            self._take(event)
        used = {node["parent"] for node in self.nodes if node["type"] != "span" and "parent" in node}
        for node in self.nodes[::-1]:
            if node["type"] == "span" and node["id"] in used and "parent" in node:
                used.add(node["parent"])
        nodes = [node for node in self.nodes if node["type"] != "span" or node["id"] in used]
        trace: dict[str, Any] = {"nodes": nodes}
        if self.zero is not None:
            trace |= {"timescale": _MICROSECOND, "origin": self.zero.isoformat()}
        for name, value in (("context", self.context), ("tools", self.tools)):
            if value:
                trace[name] = value
        if self.stop:
            trace["outcome"] = {"stop": self.stop}
        return trace | ({"meta": {"events": self.left}} if self.left else {})

    def _take(self, event: Event) -> None:
        kind = event.get("event")
        if kind in ("span_begin", "step", "subtask") and event.get("action") != "end":
            self._begin(event)
        elif kind == "span_end" or (kind in ("step", "subtask") and event.get("action") == "end"):
            if self.open:
                self.open.pop()
        elif kind == "model":
            self._model(event)
        elif kind == "tool":
            self._tool(event)
        elif kind == "score" and isinstance(event.get("score"), dict):
            name = next((node["name"] for node in self.nodes if self.open and node.get("id") == self.open[-1]), "score")
            self.nodes.append(self._under(_score(str(name), event["score"])))
        elif kind == "error" and self.last is not None:
            error = event.get("error")
            self.last["error"] = str(error.get("message", error) if isinstance(error, dict) else error)
        elif kind == "sample_limit":
            self.stop = str(event.get("type", "limit"))
        elif kind != "sample_init":
            self.left.append(event)

    def _under(self, node: dict[str, Any]) -> dict[str, Any]:
        return node | ({"parent": self.open[-1]} if self.open else {})

    def _timed(self, node: dict[str, Any], event: Event) -> dict[str, Any]:
        started, ended = self._ticks(event.get("timestamp")), self._ticks(event.get("completed"))
        node |= {"started": started} if started is not None else {}
        return node | ({"ended": ended} if ended is not None else {})

    def _ticks(self, raw: Any) -> int | None:
        time = _time(raw)
        if time is None or self.zero is None:
            return None
        passed = time - self.zero
        ticks = (passed.days * 86_400 + passed.seconds) * _MICROSECOND + passed.microseconds
        return ticks if ticks <= INTEGER_MAX else None

    def _begin(self, event: Event) -> None:
        self.count += 1
        node = {"type": "span", "id": f"g{self.count}", "name": str(event.get("name", event.get("type", "span")))}
        self.nodes.append(self._timed(self._under(node), event))
        # Spans of a subtask that is told whole, by one event, hold nothing that comes after.
        if event.get("event") != "subtask":
            self.open.append(node["id"])

    def _model(self, event: Event) -> None:
        given = [each for each in _list(event.get("input")) if isinstance(each, dict)]
        before = read_messages(given, "", Found())
        self.context = self.context or before.get("context", [])
        self.tools = self.tools or tools_of(event.get("tools"))
        self._heard(before["nodes"], event)
        output = event["output"] if isinstance(event.get("output"), dict) else {}
        choices = [each for each in _list(output.get("choices")) if isinstance(each, dict)]
        message = choices[0].get("message") if choices else None
        spoken = read_messages([message], "", Found())["nodes"] if isinstance(message, dict) else []
        step = self._timed(self._under({"type": "step"} | (spoken[0] if spoken else {})), event)
        step["actor"] = "agent"
        for call in step.get("calls", ()):
            id_ = call.get("id")
            if id_ is not None:
                if id_ in self.steps:
                    call["source_id"], call["id"] = id_, f"{id_}.{len(self.nodes)}"
                self.steps[id_] = (step, call["id"])
        _plain(step.get("content", []))
        rest = {name: event[name] for name in ("config", "tool_choice", "retries", "cache") if event.get(name)}
        if rest:
            step["meta"] = {**step.get("meta", {}), **rest}
        for name, value in (
            ("model", event.get("model")),
            ("finish", choices[0].get("stop_reason") if choices else None),
        ):
            if isinstance(value, str):
                step[name] = {"name": value} if name == "model" else value
        if isinstance(output.get("usage"), dict):
            step["usage"] = output["usage"]
        if event.get("error"):
            step["error"] = str(event["error"])
        self.nodes.append(step)
        self.last = step

    def _heard(self, said: Sequence[dict[str, Any]], event: Event) -> None:
        """What a person said since the last reply is a step of its own."""
        since: list[dict[str, Any]] = []
        for each in said:
            since = [] if each.get("actor") == "agent" else [*since, each]
        for each in since:
            if each.get("actor") == "user" and str(each) not in self.said:
                self.said.add(str(each))
                _plain(each.get("content", []))
                self.nodes.append(self._timed(self._under(each), {"timestamp": event.get("timestamp")}))

    def _tool(self, event: Event) -> None:
        step, id_ = self.steps.get(str(event.get("id")), (None, None))
        if step is None:
            step = self.last
            if step is None:
                self.left.append(event)
                return
            id_ = f"c.{len(self.nodes)}.{len(step.get('calls', ()))}"
            call = {"id": id_, "name": str(event.get("function", "")), "arguments": event.get("arguments")}
            step.setdefault("calls", []).append(call)
        error, result = event.get("error"), event.get("result")
        if error:
            result = error.get("message", error) if isinstance(error, dict) else error
        seen: dict[str, Any] = {"call": id_, "is_error": bool(error)}
        if isinstance(result, str):
            seen["content"] = result
        elif isinstance(result, list):
            read = read_messages([{"role": "tool", "content": result}], "", Found())["nodes"]
            seen["content"] = _plain(read[0]["observations"][0]["content"]) if read else []
        elif result is not None:
            seen |= {"content": [], "structured": result}
        if event.get("truncated"):
            seen["truncated"] = True
        if (ended := self._ticks(event.get("completed"))) is not None:
            step["ended"] = max(step.get("ended", ended), ended)
        step.setdefault("observations", []).append(seen)


def _list(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else []


def _plain(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pictures that are not stored become what they were: their places in a log cannot be filled."""
    for at, block in enumerate(blocks):
        if block.get("type") == "image" and "blob" not in block:
            blocks[at] = {"type": "unknown", "source_type": "image"}
    return blocks


def _score(name: str, raw: Any) -> dict[str, Any]:
    given = raw if isinstance(raw, dict) else {"value": raw}
    node = {"type": "score", "name": name, "value": given.get("value"), "by": "program"}
    if isinstance(given.get("explanation"), str):
        node["explanation"] = given["explanation"]
    rest = {each: given[each] for each in ("answer", "metadata") if given.get(each)}
    return node | ({"meta": rest} if rest else {})


def _events(sample: Mapping[str, Any]) -> list[Any]:
    transcript = sample["transcript"] if isinstance(sample.get("transcript"), dict) else {}
    events = sample.get("events", transcript.get("events"))
    return events if isinstance(events, list) else []


def _resolved(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The sample with the long texts that it keeps apart put back where they are named."""
    transcript = raw["transcript"] if isinstance(raw.get("transcript"), dict) else {}
    texts: dict[str, Any] = {}
    for kept in (transcript.get("content"), raw.get("attachments")):
        texts |= {name: text for name, text in kept.items() if isinstance(text, str)} if isinstance(kept, dict) else {}
    return dict(_put_back(raw, texts)) if texts else dict(raw)


def _put_back(value: Any, texts: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        name = next((value.removeprefix(each) for each in _REFERENCES if value.startswith(each)), None)
        return texts.get(name, value) if name is not None else value
    if isinstance(value, list):
        return [_put_back(each, texts) for each in value]
    if isinstance(value, dict):
        return {name: _put_back(each, texts) for name, each in value.items()}
    return value


def _time(raw: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None
    return time if time is not None and time.tzinfo is not None else None
