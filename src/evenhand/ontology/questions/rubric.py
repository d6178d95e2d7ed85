"""Rubric: each criterion graded on its own anchored levels, with notes and evidence; the total is derived, never stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, problem
from evenhand.ontology.kind import Example, Merged, Shown, Target
from evenhand.ontology.questions.criteria import Criterion, Rubric, graded, total

NOTE_MAX = 20_000
EVIDENCE_MAX = 64
_CLOSE = 1e-12
_FIELDS = {"id", "level", "na", "note", "evidence"}


class Settings(BaseModel):
    """The rubric. evidence: passages may be named, and must where a criterion requires them. allow_na: one may not apply."""

    model_config = ConfigDict(extra="forbid", strict=True)

    rubric: Rubric
    evidence: bool = False
    allow_na: bool = False


class Passage(BaseModel):
    """Where the ground of a grade stands. on: address of a text; the target itself where absent. ranges: code points."""

    model_config = ConfigDict(extra="forbid", strict=True)

    on: str | None = None
    ranges: Annotated[list[tuple[int, int]], Field(min_length=1, max_length=EVIDENCE_MAX)]


class Grade(BaseModel):
    """A level of a criterion, or that it does not apply."""

    model_config = ConfigDict(extra="forbid")

    id: str
    level: int | None = None
    na: bool | None = None
    note: Annotated[str, Field(max_length=NOTE_MAX)] | None = None
    evidence: Annotated[list[Passage], Field(max_length=EVIDENCE_MAX)] | None = None


class Value(BaseModel):
    """Grades by criterion; in canonical form sorted by id."""

    model_config = ConfigDict(extra="forbid")

    criteria: list[Grade]


class RubricKind(Answering):
    """Grades by a rubric."""

    name: ClassVar[str] = "rubric"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value
    targets: ClassVar[frozenset[Target]] = frozenset({Target.TASK, Target.INPUT, Target.PART})

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """Each criterion graded once, by a level that it has; evidence within a text, and where it is required."""
        grades: Any = value.get("criteria") if isinstance(value, dict) else None
        if not isinstance(grades, list) or not all(isinstance(each, dict) for each in grades):
            message, remedy = "These are no grades.", 'Send {"criteria": [{"id": …, "level": 1}]}.'
            return [problem("bad_value", message, remedy)]
        if isinstance(value, dict) and value.keys() - {"criteria"}:
            return [problem("unknown_field", "Grades have no such field; a total is not stored.", "Remove it.")]
        asked = {each.id: each for each in graded(settings.rubric)}
        problems: list[Problem] = []
        seen: set[str] = set()
        for index, grade in enumerate(grades):
            at = f"/criteria/{index}"
            name = grade.get("id")
            if not isinstance(name, str) or name not in asked:
                message = f"{name!r} is no criterion of this rubric."
                problems.append(problem("unknown_option", message, "Remove it.", at, [*asked]))
                continue
            if name in seen:
                problems.append(problem("duplicate_answer", f"{name!r} stands twice.", "Grade it once.", at))
            seen.add(name)
            problems.extend(each.under(at) for each in _check_grade(settings, grade, asked[name], shown))
        # Grades under an earlier version stay without the criteria that came later: they are migrated where no item is at hand.
        if shown.parts and (left := [name for name in asked if name not in seen]):
            message = f"{', '.join(left[:5])} is not graded."
            problems.append(problem("missing_answer", message, "Grade every criterion.", "/criteria", left))
        return problems

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """Grades sorted by id; what says nothing dropped."""
        assert isinstance(value, dict)
        grades: Any = value["criteria"]
        return {"criteria": [_canonical(each) for each in sorted(grades, key=lambda each: str(each["id"]))]}

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """The weighted mean of ((i - j) / (k - 1))^2 over criteria graded by both, on their k levels; NA against a level 1."""
        ours, theirs = levels_of(a), levels_of(b)
        both = [each for each in graded(settings.rubric) if each.id in ours and each.id in theirs]
        if not both:
            return float(ours != theirs)
        apart = sum(each.weight * _apart(each, ours[each.id], theirs[each.id]) for each in both)
        return apart / sum(each.weight for each in both)

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """Of each criterion the weighted median of the levels, or NA where more than half say so, with the evidence of those who
        gave it. Its probability is the product of their shares.
        """
        if not answers:
            return Merged(None, 0.0, 0, 0.0, "median", "insufficient")
        given = [_by_name(answer) for answer in answers]
        lower: list[JsonValue] = []
        upper: list[JsonValue] = []
        low_share = high_share = 1.0
        for name in sorted({name for grades in given for name in grades}):
            said = [(grades[name], weight) for grades, weight in zip(given, weights, strict=True) if name in grades]
            low, high = _median(said)
            low_share *= _share(said, low)
            high_share *= _share(said, high)
            lower.append(_resolved(name, low, said))
            upper.append(_resolved(name, high, said))
        values: list[JsonValue] = [{"criteria": lower}, {"criteria": upper}]
        is_tied = levels_of(values[0]) != levels_of(values[1])
        others = ((values[1], min(high_share, 1.0)),) if is_tied else ()
        status: Literal["tied", "resolved"] = "tied" if is_tied else "resolved"
        return Merged(values[0], min(low_share, 1.0), len(answers), sum(weights), "median", status, others)

    def summary(self, settings: Any, value: JsonValue) -> str:
        """The total, then the level of every criterion."""
        levels = levels_of(value)
        line = ", ".join(f"{name} {'NA' if level is None else level}" for name, level in levels.items())
        sum_ = total(settings.rubric, levels)
        return f"{'no total' if sum_ is None else f'{sum_:.0%}'}: {line or 'nothing graded'}"[:400]

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By the rubric's version: wording, criteria added, or a rubric that means something else."""
        changes = _changes(old.rubric, new.rubric)
        if old.evidence != new.evidence:
            # What was optional may be required now, and passages that were named are refused without it.
            word = "is asked for" if new.evidence else "is not asked for any more"
            changes.append(("narrowing", f"Evidence {word}."))
        if old.allow_na != new.allow_na:
            word = "may be said" if new.allow_na else "may no longer be said"
            changes.append(("widening" if new.allow_na else "narrowing", f"It {word} that a criterion does not apply."))
        return changes

    def examples(self) -> Iterable[Example]:
        """Two criteria with evidence about a reply, and one about a text."""
        letter = "Ibuprofen erhöht unter Warfarin das Blutungsrisiko."
        chat = {"inputs": {"chat": {"prompt": "Interactions?", "responses": [letter]}}}
        target = {"each": "response", "of": "chat"}
        passage: JsonValue = [{"on": "chat/m2/0", "ranges": [[0, 9]]}]
        named: JsonValue = {
            "criteria": [
                {"id": "names_it", "level": 2, "note": "beide genannt", "evidence": passage},
                {"id": "invents", "na": True},
            ]
        }
        absent: JsonValue = {
            "criteria": [{"id": "names_it", "level": 1, "evidence": passage}, {"id": "invents", "level": 0}]
        }
        settings = {"rubric": _LETTER, "evidence": True, "allow_na": True}
        yield Example(settings, [{"name": "chat", "kind": "chat"}], chat, target, named, absent)
        text = {"inputs": {"reply": {"text": "Grüß Gott!"}}}
        polite: JsonValue = {"criteria": [{"id": "polite", "level": 1}]}
        rude: JsonValue = {"criteria": [{"id": "polite", "level": 0}]}
        reply = [{"name": "reply", "kind": "text"}]
        yield Example({"rubric": _GREETING}, reply, text, {"input": "reply"}, polite, rude)


def levels_of(value: JsonValue) -> dict[str, int | None]:
    """criterion id -> level, None for NA, in the value's order."""
    return {name: _level(grade) for name, grade in _by_name(value).items()}


def _check_grade(settings: Any, grade: Mapping[str, Any], criterion: Criterion, shown: Shown) -> Iterator[Problem]:
    if grade.keys() - _FIELDS:
        yield problem("unknown_field", "A grade has no such field.", "Remove it.")
        return
    is_na, level = grade.get("na", False), grade.get("level")
    if not isinstance(is_na, bool) or is_na == ("level" in grade):
        yield problem("bad_value", "A grade has a level, or na: true.", "Give one of them.")
        return
    levels = [each.level for each in criterion.levels]
    if is_na and not settings.allow_na:
        yield problem(
            "unknown_option", "That a criterion does not apply is not offered.", "Give a level.", "/na", levels
        )
    if not is_na and (type(level) is not int or level not in levels):
        yield problem("out_of_bounds", "The criterion has no such level.", "Give one that it has.", "/level", levels)
    if "note" in grade and not (isinstance(grade["note"], str) and len(grade["note"]) <= NOTE_MAX):
        yield problem("bad_value", f"A note is a text of at most {NOTE_MAX} characters.", "Shorten it.", "/note")
    passages = grade.get("evidence")
    is_asked = settings.evidence and criterion.evidence != "none"
    if "evidence" in grade and not is_asked:
        yield problem("bad_value", "No evidence is asked for here.", "Leave it out.", "/evidence")
    elif "evidence" in grade:
        yield from _check_passages(passages, shown)
    if is_asked and criterion.evidence == "required" and not is_na and not passages:
        yield problem("missing_answer", "Evidence is required.", "Name the passage that the grade rests on.")


def _check_passages(passages: Any, shown: Shown) -> Iterator[Problem]:
    if not isinstance(passages, list) or len(passages) > EVIDENCE_MAX:
        message = f"Evidence is a list of at most {EVIDENCE_MAX} passages."
        yield problem("bad_value", message, "Send fewer.", "/evidence")
        return
    for index, passage in enumerate(passages):
        at = f"/evidence/{index}"
        if not isinstance(passage, dict) or passage.keys() - {"on", "ranges"} or not _are_ranges(passage.get("ranges")):
            message = "A passage has an address and ranges: sorted, apart, not empty."
            yield problem("bad_range", message, 'Send {"on": …, "ranges": [[0, 5]]}.', at)
            continue
        on = passage.get("on", shown.target.address)
        part = shown.parts.get(on) if isinstance(on, str) else None
        if not isinstance(on, str) or (shown.parts and (part is None or part.text is None)):
            yield problem("unknown_target", f"There is no text at {on!r}.", "Name a text of this item.", at)
        elif part is not None and part.text is not None and passage["ranges"][-1][1] > len(part.text):
            message = f"The text ends at {len(part.text)}."
            yield problem("out_of_bounds", message, "Stay within it.", f"{at}/ranges")


def _are_ranges(ranges: Any) -> bool:
    if not isinstance(ranges, list) or not 0 < len(ranges) <= EVIDENCE_MAX:
        return False
    last = -1
    for each in ranges:
        if not isinstance(each, list) or len(each) != 2 or any(type(end) is not int for end in each):
            return False
        if each[0] <= last or each[1] <= each[0]:
            return False
        last = each[1]
    return True


def _canonical(grade: Mapping[str, Any]) -> dict[str, JsonValue]:
    kept: dict[str, JsonValue] = {"id": grade["id"]}
    if grade.get("na"):
        kept["na"] = True
    else:
        kept["level"] = grade["level"]
    if grade.get("note"):
        kept["note"] = grade["note"]
    if grade.get("evidence"):
        passages: list[Any] = sorted(grade["evidence"], key=_place)
        kept["evidence"] = passages
    return kept


def _apart(criterion: Criterion, a: int | None, b: int | None) -> float:
    if a is None or b is None:
        return float(a != b)
    ranks = {each.level: rank for rank, each in enumerate(criterion.levels)}
    return float(((ranks[a] - ranks[b]) / (len(ranks) - 1)) ** 2)


_Said = Sequence[tuple[Mapping[str, Any], float]]
"""Grades of one criterion, each with the weight of whoever gave it."""


def _level(grade: Mapping[str, Any]) -> int | None:
    return None if grade.get("na") else int(grade["level"])


def _by_name(value: JsonValue) -> dict[str, Mapping[str, Any]]:
    assert isinstance(value, dict)
    grades: Any = value["criteria"]
    return {str(each["id"]): each for each in grades}


def _share(said: _Said, level: int | None) -> float:
    return sum(weight for grade, weight in said if _level(grade) == level) / sum(weight for _, weight in said)


def _median(said: _Said) -> tuple[int | None, int | None]:
    """The lower and the upper weighted median; NA where more than half say so, and on one side where half do."""
    whole = sum(weight for _, weight in said)
    given = sorted((level, weight) for grade, weight in said if (level := _level(grade)) is not None)
    counted = sum(weight for _, weight in given)
    if counted < whole / 2 - _CLOSE or not given:
        return None, None
    half = counted / 2
    low, high = _at(given, half - _CLOSE), _at(given, half + _CLOSE)
    return low, None if counted <= whole / 2 + _CLOSE else high


def _at(given: Sequence[tuple[int, float]], weight: float) -> int:
    """The level at which a running sum of weights reaches one."""
    below = 0.0
    for level, each in given:
        below += each
        if below >= weight:
            return level
    return given[-1][0]


def _resolved(name: str, level: int | None, said: _Said) -> JsonValue:
    """A grade with the evidence of all who gave it; notes are their authors', kept where all say the same."""
    behind = [grade for grade, _ in said if _level(grade) == level]
    passages: list[Any] = []
    for each in behind:
        passages.extend(passage for passage in each.get("evidence") or () if passage not in passages)
    resolved: dict[str, Any] = {"id": name, "na": True} if level is None else {"id": name, "level": level}
    notes = {each.get("note") for each in behind}
    if len(notes) == 1 and (note := notes.pop()):
        resolved["note"] = note
    if passages:
        resolved["evidence"] = sorted(passages, key=_place)[:EVIDENCE_MAX]
    return _canonical(resolved)


def _place(passage: Mapping[str, Any]) -> tuple[str, Any]:
    return passage.get("on") or "", passage["ranges"]


def _changes(old: Rubric, new: Rubric) -> list[tuple[str, str]]:
    """What a new document is to the old one; one whose version does not say how much it changed is refused."""
    if old == new:
        return []
    if old.id != new.id:
        return [("forbidden", f"{new.id} is another rubric than {old.id}: ask another question.")]
    before, after = ({each.id: each for each in graded(rubric)} for rubric in (old, new))
    gone = [name for name in before if name not in after]
    other = [name for name in before if name in after and _measure(before[name]) != _measure(after[name])]
    added = [name for name in after if name not in before]
    step = 0 if gone or other or old.scoring != new.scoring else 1 if added else 2
    if new.numbers()[: step + 1] <= old.numbers()[: step + 1]:
        word = ("major", "minor", "patch")[step]
        return [("forbidden", f"Raise the {word} version of the rubric: it is {old.version}, and the rubric changed.")]
    changes = []
    if gone or other:
        changes.append(("narrowing", f"Criteria are graded otherwise or gone: {', '.join([*gone, *other][:5])}."))
    if added:
        changes.append(("widening", f"Criteria are added: {', '.join(added[:5])}. Earlier grades stay without them."))
    return changes or [("narrowing" if step == 0 else "cosmetic", f"The rubric is version {new.version} now.")]


def _measure(criterion: Criterion) -> tuple[object, ...]:
    levels = [(each.level, each.score) for each in criterion.levels]
    return levels, criterion.weight, criterion.polarity, criterion.gate, criterion.evidence


_LETTER: dict[str, Any] = {
    "id": "discharge-letter",
    "version": "1.2.0",
    "title": "Entlassbrief",
    "criteria": [
        {
            "id": "names_it",
            "text": "Nennt die Wechselwirkung von Warfarin und Ibuprofen.",
            "weight": 5,
            "gate": True,
            "evidence": "required",
            "levels": [
                {"level": 0, "score": 0, "anchor": "Fehlt oder ist falsch."},
                {"level": 1, "score": 0.5, "anchor": "Warnt, ohne beide zu nennen."},
                {"level": 2, "score": 1, "anchor": "Nennt beide und das Risiko."},
            ],
        },
        {
            "id": "invents",
            "text": "Erfindet einen Laborwert.",
            "weight": 3,
            "polarity": "negative",
            "levels": [{"level": 0, "score": 0, "anchor": "Nein."}, {"level": 1, "score": 1, "anchor": "Ja."}],
        },
    ],
    "scoring": {"pass": 0.7},
}
_GREETING: dict[str, Any] = {
    "id": "greeting",
    "criteria": [
        {"id": "polite", "text": "Is polite.", "levels": [{"level": 0, "score": 0}, {"level": 1, "score": 1}]}
    ],
}

kind = RubricKind()
