"""Labels as a filter names them: a question and a value in words become the number and the code that are stored. Pure."""

from __future__ import annotations

import json

from evenhand.core.canonical import JsonValue
from evenhand.core.errors import Malformed, Problem
from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.document import EachTarget
from evenhand.ontology.kind import Structured
from evenhand.ontology.ontology import Asked, Ontology


def label_named(ontology: Ontology, question: str | None, value: str | None) -> tuple[int, float | None]:
    """(number of the question, code of the value; None where none is named).

    question: its name; may be left out where the ontology asks one closed question. value: as JSON, or a text as it is.
    Raises Malformed for a question that there is not, or that has no closed answers, and for a value that it refuses.
    """
    asked = _asked(ontology, question)
    return asked.no, None if value is None else _code(asked, value)


def _asked(ontology: Ontology, question: str | None) -> Asked:
    closed = {each.name: each for each in ontology.questions if _has_codes(each)}
    if question is None and len(closed) == 1:
        return next(iter(closed.values()))
    if question not in closed:
        message = "Labels of no such question are kept." if question else "Several questions are asked here."
        names = tuple(closed)[:20]
        raise Malformed([Problem("query:label_question", "unknown_id", message, "Name a closed question.", names)])
    return closed[question]


def _has_codes(asked: Asked) -> bool:
    is_structured = isinstance(asked.kind.encode(asked.settings, [], asked.codebook), Structured)
    return not is_structured and not isinstance(asked.question.target, EachTarget)


def _code(asked: Asked, text: str) -> float:
    for value in _readings(text):
        problems = asked.kind.check(asked.settings, value, NOWHERE)
        if not any(not each.is_warning for each in problems):
            canonical = asked.kind.canonical(asked.settings, value)
            code = asked.kind.vote(asked.settings, canonical, asked.codebook, NOWHERE)
            if code is not None:
                return code
    message = "The question has no such answer."
    raise Malformed([Problem("query:label", "bad_value", message, "Send an answer as it is stored.")])


def _readings(text: str) -> list[JsonValue]:
    try:
        return [text, json.loads(text)]
    except (ValueError, RecursionError):
        return [text]
