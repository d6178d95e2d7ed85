"""What an agent did: spans that group, steps with what was thought, said, called and seen, and scores; each with an address."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import msgspec
from pydantic import BaseModel, ConfigDict

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.kind import FileAt, FileKind, Part
from evenhand.ontology.media import PICTURE
from evenhand.ontology.messages import Found
from evenhand.ontology.traces.ids import with_ids
from evenhand.ontology.traces.reader import is_of_trace, read_trace

TEXTS = ("text", "reasoning", "refusal", "reference")
# What would tell the same thing by another way is hidden with it.
_IMPLIED = {"model": ("usage", "agent"), "score": ("reward", "outcome", "by")}
Node = dict[str, Any]


class Settings(BaseModel):
    """What annotators may not see: model, score (also rewards and outcomes), thought, state, usage, reference, context."""

    model_config = ConfigDict(extra="forbid", strict=True)

    hide: list[str] = ["model", "score"]


class TraceInput:
    """A run of an agent in any of the usual forms; stored as nodes in time order with an id for every one."""

    name: ClassVar[str] = "trace"
    Settings: ClassVar[type[BaseModel]] = Settings
    is_file: ClassVar[bool] = False
    is_text: ClassVar[bool] = False
    file_kind: ClassVar[FileKind] = PICTURE
    files_max: ClassVar[int] = 200

    def check(self, settings: Any, content: JsonValue) -> list[Problem]:
        """What cannot be read as a trace, ids that stand twice, parents, calls and steps that are not there."""
        found = Found()
        read_trace(content, found)
        return found.problems

    def clean(self, settings: Any, content: JsonValue) -> JsonValue:
        """Our form, an id for every node and call."""
        return with_ids(copy.deepcopy(read_trace(content, Found())))

    def is_column(self, name: str) -> bool:
        """Whether a column is part of the trace, when a row as a whole is one."""
        return is_of_trace(name)

    def files_named(self, content: JsonValue) -> list[FileAt]:
        """Its pictures, in what was said and in what came back."""
        if not _may_name_pictures(content):
            return []
        found = Found()
        read_trace(content, found)
        return found.files

    def files_shown(self, content: JsonValue) -> list[FileAt]:
        """Its pictures, but those that are hidden."""
        return [FileAt(pointer, block) for pointer, block in _pictures(content) if isinstance(block.get("blob"), str)]

    def parts(self, name: str, settings: Any, content: JsonValue) -> list[Part]:
        """The input, then its nodes as a tree, each step with its texts and its calls; scores are no parts."""
        nodes = [node for node in _nodes(content) if node["type"] != "score"]
        children: dict[Any, list[Node]] = {}
        for node in nodes:
            children.setdefault(node.get("parent"), []).append(node)
        below: list[Part] = []
        tops = tuple(_node(name, node, children, below) for node in children.get(None, ()))
        tools = content.get("tools", []) if isinstance(content, dict) else []
        facts = {"tools": {each["name"]: each.get("parameters") for each in tools}} if tools else {}  # type: ignore
        return [Part(name, "input", name, self.name, facts=facts, children=tops), *below]

    def visible(self, settings: Any, content: JsonValue) -> JsonValue:
        """Without what the settings hide, and without `meta`, at every level."""
        hide = set(settings.hide)
        gone = {"meta", *hide}.union(*(_IMPLIED.get(name, ()) for name in hide)) - {"thought"}
        shown: Any = copy.deepcopy(content)
        if not isinstance(shown, dict):
            return content
        _strip(shown, gone)
        if isinstance(shown.get("task"), dict):
            _strip(shown["task"], gone)
        shown["nodes"] = [node for node in _nodes(shown) if node["type"] not in hide]
        for node in shown["nodes"]:
            _strip(node, gone)
            for each in (*node.get("calls", ()), *node.get("observations", ())):
                _strip(each, gone)
            if "thought" in hide and "thought" in node:
                # What is hidden leaves its place behind, so that the addresses of the other texts stay.
                node["thought"] = [{"type": block["type"], "redacted": True} for block in node["thought"]]
        for _, block in _pictures(shown):
            # By the digest of its bytes a known picture could be recognized without being seen.
            block.pop("digest", None)
        return shown

    def text_of(self, settings: Any, content: JsonValue) -> str:
        """The task, then what was thought, said and seen, in order."""
        task = content.get("task") if isinstance(content, dict) else None
        statement = task.get("statement") if isinstance(task, dict) else None
        said = [
            block["text"]
            for node in _nodes(content)
            for block in _blocks(node)
            if block.get("type") in TEXTS and isinstance(block.get("text"), str)
        ]
        return "\n".join([*([statement] if isinstance(statement, str) else []), *said])

    def examples(self) -> Iterable[JsonValue]:
        """A run with spans, a tool, a person and a score; messages of one that failed; a solution in steps."""
        messages: JsonValue = [
            {"role": "user", "content": "Rain in Jinan (济南)?"},
            {"role": "assistant", "tool_calls": [{"id": "w/1", "function": {"name": "weather", "arguments": "{"}}]},
            {"role": "tool", "tool_call_id": "w/1", "content": "no such city"},
        ]
        solved: JsonValue = {"prompt": "48 + 24 ÷ 2 = ?", "completions": ["24 ÷ 2 = 12", "48 + 12 = 60"]}
        return [_WHOLE, messages, solved]


def _may_name_pictures(content: JsonValue) -> bool:
    """Whether the word that every picture's block begins or ends with is anywhere: most traces are told so at a glance."""
    try:
        return b"image" in msgspec.json.encode(content)
    except (TypeError, ValueError, RecursionError):
        return True


def _strip(part: Node, names: Iterable[str]) -> None:
    for name in names:
        part.pop(name, None)


def _nodes(trace: Any) -> list[Node]:
    return trace.get("nodes", []) if isinstance(trace, dict) else []


def _blocks(node: Node) -> list[Node]:
    """What stands in a step to be read, in order: thoughts, content, then what came back. Their numbers are their addresses."""
    seen = [block for each in node.get("observations", ()) for block in each.get("content", ())]
    return [*node.get("thought", ()), *node.get("content", ()), *seen]


def _pictures(trace: Any) -> Iterator[tuple[str, Node]]:
    """(pointer, block) of every picture of a stored trace, in document order."""
    for number, node in enumerate(_nodes(trace)):
        places = [(f"/nodes/{number}/{name}", node.get(name, ())) for name in ("thought", "content")]
        places += [
            (f"/nodes/{number}/observations/{place}/content", each.get("content", ()))
            for place, each in enumerate(node.get("observations", ()))
        ]
        for at, blocks in places:
            yield from ((f"{at}/{n}", block) for n, block in enumerate(blocks) if block.get("type") == "image")


def _node(name: str, node: Node, children: Mapping[Any, Sequence[Node]], below: list[Part]) -> str:
    address, place = f"{name}/{node['id']}", len(below)
    inner: list[str] = []
    facts: dict[str, Any] = {"name": node["name"]} if "name" in node else {}
    if node["type"] == "step":
        blocks = _blocks(node)
        has = [block["type"] for block in blocks] + (["tool_call"] if node.get("calls") else [])
        facts |= {"by": node["actor"], "has": has, "alternative": "alternative_of" in node}
        for index, block in enumerate(blocks):
            text = block.get("text") if block["type"] in TEXTS else None
            inner.append(f"{address}/{index}")
            below.append(Part(inner[-1], "block", name, "trace", text=text, facts={"kind": block["type"]}))
        for call in node.get("calls", ()):
            inner.append(f"{name}/{call['id']}")
            below.append(Part(inner[-1], "call", name, "trace", facts={"name": call["name"]}))
    inner.extend(_node(name, each, children, below) for each in children.get(node["id"], ()))
    below.insert(place, Part(address, node["type"], name, "trace", facts=facts, children=tuple(inner)))
    return address


_WHOLE: JsonValue = {
    "id": "run-8",
    "task": {"statement": "Cancel order 17", "reference": {"environment": "retail", "id": "42"}},
    "agent": {"name": "solver", "version": "1.2", "model": {"name": "m-7"}},
    "tools": [
        {
            "name": "get_order",
            "parameters": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]},
        }
    ],
    "nodes": [
        {"id": "g1", "type": "span", "name": "invoke_agent", "started": 0, "ended": 5310},
        {
            "id": "s1",
            "type": "step",
            "parent": "g1",
            "actor": "agent",
            "started": 10,
            "ended": 900,
            "thought": [{"type": "reasoning", "text": "Look it up first."}],
            "calls": [{"id": "c1", "name": "get_order", "arguments": {"id": 17}}],
            "observations": [{"call": "c1", "is_error": False, "content": [{"type": "text", "text": "shipped"}]}],
            "state": {"open_file": "größe.txt"},
            "usage": {"input_tokens": 410, "output_tokens": 22},
        },
        {"id": "s2", "type": "step", "parent": "g1", "actor": "user", "content": "Bitte schnell, Grüße!"},
        {
            "id": "s3",
            "type": "step",
            "parent": "g1",
            "actor": "agent",
            "content": [{"type": "text", "text": "It cannot be cancelled."}],
            "reward": 0,
            "started": 950,
            "ended": 5300,
        },
        {"id": "e1", "type": "score", "parent": "s3", "name": "db_match", "value": 0, "by": "program"},
    ],
    "outcome": {"reward": 0, "success": False, "stop": "agent_stop"},
    "timescale": 1000,
    "origin": "2026-01-02T10:00:00Z",
}

kind = TraceInput()
