"""Who saw what, when and why, over a whole organization: complete, by pseudonym, found by person, object and refusal, at one price.

Cost is counted in blocks that a page touches, never in time.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from evenhand.bootstrap import open_log_keeper
from evenhand.store.queries import Queries
from evenhand.walls.grant import OnHold
from evenhand.work import looks
from web import Web, web_of
from world import Member, Organization, Project, World, sabotage

PAGE = 50
WAYS: dict[str, dict[str, Any]] = {
    "all": {},
    "one person": {"actor": b"\x01" * 32},
    "refusals": {"denied": True},
    "a purpose that is rare": {"purpose": "sign-in", "walked": looks.WALKED_MAX},
}
TYPES = {
    "organization_id": "uuid",
    "object_id": "uuid",
    "actor": "bytea",
    "denied": "boolean",
    "people": "boolean",
    "purpose": "text",
    "since": "timestamptz",
    "at": "timestamptz",
    "xid": "xid8",
    "id": "bigint",
    "walked": "int",
    "limit": "bigint",
}


async def looks_of(web: Web, reader: Member, **wanted: Any) -> list[dict[str, Any]]:
    """All that is listed, page after page."""
    found: list[dict[str, Any]] = []
    async with web.script(reader) as script:
        cursor = None
        while True:
            answer = await script.get("/ledger/looks", params={"limit": 3, "cursor": cursor or "", **wanted})
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
            cursor = answer.json()["next_cursor"]
            if cursor is None:
                return found


@pytest.fixture(scope="module")
async def bank(shared_world: World) -> tuple[Organization, Project, Member, UUID]:
    """A customer where one annotator answered one task and began another."""
    bank = await shared_world.organization("Bank")
    project = await bank.project(tasks=9)
    annotator = await bank.member()
    task = await project.answer(annotator)
    shared_world.clock.advance(minutes=1)
    await project.take(annotator)
    return bank, project, annotator, task


async def test_a_look_tells_who_saw_what_when_and_why(web: Web, bank: Any) -> None:
    organization, _, annotator, task = bank

    [seen] = [each for each in await looks_of(web, organization.owner) if each["object_id"] == str(task)]

    assert seen["who"] == annotator.actor.pseudonym
    assert (seen["action"], seen["purpose"], seen["decision"], seen["objects"]) == (
        "asset.release",
        "label",
        "allow",
        1,
    )
    assert seen["is_person"] and not seen["is_visitor"] and seen["vendor_id"] is None


async def test_an_auditor_reads_the_same_list_as_the_owner_and_no_name_in_it(web: Web, bank: Any) -> None:
    organization, _, _, _ = bank
    auditor = await organization.member("auditor", name="Nobody Else Knows")
    owners = await looks_of(web, organization.owner)

    seen = await looks_of(web, auditor)

    assert seen == owners
    assert "Somebody" not in json.dumps(seen) and "@" not in json.dumps(seen)


async def test_pages_hold_every_look_once_and_the_newest_first(web: Web, bank: Any, world: World) -> None:
    organization, project, _, _ = bank
    for _ in range(4):
        await project.answer(await organization.member())

    seen = await looks_of(web, organization.owner)

    async with world.superuser() as connection:
        recorded = await connection.fetchval(
            "select count(*) from ledger_inbox where organization_id = $1 and action in (1, 2, 4, 5, 8)",
            organization.id,
        )
    assert len(seen) == recorded
    assert [each["at"] for each in seen] == sorted((each["at"] for each in seen), reverse=True)


async def test_looks_are_found_by_person_object_purpose_and_time(web: Web, bank: Any, world: World) -> None:
    organization, _, annotator, task = bank
    everything = await looks_of(web, organization.owner)
    noon = world.clock.now() + timedelta(hours=1)

    by_person = await looks_of(web, organization.owner, who=annotator.actor.pseudonym)
    by_object = await looks_of(web, organization.owner, object_id=str(task))
    by_purpose = await looks_of(web, organization.owner, purpose="label")

    assert by_person == [each for each in everything if each["who"] == annotator.actor.pseudonym]
    assert len(by_person) >= 2
    assert await looks_of(web, organization.owner, people="true") == [each for each in everything if each["is_person"]]
    assert not all(each["is_person"] for each in everything)
    assert by_object == [each for each in everything if each["object_id"] == str(task)]
    assert by_purpose == [each for each in everything if each["purpose"] == "label"]
    assert await looks_of(web, organization.owner, since=noon.isoformat()) == []
    assert await looks_of(web, organization.owner, before=noon.isoformat()) == everything
    assert await looks_of(web, organization.owner, who="Nobody-0000") == []


async def test_a_refusal_is_listed_with_the_rule_that_fired(web: Web, world: World) -> None:
    bank = await world.organization("Bank")
    project = await bank.project(tasks=2)
    annotator = await bank.member()
    async with world.superuser() as connection:
        await connection.execute(
            "insert into wall_hold (organization_id, hold_id, change_id, epoch, opened_at, chain)"
            " values ($1, $2, $2, 1, $3, '[]')",
            bank.id,
            uuid4(),
            world.clock.now(),
        )
    with pytest.raises(OnHold):
        await project.take(annotator)

    refused = await looks_of(web, bank.owner, denied="true")

    assert [(each["who"], each["decision"], each["rule"]) for each in refused] == [
        (annotator.actor.pseudonym, "deny", "hold")
    ]


async def test_nothing_is_listed_of_another_organization(web: Web, bank: Any, world: World) -> None:
    _, _, annotator, task = bank
    rival = await world.organization("Rival")

    assert await looks_of(web, rival.owner, object_id=str(task)) == []
    assert await looks_of(web, rival.owner, who=annotator.actor.pseudonym) == []
    async with world.services.database.tenant(rival.id) as connection:
        [walked] = await connection.fetch(
            "select count(*) from looks_walked(null, $1, false, '-infinity', 'infinity', '0', 0, 100)",
            annotator.actor.actor_commitment,
        )
    assert walked["count"] == 0


@pytest.mark.parametrize("wanted", [{"purpose": "curiosity"}, {"object_id": "x"}, {"cursor": "x"}, {"since": "noon"}])
async def test_what_cannot_be_asked_for_is_refused_with_its_place(web: Web, bank: Any, wanted: dict[str, str]) -> None:
    organization, _, _, _ = bank
    async with web.script(organization.owner) as script:
        answer = await script.get("/ledger/looks", params=wanted)

    assert answer.status_code in (400, 422)
    assert next(iter(wanted)) in answer.json()["problems"][0]["pointer"]


async def test_a_look_has_its_number_and_a_proof_once_the_log_is_published(own_world: World) -> None:
    bank = await own_world.organization("Bank")
    await (await bank.project(tasks=1)).answer(await bank.member())
    async with web_of(own_world) as web:
        [*_, before] = await looks_of(web, bank.owner, purpose="label")
        keeper = open_log_keeper(own_world.settings, own_world.services)
        while await keeper.sequence():
            pass
        own_world.clock.advance(seconds=11)
        while await keeper.publish():
            pass
        await keeper.close()

        [*_, after] = await looks_of(web, bank.owner, purpose="label")
        async with web.script(bank.owner) as script:
            receipt = await script.get(f"/ledger/entries/{after['entry_id']}/receipt")

    assert (before["entry"], before["is_published"]) == (None, False)
    assert after["is_published"]
    assert receipt.text.startswith("c2sp.org/tlog-proof@v1\n")
    assert f"\nindex {after['entry']}\n" in receipt.text


async def test_what_is_rare_is_found_over_short_pages_that_say_there_is_more(
    web: Web, bank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization, _, _, _ = bank
    everything = await looks_of(web, organization.owner)
    monkeypatch.setattr(looks, "WALKED_MAX", 2)

    assert await looks_of(web, organization.owner, purpose="label") == [
        each for each in everything if each["purpose"] == "label"
    ]


# -------------------------------------------------------------------------------------------------------------- cost --
@pytest_asyncio.fixture
async def many(own_world: World) -> Organization:
    """A customer with 12,000 looks of a hundred people, every fiftieth refused, of which the planner knows nothing."""
    bank = await own_world.organization("Bank")
    await fill(own_world, bank, 12_000)
    return bank


async def newer(world: World, bank: Organization) -> None:
    """Three times as many looks again, of a hundred others and none refused: what was there is deep down now."""
    world.clock.advance(days=1)
    await fill(world, bank, 36_000, first=101, refused=0)


async def fill(world: World, bank: Organization, count: int, first: int = 1, refused: int = 50) -> None:
    """So many looks of a hundred people in turn, a second apart; every so many-eth was refused."""
    async with world.superuser() as connection:
        await connection.execute(
            """insert into ledger_inbox (organization_id, at, action, actor_commitment, object_id, purpose, decision)
               select $1, $2::timestamptz + n * interval '1 second', case when n % nullif($5, 0) = 0 then 8 else 1 end,
                      decode(repeat(lpad(to_hex($4 + n % 100), 2, '0'), 32), 'hex'), gen_random_uuid(), 'label', 'allow'
                 from generate_series(1, $3) n""",
            bank.id,
            world.clock.now(),
            count,
            first,
            refused,
        )


async def blocks(world: World, bank: Organization, **wanted: Any) -> int:
    """How many blocks the newest page touches."""
    query = Queries.of("evenhand.work")["looks_page"]
    given = {
        "organization_id": bank.id,
        "denied": False,
        "people": False,
        "since": "-infinity",
        "at": "infinity",
        "xid": 0,
        "id": 0,
        "walked": PAGE,
        "limit": PAGE,
        **wanted,
    }
    values = ", ".join(_literal(given.get(name)) for name in query.parameters)
    async with world.copy.connect(as_="app") as app:
        await app.execute(f"begin; select set_config('evenhand.organization', '{bank.id}', true)")
        await app.execute("set local plan_cache_mode = force_generic_plan")
        await app.execute(f"prepare page ({', '.join(TYPES[name] for name in query.parameters)}) as {query.sql}")
        await app.fetch(f"execute page ({values})")  # the catalog is read once
        [explained] = json.loads(await app.fetchval(f"explain (analyze, buffers, format json) execute page ({values})"))
        await app.execute("rollback")
    plan = explained["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    return f"'\\x{value.hex()}'" if isinstance(value, bytes) else f"'{value}'"


@pytest.mark.parametrize("way", WAYS)
async def test_a_page_touches_no_more_of_a_log_that_is_four_times_as_long(
    own_world: World, many: Organization, way: str
) -> None:
    before = await blocks(own_world, many, **WAYS[way])

    await newer(own_world, many)

    assert await blocks(own_world, many, **WAYS[way]) <= before * 1.2 + 10


@pytest.mark.parametrize(
    ("way", "index"),
    [
        ("all", "ledger_inbox_looks"),
        ("one person", "ledger_inbox_looks_of_actor"),
        ("refusals", "ledger_inbox_denials"),
    ],
)
async def test_without_its_index_a_page_touches_more_and_more(
    own_world: World, many: Organization, way: str, index: str
) -> None:
    before = await blocks(own_world, many, **WAYS[way])
    async with own_world.superuser() as superuser:
        await superuser.execute(f"drop index {index}")

    await newer(own_world, many)

    assert await blocks(own_world, many, **WAYS[way]) > before * 1.2 + 10


async def test_without_the_tenant_in_the_walk_others_looks_would_be_listed(own_world: World) -> None:
    bank, rival = await own_world.organization("Bank"), await own_world.organization("Rival")
    await fill(own_world, bank, 3)
    await sabotage(own_world.copy, "looks_walked", "i.organization_id = v_organization and i.action in", "i.action in")

    async with own_world.services.database.tenant(rival.id) as connection:
        walked = await connection.fetch(
            "select organization_id from looks_walked(null, null, false, '-infinity', 'infinity', '0', 0, 100)"
        )

    assert bank.id in {each["organization_id"] for each in walked}
