"""Single sign-on: a real provider on this machine, a browser that goes there and comes back, and everything that may go wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from provider import CLIENT_ID, CLIENT_SECRET, Account, Provider, provider

from database import Copy
from evenhand.bootstrap import make_web_app
from evenhand.core.settings import SettingRefused
from evenhand.people.single_sign_on import CALLBACK, client_of
from web import Browser, Web
from world import World, hash_cheaply, world_on

PASSWORD = "four words are enough"
SITE = "http://evenhand.test"
COOKIE = "evenhand-session"


@pytest.fixture
async def signs_on(newest_copy: Copy, tmp_path: Path) -> AsyncIterator[tuple[World, Web, Provider]]:
    """An installation with a provider set up, as an operator would."""
    secret = tmp_path / "secret"
    secret.write_text(CLIENT_SECRET + "\n")
    async with world_on(newest_copy) as world:
        with provider(SITE + CALLBACK, world.clock.now) as theirs:
            settings = world.settings.model_copy(
                update={
                    "public_url": SITE,
                    "oidc_issuer": theirs.issuer,
                    "oidc_client_id": CLIENT_ID,
                    "oidc_client_secret_file": secret,
                    "oidc_name": "Example Bank",
                    "outbound_private_networks": (ip_network("127.0.0.0/8"),),
                }
            )
            app = make_web_app(settings, world.clock)
            async with app.router.lifespan_context(app):
                hash_cheaply(app.state.people)
                yield world, Web(app, world), theirs


async def left(browser: Browser) -> str:
    """Where the browser is sent to."""
    answer = await browser.client.get("/session/single-sign-on")
    assert answer.status_code == 303
    return answer.headers["location"]


async def back(browser: Browser, url: str) -> httpx.Response:
    return await browser.client.get(url.removeprefix(SITE + "/api/v1"))


async def there_and_back(browser: Browser, theirs: Provider) -> httpx.Response:
    return await back(browser, theirs.visited(await left(browser)))


async def test_a_person_signs_in_with_the_address_that_the_provider_has_verified(
    signs_on: tuple[World, Web, Provider],
) -> None:
    world, web, theirs = signs_on
    bank = await world.organization("Bank")
    ana = await bank.member("manager", PASSWORD)
    theirs.account = Account("ana-1", ana.email.upper())
    browser = web.browser()

    answer = await there_and_back(browser, theirs)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    session = (await browser.call("GET", "/session")).json()
    assert (session["person"]["email"], session["organization"]["name"]) == (ana.email, "Bank")
    assert (await web.browser().call("GET", "/session/methods")).json() == {"single_sign_on": "Example Bank"}


async def test_later_it_is_the_providers_own_name_for_a_person_that_counts(
    signs_on: tuple[World, Web, Provider],
) -> None:
    world, web, theirs = signs_on
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)
    theirs.account = Account("ana-1", ana.email)
    await there_and_back(web.browser(), theirs)

    theirs.account = Account("ana-1", "ana.married@example.org", is_verified=False)
    renamed = await there_and_back(web.browser(), theirs)
    theirs.account = Account("somebody-else", ana.email)
    inherited = await there_and_back(web.browser(), theirs)

    assert renamed.headers["location"] == "/"
    assert inherited.headers["location"] == "/#refused=no-account"


@pytest.mark.parametrize(
    "account",
    [Account("x", "stranger@example.org"), Account("x", "KNOWN", is_verified=False), Account("x", "no address")],
    ids=["unknown", "unverified", "no address"],
)
async def test_whom_the_provider_does_not_vouch_for_or_nobody_knows_stays_outside(
    signs_on: tuple[World, Web, Provider], account: Account
) -> None:
    world, web, theirs = signs_on
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)
    theirs.account = Account(
        account.subject, ana.email if account.email == "KNOWN" else account.email, account.is_verified
    )
    browser = web.browser()

    answer = await there_and_back(browser, theirs)

    assert answer.headers["location"] == "/#refused=no-account"
    assert COOKIE not in browser.client.cookies


def changed(**claims: Any) -> Any:
    return lambda said: {name: each for name, each in {**said, **claims}.items() if each is not None}


@pytest.mark.parametrize(
    "bend",
    [
        changed(iss="https://other.example.org"),
        changed(aud="another client"),
        changed(aud=[CLIENT_ID, "another"], azp="another"),
        changed(nonce="another"),
        changed(nonce=None),
        changed(exp=1),
        changed(exp=None),
        changed(sub=None),
        changed(sub=""),
        changed(sub=17),
    ],
    ids=["iss", "aud", "azp", "nonce", "no nonce", "over", "no end", "no sub", "empty sub", "sub a number"],
)
async def test_a_token_that_is_not_for_here_now_and_this_attempt_is_refused(
    signs_on: tuple[World, Web, Provider], bend: Any
) -> None:
    world, web, theirs = signs_on
    bank = await world.organization()
    theirs.account = Account("x", (await bank.member("annotator", PASSWORD)).email)
    theirs.bend = bend

    answer = await there_and_back(web.browser(), theirs)

    assert answer.headers["location"] == "/#refused=single-sign-on-refused"


async def test_a_token_that_somebody_else_signed_is_refused(signs_on: tuple[World, Web, Provider]) -> None:
    world, web, theirs = signs_on
    bank = await world.organization()
    theirs.account = Account("x", (await bank.member("annotator", PASSWORD)).email)
    theirs.signs_with = ECKey.generate_key("P-256", {"kid": "1", "alg": "ES256"})

    answer = await there_and_back(web.browser(), theirs)

    assert answer.headers["location"] == "/#refused=single-sign-on-refused"


async def test_an_answer_counts_in_the_browser_that_asked_within_ten_minutes_and_once(
    signs_on: tuple[World, Web, Provider],
) -> None:
    world, web, theirs = signs_on
    bank = await world.organization()
    theirs.account = Account("x", (await bank.member("annotator", PASSWORD)).email)
    victim, late, twice = web.browser(), web.browser(), web.browser()
    attackers = theirs.visited(await left(web.browser()))
    await left(victim)
    forged = await back(victim, attackers)
    slow = theirs.visited(await left(late))
    used = theirs.visited(await left(twice))
    kept = twice.client.cookies["evenhand-trip"]
    first = await back(twice, used)
    twice.client.cookies.set("evenhand-trip", kept, domain="evenhand.test")
    again = await back(twice, used)
    world.clock.advance(minutes=10, seconds=1)
    over = await back(late, slow)

    assert first.headers["location"] == "/"
    for refused in (forged, again, over):
        assert refused.headers["location"] == "/#refused=single-sign-on-refused"


@pytest.mark.parametrize(
    "describe",
    [
        lambda said: {**said, "issuer": "https://other.example.org"},
        lambda said: {**said, "token_endpoint": "ftp://example.org/token"},
        lambda said: {name: each for name, each in said.items() if name != "jwks_uri"},
        lambda said: {**said, "jwks_uri": 17},
        lambda _: [],
        lambda said: {**said, "padding": "x" * 300_000},
    ],
    ids=["another issuer", "another scheme", "no keys", "keys a number", "a list", "too long"],
)
async def test_a_provider_that_describes_itself_badly_is_not_visited(
    signs_on: tuple[World, Web, Provider], describe: Any
) -> None:
    _, web, theirs = signs_on
    theirs.describe = describe

    assert await left(web.browser()) == "/#refused=single-sign-on-refused"


async def test_coming_back_without_having_left_is_no_crash(signs_on: tuple[World, Web, Provider]) -> None:
    _, web, _ = signs_on

    for query in ("", "?state=x&code=y", "?error=access_denied&state=x", "?state=%C3%A4&code=%22"):
        browser = web.browser()
        browser.client.cookies.set("evenhand-trip", "WzFd.x", domain="evenhand.test")
        answer = await browser.client.get("/session/single-sign-on/callback" + query)
        assert answer.headers.get("location") == "/#refused=single-sign-on-refused", query


async def test_without_a_provider_there_is_no_single_sign_on(web: Web) -> None:
    browser = web.browser()

    assert (await browser.call("GET", "/session/methods")).json() == {"single_sign_on": None}
    assert (await browser.client.get("/session/single-sign-on")).headers[
        "location"
    ] == "/#refused=single-sign-on-refused"


def test_half_a_provider_is_refused_at_the_start(tmp_path: Path) -> None:
    for issuer, client_id, secret in (
        ("https://id.example.org", None, None),
        (None, "evenhand", None),
        ("https://id.example.org", "evenhand", tmp_path / "missing"),
    ):
        with pytest.raises(SettingRefused):
            client_of(issuer, client_id, secret, SITE)


# ------------------------------------------------------------------------------------------------------------- strength --
@pytest.mark.parametrize(
    ("acr", "is_in"), [("phr", True), ("phrh", True), ("0", False), (None, False), (["phr"], False)], ids=str
)
async def test_the_provider_vouches_for_the_strength_that_the_operator_asks_for(
    newest_copy: Copy, tmp_path: Path, acr: Any, is_in: bool
) -> None:
    (tmp_path / "secret").write_text(CLIENT_SECRET)
    async with world_on(newest_copy) as world:
        with provider(SITE + CALLBACK, world.clock.now) as theirs:
            settings = world.settings.model_copy(
                update={
                    "public_url": SITE,
                    "oidc_issuer": theirs.issuer,
                    "oidc_client_id": CLIENT_ID,
                    "oidc_client_secret_file": tmp_path / "secret",
                    "oidc_acr": ("phr", "phrh"),
                    "outbound_private_networks": (ip_network("127.0.0.0/8"),),
                }
            )
            app = make_web_app(settings, world.clock)
            async with app.router.lifespan_context(app):
                bank = await world.organization()
                theirs.account = Account("x", (await bank.member()).email)
                theirs.bend = lambda claims: {**claims, **({} if acr is None else {"acr": acr})}
                browser = Web(app, world).browser()
                url = await left(browser)

                answer = await back(browser, theirs.visited(url))

    assert "acr_values=phr+phrh" in url
    assert answer.headers["location"] == ("/" if is_in else "/#refused=single-sign-on-refused")
