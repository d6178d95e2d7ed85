"""A person sees where she is signed in, and can end it there."""

from __future__ import annotations

import pytest

from database import Copy
from evenhand.people.sessions import NotConfirmed
from web import Browser, Web, web_of
from world import World, sabotage, world_on

PASSWORD = "four words are enough"


async def signed_in(web: Web, email: str) -> Browser:
    browser = web.browser()
    assert (await browser.sign_in(email, PASSWORD)).status_code == 200
    return browser


async def test_every_session_of_a_person_is_listed_in_whichever_organization_it_works(world: World, web: Web) -> None:
    bank, clinic = await world.organization("Bank"), await world.organization("Clinic")
    member = await bank.member("manager", password=PASSWORD)
    world.clock.advance(seconds=1)  # signing in begins in the organization joined first
    await world.services.people.members.add_member(clinic.id, member.email, "Somebody", "annotator")
    here, there = await signed_in(web, member.email), await signed_in(web, member.email)
    await there.call("POST", "/session/organization", json={"organization_id": str(clinic.id)})

    sessions = (await here.call("GET", "/sessions")).json()["items"]

    assert {each["organization_id"] for each in sessions} == {str(bank.id), str(clinic.id)}
    assert [each["organization_id"] for each in sessions if each["is_current"]] == [str(bank.id)]


async def test_an_ended_session_is_refused_at_its_next_request_and_the_others_go_on(world: World, web: Web) -> None:
    bank = await world.organization()
    member = await bank.member(password=PASSWORD)
    here, there = await signed_in(web, member.email), await signed_in(web, member.email)
    [other] = [each for each in (await here.call("GET", "/sessions")).json()["items"] if not each["is_current"]]

    ended = await here.call("DELETE", f"/sessions/{other['id']}")

    assert ended.status_code == 204
    assert (await there.call("GET", "/session")).status_code == 401
    assert (await here.call("GET", "/session")).status_code == 200


async def test_all_others_end_at_once(world: World, web: Web) -> None:
    bank = await world.organization()
    member = await bank.member(password=PASSWORD)
    here, *others = [await signed_in(web, member.email) for _ in range(3)]

    await here.call("DELETE", "/sessions")

    assert [(await each.call("GET", "/session")).status_code for each in others] == [401, 401]
    [mine] = (await here.call("GET", "/sessions")).json()["items"]
    assert mine["is_current"]


async def test_nobody_ends_a_session_of_somebody_else_or_a_key(world: World, web: Web) -> None:
    bank = await world.organization()
    member, colleague = await bank.member(password=PASSWORD), await bank.member(password=PASSWORD)
    here, theirs = await signed_in(web, member.email), await signed_in(web, colleague.email)
    [session] = (await theirs.call("GET", "/sessions")).json()["items"]
    key_id = str(member.actor.credential_id)

    for id_ in (session["id"], key_id):
        refused = await here.call("DELETE", f"/sessions/{id_}")
        assert (refused.status_code, refused.json()["code"]) == (404, "not-found")

    await here.call("DELETE", "/sessions")
    assert (await theirs.call("GET", "/session")).status_code == 200
    async with web.script(member) as script:
        assert (await script.get("/session")).status_code == 200


async def test_ending_a_session_asks_who_one_is_when_that_was_long_ago(world: World, web: Web) -> None:
    bank = await world.organization()
    member = await bank.member(password=PASSWORD)
    here, there = await signed_in(web, member.email), await signed_in(web, member.email)
    [other] = [each for each in (await here.call("GET", "/sessions")).json()["items"] if not each["is_current"]]
    world.clock.advance(minutes=11)

    for path in ("/sessions", f"/sessions/{other['id']}"):
        refused = await here.call("DELETE", path)
        assert (refused.status_code, refused.json()["code"]) == (403, NotConfirmed.code)
    assert (await there.call("GET", "/session")).status_code == 200

    await here.call("POST", "/session/confirmation", json={"password": PASSWORD})
    assert (await here.call("DELETE", f"/sessions/{other['id']}")).status_code == 204


# ------------------------------------------------------------------------------------------------------- unused ones --
async def test_a_session_that_nobody_uses_for_a_day_ends(world: World, web: Web) -> None:
    bank = await world.organization()
    member = await bank.member(password=PASSWORD)
    here = await signed_in(web, member.email)

    world.clock.advance(hours=23)
    assert (await here.call("GET", "/session")).status_code == 200
    world.clock.advance(hours=23)
    assert (await here.call("GET", "/session")).status_code == 200
    world.clock.advance(hours=24, seconds=1)

    assert (await here.call("GET", "/session")).status_code == 401


@pytest.mark.parametrize(
    "headers", [{"x-unattended": "1"}, {"accept": "text/event-stream"}], ids=["nobody has touched it", "a stream"]
)
async def test_a_page_that_asks_by_itself_keeps_no_session_open(
    world: World, web: Web, headers: dict[str, str]
) -> None:
    bank = await world.organization()
    member = await bank.member(password=PASSWORD)
    here = await signed_in(web, member.email)

    world.clock.advance(hours=23)
    assert (await here.call("GET", "/session", headers=headers)).status_code == 200
    world.clock.advance(hours=2)

    assert (await here.call("GET", "/session")).status_code == 401


async def test_an_unused_session_claims_nothing_either(world: World, web: Web) -> None:
    bank = await world.organization()
    project = await bank.project(tasks=1)
    member = await bank.member("annotator", password=PASSWORD)
    here = await signed_in(web, member.email)

    world.clock.advance(hours=25)
    claimed = await here.call("POST", f"/projects/{project.id}/claim", json={"held": []})

    assert claimed.status_code == 401


# ------------------------------------------------------------------------------------ ended by whoever manages people --
async def test_a_manager_ends_every_session_of_a_member_and_it_is_on_record(world: World, web: Web) -> None:
    bank = await world.organization()
    manager, member = await bank.member("manager"), await bank.member(password=PASSWORD)
    sessions = [await signed_in(web, member.email) for _ in range(2)]

    async with web.script(manager) as script:
        ended = await script.delete(f"/people/{member.id}/sessions")

    assert ended.status_code == 204
    assert [(await each.call("GET", "/session")).status_code for each in sessions] == [401, 401]
    async with web.script(member) as script:
        assert (await script.get("/session")).status_code == 200, "keys are revoked one by one"
    assert (await web.browser().sign_in(member.email, PASSWORD)).status_code == 200
    async with world.superuser() as superuser:
        rules = await superuser.fetch(
            "select rule from ledger_inbox where organization_id = $1 and subject_id = $2", bank.id, member.id
        )
    assert [row["rule"] for row in rules] == ["sessions-ended"]


async def test_a_session_that_is_open_elsewhere_comes_in_only_after_its_person_showed_who_she_is(
    world: World, web: Web
) -> None:
    bank, clinic = await world.organization("Bank"), await world.organization("Clinic")
    member = await bank.member("manager", password=PASSWORD)
    world.clock.advance(seconds=1)
    await world.services.people.members.add_member(clinic.id, member.email, "Somebody", "annotator")
    here = await signed_in(web, member.email)
    world.clock.advance(seconds=1)
    async with web.script(clinic.owner) as script:
        await script.delete(f"/people/{member.id}/sessions")

    refused = await here.call("POST", "/session/organization", json={"organization_id": str(clinic.id)})
    assert (refused.status_code, refused.json().get("code")) == (403, NotConfirmed.code)
    assert (await here.call("GET", "/session")).status_code == 200, "where it is open it goes on"

    world.clock.advance(seconds=1)
    await here.call("POST", "/session/confirmation", json={"password": PASSWORD})
    switched = await here.call("POST", "/session/organization", json={"organization_id": str(clinic.id)})
    assert switched.status_code == 200


async def test_without_that_check_it_comes_in(newest_copy: Copy) -> None:
    """The saboteur of the test before: the sessions are ended, and nobody asks when the person last showed who she is."""
    await sabotage(newest_copy, "session_open", "m.sessions_ended_at >=", "false and m.sessions_ended_at >=")
    async with world_on(newest_copy) as world, web_of(world) as web:
        with pytest.raises(AssertionError):
            await test_a_session_that_is_open_elsewhere_comes_in_only_after_its_person_showed_who_she_is(world, web)


async def test_sessions_of_an_owner_are_ended_by_an_owner(world: World, web: Web) -> None:
    bank = await world.organization()
    manager, second = await bank.member("manager"), await bank.member("owner", password=PASSWORD)
    here = await signed_in(web, second.email)

    async with web.script(manager) as script:
        refused = await script.delete(f"/people/{second.id}/sessions")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert (await here.call("GET", "/session")).status_code == 200

    async with web.script(bank.owner) as script:
        assert (await script.delete(f"/people/{second.id}/sessions")).status_code == 204
    assert (await here.call("GET", "/session")).status_code == 401


async def test_nobody_ends_sessions_of_strangers(world: World, web: Web) -> None:
    bank, clinic = await world.organization("Bank"), await world.organization("Clinic")
    stranger = await clinic.member(password=PASSWORD)
    there = await signed_in(web, stranger.email)

    async with web.script(bank.owner) as script:
        assert (await script.delete(f"/people/{stranger.id}/sessions")).status_code == 404

    assert (await there.call("GET", "/session")).status_code == 200
