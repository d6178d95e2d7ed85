"""Examples of documents on the pages are what the code accepts: items, conditions, targets."""

from __future__ import annotations

import json
import re

import pytest
from pages import Page, page, pages

from evenhand.ontology.condition import condition_problems
from evenhand.ontology.document import check_ontology
from evenhand.ontology.ontology import Ontology
from evenhand.ontology.presets import expand

WRITING = page("docs/how-to/write-an-ontology.md")


@pytest.mark.parametrize("each", [each for each in pages() if each.blocks("json")], ids=lambda each: each.name)
def test_every_json_block_of_a_page_is_json(each: Page) -> None:
    for block in each.blocks("json"):
        json.loads(block.code)


def test_the_item_document_of_the_how_to_is_accepted_whole() -> None:
    block = page("docs/how-to/import-tasks.md").blocks("json")[0]
    item, ontology = json.loads(block.code), Ontology.compile(expand("text-classification", {}))

    assert ontology.check_item(item) == []
    assert ontology.check_answers(item["suggestions"][0]["answers"], item) == []


def test_the_conversation_with_a_picture_is_a_row_of_which_only_the_picture_is_still_to_be_fetched() -> None:
    block = page("docs/how-to/import-tasks.md").blocks("json")[1]
    row, ontology = json.loads(block.code), Ontology.compile(expand("chat-preference", {}))

    [problem] = ontology.check_item({"inputs": row})
    [named] = ontology.media["chat"].files_named(row["chat"])

    assert problem.pointer == f"/inputs/chat{named.pointer}"
    assert named.kept == {"type": "image", "alt": "A street with a café"}


def test_every_condition_of_the_table_is_a_condition() -> None:
    table = WRITING.text.partition("| Condition |")[2].partition("\n\n")[0]
    shown = [each for each in re.findall(r"`(\{[^`]+\})`", table) if "…" not in each]

    assert len(shown) > 7
    for each in shown:
        condition = json.loads(each)
        assert condition_problems(condition, {str(condition.get("question")): True}, {"received_at"}) == [], each


def test_the_ontology_that_a_reader_saves_has_no_defect() -> None:
    body = json.loads(WRITING.blocks("json")[0].code)

    assert check_ontology(body) == []


def test_a_question_about_each_region_is_sound_as_the_page_writes_it() -> None:
    question = json.loads(WRITING.blocks("json")[1].code)
    body = {
        "format": "evenhand-ontology/1",
        "name": "marked",
        "language": "en",
        "inputs": [{"name": "text", "kind": "text"}],
        "questions": [
            {"name": "entities", "kind": "span", "text": "Who?", "settings": {"labels": [{"value": "company"}]}},
            {**question, "text": "How?", "settings": {"options": [{"value": "good"}]}},
        ],
    }

    assert check_ontology(body) == []
