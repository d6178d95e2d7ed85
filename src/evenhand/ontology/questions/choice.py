"""Choice: exactly one of the options. Nominal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, majority, problem
from evenhand.ontology.kind import Example, Merged, Nominal, Shown, Votes
from evenhand.ontology.options import COUNT_MAX, Option, changes_of_options, duplicate_values, text_of


class Settings(BaseModel):
    """The options and how they are laid out."""

    model_config = ConfigDict(extra="forbid", strict=True)

    options: Annotated[list[Option], Field(min_length=1, max_length=COUNT_MAX)]
    style: Literal["buttons", "list", "search"] = "list"


class Choice(Answering):
    """One of several."""

    name: ClassVar[str] = "choice"
    Settings: ClassVar[type[BaseModel]] = Settings
    maps_options: ClassVar[bool] = True
    Value: ClassVar[Any] = str

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """No two options alike."""
        return duplicate_values(settings.options, "/options")

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """A value that is offered."""
        offered = [option.value for option in settings.options]
        if not isinstance(value, str) or value not in offered:
            return [problem("unknown_option", f"{value!r} is not offered.", "Take one of the options.", "", offered)]
        return []

    def codebook(self, settings: Any, previous: Sequence[str], inputs: Mapping[str, str]) -> list[str]:
        """Values in the order in which they were first offered."""
        return [*previous, *(option.value for option in settings.options if option.value not in previous)]

    def vote(self, settings: Any, value: JsonValue, codebook: Sequence[str], shown: Shown) -> float | None:
        """Its place in the codebook."""
        return float(codebook.index(str(value)))

    def encode(self, settings: Any, values: Sequence[JsonValue], codebook: Sequence[str]) -> Votes:
        """Nominal codes."""
        return Nominal([codebook.index(str(value)) for value in values], len(codebook))

    def decode(self, settings: Any, code: float, codebook: Sequence[str], shown: Shown) -> JsonValue:
        """The value at that place."""
        return codebook[int(code)]

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """Weighted majority."""
        return majority(answers, weights)

    def summary(self, settings: Any, value: JsonValue) -> str:
        """The option's text."""
        return text_of(settings.options, str(value))

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By what happened to the options."""
        return changes_of_options(old.options, new.options, "Option")

    def examples(self) -> Iterable[Example]:
        """Sentiment, and options outside ASCII."""
        item = {"inputs": {"text": {"text": "The food arrived warm."}}}
        inputs = [{"name": "text", "kind": "text"}]
        plain = [{"value": "positive"}, {"value": "negative"}, {"value": "neutral"}]
        yield Example({"options": plain}, inputs, item, None, "positive", "neutral")
        german = [{"value": "schön", "text": "Schön", "key": "s"}, {"value": "häßlich", "text": "Häßlich"}]
        yield Example({"options": german, "style": "buttons"}, inputs, item, "task", "schön", "häßlich")


kind = Choice()
