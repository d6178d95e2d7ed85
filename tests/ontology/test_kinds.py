"""Every registered kind through its whole contract (`ontology/kind.py`). A new kind passes here or is none."""

from __future__ import annotations

import copy
import json
import re

import pytest
from foreign import foreign
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from evenhand.core.canonical import canonical_json, unfit_parts
from evenhand.core.errors import Problem
from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.consensus import consensus
from evenhand.ontology.kind import (
    Comparisons,
    InputKind,
    MediaKind,
    Merged,
    Nominal,
    Numeric,
    Ordinal,
    QuestionKind,
    Shown,
    Structured,
    Target,
)
from evenhand.ontology.media import with_files
from evenhand.ontology.ontology import Ontology, check_ontology
from evenhand.ontology.parts import targets_of
from evenhand.ontology.registry import input_kinds, question_kinds
from tries import tries

CODES = frozenset({
    "bad_name", "bad_precision", "bad_range", "bad_target", "bad_value", "count", "cycle", "dangling_region", "degenerate",
    "duplicate_answer",
    "duplicate_value", "grapheme_split", "limit", "missing_answer", "out_of_bounds", "overlap_forbidden", "self_intersection",
    "stale_item",
    "too_long", "unknown_field", "unknown_label", "unknown_option", "unknown_target", "wrong_base",
})  # fmt: skip
WORDS = (
    "regions", "id", "label", "ranges", "quote", "on", "k1", "x", "y", "w", "h", "rotation", "groups", "unranked", "winner",
    "tie", "strength", "same", "input", "text", "a", "b", "r1", "PER", "auto", "best", "worst", "base", "criteria", "level", "na",
    "note", "evidence", "polite", "relations", "from", "to", "entities:k1",
)  # fmt: skip


class Case:
    """One example of a question kind, with the ontology and the item that it brings."""

    def __init__(self, kind, number, example):
        self.kind, self.number, self.example = kind, number, example
        asked = {"name": "asked", "kind": kind.name, "text": "What?", "settings": example.settings}
        if example.target is not None:
            asked["target"] = example.target
        self.body = {
            "format": "evenhand-ontology/1", "name": "one", "language": "en", "inputs": example.inputs,
            "questions": [*(question for question, _ in example.earlier), asked],
        }  # fmt: skip
        self.inputs = {each["name"]: each["kind"] for each in example.inputs}
        self.settings = kind.Settings.model_validate(example.settings)
        self.ontology = Ontology.compile(self.body)
        self.item = self.ontology.clean_item(example.item)
        self.parts = self.ontology.parts(self.item)
        question = self.ontology.document.questions[-1]
        self.target = next(targets_of(question, kind, self.ontology.document, self.parts, {}))
        self.shown = Shown(self.target, self.parts)
        self.codebook = kind.codebook(self.settings, [], self.inputs)
        self.values = [example.value, example.other]

    def canonical(self, value):
        return self.kind.canonical(self.settings, value)

    def defects(self, value):
        return [each for each in self.kind.check(self.settings, value, self.shown) if not each.is_warning]

    def distance(self, a, b):
        return self.kind.distance(self.settings, a, b, self.shown)

    def __repr__(self):
        return f"{self.kind.name}-{self.number}"


CASES = [Case(kind, number, each) for kind in question_kinds().values() for number, each in enumerate(kind.examples())]
each_case = pytest.mark.parametrize("case", CASES, ids=repr)
each_question = pytest.mark.parametrize("kind", question_kinds().values(), ids=lambda kind: kind.name)
each_media = pytest.mark.parametrize(
    "kind", [kind for kind in input_kinds().values() if isinstance(kind, MediaKind)], ids=lambda kind: kind.name
)
each_input = pytest.mark.parametrize("kind", input_kinds().values(), ids=lambda kind: kind.name)
quickly = settings(tries(40), suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def places(value, at=()):
    yield at
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(each, (*at, key))


def put(value, at, replacement):
    if not at:
        return replacement
    changed = copy.deepcopy(value)
    inner = changed
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = replacement
    return changed


def resolves(pointer, value):
    """Whether a pointer names a place of the value, or a place just missing from one."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    for place, step in enumerate(steps):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return isinstance(value, dict | list) and place == len(steps) - 1
    return True


# --------------------------------------------------------------------------------------------------------- questions --
@each_question
def test_a_question_kind_says_all_that_the_contract_asks(kind):
    assert isinstance(kind, QuestionKind)
    assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?", kind.name)
    assert kind.targets
    assert kind.targets <= frozenset(Target)
    examples = list(kind.examples())
    assert len(examples) >= 2
    said = [[each.settings, each.item, each.value, each.other] for each in examples]
    assert not json.dumps(said, ensure_ascii=False).isascii()


@each_question
def test_settings_and_values_have_a_json_schema_that_their_examples_fit(kind):
    of_settings = Draft202012Validator(kind.Settings.model_json_schema())
    of_values = Draft202012Validator(TypeAdapter(kind.Value).json_schema())

    for example in kind.examples():
        of_settings.validate(example.settings)
        of_values.validate(example.value)
        of_values.validate(example.other)
    with pytest.raises(ValidationError):
        kind.Settings.model_validate({"no_such_setting": 1})


@each_case
def test_an_example_is_an_ontology_with_an_item_that_can_be_answered(case):
    assert check_ontology(case.body) == []
    assert case.ontology.check_item(case.example.item) == []
    for value in case.values:
        answer = {"question": "asked", "target": case.target.address, "value": value}
        given = [*(each for _, each in case.example.earlier), answer]
        assert case.ontology.check_answers(given, case.item) == []
        assert case.ontology.check_answers(given, case.item, draft=True) == []


@each_case
def test_a_value_has_one_spelling_that_passes_the_check_and_is_spelled_no_further(case):
    for value in case.values:
        once = case.canonical(value)
        assert case.canonical(once) == once
        assert canonical_json(case.canonical(once)) == canonical_json(once)
        assert case.defects(once) == []
        assert json.loads(json.dumps(once)) == once


@each_case
def test_distance_is_symmetric_within_bounds_and_zero_on_equal_answers(case):
    for a in case.values:
        for b in case.values:
            apart = case.distance(a, b)
            assert 0 <= apart <= 1
            assert apart == case.distance(b, a)
            assert apart == case.distance(case.canonical(a), case.canonical(b))
            assert (apart == 0) == (case.canonical(a) == case.canonical(b))


@each_case
def test_a_vote_stands_for_its_answer(case):
    assert case.kind.codebook(case.settings, case.codebook, case.inputs) == case.codebook
    for value in map(case.canonical, case.values):
        code = case.kind.vote(case.settings, value, case.codebook, case.shown)
        if code is None:
            continue
        assert isinstance(code, float)
        assert case.canonical(case.kind.decode(case.settings, code, case.codebook, case.shown)) == value


@each_case
def test_answers_are_encoded_as_what_statistics_read(case):
    votes = case.kind.encode(case.settings, [case.canonical(each) for each in case.values], case.codebook)

    if isinstance(votes, Nominal):
        assert all(0 <= code < votes.classes for code in votes.codes)
    elif isinstance(votes, Ordinal):
        assert all(0 <= rank < votes.levels for rank in votes.ranks)
    elif isinstance(votes, Numeric):
        assert votes.scale > 0
    elif isinstance(votes, Comparisons):
        assert all(-votes.strength <= sign <= votes.strength for sign in votes.signs)
    else:
        assert isinstance(votes, Structured)
    held = next(getattr(votes, name) for name in ("codes", "ranks", "values", "signs") if hasattr(votes, name))
    assert len(held) == 2


def merged(case, *values, weights=None):
    return case.kind.merge(case.settings, [*values], weights or [1.0] * len(values), case.shown)


@each_case
def test_no_answers_come_to_nothing_and_equal_ones_to_themselves(case):
    assert merged(case).status == "insufficient"
    for value in map(case.canonical, case.values):
        for count in (1, 3):
            found = merged(case, *[value] * count)
            assert isinstance(found, Merged)
            assert found.answers == count
            if found.status == "incomparable":
                continue
            assert case.canonical(found.value) == value
            assert found.status == "resolved"
            assert found.probability == pytest.approx(1)


@each_case
def test_of_no_kind_do_equal_answers_make_certainty(case):
    value = case.canonical(case.values[0])

    one, two, nine = (consensus(case.ontology.questions[-1], [value] * count, case.shown) for count in (1, 2, 9))

    if two.merged.status != "incomparable":
        assert (two.value, two.share) == (value, pytest.approx(1))
        assert 0.5 < one.probability < two.probability < nine.probability < 1


def is_between(case, found, value, other):
    """A coarser answer, which nobody may give alone (animal, of dog and cat), is nearer to each than they are to each other."""
    return max(case.distance(found, value), case.distance(found, other)) < case.distance(value, other)


@each_case
def test_a_consensus_is_an_answer_and_does_not_depend_on_who_answered_first(case):
    value, other = map(case.canonical, case.values)

    for answers in ([value, other], [value, value, other], [other, value, other, value, other]):
        found, turned = merged(case, *answers), merged(case, *answers[::-1])
        assert found.value is None or case.defects(found.value) == [] or is_between(case, found.value, value, other)
        assert 0 <= found.probability <= 1
        assert (found.value, found.status) == (turned.value, turned.status)
        assert found.probability == pytest.approx(turned.probability)
        assert all(0 <= share <= 1 for _, share in found.alternatives)


@each_case
def test_a_heavy_answer_outweighs_two_light_ones(case):
    value, other = map(case.canonical, case.values)

    found = merged(case, other, value, other, weights=[1.0, 10.0, 1.0])

    assert found.status in ("resolved", "incomparable")
    assert found.effective == 12.0
    if found.value is not None:
        assert case.distance(found.value, value) <= case.distance(found.value, other)


@each_case
def test_a_summary_is_one_short_line(case):
    for value in case.values:
        line = case.kind.summary(case.settings, case.canonical(value))
        assert line.strip()
        assert "\n" not in line
        assert len(line) < 500


@each_case
def test_unchanged_settings_change_nothing_and_answers_stay_as_they_are(case):
    assert case.kind.compatibility(case.settings, case.settings) == []
    for value in map(case.canonical, case.values):
        moved = case.kind.migrate(case.settings, case.settings, value)
        assert not isinstance(moved, Problem)
        assert case.canonical(moved) == value


@each_question
def test_between_any_two_settings_answers_move_or_are_refused_and_the_change_is_classed(kind):
    cases = [case for case in CASES if case.kind is kind]
    for old in cases:
        for new in cases:
            for class_, sentence in kind.compatibility(old.settings, new.settings):
                assert class_ in ("cosmetic", "widening", "narrowing", "forbidden")
                assert sentence.endswith(".")
            for value in map(old.canonical, old.values):
                moved = kind.migrate(old.settings, new.settings, value)
                if not isinstance(moved, Problem):
                    assert [each for each in kind.check(new.settings, moved, NOWHERE) if not each.is_warning] == []


@each_case
def test_regions_have_labels_by_their_ids_and_other_answers_have_none(case):
    for value in case.values:
        labels = case.kind.labels(case.settings, value)
        if case.kind.has_regions:
            assert set(labels) == {region["id"] for region in value["regions"]}
        else:
            assert labels == {}


@each_case
@quickly
@given(data=st.data())
def test_hostile_values_are_told_by_place_and_never_raise(case, data):
    value = data.draw(st.sampled_from(case.values))
    at = data.draw(st.sampled_from(list(places(value))))
    hostile = put(value, at, data.draw(foreign(*WORDS)))
    assume(not unfit_parts(hostile))

    problems = case.kind.check(case.settings, hostile, case.shown)

    for each in problems:
        assert each.code in CODES
        assert each.message.endswith((".", "?"))
        assert each.remedy.endswith(".")
        assert resolves(each.pointer, hostile), (each.pointer, hostile)
    case.kind.check(case.settings, hostile, NOWHERE)
    case.kind.labels(case.settings, hostile)
    if all(each.is_warning for each in problems):
        once = case.canonical(hostile)
        assert case.canonical(once) == once
        assert case.defects(once) == []
        assert case.distance(hostile, once) == 0
        assert 0 <= case.distance(hostile, value) <= 1
        assert isinstance(case.kind.summary(case.settings, once), str)
        code = case.kind.vote(case.settings, once, case.codebook, case.shown)
        assert code is None or case.canonical(case.kind.decode(case.settings, code, case.codebook, case.shown)) == once


@each_case
@quickly
@given(data=st.data())
def test_hostile_settings_are_refused_by_place_or_can_be_used(case, data):
    at = data.draw(st.sampled_from(list(places(case.example.settings))))
    hostile = put(case.example.settings, at, data.draw(foreign("value", "text", "en", *case.inputs, max_leaves=5)))
    body = copy.deepcopy(case.body)
    body["questions"][-1]["settings"] = hostile

    problems = check_ontology(body)

    assert all(each.pointer == "" or resolves(each.pointer, body) for each in problems)
    if all(each.is_warning for each in problems):
        asked = Ontology.compile(body).questions[-1]
        case.kind.compatibility(case.settings, asked.settings)
        case.kind.check(asked.settings, case.example.value, case.shown)


# ------------------------------------------------------------------------------------------------------------- inputs --
@each_input
def test_an_input_kind_says_all_that_the_contract_asks(kind):
    assert isinstance(kind, InputKind)
    assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?", kind.name)
    assert len(list(kind.examples())) >= 2
    assert not json.dumps(list(kind.examples()), ensure_ascii=False).isascii()
    Draft202012Validator.check_schema(kind.Settings.model_json_schema())
    with pytest.raises(ValidationError):
        kind.Settings.model_validate({"no_such_setting": 1})


@each_input
def test_contents_are_stored_in_one_form_that_passes_again(kind):
    plain = kind.Settings()
    for content in kind.examples():
        assert [each for each in kind.check(plain, content) if not each.is_warning] == []
        stored = kind.clean(plain, content)
        assert [each for each in kind.check(plain, stored) if not each.is_warning] == []
        assert kind.clean(plain, stored) == stored
        assert json.loads(json.dumps(stored)) == stored
        assert isinstance(kind.text_of(plain, stored), str)


@each_input
def test_the_parts_of_a_content_are_a_tree_with_addresses_of_their_own(kind):
    plain = kind.Settings()
    for content in kind.examples():
        parts = kind.parts("input", plain, kind.clean(plain, content))
        at = {part.address: part for part in parts}
        assert len(at) == len(parts)
        assert (parts[0].address, parts[0].type) == ("input", "input")
        below = [child for part in parts for child in part.children]
        assert sorted(below) == sorted(set(at) - {"input"})
        for part in parts:
            assert re.fullmatch(r"input(/[A-Za-z0-9._-]{1,64}(/\d+)?)?", part.address)
            assert part.input == "input"
            assert part.input_kind == kind.name
            assert part.size is None or min(part.size) > 0
            json.dumps(part.facts)


@each_input
def test_a_browser_receives_no_more_than_is_stored(kind):
    plain = kind.Settings()
    for content in kind.examples():
        stored = kind.clean(plain, content)
        assert len(json.dumps(kind.visible(plain, stored))) <= len(json.dumps(stored))


@each_input
@quickly
@given(data=st.data())
def test_hostile_contents_are_told_by_place_or_stored_and_never_raise(kind, data):
    plain = kind.Settings()
    content = data.draw(st.sampled_from(list(kind.examples())))
    at = data.draw(st.sampled_from(list(places(content))))
    words = ("text", "role", "content", "messages", "blob", "media", "width", "id", "r1", "m1", "image/png")
    hostile = put(content, at, data.draw(foreign(*words)))
    assume(not unfit_parts(hostile))

    problems = kind.check(plain, hostile)

    assert all(each.pointer == "" or each.pointer.startswith("/") for each in problems)
    if all(each.is_warning for each in problems):
        stored = kind.clean(plain, hostile)
        assert kind.clean(plain, stored) == stored
        addresses = [part.address for part in kind.parts("input", plain, stored)]
        assert len(set(addresses)) == len(addresses)
        assert isinstance(kind.text_of(plain, stored), str)
        kind.visible(plain, stored)


@each_media
@quickly
@given(data=st.data())
def test_the_files_of_any_content_have_pointers_that_lead_to_them(kind, data):
    content = data.draw(st.sampled_from(list(kind.examples())))
    at = data.draw(st.sampled_from(list(places(content))))
    words = (
        "type",
        "image",
        "image_url",
        "url",
        "source",
        "data",
        "content",
        "value",
        "role",
        "user",
        "blob",
        "upload",
    )
    hostile = put(content, at, data.draw(foreign(*words)))
    assume(not unfit_parts(hostile))

    named = kind.files_named(hostile)
    stored = with_files(hostile, {each.pointer: {**each.kept, "blob": "019303bc"} for each in named})

    assert len({each.pointer for each in named}) == len(named)
    assert [each.pointer for each in kind.files_named(stored)] == [each.pointer for each in named]
    assert all(each.content["blob"] == "019303bc" for each in kind.files_named(stored))
