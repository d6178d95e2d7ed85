"""Versions: answers of another epoch are no answers, answers with renamed options are read through the map."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from evenhand.delivery.rows import FrozenTask, labels
from evenhand.insight.agreement import Column, agreement_of, consensus_of, counted, shares_of
from evenhand.ontology.ontology import Ontology
from evenhand.ontology.version import compare


def body(kind: str = "choice", options: str = "abc", **question: Any) -> dict[str, Any]:
    asked = {"name": "q", "kind": kind, "text": "What?", "settings": {"options": [{"value": each} for each in options]}}
    return {
        "format": "evenhand-ontology/1",
        "name": "letters",
        "language": "en",
        "inputs": [{"name": "text", "kind": "text"}],
        "questions": [{**asked, **question}],
    }


def versions_of(*bodies: dict[str, Any]) -> dict[int, Ontology]:
    compiled: dict[int, Ontology] = {}
    for number, each in enumerate(bodies, 1):
        compiled[number] = Ontology.compile(each, compiled[number - 1].codebooks if number > 1 else None)
    return compiled


def task_with(*answers: tuple[int, Any]) -> FrozenTask:
    """answers: (version of the ontology, value)."""
    annotations = [
        {
            "stage": 1,
            "ontology_version": version,
            "content": {"answers": [{"question": "q", "target": "", "value": value}]},
        }
        for version, value in answers
    ]
    return FrozenTask(UUID(int=1), "first", {"inputs": {"text": {"text": "x"}}}, annotations)


def columns(versions: dict[int, Ontology], *answers: tuple[int, Any]) -> dict[int, Column]:
    """What submitting these answers leaves in the vote table, by question number."""
    made: dict[int, Column] = {}
    for annotator, (version, value) in enumerate(answers):
        item = {"inputs": {"text": {"text": "x"}}}
        for number, _, code in versions[version].votes([{"question": "q", "value": value}], item):
            column = made.setdefault(number, Column([], [], []))
            column.tasks.append(7)
            column.annotators.append(annotator)
            column.codes.append(code)
    return made


def both(versions: dict[int, Ontology], *answers: tuple[int, Any]) -> tuple[Any, Any]:
    """The consensus under the newest version: (of the table, of a release), each as (value, answers)."""
    newest = versions[max(versions)]
    asked = newest.questions[0]
    found = columns(versions, *answers).get(asked.no)
    table = [row for _, row in consensus_of(asked, counted(asked, found))] if found else []
    release = [*labels(task_with(*answers), newest, versions)]
    return tuple([(row["value"], row["answers"]) for row in rows] for rows in (table, release))


def test_answers_of_another_epoch_are_never_pooled():
    versions = versions_of(body(), body(epoch=2))

    table, release = both(versions, (1, "a"), (1, "a"), (2, "b"))

    assert table == release == [("b", 1)]


def test_where_nobody_answered_in_the_present_epoch_there_is_no_label():
    table, release = both(versions_of(body(), body(epoch=2)), (1, "a"))

    assert table == release == []


def test_a_changed_text_or_a_new_option_pools_as_before():
    table, release = both(versions_of(body(), body(options="abcd", text="Which?")), (1, "a"), (2, "a"), (2, "d"))

    assert table == release == [("a", 3)]


def test_renamed_options_are_read_through_the_map_and_stay_as_they_were_given():
    versions = versions_of(body(options="xyc"), body(options="ac", migrate={"option": {"x": "a", "y": "a"}}))

    table, release = both(versions, (1, "x"), (1, "y"), (2, "c"))

    assert table == release == [("a", 3)]
    asked = versions[2].questions[0]
    column = counted(asked, columns(versions, (1, "x"), (1, "y"), (2, "a"))[asked.no])
    assert len(set(column.codes)) == 1
    assert [row["value"] for row in shares_of(asked, column)] == ["a"]


def test_two_options_of_one_answer_that_became_one_are_chosen_once():
    merged = body("multi_choice", "ac", migrate={"option": {"x": "a", "y": "a"}})
    versions = versions_of(body("multi_choice", "xyc"), merged)

    [label] = labels(task_with((1, ["x", "y"]), (2, ["a"])), versions[2], versions)

    assert (label["value"], label["answers"]) == (["a"], 2)


def test_without_a_map_an_answer_that_the_present_version_refuses_is_not_merged():
    table, release = both(versions_of(body(options="abc"), body(options="bc")), (1, "a"), (1, "a"), (2, "b"))

    assert table == release == [("b", 1)]


@pytest.mark.parametrize("kind", ["rating", "choice"])
def test_agreement_of_votes_that_are_refused_now_is_of_the_others(kind):
    wide = body(kind) if kind == "choice" else body(kind, settings={"levels": 5})
    narrow = body(kind, "ab") if kind == "choice" else body(kind, settings={"levels": 3})
    versions = versions_of(wide, narrow)
    asked = versions[2].questions[0]

    codes = [2.0, 2.0] if kind == "choice" else [5.0, 5.0]
    column = Column([1, 1, 2, 2, 3, 3], [1, 2] * 3, [*codes, 1.0, 1.0, 1.0, 1.0])

    assert agreement_of(asked, counted(asked, column))["votes"] == 4


@pytest.mark.parametrize(
    ("new", "change"),
    [
        (body(epoch=2), "meaning"),
        (body(options="bc"), "narrowing"),
        (body(options="bc", migrate={"option": {"a": "b"}}), "mapping"),
        (body(options="c", migrate={"option": {"a": "c"}}), "narrowing"),
        (body(options="abcd"), "widening"),
    ],
    ids=["epoch", "removed", "mapped", "half-mapped", "added"],
)
def test_each_change_has_its_class(new, change):
    assert compare(body(), new).strongest == change


def test_taking_the_map_away_or_moving_it_is_a_change_of_what_counts():
    mapped = body(options="bc", migrate={"option": {"a": "b"}})

    assert compare(mapped, body(options="bc")).strongest == "narrowing"
    assert compare(mapped, body(options="bc", migrate={"option": {"a": "c"}})).strongest == "mapping"
    assert compare(mapped, body(options="abc")).strongest == "widening"


def test_a_dropped_question_may_come_back_under_its_name_and_no_other_may_take_it():
    was = body()["questions"][0]
    without = body("text", name="other", settings={})
    back, wider, other = ({**without, "questions": [*without["questions"], each]} for each in (
        was, body(options="abcd")["questions"][0], body("rating", settings={"levels": 3})["questions"][0],
    ))  # fmt: skip

    assert compare(without, back, {"q": was}).strongest == "narrowing"
    assert [each.sentence for each in compare(without, wider, {"q": was}).changes] == [
        "Question q is asked again, with the answers it has.",
        "Option d added.",
    ]
    [refused] = compare(without, other, {"q": was}).changes
    assert refused.change == "forbidden"
    assert refused.sentence == (
        "The name q was another question's, which was dropped. Question q changed from choice to rating."
    )
