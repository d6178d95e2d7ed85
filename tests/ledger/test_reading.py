"""Logs are read by whom they concern, as files that verify; what was changed in the database shows to everybody who looks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from evenhand.bootstrap import open_log_keeper
from evenhand.ledger.checkpoint import read_checkpoint
from evenhand.ledger.keeping import LogKeeper
from evenhand.ledger.lines import read_base64
from evenhand.ledger.note import read_key, read_note
from evenhand.ledger.policy import read_policy
from evenhand.ledger.proof import read_proof
from evenhand.ledger.tiles import TILE_WIDTH, Tile, read_bundle
from evenhand.ledger.tree import leaf_hash, root_of, verify_inclusion
from web import Web, web_of
from world import Member, Organization, Project, World


@pytest_asyncio.fixture
async def keeper(own_world: World) -> AsyncIterator[LogKeeper]:
    """What keeps the logs of the world, moved by hand."""
    keeper = open_log_keeper(own_world.settings, own_world.services)
    yield keeper
    await keeper.close()


@pytest_asyncio.fixture
async def own_web(own_world: World) -> AsyncIterator[Web]:
    """The web application on it."""
    async with web_of(own_world) as made:
        yield made


async def keep(world: World, keeper: LogKeeper) -> None:
    """Sequence and publish all there is."""
    while await keeper.sequence():
        pass
    world.clock.advance(seconds=11)
    while await keeper.publish():
        pass


async def labeled(world: World) -> tuple[Organization, Project]:
    """A bank with a project in which somebody answered."""
    bank = await world.organization()
    project = await bank.project(tasks=3)
    await project.answer(await bank.member())
    return bank, project


def log_of(url: str) -> str:
    """The path of a log, below the address of the server."""
    return httpx.URL(url).path


async def rebuilt(script: httpx.AsyncClient, path: str) -> tuple[list[bytes], bool]:
    """(the entries of a log as served, whether they make the tree of its checkpoint)."""
    site = "http://evenhand.test"
    checkpoint = read_checkpoint(read_note((await script.get(f"{site}{path}/checkpoint")).content).text)
    entries: list[bytes] = []
    for at in range(0, checkpoint.size, TILE_WIDTH):
        tile = Tile(0, at // TILE_WIDTH, min(TILE_WIDTH, checkpoint.size - at))
        answer = await script.get(f"{site}{path}/{tile.entries_path}")
        assert answer.status_code == 200, answer.text
        entries += read_bundle(answer.content, tile.width)
    return entries, root_of(map(leaf_hash, entries)) == checkpoint.root


async def facts_for(web: Web, member: Member) -> dict[str, dict[str, str]]:
    """What a member is told of the logs."""
    async with web.script(member) as script:
        answer = await script.get("/ledger")
    assert answer.status_code == 200, answer.text
    found: dict[str, dict[str, str]] = answer.json()
    return found


async def test_the_owner_rebuilds_the_tree_of_the_own_log_over_http(
    own_world: World, own_web: Web, keeper: LogKeeper
) -> None:
    bank, _ = await labeled(own_world)
    await keep(own_world, keeper)

    facts = await facts_for(own_web, bank.owner)
    async with own_web.script(bank.owner) as script:
        entries, is_whole = await rebuilt(script, log_of(facts["log"]["url"]))

    assert is_whole
    assert len(entries) > 5
    assert any(b'"action":"label.write"' in each for each in entries)
    assert facts["log"]["state"] == "open"
    assert str(read_policy(str(facts["policy"]).encode()).logs[0].key) == facts["log"]["vkey"]


async def test_anybody_reads_the_governance_log(own_world: World, own_web: Web, keeper: LogKeeper) -> None:
    await keep(own_world, keeper)

    async with own_web.script(None) as nobody:
        entries, is_whole = await rebuilt(nobody, "/log/governance")

    assert is_whole
    assert b'"action":"software.deploy"' in entries[0]


async def test_a_log_of_others_is_not_told_from_one_that_does_not_exist(
    own_world: World, own_web: Web, keeper: LogKeeper
) -> None:
    (bank, _), (rival, _) = await labeled(own_world), await labeled(own_world)
    await keep(own_world, keeper)
    theirs = log_of((await facts_for(own_web, rival.owner))["log"]["url"])
    missing = f"/log/{uuid4().hex}"

    for who, status in ((bank.owner, 404), (await bank.member("annotator"), 403), (None, 401)):
        async with own_web.script(who) as script:
            for path in ("checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1", "tile/x", "..%2fx"):
                foreign = await script.get(f"http://evenhand.test{theirs}/{path}")
                none = await script.get(f"http://evenhand.test{missing}/{path}")

                assert foreign.status_code == none.status_code == status
                unlike = {"request_id", "detail", "id"}
                said = [
                    {name: value for name, value in each.json().items() if name not in unlike}
                    for each in (foreign, none)
                ]
                assert said[0] == said[1]


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000",
        "tile/0/000.p/250",
        "tile/1/000.p/1",
        "tile/9/000",
        "tile/entries/000.p/255",
        "tile/0/000.p/0",
        "tile/0/00.p/1",
        "tile/0/x999/999/999",
        "nothing",
        "tile/0/000.p/1/..",
    ],
)
async def test_what_was_not_published_is_not_there(
    own_world: World, own_web: Web, keeper: LogKeeper, path: str
) -> None:
    await keep(own_world, keeper)

    async with own_web.script(None) as nobody:
        answer = await nobody.get(f"http://evenhand.test/log/governance/{path}")

    assert answer.status_code == 404, answer.text


async def test_whoever_reads_a_checkpoint_the_moment_it_comes_out_finds_its_tree(
    own_world: World, own_web: Web, keeper: LogKeeper
) -> None:
    bank, _ = await labeled(own_world)
    await keep(own_world, keeper)
    async with own_world.superuser() as superuser:
        # As between the file of the checkpoint and the row that says so.
        await superuser.execute("update ledger_log set published_size = published_size - 1")

    facts = await facts_for(own_web, bank.owner)
    async with own_web.script(bank.owner) as script:
        _, is_whole = await rebuilt(script, log_of(facts["log"]["url"]))

    assert is_whole


async def test_tiles_may_be_kept_for_ever_and_the_rest_is_asked_for_again(
    own_world: World, own_web: Web, keeper: LogKeeper
) -> None:
    await keep(own_world, keeper)
    async with own_web.script(None) as nobody:
        base = "http://evenhand.test/log/governance"
        size = read_checkpoint(read_note((await nobody.get(f"{base}/checkpoint")).content).text).size

        tile = await nobody.get(f"{base}/tile/0/000.p/{size}")
        bundle = await nobody.get(f"{base}/tile/entries/000.p/{size}")
        again = await nobody.get(f"{base}/checkpoint", headers={"if-none-match": bundle.headers["etag"]})
        same = await nobody.get(f"{base}/checkpoint", headers={"if-none-match": again.headers["etag"]})

    assert "immutable" in tile.headers["cache-control"]
    assert bundle.headers["cache-control"] == "public, no-cache"
    assert (again.status_code, same.status_code, same.content) == (200, 304, b"")


@pytest.mark.check(4)
@pytest.mark.parametrize(
    "forgery",
    [
        "update ledger_inbox set rule = 'nothing happened' where organization_id = $1 and id = {middle}",
        "delete from ledger_inbox where organization_id = $1 and id = {middle}",
        "with a as (select * from ledger_leaf where organization_id = $1 and index = 1),"
        " b as (select * from ledger_leaf where organization_id = $1 and index = 2)"
        " update ledger_leaf l set xid = case l.index when 1 then b.xid else a.xid end,"
        "                          id = case l.index when 1 then b.id else a.id end"
        " from a, b where l.organization_id = $1 and l.index in (1, 2)",
    ],
    ids=["edited", "dropped", "swapped"],
)
async def test_what_a_superuser_forges_no_longer_verifies(
    own_world: World, own_web: Web, keeper: LogKeeper, forgery: str
) -> None:
    bank, _ = await labeled(own_world)
    await keep(own_world, keeper)
    path = log_of((await facts_for(own_web, bank.owner))["log"]["url"])
    async with own_world.superuser() as superuser:
        ids = await superuser.fetch("select id from ledger_inbox where organization_id = $1 order by xid, id", bank.id)
        await superuser.execute(forgery.format(middle=ids[2]["id"]), bank.id)

    async with own_web.script(bank.owner) as script:
        try:
            _, is_whole = await rebuilt(script, path)
        except Exception as error:
            assert "entries" in str(error)
            is_whole = False

    assert not is_whole


# ----------------------------------------------------------------------------------------------------------- receipts --
async def looks(script: httpx.AsyncClient, project: Project, task: UUID | None = None) -> list[dict[str, str]]:
    """The looks at a task of a project, the first one when none is named."""
    task = task or (await project.task_ids())[0]
    found: list[dict[str, str]] = (await script.get(f"/projects/{project.id}/tasks/{task}/looks")).json()["items"]
    return found


async def test_a_receipt_is_first_a_promise_and_then_a_proof_of_the_same_entry(
    own_world: World, own_web: Web, keeper: LogKeeper
) -> None:
    bank, project = await labeled(own_world)
    await keep(own_world, keeper)
    facts = await facts_for(own_web, bank.owner)
    policy = read_policy(str(facts["policy"]).encode())
    async with own_web.script(bank.owner) as script:
        task = await project.answer(await bank.member())
        waiting = (await looks(script, project, task))[0]["entry_id"]
        unsequenced = await script.get(f"/ledger/entries/{waiting}/receipt")
        await keeper.sequence()
        unpublished = await script.get(f"/ledger/entries/{waiting}/receipt")
        await keep(own_world, keeper)
        proof = await script.get(f"/ledger/entries/{waiting}/receipt")
        entries, _ = await rebuilt(script, log_of(facts["log"]["url"]))

    key = read_key(str(facts["receipt_vkey"]))
    for each in (unsequenced, unpublished):
        promise = read_note(each.content)
        assert promise.signers([key]) == [key]
        lines = promise.text.splitlines()
        assert lines[1:3] == ["evenhand receipt v1", waiting]
    found = read_proof(proof.content)
    entry = entries[found.index]
    # The proof carries what it proves, and the policy the key of the promise.
    assert found.extra == entry
    assert key in [each.key for each in policy.logs]
    assert read_base64(lines[3], "hash") == leaf_hash(entry)
    assert found.require(entry, policy).checkpoint.size == len(entries)
    assert f'"id":"{waiting}"'.encode() in entry


async def test_every_look_has_its_receipt(own_world: World, own_web: Web, keeper: LogKeeper) -> None:
    bank, project = await labeled(own_world)
    await keep(own_world, keeper)

    async with own_web.script(bank.owner) as script:
        for each in await looks(script, project):
            answer = await script.get(f"/ledger/entries/{each['entry_id']}/receipt")
            assert answer.content.startswith(b"c2sp.org/tlog-proof@v1\n")


async def test_nobody_gets_a_receipt_of_anothers_entry(own_world: World, own_web: Web, keeper: LogKeeper) -> None:
    (bank, _), (rival, project) = await labeled(own_world), await labeled(own_world)
    await keep(own_world, keeper)
    async with own_web.script(rival.owner) as script:
        theirs = (await looks(script, project))[0]["entry_id"]

    async with own_web.script(bank.owner) as script:
        foreign = await script.get(f"/ledger/entries/{theirs}/receipt")
        none = await script.get(f"/ledger/entries/{uuid4().hex}/receipt")

    assert foreign.status_code == none.status_code == 404


# -------------------------------------------------------------------------------------- a root over everybody's checkpoints --
async def test_a_customer_finds_its_checkpoint_in_the_root_that_everybody_reads(
    own_world: World, own_web: Web, keeper: LogKeeper
) -> None:
    banks = [(await labeled(own_world))[0] for _ in range(3)]
    await keep(own_world, keeper)
    await keeper.root()
    await keep(own_world, keeper)

    async with own_web.script(None) as nobody:
        entries, _ = await rebuilt(nobody, "/log/governance")
    [public] = [json.loads(each)["body"] for each in entries if b'"action":"log.root"' in each]
    seen = set()
    for bank in banks:
        async with own_web.script(bank.owner) as script:
            found = (await script.get("/ledger/root")).json()
            own = (await script.get("/ledger")).json()["log"]
        assert {name: found[name] for name in public} == public
        assert found["checkpoint"].startswith(own["origin"] + "\n")
        leaf = leaf_hash(bytes.fromhex(found["salt"]) + found["checkpoint"].encode())
        proof = [bytes.fromhex(each) for each in found["proof"]]
        verify_inclusion(found["index"], found["size"], leaf, proof, bytes.fromhex(found["root"]))
        seen.add(found["index"])
    assert len(seen) == 3
    assert public["size"] == 4


async def test_roots_come_every_ten_minutes_with_news_and_hourly_without(own_world: World, keeper: LogKeeper) -> None:
    async def numbers() -> int:
        await keeper.root()
        async with own_world.superuser() as superuser:
            return int(await superuser.fetchval("select count(*) from ledger_root"))

    _, project = await labeled(own_world)
    assert await numbers() == 0
    await keep(own_world, keeper)
    made = [await numbers()]
    for minutes, has_news in ((9, True), (2, False), (20, False), (30, False), (10, False), (11, True)):
        if has_news:
            await project.answer(await project.organization.member())
        await keep(own_world, keeper)
        own_world.clock.advance(minutes=minutes)
        made.append(await numbers())

    assert made == [1, 1, 2, 2, 2, 3, 4]
