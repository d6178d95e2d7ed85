"""A person belongs to one vendor and is known to each customer under another pseudonym; nobody sees the other side."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest

from evenhand.core.errors import Conflict
from web import Web
from world import Member, Organization, World

PASSWORD = "four words are enough"


@pytest.fixture
async def between(world: World) -> tuple[Organization, Organization, Organization, Member]:
    """A vendor's annotator who works for two customers."""
    vendor = await world.organization("Vendor", "vendor")
    bank, clinic = await world.organization("Bank"), await world.organization("Clinic")
    ana = await vendor.member("annotator", PASSWORD, name="A Name Only The Vendor Knows")
    for customer in (bank, clinic):
        people = world.services.people
        invited = await people.members.invite(customer.owner.actor, ana.email, "annotator", "What The Customer Typed")
        await people.links.accept(
            invited.token, PASSWORD, None, f"10.11.{customer.id.bytes[-1]}.{customer.id.bytes[-2]}"
        )
    return vendor, bank, clinic, ana


async def seen_by(web: Web, customer: Organization, person: UUID) -> dict[str, str | None]:
    async with web.script(customer.owner) as script:
        answer = await script.get("/people")
    [row] = [each for each in answer.json()["items"] if each["id"] == str(person)]
    return row


async def test_each_customer_knows_a_pseudonym_of_its_own_and_no_name(
    web: Web, between: tuple[Organization, Organization, Organization, Member]
) -> None:
    vendor, bank, clinic, ana = between

    rows = [await seen_by(web, customer, ana.id) for customer in (bank, clinic)]

    assert rows[0]["pseudonym"] != rows[1]["pseudonym"]
    assert [(row["name"], row["email"]) for row in rows] == [(None, None), (None, None)]
    assert (await seen_by(web, vendor, ana.id))["name"] == "A Name Only The Vendor Knows"


async def test_what_the_customer_typed_renames_nobody(
    world: World, between: tuple[Organization, Organization, Organization, Member]
) -> None:
    _, _, _, ana = between

    facts = await world.services.people.members.self_facts(ana.actor)

    assert facts["person"]["name"] == "A Name Only The Vendor Knows"
    assert {each["name"] for each in facts["organizations"]} == {"Vendor", "Bank", "Clinic"}


async def test_her_commitments_in_two_logs_have_nothing_in_common(
    world: World, between: tuple[Organization, Organization, Organization, Member]
) -> None:
    _, bank, clinic, ana = between

    async with world.superuser() as connection:
        rows = await connection.fetch(
            "select m.organization_id, m.actor_commitment, m.annotator_no, d.salt from membership m"
            " join disclosure d on d.commitment = m.actor_commitment and d.organization_id = m.organization_id"
            " where m.person_id = $1 and m.organization_id = any($2::uuid[])",
            ana.id,
            [bank.id, clinic.id],
        )

    assert len(rows) == len({row["actor_commitment"] for row in rows}) == len({row["salt"] for row in rows}) == 2


async def test_what_she_did_elsewhere_is_unreadable_to_the_processes(
    world: World, between: tuple[Organization, Organization, Organization, Member]
) -> None:
    """History across customers is there for the walls alone: app has no right to it, in no tenant and in none."""
    _, bank, _, ana = between

    for relation in (
        *(
            "touch",
            "affiliation",
            "ownership_statement",
            "party",
            "employment",
            "person_interest",
            "wall_epoch",
            "silence",
        ),
        *("person", "sign_in_attempt"),
    ):
        async with world.services.database.tenant(bank.id) as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch(f"select * from {relation}")
    async with world.services.database.tenant(bank.id) as connection:
        rows = await connection.fetch("select organization_id from membership where person_id = $1", ana.id)
    assert [row["organization_id"] for row in rows] == [bank.id]


async def test_switching_goes_only_where_she_belongs_and_ends_the_old_session(
    world: World, web: Web, between: tuple[Organization, Organization, Organization, Member]
) -> None:
    _, bank, clinic, ana = between
    strangers = await world.organization("Strangers")
    browser = web.browser("10.12.0.1")
    await browser.sign_in(ana.email, PASSWORD)
    before = browser.client.cookies["evenhand-session"]

    switched = await browser.call("POST", "/session/organization", json={"organization_id": str(bank.id)})
    refused = await browser.call("POST", "/session/organization", json={"organization_id": str(strangers.id)})

    assert (switched.status_code, switched.json()["organization"]["name"]) == (200, "Bank")
    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    assert (await browser.call("GET", "/session")).json()["organization"]["name"] == "Bank"
    browser.client.cookies.set("evenhand-session", before, domain="evenhand.test")
    assert (await browser.call("GET", "/session")).status_code == 401
    assert clinic.id != bank.id


async def test_a_customer_adds_no_people_to_a_vendor(world: World) -> None:
    vendor, bank = await world.organization("Vendor", "vendor"), await world.organization("Bank")

    with pytest.raises(Conflict):
        await world.services.people.members.add_member(
            bank.id, world.address(), "Somebody", "annotator", vendor_id=vendor.id
        )
