"""The first rows of a file as tasks: what an annotator would see, and what is wrong, before anything is stored."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from evenhand.ontology.presets import expand
from evenhand.ontology.propose import propose
from evenhand.work.model import OntologyRefused
from evenhand.work.previewing import previews

SHARED = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared"))
CLASSES = expand("text-classification", {"labels": ["yes", "no"]})


def shown(rows: list[dict[str, Any]], body: dict[str, Any] = CLASSES, **mapping: str) -> list[Any]:
    """The items of some rows, None where a row would be left out."""
    return [each["item"] for each in previews(body, mapping, rows)]


def test_a_column_becomes_the_input_and_the_others_stay_hidden() -> None:
    [item] = shown([{"comment": "Where is it?", "customer": "4711"}], text="comment")

    assert item["inputs"] == {"text": {"text": "Where is it?"}}
    assert item["metadata"] == {}


def test_metadata_that_annotators_may_see_is_shown() -> None:
    body = {**CLASSES, "metadata": {"visible": ["customer"]}}

    [item] = shown([{"text": "Where is it?", "customer": "4711"}], body)

    assert item["metadata"] == {"customer": "4711"}


def test_a_row_that_would_be_left_out_says_where_and_why() -> None:
    good, bad = previews(CLASSES, {"text": "comment"}, [{"comment": "Fine."}, {"other": "No comment."}])

    assert good["problems"] == []
    assert bad["item"] is None
    [problem] = bad["problems"]
    assert (problem["line"], problem["pointer"], problem["code"]) == (2, "/inputs/text", "missing_input")
    assert problem["remedy"]


def test_an_ontology_with_defects_is_refused_with_their_places() -> None:
    body = {**CLASSES, "questions": [{**CLASSES["questions"][0], "kind": "no-such-kind"}]}

    with pytest.raises(OntologyRefused) as refused:
        previews(body, {}, [{"text": "x"}])

    assert all(each.pointer.startswith("/ontology/") for each in refused.value.problems)


def test_a_conversation_is_read_from_the_whole_row_as_the_import_reads_it() -> None:
    row = {
        "prompt": "When does the ferry leave?",
        "chosen": [{"role": "user", "content": "When?"}, {"role": "assistant", "content": "At 14:20."}],
        "rejected": [{"role": "user", "content": "When?"}, {"role": "assistant", "content": "Often."}],
    }
    best = propose([row])[0].as_json()

    [item] = shown([row], best["body"], **best["mapping"])

    [chat] = item["inputs"].values()
    assert json.dumps(chat).count("At 14:20.") == 1


def test_a_picture_is_neither_fetched_nor_missed() -> None:
    row = {"image": "https://example.org/street.jpg"}
    best = propose([row])[0].as_json()

    [preview] = previews(best["body"], best["mapping"], [row])

    assert preview["problems"] == []
    assert preview["item"] == {"inputs": {}, "metadata": {}}


def test_a_picture_in_a_message_is_a_place_without_a_picture_and_other_defects_are_still_told() -> None:
    named = {"type": "image", "url": "https://example.org/street.jpg", "alt": "A street"}
    talk = expand("chat-preference", {})
    good = {"prompt": [{"role": "user", "content": [named]}], "responses": ["Here.", "There."]}
    bad = {"prompt": [{"role": "wizard", "content": [named]}, {"role": "user", "content": [named, {"type": "text"}]}]}

    first, second = previews(talk, {}, [{"chat": good}, {"chat": bad}])

    [message] = first["item"]["inputs"]["chat"]["threads"][0]["turns"][0]["messages"]
    assert message["content"] == [{"type": "image", "alt": "A street"}]
    assert sorted(each["pointer"] for each in second["problems"]) == [
        "/inputs/chat/prompt/0/role",
        "/inputs/chat/prompt/1/content/1/text",
    ]


@pytest.mark.parametrize("name", ["preferences/llmbar_natural.json", "news/finentity.json"])
def test_what_is_proposed_for_a_real_file_can_be_previewed(name: str) -> None:
    rows = json.loads((SHARED / "data/samples" / name).read_text())[:5]
    best = propose(rows)[0].as_json()

    assert all(each is not None for each in shown(rows, best["body"], **best["mapping"]))
