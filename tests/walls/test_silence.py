"""Silence past the quarterly statement is itself an alarm: recorded once, and told to the customers whom it concerns."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from parties import Scene, entity

from database import Copy
from evenhand.core.times import rfc3339
from evenhand.http.mail import Mail
from evenhand.http.model import EVENTS, Message
from evenhand.http.sending import names_of
from evenhand.people.mailing import Mailing
from evenhand.walls.register import SILENCE_AFTER
from evenhand.work.relay import Relay
from letterbox import Letterbox
from servers import listening
from world import Member, Organization, sabotage, world_on

ADDRESS = "https://label.example.org"


@pytest.fixture
async def scene(newest_copy: Copy) -> AsyncIterator[Scene]:
    """An installation of its own: whose operator is silent concerns everybody in it."""
    async with world_on(newest_copy) as world:
        yield await Scene.of(world)


async def told(scene: Scene, who: Member) -> list[tuple[str, str | None, int]]:
    """Notifications of a silence, with how often."""
    page = await scene.world.services.notifications.page(who.actor, None, 50)
    return [(each["kind"], each["subject_id"], each["quantity"]) for each in page["items"] if "silence" in each["kind"]]


async def relayed(scene: Scene) -> list[dict[str, Any]]:
    """What the relay takes out of the outbox, about silences."""
    found: list[dict[str, Any]] = []

    async def hear(_: Any, events: Sequence[dict[str, Any]]) -> None:
        found.extend(each for each in events if each["kind"] in (12, 13))

    relay = Relay(scene.world.services.database, scene.world.clock, [], [hear])
    async with asyncio.timeout(60):
        while await waiting(scene):
            await relay.tell()
    return found


async def waiting(scene: Scene) -> int:
    async with scene.world.superuser() as connection:
        count: int = await connection.fetchval("select count(*) from evenhand.outbox")
    return count


async def mailed(scene: Scene, box: Letterbox) -> list[str]:
    """Send what waits, to a mail server of this machine; whom it went to."""
    world = scene.world
    async with listening(box) as port:
        post = Mail(f"smtp://127.0.0.1:{port}", "evenhand@example.org")
        while await Mailing(
            world.services.database, world.services.people.members, post, ADDRESS, world.clock
        ).send_waiting():
            pass
    return [line.removeprefix("To: ") for _, text in box.mails for line in text.splitlines() if line.startswith("To: ")]


async def fall_silent(scene: Scene, *speaking: Organization) -> None:
    """A quarter and its days of grace pass; only some speak in between. The worker makes its rounds, one of them twice."""
    world = scene.world
    for _ in range(2):
        world.clock.advance(seconds=SILENCE_AFTER.total_seconds() / 2)
        for each in speaking:
            await world.services.walls.register.nothing_changed(each.owner.actor)
    await world.services.walls.register.watch()
    await world.services.walls.register.watch()


@pytest.mark.check(16)
async def test_customers_of_a_silent_vendor_are_told_once_by_every_way_and_nobody_else_is(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab, other = await scene.customer("lab"), await scene.customer("other")
    auditor, annotator = await lab.member("auditor"), await lab.member("annotator")
    await scene.works(vendor, lab)
    await relayed(scene)

    await fall_silent(scene, scene.operator)
    events = await relayed(scene)
    box = Letterbox()
    to = await mailed(scene, box)
    again = await mailed(scene, box)

    assert [await told(scene, each) for each in (lab.owner, auditor)] == [[("silence.began", str(vendor.id), 1)]] * 2
    assert [await told(scene, each) for each in (annotator, other.owner)] == [[], []]
    assert [(each["organization_id"], each["kind"], each["subject_id"]) for each in events] == [
        (str(lab.id), 12, str(vendor.id))
    ]
    assert sorted(to) == sorted([lab.owner.email, auditor.email])
    assert again == to
    assert all(f"{ADDRESS}/trust" in text for _, text in box.mails)


async def test_a_silence_says_since_when_and_when_a_word_was_due_and_ends_with_it(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab")
    await scene.works(vendor, lab)
    register = scene.world.services.walls.register
    await scene.file(entity(scene.name("vendor"), "Vendor Four"))
    spoke = scene.world.clock.now()
    await register.nothing_changed(vendor.owner.actor)

    await fall_silent(scene, scene.operator)
    found = await register.silences(lab.owner.actor)
    own = await register.silences(vendor.owner.actor)
    await relayed(scene)
    scene.world.clock.advance(days=1)
    await register.nothing_changed(vendor.owner.actor)
    await register.watch()
    ended = await relayed(scene)

    assert found == own
    assert found == [
        {
            "organization_id": str(vendor.id),
            "kind": "vendor",
            "party": scene.name("vendor"),
            "name": "Vendor Four",
            "since": rfc3339(spoke),
            "due_at": rfc3339(spoke + SILENCE_AFTER),
        }
    ]
    async with scene.world.superuser() as connection:
        bodies = [json.loads(row[0]) for row in await connection.fetch("select body from evenhand.governance_inbox")]
    assert [each["silence"] for each in bodies if "silence" in each] == [
        {"organization": str(vendor.id), "since": rfc3339(spoke), "due": rfc3339(spoke + SILENCE_AFTER)}
    ]
    assert await register.silences(lab.owner.actor) == []
    assert [(each["organization_id"], each["kind"]) for each in ended] == [(str(lab.id), 13)]


async def test_a_silent_operator_concerns_every_customer_and_a_second_silence_is_told_anew(scene: Scene) -> None:
    lab = await scene.customer("lab")
    clinic = await scene.customer("clinic")
    await fall_silent(scene)
    await scene.world.services.notifications.read(lab.owner.actor, None)
    await scene.world.services.walls.register.nothing_changed(scene.operator.owner.actor)

    await fall_silent(scene)

    assert await told(scene, lab.owner) == [("silence.began", str(scene.operator.id), 1)] * 2
    assert await told(scene, clinic.owner) == [("silence.began", str(scene.operator.id), 2)]
    async with scene.world.superuser() as connection:
        rows = await connection.fetch(
            "select ended_at is null as lasts from evenhand.silence where organization_id = $1 order by since",
            scene.operator.id,
        )
    assert [row["lasts"] for row in rows] == [False, True]


async def test_mail_that_no_server_takes_waits_and_is_not_lost(scene: Scene) -> None:
    lab = await scene.customer("lab")
    await fall_silent(scene)
    world = scene.world
    refused = Mail("smtp://127.0.0.1:1", "evenhand@example.org")
    mailing = Mailing(world.services.database, world.services.people.members, refused, ADDRESS, world.clock)

    await mailing.send_waiting()
    at_once = await mailed(scene, Letterbox())
    world.clock.advance(minutes=2)
    later = await mailed(scene, Letterbox())

    assert at_once == []
    assert later == [lab.owner.email]


async def test_without_a_mail_server_nothing_waits(scene: Scene) -> None:
    await scene.customer("lab")
    await fall_silent(scene)
    world = scene.world
    mailing = Mailing(
        world.services.database, world.services.people.members, Mail(None, "x@example.org"), ADDRESS, world.clock
    )

    await mailing.send_waiting()

    async with world.superuser() as connection:
        assert await connection.fetchval("select count(*) from evenhand.mail") == 0


@pytest.mark.saboteur(16)
async def test_a_saboteur_that_forgets_who_is_a_customer_tells_everybody_or_nobody(scene: Scene) -> None:
    vendor = await scene.vendor()
    other = await scene.customer("other")
    await sabotage(scene.world.copy, "customers_of", "o.kind = 'operator'", "true")

    await fall_silent(scene, scene.operator)

    assert await told(scene, other.owner) == [("silence.began", str(vendor.id), 1)]


def test_a_webhook_names_whoever_is_silent() -> None:
    assert [names_of(kind, 1, None) for kind in (12, 13)] == [["silence.began"], ["silence.ended"]]
    assert {"silence.began", "silence.ended"} <= set(EVENTS)
    organization, silent = UUID(int=1), UUID(int=2)
    message = Message(UUID(int=3), organization, "silence.began", datetime(2026, 3, 2, tzinfo=UTC), subject_id=silent)
    assert json.loads(message.payload())["data"] == {
        "organization_id": str(organization),
        "silent_organization_id": str(silent),
    }
