"""What browsers are told with every answer, whatever it is an answer to, and the cookie they keep."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from evenhand.bootstrap import make_web_app
from evenhand.http import middleware
from web import API, Web
from world import World, hash_cheaply

PASSWORD = "four words are enough"
SAFE = "https://labels.example.org"
# The interface, a reference page, the contract, an answer, a refusal, what is nowhere, what is no request, a method nobody has.
ADDRESSES = (
    ("GET", "/"),
    ("GET", "/docs/reference/errors.html"),
    ("GET", "/openapi.json"),
    ("GET", "/healthz"),
    ("GET", f"{API}/session"),
    ("GET", f"{API}/nowhere"),
    ("GET", "/nowhere.js"),
    ("GET", f"{API}/session?x=%00"),
    ("POST", f"{API}/session"),
    ("TRACE", f"{API}/session"),
)


@pytest_asyncio.fixture
async def over_tls(world: World) -> AsyncIterator[Web]:
    """The application as it stands behind a proxy with a certificate."""
    app = make_web_app(world.settings.model_copy(update={"public_url": SAFE}), world.clock)
    async with app.router.lifespan_context(app):
        hash_cheaply(app.state.people)
        yield Web(app, world)


def client(web: Web) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(web.app, client=("10.0.0.1", 50000), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=SAFE)


@pytest.mark.parametrize(("method", "path"), ADDRESSES, ids=[f"{method} {path}" for method, path in ADDRESSES])
async def test_every_answer_tells_a_browser_what_it_may_not_do(method: str, path: str, over_tls: Web) -> None:
    async with client(over_tls) as somebody:
        answer = await somebody.request(method, path)

    policy = dict(each.strip().partition(" ")[::2] for each in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] in ("'self'", "'none'")
    assert (policy["object-src"], policy["base-uri"], policy["frame-ancestors"]) == ("'none'",) * 3
    assert policy["script-src"] == "'self'", "neither inline scripts nor eval, nor anybody else's"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert "access-control-allow-origin" not in answer.headers
    assert "server" not in answer.headers
    if path.startswith("/api/"):
        assert answer.headers["cache-control"] == "no-store"


async def test_without_the_rim_a_browser_is_told_nothing(over_tls: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "HEADERS", [])
    app = make_web_app(over_tls.world.settings, over_tls.world.clock)

    async with client(Web(app, over_tls.world)) as somebody:
        answer = await somebody.get("/healthz")

    assert "content-security-policy" not in answer.headers


async def test_our_own_mistakes_carry_the_headers_too(over_tls: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async def break_down(*_: object) -> None:
        raise RuntimeError("the row says secret-value")

    monkeypatch.setattr(over_tls.app.state, "authenticate", break_down)

    async with client(over_tls) as somebody:
        answer = await somebody.get(f"{API}/session", headers={"authorization": "Bearer evh_x"})

    assert (answer.status_code, answer.json()["code"]) == (500, "platform-error")
    assert "secret-value" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


async def test_over_tls_the_cookie_is_bound_to_this_host_and_to_tls(world: World, over_tls: Web) -> None:
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)

    async with client(over_tls) as somebody:
        answer = await somebody.post(f"{API}/session", json={"email": ana.email, "password": PASSWORD})

    name, _, rest = answer.headers["set-cookie"].partition("=")
    attributes = {each.strip().lower() for each in rest.split(";")[1:]}
    assert name == "__Host-evenhand"
    assert {"httponly", "secure", "samesite=lax", "path=/"} <= attributes
    assert not any(each.startswith("domain") for each in attributes)


async def test_no_other_origin_is_let_in(web: Web) -> None:
    """Nobody elsewhere reads an answer, and a question before a request of another origin gets no leave."""
    asking = {"origin": "https://elsewhere.example", "access-control-request-method": "POST"}

    async with web.script() as somebody:
        asked = await somebody.options("/session", headers=asking)
        read = await somebody.get("/session", headers={"origin": "https://elsewhere.example"})

    assert asked.status_code == 405
    assert not [each for answer in (asked, read) for each in answer.headers if each.startswith("access-control-")]


async def test_a_program_is_no_browser_and_gets_no_cookie(world: World, web: Web) -> None:
    bank = await world.organization()

    async with web.script(bank.owner) as script:
        answer = await script.get("/session")

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.json()["csrf"] is None
