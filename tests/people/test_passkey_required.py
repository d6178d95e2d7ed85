"""An organization may ask for more than a password: a passkey, or the provider's word. Who has none makes the first one."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from authenticator import Authenticator
from database import Copy
from evenhand.people.links import Links
from web import Browser, Web, web_of
from world import Member, Organization, World, sabotage, world_on

PASSWORD = "four words are enough"


def code_of(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code") if answer.content else None


async def made(browser: Browser, device: Authenticator) -> httpx.Response:
    """A passkey on the device, kept by the server if it likes to."""
    options = await browser.call("POST", "/passkeys/options")
    if options.status_code != 200:
        return options
    body = {"name": "Phone", "credential": device.make(options.json())}
    return await browser.call("POST", "/passkeys", json=body)


async def signed_in_by(device: Authenticator, web: Web) -> Browser:
    browser = web.browser()
    options = (await browser.call("POST", "/session/passkey-options")).json()
    answer = await browser.call("POST", "/session/passkey", json={"credential": device.show(options)})
    assert answer.status_code == 200, answer.text
    return browser


async def asking(organization: Organization, web: Web) -> Browser:
    """The organization asks for passkeys from now on; its owner's browser."""
    owner = await organization.member("owner", PASSWORD)
    browser, device = web.browser(), Authenticator()
    await browser.sign_in(owner.email, PASSWORD)
    assert (await made(browser, device)).status_code == 201
    strong = await signed_in_by(device, web)
    changed = await strong.call("PATCH", "/organization", json={"name": "Bank", "requires_passkey": True})
    assert (changed.status_code, changed.json()["requires_passkey"]) == (200, True)
    return strong


async def enroll(browser: Browser, email: str, device: Authenticator) -> httpx.Response:
    who = {"email": email, "password": PASSWORD}
    options = await browser.call("POST", "/session/enrollment-options", json=who)
    if options.status_code != 200:
        return options
    body = {**who, "name": "Phone", "credential": device.make(options.json())}
    return await browser.call("POST", "/session/enrollment", json=body)


@pytest.fixture
async def strict(world: World, web: Web) -> Organization:
    bank = await world.organization()
    await asking(bank, web)
    return bank


@pytest.fixture
async def ana(strict: Organization) -> Member:
    return await strict.member("annotator", PASSWORD)


# ------------------------------------------------------------------------------------------------------ a password alone --
async def test_a_password_alone_opens_nothing_there(web: Web, ana: Member) -> None:
    refused = await web.browser().sign_in(ana.email, PASSWORD)

    assert code_of(refused) == (403, "passkey-required")
    assert refused.json()["has_passkey"] is False
    assert "set-cookie" not in refused.headers


async def test_a_wrong_password_is_told_nothing_of_it(web: Web, ana: Member) -> None:
    for path, more in (("/session", {}), ("/session/enrollment-options", {})):
        # From a network of its own: what is refused counts against whoever else signs in from there.
        stranger = web.browser("10.7.0.1")
        refused = await stranger.call("POST", path, json={"email": ana.email, "password": "another one", **more})
        assert code_of(refused) == (401, "wrong-password")


async def test_what_a_password_had_opened_ends_when_a_passkey_is_asked_for(world: World, web: Web) -> None:
    bank = await world.organization()
    early = await bank.member("annotator", PASSWORD)
    here = web.browser()
    await here.sign_in(early.email, PASSWORD)

    await asking(bank, web)

    assert (await here.call("GET", "/session")).status_code == 401
    async with web.script(early) as script:
        assert (await script.get("/session")).status_code == 200, "keys are not sessions"


async def test_a_session_of_another_organization_switches_in_only_after_a_passkey(
    world: World, web: Web, strict: Organization
) -> None:
    clinic = await world.organization("Clinic")
    both = await clinic.member("annotator", PASSWORD)
    device, browser = Authenticator(), web.browser()
    await world.services.people.members.add_member(strict.id, both.email, "Somebody", "annotator")
    assert (await browser.sign_in(both.email, PASSWORD)).json()["organization"]["id"] == str(clinic.id)
    there = {"organization_id": str(strict.id)}

    assert code_of(await browser.call("POST", "/session/organization", json=there)) == (403, "passkey-required")

    assert (await made(browser, device)).status_code == 201
    options = (await browser.call("POST", "/session/confirmation-options")).json()
    await browser.call("POST", "/session/confirmation", json={"credential": device.show(options)})
    assert (await browser.call("POST", "/session/organization", json=there)).status_code == 200


async def test_without_the_check_a_password_is_enough(newest_copy: Copy) -> None:
    """The saboteur: the organization asks for a passkey, and nobody looks."""
    await sabotage(newest_copy, "session_open", "v_asks and not v_strong", "false")
    async with world_on(newest_copy) as world, web_of(world) as web:
        bank = await world.organization()
        await asking(bank, web)
        with pytest.raises(AssertionError):
            await test_a_session_of_another_organization_switches_in_only_after_a_passkey(world, web, bank)


# ---------------------------------------------------------------------------------------------------------- the first one --
async def test_who_has_no_passkey_yet_makes_the_first_one_and_is_in(world: World, web: Web, ana: Member) -> None:
    device, browser = Authenticator(), web.browser()

    enrolled = await enroll(browser, ana.email, device)

    assert enrolled.status_code == 200
    assert enrolled.json()["organization"]["id"] == str(ana.actor.organization_id)
    assert (await (await signed_in_by(device, web)).call("GET", "/session")).status_code == 200
    [kept] = (await browser.call("GET", "/passkeys")).json()["items"]
    async with world.superuser() as superuser:
        recorded = await superuser.fetchval(
            "select rule from ledger_inbox where subject_id = $1::text::uuid", kept["id"]
        )
    assert recorded == "passkey-enrolled"


async def test_a_password_makes_no_second_one(web: Web, ana: Member) -> None:
    await enroll(web.browser(), ana.email, Authenticator())

    refused = await enroll(web.browser(), ana.email, Authenticator())

    assert code_of(refused) == (403, "passkey-required")
    assert refused.json()["has_passkey"] is True


async def test_a_password_makes_none_where_nobody_asks(world: World, web: Web) -> None:
    bank = await world.organization()
    member = await bank.member("annotator", PASSWORD)

    assert code_of(await enroll(web.browser(), member.email, Authenticator())) == (401, "wrong-password")


async def test_a_thief_with_the_password_adds_and_removes_no_passkey_by_way_of_another_organization(
    world: World, web: Web, strict: Organization
) -> None:
    clinic = await world.organization("Clinic")
    both = await clinic.member("annotator", PASSWORD)
    own = web.browser()
    await own.sign_in(both.email, PASSWORD)
    kept = (await made(own, Authenticator())).json()
    await world.services.people.members.add_member(strict.id, both.email, "Somebody", "annotator")

    thief = web.browser()
    assert (await thief.sign_in(both.email, PASSWORD)).status_code == 200

    assert code_of(await made(thief, Authenticator())) == (403, "passkey-required")
    assert code_of(await thief.call("DELETE", f"/passkeys/{kept['id']}")) == (403, "passkey-required")


async def test_without_that_check_the_thief_adds_one(newest_copy: Copy) -> None:
    """The saboteur of the test before."""
    await sabotage(newest_copy, "session_facts", "not c.is_strong and", "false and")
    async with world_on(newest_copy) as world, web_of(world) as web:
        bank = await world.organization()
        await asking(bank, web)
        with pytest.raises(AssertionError):
            await test_a_thief_with_the_password_adds_and_removes_no_passkey_by_way_of_another_organization(
                world, web, bank
            )


async def test_an_invitation_is_accepted_by_password_and_then_asks_for_the_passkey(
    web: Web, strict: Organization
) -> None:
    async with web.script(strict.owner) as script:
        made = (await script.post("/invitations", json={"email": "new@example.org", "role": "annotator"})).json()
    body = {"token": made["link"].partition("#")[2], "password": PASSWORD, "name": "Somebody New"}
    browser = web.browser()

    assert code_of(await browser.call("POST", "/invitations/accept", json=body)) == (403, "passkey-required")
    assert (await enroll(browser, "new@example.org", Authenticator())).status_code == 200


# ------------------------------------------------------------------------------------------------------------- the rule --
async def test_who_asks_for_a_passkey_has_shown_one(world: World, web: Web) -> None:
    bank = await world.organization()
    owner = await bank.member("owner", PASSWORD)
    browser = web.browser()
    await browser.sign_in(owner.email, PASSWORD)
    change: dict[str, Any] = {"name": "Bank", "requires_passkey": True}

    assert code_of(await browser.call("PATCH", "/organization", json=change)) == (403, "passkey-required")
    async with web.script(owner) as script:
        assert code_of(await script.patch("/organization", json=change)) == (403, "needs-session")
    assert (await browser.call("GET", "/organization")).json()["requires_passkey"] is False


async def test_it_is_on_record_and_can_be_taken_back(world: World, web: Web) -> None:
    bank = await world.organization()
    member = await bank.member("annotator", PASSWORD)
    owner = await asking(bank, web)

    await owner.call("PATCH", "/organization", json={"name": "Bank", "requires_passkey": False})

    assert (await web.browser().sign_in(member.email, PASSWORD)).status_code == 200
    async with world.superuser() as superuser:
        rules = await superuser.fetch(
            "select rule from ledger_inbox where organization_id = $1 and subject_id = $1 and rule is not null order by id",
            bank.id,
        )
    assert [row["rule"] for row in rules] == ["passkey-required", "password-enough"]


async def test_the_operator_helps_whose_device_is_lost(world: World, web: Web, ana: Member) -> None:
    await enroll(web.browser(), ana.email, Authenticator())
    links: Links = web.app.state.people.links

    made = await links.make_reset(ana.email, "reset-link-of-operator", forget_passkeys=True)
    assert made is not None
    body = {"token": made.token, "password": PASSWORD}
    refused = await web.browser().call("POST", "/password-resets/accept", json=body)

    assert code_of(refused) == (403, "passkey-required")
    assert (await enroll(web.browser(), ana.email, Authenticator())).status_code == 200
    async with world.superuser() as superuser:
        rules = await superuser.fetch("select rule from ledger_inbox where subject_id = $1 order by id", ana.id)
    assert {"passkeys-forgotten", "reset-link-of-operator"} <= {row["rule"] for row in rules}
