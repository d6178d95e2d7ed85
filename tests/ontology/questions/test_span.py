"""Spans: what is refused, how far two sets are apart, and which spans several people agree on."""

from __future__ import annotations

import pytest

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.kind import Part, Shown
from evenhand.ontology.questions.span import Settings, kind

TEXT = "Ana Sol met e\u0301clairs 💩 in Paris."
LABELS = [{"value": "PER"}, {"value": "LOC"}]


def shown(text=TEXT):
    part = Part("text", "input", "text", "text", text=text)
    return Shown(part, {"": Part("", "task", children=("text",)), "text": part})


def settings(**given):
    return Settings(**{"labels": LABELS, **given})


def region(id_, start, end, label="PER", **more):
    return {"id": id_, "label": label, "ranges": [[start, end]], **more}


def value(*regions):
    return {"regions": list(regions)}


def codes(problems):
    return [(each.pointer, each.code) for each in problems]


def check(answer, **given):
    return codes(kind.check(settings(**given), answer, shown()))


def test_offsets_are_code_points_of_the_stored_text():
    assert check(value(region("a", 0, len(TEXT)))) == []
    assert check(value(region("a", 0, len(TEXT) + 1))) == [("/regions/0/ranges/0", "out_of_bounds")]
    assert check(value(region("a", -1, 2))) == [("/regions/0/ranges/0", "out_of_bounds")]
    assert check(value(region("a", 3, 3))) == [("/regions/0/ranges/0", "degenerate")]


def test_every_region_has_its_own_id_and_a_label_that_is_offered():
    answer = value(region("a", 0, 3), region("a", 4, 7), region("b b", 0, 1), region("c", 0, 1, "ORG"), 7)

    assert check(answer) == [
        ("/regions/1/id", "duplicate_value"),
        ("/regions/2/id", "bad_name"),
        ("/regions/3/label", "unknown_label"),
        ("/regions/4", "bad_value"),
    ]


def test_a_boundary_inside_a_character_is_warned_about_and_accepted():
    problems = kind.check(settings(), value(region("a", 0, 13)), shown())

    assert codes(problems) == [("/regions/0/ranges/0/1", "grapheme_split")]
    assert problems[0].is_warning


def test_a_quote_is_compared_with_the_text_and_dropped():
    assert check(value(region("a", 0, 7, quote="Ana Sol"))) == []
    assert check(value(region("a", 0, 7, quote="Ana sol"))) == [("/regions/0/quote", "stale_item")]
    assert kind.canonical(settings(), value(region("a", 0, 7, quote="Ana Sol"))) == value(region("a", 0, 7))


def test_an_edge_in_doubt_is_kept_with_the_answer_moves_no_distance_and_stands_where_most_doubt():
    doubted, sure = value(region("a", 0, 7, unsure=True)), value(region("a", 0, 7))

    assert check(doubted) == []
    assert check(value(region("a", 0, 7, unsure="perhaps"))) == [("/regions/0/unsure", "bad_value")]
    assert kind.canonical(settings(), doubted) == doubted
    assert kind.canonical(settings(), value(region("a", 0, 7, unsure=False))) == sure
    assert kind.distance(settings(), doubted, sure, shown()) == 0
    assert kind.merge(settings(), [doubted, doubted, sure], [1, 1, 1], shown()).value == doubted
    assert kind.merge(settings(), [doubted, sure], [1, 1], shown()).value == sure


def test_ranges_are_sorted_and_apart_and_more_than_one_only_by_leave():
    pieces = value({"id": "a", "label": "PER", "ranges": [[4, 7], [0, 3]]})
    touching = value({"id": "a", "label": "PER", "ranges": [[0, 3], [3, 7]]})

    assert check(pieces) == [("/regions/0/ranges", "count")]
    assert check(pieces, discontinuous=True) == [("/regions/0/ranges/1", "bad_range")]
    assert check(touching, discontinuous=True) == [("/regions/0/ranges/1", "bad_range")]


def test_overlap_is_forbidden_nested_or_free_as_the_settings_say():
    crossing = value(region("a", 0, 5), region("b", 3, 7, "LOC"))
    nested = value(region("a", 0, 7), region("b", 0, 3, "LOC"))
    refused = [("/regions/1/ranges", "overlap_forbidden")]

    assert check(crossing) == []
    assert check(crossing, overlap="nest") == refused
    assert check(nested, overlap="nest") == []
    assert check(nested, overlap="forbid") == refused
    assert check(nested, overlap="forbid", overlap_among="same_label") == []


def test_a_region_on_another_part_names_it_in_full():
    block = Part("chat/m1/0", "block", "chat", "chat", text="Hello there")
    target = Part("chat/m1", "message", "chat", "chat", children=("chat/m1/0",))
    chat = Shown(target, {"chat/m1": target, "chat/m1/0": block, "note": Part("note", "input", "note", text="x")})

    def found(on):
        return codes(kind.check(settings(), value({**region("a", 0, 5), **on}), chat))

    assert found({"on": "chat/m1/0"}) == []
    assert found({}) == [("/regions/0/on", "unknown_target")]
    assert found({"on": "note"}) == [("/regions/0/on", "unknown_target")]
    assert found({"on": "chat/m1"}) == [("/regions/0/on", "bad_target")]


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ([region("a", 0, 10)], [region("z", 0, 10)], 0.0),
        ([region("a", 0, 10)], [region("z", 0, 10, "LOC")], 0.5),
        ([region("a", 0, 10)], [region("z", 5, 10)], 0.25),
        ([region("a", 0, 10)], [region("z", 10, 20)], 1.0),
        ([region("a", 0, 100)], [region("z", 0, 9)], 1.0),
        ([region("a", 0, 10)], [], 1.0),
        ([region("a", 0, 10), region("b", 20, 30)], [region("z", 0, 10)], 0.5),
        ([region("a", 0, 10)], [region("z", 0, 10, on="text/b")], 1.0),
    ],
)
def test_half_a_pairs_cost_is_place_half_is_label_and_whatever_is_alone_costs_one(ours, theirs, expected):
    assert kind.distance(settings(), value(*ours), value(*theirs), NOWHERE) == pytest.approx(expected)


def test_a_single_unlabeled_span_is_compared_by_place_alone():
    single = Settings(max=1)
    one = {"regions": [{"id": "a", "ranges": [[0, 10]]}]}
    other = {"regions": [{"id": "b", "ranges": [[5, 10]]}]}

    assert kind.distance(single, one, other, NOWHERE) == 0.5


def merged(*answers, **given):
    return kind.merge(settings(**given), list(answers), [1.0] * len(answers), NOWHERE)


def test_spans_that_most_marked_are_kept_with_the_ends_most_gave_them():
    answer = merged(
        value(region("a", 0, 10), region("x", 40, 45)),
        value(region("a", 0, 10)),
        value(region("a", 0, 12)),
    )

    assert answer.value == value(region("a", 0, 10))
    assert answer.status == "resolved"
    assert answer.probability == pytest.approx((2 / 3) * (2 / 3))


def test_a_span_of_half_the_people_is_kept_and_the_answer_is_tied():
    answer = merged(value(region("a", 0, 10)), value())

    assert (answer.value, answer.probability, answer.status) == (value(region("a", 0, 10)), 0.5, "tied")


def test_where_overlap_is_forbidden_the_surer_span_stays():
    answers = [
        value(region("a", 0, 10)),
        value(region("a", 0, 10)),
        value(region("a", 0, 10)),
        value(region("b", 9, 14)),
        value(region("b", 9, 14)),
        value(region("b", 9, 14), region("a", 0, 10)),
    ]

    free, strict = merged(*answers), merged(*answers, overlap="forbid")

    assert free.value == value(region("a", 0, 10), region("b", 9, 14))
    assert strict.value == value(region("a", 0, 10))
    assert strict.alternatives == ((value(region("b", 9, 14)), 0.5),)


def test_two_labels_of_equal_weight_are_a_tie():
    answer = merged(value(region("a", 0, 10)), value(region("a", 0, 10, "LOC")))

    assert (answer.probability, answer.status) == (0.5, "tied")


def test_the_consensus_does_not_depend_on_who_answered_first():
    answers = [
        value(region("a", 0, 10), region("b", 8, 20)),
        value(region("c", 1, 11), region("d", 9, 19)),
        value(region("e", 0, 19)),
    ]

    first = merged(*answers)
    turned = merged(*answers[::-1])

    assert (first.value, first.status) == (turned.value, turned.status)
    assert first.probability == pytest.approx(turned.probability)


def test_regions_that_bring_the_same_id_get_ids_of_their_own():
    answer = merged(
        value(region("a", 0, 10), region("b", 20, 30)),
        value(region("b", 0, 10), region("a", 20, 30)),
    )

    assert sorted(each["id"] for each in answer.value["regions"]) == ["a", "k1"]
    assert answer.probability == 1.0


def test_a_summary_counts_labels():
    assert kind.summary(settings(), value(region("a", 0, 3), region("b", 4, 7), region("c", 0, 1, "LOC"))) == (
        "2 PER, 1 LOC"
    )
    assert kind.summary(settings(), value()) == "none"
