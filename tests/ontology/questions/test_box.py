"""Boxes: what is refused, how they are spelled, how far two sets are apart, and which boxes several people agree on."""

from __future__ import annotations

import pytest

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.kind import Part, Shown
from evenhand.ontology.questions.box import Settings, kind

PHOTO = Part("image", "input", "image", "image", size=(640, 480))
SHOWN = Shown(PHOTO, {"": Part("", "task", children=("image",)), "image": PHOTO})
LABELS = [{"value": "car"}, {"value": "person"}]


def settings(**given):
    return Settings(**{"labels": LABELS, **given})


def box(id_, x, y, w, h, label="car", **more):
    return {"id": id_, "label": label, "x": x, "y": y, "w": w, "h": h, **more}


def value(*regions):
    return {"regions": list(regions)}


def check(*regions, **given):
    return [(each.pointer, each.code) for each in kind.check(settings(**given), value(*regions), SHOWN)]


def test_a_box_may_cover_the_whole_picture_and_no_more():
    assert check(box("a", 0, 0, 640, 480)) == []
    assert check(box("a", 0, 0, 640.5, 480)) == [("/regions/0/w", "out_of_bounds")]
    assert check(box("a", -1, 0, 10, 10)) == [("/regions/0/x", "out_of_bounds")]
    assert check(box("a", 0, 470, 10, 20)) == [("/regions/0/h", "out_of_bounds")]


def test_two_roundings_to_the_grid_do_not_push_a_box_out_of_the_picture():
    for third in (0.0003, 0.3, 1 / 3, 0.49951171875, 7.77777):
        assert check(box("a", third, third, 640 - third, 480 - third)) == []


def test_a_box_may_leave_the_picture_by_leave_but_not_lie_beside_it():
    assert check(box("a", -10, 0, 20, 20), outside=True) == []
    assert check(box("a", -30, 0, 20, 20), outside=True) == [("/regions/0/x", "out_of_bounds")]
    assert check(box("a", 0, 480, 20, 20), outside=True) == [("/regions/0/y", "out_of_bounds")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"w": 0}, ("/regions/0/w", "degenerate")),
        ({"h": -1}, ("/regions/0/h", "degenerate")),
        ({"w": 0.0004}, ("/regions/0/w", "degenerate")),
        ({"x": "10"}, ("/regions/0/x", "bad_value")),
        ({"x": True}, ("/regions/0/x", "bad_value")),
        ({"y": None}, ("/regions/0/y", "bad_value")),
        ({"x": 1e300}, ("/regions/0/x", "out_of_bounds")),
        ({"rotation": 30}, ("/regions/0/rotation", "out_of_bounds")),
        ({"rotation": "x"}, ("/regions/0/rotation", "bad_value")),
        ({"label": "cat"}, ("/regions/0/label", "unknown_label")),
        ({"color": "red"}, ("/regions/0/color", "unknown_field")),
        ({"on": "image"}, ("/regions/0/on", "bad_target")),
    ],
)
def test_what_is_no_box_is_refused_with_its_place(changes, expected):
    assert check({**box("a", 10, 10, 10, 10), **changes}) == [expected]


def test_a_missing_side_is_named_at_the_box():
    region = box("a", 10, 10, 10, 10)
    del region["w"]

    assert check(region) == [("/regions/0", "bad_value")]


def test_settings_ask_for_a_least_size_and_for_whole_pixels():
    assert check(box("a", 0, 0, 3, 9), min_w=4) == [("/regions/0/w", "degenerate")]
    assert check(box("a", 0.5, 0, 4, 4), integer=True) == [("/regions/0/x", "bad_precision")]
    assert check(box("a", 1.0, 0, 4, 4), integer=True) == []


def test_a_turned_box_lies_in_the_picture_with_its_corners():
    assert check(box("a", 310, 0, 20, 100, rotation=90), rotate=True) == []
    assert check(box("a", 0, 0, 20, 100, rotation=90), rotate=True) == [("/regions/0/x", "out_of_bounds")]
    assert check(box("a", 310, 0, 20, 100, rotation=181), rotate=True) == [("/regions/0/rotation", "out_of_bounds")]
    assert check(box("a", 310, 0, 20, 100, rotation=-180), rotate=True) == [("/regions/0/rotation", "out_of_bounds")]


def test_a_box_on_text_has_no_pixels():
    text = Part("text", "input", "text", "text", text="x")

    problems = kind.check(settings(), value(box("a", 0, 0, 1, 1)), Shown(text, {"text": text}))

    assert [(each.pointer, each.code) for each in problems] == [("/regions/0/on", "unknown_target")]


def test_numbers_lie_on_the_grid_and_what_says_nothing_is_dropped():
    sent = box("a", 123.456789, 10.0, 40, 20.00001, rotation=0.0)

    assert kind.canonical(settings(), value(sent)) == value(box("a", 123.45703125, 10, 40, 20))
    assert kind.canonical(settings(), value(box("b", 0, 0, 1, 1), box("a", 0, 0, 1, 1)))["regions"][0]["id"] == "a"


def distance(ours, theirs, **given):
    return kind.distance(settings(**given), value(*ours), value(*theirs), NOWHERE)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ([box("a", 0, 0, 10, 10)], [box("z", 0, 0, 10, 10)], 0.0),
        ([box("a", 0, 0, 10, 10)], [box("z", 0, 0, 10, 10, "person")], 0.5),
        ([box("a", 0, 0, 10, 10)], [box("z", 0, 0, 10, 5)], 0.25),
        ([box("a", 0, 0, 10, 10)], [box("z", 10, 0, 10, 10)], 1.0),
        ([box("a", 0, 0, 100, 100)], [box("z", 0, 0, 30, 30)], 1.0),
        ([box("a", 0, 0, 10, 10)], [], 1.0),
        ([], [], 0.0),
        ([box("a", 0, 0, 10, 10), box("b", 50, 50, 10, 10)], [box("z", 0, 0, 10, 10)], 0.5),
    ],
)
def test_half_a_pairs_cost_is_overlap_half_is_label_and_whatever_is_alone_costs_one(ours, theirs, expected):
    assert distance(ours, theirs) == pytest.approx(expected)


def test_the_same_sheet_said_with_swapped_sides_and_a_quarter_turn_is_the_same():
    upright = box("a", 98, 39, 4, 2)
    turned = box("b", 99, 38, 2, 4, rotation=90)

    assert distance([upright], [turned], rotate=True) == pytest.approx(0)


def test_a_lone_unlabeled_box_counts_a_near_miss_less_than_a_far_one():
    lone = Settings(max=1)
    one = value({"id": "a", "x": 0, "y": 0, "w": 10, "h": 10})
    near = value({"id": "a", "x": 11, "y": 0, "w": 10, "h": 10})
    far = value({"id": "a", "x": 500, "y": 0, "w": 10, "h": 10})

    apart = [kind.distance(lone, one, other, NOWHERE) for other in (one, near, far)]

    assert apart == sorted(apart)
    assert apart[0] == 0
    assert 0.5 < apart[1] < 0.55
    assert 0.95 < apart[2] < 1


def merged(*answers, **given):
    return kind.merge(settings(**given), list(answers), [1.0] * len(answers), NOWHERE)


def test_boxes_that_most_drew_are_kept_each_side_at_its_median():
    found = merged(
        value(box("a", 10, 10, 40, 20), box("x", 300, 300, 9, 9)),
        value(box("a", 12, 10, 40, 22)),
        value(box("b", 11, 9, 40, 20)),
    )

    assert found.value == value(box("a", 11, 10, 40, 20))
    assert (found.status, found.answers) == ("resolved", 3)
    assert found.probability == pytest.approx(2 / 3)


def test_two_boxes_that_hardly_overlap_are_blended_and_nobody_stands_behind_it():
    found = merged(value(box("a", 0, 0, 10, 10)), value(box("a", 6, 0, 10, 10)))

    assert found.value == value(box("a", 3, 0, 10, 10))
    assert found.probability == 0


def test_two_people_who_saw_different_things_are_tied():
    found = merged(value(box("a", 0, 0, 10, 10)), value(box("a", 0, 0, 10, 10, "person")))

    assert (found.status, found.probability) == ("tied", 0.5)


def test_turned_boxes_are_blended_by_angle_whichever_side_is_called_the_width():
    found = merged(
        value(box("a", 100, 100, 40, 20, rotation=10)),
        value(box("a", 100, 100, 40, 20, rotation=20)),
        value(box("a", 110, 90, 20, 40, rotation=105)),
        rotate=True,
    )

    region = found.value["regions"][0]
    assert region["rotation"] % 90 == pytest.approx(15, abs=1e-5)
    assert {region["w"], region["h"]} == {40, 20}
    assert found.probability == 1


def test_the_consensus_does_not_depend_on_who_answered_first():
    answers = [
        value(box("a", 0, 0, 100, 50, rotation=5), box("b", 200, 200, 50, 50)),
        value(box("c", 4, 1, 98, 50, rotation=9), box("d", 210, 195, 50, 50)),
        value(box("e", 2, 2, 50, 100, rotation=97)),
    ]

    first, turned = merged(*answers, rotate=True), merged(*answers[::-1], rotate=True)

    assert (first.value, first.status) == (turned.value, turned.status)


def test_hundreds_of_boxes_are_compared_quickly():
    crowd = [box(f"k{i}-{j}", 20 * i, 20 * j, 15, 15) for i in range(25) for j in range(20)]
    moved = [{**each, "x": each["x"] + 1} for each in crowd]

    assert 0 < distance(crowd, moved) < 0.1
