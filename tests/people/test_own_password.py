"""A person changes her own password, by showing the one that stands; what is easily guessed is not taken."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from evenhand.boundary.actor import digest_of_token
from evenhand.people import passwords as module
from evenhand.people.weakness import is_easily_guessed
from web import Browser, Web
from world import Member, Organization, World

PASSWORD = "four words are enough"
NEW = "another handful of plain words"
COOKIE = "evenhand-session"
# Each browser comes from a network of its own: what one test guesses does not slow the next.
_networks = (f"10.77.{high}.{low}" for high, low in itertools.product(range(256), repeat=2))


def browser_of(web: Web) -> Browser:
    return web.browser(next(_networks))


async def signed_in(web: Web, email: str, password: str = PASSWORD) -> Browser:
    browser = browser_of(web)
    assert (await browser.sign_in(email, password)).status_code == 200
    return browser


async def change(browser: Browser, current: str | None, password: str) -> tuple[int, str]:
    answer = await browser.call("PUT", "/session/password", json={"current": current, "password": password})
    return answer.status_code, answer.json()["code"] if answer.content else ""


@pytest.fixture
async def bank(world: World) -> Organization:
    return await world.organization("Bank")


@pytest.fixture
async def ana(bank: Organization) -> Member:
    return await bank.member("manager", PASSWORD)


async def test_the_new_password_signs_in_and_the_old_one_does_not(web: Web, ana: Member) -> None:
    browser = await signed_in(web, ana.email)

    assert await change(browser, PASSWORD, NEW) == (204, "")

    assert (await browser_of(web).sign_in(ana.email, PASSWORD)).status_code == 401
    assert (await browser_of(web).sign_in(ana.email, NEW)).status_code == 200


async def test_every_other_session_ends_and_this_one_goes_on(web: Web, ana: Member) -> None:
    here, there = await signed_in(web, ana.email), await signed_in(web, ana.email)

    await change(here, PASSWORD, NEW)

    assert (await there.call("GET", "/session")).status_code == 401
    assert (await here.call("GET", "/session")).status_code == 200


async def test_a_stolen_session_sets_no_password_however_lately_its_person_signed_in(web: Web, ana: Member) -> None:
    browser = await signed_in(web, ana.email)

    assert await change(browser, "not the password", NEW) == (401, "wrong-password")
    assert await change(browser, None, NEW) == (401, "wrong-password")

    assert (await browser_of(web).sign_in(ana.email, PASSWORD)).status_code == 200


async def test_guessing_the_password_that_stands_is_slowed_down_as_at_the_door(web: Web, ana: Member) -> None:
    browser = await signed_in(web, ana.email)

    said = [await change(browser, f"a wrong guess number {each}", NEW) for each in range(11)]

    assert said[-1] == (429, "too-many-requests")


async def test_of_two_changes_at_once_one_is_made(web: Web, ana: Member) -> None:
    browser = await signed_in(web, ana.email)

    said = await asyncio.gather(*(change(browser, PASSWORD, f"{NEW} {each}") for each in range(2)))

    assert sorted(said) == [(204, ""), (401, "wrong-password")]


async def test_links_that_would_set_a_password_are_void(world: World, web: Web, ana: Member) -> None:
    made = await world.services.people.links.make_reset(ana.email)
    assert made is not None
    browser = await signed_in(web, ana.email)

    await change(browser, PASSWORD, NEW)

    used = await browser_of(web).call(
        "POST", "/password-resets/accept", json={"token": made.token, "password": "a third set of plain words"}
    )
    assert used.json()["code"] == "link-used"


async def test_it_is_on_the_record_of_the_organization(world: World, web: Web, bank: Organization, ana: Member) -> None:
    browser = await signed_in(web, ana.email)

    await change(browser, PASSWORD, NEW)

    async with world.superuser() as connection:
        noted = await connection.fetchval(
            "select count(*) from ledger_inbox where organization_id = $1 and rule = 'password-changed'", bank.id
        )
    assert noted == 1


async def test_somebody_without_a_password_sets_one_after_confirming_and_not_before(
    world: World, web: Web, ana: Member
) -> None:
    browser = await signed_in(web, ana.email)
    async with world.superuser() as connection:
        await connection.execute("update person set password_hash = null where person_id = $1", ana.id)
    token = browser.client.cookies[COOKIE]

    world.clock.advance(minutes=11)
    before = await change(browser, None, NEW)
    async with world.superuser() as connection:
        await connection.execute(
            "update credential set confirmed_at = $2 where token_sha256 = $1", digest_of_token(token), world.clock.now()
        )
    after = await change(browser, None, NEW)

    assert (before, after) == ((403, "not-confirmed"), (204, ""))


# --------------------------------------------------------------------------------------------------- easily guessed --
@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "123456789012",
        "qwertyuiop12",
        "iloveyou1234",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "P@ssw0rd2026",
        "passwordpassword",
        "evenhand2026!",
        "annotator1234",
        "Labeling2026",
    ],
)
async def test_what_is_tried_first_is_not_taken(web: Web, ana: Member, password: str) -> None:
    browser = await signed_in(web, ana.email)

    answer = await browser.call("PUT", "/session/password", json={"current": PASSWORD, "password": password})

    assert (answer.status_code, [each["code"] for each in answer.json()["problems"]]) == (422, ["common_password"])
    assert (await browser_of(web).sign_in(ana.email, PASSWORD)).status_code == 200


@pytest.mark.parametrize("about", ["address", "organization"])
async def test_what_is_known_of_a_person_is_tried_first_too(world: World, web: Web, about: str) -> None:
    organization = await world.organization("Quuxington Fribble")
    member = await organization.member("manager", PASSWORD)
    password = f"{member.email.partition('@')[0]}1" if about == "address" else "QuuxingtonFribble1"
    browser = await signed_in(web, member.email)

    assert (await change(browser, PASSWORD, password.ljust(12, "1")))[0] == 422


async def test_a_link_takes_no_such_password_either(world: World, web: Web, bank: Organization) -> None:
    invited = await world.services.people.members.invite(bank.owner.actor, world.address(), "annotator", None)

    answer = await browser_of(web).call(
        "POST", "/invitations/accept", json={"token": invited.token, "password": "password1234", "name": "Somebody"}
    )

    assert [each["code"] for each in answer.json()["problems"]] == ["common_password"]


async def test_without_the_estimate_it_would_be_taken(web: Web, ana: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_easily_guessed", lambda *_: False)
    browser = await signed_in(web, ana.email)

    assert await change(browser, PASSWORD, "password1234") == (204, "")


@pytest.mark.parametrize(
    "password",
    [
        "four plain words together",
        "ein Satz mit Umlauten: äöü",
        "x7Kq-2fVd-9mTz",
        "正しい馬の電池ステープル",
        "a" * 8 + NEW * 8,
    ],
)
def test_nothing_is_asked_of_the_sort_of_characters(password: str) -> None:
    assert not is_easily_guessed(password)
