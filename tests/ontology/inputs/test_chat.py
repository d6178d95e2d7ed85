"""Conversations: every usual form becomes threads of turns, every part has an address, nothing hidden leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from foreign import foreign
from hypothesis import assume, given, settings

from evenhand.core.canonical import canonical_json, unfit_parts
from evenhand.ontology.inputs.chat import Settings, kind

SHOWN = Settings()
WORDS = ("threads", "turns", "messages", "responses", "role", "content", "user", "assistant", "tool", "id", "type", "text",
 "prompt",
         "chosen", "rejected", "tool_calls", "tool_call", "tool_result", "call", "name", "function", "arguments", "from", "value",
         "conversations", "human", "image", "blob", "json", "m1", "t1", "r1")  # fmt: skip

# A conversation in our own form.
WHOLE = json.loads((Path(__file__).parent / "chat.json").read_text(encoding="utf-8"))


def texts(messages):
    return [(message["role"], message["content"][0]["text"]) for message in messages]


def test_a_conversation_in_our_own_form_is_stored_as_it_is():
    assert kind.check(SHOWN, WHOLE) == []
    assert canonical_json(kind.clean(SHOWN, WHOLE)) == canonical_json(WHOLE)


def test_every_part_has_its_address_in_document_order():
    parts = kind.parts("chat", SHOWN, WHOLE)

    assert [(part.address, part.type) for part in parts] == [
        ("chat", "input"), ("chat/th1", "thread"), ("chat/t1", "turn"),
        ("chat/m0", "message"), ("chat/m0/0", "block"), ("chat/m1", "message"), ("chat/m1/0", "block"), ("chat/m1/1", "block"),
        ("chat/r1", "response"),
        ("chat/m2", "message"), ("chat/m2/0", "block"), ("chat/m2/1", "block"), ("chat/c1", "call"),
        ("chat/m3", "message"), ("chat/m3/0", "block"), ("chat/m4", "message"), ("chat/m4/0", "block"),
    ]  # fmt: skip
    by_address = {part.address: part for part in parts}
    assert by_address["chat/t1"].children == ("chat/m0", "chat/m1", "chat/r1")
    assert by_address["chat/t1"].facts == {"responses": 1}
    assert by_address["chat/m2"].facts == {"role": "assistant", "by": "model", "has": ["reasoning", "tool_call"]}
    assert by_address["chat/m4/0"].text == "Dry, 20 °C."


def test_a_list_of_openai_messages_becomes_turns_that_begin_with_each_user_message():
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": [{"type": "text", "text": "And now?"}]},
    ]

    (thread,) = kind.clean(SHOWN, messages)["threads"]

    first, second = thread["turns"]
    assert texts(first["messages"]) == [("system", "Be brief."), ("user", "Hi")]
    assert [response["id"] for response in first["responses"]] == ["r1"]
    assert first["chosen"] == "r1"
    assert texts(first["responses"][0]["messages"]) == [("assistant", "Hello")]
    assert texts(second["messages"]) == [("user", "And now?")]
    assert "responses" not in second


def test_tool_calls_and_their_results_are_one_response_and_keep_odd_argument_texts():
    messages = [
        {"role": "user", "content": "Rain?"},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "call/1", "type": "function", "function": {"name": "w", "arguments": '{"city": "Jinan"}'}},
            {"id": "call_2", "type": "function", "function": {"name": "w", "arguments": "{not json"}},
        ]},
        {"role": "tool", "tool_call_id": "call/1", "content": "20 C"},
        {"role": "assistant", "content": "Dry."},
    ]  # fmt: skip

    assert kind.check(SHOWN, messages) == []
    (turn,) = kind.clean(SHOWN, messages)["threads"][0]["turns"]
    (response,) = turn["responses"]
    first, second = response["messages"][0]["content"]
    assert first == {"type": "tool_call", "id": "c1", "source_id": "call/1", "name": "w", "arguments": {"city": "Jinan"},
                     "arguments_text": '{"city": "Jinan"}'}  # fmt: skip
    assert second == {"type": "tool_call", "id": "call_2", "name": "w", "arguments_text": "{not json"}
    assert response["messages"][1]["content"][0]["call"] == "c1"
    assert response["messages"][2]["content"] == [{"type": "text", "text": "Dry."}]


def test_a_result_without_its_call_is_accepted_with_a_warning():
    messages = [{"role": "user", "content": "?"}, {"role": "tool", "tool_call_id": "lost", "content": "20 C"}]

    assert [(each.code, each.is_warning) for each in kind.check(SHOWN, messages)] == [("dangling_reference", True)]


def test_a_prompt_with_responses_is_one_turn_to_compare():
    chat = kind.clean(SHOWN, {"prompt": "Rain?", "responses": ["No.", {"model": "m-7", "text": "Yes."}]})

    (turn,) = chat["threads"][0]["turns"]
    assert texts(turn["messages"]) == [("user", "Rain?")]
    assert [texts(response["messages"]) for response in turn["responses"]] == [
        [("assistant", "No.")],
        [("assistant", "Yes.")],
    ]
    assert turn["responses"][1]["model"] == {"name": "m-7"}
    assert "chosen" not in turn


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Rain?", "chosen": "No.", "rejected": "Go away."},
        {"prompt": "Rain?", "chosen": "Go away.", "rejected": "No."},
        {"chosen": "\n\nHuman: Rain?\n\nAssistant: No.", "rejected": "\n\nHuman: Rain?\n\nAssistant: Go away."},
        {
            "chosen": [{"role": "user", "content": "Rain?"}, {"role": "assistant", "content": "No."}],
            "rejected": [{"role": "user", "content": "Rain?"}, {"role": "assistant", "content": "Go away."}],
        },
    ],
)
def test_chosen_and_rejected_do_not_show_which_was_which(row):
    chat = kind.visible(SHOWN, kind.clean(SHOWN, row))

    (turn,) = chat["threads"][0]["turns"]
    assert texts(turn["messages"]) == [("user", "Rain?")]
    assert [texts(response["messages"]) for response in turn["responses"]] == [
        [("assistant", "No.")],
        [("assistant", "Go away.")],
    ]
    assert all(response.keys() == {"id", "messages"} for response in turn["responses"])


def test_sharegpt_conversations_are_read():
    raw = {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]}

    (turn,) = kind.clean(SHOWN, raw)["threads"][0]["turns"]
    assert texts([*turn["messages"], *turn["responses"][0]["messages"]]) == [("user", "Hi"), ("assistant", "Hello")]


def test_models_and_sources_are_hidden_unless_the_settings_show_them():
    (response,) = kind.visible(SHOWN, WHOLE)["threads"][0]["turns"][0]["responses"]
    assert response.keys() == {"id", "messages"}

    everything = kind.visible(Settings(hide=[]), WHOLE)
    assert everything == WHOLE


def test_hidden_reasoning_leaves_its_place_so_that_addresses_stay():
    (turn,) = kind.visible(Settings(hide=["reasoning", "by"]), WHOLE)["threads"][0]["turns"]

    message = turn["responses"][0]["messages"][0]
    assert message["content"][0] == {"type": "reasoning", "redacted": True}
    assert message["content"][1]["type"] == "tool_call"
    assert "by" not in message


def test_ids_that_do_not_fit_are_made_and_kept_as_source_ids():
    chat = kind.clean(SHOWN, {"threads": [{"turns": [{"messages": [
        {"id": "a b", "role": "user", "content": "x"}, {"id": "m1", "role": "user", "content": "y"}]}]}]})  # fmt: skip

    first, second = chat["threads"][0]["turns"][0]["messages"]
    assert (first["id"], first["source_id"], second["id"]) == ("m2", "a b", "m1")


def test_an_id_that_stands_twice_is_refused():
    chat = {"threads": [{"id": "x", "turns": [{"id": "x", "messages": [{"role": "user", "content": "x"}]}]}]}

    assert [each.code for each in kind.check(SHOWN, chat)] == ["duplicate_id"]


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        (17, "", "bad_value"),
        ({"foo": 1}, "", "bad_value"),
        ([], "", "bad_value"),
        ([{"role": "wizard", "content": "x"}], "/0/role", "unknown_option"),
        ({"messages": [{"role": "user", "content": 5}]}, "/messages/0/content", "bad_value"),
        ({"threads": [{"turns": [{"messages": [7]}]}]}, "/threads/0/turns/0/messages/0", "bad_value"),
        ({"threads": [{"turns": [{"messages": [{"role": "user", "content": "x"}], "chosen": "r9"}]}]},
         "/threads/0/turns/0/chosen", "dangling_reference"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]}],
         "/0/content/0", "unreadable_media"),
        ([{"role": "user", "content": "x", "by": "edited"}], "/0/edited_from", "bad_value"),
    ],
)  # fmt: skip
def test_defects_are_named_where_they_stand(content, pointer, code):
    assert (pointer, code) in [(each.pointer, each.code) for each in kind.check(SHOWN, content)]


def test_a_prompt_and_two_replies_in_columns_of_their_own_are_a_turn_with_two_responses():
    row = {"input": "Rain in Jinan?", "output_1": "Dry.", "output_2": "No.", "label": "1"}

    chat = kind.clean(SHOWN, row)

    turn = chat["threads"][0]["turns"][0]
    assert [each["messages"][0]["content"][0]["text"] for each in turn["responses"]] == ["Dry.", "No."]
    assert turn["messages"][0]["content"][0]["text"] == "Rain in Jinan?"


def test_an_unknown_block_is_kept_word_for_word():
    odd = {"type": "hologram", "depth": 3}

    chat = kind.clean(SHOWN, [{"role": "user", "content": [odd]}])

    assert chat["threads"][0]["turns"][0]["messages"][0]["content"] == [
        {"type": "unknown", "source_type": "hologram", "source": odd}
    ]


@settings(max_examples=300)
@given(foreign(*WORDS))
def test_foreign_json_is_refused_or_stored_but_never_raises(content):
    # What I-JSON refuses never reaches a kind.
    assume(not unfit_parts(content))

    problems = kind.check(SHOWN, content)

    if all(each.is_warning for each in problems):
        stored = kind.clean(SHOWN, content)
        assert kind.check(SHOWN, stored) == [] or all(each.is_warning for each in kind.check(SHOWN, stored))
        assert kind.clean(SHOWN, stored) == stored
        addresses = [part.address for part in kind.parts("chat", SHOWN, stored)]
        assert len(set(addresses)) == len(addresses)
        kind.visible(Settings(hide=["text", "by"]), stored)
        assert isinstance(kind.text_of(SHOWN, stored), str)


@pytest.mark.parametrize("content", list(kind.examples()))
def test_examples_pass_and_are_stable(content):
    assert kind.check(SHOWN, content) == []
    stored = kind.clean(SHOWN, content)
    assert kind.clean(SHOWN, stored) == stored
