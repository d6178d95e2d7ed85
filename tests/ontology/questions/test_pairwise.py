"""Pairwise: what counts as a preference, how far two are apart, what several come to, and how a vote stands for one."""

from __future__ import annotations

import pytest

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.kind import Comparisons, Part, Shown, Structured
from evenhand.ontology.questions.pairwise import Settings, kind

TURN = Part("chat/t1", "turn", "chat", "chat", children=("chat/r1", "chat/r2"))
REPLIES = Shown(
    TURN,
    {
        "chat/t1": TURN,
        "chat/r1": Part("chat/r1", "response", "chat", "chat"),
        "chat/r2": Part("chat/r2", "response", "chat", "chat"),
    },
)
INPUTS = {"prompt": "text", "first": "text", "second": "text"}
SCALE = Settings(compare="response", strength=3, ties=["same", "both_bad"])


def codes(problems):
    return [(each.pointer, each.code) for each in problems]


def won(name, strength=1):
    return {"winner": name, "strength": strength}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (won("r1", 3), []),
        ({"winner": "r2"}, []),
        ({"tie": "both_bad"}, []),
        ({"winner": "r2", "strength": 2.0}, []),
        (won("r3"), [("/winner", "unknown_option")]),
        (won("r1", 4), [("/strength", "out_of_bounds")]),
        (won("r1", 0), [("/strength", "out_of_bounds")]),
        (won("r1", 1.5), [("/strength", "out_of_bounds")]),
        (won("r1", True), [("/strength", "out_of_bounds")]),
        ({"winner": ["r1"]}, [("/winner", "unknown_option")]),
        ({"tie": "both_good"}, [("/tie", "unknown_option")]),
        ({"tie": ["same"]}, [("/tie", "unknown_option")]),
        ({"winner": "r1", "tie": "same"}, [("", "bad_value")]),
        ({"tie": "same", "strength": 1}, [("/strength", "unknown_field")]),
        ({}, [("", "bad_value")]),
        ("r1", [("", "bad_value")]),
    ],
)
def test_a_preference_names_one_of_the_two_or_a_tie_that_is_offered(value, expected):
    assert codes(kind.check(SCALE, value, REPLIES)) == expected


def test_where_there_are_not_two_no_preference_fits():
    alone = Shown(Part("chat/t1", "turn", "chat", "chat", children=("chat/r1",)), REPLIES.parts)

    assert codes(kind.check(SCALE, won("r1"), alone)) == [("", "bad_target")]


def test_of_three_inputs_two_are_named():
    assert codes(kind.check_settings(Settings(compare="input"), INPUTS)) == [("/inputs", "bad_settings")]
    assert kind.check_settings(Settings(compare="input", inputs=["first", "second"]), INPUTS) == []
    assert codes(kind.check_settings(Settings(compare="input", inputs=["first", "third"]), INPUTS)) == [
        ("/inputs/1", "bad_settings")
    ]


def test_a_prompt_beside_the_two_is_shown_and_not_compared():
    named = Settings(compare="input", inputs=["first", "second"])
    task = Part("", "task", children=("prompt", "first", "second"))
    parts = {"": task, **{name: Part(name, "input", name, "text", text="x") for name in INPUTS}}

    assert kind.check(named, won("second"), Shown(task, parts)) == []
    assert codes(kind.check(named, won("prompt"), Shown(task, parts))) == [("/winner", "unknown_option")]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (won("r1", 3), won("r1", 3), 0.0),
        (won("r1", 3), won("r2", 3), 1.0),
        (won("r1", 1), won("r2", 1), 1 / 9),
        (won("r1", 1), won("r1", 3), 1 / 9),
        (won("r1", 3), {"tie": "same"}, 1 / 4),
        (won("r1", 1), {"tie": "both_bad"}, 1 / 36),
        ({"tie": "same"}, {"tie": "both_bad"}, 1 / 4),
        ({"tie": "same"}, {"tie": "same"}, 0.0),
    ],
)
def test_the_distance_is_the_square_of_the_share_of_the_signed_scale(one, other, expected):
    assert kind.distance(SCALE, one, other, NOWHERE) == pytest.approx(expected)
    assert kind.distance(SCALE, other, one, NOWHERE) == pytest.approx(expected)


def test_a_vote_is_negative_for_the_first_of_the_document_and_a_tie_lies_between():
    votes = [
        won("r1", 3),
        won("r1"),
        {"tie": "both_bad"},
        {"tie": "same"},
        {"tie": "both_good"},
        won("r2"),
        won("r2", 3),
    ]

    given = [kind.vote(SCALE, each, [], REPLIES) for each in votes]

    assert given == sorted(given)
    assert (given[0], given[3], given[-1]) == (-3.0, 0.0, 3.0)
    assert [kind.decode(SCALE, code, [], REPLIES) for code in given] == votes


def test_the_ontology_knows_the_names_of_inputs_so_a_vote_needs_no_item():
    named = Settings(compare="input", inputs=["first", "second"], strength=2)
    book = kind.codebook(named, [], INPUTS)

    assert kind.vote(named, won("second", 2), book, NOWHERE) == 2.0
    assert kind.decode(named, -1.0, book, NOWHERE) == won("first")
    assert kind.encode(named, [won("first", 2), {"tie": "same"}], book) == Comparisons([-2.0, 0.0], 2)


def test_where_only_items_know_the_names_places_stand_for_them():
    assert kind.decode(SCALE, -2.0, [], NOWHERE) == won("first", 2)
    assert kind.encode(SCALE, [won("first", 2), won("second")], []) == Comparisons([-2.0, 1.0], 3)
    assert isinstance(kind.encode(SCALE, [won("r1")], []), Structured)


def merged(*answers, weights=None):
    return kind.merge(SCALE, list(answers), weights or [1.0] * len(answers), NOWHERE)


def test_the_side_with_the_most_weight_wins_by_the_median_of_its_strengths():
    found = merged(won("r1", 3), won("r1", 1), won("r1", 1), won("r2", 3), {"tie": "same"})

    assert (found.value, found.probability, found.status) == (won("r1", 1), 0.6, "resolved")


def test_sides_of_equal_weight_are_a_tie_of_the_people_and_not_an_answer():
    found = merged(won("r1", 3), won("r2", 1))

    assert (found.status, found.probability) == ("tied", 0.5)
    assert found.alternatives == ((won("r2", 1), 0.5),)
    assert merged(won("r2", 1), won("r1", 3)).value == found.value


def test_one_person_may_weigh_more_than_two():
    assert merged(won("r1"), won("r2"), won("r2"), weights=[3.0, 1.0, 1.0]).value == won("r1")


def test_a_changed_scale_is_another_question():
    assert kind.compatibility(SCALE, SCALE.model_copy(update={"strength": 2}))[0][0] == "forbidden"
    assert kind.compatibility(SCALE, SCALE.model_copy(update={"ties": ["same"]}))[0][0] == "narrowing"
    assert (
        kind.compatibility(SCALE, SCALE.model_copy(update={"ties": ["same", "both_bad", "both_good"]}))[0][0]
        == "widening"
    )


def test_a_summary_names_the_winner_and_by_how_much():
    assert kind.summary(SCALE, won("r2", 2)) == "r2 by 2 of 3"
    assert kind.summary(SCALE, {"tie": "both_bad"}) == "both bad"
    assert (
        kind.summary(Settings(compare="option", options=[{"value": "a", "text": "Ä"}, {"value": "b"}]), won("a")) == "Ä"
    )
