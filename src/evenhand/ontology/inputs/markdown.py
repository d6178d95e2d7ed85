"""Markdown: offsets count in the source; the workspace renders it, raw HTML shows as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from evenhand.core.canonical import JsonValue
from evenhand.ontology.inputs.text import TextInput


class MarkdownInput(TextInput):
    """A text in CommonMark with tables and maths."""

    name: ClassVar[str] = "markdown"

    def examples(self) -> Iterable[JsonValue]:
        """Structure, maths and text outside ASCII."""
        return ["# House rules\n\n- Be **brief**.\n- No $x^2$ in answers.", {"text": "*Größe* zählt", "language": "de"}]


kind = MarkdownInput()
