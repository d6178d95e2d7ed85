"""From a running installation to a verdict without it: labels, the fetched package, and a row that somebody edits as superuser."""

import json
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from evenhand import Client
from evenhand.ledger.note import read_key
from go_verifier import go_verify
from serving import serve

VERIFIER = Path(__file__).parents[2] / "verify" / "evenhand_verify.py"
LABELS = {"labels": ["positive", "negative"]}


@pytest.fixture
def installation():
    """One for each test: a log that was tampered with is not published any more."""
    with serve() as started:
        yield started


def evenhand_verify(*arguments):
    command = [sys.executable, "-I", "-S", str(VERIFIER), *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stderr == ""
    return json.loads(done.stdout)


def go(folder):
    """What Go's own code says of the customer's log, by the first key of the policy."""
    policy = (folder / "policy.tlog").read_text()
    keys = [read_key(line.split()[1]) for line in policy.splitlines() if line.startswith("log ")]
    origin = (folder / "log" / "checkpoint").read_text().split("\n")[0]
    return go_verify(folder / "log", next(each for each in keys if each.name == origin))


def label(client, count):
    """Import so many tasks and label them all."""
    project = client.projects.create("Reviews", preset="text-classification", fill=LABELS)["id"]
    client.tasks.import_(project, [{"text": f"Review {number}."} for number in range(count)])
    for _ in range(count):
        dealt = client.work.claim(project)["assignment"]
        client.work.submit(dealt, [{"question": "label", "value": "positive"}])


def fetched_when_quiet(client, folder):
    """Fetch once the log has been published whole: no entry came for a while."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        log = client.ledger.get()["log"]
        if log and log["published"] == log["size"] > 0:
            client.ledger.fetch(folder)
            return log["size"]
        time.sleep(0.3)
    raise AssertionError("the log was not published in 90 seconds")


async def as_superuser(installation, statement, *values):
    """What nobody should do, and whoever runs the machine can."""
    cluster = installation.data / "postgres"
    port = int((cluster / "cluster" / "postmaster.pid").read_text().splitlines()[3])
    password = (cluster / "superuser.password").read_text().strip()
    connection = await asyncpg.connect(
        host="127.0.0.1", port=port, user="postgres", password=password, database="evenhand"
    )
    try:
        return await connection.fetch(statement, *values)
    finally:
        await connection.close()


ROW = " where xid = $1::text::xid8 and id = $2"
LEAF = """select f.index, i.xid, i.id from evenhand.ledger_leaf f
            join evenhand.ledger_inbox i on i.xid = f.xid and i.id = f.id and i.organization_id = f.organization_id
           where i.action = 3 order by f.index"""


@pytest.mark.check(4)
async def test_both_verifiers_name_the_entry_whose_row_a_superuser_edited(installation, tmp_path):
    with Client(installation.url, installation.key) as client:
        label(client, 6)
        size = fetched_when_quiet(client, tmp_path / "before")

        kept = tmp_path / "kept"
        honest = evenhand_verify("audit", tmp_path / "before", "--save", kept)
        assert honest["problems"] == []
        assert [each["size"] for each in honest["logs"]][1] >= size
        assert honest["logs"][1]["actions"]["label.write"] == 6
        assert go(tmp_path / "before") == (0, "OK")

        third = (await as_superuser(installation, LEAF))[2]
        update = "update evenhand.ledger_inbox set actor_commitment = sha256('somebody else')" + ROW
        await as_superuser(installation, update, str(third["xid"]), third["id"])
        client.ledger.fetch(tmp_path / "after")

    told = evenhand_verify("audit", tmp_path / "after", "--since", kept)
    by_go = go(tmp_path / "after")

    assert (told["exit_code"], told["first_bad_index"]) == (1, third["index"])
    assert "entry-changed" in {each["code"] for each in told["problems"]}
    assert by_go[0] == 1
    assert f"index {third['index']}" in by_go[1]


async def test_the_customers_own_terms_come_with_the_package_and_are_replayed(installation, tmp_path):
    with Client(installation.url, installation.key) as client:
        client.walls.declare("rival-lab", basis="competitor")
        label(client, 1)
        fetched_when_quiet(client, tmp_path / "package")

    told = evenhand_verify("audit", tmp_path / "package")

    assert [each.name for each in (tmp_path / "package" / "walls").iterdir()] == ["00000001.json"]
    assert [each for each in told["problems"] if each["code"].startswith(("wall", "document"))] == []


@pytest.mark.check(4)
async def test_a_row_that_was_deleted_is_missed_at_its_place(installation, tmp_path):
    with Client(installation.url, installation.key) as client:
        label(client, 2)
        fetched_when_quiet(client, tmp_path / "before")
        gone = (await as_superuser(installation, LEAF))[0]
        await as_superuser(
            installation,
            "delete from evenhand.ledger_inbox where xid = $1::text::xid8 and id = $2",
            str(gone["xid"]),
            gone["id"],
        )
        client.ledger.fetch(tmp_path / "after")

    told = evenhand_verify("audit", tmp_path / "after")

    assert (told["exit_code"], told["first_bad_index"]) == (1, gone["index"])
