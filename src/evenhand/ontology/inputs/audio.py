"""A recording: a sealed blob and the facts about it that were frozen at import. A tick is a sample, counted from 0."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.kind import FileAt, FileKind, Part
from evenhand.ontology.media import FIELDS, SOUND, check_sound, length_of


class Settings(BaseModel):
    """Nothing is set about a recording."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AudioInput:
    """A stored recording. What arrives as an upload, a data: address or a file becomes this at import."""

    name: ClassVar[str] = "audio"
    Settings: ClassVar[type[BaseModel]] = Settings
    is_file: ClassVar[bool] = True
    is_text: ClassVar[bool] = False
    file_kind: ClassVar[FileKind] = SOUND
    files_max: ClassVar[int] = 1

    def check(self, settings: Any, content: JsonValue) -> list[Problem]:
        """The stored form: blob, media type, and how many samples there are."""
        if not isinstance(content, dict):
            remedy = 'Send {"upload": id} or {"url": …}, or send the file to /projects/{project_id}/images.'
            return [Problem("", "bad_value", "This is not a recording.", remedy)]
        if unknown := sorted(content.keys() - FIELDS):
            return [Problem(f"/{unknown[0]}", "unknown_field", "A recording has no such field.", "Remove it.")]
        return check_sound(content)

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
        """The recording, as long as it is, and below it its channels `c0`, `c1`, …, each as long."""
        found = length_of(content)
        if found is None:
            return [Part(name, "input", name, self.name)]
        samples, rate, channels = found
        length = samples, rate
        facts = {"samples": samples, "sample_rate": rate, "channels": channels}
        below = [
            Part(f"{name}/c{index}", "channel", name, self.name, length=length, facts={"index": index})
            for index in range(channels)
        ]
        children = tuple(part.address for part in below)
        return [Part(name, "input", name, self.name, length=length, facts=facts, children=children), *below]

    def visible(self, settings: Any, content: JsonValue) -> JsonValue:
        """All but the digest of the bytes, by which a known recording could be recognised without being heard."""
        if not isinstance(content, dict):
            return content
        return {name: value for name, value in content.items() if name != "digest"}

    def text_of(self, settings: Any, content: JsonValue) -> str:
        """The file's name."""
        name = content.get("name") if isinstance(content, dict) else None
        return name if isinstance(name, str) else ""

    def examples(self) -> Iterable[JsonValue]:
        """A sentence read aloud, and a call with one speaker a channel."""
        sentence: dict[str, JsonValue] = {
            "blob": "019303bc-6a80-7c4e-9b1e-0d6c39b0a101",
            "digest": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a09",
            "media_type": "audio/wav",
            "bytes": 114_728,
            "name": "Straße 1.wav",
            "media": {"samples": 57_342, "sample_rate": 48_000, "channels": 1, "bits": 16, "probe": "evenhand-sound/1"},
        }
        call: dict[str, JsonValue] = {
            "blob": "019303bc-6a80-7c4e-9b1e-0d6c39b0a102",
            "media_type": "audio/wav",
            "bytes": 960_044,
            "name": "call.wav",
            "media": {"samples": 240_000, "sample_rate": 8_000, "channels": 2, "bits": 16},
        }
        return [sentence, call]


kind = AudioInput()
