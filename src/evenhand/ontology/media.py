"""Stored files as contents hold them: pictures, alone in an input or inside a message, and recordings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology import sounds
from evenhand.ontology.orientation import ORIENTATIONS, upright_size

FIELDS = frozenset({"blob", "digest", "media_type", "bytes", "name", "media"})
MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/bmp")
SOUND_TYPES = ("audio/wav",)
_SIZES = ("width", "height", "stored_width", "stored_height")
_COUNTS = ("samples", "sample_rate", "channels")
_BY_IMPORT = "Let the import make them."


class PictureFile:
    """A picture. Pillow, which looks into it, costs 10 MB that only a process which takes pictures in should pay."""

    bytes_max: ClassVar[int] = 64 * 1024 * 1024
    suffixes: ClassVar[frozenset[str]] = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp"})
    shown_types: ClassVar[frozenset[str]] = frozenset(MEDIA_TYPES) - {"image/tiff"}

    def begins(self, head: bytes) -> bool:
        """By the first bytes of each of its forms."""
        return (
            head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")) or head[8:12] == b"WEBP"
        )

    def probe(self, content: bytes) -> tuple[str, dict[str, JsonValue]]:
        """(media type, `media` facts) of a file. Raises Malformed, which says what is wrong with it."""
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


PICTURE = PictureFile()


class SoundFile:
    """A recording. What draws it is imported only where one is drawn."""

    bytes_max: ClassVar[int] = 64 * 1024 * 1024
    suffixes: ClassVar[frozenset[str]] = frozenset({".wav", ".wave"})
    shown_types: ClassVar[frozenset[str]] = frozenset(SOUND_TYPES)

    def begins(self, head: bytes) -> bool:
        """By the first bytes of WAVE."""
        return sounds.begins(head)

    def probe(self, content: bytes) -> tuple[str, dict[str, JsonValue]]:
        """(media type, `media` facts) of a file. Raises Malformed, which says what is wrong with it."""
        return SOUND_TYPES[0], {**sounds.probe(content).as_json()}

    def thumbnail(self, content: bytes, width: int) -> tuple[str, bytes]:
        """(media type, file) of a small drawing of how loud it is, `width` pixels wide."""
        from evenhand.ontology import sound_drawings

        return "image/webp", sound_drawings.thumbnail(content, width)

    def rendered(self, content: bytes) -> tuple[str, bytes]:
        """As it is: all that is taken in is played by browsers."""
        return SOUND_TYPES[0], content


SOUND = SoundFile()


def check_picture(stored: Mapping[str, Any]) -> list[Problem]:
    """Every defect of a stored picture: blob, media type and sizes that fit each other."""
    return [*_stored_problems(stored, MEDIA_TYPES, "Pictures"), *_media_problems(stored.get("media"))]


def check_sound(stored: Mapping[str, Any]) -> list[Problem]:
    """Every defect of a stored recording: blob, media type, and the counts that ticks and channels are checked against."""
    problems = _stored_problems(stored, SOUND_TYPES, "Recordings")
    media = stored.get("media")
    if not isinstance(media, dict):
        return [*problems, Problem("/media", "bad_value", "The facts about the recording are missing.", _BY_IMPORT)]
    for name in _COUNTS:
        value = media.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**31:
            problems.append(Problem(f"/media/{name}", "out_of_bounds", f"{name} is a whole number.", _BY_IMPORT))
    return problems


def length_of(stored: Any) -> tuple[int, int, int] | None:
    """(samples of each channel, samples a second, channels) of a stored recording; None where its facts are missing."""
    media = stored.get("media") if isinstance(stored, dict) else None
    if not isinstance(media, dict) or not all(isinstance(media.get(name), int) for name in _COUNTS):
        return None
    return media["samples"], media["sample_rate"], media["channels"]


def _stored_problems(stored: Mapping[str, Any], types: tuple[str, ...], what: str) -> list[Problem]:
    problems = []
    if not is_id(stored.get("blob")):
        message = "blob is the id of a stored file."
        problems.append(Problem("/blob", "bad_id", message, "Take the id that an upload was given."))
    if stored.get("media_type") not in types:
        message = f"{what} of this kind are not shown."
        problems.append(Problem("/media_type", "unknown_option", message, "Send one of these.", types))
    return problems


def size_of(stored: Any) -> tuple[int, int] | None:
    """(width, height) of a stored picture as it is seen; None where its facts are missing."""
    media = stored.get("media") if isinstance(stored, dict) else None
    if not isinstance(media, dict) or not all(isinstance(media.get(side), int) for side in _SIZES):
        return None
    return media["width"], media["height"]


def is_id(value: Any) -> bool:
    """Whether this is the id of a stored file."""
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False


def with_files(content: JsonValue, files: Mapping[str, JsonValue]) -> JsonValue:
    """A content with other files at these pointers, which lead to something in it. The one that was given stays as it is."""
    changed = content
    copied: set[str] = set()
    for pointer, file in files.items():
        if pointer == "":
            return file
        *steps, last = pointer[1:].split("/")
        if "" not in copied:
            changed = _copy(changed)
            copied.add("")
        inner: Any = changed
        at = ""
        for step in steps:
            at += f"/{step}"
            place = _step(inner, step)
            if at not in copied:
                inner[place] = _copy(inner[place])
                copied.add(at)
            inner = inner[place]
        inner[_step(inner, last)] = file
    return changed


def _copy(value: Any) -> Any:
    return list(value) if isinstance(value, list) else dict(value)


def _step(value: Any, step: str) -> int | str:
    return int(step) if isinstance(value, list) else step.replace("~1", "/").replace("~0", "~")


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
