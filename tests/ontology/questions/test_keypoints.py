"""Keypoints: what is refused, likeness by the published measure, and which points and states stand for several."""

from __future__ import annotations

import math

import pytest

from evenhand.ontology.kind import Part, Shown
from evenhand.ontology.questions.keypoints import Settings, kind, oks

PHOTO = Part("image", "input", "image", "image", size=(400, 300))
SHOWN = Shown(PHOTO, {"": Part("", "task", children=("image",)), "image": PHOTO})
SKELETON = {
    "points": [{"value": name} for name in ("nose", "left", "right")],
    "edges": [["nose", "left"], ["nose", "right"]],
    "mirror": [["left", "right"]],
}
FACE = {"nose": [100, 100, "visible"], "left": [80, 80, "visible"], "right": [120, 80, "visible"]}


def thing(points=FACE, id="a", **more):
    return {"id": id, "points": points, **more}


def value(*regions):
    return {"regions": list(regions)}


def settings(**given):
    return Settings(skeleton=given.pop("skeleton", SKELETON), **given)


def check(points, **given):
    return [(each.pointer, each.code) for each in kind.check(settings(**given), value(thing(points)), SHOWN)]


def apart(a, b, **given):
    return kind.distance(settings(**given), value(thing(a)), value(thing(b, id="z")), SHOWN)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ({**FACE, "ear": None}, ("/regions/0/points/ear", "unknown_option")),
        ({"nose": [1, 1, "visible"], "left": None}, ("/regions/0/points", "missing_answer")),
        ({**FACE, "left": [401, 0, "visible"]}, ("/regions/0/points/left/0", "out_of_bounds")),
        ({**FACE, "left": [1, 0, "absent"]}, ("/regions/0/points/left/2", "unknown_option")),
        ({**FACE, "left": [1, 0]}, ("/regions/0/points/left", "bad_value")),
        (dict.fromkeys(FACE), ("/regions/0/points", "degenerate")),
        ("x", ("/regions/0/points", "bad_value")),
    ],
)
def test_what_is_no_set_of_points_is_refused_with_its_place(points, expected):
    assert check(points) == [expected]


def test_where_every_point_must_be_seen_none_is_hidden_or_absent():
    hidden = {**FACE, "left": [80, 80, "occluded"]}

    assert check(FACE, visibility=False) == []
    assert check({**FACE, "left": None}, visibility=False) == [("/regions/0/points/left", "missing_answer")]
    assert check(hidden, visibility=False) == [("/regions/0/points/left/2", "unknown_option")]
    assert check(hidden) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"edges": [["nose", "ear"]]}, ("/skeleton/edges/0/1", "unknown_option")),
        ({"sigmas": {"ear": 0.1}}, ("/skeleton/sigmas/ear", "unknown_option")),
        ({"mirror": [["left", "right"], ["left", "nose"]]}, ("/skeleton/mirror", "duplicate_value")),
        ({"points": [{"value": "nose"}, {"value": "nose"}], "edges": [], "mirror": []}, "duplicate_value"),
    ],
)
def test_a_skeleton_names_its_own_points_once(change, expected):
    found = [(each.pointer, each.code) for each in kind.check_settings(settings(skeleton={**SKELETON, **change}), {})]

    assert expected in (found[0], found[0][1])


def test_likeness_is_that_of_coco_in_both_directions():
    # Lin et al.: exp(-d² / (2 s² (2σ)²)) a point, s² the area; here of the box around each one's points, averaged.
    moved = {**FACE, "nose": [103, 104, "visible"]}
    areas = (40 * 20, 40 * 24)
    expected = sum((2 + math.exp(-25 / (2 * area * (2 * 0.07) ** 2))) / 3 for area in areas) / 2

    found = oks({n: tuple(p) for n, p in FACE.items()}, {n: tuple(p) for n, p in moved.items()}, {})

    assert found == pytest.approx(expected)
    assert apart(FACE, moved) == pytest.approx((1 - (0.75 * expected + 0.25)) / 2)
    assert apart(FACE, moved) == pytest.approx(apart(moved, FACE))


def test_a_point_that_people_place_precisely_counts_more():
    moved = {**FACE, "nose": [103, 104, "visible"]}
    strict, loose = ({**SKELETON, "sigmas": {"nose": sigma}} for sigma in (0.02, 0.2))

    assert apart(FACE, moved, skeleton=strict) > apart(FACE, moved) > apart(FACE, moved, skeleton=loose)


def test_hidden_for_seen_is_a_small_difference_and_absent_a_larger_one():
    hidden = {**FACE, "left": [80, 80, "occluded"]}

    assert 0 < apart(FACE, hidden) < apart(FACE, {**FACE, "left": None}) < 1


def test_several_are_merged_point_by_point():
    three = [
        FACE,
        {**FACE, "nose": [104, 100, "visible"], "left": None},
        {**FACE, "nose": [101, 100, "occluded"], "left": None},
    ]

    merged = kind.merge(settings(), [value(thing(each)) for each in three], [1.0, 1.0, 1.0], SHOWN)

    [region] = merged.value["regions"]
    assert region["points"] == {"nose": [101, 100, "visible"], "left": None, "right": [120, 80, "visible"]}


def test_another_set_of_points_narrows():
    def changes(**skeleton):
        return {each for each, _ in kind.compatibility(settings(), settings(skeleton={**SKELETON, **skeleton}))}

    more = [*SKELETON["points"], {"value": "ear"}]
    assert changes() == set()
    assert changes(edges=[]) == {"cosmetic"}
    assert changes(points=more) == {"narrowing"}
    assert changes(points=SKELETON["points"][:2], edges=[["nose", "left"]], mirror=[]) == {"narrowing"}
