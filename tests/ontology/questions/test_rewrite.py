"""Rewrites: what is refused, what they are about, how far two are apart, and how much of a text was changed."""

from __future__ import annotations

import hashlib

import pytest

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.kind import Part, Shown
from evenhand.ontology.ontology import Ontology
from evenhand.ontology.questions.rewrite import Settings, base_of, effort, kind, text_of

DRAFT = "The train leaves at half past seven."
SHOWN = Shown(Part("draft", "input", "draft", "text", text=DRAFT), {"draft": Part("draft", "input", text=DRAFT)})


def rewritten(text, base=DRAFT):
    return {"base": base_of(base), "text": text}


def codes(problems):
    return [(each.pointer, each.code) for each in problems]


@pytest.mark.parametrize(
    ("settings", "value", "expected"),
    [
        ({}, rewritten("The train leaves at 6:30."), []),
        ({}, rewritten(DRAFT), []),
        ({"require_change": True}, rewritten(DRAFT), [("/text", "missing_answer")]),
        ({"require_change": True}, rewritten(DRAFT + "!"), []),
        ({"min_change": 0.5}, rewritten("The train leaves at half past six."), [("/text", "count")]),
        ({"min_change": 0.5}, rewritten("It goes at half past six."), []),
        ({}, rewritten("   \n"), [("/text", "missing_answer")]),
        ({}, rewritten("x" * 200_001), [("/text", "too_long")]),
        ({}, rewritten("Better.", base="Another text."), [("/base", "wrong_base")]),
        ({}, {"base": base_of(DRAFT).upper(), "text": "Better."}, [("/base", "wrong_base")]),
        ({}, {"base": None, "text": 7}, [("/base", "bad_value"), ("/text", "bad_value")]),
        ({}, {**rewritten("Better."), "diff": []}, [("", "unknown_field")]),
        ({}, "Better.", [("", "bad_value")]),
    ],
)
def test_every_defect_is_named_at_its_place(settings, value, expected):
    assert codes(kind.check(Settings(**settings), value, SHOWN)) == expected


def test_the_base_is_the_plain_digest_of_the_texts_bytes():
    text = "Größe 💩 e\u0301"

    assert base_of(text) == "sha256:" + hashlib.sha256(text.encode("utf-8")).hexdigest()
    assert base_of("é") != base_of("e\u0301")


CHAT = {
    "threads": [
        {
            "turns": [
                {
                    "messages": [{"role": "user", "content": "Rain?"}],
                    "responses": [
                        {
                            "messages": [
                                {
                                    "role": "assistant",
                                    "content": [
                                        {"type": "reasoning", "text": "Think."},
                                        {"type": "text", "text": "I look."},
                                        {"type": "tool_call", "name": "weather", "arguments": {}, "id": "c1"},
                                    ],
                                },
                                {"role": "tool", "content": [{"type": "tool_result", "call": "c1", "content": "20"}]},
                                {"role": "assistant", "content": "Dry."},
                            ]
                        },
                        {
                            "messages": [
                                {
                                    "role": "assistant",
                                    "content": [
                                        {"type": "tool_call", "name": "weather", "arguments": {}, "id": "c2"},
                                    ],
                                }
                            ]
                        },
                    ],
                }
            ]
        }
    ]
}


def test_of_a_reply_what_it_says_is_rewritten_not_what_it_thought_or_called():
    ontology = Ontology.compile({
        "format": "evenhand-ontology/1", "name": "one", "language": "en",
        "inputs": [{"name": "chat", "kind": "chat"}],
        "questions": [
            {"name": "edit", "kind": "rewrite", "text": "Edit.", "target": {"each": "response", "of": "chat"}}
        ],
    })  # fmt: skip
    item = ontology.clean_item({"inputs": {"chat": CHAT}})
    parts = ontology.parts(item)
    spoken, silent = (Shown(parts[address], parts) for address in ("chat/r1", "chat/r2"))

    assert text_of(spoken) == "I look.\n\nDry."
    assert kind.check(Settings(), rewritten("It is dry.", base="I look.\n\nDry."), spoken) == []
    assert text_of(silent) is None
    assert codes(kind.check(Settings(), rewritten("It is dry."), silent)) == [("", "bad_target")]


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [
        ("a b c d", "a b c d", 0),
        ("a b c d", "a x c d", 1 / 4),
        ("a b c d", "a b c d e", 1 / 5),
        ("a b", "c d", 1),
        ("", "a", 1),
        ("a  b", "a b", 0),
    ],
)
def test_effort_is_the_share_of_words_that_were_changed(before, after, share):
    assert effort(before, after) == pytest.approx(share) == pytest.approx(effort(after, before))


def test_results_of_one_text_are_apart_by_their_words_and_of_different_texts_wholly():
    apart = kind.distance(Settings(), rewritten("It leaves at six."), rewritten("It leaves at seven."), SHOWN)

    assert apart == pytest.approx(1 / 4)
    assert kind.distance(Settings(), rewritten("Same."), rewritten("Same.", base="Another."), SHOWN) == 1


def test_of_several_results_the_one_nearest_to_all_stands_as_it_was_written():
    said = [rewritten("It leaves at six."), rewritten("It leaves at half six."), rewritten("No idea.")]

    merged = kind.merge(Settings(), [*said, said[0]], [1.0] * 4, SHOWN)

    assert (merged.status, merged.value) == ("resolved", said[0])
    assert merged.probability == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("old", "new", "classes"),
    [
        ({}, {"require_change": True}, ["narrowing"]),
        ({"min_change": 0.5}, {"min_change": 0.25}, ["widening"]),
        ({"min_change": 0.5}, {"require_change": True}, ["narrowing", "widening"]),
        ({}, {"track": True}, ["cosmetic"]),
    ],
)
def test_a_change_of_settings_is_classed_by_what_it_asks_for(old, new, classes):
    assert [each for each, _ in kind.compatibility(Settings(**old), Settings(**new))] == classes


def test_a_result_moves_with_its_settings_while_nothing_more_is_asked_for():
    assert kind.migrate(Settings(), Settings(track=True), rewritten("Better.")) == rewritten("Better.")
    assert kind.check(Settings(), {"base": "sha256:zz", "text": "Better."}, NOWHERE)
