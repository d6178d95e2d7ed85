"""Small verifiable tasks for tests, and the kept sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evenhand.checking.folders import read_folder
from evenhand.checking.packing import Bundle
from evenhand.ontology.open_task import OpenTask, check_open_task

SAMPLE = Path(__file__).parents[1] / "fixtures" / "open_tasks" / "split-bill"


def sample() -> Bundle:
    """Splitting a bill, with a checker that asks in another process."""
    return read_folder(SAMPLE)


def bundle(files: dict[tuple[str, str], str], **more: Any) -> Bundle:
    """A task of these files: (role, path) -> text."""
    body = {
        "format": "open-task/0.1",
        "id": "small",
        "version": "1",
        "statement": [{"type": "text", "text": "Double it."}],
        "files": [{"path": path, "role": role, "text": text} for (role, path), text in files.items()],
        "checker": {"command": ["python", "check.py"], "timeout_s": 10.0},
        **more,
    }
    assert check_open_task(body) == []
    return Bundle(OpenTask.model_validate(body), {})
