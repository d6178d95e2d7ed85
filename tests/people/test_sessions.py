"""A person sees where she is signed in, and can end it there."""

from __future__ import annotations

from web import Browser, Web
from world import World

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
