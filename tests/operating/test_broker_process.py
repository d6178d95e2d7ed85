"""A broker as an operator runs it: a process of its own, of another user, killed and started again under the server's feet."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from beside_world import BROKER, SERVER, Beside, Process, as_user, children_of, environment, holds, own, python_for_all
from operating_world import evenhand, wait_until
from test_up import ROLES, administer, url_of

from evenhand import Client
from evenhand.client.errors import KeyServiceUnavailable
from evenhand.store.postgres import PostgresServer, find_binaries
from evenhand.vault.keyfile import write_durably

sys.path.insert(0, str(Path(__file__).parents[1] / "vault"))

from transit_server import Engine, transit_server

# As deploy/broker-roles.sql makes them.
BROKERS = (
    "create role evenhand_broker nologin",
    "create role labels_broker login password 'labels_broker' in role evenhand_broker",
)
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts processes of two other users")


@pytest.fixture(scope="module")
def database() -> Iterator[tuple[Path, str]]:
    """A folder that everybody may enter, and the superuser's URL of a PostgreSQL in it."""
    folder = Path(tempfile.mkdtemp(prefix="evenhand-test-"))
    folder.chmod(0o755)
    server = PostgresServer(folder / "postgres", find_binaries(major=18))
    try:
        yield folder, server.start().tcp_url
    finally:
        server.stop(patience_seconds=0)
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with transit_server() as started:
        yield started


@pytest.fixture(scope="module")
def beside(database: tuple[Path, str], engine: Engine) -> Iterator[Beside]:
    """A server and its broker, set up as docs/how-to/run-a-broker.md says."""
    folder, superuser = database
    python = python_for_all()
    if python is None:
        pytest.skip("there is no Python here that other users may run")
    asyncio.run(administer(superuser, *ROLES, *BROKERS))
    for name, user, mode in (("server", SERVER, 0o700), ("broker", BROKER, 0o700), ("run", BROKER, 0o750)):
        (folder / name).mkdir()
        own(folder / name, user, mode)
    urls = {
        "DATABASE_URL": url_of(superuser, "labels_app"),
        "DATABASE_OWNER_URL": url_of(superuser, "labels_owner"),
    }
    made = Beside(folder, python, urls, url_of(superuser, "labels_broker"), superuser.rpartition("/")[0] + "/labels")
    divided = evenhand(
        *("keys", "divide", "--new", "--broker", made.broker_key, "--server", made.server_key),
        *("--data", folder / "server" / "data"),
    )
    assert divided.returncode == 0, divided.stderr
    own(made.broker_key, BROKER, 0o600)
    own(made.server_key, SERVER, 0o600)
    made.services.write_text("")
    own(made.services, BROKER, 0o600)
    try:
        _first_start(made)
        (folder / "broker" / "bank.token").write_text("a-token")
        own(folder / "broker" / "bank.token", BROKER, 0o600)
        made.services.write_text(_services(made, engine))
        yield made
    finally:
        for process in reversed(made.started):
            if process.process.poll() is None:
                process.end()
            elif process.process.stdout is not None:
                process.process.stdout.close()


def _first_start(beside: Beside) -> None:
    """The broker starts before there is a schema, and the first `up` beside it."""
    broker, server = beside.broker(), beside.server()
    beside.key = json.loads(server.line())["admin_key"]
    assert (server.end(), broker.end()) == (0, 0)


def _services(beside: Beside, engine: Engine) -> str:
    """A key of the owner's organization in a Transit engine, in the broker's file."""
    return (
        f'[bank]\nkind = "vault_transit"\norganizations = ["{_organization(beside.superuser_url)}"]\naddress = "{engine.address}"\n'
        f'key = "evenhand"\ntoken_file = "{beside.folder / "broker" / "bank.token"}"\n'
    )


def _organization(superuser: str) -> str:
    """The id of the organization that the first start made."""

    async def asked() -> str:
        connection = await asyncpg.connect(superuser)
        try:
            return str(await connection.fetchval("select organization_id from evenhand.organization"))
        finally:
            await connection.close()

    return asyncio.run(asked())


@pytest.fixture
def broker(beside: Beside) -> Iterator[list[Process]]:
    """The broker that runs, last in the list, so that a test may replace it."""
    made = [beside.broker()]
    yield made
    made[-1].end()


@pytest.fixture
def server(beside: Beside, broker: list[Process]) -> Iterator[Process]:
    made = beside.server()
    beside.url = json.loads(made.line())["url"]
    yield made
    assert made.end() == 0


def client(beside: Beside) -> Client:
    """The owner, who does not wait before a request is repeated."""
    return Client(beside.url, beside.key, sleep=lambda _: None)


def project(owner: Client, name: str) -> str:
    """A project with two tasks, of which nobody has opened one."""
    id_: str = owner.projects.create(name, preset="text-classification")["id"]
    owner.tasks.import_(id_, [{"text": "warm words"}, {"text": "cold words"}])
    return id_


def text_of(dealt: dict[str, Any]) -> str:
    return json.dumps(dealt)


def recorded(beside: Beside, task: str) -> list[str]:
    """The looks at a task that stand on record."""

    async def asked() -> list[str]:
        connection = await asyncpg.connect(beside.superuser_url)
        try:
            rows = await connection.fetch(
                "select id from evenhand.ledger_inbox where object_id = $1::uuid or $1::uuid = any(object_ids)", task
            )
            return [str(row["id"]) for row in rows]
        finally:
            await connection.close()

    return asyncio.run(asked())


# ----------------------------------------------------------------------------------------------------------- two users --
def test_people_label_and_releases_are_made_beside_a_broker_of_another_user(beside: Beside, server: Process):
    with client(beside) as owner:
        id_ = project(owner, "Reviews")
        dealt = owner.work.claim(id_)
        owner.work.submit(dealt["assignment"], [{"question": "label", "value": "positive"}])
        release = owner.releases.create(id_, note="first")
        done = owner.releases.wait(release["id"])

    assert "words" in text_of(dealt)
    assert done["state"] == "ready"


def test_the_servers_user_cannot_read_the_brokers_key_and_who_is_no_peer_is_not_answered(
    beside: Beside, server: Process, broker: list[Process]
):
    group = as_user(BROKER)["group"]
    ask = (
        "import asyncio, sys, uuid\nfrom pathlib import Path\nfrom evenhand.vault.brokered import BrokeredHolder\n"
        "print(asyncio.run(BrokeredHolder(Path(sys.argv[1])).choices(uuid.UUID(int=1))))"
    )

    def asked(user: str, *groups: int) -> subprocess.CompletedProcess[str]:
        command = [beside.python, "-c", ask, str(beside.socket)]
        return subprocess.run(command, env=environment(), capture_output=True, text=True, **as_user(user, *groups))

    for user, file in ((SERVER, beside.broker_key), (BROKER, beside.server_key)):
        done = subprocess.run(["cat", file], capture_output=True, text=True, **as_user(user, group))
        assert (done.returncode, done.stdout) == (1, ""), user
        assert "Permission denied" in done.stderr
    assert asked(SERVER, group).stdout == "[]\n"
    assert "unreachable" in _last_line(asked(SERVER).stderr)  # not of the socket's group
    assert "unreachable" in _last_line(asked("games", group).stderr)  # of the group, and not named as a peer
    assert "broker.peer_refused" in broker[-1].log.read_text()


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1].replace("cannot be reached", "unreachable")


def test_no_process_of_the_server_holds_the_key_that_unwraps(beside: Beside, server: Process, broker: list[Process]):
    secret = base64.b64decode(json.loads(beside.broker_key.read_bytes())["customer_key"])
    with client(beside) as owner:
        dealt = owner.work.claim(project(owner, "Looked at"))

    processes = [server.pid, *children_of(server.pid)]

    assert "words" in text_of(dealt)
    assert len(processes) == 3  # the supervisor, a web process, the worker
    assert [each for each in processes if holds(each, secret) or holds(each, base64.b64encode(secret))] == []
    # The saboteur is the broker: looked at in the same way, it has the key, so that the look would have found it.
    assert holds(broker[-1].pid, secret)


def test_a_server_that_is_given_the_whole_key_file_beside_a_broker_does_not_start(
    beside: Beside, broker: list[Process]
):
    whole = beside.folder / "server" / "whole.key"
    write_durably(whole, beside.broker_key.read_bytes())
    own(whole, SERVER, 0o600)

    refused = beside.up(whole, EVENHAND_BROKER=f"unix:{beside.socket}")

    assert refused.process.wait(60) == 1
    assert f"{whole} holds the key that unwraps" in refused.log.read_text()
    assert "evenhand keys divide" in refused.log.read_text()


def test_a_broker_beside_the_embedded_database_is_refused_in_one_line(beside: Beside):
    folder = beside.folder / "embedded"

    done = evenhand("up", "--data", folder / "data", "--port", "0", EVENHAND_BROKER=f"unix:{beside.socket}")

    assert done.returncode == 1
    assert done.stderr.startswith("A broker logs in to the database as a role of its own")
    assert "Set DATABASE_URL" in done.stderr
    assert not folder.exists()


# -------------------------------------------------------------------------------------------------- ended, killed, back --
def test_a_broker_that_is_told_to_end_does_and_one_that_is_started_again_goes_on(
    beside: Beside, server: Process, broker: list[Process]
):
    with client(beside) as owner:
        id_ = project(owner, "Interrupted")

        assert broker[-1].end(signal.SIGTERM) == 0
        with pytest.raises(KeyServiceUnavailable):
            owner.work.claim(id_)
        ready = httpx.get(f"{beside.url}/readyz", trust_env=False, timeout=20).status_code
        broker.append(beside.broker())
        dealt = owner.work.claim(id_)

    assert ready == 200
    assert "words" in text_of(dealt)


def test_a_broker_killed_while_it_unwraps_releases_nothing_and_one_that_is_back_does(
    beside: Beside, server: Process, broker: list[Process], engine: Engine
):
    with client(beside) as owner:
        id_ = project(owner, "Held")
        owner.keyring.choose("hold", "bank")
        assert wait_until(lambda: owner.keyring.state()["rewrapping"]["finished_at"])
        engine.behaves = "hang"
        before, met = engine.asked["hang"], []

        def claim() -> None:
            with client(beside) as other:
                try:
                    met.append(text_of(other.work.claim(id_)))
                except KeyServiceUnavailable as error:
                    met.append(error)

        claiming = threading.Thread(target=claim)
        claiming.start()
        assert wait_until(lambda: engine.asked["hang"] > before)  # it is asked to unwrap, and does not answer
        broker[-1].end(signal.SIGKILL)
        claiming.join(60)
        engine.behaves = "well"
        broker.append(beside.broker())
        dealt = owner.work.claim(id_)
        owner.keyring.choose("managed")
        assert wait_until(lambda: owner.keyring.state()["rewrapping"]["finished_at"])

    assert [type(each) for each in met] == [KeyServiceUnavailable]
    assert "words" in text_of(dealt)
    looks = recorded(beside, dealt["assignment"]["task_id"])
    assert looks, "the look of the claim that was killed stands on record, and the one that opened"
