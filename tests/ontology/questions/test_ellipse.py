"""Ellipses: what is refused, their one spelling, how far two are apart against an exact area, and what stands for several."""

from __future__ import annotations

import math

import pytest

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.kind import Part, Shown
from evenhand.ontology.questions.ellipse import Settings, kind

PHOTO = Part("image", "input", "image", "image", size=(640, 480))
SHOWN = Shown(PHOTO, {"": Part("", "task", children=("image",)), "image": PHOTO})


def ellipse(cx=100, cy=100, rx=30, ry=20, **more):
    return {"id": "a", "cx": cx, "cy": cy, "rx": rx, "ry": ry, **more}


def value(*regions):
    return {"regions": list(regions)}


def check(region, **given):
    return [(each.pointer, each.code) for each in kind.check(Settings(**given), value(region), SHOWN)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"rx": 0}, ("/regions/0/rx", "degenerate")),
        ({"ry": -1}, ("/regions/0/ry", "degenerate")),
        ({"cx": "x"}, ("/regions/0/cx", "bad_value")),
        ({"cx": 20}, ("/regions/0/cx", "out_of_bounds")),
        ({"cy": 470}, ("/regions/0/cy", "out_of_bounds")),
        ({"rotation": 15}, ("/regions/0/rotation", "out_of_bounds")),
    ],
)
def test_what_is_no_ellipse_is_refused_with_its_place(changes, expected):
    assert check(ellipse(**changes)) == [expected]


def test_a_turned_ellipse_lies_in_the_picture_with_its_own_extent():
    assert check(ellipse(cx=20, cy=40, rotation=90), rotate=True) == []
    assert check(ellipse(cx=20, cy=40), rotate=True) == [("/regions/0/cx", "out_of_bounds")]
    assert check(ellipse(cx=20, cy=40), outside=True) == []


def test_of_the_ways_to_say_one_ellipse_one_is_stored():
    def stored(**given):
        return kind.canonical(Settings(rotate=True), value(ellipse(**given)))

    assert stored(rotation=105) == stored(rx=20, ry=30, rotation=15) == stored(rotation=-75)
    assert stored(rx=20, ry=20, rotation=30) == value(ellipse(rx=20, ry=20))


def test_one_within_another_is_as_far_apart_as_their_areas_say():
    apart = kind.distance(Settings(rotate=True), value(ellipse()), value(ellipse(rx=15, ry=20)), NOWHERE)

    assert apart == pytest.approx(0.25, abs=1e-9)
    assert kind.distance(Settings(rotate=True), value(ellipse(rotation=30)), value(ellipse(rotation=30)), NOWHERE) == 0


def test_radii_are_merged_by_their_ratio_and_angles_near_a_quarter_turn_meet():
    answers = [value(ellipse(rx=10, ry=40, rotation=44)), value(ellipse(rx=40, ry=10, rotation=-44))]

    found = kind.merge(Settings(rotate=True), answers, [1.0, 1.0], NOWHERE).value["regions"][0]

    assert {found["rx"], found["ry"]} == {10, 40}
    assert abs(found["rotation"]) == pytest.approx(45, abs=1e-5)
    two = [value(ellipse(rx=20, ry=20)), value(ellipse(rx=30, ry=20))]
    assert kind.merge(Settings(), two, [1.0, 1.0], NOWHERE).value["regions"][0]["rx"] == pytest.approx(25, abs=1)
    assert math.isfinite(found["cx"])
