"""Spans of OpenTelemetry (OTLP as JSON), conventions for generative AI: a `chat` span and the tools that answer it are a step.

https://opentelemetry.io/docs/specs/semconv/gen-ai/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from evenhand.core.canonical import INTEGER_MAX, read_json
from evenhand.core.errors import Malformed, Problem
from evenhand.ontology.messages import Found
from evenhand.ontology.traces.conversation import tools_of

_MODEL = ("chat", "text_completion", "generate_content")
_TOOL = "execute_tool"
_SPOKEN = ("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions")
_USED = (
    *_SPOKEN, "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.tool.call.id", "gen_ai.tool.name",
    "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.request.model", "gen_ai.response.model",
)  # fmt: skip
_SECOND = 1_000_000_000
_HOPS_MAX = 10_000
Span = dict[str, Any]


def is_otlp(raw: Mapping[str, Any]) -> bool:
    """Whether it is an export of spans, by the names of either spelling of its JSON."""
    groups = raw.get("resourceSpans", raw.get("resource_spans"))
    return isinstance(groups, list) and any(
        isinstance(each, dict) and ("scopeSpans" in each or "scope_spans" in each) for each in groups
    )


def read_otlp(raw: Mapping[str, Any], at: str, found: Found) -> dict[str, Any]:
    """The one trace of an export. Refused where it holds several: each is a row of its own."""
    spans = sorted(_spans(raw), key=lambda span: span["start"])
    traces = list(dict.fromkeys(span["trace"] for span in spans))
    if len(traces) != 1:
        message = f"This export holds {len(traces)} traces." if traces else "This export holds no spans."
        found.problems.append(Problem(at, "count", message, "Send each trace as a row of its own."))
        return {"nodes": []}
    return _Tree(spans).trace() | {"id": traces[0]}


class _Tree:
    """The nodes that spans become. at: span id -> id of the node that it is, or that it is part of."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = spans
        self.by_id = {span["id"]: span for span in spans}
        self.zero: int = spans[0]["start"]
        self.nodes: list[dict[str, Any]] = []
        self.at: dict[str, str] = {}
        self.steps: dict[str, dict[str, Any]] = {}  # by the id of a call
        self.said: set[str] = set()
        self.context: list[dict[str, Any]] = []
        self.tools: list[dict[str, Any]] = []
        self.left: list[dict[str, Any]] = []

    def trace(self) -> dict[str, Any]:
        for span in self.spans:
            if span["operation"] in _MODEL:
                self._model(span)
            elif span["operation"] == _TOOL:
                self._tool(span)
            elif span["operation"] or self._holds_any(span["id"]):
                self._node(span, "span")
            else:
                self.left.append(span["raw"])
        for span in self.spans:
            self._scores(span)
        for node in self.nodes:
            self._place(node)
        trace: dict[str, Any] = {"nodes": self.nodes, "timescale": _SECOND, "origin": _rfc3339(self.zero)}
        if agent := next((each for span in self.spans if (each := _agent(span))), None):
            trace["agent"] = agent
        for name, value in (("context", self.context), ("tools", self.tools)):
            if value:
                trace[name] = value
        return trace | ({"meta": {"spans": self.left}} if self.left else {})

    def _holds_any(self, id_: str) -> bool:
        return any(span["parent"] == id_ for span in self.spans)

    def _ticks(self, time: int) -> int:
        return min(time - self.zero, INTEGER_MAX)

    def _node(self, span: Span, type_: str) -> dict[str, Any]:
        node = {
            "type": type_, "id": span["id"], "parent": span["parent"], "name": span["name"],
            "started": self._ticks(span["start"]), "ended": self._ticks(max(span["end"], span["start"])),
        }  # fmt: skip
        if span["error"]:
            node["error"] = span["error"]
        rest = {name: value for name, value in span["attributes"].items() if name not in _USED}
        if rest:
            node["meta"] = rest
        self.at[span["id"]] = span["id"]
        self.nodes.append(node)
        return node

    def _model(self, span: Span) -> None:
        given = span["attributes"]
        if not self.context and (told := _parts(given.get("gen_ai.system_instructions"))):
            self.context.append({"role": "system", "content": _blocks(told)})
        if not self.tools:
            self.tools = tools_of(_parsed(given.get("gen_ai.tool.definitions")))
        self._heard(span)
        step = self._node(span, "step")
        for message in _parts(given.get("gen_ai.output.messages"))[:1]:
            self._speak(step, message)
        model = given.get("gen_ai.response.model", given.get("gen_ai.request.model"))
        if isinstance(model, str):
            step["model"] = {"name": model}
        usage = {name: given.get(f"gen_ai.usage.{name}") for name in ("input_tokens", "output_tokens")}
        if usage := {name: value for name, value in usage.items() if value is not None}:
            step["usage"] = usage

    def _heard(self, span: Span) -> None:
        """What a person said since the last reply is a step of its own; results that no span tells go to their calls."""
        messages = [each for each in _parts(span["attributes"].get("gen_ai.input.messages")) if isinstance(each, dict)]
        for message in messages:
            for part in _parts(message.get("parts")):
                if isinstance(part, dict) and part.get("type") == "tool_call_response":
                    self._result(part.get("id"), part.get("response", part.get("result")))
            if message.get("role") == "system" and not self.context:
                self.context.append({"role": "system", "content": _blocks(_parts(message.get("parts")))})
        since: list[dict[str, Any]] = []
        for message in messages:
            since = [] if message.get("role") == "assistant" else [*since, message]
        for message in since:
            blocks = _blocks(_parts(message.get("parts")))
            if message.get("role") == "user" and blocks and str(blocks) not in self.said:
                self.said.add(str(blocks))
                time = self._ticks(span["start"])
                step = {"type": "step", "actor": "user", "content": blocks, "started": time, "ended": time}
                self.nodes.append(step | {"parent": span["parent"]})

    def _speak(self, step: dict[str, Any], message: Any) -> None:
        if not isinstance(message, dict):
            return
        if isinstance(message.get("finish_reason"), str):
            step["finish"] = message["finish_reason"]
        for part in _parts(message.get("parts")):
            if not isinstance(part, dict):
                continue
            if part.get("type") == "tool_call":
                call = {"name": str(part.get("name", "")), "arguments": _parsed(part.get("arguments"))}
                if isinstance(part.get("id"), str) and part["id"] not in self.steps:
                    call["id"] = part["id"]
                    self.steps[part["id"]] = step
                step.setdefault("calls", []).append(call)
            else:
                where = "thought" if part.get("type") == "reasoning" else "content"
                step.setdefault(where, []).extend(_blocks([part]))

    def _tool(self, span: Span) -> None:
        given = span["attributes"]
        id_, name = given.get("gen_ai.tool.call.id"), str(given.get("gen_ai.tool.name", span["name"]))
        result = given.get("gen_ai.tool.call.result")
        step = self.steps.get(id_) if isinstance(id_, str) else None
        if step is None and not isinstance(id_, str):
            step, id_ = self._waiting(name)
        if step is None:
            # A tool that no model called: the code of the agent did.
            step = self._node(span, "step")
            call = {"id": f"{span['id']}.call", "name": name}
            call |= (
                {"arguments": _parsed(given["gen_ai.tool.call.arguments"])}
                if "gen_ai.tool.call.arguments" in given
                else {}
            )
            step["calls"], id_ = [call], call["id"]
            self.steps[id_] = step
        self.at[span["id"]] = step["id"]
        step["ended"] = max(step["ended"], self._ticks(span["end"]))
        self._result(id_, result, span["error"])

    def _waiting(self, name: str) -> tuple[dict[str, Any] | None, str | None]:
        """The last step that calls this tool and has no result of it yet."""
        for step in reversed(self.nodes):
            answered = [each.get("call") for each in step.get("observations", ())]
            for place, call in enumerate(step.get("calls", ())):
                id_ = call.setdefault("id", f"{step['id']}.{place}")
                if call["name"] == name and id_ not in answered:
                    self.steps[id_] = step
                    return step, id_
        return None, None

    def _result(self, id_: Any, result: Any, error: str | None = None) -> None:
        step = self.steps.get(id_) if isinstance(id_, str) else None
        if step is None or any(each.get("call") == id_ for each in step.get("observations", ())):
            return
        seen: dict[str, Any] = {"call": id_, "is_error": bool(error)}
        value = _parsed(result)
        if isinstance(value, str):
            seen["content"] = value
        elif value is not None:
            seen |= {"content": [], "structured": value}
        elif error:
            seen["content"] = error
        step.setdefault("observations", []).append(seen)

    def _scores(self, span: Span) -> None:
        for event in span["events"]:
            given = event["attributes"]
            if event["name"] != "gen_ai.evaluation.result":
                continue
            value = given.get("gen_ai.evaluation.score.value", given.get("gen_ai.evaluation.score.label"))
            score = {"type": "score", "parent": span["id"], "name": str(given.get("gen_ai.evaluation.name", "score"))}
            explanation = given.get("gen_ai.evaluation.explanation")
            self.nodes.append(score | {"value": value} | ({"explanation": str(explanation)} if explanation else {}))

    def _place(self, node: dict[str, Any]) -> None:
        """Under the nearest span around it that became a node, or a step; a log may have lost the one right around it."""
        parent, hops = node.pop("parent", None), 0
        while parent and parent not in self.at and hops < _HOPS_MAX:
            parent, hops = self.by_id[parent]["parent"] if parent in self.by_id else None, hops + 1
        if parent in self.at and self.at[parent] != node.get("id"):
            node["parent"] = self.at[parent]


def _spans(raw: Mapping[str, Any]) -> Iterator[Span]:
    for group in _list(raw, "resourceSpans", "resource_spans"):
        for scope in _list(group, "scopeSpans", "scope_spans"):
            for span in _list(scope, "spans"):
                if isinstance(span, dict):
                    yield _span(span)


def _span(raw: Mapping[str, Any]) -> Span:
    attributes = _attributes(raw.get("attributes"))
    status = raw["status"] if isinstance(raw.get("status"), dict) else {}
    failed = status.get("code") in (2, "STATUS_CODE_ERROR")
    events: list[dict[str, Any]] = [
        {"name": each.get("name"), "attributes": _attributes(each.get("attributes"))}
        for each in _list(raw, "events")
        if isinstance(each, dict)
    ]
    for event in events:
        # Messages may be told by an event instead, where they are kept apart from what is counted.
        if event["name"] == "gen_ai.client.inference.operation.details":
            attributes = {**event["attributes"], **attributes}
    error = attributes.get("error.type") or (status.get("message") or "error" if failed else None)
    return {
        "raw": dict(raw),
        "trace": str(_either(raw, "traceId", "trace_id") or ""),
        "id": str(_either(raw, "spanId", "span_id") or ""),
        "parent": str(_either(raw, "parentSpanId", "parent_span_id") or "") or None,
        "name": str(raw.get("name", "")),
        "start": _nanoseconds(_either(raw, "startTimeUnixNano", "start_time_unix_nano")),
        "end": _nanoseconds(_either(raw, "endTimeUnixNano", "end_time_unix_nano")),
        "operation": attributes.get("gen_ai.operation.name"),
        "attributes": attributes,
        "events": events,
        "error": str(error) if error else None,
    }


def _either(raw: Mapping[str, Any], one: str, two: str) -> Any:
    return raw.get(one, raw.get(two))


def _list(raw: Any, *names: str) -> list[Any]:
    value = next((raw[name] for name in names if name in raw), None) if isinstance(raw, dict) else None
    return value if isinstance(value, list) else []


def _nanoseconds(raw: Any) -> int:
    text = str(raw)
    return int(text) if len(text) <= 19 and text.isascii() and text.isdigit() else 0


def _attributes(raw: Any) -> dict[str, Any]:
    if isinstance(raw, dict):
        return dict(raw)
    pairs = [each for each in (raw if isinstance(raw, list) else ()) if isinstance(each, dict)]
    return {str(each.get("key")): _value(each.get("value")) for each in pairs}


def _value(raw: Any) -> Any:
    """The value of an attribute in JSON's own terms."""
    if not isinstance(raw, dict) or len(raw) != 1:
        return raw
    ((type_, value),) = raw.items()
    if type_ in ("arrayValue", "array_value"):
        return [_value(each) for each in _list(value, "values")]
    if type_ in ("kvlistValue", "kvlist_value"):
        return _attributes(_list(value, "values"))
    if type_ in ("intValue", "int_value") and isinstance(value, str):
        return int(value) if value.lstrip("-").isdigit() and len(value) < 16 else value
    return value


def _parsed(raw: Any) -> Any:
    """What a text holds, where it is a JSON object or list; structured attributes are written so where a log has only texts."""
    if isinstance(raw, str) and raw.lstrip()[:1] in ("{", "["):
        try:
            return read_json(raw)
        except Malformed:
            return raw
    return raw


def _parts(raw: Any) -> list[Any]:
    value = _parsed(raw)
    return value if isinstance(value, list) else []


def _blocks(parts: Sequence[Any]) -> list[dict[str, Any]]:
    blocks = []
    for part in parts:
        if not isinstance(part, dict):
            continue
        type_, said = part.get("type"), part.get("content")
        if type_ in ("text", "reasoning") and isinstance(said, str):
            blocks.append({"type": type_, "text": said})
        else:
            blocks.append({"type": "unknown", "source_type": str(type_), "source": part})
    return blocks


def _agent(span: Span) -> dict[str, Any] | None:
    given = span["attributes"]
    named = {name: given.get(f"gen_ai.agent.{name}") for name in ("name", "version", "id")}
    found = {name: value for name, value in named.items() if isinstance(value, str)}
    return found if "name" in found else None


def _rfc3339(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, _SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
