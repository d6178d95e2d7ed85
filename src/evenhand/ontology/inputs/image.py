"""A picture: a sealed blob and the facts about it that were frozen at import. Coordinates are pixels of the upright picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.kind import FileAt, FileKind, Part
from evenhand.ontology.media import FIELDS, PICTURE, check_picture, size_of


class Settings(BaseModel):
    """How the picture is shown."""

    model_config = ConfigDict(extra="forbid", strict=True)

    smooth: bool = True


class ImageInput:
    """A stored picture. What arrives as an upload, a data: address or a file becomes this at import."""

    name: ClassVar[str] = "image"
    Settings: ClassVar[type[BaseModel]] = Settings
    is_file: ClassVar[bool] = True
    is_text: ClassVar[bool] = False
    file_kind: ClassVar[FileKind] = PICTURE
    files_max: ClassVar[int] = 1

    def check(self, settings: Any, content: JsonValue) -> list[Problem]:
        """The stored form: blob, media type and sizes that fit each other."""
        if not isinstance(content, dict):
            remedy = 'Send {"upload": id} or {"url": …}, or send the file to /projects/{project_id}/images.'
            return [Problem("", "bad_value", "This is not a picture.", remedy)]
        if unknown := sorted(content.keys() - FIELDS):
            return [Problem(f"/{unknown[0]}", "unknown_field", "A picture has no such field.", "Remove it.")]
        return check_picture(content)

    def clean(self, settings: Any, content: JsonValue) -> JsonValue:
        """Nothing: the facts were made by our own probe."""
        return content

    def files_named(self, content: JsonValue) -> list[FileAt]:
        """The content itself, whatever it is."""
        return [] if content is None else [FileAt("", content)]

    def files_shown(self, content: JsonValue) -> list[FileAt]:
        """The content itself."""
        blob = content.get("blob") if isinstance(content, dict) else None
        return [FileAt("", content)] if isinstance(blob, str) else []

    def parts(self, name: str, settings: Any, content: JsonValue) -> list[Part]:
        """The picture itself, with its upright size."""
        size = size_of(content)
        if size is None:
            return [Part(name, "input", name, self.name)]
        width, height = size
        return [Part(name, "input", name, self.name, size=size, facts={"width": width, "height": height})]

    def visible(self, settings: Any, content: JsonValue) -> JsonValue:
        """All but the digest of the bytes, by which a known picture could be recognised without being seen."""
        if not isinstance(content, dict):
            return content
        return {name: value for name, value in content.items() if name != "digest"}

    def text_of(self, settings: Any, content: JsonValue) -> str:
        """The file's name."""
        name = content.get("name") if isinstance(content, dict) else None
        return name if isinstance(name, str) else ""

    def examples(self) -> Iterable[JsonValue]:
        """A photograph held upright by its orientation, and a drawing."""
        photograph: dict[str, JsonValue] = {
            "blob": "019303bc-6a80-7c4e-9b1e-0d6c39b0a001",
            "digest": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "media_type": "image/jpeg",
            "bytes": 812_044,
            "name": "Straße 1.jpg",
            "media": {
                "width": 3024, "height": 4032, "stored_width": 4032, "stored_height": 3024, "orientation": 6,
                "pages": 1, "probe": "evenhand-probe/1",
            },
        }  # fmt: skip
        drawing: dict[str, JsonValue] = {
            "blob": "019303bc-6a80-7c4e-9b1e-0d6c39b0a002",
            "media_type": "image/png",
            "bytes": 5_120,
            "name": "plan.png",
            "media": {"width": 640, "height": 480, "stored_width": 640, "stored_height": 480, "orientation": 1},
        }
        return [photograph, drawing]


kind = ImageInput()
