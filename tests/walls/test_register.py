"""The register of interests: what is filed walls, holds and is on record; fixed cases of walls, by the verbs that people use."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from parties import Scene, entity, holds, office, person, share

from database import Copy
from evenhand.core.canonical import canonical_json
from evenhand.core.errors import Conflict, Malformed, NotFound
from evenhand.walls.grant import Walled
from world import Organization, World, world_on


@pytest.fixture
async def scene(world: World) -> Scene:
    return await Scene.of(world)


@pytest.fixture
async def own_scene(newest_copy: Copy) -> AsyncIterator[Scene]:
    async with world_on(newest_copy) as world:
        yield await Scene.of(world)


# ----------------------------------------------------------------------------------------------------- fixed cases --
@pytest.mark.check(8)
async def test_a_stake_without_votes_and_a_chief_executive_who_moves_put_the_customer_on_hold(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["buyer"])
    other = await scene.customer("other", against=["somebody"])
    ana, elsewhere = await scene.works(vendor, lab, other)
    ours, theirs = await lab.project(tasks=2), await other.project(tasks=2)
    task = await ours.take(ana)
    beside = await theirs.take(elsewhere)
    buyer, seller, chief = scene.name("buyer"), scene.name("vendor"), scene.name("chief")

    await scene.file(
        entity(buyer),
        entity(seller),
        person(chief),
        holds(buyer, seller, share(49), share(0, "votingRights")),
        holds(chief, buyer, office("seniorManagingOfficial")),
        holds(chief, seller, office("boardMember")),
    )

    held = await scene.world.services.work.holds.all(lab.owner.actor)
    [hold] = held["items"]
    [tie] = hold["chain"]
    assert (tie["party"], tie["rival"], tie["kind"], tie["high"]) == (seller, buyer, "vendor", 100.0)
    assert sum(len(link["statements"]) for link in tie["links"]) == 3
    assert (await scene.entries(lab, "ownership.change"))[-1][0] == "hold"
    assert await scene.entries(lab, "lease.revoke") == []
    assert (await scene.world.services.work.holds.all(other.owner.actor))["items"] == []
    await theirs.submit(elsewhere, beside)
    await scene.world.services.work.holds.countersign(lab.owner.actor, hold["id"], hold["digest"])
    await ours.submit(ana, task)
    assert await scene.rule(ana, lab) is None
    terms = scene.world.services.walls.terms
    [newest, *_] = await terms.documents(lab.owner.actor, None, 50)
    [accepted] = json.loads(await terms.document(lab.owner.actor, newest["version"]))["countersigned"]
    assert (accepted["party"], accepted["rival"], accepted["high"]) == (seller, buyer, 100)


async def test_a_filing_takes_back_what_it_forbids_where_a_customer_wants_no_hold(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"], on_change="block")
    clinic = await scene.customer("clinic", against=["somebody"], on_change="block")
    ana, elsewhere = await scene.works(vendor, lab, clinic)
    ours, theirs = await lab.project(tasks=2), await clinic.project(tasks=2)
    await ours.take(ana)
    beside = await theirs.take(elsewhere)

    await scene.file(holds(scene.name("rival"), scene.name("vendor"), share(12)))

    assert (await ours.books()).total("held") == 0
    assert [rule for rule, _ in await scene.entries(lab, "lease.revoke")] == ["vendor:competitor"]
    assert [rule for rule, _ in await scene.entries(lab, "ownership.change")] == ["wall"]
    with pytest.raises(Walled):
        await ours.claim(ana)
    await theirs.submit(elsewhere, beside)
    assert await scene.entries(clinic, "ownership.change") == []


async def test_a_tie_below_the_wall_is_told_and_walls_nobody(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"])
    [ana] = await scene.works(vendor, lab)

    await scene.file(holds(scene.name("rival"), scene.name("vendor"), share(7)))

    assert await scene.rule(ana, lab) is None
    assert [rule for rule, _ in await scene.entries(lab, "ownership.change")] == ["notice"]
    assert [each["effect"] for each in (await scene.world.services.walls.terms.walls(lab.owner.actor))["ties"]] == [
        "notice"
    ]


@pytest.mark.check(16)
@pytest.mark.parametrize("on_change", ["hold", "block"])
async def test_where_the_operator_itself_is_bought_its_customers_are_on_hold(scene: Scene, on_change: str) -> None:
    lab = await scene.customer("lab", against=["rival"], on_change=on_change)
    clinic = await scene.customer("clinic", against=["somebody"])
    await scene.is_party(scene.operator, "operator")
    own = await lab.member()

    filed = await scene.file(holds(scene.name("rival"), scene.name("operator"), share(51)))

    [hold] = (await scene.world.services.work.holds.all(lab.owner.actor))["items"]
    assert (hold["epoch"], hold["chain"][0]["kind"], hold["chain"][0]["effect"]) == (filed["epoch"], "operator", "wall")
    assert (await scene.world.services.work.holds.all(clinic.owner.actor))["items"] == []
    assert await scene.rule(own, lab) is None
    async with scene.world.superuser() as connection:
        digest = await connection.fetchval(
            "select encode(object_digest, 'hex') from ledger_inbox where organization_id = $1 and action = 10", lab.id
        )
    assert hold["digest"] == f"sha256:{digest}"


async def test_a_task_is_not_assigned_by_hand_to_somebody_behind_a_wall(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"], on_change="block")
    [ana] = await scene.works(vendor, lab)
    project = await lab.project(tasks=1)
    await scene.file(holds(scene.name("rival"), scene.name("vendor"), share(12)))
    browsing = scene.world.services.work.browsing

    with pytest.raises(Conflict):
        await browsing.change(lab.owner.actor, project.id, await project.task_ids(), "assign", str(ana.id))

    assert (await project.books()).total("held") == 0
    assert [rule for rule, _ in await scene.entries(lab, "assign.deny")] == ["vendor:competitor"]


async def test_a_vendor_declares_for_its_own_people_and_for_nobody_elses(scene: Scene) -> None:
    vendor, other = await scene.vendor("vendor"), await scene.vendor("other")
    lab = await scene.customer("lab", against=["rival"])
    [ana] = await scene.works(vendor, lab)
    interests = scene.world.services.walls.interests

    for stranger in (other.owner, lab.owner):
        with pytest.raises(NotFound):
            await interests.declare(stranger.actor, ana.id, scene.name("rival"), "office")
    small = await interests.declare(vendor.owner.actor, ana.id, scene.name("rival"), "shares", percent=2)
    little = await scene.rule(ana, lab)
    await interests.declare(vendor.owner.actor, ana.id, scene.name("rival"), "shares", percent=15)

    assert (little, await scene.rule(ana, lab)) == (None, "interest:competitor")
    assert small["declared_by"] == "vendor"
    with pytest.raises(NotFound):
        await interests.end(ana.actor, ana.id, UUID(small["id"]))  # what her vendor declared is not hers to end


@pytest.mark.check(8)
@pytest.mark.parametrize(
    ("interest", "is_walled"),
    [
        (share(9.9), False),
        (share(10), True),
        (share(49), True),
        (share(), True),
        (share(minimum=3, maximum=8), False),
        (share(minimum=3, exclusiveMaximum=12), True),
        (share(minimum=3), True),
        ({"type": "unpublishedInterest", "directOrIndirect": "direct"}, True),
        ({"type": "unknownInterest", "directOrIndirect": "unknown"}, True),
        (share(0, "votingRights"), False),
        (office("boardMember"), True),
        (office("rightsGrantedByContract"), True),
        (office("conditionalRightsGrantedByContract"), True),
        (office("appointmentOfBoard"), True),
        (office("boardMember", endDate="2026-03-01"), False),
        (office("boardMember", endDate="2099-03-01"), True),
        (office("boardMember", startDate="2099-03-01"), True),
    ],
    ids=[
        *("9.9", "10", "49", "unknown share", "up to 8", "below 12", "from 3", "unpublished", "unknown", "no votes"),
        *("board", "contract", "convertible", "appoints", "ended", "ends later", "begins later"),
    ],
)
async def test_what_a_rival_has_of_the_vendor_keeps_its_people_away(
    scene: Scene, interest: dict[str, object], is_walled: bool
) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"], on_change="block")
    [ana] = await scene.works(vendor, lab)

    await scene.file(holds(scene.name("rival"), scene.name("vendor"), interest))

    assert await scene.rule(ana, lab) == ("vendor:competitor" if is_walled else None)


@pytest.mark.check(8)
async def test_whoever_is_behind_a_nominee_counts(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"], on_change="block")
    [ana] = await scene.works(vendor, lab)
    nomination = entity(scene.name("nomination"))
    nomination["recordDetails"]["entityType"] = {"type": "arrangement", "subtype": "nomination"}

    await scene.file(
        nomination,
        holds(scene.name("rival"), scene.name("nomination"), office("nominator")),
        holds(scene.name("front"), scene.name("nomination"), office("nominee")),
        holds(scene.name("front"), scene.name("vendor"), share(30)),
    )

    assert await scene.rule(ana, lab) == "vendor:competitor"
    [tie] = (await scene.world.services.walls.terms.walls(lab.owner.actor))["ties"]
    assert tie["high"] == 30.0
    assert [link["kind"] for link in tie["links"]] == ["governance", "nominee", "share"]
    assert [link["interests"] for link in tie["drawn"]] == [["nominator"], ["nominee"], ["shareholding"]]


@pytest.mark.check(8)
async def test_two_small_paths_add_up(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"], on_change="block")
    [ana] = await scene.works(vendor, lab)
    rival, seller = scene.name("rival"), scene.name("vendor")

    await scene.file(
        *(holds(rival, scene.name(each), share(60)) for each in ("a", "b")),
        *(holds(scene.name(each), seller, share(9)) for each in ("a", "b")),
    )

    assert await scene.rule(ana, lab) == "vendor:competitor"


@pytest.mark.check(8)
async def test_a_conflict_is_symmetric_and_not_transitive(scene: Scene) -> None:
    vendor = await scene.vendor()
    first = await scene.customer("first", against=["second"])
    second = await scene.customer("second", against=["third"])
    third = await scene.customer("third")
    here, there, beyond = await scene.works(vendor, first, second, third)
    project = await first.project(tasks=1)
    await project.answer(here)

    rules = [await scene.rule(here, each) for each in (first, second, third)]

    assert rules == [None, "history", None]
    assert there.id == beyond.id


async def test_ties_are_not_chained(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"], on_change="block")
    [ana] = await scene.works(vendor, lab)
    names = [scene.name(each) for each in ("vendor", "middle", "rival")]

    await scene.file(
        person(scene.name("one")),
        person(scene.name("two")),
        *(holds(scene.name("one"), each, office()) for each in names[:2]),
        *(holds(scene.name("two"), each, office()) for each in names[1:]),
    )

    assert await scene.rule(ana, lab) is None


@pytest.mark.check(8)
async def test_a_statement_that_is_withdrawn_or_closed_walls_nobody_any_more(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"], on_change="block")
    [ana] = await scene.works(vendor, lab)
    first = holds(scene.name("rival"), scene.name("vendor"), share(30), record=scene.name("stake"))
    register = scene.world.services.walls.register
    await scene.file(first)
    assert await scene.rule(ana, lab) == "vendor:competitor"

    await register.withdraw(scene.operator.owner.actor, [first["statementId"]])
    withdrawn = await scene.rule(ana, lab)
    second = holds(scene.name("rival"), scene.name("vendor"), share(40), record=scene.name("stake"))
    await scene.file(second)
    again = await scene.rule(ana, lab)
    closed = await scene.file({**holds("x", "y", share(40), record=scene.name("stake")), "recordStatus": "closed"})

    assert (withdrawn, again, await scene.rule(ana, lab)) == (None, "vendor:competitor", None)
    assert second["statementId"] in closed["ended"]


async def test_a_newer_statement_of_a_record_replaces_the_older(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"], on_change="block")
    [ana] = await scene.works(vendor, lab)
    stake = [holds(scene.name("rival"), scene.name("vendor"), share(each), record=scene.name("r")) for each in (30, 4)]

    await scene.file(stake[0])
    before = await scene.rule(ana, lab)
    filed = await scene.file(stake[1])

    assert (before, await scene.rule(ana, lab)) == ("vendor:competitor", None)
    assert filed["ended"] == [stake[0]["statementId"]]


@pytest.mark.check(8)
async def test_whom_a_person_left_counts_as_long_as_the_cooling_off(scene: Scene) -> None:
    owned, free = await scene.vendor("owned"), await scene.vendor("free")
    lab = await scene.customer("lab", against=["rival"], on_change="block")
    [ana] = await scene.works(owned, lab)
    await scene.file(holds(scene.name("rival"), scene.name("owned"), share(60)))
    interests = scene.world.services.walls.interests

    await interests.move(scene.operator.owner.actor, ana.id, free.id)

    assert await scene.rule(ana, lab) == "employer:competitor"
    terms = scene.world.services.walls.terms
    policy = {"notice_percent": 5.0, "wall_percent": 10.0, "cool_off_days": 0, "on_change": "block"}
    await terms.set_policy(lab.owner.actor, policy)  # type: ignore[arg-type]
    assert await scene.rule(ana, lab) is None
    names = await scene.world.services.people.members.listed(free.owner.actor)
    assert [each["name"] for each in names] == ["free"]  # she is the free vendor's now, and no member of it


async def test_what_ends_by_its_date_walls_until_then_and_not_after(own_scene: Scene) -> None:
    scene = own_scene
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"], on_change="block")
    [ana] = await scene.works(vendor, lab)
    register = scene.world.services.walls.register
    await scene.file(holds(scene.name("rival"), scene.name("vendor"), {**share(60), "endDate": "2026-03-10"}))
    await register.watch()
    before = await scene.rule(ana, lab)

    scene.world.clock.advance(days=9)
    await register.watch()

    assert (before, await scene.rule(ana, lab)) == ("vendor:competitor", None)


async def test_shares_of_a_customer_in_its_rival_keep_nobody_of_its_own_away(scene: Scene) -> None:
    lab = await scene.customer("lab", against=["rival"])
    own = await lab.member()

    await scene.file(holds(scene.name("lab"), scene.name("rival"), share(30)))

    assert await scene.rule(own, lab) is None


async def test_a_persons_own_interest_walls_her_and_its_end_cools_off(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"], cool_off_days=30)
    [ana] = await scene.works(vendor, lab)
    interests = scene.world.services.walls.interests

    made = await interests.declare(ana.actor, ana.id, scene.name("rival"), "employment", details="Two years there.")
    working = await scene.rule(ana, lab)
    await interests.end(ana.actor, ana.id, UUID(made["id"]))
    left = await scene.rule(ana, lab)

    assert (working, left) == ("interest:competitor", "interest:competitor")
    [seen] = await interests.listed(ana.actor, ana.id)
    assert (seen["details"], seen["declared_by"]) == ("Two years there.", "self")
    with pytest.raises(NotFound):
        await interests.listed(lab.owner.actor, ana.id)
    async with scene.world.superuser() as connection:
        later = await connection.fetchval(
            "select wall_rule($1, $2, $3)", ana.id, lab.id, scene.world.clock.now() + timedelta(days=31)
        )
    assert later is None


# --------------------------------------------------------------------------------------------------- who may file --
async def test_a_challenge_is_heard_by_its_customer_alone_until_it_is_confirmed(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"], on_change="block")
    clinic = await scene.customer("clinic", against=["rival"], on_change="block")
    here, there = await scene.works(vendor, lab, clinic)
    claim = holds(scene.name("rival"), scene.name("vendor"), share(25))

    filed = await scene.file(claim, by=lab, source="https://news.example/stake")
    alone = [await scene.rule(here, lab), await scene.rule(there, clinic)]
    register = scene.world.services.walls.register
    [waiting] = [
        each
        for each in await register.challenges_open(scene.operator.owner.actor)
        if each["id"] == filed["challenge_id"]
    ]
    await register.decide(scene.operator.owner.actor, UUID(waiting["id"]), "confirmed", None)

    assert alone == ["vendor:competitor", None]
    assert [await scene.rule(here, lab), await scene.rule(there, clinic)] == ["vendor:competitor"] * 2
    assert [each["state"] for each in await register.challenges(lab.owner.actor)] == ["confirmed"]
    assert await register.challenges(clinic.owner.actor) == []


async def test_a_challenge_that_is_refused_walls_nobody(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"], on_change="block")
    [ana] = await scene.works(vendor, lab)
    filed = await scene.file(holds(scene.name("rival"), scene.name("vendor"), share(25)), by=lab, source="A rumor.")
    register = scene.world.services.walls.register

    await register.decide(scene.operator.owner.actor, UUID(filed["challenge_id"]), "refused", "No.")

    assert await scene.rule(ana, lab) is None


async def test_two_customers_may_claim_the_same_and_neither_hears_of_the_other(scene: Scene) -> None:
    lab, clinic = await scene.customer("lab", against=["rival"]), await scene.customer("clinic", against=["rival"])
    claim = holds(scene.name("rival"), scene.name("vendor"), share(25))

    filed = [await scene.file(claim, by=each, source="The paper.") for each in (lab, clinic)]

    assert [each["register"] for each in filed] == ["challenge", "challenge"]


async def test_a_vendor_speaks_of_its_own_network_alone(scene: Scene) -> None:
    vendor, other = await scene.vendor("vendor"), await scene.vendor("other")
    stake = holds(scene.name("rival"), scene.name("other"), share(60))

    with pytest.raises(Malformed) as refused:
        await scene.file(stake, by=vendor)
    own = {**stake, "declarationSubject": scene.name("other")}
    await scene.file(own, by=other)

    assert [each.pointer for each in refused.value.problems] == ["/statements/0/declarationSubject"]
    with pytest.raises(NotFound):
        await scene.world.services.walls.register.withdraw(vendor.owner.actor, [own["statementId"]])


async def test_a_vendor_cannot_walk_out_of_its_ties_by_being_another_record(scene: Scene) -> None:
    vendor = await scene.vendor("vendor")
    register, clean = scene.world.services.walls.register, scene.name("clean")

    with pytest.raises(Conflict):
        await register.set_party(vendor.owner.actor, vendor.id, clean)
    with pytest.raises(Conflict):
        await scene.file(entity(clean, declarationSubject=clean), by=vendor, party=clean)
    await register.set_party(vendor.owner.actor, vendor.id, scene.name("vendor"))
    moved = await register.set_party(scene.operator.owner.actor, vendor.id, clean)

    assert moved["record_id"] == clean


async def test_a_waiver_for_somebody_who_is_not_here_is_refused(scene: Scene) -> None:
    lab = await scene.customer("lab")

    with pytest.raises(NotFound):
        await scene.world.services.walls.terms.waive(
            lab.owner.actor, party=None, person_id=uuid4(), rival=None, reason="Trusted.", until=None
        )


async def test_a_waiver_for_one_person_lets_her_alone_pass(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"], on_change="block")
    [[ana], [ben]] = [await scene.works(vendor, lab) for _ in range(2)]
    await scene.file(holds(scene.name("rival"), scene.name("vendor"), share(60)))
    terms = scene.world.services.walls.terms

    await terms.waive(lab.owner.actor, party=None, person_id=ana.id, rival=None, reason="Left the rest.", until=None)

    assert [await scene.rule(each, lab) for each in (ana, ben)] == [None, "vendor:competitor"]
    [newest, *_] = await terms.documents(lab.owner.actor, None, 1)
    [written] = json.loads(await terms.document(lab.owner.actor, newest["version"]))["waivers"]
    assert written["person"] == ana.actor.actor_commitment.hex()


async def test_a_challenge_without_a_source_an_id_used_twice_and_a_decision_of_a_customer_are_refused(
    scene: Scene,
) -> None:
    lab = await scene.customer("lab")
    stake = holds(scene.name("rival"), scene.name("vendor"), share(60))

    with pytest.raises(Malformed):
        await scene.file(stake, by=lab)
    await scene.file(stake)
    again = await scene.file(stake)
    with pytest.raises(Conflict):
        await scene.file({**stake, "recordId": scene.name("another")})
    assert await scene.world.services.walls.register.challenges_open(lab.owner.actor) == []
    with pytest.raises(NotFound):
        await scene.world.services.walls.register.decide(lab.owner.actor, uuid4(), "confirmed", None)
    assert (again["statements"], again["ended"]) == (1, [])


# --------------------------------------------------------------------------------------------------------- records --
async def public_entries(scene: Scene, epoch: int) -> list[dict[str, object]]:
    async with scene.world.superuser() as connection:
        rows = await connection.fetch("select body from governance_inbox where action = 10 order by xid, id")
    bodies = [json.loads(row["body"]) for row in rows]
    return [each for each in bodies if each["epoch"] == epoch]


async def test_a_filing_is_on_public_record_without_anything_personal(scene: Scene) -> None:
    chief = person(scene.name("chief"))

    filed = await scene.file(chief, holds(scene.name("chief"), scene.name("vendor"), office(details="since school")))

    [entry] = await public_entries(scene, filed["epoch"])
    text = json.dumps(entry)
    assert scene.name("chief") in text
    assert "Name of" not in text
    assert "1978" not in text
    assert "since school" not in text
    receipt = next(each for each in filed["receipts"] if each["statement_id"] == chief["statementId"])
    shown = hashlib.sha256(bytes.fromhex(receipt["salt"]) + canonical_json(chief)).hexdigest()
    assert entry["commitments"][chief["statementId"]] == receipt["commitment"] == shown


async def test_a_filing_of_many_statements_is_cut_into_entries_that_fit(scene: Scene) -> None:
    filed = await scene.file(*(entity(scene.name(f"holding-{number}"), "n" * 500) for number in range(300)))

    parts = await public_entries(scene, filed["epoch"])

    assert [each["part"] for each in parts] == list(range(1, len(parts) + 1))
    assert len(parts) > 3
    assert sum(len(each["statements"]) for each in parts) == 300


async def test_which_record_a_customer_is_is_no_public_matter(scene: Scene) -> None:
    lab, vendor = await scene.customer("secret"), await scene.vendor("known")

    async with scene.world.superuser() as connection:
        bodies = await connection.fetchval("select string_agg(body::text, ' ') from governance_inbox")

    assert str(vendor.id) in bodies
    assert str(lab.id) not in bodies
    assert scene.name("secret") not in bodies


async def test_every_change_of_terms_is_a_document_whose_digest_is_on_record(scene: Scene) -> None:
    lab = await scene.customer("lab", against=["rival"], wall_percent=20.0)
    terms = scene.world.services.walls.terms
    await terms.waive(
        lab.owner.actor, party=scene.name("vendor"), person_id=None, rival=None, reason="Audited.", until=None
    )
    await terms.withdraw(lab.owner.actor, scene.name("rival"))

    versions = await terms.documents(lab.owner.actor, None, 50)
    newest = json.loads(await terms.document(lab.owner.actor, versions[0]["version"]))

    async with scene.world.superuser() as connection:
        rows = await connection.fetch(
            "select rule, encode(object_digest, 'hex') as digest from ledger_inbox"
            " where organization_id = $1 and action = 9 and rule like 'walls.%' order by xid, id",
            lab.id,
        )
    assert [row["rule"] for row in rows] == ["walls.conflict", "walls.policy", "walls.waiver", "walls.conflict"]
    assert [row["digest"] for row in rows] == [each["sha256"] for each in reversed(versions)]
    assert newest["policy"]["wall_percent"] == 20.0
    # 180 days of cooling off.
    assert newest["conflicts"][0]["until"].startswith(f"{scene.world.clock.now() + timedelta(days=180):%Y-%m-%d}")
    assert (newest["waivers"][0]["party"], newest["waivers"][0]["until"]) == (scene.name("vendor"), None)
    assert canonical_json(newest) == await terms.document(lab.owner.actor, versions[0]["version"])


async def test_a_withdrawn_conflict_counts_until_its_cooling_off_ends(own_scene: Scene) -> None:
    scene = own_scene
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"], on_change="block", cool_off_days=30)
    [ana] = await scene.works(vendor, lab)
    await scene.file(holds(scene.name("rival"), scene.name("vendor"), share(60)))

    await scene.world.services.walls.terms.withdraw(lab.owner.actor, scene.name("rival"))
    within = await scene.rule(ana, lab)
    scene.world.clock.advance(days=31)

    assert (within, await scene.rule(ana, lab)) == ("vendor:competitor", None)


# --------------------------------------------------------------------------------------------------------- waivers --
async def waived(scene: Scene, minutes: float | None) -> tuple[Organization, object, object]:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"], on_change="block")
    [ana] = await scene.works(vendor, lab)
    await scene.file(holds(scene.name("rival"), scene.name("vendor"), share(60)))
    project = await lab.project(tasks=5, lease_minutes=600)
    until = None
    if minutes is not None:
        until = scene.world.clock.now() + timedelta(minutes=minutes)
    await scene.world.services.walls.terms.waive(
        lab.owner.actor, party=scene.name("vendor"), person_id=None, rival=None, reason="Audited.", until=until
    )
    return lab, project, ana


async def test_a_waiver_lets_pass_until_it_ends_without_a_new_version_of_the_register(own_scene: Scene) -> None:
    _, project, ana = await waived(own_scene, 10)
    task = await project.take(ana)
    await project.submit(ana, task)
    held = await project.take(ana)

    own_scene.world.clock.advance(minutes=11)

    with pytest.raises(Walled):
        await project.claim(ana)
    async with own_scene.world.superuser() as connection:
        prolonged = await connection.fetchrow(
            "select * from lease_prolong($1, $2, $3)", ana.token, held, own_scene.world.clock.now()
        )
    assert prolonged["lease_until"] is None


@pytest.mark.saboteur(8)
async def test_without_keeping_such_passes_from_being_remembered_a_waiver_never_ends(own_scene: Scene) -> None:
    async with own_scene.world.superuser() as connection:
        await connection.execute(
            "create or replace function evenhand.wall_pass(p_organization uuid, p_epoch int, p_now timestamptz) returns int"
            " language sql stable security definer set search_path = pg_catalog, evenhand, pg_temp as $$ select p_epoch $$"
        )
    _, project, ana = await waived(own_scene, 10)
    await project.answer(ana)

    own_scene.world.clock.advance(minutes=11)

    assert (await project.claim(ana))["status"] == "ok"


async def test_a_waiver_that_is_taken_back_takes_back_what_it_let_hold(scene: Scene) -> None:
    lab, project, ana = await waived(scene, None)
    await project.take(ana)
    terms = scene.world.services.walls.terms
    [waiver] = (await terms.walls(lab.owner.actor))["waivers"]

    await terms.end_waiver(lab.owner.actor, UUID(waiver["id"]))

    assert (await project.books()).total("held") == 0
    assert [rule for rule, _ in await scene.entries(lab, "lease.revoke")] == ["vendor:competitor"]


async def test_a_tie_that_grows_after_it_was_countersigned_holds_again(scene: Scene) -> None:
    vendor = await scene.vendor()
    lab = await scene.customer("lab", against=["rival"])
    [ana] = await scene.works(vendor, lab)
    book = scene.world.services.work.holds
    rival, seller, record = scene.name("rival"), scene.name("vendor"), scene.name("stake")
    await scene.file(holds(rival, seller, share(12), record=record))
    [first] = (await book.all(lab.owner.actor))["items"]
    await book.countersign(lab.owner.actor, first["id"], first["digest"])
    accepted = await scene.rule(ana, lab)

    await scene.file(holds(rival, seller, share(40), record=record))

    assert accepted is None
    items = (await book.all(lab.owner.actor))["items"]
    assert sorted((each["chain"][0]["high"], each["countersigned_at"] is None) for each in items) == [
        (12, False),
        (40, True),
    ]


# ------------------------------------------------------------------------------------------------- quarters, silence --
@pytest.mark.check(16)
async def test_silence_past_the_quarter_is_on_public_record_once_and_ends_with_a_word(own_scene: Scene) -> None:
    scene = own_scene
    vendor = await scene.vendor()
    register = scene.world.services.walls.register

    async def silences() -> list[str]:
        async with scene.world.superuser() as connection:
            rows = await connection.fetch("select body from governance_inbox where action = 10 order by xid, id")
        bodies = [json.loads(row["body"]) for row in rows]
        return [each["silence"]["organization"] for each in bodies if "silence" in each]

    assert not await register.watch()
    scene.world.clock.advance(days=60)
    await register.nothing_changed(vendor.owner.actor)
    scene.world.clock.advance(days=60)
    assert await register.watch()
    assert not await register.watch()
    first = await silences()
    scene.world.clock.advance(days=60)
    await register.nothing_changed(scene.operator.owner.actor)
    await register.watch()

    assert first == [str(scene.operator.id)]
    assert await silences() == [str(scene.operator.id), str(vendor.id)]
