"""Presets: each expands to an ontology that passes, its sample passes too, and its holes take what they promise."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from evenhand.ontology.ontology import Ontology, check_ontology
from evenhand.ontology.presets import HoleRefused, UnknownPreset, expand, preset_summaries, presets

NAMES = sorted(presets())


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_expands_to_an_ontology_without_a_single_problem(name):
    body = expand(name, {})

    assert check_ontology(body) == []
    assert body["preset"] == f"{name}/1"
    assert body["name"] == name


@pytest.mark.parametrize("name", NAMES)
def test_a_presets_sample_is_an_item_it_accepts(name):
    ontology = Ontology.compile(expand(name, {}))
    sample = presets()[name].sample
    if any(kind.is_file for kind, _ in ontology.inputs.values()):
        sample = {"inputs": {name: next(iter(kind.examples())) for name, (kind, _) in ontology.inputs.items()}}

    assert ontology.check_item(sample) == []
    assert ontology.check_item(ontology.clean_item(sample)) == []


@pytest.mark.parametrize("name", [name for name in NAMES if presets()[name].holes])
def test_a_hole_takes_the_example_it_shows(name):
    (hole,) = presets()[name].holes
    example = presets()[name].holes[hole]["example"]

    body = expand(name, {hole: example, "language": "de"})

    at = body
    for step in presets()[name].holes[hole]["path"]:
        at = at[step]
    assert [each["value"] for each in at] == example
    assert body["language"] == "de"


def test_every_file_of_a_preset_names_itself_and_says_when_to_use_it():
    for file in files("evenhand.ontology.presets").iterdir():
        if file.name.endswith(".json"):
            content = json.loads(file.read_text(encoding="utf-8"))
            assert file.name == f"{content['name']}.json"
            assert content["title"]
            assert content["description"].endswith(".")
            assert content["when_to_use"].endswith(".")


def test_an_unknown_preset_is_told_with_those_there_are():
    with pytest.raises(UnknownPreset) as refused:
        expand("nonsense/1", {})

    assert refused.value.known == NAMES


@pytest.mark.parametrize("given", [{"labels": []}, {"labels": ["a", "A"]}, {"labels": 7}, {"nonsense": 1}])
def test_what_does_not_fit_a_hole_is_refused(given):
    with pytest.raises(HoleRefused):
        expand("text-classification", given)


def test_the_list_holds_every_preset_with_its_whole_body():
    assert [each["name"] for each in preset_summaries()] == NAMES
