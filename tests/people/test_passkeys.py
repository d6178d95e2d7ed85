"""Passkeys: made, shown, confirmed with, let go; and everything that looks like one and is none."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authenticator import Authenticator, b64, unb64
from database import Copy
from evenhand.people.ceremonies import PasskeyRefused, PasskeysUnavailable, Site, read_shown, verify_new, verify_shown
from evenhand.people.passkeys import PASSKEYS_MAX
from web import Browser, Web, web_of
from world import World, world_on

PASSWORD = "four words are enough"


async def signed_in(world: World, web: Web, role: str = "manager") -> Browser:
    bank = await world.organization()
    somebody = await bank.member(role, PASSWORD)
    browser = web.browser()
    assert (await browser.sign_in(somebody.email, PASSWORD)).status_code == 200
    return browser


async def made(browser: Browser, device: Authenticator, name: str = "Work laptop") -> dict[str, Any]:
    """A passkey on the device, kept by the server."""
    options = (await browser.call("POST", "/passkeys/options")).json()
    answer = await browser.call("POST", "/passkeys", json={"name": name, "credential": device.make(options)})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def asked(browser: Browser) -> dict[str, Any]:
    body: dict[str, Any] = (await browser.call("POST", "/session/passkey-options")).json()
    return body


async def shown(browser: Browser, credential: dict[str, Any]) -> Any:
    return await browser.call("POST", "/session/passkey", json={"credential": credential})


async def test_a_passkey_signs_its_person_in_without_an_address_or_a_password(world: World, web: Web) -> None:
    own = await signed_in(world, web)
    device = Authenticator()
    kept = await made(own, device, "Blue key")

    stranger = web.browser()
    answer = await shown(stranger, device.show(await asked(stranger)))

    assert answer.status_code == 200
    assert answer.json()["person"] == (await own.call("GET", "/session")).json()["person"]
    [listed] = (await stranger.call("GET", "/passkeys")).json()["items"]
    assert (listed["id"], listed["name"], listed["is_synced"]) == (kept["id"], "Blue key", False)
    assert listed["last_used_at"] is not None


async def test_the_name_of_a_passkey_is_sealed_and_what_the_database_keeps_signs_nobody_in(
    world: World, web: Web
) -> None:
    own = await signed_in(world, web)
    device = Authenticator()
    kept = await made(own, device, "The blue one from the drawer")

    async with world.superuser() as connection:
        row = await connection.fetchrow("select * from passkey where passkey_id = $1", kept["id"])

    assert b"blue" not in b"".join(each for each in row.values() if isinstance(each, bytes))
    [held] = device.held.values()
    assert held.key.private_numbers().private_value.to_bytes(32, "big") not in row["public_key"]


@pytest.mark.check(20)
async def test_an_answer_signs_in_once(world: World, web: Web) -> None:
    device = Authenticator()
    await made(await signed_in(world, web), device)
    options = await asked(web.browser())
    answer = device.show(options)

    statuses = await asyncio.gather(*((shown_status(web, answer)) for _ in range(6)))

    assert sorted(statuses) == [200] + [401] * 5
    again = device.show(options)  # the same question, answered anew
    assert await shown_status(web, again) == 401


async def shown_status(web: Web, answer: dict[str, Any]) -> int:
    return (await shown(web.browser(), copy.deepcopy(answer))).status_code


@pytest.mark.saboteur(20)
async def test_without_the_guard_of_used_challenges_an_answer_signs_in_twice(newest_copy: Copy) -> None:
    async with newest_copy.connect() as superuser:
        await superuser.execute(
            "create or replace function evenhand.challenge_use(p_challenge bytea, p_until timestamptz, p_now timestamptz)"
            " returns boolean language sql as 'select true'"
        )
    async with world_on(newest_copy) as world, web_of(world) as web:
        device = Authenticator()
        await made(await signed_in(world, web), device)
        options = await asked(web.browser())

        statuses = [await shown_status(web, device.show(options)) for _ in range(2)]

    assert statuses == [200, 200]


async def test_a_question_is_answered_within_five_minutes_or_not_at_all(world: World, web: Web) -> None:
    device = Authenticator()
    await made(await signed_in(world, web), device)
    early, late = await asked(web.browser()), await asked(web.browser())

    world.clock.advance(minutes=4, seconds=59)
    in_time = await shown(web.browser(), device.show(early))
    world.clock.advance(seconds=2)
    over = await shown(web.browser(), device.show(late))

    assert (in_time.status_code, over.status_code) == (200, 401)
    assert over.json()["code"] == "passkey-refused"
    assert "five minutes" in over.json()["detail"]


async def test_a_challenge_serves_the_ceremony_and_the_person_it_was_made_for(world: World, web: Web) -> None:
    own, other = await signed_in(world, web), await signed_in(world, web)
    device = Authenticator()
    await made(own, device)
    to_confirm = (await own.call("POST", "/session/confirmation-options")).json()
    to_add = (await other.call("POST", "/passkeys/options")).json()

    as_sign_in = await shown(web.browser(), device.show(to_confirm))
    somebody_elses = await own.call("POST", "/passkeys", json={"name": "x", "credential": Authenticator().make(to_add)})
    of_another = await other.call("POST", "/session/confirmation", json={"credential": device.show(await asked(other))})

    for refused in (as_sign_in, somebody_elses, of_another):
        assert (refused.status_code, refused.json()["code"]) == (401, "passkey-refused")


@pytest.mark.parametrize(
    "device",
    [Authenticator(origin="http://localhost.example.org"), Authenticator(verifies=False)],
    ids=["another site", "no finger asked"],
)
async def test_a_device_on_another_site_or_in_anybodys_hand_makes_nothing(
    world: World, web: Web, device: Authenticator
) -> None:
    own = await signed_in(world, web)
    options = (await own.call("POST", "/passkeys/options")).json()

    answer = await own.call("POST", "/passkeys", json={"name": "x", "credential": device.make(options)})

    assert (answer.status_code, answer.json()["code"]) == (401, "passkey-refused")
    assert (await own.call("GET", "/passkeys")).json()["items"] == []


async def test_a_copy_of_a_device_is_noticed_by_its_count(world: World, web: Web) -> None:
    device = Authenticator()
    await made(await signed_in(world, web), device)
    clone = copy.copy(device)
    clone.held = {credential: copy.copy(held) for credential, held in device.held.items()}
    for _ in range(2):
        assert (await shown(web.browser(), device.show(await asked(web.browser())))).status_code == 200

    answer = await shown(web.browser(), clone.show(await asked(web.browser())))

    assert (answer.status_code, answer.json()["code"]) == (401, "passkey-refused")


async def test_making_and_letting_go_ask_who_one_is_when_that_was_long_ago(world: World, web: Web) -> None:
    own = await signed_in(world, web)
    device = Authenticator()
    kept = await made(own, device)
    world.clock.advance(minutes=11)

    stale = await own.call("POST", "/passkeys/options")
    removed = await own.call("DELETE", f"/passkeys/{kept['id']}")
    wrong = await own.call("POST", "/session/confirmation", json={"password": "not the password at all"})
    by_passkey = (await own.call("POST", "/session/confirmation-options")).json()
    confirmed = await own.call("POST", "/session/confirmation", json={"credential": device.show(by_passkey)})

    assert [(each.status_code, each.json()["code"]) for each in (stale, removed)] == [(403, "not-confirmed")] * 2
    assert (wrong.status_code, confirmed.status_code) == (401, 204)
    assert (await own.call("DELETE", f"/passkeys/{kept['id']}")).status_code == 204
    assert (await shown(web.browser(), device.show(await asked(web.browser())))).status_code == 401


async def test_switching_organizations_does_not_show_anew_who_one_is(world: World, web: Web) -> None:
    bank, shop = await world.organization("Bank"), await world.organization("Shop")
    ana = await bank.member("manager", PASSWORD)
    await world.services.people.members.add_member(shop.id, ana.email, "x", "manager")
    browser = web.browser()
    await browser.sign_in(ana.email, PASSWORD)
    world.clock.advance(minutes=11)

    switched = await browser.call("POST", "/session/organization", json={"organization_id": str(shop.id)})
    stale = await browser.call("POST", "/passkeys/options")
    confirmed = await browser.call("POST", "/session/confirmation", json={"password": PASSWORD})

    assert switched.status_code == 200
    assert (stale.status_code, confirmed.status_code) == (403, 204)
    assert (await browser.call("POST", "/passkeys/options")).status_code == 200


async def test_a_person_keeps_twenty_and_a_device_is_not_kept_twice(world: World, web: Web) -> None:
    own = await signed_in(world, web)
    device = Authenticator()
    await made(own, device)
    world.clock.advance(seconds=1)
    options = (await own.call("POST", "/passkeys/options")).json()
    assert [unb64(each["id"]) for each in options["excludeCredentials"]] == list(device.held)

    for each in range(PASSKEYS_MAX - 1):
        await made(own, Authenticator(), f"Key {each}")
    full = await own.call("POST", "/passkeys/options")

    assert (full.status_code, full.json()["code"]) == (413, "limit-reached")
    names = [each["name"] for each in (await own.call("GET", "/passkeys")).json()["items"]]
    assert (len(names), names[0]) == (PASSKEYS_MAX, "Work laptop")


async def test_a_person_who_was_removed_everywhere_is_not_let_in_by_a_passkey(world: World, web: Web) -> None:
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)
    own = web.browser()
    await own.sign_in(ana.email, PASSWORD)
    device = Authenticator()
    await made(own, device)
    owner = web.script(bank.owner)
    assert (await owner.delete(f"/people/{ana.id}")).status_code == 204

    answer = await shown(web.browser(), device.show(await asked(web.browser())))

    assert (answer.status_code, answer.json()["code"]) == (401, "passkey-refused")


async def test_guessing_with_passkeys_is_slowed_down_as_with_passwords(world: World, web: Web) -> None:
    device = Authenticator()
    guesser = web.browser("10.9.9.9")
    options = await asked(guesser)
    device.make({"rp": {"id": "localhost"}, "user": {"id": b64(b"x")}, "challenge": options["challenge"]})

    statuses = [(await shown(guesser, device.show(options))).status_code for _ in range(12)]

    assert statuses == [401] * 10 + [429] * 2


async def test_what_is_made_and_let_go_is_on_record(world: World, web: Web) -> None:
    own = await signed_in(world, web)
    kept = await made(own, Authenticator())
    await own.call("DELETE", f"/passkeys/{kept['id']}")

    async with world.superuser() as connection:
        rules = await connection.fetch(
            "select rule from ledger_inbox where subject_id = $1 order by xid, id", kept["id"]
        )

    assert [row["rule"] for row in rules] == ["passkey-added", "passkey-removed"]


# ----------------------------------------------------------------------------------------------------------- the site --
@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://labels.example.org", Site("labels.example.org", ("https://labels.example.org",))),
        ("https://labels.example.org:8443", Site("labels.example.org", ("https://labels.example.org:8443",))),
        ("http://127.0.0.1:8420", Site("localhost", ("http://localhost:8420",))),
        ("http://localhost:8420", Site("localhost", ("http://localhost:8420",))),
    ],
)
def test_a_passkey_is_bound_to_the_name_that_people_type(address: str, site: Site) -> None:
    assert Site.of(address) == site


@pytest.mark.parametrize("address", ["http://labels.example.org", "https://10.0.0.1", "https://[fd00::1]", ""])
def test_no_browser_makes_passkeys_for_an_address_without_a_name_and_tls(address: str) -> None:
    with pytest.raises(PasskeysUnavailable):
        Site.of(address)


# ------------------------------------------------------------------------------------------------------------ hostile --
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=60).map(b64),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3),
    max_leaves=8,
)
_MEMBERS = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")
_RESPONSE = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle", "transports"), _JSON
    ),
)
_CREDENTIAL = st.fixed_dictionaries(
    {},
    optional={
        "id": _JSON,
        "rawId": _JSON,
        "type": _JSON,
        "response": _RESPONSE | _JSON,
        "clientExtensionResults": _JSON,
    },
)
_SITE = Site("localhost", ("http://localhost",))


@given(_CREDENTIAL)
def test_whatever_a_browser_sends_is_refused_and_never_fails(credential: dict[str, Any]) -> None:
    with pytest.raises(PasskeyRefused):
        read_shown(credential)
        verify_shown(_SITE, credential, b"x" * 40, public_key=b"", sign_count=0)
    with pytest.raises(PasskeyRefused):
        verify_new(_SITE, credential, b"x" * 40)


@given(st.data())
def test_no_byte_of_an_answer_can_be_another(data: st.DataObject) -> None:
    device = Authenticator(origin="http://localhost")
    options = {"rp": {"id": "localhost"}, "user": {"id": b64(b"somebody")}, "challenge": b64(b"c" * 40)}
    new = verify_new(_SITE, device.make(options), b"c" * 40)
    answer = device.show({"rpId": "localhost", "challenge": b64(b"c" * 40)})
    name = data.draw(st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]))
    content = bytearray(unb64(answer["response"][name]))
    at = data.draw(st.integers(0, 10_000)) % len(content)
    content[at] ^= data.draw(st.integers(1, 255))

    changed = {**answer, "response": {**answer["response"], name: b64(bytes(content))}}

    assert verify_shown(_SITE, answer, b"c" * 40, public_key=new.public_key, sign_count=0) == 1
    with pytest.raises(PasskeyRefused):
        verify_shown(_SITE, changed, b"c" * 40, public_key=new.public_key, sign_count=0)
