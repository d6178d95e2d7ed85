"""Transcripts: what is refused, how far two are apart, which words and segments stand for several."""

from __future__ import annotations

import pytest

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.inputs.audio import kind as audio
from evenhand.ontology.kind import Part, Shown
from evenhand.ontology.questions.transcript import LENGTH_MAX, Settings, kind

CONTENT = {"media": {"samples": 16_000, "sample_rate": 8_000, "channels": 2}}
PARTS = {part.address: part for part in audio.parts("call", audio.Settings(), CONTENT)}
SHOWN = Shown(PARTS["call"], PARTS)
PEOPLE = [{"value": "A"}, {"value": "B"}]


def segment(start, end, text="Hello.", id="a", **more):
    return {"id": id, "start": start, "end": end, "text": text, **more}


def value(*segments):
    return {"segments": list(segments)}


def said(*texts):
    """Texts one after the other, a second each."""
    return value(*(segment(at * 8_000, (at + 1) * 8_000, text, f"k{at + 1}") for at, text in enumerate(texts)))


def check(*segments, shown=SHOWN, **given):
    return [(each.pointer, each.code) for each in kind.check(Settings(**given), value(*segments), shown)]


def distance(a, b, **given):
    return kind.distance(Settings(**given), a, b, NOWHERE)


def merged(*answers, **given):
    return kind.merge(Settings(**given), list(answers), [1.0] * len(answers), SHOWN)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (segment(0, 16_001), ("/segments/0/end", "out_of_bounds")),
        (segment(-1, 5), ("/segments/0/start", "out_of_bounds")),
        (segment(0.5, 5), ("/segments/0/start", "bad_value")),
        (segment(5, 5), ("/segments/0/end", "degenerate")),
        (segment(0, 5, id="k 1"), ("/segments/0/id", "bad_value")),
        (segment(0, 5, " \n"), ("/segments/0/text", "missing_answer")),
        (segment(0, 5, 7), ("/segments/0/text", "bad_value")),
        ({"id": "a", "start": 0, "end": 5}, ("/segments/0", "bad_value")),
        (segment(0, 5, speaker="A"), ("/segments/0/speaker", "unknown_option")),
        (segment(0, 5, words=[[0, 5]]), ("/segments/0/words", "unknown_field")),
        ("Hello.", ("/segments/0", "bad_value")),
    ],
)
def test_what_is_no_segment_is_refused_with_its_place(given, expected):
    assert check(given) == [expected]


def test_segments_stand_in_the_order_of_their_beginnings_each_with_an_id_of_its_own():
    assert check(segment(0, 9), segment(5, 8, id="b"), segment(5, 9, id="c")) == []
    assert check(segment(5, 9), segment(0, 9, id="b")) == [("/segments/1/start", "bad_value")]
    assert check(segment(5, 9, id="b"), segment(5, 9, id="a")) == [("/segments/1/start", "bad_value")]
    assert check(segment(0, 9), segment(5, 9)) == [("/segments/1/id", "duplicate_value")]
    assert check() == []


def test_speakers_and_tags_are_those_that_are_offered():
    spoken = segment(0, 9, speaker="B")

    assert check(spoken, speakers=PEOPLE) == []
    assert check({**spoken, "speaker": "C"}, speakers=PEOPLE) == [("/segments/0/speaker", "unknown_option")]
    assert check(segment(0, 9), speakers=PEOPLE) == [("/segments/0", "unknown_option")]
    tags = [{"value": "laughs"}, {"value": "bruit à côté"}]
    assert check(segment(0, 9, "So [laughs] it is [bruit a\u0300 côté]."), conventions=tags) == []
    assert check(segment(0, 9, "So [coughs]."), conventions=tags) == [("/segments/0/text", "unknown_option")]
    assert check(segment(0, 9, "So [laughs."), conventions=tags) == [("/segments/0/text", "bad_value")]
    assert check(segment(0, 9, "So [coughs].")) == []


def test_a_recording_that_is_not_cut_has_one_segment_as_long_as_it_is():
    assert check(segment(0, 16_000), segments="none") == []
    assert check(segment(0, 15_999), segments="none") == [("/segments/0/end", "out_of_bounds")]
    assert check(segment(0, 9), segment(9, 16_000, id="b"), segments="none") == [("/segments", "limit")]
    channel = Shown(PARTS["call/c1"], PARTS)
    assert check(segment(0, 16_000), segments="none", shown=channel) == []


def test_all_texts_together_are_bounded_and_what_runs_in_no_time_has_no_transcript():
    long = [segment(at, at + 1, "ab " * 5_000, f"k{at}") for at in range(LENGTH_MAX // 15_000 + 1)]

    assert check(*long) == [("/segments", "too_long")]
    text = Part("text", "input", "text", "text", text="Hello")
    assert check(segment(0, 5), shown=Shown(text, {"text": text})) == [("/segments/0", "bad_target")]


def test_settings_that_cannot_be_told_apart_or_written_are_refused():
    settings = Settings(speakers=[{"value": "A"}, {"value": "a"}], conventions=[{"value": "[noise]"}, {"value": " x"}])

    problems = kind.check_settings(settings, {})

    assert [each.pointer for each in problems] == ["/speakers/1/value", "/conventions/0/value", "/conventions/1/value"]


def test_the_distance_is_the_share_of_words_to_be_edited_wherever_they_are_cut():
    one, other = said("The cat sat on the mat."), said("the cat", "sat, on mat")

    assert distance(one, other) == pytest.approx(1 / 6)
    assert distance(one, said("THE CAT sat", "on — the “mat”")) == 0
    assert distance(one, said("THE CAT sat", "on the mat"), compare={"case": True}) == pytest.approx(2 / 6)
    assert distance(one, said("The cat sat on the mat"), compare={"punctuation": True}) == pytest.approx(1 / 6)
    assert distance(said(), said()) == 0
    assert distance(said(), one) == 1
    # Of characters, spaces are some; a letter with its accent is one, however it was typed.
    assert distance(said("abc d"), said("abd d"), compare={"unit": "characters"}) == pytest.approx(1 / 5)
    assert distance(said("é"), said("e\u0301"), compare={"unit": "characters"}) == 0


def test_a_word_of_another_speaker_is_another_word():
    first = value(segment(0, 9, "So it is.", speaker="A"))
    second = value(segment(0, 9, "So it is.", speaker="B"))

    assert distance(first, second, speakers=PEOPLE) == 1
    assert distance(first, second) == 0


def test_the_merged_words_are_the_likeliest_though_nobody_wrote_them_all_in_the_segments_of_the_nearest():
    heard = [said("The cat sat", "on mat."), said("The cat sad", "on the mat."), said("The hat sat on the", "mat")]

    found = merged(*heard)

    assert [each["text"] for each in found.value["segments"]] == ["The cat sat", "on the mat."]
    assert [each["start"] for each in found.value["segments"]] == [0, 8_000]
    assert (found.method, found.status, found.answers) == ("words", "resolved", 3)
    assert 0.5 < found.probability < 1
    assert found == merged(*heard[::-1])


def test_segments_in_which_nothing_is_left_are_dropped_and_of_two_nobody_is_right():
    heard = [said("Yes.", "Um."), said("Yes."), said("Yes.")]

    assert merged(*heard).value == said("Yes.")
    assert merged(*heard[:2]).status == "tied"
    assert merged(said(), said(), said("Um.")).value == value()


def test_merged_words_that_break_the_conventions_give_way_to_somebody_s_own():
    tags = {"conventions": [{"value": "a"}], "compare": {"unit": "characters", "punctuation": True}}
    heard = [said("[a]"), said("x"), said("[a] x")]

    found = merged(*heard, **tags)

    assert kind.check(Settings(**tags), found.value, SHOWN) == []


def test_characters_are_merged_without_spaces_between_them():
    heard = [said("日本語です"), said("日本語てす"), said("日木語です")]

    assert merged(*heard, compare={"unit": "characters"}).value == said("日本語です")


def test_changed_settings_are_classed():
    def classes(old, new):
        return [each for each, _ in kind.compatibility(Settings(**old), Settings(**new))]

    assert classes({}, {"speakers": PEOPLE}) == ["widening", "narrowing"]
    assert classes({"segments": "none"}, {}) == ["narrowing"]
    assert classes({"conventions": PEOPLE}, {}) == ["widening"]
    assert classes({}, {"compare": {"case": True}}) == ["cosmetic"]
