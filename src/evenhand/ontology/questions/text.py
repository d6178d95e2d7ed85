"""Text: written by the annotator; compared by edits, by words, exactly, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import re2
import regex
from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, medoid, problem
from evenhand.ontology.kind import Example, Merged, Shown
from evenhand.quality.edits import edit_share

LENGTH_MAX = 200_000
_GRAPHEMES = regex.compile(r"\X")
# Beyond this the quadratic comparison of graphemes gives way to words.
_EDIT_LENGTH_MAX = 2_000


class Settings(BaseModel):
    """How long, of what form, how two of them are compared, how several become one.

    merge: "nearest", the answer nearest to all, as somebody wrote it; "words", of transcripts, word by word.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    min: Annotated[int, Field(ge=0, le=LENGTH_MAX)] = 0
    max: Annotated[int, Field(ge=1, le=LENGTH_MAX)] = LENGTH_MAX
    pattern: Annotated[str, Field(max_length=1000)] | None = None
    lines: Annotated[int, Field(ge=1, le=60)] = 4
    markdown: bool = False
    language: str | None = None
    compare: Literal["exact", "edit", "words", "none"] = "edit"
    merge: Literal["nearest", "words"] = "nearest"


class WrittenText(Answering):
    """Free text."""

    name: ClassVar[str] = "text"
    is_written: ClassVar[bool] = True
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = str

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Bounds in order, a pattern that RE2 can read."""
        problems = []
        if settings.min > settings.max:
            problems.append(problem("bad_range", "min is above max.", "Raise max or lower min.", "/max"))
        if settings.pattern is not None:
            try:
                re2.compile(settings.pattern)
            except re2.error as error:
                message = f"This is no RE2 pattern: {error}."
                problems.append(problem("bad_settings", message, "Mend it; look-around is not there.", "/pattern"))
        return problems

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """Length in code points, the pattern, something besides space where anything is asked for."""
        if not isinstance(value, str):
            return [problem("bad_value", "This is not a text.", "Send a string.")]
        if len(value) > settings.max:
            message = f"It has {len(value)} characters, at most {settings.max} are allowed."
            return [problem("too_long", message, "Shorten it.")]
        if len(value) < settings.min:
            message = f"It has {len(value)} characters, at least {settings.min} are asked for."
            return [problem("count", message, "Write more.")]
        if not value.strip():
            return [problem("missing_answer", "There is nothing but space.", "Write something.")]
        if settings.pattern is not None and not re2.fullmatch(settings.pattern, value):
            return [problem("bad_value", "It has not the form asked for.", f"Match {settings.pattern}.")]
        return []

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """Levenshtein over the longer: on graphemes ("edit") or words ("words"); 0/1 for "exact" and "none"."""
        left, right = str(a), str(b)
        if left == right:
            return 0.0
        if settings.compare in ("exact", "none"):
            return 1.0
        if settings.compare == "words" or max(len(left), len(right)) > _EDIT_LENGTH_MAX:
            return edit_share(left.split(), right.split())
        return edit_share(_GRAPHEMES.findall(left), _GRAPHEMES.findall(right))

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """The medoid, or the likeliest words; "none" is not merged: all answers are delivered."""
        if settings.compare == "none" and answers:
            return Merged(None, 0.0, len(answers), sum(weights), "none", "incomparable")
        if settings.merge == "words" and len(answers) > 2:
            merged = _by_words([str(answer) for answer in answers], sum(weights))
            # Words of several need not have the form that is asked of one: then somebody's own text stands.
            if not any(not each.is_warning for each in self.check(settings, merged.value, shown)):
                return merged
        return medoid(self, settings, answers, weights, shown, radius=0.1)

    def summary(self, settings: Any, value: JsonValue) -> str:
        """Its beginning."""
        text = " ".join(str(value).split())
        return text if len(text) <= 80 else text[:79] + "…"

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By length and form."""
        changes = []
        if new.min > old.min or new.max < old.max or (new.pattern is not None and new.pattern != old.pattern):
            changes.append(("narrowing", "Fewer texts are allowed."))
        if new.min < old.min or new.max > old.max or (new.pattern is None and old.pattern is not None):
            changes.append(("widening", "More texts are allowed."))
        if not changes and old != new:
            changes.append(("cosmetic", "It looks or is compared differently."))
        return changes

    def examples(self) -> Iterable[Example]:
        """A reason, and a code of fixed form."""
        item = {"inputs": {"text": {"text": "Warum ist der Himmel über uns blau?"}}}
        inputs = [{"name": "text", "kind": "text"}]
        yield Example({"min": 3, "max": 500}, inputs, item, None, "Rayleigh scattering, naïvely put.", "Because.")
        yield Example(
            {"pattern": "[A-Z]{2}-[0-9]+", "compare": "exact", "lines": 1}, inputs, item, None, "AB-12", "ZZ-1"
        )


def _by_words(answers: Sequence[str], total: float) -> Merged:
    """Of several hearings the likeliest words, see `quality.transcripts`. Of two nobody can tell who is right."""
    from evenhand.quality.transcripts import transcribe

    found = transcribe([0] * len(answers), range(len(answers)), [answer.split() for answer in answers])
    return Merged(" ".join(found.words[0]), float(found.probabilities[0]), len(answers), total, "words", "resolved")


kind = WrittenText()
