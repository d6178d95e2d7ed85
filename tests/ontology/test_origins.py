"""Where an answer came from is compared, not believed: with what the suggestion says, in the spelling of its question."""

from __future__ import annotations

from typing import Any

import pytest

from evenhand.core.errors import Malformed
from evenhand.ontology.ontology import Ontology
from evenhand.ontology.origins import Origins, origins_of

WORDS = {"name": "names", "kind": "span", "text": "Who?", "settings": {"labels": [{"value": "firm"}]}}
TOPICS = {
    "name": "topics",
    "kind": "multi_choice",
    "text": "What about?",
    "required": False,
    "allow": ["cannot_answer"],
    "settings": {"options": [{"value": "money"}, {"value": "law"}, {"value": "health"}]},
}
ONTOLOGY = Ontology.compile(
    {
        "format": "evenhand-ontology/1",
        "name": "letters",
        "language": "en",
        "inputs": [{"name": "text", "kind": "text"}],
        "questions": [WORDS, TOPICS],
    }
)
REGION = {"id": "m1", "label": "firm", "ranges": [[0, 4]]}


def topics(*values: str, **more: Any) -> dict[str, Any]:
    return {"question": "topics", "value": list(values), **more}


def names(*regions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"question": "names", "target": "text", "value": {"regions": list(regions)}, **more}


def origins(suggested: list[dict[str, Any]], *answers: dict[str, Any], is_hidden: bool = False) -> Origins:
    """How the answers to one text came about, which came with one suggestion, sg1."""
    item = {"inputs": {"text": {"text": "Acme sued Globex."}}, "suggestions": [{"answers": suggested}]}
    assert [each for each in ONTOLOGY.check_answers(list(answers), item, draft=True) if not each.is_warning] == []
    canonical = ONTOLOGY.canonical_answers(list(answers), item)
    return origins_of(ONTOLOGY, item, canonical, is_hidden=is_hidden)


def test_the_same_options_in_another_order_are_the_same_answer() -> None:
    found = origins([topics("law", "money")], topics("money", "law", suggestion="sg1"))

    assert found.answers == {"topics": {"origin": "suggestion", "suggestion": "sg1"}}
    assert found.counts == [1, 0, 0, 0, 0, 0]


def test_a_region_that_was_moved_makes_it_an_edited_answer() -> None:
    moved = {**REGION, "ranges": [[0, 9]]}

    assert origins([names(REGION)], names(REGION, suggestion="sg1")).answers["names text"]["origin"] == "suggestion"
    assert (
        origins([names(REGION)], names(moved, suggestion="sg1")).answers["names text"]["origin"] == "suggestion_edited"
    )


def test_a_target_that_a_suggestion_leaves_out_is_the_one_that_its_question_has() -> None:
    suggested = {"question": "names", "value": {"regions": [REGION]}}

    assert origins([suggested], names(REGION, suggestion="sg1")).counts == [1, 0, 0, 0, 0, 0]


def test_how_sure_somebody_is_and_why_does_not_change_what_they_say() -> None:
    found = origins([topics("law", confidence=0.9)], topics("law", suggestion="sg1", confidence=0.5, note="Clear."))

    assert found.counts == [1, 0, 0, 0, 0, 0]


def test_an_abstention_can_be_suggested_too() -> None:
    abstained = {"question": "topics", "abstained": "cannot_answer"}

    assert origins([abstained], {**abstained, "suggestion": "sg1"}).counts == [1, 0, 0, 0, 0, 0]
    assert origins([abstained], topics("law", suggestion="sg1")).counts == [0, 1, 0, 0, 0, 0]


def test_by_hand_the_same_answer_is_a_human_answer_and_counted_as_the_same() -> None:
    found = origins([topics("law")], topics("law"))

    assert found.answers == {"topics": {"origin": "human"}}
    assert found.counts == [0, 0, 1, 1, 0, 0]
    assert origins([topics("law")], topics("money"), is_hidden=True).counts == [0, 0, 0, 0, 1, 0]
    assert origins([topics("law")], topics("law"), is_hidden=True).counts == [0, 0, 0, 0, 1, 1]


def test_an_answer_about_which_nothing_was_suggested_is_in_no_count() -> None:
    found = origins([topics("law")], names(REGION), topics("law"))

    assert found.answers["names text"] == {"origin": "human"}
    assert found.counts == [0, 0, 1, 1, 0, 0]


def test_what_could_no_longer_be_an_answer_equals_none_and_what_began_as_it_was_edited() -> None:
    gone = topics("weather")

    assert origins([gone], topics("law", suggestion="sg1")).answers["topics"]["origin"] == "suggestion_edited"
    assert origins([gone], topics("law")).counts == [0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize("is_hidden", [True, False])
def test_only_what_was_suggested_can_have_been_accepted(is_hidden: bool) -> None:
    suggested = [topics("law")] if is_hidden else [names(REGION)]

    with pytest.raises(Malformed):
        origins(suggested, topics("law", suggestion="sg1"), is_hidden=is_hidden)


@pytest.mark.parametrize("id_", [7, True, ["sg1"], "x" * 65])
def test_what_is_no_id_of_a_suggestion_is_refused_in_its_place(id_: Any) -> None:
    item = {"inputs": {"text": {"text": "Acme sued Globex."}}}

    [problem] = ONTOLOGY.check_answers([topics("law", suggestion=id_)], item, draft=True)

    assert (problem.pointer, problem.code) == ("/0/suggestion", "bad_id")
