"""The checks of whole documents hold against anything: an ontology, an item, a list of answers, nearly right or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_fuzz import VALUES, mutated

from evenhand.core.errors import Problem
from evenhand.ontology.ontology import Ontology, check_ontology
from evenhand.ontology.presets import expand, presets
from evenhand.ontology.registry import question_kinds

CALM = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def one_of_each_kind() -> list[Any]:
    return [
        pytest.param(name, example, id=f"{name}-{number}")
        for name, kind in question_kinds().items()
        for number, example in enumerate(kind.examples())
    ]


def sound(problems: list[Problem]) -> bool:
    """Whether nothing was found; what was found has words and a remedy."""
    assert all(isinstance(each, Problem) and each.message and each.remedy for each in problems)
    return not [each for each in problems if not each.is_warning]


@pytest.mark.parametrize("preset", presets())
@CALM
@given(data=st.data())
def test_a_spoiled_ontology_is_refused_or_can_be_compiled_and_asked(preset: str, data: st.DataObject) -> None:
    body = data.draw(mutated(expand(preset, {})))

    if sound(check_ontology(body)):
        ontology = Ontology.compile(body)
        sound(ontology.check_item(presets()[preset].sample))
        ontology.check_answers([], presets()[preset].sample)


@given(body=VALUES)
@CALM
def test_what_is_no_ontology_at_all_is_refused(body: Any) -> None:
    assert not sound(check_ontology(body))


@pytest.mark.parametrize(("kind", "example"), one_of_each_kind())
@CALM
@given(data=st.data())
def test_spoiled_items_and_answers_are_refused_or_can_be_stored(kind: str, example: Any, data: st.DataObject) -> None:
    asked = {"name": "asked", "kind": kind, "text": "What?", "settings": example.settings}
    if example.target is not None:
        asked["target"] = example.target
    body = {
        "format": "evenhand-ontology/1",
        "name": "one",
        "language": "en",
        "inputs": example.inputs,
        "questions": [*(question for question, _ in example.earlier), asked],
    }
    ontology = Ontology.compile(body)
    item = data.draw(mutated(example.item))
    answers = data.draw(
        mutated([*(each for _, each in example.earlier), {"question": "asked", "value": example.value}])
    )

    if not sound(ontology.check_item(item)):
        item = example.item
    stored = ontology.clean_item(item)
    ontology.preview(stored)
    if sound(ontology.check_answers(answers, stored)):
        canonical = ontology.canonical_answers(answers, stored)
        ontology.votes(canonical, stored)
        ontology.summary(canonical)
    sound(ontology.check_answers(answers, stored, draft=True))
