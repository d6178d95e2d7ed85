"""What the demo holds: logins named after their roles, and the projects of `demo_data`, made through the SDK.

No answer is invented, and nobody.
"""

from __future__ import annotations

import importlib.util
import re
import secrets
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from evenhand.client import Client, EvenhandError, nouns
from evenhand.demo_data import passages, projects

# Three annotators: as many as the project that wants the most opinions on a task.
_LOGINS: tuple[tuple[nouns.Role, str], ...] = (
    ("manager", "Manager"),
    ("annotator", "Annotator 1"),
    ("annotator", "Annotator 2"),
    ("annotator", "Annotator 3"),
    ("reviewer", "Reviewer"),
    ("auditor", "Auditor"),
)
_PHOTOGRAPHS = ("chelsea.png", "astronaut.png", "coffee.png", "rocket.jpg", "motorcycle_left.png", "coins.png", "camera.png",
                "hubble_deep_field.jpg", "clock_motion.png", "horse.png", "moon.png", "motorcycle_right.png")  # fmt: skip
_MONEY = re.compile(
    "bank|treasur|tariff|currenc|market|price|debt|tax|trade|commerc|econom|bond|gold|silver|dollar|inflation|budget"
)
_MONEY_WORDS_MIN = 2
Row = dict[str, Any]


def load(url: str, made: dict[str, Any]) -> dict[str, Any]:
    """Fill an installation that was just made. made: the first start's admin_key, email and password.

    Returns projects (ids), logins (role, email, password) and skipped (why a project was left out).
    """
    with Client(url, made["admin_key"]) as client:
        logins = [{"role": "owner", "email": made["email"], "password": made["password"]}, *_logins(client, url)]
        made_projects, skipped = [], []
        for wanted in projects():
            try:
                made_projects.append(_make(client, wanted))
            except NotHere as error:
                skipped.append(str(error))
    return {"projects": made_projects, "skipped": skipped, "logins": logins}


class NotHere(Exception):
    """Material of a project that this machine does not have."""


def _logins(client: Client, url: str) -> Iterator[dict[str, str]]:
    for role, name in _LOGINS:
        email, password = f"{name.lower().replace(' ', '-')}@localhost", secrets.token_urlsafe(12)
        link = client.people.invite(email, role, name=name)["link"]
        with Client(url) as person:
            person.accept_invitation(link, password, name)
        yield {"role": role, "email": email, "password": password}


def _make(client: Client, wanted: dict[str, Any]) -> str:
    pictures = photographs(wanted) if wanted["material"] == "photographs" else []
    made = client.projects.create(
        wanted["name"],
        ontology=wanted.get("ontology"),
        preset=wanted.get("preset"),
        opinions=wanted["opinions"],
        guideline=wanted["guideline"],
    )
    for path in pictures:
        client.tasks.import_image(made["id"], path, batch="Photographs of scikit-image")
    if not pictures:
        rows = islice(MATERIALS[wanted["material"]](), wanted["count"])
        report = client.tasks.import_(made["id"], list(rows), batch="Addresses to Congress")
        if report["rejected"]:
            raise EvenhandError({"code": "malformed", "detail": f"{wanted['name']}: {report['problems'][0]}"})
    return made["id"]


def photographs(wanted: dict[str, Any]) -> list[Path]:
    """Photographs that the package scikit-image carries. Raises NotHere without it."""
    package = importlib.util.find_spec("skimage")
    if package is None or not package.submodule_search_locations:
        raise NotHere(f"“{wanted['name']}”: pip install scikit-image brings its photographs.")
    folder = Path(package.submodule_search_locations[0]) / "data"
    found = [folder / name for name in _PHOTOGRAPHS if (folder / name).exists()]
    if not found:
        raise NotHere(f"“{wanted['name']}”: this scikit-image carries no photographs.")
    return found[: wanted["count"]]


def _passages() -> Iterator[Row]:
    """One passage a task, spread over the centuries: the step is coprime to their number, so each comes once."""
    found = passages()
    for index in range(len(found)):
        each = found[index * 101 % len(found)]
        yield {
            "inputs": {"text": each["text"]},
            "external_id": f"{each['year']}-{each['president']}-{each['part']}",
            "tags": [f"{each['year'] // 100}00s"],
            "metadata": {"year": each["year"], "president": each["president"]},
        }


def _pairs() -> Iterator[Row]:
    """Two passages a task, from different times."""
    rows = list(_passages())
    for first, second in zip(rows[::2], rows[1::2], strict=False):
        yield {
            "inputs": {"first": first["inputs"]["text"], "second": second["inputs"]["text"]},
            "external_id": f"{first['external_id']} / {second['external_id']}",
        }


def _economy() -> Iterator[Row]:
    """Passages that speak of money, with a headline that says whose they are."""
    for row in _passages():
        text: str = row["inputs"]["text"]
        if sum(_MONEY.match(word) is not None for word in text.lower().split()) >= _MONEY_WORDS_MIN:
            headline = f"{row['metadata']['president']} to the Congress, {row['metadata']['year']}"
            yield {**row, "inputs": {"headline": headline, "text": text}}


MATERIALS: dict[str, Callable[[], Iterator[Row]]] = {"passages": _passages, "pairs": _pairs, "economy": _economy}
