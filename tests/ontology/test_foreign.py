"""Whatever strangers send is told apart into problems; nothing raises."""

from __future__ import annotations

import copy

import pytest
from foreign import foreign
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ontology.ontology import Ontology, check_ontology
from evenhand.ontology.presets import expand, presets
from evenhand.ontology.registry import input_kinds, question_kinds
from tries import tries

BODY_WORDS = ("format", "evenhand-ontology/1", "name", "language", "en", "inputs", "questions", "kind", "settings", "options",
 "value",
              "target", "each", "of", "region", "where", "show_if", "question", "is", "in", "all", "not", "count", "pages",
 "metadata",
              "visible", "text", "choice", "labels", "key", "tree", "children", "levels", "compare", *question_kinds(),
              *input_kinds())  # fmt: skip
ITEM_WORDS = ("inputs", "text", "language", "metadata", "tags", "priority", "external_id", "group", "suggestions", "answers",
 "due_at",
              "query", "page", "chat", "image", "document", "messages", "blob", "media", "width")  # fmt: skip
ANSWER_WORDS = ("question", "target", "value", "abstained", "not_applicable", "regions", "id", "label", "ranges", "k1", "groups",
                "unranked", "winner", "tie", "x", "y", "w", "h", "on", "confidence", "justification", "evidence")  # fmt: skip
BODIES = {name: expand(name, {}) for name in presets()}
ONTOLOGIES = {name: Ontology.compile(body) for name, body in BODIES.items()}


def places(value, at=()):
    yield at
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(each, (*at, key))


def put(body, at, value):
    changed = copy.deepcopy(body)
    if not at:
        return value
    inner = changed
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = value
    return changed


def item_of(name):
    ontology = ONTOLOGIES[name]
    sample = presets()[name].sample
    if any(kind.is_file for kind, _ in ontology.inputs.values()):
        sample = {"inputs": {key: next(iter(kind.examples())) for key, (kind, _) in ontology.inputs.items()}}
    return ontology.clean_item(sample)


@tries(80)
@given(foreign(*BODY_WORDS))
def test_any_json_as_an_ontology_gives_problems(body):
    assert check_ontology(body)


@tries(160)
@given(st.data())
def test_an_ontology_with_one_foreign_place_is_checked_and_compiles_if_it_passes(data):
    body = BODIES[data.draw(st.sampled_from(sorted(BODIES)))]
    at = data.draw(st.sampled_from(list(places(body))))
    changed = put(body, at, data.draw(foreign(*BODY_WORDS, max_leaves=6)))

    problems = check_ontology(changed)

    assert all(each.pointer == "" or each.pointer.startswith("/") for each in problems)
    if all(each.is_warning for each in problems):
        Ontology.compile(changed)


@pytest.mark.parametrize("name", sorted(ONTOLOGIES))
@tries(20)
@given(data=st.data())
def test_any_json_as_an_item_gives_problems_or_can_be_stored_and_shown(name, data):
    ontology = ONTOLOGIES[name]
    item = data.draw(foreign(*ITEM_WORDS) | st.fixed_dictionaries({"inputs": foreign(*ITEM_WORDS)}))

    if all(each.is_warning for each in ontology.check_item(item)):
        stored = ontology.clean_item(item)
        assert ontology.clean_item(stored) == stored
        assert len(ontology.preview(stored)) <= 200
        ontology.visible_item(stored)
        ontology.parts(stored)


@pytest.mark.parametrize("name", sorted(ONTOLOGIES))
@tries(30)
@given(data=st.data())
def test_any_json_as_answers_gives_problems_or_has_one_canonical_form(name, data):
    ontology, item = ONTOLOGIES[name], item_of(name)
    addresses = [*ontology.parts(item), "entities:k1", "boxes:k1"]
    answer = st.fixed_dictionaries(
        {"question": st.sampled_from([each.name for each in ontology.questions])},
        optional={"target": st.sampled_from(addresses), "value": foreign(*ANSWER_WORDS, *addresses), "confidence": foreign(),
                  "evidence": foreign("on"), "justification": foreign(), "reason": foreign(), 
 "abstained": foreign("cannot_answer")},
    )  # fmt: skip
    answers = data.draw(foreign(*ANSWER_WORDS) | st.lists(answer | foreign(*ANSWER_WORDS), max_size=5))
    is_draft = data.draw(st.booleans())

    if all(each.is_warning for each in ontology.check_answers(answers, item, draft=is_draft)):
        once = ontology.canonical_answers(answers, item)
        assert ontology.canonical_answers(once, item) == once
        if not is_draft:
            assert all(each.is_warning for each in ontology.check_answers(once, item))
            ontology.votes(once, item)
            ontology.summary(once)
