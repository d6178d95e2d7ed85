"""Held keys from end to end, with nobody played: the customer's witness and release agent are processes of their own.

The agent believes its witness and nobody else. What does not stand in a checkpoint that the witness cosigned lately is not
released: no byte leaves, and no line is counted.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from agents import Agent
from lending import rewrap, sealed_task
from transit_server import Engine, transit_server

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))

from ledger_world import DOMAIN, sequence, sequencer_connections, state_of

from database import Copy
from evenhand.boundary.outbound import Guard
from evenhand.ledger.actions import Purpose
from evenhand.ledger.checkpoint import log_key
from evenhand.ledger.cosignature import witness_key
from evenhand.ledger.policy import Log, Policy, Witness, policy_of
from evenhand.ledger.proof import read_proof
from evenhand.ledger.publishing import Publisher
from evenhand.ledger.sequencing import Sequencer
from evenhand.ledger.witnesses import Witnesses
from evenhand.store.clock import SystemClock
from evenhand.store.database import Database
from evenhand.vault.broker import Broker
from evenhand.vault.configured import Configured, KeyServices
from evenhand.vault.holder import LocalHolder, Mode
from evenhand.vault.key_service import Asking, Guarded, KeyServiceUnavailable, Prove
from evenhand.vault.keyfile import make_key_file, write_durably
from witnesses import witness
from world import Organization, Project, World, world_on

Evidence = tuple[bytes, bytes]


@dataclass
class Held:
    """A customer with a task, its log that is published and cosigned, and a policy that names its witness.

    holder: of the process that asks the agent: the server's own, or the broker's.
    """

    world: World
    holder: LocalHolder
    bank: Organization
    project: Project
    task: UUID
    policy: Policy
    publish: Callable[[], Awaitable[None]]
    asked: list[Guarded] = field(default_factory=list)

    async def keep_with(self, agent: Agent) -> None:
        """Have the customer's keys wrapped by an agent's from now on."""
        self.ask(agent)
        await self.choose("hold", "bank")

    async def choose(self, mode: Mode, service: str | None = None) -> None:
        """Keep the keys in another way, and let the worker wrap what there is."""
        await self.world.services.key_policies.choose(self.bank.owner.actor, mode, service)
        await rewrap(self.world, self.bank)
        self.world.services.vault._kept.clear()

    def ask(self, agent: Agent) -> None:
        """Ask this agent from now on, and show it what is on record."""
        own = self.holder._services._own
        self.asked.append(Guarded(agent.service(), "bank"))
        bank = Configured("bank", "release_agent", frozenset({self.bank.id}), self.asked[-1])
        self.holder._services = KeyServices(own, iter([bank]))
        self.show(self.evidence)

    def show(self, prove: Prove) -> None:
        """Show the agent this instead of what is on record."""
        self.world.services.vault._holder.let_prove(prove)

    async def evidence(self, asking: Asking) -> Evidence | None:
        """The entry of a grant and its proof, as the server finds them."""
        assert asking.grant_id is not None
        xid, _, id_ = asking.grant_id.partition(".")
        return await self.world.services.logs.evidence(self.bank.id, int(xid), int(id_))

    async def grant(self) -> Any:
        """A look at the task, on record."""
        return await self.world.services.grants.to_software(self.bank.id, Purpose.CHECK, [self.task])

    async def look(self, grant: Any) -> str:
        """The task's text."""
        sealed = await sealed_task(self.world, self.project, self.task)
        content = await self.world.services.vault.open_one(grant, sealed)
        return str(json.loads(content)["inputs"]["text"]["text"])


@asynccontextmanager
async def world_of(copy: Copy, folder: Path, is_brokered: bool) -> AsyncIterator[tuple[World, LocalHolder]]:
    """A world, and the holder of whoever unwraps in it: its own processes, or a broker."""
    if not is_brokered:
        async with world_on(copy) as world:
            assert isinstance(world.services.vault._holder, LocalHolder)
            yield world, world.services.vault._holder
        return
    keys, path = make_key_file(), folder / "broker.sock"
    write_durably(folder / "server.key", keys.without_customer_key().as_json())
    holder = LocalHolder(KeyServices(keys.service))
    async with (
        brokers_login(copy) as database,
        world_on(copy, key_file=folder / "server.key", broker=f"unix:{path}") as world,
    ):
        broker = Broker(database, holder, world.clock, {os.getuid()})
        await broker.start(path)
        try:
            yield world, holder
        finally:
            await world.services.vault.close()
            await broker.stop()


@asynccontextmanager
async def brokers_login(copy: Copy) -> AsyncIterator[Database]:
    """Connections as a broker has them: of a role that sees no row of the log."""
    login = f"broker_{uuid4().hex[:8]}"
    async with copy.connect() as superuser:
        await superuser.execute(f"create role {login} login password 'only-for-tests' in role evenhand_broker")
    url = copy.app_url.replace("evenhand_runtime:", f"{login}:")
    database = await Database.connect(url, size=4, software="evenhand 0 sha256:00")
    yield database
    await database.close()
    async with copy.connect() as superuser:
        await superuser.execute(f"drop role {login}")


@pytest_asyncio.fixture(params=[False, True], ids=["asked by the server", "asked by a broker"])
async def held(
    request: pytest.FixtureRequest, newest_copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Held]:
    monkeypatch.setattr("evenhand.vault.service.EARLY_SECONDS", 0.0)
    async with (
        world_of(newest_copy, tmp_path, request.param) as (world, holder),
        sequencer_connections(newest_copy) as database,
    ):
        # In the time of the witness and the agent, which is that of the machine.
        world.clock.advance(seconds=(SystemClock().now() - world.clock.now()).total_seconds())
        bank = await world.organization("Bank")
        project = await bank.project(1)
        [task] = await project.task_ids()
        blobs, signers = world.services.logs._blobs, world.services.keys.log_signer
        sequencer = Sequencer(database, world.clock, DOMAIN)
        witnesses = Witnesses(database, blobs, Guard([ip_network("127.0.0.0/8")]), world.clock)
        publisher = Publisher(database, sequencer, witnesses, blobs, signers, world.clock)

        async def publish() -> None:
            await sequence(sequencer)
            world.clock.advance(seconds=11)
            while await publisher.publish():
                pass

        await publish()
        origin = (await state_of(newest_copy, bank.id))["origin"]
        log = log_key(origin, signers(origin))
        with witness(tmp_path / "w1", [log], "witness.bank.example/w1") as running:
            await witnesses.add("ours", str(running.key), running.url)
            await witnesses.ask_for(1)
            policy = policy_of([Log(log)], [Witness("ours", running.key)], 1)
            made = Held(world, holder, bank, project, task, policy, publish)
            yield made
            for each in made.asked:
                await each.close()


@pytest.fixture
def agent(held: Held, tmp_path: Path) -> Iterator[Agent]:
    made = Agent(tmp_path / "agent", held.bank.id, held.policy).start()
    yield made
    if made.process is not None:
        assert made.end() == 0


# ----------------------------------------------------------------------------------------------------------- released --
async def test_an_item_opens_for_a_look_that_the_customers_witness_cosigned_and_is_counted_under_its_entry(
    held: Held, agent: Agent
):
    await held.keep_with(agent)
    grant = await held.grant()

    with pytest.raises(KeyServiceUnavailable) as early:
        await held.look(grant)
    nothing = agent.counted
    await held.publish()
    text = await held.look(grant)

    shown = await held.evidence(Asking(str(held.bank.id), grant.id))
    assert shown is not None
    entry, proof = shown
    assert (early.value.reason, nothing) == ("too-early", [])
    assert text == "Letter 0."
    assert [line["entry"] for line in agent.counted] == [json.loads(entry)["id"]]
    assert read_proof(proof).require(entry, held.policy).cosigned_by == ("ours",)


# ------------------------------------------------------------------------------------------------------ nothing released --
async def refused(held: Held, agent: Agent, shown: Callable[[Evidence, Evidence], Evidence]) -> str:
    """Look at the task while the server shows other evidence than it should; why nothing came of it.

    shown: from the evidence of this look, and that of another one before, what the agent gets to see.
    """
    await held.keep_with(agent)
    before, grant = await held.grant(), await held.grant()
    await held.publish()
    first = await held.evidence(Asking(str(held.bank.id), before.id))
    now = await held.evidence(Asking(str(held.bank.id), grant.id))
    assert first is not None
    assert now is not None

    async def spoiled(_: Asking) -> Evidence:
        return shown(now, first)

    held.show(spoiled)
    with pytest.raises(KeyServiceUnavailable) as nothing:
        await held.look(grant)
    return nothing.value.reason


@pytest.mark.check(13)
async def test_an_agent_with_the_wrong_witness_policy_releases_nothing(held: Held, tmp_path: Path):
    stranger = Witness("theirs", witness_key("witness.other.example/w1", make_key_file().log_signer("w")))
    wrong = Agent(tmp_path / "wrong", held.bank.id, policy_of(held.policy.logs, [stranger], 1)).start()
    try:
        why = await refused(held, wrong, lambda now, _: now)
        counted = wrong.counted
    finally:
        wrong.end()

    assert (why, counted) == ("refused", [])


@pytest.mark.check(13)
async def test_a_stale_checkpoint_releases_nothing(held: Held, agent: Agent):
    """The checkpoint of an hour ago does not hold the look of now, whatever index it is said to stand at."""
    old = await held.grant()
    await held.publish()
    before = await held.evidence(Asking(str(held.bank.id), old.id))
    assert before is not None

    why = await refused(held, agent, lambda now, _: (now[0], before[1]))

    assert (why, agent.counted) == ("refused", [])


@pytest.mark.check(13)
async def test_the_proof_of_another_entry_releases_nothing(held: Held, agent: Agent):
    why = await refused(held, agent, lambda now, first: (now[0], first[1]))

    assert (why, agent.counted) == ("refused", [])


async def test_an_entry_that_was_changed_after_it_was_recorded_releases_nothing(held: Held, agent: Agent):
    why = await refused(held, agent, lambda now, _: (now[0].replace(b'"check"', b'"label"'), now[1]))

    assert (why, agent.counted) == ("refused", [])


@pytest.mark.saboteur(13)
async def test_the_saboteur_an_agent_that_verifies_no_proof_would_release_for_each_of_these(held: Held, tmp_path: Path):
    spoiled = Agent(tmp_path / "spoiled", held.bank.id, held.policy).start(
        sabotage="from evenhand.vault.agent import ReleaseAgent\nReleaseAgent._require_proof = lambda *_: None"
    )
    try:
        with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
            await refused(held, spoiled, lambda now, first: (now[0], first[1]))
        counted = spoiled.counted
    finally:
        spoiled.end()

    assert len(counted) == 1


# -------------------------------------------------------------------------------------------------- ended, killed, back --
async def test_an_agent_that_is_ended_and_started_again_goes_on_counting(held: Held, agent: Agent):
    await held.keep_with(agent)
    grant = await held.grant()
    await held.publish()
    await held.look(grant)

    code = agent.end(signal.SIGTERM)
    held.world.services.vault._kept.clear()
    with pytest.raises(KeyServiceUnavailable) as away:
        await held.look(grant)
    agent.start()
    held.ask(agent)
    again = await held.look(grant)

    assert (code, away.value.reason) == (0, "unreachable")
    assert again == "Letter 0."
    assert "; 1 keys counted." in agent.said[-1]
    assert [line["n"] for line in agent.counted] == [1, 2]


@pytest.fixture
def engine() -> Iterator[Engine]:
    with transit_server() as started:
        yield started


async def test_an_agent_killed_while_it_unwraps_has_counted_what_it_did_not_release(
    held: Held, tmp_path: Path, engine: Engine
):
    (tmp_path / "engine.token").write_text("a-token")
    services = (
        f'[own]\nkind = "vault_transit"\naddress = "{engine.address}"\nkey = "evenhand"\n'
        f'token_file = "{tmp_path / "engine.token"}"\n'
    )
    agent = Agent(tmp_path / "agent", held.bank.id, held.policy, services).start()
    await held.keep_with(agent)
    grant = await held.grant()
    await held.publish()
    engine.behaves = "hang"

    looking = asyncio.create_task(held.look(grant))
    async with asyncio.timeout(60):
        while not engine.asked["hang"]:
            await asyncio.sleep(0.02)
    agent.end(signal.SIGKILL)
    with pytest.raises(KeyServiceUnavailable):
        await looking
    counted = agent.counted
    engine.behaves = "well"
    agent.start()
    held.ask(agent)
    text = await held.look(grant)
    agent.end()

    assert len(counted) == 1, "a line too many says more than happened, and never less"
    assert text == "Letter 0."
    assert [line["n"] for line in agent.counted] == [1, 2]


# ------------------------------------------------------------------------------------------------ at work, rotated, left --
@asynccontextmanager
async def publishing(held: Held) -> AsyncIterator[None]:
    """Checkpoints come out, as they do every ten seconds, while the block lasts."""

    async def go_on() -> None:
        while True:
            await held.publish()
            await asyncio.sleep(0.05)

    task = asyncio.create_task(go_on())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_people_label_and_managers_change_things_while_an_agent_holds_the_keys(
    held: Held, agent: Agent, monkeypatch: pytest.MonkeyPatch
):
    """Whatever is sealed or opened waits for its record at most; nothing is refused for good."""
    monkeypatch.setattr("evenhand.vault.service.EARLY_SECONDS", 30.0)
    monkeypatch.setattr("evenhand.vault.service._EARLY_PAUSE_SECONDS", 0.05)
    await held.keep_with(agent)

    async with publishing(held):
        ana = await held.bank.member()
        task = await held.project.take(ana)
        held.world.services.vault._kept.clear()  # an answer takes longer than a lent key lasts
        await held.project.submit(ana, task)
        another = await held.bank.project(1, name="Later letters")
        await another.take(ana)

    assert (await held.project.books()).total("answers") == 1
    assert agent.counted


async def wraps(held: Held) -> list[bytes]:
    """Every chunk key of the customer as it lies, wrapped."""
    async with held.world.superuser() as connection:
        rows = await connection.fetch(
            "select wrapped from chunk_key where organization_id = $1 order by chunk_key_id", held.bank.id
        )
    return [row["wrapped"] for row in rows]


async def rules(held: Held) -> list[str]:
    """What the customer's log says of its keys, in order."""
    async with held.world.superuser() as connection:
        rows = await connection.fetch(
            "select rule from ledger_inbox where organization_id = $1 and rule like 'keys-%' order by xid, id",
            held.bank.id,
        )
    return [row["rule"] for row in rows]


async def test_a_held_key_is_rotated_by_the_agent_alone_and_no_key_leaves_it(held: Held, agent: Agent):
    await held.keep_with(agent)
    before = await wraps(held)

    await held.world.services.key_policies.rotate(held.bank.owner.actor)
    await rewrap(held.world, held.bank)
    held.world.services.vault._kept.clear()
    state = await held.world.services.key_policies.state(held.bank.owner.actor)
    grant = await held.grant()
    await held.publish()
    text = await held.look(grant)

    after = await wraps(held)
    assert set(before).isdisjoint(after)
    assert (state["rewrapping"]["problem"], state["rewrapping"]["finished_at"] is not None) == (None, True)
    assert {line["purpose"] for line in agent.counted[:-1]} == {"rewrap"}
    assert len(agent.counted) - 1 >= len(after)
    assert text == "Letter 0."
    assert await rules(held) == ["keys-hold", "keys-rotated"]


async def test_leaving_needs_the_word_of_the_customer_at_its_agent_and_the_entry_that_says_so(held: Held, agent: Agent):
    await held.keep_with(agent)
    await held.choose("managed")
    await held.publish()
    await rewrap(held.world, held.bank)
    stuck = await held.world.services.key_policies.state(held.bank.owner.actor)
    nothing = agent.counted
    agent.end()

    agent.start("--let-go")
    held.ask(agent)
    await rewrap(held.world, held.bank)
    held.world.services.vault._kept.clear()
    left = await held.world.services.key_policies.state(held.bank.owner.actor)
    counted = agent.counted
    agent.end()
    text = await held.look(await held.grant())

    assert "refuses" in (stuck["rewrapping"]["problem"] or "")
    assert nothing == []
    assert [each["key"] for each in left["held"]] == [held.holder._services.own().reference]
    assert left["rewrapping"]["finished_at"] is not None
    assert len({line["entry"] for line in counted}) == 1
    assert text == "Letter 0."
    assert await rules(held) == ["keys-hold", "keys-managed"]


async def test_whoever_left_may_come_back(held: Held, agent: Agent):
    await held.keep_with(agent)
    agent.end()
    agent.start("--let-go")
    held.ask(agent)
    await held.choose("managed")
    await held.publish()
    await rewrap(held.world, held.bank)

    await held.choose("hold", "bank")
    grant = await held.grant()
    await held.publish()
    text = await held.look(grant)

    state = await held.world.services.key_policies.state(held.bank.owner.actor)
    assert [each["key"] for each in state["held"]] == [f"release_agent:http://127.0.0.1:{agent.port}"]
    assert text == "Letter 0."
    assert await rules(held) == ["keys-hold", "keys-managed", "keys-hold"]
