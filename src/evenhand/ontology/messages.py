"""One message and its blocks: every known spelling of a block becomes ours, an unknown one is kept word for word (2.4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evenhand.core.canonical import canonical_json, unfit_parts
from evenhand.core.errors import Problem
from evenhand.ontology.kind import FileAt
from evenhand.ontology.media import FIELDS, check_picture

ROLES = ("system", "developer", "user", "assistant", "tool")
SOURCES = ("human", "model", "edited", "template", "tool", "environment", "unknown")
PICTURES = ("image", "image_url", "input_image")
MEDIA = ("image", "audio", "video", "file")
BLOCKS = (
    "text",
    "reasoning",
    "refusal",
    *MEDIA,
    "tool_call",
    "tool_result",
    "resource",
    "reference",
    "data",
    "unknown",
)
_FIELDS = ("id", "source_id", "by", "edited_from", "name", "train", "legacy", "language")
_SPELLED = ("role", "content", "tool_calls", "function_call", "tool_call_id", "refusal", "reasoning", "reasoning_content",
            "weight", "meta")  # fmt: skip


# What names a picture, in our own form and in those of OpenAI, Anthropic, MCP and Inspect.
_NAMING = frozenset({"upload", "url", "uri", "data", "image_url", "image", "source", "mimeType"})


@dataclass(slots=True)
class Found:
    """What is found while a conversation is read: its defects, and the pictures that it names, each with its pointer."""

    problems: list[Problem] = field(default_factory=list)
    files: list[FileAt] = field(default_factory=list)


def read_message(raw: Any, at: str, found: Found, said: str = "content") -> dict[str, Any] | None:
    """One message in our form, or None and a problem. said: what its content was called where it was sent."""
    if not isinstance(raw, dict):
        found.problems.append(
            Problem(at, "bad_value", "A message is an object.", 'Send {"role": "user", "content": …}.')
        )
        return None
    role = raw.get("role")
    message = {name: raw[name] for name in _FIELDS if raw.get(name) is not None}
    if role == "function":
        role, message["legacy"] = "tool", "function"
    if role not in ROLES:
        found.problems.append(
            Problem(f"{at}/role", "unknown_option", "There is no such role.", "Take one of these.", ROLES)
        )
        return None
    _check_source(message, at, found)
    if "weight" in raw and "train" not in message:
        message["train"] = bool(raw["weight"])
    blocks = _spoken(raw, at, found, said)
    if role == "tool" and not any(block["type"] == "tool_result" for block in blocks):
        call = raw.get("tool_call_id", raw.get("name"))
        named = {"call": call} if isinstance(call, str) else {}
        blocks = [{"type": "tool_result", "is_error": False, "content": blocks} | named]
    given = raw.get("meta") if isinstance(raw.get("meta"), dict) else {}
    meta = {**(given or {}), **{name: raw[name] for name in raw if name not in {*_FIELDS, *_SPELLED}}}
    return {**message, "role": role, "content": blocks} | ({"meta": meta} if meta else {})


def _check_source(message: Mapping[str, Any], at: str, found: Found) -> None:
    if "by" in message and message["by"] not in SOURCES:
        found.problems.append(
            Problem(f"{at}/by", "unknown_option", "Nobody of that kind writes.", "Take one.", SOURCES)
        )
    if message.get("by") == "edited" and not isinstance(message.get("edited_from"), dict):
        text = "An edited message says what it was edited from."
        found.problems.append(Problem(f"{at}/edited_from", "bad_value", text, 'Add {"digest": …, "by": "model"}.'))
    for name in ("name", "language"):
        if name in message and not isinstance(message[name], str):
            found.problems.append(Problem(f"{at}/{name}", "bad_value", f"{name} is a text.", "Send a text."))


def _spoken(raw: Mapping[str, Any], at: str, found: Found, said: str) -> list[dict[str, Any]]:
    """All that a message holds, reasoning first and calls last, as providers order them."""
    blocks: list[dict[str, Any]] = []
    for name in ("reasoning_content", "reasoning"):
        if isinstance(raw.get(name), str) and raw[name]:
            blocks.append({"type": "reasoning", "text": raw[name]})
            break
    blocks.extend(read_blocks(raw.get("content"), f"{at}/{said}", found))
    if isinstance(raw.get("refusal"), str) and raw["refusal"]:
        blocks.append({"type": "refusal", "text": raw["refusal"]})
    calls = raw.get("tool_calls")
    if isinstance(calls, list):
        blocks.extend(_call(each, f"{at}/tool_calls/{index}", found) for index, each in enumerate(calls))
    elif calls is not None:
        found.problems.append(Problem(f"{at}/tool_calls", "bad_value", "tool_calls is a list.", "Send a list."))
    if raw.get("function_call") is not None:
        called = raw["function_call"]
        if isinstance(called, str):
            called = _parsed(called)[0]
        blocks.append(_call({"function": called}, f"{at}/function_call", found))
    return blocks


def read_blocks(raw: Any, at: str, found: Found) -> list[dict[str, Any]]:
    """Content in our form: a text is one block, nothing is none."""
    if raw is None:
        return []
    if isinstance(raw, str):
        return [{"type": "text", "text": raw}] if raw else []
    if isinstance(raw, dict):
        return [_block(raw, at, found)]
    if not isinstance(raw, list):
        found.problems.append(Problem(at, "bad_value", "Content is a text or a list of blocks.", "Send a text."))
        return []
    return [_block(each, f"{at}/{index}", found) for index, each in enumerate(raw)]


def _block(raw: Any, at: str, found: Found) -> dict[str, Any]:
    if isinstance(raw, str):
        return {"type": "text", "text": raw}
    type_ = raw.get("type") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(type_, str):
        found.problems.append(
            Problem(at, "bad_value", "A block is an object with a type.", 'Send {"type": "text", …}.')
        )
        return {"type": "unknown"}
    if type_ in ("text", "input_text", "output_text"):
        return _text({**raw, "type": "text"}, at, found)
    if type_ in ("reasoning", "thinking"):
        text = raw.get("text", raw.get("thinking", ""))
        return _text(
            {**{n: v for n, v in raw.items() if n != "thinking"}, "type": "reasoning", "text": text}, at, found
        )
    if type_ == "refusal":
        return _text({**raw, "text": raw.get("text", raw.get("refusal"))}, at, found)
    if type_ in ("tool_call", "tool_use", "function"):
        return _call(raw, at, found)
    if type_ == "tool_result":
        return _result(raw, at, found)
    if type_ in PICTURES:
        return _picture(raw, type_, at, found)
    if type_ in ("input_audio", *MEDIA):
        return _media(raw, type_, at, found)
    if type_ in BLOCKS:
        return dict(raw)
    return {"type": "unknown", "source_type": type_, "source": dict(raw)}


def _text(block: dict[str, Any], at: str, found: Found) -> dict[str, Any]:
    if not isinstance(block.get("text"), str):
        found.problems.append(Problem(f"{at}/text", "bad_value", "This block has no text.", "Send a text."))
        block["text"] = ""
    return block


def _call(raw: Any, at: str, found: Found) -> dict[str, Any]:
    function = raw.get("function", raw) if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(function, dict) or not isinstance(function.get("name"), str):
        found.problems.append(Problem(at, "bad_value", "A call names its tool.", 'Send {"name": …, "arguments": {…}}.'))
        return {"type": "tool_call", "name": ""}
    call = {"type": "tool_call", "name": function["name"]}
    if isinstance(raw.get("id"), str):
        call["id"] = raw["id"]
    given = function.get("arguments", function.get("input"))
    if isinstance(given, str):
        value, is_read = _parsed(given)
        if is_read:
            call["arguments"] = value
        if not is_read or canonical_json(value).decode() != given:
            call["arguments_text"] = given
    elif given is not None:
        call["arguments"] = given
    if isinstance(raw.get("arguments_text"), str):
        call["arguments_text"] = raw["arguments_text"]
    return call


def _result(raw: Mapping[str, Any], at: str, found: Found) -> dict[str, Any]:
    call = raw.get("call", raw.get("tool_use_id"))
    result: dict[str, Any] = {"type": "tool_result", "is_error": raw.get("is_error") is True}
    if isinstance(call, str):
        result["call"] = call
    if "structured" in raw:
        result["structured"] = raw["structured"]
    return result | {"content": read_blocks(raw.get("content"), f"{at}/content", found)}


def _picture(raw: Mapping[str, Any], type_: str, at: str, found: Found) -> dict[str, Any]:
    """A stored picture, its facts checked; where it is none yet, its place, which the import fills."""
    kept = {name: raw[name] for name in raw if name not in FIELDS and name not in _NAMING} | {"type": "image"}
    found.files.append(FileAt(at, _sent(raw), kept))
    stored = {name: raw[name] for name in raw if name in FIELDS} if type_ == "image" else {}
    if "blob" not in stored:
        text = "This picture is not stored yet."
        remedy = 'Send {"type": "image", "upload": id} or "url" in place of "upload".'
        found.problems.append(Problem(at, "unreadable_media", text, remedy))
        return kept
    if problems := check_picture(stored):
        found.problems.extend(each.under(at) for each in problems)
        return kept
    return kept | stored


def _sent(raw: Mapping[str, Any]) -> Any:
    """What names the picture, as any content may name one: the address, where it stands in the form of a provider."""
    link: Any = raw.get("image_url", raw.get("image", raw.get("uri")))
    if isinstance(link, Mapping):
        link = link.get("url")
    data, media_type = raw.get("data"), raw.get("mimeType")
    source = raw.get("source")
    if isinstance(source, Mapping):
        link = source.get("url")
        data, media_type = source.get("data"), source.get("media_type")
    if isinstance(data, str) and isinstance(media_type, str):
        return f"data:{media_type};base64,{data}"
    return link if isinstance(link, str) else raw


def _media(raw: Mapping[str, Any], type_: str, at: str, found: Found) -> dict[str, Any]:
    """Sound, film and other files are named and not shown; an address stays an address, for nothing is loaded from elsewhere."""
    if type_ in MEDIA and isinstance(raw.get("blob"), str):
        return dict(raw)
    link = raw.get("url", raw.get("uri"))
    if isinstance(link, str) and link.startswith(("https://", "http://")):
        text = "The file behind this address is not fetched; annotators see the address."
        found.problems.append(Problem(at, "unreadable_media", text, "Send what it says as text.", None, True))
        return {"type": "resource", "uri": link}
    text = "Of the media in a conversation only pictures are shown."
    found.problems.append(Problem(at, "unreadable_media", text, "Send what it says as text, or leave it out."))
    return {"type": "unknown", "source_type": type_}


def _parsed(text: str) -> tuple[Any, bool]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None, False
    return (value, True) if not unfit_parts(value) else (None, False)
