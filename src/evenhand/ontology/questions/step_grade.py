"""Step grade: each step of a trace or solution graded in order, with the first error, what should stand there, how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Problem
from evenhand.ontology.answering import Answering, problem
from evenhand.ontology.kind import Example, Merged, Part, Shown, Target
from evenhand.ontology.options import Option, changes_of_options, duplicate_values, text_of
from evenhand.ontology.questions.replacement import Corrected, canonical_replacement, check_replacement
from evenhand.ontology.questions.steps import Graded, distance, resolve

NOTE_MAX = 20_000
_FIELDS = {"step", "grade", "note", "replacement"}


class GradeOption(Option):
    """A grade that is offered. score: how good a step of it is; below 0 it is an error."""

    score: Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False, strict=False)]


class Finish(Option):
    """How grading ended. early: steps may be left without a grade."""

    early: bool = False


def _usual() -> list[GradeOption]:
    return [
        GradeOption(value="good", score=1),
        GradeOption(value="neutral", score=0),
        GradeOption(value="bad", score=-1),
    ]


class Settings(BaseModel):
    """Grades, best first; those of PRM800K where none are given. stop_at_first_error: what comes after is not graded.

    replacement: what should have stood there is asked for, a text or corrected calls. finish: how it ended, not asked where empty.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    grades: Annotated[list[GradeOption], Field(min_length=2, max_length=10)] = Field(default_factory=_usual)
    stop_at_first_error: bool = False
    replacement: bool = False
    finish: Annotated[list[Finish], Field(max_length=20)] = []

    def errors(self) -> frozenset[str]:
        """The grades that are errors: those below 0, or the lowest where none is."""
        least = min(each.score for each in self.grades)
        return frozenset(each.value for each in self.grades if each.score < 0 or least == each.score)


class StepGrade(BaseModel):
    """The grade of one step, by its id."""

    model_config = ConfigDict(extra="forbid")

    step: str
    grade: str
    note: Annotated[str, Field(max_length=NOTE_MAX)] | None = None
    replacement: str | Corrected | None = None


class Value(BaseModel):
    """Grades in the order of the trace, from its first step on, without a gap. first_error: follows from the grades."""

    model_config = ConfigDict(extra="forbid")

    steps: list[StepGrade]
    first_error: str | None = None
    finish: str | None = None


class StepGradeKind(Answering):
    """Grades of the steps of an agent, in order."""

    name: ClassVar[str] = "step_grade"
    Settings: ClassVar[type[BaseModel]] = Settings
    Value: ClassVar[Any] = Value
    targets: ClassVar[frozenset[Target]] = frozenset({Target.INPUT, Target.PART})
    needs: ClassVar[Any] = "steps"

    def check_settings(self, settings: Any, inputs: Mapping[str, str]) -> list[Problem]:
        """Grades that differ in value and in score, ends that differ."""
        problems = [*duplicate_values(settings.grades, "/grades"), *duplicate_values(settings.finish, "/finish")]
        scores = [each.score for each in settings.grades]
        if len(set(scores)) < len(scores):
            message = "Two grades have the same score."
            problems.append(Problem("/grades", "bad_settings", message, "Give each grade a score of its own."))
        return problems

    def check(self, settings: Any, value: JsonValue, shown: Shown) -> list[Problem]:
        """Grades of steps that are there, in order and without a gap; nothing after an error where one stops there."""
        steps: Any = value.get("steps") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(steps, list) or not all(isinstance(e, dict) for e in steps):
            return [problem("bad_value", "These are no grades.", 'Send {"steps": [{"step": "s1", "grade": "good"}]}.')]
        if unknown := sorted(value.keys() - {"steps", "first_error", "finish"}):
            return [problem("unknown_field", f"Graded steps have no {unknown[0]}.", "Remove it.")]
        problems = [
            each.under(f"/steps/{index}")
            for index, step in enumerate(steps)
            for each in _check_step(settings, step, shown)
        ]
        if not problems:
            problems.extend(_check_order(settings, value, steps, shown))
        if not problems:
            problems.extend(_check_end(settings, value, steps, shown))
        return problems

    def canonical(self, settings: Any, value: JsonValue) -> JsonValue:
        """What says nothing dropped; the first error named where there is one."""
        assert isinstance(value, dict)
        steps: Any = value["steps"]
        kept: dict[str, JsonValue] = {"steps": [_canonical(each) for each in steps]}
        if (at := _first(settings, steps)) is not None:
            kept["first_error"] = steps[at]["step"]
        if value.get("finish"):
            kept["finish"] = value["finish"]
        return kept

    def distance(self, settings: Any, a: JsonValue, b: JsonValue, shown: Shown) -> float:
        """Half of |i - j| / n on the places of the first error (none: n + 1), half the mean squared difference of grades."""
        one, two = _graded(settings, a), _graded(settings, b)
        count = max(len(gradable(shown)), len(one.steps), len(two.steps), 1)
        return distance(one, two, count, _scores(settings))

    def merge(self, settings: Any, answers: Sequence[JsonValue], weights: Sequence[float], shown: Shown) -> Merged:
        """The place of the first error that most weight says, "none" among them, then the median grade of each step."""
        if not answers:
            return Merged(None, 0.0, 0, 0.0, "first_error", "insufficient")
        graded = [_graded(settings, each, weight) for each, weight in zip(answers, weights, strict=True)]
        errors = settings.errors()
        found = resolve(graded, _scores(settings), {each.value: each.value in errors for each in settings.grades})
        others = tuple((each.value, each.share) for each in found[1:])
        status: Any = "tied" if others else "resolved"
        best = found[0]
        return Merged(best.value, best.share, len(answers), sum(weights), "first_error", status, others)

    def summary(self, settings: Any, value: JsonValue) -> str:
        """Where the first error lies, how many steps have which grade, how it ended."""
        steps: Any = value["steps"] if isinstance(value, dict) else []
        at = _first(settings, steps)
        first = "no error" if at is None else f"first error at step {at + 1} ({steps[at]['step']})"
        counts = [(each, sum(step["grade"] == each.value for step in steps)) for each in settings.grades]
        line = ", ".join(f"{count} {each.shown()}" for each, count in counts if count)
        finish = value.get("finish") if isinstance(value, dict) else None
        ended = f"; {text_of(settings.finish, str(finish))}" if finish else ""
        return " ".join(f"{first}: {line or 'nothing graded'}{ended}".split())[:400]

    def compatibility(self, old: Any, new: Any) -> list[tuple[str, str]]:
        """By its grades and ends, and by what is asked of each step."""
        changes = changes_of_options(old.grades, new.grades, "Grade")
        if {each.value: each.score for each in old.grades} != {each.value: each.score for each in new.grades}:
            changes.append(("narrowing", "Grades have other scores."))
        if old.stop_at_first_error != new.stop_at_first_error:
            word = "ends" if new.stop_at_first_error else "no longer ends"
            changes.append(("narrowing", f"Grading {word} at the first error."))
        if old.replacement != new.replacement:
            word = "may" if new.replacement else "may no longer"
            class_ = "widening" if new.replacement else "narrowing"
            changes.append((class_, f"It {word} be said what should stand in a step's place."))
        if bool(old.finish) != bool(new.finish):
            changes.append(("narrowing", f"How it ended is {'asked' if new.finish else 'not asked any more'}."))
        else:
            changes.extend(changes_of_options(old.finish, new.finish, "End"))
        return changes

    def examples(self) -> Iterable[Example]:
        """A run of an agent up to its first error, with the call that should have been made; a solution graded throughout."""
        stopping = {
            "stop_at_first_error": True,
            "replacement": True,
            "finish": [{"value": "found_error"}, {"value": "solution"}, {"value": "give_up", "early": True}],
        }
        right: JsonValue = {
            "calls": [{"name": "get_order", "arguments": {"id": 17}}],
            "content": "Erst nachsehen: Größe?",
        }
        found: JsonValue = {
            "steps": [{"step": "s1", "grade": "bad", "note": "wrong id", "replacement": right}],
            "first_error": "s1",
            "finish": "found_error",
        }
        none: JsonValue = {
            "steps": [{"step": "s1", "grade": "good"}, {"step": "s3", "grade": "neutral"}],
            "finish": "solution",
        }
        trace = [{"name": "trace", "kind": "trace"}]
        yield Example(stopping, trace, {"inputs": {"trace": _RUN}}, {"input": "trace"}, found, none)
        solved = {"prompt": "48 + 24 ÷ 2 = ?", "completions": ["24 ÷ 2 = 13", "48 + 13 = 61"]}
        wrong: dict[str, JsonValue] = {"steps": [{"step": "s1", "grade": "bad"}, {"step": "s2", "grade": "good"}]}
        fine: JsonValue = {"steps": [{"step": "s1", "grade": "good"}, {"step": "s2", "grade": "good"}]}
        yield Example({}, trace, {"inputs": {"trace": solved}}, None, wrong | {"first_error": "s1"}, fine)


def gradable(shown: Shown) -> list[Part]:
    """The steps that are graded: the agent's own, in order; what could have stood in a step's place is none of them."""
    return [
        part for part in shown.below("step") if part.facts.get("by") == "agent" and not part.facts.get("alternative")
    ]


def _check_step(settings: Any, step: Mapping[str, Any], shown: Shown) -> Iterator[Problem]:
    if step.keys() - _FIELDS:
        yield problem("unknown_field", "A graded step has no such field.", "Remove it.")
        return
    name, grade = step.get("step"), step.get("grade")
    names = [_id(part) for part in gradable(shown)]
    if not isinstance(name, str) or (shown.parts and name not in names):
        yield problem("unknown_target", f"{name!r} is no step that is graded here.", "Name one.", "/step", names)
    offered = [each.value for each in settings.grades]
    if grade not in offered:
        yield problem("unknown_option", f"{grade!r} is no grade.", "Give one of these.", "/grade", offered)
    note = step.get("note")
    if note is not None and not (isinstance(note, str) and len(note) <= NOTE_MAX):
        yield problem("bad_value", f"A note is a text of at most {NOTE_MAX} characters.", "Shorten it.", "/note")
    if step.get("replacement") is not None:
        if settings.replacement:
            yield from (each.under("/replacement") for each in check_replacement(step["replacement"], shown))
        else:
            message = "What should stand in its place is not asked for here."
            yield problem("bad_value", message, "Leave it out.", "/replacement")


def _check_order(
    settings: Any, value: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], shown: Shown
) -> Iterator[Problem]:
    given = [step["step"] for step in steps]
    for index, name in enumerate(given):
        if name in given[:index]:
            yield problem("duplicate_answer", f"{name!r} stands twice.", "Grade it once.", f"/steps/{index}")
            return
    order = [_id(part) for part in gradable(shown)]
    places = {name: place for place, name in enumerate(order)}
    if shown.parts and given != sorted(given, key=lambda name: places[name]):
        yield problem("bad_range", "Steps stand in the order of the trace.", "Sort them so.", "/steps")
        return
    if shown.parts and (gap := next((i for i, name in enumerate(given) if order[i] != name), None)) is not None:
        message = f"{order[gap]!r} comes before {given[gap]!r} and is not graded."
        yield problem("missing_answer", message, "Grade the steps in order, without a gap.", f"/steps/{gap}")
        return
    at = _first(settings, steps)
    expected = None if at is None else given[at]
    if "first_error" in value and value["first_error"] != expected:
        message = f"By the grades the first error is {expected!r}."
        yield problem("bad_value", message, "Name that one, or leave it out.", "/first_error")
    if settings.stop_at_first_error and at is not None and at + 1 < len(steps):
        message = f"Nothing is graded after the first error, {expected!r}."
        yield problem("out_of_bounds", message, "Leave out what comes after it.", f"/steps/{at + 1}")


def _check_end(
    settings: Any, value: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], shown: Shown
) -> Iterator[Problem]:
    finish, offered = value.get("finish"), [each.value for each in settings.finish]
    if finish is not None and finish not in offered:
        yield problem("unknown_option", f"{finish!r} is no end that is offered.", "Take one.", "/finish", offered)
        return
    if finish is None and offered:
        yield problem("missing_answer", "How it ended is not said.", "Take one.", "/finish", offered)
    is_early = any(each.value == finish and each.early for each in settings.finish)
    stopped = settings.stop_at_first_error and _first(settings, steps) is not None
    left = len(gradable(shown)) - len(steps)
    if left > 0 and not is_early and not stopped:
        yield problem("missing_answer", f"{left} steps are not graded.", "Grade every step.", "/steps")


def _first(settings: Any, steps: Sequence[Mapping[str, Any]]) -> int | None:
    errors = settings.errors()
    return next((index for index, step in enumerate(steps) if step["grade"] in errors), None)


def _graded(settings: Any, value: JsonValue, weight: float = 1.0) -> Graded:
    assert isinstance(value, dict)
    steps: Any = value["steps"]
    finish: Any = value.get("finish")
    return Graded([_canonical(each) for each in steps], _first(settings, steps), finish, weight)


def _scores(settings: Any) -> dict[str, float]:
    return {each.value: each.score for each in settings.grades}


def _canonical(step: Mapping[str, Any]) -> dict[str, JsonValue]:
    kept: dict[str, JsonValue] = {"step": step["step"], "grade": step["grade"]}
    if step.get("note"):
        kept["note"] = step["note"]
    if replacement := canonical_replacement(step.get("replacement")):
        kept["replacement"] = replacement
    return kept


def _id(part: Part) -> str:
    return part.address.rpartition("/")[2]


_RUN: JsonValue = {
    "task": {"statement": "Cancel order 17"},
    "tools": [
        {
            "name": "get_order",
            "parameters": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]},
        }
    ],
    "nodes": [
        {
            "id": "s1",
            "type": "step",
            "calls": [{"id": "c1", "name": "get_order", "arguments": {"id": 71}}],
            "observations": [{"call": "c1", "content": "no such order"}],
        },
        {"id": "s2", "type": "step", "actor": "user", "content": "Bitte schnell!"},
        {"id": "s3", "type": "step", "content": "It cannot be cancelled."},
    ],
}

kind = StepGradeKind()
