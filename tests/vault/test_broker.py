"""The broker: it alone unwraps, for grants that are committed, for what they name, and for a short time."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from lending import CountedKey, sealed_task

from database import Copy
from evenhand.core.settings import Settings
from evenhand.ledger.actions import Action, Purpose
from evenhand.ledger.grant import Grant
from evenhand.store.database import Database
from evenhand.vault import wire
from evenhand.vault.broker import GRANT_LASTS, Broker, NoSuchUser, user_ids
from evenhand.vault.brokered import BrokeredHolder, Ungranted
from evenhand.vault.configured import Configured, KeyServices
from evenhand.vault.holder import LocalHolder, Policy
from evenhand.vault.key_service import Guarded, KeyServiceUnavailable
from evenhand.vault.keyfile import make_key_file, parse_key_file, write_durably
from evenhand.vault.service import Vault
from world import Organization, Project, World, world_on


class Brokered:
    """A world whose processes hold no customer key, and its broker."""

    def __init__(self, world: World, broker: Broker, holder: LocalHolder, path: Path) -> None:
        self.world = world
        self.broker = broker
        self.holder = holder
        self.path = path
        self.url = ""
        self.callers: list[BrokeredHolder] = []

    def caller(self) -> BrokeredHolder:
        """A process that asks; closed at the end."""
        self.callers.append(BrokeredHolder(self.path))
        return self.callers[-1]

    def lend(self, organization: Organization, **services: CountedKey) -> None:
        own = self.holder._services._own
        made = [
            Configured(name, "file", frozenset({organization.id}), Guarded(each, name))
            for name, each in services.items()
        ]
        self.holder._services = KeyServices(own, iter(made))

    def another_process(self) -> Vault:
        """A vault that has unwrapped nothing yet."""
        services = self.world.services
        made = Vault(services.database, services.keys, self.world.clock, self.caller())
        made.mint = services.grants
        return made


@pytest_asyncio.fixture
async def brokered(newest_copy: Copy) -> AsyncIterator[Brokered]:
    login = f"broker_{uuid4().hex[:8]}"
    async with newest_copy.connect() as superuser:
        await superuser.execute(f"create role {login} login nosuperuser nobypassrls password 'only-for-tests'")
        await superuser.execute(f"grant evenhand_broker to {login}")
    url = newest_copy.app_url.replace("evenhand_runtime:", f"{login}:")
    keys = make_key_file()
    with tempfile.TemporaryDirectory(prefix="evenhand-test-") as folder:
        path = Path(folder) / "broker.sock"
        write_durably(Path(folder) / "server.key", keys.without_customer_key().as_json())
        database = await Database.connect(url, size=4, software="evenhand 0 sha256:00")
        holder = LocalHolder(KeyServices(keys.service))
        async with world_on(newest_copy, key_file=Path(folder) / "server.key", broker=f"unix:{path}") as world:
            broker = Broker(database, holder, world.clock, {os.getuid()})
            await broker.start(path)
            made = Brokered(world, broker, holder, path)
            made.url = url
            try:
                yield made
            finally:
                for each in made.callers:
                    await each.close()
                await world.services.vault.close()
                await broker.stop()
                await database.close()
    async with newest_copy.connect() as superuser:
        await superuser.execute(f"drop role {login}")


async def text_of(vault: Vault, project: Project, task: UUID, grant: Grant) -> str:
    return json.loads(await vault.open_one(grant, await sealed_task(project.world, project, task)))["inputs"]["text"][
        "text"
    ]


# --------------------------------------------------------------------------------------------------------- as ever --
async def test_everything_works_with_a_broker(brokered: Brokered):
    world = brokered.world
    bank = await world.organization("Bank")
    project = await bank.project(3)
    ana = await bank.member()
    task = await project.take(ana)
    world.services.vault._kept.clear()  # another process gets the answer, a minute after the claim

    await project.submit(ana, task)

    seen = await world.services.work.browsing.task(bank.owner.actor, project.id, task)
    release = await world.services.releases.create(bank.owner.actor, project.id, "note", "all")
    await world.services.builder.build(bank.id, UUID(release["id"]))
    done = await world.services.releases.get(bank.owner.actor, UUID(release["id"]))
    assert "yes" in json.dumps(seen)
    assert done["state"] == "ready", done


async def test_the_servers_key_file_has_no_key_that_unwraps(brokered: Brokered):
    keys = brokered.world.services.keys
    written = json.loads(brokered.world.settings.key_path.read_bytes())

    assert keys.customer_key is None
    assert keys.service is None
    assert "customer_key" not in written
    assert keys.reference == brokered.holder._services.own().reference
    with pytest.raises(KeyServiceUnavailable):
        KeyServices(keys.service).own()


def test_a_key_file_without_the_customer_key_comes_back_as_it_was(tmp_path):
    whole = make_key_file()

    half = parse_key_file(whole.without_customer_key().as_json(), tmp_path)

    assert half == whole.without_customer_key()
    assert half.reference == whole.reference
    assert half.lookup(None, "email", "a") == whole.lookup(None, "email", "a")


# ------------------------------------------------------------------------------------------------------ no record, no key --
@pytest.fixture
async def bank(brokered: Brokered) -> Project:
    bank = await brokered.world.organization("Bank")
    return await bank.project(1)


async def test_a_look_that_is_on_record_opens(brokered: Brokered, bank: Project):
    [task] = await bank.task_ids()
    grant = await brokered.world.services.grants.to_software(bank.organization.id, Purpose.CHECK, [task])

    assert await text_of(brokered.another_process(), bank, task, grant) == "Letter 0."


@pytest.mark.parametrize(
    "forged",
    [
        lambda g: Grant("1.1", g.organization_id, None, g.purpose, g.objects),
        lambda g: Grant("not a place", g.organization_id, None, g.purpose, g.objects),
        lambda g: Grant("99999999999999999999.1", g.organization_id, None, g.purpose, g.objects),
        lambda g: Grant(g.id, g.organization_id, None, Purpose.LABEL, g.objects),
    ],
    ids=["no such entry", "no place", "too large", "another purpose"],
)
async def test_a_grant_that_is_not_on_record_opens_nothing(forged, brokered: Brokered, bank: Project):
    [task] = await bank.task_ids()
    real = await brokered.world.services.grants.to_software(bank.organization.id, Purpose.CHECK, [task])

    with pytest.raises(Ungranted):
        await text_of(brokered.another_process(), bank, task, forged(real))


async def test_a_grant_for_one_thing_opens_no_other(brokered: Brokered, bank: Project):
    """The vault compares what a grant names; the broker does not believe the vault and asks the record."""
    other = await bank.organization.project(1)
    [task], [elsewhere] = await bank.task_ids(), await other.task_ids()
    grants = brokered.world.services.grants
    real = await grants.to_software(bank.organization.id, Purpose.CHECK, [elsewhere])
    widened = Grant(real.id, real.organization_id, None, real.purpose, frozenset({task, elsewhere}))

    with pytest.raises(Ungranted) as refused:
        await text_of(brokered.another_process(), bank, task, widened)

    assert refused.value.reason == "not what it names"


async def test_another_tenants_grant_opens_nothing_of_ours(brokered: Brokered, bank: Project):
    rival = await brokered.world.organization("Rival")
    [task] = await bank.task_ids()
    theirs = await brokered.world.services.grants.to_software(rival.id, Purpose.CHECK, [task])
    stolen = Grant(theirs.id, bank.organization.id, None, theirs.purpose, theirs.objects)

    with pytest.raises(Ungranted):
        await text_of(brokered.another_process(), bank, task, stolen)


@pytest.mark.check(13)
async def test_a_grant_that_is_not_committed_opens_nothing(brokered: Brokered, bank: Project):
    [task] = await bank.task_ids()
    at = brokered.world.clock.now()

    async with brokered.world.copy.connect() as connection, connection.transaction():
        row = await connection.fetchrow(
            "select * from grant_mint_for_software($1, 2::smallint, 'check', $2, $3)", bank.organization.id, [task], at
        )
        open_ = Grant(f"{row['xid']}.{row['id']}", bank.organization.id, None, Purpose.CHECK, frozenset({task}))
        with pytest.raises(Ungranted):
            await text_of(brokered.another_process(), bank, task, open_)

    assert await text_of(brokered.another_process(), bank, task, open_) == "Letter 0."


async def test_a_denied_look_opens_nothing(brokered: Brokered, bank: Project):
    [task] = await bank.task_ids()
    grant = await brokered.world.services.grants.to_software(bank.organization.id, Purpose.CHECK, [task])
    async with brokered.world.superuser() as connection:
        await connection.execute("update ledger_inbox set decision = 'deny' where object_id = $1", task)

    with pytest.raises(Ungranted):
        await text_of(brokered.another_process(), bank, task, grant)


async def test_a_grant_grows_old(brokered: Brokered, bank: Project):
    [task] = await bank.task_ids()
    grant = await brokered.world.services.grants.to_software(bank.organization.id, Purpose.CHECK, [task])
    brokered.world.clock.advance(seconds=(GRANT_LASTS + timedelta(seconds=1)).total_seconds())

    with pytest.raises(Ungranted) as refused:
        await text_of(brokered.another_process(), bank, task, grant)

    assert refused.value.reason == "too old"


@pytest.mark.saboteur(13)
async def test_without_the_question_to_the_record_a_forged_grant_would_open(
    brokered: Brokered, bank: Project, monkeypatch: pytest.MonkeyPatch
):
    """The saboteur: a broker that believes its caller."""
    [task] = await bank.task_ids()
    forged = Grant("1.1", bank.organization.id, None, Purpose.CHECK, frozenset({task}))
    facts = {"organization_id": bank.organization.id, "purpose": "check", "at": brokered.world.clock.now()}

    async def believed(*_):
        return facts

    monkeypatch.setattr(brokered.broker, "_facts", believed)
    async with brokered.world.superuser() as connection:
        await connection.execute(
            "create or replace function granted_chunk_keys(p_xid xid8, p_id bigint, p_organization uuid, p_chunks uuid[])"
            " returns setof uuid language sql as $$ select unnest(p_chunks) $$"
        )

    assert await text_of(brokered.another_process(), bank, task, forged) == "Letter 0."


async def test_sealing_beside_a_task_is_on_record_before_its_key_is_used(brokered: Brokered, bank: Project):
    [task] = await bank.task_ids()
    sealed = await sealed_task(brokered.world, bank, task)

    await brokered.another_process().key_for(bank.organization.id, sealed.chunk_key_id, task)

    async with brokered.world.superuser() as connection:
        last = await connection.fetchrow(
            "select action, purpose, object_id from ledger_inbox order by xid desc, id desc limit 1"
        )
    assert tuple(last) == (int(Action.ASSET_RENDER), "check", task)


# ---------------------------------------------------------------------------------------------------- customers' own keys --
async def test_keys_of_a_customer_are_unwrapped_by_the_broker_counted_and_on_record(brokered: Brokered, bank: Project):
    key = CountedKey(os.urandom(32))
    brokered.lend(bank.organization, bank=key)
    policies, owner = brokered.world.services.key_policies, bank.organization.owner.actor
    await policies.choose(owner, "hold", "bank")
    while await brokered.world.services.rewrapping.step(bank.organization.id):
        pass
    key.calls.clear()
    [task] = await bank.task_ids()
    grant = await brokered.world.services.grants.to_software(bank.organization.id, Purpose.CHECK, [task])

    text = await text_of(brokered.another_process(), bank, task, grant)

    async with brokered.world.superuser() as connection:
        entries = await connection.fetch("select quantity from ledger_inbox where action = $1", int(Action.KEY_UNWRAP))
    assert text == "Letter 0."
    assert key.calls == {"unwrap": 1}
    assert [row["quantity"] for row in entries] == [1]


async def test_a_revoked_key_is_refused_by_the_broker_whatever_a_process_believes(brokered: Brokered, bank: Project):
    [task] = await bank.task_ids()
    grant = await brokered.world.services.grants.to_software(bank.organization.id, Purpose.CHECK, [task])
    sealed = await sealed_task(brokered.world, bank, task)
    await brokered.world.services.key_policies.revoke(bank.organization.owner.actor)

    asked = wire.Unwrap(bank.organization.id, grant.id, "check", [sealed.chunk_key_id])
    with pytest.raises(KeyServiceUnavailable) as refused:
        await brokered.caller()._ask(asked, wire.Secrets)

    assert refused.value.reason == "revoked"


# ------------------------------------------------------------------------------------------------------ who may ask, and how --
async def test_another_user_is_not_answered(brokered: Brokered, bank: Project, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("evenhand.vault.broker._user_behind", lambda _: os.getuid() + 1)

    with pytest.raises(KeyServiceUnavailable) as refused:
        await brokered.caller().choices(bank.organization.id)

    assert refused.value.reason == "unreachable"


HOSTILE = [b"", b"\x00\x00\x00\x01\xff", b"\xff\xff\xff\xff", b"\x00\x00\x00\x04ABCD", bytes(range(256)) * 2]


@pytest.mark.parametrize("sent", HOSTILE, ids=range(5))
async def test_whatever_is_sent_the_broker_goes_on(sent: bytes, brokered: Brokered, bank: Project):
    reader, writer = await asyncio.open_unix_connection(brokered.path)
    writer.write(sent)
    writer.write_eof()
    async with asyncio.timeout(60):
        await reader.read()
    writer.close()
    await writer.wait_closed()

    assert await brokered.caller().choices(bank.organization.id) == []


async def test_a_broker_that_is_gone_opens_nothing_and_one_that_is_back_does(brokered: Brokered, bank: Project):
    [task] = await bank.task_ids()
    grant = await brokered.world.services.grants.to_software(bank.organization.id, Purpose.CHECK, [task])
    vault = brokered.another_process()
    await vault._holder.choices(bank.organization.id)
    await brokered.broker.stop()

    with pytest.raises(KeyServiceUnavailable) as gone:
        await text_of(vault, bank, task, grant)
    await brokered.broker.start(brokered.path)

    assert gone.value.reason == "unreachable"
    assert await text_of(vault, bank, task, grant) == "Letter 0."


async def test_the_brokers_role_sees_wrapped_keys_and_policies_and_nothing_else(newest_copy: Copy):
    async with newest_copy.connect() as connection:
        seen = {
            row[0]
            for row in await connection.fetch(
                "select relname from pg_class where relnamespace = 'evenhand'::regnamespace and relkind in ('r', 'p', 'v')"
                " and has_table_privilege('evenhand_broker', oid, 'select')"
            )
        }
        written = await connection.fetch(
            "select relname from pg_class where relnamespace = 'evenhand'::regnamespace and relkind in ('r', 'p', 'v')"
            " and has_table_privilege('evenhand_broker', oid, 'insert, update, delete')"
        )

    assert seen == {"project_key", "chunk_key", "key_policy"}
    assert written == []


async def test_the_command_runs_one_and_ends_when_it_is_told_to(brokered: Brokered, bank: Project, tmp_path: Path):
    keys = make_key_file()
    write_durably(tmp_path / "broker.key", keys.as_json())
    environment = {
        **os.environ,
        "EVENHAND_KEY_FILE": str(tmp_path / "broker.key"),
        "EVENHAND_DATA": str(tmp_path / "data"),
        "DATABASE_URL": brokered.url,
    }
    command = (sys.executable, "-m", "evenhand", "broker", "--socket", str(tmp_path / "own.sock"))
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    caller = BrokeredHolder(tmp_path / "own.sock")
    try:
        async with asyncio.timeout(60):
            said = await process.stdout.readline()
        assert b"listens at" in said
        assert await caller.check(bank.organization.id, Policy()) == keys.reference
        assert stat.S_IMODE((tmp_path / "own.sock").stat().st_mode) == 0o660
    finally:
        await caller.close()
        process.terminate()
        async with asyncio.timeout(30):
            await process.communicate()
    assert process.returncode == 0


def test_users_are_named_or_numbered_and_unknown_ones_refused():
    assert user_ids(["root", "1234"]) == {0, 1234}
    assert user_ids([]) == {os.getuid()}
    with pytest.raises(NoSuchUser):
        user_ids(["nobody-of-this-name"])


def test_the_setting_names_a_socket():
    assert Settings(broker="unix:/run/evenhand/broker.sock").broker == "unix:/run/evenhand/broker.sock"
    with pytest.raises(ValueError, match="broker"):
        Settings(broker="tcp:1234")
