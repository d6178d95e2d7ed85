"""Outlines: what is refused and where, how they are spelled, how far two are apart, which one stands for several."""

from __future__ import annotations

import pytest

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.kind import Part, Shown
from evenhand.ontology.questions.polygon import Settings, kind

PHOTO = Part("image", "input", "image", "image", size=(640, 480))
SHOWN = Shown(PHOTO, {"": Part("", "task", children=("image",)), "image": PHOTO})
SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10]]
HOLE = [[2, 2], [2, 4], [4, 4], [4, 2]]
FAR = [[20, 0], [30, 0], [30, 10], [20, 10]]


def settings(**given):
    return Settings(**{"labels": [{"value": "lake"}, {"value": "wood"}], **given})


def outline(*rings, id="a", label="lake", **more):
    return {"id": id, "label": label, "rings": [*rings], **more}


def value(*regions):
    return {"regions": list(regions)}


def check(*regions, **given):
    return [(each.pointer, each.code) for each in kind.check(settings(**given), value(*regions), SHOWN)]


def moved(ring, dx, dy=0):
    return [[x + dx, y + dy] for x, y in ring]


def test_an_outline_may_follow_the_edge_of_the_picture_and_not_leave_it():
    assert check(outline([[0, 0], [640, 0], [640, 480], [0, 480]])) == []
    assert check(outline([[0, 0], [641, 0], [640, 480]])) == [("/regions/0/rings/0/1/0", "out_of_bounds")]
    assert check(outline([[0, -1], [640, 0], [640, 480]])) == [("/regions/0/rings/0/0/1", "out_of_bounds")]


@pytest.mark.parametrize(
    ("rings", "expected"),
    [
        ([[[0, 0], [10, 0]]], ("/regions/0/rings/0", "degenerate")),
        ([[[0, 0], [10, 0], [20, 0]]], ("/regions/0/rings/0", "degenerate")),
        ([[*SQUARE, [0, 0]]], ("/regions/0/rings/0/0", "degenerate")),
        ([[[0, 0], [10, 10], [10, 0], [0, 10]]], ("/regions/0/rings/0/2", "self_intersection")),
        ([[[0, 0], [10, 0], [10, 10], [5, 0], [0, 10]]], ("/regions/0/rings/0/2", "self_intersection")),
        ([SQUARE[::-1]], ("/regions/0/rings/0", "out_of_bounds")),
        ([SQUARE, HOLE], ("/regions/0/rings/1", "count")),
        ([SQUARE, FAR], ("/regions/0/rings", "count")),
        ([SQUARE, HOLE[::-1]], ("/regions/0/rings/1", "overlap_forbidden")),
        ([SQUARE, moved(HOLE, 30)], ("/regions/0/rings/1", "out_of_bounds")),
        ([SQUARE, moved(HOLE, 7)], ("/regions/0/rings/1/1", "self_intersection")),
        ([[[0, 0], ["x", 0], [10, 10]]], ("/regions/0/rings/0/1", "bad_value")),
        ([[[0, 0], [0, 0, 0], [10, 10]]], ("/regions/0/rings/0/1", "bad_value")),
        ([], ("/regions/0/rings", "bad_value")),
    ],
)
def test_what_is_no_outline_is_refused_with_its_place(rings, expected):
    assert check(outline(*rings)) == [expected]


def test_the_place_of_a_crossing_is_said():
    [found] = kind.check(settings(), value(outline([[0, 0], [10, 10], [10, 0], [0, 10]])), SHOWN)

    assert found.message == "Side 1 of ring 1 meets side 3 at 5, 5."


def test_holes_islands_in_them_and_parts_come_by_leave():
    island = [[2.5, 2.5], [3.5, 2.5], [3, 3.5]]

    assert check(outline(SQUARE, HOLE), holes=True) == []
    assert check(outline(SQUARE, FAR), parts=True) == []
    assert check(outline(SQUARE, HOLE, island), holes=True, parts=True) == []


def test_outlines_may_be_forbidden_to_lie_over_each_other_but_not_to_share_a_border():
    beside, over = outline(moved(SQUARE, 10), id="b"), outline(moved(SQUARE, 5), id="b")

    assert check(outline(SQUARE), beside, overlap="forbid") == []
    assert check(outline(SQUARE), over, overlap="forbid") == [("/regions/1/rings", "overlap_forbidden")]
    assert check(outline(SQUARE), over) == []


def test_corners_lie_on_the_grid_and_the_first_stays_the_first():
    sent = outline([[123.456789, 10.0], [200, 10], [200, 20.00001]])

    assert kind.canonical(settings(), value(sent)) == value(outline([[123.45703125, 10], [200, 10], [200, 20]]))


def distance(ours, theirs, **given):
    return kind.distance(settings(**given), value(*ours), value(*theirs), NOWHERE)


def test_two_sets_are_apart_by_what_outlines_share_and_by_their_labels():
    half = [[0, 0], [10, 0], [10, 5], [0, 5]]

    assert distance([outline(SQUARE)], [outline(SQUARE, id="z")]) == 0
    assert distance([outline(SQUARE)], [outline(SQUARE, label="wood")]) == 0.5
    assert distance([outline(SQUARE)], [outline(half)]) == pytest.approx(0.25)
    assert distance([outline(SQUARE)], [outline(FAR)]) == 1
    assert distance([outline(SQUARE)], []) == 1
    assert distance([outline(SQUARE, HOLE)], [outline(SQUARE)]) == pytest.approx(0.02)


def test_a_lone_unlabeled_outline_is_apart_by_generalized_iou():
    def alone(ring):
        return value({"id": "a", "rings": [ring]})

    def apart(dx):
        return kind.distance(Settings(max=1), alone(SQUARE), alone(moved(SQUARE, dx)), NOWHERE)

    assert apart(0) == 0
    assert 0 < apart(1) < apart(9) < apart(20) < apart(200) < 1


def merge(*answers, weights=None):
    return kind.merge(settings(holes=True), [*answers], weights or [1.0] * len(answers), NOWHERE)


def test_the_outline_that_is_nearest_to_all_others_stands_for_them_with_its_own_corners():
    left, middle, right = (value(outline(moved(SQUARE, dx), id=f"k{dx}")) for dx in (0, 1, 2))

    found = merge(left, right, middle)

    assert found.value["regions"][0]["rings"] == [moved(SQUARE, 1)]
    assert (found.status, found.probability) == ("resolved", 1)


def test_outlines_that_are_equally_near_and_unlike_leave_it_open():
    assert merge(value(outline(SQUARE)), value(outline(moved(SQUARE, 4)))).status == "tied"
    assert merge(value(outline(SQUARE)), value(outline(moved(SQUARE, 1)))).status == "resolved"


def test_what_most_did_not_mark_is_not_there():
    found = merge(value(outline(SQUARE)), value(outline(SQUARE)), value(outline(SQUARE), outline(FAR, id="b")))

    assert [region["rings"] for region in found.value["regions"]] == [[SQUARE]]


def test_settings_that_allow_more_or_less_are_classed():
    assert kind.compatibility(settings(), settings(holes=True)) == [("widening", "More outlines are allowed.")]
    assert kind.compatibility(settings(parts=True), settings()) == [("narrowing", "Fewer outlines are allowed.")]
    assert [each.code for each in kind.check_settings(settings(min_points=5, max_points=4), {})] == ["bad_range"]
