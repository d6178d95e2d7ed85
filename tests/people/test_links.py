"""Links: invitations and resets. Whoever invites knows the link, and must not become the person elsewhere by it."""

from __future__ import annotations

from typing import Any

import pytest

from web import Browser, Web
from world import Member, Organization, World

PASSWORD = "four words are enough"
OTHER = "quite another sentence"


class Letters:
    """What was mailed, instead of a mail server."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []

    async def send_link(self, kind: str, to: str, link: str) -> bool:
        self.sent.append((kind, to, link))
        return True


@pytest.fixture
def letters(web: Web, monkeypatch: pytest.MonkeyPatch) -> Letters:
    made = Letters()
    monkeypatch.setitem(web.app.state._state, "mail", made)
    return made


async def invite(web: Web, by: Member, email: str, role: str = "annotator", **more: Any) -> Any:
    """The answer to an invitation."""
    async with web.script(by) as script:
        return await script.post("/invitations", json={"email": email, "role": role, **more})


def token_in(link: str) -> str:
    """Behind the #, which browsers send nowhere."""
    return link.partition("#")[2]


async def accept(browser: Browser, token: str, password: str, **more: Any) -> Any:
    return await browser.call("POST", "/invitations/accept", json={"token": token, "password": password, **more})


async def test_somebody_new_joins_by_a_link_with_a_name_and_a_password_of_their_own(
    world: World, web: Web, letters: Letters
) -> None:
    bank = await world.organization("Bank")
    email = world.address()

    invited = (await invite(web, bank.owner, email, "reviewer")).json()

    assert letters.sent == [("invitation", email, invited["link"])]
    async with web.script() as script:
        shown = (await script.post("/invitations/lookup", json={"token": token_in(invited["link"])})).json()
    assert (shown["organization"], shown["email"], shown["role"], shown["has_password"]) == (
        "Bank",
        email,
        "reviewer",
        False,
    )

    browser = web.browser()
    joined = await accept(browser, token_in(invited["link"]), PASSWORD, name="A Reviewer")

    assert joined.status_code == 200, joined.text
    assert (joined.json()["person"]["name"], joined.json()["role"]) == ("A Reviewer", "reviewer")
    assert (await web.browser("10.6.0.1").sign_in(email, PASSWORD)).status_code == 200


async def test_a_link_works_once_for_seven_days_and_only_the_newest_does(world: World, web: Web) -> None:
    bank = await world.organization()
    email = world.address()
    older = token_in((await invite(web, bank.owner, email)).json()["link"])
    newer = token_in((await invite(web, bank.owner, email)).json()["link"])

    assert (await accept(web.browser(), older, PASSWORD)).json()["code"] == "link-used"
    assert (await accept(web.browser(), newer, PASSWORD)).status_code == 200
    assert (await accept(web.browser(), newer, OTHER)).json()["code"] == "link-used"

    late = token_in((await invite(web, bank.owner, world.address())).json()["link"])
    world.clock.advance(days=7, seconds=1)
    answer = await accept(web.browser(), late, PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (410, "link-used")


async def test_a_password_that_is_too_short_leaves_the_link_as_it_was(world: World, web: Web) -> None:
    bank = await world.organization()
    token = token_in((await invite(web, bank.owner, world.address())).json()["link"])

    refused = await accept(web.browser(), token, "short")

    assert (refused.status_code, refused.json()["problems"][0]["pointer"]) == (422, "/password")
    assert (await accept(web.browser(), token, PASSWORD)).status_code == 200


async def test_no_address_of_the_api_holds_a_token_that_a_proxy_would_write_into_its_log(web: Web) -> None:
    paths = web.app.openapi()["paths"]

    # An upload's address is signed for one file and a short time; nothing else that opens anything is part of one.
    assert [path for path in paths if "{token}" in path] == ["/api/v1/uploads/{token}"]


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
async def test_without_a_link_that_works_nothing_tells_whether_an_address_has_an_account(
    world: World, web: Web, letters: Letters, is_known: bool
) -> None:
    bank = await world.organization()
    email = (await bank.member("annotator", PASSWORD)).email if is_known else world.address()
    used = token_in((await invite(web, bank.owner, world.address())).json()["link"])
    await accept(web.browser(), used, PASSWORD)
    network = f"10.9.{int(is_known)}"

    said = [
        await web.browser(f"{network}.1").sign_in(email, "not the password"),
        await ask(web, email, f"{network}.2"),
        *[
            await web.browser(f"{network}.3").call("POST", f"/{path}", json={"token": token, **more})
            for token in (used, "x" * 43, email)
            for path, more in (
                ("invitations/lookup", {}),
                ("invitations/accept", {"password": PASSWORD}),
                ("password-resets/accept", {"password": PASSWORD}),
            )
        ],
    ]

    answers = [(each.status_code, each.json().get("code"), each.json().get("detail")) for each in said]
    assert [each[:2] for each in answers] == [(401, "wrong-password"), (202, None), *[(410, "link-used")] * 9]
    assert not any(email in each.text for each in said)
    assert len({detail for _, code, detail in answers if code == "link-used"}) == 1


# ------------------------------------------------------------------------------------- somebody who is here already --
@pytest.fixture
async def victim(world: World) -> tuple[Organization, Member]:
    """The owner of another customer, with a password."""
    clinic = await world.organization("Clinic")
    return clinic, await clinic.member("owner", PASSWORD, name="The Owner")


async def test_inviting_somebody_elsewheres_owner_does_not_let_one_set_their_password(
    world: World, web: Web, victim: tuple[Organization, Member]
) -> None:
    bank = await world.organization("Bank")
    link = (await invite(web, bank.owner, victim[1].email)).json()["link"]

    taken = await accept(web.browser("10.7.0.1"), token_in(link), "a password of the inviter's")

    assert (taken.status_code, taken.json()["code"]) == (401, "wrong-password")
    thief = await web.browser("10.7.0.2").sign_in(victim[1].email, "a password of the inviter's")
    assert thief.status_code == 401
    assert (await web.browser("10.7.0.3").sign_in(victim[1].email, PASSWORD)).json()["organization"]["name"] == "Clinic"


async def test_they_join_with_the_password_they_have_and_keep_their_name_and_sessions(
    world: World, web: Web, victim: tuple[Organization, Member]
) -> None:
    bank = await world.organization("Bank")
    at_home = web.browser("10.7.1.1")
    await at_home.sign_in(victim[1].email, PASSWORD)
    link = (await invite(web, bank.owner, victim[1].email, "annotator", name="What The Bank Calls Them")).json()["link"]

    joined = await accept(web.browser("10.7.1.2"), token_in(link), PASSWORD, name="Renamed")

    body = joined.json()
    assert joined.status_code == 200, joined.text
    assert (body["organization"]["name"], body["role"], body["person"]["name"]) == ("Bank", "annotator", "The Owner")
    assert [each["name"] for each in body["organizations"]] == ["Bank", "Clinic"]
    assert (await at_home.call("GET", "/session")).status_code == 200


async def test_a_link_is_no_way_to_guess_a_password(
    world: World, web: Web, victim: tuple[Organization, Member]
) -> None:
    bank = await world.organization("Bank")
    token = token_in((await invite(web, bank.owner, victim[1].email)).json()["link"])

    said = [(await accept(web.browser(f"10.7.2.{n}"), token, f"guess number {n}")).status_code for n in range(12)]

    assert said == [401] * 10 + [429] * 2


async def test_an_invitation_changes_the_role_of_no_member(world: World, web: Web) -> None:
    """A manager may not unmake an owner, not even by inviting them again."""
    bank = await world.organization()
    manager, colleague = await bank.member("manager"), await bank.member("annotator")

    for member, role in ((bank.owner, "annotator"), (colleague, "manager")):
        answer = await invite(web, manager, member.email, role)

        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    async with web.script(bank.owner) as script:
        roles = {each["id"]: each["role"] for each in (await script.get("/people")).json()["items"]}
    assert (roles[str(bank.owner.id)], roles[str(colleague.id)]) == ("owner", "annotator")


async def test_only_an_owner_invites_owners_or_takes_such_an_invitation_back(world: World, web: Web) -> None:
    bank = await world.organization()
    manager, email = await bank.member("manager"), world.address()

    assert (await invite(web, manager, email, "owner")).status_code == 422
    assert (await invite(web, bank.owner, email, "owner")).status_code == 201
    assert (await invite(web, manager, email, "annotator")).json()["code"] == "conflict"


async def test_somebody_who_was_removed_can_be_invited_again_under_the_old_pseudonym(world: World, web: Web) -> None:
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)
    async with web.script(bank.owner) as script:
        before = {each["id"]: each["pseudonym"] for each in (await script.get("/people")).json()["items"]}
        assert (await script.delete(f"/people/{ana.id}")).status_code == 204
        assert str(ana.id) not in {each["id"] for each in (await script.get("/people")).json()["items"]}

    link = (await invite(web, bank.owner, ana.email, "reviewer")).json()["link"]
    joined = await accept(web.browser("10.7.3.1"), token_in(link), PASSWORD)

    assert (joined.json()["pseudonym"], joined.json()["role"]) == (before[str(ana.id)], "reviewer")


# -------------------------------------------------------------------------------------------------------- resets --
async def ask(web: Web, email: str, network: str = "10.8.0.1") -> Any:
    return await web.browser(network).call("POST", "/password-resets", json={"email": email})


async def test_a_forgotten_password_is_set_anew_by_mail_and_every_session_ends(
    world: World, web: Web, letters: Letters
) -> None:
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)
    elsewhere = web.browser("10.8.0.2")
    await elsewhere.sign_in(ana.email, PASSWORD)

    await ask(web, ana.email)
    [(kind, to, link)] = letters.sent
    done = await web.browser().call(
        "POST", "/password-resets/accept", json={"token": token_in(link), "password": OTHER}
    )

    assert (kind, to, done.status_code) == ("password-reset", ana.email, 200)
    assert (await elsewhere.call("GET", "/session")).status_code == 401
    assert (await web.browser("10.8.0.3").sign_in(ana.email, PASSWORD)).status_code == 401
    assert (await web.browser("10.8.0.4").sign_in(ana.email, OTHER)).status_code == 200


async def test_each_reset_link_and_its_use_is_on_the_record_of_the_organization(
    world: World, web: Web, letters: Letters
) -> None:
    bank = await world.organization()
    member = await bank.member("annotator", PASSWORD)

    await ask(web, member.email, "10.8.4.1")
    await ask(web, world.address(), "10.8.4.2")
    made = await world.services.people.links.make_reset(member.email, "reset-link-of-operator")
    assert made is not None
    body = {"token": made.token, "password": OTHER}
    said = [(await web.browser().call("POST", "/password-resets/accept", json=body)).status_code for _ in range(2)]

    assert said == [200, 410]
    async with world.superuser() as connection:
        rows = await connection.fetch(
            "select i.organization_id, i.subject_id, a.name, i.rule from ledger_inbox i join ledger_action a using (action)"
            " where i.rule like 'reset-link%' and i.subject_id = $1 order by i.xid, i.id",
            member.id,
        )
    entry = (bank.id, member.id, "member.change")
    rules = ("reset-link", "reset-link-of-operator", "reset-link-used")
    assert [tuple(row) for row in rows] == [(*entry, rule) for rule in rules]


async def test_the_answer_is_the_same_for_an_address_nobody_has(world: World, web: Web, letters: Letters) -> None:
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)

    known, unknown = await ask(web, ana.email, "10.8.1.1"), await ask(web, world.address(), "10.8.1.2")

    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json()) == (202, known.json())
    assert len(letters.sent) == 1


async def test_mails_are_not_sent_without_end(world: World, web: Web, letters: Letters) -> None:
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)

    said = [(await ask(web, ana.email, f"10.8.2.{number}")).status_code for number in range(12)]

    assert said == [202] * 10 + [429] * 2
    assert len(letters.sent) == 10


async def test_of_several_reset_links_only_the_newest_works_for_two_hours(
    world: World, web: Web, letters: Letters
) -> None:
    bank = await world.organization()
    ana = await bank.member("annotator", PASSWORD)
    await ask(web, ana.email, "10.8.3.1")
    await ask(web, ana.email, "10.8.3.2")
    older, newer = (token_in(link) for _, _, link in letters.sent)

    async def use(token: str) -> str:
        answer = await web.browser().call("POST", "/password-resets/accept", json={"token": token, "password": OTHER})
        return answer.json().get("code", "ok")

    assert await use(older) == "link-used"
    assert await use(newer) == "ok"
    await ask(web, ana.email, "10.8.3.3")
    world.clock.advance(hours=2, seconds=1)
    assert await use(token_in(letters.sent[-1][2])) == "link-used"


async def test_links_are_kept_as_digests(world: World, web: Web) -> None:
    bank = await world.organization()
    token = token_in((await invite(web, bank.owner, world.address())).json()["link"])

    async with world.superuser() as connection:
        rows = await connection.fetch("select ticket::text as row from ticket")

    assert len(token) >= 43
    assert not any(token in row["row"] for row in rows)
