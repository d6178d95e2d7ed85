"""What every refusal must be: a problem document that names the place and the remedy."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from published import strict


@dataclass(frozen=True)
class Target:
    """Where hostile input goes. project: its address. task, own_task: held by the annotator, by the owner."""

    project: str
    task: str
    own_task: str
    release: str


def check_refusal(answer: httpx.Response, status: int | None = None) -> dict[str, object]:
    """Hold an answer against the promise; its document."""
    assert 400 <= answer.status_code < 500, f"{answer.status_code} {answer.text[:500]}"
    assert status is None or answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    assert answer.headers["content-type"] == "application/problem+json", answer.text[:500]
    document: dict[str, object] = answer.json()
    assert strict("ProblemDocument").is_valid(document), document
    assert document["status"] == answer.status_code
    assert document["hint"], "no remedy"
    if answer.status_code == 422:
        problems = document["problems"]
        assert isinstance(problems, list)
        assert problems, "names no place"
        for each in problems:
            assert each["message"] and each["remedy"], each
    assert len(answer.content) < 200_000, "echoes what was sent"
    assert answer.headers["x-request-id"]
    return document
