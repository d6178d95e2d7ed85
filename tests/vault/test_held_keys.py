"""A key that its customer holds, from one end to the other: a look, its entry in the published log, the agent, the item."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from lending import lend, rewrap, sealed_task

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))

import uvicorn
from ledger_world import DOMAIN, sequence, sequencer_connections, state_of

from database import Copy
from evenhand.boundary.outbound import Guard
from evenhand.cli.listening import listen
from evenhand.ledger.actions import Purpose
from evenhand.ledger.checkpoint import log_key
from evenhand.ledger.policy import Log, policy_of
from evenhand.ledger.publishing import Publisher
from evenhand.ledger.sequencing import Sequencer
from evenhand.ledger.witnesses import Witnesses
from evenhand.vault.agent import CounterFile, ReleaseAgent
from evenhand.vault.agent_server import AgentServer
from evenhand.vault.key_service import KeyServiceUnavailable
from evenhand.vault.services.local_file import LocalKey
from evenhand.vault.services.release_agent import open_service
from world import world_on


async def test_an_item_opens_once_its_look_is_in_a_published_checkpoint_and_not_before(
    newest_copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The agent of this test asks for no witness: what a quorum decides is in test_agent.py."""
    monkeypatch.setattr("evenhand.vault.service.EARLY_SECONDS", 0.0)
    async with world_on(newest_copy) as world, sequencer_connections(newest_copy) as database:
        bank = await world.organization("Bank")
        project = await bank.project(1)
        [task] = await project.task_ids()
        blobs = world.services.logs._blobs
        sequencer = Sequencer(database, world.clock, DOMAIN)
        witnesses = Witnesses(database, blobs, Guard([]), world.clock)
        publisher = Publisher(database, sequencer, witnesses, blobs, world.services.keys.log_signer, world.clock)

        async def publish() -> None:
            await sequence(sequencer)
            world.clock.advance(seconds=11)
            while await publisher.publish():
                pass

        await publish()
        origin = (await state_of(newest_copy, bank.id))["origin"]
        believed = policy_of([Log(log_key(origin, world.services.keys.log_signer(origin)), None)], [], 0)
        counter = CounterFile(tmp_path / "count")
        agent = ReleaseAgent(bank.id, believed, LocalKey(os.urandom(32)), counter)
        listening = listen("127.0.0.1", 0)
        app = AgentServer(agent, "a-token-of-the-agent", world.clock)
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="error", ws="none"))
        serving = asyncio.create_task(server.serve([listening]))
        (tmp_path / "token").write_text("a-token-of-the-agent")
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        service = open_service("bank", {"address": address, "token_file": str(tmp_path / "token")})
        lend(world, bank, bank=service)

        async def prove(asking):
            xid, _, id_ = asking.grant_id.partition(".")
            return await world.services.logs.evidence(bank.id, int(xid), int(id_))

        service.prove = prove
        try:
            await world.services.key_policies.choose(bank.owner.actor, "hold", "bank")
            await rewrap(world, bank)
            world.services.vault._kept.clear()
            grant = await world.services.grants.to_software(bank.id, Purpose.CHECK, [task])
            sealed = await sealed_task(world, project, task)

            with pytest.raises(KeyServiceUnavailable) as early:
                await world.services.vault.open_one(grant, sealed)
            nothing = counter.count
            await publish()
            content = await world.services.vault.open_one(grant, sealed)
            # Whoever does not want to be told so waits: the next look opens by itself when its checkpoint is out.
            monkeypatch.setattr("evenhand.vault.service.EARLY_SECONDS", 30.0)
            world.services.vault._kept.clear()
            second = await world.services.grants.to_software(bank.id, Purpose.CHECK, [task])
            waiting = asyncio.create_task(world.services.vault.open_one(second, sealed))
            await asyncio.sleep(0.2)
            is_waiting = not waiting.done()
            await publish()
            again = await waiting
        finally:
            server.should_exit = True
            await serving
            counter.close()
            listening.close()

    assert (early.value.reason, nothing) == ("too-early", 0)
    assert json.loads(content)["inputs"]["text"]["text"] == "Letter 0."
    assert (is_waiting, again) == (True, content)
    assert counter.count == 2
