"""Offsets count code points of the stored text; UTF-16 and grapheme clusters are views of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ontology.questions.offsets import (
    from_utf16,
    grapheme_boundaries,
    jaccards,
    overlaps,
    splits_grapheme,
    to_utf16,
)

ANNOTATION = "💩This is an annotation."
FIRE_FIGHTER = "👨🏻‍🚒"
CLUSTERS = FIRE_FIGHTER + "e\u0301" + "🇩🇪"
MIXED = [
    ANNOTATION,
    CLUSTERS,
    "plain",
    "שלום, world",
    "Grüße\r\naus Köln",
    "한국어 각",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🏳️‍🌈",
]


def test_a_word_after_an_emoji_has_other_offsets_in_utf16():
    assert ANNOTATION[12:22] == "annotation"
    assert (to_utf16(ANNOTATION, 12), to_utf16(ANNOTATION, 22)) == (13, 23)


def test_an_offset_inside_a_surrogate_pair_is_refused():
    with pytest.raises(ValueError, match="UTF-16 offset 1"):
        from_utf16(ANNOTATION, 1)
    with pytest.raises(ValueError, match="UTF-16 offset 99"):
        from_utf16(ANNOTATION, 99)


@pytest.mark.parametrize("text", MIXED)
def test_every_boundary_returns_through_utf16(text):
    units = [len(text[:offset].encode("utf-16-le")) // 2 for offset in range(len(text) + 1)]

    assert [to_utf16(text, offset) for offset in range(len(text) + 1)] == units
    assert [from_utf16(text, unit) for unit in units] == list(range(len(text) + 1))


def test_eight_code_points_may_be_three_characters_to_a_reader():
    assert len(CLUSTERS) == 8
    assert sorted(grapheme_boundaries(CLUSTERS)) == [0, 4, 6, 8]
    assert [offset for offset in range(9) if splits_grapheme(CLUSTERS, offset)] == [1, 2, 3, 5, 7]


@given(st.text())
def test_the_short_cut_for_ascii_agrees_with_the_clusters(text):
    for offset in range(len(text) + 1):
        assert splits_grapheme(text, offset) == (offset not in grapheme_boundaries(text))


@st.composite
def spans(draw):
    ends = sorted(draw(st.lists(st.integers(0, 30), min_size=2, max_size=6, unique=True)))
    return list(zip(ends[::2], ends[1::2], strict=False))


def points(ranges):
    return {point for start, end in ranges for point in range(start, end)}


@given(st.lists(spans(), max_size=5), st.lists(spans(), max_size=5))
def test_jaccard_is_shared_over_joint_code_points(ours, theirs):
    expected = {
        (i, j): len(points(a) & points(b)) / len(points(a) | points(b))
        for i, a in enumerate(ours)
        for j, b in enumerate(theirs)
        if points(a) & points(b)
    }

    assert jaccards(ours, theirs) == pytest.approx(expected)


def test_spans_that_only_touch_do_not_overlap():
    assert list(overlaps([[(0, 5)], [(5, 9)]])) == []
    assert list(overlaps([[(0, 5)], [(4, 9)]])) == [(0, 1, 1)]
