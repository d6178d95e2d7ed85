"""Segments of a recording: what is refused, how far two are apart, which stretch stands for several."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ontology.inputs.audio import kind as audio
from evenhand.ontology.kind import Shown
from evenhand.ontology.questions.ticks import clashes, shared
from evenhand.ontology.questions.time_segment import Settings, kind

CONTENT = {"media": {"samples": 16_000, "sample_rate": 8_000, "channels": 2}}
PARTS = {part.address: part for part in audio.parts("call", audio.Settings(), CONTENT)}
SHOWN = Shown(PARTS["call"], PARTS)
stretches = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda ends: (min(ends), max(ends)))


def segment(start, end, id="a", **more):
    return {"id": id, "start": start, "end": end, **more}


def value(*regions):
    return {"regions": list(regions)}


def check(*regions, **given):
    return [(each.pointer, each.code) for each in kind.check(Settings(**given), value(*regions), SHOWN)]


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        (segment(0, 16_001), ("/regions/0/end", "out_of_bounds")),
        (segment(-1, 5), ("/regions/0/start", "out_of_bounds")),
        (segment(0.5, 5), ("/regions/0/start", "bad_value")),
        (segment(True, 5), ("/regions/0/start", "bad_value")),
        (segment(float("nan"), 5), ("/regions/0/start", "bad_value")),
        ({"id": "a", "start": 3}, ("/regions/0", "bad_value")),
        (segment(9, 5), ("/regions/0/end", "degenerate")),
        (segment(5, 5), ("/regions/0/end", "degenerate")),
        (segment(0, 5, channel="c0"), ("/regions/0/channel", "not_allowed")),
        (segment(0, 5, on="call/c0"), ("/regions/0/on", "bad_target")),
    ],
)
def test_what_is_no_segment_is_refused_with_its_place(region, expected):
    assert check(region) == [expected]


def test_moments_channels_and_durations_are_as_the_question_asks():
    assert check(segment(5, 5), points=True) == []
    assert check(segment(5, 5, channel="c1"), points=True, channels=True) == []
    assert check(segment(0, 5, channel="c2"), channels=True) == [("/regions/0/channel", "unknown_target")]
    assert check(segment(0, 5), channels=True) == [("/regions/0/channel", "unknown_target")]
    assert check(segment(0, 79), min_ms=10) == [("/regions/0/end", "count")]
    assert check(segment(0, 80), min_ms=10, max_ms=10) == []
    assert check(segment(0, 81), max_ms=10) == [("/regions/0/end", "count")]


def test_segments_overlap_as_far_as_the_question_lets_them():
    labels = [{"value": "speech"}, {"value": "music"}]
    two = [segment(0, 100, label="speech"), segment(99, 200, id="b", label="music")]
    alike = [two[0], {**two[1], "label": "speech"}]

    assert check(*two, labels=labels) == []
    assert check(*two, labels=labels, overlap="between_labels") == []
    assert check(*two, labels=labels, overlap="forbid") == [("/regions/1/start", "overlap_forbidden")]
    assert check(*alike, labels=labels, overlap="between_labels") == [("/regions/1/start", "overlap_forbidden")]
    assert check(segment(0, 100), segment(100, 200, id="b"), overlap="forbid") == []
    assert check(segment(0, 9, channel="c0"), segment(0, 9, "b", channel="c1"), overlap="forbid", channels=True) == []


def test_nothing_is_marked_where_nothing_runs_in_time():
    from evenhand.ontology.kind import Part

    text = Part("text", "input", "text", "text", text="Hello")

    (refused,) = kind.check(Settings(), value(segment(0, 5)), Shown(text, {"text": text}))

    assert refused.code == "bad_target"


def test_settings_that_nothing_meets_are_refused():
    problems = kind.check_settings(Settings(min_ms=20, max_ms=10, points=True), {})

    assert [each.pointer for each in problems] == ["/max_ms", "/points"]


def test_two_segments_are_as_far_apart_as_they_do_not_overlap():
    half = kind.distance(Settings(), value(segment(0, 100)), value(segment(50, 100, id="z")), SHOWN)
    lone = kind.distance(Settings(max=1), value(segment(0, 100)), value(segment(50, 100, id="z")), SHOWN)

    assert (half, lone) == (0.25, 0.5)
    assert kind.distance(Settings(), value(segment(0, 100)), value(segment(100, 200)), SHOWN) == 1
    assert kind.distance(Settings(), value(), value(), SHOWN) == 0
    # A tenth of a second is as far as moments reach: 800 ticks.
    near = kind.distance(Settings(points=True, max=1), value(segment(0, 0)), value(segment(400, 400)), SHOWN)
    assert near == pytest.approx(0.5)


def test_the_ends_of_the_merged_segment_are_the_medians_of_all():
    answers = [value(segment(start, end)) for start, end in ((100, 1_000), (110, 1_020), (90, 1_400))]

    found = kind.merge(Settings(), answers, [1.0] * 3, SHOWN)

    assert found.value == value({"id": "a", "start": 100, "end": 1_020})
    assert found.status == "resolved"
    # The longest of the three overlaps it by less than three quarters.
    assert found.regions[0].place == pytest.approx(2 / 3)


def test_channels_are_never_one():
    answers = [value(segment(0, 100, channel=name)) for name in ("c0", "c0", "c1")]

    found = kind.merge(Settings(channels=True), answers, [1.0] * 3, SHOWN)

    assert [region["channel"] for region in found.value["regions"]] == ["c0"]


@given(stretches, stretches)
def test_what_is_shared_is_symmetric_and_whole_for_equals_alone(a, b):
    assert shared(a, b, 100) == shared(b, a, 100)
    assert (shared(a, b, 100) == 1) == (a == b)


@given(st.lists(stretches, max_size=12))
def test_clashes_are_all_pairs_that_share_a_tick(found):
    def do_clash(a, b):
        ticks = set(range(*a)) & set(range(*b)) if a[0] < a[1] and b[0] < b[1] else set()
        within = (a[0] == a[1] and b[0] < a[0] < b[1]) or (b[0] == b[1] and a[0] < b[0] < a[1])
        return bool(ticks) or within or a == b

    pairs = {frozenset(pair) for pair in clashes(found)}

    expected = {frozenset((i, j)) for i in range(len(found)) for j in range(i) if do_clash(found[i], found[j])}
    assert pairs == expected
