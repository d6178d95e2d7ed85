"""Random histories and graphs: what the database decides, step by step, is what a slow second opinion decides."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from oracle import Oracle, Person, Terms

from database import Copy
from evenhand.walls.changing import PUBLIC, Change, Snapshot, Stated, _row_of, solve
from evenhand.walls.ownership import Tie
from world import MORNING

RECORDS = ("vendor-a", "vendor-b", "lab-a", "lab-b", "lab-c", "fund", "holding", "chief", "nomination")


class History:
    """One random installation in a transaction that is rolled back: the database's side, and the oracle's."""

    def __init__(self, connection: asyncpg.Connection, seed: int) -> None:
        self.connection = connection
        self.random = random.Random(seed)
        self.now: datetime = MORNING
        self.vendors = {name: uuid4() for name in ("vendor-a", "vendor-b")}
        self.labs = {name: uuid4() for name in ("lab-a", "lab-b", "lab-c")}
        self.people = {f"person-{number}": uuid4() for number in range(3)}
        self.ids = {**self.vendors, **self.labs}
        self.stated: list[Stated] = []
        self.ties: dict[tuple[UUID, str, str], Tie] = {}
        self.oracle = Oracle(
            {name: Terms(name) for name in self.labs},
            {name: Person(self.random.choice(list(self.vendors))) for name in self.people},
            {name: name for name in self.ids},
        )
        self.decided = {"let in": 0, "kept away": 0}

    async def begin(self) -> None:
        await self.connection.execute("select register_begin(null)")
        for name, id_ in self.ids.items():
            kind = "vendor" if name in self.vendors else "customer"
            await self.connection.execute(
                "insert into organization (organization_id, kind, chunk_key_id, sealed, created_at) values ($1, $2, $1, '', $3)",
                id_,
                kind,
                self.now,
            )
            await self.connection.execute("insert into party values ($1, $2, $1, $3)", id_, name, self.now)
        for name, id_ in self.people.items():
            await self.connection.execute(
                "insert into person (person_id, vendor_id, email_hash, chunk_key_id, sealed, created_at)"
                " values ($1, $2, $3, $1, '', $4)",
                id_,
                self.vendors[self.oracle.people[name].vendor],
                id_.bytes,
                self.now,
            )

    # ---------------------------------------------------------------------------------------------------- events --
    async def statement(self) -> None:
        """Somebody files a relationship, or one of the entities that are no plain ones."""
        choice, rng = self.random.choice, self.random
        holder, held = rng.sample([each for each in RECORDS if each != "chief"], 2)
        interest: dict[str, Any] = {
            "type": choice(["shareholding"] * 5 + ["votingRights", "boardMember", "unknownInterest", "nominee"]),
            "directOrIndirect": choice(["direct"] * 5 + ["indirect", "unknown"]),
        }
        if rng.random() < 0.85:
            interest["share"] = choice(
                [
                    {"exact": choice([2, 4, 9, 10, 12, 25, 26, 40, 49, 51, 60, 80])},
                    {"minimum": 5, "maximum": choice([9, 20, 30])},
                    {"exclusiveMaximum": choice([8, 25])},
                    {"minimum": 10},
                ]
            )
        if rng.random() < 0.1:
            interest["endDate"] = choice(["2026-03-01", "2026-03-20", "2027-01-01"])
        if rng.random() < 0.2:
            holder, interest = "chief", {"type": "boardMember", "directOrIndirect": "direct"}
        self.put(
            "relationship",
            f"{holder}-{held}-{rng.randrange(2)}",
            {"isComponent": False, "interestedParty": holder, "subject": held, "interests": [interest]},
            choice(["operator", "vendor"]),
        )

    def put(self, kind: str, record: str, details: dict[str, Any], by: str) -> None:
        declarer = UUID(int=1 if by == "operator" else 2)
        body = {
            "statementId": f"{self.random.getrandbits(128):032x}",
            "recordId": record,
            "recordType": kind,
            "recordDetails": details,
        }
        self.stated = [
            each for each in self.stated if (each.declared_by, each.statement["recordId"]) != (declarer, record)
        ]
        self.stated.append(Stated(PUBLIC, declarer, body))

    async def withdraw(self) -> None:
        if self.stated:
            self.stated.remove(self.random.choice(self.stated))

    async def conflict(self) -> None:
        lab, party = self.random.choice(list(self.labs)), self.random.choice(RECORDS[:7])
        if party == lab:
            return
        until = None if self.random.random() < 0.8 else self.now + timedelta(days=self.random.choice([0, 5, 40]))
        basis = self.random.choice(["competitor", "litigation"])
        self.oracle.customers[lab].conflicts[party] = (basis, until)
        await self.connection.execute(
            "insert into conflict (organization_id, party, basis, since, until)"
            " values ($1, $2, $3, $4, coalesce($5::timestamptz, 'infinity'))"
            " on conflict (organization_id, party) do update set basis = excluded.basis, until = excluded.until",
            self.labs[lab],
            party,
            basis,
            self.now,
            until,
        )

    async def policy(self) -> None:
        lab = self.random.choice(list(self.labs))
        terms = self.oracle.customers[lab]
        terms.percent = self.random.choice([5.0, 10.0, 25.0, 50.0])
        terms.days = self.random.choice([0, 10, 180])
        terms.on_change = self.random.choice(["block", "hold", "notify"])
        await self.connection.execute(
            "insert into wall_policy values ($1, 1, $2, $3, $4, $5) on conflict (organization_id) do update"
            " set wall_percent = excluded.wall_percent, cool_off_days = excluded.cool_off_days, on_change = excluded.on_change",
            self.labs[lab],
            terms.percent,
            terms.days,
            terms.on_change,
            self.now,
        )

    async def waiver(self) -> None:
        lab = self.random.choice(list(self.labs))
        party = self.random.choice([None, *RECORDS[:5]])
        who = None if party else self.random.choice(list(self.people))
        rival = self.random.choice([None, *RECORDS[2:5]])
        until = self.now + timedelta(days=self.random.choice([1, 15, 100]))
        self.oracle.customers[lab].waivers.append((party, who, rival, until))
        await self.connection.execute(
            "insert into waiver (organization_id, waiver_id, party, person_id, rival, reason, granted_by, since, until)"
            " values ($1, $2, $3, $4, $5, 'a reason', '', $6, $7)",
            self.labs[lab],
            uuid4(),
            party,
            self.people[who] if who else None,
            rival,
            self.now,
            until,
        )

    async def stake(self) -> None:
        who, party = self.random.choice(list(self.people)), self.random.choice(RECORDS[:7])
        kind = self.random.choice(["employment", "shares", "office"])
        percent = self.random.choice([3.0, 12.0, 100.0])
        until = None if self.random.random() < 0.5 else self.now + timedelta(days=self.random.choice([-3, 2]))
        self.oracle.people[who].stakes.append((party, kind, percent, until))
        await self.connection.execute(
            "insert into person_interest (person_id, interest_id, party, kind, percent, until, declared_by, commitment, sealed_in)"
            " values ($1, $2, $3, $4, $5, coalesce($6::timestamptz, 'infinity'), 'self', '', $1)",
            self.people[who],
            uuid4(),
            party,
            kind,
            percent,
            until,
        )

    async def move(self) -> None:
        who = self.random.choice(list(self.people))
        person = self.oracle.people[who]
        old, new = person.vendor, next(each for each in self.vendors if each != person.vendor)
        person.left[old], person.vendor = self.now, new
        await self.connection.execute(
            "insert into employment values ($1, $2, $3) on conflict (person_id, vendor_id) do update set until = excluded.until",
            self.people[who],
            self.vendors[old],
            self.now,
        )
        await self.connection.execute(
            "update person set vendor_id = $2 where person_id = $1", self.people[who], self.vendors[new]
        )

    async def wait(self) -> None:
        self.now += timedelta(days=self.random.choice([1, 12, 30]))

    # ---------------------------------------------------------------------------------------------------- verdicts --
    async def solve(self) -> None:
        """The product solves and puts what changed; the oracle solves all anew."""
        snapshot = Snapshot(1, [], frozenset(RECORDS), self.ties)
        found = solve(snapshot, Change(statements=list(self.stated)), self.now)
        await self.connection.execute(
            "select register_solve($1, $2, $3, 1)",
            json.dumps([{"register": str(register), "a": a, "b": b} for register, a, b in found.gone]),
            json.dumps([_row_of(register, tie) for register, tie, _ in found.changed]),
            found.graph_sha256,
        )
        for each in found.gone:
            del self.ties[each]
        for register, tie, _ in found.changed:
            self.ties[register, tie.a, tie.b] = tie
        self.oracle.statements = [
            ("operator" if each.declared_by.int == 1 else "vendor", dict(each.statement)) for each in self.stated
        ]
        self.oracle.solve(self.now.date())
        for (a, b), strength in self.oracle.ties.items():
            known = self.ties.get((PUBLIC, min(a, b), max(a, b)))
            assert abs((known.high if known else 0.0) - float(strength if strength >= 1 else 0)) < 1e-6, (a, b, known)

    async def enter(self) -> None:
        who, at = self.random.choice(list(self.people)), self.random.choice(list(self.labs))
        expected = self.oracle.verdict(who, at, self.now)
        found = await self.connection.fetchval(
            "select wall_enter($1, $2, $3)", self.people[who], self.labs[at], self.now
        )
        assert found == expected, (who, at, found, expected)
        if found is None and at not in self.oracle.people[who].seen:
            self.oracle.people[who].seen.append(at)
        self.decided["let in" if found is None else "kept away"] += 1

    async def run(self) -> None:
        """A dozen events and as many entries."""
        await self.begin()
        self.put("person", "chief", {"isComponent": False, "personType": "knownPerson"}, "operator")
        details = {"isComponent": False, "entityType": {"type": "arrangement", "subtype": "nomination"}}
        self.put("entity", "nomination", details, "operator")
        events = [self.statement] * 6 + [self.conflict] * 4
        events += [self.policy, self.waiver, self.stake, self.move, self.wait, self.withdraw]
        for _ in range(3):
            for _ in range(5):
                await self.random.choice(events)()
            await self.solve()
            for _ in range(5):
                await self.enter()


@pytest.fixture
async def connection(newest_copy: Copy) -> AsyncIterator[asyncpg.Connection]:
    async with newest_copy.connect() as superuser:
        yield superuser


async def histories(connection: asyncpg.Connection, seeds: range) -> dict[str, int]:
    """Run them, each rolled back; how often somebody was let in and kept away."""
    total = {"let in": 0, "kept away": 0}
    for seed in seeds:
        transaction = connection.transaction()
        await transaction.start()
        try:
            history = History(connection, seed)
            await history.run()
            total = {name: total[name] + history.decided[name] for name in total}
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
        finally:
            await transaction.rollback()
        if seed % 100 == 99:  # what was rolled back is still read over, and nobody else tidies here
            await connection.execute("vacuum")
    return total


@pytest.mark.check(8)
@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.drill)])
async def test_the_database_decides_as_a_slow_second_opinion(connection: asyncpg.Connection, count: int) -> None:
    total = await histories(connection, range(count))

    assert min(total.values()) > count, total


@pytest.mark.saboteur(8)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("insert into evenhand.touch", "insert into evenhand.nowhere_touch"),
        ("a.high >= v_percent", "a.high > 100"),
        ("e.until + make_interval(days => p_days) > p_now", "false"),
        ("x.until > p_now and (x.rival", "(x.rival"),
    ],
    ids=["no history", "no ownership", "no former employers", "waivers without end"],
)
async def test_a_verdict_that_forgets_something_is_found(connection: asyncpg.Connection, old: str, new: str) -> None:
    await connection.execute(
        "create table nowhere_touch (like touch including all); grant insert on nowhere_touch to evenhand_wall"
    )
    for name in ("wall_rule", "wall_enter", "ties_of"):
        whole = await connection.fetchval("select pg_get_functiondef($1::text::regproc)", f"evenhand.{name}")
        if old in whole:
            await connection.execute(whole.replace(old, new))
            break
    else:
        raise AssertionError(f"no function has the words {old!r}")

    with pytest.raises(AssertionError, match="seed"):
        await histories(connection, range(300))
