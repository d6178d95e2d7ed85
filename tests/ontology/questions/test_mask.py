"""Masks: their runs against the library of COCO, what is refused and where, how far two are apart, and what most people covered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from pycocotools import mask as coco

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.kind import Part, Shown
from evenhand.ontology.questions import runs
from evenhand.ontology.questions.mask import Settings, kind
from tries import tries

PHOTO = Part("image", "input", "image", "image", size=(4, 3))
SHOWN = Shown(PHOTO, {"": Part("", "task", children=("image",)), "image": PHOTO})
LABELS = [{"value": "road"}, {"value": "sky"}]
shapes = array_shapes(min_dims=2, max_dims=2, max_side=12)
masks = shapes.flatmap(lambda shape: arrays(bool, shape))
pairs = shapes.flatmap(lambda shape: st.tuples(arrays(bool, shape), arrays(bool, shape)))


def settings(**given):
    return Settings(**{"labels": LABELS, **given})


def mask(id_, counts, label="road", size=(3, 4), **more):
    return {"id": id_, "label": label, "rle": {"size": [*size], "counts": [*counts]}, **more}


def value(*regions):
    return {"regions": list(regions)}


def check(*regions, **given):
    return [(each.pointer, each.code) for each in kind.check(settings(**given), value(*regions), SHOWN)]


def bounds(pixels):
    return runs.bounds_of(runs.from_pixels(pixels)["counts"])


def test_runs_go_down_the_columns():
    pixels = np.array([[0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 1]], dtype=bool)

    assert runs.from_pixels(pixels) == {"size": [3, 4], "counts": [3, 2, 1, 2, 3, 1]}
    assert (runs.to_pixels({"size": [3, 4], "counts": [3, 2, 1, 2, 3, 1]}) == pixels).all()


@tries(200)
@given(masks)
def test_runs_are_those_of_coco(pixels):
    ours = runs.from_pixels(pixels)
    theirs = coco.encode(np.asfortranarray(pixels.astype(np.uint8)))

    assert coco.frPyObjects(ours, *pixels.shape)["counts"] == theirs["counts"]
    assert runs.area(bounds(pixels)) == coco.area(theirs)
    assert (runs.to_pixels(ours) == pixels).all()
    x, y, w, h = coco.toBbox(theirs)
    if pixels.any():
        left, top, right, bottom = runs.envelope(bounds(pixels), pixels.shape[0])
        assert (left, right) == (x, x + w)
        assert top <= y
        assert bottom >= y + h


@tries(200)
@given(pairs)
def test_what_two_masks_share_and_leave_is_counted_by_pixels(both):
    a, b = both
    ours, theirs = bounds(a), bounds(b)

    assert runs.shared(ours, theirs) == np.count_nonzero(a & b)
    assert (
        runs.to_pixels({"size": [*a.shape], "counts": runs.counts_of(runs.without(ours, theirs), a.size)}) == (a & ~b)
    ).all()
    assert (
        runs.to_pixels({"size": [*a.shape], "counts": runs.counts_of(runs.union([ours, theirs]), a.size)}) == (a | b)
    ).all()
    if a.any() or b.any():
        assert runs.dice(ours, theirs) == pytest.approx(2 * np.count_nonzero(a & b) / (a.sum() + b.sum()))


def test_an_outline_covers_the_pixels_whose_centres_it_holds():
    rle = runs.from_rings([((3.0, 2.0), (9.0, 2.0), (9.0, 5.0), (3.0, 5.0))], 12, 8)

    assert runs.area(runs.bounds_of(rle["counts"])) == 18
    assert runs.envelope(runs.bounds_of(rle["counts"]), 8) == (3, 2, 9, 5)


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        (mask("a", [0, 12], size=(4, 3)), ("/regions/0/rle/size", "out_of_bounds")),
        (mask("a", [0, 11]), ("/regions/0/rle/counts", "bad_range")),
        (mask("a", [0, 6, 0, 6]), ("/regions/0/rle/counts/2", "degenerate")),
        (mask("a", [12]), ("/regions/0/rle/counts", "degenerate")),
        (mask("a", [1.5, 10.5]), ("/regions/0/rle/counts/0", "bad_value")),
        (mask("a", [-1, 13]), ("/regions/0/rle/counts/0", "bad_value")),
        (mask("a", [0, 12], z=0.5), ("/regions/0/z", "bad_value")),
        (
            {"id": "a", "label": "road", "rle": {"size": [3, 4], "counts": "abc"}},
            ("/regions/0/rle/counts", "bad_value"),
        ),
        ({"id": "a", "label": "road", "rle": {"counts": [12]}}, ("/regions/0/rle", "bad_value")),
        ({"id": "a", "label": "road"}, ("/regions/0", "bad_value")),
    ],
)
def test_what_is_no_mask_of_the_picture_is_refused_with_its_place(region, expected):
    assert check(region) == [expected]


def test_a_pixel_has_one_class_unless_masks_may_lie_over_each_other():
    road, sky = mask("a", [0, 6, 6]), mask("b", [5, 7], "sky")

    assert check(road, sky) == [("/regions/1/rle/counts", "overlap_forbidden")]
    assert check(road, sky, overlap="z") == []
    assert check(road, mask("b", [6, 6], "sky")) == []


def test_every_pixel_may_have_to_have_a_class():
    road, sky = mask("a", [0, 6, 6]), mask("b", [6, 5, 1], "sky")

    assert check(road, sky, complete=True) == [("/regions", "count")]
    assert check(road, mask("b", [6, 6], "sky"), complete=True) == []
    assert check(complete=True) == [("/regions", "count")]


def test_small_masks_may_be_refused():
    assert check(mask("a", [0, 3, 9]), min_pixels=4) == [("/regions/0/rle/counts", "degenerate")]


def test_two_masks_are_apart_by_what_they_share():
    def distance(a, b):
        return kind.distance(settings(), value(a), value(b), NOWHERE)

    assert distance(mask("a", [0, 6, 6]), mask("z", [0, 6, 6])) == 0
    assert distance(mask("a", [0, 6, 6]), mask("z", [0, 6, 6], "sky")) == 0.5
    assert distance(mask("a", [0, 6, 6]), mask("z", [0, 3, 9])) == pytest.approx(1 / 6)
    assert distance(mask("a", [0, 6, 6]), mask("z", [6, 6])) == 1


def merge(*answers, **given):
    return kind.merge(settings(**given), [*answers], [1.0] * len(answers), SHOWN)


def test_the_pixels_that_most_covered_are_covered():
    found = merge(value(mask("a", [0, 6, 6])), value(mask("b", [0, 5, 7])), value(mask("c", [1, 5, 6])))

    assert found.value["regions"][0]["rle"]["counts"] == [0, 6, 6]
    assert found.status == "resolved"


def test_a_merged_answer_gives_no_pixel_two_classes_and_where_asked_for_every_pixel_one():
    one = value(mask("a", [0, 8, 4]), mask("b", [8, 4], "sky"))
    two = value(mask("a", [0, 4, 8]), mask("b", [4, 8], "sky"))

    for answers in ([one, two], [one, one, two], [two, one]):
        found = merge(*answers, complete=True)
        assert kind.check(settings(complete=True), found.value, SHOWN) == []
        assert {region["label"] for region in found.value["regions"]} == {"road", "sky"}


@tries(50)
@given(st.integers(1, 4).flatmap(lambda people: arrays(np.int8, (people, 12), elements=st.integers(0, 2))))
def test_whatever_people_paint_merges_to_an_answer(painted):
    answers = []
    for row in painted:
        labels = {1: "road", 2: "sky"}
        pixels = row.reshape((3, 4), order="F")
        regions = [
            {"id": f"k{code}", "label": label, "rle": runs.from_pixels(pixels == code)}
            for code, label in labels.items()
            if (pixels == code).any()
        ]
        answers.append(kind.canonical(settings(), value(*regions)))

    found = merge(*answers)

    assert kind.check(settings(), found.value, SHOWN) == []
