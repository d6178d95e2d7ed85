"""Webhooks: who listens is told, once for each event, signed so that the library of Standard Webhooks believes it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from uuid import UUID

import pytest
from receiver import Receiver, receiving
from standardwebhooks import Webhook as Verifier

from evenhand.boundary.outbound import Guard, OutboundRefused
from evenhand.core.errors import LimitReached, NotFound
from evenhand.http import model
from evenhand.http.model import EVENTS, PAUSES, Message, sign, signed_headers
from evenhand.http.sending import Sender, names_of
from evenhand.http.webhooks import Webhooks
from evenhand.work.model import Event
from evenhand.work.relay import Relay
from world import Member, Organization, World

LOOPBACK = Guard([ip_network("127.0.0.0/8")])
MARKER = "a-rare-word"


@dataclass
class Hooks:
    """The verbs of webhooks and their worker's rounds, which may reach loopback."""

    world: World
    verbs: Webhooks
    sender: Sender

    async def relayed(self) -> None:
        """Everything that happened is put on its way."""
        await _settled(self.world)
        while await Relay(self.world.services.database, self.world.clock, [], [self.sender.announce]).tell():
            pass

    async def sent(self) -> None:
        """And is sent."""
        await self.relayed()
        while await self.sender.send_waiting():
            pass

    async def log(self, who: Member, webhook: str) -> list[dict]:
        """The deliveries of a webhook, oldest first."""
        items, _ = await self.verbs.deliveries(who.actor, UUID(webhook), None, None, 500)
        return list(reversed(items))


async def _settled(world: World) -> None:
    """Wait until no writer is left that the relay must wait for."""
    async with world.superuser() as connection:
        for _ in range(200):
            if await connection.fetchval(
                "select pg_snapshot_xmin(pg_current_snapshot()) = pg_snapshot_xmax(pg_current_snapshot())"
            ):
                return
            await asyncio.sleep(0.02)


@pytest.fixture
def hooks(world: World) -> Hooks:
    services = world.services
    parts = (services.database, services.vault, services.grants, LOOPBACK, world.clock)
    return Hooks(world, Webhooks(*parts), Sender(*parts))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization()


async def test_each_event_is_told_once_signed_and_without_content(hooks: Hooks, receiver: Receiver, bank: Organization):
    made = await hooks.verbs.create(bank.owner.actor, receiver.url, EVENTS, None, "Ours")
    project = await bank.project(name=f"{MARKER} letters")
    await project.add_rows([{"inputs": {"text": f"{MARKER} one"}}, {"inputs": {"text": f"{MARKER} two"}}])
    await hooks.sent()
    receiver.received.clear()

    task = await project.answer(bank.owner)
    await hooks.sent()

    told = receiver.verified(made["secret"])
    assert sorted(each["type"] for each in told) == ["annotation.created", "task.done"]
    done = next(each for each in told if each["type"] == "task.done")
    assert done["data"] == {
        "organization_id": str(bank.id),
        "project_id": str(project.id),
        "task_id": str(task),
    } | {name: done["data"][name] for name in done["data"] if name == "annotation_id"}
    assert all(MARKER.encode() not in body and b"yes" not in body for _, body in receiver.received)
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 2
    assert [each["state"] for each in await hooks.log(bank.owner, made["id"])][-2:] == ["delivered", "delivered"]


async def test_imports_trash_and_releases_are_told_with_their_ids_and_counts(
    hooks: Hooks, receiver: Receiver, bank: Organization, world: World
):
    made = await hooks.verbs.create(
        bank.owner.actor, receiver.url, ["batch.imported", "tasks.trashed", "release.ready"], None, ""
    )
    project = await bank.project(2)
    await project.answer(bank.owner)
    release = await world.services.releases.create(bank.owner.actor, project.id, "", "done")
    await world.services.builder.build(bank.id, UUID(release["id"]))
    tasks = await project.task_ids()
    await world.services.work.browsing.change(bank.owner.actor, project.id, tasks, "trash", None)

    await hooks.sent()

    verified = receiver.verified(made["secret"])
    told = {each["type"]: each["data"] for each in verified}
    assert told["batch.imported"]["tasks"] == 2
    assert told["batch.imported"]["batch_id"]
    assert told["release.ready"]["release_id"] == release["id"]
    # Finished tasks and others are counted apart.
    assert sum(each["data"]["tasks"] for each in verified if each["type"] == "tasks.trashed") == 2


async def test_a_webhook_of_one_project_and_of_some_events_hears_no_other(
    hooks: Hooks, receiver: Receiver, bank: Organization
):
    quiet, loud = await bank.project(1), await bank.project(1)
    await hooks.relayed()
    await hooks.verbs.create(bank.owner.actor, receiver.url, ["task.done"], loud.id, "")

    await quiet.answer(bank.owner)
    await loud.answer(bank.owner)
    await hooks.sent()

    assert [json.loads(body)["data"]["project_id"] for _, body in receiver.received] == [str(loud.id)]


async def test_another_organization_hears_nothing_and_may_not_look(
    hooks: Hooks, receiver: Receiver, bank: Organization, world: World
):
    rival = await world.organization()
    made = await hooks.verbs.create(rival.owner.actor, receiver.url, EVENTS, None, "")
    project = await bank.project(1)

    await project.answer(bank.owner)
    await hooks.sent()

    assert receiver.received == []
    with pytest.raises(NotFound):
        await hooks.verbs.get(bank.owner.actor, UUID(made["id"]))
    with pytest.raises(NotFound):
        await hooks.verbs.create(bank.owner.actor, receiver.url, EVENTS, (await rival.project()).id, "")


async def test_what_fails_is_tried_again_later_and_later_with_the_same_bytes(
    hooks: Hooks, receiver: Receiver, bank: Organization, world: World
):
    made = await hooks.verbs.create(bank.owner.actor, receiver.url, ["task.done"], None, "")
    project = await bank.project(1)
    receiver.answers = [500, 302, 200]

    await project.answer(bank.owner)
    await hooks.sent()
    await hooks.sent()
    first = len(receiver.received)
    world.clock.advance(seconds=PAUSES[0].total_seconds())
    await hooks.sent()
    second = (await hooks.log(bank.owner, made["id"]))[0]
    world.clock.advance(seconds=PAUSES[1].total_seconds())
    await hooks.sent()

    log = (await hooks.log(bank.owner, made["id"]))[0]
    bodies = {body for _, body in receiver.received}
    ids = {headers["webhook-id"] for headers, _ in receiver.received}
    assert first == 1, "it waits before it tries again"
    assert (second["state"], second["status"], second["attempts"]) == ("waiting", 302, 2)
    assert (log["state"], log["status"], log["attempts"]) == ("delivered", 200, 3)
    assert len(receiver.received) == 3
    assert len(bodies) == len(ids) == 1
    assert len(receiver.verified(made["secret"])) == 3


async def test_an_address_that_nobody_answers_at_is_disabled_after_days_and_can_be_made_active_again(
    hooks: Hooks, receiver: Receiver, bank: Organization, world: World
):
    made = await hooks.verbs.create(bank.owner.actor, receiver.url, ["task.done"], None, "")
    project = await bank.project(2)
    receiver.answers = [503]

    await project.answer(bank.owner)
    for pause in (timedelta(), *PAUSES):
        world.clock.advance(seconds=pause.total_seconds())
        await hooks.sent()
    given_up = (await hooks.log(bank.owner, made["id"]))[0]
    world.clock.advance(days=2)
    await project.answer(bank.owner)
    await hooks.sent()
    webhook = await hooks.verbs.get(bank.owner.actor, UUID(made["id"]))
    receiver.answers = [200]
    await hooks.verbs.change(bank.owner.actor, UUID(made["id"]), {"state": "active"})
    world.clock.advance(minutes=1)
    await hooks.sent()

    assert (given_up["state"], given_up["attempts"]) == ("failed", len(PAUSES) + 1)
    assert webhook["state"] == "disabled"
    assert webhook["failing_since"]
    assert (await hooks.verbs.get(bank.owner.actor, UUID(made["id"])))["failing_since"] is None
    assert (await hooks.log(bank.owner, made["id"]))[-1]["state"] == "delivered"


async def test_an_address_that_says_gone_is_disabled_at_once(hooks: Hooks, receiver: Receiver, bank: Organization):
    made = await hooks.verbs.create(bank.owner.actor, receiver.url, ["task.done"], None, "")
    receiver.answers = [410]

    await hooks.verbs.test(bank.owner.actor, UUID(made["id"]))
    await hooks.sent()

    assert (await hooks.verbs.get(bank.owner.actor, UUID(made["id"])))["state"] == "disabled"


async def test_a_delivery_is_sent_again_on_demand_under_its_old_id(
    hooks: Hooks, receiver: Receiver, bank: Organization
):
    made = await hooks.verbs.create(bank.owner.actor, receiver.url, ["task.done"], None, "")
    delivery = await hooks.verbs.test(bank.owner.actor, UUID(made["id"]))
    await hooks.sent()

    await hooks.verbs.resend(bank.owner.actor, UUID(made["id"]), delivery)
    await hooks.sent()

    assert [headers["webhook-id"] for headers, _ in receiver.received] == [str(delivery)] * 2
    assert {each["type"] for each in receiver.verified(made["secret"])} == {"webhook.test"}
    with pytest.raises(NotFound):
        await hooks.verbs.resend(bank.owner.actor, UUID(made["id"]), UUID(int=7))


async def test_for_a_day_after_a_change_both_secrets_are_believed(
    hooks: Hooks, receiver: Receiver, bank: Organization, world: World
):
    made = await hooks.verbs.create(bank.owner.actor, receiver.url, ["task.done"], None, "")
    changed = await hooks.verbs.new_secret(bank.owner.actor, UUID(made["id"]))

    await hooks.verbs.test(bank.owner.actor, UUID(made["id"]))
    await hooks.sent()
    both = [receiver.verified(secret) for secret in (made["secret"], changed["secret"])]
    receiver.received.clear()
    world.clock.advance(hours=25)
    await hooks.verbs.test(bank.owner.actor, UUID(made["id"]))
    await hooks.sent()

    assert made["secret"] != changed["secret"]
    assert all(both)
    assert receiver.verified(changed["secret"])
    with pytest.raises(Exception, match="No matching signature"):
        receiver.verified(made["secret"])


async def test_a_paused_webhook_gets_what_happened_meanwhile_when_it_goes_on(
    hooks: Hooks, receiver: Receiver, bank: Organization
):
    made = await hooks.verbs.create(bank.owner.actor, receiver.url, ["task.done"], None, "")
    project = await bank.project(1)
    await hooks.verbs.change(bank.owner.actor, UUID(made["id"]), {"state": "paused"})

    await project.answer(bank.owner)
    await hooks.sent()
    during = len(receiver.received)
    await hooks.verbs.change(bank.owner.actor, UUID(made["id"]), {"state": "active"})
    await hooks.sent()

    assert (during, len(receiver.received)) == (0, 1)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/",
        "http://localhost:8080/",
        "http://169.254.169.254/latest",
        "https://[::1]/",
        "ftp://a.b/",
        "x",
    ],
)
async def test_an_address_inside_is_refused_when_it_is_registered(world: World, bank: Organization, url: str):
    with pytest.raises(OutboundRefused):
        await world.services.webhooks.create(bank.owner.actor, url, EVENTS, None, "")


async def test_a_name_that_leads_inside_later_is_not_followed_there(hooks: Hooks, bank: Organization, world: World):
    answers = [["93.184.216.34"], ["127.0.0.1"]]

    async def rebinding(_host: str, _port: int) -> list[str]:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    services = world.services
    guard = Guard([], resolve=rebinding)
    parts = (services.database, services.vault, services.grants, guard, world.clock)
    verbs, sender = Webhooks(*parts), Sender(*parts)

    made = await verbs.create(bank.owner.actor, "http://hook.example.org:8080/", ["task.done"], None, "")
    await verbs.test(bank.owner.actor, UUID(made["id"]))
    await sender.send_waiting()

    [delivery] = await hooks.log(bank.owner, made["id"])
    assert (delivery["state"], delivery["status"]) == ("waiting", None)
    assert "private or reserved" in delivery["problem"]


async def test_the_relay_that_is_killed_before_it_commits_tells_nothing_and_loses_nothing(
    hooks: Hooks, receiver: Receiver, bank: Organization, world: World
):
    made = await hooks.verbs.create(bank.owner.actor, receiver.url, ["task.done"], None, "")
    project = await bank.project(1)
    await hooks.relayed()
    await project.answer(bank.owner)
    await _settled(world)

    async def dies(*_: object) -> None:
        raise ConnectionError("killed")

    with pytest.raises(Exception, match=r"database|killed"):
        await Relay(world.services.database, world.clock, [], [hooks.sender.announce, dies]).tell()
    before = await hooks.log(bank.owner, made["id"])
    await hooks.sent()

    assert before == []
    assert len(receiver.received) == 1


async def test_one_that_does_not_answer_holds_up_nobody_else(hooks: Hooks, receiver: Receiver, bank: Organization):
    made = [
        await hooks.verbs.create(bank.owner.actor, url, ["task.done"], None, "")
        for url in ("http://127.0.0.1:1025/", receiver.url)
    ]
    for webhook in made:
        for _ in range(10):
            await hooks.verbs.test(bank.owner.actor, UUID(webhook["id"]))

    await hooks.sender.send_waiting()

    assert len(receiver.received) == 4, "each webhook has its share of a round"


async def test_addresses_and_secrets_are_sealed_and_every_opening_is_on_record(
    hooks: Hooks, receiver: Receiver, bank: Organization, world: World
):
    made = await hooks.verbs.create(bank.owner.actor, f"{receiver.url}?token={MARKER}", ["task.done"], None, MARKER)
    await hooks.verbs.test(bank.owner.actor, UUID(made["id"]))
    await hooks.sent()

    async with world.superuser() as connection:
        row = await connection.fetchrow(
            "select w::text as row from evenhand.webhook w where webhook_id = $1", UUID(made["id"])
        )
        looks = await connection.fetchval(
            "select count(*) from evenhand.ledger_inbox where object_id = $1 and purpose = 'notify'", UUID(made["id"])
        )
        changes = await connection.fetch(
            "select rule from evenhand.ledger_inbox where subject_id = $1", UUID(made["id"])
        )
    assert MARKER not in row["row"]
    assert made["secret"].removeprefix("whsec_") not in row["row"]
    assert looks == 1
    assert [each["rule"] for each in changes] == ["webhook:created"]


async def test_there_is_a_limit_and_it_says_what_to_do(hooks: Hooks, receiver: Receiver, bank: Organization):
    for _ in range(model.WEBHOOKS_MAX):
        await hooks.verbs.create(bank.owner.actor, receiver.url, ["task.done"], None, "")

    with pytest.raises(LimitReached) as caught:
        await hooks.verbs.create(bank.owner.actor, receiver.url, ["task.done"], None, "")

    assert "Remove one" in caught.value.hint


async def test_the_log_pages_and_is_forgotten_after_a_month(
    hooks: Hooks, receiver: Receiver, bank: Organization, world: World
):
    made = await hooks.verbs.create(bank.owner.actor, receiver.url, ["task.done"], None, "")
    for _ in range(5):
        await hooks.verbs.test(bank.owner.actor, UUID(made["id"]))
        world.clock.advance(seconds=1)
    while await hooks.sender.send_waiting():
        pass
    world.clock.advance(seconds=5)
    await hooks.sender.send_waiting()

    first, more = await hooks.verbs.deliveries(bank.owner.actor, UUID(made["id"]), None, None, 3)
    rest, end = await hooks.verbs.deliveries(bank.owner.actor, UUID(made["id"]), None, more, 3)
    world.clock.advance(days=31)
    await hooks.sender.forget()

    assert [len(first), len(rest), end] == [3, 2, None]
    assert len({each["id"] for each in first + rest}) == 5
    assert await hooks.log(bank.owner, made["id"]) == []


async def test_removed_it_is_gone_with_its_log(hooks: Hooks, receiver: Receiver, bank: Organization):
    made = await hooks.verbs.create(bank.owner.actor, receiver.url, ["task.done"], None, "")
    await hooks.verbs.test(bank.owner.actor, UUID(made["id"]))

    await hooks.verbs.remove(bank.owner.actor, UUID(made["id"]))
    await hooks.sent()

    assert receiver.received == []
    assert await hooks.verbs.all(bank.owner.actor) == []
    with pytest.raises(NotFound):
        await hooks.verbs.remove(bank.owner.actor, UUID(made["id"]))


# ----------------------------------------------------------------------------------------------------------- the rules --
def test_a_signature_is_the_one_of_the_specification():
    """The example of Standard Webhooks, specification 1.0.0, section "Signature scheme"."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    payload = b'{"test": 2432232314}'

    assert sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", payload) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_a_receiver_refuses_a_changed_body_and_an_old_time():
    secret = model.new_secret(bytes(range(32)))
    message = Message(UUID(int=1), UUID(int=2), "task.done", datetime.now(UTC), UUID(int=3), UUID(int=4))
    now = datetime.now(UTC)
    fresh = signed_headers(message.delivery_id, message.payload(), [secret], now)
    old = signed_headers(message.delivery_id, message.payload(), [secret], now - timedelta(minutes=10))

    assert Verifier(secret).verify(message.payload(), fresh)["type"] == "task.done"
    with pytest.raises(Exception, match="No matching signature"):
        Verifier(secret).verify(message.payload().replace(b"done", b"dome"), fresh)
    with pytest.raises(Exception, match="too old"):
        Verifier(secret).verify(message.payload(), old)


def test_every_event_is_told_by_some_row_of_the_outbox():
    told = {
        name
        for kind in Event
        for quantity in (0, 1)
        for is_done in (False, True)
        for name in names_of(kind, quantity, is_done)
    }

    assert told == set(EVENTS)
