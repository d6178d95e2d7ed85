"""A picture: a sealed blob and the facts about it that were frozen at import. Coordinates are pixels of the upright picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.kind import Part
from evenhand.ontology.orientation import ORIENTATIONS, upright_size

_FIELDS = frozenset({"blob", "digest", "media_type", "bytes", "name", "media"})
_SIZES = ("width", "height", "stored_width", "stored_height")
MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/bmp")


class Settings(BaseModel):
    """How the picture is shown."""

    model_config = ConfigDict(extra="forbid")

    smooth: bool = True


class ImageInput:
    """A stored picture. What arrives as an upload, a data: address or a file becomes this at import."""

    name: ClassVar[str] = "image"
    Settings: ClassVar[type[BaseModel]] = Settings
    is_media: ClassVar[bool] = True
    file_bytes_max: ClassVar[int] = 64 * 1024 * 1024
    shown_types: ClassVar[frozenset[str]] = frozenset(MEDIA_TYPES) - {"image/tiff"}

    def check(self, settings: Any, content: JsonValue) -> list[Problem]:
        """The stored form: blob, media type and sizes that fit each other."""
        if not isinstance(content, dict):
            remedy = 'Send {"upload": id} or {"url": …}, or send the file to /projects/{project_id}/images.'
            return [Problem("", "bad_value", "This is not a picture.", remedy)]
        if unknown := sorted(content.keys() - _FIELDS):
            return [Problem(f"/{unknown[0]}", "unknown_field", "A picture has no such field.", "Remove it.")]
        problems = []
        if not _is_id(content.get("blob")):
            message = "blob is the id of a stored file."
            problems.append(Problem("/blob", "bad_id", message, "Take the id that an upload was given."))
        if content.get("media_type") not in MEDIA_TYPES:
            problems.append(
                Problem("/media_type", "unknown_option", "Pictures of this kind are not shown.", "Send one of these.",
                        MEDIA_TYPES)
            )  # fmt: skip
        return problems + _media_problems(content.get("media"))

    def clean(self, settings: Any, content: JsonValue) -> JsonValue:
        """Nothing: the facts were made by our own probe."""
        return content

    def file_of(self, content: JsonValue) -> str | None:
        """Its blob."""
        blob = content.get("blob") if isinstance(content, dict) else None
        return blob if isinstance(blob, str) else None

    def probe(self, content: bytes) -> tuple[str, dict[str, JsonValue]]:
        """(media type, `media` facts) of a file. Raises Malformed, which says what is wrong with it."""
        # Pillow costs 10 MB that only a process which takes pictures in should pay.
        from evenhand.ontology import pictures

        probed = pictures.probe(content)
        return probed.media_type, {**probed.as_json()}

    def thumbnail(self, content: bytes, width: int) -> tuple[str, bytes]:
        """(media type, file) of a small copy, at most `width` pixels wide and high."""
        from evenhand.ontology import pictures

        return "image/webp", pictures.thumbnail(content, width)

    def rendered(self, content: bytes) -> tuple[str, bytes]:
        """PNG, upright, pixel for pixel."""
        from evenhand.ontology import pictures

        return "image/png", pictures.as_png(content)

    def parts(self, name: str, settings: Any, content: JsonValue) -> list[Part]:
        """The picture itself, with its upright size."""
        media = content.get("media") if isinstance(content, dict) else None
        if not isinstance(media, dict) or not all(isinstance(media.get(side), int) for side in _SIZES):
            return [Part(name, "input", name, self.name)]
        width, height = media["width"], media["height"]
        assert isinstance(width, int)
        assert isinstance(height, int)
        return [Part(name, "input", name, self.name, size=(width, height), facts={"width": width, "height": height})]

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


def _is_id(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False


def _media_problems(media: JsonValue) -> list[Problem]:
    if not isinstance(media, dict):
        return [Problem("/media", "bad_value", "The facts about the picture are missing.", "Let the import make them.")]
    for side in _SIZES:
        value = media.get(side)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**31:
            message = f"{side} is a number of pixels."
            return [Problem(f"/media/{side}", "out_of_bounds", message, "Let the import make it.")]
    width, height, stored_width, stored_height = (media[side] for side in _SIZES)
    orientation = media.get("orientation", 1)
    if not isinstance(orientation, int) or isinstance(orientation, bool) or orientation not in ORIENTATIONS:
        return [Problem("/media/orientation", "out_of_bounds", "An orientation lies in 1..8.", "1 is upright.")]
    if (width, height) != upright_size(orientation, stored_width, stored_height):  # type: ignore[arg-type]
        message = "The upright sides do not follow from the stored ones and the orientation."
        return [Problem("/media/width", "bad_value", message, "Orientations 5 to 8 swap the sides.")]
    return []


kind = ImageInput()
