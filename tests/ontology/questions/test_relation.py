"""Relations: what is refused and where, one spelling, agreement and merge when everybody numbers their own regions."""

import copy

import pytest

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.consensus import Given, answers_of, consensus_on
from evenhand.ontology.document import check_ontology
from evenhand.ontology.ontology import Ontology
from evenhand.ontology.questions.relation import kind

TEXT = "Ada works for Acme in Bern, Bo for Initech."
WHERE = {"ada": (0, 3), "acme": (14, 18), "bern": (22, 26), "bo": (28, 30), "initech": (35, 42)}
LABEL = {"ada": "PER", "bo": "PER", "acme": "ORG", "initech": "ORG", "bern": "LOC"}
ENTITIES = [{"value": each} for each in ("PER", "ORG", "LOC")]
BODY = {
    "format": "evenhand-ontology/1",
    "name": "relations",
    "language": "en",
    "inputs": [{"name": "text", "kind": "text"}],
    "questions": [
        {"name": "entities", "kind": "span", "text": "Who?", "settings": {"labels": ENTITIES}},
        {
            "name": "links",
            "kind": "relation",
            "text": "What are they?",
            "settings": {
                "labels": [
                    {"value": "works_for", "from": ["PER"], "to": ["ORG"]},
                    {"value": "part_of"},
                    {"value": "near", "directed": False, "from": ["PER"], "to": ["LOC"]},
                ],
                "over": ["entities"],
                "acyclic": True,
            },
        },
    ],
}  # fmt: skip
ITEM = {"inputs": {"text": {"text": TEXT}}}


def asked(**settings):
    body = copy.deepcopy(BODY)
    body["questions"][1]["settings"].update(settings)
    return body


def told(marks, *relations):
    """The answers of somebody who marks `marks` in this order, as k1, k2, …; a relation is (from, label, to), by name."""
    ids = {name: f"k{number}" for number, name in enumerate(marks, 1)}
    regions = [{"id": ids[name], "label": LABEL[name], "ranges": [list(WHERE[name])]} for name in marks]
    return [
        {"question": "entities", "target": "text", "value": {"regions": regions}},
        {"question": "links", "target": "", "value": {"relations": [
            {"id": f"q{number}", "label": label, "from": f"entities:{ids.get(start, start)}", "to": f"entities:{ids.get(end, end)}"}
            for number, (start, label, end) in enumerate(relations, 1)
        ]}},
    ]  # fmt: skip


def defects(answers, **settings):
    found = Ontology.compile(asked(**settings)).check_answers(answers, ITEM)
    return [(each.pointer.removeprefix("/1/value"), each.code) for each in found]


FOUR = ("ada", "acme", "bern", "initech")


@pytest.mark.parametrize(
    ("relations", "settings", "expected"),
    [
        ([("ada", "works_for", "acme"), ("acme", "part_of", "bern")], {}, []),
        ([("bern", "near", "ada")], {}, []),
        ([("ada", "works_for", "k9")], {}, [("/relations/0/to", "dangling_region")]),
        ([("ada", "works_for", "bern")], {}, [("/relations/0/to", "unknown_label")]),
        ([("bern", "works_for", "ada")], {}, [("/relations/0/from", "unknown_label"), ("/relations/0/to", "unknown_label")]),
        ([("acme", "near", "bern")], {}, [("/relations/0/from", "unknown_label")]),
        ([("ada", "likes", "acme")], {}, [("/relations/0/label", "unknown_label")]),
        ([("ada", "part_of", "ada")], {}, [("/relations/0/to", "degenerate")]),
        ([("ada", "part_of", "ada")], {"self": True, "acyclic": False}, []),
        ([("ada", "works_for", "acme")] * 2, {}, [("/relations/1", "duplicate_value")]),
        ([("ada", "near", "bern"), ("bern", "near", "ada")], {}, [("/relations/1", "duplicate_value")]),
        (
            [("ada", "part_of", "acme"), ("acme", "part_of", "bern"), ("bern", "part_of", "ada")],
            {},
            [("/relations/2/to", "cycle")],
        ),
        ([("ada", "part_of", "acme"), ("acme", "part_of", "ada")], {"acyclic": False}, []),
        (
            [("ada", "part_of", "acme"), ("bern", "part_of", "acme")],
            {"labels": [{"value": "part_of"}], "tree": True},
            [("/relations/1/to", "two_heads")],
        ),
        ([("ada", "works_for", "acme"), ("ada", "works_for", "initech")], {"max": 1}, [("/relations", "count")]),
        ([], {"min": 1}, [("/relations", "count")]),
    ],
)  # fmt: skip
def test_what_is_refused_is_named_by_its_place(relations, settings, expected):
    assert defects(told(FOUR, *relations), **settings) == expected


def test_an_end_is_a_region_of_a_question_that_it_is_over():
    answers = told(FOUR)
    answers[1]["value"]["relations"] = [{"id": "q1", "label": "part_of", "from": "others:k1", "to": "k2"}]
    assert defects(answers) == [("/relations/0/from", "dangling_region"), ("/relations/0/to", "dangling_region")]
    # Alone, as a suggestion is checked, nothing is known of what is marked.
    [_, links] = told((), ("k7", "part_of", "k8"))
    assert Ontology.compile(BODY).check_value("links", None, links["value"], ITEM) == []


@pytest.mark.parametrize(
    ("settings", "pointer", "code"),
    [
        ({"over": ["nobody"]}, "/over/0", "bad_settings"),
        ({"over": ["links"]}, "/over/0", "bad_settings"),
        ({"over": ["entities", "entities"]}, "/over/1", "duplicate_value"),
        ({"labels": [{"value": "a", "from": ["PER", "CITY"]}]}, "/labels/0/from/1", "unknown_label"),
        ({"labels": [{"value": "a"}, {"value": "A"}]}, "/labels/1/value", "duplicate_value"),
        ({"labels": []}, "/labels", "no_options"),
        ({"tree": True}, "/labels/2/directed", "bad_settings"),
        ({"min": 3, "max": 2}, "/max", "bad_range"),
    ],
)
def test_settings_that_cannot_be_met_are_refused(settings, pointer, code):
    [found] = check_ontology(asked(**settings))
    assert (found.pointer, found.code) == (f"/questions/1/settings{pointer}", code)


def test_it_cannot_be_asked_before_anything_is_marked():
    body = copy.deepcopy(BODY)
    body["questions"].reverse()
    assert ("/questions/0/settings/over", "bad_settings") in [
        (each.pointer, each.code) for each in check_ontology(body)
    ]
    assert check_ontology(BODY) == []


def test_ends_without_a_direction_have_one_spelling():
    settings = kind.Settings.model_validate(BODY["questions"][1]["settings"])
    one, other = (told(FOUR, ends)[1]["value"] for ends in (("bern", "near", "ada"), ("ada", "near", "bern")))
    assert kind.canonical(settings, one) == kind.canonical(settings, other) == other
    assert kind.distance(settings, one, other, NOWHERE) == 0


def on(ontology, *people):
    given = [Given(ontology.canonical_answers(answers, ITEM), ontology) for answers in people]
    return given, {asked.name: found for asked, _, found in consensus_on(ontology, ITEM, given)}


def test_ends_are_matched_by_what_they_mark_and_not_by_their_ids():
    ontology = Ontology.compile(BODY)
    people = (
        told(("ada", "acme", "bern"), ("ada", "works_for", "acme")),
        told(("bern", "acme", "ada"), ("ada", "works_for", "acme"), ("acme", "part_of", "bern")),
        told(("initech", "acme", "bern", "ada"), ("ada", "works_for", "acme")),
    )
    given, found = on(ontology, *people)
    ids = {region["ranges"][0][0]: region["id"] for region in found["entities"].value["regions"]}
    ada, acme = (f"entities:{ids[WHERE[name][0]]}" for name in ("ada", "acme"))

    [relation] = found["links"].value["relations"]
    assert (relation["from"], relation["label"], relation["to"]) == (ada, "works_for", acme)
    assert found["links"].merged.probability == pytest.approx(2 / 3)

    [values] = [values for asked, _, values in answers_of(ontology, ITEM, given) if asked.name == "links"]
    settings = ontology.questions[1].settings
    assert [kind.distance(settings, values[0], other, NOWHERE) for other in values] == pytest.approx([0, 1 / 3, 0])


def test_the_same_ids_on_other_regions_are_another_relation():
    ontology = Ontology.compile(BODY)
    given, found = on(
        ontology,
        told(("ada", "acme"), ("ada", "works_for", "acme")),
        told(("bo", "initech"), ("bo", "works_for", "initech")),
    )
    [values] = [values for asked, _, values in answers_of(ontology, ITEM, given) if asked.name == "links"]
    assert kind.distance(ontology.questions[1].settings, *values, NOWHERE) == 1
    assert found["links"].merged.status == "tied"
    assert {"relations": []} in found["links"].candidates


def test_what_too_few_marked_has_an_end_of_its_own():
    ontology = Ontology.compile(BODY)
    people = [told(("ada", "acme"), ("ada", "works_for", "acme"))] * 3 + [
        told(("initech", "bo"), ("bo", "works_for", "initech")),
        told(("bo", "initech"), ("bo", "works_for", "initech")),
    ]
    given, found = on(ontology, *people)
    assert len(found["links"].value["relations"]) == 1
    [values] = [values for asked, _, values in answers_of(ontology, ITEM, given) if asked.name == "links"]
    settings = ontology.questions[1].settings
    # Neither region is in the consensus, and both said the same of them.
    assert kind.distance(settings, values[3], values[4], NOWHERE) == 0
    assert kind.distance(settings, values[0], values[3], NOWHERE) == 1


def test_a_merge_keeps_what_may_stand_together():
    settings = kind.Settings.model_validate(BODY["questions"][1]["settings"])
    ways = [told(FOUR, *ways)[1]["value"] for ways in (
        [("ada", "part_of", "acme"), ("acme", "part_of", "bern")],
        [("acme", "part_of", "bern"), ("bern", "part_of", "ada")],
        [("ada", "part_of", "acme"), ("bern", "part_of", "ada"), ("acme", "part_of", "bern")],
    )]  # fmt: skip
    for answers in (ways, ways[::-1]):
        found = kind.merge(settings, answers, [1.0] * 3, NOWHERE)
        said = [(each["from"], each["to"]) for each in found.value["relations"]]
        # Two of three closed the circle: the surest stands, and of equals the first by name.
        assert sorted(said) == [("entities:k1", "entities:k2"), ("entities:k2", "entities:k3")]
        assert kind.check(settings, found.value, NOWHERE) == []


@pytest.mark.parametrize(
    ("change", "classes"),
    [
        ({"acyclic": False}, {"widening"}),
        ({"tree": True}, {"narrowing"}),
        ({"max": 3}, {"narrowing"}),
        ({"over": []}, {"widening"}),
        ({"self": True}, {"widening"}),
        (
            {"labels": [{"value": "works_for"}, {"value": "part_of"}, {"value": "near"}]},
            {"narrowing", "widening", "cosmetic"},
        ),
    ],
)
def test_a_change_of_settings_is_classed(change, classes):
    old, new = (kind.Settings.model_validate(each["questions"][1]["settings"]) for each in (BODY, asked(**change)))
    assert {each for each, _ in kind.compatibility(old, new)} == classes


def test_a_summary_counts_by_label():
    settings = kind.Settings.model_validate(BODY["questions"][1]["settings"])
    assert kind.summary(settings, told(FOUR, ("ada", "part_of", "acme"))[1]["value"]) == "1 part_of"
    assert kind.summary(settings, {"relations": []}) == "none"
