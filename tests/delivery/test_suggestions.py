"""A suggestion comes with a task and leaves with its release, and is nobody's answer on the way (invariant 8 of the design)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evenhand import Client
from evenhand.client import errors
from serving import Installation

LABELS = {"labels": ["positive", "negative"]}
GUESSES = [
    {"model": "first-guess", "score": 0.93, "answers": [{"question": "label", "value": "positive", "target": ""}]},
    {"id": "second", "answers": [{"question": "label", "value": "positive", "target": ""}]},
]
NEGATIVE = [{"question": "label", "value": "negative"}]


@pytest.fixture(scope="module")
def client(installation: Installation) -> Iterator[Client]:
    with Client(installation.url, installation.key) as client:
        yield client


@pytest.fixture
def project(client: Client) -> str:
    return client.projects.create("Guessed", preset="text-classification", fill=LABELS)["id"]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Two rows, the first with what two models said of it."""
    file = tmp_path / "rows.jsonl"
    made = [{"text": "Cold soup.", "external_id": "a", "suggestions": GUESSES}, {"text": "Warm.", "external_id": "b"}]
    file.write_text("".join(json.dumps(row) + "\n" for row in made))
    return file


def claimed(client: Client, project: str) -> dict[str, Any]:
    """The assignments of both tasks, by the text that they show."""
    held: list[str] = []
    found = {}
    for _ in range(2):
        assignment = client.work.claim(project, held=held)["assignment"]
        held.append(assignment["task_id"])
        found[assignment["item"]["inputs"]["text"]["text"]] = assignment
    return found


def released(client: Client, project: str, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The lines of each file of a release of all there is."""
    made = client.releases.create(project, include="all")
    client.releases.wait(made["id"])
    client.releases.download(made["id"], folder)
    texts = {name: (folder / f"{name}.jsonl").read_text() for name in ("items", "annotations", "labels")}
    return {name: [json.loads(line) for line in text.splitlines()] for name, text in texts.items()}


def test_an_annotator_gets_the_suggestions_of_a_task_each_with_an_id(client: Client, project: str, rows: Path) -> None:
    client.tasks.import_(project, rows)

    tasks = claimed(client, project)

    assert tasks["Cold soup."]["suggestions"] == [{**GUESSES[0], "id": "sg1"}, GUESSES[1]]
    assert tasks["Cold soup."]["draft"] is None, "nothing is answered beforehand"
    assert tasks["Warm."]["suggestions"] == []


def test_a_suggestion_alone_is_no_answer_no_opinion_and_no_label(
    client: Client, project: str, rows: Path, tmp_path: Path
) -> None:
    client.tasks.import_(project, rows)

    counts = client.progress(project)["counts"]
    [row] = client.tasks.list(project, external_id="a")
    files = released(client, project, tmp_path / "release")

    assert (counts["answers"], counts["done"]) == (0, 0)
    assert (row["opinions"]["got"], row["consensus"]) == (0, [])
    assert files["annotations"] == files["labels"] == []
    assert files["items"][0]["suggestions"] == GUESSES, "what came with an item leaves with it"


def test_the_person_is_counted_and_the_models_are_not(client: Client, project: str, rows: Path, tmp_path: Path) -> None:
    client.tasks.import_(project, rows)
    task = claimed(client, project)["Cold soup."]

    client.work.submit(task, NEGATIVE, shown={"sg1": True})

    [consensus] = client.tasks.get(project, task["task_id"])["consensus"]
    files = released(client, project, tmp_path / "release")
    assert (consensus["value"], consensus["answers"]) == ("negative", 1)
    [label] = files["labels"]
    assert (label["value"], label["answers"]) == ("negative", 1)
    assert [each["annotator"] for each in files["annotations"]] == [
        client.tasks.get(project, task["task_id"])["annotations"][0]["annotator"]
    ]


def test_an_answer_says_which_suggestions_its_task_came_with_and_which_were_shown(
    client: Client, project: str, rows: Path, tmp_path: Path
) -> None:
    client.tasks.import_(project, rows)
    tasks = claimed(client, project)

    client.work.submit(tasks["Cold soup."], NEGATIVE, shown={"sg1": True})
    client.work.submit(tasks["Warm."], NEGATIVE)

    annotations = released(client, project, tmp_path / "release")["annotations"]
    record = {each["external_id"]: each.get("suggestions") for each in annotations}
    assert [(each["id"], each.get("model"), each["shown"]) for each in record["a"]] == [
        ("sg1", "first-guess", True),
        ("second", None, None),
    ]
    assert record["a"][0]["digest"] == record["a"][1]["digest"], "both models said the same"
    assert record["b"] is None


@pytest.mark.parametrize(
    ("suggestions", "pointer"),
    [
        ([{"answers": [{"question": "label", "value": "sideways"}]}], "/suggestions/0/answers/0/value"),
        ([{"answers": [{"question": "mood", "value": "positive"}]}], "/suggestions/0/answers/0/question"),
        ([{"id": "", "answers": []}], "/suggestions/0/id"),
        ([{"id": 7, "answers": []}], "/suggestions/0/id"),
        ([{"id": "x", "answers": []}, {"id": "x", "answers": []}], "/suggestions/1/id"),
        ([{"answers": []}, {"id": "sg1", "answers": []}], "/suggestions/1/id"),
        ([{"answers": {}}], "/suggestions"),
    ],
)
def test_a_suggestion_that_could_be_no_answer_refuses_its_row(
    client: Client, project: str, suggestions: list[Any], pointer: str
) -> None:
    with pytest.raises(errors.ImportRefused) as refused:
        client.tasks.import_(project, [{"text": "Cold soup.", "suggestions": suggestions}])

    assert [each["pointer"] for each in refused.value.problems] == [pointer]


def test_an_answer_cannot_speak_of_suggestions_that_its_task_has_not(client: Client, project: str, rows: Path) -> None:
    client.tasks.import_(project, rows)
    task = claimed(client, project)["Cold soup."]

    with pytest.raises(errors.Malformed) as refused:
        client.work.submit(task, NEGATIVE, shown={"sg9": True})

    assert refused.value.problems[0]["pointer"] == "/suggestions"
    assert client.progress(project)["counts"]["answers"] == 0
