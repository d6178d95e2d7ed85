"""Rectangles: their corners, the grid, the ways others say them, and overlap that is exact however they are turned."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ontology.questions.rectangles import (
    Rectangle,
    convex_hull,
    from_corners,
    from_inclusive,
    from_turned_corner,
    giou,
    iou,
    on_degree_grid,
    on_pixel_grid,
    overlapping,
    polygon_area,
    shared_area,
    to_inclusive,
    to_turned_corner,
)

sides = st.floats(0.5, 400)
places = st.floats(-500, 500)
angles = st.floats(-179.9, 180)
rectangles = st.builds(Rectangle, places, places, sides, sides, angles | st.just(0.0))


def test_a_box_turned_by_a_right_angle_has_exact_corners_clockwise_as_seen():
    assert Rectangle(98, 39, 4, 2, 90).corners() == [(101, 38), (101, 42), (99, 42), (99, 38)]


def test_twenty_thousand_random_boxes_return_from_their_corners():
    drawn = random.Random(7)
    worst = 0.0
    for _ in range(20_000):
        w, h = drawn.uniform(1, 2000), drawn.uniform(1, 2000)
        box = Rectangle(drawn.uniform(-1000, 4000), drawn.uniform(-1000, 4000), w, h, drawn.uniform(-180, 180))
        back = from_corners(box.corners())
        worst = max(worst, *(abs(a - b) for a, b in zip(_sides(box), _sides(back), strict=True)))
        assert math.isclose(back.rotation, box.rotation, abs_tol=1e-9)

    assert worst < 2e-11


def test_a_box_in_percent_about_its_turned_corner_returns_and_is_equal_on_the_grid():
    drawn = random.Random(11)
    for _ in range(5_000):
        width, height = drawn.randint(100, 6000), drawn.randint(100, 6000)
        box = Rectangle(*(on_pixel_grid(drawn.uniform(1, 4000)) for _ in range(4)), drawn.uniform(-180, 180))
        x, y = to_turned_corner(box)
        percent = x / width * 100, y / height * 100, box.w / width * 100, box.h / height * 100
        there = [value / 100 * side for value, side in zip(percent, (width, height, width, height), strict=True)]
        back = from_turned_corner(*there, box.rotation)

        assert max(abs(a - b) for a, b in zip(_sides(box), _sides(back), strict=True)) < 1e-11
        assert [on_pixel_grid(each) for each in _sides(back)] == [*_sides(box)]


def test_a_whole_picture_is_its_first_to_its_last_pixel_counted_from_one():
    whole = Rectangle(0, 0, 640, 480)

    assert to_inclusive(whole, base=1) == (1, 1, 640, 480)
    assert from_inclusive(1, 1, 640, 480, base=1) == whole


def test_the_pixels_of_a_mask_have_the_box_that_coco_gives_them():
    # Rows 2..4, columns 3..8 of pixels, counted from 0.
    assert from_inclusive(3, 2, 8, 4, base=0) == Rectangle(3, 2, 6, 3)


def test_numbers_go_to_the_grid_the_same_way_in_every_language():
    assert on_pixel_grid(123.456789) == 123.45703125
    assert on_pixel_grid(-0.00048828125) == 0.0
    assert on_degree_grid(-180) == 180
    assert on_degree_grid(540) == 180
    assert on_degree_grid(90) == 90


@given(st.floats(-(2**31), 2**31))
def test_the_grid_is_reached_once_and_misses_by_half_a_step_at_most(value):
    once = on_pixel_grid(value)

    assert on_pixel_grid(once) == once
    assert abs(once - value) <= 1 / 2048


@given(rectangles, rectangles)
def test_overlap_is_symmetric_and_within_bounds(a, b):
    assert 0 <= iou(a, b) <= 1
    assert iou(a, b) == pytest.approx(iou(b, a), abs=1e-9)
    assert -1 <= giou(a, b) <= iou(a, b) + 1e-9
    assert giou(a, b) == pytest.approx(giou(b, a), abs=1e-9)


@given(rectangles)
def test_a_rectangle_and_itself_are_one(a):
    assert iou(a, a) == 1
    assert giou(a, a) == pytest.approx(1, abs=1e-9)
    swapped = Rectangle(a.center[0] - a.h / 2, a.center[1] - a.w / 2, a.h, a.w, a.rotation - 90)
    assert iou(a, swapped) == pytest.approx(1, abs=1e-9)


@given(rectangles, rectangles, angles)
def test_overlap_does_not_depend_on_how_both_are_turned_together(a, b, angle):
    assert shared_area(_about_origin(a, angle), _about_origin(b, angle)) == pytest.approx(
        shared_area(a, b), abs=1e-6 * max(1.0, a.area, b.area)
    )


def test_a_square_turned_by_45_degrees_shares_an_octagon_with_itself():
    square, diamond = Rectangle(0, 0, 2, 2), Rectangle(0, 0, 2, 2, 45)

    assert shared_area(square, diamond) == pytest.approx(8 * (math.sqrt(2) - 1))


@pytest.mark.parametrize("seed", range(5))
def test_shared_area_agrees_with_counting_points(seed):
    drawn = random.Random(seed)
    a, b = (Rectangle(*(drawn.uniform(10, 60) for _ in range(4)), drawn.uniform(-180, 180)) for _ in range(2))
    step, inside = 0.25, 0
    for i in range(600):
        for j in range(600):
            x, y = -20 + i * step, -20 + j * step
            inside += _holds(a, x, y) and _holds(b, x, y)

    assert shared_area(a, b) == pytest.approx(inside * step * step, rel=0.02, abs=3)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (Rectangle(0, 0, 2, 2), Rectangle(1, 1, 2, 2), 1 / 7 - 2 / 9),
        (Rectangle(0, 0, 1, 1), Rectangle(2, 0, 1, 1), 0 - 1 / 3),
        (Rectangle(0, 0, 4, 4), Rectangle(1, 1, 2, 2), 1 / 4),
    ],
)
def test_generalized_iou_of_upright_boxes_is_the_published_one(a, b, expected):
    assert giou(a, b) == pytest.approx(expected)


@given(st.lists(rectangles, max_size=8), st.lists(rectangles, max_size=8))
def test_every_pair_that_overlaps_is_found(ours, theirs):
    found = {*overlapping(ours, theirs)}

    for i, a in enumerate(ours):
        for j, b in enumerate(theirs):
            assert (i, j) in found or shared_area(a, b) < 1e-6 * min(a.area, b.area)


def test_a_hull_leaves_out_what_lies_within():
    square = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]

    assert polygon_area(convex_hull([*square, (1.0, 2.0), (2.0, 0.0)])) == 16


def _sides(box):
    return box.x, box.y, box.w, box.h


def _about_origin(box, angle):
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return from_corners([(x * cos - y * sin, x * sin + y * cos) for x, y in box.corners()])


def _holds(box, x, y):
    cx, cy = box.center
    cos, sin = math.cos(math.radians(-box.rotation)), math.sin(math.radians(-box.rotation))
    dx, dy = (x - cx) * cos - (y - cy) * sin, (x - cx) * sin + (y - cy) * cos
    return abs(dx) <= box.w / 2 and abs(dy) <= box.h / 2
