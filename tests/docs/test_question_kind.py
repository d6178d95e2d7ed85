"""The how-to that adds a question kind, followed to the letter: package, server, answers, release."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import pytest
from pages import page

from evenhand import Client
from evenhand.client.errors import AnswerRefused
from serving import Installation, serve

HOWTO = page("docs/how-to/add-a-question-kind.md")
MODULE, USE, CONTRACT = HOWTO.blocks("python")
[PROJECT] = HOWTO.blocks("toml")


@pytest.fixture(scope="session")
def plugged() -> Iterator[Path]:
    """The folder that the plug-in was installed into, built from the page's own files."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-plugin-"))
    folder.chmod(0o755)
    source = folder / "traffic_light"
    (source / "src").mkdir(parents=True)
    (source / "src" / "traffic_light.py").write_text(MODULE.code, encoding="utf-8")
    (source / "pyproject.toml").write_text(PROJECT.code, encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(folder / "installed"), str(source)], check=True)
    yield folder / "installed"
    rmtree(folder)


def environment(plugged: Path, **more: str) -> dict[str, str]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("EVENHAND_")}
    paths = [str(plugged), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**clean, "PYTHONPATH": os.pathsep.join(paths), **more}


@pytest.fixture(scope="session")
def server(plugged: Path) -> Iterator[Installation]:
    with serve(environment=environment(plugged)) as installation:
        yield installation


def test_the_plug_in_of_the_page_is_answered_and_has_a_consensus(plugged: Path, server: Installation) -> None:
    given = environment(plugged, EVENHAND_URL=server.url, EVENHAND_API_KEY=server.key)

    done = subprocess.run([sys.executable, "-c", USE.code], env=given, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "green\n"


def test_the_contract_as_the_page_states_it_holds_for_the_plug_in(plugged: Path) -> None:
    given = environment(plugged)

    done = subprocess.run([sys.executable, "-c", CONTRACT.code], env=given, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_what_the_plug_in_refuses_is_refused_by_the_server(server: Installation) -> None:
    ontology = {
        "format": "evenhand-ontology/1",
        "name": "refusing",
        "language": "en",
        "inputs": [{"name": "text", "kind": "text"}],
        "questions": [
            {"name": "may_go", "kind": "acme.traffic_light", "text": "May one?", "settings": {"amber": False}}
        ],
    }
    with Client(server.url, server.key) as client:
        project = client.projects.create("Refusing", ontology=ontology)
        client.tasks.import_(project["id"], [{"text": "Is it?"}])
        task = client.work.claim(project["id"])["assignment"]

        with pytest.raises(AnswerRefused) as refused:
            client.work.submit(task, [{"question": "may_go", "value": "amber"}])

    [problem] = refused.value.problems
    assert (problem["pointer"], problem["code"], problem["allowed"]) == (
        "/answers/0/value",
        "unknown_option",
        ["red", "green"],
    )


def test_a_release_with_the_plug_ins_answers_is_built(plugged: Path, server: Installation) -> None:
    test_the_plug_in_of_the_page_is_answered_and_has_a_consensus(plugged, server)
    with Client(server.url, server.key) as client:
        project = next(each for each in client.projects.list() if each["name"] == "Crossing")

        release = client.releases.wait(client.releases.create(project["id"])["id"])

    assert release["counts"] == {"tasks": 1, "annotations": 1, "labels": 1, "annotators": 1}
