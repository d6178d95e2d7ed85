"""What the demo holds: logins named after their roles, and the projects of `demo_data`, made through the SDK.

No answer is invented, and nobody.
"""

from __future__ import annotations

import asyncio
import importlib.util
import re
import secrets
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from evenhand.client import AsyncClient, Client, EvenhandError, nouns
from evenhand.demo_data import judgments, passages, projects

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
        **{name: wanted[name] for name in ("guideline",) if name in wanted},
        **wanted.get("settings", {}),
    )
    for path in pictures:
        client.tasks.import_image(made["id"], path, batch="Photographs of scikit-image")
    if not pictures:
        rows = islice(MATERIALS[wanted["material"]](), wanted["count"])
        report = client.tasks.import_(
            made["id"], list(rows), batch=_BATCHES.get(wanted["material"], "Addresses to Congress")
        )
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


def _patients() -> Iterator[Row]:
    """A patient a task. Some are gold: what Dawid and Skene's own method finds."""
    gold = next(each["gold"] for each in projects() if each["material"] == "patients")
    explanation = "The method of Dawid and Skene (1979) gives this answer a probability above 0.99."
    for number in range(1, len(judgments()) + 1):
        row: Row = {"inputs": {"text": f"Patient {number} of 45."}, "external_id": f"patient {number}"}
        if (level := gold.get(str(number))) is not None:
            row["gold"] = {"answers": [{"question": "fitness", "value": level}], "explanation": explanation}
        yield row


MATERIALS: dict[str, Callable[[], Iterator[Row]]] = {
    "passages": _passages,
    "pairs": _pairs,
    "economy": _economy,
    "patients": _patients,
}
_BATCHES = {"patients": "Dawid and Skene, 1979"}


def replay(url: str, admin_key: str) -> None:
    """Give the patients' project its answers, those of 1979: each observer as a member of their own, by the API like anybody."""
    asyncio.run(_observe(url, admin_key))


async def _observe(url: str, admin_key: str) -> None:
    wanted = next(each for each in projects() if each["material"] == "patients")
    table = judgments()
    async with AsyncClient(url, admin_key) as owner:
        [project] = [each["id"] async for each in owner.projects.list() if each["name"] == wanted["name"]]
        observers = [await _observer(owner, url, number) for number in range(1, wanted["opinions"] + 1)]
    async with asyncio.TaskGroup() as group:
        for place, observer in enumerate(observers):
            group.create_task(_answer(observer, project, [row[place] for row in table]))


async def _observer(owner: AsyncClient, url: str, number: int) -> AsyncClient:
    """A member who is an observer of the paper; nobody signs in as one again."""
    name = f"Observer {number} (1979)"
    invited = await owner.people.invite(f"observer-{number}@localhost", "annotator", name=name)
    client = AsyncClient(url)
    await client.accept_invitation(invited["link"], secrets.token_urlsafe(24), name)
    return client


async def _answer(observer: AsyncClient, project: str, levels: list[int]) -> None:
    async with observer:
        claim: nouns.Claim | None = await observer.work.claim(project)
        while claim is not None and (assignment := claim.get("assignment")):
            patient = int(assignment["item"]["inputs"]["text"]["text"].split()[1])
            said = [{"question": "fitness", "value": levels[patient - 1]}]
            claim = (await observer.work.submit(assignment, said, next=True))["next"]
