"""A conversation: threads, turns, responses, messages, blocks and calls, each with an address annotators can answer about."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import msgspec
from pydantic import BaseModel, ConfigDict

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.conversations import Reader, is_of_conversation
from evenhand.ontology.kind import FileAt, FileKind, Part
from evenhand.ontology.media import PICTURE

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TEXTS = ("text", "reasoning", "refusal", "reference")
# What would tell the same thing by another way is hidden with it.
_IMPLIED = {"model": ("usage", "logprob", "finish"), "by": ("edited_from",)}
Node = dict[str, Any]


class Settings(BaseModel):
    """What annotators may not see of a conversation. Models are nameless unless somebody says otherwise."""

    model_config = ConfigDict(extra="forbid", strict=True)

    hide: list[str] = ["model", "source_id"]


class ChatInput:
    """A conversation in any of the usual forms; stored as `{"threads": […]}` with an id for every part."""

    name: ClassVar[str] = "chat"
    Settings: ClassVar[type[BaseModel]] = Settings
    is_file: ClassVar[bool] = False
    is_text: ClassVar[bool] = False
    file_kind: ClassVar[FileKind] = PICTURE
    files_max: ClassVar[int] = 100

    def check(self, settings: Any, content: JsonValue) -> list[Problem]:
        """What cannot be read as a conversation, ids that stand twice, results without a call (a warning)."""
        reader = Reader()
        chat = reader.read(content)
        if any(not each.is_warning for each in reader.problems):
            return reader.problems
        if isinstance(content, dict) and "threads" in content:
            seen: set[str] = set()
            for _, node in _nodes(chat):
                given = node.get("id")
                if isinstance(given, str) and given in seen:
                    message = f"The id {given!r} stands twice."
                    reader.problems.append(
                        Problem("/threads", "duplicate_id", message, "Give every part its own id, or none.")
                    )
                seen.add(given if isinstance(given, str) else "")
        return reader.problems

    def clean(self, settings: Any, content: JsonValue) -> JsonValue:
        """Our form, an id for every part."""
        return _with_ids(copy.deepcopy(Reader().read(content)))

    def is_column(self, name: str) -> bool:
        """Whether a column is part of what is said, when a row as a whole is a conversation."""
        return is_of_conversation(name)

    def files_named(self, content: JsonValue) -> list[FileAt]:
        """Its pictures, in messages and in what tools gave back."""
        if not _may_name_pictures(content):
            return []
        reader = Reader()
        reader.read(content)
        return reader.files

    def files_shown(self, content: JsonValue) -> list[FileAt]:
        """Its pictures, but those that are hidden."""
        return [FileAt(pointer, block) for pointer, block in _pictures(content) if isinstance(block.get("blob"), str)]

    def parts(self, name: str, settings: Any, content: JsonValue) -> list[Part]:
        """The input, then threads, turns, messages, blocks and calls as they stand; ids lead to addresses."""
        below: list[Part] = []
        threads = content.get("threads", []) if isinstance(content, dict) else []
        tops = tuple(_thread(name, thread, below) for thread in threads if isinstance(thread, dict))  # type: ignore[union-attr]
        return [Part(name, "input", name, self.name, children=tops), *below]

    def visible(self, settings: Any, content: JsonValue) -> JsonValue:
        """Without what the settings hide, and without `meta`, at every level."""
        hidden = {"meta", *settings.hide}
        for name in settings.hide:
            hidden.update(_IMPLIED.get(name, ()))
        shown = copy.deepcopy(content)
        if not isinstance(shown, dict):
            return shown
        shown.pop("meta", None)
        for _, node in _nodes(shown):
            for name in hidden & node.keys():
                del node[name]
            if "role" in node:
                _redact(node.get("content", []), settings.hide)
        for _, block in _pictures(shown):
            # By the digest of its bytes a known picture could be recognized without being seen.
            block.pop("digest", None)
        return shown

    def text_of(self, settings: Any, content: JsonValue) -> str:
        """What was said, in order."""
        return "\n".join(
            block["text"]
            for _, node in _nodes(content)
            if "role" in node
            for block in node["content"]
            if block.get("type") in _TEXTS and isinstance(block.get("text"), str)
        )

    def examples(self) -> Iterable[JsonValue]:
        """Plain messages, two replies to compare, a reply that used a tool, and a question about a stored picture."""
        plain: JsonValue = [{"role": "user", "content": "Grüße?"}, {"role": "assistant", "content": "Grüß Gott! 💩"}]
        compared: JsonValue = {"prompt": "Is it raining in Jinan (济南)?", "responses": ["No.", "I cannot know."]}
        return [plain, compared, _WITH_TOOL, _WITH_PICTURE]


def _may_name_pictures(content: JsonValue) -> bool:
    """Whether the word that every picture's block begins or ends with is anywhere: most conversations are told so at a glance."""
    try:
        return b"image" in msgspec.json.encode(content)
    except (TypeError, ValueError, RecursionError):
        return True


def _redact(blocks: list[Node], hide: Sequence[str]) -> None:
    for at, block in enumerate(blocks):
        # A hidden block leaves its place behind, so that the addresses of the others stay.
        if block.get("type") in hide:
            blocks[at] = {"type": block["type"], "redacted": True}
        elif block.get("type") == "tool_result":
            _redact(block.get("content", []), hide)


def _pictures(chat: Any) -> Iterator[tuple[str, Node]]:
    """(pointer, block) of every picture of a stored conversation, in document order."""
    for number, thread in enumerate(chat.get("threads", []) if isinstance(chat, dict) else []):
        for place, turn in enumerate(thread.get("turns", [])):
            at = f"/threads/{number}/turns/{place}"
            yield from _pictures_of(turn, at)
            for index, response in enumerate(turn.get("responses", [])):
                yield from _pictures_of(response, f"{at}/responses/{index}")


def _pictures_of(node: Node, at: str) -> Iterator[tuple[str, Node]]:
    for index, message in enumerate(node.get("messages", [])):
        yield from _pictures_among(message.get("content", []), f"{at}/messages/{index}/content")


def _pictures_among(blocks: Sequence[Node], at: str) -> Iterator[tuple[str, Node]]:
    for index, block in enumerate(blocks):
        if block.get("type") == "image":
            yield f"{at}/{index}", block
        elif block.get("type") == "tool_result":
            yield from _pictures_among(block.get("content", []), f"{at}/{index}/content")


def _nodes(chat: Any) -> Iterator[tuple[str, Node]]:
    """(prefix of a made id, node) of every part that has an id, in document order."""
    for thread in chat.get("threads", []) if isinstance(chat, dict) else []:
        yield "th", thread
        for turn in thread.get("turns", []):
            yield "t", turn
            yield from _messages(turn)
            for response in turn.get("responses", []):
                yield "r", response
                yield from _messages(response)


def _messages(node: Node) -> Iterator[tuple[str, Node]]:
    for message in node.get("messages", []):
        yield "m", message
        for block in message["content"]:
            if block.get("type") == "tool_call":
                yield "c", block


def _with_ids(chat: Node) -> Node:
    """Ids that fit and are free stay, others are made as t1, m1, r1 in order; the original stands in `source_id`."""
    given = [node.get("id") for _, node in _nodes(chat)]
    reserved = {each for each in given if isinstance(each, str)}
    taken: set[str] = set()
    counts: dict[str, int] = {}

    def take(prefix: str, node: Node) -> str:
        old = node.get("id")
        if isinstance(old, str) and _ID.fullmatch(old) and old not in taken:
            taken.add(old)
            return old
        if isinstance(old, str):
            node.setdefault("source_id", old)
        while True:
            counts[prefix] = counts.get(prefix, 0) + 1
            made = f"{prefix}{counts[prefix]}"
            if made not in reserved and made not in taken:
                taken.add(made)
                return made

    for thread in chat["threads"]:
        thread["id"] = take("th", thread)
        for turn in thread["turns"]:
            turn["id"] = take("t", turn)
            _name_messages(turn, take)
            for response in turn.get("responses", []):
                old = response.get("id")
                response["id"] = take("r", response)
                if "chosen" in turn and turn["chosen"] == old:
                    turn["chosen"] = response["id"]
                _name_messages(response, take)
    for thread in chat["threads"]:
        # The one reply a conversation went on from was chosen.
        for turn in thread["turns"][:-1]:
            if len(turn.get("responses", [])) == 1:
                turn.setdefault("chosen", turn["responses"][0]["id"])
    return chat


def _name_messages(node: Node, take: Any) -> None:
    renamed: dict[Any, str] = {}
    for message in node["messages"]:
        message["id"] = take("m", message)
        for block in message["content"]:
            if block["type"] == "tool_call":
                old = block.get("id", block["name"])
                block["id"] = renamed[old] = take("c", block)
            elif block["type"] == "tool_result" and isinstance(block.get("call"), str):
                block["call"] = renamed.get(block["call"], block["call"])


def _thread(name: str, thread: Mapping[str, Any], below: list[Part]) -> str:
    address, place = f"{name}/{thread['id']}", len(below)
    children = tuple(_turn(name, turn, below) for turn in thread["turns"])
    below.insert(place, Part(address, "thread", name, "chat", facts={"turns": len(children)}, children=children))
    return address


def _turn(name: str, turn: Mapping[str, Any], below: list[Part]) -> str:
    address, place = f"{name}/{turn['id']}", len(below)
    children = [_message(name, message, below) for message in turn["messages"]]
    responses = turn.get("responses", [])
    for response in responses:
        at, before = f"{name}/{response['id']}", len(below)
        inner = tuple(_message(name, message, below) for message in response["messages"])
        facts: dict[str, Any] = {"messages": len(inner)}
        if isinstance(model := response.get("model"), Mapping) and isinstance(model.get("name"), str):
            facts["model"] = model["name"]
        below.insert(before, Part(at, "response", name, "chat", facts=facts, children=inner))
        children.append(at)
    below.insert(
        place, Part(address, "turn", name, "chat", facts={"responses": len(responses)}, children=tuple(children))
    )
    return address


def _message(name: str, message: Mapping[str, Any], below: list[Part]) -> str:
    address, place = f"{name}/{message['id']}", len(below)
    blocks = message["content"]
    facts = {"role": message["role"], "by": message.get("by", "unknown"), "has": [block["type"] for block in blocks]}
    children = []
    for index, block in enumerate(blocks):
        at = f"{address}/{index}"
        text = block.get("text") if block["type"] in _TEXTS else None
        call = f"{name}/{block['id']}" if block["type"] == "tool_call" else None
        inner = (call,) if call else ()
        below.append(Part(at, "block", name, "chat", text=text, facts={"kind": block["type"]}, children=inner))
        if call:
            below.append(Part(call, "call", name, "chat", facts={"name": block["name"]}))
        children.append(at)
    below.insert(place, Part(address, "message", name, "chat", facts=facts, children=tuple(children)))
    return address


_WITH_TOOL: JsonValue = {
    "threads": [
        {
            "tools": [{"name": "get_weather", "parameters": {"type": "object"}}],
            "turns": [
                {
                    "messages": [{"role": "user", "by": "human", "content": "Rain in Jinan?"}],
                    "responses": [
                        {
                            "model": {"name": "m-7"},
                            "messages": [
                                {
                                    "role": "assistant",
                                    "content": [
                                        {
                                            "type": "tool_call",
                                            "id": "c1",
                                            "name": "get_weather",
                                            "arguments": {"city": "济南"},
                                        }
                                    ],
                                },
                                {
                                    "role": "tool",
                                    "content": [{"type": "tool_result", "call": "c1", "content": "20 °C, dry"}],
                                },
                                {"role": "assistant", "content": "Dry, 20 °C."},
                            ],
                        }
                    ],
                }
            ],
        }
    ]
}

_WITH_PICTURE: JsonValue = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "Which street is this?"},
            {
                "type": "image",
                "blob": "019303bc-6a80-7c4e-9b1e-0d6c39b0a003",
                "media_type": "image/png",
                "bytes": 5120,
                "name": "straße.png",
                "alt": "A street with a café",
                "media": {"width": 640, "height": 480, "stored_width": 640, "stored_height": 480, "orientation": 1},
            },
        ],
    },
    {"role": "assistant", "content": "I cannot tell."},
]

kind = ChatInput()
