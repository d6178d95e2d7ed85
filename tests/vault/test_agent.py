"""The release agent: it unwraps for looks on the customer's record that its witnesses cosigned, and counts each first."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from evenhand.core.canonical import canonical_json
from evenhand.ledger.checkpoint import Checkpoint, log_key, sign_checkpoint
from evenhand.ledger.cosignature import cosign, witness_key
from evenhand.ledger.policy import Log, Policy, Witness, policy_of
from evenhand.ledger.proof import InclusionProof
from evenhand.ledger.tree import leaf_hash, root_of
from evenhand.store.clock import SteppedClock
from evenhand.vault.agent import AgentRefuses, CounterFile, ReleaseAgent
from evenhand.vault.agent_server import AgentServer
from evenhand.vault.key_service import Asking, KeyServiceUnavailable, WrapDoesNotOpen
from evenhand.vault.keyfile import make_key_file
from evenhand.vault.keyring import WrappedMonth, direct_binding
from evenhand.vault.services.local_file import LocalKey
from evenhand.vault.services.release_agent import open_service

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OURS, THEIRS = UUID(int=1), UUID(int=2)
ORIGIN = "labels.example.org/log/7f3a"
LOG = make_key_file().log_signer(ORIGIN)
WITNESSES = {f"witness.example/w{number}": make_key_file().log_signer("w") for number in (1, 2)}
SECRET = bytes(range(32))


def policy(names: tuple[str, ...] = tuple(WITNESSES), threshold: int = 2) -> Policy:
    witnesses = [Witness(f"w{at}", witness_key(name, WITNESSES[name]), None) for at, name in enumerate(names)]
    return policy_of([Log(log_key(ORIGIN, LOG), None)], witnesses, threshold)


def entry(**changed: Any) -> bytes:
    said = {
        "action": "asset.release",
        "at": NOW.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "decision": "allow",
        "id": uuid4().hex,
        "log": ORIGIN,
        "object": str(uuid4()),
        "purpose": "label",
        "software": "evenhand",
        "v": 1,
        **changed,
    }
    return canonical_json({name: value for name, value in said.items() if value is not None})


def proof_of(
    content: bytes, *, cosigned_by: tuple[str, ...] = tuple(WITNESSES), signer=LOG, at: datetime = NOW
) -> bytes:
    """The proof that an entry is the second of two."""
    first = leaf_hash(b"another entry")
    tree = Checkpoint(ORIGIN, 2, root_of([first, leaf_hash(content)]))
    note = sign_checkpoint(tree, signer)
    seconds = int(at.timestamp())
    note = note.with_signatures([cosign(note.text, name, WITNESSES[name], seconds) for name in cosigned_by])
    return InclusionProof(1, (first,), note).write()


def binding(organization: UUID = OURS, chunk: UUID | None = None) -> bytes:
    month = WrappedMonth(organization, UUID(int=7), None, NOW.date(), "", b"")
    return direct_binding(month, chunk or UUID(int=8))


@dataclass
class Scene:
    """An agent with its key and counter."""

    path: Path
    key: LocalKey = field(default_factory=lambda: LocalKey(os.urandom(32)))
    policy: Policy = field(default_factory=policy)

    def __post_init__(self) -> None:
        self.counter = CounterFile(self.path)
        self.agent = ReleaseAgent(OURS, self.policy, self.key, self.counter, keys_a_minute=50)

    async def ask(self, content: bytes, proof: bytes, bound: bytes | None = None, now: datetime = NOW) -> bytes:
        bound = bound or binding()
        return await self.agent.unwrap(await self.key.wrap(SECRET, bound), bound, content, proof, now)

    async def refusal(self, *given: Any, **more: Any) -> str:
        with pytest.raises(AgentRefuses) as refused:
            await self.ask(*given, **more)
        assert self.counter.count == len(self.path.read_text().splitlines())
        return refused.value.why


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path / "count")
    yield made
    made.counter.close()


async def test_a_look_on_record_that_the_witnesses_cosigned_is_unwrapped_and_counted(scene: Scene):
    content = entry()

    secret = await scene.ask(content, proof_of(content))

    line = json.loads(scene.path.read_text())
    assert secret == SECRET
    assert (line["n"], line["entry"], line["chunk"]) == (1, json.loads(content)["id"], str(UUID(int=8)))


async def test_without_a_checkpoint_that_holds_the_entry_it_is_too_early(scene: Scene):
    assert await scene.refusal(entry(), b"") == "too-early"
    assert scene.counter.count == 0


@pytest.mark.parametrize("cosigned_by", [(), ("witness.example/w1",)], ids=["no witness", "one of two"])
async def test_a_checkpoint_without_its_quorum_releases_nothing(cosigned_by, scene: Scene):
    content = entry()

    assert await scene.refusal(content, proof_of(content, cosigned_by=cosigned_by)) == "no-proof"
    assert scene.counter.count == 0


@pytest.mark.parametrize("minutes", [-31, 31])
async def test_a_checkpoint_that_was_cosigned_at_another_time_releases_nothing(minutes: int, scene: Scene):
    content = entry()

    assert await scene.refusal(content, proof_of(content, at=NOW + timedelta(minutes=minutes))) == "stale"
    assert scene.counter.count == 0
    assert await scene.ask(content, proof_of(content, at=NOW - timedelta(minutes=29))) == SECRET


async def test_the_saboteur_an_agent_to_which_any_time_is_recent_would_release(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    content = entry()
    monkeypatch.setattr("evenhand.vault.agent.cosigned_at", lambda _: NOW)

    assert await scene.ask(content, proof_of(content, at=NOW - timedelta(days=1))) == SECRET


@pytest.mark.check(13)
async def test_an_agent_with_the_wrong_witness_policy_releases_nothing(tmp_path: Path):
    strangers = {"witness.example/w9": make_key_file().log_signer("w9")}
    witnesses = [Witness("w9", witness_key(name, signer), None) for name, signer in strangers.items()]
    wrong = policy_of([Log(log_key(ORIGIN, LOG), None)], witnesses, 1)
    scene = Scene(tmp_path / "count", policy=wrong)
    content = entry()

    assert await scene.refusal(content, proof_of(content)) == "no-proof"
    assert scene.path.read_text() == ""
    scene.counter.close()


@pytest.mark.saboteur(13)
async def test_the_saboteur_an_agent_that_asks_for_no_witness_would_release(tmp_path: Path):
    """The guard is the policy: without a quorum in it, a log that nobody saw would do."""
    scene = Scene(tmp_path / "count", policy=policy(threshold=0))
    content = entry()

    assert await scene.ask(content, proof_of(content, cosigned_by=())) == SECRET
    scene.counter.close()


async def test_an_entry_that_is_not_in_the_tree_releases_nothing(scene: Scene):
    real, forged = entry(), entry()

    assert await scene.refusal(forged, proof_of(real)) == "no-proof"
    assert await scene.refusal(real, proof_of(real, signer=make_key_file().log_signer("x"))) == "no-proof"


async def test_a_proof_with_any_flipped_byte_releases_nothing(scene: Scene):
    content = entry()
    proof = proof_of(content)

    for at in range(0, len(proof), 17):
        changed = bytearray(proof)
        changed[at] ^= 1
        with pytest.raises(AgentRefuses):
            await scene.ask(content, bytes(changed))
    assert scene.counter.count == 0


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"decision": "deny"}, "wrong-entry"),
        ({"action": "member.change"}, "wrong-entry"),
        ({"object": None}, "wrong-entry"),
        ({"at": "yesterday"}, "wrong-entry"),
        ({"v": 2}, "wrong-entry"),
        ({"at": "2026-03-01T09:00:00.000000Z"}, "too-old"),
    ],
    ids=str,
)
async def test_an_entry_of_something_else_releases_nothing(changed, why, scene: Scene):
    content = entry(**changed)

    assert await scene.refusal(content, proof_of(content)) == why


async def test_a_key_of_another_organization_or_of_a_month_is_not_unwrapped(scene: Scene):
    content = entry()
    month = WrappedMonth(OURS, UUID(int=7), None, NOW.date(), "", b"").binding

    assert await scene.refusal(content, proof_of(content), binding(THEIRS)) == "wrong-place"
    assert await scene.refusal(content, proof_of(content), month) == "wrong-place"


MONTH = WrappedMonth(OURS, UUID(int=7), None, NOW.date(), "", b"").binding


def leaving(**changed: Any) -> bytes:
    """The entry that the customer's keys are kept in another way from now on."""
    return entry(**{"action": "policy.change", "rule": "keys-managed", "object": None, "decision": None, **changed})


async def test_leaving_is_no_look_unless_the_customer_said_so_at_its_agent(scene: Scene):
    content = leaving()

    assert await scene.refusal(content, proof_of(content)) == "wrong-entry"
    assert scene.counter.count == 0


@pytest.mark.parametrize("bound", [binding(), binding(chunk=UUID(int=9)), MONTH], ids=["chunk", "another", "month"])
async def test_for_the_entry_that_says_so_an_agent_that_lets_go_unwraps_every_key(bound: bytes, scene: Scene):
    scene.agent = ReleaseAgent(OURS, scene.policy, scene.key, scene.counter, keys_a_minute=50, lets_go=True)
    content = leaving()

    for _ in range(3):
        assert await scene.ask(content, proof_of(content), bound) == SECRET
    assert scene.counter.count == 3


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"rule": "keys-revoked"}, "wrong-entry"),
        ({"rule": None}, "wrong-entry"),
        ({"action": "member.change"}, "wrong-entry"),
        ({"at": "2026-03-01T08:59:00.000000Z"}, "too-old"),
    ],
    ids=str,
)
async def test_an_agent_that_lets_go_does_so_for_no_other_entry(changed: Any, why: str, scene: Scene):
    scene.agent = ReleaseAgent(OURS, scene.policy, scene.key, scene.counter, keys_a_minute=50, lets_go=True)
    content = leaving(**changed)

    assert await scene.refusal(content, proof_of(content)) == why
    mine = leaving()
    assert await scene.refusal(mine, proof_of(mine), binding(THEIRS)) == "wrong-place"


async def test_a_key_that_is_wrapped_anew_stays_with_the_agent_and_is_counted(scene: Scene):
    wrapped = await scene.key.wrap(SECRET, binding())

    new = await scene.agent.rewrap(wrapped, binding(), NOW)

    assert new != wrapped
    assert await scene.key.unwrap(new, binding()) == SECRET
    assert json.loads(scene.path.read_text())["purpose"] == "rewrap"
    with pytest.raises(AgentRefuses, match="wrong-place"):
        await scene.agent.rewrap(wrapped, binding(THEIRS), NOW)
    for _ in range(49):
        await scene.agent.rewrap(wrapped, binding(), NOW)
    with pytest.raises(AgentRefuses, match="too-many"):
        await scene.agent.rewrap(wrapped, binding(), NOW)


async def test_one_entry_opens_as_many_chunks_as_it_names_objects(scene: Scene):
    content = entry(object=None, objects=[str(uuid4()), str(uuid4())])
    proof = proof_of(content)

    for chunk in (UUID(int=10), UUID(int=11), UUID(int=10)):
        await scene.ask(content, proof, binding(chunk=chunk))

    assert await scene.refusal(content, proof, binding(chunk=UUID(int=12))) == "too-many"
    assert scene.counter.count == 3


async def test_what_was_counted_holds_after_a_start(tmp_path: Path):
    before = Scene(tmp_path / "count")
    content = entry()
    await before.ask(content, proof_of(content))
    before.counter.close()

    after = Scene(tmp_path / "count", key=before.key)

    assert await after.refusal(content, proof_of(content), binding(chunk=UUID(int=99))) == "too-many"
    after.counter.close()


async def test_more_than_so_many_a_minute_are_refused(scene: Scene):
    content = entry()
    proof = proof_of(content)
    for _ in range(50):
        await scene.ask(content, proof)

    assert await scene.refusal(content, proof) == "too-many"
    assert await scene.ask(content, proof, now=NOW + timedelta(seconds=61)) == SECRET


async def test_what_cannot_be_counted_is_not_released(scene: Scene):
    content = entry()
    os.close(scene.counter._file)
    scene.counter._file = os.open("/dev/full", os.O_WRONLY)

    assert await scene.refusal(content, proof_of(content)) == "not-counted"


# ------------------------------------------------------------------------------------------------------------ over HTTP --
@pytest.fixture
async def address(scene: Scene) -> Any:
    import uvicorn

    from evenhand.cli.listening import listen

    listening = listen("127.0.0.1", 0)
    app = AgentServer(scene.agent, "a-token-of-the-agent", SteppedClock(NOW))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="error", ws="none"))
    task = asyncio.create_task(server.serve([listening]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await task
    listening.close()


async def test_the_service_shows_the_record_and_gets_the_key(scene: Scene, address: str, tmp_path: Path):
    (tmp_path / "token").write_text("a-token-of-the-agent")
    service = open_service("bank", {"address": address, "token_file": str(tmp_path / "token")})
    content = entry()
    shown: list[tuple[bytes, bytes] | None] = [None, (content, proof_of(content)), (content, proof_of(entry()))]

    async def prove(_: Asking) -> tuple[bytes, bytes] | None:
        return shown.pop(0)

    service.prove = prove
    await service.check()
    wrapped = await service.rewrap(await service.wrap(SECRET, binding()), binding())
    asking = Asking(str(OURS), "1.1")

    with pytest.raises(KeyServiceUnavailable) as early:
        await service.unwrap(wrapped, binding(), asking)
    secret = await service.unwrap(wrapped, binding(), asking)
    with pytest.raises(KeyServiceUnavailable) as refused:
        await service.unwrap(wrapped, binding(), asking)

    assert (early.value.reason, refused.value.reason) == ("too-early", "refused")
    assert secret == SECRET
    shown.append((content, proof_of(content)))
    with pytest.raises(WrapDoesNotOpen):
        await service.unwrap(wrapped[:-1] + bytes([wrapped[-1] ^ 1]), binding(), asking)
    await service.close()


async def test_a_stranger_without_the_token_gets_nothing(scene: Scene, address: str, tmp_path: Path):
    (tmp_path / "token").write_text("another-token-of-length")
    service = open_service("bank", {"address": address, "token_file": str(tmp_path / "token")})

    with pytest.raises(KeyServiceUnavailable) as refused:
        await service.wrap(SECRET, binding())

    assert refused.value.reason == "refused"
    await service.close()
