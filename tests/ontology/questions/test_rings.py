"""Rings and lines: areas and crossings against an exact clipping library, and how far lines lie apart by known figures."""

from __future__ import annotations

import math
import random
import time

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LinearRing, Polygon

from evenhand.ontology.questions.rings import (
    Rings,
    Tangled,
    along,
    encloses,
    first_crossing,
    frechet,
    giou,
    iou,
    mean_nearest,
    shared_area,
    signed_area,
)
from tries import tries

steps = st.integers(0, 40 * 1024).map(lambda step: step / 1024)
coarse = st.integers(0, 6).map(float)
SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
HOLE = ((2.0, 2.0), (2.0, 4.0), (4.0, 4.0), (4.0, 2.0))


def star(seed, corners, x, y, reach):
    chance = random.Random(seed)
    ring = []
    for place in range(corners):
        angle, far = 2 * math.pi * place / corners, reach * chance.uniform(0.3, 1)
        ring.append(
            (round((x + far * math.cos(angle)) * 1024) / 1024, round((y + far * math.sin(angle)) * 1024) / 1024)
        )
    return tuple(ring)


@tries(200)
@given(st.integers(), st.integers(3, 60), st.integers(3, 60), st.floats(0, 40), st.floats(0, 40))
def test_what_two_outlines_share_is_what_an_exact_library_clips(seed, corners, others, x, y):
    a, b = star(seed, corners, 50, 50, 30), star(seed + 1, others, 30 + x, 30 + y, 25)

    expected = Polygon(a).intersection(Polygon(b)).area

    assert shared_area(Rings((a,)), Rings((b,))) == pytest.approx(expected, abs=1e-8)
    assert shared_area(Rings((a,)), Rings((b,))) == shared_area(Rings((b,)), Rings((a,)))


@tries(200)
@given(
    st.lists(st.tuples(coarse, coarse), min_size=3, max_size=6),
    st.lists(st.tuples(coarse, coarse), min_size=3, max_size=6),
)
def test_outlines_that_share_corners_and_sides_are_clipped_exactly_too(a, b):
    figures = [Polygon(a), Polygon(b)]
    if not all(each.is_valid and each.area > 0 for each in figures):
        return

    assert shared_area(Rings((tuple(a),)), Rings((tuple(b),))) == pytest.approx(
        figures[0].intersection(figures[1]).area, abs=1e-9
    )


def test_holes_and_parts_are_filled_even_odd():
    holed, plain = Rings((SQUARE, HOLE)), Rings((SQUARE,))
    inner = Rings((((1.0, 1.0), (5.0, 1.0), (5.0, 5.0), (1.0, 5.0)),))

    assert holed.area == 96
    assert iou(holed, plain) == pytest.approx(0.96)
    assert shared_area(holed, inner) == pytest.approx(12)
    assert iou(plain, plain) == 1


@tries(300)
@given(st.lists(st.tuples(steps, steps), min_size=3, max_size=8))
def test_a_ring_crosses_itself_where_an_exact_library_says_so(points):
    if len(set(points)) < len(points) or signed_area(points) == 0:
        return

    assert (first_crossing([points]) is None) == LinearRing(points).is_simple


@tries(300)
@given(st.lists(st.tuples(coarse, coarse), min_size=3, max_size=6, unique=True))
def test_a_ring_on_few_places_touches_itself_where_an_exact_library_says_so(points):
    assert (first_crossing([points]) is None) == LinearRing(points).is_simple


def test_a_crossing_is_told_with_its_place():
    crossing = first_crossing([((0, 0), (10, 10), (10, 0), (0, 10))])

    assert (crossing.first, crossing.second, crossing.at) == ((0, 0), (0, 2), (5, 5))


def test_rings_may_not_meet_each_other():
    assert first_crossing([SQUARE, HOLE]) is None
    assert first_crossing([SQUARE, ((5.0, 5.0), (15.0, 5.0), (15.0, 8.0))]).first[0] == 0
    assert first_crossing([SQUARE, ((10.0, 5.0), (15.0, 5.0), (15.0, 8.0))]) is not None


@tries(100)
@given(st.integers(), st.integers(3, 30), st.tuples(steps, steps))
def test_a_point_lies_in_a_ring_where_an_exact_library_says_so(seed, corners, point):
    ring = star(seed, corners, 20, 20, 18)
    if Polygon(ring).exterior.distance(shapely.Point(point)) == 0:
        return

    assert encloses(ring, point) == Polygon(ring).contains(shapely.Point(point))


def test_generalized_iou_tells_near_misses_from_far_ones():
    def at(x):
        return Rings((tuple((px + x, py) for px, py in SQUARE),))

    assert giou(at(0), at(0)) == 1
    assert giou(at(0), at(10)) == pytest.approx(0)
    assert giou(at(0), at(30)) == pytest.approx(-0.5)
    assert giou(at(0), at(5)) == pytest.approx(1 / 3)


def test_large_outlines_are_compared_within_seconds_and_to_a_thousandth():
    a, b = star(1, 3000, 500, 500, 400), star(2, 3000, 520, 500, 400)
    began = time.process_time()

    found = shared_area(Rings((a,)), Rings((b,)))

    assert time.process_time() - began < 20
    assert found == pytest.approx(Polygon(a).intersection(Polygon(b)).area, rel=1e-3)


def test_a_hopeless_tangle_is_said_to_be_one_and_not_looked_into():
    ring = tuple((float(place % 2 * 1000), float(place)) for place in range(20_000))

    with pytest.raises(Tangled):
        first_crossing([ring])


def test_lines_lie_as_far_apart_as_they_do():
    line, beside = ((0.0, 0.0), (100.0, 0.0)), ((0.0, 3.0), (100.0, 3.0))

    assert mean_nearest(line, line) == pytest.approx(0, abs=1e-9)
    assert mean_nearest(line, beside) == pytest.approx(3)
    assert mean_nearest(line, beside[::-1]) == pytest.approx(3)
    assert frechet(line, beside) == pytest.approx(3)
    assert frechet(line, beside[::-1]) == pytest.approx(math.hypot(100, 3))


@tries(60)
@given(
    st.lists(st.tuples(steps, steps), min_size=2, max_size=6, unique=True),
    st.lists(st.tuples(steps, steps), min_size=2, max_size=6, unique=True),
)
def test_the_leash_is_no_shorter_than_what_it_has_to_span_and_no_longer_than_walking_side_by_side(a, b):
    ours, theirs = along(a), along(b)

    found = frechet(a, b)

    assert found == pytest.approx(frechet(b, a))
    assert found >= shapely.hausdorff_distance(shapely.MultiPoint(ours), shapely.MultiPoint(theirs)) - 1e-9
    assert found <= max(math.dist(one, other) for one, other in zip(ours, theirs, strict=True)) + 1e-9


def test_whoever_waits_needs_a_shorter_leash_than_whoever_walks_side_by_side():
    a, b = ((0.0, 14.0), (0.0, 7.0), (8.0, 0.0)), ((0.0, 8.0), (14.0, 22.0), (0.0, 9.0))

    assert frechet(a, b) == pytest.approx(math.dist(a[0], b[1]), abs=0.3)


@tries(100)
@given(st.floats(1, 40), st.floats(1, 40), st.floats(0, 90), st.floats(-3, 3))
def test_corners_a_rounding_apart_in_height_are_no_trap(rx, ry, degrees, aside):
    def oval(across, down, shift):
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        angles = [2 * math.pi * place / 128 for place in range(128)]
        flat = [(across * math.cos(angle), down * math.sin(angle)) for angle in angles]
        return tuple((50 + shift + x * cos - y * sin, 50 + x * sin + y * cos) for x, y in flat)

    a, b = oval(rx, ry, 0.0), oval(rx / 2, ry, aside)

    assert shared_area(Rings((a,)), Rings((b,))) == pytest.approx(Polygon(a).intersection(Polygon(b)).area, abs=1e-6)
