"""A file of source code: a text whose lines count and whose colors are presentation; offsets count in the text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue, escape_pointer
from evenhand.core.errors import Problem
from evenhand.ontology.inputs.text import LENGTH_MAX, TextInput
from evenhand.ontology.kind import Part

NAME_MAX = 500
_FIELDS = frozenset({"text", "language", "path"})


class Settings(BaseModel):
    """How code is shown that does not say so itself. language: a name such as "python", or the end of a file's name."""

    model_config = ConfigDict(extra="forbid", strict=True)

    language: str | None = Field(None, max_length=NAME_MAX)


class CodeInput(TextInput):
    """Source code, either as a plain string or as `{"text": …, "language": "python", "path": "src/main.py"}`."""

    name: ClassVar[str] = "code"
    Settings: ClassVar[type[BaseModel]] = Settings

    def check(self, settings: Any, content: JsonValue) -> list[Problem]:
        """A text of at most 1 Mi code points; a language and a path of at most 500."""
        text = content
        if isinstance(content, dict):
            text = content.get("text")
            if unknown := sorted(content.keys() - _FIELDS):
                at = "/" + escape_pointer(unknown[0])
                return [Problem(at, "unknown_field", "Code has no such field.", "Remove it.", tuple(sorted(_FIELDS)))]
            for name in ("language", "path"):
                if name in content and not (isinstance(each := content[name], str) and 0 < len(each) <= NAME_MAX):
                    message = f"{name} is a text of 1 to {NAME_MAX} characters."
                    return [Problem(f"/{name}", "bad_value", message, "Send such a text, or leave it out.")]
        pointer = "/text" if isinstance(content, dict) else ""
        if not isinstance(text, str):
            return [Problem(pointer, "bad_json", "This is not code.", "Send the whole file as a string.")]
        if len(text) > LENGTH_MAX:
            message = f"Code has at most {LENGTH_MAX} characters; this has {len(text)}."
            return [Problem(pointer, "too_large", message, "Split it into parts of one group.")]
        return []

    def parts(self, name: str, settings: Any, content: JsonValue) -> list[Part]:
        """The file itself, with how many lines it has: one more than line ends, but for an end of the last."""
        text = self.text_of(settings, content)
        return [Part(name, "input", name, self.name, text=text, facts={"length": len(text), "lines": lines_in(text)})]

    def examples(self) -> Iterable[JsonValue]:
        """A function as a string, and a file with its language and path."""
        return [
            'def greet(name):\n    return f"Grüß Gott, {name}! 💩"\n',
            {"text": "let π = 3.14159;\nconsole.log(π);", "language": "javascript", "path": "src/pi.js"},
        ]


def lines_in(text: str) -> int:
    """How many lines an editor shows of a text that ends its lines with "\\n"; 0 of an empty one."""
    return text.count("\n") + (0 if text.endswith("\n") or not text else 1)


kind = CodeInput()
