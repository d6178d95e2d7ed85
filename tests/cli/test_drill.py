"""`evenhand demo --drill` without a browser: its whole course on an installation of its own, each act held to the facts."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from evenhand import Client
from evenhand.cli.drill_records import BUYER, VENDOR
from evenhand.cli.drill_tampering import GOPATH
from evenhand.client.errors import OnHold

ENVIRONMENT = {name: text for name, text in os.environ.items() if not name.startswith("EVENHAND_")}
HAS_GO = shutil.which("go") is not None and (GOPATH / "src/golang.org/x/mod/sumdb").is_dir()


@dataclass
class Course:
    """What was told, act by act, and what people met in between. state: of work for each customer, by organization and act."""

    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    work: dict[tuple[str, str], str] = field(default_factory=dict)
    holds: dict[str, Any] = field(default_factory=dict)

    @property
    def hit(self) -> str:
        return str(self.told["ready"]["seats"][0]["organization"])

    @property
    def untouched(self) -> str:
        return str(self.told["ready"]["seats"][1]["organization"])


@pytest.fixture(scope="module")
def course() -> Iterator[Course]:
    """All acts, each at the moment at which a reader presses Enter."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-drill-"))
    folder.chmod(0o755)
    command = [
        sys.executable,
        "-m",
        "evenhand",
        "demo",
        "--drill",
        "--data",
        str(folder / "data"),
        "--port",
        "0",
        "--json",
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=ENVIRONMENT, text=True
        )
    assert server.stdin is not None
    assert server.stdout is not None
    made = Course()

    def act(name: str) -> dict[str, Any]:
        for line in server.stdout:
            said = json.loads(line)
            if said.get("act") == name:
                made.told[name] = said
                return dict(said)
        raise AssertionError(f"it ended before it was {name}:\n" + (folder / "log").read_text()[-3000:])

    def press_enter() -> None:
        server.stdin.write("\n")
        server.stdin.flush()

    try:
        seats = act("ready")["seats"]
        _look(made, "before", seats)
        press_enter()
        act("filed")
        _look(made, "after", seats)
        press_enter()
        act("edited")
        act("verified")
        yield made
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0
        server.stdin.close()
        server.stdout.close()
        shutil.rmtree(folder)


def _look(made: Course, when: str, seats: list[dict[str, str]]) -> None:
    """What an annotator of each customer is dealt now, and what the owner of the first sees."""
    for seat in seats[:2]:
        with _as(made, seat) as person:
            project = seat["address"].rpartition("/projects/")[2].partition("/")[0]
            try:
                made.work[seat["organization"], when] = person.work.claim(project)["status"]
            except OnHold as error:
                made.work[seat["organization"], when] = error.code
    with _as(made, seats[2]) as owner:
        made.holds[when] = owner.holds.state()


def _as(made: Course, seat: dict[str, str]) -> Client:
    client = Client(made.told["ready"]["url"])
    client.sign_in(seat["email"], seat["password"])
    mine = client.session()
    if mine["organization"]["name"] != seat["organization"]:
        client.switch_organization(
            next(each["id"] for each in mine["organizations"] if each["name"] == seat["organization"])
        )
    return client


def test_before_the_filing_both_customers_work_and_nothing_is_on_hold(course: Course) -> None:
    assert {who: said for (who, when), said in course.work.items() if when == "before"} == {
        course.hit: "ok",
        course.untouched: "ok",
    }
    assert course.holds["before"]["on_hold"] is False


@pytest.mark.check(16)
def test_the_filing_holds_one_customer_and_the_other_works_on(course: Course) -> None:
    filed = course.told["filed"]

    assert (filed["organization"], filed["refused"]) == (course.hit, "on-hold")
    assert (filed["untouched"], filed["others_answer"]) == (course.untouched, "ok")
    assert course.work[course.hit, "after"] == "on-hold"
    assert course.work[course.untouched, "after"] == "ok"
    assert filed["blank_after_seconds"] > 0


@pytest.mark.check(16)
def test_the_chain_is_the_one_that_was_filed_and_the_owner_sees_the_same(course: Course) -> None:
    [hold] = course.holds["after"]["items"]
    [tie] = hold["ties"]
    links = {(each["holder"], each["held"]): each for each in tie["links"]}
    stake = links[BUYER, VENDOR]
    offices = {pair: set(each["interests"]) for pair, each in links.items() if not each["is_share"]}

    assert course.told["filed"]["ties"] == hold["ties"]
    assert course.told["filed"]["digest"] == hold["digest"]
    assert (tie["party"], tie["rival"], tie["kind"]) == (VENDOR, BUYER, "vendor")
    assert (stake["percent"], stake["votes"]) == (49, 0)
    assert {frozenset(each) for each in offices.values()} == {
        frozenset({"boardMember"}),
        frozenset({"seniorManagingOfficial"}),
    }
    assert {held for _, held in offices} == {VENDOR, BUYER}
    assert len({holder for holder, _ in offices}) == 1, "one person, in both"
    assert tie["percent"] >= tie["limit"]
    assert all(each["statements"] for each in tie["links"])


@pytest.mark.check(4)
def test_both_verifiers_name_the_entry_that_was_edited(course: Course) -> None:
    index = course.told["edited"]["index"]
    said = {each["tool"]: each["said"] for each in course.told["verified"]["verdicts"]}

    assert course.told["verified"]["index"] == index
    assert "update" in course.told["edited"]["statement"].lower()
    assert re.search(rf"\b{index}\b", said["evenhand-verify log"])
    if HAS_GO:
        assert re.search(rf"\b{index}\b", said["verify/go"])
    else:
        assert said["verify/go"].startswith("left out")
