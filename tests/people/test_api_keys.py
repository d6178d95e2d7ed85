"""API keys: shown once, kept as digests, narrowed by scopes, ended by time, removal and the loss of a role."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from database import Copy
from evenhand.boundary.actor import digest_of_token
from evenhand.core.times import rfc3339
from web import Web, web_of
from world import Member, World, sabotage, world_on


async def make(web: Web, by: Member, **body: Any) -> Any:
    async with web.script(by) as script:
        return await script.post("/api-keys", json={"name": "Nightly", **body})


def holding(member: Member, secret: str) -> Member:
    return Member(member.actor, member.email, secret)


async def test_a_key_is_shown_once_and_kept_as_a_digest_with_its_first_characters(world: World, web: Web) -> None:
    bank = await world.organization()

    made = (await make(web, bank.owner)).json()

    assert made["secret"].startswith("evh_")
    assert made["secret"].startswith(made["prefix"])
    assert len(made["secret"]) - len(made["prefix"]) >= 32
    async with web.script(bank.owner) as script:
        listed = (await script.get("/api-keys")).json()["items"]
    [shown] = [each for each in listed if each["id"] == made["id"]]
    assert (shown["name"], shown["prefix"], "secret" in shown) == ("Nightly", made["prefix"], False)
    async with world.superuser() as connection:
        rows = await connection.fetch("select credential::text as row from credential")
        kept = await connection.fetchval(
            "select kind from credential where token_sha256 = $1", digest_of_token(made["secret"])
        )
    assert kept == "key"
    assert not any(made["secret"] in row["row"] or "Nightly" in row["row"] for row in rows)


async def test_a_key_does_what_its_scopes_say_and_nothing_more(world: World, web: Web) -> None:
    bank = await world.organization()
    made = (await make(web, bank.owner, scopes=["people.read"])).json()

    async with web.script(holding(bank.owner, made["secret"])) as script:
        assert (await script.get("/people")).status_code == 200
        refused = await script.post("/invitations", json={"email": world.address(), "role": "annotator"})
        assert (await script.get("/session")).json()["permissions"] == ["people.read"]

    assert (refused.status_code, refused.json()["permission"]) == (403, "people.write")


async def test_a_narrowed_key_makes_no_wider_key_and_no_session(world: World, web: Web) -> None:
    bank = await world.organization()
    narrow = holding(bank.owner, (await make(web, bank.owner, scopes=["key.manage"])).json()["secret"])

    child = (await make(web, narrow, scopes=None)).json()
    wider = await make(web, narrow, scopes=["people.write"])
    async with web.script(narrow) as script:
        switched = await script.post("/session/organization", json={"organization_id": str(bank.id)})

    async with web.script(holding(bank.owner, child["secret"])) as script:
        assert (await script.get("/session")).json()["permissions"] == ["key.manage"]
    assert (wider.status_code, wider.json()["problems"][0]["code"]) == (422, "unknown_scope")
    assert (switched.status_code, switched.json()["code"]) == (403, "needs-session")
    assert "set-cookie" not in switched.headers


async def test_nobody_gives_away_what_they_may_not_do(world: World, web: Web) -> None:
    bank = await world.organization()
    manager = await bank.member("manager")

    refused = await make(web, manager, scopes=["organization.write"])

    assert (refused.status_code, refused.json()["problems"][0]["pointer"]) == (422, "/scopes")


@pytest.mark.parametrize("days", [-1, 0, 367])
async def test_a_key_lasts_at_most_a_year_and_not_into_the_past(world: World, web: Web, days: int) -> None:
    bank = await world.organization()

    refused = await make(web, bank.owner, expires_at=rfc3339(world.clock.now() + timedelta(days=days)))

    assert (refused.status_code, refused.json()["problems"][0]["pointer"]) == (422, "/expires_at")


@pytest.mark.check(20)
async def test_a_key_ends_with_its_time(world: World, web: Web) -> None:
    bank = await world.organization()
    until = rfc3339(world.clock.now() + timedelta(days=1))
    key = holding(bank.owner, (await make(web, bank.owner, expires_at=until)).json()["secret"])

    async with web.script(key) as script:
        assert (await script.get("/session")).status_code == 200
        world.clock.advance(days=1, seconds=1)
        assert (await script.get("/session")).status_code == 401


@pytest.mark.saboteur(20)
async def test_without_the_look_at_its_time_a_key_outlives_it(newest_copy: Copy) -> None:
    await sabotage(newest_copy, "actor_of", "and c.expires_at > p_now", "")
    async with world_on(newest_copy) as world, web_of(world) as web:
        with pytest.raises(AssertionError):
            await test_a_key_ends_with_its_time(world, web)


async def test_a_removed_key_is_refused_at_the_next_request(world: World, web: Web) -> None:
    bank = await world.organization()
    made = (await make(web, bank.owner)).json()
    key = holding(bank.owner, made["secret"])

    async with web.script(key) as script, web.script(bank.owner) as owner:
        assert (await script.get("/session")).status_code == 200
        assert (await owner.delete(f"/api-keys/{made['id']}")).status_code == 204
        assert (await script.get("/session")).status_code == 401
        assert (await owner.delete(f"/api-keys/{made['id']}")).status_code == 404


async def test_a_key_loses_what_its_person_may_no_longer_do_and_ends_with_the_membership(
    world: World, web: Web
) -> None:
    bank = await world.organization()
    manager = await bank.member("manager")

    async with web.script(manager) as script, web.script(bank.owner) as owner:
        assert (await script.get("/people")).status_code == 200
        await owner.patch(f"/people/{manager.id}", json={"role": "annotator"})
        assert (await script.get("/people")).status_code == 403
        await owner.delete(f"/people/{manager.id}")
        assert (await script.get("/session")).status_code == 401


async def test_the_last_owner_stays_one_and_only_owners_make_and_unmake_owners(world: World, web: Web) -> None:
    bank = await world.organization()
    manager, second = await bank.member("manager"), await bank.member("annotator")

    async with web.script(manager) as script:
        assert (await script.patch(f"/people/{bank.owner.id}", json={"role": "annotator"})).status_code == 409
        assert (await script.patch(f"/people/{manager.id}", json={"role": "owner"})).status_code == 409
        assert (await script.delete(f"/people/{bank.owner.id}")).status_code == 409
    async with web.script(bank.owner) as script:
        assert (await script.patch(f"/people/{bank.owner.id}", json={"role": "manager"})).status_code == 409
        assert (await script.patch(f"/people/{second.id}", json={"role": "owner"})).status_code == 204
        assert (await script.patch(f"/people/{bank.owner.id}", json={"role": "manager"})).status_code == 204
