"""Graded steps: which are graded and in which order, where the first error lies, and what several people say together."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from evenhand.ontology.inputs.trace import Settings as TraceSettings
from evenhand.ontology.inputs.trace import kind as trace
from evenhand.ontology.kind import Shown
from evenhand.ontology.questions.step_grade import Settings, gradable, kind

SAMPLES = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[4] / "shared")) / "data" / "samples"
ENDS = [{"value": "found_error"}, {"value": "solution"}, {"value": "give_up", "early": True}]
TOOL = {
    "name": "cancel",
    "parameters": {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "why": {"enum": ["late", "lost"]}},
        "required": ["id"],
        "additionalProperties": False,
    },
}


def shown(content):
    parts = trace.parts("trace", TraceSettings(), trace.clean(TraceSettings(), content))
    return Shown(parts[0], {part.address: part for part in parts})


def run(*texts, **more):
    return shown({"nodes": [{"content": text} for text in texts], **more})


def grades(word, **more):
    """`++0-`: one letter a step, s1 first."""
    names = {"+": "good", "0": "neutral", "-": "bad"}
    return {"steps": [{"step": f"s{n + 1}", "grade": names[each]} for n, each in enumerate(word)], **more}


def defects(value, settings=None, about=None):
    found = kind.check(settings or Settings(), value, about or run("a", "b", "c"))
    assert all(each.remedy for each in found)
    return [(each.pointer, each.code) for each in found]


def test_only_what_the_agent_did_is_graded():
    about = shown({
        "nodes": [
            {"id": "g", "type": "span"},
            {"id": "u", "actor": "user", "content": "Hi"},
            {"id": "a", "parent": "g", "content": "x"},
            {"id": "b", "parent": "g", "content": "y", "alternative_of": "a"},
            {"id": "c", "content": "z"},
        ]
    })  # fmt: skip

    assert [part.address for part in gradable(about)] == ["trace/a", "trace/c"]
    for name in ("u", "b", "g", "nothing", 7):
        steps = [{"step": name, "grade": "good"}]
        assert defects({"steps": steps}, about=about) == [("/steps/0/step", "unknown_target")]


@pytest.mark.parametrize(
    ("value", "settings", "expected"),
    [
        (grades("++-"), {}, []),
        (grades("++"), {}, [("/steps", "missing_answer")]),
        ({"steps": grades("++-")["steps"][1:]}, {}, [("/steps/0", "missing_answer")]),
        ({"steps": grades("++-")["steps"][::-1]}, {}, [("/steps", "bad_range")]),
        ({"steps": grades("+++")["steps"][:1] * 2}, {}, [("/steps/1", "duplicate_answer")]),
        ({"steps": [{"step": "s1", "grade": "fine"}]}, {}, [("/steps/0/grade", "unknown_option")]),
        (grades("+-+", first_error="s3"), {}, [("/first_error", "bad_value")]),
        (grades("+++", first_error="s3"), {}, [("/first_error", "bad_value")]),
        (grades("+-+", first_error="s2"), {}, []),
        (grades("+-", first_error="s2"), {"stop_at_first_error": True}, []),
        (grades("+-+"), {"stop_at_first_error": True}, [("/steps/2", "out_of_bounds")]),
        (grades("+++"), {"finish": ENDS}, [("/finish", "missing_answer")]),
        (grades("+++", finish="tired"), {"finish": ENDS}, [("/finish", "unknown_option")]),
        (grades("+++", finish="solution"), {}, [("/finish", "unknown_option")]),
        (grades("+", finish="give_up"), {"finish": ENDS}, []),
        (grades("+", finish="solution"), {"finish": ENDS}, [("/steps", "missing_answer")]),
        (grades("+++", total=3), {}, [("", "unknown_field")]),
        ({"steps": [{**grades("+")["steps"][0], "replacement": "x"}]}, {}, [("/steps/0/replacement", "bad_value")]),
        ({"steps": {}}, {}, [("", "bad_value")]),
    ],
)  # fmt: skip
def test_grades_follow_the_trace_from_its_first_step_without_a_gap(value, settings, expected):
    assert defects(value, Settings.model_validate(settings)) == expected


@pytest.mark.parametrize(
    ("replacement", "expected"),
    [
        ("Ask first.", []),
        ({"calls": [{"name": "cancel", "arguments": {"id": 17, "why": "late"}}]}, []),
        ({"calls": [{"name": "delete", "arguments": {}}]}, [("/calls/0/name", "unknown_option")]),
        ({"calls": [{"name": "cancel", "arguments": {"id": "17"}}]}, [("/calls/0/arguments/id", "bad_value")]),
        ({"calls": [{"name": "cancel", "arguments": {}}]}, [("/calls/0/arguments", "bad_value")]),
        ({"calls": [{"name": "cancel"}]}, [("/calls/0", "bad_value")]),
        ({"calls": [{"name": "cancel", "arguments": [17]}]}, [("/calls/0/arguments", "bad_value")]),
        ({"calls": [{"name": "cancel", "arguments": {"id": 1, "now": True}}]}, [("/calls/0/arguments", "bad_value")]),
        ({"calls": []}, [("", "bad_value")]),
        (7, [("", "bad_value")]),
    ],
)  # fmt: skip
def test_a_corrected_call_is_held_against_the_tools_of_the_trace(replacement, expected):
    value = {"steps": [{"step": "s1", "grade": "bad", "replacement": replacement}]}

    found = defects(value, Settings(replacement=True), run("a", tools=[TOOL]))

    assert found == [(f"/steps/0/replacement{pointer}", code) for pointer, code in expected]


def test_a_schema_of_a_tool_cannot_reach_out_or_run_for_hours():
    for schema in ({"$ref": "http://127.0.0.1:9/x"}, {"$ref": "file:///etc/passwd"}, {"type": 5}):
        about = run("a", tools=[{"name": "f", "parameters": schema}])
        assert defects(corrected({"a": 1}), Settings(replacement=True), about) == []
    slow = {"properties": {"a": {"pattern": "^(a+)+$"}}}
    about = run("a", tools=[{"name": "f", "parameters": slow}])
    assert defects(corrected({"a": "a" * 5_000 + "b"}), Settings(replacement=True), about) != []


def corrected(arguments):
    replacement = {"calls": [{"name": "f", "arguments": arguments}]}
    return {"steps": [{"step": "s1", "grade": "bad", "replacement": replacement}]}


def test_the_first_error_is_named_in_the_one_spelling():
    assert kind.canonical(Settings(), grades("+--", first_error=None)) == grades("+--", first_error="s2")
    assert kind.canonical(Settings(), grades("++0")) == grades("++0")


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("++++", "++++", 0.0),
        ("+---", "+--+", 0.25 / 2),  # the same place; (2/2)² on one step of four
        ("-+++", "+++-", 3 / 4 / 2 + 2 / 4 / 2),
        ("-+++", "++++", 4 / 4 / 2 + 1 / 4 / 2),  # none is the place after the last
        ("0+++", "++++", 1 / 4 / 4 / 2),
    ],
)
def test_distance_is_half_the_place_of_the_first_error_and_half_the_grades(a, b, expected):
    about = run("a", "b", "c", "d")

    assert kind.distance(Settings(), grades(a), grades(b), about) == pytest.approx(expected)


def merged(*words, weights=None, settings=None):
    return kind.merge(
        settings or Settings(), [grades(each) for each in words], weights or [1.0] * len(words), run("a", "b", "c")
    )


def test_the_place_of_the_first_error_is_decided_before_the_grades():
    found = merged("+-+", "0-+", "-++")

    assert found.status == "tied"  # + and 0 at the first step, of those that found no error there
    assert {json.dumps(value["steps"][1:2]) for value in (found.value, found.alternatives[0][0])} == {
        json.dumps(grades("+-")["steps"][1:])
    }
    assert merged("+-+", "+-+", "-++").value == grades("+-+", first_error="s2")
    assert merged("+-+", "+-+", "-++").probability == pytest.approx(2 / 3)
    assert merged("+++", "--+", "-++").value == grades("-++", first_error="s1")


def test_who_weighs_more_decides_and_equals_are_a_tie():
    assert merged("+-+", "-++").status == "tied"
    assert merged("+-+", "-++", weights=[1.0, 2.0]).value == grades("-++", first_error="s1")
    assert merged("+++", "++-", weights=[1.0, 1.0]).status == "tied"


def test_notes_are_their_authors_and_one_replacement_stays():
    def answer(**said):
        return {"steps": [{"step": "s1", "grade": "bad", **said}], "first_error": "s1"}

    settings = Settings(stop_at_first_error=True, replacement=True)
    one = kind.merge(settings, [answer(note="x", replacement="y"), answer()], [1.0, 1.0], run("a"))
    two = kind.merge(settings, [answer(replacement="y"), answer(replacement="z")], [1.0, 1.0], run("a"))

    assert one.value == answer(replacement="y")
    assert two.value == answer()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {"replacement": True}, "widening"),
        ({}, {"stop_at_first_error": True}, "narrowing"),
        ({}, {"finish": ENDS}, "narrowing"),
        ({"finish": ENDS[:2]}, {"finish": ENDS}, "widening"),
        ({}, {"grades": [{"value": "good", "score": 1}, {"value": "neutral", "score": 0}, {"value": "bad", "score": -2}]},
         "narrowing"),
    ],
)  # fmt: skip
def test_a_change_of_settings_is_classed(old, new, expected):
    changes = kind.compatibility(Settings.model_validate(old), Settings.model_validate(new))

    assert changes[-1][0] == expected


@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples that EVENHAND_SHARED names are not here")
def test_the_steps_of_a_real_run_can_be_graded():
    runs = json.loads((SAMPLES / "agent_traces" / "tau_bench_airline_40.json").read_text("utf-8"))
    about = shown(runs[0])
    names = [part.address.split("/")[1] for part in gradable(about)]
    assert len(names) == sum(each["role"] == "assistant" for each in runs[0]["traj"])

    value = {"steps": [{"step": name, "grade": "good"} for name in names]}

    assert defects(value, about=about) == []
    value["steps"][-1]["grade"] = "bad"
    assert kind.canonical(Settings(), value)["first_error"] == names[-1]
