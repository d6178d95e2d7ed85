"""Proposals: a dropped file is recognized by what stands in it, and the reason is said."""

from __future__ import annotations

import json

import pytest
from foreign import foreign
from hypothesis import given
from hypothesis import strategies as st

from evenhand.ontology.ontology import check_ontology
from evenhand.ontology.propose import columns_of, propose, propose_files
from tries import tries

REVIEWS = [
    {"id": f"r{n}", "review": f"The service was {word} today, said guest {n}.", "sentiment": label, "stars": n % 5}
    for n, (word, label) in enumerate([("kind", "good"), ("slow", "bad"), ("kind", "good"), ("cold", "bad")] * 3)
]


def best(rows):
    return propose(rows)[0]


def test_a_text_with_a_column_of_labels_is_classification_with_these_labels():
    proposal = best(REVIEWS)

    assert proposal.preset == "text-classification"
    assert proposal.mapping == {"text": "review"}
    assert proposal.with_ == {"labels": ["good", "bad"]}
    assert "good, bad" in proposal.reason


def test_columns_are_told_apart():
    assert [(column.name, column.guess) for column in columns_of(REVIEWS)] == [
        ("id", "id"), ("review", "text"), ("sentiment", "label"), ("stars", "number")]  # fmt: skip


def test_several_labels_in_a_cell_are_multi_label():
    rows = [
        {"text": f"Charged twice, case {n}", "tags": tags} for n, tags in enumerate(["billing;bug", "bug", "other"] * 3)
    ]

    assert best(rows).preset == "multi-label-text"
    assert best(rows).with_ == {"labels": ["billing", "bug", "other"]}


@pytest.mark.parametrize(
    ("rows", "preset", "mapping"),
    [
        ([{"messages": [{"role": "user", "content": "How?"}]}], "sft-demonstration", {"chat": "messages"}),
        ([{"messages": json.dumps([{"role": "user", "content": "How?"}])}], "sft-demonstration", {"chat": "messages"}),
        ([{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]}],
         "chat-attributes", {"chat": "conversations"}),
        ([{"prompt": "Rain?", "responses": ["No.", "Yes.", "Perhaps."]}], "chat-attributes", {"chat": "*"}),
        ([{"source": "Der Zug fährt um halb sieben.", "translation": "The train leaves at half past six."}],
         "translation-quality", {"source": "source", "translation": "translation"}),
        ([{"query": "city library", "html": "<p>Open from Tuesday</p>"}], "search-relevance", {"query": "query", "page": "html"}),
        ([{"file": "a/1.jpg"}, {"file": "a/2.png"}], "image-classification", {"image": "file"}),
        ([{"headline": "Acme lifts outlook", "body": "Shares rose after quarterly profit beat analysts."}] * 3,
         "financial-news", {"text": "body", "headline": "headline"}),
        ([{"abstract": "Word " * 800}], "document-topic", {"document": "abstract"}),
    ],
)  # fmt: skip
def test_usual_files_are_recognized(rows, preset, mapping):
    proposals = {each.preset: each for each in propose(rows)}

    assert proposals[preset].mapping == mapping
    if preset != "chat-attributes":
        assert next(iter(proposals)) == preset


@pytest.mark.parametrize(
    ("names", "score"),
    [(["x/cat/1.jpg", "x/dog/2.jpg"], 0.8), (["1.png", "2.png", "notes.txt"], 0.6), (["a.txt", "b.csv"], None)],
)
def test_folders_of_pictures_may_be_labels(names, score):
    proposals = propose_files(names)

    assert (proposals[0].score if proposals else None) == score
    if score == 0.8:
        assert proposals[0].with_ == {"labels": ["cat", "dog"]}


def test_a_proposal_carries_an_ontology_that_passes():
    for proposal in propose(REVIEWS):
        assert check_ontology(proposal.as_json()["body"]) == []


def test_no_rows_are_no_proposal():
    assert propose([]) == []
    assert propose([{}]) == []


@tries(60)
@given(st.lists(st.dictionaries(st.sampled_from(["text", "label", "chosen", "rejected", "prompt", "a", "b"]) | st.text(max_size=3),
                                foreign("role", "user", "content"), max_size=5), max_size=4))  # fmt: skip
def test_whatever_stands_in_a_file_proposing_never_raises(rows):
    scores = [each.score for each in propose(rows)]

    assert scores == sorted(scores, reverse=True)
