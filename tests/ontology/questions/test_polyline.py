"""Lines: what is refused, how far two are apart by the picture's diagonal, whether direction counts, which stands for several."""

from __future__ import annotations

import pytest

from evenhand.ontology.kind import Part, Shown
from evenhand.ontology.questions.polyline import Settings, kind

# 2 % of its diagonal are 10 pixels.
PHOTO = Part("image", "input", "image", "image", size=(400, 300))
SHOWN = Shown(PHOTO, {"": Part("", "task", children=("image",)), "image": PHOTO})
LEVEL = [[0, 100], [200, 100]]


def line(points, id="a", **more):
    return {"id": id, "points": points, **more}


def value(*regions):
    return {"regions": list(regions)}


def check(region, **given):
    return [(each.pointer, each.code) for each in kind.check(Settings(**given), value(region), SHOWN)]


def apart(a, b, **given):
    return kind.distance(Settings(**given), value(a), value(b), SHOWN)


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        (line([[0, 0]]), ("/regions/0/points", "degenerate")),
        (line([[0, 0], [0, 0]]), ("/regions/0/points/1", "degenerate")),
        (line([[0, 0], [0, 301]]), ("/regions/0/points/1/1", "out_of_bounds")),
        (line([[0, 0], [1]]), ("/regions/0/points/1", "bad_value")),
        (line("x"), ("/regions/0/points", "bad_value")),
        (line(LEVEL, closed=True), ("/regions/0/closed", "bad_range")),
        (line(LEVEL, closed=1), ("/regions/0/closed", "bad_value")),
    ],
)
def test_what_is_no_line_is_refused_with_its_place(region, expected):
    assert check(region) == [expected]


def test_lines_are_closed_as_the_question_asks():
    ring = [[0, 0], [10, 0], [10, 10]]

    assert check(line(ring, closed=True), closed="always") == []
    assert check(line(ring), closed="always") == [("/regions/0", "bad_range")]
    assert check(line([*ring, [0, 0]], closed=True), closed="allow") == [("/regions/0/points/0", "degenerate")]


def test_a_line_beside_another_is_half_as_far_as_its_share_of_what_is_too_far():
    beside = line([[0, 105], [200, 105]])

    assert apart(line(LEVEL), line(LEVEL, id="z")) == 0
    assert apart(line(LEVEL), beside) == pytest.approx(0.25)
    assert apart(line(LEVEL), line([[0, 111], [200, 111]])) == 1
    assert apart(line(LEVEL), beside, max=1) == pytest.approx(0.5)


def test_direction_counts_only_where_the_question_says_so():
    assert apart(line(LEVEL), line(LEVEL[::-1])) == pytest.approx(0, abs=1e-9)
    assert apart(line(LEVEL), line(LEVEL[::-1]), directed=True) == 1
    assert apart(line(LEVEL), line([[0, 105], [200, 105]]), directed=True) == pytest.approx(0.25)


def test_the_line_in_the_middle_stands_for_all():
    answers = [value(line([[0, 100 + dy], [200, 100 + dy]])) for dy in (0, 4, 2)]

    found = kind.merge(Settings(), answers, [1.0] * 3, SHOWN)

    assert found.value["regions"][0]["points"] == [[0, 102], [200, 102]]
