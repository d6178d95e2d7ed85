"""From the key that submits to the next task on the screen: `python -m bench.submit_to_painted [--count N]`.

Chromium answers tasks of several kinds against a fresh installation; the next task was fetched ahead, so neither the server nor
the network stands between. Each case is measured without and with 100 ms of network latency. The budget is 50 ms at p95.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.installation import Http, Installation, installation, table

BUDGET_MS = 50
PASSWORD = "correct horse battery"
EMAIL = "annotator@example.org"
SCRIPT = Path(__file__).parent.parent / "web" / "bench" / "submit_to_painted.mjs"

WORDS = (
    "The laws you have already passed for the establishment of a judiciary system have opened the doors of justice to "
    "all descriptions of persons. You will consider in your wisdom whether improvements in that system may yet be made. "
)
TONE = {
    "name": "tone",
    "kind": "choice",
    "text": "What is the tone?",
    "settings": {"options": [{"value": "warm", "text": "Warm"}, {"value": "cold", "text": "Cold"}]},
}
BETTER = {
    "name": "better",
    "kind": "pairwise",
    "text": "Which reply is better?",
    "target": {"each": "turn", "of": "chat"},
    "shuffle": True,
    "settings": {"strength": 3, "ties": ["same", "both_bad"]},
}
NAMES = {"name": "names", "kind": "span", "text": "Mark every name.", "settings": {"labels": [{"value": "name"}]}}


def reply(number: int) -> str:
    """A reply in Markdown, as models write them."""
    steps = "\n".join(f"{step}. Step *{step}* of answer **{number}**: {WORDS}" for step in range(1, 6))
    return f"## Answer {number}\n\n{WORDS}\n\n{steps}\n\n> {WORDS}\n"


# name, input kind, question, content of task n, keys that answer and submit
CASES: tuple[tuple[str, dict[str, Any], dict[str, Any], Any, list[str]], ...] = (
    ("text, one choice", {"name": "text", "kind": "text"}, TONE, lambda n: f"{n}. {WORDS}", ["1", "Control+Enter"]),
    (
        "two replies in Markdown, pairwise",
        {"name": "chat", "kind": "chat"},
        BETTER,
        lambda n: {"prompt": f"Question {n}?", "responses": [reply(n), reply(n + 1)]},
        ["2", "Control+Enter"],
    ),
    (
        "20,000 characters, spans",
        {"name": "text", "kind": "text"},
        NAMES,
        lambda n: f"{n}. " + WORDS * 90,
        ["ArrowRight", "1", "Control+Enter"],
    ),
)


async def prepare(place: Installation, count: int) -> list[str]:
    """A project for each case, and an annotator with a password."""
    owner = Http(place.url, place.admin_key)
    projects = []
    for name, input_, question, content, _ in CASES:
        ontology = {
            "format": "evenhand-ontology/1",
            "name": "bench",
            "language": "en",
            "inputs": [input_],
            "questions": [question],
        }
        status, project = await owner.call("POST", "/projects", {"name": name, "ontology": ontology})
        assert status == 201, project
        tasks = [{"inputs": {input_["name"]: content(number)}} for number in range(2 * count + 8)]
        status, report = await owner.call("POST", f"/projects/{project['id']}/tasks", tasks)
        assert status == 200 and report["rejected"] == 0, report
        projects.append(project["id"])
    status, invited = await owner.call("POST", "/invitations", {"email": EMAIL, "role": "annotator"})
    assert status == 201, invited
    owner.close()
    guest = Http(place.url, "none")
    token = invited["link"].split("#")[1]
    status, session = await guest.call(
        "POST", "/invitations/accept", {"token": token, "password": PASSWORD, "name": "Annotator"}
    )
    assert status == 200, session
    guest.close()
    return projects


def measured(place: Installation, project: str, keys: list[str], count: int, latency_ms: int) -> list[float]:
    """Milliseconds of each submit."""
    order = {
        "url": place.url,
        "email": EMAIL,
        "password": PASSWORD,
        "project": project,
        "keys": keys,
        "count": count,
        "latencyMs": latency_ms,
        "thinkMs": 400 + 2 * latency_ms,
    }
    done = subprocess.run(["node", str(SCRIPT), json.dumps(order)], stdout=subprocess.PIPE, check=True)
    painted: list[float] = json.loads(done.stdout)["painted"]
    return painted


def main() -> int:
    """Print each case's figures; 1 when one is over the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60)
    count = parser.parse_args().count
    lines, is_over = [], False
    with installation() as place:
        projects = asyncio.run(prepare(place, count))
        for (name, _, _, _, keys), project in zip(CASES, projects, strict=True):
            for latency_ms in (0, 100):
                painted = sorted(measured(place, project, keys, count, latency_ms))
                p95 = statistics.quantiles(painted, n=20)[-1]
                is_over |= p95 > BUDGET_MS
                lines.append(
                    [name, f"{latency_ms}", f"{statistics.median(painted):.0f}", f"{p95:.0f}", f"{painted[-1]:.0f}"]
                )
    title = f"Submit to painted, Chromium, {count} tasks each, budget {BUDGET_MS} ms at p95"
    table(title, ["task", "network latency, ms", "p50, ms", "p95, ms", "most, ms"], lines)
    return 1 if is_over else 0


if __name__ == "__main__":
    sys.exit(main())
