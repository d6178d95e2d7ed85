"""Pairwise: which of two, and by how much; ties are kept apart by what they say. Signed comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, problem
from evenhand.ontology.kind import Comparisons, Example, Merged, Shown, Structured, Target, Votes
from evenhand.ontology.options import changes_of_options
from evenhand.ontology.questions.compared import Comparing, check_compared, compared, contenders, name_of

Tie = Literal["same", "both_good", "both_bad"]
# A tie is 0 to the statistics; these codes only keep the three apart, and stay nearer to 0 than the weakest preference.
_TIE_CODES: dict[str, float] = {"same": 0.0, "both_good": 0.25, "both_bad": -0.25}
_TIE_WORDS = {"same": "the same", "both_good": "both good", "both_bad": "both bad"}
# Stand for the two where their names are not known: in statistics over items that name theirs each in its own way.
PLACES = ("first", "second")
_CLOSE = 1e-12


class Settings(Comparing):
    """What is compared, how many steps of preference a side, and which ties are offered."""

    strength: Annotated[int, Field(ge=1, le=4)] = 1
    ties: list[Tie] = Field(default_factory=list, max_length=3)


class Value(BaseModel):
    """Either a winner with a strength, or a tie."""

    model_config = ConfigDict(extra="forbid", strict=True)

    winner: str | None = None
    strength: Annotated[int, Field(ge=1, le=4)] | None = None
    tie: Tie | None = None


class Pairwise(Answering):
    """A preference between two."""

    name: ClassVar[str] = "pairwise"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value
    targets: ClassVar[frozenset[Target]] = frozenset({Target.TASK, Target.INPUT, Target.PART})

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Two to compare, ties named once."""
        problems = check_compared(settings, inputs)
        given = {"option": len(settings.options), "input": len(settings.inputs or inputs)}
        if not problems and given.get(settings.compare, 2) > 2:
            at = "/options" if settings.compare == "option" else "/inputs"
            problems.append(problem("bad_settings", "Two are compared, and these are more.", "Name two.", at))
        for index, tie in enumerate(settings.ties):
            if tie in settings.ties[:index]:
                problems.append(problem("duplicate_value", f"{tie!r} stands twice.", "Name it once.", f"/ties/{index}"))
        return problems

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """A winner among the two with a strength that is offered, or a tie that is."""
        if not isinstance(value, dict) or ("winner" in value) == ("tie" in value):
            message, remedy = "This is no preference.", 'Send {"winner": …, "strength": 1} or {"tie": "same"}.'
            return [problem("bad_value", message, remedy)]
        if unknown := value.keys() - ({"winner", "strength"} if "winner" in value else {"tie"}):
            message = f"A preference like this has no field {min(unknown)!r}."
            return [problem("unknown_field", message, "Remove it.", f"/{min(unknown)}")]
        names = compared(settings, shown)
        if names is not None and len(names) != 2:
            message = f"There are {len(names)} to compare here, not two."
            return [problem("bad_target", message, "Ask it where there are two; skip this task.")]
        if "tie" in value:
            return self._check_tie(settings, value["tie"])
        problems = []
        if not isinstance(value["winner"], str) or (names is not None and value["winner"] not in names):
            message = f"{value['winner']!r} is not among what is compared."
            problems.append(problem("unknown_option", message, "Name one of the two.", "/winner", names))
        steps = range(1, settings.strength + 1)
        strength = value.get("strength", 1)
        if isinstance(strength, bool) or not isinstance(strength, int | float) or strength not in steps:
            message = "There is no such strength."
            problems.append(problem("out_of_bounds", message, "Take one of these.", "/strength", [*steps]))
        return problems

    def _check_tie(self, settings: Any, tie: JsonValue) -> list[Problem]:
        if tie in settings.ties:
            return []
        message = "No tie is offered." if not settings.ties else f"{tie!r} is not offered."
        return [problem("unknown_option", message, "Name a winner, or a tie that is offered.", "/tie", settings.ties)]

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """A winner always with its strength."""
        assert isinstance(value, dict)
        return {"tie": value["tie"]} if "tie" in value else {"winner": value["winner"], "strength": _strength(value)}

    def contenders(self, settings: Any, shown: Shown) -> dict[str, str | None]:
        """The two."""
        return contenders(settings, shown)

    def comparisons(self, settings: Any, value: JsonValue, shown: Shown) -> list[tuple[str, str, bool]]:
        """One: of the two."""
        assert isinstance(value, dict)
        names = compared(settings, shown) or []
        if len(names) != 2 or ("winner" in value and value["winner"] not in names):
            return []
        if "tie" in value:
            return [(names[0], names[1], True)]
        winner = str(value["winner"])
        return [(winner, names[1] if winner == names[0] else names[0], False)]

    def codebook(self, settings: Any, previous: Sequence[str], inputs: Mapping[str, str]) -> list[str]:
        """The names of the two, first before second, where the ontology knows them."""
        if settings.compare == "option":
            return [option.value for option in settings.options]
        if settings.compare == "input":
            return [name for name in inputs if not settings.inputs or name in settings.inputs]
        return []

    def vote(self, settings: Any, value: JsonValue, codebook: Sequence[str], shown: Shown) -> float | None:
        """Signed strength: below 0 for the first of the document, above for the second; a tie near 0."""
        assert isinstance(value, dict)
        if "tie" in value:
            return _TIE_CODES[str(value["tie"])]
        names = _names(settings, codebook, shown)
        if value["winner"] not in names:
            return None
        return float(_strength(value) * (-1 if value["winner"] == names[0] else 1))

    def encode(self, settings: Any, values: Sequence[JsonValue], codebook: Sequence[str]) -> Votes:
        """Signs with ties in the middle. Values whose names only their items know cannot be told apart: Structured."""
        names = [*(codebook or PLACES)]
        signs: list[float] = []
        for value in values:
            assert isinstance(value, dict)
            if "winner" in value and value["winner"] not in names:
                return Structured(values)
            signs.append(0.0 if "tie" in value else _strength(value) * (-1.0 if value["winner"] == names[0] else 1.0))
        return Comparisons(signs, settings.strength)

    def decode(self, settings: Any, code: float, codebook: Sequence[str], shown: Shown) -> JsonValue:
        """The preference behind a code."""
        for tie, place in _TIE_CODES.items():
            if code == place:
                return {"tie": tie}
        return {"winner": _names(settings, codebook, shown)[code > 0], "strength": int(abs(code))}

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """((s - t) / 2S)^2 on the signed scale, ties at 0 (Krippendorff, interval); two different ties 1/4."""
        assert isinstance(a, dict)
        assert isinstance(b, dict)
        if "tie" in a and "tie" in b:
            return 0.0 if a["tie"] == b["tie"] else 0.25
        ours, theirs = (0 if "tie" in each else _strength(each) for each in (a, b))
        is_opposed = "tie" not in a and "tie" not in b and a["winner"] != b["winner"]
        step: float = (ours + theirs if is_opposed else ours - theirs) / (2 * settings.strength)
        return step * step

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """The side (or the tie) with the most weight; its strength is the weighted median of those who took it."""
        if not answers:
            return Merged(None, 0.0, 0, 0.0, "majority", "insufficient")
        total = sum(weights)
        sides: dict[tuple[str, str], list[tuple[int, float]]] = {}
        for answer, weight in zip(answers, weights, strict=True):
            assert isinstance(answer, dict)
            side = ("tie", str(answer["tie"])) if "tie" in answer else ("winner", str(answer["winner"]))
            sides.setdefault(side, []).append((_strength(answer), weight))
        ranked = sorted(
            ((sum(weight for _, weight in said) / total, side) for side, said in sides.items()),
            key=lambda each: (-each[0], each[1]),
        )
        found = [(_preference(side, sides[side]), share) for share, side in ranked]
        equals = sum(ranked[0][0] - share < _CLOSE for share, _ in ranked)
        status: Literal["tied", "resolved"] = "tied" if equals > 1 else "resolved"
        others = tuple(found[1:equals] if equals > 1 else found[1:4])
        return Merged(found[0][0], found[0][1], len(answers), total, "majority", status, others)

    def summary(self, settings: Any, value: JsonValue) -> str:
        """The winner by so many steps, or which tie."""
        assert isinstance(value, dict)
        if "tie" in value:
            return _TIE_WORDS[str(value["tie"])]
        winner = name_of(settings, str(value["winner"]))
        return f"{winner} by {_strength(value)} of {settings.strength}" if settings.strength > 1 else winner

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By what is compared, the scale, and the ties."""
        if old.compare != new.compare or sorted(old.inputs) != sorted(new.inputs):
            return [("forbidden", "Something else is compared; that is another question.")]
        if [each.value for each in old.options] != [each.value for each in new.options]:
            return [("forbidden", "Other options are compared; that is another question.")]
        changes = changes_of_options(old.options, new.options, "Option")
        if old.strength != new.strength:
            # A step of three means more than a step of one: codes of both scales cannot be pooled.
            changes.append(("forbidden", "The scale has another length; that is another question."))
        if gone := [tie for tie in old.ties if tie not in new.ties]:
            changes.append(("narrowing", f"A tie is no longer offered: {', '.join(gone)}."))
        if added := [tie for tie in new.ties if tie not in old.ties]:
            changes.append(("widening", f"Another tie is offered: {', '.join(added)}."))
        return changes or ([("cosmetic", "It looks different.")] if old != new else [])

    def examples(self) -> Iterable[Example]:
        """Two texts, two replies with a scale, and two options outside ASCII."""
        texts = {"inputs": {"a": {"text": "Ruh’ ist überall."}, "b": {"text": "O’er all the hilltops is quiet now."}}}
        two = [{"name": "a", "kind": "text"}, {"name": "b", "kind": "text"}]
        better: JsonValue = {"winner": "b", "strength": 1}
        same: JsonValue = {"tie": "both_bad"}
        yield Example({"compare": "input", "ties": ["same", "both_bad"]}, two, texts, "task", better, same)
        chat = {"inputs": {"chat": {"prompt": "Rain in Jinan?", "responses": ["Dry, 20 °C.", "No."]}}}
        replies = [{"name": "chat", "kind": "chat"}]
        scale = {"compare": "response", "strength": 3, "ties": ["same"]}
        target = {"each": "turn", "of": "chat"}
        much: JsonValue = {"winner": "r1", "strength": 3}
        yield Example(scale, replies, chat, target, much, {"winner": "r2", "strength": 1})
        options = [{"value": "schön", "text": "Schön"}, {"value": "klar"}]
        poem = {"inputs": {"text": {"text": "Über allen Gipfeln ist Ruh."}}}
        text = [{"name": "text", "kind": "text"}]
        clear: JsonValue = {"winner": "klar", "strength": 1}
        yield Example(
            {"compare": "option", "options": options}, text, poem, None, clear, {"winner": "schön", "strength": 1}
        )


def _strength(value: Mapping[str, Any]) -> int:
    return int(value.get("strength", 1))


def _names(settings: Any, codebook: Sequence[str], shown: Shown) -> list[str]:
    names = [*codebook] or compared(settings, shown) or [*PLACES]
    return names if len(names) == 2 else [*PLACES]


def _preference(side: tuple[str, str], said: Sequence[tuple[int, float]]) -> JsonValue:
    """A side with the weighted median of its strengths, the lower of two in the middle."""
    kind, name = side
    if kind == "tie":
        return {"tie": name}
    half, below = sum(weight for _, weight in said) / 2, 0.0
    for strength, weight in sorted(said):
        below += weight
        if below >= half - _CLOSE:
            return {"winner": name, "strength": strength}
    raise AssertionError("weights are positive")


kind = Pairwise()
