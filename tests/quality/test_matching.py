"""Matching: what is one thing, what is there, who misses, invents and shifts how much; by spans, boxes, polygons, keypoints,
masks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marks import crowd_of, simulated

from evenhand.quality.boundaries import boundaries, weighted_median
from evenhand.quality.matching import clusters_of, match
from evenhand.quality.shapes import boxes_alike, keypoints_alike, masks_alike, polygons_alike, spans_alike
from evenhand.quality.undefined import StructureUndefined


def matched(marks):
    return match(marks.tasks, marks.annotators, marks.answer_of, boxes_alike(marks.tasks[marks.answer_of], marks.boxes))


@pytest.fixture(scope="module")
def crowd():
    random = np.random.default_rng(1)
    people = crowd_of(random, 12)
    marks = simulated(random, people, tasks=400, a_task=5)
    return people, marks, matched(marks)


def is_inside(lows, values, highs):
    return (lows <= values) & (values <= highs)


# ------------------------------------------------------------------------------------------------------ what is there --
def test_misses_and_false_alarms_are_recovered_within_their_intervals(crowd):
    people, _, found = crowd

    rates = found.rates

    assert is_inside(rates.missed_lows, people.missed, rates.missed_highs).sum() >= 10
    assert is_inside(rates.alarms_lows, people.alarms, rates.alarms_highs).sum() >= 10
    assert np.abs(rates.missed - people.missed).max() < 0.06


def test_what_is_there_is_told_better_than_by_the_majority(crowd):
    _, marks, found = crowd
    is_real = np.array([marks.thing[found.clusters == each].max() >= 0 for each in range(found.existence.size)])

    is_kept = found.existence >= 0.5

    by_majority = np.mean((found.marks * 2 > found.answers) == is_real)
    assert np.mean(is_kept == is_real) > by_majority + 0.02
    assert found.existence[is_real].mean() > 0.95
    assert abs(found.existence.mean() - is_real.mean()) < 0.03


def test_marks_of_one_thing_are_one_cluster(crowd):
    _, marks, found = crowd
    is_real = marks.thing >= 0

    things = {(thing, cluster) for thing, cluster in zip(marks.thing[is_real], found.clusters[is_real], strict=True)}

    assert len(things) / np.unique(marks.thing[is_real]).size < 1.02


def test_what_nobody_marked_is_counted(crowd):
    """Each of five misses a third: of 1,000 things one in 243 is seen by nobody, with three people one in 27."""
    random = np.random.default_rng(5)
    people = crowd_of(random, 6)
    people.missed[:] = 1 / 3
    people.alarms[:] = 0.02
    marks = simulated(random, people, tasks=500, a_task=3)

    found = matched(marks)

    unmarked = len(marks.truth) - np.unique(marks.thing[marks.thing >= 0]).size
    assert found.unseen * 500 == pytest.approx(unmarked, rel=0.35)


def test_offsets_and_spreads_are_recovered_and_corrected(crowd):
    people, marks, found = crowd
    owners = marks.annotators[marks.answer_of]

    placed = boundaries(found.clusters, owners, marks.boxes, found.existence[found.clusters])

    heavy = np.bincount(owners, weights=(found.existence * (found.marks > 1))[found.clusters], minlength=12)
    offsets = people.offsets - heavy @ people.offsets / heavy.sum()
    assert is_inside(placed.offset_lows, offsets, placed.offset_highs).mean() > 0.85
    assert np.abs(placed.spreads.mean(axis=1) - people.spreads).max() < 1.5
    thing = np.array([marks.thing[found.clusters == each].max() for each in range(found.existence.size)])
    is_told = (thing >= 0) & (found.marks > 1)
    errors = placed.places[is_told] - marks.truth[thing[is_told]]
    medians = np.array([np.median(marks.boxes[found.clusters == each], axis=0) for each in np.flatnonzero(is_told)])
    assert np.abs(errors).mean() < 0.75 * np.abs(medians - marks.truth[thing[is_told]]).mean()
    assert np.mean(np.abs(errors) < 1.96 * placed.errors[is_told]) > 0.88


# ---------------------------------------------------------------------------------------------------------- clusters --
def test_nobody_has_two_marks_in_one_cluster_and_a_chain_is_not_one():
    # a overlaps b, b overlaps c, a and c have nothing in common; d is a second mark of a's author.
    starts, ends = [0, 8, 16, 1], [10, 18, 26, 11]
    owners = [0, 1, 2, 0]

    places = clusters_of([0] * 4, owners, *spans_alike([0] * 4, starts, ends))

    assert places[0] != places[3]
    assert len({places[0], places[1], places[2]}) > 1


objects = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30), st.integers(1, 9)), max_size=18)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=6, unique=True), objects)
def test_whatever_is_marked_gives_numbers(answers, marks):
    owners = np.array([each[0] % len(answers) for each in marks], dtype=int)
    tasks = np.array([each[0] for each in answers])
    starts = np.array([each[1] for each in marks])
    lengths = np.array([each[2] for each in marks])

    found = match(tasks, [each[1] for each in answers], owners, spans_alike(tasks[owners], starts, starts + lengths))

    assert found.clusters.size == len(marks)
    assert ((found.existence > 0) & (found.existence < 1)).all()
    for mine in (found.rates.missed_lows, found.rates.missed, found.rates.missed_highs, found.rates.alarms_highs):
        assert np.isfinite(mine).all()
    for cluster in range(found.existence.size):
        inside = owners[found.clusters == cluster]
        assert inside.size == np.unique(inside).size
    placed = boundaries(found.clusters, owners, np.column_stack((starts, lengths)) if marks else np.zeros((0, 2)))
    assert np.isfinite(placed.places).all()
    assert np.isfinite(placed.errors).all()


def test_two_who_agree_are_surer_than_one_and_nothing_at_all_is_empty():
    alike = spans_alike([0, 0, 0], [0, 0, 50], [10, 10, 60])

    found = match([0, 0], [7, 9], [0, 1, 0], alike)

    assert found.existence[0] > 0.9 > found.existence[1]
    assert found.rates.annotator_numbers.tolist() == [7, 9]
    nothing = match([], [], [], ([], [], []))
    assert nothing.existence.size == 0
    assert match([0, 0], [1, 2], [], ([], [], [])).unseen > 0


# ------------------------------------------------------------------------------------------------------------ likeness --
def test_a_box_in_the_middle_of_another_has_a_quarter_of_it():
    first, second, likeness = boxes_alike([0, 0, 1], [[0, 0, 4, 4], [1, 1, 3, 3], [0, 0, 4, 4]])

    assert (first.tolist(), second.tolist(), likeness.tolist()) == ([0], [1], [0.25])


def test_polygons_with_boxes_corners_are_as_alike_as_the_boxes():
    boxes = np.array([[0, 0, 40, 30], [10, 5, 50, 33], [200, 0, 210, 10]], dtype=float)
    rings = [[[a, b], [c, b], [c, d], [a, d]] for a, b, c, d in boxes]

    by_box, by_ring = boxes_alike([0] * 3, boxes), polygons_alike([0] * 3, rings)

    assert by_ring[0].tolist() == by_box[0].tolist()
    assert by_ring[2] == pytest.approx(by_box[2], abs=0.01)


def test_keypoints_farther_apart_are_less_alike_and_absent_ones_do_not_count():
    points = np.array([[[0, 0], [100, 100]], [[2, 0], [100, 100]], [[9, 0], [100, 100]], [[0, 0], [0, 0]]], dtype=float)
    is_there = np.array([[1, 1], [1, 1], [1, 1], [0, 0]], dtype=bool)

    first, second, likeness = keypoints_alike([0] * 4, points, is_there, [0.05, 0.05])

    told = dict(zip(zip(first.tolist(), second.tolist(), strict=True), likeness.tolist(), strict=True))
    assert told[0, 1] > told[0, 2]
    assert all(3 not in pair for pair in told)
    assert max(told.values()) <= 1


def test_masks_share_what_both_cover():
    masks = np.zeros((3, 4, 4), dtype=bool)
    masks[0, :2], masks[1, :1], masks[2, 3] = True, True, True

    first, second, likeness = masks_alike([0] * 3, masks)

    assert (first.tolist(), second.tolist(), likeness.tolist()) == ([0], [1], [0.5])


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(1, 15)), max_size=25))
def test_the_sweep_finds_every_pair_that_overlaps(marks):
    groups, starts = [each[0] for each in marks], [each[1] for each in marks]
    ends = [each[1] + each[2] for each in marks]

    first, second, likeness = spans_alike(groups, starts, ends)

    expected = {
        (i, j)
        for j in range(len(marks))
        for i in range(j)
        if groups[i] == groups[j] and starts[i] < ends[j] and starts[j] < ends[i]
    }
    assert {*zip(first.tolist(), second.tolist(), strict=True)} == expected
    assert len(expected) == first.size
    assert ((likeness > 0) & (likeness <= 1)).all()


# ----------------------------------------------------------------------------------------------------------- bad input --
@pytest.mark.parametrize(
    ("reason", "wrong"),
    [
        ("columns", lambda: match([0, 1], [0], [0], ([], [], []))),
        ("not-answered", lambda: match([0], [0], [1], ([], [], []))),
        ("not-answered", lambda: match([0, 1], [0, 0], [0, 1], ([0], [1], [0.5]))),
        ("not-finite", lambda: match([0, 0], [0, 1], [0, 1], ([0], [1], [np.nan]))),
        ("shape", lambda: spans_alike([0], [3], [3])),
        ("not-finite", lambda: spans_alike([0], [np.nan], [3])),
        ("shape", lambda: boxes_alike([0], [[0, 0, 1]])),
        ("shape", lambda: polygons_alike([0], [[[0, 0], [1, 1]]])),
        ("shape", lambda: masks_alike([0], np.zeros((2, 2)))),
        ("columns", lambda: boundaries([0], [0, 1], [[1.0]])),
    ],
    ids=["rows", "owner", "pair-of-two-tasks", "nan", "empty-span", "nan-span", "box", "polygon", "mask", "boundaries"],
)
def test_what_cannot_be_laid_over_each_other_is_refused(reason, wrong):
    with pytest.raises(StructureUndefined) as refused:
        wrong()

    assert refused.value.reason == reason


def test_the_median_lies_in_the_middle_of_the_weight():
    assert weighted_median([1, 2, 9], [1, 1, 1]) == 2
    assert weighted_median([1, 2], [1, 1]) == 1.5
    assert weighted_median([1, 2, 9], [1, 1, 5]) == 9
