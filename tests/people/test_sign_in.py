"""Signing in and out: passwords, sessions, forged requests, guessing."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest
import structlog
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from database import Copy
from evenhand.boundary import dependencies
from evenhand.boundary.actor import digest_of_token
from evenhand.core.errors import TooManyRequests
from evenhand.core.settings import Settings
from evenhand.people import sessions
from evenhand.people.model import WrongPassword
from evenhand.people.service import People, Place
from web import API, Browser, Web, web_of
from world import World, sabotage, world_on

PASSWORD = "four words are enough"
COOKIE = "evenhand-session"


@pytest.fixture
def browser(web: Web) -> Browser:
    return web.browser()


async def test_a_session_is_one_person_in_one_organization(world: World, browser: Browser) -> None:
    bank = await world.organization("Bank")
    ana = await bank.member("manager", PASSWORD, name="Somebody New")

    opened = (await browser.sign_in(ana.email, PASSWORD)).json()

    assert (opened["organization"]["name"], opened["role"], opened["person"]["email"]) == ("Bank", "manager", ana.email)
    assert "task.import" in opened["permissions"]
    assert "organization.write" not in opened["permissions"]
    assert (await browser.call("GET", "/session")).json()["organization"]["id"] == str(bank.id)


async def test_the_cookie_is_out_of_reach_of_scripts_and_the_database_keeps_only_its_digest(
    world: World, browser: Browser
) -> None:
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)

    answer = await browser.sign_in(ana.email, PASSWORD)

    assert {"httponly", "samesite=lax", "path=/"} <= {
        each.strip().lower() for each in answer.headers["set-cookie"].split(";")
    }
    token = browser.client.cookies[COOKIE]
    async with world.superuser() as connection:
        rows = await connection.fetch("select credential::text as row from credential")
        assert (
            await connection.fetchval("select count(*) from credential where token_sha256 = $1", digest_of_token(token))
            == 1
        )
    assert not any(token in row["row"] for row in rows)


async def test_passwords_are_kept_as_argon2id_and_never_as_they_are(world: World) -> None:
    bank = await world.organization()
    services = world.services
    people = People(services.database, services.vault, services.grants, world.clock, Place("http://localhost:8420"))
    person_id = await people.members.add_member(bank.id, world.address(), "Somebody", "annotator", password=PASSWORD)

    async with world.superuser() as connection:
        kept = await connection.fetchval("select password_hash from person where person_id = $1", person_id)

    assert kept.startswith("$argon2id$v=19$m=")
    memory, rounds = (int(kept.split(f"{name}=")[1].split(",")[0]) for name in "mt")
    assert (memory >= 19456, rounds >= 2) == (True, True), "the least that OWASP names"


async def test_an_unknown_address_and_a_wrong_password_are_told_alike_and_cost_the_same(
    world: World, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)
    people = web.app.state.people
    verified: list[str] = []
    real = people.passwords._verify
    monkeypatch.setattr(people.passwords, "_verify", lambda kept, typed: verified.append(typed) or real(kept, typed))

    bodies = []
    for email in (ana.email, world.address()):
        answer = await web.browser(f"10.9.0.{len(bodies)}").sign_in(email, "not the password")
        assert answer.status_code == 401
        bodies.append({**answer.json(), "request_id": ""})

    assert bodies[0] == bodies[1]
    assert len(verified) == 2


@pytest.mark.check(20)
async def test_signing_in_again_replaces_the_session_and_signing_out_ends_it(world: World, browser: Browser) -> None:
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)
    await browser.sign_in(ana.email, PASSWORD)
    first = browser.client.cookies[COOKIE]

    await browser.sign_in(ana.email, PASSWORD)
    second = browser.client.cookies[COOKIE]

    assert first != second
    browser.client.cookies.set(COOKIE, first, domain="evenhand.test")
    world.clock.advance(seconds=6)  # a session that was replaced may be remembered for five
    assert (await browser.call("GET", "/session")).status_code == 401
    browser.client.cookies.set(COOKIE, second, domain="evenhand.test")
    assert (await browser.call("DELETE", "/session")).status_code == 204
    browser.client.cookies.set(COOKIE, second, domain="evenhand.test")
    assert (await browser.call("GET", "/session")).status_code == 401


@pytest.mark.check(20)
async def test_a_cookie_that_somebody_planted_is_not_the_session_of_whoever_signs_in(world: World, web: Web) -> None:
    """Session fixation: the planted cookie is a session of the attacker's own."""
    bank = await world.organization()
    ana, mallory = await bank.member("annotator", PASSWORD), await bank.member("annotator", PASSWORD)
    attacker, victim = web.browser(), web.browser()
    await attacker.sign_in(mallory.email, PASSWORD)
    planted = attacker.client.cookies[COOKIE]
    victim.client.cookies.set(COOKIE, planted, domain="evenhand.test")

    answer = await victim.sign_in(ana.email, PASSWORD)

    world.clock.advance(seconds=6)
    assert COOKIE in answer.headers["set-cookie"]
    assert planted not in answer.headers["set-cookie"]
    assert (await attacker.call("GET", "/session")).status_code == 401


@pytest.mark.saboteur(20)
async def test_a_session_that_is_not_replaced_outlives_the_next_sign_in(newest_copy: Copy) -> None:
    replaced = "delete from evenhand.credential c where c.token_sha256 = p_replaces and c.kind = 'session';"
    await sabotage(newest_copy, "session_open", replaced, "")
    async with world_on(newest_copy) as world, web_of(world) as web:
        with pytest.raises(AssertionError):
            await test_signing_in_again_replaces_the_session_and_signing_out_ends_it(world, web.browser())


async def test_every_session_that_opens_is_in_the_log_with_how_and_nothing_that_opens_another(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = structlog.testing.LogCapture()
    monkeypatch.setattr(sessions, "log", structlog.wrap_logger(None, processors=[lines]))
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)

    await browser.sign_in(ana.email, "wrong wrong wrong")
    await browser.sign_in(ana.email, PASSWORD)

    [line] = lines.entries
    assert (line["event"], line["by"], line["person_id"]) == ("session.opened", "password", str(ana.id))
    assert line["organization_id"] == str(bank.id)
    told = str(line)
    assert not any(secret in told for secret in (browser.client.cookies[COOKIE], browser.csrf, ana.email, PASSWORD))


async def test_a_session_ends_after_fourteen_days(world: World, browser: Browser) -> None:
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)
    await browser.sign_in(ana.email, PASSWORD)

    for _ in range(13):
        world.clock.advance(days=1, seconds=-1)
        assert (await browser.call("GET", "/session")).status_code == 200
    world.clock.advance(days=1, seconds=14)

    assert (await browser.call("GET", "/session")).status_code == 401


# ---------------------------------------------------------------------------------------------------------- forgery --
@pytest.mark.check(20)
@pytest.mark.parametrize(
    "headers",
    [
        {"x-csrf-token": ""},
        {"x-csrf-token": "00" * 32},
        {"origin": "http://elsewhere.test"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=["no token", "wrong token", "other origin", "other site", "sister site"],
)
async def test_a_change_that_another_page_asks_for_is_refused(
    world: World, browser: Browser, headers: dict[str, str]
) -> None:
    bank = await world.organization()
    ana = await bank.member("manager", PASSWORD)
    await browser.sign_in(ana.email, PASSWORD)

    forged = await browser.call("PATCH", "/session/preferences", json={"theme": "dark"}, headers=headers)

    assert (forged.status_code, forged.json()["code"]) == (403, "forged-request")
    assert (await browser.call("PATCH", "/session/preferences", json={"theme": "dark"})).status_code == 200


@pytest.mark.saboteur(20)
async def test_without_the_look_at_the_token_a_forged_request_is_carried_out(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependencies, "refuse_forgery", lambda *_: None)

    with pytest.raises((AssertionError, KeyError)):
        await test_a_change_that_another_page_asks_for_is_refused(world, browser, {"x-csrf-token": ""})


async def test_an_api_key_needs_no_token_against_forgery_for_no_browser_sends_it_by_itself(
    world: World, web: Web
) -> None:
    bank = await world.organization()

    async with web.script(bank.owner) as script:
        assert (await script.patch("/session/preferences", json={"theme": "dark"})).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_a_form_of_another_site_signs_nobody_in(world: World, web: Web, kind: str) -> None:
    """A page elsewhere can send these kinds without asking the browser first."""
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)

    async with web.script() as script:
        body = f'{{"email": "{ana.email}", "password": "{PASSWORD}"}}'
        answer = await script.post("/session", content=body, headers={"content-type": kind})

    assert 400 <= answer.status_code < 500
    assert "set-cookie" not in answer.headers


# --------------------------------------------------------------------------------------------------------- guessing --
async def test_after_ten_wrong_passwords_even_the_right_one_has_to_wait(world: World, web: Web) -> None:
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)
    for attempt in range(10):
        assert (await web.browser(f"10.1.0.{attempt}").sign_in(ana.email, "wrong wrong wrong")).status_code == 401

    refused = await web.browser("10.1.1.1").sign_in(ana.email, PASSWORD)

    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (
        429,
        "too-many-requests",
        "900",
    )
    world.clock.advance(minutes=16)
    assert (await web.browser("10.1.1.2").sign_in(ana.email, PASSWORD)).status_code == 200


async def test_one_network_cannot_try_one_password_on_many_addresses(world: World, web: Web) -> None:
    bank = await world.organization()
    people = [await bank.member("annotator", PASSWORD) for _ in range(11)]
    browser = web.browser("10.2.0.1")

    said = [(await browser.sign_in(each.email, "wrong wrong wrong")).status_code for each in people]

    assert said == [401] * 10 + [429]
    assert (await web.browser("10.2.0.2").sign_in(people[0].email, PASSWORD)).status_code == 200


async def guesses_behind(proxies: str, world: World, web: Web, network: str) -> list[int]:
    """Eleven guesses at eleven addresses from one network, each saying that it comes from another; as uvicorn reads the setting."""
    bank = await world.organization()
    people = [await bank.member("annotator", PASSWORD) for _ in range(11)]
    behind = ProxyHeadersMiddleware(web.app, trusted_hosts=proxies)
    transport = httpx.ASGITransport(behind, client=(network, 50000))
    async with httpx.AsyncClient(transport=transport, base_url="http://evenhand.test") as guesser:
        return [
            (
                await guesser.post(
                    f"{API}/session",
                    json={"email": each.email, "password": "wrong wrong wrong"},
                    headers={"x-forwarded-for": f"203.0.113.{number}"},
                )
            ).status_code
            for number, each in enumerate(people)
        ]


async def test_nobody_is_from_elsewhere_because_they_say_so(world: World, web: Web) -> None:
    proxies = Settings().trusted_proxies

    assert await guesses_behind(proxies, world, web, "10.6.0.1") == [401] * 10 + [429]


async def test_where_every_proxy_is_believed_one_network_tries_many_addresses(world: World, web: Web) -> None:
    assert await guesses_behind("*", world, web, "10.6.0.2") == [401] * 11


async def test_an_office_whose_people_sign_in_rightly_is_never_told_to_wait(world: World, web: Web) -> None:
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)
    browser = web.browser("10.3.0.1")

    said = [(await browser.sign_in(ana.email, PASSWORD)).status_code for _ in range(12)]

    assert said == [200] * 12


async def test_thirty_guesses_at_once_are_not_more_than_ten(world: World) -> None:
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)
    people = world.services.people

    said = await asyncio.gather(
        *(people.sessions.sign_in(ana.email, f"wrong wrong {number}", f"10.4.0.{number}") for number in range(30)),
        return_exceptions=True,
    )

    assert sum(isinstance(each, WrongPassword) for each in said) == 10
    assert sum(isinstance(each, TooManyRequests) for each in said) == 20


async def test_checking_a_password_does_not_hold_up_what_others_do(world: World) -> None:
    bank = await world.organization()
    services = world.services
    people = People(services.database, services.vault, services.grants, world.clock, Place("http://localhost:8420"))
    email = world.address()
    await people.members.add_member(bank.id, email, "Somebody", "annotator", password=PASSWORD)
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - started)

    watching = asyncio.create_task(watch())
    started = time.perf_counter()
    await asyncio.gather(*(people.sessions.sign_in(email, PASSWORD, f"10.5.0.{number}") for number in range(6)))
    took = time.perf_counter() - started
    watching.cancel()

    assert longest < took / 2, "one password after the other on the loop would stop it for the whole time"
