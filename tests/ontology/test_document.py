"""The ontology document: every defect is found at once, with its pointer and its code from the closed list (1.5)."""

from __future__ import annotations

import copy

import pytest

from evenhand.ontology.ontology import Ontology, check_ontology
from evenhand.ontology.presets import presets
from evenhand.ontology.registry import preset_names, question_kinds

OPTIONS = {"options": [{"value": "no"}, {"value": "yes"}]}


def body(**changes):
    return {
        "format": "evenhand-ontology/1", "name": "reply-quality", "language": "en",
        "inputs": [{"name": "chat", "kind": "chat"}, {"name": "note", "kind": "text", "required": False}],
        "questions": [
            {"name": "harm", "kind": "choice", "text": "Harmful?", "settings": OPTIONS,
             "target": {"each": "response", "of": "chat"}},
            {"name": "why", "kind": "text", "text": "Why?", "target": {"each": "response", "of": "chat"},
             "show_if": {"question": "harm", "is": "yes"}},
            {"name": "good", "kind": "choice", "text": "Good?", "settings": OPTIONS},
        ],
        "metadata": {"visible": ["topic"], "hidden": ["model"]},
        **changes,
    }  # fmt: skip


def changed(*path_and_value):
    *path, last, value = path_and_value
    document = copy.deepcopy(body())
    at = document
    for step in path:
        at = at[step]
    at[last] = value
    return document


def test_a_whole_ontology_passes():
    assert check_ontology(body()) == []


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        (None, "", "bad_settings"),
        ([], "", "bad_settings"),
        ("text", "", "bad_settings"),
        (changed("format", "other/1"), "/format", "bad_settings"),
        (changed("surprise", 1), "/surprise", "bad_settings"),
        (changed("inputs", []), "/inputs", "bad_settings"),
        (changed("inputs", 0, "kind", "hologram"), "/inputs/0/kind", "unknown_kind"),
        (changed("inputs", 0, "name", "Chat"), "/inputs/0/name", "bad_name"),
        (changed("inputs", 1, "name", "harm"), "/questions/0/name", "duplicate_name"),
        (changed("inputs", 0, "settings", {"hide": 3}), "/inputs/0/settings/hide", "bad_settings"),
        (changed("inputs", [{"name": f"n{n}", "kind": "text"} for n in range(65)]), "/inputs", "limit"),
        (changed("inputs", 1, "required", "no"), "/inputs/1/required", "bad_settings"),
        (changed("questions", 0, "weight", True), "/questions/0/weight", "bad_settings"),
        (changed("questions", 0, "epoch", "2"), "/questions/0/epoch", "bad_settings"),
        (changed("questions", 1, "settings", {"max_length": "200"}), "/questions/1/settings/max_length", "bad_settings"),
        (changed("questions", 1, "settings", {"max_length": True}), "/questions/1/settings/max_length", "bad_settings"),
        (changed("questions", 0, "kind", "oracle"), "/questions/0/kind", "unknown_kind"),
        (changed("questions", 0, "settings", {"options": []}), "/questions/0/settings/options", "no_options"),
        (changed("questions", 0, "settings", {"options": [{"value": "Ä"}, {"value": "a\u0308"}]}),
         "/questions/0/settings/options/1/value", "duplicate_value"),
        (changed("questions", 0, "settings", {"options": [{"value": "a", "key": "x"}, {"value": "b", "key": "x"}]}),
         "/questions/0/settings/options/1/key", "key_clash"),
        (changed("questions", 0, "target", {"each": "response", "of": "note"}), "/questions/0/target", "bad_target"),
        (changed("questions", 0, "target", {"each": "wheel", "of": "chat"}), "/questions/0/target", "bad_target"),
        (changed("questions", 0, "target", {"input": "nowhere"}), "/questions/0/target", "bad_target"),
        (changed("questions", 1, "target", {"each": "region", "of": "harm"}), "/questions/1/target", "bad_target"),
        (changed("questions", 0, "target", {"each": "turn", "of": "chat", "where": {"wheels": 4}}),
         "/questions/0/target/where/wheels", "bad_target"),
        (changed("questions", 1, "show_if", {"question": "good", "is": "yes"}),
         "/questions/1/show_if/question", "condition_forward"),
        (changed("questions", 1, "show_if", {"question": "why", "answered": True}),
         "/questions/1/show_if/question", "condition_forward"),
        (changed("questions", 2, "show_if", {"question": "harm", "is": "yes"}), "/questions/2/show_if", "condition_type"),
        (changed("questions", 1, "show_if", {"question": "harm"}), "/questions/1/show_if", "condition_type"),
        (changed("questions", 1, "show_if", {"question": "harm", "in": "yes"}), "/questions/1/show_if/in", "condition_type"),
        (changed("questions", 1, "show_if", {"question": "harm", "count": 2}), "/questions/1/show_if/count", "condition_type"),
        (changed("questions", 1, "show_if", {"metadata": "model", "is": "m"}), "/questions/1/show_if/metadata", "condition_type"),
        (changed("questions", 1, "show_if", {"all": [7]}), "/questions/1/show_if/all/0", "condition_type"),
        (changed("questions", 1, "blind", ["nowhere"]), "/questions/1/blind/0", "bad_settings"),
        (changed("questions", 0, "weight", -1), "/questions/0/weight", "bad_settings"),
        (changed("questions", 0, "weight", 2), "/questions/0/weight", "not_supported"),
        (changed("questions", 0, "reasons", {"codes": ["late"]}), "/questions/0/reasons", "not_supported"),
        (changed("questions", 0, "epoch", 0), "/questions/0/epoch", "bad_settings"),
        (changed("questions", 0, "migrate", {"values": {}}), "/questions/0/migrate", "bad_settings"),
        (changed("questions", 0, "migrate", {"option": {"old": "nowhere"}}), "/questions/0/migrate/option/old", "unknown_option"),
        (changed("questions", 0, "migrate", {"option": {"yes": "no"}}), "/questions/0/migrate/option/yes", "bad_settings"),
        (changed("questions", 1, "migrate", {"option": {"a": "b"}}), "/questions/1/migrate", "bad_settings"),
        (changed("questions", 0, "text", "x" * 2001), "/questions/0/text", "limit"),
        (changed("pages", [{"questions": ["nothing"]}]), "/pages/0/questions/0", "unknown_question"),
        (changed("name", "a\x00b"), "/name", "nul_character"),
    ],
)  # fmt: skip
def test_each_defect_is_named_where_it_stands(document, pointer, code):
    assert (pointer, code) in [(each.pointer, each.code) for each in check_ontology(document)]


def test_a_condition_deeper_than_eight_is_refused():
    condition = {"question": "harm", "is": "yes"}
    for _ in range(9):
        condition = {"not": condition}

    assert "limit" in [each.code for each in check_ontology(changed("questions", 1, "show_if", condition))]


def test_a_finer_question_may_be_read_by_any_or_every_target():
    for scope in ("any_target", "every_target"):
        condition = {"question": "harm", "is": "yes", scope: True}
        assert check_ontology(changed("questions", 2, "show_if", condition)) == []


def test_all_defects_are_told_at_once():
    document = changed("questions", 0, "kind", "oracle")
    document["inputs"][1]["kind"] = "hologram"
    document["pages"] = [{"questions": ["nothing"]}]

    assert {each.code for each in check_ontology(document)} >= {"unknown_kind", "unknown_question"}
    assert len(check_ontology(document)) >= 3


@pytest.mark.parametrize("preset", ["ours/1", "ner", "ner/", "ner/0", "ner/1 for the merger", "ner/99999", "Ner/1", ""])
def test_where_it_began_is_a_known_preset_and_no_text_of_anybodys(preset):
    (problem,) = check_ontology({**body(), "preset": preset})

    assert (problem.pointer, problem.code, problem.is_warning) == ("/preset", "unknown_preset", False)
    assert "ner/1" in problem.allowed


def test_every_preset_that_ships_may_be_named():
    assert set(presets()) <= preset_names()
    assert all(check_ontology({**body(), "preset": f"{name}/12"}) == [] for name in preset_names())


@pytest.mark.parametrize("text", [None, {"de": "Gut?"}])
def test_a_missing_text_is_a_warning(text):
    (problem,) = check_ontology(changed("questions", 2, "text", text))

    assert (problem.pointer, problem.code, problem.is_warning) == ("/questions/2/text", "missing_text", True)


def test_the_example_of_the_study_passes_but_for_kinds_that_are_not_here():
    example = {"format":"evenhand-ontology/1","name":"reply-quality","language":"en","preset":"chat-preference/1",
     "inputs":[{"name":"chat","kind":"chat","required":True,"settings":{"hide":["model","source_id"]}},
     {"name":"policy","kind":"markdown","required":False,"text":{"en":"House rules","de":"Hausregeln"}}],
     "questions":[{"name":"harm","kind":"choice","target":{"each":"response","of":"chat"},
     "text":{"en":"Is it harmful?","de":"Ist sie schädlich?"},
     "settings":{"options":[{"value":"no","text":{"en":"No","de":"Nein"},"key":"n"},
     {"value":"yes","text":{"en":"Yes","de":"Ja"},"key":"y"}]}},
     {"name":"where","kind":"span","target":{"each":"response","of":"chat"},"show_if":{"question":"harm","is":"yes"},
     "settings":{"labels":[{"value":"harmful","color":"#c0392b"}],"min":1}},
     {"name":"better","kind":"pairwise","target":{"each":"turn","of":"chat","where":{"responses":2}},
     "text":"Which reply is better?",
     "settings":{"compare":"response","strength":3,"ties":["same","both_bad"]},
     "shuffle":True,"justification":"required","allow":["cannot_answer"],"weight":2}],
     "pages":[{"title":{"en":"Safety"},"questions":["harm","where"]},{"title":{"en":"Preference"},"questions":["better"]}],
     "metadata":{"visible":["topic"],"hidden":["model_a","model_b"]}}  # fmt: skip

    problems = [(each.pointer, each.code) for each in check_ontology(example)]

    missing = {"/questions/1": "span", "/questions/2": "pairwise"}
    expected = [(f"{at}/kind", "unknown_kind") for at, kind in missing.items() if kind not in question_kinds()]
    expected += [("/questions/1/text", "missing_text"), ("/questions/2/weight", "not_supported")]
    assert problems == sorted(expected)


def test_a_question_about_marks_goes_to_the_one_input_that_can_be_marked():
    two = [{"name": "rules", "kind": "markdown"}, {"name": "photo", "kind": "image"}]
    boxes = [{"name": "boxes", "kind": "box", "text": "Where?"}]

    assert check_ontology(body(inputs=two, questions=boxes)) == []
    assert Ontology.compile(body(inputs=two, questions=boxes)).parts({"inputs": {"rules": {"text": "x"}}})


@pytest.mark.parametrize(
    ("kind", "inputs", "target"),
    [
        ("box", ["text"], None),
        ("box", ["text"], {"input": "a0"}),
        ("box", ["chat"], {"each": "message", "of": "a0"}),
        ("span", ["image"], None),
        ("box", ["image", "image"], None),
    ],
)
def test_a_question_about_marks_on_what_cannot_be_marked_is_refused(kind, inputs, target):
    named = [{"name": f"a{index}", "kind": each} for index, each in enumerate(inputs)]
    asked = [{"name": "marks", "kind": kind, "text": "Where?", **({"target": target} if target else {})}]

    problems = check_ontology(body(inputs=named, questions=asked))

    assert [(each.pointer, each.code) for each in problems] == [("/questions/0/target", "bad_target")]


def test_a_question_on_a_page_that_is_not_shown_is_not_asked():
    ontology = Ontology.compile(
        {
            "format": "evenhand-ontology/1",
            "name": "letters",
            "language": "en",
            "inputs": [{"name": "letter", "kind": "text"}],
            "questions": [
                {"name": "good", "kind": "choice", "text": "Good?", "settings": OPTIONS},
                {"name": "why", "kind": "choice", "text": "Why?", "settings": OPTIONS},
            ],
            "pages": [{"questions": ["good"]}, {"questions": ["why"], "show_if": {"question": "good", "is": "no"}}],
        }
    )
    item = {"inputs": {"letter": {"text": "Dear all,"}}}
    good, why = {"question": "good", "value": "yes"}, {"question": "why", "value": "no"}

    assert ontology.check_answers([good], item) == []
    assert [each.code for each in ontology.check_answers([good, why], item)] == ["hidden_question"]
    assert [each.code for each in ontology.check_answers([{**good, "value": "no"}], item)] == ["missing_answer"]
