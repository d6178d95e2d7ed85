"""Rubric: what is refused, the total by every rule, how far gradings are apart, what several come to, what a version may change."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.kind import Part, Shown
from evenhand.ontology.ontology import check_ontology
from evenhand.ontology.questions.criteria import Rubric, total
from evenhand.ontology.questions.rubric import Settings, kind

CASES = json.loads((Path(__file__).parents[2] / "fixtures" / "rubric-totals.json").read_text(encoding="utf-8"))
STEPS = [{"level": 0, "score": 0}, {"level": 1, "score": 0.5}, {"level": 2, "score": 1}]
YES_NO = STEPS[::2]
RUBRIC = {
    "id": "letter", "version": "1.2.3", "criteria": [
        {"id": "names", "text": "Names both drugs.", "weight": 5, "gate": True, "evidence": "required", "levels": STEPS},
        {"id": "invents", "text": "Invents a value.", "weight": 3, "polarity": "negative", "evidence": "none", "levels": YES_NO},
        {"id": "brief", "text": "Is brief.", "levels": YES_NO},
    ],
}  # fmt: skip
TEXT = "Never take both."
LETTER = Shown(Part("letter", "input", "letter", "text", text=TEXT), {"letter": Part("letter", "input", text=TEXT)})
PASSAGE = [{"ranges": [[0, 5]]}]


def settings(rubric=None, **given):
    return Settings.model_validate({"rubric": rubric or RUBRIC, "evidence": True, "allow_na": True, **given})


def grades(names=2, invents=0, brief=2, **more):
    """A grading; None: the criterion does not apply."""
    levels = {"names": names, "invents": invents, "brief": brief, **more}
    rows = [
        {"id": name, "na": True} if level is None else {"id": name, "level": level} for name, level in levels.items()
    ]
    if names is not None:
        rows[0]["evidence"] = PASSAGE
    return {"criteria": rows}


def one(**change):
    """A grading in which the first grade is otherwise."""
    value = copy.deepcopy(grades())
    value["criteria"][0] |= change
    return value


def codes(problems):
    return [(each.pointer, each.code) for each in problems]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (grades(), []),
        (grades(None, None, None), []),
        (one(note="Both."), []),
        (one(level=3), [("/criteria/0/level", "out_of_bounds")]),
        (one(level=True), [("/criteria/0/level", "out_of_bounds")]),
        (one(na=True), [("/criteria/0", "bad_value")]),
        (one(na=1), [("/criteria/0", "bad_value")]),
        (one(note=7), [("/criteria/0/note", "bad_value")]),
        (one(total=1), [("/criteria/0", "unknown_field")]),
        (one(evidence=[]), [("/criteria/0", "missing_answer")]),
        (one(evidence=[{"ranges": [[0, 17]]}]), [("/criteria/0/evidence/0/ranges", "out_of_bounds")]),
        (one(evidence=[{"ranges": [[3, 3]]}]), [("/criteria/0/evidence/0", "bad_range")]),
        (one(evidence=[{"on": "chat", "ranges": [[0, 1]]}]), [("/criteria/0/evidence/0", "unknown_target")]),
        (one(id="other"), [("/criteria/0", "unknown_option"), ("/criteria", "missing_answer")]),
        (one(id="brief", evidence=PASSAGE), [("/criteria/2", "duplicate_answer"), ("/criteria", "missing_answer")]),
        ({"criteria": grades()["criteria"][:1]}, [("/criteria", "missing_answer")]),
        ({**grades(), "total": 0.5}, [("", "unknown_field")]),
        ([], [("", "bad_value")]),
    ],
)
def test_every_defect_is_named_at_its_place(value, expected):
    assert codes(kind.check(settings(), value, LETTER)) == expected


def test_what_is_not_offered_is_refused():
    plain = settings(evidence=False, allow_na=False)
    value = grades(brief=None)
    value["criteria"][1]["evidence"] = PASSAGE

    assert codes(kind.check(plain, value, LETTER)) == [
        ("/criteria/0/evidence", "bad_value"), ("/criteria/1/evidence", "bad_value"), ("/criteria/2/na", "unknown_option")
    ]  # fmt: skip
    assert codes(kind.check(settings(), value, LETTER)) == [("/criteria/1/evidence", "bad_value")]


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"criteria": []}, "/criteria"),
        ({"criteria": [RUBRIC["criteria"][0]] * 2}, ""),
        ({"version": "1.2"}, "/version"),
        ({"criteria": [{"id": "a", "text": "A.", "levels": STEPS[:1]}]}, "/criteria/0"),
        ({"criteria": [{"id": "a", "text": "A.", "levels": STEPS[::-1]}]}, "/criteria/0"),
        ({"criteria": [{"id": "a", "text": "A.", "weight": -3, "levels": STEPS}]}, "/criteria/0/weight"),
        ({"criteria": [{"id": "a", "text": "A."}]}, "/criteria/0"),
        ({"criteria": [{"id": "a", "text": "A.", "children": RUBRIC["criteria"]}]}, ""),
        ({"scoring": {"clip": [1, 0]}}, "/scoring"),
        ({"scoring": {"pass": 2}}, "/scoring/pass"),
    ],
)
def test_a_rubric_that_cannot_be_graded_by_is_refused_with_the_ontology(change, at):
    asked = {"name": "grade", "kind": "rubric", "text": "Grade it.", "settings": {"rubric": RUBRIC | change}}
    body = {
        "format": "evenhand-ontology/1", "name": "one", "language": "en",
        "inputs": [{"name": "a", "kind": "text"}], "questions": [asked],
    }  # fmt: skip

    assert [each.pointer for each in check_ontology(body)] == [f"/questions/0/settings/rubric{at}"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_the_total_follows_from_the_grades_by_the_rule_of_the_rubric(case):
    found = total(Rubric.model_validate(case["rubric"]), case["grades"])

    assert found == (None if case["total"] is None else pytest.approx(case["total"]))


def apart(a, b):
    return kind.distance(settings(), grades(*a), grades(*b), NOWHERE)


def test_criteria_are_apart_by_their_levels_squared_and_by_weight():
    assert apart((2, 0, 2), (2, 0, 2)) == 0
    assert apart((2, 0, 2), (1, 0, 2)) == pytest.approx(5 * 0.25 / 9)
    assert apart((2, 0, 2), (2, 2, 2)) == pytest.approx(3 / 9)
    assert apart((0, 0, 0), (2, 2, 2)) == 1
    assert apart((2, None, 2), (2, 0, 2)) == pytest.approx(3 / 9)
    assert apart((None, None, None), (None, None, None)) == 0


def test_what_only_one_has_graded_is_not_compared():
    first, other = grades()["criteria"][:1], grades(1)["criteria"]

    assert kind.distance(settings(), {"criteria": first}, {"criteria": other}, NOWHERE) == 0.25


def merged(*given, weights=None):
    return kind.merge(settings(), [grades(*each) for each in given], weights or [1.0] * len(given), LETTER)


def levels(value):
    return [
        each.get("level")
        for each in sorted(value["criteria"], key=lambda each: ["names", "invents", "brief"].index(each["id"]))
    ]


def test_each_criterion_has_its_own_median_and_the_probability_is_the_product():
    found = merged((2, 0, 0), (1, 0, 2), (0, 2, 2))

    assert (found.status, levels(found.value)) == ("resolved", [1, 0, 2])
    assert found.probability == pytest.approx(1 / 3 * 2 / 3 * 2 / 3)


def test_half_and_half_is_a_tie_whoever_came_first_also_with_what_does_not_apply():
    for found in (merged((2, 0, 2), (1, 0, 2)), merged((1, 0, 2), (2, 0, 2))):
        assert (found.status, levels(found.value)) == ("tied", [1, 0, 2])
        assert [levels(value) for value, _ in found.alternatives] == [[2, 0, 2]]
    assert [levels(value) for value, _ in merged((2, 0, 2), (None, 0, 2)).alternatives] == [[None, 0, 2]]
    assert levels(merged((2, 0, 2), (None, 0, 2), (None, 0, 2)).value) == [None, 0, 2]
    assert levels(merged((2, 0, 2), (0, 0, 2), (0, 0, 2), weights=[3.0, 1.0, 1.0]).value) == [2, 0, 2]


def test_evidence_of_all_who_gave_the_level_is_kept_and_a_note_where_all_say_the_same():
    one, two, three = (copy.deepcopy(grades(*each)) for each in ((2, 0, 2), (2, 0, 2), (0, 0, 2)))
    one["criteria"][0] |= {"note": "Both.", "evidence": [{"ranges": [[6, 10]]}]}
    two["criteria"][0] |= {"note": "Yes."}
    for each in (one, two, three):
        each["criteria"][2]["note"] = "Short."

    found = kind.merge(settings(), [one, two, three], [1.0] * 3, LETTER)

    by_name = {each["id"]: each for each in found.value["criteria"]}
    assert by_name["names"] == {"id": "names", "level": 2, "evidence": [{"ranges": [[0, 5]]}, {"ranges": [[6, 10]]}]}
    assert by_name["brief"] == {"id": "brief", "level": 2, "note": "Short."}
    assert kind.check(settings(), found.value, LETTER) == []


def changed(version, **change):
    return settings({**copy.deepcopy(RUBRIC), "version": version, **change})


def reworded():
    rubric = copy.deepcopy(RUBRIC["criteria"])
    rubric[2]["text"] = "Is short."
    return rubric


NEW = {"id": "polite", "text": "Is polite.", "levels": YES_NO}


@pytest.mark.parametrize(
    ("new", "classes"),
    [
        (changed("1.2.4", criteria=reworded()), ["cosmetic"]),
        (changed("1.2.3", criteria=reworded()), ["forbidden"]),
        (changed("1.3.0", criteria=[*RUBRIC["criteria"], NEW]), ["widening"]),
        (changed("1.2.4", criteria=[*RUBRIC["criteria"], NEW]), ["forbidden"]),
        (changed("2.0.0", criteria=RUBRIC["criteria"][:2]), ["narrowing"]),
        (changed("1.3.0", criteria=RUBRIC["criteria"][:2]), ["forbidden"]),
        (changed("2.0.0", scoring={"pass": 0.9}), ["narrowing"]),
        (changed("2.0.0", id="other"), ["forbidden"]),
        (settings(evidence=False), ["narrowing"]),
        (settings(allow_na=False), ["narrowing"]),
    ],
)
def test_the_version_says_how_much_a_rubric_changed(new, classes):
    assert [each for each, _ in kind.compatibility(settings(), new)] == classes


def test_grades_stay_when_a_criterion_comes_and_do_not_when_theirs_goes():
    more, less = (
        changed("1.3.0", criteria=[*RUBRIC["criteria"], NEW]),
        changed("2.0.0", criteria=RUBRIC["criteria"][:2]),
    )

    assert kind.migrate(settings(), more, grades()) == grades()
    assert kind.migrate(settings(), less, grades()).code == "unknown_option"


def test_a_summary_begins_with_the_total():
    assert kind.summary(settings(), grades(1, 0, 2)) == "58%: names 1, invents 0, brief 2"
    assert kind.summary(settings(), grades(None, 0, None)) == "no total: names NA, invents 0, brief NA"
