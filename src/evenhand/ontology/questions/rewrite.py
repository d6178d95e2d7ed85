"""Rewrite: a text or message as somebody would have it, with the digest of what it was; what changed is derived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue, digest_of_bytes
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, medoid, problem
from evenhand.ontology.kind import Example, Merged, Shown, Target
from evenhand.quality.edits import edit_share

LENGTH_MAX = 200_000
_BETWEEN = "\n\n"
# Within this share of the words two results say the same for the probability of their medoid.
_RADIUS = 0.1


class Settings(BaseModel):
    """How much has to change, and what is shown of it.

    require_change: the same text again is refused. min_change: the least `effort`, a share 0..1. track: what changed is shown
    beside the text from the beginning; the person can always look.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    require_change: bool = False
    min_change: Annotated[float, Field(ge=0, le=1)] = 0.0
    track: bool = False


class Value(BaseModel):
    """base: `sha256:` and the hex SHA-256 of the UTF-8 of the text that was changed, see `base_of`. text: the result."""

    model_config = ConfigDict(extra="forbid", strict=True)

    base: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    text: Annotated[str, Field(max_length=LENGTH_MAX)]


class Rewrite(Answering):
    """The same text, better."""

    name: ClassVar[str] = "rewrite"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value
    targets: ClassVar[frozenset[Target]] = frozenset({Target.INPUT, Target.PART})
    needs: ClassVar[Any] = "text"
    is_written: ClassVar[bool] = True

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """The digest of the text that stands here, a result with something in it, and changes enough."""
        if not isinstance(value, dict):
            return [problem("bad_value", "This is no rewritten text.", 'Send {"base": "sha256:…", "text": …}.')]
        if value.keys() - {"base", "text"}:
            return [problem("unknown_field", "A rewritten text has no such field.", "Keep base and text.")]
        problems = []
        for name in ("base", "text"):
            if not isinstance(value.get(name), str):
                problems.append(problem("bad_value", f"{name} is no text.", "Send a string.", f"/{name}"))
        if problems:
            return problems
        text, before = str(value["text"]), text_of(shown)
        if shown.parts and before is None:
            return [problem("bad_target", "There is no text here to rewrite.", "Ask it about a part with text.")]
        if not _is_digest(value["base"]) or (before is not None and value["base"] != base_of(before)):
            message = "What was rewritten is not the text that stands here."
            problems.append(problem("wrong_base", message, "Read the text again, and rewrite that.", "/base"))
            before = None
        return problems + self._check_text(settings, text, before)

    def _check_text(self, settings: Any, text: str, before: str | None) -> list[Problem]:
        if len(text) > LENGTH_MAX:
            message = f"It has {len(text)} characters, at most {LENGTH_MAX} are allowed."
            return [problem("too_long", message, "Shorten it.", "/text")]
        if not text.strip():
            return [problem("missing_answer", "There is nothing but space.", "Write something.", "/text")]
        if before is None:
            return []
        if settings.require_change and text == before:
            return [problem("missing_answer", "Nothing is changed.", "Change it, or say why you cannot.", "/text")]
        share = effort(before, text)
        if share < settings.min_change:
            message = f"{share:.0%} of the words are changed, {settings.min_change:.0%} are asked for."
            return [problem("count", message, "Change more of it.", "/text")]
        return []

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """Both fields as they were given; a text is never normalised."""
        assert isinstance(value, dict)
        return {"base": value["base"], "text": value["text"]}

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """Levenshtein on the words of the two results over the longer; 1 where they rewrote different texts."""
        assert isinstance(a, dict)
        assert isinstance(b, dict)
        return effort(str(a["text"]), str(b["text"])) if a["base"] == b["base"] else 1.0

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """The medoid, as somebody wrote it: changes of several people need not fit together."""
        return medoid(self, settings, answers, weights, shown, radius=_RADIUS)

    def summary(self, settings: Any, value: JsonValue) -> str:
        """The beginning of the result."""
        assert isinstance(value, dict)
        text = " ".join(str(value["text"]).split())
        return text if len(text) <= 80 else text[:79] + "…"

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By how much has to change."""
        changes = []
        if new.min_change > old.min_change or (new.require_change and not old.require_change):
            changes.append(("narrowing", "More has to be changed."))
        if new.min_change < old.min_change or (old.require_change and not new.require_change):
            changes.append(("widening", "Less has to be changed."))
        if not changes and old != new:
            changes.append(("cosmetic", "It is shown differently."))
        return changes

    def examples(self) -> Iterable[Example]:
        """A translation, and a reply of a conversation with what changed in sight."""
        source, draft = "Der Zug fährt um halb sieben.", "The train leaves at half past seven — naïvely put."
        texts = [{"name": "source", "kind": "text"}, {"name": "draft", "kind": "text"}]
        item = {"inputs": {"source": {"text": source}, "draft": {"text": draft}}}
        better: JsonValue = {"base": base_of(draft), "text": "The train leaves at half past six."}
        kept: JsonValue = {"base": base_of(draft), "text": draft}
        yield Example({}, texts, item, {"input": "draft"}, better, kept)
        chat = {"inputs": {"chat": {"prompt": "Rain in Jinan (济南)?", "responses": ["Dry, 20 °C."]}}}
        target = {"each": "response", "of": "chat"}
        first: JsonValue = {"base": base_of("Dry, 20 °C."), "text": "It is dry in Jinan, at 20 °C."}
        other: JsonValue = {"base": base_of("Dry, 20 °C."), "text": "I cannot know what the weather is like."}
        settings = {"require_change": True, "min_change": 0.25, "track": True}
        yield Example(settings, [{"name": "chat", "kind": "chat"}], chat, target, first, other)


def text_of(shown: Shown) -> str | None:
    """The text of a target: its own, or its text blocks with an empty line between; None where it has none or is not at hand."""
    if shown.target.text is not None:
        return shown.target.text
    if not shown.parts:
        return None
    blocks = [part.text for part in shown.below("block") if part.facts.get("kind") == "text" and part.text is not None]
    return _BETWEEN.join(blocks) if blocks else None


def base_of(text: str) -> str:
    """`sha256:` and the hex SHA-256 (FIPS 180-4) of the UTF-8 of a text."""
    return digest_of_bytes(text.encode())


def effort(before: str, after: str) -> float:
    """The share of words that were changed, 0..1: Levenshtein on words over the longer of the two texts."""
    return 0.0 if before == after else edit_share(before.split(), after.split())


def _is_digest(base: Any) -> bool:
    hex_ = str(base).removeprefix("sha256:")
    return str(base).startswith("sha256:") and len(hex_) == 64 and set(hex_) <= set("0123456789abcdef")


kind = Rewrite()
