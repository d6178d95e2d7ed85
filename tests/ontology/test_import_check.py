"""The compiled check of an imported line: the fast road and the slow one give the same bytes and refuse the same lines."""

from __future__ import annotations

import json

import pytest
from foreign import foreign
from hypothesis import given
from hypothesis import strategies as st

from evenhand.core.canonical import canonical_json
from evenhand.ontology.import_check import compile_import
from evenhand.ontology.ontology import Ontology
from evenhand.ontology.presets import expand
from tries import tries


def ontology_of(*inputs):
    body = expand("text-classification", {})
    return Ontology.compile({**body, "inputs": list(inputs) or body["inputs"]})


TEXT = compile_import(ontology_of())
TWO = compile_import(
    ontology_of({"name": "first", "kind": "text"}, {"name": "class", "kind": "markdown", "required": False}),
    {"first": "column one"},
)
WORDS = (
    "text",
    "inputs",
    "external_id",
    "group",
    "tags",
    "language",
    "first",
    "class",
    "column one",
    "metadata",
    "priority",
)


def slow(check, line):
    return check._check_whole(line)


def test_a_text_becomes_the_canonical_item():
    line = b'{"text": "Gr\\u00fc\\u00dfe \\ud83d\\udca9 \\"du\\"", "external_id": "r/1"}'

    assert TEXT.check(line) == '{"external_id":"r/1","inputs":{"text":{"text":"Grüße 💩 \\"du\\""}}}'.encode()


@pytest.mark.parametrize(
    "line",
    [
        b'{"text":"a"}',
        b' { "text" : "a\\tb\\u001f\x7f" } ',
        b'{"inputs":{"text":"a"},"group":"g","external_id":"x","tags":["t","u"]}',
        b'{"inputs":{"text":{"text":"a","language":"de"}}}',
        b'{"text":"a\\\\"}',
        b'{"text":"a","priority":3}',
        b'{"text":"a","metadata":{"z":1.0,"a":1e21}}',
    ],
)
def test_both_roads_give_the_same_bytes(line):
    stored = TEXT.check(line)

    assert isinstance(stored, bytes)
    assert stored == slow(TEXT, line) == canonical_json(json.loads(stored))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"text":"a","text":"b"}', "duplicate_key"),
        (b'{"text":"a","external_id":"x","external_id":"x"}', "duplicate_key"),
        (b'{"text":"a\\u0000"}', "nul_character"),
        (b'{"text":"\\ud800"}', "lone_surrogate"),
        (b'{"text":"a"', "bad_json"),
        (b'{"text":"a"} {}', "bad_json"),
        (b"[]", "bad_json"),
        (b'{"text":5}', "bad_json"),
        (b'{"other":"a"}', "missing_input"),
        (b'{"text":"a","external_id":""}', "bad_value"),
        (b'{"text":"\xff"}', "bad_encoding"),
        (b'{"text":"a","surprise":1}', "unknown_field"),
    ],
)
def test_what_is_refused_is_refused_with_its_code(line, code):
    assert code in [each.code for each in TEXT.check(line)]


def test_inputs_may_have_any_name_and_come_from_any_column():
    stored = TWO.check(b'{"column one": "a", "class": "*b*"}')

    assert stored == b'{"inputs":{"class":{"text":"*b*"},"first":{"text":"a"}}}'
    assert TWO.check(b'{"column one": "a"}') == b'{"inputs":{"first":{"text":"a"}}}'
    assert [each.code for each in TWO.check(b'{"class": "a"}')] == ["missing_input"]


def test_other_inputs_take_the_whole_check():
    check = compile_import(ontology_of({"name": "chat", "kind": "chat"}))

    assert not check.is_fast
    stored = json.loads(check.check(b'{"inputs":{"chat":[{"role":"user","content":"Hi"}]}}'))
    assert stored["inputs"]["chat"]["threads"][0]["turns"][0]["id"] == "t1"


@tries(100)
@given(foreign(*WORDS), st.sampled_from([TEXT, TWO]), st.booleans())
def test_no_line_is_treated_otherwise_on_the_fast_road(row, check, is_ascii):
    line = json.dumps(row, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")

    assert check.check(line) == slow(check, line)


@tries(100)
@given(st.text(max_size=20), st.sampled_from(["text", "column one"]), st.booleans())
def test_every_text_is_stored_as_it_was_sent_or_refused(text, column, is_ascii):
    check = TEXT if column == "text" else TWO
    line = json.dumps({column: text}, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")

    assert check.check(line) == slow(check, line)
