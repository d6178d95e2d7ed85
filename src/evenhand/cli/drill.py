"""`evenhand demo --drill`: a change of control, and a forged record, on a whole installation, with nothing prepared but the story.

Two customers share a vendor. A rival of one of them buys 49 % of the vendor, without votes, and takes its chief executive on. One
customer's work stops with the chain drawn, the other never notices. Then somebody with the database's own rights edits an entry of
the ledger, and two verifiers that know nothing of each other name it. Every act goes through the API that everybody has, but the
last one, which goes around it.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import httpx

from evenhand.cli.demo_loading import MATERIALS
from evenhand.cli.drill_records import BUYER, VENDOR, first_filing, purchase
from evenhand.cli.drill_tampering import Edited, Verdict, edit, fetch, go_verdict, our_verdict, published
from evenhand.cli.organizations import found
from evenhand.client import Client
from evenhand.client.call import Call
from evenhand.client.errors import EvenhandError, OnHold
from evenhand.client.verbs import at
from evenhand.core.settings import Settings

Tell = Callable[[str, Mapping[str, Any]], None]
_TASKS = 40
# What is waited for at most; each takes well under a second on a machine that is not busy.
_BLANK_SECONDS_MAX = 30.0
_PUBLISHED_SECONDS_MAX = 90.0


@dataclass(frozen=True)
class Seat:
    """Somebody to watch: whose work it is, as whom to sign in, and where to look."""

    organization: str
    role: str
    email: str
    address: str
    project: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Stage:
    """The installation before the first act. url: the server's address."""

    url: str
    hit: Seat
    untouched: Seat
    owner: Seat
    vendor: Seat
    # Two more of the vendor's people, by whom the drill itself tries what the screens show.
    others: tuple[Seat, Seat]

    @property
    def seats(self) -> tuple[Seat, ...]:
        """Whom a reader may watch."""
        return self.hit, self.untouched, self.owner


class Drill:
    """The acts, in order. tell: what a reader is told of each; wait: until the reader wants the next one."""

    def __init__(self, settings: Settings, url: str, superuser: str, tell: Tell, wait: Callable[[str], None]) -> None:
        self._settings = settings
        self._url = url
        self._superuser = superuser
        self._tell = tell
        self._wait = wait

    def run(self) -> None:
        """All of it. Raises EvenhandError where the installation does not do what it should."""
        stage = self._prepare()
        self._tell("ready", {"url": stage.url, "seats": [_shown(seat) for seat in stage.seats]})
        self._wait("file")
        self._change_control(stage)
        self._wait("edit")
        edited = self._tamper(stage)
        self._verify(stage, edited)

    # ------------------------------------------------------------------------------------------------------- the stage --
    def _prepare(self) -> Stage:
        vendor = self._found("Tallis Expert", "vendor", "vendor-owner@localhost")
        with self._as(vendor) as client:
            # The vendor says who it is before it works for anybody.
            _file(client, first_filing(), party=VENDOR)
            people = [self._hire(client, vendor, number) for number in (1, 2, 3, 4)]
        owner, hit, other = self._customer("Northlight Labs", "northlight-owner@localhost", people[0::2])
        _, untouched, another = self._customer("Harbor Clinic", "harbor-owner@localhost", people[1::2])
        with self._as(owner) as client:
            client.send(Call("PUT", at("walls", "conflicts"), body={"party": BUYER, "basis": "competitor"}))
        return Stage(self._url, hit, untouched, owner, vendor, (other, another))

    def _found(self, name: str, kind: str, email: str) -> Seat:
        _, invited = asyncio.run(found(self._settings, name, email, kind))
        seat = Seat(name, "owner", email, f"{self._url}/holds", "", secrets.token_urlsafe(9))
        with Client(self._url) as client:
            client.accept_invitation(invited.token, seat.password, f"Owner of {name}")
        return seat

    def _hire(self, client: Client, vendor: Seat, number: int) -> Seat:
        email = f"annotator-{number}@localhost"
        seat = Seat(vendor.organization, "annotator", email, self._url, "", secrets.token_urlsafe(9))
        link = client.people.invite(email, "annotator", name=f"Annotator {number}")["link"]
        with Client(self._url) as person:
            person.accept_invitation(link, seat.password, f"Annotator {number}")
        return seat

    def _customer(self, name: str, email: str, people: Sequence[Seat]) -> tuple[Seat, ...]:
        """A customer with a project and some of the vendor's people in it; its owner, and those people at work."""
        owner = self._found(name, "customer", email)
        with self._as(owner) as client:
            made = client.projects.create("Addresses to Congress", preset="text-classification", fill=_QUESTION)
            client.tasks.import_(made["id"], list(islice(MATERIALS["passages"](), _TASKS)))
            links = [client.people.invite(person.email, "annotator")["link"] for person in people]
        for person, link in zip(people, links, strict=True):
            with Client(self._url) as hired:
                hired.accept_invitation(link, person.password)
        work = f"{self._url}/projects/{made['id']}/label"
        return owner, *(Seat(name, "annotator", each.email, work, made["id"], each.password) for each in people)

    # ------------------------------------------------------------------------------------------------ change of control --
    def _change_control(self, stage: Stage) -> None:
        other, another = stage.others
        with self._as(other) as hit, self._as(another) as untouched, self._as(stage.vendor) as vendor:
            hit.work.claim(stage.hit.project)
            task = untouched.work.claim(stage.untouched.project)["assignment"]
            with _watching(self._url, other) as blank:
                filed_at, began = time.time(), time.monotonic()
                _file(vendor, purchase())
                if not blank.event.wait(_BLANK_SECONDS_MAX):
                    raise EvenhandError({"code": "drill-failed", "detail": "No page was told that work is on hold."})
            seconds = blank.at - began
            refused = _refused(hit, stage.hit.project)
            done = untouched.work.submit(task, [{"question": "label", "value": "domestic"}])
        with self._as(stage.owner) as owner:
            [hold] = owner.holds.state()["items"]
        self._tell(
            "filed",
            {
                "organization": stage.hit.organization,
                "untouched": stage.untouched.organization,
                "filed_at": filed_at,
                "blank_after_seconds": round(seconds, 3),
                "refused": refused,
                "others_answer": done["status"],
                "ties": hold["ties"],
                "digest": hold["digest"],
                "address": stage.owner.address,
            },
        )

    # ---------------------------------------------------------------------------------------------------- the forgery --
    def _tamper(self, stage: Stage) -> Edited:
        with self._as(stage.owner) as owner:
            organization = owner.session()["organization"]["id"]
            ledger = published(owner, _PUBLISHED_SECONDS_MAX)
        edited = edit(self._superuser, organization, ledger["log"]["published"])
        self._tell("edited", {"statement": edited.statement, "index": edited.index, "action": edited.action})
        return edited

    def _verify(self, stage: Stage, edited: Edited) -> None:
        with self._as(stage.owner) as owner, fetch(owner) as package:
            verdicts: list[Verdict] = [our_verdict(package), go_verdict(package)]
        found_it = [each for each in verdicts if each.index == edited.index]
        self._tell(
            "verified",
            {"index": edited.index, "verdicts": [{"tool": each.tool, "said": each.said} for each in verdicts]},
        )
        if len(found_it) < len([each for each in verdicts if each.did_run]):
            raise EvenhandError(
                {"code": "drill-failed", "detail": "A verifier did not name the entry that was edited."}
            )

    @contextmanager
    def _as(self, seat: Seat) -> Iterator[Client]:
        with Client(self._url) as client:
            client.sign_in(seat.email, seat.password)
            mine = client.session()
            if mine["organization"]["name"] != seat.organization:
                wanted = next(each for each in mine["organizations"] if each["name"] == seat.organization)
                client.switch_organization(wanted["id"])
            yield client


_QUESTION = {"labels": ["foreign", "domestic"]}


@dataclass
class _Blank:
    """When a page would have gone blank: `at`, by the monotonic clock, once `event` is set."""

    event: threading.Event = field(default_factory=threading.Event)
    at: float = 0.0


@contextmanager
def _watching(url: str, seat: Seat) -> Iterator[_Blank]:
    """Listen as a page of that person's does, from before the block begins."""
    seen = _Blank()
    is_listening = threading.Event()

    def listen(client: httpx.Client) -> None:
        with client.stream("GET", "/api/v1/holds/events") as answer:
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    is_listening.set()
                    if json.loads(line[6:])["on_hold"]:
                        seen.at = time.monotonic()
                        seen.event.set()
                        return

    with httpx.Client(base_url=url, timeout=60) as client:
        body = {"email": seat.email, "password": seat.password}
        session = client.post("/api/v1/session", json=body).raise_for_status().json()
        wanted = next(each["id"] for each in session["organizations"] if each["name"] == seat.organization)
        if session["organization"]["id"] != wanted:
            headers = {"x-csrf-token": session["csrf"]}
            client.post(
                "/api/v1/session/organization", json={"organization_id": wanted}, headers=headers
            ).raise_for_status()
        listener = threading.Thread(target=listen, args=(client,), daemon=True)
        listener.start()
        is_listening.wait(_BLANK_SECONDS_MAX)
        yield seen


def _file(client: Client, statements: list[dict[str, Any]], party: str | None = None) -> None:
    body = {"statements": statements, **({"party": party} if party else {})}
    client.send(Call("POST", at("walls", "statements"), body=body, idempotency_key=secrets.token_urlsafe(16)))


def _refused(client: Client, project: str) -> str:
    """The code by which a claim is refused now. Raises where it is not."""
    try:
        client.work.claim(project)
    except OnHold as error:
        return error.code
    raise EvenhandError({"code": "drill-failed", "detail": "Work went on although it is on hold."})


def _shown(seat: Seat) -> dict[str, str]:
    return {
        "organization": seat.organization,
        "role": seat.role,
        "email": seat.email,
        "password": seat.password,
        "address": seat.address,
    }
