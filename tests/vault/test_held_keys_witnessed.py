"""Held keys from end to end, with nobody played: the customer's witness and release agent are processes of their own.

The agent believes its witness and nobody else. What does not stand in a checkpoint that the witness cosigned lately is not
released: no byte leaves, and no line is counted.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from agents import Agent
from lending import lend, rewrap, sealed_task
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
from evenhand.vault.key_service import Asking, KeyServiceUnavailable
from evenhand.vault.keyfile import make_key_file
from evenhand.vault.services.release_agent import AgentService
from witnesses import witness
from world import Organization, Project, World, world_on

Evidence = tuple[bytes, bytes]


@dataclass
class Held:
    """A customer with a task, its log that is published and cosigned, and a policy that names its witness."""

    world: World
    bank: Organization
    project: Project
    task: UUID
    policy: Policy
    publish: Callable[[], Awaitable[None]]

    async def keep_with(self, agent: Agent) -> AgentService:
        """Have the customer's keys wrapped by an agent's from now on."""
        service = self.ask(agent)
        await self.world.services.key_policies.choose(self.bank.owner.actor, "hold", "bank")
        await rewrap(self.world, self.bank)
        self.world.services.vault._kept.clear()
        return service

    def ask(self, agent: Agent) -> AgentService:
        """Ask this agent from now on, and show it what is on record."""
        service = agent.service()
        lend(self.world, self.bank, bank=service)
        service.prove = self.evidence
        return service

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


@pytest_asyncio.fixture
async def held(newest_copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Held]:
    monkeypatch.setattr("evenhand.vault.service.EARLY_SECONDS", 0.0)
    async with world_on(newest_copy) as world, sequencer_connections(newest_copy) as database:
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
            yield Held(world, bank, project, task, policy, publish)


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
    service = await held.keep_with(agent)
    before, grant = await held.grant(), await held.grant()
    await held.publish()
    first = await held.evidence(Asking(str(held.bank.id), before.id))
    now = await held.evidence(Asking(str(held.bank.id), grant.id))
    assert first is not None
    assert now is not None

    async def spoiled(_: Asking) -> Evidence:
        return shown(now, first)

    service.prove = spoiled
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
    async with asyncio.timeout(20):
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
