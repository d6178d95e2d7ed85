"""Pictures in conversations: found in every usual form, each with its place; checked where stored, hidden with what hides them."""

from __future__ import annotations

import copy

import pytest

from evenhand.ontology.inputs.chat import Settings, kind
from evenhand.ontology.media import with_files

SHOWN = Settings()
ADDRESS = "https://example.org/street.png"
STORED = {
    "blob": "019303bc-6a80-7c4e-9b1e-0d6c39b0a003",
    "digest": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "media_type": "image/png",
    "bytes": 5120,
    "name": "street.png",
    "media": {"width": 640, "height": 480, "stored_width": 640, "stored_height": 480, "orientation": 1},
}


def asked(*blocks):
    return [{"role": "user", "content": [{"type": "text", "text": "Where is this?"}, *blocks]}]


def brought(content, facts=STORED):
    """The content as the import makes it: every file that it names is stored."""
    named = kind.files_named(content)
    return with_files(content, {each.pointer: {**each.kept, **facts} for each in named})


def pictures(stored):
    return [each.content for each in kind.files_shown(stored)]


@pytest.mark.parametrize(
    ("block", "named"),
    [
        ({"type": "image", "upload": STORED["blob"]}, None),
        ({"type": "image", "blob": STORED["blob"]}, None),
        ({"type": "image", "url": ADDRESS}, None),
        ({"type": "image_url", "image_url": {"url": ADDRESS, "detail": "low"}}, ADDRESS),
        ({"type": "input_image", "image_url": ADDRESS}, ADDRESS),
        ({"type": "image", "source": {"type": "url", "url": ADDRESS}}, ADDRESS),
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
            "data:image/png;base64,AAAA",
        ),
        ({"type": "image", "data": "AAAA", "mimeType": "image/png"}, "data:image/png;base64,AAAA"),
        ({"type": "image", "image": ADDRESS}, ADDRESS),
    ],
    ids=["upload", "blob", "url", "openai-chat", "openai-responses", "anthropic-url", "anthropic-data", "mcp", "inspect"],
)  # fmt: skip
def test_a_picture_is_found_in_every_usual_form_and_stored_in_ours(block, named):
    content = asked(block)

    [found] = kind.files_named(content)
    stored = kind.clean(SHOWN, brought(content))

    assert (found.pointer, found.content) == ("/0/content/1", named or block)
    assert kind.check(SHOWN, brought(content)) == []
    assert pictures(stored) == [{"type": "image", **STORED}]


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        ({"messages": asked({"type": "image", "url": ADDRESS})}, "/messages/0/content/1"),
        ({"prompt": "Which?", "responses": [{"text": [{"type": "image", "url": ADDRESS}]}]}, "/responses/0/text/0"),
        ({"prompt": "Which?", "responses": [[{"role": "assistant", "content": {"type": "image", "url": ADDRESS}}]]},
         "/responses/0/0/content"),
        ({"conversations": [{"from": "human", "value": [{"type": "image", "url": ADDRESS}]}]},
         "/conversations/0/value/0"),
        ({"json": {"threads": [{"turns": [{"messages": asked({"type": "image", "url": ADDRESS})}]}]}},
         "/json/threads/0/turns/0/messages/0/content/1"),
        ([{"role": "assistant", "tool_calls": [{"id": "c1", "function": {"name": "look", "arguments": "{}"}}]},
          {"role": "tool", "tool_call_id": "c1", "content": [{"type": "image", "url": ADDRESS}]}], "/1/content/0"),
        ([{"role": "user", "content": [{"type": "tool_result", "content": [{"type": "image", "url": ADDRESS}]}]}],
         "/0/content/0/content/0"),
        ({"prompt": "Which?", "chosen": [{"role": "assistant", "content": [{"type": "image", "url": ADDRESS}]}],
          "rejected": "Neither."}, "/chosen/0/content/0"),
    ],
    ids=["messages", "response-text", "response-message", "sharegpt", "json", "tool", "tool-result", "chosen"],
)  # fmt: skip
def test_the_pointer_of_a_picture_leads_to_it_in_what_was_sent(content, pointer):
    assert [each.pointer for each in kind.files_named(content)] == [pointer]

    stored = kind.clean(SHOWN, brought(content))

    assert [each["blob"] for each in pictures(stored)] == [STORED["blob"]]


def test_what_is_put_in_a_pictures_place_leaves_what_was_sent_as_it_was():
    content = asked({"type": "image", "url": ADDRESS, "alt": "A street"})
    before = copy.deepcopy(content)

    stored = brought(content)

    assert content == before
    assert stored[0]["content"][1] == {"type": "image", "alt": "A street", **STORED}


def test_a_history_that_both_replies_repeat_is_still_one_when_its_pictures_are_stored():
    history = asked({"type": "image", "url": ADDRESS})
    row = {
        "chosen": [*history, {"role": "assistant", "content": "In Bern."}],
        "rejected": [*copy.deepcopy(history), {"role": "assistant", "content": "No idea."}],
    }

    stored = kind.clean(SHOWN, brought(row))

    assert len(pictures(stored)) == 1
    assert len(stored["threads"][0]["turns"][0]["responses"]) == 2


def test_a_picture_that_is_not_stored_is_a_defect_where_it_stands():
    problems = kind.check(SHOWN, asked({"type": "image", "url": ADDRESS}))

    assert [(each.pointer, each.code) for each in problems] == [("/0/content/1", "unreadable_media")]
    assert problems[0].remedy


def test_the_facts_of_a_stored_picture_are_checked_in_a_message_as_they_are_alone():
    sides = {**STORED["media"], "width": 641}

    problems = kind.check(SHOWN, asked({"type": "image", **STORED, "media": sides}))

    assert [(each.pointer, each.code) for each in problems] == [("/0/content/1/media/width", "bad_value")]


def test_arguments_of_a_call_and_metadata_name_no_pictures():
    looks = {"type": "image", "url": ADDRESS}
    call = {"type": "tool_call", "id": "c1", "name": "draw", "arguments": looks}

    assert kind.files_named([{"role": "assistant", "content": [call], "meta": {"content": [looks]}}]) == []


def test_annotators_receive_no_digest_and_nothing_of_a_picture_that_is_hidden():
    result = {"type": "tool_result", "call": "c1", "content": [{"type": "image", **STORED}]}
    call = {"type": "tool_call", "id": "c1", "name": "look"}
    stored = kind.clean(SHOWN, [*asked({"type": "image", **STORED}), {"role": "assistant", "content": [call, result]}])

    seen, hidden = kind.visible(SHOWN, stored), kind.visible(Settings(hide=["image"]), stored)

    assert ["digest" in each for each in pictures(seen)] == [False, False]
    assert pictures(hidden) == []
    assert STORED["blob"] not in str(hidden)
    assert ["digest" in each for each in pictures(stored)] == [True, True]
