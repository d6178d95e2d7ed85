"""Plain text: code points as given, nothing trimmed, nothing normalised."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from evenhand.core.canonical import JsonValue, escape_pointer
from evenhand.core.errors import Problem
from evenhand.ontology.kind import Part

LENGTH_MAX = 1_048_576


class Settings(BaseModel):
    """How the text is shown."""

    model_config = ConfigDict(extra="forbid", strict=True)

    monospace: bool = False


class TextInput:
    """A text, either as a plain string or as `{"text": …, "language": …}`."""

    name: ClassVar[str] = "text"
    Settings: ClassVar[type[BaseModel]] = Settings
    is_file: ClassVar[bool] = False
    is_text: ClassVar[bool] = True

    def check(self, settings: Any, content: JsonValue) -> list[Problem]:
        """A text of at most 1 Mi code points."""
        pointer, text = ("", content)
        if isinstance(content, dict):
            pointer, text = "/text", content.get("text")
            if unknown := sorted(content.keys() - {"text", "language", "media_type"}):
                at = "/" + escape_pointer(unknown[0])
                return [Problem(at, "unknown_field", "A text has no such field.", "Remove it.")]
            for name in ("language", "media_type"):
                if name in content and not isinstance(content[name], str):
                    return [Problem(f"/{name}", "bad_value", f"{name} is a text.", "Send a text, or leave it out.")]
        if not isinstance(text, str):
            return [Problem(pointer, "bad_json", "This is not a text.", "Send a string.")]
        if len(text) > LENGTH_MAX:
            message = f"A text has at most {LENGTH_MAX} characters; this has {len(text)}."
            return [Problem(pointer, "too_large", message, "Split it into parts of one group.")]
        return []

    def clean(self, settings: Any, content: JsonValue) -> JsonValue:
        """Always the object form."""
        return {"text": content} if isinstance(content, str) else content

    def parts(self, name: str, settings: Any, content: JsonValue) -> list[Part]:
        """The text itself."""
        text = self.text_of(settings, content)
        return [Part(name, "input", name, self.name, text=text, facts={"length": len(text)})]

    def visible(self, settings: Any, content: JsonValue) -> JsonValue:
        """All of it."""
        return content

    def text_of(self, settings: Any, content: JsonValue) -> str:
        """The text."""
        if isinstance(content, dict):
            text = content.get("text")
            return text if isinstance(text, str) else ""
        return content if isinstance(content, str) else ""

    def examples(self) -> Iterable[JsonValue]:
        """A string, and the object form with a language."""
        return ["The café on the corner was warm. 💩", {"text": "Der Zug kam pünktlich.", "language": "de"}]


kind = TextInput()
