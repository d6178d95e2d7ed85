"""An ontology, compiled: checks items and answers, knows the votes in them and what an annotator may see. Immutable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from evenhand.core.canonical import JsonValue, digest, escape_pointer, unfit_parts
from evenhand.core.errors import Problem
from evenhand.ontology.condition import holds
from evenhand.ontology.document import Document, EachTarget, InputTarget, Question, check_ontology, default_input
from evenhand.ontology.item import check_item, clean_item, visible_item
from evenhand.ontology.kind import FileAt, InputKind, MediaKind, Part, QuestionKind, Shown, Target
from evenhand.ontology.mapping import mapped_options, read_through
from evenhand.ontology.open_task import Checkable
from evenhand.ontology.parts import enclosing_of, parents_of, parts_of, targets_of
from evenhand.ontology.registry import input_kinds, question_kinds
from evenhand.ontology.suggestions import ID_LENGTH_MAX
from evenhand.ontology.texts import in_language

__all__ = ["Asked", "Ontology", "check_ontology"]

PREVIEW_LENGTH = 200
ANSWERS_BYTES_MAX = 8 * 1024 * 1024
NOTE_LENGTH_MAX = 20_000
ABSTENTIONS = ("not_applicable", "cannot_answer")
_ANSWER_FIELDS = frozenset(
    {
        "question",
        "target",
        "value",
        "abstained",
        "reason",
        "note",
        "confidence",
        "justification",
        "evidence",
        "suggestion",
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, compiled. no: its place in the vote table, stable over versions through the codebooks."""

    no: int
    question: Question
    kind: QuestionKind
    settings: Any
    codebook: tuple[str, ...]

    @property
    def name(self) -> str:
        """The question's name."""
        return self.question.name

    def read(self, value: JsonValue) -> JsonValue:
        """An answer of an earlier version as it counts in this one: through the map of renamed options, where there is one."""
        if not self.question.migrate:
            return value
        return self.kind.canonical(self.settings, read_through(mapped_options(self.question.migrate), value))


@dataclass(frozen=True, slots=True)
class ToCheck:
    """An answer that brings a checker. value: canonical."""

    no: int
    question: str
    target: str
    value: JsonValue
    checkable: Checkable

    @property
    def digest(self) -> str:
        """`sha256:…` of what is checked and what it must reach: results of one are no results of another."""
        return digest({"value": self.value, "bars": asdict(self.checkable.bars)})


@dataclass(frozen=True, slots=True)
class Compared:
    """Two that an answer compares, by name in their task, and by what they are in every task alike where that is known.

    order: all that was compared there, as it stands in the document.
    """

    better: str
    worse: str
    better_item: str | None
    worse_item: str | None
    is_tie: bool
    order: tuple[str, ...]


class Ontology:
    """One version of a project's ontology, ready for use."""

    def __init__(self, body: Mapping[str, Any], asked: Sequence[Asked], codebooks: dict[str, Any]) -> None:
        self.body = dict(body)
        self.document = Document.model_validate(body)
        self.questions = tuple(asked)
        self.codebooks = codebooks
        self._asked = {each.name: each for each in asked}
        pages = self.document.pages
        self._conditions = {
            each.name: [
                condition
                for condition in (
                    each.question.show_if,
                    *(page.show_if for page in pages if each.name in page.questions),
                )
                if condition is not None
            ]
            for each in asked
        }
        self._inputs: dict[str, tuple[InputKind, Any]] = {}
        for each in self.document.inputs:
            kind = input_kinds()[each.kind]
            self._inputs[each.name] = (kind, kind.Settings.model_validate(each.settings))
        self._media = {name: kind for name, (kind, _) in self._inputs.items() if isinstance(kind, MediaKind)}

    @classmethod
    def compile(cls, body: Mapping[str, Any], codebooks: Mapping[str, Any] | None = None) -> Ontology:
        """Compile a valid body.

        codebooks: those of the version before, `{"order": [question, …], "codes": {question: [value, …]}}`; question numbers
        and vote codes only ever grow, so that votes of all versions can be read together.
        """
        document = Document.model_validate(body)
        order: list[str] = list((codebooks or {}).get("order", []))
        codes: dict[str, list[str]] = dict((codebooks or {}).get("codes", {}))
        inputs = {each.name: each.kind for each in document.inputs}
        asked = []
        for question in document.questions:
            # A question that means something else is another one to the statistics: votes of two epochs are never pooled.
            numbered = question.name if question.epoch == 1 else f"{question.name}@{question.epoch}"
            if numbered not in order:
                order.append(numbered)
            kind = question_kinds()[question.kind]
            settings = kind.Settings.model_validate(question.settings)
            codes[question.name] = kind.codebook(settings, codes.get(question.name, []), inputs)
            asked.append(Asked(order.index(numbered), question, kind, settings, tuple(codes[question.name])))
        return cls(body, asked, {"order": order, "codes": codes})

    # -------------------------------------------------------------------------------------------------------- items --
    @property
    def inputs(self) -> Mapping[str, tuple[InputKind, Any]]:
        """Input kinds and their settings, by input name."""
        return self._inputs

    @property
    def is_written(self) -> bool:
        """Whether anything is asked that people write themselves."""
        return any(getattr(each.kind, "is_written", False) for each in self.questions)

    @property
    def is_checked(self) -> bool:
        """Whether anything is asked whose answers bring a checker. The kinds of plug-ins need not say so."""
        return any(getattr(each.kind, "is_checked", False) for each in self.questions)

    @property
    def needs_item(self) -> bool:
        """Whether an answer can only be checked beside its item: any question that is not about the task alone."""
        return any(Target.TASK not in each.kind.targets or each.question.target not in (None, "task")
                   for each in self.questions)  # fmt: skip

    @property
    def media(self) -> Mapping[str, MediaKind]:
        """The kinds of those inputs whose contents may hold files, by input name."""
        return self._media

    def files_shown(self, item: Mapping[str, Any]) -> list[tuple[str, FileAt]]:
        """(input name, file) of every file that an item shows, as it is stored or as a browser may receive it."""
        contents = item["inputs"]
        return [
            (name, file)
            for name, kind in self._media.items()
            if contents.get(name) is not None
            for file in kind.files_shown(contents[name])
        ]

    def check_item(self, item: Any) -> list[Problem]:
        """Every defect of an item document. Never raises."""
        return check_item(item, self.document, self._inputs)

    def clean_item(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """The item as it is stored."""
        return clean_item(item, self._inputs)

    def visible_item(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """What an annotator's browser may receive."""
        return visible_item(item, self.document, self._inputs)

    def preview(self, item: Mapping[str, Any]) -> str:
        """One line for the data table, at most 200 code points."""
        texts = []
        for name, content in item.get("inputs", {}).items():
            if name in self._inputs:
                kind, settings = self._inputs[name]
                texts.append(kind.text_of(settings, content))
        return " · ".join(" ".join(text.split()) for text in texts if text)[:PREVIEW_LENGTH]

    def parts(self, item: Mapping[str, Any]) -> dict[str, Part]:
        """Every part of an item by its address; the task itself at ""."""
        return parts_of(item, self._inputs)

    # ------------------------------------------------------------------------------------------------------ answers --
    def check_answers(self, answers: Any, item: Mapping[str, Any], *, draft: bool = False) -> list[Problem]:
        """Every defect of an answer list, pointers from its root. A draft is checked for shape, not for completeness."""
        if not isinstance(answers, list):
            return [Problem("", "bad_value", "Answers are a list.", "Send [] or a list of answers.")]
        if unfit := unfit_parts(answers):
            return unfit[:20]
        if len(msgspec.json.encode(answers)) > ANSWERS_BYTES_MAX:
            return [Problem("", "too_large", "An annotation has at most 8 MiB.", "Mark less, or split the task.")]
        parts = self.parts(item)
        parents = parents_of(parts)
        problems: list[Problem] = []
        given: dict[tuple[str, str], dict[str, Any]] = {}
        places: dict[tuple[str, str], int] = {}
        for index, answer in enumerate(answers):
            found = self._shape(answer, f"/{index}")
            if found:
                problems.extend(found)
                continue
            at = (answer["question"], answer.get("target") or self._default_address(self._asked[answer["question"]]))
            if at in given:
                problems.append(
                    Problem(f"/{index}", "duplicate_answer", "This target is answered twice.", "Keep one answer.")
                )
                continue
            given[at], places[at] = answer, index
        metadata = item.get("metadata") or {}
        shown: set[tuple[str, str]] = set()
        for asked in self.questions:
            for part in targets_of(asked.question, asked.kind, self.document, parts, self._regions(given)):
                at = self._key(asked, part)
                if self._is_shown(asked, part, given, metadata, parents):
                    shown.add(at)
                    if not draft:
                        problems.extend(self._missing(asked, part, at, given))
                elif at in given:
                    problems.append(
                        Problem(
                            f"/{places[at]}", "hidden_question", f"{asked.name} is not asked here.", "Leave it out."
                        )
                    )
                    shown.add(at)
        for at, answer in given.items():
            pointer = f"/{places[at]}"
            asked = self._asked[at[0]]
            if at not in shown:
                problems.append(
                    Problem(
                        f"{pointer}/target",
                        "unknown_target",
                        f"{asked.name} is not asked about {at[1]!r}.",
                        "Use an address of this item that the question is about.",
                    )
                )
                continue
            problems.extend(each.under(pointer) for each in self._answer(asked, answer, at[1], parts, draft, given))
        return problems

    def to_check(self, answers: Sequence[Mapping[str, Any]]) -> list[ToCheck]:
        """Of canonical answers, perhaps given under an earlier version, those that bring a checker."""
        found: list[ToCheck] = []
        for answer in answers:
            asked = self._asked.get(answer["question"])
            if asked is None or "value" not in answer or not getattr(asked.kind, "is_checked", False):
                continue
            checkable: Checkable | None = asked.kind.checkable(asked.settings, answer["value"])  # type: ignore[attr-defined]
            if checkable is not None:
                found.append(ToCheck(asked.no, asked.name, answer.get("target") or "", answer["value"], checkable))
        return found

    def check_value(
        self, question: str, target: str | None, value: JsonValue, item: Mapping[str, Any]
    ) -> list[Problem]:
        """Every defect of one answer whose other questions are not looked at; pointers from its own root."""
        answer = {"question": question, "target": target, "value": value}
        answer = {name: each for name, each in answer.items() if each is not None}
        if problems := unfit_parts(answer)[:20] or self._shape(answer, ""):
            return problems
        asked = self._asked[question]
        address = target or self._default_address(asked)
        parts = self.parts(item)
        found = asked.kind.check(asked.settings, value, Shown(parts.get(address) or Part(address, "region"), parts))
        return [each.under("/value") for each in found]

    def canonical_answers(self, answers: Sequence[Mapping[str, Any]], item: Mapping[str, Any]) -> list[dict[str, Any]]:
        """One spelling per answer list: ontology order, then part order, values canonical."""
        parts = self.parts(item)
        order = {address: place for place, address in enumerate(parts)}
        number = {asked.name: place for place, asked in enumerate(self.questions)}

        def place(answer: Mapping[str, Any]) -> tuple[int, int, str]:
            target = answer.get("target") or ""
            return number[answer["question"]], order.get(target, len(order)), target

        result = []
        for answer in sorted(answers, key=place):
            asked = self._asked[answer["question"]]
            kept = {name: value for name, value in answer.items() if value is not None}
            kept["target"] = answer.get("target") or self._default_address(asked)
            if "value" in kept:
                kept["value"] = asked.kind.canonical(asked.settings, kept["value"])
            result.append(kept)
        return result

    def votes(self, answers: Sequence[Mapping[str, Any]], item: Mapping[str, Any]) -> list[tuple[int, str, float]]:
        """(question number, target, code) of every closed answer whose question has one target a task."""
        votes = []
        parts = self.parts(item)
        for answer in answers:
            asked = self._asked[answer["question"]]
            if isinstance(asked.question.target, EachTarget) or "value" not in answer:
                continue
            target = answer.get("target") or ""
            shown = Shown(parts.get(target) or parts[""], parts)
            code = asked.kind.vote(asked.settings, answer["value"], asked.codebook, shown)
            if code is not None:
                votes.append((asked.no, target, code))
        return votes

    def compared(self, asked: Asked, answer: Mapping[str, Any], parts: Mapping[str, Part]) -> list[Compared]:
        """Every two that an answer to a question compares; none where the question compares nothing.

        parts: of the item, see `parts`. The kinds of plug-ins need not say what they compare.
        """
        if "value" not in answer or not hasattr(asked.kind, "comparisons"):
            return []
        target = answer.get("target") or ""
        shown = Shown(parts.get(target) or parts[""], parts)
        known: dict[str, str | None] = asked.kind.contenders(asked.settings, shown)  # type: ignore[attr-defined]
        return [
            Compared(better, worse, known.get(better), known.get(worse), is_tie, tuple(known))
            for better, worse, is_tie in asked.kind.comparisons(asked.settings, answer["value"], shown)
        ]

    def summary(self, answers: Sequence[Mapping[str, Any]]) -> str:
        """All answers in one line."""
        pieces = []
        for answer in answers:
            asked = self._asked.get(answer["question"])
            if asked is None:
                continue
            if "value" in answer:
                pieces.append(asked.kind.summary(asked.settings, answer["value"]))
            else:
                pieces.append(str(answer.get("abstained", "")).replace("_", " "))
        return " · ".join(piece for piece in pieces if piece)[:500]

    def epoch_of(self, name: str) -> int | None:
        """What a question means, as a number that is raised with its meaning; None where it is not asked."""
        asked = self._asked.get(name)
        return asked.question.epoch if asked else None

    def text_of(self, name: str) -> str:
        """A question's text for a reader of the ontology's own language."""
        question = self._asked[name].question
        return in_language(question.text, self.document.language, name)

    # ---------------------------------------------------------------------------------------------------- internals --
    def _shape(self, answer: Any, pointer: str) -> list[Problem]:
        def bad(code: str, at: str, message: str, remedy: str) -> list[Problem]:
            return [Problem(pointer + at, code, message, remedy)]

        if not isinstance(answer, dict) or not isinstance(answer.get("question"), str):
            return bad("unknown_question", "", "An answer is an object that names its question.", "Add question.")
        if answer["question"] not in self._asked:
            return bad("unknown_question", "/question", f"There is no question {answer['question']!r}.",
                       f"Take one of {', '.join(sorted(self._asked))[:300]}.")  # fmt: skip
        if unknown := sorted(str(name) for name in answer.keys() - _ANSWER_FIELDS):
            return bad("unknown_field", f"/{escape_pointer(unknown[0])}", "An answer has no such field.", "Remove it.")
        if not isinstance(answer.get("target") or "", str):
            return bad("unknown_target", "/target", "A target is an address, a short text.", 'Use "" for the task.')
        if ("value" in answer) == ("abstained" in answer):
            return bad("missing_answer", "", "An answer has either a value or an abstention.", "Send exactly one.")
        question = self._asked[answer["question"]].question
        for name in ("reason", "note"):
            if name in answer and not (isinstance(answer[name], str) and len(answer[name]) <= NOTE_LENGTH_MAX):
                return bad("bad_value", f"/{name}", f"{name} is a text.", "Send a text, or leave it out.")
        accepted = answer.get("suggestion")
        if accepted is not None and not (isinstance(accepted, str) and len(accepted) <= ID_LENGTH_MAX):
            return bad(
                "bad_id", "/suggestion", "This is no suggestion's id.", "Send the assignment's, or leave it out."
            )
        if found := _evidence_problem(answer, question):
            return bad("bad_value", "/evidence", found, "Send passages or regions, where they are asked for.")
        if "abstained" in answer and answer["abstained"] not in question.allow:
            return [
                Problem(f"{pointer}/abstained", "not_allowed_abstention", "This abstention is not offered.",
                        "Answer, or use one that is offered.", tuple(question.allow))
            ]  # fmt: skip
        return []

    def _default_address(self, asked: Asked) -> str:
        target = asked.question.target
        if isinstance(target, InputTarget):
            return target.input
        if target is None and Target.TASK not in asked.kind.targets:
            return default_input(asked.kind, self.document)
        return ""

    def _key(self, asked: Asked, part: Part) -> tuple[str, str]:
        return asked.name, part.address

    def _regions(self, given: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[str, dict[str, str]]:
        """question -> region id -> label, from the answers given."""
        regions: dict[str, dict[str, str]] = {}
        for (name, _target), answer in given.items():
            asked = self._asked[name]
            if asked.kind.has_regions and "value" in answer:
                regions.setdefault(name, {}).update(asked.kind.labels(asked.settings, answer["value"]))
        return regions

    def _marked(self, asked: Asked, given: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[str, Mapping[str, str]]:
        """What is marked in the questions before one, those without a mark among them."""
        found = self._regions(given)
        before = self.questions[: self.questions.index(asked)]
        return {each.name: found.get(each.name, {}) for each in before if each.kind.has_regions}

    def _is_shown(
        self,
        asked: Asked,
        part: Part,
        given: Mapping[tuple[str, str], Mapping[str, Any]],
        metadata: Mapping[str, Any],
        parents: Mapping[str, str],
    ) -> bool:
        """Whether its own condition holds, and that of the page it stands on."""
        conditions = self._conditions[asked.name]
        if not conditions:
            return True
        enclosing = enclosing_of(part.address, parents)
        return all(holds(condition, given, part.address, metadata, enclosing) for condition in conditions)

    def _missing(
        self, asked: Asked, part: Part, at: tuple[str, str], given: Mapping[tuple[str, str], Any]
    ) -> list[Problem]:
        if at in given or not asked.question.required:
            return []
        where = f" about {part.address}" if part.address else ""
        return [
            Problem("", "missing_answer", f"{self.text_of(asked.name)}{where} has no answer.", f"Answer {asked.name}.")
        ]

    def _answer(
        self,
        asked: Asked,
        answer: Mapping[str, Any],
        address: str,
        parts: Mapping[str, Part],
        draft: bool,
        given: Mapping[tuple[str, str], Mapping[str, Any]],
    ) -> list[Problem]:
        problems: list[Problem] = []
        if "value" in answer:
            part = parts.get(address) or Part(address, "region")
            marked = self._marked(asked, given) if getattr(asked.kind, "names_regions", False) else None
            found = asked.kind.check(asked.settings, answer["value"], Shown(part, parts, marked))
            # A draft may be unfinished: what is only too few or too short is no defect yet.
            if draft:
                found = [each for each in found if each.code not in ("count", "too_long", "missing_answer")]
            problems.extend(each.under("/value") for each in found)
        confidence = answer.get("confidence")
        if confidence is not None and not (
            isinstance(confidence, int | float) and not isinstance(confidence, bool) and 0 <= confidence <= 1
        ):
            problems.append(Problem("/confidence", "out_of_bounds", "Confidence lies in 0..1.", "Send a share."))
        if draft:
            return problems
        if asked.question.confidence == "required" and confidence is None:
            problems.append(Problem("/confidence", "missing_answer", "Confidence is asked for.", "Add it, 0..1."))
        text = answer.get("justification")
        if text is not None and not isinstance(text, str):
            problems.append(Problem("/justification", "bad_value", "A justification is a text.", "Send a text."))
        elif asked.question.justification == "required" and not (text or "").strip():
            problems.append(Problem("/justification", "missing_answer", "A reason is asked for.", "Say why."))
        return problems


def _evidence_problem(answer: Mapping[str, Any], question: Question) -> str | None:
    """Evidence is offered by the question, and is a list of places in the item."""
    evidence = answer.get("evidence")
    if evidence is None:
        return None
    if not question.evidence:
        return "No evidence is asked for here."
    if not isinstance(evidence, list) or not all(
        isinstance(each, dict) and isinstance(each.get("on"), str) for each in evidence
    ):
        return "Evidence is a list of places, each with the address it is on."
    return None
