"""A suggestion comes with a task and leaves with its release, and is nobody's answer on the way (invariant 8 of the design)."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
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


# ----------------------------------------------------------------------------------------------- how an answer came about --
def answered(client: Client, project: str, rows: Path, **answer: Any) -> dict[str, Any]:
    """The task of the first row, as it is shown to those who manage, after one answer to it."""
    client.tasks.import_(project, rows)
    task = claimed(client, project)["Cold soup."]
    client.work.submit(task, [{"question": "label", **answer}])
    return dict(client.tasks.get(project, task["task_id"]))


@pytest.mark.parametrize(
    ("answer", "origin"),
    [
        ({"value": "positive", "suggestion": "sg1"}, {"origin": "suggestion", "suggestion": "sg1"}),
        ({"value": "negative", "suggestion": "second"}, {"origin": "suggestion_edited", "suggestion": "second"}),
        ({"value": "positive"}, {"origin": "human"}),
        ({"value": "negative"}, {"origin": "human"}),
    ],
)
def test_an_answer_says_whether_it_was_suggested_and_whether_it_was_changed(
    client: Client, project: str, rows: Path, tmp_path: Path, answer: dict[str, str], origin: dict[str, str]
) -> None:
    task = answered(client, project, rows, **answer)

    [annotation] = released(client, project, tmp_path / "release")["annotations"]
    assert annotation["provenance"] == {"answers": {"label": origin}}
    assert task["annotations"][0]["origins"] == {"label": origin}


def test_the_task_page_has_what_was_suggested_beside_what_was_answered(
    client: Client, project: str, rows: Path
) -> None:
    task = answered(client, project, rows, value="negative", suggestion="sg1")

    assert task["suggestions"] == [{**GUESSES[0], "id": "sg1"}, GUESSES[1]]
    assert [each["id"] for each in task["annotations"][0]["suggestions"]] == ["sg1", "second"]


def test_what_a_client_says_of_origins_does_not_count(
    installation: Installation, client: Client, project: str, rows: Path, tmp_path: Path
) -> None:
    client.tasks.import_(project, rows)
    tasks = claimed(client, project)
    claim = {"answers": {"label": {"origin": "suggestion"}}, "regions": {"a": 1}}

    for text in ("Cold soup.", "Warm."):
        at = f"{installation.url}/api/v1/projects/{project}/tasks/{tasks[text]['task_id']}/annotations"
        body = {"ontology_version": 1, "answers": NEGATIVE, "provenance": claim}
        httpx.post(at, json=body, headers={"authorization": f"Bearer {installation.key}"}).raise_for_status()

    annotations = released(client, project, tmp_path / "release")["annotations"]
    assert {each["external_id"]: each["provenance"] for each in annotations} == {
        "a": {"answers": {"label": {"origin": "human"}}, "regions": {"a": 1}},
        "b": {"regions": {"a": 1}},
    }


@pytest.mark.parametrize(("text", "id_"), [("Cold soup.", "sg9"), ("Warm.", "sg1")])
def test_a_suggestion_that_the_task_did_not_come_with_cannot_have_been_accepted(
    client: Client, project: str, rows: Path, text: str, id_: str
) -> None:
    client.tasks.import_(project, rows)
    task = claimed(client, project)[text]

    with pytest.raises(errors.Malformed) as refused:
        client.work.submit(task, [{"question": "label", "value": "positive", "suggestion": id_}])

    assert refused.value.problems[0]["pointer"] == "/answers"
    assert client.progress(project)["counts"]["answers"] == 0


def test_progress_counts_what_became_of_suggestions_also_when_an_answer_is_given_anew(
    client: Client, project: str, rows: Path
) -> None:
    task = answered(client, project, rows, value="positive", suggestion="sg1")
    until_counted(client, project, unchanged=1)

    again = client.work.reopen(project, task["id"])
    kept = again["draft"]["answers"][0]
    client.work.submit(again, [{**kept, "value": "negative"}])

    assert kept["suggestion"] == "sg1", "opened again it still says where it came from"
    until_counted(client, project, edited=1)


# ------------------------------------------------------------------------------------------------- hidden suggestions --
def test_hidden_suggestions_never_leave_the_server_and_the_annotation_says_that_they_were_hidden(
    client: Client, project: str, rows: Path, tmp_path: Path
) -> None:
    client.projects.change(project, suggestions_hidden=1)
    client.tasks.import_(project, rows)
    task = claimed(client, project)["Cold soup."]

    client.work.submit(task, [{"question": "label", "value": "positive"}])

    assert "first-guess" not in json.dumps(task)
    assert task["suggestions"] == []
    [annotation] = released(client, project, tmp_path / "release")["annotations"]
    assert [(each["hidden"], each["shown"]) for each in annotation["suggestions"]] == [(True, False), (True, False)]
    assert annotation["provenance"]["answers"] == {"label": {"origin": "human"}}
    until_counted(client, project, hidden=1, hidden_same=1)


@pytest.mark.parametrize("said", [{"suggestion": "sg1"}, {}])
def test_nobody_accepts_or_sees_a_suggestion_that_was_hidden(
    client: Client, project: str, rows: Path, said: dict[str, str]
) -> None:
    client.projects.change(project, suggestions_hidden=1)
    client.tasks.import_(project, rows)
    task = claimed(client, project)["Cold soup."]

    with pytest.raises(errors.Malformed):
        client.work.submit(
            task, [{"question": "label", "value": "positive", **said}], shown=None if said else {"sg1": True}
        )


def test_a_share_that_changes_while_somebody_answers_does_not_change_what_they_saw(
    client: Client, project: str, rows: Path, tmp_path: Path
) -> None:
    client.tasks.import_(project, rows)
    task = claimed(client, project)["Cold soup."]
    client.projects.change(project, suggestions_hidden=1)

    client.work.submit(task, [{"question": "label", "value": "positive", "suggestion": "sg1"}], shown={"sg1": True})

    [annotation] = released(client, project, tmp_path / "release")["annotations"]
    assert annotation["provenance"]["answers"]["label"]["origin"] == "suggestion"
    assert client.work.reopen(project, task["task_id"])["suggestions"], "opened again they see what they saw"


def test_which_tasks_hide_their_suggestions_is_the_same_for_everybody_and_a_larger_share_hides_more(
    client: Client, installation: Installation
) -> None:
    made = [{"text": f"Letter {n}", "external_id": f"letter-{n}", "suggestions": GUESSES} for n in range(40)]
    project = client.projects.create("By lot", preset="text-classification", fill=LABELS, opinions=3)["id"]
    client.tasks.import_(project, made)
    hidden = []

    for share in (0.5, 0.5, 0.8):
        client.projects.change(project, suggestions_hidden=share)
        link = client.people.invite(f"{uuid.uuid4()}@example.org", "annotator", name="Annotator")["link"]
        with Client(installation.url) as person:
            person.accept_invitation(link, "a few long words", "Annotator")
            hidden.append(dealt_without(person, project))

    first, second, more = hidden
    assert first == second
    assert 3 < len(first) < 37, "about half of forty"
    assert first < more


def test_a_project_is_made_with_a_share_and_a_copy_keeps_it(client: Client) -> None:
    made = client.projects.create("Hidden", preset="text-classification", fill=LABELS, suggestions_hidden=0.25)

    assert made["suggestions_hidden"] == 0.25
    assert client.projects.clone(made["id"], "Its copy")["suggestions_hidden"] == 0.25


@pytest.mark.parametrize("share", [-0.1, 1.1, "half"])
def test_a_share_lies_between_none_and_all(client: Client, project: str, share: Any) -> None:
    with pytest.raises(errors.Malformed):
        client.projects.change(project, suggestions_hidden=share)

    assert client.projects.get(project)["suggestions_hidden"] == 0


def dealt_without(client: Client, project: str) -> set[str]:
    """Answers all there is; the tasks that came without suggestions."""
    hidden = set()
    claim = client.work.claim(project)
    while claim["status"] == "ok":
        task = claim["assignment"]
        if not task["suggestions"]:
            hidden.add(task["task_id"])
        claim = client.work.submit(task, NEGATIVE, next=True)["next"]
    return hidden


def until_counted(client: Client, project: str, **counts: int) -> None:
    """The relay counts a moment after the answer."""
    wanted = dict.fromkeys(("unchanged", "edited", "by_hand", "by_hand_same", "hidden", "hidden_same"), 0) | counts
    for _ in range(100):
        found = client.progress(project)["suggestions"]
        if found == wanted:
            return
        time.sleep(0.1)
    assert found == wanted
