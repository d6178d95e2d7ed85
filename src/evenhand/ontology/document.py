"""The ontology document, `evenhand-ontology/1`: its shape and every check that needs no answer (study of kinds, section 1)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evenhand.core.canonical import canonical_json, escape_pointer, unfit_parts
from evenhand.core.errors import Problem
from evenhand.ontology.condition import condition_problems
from evenhand.ontology.kind import QuestionKind, Target
from evenhand.ontology.mapping import migrate_problems
from evenhand.ontology.registry import input_kinds, preset_names, question_kinds
from evenhand.ontology.texts import Language, Text

FORMAT = "evenhand-ontology/1"
BODY_BYTES_MAX = 1024 * 1024
_PRESET_VERSION = re.compile(r"[1-9][0-9]{0,3}")
_NAME = r"^[a-z][a-z0-9_]{0,62}$"
PART_TYPES = frozenset(
    {"thread", "turn", "response", "message", "block", "call", "step", "span", "page", "image", "frame", "channel",
     "row", "column", "cell", "file", "side", "hunk", "item", "region"}
)  # fmt: skip
WHERE = frozenset(
    {
        "role",
        "kind",
        "by",
        "label",
        "index",
        "responses",
        "messages",
        "turns",
        "has",
        "name",
        "length",
        "every",
        "pointer",
    }
)
TEXT_LENGTH_MAX = 2_000
# How far in a part lies; a condition may read an answer from further out.
_DEPTHS = {
    "input": 0, "thread": 1, "turn": 2, "response": 3, "message": 4, "block": 5, "call": 6, "page": 1, "step": 1, "file": 1,
    "side": 2, "hunk": 2, "row": 1, "column": 1, "cell": 2, "frame": 1, "image": 1, "item": 1,
}  # fmt: skip


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class Input(_Strict):
    """One thing that is shown."""

    name: Annotated[str, Field(pattern=_NAME)]
    kind: str
    required: bool = True
    text: Text | None = None
    help: Text | None = None
    settings: dict[str, Any] = Field(default_factory=dict)


class InputTarget(_Strict):
    """A question about one input."""

    input: str


class EachTarget(_Strict):
    """A question about each part of an input (or each region of a question) for which `where` holds."""

    each: str
    of: str
    where: dict[str, Any] = Field(default_factory=dict)


class Question(_Strict):
    """One thing that is asked."""

    name: Annotated[str, Field(pattern=_NAME)]
    kind: str
    text: Text | None = None
    help: Text | None = None
    target: Literal["task"] | InputTarget | EachTarget | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    show_if: dict[str, Any] | None = None
    required: bool = True
    shuffle: bool = False
    allow: list[Literal["not_applicable", "cannot_answer"]] = Field(default_factory=list)
    reasons: dict[str, Any] = Field(default_factory=dict)
    confidence: Literal["none", "optional", "required"] = "none"
    justification: Literal["none", "optional", "required"] = "none"
    evidence: bool = False
    blind: list[str] = Field(default_factory=list)
    weight: Annotated[float, Field(ge=0)] = 1
    epoch: Annotated[int, Field(ge=1)] = 1
    migrate: dict[str, Any] | None = None


class Page(_Strict):
    """A group of questions shown together."""

    questions: list[str]
    title: Text | None = None
    show_if: dict[str, Any] | None = None
    repeat: dict[str, Any] | None = None


class Metadata(_Strict):
    """Which keys of an item's metadata annotators may see."""

    visible: list[str] = Field(default_factory=list)
    hidden: list[str] = Field(default_factory=list)


class Document(_Strict):
    """The whole ontology."""

    format: Literal["evenhand-ontology/1"]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
    language: Language
    preset: str | None = None
    text: Text | None = None
    help: Text | None = None
    inputs: Annotated[list[Input], Field(min_length=1, max_length=64)]
    questions: Annotated[list[Question], Field(min_length=1, max_length=200)]
    pages: list[Page] = Field(default_factory=list)
    metadata: Metadata = Field(default_factory=Metadata)


def check_ontology(body: Any) -> list[Problem]:
    """Every defect of an ontology's body at once, warnings among them; [] when it can be stored. Never raises."""
    if problems := unfit_parts(body)[:50]:
        return problems
    try:
        if len(canonical_json(body)) > BODY_BYTES_MAX:
            return [Problem("", "limit", "An ontology has at most 1 MiB.", "Move large lists into a taxonomy file.")]
    except (ValueError, TypeError, RecursionError):
        return [Problem("", "bad_json", "This is not plain JSON.", "Send numbers, texts, lists and objects only.")]
    try:
        document = Document.model_validate(body)
    except ValidationError as error:
        return shape_problems(error, body)
    return [
        *_preset(document),
        *_names(document),
        *_inputs(document),
        *_questions(document),
        *_pages(document),
        *_keys(document),
    ]


def shape_problems(error: ValidationError, checked: Any, prefix: str = "") -> list[Problem]:
    """A pydantic error as problems with JSON pointers into what was checked."""
    problems: dict[str, Problem] = {}
    for each in error.errors():
        path = _place(each["loc"], checked, is_missing=each["type"] == "missing")
        pointer = prefix + "".join("/" + escape_pointer(str(part)) for part in path)
        is_name = each["type"] == "string_pattern_mismatch" and path[-1:] == ["name"]
        is_empty = each["type"] == "too_short" and path[-1:] in (["options"], ["labels"], ["tree"])
        code = {"too_long": "limit"}.get(each["type"], "no_options" if is_empty else "bad_settings")
        code = "bad_name" if is_name else code
        if pointer not in problems:
            problems[pointer] = Problem(
                pointer,
                code,
                each["msg"].removeprefix("Value error, ") + ".",
                "See the ontology reference for this field.",
            )
    return list(problems.values())


def _place(where: Sequence[Any], checked: Any, *, is_missing: bool) -> list[Any]:
    """The steps of a pydantic location that lead through the document; between them it names types that were tried."""
    path = []
    for index, step in enumerate(where):
        is_there = (
            step in checked if isinstance(checked, dict) else isinstance(checked, list) and step in range(len(checked))
        )
        if is_there:
            checked = checked[step]
        elif not (is_missing and index == len(where) - 1):
            continue
        path.append(step)
    return path


def _preset(document: Document) -> Iterator[Problem]:
    """Where an ontology began stands beside its project unsealed, so it is a word of a closed list and no text of anybody's."""
    name, slash, version = (document.preset or "").partition("/")
    is_known = name in preset_names() and slash and _PRESET_VERSION.fullmatch(version)
    if document.preset is not None and not is_known:
        message = "This is no preset of this installation, as name and version."
        known = tuple(f"{each}/1" for each in sorted(preset_names()))
        yield Problem("/preset", "unknown_preset", message, "Leave it out, or write it as `ner/1`.", known)


def _names(document: Document) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    named = [(f"/inputs/{index}/name", each.name) for index, each in enumerate(document.inputs)]
    named += [(f"/questions/{index}/name", each.name) for index, each in enumerate(document.questions)]
    for pointer, name in named:
        if name in seen:
            message = f"The name {name!r} is taken by {seen[name]}."
            yield Problem(pointer, "duplicate_name", message, "Give every input and question its own name.")
        seen.setdefault(name, pointer)


def _inputs(document: Document) -> Iterator[Problem]:
    kinds = input_kinds()
    for index, each in enumerate(document.inputs):
        if each.kind not in kinds:
            yield _unknown_kind(f"/inputs/{index}/kind", each.kind, kinds)
            continue
        try:
            kinds[each.kind].Settings.model_validate(each.settings)
        except ValidationError as error:
            yield from shape_problems(error, each.settings, f"/inputs/{index}/settings")


def _questions(document: Document) -> Iterator[Problem]:
    kinds = question_kinds()
    input_of = {each.name: each.kind for each in document.inputs}
    earlier: dict[str, Question] = {}
    regional: dict[str, list[str]] = {}
    for index, each in enumerate(document.questions):
        pointer = f"/questions/{index}"
        if each.kind not in kinds:
            yield _unknown_kind(f"{pointer}/kind", each.kind, kinds)
        else:
            kind = kinds[each.kind]
            yield from _settings(kind, each, input_of, regional, pointer)
            yield from _target(kind, each, input_of, earlier, pointer)
        yield from _text(each.text, document.language, f"{pointer}/text")
        yield from _without_use(each, pointer)
        if each.show_if is not None:
            known = {name: _reaches(each, question, document) for name, question in earlier.items()}
            for problem in condition_problems(each.show_if, known, set(document.metadata.visible)):
                yield problem.under(f"{pointer}/show_if")
        for place, name in enumerate(each.blind):
            if name not in input_of:
                at = f"{pointer}/blind/{place}"
                yield Problem(at, "bad_settings", f"There is no input {name!r} to hide.", "Name an input.")
        earlier[each.name] = each


def _without_use(question: Question, pointer: str) -> Iterator[Problem]:
    """Fields of the format that nothing reads yet: what would be stored and do nothing is refused."""
    if question.weight != 1:
        message = "There are no scores of a whole task yet, so a question's weight in them does nothing."
        yield Problem(f"{pointer}/weight", "not_supported", message, "Leave weight out.")
    if question.reasons:
        message = "Whoever leaves a question out may say why in words; a list of reasons does nothing yet."
        yield Problem(f"{pointer}/reasons", "not_supported", message, "Leave reasons out.")


def _text(text: str | dict[str, str] | None, language: str, pointer: str) -> Iterator[Problem]:
    if text is None:
        yield Problem(pointer, "missing_text", "This question has no text.", "Say what is asked.", is_warning=True)
    elif isinstance(text, dict) and language not in text:
        message = f"This question has no text in {language}."
        yield Problem(pointer, "missing_text", message, "Add it; another language stands in.", is_warning=True)
    for each in [text] if isinstance(text, str) else (text or {}).values():
        if len(each) > TEXT_LENGTH_MAX:
            message = f"A question's text has at most {TEXT_LENGTH_MAX} characters."
            yield Problem(pointer, "limit", message, "Say more in help or in the guideline.")


def _settings(
    kind: QuestionKind,
    question: Question,
    input_of: Mapping[str, str],
    regional: dict[str, list[str]],
    pointer: str,
) -> Iterator[Problem]:
    """regional: earlier questions with regions and their labels; this one is added where it has some."""
    try:
        settings = kind.Settings.model_validate(question.settings)
    except ValidationError as error:
        yield from shape_problems(error, question.settings, f"{pointer}/settings")
        return
    for problem in kind.check_settings(settings, input_of):
        yield problem.under(f"{pointer}/settings")
    if getattr(kind, "names_regions", False):
        for problem in kind.check_earlier(settings, regional):  # type: ignore[attr-defined]
            yield problem.under(f"{pointer}/settings")
    if kind.has_regions:
        regional[question.name] = [label.value for label in getattr(settings, "labels", ())]
    for problem in migrate_problems(kind, settings, question.migrate):
        yield problem.under(pointer)


def _target(
    kind: QuestionKind,
    question: Question,
    input_of: Mapping[str, str],
    earlier: Mapping[str, Question],
    pointer: str,
) -> Iterator[Problem]:
    target = question.target

    def bad(message: str, remedy: str) -> Problem:
        return Problem(f"{pointer}/target", "bad_target", message, remedy)

    if target is None:
        fitting = [name for name, input_kind in input_of.items() if _offers(input_kind, kind.needs)]
        if Target.TASK not in kind.targets and not fitting:
            yield bad(f"A {kind.name} question needs an input with {kind.needs}.", "Add one.")
        elif Target.TASK not in kind.targets and len(fitting) != 1:
            yield bad("It must say which input it is about.", f'Use {{"input": "{fitting[0]}"}}.')
    elif target == "task":
        if Target.TASK not in kind.targets:
            yield bad(f"A {kind.name} question is about an input or a part.", "Name the input.")
    elif isinstance(target, InputTarget):
        if target.input not in input_of:
            yield bad(f"There is no input {target.input!r}.", f"Take one of {', '.join(sorted(input_of))}.")
        elif Target.INPUT not in kind.targets:
            yield bad(f"A {kind.name} question cannot be about one input.", "Leave the target out.")
        elif not _offers(input_of[target.input], kind.needs):
            yield bad(f"{target.input} has no {kind.needs}.", f"Name an input with {kind.needs}.")
    elif isinstance(target, EachTarget):
        if target.each not in PART_TYPES:
            yield bad(f"There are no parts called {target.each!r}.", "Take turn, response, message or region.")
        elif target.each == "region":
            of = earlier.get(target.of)
            if of is None or not question_kinds()[of.kind].has_regions if of and of.kind in question_kinds() else True:
                yield bad(
                    f"{target.of!r} is no earlier question with regions.", "Name a span or box question before it."
                )
            elif Target.REGION not in kind.targets:
                yield bad(f"A {kind.name} question cannot be about regions.", "Ask it about the task.")
        elif target.of not in input_of:
            yield bad(f"There is no input {target.of!r}.", f"Take one of {', '.join(sorted(input_of))}.")
        elif Target.PART not in kind.targets:
            yield bad(f"A {kind.name} question cannot be about parts.", "Ask it about the task.")
        elif not _offers(input_of[target.of], kind.needs):
            yield bad(f"{target.of} has no {kind.needs}.", f"Name an input with {kind.needs}.")
        elif input_of[target.of] in input_kinds() and target.each not in part_types(input_of[target.of]):
            parts = ", ".join(sorted(part_types(input_of[target.of]) - {"input"})) or "no parts"
            yield bad(f"{target.of} has no {target.each}.", f"It has {parts}.")
        if unknown := sorted(target.where.keys() - WHERE):
            at = f"{pointer}/target/where/{escape_pointer(unknown[0])}"
            yield Problem(at, "bad_target", f"Nothing is known of {unknown[0]!r}.", "Take one.", tuple(sorted(WHERE)))


@cache
def part_types(input_kind: str) -> frozenset[str]:
    """The types of parts that an input kind has, as its own examples show them."""
    kind = input_kinds()[input_kind]
    settings = kind.Settings()
    return frozenset(
        part.type for each in kind.examples() for part in kind.parts("input", settings, kind.clean(settings, each))
    )


@cache
def offers_of(input_kind: str) -> frozenset[str]:
    """What an input kind has for questions to be about: "text", "pixels", "time", "steps", as its own examples show."""
    kind = input_kinds()[input_kind]
    settings = kind.Settings()
    parts = [part for each in kind.examples() for part in kind.parts("input", settings, kind.clean(settings, each))]
    has = {
        "text": any(part.text is not None for part in parts),
        "pixels": any(part.size is not None for part in parts),
        "time": any(part.length is not None for part in parts),
        "steps": any(part.type == "step" for part in parts),
    }
    return frozenset(name for name, is_there in has.items() if is_there)


def default_input(kind: QuestionKind, document: Document) -> str:
    """The input that a question of this kind is about when it names none: the first that has what it needs."""
    fitting = (each.name for each in document.inputs if _offers(each.kind, kind.needs))
    return next(fitting, document.inputs[0].name)


def _offers(input_kind: str, needs: str | None) -> bool:
    return needs is None or input_kind not in input_kinds() or needs in offers_of(input_kind)


def _reaches(asking: Question, earlier: Question, document: Document) -> bool:
    """Whether an earlier question has one answer for each target of a later one: on the same part, or on one around it."""
    here, there = _asked_about(asking, document), _asked_about(earlier, document)
    if there[0] == "" or here == there:
        return True
    return here[0] == there[0] and _DEPTHS.get(there[1], 99) < _DEPTHS.get(here[1], 0)


def _asked_about(question: Question, document: Document) -> tuple[str, str]:
    """(input or region question, type of part) that a question is about; ("", "task") for the task."""
    target = question.target
    if isinstance(target, EachTarget):
        return target.of, target.each
    if isinstance(target, InputTarget):
        return target.input, "input"
    kind = question_kinds().get(question.kind)
    if target is None and kind is not None and Target.TASK not in kind.targets:
        return default_input(kind, document), "input"
    return "", "task"


def _pages(document: Document) -> Iterator[Problem]:
    names = {each.name: True for each in document.questions}
    for index, page in enumerate(document.pages):
        if page.show_if is not None:
            for problem in condition_problems(page.show_if, names, set(document.metadata.visible)):
                yield problem.under(f"/pages/{index}/show_if")
        for place, name in enumerate(page.questions):
            if name not in names:
                pointer = f"/pages/{index}/questions/{place}"
                yield Problem(pointer, "unknown_question", f"There is no question {name!r}.", "Name one that exists.")


def _keys(document: Document) -> Iterator[Problem]:
    for index, question in enumerate(document.questions):
        field = "options" if question.settings.get("options") else "labels"
        options = question.settings.get(field) or []
        seen: set[str] = set()
        for place, option in enumerate(options if isinstance(options, list) else []):
            key = option.get("key") if isinstance(option, dict) else None
            if isinstance(key, str) and key:
                if key in seen:
                    pointer = f"/questions/{index}/settings/{field}/{place}/key"
                    yield Problem(pointer, "key_clash", f"The key {key!r} is taken.", "Give each its own key.")
                seen.add(key)


def _unknown_kind(pointer: str, kind: str, kinds: Mapping[str, Any]) -> Problem:
    return Problem(
        pointer, "unknown_kind", f"There is no kind {kind!r}.", "Take one of the allowed.", tuple(sorted(kinds))
    )


def folded(value: str) -> str:
    """The form in which two options count as the same: NFC and case folding."""
    return unicodedata.normalize("NFC", value).casefold()


def is_name(text: str) -> bool:
    """Whether a text can name an input or a question."""
    return re.match(_NAME, text) is not None
