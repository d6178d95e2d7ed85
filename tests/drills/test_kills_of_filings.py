"""`kill -9` of web and PostgreSQL while statements are filed: each is there whole or not at all, and none acknowledged is lost.

Whole is: its statements, the tie that follows, the register's new version, the entry in the public log, and, for the customer whom
it concerns, the hold and the entry in its own log.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from installed import Installed, installed

API = "/api/v1"
OPERATOR = "the-operator"
SEED = 20_261_126
# What one filing leaves behind when it was committed.
WHOLE = {"statements": 2, "public entries": 1, "ties": 2, "holds": 1, "own entries": 1}
NONE = dict.fromkeys(WHOLE, 0)


@dataclass(frozen=True)
class Filing:
    """A rival of the customer's, and its stake in the operator."""

    rival: str
    entity: str
    stake: str

    @classmethod
    def of(cls, number: int) -> Filing:
        return cls(f"rival-{number}", str(uuid4()), str(uuid4()))

    def statements(self) -> list[dict[str, Any]]:
        common = {"declarationSubject": OPERATOR, "statementDate": "2026-03-01", "recordStatus": "new"}
        party = {"isComponent": False, "entityType": {"type": "registeredEntity"}, "name": self.rival}
        interest = {"type": "shareholding", "directOrIndirect": "direct", "share": {"exact": 30}}
        stake = {"isComponent": False, "subject": OPERATOR, "interestedParty": self.rival, "interests": [interest]}
        return [
            common
            | {"statementId": self.entity, "recordId": self.rival, "recordType": "entity", "recordDetails": party},
            common
            | {
                "statementId": self.stake,
                "recordId": f"stake-of-{self.rival}",
                "recordType": "relationship",
                "recordDetails": stake,
            },
        ]


async def left_behind(connection: asyncpg.Connection, filing: Filing, customer: UUID) -> dict[str, int]:
    """How much of one filing the database holds."""
    ids = [filing.entity, filing.stake]
    row = await connection.fetchrow(
        "select (select count(*) from ownership_statement where statement_id = any ($1) and ended_epoch is null) as statements,"
        " (select count(*) from governance_inbox where action = 10 and body::text like '%' || $2 || '%') as entries,"
        " (select count(*) from affiliation where $3 in (party_a, party_b) and $4 in (party_a, party_b)) as ties,"
        " (select count(*) from wall_hold where organization_id = $5 and chain::text like '%' || $2 || '%') as holds,"
        " (select count(*) from ledger_inbox i join wall_hold h on h.hold_id = i.subject_id"
        "   where i.organization_id = $5 and i.action = 10 and i.rule = 'hold' and h.chain::text like '%' || $2 || '%') as own",
        ids,
        filing.stake,
        filing.rival,
        OPERATOR,
        customer,
    )
    assert row is not None
    return dict(zip(WHOLE, row, strict=True))


async def customer_of(server: Installed, rivals: int) -> UUID:
    """A customer in conflict with every rival that will come."""
    command = [
        sys.executable,
        "-m",
        "evenhand",
        "organization",
        "create",
        "Lab",
        "--kind",
        "customer",
        "--owner",
        "lab@example.org",
    ]
    made = await asyncio.to_thread(
        subprocess.run,
        [*command, "--data", str(server.data), "--json"],
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    facts = json.loads(made.stdout)
    async with httpx.AsyncClient(base_url=server.url + API, timeout=60) as client:
        token = facts["link"].partition("#")[2]
        accepted = await client.post(
            "/invitations/accept", json={"token": token, "password": "four words are enough", "name": "Lab"}
        )
        client.headers["x-csrf-token"] = accepted.raise_for_status().json()["csrf"]
        for number in range(rivals):
            (await client.put("/walls/conflicts", json={"party": f"rival-{number}"})).raise_for_status()
    return UUID(facts["id"])


async def filed(client: httpx.AsyncClient, filing: Filing) -> int | None:
    """Send it once; the register's version by the answer. None where the server went away over it."""
    try:
        answer = await client.post(
            "/walls/statements",
            json={"statements": filing.statements()},
            headers={"idempotency-key": filing.stake},
        )
    except httpx.HTTPError:
        return None
    if answer.status_code in (500, 502, 503):
        return None
    assert answer.status_code == 201, answer.text
    return int(answer.json()["epoch"])


@pytest.mark.parametrize("kills", [4, pytest.param(100, marks=pytest.mark.drill)])
async def test_a_filing_is_whole_or_not_at_all_whatever_is_killed_when(kills: int) -> None:
    chance = random.Random(SEED)
    with installed() as server:
        customer = await customer_of(server, kills)
        connection = await server.superuser()
        await connection.execute("update organization set kind = 'operator' where organization_id <> $1", customer)
        own = await connection.fetchval(
            "select organization_id from organization where organization_id <> $1", customer
        )
        await connection.close()
        headers = {"authorization": f"Bearer {server.key}"}
        acknowledged: dict[Filing, int] = {}
        after_the_kill: Counter[str] = Counter()
        async with httpx.AsyncClient(base_url=server.url + API, headers=headers, timeout=60) as operator:
            (await operator.put(f"/walls/parties/{own}", json={"record_id": OPERATOR})).raise_for_status()
            for number in range(kills):
                filing = Filing.of(number)
                sending = asyncio.create_task(filed(operator, filing))
                await asyncio.sleep(chance.uniform(0.0, 0.12))
                await asyncio.to_thread(server.kill, ("web", "postgres")[number % 2])
                epoch = await asyncio.wait_for(sending, 70)
                await asyncio.to_thread(server.wait)

                found = await looked(server, filing, customer)
                assert found in (WHOLE, NONE), "half of a filing"
                assert epoch is None or found == WHOLE, "acknowledged and lost"
                after_the_kill["whole" if found == WHOLE else "none"] += 1

                async with asyncio.timeout(60):
                    while epoch is None:
                        epoch = await filed(operator, filing)
                acknowledged[filing] = epoch

        for filing in acknowledged:
            assert await looked(server, filing, customer) == WHOLE, filing
        assert len(set(acknowledged.values())) == kills, "two filings under one version of the register"
        print(
            f"\n{kills} kills, seed {SEED}: after the kill {dict(after_the_kill)}; all acknowledged in the end, 0 lost"
        )

        await assert_what_is_missing_is_seen(server, next(iter(acknowledged)), customer)


async def looked(server: Installed, filing: Filing, customer: UUID) -> dict[str, int]:
    connection = await server.superuser()
    try:
        return await left_behind(connection, filing, customer)
    finally:
        await connection.close()


async def assert_what_is_missing_is_seen(server: Installed, filing: Filing, customer: UUID) -> None:
    """The saboteur: with any one part gone, what is left is neither whole nor nothing."""
    for part in (
        "delete from ownership_statement where statement_id = $1",
        "delete from governance_inbox where body::text like '%' || $1 || '%'",
        "delete from wall_hold where chain::text like '%' || $1 || '%'",
    ):
        connection = await server.superuser()
        try:
            async with connection.transaction():
                await connection.execute("set local session_replication_role = replica")
                await connection.execute(part, filing.stake)
                found = await left_behind(connection, filing, customer)
                assert found not in (WHOLE, NONE), part
                raise Undone
        except Undone:
            pass
        finally:
            await connection.close()


class Undone(Exception):
    """Roll back what a saboteur did."""
