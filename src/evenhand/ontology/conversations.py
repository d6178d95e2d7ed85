"""Conversations as they arrive: our own threads, OpenAI messages, ShareGPT, prompts with responses, chosen and rejected.

One reader turns all of them into threads of turns and collects every defect on the way, with pointers
into what was sent. A turn is what was put to the models plus one or more responses; a response is one source's whole reply.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evenhand.core.canonical import digest
from evenhand.core.errors import Problem
from evenhand.ontology.messages import Found, read_message

MESSAGES_MAX = 10_000
_TELLS = ("threads", "turns", "messages", "conversations", "prompt", "responses", "chosen", "json")
_HH_SPEAKER = re.compile(r"(?:^|\n\n)(Human|Assistant):[ ]?")
_SHAREGPT = {
    "human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "chatgpt": "assistant", "bot": "assistant",
    "model": "assistant", "system": "system", "function_call": "assistant", "observation": "tool", "tool": "tool",
}  # fmt: skip
_REPLYING = ("assistant", "tool")
_REPLY = re.compile(r"((?:output|response|answer|completion|reply|candidate)_?)([12ab])", re.I)
_PROMPTS = ("prompt", "instruction", "input", "question")
Turns = list[dict[str, Any]]


def is_reply(name: str) -> bool:
    """Whether a column of this name holds one of two replies: output_1, response_b."""
    return _REPLY.fullmatch(name) is not None


def is_of_conversation(name: str) -> bool:
    """Whether a column of this name is part of what is said, when a row as a whole is a conversation."""
    return name in (*_TELLS, *_PROMPTS, "rejected", "system", "tools") or is_reply(name)


class Reader:
    """Reads one conversation. `problems` fills up; what comes out is whole only when it holds no errors.

    files: the pictures that were named on the way, with pointers into what was sent.
    """

    def __init__(self) -> None:
        self._found = Found()
        self.problems = self._found.problems
        self.files = self._found.files

    def read(self, content: Any, at: str = "") -> dict[str, Any]:
        """`{"threads": […]}`, ids still as given."""
        if isinstance(content, dict) and "json" in content and "threads" not in content:
            return self.read(content["json"], f"{at}/json")
        if isinstance(content, dict) and "threads" in content:
            threads = [
                self._thread(each, f"{at}/threads/{n}") for n, each in self._each(content["threads"], f"{at}/threads")
            ]
            rest = {name: value for name, value in content.items() if name not in ("threads", "meta")}
            chat = {"threads": threads} | _meta(content, rest)
        else:
            chat = {"threads": [self._one_thread(content, at)]}
        count = sum(len(turn["messages"]) + sum(len(response["messages"]) for response in turn.get("responses", []))
                    for thread in chat["threads"] for turn in thread["turns"])  # fmt: skip
        if count > MESSAGES_MAX:
            self._refuse(at, "too_large", f"A chat has at most {MESSAGES_MAX} messages.", "Split it into several.")
        elif not count and not self.problems:
            self._refuse(at, "bad_value", "This conversation is empty.", "Send at least one message.")
        return chat

    # ------------------------------------------------------------------------------------------------------ our form --
    def _thread(self, raw: Any, at: str) -> dict[str, Any]:
        if not isinstance(raw, dict):
            self._refuse(at, "bad_value", "A thread is an object.", 'Send {"turns": […]}.')
            return {"turns": []}
        if "turns" not in raw:
            return self._one_thread(raw, at)
        turns = [self._turn(each, f"{at}/turns/{n}") for n, each in self._each(raw["turns"], f"{at}/turns")]
        return _kept(raw, ("id", "source_id", "tools"), "turns") | {"turns": turns}

    def _turn(self, raw: Any, at: str) -> dict[str, Any]:
        if not isinstance(raw, dict):
            self._refuse(at, "bad_value", "A turn is an object.", 'Send {"messages": […], "responses": […]}.')
            return {"messages": []}
        turn = _kept(raw, ("id", "source_id"), "messages", "responses", "chosen")
        turn["messages"] = self._messages(raw.get("messages", []), f"{at}/messages")
        if "responses" in raw:
            turn["responses"] = [
                self._response(each, f"{at}/responses/{n}")
                for n, each in self._each(raw["responses"], f"{at}/responses")
            ]
        if raw.get("chosen") is not None:
            turn["chosen"] = raw["chosen"]
            if raw["chosen"] not in [response.get("id") for response in turn.get("responses", [])]:
                message = "chosen names no response of this turn."
                self._refuse(f"{at}/chosen", "dangling_reference", message, "Name one by its id.")
        return turn

    def _response(self, raw: Any, at: str) -> dict[str, Any]:
        if isinstance(raw, str):
            return {"messages": [{"role": "assistant", "content": [{"type": "text", "text": raw}]}]}
        if isinstance(raw, dict) and "messages" not in raw:
            # One message stands for the response; its text may be called content, text, value or response.
            said = next((name for name in ("content", "text", "value", "response") if name in raw), "content")
            text = raw.get(said)
            about = ("id", "source_id", "model", "finish", "usage", "logprob")
            message = {"role": raw.get("role", "assistant"), "content": text}
            calls = {name: raw[name] for name in ("tool_calls", "function_call", "refusal") if name in raw}
            if text is None and not calls:
                self._refuse(at, "bad_value", "This response says nothing.", "Give it content or messages.")
            response = _kept(raw, about, "role", "content", "text", "value", "response", *calls)
            read = read_message(message | calls, at, self._found, said)
            response["messages"] = [] if read is None else [read]
        elif isinstance(raw, list):
            response = {"messages": self._messages(raw, at)}
        elif isinstance(raw, dict):
            response = _kept(raw, ("id", "source_id", "model", "finish", "usage", "logprob"), "messages")
            response["messages"] = self._messages(raw["messages"], f"{at}/messages")
        else:
            self._refuse(at, "bad_value", "This is not a response.", 'Send a text or {"messages": […]}.')
            return {"messages": []}
        if isinstance(response.get("model"), str):
            response["model"] = {"name": response["model"]}
        self._check_calls(response["messages"], at)
        return response

    def _check_calls(self, messages: Sequence[Mapping[str, Any]], at: str) -> None:
        known: set[Any] = set()
        for message in messages:
            for block in message["content"]:
                if block["type"] == "tool_call":
                    known.add(block.get("id"))
                elif block["type"] == "tool_result" and block.get("call") not in known:
                    text = f"A tool result answers {block.get('call')!r}, which was not called before it."
                    self.problems.append(
                        Problem(at, "dangling_reference", text, "Put the call into the same response.", None, True)
                    )

    # --------------------------------------------------------------------------------------------------- other forms --
    def _one_thread(self, raw: Any, at: str) -> dict[str, Any]:
        if isinstance(raw, str):
            spoken = _hh(raw) or [{"role": "user", "content": raw}]
            return {"turns": self._split(self._messages(spoken, at))}
        if isinstance(raw, list):
            return {"turns": self._split(self._list(raw, at))}
        if isinstance(raw, dict):
            raw = _two_replies(raw) or raw
        if not isinstance(raw, dict) or not any(name in raw for name in _TELLS):
            message = "This is not a conversation."
            self._refuse(at, "bad_value", message, 'Send messages, prompt and responses, or {"threads": […]}.')
            return {"turns": []}
        if "turns" in raw:
            return self._thread(raw, at)
        thread = _kept(raw, ("id", "source_id", "tools"), "prompt", "responses", "chosen", "rejected", "messages",
                       "conversations", "system")  # fmt: skip
        turns = self._split(self._history(raw, at))
        responses = self._candidates(raw, turns, at)
        if responses:
            if not turns or turns[-1].get("responses"):
                turns.append({"messages": []})
            turns[-1]["responses"] = responses
        return thread | {"turns": turns}

    def _history(self, raw: Mapping[str, Any], at: str) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        if isinstance(raw.get("system"), str) and raw["system"]:
            messages.append({"role": "system", "content": [{"type": "text", "text": raw["system"]}]})
        for name in ("conversations", "messages", "prompt"):
            given = raw.get(name)
            if isinstance(given, str):
                given = _hh(given) or [{"role": "user", "content": given}]
            if given is not None:
                return messages + self._list(given, f"{at}/{name}")
        return messages

    def _candidates(self, raw: Mapping[str, Any], turns: Turns, at: str) -> list[dict[str, Any]]:
        if "responses" in raw:
            return [
                self._response(each, f"{at}/responses/{n}")
                for n, each in self._each(raw["responses"], f"{at}/responses")
            ]
        if "chosen" not in raw and "rejected" not in raw:
            return []
        replies = {name: self._reply(raw.get(name), f"{at}/{name}") for name in ("chosen", "rejected")}
        if not any(raw.get(name) is not None for name in ("prompt", "messages", "conversations")):
            shared = _shared_length(replies["chosen"], replies["rejected"])
            turns.extend(self._split(replies["chosen"][:shared]))
            replies = {name: messages[shared:] for name, messages in replies.items()}
        else:
            said = [message for turn in turns for message in _messages_of(turn)]
            replies = {
                name: messages[len(said) :] if said and messages[: len(said)] == said else messages
                for name, messages in replies.items()
            }
        found = [{"source_id": name, "messages": messages} for name, messages in replies.items() if messages]
        # The first place must not give away which one was preferred.
        return sorted(found, key=lambda response: digest(response["messages"]))

    def _reply(self, raw: Any, at: str) -> list[dict[str, Any]]:
        if isinstance(raw, str):
            return self._messages(_hh(raw) or [{"role": "assistant", "content": raw}], at)
        if isinstance(raw, dict):
            return self._messages([{"role": "assistant"} | raw], at, is_list=False)
        if isinstance(raw, list):
            return self._list(raw, at)
        self._refuse(at, "bad_value", "This reply is missing or no text.", "Send a text or messages.")
        return []

    def _list(self, raw: Any, at: str) -> list[dict[str, Any]]:
        if isinstance(raw, list) and raw and all(isinstance(each, dict) and "from" in each for each in raw):
            return self._messages([_from_sharegpt(each) for each in raw], at, said="value")
        return self._messages(raw, at)

    def _messages(self, raw: Any, at: str, *, is_list: bool = True, said: str = "content") -> list[dict[str, Any]]:
        found = []
        for index, each in self._each(raw, at):
            message = read_message(each, f"{at}/{index}" if is_list else at, self._found, said)
            if message is not None:
                found.append(message)
        return found

    def _split(self, messages: Sequence[dict[str, Any]]) -> Turns:
        """User messages up to the next reply are one turn's; the assistant and tool messages that follow are its response."""
        turns: Turns = []
        for message in messages:
            replies = message["role"] in _REPLYING
            if not turns or (not replies and turns[-1].get("responses")):
                turns.append({"messages": []})
            if replies:
                turns[-1].setdefault("responses", [{"messages": []}])[0]["messages"].append(message)
            else:
                turns[-1]["messages"].append(message)
        for turn in turns:
            for response in turn.get("responses", []):
                self._check_calls(response["messages"], "")
        return turns

    # ---------------------------------------------------------------------------------------------------------- both --
    def _each(self, raw: Any, at: str) -> list[tuple[int, Any]]:
        if not isinstance(raw, list):
            self._refuse(at, "bad_value", "This is not a list.", "Send a list.")
            return []
        return list(enumerate(raw))

    def _refuse(self, at: str, code: str, message: str, remedy: str) -> None:
        self.problems.append(Problem(at, code, message, remedy))


def _kept(raw: Mapping[str, Any], fields: Sequence[str], *used: str) -> dict[str, Any]:
    """Known fields as they are, everything unknown under `meta`, which is carried and not shown."""
    kept = {name: raw[name] for name in fields if raw.get(name) is not None}
    return kept | _meta(raw, {name: raw[name] for name in raw if name not in {*fields, *used, "meta"}})


def _meta(raw: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    given = raw.get("meta")
    meta = {**(given if isinstance(given, dict) else {}), **rest}
    return {"meta": meta} if meta else {}


def _messages_of(turn: Mapping[str, Any]) -> list[dict[str, Any]]:
    replies = [message for response in turn.get("responses", []) for message in response["messages"]]
    return [*turn["messages"], *replies]


def _two_replies(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """`{"input": …, "output_1": …, "output_2": …}` and its kin: a prompt and two replies, each in a column of its own."""
    if any(name in raw for name in ("responses", "chosen", "rejected", "turns", "messages", "conversations")):
        return None
    prompt = next((raw[name] for name in _PROMPTS if isinstance(raw.get(name), str)), None)
    for name, reply in raw.items():
        if isinstance(name, str) and (found := _REPLY.fullmatch(name)) and found[2] in "1aA":
            twin = raw.get(found[1] + chr(ord(found[2]) + 1))
            if prompt is not None and isinstance(reply, str) and isinstance(twin, str):
                return {"prompt": prompt, "responses": [reply, twin]}
    return None


def _shared_length(ours: Sequence[Any], theirs: Sequence[Any]) -> int:
    """How far two conversations are the same; at least the last message of each is its own."""
    length = 0
    while length < min(len(ours), len(theirs)) - 1 and ours[length] == theirs[length]:
        length += 1
    return length


def _hh(text: str) -> list[dict[str, Any]]:
    """The messages of a text with "Human:" and "Assistant:" marks; [] when it is not one."""
    if not text.lstrip().startswith(("Human:", "Assistant:")):
        return []
    pieces = _HH_SPEAKER.split(text.strip())
    return [
        {"role": "user" if speaker == "Human" else "assistant", "content": said.strip()}
        for speaker, said in zip(pieces[1::2], pieces[2::2], strict=True)
        if said.strip()
    ]


def _from_sharegpt(raw: Mapping[str, Any]) -> dict[str, Any]:
    role = _SHAREGPT.get(raw["from"], raw["from"]) if isinstance(raw["from"], str) else raw["from"]
    rest = {name: value for name, value in raw.items() if name not in ("from", "value")}
    if raw["from"] == "function_call":
        return rest | {"role": role, "content": None, "function_call": raw.get("value")}
    return rest | {"role": role, "content": raw.get("value")}
