"""Conditions: one table for Python and TypeScript; these vectors are run on both sides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from foreign import foreign
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.ontology.condition import condition_problems, holds

VECTORS = json.loads((Path(__file__).parent / "condition_vectors.json").read_text(encoding="utf-8"))
WORDS = ("question", "q", "is", "in", "has", "lt", "ge", "count", "answered", "abstained", "metadata", "m", "all", "any", "not",
         "regions", "label", "any_target", "not_applicable")  # fmt: skip


def test_there_are_enough_vectors_and_each_has_its_own_name():
    assert len({vector["name"] for vector in VECTORS}) == len(VECTORS) >= 60


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_a_vector_holds(vector):
    answers = {(answer["question"], answer["target"]): answer for answer in vector["answers"]}
    known = {"q": True}

    assert condition_problems(vector["condition"], known, set(vector["metadata"]) | {"locale"}) == []
    found = holds(vector["condition"], answers, vector["target"], vector["metadata"], vector["enclosing"])
    assert found is vector["expected"]


@settings(max_examples=500)
@given(
    foreign(*WORDS) | st.dictionaries(st.sampled_from(WORDS), foreign(*WORDS, max_leaves=4), max_size=3),
    foreign(*WORDS),
)
def test_a_condition_that_passes_can_be_evaluated_over_any_answer(condition, value):
    if not condition_problems(condition, {"q": True}, {"m"}):
        assert holds(condition, {("q", ""): {"value": value}}, "", {"m": value}, []) in (True, False)
