"""Tasks that a program checks, as answers: what is refused, when two are the same, what becomes of several."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from evenhand.ontology.answering import NOWHERE
from evenhand.ontology.questions.verifiable_task import Settings, kind

FIRST = next(iter(kind.examples())).value


def changed(**keys: Any) -> dict[str, Any]:
    """The first example with other top-level keys."""
    assert isinstance(FIRST, dict)
    return {**copy.deepcopy(FIRST), **keys}


def codes(value: Any, **settings: int) -> list[tuple[str, str]]:
    return [(each.pointer, each.code) for each in kind.check(Settings(**settings), value, NOWHERE)]


def test_a_whole_task_is_taken() -> None:
    assert codes(FIRST) == []


@pytest.mark.parametrize(
    ("value", "at", "code"),
    [
        (changed(checker={"command": "python ask.py"}), "/checker/command", "bad_value"),
        (changed(files=[{"path": "../a", "role": "solution", "text": ""}]), "/files/0/path", "bad_value"),
        (changed(environment={"network": "host"}), "/environment/network", "bad_value"),
        (changed(files=[{"path": "a", "role": "checker", "text": ""}]), "/files", "missing_answer"),
        (changed(mutations=[]), "/mutations", "count"),
        (changed(results=[{"subject": "solution", "reward": 1}]), "/results", "bad_value"),
        (changed(files=[{"path": "a", "role": "solution", "blob": "sha256:" + "0" * 64}]), "/files/0", "bad_value"),
        (changed(files=[{"path": "a", "role": "solution"}]), "/files/0", "bad_value"),
        (changed(mutations=[{"id": "x", "kind": "exploit", "reward": 0, "patch": "sha256:" + "0" * 64}]), "/mutations/0/patch",
         "bad_value"),
    ],
)  # fmt: skip
def test_what_is_refused_is_named_with_its_place(value: Any, at: str, code: str) -> None:
    assert (at, code) in codes(value)


def test_as_much_wrong_work_as_is_asked_for() -> None:
    assert codes(FIRST, wrong_solutions=2, exploits=1) == [("/mutations", "count"), ("/mutations", "count")]


def test_more_than_four_mebibytes_are_refused() -> None:
    files = [{"path": f"f{n}", "role": "start", "text": "x" * (1 << 20)} for n in range(5)]

    assert codes(changed(files=[*files, {"path": "a", "role": "solution", "text": ""}])) == [("", "too_long")]


def test_the_same_task_is_spelled_in_one_way() -> None:
    assert isinstance(FIRST, dict)
    files: Any = FIRST["files"]
    other = changed(files=files[::-1], environment={"network": "none"}, limits={"cpu": 1}, results=[])

    assert kind.canonical(None, other) == kind.canonical(None, FIRST)
    assert kind.canonical(None, kind.canonical(None, FIRST)) == kind.canonical(None, FIRST)
    assert kind.distance(None, other, FIRST, NOWHERE) == 0.0


def test_distance_is_the_share_of_parts_that_are_not_in_both() -> None:
    assert isinstance(FIRST, dict)
    files: Any = copy.deepcopy(FIRST["files"])
    files[0]["text"] = "other"

    # format, id, version, statement, checker, one mutation, three files: of 8 + 2 parts 8 are in both.
    assert kind.distance(None, changed(files=files), FIRST, NOWHERE) == pytest.approx(0.2)
    assert kind.distance(None, FIRST, changed(files=files), NOWHERE) == pytest.approx(0.2)


def test_tasks_of_several_authors_are_several_tasks() -> None:
    alone = kind.merge(None, [FIRST], [1.0], NOWHERE)
    two = kind.merge(None, [FIRST, changed(version="9")], [1.0, 1.0], NOWHERE)

    assert (alone.status, alone.value) == ("resolved", kind.canonical(None, FIRST))
    assert (two.status, two.value) == ("incomparable", None)


def test_the_summary_counts_files_and_wrong_work() -> None:
    assert kind.summary(None, FIRST) == "words 1: 3 files, 1 wrong solutions"
