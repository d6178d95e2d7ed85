"""Where replies stand in a conversation, or are waited for; and its messages as trainers read them, with what that loses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evenhand.delivery.formats.format import Losses

BETWEEN = "\n\n"
"""Stands between two blocks of text that become one."""
Dialect = Literal["trl", "openai"]
Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A reply in its conversation, or where one is waited for.

    address: of the reply; where one is waited for, of the turn. around: addresses of the turn, the thread, the input and the task.
    before: all that was said before; None where a turn went on from one of several replies and nothing says from which.
    reply: its messages in our form, none where it is waited for. tools: that the thread offers, as they were imported.
    """

    address: str
    around: tuple[str, ...]
    before: tuple[Node, ...] | None
    reply: tuple[Node, ...]
    tools: tuple[Any, ...] = ()


def places(item: Mapping[str, Any]) -> dict[str, Place]:
    """Every place of an item's conversations by its address, in document order."""
    found: dict[str, Place] = {}
    for name, content in item["inputs"].items():
        for thread in content.get("threads", ()) if isinstance(content, dict) else ():
            found |= {place.address: place for place in _of_thread(name, thread)}
    return found


def _of_thread(name: str, thread: Mapping[str, Any]) -> Iterator[Place]:
    before: tuple[Node, ...] | None = ()
    tools = tuple(thread.get("tools") or ())
    for turn in thread["turns"]:
        around = (f"{name}/{turn['id']}", f"{name}/{thread['id']}", name, "")
        if before is not None:
            before = (*before, *turn["messages"])
        replies = turn.get("responses", [])
        if not replies:
            yield Place(around[0], around, before, (), tools)
        for reply in replies:
            yield Place(f"{name}/{reply['id']}", around, before, tuple(reply["messages"]), tools)
        chosen = [reply for reply in replies if len(replies) == 1 or reply["id"] == turn.get("chosen")]
        if replies and before is not None:
            before = (*before, *chosen[0]["messages"]) if chosen else None


def spoken(
    several: Sequence[Sequence[Node]], dialect: Dialect, losses: Losses, *, weights: bool = False
) -> list[list[Node]] | None:
    """The lists of messages of an example as a trainer reads them; None, and counted, where one of them cannot be carried.

    weights: whether a message says what it weighs in training (`weight`, OpenAI).
    """
    found: list[list[Node]] = []
    for messages in several:
        read = _spoken(messages, dialect, losses, weights=weights)
        if not read:
            if read is not None:
                losses.add("examples left out because nothing is said before a reply, or in it: {count}")
            return None
        found.append(read)
    return found


def _spoken(messages: Sequence[Node], dialect: Dialect, losses: Losses, *, weights: bool) -> list[Node] | None:
    called: dict[str, str] = {}
    found: list[Node] = []
    for message in messages:
        said = _Said(losses)
        if (why := said.read(message["content"], dialect)) is not None:
            losses.add(f"examples left out because a message holds {why}: {{count}}")
            return None
        for call in said.calls:
            called[call["id"]] = call["function"]["name"]
        found += [_result(each, dialect, called) for each in said.results]
        if said.texts or said.calls:
            found.append(_message(message, said, dialect, losses, weights=weights))
    return found


class _Said:
    """What the blocks of one message come to."""

    def __init__(self, losses: Losses) -> None:
        self.texts: list[str] = []
        self.calls: list[Node] = []
        self.results: list[tuple[str, str]] = []
        self._losses = losses

    def read(self, blocks: Sequence[Mapping[str, Any]], dialect: Dialect) -> str | None:
        """None, or what it is that cannot be carried."""
        for block in blocks:
            match block["type"]:
                case "text":
                    self.texts.append(block["text"])
                case "refusal":
                    self._losses.add("that a reply is a refusal: {count} are plain text")
                    self.texts.append(block["text"])
                case "reasoning":
                    self._losses.add("what a model thought before it spoke: {count} messages")
                case "tool_call":
                    if dialect == "trl" and "arguments" not in block:
                        return "a call whose arguments are no JSON"
                    self.calls.append(_call(block, dialect))
                case "tool_result":
                    inner = _Said(self._losses)
                    if (why := inner.read(block.get("content", ()), dialect)) is not None:
                        return why
                    if block.get("is_error"):
                        self._losses.add("that a tool failed: {count} results")
                    self.results.append((str(block.get("call", "")), BETWEEN.join(inner.texts)))
                case other:
                    return f"something else than text ({other})"
        if len(self.texts) > 1:
            self._losses.add("where one block of a message's text ends: {count} messages")
        return None


def _call(block: Mapping[str, Any], dialect: Dialect) -> Node:
    arguments = block.get("arguments")
    if dialect == "openai":
        arguments = block.get("arguments_text") or json.dumps(arguments or {}, ensure_ascii=False)
    return {"id": block["id"], "type": "function", "function": {"name": block["name"], "arguments": arguments}}


def _result(said: tuple[str, str], dialect: Dialect, called: Mapping[str, str]) -> Node:
    call, text = said
    if dialect == "openai":
        return {"role": "tool", "tool_call_id": call, "content": text}
    return {"role": "tool", "name": called.get(call, call), "content": text}


def _message(message: Node, said: _Said, dialect: Dialect, losses: Losses, *, weights: bool) -> Node:
    role = message["role"]
    if role == "developer" and dialect == "trl":
        losses.add("that a message is the developer's: {count} are the system's")
        role = "system"
    found: Node = {"role": role}
    if said.texts:
        found["content"] = BETWEEN.join(said.texts)
    if said.calls:
        found["tool_calls"] = said.calls
    if role == "assistant" and weights and "train" in message:
        found["weight"] = int(message["train"])
    elif message.get("train") is False:
        losses.add("that a message is not to be trained on: {count} messages")
    return found
