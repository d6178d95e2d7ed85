"""The document of a verifiable task: what is read, and every defect named with its place."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from evenhand.ontology.open_task import OpenTask, check_open_task

TASK: dict[str, Any] = {
    "format": "open-task/0.1",
    "id": "marsh-1867",
    "version": "3",
    "statement": [{"type": "text", "text": "Runde TimeDelta richtig."}],
    "environment": {"workdir": "repo", "network": "none", "services": []},
    "files": [
        {"path": "repo/a.py", "role": "start", "text": "x = 1\n"},
        {"path": "tests/hidden.py", "role": "checker", "blob": "sha256:" + "8" * 64},
        {"path": "repo/a.py", "role": "solution", "text": "x = 2\n"},
    ],
    "checker": {
        "command": ["python", "tests/hidden.py"],
        "result": "json",
        "reward": [0.0, 1.0],
        "timeout_s": 120.0,
        "runs": 3,
    },
    "limits": {
        "cpu": 2,
        "memory_mb": 4096,
        "disk_mb": 2048,
        "wall_s": 1800.0,
        "processes": 256,
        "output_bytes": 1048576,
    },
    "expect": {"solution_reward": 1.0, "start_reward": 0.0},
    "mutations": [
        {"id": "x1", "kind": "wrong_solution", "patch": "sha256:" + "a" * 64, "reward": 0.0, "why": "truncates"},
        {"id": "m-0123456789ab", "kind": "equivalent", "reward": 1.0, "why": "an error's words"},
    ],
    "provenance": {"authors": 2, "licence": "MIT", "canary": "evh-7d1e"},
}


def changed(pointer: str, value: Any) -> dict[str, Any]:
    """The task with one place changed; a place that is not there is made."""
    body = copy.deepcopy(TASK)
    *path, last = pointer.split("/")[1:]
    at: Any = body
    for step in path:
        at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
    if isinstance(at, list):
        at[int(last)] = value
    else:
        at[last] = value
    return body


def test_a_whole_task_is_read() -> None:
    assert check_open_task(TASK) == []
    assert OpenTask.model_validate(TASK).mutations[1].is_declaration


def test_numbers_of_rewards_may_be_written_whole() -> None:
    assert check_open_task(changed("/checker/reward", [0, 1])) == []


@pytest.mark.parametrize(
    ("pointer", "value", "at", "code"),
    [
        ("/checker/command", "python tests/hidden.py", "/checker/command", "bad_settings"),
        ("/checker/command", [], "/checker/command", "bad_settings"),
        ("/format", "open-task/9", "/format", "bad_settings"),
        ("/files/0/path", "../secret", "/files/0/path", "bad_path"),
        ("/files/0/path", "/etc/passwd", "/files/0/path", "bad_path"),
        ("/files/1/role", "start", "", ""),
        ("/files/1/path", "repo/a.py", "", ""),
        ("/files/2/role", "visible", "/files/2/path", "duplicate_value"),
        ("/files/0/blob", "sha256:" + "7" * 64, "/files/0", "bad_settings"),
        ("/files/0/blob", "md5:77", "/files/0/blob", "bad_settings"),
        ("/checker/reward", [1.0, 0.0], "/checker/reward", "bad_range"),
        ("/mutations/0/reward", 2.0, "/mutations/0/reward", "out_of_bounds"),
        ("/expect/start_reward", 1.0, "/expect", "bad_range"),
        ("/mutations/1/id", "x1", "/mutations/1/id", "duplicate_value"),
        ("/mutations/1/why", " ", "/mutations/1/why", "missing_answer"),
        ("/mutations/1/kind", "exploit", "/mutations/1", "missing_input"),
        ("/mutations/0/files", [{"path": "a", "text": ""}], "/mutations/0", "bad_settings"),
        ("/environment/image", "registry/img@sha256:66", "/environment/image", "not_supported"),
        ("/environment/setup", [["pip", "install", "-e", "."]], "/environment/setup", "not_supported"),
        ("/environment/setup", ["pip install -e ."], "/environment/setup/0", "bad_settings"),
        ("/environment/network", "host", "/environment/network", "not_supported"),
        ("/environment/services", ["redis"], "/environment/services", "not_supported"),
        ("/limits/processes", 0, "/limits/processes", "bad_settings"),
        ("/surprise", 1, "/surprise", "bad_settings"),
    ],
)
def test_a_defect_is_named_with_its_place(pointer: str, value: Any, at: str, code: str) -> None:
    found = [(each.pointer, each.code) for each in check_open_task(changed(pointer, value))]

    assert ((at, code) in found) if code else found == []


def test_all_defects_are_named_at_once() -> None:
    body = changed("/files/0/path", "..")
    body["checker"]["reward"] = [1.0, 1.0]

    assert {each.code for each in check_open_task(body)} >= {"bad_path", "bad_range"}


def test_a_task_without_a_solution_says_so() -> None:
    assert "missing_input" in {each.code for each in check_open_task(changed("/files", TASK["files"][:2]))}


@pytest.mark.parametrize("body", [None, 7, [], {}, "x", {"files": 1}, {"format": "open-task/0.1", "files": [[]]}])
def test_foreign_shapes_are_problems_and_no_errors(body: Any) -> None:
    assert check_open_task(body)
